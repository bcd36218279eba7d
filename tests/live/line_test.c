/* line_test.c - the whole line: what a login does, with a rule and without */
#include "lib/live.h"

#include <string.h>

static void exit_codes(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(as_bob("exit 7").code, 7);
	assert_int_equal(as_bob("true").code, 0);
	assert_int_equal(as_bob("no-such-program").code, 127);
	assert_int_equal(as_bob("/etc/passwd").code, 126);
	assert_int_equal(as_bob("kill -TERM $$").code, 255); /* as sshd reports it without us */
}

static void streams(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(SSH "bob@h 'echo out; echo err >&2' 2>/dev/null"), "out");
	assert_silent(sh(SSH "bob@h 'echo out; echo err >&2' 2>/dev/null"), "err");
	assert_int_equal(sh(SSH "-n bob@h cat").code, 0);
	assert_says(sh("echo hello | " SSH "bob@h 'cat; echo end'"), "hello\nend");
	assert_says(sh("printf 'echo by-stdin\\n' | " SSH "bob@h sh -s"), "by-stdin");
}

static void eight_bit_clean(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh("head -c 256M /dev/urandom >/tmp/random").code, 0);
	assert_int_equal(sh("test \"$(sha256sum </tmp/random)\" = \"$(" SSH "bob@h sha256sum </tmp/random)\"").code, 0);
	assert_int_equal(sh("test \"$(sha256sum </tmp/random)\" = \"$(" SSH "bob@h cat </tmp/random | sha256sum)\"").code, 0);
	assert_int_equal(sh("rm /tmp/random").code, 0);
}

static void terminal(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(SSH "-tt bob@h 'tty; stty rows 33 columns 77; stty size'"), "/dev/pts/0");
	assert_says(sh(SSH "-tt bob@h 'stty rows 33 columns 77; stty size'"), "33 77");
	assert_says(sh("expect -c 'set timeout 10; spawn ssh -F $::env(HOST_KEYS)/ssh_config -tt bob@h; expect {$ }; send \"sleep 100\\r\"; "
		       "sleep 1; send \\032; expect Stopped; send \"jobs\\r\"; expect {sleep 100}; "
		       "send \"fg\\r\"; expect {sleep 100}; send \\003; expect {$ }; send \"echo status=\\$?\\r\"; "
		       "expect status=130; send \"exit 5\\r\"; expect eof; exit [lindex [wait] 3]' ; echo code=$?"),
		    "code=5");
}

static void many_channels(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh(SSH "-M -S /tmp/mux -fN bob@h").code, 0);
	assert_says(sh("a=$(" SSH "-S /tmp/mux bob@h 'readlink /proc/self/ns/pid /proc/self/ns/mnt /proc/self/ns/user');"
		       "b=$(" SSH "-S /tmp/mux bob@h 'readlink /proc/self/ns/pid /proc/self/ns/mnt /proc/self/ns/user');"
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
	assert_int_equal(sh("printf 'put /etc/hostname a\\nmkdir d\\nrename a d/b\\nget d/b /tmp/back\\n' | "
			    "sftp -F $HOST_KEYS/ssh_config -b - bob@h && cmp /etc/hostname /tmp/back").code, 0);
	assert_int_equal(sh("scp -F $HOST_KEYS/ssh_config /etc/passwd bob@h:new && "
			    "scp -O -F $HOST_KEYS/ssh_config /etc/passwd bob@h:old && "
			    "cmp /etc/passwd /home/bob/new && cmp /etc/passwd /home/bob/old").code, 0);
	assert_int_equal(sh("rsync -a --delete -e \"" SSH "\" /etc/pam.d bob@h: && "
			    "diff -r /etc/pam.d /home/bob/pam.d").code, 0);
	assert_int_equal(sh("export GIT_SSH_COMMAND=\"" SSH "\"; cd /tmp && " SSH "bob@h 'git init -q --bare r.git' && "
			    "rm -rf clone && git clone -q bob@h:r.git clone && cd clone && "
			    "git -c user.name=t -c user.email=t@t commit -q --allow-empty -m one && "
			    "git push -q origin HEAD:main && git ls-remote bob@h:r.git | grep -q main").code, 0);
}

static void internal_sftp(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh("sed 's|^Subsystem.*|Subsystem sftp internal-sftp|' /run/host/sshd_config >/run/host/internal && "
			    "/usr/sbin/sshd -f /run/host/internal -p 2223").code, 0);
	assert_says(sh("printf 'put /etc/hostname i\\nmkdir e\\nrename i e/j\\nls e\\nls /home\\n' | "
		       "sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2223 -b - bob@h; echo code=$?"), "code=0");
	assert_silent(sh("printf 'ls /home\\n' | sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2223 -b - bob@h"), "alice");
	assert_silent(sh("printf 'get /etc/cordon/rules.d/50-bob.conf /tmp/stolen\\n' | "
			 "sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2223 -b - bob@h; cat /tmp/stolen"), "User=bob");
}

static void su_and_login(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("su - bob -c 'id -un; pwd; grep NoNewPrivs /proc/self/status'"), "bob\n/home/bob\nNoNewPrivs:\t1");
	assert_int_equal(sh("su bob -c 'exit 9'").code, 9);
	assert_says(sh("cd /usr && su bob -c pwd"), "/usr");
	assert_says(sh("cd /run/host && su bob -c 'pwd; ls -a'"), "/\n");
	assert_says(sh("su alice -c \"expect -c 'spawn su bob -c id; expect Password:; send secret\\\\r; expect eof'\""),
		    "uid=2001(bob)");
	assert_says(sh("expect -c 'set timeout 10; spawn login bob; expect Password:; send secret\\r; expect {$ }; "
		       "send \"grep Seccomp: /proc/self/status; tty\\r\"; expect {Seccomp:\t2}; expect /dev/pts/; "
		       "send exit\\r; expect eof'"), "Seccomp:\t2");
	assert_true(wait_gone(5));
}

static void forwarding(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("eval $(ssh-agent) >/dev/null; ssh-add -q $HOST_KEYS/id; " SSH "-A bob@h 'ssh-add -l'; kill $SSH_AGENT_PID"),
		    "ED25519");
	/* the session's own loopback: sshd of the host isn't there */
	assert_int_not_equal(as_bob("exec 3<>/dev/tcp/127.0.0.1/2222").code, 0);
	assert_silent(sh(SSH "-f -L 2230:127.0.0.1:2222 bob@h 'sleep 3' && sleep 0.5 && "
			     "timeout 2 sh -c 'head -c 7 </dev/tcp/127.0.0.1/2230' 2>&1; "
			     "timeout 2 bash -c 'head -c 7 </dev/tcp/127.0.0.1/2230'"), "SSH-2.0");
}

#define LOOK                                                                                       \
	SSH "%s@h 'env | grep -v ^SSH_ | sort; grep -v -i -E \"[pgs]id|ctxt|^Vm|^Rss|Hugetlb|^SigQ\" /proc/self/status; " \
	    "readlink /proc/self/ns/*; cut -d\" \" -f4- /proc/self/mountinfo' >/tmp/%s"

static void left_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const char *user = i == 0 ? "alice" : i == 1 ? "root" : "bob";

		assert_int_equal(sh("cp /etc/pam.d/sshd /tmp/sshd.pam && cp /etc/pam.d/common-account /tmp/ca.pam && "
				    "sed -i /pam_cordon/d /etc/pam.d/sshd /etc/pam.d/common-account").code, 0);
		assert_int_equal(sh(LOOK, user, "without").code, 0);
		assert_int_equal(sh("cp /tmp/sshd.pam /etc/pam.d/sshd && cp /tmp/ca.pam /etc/pam.d/common-account").code, 0);
		rule_set("Action=allow");
		assert_int_equal(sh("test $(grep -c pam_cordon /etc/pam.d/sshd) = 1").code, 0);
		assert_int_equal(sh(LOOK, user, "with").code, 0);
		assert_says(sh("diff /tmp/without /tmp/with && echo identical"), "identical");
	}
}

static void broken_rule(void **state)
{
	(void)state;
	rule_set("PrivateTmpp=yes");
	assert_int_not_equal(as_bob("id").code, 0);
	assert_silent(as_bob("id"), "uid=");
	assert_says(sh("cat $HOST_LOG"), "50-bob.conf:5: PrivateTmpp=: unknown directive; did you mean PrivateTmp=?");
	assert_says(sh(SSH "alice@h id"), "uid=2002");
	assert_says(sh(SSH "root@h id"), "uid=0");
	assert_says(sh("cordon check; echo code=$?"), "code=1");
	assert_int_equal(sh("mv /etc/cordon/rules.d /etc/cordon/away").code, 0);
	assert_silent(sh(SSH "alice@h id"), "uid=");
	assert_says(sh(SSH "root@h id"), "uid=0");
	assert_int_equal(sh("mv /etc/cordon/away /etc/cordon/rules.d").code, 0);
}

static void refused(void **state)
{
	(void)state;
	rule_set("Action=deny\nMessage=come back on Monday");
	assert_silent(as_bob("id"), "uid=");
	assert_says(sh("su bob -c id"), "come back on Monday");
	assert_says(sh("cat $HOST_LOG"), "event=deny");
	rule_set("Services=\nServices=login");
	assert_silent(as_bob("id"), "uid=");
	assert_says(sh("grep 'event=deny' $HOST_LOG | tail -1"), "service 'sshd' isn't known to start the login shell");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes),	  cmocka_unit_test(streams),
		cmocka_unit_test(eight_bit_clean), cmocka_unit_test(terminal),
		cmocka_unit_test(many_channels),  cmocka_unit_test(file_transfer),
		cmocka_unit_test(internal_sftp),  cmocka_unit_test(su_and_login),
		cmocka_unit_test(forwarding),	  cmocka_unit_test(left_alone),
		cmocka_unit_test(broken_rule),	  cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
