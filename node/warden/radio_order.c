/* SPDX-License-Identifier: ISC */
/* Reads what is to be done with a radio, holding it against its limits. */
#include "node/warden/radio_order.h"

#include "node/radio/channel.h"
#include "node/warden/order.h"

void radio_order_read(struct reader *r, struct radio_order *o, size_t size)
{
	struct bytes rest;

	if (order_text_read(r, o->interface, IFNAMSIZ) == IFNAMSIZ)
		read_refuse(r);
	(void)order_text_read(r, o->id, RADIO_ID_MAX);
	o->mode = read_u8(r);
	o->flags = read_u8(r);
	if (order_text_read(r, o->key, sizeof(o->key)) == sizeof(o->key))
		read_refuse(r);
	rest = read_bytes(r, size - IFNAMSIZ - RADIO_ID_MAX - 2 - sizeof(o->key));
	if (!id_is_zero(rest))
		read_refuse(r);
	o->interface[IFNAMSIZ - 1] = o->id[RADIO_ID_MAX] = o->key[RADIO_KEY_MAX] = 0;
}

bool radio_key_is_good(const char *key)
{
	size_t len = strlen(key);

	for (const char *c = key; *c != 0; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			return false;
	return len == 0 || (len >= RADIO_KEY_MIN && len <= RADIO_KEY_MAX);
}

unsigned radio_order_width(const struct radio_order *o)
{
	if (o->flags & RADIO_80_MHZ)
		return 80;
	return o->flags & RADIO_40_MHZ ? 40 : 20;
}

/* Both at once are none. */
static bool width_is_sound(const struct radio_order *o)
{
	unsigned wide = o->flags & (RADIO_40_MHZ | RADIO_80_MHZ);

	return o->flags <= RADIO_FLAGS && wide != (RADIO_40_MHZ | RADIO_80_MHZ) &&
	       (wide == 0 || (o->flags & RADIO_HT &&
				     radio_width_is_there(o->mhz, radio_order_width(o),
					     o->key[0] != 0)));
}

bool radio_order_is_sound(const struct radio_order *o, bool on)
{
	if (!on)
		return o->interface[0] == 0 && o->id[0] == 0 && o->mode == 0 &&
		       o->flags == 0 && o->key[0] == 0 && o->mhz == 0;
	return order_name_is_good(o->interface) && o->id[0] != 0 && o->mhz != 0 &&
	       o->mode >= RADIO_MESH && o->mode <= RADIO_IBSS && width_is_sound(o) &&
	       radio_key_is_good(o->key);
}
