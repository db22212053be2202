/* SPDX-License-Identifier: ISC */
/* The options by number, and what the text behind one means. */
#pragma once

#include "node/daemon/settings.h"

enum option_id {
	OPT_CONFIG,
	OPT_STATE,
	OPT_IFACE,
	OPT_ETHER,
	OPT_WIFI,
	OPT_MESH,
	OPT_IBSS,
	OPT_FREQ,
	OPT_WIFI_TAKE,
	OPT_WIFI_HT,
	OPT_WIFI_WIDTH,
	OPT_WIFI_MONITOR,
	OPT_WIFI_KEY,
	OPT_OPEN,
	OPT_NAME,
	OPT_NO_TUN,
	OPT_GUARD,
	OPT_POWER_SAVE,
	OPT_LOG_LEVEL,
	OPT_LOG_JSON,
	OPT_CHECK,
	OPT_GATEWAY,
	OPT_GATEWAY_REFUSE,
	OPT_UPLINK,
	OPT_VERSION,
	OPT_HELP,
	OPT_DNS,
	OPT_DNS_PORT,
	OPT_PEER,
	OPT_LISTEN,
	OPT_CARE,
	OPTIONS
};

/* Takes the value of an option, "" where it has none. 0, or -EINVAL with *why saying what is
 * wrong with it, as the end of a sentence about it. */
must_use int settings_values_apply(
	struct settings *s, enum option_id id, const char *value, const char **why);
/* Adds a name that is not there yet to a list of SETTINGS_INTERFACES_MAX. Likewise. */
must_use int settings_values_add_name(char list[][SETTINGS_NAME_MAX + 1], size_t *count,
	const char *value, const char **why);
