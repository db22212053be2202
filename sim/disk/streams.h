/* SPDX-License-Identifier: ISC */
/* Directory streams over a simulated disk: the names as they are when it is begun. */
#pragma once

#include <dirent.h>

#include "sim/disk/calls.h"

struct stream;

/* The stream owns fd. */
must_use int stream_open(struct sim_disk *d, int fd, struct stream **out);
/* NULL: none of ours. */
struct stream *stream_of(const void *dir);
struct dirent *stream_read(struct stream *s);
void stream_rewind(struct stream *s);
/* Frees it and gives its descriptor back. */
int stream_close(struct stream *s);
