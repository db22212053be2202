/* SPDX-License-Identifier: ISC */
/* Services as words: read with no more forms than are written. */
#include "node/control/services.h"

#include <string.h>

/* Decimal from 1 to max, no sign, no leading zero. */
static bool number_of(struct bytes digits, unsigned max, unsigned *out)
{
	unsigned v = 0;

	if (digits.len == 0 || digits.len > 5 || digits.data[0] == '0')
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		v = v * 10 + (digits.data[i] - (unsigned)'0');
	}
	*out = v;
	return v <= max;
}

static bool protocol_of(struct bytes word, uint8_t *out)
{
	unsigned v;

	if (bytes_equal(word, BYTES("tcp")))
		v = SERVICE_TCP;
	else if (bytes_equal(word, BYTES("udp")))
		v = SERVICE_UDP;
	else if (!number_of(word, UINT8_MAX, &v) || v == SERVICE_TCP || v == SERVICE_UDP)
		return false;
	*out = (uint8_t)v;
	return true;
}

bool service_parse(struct service *out, struct bytes word)
{
	const uint8_t *slash = word.len > 0 ? memchr(word.data, '/', word.len) : NULL;
	struct service s = { 0, 0 };
	size_t port_len;
	unsigned port;

	if (bytes_equal(word, BYTES("all"))) {
		*out = s;
		return true;
	}
	if (slash == NULL) {
		if (!protocol_of(word, &s.protocol))
			return false;
		*out = s;
		return true;
	}
	port_len = (size_t)(slash - word.data);
	if (!number_of(bytes_of(word.data, port_len), UINT16_MAX, &port) ||
		!protocol_of(bytes_of(slash + 1, word.len - port_len - 1), &s.protocol) ||
		(s.protocol != SERVICE_TCP && s.protocol != SERVICE_UDP))
		return false;
	s.port = (uint16_t)port;
	*out = s;
	return true;
}

void service_text(struct text *t, const struct service *s)
{
	if (s->protocol == 0) {
		text_string(t, "all");
		return;
	}
	if (s->port != 0) {
		text_u64(t, s->port);
		text_char(t, '/');
	}
	if (s->protocol == SERVICE_TCP)
		text_string(t, "tcp");
	else if (s->protocol == SERVICE_UDP)
		text_string(t, "udp");
	else
		text_u64(t, s->protocol);
}

void services_json(struct buffer *out, const char *command,
	const struct shown_rule *rules, size_t count)
{
	struct json_out j = json_out_of(out, command);

	json_out_array(&j, "rules");
	for (size_t i = 0; i < count; i++) {
		char word[SERVICE_TEXT_MAX];
		struct text t = text_of(word, sizeof(word));

		service_text(&t, &rules[i].service);
		json_out_object(&j, NULL);
		json_out_hex(&j, "id", id_bytes(&rules[i].id));
		json_out_text(&j, "name", rules[i].name);
		json_out_address(&j, "address", &rules[i].address);
		json_out_text(&j, "service", bytes_of(word, t.len));
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}
