/* SPDX-License-Identifier: Apache-2.0 */
/* beside_test.c - attackers beside a session: of the same uid outside, and callers of cordonsh */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* bob's processes but for the attacker itself, sshd's half among them, init and the keeper */
#define THEIRS \
	"{ pgrep -u bob | grep -v -x \"$(pgrep -x probe | head -1)\"; pgrep -x cordon-keeper; }"

/* waits until su has entered; a "sleep" of an earlier test may be dead but not yet reaped */
#define IN_VIEW \
	UNTIL("[ -n \"$(readlink /proc/$(pgrep -x -o su)/ns/mnt)\" ] && " \
	      "[ \"$(readlink /proc/$(pgrep -x -o su)/ns/mnt)\" != \"$(readlink /proc/$$/ns/mnt)\" ]")

static int over(void **state)
{
	(void)state;
	(void)sh("pkill -x sleep; pkill -x probe; " UNTIL("! pgrep -x su >/dev/null") "true");
	if (wait_gone(60))
		return 0;
	print_message("%s\n", sh("ps -e -o pid,ppid,stat,wchan,comm").text);
	return -1;
}

static void same_uid_outside(void **state)
{
	static const char *const maps[] = { "PrivateUsers=identity", "PrivateUsers=self",
					    "PrivateUsers=identity\nPrivatePIDs=no" };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		/* the process starts before there is a rule */
		rule_none();
		assert_int_equal(
			sh("rm -f /tmp/pids /tmp/probe.out; setpriv --reuid 2001 --regid 2001 --clear-groups " PROBE
			   "beside /tmp/pids >/tmp/probe.out 2>&1 & sleep 0.2; "
			   "readlink /proc/$!/ns/mnt")
				.code,
			0);
		rule_set(maps[i]);
		assert_int_equal(sh(SSH "-f bob@h 'exec sleep 300' && " UNTIL(
					    "pgrep -u bob -x sleep >/dev/null") THEIRS
				    " >/tmp/new; "
				    "test $(wc -l </tmp/new) -ge 4 && mv /tmp/new /tmp/pids")
					 .code,
				 0);
		assert_int_equal(sh(UNTIL("! pgrep -x probe >/dev/null")).code, 0);
		assert_says(sh("cat /tmp/probe.out"), ", got 0");
		assert_silent(sh("cat /tmp/probe.out"), "tried 0");
		assert_int_equal(over(NULL), 0);
	}
}

/*
 * Nobody has the id that owns a session's user namespace, and nobody can get it: not another account,
 * not bob from inside. Whoever had it could enter, which shows what is kept from them.
 */
static void the_owner_is_nobody(void **state)
{
	static const char *const others[] = { "2002", "65534", "33" };
	char owner[16], line[128];

	(void)state;
	rule_set("");
	assert_int_equal(sh(SSH
			    "-f bob@h 'exec sleep 300' && " UNTIL("pgrep -u bob -x sleep >/dev/null")
				    THEIRS " >/tmp/pids; "
					   "test $(wc -l </tmp/pids) -ge 4")
				 .code,
			 0);
	(void)snprintf(owner, sizeof owner, "%u", 0x80000000u + 2001);
	assert_says(sh("ps -o comm= -u %s", owner), "cordon-keeper");
	assert_silent(sh("getent passwd %s; echo none", owner), "x:");
	for (unsigned i = 0; i < 3; i++)
		assert_says(sh("setpriv --reuid %s --regid %s --clear-groups " PROBE
			       "beside /tmp/pids",
			       others[i], others[i]),
			    ", got 0");
	assert_says(sh("setpriv --reuid %s --regid 65534 --clear-groups " PROBE
		       "beside /tmp/pids; pkill -9 -x sleep",
		       owner),
		    "GOT setns");
	/* nobody can get the id from inside, or from outside without privilege */
	(void)snprintf(line, sizeof line, "python3 -c 'import os; os.setresuid(%s, %s, %s)'", owner,
		       owner, owner);
	assert_says(as_bob(line), "Operation not permitted");
	assert_says(sh("setpriv --reuid 2001 --regid 2001 --clear-groups %s", line),
		    "Operation not permitted");
	/* a user namespace of the attacker cannot map the id */
	assert_says(
		sh("setpriv --reuid 2001 --regid 2001 --clear-groups unshare -U --map-users %s,%s,1 true; echo rc=$?",
		   owner, owner),
		"rc=1");
}

/* The same attempts succeed on an unprotected process, so the test can fail. */
static void the_attacker_is_real(void **state)
{
	(void)state;
	rule_none();
	assert_says(
		sh("setpriv --reuid 2001 --regid 2001 --clear-groups sh -c 'sleep 20 & echo $! >/tmp/own; " PROBE
		   "beside /tmp/own; kill $!'"),
		"GOT open");
	assert_says(
		sh("setpriv --reuid 2001 --regid 2001 --clear-groups sh -c 'sleep 20 & echo $! >/tmp/own2; " PROBE
		   "beside /tmp/own2; kill $!'"),
		"GOT ptrace");
}

static void nothing_capable_on_the_host(void **state)
{
#define LOOK \
	"for d in $(awk '$3 != \"proc\" && $3 != \"sysfs\" { print $2 }' /proc/mounts | sort -u); do " \
	"find $d -xdev -type f -perm /6000 -printf '%%p %%m\\n' 2>/dev/null; done | sort -u; " \
	"getcap -r / 2>/dev/null | sort"
	(void)state;
	rule_set("");
	assert_int_equal(sh("{ " LOOK "; } >/tmp/set-id.before; test -s /tmp/set-id.before").code,
			 0);
	assert_int_equal(sh(SSH "-f bob@h 'sleep 300' && " UNTIL(
				    "pgrep -u bob -x sleep >/dev/null") "pgrep -x cordon-keeper")
				 .code,
			 0);
	assert_says(
		sh("{ " LOOK
		   "; } >/tmp/set-id.during; cmp /tmp/set-id.before /tmp/set-id.during && echo same"),
		"same");
	assert_silent(sh("ls /run/cordon/cordonsh"), "/run/cordon/cordonsh\n");
	/* in the caller view it has capabilities, which shows that getcap would see them */
	assert_says(
		sh("nsenter -m -t $(pgrep -f 'sshd: bob .priv.' | head -1) getcap /run/cordon/cordonsh"),
		"cap_sys_admin");
}

static bool confined_or_not_run(struct out o)
{
	static const char *const on[] = { "NoNewPrivs:\t1\n", "Seccomp:\t2\n",
					  "CapEff:\t0000000000000000\n",
					  "CapPrm:\t0000000000000000\n",
					  "CapBnd:\t0000000000000000\n" };

	if (strstr(o.text, "RAN") == NULL)
		return true;
	for (unsigned i = 0; i < sizeof on / sizeof on[0]; i++)
		if (strstr(o.text, on[i]) == NULL)
			return false;
	return true;
}

#define CALL PROBE "call $(pgrep -x -o su) "

static void callers_of_cordonsh(void **state)
{
	static const struct {
		const char *what;
		int from, to;
		/* the process may die before main(), because execve(2) fails too late */
		bool may_die;
		const char *says; /* NULL: the session may be confined or refused */
	} calls[] = {
		{ "plain", 0, 0, false, "NoNewPrivs:\t1" },
		{ "argc-0", 0, 0, false, "signal=0" },
		{ "many-arguments", 0, 0, false, NULL },
		{ "long-argument", 0, 0, false, NULL },
		{ "many-variables", 0, 0, false, NULL },
		{ "bad-variables", 0, 0, false, "NoNewPrivs:\t1" },
		{ "no-variables", 0, 0, false, "NoNewPrivs:\t1" },
		{ "options", 0, 0, false, NULL },
		{ "closed", 1, 7, false, "signal=0" },
		{ "wrong-descriptors", 0, 0, false, NULL },
		{ "limit", 0, 15, true, NULL },
		{ "descriptors", 1, 2, true,
		  NULL }, /* a static C library opens 0, 1 and 2 at its start */
		{ "descriptors", 3, 12, false, NULL },
		{ "signals", 0, 0, false, "NoNewPrivs:\t1" },
		{ "loop", 30, 30, false, "NoNewPrivs:\t1" },
		{ "another-uid", 0, 0, false, "status=125" },
		{ "false-keeper", 0, 0, false, "status=125" },
		{ "false-keeper-deaf", 0, 0, false, "status=125" },
	};
	unsigned wrong = 0;

	(void)state;
	rule_set("");
	assert_int_equal(
		sh("su bob -c 'sleep 300' >/dev/null 2>&1 & " IN_VIEW "pgrep -x -o su").code, 0);
	for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++)
		for (int n = calls[i].from; n <= calls[i].to; n++) {
			const struct out o =
				sh(CALL "%s %d </dev/null 2>&1 | cat", calls[i].what, n);
			const bool alive = strstr(o.text, "signal=0") != NULL;

			/* a program that dies in the midst of its words says too little */
			const bool all = !calls[i].may_die || alive ||
					 strstr(o.text, "nonvoluntary_ctxt_switches") != NULL;

			if ((!all || confined_or_not_run(o)) && (alive || calls[i].may_die) &&
			    o.code == 0 &&
			    (calls[i].says == NULL || strstr(o.text, calls[i].says) != NULL))
				continue;
			print_message("%s %d: code %d\n%s\n", calls[i].what, n, o.code, o.text);
			wrong++;
		}
	assert_int_equal(wrong, 0);
	/* the session itself is unharmed */
	assert_says(sh(CALL "plain"), "NoNewPrivs:\t1");
	assert_silent(sh("grep event=tampering $HOST_LOG"), "tampering");
}

static void cordonsh_without_its_keeper(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("su bob -c 'sleep 300' >/dev/null 2>&1 & " IN_VIEW "pgrep -x -o su").code, 0);
	assert_says(
		sh("mkfifo /tmp/go; " CALL
		   "hold </tmp/go >/tmp/held 2>&1 & exec 3>/tmp/go; " UNTIL("grep -q holding /tmp/held") "pkill -9 -o -x cordon-keeper; " UNTIL(
			   "! pgrep -x cordon-keeper >/dev/null") "exec 3>&-; wait $!; echo status=$?; cat /tmp/held; rm /tmp/go"),
		"status=125");
	assert_silent(sh("cat /tmp/held"), "RAN");
	assert_says(sh("cat /tmp/held"), "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(same_uid_outside, over),
		cmocka_unit_test_teardown(the_owner_is_nobody, over),
		cmocka_unit_test_teardown(the_attacker_is_real, over),
		cmocka_unit_test_teardown(nothing_capable_on_the_host, over),
		cmocka_unit_test_teardown(callers_of_cordonsh, over),
		cmocka_unit_test_teardown(cordonsh_without_its_keeper, over),
	};

	return cmocka_run_group_tests_name("beside", tests, NULL, NULL);
}
