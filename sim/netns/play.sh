# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
#
# Plays a scenario of qanat-world on real daemons, in real time: the `world` lines are read
# here, everything else is the radio's. To be sourced after mesh.sh and real_tree.sh.
#
# Time 0 is when all daemons answer: until then the radio stands still. DIR/play holds the
# trees of the members, the invite, and what became of each ping.

play_settled_us=2000000 # as long must all have held
play_poll_s=0.1

play_refuse() { mesh_say "$play_place: $*"; return 2; }

# 10s 500ms 34us 1.5: into play_us. No process, because a trace has many of them.
play_time() { # WORD
	local whole fraction unit
	[[ $1 =~ ^([0-9]{1,10})(\.([0-9]+))?(s|ms|us)?$ ]] || return
	whole=${BASH_REMATCH[1]} fraction=${BASH_REMATCH[3]}000000 unit=${BASH_REMATCH[4]:-s}
	case $unit in
	s) play_us=$((10#$whole * 1000000 + 10#${fraction:0:6})) ;;
	ms) play_us=$((10#$whole * 1000 + 10#${fraction:0:3})) ;;
	us) play_us=$((10#$whole)) ;;
	esac
}

# 100k 5M 12: into play_number.
play_count() { # WORD
	local factor=1
	[[ $1 =~ ^([0-9]{1,12})([kMG])?$ ]] || return
	case ${BASH_REMATCH[2]} in
	k) factor=1000 ;;
	M) factor=1000000 ;;
	G) factor=1000000000 ;;
	esac
	play_number=$((10#${BASH_REMATCH[1]} * factor))
}

# NODES to names, one a line: NAME, A..B, several with commas between, all.
play_nodes() { # DIR WORD
	awk -v word="$2" '
		{ name[++count] = $1; place[$1] = count }
		END {
			n = split(word, part, ",")
			for (i = 1; i <= n; i++) {
				first = last = place[part[i]]
				if (!first && part[i] == "all") { first = 1; last = count }
				if (!first && (at = index(part[i], ".."))) {
					first = place[substr(part[i], 1, at - 1)]
					last = place[substr(part[i], at + 2)]
				}
				if (!first || !last || first > last) exit 1
				for (; first <= last; first++)
					if (!seen[first]++) print name[first]
			}
			exit n == 0
		}' "$1/nodes"
}

# ------------------------------------------------------------------------------ the lines

# Cuts KEY=VALUE words into play_files, play_bytes, play_for.
play_values() { # WORD...
	local word
	play_files=10 play_bytes=100000 play_for=0
	for word; do
		case $word in
		files=*) play_count "${word#*=}" && play_files=$play_number ;;
		bytes=*) play_count "${word#*=}" && play_bytes=$play_number ;;
		for=*) play_time "${word#*=}" && play_for=$play_us ;;
		role=*) mesh_say "$play_place: $word: members are writers here" ;;
		*) false ;;
		esac || { play_refuse "not understood: $word"; return; }
	done
}

play_add() { # US VERB NODE OTHER FILES BYTES FOR
	printf '%s\t' "$@" >>"$play_lines"
	printf '\n' >>"$play_lines"
}

# One action: [at TIME] VERB NODES [NODE] [KEY=VALUE]...
play_read_action() { # DIR US|- WORD...
	local dir=$1 us=$2 verb=${3:-} nodes node other=- wanted
	wanted=${4:-}
	shift $(($# < 4 ? $# : 4))
	case $verb in
	share | join | edit | write | rename | delete | crash | start | sleep | ping) ;;
	disk | skew | hostile | churn | bulk)
		mesh_say "$play_place: world $verb: only qanat-world can do this; left out"
		return
		;;
	*) play_refuse "unknown word after world: $verb"; return ;;
	esac
	[ "$verb:$wanted" != join: ] || wanted=all
	nodes=$(play_nodes "$dir" "$wanted") || { play_refuse "no such node: $wanted"; return; }
	if [ "$verb" = ping ]; then
		other=${1:-}
		[ $# = 0 ] || shift
		play_nodes "$dir" "$other" >"$dir/play/other" && [ "$(wc -l <"$dir/play/other")" = 1 ] ||
			{ play_refuse "no such node: $other"; return; }
		other=$(cat "$dir/play/other")
	fi
	play_values "$@" || return
	if [ "$us" = - ]; then [ "$verb" = join ] && us=200000 || us=100000; fi
	for node in $nodes; do
		play_add "$us" "$verb" "$node" "$other" "$play_files" "$play_bytes" "$play_for"
	done
}

play_read_world() { # DIR WORD...
	local dir=$1
	case ${2:-} in
	run)
		play_time "${3:-}" || { play_refuse "not a time: ${3:-}"; return; }
		play_run_us=$play_us
		;;
	at)
		play_time "${3:-}" || { play_refuse "not a time: ${3:-}"; return; }
		play_read_action "$dir" "$play_us" "${@:4}"
		;;
	*) play_read_action "$dir" - "${@:2}" ;;
	esac
}

# All `world` lines of a file and of what it includes.
play_read() { # DIR FILE DEPTH
	local dir=$1 file=$2 depth=$3 line number=0 words next
	while IFS= read -r line <&3 || [ -n "$line" ]; do
		number=$((number + 1))
		play_place=$file:$number
		read -ra words <<<"${line%%#*}"
		case ${words[0]:-} in
		include)
			next=${words[1]:-}
			[ "${next:0:1}" = / ] || next=$(dirname "$file")/$next
			[ "$depth" -lt 4 ] || { play_refuse "includes are nested too deep"; return; }
			play_read "$dir" "$next" $((depth + 1)) || return
			;;
		at) play_time "${words[1]:-}" && [ "$play_us" -gt "$play_radio_us" ] && play_radio_us=$play_us ;;
		world) play_read_world "$dir" "${words[@]:1}" || return ;;
		esac
	done 3<"$file"
}

# ---------------------------------------------------------------------------- what happens

play_tree() { echo "$1/play/trees/$2"; } # DIR NODE

# Files of random content, N of them, B bytes in all.
play_fill() { # TREE FILES BYTES
	local tree=$1 files=$2 bytes=$3 i
	mkdir -p "$tree"
	for ((i = 0; i < files; i++)); do
		mkdir -p "$tree/d$((i % 10))"
		head -c $((bytes * (i + 1) / files - bytes * i / files)) /dev/urandom \
			>"$tree/d$((i % 10))/file$i"
	done
}

play_pick() { # TREE: a file of it, by luck
	local all
	mapfile -d '' -t all < <(find "$1" -path "$1/.qanat" -prune -o -type f -print0 2>/dev/null)
	[ ${#all[@]} != 0 ] && printf '%s\n' "${all[RANDOM % ${#all[@]}]}"
}

# As people do: 0 to 4 change or make a file, 5 and 6 move one, 7 deletes, 8 and 9 copy.
play_edit_one() { # TREE KIND
	local tree=$1 file new
	play_edits=$((${play_edits:-0} + 1))
	new=$tree/new$play_edits-$RANDOM
	file=$(play_pick "$tree") || file=$new
	case $2 in
	[0-2]) head -c $((100 + RANDOM % 5000)) /dev/urandom >>"$file" ;;
	[3-4]) head -c $((100 + RANDOM % 5000)) /dev/urandom >"$new" ;;
	[5-6]) [ "$file" = "$new" ] || mv "$file" "$new" ;;
	7) rm -f "$file" ;;
	*) [ "$file" = "$new" ] || cp "$file" "$new" ;;
	esac
}

play_edit() { # DIR VERB NODE FILES
	local tree i kind
	tree=$(play_tree "$1" "$3")
	[ -d "$tree" ] || return 0
	for ((i = 0; i < $4; i++)); do
		case $2 in
		write) kind=$((RANDOM % 5)) ;;
		rename) kind=5 ;;
		delete) kind=7 ;;
		*) kind=$((RANDOM % 10)) ;;
		esac
		play_edit_one "$tree" "$kind"
	done
}

play_share() { # DIR NODE FILES BYTES
	local tree
	tree=$(play_tree "$1" "$2")
	play_fill "$tree" "$3" "$4"
	mesh_qanat "$1" "$2" --quiet share "$tree" --name world | tail -n 1 >"$1/play/invite"
	echo "$2" >>"$1/play/members"
}

play_join() { # DIR NODE
	[ -s "$1/play/invite" ] || return 0
	! grep -qx "$2" "$1/play/members" || return 0
	mesh_qanat "$1" "$2" --quiet join "$(cat "$1/play/invite")" "$(play_tree "$1" "$2")" \
		>"$1/play/said" 2>&1 || { mesh_say "$2: cannot join: $(cat "$1/play/said")"; return 1; }
	echo "$2" >>"$1/play/members"
}

# Up to ten tries, a second apart; an empty file means that it was answered.
play_ping() { # DIR A B
	local try end=$((${EPOCHREALTIME/./} + 10000000))
	for try in 1 2 3 4 5 6 7 8 9 10; do
		mesh_qanat "$1" "$2" --json ping "$3" -c 1 2>/dev/null |
			grep -q '"received": *1\b' && { rm -f "$4"; return; }
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep 1
	done
}

play_start() { # DIR NODE: a node that crashed or sleeps
	mesh_alive "$1/$2/pid" >/dev/null && { mesh_signal CONT "$1/$2/pid"; return; }
	mesh_launch "$1" "$2"
}

play_do() { # DIR VERB NODE OTHER FILES BYTES
	local dir=$1 verb=$2 node=$3
	case $verb in
	share) play_share "$dir" "$node" "$5" "$6" ;;
	join) play_join "$dir" "$node" ;;
	edit | write | rename | delete) play_edit "$dir" "$verb" "$node" "$5" ;;
	crash) mesh_kill "$dir" "$node" -9 ;;
	sleep) mesh_signal STOP "$dir/$node/pid" ;;
	start) play_start "$dir" "$node" ;;
	ping)
		play_pings=$((play_pings + 1))
		: >"$dir/play/ping$play_pings"
		play_ping "$dir" "$node" "$4" "$dir/play/ping$play_pings" &
		play_askers+=($!)
		;;
	esac
}

# -------------------------------------------------------------------------------- verdicts

play_awake() { # DIR NODE: its daemon is there and not stopped
	local pid line
	pid=$(mesh_alive "$1/$2/pid") || return
	{ read -r line <"/proc/$pid/stat"; } 2>/dev/null || return
	line=${line##*) }
	[ "${line:0:1}" != T ]
}

# NODE and the number of others that it can reach now: over links that are there both ways,
# through nodes that are awake.
play_graph() { # DIR
	local node
	{
		while read -r node; do
			! play_awake "$1" "$node" || echo "awake $node"
		done <"$1/nodes"
		mesh_tell "$1" topology
	} | awk '
		$1 == "awake" { name[++n] = $2; awake[$2] = 1 }
		$1 == "link" { edge[$2, $3] = edge[$3, $2] = 1 }
		$1 == "dlink" { edge[$2, $3] = 1 }
		END {
			for (i = 1; i <= n; i++) group[i] = i
			for (changed = 1; changed;) {
				changed = 0
				for (i = 1; i <= n; i++)
					for (k = 1; k <= n; k++)
						if (edge[name[i], name[k]] && edge[name[k], name[i]] && group[k] < group[i]) {
							group[i] = group[k]; changed = 1
						}
			}
			for (i = 1; i <= n; i++) size[group[i]]++
			for (i = 1; i <= n; i++) print name[i], size[group[i]] - 1
		}'
}

play_routes() { # DIR NODE: how many others it has a route to
	mesh_qanat "$1" "$2" --json routes 2>/dev/null | grep -o '"metric"' | wc -l
}

play_routes_whole() { # DIR
	local node wanted
	while read -r node wanted; do
		[ "$(play_routes "$1" "$node")" = "$wanted" ] || return
	done < <(play_graph "$1")
}

play_trees_alike() { # DIR
	local node count='' hash='' got
	[ -s "$1/play/members" ] || return 0
	while read -r node; do
		play_awake "$1" "$node" || continue
		got=$(tree_count "$(play_tree "$1" "$node")")
		[ "${count:=$got}" = "$got" ] || return
	done <"$1/play/members"
	while read -r node; do
		play_awake "$1" "$node" || continue
		got=$(tree_hash "$(play_tree "$1" "$node")")
		[ "${hash:=$got}" = "$got" ] || return
	done <"$1/play/members"
}

play_pings_lost() { find "$1/play" -maxdepth 1 -name 'ping[0-9]*' | wc -l; } # DIR

# Since when they hold, in microseconds; empty: they do not. True when all have held for
# a while and nothing more is to come.
play_judge() { # DIR NOW-US yes|no
	if play_routes_whole "$1"; then play_routes_at=${play_routes_at:-$2}; else play_routes_at=; fi
	if play_trees_alike "$1"; then play_alike_at=${play_alike_at:-$2}; else play_alike_at=; fi
	[ "$3" = no ] && [ "$play_radio_us" -lt "$2" ] || return
	[ -n "$play_routes_at" ] && [ -n "$play_alike_at" ] && [ "$(play_pings_lost "$1")" = 0 ] || return
	[ $(($2 - play_routes_at)) -ge $play_settled_us ] && [ $(($2 - play_alike_at)) -ge $play_settled_us ]
}

# ----------------------------------------------------------------------------------- play

play_since() { # WHAT US
	if [ -n "$2" ]; then
		printf '%-24s since %d.%03d s\n' "$1" $(($2 / 1000000)) $(($2 / 1000 % 1000))
	else
		printf '%-24s no\n' "$1"
	fi
}

play_report() { # DIR NOW-US: 0 when all held
	local dir=$1 node lost files
	lost=$(play_pings_lost "$dir")
	printf '%-10s %9s %9s %12s %10s %7s %9s\n' node frames rx 'tx bytes' 'airtime s' routes files
	mesh_tell "$dir" counters | grep -v '^\.$' | while read -ra c; do
		node=${c[0]}
		declare -A v=()
		for ((i = 1; i + 1 < ${#c[@]}; i += 2)); do v[${c[i]}]=${c[i + 1]}; done
		files=
		[ ! -d "$(play_tree "$dir" "$node")" ] ||
			read -r files _ < <(tree_count "$(play_tree "$dir" "$node")")
		printf '%-10s %9d %9d %12d %6d.%03d %7s %9s\n' "$node" "${v[frames]}" "${v[rx_frames]}" \
			"${v[bytes]}" $((v[airtime_us] / 1000000)) $((v[airtime_us] / 1000 % 1000)) \
			"$(play_routes "$dir" "$node")" "${files:--}"
	done
	printf '%-24s %s\n' seed "$(cat "$dir/seed")"
	printf '%-24s %d.%03d s\n' 'real time' $(($2 / 1000000)) $(($2 / 1000 % 1000))
	play_since 'routes as the graph' "$play_routes_at"
	play_since 'trees alike' "$play_alike_at"
	printf '%-24s %d of %d\n' 'pings lost' "$lost" "$play_pings"
	[ -n "$play_routes_at" ] && [ -n "$play_alike_at" ] && [ "$lost" = 0 ] &&
		printf '%-24s all held\n' verdicts && return
	printf '%-24s BROKEN\n' verdicts
	return 1
}

# Reads the scenario, and brings up all of its nodes behind a radio that stands still.
play_prepare() { # DIR SCENARIO UP-OPTION...
	local dir=$1 scenario nodes
	scenario=$(realpath "$2") && [ -r "$scenario" ] || { mesh_say "$2: cannot be read"; return 1; }
	[[ $scenario != *[[:space:]#]* ]] || { mesh_say "$2: blanks in its name"; return 2; }
	mesh_up "$dir" --play "$scenario" --no-daemons "${@:3}" || return
	mkdir -p "$dir/play/trees"
	: >"$dir/play/members"
	play_lines=$dir/play/lines
	: >"$play_lines"
	play_run_us=300000000 play_radio_us=0
	play_read "$dir" "$scenario" 0 || return
	sort -s -n -k 1,1 -o "$play_lines" "$play_lines"
	RANDOM=$(($(cat "$dir/seed") % 32768))
	mapfile -t nodes <"$dir/nodes"
	mesh_start_all "$dir" "${nodes[@]}"
}

# What is due by now. True while there is more to come.
play_events() { # DIR NOW-US: uses play_event
	local at verb node other files bytes for_us
	while [ "$play_next" -lt ${#play_event[@]} ]; do
		IFS=$'\t' read -r at verb node other files bytes for_us <<<"${play_event[play_next]}"
		[ "$at" -le "$2" ] || return 0
		play_next=$((play_next + 1))
		play_do "$1" "$verb" "$node" "$other" "$files" "$bytes"
		[ "${for_us:-0}" = 0 ] || play_again "$((at + for_us))" "$node"
	done
	return 1
}

# A node that crashed or sleeps for a while begins again then.
play_again() { # US NODE
	mapfile -t play_event < <(
		printf '%s\n' "${play_event[@]:0:play_next}"
		{
			printf '%s\n' "${play_event[@]:play_next}"
			printf '%s\tstart\t%s\t-\t0\t0\t0\t\n' "$1" "$2"
		} | sed '/^$/d' | sort -s -n -k 1,1
	)
}

# Plays the scenario and prints the report; 0: all held, 1: not, 2: it is wrong.
mesh_play() { # DIR SCENARIO UP-OPTION...
	local dir start now more
	play_prepare "$@" || return
	dir=$(realpath "$1")
	mapfile -t play_event <"$play_lines"
	play_next=0 play_pings=0 play_routes_at='' play_alike_at='' play_askers=()
	mesh_tell "$dir" resume >/dev/null || return 1
	start=${EPOCHREALTIME/./}
	while now=$((${EPOCHREALTIME/./} - start)) && [ $now -lt "$play_run_us" ]; do
		more=yes
		play_events "$dir" $now || more=no
		now=$((${EPOCHREALTIME/./} - start))
		play_judge "$dir" $now $more && break
		sleep $play_poll_s
	done
	now=$((${EPOCHREALTIME/./} - start))
	[ ${#play_askers[@]} = 0 ] || kill "${play_askers[@]}" 2>/dev/null
	play_report "$dir" $now
}
