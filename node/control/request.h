/* SPDX-License-Identifier: ISC */
/*
 * What a program asks of the node, over the Unix stream STATE/control.sock. The program
 * sends one request and reads replies (reply.h) until the exit code.
 *
 *   request = "QNC1" count:16 count*{ length:16 string }
 *
 * The first string is the command, each further one FIELD=VALUE with a field that the
 * command takes (command.h), at most once. Numbers are decimal, durations milliseconds,
 * flags "1". At most 64 strings and 64 KiB; no string holds a zero byte.
 */
#pragma once

#include "node/control/command.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	REQUEST_SIZE_MAX = 65536,
	REQUEST_STRINGS_MAX = 64,
};

/* Texts are closed by a zero and empty when not given; the rest has its default then. They
 * are what somebody typed: escape them. */
struct request {
	enum command command;
	char node[128];
	char folder[256];
	char dir[4096]; /* absolute: request_parse refuses others */
	char name[128];
	char invite[4096];
	char services[1024]; /* words, one space between */
	char token[4096];
	char code[32];
	const char *role; /* "reader", "writer", "admin" or "keeper" */
	uint32_t uses;    /* 0: any number */
	uint64_t expires_ms;
	uint32_t count;
	uint64_t interval_ms;
	uint64_t duration_ms;
	uint64_t timeout_ms; /* 0: none */
	bool forget;
	bool remove;
	bool delegate, pair;
	bool why, control;
	char wifi[16], network[33], ssid[33];
	uint32_t mhz;
	bool take;
	bool progress;      /* send REPLY_PROGRESS records too */
	bool check;         /* never sent */
	const char *format; /* never sent */
	char file[4096];    /* never sent */
	char at[128];       /* the node that is to answer; empty: the one that is asked */
};

enum request_verdict {
	REQUEST_WHOLE,
	REQUEST_PARTIAL, /* read on */
	REQUEST_BAD,     /* no request of ours, or too large */
};

/* Whether what has come so far is a whole request; size is then its length in bytes. Never
 * asks for more than REQUEST_SIZE_MAX bytes. */
enum request_verdict request_measure(struct bytes got, size_t *size);

/* 0, -EPROTO: not a request; -ENOSYS: a command this node does not know; -EINVAL: an
 * argument missing, unknown, twice, or out of its bounds. r is valid only for 0. */
must_use int request_parse(struct request *r, struct bytes whole);

/* A request for command with every default. */
void request_init(struct request *r, enum command command);
/* Sets one field as request_parse does; false when the command does not take the field or
 * the value is out of its bounds. */
must_use bool request_set(struct request *r, enum param_field field, struct bytes value);
/* Whether every required field is there; else *missing is set. */
must_use bool request_is_complete(const struct request *r, const struct param **missing);
/* Appends the request; check w->overflow. */
void request_write(struct writer *w, const struct request *r);
