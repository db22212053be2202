#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 90
#
# Wrong words, missing daemons and signals: a clear line and the right exit code, each time.
#
#     n0 --- n1        n1 is cut off at the end; 5 % loss
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
up --mode socket --topology line --nodes 2
bin=$mesh_programs

gives() { # STATUS WORD COMMAND...: its exit code, and what it says
	local status=$1 word=$2 got
	shift 2
	timeout 20 "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ $got = "$status" ] && [[ $(cat "$work/err") == *"$word"* ]] && return
	note "$*: exit $got: $(head -c 300 "$work/err")"
	return 1
}
ask() { local status=$1 word=$2; shift 2; gives "$status" "$word" "$bin/qanat" --state "$mesh/n0/state" "$@"; }

holds "an unknown command names the nearest one, exit 2" ask 2 'neighbours' neigbours
holds "a missing argument is named, exit 2" ask 2 'NODE' ping
holds "an argument too many is named, exit 2" ask 2 'one argument too many' status more
holds "an unknown option is refused, exit 2" ask 2 'no such option' status --nonsense
holds "a number that is out of bounds is refused, exit 2" ask 2 '-c' ping n1 -c 0
holds "a node nobody knows is not found, exit 5" ask 5 'nobody' ping nobody
holds "a folder nobody knows is not found, exit 5" ask 5 'nothing' wait nothing --timeout 1
holds "a directory that is not there cannot be shared, exit 5" ask 5 "$work/none" share "$work/none"
holds "an invite that is none is refused" ask 1 'invite' join 'qanat:nonsense' "$work/d"
holds "without a daemon: exit 3" gives 3 'qanatd' "$bin/qanat" --state "$work/empty" status

# kill -9 leaves the socket; nobody answers behind it.
mesh_kill "$mesh" n1 -9
holds "a stale socket counts as no daemon" gives 3 'qanatd' "$bin/qanat" --state "$mesh/n1/state" status
holds "and the next daemon takes its place" mesh_start "$mesh" n1
mesh_until 30 reaches n0 n1

second() { gives 1 'another node runs on it' "$bin/qanatd" --state "$mesh/n0/state" --no-tun --open; }
holds "a second daemon on the same state refuses" second
holds "which leaves the first one alone" reaches n0 n1

behind_link() {
	local pid status
	mkdir "$work/real" && ln -s real "$work/link" || return
	"$bin/qanatd" --state "$work/link" --no-tun --open >"$work/link.log" 2>&1 &
	pid=$!
	mesh_until 10 "$bin/qanat" --state "$work/link" --quiet status
	status=$?
	kill $pid && wait $pid && return $status
}
holds "a state directory may lie behind a symbolic link" behind_link

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work" "$mesh" "$mesh/n0"
	cp "$bin/qanat" "$work/qanat"
	holds "another user is not permitted, exit 4" gives 4 '' setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$work/qanat" --state "$mesh/n0/state" status
else
	echo "skipped another user is not permitted, exit 4: needs root to be somebody else"
fi

checks() { # STATUS WORD TEXT
	printf '%s\n' "$3" >"$work/conf"
	gives "$1" "$2" "$bin/qanatd" --config "$work/conf" --check
}
holds "--check takes a good configuration" checks 0 '' 'log-level = debug'
checks_wrong() {
	checks 2 "$work/conf:2: unknown key lg-level; did you mean log-level?" $'open = on\nlg-level = debug' &&
		checks 2 "$work/conf:1: log-level is none of" 'log-level = loud' &&
		checks 2 "$work/conf:3: unknown section [radio]" $'# first\n[radio]\nopen = on' &&
		checks 2 "$work/conf:1" '= = nonsense'
}
holds "--check names file, line and the nearest key" checks_wrong
no_file() { gives 2 "$work/nowhere" "$bin/qanatd" --config "$work/nowhere" --check; }
holds "--check names a file that is not there" no_file
holds "qanatd refuses an unknown option, exit 2" gives 2 'nonsense' "$bin/qanatd" --nonsense
holds "qanatd refuses a word too many, exit 2" gives 2 'unexpected argument' "$bin/qanatd" word

# SIGHUP: the name and the interfaces follow the file.
mesh_kill "$mesh" n1
printf 'name = renamed\n' >"$work/live.conf"
printf '%s\n' --config "$work/live.conf" --log-level debug >"$mesh/n1/args"
mesh_start "$mesh" n1
pid=$(mesh_alive "$mesh/n1/pid")
printf 'log-lvel = debug\n' >"$work/live.conf"
mesh_signal HUP "$mesh/n1/pid"
says_wrong() { grep -q 'live.conf:1: unknown key log-lvel' "$mesh/n1/log"; }
holds "SIGHUP with a wrong file says so" mesh_until 5 says_wrong
holds "and changes nothing" mesh_answers "$mesh" n1
printf 'iface = lo\n' >"$work/live.conf"
mesh_signal HUP "$mesh/n1/pid"
has_lo() { q_json n1 status | jq_true '[.interfaces[].name] | index("lo") != null'; }
holds "SIGHUP rereads the file: a new interface is taken up" mesh_until 5 has_lo
printf 'name = renamed\n' >"$work/live.conf"
mesh_signal HUP "$mesh/n1/pid"
has_no_lo() { ! has_lo; }
holds "and one that is not in it any more is given up" mesh_until 5 has_no_lo
holds "by the same process" test "$(mesh_alive "$mesh/n1/pid")" = "$pid"

# Nobody there: an echo that does not come back is exit 6.
mesh_until 30 reaches n0 n1
mesh_signal KILL "$mesh/n1/pid"
holds "a node that does not answer: exit 6" ask 6 '' ping n1 -c 1

stops() { # SIGNAL
	local begun
	mesh_alive "$mesh/n0/pid" >/dev/null || mesh_start "$mesh" n0 || return
	begun=$(now_us)
	mesh_signal "$1" "$mesh/n0/pid"
	mesh_until 5 mesh_is_gone "$mesh/n0/pid" || return
	note "SIG$1: gone after $(seconds_since "$begun") s"
	[ $(($(now_us) - begun)) -lt 2000000 ] && [ ! -e "$mesh/n0/state/control.sock" ]
}
holds "SIGTERM stops the daemon within 2 s, and its socket is gone" stops TERM
holds "SIGINT as well" stops INT
