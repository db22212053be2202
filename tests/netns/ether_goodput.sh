#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 120
#
#     a ---- b        one saturated link, no loss: the formula is the whole truth
#
# A UDP datagram of 1472 bytes is a frame of 1514: 34 + 67.5 + 80 + 614.4 = 795.9 us, so
# 14.80 Mbit/s of data. Another program on the machine can disturb it: one more try.

set -u
cd "$(dirname "$0")/../.." || exit 1
ether=$(realpath "${ETHER:-${BUILD:-build}/qanat-ether}")
id=$$
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-goodput.XXXXXX")
sentence="UDP goodput of a saturated link is within 5 % of the formula in real time"

# shellcheck disable=SC2317
finish() {
	[ -n "${pid:-}" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	[ -n "${server:-}" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	for n in a b; do ip netns del "qg$id$n" 2>/dev/null; done
	rm -rf "$work"
}
trap finish EXIT

skip() { echo "skipped $sentence: $1"; exit 0; }
fail() { echo "not ok $sentence"; echo "# $1"; cat "$work/log"; exit 1; }
in_ns() { local n=$1; shift; ip netns exec "qg$id$n" "$@"; }

until_deadline() { # SECONDS COMMAND...: polls until COMMAND succeeds
	local end=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

[ "$(id -u)" = 0 ] || skip "needs root"
command -v iperf3 >/dev/null || skip "no iperf3"
{ : <>/dev/net/tun; } 2>/dev/null || skip "/dev/net/tun does not open"
ip netns add "qg${id}a" 2>/dev/null || skip "no network namespaces"
ip netns add "qg${id}b"
printf 'node a\nnode b\nlink a b\n' >"$work/topology"
mkfifo "$work/ready"
"$ether" --topology "$work/topology" --seed 7 --tap "qg${id}a=a" --tap "qg${id}b=b" \
	--ready-fd 9 9>"$work/ready" 2>"$work/log" &
pid=$!
IFS= read -r -t 10 word <"$work/ready"
[ "${word:-}" = ready ] || fail "the ether does not come up"
host=1
for n in a b; do
	ip link set "qg$id$n" netns "qg$id$n"
	ip -n "qg$id$n" addr add "10.79.0.$host/24" dev "qg$id$n"
	ip -n "qg$id$n" link set "qg$id$n" up
	host=$((host + 1))
done
until_deadline 15 in_ns a ping -c 1 -W 1 10.79.0.2 || fail "a does not reach b"

for try in 1 2; do
	in_ns b iperf3 -s -1 --json >"$work/server" 2>&1 &
	server=$!
	until_deadline 10 in_ns b bash -c 'ss -ltn | grep -q :5201' || fail "iperf3 does not listen"
	# The control connection shares the link, so offer a little more than fits.
	in_ns a iperf3 -c 10.79.0.2 -u -b 17M -l 1472 -t 5 -O 1 --json >"$work/client" 2>&1
	wait "$server"
	server=
	kbit=$(jq '[.intervals[1:-1][].sum.bits_per_second] | add / length / 1000 | floor' "$work/server")
	echo "# try $try: ${kbit:-nothing} kbit/s, formula 14796"
	[ "${kbit:-0}" -ge 14056 ] && [ "$kbit" -le 15536 ] && { echo "ok $sentence"; exit 0; }
done
fail "14796 kbit/s by the formula, measured $kbit"
