#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The main job: 2,000 files and one of 20 MB to every node, seconds and bytes beside the
# lower bound, which is the payload once over each hop of a spanning tree. A JSON object for
# each mesh.
#
#     line 5 at 10 % loss without retries of the radio, grid 3x3 at 5 %
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
. tests/netns/lib.sh

figures() { # TOPOLOGY
	jq -c --arg shape "$1" --argjson us "$took_us" --argjson payload "$payload" '
		(.nodes | length - 1) as $n | {bench: "replication", topology: $shape,
		seconds: ($us / 100000 | round / 10), payload: $payload, nodes: ($n + 1),
		sent_bytes: ([.nodes[].bytes] | add), lower_bound_bytes: ($payload * $n),
		sent_over_bound: ([.nodes[].bytes] | add * 100 / ($payload * $n) | round / 100),
		payload_sent_by_node: [.nodes[].bytes / $payload * 100 | round / 100],
		airtime_s_by_node: [.nodes[].airtime_us / 100000 | round / 10],
		airtime_s: ([.nodes[].airtime_us] | add / 100000 | round / 10),
		lower_bound_airtime_s: ($payload * 8 * $n / 2000000 | round / 10)}' "$work/air.json"
}

run() { # NAME UP-OPTION...
	local name=$1
	shift
	payload_cross 300 "$@" && figures "$name"
	mesh_down "$mesh"
	rm -rf "$work/trees"
}
run "line 5, 10 % loss, 0 retries" --topology line --nodes 5 --loss 10% --retries 0
run "grid 3x3, 5 % loss" --topology grid --nodes 9
