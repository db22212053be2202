#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 150
#
# A mesh falls apart, both parts work on, and nothing is lost when they meet again; who
# joins late gets everything.
#
#     n0 --- n1 -x- n2 --- n3        5 % loss a try; n1 - n2 is cut for a while; n3 joins last
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
apart_s=${APART_S:-10}
up --topology line --nodes 4
make_files "$(tree n0)" 100 500000 3
echo original >"$(tree n0)/both"
echo original >"$(tree n0)/deleted here, edited there"
share_all n0 n1 n2
holds "three members are alike" alike 40 n0 n1 n2

tell cut n1 n2 >/dev/null
mesh_until 30 reaches_not n1 n2
ends=$((SECONDS + apart_s))
echo left >"$(tree n0)/both"
echo right >"$(tree n2)/both"
rm "$(tree n1)/deleted here, edited there"
echo edited >"$(tree n2)/deleted here, edited there"
round=0
same_here() { same_trees n0 n1; }
while [ $SECONDS -lt $ends ]; do
	round=$((round + 1))
	echo "left $round" >"$(tree n1)/left$round"
	echo "right $round" >"$(tree n2)/right$round"
	rm -f "$(tree n0)/d1/file$((round * 20 + 1))"
	mesh_until 5 test -e "$(tree n0)/left$round"
done
holds "each part works on by itself" mesh_until 20 same_here
tell join n1 n2 >/dev/null
begun=$(now_us)
holds "after the heal all are alike" alike 60 n0 n1 n2
note "$round edits on each side, alike $(seconds_since "$begun") s after the heal"
nothing_lost() {
	local i node
	for node in n0 n1 n2; do
		for ((i = 1; i <= round; i++)); do
			[ "$(cat "$(tree "$node")/left$i")" = "left $i" ] && [ "$(cat "$(tree "$node")/right$i")" = "right $i" ] || return
		done
	done
}
holds "everything that was written on either side is everywhere" nothing_lost

lists() { # NODE PATH
	q_json "$1" conflicts | jq_true --arg p "$2" '[.conflicts[] | select(.path == $p and (.versions | length) >= 2)] | length == 1'
}
everyone_lists() { local node; for node in n0 n1 n2; do lists "$node" "$1" || { note "$node: $(q_json "$node" conflicts)"; return 1; }; done; }
holds "the file that both edited is a conflict on every member" mesh_until 20 everyone_lists both
both_kept() { # both versions stand in the data: under the name, and beside it or in the versions listed
	local node
	for node in n0 n1 n2; do
		[ "$(q_json "$node" conflicts | jq '[.conflicts[] | select(.path == "both") | .versions[].size] | sort == [5, 6]')" = true ] || return
	done
}
holds "and both versions are kept" both_kept
edit_wins() { local node; for node in n0 n1 n2; do [ "$(cat "$(tree "$node")/deleted here, edited there")" = edited ] || return; done; }
holds "an edit is not lost to a deletion" edit_wins

begun=$(now_us)
holds "a late member joins" join n3
holds "and gets everything" alike 60 n0 n1 n2 n3
note "after $(seconds_since "$begun") s"
holds "and knows of the conflict as well" mesh_until 20 lists n3 both
[ $bad = 0 ] || show_logs
