# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # used by what sources this
# systemd-lib.sh - what tests/systemd and tests/systemd-groups have in common; at the top of the tree
B=${B:-build}
rules=/etc/cordon/rules.d
code=0

skip() {
	echo "${0##*/}: SKIPPED: $*" >&2
	exit 0
}
[ -d /run/systemd/system ] || skip 'systemd is not PID 1 of this machine'
[ "$(id -u)" = 0 ] || skip 'needs root'
[ "${CORDON_THROWAWAY:-}" = yes ] || skip 'changes this machine for good; write CORDON_THROWAWAY=yes if it may be thrown away'

is() { # WHAT WANTED GOT
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "FAILED: $1: wanted '$2', got '$3'"
		code=1
	fi
}
has_not() { # WHAT PATTERN TEXT
	if grep -Eq -e "$2" <<<"$3"; then
		echo "FAILED: $1: $(grep -E -m 3 -e "$2" <<<"$3")"
		code=1
	else
		echo "ok: $1"
	fi
}

rule() { # NAME MATCH SESSION
	printf '[Match]\n%b\n[Session]\n%b\n' "$2" "$3" >"$rules/$1.conf"
}
only() { # NAME MATCH SESSION: the only rule
	rm -f "$rules"/*
	rule "$@"
}
ssh_to=(ssh -i /root/.ssh/cordon-test -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR
	-o UserKnownHostsFile=/dev/null)
login() { # USER COMMAND
	"${ssh_to[@]}" "$1@localhost" "$2" 2>&1
}

# Installs cordon, and makes accounts that root can log in to.
install_for() { # USER...
	local user
	make -s -o all B="$B" install && cordon-pam enable || exit
	[ -e /root/.ssh/cordon-test ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/cordon-test
	for user; do
		id "$user" >/dev/null 2>&1 || useradd -m -s /bin/bash "$user"
		install -d -o "$user" -g "$user" "/home/$user/.ssh"
		install -o "$user" -g "$user" -m 600 /root/.ssh/cordon-test.pub "/home/$user/.ssh/authorized_keys"
	done
}
mark=
since_now() {
	mark=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
}
