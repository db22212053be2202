#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 600
#
# The same world is the same everywhere: one seed gives one digest, twice and with both
# compilers, and what runs in it are the daemon's own objects.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-world.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

say() { # RESULT SENTENCE
	if [ "$1" = 0 ]; then echo "ok $2"; else echo "not ok $2"; fi
}

run() { # BUILD OUT ARGUMENT...
	"$1/qanat-world" "${@:3}" >"$2" 2>"$2.err" &
}

for scenario in line folder; do
	file=sim/worlds/$scenario.world
	run "$build" "$work/gcc" "$file" --seed 7
	one=$!
	run "$build-clang" "$work/clang" "$file" --seed 7
	two=$!
	wait $one
	gcc=$?
	wait $two
	clang=$?
	grep -vE '^n[0-9]' "$work/gcc"
	say $gcc "world $scenario: every verdict holds, routes and trees to the end, by gcc"
	say $clang "world $scenario: every verdict holds, by clang"
	[ -s "$work/gcc" ] && cmp -s "$work/gcc" "$work/clang"
	say $? "world $scenario: one seed, one report and digest, with gcc and clang"
done

for seed in 1 2 3 4 5 6; do
	"$build/qanat-world" sim/worlds/crash.world --seed $seed >"$work/crash" 2>/dev/null
	say $? "world crash, seed $seed: what a crashed relay lacked is whole within 20 virtual seconds"
done

"$build/qanat-world" sim/worlds/line.world --seed 7 >"$work/first" 2>/dev/null
"$build/qanat-world" sim/worlds/line.world --seed 7 >"$work/second" 2>/dev/null
cmp -s "$work/first" "$work/second"
say $? "the same world twice gives the same report and digest"
"$build/qanat-world" sim/worlds/line.world --seed 8 >"$work/other" 2>/dev/null
[ "$(tail -n 1 "$work/first")" != "$(tail -n 1 "$work/other")" ]
say $? "another seed gives another digest"
# Random worlds with everything in them, also without optimisation and under sanitizers.
"${MAKE:-make}" BUILD="$build-O0" WERROR= CFLAGS='-O0 -U_FORTIFY_SOURCE' "$build-O0/qanat-world" >"$work/make" 2>&1 ||
	cat "$work/make"
for seed in 3 12 30 55 60; do
	for kind in "" -clang -O0 -san; do
		"$build$kind/qanat-world" random --seed $seed >"$work/random$kind" 2>"$work/err$kind"
	done
	[ -s "$work/random" ] && cmp -s "$work/random" "$work/random-clang" &&
		cmp -s "$work/random" "$work/random-O0" && cmp -s "$work/random" "$work/random-san"
	say $? "random world $seed: one report and digest by gcc -O2, clang, gcc -O0 and sanitizers"
done

# The objects from node/core down that a program was linked from, by its link map.
objects() {
	grep -oE "obj/(node/(base|wire|crypto|session|flow|control|core)|routing|sync)/room\.a\([a-z0-9_]+\.o\)" \
		"$1" | sort -u
}
objects "$build/qanatd.map" >"$work/daemon"
objects "$build/qanat-world.map" >"$work/world"
# what makes text for people (node/control, the names of roles) the world has no use for
people='node/control|sync/room\.a\(rights\.o\)'
grep -vE "$people" "$work/world" >"$work/world.core"
grep -vE "$people" "$work/daemon" >"$work/daemon.core"
[ "$(wc -l <"$work/daemon.core")" -gt 60 ] && cmp "$work/daemon.core" "$work/world.core"
say $? "the link maps show that world and daemon are made of the same $(wc -l <"$work/daemon.core") objects"

printf 'line 3\nworld at 1s ping n0 n9\n' >"$work/bad.world"
"$build/qanat-world" "$work/bad.world" >/dev/null 2>"$work/bad"
[ $? = 2 ] && grep -q 'bad.world:2: no such node' "$work/bad"
say $? "a wrong scenario is refused with its line"
printf 'line 3\nworld run 3200ms\nat 3s cut n0 n1\nworld at 3100ms ping n1 n2\n' >"$work/torn.world"
"$build/qanat-world" "$work/torn.world" >"$work/torn" 2>/dev/null
[ $? = 1 ] && grep -q 'verdicts *BROKEN' "$work/torn"
say $? "a world whose verdicts do not hold says so and fails"
