/* SPDX-License-Identifier: Apache-2.0 */
/* caller_test.c - PAM applications unlike sshd: not root, or one process for several sessions */
#include "lib/live.h"

#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE "database"
/* as in the stack of a database or a screen locker, without modules that need the shadow file */
#define STACK \
	"auth required pam_permit.so\\naccount required pam_cordon.so\\nsession required pam_cordon.so\\n"
#define AS_EVE "setpriv --reuid eve --regid eve --clear-groups --inh-caps=-all --bounding-set=-all "

static int talk(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)msg;
	(void)data;
	*resp = calloc((size_t)n, sizeof **resp);
	return *resp != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static const struct pam_conv conv = { .conv = talk };

/* Waits, because the log comes by a socket. */
static bool logged(const char *event, const char *what)
{
	return says(
		sh(UNTIL("grep 'event=%s' $HOST_LOG | tail -n 1 | grep -qF \"%s\"") "grep 'event=%s' $HOST_LOG | tail -n 1",
		   event, what, event),
		what);
}

static void no_rules(void **state)
{
	(void)state;
	rule_none();
	assert_int_equal(
		sh(AS_EVE "pamtester " SERVICE " alice acct_mgmt open_session close_session").code,
		0);
	assert_int_equal(sh(AS_EVE "pamtester " SERVICE " bob acct_mgmt").code, 0);
	assert_int_equal(sh(AS_EVE "pamtester " SERVICE " root acct_mgmt").code, 0);
	assert_int_equal(sh(AS_EVE "pamtester " SERVICE " eve acct_mgmt").code, 0);
	assert_silent(sh("cat $HOST_LOG"), "event=error");
	assert_true(wait_gone(10));
}

static void rules_that_may_be_read(void **state)
{
	(void)state;
	rule_set("Services=" SERVICE);
	assert_int_equal(
		sh(AS_EVE "pamtester " SERVICE " alice acct_mgmt open_session close_session").code,
		0);
	/* only an application of root's could confine bob */
	assert_int_not_equal(sh(AS_EVE "pamtester " SERVICE " bob acct_mgmt").code, 0);
	assert_true(logged(
		"deny", "the application runs as uid 2004, and only root's can confine an account"));
	assert_int_not_equal(sh(AS_EVE "pamtester " SERVICE " bob open_session").code, 0);
	assert_int_equal(sh("pamtester " SERVICE " bob acct_mgmt").code, 0);
	rule_set("Action=deny");
	assert_int_not_equal(sh(AS_EVE "pamtester " SERVICE " bob acct_mgmt").code, 0);
	rule_set("Action=allow");
	assert_int_equal(sh(AS_EVE "pamtester " SERVICE " bob acct_mgmt").code, 0);
	assert_true(wait_gone(10));
}

/* An application that cannot read a rule does not learn whom the rule names or what it says. */
static void rules_that_may_not(void **state)
{
	(void)state;
	rule_set("Message=a secret of the rule\nAction=deny");
	assert_int_equal(sh("chmod 600 /etc/cordon/rules.d/50-bob.conf").code, 0);
	assert_int_not_equal(sh(AS_EVE "pamtester " SERVICE " alice acct_mgmt").code, 0);
	assert_true(logged(
		"deny",
		"50-bob.conf: the application runs as uid 2004 and cannot read this; make it readable"));
	assert_silent(sh(AS_EVE "pamtester " SERVICE " bob acct_mgmt"), "secret");
	assert_int_equal(sh("pamtester " SERVICE " alice acct_mgmt").code, 0);
	/* an earlier, readable rule decides */
	rule_file("10-alice", "User=alice", "Action=allow");
	assert_int_equal(
		sh(AS_EVE "pamtester " SERVICE
			  " alice acct_mgmt; rc=$?; rm /etc/cordon/rules.d/10-alice.conf; exit $rc")
			.code,
		0);
	assert_int_equal(sh("chmod 700 /etc/cordon/rules.d").code, 0);
	assert_int_not_equal(sh(AS_EVE "pamtester " SERVICE " alice acct_mgmt").code, 0);
	assert_true(logged("deny", "cannot read this"));
	assert_int_equal(
		sh("chmod 755 /etc/cordon/rules.d; pamtester " SERVICE " alice acct_mgmt").code, 0);
	assert_true(wait_gone(10));
}

static pam_handle_t *begin(const char *user)
{
	pam_handle_t *h = NULL;

	return pam_start(SERVICE, user, &conv, &h) == PAM_SUCCESS ? h : NULL;
}

/* Opens, closes, forks, and opens for @next; the exit status tells the step that failed. */
static int life(const char *next, bool new_handle)
{
	pam_handle_t *h = begin("bob");
	pid_t pid;
	int status;

	if (h == NULL || pam_acct_mgmt(h, 0) != PAM_SUCCESS || pam_open_session(h, 0) != PAM_SUCCESS)
		return 1;
	if (pam_close_session(h, 0) != PAM_SUCCESS)
		return 2;
	if (new_handle && (pam_end(h, PAM_SUCCESS) != PAM_SUCCESS || (h = begin(next)) == NULL))
		return 3;
	pid = fork();
	if (pid == 0) {
		(void)execl("/bin/true", "true", (char *)NULL);
		_exit(99); /* the gate stays */
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 99)
		return 4;
	status = pam_open_session(h, 0);
	(void)pam_end(h, PAM_SUCCESS); /* the process ends next */
	return status == PAM_SUCCESS ? 10 : status == PAM_SESSION_ERR ? 11 : 12;
}

static int in_child(const char *next, bool new_handle)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(life(next, new_handle));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* A process is confined once. It can fork afterwards, and the log says why it gets no second session. */
static void opens_again(void **state)
{
	(void)state;
	rule_set("Services=" SERVICE);
	for (int new_handle = 0; new_handle < 2; new_handle++) {
		(void)sh(": >$HOST_LOG");
		assert_int_equal(in_child("bob", new_handle), 11);
		assert_true(logged("deny", "this process was confined by an earlier session"));
		assert_says(
			sh(UNTIL("grep -q by=close $HOST_LOG") "grep -c event=permit $HOST_LOG; grep -c by=close $HOST_LOG"),
			"1\n1\n");
	}
	assert_int_equal(in_child("alice", true), 11);
	assert_int_equal(in_child("root", true), 10);
	assert_true(wait_gone(30));
}

/* A server that opens a session for one user and goes on to serve the next, in the same process. */
static int serves_on(const char *next)
{
	pam_handle_t *first = begin("bob"), *second = begin(next);

	if (first == NULL || pam_acct_mgmt(first, 0) != PAM_SUCCESS ||
	    pam_open_session(first, 0) != PAM_SUCCESS)
		return 1;
	if (second == NULL)
		return 2;
	if (pam_acct_mgmt(second, 0) == PAM_SUCCESS)
		return 3;
	return pam_open_session(second, 0) == PAM_SUCCESS ? 4 : 10;
}

static void serves_several(void **state)
{
	static const char *const next[] = { "bob", "alice", "carol" };

	(void)state;
	rule_set("Services=" SERVICE);
	for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
		pid_t pid;
		int status;

		(void)sh(": >$HOST_LOG");
		pid = fork();
		if (pid == 0)
			_exit(serves_on(next[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 10);
		assert_true(logged("deny", "this process was confined by an earlier session"));
	}
	assert_true(wait_gone(30));
}

static void unknown_user(void **state)
{
	pam_handle_t *h = begin("nobody-has-this");

	(void)state;
	assert_non_null(h);
	assert_int_equal(pam_acct_mgmt(h, 0), PAM_USER_UNKNOWN);
	assert_int_equal(pam_end(h, PAM_SUCCESS), PAM_SUCCESS);
	assert_true(logged("deny", "the user cannot be found"));
}

/* dlclose(3) in a process with threads, or with a handler on its way, must not take the code away. */
static void stays_loaded(void **state)
{
	(void)state;
	assert_says(sh("readelf -d /lib/*/security/pam_cordon.so"), "NODELETE");
}

static int prepare(void **state)
{
	(void)state;
	return sh("printf '" STACK "' >/etc/pam.d/" SERVICE).code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rules),	      cmocka_unit_test(rules_that_may_be_read),
		cmocka_unit_test(rules_that_may_not), cmocka_unit_test(opens_again),
		cmocka_unit_test(serves_several),     cmocka_unit_test(unknown_user),
		cmocka_unit_test(stays_loaded),
	};

	return cmocka_run_group_tests_name("caller", tests, prepare, NULL);
}
