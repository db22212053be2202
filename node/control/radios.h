/* SPDX-License-Identifier: ISC */
/* Radios as JSON: qanat.radios/1. */
#pragma once

#include "node/control/json_out.h"

struct shown_radio {
	const char *name;
	uint32_t number;
	bool mesh, ibss;
	/* how busy its channel was in the last seconds, in thousandths of the time; what is not
	 * known, nobody listens for */
	struct known busy, own, nodes, strangers;
};

struct shown_radio_interface {
	const char *name;
	uint32_t radio; /* its number */
	const char *mode;
	const char *network; /* that it is in now; empty: none, or not known */
	uint32_t mhz;        /* 0: on no channel */
	bool up;
};

void radios_json(struct buffer *out, const struct shown_radio *radios, size_t radio_count,
	const struct shown_radio_interface *interfaces, size_t interface_count);
