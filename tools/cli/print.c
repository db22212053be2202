/* SPDX-License-Identifier: ISC */
/* Escaping, figures and errors for people. */
#include "tools/cli/print.h"

#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "node/base/mem.h"
#include "node/base/text.h"

enum { ROTATION = 16, BAR_WIDTH = 24, SCREEN_COLUMNS = 80 };

static bool is_utf8;
static char *rotation[ROTATION];
static unsigned rotation_at;
static unsigned bar_columns;

void print_init(void)
{
	is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool print_is_utf8(void)
{
	return is_utf8;
}

/* Room for len characters and a zero. */
static char *rotate(size_t len)
{
	char **slot = &rotation[rotation_at++ % ROTATION];

	mem_free(*slot);
	*slot = mem_new(len + 1);
	return *slot;
}

/* Each UTF-8 sequence becomes one '?'; the text is valid UTF-8. */
static void make_ascii(char *s)
{
	char *to = s;

	for (const char *p = s; *p != '\0'; p++) {
		uint8_t c = (uint8_t)*p;

		if (c < 0x80)
			*to++ = *p;
		else if (c >= 0xc0)
			*to++ = '?';
	}
	*to = '\0';
}

const char *print_safe(struct bytes text)
{
	size_t room = text.len * 4;
	char *s = rotate(room);
	struct text t = text_of(s, room + 1);

	text_escaped(&t, text);
	if (!is_utf8)
		make_ascii(s);
	return s;
}

const char *print_safe_string(const char *s)
{
	if (s == NULL || *s == '\0')
		return "-";
	return print_safe(bytes_of_string(s));
}

const char *print_format(const char *format, ...)
{
	char made[512];
	va_list ap;
	char *s;

	va_start(ap, format);
	vsnprintf(made, sizeof(made), format, ap);
	va_end(ap);
	s = rotate(strlen(made));
	memcpy(s, made, strlen(made));
	return s;
}

/* Three digits that count, and the unit. */
static const char *scaled(double v, const char *const *units, size_t count)
{
	size_t i = 0;

	while (v >= 999.5 && i + 1 < count) {
		v /= 1000;
		i++;
	}
	if (i == 0 || v >= 99.95)
		return print_format("%.0f %s", v, units[i]);
	return print_format(v >= 9.995 ? "%.1f %s" : "%.2f %s", v, units[i]);
}

const char *print_bytes(const json_t *v)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };

	if (!json_is_number(v))
		return "-";
	return scaled(json_number_value(v), units, array_len(units));
}

const char *print_rate(const json_t *bit_per_s)
{
	static const char *const units[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s" };

	if (!json_is_number(bit_per_s))
		return "-";
	return scaled(json_number_value(bit_per_s), units, array_len(units));
}

const char *print_age(const json_t *seconds)
{
	double s = json_number_value(seconds);

	if (!json_is_number(seconds))
		return "-";
	if (s < 10)
		return print_format("%.1f s", s);
	if (s < 120)
		return print_format("%.0f s", floor(s));
	if (s < 7200)
		return print_format("%.0f min", floor(s / 60));
	if (s < 172800)
		return print_format("%.0f h", floor(s / 3600));
	return print_format("%.0f d", floor(s / 86400));
}

const char *print_ms(const json_t *seconds)
{
	double ms = json_number_value(seconds) * 1000;

	if (!json_is_number(seconds))
		return "-";
	return print_format(ms < 10 ? "%.2f ms" : ms < 100 ? "%.1f ms" : "%.0f ms", ms);
}

const char *print_percent(const json_t *fraction)
{
	double percent = json_number_value(fraction) * 100;

	if (!json_is_number(fraction))
		return "-";
	return print_format(percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
}

const char *print_number(const json_t *v)
{
	if (json_is_integer(v))
		return print_format("%lld", (long long)json_integer_value(v));
	if (json_is_real(v))
		return print_format("%g", json_real_value(v));
	return "-";
}

const char *print_text(const json_t *object, const char *key)
{
	return print_safe_string(json_string_value(json_object_get(object, key)));
}

static bool is_clash(const json_t *object, const char *name_key)
{
	return json_is_true(json_object_get(object, print_format("%s_clash", name_key)));
}

const char *print_name(const json_t *object, const char *id_key, const char *name_key)
{
	const char *name = json_string_value(json_object_get(object, name_key));
	const char *id = json_string_value(json_object_get(object, id_key));

	if (name != NULL && *name != '\0')
		return is_clash(object, name_key)
			       ? print_format("%s?", print_safe_string(name))
			       : print_safe_string(name);
	return id != NULL ? print_format("%.8s", print_safe_string(id)) : "-";
}

unsigned print_columns(const char *s)
{
	wchar_t wide[1024];
	size_t n = mbstowcs(wide, s, array_len(wide));
	int columns;

	if (n == (size_t)-1 || n == array_len(wide))
		return (unsigned)strlen(s);
	columns = wcswidth(wide, n);
	return columns >= 0 ? (unsigned)columns : (unsigned)n;
}

int print_failure_bytes(
	enum exit_code code, struct bytes what, struct bytes why, struct bytes fix)
{
	bar_clear();
	fflush(stdout);
	fprintf(stderr, "qanat: %s", print_safe(what));
	if (why.len > 0)
		fprintf(stderr, ": %s", print_safe(why));
	fputc('\n', stderr);
	if (fix.len > 0)
		fprintf(stderr, "       %s\n", print_safe(fix));
	return (int)code;
}

int print_failure(enum exit_code code, const char *what, const char *why, const char *fix)
{
	return print_failure_bytes(code, bytes_of_string(what),
		bytes_of_string(why != NULL ? why : ""),
		bytes_of_string(fix != NULL ? fix : ""));
}

static unsigned screen_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return SCREEN_COLUMNS;
	return size.ws_col;
}

void bar_show(const struct cli *c, double fraction, const char *text)
{
	char bar[BAR_WIDTH + 1];
	char line[256];
	int shown;

	if (!c->is_screen_err || c->quiet)
		return;
	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < (int)(fraction * BAR_WIDTH + 0.5) ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	if (fraction < 0)
		snprintf(line, sizeof(line), "[%s]      %s", bar, text);
	else
		snprintf(line, sizeof(line), "[%s] %3.0f %% %s", bar,
			floor(fraction * 100), text);
	shown = (int)screen_columns() - 1;
	fprintf(stderr, "\r%.*s", shown, line);
	for (unsigned i = print_columns(line); i < bar_columns; i++)
		fputc(' ', stderr);
	bar_columns = print_columns(line);
	if (bar_columns > (unsigned)shown)
		bar_columns = (unsigned)shown;
	fflush(stderr);
}

void bar_clear(void)
{
	if (bar_columns == 0)
		return;
	fprintf(stderr, "\r%*s\r", (int)bar_columns, "");
	fflush(stderr);
	bar_columns = 0;
}
