/* SPDX-License-Identifier: ISC */
/*
 * What the status screen knows, taken from the node's JSON answers. Texts are safe for the
 * terminal from here on. Numbers below 0 are unknown.
 */
#pragma once

#include <jansson.h>

#include "node/base/check.h"

enum { MODEL_TEXT = 128, MODEL_ROWS_MAX = 4096 };

struct model_neighbour {
	char name[MODEL_TEXT], interface[MODEL_TEXT], session[MODEL_TEXT];
	bool symmetric;
	double loss_in, loss_out, rate_bps, rtt_s, metric, heard_s;
};

struct model_folder {
	char name[MODEL_TEXT], state[MODEL_TEXT], role[MODEL_TEXT];
	double fraction, files, bytes, need_bytes, rate_bps, eta_s;
	unsigned members, conflicts, errors;
};

struct model {
	bool is_running; /* the last question was answered */
	char why[256];   /* if it was not */
	char name[MODEL_TEXT], address[MODEL_TEXT];
	double uptime_s, nodes, rate_bps;
	char worst[256]; /* the worst health line, or empty */
	bool is_worst_error;
	struct model_neighbour *neighbours; /* owned */
	size_t neighbour_count;
	struct model_folder *folders; /* owned */
	size_t folder_count;
};

void model_init(struct model *m);
void model_fini(struct model *m);
/* Takes over what an answer to status, neighbours or folders says; the schema tells which. */
void model_take(struct model *m, const json_t *answer);
/* The node is not there; what was known of it is kept, but shown as old. */
void model_lose(struct model *m, const char *why);
