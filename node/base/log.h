/* SPDX-License-Identifier: ISC */
/* The log, handed in as a sink. A line names a thing, a colon, what happened, and why. */
#pragma once

#include <stdarg.h>

#include "node/base/text.h"

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_, LOG_DEBUG_ };

struct log {
	void (*sink)(
		void *context, enum log_level level, const char *line); /* NULL: silent */
	void *context;
	enum log_level level; /* lines above it are not built */
};

/* Joins the strings up to a closing NULL into one line. */
void log_line(const struct log *l, enum log_level level, const char *part, ...)
	__attribute__((sentinel));
