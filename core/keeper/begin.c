/* SPDX-License-Identifier: Apache-2.0 */
/* begin.c - begin the session of a plan, before the login opens it */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void home_id(int fd, struct home_id *ret)
{
	struct sys_statx st;

	if (fd >= 0 && sys_statx(fd, &st) == 0)
		*ret = (struct home_id){ .there = true,
					 .dev = (uint64_t)st.dev_major << 32 | st.dev_minor,
					 .ino = st.ino,
					 .mount = st.mnt_id };
}

struct home_path {
	int root;
	const char *path;
};

/* Walks like the view: an automounter mounts, and no symlink of a user is followed. */
static void home_walk(const void *arg, void *ret)
{
	const struct home_path *home = arg;

	home_id(path_walk(home->root, home->path), ret);
}

/* A child looks if the keeper would have to wait, because nobody could end a keeper that hangs. */
static void home_look(const char *path, struct home_id *ret)
{
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close const int fd = root < 0 || path[0] == '\0' ? -ENOENT :
								   bounded_open(root, path);
	const struct home_path home = { root, path };

	*ret = (struct home_id){ 0 };
	if (fd == -EAGAIN)
		(void)bounded_call(home_walk, &home, ret,
				   sizeof *ret); /* an unknown value stays zero */
	home_id(fd, ret);
}

static const char *home_of(const struct keeper *k)
{
	const char *home = plan_str(k->plan, k->plan->home);

	return home != NULL ? home : "";
}

static bool other(const struct home_id *a, const struct home_id *b)
{
	return a->there != b->there || a->dev != b->dev || a->ino != b->ino;
}

bool keeper_home_changed(const struct keeper *k)
{
	struct home_id now;

	home_look(home_of(k), &now);
	return other(&now, &k->home) || now.mount != k->home.mount;
}

bool keeper_home_other(const struct keeper *k)
{
	struct home_id now;

	home_look(home_of(k), &now);
	return other(&now, &k->home);
}

/* Opens the installed cordonsh, which replaces the shell in the caller view. */
static int open_shell(struct err *e)
{
	static const char path[] = CORDON_BINDIR "/cordonsh";
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_at(e, path, 0, -errno, "cannot be opened: %s; install cordon again",
			      strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_at(e, path, 0, -EPERM,
			      "users other than root can write to it; install cordon again");
	return take_fd(&fd);
}

/* Says what the error of a path means in a view, and what the administrator can do. */
static const char *view_hint(int err)
{
	switch (-err) {
	case ENOENT:
		return "path does not exist; create it, or write - before it";
	case ENOTDIR:
		return "a part of the path is not a directory";
	case ELOOP:
		return "a user other than root may have made this symbolic link; name its target instead";
	case EROFS:
		return "mount point does not exist; create it on the host";
	case EPERM:
		return "users other than root can change it; make root its owner and only writer, on a local file system";
	case EACCES:
		return "neither root nor the user may read it";
	case ESTALE:
		return "the file was replaced while the view was built";
	case EINVAL:
		return "a file cannot be mounted over a directory, nor a directory over a file";
	default:
		return "";
	}
}

/* In a container, root lacks some rights of the root of the machine. */
static const char *container_hint(const struct keeper *k, int err, enum step step)
{
	if (err != -EPERM && err != -EACCES)
		return NULL;
	if (!ns_user_initial(k->proc, "self/ns/user") && (step == STEP_CLONE || step == STEP_VIEW))
		return "this host is a container, which may not do that; allow it to nest containers (LXC: "
		       "security.nesting=true, Proxmox: features nesting=1)";
	return step == STEP_CLONE ?
		       "root has no CAP_SYS_ADMIN here, as in a container; grant that capability" :
		       NULL;
}

static const char *hint(const struct keeper *k, int err, const struct child_fail *f,
			const char *object)
{
	const char *of_container = container_hint(k, err, f->step);

	if (of_container != NULL)
		return of_container;
	if (err == -ETIMEDOUT)
		return "a file system does not answer; check the mounts that the session shows, its home first";
	if (f->step == STEP_JOIN_NETWORK && err == -ENOENT)
		return "network namespace does not exist; create it with 'ip netns add'";
	return f->step == STEP_VIEW && object[0] != '\0' ? view_hint(err) : "";
}

static int step_failed(struct keeper *k, int r, const struct child_fail *f)
{
	k->step = f->step;
	k->object = plan_object(k->plan, k->logins[0].part, f->object);
	return err_set(&k->failure, r, "%s", hint(k, r, f, k->object));
}

int keeper_begin(struct keeper *k)
{
	struct keeper_login *l = &k->logins[0];
	struct child_fail f = { 0 };
	cleanup_close int shell = -1;
	int r;

	session_end(&k->session);
	k->step = STEP_NONE;
	home_look(home_of(k), &k->home);
	/* With the host's own /run, the directory that the session's is mounted over has to be there. */
	if (!k->plan->set.private_run && mkdir("/run/cordon", 0755) < 0 && errno != EEXIST)
		return err_at(&k->failure, "/run/cordon", 0, -errno, "cannot be created: %s",
			      strerror(errno));
	terminal_reserve(k);
	shell = open_shell(&k->failure);
	if (shell < 0)
		return shell;
	k->failure = (struct err){ 0 };
	r = session_begin(k->plan, l->part, k->proc, shell, k->group.fd, k->terminal.number,
			  &k->session, &f);
	return r < 0 ? step_failed(k, r, &f) : network_begin(k);
}

int keeper_step(struct keeper *k)
{
	struct child_fail f;
	int r = session_step(k->plan, k->proc, &k->session, 0, &f);

	if (r < 0)
		return step_failed(k, r, &f);
	if (k->session.stage != SESSION_COMPLETE)
		return 0;
	r = devices_begin(k);
	if (r == 0)
		return 0;
	k->step = STEP_VIEW;
	k->object = "/dev";
	return err_set(&k->failure, r, "the devices of DeviceAllow= cannot be shown");
}

int keeper_release(struct keeper *k)
{
	struct child_fail f;
	const int r = session_release(&k->session, &login_opened(k)->limits, &f);

	return r < 0 ? step_failed(k, r, &f) : 0;
}
