/* SPDX-License-Identifier: Apache-2.0 */
/* facts.c - see facts.h */
#include "contract/facts.h"

#include <errno.h>
#include <string.h>

static int terminated(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

int facts_by_id(const void *a, const void *b)
{
	const gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

int login_check(const struct login *l)
{
	if (l->by > LOGIN_BY_LAST || !terminated(l->user, sizeof l->user) ||
	    !terminated(l->service, sizeof l->service) || !terminated(l->tty, sizeof l->tty) ||
	    !terminated(l->rhost, sizeof l->rhost) || l->user[0] == '\0')
		return -EPROTO;
	return 0;
}

int login_same(const struct login *a, const struct login *b)
{
	return a->uid == b->uid && a->by == b->by && strcmp(a->user, b->user) == 0 &&
	       strcmp(a->service, b->service) == 0 && strcmp(a->rhost, b->rhost) == 0 &&
	       strcmp(a->tty, b->tty) == 0;
}
