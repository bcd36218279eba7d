/* SPDX-License-Identifier: Apache-2.0 */
/* forks.c - the keeper's side of forker.h */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

enum { END_MS = 2000, TEXT_MAX = 4096, USEC_MS = 1000, ANSWER_USEC = 10000 * USEC_MS };

static bool ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

struct forked *forker_of(const struct keeper *k, pid_t pid)
{
	for (unsigned i = 0; i < FORKS_MAX; i++) {
		struct forked *f = &k->forker.at[i];

		if (f->used && f->pid == pid && f->pidfd >= 0 && !ended(f->pidfd))
			return f;
	}
	return NULL;
}

bool forker_started(const struct keeper *k, const struct keeper_login *l, pid_t pid)
{
	for (unsigned i = 0; i < FORKS_MAX; i++)
		if (k->forker.at[i].login == l && k->forker.at[i].pid == pid)
			return true;
	return false;
}

static void slot_free(struct forked *f)
{
	close_fd(&f->pidfd);
	*f = (struct forked){ .pidfd = -1 };
}

void forker_tidy(struct keeper *k)
{
	for (unsigned i = 0; i < FORKS_MAX; i++)
		if (k->forker.at[i].used && k->forker.at[i].pidfd >= 0 &&
		    ended(k->forker.at[i].pidfd))
			slot_free(&k->forker.at[i]);
}

/* A slot whose process has not been told of yet is busy as long as its forker. */
static int slot_take(struct keeper *k)
{
	forker_tidy(k);
	for (unsigned i = 0; i < FORKS_MAX; i++)
		if (!k->forker.at[i].used)
			return (int)i;
	return -EAGAIN;
}

/* ---- may the forker's child take the place of a cordonsh? ---- */

/* The lines but that of cgroup v2, which is moved: are they the same? */
static bool groups_fit(const char *a, const char *b)
{
	if (strcmp(a, b) == 0)
		return true;
	/* with cgroup v1, a process has a group in each hierarchy */
	return strncmp(a, "0::/", 4) == 0 && strncmp(b, "0::/", 4) == 0 &&
	       strchr(a, '\n') == a + strlen(a) - 1 && strchr(b, '\n') == b + strlen(b) - 1;
}

static void text_of(const struct keeper *k, pid_t pid, const char *name, char *ret)
{
	process_text(&(struct procs){ .dir = k->proc }, pid, name, ret, TEXT_MAX);
}

/*
 * A security module may have given the login a label (SELinux, AppArmor) that only its own processes
 * have. The forker has the label of the keeper.
 */
bool forker_wanted(const struct keeper *k, const struct client *c)
{
	char its[TEXT_MAX], ours[TEXT_MAX];

	if (!place_is(k) || !(c->login->part->flags & LOGIN_BY_SSHD) ||
	    k->plan->set.keyring_mode != KEYRING_MODE_PRIVATE)
		return false;
	text_of(k, c->pid, "attr/current", its);
	text_of(k, getpid(), "attr/current", ours);
	if (strcmp(its, ours) != 0)
		return false;
	text_of(k, c->pid, "cgroup", its);
	text_of(k, getpid(), "cgroup", ours);
	return k->group.fd >= 0 || groups_fit(its, ours);
}

/* ---- the forker ---- */

static int forker_begin(struct keeper *k)
{
	struct forker *f = &k->forker;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = sys_clone(0, &f->pidfd);
	if (r == 0)
		forker_run(k, pair[1]);
	close_fd(&pair[1]);
	if (r < 0) {
		close_fd(&pair[0]);
		return r;
	}
	f->pid = r;
	f->sock = pair[0];
	return 0;
}

static void forker_forget(struct keeper *k)
{
	struct forker *f = &k->forker;

	if (f->pid > 0) {
		(void)sys_pidfd_kill(f->pidfd); /* it may have ended */
		bounded_wait(f->pid, f->pidfd);
	}
	f->pid = 0;
	f->due = 0;
	close_fd(&f->pidfd);
	close_fd(&f->sock);
	for (unsigned i = 0; i < FORKS_MAX; i++)
		if (f->at[i].used && f->at[i].pidfd < 0)
			slot_free(&f->at[i]); /* the forker has not started it */
}

static void log_step(const struct keeper_login *l, enum step step, int err, const char *why)
{
	keeper_log(l, LOG_ERR, "fail", log_word("step", step_name(step)),
		   log_word("errno", err < 0 && err > -4096 ? err_name(-err) : "?"),
		   log_text("why", why));
}

void forker_spawn(struct keeper *k, const struct client *c, const struct wire_msg *m,
		  const int fds[WIRE_FDS_MAX])
{
	const int send[] = { [WIRE_FORK_RELAY] = c->fd,
			     [WIRE_FORK_IN] = fds[WIRE_SPAWN_IN],
			     [WIRE_FORK_OUT] = fds[WIRE_SPAWN_OUT],
			     [WIRE_FORK_ERR] = fds[WIRE_SPAWN_ERR],
			     [WIRE_FORK_WORDS] = fds[WIRE_SPAWN_WORDS] };
	const int slot = slot_take(k);
	struct wire_msg fork;
	int r = slot < 0 ? slot : k->forker.pid > 0 ? 0 : forker_begin(k);

	wire_init(&fork, WIRE_FORK);
	fork.slot = (uint32_t)slot;
	fork.value = m->value;
	if (r == 0)
		r = wire_send(k->forker.sock, &fork, send, sizeof send / sizeof send[0]);
	if (r < 0) {
		log_step(c->login, STEP_FORKER, r,
			 slot < 0 ? "this user has too many programs" : NULL);
		return;
	}
	k->forker.at[slot] =
		(struct forked){ .used = true, .login = c->login, .relay = c->pid, .pidfd = -1 };
	if (k->forker.due == 0)
		k->forker.due = usage_now() + ANSWER_USEC;
}

/* The forker has answered about one process; does it owe another answer? */
static void answered(struct keeper *k)
{
	k->forker.due = 0;
	for (unsigned i = 0; i < FORKS_MAX; i++)
		if (k->forker.at[i].used && k->forker.at[i].pidfd < 0)
			k->forker.due = usage_now() + ANSWER_USEC;
}

static void heard(struct keeper *k, const struct wire_msg *m, int *fd)
{
	struct forked *f = m->slot < FORKS_MAX ? &k->forker.at[m->slot] : NULL;
	const struct keeper_login *l = f != NULL && f->login != NULL ? f->login : &k->logins[0];

	if (m->kind == WIRE_FAIL) {
		log_step(l, (enum step)m->step, m->err, NULL);
		if (f != NULL && f->used && f->pidfd < 0) { /* it was not started */
			slot_free(f);
			answered(k);
		}
	} else if (m->kind == WIRE_FORKED && f != NULL && f->used && f->pidfd < 0) {
		f->pid = m->value;
		f->pidfd = take_fd(fd);
		answered(k);
	} else if (m->kind == WIRE_USAGE && f != NULL && f->login != NULL) {
		f->login->forked.cpu_usec += m->usage.cpu_usec;
		if (m->usage.rss_kib > f->login->forked.rss_kib)
			f->login->forked.rss_kib = m->usage.rss_kib;
	}
}

void forker_happened(struct keeper *k)
{
	int fds[WIRE_FDS_MAX], r;
	struct wire_msg m;

	if (k->forker.sock < 0)
		return;
	while ((r = wire_recv(k->forker.sock, &m, fds, 0)) == 0) {
		heard(k, &m, &fds[0]);
		wire_close(fds, WIRE_FDS_MAX);
	}
	if (r == -ETIMEDOUT)
		return;
	/* its programs go on; the next login starts another one */
	log_step(&k->logins[0], STEP_FORKER, r, "the process that starts programs has ended");
	forker_forget(k);
}

int forker_patience(const struct keeper *k, int other)
{
	const int64_t left = k->forker.due - usage_now();
	const int ms = left <= 0 ? 0 : (int)(left / USEC_MS) + 1;

	return k->forker.due == 0 || (other >= 0 && other < ms) ? other : ms;
}

void forker_tend(struct keeper *k)
{
	if (k->forker.due == 0 || usage_now() < k->forker.due)
		return;
	log_step(&k->logins[0], STEP_FORKER, -ETIMEDOUT,
		 "the process that starts programs does not answer");
	forker_forget(k);
}

void forker_left(struct keeper *k, const struct keeper_login *l)
{
	for (unsigned i = 0; i < FORKS_MAX; i++)
		if (k->forker.at[i].login == l)
			k->forker.at[i].login = NULL;
}

void forker_end(struct keeper *k)
{
	struct pollfd gone = { .fd = k->forker.pidfd, .events = POLLIN };

	if (k->forker.pid <= 0)
		return;
	forker_happened(k); /* what the programs have used */
	close_fd(&k->forker.sock);
	(void)poll(&gone, 1, END_MS); /* it is killed then */
	forker_forget(k);
}

/* ---- a process of the forker ---- */

static int group_of(const struct keeper *k, const struct forked *f)
{
	char its[TEXT_MAX], of[TEXT_MAX], path[TEXT_MAX] = ".";
	cleanup_close int root = -1, dir = -1;
	char *end;
	int r;

	text_of(k, f->relay, "cgroup", of);
	text_of(k, f->pid, "cgroup", its);
	if (k->group.fd >= 0 || strcmp(its, of) == 0)
		return 0;
	if (!groups_fit(its, of))
		return -EXDEV;
	root = cgroup_root();
	end = strchr(of, '\n');
	if (root < 0 || end == NULL)
		return root < 0 ? root : -ESRCH;
	*end = '\0';
	(void)snprintf(path + 1, sizeof path - 1, "%.4000s", of + sizeof "0::" - 1); /* fits */
	dir = openat(root, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	r = cgroup_move(dir, f->pid);
	if (r < 0)
		return r;
	*end = '\n';
	text_of(k, f->pid, "cgroup", its);
	return strcmp(its, of) == 0 ? 0 : -EXDEV;
}

static int oom_copy(const struct keeper *k, const struct forked *f)
{
	char of[TEXT_MAX], its[TEXT_MAX], path[64];

	text_of(k, f->relay, "oom_score_adj", of);
	text_of(k, f->pid, "oom_score_adj", its);
	if (of[0] == '\0')
		return -ESRCH;
	(void)snprintf(path, sizeof path, "%d/oom_score_adj", f->pid); /* fits */
	return strcmp(of, its) == 0 ? 0 : sys_write_at(k->proc, path, of);
}

int forker_settle(const struct keeper *k, const struct forked *f)
{
	int r = group_of(k, f);

	if (r == 0)
		r = oom_copy(k, f);
	return r < 0 ? r : sys_sched_copy(f->relay, f->pid);
}
