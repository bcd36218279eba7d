/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c - ask the account files where they can answer, else the name service */
#include "policy/account/lookup.h"

#include "policy/account/names.h"
#include "policy/account/nsswitch.h"
#include "policy/account/passwd_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *below; /* the root of the account files; NULL: ask the name service */

void lookup_below(const char *root)
{
	below = root;
}

/*
 * Is the answer @r of the file of @database what the name service would say? A file that cannot be read
 * is no answer: the name service goes on to the next source.
 */
static bool settled(const char *database, int r)
{
	const enum nsswitch_files files = nsswitch_files(database);

	return (r == 1 && files != NSSWITCH_ASK) || (r == 0 && files == NSSWITCH_ALL);
}

/* Without a name service, nobody knows what an odd line of a file means. */
static int only(int r)
{
	return r == -EAGAIN ? -EBADMSG : r;
}

int lookup_user(const char *name, uid_t uid, struct passwd *ret, char **buf)
{
	int r;

	if (below != NULL)
		return only(passwd_file_user(below, name, uid, ret, buf));
	r = nsswitch_files("passwd") == NSSWITCH_ASK ? -EAGAIN :
						       passwd_file_user("", name, uid, ret, buf);
	return settled("passwd", r) ? r : names_user(name, uid, ret, buf);
}

int lookup_group(const char *name, gid_t gid, struct group *ret, char **buf)
{
	int r;

	if (below != NULL)
		return only(passwd_file_group(below, name, gid, ret, buf));
	r = nsswitch_files("group") == NSSWITCH_ASK ? -EAGAIN :
						      passwd_file_group("", name, gid, ret, buf);
	return settled("group", r) ? r : names_group(name, gid, ret, buf);
}

/* Every source adds groups, so the file must be the only one. */
int lookup_groups(const char *user, gid_t gid, gid_t *ret, int *n)
{
	int r = -EAGAIN, room = *n;

	if (below != NULL)
		return only(passwd_file_groups(below, user, gid, ret, n));
	if (nsswitch_files("group") == NSSWITCH_ALL && !nsswitch_has("initgroups"))
		r = passwd_file_groups("", user, gid, ret, &room);
	if (r == -EAGAIN)
		return names_groups(user, gid, ret, n);
	*n = room;
	return r;
}

int lookup_group_service(void)
{
	struct group g;
	char *buf = NULL;
	const int r = lookup_group("_cordon-asks", 0, &g, &buf);

	free(buf);
	return r < 0 ? r : 0;
}

int lookup_user_file(int (*each)(void *arg, const char *name, uid_t uid), void *arg)
{
	return passwd_file_walk(below != NULL ? below : "", "/etc/passwd", each, arg);
}

int lookup_group_file(int (*each)(void *arg, const char *name, gid_t gid), void *arg)
{
	return passwd_file_walk(below != NULL ? below : "", "/etc/group", each, arg);
}

int lookup_netgroup(const char *netgroup, const char *user)
{
	return below != NULL ? -EOPNOTSUPP : names_netgroup(netgroup, user);
}

const char *lookup_text(int r)
{
	if (r == -EBADMSG)
		return "a line of /etc/passwd or /etc/group is not as passwd(5) or group(5) says; correct the line (pwck(8), grpck(8))";
	if (r == -EMFILE)
		return "the limits of the login are too low for a name service; raise them (ulimit -n, -v and -d)";
	return r == -ENOPKG ? "cordon-names cannot be started; install cordon again" : strerror(-r);
}
