/* SPDX-License-Identifier: ISC */
/* The other end of the control socket, for scripts: one command, one answer. */
#pragma once

/* Sends the words as one line and prints the answer. Exit status: 0, or 1 when the
 * ether is not there or answers with an error, which goes to stderr. */
int tell(const char *socket_path, int count, char **words);
