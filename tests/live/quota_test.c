/* SPDX-License-Identifier: Apache-2.0 */
/* quota_test.c - the kernel counts resources for all sessions of an account together */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes all inotify instances, then waits. */
#define TAKE_INOTIFY \
	"python3 -c '\nimport ctypes, time\nc = ctypes.CDLL(None)\nn = 0\n" \
	"while c.inotify_init1(0) >= 0: n += 1\nprint(\"took\", n, flush=True)\ntime.sleep(300)'"

#define HAVE_INOTIFY \
	"python3 -c 'import ctypes; print(\"have\", ctypes.CDLL(None).inotify_init1(0) >= 0)'"

/* Queues up to a hundred blocked signals, and prints how many. */
#define TAKE_SIGNALS \
	"python3 -c '\nimport ctypes, os, signal, time\nc = ctypes.CDLL(None)\n" \
	"signal.pthread_sigmask(signal.SIG_BLOCK, [40])\nn = 0\n" \
	"while n < 30 and c.sigqueue(os.getpid(), 40, None) == 0: n += 1\n" \
	"print(\"took\", n, flush=True)\ntime.sleep(300)'"

#define FORTY \
	"i=0; while [ $i -lt 40 ]; do sleep 300 & i=$((i+1)); done 2>/dev/null; echo done; wait"

/* A background session of bob that writes to /tmp/NAME what it took. */
#define IN_BACK(name, command) SSH "bob@h '" command "' >/tmp/" name " 2>&1 & "

static int over(void **state)
{
	(void)state;
	(void)sh("pkill -u bob; pkill -u alice; rm -f /etc/security/limits.d/test.conf /tmp/one /tmp/two "
		 "/tmp/three /etc/cordon/cordon.conf");
	return wait_gone(60) ? 0 : -1;
}

static void both(const char *lines)
{
	rule_none();
	rule_file("50-test", "User=bob alice", lines);
}

static void put_script(void)
{
	assert_int_equal(sh("cat >/usr/local/bin/take <<'END'\n%s\nEND\n"
			    "cat >/usr/local/bin/queue <<'END'\n%s\nEND\n"
			    "cat >/usr/local/bin/forty <<'END'\n%s\nEND\n"
			    "chmod 755 /usr/local/bin/take /usr/local/bin/queue /usr/local/bin/forty",
			    TAKE_INOTIFY, TAKE_SIGNALS, FORTY)
				 .code,
			 0);
}

static void inotify_is_the_accounts_own(void **state)
{
	static const char *const maps[] = { "PrivateUsers=identity", "PrivateUsers=self" };

	(void)state;
	put_script();
	for (unsigned i = 0; i < 2; i++) {
		both(maps[i]);
		assert_int_equal(sh(IN_BACK("one", "sh /usr/local/bin/take")
					    UNTIL("grep -q took /tmp/one") "true")
					 .code,
				 0);
		/* all sessions of an account together get what the kernel gives each account */
		assert_says(sh("echo \"took $(cat /proc/sys/fs/inotify/max_user_instances)\" | "
			       "cmp - /tmp/one && echo same"),
			    "same");
		assert_says(as_bob(HAVE_INOTIFY), "have False");
		assert_says(as_user("alice", HAVE_INOTIFY), "have True");
		assert_says(sh(HAVE_INOTIFY), "have True");
		assert_int_equal(over(NULL), 0);
	}
}

static void signals_are_counted_over_sessions(void **state)
{
	(void)state;
	put_script();
	both("PrivateUsers=identity");
	assert_int_equal(sh("echo 'bob - sigpending 40' >/etc/security/limits.d/test.conf").code, 0);
	assert_int_equal(
		sh(IN_BACK("one", "sh /usr/local/bin/queue") UNTIL("grep -q took /tmp/one") "true").code,
		0);
	assert_int_equal(
		sh(IN_BACK("two", "sh /usr/local/bin/queue") UNTIL("grep -q took /tmp/two") "true").code,
		0);
	assert_says(sh("cat /tmp/one"), "took 30");
	assert_says(sh("n=$(sed 's/took //' /tmp/two); [ $n -ge 1 ] && [ $n -le 10 ] && echo within"),
		    "within");
	assert_int_equal(over(NULL), 0);
	/* a rule can give more than the PAM stack */
	both("LimitSIGPENDING=100");
	assert_int_equal(sh("echo 'bob - sigpending 10' >/etc/security/limits.d/test.conf").code, 0);
	if (strstr(sh("bash -c 'ulimit -Hl 100000000' 2>/dev/null && echo may").text, "may") !=
	    NULL) {
		assert_int_equal(sh(IN_BACK("one", "sh /usr/local/bin/queue")
					    UNTIL("grep -q took /tmp/one") "true")
					 .code,
				 0);
		assert_says(sh("cat /tmp/one"), "took 30");
	}
}

static void processes_are_counted_over_sessions(void **state)
{
	(void)state;
	put_script();
	both("PrivateUsers=identity");
	assert_int_equal(sh("echo 'bob - nproc 50' >/etc/security/limits.d/test.conf").code, 0);
	assert_int_equal(
		sh(IN_BACK("one", "sh /usr/local/bin/forty") IN_BACK(
			   "two", "sh /usr/local/bin/forty") IN_BACK("three",
								     "sh /usr/local/bin/forty")
			   UNTIL("[ \"$(cat /tmp/one /tmp/two /tmp/three | grep -c -e done -e fork)\" -ge 3 ]") "true")
			.code,
		0);
	assert_says(
		sh("n=$(pgrep -u bob -x -c sleep); [ $n -ge 25 ] && [ $n -le 50 ] && echo within || echo $n"),
		"within");
	/* others have theirs */
	assert_says(as_user("alice", "sleep 0 & wait; echo alive"), "alive");
	assert_int_equal(over(NULL), 0);
	assert_int_equal(sh("echo 'bob - nproc 50' >/etc/security/limits.d/test.conf").code, 0);
	/* the default is a ceiling, which keeps a lower limit */
	assert_says(as_bob("ulimit -u"), "50");
	assert_int_equal(sh("echo 'bob - nproc 20000' >/etc/security/limits.d/test.conf").code, 0);
	assert_says(as_bob("ulimit -u; ulimit -Hu"), "4096\n4096");
	assert_int_equal(
		sh("echo 'bob soft nproc 100\nbob hard nproc 9000' >/etc/security/limits.d/test.conf")
			.code,
		0);
	assert_says(as_bob("ulimit -u; ulimit -Hu"), "100\n4096");
	both("LimitNPROC=200");
	assert_says(as_bob("ulimit -u"), "200");
}

/* A fork bomb ends at the limit of the session, and the host works on. */
static void a_bomb(void **state)
{
	(void)state;
	both("LimitNPROC=300");
	assert_int_equal(
		sh("timeout 20 " SSH "bob@h 'b() { b | b & }; b; sleep 300' >/tmp/one 2>&1 & " UNTIL(
			   "grep -q -i 'resource temporarily' /tmp/one") "grep -q -i 'resource temporarily' /tmp/one")
			.code,
		0);
	assert_says(sh("[ $(pgrep -u bob -c .) -le 310 ] && echo bounded"), "bounded");
	assert_says(as_user("alice", "echo alive"), "alive");
}

static void the_range(void **state)
{
	static const struct {
		const char *conf, *says;
	} wrong[] = {
		{ "[Host]\nOwnerIDs=2000\n", "cordon.conf:2: OwnerIDs=: invalid range '2000'" },
		{ "[Host]\nOwnerIDs=0-5\n", "cordon.conf:2: OwnerIDs=: invalid range '0-5'" },
		{ "[Host]\nOwnerIDs=10-4294967294\n", "cordon.conf:2: OwnerIDs=: invalid range" },
		{ "[Host]\nOwner=1-2\n", "cordon.conf:2: unknown directive Owner=" },
		{ "[Session]\n", "cordon.conf:1: unknown section [Session]" },
		{ "OwnerIDs=1-2\n", "cordon.conf:1: " },
		{ "[Host]\nOwnerIDs=700000-700999\n",
		  "cordon.conf:2: uid 2001 has no id in OwnerIDs=700000-700999" },
		{ "[Host]\nOwnerIDs=1500-9000\n",
		  "cordon.conf:2: uid 2001 is within OwnerIDs=1500-9000" },
		{ "[Host]\nOwnerIDs=3000000-3999999\n",
		  "cordon.conf:2: account 'mallory' has uid 3002001" },
	};

	(void)state;
	rule_none();
	rule_set("");
	assert_says(sh("cordon check; echo rc=$?"), "rc=0");
	assert_int_equal(sh("useradd -u 3002001 -M mallory").code, 0);
	for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(
			sh("printf '%s' '%s' >/etc/cordon/cordon.conf", "%b", wrong[i].conf).code,
			0);
		assert_silent(as_bob("echo in"), "in\n");
		assert_says(sh("grep event=deny $HOST_LOG | tail -1"), wrong[i].says);
		/* other users can still log in */
		assert_says(as_user("alice", "echo in"), "in\n");
		assert_says(as_user("root", "echo in"), "in\n");
	}
	assert_says(sh("cordon check; echo rc=$?"),
		    "account 'mallory' has uid 3002001, which is within OwnerIDs=3000000-3999999");
	assert_says(sh("printf '[Host]\\nOwnerIDs=5000000-5999999\\n' >/etc/cordon/cordon.conf; "
		       "echo alice:5500000:65536 >>/etc/subuid; cordon check; echo rc=$?"),
		    "'alice' may use ids within OwnerIDs=5000000-5999999");
	assert_says(sh("cordon check; echo rc=$?"), "rc=1");
	assert_says(sh("chmod 666 /etc/cordon/cordon.conf; cordon check; echo rc=$?"), "rc=1");
	assert_silent(as_bob("echo in"), "in\n");
	assert_int_equal(
		sh("chmod 644 /etc/cordon/cordon.conf; sed -i /alice/d /etc/subuid; userdel mallory")
			.code,
		0);
	assert_says(sh("cordon check; echo rc=$?"), "rc=0");
	assert_says(sh("cordon explain --all bob"),
		    "owner of the user namespace: uid 5002001, which no account has");
	assert_int_equal(
		sh(SSH "-f bob@h 'exec sleep 300' && " UNTIL("pgrep -u 5002001 >/dev/null") "true").code,
		0);
	assert_says(sh("ps -o comm= -u 5002001"), "cordon-keeper");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(inotify_is_the_accounts_own, over),
		cmocka_unit_test_teardown(signals_are_counted_over_sessions, over),
		cmocka_unit_test_teardown(processes_are_counted_over_sessions, over),
		cmocka_unit_test_teardown(a_bomb, over),
		cmocka_unit_test_teardown(the_range, over),
	};

	return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
