# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Boots the small machine of sim/wifi once and runs parts of tests/wifi/guest/suite inside: two
# of these at a time, as one processor is all that such a machine uses.

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
mkdir -p "$build/wifi"

# What is run inside, beside the programs; for both scripts by whoever comes first.
guest_ready() {
	# shellcheck disable=SC2046
	${CC:-cc} -D_GNU_SOURCE -O1 $(pkg-config --cflags libnl-genl-3.0) -o "$build/wifi/radio" tests/wifi/radio.c \
		$(pkg-config --libs libnl-genl-3.0) &&
		${CC:-cc} -D_GNU_SOURCE -O1 -shared -fPIC -o "$build/wifi/odd.so" tests/wifi/odd.c || return
	# without them the suite skips what needs them
	tests/bench/peers openssh-server libwrap0 >/dev/null
	tests/bench/peers network-manager libnm0 libndp0 libteamdctl0 libbluetooth3 libmm-glib0 libnewt0.52 udev \
		dbus-daemon libdbus-1-3 >/dev/null
	# the units, as they are installed; the programs are there already
	"${MAKE:-make}" install BUILD="$build" PREFIX=/usr/local DESTDIR="$(realpath "$build")/wifi/installed" >/dev/null &&
		rm -rf "$build/wifi/installed/usr/local/bin"
}
guest() { # PART...
	local errors status
	errors=$(mktemp "${TEST_WORK:-/tmp}/vm.XXXXXX") || exit 1
	# shellcheck disable=SC2064
	trap "rm -f '$errors'" EXIT
	(
		flock 9
		[ "$build/wifi/ready" -nt "$build/qanatd" ] && [ "$build/wifi/ready" -nt tests/wifi/radio.c ] &&
			[ "$build/wifi/ready" -nt tests/wifi/odd.c ] && exit
		guest_ready && touch "$build/wifi/ready"
	) 9>"$build/wifi.lock" || exit 1
	sim/wifi/vm --seconds 1050 tests/wifi/guest/suite "$build" "$@" 2>"$errors"
	status=$?
	if [ $status -eq 126 ]; then
		echo "skipped real 802.11s and IBSS: $(tail -n 1 "$errors")"
		exit 0
	fi
	cat "$errors"
	exit $status
}
