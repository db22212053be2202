#!/bin/bash
# SPDX-License-Identifier: ISC
#
#     n0 ---- n1 ---- n2 ---- n3        10 % of all tries lost, none repeated by the radio
#
# Goodput over three hops: one bulk flow of qanat, beside TCP (bbr, cubic) by iperf3 over
# static routes, on the same radio in the same run. Also written as JSON to OUT, if given.

set -u
cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build}
seconds=${SECONDS_EACH:-10}
loss=${LOSS:-10%}
retries=${RETRIES:-0}
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-goodput.XXXXXX") || exit 1
mesh=$work/mesh
server=

# shellcheck disable=SC2317
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	[ ! -e "$mesh/seed" ] || sim/netns/mesh down "$mesh"
	rm -rf "$work"
}
trap finish EXIT

in_node() { sim/netns/mesh exec "$mesh" "$@"; }

up() { # OPTION...
	sim/netns/mesh up "$mesh" --topology line --nodes 4 --loss "$loss" --retries "$retries" \
		--rate 20M --mode tap "$@" >"$work/up" 2>&1 || { cat "$work/up"; exit 1; }
}

until_true() { # COMMAND...
	local end=$((SECONDS + 60))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# bit/s by the receiver, 0 when not even the connection came about.
number() { # KEY: the last one in the JSON on stdin
	sed -n "s/.*\"$1\":[[:space:]]*\([0-9.]*\).*/\1/p" | tail -n 1 | cut -d . -f 1 | grep . || echo 0
}

routes_static() {
	local i k interface
	for i in 0 1 2 3; do
		interface=$(in_node "n$i" ip -o link show up | sed -n 's/^[0-9]*: \([^:@ ]*\).*/\1/p' |
			grep -vx lo | head -n 1)
		in_node "n$i" sh -c "
			echo 1 >/proc/sys/net/ipv4/ip_forward
			for f in /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/send_redirects
			do echo 0 >\$f; done
			ip addr add 10.80.0.$((i + 1))/32 dev $interface" || return 1
		for k in $((i - 1)) $((i + 1)); do
			[ "$k" -lt 0 ] || [ "$k" -gt 3 ] ||
				in_node "n$i" ip route add "10.80.0.$((k + 1))" dev "$interface" || return 1
		done
		for k in 0 1 2 3; do
			[ $((k - i)) -gt 1 ] &&
				in_node "n$i" ip route add "10.80.0.$((k + 1))" via "10.80.0.$((i + 2))"
			[ $((i - k)) -gt 1 ] &&
				in_node "n$i" ip route add "10.80.0.$((k + 1))" via "10.80.0.$i"
		done
	done
	return 0
}

tcp() { # CONGESTION
	in_node n3 iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	until_true in_node n3 sh -c 'ss -ltn | grep -q :5201' || return 1
	timeout $((seconds + 30)) sim/netns/mesh exec "$mesh" n0 iperf3 -c 10.80.0.4 -C "$1" \
		-t "$seconds" --json >"$work/$1.json" 2>&1
	sed -n '/"sum_received"/,/}/p' "$work/$1.json" | number bits_per_second
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	server=
}

if [ "$(id -u)" != 0 ] || ! command -v iperf3 >/dev/null; then
	echo "skipped goodput: needs root and iperf3"
	exit 0
fi
up --no-daemons
routes_static || { echo "the routes cannot be set"; exit 1; }
until_true in_node n0 ping -c 1 -W 1 10.80.0.4 || { echo "n3 is not reached by IP"; exit 1; }
bbr=$(tcp bbr)
cubic=$(tcp cubic)
sim/netns/mesh down "$mesh"
up
until_true sim/netns/mesh qanat "$mesh" n0 ping n3 --count 1
qanat=$(sim/netns/mesh qanat "$mesh" n0 --json speed n3 --time "$seconds" | number goodput_bps)

row() { # NAME BPS
	awk -v name="$1" -v bps="$2" -v of="$qanat" 'BEGIN {
		printf "%-12s %8.2f Mbit/s %8s\n", name, bps / 1e6, (bps > 0) ? sprintf("%.2f", of / bps) : "-" }'
}
printf '%-12s %15s %8s    3 hops, loss %s a try, %s retries, 20 Mbit/s\n' flow goodput 'qanat/' "$loss" "$retries"
row qanat "$qanat"
row 'TCP bbr' "$bbr"
row 'TCP cubic' "$cubic"
[ -z "${OUT:-}" ] || printf '{"schema":"qanat.bench.goodput/1","qanat_bps":%s,"bbr_bps":%s,"cubic_bps":%s}\n' \
	"$qanat" "$bbr" "$cubic" >"$OUT"
