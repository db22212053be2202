#!/bin/bash
# SPDX-License-Identifier: ISC
#
# What routing costs against the number of nodes, in virtual time (sim/worlds/measured.world):
# bytes and frames of control a node and second, whole frames with their Ethernet, IPv6 and
# UDP headers, once all is settled; what they are; how much longer than the best our ways
# are. A JSON object for each N, then a table, and the exponent by which bytes grow from 100
# nodes on.
#
# SIZES (10 25 50 100 200 500 1000), SEED (1), SETTINGS (of the radio: "loss=10%")
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-scale.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
settings=()
for s in ${SETTINGS:-}; do settings+=(--set "$s"); done

for n in ${SIZES:-10 25 50 100 200 500 1000}; do
	"$build/qanat-world" sim/worlds/measured.world --nodes "$n" --seed "${SEED:-1}" "${settings[@]}" \
		>"$work/report" 2>"$work/err"
	[ $? -le 1 ] || cat "$work/err" >&2
	awk -v n="$n" '
		/^control, settled/ { bytes = $3; frames = $6; most = $14; most_frames = $16 }
		/^of these bytes/ { for (i = 4; i < NF; i += 2)
			of = of (i > 4 ? "," : "") "\"" $i "\":" $(i + 1) }
		/^pairs routed  / { routed = $3 }
		/^stretch/ { stretch = $2; stretch95 = $4 }
		/^airtime of ways/ { airtime = $4 }
		/^pings of the measure/ { answered = $5 }
		/^longest loop measured/ { loop = $4 }
		/^verdicts/ { held = $2 == "all" ? "true" : "false" }
		END { printf "{\"bench\":\"world routing scale\",\"nodes\":%d,\"bytes_s\":%s," \
			"\"bytes_s_max\":%s,\"frames_s\":%s,\"frames_s_max\":%s,\"of\":{%s}," \
			"\"routed\":%s,\"stretch\":%s,\"stretch_95\":%s,\"airtime_of_least_hops\":%s," \
			"\"answered\":%s,\"longest_loop_s\":%s,\"held\":%s}\n", n, bytes, most, frames,
			most_frames, of, routed, stretch, stretch95, airtime, answered, loop, held }
	' "$work/report" | tee -a "$work/rows"
done

jq -r '[.nodes, .bytes_s, .bytes_s_max, .frames_s, (.of.hello // 0) + (.of.beat // 0), .of.tc // 0,
	.of.lsdb // 0, .stretch, .stretch_95, .routed, .answered] | @tsv' "$work/rows" | awk '
	BEGIN { printf "%6s %8s %8s %8s %8s %8s %8s %8s %8s %8s %8s\n", "nodes", "bytes/s", "max",
		"frames/s", "hello", "tc", "lsdb", "stretch", "at 95 %", "routed", "answered" }
	{ printf "%6d %8.0f %8.0f %8.2f %8.0f %8.0f %8.0f %8.3f %8.2f %8.4f %8.4f\n",
		$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 }
	$1 >= 100 { k++; x = log($1); y = log($2); sx += x; sy += y; sxx += x * x; sxy += x * y }
	END { if (k > 1) printf "bytes a node and second grow with nodes to the power of %.2f (goal: below 1)\n",
		(k * sxy - sx * sy) / (k * sxx - sx * sx) }'
