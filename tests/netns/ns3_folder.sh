#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 180
#
# Unmodified daemons on the Wi-Fi models of ns-3, in real time.
#
#     n0 --- n1 --- n2 --- n3 --- n4        5 % loss a try, 4 retries, 24 Mbit/s
#
# Ad hoc each node hears its neighbours in the line only, and our routing finds the way. With
# 802.11s the radios forward by themselves, so that each node is everybody's neighbour.
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
folder_adhoc="a folder is alike on five nodes in a line of ns-3's ad-hoc radios"
folder_mesh="a folder is alike on five nodes in a line of ns-3's mesh points"
if [ ! -x "$mesh_programs/qanat-ns3" ]; then
	.ci/packages --have libns3-dev g++ || skip "$folder_adhoc" "the packages of ns-3 are not here (libns3-dev, g++)"
	say "qanat-ns3 is built: make ns3" 1
	exit
fi
mesh_up "$mesh" --no-daemons --mode tap 2>"$work/said" || skip "$folder_adhoc" "no TAP devices here"
mesh_down "$mesh"

line() { # MAC
	up --topology line --nodes 5 --retries 4 --rate 24M --medium "ns3:$1"
	make_files "$(tree n0)" 40 400000 1
	share_all "${nodes[@]}"
}
hops() { q_json n0 ping n4 -c 1 | jq_true ".received == 1 and .hops == $1"; }
neighbours() { q_json "$1" neighbours | jq '[.neighbours[] | select(.symmetric)] | length'; }
is_neighbour_of_all() { [ "$(neighbours "$1")" = 4 ]; }
is_lonely() { [ "$(neighbours "$1")" = 0 ]; }
goes_on_without() { mesh_until 30 is_lonely "$1" && tell clock; }
counter() { tell counters | awk -v node="$1" -v name="$2" '$1 == node { for (i = 2; i < NF; i += 2) if ($i == name) print $(i + 1) }'; }
done_with() { note "$1: whole and alike after $(seconds_since "$2") s; $(tell clock)"; rm -rf "$work/trees"; mesh_down "$mesh"; }

began=$(now_us)
line adhoc
holds "$folder_adhoc" alike 60 "${nodes[@]}"
holds "an echo goes over all four hops" mesh_until 10 hops 4
holds "a relay has its two neighbours and no more" test "$(neighbours n2)" = 2
holds "tries are lost and made good by the radio" test "$(counter n1 losses)" -gt 0 -a "$(counter n1 retries)" -gt 0
tell cut n3 n4 >/dev/null
holds "behind a link that is cut nobody is reached" mesh_until 20 reaches_not n0 n4
mesh_exec "$mesh" n1 ip link set qan0 down
holds "a device that is down loses what is for it, and the radio goes on" goes_on_without n0
done_with "ad hoc" "$began"

began=$(now_us)
line mesh
holds "$folder_mesh" alike 60 "${nodes[@]}"
holds "an echo goes over one hop of ours" mesh_until 10 hops 1
holds "each node is everybody's neighbour" mesh_until 20 is_neighbour_of_all n0
holds "the radio between has carried it" test "$(counter n2 bytes)" -gt 400000
done_with "802.11s" "$began"
