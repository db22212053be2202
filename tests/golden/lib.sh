# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A made-up node for the scripts beside: builds fake_daemon, starts and stops it. They read
# what is set here.
# shellcheck disable=SC2034

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=${BUILD:-build}
case $build in
/*) ;;
*) build=$PWD/$build ;;
esac
qanat=$build/qanat
expected=$PWD/tests/golden/expected
work=$(mktemp -d "${TEST_WORK:-/tmp}/golden.XXXXXX")
fake=$work/fake_daemon
fake_pid=
failed=0
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR XDG_STATE_HOME

ok() {
	echo "ok $1"
}

not_ok() { # SENTENCE [WHY]
	echo "not ok $1"
	failed=1
	if [ -n "${2:-}" ]; then
		printf '%s\n' "$2"
	fi
}

build_fake() {
	local rooms=() flags=() room
	for room in node/control node/wire node/base; do
		rooms+=("$build/obj/$room/room.a")
	done
	IFS=" " read -ra flags <<<"${GOLDEN_CFLAGS:-}"
	${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -I. -O1 -g -Wall -Wextra "${flags[@]}" -o "$fake" \
		tests/golden/fake_daemon.c "${rooms[@]}"
}

# start_fake DIR SCENARIO: returns when it listens.
start_fake() {
	local said
	mkdir -p "$1"
	coproc FAKE { exec "$fake" "$1" "$2" 2>&1; }
	fake_pid=$FAKE_PID
	read -r -t 10 said <&"${FAKE[0]}"
	if [ "$said" != ready ]; then
		not_ok "the made-up node listens" "$said"
		exit 1
	fi
}

stop_fake() {
	if [ -n "$fake_pid" ]; then
		kill "$fake_pid" 2>/dev/null
		wait "$fake_pid" 2>/dev/null
	fi
	fake_pid=
}

for needed in "$qanat" "$build/obj/node/control/room.a"; do
	if [ ! -e "$needed" ]; then
		echo "not ok $needed is built"
		exit 1
	fi
done
if ! build_fake; then
	echo "not ok the made-up node builds"
	exit 1
fi
