#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Routing beside babeld and bird (Babel), one after the other on the same radio, topology
# and load. Prints a JSON line for each part and daemon, then a table.
#
#     routing.sh [PART | DAEMON]...     default: all of both
#
# DAEMON: qanat, babeld, bird, peer (routing/lib.sh: any other one, by ROUTING_PEER)
# PART, on a 5x5 grid n0 (corner) ... n24 (far corner) without loss, 4 retries of the radio:
#     cold      all daemons at once, until all pairs are routed; COLD_TRIES times
#     cut       a link in the middle of n0 -> n24 falls silent under a stream of 100 packets/s:
#               the longest silence at n24, and until all pairs are routed; TRIES times
#     quiet     the same, but the stream begins with the cut
#     restart   n12 after kill -9 and 5 s, until all pairs are routed; COLD_TRIES times
#     roam      n0 loses its links and gets those of n24: the stream from n12 to it; what is
#               not routed after 20 s is stuck; TRIES times
#     steady    60 s to settle, 60 s of watching; bytes are whole Ethernet frames
#     lossy     the same with 10 % loss a frame and no retries
# and on random meshes:
#     cold100, steady100     100 nodes, degree 8
#     moving    50 nodes in 1 km x 1 km, degree 6; each goes 30 m every 10 s, for 2 minutes
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
. tests/bench/routing/lib.sh
tries=${TRIES:-7} cold_tries=${COLD_TRIES:-5} settle_s=${SETTLE_S:-60} watch_s=${WATCH_S:-60} seed=${SEED:-1}
results=$work/results running='' begun_us=0
: >"$results"

all_parts=(cold cut quiet restart roam steady lossy cold100 steady100 moving) parts=() daemons=()
for word; do
	case $word in
	qanat | babeld | bird | peer) daemons+=("$word") ;;
	cold | cut | quiet | restart | roam | steady | lossy | cold100 | steady100 | moving) parts+=("$word") ;;
	*) echo "routing.sh: $word: no such part or daemon" >&2; exit 2 ;;
	esac
done
[ ${#parts[@]} != 0 ] || parts=("${all_parts[@]}")
[ ${#daemons[@]} != 0 ] || daemons=(qanat babeld bird ${ROUTING_PEER:+peer})
[ "$(id -u)" = 0 ] || skip "routing" "needs root"
peers_unpack || note "babeld and bird cannot be had here"

# ------------------------------------------------------------------------------- parts

ensure_running() { # KIND
	[ "$running" = "$1" ] || daemons_start "$1" && settled "$1" 120
}

cold() { # KIND TRIES PART
	local i all=()
	for ((i = 0; i < $2; i++)); do
		[ -z "$running" ] || daemons_end "$running"
		sleep 1
		daemons_start "$1" || return
		all+=("$(probe "$1" whole "$begun_us" 60)")
	done
	figure "$3" "$1" --argjson all "$(printf '%s\n' "${all[@]}" | jq -cs .)" '{seconds_median: ($all | map(.seconds) | sort | .[length / 2 | floor]),
		seconds_worst: ($all | map(.seconds) | max), seconds: ($all | map(.seconds)), missing_pairs: ($all | map(.missing_pairs) | max)}'
}
part_cold() { cold "$1" "$cold_tries" cold; }
part_cold100() { cold "$1" "$cold_tries" cold100; }

# The lines of a probe's events, as one figure.
events_figure() { # PART KIND FILE
	figure "$1" "$2" --slurpfile all "$3" '$all | {outage_s_median: (map(.outage_s) | sort | .[length / 2 | floor]),
		outage_s_worst: (map(.outage_s) | max), all_pairs_s_median: (map(.all_pairs_s // 999) | sort | .[length / 2 | floor]),
		all_pairs_s_worst: (map(.all_pairs_s // 999) | max), stuck_tries: (map(select(.stuck_pairs > 0)) | length),
		stuck_pairs_worst: (map(.stuck_pairs) | max), lost_packets_median: (map(.lost_packets) | sort | .[length / 2 | floor]),
		looping_pairs_max: (map(.looping_pairs_max) | max), looped_s_worst: (map(.looped_s) | max), tries: length, outages_s: map(.outage_s), all_pairs_s: map(.all_pairs_s)}'
}

allow_stream() { # KIND FROM TO
	[ "$1" != qanat ] || q "$3" --quiet allow "$2" 5300/udp >/dev/null
}

cuts() { # KIND LEAD-MS PART
	local i event
	ensure_running "$1"
	allow_stream "$1" n0 n24
	: >"$work/events"
	for ((i = 0; i < tries; i++)); do
		sleep 3
		event=$(probe "$1" event n0 n24 "$2" 45 "cut path") || { note "$1: $3: no result"; continue; }
		echo "$event" >>"$work/events"
		note "$3 $1 $event"
		# shellcheck disable=SC2046
		tell $(jq -r .event <<<"$event" | sed 's/cut/join/') >/dev/null
		settled "$1" 60
	done
	events_figure "$3" "$1" "$work/events"
}
part_cut() { cuts "$1" 2000 cut; }
part_quiet() { cuts "$1" 0 quiet; }

part_restart() { # KIND
	local i all=()
	for ((i = 0; i < cold_tries; i++)); do
		ensure_running "$1"
		sleep 3
		daemon_kill "$1" KILL n12
		sleep 5
		daemon_ready "$1" 12 && daemons_go n12 || return
		all+=("$(probe "$1" whole "$begun_us" 60)")
	done
	figure restart "$1" --argjson all "$(printf '%s\n' "${all[@]}" | jq -cs .)" '{seconds_median: ($all | map(.seconds) | sort | .[length / 2 | floor]),
		seconds_worst: ($all | map(.seconds) | max), seconds: ($all | map(.seconds)), missing_pairs: ($all | map(.missing_pairs) | max)}'
}

part_roam() { # KIND
	local i event near=(n1 n5) far=(n19 n23) other
	ensure_running "$1"
	allow_stream "$1" n12 n0
	: >"$work/events"
	for ((i = 0; i < tries; i++)); do
		sleep 3
		event=$(probe "$1" event n12 n0 2000 20 "cut n0 ${near[0]}" "cut n0 ${near[1]}" "join n0 ${far[0]}" "join n0 ${far[1]}") ||
			{ note "$1: roam: no result"; continue; }
		echo "$event" >>"$work/events"
		note "roam $1 $event"
		other=("${near[@]}") near=("${far[@]}") far=("${other[@]}")
		settled "$1" 60
	done
	if [ "${near[0]}" != n1 ]; then
		for other in "cut n0 n19" "cut n0 n23" "join n0 n1" "join n0 n5"; do
			# shellcheck disable=SC2086
			tell $other >/dev/null
		done
	fi
	events_figure roam "$1" "$work/events"
}

steady() { # KIND PART
	local before after cost_before cost_after watched
	ensure_running "$1"
	sleep $((settle_s / 2))
	cost_before=$(daemons_cost)
	sleep $((settle_s / 2)) # nobody asks for tables: this is the daemons' own time
	cost_after=$(daemons_cost) before=$(air)
	watched=$(probe "$1" watch "$watch_s" 1000)
	after=$(air)
	figure "$2" "$1" --argjson before "$before" --argjson after "$after" --argjson watched "$watched" \
		--argjson cost "[$cost_before, $cost_after]" --argjson settle_s "$settle_s" '
		($after.time_s - $before.time_s) as $s | [$before.nodes, $after.nodes] | transpose |
		map({bytes: ((.[1].bytes - .[0].bytes) / $s), packets: ((.[1].frames - .[0].frames) / $s)}) | {
		bytes_per_second_mean: (map(.bytes) | add / length | round), bytes_per_second_max: (map(.bytes) | max | round),
		packets_per_second_mean: (map(.packets) | add / length * 100 | round / 100),
		packets_per_second_max: (map(.packets) | max * 100 | round / 100),
		cpu_ms_per_second: (($cost[1][0] - $cost[0][0]) / ($settle_s / 2) / length * 100 | round / 100),
		rss_kb: ($cost[1][1] / length | round)} + $watched'
}
part_steady() { steady "$1" steady; }
part_steady100() { steady "$1" steady100; }
part_lossy() {
	ensure_running "$1"
	tell set loss 10% >/dev/null && tell set retries 0 >/dev/null
	steady "$1" lossy
	tell set loss 0% >/dev/null && tell set retries 4 >/dev/null
}

part_moving() { # KIND
	local before after watched
	ensure_running "$1"
	sleep 10
	before=$(air)
	watched=$(probe "$1" watch 120 500 30 10 1000 "$seed")
	after=$(air)
	figure moving "$1" --argjson before "$before" --argjson after "$after" --argjson watched "$watched" '
		{bytes_per_second_mean: ([$before.nodes, $after.nodes] | map(map(.bytes) | add) | (.[1] - .[0]) /
		($after.time_s - $before.time_s) / ($after.nodes | length) | round)} + $watched'
}

# ------------------------------------------------------------------------------ topologies

wanted() { # PART...
	local part wish here=()
	for part; do
		for wish in "${parts[@]}"; do
			[ "$part" != "$wish" ] || here+=("$part")
		done
	done
	echo "${here[@]}"
}

place_file() { # NAME LINE...: a topology for mesh_up
	printf '%s\n' "${@:2}" >"$work/$1.topo"
	echo "$work/$1.topo"
}

run_on() { # TOPOLOGY NODES PART...
	local shape=$1 count=$2 kind part
	shift 2
	[ $# != 0 ] || return
	for kind in "${daemons[@]}"; do
		[ "$kind" = qanat ] || [ "$kind" = peer ] || [ -n "$peers" ] || continue
		# a mesh of its own, so that all begin alike
		mesh_up "$mesh" --topology "$shape" --nodes "$count" --loss 0% --seed "$seed" --mode tap --no-daemons || exit 1
		# shellcheck disable=SC2034 # lib.sh reads it
		mapfile -t nodes < <(mesh_nodes "$mesh")
		[ "$kind" = qanat ] || peers_prepare || exit 1
		for part; do "part_$part" "$kind" || note "$kind: $part: failed"; done
		[ -z "$running" ] || daemons_end "$running"
		mesh_down "$mesh"
	done
}

# shellcheck disable=SC2046
{
	run_on grid 25 $(wanted cold cut quiet restart roam steady lossy)
	run_on "$(place_file dense 'random 100 degree=8')" 100 $(wanted cold100 steady100)
	run_on "$(place_file wide 'range 195m' 'random 50 degree=6')" 50 $(wanted moving)
}
jq -rs -f tests/bench/routing/table.jq "$results" | column -t -s "$(printf '\t')"
