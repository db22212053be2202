# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the tests of meshes share: a scratch folder with a mesh in it, cleared away however
# the test ends; one line a case; trees of files and what the radio says about them.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=sim/netns/mesh.sh
. sim/netns/mesh.sh
# shellcheck source=sim/netns/real_tree.sh
. sim/netns/real_tree.sh
# shellcheck source=tests/ssh.sh
. tests/ssh.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-mesh.XXXXXX") || exit 1
mesh=$work/m
bad=0

# shellcheck disable=SC2317
finish() {
	local status=$? job
	trap '' INT TERM
	for job in $(jobs -p); do
		[ "$job" = "${mesh_keeper_pid:-}" ] || kill "$job" 2>/dev/null
	done
	[ ! -e "$mesh/seed" ] || mesh_down "$mesh"
	chmod -R u+rwX "$work" 2>/dev/null
	rm -rf "$work"
	[ "$status" -ne 0 ] || status=$bad
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { # SENTENCE STATUS
	if [ "$2" = 0 ]; then echo "ok $1"; else echo "not ok $1"; bad=1; fi
}
note() { echo "# $*" >&2; }
skip() { echo "skipped $1: $2"; exit 0; }

# The script begins anew with an /etc of its own, whose resolv.conf has this text.
private_etc() { # SENTENCE TEXT
	if [ "${QANAT_PRIVATE_ETC:-}" = "" ]; then
		unshare --mount true 2>/dev/null || skip "$1" "no mounts here"
		rm -rf "$work"
		exec unshare --mount --propagation private env QANAT_PRIVATE_ETC=yes bash "tests/netns/$(basename "$0")"
	fi
	mkdir "$work/etc" && cp -a /etc/. "$work/etc/"
	mount --bind "$work/etc" /etc || skip "$1" "no mounts here"
	trap 'umount /etc; finish' EXIT
	rm -f /etc/resolv.conf
	printf %s "$2" >/etc/resolv.conf
}

# Two namespaces, $a and $b, with va and vb of one cable in them, which end with the script, and
# so do the processes in pids. False: there are none here.
cable() { # PREFIX
	a=$1$$a b=$1$$b pids=()
	trap cable_end EXIT
	ip netns add "$a" && ip netns add "$b" && ip link add va netns "$a" type veth peer name vb netns "$b" &&
		ip -n "$a" link set lo up && ip -n "$b" link set lo up
}
# shellcheck disable=SC2317
cable_end() {
	local status=$?
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
	ip netns del "$a" 2>/dev/null
	ip netns del "$b" 2>/dev/null
	rm -rf "$work"
	[ $status -ne 0 ] || status=$bad
	exit $status
}

# COMMAND...: says the sentence by how it ends.
holds() { # SENTENCE COMMAND...
	local sentence=$1
	shift
	"$@" >/dev/null
	say "$sentence" $?
}

show_logs() {
	local node
	for node in $(mesh_nodes "$mesh"); do
		sed "s/^/# $node: /" "$mesh/$node/log" 2>/dev/null | tail -n 10
	done
}

# A mesh that is whole, or the end of the test.
up() { # OPTION...
	mesh_up "$mesh" "$@" || { echo "not ok the mesh comes up"; exit 1; }
	mapfile -t nodes < <(mesh_nodes "$mesh")
	mesh_until 40 mesh_is_whole "$mesh" && return
	mesh_status "$mesh" | sed 's/^/# /'
	show_logs
	echo "not ok every node finds every other one"
	exit 1
}

# Namespaces and TAPs where there are any, else as good as it gets.
up_in_namespaces() { # SENTENCE OPTION...
	local sentence=$1
	shift
	up "$@"
	[ "$(cat "$mesh/mode")" != socket ] || skip "$sentence" "no network namespaces here"
}

q() { mesh_qanat "$mesh" "$@"; } # NODE WORD...
tell() { mesh_tell "$mesh" "$@"; }
# jq says "fine" to no input at all, even with -e: something must come, and not false or null.
jq_true() {
	local out
	out=$(jq "$@") && [ -n "$out" ] && [ "$out" != false ] && [ "$out" != null ]
}
q_json() { mesh_qanat "$mesh" "$1" --json "${@:2}"; } # NODE WORD...
hears() { [ "$(q_json "$1" neighbours | jq "[.neighbours[] | select(.name == \"$2\" and .symmetric)] | length")" = 1 ]; }
reaches() { q_json "$1" ping "$2" -c 1 | jq_true '.received == 1'; }
reaches_not() { ! reaches "$@"; }
now_us() { echo "${EPOCHREALTIME/./}"; }
seconds_since() { local us=$(($(now_us) - $1)); echo "$((us / 1000000)).$((us / 100000 % 10))"; }

# ---- folders: node N keeps it in $work/trees/N

tree() { echo "$work/trees/$1"; }

share_all() { # NODE... : the first one shares, the others join
	local first=$1 node
	shift
	mkdir -p "$(tree "$first")"
	invite=$(q "$first" --quiet share "$(tree "$first")" --name folder | tail -n 1)
	[ -n "$invite" ] || { echo "not ok the folder is shared"; exit 1; }
	for node; do join "$node" || { echo "not ok $node joins"; exit 1; }; done
}
join() { mkdir -p "$work/trees"; q "$1" --quiet join "$invite" "$(tree "$1")" >/dev/null; } # NODE

# The count first: it is cheap, and says most of the time that it is too early to compare.
same_trees() { # NODE...
	local first count node
	count=$(tree_count "$(tree "$1")")
	for node; do [ "$(tree_count "$(tree "$node")")" = "$count" ] || return; done
	first=$(tree_hash "$(tree "$1")")
	shift
	for node; do [ "$(tree_hash "$(tree "$node")")" = "$first" ] || return; done
}

# Polls until all trees are equal; says where they differ if they never are.
alike() { # SECONDS NODE...
	local limit=$1 node mesh_poll_s=0.2
	shift
	mesh_until "$limit" same_trees "$@" && return
	for node; do
		note "$node: $(tree_count "$(tree "$node")"), $(q_json "$node" folders |
			jq -c '.folders[] | [.state, .need_files, .need_bytes, .errors[0:2]]')"
	done
	diff <(tree_walk "$(tree "$1")" | tr '\0' '\n') \
		<(tree_walk "$(tree "${!#}")" | tr '\0' '\n') | head -n 10 | sed 's/^/# /'
	show_logs
	return 1
}

# COUNT files of 0 to 4 kB in 20 directories, and one of 20 MB; luck from SEED.
make_files() { # DIR COUNT BIG-BYTES SEED
	mkdir -p "$1"
	(cd "$1" && awk -v n="$2" -v seed="$4" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++) {
			dir = "d" i % 20; if (!(dir in made)) { system("mkdir -p " dir); made[dir] = 1 }
			name = dir "/file" i; words = int(rand() * 100)
			printf "" >name
			for (k = 0; k < words; k++) printf "%d %x\n", i, int(rand() * 2147483647) >name
			close(name)
		}
	}')
	[ "$3" = 0 ] || head -c "$3" /dev/urandom >"$1/big"
}

# What the radio carried: bytes and airtime of each node.
air() { tell counters json; }
air_bytes() { air | jq '[.nodes[].bytes] | add'; }
