# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
#
# The main job as a figure: a folder of 2,000 files and one of 20 MB, from n0 to every node.
# Beside it the lower bound: its bytes once over each hop of a spanning tree, nothing lost.
# To be sourced after common.sh. Sets payload, took_us, and carried: what each node sent and
# the radio did not lose, over the payload, in hundredths. Without retries of the radio a
# frame that is lost goes out again as a new one, so what was lost is no second carriage.

payload_files=2000
payload_big=20000000

# Of the frames that reached somebody's ears, how many were lost or collided; with retries
# of the radio only the frames given up count, since its bytes are counted once a frame.
lost_share='(if ([.nodes[].retries] | add) > 0 then
	([.nodes[].drops_retry_limit] | add) / ([.nodes[].frames] | add)
	else ([.nodes[] | .losses + .collisions] | add) /
	([.nodes[] | .rx_frames + .losses + .collisions] | add) end)'

payload_cross() { # SECONDS UP-OPTION...
	local limit=$1
	shift
	up "$@"
	make_files "$(tree n0)" $payload_files $payload_big 1
	read -r _ payload < <(tree_count "$(tree n0)")
	tell reset >/dev/null
	share_all "${nodes[@]}"
	took_us=$(now_us)
	alike "$limit" "${nodes[@]}" || return
	took_us=$(($(now_us) - took_us))
	air >"$work/air.json"
	mapfile -t carried < <(jq "$lost_share"' as $lost |
		.nodes[] | .bytes * (1 - $lost) * 100 / '"$payload | floor" "$work/air.json")
}

payload_note() {
	local n=$((${#nodes[@]} - 1))
	note "$((took_us / 1000000)).$((took_us / 100000 % 10)) s for $payload bytes to $n nodes, mode $(cat "$mesh/mode")"
	note "sent by each node: $(jq -c '[.nodes[].bytes]' "$work/air.json") bytes"
	note "that is $(jq -c "[.nodes[].bytes * 100 / $payload | floor]" "$work/air.json") hundredths of the payload;" \
		"without what the radio lost ${carried[*]}"
	note "lower bound: $((payload * n)) bytes in all; sent $(jq '[.nodes[].bytes] | add' "$work/air.json")"
	note "airtime: $(jq -c '[.nodes[].airtime_us / 1000 | floor]' "$work/air.json") ms" \
		"of $((took_us / 1000)); lower bound $((payload * 8 / 20000)) ms a hop"
	note "frames: $(jq -c '[.nodes[] | [.frames, .rx_frames, .losses, .collisions, .drops_queue_full]]' "$work/air.json")" \
		"sent, received, lost, collided, dropped at a full queue"
}

most() { printf '%s\n' "$@" | sort -n | tail -n 1; }
