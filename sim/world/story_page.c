/* SPDX-License-Identifier: ISC */
/*
 * Records stand in a script element, one a line; a page that was cut off still shows what
 * is there. In them no `<` is left as it is, so nothing that a name holds ends the element.
 */
#include "sim/world/story_page.h"

#include <errno.h>
#include <inttypes.h>

#include "node/base/mem.h"
#include "sim/world/viewer.h"

enum { BUCKET_US = 100000 };

static void put(const struct story_page *p, struct bytes b)
{
	fwrite(b.data, 1, b.len, p->out);
}

/* The kept frames become every second of them. */
static void thin(struct story_page *p)
{
	for (size_t i = 0; i < p->dot_count / 2; i++)
		p->dots[i] = p->dots[2 * i];
	p->dot_count /= 2;
	p->stride *= 2;
}

static void buckets_fold(struct story_page *p)
{
	for (size_t i = 0; i < STORY_BUCKETS_MAX / 2; i++)
		for (size_t k = 0; k < array_len(p->buckets[i].count); k++)
			p->buckets[i].count[k] = p->buckets[2 * i].count[k] +
						 p->buckets[2 * i + 1].count[k];
	memset(p->buckets + STORY_BUCKETS_MAX / 2, 0,
		(STORY_BUCKETS_MAX - STORY_BUCKETS_MAX / 2) * sizeof(*p->buckets));
	p->bucket_us *= 2;
}

static void count(struct story_page *p, const struct story_dot *dot)
{
	size_t place;

	while (dot->t_us / p->bucket_us >= STORY_BUCKETS_MAX)
		buckets_fold(p);
	place = (size_t)(dot->t_us / p->bucket_us);
	p->buckets[place].count[dot->fate]++;
}

static uint8_t class_of(struct story_page *p, const char *name)
{
	size_t len = strlen(name), i = 0;

	if (len > STORY_CLASS_NAME_MAX)
		len = STORY_CLASS_NAME_MAX;
	while (i < p->class_count &&
		!bytes_equal(bytes_of_string(p->classes[i]), bytes_of(name, len)))
		i++;
	if (i == STORY_CLASSES_MAX)
		return STORY_CLASSES_MAX - 1;
	if (i == p->class_count)
		memcpy(p->classes[p->class_count++], name, len);
	return (uint8_t)i;
}

void story_page_init(struct story_page *p, FILE *take_out)
{
	*p = (struct story_page){ .out = take_out, .stride = 1, .bucket_us = BUCKET_US };
	p->buckets = mem_array(STORY_BUCKETS_MAX, sizeof(*p->buckets));
	put(p, viewer_html());
	put(p, BYTES("<script>\n"));
	put(p, viewer_js());
	put(p, BYTES("</script>\n<script type=\"application/json\" id=\"records\">\n"));
}

void story_page_line(struct story_page *p, struct bytes json)
{
	size_t from = 0;

	if (p->out == NULL)
		return;
	for (size_t i = 0; i < json.len; i++)
		if (json.data[i] == '<') {
			put(p, bytes_of(json.data + from, i - from));
			put(p, BYTES("\\u003c"));
			from = i + 1;
		}
	put(p, bytes_of(json.data + from, json.len - from));
	put(p, BYTES("\n"));
}

void story_page_frame(
	struct story_page *p, const struct story_dot *dot, const char *class)
{
	if (p->out == NULL)
		return;
	check(dot->t_us >= 0 && dot->fate < array_len(p->buckets->count));
	count(p, dot);
	if (p->told++ % p->stride != 0)
		return;
	if (p->dot_count == STORY_FRAMES_MAX) {
		thin(p);
		if ((p->told - 1) % p->stride != 0)
			return;
	}
	mem_grow(p->dots, p->dot_count, p->dot_room);
	p->dots[p->dot_count] = *dot;
	p->dots[p->dot_count++].class = class_of(p, class);
}

/* Letters, digits, - and _ of a class's name: it stands in a list of strings. */
static void put_classes(const struct story_page *p)
{
	for (size_t i = 0; i < p->class_count; i++) {
		fputs(i > 0 ? ",\"" : "\"", p->out);
		for (const char *c = p->classes[i]; *c != '\0'; c++)
			fputc((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
						(*c >= '0' && *c <= '9') || *c == '-'
					? *c
					: '_',
				p->out);
		fputc('"', p->out);
	}
}

static void put_counts(const struct story_page *p, const char *name, size_t fate)
{
	size_t used = STORY_BUCKETS_MAX;

	while (used > 0 && p->buckets[used - 1].count[fate] == 0)
		used--;
	fprintf(p->out, ",\n\"%s\":[", name);
	for (size_t i = 0; i < used; i++)
		fprintf(p->out, "%s%" PRIu32, i > 0 ? "," : "",
			p->buckets[i].count[fate]);
	fputc(']', p->out);
}

/* Five numbers a frame: microseconds since the one before, fate + 4 * class, sender,
 * receiver (-1: all), bytes. */
static void put_frames(const struct story_page *p)
{
	int64_t before = 0;

	for (size_t i = 0; i < p->dot_count; i++) {
		const struct story_dot *d = &p->dots[i];

		fprintf(p->out, "%s%" PRId64 ",%d,%" PRIu32 ",%" PRId64 ",%" PRIu32,
			i > 0 ? ",\n" : "", d->t_us - before, d->fate + 4 * d->class,
			d->from, d->to == UINT32_MAX ? -1 : (int64_t)d->to, d->bytes);
		before = d->t_us;
	}
}

int story_page_fini(struct story_page *p)
{
	bool bad;

	if (p->out == NULL)
		return 0;
	fprintf(p->out,
		"</script>\n<script type=\"application/json\" id=\"frames\">\n"
		"{\"told\":%" PRIu64 ",\"stride\":%" PRIu64 ",\"bucket_us\":%" PRId64
		",\n\"classes\":[",
		p->told, p->stride, p->bucket_us);
	put_classes(p);
	fputc(']', p->out);
	put_counts(p, "sent", 0);
	put_counts(p, "received", 1);
	put_counts(p, "lost", 2);
	fputs(",\n\"frames\":[", p->out);
	put_frames(p);
	fputs("]}\n</script>\n</body>\n</html>\n", p->out);
	bad = ferror(p->out) != 0;
	bad |= fclose(p->out) != 0;
	mem_free(p->dots);
	mem_free(p->buckets);
	*p = (struct story_page){ .out = NULL };
	return bad ? -EIO : 0;
}
