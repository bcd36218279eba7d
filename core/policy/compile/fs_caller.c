/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_caller.c - the caller view of an account whose AllowCommands= has no @sftp: almost empty
 *
 * sshd serves internal-sftp itself, in the caller view and without executing a shell, so that
 * neither AllowCommands= nor Command= is asked. Nobody outside sshd can tell whether it will do so:
 * sshd_config is not the only place, the user's own authorized_keys may ask for it too. So nothing
 * is left there to read or write (and core/caller/enter_sftp.c prevents OpenSSH's server from
 * starting): the caller view of such a login has no home, no data and no writable place. It has the
 * system as packages install it, read-only, because sshd and the PAM modules load and read it. The
 * session view is not affected. sshd does not find ~/.ssh/rc and ~/.ssh/environment in this view.
 *
 * su and login never serve sftp, and have the same view all the same: the session does not depend on
 * the service, because logins by several services can come to it.
 */
#include "policy/compile/commands.h"
#include "policy/compile/compile.h"
#include "policy/compile/fs_int.h"

#include "contract/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What sshd and PAM modules require, and what is public: libraries, name service, terminals. */
static const char *const shown[] = { "/usr",   "/etc",	 "/bin",    "/sbin", "/lib",
				     "/lib32", "/lib64", "/libx32", "/nix",  "/gnu",
				     "/dev",   "/proc",	 "/sys",    "/run" };

/* These are shown again after they are covered: the name service and the records of logins. */
static const char *const kept[] = { "/var/lib/sss/pipes", "/var/lib/sss/mc", "/var/log/wtmp",
				    "/var/log/lastlog",	  "/var/lib/wtmpdb", "/var/lib/lastlog" };

/* Does @pt hold no data of the account and of the rule? Below /run, the rule may have put some. */
static bool holds_no_data(const struct point *pt)
{
	if (strcmp(pt->target, "/dev/shm") == 0)
		return false;
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		if (path_below(pt->target, shown[i]))
			return strcmp(shown[i], "/run") != 0 || pt->rank == RANK_BASE;
	return false;
}

static bool is_tmp(const char *path)
{
	return strcmp(path, "/tmp") == 0 || strcmp(path, "/dev/shm") == 0;
}

/* Does a tmpfs among the points from @first on cover @path? @itself: one at @path counts. */
static bool covered(const struct points *p, size_t first, const char *path, bool itself)
{
	for (size_t i = first; i < p->n; i++)
		if (p->at[i].kind == VIEW_TMPFS && path_below(path, p->at[i].target) &&
		    (itself || strcmp(path, p->at[i].target) != 0))
			return true;
	return false;
}

static void cover(struct points *p, const char *path, unsigned optional, bool file)
{
	struct point *pt = points_add(p, RANK_GIVEN, file ? VIEW_BIND : VIEW_TMPFS, path,
				      file ? "/dev/null" : NULL, VIEW_CALLER_ONLY | optional);

	pt->size_bytes = 65536;
	pt->mode = 0555; /* owned by root: nobody else writes there */
}

static void cover_point(struct points *p, size_t i)
{
	struct stat st = { .st_mode = S_IFDIR };
	/* a copy: points_add() may move the array */
	char *path = strdup(p->at[i].target);

	if (path == NULL) {
		p->failed = true;
		return;
	}
	if (p->at[i].kind != VIEW_BIND || stat(p->at[i].source, &st) == 0 || errno != ENOENT)
		cover(p, path, p->at[i].flags & VIEW_OPTIONAL, !S_ISDIR(st.st_mode));
	free(path);
}

/* Cover the topmost points that hold data of the account or the host; not /tmp if @keep_tmp. */
static void cover_all(struct points *p, bool keep_tmp)
{
	const size_t n = p->n;

	for (size_t len = 1; len < PATH_MAX && !p->failed; len++) /* shorter paths first */
		for (size_t i = 0; i < n && !p->failed; i++) {
			const struct point *pt = &p->at[i];

			if (strlen(pt->target) == len && !(pt->flags & VIEW_CALLER_ONLY) &&
			    pt->kind != VIEW_SYMLINK && pt->kind != VIEW_EMPTY &&
			    !holds_no_data(pt) && !(keep_tmp && is_tmp(pt->target)) &&
			    !covered(p, n, pt->target, true))
				cover_point(p, i);
		}
}

static void add_read_only(struct points *p, const char *path)
{
	points_add(p, RANK_GIVEN, VIEW_SAME, path, NULL,
		   VIEW_CALLER_ONLY | VIEW_OPTIONAL | VIEW_READ_ONLY);
}

void fs_caller(struct emit *m)
{
	const struct settings *set = m->set;
	const struct facts *facts = m->facts;
	struct points *p = &m->p;
	const size_t first = p->n;
	const enum serve serve = commands_serve(set);
	/* a session with a shell may use the sockets of forwarded agents, in /tmp and XDG_RUNTIME_DIR */
	const bool agent = commands_names(set, "@shell") ||
			   (set->command.n > 0 && serve == SERVE_NOTHING);

	if (serve == SERVE_SFTP)
		return;
	add_read_only(p, "/usr");
	add_read_only(p, "/etc");
	cover_all(p, agent);
	if (!agent)
		cover(p, FS_RUNTIME, VIEW_OPTIONAL, false);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (covered(p, first, kept[i], false))
			points_add(p, RANK_GIVEN, VIEW_BIND, kept[i], kept[i],
				   VIEW_CALLER_ONLY | VIEW_OPTIONAL | VIEW_CREATE);
	if (covered(p, first, "/var/run", false))
		points_add(p, RANK_GIVEN, VIEW_SYMLINK, "/var/run", "/run", VIEW_CALLER_ONLY);
	/* sshd changes to the home and executes the shell */
	if (set->home.v != HOME_NONE && facts->home[0] == '/' &&
	    covered(p, first, facts->home, false))
		points_add(p, RANK_GIVEN, VIEW_DIR, facts->home, NULL, VIEW_CALLER_ONLY);
	if (covered(p, first, facts->shell, false))
		points_add(p, RANK_GIVEN, VIEW_DIR, facts->shell, NULL,
			   VIEW_CALLER_ONLY | VIEW_IS_FILE);
}
