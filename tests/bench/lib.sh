# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
#
# What benches that compare with the kernel share. To be sourced after netns/common.sh.

in_node() { mesh_exec "$mesh" "$@"; } # NODE COMMAND...
listens() { in_node "$1" ss -ltn | grep -q ':5201 '; } # NODE

# 10.9.0.N+1 on the one interface of node N of a line, and a route to every other one.
static_routes() {
	local i k last=$((${#nodes[@]} - 1))
	for ((i = 0; i <= last; i++)); do
		in_node "${nodes[i]}" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
			net.ipv4.conf.qan0.send_redirects=0
		in_node "${nodes[i]}" ip addr add "10.9.0.$((i + 1))/32" dev qan0
		[ $i = 0 ] || in_node "${nodes[i]}" ip route add "10.9.0.$i" dev qan0
		[ $i = $last ] || in_node "${nodes[i]}" ip route add "10.9.0.$((i + 2))" dev qan0
	done
	for ((i = 0; i <= last; i++)); do
		for ((k = 0; k <= last; k++)); do
			[ $k -ge $((i - 1)) ] || in_node "${nodes[i]}" ip route add "10.9.0.$((k + 1))" via "10.9.0.$i" dev qan0 onlink
			[ $k -le $((i + 1)) ] || in_node "${nodes[i]}" ip route add "10.9.0.$((k + 1))" via "10.9.0.$((i + 2))" dev qan0 onlink
		done
	done
}
