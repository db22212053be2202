#!/bin/bash
# SPDX-License-Identifier: ISC
# parallel: yes
#
# Help, man page and completion name the same commands and options: what the program knows.

set -u
# shellcheck source=tests/golden/lib.sh
. "$(dirname "$0")/lib.sh"
trap 'rm -rf "$work"' EXIT

man=tools/man/qanat.1
# shellcheck source=tools/completions/qanat.bash
. tools/completions/qanat.bash

complete_words() { # WORD...
	COMP_WORDS=(qanat "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_qanat
	printf '%s\n' "${COMPREPLY[@]}"
}

mapfile -t commands < <("$qanat" help | sed -nE 's/^  ([a-z]+( [a-z]+)?)  .*/\1/p')
if [ ${#commands[@]} -lt 15 ]; then
	not_ok 'qanat help lists the commands'
fi
for c in "${commands[@]}"; do
	if grep -q "^\.It Cm $c\b" "$man"; then
		ok "the man page has qanat $c"
	else
		not_ok "the man page has qanat $c"
	fi
	# shellcheck disable=SC2086
	if complete_words $c | grep -qx "${c##* }"; then
		ok "the completion knows qanat $c"
	else
		not_ok "the completion knows qanat $c"
	fi
	missing=
	# shellcheck disable=SC2086
	for option in $("$qanat" $c --help | grep -oE -- '--[a-z]+' | grep -v -- --json | sort -u); do
		complete_words $c -- | grep -qx -- "$option" || missing+=" $option (completion)"
		grep -q -- "Fl -${option#--}\b" "$man" || missing+=" $option (man page)"
	done
	if [ -z "$missing" ]; then
		ok "the options of qanat $c are named everywhere"
	else
		not_ok "the options of qanat $c are named everywhere" "$missing"
	fi
done
extra=$(grep -oE '^\.It Cm [a-z]+( [a-z]+)?' "$man" | cut -c 8- | grep -vxF "$(printf '%s\n' "${commands[@]}")")
if [ -z "$extra" ]; then
	ok 'the man page has no command that the program lacks'
else
	not_ok 'the man page has no command that the program lacks' "$extra"
fi
if command -v man >/dev/null && man --version >/dev/null 2>&1; then
	if complaint=$(MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$man" 2>&1 >/dev/null) &&
		[ -z "$complaint" ]; then
		ok 'the man page is formatted without a warning'
	else
		not_ok 'the man page is formatted without a warning' "$complaint"
	fi
else
	echo 'skipped the man page is formatted without a warning: there is no man'
fi
exit $failed
