#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 90
#
# Garbage on the air: truncated, oversized, forged, replayed and random frames. Nodes count
# them by reason, say nothing louder than debug, answer no stranger with more than he sent,
# and go on as before.
#
#     n0 --- n1 --- n2        x hears and is heard by all three; 5 % loss
#      \      |     /
#       `---- x ---'
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
seed=${SEED:-$RANDOM}
frames=${NOISE_FRAMES:-12000}
note "SEED=$seed"
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/noise" tests/netns/noise.c || exit 1
cat >"$work/topology" <<'T'
line 3
node x
link x n0
link x n1
link x n2
T
mesh_up "$mesh" --mode socket --topology "$work/topology" --pcap "$work/air.pcap" --no-daemons || exit 1
nodes=(n0 n1 n2)
mesh_start_all "$mesh" "${nodes[@]}" || exit 1
holds "three nodes find each other" mesh_until 30 reaches n0 n2
make_files "$(tree n0)" 20 300000 6
share_all n0 n1
alike 30 n0 n1 >/dev/null

drops() { # NODE: reason and count of what it dropped
	q "$1" metrics | sed -n 's/^qanat_drops[a-z_]*{.*reason="\([^"]*\)".*} \([0-9]*\)$/\1 \2/p'
}
total() { drops "$1" | awk '{ n += $2 } END { print n + 0 }'; }
log_lines() { cat "$mesh"/n?/log | wc -l; }
flushed() { [ "$(stat -c %s "$work/air.pcap")" -gt 100000 ]; }
mesh_until 5 flushed
head -c 3000000 "$work/air.pcap" >"$work/heard.pcap"
pids="$(mesh_alive "$mesh/n0/pid") $(mesh_alive "$mesh/n1/pid") $(mesh_alive "$mesh/n2/pid")"
lines=$(log_lines)
before=$(total n1)
drops n1 >"$work/before"
"$work/noise" "$mesh/air" x "$work/heard.pcap" "$frames" "$seed" >"$work/noise.json" &
noise=$!
pinged() {
	q_json n0 ping n2 -c 20 -i 0.1 >"$work/ping" 2>/dev/null
	[ "$(jq '.received >= 10' "$work/ping")" = true ]
}
holds "pings get through while it lasts" mesh_until 15 pinged
note "ping meanwhile: $(jq -c '[.sent, .received, .rtt_s]' "$work/ping")"

wait $noise
note "$(cat "$work/noise.json")"
same_pids() { [ "$pids" = "$(mesh_alive "$mesh/n0/pid") $(mesh_alive "$mesh/n1/pid") $(mesh_alive "$mesh/n2/pid")" ]; }
holds "every node lives" same_pids
counted() { [ $(($(total n1) - before)) -gt $((frames / 4)) ]; }
holds "what was dropped is counted" counted
drops n1 | diff "$work/before" - | grep '^>' | sed 's/^>/# dropped by n1:/' >&2
reasons() { [ "$(drops n1 | diff "$work/before" - | grep -c '^>')" -ge 3 ]; }
holds "by more than one reason" reasons
holds "nobody said more than a debug line" test "$(log_lines)" = "$lines"
smaller() { [ "$(jq '.answer_bytes <= .sent_bytes / 4' "$work/noise.json")" = true ]; }
holds "a stranger gets far less than he sends" smaller
holds "pings work as before" reaches n0 n2
only_friends() { [ "$(q_json n1 neighbours | jq '[.neighbours[].id] | unique | length')" = 2 ]; }
holds "nobody has a new neighbour" mesh_until 20 only_friends
echo after >"$(tree n0)/after"
holds "files cross as before" mesh_until 20 test -e "$(tree n1)/after"
[ $bad = 0 ] || show_logs
