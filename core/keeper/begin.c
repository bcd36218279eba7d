/* SPDX-License-Identifier: Apache-2.0 */
/* begin.c - from a plan to namespaces that wait for the login */
#include "keeper/keeper.h"

#include "base/bounded.h"
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

/* As the view is built: an automounter is asked, and no symlink of a user's is followed. */
static void home_walk(const void *arg, void *ret)
{
	const struct home_path *home = arg;

	home_id(path_walk(home->root, home->path), ret);
}

/* Not by the keeper itself where it would have to wait: nobody could end it then. */
static void home_look(const char *path, struct home_id *ret)
{
	const struct home_path home = { open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), path };
	const int fd = home.root < 0 || path[0] == '\0' ? -ENOENT : bounded_open(home.root, path);

	*ret = (struct home_id){ 0 };
	if (fd == -EAGAIN)
		(void)bounded_call(home_walk, &home, ret,
				   sizeof *ret); /* what can't be told isn't there */
	home_id(fd, ret);
	if (fd >= 0)
		(void)close(fd); /* O_PATH: nothing to lose */
	if (home.root >= 0)
		(void)close(home.root); /* O_PATH: nothing to lose */
}

static const char *home_of(const struct keeper *k)
{
	const char *home = plan_str(k->plan, k->plan->home);

	return home != NULL ? home : "";
}

bool keeper_home_changed(const struct keeper *k)
{
	struct home_id now;

	home_look(home_of(k), &now);
	return now.there != k->home.there || now.dev != k->home.dev || now.ino != k->home.ino ||
	       now.mount != k->home.mount;
}

/* cordonsh, as it is installed: what V will show in the shell's place. */
static int open_shell(struct err *e)
{
	static const char path[] = CORDON_BINDIR "/cordonsh";
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_at(e, path, 0, -errno, "can't be opened: %s; install cordon again",
			      strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	(void)close(fd); /* read-only */
	return err_at(e, path, 0, -EPERM,
		      "can be written by others than root; install cordon again");
}

/* What an error of a path means there, for whoever has to put it right. */
static const char *view_hint(int err)
{
	switch (-err) {
	case ENOENT:
		return ": there is no such path; create it, or write - before it";
	case ENOTDIR:
		return ": a part of the path is no directory";
	case ELOOP:
		return ": a symbolic link that others than root could have made; name what is meant";
	case EROFS:
		return ": a place for the mount is missing; make it on the host";
	case EPERM:
		return ": others than root could have changed it; chown and chmod it, on a local file system";
	case EACCES:
		return ": root may not read it, nor may the user";
	case ESTALE:
		return ": another file was put there meanwhile";
	case EINVAL:
		return ": a file and a directory can't be put over each other";
	default:
		return "";
	}
}

/* What root of the whole machine may and root here may not, and why. */
static const char *container_hint(const struct keeper *k, int err, enum step step)
{
	if (err != -EPERM && err != -EACCES)
		return NULL;
	if (!ns_user_initial(k->proc, "self/ns/user") && (step == STEP_CLONE || step == STEP_VIEW))
		return ": this host is a container that may not do that; let it nest containers (LXC: "
		       "security.nesting=true, Proxmox: features nesting=1)";
	return step == STEP_CLONE ?
		       ": root has no CAP_SYS_ADMIN here, as in a container; give it that" :
		       NULL;
}

static const char *hint(const struct keeper *k, int err, const struct child_fail *f,
			const char *object)
{
	const char *of_container = container_hint(k, err, f->step);

	if (of_container != NULL)
		return of_container;
	if (err == -ETIMEDOUT)
		return ": a file system doesn't answer; see the mounts that the session shows, its home first";
	if (f->step == STEP_JOIN_NETWORK && err == -ENOENT)
		return ": there is no such network namespace; create it with 'ip netns add'";
	return f->step == STEP_VIEW && object[0] != '\0' ? view_hint(err) : "";
}

static int step_failed(struct keeper *k, int r, const struct child_fail *f)
{
	const char *object = plan_object(k->plan, k->part, f->object);

	return err_set(&k->failure, r, "step=%s%s%s errno=%s%s", step_name(f->step),
		       object[0] != '\0' ? " object=" : "", object, err_name(-r),
		       hint(k, r, f, object));
}

int keeper_begin(struct keeper *k)
{
	struct child_fail f = { 0 };
	int shell, r;

	session_end(&k->session);
	home_look(home_of(k), &k->home);
	/* With the host's own /run the session's directory has to be there; it stays empty. */
	if (!k->plan->set.private_run && mkdir("/run/cordon", 0755) < 0 && errno != EEXIST)
		return err_at(&k->failure, "/run/cordon", 0, -errno, "can't be made: %s",
			      strerror(errno));
	terminal_reserve(k);
	shell = open_shell(&k->failure);
	if (shell < 0)
		return shell;
	k->failure = (struct err){ 0 };
	r = session_begin(k->plan, k->part, k->proc, shell, k->terminal.number, &k->session, &f);
	(void)close(shell); /* read-only */
	return r < 0 ? step_failed(k, r, &f) : 0;
}

int keeper_step(struct keeper *k)
{
	struct child_fail f;
	const int r = session_step(k->plan, k->proc, &k->session, 0, &f);

	return r < 0 ? step_failed(k, r, &f) : 0;
}

int keeper_release(struct keeper *k)
{
	struct child_fail f;
	const int r = session_release(&k->session, &k->limits, &f);

	return r < 0 ? step_failed(k, r, &f) : 0;
}
