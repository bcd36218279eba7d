# SPDX-License-Identifier: Apache-2.0
# bash completion for cordon(1): commands and options are those that its help lists

_cordon_profiles() {
	local file
	for file in /etc/cordon/profiles/*.conf /usr/share/cordon/profiles/*.conf; do
		[ ! -e "$file" ] || basename "$file" .conf
	done
}

_cordon() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		words=$(cordon help | sed -n 's/^  cordon \([a-z][a-z-]*\).*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$words help" -- "$word")
		return
	fi
	case $before in
	--user) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
	--group) mapfile -t COMPREPLY < <(compgen -g -- "$word") ;;
	--profile) mapfile -t COMPREPLY < <(compgen -W "$(_cordon_profiles)" -- "$word") ;;
	--root | --chdir) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	--rule) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	*)
		case ${COMP_WORDS[1]}:$word in
		run:-*)
			words=$(cordon run --help | grep -o -e '--[a-z][a-z-]*')
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
			;;
		*:-*)
			words=$(cordon help | sed -n "s/^  cordon ${COMP_WORDS[1]} //p" | grep -o -e '--[a-z-]*')
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
			;;
		run:*) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
		check:*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
		explain:*) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
		esac
		;;
	esac
} && complete -F _cordon cordon
