#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 150
#
# Ordinary programs work between nodes over four bad hops: ping, TCP, UDP and HTTP through
# the IP interface, for whoever is allowed.
#
#     n0 --- n1 --- n2 --- n3 --- n4        10 % loss a try, 4 retries of the radio
#
# shellcheck disable=SC2016,SC2154
set -u
. "$(dirname "$0")/common.sh"

[ -c /dev/net/tun ] || skip "programs work over four hops" "no /dev/net/tun here"
up_in_namespaces "programs work over four hops" --tun --topology line --nodes 5 --loss 10% --retries 4
in_node() { mesh_exec "$mesh" "$@"; } # NODE COMMAND...
address() { q_json "$1" status | jq -r .node.address; }
to=$(address n4) from=$(address n0)

has_interface() {
	in_node "$1" ip -j addr show dev qanat0 | jq_true '.[0].mtu == 5344 and
		([.[0].addr_info[] | select(.scope == "global") | .local] | length == 1) and
		.[0].addr_info[0].local == $to' --arg to "$(address "$1")"
}
holds "the interface has the node's address" has_interface n4
holds "status names it" jq_true '.ip.interface == "qanat0" and .ip.mtu == 5344' <(q_json n4 status)
pings() { in_node n0 ping -6 -q -c 20 -i 0.05 -w 20 "$to" >"$work/ping" && grep -q ' 20 received' "$work/ping"; }
holds "echoes need no permission" pings
note "$(grep rtt "$work/ping")"

# Four megabytes over HTTP, and nothing before it is allowed.
mkdir -p "$work/www"
head -c 4000000 /dev/urandom >"$work/www/file"
in_node n4 python3 -m http.server --bind :: --directory "$work/www" 8080 >"$work/http.log" 2>&1 &
listens() { in_node n4 ss -6ltn | grep -q ":$1 "; }
mesh_until 10 listens 8080 || { echo "not ok the server starts"; exit 1; }
fetch() { in_node n0 curl -gsS --max-time "$1" -o "$work/got" "http://[$to]:8080/file"; }
refused() { fetch 10 2>"$work/curl"; [ $? = 7 ]; } # 28 would be a timeout
holds "what is not allowed is refused at once" refused
q n4 --quiet allow n0 8080/tcp >/dev/null || { echo "not ok n0 is allowed"; exit 1; }
begun=$(now_us)
holds "HTTP fetches 4 MB when it is allowed" fetch 60
note "in $(seconds_since "$begun") s"
holds "and every byte is right" cmp "$work/got" "$work/www/file"

q n4 --quiet allow n0 5201/tcp 5201/udp >/dev/null
in_node n4 iperf3 -s -1 >"$work/iperf-s" 2>&1 &
mesh_until 10 listens 5201
tcp() { in_node n0 iperf3 -6 -c "$to" -t 5 -J >"$work/tcp" && jq_true '.end.sum_received.bytes > 500000' "$work/tcp"; }
holds "iperf3 runs over TCP" tcp
note "TCP: $(jq '.end.sum_received.bits_per_second / 1000 | floor' "$work/tcp") kbit/s"
in_node n4 iperf3 -s -1 >"$work/iperf-s" 2>&1 &
mesh_until 10 listens 5201
udp() { in_node n0 iperf3 -6 -u -b 1M -l 1000 -c "$to" -t 4 -J >"$work/udp" && jq_true '.end.sum.lost_percent < 5' "$work/udp"; }
holds "iperf3 runs over UDP" udp
note "UDP at 1 Mbit/s: $(jq -c '.end.sum | [.lost_percent, .jitter_ms]' "$work/udp") % lost, ms of jitter"

# A bulk flow does not make the others wait: its own queue is short.
in_node n4 iperf3 -s -1 >"$work/iperf-s" 2>&1 &
mesh_until 10 listens 5201
in_node n0 iperf3 -6 -c "$to" -t 12 >"$work/bulk" 2>&1 &
bulk=$!
moving() { q_json n0 status | jq_true '.counters.ip_bytes_out > 8000000'; }
mesh_until 10 moving
beside() { in_node n0 ping -6 -q -c 40 -i 0.1 -w 12 "$to" >"$work/beside" && grep -qE ' (3[6-9]|40) received' "$work/beside"; }
holds "echoes come back beside it" beside
note "beside bulk: $(grep rtt "$work/beside")"
wait "$bulk"

nobody=fd71::1
unreachable() { ! in_node n0 ping -6 -c 1 -w 3 $nobody >"$work/nobody" 2>&1 && grep -qi unreachable "$work/nobody"; }
holds "who is not there is said to be unreachable" unreachable
[ "$bad" = 0 ] || cat "$work/nobody"
tail -n 3 "$work/iperf-s" >/dev/null
[ -n "$from" ]
