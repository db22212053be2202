#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 60
#
# Share of a core that the simulated radio takes under full load: one JSON object a line.
# `carried_of_formula` is the carried rate over 15.22 Mbit/s, what one sender alone gets.

set -u
cd "$(dirname "$0")/../.." || exit 1
ether=$(realpath "${ETHER:-${BUILD:-build}/qanat-ether}")
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
seconds=${SECONDS_EACH:-5}

${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/load" tests/bench/ether_load.c || exit 1
for shape in "2 line" "30 full" "30 line" "25 grid"; do
	# shellcheck disable=SC2086
	set -- $shape
	"$work/load" "$ether" "$1" "$seconds" "$2" >"$work/out" || exit 1
	jq -c '. + {carried_of_formula: (.mbit_s / 15.22 * 1000 | round / 1000)}' "$work/out"
done
