/* SPDX-License-Identifier: ISC */
/*
 * The insides of the replication machine, shared by its files and nobody else. Versions,
 * files, streams and commits of a folder live in arrays and name each other by number, so
 * that an entry costs its encoded bytes and about 200 more. Who owns what: the sync owns
 * folders, peers, objects and jobs; a folder owns its catalogue, wants and plans; a peer
 * owns its view of each folder (struct relation) and what it is being served.
 */
#pragma once

#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "node/crypto/hash.h"
#include "sync/messages.h"
#include "sync/sync.h"
#include "sync/table.h"

enum {
	CERTS_MAX = 4096,    /* of one folder; more are refused */
	CERTS_HELD_MAX = 64, /* whose parent is unknown; victim: the oldest */
	COMMITS_HELD_MAX =
		16,         /* out of order or of unknown authors; victim: the oldest */
	STREAMS_MAX = 8192, /* of one folder; more are refused */
	PEERS_MAX = 1024,   /* victim: unreachable and heard longest ago */
	ERRORS_MAX = 256,   /* of one folder; more are counted */
	WANTS_MAX = 4096,   /* of one folder at a time */
	PLANS_SMALL_MAX = 512, /* files being fetched at a time */
	PLANS_LARGE_MAX = 2,
	SMALL_FILE_BYTES = 64 * 1024,
	TRIED_MAX = 6,
	SERVING_MAX = 4096, /* wants of one peer; victim: the oldest parked */
	SERVE_AHEAD = 16,   /* objects read ahead for a peer */
	SERVE_AHEAD_BYTES = 512 * 1024,
	ASSEMBLIES_MAX =
		4, /* commits being put together from one peer; victim: the oldest */
	OBJECT_CACHE_BYTES = 8 * 1024 * 1024,
	WINDOW_START = 128 * 1024,
	WINDOW_MIN = 64 * 1024,
	WINDOW_MAX = 4 * 1024 * 1024,
	PARKED_MAX = 256,                /* of our wants at one peer */
	PARTS_MAX = 64,                  /* objects being put together from one peer */
	CLOCK_AHEAD_MS = 10 * 60 * 1000, /* how far foreign clocks may pull ours */
};

#define NONE UINT32_MAX

/* ---- the catalogue ---- */

enum {
	VERSION_NAMED = 1, /* a known version replaces it: no head */
	VERSION_DELETED = 2,
	VERSION_COMPLETE = 4, /* all its objects are in the store */
	VERSION_QUEUED = 8,   /* waits to be fetched, or is being fetched */
	VERSION_EMPTY = 16,   /* has no content */
};

struct version {
	struct hash hash;
	uint64_t clock;
	uint64_t size;
	uint32_t commit; /* number of the commit that holds it */
	uint32_t offset; /* of the encoded entry in the commit's blob */
	uint32_t file;
	uint32_t next;   /* of the same file; NONE ends */
	uint16_t length; /* of the encoded entry */
	uint8_t flags;
	uint8_t kind;
};

enum {
	FILE_DIRECTORY = 1,
	FILE_DELETED = 2,    /* the shown version says so */
	FILE_LIVE = 4,       /* not deleted, or a directory that holds something live */
	FILE_CONFLICT = 8,   /* heads that are not alike */
	FILE_DIRTY = 16,     /* in the queue of apply */
	FILE_LOCAL = 32,     /* changed here and not publishable: left alone */
	FILE_FAILED = 64,    /* waits for the next try */
	FILE_WORK = 128,     /* in the tree's list of work */
	FILE_NAMELESS = 256, /* its name cannot be opened or may not be used */
	FILE_MARK = 512,     /* scratch of one pass */
};

struct file {
	struct short_id id;
	uint64_t name;     /* keyed hash of the shown name */
	uint32_t versions; /* newest arrival first */
	uint32_t shown;    /* version, or NONE */
	uint32_t raw;      /* directory that the shown version names */
	uint32_t place;    /* directory it lies in, cycles broken; NONE: nowhere */
	uint32_t first_child, next_sibling, previous_sibling; /* by place */
	uint32_t live_children;
	uint32_t alias; /* directories: the one that stands for all of the same name */
	uint32_t slot;  /* that it wants, or NONE */
	uint32_t slot_next;
	uint32_t applied;       /* version that stands in the tree, or NONE */
	uint32_t stand;         /* slot in which it stands, or NONE */
	uint32_t disk_children; /* that stand in it */
	uint16_t applied_mode;  /* directories: the mode that stands */
	uint16_t flags;
};

/* A name in a directory: who wants it, and who stands there. */
struct slot {
	uint32_t parent;
	uint64_t name;
	uint32_t wanted;   /* first live file that wants it */
	uint32_t winner;   /* of those, or NONE */
	uint32_t standing; /* file, or NONE */
};

struct stream {
	struct node_id author;
	uint64_t incarnation;
	uint64_t tag;
	uint64_t last; /* highest sequence without holes */
	struct hash last_version;
	uint32_t *commits;
	uint32_t commit_count, commit_room;
	bool forked;
};

struct stored_commit {
	uint8_t *blob;
	uint32_t len;
	uint32_t stream;
	uint64_t first;
	uint32_t first_version;
	uint16_t count;
};

/* A version that some entry of `file` replaces and that is not known. */
struct naming {
	struct hash version;
	uint32_t file;
};

/* What stands in the tree in a version that is not known (any more). */
struct stranger {
	struct short_id file, parent;
	struct hash version;
	uint64_t name;
};

struct catalogue {
	struct version *versions;
	uint32_t version_count, version_room;
	struct table by_version;
	struct file *files; /* number 0 is the root */
	uint32_t file_count, file_room;
	struct table by_file;
	struct slot *slots;
	uint32_t slot_count, slot_room;
	struct table by_slot;
	struct stream *streams;
	uint32_t stream_count, stream_room;
	struct table by_stream;
	uint32_t *order; /* streams by tag; as long as streams */
	uint32_t order_room;
	struct stored_commit *commits;
	uint32_t commit_count, commit_room;
	struct naming *namings;
	uint32_t naming_count, naming_room;
	struct table by_naming;
	uint64_t frontier_sum;
	uint64_t serial; /* grows with every change of the tree as agreed */
	bool cycles;     /* shown places contain a cycle */
	uint32_t *work;  /* files whose slot may have to change */
	uint32_t work_count, work_room;
};

/* ---- members ---- */

struct cert {
	struct hash id;
	uint64_t prefix; /* first 8 bytes of id */
	struct certificate parsed;
	const struct cert *parent; /* NULL: signed by the owner */
	uint8_t *data;
	size_t len;
	unsigned used; /* INVITE: members made */
	UT_hash_handle hh;
};

struct member {
	struct node_id id;
	struct address address;
	const struct cert *cert; /* the best; NULL: the owner */
	int64_t seen_us;         /* instant, or -1 */
	UT_hash_handle hh;
	UT_hash_handle hh_address;
};

struct held_bytes {
	uint8_t *data;
	size_t len;
	struct node_id from;
};

/* ---- fetching ---- */

struct ref_left {
	struct hash id;
	uint64_t len;
	uint8_t depth;
};

/* The content of one version on its way here. */
struct plan {
	uint32_t version;
	uint32_t waiting; /* wants */
	bool large;
	bool dead;     /* no head any more, or malformed: ends when nothing waits */
	uint64_t left; /* plain bytes that are not here */
	struct ref_left *refs; /* not begun yet, last first */
	uint32_t ref_count, ref_room;
	struct plan *prev, *next;
};

enum want_state {
	WANT_CHECK,   /* the store is asked */
	WANT_MISSING, /* nobody is asked */
	WANT_ASKED,
	WANT_STORING,
	WANT_READING, /* a manifest that is here, being read */
};

struct want {
	struct hash object;
	struct folder *folder;
	enum want_state state;
	uint8_t depth; /* 1: a chunk */
	bool parked;   /* the peer will send it when it has it */
	bool unsent;   /* asked, but the message is not written yet */
	bool mixed;    /* pieces of more than one peer */
	uint64_t len;  /* plain */
	uint32_t number;
	struct peer *peer;
	struct instant asked_at;
	uint32_t giver;            /* serial of the peer whose pieces are here */
	uint32_t tried[TRIED_MAX]; /* serials of peers that did not give it */
	unsigned tried_count;
	uint8_t *data;
	uint32_t total;
	struct extents have;
	struct plan **plans;
	uint32_t plan_count, plan_room;
	struct want *prev, *next; /* in the list of its state, or of the peer */
	UT_hash_handle hh;        /* folder's, by object */
	UT_hash_handle hh_number; /* sync's, by number */
};

/* ---- objects in memory ---- */

struct object_key {
	uint64_t folder; /* tag */
	struct hash id;
};

struct object {
	struct object_key key;
	uint8_t *data;
	uint32_t len;
	uint32_t uses;              /* by servings */
	struct object *prev, *next; /* oldest use first */
	UT_hash_handle hh;
};

struct reading {
	struct object_key key;
	UT_hash_handle hh;
};

/* ---- peers ---- */

struct known_stream {
	uint64_t has; /* the peer has it up to here, or will when what was sent arrives */
	uint64_t allow; /* how far it may be pushed without being asked again */
	struct instant sent_at;
};

/* One peer's part in one folder. */
struct relation {
	struct folder *folder;
	struct peer *peer;
	bool shown;    /* the peer has greeted with the folder's tag */
	bool knows_us; /* and holds us for a member */
	bool partner;
	bool known;   /* streams[] is what the peer has told */
	bool source;  /* it has given us the latest commit */
	bool refused; /* it has sent what it had no right to */
	bool send_chain, send_certs, send_frontier, ask;
	uint64_t digest, need;
	struct instant shown_at, greeted_at, chain_at, frontier_at, certs_at;
	unsigned backoff_ms;
	uint64_t backoff_digest;            /* of both, when the back-off began */
	uint64_t certs_from, frontier_from; /* cursors */
	struct known_stream *streams;
	uint32_t stream_count;
	const struct cert **certs; /* to send */
	uint32_t cert_count, cert_room;
	struct {
		uint8_t *wire; /* NULL: nothing is being pushed */
		uint32_t len, offset, stream;
		uint64_t first, last;
	} push;
	struct relation *next; /* of the peer */
};

struct serving {
	struct folder *folder;
	struct hash object;
	uint32_t number;
	uint8_t range_count;
	struct extent ranges[WANT_RANGES_MAX];
	unsigned range;        /* being sent */
	uint32_t at;           /* in it */
	struct object *loaded; /* NULL: not read yet */
	bool reading;
	struct serving *prev, *next;
};

/* A commit being put together. */
struct assembly {
	uint64_t tag, stream, first;
	uint8_t *data;
	uint32_t total;
	struct extents have;
};

struct peer {
	struct sync *sync;
	struct node_id id;
	struct address address;
	uint32_t serial;
	unsigned hops; /* 0: unreachable */
	uint32_t metric;
	struct address *between;
	size_t between_count;
	struct instant routed_at, heard_at;
	struct instant greet_at; /* NEVER: not greeted */
	unsigned greet_cursor;
	unsigned probe_ms; /* back-off of greeting a node of which nothing is known */
	struct relation *relations;
	struct answers answers, cancels; /* to send */
	/* what we ask of it */
	struct want *asked, *parked;
	size_t asked_bytes, parked_count, parts;
	unsigned unsent;
	struct instant piece_at;
	unsigned stalls, strikes;
	struct instant banned_until;
	uint64_t window;
	uint64_t rate_bytes; /* since rate_at */
	struct instant rate_at;
	/* what it asks of us */
	struct serving *serving, *waiting;
	size_t serving_count, waiting_count;
	struct assembly assemblies[ASSEMBLIES_MAX];
	UT_hash_handle hh;
};

/* ---- folders ---- */

enum error_source { ERROR_SCAN, ERROR_APPLY, ERROR_STORE, ERROR_RIGHTS };

struct folder_error {
	char *path;
	char *reason;
	int error;
	enum error_source source;
	uint32_t file; /* ERROR_APPLY */
};

/* What one APPLY job changes in the catalogue's view of the tree, to take it back. */
struct applying {
	uint32_t file, applied, stand;
};

struct folder {
	struct sync *sync;
	struct hash id;
	uint64_t tag;
	uint8_t *genesis;
	size_t genesis_len;
	struct node_id owner;
	char name[FOLDER_NAME_MAX + 1];
	char *path;
	struct zone_key key;    /* epoch 0: none, a keeper's */
	struct hash capability; /* our certificate; zero: we own it */
	uint8_t rights;
	bool paused, gone;
	/* members */
	struct cert *certs;
	struct member *members, *by_address;
	uint64_t cert_sum;
	struct held_bytes held_certs[CERTS_HELD_MAX], held_commits[COMMITS_HELD_MAX];
	unsigned held_cert_at, held_commit_at;
	/* versions */
	struct catalogue catalogue;
	struct stranger *strangers;
	size_t stranger_count, stranger_room;
	struct instant changed_at; /* digest */
	/* scan and publish */
	uint64_t first_serial; /* jobs before it were of another life of the folder */
	bool scanned, scanning, scan_wanted, standing_known, publishing, scan_again;
	unsigned scan_ms; /* back-off of failing scans */
	struct instant scan_at, touched_at;
	uint64_t publish_serial; /* of the job */
	/* apply */
	uint32_t *dirty;
	uint32_t dirty_count, dirty_room, dirty_at;
	bool applying;
	struct applying *undo;
	uint32_t undo_count;
	struct instant failed_at;
	unsigned failed_ms;
	size_t failed_count;
	/* fetch */
	uint32_t *small, *large; /* queues of versions */
	uint32_t small_at, small_count, small_room, large_at, large_count, large_room;
	struct plan *plans;
	size_t small_plans, large_plans, want_count, check_count, checks_running;
	struct want *wants, *missing;
	uint64_t need_files, need_bytes, received_bytes;
	uint64_t rate_bytes, rate_bps;
	struct instant rate_at;
	/* the store */
	size_t stores_running; /* RECORDS and PUT jobs */
	size_t stores_failing;
	unsigned store_ms;       /* back-off of failing ones */
	struct want *checks;     /* to be asked of the store */
	struct instant tried_at; /* peers that did not give it are asked again */
	struct folder_error *errors;
	size_t error_count, error_room;
	uint32_t *conflicts; /* slots, as of conflicts_serial */
	size_t conflict_count, conflict_room;
	uint64_t conflicts_serial, files_serial, files, bytes;
	bool heard; /* a partner has greeted since we joined, or the folder began here */
};

struct queued_job {
	struct job *job;
	struct instant at; /* not before */
	unsigned backoff_ms;
	struct queued_job *prev, *next;
};

struct sync {
	struct sync_config config;
	bool loaded;
	uint64_t incarnation;
	int64_t wall_ms; /* at wall_at; 0: unknown */
	struct instant wall_at;
	uint64_t clock; /* highest given or seen, within limits */
	struct folder *folders[SYNC_FOLDERS_MAX];
	size_t folder_count;
	struct peer *peers;
	uint32_t peer_serial;
	uint64_t rotate;
	struct want *by_number;
	uint32_t want_number;
	struct object *objects, *objects_used;
	size_t objects_bytes;
	struct reading *readings;
	struct queued_job *jobs, *retries;
	uint64_t job_serial;
	struct instant partners_at; /* partners are looked at again */
	struct instant next; /* earliest deadline, or what is due is not done yet */
};

static inline struct rng *rng_of(struct sync *s)
{
	return &s->config.rng;
}

/* The first 8 bytes of an id as a number. */
static inline uint64_t prefix_of(struct bytes id)
{
	struct reader r = reader_of(id);

	return read_u64(&r);
}

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
int64_t sync_wall_now_ms(const struct sync *s, struct instant now);
/* The next value of the hybrid clock. */
uint64_t sync_clock_next(struct sync *s, struct instant now);
void sync_clock_seen(struct sync *s, struct instant now, uint64_t clock);
/* Something is due at t. */
static inline void sync_due(struct sync *s, struct instant t)
{
	s->next = instant_min(s->next, t);
}

/* ---- load.c ---- */
/* The records of a finished JOB_LOAD. */
void load_done(struct sync *s, struct instant now, const struct job *j);

/* ---- folder.c ---- */
struct folder *folder_new(struct sync *s, const struct hash *id);
void folder_free(struct folder *f);
uint64_t folder_digest(const struct folder *f);
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
void gossip_receive_greet(struct peer *p, struct instant now, const struct greet *g);
void gossip_receive_cert(
	struct peer *p, struct instant now, uint64_t tag, struct bytes body);
void gossip_receive_certs(struct peer *p, struct instant now, const struct certs *c);
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
