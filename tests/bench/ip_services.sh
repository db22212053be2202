#!/bin/bash
# SPDX-License-Identifier: ISC
#
# IP over the mesh beside yggdrasil and beside plain forwarding by the kernel, on the same
# radio in the same run: TCP goodput, echoes beside it, and what arrives of UDP that is sent
# faster than the way carries. One JSON object.
#
#     n0 --- ... --- nH        HOPS hops, LOSS % a try, RETRIES retries of the radio, 20 Mbit/s
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
. tests/bench/lib.sh
seconds=${SECONDS_EACH:-12} hops=${HOPS:-4}
[ "$(id -u)" = 0 ] || skip "ip" "needs root"
peers=$(tests/bench/peers yggdrasil) || peers=
up_in_namespaces "ip" --tun --topology line --nodes $((hops + 1)) --loss "${LOSS:-10}%" --retries "${RETRIES:-4}"
last=n$hops

# Bit/s of 1,200-byte datagrams that arrive of 8 Mbit/s.
udp_bps() { # ADDRESS
	local server
	in_node "$last" iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	mesh_until 10 listens "$last"
	in_node n0 timeout $((seconds + 40)) iperf3 -u -b 8M -l 1200 -c "$1" -t "$seconds" --json 2>/dev/null |
		jq '.end.sum | (.packets - .lost_packets) * 1200 * 8 / .seconds | floor' 2>/dev/null || echo 0
	wait $server 2>/dev/null
}

# Bit/s of TCP to an address, the median and 99th percentile of echoes beside it, ms, and UDP.
measure() { # ADDRESS
	local server
	in_node "$last" iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	mesh_until 10 listens "$last"
	in_node n0 timeout $((seconds + 40)) iperf3 -c "$1" -t "$seconds" --json >"$work/tcp" 2>/dev/null &
	in_node n0 ping -c $((seconds * 10 - 30)) -i 0.1 -w $((seconds + 2)) "$1" 2>/dev/null |
		sed -n 's/.*seq=\([0-9]*\) .*time=\([0-9.]*\).*/\1 \2/p' | awk '$1 > 20 { print $2 }' | sort -n >"$work/echoes"
	wait $! "$(jobs -p | tail -n 1)" 2>/dev/null
	wait $server 2>/dev/null
	jq -c --argjson echoes "$(jq -cs . "$work/echoes")" --argjson udp "$(udp_bps "$1")" '{bps: (.end.sum_received.bits_per_second // 0 | floor), udp_bps: $udp,
		echo_ms: {p50: $echoes[length / 2 | floor], p99: ($echoes | .[length * 99 / 100 | floor]), count: ($echoes | length)}}' "$work/tcp"
}

ygg_up() {
	local node
	for node in "${nodes[@]}"; do
		"$peers/usr/sbin/yggdrasil" -genconf -json | jq '.AdminListen = "none" | .IfName = "ygg0" | .Peers = [] |
			.MulticastInterfaces = [{Regex: "qan0", Beacon: true, Listen: true, Port: 0}]' >"$work/$node.ygg"
		in_node "$node" "$peers/usr/sbin/yggdrasil" -useconffile "$work/$node.ygg" >"$work/$node.ygg.log" 2>&1 &
		ygg_pids+=($!)
	done
}
ygg_address() { in_node "$1" ip -6 -j addr show dev ygg0 | jq -r '.[0].addr_info[] | select(.scope == "global") | .local' | head -n 1; }
ygg_reaches() { in_node n0 ping -6 -c 1 -w 1 "$(ygg_address "$last")" >/dev/null 2>&1; }

to=$(q_json "$last" status | jq -r .node.address)
q "$last" --quiet allow n0 5201/tcp >/dev/null
q "$last" --quiet allow n0 5201/udp >/dev/null
qanat=$(measure "$to")
for node in "${nodes[@]}"; do mesh_kill "$mesh" "$node"; done
ygg=null ygg_pids=()
if [ -n "$peers" ]; then
	ygg_up
	mesh_until 30 ygg_reaches && ygg=$(measure "$(ygg_address "$last")")
	kill "${ygg_pids[@]}"
	wait "${ygg_pids[@]}" 2>/dev/null
fi
static_routes
kernel=$(measure "10.9.0.$((hops + 1))")
jq -nc --argjson qanat "$qanat" --argjson ygg "$ygg" --argjson kernel "$kernel" --argjson hops "$hops" \
	--arg loss "${LOSS:-10} %" --argjson retries "${RETRIES:-4}" '{bench: "ip", hops: $hops, loss: $loss, retries: $retries,
	qanat: $qanat, yggdrasil: $ygg, kernel: $kernel,
	over_yggdrasil: (if $ygg != null and $ygg.bps > 0 then $qanat.bps / $ygg.bps * 100 | round / 100 else null end),
	udp_over_yggdrasil: (if $ygg != null and $ygg.udp_bps > 0 then $qanat.udp_bps / $ygg.udp_bps * 100 | round / 100 else null end),
	over_kernel: (if $kernel.bps > 0 then $qanat.bps / $kernel.bps * 100 | round / 100 else null end)}'
