#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 480
#
# Boots the small machine of sim/wifi once; tests/wifi/guest/suite runs inside.

set -u
cd "$(dirname "$0")/../.." || exit 1
errors=$(mktemp "${TEST_WORK:-/tmp}/vm.XXXXXX") || exit 1
trap 'rm -f "$errors"' EXIT

sim/wifi/vm --seconds 450 tests/wifi/guest/suite "${BUILD:-build}" 2>"$errors"
status=$?
if [ $status -eq 126 ]; then
	echo "skipped real 802.11s and IBSS: $(tail -n 1 "$errors")"
	exit 0
fi
cat "$errors"
exit $status
