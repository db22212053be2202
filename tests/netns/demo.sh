#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 120
#
# The demo ends with equal trees, as root and as a normal user, and leaves nothing behind.
#
#     n0 --- n1        a folder of one's own over a grid of four; a link is cut, a node killed
#     |      |
#     n2 --- n3
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
export BUILD=$mesh_programs DEMO=plain TMPDIR=$work/tmp
mkdir -p "$work/own/a folder/empty" "$work/home"
head -c 1500000 /dev/urandom >"$work/own/a folder/picture"
: >"$work/own/nothing"
ln -s 'a folder/picture' "$work/own/link"
chmod 640 "$work/own/a folder/picture"

left() { # what is there of it
	find "$TMPDIR" -mindepth 1
	grep -lzF -- "$TMPDIR" /proc/[0-9]*/cmdline 2>/dev/null
}
nothing_left() { [ -z "$(left)" ]; }
table_is_right() { # NODES
	[ "$(grep -cE '^n[0-9]+ +[0-9]+ +3 +1500000 +[-0-9.]+ +[0-9a-f]{64}$' "$work/out")" = "$1" ] &&
		[ "$(sed -n 's/^n[0-9].* //p' "$work/out" | sort -u | wc -l)" = 1 ]
}
demo() { # COMMAND...
	mkdir -p "$TMPDIR" && chmod 1777 "$TMPDIR"
	DIR=$work/own NODES=4 TOPOLOGY=grid LOSS=10 "$@" sim/netns/demo >"$work/out" 2>&1 &&
		table_is_right 4 && return
	sed 's/^/# /' "$work/out" >&2
	return 1
}
holds "the demo makes all trees equal" demo env
holds "and leaves nothing behind" mesh_until 5 nothing_left

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	chown -R 65534:65534 "$work/own" "$work/home"
	mkdir "$work/build"
	cp "$mesh_programs"/qanat "$mesh_programs"/qanatd "$mesh_programs"/qanat-ether "$work/build"
	as_user=(env HOME="$work/home" BUILD="$work/build" setpriv --reuid=65534 --regid=65534 --clear-groups)
	holds "so it does for a normal user" demo "${as_user[@]}"
	holds "who leaves nothing behind either" mesh_until 5 nothing_left
else
	echo "skipped the demo for a normal user: needs root to become one"
fi

interrupted() { # SIGNAL STATUS
	local pid
	sim/netns/demo >"$work/out" 2>&1 &
	pid=$!
	mesh_until 60 grep -q 'set-up done' "$work/out" && kill -"$1" $pid
	wait $pid
	[ $? = "$2" ] && mesh_until 5 nothing_left
}
holds "SIGTERM in the middle leaves nothing behind" interrupted TERM 143
