# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
#
# Any of several routing daemons on all nodes of a mesh. To be sourced after
# netns/common.sh. A kind is qanat, babeld, bird, or peer: the script ROUTING_PEER, which is
# called as `ROUTING_PEER NUMBER DIR` in the node's namespace and becomes the daemon.
#
# For all but qanat, node N has fd99::N+1/128 on lo, to be redistributed, and fe80::N+1 on
# qan0; ROUTING_V4=yes gives it 10.99.N.1/32, too, and babeld and bird carry both.

probe() { # KIND WORD...
	local table=kernel
	[ "$1" = qanat ] && table=qanat
	mesh_enter "$mesh" || return
	"${mesh_into[@]}" "$mesh_programs/bench/routing_probe" $table "$mesh" "${@:2}"
}

# ------------------------------------------------------------------- how each is started

qanat_command() { # NODE NUMBER
	command=("$mesh_programs/qanatd" --state "$mesh/$1/state" --name "$1" --iface qan0 --open)
}

babeld_command() { # NODE NUMBER
	command=("${with_libraries[@]}" "$peers/usr/sbin/babeld" -I "" -S "$work/$1.babeld.state"
		-C 'interface qan0 type wireless hello-interval 1 update-interval 4'
		-C 'redistribute local ip fd99::/16 allow' -C 'redistribute local ip 10.99.0.0/16 allow'
		-C 'redistribute local deny' -C 'redistribute deny')
}

bird_command() { # NODE NUMBER
	cat >"$work/$1.bird.conf" <<-END
		router id 10.99.$2.1;
		protocol device { scan time 10; }
		protocol direct { ipv4; ipv6; interface "lo"; }
		protocol kernel { ipv4 { import none; export where source = RTS_BABEL; }; }
		protocol kernel { ipv6 { import none; export where source = RTS_BABEL; }; }
		protocol babel {
			ipv4 { import all; export where (source = RTS_DEVICE) || (source = RTS_BABEL); };
			ipv6 { import all; export where (source = RTS_DEVICE) || (source = RTS_BABEL); };
			interface "qan0" { type wireless; hello interval 1 s; update interval 4 s; };
		}
	END
	command=("${with_libraries[@]}" "$peers/usr/sbin/bird" -f -c "$work/$1.bird.conf" -s "$work/$1.bird.sock")
}

peer_command() { # NODE NUMBER
	mkdir -p "$work/$1.peer"
	command=("$ROUTING_PEER" "$2" "$work/$1.peer")
}

# -------------------------------------------------------------------- starting and ending

# Unpacks babeld and bird, and says how a program of theirs finds its libraries.
peers_unpack() { # sets peers, with_libraries
	peers=$(tests/bench/peers babeld bird2 libb2-1) || return
	with_libraries=(env LD_LIBRARY_PATH="$peers/usr/lib/$(uname -m)-linux-gnu")
}

# What the peers need of the kernel, once a mesh.
peers_prepare() {
	local i
	for ((i = 0; i < ${#nodes[@]}; i++)); do
		mesh_enter_node "$mesh" "${nodes[i]}" || return
		"${mesh_into[@]}" sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.accept_redirects=0 \
			net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.qan0.send_redirects=0 || return
		printf "addr add fd99::%x/128 dev lo nodad\n" $((i + 1)) | "${mesh_into[@]}" ip -batch - || return
		[ -z "${ROUTING_V4:-}" ] || "${mesh_into[@]}" ip addr add "10.99.$i.1/32" dev lo || return
	done
}

# Its process stands still until daemons_go.
daemon_ready() { # KIND NUMBER
	local node=${nodes[$2]} command
	"$1_command" "$node" "$2"
	mesh_enter_node "$mesh" "$node" || return
	# shellcheck disable=SC2016
	mesh_spawn "$mesh/$node/pid" "$mesh/$node/log" bash -c 'kill -STOP $$; exec "$@"' gate "${command[@]}"
}

is_stopped() { # PID
	local line
	read -r line <"/proc/$1/stat" && [[ ${line##*) } == T* ]]
}

daemons_go() { # NODE...: sets begun_us
	local node pids=()
	for node; do pids+=("$(mesh_alive "$mesh/$node/pid")") || return; done
	for node in "${pids[@]}"; do mesh_until 5 is_stopped "$node" || return; done
	begun_us=$(now_us)
	kill -CONT "${pids[@]}"
}

daemons_start() { # KIND: all of them at once
	local i pids=()
	for ((i = 0; i < ${#nodes[@]}; i++)); do
		daemon_ready "$1" $i &
		pids+=($!)
		[ $((i % 8)) != 7 ] || { wait "${pids[@]}" || return; pids=(); }
	done
	[ ${#pids[@]} = 0 ] || wait "${pids[@]}" || return
	daemons_go "${nodes[@]}"
	running=$1
}

# What a peer that was killed has left in the kernel goes as well: the node was restarted.
daemon_kill() { # KIND SIGNAL NODE...
	local node kind=$1 signal=$2
	shift 2
	for node; do mesh_signal "$signal" "$mesh/$node/pid"; done
	for node; do
		mesh_until 5 mesh_is_gone "$mesh/$node/pid" || mesh_signal KILL "$mesh/$node/pid"
		[ "$signal" = TERM ] || [ "$kind" = qanat ] || mesh_exec "$mesh" "$node" bash -c 'ip -6 -j route | jq -r ".[] | select(.gateway or
			.type == \"unreachable\") | \"route del \(.type // \"\") \(.dst) proto \(.protocol)\"" | ip -6 -batch - ' 2>/dev/null
	done
}

daemons_end() { # KIND
	daemon_kill "$1" TERM "${nodes[@]}"
	running=
}

# ------------------------------------------------------------------------------- figures

settled() { probe "$1" whole "$(now_us)" "$2" | jq_true .whole >/dev/null; } # KIND SECONDS

# A JSON line about KIND; the rest is for jq, which makes an object of it.
figure() { # PART KIND JQ-ARGUMENT...
	local part=$1 kind=$2
	shift 2
	jq -nc --arg part "$part" --arg daemon "$kind" --arg load "$(cut -d ' ' -f 1 /proc/loadavg)" "${@:1:$#-1}" \
		'{bench: "routing", part: $part, daemon: $daemon} + ('"${!#}"') + {machine_load: ($load | tonumber)}' |
		tee -a "$results"
}

# Processor time of all daemons in ms, and their resident memory in kB.
daemons_cost() {
	local node pid line ms=0 kb=0
	for node in "${nodes[@]}"; do
		pid=$(mesh_alive "$mesh/$node/pid") || continue
		read -r line <"/proc/$pid/stat"
		# shellcheck disable=SC2086
		set -- ${line##*) }
		ms=$((ms + (${12} + ${13}) * 10)) kb=$((kb + ${22} * 4))
	done
	echo "[$ms, $kb]"
}
