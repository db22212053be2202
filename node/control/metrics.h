/* SPDX-License-Identifier: ISC */
/* The node's figures in the Prometheus text format (exposition format 0.0.4). */
#pragma once

#include "node/control/folders.h"
#include "node/control/status.h"

/* Appends all samples; what is not known is left out. */
void metrics_write(struct buffer *out, const struct shown_status *s,
	const struct shown_folder *folders, size_t folder_count);
