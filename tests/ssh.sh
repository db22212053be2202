# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# An SSH server and its client for tests, to be sourced at the top of the tree; $work is theirs.

# OpenSSH as it is, not installed: ssh_server and its options serve, in a mount namespace of their
# own; ssh_client reaches that. The packages must be here already where /etc is private.
ssh_ready() {
	local packages name libraries
	packages=$(tests/bench/peers openssh-server libwrap0) && command -v ssh >/dev/null || return
	libraries=$packages/lib/$(uname -m)-linux-gnu:$packages/usr/lib/$(uname -m)-linux-gnu
	for name in key host; do ssh-keygen -q -t ed25519 -N '' -f "$work/$name" || return; done
	(cat /etc/passwd && echo 'sshd:x:74:74::/run/sshd:/usr/sbin/nologin') >"$work/passwd"
	# shellcheck disable=SC2016
	ssh_server=(unshare --mount bash -c 'mount --bind "$1" /etc/passwd && mount -t tmpfs none /run && mkdir /run/sshd && exec "${@:2}"' serve
		"$work/passwd" env LD_LIBRARY_PATH="$libraries" "$packages/usr/sbin/sshd" -D -e -f none -p 22 -h "$work/host"
		-o PidFile=none -o UsePAM=no -o PermitRootLogin=yes -o StrictModes=no -o AuthorizedKeysFile="$work/key.pub")
	ssh_client=(ssh -F none -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile="$work/hosts" -o BatchMode=yes)
}
