/* SPDX-License-Identifier: ISC */
/* The value of an option, held against what it may be. */
#include "node/daemon/settings_values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/daemon/rules.h"

static int copy_text(char *out, size_t room, const char *value, const char **why)
{
	if (*value == '\0' || strlen(value) >= room) {
		*why = *value == '\0' ? "is empty" : "is too long";
		return -EINVAL;
	}
	memcpy(out, value, strlen(value) + 1);
	return 0;
}

int settings_values_add_name(char list[][SETTINGS_NAME_MAX + 1], size_t *count,
	const char *value, const char **why)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(list[i], value) == 0)
			return 0;
	if (*count == SETTINGS_INTERFACES_MAX) {
		*why = "is given too often";
		return -EINVAL;
	}
	if (copy_text(list[*count], SETTINGS_NAME_MAX + 1, value, why) < 0)
		return -EINVAL;
	(*count)++;
	return 0;
}

static int add_peer(struct settings *s, const char *value, const char **why)
{
	struct where w;

	*why = where_peer(&w, value);
	if (*why != NULL)
		return -EINVAL;
	for (size_t i = 0; i < s->peer_count; i++)
		if (strcmp(s->peer[i].text, w.text) == 0)
			return 0;
	if (s->peer_count == PEERS_DIALS_MAX) {
		*why = "is given too often";
		return -EINVAL;
	}
	s->peer[s->peer_count++] = w;
	return 0;
}

static int set_listen(struct settings *s, const char *value, const char **why)
{
	*why = where_listen(&s->listen, value);
	return *why != NULL ? -EINVAL : 0;
}

static int add_care(struct settings *s, const char *value, const char **why)
{
	struct node_id id;

	*why = "is not an id: 64 digits of hex, as qanat status shows it";
	if (!rules_id(value, &id))
		return -EINVAL;
	for (size_t i = 0; i < s->care_count; i++)
		if (id_equal(&s->care[i], &id))
			return 0;
	*why = "is given too often";
	if (s->care_count == SETTINGS_CARE_MAX)
		return -EINVAL;
	s->care[s->care_count++] = id;
	return 0;
}

static int set_bool(bool *out, const char *value, const char **why)
{
	static const char *const yes[] = { "", "on", "yes", "true", "1" };
	static const char *const no[] = { "off", "no", "false", "0" };

	for (size_t i = 0; i < array_len(yes); i++)
		if (strcasecmp(value, yes[i]) == 0) {
			*out = true;
			return 0;
		}
	for (size_t i = 0; i < array_len(no); i++)
		if (strcasecmp(value, no[i]) == 0) {
			*out = false;
			return 0;
		}
	*why = "is neither on nor off";
	return -EINVAL;
}

static int set_level(enum log_level *out, const char *value, const char **why)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(value, names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	*why = "is none of error, warn, info, debug";
	return -EINVAL;
}

static int set_when(enum settings_when *out, const char *value, const char **why)
{
	bool on;

	if (strcasecmp(value, "auto") == 0) {
		*out = WHEN_AUTO;
		return 0;
	}
	if (*value == '\0' || set_bool(&on, value, why) < 0) {
		*why = "is none of auto, on, off";
		return -EINVAL;
	}
	*out = on ? WHEN_ON : WHEN_OFF;
	return 0;
}

static int set_port(uint16_t *out, const char *value, const char **why)
{
	unsigned long port = 0;

	for (const char *p = value; *p != '\0' && port <= UINT16_MAX; p++)
		port = *p >= '0' && *p <= '9' ? port * 10 + (unsigned long)(*p - '0')
					      : UINT16_MAX + 1UL;
	if (*value == '\0' || port > UINT16_MAX) {
		*why = "is no port from 0 to 65535";
		return -EINVAL;
	}
	*out = (uint16_t)port;
	return 0;
}

static int set_gateway(bool *out, const char *value, const char **why)
{
	if (*value != '\0')
		return set_bool(out, value, why);
	*why = "is neither on nor off";
	return -EINVAL;
}

static int set_wifi(char out[16], const char *value, const char **why)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (strspn(value, letters) == strlen(value) && *value != '-' && *value != '.')
		return copy_text(out, 16, value, why);
	*why = "is no name of an interface";
	return -EINVAL;
}

static int set_network(
	struct warden_radio *r, bool ibss, const char *value, const char **why)
{
	r->ibss = ibss;
	return copy_text(r->id, sizeof(r->id), value, why);
}

static int set_freq(uint16_t *mhz, const char *value, const char **why)
{
	if (set_port(mhz, value, why) == 0 && *mhz >= 2400 && *mhz < 7200)
		return 0;
	*why = "is no frequency in MHz, such as 2412";
	return -EINVAL;
}

static int set_width(uint8_t *mhz, const char *value, const char **why)
{
	static const char *const widths[] = { "20", "40", "80" };

	for (size_t i = 0; i < array_len(widths); i++)
		if (strcmp(value, widths[i]) == 0) {
			*mhz = (uint8_t)(20 << i);
			return 0;
		}
	*why = "is none of 20, 40 and 80";
	return -EINVAL;
}

/* The first line of the file. */
static int set_key(char out[64], const char *path, const char **why)
{
	FILE *f = fopen(path, "re");
	char line[80] = "";

	*why = "names a file that cannot be read";
	if (f == NULL)
		return -EINVAL;
	(void)!fgets(line, sizeof(line), f);
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	*why = "is no file with a password of 8 to 63 characters in its first line, of "
	       "ASCII and "
	       "without quotes and backslashes";
	if (!warden_radio_key(line) || line[0] == '\0')
		return -EINVAL;
	memcpy(out, line, strlen(line) + 1);
	explicit_bzero(line, sizeof(line));
	return 0;
}

static int set_uplink(bool *mesh, const char *value, const char **why)
{
	*mesh = strcmp(value, "mesh") == 0;
	if (*mesh || strcmp(value, "own") == 0)
		return 0;
	*why = "is neither own nor mesh";
	return -EINVAL;
}

static int add_refused(struct settings *s, const char *value, const char **why)
{
	struct address a;

	if (!rules_address(value, &a)) {
		*why = "is no whole id (64 hex digits) and no address of fd71::/16";
		return -EINVAL;
	}
	for (size_t i = 0; i < s->refused_count; i++)
		if (id_equal(&s->refused[i], &a))
			return 0;
	if (s->refused_count == array_len(s->refused)) {
		*why = "is given too often";
		return -EINVAL;
	}
	s->refused[s->refused_count++] = a;
	return 0;
}

int settings_values_apply(
	struct settings *s, enum option_id id, const char *value, const char **why)
{
	switch (id) {
	case OPT_CONFIG:
		return copy_text(s->config, sizeof(s->config), value, why);
	case OPT_STATE:
		return copy_text(s->state, sizeof(s->state), value, why);
	case OPT_IFACE:
		return settings_values_add_name(s->iface, &s->iface_count, value, why);
	case OPT_ETHER:
		return settings_values_add_name(s->ether, &s->ether_count, value, why);
	case OPT_OPEN:
		return set_bool(&s->open, value, why);
	case OPT_NAME:
		return copy_text(s->name, sizeof(s->name), value, why);
	case OPT_NO_TUN:
		return set_bool(&s->no_tun, value, why);
	case OPT_GUARD:
		return set_when(&s->guard, value, why);
	case OPT_POWER_SAVE:
		return set_when(&s->power_save, value, why);
	case OPT_LOG_LEVEL:
		return set_level(&s->log_level, value, why);
	case OPT_LOG_JSON:
		return set_bool(&s->log_json, value, why);
	case OPT_DNS:
		return set_bool(&s->dns, value, why);
	case OPT_DNS_PORT:
		return set_port(&s->dns_port, value, why);
	case OPT_WIFI:
		return set_wifi(s->radio.interface, value, why);
	case OPT_MESH:
	case OPT_IBSS:
		return set_network(&s->radio, id == OPT_IBSS, value, why);
	case OPT_FREQ:
		return set_freq(&s->radio.mhz, value, why);
	case OPT_WIFI_TAKE:
		return set_bool(&s->radio.take, value, why);
	case OPT_WIFI_KEY:
		return set_key(s->radio.key, value, why);
	case OPT_WIFI_HT:
		return set_gateway(&s->radio.ht, value, why);
	case OPT_WIFI_WIDTH:
		return set_width(&s->radio.width_mhz, value, why);
	case OPT_WIFI_MONITOR:
		return set_bool(&s->radio.monitor, value, why);
	case OPT_CHECK:
		s->check_only = true;
		return 0;
	case OPT_PEER:
		return add_peer(s, value, why);
	case OPT_LISTEN:
		return set_listen(s, value, why);
	case OPT_CARE:
		return add_care(s, value, why);
	case OPT_GATEWAY:
		return set_gateway(&s->gateway, value, why);
	case OPT_GATEWAY_REFUSE:
		return add_refused(s, value, why);
	case OPT_UPLINK:
		return set_uplink(&s->mesh_uplink, value, why);
	case OPT_VERSION:
	case OPT_HELP:
	case OPTIONS:
		break;
	}
	return 0;
}
