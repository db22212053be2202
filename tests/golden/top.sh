#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
#
# The status screen in a terminal of its own (tmux), against a made-up node: what stands on
# 80x24, every key, a resize, a node that stops and comes back, no UTF-8, no colour.

set -u
if ! command -v tmux >/dev/null; then
	echo 'skipped qanat top draws the status screen: there is no tmux (apt-get install tmux)'
	exit 0
fi
# shellcheck source=tests/golden/lib.sh
. "$(dirname "$0")/lib.sh"

socket=$work/tmux.sock
mux() {
	tmux -S "$socket" -f /dev/null "$@"
}

finish() {
	mux kill-server 2>/dev/null
	stop_fake
	rm -rf "$work"
}
trap finish EXIT

state=$work/state
screen() {
	mux capture-pane -p -t top
}

# Waits until the screen shows PATTERN, at most ten seconds.
shows() { # SENTENCE PATTERN
	local deadline=$((SECONDS + 10))
	while ! screen 2>/dev/null | grep -q -- "$2"; do
		if [ $SECONDS -ge $deadline ]; then
			not_ok "$1" "$(screen)"
			return
		fi
		read -r -t 0.1 <> <(:) || :
	done
	ok "$1"
}

begin() { # COLUMNS ROWS [VARIABLE=VALUE]...
	local columns=$1 rows=$2
	shift 2
	# a server whose last session has just ended may end under the new one
	until mux new-session -d -s top -x "$columns" -y "$rows" \
		env TERM=screen-256color "$@" "$qanat" --state "$state" top; do
		[ $((tries += 1)) -lt 20 ] || return
		read -r -t 0.1 <> <(:) || :
	done
}
tries=0

ends() { # SENTENCE
	local deadline=$((SECONDS + 10))
	while mux has-session -t top 2>/dev/null; do
		if [ $SECONDS -ge $deadline ]; then
			not_ok "$1" "$(screen)"
			mux kill-session -t top
			return
		fi
		read -r -t 0.1 <> <(:) || :
	done
	ok "$1"
}

same() { # FILE SENTENCE
	local difference
	if [ "${UPDATE:-}" ]; then
		screen >"$expected/$1"
	fi
	if difference=$(diff -u "$expected/$1" <(screen) 2>&1); then
		ok "$2"
	else
		not_ok "$2" "$difference"
	fi
}

start_fake "$state" plain
begin 80 24
shows 'the neighbours are there first' 'bob  *wlan0'
shows 'the header has node, address, nodes and the rate' 'alpha  fd71::11  nodes 3 .*4.00 Mbit/s'
shows 'the worst health line is there with its fix' 'clock is 3 days behind; timedatectl'
same top-neighbours '80x24: the neighbours stand as expected'
mux send-keys -t top Tab
shows 'tab goes to the folders' '\[Folders 2\]'
shows 'a folder has its bar' '████████████.* 75 %'
same top-folders '80x24: the folders stand as expected'
mux send-keys -t top s
shows 's sorts by the next column' 'sort: STATE'
mux send-keys -t top Down
mux send-keys -t top '/' 'pho' Enter
shows 'a filter is kept' '/ filter: pho'
shows 'a filter keeps what has it' 'photos'
if screen | grep -q '^bob'; then
	not_ok 'a filter leaves out the rest' "$(screen)"
else
	ok 'a filter leaves out the rest'
fi
mux send-keys -t top '/' Escape
shows 'escape clears the filter' '^bob'
mux send-keys -t top '?'
shows '? shows the help' 'show only names with this text'
mux send-keys -t top '?' Tab
mux resize-window -t top -x 100 -y 30
shows 'a larger window is used' 'NEIGHBOUR \{20\}INTERFACE'
mux resize-window -t top -x 30 -y 10
shows 'a tiny window says so' 'make the window larger'
mux resize-window -t top -x 80 -y 24
shows 'and comes back' 'bob  *wlan0'

stop_fake
shows 'a node that stops is noticed' 'node not running'
shows 'what was known stays' 'bob  *wlan0'
start_fake "$state" plain
shows 'a node that comes back is noticed' 'clock is 3 days behind'
mux send-keys -t top q
ends 'q quits'

begin 80 24 LC_ALL=C NO_COLOR=1
shows 'without UTF-8 it starts as well' 'bob  *wlan0'
mux send-keys -t top Tab
shows 'and bars are of #' '############\.\.\.\.  75 %'
if mux capture-pane -e -p -t top | grep -qP '\x1b\[[0-9;]*3[1-7]'; then
	not_ok 'NO_COLOR shows no colour' "$(mux capture-pane -e -p -t top | cat -v)"
else
	ok 'NO_COLOR shows no colour'
fi
mux send-keys -t top C-c
ends 'interrupt quits'
stop_fake

start_fake "$state" hostile
begin 80 24
shows 'hostile names are shown escaped' 'evil\\x0a\\x1b'
mux send-keys -t top q
ends 'and it quits as always'
if "$qanat" --state "$state" top >"$work/out" 2>"$work/err" </dev/null; then
	not_ok 'without a terminal it says so'
elif grep -q 'this is not a terminal' "$work/err"; then
	ok 'without a terminal it says so'
else
	not_ok 'without a terminal it says so' "$(cat "$work/err")"
fi
exit $failed
