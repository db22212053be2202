#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 150
#
# A folder of 2,000 files and one of 20 MB reaches all nodes of a bad line, once over each hop.
#
#     n0 --- n1 --- n2 --- n3 --- n4        10 % loss a try, 0 retries of the radio
#
set -u
. "$(dirname "$0")/common.sh"
. tests/netns/payload.sh
measure "a 5-node line at 10 % loss without retries" --topology line --nodes 5 --loss 10% --retries 0
