/* SPDX-License-Identifier: ISC */
/* Reads orders, holding every argument against its limits, and writes answers. */
#include "node/warden/order.h"

bool order_name_is_good(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len < IFNAMSIZ && strspn(name, letters) == len &&
	       name[0] != '.' && name[0] != '-' && strcmp(name, "lo") != 0;
}

size_t order_text_read(struct reader *r, char *out, size_t size)
{
	size_t len;

	read_copy(r, out, size);
	len = strnlen(out, size);
	if (!id_is_zero(bytes_of(out + len, size - len)))
		read_refuse(r);
	return len;
}

static bool is_sound(const struct order *o)
{
	bool tun = o->kind == ORDER_TUN;
	size_t names = o->kind == ORDER_GUARD ? ORDER_NAMES_MAX : 0;

	for (size_t i = 0; i < ORDER_NAMES_MAX; i++)
		if (i < o->count ? !order_name_is_good(o->names[i]) : o->names[i][0] != 0)
			return false;
	if (tun &&
		(o->self.b[0] != 0xfd || o->self.b[1] != 0x71 || o->mtu < ORDER_MTU_MIN))
		return false;
	if (!tun && (!id_is_zero(id_bytes(&o->self)) || o->mtu != 0))
		return false;
	if (!radio_order_is_sound(&o->radio, o->kind == ORDER_RADIO && o->on))
		return false;
	return o->count <= names && (!o->on || o->kind >= ORDER_DNS);
}

bool order_parse(struct order *o, struct bytes packet)
{
	struct reader r = reader_of(packet);
	uint8_t version = read_u8(&r), kind = read_u8(&r), on = read_u8(&r);

	*o = (struct order){ .kind = (enum order_kind)kind, .on = on == 1 };
	o->count = read_u8(&r);
	o->mtu = read_u16(&r);
	o->self = read_address(&r);
	if (kind == ORDER_RADIO) {
		o->radio.mhz = o->mtu;
		o->mtu = 0;
		radio_order_read(&r, &o->radio, sizeof(o->names));
	}
	for (size_t i = 0; kind != ORDER_RADIO && i < ORDER_NAMES_MAX; i++)
		if (order_text_read(&r, o->names[i], IFNAMSIZ) == IFNAMSIZ)
			read_refuse(&r);
	return read_ended(&r) && version == ORDER_VERSION && kind >= ORDER_TUN &&
	       kind <= ORDER_RADIO && on <= 1 && is_sound(o);
}

void answer_write(struct writer *w, const struct answer *a)
{
	write_u8(w, ORDER_VERSION);
	write_u8(w, (uint8_t)a->kind);
	write_u16(w, a->error);
	write_bytes(w, bytes_of_string(a->reason));
}
