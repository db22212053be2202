/* SPDX-License-Identifier: ISC */
/* Prometheus samples. A folder is labelled by its id: names are strangers' text. */
#include "node/control/metrics.h"

#include "node/base/text.h"

static void add_head(
	struct buffer *out, const char *name, const char *type, const char *help)
{
	const char *const parts[] = { "# HELP qanat_", name, " ", help, "\n# TYPE qanat_",
		name, " ", type, "\n" };

	for (size_t i = 0; i < array_len(parts); i++)
		buffer_add_string(out, parts[i]);
}

/* label NULL: none. */
static void add_sample(struct buffer *out, const char *name, const char *label,
	const char *value, uint64_t v)
{
	buffer_add_string(out, "qanat_");
	buffer_add_string(out, name);
	if (label != NULL) {
		buffer_add_string(out, "{");
		buffer_add_string(out, label);
		buffer_add_string(out, "=\"");
		buffer_add_string(out, value);
		buffer_add_string(out, "\"}");
	}
	buffer_add_string(out, " ");
	buffer_add_u64(out, v);
	buffer_add_string(out, "\n");
}

static void add_gauge(struct buffer *out, const char *name, const char *help, uint64_t v)
{
	add_head(out, name, "gauge", help);
	add_sample(out, name, NULL, NULL, v);
}

static uint64_t messages_in(const struct shown_traffic *t)
{
	return t->in;
}

static uint64_t messages_out(const struct shown_traffic *t)
{
	return t->out;
}

static uint64_t message_bytes_in(const struct shown_traffic *t)
{
	return t->bytes_in;
}

static uint64_t message_bytes_out(const struct shown_traffic *t)
{
	return t->bytes_out;
}

static const struct {
	const char *name, *help;
	uint64_t (*value)(const struct shown_traffic *t);
} traffic_counters[] = {
	{ "messages_in", "Messages from the air, by kind.", messages_in },
	{ "messages_out", "Messages to the air, by kind.", messages_out },
	{ "message_bytes_in", "Their bytes, without those of frames.", message_bytes_in },
	{ "message_bytes_out", "Their bytes, without those of frames.",
		message_bytes_out },
};

static void add_traffic(
	struct buffer *out, const struct shown_traffic *traffic, size_t count)
{
	for (size_t g = 0; g < array_len(traffic_counters) && count > 0; g++) {
		add_head(out, traffic_counters[g].name, "counter",
			traffic_counters[g].help);
		for (size_t i = 0; i < count; i++)
			add_sample(out, traffic_counters[g].name, "kind", traffic[i].kind,
				traffic_counters[g].value(&traffic[i]));
	}
}

static struct known folder_files(const struct shown_folder *f)
{
	return f->files;
}

static struct known folder_bytes(const struct shown_folder *f)
{
	return f->bytes;
}

static struct known folder_need_files(const struct shown_folder *f)
{
	return f->need_files;
}

static struct known folder_need_bytes(const struct shown_folder *f)
{
	return f->need_bytes;
}

static struct known folder_conflicts(const struct shown_folder *f)
{
	return known((int64_t)f->conflicts);
}

static struct known folder_errors(const struct shown_folder *f)
{
	return known((int64_t)f->error_count);
}

static const struct {
	const char *name, *help;
	struct known (*value)(const struct shown_folder *f);
} folder_gauges[] = {
	{ "folder_files", "Files in the folder as agreed.", folder_files },
	{ "folder_bytes", "Bytes in the folder as agreed.", folder_bytes },
	{ "folder_need_files", "Files not here yet.", folder_need_files },
	{ "folder_need_bytes", "Bytes not here yet.", folder_need_bytes },
	{ "folder_conflicts", "Files with more than one current version.",
		folder_conflicts },
	{ "folder_errors", "Files that cannot be replicated.", folder_errors },
};

static void add_folders(
	struct buffer *out, const struct shown_folder *folders, size_t count)
{
	for (size_t g = 0; g < array_len(folder_gauges) && count > 0; g++) {
		add_head(out, folder_gauges[g].name, "gauge", folder_gauges[g].help);
		for (size_t i = 0; i < count; i++) {
			struct known v = folder_gauges[g].value(&folders[i]);
			char id[65];
			struct text t = text_of(id, sizeof(id));

			text_hex(&t, id_bytes(&folders[i].id));
			if (v.is && v.value >= 0)
				add_sample(out, folder_gauges[g].name, "folder", id,
					(uint64_t)v.value);
		}
	}
}

void metrics_write(struct buffer *out, const struct shown_status *s,
	const struct shown_folder *folders, size_t folder_count)
{
	if (s->uptime_us.is && s->uptime_us.value >= 0)
		add_gauge(out, "uptime_seconds", "Seconds since the node started.",
			(uint64_t)s->uptime_us.value / 1000000);
	add_gauge(out, "neighbours", "Direct neighbours with a session.", s->neighbours);
	add_gauge(out, "nodes", "Nodes reachable.", s->nodes);
	add_gauge(out, "folders", "Shared folders.", s->folders);
	for (size_t i = 0; i < s->counter_count; i++) {
		add_head(out, s->counters[i].name, "counter", "See qanat status --json.");
		add_sample(out, s->counters[i].name, NULL, NULL, s->counters[i].value);
	}
	add_traffic(out, s->traffic, s->traffic_count);
	add_head(out, "drops", "counter",
		"What came from outside and was dropped, by reason.");
	for (enum drop_reason r = 0; r < DROP_REASONS && s->drops != NULL; r++)
		add_sample(out, "drops", "reason", drop_name(r), s->drops->count[r]);
	add_folders(out, folders, folder_count);
}
