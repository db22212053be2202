#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 300
#
# The ways that frames take are worth it: against the best ways over the radio's own graph, and
# against ways of the least hops.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-world.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# 50 nodes placed by chance: near ones hear each other well and fast, far ones slowly and with
# loss. The radio tells its rates, the loss nobody.
mixed() { # SEED
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		range = 110
		for (i = 0; i < 50; i++) {
			x[i] = int(rand() * 400)
			y[i] = int(rand() * 400)
			print "node n" i, x[i], y[i]
			for (k = 0; k < i; k++) {
				d = sqrt((x[i] - x[k]) ^ 2 + (y[i] - y[k]) ^ 2)
				if (d > range)
					continue
				rate = d < 30 ? 54 : d < 50 ? 36 : d < 70 ? 18 : d < 90 ? 12 : 6
				loss = int(d * d / range / range * 30 * rand())
				print "link n" k " n" i " rate=" rate "M loss=" loss "%"
			}
		}
		print "set retries 4\nworld run 120s"
		print "world measure from=50s every=2s ping=500ms"
	}'
}
# The same rate everywhere, and each way of each link loses up to 60 %.
lossy='random 50 degree=10
set asymmetry 60%
set retries 4
world run 120s
world measure from=60s every=2s ping=500ms'

judge() { # NAME WHAT
	awk -v name="$1" -v most="$2" '
		function say(good, sentence) { print (good ? "ok " : "not ok ") name ": " sentence }
		/^pairs routed  / { routed = $3 }
		/^stretch/ { stretch = $2; stretch95 = $4 }
		/^airtime of ways/ { airtime = $4 }
		/^pings of the measure/ { answered = $5; pings = $7 }
		/^longest loop measured/ { loop = $4 }
		END {
			say(routed >= 0.999, "routes lead to whom they must, " routed " of all times")
			say(stretch > 0 && stretch <= 1.1, "ways cost " stretch " of the best ones in the mean (" stretch95 " at 95 %)")
			say(airtime > 0 && airtime <= most, "they take " airtime " of the airtime of ways with the least hops")
			say(pings > 50 && answered >= 0.99, answered " of " pings " pings are answered")
			say(loop <= 2, "no way goes round for longer than 2 s")
		}'
}

for seed in 1 2; do
	mixed $seed >"$work/mixed.world"
	"$build/qanat-world" "$work/mixed.world" --seed $seed 2>/dev/null | judge "mixed rates and loss, seed $seed" 0.9
	echo "$lossy" >"$work/lossy.world"
	"$build/qanat-world" "$work/lossy.world" --seed $seed 2>/dev/null | judge "mixed loss, seed $seed" 0.95
done
