#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 60
# parallel: yes
#
# A gateway lets nodes of the mesh reach the world under its own address, and nothing else:
# neither the networks behind it nor its own services, and nobody comes back unasked. The
# uplink's default routes lose against any other; names go where they are to go.
#
#     node 100.71.0.5 / fd71::5 ~~ qanat0 (client) --- v0 --- v1: the world 203.0.113.2,
#                                                             2001:db8::2, a private 10.9.9.2
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/warden/common.sh"

ip addr add 203.0.113.1/24 dev v0
ip addr add 2001:db8::1/64 dev v0 nodad
ip addr add 10.9.9.1/24 dev v0
there ip addr add 203.0.113.2/24 dev v1
there ip addr add 2001:db8::2/64 dev v1 nodad
there ip addr add 10.9.9.2/24 dev v1
there ip route add 100.71.0.0/16 via 203.0.113.1
snapshot >"$work/before"

# Says who asked, and answers.
echo='
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 9))
print("up", flush=True)
while True:
    data, who = s.recvfrom(99)
    print(who[0].replace("::ffff:", ""), flush=True)
    s.sendto(data, who)
'
"${beyond[@]}" python3 -c "$echo" >"$work/world" 2>&1 &
python3 -c "$echo" >"$work/own" 2>&1 &
until_true 10 grep -q up "$work/world" && until_true 10 grep -q up "$work/own" || exit 1
asked_as() { grep -qxF "$1" "$work/world"; }
no_word() { ! said "$1 ok" && said "$1 Connection timed out"; }
not() { ! "$@"; }

start tun udp:203.0.113.2 udp:2001:db8::2
holds "without a gateway a node reaches nothing" [ "$(grep -c '^udp Connection timed out' "$work/said")" = 2 ]
stop

start tun gateway udp:203.0.113.2
holds "the gateway is switched on" said "gateway ok"
holds "a node reaches the world over IPv4 and hears the answer" said "udp ok"
holds "the world sees the gateway's address" asked_as 203.0.113.1
stop
start tun gateway udp:2001:db8::2
holds "and over IPv6" said "udp ok"
holds "and sees the gateway's address there too" asked_as 2001:db8::1
stop
start tun gateway udp:10.9.9.2
holds "a private network behind it is not reached" no_word udp
stop
start tun gateway udp:203.0.113.1
holds "nor the gateway's own services by its other address" no_word udp
holds "which heard nothing" not grep -q 100.71 "$work/own"
stop
start tun gateway udp:100.71.0.6
holds "nor a way back into the mesh" no_word udp
stop
"${beyond[@]}" bash -c 'while :; do echo >/dev/udp/100.71.0.5/9; sleep 0.1; done' >/dev/null 2>&1 &
knocking=$!
start tun gateway quiet
holds "who knocks from outside is not let in" said "quiet ok"
record() { grep -c . /run/qanat/warden/net*; }
holds "what was set is in the record" [ "$(record)" -gt 10 ]
"$work/bin/client" tun gateway </dev/null >"$work/second"
holds "a second gateway on the machine is refused" \
	grep -qx 'gateway Device or resource busy: another node is the gateway here' "$work/second"
stop
kill $knocking
holds "all is as before" back

# A machine that forwarded before goes on with it, and stays so.
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/ipv4/conf/all/accept_redirects
ip link add w0 type veth peer name w1 netns "$stranger"
ip addr add 192.0.9.1/24 dev w0
ip link set w0 addrgenmode none up
there ip link set w1 addrgenmode none up
snapshot >"$work/before"
start tun gateway
rules() { nft list chain inet "$(nft list tables | awk '/gateway/ { print $3 }')" forward; }
holds "where something was forwarded before, only the mesh is held back" \
	[ "$(rules | grep -c '^[[:space:]]*drop$')" = 0 ]
kill -KILL "$(warden_of "$client")"
wait "$client"
"$work/bin/qanat-warden" --restore
holds "and is as it was when the warden was killed" back

start tun uplink
way() { ip route get "$1" | head -n 1; }
holds "an uplink makes the mesh the way to everywhere, from 192.0.0.1" \
	grep -q 'dev qanat0 src 192.0.0.1' <<<"$(way 198.51.100.1)"
holds "over IPv6 too" grep -q 'dev qanat0' <<<"$(way 2001:db8:9::1)"
ip route add default via 203.0.113.2 metric 20000
ip -6 route add default via 2001:db8::2 metric 20000
holds "but any other default route is taken first" grep -q 'via 203.0.113.2' <<<"$(way 198.51.100.1)"
holds "over IPv6 as well" grep -q 'via 2001:db8::2' <<<"$(way 2001:db8:9::1)"
ip route del default via 203.0.113.2
ip -6 route del default via 2001:db8::2
stop
holds "the uplink goes with its node" back

start tun dns
holds "names are asked of the node first" \
	[ "$(sed -n 2p /etc/resolv.conf)" = "nameserver 127.0.0.71" ]
holds "and what stood there stands behind" \
	[ "$(tail -n +3 /etc/resolv.conf)" = "$(cat /etc/resolv.conf.before-qanat)" ]
holds "the node has the sockets" [ "$(ss -Hlnut 'sport = :53' | grep -c 127.0.0.71:53)" = 2 ]
"$work/bin/client" tun dns </dev/null >"$work/second"
holds "a second node on the machine is refused" grep -q '^dns Address already in use' "$work/second"
stop
holds "resolv.conf is the same file again" back
mv /etc/resolv.conf /etc/resolv.conf.real
ln -s resolv.conf.real /etc/resolv.conf
start tun dns
holds "a resolv.conf that is a symbolic link is left alone" \
	said "dns Too many levels of symbolic links: /etc/resolv.conf is a symbolic link"
stop
mv /etc/resolv.conf.real /etc/resolv.conf
holds "all is as before" back

# systemd-resolved is told by its own tool, of which only the words are of interest here.
mkdir "$work/tools"
printf '#!/bin/sh\necho "$*" >>%s\n' "$work/words" >"$work/tools/resolvectl"
chmod 755 "$work/tools/resolvectl"
if mount -t overlay none -o "lowerdir=$work/tools:/usr/bin" /usr/bin 2>/dev/null; then
	start tun dns
	holds "where systemd-resolved runs, it is told of the link and of .qanat" \
		[ "$(cat "$work/words" 2>&1)" = $'dns qanat0 127.0.0.71\ndomain qanat0 ~qanat' ]
	stop
	holds "and told to forget it" until_true 3 grep -qx 'revert qanat0' "$work/words"
	holds "resolv.conf is left alone" back
	printf '#!/bin/sh\nexec sleep 60\n' >"$work/tools/resolvectl"
	start tun dns
	holds "one that hangs is not waited for" said "dns ok"
	stop
	until_true 5 umount /usr/bin
	holds "all is as before" back
else
	echo "skipped where systemd-resolved runs, it is told: no overlay file system"
fi
