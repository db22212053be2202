/* SPDX-License-Identifier: ISC */
/* The golden packets; see golden.h. */
#include "tests/unit/routing/golden.h"

#include <stdio.h>
#include <stdlib.h>

struct golden golden_read(const char *name)
{
	struct golden g = { .len = 0 };
	char path[256];
	char digits[3];
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "tests/golden/packetbb/%s.hex", name);
	f = fopen(path, "re");
	EXPECT(f != NULL, "the golden packet can be read (run from the top folder)");
	while ((c = fgetc(f)) != EOF) {
		if (c == '#')
			while ((c = fgetc(f)) != EOF && c != '\n')
				;
		if (c == EOF || c == ' ' || c == '\n')
			continue;
		ungetc(c, f);
		if (fscanf(f, "%2[0-9a-fA-F]", digits) != 1 || g.len == sizeof(g.data))
			break;
		g.data[g.len++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	fclose(f);
	return g;
}

struct address golden_address(uint8_t last)
{
	struct address a = { { 0xfd, 0x71 } };

	a.b[15] = last;
	return a;
}

struct announce golden_announce(void)
{
	struct announce a = { .originator = golden_address(1),
		.sequence = 0x0102030405060708 };

	memset(a.key.b, 0x11, sizeof(a.key.b));
	return a;
}

struct hello golden_hello(void)
{
	struct hello h = { .announce = golden_announce(),
		.number = 0x0a0b,
		.digest = 0x1122334455667788,
		.has_digest = true,
		.will_flooding = WILL_DEFAULT,
		.will_routing = WILL_DEFAULT,
		.count = 2 };

	h.announce.name[0] = 'a';
	h.announce.validity_ms = 3500;
	h.announce.interval_ms = 1000;
	h.neighbours[0] = (struct hello_neighbour){ .node = golden_address(2),
		.status = HELLO_SYMMETRIC,
		.metric_in = 104,
		.loss = 25 };
	h.neighbours[1] = (struct hello_neighbour){ .node = golden_address(3),
		.status = HELLO_HEARD,
		.metric_in = 208,
		.loss = HELLO_LOSS_UNKNOWN };
	return h;
}

struct tc golden_tc(void)
{
	struct tc t = {
		.announce = golden_announce(), .hop_limit = 255, .ansn = 9, .count = 2
	};

	t.announce.validity_ms = 17500;
	t.announce.interval_ms = 5000;
	t.neighbours[0] = (struct tc_neighbour){ golden_address(2), 104 };
	t.neighbours[1] = (struct tc_neighbour){ golden_address(3), 208 };
	return t;
}
