#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The same scenarios on the radios of ns-3 and of qanat-ether with real daemons, and in
# qanat-world: seconds to routes, goodput of one bulk flow across, seconds to equal trees.
# Medians of SEEDS runs (default 3; 9 for routes, which are luck), and the ratios of ns-3 to the
# two others. MAC=mesh takes 802.11s in place of ad hoc. On a machine that is busy with other
# things `chrt -r 1` in front of it keeps them out of the figures.
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
	printf '%s\n' 'set retries 4' 'set unicast 24M' 'world run 120s' "${@:3}" >"$work/$1.routes"
	{ cat "$work/$1.routes" && printf 'world at 5s %s\n' "share n0 files=20 bytes=4M" "join $2"; } >"$work/$1.folder"
	{ cat "$work/$1.routes" && echo "world at 5s bulk n0 $2 for=${seconds}s"; } >"$work/$1.bulk"
	echo "$2" >"$work/$1.far"
}
scenario clean n4 'line 5'
scenario line n4 'line 5' 'set loss 10%'
scenario grid n8 'grid 3 3' 'set loss 5%'

# What a report says since when; never is no line.
since() { # WHAT SECONDS-LESS
	awk -v what="$1" -v less="$2" 'index($0, what) == 1 && match($0, /since [0-9.]+/) { print substr($0, RSTART + 6, RLENGTH - 6) - less }'
}

in_world() { "$BUILD/qanat-world" "$work/$1" --seed "$2" 2>/dev/null; } # FILE SEED
on_radio() { "$mesh_command" play "$mesh" "$work/$1" --seed "$2" --medium "$3" --mode tap "${@:4}" 2>/dev/null; } # FILE SEED MEDIUM

routes() { # NAME SEED
	in_world "$1.routes" "$2" | since routes 0 >>"$work/world.routes"
	for medium in ether ns3; do
		on_radio "$1.routes" "$2" "${word[$medium]}" | since routes 0 >>"$work/$medium.routes"
	done
}

# The folder, then one flow over the same mesh; how late ns-3 was goes to stderr.
content() { # NAME SEED
	in_world "$1.folder" "$2" | since trees 5 >>"$work/world.folder"
	in_world "$1.bulk" "$2" | sed -n 's/^bulk .*, \([0-9]*\) kbit.*/\1/p' >>"$work/world.flow"
	for medium in ether ns3; do
		on_radio "$1.folder" "$2" "${word[$medium]}" --keep | since trees 5 >>"$work/$medium.folder"
		q_json n0 speed "$(cat "$work/$1.far")" -t $seconds | jq '.goodput_bps / 1000 | floor' >>"$work/$medium.flow"
		[ $medium = ether ] || note "$1, seed $2: ns-3 $(tell clock)"
		mesh_down "$mesh"
	done
}

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : 0 }'; }
row() { # SCENARIO WHAT FIGURE
	awk -v scenario="$1" -v what="$2" -v n="$(median "$work/ns3.$3")" -v e="$(median "$work/ether.$3")" \
		-v w="$(median "$work/world.$3")" 'BEGIN {
		printf "%-8s %-12s %9.2f %9.2f %9.2f %10.2f %10.2f\n", scenario, what, n, e, w, e ? n / e : 0, w ? n / w : 0 }'
}

declare -A word=([ether]=ether [ns3]=ns3:${MAC:-adhoc})
printf '%-8s %-12s %9s %9s %9s %10s %10s\n' scenario figure ns-3 ether world ns-3/ether ns-3/world
for name in clean line grid; do
	rm -f "$work"/{world,ether,ns3}.{routes,folder,flow}
	for ((seed = 1; seed <= ${SEEDS:-9}; seed++)); do routes $name $seed; done
	for ((seed = 1; seed <= ${SEEDS:-3}; seed++)); do content $name $seed; done
	row $name 'routes s' routes
	row $name 'trees s' folder
	row $name 'goodput kbps' flow
done
