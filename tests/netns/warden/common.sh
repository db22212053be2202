# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the tests of the warden share. The whole script runs in a network and a mount namespace
# of its own, with its own /etc (in it a resolv.conf that ends without a newline) and an empty
# /run, so that nothing outside can be touched; v0 leads to v1 of a stranger's namespace.

cd "$(dirname "${BASH_SOURCE[0]}")/../../.." || exit 1
build=$(realpath "${BUILD:-build}")
bad=0

say() { # SENTENCE STATUS
	if [ "$2" = 0 ]; then echo "ok $1"; else echo "not ok $1"; bad=1; fi
}
note() { echo "# $*" >&2; }
holds() { # SENTENCE COMMAND...
	local sentence=$1
	shift
	"$@" >"$work/holds" 2>&1
	local status=$?
	[ $status = 0 ] || sed 's/^/# /' "$work/holds"
	say "$sentence" $status
}
until_true() { # SECONDS COMMAND...
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep 0.02
	done
}

if [ -z "${WARDEN_INSIDE:-}" ]; then
	skip() { echo "skipped the warden: $1"; exit 0; }
	[ "$(id -u)" = 0 ] || skip "needs root"
	{ : <>/dev/net/tun; } 2>/dev/null || skip "/dev/net/tun does not open"
	unshare --net --mount true 2>/dev/null || skip "no namespaces"
	unshare --net nft -f - <<<'table inet t { flags owner; chain c { ct state new drop; }; }' \
		2>/dev/null || skip "no nftables with owned tables"
	work=$(mktemp -d "${TMPDIR:-/tmp}/qanat-warden.XXXXXX") || exit 1
	export work WARDEN_INSIDE=1
	unshare --net --mount --propagation private bash "$0"
	status=$?
	rm -rf "$work"
	exit $status
fi

# shellcheck disable=SC2317
finish() {
	local status=$? job
	for job in $(jobs -p) ${stranger:-}; do kill "$job" 2>/dev/null; done
	[ "$status" -ne 0 ] || status=$bad
	exit "$status"
}
trap finish EXIT

# The programs that a client looks for beside itself.
mkdir "$work/bin" "$work/etc"
ln -s "$build/qanat-warden" "$work/bin/"
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -I. -O1 -g -o "$work/bin/client" tests/netns/warden/client.c \
	node/warden/warden.c node/warden/order.c node/warden/radio_order.c node/radio/channel.c \
	node/wire/reader.c node/wire/writer.c node/base/mem.c node/base/check.c node/base/text.c || exit 1
cp -a /etc/. "$work/etc/"
rm -f "$work/etc/resolv.conf"
printf 'search example.org\nnameserver 192.0.2.53\noptions edns0' >"$work/etc/resolv.conf"
chmod 640 "$work/etc/resolv.conf"
mount --bind "$work/etc" /etc
mount -t tmpfs none /run

ip link set lo up
unshare --net sleep infinity &
stranger=$!
has_left() { [ "$(readlink /proc/$stranger/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
until_true 5 has_left && ip link add v0 type veth peer name v1 netns $stranger || exit 1
# In front of what runs in the background, so that $! is what is to be ended.
beyond=(nsenter -t "$stranger" -n)
there() { "${beyond[@]}" "$@"; }
ip link set v0 addrgenmode none up
there ip link set v1 addrgenmode none up
there ip link set lo up
ip addr add 192.0.2.1/24 dev v0
ip addr add fe80::1/64 dev v0 nodad
there ip addr add 192.0.2.2/24 dev v1
there ip addr add fe80::2/64 dev v1 nodad

# Everything that a warden may change, to be compared byte for byte.
snapshot() {
	ip -d link
	ip addr
	ip rule
	ip route show table all
	ip -6 route show table all
	nft list ruleset
	grep -r . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf 2>/dev/null
	stat -c '%n %i %a %u %g %s %Y' /etc/resolv.conf
	od -c /etc/resolv.conf
	ls -A /etc
	ls -A /run/qanat/warden
}
mkdir -p /run/qanat/warden
chmod 700 /run/qanat/warden
snapshot >"$work/before"
as_before() { snapshot | diff "$work/before" -; }
back() { until_true 3 as_before || as_before; }

# A client that holds what it has asked for until its stdin, $hold, is closed.
start() { # WORD...
	rm -f "$work/hold" "$work/said"
	mkfifo "$work/hold"
	"$work/bin/client" "$@" <"$work/hold" >"$work/said" 2>&1 &
	client=$!
	exec {hold}>"$work/hold"
	until_true 10 grep -qE '^(ready|open .*|\.)$' "$work/said"
}
stop() {
	exec {hold}>&-
	wait "$client"
}
warden_of() { pgrep -P "$1" qanat-warden; } # CLIENT
said() { grep -qxF -- "$1" "$work/said" || { cat "$work/said"; return 1; }; }
