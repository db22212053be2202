/* SPDX-License-Identifier: ISC */
/*
 * How each command shows the node's answer to people. One row a command; the functions stand
 * in cmd_*.c by theme. An answer that lacks a field shows "-" there, whatever its type.
 */
#pragma once

#include "tools/cli/print.h"

struct cmd {
	/* Prints the answer; returns the exit code. NULL: nothing to show. */
	int (*show)(const struct cli *c, const json_t *answer);
	/* One progress record; NULL: none are asked for. */
	void (*progress)(const struct cli *c, const json_t *report);
	/* Progress is shown by a bar only, so it is asked for only on a terminal. */
	bool progress_is_bar;
};

extern const struct cmd cmds[COMMANDS];

int cmd_status(const struct cli *c, const json_t *answer);
int cmd_neighbours(const struct cli *c, const json_t *answer);
int cmd_routes(const struct cli *c, const json_t *answer);
int cmd_watch(const struct cli *c, const json_t *answer);
/* capture: where its packets go. Begin returns 0, or the exit code of what was said to be
 * wrong; end turns what the run would end with into how it ends. */
int capture_begin(const struct cli *c);
/* False: they cannot be written any more, and it was said. */
must_use bool capture_packet(const struct cli *c, struct bytes packet);
int capture_end(const struct cli *c, int code);

int cmd_rules(const struct cli *c, const json_t *answer);

int cmd_radios(const struct cli *c, const json_t *answer);
int cmd_up(const struct cli *c, const json_t *answer);
/* Nothing was said of what is to carry the mesh: people are asked, scripts are not. The request
 * is filled in; false: people want nothing. */
must_use bool up_question(struct cli *c, const json_t *radios);
/* Starts or ends the service of the system's or this user's manager, if there is one. */
must_use bool up_service(bool start);

int cmd_name(const struct cli *c, const json_t *answer);

int cmd_map(const struct cli *c, const json_t *answer);

int cmd_ping(const struct cli *c, const json_t *answer);
void cmd_ping_progress(const struct cli *c, const json_t *report);
int cmd_trace(const struct cli *c, const json_t *answer);
int cmd_speed(const struct cli *c, const json_t *answer);
void cmd_speed_progress(const struct cli *c, const json_t *report);

int cmd_invite(const struct cli *c, const json_t *answer);
int cmd_join(const struct cli *c, const json_t *answer);
int cmd_folders(const struct cli *c, const json_t *answer);
int cmd_members(const struct cli *c, const json_t *answer);
int cmd_conflicts(const struct cli *c, const json_t *answer);
int cmd_wait(const struct cli *c, const json_t *answer);
void cmd_wait_progress(const struct cli *c, const json_t *report);
int cmd_done(const struct cli *c, const json_t *answer);

int cmd_mesh(const struct cli *c, const json_t *answer);
int cmd_mesh_token(const struct cli *c, const json_t *answer);
int cmd_mesh_members(const struct cli *c, const json_t *answer);
int cmd_mesh_done(const struct cli *c, const json_t *answer);

/* 0..1, or below 0 when not known. */
double cmd_fraction(const json_t *bytes, const json_t *need_bytes);
/* 8 when a health line of the answer to status is a warning or an error, else 0. */
int cmd_status_check(const json_t *answer);
