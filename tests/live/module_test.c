/* SPDX-License-Identifier: Apache-2.0 */
/*
 * module_test.c - the module inside an application of ours: what it returns, leaves and inherits
 *
 * Each case runs in a child of its own, because a view that was entered cannot be left.
 */
#include "lib/live.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* a stack of only pam_cordon and the module that checks errno; other modules leave descriptors */
#define SERVICE "only-cordon"
#define RULE	"Services=" SERVICE
#define FDS	64

static int talk(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)msg;
	(void)data;
	*resp = calloc((size_t)n, sizeof **resp);
	return *resp != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static const struct pam_conv conv = { .conv = talk };

/* The state of an application that it can see itself. */
struct state {
	char fds[FDS]; /* 0 closed, 1 open, 2 close-on-exec */
	struct sigaction actions[65];
	sigset_t mask, pending;
	mode_t umask;
	char cwd[256];
	char environment[4096];
};

extern char **environ;

static void look(struct state *s)
{
	memset(s, 0, sizeof *s);
	for (int fd = 0; fd < FDS; fd++) {
		const int flags = fcntl(fd, F_GETFD);

		s->fds[fd] = flags < 0 ? 0 : flags & FD_CLOEXEC ? 2 : 1;
	}
	for (int sig = 1; sig < 65; sig++)
		(void)sigaction(sig, NULL, &s->actions[sig]); /* two are libc's own */
	(void)sigprocmask(SIG_SETMASK, NULL, &s->mask);
	(void)sigpending(&s->pending);
	s->umask = umask(0);
	(void)umask(s->umask);
	if (getcwd(s->cwd, sizeof s->cwd) == NULL)
		strcpy(s->cwd, "none");
	for (char **e = environ; *e != NULL; e++)
		strncat(s->environment, *e, sizeof s->environment - strlen(s->environment) - 1);
}

/* In a child, an assertion that fails becomes the exit status. */
#define CHECK(what) \
	do { \
		if (!(what)) { \
			(void)dprintf(report, "line %d: %s\n", __LINE__, #what); \
			_exit(1); \
		} \
	} while (0)

static int report; /* a descriptor with a high number */

/* Compares part by part, so that the message names the one that differs. */
static void same(const struct state *a, const struct state *b)
{
	CHECK(memcmp(a->fds, b->fds, sizeof a->fds) == 0);
	for (int sig = 1; sig < 65; sig++)
		CHECK(a->actions[sig].sa_handler == b->actions[sig].sa_handler &&
		      a->actions[sig].sa_flags == b->actions[sig].sa_flags);
	for (int sig = 1; sig < 65; sig++)
		CHECK(sigismember(&a->mask, sig) == sigismember(&b->mask, sig) &&
		      sigismember(&a->pending, sig) == sigismember(&b->pending, sig));
	CHECK(a->umask == b->umask);
	CHECK(strcmp(a->cwd, b->cwd) == 0);
	CHECK(strcmp(a->environment, b->environment) == 0);
}

static pam_handle_t *begin(const char *service, const char *user)
{
	pam_handle_t *h = NULL;

	CHECK(pam_start(service, user, &conv, &h) == PAM_SUCCESS);
	return h;
}

static int in_child(void (*act)(int), int number)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		report = fcntl(2, F_DUPFD, 500);
		act(number);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The state is unchanged, except for one more close-on-exec descriptor in an open session. */
static void whole_life(int closed)
{
	struct state before, open, after;
	pam_handle_t *h = begin(SERVICE, "bob");
	unsigned more = 0;

	for (int fd = 0; fd < 3; fd++)
		if (closed & 1 << fd)
			(void)close(fd);
	CHECK(chdir("/usr/share") == 0);
	(void)umask(031);
	(void)setenv("MARK", "x", 1);
	look(&before);
	CHECK(pam_acct_mgmt(h, 0) == PAM_SUCCESS);
	CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
	look(&open);
	for (int fd = 0; fd < FDS; fd++) {
		more += open.fds[fd] != before.fds[fd];
		CHECK(open.fds[fd] == before.fds[fd] ||
		      (fd > 2 && before.fds[fd] == 0 && open.fds[fd] == 2));
	}
	CHECK(more == 1);
	memcpy(open.fds, before.fds, sizeof open.fds);
	same(&before, &open);
	CHECK(access("/run/cordon/cordonsh", F_OK) == 0); /* it is the view */
	CHECK(pam_close_session(h, 0) == PAM_SUCCESS);
	CHECK(pam_end(h, PAM_SUCCESS) == PAM_SUCCESS);
	look(&after);
	same(&before, &after);
}

static void leaves_all_as_found(void **state)
{
	(void)state;
	rule_set(RULE);
	for (int closed = 0; closed < 8; closed++) /* 0, 1 and 2, each alone and together */
		assert_int_equal(in_child(whole_life, closed), 0);
	assert_true(wait_gone(30));
}

/* An application whose user no rule names has the same descriptors as before, too. */
static void left_alone(int number)
{
	struct state before, after;
	pam_handle_t *h = begin(SERVICE, "alice");

	(void)number;
	look(&before);
	CHECK(pam_acct_mgmt(h, 0) == PAM_SUCCESS);
	CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
	look(&after);
	same(&before, &after);
	CHECK(pam_close_session(h, 0) == PAM_SUCCESS);
	CHECK(pam_end(h, PAM_SUCCESS) == PAM_SUCCESS);
	look(&after);
	same(&before, &after);
}

static void leaves_others_alone(void **state)
{
	(void)state;
	rule_set(RULE);
	assert_int_equal(in_child(left_alone, 0), 0);
	assert_true(wait_gone(30));
}

static volatile sig_atomic_t children;

static void on_child(int sig)
{
	const int saved = errno;

	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		children++;
	children += 100;
	errno = saved;
}

static void forked(void)
{
	children += 10000;
}

static void with_sigchld(int how)
{
	struct sigaction a = { .sa_handler = how == 0 ? SIG_IGN : how == 1 ? on_child : SIG_DFL };
	pam_handle_t *h;
	sigset_t all;

	if (how == 2)
		a.sa_flags = SA_NOCLDWAIT;
	CHECK(sigaction(SIGCHLD, &a, NULL) == 0);
	CHECK(pthread_atfork(forked, forked, forked) == 0);
	(void)sigfillset(&all);
	if (how == 3)
		(void)sigprocmask(SIG_SETMASK, &all, NULL);
	h = begin(SERVICE, "bob");
	CHECK(pam_acct_mgmt(h, 0) == PAM_SUCCESS);
	CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
	CHECK(pam_close_session(h, 0) == PAM_SUCCESS);
	CHECK(pam_end(h, PAM_SUCCESS) == PAM_SUCCESS);
	CHECK(children == 0); /* no child was seen, no fork handler ran */
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	(void)sigpending(&all);
	CHECK(sigismember(&all, SIGCHLD) == 0);
}

static void application_handles_children(void **state)
{
	(void)state;
	rule_set(RULE);
	for (int how = 0; how < 4; how++) /* ignored, handled, reaped by the kernel, all blocked */
		assert_int_equal(in_child(with_sigchld, how), 0);
	assert_true(wait_gone(30));
}

static void end_early(int how)
{
	pam_handle_t *h = begin(SERVICE, "bob");
	pid_t pid;

	CHECK(pam_acct_mgmt(h, 0) == PAM_SUCCESS);
	CHECK(pam_acct_mgmt(h, 0) == PAM_SUCCESS); /* asked twice in one stack */
	switch (how) {
	case 0: /* no session step at all */
		CHECK(pam_end(h, PAM_SUCCESS) == PAM_SUCCESS);
		break;
	case 1: /* the login fails after it */
		CHECK(pam_end(h, PAM_AUTH_ERR) == PAM_SUCCESS);
		break;
	case 2:
		_exit(0);
	case 3:
		(void)kill(getpid(), SIGKILL);
		break;
	case 4: /* a child frees its copy, and the parent's session goes on */
		pid = fork();
		if (pid == 0)
			_exit(pam_end(h, PAM_SUCCESS | PAM_DATA_SILENT));
		(void)waitpid(pid, NULL, 0);
		CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
		pid = fork();
		if (pid == 0)
			_exit(pam_end(h, PAM_SUCCESS | PAM_DATA_SILENT));
		(void)waitpid(pid, NULL, 0);
		CHECK(access("/run/cordon/sock", F_OK) == 0);
		CHECK(pam_close_session(h, 0) == PAM_SUCCESS && pam_end(h, 0) == PAM_SUCCESS);
		break;
	case 5: /* opened, and killed */
		CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
		(void)kill(getpid(), SIGKILL);
		break;
	case 6: /* opened twice, closed twice */
		CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
		CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
		CHECK(pam_close_session(h, 0) == PAM_SUCCESS);
		CHECK(pam_close_session(h, 0) == PAM_SUCCESS);
		CHECK(pam_end(h, PAM_SUCCESS) == PAM_SUCCESS);
		break;
	case 7: /* another user after all: alice has no rule */
		CHECK(pam_set_item(h, PAM_USER, "alice") == PAM_SUCCESS);
		CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
		CHECK(access("/run/cordon/sock", F_OK) != 0);
		CHECK(pam_close_session(h, 0) == PAM_SUCCESS && pam_end(h, 0) == PAM_SUCCESS);
		break;
	case 8: /* the other way round: an unconfined user becomes bob */
		CHECK(pam_end(h, PAM_SUCCESS) == PAM_SUCCESS);
		h = begin(SERVICE, "alice");
		CHECK(pam_acct_mgmt(h, 0) == PAM_SUCCESS);
		CHECK(pam_set_item(h, PAM_USER, "bob") == PAM_SUCCESS);
		CHECK(pam_open_session(h, 0) == PAM_SUCCESS);
		CHECK(access("/run/cordon/sock", F_OK) == 0);
		CHECK(pam_close_session(h, 0) == PAM_SUCCESS && pam_end(h, 0) == PAM_SUCCESS);
		break;
	default:
		_exit(2);
	}
}

static void every_early_end_leaves_nothing(void **state)
{
	(void)state;
	rule_set(RULE);
	for (int how = 0; how <= 8; how++) {
		const int code = in_child(end_early, how);

		assert_int_equal(code, how == 3 || how == 5 ? 128 + SIGKILL : 0);
		assert_true(wait_gone(30));
		assert_int_equal(sh("ls -A /run/cordon 2>/dev/null | grep -vx filters").code, 1);
	}
	/* opening twice gives one session */
	(void)sh(": >$HOST_LOG");
	assert_int_equal(in_child(end_early, 6), 0);
	assert_true(wait_gone(30));
	assert_says(sh("grep -c event=permit $HOST_LOG; grep -c event=end $HOST_LOG"), "1\n1\n");
}

/* A child of the application may have, in the session, the process id of the application outside. */
static void child_of_the_same_pid(int number)
{
	pid_t same = getpid();
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uintptr_t)&same,
				   .set_tid_size = 1 };
	pam_handle_t *h = begin(SERVICE, "bob");
	long pid;

	(void)number;
	CHECK(pam_acct_mgmt(h, 0) == PAM_SUCCESS && pam_open_session(h, 0) == PAM_SUCCESS);
	pid = syscall(SYS_clone3, &args, sizeof args);
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(getpid() == same ? pam_end(h, PAM_SUCCESS | PAM_DATA_SILENT) : 1);
	CHECK(waitpid((pid_t)pid, &number, 0) == pid && number == 0);
	CHECK(pam_close_session(h, 0) == PAM_SUCCESS && pam_end(h, 0) == PAM_SUCCESS);
}

static void a_copy_does_not_end_the_session(void **state)
{
	(void)state;
	rule_set(RULE);
	(void)sh(": >$HOST_LOG");
	assert_int_equal(in_child(child_of_the_same_pid, 0), 0);
	assert_true(wait_gone(30));
	assert_says(sh("grep event=end $HOST_LOG"), "by=close");
	assert_silent(sh("cat $HOST_LOG"), "by=socket");
}

static const char *service;
static int want_account, want_session;

static void codes(int number)
{
	pam_handle_t *h = begin(service, number == 0 ? "bob" : number == 1 ? "alice" : "root");
	const int account = pam_acct_mgmt(h, 0), session = pam_open_session(h, 0);

	(void)dprintf(report, "%s: account %d, session %d\n", service, account, session);
	CHECK(account == want_account && session == want_session);
	CHECK(pam_end(h, PAM_SUCCESS) == PAM_SUCCESS);
}

static void answers(const char *name, int user, int account, int session)
{
	service = name;
	want_account = account;
	want_session = session;
	assert_int_equal(in_child(codes, user), 0);
}

static void options_and_codes(void **state)
{
	(void)state;
	rule_set("Action=deny");
	assert_int_equal(
		sh("mkdir -p /etc/other /etc/loose; printf '[Match]\\nUser=alice\\n[Session]\\nAction=deny\\n' >/etc/other/1.conf; "
		   "cp /etc/other/1.conf /etc/loose; chown alice /etc/loose; "
		   "for o in plain debug rules=/etc/other rules=/etc/loose rules=/etc/none rules=etc nonsense 'debug rules=/etc/other'; do "
		   "f=/etc/pam.d/$(echo \"t-$o\" | tr -c 'a-z\\n' -); [ \"$o\" != plain ] || o=; "
		   "printf \"auth required pam_permit.so\\naccount required pam_cordon.so $o\\nsession required pam_cordon.so $o\\n\" >$f; "
		   "done; ls /etc/pam.d | grep ^t-")
			.code,
		0);
	answers("t-plain", 0, PAM_PERM_DENIED, PAM_SESSION_ERR);
	answers("t-plain", 1, PAM_SUCCESS, PAM_SUCCESS);
	answers("t-rules--etc-other", 0, PAM_SUCCESS, PAM_SUCCESS);
	answers("t-rules--etc-other", 1, PAM_PERM_DENIED, PAM_SESSION_ERR);
	answers("t-debug-rules--etc-other", 1, PAM_PERM_DENIED, PAM_SESSION_ERR);
	/* a directory of another owner, a missing one, a relative path, an unknown option: all refused */
	answers("t-rules--etc-loose", 0, PAM_PERM_DENIED, PAM_SESSION_ERR);
	answers("t-rules--etc-none", 0, PAM_PERM_DENIED, PAM_SESSION_ERR);
	answers("t-rules-etc", 0, PAM_SYSTEM_ERR, PAM_SESSION_ERR);
	answers("t-nonsense", 1, PAM_SYSTEM_ERR, PAM_SESSION_ERR);
	assert_says(sh("cat $HOST_LOG"), "invalid option 'nonsense'");
	/* root, whatever is written there */
	answers("t-nonsense", 2, PAM_SUCCESS, PAM_SUCCESS);
	answers("t-rules--etc-none", 2, PAM_SUCCESS, PAM_SUCCESS);
	(void)sh(": >$HOST_LOG");
	answers("t-plain", 1, PAM_SUCCESS, PAM_SUCCESS);
	assert_silent(sh("cat $HOST_LOG"), "event=unconfined");
	answers("t-debug", 1, PAM_SUCCESS, PAM_SUCCESS);
	assert_says(sh("cat $HOST_LOG"), "event=unconfined");
	assert_int_equal(sh("rm /etc/pam.d/t-*").code, 0);
	assert_true(wait_gone(30));
}

static void exports_three_hooks(void **state)
{
	(void)state;
	assert_says(
		sh("nm -D --defined-only $HOST_BUILD/pam_cordon.so | awk '{print $3}' | sort | tr '\\n' ' '; echo ."),
		"pam_sm_acct_mgmt pam_sm_close_session pam_sm_open_session .");
	assert_int_equal(sh("ldd $HOST_BUILD/pam_cordon.so | grep -E 'libseccomp|libcap\\.'").code,
			 1);
}

static int prepare(void **state)
{
	(void)state;
	return sh("e=$HOST_BUILD/tests/live/module/pam_errno.so; echo 'auth required pam_permit.so' >/etc/pam.d/" SERVICE
		  "; "
		  "for step in account session; do printf \"$step required %%s\\n\" \"$e set\" pam_cordon.so $e; "
		  "done >>/etc/pam.d/" SERVICE)
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exports_three_hooks),
		cmocka_unit_test(leaves_all_as_found),
		cmocka_unit_test(leaves_others_alone),
		cmocka_unit_test(application_handles_children),
		cmocka_unit_test(every_early_end_leaves_nothing),
		cmocka_unit_test(a_copy_does_not_end_the_session),
		cmocka_unit_test(options_and_codes),
	};

	return cmocka_run_group_tests_name("module", tests, prepare, NULL);
}
