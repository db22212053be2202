/* SPDX-License-Identifier: ISC */
/*
 * Invites as one line of text, and what a newcomer makes of one. Everything in an invite
 * is verified before it is given out, but for its dates, which need a clock.
 */
#include "sync/rights.h"

#include <errno.h>

#include "node/crypto/hash.h"
#include "node/wire/base64.h"

enum {
	CHECKSUM_SIZE = 8,
	BLOB_MAX = INVITE_TEXT_MAX / 4 * 3,
	MEMBERSHIP_S = 10 * 365 * 86400, /* where no certificate above bounds it */
};

static const char invite_tag[] = "qanat invite 1";
static const char prefix[] = "qanat1:";

/* blob     = format:8 genesis_length:16 genesis name_length:8 folder_name key_epoch:32
 *            [key:32*8 unless epoch 0] inviter:32*8 secret_seed:32*8
 *            chain_count:8 chain_count*{ length:16 certificate }
 * checksum = first 8 bytes of the tagged hash of blob
 * invite   = "qanat1:" base64url(blob checksum) */

static struct hash checksum_of(struct bytes blob)
{
	return hash_tagged(invite_tag, blob);
}

static void blob_write(struct writer *w, const struct invite *i)
{
	size_t name_len = strlen(i->folder_name);
	struct hash sum;

	check(i->chain_count >= 1 && i->chain_count <= CHAIN_MAX);
	write_u8(w, INVITE_FORMAT);
	write_u16(w, (uint16_t)i->genesis.len);
	write_bytes(w, i->genesis);
	write_u8(w, (uint8_t)name_len);
	write_bytes(w, bytes_of(i->folder_name, name_len));
	write_u32(w, i->key.epoch);
	if (i->key.epoch != 0)
		write_bytes(w, bytes_of(i->key.key, sizeof(i->key.key)));
	write_id(w, &i->inviter);
	write_bytes(w, bytes_of(i->secret_seed, sizeof(i->secret_seed)));
	write_u8(w, (uint8_t)i->chain_count);
	for (size_t n = 0; n < i->chain_count; n++) {
		write_u16(w, (uint16_t)i->chain[n].len);
		write_bytes(w, i->chain[n]);
	}
	sum = checksum_of(writer_bytes(w));
	write_bytes(w, bytes_of(sum.b, CHECKSUM_SIZE));
}

bool invite_write(char *text, size_t room, const struct invite *i)
{
	const size_t prefix_len = sizeof(prefix) - 1;
	uint8_t blob[BLOB_MAX];
	struct writer w = writer_of(blob, sizeof(blob));
	size_t len;

	blob_write(&w, i);
	len = prefix_len + base64_length(w.len);
	if (w.overflow || len >= room || len >= INVITE_TEXT_MAX) {
		wipe(blob, sizeof(blob));
		return false;
	}
	memcpy(text, prefix, prefix_len);
	base64_write(text + prefix_len, writer_bytes(&w));
	text[len] = '\0';
	wipe(blob, sizeof(blob));
	return true;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct bytes trimmed(struct bytes b)
{
	while (b.len > 0 && is_space(b.data[0]))
		b = bytes_of(b.data + 1, b.len - 1);
	while (b.len > 0 && is_space(b.data[b.len - 1]))
		b.len--;
	return b;
}

static bool blob_parse(struct invite *i, struct bytes blob)
{
	struct reader r = reader_of(blob);
	uint8_t name_len;

	if (read_u8(&r) != INVITE_FORMAT)
		return false;
	i->genesis = read_bytes(&r, read_u16(&r));
	name_len = read_u8(&r);
	if (name_len > FOLDER_NAME_MAX)
		return false;
	read_copy(&r, i->folder_name, name_len);
	i->key.epoch = read_u32(&r);
	if (i->key.epoch != 0)
		read_copy(&r, i->key.key, sizeof(i->key.key));
	i->inviter = read_node_id(&r);
	read_copy(&r, i->secret_seed, sizeof(i->secret_seed));
	i->chain_count = read_u8(&r);
	if (i->chain_count < 1 || i->chain_count > CHAIN_MAX)
		return false;
	for (size_t n = 0; n < i->chain_count; n++)
		i->chain[n] = read_bytes(&r, read_u16(&r));
	return read_ended(&r) && strlen(i->folder_name) == name_len;
}

/* The one-time key, the inviter and the zone key are those that the chain promises. */
static bool promises_hold(const struct invite *i)
{
	struct certificate c;
	struct keypair once;
	bool same;

	if (!certificate_parse(&c, i->chain[0]) || c.kind != CERTIFICATE_INVITE)
		return false;
	keypair_from_seed(&once, i->secret_seed);
	same = id_equal(&once.id, &c.subject);
	keypair_wipe(&once);
	return same && id_equal(&i->inviter, &c.issuer) &&
	       ((c.rights & RIGHT_READ) != 0) == (i->key.epoch != 0);
}

static bool invite_verify(const struct invite *i)
{
	struct hash folder = genesis_folder(i->genesis);
	struct genesis g;

	return genesis_parse(&g, i->genesis) && genesis_verify(&g, i->genesis) &&
	       promises_hold(i) &&
	       chain_verify(&folder, &g.owner, i->chain, i->chain_count);
}

/* The decoded bytes without their checksum, which was right; else a negative errno. */
static int blob_of_text(
	struct bytes text, uint8_t *buffer, size_t room, struct bytes *blob)
{
	const size_t prefix_len = sizeof(prefix) - 1;
	struct hash sum;
	size_t len;

	if (text.len < prefix_len || memcmp(text.data, prefix, prefix_len) != 0)
		return -EINVAL;
	text = bytes_of(text.data + prefix_len, text.len - prefix_len);
	if (!base64_parse(buffer, room, &len, text) || len <= CHECKSUM_SIZE)
		return -EBADMSG;
	*blob = bytes_of(buffer, len - CHECKSUM_SIZE);
	sum = checksum_of(*blob);
	if (memcmp(sum.b, buffer + blob->len, CHECKSUM_SIZE) != 0)
		return -EBADMSG;
	return 0;
}

int invite_parse(struct invite *i, const char *text, uint8_t *buffer, size_t room)
{
	struct bytes blob;
	int err;

	memset(i, 0, sizeof(*i));
	err = blob_of_text(trimmed(bytes_of_string(text)), buffer, room, &blob);
	if (err)
		return err;
	if (!blob_parse(i, blob))
		err = -EINVAL;
	else if (!invite_verify(i))
		err = -EBADMSG;
	if (err)
		wipe(i, sizeof(*i));
	return err;
}

/* When a member ends: with whoever made the invite; the owner's after ten years, or never if
 * the owner did not know the time. */
static int64_t membership_end_s(const struct invite *i, const struct certificate *from)
{
	struct certificate above;

	if (i->chain_count > 1) {
		check(certificate_parse(&above, i->chain[1]));
		return above.not_after_s;
	}
	if (from->not_before_s == 0 || from->not_before_s > DATE_NEVER_S - MEMBERSHIP_S)
		return from->not_before_s > DATE_NEVER_S ? INT64_MAX : DATE_NEVER_S;
	return from->not_before_s + MEMBERSHIP_S;
}

/* At most MEMBER_NAME_MAX bytes, not cut inside a UTF-8 character. */
static uint8_t name_length(const char *name)
{
	size_t len = strlen(name);

	if (len <= MEMBER_NAME_MAX)
		return (uint8_t)len;
	len = MEMBER_NAME_MAX;
	while (len > 0 && ((uint8_t)name[len] & 0xc0) == 0x80)
		len--;
	return (uint8_t)len;
}

void invite_redeem(const struct invite *i, const struct node_id *self, const char *name,
	struct writer *w)
{
	struct certificate from, c = { .kind = CERTIFICATE_MEMBER };
	struct keypair once;

	check(certificate_parse(&from, i->chain[0]));
	c.folder = from.folder;
	c.zone = from.zone;
	c.issuer = from.subject;
	c.subject = *self;
	c.rights = from.rights;
	c.depth = from.depth;
	c.not_before_s = from.not_before_s;
	c.not_after_s = membership_end_s(i, &from);
	c.quota_bytes = from.quota_bytes;
	c.parent = certificate_id(i->chain[0]);
	c.name_len = name_length(name);
	memcpy(c.name, name, c.name_len);
	keypair_from_seed(&once, i->secret_seed);
	certificate_write(w, &c, &once);
	keypair_wipe(&once);
}
