#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 60
#
# What qanat-ns3 says of scenarios and options before there is any radio.
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"
sentence="what ns-3 cannot do of a scenario is named once"
program=$mesh_programs/qanat-ns3
if [ ! -x "$program" ]; then
	.ci/packages --have libns3-dev g++ || skip "$sentence" "the packages of ns-3 are not here (libns3-dev, g++)"
	say "qanat-ns3 is built: make ns3" 1
	exit
fi

cat >"$work/air" <<-TEXT
	line 3
	set unicast 20M
	set corrupt 1%
	link n0 n2 rate=6M
	link n1 n2 rate=9M
	at 1s doze n1
	at 2s wake n1
	world share n0
TEXT
runs() { "$program" --topology "$work/air" "$@" >"$work/out" 2>"$work/said"; }
ends() { # STATUS WORD OPTION...
	runs "${@:3}"
	[ $? = "$1" ] && grep -qF -- "$2" "$work/said" && return
	sed 's/^/# /' "$work/said"
	return 1
}
said() { [ "$(grep -cF -- "$2" "$work/said")" = "$1" ]; } # TIMES WORDS

holds "a scenario without devices runs as long as it is told" ends 0 'ran 1.0 s' --seconds 1 --seed 1
holds "$sentence" said 1 'corrupt: only qanat-ether and qanat-world do this; left out'
holds "links with a rate of their own are named once" said 1 'rate= and delay= of a link: left out'
holds "power save is named once" said 1 'doze: only qanat-ether and qanat-world do this; left out'
holds "a rate that 802.11a does not have is named" said 1 'unicast: 802.11a has no 20 Mbit/s, so it is 18'
holds "another rate may stand in for it" ends 0 'ran 1.0 s' --seconds 1 --seed 1 --rate 24M
holds "which 802.11a has" said 0 'unicast:'
holds "802.11s runs, and adapts its rate" ends 0 'ran 1.0 s' --seconds 1 --mac mesh --rate auto
holds "a seed that is drawn is said" said 1 'seed '
holds "a MAC that is none is refused" ends 2 'does not fit' --mac token
holds "a device for a node that is not there is refused" ends 2 'n7: no such node' --tap q0=n7 --seed 1
holds "a parameter that is none is refused" ends 2 'no such parameter: speed' --set speed=1 --seed 1
ldd "$program" | grep -q 'libns3.*-mpi' ||
	holds "processes of MPI are refused where ns-3 has none" ends 2 'built without MPI' --mpi --seed 1
echo 'fly n0' >>"$work/air"
holds "a wrong line is named with its place" ends 2 'air:9: ' --seed 1
