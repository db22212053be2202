/* SPDX-License-Identifier: ISC */
/* The one place that meets an empty heap, and ends the program there. */
#include "node/base/mem.h"

#include <stdlib.h>
#include <string.h>

void *mem_new(size_t size)
{
	return mem_array(1, size);
}

void *mem_array(size_t count, size_t size)
{
	void *p;

	check(size == 0 || count <= SIZE_MAX / size);
	p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
	check(p != NULL);
	return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
	void *q;

	check(size == 0 || count <= SIZE_MAX / size);
	q = realloc(p, count * size > 0 ? count * size : 1);
	check(q != NULL);
	return q;
}

void *mem_copy(const void *p, size_t len)
{
	void *q;

	if (len == 0)
		return NULL;
	q = mem_new(len);
	memcpy(q, p, len);
	return q;
}

char *mem_string(const char *s)
{
	size_t len = strlen(s) + 1;
	char *q = mem_new(len);

	memcpy(q, s, len);
	return q;
}

void mem_free(void *p)
{
	free(p);
}
