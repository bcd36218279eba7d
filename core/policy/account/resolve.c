/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c - fill the facts about a login with what the account database says about its user */
#include "policy/account/resolve.h"

#include "base/cleanup.h"
#include "policy/account/lookup.h"
#include "policy/account/owners.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>

static int copy_text(char *to, size_t size, const char *from, const char *what, struct err *e)
{
	if (strlen(from) >= size)
		return err_set(e, -ENAMETOOLONG, "%s is longer than %zu bytes; shorten it", what,
			       size - 1);
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

static int no_user(const char *name, uid_t uid, int r, struct err *e)
{
	return err_set(e, r < 0 ? r : -ENOENT, "cannot look up user '%s' (uid %u): %s", name, uid,
		       r < 0 ? lookup_text(r) : "no such account");
}

static int name_add(struct facts *f, const char *name)
{
	for (uint32_t i = 0; i < f->n_names; i++)
		if (strcmp(f->names[i], name) == 0)
			return 0;
	if (f->n_names == FACTS_NAMES_MAX || strlen(name) >= FACTS_NAME_MAX)
		return -E2BIG;
	memcpy(f->names[f->n_names++], name, strlen(name) + 1);
	return 0;
}

static int alias_add(void *arg, const char *name, uid_t uid)
{
	struct facts *f = arg;

	if (uid != 0 && uid == owners_id(f->login.uid)) /* checked here to save a second walk */
		(void)snprintf(f->owner, sizeof f->owner, "%s", name); /* cut: for a message */
	return uid == f->login.uid ? name_add(f, name) : 0;
}

static int names_of(struct facts *f, char **buf, struct err *e)
{
	struct passwd pw;
	int r = lookup_user(NULL, f->login.uid, &pw, buf);

	if (r != 1)
		return no_user("", f->login.uid, r, e);
	r = name_add(f, pw.pw_name);
	if (r == 0)
		r = lookup_user_file(alias_add, f);
	if (r < 0)
		return err_set(
			e, r,
			"uid %u has more than %d names, or a name that is too long; remove some",
			f->login.uid, FACTS_NAMES_MAX);
	return 0;
}

static int groups_of(struct facts *f, struct err *e)
{
	int n = FACTS_GROUPS_MAX;
	const int r = lookup_groups(f->login.user, f->gid, f->groups, &n);

	if (r < 0)
		return err_set(e, r, "cannot look up the groups of '%s': %s", f->login.user,
			       lookup_text(r));
	f->n_groups = (uint32_t)n;
	qsort(f->groups, (size_t)n, sizeof f->groups[0], facts_by_id);
	return 0;
}

static int group_name(struct facts *f, struct err *e)
{
	struct group g;
	cleanup_free char *buf = NULL;
	const int r = lookup_group(NULL, f->gid, &g, &buf);

	if (r == 1)
		return copy_text(f->group, sizeof f->group, g.gr_name, "group name", e);
	if (r < 0)
		return err_set(e, r, "cannot look up group %u: %s", f->gid, lookup_text(r));
	(void)snprintf(f->group, sizeof f->group, "%u", f->gid); /* fits */
	return 0;
}

static int session_id(struct facts *f, struct err *e)
{
	unsigned char id[8];

	if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
		return err_set(e, -EIO, "cannot get random numbers: %s", strerror(errno));
	for (unsigned i = 0; i < sizeof id; i++)
		(void)snprintf(f->session + 2 * i, 3, "%02x", id[i]); /* fits */
	return 0;
}

/* Normalize a path: "/home/bob/", "/home//bob" and "/home/./bob" are the same home. */
static void tidy(char *path)
{
	char *to = path;

	if (path[0] != '/')
		return;
	for (const char *at = path; *at != '\0';) {
		const size_t len = strcspn(at + 1, "/");

		if (len > 0 && !(len == 1 && at[1] == '.')) {
			memmove(to, at, len + 1);
			to += len + 1;
		}
		at += len + 1;
	}
	if (to == path)
		to++; /* "/" stays */
	*to = '\0';
}

/* Fill in what passwd(5) says about the name that logs in. */
static int account_of(struct facts *f, char **buf, struct err *e)
{
	struct passwd pw;
	int r = lookup_user(f->login.user, 0, &pw, buf);

	if (r != 1)
		return no_user(f->login.user, f->login.uid, r, e);
	if (pw.pw_uid != f->login.uid)
		return err_set(
			e, -EINVAL,
			"user '%s' has uid %u, but had uid %u when the login began; log in again",
			f->login.user, pw.pw_uid, f->login.uid);
	f->gid = pw.pw_gid;
	(void)name_add(f, f->login.user); /* there is always room for the first two */
	(void)name_add(f, pw.pw_name);
	r = copy_text(f->home, sizeof f->home, pw.pw_dir, "path of the home", e);
	tidy(f->home);
	return r < 0 ? r :
		       copy_text(f->shell, sizeof f->shell,
				 pw.pw_shell[0] != '\0' ? pw.pw_shell : "/bin/sh",
				 "path of the shell", e);
}

int facts_begin(const struct login *login, struct facts *ret, struct err *e)
{
	struct utsname host;
	cleanup_free char *buf = NULL;
	int r;

	memset(ret, 0, offsetof(struct facts, groups)); /* n_groups says how many are valid */
	ret->login = *login;
	ret->now = time(NULL);
	ret->asks = FACTS_GROUP | FACTS_GROUPS;
	r = account_of(ret, &buf, e);
	if (r < 0)
		return r;
	r = names_of(ret, &buf, e);
	if (r < 0)
		return r;
	if (uname(&host) < 0)
		return err_set(e, -errno, "cannot get the host name: %s", strerror(errno));
	r = copy_text(ret->host, sizeof ret->host, host.nodename, "host name", e);
	return r < 0 ? r : session_id(ret, e);
}

int facts_know(struct facts *f, uint32_t what, struct err *e)
{
	int r;

	if (f->asks & what & FACTS_GROUP) {
		r = group_name(f, e);
		if (r < 0)
			return r;
	}
	if (f->asks & what & FACTS_GROUPS) {
		r = groups_of(f, e);
		if (r < 0)
			return r;
	}
	f->asks &= ~what;
	return 0;
}

int facts_account(const struct login *login, struct facts *ret, struct err *e)
{
	int r = facts_begin(login, ret, e);

	if (r == 0)
		r = facts_know(ret, FACTS_GROUP, e);
	ret->asks = 0;
	return r;
}

int facts_resolve(const struct login *login, struct facts *ret, struct err *e)
{
	const int r = facts_begin(login, ret, e);

	return r < 0 ? r : facts_know(ret, FACTS_GROUP | FACTS_GROUPS, e);
}
