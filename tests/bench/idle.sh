#!/bin/bash
# SPDX-License-Identifier: ISC
#
# What a node costs that has nothing to do: wake-ups of its threads, processor time, and frames
# and bytes on the air a minute, in the mean of a settled mesh without traffic, alone and in a line,
# also where all save power.
# One JSON object; SECONDS_EACH=60.
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
seconds=${SECONDS_EACH:-60}

# Switches that a thread asked for: each is a wake-up after it.
wakeups() { # NODE
	awk '/^voluntary_ctxt_switches/ { n += $2 } END { print n + 0 }' "/proc/$(pid_of "$1")"/task/*/status
}
ticks() { sed 's/.*) //' "/proc/$(pid_of "$1")/stat" | awk '{ print $12 + $13 }'; } # NODE
pid_of() { cut -d' ' -f1 "$mesh/$1/pid"; } # NODE
sample() { # one line a node: wake-ups, ticks, frames, bytes
	local node
	for node in "${nodes[@]}"; do
		printf '%s %s ' "$(wakeups "$node")" "$(ticks "$node")"
		air | jq -r --arg n "$node" '.nodes[] | select(.name == $n) | "\(.frames) \(.bytes)"'
	done
}
measure() { # COUNT POWER-SAVE
	local node
	up --topology line --nodes "$1" --loss 1%
	for node in "${nodes[@]}"; do
		[ "$2" = on ] || break
		mesh_kill "$mesh" "$node"
		echo "--power-save=on" >>"$mesh/$node/args"
		mesh_start "$mesh" "$node" || exit 1
	done
	sleep 20 # what a cold start has to say is said
	sample >"$work/before"
	sleep "$seconds"
	sample >"$work/after"
	paste -d' ' "$work/before" "$work/after" |
		awk -v s="$seconds" -v hz="$(getconf CLK_TCK)" -v n="$1" -v p="$2" '
			{ w += $5 - $1; t += $6 - $2; f += $7 - $3; b += $8 - $4 }
			END { m = 60 / s / NR; printf "{\"nodes\":%d,\"power_save\":\"%s\",\"wakeups_a_minute\":%.0f,\"cpu_ms_a_minute\":%.0f,\"frames_a_minute\":%.0f,\"bytes_a_minute\":%.0f}\n",
				n, p, w * m, t * m * 1000 / hz, f * m, b * m }'
	mesh_down "$mesh"
}
for save in off on; do
	for count in 1 2 5; do measure "$count" $save; done
done | jq -cs '{schema: "qanat.bench/1", bench: "idle", rows: .}'
