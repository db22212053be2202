/* SPDX-License-Identifier: ISC */
/* What the files of the replication machine ask of each other; their data is in parts.h. */
#pragma once

#include "sync/parts.h"

/* ---- sync.c ---- */
struct folder *sync_folder(const struct sync *s, const struct hash *id);
struct folder *sync_folder_tagged(const struct sync *s, uint64_t tag);
/* Moves job to the queue. */
void sync_submit(struct sync *s, struct job *take);
/* Ends a folder: nothing refers to it afterwards. */
void sync_folder_remove(struct sync *s, struct folder *f);
/* A job for a folder, with its id, key and path. */
struct job *sync_folder_job(const struct folder *f, enum job_kind kind);
/* Moves a failed job to the list of those tried again. */
void sync_retry(struct sync *s, struct instant now, struct job *take);
/* Something is due at t. */
static inline void sync_due(struct sync *s, struct instant t)
{
	s->next = instant_min(s->next, t);
}

/* ---- ready.c ---- */
/* Something may have changed: who is ready is looked for again. To be called by whatever
 * in sync.h can change a peer or a folder. */
static inline void ready_forget(struct sync *s)
{
	s->ready.known = false;
}
/* Only this peer may have changed. */
void ready_again(struct sync *s, struct instant now, const struct peer *p);
/* When the next greeting is due; NEVER: nobody is going to be greeted. */
struct instant ready_greeting(struct sync *s, struct instant now);
void ready_fini(struct sync *s);

/* ---- clock.c ---- */
/* Our own clock; 0: not set. */
int64_t sync_wall_now_ms(const struct sync *s, struct instant now);
/* The folder's time, since 1970; 0: unknown. */
int64_t clock_now_s(const struct folder *f, struct instant now);
/* Of a new folder, which knows our clock and no other. */
void clock_begin(struct folder *f);
/* The owner signed this date: it is not earlier. */
void clock_floor(struct folder *f, int64_t signed_s);
/* What a node's clock showed when it greeted; counts if it is a member that reads. */
void clock_told(
	struct folder *f, struct instant now, const struct node_id *id, int64_t wall_s);
/* The next value of the hybrid clock. */
uint64_t clock_next(struct folder *f, struct instant now);
void clock_seen(struct folder *f, struct instant now, uint64_t clock);

/* ---- load.c ---- */
/* The records of a finished JOB_LOAD. */
void load_done(struct sync *s, struct instant now, const struct job *j);

/* ---- folder.c ---- */
struct folder *folder_new(struct sync *s, const struct hash *id);
void folder_free(struct folder *f);
/* What members compare; hashed anew only when one of the sums in it has changed. */
uint64_t folder_digest(struct folder *f);
/* Frontier or certificates have changed: partners shall hear of it. */
void folder_changed(struct folder *f, struct instant now);
/* Adds a record to a job of JOB_RECORDS. */
void folder_record(struct job *j, const struct folder *f, enum record_kind kind,
	struct bytes key, struct bytes value);
void folder_record_settings(struct job *j, const struct folder *f);
must_use bool folder_settings_parse(struct folder *f, struct bytes value);
void folder_genesis_set(struct folder *f, struct bytes body);
/* Replaces an error of the same source and path. error 0: only the reason. */
void folder_error_add(struct folder *f, enum error_source source, uint32_t file,
	const char *path, int error, const char *reason);
void folder_errors_drop(struct folder *f, enum error_source source);
/* Those about authors whose changes are held for their dates. */
void folder_errors_drop_dates(struct folder *f);
void folder_error_drop_file(struct folder *f, uint32_t file);

/* ---- members.c ---- */
enum cert_verdict { CERT_NEW, CERT_OLD, CERT_HELD, CERT_REFUSED };
/* One certificate from anywhere; verified before it counts. */
enum cert_verdict members_add(struct folder *f, struct instant now, struct bytes body);
const struct cert *members_cert(const struct folder *f, const struct hash *id);
struct member *members_find(const struct folder *f, const struct node_id *id);
/* What a node may do now; 0: nothing. */
uint8_t members_rights(
	const struct folder *f, struct instant now, const struct node_id *id);
/* The same at another time; 0: dates are not judged. */
uint8_t members_rights_at(const struct folder *f, const struct node_id *id, int64_t at_s);
enum author_verdict { AUTHOR_GOOD, AUTHOR_UNKNOWN, AUTHOR_DATES, AUTHOR_REFUSED };
/* Whether an entry's author could write it under its capability. */
enum author_verdict members_judge(
	const struct folder *f, struct instant now, const struct entry *e);
/* The certificate and those above it, in order; returns how many. */
size_t members_chain(const struct cert *c, struct bytes chain[CHAIN_MAX]);
void members_own_rights(struct folder *f);
void members_fini(struct folder *f);

/* ---- catalogue.c ---- */
void catalogue_init(struct folder *f);
void catalogue_fini(struct folder *f);
uint32_t catalogue_find(const struct folder *f, const struct hash *version);
uint32_t catalogue_file(const struct folder *f, const struct short_id *id);
uint32_t catalogue_file_make(struct folder *f, const struct short_id *id);
uint32_t catalogue_stream(const struct folder *f, uint64_t tag);
uint64_t catalogue_stream_tag(
	const struct folder *f, const struct node_id *author, uint64_t incarnation);
struct bytes catalogue_encoded(const struct folder *f, uint32_t version);
void catalogue_entry(const struct folder *f, uint32_t version, struct entry *e);
enum commit_verdict { COMMIT_NEW, COMMIT_OLD, COMMIT_HELD, COMMIT_REFUSED, COMMIT_FULL };
/* A commit's blob from a peer (checked in full) or from our own index (form only).
 * NEW: it is in the catalogue; a record of it is the caller's work. */
enum commit_verdict catalogue_add(
	struct folder *f, struct instant now, struct bytes blob, bool own_index);
/* Whether two versions differ in nothing that a person would miss. */
bool catalogue_alike(const struct folder *f, uint32_t a, uint32_t b);
static inline bool version_is_head(const struct version *v)
{
	return !(v->flags & VERSION_NAMED);
}

/* ---- tree.c ---- */
/* The shown version of a file may have changed. */
void tree_update(struct folder *f, uint32_t file);
/* Number of the slot for a name in a directory. */
uint32_t tree_slot(struct folder *f, uint32_t parent, uint64_t name);
uint64_t tree_name_hash(struct bytes name);
/* The tree on disk: file stands at slot in version; NONE: nowhere. */
void tree_stand(struct folder *f, uint32_t file, uint32_t slot, uint32_t version);
void tree_dirty(struct folder *f, uint32_t file);
/* The shown name in plain; false for a keeper or a bad name. */
must_use bool tree_name(
	const struct folder *f, uint32_t version, uint8_t *name, size_t *len);
/* Path below the folder, as agreed; false: not connected to the root. */
bool tree_path(const struct folder *f, uint32_t file, struct text *out);
/* The slot in which a file shall stand on this disk; NONE: nowhere. */
uint32_t tree_wants(const struct folder *f, uint32_t file);
/* Whose version all members see in a slot; NONE: nobody's. */
uint32_t tree_canonical(const struct folder *f, uint32_t slot);

/* ---- gossip.c ---- */
struct relation *gossip_relation(struct peer *p, struct folder *f);
void gossip_greet_soon(struct sync *s, struct instant now, struct peer *p);
/* The same for one of whom nothing is known, when it is its turn. */
void gossip_search(struct sync *s, struct instant now, struct peer *p);
/* Greets every partner of a folder soon: others that joined may wait for one who has heard. */
void gossip_tell_all(struct folder *f, struct instant now);
void gossip_receive_greet(struct peer *p, struct instant now, const struct greet *g);
void gossip_receive_cert(
	struct peer *p, struct instant now, uint64_t tag, struct bytes body);
void gossip_receive_certs(struct peer *p, struct instant now, const struct certs *m);
void gossip_receive_frontier(
	struct peer *p, struct instant now, const struct frontier *m);
bool gossip_has_control(const struct peer *p, struct instant now);
must_use bool gossip_write_control(struct peer *p, struct instant now, struct writer *w);
void gossip_tick(struct sync *s, struct instant now);
bool gossip_agreed(const struct relation *r);
/* ---- push.c ---- */
void push_receive(struct peer *p, struct instant now, const struct commit_piece *m);
bool push_pending(const struct peer *p);
must_use bool push_write(struct peer *p, struct instant now, struct writer *w);
void push_integrate(struct folder *f, struct instant now, struct bytes blob,
	const struct node_id *from);
void push_retry_held(struct folder *f, struct instant now);
void push_relation_fini(struct relation *r);
void push_peer_fini(struct peer *p);
void push_streams_sized(struct relation *r);

/* ---- peers.c ---- */
/* Most peers never need any, so they are made when the first is to be sent. */
static inline unsigned answers_count(const struct answers *a)
{
	return a != NULL ? a->count : 0;
}
static inline struct answers *answers_for(struct answers **a)
{
	if (*a == NULL)
		*a = mem_new(sizeof(**a));
	return *a;
}
struct peer *peers_find(const struct sync *s, const struct node_id *id);
struct peer *peers_make(struct sync *s, struct instant now, const struct node_id *id);
void peers_partners(struct sync *s, struct instant now);
void peers_forget_folder(struct sync *s, struct folder *f);
void peers_free_all(struct sync *s);

/* ---- fetch.c ---- */
void fetch_version(struct folder *f, uint32_t version);
void fetch_pump(struct sync *s, struct instant now);
void fetch_checked(struct folder *f, struct instant now, struct job *j);
/* An object is in the store from now on; data may be NULL. */
void fetch_arrived(
	struct folder *f, struct instant now, struct want *n, struct bytes data);
void fetch_again(struct folder *f, uint32_t version);
/* May be called twice. */
void fetch_folder_fini(struct folder *f);
struct want *fetch_want(const struct folder *f, const struct hash *object);
void fetch_want_drop(struct want *n);
bool fetch_want_dead(const struct want *n);
/* ---- choose.c ---- */
enum { CANDIDATES_MAX = 32 };

struct candidate {
	struct relation *relation;
	unsigned rank; /* 0 is best */
};

unsigned choose_rank(const struct relation *r);
/* Who can be asked for content of f now, best first; at most CANDIDATES_MAX. */
size_t choose_candidates(struct folder *f, struct instant now, struct candidate *out);
bool choose_was_tried(const struct want *n, const struct peer *p);
/* Of those not tried, the best rank; in it the nearest with room. NULL: nobody now. */
struct peer *choose_peer(const struct want *n, const struct candidate *c, size_t count);

/* ---- ask.c ---- */
void ask_pump(struct folder *f, struct instant now);
void ask_return(struct want *n, bool tried);
/* The peer may have got what it did not have. */
void ask_progress(struct relation *r);
void ask_peer_lost(struct peer *p);
void ask_tick(struct sync *s, struct instant now);
bool ask_pending(const struct peer *p);
must_use bool ask_write(struct peer *p, struct instant now, struct writer *w);
void ask_receive_pieces(struct peer *p, struct instant now, const struct pieces *m);
void ask_receive_answers(struct peer *p, struct instant now, const struct answers *m);

/* ---- serve.c ---- */
void serve_receive_wants(struct peer *p, struct instant now, const struct wants *m);
void serve_receive_cancel(struct peer *p, const struct answers *m);
bool serve_pending(const struct peer *p);
must_use bool serve_write(struct peer *p, struct instant now, struct writer *w);
void serve_got(struct sync *s, struct instant now, struct job *j);
/* An object has arrived: those who wait for it get it. */
void serve_arrived(struct folder *f, const struct object *o);
void serve_peer_fini(struct peer *p);
void serve_forget_folder(struct peer *p, const struct folder *f);
void serve_answer(struct peer *p, uint32_t number, enum answer_status status);
/* Nothing more will come: those who wait are told. */
void serve_folder_done(struct folder *f);

/* ---- objects.c ---- */
struct object *objects_find(
	struct sync *s, const struct folder *f, const struct hash *id);
/* Copies data. */
struct object *objects_add(
	struct sync *s, const struct folder *f, const struct hash *id, struct bytes data);
void objects_release(struct sync *s, struct object *o);
void objects_fini(struct sync *s);
/* Asks the store for it, once. */
void objects_read(struct sync *s, const struct folder *f, const struct hash *id);
void objects_read_done(struct sync *s, const struct folder *f, const struct hash *id);

/* ---- publish.c ---- */
void publish_pump(struct folder *f, struct instant now);
void publish_scanned(struct folder *f, struct instant now, struct job *j);
void publish_recorded(struct folder *f, struct instant now, struct job *j);
/* Versions that were not known and stand in the tree: known by now? */
void publish_strangers(struct folder *f);
void publish_touched(struct folder *f, struct instant now);

/* ---- apply.c ---- */
void apply_pump(struct folder *f, struct instant now);
void apply_done(struct folder *f, struct instant now, struct job *j);
/* The files that failed are looked at again. */
void apply_retry(struct folder *f);
