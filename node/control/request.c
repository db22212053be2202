/* SPDX-License-Identifier: ISC */
/* The codec of requests: strings on the wire, a checked struct inside. */
#include "node/control/request.h"

#include <errno.h>

#include "node/base/text.h"

#define MAGIC "QNC1"

enum { MAGIC_SIZE = 4 };

/* Reads the head; false when it is not ours. A short head is marked in the reader. */
static bool read_head(struct reader *r, size_t *count)
{
	struct bytes magic = read_bytes(r, MAGIC_SIZE);

	*count = read_u16(r);
	if (!read_good(r))
		return true;
	return bytes_equal(magic, BYTES(MAGIC)) && *count >= 1 &&
	       *count <= REQUEST_STRINGS_MAX;
}

enum request_verdict request_measure(struct bytes got, size_t *size)
{
	struct reader r = reader_of(got);
	size_t known_magic = got.len < MAGIC_SIZE ? got.len : MAGIC_SIZE;
	size_t count;

	if (known_magic > 0 && memcmp(got.data, MAGIC, known_magic) != 0)
		return REQUEST_BAD;
	if (!read_head(&r, &count))
		return REQUEST_BAD;
	if (!read_good(&r))
		return REQUEST_PARTIAL;
	for (size_t i = 0; i < count; i++)
		read_skip(&r, read_u16(&r));
	if (!read_good(&r))
		return got.len >= REQUEST_SIZE_MAX ? REQUEST_BAD : REQUEST_PARTIAL;
	*size = got.len - r.left;
	return *size > REQUEST_SIZE_MAX ? REQUEST_BAD : REQUEST_WHOLE;
}

/* Where a text field stands, and the size of its array. */
static char *text_field(struct request *r, enum param_field field, size_t *room)
{
	switch (field) {
	case FIELD_NODE:
		*room = sizeof(r->node);
		return r->node;
	case FIELD_FOLDER:
		*room = sizeof(r->folder);
		return r->folder;
	case FIELD_DIR:
		*room = sizeof(r->dir);
		return r->dir;
	case FIELD_NAME:
		*room = sizeof(r->name);
		return r->name;
	case FIELD_INVITE:
		*room = sizeof(r->invite);
		return r->invite;
	case FIELD_SERVICES:
		*room = sizeof(r->services);
		return r->services;
	case FIELD_AT:
		*room = sizeof(r->at);
		return r->at;
	case FIELD_TOKEN:
		*room = sizeof(r->token);
		return r->token;
	case FIELD_CODE:
		*room = sizeof(r->code);
		return r->code;
	case FIELD_FILE:
		*room = sizeof(r->file);
		return r->file;
	case FIELD_WIFI:
		*room = sizeof(r->wifi);
		return r->wifi;
	case FIELD_NETWORK:
		*room = sizeof(r->network);
		return r->network;
	case FIELD_SSID:
		*room = sizeof(r->ssid);
		return r->ssid;
	case FIELD_ROLE:
	case FIELD_USES:
	case FIELD_EXPIRES:
	case FIELD_COUNT:
	case FIELD_INTERVAL:
	case FIELD_DURATION:
	case FIELD_TIMEOUT:
	case FIELD_FORGET:
	case FIELD_PROGRESS:
	case FIELD_CHECK:
	case FIELD_FORMAT:
	case FIELD_REMOVE:
	case FIELD_DELEGATE:
	case FIELD_PAIR:
	case FIELD_WHY:
	case FIELD_CONTROL:
	case FIELD_MHZ:
	case FIELD_TAKE:
	case FIELDS:
		break;
	}
	check(false);
	return NULL;
}

static void set_number(struct request *r, enum param_field field, uint64_t v)
{
	if (field == FIELD_USES)
		r->uses = (uint32_t)v;
	else if (field == FIELD_COUNT)
		r->count = (uint32_t)v;
	else if (field == FIELD_EXPIRES)
		r->expires_ms = v;
	else if (field == FIELD_INTERVAL)
		r->interval_ms = v;
	else if (field == FIELD_DURATION)
		r->duration_ms = v;
	else if (field == FIELD_TIMEOUT)
		r->timeout_ms = v;
	else if (field == FIELD_MHZ)
		r->mhz = (uint32_t)v;
	else
		check(false);
}

static uint64_t get_number(const struct request *r, enum param_field field)
{
	if (field == FIELD_USES)
		return r->uses;
	if (field == FIELD_COUNT)
		return r->count;
	if (field == FIELD_EXPIRES)
		return r->expires_ms;
	if (field == FIELD_INTERVAL)
		return r->interval_ms;
	if (field == FIELD_DURATION)
		return r->duration_ms;
	if (field == FIELD_MHZ)
		return r->mhz;
	check(field == FIELD_TIMEOUT);
	return r->timeout_ms;
}

static bool *flag_field(struct request *r, enum param_field field)
{
	if (field == FIELD_FORGET)
		return &r->forget;
	if (field == FIELD_PROGRESS)
		return &r->progress;
	if (field == FIELD_REMOVE)
		return &r->remove;
	if (field == FIELD_DELEGATE)
		return &r->delegate;
	if (field == FIELD_PAIR)
		return &r->pair;
	if (field == FIELD_WHY)
		return &r->why;
	if (field == FIELD_CONTROL)
		return &r->control;
	if (field == FIELD_TAKE)
		return &r->take;
	check(field == FIELD_CHECK);
	return &r->check;
}

static bool set_text(struct request *r, const struct param *p, struct bytes value)
{
	size_t room;
	char *at = text_field(r, p->field, &room);

	if (value.len < p->min || value.len > p->max || value.len >= room)
		return false;
	if (value.len > 0 && memchr(value.data, 0, value.len) != NULL)
		return false;
	if (p->field == FIELD_DIR && value.data[0] != '/')
		return false;
	memcpy(at, value.data, value.len);
	at[value.len] = '\0';
	return true;
}

/* Decimal digits only, no sign, no leading zero but "0" itself. */
static bool number_of(struct bytes value, uint64_t *out)
{
	uint64_t v = 0;

	if (value.len == 0 || value.len > 18 || (value.len > 1 && value.data[0] == '0'))
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return false;
		v = v * 10 + (value.data[i] - (unsigned)'0');
	}
	*out = v;
	return true;
}

static bool set_choice(struct request *r, const struct param *p, struct bytes value)
{
	for (size_t i = 0; p->choices[i] != NULL; i++) {
		if (!bytes_equal(value, bytes_of_string(p->choices[i])))
			continue;
		if (p->field == FIELD_ROLE)
			r->role = p->choices[i];
		else
			r->format = p->choices[i];
		return true;
	}
	return false;
}

bool request_set(struct request *r, enum param_field field, struct bytes value)
{
	const struct param *p = command_param(r->command, field);
	uint64_t v;

	if (p == NULL)
		return false;
	switch (p->kind) {
	case PARAM_TEXT:
		return set_text(r, p, value);
	case PARAM_CHOICE:
		return set_choice(r, p, value);
	case PARAM_FLAG:
		if (!bytes_equal(value, BYTES("1")))
			return false;
		*flag_field(r, field) = true;
		return true;
	case PARAM_NUMBER:
	case PARAM_DURATION:
		if (!number_of(value, &v) || v < p->min || v > p->max)
			return false;
		set_number(r, field, v);
		return true;
	}
	return false;
}

void request_init(struct request *r, enum command command)
{
	const struct command_row *row = &command_rows[command];

	check(command < COMMANDS);
	memset(r, 0, sizeof(*r));
	r->command = command;
	for (size_t i = 0; i < row->param_count; i++) {
		const struct param *p = &row->params[i];

		if (p->kind == PARAM_NUMBER || p->kind == PARAM_DURATION)
			set_number(r, p->field, p->fallback);
		else if (p->kind == PARAM_CHOICE && p->field == FIELD_ROLE)
			r->role = p->choices[p->fallback];
		else if (p->kind == PARAM_CHOICE)
			r->format = p->choices[p->fallback];
	}
}

bool request_is_complete(const struct request *r, const struct param **missing)
{
	const struct command_row *row = &command_rows[r->command];

	for (size_t i = 0; i < row->param_count; i++) {
		const struct param *p = &row->params[i];
		struct request *borrowed = (struct request *)r;
		size_t room;

		if (!p->required || text_field(borrowed, p->field, &room)[0] != '\0')
			continue;
		*missing = p;
		return false;
	}
	return true;
}

static bool find_field(struct bytes name, enum param_field *out)
{
	for (enum param_field f = 0; f < FIELDS; f++) {
		if (bytes_equal(name, bytes_of_string(command_field_name(f)))) {
			*out = f;
			return true;
		}
	}
	return false;
}

/* One FIELD=VALUE; seen has a bit for each field that came before. */
static bool set_pair(struct request *r, struct bytes pair, uint32_t *seen)
{
	const uint8_t *equals = pair.len > 0 ? memchr(pair.data, '=', pair.len) : NULL;
	enum param_field field;
	size_t name_len;

	if (equals == NULL)
		return false;
	name_len = (size_t)(equals - pair.data);
	if (!find_field(bytes_of(pair.data, name_len), &field))
		return false;
	if (command_field_is_local(field) || (*seen & 1u << field) != 0)
		return false;
	*seen |= 1u << field;
	return request_set(r, field, bytes_of(equals + 1, pair.len - name_len - 1));
}

int request_parse(struct request *r, struct bytes whole)
{
	struct reader in = reader_of(whole);
	const struct param *missing;
	struct bytes strings[REQUEST_STRINGS_MAX] = { { NULL, 0 } };
	enum command command;
	uint32_t seen = 0;
	size_t count;

	if (whole.len > REQUEST_SIZE_MAX || !read_head(&in, &count) || !read_good(&in))
		return -EPROTO;
	for (size_t i = 0; i < count; i++)
		strings[i] = read_bytes(&in, read_u16(&in));
	if (!read_ended(&in))
		return -EPROTO;
	if (!command_find(strings[0], &command) ||
		(command_rows[command].flags & COMMAND_LOCAL) != 0)
		return -ENOSYS;
	request_init(r, command);
	for (size_t i = 1; i < count; i++)
		if (!set_pair(r, strings[i], &seen))
			return -EINVAL;
	return request_is_complete(r, &missing) ? 0 : -EINVAL;
}

static void write_pair(struct writer *w, enum param_field field, struct bytes value)
{
	struct bytes name = bytes_of_string(command_field_name(field));

	write_u16(w, (uint16_t)(name.len + 1 + value.len));
	write_bytes(w, name);
	write_u8(w, '=');
	write_bytes(w, value);
}

/* False: not given, nothing written. */
static bool write_param(struct writer *w, const struct request *r, const struct param *p)
{
	struct request *borrowed = (struct request *)r;
	char digits[24];
	struct text t = text_of(digits, sizeof(digits));
	struct bytes value = BYTES("1");
	size_t room;

	switch (p->kind) {
	case PARAM_TEXT:
		value = bytes_of_string(text_field(borrowed, p->field, &room));
		break;
	case PARAM_CHOICE:
		value = bytes_of_string(p->field == FIELD_ROLE ? r->role : r->format);
		break;
	case PARAM_FLAG:
		if (!*flag_field(borrowed, p->field))
			return false;
		break;
	case PARAM_NUMBER:
	case PARAM_DURATION:
		text_u64(&t, get_number(r, p->field));
		value = bytes_of(digits, t.len);
		break;
	}
	if (value.len == 0)
		return false;
	write_pair(w, p->field, value);
	return true;
}

void request_write(struct writer *w, const struct request *r)
{
	const struct command_row *row = &command_rows[r->command];
	struct bytes name = bytes_of_string(row->name);
	uint16_t count = 1;
	size_t count_at;

	write_bytes(w, BYTES(MAGIC));
	count_at = w->len;
	write_u16(w, count);
	write_u16(w, (uint16_t)name.len);
	write_bytes(w, name);
	for (size_t i = 0; i < row->param_count; i++)
		if (!command_field_is_local(row->params[i].field) &&
			write_param(w, r, &row->params[i]))
			count++;
	if (r->at[0] != '\0') {
		write_pair(w, FIELD_AT, bytes_of_string(r->at));
		count++;
	}
	write_u16_at(w, count_at, count);
}
