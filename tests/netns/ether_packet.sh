#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 90
#
# Two namespaces on veth ends that the simulated radio reads by packet sockets, 10 % loss:
#
#     a ===veth=== [ether] ===veth=== b        TCP with checksums left open by the sender

set -u
cd "$(dirname "$0")/../.." || exit 1
ether=$(realpath "${ETHER:-${BUILD:-build}/qanat-ether}")
id=$$
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-packet.XXXXXX")
sentence="ping and UDP cross veth ends that the simulated radio holds by packet sockets"

# shellcheck disable=SC2317
finish() {
	[ -n "${pid:-}" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	[ -n "${server:-}" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	for n in a b m; do ip netns del "qp$id$n" 2>/dev/null; done
	rm -rf "$work"
}
trap finish EXIT

skip() { echo "skipped $sentence: $1"; exit 0; }
fail() { echo "not ok $sentence"; echo "# $1"; cat "$work/log"; exit 1; }
in_ns() { local n=$1; shift; ip netns exec "qp$id$n" "$@"; }

until_deadline() { # SECONDS COMMAND...: polls until COMMAND succeeds
	local end=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

[ "$(id -u)" = 0 ] || skip "needs root"
ip netns add "qp${id}a" 2>/dev/null || skip "no network namespaces"
ip netns add "qp${id}b"; ip netns add "qp${id}m"
in_ns m sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
host=1
for n in a b; do
	ip -n "qp${id}m" link add name "m$n" gso_max_segs 1 type veth \
		peer name radio gso_max_segs 1 netns "qp$id$n"
	ip -n "qp${id}m" link set dev "m$n" up
	ip -n "qp$id$n" addr add "10.78.0.$host/24" dev radio
	ip -n "qp$id$n" link set radio up
	host=$((host + 1))
done
printf 'node a\nnode b\nlink a b loss=10%%\n' >"$work/topology"
mkfifo "$work/ready"
ip netns exec "qp${id}m" "$ether" --topology "$work/topology" --control "$work/control" --seed 7 \
	--packet ma=a --packet mb=b --ready-fd 9 9>"$work/ready" 2>"$work/log" &
pid=$!
IFS= read -r -t 10 word <"$work/ready"
[ "${word:-}" = ready ] || fail "the ether does not come up"

until_deadline 15 in_ns a ping -c 1 -W 1 10.78.0.2 || fail "a does not reach b"
got=$(in_ns a ping -q -c 50 -i 0.02 -W 2 10.78.0.2 | sed -n 's/.* \([0-9]*\) received.*/\1/p')
[ "$got" -ge 49 ] || fail "with 7 retries 10 % loss must not show: $got of 50"

# The sender's kernel leaves the UDP checksum to hardware; only a finished one is accepted.
if command -v iperf3 >/dev/null; then
	in_ns b iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	until_deadline 10 in_ns b bash -c 'ss -ltn | grep -q :5201' || fail "iperf3 does not listen"
	in_ns a iperf3 -c 10.78.0.2 -u -b 4M -l 1200 -t 2 --json >"$work/udp" ||
		fail "iperf3: $(jq -r .error "$work/udp")"
	lost=$(jq '.end.sum.lost_percent < 2 and .end.sum.packets > 500' "$work/udp")
	[ "$lost" = true ] || fail "UDP at 4 Mbit/s: $(jq -c .end.sum "$work/udp")"
fi
"$ether" --tell "$work/control" counters json >"$work/counters"
[ "$(jq '[.nodes[].drops_malformed] | add' "$work/counters")" = 0 ] || fail "malformed frames"
echo "ok $sentence"
