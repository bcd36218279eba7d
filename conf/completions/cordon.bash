# SPDX-License-Identifier: Apache-2.0
# bash completion for cordon(1): commands, options and arguments are those that its help lists

_cordon_profiles() {
	local file
	for file in /etc/cordon/profiles/*.conf /usr/share/cordon/profiles/*.conf; do
		[ ! -e "$file" ] || basename "$file" .conf
	done
}

_cordon_rules() {
	local file
	for file in /etc/cordon/rules.d/*.conf /usr/lib/cordon/rules.d/*.conf; do
		[ ! -e "$file" ] || basename "$file" .conf
	done
}

# each option of a command, with its argument: "--user USER"
_cordon_options() {
	cordon "$1" --help | sed -n 's/^  \(--[a-z][^ []*\)\( [^ ]\{1,\}\)\{0,1\}.*/\1\2/p'
}

_cordon() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words argument
	local command=${COMP_WORDS[1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		words=$(cordon --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$words --help --version" -- "$word")
		return
	fi
	argument=$(_cordon_options "$command" | sed -n "s/^$before //p" | head -n 1)
	case $argument,$before in
	USER,*) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
	GROUP*,*) mapfile -t COMPREPLY < <(compgen -g -- "$word") ;;
	PROFILE,*) mapfile -t COMPREPLY < <(compgen -W "$(_cordon_profiles)" -- "$word") ;;
	DIR,*) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	FILE*,*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	[a-z]*'|'*,*) mapfile -t COMPREPLY < <(compgen -W "${argument//|/ }" -- "$word") ;;
	,*)
		case $command:$word in
		*:-*)
			words=$(_cordon_options "$command" | sed 's/ .*//')
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
			;;
		run:*) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
		learn:*)
			case $COMP_CWORD in
			2) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
			*) mapfile -t COMPREPLY < <(compgen -u -c -- "$word") ;;
			esac
			;;
		edit:*) mapfile -t COMPREPLY < <(compgen -W "$(_cordon_rules)" -- "$word") ;;
		check:*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
		enter:* | kill:* | log:* | show:* | why:*)
			words=$(cordon list 2>/dev/null | grep -owE 'p[0-9a-f]{15}|[0-9a-f]{16}' | sort -u)
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
			;;
		explain:*)
			case " ${COMP_WORDS[*]} " in
			*" --diff "* | *" --exposure "*) mapfile -t COMPREPLY < <(compgen -u -f -W "$(_cordon_profiles)" -- "$word") ;;
			*) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
			esac
			;;
		selftest:*) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
		esac
		;;
	esac
} && complete -F _cordon cordon
