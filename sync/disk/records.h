/* SPDX-License-Identifier: ISC */
/* Durable records of replication, and what published versions mean for the rows. */
#pragma once

#include "sync/disk/folder.h"

void run_load(struct disk *d, struct job *j);
void run_records(struct disk *d, struct job *j);
void run_forget(struct disk *d, struct job *j);
