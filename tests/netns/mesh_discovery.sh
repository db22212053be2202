#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 100
#
# Nodes that were told nothing find each other over five hops of a bad radio, and say so.
#
#     n0 --- n1 --- n2 --- n3 --- n4 --- n5        TAPs in namespaces, 10 % loss a try
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"

up_in_namespaces "nodes in namespaces find each other" --topology line --nodes 6 --loss 10%

echoes() { q_json n0 ping n5 -c 20 -i 0.05 >"$work/ping"; jq_true '.sent == 20 and .received >= 18 and .hops == 5
	and .rtt_s.min > 0 and .rtt_s.avg >= .rtt_s.min and .rtt_s.max >= .rtt_s.avg' "$work/ping"; }
holds "ping crosses five hops at 10 % loss" echoes
note "ping n0 to n5: $(jq -c '[.received, .rtt_s]' "$work/ping")"

traced() { q_json n0 trace n5 >"$work/trace"; [ "$(jq -c '[.hops[].name]' "$work/trace")" = '["n1","n2","n3","n4","n5"]' ]; }
holds "trace names every hop, the node itself last" mesh_until 20 traced
[ "$bad" = 0 ] || cat "$work/trace"

own_ids() {
	local node
	for node in "${nodes[@]}"; do q_json "$node" status | jq_true '.node.id | test("^[0-9a-f]{64}$")' || return; done
}
holds "every id is a public key in lower-case hex" own_ids

neighbours_say() {
	q_json n1 neighbours | jq_true '.schema == "qanat.neighbours/1" and (.neighbours | length) == 2 and all(.neighbours[];
		(.id | length == 64) and (.name == "n0" or .name == "n2") and (.address | startswith("fd71:")) and
		.interface == "qan0" and (.link_local | startswith("fe80:")) and .symmetric == true and
		(has("mpr") and has("mpr_selector") and has("loss_in") and has("loss_out") and has("rate_bps")
		and has("rtt_s")) and .metric > 0 and .last_heard_s >= 0 and has("session"))'
}
holds "neighbours has the fields that scripts rely on" mesh_until 10 neighbours_say
[ "$bad" = 0 ] || q_json n1 neighbours

routes_say() {
	q_json n0 routes | jq_true '.schema == "qanat.routes/1" and ([.routes[] | {(.name): .hops}] | add) ==
		{n1: 1, n2: 2, n3: 3, n4: 4, n5: 5} and all(.routes[]; .next_hop.interface == "qan0" and
		(.next_hop.id | length == 64) and (.next_hop.link_local | startswith("fe80:")) and .metric > 0 and
		.age_s >= 0 and (.address | startswith("fd71:")))'
}
holds "routes has every node with its hops" mesh_until 20 routes_say
[ "$bad" = 0 ] || q_json n0 routes

status_says() {
	q_json n0 status | jq_true '.schema == "qanat.status/1" and .node.name == "n0" and .node.uptime_s >= 0 and
		.interfaces[0].name == "qan0" and .interfaces[0].up and .interfaces[0].type == $type and
		.interfaces[0].mac == "02:00:00:00:00:00" and .neighbours == 1 and .nodes == 5' \
		--arg type "$1"
}
type=ethernet
[ "$(cat "$mesh/mode")" != tap ] || type=tap
holds "status counts interfaces, neighbours and nodes" mesh_until 10 status_says $type
[ "$bad" = 0 ] || q_json n0 status

# A link that breaks is noticed long before HELLOs run out of time, and heals by itself.
tell cut n2 n3
begun=$(now_us)
holds "a cut link is noticed" mesh_until 20 reaches_not n0 n5
note "noticed after $(seconds_since "$begun") s"
tell join n2 n3
begun=$(now_us)
holds "a link that is back is used again" mesh_until 30 reaches n0 n5
note "used again after $(seconds_since "$begun") s"

# One that saves power is there all the same, and says so.
mesh_kill "$mesh" n4
echo --power-save=on >>"$mesh/n4/args"
mesh_start "$mesh" n4 || exit 1
saves() { q_json n3 neighbours | jq_true '[.neighbours[] | {(.name): .saving}] | add == {n2: false, n4: true}'; }
holds "neighbours learn who saves power" mesh_until 20 saves
[ "$bad" = 0 ] || q_json n3 neighbours
holds "who saves power passes on what has no other way" mesh_until 20 reaches n0 n5
