/* SPDX-License-Identifier: ISC */
/* Verbs in one table; words are looked at, never changed. */
#include "sim/channel/action.h"

#include "sim/channel/quantity.h"

struct verb {
	const char *word;
	enum action_kind kind;
	bool both;
};

static const struct verb verbs[] = {
	{ "cut", ACTION_CUT, true },
	{ "dcut", ACTION_CUT, false },
	{ "join", ACTION_JOIN, true },
	{ "djoin", ACTION_JOIN, false },
	{ "set", ACTION_SET_LINK, true },
	{ "dset", ACTION_SET_LINK, false },
	{ "move", ACTION_MOVE, false },
	{ "part", ACTION_PART, false },
	{ "heal", ACTION_HEAL, false },
	{ "doze", ACTION_DOZE, false },
	{ "wake", ACTION_WAKE, false },
};

static bool is(struct bytes word, const char *s)
{
	return bytes_equal(word, bytes_of_string(s));
}

static bool refuse(struct text *why, const char *what, struct bytes word)
{
	text_string(why, what);
	text_escaped(why, word);
	return false;
}

static bool quality_parse(
	struct bytes value, enum quantity_unit unit, uint64_t most, uint32_t *out)
{
	uint64_t v;

	if (is(value, "default")) {
		*out = LINK_INHERIT;
		return true;
	}
	if (!quantity_parse(value, unit, &v) || v > most)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool rate_parse(struct bytes value, uint64_t *out)
{
	*out = 0;
	if (is(value, "default"))
		return true;
	return quantity_parse(value, QUANTITY_RATE_BPS, out) && *out >= 1000 &&
	       *out <= 100000000000;
}

static bool change_parse(struct link_change *c, struct bytes key, struct bytes value)
{
	if (is(key, "loss")) {
		c->loss = true;
		return quality_parse(value, QUANTITY_PART_PPM, 1000000, &c->to.loss_ppm);
	}
	if (is(key, "ber")) {
		c->ber = true;
		return quality_parse(value, QUANTITY_PART_E9, 1000000000, &c->to.ber_e9);
	}
	if (is(key, "delay")) {
		c->delay = true;
		return quality_parse(value, QUANTITY_TIME_US, 60000000, &c->to.delay_us);
	}
	if (is(key, "signal")) {
		c->signal = true;
		return quality_parse(
			value, QUANTITY_SIGNAL_DB, SIGNAL_DB_MOST, &c->to.signal_db);
	}
	if (is(key, "rate")) {
		c->rate = true;
		return rate_parse(value, &c->to.rate_bps);
	}
	return false;
}

bool link_change_parse(
	struct link_change *c, const struct words *w, size_t first, struct text *why)
{
	struct bytes key, value;

	*c = (struct link_change){ .to = link_quality_inherited() };
	for (size_t i = first; i < w->count; i++)
		if (!pair_split(w->word[i], &key, &value) || !change_parse(c, key, value))
			return refuse(why,
				"not loss=, ber=, rate=, delay= or signal= with a "
				"value: ",
				w->word[i]);
	return true;
}

void link_change_apply(const struct link_change *c, struct link_quality *q)
{
	if (c->rate)
		q->rate_bps = c->to.rate_bps;
	if (c->loss)
		q->loss_ppm = c->to.loss_ppm;
	if (c->ber)
		q->ber_e9 = c->to.ber_e9;
	if (c->delay)
		q->delay_us = c->to.delay_us;
	if (c->signal)
		q->signal_db = c->to.signal_db;
}

static bool param_parse(
	struct action *a, const struct words *w, size_t at, struct text *why)
{
	struct channel_params scratch = params_default();
	struct bytes key = w->word[at], value = w->word[at + 1];

	a->kind = ACTION_SET_PARAM;
	/* Here only word and value are judged; cwmin against cwmax when it is applied. */
	scratch.cw_min = 0;
	scratch.cw_max = 32767;
	if (key.len >= sizeof(a->key) || value.len >= sizeof(a->value))
		return refuse(why, "too long: ", key.len >= sizeof(a->key) ? key : value);
	if (!params_set(&scratch, key, value, why))
		return false;
	memcpy(a->key, key.data, key.len);
	memcpy(a->value, value.data, value.len);
	return true;
}

/* NAME X Y [over=TIME] */
static bool move_parse(struct action *a, const struct words *w, size_t at,
	const struct names *names, struct text *why)
{
	struct bytes key, value;
	uint64_t over_us = 0;

	if (!names_find(names, w->word[at], &a->a))
		return refuse(why, "no such node: ", w->word[at]);
	if (w->count != at + 3 && w->count != at + 4)
		return refuse(why, "wants: move NAME X Y [over=TIME]", BYTES(""));
	if (!quantity_parse_place(w->word[at + 1], &a->x_mm))
		return refuse(why, "not a place: ", w->word[at + 1]);
	if (!quantity_parse_place(w->word[at + 2], &a->y_mm))
		return refuse(why, "not a place: ", w->word[at + 2]);
	if (w->count == at + 4 &&
		(!pair_split(w->word[at + 3], &key, &value) || !is(key, "over") ||
			!quantity_parse(value, QUANTITY_TIME_US, &over_us) ||
			over_us > (uint64_t)INT32_MAX * 1000000))
		return refuse(why, "not over=TIME: ", w->word[at + 3]);
	a->over_us = (int64_t)over_us;
	return true;
}

/* [GROUP] NODES... */
static bool nodes_parse(struct action *a, const struct words *w, size_t at,
	const struct names *names, struct text *why)
{
	uint64_t group;

	if (a->kind == ACTION_PART) {
		if (w->count < at + 2 ||
			!quantity_parse(w->word[at], QUANTITY_COUNT, &group) ||
			group > UINT32_MAX)
			return refuse(why, "wants: part GROUP NODES", BYTES(""));
		a->group = (uint32_t)group;
		at++;
	}
	for (; at < w->count; at++)
		if (!node_set_add(&a->nodes, names, w->word[at], why))
			return false;
	return true;
}

/* The words behind the verb of an action on a link. */
static bool link_action_parse(struct action *a, const struct words *w, size_t at,
	const struct names *names, struct text *why)
{
	if (!names_find(names, w->word[at], &a->a))
		return refuse(why, "no such node: ", w->word[at]);
	if (w->count < at + 2)
		return refuse(why, "wants two nodes", BYTES(""));
	if (!names_find(names, w->word[at + 1], &a->b))
		return refuse(why, "no such node: ", w->word[at + 1]);
	if (a->a == a->b)
		return refuse(why, "a node has no link with itself: ", w->word[at]);
	if (a->kind == ACTION_SET_LINK) {
		if (w->count == at + 2)
			return refuse(why,
				"wants loss=, ber=, rate=, delay= or signal=", BYTES(""));
		return link_change_parse(&a->change, w, at + 2, why);
	}
	if (w->count > at + 2)
		return refuse(why, "too much: ", w->word[at + 2]);
	return true;
}

/* All that stands behind the verb. */
static bool rest_parse(struct action *a, const struct words *w, size_t at,
	const struct names *names, struct text *why)
{
	if (a->kind == ACTION_HEAL)
		return w->count == at || refuse(why, "too much: ", w->word[at]);
	if (a->kind == ACTION_SET_LINK && a->both && w->count == at + 2)
		return param_parse(a, w, at, why);
	if (w->count <= at)
		return refuse(why, "wants a node", BYTES(""));
	switch (a->kind) {
	case ACTION_CUT:
	case ACTION_JOIN:
	case ACTION_SET_LINK:
	case ACTION_SET_PARAM:
		return link_action_parse(a, w, at, names, why);
	case ACTION_MOVE:
		return move_parse(a, w, at, names, why);
	case ACTION_PART:
	case ACTION_HEAL:
	case ACTION_DOZE:
	case ACTION_WAKE:
		return nodes_parse(a, w, at, names, why);
	}
	return false;
}

bool action_parse(struct action *a, const struct words *w, size_t first,
	const struct names *names, struct text *why)
{
	*a = (struct action){ 0 };
	for (size_t i = 0; first < w->count && i < array_len(verbs); i++) {
		if (!is(w->word[first], verbs[i].word))
			continue;
		a->kind = verbs[i].kind;
		a->both = verbs[i].both;
		return rest_parse(a, w, first + 1, names, why);
	}
	return refuse(why, "not cut, join, set, move, part, heal, doze or wake: ",
		first < w->count ? w->word[first] : BYTES(""));
}

static void link_action_apply(
	const struct action *a, struct links *l, uint32_t x, uint32_t y)
{
	if (a->kind == ACTION_CUT)
		links_cut(l, x, y);
	else if (a->kind == ACTION_JOIN)
		links_join(l, x, y);
	else
		link_change_apply(&a->change, links_quality(l, x, y));
}

static void node_action_apply(const struct action *a, struct channel *ch, uint32_t node)
{
	if (a->kind == ACTION_PART)
		links_part(&ch->links, node, a->group);
	else
		channel_doze(ch, node, a->kind == ACTION_DOZE);
}

bool action_apply(const struct action *a, struct channel *ch, struct text *why)
{
	struct channel_params params = ch->params;

	switch (a->kind) {
	case ACTION_CUT:
	case ACTION_JOIN:
	case ACTION_SET_LINK:
		link_action_apply(a, &ch->links, a->a, a->b);
		if (a->both)
			link_action_apply(a, &ch->links, a->b, a->a);
		return true;
	case ACTION_SET_PARAM:
		if (!params_set(&params, bytes_of_string(a->key),
			    bytes_of_string(a->value), why))
			return false;
		channel_params_apply(ch, &params);
		return true;
	case ACTION_MOVE:
		links_place(&ch->links, a->a, a->x_mm, a->y_mm);
		return true;
	case ACTION_HEAL:
		for (uint32_t i = 0; i < ch->node_count; i++)
			links_part(&ch->links, i, 0);
		return true;
	case ACTION_PART:
	case ACTION_DOZE:
	case ACTION_WAKE:
		for (size_t k = 0; k < a->nodes.count; k++)
			for (uint32_t i = a->nodes.range[k].first;
				i <= a->nodes.range[k].last; i++)
				node_action_apply(a, ch, i);
		return true;
	}
	return true;
}
