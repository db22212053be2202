/* SPDX-License-Identifier: ISC */
/* From JSON to what the screen shows. Rows past MODEL_ROWS_MAX are left out. */
#include "tools/top/model.h"

#include <stdio.h>
#include <string.h>

#include "node/base/mem.h"
#include "tools/cli/cmd.h"

static double number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : -1;
}

static void copy(char *to, size_t room, const char *safe)
{
	snprintf(to, room, "%s", safe);
}

static size_t rows_of(const json_t *array)
{
	size_t n = json_array_size(array);

	return n < MODEL_ROWS_MAX ? n : MODEL_ROWS_MAX;
}

static void take_health(struct model *m, const json_t *health)
{
	const json_t *line;
	size_t i;

	m->worst[0] = '\0';
	m->is_worst_error = false;
	for (i = 0; (line = json_array_get(health, i)) != NULL; i++) {
		const char *severity =
			json_string_value(json_object_get(line, "severity"));
		bool is_error = severity != NULL && strcmp(severity, "error") == 0;
		const char *fix = json_string_value(json_object_get(line, "fix"));

		if (m->is_worst_error || (m->worst[0] != '\0' && !is_error))
			continue;
		m->is_worst_error = is_error;
		copy(m->worst, sizeof(m->worst), print_text(line, "text"));
		if (fix != NULL)
			copy(m->worst, sizeof(m->worst),
				print_format("%s; %s", print_text(line, "text"),
					print_text(line, "fix")));
	}
}

static void take_status(struct model *m, const json_t *answer)
{
	const json_t *node = json_object_get(answer, "node");

	copy(m->name, sizeof(m->name), print_name(node, "id", "name"));
	copy(m->address, sizeof(m->address), print_text(node, "address"));
	m->uptime_s = number(node, "uptime_s");
	m->nodes = number(answer, "nodes");
	take_health(m, json_object_get(answer, "health"));
}

static void take_neighbours(struct model *m, const json_t *array)
{
	mem_free(m->neighbours);
	m->neighbour_count = rows_of(array);
	m->neighbours = mem_array(m->neighbour_count, sizeof(*m->neighbours));
	for (size_t i = 0; i < m->neighbour_count; i++) {
		const json_t *o = json_array_get(array, i);
		struct model_neighbour *n = &m->neighbours[i];

		copy(n->name, sizeof(n->name), print_name(o, "id", "name"));
		copy(n->interface, sizeof(n->interface), print_text(o, "interface"));
		copy(n->session, sizeof(n->session), print_text(o, "session"));
		n->symmetric = json_is_true(json_object_get(o, "symmetric"));
		n->loss_in = number(o, "loss_in");
		n->loss_out = number(o, "loss_out");
		n->rate_bps = number(o, "rate_bps");
		n->rtt_s = number(o, "rtt_s");
		n->metric = number(o, "metric");
		n->heard_s = number(o, "last_heard_s");
	}
}

static void take_folders(struct model *m, const json_t *array)
{
	mem_free(m->folders);
	m->folder_count = rows_of(array);
	m->folders = mem_array(m->folder_count, sizeof(*m->folders));
	m->rate_bps = 0;
	for (size_t i = 0; i < m->folder_count; i++) {
		const json_t *o = json_array_get(array, i);
		struct model_folder *f = &m->folders[i];

		copy(f->name, sizeof(f->name), print_name(o, "id", "name"));
		copy(f->state, sizeof(f->state), print_text(o, "state"));
		copy(f->role, sizeof(f->role), print_text(o, "role"));
		f->fraction = cmd_fraction(
			json_object_get(o, "bytes"), json_object_get(o, "need_bytes"));
		f->files = number(o, "files");
		f->bytes = number(o, "bytes");
		f->need_bytes = number(o, "need_bytes");
		f->rate_bps = number(o, "rate_bps");
		f->eta_s = number(o, "eta_s");
		f->members = (unsigned)json_array_size(json_object_get(o, "members"));
		f->conflicts =
			(unsigned)json_integer_value(json_object_get(o, "conflicts"));
		f->errors = (unsigned)json_array_size(json_object_get(o, "errors"));
		if (f->rate_bps > 0)
			m->rate_bps += f->rate_bps;
	}
}

void model_init(struct model *m)
{
	*m = (struct model){ .nodes = -1, .uptime_s = -1, .rate_bps = -1 };
	copy(m->why, sizeof(m->why), "asking the node");
}

void model_fini(struct model *m)
{
	mem_free(m->neighbours);
	mem_free(m->folders);
	model_init(m);
}

void model_take(struct model *m, const json_t *answer)
{
	const char *schema = json_string_value(json_object_get(answer, "schema"));

	if (schema == NULL)
		return;
	m->is_running = true;
	if (strcmp(schema, "qanat.status/1") == 0)
		take_status(m, answer);
	else if (strcmp(schema, "qanat.neighbours/1") == 0)
		take_neighbours(m, json_object_get(answer, "neighbours"));
	else if (strcmp(schema, "qanat.folders/1") == 0)
		take_folders(m, json_object_get(answer, "folders"));
}

void model_lose(struct model *m, const char *why)
{
	m->is_running = false;
	copy(m->why, sizeof(m->why), why);
}
