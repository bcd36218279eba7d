/* SPDX-License-Identifier: Apache-2.0 */
/* standalone_test.c - cordonsh started by a program that does not use PAM */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* As a daemon that changes to an account and starts its shell. */
#define AS(user) \
	"setpriv --reuid " user " --regid " user " --init-groups env -i HOME=/home/" user \
	" USER=" user " PATH=/usr/bin:/bin "
#define SHELL_OF AS("bob") "cordonsh "

static void confined(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh("cd /; " SHELL_OF
		   "-c 'id -u; cat /proc/self/uid_map; grep -E \"NoNew|Seccomp:|CapBnd\" /proc/self/status; ls /home'"),
		"2001\n      2001       2001          1\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nbob\n");
	for (unsigned i = 0; i < 6; i++) {
		static const char *const ns[] = { "mnt", "pid", "ipc", "uts", "net", "user" };
		char host[128];

		(void)snprintf(host, sizeof host, "%.100s",
			       sh("readlink /proc/self/ns/%s", ns[i]).text);
		assert_silent(sh("cd /; " SHELL_OF "-c 'readlink /proc/self/ns/%s'", ns[i]), host);
	}
	assert_says(sh("cd /; " SHELL_OF "-c 'touch /etc/x; ls /run/host; unshare -U true'"),
		    "Operation not permitted");
	assert_int_equal(sh("cd /; " SHELL_OF "-c 'exit 7'").code, 7);
	assert_int_equal(sh("cd /; " SHELL_OF "-c 'kill -TERM $$'").code, 128 + 15);
	assert_int_equal(sh("cd /; " SHELL_OF "-c no-such-program").code, 127);
	assert_says(sh("cd /; echo 'echo by-stdin' | " SHELL_OF), "by-stdin");
	assert_says(sh("cd /home/bob; " SHELL_OF "-c pwd"), "/home/bob");
	assert_says(sh("mkdir -p /elsewhere; cd /elsewhere; " SHELL_OF "-c pwd"), "/\n");
	/* in another group of the user, which is then the only one that can be mapped */
	assert_says(
		sh("cd /; setpriv --reuid bob --regid project --init-groups env -i HOME=/home/bob PATH=/usr/bin:/bin cordonsh -c 'id -g; cat /proc/self/gid_map'"),
		"2990\n      2990       2990          1");
	/* inside of a session already, the real shell starts at once */
	assert_says(sh("cd /; " SHELL_OF "-c 'cordonsh -c \"echo nested; cat /proc/self/uid_map\"'"),
		    "nested\n      2001");
	/* nothing stays */
	assert_says(
		sh("cd /; " SHELL_OF
		   "-c 'setsid sleep 1300 >/dev/null 2>&1 & exit 0'; pgrep -x sleep; echo code=$?"),
		"code=1");
	assert_says(
		sh("cd /; " SHELL_OF
		   "-c 'sleep 1301' & sleep 1; kill -9 $!; sleep 0.5; pgrep -x sleep; echo code=$?"),
		"code=1");
	assert_says(
		sh("grep 'cordonsh.*event=permit' $HOST_LOG | tail -1"),
		"user=\"bob\" uid=2001 service=\"cordonsh\" rhost=\"\" tty=\"\" rule=\"/etc/cordon/rules.d/50-bob.conf:1\"");
}

static void rules(void **state)
{
	(void)state;
	rule_set("PrivateUsers=self\nPrivateNetwork=no\nUMask=0027\nEnvironment=COLOUR=blue\nShell=/bin/dash\nLimitNOFILE=100:200\nHome=read-only");
	assert_says(
		sh("cd /; " SHELL_OF
		   "-c 'echo $COLOUR; umask; readlink /proc/$$/exe; ulimit -n; touch /home/bob/x'"),
		"blue\n0027\n/usr/bin/dash\n100\n");
	assert_says(sh("cd /; " SHELL_OF "-c 'touch /home/bob/x'"), "Read-only file system");
	/* settings that need root are refused, and the log says so */
	rule_set("PrivateUsers=identity");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"),
		    "could not be confined and was refused");
	assert_silent(sh("cd /; " SHELL_OF "-c id"), "uid=");
	assert_says(sh("tail -1 $HOST_LOG"), "PrivateUsers=: identity requires root");
	rule_set("NoExecPaths=/srv");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "code=125");
	assert_says(sh("tail -1 $HOST_LOG"), "NoExecPaths=: requires root");
	rule_set("PrivateUsers=no");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "code=125");
	assert_says(sh("tail -1 $HOST_LOG"), "namespaces require root");
	rule_set("AllowCommands=@sftp");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "code=125");
	assert_says(sh("tail -1 $HOST_LOG"), "AllowCommands=: is not possible without PAM and root");
	rule_set("LimitNOFILE=100000000");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "code=125");
	/* refused by the rule, broken, gone */
	rule_set("Action=deny\nMessage=come back on Monday");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "come back on Monday (session ");
	assert_silent(sh("cd /; " SHELL_OF "-c id"), "uid=");
	rule_set("Nonsense=1");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "code=125");
	assert_says(sh("tail -1 $HOST_LOG"), "50-bob.conf:5: Nonsense=");
	(void)sh("chmod 0600 /etc/cordon/rules.d/50-bob.conf");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "code=125");
	(void)sh("mv /etc/cordon/rules.d /etc/cordon/away");
	assert_says(sh("cd /; " SHELL_OF "-c id; echo code=$?"), "code=125");
	assert_says(sh("cd /; cordonsh -c id"), "uid=0");
	(void)sh("mv /etc/cordon/away /etc/cordon/rules.d");
	/* if no rule matches, the shell is unconfined, as at a login */
	rule_none();
	assert_says(sh("cd /; " SHELL_OF "-c 'id; readlink /proc/self/ns/user'"),
		    sh("readlink /proc/self/ns/user").text);
	assert_says(sh("cd /; " AS("alice") "cordonsh -c id"), "groups=2002(alice),2990(project)");
	/* by the service name of cordonsh */
	(void)sh("printf '[Match]\\nService=cordonsh\\n[Session]\\nHostname=by-service\\n' >/etc/cordon/rules.d/50-bob.conf");
	assert_says(sh("cd /; " SHELL_OF "-c hostname"), "by-service");
	/* others cannot call the internal command */
	assert_says(sh("cd /; cordon shell sh -c id; echo code=$?"), "code=125");
}

/* A real sshd without PAM, and cordonsh in passwd(5). */
static void sshd_without_pam(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("usermod -s /usr/bin/cordonsh bob; sed 's/UsePAM yes/UsePAM no/; s,PidFile none,PidFile /run/host/nopam.pid,' /run/host/sshd_config >/run/host/nopam;"
		   "/usr/sbin/sshd -f /run/host/nopam -p 2223 -E /run/host/nopam.log")
			.code,
		0);
#define NOPAM "ssh -F $HOST_KEYS/ssh_config -p 2223 "
	(void)sh("sed 's/:2222/:2223/' $HOST_KEYS/known_hosts >/tmp/kh; cat /tmp/kh >>$HOST_KEYS/known_hosts");
	assert_says(
		sh(NOPAM
		   "bob@h 'id -u; cat /proc/self/uid_map; grep Seccomp: /proc/self/status; echo $SHELL; readlink /proc/$$/exe'"),
		"2001\n      2001       2001          1\nSeccomp:\t2\n/bin/sh\n/usr/bin/dash\n");
	assert_int_equal(sh(NOPAM "bob@h 'exit 7'").code, 7);
	assert_says(
		sh("head -c 1000000 /dev/urandom >/tmp/random; a=$(sha256sum </tmp/random); b=$(" NOPAM
		   "bob@h sha256sum </tmp/random); test \"$a\" = \"$b\" && echo same"),
		"same");
	assert_says(
		sh("expect -c 'set timeout 20; spawn ssh -F $::env(HOST_KEYS)/ssh_config -p 2223 -tt bob@h; expect {$ }; send \"tty; sleep 100\\r\"; "
		   "expect pts; sleep 1; send \\032; sleep 0.7; send \"jobs\\r\"; expect {sleep 100}; send \"fg\\r\"; expect {sleep 100}; sleep 0.7; send \\003; sleep 0.7; "
		   "send \"exit 5\\r\"; expect eof; exit [lindex [wait] 3]' ; echo code=$?"),
		"code=5");
	assert_says(
		sh("ssh -F $HOST_KEYS/ssh_config -p 2223 -tt bob@h 'sleep 1302' & sleep 2; kill -9 $!; sleep 1; pgrep -x sleep; echo code=$?"),
		"code=1");
	assert_says(sh(NOPAM "root@h id"), "uid=0");
	/* with PAM, the same account gets the full session */
	assert_says(as_bob("cat /proc/self/uid_map"), "4294967295");
	assert_int_equal(sh("usermod -s /bin/bash bob; kill $(cat /run/host/nopam.pid)").code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confined),
		cmocka_unit_test(rules),
		cmocka_unit_test(sshd_without_pam),
	};

	return cmocka_run_group_tests_name("standalone", tests, NULL, NULL);
}
