#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 150
#
# Ordinary programs work between nodes over four bad hops: ping, TCP, UDP, HTTP by name and
# SSH through the IP interface, for whoever is allowed.
#
#     n0 --- n1 --- n2 --- n3 --- n4        10 % loss a try, 4 retries of the radio;
#                                           n0 has a private /etc and runs with --dns
#
# MB (4): megabytes that HTTP fetches
#
# shellcheck disable=SC2016,SC2154
set -u
. "$(dirname "$0")/common.sh"

[ -c /dev/net/tun ] || skip "programs work over four hops" "no /dev/net/tun here"
# before /etc is one without a resolver
tests/bench/peers openssh-server libwrap0 >/dev/null
private_etc "programs work over four hops" $'nameserver 192.0.2.53\noptions timeout:1 attempts:1\n'
up_in_namespaces "programs work over four hops" --tun --topology line --nodes 5 --loss 10% --retries 4
mesh_kill "$mesh" n0
echo --dns >>"$mesh/n0/args"
mesh_start "$mesh" n0 || exit 1
mesh_until 20 reaches n0 n4
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
# A radio gives up a frame now and then.
pings() {
	in_node n0 ping -6 -q -c 20 -i 0.05 -w 20 "$to" >"$work/ping"
	grep -qE ' (18|19|20) received' "$work/ping" || { cat "$work/ping" >&2; return 1; }
}
holds "echoes need no permission" pings
note "$(grep rtt "$work/ping")"

# Megabytes over HTTP, and nothing before it is allowed.
mkdir -p "$work/www"
head -c "${MB:-4}000000" /dev/urandom >"$work/www/file"
in_node n4 python3 -m http.server --bind :: --directory "$work/www" 8080 >"$work/http.log" 2>&1 &
listens() { in_node n4 ss -6ltn | grep -q ":$1 "; }
mesh_until 10 listens 8080 || { echo "not ok the server starts"; exit 1; }
fetch() { in_node n0 curl -gsS --max-time "$1" -o "$work/got" "http://$2:8080/file"; }
refused() { fetch 10 "[$to]" 2>"$work/curl"; [ $? = 7 ]; } # 28 would be a timeout
holds "what is not allowed is refused at once" refused
q n4 --quiet allow n0 8080/tcp >/dev/null || { echo "not ok n0 is allowed"; exit 1; }
begun=$(now_us)
holds "HTTP fetches ${MB:-4} MB by name when it is allowed" fetch $((20 + 10 * ${MB:-4})) n4.qanat
note "in $(seconds_since "$begun") s"
holds "and every byte is right" cmp "$work/got" "$work/www/file"

shell() { in_node n0 timeout 60 "${ssh_client[@]}" root@n4.qanat "$@"; } # COMMAND...
copied() { shell cat '>' "$work/copied" <"$work/www/some" && cmp "$work/copied" "$work/www/some"; }
if ssh_ready; then
	head -c 500000 "$work/www/file" >"$work/www/some"
	in_node n4 "${ssh_server[@]}" >"$work/sshd" 2>&1 &
	mesh_until 10 listens 22
	q n4 --quiet allow n0 22/tcp >/dev/null
	begun=$(now_us)
	holds "SSH brings half a megabyte there, by name" copied
	note "in $(seconds_since "$begun") s"
	[ "$bad" = 0 ] || cat "$work/sshd"
else
	echo "skipped SSH brings half a megabyte there, by name: no OpenSSH server to be had here"
fi

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
