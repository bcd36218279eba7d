/* SPDX-License-Identifier: Apache-2.0 */
/* learn_run.c - see learn.h: the session under strace(1), and the calls to ask for */
#include "ctl/learn/learn.h"

#include "base/cleanup.h"
#include "base/own.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "ctl/show/enter.h"
#include "policy/filter/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRACE_MAX = 32768, ARGV_MAX = 1024, IDLE_MS = 50 };

static int fail(int code, const char *what, const char *why)
{
	sayf(stderr, "cordon: %s: %s\n", what, why);
	return code;
}

/* ---- the calls that @default-session leaves out ---- */

/*
 * Asks cordon-filter about @names, up to a NULL, and calls @line for each line of the answer. A name that
 * it does not know is not an error here: strace knows younger calls.
 */
static int ask(const char *const *names, void (*line)(const char *text, struct words *ret),
	       struct words *ret)
{
	static const char *argv[ARGV_MAX] = { "cordon-filter", "--syscalls" };
	char text[512];
	int pipes[2], status = 0;
	size_t n = 2;
	FILE *f;
	pid_t pid;

	for (; *names != NULL && n < ARGV_MAX - 1; names++)
		argv[n++] = *names;
	argv[n] = NULL;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (dup2(pipes[1], STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
			(void)execv(filter_helper(), (char *const *)(void *)argv); /* fails */
		_exit(127);
	}
	(void)close(pipes[1]); /* the child's */
	f = fdopen(pipes[0], "r");
	while (f != NULL && fgets(text, sizeof text, f) != NULL)
		line(text, ret);
	if (f != NULL)
		(void)fclose(f); /* only read */
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || ret->n == 0 ||
	    (WEXITSTATUS(status) != EXIT_YES && WEXITSTATUS(status) != EXIT_USAGE)) {
		(void)fail(0, filter_helper(), "does not answer; install cordon again");
		return -EIO;
	}
	return 0;
}

/* "    openat": a call of the group that was asked for; "(not on this architecture)" is left out. */
static void call_line(const char *text, struct words *ret)
{
	char word[64];

	if (text[0] == ' ' && strchr(text, '(') == NULL && sscanf(text, "%63s", word) == 1)
		words_add(ret, word);
}

/* "openat: in @file-system @system-service ...": the first group is the smallest. */
static void group_line(const char *text, struct words *ret)
{
	const char *const in = strstr(text, ": in @");
	char word[64];

	if (in != NULL && sscanf(in + strlen(": in "), "%63s", word) == 1 &&
	    strcmp(word, "@default-session") != 0 && strcmp(word, "@known") != 0)
		words_add(ret, word);
}

int learn_calls(struct learn *l)
{
	struct words all = { 0 }, in = { 0 };
	int r = ask((const char *const[]){ "@known", NULL }, call_line, &all);

	if (r == 0)
		r = ask((const char *const[]){ "@default-session", NULL }, call_line, &in);
	for (size_t i = 0; r == 0 && i < all.n; i++)
		if (!words_has(&in, all.list[i]))
			words_add(&l->left_out, all.list[i]);
	words_free(&all);
	words_free(&in);
	return r;
}

int learn_groups(struct learn *l)
{
	cleanup_free const char **names = calloc(l->seen.used.n + 1, sizeof *names);

	if (names == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < l->seen.used.n; i++)
		names[i] = l->seen.used.list[i];
	return ask(names, group_line, &l->groups);
}

/* ---- strace ---- */

/* What to trace: calls that name files, sockets and processes, and those that are left out. */
static void trace_option(const struct learn *l, char *buf, size_t size)
{
	static const char always[] =
		"trace=?open,?openat,?openat2,?creat,?mkdir,?mkdirat,?rmdir,?unlink,?unlinkat,?rename,"
		"?renameat,?renameat2,?link,?linkat,?symlink,?symlinkat,?mknod,?mknodat,?truncate,?chmod,"
		"?fchmodat,?chown,?lchown,?fchownat,?utimensat,?execve,?execveat,?chdir,?fchdir,?clone,"
		"?clone3,?fork,?vfork,?unshare,?socket,?connect,?bind";
	size_t at = (size_t)snprintf(buf, size, "%s", always); /* fits */

	for (size_t i = 0; i < l->left_out.n && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, ",?%s", l->left_out.list[i]); /* fits */
}

static const char *find_strace(void)
{
	static const char *const places[] = { "/usr/bin/strace", "/usr/local/bin/strace",
					      "/bin/strace" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

static int set_variables(const struct facts *f)
{
	static const char path[] = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";
	const char *const term = getenv("TERM"), *const lang = getenv("LANG");
	char kept_term[64] = "dumb", kept_lang[64] = "";

	if (term != NULL)
		(void)snprintf(kept_term, sizeof kept_term, "%s", term); /* cut: for people */
	if (lang != NULL)
		(void)snprintf(kept_lang, sizeof kept_lang, "%s", lang);
	if (clearenv() != 0 || setenv("HOME", f->home, 1) < 0 ||
	    setenv("USER", f->login.user, 1) < 0 || setenv("LOGNAME", f->login.user, 1) < 0 ||
	    setenv("SHELL", f->shell, 1) < 0 || setenv("PATH", path, 1) < 0 ||
	    setenv("TERM", kept_term, 1) < 0)
		return -1;
	return kept_lang[0] != '\0' ? setenv("LANG", kept_lang, 1) : 0;
}

/* Nothing of the caller's but @std: no terminal, which could be typed into, no keys, no descriptors. */
static int leave_caller(const int std[3], bool terminal)
{
	const int keys = sys_keyring_private();

	if ((keys < 0 && keys != -ENOSYS) || own_signals(0) < 0 || setsid() < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (dup2(std[i], i) < 0)
			return -1;
	if (terminal && ioctl(0, TIOCSCTTY, 0) < 0)
		return -1;
	return sys_close_range(3, ~0u);
}

/* Becomes the user for good: strace, too, which reads the memory of the user's programs. */
static int drop(const struct facts *f)
{
	if (setgroups(f->n_groups, f->groups) < 0 || setgid(f->gid) < 0 ||
	    setuid(f->login.uid) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	/* nobody would pass on what the programs of the session say */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

_Noreturn static void become_strace(const struct learn *l, const char *strace, const char *fifo,
				    const int std[3], bool terminal)
{
	static char trace[TRACE_MAX];
	static const char *argv[ARGV_MAX];
	size_t n = 0;
	const char *const options[] = { "strace",
					"-f",
					"-q",
					"-yy",
					"-s",
					"4096",
					l->all_calls ? "-I3" : "--seccomp-bpf",
					"-e",
					"signal=none",
					"-e",
					trace,
					"-o",
					fifo,
					"--" };

	if (l->all_calls)
		(void)snprintf(trace, sizeof trace, "trace=all"); /* fits */
	else
		trace_option(l, trace, sizeof trace);
	for (; n < sizeof options / sizeof options[0]; n++)
		argv[n] = options[n];
	if (l->command == NULL) {
		argv[n++] = l->facts->shell;
		argv[n++] = "-l";
	}
	for (char **word = l->command; word != NULL && *word != NULL && n < ARGV_MAX - 1; word++)
		argv[n++] = *word;
	if (leave_caller(std, terminal) < 0 || drop(l->facts) < 0 || set_variables(l->facts) < 0 ||
	    (chdir(l->facts->home) < 0 && chdir("/") < 0)) {
		sayf(stderr, "cordon: learn: %s\n", strerror(errno));
		_exit(127);
	}
	(void)execv(strace, (char *const *)(void *)argv); /* returns only to fail */
	sayf(stderr, "cordon: %s: %s\n", strace, strerror(errno));
	_exit(127);
}

/*
 * Passes on the streams of the session, which has a terminal of its own: whoever has the caller's
 * terminal can type into it. @reader: when it ends, strace would wait for ever.
 */
_Noreturn static void become_relay(const struct learn *l, const char *strace, const char *fifo,
				   int reader)
{
	struct relay relay;
	int std[3], pidfd, status;
	bool terminal;
	sigset_t all;
	pid_t pid;

	(void)sigfillset(&all);			    /* cannot fail */
	(void)sigprocmask(SIG_SETMASK, &all, NULL); /* the relay reads them; cannot fail */
	(void)signal(SIGPIPE, SIG_IGN);		    /* cannot fail */
	/* the draft has standard output for itself */
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    relay_open(-1, l->facts->login.uid, &relay, std, &terminal) < 0)
		_exit(EXIT_SYSTEM);
	relay.group = true;
	pid = fork();
	if (pid == 0)
		become_strace(l, strace, fifo, std, terminal);
	for (int i = 0; i < 3; i++)
		close_fd(&std[i]);
	pidfd = pid < 0 ? -1 : sys_pidfd_open(pid);
	status = pidfd < 0 ? EXIT_SYSTEM : relay_run(&relay, pid, pidfd, reader);
	relay_close(&relay);
	_exit(status != 0 ? EXIT_SYSTEM : EXIT_YES);
}

/* ---- the trace ---- */

/* The lines that have come; what is cut is kept in @buf. */
static void take(struct tracer *t, char *buf, size_t *len)
{
	char *line = buf, *end;

	buf[*len] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		tracer_line(t, line);
		line = end + 1;
	}
	*len -= (size_t)(line - buf);
	memmove(buf, line, *len);
}

/* Removes the name of the FIFO, which strace has opened, and the directory. */
static void remove_name(const char *path)
{
	char dir[64];

	(void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path); /* fits */
	(void)unlink(path);
	(void)rmdir(dir);
}

/* Reads the trace until strace has ended; its status and usage are in @status and @l. */
static int read_trace(struct learn *l, int fifo, const char *path, pid_t pid, int *status)
{
	enum { BUFFER = 1 << 17 };
	cleanup_free char *buf = malloc(BUFFER + 1);
	struct tracer t = { .seen = &l->seen, .home = l->facts->home };
	size_t len = 0;
	bool ended = false;

	while (buf != NULL) {
		struct pollfd p = { .fd = fifo, .events = POLLIN };
		const ssize_t n = read(fifo, buf + len, BUFFER - len);

		if (n > 0) {
			if (l->seen.lines == 0)
				remove_name(path); /* a signal would leave it behind */
			len += (size_t)n;
			take(&t, buf, &len);
			if (len == BUFFER)
				len = 0; /* a line that strace does not write */
			continue;
		}
		if (ended)
			break;
		/* no writer yet, or no text: the end of strace is the end of the text */
		if (n == 0)
			(void)poll(NULL, 0, IDLE_MS);
		else
			(void)poll(&p, 1, IDLE_MS);
		ended = wait4(pid, status, WNOHANG, &l->usage) == pid;
	}
	if (!ended)
		(void)wait4(pid, status, 0, &l->usage);
	tracer_free(&t);
	return buf != NULL ? 0 : -ENOMEM;
}

static int watch(struct learn *l, const char *strace, const char *fifo)
{
	cleanup_close const int fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cleanup_close const int self = sys_pidfd_open(getpid());
	const time_t begin = time(NULL);
	int status = 0, r;
	pid_t pid;

	if (fd < 0 || self < 0)
		return fd < 0 ? -errno : self;
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	pid = fork();
	if (pid == 0)
		become_relay(l, strace, fifo, self);
	r = pid < 0 ? -errno : read_trace(l, fd, fifo, pid, &status);
	l->seconds = (unsigned)(time(NULL) - begin);
	return r;
}

/* Fills closed standard descriptors, so that the trace is not taken for standard input. */
static void fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
}

int learn_run(struct learn *l)
{
	char dir[] = "/run/cordon-learn.XXXXXX", fifo[64];
	const char *const strace = find_strace();
	int r;

	if (strace == NULL)
		return fail(EXIT_SYSTEM, "learn",
			    "strace is not installed; install the package strace");
	fill_standard();
	if (mkdtemp(dir) == NULL)
		return fail(EXIT_SYSTEM, dir, strerror(errno));
	(void)snprintf(fifo, sizeof fifo, "%s/trace", dir); /* fits */
	/* only strace of the user opens it; the directory admits by name */
	r = chmod(dir, 0711) < 0 || mkfifo(fifo, 0600) < 0 ||
			    chown(fifo, l->facts->login.uid, l->facts->gid) < 0 ?
		    -errno :
		    watch(l, strace, fifo);
	remove_name(fifo);
	if (r < 0)
		return fail(EXIT_SYSTEM, "learn", strerror(-r));
	if (l->seen.executed.n == 0)
		return fail(
			EXIT_SYSTEM, "learn",
			"strace has traced no program; see its message, and kernel.yama.ptrace_scope in sysctl(8)");
	return EXIT_YES;
}
