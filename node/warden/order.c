/* SPDX-License-Identifier: ISC */
/* Reads and writes orders and answers; every argument is held against its limits here. */
#include "node/warden/order.h"

bool order_name_is_good(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len < IFNAMSIZ && strspn(name, letters) == len &&
	       name[0] != '.' && name[0] != '-' && strcmp(name, "lo") != 0;
}

static void head_read(struct reader *r, enum order_kind *kind)
{
	uint8_t version = read_u8(r), number = read_u8(r);

	if (version != ORDER_VERSION || number < ORDER_TUN || number > ORDER_GATEWAY)
		read_refuse(r);
	*kind = (enum order_kind)number;
}

/* Filled up with zeros, at least one. */
static void name_read(struct reader *r, char name[IFNAMSIZ])
{
	size_t len;

	read_copy(r, name, IFNAMSIZ);
	len = strnlen(name, IFNAMSIZ);
	if (len == IFNAMSIZ || !id_is_zero(bytes_of(name + len, IFNAMSIZ - len)))
		read_refuse(r);
}

static bool is_sound(const struct order *o)
{
	bool tun = o->kind == ORDER_TUN, guard = o->kind == ORDER_GUARD;

	for (size_t i = 0; i < ORDER_NAMES_MAX; i++)
		if (i < o->count ? !order_name_is_good(o->names[i]) : o->names[i][0] != 0)
			return false;
	return (tun ? o->self.b[0] == 0xfd && o->self.b[1] == 0x71 &&
				       o->mtu >= ORDER_MTU_MIN
		    : id_is_zero(id_bytes(&o->self)) && o->mtu == 0) &&
	       (guard ? o->count <= ORDER_NAMES_MAX : o->count == 0) &&
	       (!o->on || (!tun && !guard));
}

bool order_parse(struct order *o, struct bytes packet)
{
	struct reader r = reader_of(packet);
	uint8_t on;

	head_read(&r, &o->kind);
	on = read_u8(&r);
	o->on = on == 1;
	o->count = read_u8(&r);
	o->mtu = read_u16(&r);
	o->self = read_address(&r);
	for (size_t i = 0; i < ORDER_NAMES_MAX; i++)
		name_read(&r, o->names[i]);
	return read_ended(&r) && on <= 1 && is_sound(o);
}

void order_write(struct writer *w, const struct order *o)
{
	write_u8(w, ORDER_VERSION);
	write_u8(w, (uint8_t)o->kind);
	write_u8(w, o->on);
	write_u8(w, o->count);
	write_u16(w, o->mtu);
	write_id(w, &o->self);
	write_bytes(w, bytes_of(o->names, sizeof(o->names)));
}

bool answer_parse(struct answer *a, struct bytes packet)
{
	struct reader r = reader_of(packet);
	struct bytes reason;

	*a = (struct answer){ 0 };
	head_read(&r, &a->kind);
	a->error = read_u16(&r);
	a->features = read_u8(&r);
	read_copy(&r, a->address, sizeof(a->address));
	name_read(&r, a->name);
	reason = read_rest(&r);
	if (!read_ended(&r) || reason.len > ORDER_REASON_MAX)
		return false;
	if (reason.len > 0)
		memcpy(a->reason, reason.data, reason.len);
	return true;
}

void answer_write(struct writer *w, const struct answer *a)
{
	write_u8(w, ORDER_VERSION);
	write_u8(w, (uint8_t)a->kind);
	write_u16(w, a->error);
	write_u8(w, a->features);
	write_bytes(w, bytes_of(a->address, sizeof(a->address)));
	write_bytes(w, bytes_of(a->name, sizeof(a->name)));
	write_bytes(w, bytes_of_string(a->reason));
}
