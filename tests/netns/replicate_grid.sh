#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 150
#
# A folder of 2,000 files and one of 20 MB reaches all nodes of a grid; no hop carries it twice.
#
#     n0 --- n1 --- n2
#     |      |      |
#     n3 --- n4 --- n5        5 % loss a try
#     |      |      |
#     n6 --- n7 --- n8
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
. tests/netns/lib.sh
holds "2,000 files and 20 MB are alike on all nodes of a 3x3 grid at 5 % loss" \
	payload_cross 110 --topology grid --nodes 9
[ $bad = 0 ] || exit
payload_note
all_hops=$(jq "[.nodes[].bytes] | add * 100 / ($payload * 8) | floor" "$work/air.json")
holds "a hop of the spanning tree carried the payload 1.3 times at most, on average" test "$all_hops" -le 130
