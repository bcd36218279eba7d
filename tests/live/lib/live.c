/* SPDX-License-Identifier: Apache-2.0 */
/* live.c - see live.h */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUT_MAX = 1 << 20, DEADLINE_S = 300 };

static char text[OUT_MAX];

static pid_t start(const char *command, int *ret_fd)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const int null = open("/dev/null", O_RDONLY);

		(void)setpgid(0, 0);
		(void)dup2(null, 0);
		(void)dup2(fds[1], 1);
		(void)dup2(fds[1], 2);
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	*ret_fd = fds[0];
	return pid;
}

static struct out finish(pid_t pid, int fd)
{
	const time_t end = time(NULL) + DEADLINE_S;
	struct out o = { .code = -1, .text = text };
	size_t at = 0;
	int status;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char sink[4096];
		ssize_t n;

		if (time(NULL) > end) {
			(void)kill(-pid, SIGKILL);
			break;
		}
		if (poll(&p, 1, 200) <= 0) {
			if (waitpid(pid, &status, WNOHANG) ==
			    pid) { /* something holds the pipe open */
				o.code = WIFEXITED(status) ? WEXITSTATUS(status) :
							     128 + WTERMSIG(status);
				pid = -1;
				break;
			}
			continue;
		}
		n = at < OUT_MAX - 1 ? read(fd, text + at, OUT_MAX - 1 - at) :
				       read(fd, sink, sizeof sink);
		if (n <= 0)
			break;
		at += at < OUT_MAX - 1 ? (size_t)n : 0;
	}
	text[at] = '\0';
	(void)close(fd);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && time(NULL) <= end)
		o.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return o;
}

struct out sh(const char *fmt, ...)
{
	static char command[65536];
	va_list ap;
	pid_t pid;
	int fd;

	va_start(ap, fmt);
	assert_true(vsnprintf(command, sizeof command, fmt, ap) < (int)sizeof command);
	va_end(ap);
	pid = start(command, &fd);
	return finish(pid, fd);
}

struct out as_user(const char *user, const char *command)
{
	static char quoted[32768];
	size_t at = 0;

	for (; *command != '\0'; command++) {
		assert_true(at + 5 < sizeof quoted);
		if (*command == '\'') {
			memcpy(quoted + at, "'\\''", 4);
			at += 4;
		} else {
			quoted[at++] = *command;
		}
	}
	quoted[at] = '\0';
	return sh(SSH "%s@h '%s'", user, quoted);
}

struct out as_bob(const char *command)
{
	return as_user("bob", command);
}

void rule_file(const char *name, const char *match, const char *lines)
{
	char path[256];
	FILE *f;

	assert_true(snprintf(path, sizeof path, "/etc/cordon/rules.d/%s.conf", name) <
		    (int)sizeof path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fprintf(f, "[Match]\n%s\n\n[Session]\n%s\n", match, lines) > 0);
	assert_int_equal(fclose(f), 0);
}

struct out expect_run(const char *script)
{
	static const char start[] =
		"set timeout 60\nset stty_init {rows 24 columns 80}\n"
		"set SSH \"ssh -F $::env(HOST_KEYS)/ssh_config\"\n"
		"proc want {text} { expect -ex $text {} timeout { puts \"\\nno $text\"; exit 99 } "
		"eof { puts \"\\nend before $text\"; exit 98 } }\n"
		"proc type {text} { send -- \"$text\\r\" }\n"
		"proc done {} { expect eof; exit [lindex [wait] 3] }\n";
	FILE *f = fopen("/tmp/live.exp", "w");
	struct out o;

	assert_non_null(f);
	assert_true(fprintf(f, "%s%s", start, script) > 0);
	assert_int_equal(fclose(f), 0);
	o = sh("expect -f /tmp/live.exp");
	if (o.code == 1 || o.code >= 98)
		print_message("%s\n", o.text);
	return o;
}

bool quick(void)
{
	return getenv("CORDON_QUICK") != NULL;
}

void rule_set(const char *lines)
{
	rule_file("50-bob", "User=bob", lines);
}

void rule_none(void)
{
	assert_int_equal(sh("rm -f /etc/cordon/rules.d/*").code, 0);
}

bool says(struct out o, const char *what)
{
	if (strstr(o.text, what) != NULL)
		return true;
	print_message("wanted: %s\ngot (code %d):\n%s\n", what, o.code, o.text);
	return false;
}

bool wait_gone(unsigned seconds)
{
	for (unsigned i = 0; i < seconds * 20; i++) {
		const struct timespec nap = { .tv_nsec = 50000000 };

		if (sh("pgrep -x 'cordon-(keeper|login)'").code == 1)
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return false;
}

bool silent(struct out o, const char *what)
{
	if (strstr(o.text, what) == NULL)
		return true;
	print_message("not wanted: %s\ngot (code %d):\n%s\n", what, o.code, o.text);
	return false;
}
