/* SPDX-License-Identifier: Apache-2.0 */
/* join.c - into the session that the keeper has prepared */
#include "cordonsh.h"

#include "base/standard.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/self/drop.h"
#include "confine/self/scheduling.h"
#include "confine/session/session.h"
#include "contract/places.h"
#include "contract/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int connect_keeper(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = SESSION_SOCKET };
	const int fd = wire_fd_up(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	uid_t uid;
	pid_t pid;
	int r;

	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 ? -errno : 0;
	if (r == 0)
		r = wire_peer(fd, &uid, &pid);
	if (r == 0 && uid != 0)
		r = -EPERM; /* whoever made that socket, it was not the keeper */
	if (r == 0)
		return fd;
	(void)close(fd); /* nothing was said */
	return r;
}

static int ask_plan(int keeper, int fds[WIRE_FDS_MAX], struct ns_ids *ret_ns)
{
	struct wire_msg m;
	int r;

	wire_init(&m, WIRE_JOIN);
	r = wire_send(keeper, &m, NULL, 0);
	if (r == 0)
		r = wire_recv(keeper, &m, fds, WIRE_DEADLINE_MS);
	if (r < 0)
		return r;
	*ret_ns = m.ns;
	if (m.kind == WIRE_PLAN && m.verdict == VERDICT_CONFINE)
		return 0;
	wire_close(fds, wire_fds(m.kind));
	return -EPROTO;
}

static const struct plan *plan_had; /* NULL before it has come */

static void say(int keeper, enum wire_kind kind, const struct child_fail *f)
{
	struct wire_msg m;

	wire_init(&m, kind);
	if (f != NULL) {
		m.step = f->step;
		m.err = f->err;
		m.object = f->object;
		if (plan_had != NULL)
			limits_text(plan_had, f, m.text, sizeof m.text);
	}
	(void)wire_send(keeper, &m, NULL, 0); /* the keeper may be gone; init will be, too */
}

void join_fail(int keeper, const struct child_fail *f)
{
	say(keeper, WIRE_FAIL, f);
}

/*
 * The namespaces, with the capabilities that the file gives; from here on all is the plan's. The
 * view first: it is the host's, and from within the user namespace it can't be had any more.
 */
static int enter(const struct plan *plan, const int fds[WIRE_FDS_MAX], struct child_fail *f)
{
	int r = sys_setns(fds[WIRE_PLAN_MOUNT_NS], CLONE_NEWNS);

	if (r < 0)
		return fail_set(f, STEP_JOIN_MOUNT, r, 0);
	r = plan->uid_map.len != 0 ? sys_setns(fds[WIRE_PLAN_USER_NS], CLONE_NEWUSER) : 0;
	return r < 0 ? fail_set(f, STEP_JOIN_USER, r, 0) : 0;
}

/* Everything but the keeper's socket. */
static int close_others(int keeper)
{
	int r = keeper > 3 ? sys_close_range(3, (unsigned)keeper - 1) : 0;

	return r < 0 ? r : sys_close_range((unsigned)keeper + 1, ~0u);
}

/* WorkingDirectory=, or else where the login began, if that is there at all. */
static int go_to(const struct plan_login *login, const char *cwd, struct child_fail *f)
{
	const struct span wanted = login->set.working_directory;
	const char *dir = plan_next(login, wanted, NULL);

	if (dir != NULL && chdir(dir + (dir[0] == '-')) == 0)
		return 0;
	if (dir != NULL && dir[0] != '-')
		return fail_set(f, STEP_CWD, -errno, PLAN_OBJECT_LOGIN | wanted.off);
	return chdir(cwd) < 0 && chdir("/") < 0 ? fail_set(f, STEP_CWD, -errno, 0) : 0;
}

static int prove(const struct plan *plan, const struct plan_login *login, const struct ns_ids *ns,
		 struct child_fail *f)
{
	const int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (procfd < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, -errno, 0);
	r = privileges_prove(plan, login, f);
	if (r == 0)
		r = scheduling_prove(plan, procfd, f);
	if (r == 0)
		r = namespaces_prove(procfd, ns, f);
	(void)close(procfd); /* O_PATH: nothing to lose */
	return r;
}

static int steps(const struct plan *plan, const struct plan_login *login, int keeper,
		 const int fds[WIRE_FDS_MAX], const struct ns_ids *ns, const char *cwd,
		 struct child_fail *f)
{
	int r;

	plan_had = plan;
	if (login->uid != getuid() || login->uid != geteuid())
		return fail_set(f, STEP_PLAN, -EPERM, 0);
	r = limits_apply(plan, f);
	if (r == 0)
		r = enter(plan, fds, f);
	if (r == 0)
		r = privileges_drop(plan, login, f);
	if (r < 0)
		return r;
	r = go_to(login, cwd, f);
	if (r < 0)
		return r;
	r = surface_drop(plan, f);
	if (r < 0)
		return r;
	r = close_others(keeper);
	if (r == 0)
		r = standard_clean();
	if (r < 0)
		return fail_set(f, STEP_DESCRIPTORS, r, 0);
	r = prove(plan, login, ns, f);
	if (r == 0)
		r = limits_last(plan, f);
	if (r < 0)
		return r;
	say(keeper, WIRE_HOT, NULL);
	return 0;
}

int join_session(const struct plan **ret_plan, const struct plan_login **ret_login, int *ret_keeper,
		 struct child_fail *f)
{
	int fds[WIRE_FDS_MAX], r;
	struct ns_ids ns;
	char cwd[PATH_MAX];
	const int keeper = connect_keeper();

	if (keeper < 0)
		return fail_set(f, STEP_CONNECT, keeper, 0);
	r = ask_plan(keeper, fds, &ns);
	if (r == 0)
		r = plan_open(fds[WIRE_PLAN_PLAN], ret_plan, ret_login);
	if (r < 0) {
		fail_set(f, STEP_PLAN, r, 0);
	} else {
		if (getcwd(cwd, sizeof cwd) == NULL || cwd[0] != '/')
			memcpy(cwd, "/", 2); /* "(unreachable)": it is none of the session's */
		r = steps(*ret_plan, *ret_login, keeper, fds, &ns, cwd, f);
	}
	if (r < 0)
		join_fail(keeper, f);
	*ret_keeper = keeper;
	return r;
}
