/* SPDX-License-Identifier: ISC */
/* Two lists of prefixes; the first that fits decides. */
#include "node/inet/scope.h"

#include "node/base/check.h"
#include "node/inet/packet.h"

struct prefix {
	uint8_t bits;
	enum scope scope;
	uint8_t address[13]; /* zeros behind what matters */
};

static const struct prefix v4[] = {
	{ 8, SCOPE_LINK, { 0 } }, { 8, SCOPE_PRIVATE, { 10 } },
	{ 10, SCOPE_PRIVATE,
		{ 100, 64 } }, /* RFC 6598; in it what gateways call members */
	{ 8, SCOPE_LINK, { 127 } }, { 16, SCOPE_LINK, { 169, 254 } },
	{ 12, SCOPE_PRIVATE, { 172, 16 } }, { 24, SCOPE_PRIVATE, { 192, 0, 0 } },
	{ 16, SCOPE_PRIVATE, { 192, 168 } },
	{ 15, SCOPE_PRIVATE, { 198, 18 } }, /* RFC 2544 */
	{ 3, SCOPE_LINK, { 224 } },         /* groups, reserved, broadcast */
};

static const struct prefix v6[] = {
	{ 16, SCOPE_MESH, { 0xfd, 0x71 } },
	{ 10, SCOPE_LINK, { 0xfe, 0x80 } },
	{ 8, SCOPE_LINK, { 0xff } },
	{ 23, SCOPE_PRIVATE, { 0x20, 0x01 } }, /* RFC 2928; Teredo and others */
	{ 3, SCOPE_PUBLIC, { 0x20 } },
};

static bool fits(const uint8_t *a, const struct prefix *p)
{
	size_t bytes = p->bits / 8;
	uint8_t rest = (uint8_t)(0xff00 >> p->bits % 8);

	return memcmp(a, p->address, bytes) == 0 &&
	       ((a[bytes] ^ p->address[bytes]) & rest) == 0;
}

static enum scope look_up(
	const uint8_t *a, const struct prefix *rows, size_t count, enum scope otherwise)
{
	for (size_t i = 0; i < count; i++)
		if (fits(a, &rows[i]))
			return rows[i].scope;
	return otherwise;
}

static enum scope scope_v4(const uint8_t *a)
{
	return look_up(a, v4, array_len(v4), SCOPE_PUBLIC);
}

enum scope scope_of(const struct address *a)
{
	static const struct prefix translated = { 96, SCOPE_PUBLIC,
		{ 0, 0x64, 0xff, 0x9b } };
	static const struct prefix six_to_four = { 16, SCOPE_PUBLIC, { 0x20, 0x02 } };
	static const uint8_t zeros[15];

	if (packet_is_mapped(a) || fits(a->b, &translated))
		return scope_v4(a->b + 12);
	if (fits(a->b, &six_to_four))
		return scope_v4(a->b + 2);
	if (memcmp(a->b, zeros, sizeof(zeros)) == 0 && a->b[15] <= 1)
		return SCOPE_LINK; /* :: and ::1 */
	return look_up(a->b, v6, array_len(v6), SCOPE_PRIVATE);
}
