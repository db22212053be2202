/* SPDX-License-Identifier: ISC */
/*
 * Holds JSON objects against the table of CONTRACT.md. A shape is the text
 * "key:type key:type ..."; types: s string, n number, i integer, b boolean, o object,
 * a array; a '?' behind the type allows null. A string is never empty.
 */
#pragma once

#include <jansson.h>

#include "node/control/buffer.h"

/* The object that b holds, with this schema; freed by json_decref. Fails the case else. */
json_t *shape_read(const struct buffer *b, const char *schema);
/* Every key is there and of its type. Fails the case else. */
void shape_expect(const json_t *object, const char *shape);
