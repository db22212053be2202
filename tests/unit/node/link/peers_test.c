/* SPDX-License-Identifier: ISC */
/*
 * Carriers of this process talk over the loopback. Time is the tests' own: a second is a tick,
 * and before each everything that the kernel has to tell is taken.
 */
#include "node/link/far.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "tests/test.h"

enum { SIDES_MAX = 3, QUIET_MS = 5 };

struct side {
	struct carrier c;
	bool open;
	struct where dials[4], listen;
	size_t dial_count;
	struct endpoint from; /* of the last frame */
	uint8_t last[FRAME_MAX];
	size_t last_len, frames;
	bool proves;        /* everybody who is heard has a session */
	bool proves_dialed; /* only who was dialed has */
};

struct scene {
	struct rng rng;
	struct instant now;
	struct side side[SIDES_MAX];
	struct datagram *batch; /* owned */
};

static void scene_init(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->rng = test_rng();
	s->now = instant_us(1000000);
	s->batch = mem_array(CARRIER_BATCH, sizeof(*s->batch));
}

static void scene_fini(struct scene *s)
{
	for (size_t i = 0; i < SIDES_MAX; i++)
		if (s->side[i].open)
			s->side[i].c.ops->close(&s->side[i].c);
	mem_free(s->batch);
}

/* A port of the loopback that is free over TCP and UDP. */
static unsigned free_port(void)
{
	for (;;) {
		struct sockaddr_in a = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof(a);
		int tcp = socket(AF_INET, SOCK_STREAM, 0),
		    udp = socket(AF_INET, SOCK_DGRAM, 0);
		bool good = bind(tcp, (struct sockaddr *)&a, sizeof(a)) == 0 &&
			    getsockname(tcp, (struct sockaddr *)&a, &len) == 0 &&
			    bind(udp, (struct sockaddr *)&a, sizeof(a)) == 0;

		close(tcp);
		close(udp);
		if (good)
			return ntohs(a.sin_port);
	}
}

static void listens(struct side *s, unsigned port)
{
	char text[32];

	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	EXPECT(where_listen(&s->listen, text) == NULL, "an address to listen on");
}

static void dials(struct side *s, const char *way, unsigned port)
{
	char text[40];

	snprintf(text, sizeof(text), "%s127.0.0.1:%u", way, port);
	EXPECT(where_peer(&s->dials[s->dial_count++], text) == NULL, "a peer");
}

static int tell(struct side *s)
{
	return peers_tell(&s->c, &(struct peers_told){ s->dials, s->dial_count,
					 s->listen.port != 0 ? &s->listen : NULL });
}

static void begin(struct scene *scene, struct side *s)
{
	EXPECT_EQ(peers_open(&s->c, &scene->rng), 0, "the carrier opens");
	s->open = true;
	EXPECT_EQ(tell(s), 0, "and does what it is told");
}

/* Takes what there is; false: nothing. */
static bool take(struct scene *scene, struct side *s)
{
	struct pollfd p = { .fd = s->c.fd, .events = POLLIN };
	int got;

	if (!s->open || poll(&p, 1, 0) <= 0)
		return false;
	got = s->c.ops->receive(&s->c, scene->batch, CARRIER_BATCH);
	EXPECT(got >= 0, "the carrier works");
	for (int i = 0; i < got; i++) {
		s->frames++;
		s->from = scene->batch[i].from;
		s->last_len = scene->batch[i].len;
		memcpy(s->last, scene->batch[i].bytes, s->last_len);
	}
	return true;
}

/* Until nobody has anything to take. */
static void settle(struct scene *scene)
{
	int quiet = 0;

	while (quiet < QUIET_MS) {
		bool some = false;

		for (size_t i = 0; i < SIDES_MAX; i++)
			some = take(scene, &scene->side[i]) || some;
		quiet = some ? 0 : quiet + 1;
		if (!some)
			(void)poll(NULL, 0, 1);
	}
}

static void tick_one(struct scene *scene, struct side *s)
{
	struct endpoint proven[PEERS_MAX];
	struct peer_status peer;
	size_t count = 0;

	for (size_t i = 0; (s->proves || s->proves_dialed) && peers_at(&s->c, i, &peer);
		i++)
		if (peer.endpoint.port != 0 && (s->proves || peer.name != NULL))
			proven[count++] = peer.endpoint;
	peers_tick(&s->c, scene->now, proven, count);
}

static void seconds(struct scene *scene, unsigned n)
{
	for (; n > 0; n--) {
		settle(scene);
		scene->now = instant_add_ms(scene->now, 1000);
		for (size_t i = 0; i < SIDES_MAX; i++)
			if (scene->side[i].open)
				tick_one(scene, &scene->side[i]);
	}
	settle(scene);
}

static struct peer_status peer_of(struct side *s, size_t i)
{
	struct peer_status peer = { 0 };

	EXPECT(peers_at(&s->c, i, &peer), "there is such a peer");
	return peer;
}

static size_t peer_count(struct side *s)
{
	struct peer_status peer;
	size_t count = 0;

	while (peers_at(&s->c, count, &peer))
		count++;
	return count;
}

static void frame_make(struct node_frame *f, uint8_t mark, size_t len)
{
	struct writer w = writer_of(f->bytes, sizeof(f->bytes));

	memset(f, 0, sizeof(*f));
	frame_header_write(&w, &(struct frame_header){ FRAME_DATA, 0, 1, mark });
	memset(f->bytes + w.len, mark, len - w.len);
	f->len = len;
}

static void send_all(struct side *s, uint8_t mark, size_t len)
{
	static struct node_frame f;

	frame_make(&f, mark, len);
	f.multicast = true;
	EXPECT_EQ(s->c.ops->send(&s->c, &f, 1), 1, "it is taken");
}

static void send_to(struct side *s, const struct endpoint *to, uint8_t mark, size_t len)
{
	static struct node_frame f;

	frame_make(&f, mark, len);
	f.to = *to;
	EXPECT_EQ(s->c.ops->send(&s->c, &f, 1), 1, "it is taken");
}

static void expect_last(struct side *s, size_t frames, uint8_t mark, size_t len)
{
	EXPECT_EQ(s->frames, frames, "so many frames came");
	EXPECT_EQ(s->last_len, len, "with their length");
	EXPECT_EQ(s->last[len - 1], mark, "and their bytes");
}

static int connect_from(const char *source, unsigned port, int type)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	EXPECT_EQ(inet_pton(AF_INET, source, &from.sin_addr), 1, "an address");
	EXPECT(fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
			connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0,
		"a stranger's socket");
	return fd;
}

/* The other side has closed it, once what it said is read. */
static bool is_closed(int fd)
{
	uint8_t bytes[256];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		;
	return n == 0 || errno == ECONNRESET;
}

static void greets(int fd, uint64_t instance)
{
	uint8_t bytes[STREAM_HEADER_SIZE + CALL_GREETING_SIZE];
	struct writer w = writer_of(bytes, sizeof(bytes));

	write_u16(&w, CALL_GREETING_SIZE);
	call_write(&w, &(struct call){ .kind = CALL_GREETING, .instance = instance });
	EXPECT(send(fd, bytes, w.len, MSG_NOSIGNAL) == (ssize_t)w.len, "it greets");
}

static void both_ways(const char *way)
{
	struct scene s;
	struct side *a = &s.side[0], *b = &s.side[1], *c = &s.side[2];
	unsigned port = free_port();

	scene_init(&s);
	listens(a, port);
	dials(b, way, port);
	dials(c, way, port);
	a->proves = b->proves = c->proves = true;
	begin(&s, a);
	begin(&s, b);
	begin(&s, c);
	seconds(&s, 3);
	EXPECT_EQ(peer_of(b, 0).state, PEER_UP, "who dials is up");
	EXPECT_EQ(peer_count(a), 2, "and who listens knows both");
	send_all(a, 7, 900);
	settle(&s);
	expect_last(b, 1, 7, 900);
	expect_last(c, 1, 7, 900);
	EXPECT_EQ(b->from.port, port, "from the port that was dialed");
	send_to(b, &b->from, 8, PEERS_MTU);
	settle(&s);
	expect_last(a, 1, 8, PEERS_MTU);
	send_to(a, &a->from, 9, 100);
	settle(&s);
	expect_last(b, 2, 9, 100);
	EXPECT_EQ(c->frames, 1, "and nobody else has it");
	scene_fini(&s);
}

TEST(frames_go_both_ways_over_tcp)
{
	both_ways("tcp:");
}

TEST(frames_go_both_ways_over_udp)
{
	both_ways("udp:");
}

TEST(of_two_connections_between_two_nodes_one_stays)
{
	struct scene s;
	struct side *a = &s.side[0], *b = &s.side[1];
	unsigned port_a = free_port(), port_b = free_port();
	size_t up = 0, met = 0;

	scene_init(&s);
	listens(a, port_a);
	listens(b, port_b);
	dials(a, "tcp:", port_b);
	dials(b, "tcp:", port_a);
	a->proves = b->proves = true;
	begin(&s, a);
	begin(&s, b);
	seconds(&s, 3);
	for (size_t i = 0; i < 2; i++) {
		up += peer_of(&s.side[i], 0).state == PEER_UP;
		met += peer_of(&s.side[i], 0).state == PEER_MET;
	}
	EXPECT(up == 1 && met == 1, "one dial is up, the other knows why it is not");
	send_all(a, 1, 50);
	send_all(b, 2, 50);
	settle(&s);
	expect_last(a, 1, 2, 50);
	expect_last(b, 1, 1, 50);
	scene_fini(&s);
}

TEST(two_names_of_one_node_give_one_connection)
{
	struct scene s;
	struct side *a = &s.side[0], *b = &s.side[1];
	unsigned port = free_port();
	char text[40];

	scene_init(&s);
	listens(a, port);
	dials(b, "tcp:", port);
	snprintf(text, sizeof(text), "tcp:[::ffff:127.0.0.1]:%u", port);
	EXPECT(where_peer(&b->dials[b->dial_count++], text) == NULL, "the other name");
	a->proves = b->proves = true;
	begin(&s, a);
	begin(&s, b);
	seconds(&s, 3);
	send_all(a, 1, 50);
	settle(&s);
	EXPECT_EQ(b->frames, 1, "one copy of what is for everybody");
	EXPECT(peer_of(b, 0).state != peer_of(b, 1).state, "one dial stands back");
	scene_fini(&s);
}

TEST(who_claims_to_be_another_one_pushes_nobody_out)
{
	struct scene s;
	struct side *a = &s.side[0], *b = &s.side[1];
	unsigned port_a = free_port(), port_b = free_port();
	uint64_t instance;
	int fd;

	scene_init(&s);
	listens(a, port_a);
	listens(b, port_b);
	dials(b, "tcp:", port_a);
	begin(&s, a);
	begin(&s, b);
	instance = peers_of(&a->c)->instance;
	fd = connect_from("127.0.0.1", port_b, SOCK_STREAM);
	greets(fd, instance);
	seconds(&s, 2);
	EXPECT_EQ(peer_of(b, 0).state, PEER_CONNECTING, "the dial goes on");
	EXPECT_EQ(
		peer_count(b), 2, "beside the one that claims to be the other end of it");
	a->proves = true;
	b->proves_dialed = true;
	seconds(&s, 2);
	EXPECT_EQ(peer_of(b, 0).state, PEER_UP, "once it has a session");
	EXPECT_EQ(peer_count(b), 1, "the other one is gone");
	EXPECT(is_closed(fd), "and closed");
	close(fd);
	fd = connect_from("127.0.0.1", port_b, SOCK_STREAM);
	greets(fd, instance);
	seconds(&s, 1);
	EXPECT_EQ(peer_of(b, 0).state, PEER_UP, "who comes later changes nothing");
	EXPECT_EQ(peer_count(b), 1, "and is closed at once");
	close(fd);
	scene_fini(&s);
}

TEST(a_node_that_dials_itself_says_so)
{
	static const char *const ways[] = { "tcp:", "udp:", "" };

	for (size_t i = 0; i < array_len(ways); i++) {
		struct scene s;
		struct side *a = &s.side[0];
		unsigned port = free_port();

		scene_init(&s);
		listens(a, port);
		dials(a, ways[i], port);
		begin(&s, a);
		seconds(&s, 3);
		EXPECT_STRING(peer_of(a, 0).trouble, "it is this node itself", ways[i]);
		seconds(&s, 100);
		EXPECT_EQ(peer_of(a, 0).state, PEER_MET, "and leaves it at that");
		EXPECT_EQ(peer_of(a, 0).down_s, 0, "which is nothing to mend");
		scene_fini(&s);
	}
}

static void stranger_says(
	struct bytes said, unsigned s_before, bool closed, const char *why)
{
	struct scene s;
	struct side *a = &s.side[0];
	unsigned port = free_port();
	int fd;

	scene_init(&s);
	listens(a, port);
	begin(&s, a);
	fd = connect_from("127.0.0.1", port, SOCK_STREAM);
	EXPECT_EQ(send(fd, said.data, said.len, MSG_NOSIGNAL), (ssize_t)said.len,
		"it says so");
	seconds(&s, s_before);
	EXPECT_EQ(is_closed(fd), closed, why);
	EXPECT_EQ(a->frames, 0, "and nothing is given to the node");
	close(fd);
	scene_fini(&s);
}

#define GREETING "\0\x10\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7"
#define HEADER   "\x15\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"

TEST(junk_is_closed_at_once)
{
	stranger_says(BYTES("GET / HTTP/1.1\r\n\r\n"), 0, true, "a browser");
	stranger_says(BYTES("\0\x10" HEADER), 0, true, "a frame before the greeting");
	stranger_says(
		BYTES(GREETING "\0\x10zzzzzzzzzzzzzzzz"), 0, true, "no frame behind it");
	stranger_says(BYTES(GREETING "\xff\xff"), 0, true, "a length that no frame has");
}

TEST(who_is_slow_is_closed)
{
	stranger_says(
		BYTES(""), FAR_GREETING_S - 1, false, "it has some seconds to greet");
	stranger_says(BYTES("\0"), FAR_GREETING_S + 1, true, "but no more");
	stranger_says(BYTES(GREETING "\0\x10"
				     "\x15"),
		FAR_STUCK_S - 1, false, "a record may take a while");
	stranger_says(BYTES(GREETING "\0\x10"
				     "\x15"),
		FAR_STUCK_S + 1, true, "but must end");
	stranger_says(BYTES(GREETING), FAR_INCOMING_S + 1, true,
		"who gets no session is not kept");
}

TEST(who_does_not_read_is_closed)
{
	struct scene s;
	struct side *a = &s.side[0];
	unsigned port = free_port();
	struct endpoint to;
	int fd;

	scene_init(&s);
	listens(a, port);
	a->proves = true;
	begin(&s, a);
	fd = connect_from("127.0.0.1", port, SOCK_STREAM);
	EXPECT(send(fd, GREETING, sizeof(GREETING) - 1, MSG_NOSIGNAL) > 0,
		"a node greets");
	settle(&s);
	to = peer_of(a, 0).endpoint;
	for (unsigned i = 0; i < 20000 && peer_of(a, 0).dropped == 0; i++)
		send_to(a, &to, 1, FRAME_MAX);
	EXPECT(peer_of(a, 0).dropped > 0, "what does not fit is dropped and counted");
	/* twice: a kernel that is busy takes the last that fits in later */
	seconds(&s, 2 * FAR_STUCK_S + 2);
	EXPECT_EQ(peer_count(a), 0, "and then it is closed");
	close(fd);
	scene_fini(&s);
}

TEST(a_crowd_has_its_limits)
{
	enum { EACH = PEERS_INCOMING_EACH, SOURCES = PEERS_INCOMING_MAX / EACH };
	struct scene s;
	struct side *a = &s.side[0];
	unsigned port = free_port();
	int fd[PEERS_INCOMING_MAX], one;
	char source[32];

	scene_init(&s);
	listens(a, port);
	begin(&s, a);
	for (unsigned i = 0; i < PEERS_INCOMING_MAX; i++) {
		snprintf(source, sizeof(source), "127.0.1.%u", i / EACH + 1);
		fd[i] = connect_from(source, port, SOCK_STREAM);
		settle(&s);
		if (i == EACH - 1) {
			one = connect_from(source, port, SOCK_STREAM);
			settle(&s);
			EXPECT(is_closed(one), "one address has its share and no more");
			close(one);
			seconds(&s, 1);
		}
	}
	EXPECT_EQ(peer_count(a), PEERS_INCOMING_MAX, "as many as there is room for");
	one = connect_from("127.0.2.1", port, SOCK_STREAM);
	settle(&s);
	EXPECT_EQ(peer_count(a), PEERS_INCOMING_MAX, "one more");
	EXPECT(!is_closed(one), "is let in");
	EXPECT(is_closed(fd[0]), "for the one without a session longest");
	EXPECT(!is_closed(fd[EACH]), "and for no other");
	a->proves = true;
	close(fd[0]);
	fd[0] = one;
	for (unsigned i = 0; i < PEERS_INCOMING_MAX; i++)
		greets(fd[i], i + 1);
	seconds(&s, 1);
	EXPECT_EQ(peer_count(a), PEERS_INCOMING_MAX, "all get a session");
	one = connect_from("127.0.2.4", port, SOCK_STREAM);
	settle(&s);
	EXPECT(is_closed(one), "and then the newcomer is the victim");
	close(one);
	for (unsigned i = 0; i < PEERS_INCOMING_MAX; i++)
		close(fd[i]);
	scene_fini(&s);
}

TEST(addresses_that_one_has_by_the_billion_count_as_one)
{
	static const char *const v6 = "2001:db8:0:1::", *const other = "2001:db8:0:2::1";
	struct scene s;
	struct side *a = &s.side[0];
	struct endpoint e = { .port = 1 };

	scene_init(&s);
	begin(&s, a);
	EXPECT_EQ(inet_pton(AF_INET6, v6, e.address), 1, "an address");
	for (unsigned i = 0; i < PEERS_INCOMING_EACH; i++) {
		e.address[15] = (uint8_t)i;
		EXPECT(far_make_room(peers_of(&a->c), &e), "there is room");
		(void)far_add(peers_of(&a->c), &e, NULL, -1);
	}
	e.address[15] = 99;
	EXPECT(!far_make_room(peers_of(&a->c), &e),
		"a network has its share and no more");
	EXPECT_EQ(inet_pton(AF_INET6, other, e.address), 1, "another one");
	EXPECT(far_make_room(peers_of(&a->c), &e), "has its own");
	EXPECT_EQ(inet_pton(AF_INET6, "::ffff:192.0.2.1", e.address), 1, "so has IPv4");
	for (unsigned i = 0; i <= PEERS_INCOMING_EACH; i++) {
		e.address[15] = (uint8_t)(i + 1);
		EXPECT(far_make_room(peers_of(&a->c), &e), "each address of it");
		(void)far_add(peers_of(&a->c), &e, NULL, -1);
	}
	scene_fini(&s);
}

static void udp_say(int fd, enum call_kind kind, uint64_t token)
{
	uint8_t bytes[CALL_SIZE];
	struct writer w = writer_of(bytes, sizeof(bytes));

	call_write(&w, &(struct call){ kind, 7, token, false });
	EXPECT(send(fd, bytes, w.len, 0) == (ssize_t)w.len, "it is sent");
}

static void udp_frame(int fd, uint8_t mark)
{
	static struct node_frame f;

	frame_make(&f, mark, 100);
	EXPECT(send(fd, f.bytes, f.len, 0) == 100, "it is sent");
}

TEST(a_stranger_over_udp_is_sent_nothing_but_a_token)
{
	struct scene s;
	struct side *a = &s.side[0];
	unsigned port = free_port();
	uint8_t bytes[FRAME_MAX];
	struct call c;
	int fd, other;

	scene_init(&s);
	listens(a, port);
	begin(&s, a);
	fd = connect_from("127.0.0.1", port, SOCK_DGRAM);
	other = connect_from("127.0.0.1", port, SOCK_DGRAM);
	udp_frame(fd, 1);
	udp_say(fd, CALL_SHOWN, 12345);
	udp_say(fd, CALL_TOKEN, 12345);
	udp_say(fd, CALL_GREETING, 0);
	settle(&s);
	send_all(a, 1, 100);
	EXPECT_EQ(a->frames, 0, "its frames are not taken");
	EXPECT_EQ(a->c.refused, 4, "but counted");
	EXPECT_EQ(peer_count(a), 0, "it is not remembered");
	EXPECT(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) < 0, "and sent nothing");
	udp_say(fd, CALL_KNOCK, 0);
	settle(&s);
	EXPECT_EQ(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), CALL_SIZE,
		"a knock is answered by as much");
	EXPECT(call_parse(&c, bytes_of(bytes, CALL_SIZE)) && c.kind == CALL_TOKEN,
		"a token");
	EXPECT_EQ(peer_count(a), 0, "nothing is remembered yet");
	udp_say(other, CALL_SHOWN, c.token);
	settle(&s);
	EXPECT_EQ(peer_count(a), 0, "it is worth nothing to another one");
	udp_say(fd, CALL_SHOWN, c.token);
	udp_frame(fd, 2);
	settle(&s);
	expect_last(a, 1, 2, 100);
	send_all(a, 3, 100);
	EXPECT_EQ(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), 100,
		"who has shown it is one of everybody");
	close(fd);
	close(other);
	scene_fini(&s);
}

TEST(where_udp_brings_no_session_tcp_is_tried)
{
	struct scene s;
	struct side *b = &s.side[0];
	unsigned port = free_port();
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), fd;

	scene_init(&s);
	EXPECT(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
			listen(listener, 1) == 0,
		"somebody listens over TCP alone");
	dials(b, "", port);
	begin(&s, b);
	seconds(&s, FAR_UDP_S - 1);
	EXPECT(!peer_of(b, 0).tcp, "UDP comes first");
	EXPECT(accept(listener, NULL, NULL) < 0, "and alone");
	seconds(&s, 2);
	EXPECT(peer_of(b, 0).tcp, "then TCP");
	fd = accept(listener, NULL, NULL);
	EXPECT(fd >= 0, "which is made");
	b->proves = true;
	EXPECT(send(fd, GREETING, sizeof(GREETING) - 1, MSG_NOSIGNAL) > 0, "and greets");
	seconds(&s, 2);
	EXPECT_EQ(peer_of(b, 0).state, PEER_UP, "and works");
	close(fd);
	settle(&s);
	EXPECT_EQ(peer_of(b, 0).state, PEER_WAITING, "when it breaks it waits a moment");
	seconds(&s, 2);
	fd = accept(listener, NULL, NULL);
	EXPECT(fd >= 0, "what worked is tried first");
	close(fd);
	close(listener);
	scene_fini(&s);
}

TEST(who_refuses_is_tried_less_and_less_often)
{
	struct scene s;
	struct side *b = &s.side[0];
	unsigned tries = 0, since = 0, longest = 0;

	scene_init(&s);
	dials(b, "tcp:", free_port());
	begin(&s, b);
	for (unsigned i = 0; i < 300; i++) {
		unsigned wait;

		take(&s, b);
		s.now = instant_add_ms(s.now, 1000);
		tick_one(&s, b);
		while (take(&s, b))
			;
		wait = peer_of(b, 0).since_s;
		tries += wait < since;
		since = wait;
		longest = wait > longest ? wait : longest;
	}
	EXPECT(tries >= 6 && tries <= 20, "some times in five minutes");
	EXPECT(longest >= 25 && longest <= DIAL_WAIT_MAX_S,
		"with up to a minute between");
	EXPECT_STRING(peer_of(b, 0).trouble, "Connection refused", "and it says why");
	EXPECT(peer_of(b, 0).down_s > 250, "and for how long");
	scene_fini(&s);
}

TEST(nobody_is_a_peer_by_an_address_of_the_mesh)
{
	static const char *const texts[] = { "tcp:[fd71::1]:7118", "udp:[fd71::1]:7118" };
	struct endpoint inside = { { 0xfd, 0x71, 1 }, 7118 },
			outside = { { 0xfd, 0x72, 1 }, 7118 };

	for (size_t i = 0; i < array_len(texts); i++) {
		struct scene s;
		struct side *b = &s.side[0];

		scene_init(&s);
		EXPECT(where_peer(&b->dials[0], texts[i]) == NULL, "an address");
		b->dial_count = 1;
		begin(&s, b);
		seconds(&s, 2);
		EXPECT_STRING(
			peer_of(b, 0).trouble, "it lies in the mesh itself", texts[i]);
		EXPECT(!far_make_room(b->c.own, &inside), "nor is one let in");
		EXPECT(far_make_room(b->c.own, &outside), "from elsewhere it is");
		scene_fini(&s);
	}
}

TEST(what_it_is_told_anew_is_followed)
{
	struct scene s;
	struct side *a = &s.side[0], *b = &s.side[1], *c = &s.side[2];
	unsigned port_a = free_port(), port_c = free_port();

	scene_init(&s);
	listens(a, port_a);
	listens(c, port_c);
	a->proves = b->proves = c->proves = true;
	dials(b, "tcp:", port_a);
	begin(&s, a);
	begin(&s, b);
	begin(&s, c);
	seconds(&s, 3);
	dials(b, "udp:", port_c);
	EXPECT_EQ(tell(b), 0, "one more");
	seconds(&s, 2);
	EXPECT(peer_of(b, 0).state == PEER_UP && peer_of(b, 0).since_s >= 3,
		"what stays is not begun anew");
	EXPECT_EQ(peer_of(b, 1).state, PEER_UP, "what is new is dialed");
	b->dials[0] = b->dials[--b->dial_count];
	EXPECT_EQ(tell(b), 0, "one less");
	settle(&s);
	EXPECT_EQ(peer_count(b), 1, "is forgotten");
	EXPECT_EQ(peer_count(a), 0, "and closed");
	a->listen = c->listen;
	EXPECT_EQ(tell(a), -EADDRINUSE, "a port that another one has is said to be so");
	a->listen.port = 0;
	a->listen.text[0] = '\0';
	EXPECT_EQ(tell(a), 0, "nothing to listen on is fine");
	scene_fini(&s);
}

TEST(a_name_is_looked_up_beside_the_loop)
{
	struct scene s;
	struct side *a = &s.side[0], *b = &s.side[1];
	unsigned port = free_port();
	char text[40];

	scene_init(&s);
	listens(a, port);
	snprintf(text, sizeof(text), "tcp:localhost:%u", port);
	EXPECT(where_peer(&b->dials[b->dial_count++], text) == NULL, "a name");
	EXPECT(where_peer(&b->dials[b->dial_count++], "no.such.name.invalid:1") == NULL,
		"and one that nobody has");
	a->proves = b->proves = true;
	begin(&s, a);
	begin(&s, b);
	for (unsigned i = 0; i < 400 && (peer_of(b, 0).state == PEER_RESOLVING ||
						peer_of(b, 1).state == PEER_RESOLVING);
		i++)
		settle(&s);
	seconds(&s, 3);
	EXPECT_EQ(peer_of(b, 0).state, PEER_UP, "it is found");
	EXPECT(peer_of(b, 1).trouble != NULL, "the other one is said not to be");
	scene_fini(&s);
}
