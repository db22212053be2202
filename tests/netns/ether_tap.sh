#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 90
#
# Three namespaces on TAP devices of the simulated radio, 20 % loss a try, 7 retries:
#
#     a ---- b ---- c          a and c do not hear each other
#
# cut, join and counters go through the control socket.

set -u
cd "$(dirname "$0")/../.." || exit 1
ether=$(realpath "${ETHER:-${BUILD:-build}/qanat-ether}")
id=$$
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-tap.XXXXXX")
sentence="ping crosses TAP devices on the simulated radio, and the control socket cuts and joins"

# shellcheck disable=SC2317
finish() {
	[ -n "${pid:-}" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	for n in a b c; do ip netns del "qt$id$n" 2>/dev/null; done
	rm -rf "$work"
}
trap finish EXIT

skip() { echo "skipped $sentence: $1"; exit 0; }
fail() { echo "not ok $sentence"; echo "# $1"; cat "$work/log"; exit 1; }
tell() { "$ether" --tell "$work/control" "$@"; }
in_ns() { local n=$1; shift; ip netns exec "qt$id$n" "$@"; }

until_deadline() { # SECONDS COMMAND...: polls until COMMAND succeeds
	local end=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

[ "$(id -u)" = 0 ] || skip "needs root"
{ : <>/dev/net/tun; } 2>/dev/null || skip "/dev/net/tun does not open"
ip netns add "qt${id}a" 2>/dev/null || skip "no network namespaces"
ip netns add "qt${id}b"; ip netns add "qt${id}c"

cat >"$work/topology" <<T
node a
node b
node c
link a b
link b c
set loss 20%
T
mkfifo "$work/ready"
"$ether" --topology "$work/topology" --control "$work/control" --pcap "$work/air.pcap" --seed 7 \
	--tap "qt${id}a=a" --tap "qt${id}b=b" --tap "qt${id}c=c" \
	--ready-fd 9 9>"$work/ready" 2>"$work/log" &
pid=$!
IFS= read -r -t 10 word <"$work/ready"
[ "${word:-}" = ready ] || fail "the ether does not come up"
host=1
for n in a b c; do
	ip link set "qt$id$n" netns "qt$id$n"
	ip -n "qt$id$n" addr add "10.77.0.$host/24" dev "qt$id$n"
	ip -n "qt$id$n" link set "qt$id$n" up
	host=$((host + 1))
done

until_deadline 15 in_ns a ping -c 1 -W 1 10.77.0.2 || fail "a does not reach b"
until_deadline 15 in_ns c ping -c 1 -W 1 10.77.0.2 || fail "c does not reach b"
got=$(in_ns a ping -q -c 50 -i 0.02 -W 2 10.77.0.2 | sed -n 's/.* \([0-9]*\) received.*/\1/p')
[ "$got" -ge 49 ] || fail "with 7 retries 20 % loss must not show: $got of 50"
in_ns a ping -c 2 -i 0.2 -W 1 10.77.0.3 >/dev/null && fail "a reaches c, which is out of range"
losses=$(tell counters json | jq '[.nodes[].losses] | add')
[ "$losses" -ge 10 ] || fail "losses are not counted: $losses"

[ "$(tell cut a b)" = ok ] || fail "cut is refused"
in_ns a ping -c 3 -i 0.2 -W 1 10.77.0.2 >/dev/null && fail "a cut link carries"
[ "$(tell join a b)" = ok ] || fail "join is refused"
until_deadline 15 in_ns a ping -c 1 -W 1 10.77.0.2 || fail "a joined link does not carry"
tell join a nobody 2>"$work/error" && fail "nonsense is taken"
grep -q 'no such node: nobody' "$work/error" || fail "the error does not say what is wrong"

kill "$pid"; wait "$pid" || fail "SIGTERM does not end it cleanly"
pid=
[ -e "$work/control" ] && fail "the control socket stays behind"
[ "$(in_ns a ip -o link show "qt${id}a" 2>/dev/null | wc -l)" = 0 ] || fail "a TAP stays behind"
[ "$(stat -c %s "$work/air.pcap")" -gt 10000 ] || fail "the capture is empty"
[ "$(od -An -tx4 -N4 "$work/air.pcap" | tr -d ' ')" = a1b2c3d4 ] || fail "not a classic pcap"
echo "ok $sentence"
