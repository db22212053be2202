/* SPDX-License-Identifier: ISC */
/*
 * One question at a time. Timers: due (the next round, a second after the last began) and
 * asked (an answer that takes longer than five seconds is given up).
 */
#include "tools/top/feed.h"

#include <errno.h>
#include <fcntl.h>

enum { ROUND_MS = 1000, PATIENCE_MS = 5000 };

static const enum command questions[] = { COMMAND_STATUS, COMMAND_NEIGHBOURS,
	COMMAND_FOLDERS };

void feed_init(struct feed *f, const char *state)
{
	*f = (struct feed){ .client = { .fd = -1 }, .state = state };
}

void feed_fini(struct feed *f)
{
	client_close(&f->client);
}

static void begin_again(struct feed *f, int64_t now_ms)
{
	client_close(&f->client);
	f->turn = 0;
	f->due_ms = now_ms + ROUND_MS;
}

static bool lose(struct feed *f, struct model *m, int64_t now_ms, const char *why)
{
	begin_again(f, now_ms);
	model_lose(m, why);
	return true;
}

static const char *why_not_open(int err)
{
	if (err == -EACCES || err == -EPERM)
		return "this user may not talk to the node; asking again";
	return "node not running; start it with: qanatd --open (asking again)";
}

static bool ask(struct feed *f, struct model *m, int64_t now_ms)
{
	struct request r;
	int err;

	if (f->turn == 0)
		f->due_ms = now_ms + ROUND_MS;
	err = client_open(&f->client, f->state);
	if (err != 0)
		return lose(f, m, now_ms, why_not_open(err));
	request_init(&r, questions[f->turn]);
	f->asked_ms = now_ms;
	if (client_ask(&f->client, &r) != 0 ||
		fcntl(f->client.fd, F_SETFL, O_NONBLOCK) != 0)
		return lose(f, m, now_ms, "the node hung up; asking again");
	return false;
}

static bool take(struct model *m, const struct reply *r)
{
	json_t *o;

	if (r->kind != REPLY_ANSWER)
		return false;
	o = json_loadb((const char *)r->body.data, r->body.len, 0, NULL);
	if (o == NULL)
		return false;
	model_take(m, o);
	json_decref(o);
	return true;
}

static bool read_replies(struct feed *f, struct model *m, int64_t now_ms)
{
	bool has_changed = false;
	struct reply r;
	int err;

	while ((err = client_next(&f->client, &r)) == 0) {
		has_changed = take(m, &r) || has_changed;
		if (r.kind != REPLY_EXIT)
			continue;
		client_close(&f->client);
		f->turn = (f->turn + 1) % array_len(questions);
		return has_changed;
	}
	if (err != -EAGAIN && err != -EINTR)
		return lose(f, m, now_ms, "the node stopped; asking again");
	if (now_ms - f->asked_ms > PATIENCE_MS)
		return lose(f, m, now_ms, "the node does not answer; asking again");
	return has_changed;
}

bool feed_turn(struct feed *f, struct model *m, int64_t now_ms)
{
	bool has_changed = false;

	if (f->client.fd < 0 && (f->turn > 0 || now_ms >= f->due_ms))
		has_changed = ask(f, m, now_ms);
	if (f->client.fd >= 0)
		has_changed = read_replies(f, m, now_ms) || has_changed;
	return has_changed;
}

int feed_wait_ms(const struct feed *f, int64_t now_ms)
{
	int64_t until = f->client.fd >= 0 ? f->asked_ms + PATIENCE_MS + 1 : f->due_ms;

	if (f->client.fd < 0 && f->turn > 0)
		return 0;
	return until <= now_ms ? 0 : (int)(until - now_ms);
}
