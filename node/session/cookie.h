/* SPDX-License-Identifier: ISC */
/*
 * What keeps floods of handshakes cheap (WireGuard, section 5.4.7 of its paper).
 * mac1: only who knows the mesh key, and means this pair of nodes, is heard at all.
 * mac2: under load, only who receives what is sent along the path it claims: it holds the
 * cookie, a keyed hash of the path under a secret that turns every two minutes.
 * The cookie travels sealed, bound to the mac1 of the message that it answers.
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/instant.h"
#include "node/base/rng.h"
#include "node/session/sessions.h"

enum {
	COOKIE_SIZE = 16,
	COOKIE_NONCE_SIZE = 24,
	COOKIE_LIFE_MS =
		120000, /* a secret is made this often, and a cookie used this long */
	MAC_SIZE = 16,
};

/* mac1 of a frame from sender to receiver: covered is the frame up to mac1. */
void cookie_mac1(const uint8_t mesh_key[32], const struct address *sender,
	const struct address *receiver, struct bytes covered, uint8_t out[MAC_SIZE]);

/* mac2 of a frame: covered is the frame up to mac2. */
void cookie_mac2(
	const uint8_t cookie[COOKIE_SIZE], struct bytes covered, uint8_t out[MAC_SIZE]);

/* The responder's secrets, now and before. */
struct cookie_jar {
	uint8_t secret[2][32]; /* private */
	struct instant turned; /* private */
};

void cookie_jar_init(struct cookie_jar *jar, const struct rng *rng, struct instant now);
void cookie_jar_wipe(struct cookie_jar *jar);

/* Makes a new secret when it is time; before anything else is asked of the jar. */
void cookie_jar_turn(struct cookie_jar *jar, const struct rng *rng, struct instant now);

/* The cookie of a path under the secret of now. */
void cookie_of(const struct cookie_jar *jar, const struct session_path *path,
	uint8_t out[COOKIE_SIZE]);

/* Whether mac2 was made with a cookie of this path, of now or of the secret before. */
must_use bool cookie_jar_accepts(const struct cookie_jar *jar,
	const struct session_path *path, struct bytes covered,
	const uint8_t mac2[MAC_SIZE]);

/* Key under which responder sends initiator its cookie. */
void cookie_key(const uint8_t mesh_key[32], const struct address *responder,
	const struct address *initiator, uint8_t out[32]);
