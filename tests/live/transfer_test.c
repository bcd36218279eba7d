/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_test.c - other uses of ssh than a shell: files, forwarding, agents, channels */
#include "lib/live.h"

#include <string.h>

#define PORT(port) "ssh -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -p " port " "

static void many_channels(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh(SSH "-M -S /tmp/mux -fN bob@h").code, 0);
	assert_says(
		sh("a=$(" SSH
		   "-S /tmp/mux bob@h 'readlink /proc/self/ns/pid /proc/self/ns/mnt /proc/self/ns/user');"
		   "b=$(" SSH
		   "-S /tmp/mux bob@h 'readlink /proc/self/ns/pid /proc/self/ns/mnt /proc/self/ns/user');"
		   "test \"$a\" = \"$b\" && echo same; echo \"$a\""),
		"same");
	(void)sh(SSH "-S /tmp/mux bob@h 'echo shared >/tmp/between'");
	assert_says(sh(SSH "-S /tmp/mux bob@h 'cat /tmp/between'"), "shared");
	(void)sh(SSH "-S /tmp/mux -O exit bob@h");
	assert_true(wait_gone(5));
}

static void file_transfer(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("printf 'put /etc/hostname a\\nmkdir d\\nrename a d/b\\nget d/b /tmp/back\\n' | "
		   "sftp -F $HOST_KEYS/ssh_config -b - bob@h && cmp /etc/hostname /tmp/back")
			.code,
		0);
	assert_int_equal(sh("scp -F $HOST_KEYS/ssh_config /etc/passwd bob@h:new && "
			    "scp -O -F $HOST_KEYS/ssh_config /etc/passwd bob@h:old && "
			    "cmp /etc/passwd /home/bob/new && cmp /etc/passwd /home/bob/old")
				 .code,
			 0);
	/* both protocols keep directories, times, modes and names with special characters */
	assert_int_equal(
		sh("rm -rf /tmp/odd /tmp/back.? && mkdir -p '/tmp/odd/a b' && echo 1 >'/tmp/odd/a b/c '\\''d' && "
		   "echo 2 >/tmp/odd/$(printf '\\303\\244') && chmod 750 '/tmp/odd/a b' && touch -d 2001-02-03 /tmp/odd/*/*")
			.code,
		0);
	assert_says(
		sh("for o in '' -O; do rm -rf /home/bob/odd /tmp/back; "
		   "scp -q -r -p $o -F $HOST_KEYS/ssh_config /tmp/odd bob@h: && "
		   "scp -q -r -p $o -F $HOST_KEYS/ssh_config bob@h:odd /tmp/back && diff -r /tmp/odd /tmp/back && "
		   "test \"$(stat -c %%a-%%Y /tmp/odd/*)\" = \"$(stat -c %%a-%%Y /tmp/back/*)\" || exit; done; echo all-the-same"),
		"all-the-same");
	assert_int_equal(sh("rsync -a --delete -e \"" SSH "\" /etc/pam.d bob@h: && "
			    "diff -r /etc/pam.d /home/bob/pam.d")
				 .code,
			 0);
	assert_int_equal(
		sh("export GIT_SSH_COMMAND=\"" SSH "\"; cd /tmp && " SSH
		   "bob@h 'git init -q --bare r.git' && "
		   "rm -rf clone && git clone -q bob@h:r.git clone && cd clone && "
		   "git -c user.name=t -c user.email=t@t commit -q --allow-empty -m one && "
		   "git push -q origin HEAD:main && git ls-remote bob@h:r.git | grep -q main")
			.code,
		0);
}

static void internal_sftp(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("sed 's|^Subsystem.*|Subsystem sftp internal-sftp|' /run/host/sshd_config >/run/host/internal && "
		   "/usr/sbin/sshd -f /run/host/internal -p 2223")
			.code,
		0);
	assert_says(
		sh("printf 'put /etc/hostname i\\nmkdir e\\nrename i e/j\\nls e\\nls /home\\n' | "
		   "sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2223 -b - bob@h; echo code=$?"),
		"code=0");
	assert_silent(
		sh("printf 'ls /home\\n' | sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2223 -b - bob@h"),
		"alice");
	assert_silent(
		sh("printf 'get /etc/cordon/rules.d/50-bob.conf /tmp/stolen\\n' | "
		   "sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2223 -b - bob@h; cat /tmp/stolen"),
		"User=bob");
}

/* internal-sftp has no filter of the session, and sftp accepts all bits of a mode. */
static void internal_sftp_set_id(void **state)
{
	static const struct {
		const char *rule, *file, *dir;
	} cases[] = { { "", "755\n", "2755\n" },
		      { "RestrictSUIDSGID=yes", "755\n", "755\n" },
		      { "Profile=sftp-only", "755\n", "2755\n" },
		      { "RestrictSUIDSGID=no", "4755\n", "2755\n" } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct out o;

		rule_set(cases[i].rule);
		o = sh("cd /tmp && rm -rf s sdir /home/bob/s*; cp /usr/bin/id s; chmod 4755 s; mkdir sdir; "
		       "printf -- '-put -p s s\n-chmod 755 s\n-chmod 4755 s\n-mkdir sd\n-chmod 755 sd\n-chmod 2755 sd\n' | "
		       "sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2223 -b - bob@h; "
		       "stat -c %%a /home/bob/s; stat -c d%%a /home/bob/sd; rm -f s");
		assert_says(o, cases[i].file);
		assert_says(o, cases[i].dir);
		if (strcmp(cases[i].file, "755\n") == 0)
			assert_silent(o, "\n4755\n");
		if (strcmp(cases[i].dir, "755\n") == 0)
			assert_silent(o, "d2755\n");
	}
	rule_set("");
}

/* Prints the first bytes of a connection to 127.0.0.1:@port, with time for a slow machine. */
#define HEAR(port) "timeout 20 bash -c 'head -c 7 </dev/tcp/127.0.0.1/" port "' 2>&1"

static void forwarding_ends_inside(void **state)
{
	(void)state;
	rule_set("");
	/* -L ends at the loopback of the session, where the host's sshd is not reachable */
	assert_int_equal(
		sh(SSH
		   "-M -S /tmp/fw -fN -L 2230:127.0.0.1:2222 -L 2231:127.0.0.1:7000 -R 2240:127.0.0.1:2222 -D 2232 bob@h")
			.code,
		0);
	assert_silent(sh(HEAR("2230")), "SSH-2.0");
	assert_int_equal(
		sh(SSH
		   "-S /tmp/fw bob@h 'python3 -c \"\n"
		   "import socket,os\ns=socket.socket(); s.bind((\\\"127.0.0.1\\\",7000)); s.listen()\n"
		   "os.fork() and os._exit(0)\nos.close(0); os.close(1); os.close(2)\n"
		   "while 1:\n c,a=s.accept(); c.send(b\\\"inside!\\\"); c.close()\"'")
			.code,
		0);
	assert_says(sh(HEAR("2231")), "inside!");
	/* -D */
	assert_int_not_equal(
		sh("timeout 20 python3 -c 'import socket\ns=socket.create_connection((\"127.0.0.1\",2232))\n"
		   "s.send(b\"\\5\\1\\0\"); s.recv(2); s.send(b\"\\5\\1\\0\\1\\x7f\\0\\0\\1\\x08\\xae\"); exit(s.recv(10)[1])'")
			.code,
		0);
	/* -R: the listener is in the session and not on the host */
	assert_silent(sh(HEAR("2240")), "SSH-2.0");
	assert_says(
		sh(SSH
		   "-S /tmp/fw bob@h \"timeout 20 bash -c 'head -c 7 </dev/tcp/127.0.0.1/2240'\""),
		"SSH-2.0");
	/* -W, and sockets with a path that only the host has */
	assert_silent(sh("timeout 20 " SSH "-W 127.0.0.1:2222 bob@h </dev/null 2>&1"), "SSH-2.0");
	assert_silent(sh("timeout 20 " SSH "-W /dev/log bob@h </dev/null; echo end"), "SSH");
	assert_int_equal(
		sh(SSH
		   "-S /tmp/fw -O forward -R /tmp/forwarded:127.0.0.1:2222 bob@h && ! test -e /tmp/forwarded")
			.code,
		0);
	assert_int_equal(sh(SSH "-S /tmp/fw bob@h 'test -S /tmp/forwarded'").code, 0);
	/* the connection without a shell has a keeper, and ends with it */
	(void)sh(SSH "-S /tmp/fw -O exit bob@h");
	assert_true(wait_gone(30));
}

static void forwarding_with_the_network(void **state)
{
	(void)state;
	rule_set("PrivateNetwork=no");
	assert_int_equal(
		sh(SSH "-M -S /tmp/fw -fN -L 2235:127.0.0.1:2222 -R 2236:127.0.0.1:2222 bob@h").code,
		0);
	assert_says(sh(HEAR("2235")), "SSH-2.0");
	assert_says(sh(HEAR("2236")), "SSH-2.0");
	(void)sh(SSH "-S /tmp/fw -O exit bob@h");
	assert_true(wait_gone(30));
}

static void agent(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("eval $(ssh-agent) >/dev/null; ssh-add -q $HOST_KEYS/id; " SSH
		       "-A bob@h 'ssh-add -l'; kill $SSH_AGENT_PID"),
		    "ED25519");
}

/* Started by sshd itself, through /bin/sh: confined as the shell is, and X11 works. */
static void xauth_is_confined(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("printf '#!/bin/sh\ncat /proc/self/status >/home/bob/xauth.status\nexec /usr/bin/xauth \"$@\"\n' >/usr/local/bin/xauth-look && "
		   "chmod 755 /usr/local/bin/xauth-look && "
		   "sed '$a XAuthLocation /usr/local/bin/xauth-look' /run/host/sshd_config >/run/host/xauth && "
		   "/usr/sbin/sshd -f /run/host/xauth -p 2225")
			.code,
		0);
	assert_says(
		sh("export DISPLAY=127.0.0.1:99; " PORT(
			"2225") "-Y bob@h 'echo $DISPLAY; xauth list; cat /proc/net/tcp | grep -c :177A' 2>&1"),
		"localhost:10.0");
	assert_says(sh("cat /home/bob/xauth.status"), "NoNewPrivs:\t1");
	assert_says(sh("cat /home/bob/xauth.status"), "Seccomp:\t2");
	assert_says(sh("export DISPLAY=127.0.0.1:99; " PORT("2225") "-Y bob@h 'xauth list' 2>&1"),
		    "MIT-MAGIC-COOKIE-1");
	assert_true(wait_gone(30));
}

/* A ~/.ssh/rc that never ends is ended with the connection. */
static void hung_rc_ends(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("echo 'exec sleep 1000' >/home/bob/.ssh/rc; chown bob: /home/bob/.ssh/rc; " SSH
		   "bob@h true & " UNTIL(
			   "pgrep -u bob -x sleep >/dev/null") "kill -9 $!; rm /home/bob/.ssh/rc")
			.code,
		0);
	assert_true(wait_gone(30));
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

/* With the default log level, at which clients show the messages of the account step. */
#define CLIENT(name) name " -F $HOST_KEYS/ssh_config -o LogLevel=INFO "

/* Clients of a refused session read one line, on standard error, and nothing that is no protocol. */
static const char *const clients[] = {
	CLIENT("ssh") "bob@h true",
	CLIENT("ssh") "bob@h </dev/null",
	CLIENT("scp -O") "/etc/passwd bob@h:new",
	"rsync -a -e \"" CLIENT("ssh") "\" /etc/passwd bob@h:",
	/* sshd drops what a subsystem writes to standard error */
	CLIENT("sftp") "-b /dev/null bob@h",
	CLIENT("scp") "/etc/passwd bob@h:new",
};
enum { SUBSYSTEMS = 4 };

static void each_reads(const char *line, size_t n)
{
	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
		const struct out o =
			sh("%s 2>/tmp/error; echo \" code $?\"; cat /tmp/error", clients[i]);

		print_message("%s\n", clients[i]);
		assert_true(strncmp(o.text, " code ", 6) == 0); /* nothing on standard output */
		assert_silent(o, "code 0");
		assert_silent(o, "too long");
		assert_silent(o, "welcome");
		assert_silent(o, "version mismatch");
		if (i >= n)
			continue;
		assert_says(o, line);
		assert_null(strstr(strstr(o.text, line) + 1, line));
	}
	assert_says(sh(CLIENT("ssh") "-tt bob@h"), line);
}

static void refused(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cp -L /etc/motd /tmp/motd; rm -f /etc/motd; echo welcome >/etc/motd").code, 0);
	/* at the session step, and at the account step */
	rule_set("BindPaths=/srv/gone");
	each_reads("cordon: this session could not be confined and was refused", SUBSYSTEMS);
	rule_set("MaxSessions=1");
	assert_int_equal(sh("su bob -c 'sleep 300' >/dev/null 2>&1 & " UNTIL(
				    "pgrep -u bob -x sleep >/dev/null") "true")
				 .code,
			 0);
	each_reads("cordon: no more than 1 session of this account at once",
		   sizeof clients / sizeof clients[0]);
	assert_int_equal(sh("cordon kill --user bob; cp /tmp/motd /etc/motd").code, 0);
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_channels),
		cmocka_unit_test(file_transfer),
		cmocka_unit_test(internal_sftp),
		cmocka_unit_test(internal_sftp_set_id),
		cmocka_unit_test(forwarding_ends_inside),
		cmocka_unit_test(forwarding_with_the_network),
		cmocka_unit_test(agent),
		cmocka_unit_test(xauth_is_confined),
		cmocka_unit_test(refused),
		cmocka_unit_test(hung_rc_ends),
	};

	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
