#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 120
#
# Who comes to the port of a node and is none is dropped, while the mesh works: junk at once,
# the slow after seconds; over UDP a stranger is sent nothing.
#
#     n0 ~~~ n1        over TCP on the loopback; strangers come to n0
#
# shellcheck disable=SC2154,SC2034
set -u
. "$(dirname "$0")/common.sh"
cat >"$work/topology" <<'T'
node n0
node n1
T
mesh_up "$mesh" --mode socket --topology "$work/topology" --no-daemons || exit 1
nodes=(n0 n1)
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port=$((20000 + RANDOM % 10000))
until is_free $port; do port=$((20000 + RANDOM % 10000)); done
printf '%s\n' --listen "127.0.0.1:$port" >"$mesh/n0/args"
printf '%s\n' --peer "tcp:127.0.0.1:$port" >"$mesh/n1/args"
mesh_start_all "$mesh" n0 n1 || exit 1
holds "two nodes meet over TCP" mesh_until 20 reaches n0 n1

# Ends when the node closes the connection, 124 when it does not in time.
ends_within() { # SECONDS SCRIPT
	timeout "$1" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 9; '"$2" _ $port 2>/dev/null
	[ $? != 124 ]
}
greeting='printf "\0\20\360\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7" >&3;'
# a byte a second of a record that never ends; reading is the clock
drip='while printf x >&3; do cat <&3 >/dev/null & c=$!; timeout 1 tail --pid=$c -f /dev/null && exit; kill $c; done'
echoes_lost() { [ "$(jq .received "$work/ping.json")" = "$(jq .sent "$work/ping.json")" ]; }

q_json n0 ping n1 -c 300 -i 0.1 >"$work/ping.json" &
ping=$!
holds "a browser is closed at once" ends_within 3 'printf "GET / HTTP/1.1\r\n\r\n" >&3; cat <&3 >/dev/null'
holds "so is who greets and sends no frames" ends_within 3 "$greeting"' printf "\0\20zzzzzzzzzzzzzzzz" >&3; cat <&3 >/dev/null'
holds "so is who says nothing for some seconds" ends_within 12 'cat <&3 >/dev/null'
holds "and who never ends what it sends" ends_within 25 "$greeting"' printf "\10\0\25" >&3; '"$drip"
crowd() {
	local i pids=() fds=()
	for ((i = 0; i < 200; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$port" && fds+=("$fd")
	done 2>/dev/null
	[ "$(q_json n0 status | jq '.peers | length')" -le 8 ]
	local status=$?
	for fd in "${fds[@]}"; do exec {fd}>&-; done
	return $status
}
holds "of a crowd of one address few are let in" crowd
flood() { # datagrams that look like frames, and like nothing
	local i
	exec 4<>"/dev/udp/127.0.0.1/$port" || return
	for ((i = 0; i < 500; i++)); do
		printf '\25\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1zzzzzzzzzzzzzzzzzzzz' >&4
		printf 'junk' >&4
	done 2>/dev/null
	! IFS= read -r -t 2 -n 1 -u 4 _
}
holds "a stranger over UDP is sent nothing" flood
wait $ping
holds "meanwhile not one echo is lost" echoes_lost
quiet() { [ "$(wc -l <"$mesh/n0/log")" -lt 20 ]; }
holds "and the log stays quiet" quiet
[ $bad = 0 ] || show_logs
