#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 150
#
# A path that is too narrow for a whole frame: over UDP alone it is cut in pieces, and where
# another way is open that is taken. Nothing gets stuck, over IPv4 and over IPv6.
#
#     n0 ~~~ r ~~~ n1        the line to n1 has an MTU of 1300; at the end r says nothing of it
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
sentence="a narrow path carries what a wide one does"
printf 'node n0\nnode n1\n' >"$work/topology"
mesh_up "$mesh" --topology "$work/topology" --no-daemons || exit 1
[ "$(cat "$mesh/mode")" != socket ] || skip "$sentence" "no network namespaces here"

in_r() { mesh_exec "$mesh" r "$@"; }
wire() { # NODE NUMBER
	local end
	in_r ip link add "w$2" type veth peer name wan || return
	mesh_enter "$mesh" && "${mesh_into[@]}" nsenter --net="$mesh/ns/r" \
		ip link set wan netns "$mesh/ns/$1" || return
	for end in "r w$2 1" "$1 wan 2"; do
		read -r node interface host <<<"$end"
		printf '%s\n' "addr add 10.9.$2.$host/24 dev $interface" \
			"addr add fd09:$2::$host/64 dev $interface nodad" "link set $interface up" |
			mesh_exec "$mesh" "$node" ip -batch - || return
	done
	mesh_exec "$mesh" "$1" ip route add default via "10.9.$2.1" &&
		mesh_exec "$mesh" "$1" ip -6 route add default via "fd09:$2::1"
}
lines() {
	: >"$mesh/ns/r"
	mesh_enter "$mesh" || return
	"${mesh_into[@]}" unshare --net bash -c 'mount --bind /proc/self/ns/net "$1"' _ "$mesh/ns/r" || return
	in_r sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward && echo 1 >/proc/sys/net/ipv6/conf/all/forwarding' || return
	wire n0 1 && wire n1 2 && in_r ip link set w2 mtu 1300 &&
		mesh_exec "$mesh" n1 ip link set wan mtu 1300
}
lines || skip "$sentence" "no routed line can be made here"

printf '%s\n' --listen 7118 >"$mesh/n0/args"
printf 'peer = udp:10.9.1.2:7118\n' >"$work/n1.conf"
printf '%s\n' --config "$work/n1.conf" >"$mesh/n1/args"
mesh_start_all "$mesh" n0 n1 || exit 1
holds "two nodes meet over UDP" mesh_until 20 reaches n1 n0
over() { q_json n1 status | jq_true ".peers[0] | select(.state == \"up\" and .transport == \"$1\")"; }
holds "and over nothing else" mesh_until 5 over udp
make_files "$(tree n0)" 50 1000000 5
share_all n0 n1
holds "a folder passes in pieces" alike 30 n0 n1
change() { # PEER: the only one from now on, and something new to say
	printf 'peer = %s\n' "$1" >"$work/n1.conf"
	mesh_signal HUP "$mesh/n1/pid"
	head -c 1000000 /dev/urandom >"$(tree n0)/big"
}
change 'udp:[fd09:1::2]:7118'
holds "so it does over IPv6" alike 40 n0 n1
holds "over UDP" mesh_until 5 over udp
change '[fd09:1::2]:7118'
holds "where TCP is open too, it passes" alike 40 n0 n1
holds "over TCP" mesh_until 20 over tcp
change '10.9.1.2:7118'
holds "over IPv4 as well" alike 40 n0 n1
holds "over TCP too" mesh_until 20 over tcp

# Routers that tell nobody: what is too long is just not there any more.
if command -v nft >/dev/null && in_r nft -f - <<'N'; then
table inet mute {
	chain output {
		type filter hook output priority 0;
		meta l4proto { icmp, icmpv6 } drop
	}
}
N
	mesh_exec "$mesh" n0 ip route flush cache
	mesh_exec "$mesh" n0 ip -6 route flush cache
	mesh_exec "$mesh" n1 ip link set wan mtu 1500
	change 'localhost:9'
	mesh_until 20 reaches_not n1 n0
	change '10.9.1.2:7118'
	holds "and where nobody says that the path is narrow" alike 60 n0 n1
	holds "over TCP again" mesh_until 20 over tcp
else
	echo "skipped where nobody says that the path is narrow: nft does not work here"
fi
[ $bad = 0 ] || show_logs
