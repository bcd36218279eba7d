/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pam_errno.c - before another module in a stack ("set") and after it: did that one touch errno?
 *
 * libpam itself changes it once the stack is done, so the application cannot tell.
 */
#include <errno.h>
#include <security/pam_modules.h>

#define HOOK __attribute__((visibility("default")))

static int look(int set)
{
	const int found = errno;

	if (set)
		errno = ERANGE;
	return set || found == ERANGE ? PAM_SUCCESS : PAM_ABORT;
}

HOOK int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argv;
	return look(argc > 0);
}

HOOK int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pam_sm_acct_mgmt(pamh, flags, argc, argv);
}

HOOK int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pam_sm_acct_mgmt(pamh, flags, argc, argv);
}
