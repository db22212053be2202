#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 60
#
# Bulk crosses five hops at 10 % loss although the radio never tries twice: every hop mends
# its own losses. TCP delivers next to nothing there; `make bench` measures it beside this.
#
#     n0 --- n1 --- n2 --- n3 --- n4 --- n5        10 % loss a try, 0 retries
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up --topology line --nodes 6 --loss 10% --retries 0

delivers() {
	q_json n0 speed n5 -t 6 >"$work/speed" || return
	jq_true '.schema == "qanat.speed/1" and .bytes > 0 and .goodput_bps > 500000' "$work/speed"
}
holds "bulk crosses five hops at 10 % loss without retries of the radio" delivers
note "n0 to n5: $(jq -c '[.goodput_bps, .bytes, .seconds, .age_s]' "$work/speed")"
note "airtime: $(air | jq -c '[.nodes[] | .airtime_us]') us"
[ "$bad" = 0 ] || show_logs
