/* SPDX-License-Identifier: ISC */
/* What a person asks of a folder: share, invite, join, leave, pause, find. */
#include <errno.h>

#include "sync/machine.h"

enum { INVITE_BYTES_MAX = 4096, DEFAULT_USES_MAX = 65535 };

/* Whether one path is the other or lies in it. */
static bool overlap(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	if (a[n] == '\0' && b[n] == '\0')
		return true;
	if (a[n] == '\0')
		return b[n] == '/' || n == 0 || a[n - 1] == '/';
	if (b[n] == '\0')
		return a[n] == '/' || n == 0 || b[n - 1] == '/';
	return false;
}

static int path_free(const struct sync *s, const char *path)
{
	if (s->folder_count == SYNC_FOLDERS_MAX)
		return -ENOSPC;
	for (size_t i = 0; i < s->folder_count; i++)
		if (overlap(s->folders[i]->path, path))
			return -EEXIST;
	return 0;
}

static void name_set(struct folder *f, const char *name)
{
	size_t len = strlen(name);

	if (len > FOLDER_NAME_MAX)
		len = FOLDER_NAME_MAX;
	memset(f->name, 0, sizeof(f->name));
	memcpy(f->name, name, len);
}

/* Settings and genesis become durable, and the folder is one of ours. */
/* One transaction holds all that a node must find again to know the folder and its place in
 * it: certs are its own certificate and those above. */
static void folder_begin(struct sync *s, struct instant now, struct folder *f,
	const struct bytes *certs, size_t count)
{
	struct job *j = sync_folder_job(f, JOB_RECORDS);

	f->first_serial = s->job_serial + 1;
	folder_record_settings(j, f);
	folder_record(
		j, f, RECORD_GENESIS, BYTES(""), bytes_of(f->genesis, f->genesis_len));
	for (size_t i = 0; i < count; i++) {
		struct hash id = certificate_id(certs[i]);

		folder_record(j, f, RECORD_CERTIFICATE, id_bytes(&id), certs[i]);
	}
	f->stores_running++;
	sync_submit(s, j);
	s->folders[s->folder_count++] = f;
	members_own_rights(f);
	sync_due(s, now);
}

int sync_share(struct sync *s, struct instant now, const char *path, const char *name,
	struct hash *folder)
{
	uint8_t body[GENESIS_SIZE_MAX], sealed[FOLDER_NAME_MAX + 24 + 16];
	struct writer w = writer_of(body, sizeof(body));
	struct genesis g = { 0 };
	struct zone_key key = { .epoch = 1 };
	struct folder *f;
	size_t len = strlen(name);
	int err = s->loaded ? path_free(s, path) : -EAGAIN;

	if (err)
		return err;
	if (len == 0 || len > FOLDER_NAME_MAX)
		return -EINVAL;
	rng_fill(rng_of(s), key.key, sizeof(key.key));
	rng_fill(rng_of(s), g.nonce.b, sizeof(g.nonce.b));
	g.owner = s->config.self->id;
	g.created_s = sync_wall_now_ms(s, now) / 1000;
	g.sealed_name = bytes_of(sealed,
		name_seal(&key, &g.nonce, &ROOT_DIRECTORY, bytes_of(name, len), sealed));
	genesis_write(&w, &g, s->config.self);
	check(!w.overflow);
	*folder = genesis_folder(writer_bytes(&w));
	f = folder_new(s, folder);
	f->owner = g.owner;
	f->key = key;
	f->heard = true;
	f->path = mem_string(path);
	name_set(f, name);
	folder_genesis_set(f, writer_bytes(&w));
	folder_begin(s, now, f, NULL, 0);
	peers_partners(s, now);
	wipe(&key, sizeof(key));
	return 0;
}

/* Only the owner's dates begin something; others pass on their own beginning, so that nothing
 * of theirs is ever not valid yet where a clock is behind. Where the time is not known, an
 * invite has no end but its uses. */
static bool invite_dates(
	const struct cert *own, int64_t now_s, int64_t valid_s, struct certificate *c)
{
	c->not_before_s = own != NULL ? own->parsed.not_before_s : now_s;
	c->not_after_s = now_s != 0 && valid_s < DATE_NEVER_S - now_s ? now_s + valid_s
								      : DATE_NEVER_S;
	if (own != NULL && c->not_after_s > own->parsed.not_after_s)
		c->not_after_s = own->parsed.not_after_s;
	return c->not_before_s <= c->not_after_s;
}

static bool invite_certificate(struct folder *f, struct instant now,
	struct certificate *c, uint8_t rights, unsigned uses, int64_t valid_s)
{
	const struct cert *own = members_cert(f, &f->capability);

	*c = (struct certificate){ .kind = CERTIFICATE_INVITE, .folder = f->id };
	c->issuer = f->sync->config.self->id;
	c->rights = rights;
	c->uses = uses > DEFAULT_USES_MAX ? 0 : (uint16_t)uses;
	c->depth = own != NULL ? own->parsed.depth : CHAIN_DEPTH;
	if (c->depth > 0)
		c->depth--;
	if (own != NULL) {
		c->parent = own->id;
		c->quota_bytes = own->parsed.quota_bytes;
	}
	return invite_dates(own, clock_now_s(f, now), valid_s, c);
}

static void invite_fill(struct folder *f, struct invite *i, const struct hash *id,
	const struct keypair *once)
{
	*i = (struct invite){ .inviter = f->sync->config.self->id };
	i->genesis = bytes_of(f->genesis, f->genesis_len);
	memcpy(i->folder_name, f->name, sizeof(i->folder_name));
	keypair_seed(once, i->secret_seed);
	i->chain_count = members_chain(members_cert(f, id), i->chain);
}

int sync_invite(struct sync *s, struct instant now, const struct hash *folder,
	uint8_t rights, unsigned uses, int64_t valid_s, char *text, int64_t *expires_s)
{
	struct folder *f = sync_folder(s, folder);
	uint8_t body[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(body, sizeof(body));
	struct certificate c;
	struct keypair once;
	struct invite i;
	struct hash id;
	bool fits;

	if (f == NULL)
		return -ENOENT;
	if (!(members_rights(f, now, &s->config.self->id) & RIGHT_SHARE) ||
		(rights & ~(f->rights | (f->rights & RIGHT_READ ? RIGHT_CARRY : 0))) != 0)
		return -EACCES;
	if (rights == 0 || valid_s <= 0)
		return -EINVAL;
	if (!invite_certificate(f, now, &c, rights, uses, valid_s))
		return -EACCES;
	keypair_new(&once, rng_of(s));
	c.subject = once.id;
	certificate_write(&w, &c, s->config.self);
	check(!w.overflow);
	id = certificate_id(writer_bytes(&w));
	if (members_add(f, now, writer_bytes(&w)) != CERT_NEW) {
		keypair_wipe(&once);
		return -EACCES;
	}
	invite_fill(f, &i, &id, &once);
	if (rights & RIGHT_READ)
		i.key = f->key;
	fits = invite_write(text, INVITE_TEXT_MAX, &i);
	*expires_s = c.not_after_s;
	wipe(&i, sizeof(i));
	keypair_wipe(&once);
	return fits ? 0 : -E2BIG;
}

static int join_new(
	struct sync *s, const struct invite *i, const char *path, struct folder **out)
{
	struct hash id = genesis_folder(i->genesis);
	struct genesis g;
	struct folder *f;

	if (sync_folder(s, &id) != NULL)
		return -EEXIST;
	if (!genesis_parse(&g, i->genesis))
		return -EBADMSG;
	f = folder_new(s, &id);
	f->owner = g.owner;
	f->key = i->key;
	f->path = mem_string(path);
	name_set(f, i->folder_name);
	folder_genesis_set(f, i->genesis);
	*out = f;
	return 0;
}

int sync_join(struct sync *s, struct instant now, const char *invite, const char *path,
	struct hash *folder)
{
	uint8_t buffer[INVITE_BYTES_MAX], body[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(body, sizeof(body));
	struct invite i;
	struct bytes certs[CHAIN_MAX + 1];
	struct folder *f = NULL;
	size_t count = 0;
	int64_t now_s = sync_wall_now_ms(s, now) / 1000;
	int err = s->loaded ? invite_parse(&i, invite, buffer, sizeof(buffer)) : -EAGAIN;

	if (err)
		return err;
	if (now_s != 0 && chain_expired(i.chain, i.chain_count, now_s))
		err = -ETIME;
	if (!err)
		err = path_free(s, path);
	if (!err)
		err = join_new(s, &i, path, &f);
	if (err)
		goto wipe_invite;
	invite_redeem(&i, &s->config.self->id, s->config.name, &w);
	check(!w.overflow);
	f->capability = certificate_id(writer_bytes(&w));
	for (size_t k = i.chain_count; k-- > 0;)
		certs[count++] = i.chain[k];
	certs[count++] = writer_bytes(&w);
	folder_begin(s, now, f, certs, count);
	for (size_t k = 0; k < count; k++)
		(void)members_add(f, now, certs[k]);
	members_own_rights(f);
	*folder = f->id;
	peers_partners(s, now);

wipe_invite:
	wipe(&i, sizeof(i));
	wipe(buffer, sizeof(buffer));
	return err;
}

int sync_leave(struct sync *s, struct instant now, const struct hash *folder, bool forget)
{
	struct folder *f = sync_folder(s, folder);
	struct job *j;

	if (f == NULL)
		return -ENOENT;
	if (forget) {
		j = sync_folder_job(f, JOB_FORGET);
	} else {
		j = sync_folder_job(f, JOB_RECORDS);
		folder_record(j, f, RECORD_FOLDER, BYTES(""), BYTES(""));
		j->records[0].remove = true;
	}
	sync_folder_remove(s, f);
	sync_submit(s, j);
	sync_due(s, now);
	return 0;
}

int sync_pause(struct sync *s, struct instant now, const struct hash *folder, bool pause)
{
	struct folder *f = sync_folder(s, folder);
	struct job *j;

	if (f == NULL)
		return -ENOENT;
	if (f->paused == pause)
		return 0;
	f->paused = pause;
	if (!pause)
		f->scan_wanted = true;
	j = sync_folder_job(f, JOB_RECORDS);
	folder_record_settings(j, f);
	f->stores_running++;
	sync_submit(s, j);
	folder_changed(f, now);
	sync_due(s, now);
	return 0;
}

static bool hex_prefix(const struct hash *id, const char *text)
{
	char hex[65];
	struct text t = text_of(hex, sizeof(hex));
	size_t len = strlen(text);

	text_hex(&t, id_bytes(id));
	return len > 0 && len <= 64 && memcmp(hex, text, len) == 0;
}

int sync_folder_find(const struct sync *s, const char *name, struct hash *folder)
{
	const struct folder *found = NULL;
	bool by_name = false;

	for (size_t i = 0; i < s->folder_count; i++) {
		const struct folder *f = s->folders[i];
		bool named = strcmp(f->name, name) == 0;

		if (!named && (by_name || !hex_prefix(&f->id, name)))
			continue;
		if (found != NULL && named == by_name)
			return -ENOTUNIQ;
		found = f;
		by_name = named;
	}
	if (found == NULL)
		return -ENOENT;
	*folder = found->id;
	return 0;
}
