/* SPDX-License-Identifier: ISC */
/* Files are read whole, one after the other; only their lines are looked at. */
#include "sim/files/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sim/channel/action.h"

static int complain(struct text *why, const char *place, int err)
{
	text_escaped(why, bytes_of_string(place));
	text_string(why, ": ");
	text_string(why, strerror(-err));
	return err;
}

/* "FILE:LINE: what". */
static int refuse(const struct source *s, struct source_line at, const char *what,
	struct text *why, int err)
{
	text_escaped(why, bytes_of_string(s->files[at.file]));
	text_char(why, ':');
	text_u64(why, at.line);
	text_string(why, ": ");
	text_string(why, what);
	return err;
}

/* The whole file into data, which the caller frees. 0 or a negative errno. */
static int file_read(const char *path, size_t most, uint8_t **data, size_t *len)
{
	size_t room = 0;
	ssize_t n;
	int err = 0;
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;

	*data = NULL;
	*len = 0;
	if (fd < 0)
		return -errno;
	do {
		if (room - *len < 4096) {
			room = room * 2 + 8192;
			*data = mem_resize(*data, room, 1);
		}
		n = read(fd, *data + *len, room - *len);
		if (n > 0)
			*len += (size_t)n;
	} while (n > 0 && *len <= most);
	if (n < 0)
		err = -errno;
	else if (n > 0)
		err = -EFBIG;
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}

static void line_add(struct source *s, struct bytes line, struct source_line from)
{
	if (s->room < s->len + line.len + 1) {
		s->room = (s->len + line.len + 1) * 2;
		s->text = mem_resize(s->text, s->room, 1);
	}
	check(s->text != NULL);
	if (line.len > 0)
		memcpy(s->text + s->len, line.data, line.len);
	s->len += line.len;
	s->text[s->len++] = '\n';
	mem_grow(s->lines, s->line_count, s->lines_room);
	s->lines[s->line_count++] = from;
}

/* `name` as seen from beside the file `by`; false: too long. */
static bool beside(const char *by, struct bytes name, char out[PATH_MAX])
{
	const char *slash = strrchr(by, '/');
	size_t folder = name.data[0] != '/' && slash ? (size_t)(slash - by) + 1 : 0;

	if (folder + name.len >= PATH_MAX)
		return false;
	memcpy(out, by, folder);
	memcpy(out + folder, name.data, name.len);
	out[folder + name.len] = '\0';
	return true;
}

static int add(struct source *s, const char *path, unsigned depth, struct text *why);

static int include(struct source *s, const struct words *w, struct source_line at,
	unsigned depth, struct text *why)
{
	char path[PATH_MAX], place[64];
	struct text t = text_of(place, sizeof(place));
	int err;

	if (w->count != 2)
		return refuse(s, at, "wants: include FILE", why, -EINVAL);
	if (depth == SOURCE_DEPTH_MAX)
		return refuse(s, at, "includes are nested too deep", why, -ELOOP);
	if (s->file_count == SOURCE_FILES_MAX)
		return refuse(s, at, "too many files are included", why, -EMFILE);
	if (!beside(s->files[at.file], w->word[1], path))
		return refuse(s, at, "the name is too long", why, -EINVAL);
	if (access(path, R_OK) < 0) {
		err = -errno;
		text_string(&t, "include: ");
		text_string(&t, strerror(-err));
		(void)refuse(s, at, place, why, err);
		text_string(why, ": ");
		text_escaped(why, bytes_of_string(path));
		return err;
	}
	return add(s, path, depth + 1, why);
}

/* Each line of one file: into the text, or as the file that it includes. */
static int lines_add(struct source *s, struct bytes data, uint32_t file, unsigned depth,
	struct text *why)
{
	struct source_line at = { file, 0 };
	size_t start = 0;
	struct words w;
	int err = 0;

	while (!err && start < data.len) {
		const uint8_t *end = memchr(data.data + start, '\n', data.len - start);
		size_t len = end ? (size_t)(end - data.data) - start : data.len - start;
		struct bytes line = bytes_of(data.data + start, len);

		at.line++;
		start += len + 1;
		if (words_split(&w, line) && w.count > 0 &&
			bytes_equal(w.word[0], BYTES("include")))
			err = include(s, &w, at, depth, why);
		else
			line_add(s, line, at);
	}
	if (file == 0)
		s->first_lines = at.line;
	return err;
}

static int add(struct source *s, const char *path, unsigned depth, struct text *why)
{
	uint32_t file = s->file_count++;
	uint8_t *data;
	size_t len;
	int err;

	s->files[file] = mem_string(path);
	err = file_read(path, SOURCE_BYTES_MAX - s->len, &data, &len);
	err = err ? complain(why, path, err)
		  : lines_add(s, bytes_of(data, len), file, depth, why);
	mem_free(data);
	return err;
}

int source_read(struct source *s, const char *path, struct text *why)
{
	*s = (struct source){ 0 };
	return add(s, path, 0, why);
}

void source_fini(struct source *s)
{
	for (uint32_t i = 0; i < s->file_count; i++)
		mem_free(s->files[i]);
	mem_free(s->text);
	mem_free(s->lines);
	*s = (struct source){ 0 };
}

void source_where(const struct source *s, unsigned line, struct text *out)
{
	struct source_line at = { 0, s->first_lines + 1 };

	if (line > 0 && line <= s->line_count)
		at = s->lines[line - 1];
	text_escaped(out, bytes_of_string(s->files[at.file]));
	text_char(out, ':');
	text_u64(out, at.line);
}

int source_scenario(
	struct scenario *s, const char *path, const struct rng *rng, struct text *why)
{
	char buffer[SOURCE_WHY_CHARS];
	struct text reason = text_of(buffer, sizeof(buffer));
	struct source source;
	unsigned line;
	int err = source_read(&source, path, why);

	if (err == 0 && !scenario_parse(s, bytes_of(source.text, source.len), rng, &line,
				&reason)) {
		source_where(&source, line, why);
		text_string(why, ": ");
		text_string(why, buffer);
		err = -EINVAL;
	}
	source_fini(&source);
	return err;
}
