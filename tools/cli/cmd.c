/* SPDX-License-Identifier: ISC */
/* The table: which command is shown how. */
#include "tools/cli/cmd.h"

const struct cmd cmds[COMMANDS] = {
	[COMMAND_STATUS] = { .show = cmd_status },
	[COMMAND_NEIGHBOURS] = { .show = cmd_neighbours },
	[COMMAND_ROUTES] = { .show = cmd_routes },
	[COMMAND_MAP] = { .show = cmd_map },
	[COMMAND_PING] = { .show = cmd_ping, .progress = cmd_ping_progress },
	[COMMAND_TRACE] = { .show = cmd_trace },
	[COMMAND_SPEED] = { .show = cmd_speed,
		.progress = cmd_speed_progress,
		.progress_is_bar = true },
	[COMMAND_SHARE] = { .show = cmd_invite },
	[COMMAND_INVITE] = { .show = cmd_invite },
	[COMMAND_JOIN] = { .show = cmd_join },
	[COMMAND_FOLDERS] = { .show = cmd_folders },
	[COMMAND_MEMBERS] = { .show = cmd_members },
	[COMMAND_CONFLICTS] = { .show = cmd_conflicts },
	[COMMAND_WAIT] = { .show = cmd_wait,
		.progress = cmd_wait_progress,
		.progress_is_bar = true },
	[COMMAND_PAUSE] = { .show = cmd_done },
	[COMMAND_RESUME] = { .show = cmd_done },
	[COMMAND_LEAVE] = { .show = cmd_done },
	[COMMAND_WATCH] = { .show = cmd_watch },
	[COMMAND_METRICS] = { .show = NULL },
	[COMMAND_ALLOW] = { .show = cmd_rules },
	[COMMAND_DENY] = { .show = cmd_rules },
	[COMMAND_NAME] = { .show = cmd_name },
};
