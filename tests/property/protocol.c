/* SPDX-License-Identifier: ISC */
/*
 * The examples of node/PROTOCOL.md, but those of replication and of the warden (protocol_sync.c,
 * protocol_warden.c), are what
 * their formats say: the parsers take them, signatures and seals hold.
 */
#include "node/control/reply.h"
#include "node/control/request.h"
#include "node/core/care_wire.h"
#include "node/core/ip.h"
#include "node/crypto/hash.h"
#include "node/crypto/seal.h"
#include "node/link/call.h"
#include "node/link/stream.h"
#include "node/session/envelope.h"
#include "routing/hello.h"
#include "routing/lsdb.h"
#include "routing/beat.h"
#include "routing/summary.h"
#include "routing/tc.h"
#include "tests/property/examples.h"

enum { ADA_INDEX = 0x0a0a0a0a, BOB_INDEX = 0x0b0b0b0b };

/* ---- the two nodes of the examples, and their session ---- */

struct party {
	struct keypair keys;
	struct address address;
	struct handshake noise[4]; /* before message 1, 2, 3, and after them all */
};

struct parties {
	struct party ada, bob;
	uint8_t mesh_key[32];
	uint8_t send_key[32], receive_key[32]; /* ada's */
};

static void party_init(struct party *p, uint8_t number)
{
	uint8_t seed[32] = { 0x51, number };

	keypair_from_seed(&p->keys, seed);
	p->address = address_of(&p->keys.id);
}

static void noise_init(
	struct party *p, bool initiator, uint8_t secret, struct bytes prologue)
{
	struct handshake_key own, ephemeral;
	uint8_t bytes[32];

	keys_secret_x25519(&p->keys, bytes);
	handshake_key_of(&own, bytes);
	memset(bytes, secret, sizeof(bytes));
	handshake_key_of(&ephemeral, bytes);
	handshake_init(&p->noise[0], initiator, &own, &ephemeral, prologue);
}

static void opening_or_greeting(
	struct writer *w, unsigned message, const struct party *from, uint8_t *instance)
{
	bool is_ada = message != 2;

	memset(instance, is_ada ? 0xaa : 0xbb, 8);
	if (message == 1)
		opening_write(w, ADA_INDEX);
	else
		greeting_write(w,
			&(struct greeting){ from->keys.id, is_ada ? ADA_INDEX : BOB_INDEX,
				is_ada ? BOB_INDEX : ADA_INDEX, bytes_of(instance, 8) });
}

/* Message number `message` of the run that the examples are taken from. */
static void noise_step(struct party *from, struct party *to, unsigned message)
{
	uint8_t text[ENVELOPE_MAX], out[ENVELOPE_MAX], read[ENVELOPE_MAX], instance[8];
	struct writer t = writer_of(text, sizeof(text)), w = writer_of(out, sizeof(out));
	size_t len;

	opening_or_greeting(&t, message, from, instance);
	from->noise[message] = from->noise[message - 1];
	to->noise[message] = to->noise[message - 1];
	EXPECT(handshake_write(&from->noise[message], writer_bytes(&t), &w),
		"it is written");
	EXPECT(handshake_read(&to->noise[message], writer_bytes(&w), read, &len),
		"and read");
}

static struct parties *parties(void)
{
	static struct parties p;
	static bool made;
	uint8_t room[96];
	struct writer w = writer_of(room, sizeof(room));
	struct hash mesh;

	if (made)
		return &p;
	check(crypto_start() == 0);
	party_init(&p.ada, 1);
	party_init(&p.bob, 2);
	node_open_mesh_key(p.mesh_key);
	mesh = hash_tagged("qanat mesh key 1", bytes_of(p.mesh_key, 32));
	write_bytes(&w, BYTES("qanat session 1"));
	write_id(&w, &mesh);
	write_id(&w, &p.ada.address);
	write_id(&w, &p.bob.address);
	noise_init(&p.ada, true, 0x11, writer_bytes(&w));
	noise_init(&p.bob, false, 0x22, writer_bytes(&w));
	noise_step(&p.ada, &p.bob, 1);
	noise_step(&p.bob, &p.ada, 2);
	noise_step(&p.ada, &p.bob, 3);
	handshake_split(&p.ada.noise[3], p.send_key, p.receive_key);
	made = true;
	return &p;
}

/* A copy to open in place; good for one call at a time. */
static uint8_t *copy_of(struct bytes b)
{
	static uint8_t copy[1 << 16];

	check(b.len <= sizeof(copy));
	if (b.len > 0)
		memcpy(copy, b.data, b.len);
	return copy;
}

/* ---- frames ---- */

static bool header_is(struct bytes b, enum frame_type type, struct frame_header *h)
{
	return frame_header_parse(h, b) && h->type == type;
}

static bool accepts_header(struct bytes b)
{
	struct frame_header h;

	return header_is(b, FRAME_DATA, &h) && h.receiver == BOB_INDEX && h.number == 3;
}

static bool messages_hold(struct bytes list, const enum message_kind *kinds, size_t count)
{
	struct reader r = reader_of(list);
	struct message m;
	size_t seen = 0;
	enum message_next next;

	while ((next = message_read(&r, &m)) == MESSAGE_GIVEN)
		if (seen == count || m.kind != kinds[seen++])
			return false;
	return next == MESSAGE_NONE && seen == count;
}

static bool accepts_messages(struct bytes b)
{
	static const enum message_kind kinds[] = { MESSAGE_ACK, MESSAGE_DATA,
		MESSAGE_PROBE };

	return messages_hold(b, kinds, array_len(kinds));
}

static bool accepts_multicast(struct bytes b)
{
	static const enum message_kind kinds[] = { MESSAGE_HELLO };
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;
	uint8_t *frame = copy_of(b);
	struct frame_header h;

	return header_is(b, FRAME_MULTICAST, &h) && b.len > before + FRAME_TAG_SIZE &&
	       open_nonce(parties()->mesh_key, frame + FRAME_HEADER_SIZE,
		       bytes_of(b.data, FRAME_HEADER_SIZE), frame + before,
		       b.len - before) &&
	       messages_hold(bytes_of(frame + before, b.len - before - FRAME_TAG_SIZE),
		       kinds, array_len(kinds));
}

static bool accepts_ether(struct bytes b)
{
	struct reader r = reader_of(b);
	struct bytes to = read_bytes(&r, 6);

	read_skip(&r, 6);
	return bytes_equal(to, BYTES("\x33\x33\0\0\x71\x75")) && read_u16(&r) == 0x88b5 &&
	       accepts_multicast(read_rest(&r));
}

static bool accepts_data_frame(struct bytes b)
{
	uint8_t *frame = copy_of(b);
	struct frame_header h;
	size_t before = FRAME_HEADER_SIZE;

	return header_is(b, FRAME_DATA, &h) && b.len >= before + FRAME_TAG_SIZE &&
	       open_number(parties()->send_key, h.number, bytes_of(b.data, before),
		       frame + before, b.len - before) &&
	       accepts_messages(
		       bytes_of(frame + before, b.len - before - FRAME_TAG_SIZE));
}

/* The records of a stream, read as they come; the second is the data frame. */
static bool accepts_peers_stream(struct bytes b)
{
	static struct stream_in s;
	size_t records = 0;

	memset(&s, 0, sizeof(s));
	while (b.len > 0) {
		struct bytes record;
		struct call c;
		uint8_t *at;
		size_t want = stream_want(&s, &at);
		enum stream_verdict verdict;

		want = want < b.len ? want : b.len;
		memcpy(at, b.data, want);
		b = bytes_of(b.data + want, b.len - want);
		verdict = stream_got(&s, want, &record);
		if (verdict == STREAM_BAD)
			return false;
		if (verdict == STREAM_PARTIAL)
			continue;
		records++;
		if (records == 1 && !(call_parse(&c, record) && c.kind == CALL_GREETING))
			return false;
		if (records == 2 && !accepts_data_frame(record))
			return false;
	}
	return records == 2 && !stream_is_partial(&s);
}

static bool accepts_call(struct bytes b, enum call_kind kind)
{
	struct call c;

	return call_is(b) && call_parse(&c, b) && c.kind == kind;
}

static bool accepts_knock(struct bytes b)
{
	return accepts_call(b, CALL_KNOCK);
}

static bool accepts_token(struct bytes b)
{
	return accepts_call(b, CALL_TOKEN);
}

static bool accepts_shown(struct bytes b)
{
	return accepts_call(b, CALL_SHOWN);
}

/* Header, size and mac1 of a handshake frame. */
static bool envelope_holds(struct bytes b, enum frame_type type, bool by_ada)
{
	const struct parties *p = parties();
	struct envelope e = { p->mesh_key, by_ada ? &p->ada.address : &p->bob.address,
		by_ada ? &p->bob.address : &p->ada.address };
	struct frame_header h;
	uint32_t sender;

	return header_is(b, type, &h) && envelope_parse(&h, b.len, &sender) &&
	       sender == (type == FRAME_COOKIE ? 0
				 : by_ada      ? ADA_INDEX
					       : BOB_INDEX) &&
	       h.receiver == (type == FRAME_HANDSHAKE_1 ? 0
				     : by_ada           ? BOB_INDEX
							: ADA_INDEX) &&
	       envelope_check(&e, b);
}

static bool mac2_holds(struct bytes b, bool with_cookie)
{
	uint8_t cookie[COOKIE_SIZE], mac2[MAC_SIZE] = { 0 };
	size_t covered = b.len - MAC_SIZE;

	memset(cookie, 0x33, sizeof(cookie));
	if (with_cookie)
		cookie_mac2(cookie, bytes_of(b.data, covered), mac2);
	return bytes_equal(
		bytes_of(b.data + covered, MAC_SIZE), bytes_of(mac2, MAC_SIZE));
}

/* Message `number` as its receiver sees it; text gets what it says. */
static bool noise_takes(struct bytes b, unsigned number, uint8_t *text, size_t *len)
{
	const struct parties *p = parties();
	struct handshake h = (number == 2 ? &p->ada : &p->bob)->noise[number - 1];

	return handshake_read(&h, envelope_body(b), text, len);
}

static bool message_1_holds(struct bytes b, bool with_cookie)
{
	uint8_t text[ENVELOPE_MAX];
	uint32_t sender;
	size_t len;

	return envelope_holds(b, FRAME_HANDSHAKE_1, true) && mac2_holds(b, with_cookie) &&
	       noise_takes(b, 1, text, &len) &&
	       opening_parse(&sender, bytes_of(text, len)) && sender == ADA_INDEX;
}

static bool accepts_handshake_1(struct bytes b)
{
	return message_1_holds(b, false);
}

static bool accepts_handshake_1_cookie(struct bytes b)
{
	return message_1_holds(b, true);
}

static bool greeting_holds(struct bytes b, unsigned number, const struct party *from)
{
	uint8_t text[ENVELOPE_MAX];
	struct greeting g;
	size_t len;

	return noise_takes(b, number, text, &len) &&
	       greeting_parse(&g, bytes_of(text, len)) &&
	       id_equal(&g.id, &from->keys.id) && g.payload.len == 8 &&
	       g.sender == (number == 2 ? BOB_INDEX : ADA_INDEX) &&
	       g.receiver == (number == 2 ? ADA_INDEX : BOB_INDEX);
}

static bool accepts_handshake_2(struct bytes b)
{
	return envelope_holds(b, FRAME_HANDSHAKE_2, false) &&
	       greeting_holds(b, 2, &parties()->bob);
}

static bool accepts_handshake_3(struct bytes b)
{
	return envelope_holds(b, FRAME_HANDSHAKE_3, true) &&
	       greeting_holds(b, 3, &parties()->ada);
}

static bool accepts_cookie(struct bytes b)
{
	const struct parties *p = parties();
	struct bytes first = document_example("handshake_1");
	uint8_t key[32], *frame = copy_of(b), *sealed;
	uint8_t cookie[COOKIE_SIZE];

	if (!envelope_holds(b, FRAME_COOKIE, false))
		return false;
	sealed = frame + FRAME_HEADER_SIZE + COOKIE_NONCE_SIZE;
	memset(cookie, 0x33, sizeof(cookie));
	cookie_key(p->mesh_key, &p->bob.address, &p->ada.address, key);
	return open_nonce(key, frame + FRAME_HEADER_SIZE,
		       bytes_of(first.data + first.len - ENVELOPE_MACS, MAC_SIZE), sealed,
		       COOKIE_SIZE + SEAL_TAG_SIZE) &&
	       memcmp(sealed, cookie, sizeof(cookie)) == 0;
}

/* ---- messages ---- */

static bool accepts_ack(struct bytes b)
{
	struct arq_ack a;

	return arq_ack_parse(&a, b) && a.high == 20 && a.credit == 48 &&
	       a.missing.len == 1 && a.missing.data[0] == 5;
}

static bool suits(enum message_kind kind, struct bytes b)
{
	return b.len >= message_rules[kind].min && b.len <= message_rules[kind].max;
}

static bool accepts_data(struct bytes b)
{
	struct reader r = reader_of(b);
	uint32_t sequence = read_u32(&r);
	unsigned kind = read_u8(&r);

	return suits(MESSAGE_DATA, b) && sequence == 1001 && kind == MESSAGE_ECHO &&
	       suits(MESSAGE_ECHO, read_rest(&r));
}

static bool accepts_relay(struct bytes b)
{
	const struct parties *p = parties();
	struct relay r;

	return suits(MESSAGE_RELAY, b) && relay_parse(&r, b) &&
	       r.class == FLOW_INTERACTIVE && r.hop_limit == HOP_LIMIT - 1 &&
	       id_equal(&r.source, &p->ada.address) &&
	       id_equal(&r.destination, &p->bob.address) && accepts_data_frame(r.frame);
}

static bool accepts_ip(struct bytes b)
{
	const struct parties *p = parties();
	struct packet packet;

	return suits(MESSAGE_IP, b) && packet_parse(&packet, b) &&
	       packet.icmp == PACKET_ICMP_ECHO &&
	       id_equal(&packet.flow.source, &p->ada.address) &&
	       id_equal(&packet.flow.destination, &p->bob.address);
}

static bool accepts_ip_outside(struct bytes b)
{
	static const struct address outside = { { [10] = 0xff, 0xff, 203, 0, 113, 80 } };
	struct packet packet;

	return suits(MESSAGE_IP, b) && packet_parse(&packet, b) &&
	       id_equal(&packet.flow.source, &outside) &&
	       id_equal(&packet.flow.destination, &nat4_source) &&
	       packet.flow.destination_port == 4000;
}

static bool accepts_ip_part(struct bytes b)
{
	struct part part;

	return suits(MESSAGE_IP, b) && part_parse(&part, b) && part.id == 7 &&
	       part.total == 48 && part.index == 0 && part.count == 2 &&
	       part.bytes.len == 24;
}

/* What a node says to a message that came end to end: malformed or not. */
static bool node_takes(enum message_kind kind, struct bytes b)
{
	static const struct log silent = { NULL, NULL, LOG_ERROR_ };
	struct rng_seeded luck;
	struct node_config config = { .self = &parties()->bob.keys,
		.open_mesh = true,
		.rng = rng_seeded_init(&luck, 1),
		.log = &silent };
	struct message m = { kind, b };
	struct node *n;
	bool taken;

	if (!suits(kind, b))
		return false;
	n = node_new(&config, instant_us(1000000));
	receive_message(n, instant_us(1000000), &parties()->ada.keys.id, &m);
	taken = node_drops(n)->count[DROP_MALFORMED] == 0;
	node_free(n);
	return taken;
}

static bool accepts_echo(struct bytes b)
{
	return node_takes(MESSAGE_ECHO, b);
}

static bool accepts_stream(struct bytes b)
{
	return node_takes(MESSAGE_STREAM, b);
}

static bool accepts_care(struct bytes b)
{
	struct care_message m;
	struct request r;

	return suits(MESSAGE_CARE, b) && care_parse(&m, b) &&
	       m.token == 0x0102030405060708 &&
	       (m.op != CARE_ASK || request_parse(&r, m.bytes) == 0);
}

static bool signed_holds(struct bytes b, enum message_kind kind, const char *tag)
{
	struct routing_signed s;
	struct signature signature;

	if (!routing_signed_parse(&s, kind, b) ||
		!id_equal(&s.originator, &parties()->ada.address) ||
		!id_equal(&s.key, &parties()->ada.keys.id))
		return false;
	memcpy(signature.b, s.signature, sizeof(signature.b));
	return sign_verify(&s.key, tag, bytes_of(s.covered, s.covered_len), &signature);
}

static bool accepts_hello(struct bytes b)
{
	struct hello h;

	return signed_holds(b, MESSAGE_HELLO, "qanat hello 1") && hello_parse(&h, b) &&
	       h.count == 1 && id_equal(&h.neighbours[0].node, &parties()->bob.address) &&
	       h.neighbours[0].status == HELLO_SYMMETRIC &&
	       h.neighbours[0].metric_in == 932 && h.neighbours[0].loss == 25 &&
	       h.announce.sequence == 65537 && h.number == 7;
}

static bool accepts_beat(struct bytes b)
{
	struct beat beat;

	return beat_parse(&beat, b) && beat.number == 8 &&
	       beat.digest == 0x1122334455667788;
}

static bool accepts_tc(struct bytes b)
{
	struct tc t;

	return signed_holds(b, MESSAGE_TC, "qanat tc 1") && tc_parse(&t, b) &&
	       t.count == 1 && id_equal(&t.neighbours[0].node, &parties()->bob.address) &&
	       t.neighbours[0].metric == 932 && t.announce.sequence == 65538 &&
	       t.ansn == 3 && t.uplink == ROUTING_UPLINK_ALL;
}

static bool accepts_lsdb(struct bytes b)
{
	struct summary s;

	return summary_parse(&s, b) && s.count == 2 && s.to == UINT64_MAX &&
	       s.entries[0].handle == summary_handle(&parties()->ada.address) &&
	       s.entries[1].handle == summary_handle(&parties()->bob.address);
}

static bool accepts_sums(struct bytes b)
{
	const struct address *ada = &parties()->ada.address,
			     *bob = &parties()->bob.address;
	uint64_t expected[SUMMARY_PARTS] = { 0 };
	struct summary s;

	expected[summary_handle(ada) >> SUMMARY_PART_SHIFT] = lsdb_mark(ada, 0x10002);
	expected[summary_handle(bob) >> SUMMARY_PART_SHIFT] = lsdb_mark(bob, 0x20008);
	return summary_parse(&s, b) && s.sums &&
	       memcmp(s.sum, expected, sizeof(expected)) == 0;
}

/* ---- the control socket ---- */

static bool accepts_request(struct bytes b)
{
	struct request r;

	return request_parse(&r, b) == 0 && r.command == COMMAND_PING &&
	       strcmp(r.node, "ada") == 0 && r.count == 4 && r.interval_ms == 1000;
}

/* One record of a kind, then the exit code, then nothing. */
static bool reply_holds(struct bytes b, enum reply_kind kind, enum exit_code code)
{
	struct reply r;
	size_t size;

	if (reply_parse(&r, b, &size) != REPLY_WHOLE || r.kind != kind)
		return false;
	b = bytes_of(b.data + size, b.len - size);
	return reply_parse(&r, b, &size) == REPLY_WHOLE && r.kind == REPLY_EXIT &&
	       r.code == code && size == b.len;
}

static bool accepts_reply_answer(struct bytes b)
{
	return reply_holds(b, REPLY_ANSWER, EXIT_DONE);
}

static bool accepts_reply_error(struct bytes b)
{
	return reply_holds(b, REPLY_ERROR, EXIT_NOT_FOUND);
}

/* ---- all of them ---- */

static const struct example_row rows[] = {
	{ "ether_frame", accepts_ether, SEALED, 0, { { 6, 12 } } },
	{ "peers_stream", accepts_peers_stream, SEALED, 0, { { 10, 18 } } },
	{ "peers_knock", accepts_knock, SEALED, 0, { { 8, 16 } } },
	{ "peers_token", accepts_token, SEALED, 0, { { 8, 24 } } },
	{ "peers_shown", accepts_shown, SEALED, 0, { { 8, 24 } } },
	{ "frame_header", accepts_header, LONGER_TOO, 0, { { 0, 0 } } },
	{ "multicast", accepts_multicast, SEALED, 0, { { 0, 0 } } },
	{ "data_frame", accepts_data_frame, SEALED, 0, { { 0, 0 } } },
	{ "handshake_1", accepts_handshake_1, SEALED, 0, { { 0, 0 } } },
	{ "handshake_2", accepts_handshake_2, SEALED, 0, { { 177, 193 } } },
	{ "handshake_3", accepts_handshake_3, SEALED, 0, { { 145, 161 } } },
	{ "cookie", accepts_cookie, SEALED, 0, { { 88, 104 } } },
	{ "handshake_1_cookie", accepts_handshake_1_cookie, SEALED, 0, { { 0, 0 } } },
	{ "messages", accepts_messages, 0, 0, { { 0, 0 } } },
	{ "ack", accepts_ack, 0, 0, { { 0, 0 } } },
	{ "data", accepts_data, LONGER_TOO, 0, { { 0, 0 } } },
	{ "relay", accepts_relay, SEALED, 0, { { 0, 0 } } },
	{ "ip", accepts_ip, 0, 0, { { 0, 0 } } },
	{ "ip_outside", accepts_ip_outside, 0, 0, { { 0, 0 } } },
	{ "ip_part", accepts_ip_part, 0, 0, { { 0, 0 } } },
	{ "echo", accepts_echo, LONGER_TOO, 8, { { 0, 0 } } },
	{ "stream_cell", accepts_stream, LONGER_TOO, 17, { { 0, 0 } } },
	{ "stream_ask", accepts_stream, 0, 0, { { 0, 0 } } },
	{ "care_ask", accepts_care, 0, 0, { { 0, 0 } } },
	{ "care_refused", accepts_care, 0, 0, { { 0, 0 } } },
	{ "care_piece", accepts_care, LONGER_TOO, 14, { { 0, 0 } } },
	{ "care_again", accepts_care, 0, 11, { { 0, 0 } } },
	{ "stream_report", accepts_stream, 0, 0, { { 0, 0 } } },
	/* free: the packet header, hop limit and hop count, reserved flags of the signature */
	{ "hello", accepts_hello, SEALED, 0, { { 0, 3 }, { 103, 104 } } },
	{ "tc", accepts_tc, SEALED, 0, { { 0, 1 }, { 21, 23 }, { 93, 94 } } },
	{ "beat", accepts_beat, 0, 0, { { 0, 0 } } },
	{ "lsdb", accepts_lsdb, 0, 0, { { 0, 0 } } },
	{ "sums", accepts_sums, 0, 0, { { 0, 0 } } },
	{ "request", accepts_request, 0, 0, { { 0, 0 } } },
	{ "reply_answer", accepts_reply_answer, 0, 0, { { 0, 0 } } },
	{ "reply_error", accepts_reply_error, 0, 0, { { 0, 0 } } },
};

static bool is_ours(const struct example *e)
{
	return strstr(e->chapter, "eplication") == NULL &&
	       strstr(e->chapter, "warden") == NULL &&
	       strcmp(e->chapter, "Membership") != 0;
}

TEST(every_example_has_its_parser_and_every_parser_its_example)
{
	examples_expect_names(rows, array_len(rows), is_ours);
}

TEST(every_example_is_accepted)
{
	examples_expect_accepted(rows, array_len(rows));
}

TEST(what_is_cut_short_or_too_long_is_refused)
{
	examples_expect_length(rows, array_len(rows));
}

TEST(what_is_sealed_or_signed_is_refused_with_any_bit_changed)
{
	examples_expect_seals(rows, array_len(rows));
}

TEST(the_nodes_and_the_mesh_of_the_examples_are_as_described)
{
	const struct parties *p = parties();

	EXPECT(document_says(bytes_of(p->mesh_key, 32)), "the open mesh's key");
	EXPECT(document_says(id_bytes(&p->ada.keys.id)), "ada's id");
	EXPECT(document_says(id_bytes(&p->ada.address)), "ada's address");
	EXPECT(document_says(id_bytes(&p->bob.keys.id)), "bob's id");
	EXPECT(document_says(id_bytes(&p->bob.address)), "bob's address");
	EXPECT(id_compare(&p->ada.address, &p->bob.address) < 0, "ada has the lower one");
}
