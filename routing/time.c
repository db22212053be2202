/* SPDX-License-Identifier: ISC */
/* In 8192ths of a second every code is a whole number: (8 + a) << b. */
#include "routing/time.h"

static uint64_t units(unsigned code)
{
	return (uint64_t)(8 + (code & 7)) << (code >> 3);
}

uint64_t time_ms(uint8_t code)
{
	if (code == 0)
		return 0;
	return (units(code) * 1000 + 8191) / 8192;
}

uint8_t time_code(uint64_t ms)
{
	unsigned code = 1;

	while (code < UINT8_MAX && time_ms((uint8_t)code) < ms)
		code++;
	return (uint8_t)code;
}

void time_write(struct writer *w, const struct time_step *steps, unsigned count)
{
	check(count >= 1 && count <= TIME_STEPS_MAX);
	for (unsigned i = 0; i < count; i++) {
		write_u8(w, time_code(steps[i].ms));
		if (i + 1 == count)
			return;
		check(i == 0 || steps[i].hops > steps[i - 1].hops);
		write_u8(w, steps[i].hops);
	}
}

bool time_parse(struct bytes value, unsigned hops, uint64_t *ms)
{
	size_t i = 0;

	if (value.len % 2 == 0)
		return false;
	for (size_t k = 3; k < value.len; k += 2)
		if (value.data[k] <= value.data[k - 2])
			return false;
	while (i + 1 < value.len && hops > value.data[i + 1])
		i += 2;
	*ms = time_ms(value.data[i]);
	return true;
}
