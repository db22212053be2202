#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 120
#
# Who reaches what in a private mesh: nobody anything but echoes, until it is allowed, over
# restarts, and not any more when it is denied, or revoked; and a stranger in range of an
# interface finds nothing open.
#
#     n0 --- n1 --- n2 --- n0        5 % loss
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"

[ -c /dev/net/tun ] || skip "the door holds" "no /dev/net/tun here"
mesh_up "$mesh" --private --tun --topology full --nodes 3 || { echo "not ok the mesh comes up"; exit 1; }
[ "$(cat "$mesh/mode")" != socket ] || skip "the door holds" "no network namespaces here"
mapfile -t nodes < <(mesh_nodes "$mesh")
token=$(q n0 --quiet mesh new brook | tail -n 1)
for node in n1 n2; do q "$node" --quiet mesh join "$token" || { echo "not ok $node joins"; exit 1; }; done
mesh_until 40 mesh_is_whole "$mesh" || { echo "not ok every node finds every other one"; exit 1; }
in_node() { mesh_exec "$mesh" "$@"; } # NODE COMMAND...
address() { q_json "$1" status | jq -r .node.address; }
declare -A at
for node in "${nodes[@]}"; do at[$node]=$(address "$node"); done

# Ports 7 and 9 of n2 answer with a line, over TCP and UDP.
cat >"$work/serve.py" <<'PY'
import select, socket
socks = []
for port in (7, 9):
    t = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    t.bind(("::", port)); t.listen()
    u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    u.bind(("::", port))
    socks += [t, u]
while True:
    for s in select.select(socks, [], [])[0]:
        if s.type == socket.SOCK_STREAM:
            c, _ = s.accept(); c.sendall(b"hello\n"); c.close()
        else:
            _, a = s.recvfrom(100); s.sendto(b"hello\n", a)
PY
cat >"$work/ask.py" <<'PY'
import socket, sys
to, port, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(float(sys.argv[4]) if len(sys.argv) > 4 else 1.0)
try:
    for n in range(3):
        try:
            if kind == "tcp":
                s.connect((to, port))
            else:
                s.connect((to, port)); s.send(b"x")
            sys.exit(0 if s.recv(10) == b"hello\n" else 1)
        except socket.timeout:
            if kind == "tcp": sys.exit(1)
    sys.exit(1)
except OSError:
    sys.exit(1)
PY
in_node n2 python3 "$work/serve.py" &
served() { [ "$(in_node n2 ss -6lntu | grep -cE ':(7|9) ')" = 4 ]; }
mesh_until 10 served || { echo "not ok the services start"; exit 1; }
asks() { in_node "$1" python3 "$work/ask.py" "${at[n2]}" "$2" "$3" "${4:-1}"; } # NODE PORT PROTOCOL

# A row: which node reaches which port how; "yes" or "no".
matrix() { # SENTENCE WANTED...
	local sentence=$1 got=() node what
	shift
	for node in n0 n1; do
		for what in "7 tcp" "9 tcp" "7 udp" "9 udp"; do
			# shellcheck disable=SC2086
			if asks "$node" $what 3; then got+=(yes); else got+=(no); fi
		done
	done
	note "$sentence: n0 ${got[*]:0:4}, n1 ${got[*]:4:4} (7/tcp 9/tcp 7/udp 9/udp)"
	holds "$sentence" test "${got[*]}" = "$*"
}
matrix "at first nobody reaches anything" no no no no no no no no
q n2 --quiet allow n0 7/tcp 9/udp >/dev/null
matrix "a port of a protocol is allowed to one node" yes no no yes no no no no
q n2 --quiet allow n1 >/dev/null
matrix "everything is allowed to another" yes no no yes yes yes yes yes
mesh_kill "$mesh" n2 -9
mesh_start "$mesh" n2 || exit 1
mesh_until 30 reaches n0 n2 && mesh_until 30 reaches n1 n2
matrix "rules outlive a crash" yes no no yes yes yes yes yes
q n2 --quiet deny n0 >/dev/null
matrix "what is taken back is closed" no no no no yes yes yes yes

holds "deny of what is not allowed is fine" q n2 deny n0
gives_usage() { q n2 allow n0 22/xyz 2>"$work/err"; [ $? = 2 ] && grep -q 'not a service' "$work/err"; }
holds "a word that is no service is refused, exit 2" gives_usage
unknown() { q n2 allow nobody 22/tcp 2>"$work/err"; [ $? = 5 ]; }
holds "a node that nobody knows is refused, exit 5" unknown
by_address() { q n2 --quiet allow fd71::77 22/tcp && q_json n2 allow | jq_true '[.rules[] | select(.address == "fd71::77")] | length == 1'; }
holds "a node out of reach is allowed by its address" by_address

counted() { q_json n2 status | jq_true '.drops.denied > 3'; }
holds "what was kept out is counted" counted

# Somebody in range who is no member, with an address on the same interface.
stranger() { in_node n1 ip -6 -j addr show dev qan0 | jq -r '.[0].addr_info[] | select(.scope == "link") | .local'; }
local2=$(in_node n2 ip -6 -j addr show dev qan0 | jq -r '.[0].addr_info[] | select(.scope == "link") | .local')
[ -n "$(stranger)" ] || exit 1
finds_nothing() {
	local port
	for port in 7 9; do
		! in_node n1 python3 "$work/ask.py" "$local2%qan0" $port tcp 1 || return
		! in_node n1 python3 "$work/ask.py" "$local2%qan0" $port udp 1 || return
	done
	! in_node n1 ping -6 -c 2 -w 2 "$local2%qan0"
}
guarded() { q_json n2 status | jq_true '.ip.guarded'; }
if mesh_until 5 guarded; then
	holds "a scan of the mesh interface finds nothing open" finds_nothing
else
	note "$(q_json n2 status | jq -c '[.health[] | select(.code == "not-guarded")]')"
	say "the interface is guarded" 1
fi

# Who is revoked reaches nothing, whatever was allowed.
q n0 --quiet mesh revoke n1 >/dev/null || { echo "not ok n1 is revoked"; exit 1; }
gone() { ! asks n1 7 tcp && ! asks n1 7 udp; }
holds "a member that is revoked reaches nothing any more" mesh_until 10 gone
no_echo() { ! in_node n1 ping -6 -c 2 -w 2 "${at[n2]}" >/dev/null; }
holds "not even an echo" no_echo
