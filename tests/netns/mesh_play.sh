#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 120
#
# A scenario of qanat-world is played by real daemons.
#
#     n0 --- n1 --- n2        5 % loss; n1 - n2 is cut and mended, n1 crashes and starts
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
mesh_command=$PWD/sim/netns/mesh
export BUILD=$mesh_programs

mkdir "$work/in"
cat >"$work/in/nodes" <<-TEXT
	line 3
	set loss 5%
	set retries 4
TEXT
cat >"$work/small.world" <<-TEXT
	include in/nodes
	world run 60s
	world share n0 files=6 bytes=50k
	world join n1..n2
	world at 1500ms ping n0 n2
	at 2s cut n1 n2
	world at 2500ms edit n0 files=3
	at 4s join n1 n2
	world at 4500ms crash n1 for=500ms
	world disk n1 full
TEXT
plays() { "$mesh_command" play "$mesh" "$work/small.world" --seed 3 >"$work/report" 2>"$work/said"; }
plays
status=$?
sed 's/^/# /' "$work/report" "$work/said"
say "a line whose link breaks and whose relay crashes becomes whole, and its trees alike" $status
holds "the report has a row for each node and says since when" test \
	"$(grep -cE '^n[0-2] ' "$work/report")$(grep -cE '^(routes as the graph|trees alike) +since [0-9]' "$work/report")" = 32
holds "every radio carried something" awk '/^n[0-2] / && ($4 < 1000 || $5 <= 0) { bad = 1 } END { exit bad }' "$work/report"
holds "what only the simulator can do is named" grep -qF 'small.world:10: world disk: only qanat-world' "$work/said"
holds "nothing is left behind" test ! -e "$mesh"

refuses() { # LINE WORD
	printf 'include in/nodes\n%s\n' "$1" >"$work/wrong.world"
	"$mesh_command" play "$mesh" "$work/wrong.world" >"$work/report" 2>"$work/said"
	[ $? = 2 ] && grep -qF -- "wrong.world:2: $2" "$work/said" && [ ! -e "$mesh" ] && return
	sed 's/^/# /' "$work/said"
	return 1
}
holds "an unknown word is refused with its line" refuses 'world fly n0' 'unknown word after world: fly'
holds "a node that is not there is refused" refuses 'world at 1s crash n3' 'no such node: n3'
holds "a mistake of the radio's lines is refused" refuses 'at 1s fly n0' 'not cut, join'
