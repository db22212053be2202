/* SPDX-License-Identifier: ISC */
/* How full a table is that strangers can make grow: what machines tell of themselves, so
 * that status can show it and a simulator can hold it against the promised cap. */
#pragma once

#include <stddef.h>

struct fill {
	const char *table;
	size_t count; /* of several of a kind: of the fullest one */
};
