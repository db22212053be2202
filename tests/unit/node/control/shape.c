/* SPDX-License-Identifier: ISC */
/* Objects against shapes. */
#include "tests/unit/node/control/shape.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

json_t *shape_read(const struct buffer *b, const char *schema)
{
	json_error_t error;
	json_t *o =
		json_loadb((const char *)b->data, b->len, JSON_REJECT_DUPLICATES, &error);

	EXPECT(!b->overflow, "it fits");
	if (o == NULL)
		fprintf(stderr, "\t%s at %d: %.*s\n", error.text, error.position,
			(int)b->len, (const char *)b->data);
	EXPECT(o != NULL, "libjansson reads it");
	EXPECT_STRING(
		json_string_value(json_object_get(o, "schema")), schema, "its schema");
	return o;
}

static bool is_of_type(const json_t *v, char type)
{
	switch (type) {
	case 's':
		return json_is_string(v) && json_string_length(v) > 0;
	case 'n':
		return json_is_number(v);
	case 'i':
		return json_is_integer(v);
	case 'b':
		return json_is_boolean(v);
	case 'o':
		return json_is_object(v);
	case 'a':
		return json_is_array(v);
	default:
		return false;
	}
}

/* One "key:type" of a shape. */
static void expect_word(const json_t *object, const char *word, size_t len)
{
	size_t key_len = strcspn(word, ":");
	const char *type = word + key_len + 1;
	bool may_be_null = word[len - 1] == '?';
	char key[64];
	const json_t *v;

	snprintf(key, sizeof(key), "%.*s", (int)key_len, word);
	v = json_object_get(object, key);
	EXPECT(v != NULL, key);
	EXPECT((may_be_null && json_is_null(v)) || is_of_type(v, type[0]), key);
}

void shape_expect(const json_t *object, const char *shape)
{
	EXPECT(json_is_object(object), "an object");
	while (*shape != '\0') {
		size_t len = strcspn(shape, " ");

		expect_word(object, shape, len);
		shape += len + strspn(shape + len, " ");
	}
}
