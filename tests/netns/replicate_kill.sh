#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 150
#
# Any node may die at any moment: no half file is ever visible, and in the end all are alike.
#
#     n0 --- n1 --- n2 --- n3        5 % loss a try; 20 times somebody is killed with -9
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
seed=${SEED:-$RANDOM}
RANDOM=$seed
note "SEED=$seed"
up --topology line --nodes 4
mkdir -p "$(tree n0)" "$work/beside"
: >"$work/true"

# A new version of a file of n0: whole at once, and known as true before anybody sees it.
write_version() { # NAME BYTES
	head -c "$2" /dev/urandom >"$work/beside/new"
	(cd "$work/beside" && sha256sum new | sed "s|  new|  $1|") >>"$work/true"
	mv "$work/beside/new" "$(tree n0)/$1"
}

# Every file that stands in a tree of the others must be a true version of its name.
look_once() {
	local node
	for node in n1 n2 n3; do
		(cd "$(tree "$node")" 2>/dev/null && find . -name .qanat -prune -o -type f -print0 |
			xargs -0 -r sha256sum 2>/dev/null | sed 's|  \./|  |')
	done >"$work/seen"
	grep -vxFf "$work/true" "$work/seen" >>"$work/false"
	wc -l <"$work/seen" >>"$work/looks"
}
watcher() {
	while [ ! -e "$work/stop" ]; do look_once; sleep 0.05; done
}

for ((i = 0; i < 30; i++)); do write_version "file$i" $((RANDOM * 8)); done
write_version large 4000000
share_all n0 n1 n2 n3
: >"$work/false"
watcher &
watch=$!

kills() {
	local round node
	for ((round = 0; round < 20; round++)); do
		write_version "file$((RANDOM % 30))" $((RANDOM * 8))
		[ $((round % 5)) != 0 ] || write_version large $((3000000 + RANDOM * 8))
		sleep "0.$((RANDOM % 90 + 10))"
		node=n$((RANDOM % 4))
		mesh_kill "$mesh" "$node" -9 || return
		sleep "0.$((RANDOM % 30 + 10))"
		mesh_start "$mesh" "$node" || return
	done
}
holds "20 times a node is killed at a random moment and comes up again" kills
begun=$(now_us)
holds "in the end all are alike" alike 60 n0 n1 n2 n3
note "alike $(seconds_since "$begun") s after the last one"
: >"$work/stop"
wait $watch
look_once
note "$(wc -l <"$work/looks") looks at $(awk '{ n += $1 } END { print n }' "$work/looks") files"
sort "$work/false" | uniq -c | head -n 5 | sed 's/^/# not a true version: /' >&2
holds "no half file was ever visible" test ! -s "$work/false"
enough() { [ "$(awk '{ n += $1 } END { print n }' "$work/looks")" -gt 500 ]; }
holds "and there was somebody who looked" enough
no_conflicts() { [ "$(q_json n1 conflicts | jq '.conflicts | length')" = 0 ]; }
holds "nothing of it was taken for a conflict" no_conflicts
