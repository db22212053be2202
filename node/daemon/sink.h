/* SPDX-License-Identifier: ISC */
/* Where log lines go: stderr, as text or as one JSON object a line. */
#pragma once

#include "node/base/log.h"

struct sink {
	bool json;
};

/* A log over s, which must outlive it. Broken assumptions are said there too. */
struct log sink_open(struct sink *s, enum log_level level);
