/* SPDX-License-Identifier: Apache-2.0 */
/* inherit_test.c - inherited state of a login: descriptors, limits, signals, links, processes */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define LAYERS	 "grep -e NoNewPrivs -e Seccomp: -e CapBnd /proc/self/status"
#define CONFINED "CapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2"

static void descriptors(void **state)
{
	(void)state;
	rule_set("");
	/* by bash, because dash closes descriptors above 2 */
	assert_says(sh("mkdir -p /root/x; bash -c \"su bob -c 'readlink /proc/self/fd/*; echo end' 3</etc 4</root/x 5<>/dev/null 9</\" </dev/null | "
		       "grep -c -e /etc -e /root -e '^/$'; true"),
		    "0");
	assert_says(sh("cd /root/x && su bob -c 'pwd -P; ls ..'"), "/\n");
	assert_silent(
		sh("cd /root/x && su bob -c 'pwd -P; ls -d ../x ../../root/x; cat /proc/self/cwd/secret'"),
		"unreachable");
	for (unsigned closed = 1; closed < 8; closed++)
		assert_says(sh("su bob -c '" LAYERS
			       " >/home/bob/out; readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 >>/home/bob/out' "
			       "%s %s %s; cat /home/bob/out; rm /home/bob/out",
			       closed & 1 ? "<&-" : "</dev/null", closed & 2 ? ">&-" : "",
			       closed & 4 ? "2>&-" : ""),
			    CONFINED);
	/* nobody reads the output */
	assert_says(sh("su bob -c '" LAYERS
		       " >/home/bob/out; yes' | true; cat /home/bob/out; rm /home/bob/out"),
		    CONFINED);
	assert_true(wait_gone(30));
}

/* With odd limits and signals of the caller, a session is complete with sane values, or refused. */
static void limits_and_signals(void **state)
{
	static const char *const squeezes[] = {
		"ulimit -f 0",	   "ulimit -n 8",
		"ulimit -n 4",	   "ulimit -u 1",
		"ulimit -t 1",	   "ulimit -c 0",
		"ulimit -l 0",	   "ulimit -i 0",
		"ulimit -q 0",
#ifndef __SANITIZE_ADDRESS__ /* the sanitizer does not fit into the limit */
		"ulimit -v 20000", "ulimit -s 64",
		"ulimit -d 1000",
#endif
		"umask 0777",	   "trap '' CHLD PIPE TERM USR1 ALRM",
		"nice -n 19 true"
	};

	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof squeezes / sizeof squeezes[0]; i++) {
		const struct out o =
			sh("bash -c \"%s; su bob -c '" LAYERS "; echo RAN'\"", squeezes[i]);

		if (strstr(o.text, "RAN") != NULL)
			assert_says(o, CONFINED);
		assert_silent(o, "Segmentation");
	}
	assert_says(
		sh("bash -c \"trap '' CHLD PIPE TERM USR1; umask 0777; su bob -c 'grep -e SigIgn -e SigBlk /proc/self/status'\""),
		"SigBlk:\t0000000000000000");
	/* a limit on the size of files never cuts a log line or a map short unnoticed */
	(void)sh(": >$HOST_LOG");
	(void)sh("bash -c \"ulimit -f 0; su bob -c true\"");
	assert_says(sh("grep -c -E 'event=(permit|deny).*rule=\"/etc' $HOST_LOG"), "1");
	/* too few open files for the keeper, or for a name service, where root may not raise the limit */
	(void)sh(": >$HOST_LOG");
	(void)sh("setpriv --bounding-set -sys_resource bash -c 'ulimit -n 12; su bob -c id'");
	assert_says(sh("grep -c -e 'only 12 open files (RLIMIT_NOFILE)' "
		       "-e 'the limits of the login are too low for a name service' $HOST_LOG"),
		    "1\n");
	assert_true(wait_gone(30));
}

/* E17: a process that runs the shell does not make the file of the shell writable. */
static void the_shells_own_file(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("sha256sum /usr/bin/cordonsh /usr/bin/bash /usr/bin/dash >/tmp/sums").code, 0);
	assert_int_equal(sh(SSH "-M -S /tmp/own -fN bob@h").code, 0);
	assert_silent(
		sh(SSH
		   "-S /tmp/own bob@h 'end=$((SECONDS+3)); while [ $SECONDS -lt $end ]; do for p in /proc/[0-9]*; do "
		   "(exec 3<>$p/exe && echo OPENED $p; exec 3>>$p/exe && echo OPENED $p) 2>/dev/null; done; done' & "
		   "sleep 0.3; for i in 1 2 3 4 5 6 7 8 9 10; do " SSH
		   "-S /tmp/own bob@h true; done; wait"),
		"OPENED");
	assert_silent(
		as_bob("cp /proc/self/exe /bin/bash; echo x >/usr/bin/cordonsh; echo x >/usr/bin/bash; rm -f /bin/sh && echo REMOVED"),
		"REMOVED");
	assert_int_equal(sh("sha256sum -c --quiet /tmp/sums").code, 0);
	(void)sh(SSH "-S /tmp/own -O exit bob@h");
	assert_true(wait_gone(30));
}

/* E21, E26: terminals and processes of others, and a starting cordonsh of an own channel. */
static void others(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh(SSH "-tt -f bob@h 'sleep 300' </dev/null >/dev/null 2>&1; " SSH
				"-tt -f alice@h 'sleep 300' </dev/null >/dev/null 2>&1; " UNTIL(
					"[ $(pgrep -x -c sleep) -ge 2 ]") "true")
				 .code,
			 0);
	assert_silent(
		as_bob("ls /dev/pts; for n in 0 1 2 3; do echo x >/dev/pts/$n && echo WROTE; done; echo x >/proc/1/fd/0 && echo WROTE"),
		"WROTE");
	assert_silent(as_bob("ps -e -o comm; kill -9 $(pgrep sleep)"), "sleep");
	assert_int_equal(sh("test $(pgrep -x -c sleep) -ge 2").code, 0);
	/* the processes of a session include sshd's part of the connection */
	assert_int_equal(sh("cp $HOST_BUILD/tests/live/probe/probe /usr/local/bin/").code, 0);
	assert_int_equal(sh(SSH "-M -S /tmp/oth -fN bob@h").code, 0);
	assert_says(sh(SSH
		       "-S /tmp/oth bob@h 'ls /proc | grep -x \"[0-9]*\" | while read p; do grep -q Seccomp:.2 /proc/$p/status || echo $p; done >/tmp/less; "
		       "echo 1 >>/tmp/less; probe beside /tmp/less'"),
		    ", got 0");
	assert_silent(
		sh(SSH
		   "-S /tmp/oth bob@h 'end=$((SECONDS+3)); while [ $SECONDS -lt $end ]; do for p in $(ls /proc | grep -x \"[0-9]*\"); do "
		   "grep -q -e Seccomp:.0 /proc/$p/status && cat /proc/$p/environ && echo READ $p; done 2>/dev/null; done' & "
		   "sleep 0.3; for i in 1 2 3 4 5 6 7 8 9 10; do " SSH
		   "-S /tmp/oth bob@h true; done; wait"),
		"READ");
	(void)sh(SSH "-S /tmp/oth -O exit bob@h; pkill -x sleep");
	assert_true(wait_gone(30));
	/* with a private keyring and ipc */
	(void)sh(SSH "alice@h true; pkill -x sleep");
	assert_silent(as_bob("cat /proc/keys 2>/dev/null | grep -c alice-key; ipcs -a | grep 0x0"),
		      "0x0");
}

/* E32: links out of the home reach only what a shell there can reach. */
static void links_out_of_the_home(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("echo top-secret >/root/secret; echo her-own >/home/alice/hers; chmod 644 /home/alice/hers; "
		   "mkdir -p /srv/open && echo of-the-host >/run/host-file; rm -rf /tmp/got; mkdir /tmp/got; "
		   "sed 's|^Subsystem.*|Subsystem sftp internal-sftp|' /run/host/sshd_config >/run/host/internal && "
		   "/usr/sbin/sshd -f /run/host/internal -p 2226")
			.code,
		0);
	(void)as_bob(
		"ln -sfn / r; ln -sfn /proc/1/root p; ln -f /etc/passwd passwd 2>/dev/null; true");
	for (unsigned i = 0; i < 2; i++) {
		const char *port = i == 0 ? "2222" : "2226";

		(void)sh(
			"printf -- '-get r/root/secret /tmp/got/a\\n-get r/home/alice/hers /tmp/got/b\\n-get r/run/host-file /tmp/got/c\\n"
			"-get r/run/host/host_key /tmp/got/d\\n-get p/root/secret /tmp/got/e\\n-get r/proc/1/environ /tmp/got/f\\n-get r/etc/shadow /tmp/got/g\\n"
			"-put /etc/hostname r/etc/new\\n-rename r/etc/hostname h\\n-ln r/root/secret s\\n-mkdir r/usr/new\\n' | "
			"sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P %s -b - bob@h",
			port);
		assert_says(
			sh("find /tmp/got -type f -size +0 | wc -l; ls /etc/new /usr/new 2>&1 | grep -c 'No such'"),
			"0\n2\n");
	}
	assert_silent(
		sh("scp -q -r -F $HOST_KEYS/ssh_config bob@h:r/home /tmp/got/home; rsync -aL -e \"" SSH
		   "\" bob@h:r/root /tmp/got/ 2>/dev/null; "
		   "cat $(find /tmp/got -type f) 2>/dev/null"),
		"her-own");
	assert_silent(sh("cat $(find /tmp/got -type f) 2>/dev/null; echo end"), "top-secret");
	assert_true(wait_gone(30));
}

/* E33: files of the kernel that everybody can read on the host. */
static void kernel_files(void **state)
{
	static const char *const writes[] = { "/proc/sys/kernel/core_pattern",
					      "/proc/sys/kernel/hostname",
					      "/proc/sys/net/ipv4/ip_forward",
					      "/proc/sysrq-trigger",
					      "/sys/kernel/mm/transparent_hugepage/enabled",
					      "/proc/1/oom_score_adj" };

	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
		char command[256];

		(void)snprintf(command, sizeof command, "echo x >%s && echo WROTE", writes[i]);
		assert_silent(as_bob(command), "WROTE");
	}
	assert_silent(
		as_bob("echo -500 >/proc/self/oom_score_adj && echo WROTE; dmesg && echo WROTE; head -c 1 /proc/kcore && echo WROTE; "
		       "find /sys/fs/cgroup -name release_agent -writable 2>/dev/null | grep . && echo WROTE; "
		       "hostname evil && echo WROTE; mount -t cgroup none /tmp && echo WROTE"),
		"WROTE");
	assert_says(sh("hostname"), "cordon-host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors),		 cmocka_unit_test(limits_and_signals),
		cmocka_unit_test(the_shells_own_file),	 cmocka_unit_test(others),
		cmocka_unit_test(links_out_of_the_home), cmocka_unit_test(kernel_files),
	};

	return cmocka_run_group_tests_name("inherit", tests, NULL, NULL);
}
