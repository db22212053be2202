#!/bin/bash
# SPDX-License-Identifier: ISC
#
# TCP through the IP interface over one veth: Mbit/s for each second of processor time that
# both ends together used, beside yggdrasil, fastd and the tunnel of OpenSSH (-w) in the same
# run. The processes' own time counts, with what the kernel does in it.
# One JSON object.
#
#     a --- b        veth, no loss
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/../netns/common.sh"
seconds=${SECONDS_EACH:-8}
[ "$(id -u):$(stat -c %F /dev/net/tun 2>/dev/null)" = "0:character special file" ] || skip "one hop" "needs root and /dev/net/tun"
peers=$(tests/bench/peers yggdrasil fastd libuecc0) || peers=$(tests/bench/peers yggdrasil) || peers=
libraries=$(find "${peers:-/nowhere}" -name '*.so.*' -printf '%h\n' 2>/dev/null | sort -u | paste -sd :)
export LD_LIBRARY_PATH=$libraries
cable qb || skip "one hop" "no network namespaces here"
ip -n $a addr add 10.98.0.1/24 dev va && ip -n $b addr add 10.98.0.2/24 dev vb
ip -n $a link set va up && ip -n $b link set vb up
in_a() { ip netns exec $a "$@"; }
in_b() { ip netns exec $b "$@"; }

ticks() { # PID...
	local pid sum=0 t
	for pid; do
		t=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 }')
		sum=$((sum + ${t:-0}))
	done
	echo $sum
}
listens() { in_b ss -ltn | grep -q ':5201 '; }

# {bps, cpu_s, mbit_per_cpu_s} of iperf3 to an address, and the time of PID... meanwhile.
measure() { # ADDRESS PID...
	local to=$1 before after server
	shift
	in_b iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	mesh_until 10 listens
	before=$(ticks "$@")
	in_a iperf3 -c "$to" -t "$seconds" -J >"$work/tcp" 2>/dev/null
	after=$(ticks "$@")
	wait $server
	jq -c --argjson ticks $((after - before)) --argjson hz "$(getconf CLK_TCK)" '
		(.end.sum_received | {bytes, bps: (.bits_per_second | floor)}) + {cpu_s: ($ticks / $hz)} |
		{bps, cpu_s, mbit_per_cpu_s: (if .cpu_s > 0 then .bytes * 8 / 1e6 / .cpu_s | floor else null end)}' "$work/tcp"
}
begin() { "$@" >"$work/log.${#pids[@]}" 2>&1 & pids+=($!); }
finish_all() { kill "${pids[@]}" 2>/dev/null; wait "${pids[@]}" 2>/dev/null; pids=(); }

qanat_b() { "$mesh_programs/qanat" --state "$work/b" "$@"; }
qanat_is_up() { "$mesh_programs/qanat" --state "$work/a" ping b -c 1 >/dev/null 2>&1; }
begin ip netns exec $a "$mesh_programs/qanatd" --state "$work/a" --name a --iface va --open
begin ip netns exec $b "$mesh_programs/qanatd" --state "$work/b" --name b --iface vb --open
mesh_until 20 qanat_is_up
qanat_b --quiet allow a >/dev/null
qanat=$(measure "$(qanat_b --json status | jq -r .node.address)" "${pids[@]}")
finish_all

ygg=null
if [ -x "${peers:-/nowhere}/usr/sbin/yggdrasil" ]; then
	for side in a b; do
		"$peers/usr/sbin/yggdrasil" -genconf -json | jq --arg s $side '.AdminListen = "none" | .MulticastInterfaces = [] | .IfName = "ygg0" |
			.Listen = (if $s == "a" then ["tcp://10.98.0.1:9001"] else [] end) |
			.Peers = (if $s == "b" then ["tcp://10.98.0.1:9001"] else [] end)' >"$work/$side.ygg"
	done
	begin ip netns exec $a "$peers/usr/sbin/yggdrasil" -useconffile "$work/a.ygg"
	ygg_listens() { in_a ss -ltn | grep -q ':9001 '; }
	mesh_until 10 ygg_listens
	begin ip netns exec $b "$peers/usr/sbin/yggdrasil" -useconffile "$work/b.ygg"
	ygg_address() { ip -n $b -6 -j addr show dev ygg0 2>/dev/null | jq -r '.[0].addr_info[] | select(.scope == "global") | .local' | head -n 1; }
	ygg_is_up() { in_a ping -6 -c 1 -W 1 "$(ygg_address)" >/dev/null 2>&1; }
	mesh_until 20 ygg_is_up || sed 's/^/# /' "$work"/log.* >&2
	ygg_is_up && ygg=$(measure "$(ygg_address)" "${pids[@]}")
	finish_all
fi

fastd=null
if [ -x "${peers:-/nowhere}/usr/bin/fastd" ]; then
	for side in a b; do
		"$peers/usr/bin/fastd" --machine-readable --generate-key >"$work/$side.secret" 2>/dev/null
		"$peers/usr/bin/fastd" --machine-readable --show-key --config - <<<"secret \"$(cat "$work/$side.secret")\";" >"$work/$side.public" 2>/dev/null
	done
	fastd_one() { # SIDE OTHER-SIDE OTHER-ADDRESS
		cat >"$work/$1.fastd" <<-TEXT
			mode tun; interface "fd0"; method "salsa2012+umac"; mtu 1400; bind 0.0.0.0:10000;
			secret "$(cat "$work/$1.secret")";
			on up "ip addr add 10.97.0.$([ "$1" = a ] && echo 1 || echo 2)/24 dev fd0; ip link set fd0 up";
			peer "other" { key "$(cat "$work/$2.public")"; remote $3:10000; }
		TEXT
	}
	fastd_one a b 10.98.0.2
	fastd_one b a 10.98.0.1
	begin ip netns exec $a "$peers/usr/bin/fastd" --config "$work/a.fastd"
	begin ip netns exec $b "$peers/usr/bin/fastd" --config "$work/b.fastd"
	fastd_is_up() { in_a ping -c 1 -W 1 10.97.0.2 >/dev/null 2>&1; }
	mesh_until 30 fastd_is_up
	fastd_is_up && fastd=$(measure 10.97.0.2 "${pids[@]}")
	finish_all
fi

ssh=null
if ssh_ready; then
	begin ip netns exec $b "${ssh_server[@]}" -o PermitTunnel=yes
	ssh_listens() { in_b ss -ltn | grep -q ':22 '; }
	mesh_until 10 ssh_listens
	begin ip netns exec $a "${ssh_client[@]}" -N -w 0:0 root@10.98.0.2
	ssh_has() { ip -n $a link show tun0 >/dev/null 2>&1 && ip -n $b link show tun0 >/dev/null 2>&1; }
	mesh_until 10 ssh_has
	ip -n $a addr add 10.96.0.1/24 dev tun0 && ip -n $b addr add 10.96.0.2/24 dev tun0
	ip -n $a link set tun0 up && ip -n $b link set tun0 up
	ssh_is_up() { in_a ping -c 1 -W 1 10.96.0.2 >/dev/null 2>&1; }
	mesh_until 10 ssh_is_up
	# the server's processes of the connection do the work
	mapfile -t sessions < <(pgrep -P "${pids[0]}"; pgrep -P "$(pgrep -P "${pids[0]}" | head -n 1)")
	ssh_is_up && ssh=$(measure 10.96.0.2 "${pids[@]}" "${sessions[@]}")
	finish_all
fi

jq -nc --argjson qanat "$qanat" --argjson ygg "$ygg" --argjson fastd "$fastd" --argjson ssh "$ssh" '
	def over($x): if $x != null and $x.mbit_per_cpu_s != null then $qanat.mbit_per_cpu_s / $x.mbit_per_cpu_s * 100 | round / 100 else null end;
	{bench: "ip-single-hop", qanat: $qanat, yggdrasil: $ygg, fastd: $fastd, openssh: $ssh,
	over_yggdrasil: over($ygg), over_fastd: over($fastd), over_openssh: over($ssh)}'
