/* SPDX-License-Identifier: ISC */
#include "sim/ether/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef QANAT_VERSION
#define QANAT_VERSION "0.1.0"
#endif

static const char help[] =
	"usage: qanat-ether --topology FILE [OPTION]...\n"
	"       qanat-ether --tell SOCKET COMMAND [WORD]...\n"
	"A simulated radio: one shared half-duplex channel between the nodes of a "
	"topology.\n"
	"\n"
	"  --topology FILE      nodes, links, parameters, events, mobility; - reads "
	"stdin\n"
	"  --set KEY=VALUE      a parameter, after the file: loss=5%, retries=0, "
	"unicast=20M\n"
	"  --socket PATH        nodes attach here (Unix, SOCK_SEQPACKET), no privilege "
	"needed\n"
	"  --tap NAME=NODE      attaches NODE by the TAP device NAME, made if it is not "
	"there\n"
	"  --tap-fd FD=NODE     attaches NODE by an inherited TAP descriptor\n"
	"  --packet IFACE=NODE  attaches NODE by an interface, such as a veth end\n"
	"  --hwsim RADIO=NODE   attaches NODE by a radio of mac80211_hwsim: phyN, or its "
	"address\n"
	"  --hwsim-all          all of them, in their order, one for each node\n"
	"  --control SOCKET     commands: cut, join, set, move, counters, topology, ...\n"
	"  --pcap FILE          the air as a capture, one record for each try\n"
	"  --seed N             the same luck again; else drawn, and printed\n"
	"  --ready-fd FD        gets the line \"ready\" when all is up, then is closed\n"
	"  --paused             time stands still until it is told to resume\n"
	"  --quiet              no word of nodes that come and go\n"
	"  --tell SOCKET        gives a running ether a command, prints its answer; try "
	"help\n"
	"  --help, --version\n";

enum {
	OPT_TOPOLOGY = 256,
	OPT_SET,
	OPT_SOCKET,
	OPT_TAP,
	OPT_TAP_FD,
	OPT_PACKET,
	OPT_HWSIM,
	OPT_HWSIM_ALL,
	OPT_CONTROL,
	OPT_PCAP,
	OPT_SEED,
	OPT_READY_FD,
	OPT_TELL,
	OPT_QUIET,
	OPT_PAUSED,
	OPT_HELP,
	OPT_VERSION
};

static const struct option long_options[] = {
	{ "topology", required_argument, NULL, OPT_TOPOLOGY },
	{ "set", required_argument, NULL, OPT_SET },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "tap", required_argument, NULL, OPT_TAP },
	{ "tap-fd", required_argument, NULL, OPT_TAP_FD },
	{ "packet", required_argument, NULL, OPT_PACKET },
	{ "hwsim", required_argument, NULL, OPT_HWSIM },
	{ "hwsim-all", no_argument, NULL, OPT_HWSIM_ALL },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "pcap", required_argument, NULL, OPT_PCAP },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "ready-fd", required_argument, NULL, OPT_READY_FD },
	{ "tell", required_argument, NULL, OPT_TELL },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "paused", no_argument, NULL, OPT_PAUSED },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static bool complain(const char *what, const char *word)
{
	fprintf(stderr, "qanat-ether: %s: %s; see qanat-ether --help\n", what, word);
	return false;
}

/* Cuts "left=right" in two. */
static bool split(char *word, const char **left, const char **right)
{
	char *equals = strchr(word, '=');

	if (!equals || equals == word || equals[1] == '\0')
		return complain("not of the form A=B", word);
	*equals = '\0';
	*left = word;
	*right = equals + 1;
	return true;
}

static bool attach_add(struct options *o, enum attach_kind kind, char *word)
{
	struct attach_option *a = &o->attach[o->attach_count];

	if (o->attach_count == OPTIONS_ATTACH_MAX)
		return complain("too many attachments", word);
	o->attach_count++;
	a->kind = kind;
	return split(word, &a->what, &a->node);
}

static bool set_add(struct options *o, char *word)
{
	struct set_option *s = &o->set[o->set_count];

	if (o->set_count == OPTIONS_SET_MAX)
		return complain("too many --set", word);
	o->set_count++;
	return split(word, &s->key, &s->value);
}

static bool number(const char *word, uint64_t most, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(word, &end, 10);
	if (errno || word[0] < '0' || word[0] > '9' || *end || *out > most)
		return complain("not a number that fits", word);
	return true;
}

static bool take(struct options *o, int option, char *word)
{
	uint64_t n;

	switch (option) {
	case OPT_TOPOLOGY:
		o->topology = word;
		return true;
	case OPT_SET:
		return set_add(o, word);
	case OPT_SOCKET:
		o->socket = word;
		return true;
	case OPT_TAP:
		return attach_add(o, ATTACH_TAP, word);
	case OPT_TAP_FD:
		return attach_add(o, ATTACH_TAP_FD, word);
	case OPT_PACKET:
		return attach_add(o, ATTACH_PACKET, word);
	case OPT_HWSIM:
		o->hwsim = true;
		return attach_add(o, ATTACH_RADIO, word);
	case OPT_HWSIM_ALL:
		o->hwsim = o->hwsim_all = true;
		return true;
	case OPT_CONTROL:
		o->control = word;
		return true;
	case OPT_PCAP:
		o->pcap = word;
		return true;
	case OPT_SEED:
		o->seed_given = true;
		return number(word, UINT64_MAX, &o->seed);
	case OPT_READY_FD:
		if (!number(word, INT_MAX, &n))
			return false;
		o->ready_fd = (int)n;
		return true;
	case OPT_TELL:
		o->tell = word;
		return true;
	case OPT_QUIET:
		o->quiet = true;
		return true;
	case OPT_PAUSED:
		o->paused = true;
		return true;
	default:
		/* getopt_long said what is wrong */
		return false;
	}
}

/* Frames of 802.11 and of Ethernet do not mix, and each radio is named in one way. */
static bool attachments_fit(const struct options *o)
{
	bool others = o->socket || (o->hwsim_all && o->attach_count > 0);

	for (unsigned i = 0; i < o->attach_count; i++)
		others |= o->attach[i].kind != ATTACH_RADIO;
	return !o->hwsim || !others ||
	       complain("radios stand alone",
		       "--hwsim or --hwsim-all, without --tap, --packet and --socket");
}

enum options_outcome options_parse(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .ready_fd = -1 };
	while ((option = getopt_long(argc, argv, "+h", long_options, NULL)) != -1) {
		if (option == OPT_HELP || option == 'h') {
			fputs(help, stdout);
			return OPTIONS_STOP;
		}
		if (option == OPT_VERSION) {
			puts("qanat-ether " QANAT_VERSION);
			return OPTIONS_STOP;
		}
		if (!take(o, option, optarg))
			return OPTIONS_USAGE;
	}
	o->words = argv + optind;
	o->word_count = argc - optind;
	if (o->tell && o->word_count > 0)
		return OPTIONS_TELL;
	if (o->tell) {
		complain("nothing to tell", o->tell);
		return OPTIONS_USAGE;
	}
	if (optind < argc) {
		complain("not an option", argv[optind]);
		return OPTIONS_USAGE;
	}
	if (!o->topology) {
		complain("nothing to simulate", "--topology FILE is missing");
		return OPTIONS_USAGE;
	}
	return attachments_fit(o) ? OPTIONS_RUN : OPTIONS_USAGE;
}
