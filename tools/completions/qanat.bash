# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Completion for qanat in bash. Names of nodes and folders are not asked of the node: they
# are what strangers call themselves.

_qanat() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local commands='status neighbours routes map ping trace speed share invite join folders
		members conflicts wait pause resume leave top watch metrics capture radios up down
		allow deny name mesh help'
	local mesh_commands='new join invite members revoke cofounder'
	local globals='--state --json --quiet --help --version'
	local reading='status neighbours routes map ping trace folders members conflicts metrics'
	local command='' options='' skip='' remote='' i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--state) ((i++)) ;;
		-*) ;;
		@*) remote=yes ;;
		*)
			[[ $command == mesh ]] && command+=" ${COMP_WORDS[i]}" || command=${COMP_WORDS[i]}
			[[ $command == mesh ]] || break
			;;
		esac
	done
	case $previous in
	--state)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--format)
		mapfile -t COMPREPLY < <(compgen -W 'dot svg json' -- "$word")
		return
		;;
	--role)
		mapfile -t COMPREPLY < <(compgen -W 'reader writer admin keeper' -- "$word")
		return
		;;
	--wifi)
		mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word")
		return
		;;
	-w | --write)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--code) [[ $command != 'mesh join' ]] || skip=yes ;;
	--mesh | --ibss | --freq | --name | --uses | --expires | --timeout | --count | --interval | --time) skip=yes ;;
	-c | -i | -t) skip=yes ;;
	esac
	if [ "$skip" ]; then
		return
	fi
	case $command in
	'')
		options="$commands $globals"
		[ -z "$remote" ] || options="$reading $globals"
		;;
	status) options='--check' ;;
	map) options='--format' ;;
	ping) options='--count --interval' ;;
	capture) options='--write --count --control' ;;
	routes) options='--why' ;;
	up) options='--wifi --mesh --ibss --freq --take' ;;
	speed) options='--time' ;;
	share) options='--name' ;;
	invite) options='--role --uses --expires' ;;
	wait) options='--timeout' ;;
	leave) options='--forget' ;;
	name) options='--remove' ;;
	mesh) options=$mesh_commands ;;
	'mesh join') options='--code' ;;
	'mesh invite') options='--uses --expires --delegate --code' ;;
	help) options=$commands ;;
	esac
	if [[ $command && $command != help ]]; then
		options+=" $globals"
	fi
	if [[ $word != -* && ($command == share || $command == join) ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -o filenames -F _qanat qanat
