/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter_helper.c - let sshd run ssh-sk-helper as root while a session is open
 *
 * sshd executes only this program as root. It signs with a host key on a FIDO authenticator, at every
 * exchange of keys, and when a client asks for proof of the host's other keys (UpdateHostKeys). The
 * exec gate refuses ssh-sk-helper. OpenSSH (since 8.2) takes the name of the program from a variable,
 * which the module sets to cordonsh. cordonsh has the keeper start the real program outside. No session
 * gets the variable, because sshd makes their environments from nothing.
 */
#include "enter_helper.h"

#include "contract/wire.h"

#include <stdlib.h>

void enter_helper(void)
{
	const char *named = getenv("SSH_SK_HELPER");

	if (named == NULL || named[0] == '\0') /* sshd treats an empty name as none */
		(void)setenv("SSH_SK_HELPER", WIRE_CORDONSH,
			     1); /* if this fails, such a key cannot sign */
}
