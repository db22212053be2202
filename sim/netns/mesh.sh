# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Meshes on this machine: a simulated radio and a node behind each of its aerials. To be
# sourced; sim/netns/mesh is the same as a command.
#
# Everything stands in one directory DIR, and every process in it is known by its number and
# its start time, so that teardown ends what was started here and nothing else. Where the
# kernel allows it, all of it lives in namespaces of its own (network, mounts, processes)
# held by one keeper process: when that ends, for whatever reason, nothing can be left. As
# root or in a user namespace:
#
#     tap     a namespace a node, qan0 in it is a TAP device of the radio
#     packet  the same, qan0 is a veth whose other end the radio reads
#     socket  no namespaces at all: nodes attach to the radio's Unix socket
#
# The radio is qanat-ether, or for `--medium ns3` qanat-ns3, which wants TAP devices.
#
# DIR: mode medium nodes topology private keeper ether.pid ether.log air control ns/NODE
#      NODE/{state,log,pid,args} play/

mesh_programs=$(realpath "${BUILD:-build}")
mesh_poll_s=0.02
export LC_ALL=C.UTF-8 # times and sums are written with points

mesh_say() { echo "mesh: $*" >&2; }

# ------------------------------------------------------------------------------ processes

# Start time of a process in clock ticks; nothing when it is not there or a zombie.
mesh_start_time() { # PID
	local line
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	# shellcheck disable=SC2086
	set -- ${line##*) }
	[ "$1" != Z ] && [ "$1" != X ] && echo "${20}"
}

# Number and start time of this very shell, as the mesh's outside counts them; no fork.
mesh_own_record() { # sets mesh_record
	local line
	read -r line </proc/self/stat
	mesh_record=${line%% *}
	# shellcheck disable=SC2086
	set -- ${line##*) }
	mesh_record+=" ${20}"
}

# Prints the pid that FILE names if that very process is still there.
mesh_alive() { # FILE
	local pid start
	read -r pid start 2>/dev/null <"$1" || return 1
	[ -n "$start" ] && [ "$(mesh_start_time "$pid")" = "$start" ] && echo "$pid"
}

mesh_signal() { # SIGNAL FILE
	local pid
	pid=$(mesh_alive "$2") && kill "-$1" "$pid" 2>/dev/null
}

mesh_until() { # SECONDS COMMAND...: polls until COMMAND succeeds
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep $mesh_poll_s
	done
}

mesh_is_gone() { ! mesh_alive "$1"; }

# Ends the processes of these files: asked first, then made to.
mesh_end() { # FILE...
	local file end=$((${EPOCHREALTIME/./} + 3000000))
	for file; do mesh_signal TERM "$file"; done
	for file; do
		while mesh_alive "$file" >/dev/null; do
			[ "${EPOCHREALTIME/./}" -lt $end ] || mesh_signal KILL "$file"
			sleep $mesh_poll_s
		done
	done
}

# ----------------------------------------------------------------------------- namespaces

# The words that put a command into the mesh's own namespaces; none in mode socket.
mesh_enter() { # DIR: sets mesh_into
	local pid
	mesh_into=()
	[ "$(cat "$1/mode")" = socket ] && return
	pid=$(mesh_alive "$1/keeper") || { mesh_say "$1: its keeper is gone"; return 1; }
	mesh_into=(nsenter --target="$pid" --mount --net --pid)
	[ -e "$1/user" ] && mesh_into+=(--user --preserve-credentials)
	return 0
}

mesh_enter_node() { # DIR NODE: sets mesh_into
	mesh_enter "$1" || return
	[ ${#mesh_into[@]} = 0 ] || mesh_into+=(nsenter --net="$1/ns/$2")
}

# First process of the namespaces: says who it is, then reaps what is left to it.
mesh_keeper_run() { # DIR
	local line
	mesh_own_record
	echo "$mesh_record" >"$1/keeper.new"
	mv "$1/keeper.new" "$1/keeper"
	exec 3<>"$1/keeper.wake"
	while :; do
		read -r -u 3 line
	done
}

mesh_keeper_start() { # DIR UNSHARE-OPTION...
	local dir=$1
	shift
	mkfifo "$dir/keeper.wake" || return
	setsid unshare "$@" --mount --net --pid --fork --kill-child --propagation private \
		bash -c "$(declare -f mesh_own_record mesh_keeper_run); mesh_keeper_run \"\$1\"" \
		mesh-keeper "$dir" </dev/null >/dev/null 2>"$dir/keeper.log" &
	mesh_keeper_pid=$!
	mesh_until 5 mesh_keeper_known "$dir" $mesh_keeper_pid
	[ -s "$dir/keeper" ] && return
	wait $mesh_keeper_pid 2>/dev/null
	mesh_keeper_pid=
	rm -f "$dir/keeper.wake"
	return 1
}

mesh_keeper_known() { [ -s "$1/keeper" ] || ! mesh_start_time "$2"; }

# Finds out by trying what this machine and this user may do.
mesh_choose_mode() { # DIR WISH
	local dir=$1 wish=$2 mode=socket
	if [ "$wish" != socket ]; then
		if [ "$(id -u)" = 0 ] && mesh_keeper_start "$dir"; then
			mode=packet
		elif mesh_keeper_start "$dir" --user --map-root-user; then
			: >"$dir/user"
			mode=packet
		fi
	fi
	echo "$mode" >"$dir/mode"
	[ $mode = socket ] || mesh_try_devices "$dir" "$wish" || return
	mode=$(cat "$dir/mode")
	[ "$wish" = auto ] || [ "$wish" = "$mode" ] && return
	mesh_say "mode $wish is not possible here; $mode would be"
	return 1
}

# A TAP where /dev/net/tun opens, else veth ends; without either nothing but sockets.
mesh_try_devices() { # DIR WISH
	mesh_enter "$1" || return
	if [ "$2" != packet ] && "${mesh_into[@]}" ip tuntap add dev mesh-try mode tap 2>/dev/null; then
		"${mesh_into[@]}" ip link del mesh-try
		echo tap >"$1/mode"
	elif "${mesh_into[@]}" ip link add mesh-a type veth peer name mesh-b 2>/dev/null; then
		"${mesh_into[@]}" ip link del mesh-a
	else
		mesh_keeper_end "$1"
		echo socket >"$1/mode"
	fi
}

mesh_keeper_end() { # DIR
	mesh_signal KILL "$1/keeper"
	mesh_until 5 mesh_is_gone "$1/keeper"
	if [ -n "${mesh_keeper_pid:-}" ]; then
		kill -9 "$mesh_keeper_pid" 2>/dev/null
		wait "$mesh_keeper_pid" 2>/dev/null
		mesh_keeper_pid=
	fi
	rm -f "$1/keeper" "$1/keeper.wake" "$1/user"
}

# Runs inside the keeper's namespaces.
mesh_make_namespaces() { # DIR MODE NODE...
	local dir=$1 mode=$2 node i=0
	shift 2
	mkdir -p "$dir/ns"
	for node; do
		: >"$dir/ns/$node"
		unshare --net mount --bind /proc/self/ns/net "$dir/ns/$node" || return
		[ "$mode" != packet ] || printf '%s\n' \
			"link add name q$i gso_max_segs 1 type veth peer name qan0 gso_max_segs 1 netns $dir/ns/$node" \
			"link set q$i addrgenmode none up" | ip -batch - || return
		i=$((i + 1))
	done
}

mesh_make_interfaces() { # DIR MODE NODE...
	local dir=$1 mode=$2 node i=0
	shift 2
	for node; do
		[ "$mode" = packet ] || ip link set "q$i" netns "$dir/ns/$node" name qan0 || return
		mesh_interface_lines $i | nsenter --net="$dir/ns/$node" ip -batch - || return
		i=$((i + 1))
	done
}

# Own addresses without duplicate detection: no second is lost on an address nobody else has.
mesh_interface_lines() { # NUMBER
	printf 'link set lo up\n'
	printf 'link set qan0 addrgenmode none\n'
	printf 'link set qan0 address 02:00:00:00:%02x:%02x\n' $(($1 / 256)) $(($1 % 256))
	printf 'addr add fe80::%x/64 dev qan0 nodad\n' $(($1 + 1))
	printf 'link set qan0 up\n'
}

mesh_inside() { # DIR FUNCTION ARGUMENT...: runs one of these functions in the namespaces
	mesh_enter "$1" || return
	"${mesh_into[@]}" bash -c "$(declare -f mesh_make_namespaces mesh_make_interfaces \
		mesh_interface_lines)"'; "$@"' mesh "$2" "$1" "${@:3}"
}

mesh_become() { # FILE COMMAND...
	mesh_own_record
	echo "$mesh_record" >"$1.new"
	mv "$1.new" "$1"
	exec "${@:2}"
}

mesh_detach() { # FILE COMMAND...
	export -f mesh_own_record mesh_become
	setsid bash -c 'mesh_become "$@"' mesh-become "$@" &
}

# Starts COMMAND in the background, its output in LOG, its number in FILE.
mesh_spawn() { # FILE LOG COMMAND...: uses mesh_into
	local file=$1 log=$2
	shift 2
	rm -f "$file"
	"${mesh_into[@]}" bash -c "$(declare -f mesh_own_record mesh_become mesh_detach)"'; mesh_detach "$@"' \
		mesh-spawn "$file" "$@" </dev/null >>"$log" 2>&1
	mesh_until 5 test -s "$file"
}

# ------------------------------------------------------------------------------- topology

# The lines of a shape. `loop` is a line whose far part closes into a ring.
mesh_shape() { # SHAPE NODES
	local shape=$1 n=$2 i width=1
	case $shape in
	line | ring | star | full | random) echo "$shape $n" ;;
	loop)
		echo "line $n"
		[ "$n" -lt 4 ] || echo "link n$((n / 3)) n$((n - 1))"
		;;
	grid)
		while [ $((width * width)) -lt "$n" ]; do width=$((width + 1)); done
		for ((i = 0; i < n; i++)); do
			echo "node n$i"
			[ $((i % width)) = 0 ] || echo "link n$((i - 1)) n$i"
			[ $i -lt $width ] || echo "link n$((i - width)) n$i"
		done
		;;
	*) cat "$shape" ;;
	esac
}

# The topology as the radio understands it: each node and each link on a line.
mesh_topology_read() { # DIR
	local dir=$1 status
	"$mesh_programs/qanat-ether" --topology "$dir/topology" --control "$dir/look" --quiet \
		--seed "$(cat "$dir/seed")" 2>"$dir/ether.log" &
	local pid=$!
	if mesh_until 5 test -S "$dir/look"; then
		mesh_until 5 "$mesh_programs/qanat-ether" --tell "$dir/look" help
		"$mesh_programs/qanat-ether" --tell "$dir/look" topology |
			grep -E '^(node|link|dlink) ' >"$dir/links"
	fi
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	status=$?
	sed -n 's/^node \([^ ]*\).*/\1/p' "$dir/links" >"$dir/nodes"
	[ -s "$dir/nodes" ] && return
	cat "$dir/ether.log" >&2
	[ $status = 2 ] && return 2 # its word for a wrong scenario
	return 1
}

# ------------------------------------------------------------------------- what users call

mesh_tell() { # DIR WORD...: a command to the radio
	local dir=$1
	shift
	"$mesh_programs/qanat-ether" --tell "$dir/control" "$@"
}

mesh_nodes() { cat "$1/nodes"; }

# The command qanat, asked of NODE.
mesh_qanat() { # DIR NODE WORD...
	local dir=$1 node=$2
	shift 2
	"$mesh_programs/qanat" --state "$dir/$node/state" "$@"
}

mesh_answers() { mesh_qanat "$1" "$2" --quiet status; } # DIR NODE

mesh_launch() { # DIR NODE: starts its daemon, and does not wait for it
	local dir=$1 node=$2 way=(--iface qan0) open=(--open) args=()
	mesh_alive "$dir/$node/pid" >/dev/null && { mesh_say "$node: runs already"; return 1; }
	mesh_enter_node "$dir" "$node" || return
	[ ${#mesh_into[@]} != 0 ] || way=(--ether "$dir/air")
	[ ! -e "$dir/private" ] || open=()
	mapfile -t args <"$dir/$node/args"
	mesh_spawn "$dir/$node/pid" "$dir/$node/log" "$mesh_programs/qanatd" \
		--state "$dir/$node/state" --name "$node" "${way[@]}" "${open[@]}" "${args[@]}"
}

mesh_start() { # DIR NODE: returns when it answers
	mesh_launch "$1" "$2" && mesh_until 10 mesh_answers "$1" "$2" && return
	mesh_say "$2: does not answer; its log ends:"
	tail -n 5 "$1/$2/log" >&2
	return 1
}

mesh_kill() { # DIR NODE [-9]
	[ "${3:-}" = -9 ] && { mesh_signal KILL "$1/$2/pid"; mesh_until 5 mesh_is_gone "$1/$2/pid"; return; }
	mesh_end "$1/$2/pid"
}

mesh_exec() { # DIR NODE COMMAND...
	local dir=$1 node=$2
	shift 2
	mesh_enter_node "$dir" "$node" || return
	"${mesh_into[@]}" "$@"
}

# The program that is the radio, with the words it wants for this mesh.
mesh_radio() { # DIR: sets mesh_radio
	case $(cat "$1/medium") in
	ns3:*) mesh_radio=("$mesh_programs/qanat-ns3" --mac "$(cut -d : -f 2 "$1/medium")") ;;
	*) mesh_radio=("$mesh_programs/qanat-ether") ;;
	esac
}

mesh_ether_start() { # DIR OPTION...
	local dir=$1 mode i=0 node attach=() mesh_radio=()
	shift
	mesh_radio "$dir"
	mode=$(cat "$dir/mode")
	case $mode in
	socket) attach=(--socket "$dir/air") ;;
	*) while read -r node; do
		attach+=("--$mode" "q$i=$node")
		i=$((i + 1))
	done <"$dir/nodes" ;;
	esac
	mesh_enter "$dir" || return
	mesh_spawn "$dir/ether.pid" "$dir/ether.log" "${mesh_radio[@]}" --quiet \
		--topology "$dir/topology" --control "$dir/control" --seed "$(cat "$dir/seed")" \
		"${attach[@]}" "$@"
	mesh_until 10 mesh_tell "$dir" help && return
	cat "$dir/ether.log" >&2
	return 1
}

# Makes DIR and everything in it. All options have defaults.
mesh_up() { # DIR OPTION...
	local dir shape=loop count=6 loss='' retries='' rate='' wish=auto daemons=yes as_is=no medium=ether
	local extra=() args=() tun=(--no-tun) nodes=() node seed=$((RANDOM * 32768 + RANDOM))
	mkdir -p "$1" || return
	dir=$(realpath "$1")
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--topology) shape=$2 ;;
		--nodes) count=$2 ;;
		--loss) loss=$2 ;;
		--retries) retries=$2 ;;
		--rate) rate=$2 ;;
		--mode) wish=$2 ;;
		--medium) medium=${2/%ns3/ns3:adhoc} ;;
		--seed) seed=$2 ;;
		--pcap) extra+=(--pcap "$2") ;;
		--set) extra+=(--set "$2") ;;
		--play) shape=$2 as_is=yes extra+=(--paused) ;;
		--daemon-option) args+=("$2") ;;
		--private) : >"$dir.private"; set -- "$1" "$@" ;;
		--no-daemons) daemons=no; set -- "$1" "$@" ;;
		--tun) tun=(); set -- "$1" "$@" ;;
		*) mesh_say "$1: no such option"; return 2 ;;
		esac
		[ $# -ge 2 ] || { mesh_say "$1: its value is missing"; return 2; }
		shift 2
	done
	[ -z "$(ls -A "$dir")" ] || { mesh_say "$dir: not empty"; return 1; }
	[ ! -e "$dir.private" ] || mv "$dir.private" "$dir/private"
	[ ${#dir} -lt 70 ] || { mesh_say "$dir: too long for the sockets in it"; return 1; }
	[[ $medium:$wish =~ ^(ether:|ns3:(adhoc|mesh):(auto|tap)$) ]] ||
		{ mesh_say "medium $medium, mode $wish: not possible"; return 2; }
	[ $medium = ether ] || wish=tap
	echo "$medium" >"$dir/medium"
	echo "$seed" >"$dir/seed"
	[ $as_is = yes ] || { loss=${loss:-5%} retries=${retries:-4} rate=${rate:-20M}; }
	{
		if [ $as_is = yes ]; then echo "include $shape"; else mesh_shape "$shape" "$count"; fi || return
		[ -z "$loss" ] || echo "set loss $loss"
		[ -z "$retries" ] || echo "set retries $retries"
		[ -z "$rate" ] || echo "set unicast $rate"
	} >"$dir/topology"
	mesh_topology_read "$dir" && mesh_choose_mode "$dir" "$wish" || return
	mapfile -t nodes <"$dir/nodes"
	for node in "${nodes[@]}"; do
		mkdir -p "$dir/$node"
		printf '%s\n' "${tun[@]}" "${args[@]}" | sed '/^$/d' >"$dir/$node/args"
	done
	mesh_air_up "$dir" "${extra[@]}" || return
	[ $daemons = no ] || mesh_start_all "$dir" "${nodes[@]}"
}

mesh_air_up() { # DIR ETHER-OPTION...
	local dir=$1 mode nodes
	shift
	mode=$(cat "$dir/mode")
	mapfile -t nodes <"$dir/nodes"
	[ "$mode" = socket ] || mesh_inside "$dir" mesh_make_namespaces "$mode" "${nodes[@]}" || return
	mesh_ether_start "$dir" "$@" || return
	[ "$mode" = socket ] || mesh_inside "$dir" mesh_make_interfaces "$mode" "${nodes[@]}"
}

mesh_start_all() { # DIR NODE...
	local dir=$1 node
	shift
	for node; do mesh_launch "$dir" "$node" || return; done
	for node; do
		mesh_until 20 mesh_answers "$dir" "$node" && continue
		mesh_say "$node: does not answer; its log ends:"
		tail -n 5 "$dir/$node/log" >&2
		return 1
	done
}

# True when every node has a route to every other one.
mesh_is_whole() { # DIR
	local dir=$1 node count
	count=$(wc -l <"$dir/nodes")
	while read -r node; do
		[ "$(mesh_qanat "$dir" "$node" --json routes 2>/dev/null | grep -o '"metric"' | wc -l)" \
			= $((count - 1)) ] || return
	done <"$dir/nodes"
}

mesh_status() { # DIR
	local dir=$1 node pid
	echo "mode $(cat "$dir/mode"), radio $(mesh_alive "$dir/ether.pid" || echo 'not running')"
	while read -r node; do
		pid=$(mesh_alive "$dir/$node/pid") || { echo "$node: not running"; continue; }
		echo "$node: pid $pid, $(mesh_qanat "$dir" "$node" --json routes 2>/dev/null |
			grep -o '"metric"' | wc -l) nodes reachable"
	done <"$dir/nodes"
}

# Ends every process that was started for DIR and removes what mesh_up made in it.
mesh_down() { # DIR
	local dir node files=()
	dir=$(realpath "$1" 2>/dev/null) || return 0
	[ -e "$dir/seed" ] || { mesh_say "$dir: no mesh"; return 1; }
	[ -e "$dir/nodes" ] && while read -r node; do files+=("$dir/$node/pid"); done <"$dir/nodes"
	mesh_end "${files[@]}" "$dir/ether.pid"
	[ -e "$dir/keeper" ] && mesh_keeper_end "$dir"
	[ -e "$dir/nodes" ] && while read -r node; do rm -rf "${dir:?}/$node"; done <"$dir/nodes"
	rm -rf "$dir/ns" "$dir/play"
	(cd "$dir" && rm -f mode medium nodes links topology seed private user keeper keeper.* ether.pid ether.log \
		air control look)
	rmdir "$dir" 2>/dev/null || true
}
