#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 120
#
#     n0 ---- n1 ---- n2 ---- n3        four clients of the Unix socket, all as one normal user
#
# The clients fill their queues and check every frame that arrives, byte by byte.

set -u
cd "$(dirname "$0")/../.." || exit 1
ether=$(realpath "${ETHER:-${BUILD:-build}/qanat-ether}")
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-unpriv.XXXXXX")
sentence="nodes attach by the Unix socket without any privilege, and frames arrive unchanged"
trap 'rm -rf "$work"' EXIT

fail() { echo "not ok $sentence"; echo "# $1"; cat "$work/out"; exit 1; }

chmod 755 "$work"
mkdir -m 1777 "$work/tmp"
export TMPDIR=$work/tmp
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/load" tests/bench/ether_load.c 2>"$work/out" ||
	fail "the client does not compile"
cp "$ether" "$work/qanat-ether"
as_nobody=()
if [ "$(id -u)" = 0 ]; then
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
	"${as_nobody[@]}" true 2>/dev/null || { echo "skipped $sentence: setpriv cannot drop privileges"; exit 0; }
fi
"${as_nobody[@]}" "$work/load" "$work/qanat-ether" 4 2 line >"$work/out" 2>&1 || fail "the run failed"
[ "$(jq '.changed == 0 and .frames > 1000' "$work/out")" = true ] || fail "too few frames, or changed ones"
echo "ok $sentence"
