/* SPDX-License-Identifier: Apache-2.0 */
/* join.c - enter the session that the keeper has prepared */
#include "cordonsh.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/enter.h"
#include "confine/self/drop.h"
#include "confine/self/scheduling.h"
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
	cleanup_close int fd = wire_fd_up(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	uid_t uid;
	pid_t pid;
	int r;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&addr, sizeof addr) < 0)
		return -errno;
	r = wire_peer(fd, &uid, &pid);
	if (r < 0)
		return r;
	return uid == 0 ? take_fd(&fd) :
			  -EPERM; /* the keeper is root, so the peer is not the keeper */
}

/**
 * struct join - what cordonsh needs beside struct confine
 * @fds: the descriptors of WIRE_PLAN
 * @argv: the words of the login shell
 * @cwd: the directory where the login began, if it has a name
 * @notice: a line for the user; "": none
 */
struct join {
	int fds[WIRE_FDS_MAX];
	char **argv;
	char cwd[PATH_MAX];
	char notice[WIRE_TEXT_MAX];
};

static int keeper_connect(struct confine *c)
{
	c->sync = connect_keeper();
	return c->sync < 0 ? c->sync : 0;
}

static int plan_ask(struct confine *c)
{
	struct wire_msg m;
	int r;

	wire_init(&m, WIRE_JOIN);
	r = wire_send(c->sync, &m, NULL, 0);
	if (r == 0)
		r = wire_recv(c->sync, &m, c->join->fds, WIRE_DEADLINE_MS);
	if (r < 0)
		return r;
	if (m.kind == WIRE_RELAY)
		relay_run(c->sync, c->join->argv, c->join->cwd);
	c->ns = m.ns;
	memcpy(c->join->notice, m.text, sizeof c->join->notice);
	c->user_ns = c->join->fds[WIRE_PLAN_USER_NS];
	if (m.kind == WIRE_PLAN && m.verdict == VERDICT_CONFINE)
		return plan_open(c->join->fds[WIRE_PLAN_PLAN], &c->plan, &c->login);
	wire_close(c->join->fds, wire_fds(m.kind));
	return -EPROTO;
}

/* WorkingDirectory=, else the directory where the login began if it exists. */
static void places_to_be(struct confine *c)
{
	const struct span wanted = c->login->set.working_directory;
	const char *dir = plan_next(c->login, wanted, NULL);
	unsigned n = 0;

	if (dir != NULL) {
		c->cwd[n++] = dir + (dir[0] == '-');
		c->cwd_object = PLAN_OBJECT_LOGIN | wanted.off;
		if (dir[0] != '-')
			return;
	}
	c->cwd[n++] = c->join->cwd;
	c->cwd[n++] = "/";
}

static int plan_take(struct confine *c)
{
	char *cwd = c->join->cwd;
	int r;

	if (getcwd(cwd, PATH_MAX) == NULL || cwd[0] != '/')
		memcpy(cwd, "/", 2); /* "(unreachable)": the directory is not in the session */
	r = plan_ask(c);
	if (r < 0)
		return r;
	if (c->login->uid != getuid() || c->login->uid != geteuid())
		return -EPERM;
	places_to_be(c);
	return 0;
}

/* Uses the file capabilities, which are lost on entering the user namespace. */
static int session_view_join(struct confine *c)
{
	return sys_setns(c->join->fds[WIRE_PLAN_MOUNT_NS], CLONE_NEWNS);
}

/* @plan: NULL if the failed step cannot be about a limit */
static void say(int keeper, enum wire_kind kind, const struct child_fail *f, const struct plan *plan)
{
	struct wire_msg m;

	wire_init(&m, kind);
	m.step = f->step;
	m.err = f->err;
	m.object = f->object;
	if (plan != NULL)
		limits_text(plan, f, m.text, sizeof m.text);
	(void)wire_send(keeper, &m, NULL, 0); /* the keeper may be gone; init then ends, too */
}

void join_fail(int keeper, const struct child_fail *f)
{
	say(keeper, WIRE_FAIL, f, NULL);
}

static int keeper_tell_hot(struct confine *c)
{
	say(c->sync, WIRE_HOT, &c->fail, NULL);
	if (c->join->notice[0] != '\0')
		complain(c->join->notice, "");
	return 0;
}

static const struct step_row rows[] = {
#define WALKS_SHELL	    STEP_ROW
#define WALKS_SHELL_PROGRAM STEP_ROW
#include "confine/rows.h"
};

static int walk_to(struct confine *c, enum step last)
{
	const int r = steps_walk(c, rows, sizeof rows / sizeof rows[0], last);

	if (r < 0 && c->sync >= 0)
		say(c->sync, WIRE_FAIL, &c->fail, c->plan);
	return r;
}

int join_session(char **argv, struct confine *c)
{
	static struct join join;

	join.argv = argv;
	*c = (struct confine){ .sync = -1, .procfd = -1, .user_ns = -1, .join = &join };
	return walk_to(c, STEP_HOT);
}

int join_filter(struct confine *c)
{
	return walk_to(c, STEP_NONE);
}
