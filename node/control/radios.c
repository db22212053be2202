/* SPDX-License-Identifier: ISC */
#include "node/control/radios.h"

static void write_interface(struct json_out *j, const struct shown_radio_interface *i)
{
	json_out_object(j, NULL);
	json_out_string(j, "name", i->name);
	json_out_string(j, "mode", i->mode);
	json_out_bool(j, "up", i->up);
	json_out_text(j, "network", bytes_of_string(i->network));
	json_out_known(j, "mhz", (struct known){ i->mhz != 0, i->mhz });
	json_out_close(j);
}

void radios_json(struct buffer *out, const struct shown_radio *radios, size_t radio_count,
	const struct shown_radio_interface *interfaces, size_t interface_count)
{
	struct json_out j = json_out_of(out, "radios");

	json_out_array(&j, "radios");
	for (size_t r = 0; r < radio_count; r++) {
		json_out_object(&j, NULL);
		json_out_string(&j, "name", radios[r].name);
		json_out_bool(&j, "mesh", radios[r].mesh);
		json_out_bool(&j, "ibss", radios[r].ibss);
		json_out_decimal(&j, "busy", radios[r].busy, 3);
		json_out_decimal(&j, "busy_own", radios[r].own, 3);
		json_out_decimal(&j, "busy_nodes", radios[r].nodes, 3);
		json_out_decimal(&j, "busy_strangers", radios[r].strangers, 3);
		json_out_array(&j, "interfaces");
		for (size_t i = 0; i < interface_count; i++)
			if (interfaces[i].radio == radios[r].number)
				write_interface(&j, &interfaces[i]);
		json_out_close(&j);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}
