#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 100
#
# Renames of files and of directories cross the mesh without their content, deletions too;
# an edit of a large file sends what changed.
#
#     n0 --- n1 --- n2        5 % loss a try
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up --topology line --nodes 3
make_files "$(tree n0)" 200 6000000 2
share_all n0 n1 n2
holds "the first copies are made" alike 60 n0 n1 n2

# COMMAND changes n0's tree; it is alike everywhere by at most BYTES on the air.
costs() { # BYTES COMMAND...
	local most=$1 sent
	shift
	tell reset
	"$@" || return
	alike 30 n0 n1 n2 || return
	sent=$(air_bytes)
	note "$*: $sent bytes on the air"
	[ "$sent" -le "$most" ]
}
cd_do() { (cd "$(tree n0)" && "$@"); }
holds "a renamed file is not sent again" costs 500000 cd_do mv big renamed
holds "a moved directory is not sent again" costs 500000 cd_do mv d3 d4/inside
move_across() { mv "$(tree n1)/renamed" "$(tree n1)/d5/big"; }
holds "nor what another member moves" costs 500000 move_across
swap() { (cd "$(tree n0)" && mv d1 aside && mv d2 d1 && mv aside d2); }
holds "two directories may swap their names" costs 500000 swap
delete_some() { rm -r "$(tree n2)/d6" "$(tree n2)/d7/"*; }
holds "deletions arrive" costs 500000 delete_some
edit() { printf 'changed in the middle' | dd of="$(tree n0)/d5/big" bs=1 seek=3000000 conv=notrunc status=none; }
holds "an edit in a large file sends what changed" costs 1200000 edit
copy() { cp "$(tree n0)/d5/big" "$(tree n0)/copy"; }
holds "a copy is not sent again either" costs 800000 copy
sent_alone() { [ -z "$(find "$work/trees" -name '*conflict*')" ] && [ "$(q_json n1 conflicts | jq '.conflicts | length')" = 0 ]; }
holds "and nothing of it was taken for a conflict" sent_alone
