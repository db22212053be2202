#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The same scenarios in virtual time (qanat-world) and in real time (real daemons over
# qanat-ether): seconds to routes, seconds to equal trees, airtime, bytes, goodput of the
# content. A JSON object for each scenario; medians of SEEDS runs (default 5), and the ratio
# of the world to the ether.
#
#     a line of 5, 10 % loss, no retries; a grid of 3x3, 5 % loss; 12 nodes at random, 10 %
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
mesh_command=$PWD/sim/netns/mesh
export BUILD=$mesh_programs
seeds=${SEEDS:-5}

cat >"$work/line.world" <<-TEXT
	line 5
	set loss 10%
	set retries 0
	world run 120s
	world at 5s share n0 files=20 bytes=4M
	world at 5s join n4
TEXT
cat >"$work/grid.world" <<-TEXT
	grid 3 3
	set loss 5%
	set retries 4
	world run 120s
	world at 5s share n0 files=20 bytes=4M
	world at 5s join n1..n8
TEXT
cat >"$work/random.world" <<-TEXT
	random 12 degree=4
	set loss 10%
	set retries 4
	world run 120s
	world at 5s share n0 files=20 bytes=2M
	world at 5s join n3,n6,n9,n11
TEXT

# What a report says: routes, trees (since the share), airtime, bytes.
figures() {
	awk '/^n[0-9]/ { bytes += $4; airtime += $5 }
		/^routes as the graph/ { routes = $6 }
		/^trees alike/ { trees = $4 - 5 }
		END { printf "%.2f %.2f %.2f %d\n", routes, trees, airtime, bytes }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for name in line grid random; do
	: >"$work/world" && : >"$work/ether"
	for ((seed = 1; seed <= seeds; seed++)); do
		"$BUILD/qanat-world" "$work/$name.world" --seed "$seed" 2>/dev/null | figures >>"$work/world"
		"$mesh_command" play "$mesh" "$work/$name.world" --seed "$seed" 2>/dev/null | figures >>"$work/ether"
	done
	bytes=$(awk '/share/ { sub(/.*bytes=/, ""); sub(/M/, ""); print $0 * 1000000 }' "$work/$name.world")
	row=()
	for column in 1 2 3 4; do
		row+=("$(cut -d ' ' -f $column "$work/world" | median)" "$(cut -d ' ' -f $column "$work/ether" | median)")
	done
	jq -nc --arg name "$name" --argjson bytes "$bytes" --args '
		($ARGS.positional | map(tonumber)) as $v
		| def both($i): {world: $v[$i], ether: $v[$i + 1],
			ratio: (if $v[$i + 1] > 0 then ($v[$i] / $v[$i + 1] * 100 | round / 100) else null end)};
		{bench: "world beside ether", scenario: $name, routes_s: both(0), trees_s: both(2),
			airtime_s: both(4), bytes: both(6),
			goodput_kbps: {world: ($bytes / 125 / $v[2] | round), ether: ($bytes / 125 / $v[3] | round)}}' "${row[@]}"
done
