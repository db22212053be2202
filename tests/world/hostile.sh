#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 300
#
# Hostile nodes among honest ones for a minute: verdicts hold, and ways are the graph's, though
# others' words come again, changed, and from elsewhere. That faults in what refuses them are
# found by the same worlds, tests/planted/run shows.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-hostile.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

for scenario in hostile tunnel; do
	"$build/qanat-world" "sim/worlds/$scenario.world" --seeds 1..4 --jobs 2 >"$work/out" 2>&1
	status=$?
	grep '^broken' "$work/out"
	[ $status = 0 ] || echo -n "not "
	echo "ok world $scenario: every verdict holds with seeds 1 to 4"
done
"$build/qanat-world" sim/worlds/hostile.world --nodes 30 --seed 7 >"$work/out" 2>&1
status=$?
grep 'BROKEN' "$work/out"
[ $status = 0 ] || echo -n "not "
echo "ok world hostile: the same among thirty"
counted() { # REASON
	[ "$(awk -v reason="$1" '$1 == "dropped" && $2 == reason { print $3 + 0 }' "$work/out")" -gt 0 ] ||
		echo -n "not "
	echo "ok what they did is counted as $1"
}
for reason in signature stale source own malformed; do counted $reason; done
