/* SPDX-License-Identifier: ISC */
/*
 * The one table of commands. The request parser, the program qanat, its help and the shell
 * completions are all made from it.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

enum command {
	COMMAND_STATUS,
	COMMAND_NEIGHBOURS,
	COMMAND_ROUTES,
	COMMAND_MAP,
	COMMAND_PING,
	COMMAND_TRACE,
	COMMAND_SPEED,
	COMMAND_SHARE,
	COMMAND_INVITE,
	COMMAND_JOIN,
	COMMAND_FOLDERS,
	COMMAND_MEMBERS,
	COMMAND_CONFLICTS,
	COMMAND_WAIT,
	COMMAND_PAUSE,
	COMMAND_RESUME,
	COMMAND_LEAVE,
	COMMAND_TOP, /* asks with status, neighbours and folders; never sent itself */
	COMMAND_WATCH,
	COMMAND_METRICS,
	COMMAND_CAPTURE,
	COMMAND_RADIOS,
	COMMAND_UP,
	COMMAND_DOWN,
	COMMAND_ALLOW,
	COMMAND_DENY,
	COMMAND_NAME,
	COMMAND_MESH,
	COMMAND_MESH_NEW,
	COMMAND_MESH_JOIN,
	COMMAND_MESH_INVITE,
	COMMAND_MESH_MEMBERS,
	COMMAND_MESH_REVOKE,
	COMMAND_MESH_COFOUNDER,
	COMMANDS
};

enum param_kind {
	PARAM_TEXT,   /* any bytes but zero, min to max of them */
	PARAM_NUMBER, /* decimal, min to max */
	PARAM_DURATION, /* milliseconds, min to max; people write 5, 0.2, 90s, 15m, 8h, 7d */
	PARAM_CHOICE, /* one word of choices */
	PARAM_FLAG,   /* "1" */
};

/* Where a param's value stands in struct request. Also its name in a request. */
enum param_field {
	FIELD_NODE,
	FIELD_FOLDER,
	FIELD_DIR,
	FIELD_NAME,
	FIELD_INVITE,
	FIELD_ROLE,
	FIELD_USES,
	FIELD_EXPIRES,
	FIELD_COUNT,
	FIELD_INTERVAL,
	FIELD_DURATION,
	FIELD_TIMEOUT,
	FIELD_FORGET,
	FIELD_PROGRESS,
	FIELD_CHECK,  /* for the program only */
	FIELD_FORMAT, /* for the program only */
	FIELD_SERVICES,
	FIELD_REMOVE,
	FIELD_AT, /* of every command that reads: the node that is to answer */
	FIELD_TOKEN,
	FIELD_CODE,
	FIELD_DELEGATE,
	FIELD_PAIR,
	FIELD_WHY,
	FIELD_CONTROL,
	FIELD_WIFI,
	FIELD_NETWORK,
	FIELD_SSID,
	FIELD_MHZ,
	FIELD_TAKE,
	FIELD_FILE, /* for the program only */
	FIELDS
};

struct param {
	enum param_field field;
	enum param_kind kind;
	const char
		*option; /* "--role"; NULL: stands by its place; "": set by the program */
	char letter;     /* 'c' for -c; 0: none */
	const char *value; /* how help calls the value; NULL for flags */
	bool required;
	bool rest; /* by place: takes all words that are left, with a space between */
	uint64_t min, max; /* by kind */
	uint64_t fallback; /* number or duration when not given; choice: its index */
	const char *const *choices; /* ended by NULL */
	const char *help;
};

enum {
	COMMAND_JSON = 1,  /* takes --json */
	COMMAND_LOCAL = 2, /* not sent to the node as it is */
	COMMAND_READS = 4, /* changes nothing, and may be asked of another node */
};

struct command_row {
	const char *name; /* one word, or two with a space between */
	unsigned flags;
	const char *help;
	const struct param *params; /* NULL: none */
	size_t param_count;
};

extern const struct command_row command_rows[COMMANDS];

/* The word by which a field is called in a request: "node", "expires_ms". */
const char *command_field_name(enum param_field field);
/* Fields that never leave the program qanat. */
bool command_field_is_local(enum param_field field);
/* The param of a command that fills field, or NULL. FIELD_AT is one of all that read, and not
 * listed. */
const struct param *command_param(enum command command, enum param_field field);
/* False: no such command. */
must_use bool command_find(struct bytes name, enum command *out);
/* The command whose name is nearest to what was typed (Damerau-Levenshtein, at most 2
 * edits), or NULL when none is near. */
const char *command_nearest(struct bytes typed);
/* The distance itself, capped at 100; both at most 31 characters are compared. */
unsigned command_distance(struct bytes a, struct bytes b);
