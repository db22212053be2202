#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 300
#
# Members reach the Internet through the nearest gateway and nothing else of it; nobody
# reaches them from there; the next gateway takes over; and nothing stays behind.
#
#     n0 --- n1 --- n2 --- n3        5 % loss
#                  /  \      \
#               lan    internet       203.0.113.80, 2001:db8:80::80; paths of 1500 bytes
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"

sentence="members reach the Internet through a gateway"
[ -c /dev/net/tun ] || skip "$sentence" "no /dev/net/tun here"
mesh_up "$mesh" --tun --topology line --nodes 4 --no-daemons || exit 1
[ "$(cat "$mesh/mode")" != socket ] || skip "$sentence" "no network namespaces here"
mapfile -t nodes < <(mesh_nodes "$mesh")
in_node() { mesh_exec "$mesh" "$@"; } # NODE COMMAND...
in_node n0 nft list tables >/dev/null 2>&1 || skip "$sentence" "no nftables here"

# ---- the networks behind n2 and n3

wires() { # DIR
	local dir=$1 place
	for place in internet lan; do
		: >"$dir/ns/$place"
		unshare --net mount --bind /proc/self/ns/net "$dir/ns/$place" || return
	done
	ip link add wan0 netns "$dir/ns/n2" type veth peer name to2 netns "$dir/ns/internet" &&
		ip link add wan0 netns "$dir/ns/n3" type veth peer name to3 netns "$dir/ns/internet" &&
		ip link add lan0 netns "$dir/ns/n2" type veth peer name lan0 netns "$dir/ns/lan"
}
batch() { # PLACE: lines for ip from stdin
	in_node "$1" ip -batch -
}
mesh_enter "$mesh" && "${mesh_into[@]}" bash -c "$(declare -f wires); wires \"\$1\"" wires "$mesh" || exit 1
batch internet <<'IP' || exit 1
link set lo up
addr add 203.0.113.80/32 dev lo
addr add 2001:db8:80::80/128 dev lo nodad
addr add 198.51.100.1/24 dev to2
addr add 2001:db8:2::1/64 dev to2 nodad
addr add 192.0.2.1/24 dev to3
addr add 2001:db8:3::1/64 dev to3 nodad
link set to2 up
link set to3 up
IP
batch lan <<'IP' || exit 1
link set lo up
addr add 10.9.0.2/24 dev lan0
addr add fd00:9::2/64 dev lan0 nodad
link set lan0 up
route add default via 10.9.0.1
IP
uplink_n2() {
	batch n2 <<'IP'
link set wan0 up
addr replace 198.51.100.2/24 dev wan0
addr replace 2001:db8:2::2/64 dev wan0 nodad
route replace default via 198.51.100.1
route replace default via 2001:db8:2::1
IP
}
uplink_n2 || exit 1
batch n2 <<'IP' || exit 1
addr add 10.9.0.1/24 dev lan0
addr add fd00:9::1/64 dev lan0 nodad
link set lan0 up
IP
batch n3 <<'IP' || exit 1
addr add 192.0.2.3/24 dev wan0
addr add 2001:db8:3::3/64 dev wan0 nodad
link set wan0 up
route add default via 192.0.2.1
route add default via 2001:db8:3::1
IP

mkdir "$work/www"
head -c 1000000 /dev/urandom >"$work/www/file"
for place in internet lan n2; do
	in_node $place python3 -m http.server --bind :: --directory "$work/www" 80 >"$work/http.$place" 2>&1 &
done
# Answers a datagram by one of 1400 bytes that nobody may cut.
cat >"$work/big.py" <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER, IP_PMTUDISC_DO
s.bind(("203.0.113.80", 99))
while True:
    try:
        _, a = s.recvfrom(100)
        s.sendto(bytes(1400), a)
    except OSError as e:
        print(e, flush=True)
PY
in_node internet python3 "$work/big.py" >"$work/big" 2>&1 &
served() { in_node "$1" ss -6ltn | grep -q ':80 '; }
for place in internet lan n2; do
	mesh_until 10 served $place || { echo "not ok the servers start"; exit 1; }
done

# ---- what is asked and seen

state_of() { # NODE: all that a gateway changes
	in_node "$1" bash -c 'nft list ruleset; ip route; ip -6 route | grep -v " qan0 "; ip -o addr
		cd /proc/sys/net && grep -H . ipv4/ip_forward ipv4/conf/*/forwarding \
			ipv4/conf/*/accept_redirects ipv6/conf/*/forwarding ipv6/conf/*/accept_ra' 2>/dev/null |
		sed 's/ *valid_lft.*//; s/ expires [0-9]*sec//; s/ tentative//' | sort
}
ways() { q_json "$1" status | jq -c '[.gateway.uses.ipv6, .gateway.uses.ipv4]'; }
uses() { [ "$(ways "$1")" = "[\"${at[$2]}\",\"${at[$2]}\"]" ]; } # NODE GATEWAY
uses_none() { [ "$(ways "$1")" = '[null,null]' ]; }
offers() { [ "$(q_json "$1" status | jq -c .gateway.offers)" = "$2" ]; } # NODE LIST
# shellcheck disable=SC2016
health() { q_json "$1" status | jq_true '[.health[].code] | index($code) != null' --arg code "$2"; }
dropped() { q_json "$1" status | jq ".drops.$2"; }
counter() { q_json "$1" status | jq ".counters.$2"; }
fetch() { in_node "$1" curl -gsS --max-time "$3" -o "$work/got" "http://$2/file" 2>"$work/curl"; } # NODE HOST SECONDS
fetches() { rm -f "$work/got"; fetch "$@" && cmp "$work/got" "$work/www/file"; }
fetches_not() { ! fetch "$@"; }
internet4=203.0.113.80 internet6='[2001:db8:80::80]'
with_options() { # NODE OPTION...: starts it anew
	local node=$1
	shift
	if mesh_alive "$mesh/$node/pid" >/dev/null; then mesh_kill "$mesh" "$node" || return; fi
	printf '%s\n' "$@" | sed '/^$/d' >"$mesh/$node/args"
	mesh_start "$mesh" "$node"
}

declare -A before
for node in "${nodes[@]}"; do before[$node]=$(state_of "$node"); done
with_options n0 --uplink mesh && with_options n1 --uplink mesh && with_options n2 && with_options n3 || exit 1
declare -A at id
for node in "${nodes[@]}"; do
	at[$node]=$(q_json "$node" status | jq -r .node.address)
	id[$node]=$(q_json "$node" status | jq -r .node.id)
done
mesh_until 40 mesh_is_whole "$mesh" || { echo "not ok the mesh comes up"; exit 1; }

# ---- nobody by accident

holds "without the setting there is no gateway" uses_none n0
holds "and a node that wants one says so" health n0 no-gateway
# shellcheck disable=SC2016
nothing_forwarded() { in_node n2 bash -c '[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 ] && ! nft list ruleset | grep -q qanat_gateway'; }
holds "nor does a node forward or masquerade" nothing_forwarded
holds "nothing goes out" fetches_not n0 $internet4 3

# ---- through the nearest

with_options n2 --gateway on --gateway-refuse "${id[n1]}" || exit 1
with_options n3 --gateway on || exit 1
mesh_until 40 mesh_is_whole "$mesh"
holds "a gateway says what it leads to" mesh_until 10 offers n2 '["ipv6","ipv4"]'
holds "the nearest gateway is used" mesh_until 20 uses n0 n2
route_weak() { in_node n0 ip route | grep -q '^default dev qanat0 .*metric 32766' && in_node n0 ip -6 route | grep -q '^default dev qanat0 .*metric 32766'; }
holds "by routes that lose against any other" mesh_until 5 route_weak
begun=$(now_us)
holds "IPv4: 1 MB comes whole over a path of 1500 bytes" fetches n0 $internet4 60
note "in $(seconds_since "$begun") s"
begun=$(now_us)
holds "IPv6: the same" fetches n0 "$internet6" 60
note "in $(seconds_since "$begun") s"
seen() { awk '{print $1}' "$work/http.internet" | grep -E '^[0-9a-f:.]+$' | sort -u | tr '\n' ' '; }
only_gateway() { [ "$(seen)" = "$1" ]; }
holds "the Internet has seen the gateway's addresses only" only_gateway "2001:db8:2::2 ::ffff:198.51.100.2 "
note "seen: $(seen)"
sends_big() {
	in_node n0 python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 10, 2) # IP_MTU_DISCOVER, IP_PMTUDISC_DO
for i in range(4):
    try: s.sendto(b"x" * 3000, ("203.0.113.80", 99))
    except OSError: break
    time.sleep(0.3)'
	in_node n0 ip route get 203.0.113.80 | grep -q 'mtu 1500'
}
holds "who sends more than the path outside carries is told by the gateway" mesh_until 15 sends_big
pings() { in_node n0 ping -q -c 5 -i 0.2 -w 10 "$1" >"$work/ping" && grep -q ' 5 received' "$work/ping"; }
holds "an echo of IPv4 comes back" pings $internet4
holds "and one of IPv6" pings 2001:db8:80::80
expires() { in_node n0 ping -c 1 -t 1 -w 4 "$1" | grep -qi exceeded; }
holds "an error of the gateway's kernel arrives by IPv4" expires $internet4
holds "and by IPv6" expires 2001:db8:80::80

# ---- nothing else of it

unasked() {
	in_node internet ip -6 route replace "${at[n0]}/128" via 2001:db8:2::2 &&
		! in_node internet ping -6 -c 2 -w 2 "${at[n0]}"
}
holds "nobody on the Internet reaches a member unasked" unasked
refused_at_once() { fetch "$@"; [ $? = 7 ]; } # 28 would be a timeout
holds "the network behind a gateway is refused at once" refused_at_once n0 10.9.0.2 20
holds "and that of IPv6" refused_at_once n0 '[fd00:9::2]' 20
counted() { [ "$(dropped n2 private)" -gt 1 ]; }
holds "which is counted" counted
lan_fetches() { in_node lan curl -gsS --max-time 10 -o "$work/got" "http://10.9.0.1/file"; }
holds "the gateway's services are there for its own network" lan_fetches
holds "but not for members, at its public address" fetches_not n0 198.51.100.2 4
holds "nor at that of IPv6" fetches_not n0 '[2001:db8:2::2]' 4
holds "nor at its private one" fetches_not n0 10.9.0.1 4
holds "nor in the mesh" fetches_not n0 "[${at[n2]}]" 4
mesh_until 10 uses n1 n2
refused() { refused_at_once n1 $internet4 20 && refused_at_once n1 "$internet6" 20 && [ "$(dropped n2 refused)" -gt 0 ]; }
holds "a member that is refused gets nothing" refused

# ---- the next one

begun=$(now_us)
in_node n2 ip link set wan0 down
holds "when its uplink dies another takes over within 3 s" mesh_until 3 uses n0 n3
note "in $(seconds_since "$begun") s"
holds "IPv4 goes on by it" fetches n0 $internet4 60
holds "IPv6 goes on by it" fetches n0 "$internet6" 60
holds "the gateway without an uplink says so" health n2 no-uplink
# it says so once: without loss, as a flood that is lost comes by digests, after it has gone
mesh_tell "$mesh" set loss 0% >/dev/null
mesh_kill "$mesh" n3
holds "one that stops has said so before" uses_none n0
mesh_tell "$mesh" set loss 5% >/dev/null
uplink_n2
holds "when the uplink is back, so is its gateway" mesh_until 20 uses n0 n2
holds "and leads out again" fetches n0 $internet4 60
in_node internet ip link set to2 down # the route stays, the carrier does not
no_route() { uses_none n0 && ! in_node n0 ip route | grep -q ^default; }
holds "when the last one loses its carrier, no route is left within 3 s" mesh_until 3 no_route
batch internet <<'IP'
link set to2 up
addr replace 2001:db8:2::1/64 dev to2 nodad
IP
uplink_n2
mesh_until 20 uses n0 n2

# ---- nothing stays

as_before() { # NODE
	local now
	now=$(state_of "$1")
	[ "$now" = "${before[$1]}" ] || { diff <(echo "${before[$1]}") <(echo "$now") >"$work/diff.$1"; false; }
}
mesh_kill "$mesh" n2 -9
holds "after a crash rules, routes and settings of the kernel are as before" mesh_until 5 as_before n2
mesh_start "$mesh" n2
holds "started again, it leads out again" mesh_until 30 fetches n0 $internet4 20
# A member of its own will: the file says no, and nothing is left of it.
echo "gateway = on" >"$work/n2.conf"
with_options n2 --config "$work/n2.conf"
mesh_until 30 offers n2 '["ipv6","ipv4"]'
echo "gateway = off" >"$work/n2.conf"
mesh_signal HUP "$mesh/n2/pid"
plain() { offers n2 '[]' && nothing_forwarded && [ "$(in_node n2 cat /proc/sys/net/ipv6/conf/all/forwarding)" = 0 ]; }
holds "read again without the setting, it is no gateway any more" mesh_until 5 plain
echo "gateway = on" >"$work/n2.conf"
mesh_signal HUP "$mesh/n2/pid"
mesh_until 10 offers n2 '["ipv6","ipv4"]'
warden=$(pgrep -P "$(mesh_alive "$mesh/n2/pid")" -x qanat-warden) && kill -9 "$warden"
wardenless() { offers n2 '[]' && health n2 gateway; }
holds "without the warden it offers nothing, and says why" mesh_until 5 wardenless
mesh_kill "$mesh" n2
holds "what a killed warden left is put back by --restore" in_node n2 "$mesh_programs/qanat-warden" --restore
holds "to the last value" mesh_until 5 as_before n2
with_options n2 --gateway on

for node in n0 n1 n2; do mesh_kill "$mesh" $node; done
for node in n0 n2 n3; do holds "stopped, $node leaves everything as before" mesh_until 5 as_before $node; done
[ "$bad" = 0 ] || cat "$work"/diff.* 2>/dev/null | sed 's/^/# /' >&2
