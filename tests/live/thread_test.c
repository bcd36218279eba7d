/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread_test.c - applications with threads, without privilege, or that ignore a refusal
 *
 * Each case runs in a child of its own, which ends with 77 if it could execute something.
 */
#include "lib/live.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <security/pam_appl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE "only-cordon"
enum { EXECUTED = 77, WENT_ON = 3, LET_IN = 4 };

static int talk(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)msg;
	(void)data;
	*resp = calloc((size_t)n, sizeof **resp);
	return *resp != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static const struct pam_conv conv = { .conv = talk };

/* Executes by path, by descriptor, and a file without a path. */
static void execute_all(void)
{
	static char sh[] = "sh", c[] = "-c", text[] = "exit 77";
	char *const argv[] = { sh, c, text, NULL };
	const int fd = open("/bin/dash", O_RDONLY), copy = memfd_create("sh", 0);

	(void)execv("/bin/sh", argv);
	if (fd >= 0) {
		(void)syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
		(void)sendfile(copy, fd, NULL, 1 << 24);
		(void)syscall(SYS_execveat, copy, "", argv, NULL, AT_EMPTY_PATH);
	}
	if (errno != EACCES)
		_exit(5);
}

static atomic_int ready, go;

static void *other(void *how)
{
	if (*(const char *)how == 'f') { /* a filter that the caller does not have */
		static struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
		const struct sock_fprog prog = { .len = 1, .filter = allow };

		(void)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	}
	ready = 1;
	while (!go)
		(void)usleep(1000);
	execute_all();
	_exit(WENT_ON);
}

/* What each letter of @how adds: t a thread, f and with a filter of its own, s own directories, u another user. */
static int refused(const char *how)
{
	pthread_t thread;
	pam_handle_t *h = NULL;
	int r, status;
	const pid_t pid = fork();
	static char kind[2];

	assert_true(pid >= 0);
	if (pid > 0) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	kind[0] = strchr(how, 'f') != NULL ? 'f' : 't';
	if (strpbrk(how, "tf") != NULL && pthread_create(&thread, NULL, other, kind) != 0)
		_exit(6);
	while (strpbrk(how, "tf") != NULL && !ready)
		(void)usleep(1000);
	if (strchr(how, 's') != NULL && unshare(CLONE_FS) < 0)
		_exit(7);
	if (pam_start(SERVICE, "bob", &conv, &h) != PAM_SUCCESS ||
	    (strchr(how, 'u') != NULL && seteuid(2002) < 0))
		_exit(8);
	r = pam_open_session(h, 0);
	if (r == PAM_SUCCESS)
		_exit(LET_IN);
	if (strpbrk(how, "tf") == NULL) {
		execute_all();
		if (seteuid(0) == 0)
			execute_all();
		_exit(WENT_ON);
	}
	if (fork() == 0) { /* a child inherits the restrictions of the thread that made it */
		execute_all();
		_exit(WENT_ON);
	}
	(void)wait(&status);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != WENT_ON)
		_exit(EXECUTED);
	execute_all();
	go = 1;
	for (;;)
		(void)pause();
}

static void nothing_is_executed(void **state)
{
	static const char *const how[] = { "", "t", "ts", "u", "tu" };

	(void)state;
	rule_set("Services=" SERVICE "\nAction=deny");
	for (size_t i = 0; i < sizeof how / sizeof how[0]; i++)
		assert_int_equal(refused(how[i]), WENT_ON);
	rule_set("Services=" SERVICE);
	/* the application cannot begin a session, either */
	assert_int_equal(refused("u"), WENT_ON);
}

static void threads_are_refused(void **state)
{
	(void)state;
	rule_set("Services=" SERVICE);
	assert_int_equal(refused(""), LET_IN);
	for (unsigned i = 0; i < 2; i++) {
		(void)sh(": >$HOST_LOG");
		assert_int_equal(refused(i == 0 ? "t" : "ts"), WENT_ON);
		assert_says(sh(UNTIL("grep -q why= $HOST_LOG") "cat $HOST_LOG"),
			    "more than one thread");
	}
	assert_true(wait_gone(30));
}

/* If the kernel cannot put the filter on a thread, the whole process ends. */
static void or_the_process_ends(void **state)
{
	(void)state;
	rule_set("Services=" SERVICE "\nAction=deny");
	(void)sh(": >$HOST_LOG");
	assert_int_equal(refused("f"), EXIT_FAILURE);
	assert_says(sh(UNTIL("grep -q event=error $HOST_LOG") "cat $HOST_LOG"), "and was ended");
}

static int prepare(void **state)
{
	(void)state;
	return sh("echo 'auth required pam_permit.so' >/etc/pam.d/" SERVICE
		  "; for step in account session; do echo \"$step required pam_cordon.so\"; done >>/etc/pam.d/" SERVICE)
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_executed),
		cmocka_unit_test(threads_are_refused),
		cmocka_unit_test(or_the_process_ends),
	};

	return cmocka_run_group_tests_name("thread", tests, prepare, NULL);
}
