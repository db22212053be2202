/* SPDX-License-Identifier: ISC */
/* Reads and writes orders and answers; every argument is held against its limits here. */
#include "node/warden/order.h"

static const char letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool order_name_is_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= ORDER_NAME_MAX && strspn(name, letters) == len &&
	       name[0] != '.' && name[0] != '-' && strcmp(name, "lo") != 0;
}

/* room is the size of out; longer text, or text with a zero in it, is refused. */
static void text_read(struct reader *r, char *out, size_t room)
{
	struct bytes b = read_bytes(r, read_u8(r));

	if (b.len >= room || (b.len > 0 && memchr(b.data, 0, b.len) != NULL)) {
		read_refuse(r);
		return;
	}
	if (b.len > 0)
		memcpy(out, b.data, b.len);
	out[b.len] = 0;
}

static void text_write(struct writer *w, const char *s)
{
	write_u8(w, (uint8_t)strlen(s));
	write_bytes(w, bytes_of_string(s));
}

static void kind_read(struct reader *r, enum order_kind *kind)
{
	uint8_t version = read_u8(r), number = read_u8(r);

	if (version != ORDER_VERSION || number < ORDER_TUN || number > ORDER_GATEWAY)
		read_refuse(r);
	*kind = (enum order_kind)number;
}

static void tun_read(struct reader *r, struct order *o)
{
	o->self = read_address(r);
	o->mtu = read_u16(r);
	if (o->self.b[0] != 0xfd || o->self.b[1] != 0x71 || o->mtu < ORDER_MTU_MIN)
		read_refuse(r);
}

static void guard_read(struct reader *r, struct order *o)
{
	o->count = read_u8(r);
	if (o->count > ORDER_NAMES_MAX) {
		read_refuse(r);
		return;
	}
	for (unsigned i = 0; i < o->count; i++) {
		text_read(r, o->names[i], sizeof(o->names[i]));
		if (!order_name_is_good(o->names[i]))
			read_refuse(r);
	}
}

static void on_read(struct reader *r, struct order *o)
{
	uint8_t on = read_u8(r);

	if (on > 1)
		read_refuse(r);
	o->on = on == 1;
}

bool order_parse(struct order *o, struct bytes packet)
{
	struct reader r = reader_of(packet);

	*o = (struct order){ 0 };
	kind_read(&r, &o->kind);
	if (!read_good(&r))
		return false;
	switch (o->kind) {
	case ORDER_TUN:
		tun_read(&r, o);
		break;
	case ORDER_GUARD:
		guard_read(&r, o);
		break;
	case ORDER_DNS:
	case ORDER_UPLINK:
	case ORDER_GATEWAY:
		on_read(&r, o);
		break;
	}
	return read_ended(&r);
}

void order_write(struct writer *w, const struct order *o)
{
	write_u8(w, ORDER_VERSION);
	write_u8(w, (uint8_t)o->kind);
	switch (o->kind) {
	case ORDER_TUN:
		write_id(w, &o->self);
		write_u16(w, o->mtu);
		break;
	case ORDER_GUARD:
		write_u8(w, o->count);
		for (unsigned i = 0; i < o->count; i++)
			text_write(w, o->names[i]);
		break;
	case ORDER_DNS:
	case ORDER_UPLINK:
	case ORDER_GATEWAY:
		write_u8(w, o->on);
		break;
	}
}

bool answer_parse(struct answer *a, struct bytes packet)
{
	struct reader r = reader_of(packet);

	*a = (struct answer){ 0 };
	kind_read(&r, &a->kind);
	a->error = read_u16(&r);
	text_read(&r, a->reason, sizeof(a->reason));
	if (a->error == 0 && a->kind == ORDER_TUN) {
		text_read(&r, a->name, sizeof(a->name));
		a->features = read_u8(&r);
	}
	if (a->error == 0 && a->kind == ORDER_DNS)
		read_copy(&r, a->address, sizeof(a->address));
	return read_ended(&r);
}

void answer_write(struct writer *w, const struct answer *a)
{
	write_u8(w, ORDER_VERSION);
	write_u8(w, (uint8_t)a->kind);
	write_u16(w, a->error);
	text_write(w, a->reason);
	if (a->error == 0 && a->kind == ORDER_TUN) {
		text_write(w, a->name);
		write_u8(w, a->features);
	}
	if (a->error == 0 && a->kind == ORDER_DNS)
		write_bytes(w, bytes_of(a->address, sizeof(a->address)));
}
