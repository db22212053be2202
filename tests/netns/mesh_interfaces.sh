#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 100
#
# An interface that goes down, or vanishes and returns under another number, is taken up
# again without a restart.
#
#     n0 --- n1 --- n2        namespaces, 5 % loss
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"

up_in_namespaces "an interface may vanish and return" --topology line --nodes 3
pid=$(mesh_alive "$mesh/n1/pid")
in_n1() { mesh_exec "$mesh" n1 "$@"; }
interface_is() { # true|false
	[ "$(q_json n1 status | jq '.interfaces[0].up')" = "$1" ]
}

in_n1 ip link set qan0 down
holds "an interface that is down is shown as such" mesh_until 10 interface_is false
has_health() { q_json n1 status | jq_true '.health[] | select(.text | test("qan0"))'; }
holds "and a health line says what to do" mesh_until 10 has_health
mesh_until 20 reaches_not n0 n2
in_n1 ip link set qan0 addrgenmode none
in_n1 ip link set qan0 up
in_n1 ip addr replace fe80::2/64 dev qan0 nodad
begun=$(now_us)
holds "it is used again when it is up" mesh_until 30 reaches n0 n2
note "after $(seconds_since "$begun") s"

# Out of the namespace and back, while another one takes its number.
vanish() {
	mesh_enter "$mesh" || return
	"${mesh_into[@]}" nsenter --net="$mesh/ns/n1" \
		unshare --net bash -c 'mount --bind /proc/self/ns/net "$1"' _ "$mesh/ns/n0-aside" ||
		return
	in_n1 ip link set qan0 netns "$mesh/ns/n0-aside" name aside
}
come_back() {
	local number=0
	while [ $number -lt 12 ]; do
		in_n1 ip link add "other$number" type veth peer name "peer$number" || return
		number=$((number + 1))
	done
	mesh_enter "$mesh" || return
	"${mesh_into[@]}" nsenter --net="$mesh/ns/n0-aside" ip link set aside netns "$mesh/ns/n1" name qan0 || return
	mesh_interface_lines 1 | in_n1 ip -batch -
}
before=$(in_n1 ip -o link show qan0 | cut -d: -f1)
: >"$mesh/ns/n0-aside"
holds "the interface is taken away" vanish
holds "the node notices that it is gone" mesh_until 10 interface_is false
mesh_until 20 reaches_not n0 n2
holds "the interface is given back" come_back
after=$(in_n1 ip -o link show qan0 | cut -d: -f1)
note "its number was $before and is $after"
begun=$(now_us)
holds "it is used again when it returns" mesh_until 30 reaches n0 n2
note "after $(seconds_since "$begun") s"
holds "all that without a restart" test "$(mesh_alive "$mesh/n1/pid")" = "$pid"
[ $bad = 0 ] || show_logs
