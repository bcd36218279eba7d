/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forker_child.c - the process that takes the place of a cordonsh
 *
 * What root must not take anybody's word for, the kernel tells of the process at the other end of the
 * socket: its ids, its groups and its limits. The words of the cordonsh are read with the rights of the
 * user.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/own.h"
#include "base/sys.h"
#include "base/text.h"
#include "confine/sync.h"
#include "contract/exits.h"
#include "contract/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { GROUPS_MAX = 65536, LIMITS = 16 };

/* SO_PEERGROUPS of Linux 4.13 */
enum { PEERGROUPS = 59 };

_Noreturn static void refuse(const struct fork_order *o, enum step step, int err)
{
	static const char line[] = "cordon: " WIRE_REFUSAL "\n";
	struct wire_msg m;

	wire_init(&m, WIRE_FAIL);
	m.slot = o->slot;
	m.step = step;
	m.err = err;
	(void)wire_send(o->keeper, &m, NULL, 0); /* the keeper may be gone */
	(void)!write(o->fds[WIRE_FORK_ERR], line, sizeof line - 1);
	_exit(EXIT_SETUP);
}

static void want(const struct fork_order *o, enum step step, int r)
{
	if (r < 0)
		refuse(o, step, r);
}

/* The audit log names the login by the id that pam_loginuid(8) has given to the PAM application. */
static int audit_login(pid_t relay)
{
	char path[64], its[16], ours[16];
	cleanup_close int from = -1, to = -1;
	ssize_t n, m;

	(void)text_number(path, sizeof path, "/proc/#/loginuid", (uint64_t)relay, 10); /* fits */
	from = open(path, O_RDONLY | O_CLOEXEC);
	to = open("/proc/self/loginuid", O_RDWR | O_CLOEXEC);
	if (to < 0 && errno == ENOENT) /* a kernel without audit */
		return 0;
	if (from < 0 || to < 0)
		return -errno;
	n = read(from, its, sizeof its);
	m = read(to, ours, sizeof ours);
	if (n <= 0 || m <= 0)
		return -EIO;
	if (n == m && memcmp(its, ours, (size_t)n) == 0)
		return 0;
	return pwrite(to, its, (size_t)n, 0) == n ? 0 : -errno;
}

static int groups_take(int relay)
{
	static gid_t groups[GROUPS_MAX];
	socklen_t size = sizeof groups;

	if (getsockopt(relay, SOL_SOCKET, PEERGROUPS, groups, &size) < 0)
		return -errno;
	return sys_setgroups(size / sizeof groups[0], groups);
}

/*
 * Some capabilities are kept until the process cannot be dumped: a program of the user could trace it
 * meanwhile where fs.suid_dumpable is 1 and the session has no user namespace. One stays for the limits:
 * pam_limits(8) may have raised those of the login above those of sshd, which the keeper has.
 */
static int ids_take(const struct ucred *of)
{
	uint64_t effective, permitted, inheritable, keep = UINT64_C(1) << CAP_SYS_RESOURCE;
	int r = sys_prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);

	if (r == 0)
		r = sys_setresgid(of->gid, of->gid, of->gid);
	if (r == 0)
		r = sys_setresuid(of->uid, of->uid, of->uid);
	if (r == 0)
		r = sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (r == 0)
		r = sys_capget(&effective, &permitted, &inheritable);
	if (r < 0)
		return r;
	keep &= permitted; /* in a container, root may lack it, and so did pam_limits */
	return sys_capset(keep, keep, 0);
}

/* Drops the last capability. */
static int limits_take(pid_t relay)
{
	for (unsigned kind = 0; kind < LIMITS; kind++) {
		uint64_t its[2], ours[2];

		if (syscall(SYS_prlimit64, relay, kind, NULL, its) < 0 ||
		    syscall(SYS_prlimit64, 0, kind, NULL, ours) < 0)
			return -errno;
		if (memcmp(its, ours, sizeof its) != 0 &&
		    syscall(SYS_prlimit64, 0, kind, its, NULL) < 0)
			return -errno;
	}
	return sys_capset(0, 0, 0);
}

/* Never takes a terminal away from another session: that needs an argument, and a capability. */
static int terminal_take(const struct fork_order *o)
{
	if (setsid() < 0)
		return -errno;
	return o->terminal && ioctl(o->fds[WIRE_FORK_IN], TIOCSCTTY, 0) < 0 ? -errno : 0;
}

static void *room(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/**
 * struct words - what execve(2) gets
 * @cwd: the directory to begin in
 */
struct words {
	const char *cwd;
	char **argv, **envp;
};

/* The next of the words up to @end; NULL: there is none. */
static char *next(char **at, const char *end)
{
	char *word = *at;
	const char *zero = memchr(word, '\0', (size_t)(end - word));

	if (zero == NULL)
		return NULL;
	*at += zero + 1 - word;
	return word;
}

static int split(const struct relay_words *head, char *text, struct words *ret)
{
	const char *end = text + head->size;
	const size_t n = (size_t)head->argc + head->envc;
	char **at = room((n + 2) * sizeof *at);

	if (at == NULL)
		return -ENOMEM;
	ret->argv = at;
	ret->envp = at + head->argc + 1;
	ret->cwd = next(&text, end);
	for (uint32_t i = 0; i < head->argc; i++)
		if ((ret->argv[i] = next(&text, end)) == NULL)
			return -EPROTO;
	for (uint32_t i = 0; i < head->envc; i++)
		if ((ret->envp[i] = next(&text, end)) == NULL)
			return -EPROTO;
	return ret->cwd != NULL && head->argc > 0 && text == end ? 0 : -EPROTO;
}

static int words_read(int fd, struct words *ret)
{
	struct relay_words head;
	char *text;

	if (pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head || head.magic != RELAY_MAGIC ||
	    head.size > RELAY_SIZE_MAX || head.argc > head.size || head.envc > head.size)
		return -EPROTO;
	text = room((size_t)head.size + 1);
	if (text == NULL)
		return -ENOMEM;
	if (pread(fd, text, (size_t)head.size, sizeof head) != (ssize_t)head.size)
		return -EPROTO;
	(void)umask((mode_t)head.umask & 0777);
	return split(&head, text, ret);
}

static int streams_take(const struct fork_order *o)
{
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (dup2(o->fds[WIRE_FORK_IN + i], i) < 0) /* they are above 2 */
			return -errno;
	return 0;
}

_Noreturn void forker_child(const struct fork_order *o)
{
	const int relay = o->fds[WIRE_FORK_RELAY];
	struct ucred of = { 0 };
	socklen_t size = sizeof of;
	struct words words;

	if (sync_await_go(o->go) < 0)
		_exit(EXIT_SETUP);
	/* the process id is that of the session, where this process is */
	want(o, STEP_FORKER,
	     getsockopt(relay, SOL_SOCKET, SO_PEERCRED, &of, &size) < 0 ? -errno : 0);
	if (of.uid == 0 || of.pid <= 0)
		refuse(o, STEP_FORKER, -EPERM);
	want(o, STEP_AUDIT, audit_login(of.pid));
	want(o, STEP_GROUPS, groups_take(relay));
	want(o, STEP_UID, ids_take(&of));
	want(o, STEP_LIMITS, limits_take(of.pid));
	want(o, STEP_FORKER, words_read(o->fds[WIRE_FORK_WORDS], &words));
	want(o, STEP_TERMINAL, terminal_take(o));
	want(o, STEP_DESCRIPTORS, streams_take(o));
	if (chdir(words.cwd) < 0)
		(void)!chdir("/"); /* as sshd; cordonsh goes where the plan says */
	want(o, STEP_FORKER, own_signals(0));
	(void)execve(WIRE_CORDONSH, words.argv, words.envp);
	refuse(o, STEP_EXEC, -errno);
}
