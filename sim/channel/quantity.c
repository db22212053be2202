/* SPDX-License-Identifier: ISC */
/* A decimal number is digits times a power of ten; the suffix is a further factor. */
#include "sim/channel/quantity.h"

enum { DIGITS_MAX = 18, EXPONENT_MAX = 30 };

struct decimal {
	uint64_t digits;
	int exponent; /* of ten */
	struct bytes suffix;
};

struct suffix {
	const char *word;
	enum quantity_unit unit;
	int exponent;
};

static const struct suffix suffixes[] = {
	{ "", QUANTITY_COUNT, 0 },
	{ "", QUANTITY_RATE_BPS, 0 },
	{ "k", QUANTITY_RATE_BPS, 3 },
	{ "M", QUANTITY_RATE_BPS, 6 },
	{ "G", QUANTITY_RATE_BPS, 9 },
	{ "", QUANTITY_TIME_US, 6 },
	{ "s", QUANTITY_TIME_US, 6 },
	{ "ms", QUANTITY_TIME_US, 3 },
	{ "us", QUANTITY_TIME_US, 0 },
	{ "", QUANTITY_LENGTH_MM, 3 },
	{ "m", QUANTITY_LENGTH_MM, 3 },
	{ "km", QUANTITY_LENGTH_MM, 6 },
	{ "mm", QUANTITY_LENGTH_MM, 0 },
	{ "", QUANTITY_PART_PPM, 6 },
	{ "%", QUANTITY_PART_PPM, 4 },
	{ "ppm", QUANTITY_PART_PPM, 0 },
	{ "", QUANTITY_PART_E9, 9 },
	{ "", QUANTITY_SIGNAL_DB, 0 },
	{ "dBm", QUANTITY_SIGNAL_DB, 0 },
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* exponent = "e" ["-"] digits; absent is fine. */
static bool exponent_parse(struct bytes t, size_t *at, int *exponent)
{
	bool minus = false;
	int e = 0;
	size_t i = *at;

	if (i >= t.len || t.data[i] != 'e')
		return true;
	i++;
	if (i < t.len && t.data[i] == '-') {
		minus = true;
		i++;
	}
	if (i >= t.len || !is_digit(t.data[i]))
		return false;
	for (; i < t.len && is_digit(t.data[i]); i++) {
		e = e * 10 + (t.data[i] - '0');
		if (e > EXPONENT_MAX)
			return false;
	}
	*exponent += minus ? -e : e;
	*at = i;
	return true;
}

/* decimal = digits ["." digits] [exponent] suffix */
static bool decimal_parse(struct decimal *d, struct bytes t)
{
	unsigned digits = 0;
	bool point = false;
	size_t i;

	*d = (struct decimal){ 0 };
	for (i = 0; i < t.len; i++) {
		if (t.data[i] == '.' && !point && digits > 0) {
			point = true;
			continue;
		}
		if (!is_digit(t.data[i]))
			break;
		if (++digits > DIGITS_MAX)
			return false;
		d->digits = d->digits * 10 + (uint64_t)(t.data[i] - '0');
		d->exponent -= point;
	}
	if (digits == 0 || t.data[i - 1] == '.' || !exponent_parse(t, &i, &d->exponent))
		return false;
	d->suffix = bytes_of(t.data + i, t.len - i);
	return true;
}

static bool scale(uint64_t digits, int exponent, uint64_t *out)
{
	for (; exponent > 0 && digits > 0; exponent--) {
		if (digits > UINT64_MAX / 10)
			return false;
		digits *= 10;
	}
	for (; exponent < 0; exponent++)
		digits /= 10;
	*out = digits;
	return true;
}

bool quantity_parse(struct bytes text, enum quantity_unit unit, uint64_t *out)
{
	struct decimal d;

	/* A signal has a minus, and what is behind it counts. */
	if (unit == QUANTITY_SIGNAL_DB) {
		if (text.len == 0 || text.data[0] != '-')
			return false;
		text = bytes_of(text.data + 1, text.len - 1);
	}
	if (!decimal_parse(&d, text))
		return false;
	for (size_t i = 0; i < array_len(suffixes); i++)
		if (suffixes[i].unit == unit &&
			bytes_equal(d.suffix, bytes_of_string(suffixes[i].word)))
			return scale(d.digits, d.exponent + suffixes[i].exponent, out);
	return false;
}

bool quantity_parse_place(struct bytes text, int64_t *out)
{
	bool minus = text.len > 0 && text.data[0] == '-';
	uint64_t v;

	if (minus)
		text = bytes_of(text.data + 1, text.len - 1);
	if (!quantity_parse(text, QUANTITY_LENGTH_MM, &v) || v > 1000000000000)
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}
