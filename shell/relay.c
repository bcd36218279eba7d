/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.c - cordonsh in place of a program that the forker has started, see contract/relay.h
 *
 * sshd waits for its child, and sends signals to it. The relay is that child. It holds no stream and no
 * terminal, so sshd sees the end of file when the programs have closed them.
 */
#include "cordonsh.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "contract/relay.h"
#include "contract/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

static int put(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		const ssize_t n = write(fd, at, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int put_all(int fd, char *const *words)
{
	int r = 0;

	while (r == 0 && *words != NULL) {
		r = put(fd, *words, strlen(*words) + 1);
		words++;
	}
	return r;
}

static void add(char *const *words, uint32_t *count, uint64_t *size)
{
	for (*count = 0; words[*count] != NULL; ++*count)
		*size += strlen(words[*count]) + 1;
}

/* MFD_NOEXEC_SEAL is younger than some kernels; where NoExecPaths= is used, the kernel demands it. */
static int memory(void)
{
	const int fd = memfd_create("words", MFD_CLOEXEC | 8u /* MFD_NOEXEC_SEAL */);

	return fd < 0 && errno == EINVAL ? memfd_create("words", MFD_CLOEXEC) : fd;
}

static int words_of(char **argv, const char *cwd)
{
	struct relay_words head = { .magic = RELAY_MAGIC, .size = strlen(cwd) + 1 };
	cleanup_close int fd = memory();
	int r;

	if (fd < 0)
		return -errno;
	head.umask = umask(0);
	(void)umask((mode_t)head.umask);
	add(argv, &head.argc, &head.size);
	add(environ, &head.envc, &head.size);
	if (head.size > RELAY_SIZE_MAX)
		return -E2BIG;
	r = put(fd, &head, sizeof head);
	if (r == 0)
		r = put(fd, cwd, strlen(cwd) + 1);
	if (r == 0)
		r = put_all(fd, argv);
	if (r == 0)
		r = put_all(fd, environ);
	return r < 0 ? r : take_fd(&fd);
}

/* Gives the terminal up, so that another process can take it; 1: it was the controlling terminal. */
static int terminal_leave(void)
{
	if (getsid(0) != getpid() || tcgetsid(STDIN_FILENO) != getpid())
		return 0;
	/* the kernel sends SIGHUP and SIGCONT to the foreground process group, which is this process */
	if (ioctl(STDIN_FILENO, TIOCNOTTY) < 0)
		return -errno;
	(void)signal(SIGHUP, SIG_IGN); /* discards it */
	(void)signal(SIGHUP, SIG_DFL);
	return 1;
}

static void streams_close(void)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			(void)close(fd);
}

static char *end_of(char *const *words, char *end)
{
	for (; *words != NULL; words++)
		if (*words + strlen(*words) > end)
			end = *words + strlen(*words);
	return end;
}

/*
 * ps(1) shows the command of the program, and not the same command a second time. The words and the
 * variables that execve(2) has brought are one piece of memory; nobody reads them any more.
 */
static void words_hide(char **argv)
{
	static const char name[] = "cordonsh";
	char *const from = argv[0], *const end = end_of(environ, end_of(argv, from));

	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
	if (end - from < (ptrdiff_t)sizeof name)
		return;
	memset(from, 0, (size_t)(end - from));
	memcpy(from, name, sizeof name);
}

_Noreturn static void end_as(int status)
{
	if (WIFSIGNALED(status)) {
		sigset_t none;

		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)kill(getpid(), WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SETUP);
}

/* The signals that a client of sshd can ask for, and what ends a process by default. */
static int is_passed_on(uint32_t sig)
{
	return sig <= SIGTERM && sig != SIGKILL;
}

static void pass_on(int signals, int forker)
{
	struct signalfd_siginfo s;
	struct wire_msg m;

	if (read(signals, &s, sizeof s) != (ssize_t)sizeof s || !is_passed_on(s.ssi_signo))
		return;
	wire_init(&m, WIRE_SIGNAL);
	m.value = (int32_t)s.ssi_signo;
	(void)wire_send(forker, &m, NULL,
			0); /* if the forker does not read, there is nothing to do */
}

_Noreturn static void wait_for_end(int signals, int forker)
{
	for (;;) {
		struct pollfd p[] = { { .fd = forker, .events = POLLIN },
				      { .fd = signals, .events = POLLIN } };
		struct wire_msg m;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			_exit(EXIT_SETUP);
		if (p[1].revents != 0)
			pass_on(signals, forker);
		if (p[0].revents == 0)
			continue;
		if (wire_recv(forker, &m, NULL, 0) < 0 || m.kind != WIRE_ENDED)
			_exit(EXIT_SETUP);
		end_as(m.value);
	}
}

/* Everything that can fail while the keeper still listens. */
static int prepare(char **argv, const char *cwd, int *ret_signals, struct wire_msg *m,
		   int *ret_words)
{
	sigset_t all;
	int r;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	*ret_signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (*ret_signals < 0)
		return -errno;
	r = *ret_words = words_of(argv, cwd);
	if (r >= 0)
		r = sys_capset(0, 0, 0);
	/*
	 * A program with file capabilities cannot be dumped or traced, but where fs.suid_dumpable is 1. Not
	 * asked for in vain: a filter of the PAM module refuses this call where sftp is not to be served.
	 */
	if (r == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1)
		r = sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (r == 0)
		r = terminal_leave();
	if (r < 0)
		return r;
	wire_init(m, WIRE_SPAWN);
	m->value = r;
	return 0;
}

static int answer_take(int forker)
{
	struct wire_msg m;
	const int r = wire_recv(forker, &m, NULL, WIRE_DEADLINE_MS);

	if (r < 0)
		return r;
	return m.kind == WIRE_VERDICT && m.verdict == VERDICT_CONFINE ? 0 : -EPERM;
}

_Noreturn void relay_run(int keeper, char **argv, const char *cwd)
{
	int fds[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, -1 };
	struct child_fail f = { .step = STEP_FORKER };
	struct wire_msg m;
	int signals;

	f.err = prepare(argv, cwd, &signals, &m, &fds[WIRE_SPAWN_WORDS]);
	if (f.err == 0)
		f.err = wire_send(keeper, &m, fds, sizeof fds / sizeof fds[0]);
	if (f.err < 0)
		join_fail(keeper, &f);
	/* the keeper or the forker says why it does not answer */
	if (f.err < 0 || answer_take(keeper) < 0) {
		complain(WIRE_REFUSAL, "");
		_exit(EXIT_SETUP);
	}
	close_fd(&fds[WIRE_SPAWN_WORDS]);
	streams_close();
	words_hide(argv);
	wait_for_end(signals, keeper);
}
