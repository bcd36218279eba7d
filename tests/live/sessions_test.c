/* SPDX-License-Identifier: Apache-2.0 */
/* sessions_test.c - cordon list, kill, top and log; the registry of sessions under attack */
#include "lib/live.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AS(user)    "setpriv --reuid " user " --regid " user " --clear-groups "
#define SESSIONS(n) UNTIL("[ $(find /run/cordon/sessions -type s 2>/dev/null | wc -l) = " n " ]")
#define ID_OF(user) "$(cordon list --user " user " | awk 'NR > 1 { print $1; exit }')"
#define NOBODY	    UNTIL("! pgrep -x cordon-keeper >/dev/null")

static int rules(void **state)
{
	(void)state;
	rule_set("");
	rule_file("50-alice", "User=alice", "");
	return 0;
}

/* Ends what a test has left, however it ended. */
static int nobody(void **state)
{
	(void)state;
	(void)sh("pkill -CONT -x cordon-keeper; pkill -x ssh; pkill -x su; pkill -x sleep; " NOBODY);
	return sh("cordon list | grep -qx 'no sessions' && [ -z \"$(ls -A /run/cordon/sessions)\" ]")
				       .code == 0 ?
		       0 :
		       -1;
}

/* bob by ssh, alice by su. */
#define BOTH \
	SSH "bob@h 'sleep 300' >/dev/null 2>&1 & su alice -c 'sleep 300; :' >/dev/null 2>&1 & " SESSIONS( \
		"2")

static void each_sees_the_own_ones(void **state)
{
	struct out o;

	(void)state;
	assert_says(sh("cordon list"), "no sessions\n");
	o = sh(BOTH "cordon list");
	assert_says(o, "ID               USER  RULE            SERVICE FROM      SINCE");
	assert_says(o, " bob   50-bob.conf:1   sshd    127.0.0.1 20");
	assert_says(o, " alice 50-alice.conf:1 su      -         20");
	o = sh(AS("bob") "cordon list");
	assert_says(o, " bob ");
	assert_silent(o, "alice");
	o = sh(AS("alice") "cordon list");
	assert_says(o, " alice ");
	assert_silent(o, "bob");
	assert_says(sh(AS("carol") "cordon list"), "no sessions\n");
	assert_silent(sh("cordon list --user alice"), "bob");
	assert_says(sh("cordon list --user 2001"), " bob ");
	o = sh("cordon list --user bobb");
	assert_int_equal(o.code, 2);
	assert_says(o, "there is no user 'bobb'; did you mean 'bob'?");
	/* not in the session itself, where others could be seen */
	assert_says(as_bob("cordon list; ls /run/cordon/sessions"),
		    "no sessions are visible from inside a session\nls: cannot access");
}

static void json_and_metrics(void **state)
{
	struct out o;

	(void)state;
	assert_says(sh("cordon list --json"), "{\"version\":1,\"sessions\":[]}\n");
	o = sh(BOTH
	       "cordon list --json | python3 -c 'import json, sys, time\n"
	       "a = json.load(sys.stdin)[\"sessions\"]\n"
	       "a = {s[\"user\"]: s for s in a}\n"
	       "b = a[\"bob\"]\n"
	       "print(sorted(a), b[\"uid\"], b[\"service\"], b[\"rhost\"], b[\"rule\"], b[\"logins\"])\n"
	       "print(abs(time.time() - b[\"since_usec\"] / 1e6) < 60, b[\"answers\"], b[\"ending\"])\n"
	       "print(b[\"processes\"] >= 1, b[\"memory_bytes\"] > 100000, b[\"measured_by\"])'");
	assert_says(o, "['alice', 'bob'] 2001 sshd 127.0.0.1 /etc/cordon/rules.d/50-bob.conf:1 1\n"
		       "True True False\nTrue True processes\n");
	o = sh("cordon list --metrics");
	assert_says(o, "# TYPE cordon_sessions gauge\ncordon_sessions 2\n");
	assert_says(
		o,
		"\",user=\"alice\",service=\"su\",rule=\"/etc/cordon/rules.d/50-alice.conf:1\"} ");
	assert_int_equal(sh("cordon list --metrics | grep -vE "
			    "'^(# (HELP|TYPE) cordon_[a-z_]+ .*|cordon_[a-z_]+(\\{.*\\})? [0-9.]+)$'")
				 .code,
			 1);
	assert_int_equal(sh("cordon list --json --metrics").code, 2);
	assert_int_equal(sh("cordon list bob").code, 2);
}

static void busy_sessions_are_first(void **state)
{
	struct out o;

	(void)state;
	o = sh(BOTH SSH "bob@h 'python3 -c \"while True: pass\"' >/dev/null 2>&1 & " SESSIONS(
		"3") "cordon top --count 2 --interval 2s");
	assert_says(o, "ID                 CPU%   PROCS  MEMORY      CPU  WHO");
	assert_says(o, " alice by su\n");
	o = sh("cordon top --count 2 --interval 1s | grep -A1 ^ID | tail -n 1 | awk '{ print ($2 > 5) $6 }'");
	assert_says(o, "1bob\n");
	assert_int_equal(sh("cordon top --count 0").code, 2);
}

static void killed_by_id_user_and_rule(void **state)
{
	struct out o;

	(void)state;
	o = sh(BOTH "id=" ID_OF("bob") "; cordon kill $(echo $id | cut -c1-8) && cordon list");
	assert_int_equal(o.code, 0);
	assert_silent(o, " bob ");
	assert_says(o, " alice ");
	o = sh("$HOST_SOURCE/tests/live/log/fields $HOST_LOG event=end by=kill");
	assert_says(o, "user=\"bob\"");
	assert_says(o, "by=kill sender_pid=");
	assert_says(o, "sender_uid=0");
	assert_silent(sh("cat $HOST_LOG"), "by=keeper");
	o = sh(SSH "bob@h 'sleep 300' >/dev/null 2>&1 & " SESSIONS(
		"2") "cordon kill --user alice; cordon list");
	assert_silent(o, "alice");
	assert_int_equal(sh("cordon kill --user bob --rule 50-alice").code, 1);
	assert_int_equal(sh("cordon kill --user bob --rule 50-bob").code, 0);
	assert_says(sh("cordon list"), "no sessions\n");
	assert_int_equal(sh(BOTH "cordon kill --rule /etc/cordon/rules.d/50-bob.conf && "
				 "cordon kill --rule 50-alice.conf:1")
				 .code,
			 0);
	assert_says(sh("cordon list"), "no sessions\n");
}

static void wrong_ids(void **state)
{
	struct out o;

	(void)state;
	o = sh("cordon kill 12345678");
	assert_int_equal(o.code, 2);
	assert_says(o, "no session '12345678'; 'cordon list' lists the sessions");
	assert_int_equal(sh("cordon kill").code, 2);
	assert_int_equal(sh("cordon kill --user bob 12345678").code, 2);
	assert_int_equal(sh("cordon kill --signal NO 12345678").code, 2);
	assert_int_equal(sh("cordon kill ../2001/x").code, 2);
	/* one letter begins several ids, at the latest of seventeen */
	o = sh("for i in $(seq 17); do su bob -c 'sleep 300; :' >/dev/null 2>&1 & done; " SESSIONS(
		"17") "for d in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do cordon kill --signal 0 $d; cordon log $d; done");
	o = sh("d=$(cordon list | awk 'NR > 1 { print substr($1, 1, 1) }' | sort | uniq -d | head -n 1); "
	       "cordon kill $d");
	assert_int_equal(o.code, 2);
	assert_says(o, " sessions; write more digits, see 'cordon list'");
	assert_int_equal(sh("cordon kill $(cordon list | awk 'NR > 1 { print $1 }')").code, 0);
	assert_says(sh("cordon list"), "no sessions\n");
}

/* Programs get a signal, and the session with its connection goes on. */
static void signals(void **state)
{
	struct out o;

	(void)state;
	o = sh("(" SSH
	       "bob@h 'trap \"echo caught\" USR1; trap \"echo never\" HUP TERM; touch /home/bob/in; "
	       "while [ ! -e /home/bob/out ]; do sleep 0.1; done; echo left') >/tmp/trap 2>&1 & " UNTIL("test -e /home/bob/in") "cordon kill --signal usr1 " ID_OF(
		       "bob") " && cordon kill --user bob --signal SIGURG; " UNTIL("grep -q caught /tmp/trap") "touch /home/bob/out; wait; cat /tmp/trap; rm /home/bob/in /home/bob/out");
	assert_says(o, "caught\n");
	assert_says(o, "left\n");
	assert_silent(o, "never");
	o = sh("su bob -c 'sleep 300; echo ended' >/tmp/trap 2>&1 & " SESSIONS("1") UNTIL(
		"pgrep -u bob -x sleep >/dev/null") "cordon kill --signal KILL --user bob; wait; cat /tmp/trap");
	assert_silent(o, "cordon:");
	assert_int_equal(sh(NOBODY "! pgrep -x cordon-keeper").code, 0);
}

/* Sessions of other users: not by the tool, and not by hand. */
static void others_are_refused(void **state)
{
	struct out o;

	(void)state;
	o = sh(BOTH "id=" ID_OF("bob") "; " AS("alice") "cordon kill $id");
	assert_int_equal(o.code, 2);
	assert_says(o, "' of yours; 'cordon list' lists them");
	assert_int_equal(sh(AS("alice") "cordon kill --user bob").code, 1);
	o = sh(AS("alice") "python3 -c 'import glob, socket\n"
			   "for f in glob.glob(\"/run/cordon/sessions/2001/*\"):\n"
			   "    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
			   "    s.connect(f)'");
	assert_says(o, "PermissionError");
	assert_says(sh(AS("alice") "ls /run/cordon/sessions"), "Permission denied");
	assert_int_equal(sh(AS("alice") "touch /run/cordon/sessions/2002/x").code, 1);
	assert_int_equal(sh(AS("alice") "flock -n /run/cordon/sessions/2002/.lock true").code, 66);
	assert_says(sh("cordon list"), " bob ");
	assert_int_equal(sh(AS("bob") "cordon kill --user bob").code, 0);
	o = sh("$HOST_SOURCE/tests/live/log/fields $HOST_LOG event=end by=kill | tail -n 1");
	assert_says(o, "sender_uid=2001");
}

/* Nothing waits for a keeper that is stopped. */
static void stopped_keepers(void **state)
{
	struct out o;

	(void)state;
	o = sh(BOTH "pkill -STOP -o -x cordon-keeper; timeout 20 cordon list");
	assert_int_equal(o.code, 0);
	assert_says(o, " (the keeper does not answer)\n");
	assert_says(o, ".conf:1 ");
	o = sh("timeout 20 cordon list --json");
	assert_says(o, "\"answers\":false}");
	assert_says(o, "\"answers\":true,");
	assert_says(sh("cordon list --metrics"), "cordon_sessions_not_answering 1\n");
	o = sh("id=$(cordon list | awk '/does not answer/ { print $1 }'); timeout 20 cordon kill $id");
	assert_int_equal(o.code, 1);
	assert_says(o, ": the keeper does not answer\n");
	/* many that ask fill the queue */
	o = sh("for i in $(seq 100); do timeout 20 cordon list >/dev/null & done; wait; timeout 20 cordon list");
	assert_says(o, " (the keeper does not answer)\n");
	assert_int_equal(
		sh("pkill -CONT -x cordon-keeper; cordon kill --user bob && cordon kill --user alice")
			.code,
		0);
}

/* What a killed keeper leaves is a file that the next one removes. */
static void killed_keepers(void **state)
{
	struct out o;

	(void)state;
	o = sh(BOTH SSH "bob@h 'sleep 300' >/dev/null 2>&1 & " SESSIONS(
		"3") "pkill -9 -x cordon-keeper; " NOBODY
		     "find /run/cordon/sessions -type s | wc -l; " AS(
			     "bob") "cordon list; find /run/cordon/sessions -type s | wc -l");
	assert_says(o, "3\nno sessions\n3\n");
	/* the next login of bob removes what was bob's */
	o = sh("su bob -c 'sleep 300; :' >/dev/null 2>&1 & " UNTIL(
		"cordon list --user bob | grep -q ' su '") "true");
	assert_int_equal(o.code, 0);
	assert_says(sh("cordon kill --user bob; cordon list; find /run/cordon/sessions | wc -l"),
		    "no sessions\n1\n");
	(void)sh("su bob -c 'sleep 300; :' >/dev/null 2>&1 & " SESSIONS(
		"1") "pkill -9 -x cordon-keeper; " NOBODY
		     "touch /tmp/killed; sleep 0.1; su bob -c 'sleep 300; :' >/dev/null 2>&1 & " UNTIL(
			     "find /run/cordon/sessions -type s -newer /tmp/killed | grep -q ."));
	assert_says(sh("find /run/cordon/sessions -type s | wc -l"), "1\n");
	assert_says(sh("cordon list"), " bob ");
	/* init and sshd */
	assert_int_equal(
		sh("kill -9 $(cordon list --json | sed 's/.*\"init\":\\([0-9]*\\).*/\\1/'); " NOBODY
		   "[ -z \"$(ls -A /run/cordon/sessions)\" ]")
			.code,
		0);
	assert_int_equal(sh(SSH "bob@h 'sleep 300' >/dev/null 2>&1 & " SESSIONS(
				    "1") "pkill -9 -f '[s]shd: bob'; " NOBODY
					 "[ -z \"$(ls -A /run/cordon/sessions)\" ]")
				 .code,
			 0);
}

/* A user who does everything to hold up the keeper, which serves root and the session meanwhile. */
#define FLOOD \
	"import glob, os, socket, struct, time\n" \
	"f = glob.glob(\"/run/cordon/sessions/2001/*\")[0]\n" \
	"held = []\n" \
	"open(\"/tmp/flood\", \"w\")\n" \
	"for i in range(1 << 30):\n" \
	"    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n" \
	"    s.setblocking(False)\n" \
	"    try:\n" \
	"        s.connect(f)\n" \
	"        s.send([os.urandom(i %% 4000 + 1), b\"\", struct.pack(\"<II\", 0x37647263, i %% 20) + bytes(1700)][i %% 3])\n" \
	"        socket.send_fds(s, [b\"x\"], [0] * (i %% 200 + 1))\n" \
	"    except OSError: pass\n" \
	"    held.append(s)\n" \
	"    del held[:-500]\n"

static void clients_cannot_hold_up_the_keeper(void **state)
{
	(void)state;
	assert_says(
		sh(SSH "-M -S /tmp/mux -N -f bob@h; " SESSIONS("1")
			   AS("bob") "timeout 100 python3 -c '" FLOOD "' & echo $! >/tmp/flood.pid; " UNTIL(
				   "test -e /tmp/flood") "for i in 1 2 3 4 5 6 7 8; do timeout 20 cordon list; done"),
		" bob ");
	assert_says(sh("for i in 1 2 3 4 5 6 7 8; do timeout 20 cordon list; done"), " sshd ");
	assert_says(
		sh("for i in 1 2 3 4; do ssh -F $HOST_KEYS/ssh_config -S /tmp/mux bob@h id -un; done"),
		"bob\nbob\nbob\nbob\n");
	assert_says(sh("ls -l /proc/$(pgrep -o -x cordon-keeper)/fd | grep -c /dev/null"), "3\n");
	assert_int_equal(
		sh("cordon kill --user bob; kill $(cat /tmp/flood.pid); rm -f /tmp/flood").code, 0);
}

static void the_log(void **state)
{
	struct out o;

	(void)state;
	o = sh(": >$HOST_LOG; su bob -c 'sleep 300; :' >/dev/null 2>&1 & " SESSIONS("1") "id=" ID_OF(
		"bob") "; echo $id >/tmp/id; cordon log --file $HOST_LOG $(echo $id | cut -c1-6)");
	assert_says(o, "event=permit session=");
	o = sh("cordon kill $(cat /tmp/id); " UNTIL(
		"grep -q event=end $HOST_LOG") "su alice -c true; cordon log --file $HOST_LOG $(cat /tmp/id)");
	assert_says(o, "event=permit session=");
	assert_says(o, "event=end session=");
	assert_silent(o, "alice");
	o = sh("cordon log --file $HOST_LOG bob");
	assert_says(o, "by=kill");
	assert_silent(o, "alice");
	/* texts of users are no events of cordon */
	(void)sh("cp $HOST_LOG /tmp/log; printf '%%s\\n' "
		 "'Nov 28 10:00:00 h sshd[1]: Invalid user x cordon[2]: event=deny user=\"bob\" uid=1' "
		 "'Nov 28 10:00:00 h xcordon[2]: event=deny user=\"bob\" uid=2' "
		 "'Nov 28 10:00:00 h cordon[2]: event=deny user=\"bob\" uid=3' >>/tmp/log");
	o = sh("cordon log --file /tmp/log bob");
	assert_says(o, "uid=3");
	assert_silent(o, "uid=1");
	assert_silent(o, "uid=2\n");
	o = sh("cordon log --file $HOST_LOG carol");
	assert_int_equal(o.code, 1);
	assert_says(o, "no event with user 'carol' in /");
	o = sh("rm -f /var/log/auth.log /var/log/secure /var/log/messages; cordon log bob");
	assert_int_equal(o.code, 4);
	assert_says(o, "no journal (/run/systemd/journal/socket), and no /var/log/auth.log");
	assert_says(sh("cp /tmp/log /var/log/auth.log; cordon log bob"), "uid=3");
	assert_int_equal(sh("cordon log").code, 2);
}

/* A journald of the throwaway host, which needs a control group to read. */
static void the_journal(void **state)
{
	struct out o;

	(void)state;
	if (sh("[ -x /lib/systemd/systemd-journald ] && command -v journalctl && mount -t cgroup2 cgroup /sys/fs/cgroup")
		    .code != 0)
		skip();
	(void)sh("mkdir -p /run/systemd/journal /run/log/journal/$(cat /etc/machine-id); "
		 "/lib/systemd/systemd-journald >/dev/null 2>&1 & echo $! >/tmp/journald.pid; " UNTIL(
			 "test -S /run/systemd/journal/socket") "true");
	o = sh("su bob -c 'sleep 300; :' >/dev/null 2>&1 & " SESSIONS("1") "id=" ID_OF("bob") "; " UNTIL(
		"cordon log $id | grep -q permit") "cordon log bob; "
						   "cordon kill $id; " UNTIL(
							   "cordon log $id | grep -q by=kill") "cordon log $id");
	assert_says(o, "cordon[");
	assert_says(o, " by=kill sender_pid=");
	/* other users can write every field that does not begin with _ */
	o = sh(AS(
		"alice") "python3 -c 'import socket\n"
			 "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
			 "s.connect(\"/run/systemd/journal/socket\")\n"
			 "s.send(b\"SYSLOG_IDENTIFIER=cordon\\nCORDON_USER=bob\\nMESSAGE=forged\\n\")'; " UNTIL(
				 "journalctl -q -t cordon CORDON_USER=bob | grep -q forged") "cordon log bob");
	assert_says(o, " by=kill ");
	assert_silent(o, "forged");
	o = sh("cordon log carol");
	assert_int_equal(o.code, 1);
	assert_says(o, "in the journal (journalctl -t cordon CORDON_USER=carol)");
	assert_int_equal(
		sh("kill $(cat /tmp/journald.pid); umount /sys/fs/cgroup; rm -rf /run/systemd /run/log")
			.code,
		0);
}

#define PLACE "p=$(cordon list --json | grep -o '\"place\":\"[^\"]*' | head -n 1 | cut -c10-); "

/* A session with several logins, and then with none. */
static void places(void **state)
{
	struct out o;

	(void)state;
	rule_file("50-carol", "User=carol", "Lifetime=user");
	o = sh("su carol -c 'setsid sleep 300 >/dev/null 2>&1 & sleep 300; :' >/dev/null 2>&1 & " SSH
	       "carol@h 'touch /tmp/in; sleep 300' >/dev/null 2>&1 & " UNTIL(
		       "[ $(cordon list --user carol | grep -c carol) = 2 ]") "cordon list");
	assert_says(o, "ID               PLACE            USER  RULE");
	assert_says(o, " carol 50-carol.conf:1 su      -         20");
	assert_says(o, " carol 50-carol.conf:1 sshd    127.0.0.1 20");
	assert_int_equal(
		sh("[ $(cordon list --json | grep -o '\"logins\":2,\"outlives_logins\":true' | wc -l) = 2 ] && "
		   "[ $(cordon list --metrics | grep -c '^cordon_session_processes{') = 1 ]")
			.code,
		0);
	assert_says(sh("cordon top --count 1"), ", 2 logins\n");
	o = sh(PLACE
	       "cordon show $p | head -n 1; cordon log --file $HOST_LOG $p | grep -c 'event=permit\\|event=join'; "
	       "pkill -x su; pkill -x ssh; " UNTIL(
		       "cordon list --json | grep -q '\"logins\":0'") "cordon list; cordon top --count 1; "
								      "[ $(cordon list | awk 'NR > 1 { print $1 }') = $p ] && cordon enter $p -- echo entered");
	assert_says(o, "session ");
	assert_says(o, "\n2\n");
	assert_says(o, " carol 50-carol.conf:1 -       -    20");
	assert_says(o, " carol, no login\n");
	assert_says(o, "entered\n");
	assert_int_equal(sh("cordon kill " ID_OF("carol")).code, 0);
	/* by the id of the place, and by the user */
	for (unsigned i = 0; i < 2; i++) {
		o = sh("for i in 1 2; do su carol -c 'sleep 300; :' >/dev/null 2>&1 & done; " UNTIL(
			       "[ $(cordon list --user carol | grep -c carol) = 2 ]") PLACE
		       "cordon kill %s",
		       i == 0 ? "$(echo $p | cut -c1-6)" : "--user carol");
		assert_silent(o, "cordon:");
		assert_int_equal(o.code, 0);
		assert_says(sh("cordon list"), "no sessions\n");
	}
	(void)sh("rm /etc/cordon/rules.d/50-carol.conf");
}

static void many(void **state)
{
	struct out o;

	(void)state;
	if (quick())
		return;
	o = sh("for i in $(seq 200); do su bob -c 'sleep 1000; :' >/dev/null 2>&1 & "
	       "[ $((i %% 10)) != 0 ] || sleep 1; done; " SESSIONS("200") "cordon list | grep -c ' bob '; " AS(
		       "bob") "cordon list --json | python3 -c 'import json, sys\n"
			      "a = json.load(sys.stdin)[\"sessions\"]\n"
			      "print(len({s[\"id\"] for s in a}), all(s[\"answers\"] for s in a))'");
	if (!says(o, "200\n200 True\n"))
		fail_msg("%s",
			 sh("$HOST_SOURCE/tests/live/log/fields $HOST_LOG | grep -v event=permit; pgrep -cx su")
				 .text);
	assert_int_equal(sh("cordon kill --user bob").code, 0);
	assert_says(sh("cordon list"), "no sessions\n");
}

#define TEST(name) cmocka_unit_test_teardown(name, nobody)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_sees_the_own_ones),
		TEST(json_and_metrics),
		TEST(busy_sessions_are_first),
		TEST(killed_by_id_user_and_rule),
		TEST(wrong_ids),
		TEST(signals),
		TEST(others_are_refused),
		TEST(stopped_keepers),
		TEST(killed_keepers),
		TEST(clients_cannot_hold_up_the_keeper),
		TEST(the_log),
		TEST(the_journal),
		TEST(places),
		TEST(many),
	};

	return cmocka_run_group_tests_name("sessions", tests, rules, NULL);
}
