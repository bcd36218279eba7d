/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.c - CopyCredentials=: the files of credentials that PAM modules have made for a login
 *
 * pam_krb5(8) and sshd put the tickets of the user into a file in /tmp, and name the file in the
 * environment. The session has its own /tmp, so it gets a copy under the same name. A mount of the
 * file would not do: Kerberos replaces its files, and nothing can be renamed to or removed from a mount
 * point.
 *
 * At the end, the PAM application removes the file that it sees, and that is the copy. If the copy is
 * gone when the application has ended, the file of the host is removed as well.
 *
 * The user may have chosen the name (~/.pam_environment), and may have made what is there. So children
 * of the keeper do all of this with the rights of the user, and a file is taken from nowhere but the
 * directories that the session has its own of.
 */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "base/text.h"
#include "confine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum {
	SIZE_MAX_BYTES = 1 << 20,
	OUTLIVE_MS = 5000 /* how long an application may take from its last message to its end */
};

/* What a child has done for each credential. */
struct done {
	struct one {
		int err;
		uint64_t dev, ino;
	} of[CREDENTIALS_MAX];
};

struct task {
	const struct keeper *k;
	const struct keeper_login *l;
};

/* Is @path one that the kernel walks as it is written: no empty component, "." or ".."? */
static bool is_plain(const char *path)
{
	for (const char *at = path; *at == '/'; at += strcspn(at, "/")) {
		const size_t len = strcspn(++at, "/");

		if (len == 0 || (len <= 2 && strncmp(at, "..", len) == 0))
			return false;
	}
	return true;
}

/*
 * The path in NAME=value; Kerberos writes FILE: before it. NULL: the value names no file in a directory
 * that the session has its own of. Other files are in the session already, or hidden by the rule.
 */
static const char *path_in(const struct keeper_login *l, const char *text)
{
	static const char kind[] = "FILE:";
	char runtime[40];
	const char *path = strchr(text, '=') + 1;

	if (strncmp(path, kind, sizeof kind - 1) == 0)
		path += sizeof kind - 1;
	(void)text_number(runtime, sizeof runtime, "/run/user/#/", l->who.uid, 10); /* fits */
	if (!is_plain(path))
		return NULL;
	return strncmp(path, "/tmp/", 5) == 0 || strncmp(path, "/var/tmp/", 9) == 0 ||
			       strncmp(path, runtime, strlen(runtime)) == 0 ?
		       path :
		       NULL;
}

bool credentials_told(struct keeper_login *l, const struct wire_msg *m)
{
	const char *name = NULL;
	const size_t len = strcspn(m->text, "=");

	if (m->text[len] != '=' || l->n_credentials == CREDENTIALS_MAX)
		return false;
	while ((name = plan_next(l->part, l->part->set.copy_credentials, name)) != NULL)
		if (strlen(name) == len && strncmp(name, m->text, len) == 0)
			break;
	if (name == NULL)
		return false;
	if (path_in(l, m->text) != NULL)
		memcpy(l->credentials[l->n_credentials++].text, m->text, sizeof m->text);
	return true;
}

/* ---- children, which become the user ---- */

static int become_user(const struct plan *plan)
{
	size_t n;
	const gid_t *groups = plan_array(plan, plan->view_groups, sizeof *groups, &n);
	int r = sys_setgroups(n, groups);

	if (r == 0)
		r = sys_setresgid(plan->view_gid, plan->view_gid, plan->view_gid);
	if (r == 0)
		r = sys_setresuid(plan->view_uid, plan->view_uid, plan->view_uid);
	/* a change of ids may make a process traceable */
	return r < 0 ? r : sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Opens the directory of @path below @root; @ret_name is the rest of @path. */
static int parent_of(int root, const char *path, const char **ret_name)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	(void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path); /* fits */
	*ret_name = slash + 1;
	return path_walk(root, dir);
}

static int open_source(int dir, const char *name, uid_t uid, struct stat *ret)
{
	cleanup_close int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->st_mode) || ret->st_uid != uid)
		return -EPERM;
	return ret->st_size > SIZE_MAX_BYTES ? -EFBIG : take_fd(&fd);
}

/* A copy that is as new as the file stays: the session may have renewed it. */
static int open_target(int dir, const char *name, const struct stat *source)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;
	int fd = openat(dir, name, flags, 0600);

	if (fd < 0 && errno == EEXIST && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		const struct timespec *have = &st.st_mtim, *new = &source->st_mtim;

		if (have->tv_sec > new->tv_sec ||
		    (have->tv_sec == new->tv_sec && have->tv_nsec >= new->tv_nsec))
			return -EEXIST;
		if (unlinkat(dir, name, 0) < 0)
			return -errno;
		fd = openat(dir, name, flags, 0600);
	}
	return fd < 0 ? -errno : fd;
}

static int copy_one(int host, int session, const char *path, uid_t uid, struct one *ret)
{
	const char *name;
	cleanup_close const int from_dir = parent_of(host, path, &name);
	cleanup_close const int to_dir = parent_of(session, path, &name);
	cleanup_close int from = -1, to = -1;
	struct stat st;
	int r;

	if (from_dir < 0 || to_dir < 0)
		return from_dir < 0 ? from_dir : to_dir;
	from = open_source(from_dir, name, uid, &st);
	if (from < 0)
		return from;
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	to = open_target(to_dir, name, &st);
	if (to < 0)
		return to == -EEXIST ? 0 : to;
	r = path_copy(to, from, SIZE_MAX_BYTES);
	if (r < 0)
		(void)unlinkat(to_dir, name, 0); /* half of it is of no use */
	return r;
}

/* Opens the root directories of the host and of the session view, and enters that view. */
static int roots_open(const struct keeper *k, int *ret_host, int *ret_session)
{
	int r;

	*ret_host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_host < 0)
		return -errno;
	r = sys_setns(k->session.fd[FD_SESSION_NS], CLONE_NEWNS);
	if (r < 0)
		return r;
	*ret_session = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *ret_session < 0 ? -errno : 0;
}

static void copy_all(const void *arg, void *ret)
{
	const struct task *t = arg;
	struct done *done = ret;
	cleanup_close int host = -1, session = -1;
	int r = roots_open(t->k, &host, &session);

	if (r == 0)
		r = become_user(t->k->plan);
	if (r == 0)
		r = child_die_with_parent(); /* the change of ids has cleared it */
	for (unsigned i = 0; i < t->l->n_credentials; i++)
		done->of[i].err = r < 0 ? r :
					  copy_one(host, session,
						   path_in(t->l, t->l->credentials[i].text),
						   t->k->plan->view_uid, &done->of[i]);
}

void credentials_bring(const struct keeper *k, struct keeper_login *l)
{
	const struct task t = { k, l };
	struct done done = { 0 };
	int r;

	if (l->n_credentials == 0 || l->brought || !l->opened ||
	    k->session.stage != SESSION_COMPLETE)
		return;
	l->brought = true;
	r = bounded_call(copy_all, &t, &done, sizeof done);
	for (unsigned i = 0; i < l->n_credentials; i++) {
		struct credential *c = &l->credentials[i];
		const int err = r < 0 ? r : done.of[i].err;

		c->copied = err == 0;
		c->dev = done.of[i].dev;
		c->ino = done.of[i].ino;
		keeper_log(l, err < 0 ? LOG_NOTICE : LOG_DEBUG, "credentials",
			   log_text("object", path_in(l, c->text)),
			   log_word("errno", err < 0 ? err_name(-err) : NULL));
	}
}

/* ---- the end ---- */

/* The directories of a credential on the host and in the session. */
struct dirs {
	int host, session;
	const char *name;
};

static void dirs_open(const struct keeper_login *l, int host, int session,
		      struct dirs ret[CREDENTIALS_MAX])
{
	for (unsigned i = 0; i < l->n_credentials; i++) {
		const char *path = path_in(l, l->credentials[i].text);

		ret[i].host = parent_of(host, path, &ret[i].name);
		ret[i].session = parent_of(session, path, &ret[i].name);
	}
}

static void remove_one(const struct credential *c, const struct dirs *d)
{
	struct stat st;

	if (!c->copied || d->host < 0 || d->session < 0)
		return;
	if (fstatat(d->session, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return;
	/* with the rights of the user, in a directory of the user's or with the sticky bit */
	if (fstatat(d->host, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino)
		(void)unlinkat(d->host, d->name, 0); /* the file stays, as without cordon */
}

/* Closes everything but the directories and the pidfd of the application. */
static int close_all_but(int caller, const struct dirs *d, unsigned n)
{
	int keep[2 * CREDENTIALS_MAX + 1] = { caller };
	unsigned used = 1;

	for (unsigned i = 0; i < n; i++) {
		keep[used++] = d[i].host;
		keep[used++] = d[i].session;
	}
	for (unsigned i = 1; i < used; i++) /* child_close_but() wants them sorted */
		for (unsigned j = i; j > 0 && keep[j - 1] > keep[j]; j--) {
			const int fd = keep[j];

			keep[j] = keep[j - 1];
			keep[j - 1] = fd;
		}
	for (unsigned i = 0; used > 0 && keep[i] < 0;) { /* directories that are not there */
		used--;
		memmove(keep, keep + 1, used * sizeof *keep);
	}
	return child_close_but(keep, used);
}

/* The child, which the session does not wait for. */
_Noreturn static void outlive(const struct keeper *k, const struct keeper_login *l)
{
	struct dirs dirs[CREDENTIALS_MAX];
	struct pollfd caller = { .fd = l->caller, .events = POLLIN };
	int own = openat(k->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC), host = -1, session = -1;
	int r = own < 0 ? -errno : roots_open(k, &host, &session);

	if (r == 0) /* no process may hold the namespace of a session that has ended */
		r = sys_setns(own, CLONE_NEWNS);
	if (r == 0)
		r = become_user(k->plan);
	if (r < 0)
		_exit(1);
	dirs_open(l, host, session, dirs);
	if (close_all_but(l->caller, dirs, l->n_credentials) < 0)
		_exit(1);
	(void)poll(&caller, 1, OUTLIVE_MS);
	for (unsigned i = 0; i < l->n_credentials; i++)
		remove_one(&l->credentials[i], &dirs[i]);
	_exit(0);
}

void credentials_leave(const struct keeper *k, struct keeper_login *l)
{
	bool any = false;
	int fd = -1;
	pid_t pid;

	for (unsigned i = 0; i < l->n_credentials; i++)
		any = any || l->credentials[i].copied;
	l->n_credentials = any ? l->n_credentials : 0;
	if (!any || l->caller < 0 || k->session.fd[FD_SESSION_NS] < 0)
		return;
	/* the child starts another process and ends at once, because the keeper only waits for init */
	pid = sys_clone(0, &fd);
	if (pid == 0) {
		pid = sys_clone(0, &fd);
		if (pid == 0)
			outlive(k, l);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	close_fd(&fd);
	l->n_credentials = 0;
}
