/* SPDX-License-Identifier: ISC */
/* SQLite's files on the simulated disk that is entered. */
#pragma once

/* SQLite opens its files here from now on, and draws its random numbers anew from the
 * disk that is entered; undone by vfs_leave. */
void vfs_enter(void);
void vfs_leave(void);
