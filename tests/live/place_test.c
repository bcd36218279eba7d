/* SPDX-License-Identifier: Apache-2.0 */
/* place_test.c - Lifetime=user: all logins of a user share one session, which outlives them */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define USER "Lifetime=user\n"

/* The number of lines of the log about bob with @event, since it was emptied. */
#define EVENTS(event) "grep -c 'event=" event " .*user=.bob' $HOST_LOG"
#define FORGET	      ": >$HOST_LOG; "

/* The shell of a session at the terminal, which a program of expect(1) drives. */
static struct out at_terminal(const char *login, const char *command)
{
	return sh("cat >/tmp/drive <<'END'\n"
		  "set timeout 30\n"
		  "spawn -noecho sh -c {%s}\n"
		  "expect -re {\\$ $}\nsend {%s; echo do''ne}\nsend \\r\n"
		  "expect \"done\\r\"\nsend exit\\r\nexpect eof\nEND\nexpect /tmp/drive",
		  login, command);
}

static void end_all(void)
{
	(void)sh("pkill -KILL -u bob; true");
	assert_true(wait_gone(30));
}

/* Later logins by sshd, su and login find the processes, files and network of the first one. */
static void shared(void **state)
{
	static const char server[] =
		"cd /tmp; echo of the first >file; setsid python3 -c 'import socket, threading\n"
		"a = socket.socket(); a.bind((\"127.0.0.1\", 7777)); a.listen()\n"
		"b = socket.socket(socket.AF_UNIX); b.bind(\"/tmp/vscode.sock\"); b.listen()\n"
		"def serve(s):\n"
		" while True: c = s.accept()[0]; c.sendall(b\"served\"); c.close()\n"
		"threading.Thread(target=serve, args=(a,)).start(); serve(b)' "
		"</dev/null >/dev/null 2>&1 & until [ -S /tmp/vscode.sock ]; do sleep 0.05; done; echo \"pid $!\"";
	static const char look[] =
		"cat /tmp/file; pgrep -x python3 >/dev/null && echo runs; python3 -c 'import socket\n"
		"s = socket.create_connection((\"127.0.0.1\", 7777)); print(s.recv(9))\n"
		"s = socket.socket(socket.AF_UNIX); s.connect(\"/tmp/vscode.sock\"); print(s.recv(9))'";
	static const char want[] = "of the first\nruns\nb'served'\nb'served'\n";

	(void)state;
	rule_set(USER);
	assert_int_equal(sh(FORGET "true").code, 0);
	assert_says(as_bob(server), "pid ");
	assert_says(as_bob(look), want);
	assert_int_equal(
		sh("cat >/tmp/look <<'END'\n%s\nEND\ncp /tmp/look /home/bob/look", look).code, 0);
	assert_says(sh("su - bob -c 'sh look'"), want);
	assert_says(at_terminal("login -f bob", "sh look"), "b'served'\r\nb'served'\r\n");
	/* VS Code and others reach their server by a forward of a later login */
	assert_says(
		sh(SSH
		   "-f -N -o ExitOnForwardFailure=yes -L 9191:/tmp/vscode.sock -L 9192:127.0.0.1:7777 bob@h; "
		   "for p in 9191 9192; do timeout 10 python3 -c 'import socket, sys; print(socket.create_connection((\"127.0.0.1\", int(sys.argv[1]))).recv(9))' $p; done; "
		   "pkill -f '[9]191:/tmp'"),
		"b'served'\nb'served'\n");
	assert_says(sh(EVENTS("permit")), "1\n");
	assert_says(as_bob("pkill -KILL -x python3; echo killed"), "killed\n");
	assert_true(wait_gone(30));
	assert_says(sh("ls -A /run/cordon/sessions | wc -l; " EVENTS("end")), "0\n1\n");
}

/* A user who fills the queue of the keeper hides no session from root. */
static void flooded(void **state)
{
	struct out o;

	(void)state;
	rule_set(USER);
	assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
	o = sh("cat >/tmp/flood <<'END'\nimport glob, os, socket\n"
	       "for i in range(100):\n"
	       "    if os.fork() == 0:\n"
	       "        break\n"
	       "while True:\n"
	       "    try:\n"
	       "        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(glob.glob(\"/run/cordon/sessions/2001/place-*\")[0])\n"
	       "    except (OSError, IndexError):\n"
	       "        break\nEND\n"
	       "setpriv --reuid bob --regid bob --clear-groups timeout 60 python3 /tmp/flood & sleep 1; "
	       "for i in 1 2 3; do " SSH "bob@h 'pgrep -x sleep'; done; "
	       "cordon show $(ls /run/cordon/sessions/2001 | head -n 1) | head -n 1; "
	       "pkill -KILL -f '^python3 /tmp/flood'; sleep 0.5; pgrep -c -x sleep; cordon list");
	/* whatever became of the logins, there is one session, and root finds it */
	assert_says(o, "\n1\nID ");
	assert_says(o, " bob ");
	assert_int_equal(sh("cordon kill --user bob").code, 0);
	assert_true(wait_gone(30));
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

/* Terminal, remote host, environment, limits and directory are those of the login. */
static void own_facts(void **state)
{
	static const char look[] =
		"tty; [ \"$(tty)\" -ef /dev/fd/0 ] && echo opens; echo \"${SSH_CONNECTION%% *}\" \"$MARK\" $(ulimit -n) $(pwd)";

	(void)state;
	rule_set(USER "Environment=MARK=%s\nWorkingDirectory=-/srv/%s\nPassEnvironment=*");
	assert_int_equal(
		sh("mkdir -p /srv/su-l; echo '%s' >/home/bob/look; chmod a+r /home/bob/look", look).code,
		0);
	assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
	assert_says(as_bob("sh look"), "127.0.0.1 sshd ");
	assert_says(sh(SSH "-tt bob@h sh look"), "/dev/pts/0\r\nopens\r\n127.0.0.1 sshd ");
	/* two terminals of the host, the second with a number that the session uses */
	assert_says(at_terminal("su - bob", "sh ~/look"), "opens");
	assert_says(at_terminal("su - bob", "sh ~/look"), " su-l ");
	assert_says(at_terminal("su - bob", "sh ~/look"), " /srv/su-l");
	assert_says(at_terminal("login -f bob", "sh look"), "opens");
	assert_int_equal(
		as_bob("setsid script -qfc 'exec sleep 500' /dev/null </dev/null >/dev/null 2>&1 & sleep 0.5")
			.code,
		0);
	assert_says(at_terminal("login -f bob", "sh look; ls /dev/pts"), "opens");
	assert_says(as_bob("ls /dev/pts"), "0\nptmx\n"); /* nothing of the logins stays */
	assert_says(as_bob("ulimit -Sn 100; ulimit -n"), "100\n");
	assert_silent(as_bob("ulimit -n"), "100\n");
	end_all();
}

/* Programs go on without a login, and are found again. */
static void detached(void **state)
{
	(void)state;
	rule_set(USER);
	assert_says(
		at_terminal(SSH "-tt bob@h",
			    "tmux new-session -d -s work \"echo in tmux; exec sleep 444\"; tmux ls"),
		"work: 1 windows");
	assert_says(
		as_bob("nohup sleep 555 >/dev/null 2>&1 & mkdir -m 700 -p /tmp/s; SCREENDIR=/tmp/s screen -dmS other sleep 666; until SCREENDIR=/tmp/s screen -ls; do sleep 0.1; done"),
		"other");
	assert_says(
		as_bob("pgrep -a sleep; tmux capture-pane -p -t work; SCREENDIR=/tmp/s screen -ls"),
		"in tmux");
	assert_says(sh("su - bob -c 'pgrep -a sleep'"), "555");
	assert_says(at_terminal("su - bob", "tmux attach -t work \\; detach; pgrep -a sleep"),
		    "444");
	/* with other Landlock domains than the programs */
	assert_says(
		as_bob("kill -STOP $(pgrep -f '^sleep 555') && kill $(pgrep -f '^sleep [456]') && kill -CONT $(pgrep -f '^sleep 555'); echo signalled"),
		"signalled\n");
	(void)as_bob("tmux kill-server; SCREENDIR=/tmp/s screen -S other -X quit");
	assert_true(wait_gone(30));
	assert_says(sh("ls -A /run/cordon/sessions | wc -l"), "0\n");
}

/* Logins at once make one session. */
static void at_once(void **state)
{
	(void)state;
	rule_set(USER);
	for (unsigned i = 0; i < (quick() ? 1 : 3); i++) {
		assert_int_equal(
			sh(FORGET
			   "for i in $(seq 20); do su bob -c 'readlink /proc/self/ns/pid; sleep 2' >/tmp/once-$i 2>&1 & done; wait; "
			   "cat /tmp/once-* | sort | uniq -c | grep -q '^ *20 pid:' || { cat /tmp/once-*; false; }")
				.code,
			0);
		assert_true(wait_gone(30));
		assert_says(sh(EVENTS("permit") "; " EVENTS("join") "; " EVENTS(
				    "leave") "; " EVENTS("end")),
			    "1\n19\n20\n1\n");
	}
	assert_says(sh("ls -A /run/cordon/sessions | wc -l"), "0\n");
}

static void idle(void **state)
{
	(void)state;
	rule_set(USER "StopWhenIdleSec=2");
	assert_int_equal(sh(FORGET "true").code, 0);
	assert_says(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 & sleep 3; echo stays"),
		    "stays\n");
	assert_true(wait_gone(30));
	assert_says(sh("grep -c 'event=end .* by=no-login' $HOST_LOG; pgrep -cx sleep"), "1\n0\n");
	rule_set(USER "StopWhenIdleSec=0");
	assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
	assert_true(wait_gone(10));
}

/* Whoever dies, the session ends closed, and the next login makes another. */
static void killed(void **state)
{
	static const char *const whom[] = {
		"$(pgrep -x cordon-keeper | head -n 1)",			 /* the keeper */
		"$(pgrep -P $(pgrep -x cordon-keeper | head -n 1) | head -n 1)", /* init */
	};

	(void)state;
	rule_set(USER);
	for (unsigned i = 0; i < 2 * sizeof whom / sizeof whom[0]; i++) {
		assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
		assert_says(as_bob("pgrep -x sleep >/dev/null && echo there"), "there\n");
		assert_int_equal(
			sh("kill -9 %s; " UNTIL("! pgrep -x sleep >/dev/null") "! pgrep -x sleep",
			   whom[i % 2])
				.code,
			0);
		assert_says(as_bob("pgrep -x sleep >/dev/null || echo another"), "another\n");
		assert_true(wait_gone(30));
	}
	/* a keeper that hangs does not block the user */
	assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
	assert_int_equal(sh("kill -STOP $(pgrep -x cordon-keeper | head -n 1)").code, 0);
	assert_says(as_bob("pgrep -x sleep >/dev/null || echo another"), "another\n");
	assert_int_equal(sh("pkill -CONT -x cordon-keeper; pkill -KILL -x sleep; true").code, 0);
	assert_true(wait_gone(30));
	assert_says(sh("ls -A /run/cordon/sessions | wc -l"), "0\n");
}

/* Logins while the session ends, again and again: each one gets a session. */
static void at_the_end(void **state)
{
	(void)state;
	rule_set(USER);
	assert_says(
		sh("for i in $(seq %u); do su bob -c 'echo in; (sleep 0.0%s) &'; done | grep -c in",
		   quick() ? 10u : 60u, "$((i % 7))"),
		quick() ? "10\n" : "60\n");
	assert_true(wait_gone(30));
}

/* A login that never opens its session leaves nothing, and harms no other. */
static void never_opened(void **state)
{
	(void)state;
	rule_set(USER);
	assert_int_equal(
		sh("cp /etc/pam.d/su /tmp/su.pam; sed -i '/session.*pam_cordon/i session requisite pam_deny.so' /etc/pam.d/su; "
		   "su bob -c true; cp /tmp/su.pam /etc/pam.d/su")
			.code,
		0);
	assert_true(wait_gone(30));
	assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
	assert_int_equal(
		sh("sed -i '/session.*pam_cordon/i session requisite pam_deny.so' /etc/pam.d/su; su bob -c true; cp /tmp/su.pam /etc/pam.d/su")
			.code,
		0);
	assert_says(as_bob("pgrep -x sleep >/dev/null && echo there"), "there\n");
	end_all();
}

static void changed(void **state)
{
	static const char begin[] = "setsid sleep 600 </dev/null >/dev/null 2>&1 &",
			  look[] = "hostname; pgrep -x sleep >/dev/null && echo there";

	(void)state;
	rule_set(USER "Hostname=one");
	assert_says(sh("cordon explain bob"), "session: makes a session, which later");
	assert_int_equal(as_bob(begin).code, 0);
	assert_says(sh("cordon explain bob"), "session: joins session ");
	assert_says(sh("cordon explain --json --service su bob"), "\"session\":\"joins session ");
	rule_set(USER "Hostname=two\nOnRuleChange=refuse");
	assert_says(sh("cordon explain bob"), "session: is refused while session ");
	assert_says(as_bob(look), "the rule has changed");
	assert_silent(as_bob(look), "there");
	rule_set(USER "Hostname=two\nOnRuleChange=join");
	assert_says(sh("cordon explain bob"), "(OnRuleChange=join)");
	assert_says(as_bob(look), "one\nthere\n");
	assert_says(as_bob(look), "cordon: the rule has changed; this login joins");
	/* what belongs to a login is the new rule's */
	rule_set(USER "Hostname=two\nOnRuleChange=join\nEnvironment=A=new");
	assert_says(sh(SSH "bob@h 'echo $A; hostname' 2>/dev/null"), "new\none\n");
	rule_set(USER "Hostname=two");
	assert_says(sh("cordon explain bob"), "session: ends session ");
	assert_says(as_bob(look), "two\n");
	assert_true(wait_gone(30));
	rule_set(USER "Hostname=one");
	assert_int_equal(as_bob(begin).code, 0);
	rule_set(USER "Hostname=two");
	assert_says(as_bob("hostname"), "cordon: the rule has changed; your earlier session");
	assert_true(wait_gone(30));
	assert_says(sh("cordon explain bob"),
		    "; all logins share one session, which lives on without a login\n");
	rule_set("StopWhenIdleSec=1");
	assert_says(sh("cordon check"), "StopWhenIdleSec=: has no effect without Lifetime=user");
	rule_set(USER "PrivatePIDs=no");
	assert_says(sh("cordon check"), "Lifetime=: user requires PrivatePIDs=yes");
}

/* Another PAM module mounts another home before the session step. */
static void home_changed(void **state)
{
	static const char look[] =
		"su bob -c 'ls ~/mark; pgrep -x sleep >/dev/null && echo there; true'";

	(void)state;
	rule_set(USER);
	assert_int_equal(sh("mkdir -p /srv/other; chown bob: /srv/other; touch /srv/other/mark; "
			    "su bob -c 'setsid sleep 600 </dev/null >/dev/null 2>&1 &'")
				 .code,
			 0);
	/* the same home, mounted a second time */
	assert_int_equal(sh("mount --bind /home/bob /home/bob").code, 0);
	assert_says(sh(look), "there\n");
	assert_int_equal(sh("mount --bind /srv/other /home/bob").code, 0);
	rule_set(USER "OnRuleChange=refuse");
	assert_says(sh(FORGET "%s", look), "cordon: the home has changed");
	assert_says(sh("grep -c 'event=deny .*why=.the home has changed' $HOST_LOG"), "1\n");
	rule_set(USER "OnRuleChange=join");
	assert_says(sh(look), "there\n");
	rule_set(USER);
	assert_says(sh(look), "/home/bob/mark\n");
	assert_silent(sh(look), "there");
	assert_int_equal(sh("umount /home/bob; umount /home/bob").code, 0);
	assert_true(wait_gone(30));
}

/* A process of sshd that a user has stopped is no program of the session. */
static void stopped_half(void **state)
{
	(void)state;
	rule_set(USER);
	(void)sh("timeout 20 " SSH "bob@h 'kill -STOP $(pgrep -x sshd); sleep 600' & " UNTIL(
		"pgrep -u bob -x sleep >/dev/null") "sleep 0.5; pkill -KILL -o -f '[s]shd: bob .priv'; pkill -KILL -u bob -x sleep; wait");
	assert_true(wait_gone(30));
	assert_says(sh("ls -A /run/cordon/sessions | wc -l"), "0\n");
}

/* By the registry, root and the user see and end the session. */
static void listed(void **state)
{
	(void)state;
	rule_set(USER);
	assert_int_equal(sh(FORGET "true").code, 0);
	assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
	assert_says(sh(UNTIL("cordon list --json | grep -q '\"logins\":0'") "cordon list --json"),
		    "\"outlives_logins\":true");
	assert_says(sh("cordon list | grep -c ' bob '"), "1\n");
	assert_int_equal(sh("cordon kill --user bob").code, 0);
	assert_true(wait_gone(30));
	assert_says(sh("grep -c 'event=end .* by=kill' $HOST_LOG; pgrep -cx sleep"), "1\n0\n");
}

/* The id of the login by @service, and of the place. */
#define LOGIN(service) "$(cordon list --user bob | awk '$5 == \"" service "\" { print $1; exit }')"
#define PLACE	       "$(cordon list --user bob | awk 'NR == 2 { print $2 }')"

/* One login is ended, its programs with it. All else goes on, and the place keeps its id. */
static void one_login_is_killed(void **state)
{
	struct out o;

	(void)state;
	rule_set(USER "TimeoutStopSec=20");
	o = sh(FORGET SSH
	       "bob@h 'trap \"echo hung up; exit\" HUP; setsid sleep 501 </dev/null >/dev/null 2>&1 & sleep 502 & wait' >/tmp/first 2>&1 & "
	       "su bob -c 'sleep 503; :' 2>&1 | cat >/tmp/second & " UNTIL(
		       "[ $(pgrep -c -u bob -x sleep) = 3 ]")
		       UNTIL("[ -n " LOGIN("sshd") " ]") "id=" PLACE "; cordon kill " LOGIN(
			       "sshd") "; echo code $?; "
				       "cat /tmp/first; pgrep -a -x sleep; [ $id = " PLACE
				       " ] && echo the same place");
	assert_says(o, "code 0\n");
	assert_says(o, "cordon: this login was ended by cordon kill");
	assert_says(o, "hung up\n");
	assert_says(o, "sleep 501\n");
	assert_says(o, "sleep 503\n");
	assert_silent(o, "sleep 502");
	assert_says(o, "the same place\n");
	o = sh("$HOST_SOURCE/tests/live/log/fields $HOST_LOG event=leave");
	assert_says(o, "by=kill sender_pid=");
	/* without a login, the place is found by the id that it always had */
	o = sh("id=" PLACE "; cordon kill --signal URG " LOGIN("su") " && cordon kill " LOGIN(
		"su") "; cordon list | awk 'NR == 2 { print $1, $2 }'; echo $id $id; cat /tmp/second; pgrep -a -x sleep; "
		      "cordon show --proof $id >/dev/null && cordon kill $id; cordon list");
	assert_says(o, "cordon: this login was ended by cordon kill");
	assert_says(o, "sleep 501\n");
	assert_silent(o, "sleep 503");
	assert_says(o, "no sessions\n");
	assert_int_equal(sh("cordon list | grep -q p").code, 1);
	assert_true(wait_gone(30));
	assert_says(sh("ls -A /run/cordon/sessions | wc -l"), "0\n");
}

/* Terminals; a program that ignores all signals; connections without a program. */
static void logins_end_in_time(void **state)
{
	(void)state;
	rule_set(USER "TimeoutStopSec=60");
	assert_int_equal(as_bob("setsid sleep 600 </dev/null >/dev/null 2>&1 &").code, 0);
	assert_int_equal(
		expect_run("spawn sh -c \"$SSH -tt bob@h\"\nwant \"$ \"\n"
			   "type \"sleep 504 & echo typed\"\nwant \"\r\ntyped\"\n"
			   "exec sh -c {cordon kill $(cordon list | awk '$5 == \"sshd\" { print $1 }')}\n"
			   "want \"cordon: this login was ended by cordon kill\"\ndone\n")
			.code,
		255);
	assert_int_equal(
		expect_run("spawn su - bob\nwant \"$ \"\n"
			   "exec sh -c {cordon kill $(cordon list | awk '$5 == \"su-l\" { print $1 }')}\n"
			   "want \"cordon: this login was ended by cordon kill\"\ndone\n")
			.code,
		129);
	assert_says(sh("pgrep -a -x sleep"), "sleep 600\n");
	assert_int_equal(sh(SSH "-M -S /tmp/ch -fN bob@h && " SSH
				"-S /tmp/ch bob@h true; cordon kill " LOGIN("sshd") " && " UNTIL(
					"! " SSH "-S /tmp/ch -O check bob@h") "true")
				 .code,
			 0);
	/* the second time kills at once */
	assert_int_equal(
		sh("su bob -c 'trap \"\" HUP TERM; sleep 505 & while :; do sleep 505; done' & " UNTIL(
			   "[ $(pgrep -c -f '^sleep 505') = 2 ]") "id=" LOGIN("su") "; cordon kill $id & sleep 1; timeout 20 cordon kill $id; wait; ! pgrep -f '^sleep 505' && pgrep -f '^sleep 600'")
			.code,
		0);
	end_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared),
		cmocka_unit_test(own_facts),
		cmocka_unit_test(detached),
		cmocka_unit_test(at_once),
		cmocka_unit_test(idle),
		cmocka_unit_test(killed),
		cmocka_unit_test(at_the_end),
		cmocka_unit_test(never_opened),
		cmocka_unit_test(changed),
		cmocka_unit_test(home_changed),
		cmocka_unit_test(stopped_half),
		cmocka_unit_test(listed),
		cmocka_unit_test(flooded),
		cmocka_unit_test(one_login_is_killed),
		cmocka_unit_test(logins_end_in_time),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
