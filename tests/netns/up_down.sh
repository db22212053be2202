#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 120
# parallel: yes
#
# `qanat up` and `qanat down` without a radio: two nodes that were told of no interface, on a
# cable. What was told goes on after a restart, and ends with down.
#
#     a (va) --- (vb) b

set -u
. "$(dirname "$0")/common.sh"
build=${BUILD:-build}
[ "$(id -u)" = 0 ] || skip "qanat up on a cable" "needs root"
cable qu || skip "qanat up on a cable" "no network namespaces here"

run() { # NODE
	ip netns exec "${!1}" "$build/qanatd" --state "$work/$1" --open --no-tun --name "$1" >>"$work/$1.log" 2>&1 &
	pids+=($!)
	mesh_until 10 ask "$1" --quiet status
}
told=$a # a third one, for a moment
ask() { # NODE WORD...
	ip netns exec "${!1}" "$build/qanat" --state "$work/$1" "${@:2}" </dev/null 2>"$work/err"
}
state_of() { ask "$1" --json status | jq -c '[.interfaces[] | [.name, .up]]'; }
carries_nothing() { [ "$(state_of "$1")" = "[]" ]; }
carries() { [ "$(state_of "$1")" = "[[\"$2\",true]]" ]; } # NODE INTERFACE
meet() { ask a --json neighbours | jq_true '[.neighbours[] | select(.symmetric)] | length == 1'; }

run a && run b && carries_nothing a && carries_nothing b
say "a node that was told of no interface has none" $?
ask a up >"$work/out"
[ $? = 1 ] && grep -q 'no interface is up that could be used' "$work/err" && carries_nothing a
say "where no interface is up, qanat up says so and asks nothing" $?
ask a up wlan7
[ $? = 5 ] && grep -q 'wlan7: no such interface' "$work/err" && carries_nothing a
say "an interface that is not there is refused" $?
ask a up --wifi va
[ $? = 1 ] && grep -q 'qanat-warden' "$work/err" && carries_nothing a
say "a radio needs the warden, which is named, and then nothing is up" $?
for name in ' va' 'v;a' 'v#a' '"va'; do
	ask a up "$name"
	[ $? = 2 ] || bad=1
done
say "a name that would not be read back as it was typed is refused" "$bad"
ip netns exec "$a" "$build/qanatd" --state "$work/told" --open --no-tun --iface va >"$work/told.log" 2>&1 &
third=$!
mesh_until 10 ask told --quiet status
ask told up >"$work/out" && [ "$(state_of told)" = '[["va",false]]' ]
say "one that is told of an interface by its configuration leaves it at that" $?
kill $third
wait $third
ip -n "$a" link set va up
ip -n "$b" link set vb up
# until the addresses are no longer tentative
mesh_until 10 ask a up && carries a va
say "qanat up without an argument takes the interfaces that are up" $?
ask b up vb >"$work/out" && mesh_until 10 carries b vb && mesh_until 10 meet
say "qanat up IFACE takes that one, and the two meet" $?
ask b up --wifi vb
[ $? = 1 ] && carries b vb
say "what was told before stays when a radio cannot be had" $?
kill -9 "${pids[0]}"
wait "${pids[0]}" 2>/dev/null
run a && mesh_until 10 carries a va && mesh_until 10 meet
say "what was told goes on after the node was killed and started" $?
ask a down && carries_nothing a
say "qanat down ends it" $?
kill "${pids[2]}"
wait "${pids[2]}" 2>/dev/null
run a && carries_nothing a
say "for good" $?
echo 'iface = va
nonsense' >"$work/b/up"
kill -HUP "${pids[1]}"
mesh_until 5 grep -q 'unknown key\|not understood' "$work/b.log" && ask b --quiet status >/dev/null
say "a file that was damaged is told of, and the node goes on" $?
