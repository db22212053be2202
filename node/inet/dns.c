/* SPDX-License-Identifier: ISC */
/*
 * query  = id:16 flags:16 questions:16 answers:16 authorities:16 additionals:16
 *          name type:16 class:16 [opt]
 * name   = *{ length:8 label } 0:8                   (a length of 1..63; all of it at most 255)
 * opt    = 0:8 41:16 size:16 rcode:8 version:8 flags:16 length:16 *{ code:16 length:16 data }
 * record = name type:16 class:16 ttl_s:32 length:16 data
 */
#include "node/inet/dns.h"

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	HEADER_SIZE = 12,
	OPT_SIZE = 11,
	NAME_MAX_SIZE = 255,
	LABELS_MAX = 127,
	FLAG_ANSWER = 0x8000,
	FLAGS_OPCODE = 0x7800,
	FLAG_AUTHORITY = 0x0400,
	FLAG_CUT = 0x0200,
	FLAGS_GIVEN_BACK =
		FLAGS_OPCODE | 0x0110, /* recursion desired, checking disabled */
	CLASS_IN = 1,
	TYPE_SOA = 6,
	TYPE_PTR = 12,
	TYPE_AAAA = 28,
	TYPE_OPT = 41,
	TYPE_META_FIRST = 249, /* TKEY, TSIG, IXFR, AXFR, MAILB, MAILA */
	TYPE_META_LAST = 254,
	TYPE_ANY = 255,
	POINTER = 0xc000,
	POINTER_QUESTION = POINTER | HEADER_SIZE,
	NIBBLES = 32,
	ZONE_NAMES_SIZE = sizeof("\5qanat"),
	ZONE_ADDRESSES_SIZE = sizeof("\1.\1.\1.\1.\3ip6\4arpa"),
	TYPE_AND_CLASS_SIZE = 4,
};

struct labels {
	struct bytes all[LABELS_MAX];
	size_t count;
};

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool label_is(struct bytes label, const char *text)
{
	size_t i = 0;

	while (i < label.len && text[i] != '\0' &&
		lower(label.data[i]) == (uint8_t)text[i])
		i++;
	return i == label.len && text[i] == '\0';
}

/* ---- parsing ---- */

static void read_labels(struct reader *r, struct labels *l)
{
	size_t size = 1;

	l->count = 0;
	for (;;) {
		uint8_t len = read_u8(r);

		if (len == 0)
			return;
		size += 1 + (size_t)len;
		/* above 63: a pointer, or of no known kind */
		if (len > DNS_LABEL_MAX || size > NAME_MAX_SIZE) {
			read_refuse(r);
			return;
		}
		l->all[l->count++] = read_bytes(r, len);
	}
}

/* Returns the version. */
static uint8_t read_opt(struct reader *r)
{
	struct reader options;
	uint8_t version;

	if (read_u8(r) != 0 || read_u16(r) != TYPE_OPT)
		read_refuse(r);
	/* the size that the asker takes, and a part of the result */
	read_skip(r, 3);
	version = read_u8(r);
	(void)read_u16(r);
	options = reader_of(read_bytes(r, read_u16(r)));
	while (options.left > 0) {
		(void)read_u16(&options);
		read_skip(&options, read_u16(&options));
	}
	if (!read_good(&options))
		read_refuse(r);
	return version;
}

static bool is_in_zone(const struct labels *l, const char *const *zone, size_t count)
{
	if (l->count < count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!label_is(l->all[l->count - count + i], zone[i]))
			return false;
	return true;
}

static bool label_copy(char out[DNS_LABEL_MAX + 1], struct bytes label)
{
	if (label.data[0] == '-' || label.data[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		uint8_t c = lower(label.data[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
		out[i] = (char)c;
	}
	out[label.len] = '\0';
	return true;
}

/* NAME.qanat; the zone itself has no address, and nothing stands below a name. */
static void take_name(struct dns_query *q, const struct labels *l)
{
	q->rcode = l->count == 1 ? DNS_NOERROR : DNS_NXDOMAIN;
	if (l->count == 2 && label_copy(q->name, l->all[0]))
		q->asked = DNS_ASKED_ADDRESS;
}

static bool nibble_of(struct bytes label, uint8_t *out)
{
	uint8_t c = label.len == 1 ? lower(label.data[0]) : 0;

	if (c >= '0' && c <= '9')
		*out = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*out = (uint8_t)(c - 'a' + 10);
	else
		return false;
	return true;
}

/* The 32 digits of an address, last one first (RFC 3596 section 2.5). Fewer stand for a part
 * of the tree that has no records of its own. */
static void take_address(struct dns_query *q, const struct labels *l)
{
	size_t digits = l->count - 2;
	uint8_t v;

	q->rcode = DNS_NXDOMAIN;
	if (digits > NIBBLES)
		return;
	for (size_t i = 0; i < digits; i++) {
		if (!nibble_of(l->all[i], &v))
			return;
		q->address.b[15 - i / 2] |= (uint8_t)(v << (i % 2 * 4));
	}
	q->rcode = DNS_NOERROR;
	if (digits == NIBBLES)
		q->asked = DNS_ASKED_NAME;
}

static void take_question(struct dns_query *q, const struct labels *l, uint16_t class)
{
	static const char *const names[] = { "qanat" };
	static const char *const addresses[] = { "1", "7", "d", "f", "ip6", "arpa" };

	q->rcode = DNS_REFUSED;
	if (class != CLASS_IN ||
		(q->type >= TYPE_META_FIRST && q->type <= TYPE_META_LAST))
		return;
	if (is_in_zone(l, names, array_len(names))) {
		q->zone = DNS_ZONE_NAMES;
		take_name(q, l);
	} else if (is_in_zone(l, addresses, array_len(addresses))) {
		q->zone = DNS_ZONE_ADDRESSES;
		take_address(q, l);
	}
}

bool dns_parse(struct dns_query *q, struct bytes packet)
{
	struct reader r = reader_of(packet);
	uint16_t questions, answers, authorities, additionals, class;
	struct labels labels;
	uint8_t version = 0;

	*q = (struct dns_query){ .rcode = DNS_FORMERR };
	q->id = read_u16(&r);
	q->flags = read_u16(&r);
	questions = read_u16(&r);
	answers = read_u16(&r);
	authorities = read_u16(&r);
	additionals = read_u16(&r);
	/* whoever answers answers would talk with itself */
	if (!read_good(&r) || (q->flags & FLAG_ANSWER) != 0)
		return false;
	if ((q->flags & FLAGS_OPCODE) != 0) {
		q->rcode = DNS_NOTIMP;
		return true;
	}
	if (questions != 1 || answers != 0 || authorities != 0 || additionals > 1)
		return true;
	read_labels(&r, &labels);
	q->type = read_u16(&r);
	class = read_u16(&r);
	if (!read_good(&r))
		return true;
	q->question =
		bytes_of(packet.data + HEADER_SIZE, packet.len - HEADER_SIZE - r.left);
	if (additionals == 1)
		version = read_opt(&r);
	if (!read_ended(&r))
		return true;
	q->edns = additionals == 1;
	if (version != 0)
		q->rcode = DNS_BADVERS;
	else
		take_question(q, &labels, class);
	return true;
}

/* ---- answering ---- */

static void write_label(struct writer *w, const char *label)
{
	struct bytes b = bytes_of_string(label);

	write_u8(w, (uint8_t)b.len);
	write_bytes(w, b);
}

/* All but the data; returns where its length stands. */
static size_t record_begin(struct writer *w, uint16_t name, uint16_t type, uint32_t ttl_s)
{
	write_u16(w, name);
	write_u16(w, type);
	write_u16(w, CLASS_IN);
	write_u32(w, ttl_s);
	write_u16(w, 0);
	return w->len - 2;
}

static void record_end(struct writer *w, size_t length_at)
{
	if (!w->overflow)
		write_u16_at(w, length_at, (uint16_t)(w->len - length_at - 2));
}

static size_t zone_size(const struct dns_query *q)
{
	return q->zone == DNS_ZONE_NAMES ? ZONE_NAMES_SIZE : ZONE_ADDRESSES_SIZE;
}

/* How long "no" is remembered: the last number (RFC 2308 section 4). */
static void write_soa(struct writer *w, const struct dns_query *q)
{
	static const uint32_t numbers[] = { 1, 3600, 600, 86400, DNS_TTL_MIN_S };
	/* the zone is the end of the name that was asked for, and said by pointing there */
	size_t zone_at =
		HEADER_SIZE + q->question.len - TYPE_AND_CLASS_SIZE - zone_size(q);
	uint16_t zone = (uint16_t)(POINTER | zone_at);
	size_t at = record_begin(w, zone, TYPE_SOA, DNS_TTL_MIN_S);

	write_u16(w, zone);
	write_label(w, "nobody");
	write_label(w, "invalid");
	write_u8(w, 0);
	for (size_t i = 0; i < array_len(numbers); i++)
		write_u32(w, numbers[i]);
	record_end(w, at);
}

static void write_found(
	struct writer *w, const struct dns_query *q, const struct dns_found *f)
{
	uint32_t ttl_s = f->ttl_s < DNS_TTL_MIN_S   ? DNS_TTL_MIN_S
			 : f->ttl_s > DNS_TTL_MAX_S ? DNS_TTL_MAX_S
						    : f->ttl_s;
	bool is_name = q->asked == DNS_ASKED_NAME;
	size_t at =
		record_begin(w, POINTER_QUESTION, is_name ? TYPE_PTR : TYPE_AAAA, ttl_s);

	if (is_name) {
		write_label(w, f->name);
		write_label(w, "qanat");
		write_u8(w, 0);
	} else {
		write_id(w, &f->address);
	}
	record_end(w, at);
}

enum section { SECTION_NONE, SECTION_ANSWER, SECTION_AUTHORITY };

/* What there is to say, and where. */
static enum section write_record(
	struct writer *w, const struct dns_query *q, const struct dns_found *f)
{
	uint16_t wanted = q->asked == DNS_ASKED_NAME ? TYPE_PTR : TYPE_AAAA;
	bool is_zone;

	if (q->zone == DNS_ZONE_NONE)
		return SECTION_NONE;
	is_zone = q->question.len == zone_size(q) + TYPE_AND_CLASS_SIZE;
	if (q->asked != DNS_ASKED_NOTHING && f->found &&
		(q->type == wanted || q->type == TYPE_ANY)) {
		write_found(w, q, f);
		return SECTION_ANSWER;
	}
	write_soa(w, q);
	return is_zone && (q->type == TYPE_SOA || q->type == TYPE_ANY)
		       ? SECTION_ANSWER
		       : SECTION_AUTHORITY;
}

static void write_opt(struct writer *w, enum dns_rcode rcode)
{
	write_u8(w, 0);
	write_u16(w, TYPE_OPT);
	write_u16(w, DNS_QUERY_MAX);
	write_u8(w, (uint8_t)(rcode >> 4));
	write_u8(w, 0);
	write_u16(w, 0);
	write_u16(w, 0);
}

size_t dns_answer(const struct dns_query *q, const struct dns_found *found, uint8_t *out,
	size_t room)
{
	struct writer w = writer_of(out, room);
	bool edns = q->edns && w.room >= HEADER_SIZE + OPT_SIZE;
	enum dns_rcode rcode = q->rcode;
	enum section section = SECTION_NONE;
	uint16_t flags = FLAG_ANSWER | (q->flags & FLAGS_GIVEN_BACK);
	size_t whole = HEADER_SIZE;

	if (w.room < HEADER_SIZE)
		return 0;
	if (q->asked != DNS_ASKED_NOTHING)
		rcode = found->found ? DNS_NOERROR : DNS_NXDOMAIN;
	w.room -= edns ? OPT_SIZE : 0;
	write_zeros(&w, HEADER_SIZE);
	write_bytes(&w, q->question);
	if (!w.overflow) {
		whole = w.len;
		section = write_record(&w, q, found);
	}
	if (w.overflow) {
		flags |= FLAG_CUT;
		section = SECTION_NONE;
		writer_cut(&w, whole);
	}
	if (q->zone != DNS_ZONE_NONE)
		flags |= FLAG_AUTHORITY;
	write_u16_at(&w, 0, q->id);
	write_u16_at(&w, 2, flags | (rcode & 15));
	write_u16_at(&w, 4, whole > HEADER_SIZE);
	write_u16_at(&w, 6, section == SECTION_ANSWER);
	write_u16_at(&w, 8, section == SECTION_AUTHORITY);
	write_u16_at(&w, 10, edns);
	if (edns) {
		w.room += OPT_SIZE;
		write_opt(&w, rcode);
	}
	return w.len;
}
