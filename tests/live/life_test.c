/* SPDX-License-Identifier: Apache-2.0 */
/* life_test.c - sessions end in every way and leave nothing behind */
#include "lib/live.h"

#include <string.h>
#include <unistd.h>

/*
 * What the host looks like, but for kept filters and the registry, where the entry of a killed keeper stays
 * until the next login; and files of cordon anywhere else.
 */
#define TRACES \
	"cordon list; $HOST_SOURCE/tests/host/picture /run/cordon /dev/shm /dev/mqueue | " \
	"grep -v -e /run/cordon/filters/ -e '/run/cordon/sessions[^/]*$'; " \
	"find /boot /etc /home /opt /root /run /srv /usr /var -xdev -newer /tmp/mark " \
	"-path '*cordon*' -not -path '/run/host/*' -not -path '/run/cordon*' 2>/dev/null"

static char before[65536];

static int mark(void **state)
{
	(void)state;
	rule_set("");
	(void)sh("su bob -c true; touch /tmp/mark"); /* the login compiles the filter, which stays */
	assert_true(wait_gone(30));
	strncpy(before, sh(TRACES).text, sizeof before - 1);
	return 0;
}

static void nothing_left(void)
{
	assert_true(wait_gone(30));
	assert_string_equal(sh(TRACES).text, before);
}

static void logout(void **state)
{
	(void)state;
	assert_int_equal(
		as_bob("setsid nohup sleep 1000 >/dev/null 2>&1 & sleep 1001 >/dev/null 2>&1 & exit 0")
			.code,
		0);
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
	assert_int_equal(sh("su bob -c 'setsid sleep 1000 >/dev/null 2>&1 &'").code, 0);
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

static void connection_dropped(void **state)
{
	(void)state;
	(void)sh(SSH "bob@h 'sleep 1000' & " UNTIL("pgrep -u bob -x sleep >/dev/null") "kill -9 $!");
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

static void sshd_killed(void **state)
{
	(void)state;
	(void)sh(SSH "bob@h 'sleep 1000' & " UNTIL(
		"pgrep -u bob -x sleep >/dev/null") "pkill -9 -f '[s]shd: bob .priv.'; wait");
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

static void keeper_killed(void **state)
{
	(void)state;
	(void)sh(SSH "bob@h 'sleep 1000' & " UNTIL(
		"pgrep -u bob -x sleep >/dev/null") "pkill -9 -x -o cordon-keeper; wait");
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
	/* killed at different times of the set-up: refused or confined, and nothing stays */
	for (unsigned i = 1; i <= (quick() ? 8 : 25); i++) {
		struct out o = sh("(sleep 0.%03u; pkill -9 -x 'cordon-(keeper|login)') & " SSH
				  "bob@h 'grep -c Seccomp:.2 /proc/self/status; id -u'; wait",
				  i * 6);

		assert_true(strstr(o.text, "2001") == NULL || strstr(o.text, "1\n2001") != NULL);
		assert_true(wait_gone(30));
	}
	nothing_left();
}

static void account_only(void **state)
{
	(void)state;
	(void)sh("printf 'auth sufficient pam_permit.so\\naccount required pam_cordon.so\\n' >/etc/pam.d/sshd-account");
	assert_int_equal(sh("pamtester sshd bob acct_mgmt").code, 0);
	nothing_left();
}

static void module_reached_twice(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cp /etc/pam.d/su /tmp/su.pam; echo 'session required pam_cordon.so' >>/etc/pam.d/su")
			.code,
		0);
	assert_says(sh("su - bob -c 'id -un'"), "bob");
	assert_int_equal(sh("cp /tmp/su.pam /etc/pam.d/su").code, 0);
	nothing_left();
}

/* Kills sshd's process of the session, and the main one, at different times of the set-up. */
static void sshd_killed_on_the_way(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= (quick() ? 6 : 12); i++) {
		struct out o = sh(
			"(sleep 0.%03u; pkill -9 -f '[s]shd: bob'; sleep 1; pkill -9 -f '[s]shd: bob') & " SSH
			"bob@h 'grep -c Seccomp:.2 /proc/self/status; id -u; setsid sleep 1000 & sleep 1000'; wait",
			i * 24 + 40);

		if (strstr(o.text, "2001") != NULL)
			assert_says(o, "1\n2001");
		(void)sh("pkill -9 -f '[s]shd: bob'; pkill -9 -x ssh");
		assert_true(wait_gone(30));
	}
	nothing_left();
}

/* Programs that try to stay: traps, double forks, a terminal multiplexer, a changed name. */
static void those_who_want_to_stay(void **state)
{
	(void)state;
	assert_int_equal(
		as_bob("tmux new-session -d 'sleep 1002'; (setsid sh -c \"trap '' HUP INT TERM QUIT CHLD PIPE USR1; "
		       "sleep 1003 & sleep 1003\" >/dev/null 2>&1 &); python3 -c 'import os,time\n"
		       "if os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nos.closerange(0,3)\ntime.sleep(1000)'; "
		       "kill -9 1; kill -9 -- -1; true")
				.code >= 0,
		1);
	nothing_left();
	assert_int_equal(sh("pgrep -u bob").code, 1);
}

static void account_deleted(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cp -a /etc/passwd /etc/shadow /etc/group /etc/gshadow /tmp/; " SSH
		   "bob@h 'sleep 1000' & " UNTIL(
			   "pgrep -u bob -x sleep >/dev/null") "sed -i /^bob:/d /etc/passwd /etc/shadow; kill $!; wait; cp -a /tmp/passwd /tmp/shadow /etc/")
				.code >= 0,
		1);
	nothing_left();
	assert_says(as_bob("id -un"), "bob");
	nothing_left();
}

/* Channels may end in any order; after the last one, no process lives. */
static void channels_end_in_any_order(void **state)
{
	(void)state;
	assert_int_equal(sh(SSH "-M -S /tmp/ch -fN bob@h").code, 0);
	assert_says(sh("for i in 1 2 3 4 5 6 7 8 9 10; do " SSH
		       "-S /tmp/ch bob@h 'echo up; cat >/dev/null' </dev/null & done; wait"),
		    "up\nup\nup\nup\nup\nup\nup\nup\nup\nup\n");
	assert_says(sh(SSH "-S /tmp/ch bob@h 'setsid sleep 1000 >/dev/null 2>&1 & echo left'"),
		    "left");
	assert_says(sh(SSH "-S /tmp/ch bob@h 'pgrep -c -x sleep; grep Seccomp: /proc/self/status'"),
		    "1\nSeccomp:\t2");
	(void)sh(SSH "-S /tmp/ch -O exit bob@h");
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

/* A session that takes all resources it can get harms only itself. */
static void exhaustion(void **state)
{
	(void)state;
	rule_set("LimitNPROC=60\nTmpSize=8M\nLimitNOFILE=100");
	assert_int_equal(
		sh(SSH
		   "bob@h 'f() { f | f & }; while :; do f; done' >/dev/null 2>&1 & " SSH
		   "bob@h 'yes >/tmp/f; i=0; while :; do : >/tmp/$i || break; i=$((i+1)); done; sleep 1000' >/dev/null 2>&1 & "
		   "sleep 2; for u in root alice root alice; do timeout 30 " SSH
		   "$u@h id -u || exit 9; done; "
		   "pgrep -u bob | wc -l; pkill -9 -x ssh; true")
			.code,
		0);
	assert_says(
		as_bob("ulimit -u; python3 -c 'import os\nn=0\ntry:\n while 1: os.open(\"/\",0); n+=1\nexcept OSError as e: print(e.errno, n<100)'"),
		"60\n24 True");
	assert_true(wait_gone(30));
	assert_int_equal(sh("pgrep -u bob").code, 1);
}

static void many_at_once(void **state)
{
	(void)state;
	assert_says(sh("i=0; while [ $i -lt 20 ]; do " SSH
		       "bob@h 'grep Seccomp: /proc/self/status' & i=$((i+1)); done; wait"),
		    "Seccomp:\t2");
	assert_says(sh("i=0; n=0; while [ $i -lt 20 ]; do " SSH
		       "bob@h 'echo yes' >/tmp/o.$i & i=$((i+1)); done; wait; "
		       "cat /tmp/o.* | grep -c yes"),
		    "20");
	nothing_left();
}

/* The log says what ended a session. */
static void ended_by(void **state)
{
#define ENDED UNTIL("grep -q event=end $HOST_LOG") "grep event=end $HOST_LOG"
	(void)state;
	rule_set("");
	assert_says(sh(": >$HOST_LOG; su bob -c id; " ENDED), "by=close");
	assert_says(
		sh("su bob -c 'sleep 300' & " UNTIL(
			"pgrep -u bob -x sleep >/dev/null") ": >$HOST_LOG; pkill -9 -x su; wait; " ENDED),
		"by=caller");
	assert_true(wait_gone(10));
	assert_says(
		sh("su bob -c 'sleep 300' & " UNTIL(
			"pgrep -u bob -x sleep >/dev/null") ": >$HOST_LOG; pkill -9 -n -x cordon-keeper; wait; " ENDED
							    " | grep -cE 'by=(init|close) '"),
		"1\n"); /* the keeper may see the end of su first */
	assert_true(wait_gone(10));
}

/* Every end of a keeper is logged, by the module if the keeper cannot. */
static void signals_end(void **state)
{
	static const char *const names[] = { "TERM", "HUP",  "INT",  "QUIT",  "USR1", "ALRM",
					     "PIPE", "SEGV", "ABRT", "RTMIN", "XFSZ", "KILL" };
	static const char *const stays[] = { "CHLD", "CONT", "WINCH", "URG", "TSTP", "IO" };

	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (unsigned ssh = 0; ssh < 2; ssh++) {
			const struct out o = sh(
				": >$HOST_LOG; %s 'sleep 300' & " UNTIL(
					"pgrep -u bob -x sleep >/dev/null") "pkill -%s -o -x cordon-keeper; wait; " ENDED,
				ssh ? SSH "bob@h" : "su bob -c", names[i]);

			print_message("%s\n", names[i]);
			assert_says(o, strcmp(names[i], "KILL") == 0 ? "by=keeper" :
								       "by=signal signal=");
			assert_true(wait_gone(10));
			assert_int_equal(sh("pgrep -u bob").code, 1);
		}
	for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++)
		assert_says(
			sh("su bob -c 'sleep 300; echo $?' & " UNTIL(
				   "pgrep -u bob -x sleep >/dev/null") "pkill -%s -o -x cordon-keeper; sleep 0.1; pkill -TERM -u bob -x sleep; wait",
			   stays[i]),
			"143\n");
	assert_true(wait_gone(10));
}

/* Tries a syslogd on a stream socket, one that is gone, and one that is back. */
static void any_syslogd(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh("mv /dev/log /dev/log.away; python3 -c 'import socket\n"
		   "s = socket.socket(socket.AF_UNIX); s.bind(\"/dev/log\"); s.listen(9); s.settimeout(20); t = b\"\"\n"
		   "while b\"event=end\" not in t: t += b\"|\".join(iter(lambda c=s.accept()[0]: c.recv(4096), b\"\"))\n"
		   "print(t)' >/tmp/streamed 2>&1 & " UNTIL(
			   "test -S /dev/log") "su bob -c id; wait $!; cat /tmp/streamed; rm /dev/log"),
		"event=permit");
	assert_says(sh("cat /tmp/streamed"), "\\x00<86>cordon[");
	assert_says(
		sh("grep -o 'event=[pe][a-z]* session=[0-9a-f]* .*' /tmp/streamed"),
		" user=\"bob\" uid=2001 service=\"su\" rhost=\"\" tty=\"\" rule=\"/etc/cordon/rules.d/50-bob.conf:1\"");
	assert_says(sh("su bob -c id"), "uid=2001");
	assert_says(sh("mv /dev/log.away /dev/log; su bob -c id; " UNTIL(
			    "tail -n 1 $HOST_LOG | grep event=end") "tail -n 2 $HOST_LOG"),
		    "<86>cordon[");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(logout, mark),
		cmocka_unit_test_setup(connection_dropped, mark),
		cmocka_unit_test_setup(sshd_killed, mark),
		cmocka_unit_test_setup(keeper_killed, mark),
		cmocka_unit_test_setup(account_only, mark),
		cmocka_unit_test_setup(module_reached_twice, mark),
		cmocka_unit_test_setup(sshd_killed_on_the_way, mark),
		cmocka_unit_test_setup(those_who_want_to_stay, mark),
		cmocka_unit_test_setup(account_deleted, mark),
		cmocka_unit_test_setup(channels_end_in_any_order, mark),
		cmocka_unit_test_setup(exhaustion, mark),
		cmocka_unit_test_setup(many_at_once, mark),
		cmocka_unit_test(ended_by),
		cmocka_unit_test(signals_end),
		cmocka_unit_test(any_syslogd),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
