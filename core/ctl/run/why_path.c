/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why_path.c - from a path that was refused to the setting
 *
 * What the host itself would have said is asked first: a file that does not exist there, or that the user
 * may not open there either, is nobody's fault here.
 */
#include "ctl/run/why.h"

#include "contract/facts.h"
#include "contract/plan.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool beneath(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	return strcmp(dir, "/") == 0 ||
	       (strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

/* ---- the lists of paths ---- */

/**
 * struct told - the line that decides about a path
 */
struct told {
	const char *directive;
	const struct set_item *item;
	size_t len;
};

/* "source:target:options" of the binds, "path:options" of the tmpfs, or a path. */
static void list_look(const char *path, const char *directive, const struct set_list *l,
		      bool source_first, struct told *best)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *text = l->items[i].text, *colon = strchr(text, ':');
		char target[PATH_MAX];

		if (source_first && colon != NULL)
			text = colon + 1;
		(void)snprintf(target, sizeof target, "%.*s", (int)strcspn(text, ":"), text);
		if (!beneath(path, target) || strlen(target) < best->len)
			continue;
		*best = (struct told){ directive, &l->items[i], strlen(target) };
	}
}

static struct told lists_look(const struct settings *s, const char *path)
{
	struct told best = { .directive = NULL };

	list_look(path, "ReadWritePaths", &s->read_write_paths, false, &best);
	list_look(path, "ReadOnlyPaths", &s->read_only_paths, false, &best);
	list_look(path, "TemporaryFileSystem", &s->temporary_file_system, false, &best);
	list_look(path, "BindPaths", &s->bind_paths, true, &best);
	list_look(path, "BindReadOnlyPaths", &s->bind_read_only_paths, true, &best);
	list_look(path, "InaccessiblePaths", &s->inaccessible_paths, false, &best);
	return best;
}

static bool by_list(const struct why *w, const struct told *t, struct refusal *r)
{
	why_by(w, t->directive, &t->item->from, r);
	return true;
}

static bool by(const struct why *w, const char *directive, struct refusal *r)
{
	why_by(w, directive, NULL, r);
	return true;
}

/* ---- what the host says ---- */

/* May the user do this outside: R_OK, W_OK, X_OK? In a child, because it takes the user's ids. */
static bool outside_may(const struct why *w, const char *path, int mode)
{
	int status = 0;
	pid_t pid;

	if (!w->privileged)
		return access(path, mode) == 0;
	pid = fork();
	if (pid == 0) {
		const struct facts *f = w->facts;

		if (setgroups(f->n_groups, f->groups) < 0 || setresgid(f->gid, f->gid, f->gid) < 0 ||
		    setresuid(f->login.uid, f->login.uid, f->login.uid) < 0)
			_exit(1);
		_exit(access(path, mode) == 0 ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static bool outside_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The directory of @path; what a new file needs the right to write. */
static const char *parent_of(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(buf, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return buf;
}

static bool is_open(const struct why_call *c)
{
#ifdef SYS_open
	if (c->data.nr == SYS_open)
		return true;
#endif
	return c->data.nr == SYS_openat;
}

/* The rights that a call takes: of access(2) and open(2), its arguments tell. */
static int rights_of(const struct why_call *c, const struct call_row *row)
{
	const unsigned at = row->dir >= 0 ? 2 : 1;

	if (c->data.nr == SYS_execve || c->data.nr == SYS_execveat || c->data.nr == SYS_chdir)
		return X_OK;
	if (is_open(c)) {
		const int how = (int)c->data.args[at] & O_ACCMODE;

		return how == O_RDONLY ? R_OK : how == O_WRONLY ? W_OK : R_OK | W_OK;
	}
	if (strstr(row->name, "access") != NULL)
		return (int)c->data.args[at] & 7;
	return row->writes ? W_OK : F_OK;
}

/* ---- the answers ---- */

/* The directive that has made the place of @path read-only. */
static bool judge_read_only(const struct why *w, struct refusal *r)
{
	const struct settings *s = w->set;
	const struct told t = lists_look(s, r->object);
	char dir[WHY_OBJECT];
	struct statvfs fs;

	if (t.directive != NULL && strcmp(t.directive, "ReadWritePaths") != 0)
		return by_list(w, &t, r);
	if (beneath(r->object, "/sys/fs/cgroup") && s->protect_control_groups.v)
		return by(w, "ProtectControlGroups", r);
	if ((beneath(r->object, "/sys") || beneath(r->object, "/proc")) &&
	    s->protect_kernel_tunables.v)
		return by(w, "ProtectKernelTunables", r);
	if (beneath(r->object, w->facts->home) && s->home.v == HOME_READ_ONLY)
		return by(w, "Home", r);
	if ((statvfs(r->object, &fs) == 0 ||
	     statvfs(parent_of(r->object, dir, sizeof dir), &fs) == 0) &&
	    (fs.f_flag & ST_RDONLY) && s->protect_system.v == PROTECT_SYSTEM_NO) {
		(void)snprintf(r->text, sizeof r->text,
			       "not by cordon: it is read-only on the host as well");
		return true;
	}
	return by(w, "ProtectSystem", r);
}

/* The directive that keeps @path out of the session; false: no directive is known to. */
static bool judge_hidden(const struct why *w, struct refusal *r)
{
	const struct settings *s = w->set;
	const char *path = r->object;
	const struct {
		bool is;
		const char *dir, *directive;
	} own[] = {
		{ s->private_tmp.v != 0, "/tmp", "PrivateTmp" },
		{ s->private_tmp.v != 0, "/var/tmp", "PrivateTmp" },
		{ s->private_tmp.v != 0, "/dev/shm", "PrivateTmp" },
		{ !s->bind_log_sockets.v, "/dev/log", "BindLogSockets" },
		{ !s->bind_log_sockets.v, "/run/systemd/journal", "BindLogSockets" },
		{ s->private_devices.v != 0, "/dev", "PrivateDevices" },
		{ s->private_run.v != 0, "/run", "PrivateRun" },
		{ s->private_run.v != 0, "/var/run", "PrivateRun" },
		{ s->protect_control_groups.v != 0, "/sys/fs/cgroup", "ProtectControlGroups" },
		{ s->private_pids.v != 0, "/proc", "PrivatePIDs" },
		{ true, "/home", "Home" },
		{ true, "/root", "Home" },
		{ true, w->facts->home, "Home" },
	};
	const struct told t = lists_look(s, path);

	if (t.directive != NULL && strcmp(t.directive, "ReadWritePaths") != 0 &&
	    strcmp(t.directive, "ReadOnlyPaths") != 0)
		return by_list(w, &t, r);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (own[i].is && own[i].dir[0] == '/' && strcmp(own[i].dir, "/") != 0 &&
		    beneath(path, own[i].dir))
			return by(w, own[i].directive, r);
	if (s->root_directory.n > 0)
		return by(w, "RootDirectory", r);
	return false;
}

static bool in_no_exec(const struct settings *s, const char *path, struct told *ret)
{
	*ret = (struct told){ .directive = NULL };
	list_look(path, "NoExecPaths", &s->no_exec_paths, false, ret);
	list_look(path, "ExecPaths", &s->exec_paths, false, ret);
	return ret->directive != NULL && strcmp(ret->directive, "NoExecPaths") == 0;
}

static bool judge_no_space(const struct why *w, struct refusal *r)
{
	if (w->set->private_tmp.v && (beneath(r->object, "/tmp") || beneath(r->object, "/var/tmp") ||
				      beneath(r->object, "/dev/shm")))
		return by(w, "TmpSize", r);
	if (beneath(r->object, "/run/user"))
		return by(w, "TmpSize", r);
	if (beneath(r->object, w->facts->home) &&
	    (w->set->home.v == HOME_EPHEMERAL || w->set->home.v == HOME_EMPTY))
		return by(w, "HomeSize", r);
	return false;
}

static bool not_by_cordon(struct refusal *r, const char *why)
{
	(void)snprintf(r->text, sizeof r->text, "not by cordon: %s", why);
	return true;
}

static bool judge_denied(const struct why *w, const struct why_call *c, const struct call_row *row,
			 struct refusal *r)
{
	const int rights = rights_of(c, row);
	const struct told list = lists_look(w->set, r->object);
	char dir[WHY_OBJECT];
	struct told t;
	bool may;

	if (rights == X_OK && in_no_exec(w->set, r->object, &t))
		return by_list(w, &t, r);
	if (list.directive != NULL && strcmp(list.directive, "InaccessiblePaths") == 0)
		return by_list(w, &list, r);
	may = outside_exists(r->object) ?
		      outside_may(w, r->object, rights) :
		      outside_may(w, parent_of(r->object, dir, sizeof dir), W_OK | X_OK);
	if (!may)
		return not_by_cordon(r, "the mode of the file refuses it outside as well");
	if (c->err == EPERM && row->writes)
		return not_by_cordon(r, "only the owner may do this");
	if (judge_hidden(w, r))
		return true;
	if (w->facts->login.uid == 0)
		return by(w, "CapabilityBoundingSet", r);
	if (w->set->private_users.v == PRIVATE_USERS_SELF)
		return by(w, "PrivateUsers", r);
	(void)snprintf(r->text, sizeof r->text,
		       "by the session, but not known which setting; see cordon explain");
	r->cordon = true;
	return true;
}

bool why_judge_path(const struct why *w, const struct why_call *c, const struct call_row *row,
		    struct refusal *r)
{
	switch (c->err) {
	case EROFS:
		return judge_read_only(w, r);
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return outside_exists(r->object) && judge_hidden(w, r);
	case ENOSPC:
	case EDQUOT:
		return judge_no_space(w, r);
	case EACCES:
	case EPERM:
		return judge_denied(w, c, row, r);
	default:
		return false;
	}
}
