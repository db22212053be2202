#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 240
#
# Two islands are one mesh over a routed line on which UDP does not get through: frames go over
# TCP, over five hops as over one; a cut heals by itself; SIGHUP adds a peer.
#
#     n0 --- n1 --- n2 ~~~ r ~~~ n3 --- n4 --- n5      5 % loss on the radio; r routes and drops UDP
#                          ~
#                          n6                          alone, until it is told of n3
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
sentence="two islands are one mesh over TCP"
cat >"$work/topology" <<'T'
line 3
node n3
node n4
node n5
node n6
link n3 n4
link n4 n5
T
mesh_up "$mesh" --topology "$work/topology" --no-daemons || exit 1
[ "$(cat "$mesh/mode")" != socket ] || skip "$sentence" "no network namespaces here"
command -v nft >/dev/null || skip "$sentence" "there is no nft"
mapfile -t nodes < <(mesh_nodes "$mesh")

in_r() { mesh_exec "$mesh" r "$@"; }
wire() { # NODE NUMBER: 10.9.NUMBER.2 in it, 10.9.NUMBER.1 in r
	in_r ip link add "w$2" type veth peer name wan || return
	mesh_enter "$mesh" && "${mesh_into[@]}" nsenter --net="$mesh/ns/r" \
		ip link set wan netns "$mesh/ns/$1" || return
	in_r ip addr add "10.9.$2.1/24" dev "w$2" && in_r ip link set "w$2" up || return
	mesh_exec "$mesh" "$1" ip addr add "10.9.$2.2/24" dev wan &&
		mesh_exec "$mesh" "$1" ip link set wan up &&
		mesh_exec "$mesh" "$1" ip route add default via "10.9.$2.1"
}
lines() {
	: >"$mesh/ns/r"
	mesh_enter "$mesh" || return
	"${mesh_into[@]}" unshare --net bash -c 'mount --bind /proc/self/ns/net "$1"' _ "$mesh/ns/r" || return
	in_r ip link set lo up
	in_r sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || return
	wire n2 1 && wire n3 2 && wire n6 3
}
lines || skip "$sentence" "no routed line can be made here"
in_r nft -f - <<'N' || skip "$sentence" "nft does not work here"
table ip way {
	chain cut { }
	chain forward {
		type filter hook forward priority 0;
		meta l4proto udp counter drop
		jump cut
	}
}
N

printf '%s\n' --listen 7118 >"$mesh/n2/args"
printf '%s\n' --peer 10.9.1.2:7118 --listen 10.9.2.2:7118 >"$mesh/n3/args"
printf 'peer = tcp:10.9.2.2:9\n' >"$work/n6.conf" # nobody is there
printf '%s\n' --config "$work/n6.conf" >"$mesh/n6/args"
begun=$(now_us)
mesh_start_all "$mesh" "${nodes[@]}" || exit 1
holds "a ping crosses both islands" mesh_until 40 reaches n0 n5
note "after $(seconds_since "$begun") s"
peer() { q_json n3 status | jq_true ".peers[] | select(.peer == \"10.9.1.2:7118\" and $1)"; }
holds "UDP was tried, and TCP is what it goes over" mesh_until 5 peer '.state == "up" and .transport == "tcp"'
udp_dropped() { in_r nft list chain ip way forward | grep -qE 'packets [1-9]'; }
holds "because UDP does not get through" udp_dropped
hops() { [ "$(q_json n0 ping n5 -c 1 | jq .hops)" = 5 ]; }
holds "over five hops" mesh_until 10 hops
interface() { q_json n3 status | jq_true '.interfaces[] | select(.type == "peers" and .up)'; }
holds "status shows the interface" interface
lossless() { q_json n3 neighbours | jq_true '.neighbours[] | select(.name == "n2" and .interface == "peers" and .loss_in == 0)'; }
holds "which loses nothing, and routing knows it" mesh_until 20 lossless

make_files "$(tree n0)" 100 2000000 7
share_all n0 n5
begun=$(now_us)
holds "a folder is alike on both islands" alike 90 n0 n5
note "after $(seconds_since "$begun") s"

# ---- cut for five seconds, in the midst of a transfer
head -c 3000000 /dev/urandom >"$(tree n5)/more"
connection() { q_json n3 status | jq -c '.peers[0] | [.address, .port]'; }
in_r nft add rule ip way cut drop
ends=$((SECONDS + 5))
is_over() { [ $SECONDS -ge $ends ]; }
mesh_until 10 is_over
holds "a cut is noticed" mesh_until 15 reaches_not n0 n5
in_r nft flush chain ip way cut
begun=$(now_us)
holds "and heals by itself" mesh_until 40 reaches n0 n5
note "after $(seconds_since "$begun") s"
holds "nothing is lost by it" alike 90 n0 n5

# ---- a longer one: the connection is given up, and made anew
in_r nft add rule ip way cut drop
peer_is_away() { peer '.state != "up"'; }
holds "a connection that is dead is noticed" mesh_until 40 peer_is_away
in_r nft flush chain ip way cut
begun=$(now_us)
holds "and made anew" mesh_until 60 reaches n0 n5
note "after $(seconds_since "$begun") s"

# ---- the file says more
pid=$(mesh_alive "$mesh/n6/pid")
holds "who has no peer that answers is alone" reaches_not n6 n0
printf 'peer = tcp:10.9.2.2:7118\npeer = tcp:10.9.2.2:9\n' >"$work/n6.conf"
mesh_signal HUP "$mesh/n6/pid"
holds "SIGHUP adds a peer" mesh_until 30 reaches n6 n0
holds "by the same process" test "$(mesh_alive "$mesh/n6/pid")" = "$pid"
health() { q_json n6 status | jq_true '.health[] | select(.code == "peer" and .severity == "warning" and (.text | test("10.9.2.2:9")) and (.fix | test("listen")))'; }
holds "a peer that is away for long is a health line, with what to do" mesh_until 90 health
alone() { printf '' >"$work/n6.conf"; mesh_signal HUP "$mesh/n6/pid"; mesh_until 20 reaches_not n6 n0; }
holds "and taken away again" alone
no_peers() { q_json n6 status | jq_true '(.peers | length == 0) and ([.interfaces[] | select(.type == "peers")] | length == 0)'; }
holds "with nothing left of it" mesh_until 5 no_peers
[ $bad = 0 ] || show_logs
