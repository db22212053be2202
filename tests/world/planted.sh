#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 600
#
# Faults that are planted into the node are found by random worlds; the rest of the patches
# still fit (all are tried by `make planted`).

cd "$(dirname "$0")/../.." && exec tests/planted/run --quick
