#compdef cordon
# SPDX-License-Identifier: Apache-2.0
# zsh completion for cordon(1): commands, options and arguments are those that its help lists

# each option of a command, with its argument: "--user USER"
_cordon_options() {
	cordon "$1" --help | sed -n 's/^  \(--[a-z][^ []*\)\( [^ ]\{1,\}\)\{0,1\}.*/\1\2/p'
}

_cordon_profiles() {
	local -a files
	files=(/etc/cordon/profiles/*.conf(N:t:r) /usr/share/cordon/profiles/*.conf(N:t:r))
	compadd -- $files
}

_cordon() {
	local command=$words[2] before=$words[CURRENT-1] argument
	if (( CURRENT == 2 )); then
		compadd -- ${(f)"$(cordon --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')"} --help --version
		return
	fi
	argument=${${(M)${(f)"$(_cordon_options $command)"}:#$before *}#* }
	case $argument in
	USER) _users ;;
	GROUP*) _groups ;;
	PROFILE) _cordon_profiles ;;
	DIR) _files -/ ;;
	FILE*) _files ;;
	*'|'*) compadd -- ${(s:|:)argument} ;;
	?*) ;;
	*)
		case $command:$words[CURRENT] in
		*:-*) compadd -- ${${(f)"$(_cordon_options $command)"}%% *} ;;
		run:*) _command_names ;;
		check:*) _files ;;
		learn:*) _users; _command_names ;;
		edit:*) compadd -- /etc/cordon/rules.d/*.conf(N:t:r) /usr/lib/cordon/rules.d/*.conf(N:t:r) ;;
		explain:*)
			_users
			(( ${words[(I)--(diff|exposure)]} )) && { _cordon_profiles; _files; }
			;;
		selftest:*) _users ;;
		esac
		;;
	esac
}

_cordon "$@"
