#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 200
# parallel: yes
#
# The small machine of sim/wifi tells the truth about what it ran: status and output come back,
# and a machine that dies, hangs or cannot be had is none that is well.

# shellcheck disable=SC2016
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
work=$(mktemp -d "${TEST_WORK:-/tmp}/machine.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

says() { # SENTENCE STATUS OUTPUT COMMAND...
	local status
	"${@:4}" >"$work/out" 2>"$work/err"
	status=$?
	if [ $status -eq 126 ] && [ "$2" -ne 126 ]; then
		echo "skipped $1: $(tail -n 1 "$work/err")"
	elif [ $status -eq "$2" ] && [ "$(cat "$work/out")" = "$3" ]; then
		echo "ok $1"
	else
		echo "# status $status"
		cat "$work/out" "$work/err"
		echo "not ok $1"
		bad=1
	fi
}

mark=qanat-machine-$$
says "a command's status and output come back" 3 "out Linux" \
	sim/wifi/vm --seconds 90 bash -c 'echo out $(uname); touch "$0" "/etc/$0" 2>/dev/null
		touch "/host/etc/$0" 2>/dev/null && exit 4; exit 3' "$mark"
if [ ! -e "$mark" ] && [ ! -e "/etc/$mark" ]; then
	echo "ok it can change nothing out here"
else
	echo "not ok it can change nothing out here"
	bad=1
fi
rm -f "$mark" "/etc/$mark"
says "a machine that dies gives no status" 125 "" \
	sim/wifi/vm --seconds 90 bash -c 'echo c >/proc/sysrq-trigger; sleep 60'
says "a machine that is not done in its time is ended" 124 "" sim/wifi/vm --seconds 1 true
says "what is missing is named" 126 "" env PATH="$work" "$BASH" sim/wifi/vm true
exit $bad
