#!/bin/bash
# SPDX-License-Identifier: ISC
# timeout: 300
#
# What README.md tells people to type works: blocks marked ```sh run are typed one after
# the other in an empty directory, of the others every command and option is known. Links
# lead somewhere, and the table of rooms has every room.

# shellcheck disable=SC2016,SC2317
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TEST_WORK:-/tmp}/readme.XXXXXX") || exit 1
readme=$root/README.md
failed=0
typing=
export LC_ALL=C.UTF-8
unset XDG_STATE_HOME

# The script ends its own daemons; what it leaves would be ours.
finish() {
	[ -z "$typing" ] || { kill "$typing" && wait "$typing"; } 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT

claim() { # SENTENCE COMMAND...
	local sentence=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok $sentence"
	else
		printf 'not ok %s\n%s\n' "$sentence" "$said"
		failed=1
	fi
}

# The lines of all blocks whose head is KIND; with MARK, that line behind each block.
blocks() { # KIND [MARK]
	awk -v head="\`\`\`$1" -v mark="${2:-}" '
		inside && $0 == "```" { inside = 0; if (mark != "") print mark; next }
		inside { print }
		!inside && $0 == head { inside = 1 }
		!inside && $0 != head && /^```./ { inside = 0 }' "$readme"
}

# What somebody types takes a moment; so does a daemon that starts.
typed() {
	cat <<-'SCRIPT'
	set -e -o pipefail
	trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
	trap 'exit 143' TERM
	block=0
	until_true() {
		local end=$((SECONDS + 60))
		until "$@" >/dev/null 2>&1; do
			[ $SECONDS -lt $end ] || { echo "never: $*"; return 1; }
			sleep 0.1
		done
	}
	block_done() {
		block=$((block + 1))
		echo "block $block is done"
		if [ $block = 1 ]; then
			until_true qanat --state ada.state ping bob --count 1
			until_true qanat --state bob.state ping ada --count 1
		fi
	}
	SCRIPT
	blocks 'sh run' block_done
	cat <<-'SCRIPT'
	qanat --state bob.state --json folders | grep -q '"state": *"synced"'
	[ -z "$(find copy -name std\*.h -size 0)" ] && [ -e copy/stdio.h ]
	[ "$(qanat --state bob.state --json conflicts | grep -c '"path"')" = 0 ]
	echo "everything is done"
	SCRIPT
}

what_is_typed_works() {
	mkdir "$work/here"
	typed >"$work/typed"
	(cd "$work/here" && PATH=$build:$PATH exec bash "$work/typed") >"$work/said" 2>&1 &
	typing=$!
	wait "$typing"
	local status=$?
	typing=
	[ "$status" = 0 ] && grep -q '^everything is done' "$work/said" && return 0
	cat "$work/said"
	echo "exit status $status"
	return 1
}

# Those of the words that begin with -- are in the program's help.
has_options() { # PROGRAM COMMAND WORD...
	local help program=$1 known=0 word command
	if [ -n "$2" ]; then
		help=$("$build/$program" --help && read -ra command <<<"$2" &&
			"$build/$program" "${command[@]}" --help)
	else
		help=$("$build/$program" --help)
	fi
	for word in "${@:3}"; do
		[[ $word == --* ]] || continue
		grep -q -- "$word\b" <<<"$help" || { echo "$program: no option $word"; known=1; }
	done
	return "$known"
}

is_command() { # WORD
	"$build/qanat" help | grep -q "^  $1 " || { echo "qanat: no command $1"; return 1; }
}

is_known() { # WORD...
	[ "$1" != sudo ] || shift
	case $1 in
	make)
		[ $# = 1 ] || grep -q "^$2:" Makefile || { echo "make: no target $2"; return 1; }
		;;
	qanat)
		shift
		while [ "${1#--}" != "$1" ]; do
			[ "$1" != --state ] || shift
			shift
		done
		if [ $# -gt 1 ] && is_command "$1 $2" >/dev/null; then
			has_options qanat "$1 $2" "${@:3}"
		else
			is_command "$1" && has_options qanat "$@"
		fi
		;;
	qanatd | qanat-ether | qanat-world) has_options "$1" "" "${@:2}" ;;
	git | cd | ip | iw | nmcli | systemctl | usermod | rm | printf | mkdir | cp | diff) ;;
	*) echo "not known here: $1"; return 1 ;;
	esac
}

every_command_is_known() {
	local line words known=0
	while read -r line; do
		[ -n "$line" ] || continue
		read -ra words <<<"${line%%|*}"
		is_known "${words[@]}" || { echo "in: $line"; known=1; }
	done < <(blocks sh; blocks 'sh run')
	return "$known"
}

# In the running text: `qanat WORD`, `make WORD`.
every_name_is_known() {
	local words known=0
	while read -r -a words; do
		is_known "${words[@]}" || known=1
	done < <(grep -oE '`(qanat|make|qanatd) [a-z-][^`]*`' "$readme" | tr -d '\`')
	return "$known"
}

every_link_leads_somewhere() {
	local link known=0
	while read -r link; do
		[ -e "$root/$link" ] || { echo "nothing at $link"; known=1; }
	done < <(grep -oE '\]\([^)#:]*\)' "$readme" | sed 's/^](//; s/)$//')
	return "$known"
}

every_room_is_told() {
	local room known=0
	while read -r room; do
		compgen -G "$room/*.c" >/dev/null || [ "$room" = tools ] || continue
		grep -q "^| \[$room\]($room/" "$readme" || { echo "no line for $room"; known=1; }
	done < <("${MAKE:-make}" -s print-rooms | sed -n 's/^\([^:]*\): .*/\1/p' | grep -vx pure)
	return "$known"
}

claim "what README.md tells to type works" what_is_typed_works
claim "README.md names commands and options that exist" every_command_is_known
claim "so does its running text" every_name_is_known
claim "its links lead somewhere" every_link_leads_somewhere
claim "its table has every room" every_room_is_told
exit "$failed"
