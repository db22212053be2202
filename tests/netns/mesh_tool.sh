#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 90
#
# sim/netns/mesh leaves nothing behind, whatever was killed before, in each of its modes.
#
#     n0 --- n1 --- n2
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
mesh_command=$PWD/sim/netns/mesh
export BUILD=$mesh_programs

is_up() { "$mesh_command" exec "$mesh" n1 true && [ "$("$mesh_command" status "$mesh" | grep -c ' pid ')" = 3 ]; }
victims() { # WORD: the file of the process that is to die
	case $1 in
	radio) echo "$mesh/ether.pid" ;;
	keeper) echo "$mesh/keeper" ;;
	daemon) echo "$mesh/n1/pid" ;;
	esac
}
processes() { grep -lzF -- "$mesh" /proc/[0-9]*/cmdline 2>/dev/null; }
nobody_left() { [ -z "$(processes)" ]; }
leaves_nothing() { # VICTIM
	local record=
	"$mesh_command" up "$mesh" --topology line --nodes 3 --mode "$mode" && is_up || return
	if [ -e "$(victims "$1")" ]; then
		record=$(victims "$1")
		mesh_signal KILL "$record"
		mesh_until 5 mesh_is_gone "$record" || return
	fi
	"$mesh_command" down "$mesh" && [ ! -e "$mesh" ] && mesh_until 5 nobody_left
}
names_before=$(ip netns list 2>/dev/null)
for mode in tap packet socket; do
	if ! mesh_up "$mesh" --mode $mode --no-daemons 2>/dev/null; then
		mesh_down "$mesh" 2>/dev/null
		echo "skipped meshes in mode $mode: not possible here"
		continue
	fi
	mesh_down "$mesh"
	for victim in nobody radio daemon keeper; do
		[ $mode:$victim != socket:keeper ] || continue
		holds "mode $mode: down leaves nothing behind when $victim was killed" leaves_nothing $victim
	done
done
holds "no named namespace came or went" test "$(ip netns list 2>/dev/null)" = "$names_before"

# A number that belongs to another process by now is never signalled.
stale() {
	local other
	sleep 60 &
	other=$!
	echo "$other 1" >"$work/pid"
	mesh_end "$work/pid"
	mesh_start_time $other && kill $other && ! wait $other
}
holds "a process with the same number but another start time is left alone" stale
wrong() {
	"$mesh_command" fly "$work/x"
	[ $? = 2 ] && { "$mesh_command" up "$work/x" --topology nonsense; [ $? = 1 ]; } && [ ! -e "$work/x" ]
}
holds "nonsense is refused, and nothing is left of it" wrong 2>/dev/null
