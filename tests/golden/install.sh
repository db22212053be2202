#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 600
#
# `make install` puts exactly what it should where PREFIX and DESTDIR say, and
# `make uninstall` takes exactly that away. Man pages have the options of their programs.

# shellcheck disable=SC2317
set -u
cd "$(dirname "$0")/../.." || exit 1
make=${MAKE:-make}
build=${BUILD:-build}
work=$(mktemp -d "${TEST_WORK:-/tmp}/install.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

claim() { # SENTENCE COMMAND...
	local sentence=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok $sentence"
	else
		echo "not ok $sentence"
		echo "$said"
		failed=1
	fi
}

as_told() { # TARGET PREFIX
	"$make" "$1" BUILD="$build" PREFIX="$2" DESTDIR="$work/root"
}

# Mode, kind and path of everything that is there, but for directories.
present() {
	(cd "$work/root" && find . ! -type d -printf '%m %y %P\n' | LC_ALL=C sort -k 3)
}

expected() { # PREFIX
	local at=${1#/} page
	{
		for program in qanat qanat-ether qanat-warden qanat-world qanatd; do
			echo "755 f $at/bin/$program"
		done
		for page in tools/man/*.[1578]; do
			echo "644 f $at/share/man/man${page##*.}/${page##*/}"
		done
		echo "644 f $at/lib/systemd/system/qanat-warden.service"
		echo "644 f $at/lib/systemd/system/qanatd.service"
		echo "644 f $at/lib/sysusers.d/qanat.conf"
		echo "644 f $at/lib/udev/rules.d/85-qanat.rules"
		echo "644 f $at/lib/systemd/user/qanatd.service"
		echo "644 f $at/share/bash-completion/completions/qanat.bash"
		echo "644 f $at/share/bash-completion/completions/qanatd.bash"
		for doc in README.md LICENSE PROTOCOL.md qanatd.conf; do
			echo "644 f $at/share/doc/qanat/$doc"
		done
	} | LC_ALL=C sort -k 3
}

puts_what_it_should() { # PREFIX
	as_told install "$1" || return
	diff <(expected "$1") <(present)
}

programs_run() { # PREFIX
	local program
	for program in qanat qanatd qanat-ether qanat-warden qanat-world; do
		"$work/root$1/bin/$program" --version || return
	done
}

units_name_the_program() { # PREFIX
	local unit
	for unit in "$work/root$1"/lib/systemd/*/qanatd.service; do
		grep -q "^ExecStart=$1/bin/qanatd " "$unit" || { cat "$unit"; return 1; }
		! grep @ "$unit" | grep -v '^SystemCallFilter=' || return
	done
	unit=$work/root$1/lib/systemd/system/qanat-warden.service
	grep -qx "ExecStart=$1/bin/qanat-warden" "$unit"
}

# systemd's own judgement; the program it names has to be there.
units_are_valid() { # PREFIX
	local unit said
	for unit in "$work/root$1"/lib/systemd/*/*.service; do
		sed "s|$1/bin|$work/root&|" "$unit" >"$work/${unit##*/}"
		said=$(systemd-analyze verify --man=no "$work/${unit##*/}" 2>&1)
		[ -z "$said" ] || { echo "$said"; return 1; }
	done
}

configuration_is_understood() { # PREFIX
	local conf=$work/root$1/share/doc/qanat/qanatd.conf
	"$work/root$1/bin/qanatd" --config "$conf" --check || return
	sed 's/^# \([a-z-]* = \)/\1/' "$conf" >"$work/all.conf"
	"$work/root$1/bin/qanatd" --config "$work/all.conf" --check
}

leaves_nothing() { # PREFIX
	as_told uninstall "$1" || return
	diff /dev/null <(present)
}

man_has_every_option() { # PROGRAM SECTION
	diff <("$build/$1" --help | grep -oE -- '(^|[ ,])--[a-z-]+' | tr -d ', ' | sort -u) \
		<(grep -E '^\.(It|Op|Nm)? ?Fl' "tools/man/$1.$2" | grep -oE -- '(Fl |, )-[a-z-]+' |
			sed -E 's/(Fl |, )-/--/' | sort -u)
}

mkdir "$work/root"
for prefix in /usr/local /opt/some/where; do
	claim "make install PREFIX=$prefix puts what it should" puts_what_it_should $prefix
	claim "the programs run from $prefix" programs_run $prefix
	claim "the units name the program in $prefix" units_name_the_program $prefix
	if [ $prefix = /usr/local ]; then
		claim "the example of a configuration is understood" configuration_is_understood $prefix
	fi
	if ! command -v systemd-analyze >/dev/null; then
		echo "skipped systemd finds no fault in the units under $prefix: no systemd-analyze"
	else
		claim "systemd finds no fault in the units under $prefix" units_are_valid $prefix
	fi
	claim "make uninstall PREFIX=$prefix leaves no file" leaves_nothing $prefix
done
for page in qanatd.8 qanat-ether.1 qanat-warden.8 qanat-world.1; do
	claim "the man page has the options of ${page%.?}" man_has_every_option "${page%.?}" "${page##*.}"
done
exit "$failed"
