/* SPDX-License-Identifier: ISC */
/* status, neighbours, routes, watch. */
#include "tools/cli/cmd.h"

#include <string.h>

static const char *paint(const struct cli *c, const char *colour, const char *text)
{
	return c->colour ? print_format("\x1b[%sm%s\x1b[0m", colour, text) : text;
}

static const char *severity_colour(const char *severity)
{
	if (strcmp(severity, "error") == 0)
		return "31";
	return strcmp(severity, "warning") == 0 ? "33" : "32";
}

int cmd_status_check(const json_t *answer)
{
	const json_t *line;
	size_t i;

	for (i = 0; (line = json_array_get(json_object_get(answer, "health"), i)) != NULL;
		i++) {
		const char *severity =
			json_string_value(json_object_get(line, "severity"));

		if (severity == NULL || strcmp(severity, "info") != 0)
			return EXIT_DEGRADED;
	}
	return EXIT_DONE;
}

static void show_interfaces(const json_t *interfaces)
{
	const json_t *line;
	size_t i;

	for (i = 0; (line = json_array_get(interfaces, i)) != NULL; i++)
		printf("%-12s%s, %s, %s\n", i == 0 ? "interfaces" : "",
			print_text(line, "name"), print_text(line, "type"),
			json_is_true(json_object_get(line, "up")) ? "up" : "down");
	if (json_array_size(interfaces) == 0)
		puts("interfaces  none");
}

/* Nothing where there are none: most nodes have radios only. */
static void show_peers(const json_t *peers)
{
	const json_t *line;
	size_t i;

	for (i = 0; (line = json_array_get(peers, i)) != NULL; i++) {
		bool named = json_is_string(json_object_get(line, "peer"));
		bool troubled = json_is_string(json_object_get(line, "trouble"));

		printf("%-12s%s, %s over %s%s%s\n", i == 0 ? "peers" : "",
			print_text(line, named ? "peer" : "address"),
			print_text(line, "state"), print_text(line, "transport"),
			troubled ? ": " : "",
			troubled ? print_text(line, "trouble") : "");
	}
}

static void show_health(const struct cli *c, const json_t *health)
{
	const json_t *line;
	size_t i;

	for (i = 0; (line = json_array_get(health, i)) != NULL; i++) {
		const char *severity = print_text(line, "severity");

		printf("%-12s%s: %s\n", i == 0 ? "health" : "",
			paint(c, severity_colour(severity), severity),
			print_text(line, "text"));
		if (json_is_string(json_object_get(line, "fix")))
			printf("%-12s  %s\n", "", print_text(line, "fix"));
	}
	if (json_array_size(health) == 0)
		printf("health      %s\n", paint(c, "32", "good"));
}

static void show_ip(const json_t *ip)
{
	if (json_is_string(json_object_get(ip, "interface")))
		printf("ip          %s, mtu %s\n", print_text(ip, "interface"),
			print_number(json_object_get(ip, "mtu")));
}

/* "ipv6, ipv4" of what is there under these words. */
static void print_families(const char *before, bool ipv6, bool ipv4)
{
	printf("%s%s%s%s", before, ipv6 ? "ipv6" : "", ipv6 && ipv4 ? ", " : "",
		ipv4 ? "ipv4" : "");
}

static void show_gateway(const json_t *gateway)
{
	const json_t *uses = json_object_get(gateway, "uses");
	const json_t *ipv6 = json_object_get(uses, "ipv6"),
		     *ipv4 = json_object_get(uses, "ipv4"), *family;
	bool offers6 = false, offers4 = false;
	size_t i;

	json_array_foreach(json_object_get(gateway, "offers"), i, family)
	{
		const char *name = json_string_value(family);

		offers6 |= name != NULL && strcmp(name, "ipv6") == 0;
		offers4 |= name != NULL && strcmp(name, "ipv4") == 0;
	}
	if (offers6 || offers4) {
		print_families("gateway     for others: ", offers6, offers4);
		puts("");
	}
	if (json_is_string(ipv6))
		printf("gateway     %s for ipv6\n", print_text(uses, "ipv6"));
	if (json_is_string(ipv4))
		printf("gateway     %s for ipv4\n", print_text(uses, "ipv4"));
}

int cmd_status(const struct cli *c, const json_t *answer)
{
	const json_t *node = json_object_get(answer, "node");

	printf("node        %s\n", print_name(node, "id", "name"));
	printf("id          %s\n", print_text(node, "id"));
	printf("address     %s\n", print_text(node, "address"));
	printf("version     %s, up %s\n", print_text(node, "version"),
		print_age(json_object_get(node, "uptime_s")));
	show_ip(json_object_get(answer, "ip"));
	show_gateway(json_object_get(answer, "gateway"));
	printf("neighbours  %s\n", print_number(json_object_get(answer, "neighbours")));
	printf("nodes       %s reachable\n",
		print_number(json_object_get(answer, "nodes")));
	printf("folders     %s\n", print_number(json_object_get(answer, "folders")));
	show_interfaces(json_object_get(answer, "interfaces"));
	show_peers(json_object_get(answer, "peers"));
	show_health(c, json_object_get(answer, "health"));
	return EXIT_DONE;
}

static const char *link_text(const json_t *neighbour)
{
	if (json_is_true(json_object_get(neighbour, "suspect")))
		return "suspect";
	if (!json_is_true(json_object_get(neighbour, "symmetric")))
		return "one way";
	return json_is_true(json_object_get(neighbour, "saving")) ? "saves power"
								  : "both ways";
}

/* Who passes on for whom (RFC 7181): it for us, we for it. */
static const char *mpr_text(const json_t *neighbour)
{
	bool mpr = json_is_true(json_object_get(neighbour, "mpr"));
	bool selector = json_is_true(json_object_get(neighbour, "mpr_selector"));

	if (mpr && selector)
		return "both";
	return mpr ? "it" : selector ? "we" : "-";
}

/* Whether a radio says anything of one of them. */
static bool has_air(const json_t *neighbours)
{
	const json_t *n;

	for (size_t i = 0; (n = json_array_get(neighbours, i)) != NULL; i++)
		if (json_is_number(json_object_get(n, "signal_dbm")) ||
			json_is_object(json_object_get(n, "overheard")))
			return true;
	return false;
}

int cmd_neighbours(const struct cli *c, const json_t *answer)
{
	enum { AIR = 2 };
	static const char *const heads[] = { "NEIGHBOUR", "INTERFACE", "LINK", ">LOSS IN",
		">LOSS OUT", ">RATE", ">RTT", ">METRIC", "MPR", ">HEARD", "SESSION",
		">DBM", ">AIRTIME" };
	const json_t *all = json_object_get(answer, "neighbours"), *n;
	bool air = has_air(all);
	struct table t;
	size_t i;

	table_init(&t, heads, array_len(heads) - (air ? 0 : AIR));
	for (i = 0; (n = json_array_get(all, i)) != NULL; i++) {
		table_add(&t, print_name(n, "id", "name"));
		table_add(&t, print_text(n, "interface"));
		table_add(&t, link_text(n));
		table_add(&t, print_percent(json_object_get(n, "loss_in")));
		table_add(&t, print_percent(json_object_get(n, "loss_out")));
		table_add(&t, print_rate(json_object_get(n, "rate_bps")));
		table_add(&t, print_ms(json_object_get(n, "rtt_s")));
		table_add(&t, print_number(json_object_get(n, "metric")));
		table_add(&t, mpr_text(n));
		table_add(&t, print_age(json_object_get(n, "last_heard_s")));
		table_add(&t, print_text(n, "session"));
		if (!air)
			continue;
		table_add(&t, print_number(json_object_get(n, "signal_dbm")));
		table_add(&t, print_percent(json_object_get(
				      json_object_get(n, "overheard"), "airtime")));
	}
	if (t.count == 0 && !c->quiet)
		fputs("no neighbours are heard\n", stderr);
	else if (t.count > 0)
		table_print(&t, stdout);
	return EXIT_DONE;
}

/* The links of the chosen way, with what each adds. */
static void show_path(const json_t *path)
{
	static const char *const heads[] = { "BY WAY OF", ">LINK METRIC", ">SUM" };
	struct table t;
	const json_t *step;
	json_int_t sum = 0;
	bool known = true;
	size_t i;

	table_init(&t, heads, array_len(heads));
	json_array_foreach(path, i, step)
	{
		const json_t *metric = json_object_get(step, "metric");

		known = known && json_is_integer(metric);
		sum += json_integer_value(metric);
		table_add(&t, print_name(step, "id", "name"));
		table_add(&t, print_number(metric));
		table_add(&t, known ? print_format("%lld", (long long)sum) : "-");
	}
	if (t.count > 0) {
		putchar('\n');
		table_print(&t, stdout);
	}
}

static void show_candidates(const json_t *candidates)
{
	static const char *const heads[] = { "NEXT HOP", "INTERFACE", ">LINK", ">ONWARD",
		">METRIC", ">HOPS", "VERDICT" };
	struct table t;
	const json_t *row;
	size_t i;

	table_init(&t, heads, array_len(heads));
	json_array_foreach(candidates, i, row)
	{
		const json_t *next = json_object_get(row, "next_hop");

		table_add(&t, print_name(next, "id", "name"));
		table_add(&t, print_text(next, "interface"));
		table_add(&t, print_number(json_object_get(row, "link_metric")));
		table_add(&t, print_number(json_object_get(row, "onward_metric")));
		table_add(&t, print_number(json_object_get(row, "metric")));
		table_add(&t, print_number(json_object_get(row, "hops")));
		table_add(&t, print_text(row, "text"));
	}
	if (t.count > 0) {
		putchar('\n');
		table_print(&t, stdout);
	}
}

static void show_why(const json_t *why)
{
	show_path(json_object_get(why, "path"));
	show_candidates(json_object_get(why, "candidates"));
}

int cmd_routes(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { "NODE", "ADDRESS", ">HOPS", ">METRIC",
		"NEXT HOP", "INTERFACE", ">AGE" };
	const json_t *routes = json_object_get(answer, "routes");
	struct table t;
	const json_t *r;
	size_t i;

	table_init(&t, heads, array_len(heads));
	for (i = 0; (r = json_array_get(routes, i)) != NULL; i++) {
		const json_t *next = json_object_get(r, "next_hop");

		table_add(&t, print_name(r, "id", "name"));
		table_add(&t, print_text(r, "address"));
		table_add(&t, print_number(json_object_get(r, "hops")));
		table_add(&t, print_number(json_object_get(r, "metric")));
		table_add(&t, print_name(next, "id", "name"));
		table_add(&t, print_text(next, "interface"));
		table_add(&t, print_age(json_object_get(r, "age_s")));
	}
	if (t.count == 0 && !c->quiet)
		fputs(c->request.node[0] != '\0' ? "it is not reachable\n"
						 : "no node is reachable\n",
			stderr);
	else if (t.count > 0)
		table_print(&t, stdout);
	show_why(json_object_get(answer, "why"));
	return EXIT_DONE;
}

int cmd_watch(const struct cli *c, const json_t *answer)
{
	(void)c;
	printf("%s  %s", print_text(answer, "time"), print_text(answer, "event"));
	if (json_is_string(json_object_get(answer, "node")))
		printf("  %s", print_name(answer, "node", "name"));
	if (json_is_string(json_object_get(answer, "text")))
		printf("  %s", print_text(answer, "text"));
	putchar('\n');
	fflush(stdout);
	return EXIT_DONE;
}
