#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Goodput of one bulk channel over three hops, beside TCP over static routes on the same
# radio in the same run: qanat, then iperf3 with bbr and with cubic. One JSON object.
#
#     n0 --- n1 --- n2 --- n3        10 % loss a try, 0 retries of the radio, 20 Mbit/s
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
. tests/bench/lib.sh
seconds=${SECONDS_EACH:-10}
[ "$(id -u)" = 0 ] || skip "transport" "needs root"
up_in_namespaces "transport" --topology line --nodes 4 --loss "${LOSS:-10}%" --retries "${RETRIES:-0}"

tcp() { # CONGESTION-CONTROL: bit/s
	in_node n3 iperf3 -s -1 >/dev/null 2>&1 &
	local server=$!
	mesh_until 10 listens n3
	in_node n0 timeout $((seconds + 40)) iperf3 -c 10.9.0.4 -C "$1" -t "$seconds" --json >"$work/tcp" 2>/dev/null
	jq '.end.sum_received.bits_per_second // 0 | floor' "$work/tcp" 2>/dev/null || echo 0
	kill $server 2>/dev/null
	wait $server 2>/dev/null
}

static_routes
qanat_bps=$(q_json n0 speed n3 -t "$seconds" | jq '.goodput_bps | floor')
for node in "${nodes[@]}"; do mesh_kill "$mesh" "$node"; done
bbr_bps=$(tcp bbr)
cubic_bps=$(tcp cubic)
jq -nc --argjson qanat "$qanat_bps" --argjson bbr "$bbr_bps" --argjson cubic "$cubic_bps" \
	--arg loss "${LOSS:-10} %" --argjson retries "${RETRIES:-0}" --argjson seconds "$seconds" \
	'{bench: "transport", hops: 3, loss: $loss, retries: $retries, seconds: $seconds,
	qanat_bps: $qanat, tcp_bbr_bps: $bbr, tcp_cubic_bps: $cubic,
	over_bbr: (if $bbr > 0 then $qanat / $bbr * 100 | round / 100 else null end)}'
