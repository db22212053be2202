#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 150
#
# kill -9 of the node, or of the warden that it started, at 20 moments each: after the next
# start and stop the machine's links, addresses, routes, filters and resolver are as before,
# byte for byte.
#
#     n0 --- n1        5 % loss; n0 has a private /etc and runs with --dns
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
[ -c /dev/net/tun ] || skip "the network is put back" "no /dev/net/tun here"
private_etc "the network is put back" "nameserver 192.0.2.53" # without a newline
up_in_namespaces "the network is put back" --topology line --nodes 2
in_node() { mesh_exec "$mesh" "$@"; }
mesh_kill "$mesh" n0
echo --dns >"$mesh/n0/args"
seed=${SEED:-$RANDOM}
note "seed $seed (SEED=$seed repeats the moments)"
RANDOM=$seed

state() { # Everything that a warden may change.
	in_node n0 ip -d link show | sed 's/ state [A-Z]* / /; s/,LOWER_UP//'
	in_node n0 ip addr show | sed 's/valid_lft.*//'
	for family in -4 -6; do in_node n0 ip $family route show table all | sort; done
	in_node n0 nft list ruleset 2>/dev/null
	in_node n0 sysctl -a 2>/dev/null | grep -E '^net\.ipv[46]\.conf\.all\.forwarding|^net\.ipv4\.ip_forward'
	stat -c '%a %s %Y' /etc/resolv.conf
	cat /etc/resolv.conf
}
state >"$work/before"
is_before() { state >"$work/now"; cmp -s "$work/before" "$work/now"; }
crashes() { # node|warden COUNT
	local i pid warden
	for ((i = 0; i < $2; i++)); do
		mesh_launch "$mesh" n0 || return
		sleep "0.$(printf %03d $((RANDOM % 400)))"
		read -r pid _ <"$mesh/n0/pid"
		warden=$(pgrep -P "$pid" -x qanat-warden)
		if [ "$1" = warden ]; then
			[ -z "$warden" ] || kill -9 "$warden"
			mesh_kill "$mesh" n0
		else
			mesh_kill "$mesh" n0 -9
		fi
		[ -z "$warden" ] || mesh_until 5 mesh_is_gone_pid "$warden"
		mesh_start "$mesh" n0 && mesh_kill "$mesh" n0 || return
		mesh_until 5 is_before || { note "$1, moment $i"; diff "$work/before" "$work/now" >&2; return 1; }
	done
}
mesh_is_gone_pid() { ! kill -0 "$1" 2>/dev/null; }
differs() { mesh_start "$mesh" n0 && ! is_before && mesh_kill "$mesh" n0; }
holds "a node that runs changes them" differs
holds "after kill -9 of the node at 20 moments all is as before" crashes node 20
holds "after kill -9 of the warden at 20 moments all is as before" crashes warden 20
