#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 150
#
# A folder of 2,000 files and one of 20 MB reaches all nodes of a grid; no relay carries it twice.
#
#     n0 --- n1 --- n2
#     |      |      |
#     n3 --- n4 --- n5        5 % loss a try
#     |      |      |
#     n6 --- n7 --- n8
#
set -u
. "$(dirname "$0")/common.sh"
. tests/netns/payload.sh
measure "a 3x3 grid at 5 % loss" --topology grid --nodes 9 --loss 5%
