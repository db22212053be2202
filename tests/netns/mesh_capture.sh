#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
# timeout: 240
#
# What `qanat capture` writes is what Wireshark reads: HELLOs, beats and TCs of a mesh whose radio
# loses a tenth of all frames, both ways, without a malformed packet; and the frames beside
# them in the clear.
#
#     n0 --- n1 --- n2 --- n3
#
# shellcheck disable=SC2154
set -u
. "$(dirname "$0")/common.sh"

command -v tshark >/dev/null || skip "tshark reads a capture" "there is no tshark (apt-get install tshark)"
up --mode socket --topology line --nodes 4 --loss 10%

files=$work/captures
mkdir "$files"
shark() { tshark -n -r "$files/$1" "${@:2}" 2>/dev/null; } # FILE OPTION...
count() { shark "$@" | wc -l; }

# n3 goes and comes back, so that there are TCs.
captured() {
	"$mesh_programs/qanat" --state "$mesh/n1/state" capture -w "$files/control.pcap" --control -c 60 2>"$files/control.err" &
	looks=$!
	mesh_kill "$mesh" n3 -9
	mesh_start "$mesh" n3
	wait $looks
}
holds "a capture of so many packets ends by itself" captured
holds "it has so many packets" test "$(count control.pcap)" = 60
holds "none of them is malformed" test -z "$(shark control.pcap -Y '_ws.malformed || _ws.expert.severity >= 6291456')"
holds "all of them are RFC 5444 packets" test "$(count control.pcap -Y packetbb)" = 60
hellos() { [ "$(count control.pcap -Y "packetbb.msg.type == 0 && ipv6.src == $1")" -gt 0 ]; }
senders() { shark control.pcap -T fields -e ipv6.src -Y 'ipv6.dst == ff02::6d' | sort -u; }
holds "three nodes speak: n1 and its neighbours" test "$(senders | wc -l)" = 3
all_hello() { local s; for s in $(senders); do hellos "$s" || return; done; }
holds "each of them says HELLO" all_hello
holds "there are TCs" test "$(count control.pcap -Y 'packetbb.msg.type == 1')" -gt 0
holds "and beats, packets without a message" test "$(count control.pcap -Y 'packetbb && !packetbb.msg')" -gt 0
holds "every checksum is right" test "$(count control.pcap -o udp.check_checksum:TRUE -Y 'udp.checksum.status == 1')" = 60

# Everything, until interrupted: what n0 and n3 say to each other goes by n1 unread, but its own
# echoes stand there in the clear.
"$mesh_programs/qanat" --state "$mesh/n1/state" capture --write "$files/all.pcap" 2>"$files/all.err" &
looks=$!
mesh_until 20 test -s "$files/all.pcap"
holds "who came back is reached again" mesh_until 30 reaches n1 n3
q n1 ping n3 -c 5 -i 0.1 >/dev/null
kill -INT $looks
wait $looks
holds "interrupted it ends with 0" test $? = 0
holds "and says how many packets it took" grep -qE '^[1-9][0-9]* packets, 0 lost$' "$files/all.err"
holds "the file can be read whole" shark all.pcap -Y frame
holds "none is malformed either" test -z "$(shark all.pcap -Y _ws.malformed)"
holds "beside RFC 5444 there are frames on port 7117" test "$(count all.pcap -Y 'udp.port == 7117')" -gt 0
# End to end: frame header, then a message of kind 8 (echo), unless another came before it in the
# same frame.
holds "an echo stands there in the clear, from address to address" \
	test "$(count all.pcap -Y 'ipv6.dst == fd71::/16 && udp.payload[16:1] == 08')" -gt 0
holds "the file is its owner's alone" test "$(stat -c %a "$files/all.pcap")" = 600

piped() {
	timeout 60 "$mesh_programs/qanat" --state "$mesh/n1/state" --quiet capture --control -c 5 |
		tshark -n -r - -Y packetbb 2>/dev/null | wc -l
}
holds "without a file a pipe gets the capture" test "$(piped)" = 5
json() { timeout 60 "$mesh_programs/qanat" --state "$mesh/n1/state" --json capture -c 20 2>/dev/null; }
holds "--json gives one object for each packet" jq_true -s 'length == 20 and
	all(.schema == "qanat.capture/1" and (.from | type) == "string" and (.body | length) > 16)' <(json)

# Who does not read loses packets and hears so; the node goes on.
"$mesh_programs/qanat" --state "$mesh/n1/state" capture --write "$files/slow.pcap" 2>"$files/slow.err" &
looks=$!
mesh_until 20 test -s "$files/slow.pcap"
kill -STOP $looks
q n0 speed n2 -t 6 >/dev/null
holds "a reader that does not read holds nobody up" reaches n1 n3
kill -CONT $looks
told() { q_json n1 status >/dev/null; [ "$(count slow.pcap)" -gt 100 ]; }
mesh_until 20 told
kill -INT $looks
wait $looks
holds "what it lost is counted and said" grep -qE ' packets, [1-9][0-9]* lost$' "$files/slow.err"
holds "what it got is whole" test -z "$(shark slow.pcap -Y _ws.malformed)"
