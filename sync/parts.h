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
	int64_t clock_base_ms;   /* its clock, as what it showed at instant 0 */
	bool clock_told;         /* and it is known */
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
	struct answers *answers, *cancels; /* to send; NULL: there never were any */
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
	struct assembly *assemblies; /* ASSEMBLIES_MAX; NULL: there never were any */
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

/* All that a folder's digest is made of, beside its id. */
struct digest_of {
	uint64_t certs, frontier, streams;
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
	/* time */
	int64_t floor_s;       /* newest date that the owner signed */
	int64_t clock_base_ms; /* the median, as what it showed at instant 0 */
	size_t clocks;         /* of how many */
	struct held_bytes held_certs[CERTS_HELD_MAX], held_commits[COMMITS_HELD_MAX];
	unsigned held_cert_at, held_commit_at;
	/* versions */
	struct catalogue catalogue;
	struct stranger *strangers;
	size_t stranger_count, stranger_room;
	struct instant changed_at; /* digest */
	bool digest_known;
	struct digest_of digest_of; /* what `digest` was made of */
	uint64_t digest;
	/* scan and publish */
	uint64_t first_serial; /* jobs before it were of another life of the folder */
	bool scanned, scanning, scan_wanted, standing_known, publishing, scan_again;
	unsigned scan_ms;    /* back-off of failing scans */
	unsigned stale_jobs; /* of apply, one after the other, that found another tree */
	bool relearn;        /* the next scan tells what stands, as the first one did */
	int64_t reread_ms;   /* until what the disk could not give is asked for again */
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
	bool durable; /* what share or join made was stored */
	bool heard; /* a partner has greeted since we joined, or the folder began here */
};

struct queued_job {
	struct job *job;
	struct instant at; /* not before */
	unsigned backoff_ms;
	struct queued_job *prev, *next;
};

/* Peers that we have something for, and where they stand among all, ascending. */
struct ready_list {
	struct ready_item {
		unsigned at;
		struct peer *peer;
	} * items;
	size_t count, room;
};

struct ready {
	bool known;           /* what follows is true */
	struct instant until; /* and stays so until then: somebody is greeted */
	struct ready_list lists[SYNC_CLASSES];
};

struct sync {
	struct sync_config config;
	bool loaded;
	uint64_t incarnation;
	int64_t wall_ms; /* at wall_at, set or not */
	struct instant wall_at;
	uint64_t clock; /* highest given or seen, within limits */
	struct folder *folders[SYNC_FOLDERS_MAX];
	size_t folder_count;
	struct peer *peers;
	uint32_t peer_serial;
	struct ready ready; /* ready.c */
	uint64_t rotate;
	struct want *by_number;
	uint32_t want_number;
	struct object *objects, *objects_used;
	size_t objects_bytes;
	struct reading *readings;
	struct queued_job *jobs, *retries;
	uint64_t job_serial;
	struct instant partners_at; /* partners are looked at again */
	struct instant search_at;   /* when the next stranger's turn is */
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
