#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 600
#
# Random worlds with all faults hold: WORLDS of them (2000), with the seeds from FIRST (1) on.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
first=${FIRST:-1} worlds=${WORLDS:-2000}
last=$((first + worlds - 1))
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-world.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

say() { # RESULT SENTENCE
	if [ "$1" = 0 ]; then echo "ok $2"; else echo "not ok $2"; fi
}

"$build/qanat-world" random --seeds "$first..$last" --jobs 2 >"$work/all"
say $? "random worlds of seeds $first to $last: every verdict holds"
cat "$work/all"
[ "$(sed -n 's/^worlds \([0-9]*\) .*/\1/p' "$work/all")" = "$worlds" ]
say $? "the campaign ran $worlds worlds"

# what a campaign on several machines comes to
sim/campaign list random 6 2 >"$work/list"
[ "$(wc -l <"$work/list")" = 3 ]
say $? "a campaign is a list of commands"
(cd "$work" && PATH=$(realpath "$OLDPWD/$build"):$PATH \
	parallel --will-cite -j 2 --sshlogin : --results out/ <list >said 2>&1)
"$build/qanat-world" --merge "$work"/out/*/*/stdout >"$work/sum" && grep -q '^worlds 6 broken 0 ' "$work/sum"
say $? "which GNU parallel runs as it is, and one command adds up what they print"

# a failing seed: its command repeats it, and less of it still fails
cat >"$work/sick.world" <<-TEXT
	line 5
	set loss 5%
	dlink n0 n3
	world run 20s
	world disk n2 real
	at 1s cut n0 n1
	at 1s set retries 0
	at 1s set ber 0.001
	at 2s join n0 n1
	world at 3s ping n0 n4
	at 5s set n4 n3 loss=34%
	world at 6s ping n1 n2
	at 6s set n3 n4 loss=34%
TEXT
"$build/qanat-world" "$work/sick.world" --seed 3 >"$work/said" 2>"$work/err"
[ $? = 1 ] && grep -q "^again: qanat-world $work/sick.world --seed 3\$" "$work/err"
say $? "a world that breaks prints the one command that repeats it"
"$build/qanat-world" "$work/sick.world" --seed 3 --reduce="$work/less.world" >/dev/null 2>&1
lines=$(grep -c . "$work/less.world")
"$build/qanat-world" "$work/less.world" --seed 3 >/dev/null 2>&1
[ $? = 1 ] && [ "$lines" -lt "$(grep -c . "$work/sick.world")" ]
say $? "and a smaller scenario that still breaks ($lines lines)"
