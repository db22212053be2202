#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The same scenarios on the radios of ns-3 and of qanat-ether with real daemons, and in
# qanat-world: seconds to routes, goodput of one bulk flow across, seconds to equal trees.
# Medians of SEEDS runs (default 3), and the ratios of ns-3 to the two others. MAC=mesh takes
# 802.11s in place of ad hoc.
#
#     a line of 5 without loss, with 10 %; a grid of 3x3, 5 %; all at 24 Mbit/s, 4 retries
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
mesh_command=$PWD/sim/netns/mesh
export BUILD=$mesh_programs
[ -x "$BUILD/qanat-ns3" ] || make -s ns3 || skip "radios of ns-3" "ns-3 is not here"
seconds=8

scenario() { # NAME FAR LINE...
	printf '%s\n' 'set retries 4' 'set unicast 24M' 'world run 120s' "${@:3}" >"$work/air"
	{ cat "$work/air" && printf 'world at 5s %s\n' "share n0 files=20 bytes=4M" "join $2"; } >"$work/$1.world"
	{ cat "$work/air" && echo "world at 5s bulk n0 $2 for=${seconds}s"; } >"$work/$1.bulk"
	echo "$2" >"$work/$1.far"
}
scenario clean n4 'line 5'
scenario line n4 'line 5' 'set loss 10%'
scenario grid n8 'grid 3 3' 'set loss 5%'

# Seconds to routes, seconds from the share to equal trees; - is never.
since() { awk '/^routes as the graph/ { routes = $6 } /^trees alike/ { trees = $4 - 5 }
	END { print (routes ? routes : "-"), (trees > 0 ? trees : "-") }'; }

in_world() { # NAME SEED: routes, trees, kbit/s
	"$BUILD/qanat-world" "$work/$1.world" --seed "$2" 2>/dev/null | since
	"$BUILD/qanat-world" "$work/$1.bulk" --seed "$2" 2>/dev/null | sed -n 's/^bulk .*, \([0-9]*\) kbit.*/\1/p'
}

# The same from real daemons; how late ns-3 was goes to stderr.
on_radio() { # NAME SEED MEDIUM
	"$mesh_command" play "$mesh" "$work/$1.world" --keep --seed "$2" --medium "$3" --mode tap 2>/dev/null | since
	q_json n0 speed "$(cat "$work/$1.far")" -t $seconds | jq '.goodput_bps / 1000 | floor'
	[ "$3" = ether ] || note "$1, seed $2: ns-3 $(tell clock)"
	mesh_down "$mesh"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
row() { # SCENARIO WHAT COLUMN
	local medium figures=()
	for medium in ns3 ether world; do
		figures+=("$(awk -v column="$3" '{ print $column }' "$work/$medium" | grep -v '^-$' | median)")
	done
	awk -v scenario="$1" -v what="$2" -v n="${figures[0]:-0}" -v e="${figures[1]:-0}" -v w="${figures[2]:-0}" 'BEGIN {
		printf "%-8s %-12s %9.2f %9.2f %9.2f %10.2f %10.2f\n", scenario, what, n, e, w, e ? n / e : 0, w ? n / w : 0 }'
}

printf '%-8s %-12s %9s %9s %9s %10s %10s\n' scenario figure ns-3 ether world ns-3/ether ns-3/world
for name in clean line grid; do
	rm -f "$work/ns3" "$work/ether" "$work/world"
	for ((seed = 1; seed <= ${SEEDS:-3}; seed++)); do
		in_world $name $seed | paste -sd ' ' >>"$work/world"
		on_radio $name $seed ether | paste -sd ' ' >>"$work/ether"
		on_radio $name $seed "ns3:${MAC:-adhoc}" | paste -sd ' ' >>"$work/ns3"
	done
	row $name 'routes s' 1
	row $name 'trees s' 2
	row $name 'goodput kbps' 3
done
