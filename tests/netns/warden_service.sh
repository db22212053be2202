#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 60
# parallel: yes
#
# The warden as a service: who is in its group may ask, others may not; eight at a time; what
# each has asked for goes with him, and all of it when the service stops or is killed.
#
#     clients --- /run/qanat/warden.sock --- qanat-warden        one namespace
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/warden/common.sh"
command -v setpriv >/dev/null || { echo "skipped the warden as a service: no setpriv"; exit 0; }

socket=/run/qanat/warden.sock
group=$(getent group qanat | cut -d: -f3)
if [ -z "$group" ]; then
	group=39117
	echo "qanat:x:$group:" >>/etc/group
	snapshot >"$work/before"
fi
chmod 755 "$work" "$work/bin"
serve() {
	"$work/bin/qanat-warden" 2>"$work/service.log" &
	service=$!
	# the socket of one that was killed may still be there
	until_true 5 "$work/bin/client" --socket $socket </dev/null
}
serve
holds "its socket is for its group" [ "$(stat -c '%a %u %g' $socket)" = "660 0 $group" ]
holds "it keeps three capabilities" \
	[ "$(grep -E '^Cap(Prm|Eff|Bnd)' /proc/$service/status | awk '{ print $2 }' | sort -u)" = 0000000000003400 ]
holds "and gains none" grep -qx "NoNewPrivs:	1" /proc/$service/status

as() { # OPTION-OF-SETPRIV... -- WORD...
	setpriv --reuid 39118 "$@" </dev/null
}
stranger_asks() { as --regid 39118 --clear-groups "$work/bin/client" --socket $socket guard; }
member_asks() { as --regid 39118 --groups "$group" "$work/bin/client" --socket $socket tun guard:v0 >"$work/member"; }
not() { ! "$@"; }
holds "who is not in the group is not let in" not stranger_asks
holds "he is told so" grep -qx "open Permission denied" <(stranger_asks)
holds "who is in it is served, without any privilege of his own" member_asks
holds "with a device" grep -q '^tun ok qanat0' "$work/member"
chmod 666 $socket
holds "where the file's mode says less, the kernel is asked who he is" not stranger_asks
chmod 660 $socket

# Seven that stay until they are killed: nobody writes into what they read.
mkfifo "$work/never"
# shellcheck disable=SC2034
exec {never}<>"$work/never"
clients=()
while [ ${#clients[@]} -lt 7 ]; do
	n=${#clients[@]}
	"$work/bin/client" --socket $socket tun <"$work/never" >"$work/said$n" 2>&1 &
	clients+=($!)
	until_true 5 grep -q ready "$work/said$n"
done
start --socket $socket tun uplink gateway dns
holds "root is served" said "gateway ok"
holds "eight clients have a device each" [ "$(ip -o link | grep -c ': qanat[0-7]:')" = 8 ]
ninth() { timeout 10 "$work/bin/client" --socket $socket tun </dev/null >"$work/ninth"; }
holds "a ninth is not served" not ninth
holds "and does not wait for ever" grep -q "^tun Connection timed out" "$work/ninth"
kill "${clients[6]}"
holds "when one goes there is room again" until_true 5 ninth
stop
"$work/bin/client" --socket $socket tun gateway </dev/null >"$work/next"
holds "what one had switched on is free for the next" grep -qx "gateway ok" "$work/next"

kill "${clients[@]:0:6}" 2>/dev/null
start --socket $socket tun gateway dns
kill -KILL "$(pgrep -P $service | tail -n 1)"
holds "when the process that serves one is killed, he sees it" until_true 3 grep -qx gone "$work/said"
exec {hold}>&-
wait "$client"
holds "and the service puts back what it had changed" back

start --socket $socket tun gateway dns
kill -TERM $service
wait $service
holds "when the service stops, its clients see it" until_true 3 grep -qx gone "$work/said"
exec {hold}>&-
wait "${clients[@]}" "$client" 2>/dev/null
holds "and all is as before" back

# Over the socket that it left behind.
serve
start --socket $socket tun gateway dns
kill -KILL $service
holds "when it is killed, they see it too" until_true 3 grep -qx gone "$work/said"
exec {hold}>&-
wait "$client"
serve
holds "the next one puts all back" back
start --socket $socket tun uplink
late=$(pgrep -P $service | tail -n 1)
kill -STOP "$late"
kill -KILL "$client"
wait "$client" 2>/dev/null
exec {hold}>&-
until_true 3 eval '! ip link show qanat0'
start --socket $socket tun uplink
kill -CONT "$late"
until_true 3 eval "! kill -0 $late"
holds "the next node's device has the name again" grep -q '^tun ok qanat0' "$work/said"
untouched() { ip link show qanat0 | grep -q ,UP && ip addr show qanat0 | grep 192.0.0.1 && ip route | grep '^default dev qanat0'; }
holds "and is not touched by what is undone late for the node before it" untouched
stop
holds "and all is as before" back
start --socket $socket guard:v0
holds "and serves" said "guard ok"
stop
"$work/bin/client" --socket /nowhere tun </dev/null >"$work/none"
holds "where there is none, that is said" grep -qx "open No such file or directory" "$work/none"
