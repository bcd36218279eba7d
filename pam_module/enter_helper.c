/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter_helper.c - what sshd itself executes as root while a session is open
 *
 * That is ssh-sk-helper alone, for a host key on a FIDO authenticator: at every exchange of keys, and
 * when a client asks for proof of the host's other keys (UpdateHostKeys). The exec gate refuses it.
 * OpenSSH (since 8.2) takes the program's name from this variable, and from now on it is cordonsh,
 * which has the keeper start the real one outside. sshd gives it to no session: it makes their
 * environment from nothing.
 */
#include "enter.h"

#include "contract/wire.h"

#include <stdlib.h>

void enter_helper(void)
{
	const char *named = getenv("SSH_SK_HELPER");

	if (named == NULL || named[0] == '\0') /* an empty name is none, as sshd reads it */
		(void)setenv("SSH_SK_HELPER", WIRE_CORDONSH,
			     1); /* without it such a key does not sign */
}
