#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 60
#
#     a ---- b ...> c        b walks away from a, towards c; all of it from two files
#
# Nobody is attached: only the control socket is asked.

set -u
cd "$(dirname "$0")/../.." || exit 1
ether=$(realpath "${ETHER:-${BUILD:-build}/qanat-ether}")
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-moves.XXXXXX")
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
until_true() { # COMMAND...: 10 seconds at most
	local end=$((SECONDS + 10))
	until "$@"; do
		[ $SECONDS -lt $end ] || return
		sleep 0.1
	done
}
linked() { tell topology | grep -qx "link $1 $2"; }
apart() { ! linked "$1" "$2"; }
place() { tell topology | sed -n "s/^node $1 //p"; }
is_at() { [ "$(place "$1")" = "$2" ]; }
has_moved() { [ "$(place "$1")" != "$2" ]; }

mkdir "$work/traces"
cat >"$work/scenario" <<-TEXT
	node a 0 0
	node b 50 0
	node c 190 0
	range 100m
	set step 50ms
	world share a
	include traces/b
	node m1
	node m2
	mobility waypoint m1..m2 area=500x500 speed=50
TEXT
printf '# recorded\nat 100ms move b 140 0 over=1s\n' >"$work/traces/b"

mkfifo "$work/ready"
"$ether" --topology "$work/scenario" --control "$work/control" --seed 1 --quiet \
	--ready-fd 9 9>"$work/ready" 2>"$work/log" &
pid=$!
IFS= read -r -t 10 word <"$work/ready"
[ "${word:-}" = ready ]
say "a scenario with world lines, mobility and a trace that it includes is read" $?
cat "$work/log"

until_true linked b c && until_true apart a b && until_true is_at b '140000mm 0mm'
say "a node glides to its place: it loses one neighbour and finds another" $?
before=$(place m1)
[ -n "$before" ] && until_true has_moved m1 "$before"
say "a node that moves by itself has a place, and then another" $?
tell move b 50 0 >"$work/out" && until_true linked a b
say "a node is moved by hand" $?
tell part 1 b..c >"$work/out" && apart a b && apart b c && tell topology | grep -qx 'at 0 part 1 c' && tell heal >"$work/out" && linked a b
say "groups are parted and healed while it runs" $?
[ "$(tell doze all)$(tell wake a,b)$(tell set duplicate 5%)" = okokok ] && tell topology | grep -qx 'set duplicate 50000ppm' &&
	[ "$(tell topology | grep -c '^at 0 doze')" = 3 ]
say "nodes doze and wake, faults are set while it runs" $?

printf 'line 2\n\nat 1s fly n0\n' >"$work/traces/b"
"$ether" --topology "$work/scenario" >"$work/out" 2>&1
[ $? = 2 ] && grep -qF "$work/traces/b:3: not cut, join, set, move" "$work/out"
say "a mistake in an included file is named with that file and its line" $?
exit $bad
