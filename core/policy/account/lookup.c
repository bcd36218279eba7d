/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c - ask the name service, or account files below a root, within a time limit */
#include "policy/account/lookup.h"

#include "base/cleanup.h"
#include "base/libc.h"
#include "policy/account/netgroup.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { LOOKUP_MAX = 1 << 24 };

static const char *below; /* the root of the account files; NULL: ask the name service */

void lookup_below(const char *root)
{
	below = root;
}

/* ---- the deadline ---- */

static void (*over)(const char *what);
static const char *volatile asked; /* the current look-up, for the message */
static struct timespec until;

static void alarmed(int sig)
{
	(void)sig;
	over(asked);
}

void lookup_deadline(unsigned seconds, void (*fn)(const char *what))
{
	struct sigaction action = { .sa_handler = alarmed };

	(void)sigemptyset(&action.sa_mask);	      /* cannot fail */
	(void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail */
	until.tv_sec += seconds;
	over = fn;
	(void)sigaction(SIGALRM, &action, NULL); /* cannot fail */
}

/* Start the timer with the rest of the time, for one look-up. */
static void timer_start(const char *what)
{
	struct itimerval left = { .it_interval = { 0 } };
	struct timespec now;

	asked = what;
	if (over == NULL)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	left.it_value.tv_sec = until.tv_sec - now.tv_sec;
	left.it_value.tv_usec = (until.tv_nsec - now.tv_nsec) / 1000;
	if (left.it_value.tv_usec < 0) {
		left.it_value.tv_usec += 1000000;
		left.it_value.tv_sec--;
	}
	if (left.it_value.tv_sec < 0 || (left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0))
		over(what);
	(void)setitimer(ITIMER_REAL, &left, NULL); /* cannot fail with such values */
}

static void timer_stop(void)
{
	const struct itimerval off = { .it_interval = { 0 } };

	if (over != NULL)
		(void)setitimer(ITIMER_REAL, &off, NULL); /* cannot fail */
}

/* The account file @path below the root; NULL: it cannot be opened. */
static FILE *open_file(const char *path)
{
	char text[PATH_MAX];

	if (snprintf(text, sizeof text, "%s%s", below != NULL ? below : "", path) >= (int)sizeof text)
		return NULL;
	return fopen(text, "re");
}

/* Search the account file once. Return: as getpwnam_r(3). */
static int user_in_file(const char *name, uid_t uid, struct passwd *ret, char *buf, size_t size,
			struct passwd **found)
{
	cleanup_fclose FILE *f = open_file("/etc/passwd");
	int r;

	*found = NULL;
	if (f == NULL)
		return errno;
	do
		r = fgetpwent_r(f, ret, buf, size, found);
	while (r == 0 && (name != NULL ? strcmp(ret->pw_name, name) != 0 : ret->pw_uid != uid));
	if (r != 0)
		*found = NULL;
	return r == ENOENT ? 0 : r;
}

static int group_in_file(const char *name, gid_t gid, struct group *ret, char *buf, size_t size,
			 struct group **found)
{
	cleanup_fclose FILE *f = open_file("/etc/group");
	int r;

	*found = NULL;
	if (f == NULL)
		return errno;
	do
		r = fgetgrent_r(f, ret, buf, size, found);
	while (r == 0 && (name != NULL ? strcmp(ret->gr_name, name) != 0 : ret->gr_gid != gid));
	if (r != 0)
		*found = NULL;
	return r == ENOENT ? 0 : r;
}

/*
 * glibc returns 0 for an account that does not exist. Any errno, also ENOENT and ESRCH, means that a
 * service has failed, although getpwnam_r(3) says otherwise about other systems.
 */
int lookup_user(const char *name, uid_t uid, struct passwd *ret, char **buf)
{
	for (size_t size = 4096; size <= LOOKUP_MAX; size *= 4) {
		struct passwd *found = NULL;
		char *more = realloc(*buf, size);
		int r;

		if (more == NULL)
			return -ENOMEM;
		*buf = more;
		timer_start("the user");
		if (below != NULL)
			r = user_in_file(name, uid, ret, more, size, &found);
		else
			r = name != NULL ? getpwnam_r(name, ret, more, size, &found) :
					   getpwuid_r(uid, ret, more, size, &found);
		timer_stop();
		if (r != ERANGE)
			return found != NULL ? 1 : -r;
	}
	return -ERANGE;
}

int lookup_group(const char *name, gid_t gid, struct group *ret, char **buf)
{
	for (size_t size = 4096; size <= LOOKUP_MAX; size *= 4) {
		struct group *found = NULL;
		char *more = realloc(*buf, size);
		int r;

		if (more == NULL)
			return -ENOMEM;
		*buf = more;
		timer_start("a group");
		if (below != NULL)
			r = group_in_file(name, gid, ret, more, size, &found);
		else
			r = name != NULL ? getgrnam_r(name, ret, more, size, &found) :
					   getgrgid_r(gid, ret, more, size, &found);
		timer_stop();
		if (r != ERANGE)
			return found != NULL ? 1 : -r;
	}
	return -ERANGE;
}

static int groups_in_file(const char *user, gid_t gid, gid_t *ret, int *n)
{
	cleanup_fclose FILE *f = open_file("/etc/group");
	const int max = *n;
	const struct group *g;

	if (max < 1 || f == NULL)
		return f == NULL ? -errno : -E2BIG;
	ret[0] = gid;
	*n = 1;
	while ((g = fgetgrent(f)) != NULL) {
		bool member = false;

		for (char **m = g->gr_mem; *m != NULL; m++)
			member = member || strcmp(*m, user) == 0;
		if (!member || g->gr_gid == gid)
			continue;
		if (*n == max)
			return -E2BIG;
		ret[(*n)++] = g->gr_gid;
	}
	return 0;
}

int lookup_groups(const char *user, gid_t gid, gid_t *ret, int *n)
{
	int r;

	if (below != NULL)
		return groups_in_file(user, gid, ret, n);
	timer_start("the groups of the user");
	errno = 0;
	r = getgrouplist(user, gid, ret, n) >= 0 ? 0 : errno != 0 ? -errno : -E2BIG;
	timer_stop();
	return r;
}

int lookup_group_service(void)
{
	struct group g;
	cleanup_free char *buf = NULL;
	const int r = lookup_group("_cordon-asks", 0, &g, &buf);

	return r < 0 ? r : 0;
}

/*
 * Parse "name:password:id:..." of passwd(5) and group(5). fgetpwent(3) makes a system call for each
 * line, which would delay logins on a host with thousands of accounts.
 */
static bool entry(char *line, const char **ret_name, uint32_t *ret_id)
{
	const char *name = strsep(&line, ":"), *second = strsep(&line, ":"),
		   *id = strsep(&line, ":");
	const char *end = NULL;
	uint64_t v;

	/* strchr(3) also finds the NUL of an empty name */
	if (second == NULL || id == NULL || strchr("+-#", name[0]) != NULL ||
	    type_number(id, &end, &v) < 0 || *end != '\0' || v > UINT32_MAX)
		return false;
	*ret_name = name;
	*ret_id = (uint32_t)v;
	return true;
}

static int walk_file(const char *path, int (*each)(void *arg, const char *name, uint32_t id),
		     void *arg)
{
	cleanup_fclose FILE *f = open_file(path);
	cleanup_free char *line = NULL;
	const char *name;
	size_t size = 0;
	uint32_t id;
	int r = 0;

	if (f == NULL)
		return 0; /* a host may have its accounts elsewhere */
	while (r == 0 && getline(&line, &size, f) > 0)
		if (entry(line, &name, &id))
			r = each(arg, name, id);
	return r;
}

int lookup_user_file(int (*each)(void *arg, const char *name, uid_t uid), void *arg)
{
	return walk_file("/etc/passwd", each, arg);
}

int lookup_group_file(int (*each)(void *arg, const char *name, gid_t gid), void *arg)
{
	return walk_file("/etc/group", each, arg);
}

int lookup_netgroup(const char *netgroup, const char *user)
{
	int r;

	if (below != NULL)
		return -EOPNOTSUPP;
	/* only errno distinguishes a failed service from "no" */
	timer_start("a netgroup");
	errno = 0;
	r = innetgr(netgroup, NULL, user, NULL) != 0 ? 1 : -errno;
	if (r == -ENOENT && netgroup_sources_answer())
		r = innetgr(netgroup, NULL, user, NULL) != 0 ? 1 : 0;
	timer_stop();
	return r;
}
