/* SPDX-License-Identifier: Apache-2.0 */
/* services_test.c - services that do not answer a login: names, logs, files */
#include "lib/live.h"

#include <stdlib.h>
#include <string.h>

#define FAST(command) "timeout 12 " command

/* A name service that is slow about groups delays only users whose rules ask for groups. */
static void slow_groups(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cp $HOST_BUILD/tests/live/module/libnss_slow.so.2 $(dirname $(ldd /bin/true | sed -n 's/.*=> \\(.*libc.so.6\\).*/\\1/p'))/ && "
		   "cp /etc/nsswitch.conf /run/host/nsswitch && sed -i -E 's/^group:.*/group: slow files/' /etc/nsswitch.conf")
			.code,
		0);
	rule_set("");
	assert_says(as_bob("id -Gn"), "bob project"); /* the service is asked and answers at once */
	assert_int_equal(sh("echo 60 cordon-names >/run/host/slow").code, 0);
	rule_none();
	rule_file("10-bob", "User=bob", "Action=allow");
	rule_file("20-all", "Group=project", "");
	assert_says(sh(FAST(SSH "bob@h 'echo in; grep Seccomp: /proc/self/status'")),
		    "in\nSeccomp:\t0\n");
	assert_says(sh(FAST("su bob -c 'echo in'")), "in\n");
	assert_says(
		sh(FAST("su eve -c 'echo in' & ") "su alice -c 'echo in'; wait; grep -a event=deny $HOST_LOG | tail -n 1"),
		"the name service did not return a group within 15 seconds");
	rule_none();
	rule_set("Action=deny");
	assert_says(sh(": >$HOST_LOG; " FAST("su bob -c 'echo in'") "; cat $HOST_LOG"),
		    "event=deny");
	rule_set("");
	assert_int_equal(sh("echo 17 su >/run/host/slow").code, 0); /* the application asks */
	assert_says(
		sh(": >$HOST_LOG; su bob -c 'echo in'; cat $HOST_LOG"),
		"why=\"the name service did not return the groups of the user within 15 seconds; see nsswitch.conf(5)\"");
	assert_int_equal(sh("echo 3 su >/run/host/slow").code, 0);
	assert_says(sh("su bob -c 'id -Gn'"), "bob project");
	assert_int_equal(sh("cp /run/host/nsswitch /etc/nsswitch.conf; rm /run/host/slow").code, 0);
	assert_true(wait_gone(90));
}

/* The environment of the user who calls su(1) must not hide a group from the rules. */
static void hidden_groups(void **state)
{
	static const char *const tries[] = { "SLOW_LOOPS=NO su", "ulimit -n 64; su", "su" };

	(void)state;
	assert_int_equal(
		sh("cp /etc/nsswitch.conf /run/host/nsswitch && sed -i -E 's/^group:.*/group: files slow/' /etc/nsswitch.conf; "
		   "touch /run/host/bobs; cp /etc/pam.d/su /run/host/su; sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/su")
			.code,
		0);
	rule_none();
	rule_file("10-4712", "Group=4712", "Action=deny\nMessage=you are in it");
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		assert_says(sh("su eve -s /bin/sh -c '%s bob -c \"echo in\"' 2>&1", tries[i]),
			    "you are in it");
	assert_says(
		sh("su eve -s /bin/sh -c 'ulimit -v 200000; su bob -c \"echo in\"' 2>&1; tail -n 9 $HOST_LOG"),
		"event=deny");
	assert_int_equal(
		sh("cp /run/host/nsswitch /etc/nsswitch.conf; cp /run/host/su /etc/pam.d/su; rm /run/host/bobs")
			.code,
		0);
}

/* A line of group(5) that libc takes counts, also if the manual says otherwise. */
static void odd_files(void **state)
{
	static const char *const tries[] = {
		"echo \"odd:x:4711:alice, bob\" >>/etc/group",
		"echo \"odd:x: 4711:bob\" >>/etc/group",
		"echo \"+odd:x:4711:bob\" >>/etc/group",
		"touch /run/host/bobs; echo \"group: files slow\" >>/etc/nsswitch.conf",
		"touch /run/host/bobs; sed -i \"s/^group:.*/group files slow/\" /etc/nsswitch.conf",
	};

	(void)state;
	assert_int_equal(
		sh("cp /etc/nsswitch.conf /run/host/nsswitch; cp /etc/group /run/host/group; "
		   "sed -i -E 's/^group:.*/group: files/' /etc/nsswitch.conf; cp /etc/nsswitch.conf /run/host/odd")
			.code,
		0);
	rule_none();
	rule_file("10-odd", "Group=4711 4712", "Action=deny\nMessage=you are in it");
	assert_says(sh("su bob -c 'echo in'"), "in\n");
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		assert_says(
			sh("%s; su bob -c 'echo in' 2>&1; cp /run/host/odd /etc/nsswitch.conf; cp /run/host/group /etc/group; rm -f /run/host/bobs",
			   tries[i]),
			"you are in it");
	rule_none();
	assert_int_equal(sh("cp /run/host/nsswitch /etc/nsswitch.conf").code, 0);
}

/* Without cordon-names, nobody is refused whom the account files know completely. */
static void no_helper(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cp /etc/nsswitch.conf /run/host/nsswitch && mv /usr/libexec/cordon-names /usr/libexec/cordon-names.away && "
		   "sed -i -E 's/^(group|passwd):.*/\\1: files/' /etc/nsswitch.conf")
			.code,
		0);
	rule_set("");
	assert_says(sh("su bob -c 'id -Gn; grep Seccomp: /proc/self/status'"),
		    "bob project\nSeccomp:\t2\n");
	assert_int_equal(sh("sed -i -E 's/^group:.*/group: files slow/' /etc/nsswitch.conf").code,
			 0);
	assert_says(sh("su bob -c 'id -Gn'"), "bob project\n"); /* su is asked */
	rule_file("20-all", "Group=nobody-has-it", "");
	assert_says(
		sh(": >$HOST_LOG; su alice -c 'echo in'; cat $HOST_LOG"),
		"Group=: cannot look up 'nobody-has-it': cordon-names cannot be started; install cordon again");
	assert_int_equal(sh("rm /etc/cordon/rules.d/20-all.conf").code, 0);
	assert_says(sh("su alice -c 'echo in'"), "in\n"); /* no rule asks for her groups */
	assert_int_equal(
		sh("sed -i -E 's/^passwd:.*/passwd: slow files/' /etc/nsswitch.conf; su alice -c 'echo in'")
			.code,
		1);
	assert_int_equal(sh("mv /usr/libexec/cordon-names.away /usr/libexec/cordon-names").code, 0);
	assert_says(sh("su bob -c 'id -Gn; grep Seccomp: /proc/self/status'"),
		    "bob project\nSeccomp:\t2\n");
	assert_int_equal(sh("cp /run/host/nsswitch /etc/nsswitch.conf").code, 0);
}

/* A user has as many groups as the kernel allows, and one of them decides. */
static void many_groups(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cp /etc/group /run/host/group; "
		   "awk 'BEGIN { for (i = 0; i < 65530; i++) printf \"many%%d:x:%%d:bob\\n\", i, 100000 + 2 * i }' >>/etc/group; id -G bob | wc -w")
			.code,
		0);
	rule_none();
	rule_file("10-bob", "Group=nobody-has-it !many65529", "Action=deny");
	rule_file("20-bob", "Group=many65529", "");
	assert_says(sh("su bob -c 'grep Seccomp: /proc/self/status; id -G | wc -w'"),
		    "Seccomp:\t2\n65532\n");
	assert_says(as_bob("id -G | wc -w; touch f && chgrp many65000 f && stat -c %G f"),
		    "65532\nmany65000\n");
	assert_says(sh("su alice -c 'grep Seccomp: /proc/self/status'"), "Seccomp:\t0\n");
	rule_none();
	rule_set("PrivateUsers=self");
	assert_says(
		sh(": >$HOST_LOG; su bob -c true; cat $HOST_LOG"),
		"50-bob.conf:5: PrivateUsers=: user has too many groups for 'self'; write identity");
	assert_says(sh("cd /; cordon run --user bob -- sh -c 'id -G | wc -w'"), "65532\n");
	assert_int_equal(sh("cp /run/host/group /etc/group; rm -f /home/bob/f").code, 0);
	assert_true(wait_gone(30));
}

/*
 * A syslogd that reads nothing. pam_unix and su would wait for it, so the stack has only pam_cordon.
 */
#define HUNG_LOG \
	"mv /dev/log /dev/log.away; python3 -c 'import os,socket,time\n" \
	"s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(\"/dev/log\")\n" \
	"c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.setblocking(False)\n" \
	"c.connect(\"/dev/log\")\n" \
	"try:\n" \
	"  while True: c.send(b\"full\" * 200)\n" \
	"except BlockingIOError: pass\n" \
	"open(\"/run/host/full\", \"w\"); time.sleep(300)' & L=$!; " UNTIL("test -e /run/host/full")

static void hung_log(void **state)
{
	static const char *const commands[] = {
		"pamtester su bob acct_mgmt open_session close_session",
		"pamtester su alice acct_mgmt",
		"pamtester su carol acct_mgmt; true",
		"setpriv --reuid bob --regid bob --init-groups cordonsh -c 'echo in'",
		"cordon run -- true",
	};

	(void)state;
	rule_none();
	rule_set("");
	rule_file("60-carol", "User=carol", "Action=deny");
	assert_int_equal(
		sh("cp /etc/pam.d/su /run/host/su; printf 'auth sufficient pam_permit.so\naccount required pam_cordon.so\nsession required pam_cordon.so\n' >/etc/pam.d/su")
			.code,
		0);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		assert_int_equal(
			sh(HUNG_LOG
			   "cd /; timeout 60 sh -c \"%s\"; c=$?; kill $L; wait; rm /dev/log /run/host/full; mv /dev/log.away /dev/log; exit $c",
			   commands[i])
				.code,
			0);
	assert_true(wait_gone(30));
	assert_int_equal(sh("cp /run/host/su /etc/pam.d/su").code, 0);
	/* lost lines are counted */
	rule_none();
	rule_set("");
	assert_says(
		sh("su bob -c 'sleep 300' & " UNTIL("pgrep -u bob -x sleep >/dev/null") HUNG_LOG
		   "K=$(pgrep -o -x cordon-keeper); : >$HOST_LOG; pkill -TERM -u bob -x sleep; sleep 1; "
		   "kill $L; rm -f /dev/log /run/host/full; mv /dev/log.away /dev/log; wait; ! kill -0 $K && echo gone"),
		"gone");
	assert_true(wait_gone(30));
}

/* If the file server of a home hangs, no login delays others, and no process of root stays. */
static void hung_home(void **state)
{
	static const char *const rules[] = { "",
					     "InaccessiblePaths=-%h/hello\nReadOnlyPaths=-%h/x/y" };

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_none();
		rule_set(rules[i]);
		assert_int_equal(
			sh("[ -e /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229; rm -f /run/host/hang; HANG=/run/host/hang $HOST_SOURCE/tests/live/fuse_stub /home/bob 2001 && cat /home/bob/hello")
				.code,
			0);
		assert_int_equal(
			sh("touch /run/host/hang; cd /; (timeout -s KILL %u su bob -c 'cat hello' >/tmp/hung 2>&1; echo code=$? >>/tmp/hung) & "
			   "sleep 1; timeout 10 su alice -c 'grep -q Seccomp:.0 /proc/self/status' && timeout 10 su root -c true || exit 9; "
			   "n=0; until grep -q code= /tmp/hung || [ $n -gt 1000 ]; do sleep 0.1; n=$((n+1)); done; grep code= /tmp/hung",
			   i == 0 ? 8 : 60)
				.code,
			0);
		/* a killed process waits for the file server, and nothing waits for the process */
		assert_string_equal(
			sh("sleep 12; for p in $(pgrep -x 'cordon-(keeper|login)' 2>/dev/null); do "
			   "grep -q '^PPid:.1$' /proc/$p/status && grep -q '^Sh[d]Pnd:.*[1-9a-f]' /proc/$p/status || grep -e Name -e State -e PPid -e Pnd /proc/$p/status; done")
				.text,
			"");
		assert_int_equal(
			sh("pkill -f [f]use_stub; rm /run/host/hang; umount -l /home/bob").code, 0);
		assert_true(wait_gone(30));
	}
	assert_says(sh("su bob -c 'echo in'"), "in");
	assert_says(sh("grep -a ETIMEDOUT $HOST_LOG"), "a file system does not answer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_groups), cmocka_unit_test(hidden_groups),
		cmocka_unit_test(odd_files),   cmocka_unit_test(no_helper),
		cmocka_unit_test(many_groups), cmocka_unit_test(hung_log),
		cmocka_unit_test(hung_home),
	};

	if (getenv("ONLY") != NULL)
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
