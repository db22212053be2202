#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 240
#
# Every choice explains itself: `routes --why` tells the present way and the one that stands
# ready, `watch` tells what happens to neighbours and ways, `metrics` what it costs, `map` draws
# what there is. The radio loses a twentieth of all frames.
#
#          n1
#         /  \
#       n0    n3 --- n4
#         \  /
#          n2
#
# shellcheck disable=SC2154,SC2016
set -u
. "$(dirname "$0")/common.sh"

diamond=$work/diamond
printf 'node n%s\n' 0 1 2 3 4 >"$diamond"
printf 'link %s\n' 'n0 n1' 'n0 n2' 'n1 n3' 'n2 n3' 'n3 n4' >>"$diamond"
up --mode socket --topology "$diamond" --loss 5%

why() { q_json n0 routes "$1" --why; }
hop() { why "$1" | jq -r ".why.candidates[] | select(.verdict == \"$2\") | .next_hop.name"; } # NODE VERDICT
# Both ways are about as good, so each may be the present one; n4 is behind either.
explains() {
	why n4 | jq_true '.routes[0] as $r | .why |
		(.path | map(.name) | last) == "n4" and (.path | length) == 3 and
		([.path[].metric] | add) == $r.metric and
		(.candidates | length) == 2 and
		(.candidates[0] | .verdict == "chosen" and .metric == $r.metric and .hops == 3 and
			.link_metric + .onward_metric == .metric) and
		.candidates[1].verdict == "alternate"'
}
holds "--why tells each link of the way, and the neighbour that stands ready" mesh_until 20 explains
holds "people read the same" grep -qE 'n[12] .* alternate, ready when the link fails' <(q n0 routes n4 --why)
over() { [ "$(q_json n0 routes n1 --why | jq '.why.candidates | length')" = 2 ] && [ "$(hop n1 chosen)" = n1 ]; }
holds "a neighbour is reached by itself" mesh_until 10 over
wants() { q n0 routes --why >/dev/null 2>&1; [ $? = 2 ]; }
holds "--why wants a node, exit 2" wants

"$mesh_programs/qanat" --state "$mesh/n0/state" --json watch >"$work/events" 2>/dev/null &
looks=$!
mesh_until 10 test -e "$work/events"
sleep 0.3
before=$(hop n4 chosen)
ready=$(hop n4 alternate)
tell cut n0 "$before" >/dev/null
happened() { jq_true -s "any(.[]; $1)" "$work/events"; }
q n0 ping n4 -c 20 -i 0.05 >/dev/null
holds "watch tells that the way changed, from whom to whom and what it costs" mesh_until 20 happened \
	".event == \"route-changed\" and .name == \"n4\" and .from != .to and .metric > 0 and .metric_before > 0 and .hops == 3"
holds "and that the neighbour is down or not heard any more, and why" mesh_until 20 happened \
	".name == \"$before\" and ((.event == \"neighbour-down\" and .reason != null) or .event == \"neighbour-one-way\")"
took_over() { [ "$(hop n4 chosen)" = "$ready" ]; }
holds "the one that stood ready is the way now" mesh_until 20 took_over
mesh_kill "$mesh" n4 -9
holds "watch tells of a node that is gone" mesh_until 30 happened '.event == "route-down" and .name == "n4" and .from != null and .to == null'
kill $looks
wait $looks 2>/dev/null

value() { q n0 metrics | awk -v name="$1" '$1 == name { print $2 }'; }
counts() { local n; for n; do [ "$(value "$n")" -gt 0 ] || { note "$n: $(value "$n")"; return 1; }; done; }
holds "metrics count control by kind, and what routing does" counts 'qanat_messages_out{kind="hello"}' \
	'qanat_messages_in{kind="hello"}' 'qanat_messages_in{kind="tc"}' 'qanat_message_bytes_out{kind="tc"}' \
	qanat_hellos_taken qanat_tcs_taken qanat_path_searches qanat_route_changes
holds "each of them once" test -z "$(q n0 metrics | grep -v '^#' | cut -d ' ' -f 1 | sort | uniq -d)"
drawn() { q n0 map --format svg >"$work/map.svg" && python3 -c 'import sys, xml.dom.minidom as x
svg = x.parse(sys.argv[1])
assert len(svg.getElementsByTagName("circle")) == 4 and len(svg.getElementsByTagName("line")) == 3' "$work/map.svg"; }
holds "map draws four nodes and three links" mesh_until 20 drawn 2>/dev/null
