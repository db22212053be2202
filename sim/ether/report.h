/* SPDX-License-Identifier: ISC */
/* The ether as text: counters for people and programs, the topology as a scenario. */
#pragma once

#include <stdio.h>

#include "sim/ether/ether.h"

/* One line a node: NAME attached 1 frames 12 ... */
void report_counters(FILE *out, const struct ether *e);
/* One line of JSON: {"schema":"qanat-ether.counters/1", ...} */
void report_counters_json(FILE *out, const struct ether *e);
/* Parameters, nodes and links that are up, in the format of topology files. */
void report_topology(FILE *out, struct ether *e);
