#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 90
# parallel: yes
#
# A running node has nothing left to misuse: no capability, no way to get one, only the system
# calls it needs, in every thread, while it hears strangers and keeps files.
#
#     n0 --- n1        5 % loss
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"

up --topology line --nodes 2
make_files "$(tree n0)" 30 300000 8
share_all n0 n1
holds "two nodes replicate" alike 40 n0 n1
pid=$(mesh_alive "$mesh/n1/pid")

# Of every thread: fields of /proc/PID/task/TID/status.
every_thread() { # FIELD VALUE
	local task seen=0
	for task in /proc/"$pid"/task/*/status; do
		seen=$((seen + 1))
		grep -qx "$1:	$2" "$task" || { grep "^$1:" "$task"; return 1; }
	done
	[ $seen -ge 2 ]
}
for set in CapInh CapPrm CapEff CapAmb; do
	holds "no thread has a capability: $set" every_thread $set 0000000000000000
done
if [ "$(id -u)" = 0 ]; then
	holds "or could be given one" every_thread CapBnd 0000000000000000
fi
holds "none can gain a privilege" every_thread NoNewPrivs 1
holds "each has a filter of system calls" every_thread Seccomp 2
no_core() { grep -qE '^Max core file size +0 +0 ' /proc/"$pid"/limits; }
holds "it leaves no core file" no_core
# What is not dumpable belongs to root, and to nobody who could be its user.
holds "nobody of its own user looks into its memory" \
	[ "$(stat -c %u /proc/"$pid"/mem)" = "$(stat -c %u /proc/1/mem)" ]

kill -HUP "$pid"
reread() { grep -q 'configuration: read again' "$mesh/n1/log"; }
holds "it rereads its configuration" mesh_until 10 reread
echo more >"$(tree n1)/more"
holds "it still sees files change" alike 40 n1 n0
holds "and is reached" mesh_until 10 reaches n0 n1
kill -TERM "$pid"
holds "and stops in an orderly way" mesh_until 5 mesh_is_gone "$mesh/n1/pid"
orderly() { grep -q 'node: stopped' "$mesh/n1/log"; }
holds "having said so" orderly
