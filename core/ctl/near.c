/* SPDX-License-Identifier: Apache-2.0 */
/* near.c - find the user or group that a misspelled name meant */
#include "ctl/ctl.h"

#include "base/cleanup.h"
#include "base/near.h"
#include "policy/account/lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The most similar name so far; @copy holds it. */
struct nearest {
	struct near near;
	char *copy;
};

static int nearest_name(void *arg, const char *name, uid_t id)
{
	struct nearest *n = arg;
	char *copy;

	(void)id;
	near_try(&n->near, name);
	if (n->near.best != name)
		return 0;
	copy = strdup(name);
	free(n->copy);
	n->copy = copy;
	n->near.best = copy;
	return 0;
}

char *ctl_near(bool user, const char *bad)
{
	struct nearest n = { .copy = NULL };

	near_start(&n.near, bad);
	(void)(user ? lookup_user_file(nearest_name, &n) : lookup_group_file(nearest_name, &n));
	return n.copy;
}

int ctl_no_such(bool user, const char *name, struct err *e)
{
	cleanup_free char *near = ctl_near(user, name);
	const char *const what = user ? "user" : "group";

	if (near != NULL)
		return err_set(e, -ENOENT, "there is no %s '%s'; did you mean '%s'?", what, name,
			       near);
	return err_set(e, -ENOENT, "there is no %s '%s'; 'getent %s' lists all", what, name,
		       user ? "passwd" : "group");
}
