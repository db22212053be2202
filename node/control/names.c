/* SPDX-License-Identifier: ISC */
/* The answer to name. */
#include "node/control/names.h"

void names_json(struct buffer *out, const struct shown_pin *pins, size_t count)
{
	struct json_out j = json_out_of(out, "name");

	json_out_array(&j, "pins");
	for (size_t i = 0; i < count; i++) {
		const struct shown_pin *p = &pins[i];

		json_out_object(&j, NULL);
		json_out_text(&j, "name", p->name);
		json_out_hex(&j, "id", id_bytes(&p->id));
		json_out_address(&j, "address", &p->address);
		json_out_bool(&j, "reachable", p->reachable);
		json_out_text(&j, "announced", p->announced);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}
