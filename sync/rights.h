/* SPDX-License-Identifier: ISC */
/*
 * Who may do what. A folder begins with a genesis record signed by its owner; its id is the
 * hash of it. Rights are certificates that only narrow, at most four deep not counting
 * one-time invite keys, checked by every receiver before it stores anything.
 */
#pragma once

#include "node/base/ids.h"
#include "node/crypto/keys.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	GENESIS_FORMAT = 1,
	CERTIFICATE_FORMAT = 1,
	INVITE_FORMAT = 1,
	CHAIN_MAX = 6, /* certificates in a chain: four and invite keys */
	CHAIN_DEPTH = 4,
	FOLDER_NAME_MAX = 127, /* bytes of a folder's name */
	MEMBER_NAME_MAX = 31,
	GENESIS_SIZE_MAX = 512,
	CERTIFICATE_SIZE_MAX = 320,
	INVITE_TEXT_MAX = 3600, /* characters, zero included */
};

/* An end that never comes: the last second of the year 9999. */
#define DATE_NEVER_S INT64_C(253402300799)

enum {
	RIGHT_READ = 1,
	RIGHT_WRITE = 2,
	RIGHT_DELETE = 4,
	RIGHT_SHARE = 8,
	RIGHT_ADMIN = 16,
	RIGHT_CARRY = 32,
	RIGHTS_READER = RIGHT_READ,
	RIGHTS_WRITER = RIGHT_READ | RIGHT_WRITE | RIGHT_DELETE,
	RIGHTS_ADMIN = RIGHTS_WRITER | RIGHT_SHARE | RIGHT_ADMIN,
	RIGHTS_KEEPER = RIGHT_CARRY,
	RIGHTS_OWNER = 63,
};

/* "reader", "writer", "admin", "keeper", "owner"; by rights. */
const char *rights_role(uint8_t rights);
/* False: no such role, or one that nobody can give ("owner"). */
must_use bool rights_of_role(const char *role, uint8_t *rights);

struct genesis {
	struct node_id owner;
	struct short_id nonce;
	int64_t created_s;
	struct bytes sealed_name; /* under the zone key; borrowed from the parsed bytes */
	struct signature signature;
};

must_use bool genesis_parse(struct genesis *g, struct bytes body); /* form only */
/* Signs and appends. */
void genesis_write(struct writer *w, struct genesis *g, const struct keypair *owner);
must_use bool genesis_verify(const struct genesis *g, struct bytes body);
/* The folder's id. */
struct hash genesis_folder(struct bytes body);

enum certificate_kind { CERTIFICATE_MEMBER = 1, CERTIFICATE_INVITE = 2 };

struct certificate {
	enum certificate_kind kind;
	struct hash folder;
	struct short_id zone; /* zero: the whole folder */
	struct node_id issuer;
	struct node_id subject; /* a node, or for INVITE a one-time key */
	uint8_t rights;
	uint8_t depth;        /* further MEMBER certificates allowed below this one */
	int64_t not_before_s; /* since 1970 */
	int64_t not_after_s;
	uint64_t quota_bytes; /* 0: none */
	uint16_t uses;        /* INVITE: members it may make, 0: any number */
	struct hash
		parent; /* id of the issuer's certificate; zero: the issuer is the owner */
	uint8_t name_len;
	char name[MEMBER_NAME_MAX + 1]; /* proposed by the subject; unchecked text */
	struct signature signature;
};

must_use bool certificate_parse(struct certificate *c, struct bytes body); /* form only */
void certificate_write(
	struct writer *w, struct certificate *c, const struct keypair *issuer);
struct hash certificate_id(struct bytes body);

/* chain[0] is the certificate in question, the last one is signed by owner. Checks
 * signatures, links, narrowing of rights, zone and dates, depth. Dates against now_s are
 * not judged here. */
must_use bool chain_verify(const struct hash *folder, const struct node_id *owner,
	const struct bytes *chain, size_t count);
/* Whether a certificate of a verified chain has ended before now_s. The dates of an invite
 * above chain[0] are not asked: they say when it could be redeemed, not how long its members
 * stay. */
must_use bool chain_expired(const struct bytes *chain, size_t count, int64_t now_s);

struct zone_key {
	uint32_t epoch;
	uint8_t key[32];
};

/* An invite is one line of text: "qanat1:" and base64url of what a newcomer needs. */
struct invite {
	struct bytes genesis; /* borrowed */
	char folder_name[FOLDER_NAME_MAX + 1];
	struct zone_key key; /* present unless the role is keeper (epoch 0: none) */
	struct node_id inviter;
	uint8_t secret_seed[32]; /* of the one-time key */
	size_t chain_count; /* chain[0] is the INVITE certificate; ends at the owner */
	struct bytes chain[CHAIN_MAX]; /* borrowed */
};

/* Text of INVITE_TEXT_MAX; false when it does not fit. */
must_use bool invite_write(char *text, size_t room, const struct invite *i);
/* buffer receives the decoded bytes that the invite borrows from; 0, or -EINVAL not an
 * invite, -EBADMSG checksum or a signature wrong. The chain and the genesis are verified. */
must_use int invite_parse(
	struct invite *i, const char *text, uint8_t *buffer, size_t room);

/* The joiner's own certificate, signed by the invite's one-time key; appended to w. Its dates
 * follow from the invite's, whatever the clock here shows. */
void invite_redeem(const struct invite *i, const struct node_id *self, const char *name,
	struct writer *w);
