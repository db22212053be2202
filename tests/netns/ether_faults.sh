#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 90
#
#     n0 --- n1 --- n2        frames come twice, late and damaged
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up --topology line --nodes 3 --mode socket --set duplicate=20% --set reorder=20% \
	--set corrupt=3% --set asymmetry=10% --set beacon=102400us
say "nodes find each other over a radio that doubles, delays and damages frames" 0
holds "a ping crosses it" mesh_until 20 reaches n0 n2
counted() { # a mesh at rest says too little for all of it to happen everywhere
	q_json n0 ping n2 -c 40 -i 0.05 >/dev/null
	air | jq_true '[.nodes[] | .duplicates > 0 and .reordered > 0 and .corrupted > 0] | all'
}
holds "the ether counts what it doubled, delayed and damaged at each receiver" mesh_until 20 counted
holds "a node is put to sleep" tell doze n1
holds "one that dozes is still reached, beacon by beacon" mesh_until 20 reaches n0 n2
all_alive() { for node in "${nodes[@]}"; do mesh_alive "$mesh/$node/pid" || return; done; }
holds "no daemon ended of what it received" all_alive
