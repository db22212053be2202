#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 150
#
# qanat @NODE reads a node over the mesh, if it allows that: the same output and exit codes as on
# the node itself, small answers and large ones; to nobody else, and nothing but reading.
#
#     n0 --- n1 --- n2 --- n3        5 % loss; n3 lets n0 read, and not n1
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
mesh_up "$mesh" --topology line --nodes 4 --no-daemons || exit 1
mapfile -t nodes < <(mesh_nodes "$mesh")
: >"$work/n3.conf"
printf '%s\n' --config "$work/n3.conf" >"$mesh/n3/args"
mesh_start_all "$mesh" "${nodes[@]}" || exit 1
mesh_until 40 mesh_is_whole "$mesh" || { echo "not ok every node finds every other one"; exit 1; }

gives() { # STATUS WORD NODE QANAT-WORD...: its exit code, and what it says
	local status=$1 word=$2 got
	shift 2
	timeout 40 "$mesh_programs/qanat" --state "$mesh/$1/state" "${@:2}" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ $got = "$status" ] && [[ $(cat "$work/out" "$work/err") == *"$word"* ]] && return
	note "$*: exit $got: $(head -c 300 "$work/err")"
	return 1
}
id_of() { q_json "$1" status | jq -r .node.id; }
id0=$(id_of n0)
id1=$(id_of n1)

holds "who is not allowed is told so, and what its keeper would write: exit 4" gives 4 "care = $id0" n0 @n3 status
printf 'care = %s\n' "$id0" >"$work/n3.conf"
mesh_signal HUP "$mesh/n3/pid"
allowed() { gives 0 "$(id_of n3)" n0 @n3 status; }
holds "who is allowed reads, over three hops" mesh_until 10 allowed
holds "and nobody else: exit 4" gives 4 "care = $id1" n1 @n3 status

same() { # QANAT-WORD...: what n3 says itself is what it says over the mesh
	q n3 "$@" >"$work/there" && q n0 @n3 "$@" >"$work/here" && cmp "$work/there" "$work/here"
}
holds "folders, for people: the same as there" same folders
holds "folders, as JSON" same --json folders
holds "the map as a graph" same map
knows_all() { [ "$(q_json n0 @n3 routes | jq '[.routes[].name] | sort == ["n0", "n1", "n2"]')" = true ]; }
holds "routes are those of the node that is asked" knows_all
neighbour() { [ "$(q_json n0 @n3 neighbours | jq -r '.neighbours[0].name')" = n2 ]; }
holds "so are neighbours" neighbour
pings() { q_json n0 @n3 ping n1 -c 2 -i 0.1 | jq_true '.received == 2 and .hops == 2'; }
holds "it pings from there" pings
traces() { [ "$(q_json n0 @n3 trace n1 | jq -r '[.hops[].name] | join(" ")')" = "n2 n1" ]; }
holds "it traces from there" traces
holds "metrics are text" gives 0 qanat_ n0 @n3 metrics
holds "what is not there is not found there: exit 5" gives 5 nothing n0 @n3 members nothing
holds "status --check ends as it does there" gives 0 '' n0 @n3 status --check
itself() { [ "$(q_json n0 @n0 status | jq -r .node.id)" = "$id0" ]; }
holds "a node may be asked for itself" itself
holds "a writing command is refused by name: exit 2" gives 2 "share: another node is only read" n0 @n3 share /tmp
holds "a node that nobody knows: exit 5" gives 5 nobody n0 @nobody status

mkdir "$work/many"
for i in {1..120}; do
	mkdir "$work/many/d$i"
	q n3 --quiet share "$work/many/d$i" --name "$(printf 'a folder with a long name, number %04d' "$i")" >/dev/null
done
large() { same --json folders && [ "$(wc -c <"$work/here")" -gt 30000 ]; }
settled() { q_json n3 folders | jq_true '[.folders[] | select(.state != "synced")] | length == 0'; }
mesh_until 30 settled
begun=$(now_us)
holds "a large answer comes whole" large
note "$(wc -c <"$work/here") bytes after $(seconds_since "$begun") s"
at_once() { # COUNT: so many questions; sets refused
	local i pids=()
	refused=0
	for ((i = 0; i < $1; i++)); do
		timeout 30 "$mesh_programs/qanat" --state "$mesh/n0/state" @n3 folders >/dev/null 2>"$work/err$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || refused=$((refused + 1)); done
}
eight() { at_once 8 && [ $refused = 0 ]; }
holds "eight questions at once are all answered, one after the other" eight
too_many() { at_once 20 && [ $refused -ge 1 ] && cat "$work"/err* | grep -q 'too many'; }
holds "of more some are refused, and told so" too_many
answers_again() { gives 0 '' n0 @n3 status; }
holds "and answered again a moment later" mesh_until 10 answers_again

mesh_signal STOP "$mesh/n3/pid"
begun=$(now_us)
holds "a node that does not answer: exit 6" gives 6 'does not answer' n0 @n3 status
note "after $(seconds_since "$begun") s"
mesh_signal CONT "$mesh/n3/pid"
: >"$work/n3.conf"
mesh_signal HUP "$mesh/n3/pid"
forbidden() { gives 4 "care = $id0" n0 @n3 status; }
holds "who is not allowed any more is told so" mesh_until 30 forbidden
[ $bad = 0 ] || show_logs
