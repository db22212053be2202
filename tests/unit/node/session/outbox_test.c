/* SPDX-License-Identifier: ISC */
/* What waits to be taken: order, replacement, caps and victims. */
#include "node/session/outbox.h"

#include "tests/test.h"

static const struct instant zero = { 0 };

/* A frame told apart by its receiver. */
static struct bytes frame_of(
	uint8_t *buf, enum frame_type type, uint32_t receiver, uint8_t mark)
{
	struct writer w = envelope_begin(buf, type, receiver, 7);

	write_u8(&w, mark);
	return writer_bytes(&w);
}

static void add(struct outbox *o, struct instant now, uint32_t link, enum frame_type type,
	uint32_t receiver)
{
	struct session_path path = { link, { { 1 } } };
	uint8_t buf[ENVELOPE_MAX];

	outbox_add(o, now, &path, frame_of(buf, type, receiver, (uint8_t)link));
}

static bool take(
	struct outbox *o, struct instant now, struct frame_header *h, uint8_t *mark)
{
	uint8_t buf[SESSION_HANDSHAKE_MAX];
	struct session_path path;
	size_t len;

	if (!outbox_take(o, now, &path, buf, &len))
		return false;
	EXPECT(frame_header_parse(h, bytes_of(buf, len)), "what is taken is a frame");
	*mark = buf[len - 1];
	EXPECT_EQ(path.link & 255, *mark, "and has its own path");
	return true;
}

TEST(outbox_gives_frames_in_the_order_in_which_they_came)
{
	struct outbox o = { 0 };
	struct frame_header h;
	uint8_t mark;

	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 1; i <= 200; i++)
			add(&o, zero, 1, FRAME_HANDSHAKE_2, i);
		for (uint32_t i = 1; i <= 200; i++)
			EXPECT(take(&o, zero, &h, &mark) && h.receiver == i,
				"first in, first out");
		EXPECT(!take(&o, zero, &h, &mark), "then it is empty");
	}
	outbox_fini(&o);
}

TEST(outbox_replaces_a_frame_for_the_same_receiver)
{
	struct session_path path = { 1, { { 1 } } };
	uint8_t buf[ENVELOPE_MAX];
	struct outbox o = { 0 };
	struct frame_header h;
	uint8_t mark;

	outbox_add(&o, zero, &path, frame_of(buf, FRAME_HANDSHAKE_1, 0, 9));
	outbox_add(&o, zero, &path, frame_of(buf, FRAME_HANDSHAKE_3, 5, 9));
	outbox_add(&o, zero, &path, frame_of(buf, FRAME_HANDSHAKE_1, 0, 1));
	EXPECT_EQ(o.count, 2, "two are left");
	EXPECT(take(&o, zero, &h, &mark) && mark == 1,
		"the newer bytes stand in the old place");
	outbox_fini(&o);
}

TEST(outbox_lets_the_oldest_go_but_never_for_a_cookie)
{
	struct outbox o = { 0 };
	struct frame_header h;
	uint8_t mark;

	for (uint32_t i = 1; i <= OUTBOX_MAX; i++)
		add(&o, zero, 1, FRAME_HANDSHAKE_2, i);
	add(&o, zero, 1, FRAME_COOKIE, 9999);
	EXPECT_EQ(o.count, OUTBOX_MAX, "it is full");
	add(&o, zero, 1, FRAME_HANDSHAKE_2, 9999);
	EXPECT_EQ(o.count, OUTBOX_MAX, "it stays full");
	for (uint32_t i = 2; i <= OUTBOX_MAX; i++)
		EXPECT(take(&o, zero, &h, &mark) && h.receiver == i,
			"only the oldest has gone");
	EXPECT(take(&o, zero, &h, &mark) && h.type == FRAME_HANDSHAKE_2,
		"and the cookie");
	outbox_fini(&o);
}

TEST(outbox_forgets_what_is_stale_and_what_belongs_to_a_path)
{
	struct session_path path = { 2, { { 1 } } };
	struct outbox o = { 0 };
	struct frame_header h;
	uint8_t mark;

	add(&o, instant_ms(0), 1, FRAME_HANDSHAKE_2, 1);
	add(&o, instant_ms(1000), 2, FRAME_HANDSHAKE_2, 2);
	add(&o, instant_ms(1000), 3, FRAME_HANDSHAKE_2, 3);
	outbox_forget(&o, &path);
	EXPECT(take(&o, instant_ms(OUTBOX_STALE_MS), &h, &mark) && h.receiver == 3,
		"the first is stale, the second forgotten");
	EXPECT(!take(&o, zero, &h, &mark), "nothing else is there");
	outbox_fini(&o);
}

TEST(outbox_gives_events_in_order_and_ends_a_caller_that_never_asks)
{
	struct outbox o = { 0 };
	struct session_event e = { .kind = SESSION_UP };
	uint32_t taken = 0, added = 0;

	for (int i = 0; i < 20000; i++) {
		e.epoch = ++added;
		outbox_event_add(&o, &e);
		if (i % 3 == 0)
			continue;
		EXPECT(outbox_event_take(&o, &e) && e.epoch == ++taken,
			"first in, first out");
		if (o.event_count > 40)
			EXPECT(outbox_event_take(&o, &e) && e.epoch == ++taken,
				"in order");
	}
	while (outbox_event_take(&o, &e))
		EXPECT_EQ(e.epoch, ++taken, "to the end");
	EXPECT_EQ(taken, added, "none was lost");
	EXPECT(o.event_room < 1024, "the queue does not creep through memory");
	for (int i = 0; i < EVENTS_MAX; i++)
		outbox_event_add(&o, &e);
	EXPECT_CHECK(outbox_event_add(&o, &e), "a caller must take its events");
	outbox_fini(&o);
}
