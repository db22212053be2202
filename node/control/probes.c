/* SPDX-License-Identifier: ISC */
/* Results of probes as JSON objects: one function for each, one struct for one object. */
#include "node/control/probes.h"

void probes_json_echo(struct buffer *out, const struct shown_echo *e)
{
	struct json_out j = json_out_of(out, "ping-echo");

	json_out_u64(&j, "number", e->number);
	json_out_seconds(&j, "rtt_s", e->rtt_us);
	json_out_known(&j, "hops", e->hops);
	json_out_finish(&j);
}

void probes_json_ping(struct buffer *out, const struct shown_ping *p)
{
	struct json_out j = json_out_of(out, "ping");

	json_out_hex(&j, "node", id_bytes(&p->node));
	json_out_text(&j, "name", p->name);
	json_out_address(&j, "address", &p->address);
	json_out_u64(&j, "sent", p->sent);
	json_out_u64(&j, "received", p->received);
	json_out_object(&j, "rtt_s");
	json_out_seconds(&j, "min", p->rtt_min_us);
	json_out_seconds(&j, "avg", p->rtt_avg_us);
	json_out_seconds(&j, "max", p->rtt_max_us);
	json_out_close(&j);
	json_out_known(&j, "hops", p->hops);
	json_out_finish(&j);
}

void probes_json_trace(struct buffer *out, const struct shown_trace *t)
{
	struct json_out j = json_out_of(out, "trace");

	json_out_hex(&j, "node", id_bytes(&t->node));
	json_out_text(&j, "name", t->name);
	json_out_array(&j, "hops");
	for (size_t i = 0; i < t->hop_count; i++) {
		json_out_object(&j, NULL);
		json_out_hex(&j, "id", id_bytes(&t->hops[i].id));
		json_out_text(&j, "name", t->hops[i].name);
		json_out_bool(&j, "name_clash", t->hops[i].name_clash);
		json_out_seconds(&j, "rtt_s", t->hops[i].rtt_us);
		json_out_close(&j);
	}
	json_out_close(&j);
	json_out_finish(&j);
}

void probes_json_speed(struct buffer *out, const struct shown_speed *s)
{
	struct json_out j = json_out_of(out, "speed");

	json_out_hex(&j, "node", id_bytes(&s->node));
	json_out_text(&j, "name", s->name);
	json_out_seconds(&j, "asked_s", s->asked_us);
	json_out_seconds(&j, "seconds", s->lasted_us);
	json_out_known(&j, "bytes", s->bytes);
	json_out_known(&j, "goodput_bps", s->goodput_bps);
	json_out_object(&j, "age_s");
	json_out_seconds(&j, "p50", s->age_p50_us);
	json_out_seconds(&j, "p95", s->age_p95_us);
	json_out_close(&j);
	json_out_finish(&j);
}
