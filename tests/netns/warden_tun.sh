#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 60
# parallel: yes
#
# The TUN device comes with its address and its route, says nothing of its own, and goes with
# the one who asked for it; what may not be asked for is refused with a reason.
#
#     client --- qanat-warden        one namespace; v0 --- v1 of a stranger
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/warden/common.sh"

start tun quiet
holds "a device is made, with everything the kernel can leave undone" \
	grep -qxE 'tun ok qanat0 vnet tso( uso)?' "$work/said"
holds "the kernel says nothing on it" said "quiet ok"
link() { ip -o link show "$1" | grep -q "$2"; }
holds "with the MTU that was asked for" link qanat0 "mtu 1280 .* qlen 64"
holds "and our address on it, alone" \
	[ "$(ip -o addr show qanat0 | awk '{ print $4 }')" = fd71::be:ef01/128 ]
route() { ip -6 route get fd71:1234::1 | grep -q 'dev qanat0 src fd71::'; }
holds "the mesh is reached through it" route
values() { cat /proc/sys/net/ipv6/conf/qanat0/{accept_ra,accept_redirects,addr_gen_mode}; }
holds "nobody there is believed to be a router" [ "$(values | tr '\n' ' ')" = "0 0 1 " ]
first_hold=$hold first=$client
start tun:65535
holds "the next node's device has the next number" grep -q '^tun ok qanat1' "$work/said"
holds "and its own MTU" link qanat1 "mtu 65535"
stop
holds "it goes when its node stops" until_true 2 eval '! ip link show qanat1'
holds "and the other's stays" link qanat0 UP
hold=$first_hold client=$first
kill -KILL "$client"
wait "$client" 2>/dev/null
holds "all is as before when a node is killed" back

start tun
kill -KILL "$(warden_of "$client")"
holds "a node sees that its warden was killed" until_true 2 grep -qx gone "$work/said"
wait "$client"
holds "and all is as before when it has closed the device" back

start tun:1279 tun:65536 foreign uplink gateway dns guard:lo "guard:a b" 'guard:x";' \
	guard:abcdefghijklmnop guard:a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q tun tun
stop
refused() { said "$1 $2" ; }
holds "an MTU that is too small is refused" refused tun "Invalid argument"
holds "an address outside fd71::/16 is refused" refused foreign "Invalid argument: that is no order"
for word in uplink gateway dns; do
	holds "$word is refused before there is a device" \
		refused $word "No such device: there is no TUN device yet"
done
holds "loopback, odd names and too many are refused" \
	[ "$(grep -c '^guard \(Invalid argument\|Argument list too long\)' "$work/said")" = 5 ]
holds "a second device is refused" \
	refused tun "Device or resource busy: this connection has a device already"
holds "all is as before" back

setpriv --bounding-set -net_admin "$work/bin/client" tun guard:v0 </dev/null >"$work/said"
holds "without the privilege there is no device, in words" \
	said "tun Operation not permitted: no TUN device can be made"
holds "and no guard, by a code of its own" grep -q '^guard Operation not supported: ' "$work/said"
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
start tun
holds "a machine that keeps IPv6 off new devices has one all the same" grep -q '^tun ok' "$work/said"
stop
echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6
holds "and all is as before" back
