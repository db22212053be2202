# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Radios of the small machine, to be sourced inside it: mac80211's own, on one channel, where
# each hears each other that shares a group with it. Radio N has wlanN, and is phyN until radios
# are made for a second time: the kernel gives no number twice.

radios_make() { # COUNT
	modprobe -d /modules mac80211_hwsim "radios=$1"
}
radios_count() { iw phy | grep -c '^Wiphy'; }
radios_remove() { modprobe -r -d /modules mac80211_hwsim; }
radio_can() { iw phy "phy$1" info | grep -qx "[[:space:]]*\* $2"; } # N MODE
radio_address() { printf '02:00:00:00:%02x:00' "$1"; }

radio_phy() { # N
	local file
	for file in /sys/class/ieee80211/*/macaddress; do
		[ "$(<"$file")" != "$(radio_address "$1")" ] || basename "${file%/macaddress}"
	done
}

# Into the namespace N, which is made if need be; its interface goes along.
radio_move() { # N NAMESPACE
	[ -e "/run/netns/$2" ] || ip netns add "$2" || return
	iw phy "$(radio_phy "$1")" set netns name "$2" && ip -n "$2" link set lo up
}

# Each radio's bits; 1 for all is what they begin with.
radio_groups() { # N BITS
	echo "$2" >"/sys/kernel/debug/ieee80211/phy$1/hwsim/group"
}

# Runs a command where radio N is: IN is its namespace, or empty.
in_space() { # NAMESPACE COMMAND...
	local space=$1
	shift
	if [ -n "$space" ]; then ip netns exec "$space" "$@"; else "$@"; fi
}

# Rates of 802.11g: with HT the simulated radios' choice of a rate never leaves the lowest.
mesh_join() { # N NAMESPACE ID
	in_space "$2" iw dev "wlan$1" set type mp &&
		in_space "$2" ip link set "wlan$1" up &&
		in_space "$2" iw dev "wlan$1" mesh join "$3" freq 2412 NOHT mcast-rate 6 \
			beacon-interval 100 mesh_fwding=0
}
mesh_leave() { # N NAMESPACE
	in_space "$2" iw dev "wlan$1" mesh leave
	in_space "$2" ip link set "wlan$1" down
}
ibss_join() { # N NAMESPACE SSID
	in_space "$2" iw dev "wlan$1" set type ibss &&
		in_space "$2" ip link set "wlan$1" up &&
		in_space "$2" iw dev "wlan$1" ibss join "$3" 2412 NOHT fixed-freq \
			02:ca:fe:00:00:01 beacon-interval 100 mcast-rate 6
}
ibss_leave() { # N NAMESPACE
	in_space "$2" iw dev "wlan$1" ibss leave
	in_space "$2" ip link set "wlan$1" down
}

# In a mesh only a station with which peering is done counts.
mesh_has() { # N NAMESPACE OTHER
	in_space "$2" iw dev "wlan$1" station get "$(radio_address "$3")" 2>/dev/null |
		grep -q 'plink:[[:space:]]*ESTAB'
}
ibss_has() { # N NAMESPACE OTHER
	in_space "$2" iw dev "wlan$1" station get "$(radio_address "$3")" >/dev/null 2>&1
}
