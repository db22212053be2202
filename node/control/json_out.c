/* SPDX-License-Identifier: ISC */
/*
 * The JSON writer. Each value begins with begin(), which sets comma and key; nothing else
 * knows about commas. Numbers are made by integer arithmetic.
 */
#include "node/control/json_out.h"

#include "node/base/text.h"

static void add_char(struct json_out *j, char c)
{
	buffer_add(j->out, bytes_of(&c, 1));
}

static void add_escape(struct json_out *j, uint32_t unit)
{
	static const char digits[] = "0123456789abcdef";
	char e[6] = { '\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15],
		digits[unit >> 4 & 15], digits[unit & 15] };

	buffer_add(j->out, bytes_of(e, sizeof(e)));
}

/* All that text_is_safe refuses lies in the basic plane: one unit of UTF-16 is enough. */
static void add_code(struct json_out *j, uint32_t code, struct bytes utf8)
{
	if (code == '"' || code == '\\') {
		add_char(j, '\\');
		add_char(j, (char)code);
	} else if (code == '\n') {
		buffer_add_string(j->out, "\\n");
	} else if (text_is_safe(code) || code > 0xffff) {
		buffer_add(j->out, utf8);
	} else {
		add_escape(j, code);
	}
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The inside of a string. Plain runs are copied at once. */
static void add_text(struct json_out *j, struct bytes b)
{
	size_t i = 0;

	while (i < b.len) {
		size_t run = i, n;
		uint32_t code = 0;

		while (run < b.len && is_plain(b.data[run]))
			run++;
		buffer_add(j->out, bytes_of(b.data + i, run - i));
		i = run;
		if (i == b.len)
			return;
		n = text_utf8_length(b.data + i, b.len - i, &code);
		if (n == 0)
			buffer_add_string(j->out, "\xef\xbf\xbd");
		else
			add_code(j, code, bytes_of(b.data + i, n));
		i += n > 0 ? n : 1;
	}
}

static void add_quoted(struct json_out *j, struct bytes b)
{
	add_char(j, '"');
	add_text(j, b);
	add_char(j, '"');
}

static void begin(struct json_out *j, const char *key)
{
	check(j->depth > 0);
	check((key != NULL) == (j->closer[j->depth - 1] == '}'));
	if (j->more[j->depth - 1])
		add_char(j, ',');
	j->more[j->depth - 1] = true;
	if (key == NULL)
		return;
	add_quoted(j, bytes_of_string(key));
	add_char(j, ':');
}

static void open_level(struct json_out *j, char opener, char closer)
{
	check(j->depth < JSON_OUT_DEPTH_MAX);
	add_char(j, opener);
	j->more[j->depth] = false;
	j->closer[j->depth++] = closer;
}

/* Days since 1970-01-01 to a date of the Gregorian calendar: years begin in March and the
 * 400-year cycle of 146,097 days is counted from 0000-03-01. */
static void date_of(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	uint32_t z = (uint32_t)days + 719468u;
	uint32_t cycle = z / 146097u;
	uint32_t day_of_cycle = z % 146097u;
	uint32_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 +
					 day_of_cycle / 36524 - day_of_cycle / 146096) /
				 365;
	uint32_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 -
						      year_of_cycle / 100);
	uint32_t march_month = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
	*year = year_of_cycle + cycle * 400 + (*month <= 2 ? 1 : 0);
}

static void add_padded(struct text *t, unsigned v, unsigned width)
{
	for (unsigned least = width == 4 ? 1000 : 10; least > v && least > 1; least /= 10)
		text_char(t, '0');
	text_u64(t, v);
}

struct json_out json_out_of(struct buffer *out, const char *subject)
{
	struct json_out j = { .out = out };
	char schema[64];
	struct text t = text_of(schema, sizeof(schema));

	open_level(&j, '{', '}');
	text_string(&t, "qanat.");
	text_string(&t, subject);
	text_string(&t, "/1");
	json_out_string(&j, "schema", schema);
	return j;
}

void json_out_finish(struct json_out *j)
{
	check(j->depth == 1);
	json_out_close(j);
}

void json_out_object(struct json_out *j, const char *key)
{
	begin(j, key);
	open_level(j, '{', '}');
}

void json_out_array(struct json_out *j, const char *key)
{
	begin(j, key);
	open_level(j, '[', ']');
}

void json_out_close(struct json_out *j)
{
	check(j->depth > 0);
	add_char(j, j->closer[--j->depth]);
}

void json_out_null(struct json_out *j, const char *key)
{
	begin(j, key);
	buffer_add_string(j->out, "null");
}

void json_out_bool(struct json_out *j, const char *key, bool v)
{
	begin(j, key);
	buffer_add_string(j->out, v ? "true" : "false");
}

void json_out_u64(struct json_out *j, const char *key, uint64_t v)
{
	begin(j, key);
	buffer_add_u64(j->out, v <= INT64_MAX ? v : INT64_MAX);
}

void json_out_known(struct json_out *j, const char *key, struct known v)
{
	json_out_decimal(j, key, v, 0);
}

void json_out_decimal(
	struct json_out *j, const char *key, struct known v, unsigned digits)
{
	char fraction[9];
	uint64_t magnitude;
	size_t n = digits;

	check(digits <= sizeof(fraction));
	if (!v.is) {
		json_out_null(j, key);
		return;
	}
	begin(j, key);
	if (v.value < 0)
		add_char(j, '-');
	magnitude = v.value < 0 ? 0 - (uint64_t)v.value : (uint64_t)v.value;
	for (unsigned i = digits; i > 0; i--, magnitude /= 10)
		fraction[i - 1] = (char)('0' + magnitude % 10);
	buffer_add_u64(j->out, magnitude);
	while (n > 0 && fraction[n - 1] == '0')
		n--;
	if (n == 0)
		return;
	add_char(j, '.');
	buffer_add(j->out, bytes_of(fraction, n));
}

void json_out_seconds(struct json_out *j, const char *key, struct known us)
{
	json_out_decimal(j, key, us, 6);
}

void json_out_time(struct json_out *j, const char *key, struct known unix_s)
{
	enum { DAY_S = 86400 };
	char iso[32];
	struct text t = text_of(iso, sizeof(iso));
	unsigned year, month, day, s;

	if (!unix_s.is || unix_s.value < 0 || unix_s.value > 253402300799) {
		json_out_null(j, key);
		return;
	}
	date_of(unix_s.value / DAY_S, &year, &month, &day);
	s = (unsigned)(unix_s.value % DAY_S);
	add_padded(&t, year, 4);
	text_char(&t, '-');
	add_padded(&t, month, 2);
	text_char(&t, '-');
	add_padded(&t, day, 2);
	text_char(&t, 'T');
	add_padded(&t, s / 3600, 2);
	text_char(&t, ':');
	add_padded(&t, s / 60 % 60, 2);
	text_char(&t, ':');
	add_padded(&t, s % 60, 2);
	text_char(&t, 'Z');
	json_out_string(j, key, iso);
}

void json_out_text(struct json_out *j, const char *key, struct bytes text)
{
	if (text.len == 0) {
		json_out_null(j, key);
		return;
	}
	begin(j, key);
	add_quoted(j, text);
}

void json_out_string(struct json_out *j, const char *key, const char *s)
{
	json_out_text(j, key, s != NULL ? bytes_of_string(s) : bytes_of(NULL, 0));
}

void json_out_reason(
	struct json_out *j, const char *key, struct bytes what, struct bytes why)
{
	begin(j, key);
	add_char(j, '"');
	add_text(j, what);
	if (why.len > 0) {
		add_text(j, BYTES(": "));
		add_text(j, why);
	}
	add_char(j, '"');
}

void json_out_hex(struct json_out *j, const char *key, struct bytes id)
{
	char hex[129];
	struct text t = text_of(hex, sizeof(hex));

	if (!id_is_zero(id))
		text_hex(&t, id);
	check(!t.cut);
	json_out_string(j, key, hex);
}

void json_out_address(struct json_out *j, const char *key, const struct address *a)
{
	char address[64];
	struct text t = text_of(address, sizeof(address));

	if (!id_is_zero(id_bytes(a)))
		text_ipv6(&t, a->b);
	json_out_string(j, key, address);
}

void json_out_mac(struct json_out *j, const char *key, const uint8_t mac[6])
{
	char colons[18];
	struct text t = text_of(colons, sizeof(colons));

	for (size_t i = 0; i < 6 && !id_is_zero(bytes_of(mac, 6)); i++) {
		if (i > 0)
			text_char(&t, ':');
		text_hex(&t, bytes_of(mac + i, 1));
	}
	json_out_string(j, key, colons);
}
