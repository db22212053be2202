/* SPDX-License-Identifier: ISC */
/* The command line of qanat-ether. */
#pragma once

#include "node/base/check.h"

enum options_outcome { OPTIONS_RUN, OPTIONS_TELL, OPTIONS_STOP, OPTIONS_USAGE };

enum { OPTIONS_ATTACH_MAX = 1024, OPTIONS_SET_MAX = 64 };

enum attach_kind { ATTACH_TAP, ATTACH_TAP_FD, ATTACH_PACKET, ATTACH_RADIO };

struct attach_option {
	enum attach_kind kind;
	const char *what; /* NAME, FD, IFACE or RADIO: what stands before = */
	const char *node;
};

struct set_option {
	const char *key, *value;
};

/* All strings are parts of argv. */
struct options {
	const char *topology, *control, *pcap, *socket;
	const char *tell; /* control socket of another ether */
	char **words;     /* what to tell it */
	int word_count;
	bool seed_given;
	uint64_t seed;
	int ready_fd; /* -1: none */
	bool quiet, paused;
	bool hwsim;     /* nodes are real radios: those of attach */
	bool hwsim_all; /* or all that are here, in their order */
	struct attach_option attach[OPTIONS_ATTACH_MAX];
	unsigned attach_count;
	struct set_option set[OPTIONS_SET_MAX];
	unsigned set_count;
};

/* Splits the NAME=VALUE words of argv in place. OPTIONS_STOP: --help or --version was
 * answered; OPTIONS_USAGE: what is wrong was said on stderr. */
enum options_outcome options_parse(struct options *o, int argc, char **argv);
