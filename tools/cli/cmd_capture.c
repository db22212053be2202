/* SPDX-License-Identifier: ISC */
/*
 * capture: packets from the node into a file, a pipe or, on a terminal, one line each. What
 * was decrypted stands in them, so a file is for its owner alone.
 */
#include "tools/cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/control/capture.h"

static struct {
	FILE *file; /* NULL: no capture file is written */
	uint64_t packets, lost;
} run;

static bool is_stdout(const struct cli *c)
{
	const char *file = c->request.file;

	return strcmp(file, "-") == 0 || (*file == '\0' && !c->json && !c->is_screen_out);
}

static int fail_file(const struct cli *c)
{
	return print_failure(EXIT_FAILED,
		is_stdout(c) ? "stdout" : print_safe_string(c->request.file),
		strerror(errno), NULL);
}

/* Everything that was given so far is in the file, for whoever reads along. */
static bool put(struct buffer *b)
{
	bool good =
		fwrite(b->data, 1, b->len, run.file) == b->len && fflush(run.file) == 0;

	buffer_fini(b);
	return good;
}

static FILE *open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "wb");
}

int capture_begin(const struct cli *c)
{
	struct buffer head;

	if (strcmp(c->request.file, "-") == 0 && (c->is_screen_out || c->json))
		return print_failure(EXIT_USAGE, "capture --write -",
			c->json ? "stdout has JSON" : "stdout is a terminal",
			"give a file, or a pipe: qanat capture | wireshark -k -i -");
	if (is_stdout(c))
		run.file = stdout;
	else if (c->request.file[0] != '\0')
		run.file = open_file(c->request.file);
	else
		return EXIT_DONE;
	if (run.file == NULL)
		return fail_file(c);
	buffer_init(&head, REPLY_OTHER_MAX);
	capture_pcap_head(&head);
	return put(&head) ? EXIT_DONE : fail_file(c);
}

/* 12:01:02.345678, of the day here. */
static const char *clock_text(int64_t unix_us)
{
	time_t s = (time_t)(unix_us / 1000000);
	struct tm t;

	localtime_r(&s, &t);
	return print_format("%02d:%02d:%02d.%06d", t.tm_hour, t.tm_min, t.tm_sec,
		(int)(unix_us % 1000000));
}

static void show_line(const struct captured *packet, const json_t *o)
{
	const json_t *messages = json_object_get(o, "messages"), *m;
	size_t i;

	printf("%s %-3s %s %s > %s", clock_text(packet->unix_us),
		print_text(o, "direction"), print_text(o, "interface"),
		print_text(o, "from"), print_text(o, "to"));
	json_array_foreach(messages, i, m)
	{
		printf("%s %s %s", i > 0 ? "," : "", print_text(m, "kind"),
			print_number(json_object_get(m, "bytes")));
		if (json_is_string(json_object_get(m, "carries")))
			printf(" (%s)", print_text(m, "carries"));
	}
	if (json_array_size(messages) == 0)
		printf(" handshake %zu", packet->body.len);
	putchar('\n');
}

/* On stdout: one JSON object, or one line. */
static void show(const struct cli *c, const struct captured *packet)
{
	struct buffer json;
	json_t *o;

	buffer_init(&json, REPLY_JSON_MAX);
	capture_json(&json, packet);
	if (c->json) {
		fwrite(json.data, 1, json.len, stdout);
		putchar('\n');
	} else {
		o = json_loadb((const char *)json.data, json.len, 0, NULL);
		show_line(packet, o);
		json_decref(o);
	}
	fflush(stdout);
	buffer_fini(&json);
}

bool capture_packet(const struct cli *c, struct bytes bytes)
{
	struct captured packet;
	struct buffer b;

	if (!capture_parse(&packet, bytes)) {
		print_failure(EXIT_FAILED, "capture",
			"the packet is not in the form of this version",
			"install the same version of qanat and qanatd, then restart "
			"qanatd");
		return false;
	}
	run.lost = packet.lost;
	if (packet.body.len == 0)
		return true;
	run.packets++;
	if (c->json || run.file == NULL)
		show(c, &packet);
	if (run.file == NULL)
		return true;
	buffer_init(&b, REPLY_OTHER_MAX);
	capture_pcap(&b, &packet);
	if (put(&b))
		return true;
	(void)fail_file(c);
	return false;
}

int capture_end(const struct cli *c, int code)
{
	/* that is how a capture ends */
	if (code == EXIT_INTERRUPTED)
		code = EXIT_DONE;
	if (run.file != NULL && run.file != stdout && fclose(run.file) != 0 &&
		code == EXIT_DONE)
		code = fail_file(c);
	if (!c->quiet && (code == EXIT_DONE || run.packets > 0))
		fprintf(stderr, "%llu packets, %llu lost\n",
			(unsigned long long)run.packets, (unsigned long long)run.lost);
	return code;
}
