#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 60
#
#     n0 ---- n1 ---- n2        nobody attached: only the command line and the control socket

set -u
cd "$(dirname "$0")/../.." || exit 1
ether=$(realpath "${ETHER:-${BUILD:-build}/qanat-ether}")
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-command.XXXXXX")
bad=0

# shellcheck disable=SC2317
finish() {
	[ -n "${pid:-}" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT

say() { # SENTENCE STATUS
	[ "$2" = 0 ] && { echo "ok $1"; return; }
	echo "not ok $1"
	bad=1
}
tell() { "$ether" --tell "$work/control" "$@"; }
start() { # OPTION...: returns when it is ready
	[ -p "$work/ready" ] || mkfifo "$work/ready"
	"$ether" "$@" --ready-fd 9 9>"$work/ready" 2>"$work/log" &
	pid=$!
	IFS= read -r -t 10 word <"$work/ready"
	[ "${word:-}" = ready ]
}

refuses() { # STATUS WORD OPTION...: exit status and a word of the message
	local status=$1 word=$2 got; shift 2
	timeout 5 "$ether" "$@" >"$work/out" 2>&1 </dev/null
	got=$?
	[ $got = "$status" ] && grep -qF -- "$word" "$work/out" && return
	echo "# $*: exit $got, $(cat "$work/out")"
	return 1
}

printf 'line 3\nat 200ms cut n0 n1\n' >"$work/topology"
printf 'line 3\nlnk n0 n1\n' >"$work/wrong"
e=0
refuses 2 '--topology FILE is missing' || e=1
refuses 2 '--nonsense' --nonsense || e=1
refuses 2 'not an option' --topology "$work/topology" more || e=1
refuses 2 ':2: not a statement: lnk' --topology "$work/wrong" || e=1
refuses 1 'No such file' --topology "$work/none" || e=1
refuses 2 'no such parameter: los' --topology "$work/topology" --set los=5% || e=1
refuses 2 'not of the form A=B' --topology "$work/topology" --tap x || e=1
refuses 2 'no such node' --topology "$work/topology" --packet lo=n9 || e=1
refuses 1 'qanat-none: No such device' --topology "$work/topology" --packet qanat-none=n0 || e=1
refuses 1 'File exists' --topology "$work/topology" --control "$work/topology" || e=1
refuses 1 'File name too long' --topology "$work/topology" --socket "$(printf '%0200d' 1)" || e=1
refuses 2 'not a number that fits' --topology "$work/topology" --seed x || e=1
refuses 1 'No such file' --tell "$work/none" counters || e=1
refuses 0 'usage: qanat-ether' --help || e=1
refuses 0 'qanat-ether ' --version || e=1
say "what qanat-ether cannot do it refuses with a clear word and its exit code" $e

e=0
start --topology "$work/topology" --control "$work/control" --socket "$work/air" --seed 1 || e=1
refuses 1 'Address already in use' --topology "$work/topology" --control "$work/control" || e=1
[ "$(stat -c %a "$work/control")" = 600 ] || e=1
[ "$(tell counters | wc -l)" = 3 ] || e=1
[ "$(tell counters json | jq -r '.nodes[2].name')" = n2 ] || e=1
[ "$(tell set loss 10%)" = ok ] && tell topology | grep -qx 'set loss 100000ppm' || e=1
[ "$(tell dset n1 n2 loss=1%)" = ok ] && tell topology | grep -qx 'dlink n1 n2 loss=10000ppm' || e=1
[ "$(tell move n2 1km -3m)" = ok ] && tell topology | grep -qx 'node n2 1000000mm -3000mm' || e=1
[ "$(tell reset)$(tell pause)$(tell resume)" = okokok ] || e=1
tell fly n0 2>"$work/out" && e=1
grep -q 'not cut, join, set, move, part, heal, doze or wake: fly' "$work/out" || e=1
say "the control socket answers every command" $e

e=0
end=$((SECONDS + 10))
while tell topology | grep -q 'link n0 n1'; do
	[ $SECONDS -lt $end ] || { e=1; break; }
	sleep 0.1
done
say "an event of the topology file happens at its time" $e

e=0
tell topology >"$work/again"
kill -9 "$pid"; wait "$pid" 2>/dev/null
[ -S "$work/control" ] || e=1
start --topology "$work/again" --control "$work/control" --socket "$work/air" --seed 1 || e=1
tell topology | cmp -s - "$work/again" || e=1
say "after kill -9 a new one takes over the stale sockets, and a printed topology reads back the same" $e

e=0
[ "$(tell quit)" = ok ] || e=1
wait "$pid" || e=1
pid=
[ -e "$work/control" ] || [ -e "$work/air" ] && e=1
say "quit ends it with exit code 0 and removes its sockets" $e
exit $bad
