#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 120
#
# A full disk, a read-only one and a folder that is gone: the node says so and tries again,
# the others do not notice, nothing is lost.
#
#     n0 --- n1 --- n2        n2 keeps the folder on a small file system; 5 % loss
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up_in_namespaces "a node in trouble with its disk" --topology line --nodes 3
in_n2() { mesh_exec "$mesh" n2 "$@"; }
# The mount is seen only in the mesh's own namespaces.
hash_n2() { in_n2 bash -c '. "$1/sim/netns/real_tree.sh"; tree_hash "$2"' _ "$PWD" "$(tree n2)"; }
n2_is_alike() { [ "$(hash_n2)" = "$(tree_hash "$(tree n0)")" ]; }
complains() { # NODE: a health line, or an error of the folder
	q_json "$1" status | jq_true '[.health[] | select(.severity != "info")] | length > 0' ||
		q_json "$1" folders | jq_true '.folders[0] | .state == "error" or (.errors | length) > 0'
}
is_content() { complains "$1" >/dev/null && return 1; return 0; }
said() { note "$1: $(q_json "$1" status | jq -c '[.health[] | [.code, .text, .fix]]') $(q_json "$1" folders | jq -c '.folders[0] | [.state, .errors[0:2]]')"; }

mkdir -p "$(tree n2)"
in_n2 mount -t tmpfs -o size=4m,mode=755 none "$(tree n2)" || skip "a node in trouble with its disk" "no tmpfs can be mounted"
make_files "$(tree n0)" 50 1000000 8
share_all n0 n1 n2
holds "first all are alike" mesh_until 40 n2_is_alike
mesh_until 20 is_content n2

head -c 8000000 /dev/urandom >"$(tree n0)/too-big"
holds "a disk that is full is told" mesh_until 40 complains n2
said n2
holds "and stops nobody else" alike 40 n0 n1
n2_works() { in_n2 test ! -e "$(tree n2)/too-big" && mesh_answers "$mesh" n2 && reaches n2 n0; }
holds "no half file stands there, the node works on" n2_works
in_n2 mount -o remount,size=64m "$(tree n2)"
holds "with room again it goes on by itself" mesh_until 60 n2_is_alike
holds "and the complaint is gone" mesh_until 20 is_content n2

in_n2 mount -o remount,ro "$(tree n2)"
echo while-read-only >"$(tree n0)/edit"
holds "a read-only disk is told" mesh_until 40 complains n2
said n2
holds "and stops nobody else" mesh_until 20 cmp -s "$(tree n0)/edit" "$(tree n1)/edit"
in_n2 mount -o remount,rw "$(tree n2)"
holds "when it can be written it goes on by itself" mesh_until 60 n2_is_alike

mv "$(tree n1)" "$work/aside"
echo more >>"$(tree n0)/edit"
holds "a folder that is gone is told" mesh_until 40 complains n1
said n1
others_keep() { [ -e "$(tree n0)/d1/file1" ] && in_n2 test -e "$(tree n2)/d1/file1" && [ ! -e "$(tree n1)" ]; }
holds "and deletes nothing elsewhere, nor is it made anew" others_keep
mv "$work/aside" "$(tree n1)"
holds "when it is back it goes on by itself" alike 60 n0 n1
holds "and the complaint is gone" mesh_until 20 is_content n1
