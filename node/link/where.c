/* SPDX-License-Identifier: ISC */
/* Reads what stands in the settings; nothing is looked up here. */
#include "node/link/where.h"

#include <arpa/inet.h>
#include <string.h>

#include "node/link/carrier.h"

static bool take_prefix(const char **at, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*at, prefix, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool port_of(const char *text, uint16_t *out)
{
	unsigned long v = 0;

	if (*text == '\0' || strlen(text) > 5)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (unsigned long)(*text - '0');
	}
	*out = (uint16_t)v;
	return v >= 1 && v <= UINT16_MAX;
}

/* Letters, digits, '-', '_' and '.' (RFC 1123 section 2.1, and what hosts files hold). */
static bool is_name(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return *host != '\0' && *host != '-' && *host != '.' &&
	       strspn(host, allowed) == strlen(host);
}

static const char *host_set(struct where *w, const char *from, size_t len)
{
	if (len == 0)
		return "has no host";
	if (len > WHERE_HOST_MAX)
		return "has a host that is too long";
	memcpy(w->host, from, len);
	w->host[len] = '\0';
	return NULL;
}

/* host ":" port */
static const char *host_and_port(struct where *w, const char *at)
{
	const char *colon = strrchr(at, ':'), *why;
	uint8_t v6[16];

	if (colon == NULL)
		return "has no port; it is HOST:PORT";
	if (*at == '[') {
		if (colon == at || colon[-1] != ']')
			return "has no port; it is [ADDRESS]:PORT";
		why = host_set(w, at + 1, (size_t)(colon - at) - 2);
		if (why != NULL)
			return why;
		if (strchr(w->host, '%') != NULL)
			return "has a zone; what is on the link is found by iface";
		if (inet_pton(AF_INET6, w->host, v6) != 1)
			return "has no IPv6 address between the brackets";
		if (v6[0] == 0xff)
			return "is a multicast address";
		if (v6[0] == 0xfe && (v6[1] & 0xc0) == 0x80)
			return "is a link-local address; what is on the link is found by "
			       "iface";
	} else {
		why = host_set(w, at, (size_t)(colon - at));
		if (why != NULL)
			return why;
		if (strchr(w->host, ':') != NULL)
			return "has an IPv6 address without brackets; it is "
			       "[ADDRESS]:PORT";
		if (!is_name(w->host))
			return "has a host that is neither a name nor an address";
	}
	return port_of(colon + 1, &w->port) ? NULL : "has a port that is not 1 to 65535";
}

static const char *text_set(struct where *w, const char *text)
{
	memset(w, 0, sizeof(*w));
	if (*text == '\0')
		return "is empty";
	if (strlen(text) > WHERE_TEXT_MAX)
		return "is too long";
	memcpy(w->text, text, strlen(text) + 1);
	return NULL;
}

const char *where_peer(struct where *w, const char *text)
{
	const char *why = text_set(w, text);

	if (why != NULL)
		return why;
	if (take_prefix(&text, "tcp:"))
		w->way = WHERE_TCP;
	else if (take_prefix(&text, "udp:"))
		w->way = WHERE_UDP;
	return host_and_port(w, text);
}

const char *where_listen(struct where *w, const char *text)
{
	const char *why = text_set(w, text);
	uint8_t address[16];

	if (why != NULL)
		return why;
	if (strchr(text, ':') != NULL)
		why = host_and_port(w, text);
	else if (!port_of(text, &w->port))
		why = "is not [ADDRESS:]PORT";
	if (why == NULL && w->port == CARRIER_PORT)
		why = "is 7117, the port of links; take another one, as 7118";
	if (why != NULL || w->host[0] == '\0')
		return why;
	return where_address(w, address) ? NULL
					 : "needs an address of this machine, not a name";
}

bool where_address(const struct where *w, uint8_t address[16])
{
	memset(address, 0, 16);
	if (inet_pton(AF_INET6, w->host, address) == 1)
		return true;
	memset(address, 0, 16);
	address[10] = address[11] = 0xff;
	return inet_pton(AF_INET, w->host, address + 12) == 1;
}
