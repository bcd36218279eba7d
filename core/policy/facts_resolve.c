/* facts_resolve.c - the account database's half of the facts */
#include "decide.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>

enum { LOOKUP_MAX = 1 << 20 };

/* By name, or by uid where @name is NULL; the strings lie in *buf, which is the caller's to free. */
static int passwd_by(const char *name, uid_t uid, struct passwd *ret, char **buf, struct err *e)
{
	for (size_t size = 4096; size <= LOOKUP_MAX; size *= 4) {
		struct passwd *found = NULL;
		char *more = realloc(*buf, size);
		int r;

		if (more == NULL)
			return err_set(e, -ENOMEM, "out of memory");
		*buf = more;
		r = name != NULL ? getpwnam_r(name, ret, *buf, size, &found) :
				   getpwuid_r(uid, ret, *buf, size, &found);
		if (r == ERANGE)
			continue;
		if (found != NULL)
			return 0;
		return err_set(e, r != 0 ? -r : -ENOENT, "user '%s' (uid %u) can't be looked up: %s",
			       name != NULL ? name : "", uid,
			       r != 0 ? strerror(r) : "there is no such account");
	}
	return err_set(e, -ERANGE, "the account's entry in passwd(5) is too long");
}

static int put(char *to, size_t size, const char *from, struct err *e)
{
	if (strlen(from) >= size)
		return err_set(e, -ENAMETOOLONG, "a name of the account is too long");
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

static int groups_of(struct facts *f, struct err *e)
{
	int n = FACTS_GROUPS_MAX;

	errno = 0;
	if (getgrouplist(f->login.user, f->gid, f->groups, &n) < 0)
		return err_set(e, errno != 0 ? -errno : -E2BIG, "the groups of '%s' can't be looked up",
			       f->login.user);
	f->n_groups = (uint32_t)n;
	return 0;
}

static int group_name(struct facts *f, struct err *e)
{
	char buf[65536];
	struct group g, *found = NULL;
	const int r = getgrgid_r(f->gid, &g, buf, sizeof buf, &found);

	if (found != NULL)
		return put(f->group, sizeof f->group, g.gr_name, e);
	if (r != 0 && r != ENOENT && r != ESRCH && r != ERANGE)
		return err_set(e, -r, "group %u can't be looked up: %s", f->gid, strerror(r));
	(void)snprintf(f->group, sizeof f->group, "%u", f->gid); /* fits */
	return 0;
}

static int session_id(struct facts *f, struct err *e)
{
	unsigned char id[8];

	if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
		return err_set(e, -EIO, "no random numbers: %s", strerror(errno));
	for (unsigned i = 0; i < sizeof id; i++)
		(void)snprintf(f->session + 2 * i, 3, "%02x", id[i]); /* fits */
	return 0;
}

int facts_resolve(const struct login *login, struct facts *ret, struct err *e)
{
	struct passwd pw;
	struct utsname host;
	char *buf = NULL;
	int r;

	memset(ret, 0, sizeof *ret);
	ret->login = *login;
	ret->now = time(NULL);
	r = passwd_by(login->user, login->uid, &pw, &buf, e);
	if (r == 0 && pw.pw_uid != login->uid)
		r = err_set(e, -EINVAL, "user '%s' is uid %u now and was %u when the login began",
			    login->user, pw.pw_uid, login->uid);
	if (r == 0) {
		ret->gid = pw.pw_gid;
		r = put(ret->home, sizeof ret->home, pw.pw_dir, e);
	}
	if (r == 0)
		r = put(ret->shell, sizeof ret->shell, pw.pw_shell[0] != '\0' ? pw.pw_shell : "/bin/sh", e);
	if (r == 0)
		r = passwd_by(NULL, login->uid, &pw, &buf, e);
	if (r == 0)
		r = put(ret->uid_name, sizeof ret->uid_name, pw.pw_name, e);
	if (r == 0)
		r = groups_of(ret, e);
	if (r == 0)
		r = group_name(ret, e);
	if (r == 0 && uname(&host) < 0)
		r = err_set(e, -errno, "no host name: %s", strerror(errno));
	if (r == 0)
		r = put(ret->host, sizeof ret->host, host.nodename, e);
	if (r == 0)
		r = session_id(ret, e);
	free(buf);
	return r;
}
