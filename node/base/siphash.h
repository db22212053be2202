/* SPDX-License-Identifier: ISC */
/*
 * SipHash-2-4 (Aumasson, Bernstein 2012) for hash tables that strangers can fill, and the
 * one place that includes uthash, so that no table is ever unkeyed.
 */
#pragma once

#include "node/base/mem.h"

/* The process-wide key of all tables; set once at start, zero until then. */
void siphash_key_set(const uint8_t key[16]);

uint64_t siphash(const uint8_t key[16], const void *data, size_t len);

/* siphash under the process-wide key. */
uint64_t siphash_table(const void *data, size_t len);

#define HASH_FUNCTION(keyptr, keylen, hashv)                                             \
	((hashv) = (unsigned)siphash_table((keyptr), (size_t)(keylen)))
#define uthash_fatal(msg)    check(0)
#define uthash_malloc(size)  mem_new(size)
#define uthash_free(p, size) mem_free(p)
#include <uthash.h>
