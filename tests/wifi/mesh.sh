#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 1080
# parallel: yes
#
# On the real mac80211: radios meet, by other hands and by the node's own; what a mesh is for; the
# user's network afterwards; and the air of qanat-ether.

set -u
. "$(dirname "$0")/common.sh"
guest meets uses joins air
