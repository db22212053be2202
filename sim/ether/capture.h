/* SPDX-License-Identifier: ISC */
/* The air as a classic pcap file: one record for each try, when it starts. Ethernet, or frames
 * of 802.11 with radiotap in front. */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/instant.h"
#include "node/base/text.h"

struct capture;

enum capture_kind { CAPTURE_ETHERNET, CAPTURE_RADIOTAP };

/* NULL says why. */
must_use struct capture *capture_open(
	const char *path, enum capture_kind kind, struct text *why);
void capture_close(struct capture *c);
/* `at` counts from capture_open. */
void capture_write(struct capture *c, struct instant at, struct bytes frame);
/* Brings everything to the file; false once it cannot be written any more. */
must_use bool capture_flush(struct capture *c);
