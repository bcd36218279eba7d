/* SPDX-License-Identifier: Apache-2.0 */
/* selftest_test.c - cordon selftest: real sessions hold, and one that does not hold is found */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned tried(struct out o)
{
	const char *at = strstr(o.text, "\"tried\":");
	const char *next;

	while (at != NULL && (next = strstr(at + 1, "\"tried\":")) != NULL)
		at = next; /* the last one is the number */
	return at != NULL ? (unsigned)strtoul(at + 8, NULL, 10) : 0;
}

static int prepare(void **state)
{
	(void)state;
	return sh("mkdir -p /srv/solutions /srv/exam /srv/kiosk /home/bob/answers; chown bob: /home/bob/answers; touch /srv/kiosk/timetable /srv/solutions/one;"
		  "printf '[Session]\\nRestrictNamespaces=no\\nPrivateNetwork=no\\nPrivateTmp=no\\nSystemCallFilter=\\nSystemCallFilter=@default-session keyctl ptrace\\n' >/etc/cordon/weak")
		.code;
}

static void every_profile_holds(void **state)
{
	static const struct {
		const char *profile, *service, *more;
	} of[] = {
		{ "restricted-ssh", "sshd", "" },
		{ "sftp-only", "sshd", "" },
		{ "rsync-only", "sshd", "" },
		{ "git-only", "sshd", "" },
		{ "teaching", "su", "" },
		{ "exam", "sshd", "" },
		{ "guest", "su", "" },
		{ "kiosk", "login", "Command=/usr/bin/less -S /srv/kiosk/timetable\n" },
	};
	char rule[256];

	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
		struct out o;

		(void)snprintf(rule, sizeof rule, "Profile=%s\n%s", of[i].profile, of[i].more);
		rule_set(rule);
		o = sh("cordon selftest --service %s --json bob", of[i].service);
		assert_says(o, "\"by_entering\":true");
		assert_says(o, "\"gave_way\":0");
		assert_true(tried(o) > 100);
		assert_int_equal(o.code, 0);
	}
}

static void each_part_is_tried(void **state)
{
	struct out o;

	(void)state;
	rule_set(
		"InaccessiblePaths=/srv/solutions\nReadOnlyPaths=/srv/exam\nNoExecPaths=%h\nHostname=lab\nUMask=0027\n"
		"LimitNOFILE=64\nLimitFSIZE=1M\nLimitAS=1G\nLimitMEMLOCK=64K\nLimitCORE=0\nSocketBindDeny=tcp\nSocketConnectDeny=tcp\n"
		"SocketConnectAllow=443\nPrivateNetwork=no\nMemoryDenyWriteExecute=yes\nRestrictSUIDSGID=yes\nNice=5\nOOMScoreAdjust=300\n"
		"CPUAffinity=0\nProcSubset=pid\nHome=read-only\nBindReadOnlyPaths=/srv/kiosk:/mnt\nTemporaryFileSystem=/opt\nPassEnvironment=LANG\nUnsetEnvironment=HOME\nIOSchedulingClass=idle\nCPUSchedulingPolicy=batch\n");
	o = sh("cordon selftest --all bob");
	assert_says(o, "InaccessiblePaths read /srv/solutions ok: ");
	assert_says(o, "ReadOnlyPaths write to /srv/exam ok: Read-only file system");
	assert_says(o, "NoExecPaths execute a script in /home/bob ok: Permission denied");
	assert_says(o, "Hostname the host name is the rule's ok: 1");
	assert_says(o, "LimitNOFILE open more files ok: 64");
	assert_says(o, "LimitFSIZE write a larger file ok: File too large");
	assert_says(o, "LimitAS map more memory ok: Cannot allocate memory");
	assert_says(o, "SocketBindDeny bind tcp port 40411 ok: Permission denied");
	assert_says(o, "SocketConnectDeny connect to tcp port 40411 ok: Permission denied");
	assert_says(o, "PrivateNetwork connect to a port of the host not set");
	assert_says(o, "MemoryDenyWriteExecute map memory writable and executable ok: ");
	assert_says(o, "RestrictSUIDSGID make a set-group-ID file ok: ");
	assert_says(o, "OOMScoreAdjust lower the OOM score ok: ");
	assert_says(o, "CPUAffinity use other CPUs ok: ");
	assert_says(o, "Home write to the home ok: Read-only file system");
	assert_says(o, "BindReadOnlyPaths write to /mnt ok: Read-only file system");
	assert_says(o, "TemporaryFileSystem the host's file system at /opt ok: ");
	assert_says(o, "PassEnvironment a variable of the caller ok: ");
	assert_says(o, "UnsetEnvironment HOME ok: ");
	assert_says(o, "IOSchedulingClass the I/O priority ok: 24576");
	assert_says(o, "BindLogSockets connect to the log of the host ok: ");
	assert_silent(o, "GAVE WAY");
	assert_int_equal(o.code, 0);
	/* without namespaces, the other locks hold */
	rule_set("PrivatePIDs=no\nPrivateIPC=no\nPrivateUTS=no\nPrivateUsers=no\nPrivateNetwork=no\nPrivateTmp=no\nPrivateDevices=no\nPrivateRun=no\nProtectProc=default");
	o = sh("cordon selftest bob");
	assert_says(o, "PrivatePIDs signal a process of the user outside ok: ");
	assert_says(o, "PrivatePIDs trace a process of the user outside ok: ");
	assert_says(o, "connect to an abstract socket of the host ok: ");
	assert_says(o, "; 0 gave way");
	assert_int_equal(o.code, 0);
}

/* The session is weaker than what is expected of it. */
static void a_weaker_session_is_found(void **state)
{
	struct out o;

	(void)state;
	assert_int_equal(
		sh("printf '[Session]\\nLimitNOFILE=64\\nInaccessiblePaths=/srv/solutions\\nReadOnlyPaths=/home\\nAllowCommands=@sftp\\n' >/etc/cordon/strict; (echo '[Match]'; echo User=bob; cat /etc/cordon/weak) >/etc/cordon/rules.d/50-bob.conf")
			.code,
		0);
	o = sh("cordon selftest --rule /etc/cordon/strict bob");
	assert_int_equal(o.code, 1);
	assert_says(o, "LimitNOFILE open more files GAVE WAY: is ");
	assert_says(o, "InaccessiblePaths read /srv/solutions GAVE WAY: succeeded");
	assert_says(o, "AllowCommands run 'exit 77' GAVE WAY: succeeded");
	assert_says(o, "PrivateNetwork connect to a TCP port of the host GAVE WAY: succeeded");
	assert_says(o, "PrivateNetwork net namespace of the host GAVE WAY: is ");
	assert_says(o, "PrivateTmp find the host's /tmp/.cordon-selftest-");
	assert_says(o, "SystemCallFilter keyctl GAVE WAY: ");
	assert_says(o, "RestrictNamespaces make a user namespace GAVE WAY: succeeded");
	/* by the rule itself, all is as it says */
	o = sh("cordon selftest bob");
	assert_says(o, "; 0 gave way");
	assert_int_equal(o.code, 0);
}

/* Without its PAM line, cordon selftest does not say that all is well. */
static void a_stack_without_cordon_is_found(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	assert_int_equal(
		sh("cp -a /etc/pam.d/su /tmp/su; sed -i '/pam_cordon/d' /etc/pam.d/su").code, 0);
	o = sh("cordon selftest --service su bob");
	assert_int_equal(o.code, 125);
	assert_says(o, "'su' has no pam_cordon.so line");
	assert_int_equal(sh("cp -a /tmp/su /etc/pam.d/su").code, 0);
}

/* A shell of the user's, which answers in the place of the probe that all is refused. */
static void the_user_cannot_answer(void **state)
{
	struct out o;

	(void)state;
	assert_int_equal(
		sh("printf '#!/bin/sh\\ni=0\\nwhile [ $i -lt 300 ]; do printf \"%%%%d\\\\te\\\\t1\\\\n\" $i; i=$((i+1)); done\\n' >/usr/local/bin/liar; chmod 755 /usr/local/bin/liar; usermod -s /usr/local/bin/liar bob; "
		   "printf '[Match]\\nUser=bob\\n' >/etc/cordon/rules.d/50-bob.conf; cat /etc/cordon/weak >>/etc/cordon/rules.d/50-bob.conf; printf '[Session]\\n' >/etc/cordon/plain")
			.code,
		0);
	o = sh("cordon selftest --rule /etc/cordon/plain bob");
	assert_int_equal(o.code, 1);
	assert_says(o, "by the login shell and by root who entered");
	assert_says(o, "RestrictNamespaces make a user namespace GAVE WAY: succeeded");
	/* it also has a program that ends what root tries in the session */
	(void)sh("echo 'case $* in *cordon-probe*) setsid sh -c \"while :; do kill -9 -1; done\" </dev/null >/dev/null 2>&1 & esac' >>/usr/local/bin/liar");
	o = sh("cordon selftest --rule /etc/cordon/plain bob");
	assert_int_equal(o.code, 1);
	assert_says(o, "RestrictNamespaces make a user namespace");
	assert_silent(o, "RestrictNamespaces make a user namespace ok");
	assert_int_equal(sh("usermod -s /bin/bash bob").code, 0);
	/* what may not be read may not be traced either */
	rule_set("");
	assert_says(as_bob("cat /usr/libexec/cordon-probe"), "Permission denied");
}

static void refusals(void **state)
{
	struct out o;

	(void)state;
	rule_set("Action=deny");
	o = sh("cordon selftest bob");
	assert_int_equal(o.code, 125);
	assert_says(o, "the rule denies this login");
	assert_int_equal(sh("cordon selftest alice").code, 125);
	assert_says(sh("cordon selftest root"), "'root' is root, whom no rule confines");
	assert_int_equal(sh("cordon selftest nobody-at-all").code, 2);
	rule_set("");
	/* the account step of another module */
	o = sh("echo closed >/etc/nologin; cordon selftest --service sshd bob; c=$?; rm /etc/nologin; exit $c");
	assert_int_equal(o.code, 125);
	assert_says(o, "the session was refused: account: ");
	o = sh("setpriv --reuid bob --regid bob --clear-groups cordon selftest bob");
	assert_int_equal(o.code, 2);
}

static void nothing_is_left(void **state)
{
	(void)state;
	assert_true(wait_gone(30));
	assert_int_equal(
		sh("find /tmp /var/tmp /dev/shm /run /home /srv /usr /etc -name '.cordon-selftest*' | grep .")
			.code,
		1);
	assert_int_equal(
		sh("ipcs -m | grep 666; pgrep -x sleep; ls /dev/mqueue 2>/dev/null | grep .").code,
		1);
}

/* Programs of the user can trace what root leaves in their reach: it has no terminal of root's. */
static void no_terminal_in_reach(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	o = expect_run(
		"spawn -noecho bash -c {cordon selftest bob >/dev/null 2>&1 & "
		"while kill -0 $! 2>/dev/null; do ps -u bob -o tty=,args= | grep -v ' su '; done; echo over}\n"
		"want {over}\ndone\n");
	assert_int_equal(o.code, 0);
	assert_says(o, "sleep 600"); /* the bait */
	assert_silent(o, "pts/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_profile_holds),
		cmocka_unit_test(each_part_is_tried),
		cmocka_unit_test(a_weaker_session_is_found),
		cmocka_unit_test(a_stack_without_cordon_is_found),
		cmocka_unit_test(the_user_cannot_answer),
		cmocka_unit_test(refusals),
		cmocka_unit_test(nothing_is_left),
		cmocka_unit_test(no_terminal_in_reach),
	};

	return cmocka_run_group_tests_name("selftest", tests, prepare, NULL);
}
