/* SPDX-License-Identifier: ISC */
/* Packets of a capture: the codec, frames taken apart, and how each stands in a file. */
#include "node/control/capture.h"

#include "node/base/text.h"

enum {
	FLAG_OUT = 1,
	FLAG_ROUTED = 2,
	PCAP_MAGIC =
		(int)0xa1b2c3d4, /* microseconds, in the order of bytes it stands in */
	PCAP_RAW = 101,          /* LINKTYPE_RAW: begins with the IP header */
	PCAP_HEAD_SIZE = 24,
	PCAP_RECORD_SIZE = 16,
	IPV6_SIZE = 40,
	UDP_SIZE = 8,
	NEXT_UDP = 17,
	HOP_LIMIT_LINK = 255, /* the link only, as our frames go (RFC 5082) */
	CLASS_CONTROL = 0xc0, /* CS6 */
	BODY_MAX = FRAME_MAX,
	DATA_SEQUENCE_SIZE = 4,
};

/* Whether the body of a message is an RFC 5444 packet. */
static bool is_rfc5444(unsigned kind)
{
	return kind == MESSAGE_HELLO || kind == MESSAGE_TC || kind == MESSAGE_BEAT;
}

void capture_write(struct buffer *out, const struct captured *c)
{
	uint8_t head[8 + 8 + 1 + 1 + 16 + 16 + 1];
	struct writer w = writer_of(head, sizeof(head));
	size_t name = c->interface.len < UINT8_MAX ? c->interface.len : UINT8_MAX;

	write_u64(&w, (uint64_t)c->unix_us);
	write_u64(&w, c->lost);
	write_u8(&w, (uint8_t)((c->out ? FLAG_OUT : 0) | (c->routed ? FLAG_ROUTED : 0)));
	write_u8(&w, (uint8_t)c->kind);
	write_bytes(&w, bytes_of(c->from.b, sizeof(c->from.b)));
	write_bytes(&w, bytes_of(c->to.b, sizeof(c->to.b)));
	write_u8(&w, (uint8_t)name);
	buffer_add(out, writer_bytes(&w));
	buffer_add(out, bytes_of(c->interface.data, name));
	buffer_add(out, c->body);
}

bool capture_parse(struct captured *c, struct bytes body)
{
	struct reader r = reader_of(body);
	unsigned flags, kind;

	c->unix_us = read_i64(&r);
	c->lost = read_u64(&r);
	flags = read_u8(&r);
	c->out = (flags & FLAG_OUT) != 0;
	c->routed = (flags & FLAG_ROUTED) != 0;
	kind = read_u8(&r);
	c->kind = (enum message_kind)kind;
	c->from = read_address(&r);
	c->to = read_address(&r);
	c->interface = read_bytes(&r, read_u8(&r));
	c->body = read_rest(&r);
	return read_good(&r) && flags <= (FLAG_OUT | FLAG_ROUTED) &&
	       kind < MESSAGE_KINDS && c->unix_us >= 0 && c->body.len <= BODY_MAX;
}

/* ---- a frame taken apart ---- */

void capture_parts_begin(struct capture_parts *p, struct bytes frame, bool control_only)
{
	struct frame_header h;

	check(frame.len >= FRAME_HEADER_SIZE && frame.len <= FRAME_MAX);
	p->control_only = control_only;
	p->plain = frame_header_parse(&h, frame) &&
		   (h.type == FRAME_MULTICAST || h.type == FRAME_DATA);
	p->messages = bytes_of(frame.data + FRAME_HEADER_SIZE,
		p->plain ? frame.len - FRAME_HEADER_SIZE : 0);
	p->left = reader_of(p->messages);
	p->rest_len = p->plain ? FRAME_HEADER_SIZE : frame.len;
	memcpy(p->rest, frame.data, p->rest_len);
}

/* The RFC 5444 packet that a message is or carries; what remains of the message is kept. */
static bool part_of(struct capture_parts *p, const struct message *m, struct captured *c)
{
	struct writer w = writer_of(p->rest + p->rest_len, sizeof(p->rest) - p->rest_len);
	struct reader r = reader_of(m->body);
	unsigned inner;

	if (is_rfc5444(m->kind)) {
		c->kind = m->kind;
		c->body = m->body;
		return true;
	}
	read_skip(&r, DATA_SEQUENCE_SIZE);
	inner = read_u8(&r);
	if (m->kind == MESSAGE_DATA && read_good(&r) && is_rfc5444(inner)) {
		c->kind = (enum message_kind)inner;
		c->body = read_rest(&r);
		return true;
	}
	if (message_write(&w, m->kind, m->body))
		p->rest_len += w.len;
	return false;
}

bool capture_parts_next(struct capture_parts *p, struct captured *c)
{
	struct message m;

	while (message_read(&p->left, &m) == MESSAGE_GIVEN)
		if (part_of(p, &m, c))
			return true;
	if (p->control_only || p->rest_len == 0 ||
		(p->plain && p->rest_len == FRAME_HEADER_SIZE))
		return false;
	c->kind = MESSAGE_PAD;
	c->body = bytes_of(p->rest, p->rest_len);
	p->rest_len = 0;
	return true;
}

struct address capture_address(const uint8_t endpoint[16], bool is_hardware)
{
	struct address a = { { 0xfe, 0x80 } };

	if (is_hardware) {
		memcpy(a.b + 8, endpoint, 3);
		a.b[8] ^= 2; /* the universal bit is inverted */
		a.b[11] = 0xff;
		a.b[12] = 0xfe;
		memcpy(a.b + 13, endpoint + 3, 3);
	} else {
		memcpy(a.b + 8, endpoint + 8, 8);
	}
	return a;
}

/* ---- the file ---- */

void capture_pcap_head(struct buffer *out)
{
	uint8_t head[PCAP_HEAD_SIZE];
	struct writer w = writer_of(head, sizeof(head));

	write_u32(&w, (uint32_t)PCAP_MAGIC);
	write_u16(&w, 2); /* version 2.4 */
	write_u16(&w, 4);
	write_u32(&w, 0); /* UTC */
	write_u32(&w, 0);
	write_u32(&w, CAPTURE_PACKET_MAX);
	write_u32(&w, PCAP_RAW);
	buffer_add(out, writer_bytes(&w));
}

static uint32_t sum_add(uint32_t sum, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		sum += i % 2 == 0 ? (uint32_t)b.data[i] << 8 : b.data[i];
	return sum;
}

/* RFC 8200 section 8.1: pseudo-header, UDP header without checksum, body. */
static uint16_t udp_checksum(const struct captured *c, uint16_t port)
{
	uint32_t len = UDP_SIZE + (uint32_t)c->body.len;
	uint32_t sum = NEXT_UDP + 2 * len + 2u * port;

	sum = sum_add(sum, bytes_of(c->from.b, sizeof(c->from.b)));
	sum = sum_add(sum, bytes_of(c->to.b, sizeof(c->to.b)));
	sum = sum_add(sum, c->body);
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return sum == UINT16_MAX ? UINT16_MAX : (uint16_t)~sum;
}

static uint16_t port_of(const struct captured *c)
{
	return c->kind == MESSAGE_PAD ? CAPTURE_PORT_FRAMES : CAPTURE_PORT_RFC5444;
}

void capture_pcap(struct buffer *out, const struct captured *c)
{
	uint8_t head[PCAP_RECORD_SIZE + IPV6_SIZE + UDP_SIZE];
	struct writer w = writer_of(head, sizeof(head));
	uint16_t udp_len = (uint16_t)(UDP_SIZE + c->body.len), port = port_of(c);

	check(c->body.len <= BODY_MAX);
	write_u32(&w, (uint32_t)(c->unix_us / 1000000));
	write_u32(&w, (uint32_t)(c->unix_us % 1000000));
	write_u32(&w, IPV6_SIZE + (uint32_t)udp_len);
	write_u32(&w, IPV6_SIZE + (uint32_t)udp_len);
	write_u32(&w, 6u << 28 | (c->kind != MESSAGE_PAD ? CLASS_CONTROL << 20 : 0));
	write_u16(&w, udp_len);
	write_u8(&w, NEXT_UDP);
	write_u8(&w, HOP_LIMIT_LINK);
	write_bytes(&w, bytes_of(c->from.b, sizeof(c->from.b)));
	write_bytes(&w, bytes_of(c->to.b, sizeof(c->to.b)));
	write_u16(&w, port);
	write_u16(&w, port);
	write_u16(&w, udp_len);
	write_u16(&w, udp_checksum(c, port));
	buffer_add(out, writer_bytes(&w));
	buffer_add(out, c->body);
}

/* ---- JSON ---- */

static void write_message(struct json_out *j, enum message_kind kind, struct bytes body)
{
	struct reader r = reader_of(body);
	unsigned inner;

	json_out_object(j, NULL);
	json_out_string(j, "kind", message_rules[kind].name);
	json_out_u64(j, "bytes", body.len);
	read_skip(&r, DATA_SEQUENCE_SIZE);
	inner = read_u8(&r);
	json_out_string(j, "carries",
		kind == MESSAGE_DATA && read_good(&r) && inner < MESSAGE_KINDS
			? message_rules[inner].name
			: NULL);
	json_out_close(j);
}

/* What stands in the messages of a frame; a handshake has none. */
static void write_messages(struct json_out *j, const struct captured *c)
{
	struct reader r = reader_of(bytes_of(NULL, 0));
	struct frame_header h;
	struct message m;

	json_out_array(j, "messages");
	if (c->kind != MESSAGE_PAD)
		write_message(j, c->kind, c->body);
	else if (frame_header_parse(&h, c->body) &&
		 (h.type == FRAME_MULTICAST || h.type == FRAME_DATA))
		r = reader_of(bytes_of(c->body.data + FRAME_HEADER_SIZE,
			c->body.len - FRAME_HEADER_SIZE));
	while (message_read(&r, &m) == MESSAGE_GIVEN)
		write_message(j, m.kind, m.body);
	json_out_close(j);
}

void capture_json(struct buffer *out, const struct captured *c)
{
	struct json_out j = json_out_of(out, "capture");
	char hex[2 * BODY_MAX + 1];
	struct text t = text_of(hex, sizeof(hex));

	text_hex(&t, c->body);
	json_out_time(&j, "time", known(c->unix_us / 1000000));
	json_out_decimal(&j, "unix_s", known(c->unix_us), 6);
	json_out_string(&j, "direction", c->out ? "out" : "in");
	json_out_text(&j, "interface", c->interface);
	json_out_address(&j, "from", &c->from);
	json_out_address(&j, "to", &c->to);
	json_out_u64(&j, "port", port_of(c));
	json_out_bool(&j, "end_to_end", c->routed);
	write_messages(&j, c);
	json_out_string(&j, "body", hex);
	json_out_u64(&j, "lost", c->lost);
	json_out_finish(&j);
}
