# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Completion for qanatd in bash: its options are what its help says.

_qanatd() {
	local word=${COMP_WORDS[COMP_CWORD]} options
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	--config | --wifi-key) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	--state) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	--iface | --wifi) mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word") ;;
	--log-level) mapfile -t COMPREPLY < <(compgen -W 'error warn info debug' -- "$word") ;;
	--mesh | --ibss | --freq | --name | --peer | --listen | --care | --ether) COMPREPLY=() ;;
	*)
		options=$("${COMP_WORDS[0]}" --help 2>/dev/null | grep -oE '^  --[a-z-]+')
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		;;
	esac
}

complete -F _qanatd qanatd
