/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_caller.c - what an account without @sftp is shown before cordonsh runs: next to nothing
 *
 * sshd serves internal-sftp itself, in the PAM caller's view and without ever executing a shell, so
 * that neither AllowCommands= nor Command= is asked. It can't be told from the outside whether sshd
 * will: besides sshd_config the user's own authorized_keys may ask for it. What can be done is to
 * leave nothing there to be read or written (and pam_module/enter_sftp.c keeps OpenSSH's from
 * starting): the view of such a login has no home, no data and no place to write; of the system it
 * has what packages bring, read-only, because sshd and the PAM modules load and read it. The session
 * proper has its own view and isn't touched. ~/.ssh/rc and ~/.ssh/environment aren't found any more
 * either.
 */
#include "policy/compile/commands.h"
#include "policy/compile/fs_points.h"

#include "contract/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Public, of packages, and needed: libraries, name service, terminals. */
static const char *const shown[] = { "/usr",   "/etc",	 "/bin",    "/sbin", "/lib",
				     "/lib32", "/lib64", "/libx32", "/nix",  "/gnu",
				     "/dev",   "/proc",	 "/sys",    "/run" };

/* Of what is covered: where names are looked up and logins are written down. */
static const char *const kept[] = { "/var/lib/sss/pipes", "/var/lib/sss/mc", "/var/log/wtmp",
				    "/var/log/lastlog",	  "/var/lib/wtmpdb", "/var/lib/lastlog" };

/* Where nothing of the account's or the rule's is: below /run, what the rule puts there is. */
static bool stays(const struct point *pt)
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

/* What lies over @path from @first on, @path itself included or not. */
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
				      file ? "/dev/null" : NULL, VIEW_OUTER_ONLY | optional);

	pt->size_bytes = 65536;
	pt->mode = 0555; /* root's, and nobody else writes there */
}

static void cover_point(struct points *p, size_t i)
{
	struct stat st = { .st_mode = S_IFDIR };
	/* points_add() may move the array */
	char *path = strdup(p->at[i].target);

	if (path == NULL) {
		p->failed = true;
		return;
	}
	if (p->at[i].kind != VIEW_BIND || stat(p->at[i].source, &st) == 0 || errno != ENOENT)
		cover(p, path, p->at[i].flags & VIEW_OPTIONAL, !S_ISDIR(st.st_mode));
	free(path);
}

/* The topmost of the points that hold an account's or the host's data; /tmp but for @shell. */
static void cover_all(struct points *p, bool keep_tmp)
{
	const size_t n = p->n;

	for (size_t len = 1; len < PATH_MAX && !p->failed; len++) /* the shorter path first */
		for (size_t i = 0; i < n && !p->failed; i++) {
			const struct point *pt = &p->at[i];

			if (strlen(pt->target) == len && !(pt->flags & VIEW_OUTER_ONLY) &&
			    pt->kind != VIEW_SYMLINK && pt->kind != VIEW_EMPTY && !stays(pt) &&
			    !(keep_tmp && is_tmp(pt->target)) && !covered(p, n, pt->target, true))
				cover_point(p, i);
		}
}

static void read_only(struct points *p, const char *path)
{
	points_add(p, RANK_GIVEN, VIEW_SAME, path, NULL,
		   VIEW_OUTER_ONLY | VIEW_OPTIONAL | VIEW_READ_ONLY);
}

void fs_outer(struct emit *m)
{
	const struct settings *set = m->set;
	const struct facts *facts = m->facts;
	struct points *p = &m->p;
	const size_t first = p->n;

	const enum serve serve = commands_serve(set, facts->login.service);

	if (serve == SERVE_SFTP)
		return;
	read_only(p, "/usr");
	read_only(p, "/etc");
	/* for the socket of a forwarded agent */
	cover_all(p,
		  commands_names(set, "@shell") || (set->command.n > 0 && serve == SERVE_NOTHING));
	if (!set->private_run.v)
		cover(p, "/run/user", VIEW_OPTIONAL, false);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (covered(p, first, kept[i], false))
			points_add(p, RANK_GIVEN, VIEW_BIND, kept[i], kept[i],
				   VIEW_OUTER_ONLY | VIEW_OPTIONAL | VIEW_CREATE);
	if (covered(p, first, "/var/run", false))
		points_add(p, RANK_GIVEN, VIEW_SYMLINK, "/var/run", "/run", VIEW_OUTER_ONLY);
	/* to be changed to, and to be executed, by sshd */
	if (set->home.v != HOME_NONE && facts->home[0] == '/' &&
	    covered(p, first, facts->home, false))
		points_add(p, RANK_GIVEN, VIEW_DIR, facts->home, NULL, VIEW_OUTER_ONLY);
	if (covered(p, first, facts->shell, false))
		points_add(p, RANK_GIVEN, VIEW_DIR, facts->shell, NULL,
			   VIEW_OUTER_ONLY | VIEW_IS_FILE);
}
