#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 60
#
# What the graph of 1,000 and of 10,000 routers costs beside a plain Dijkstra: one JSON
# object a line.

set -u
cd "$(dirname "$0")/../.." || exit 1
exec "${BUILD:-build}/bench/routing_graph"
