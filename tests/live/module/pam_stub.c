/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pam_stub.c - a module that returns what stack_oracle_test.c wants
 *
 * Under the name pam_cordon.so it also notes what it said, and like the real module confirms a
 * success.
 */
#include "pam_stub.h"

#include <stdio.h>
#include <stdlib.h>

#define HOOK __attribute__((visibility("default")))

static int look(void)
{
#ifdef OURS
	static const int codes[OUR_CODES] = { PAM_SUCCESS, PAM_PERM_DENIED, PAM_USER_UNKNOWN,
					      PAM_SESSION_ERR };
	const unsigned n = OUR_CODES;
#else
	static const int codes[STUB_CODES] = { PAM_SUCCESS,	     PAM_PERM_DENIED,
					       PAM_IGNORE,	     PAM_USER_UNKNOWN,
					       PAM_NEW_AUTHTOK_REQD, PAM_SESSION_ERR };
	const unsigned n = STUB_CODES;
#endif
	const char *where = getenv("ORACLE");
	struct oracle *o;
	void *p;
	int code;

	if (where == NULL || sscanf(where, "%p", &p) != 1)
		return PAM_ABORT;
	o = p;
#ifdef OURS
	if (o->said == CONFINED)
		return PAM_SUCCESS;
#endif
	if (o->calls == CALLS_MAX)
		return PAM_ABORT;
	o->of[o->calls] = (unsigned char)n;
	code = codes[o->choice[o->calls++]];
#ifdef OURS
	o->said = code == PAM_SUCCESS ? CONFINED : REFUSED;
#endif
	return code;
}

HOOK int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return look();
}

HOOK int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pam_sm_acct_mgmt(pamh, flags, argc, argv);
}
