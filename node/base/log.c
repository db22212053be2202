/* SPDX-License-Identifier: ISC */
/* Joins the parts of a line and hands it to the sink. */
#include "node/base/log.h"

void log_line(const struct log *l, enum log_level level, const char *part, ...)
{
	char buffer[512];
	struct text t;
	va_list parts;

	if (l == NULL || l->sink == NULL || level > l->level)
		return;
	t = text_of(buffer, sizeof(buffer));
	va_start(parts, part);
	while (part != NULL) {
		text_string(&t, part);
		part = va_arg(parts, const char *);
	}
	va_end(parts);
	l->sink(l->context, level, buffer);
}
