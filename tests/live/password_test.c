/* SPDX-License-Identifier: Apache-2.0 */
/* password_test.c - PasswordChange=: passwd(1) of the host for a confined account, and what cannot reach it */
#include "lib/live.h"

#define NEW "Tr0ub4dor-3xyz"

/* bob's password is "secret", and the file of passwords is remembered. */
static void begin(const char *lines)
{
	rule_set(lines);
	assert_int_equal(
		sh("echo bob:secret | chpasswd -c SHA256; chage -d 20000 bob; cp /etc/shadow /tmp/before; : >$HOST_LOG")
			.code,
		0);
}

static bool unchanged(void)
{
	return sh("cmp /etc/shadow /tmp/before").code == 0;
}

#define LOGGED(result) \
	UNTIL("grep -aq 'event=password-change.*result=" result "' $HOST_LOG") \
	"grep -a 'event=password-change.*result=" result "' $HOST_LOG"

/* What is typed for a change to NEW. */
#define CHANGES \
	"want {Current password: }\ntype secret\nwant {New password: }\ntype " NEW "\n" \
	"want {new password: }\ntype " NEW "\nwant {password updated successfully}\n"

static void changes(void **state)
{
	(void)state;
	begin("PasswordChange=yes");
	assert_int_equal(expect_run("spawn {*}$SSH -tt bob@h {passwd; echo code=$?; stty -a}\n" CHANGES
				    "want code=0\nwant {isig icanon}\ndone\n")
				 .code,
			 0);
	assert_false(unchanged());
	assert_says(sh(LOGGED("changed")), "user=\"bob\"");
	/* PAM of the host decides, and asks for the password as from the user */
	begin("PasswordChange=yes");
	assert_int_equal(
		expect_run(
			"spawn {*}$SSH -tt bob@h {passwd; echo code=$?}\n"
			"want {Current password: }\ntype wrong\nwant {password unchanged}\nwant code=10\ndone\n")
			.code,
		0);
	assert_true(unchanged());
	assert_says(sh(LOGGED("unchanged")), "user=\"bob\"");
}

/* The views that differ most from the default one, and a session of several logins. */
static void in_all_sessions(void **state)
{
	static const char *const lines[] = {
		"PasswordChange=yes\nPrivateRun=no\nPrivateDevices=no\nPrivatePIDs=no\nPrivateNetwork=no",
		"PasswordChange=yes\nPrivateUsers=self\nProtectSystem=no\nNoExecPaths=/\nExecPaths=/usr /bin /lib -/lib64",
		"PasswordChange=yes\nLifetime=user",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		begin(lines[i]);
		assert_int_equal(
			expect_run("spawn {*}$SSH -tt bob@h passwd\n" CHANGES "done\n").code, 0);
		assert_false(unchanged());
	}
	assert_true(wait_gone(20));
}

/* The password has expired, and sshd executes passwd(1): as without cordon, but confined. */
static void expired(void **state)
{
	static const char *const lines[] = { "PasswordChange=yes",
					     "PasswordChange=yes\nAllowCommands=@sftp",
					     "PasswordChange=yes\nCommand=/bin/true",
					     "Profile=teaching" };

	(void)state;
	for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		begin(lines[i]);
		assert_int_equal(sh("chage -d 0 bob").code, 0);
		assert_int_equal(
			expect_run("spawn {*}$SSH -tt bob@h\n"
				   "want {You must change your password now and login again!}\n" CHANGES
				   "done\n")
				.code,
			0);
		assert_silent(sh("chage -l bob"), "must be changed");
	}
}

/* Writes a script for root, which runs while passwd of the host waits for input. */
static void script(const char *lines)
{
	assert_int_equal(
		sh("cat >/tmp/look <<'END'\np=$(pgrep -x -U 2001 -u 0 passwd)\n%s\nEND\n", lines).code,
		0);
}

#define ASKED "want {Current password: }\nexec sh /tmp/look\n"

/* The program outside has nothing of the session, and the session cannot reach it. */
static void apart(void **state)
{
	struct out o;

	(void)state;
	begin("PasswordChange=yes\nPrivatePIDs=no\nPrivateDevices=no");
	script("cd /proc/$p; { ls fd | wc -l; tr '\\0' '\\n' <environ; grep -E 'Uid|NoNewPrivs|Seccomp:' status\n"
	       "grep -c 'file size *unlimited' limits; readlink cwd; ls -l $(readlink fd/0); } >/tmp/is 2>&1\n"
	       "[ $(readlink ns/mnt) = $(readlink /proc/1/ns/mnt) ] && echo of the host >>/tmp/is\n"
	       /* the process ids of these sessions are the host's */
	       SSH
	       "bob@h \"{ kill -9 $p; head -c 1 /proc/$p/environ; readlink /proc/$p/fd/0; echo x >$(readlink fd/0); } >attack 2>&1; kill -9 -1\" >/dev/null 2>&1\n"
	       "[ -e /proc/$p ] && echo lives >>/tmp/is");
	assert_int_equal(
		expect_run(
			"spawn {*}$SSH -tt bob@h {cd /tmp; export SECRET=1 LC_ALL=de; ulimit -f 1; exec passwd 3</dev/null}\n" ASKED
			"type secret\nwant {New password: }\nsend \"\\003\"\nexpect eof\n")
			.code,
		0);
	o = sh("cat /tmp/is");
	assert_says(o, "3\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n");
	assert_says(
		o, "Uid:\t2001\t0\t0\t0\nNoNewPrivs:\t0\nSeccomp:\t0\n1\n/\ncrw--w---- 1 root tty ");
	assert_says(o, "of the host\nlives\n");
	o = sh("cat /home/bob/attack");
	assert_says(o, "Operation not permitted");
	assert_says(o, ": Permission denied");
	assert_silent(o, "\n/dev/pts/");
	assert_true(unchanged());
	assert_says(sh(LOGGED("left")), "user=\"bob\"");
	assert_true(wait_gone(20));
}

/* The end of the session, of cordon-passwd and of the terminal end the program outside. */
static void ends(void **state)
{
	static const char *const ways[] = { "cordon kill --user bob",
					    "pkill -9 -U 2001 -u 2001 passwd",
					    "pkill -9 -u 0 -f 'ssh.*bob@h'" };

	(void)state;
	for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		begin("PasswordChange=yes");
		script(ways[i]);
		(void)expect_run("spawn {*}$SSH -tt bob@h passwd\n" ASKED "expect eof\n");
		assert_int_not_equal(sh(UNTIL("! pgrep -x passwd") "pgrep -x passwd").code, 0);
		assert_true(unchanged());
	}
	assert_true(wait_gone(20));
}

/* An upgrade of the package replaces passwd: the session goes on, and has the program itself. */
static void upgraded(void **state)
{
	struct out o;

	(void)state;
	begin("PasswordChange=yes\nExplainSUIDSGID=yes");
	o = sh("mkfifo /tmp/in; " SSH
	       "bob@h 'echo begun; read x; passwd; su -c id; echo goes on' </tmp/in >/tmp/out 2>&1 & exec 9>/tmp/in; " UNTIL(
		       "grep -qs begun /tmp/out") "cp -p /usr/bin/passwd /usr/bin/new; mv /usr/bin/new /usr/bin/passwd; sleep 0.3; "
						  "echo >&9; exec 9>&-; wait; rm /tmp/in; cat /tmp/out $HOST_LOG");
	assert_says(o, "passwd: Authentication token manipulation error");
	assert_says(o, "su: not available");
	assert_says(o, "goes on\n");
	assert_silent(o, "step=view");
	assert_says(as_bob("passwd"), "passwd: a terminal is required");
}

/* What a session asks for in vain. */
static void refused(void **state)
{
	struct out o;

	(void)state;
	begin("PasswordChange=yes");
	o = as_bob("passwd -S; passwd alice; chsh -s /bin/sh; chfn; passwd </dev/null");
	assert_says(
		o,
		"passwd: options and names are not available in this session; type passwd alone\n"
		"passwd: options and names are not available in this session; type passwd alone\n"
		"chsh: not available in this session, in which programs gain no privileges (no_new_privs); ask the administrator\n"
		"chfn: not available in this session, in which programs gain no privileges (no_new_privs); ask the administrator\n"
		"passwd: a terminal is required; with ssh, write ssh -t\n");
	/* one at a time, ten in a minute */
	assert_int_equal(
		expect_run("spawn {*}$SSH -tt bob@h {script -qc passwd /dev/null </dev/tty & sleep 0.5; script -qc passwd /dev/null; kill %1}\n"
			   "want {is being changed already in this session}\nexpect eof\n")
			.code,
		0);
	o = as_bob("python3 -c 'import socket\n"
		   "for i in range(12):\n"
		   "    s=socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
		   "    s.connect(\"/run/cordon/password\")\n"
		   "    if i in (1, 11): print(s.recv(512))'");
	assert_says(o, "b'rthe password is being changed already in this session'\n"
		       "b'rtoo many attempts; wait a minute'\n");
	/* who asks all the time is not listened to any more */
	o = as_bob("python3 -c 'import socket\n"
		   "for i in range(200):\n"
		   "    s=socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
		   "    if s.connect_ex(\"/run/cordon/password\"): break\n"
		   "    s.recv(512)\n"
		   "print(i)'; script -qc passwd /dev/null </dev/null");
	assert_says(
		o,
		"101\npasswd: the password cannot be changed in this session; ask the administrator");
	assert_says(sh(LOGGED("too-many")), "user=\"bob\"");
	assert_true(unchanged());
	/* nothing is there without the directive */
	begin("");
	o = as_bob("ls /run/cordon; passwd </dev/null");
	assert_says(o, "shell\n");
	assert_silent(o, "password\n");
	assert_true(wait_gone(20));
}

static int prepare(void **state)
{
	(void)state;
	/* without modules that judge a new password, which are not tested here */
	return sh("sed -i -e '/pam_pwquality\\|pam_cracklib/d' -e '/pam_unix/s/use_authtok\\|try_first_pass\\|yescrypt//g' /etc/pam.d/common-password")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes), cmocka_unit_test(in_all_sessions),
		cmocka_unit_test(expired), cmocka_unit_test(apart),
		cmocka_unit_test(ends),	   cmocka_unit_test(upgraded),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("password", tests, prepare, NULL);
}
