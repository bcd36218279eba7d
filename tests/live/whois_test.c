/* SPDX-License-Identifier: Apache-2.0 */
/* whois_test.c - login records of the host, and programs that use them */
#include "lib/live.h"

#include <string.h>

/* A login at a terminal that stays for a minute, or until end_all(); @n: its number here. */
#define STAY(who, n) \
	"(sleep 60 | timeout 90 " SSH "-tt " who "@h >/tmp/out." n \
	" 2>&1) >/dev/null 2>&1 & " UNTIL("grep -q [$] /tmp/out." n " 2>/dev/null")

/* The terminals that the host has on record for @who, sorted. */
#define LINES_OF(who) "who | awk '$1 == \"" who "\" { print $2 }' | sort"

static bool end_all(void)
{
	(void)sh("pkill -x sleep; pkill -x ssh; rm -f /tmp/out.*");
	return wait_gone(30) &&
	       says(sh(UNTIL("[ -z \"$(who)\" ]") "who; ps axo pid,stat,args | grep '[b]ob'; echo end"),
		    "end\n") &&
	       silent(sh("who"), "pts/");
}

static void each_its_own(void **state)
{
	(void)state;
	rule_set("");
	(void)sh(STAY("bob", "1") STAY("alice", "2") STAY("bob", "3") STAY("bob", "4"));
	assert_says(sh("who | grep -c pts/; " LINES_OF("bob") " | uniq -d; echo unique"),
		    "4\nunique\n");
	/* each terminal exists, belongs to the user, and accepts messages */
	assert_says(sh("for l in $(" LINES_OF("bob") "); do stat -c '%%U %%G %%a %%F' /dev/$l; done"),
		    "bob tty 620 character special file\nbob tty 620 character special file\n"
		    "bob tty 620 character special file\n");
	assert_says(sh("last bob | grep -c 'still logged in'"), "3\n");
	/* the end of one login does not remove the terminals of others */
	(void)sh("pkill -f 'tt bob@[h]'; " UNTIL("[ -z \"$(" LINES_OF("bob") ")\" ]"));
	assert_says(sh("who | awk '{ print $1 }'; last alice | grep -c 'still logged in'"),
		    "alice\n1\n");
	assert_silent(sh("last bob"), "still logged in");
	assert_silent(sh("last bob"), "gone");
	assert_true(end_all());
	assert_says(sh("ls /dev/pts; echo end"), "ptmx\nend\n");
	/* and sshd has nothing to complain about */
	assert_silent(sh("cat /run/host/sshd.log"), "/dev/pts");
}

static void several_of_one_connection(void **state)
{
	(void)state;
	rule_set("");
	(void)sh(SSH "-M -S /tmp/mux -fN bob@h; " STAY("-S /tmp/mux bob", "1")
			 STAY("-S /tmp/mux bob", "2") STAY("-S /tmp/mux bob", "3"));
	assert_says(sh(LINES_OF("bob") " | uniq | wc -l"), "3\n");
	/* records are told apart by the last bytes of the name */
	assert_says(sh(LINES_OF("bob") " | sed 's/.*\\(....\\)$/\\1/' | uniq | wc -l"), "3\n");
	(void)sh("pkill -n -x ssh; " UNTIL("[ $(" LINES_OF("bob") " | wc -l) = 2 ]"));
	assert_says(sh(LINES_OF("bob") " | wc -l; last bob | grep -c 'still logged in'"), "2\n2\n");
	(void)sh(SSH "-S /tmp/mux -O exit bob@h");
	assert_true(end_all());
	assert_silent(sh("last bob"), "still logged in");
}

/* With any limit, each terminal up to the last one is recorded by its own name. */
static void other_bounds(void **state)
{
	static const struct {
		const char *rule;
		unsigned held;
	} bounds[] = { { "TerminalsMax=2", 0 },
		       { "TerminalsMax=100\nLimitNOFILE=4096", 98 },
		       { "TerminalsMax=1000\nLimitNOFILE=4096", 510 } };

	(void)state;
	for (unsigned i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
		rule_set(bounds[i].rule);
		(void)sh(SSH "-M -S /tmp/mux -fN bob@h; " STAY("-S /tmp/mux bob", "1"));
		(void)sh(SSH
			 "-S /tmp/mux bob@h \"python3 -c '\nimport os, pty, time\nl = [pty.openpty() for i in range(%u)]\n"
			 "print(len(l), flush=True)\ntime.sleep(600)\n'\" >/tmp/out.many 2>&1 & " UNTIL(
				 "grep -q '^%u' /tmp/out.many"),
			 bounds[i].held, bounds[i].held);
		(void)sh(STAY("-S /tmp/mux bob", "2")); /* the last one that there may be */
		assert_says(sh("echo %u:; " LINES_OF(
				       "bob") " | uniq | wc -l; cat /tmp/out.2 | tr -cd '$'",
			       i),
			    ":\n2\n$");
		assert_says(sh(SSH "-tt -S /tmp/mux bob@h 'tty; echo in' 2>&1 | tr -d '\\r'"),
			    "PTY allocation request failed");
		assert_says(sh(LINES_OF("bob") " | uniq | wc -l"), "2\n");
		(void)sh(SSH "-S /tmp/mux -O exit bob@h");
		assert_true(end_all());
	}
}

static void messages(void **state)
{
	(void)state;
	rule_set("");
	(void)sh(STAY("alice", "1") STAY("bob", "2") STAY("bob", "3"));
	(void)sh("echo for-the-second | write bob $(who | awk '$1 == \"bob\" { print $2 }' | tail -1); " UNTIL(
		"grep -q for-the-second /tmp/out.*"));
	assert_says(sh("grep -l for-the-second /tmp/out.*"), "/tmp/out.3\n");
	assert_silent(sh("grep -l for-the-second /tmp/out.*"), "out.2");
	(void)sh("echo for-all | wall; " UNTIL("[ $(grep -l for-all /tmp/out.* | wc -l) = 3 ]"));
	assert_says(sh("grep -l for-all /tmp/out.*"), "/tmp/out.1\n/tmp/out.2\n/tmp/out.3\n");
	/* another user of the host's, as by any terminal */
	(void)sh("chgrp tty /usr/bin/write; chmod g+s /usr/bin/write"); /* as Debian has it */
	(void)sh("line=$(who | awk '$1 == \"bob\" { print $2; exit }'); " SSH
		 "-tt alice@h \"echo from-alice | write bob $line\"; " UNTIL(
			 "grep -q from-alice /tmp/out.2"));
	assert_says(sh("grep -l from-alice /tmp/out.*"), "/tmp/out.2\n");
	assert_true(end_all());
	/* a user who refuses messages gets none */
	assert_says(
		sh("(echo mesg n; echo 'echo re''ady'; sleep 60) 2>&1 | " SSH
		   "-tt bob@h >/tmp/out.1 2>&1 & " UNTIL(
			   "grep -q ^ready /tmp/out.1") "echo unwanted | wall; sleep 1; grep -c unwanted /tmp/out.1"),
		"0\n");
	assert_true(end_all());
	/* a terminal that nobody reads delays nobody */
	assert_says(
		sh("(echo 'echo re''ady'; sleep 3; printf '\\023'; sleep 60) 2>&1 | " SSH
		   "-tt bob@h >/tmp/out.1 2>&1 & " UNTIL(
			   "grep -q ^ready /tmp/out.1") "sleep 4; n=0; while [ $n -lt 5 ]; do seq 1000 | timeout 20 wall || echo late; n=$((n+1)); done; echo done"),
		"done\n");
	assert_true(end_all());
}

static void logins_are_counted(void **state)
{
	(void)state;
	rule_set("");
	/* as pam_limits reads it: who(1) leaves out a record whose process is gone */
#define ON_RECORD(n) UNTIL("[ $(utmpdump /run/utmp 2>/dev/null | grep -c '^.7. .*bob') = " n " ]")
	assert_int_equal(sh("echo 'bob - maxlogins 2' >/etc/security/limits.d/bob.conf").code, 0);
	(void)sh(ON_RECORD("0") STAY("bob", "1"));
	assert_says(sh(SSH "-tt bob@h 'echo in'"), "in\r\n");
	(void)sh(ON_RECORD("1") STAY("bob", "2") ON_RECORD("2"));
	assert_says(sh(SSH "-tt bob@h 'echo in'"), "too many logins");
	assert_silent(sh(SSH "-tt bob@h 'echo in'"), "in\r\n");
	assert_true(end_all());
	(void)sh(ON_RECORD("0"));
	assert_says(sh(SSH "-tt bob@h 'echo in'"), "in\r\n");
	(void)sh("rm /etc/security/limits.d/bob.conf");
}

static void inside(void **state)
{
	(void)state;
	rule_set("");
	(void)sh(STAY("bob", "1"));
	assert_says(
		sh(SSH
		   "-tt bob@h 'tty; echo $SSH_TTY; readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; "
		   "ls -1 /dev/pts; stat -c \"%%U %%G %%a\" /dev/pts/0; echo a >/dev/tty; echo b >/proc/self/fd/0; echo c >/dev/stderr; "
		   "python3 -c \"import os; print(os.ttyname(0))\"; script -qc tty /dev/null' | tr -d '\\r'"),
		"/dev/pts/0\n/dev/pts/0\n/dev/pts/0\n/dev/pts/0\n/dev/pts/0\n0\nptmx\nbob tty 620\na\nb\nc\n/dev/pts/0\n/dev/pts/1\n");
	/* sshd's own sftp is in the view of the PAM caller: of the other login nothing is there */
	(void)sh("sed -i 's,^Subsystem.*,Subsystem sftp internal-sftp,' /run/host/sshd_config; pkill -HUP -o sshd; sleep 1");
	assert_says(
		sh("echo secret >/tmp/secret; other=$(" LINES_OF(
			"bob") "); "
			       "printf -- '-put /tmp/secret /dev/%%s\\nls -1 /dev/pts\\n' $other | sftp -q -b - -F $HOST_KEYS/ssh_config bob@h 2>&1"),
		"ptmx");
	assert_silent(sh("cat /tmp/out.1"), "secret");
	(void)sh("sed -i 's,^Subsystem.*,Subsystem sftp /usr/lib/openssh/sftp-server,' /run/host/sshd_config; pkill -HUP -o sshd; sleep 1");
	assert_true(end_all());
}

/* One session cannot use up the host's pseudo-terminals. */
static void a_bound(void **state)
{
	static const char many[] =
		"python3 -c '\nimport os, pty\nn = 0\ntry:\n  while n < 1000:\n"
		"    pty.openpty()\n    n += 1\nexcept OSError as e:\n  print(n, e)\n'";

	(void)state;
	rule_set("LimitNOFILE=4096");
	assert_says(as_bob(many), "64 out of pty devices");
	(void)sh(UNTIL(
		"[ \"$(ls /dev/pts)\" = ptmx ]")); /* a number is held until sshd has recorded the logout */
	/* that terminal of su's has a number in it as well, whatever it is */
	assert_says(
		sh("python3 -c 'import pty, subprocess; l = [pty.openpty() for i in range(200)]; subprocess.call([\"script\", \"-qec\", \"su bob -c tty\", \"/dev/null\"])'"),
		"/dev/pts/200");
}

static void other_rules(void **state)
{
	static const char *const rules[] = { "PrivatePIDs=no",
					     "AllowCommands=@sftp\nAllowCommands=sleep *",
					     "AllowCommands=sleep *",
					     "Command=sleep 60",
					     "PrivateRun=no",
					     "PrivateDevices=no",
					     "InaccessiblePaths=/run/utmp /var/log/wtmp" };

	(void)state;
	for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		(void)sh("for i in 1 2; do (sleep 60 | timeout 90 " SSH
			 "-tt bob@h 'sleep 60' >/tmp/out.$i 2>&1) >/dev/null 2>&1 & done; " UNTIL(
				 "[ $(who | grep -c ^bob) = 2 ]"));
		assert_says(sh("echo %u:; " LINES_OF(
				       "bob") " | uniq | wc -l; last bob | grep -c 'still logged in'",
			       i),
			    ":\n2\n2\n");
		assert_true(end_all());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_its_own),
		cmocka_unit_test(several_of_one_connection),
		cmocka_unit_test(logins_are_counted),
		cmocka_unit_test(inside),
		cmocka_unit_test(a_bound),
		cmocka_unit_test(other_bounds),
		cmocka_unit_test(other_rules),
		cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests_name("whois", tests, NULL, NULL);
}
