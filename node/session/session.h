/* SPDX-License-Identifier: ISC */
/*
 * One session: the keys of the two directions, the number of the next frame, the window
 * of the frames that came. A number is given to one frame and never again; a frame is
 * taken once; nothing is sealed or opened once the session is SESSION_DEAD_MS old.
 */
#pragma once

#include "node/session/handshake.h"
#include "node/session/sessions.h"
#include "node/session/stage.h"
#include "node/session/window.h"

#define SESSION_NUMBER_END                                                               \
	((uint64_t)1 << 60) /* no frame has this number or a larger one */
#define SESSION_REKEY_NUMBER ((uint64_t)1 << 32) /* renewed after so many frames */

struct session {
	enum stage stage; /* STAGE_SENT_3 until the peer has shown its keys */
	uint32_t index;   /* ours: the peer writes it into frames for us */
	uint32_t remote;  /* the peer's */
	uint32_t epoch;
	bool initiator;
	bool heard;              /* a data frame has come */
	uint64_t sent;           /* number of the next frame */
	struct window window;    /* of frames that came */
	struct instant born;     /* when the keys were made */
	struct instant until;    /* replaced: opens frames until then; NEVER: in use */
	uint8_t send_key[32];    /* private */
	uint8_t receive_key[32]; /* private */
	uint8_t mac1[16];        /* responder: of the message 3 that made it */
};

/* Takes the keys out of a handshake whose three messages are done. Caller frees. */
struct session *session_new(const struct handshake *h, struct instant now);
void session_free(struct session *s); /* wipes the keys; NULL is fine */

/* Young enough, and not at the end of its numbers. */
must_use bool session_can_seal(const struct session *s, struct instant now);
must_use bool session_can_open(const struct session *s, struct instant now);

/* As sessions_seal; session_can_seal must hold. */
size_t session_seal(struct session *s, uint8_t *buf, size_t len, uint64_t *number);

/* Opens in place a frame whose header was parsed; counts why not. */
must_use bool session_open(struct session *s, const struct frame_header *h,
	uint8_t *frame, size_t len, struct drops *drops);
