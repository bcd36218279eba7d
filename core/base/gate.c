/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c - see gate.h */
#include "base/gate.h"

#include "base/cleanup.h"
#include "base/landlock_abi.h"
#include "base/standard.h"
#include "base/sys.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * The gate handles REFER as well as EXECUTE. The kernel refuses REFER (link and rename across
 * directories) under every ruleset without a rule that allows it, so the gate must allow it.
 */
#define GATE ((uint64_t)LL_FS_EXECUTE | LL_FS_REFER)

static int failed(struct err *e, int code, const char *what)
{
	errno = -code; /* for %m */
	return err_set(e, code, "%s: %m", what);
}

static int stat_fd(int fd, mode_t type, struct stat *ret)
{
	if (fstat(fd, ret) < 0)
		return -errno;
	return (ret->st_mode & S_IFMT) == type ? 0 : -EINVAL;
}

/*
 * If the ruleset of the keeper did not handle EXECUTE, the kernel would refuse the rule that allows it,
 * so an open gate cannot go unnoticed.
 */
int gate_begin(struct gate *g, struct err *e)
{
	struct stat shell;
	int r;

	/* a directory here would allow execution of everything beneath it */
	r = stat_fd(g->shell, S_IFREG, &shell);
	if (r == 0)
		r = stat_fd(g->root, S_IFDIR, &g->known);
	if (r < 0)
		return failed(e, r, "what the keeper sent is no shell and no root");
	r = sys_landlock_add_path(g->gate, g->shell, LL_FS_EXECUTE);
	if (r == 0)
		r = sys_landlock_add_path(g->gate, g->root, GATE);
	return r < 0 ? failed(e, r, "landlock_add_rule") : 0;
}

/*
 * Restricts the process to files beneath the two roots, and to the programs that a rule allows. Names
 * may still be moved. If the session gets the descriptors 0, 1 and 2 of the application, their files
 * may be opened again.
 */
static int gate_restrict(const struct gate *g, int view, int streams, uint32_t flags)
{
	int r = sys_landlock_add_path(g->gate, view, LL_FS_REFER);

	if (r == 0 && streams)
		r = standard_allow(g->roots, 1);
	if (r == 0 && streams)
		r = standard_allow(g->gate, 0);
	if (r == 0)
		r = sys_landlock_restrict_self(g->roots, flags);
	return r < 0 ? r : sys_landlock_restrict_self(g->gate, flags);
}

int gate_close(const struct gate *g, int streams, uint32_t flags, struct err *e)
{
	/* at 0, 1 or 2 it would open nothing: standard_allow() adds no rule for O_PATH */
	cleanup_close const int view = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (view < 0)
		return failed(e, -errno, "open of the view's root");
	r = stat_fd(view, S_IFDIR, &st);
	/* with the same root for both views, the gate would be open */
	if (r == 0 && st.st_dev == g->known.st_dev && st.st_ino == g->known.st_ino)
		r = -EXDEV;
	if (r == 0)
		r = gate_restrict(g, view, streams, flags);
	return r < 0 ? failed(e, r, "exec gate at the view's root") : 0;
}
