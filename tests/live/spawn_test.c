/* SPDX-License-Identifier: Apache-2.0 */
/* spawn_test.c - the module starts cordon-login through a process that somebody kills */
#include "lib/live.h"

#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVICE "spawn-test"

static int talk(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)msg;
	(void)data;
	*resp = calloc((size_t)n, sizeof **resp);
	return *resp != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static _Noreturn void application(void)
{
	static const struct pam_conv conv = { .conv = talk };
	pam_handle_t *h = NULL;
	int r;

	if (pam_start(SERVICE, "bob", &conv, &h) != PAM_SUCCESS ||
	    ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
		_exit(9);
	r = pam_acct_mgmt(h, 0);
	(void)pam_end(h, r);
	_exit(r == PAM_SUCCESS ? 0 : 1);
}

/* Waits for @pid to stop, and returns the status; the processes of a clone may come in any order. */
static int stopped(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, __WALL), pid);
	return status;
}

static pid_t child_of_event(pid_t pid, int event)
{
	unsigned long child = 0;

	assert_int_equal(stopped(pid) >> 8, SIGTRAP | event << 8);
	assert_int_equal(ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child), 0);
	return (pid_t)child;
}

static void go_on(pid_t pid)
{
	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
}

/* The call in which @pid waits; -1 while it runs. See proc_pid_syscall(5). */
static long call_of(pid_t pid)
{
	char path[64], text[128] = "";
	long number = -1;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/syscall", pid); /* fits */
	f = fopen(path, "r");
	if (f != NULL) {
		if (fgets(text, sizeof text, f) != NULL && text[0] >= '0' && text[0] <= '9')
			number = strtol(text, NULL, 10);
		(void)fclose(f);
	}
	return number;
}

/* The stack of the process that becomes cordon-login is memory of the application until execve(2). */
static void in_between_is_killed(void **state)
{
	const struct timespec nap = { .tv_nsec = 10000000 };
	pid_t app, between, program;
	long call;
	int status;

	(void)state;
	rule_set("Services=" SERVICE);
	app = fork();
	assert_true(app >= 0);
	if (app == 0)
		application();
	(void)stopped(app);
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, app, NULL,
				PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL),
			 0);
	go_on(app);
	between = child_of_event(app, PTRACE_EVENT_VFORK);
	(void)stopped(between);
	go_on(app);
	go_on(between);
	program = child_of_event(between, PTRACE_EVENT_VFORK);
	(void)stopped(program);
	assert_int_equal(kill(between, SIGKILL), 0);
	status = stopped(between);
	assert_true(WIFSIGNALED(status));
	/* the application goes on to where it waits for the program */
	for (unsigned n = 0; n < 1000; n++) {
		call = call_of(app);
		if (call >= 0 && call != SYS_wait4 && call != SYS_clone)
			break;
		(void)nanosleep(&nap, NULL);
	}
	go_on(program);
	status = stopped(program);
	if (status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8))
		fail_msg("the process stopped with the status %#x before it was cordon-login",
			 status);
	assert_int_equal(ptrace(PTRACE_DETACH, program, NULL, NULL), 0);
	status = stopped(app);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(wait_gone(30));
}

static int prepare(void **state)
{
	(void)state;
	return sh("printf 'auth required pam_permit.so\\naccount required pam_cordon.so\\nsession required pam_cordon.so\\n' >/etc/pam.d/" SERVICE)
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_between_is_killed),
	};

	return cmocka_run_group_tests_name("spawn", tests, prepare, NULL);
}
