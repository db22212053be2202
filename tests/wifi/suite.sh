#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 1080
# parallel: yes
#
# Boots the small machine of sim/wifi once; tests/wifi/guest/suite runs inside.

set -u
cd "$(dirname "$0")/../.." || exit 1
errors=$(mktemp "${TEST_WORK:-/tmp}/vm.XXXXXX") || exit 1
trap 'rm -f "$errors"' EXIT
build=${BUILD:-build}
mkdir -p "$build/wifi"
# shellcheck disable=SC2046
${CC:-cc} -D_GNU_SOURCE -O1 $(pkg-config --cflags libnl-genl-3.0) -o "$build/wifi/radio" tests/wifi/radio.c \
	$(pkg-config --libs libnl-genl-3.0) || exit 1
${CC:-cc} -D_GNU_SOURCE -O1 -shared -fPIC -o "$build/wifi/odd.so" tests/wifi/odd.c || exit 1
# For inside; without them the suite skips what needs them.
tests/bench/peers openssh-server libwrap0 >/dev/null
tests/bench/peers network-manager libnm0 libndp0 libteamdctl0 libbluetooth3 libmm-glib0 libnewt0.52 udev \
	dbus-daemon libdbus-1-3 >/dev/null
# The units, as they are installed; the programs are there already.
"${MAKE:-make}" install BUILD="$build" PREFIX=/usr/local DESTDIR="$(realpath "$build")/wifi/installed" >/dev/null &&
	rm -rf "$build/wifi/installed/usr/local/bin"

sim/wifi/vm --seconds 1050 tests/wifi/guest/suite "$build" 2>"$errors"
status=$?
if [ $status -eq 126 ]; then
	echo "skipped real 802.11s and IBSS: $(tail -n 1 "$errors")"
	exit 0
fi
cat "$errors"
exit $status
