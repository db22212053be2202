#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 60
# parallel: yes
#
# A stranger in range finds nothing on a guarded interface but the port of the mesh, while what
# this machine began itself goes on.
#
#     this machine, with services --- v0 ~~~ v1 --- stranger who scans
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/warden/common.sh"

# Listens on TCP 80 and 7117, UDP 53 and 7117, all addresses; answers each datagram.
serve='
import select, socket, sys
socks = []
for kind, port in (1, 80), (1, 7117), (2, 53), (2, 7117):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if kind == 1 else socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(41, socket.IPV6_UNICAST_HOPS, 255)
    s.bind(("::", port))
    if kind == 1: s.listen(9)
    socks.append(s)
print("up", flush=True)
while True:
    for s in select.select(socks, [], [])[0]:
        if s.type == socket.SOCK_STREAM: s.accept()[0].send(b"tcp")
        else:
            data, who = s.recvfrom(99)
            s.sendto(data, who)
'
# tcp|udp ADDRESS PORT [HOPLIMIT]: whether something came back.
ask='
import socket, sys
kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
info = socket.getaddrinfo(host, port, type=1 if kind == "tcp" else 2)[0]
s = socket.socket(info[0], info[1])
s.settimeout(0.4)
if len(sys.argv) > 4: s.setsockopt(41, socket.IPV6_UNICAST_HOPS, int(sys.argv[4]))
s.connect(info[4])
if kind == "udp": s.send(b"ping")
sys.exit(0 if s.recv(9) else 1)
'
python3 -c "$serve" >"$work/up" 2>&1 &
"${beyond[@]}" python3 -c "$serve" >"$work/up_there" 2>&1 &
until_true 10 grep -q up "$work/up" && until_true 10 grep -q up "$work/up_there" || exit 1
finds() { there python3 -c "$ask" "$@" 2>/dev/null; }
asks() { python3 -c "$ask" "$@"; }
not() { ! "$@"; }
echoes() { there ping -c 1 -W 1 "$1"; }

open_to_all() {
	finds tcp 192.0.2.1 80 && finds tcp fe80::1%v1 80 && finds udp 192.0.2.1 53 &&
		finds udp fe80::1%v1 53 && echoes 192.0.2.1 && echoes fe80::1%v1
}
nothing_found() {
	local what
	for what in "tcp 192.0.2.1 80" "tcp fe80::1%v1 80" "tcp fe80::1%v1 7117" \
		"tcp 192.0.2.1 81" "udp 192.0.2.1 53" "udp fe80::1%v1 53" "udp 192.0.2.1 7117"; do
		# shellcheck disable=SC2086
		! finds $what || { echo "$what was found"; return 1; }
	done
	not echoes 192.0.2.1 && not echoes fe80::1%v1
}
mesh_port() { finds udp fe80::1%v1 7117 255; }
mesh_port_from_afar() { finds udp fe80::1%v1 7117 64; }
outward() { asks tcp 192.0.2.2 80 && asks tcp fe80::2%v0 80 && asks udp fe80::2%v0 53 && ping -c 1 -W 1 192.0.2.2; }
loopback() { asks tcp 127.0.0.1 80 && asks udp ::1 53; }

holds "without a guard a stranger finds every service" open_to_all
start guard:v0,wlan7
holds "the guard is put up, for interfaces that are not there yet as well" said "guard ok"
holds "now TCP, UDP and echo find nothing" nothing_found
holds "the port of the mesh answers a neighbour" mesh_port
holds "but nobody from farther away than that" not mesh_port_from_afar
holds "what this machine begins goes through, with its replies" outward
holds "neighbour discovery goes on when its cache is empty" \
	eval 'ip neigh flush all; there ip neigh flush all; mesh_port'
holds "loopback is not touched" loopback
# shellcheck disable=SC2317
forwarded() { # through this machine, from the stranger to a third one
	ip link add w0 type veth peer name w1 && ip link set w0 up && ip addr add 192.0.3.1/24 dev w0 &&
		there ip route add 192.0.3.0/24 via 192.0.2.1 && echo 1 >/proc/sys/net/ipv4/ip_forward &&
		finds tcp 192.0.3.1 80
}
holds "nothing is reached behind it either" not forwarded
holds "not even the other address of this machine" not finds tcp 192.0.3.1 80
stop
holds "when the node stops, all is open again" until_true 3 open_to_all
holds "and was reached behind it, then" finds tcp 192.0.3.1 80
start guard:v0 guard:
holds "an empty list takes the guard away" open_to_all
stop
start guard:v0
kill -KILL "$(warden_of "$client")"
wait "$client"
holds "the kernel takes it away when the warden is killed" until_true 3 open_to_all
holds "no table is left" [ -z "$(nft list ruleset)" ]
