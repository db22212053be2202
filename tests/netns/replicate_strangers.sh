#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 90
#
# Two members replicate through nodes that are no members and can read nothing.
#
#     n0 --- n1 --- n2 --- n3        only n0 and n3 are members; 5 % loss a try
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up --topology line --nodes 4 --pcap "$work/air.pcap"
make_files "$(tree n0)" 200 2000000 4
mark="THE-SECRET-THAT-NOBODY-ELSE-MAY-READ"
for ((i = 0; i < 50; i++)); do echo "$mark $i"; done >"$(tree n0)/NAME-THAT-NOBODY-READS"
share_all n0 n3
begun=$(now_us)
holds "two members replicate through strangers" alike 60 n0 n3
note "after $(seconds_since "$begun") s"
know_nothing() { local node; for node in n1 n2; do [ "$(q_json "$node" folders | jq '.folders | length')" = 0 ] || return; done; }
holds "who have no folder" know_nothing
echo back >"$(tree n3)/back"
holds "and back" mesh_until 20 test -e "$(tree n0)/back"
nothing_stored() { ! grep -rqa -e "$mark" -e NAME-THAT-NOBODY-READS "$mesh/n1" "$mesh/n2"; }
holds "no relay keeps a byte of it" nothing_stored
mesh_down "$mesh" 2>/dev/null
nothing_in_air() { [ -s "$work/air.pcap" ] && ! grep -qa -e "$mark" -e NAME-THAT-NOBODY-READS "$work/air.pcap"; }
holds "and the air carries neither its names nor its content in clear" nothing_in_air
