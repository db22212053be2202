#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 1080
# parallel: yes
#
# On the real mac80211: who is heard on the channel; broken set-ups; a laptop with NetworkManager;
# one with systemd.

set -u
. "$(dirname "$0")/common.sh"
guest listens troubles managers services
