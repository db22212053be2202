#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 150
#
# A folder of 2,000 files and one of 20 MB reaches all nodes of a bad line, once over each hop.
#
#     n0 --- n1 --- n2 --- n3 --- n4        10 % loss a try, 0 retries of the radio
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
. tests/netns/lib.sh
holds "2,000 files and 20 MB are alike on all nodes of a line at 10 % loss without retries" \
	payload_cross 110 --topology line --nodes 5 --loss 10% --retries 0
[ $bad = 0 ] || exit
payload_note
# What each node put on the air, lost and collided frames included; 10 % loss alone makes it 1.11.
mapfile -t raw < <(jq ".nodes[].bytes * 100 / $payload | floor" "$work/air.json")
holds "no node sent more than 1.6 times the payload, counting what the radio lost" test "$(most "${raw[@]}")" -le 160
holds "no relay carried the payload more than 1.3 times, not counting what the radio lost" test "$(most "${carried[@]:1}")" -le 130
