/* SPDX-License-Identifier: ISC */
/* The commands, their arguments and the bounds of these. */
#include "node/control/command.h"

enum {
	NODE_MAX_BYTES = 127,
	FOLDER_MAX_BYTES = 255,
	PATH_MAX_BYTES = 4095,
	NAME_MAX_BYTES = 127,
	INVITE_MAX_BYTES = 4095,
	SERVICES_MAX_BYTES = 1023,
	MESH_NAME_BYTES = 31,
	CODE_MAX_BYTES = 31,
	INTERFACE_MAX_BYTES = 15,
	NETWORK_MAX_BYTES = 32,
	DAY_MS = 86400 * 1000,
};

static const char *const roles[] = { "reader", "writer", "admin", "keeper", NULL };
static const char *const formats[] = { "dot", "svg", "json", NULL };

/* By place, as they are written. */
#define NODE_PARAM                                                                       \
	{                                                                                \
		.field = FIELD_NODE, .kind = PARAM_TEXT, .value = "NODE",                \
		.required = true, .min = 1, .max = NODE_MAX_BYTES,                       \
		.help = "a name, an address, or the beginning of an id"                  \
	}
#define FOLDER_PARAM(is_required)                                                        \
	{                                                                                \
		.field = FIELD_FOLDER, .kind = PARAM_TEXT, .value = "FOLDER",            \
		.required = (is_required), .min = 1, .max = FOLDER_MAX_BYTES,            \
		.help = "a folder's name, or the beginning of its id"                    \
	}
#define DIR_PARAM(text)                                                                  \
	{                                                                                \
		.field = FIELD_DIR, .kind = PARAM_TEXT, .value = "DIR",                  \
		.required = true, .min = 1, .max = PATH_MAX_BYTES, .help = (text)        \
	}

/* By name. */
#define FLAG_PARAM(where, word, text)                                                    \
	{                                                                                \
		.field = (where), .kind = PARAM_FLAG, .option = (word), .help = (text)   \
	}
#define NUMBER_PARAM(where, word, short_word, from, to, otherwise, text)                 \
	{                                                                                \
		.field = (where), .kind = PARAM_NUMBER, .option = (word),                \
		.letter = (short_word), .value = "N", .min = (from), .max = (to),        \
		.fallback = (otherwise), .help = (text)                                  \
	}
#define TIME_PARAM(where, word, short_word, from, to, otherwise, text)                   \
	{                                                                                \
		.field = (where), .kind = PARAM_DURATION, .option = (word),              \
		.letter = (short_word), .value = "TIME", .min = (from), .max = (to),     \
		.fallback = (otherwise), .help = (text)                                  \
	}
#define CHOICE_PARAM(where, word, called, words, otherwise, text)                        \
	{                                                                                \
		.field = (where), .kind = PARAM_CHOICE, .option = (word),                \
		.value = (called), .fallback = (otherwise), .choices = (words),          \
		.help = (text)                                                           \
	}

static const struct param status_params[] = {
	FLAG_PARAM(FIELD_CHECK, "--check", "exit 8 when something is wrong"),
};

static const struct param map_params[] = {
	CHOICE_PARAM(FIELD_FORMAT, "--format", "FORMAT", formats, 0,
		"dot (the default), svg or json"),
};

static const struct param routes_params[] = {
	{ .field = FIELD_NODE,
		.kind = PARAM_TEXT,
		.value = "NODE",
		.min = 1,
		.max = NODE_MAX_BYTES,
		.help = "only the way to this one" },
	FLAG_PARAM(FIELD_WHY, "--why",
		"every way to NODE that there is, and why this one was chosen"),
};

static const struct param capture_params[] = {
	{ .field = FIELD_FILE,
		.kind = PARAM_TEXT,
		.option = "--write",
		.letter = 'w',
		.value = "FILE",
		.min = 1,
		.max = PATH_MAX_BYTES,
		.help = "where the capture goes; - is stdout" },
	NUMBER_PARAM(FIELD_COUNT, "--count", 'c', 0, 100000000, 0,
		"ends after so many packets; 0, the default: when interrupted"),
	FLAG_PARAM(FIELD_CONTROL, "--control", "HELLO, TC and beats only"),
};

#define WIFI_PARAM(where, word, called, most, text)                                      \
	{                                                                                \
		.field = (where), .kind = PARAM_TEXT, .option = (word),                  \
		.value = (called), .min = 1, .max = (most), .help = (text)               \
	}

static const struct param up_params[] = {
	{ .field = FIELD_NAME,
		.kind = PARAM_TEXT,
		.value = "IFACE",
		.min = 1,
		.max = INTERFACE_MAX_BYTES,
		.help = "an interface that is up, used as it is" },
	WIFI_PARAM(FIELD_WIFI, "--wifi", "IFACE", INTERFACE_MAX_BYTES,
		"a radio that is set up, and put back by qanat down"),
	WIFI_PARAM(FIELD_NETWORK, "--mesh", "ID", NETWORK_MAX_BYTES,
		"the 802.11s mesh that it joins; default qanat"),
	WIFI_PARAM(FIELD_SSID, "--ibss", "SSID", NETWORK_MAX_BYTES,
		"the IBSS that it joins instead"),
	NUMBER_PARAM(FIELD_MHZ, "--freq", 0, 2400, 7199, 2412,
		"on this frequency in MHz; default 2412, channel 1"),
	FLAG_PARAM(FIELD_TAKE, "--take",
		"uses IFACE itself where no other can stand beside it, even if it is up"),
};

static const struct param ping_params[] = {
	NODE_PARAM,
	NUMBER_PARAM(FIELD_COUNT, "--count", 'c', 1, 100000, 4, "how many; default 4"),
	TIME_PARAM(FIELD_INTERVAL, "--interval", 'i', 10, 3600000, 1000,
		"seconds between two; default 1"),
	FLAG_PARAM(FIELD_PROGRESS, "", NULL),
};

static const struct param trace_params[] = {
	NODE_PARAM,
};

static const struct param speed_params[] = {
	NODE_PARAM,
	TIME_PARAM(FIELD_DURATION, "--time", 't', 1000, 600000, 5000,
		"seconds to measure; default 5"),
	FLAG_PARAM(FIELD_PROGRESS, "", NULL),
};

static const struct param share_params[] = {
	DIR_PARAM("the directory to share"),
	{ .field = FIELD_NAME,
		.kind = PARAM_TEXT,
		.option = "--name",
		.value = "NAME",
		.min = 1,
		.max = NAME_MAX_BYTES,
		.help = "the folder's name; default: the directory's" },
};

static const struct param invite_params[] = {
	FOLDER_PARAM(true),
	CHOICE_PARAM(FIELD_ROLE, "--role", "ROLE", roles, 1,
		"reader, writer (the default), admin or keeper"),
	NUMBER_PARAM(FIELD_USES, "--uses", 0, 0, 65535, 1,
		"how many may join by it, 0: any number; default 1"),
	TIME_PARAM(FIELD_EXPIRES, "--expires", 0, 60000, 3650ull * DAY_MS, 7ull * DAY_MS,
		"how long it is valid: 90m, 12h, 7d (the default)"),
};

static const struct param join_params[] = {
	{ .field = FIELD_INVITE,
		.kind = PARAM_TEXT,
		.value = "INVITE",
		.required = true,
		.min = 1,
		.max = INVITE_MAX_BYTES,
		.help = "the line that share or invite printed" },
	DIR_PARAM("where its files go; made if missing"),
};

static const struct param wait_params[] = {
	FOLDER_PARAM(true),
	TIME_PARAM(FIELD_TIMEOUT, "--timeout", 0, 0, 365ull * DAY_MS, 0,
		"seconds until it gives up (exit 6); default: never"),
	FLAG_PARAM(FIELD_PROGRESS, "", NULL),
};

static const struct param leave_params[] = {
	FOLDER_PARAM(true),
	FLAG_PARAM(FIELD_FORGET, "--forget", "also forget its keys and versions"),
};

static const struct param name_params[] = {
	{ .field = FIELD_NODE,
		.kind = PARAM_TEXT,
		.value = "NODE",
		.min = 1,
		.max = NODE_MAX_BYTES,
		.help = "a name, an address, or the beginning of an id" },
	{ .field = FIELD_NAME,
		.kind = PARAM_TEXT,
		.value = "NAME",
		.min = 1,
		.max = NAME_MAX_BYTES,
		.help = "1 to 31 letters, digits and hyphens" },
	FLAG_PARAM(FIELD_REMOVE, "--remove", "takes the pin of NODE away"),
};

static const struct param one_folder_params[] = {
	FOLDER_PARAM(true),
};

static const struct param any_folder_params[] = {
	FOLDER_PARAM(false),
};

static const struct param allow_params[] = {
	{ .field = FIELD_NODE,
		.kind = PARAM_TEXT,
		.value = "NODE",
		.min = 1,
		.max = NODE_MAX_BYTES,
		.help = "who; without one, all that is allowed is listed" },
	{ .field = FIELD_SERVICES,
		.kind = PARAM_TEXT,
		.value = "SERVICE",
		.rest = true,
		.min = 1,
		.max = SERVICES_MAX_BYTES,
		.help = "22/tcp, 53/udp, tcp, udp; without one, everything" },
};

static const struct param deny_params[] = {
	NODE_PARAM,
};

static const struct param at_param = {
	.field = FIELD_AT,
	.kind = PARAM_TEXT,
	.option = "",
	.min = 1,
	.max = NODE_MAX_BYTES,
};

static const struct param mesh_new_params[] = {
	{ .field = FIELD_NAME,
		.kind = PARAM_TEXT,
		.value = "NAME",
		.required = true,
		.min = 1,
		.max = MESH_NAME_BYTES,
		.help = "what the mesh is called" },
};

static const struct param mesh_join_params[] = {
	{ .field = FIELD_TOKEN,
		.kind = PARAM_TEXT,
		.value = "TOKEN",
		.min = 1,
		.max = INVITE_MAX_BYTES,
		.help = "the line that mesh new or mesh invite printed" },
	{ .field = FIELD_CODE,
		.kind = PARAM_TEXT,
		.option = "--code",
		.value = "CODE",
		.min = 1,
		.max = CODE_MAX_BYTES,
		.help = "the code that mesh invite --code shows on a node in range" },
};

static const struct param mesh_invite_params[] = {
	NUMBER_PARAM(FIELD_USES, "--uses", 0, 0, 255, 1,
		"how many may join by it, 0: any number; default 1"),
	TIME_PARAM(FIELD_EXPIRES, "--expires", 0, 60000, 3650ull * DAY_MS, 7ull * DAY_MS,
		"how long it is valid: 90m, 12h, 7d (the default)"),
	FLAG_PARAM(FIELD_DELEGATE, "--delegate",
		"who joins by it may invite and revoke others"),
	FLAG_PARAM(FIELD_PAIR, "--code",
		"a short code for one node in range, for ten minutes, instead of a "
		"token"),
};

static const struct param one_node_params[] = {
	NODE_PARAM,
};

#define WITH(array) (array), array_len(array)

const struct command_row command_rows[COMMANDS] = {
	[COMMAND_STATUS] = { "status", COMMAND_JSON | COMMAND_READS,
		"this node and its health", WITH(status_params) },
	[COMMAND_NEIGHBOURS] = { "neighbours", COMMAND_JSON | COMMAND_READS,
		"direct neighbours and the quality of their links", NULL, 0 },
	[COMMAND_ROUTES] = { "routes", COMMAND_JSON | COMMAND_READS,
		"every node reachable, and the way there", WITH(routes_params) },
	[COMMAND_MAP] = { "map", COMMAND_JSON | COMMAND_READS, "the mesh as a graph",
		WITH(map_params) },
	[COMMAND_PING] = { "ping", COMMAND_JSON | COMMAND_READS, "asks a node for echoes",
		WITH(ping_params) },
	[COMMAND_TRACE] = { "trace", COMMAND_JSON | COMMAND_READS,
		"the nodes on the way to a node", WITH(trace_params) },
	[COMMAND_SPEED] = { "speed", COMMAND_JSON, "measures the goodput to a node",
		WITH(speed_params) },
	[COMMAND_SHARE] = { "share", COMMAND_JSON,
		"makes a directory a shared folder and prints an invite",
		WITH(share_params) },
	[COMMAND_INVITE] = { "invite", COMMAND_JSON, "prints an invite to a folder",
		WITH(invite_params) },
	[COMMAND_JOIN] = { "join", COMMAND_JSON, "joins a folder by an invite",
		WITH(join_params) },
	[COMMAND_FOLDERS] = { "folders", COMMAND_JSON | COMMAND_READS,
		"the shared folders and how far they are", NULL, 0 },
	[COMMAND_MEMBERS] = { "members", COMMAND_JSON | COMMAND_READS,
		"who may do what in a folder", WITH(one_folder_params) },
	[COMMAND_CONFLICTS] = { "conflicts", COMMAND_JSON | COMMAND_READS,
		"files that have more than one current version",
		WITH(any_folder_params) },
	[COMMAND_WAIT] = { "wait", COMMAND_JSON,
		"returns when a folder equals what its reachable members announced",
		WITH(wait_params) },
	[COMMAND_PAUSE] = { "pause", COMMAND_JSON,
		"stops the replication of one or all folders", WITH(any_folder_params) },
	[COMMAND_RESUME] = { "resume", COMMAND_JSON, "goes on with it",
		WITH(any_folder_params) },
	[COMMAND_LEAVE] = { "leave", COMMAND_JSON,
		"stops replicating a folder; its files stay", WITH(leave_params) },
	[COMMAND_TOP] = { "top", COMMAND_LOCAL, "the status screen", NULL, 0 },
	[COMMAND_WATCH] = { "watch", COMMAND_JSON,
		"one line for each event, until interrupted", NULL, 0 },
	[COMMAND_METRICS] = { "metrics", COMMAND_READS,
		"counters in the Prometheus text format", NULL, 0 },
	[COMMAND_CAPTURE] = { "capture", COMMAND_JSON,
		"this node's frames, decrypted, as Wireshark opens them",
		WITH(capture_params) },
	[COMMAND_RADIOS] = { "radios", COMMAND_JSON,
		"the Wi-Fi radios of this machine, and what they can do", NULL, 0 },
	[COMMAND_UP] = { "up", COMMAND_JSON,
		"carries the mesh over a radio or an interface, from now on",
		WITH(up_params) },
	[COMMAND_DOWN] = { "down", COMMAND_JSON,
		"takes back what up began, and puts the network back", NULL, 0 },
	[COMMAND_ALLOW] = { "allow", COMMAND_JSON,
		"lets a node reach services of this one over the IP interface",
		WITH(allow_params) },
	[COMMAND_DENY] = { "deny", COMMAND_JSON, "takes back what a node was allowed",
		WITH(deny_params) },
	[COMMAND_NAME] = { "name", COMMAND_JSON,
		"pins a name to a node's key; without NODE lists the pins",
		WITH(name_params) },
	[COMMAND_MESH] = { "mesh", COMMAND_JSON,
		"which mesh this node is in, and until when", NULL, 0 },
	[COMMAND_MESH_NEW] = { "mesh new", COMMAND_JSON,
		"makes a private mesh and prints a token", WITH(mesh_new_params) },
	[COMMAND_MESH_JOIN] = { "mesh join", COMMAND_JSON,
		"joins a mesh by a token or a code", WITH(mesh_join_params) },
	[COMMAND_MESH_INVITE] = { "mesh invite", COMMAND_JSON, "prints a token or a code",
		WITH(mesh_invite_params) },
	[COMMAND_MESH_MEMBERS] = { "mesh members", COMMAND_JSON,
		"the members of the mesh, and who was revoked", NULL, 0 },
	[COMMAND_MESH_REVOKE] = { "mesh revoke", COMMAND_JSON,
		"shuts a node out of the mesh, for ever", WITH(one_node_params) },
	[COMMAND_MESH_COFOUNDER] = { "mesh cofounder", COMMAND_JSON,
		"makes a member a founder too", WITH(one_node_params) },
};

static const char *const field_names[FIELDS] = {
	[FIELD_NODE] = "node",
	[FIELD_FOLDER] = "folder",
	[FIELD_DIR] = "dir",
	[FIELD_NAME] = "name",
	[FIELD_INVITE] = "invite",
	[FIELD_ROLE] = "role",
	[FIELD_USES] = "uses",
	[FIELD_EXPIRES] = "expires_ms",
	[FIELD_COUNT] = "count",
	[FIELD_INTERVAL] = "interval_ms",
	[FIELD_DURATION] = "duration_ms",
	[FIELD_TIMEOUT] = "timeout_ms",
	[FIELD_FORGET] = "forget",
	[FIELD_PROGRESS] = "progress",
	[FIELD_CHECK] = "check",
	[FIELD_FORMAT] = "format",
	[FIELD_SERVICES] = "services",
	[FIELD_REMOVE] = "remove",
	[FIELD_AT] = "at",
	[FIELD_TOKEN] = "token",
	[FIELD_CODE] = "code",
	[FIELD_DELEGATE] = "delegate",
	[FIELD_PAIR] = "pair",
	[FIELD_WHY] = "why",
	[FIELD_CONTROL] = "control",
	[FIELD_WIFI] = "wifi",
	[FIELD_NETWORK] = "network",
	[FIELD_SSID] = "ssid",
	[FIELD_MHZ] = "mhz",
	[FIELD_TAKE] = "take",
	[FIELD_FILE] = "file",
};

const char *command_field_name(enum param_field field)
{
	check(field < FIELDS);
	return field_names[field];
}

bool command_field_is_local(enum param_field field)
{
	return field == FIELD_CHECK || field == FIELD_FORMAT || field == FIELD_FILE;
}

const struct param *command_param(enum command command, enum param_field field)
{
	const struct command_row *row = &command_rows[command];

	if (field == FIELD_AT)
		return (row->flags & COMMAND_READS) != 0 ? &at_param : NULL;
	for (size_t i = 0; i < row->param_count; i++)
		if (row->params[i].field == field)
			return &row->params[i];
	return NULL;
}

bool command_find(struct bytes name, enum command *out)
{
	for (enum command c = 0; c < COMMANDS; c++) {
		if (bytes_equal(name, bytes_of_string(command_rows[c].name))) {
			*out = c;
			return true;
		}
	}
	return false;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Optimal string alignment: insert, delete, replace, swap of neighbours cost one each. */
unsigned command_distance(struct bytes a, struct bytes b)
{
	enum { LENGTH_MAX = 31 };
	unsigned d[LENGTH_MAX + 1][LENGTH_MAX + 1];

	if (a.len > LENGTH_MAX || b.len > LENGTH_MAX)
		return 100;
	for (size_t i = 0; i <= a.len; i++)
		d[i][0] = (unsigned)i;
	for (size_t k = 0; k <= b.len; k++)
		d[0][k] = (unsigned)k;
	for (size_t i = 1; i <= a.len; i++) {
		for (size_t k = 1; k <= b.len; k++) {
			unsigned differs = a.data[i - 1] != b.data[k - 1];

			d[i][k] = min3(d[i - 1][k] + 1, d[i][k - 1] + 1,
				d[i - 1][k - 1] + differs);
			if (i > 1 && k > 1 && a.data[i - 1] == b.data[k - 2] &&
				a.data[i - 2] == b.data[k - 1] &&
				d[i - 2][k - 2] + 1 < d[i][k])
				d[i][k] = d[i - 2][k - 2] + 1;
		}
	}
	return d[a.len][b.len];
}

const char *command_nearest(struct bytes typed)
{
	const char *nearest = NULL;
	unsigned least = 3;

	for (enum command c = 0; c < COMMANDS; c++) {
		struct bytes name = bytes_of_string(command_rows[c].name);
		unsigned distance = command_distance(typed, name);

		if (distance < least && distance < name.len) {
			least = distance;
			nearest = command_rows[c].name;
		}
	}
	return nearest;
}
