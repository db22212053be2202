#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 100
#
# Names that break scripts, nothing at all, a file of holes and a deep path arrive as they are.
#
#     n0 --- n1 --- n2        5 % loss a try
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up --topology line --nodes 3

hard_tree() { # DIR
	local i deep=$1/deep long
	mkdir -p "$1" && cd "$1" || return
	long=$(printf 'x%.0s' {1..255})
	for i in $'new\nline' "quo'te" 'dou"ble' -rf '--' ' leading' 'trailing ' $'tab\t' '*' '?' '$HOME' \
		'back\slash' '🦀 crab' 'żółć' '...' '.hidden' "$long" '%s%n' ';ls' $'\x01\x7f'; do
		printf 'content of %s' "$i" >"./$i"
	done
	mkdir empty 'dir with space' && : >nothing && : >'dir with space/nothing either'
	ln -s nowhere dangling
	ln -s ../../etc/passwd outside
	ln -s $'new\nline' 'link to -- it'
	ln -s "$(printf 'y%.0s' {1..1000})" 'long link'
	for ((i = 0; i < 40; i++)); do deep=$deep/level$i; done
	mkdir -p "$deep" && echo bottom >"$deep/file"
	printf 'set' >mode0600 && chmod 600 mode0600
	printf 'run' >mode0755 && chmod 755 mode0755
	printf 'read' >mode0444 && chmod 444 mode0444
	mkdir mode0700 && chmod 700 mode0700
	touch -d '1970-01-01T00:00:00.000000001Z' mode0600
	touch -d '2038-01-19T03:14:08.999999999Z' mode0755
	truncate -s 1G sparse && printf 'middle' | dd of=sparse bs=1 seek=600000000 conv=notrunc status=none
	printf 'end' | dd of=sparse bs=1 seek=1073741821 conv=notrunc status=none
}
(hard_tree "$(tree n0)") || { echo "not ok the hard tree is made"; exit 1; }
begun=$(now_us)
share_all n0 n1 n2
holds "hard names, empty files, links, modes, times, holes and deep paths are alike" alike 60 n0 n1 n2
note "after $(seconds_since "$begun") s"
sparse_stays() {
	[ "$(stat -c %s "$(tree n2)/sparse")" = 1073741824 ] && [ "$(du -k "$(tree n2)/sparse" | cut -f1)" -lt 4096 ]
}
holds "a gigabyte of holes stays a file of holes" sparse_stays
no_holes_on_air() { [ "$(air_bytes)" -lt 20000000 ]; }
holds "and does not cross the air" no_holes_on_air
outside_stays() { [ "$(readlink "$(tree n2)/outside")" = ../../etc/passwd ] && [ "$(readlink "$(tree n2)/dangling")" = nowhere ]; }
holds "symbolic links are data, wherever they point" outside_stays

# What cannot travel is said.
mkfifo "$(tree n0)/pipe"
says_pipe() { q_json n0 folders | jq_true '[.folders[0].errors[] | tostring | test("pipe")] | any'; }
holds "what cannot be replicated is listed, never skipped silently" mesh_until 20 says_pipe
echo more >>"$(tree n0)/mode0755"
holds "and holds up nothing else" mesh_until 20 cmp -s "$(tree n0)/mode0755" "$(tree n2)/mode0755"
