#!/bin/bash
# SPDX-License-Identifier: ISC
#
# qanatd beside batman-adv (BATMAN_IV and BATMAN_V) and alfred on the same radios: mac80211 over
# 802.11s without its own forwarding, and over IBSS, in the small machine of sim/wifi, with
# qanat-ether as the medium. Times are those of the machine, which no load out here changes.
# Prints a JSON line for each way of joining and daemon, then a table.
#
#     n0 --- n1 --- n2 --- n3      -60 dBm
#      '--------------------'      as well, for the outage
#
#     wifi_batman.sh [mesh | ibss | qanat | BATMAN_IV | BATMAN_V]...    default: all of them
#
# routes    from the first radio that joins until n0 reaches n3, daemons running
# TCP       n0 to n3 for 3 s, by iperf3
# outage    one of the two ways from n0 to n2, the one in use, falls silent under a stream of 100
#           packets/s: the longest silence at n2; the middle one and the worst of 3
# at rest   what is on the air beyond the beacons, a node and second, over 20 s
# record    100 bytes from n3 to n0: by alfred over bat0, and as a file of a folder

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
peers=$(tests/bench/peers batctl alfred) || peers=
results=$(mktemp) || exit 1
trap 'rm -f "$results"' EXIT

sim/wifi/vm --seconds "${SECONDS_MAX:-1800}" tests/bench/wifi/guest "$build" "$peers" "$@" | tee "$results"
status=${PIPESTATUS[0]}
if [ "$status" = 126 ]; then
	echo "skipped wifi_batman: the machine cannot be had"
	exit 0
fi
jq -rRn -f tests/bench/wifi/table.jq "$results" | column -t -s $'\t'
exit "$status"
