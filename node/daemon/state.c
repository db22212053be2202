/* SPDX-License-Identifier: ISC */
/* Small files that must be whole or absent. */
#include "node/daemon/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/base/text.h"
#include "node/crypto/hash.h"

enum { SEQUENCE_AHEAD = 1 << 20, LOCK_TRIES = 12, MESH_SIZE_MAX = 16 << 20 };

/* mkdir -p; only the last one is made private. */
static int make_directory(const char *path)
{
	char part[4096];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return -ENAMETOOLONG;
	memcpy(part, path, len + 1);
	for (size_t i = 1; i < len; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		part[i] = '/';
	}
	return mkdir(part, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* A node that was killed holds its lock until the last of its threads is gone. */
static int lock_take(int fd)
{
	static const struct timespec moment = { 0, 50 * 1000 * 1000 };
	int err = -1;

	for (unsigned i = 0; i < LOCK_TRIES && err < 0; i++) {
		if (i > 0)
			nanosleep(&moment, NULL);
		err = flock(fd, LOCK_EX | LOCK_NB);
		if (err < 0 && errno != EWOULDBLOCK)
			return err;
	}
	return err;
}

int state_open(struct state *s, const char *path, const char **what)
{
	int err;

	*s = (struct state){ .dir = -1, .lock = -1 };
	*what = "make the state directory";
	err = make_directory(path);
	if (err < 0)
		return err;
	*what = "open the state directory";
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return -errno;
	*what = "lock the state directory";
	s->lock = openat(s->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0 || lock_take(s->lock) < 0) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		state_close(s);
		return err;
	}
	return 0;
}

void state_close(struct state *s)
{
	if (s->lock >= 0)
		close(s->lock);
	if (s->dir >= 0)
		close(s->dir);
	s->lock = s->dir = -1;
}

static int write_whole(int fd, const uint8_t *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int file_put(const struct state *s, const char *name, struct bytes body)
{
	char temp[64];
	int fd, err;

	snprintf(temp, sizeof(temp), "%s.new", name);
	(void)unlinkat(s->dir, temp, 0);
	fd = openat(
		s->dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_whole(fd, body.data, body.len);
	if (close(fd) < 0 && err == 0)
		err = -errno;
	if (err == 0 && renameat(s->dir, temp, s->dir, name) < 0)
		err = -errno;
	if (err == 0 && fsync(s->dir) < 0)
		err = -errno;
	if (err < 0)
		(void)unlinkat(s->dir, temp, 0);
	return err;
}

int state_file_put(const struct state *s, const char *name, const char *text)
{
	return file_put(s, name, bytes_of_string(text));
}

int state_file_get(const struct state *s, const char *name, char *text, size_t room)
{
	int fd = openat(s->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), err;
	size_t len = 0;
	ssize_t n = -1;

	if (fd < 0)
		return -errno;
	while (len < room && (n = read(fd, text + len, room - len)) > 0)
		len += (size_t)n;
	err = n < 0 ? -errno : len == room ? -EFBIG : 0;
	close(fd);
	text[err < 0 ? 0 : len] = '\0';
	return err;
}

bool state_hex_read(const char *text, uint8_t *out, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	memset(out, 0, len);
	for (size_t i = 0; i < 2 * len; i++) {
		const char *d = text[i] != '\0' ? strchr(digits, text[i]) : NULL;

		if (d == NULL)
			return false;
		out[i / 2] = (uint8_t)(out[i / 2] << 4 | (d - digits));
	}
	return true;
}

static const char identity_head[] = "qanat identity 1 ";

static int identity_new(struct state *s, const struct rng *rng, struct keypair *out)
{
	char text[128];
	struct text t = text_of(text, sizeof(text));
	uint8_t seed[32];
	int err;

	keypair_new(out, rng);
	keypair_seed(out, seed);
	text_string(&t, identity_head);
	text_hex(&t, bytes_of(seed, sizeof(seed)));
	text_char(&t, '\n');
	err = file_put(s, "identity", bytes_of_string(text));
	wipe(text, sizeof(text));
	wipe(seed, sizeof(seed));
	s->new_identity = true;
	return err;
}

int state_identity(struct state *s, const struct rng *rng, struct keypair *out)
{
	char text[128] = "";
	uint8_t seed[32];
	size_t head = sizeof(identity_head) - 1;
	int err = state_file_get(s, "identity", text, sizeof(text));

	if (err == -ENOENT)
		return identity_new(s, rng, out);
	if (err == -EFBIG)
		err = -EBADMSG;
	if (err == 0 &&
		(strlen(text) != head + 65 || memcmp(text, identity_head, head) != 0 ||
			!state_hex_read(text + head, seed, sizeof(seed)) ||
			text[head + 64] != '\n'))
		err = -EBADMSG;
	if (err == 0)
		keypair_from_seed(out, seed);
	wipe(text, sizeof(text));
	wipe(seed, sizeof(seed));
	return err;
}

static int sequence_save(struct state *s, uint64_t sequence)
{
	char text[32];
	int err;

	snprintf(text, sizeof(text), "%" PRIu64 "\n", sequence);
	err = file_put(s, "sequence", bytes_of_string(text));
	if (err == 0)
		s->saved = sequence;
	return err;
}

int state_sequence_begin(struct state *s, uint64_t *sequence)
{
	char text[32] = "";
	int err = state_file_get(s, "sequence", text, sizeof(text));
	uint64_t saved;

	if (err < 0 && err != -ENOENT && err != -EFBIG)
		return err;
	/* a damaged file counts as 0: the mesh then tells us our own last sequence */
	saved = strtoull(text, NULL, 10);
	*sequence = saved < UINT64_MAX / 2 ? saved + 1 : 1;
	return sequence_save(s, *sequence + SEQUENCE_AHEAD);
}

int state_sequence_keep(struct state *s, uint64_t used)
{
	if (used + SEQUENCE_AHEAD / 2 < s->saved)
		return 0;
	return sequence_save(s, used + SEQUENCE_AHEAD);
}

int state_mesh_read(const struct state *s, uint8_t **take, size_t *len)
{
	int fd = openat(s->dir, "mesh", O_RDONLY | O_NOFOLLOW | O_CLOEXEC), err = 0;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > MESH_SIZE_MAX)
		err = -EBADMSG;
	*len = 0;
	*take = err == 0 ? mem_new((size_t)st.st_size + 1) : NULL;
	while (err == 0 && *len < (size_t)st.st_size) {
		n = read(fd, *take + *len, (size_t)st.st_size - *len);
		if (n < 0 && errno != EINTR)
			err = -errno;
		if (n == 0)
			break;
		*len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (err < 0) {
		mem_free(*take);
		*take = NULL;
	}
	return err;
}

int state_mesh_write(const struct state *s, struct bytes body)
{
	return file_put(s, "mesh", body);
}
