/* SPDX-License-Identifier: ISC */
/* ping, trace, speed. */
#include "tools/cli/cmd.h"

void cmd_ping_progress(const struct cli *c, const json_t *report)
{
	const json_t *rtt = json_object_get(report, "rtt_s");

	if (c->quiet)
		return;
	printf("echo %s: ", print_number(json_object_get(report, "number")));
	if (json_is_number(rtt))
		printf("%s, hops %s\n", print_ms(rtt),
			print_number(json_object_get(report, "hops")));
	else
		puts("lost");
	fflush(stdout);
}

int cmd_ping(const struct cli *c, const json_t *answer)
{
	const json_t *rtt = json_object_get(answer, "rtt_s");
	json_int_t sent = json_integer_value(json_object_get(answer, "sent"));
	json_int_t received = json_integer_value(json_object_get(answer, "received"));

	(void)c;
	printf("%s (%s): %lld sent, %lld came back, %.0f %% lost",
		print_name(answer, "node", "name"), print_text(answer, "address"),
		(long long)sent, (long long)received,
		sent > 0 ? 100.0 * (double)(sent - received) / (double)sent : 0.0);
	if (received > 0)
		printf("; min %s, avg %s, max %s; hops %s",
			print_ms(json_object_get(rtt, "min")),
			print_ms(json_object_get(rtt, "avg")),
			print_ms(json_object_get(rtt, "max")),
			print_number(json_object_get(answer, "hops")));
	putchar('\n');
	return EXIT_DONE;
}

int cmd_trace(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { ">HOP", "NODE", "ID", ">RTT" };
	struct table t;
	const json_t *hop;
	size_t i;

	(void)c;
	table_init(&t, heads, array_len(heads));
	for (i = 0; (hop = json_array_get(json_object_get(answer, "hops"), i)) != NULL;
		i++) {
		table_add(&t, print_format("%zu", i + 1));
		table_add(&t, print_name(hop, "id", "name"));
		table_add(&t, print_format("%.16s", print_text(hop, "id")));
		table_add(&t, print_ms(json_object_get(hop, "rtt_s")));
	}
	table_print(&t, stdout);
	return EXIT_DONE;
}

void cmd_speed_progress(const struct cli *c, const json_t *report)
{
	double asked = json_number_value(json_object_get(report, "asked_s"));
	double lasted = json_number_value(json_object_get(report, "seconds"));
	double fraction = asked > 0 ? lasted / asked : -1;

	bar_show(c, fraction > 1 ? 1 : fraction,
		print_format("%s  %s", print_bytes(json_object_get(report, "bytes")),
			print_rate(json_object_get(report, "goodput_bps"))));
}

int cmd_speed(const struct cli *c, const json_t *answer)
{
	const json_t *age = json_object_get(answer, "age_s");

	(void)c;
	printf("%s: %s, %s in %s; age p50 %s, p95 %s\n",
		print_name(answer, "node", "name"),
		print_rate(json_object_get(answer, "goodput_bps")),
		print_bytes(json_object_get(answer, "bytes")),
		print_age(json_object_get(answer, "seconds")),
		print_ms(json_object_get(age, "p50")),
		print_ms(json_object_get(age, "p95")));
	return EXIT_DONE;
}
