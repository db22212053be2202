/* SPDX-License-Identifier: ISC */
/* The air as a classic pcap file (DLT_EN10MB): one record for each try, when it
 * starts. */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/instant.h"
#include "node/base/text.h"

struct capture;

/* NULL says why. */
must_use struct capture *capture_open(const char *path, struct text *why);
void capture_close(struct capture *c);
/* `at` counts from capture_open. */
void capture_write(struct capture *c, struct instant at, struct bytes frame);
/* Brings everything to the file; false once it cannot be written any more. */
must_use bool capture_flush(struct capture *c);
