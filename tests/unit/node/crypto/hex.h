/* SPDX-License-Identifier: ISC */
/* Published values are hex. */
#pragma once

#include "tests/test.h"

/* Bytes of lower-case hex; returns how many. */
size_t from_hex(const char *hex, uint8_t *out);
/* Fails the case unless the len bytes at p are these. */
void expect_hex(const void *p, size_t len, const char *hex);
