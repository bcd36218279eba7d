/* SPDX-License-Identifier: Apache-2.0 */
/* manager.c - may an account have a user manager: the condition of user@UID.service asks */
#include "login/login.h"
#include "login/names_ask.h"

#include "base/cleanup.h"
#include "contract/exits.h"
#include "policy/account/lookup.h"
#include "policy/account/owners.h"
#include "policy/account/resolve.h"
#include "policy/account/stack.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKUP_SEC = 15 }; /* as for a login */

static void too_slow(const char *what)
{
	(void)fprintf(stderr, "cordon-login: the name service did not return %s in time\n", what);
	exit(EXIT_SYSTEM);
}

/* The instance of the unit is a uid; systemd(1) accepts a name as well. As lookup_user(). */
static int account(const char *text, struct login *ret)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;
	const char *end;
	uint64_t uid;
	const bool number = type_number(text, &end, &uid) == 0 && *end == '\0';
	int r;

	if (number && uid == 0) { /* without the name service, which may be what is broken */
		ret->uid = 0;
		return 1;
	}
	if (number && uid >= UINT32_MAX)
		return 0;
	r = lookup_user(number ? NULL : text, number ? (uid_t)uid : 0, &pw, &buf);
	if (r != 1)
		return r;
	if (strlen(pw.pw_name) >= sizeof ret->user)
		return -ENAMETOOLONG;
	ret->uid = pw.pw_uid;
	memcpy(ret->user, pw.pw_name, strlen(pw.pw_name) + 1);
	return 1;
}

int attempt_manager(struct attempt *a, const char *text)
{
	struct login login = { .service = FACTS_SERVICE_MANAGER };
	char why[800];
	int r;

	names_deadline(LOOKUP_SEC, too_slow);
	r = account(text, &login);
	if (r == 0)
		return EXIT_YES; /* no account, so no rule; systemd refuses the unit */
	if (r < 0)
		(void)err_set(&a->failure, r, "user '%.100s' cannot be looked up: %s", text,
			      strerror(-r));
	else if (attempt_prepare(a, &login) == VERDICT_UNCONFINED)
		return EXIT_YES;
	if (!stack_used(a->paths.root)) /* cordon is installed, and not in use */
		return EXIT_YES;
	/* a rule that confines or denies is no error, and the journal needs no line for each login */
	if (a->failure.code == 0 || a->failure.code == -EOPNOTSUPP)
		return EXIT_NO;
	(void)fprintf(stderr, "cordon-login: no user manager for '%.100s': %s\n", text,
		      err_text(&a->failure, why, sizeof why));
	return EXIT_SYSTEM;
}
