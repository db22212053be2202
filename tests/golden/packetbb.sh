#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Somebody else's decoder agrees: tshark's packetbb dissector reads the packets of
# tests/golden/packetbb (the unit tests show that they are what we write) without a
# complaint, and finds in them what was meant. No network is touched.
# parallel: yes

set -u
here=$(dirname "$0")/packetbb
work=$(mktemp -d "${TEST_WORK:-/tmp}/packetbb.XXXXXX")
trap 'rm -rf "$work"' EXIT

for program in tshark text2pcap; do
	if ! command -v $program >/dev/null; then
		echo "skipped tshark reads our RFC 5444 packets: there is no $program (apt-get install tshark)"
		exit 0
	fi
done

# hex with comments -> pcap with one UDP datagram on port 269
decode() { # NAME
	sed 's/#.*//' "$here/$1.hex" | tr -s ' \n' ' ' |
		sed 's/^ */0000 /' >"$work/$1.txt"
	text2pcap -q -F pcap -u 269,269 "$work/$1.txt" "$work/$1.pcap" >/dev/null 2>&1 ||
		text2pcap -q -u 269,269 "$work/$1.txt" "$work/$1.pcap" >/dev/null 2>&1 ||
		return 1
	tshark -r "$work/$1.pcap" -V >"$work/$1.out" 2>"$work/$1.err"
}

failed=0
judge() { # NAME SENTENCE PATTERN...
	local name=$1 sentence=$2 pattern bad=
	shift 2
	decode "$name" || bad="it could not be decoded"
	if grep -qiE 'malformed|expert info \((error|warn)' "$work/$name.out"; then
		bad=$(grep -iE 'malformed|expert info \((error|warn)' "$work/$name.out" | head -n 1)
	fi
	for pattern; do
		grep -qE "$pattern" "$work/$name.out" || bad="it shows no $pattern"
	done
	if [ -n "$bad" ]; then
		cat "$work/$name.out" "$work/$name.err"
		echo "# $bad"
		echo "not ok $sentence"
		failed=1
	else
		echo "ok $sentence"
	fi
}

judge hello "tshark reads our HELLO" 'Message \(HELLO' 'Originator address: fd71::1$' \
	'Message validity time: 0x5e \(3584\)' 'Timestamp: 0102030405060708' \
	'Flooding: 7' 'Local interface status: THIS' 'TLV .*Link status' \
	'Multivalue: 8067' 'Address: fd71::2/128' 'Address: fd71::3/128'
judge hello-mpr "tshark reads our HELLO with relays and other neighbours" 'Flooding: 3' 'Routing: 12' \
	'TLV .*Other neighbor' 'TLV .*Multipoint [Rr]elay' 'Multivalue: b067' 'Address: fd71::4/128'
judge tc "tshark reads our TC" 'Message \(TC' 'Hop limit: 255' 'fd71::2' 'fd71::3' \
	'Link metric' 'Neighbor address type'
judge tc-gateway "tshark reads our TC with the ways out of the mesh" 'Address: ::/0' \
	'Address: ::ffff:(0:0|0.0.0.0)/96' 'TLV .*Gateway'
judge tc-signed "tshark reads our signed TC" 'Message \(TC' 'ICV|Integrity' 'fd71::3'
judge ipv4 "tshark reads messages of IPv4 as we do" 'Message \(HELLO' 'Message \(TC' \
	'Originator address: 10.0.0.1$' 'Address: 10.0.0.3/32' 'Address: 0.0.0.0/0' \
	'Address: 10.0.0.0/24' 'Flooding: 7' 'Routing: 3' 'Number of messages: 2|Message'
exit $failed
