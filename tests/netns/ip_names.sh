#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 60
#
# With --dns every program of the machine finds a node by NAME.qanat, and after kill -9 and
# the next start the machine's own resolver configuration is what it was.
#
#     n0 --- n1        5 % loss; n0 has a private /etc
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
[ -c /dev/net/tun ] || skip "programs find nodes by name" "no /dev/net/tun here"
private_etc "programs find nodes by name" $'nameserver 192.0.2.53\noptions timeout:1 attempts:1\n'
cp /etc/resolv.conf "$work/resolv.conf"
up_in_namespaces "programs find nodes by name" --tun --topology line --nodes 2
in_node() { mesh_exec "$mesh" "$@"; }
to=$(q_json n1 status | jq -r .node.address)

finds() { [ "$(in_node n0 getent ahostsv6 "$1" | awk 'NR == 1 { print $1 }')" = "$to" ]; }
finds_not() { ! finds "$1"; }
holds "without --dns names are unknown to the machine" finds_not n1.qanat
holds "and its configuration is not touched" cmp -s "$work/resolv.conf" /etc/resolv.conf
mesh_kill "$mesh" n0
echo --dns >>"$mesh/n0/args"
mesh_start "$mesh" n0 || exit 1
mesh_until 20 reaches n0 n1
holds "with it NAME.qanat is found by every program" mesh_until 10 finds n1.qanat
nothing_else() { [ -z "$(in_node n0 getent ahosts example.org)" ]; }
holds "which gets no answer for what is not ours" nothing_else
pings() { in_node n0 ping -6 -c 2 -W 3 n1.qanat >/dev/null; }
holds "ping takes the name" pings
q n0 --quiet name n1 stove >/dev/null
holds "and the name that was pinned" finds stove.qanat
mesh_kill "$mesh" n0 -9
restored() { cmp -s "$work/resolv.conf" /etc/resolv.conf; }
sed -i '/--dns/d' "$mesh/n0/args"
mesh_start "$mesh" n0 || exit 1
holds "after kill -9 the configuration is the same, byte for byte" mesh_until 5 restored
[ "$bad" = 0 ] || cat /etc/resolv.conf
