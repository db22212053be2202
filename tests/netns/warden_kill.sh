#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 240
# parallel: yes
#
# Whenever the node or its warden is killed, everything the warden had changed is as before,
# byte for byte: at once when the node dies, at the next start or by --restore when the warden
# does.
#
#     client, switching all on and off --- qanat-warden        one namespace; v0 --- v1
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/warden/common.sh"
moments=${MOMENTS:-20}

# How long it takes to switch all on and off, so that the moments lie all over it.
round_us() {
	local begun=${EPOCHREALTIME/./}
	"$work/bin/client" tun guard:v0 uplink gateway dns uplink:off gateway:off dns:off guard: \
		</dev/null >"$work/said" || { cat "$work/said"; return 1; }
	round=$((${EPOCHREALTIME/./} - begun))
}
holds "all can be switched on and off" round_us
holds "and is as before" back
note "a round takes $round us"

changed=0
killed=0
# Lets it run to moment N of the number there are, kills it, and counts what it found changed.
kill_at() { # N warden|client
	start tun beat
	grep -qxF . "$work/said" || return 1
	sleep "$(awk -v n="$1" -v m="$moments" -v us="$round" 'BEGIN { printf "%.6f", us * n / m / 1e6 }')"
	warden=$(warden_of "$client")
	if [ "$2" = client ]; then kill -KILL "$client"; else kill -KILL "$warden"; fi || return
	killed=$((killed + 1))
	wait "$client" 2>/dev/null
	exec {hold}>&-
}
[ -n "$round" ] || exit 1
: >"$work/failures"

n=0
while [ $n -lt "$moments" ]; do
	kill_at $n client || echo "moment $n: nothing was killed" >>"$work/failures"
	back >>"$work/failures" || echo "moment $n" >>"$work/failures"
	n=$((n + 1))
done
no_failures() { cat "$work/failures"; [ ! -s "$work/failures" ]; }
holds "a node killed at $moments moments: all is put back without asking" no_failures
holds "it was killed each time" [ $killed = "$moments" ]

: >"$work/failures"
killed=0
n=0
while [ $n -lt "$moments" ]; do
	kill_at $n warden || echo "moment $n: nothing was killed" >>"$work/failures"
	as_before >/dev/null || changed=$((changed + 1))
	if [ $((n % 2)) = 0 ]; then
		"$work/bin/qanat-warden" --restore || echo "--restore failed" >>"$work/failures"
	else
		# what the next one does as soon as it is there
		start guard:v9
		stop
	fi
	back >>"$work/failures" || echo "moment $n" >>"$work/failures"
	n=$((n + 1))
done
holds "a warden killed at $moments moments: all is put back by the next one or by --restore" no_failures
holds "it was killed each time" [ $killed = "$moments" ]
note "at $changed of them there was something to put back"
holds "and there was something to put back at some of them" [ $changed -gt 0 ]
restore_again() { "$work/bin/qanat-warden" --restore && as_before; }
holds "putting back twice changes nothing" restore_again

# What others changed meanwhile is theirs.
start tun dns gateway
kill -KILL "$(warden_of "$client")"
wait "$client"
echo "nameserver 192.0.2.99" >/etc/resolv.conf.other
mv /etc/resolv.conf.other /etc/resolv.conf
"$work/bin/qanat-warden" --restore
holds "a resolv.conf that somebody else put there since stays" \
	[ "$(cat /etc/resolv.conf)" = "nameserver 192.0.2.99" ]
holds "and nothing of ours is left beside it" [ -z "$(find /etc -maxdepth 1 -name '*qanat*')" ]
record=$(find /run/qanat/warden -name 'net*')
holds "no record is left" [ -z "$record" ]
start tun gateway
record=$(find /run/qanat/warden -name 'net*')
sed 's/^boot .*/boot 0/; s/ip_forward 0/ip_forward 1/' "$record" >"$work/record"
stop
cp "$work/record" "$record"
"$work/bin/qanat-warden" --restore
holds "a record of another boot is not followed, and goes" \
	[ "$(cat /proc/sys/net/ipv4/ip_forward) $(find /run/qanat/warden -name 'net*')" = "0 " ]
