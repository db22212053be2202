#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 120
#
# A class that switches on in one room, and a camp where each hears twenty: the channel is not
# filled for ever by what is repeated because the channel is full.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-world.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

crowd() { # NAME SHAPE SEED
	printf '%s\n' "$2" "set retries 4" "world run 20s" "world measure from=15s every=200ms ping=0ms" |
		"$build/qanat-world" - --seed "$3" >"$work/$1.$3" 2>&1
}

judge() { # NAME SEED WHAT
	awk -v what="$3, seed $2" '
		function say(good, sentence) { print (good ? "ok " : "not ok ") what ": " sentence }
		/^pairs routed  / { routed = $3 }
		/^control, settled/ { bytes = $3 }
		END {
			say(routed >= 0.9999, "after 15 s each is routed to each, " routed " of all times")
			say(bytes > 0 && bytes <= 4500, "control is " bytes " bytes a node and second by then")
		}' "$work/$1.$2"
}

for seed in 1 2; do
	crowd room "full 40" $seed &
	crowd camp "random 60 degree=20" $seed
	wait
	judge room $seed "a room of forty"
	judge camp $seed "sixty of whom each hears twenty"
done
