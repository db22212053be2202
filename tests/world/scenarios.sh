#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 300
#
# The worked scenarios of sim/README.md hold, each with three seeds.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-world.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

for scenario in chain halves convoy city camp liars crash members; do
	"$build/qanat-world" "sim/worlds/$scenario.world" --seeds 1..3 --jobs 2 >"$work/out" 2>&1
	status=$?
	grep '^broken' "$work/out"
	if [ $status = 0 ]; then
		echo "ok world $scenario: every verdict holds with seeds 1 to 3"
	else
		echo "not ok world $scenario: every verdict holds with seeds 1 to 3"
	fi
done
for found in tests/world/found/*.world; do
	seed=$(sed -n 's/^# seed \([0-9]*\).*/\1/p' "$found")
	"$build/qanat-world" "$found" --seed "$seed" >"$work/out" 2>&1
	status=$?
	grep 'BROKEN' "$work/out"
	if [ $status = 0 ]; then echo -n "ok "; else echo -n "not ok "; fi
	echo "$(basename "$found" .world): $(sed -n '1s/^# //p' "$found")"
done

# The story changes nothing, and is what it says it is.
"$build/qanat-world" sim/worlds/chain.world --seed 2 >"$work/plain" 2>/dev/null
"$build/qanat-world" sim/worlds/chain.world --seed 2 --trace "$work/lines" --html "$work/page.html" \
	>"$work/told" 2>/dev/null
if cmp -s "$work/plain" "$work/told"; then echo -n "ok "; else echo -n "not ok "; fi
echo "a world that is told has the same digest"
if jq -es '[.[] | .is] | (index("begin") == 0) and (index("folder") != null) and (.[-1] == "end")' \
	"$work/lines" >/dev/null; then echo -n "ok "; else echo -n "not ok "; fi
echo "its lines are JSON, from the beginning to the end"
if grep -q '</html>' "$work/page.html" && ! grep -qE '(src|href)="?https?:' "$work/page.html"; then
	echo -n "ok "
else
	echo -n "not ok "
fi
echo "its page needs nothing from elsewhere"
