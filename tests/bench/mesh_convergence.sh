#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Seconds until every node has a route to every other one: after all daemons start at once,
# after a link of a ring is cut, and after a node comes back from kill -9. A JSON object for
# each topology; 5 % loss a try.
#
#     line 6, ring 8, grid 3x3, random 16
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"

hops_are_new() { # the far end of a cut link of the ring is now reached the long way
	[ "$(q_json n0 routes | jq '[.routes[] | select(.name == "n1") | .hops] | first')" -gt 1 ]
}
tenths() { echo "$((($(now_us) - $1) / 100000))"; }

for shape in "line 6" "ring 8" "grid 9" "random 16"; do
	read -r kind count <<<"$shape"
	mesh_up "$mesh" --topology "$kind" --nodes "$count" --loss 5% --seed 1 --no-daemons || exit 1
	mapfile -t nodes < <(mesh_nodes "$mesh")
	begun=$(now_us)
	mesh_start_all "$mesh" "${nodes[@]}" || exit 1
	mesh_until 60 mesh_is_whole "$mesh" || exit 1
	start=$(tenths "$begun") reroute=null
	if [ "$kind" = ring ]; then
		begun=$(now_us)
		tell cut n0 n1 >/dev/null
		mesh_until 60 hops_are_new && reroute=$(tenths "$begun")
	fi
	mesh_kill "$mesh" n1 -9
	mesh_until 60 reaches_not n0 n1
	begun=$(now_us)
	mesh_start "$mesh" n1
	mesh_until 60 mesh_is_whole "$mesh"
	jq -nc --arg shape "$shape" --argjson start "$start" --argjson reroute "$reroute" \
		--argjson again "$(tenths "$begun")" '{bench: "convergence", topology: $shape,
		start_s: ($start / 10), reroute_s: (if $reroute then $reroute / 10 else null end),
		restarted_s: ($again / 10)}'
	mesh_down "$mesh"
done
