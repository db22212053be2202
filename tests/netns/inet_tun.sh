#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 120
# parallel: yes
#
# The kernel takes what node/inet makes of packets, and node/inet what the kernel gives.
#
#     a (TUN) ---- door, cut, queue, door, join ---- (TUN) b       in one process, MTU 1280
#
# b lets a in to port 5201. TUNs hand over up to 64 KiB at once and checksums undone.

set -u
cd "$(dirname "$0")/../.." || exit 1
pump=$(realpath "${BUILD:-build}/bench/tun_pump")
id=$$
work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-inet.XXXXXX")
bad=0
jobs_of_ours=()

# shellcheck disable=SC2317
finish() {
	local job
	for job in "${jobs_of_ours[@]}"; do kill "$job" 2>/dev/null && wait "$job" 2>/dev/null; done
	for n in a b; do ip netns del "qi$id$n" 2>/dev/null; done
	rm -rf "$work"
	exit $bad
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { if [ "$2" = 0 ]; then echo "ok $1"; else echo "not ok $1"; bad=1; fi; } # SENTENCE STATUS
holds() { local sentence=$1; shift; "$@"; say "$sentence" $?; }
skip() { echo "skipped the kernel takes what node/inet makes: $1"; exit 0; }
in_ns() { local n=$1; shift; ip netns exec "qi$id$n" "$@"; }
until_deadline() { # SECONDS COMMAND...: polls until COMMAND succeeds
	local end=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

[ "$(id -u)" = 0 ] || skip "needs root"
{ : <>/dev/net/tun; } 2>/dev/null || skip "/dev/net/tun does not open"
perl -MIO::Socket::IP -e 1 2>/dev/null || skip "perl has no IO::Socket::IP"
ip netns add "qi${id}a" 2>/dev/null || skip "no network namespaces"
ip netns add "qi${id}b"

"$pump" "qi${id}a" "qi${id}b" 1280 5201 >"$work/counters" 2>"$work/log" &
pump_pid=$!
jobs_of_ours+=("$pump_pid")
until_deadline 5 grep -q ready "$work/log" || { cat "$work/log"; skip "the TUNs do not come up"; }
host=1
for n in a b; do
	ip link set "qi$id$n" netns "qi$id$n"
	ip -n "qi$id$n" link set "qi$id$n" mtu 1280 up
	ip -n "qi$id$n" link set lo up
	ip -n "qi$id$n" addr add "fd77::$host/64" dev "qi$id$n" nodad
	ip -n "qi$id$n" addr add "10.77.0.$host/24" dev "qi$id$n"
	host=$((host + 1))
done

# What comes to port 5201 of b: a stream into a file, datagrams into lengths and a sum.
# shellcheck disable=SC2016
in_ns b perl -MIO::Socket::IP -e '
	my $l = IO::Socket::IP->new(Listen => 5, LocalHost => "::", V6Only => 0, LocalPort => 5201, ReuseAddr => 1) or die;
	print STDERR "listens\n";
	while (my $s = $l->accept) {
		open(my $f, ">", "$ARGV[0].new"); my $b;
		print $f $b while sysread($s, $b, 65536);
		close($f); rename("$ARGV[0].new", $ARGV[0]);
	}' "$work/stream" 2>"$work/tcp.log" &
jobs_of_ours+=($!)
# shellcheck disable=SC2016
in_ns b perl -MIO::Socket::IP -MSocket -e '
	my $s = IO::Socket::IP->new(Proto => "udp", LocalHost => "::", V6Only => 0, LocalPort => 5201) or die;
	setsockopt($s, SOL_SOCKET, SO_RCVBUF, 4000000);
	print STDERR "listens\n";
	my $b; my %n;
	while (defined(recv($s, $b, 65536, 0))) {
		next if $b eq "";
		$n{length($b) . " " . unpack("%32C*", $b)}++;
		open(my $f, ">", "$ARGV[0].new"); print $f map { "$_ $n{$_}\n" } sort keys %n;
		close($f); rename("$ARGV[0].new", $ARGV[0]);
	}' "$work/datagrams" 2>"$work/udp.log" &
jobs_of_ours+=($!)
until_deadline 5 grep -q listens "$work/tcp.log" && until_deadline 5 grep -q listens "$work/udp.log"

send_stream() { # ADDRESS
	# shellcheck disable=SC2016
	in_ns a perl -MIO::Socket::IP -e '
		my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 5201, Timeout => 10) or die "$@\n";
		open(my $f, "<", $ARGV[1]); my $b; my $n;
		while ($n = sysread($f, $b, 262144)) {
			for (my $at = 0; $at < $n;) { $at += syswrite($s, $b, $n - $at, $at) // die; }
		}' "$1" "$work/sent"
}
arrived() { cmp -s "$work/sent" "$work/stream"; }
stream() { rm -f "$work/stream"; send_stream "$1" && until_deadline 20 arrived; } # ADDRESS
echo_in() { in_ns a ping -q -c 3 -i 0.2 -W 2 "$1" >/dev/null; }

head -c 60000000 /dev/urandom >"$work/sent"
holds "an echo is let in over IPv6" echo_in fd77::2
holds "and over IPv4" echo_in 10.77.0.2
begun=${EPOCHREALTIME/./}
holds "60 MB of TCP arrive whole over IPv6" stream fd77::2
echo "# $((60000000 * 8 / (${EPOCHREALTIME/./} - begun))) Mbit/s" >&2
holds "and over IPv4" stream 10.77.0.2

# Datagrams of 1200 bytes and a last one of 400, sent 30,000 bytes at a time (UDP_SEGMENT).
send_datagrams() { # ADDRESS
	# shellcheck disable=SC2016
	in_ns a perl -MIO::Socket::IP -e '
		my $s = IO::Socket::IP->new(Proto => "udp", PeerHost => $ARGV[0], PeerPort => 5201) or die;
		setsockopt($s, 17, 103, pack("i", 1200)) or exit 7;
		for (1 .. 20) { defined(send($s, "\1" x 30400, 0)) or die "$!\n"; }' "$1"
}
came() { [ "$(cat "$work/datagrams" 2>/dev/null)" = "$1" ]; }
datagrams() { # ADDRESS COUNT
	send_datagrams "$1" && until_deadline 10 came "1200 1200 $(($2 * 25))"$'\n'"400 400 $2"
}
holds "datagrams sent many at once arrive as they were over IPv6" datagrams fd77::2 20
holds "and over IPv4" datagrams 10.77.0.2 40

# Whatever is not allowed is told so, and nothing of it reaches b.
refused() { # ADDRESS
	local begun=$SECONDS
	# shellcheck disable=SC2016
	! in_ns a perl -MIO::Socket::IP -e '
		IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 5202, Timeout => 20) or die "$!\n"' \
		"$1" 2>"$work/error" && [ $((SECONDS - begun)) -lt 10 ]
}
holds "a port that is not allowed is refused at once over IPv6" refused fd77::2
holds "and over IPv4" refused 10.77.0.2

# Longer than the way's MTU and whole: the sender learns so and cuts.
learns() { # ADDRESS
	ip -n "qi${id}a" link set "qi${id}a" mtu 1500
	in_ns a ping -q -M "do" -s 1400 -c 2 -i 0.2 -W 1 "$1" >"$work/error" 2>&1
	in_ns a ping -q -M want -s 1400 -c 3 -i 0.2 -W 2 "$1" >"$work/out" 2>&1
}
holds "a packet too big is answered, then sent in parts over IPv6" learns fd77::2
holds "and over IPv4" learns 10.77.0.2

wrong() { # NAMESPACE: counters of errors that are not 0
	in_ns "$1" nstat -asz 2>/dev/null |
		awk '$1 ~ /CsumErrors|InHdrErrors|ReasmFails|UdpInErrors|Udp6InErrors|TcpInErrs/ && $2 > 0 { print $1, $2 }'
}
none_wrong() {
	local n out
	for n in a b; do
		in_ns "$n" nstat -asz 2>/dev/null | grep -q CsumErrors || return
		out=$(wrong "$n")
		[ -z "$out" ] || { echo "# $n: $out" >&2; return 1; }
	done
}
holds "no kernel found a wrong checksum or header" none_wrong

kill "$pump_pid" && wait "$pump_pid"
echo "# $(cat "$work/counters")" >&2
counted() { jq -e "$1" "$work/counters" >/dev/null; }
holds "the kernel handed over several segments at once" counted '.a.cut > 2 * .a.read'
holds "and was given them joined" counted '.b.joined > .b.given / 2'
holds "it refused nothing" counted '.a.refused == 0 and .b.refused == 0'
