#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Whether the link metric ranks links of -60, -80, -85 dBm and one that loses half as TCP over the
# same radios does, within 5 s of each change: tests/wifi/guest/metric, in the small machine of
# sim/wifi with qanat-ether as the medium. JSON lines behind "# ", then the verdicts.

set -u
cd "$(dirname "$0")/../.." || exit 1
sim/wifi/vm --seconds "${SECONDS_MAX:-600}" tests/wifi/guest/suite "${BUILD:-build}" metric
status=$?
[ $status != 126 ] || { echo "skipped wifi_metric: the machine cannot be had"; exit 0; }
exit $status
