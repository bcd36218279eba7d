/* SPDX-License-Identifier: Apache-2.0 */
/* records_test.c - records and logs of the host in a session, and files that are made at boot */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* All files that tell of logins of others, or could delay them. */
#define RECORDS \
	"/var/log/wtmp /var/log/wtmp.1 /var/log/wtmp-20261101.gz /var/log/btmp /var/log/btmp.1 /var/log/lastlog " \
	"/run/utmp /var/run/utmp /var/lib/wtmpdb/wtmp.db /var/lib/lastlog/lastlog2.db "

static void records_make(void)
{
	assert_int_equal(sh("set -e; mkdir -p /var/lib/wtmpdb /var/lib/lastlog; for f in " RECORDS
			    "; do echo of alice >>$f; chmod 644 $f; done; "
			    "mkdir -p /var/log/app; echo of the app >/var/log/app/log")
				 .code,
			 0);
}

/* A read lock on a record makes the next login wait. The test looks for locks from outside. */
static void nobody_is_held_up(void **state)
{
	static const char *const rules[] = { "", "PrivateRun=no", "Profile=teaching",
					     "ProtectSystem=no", "PrivateUsers=no\nPrivateTmp=no" };

	(void)state;
	records_make();
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_silent(as_bob("cat " RECORDS), "of alice");
		assert_int_equal(sh("rm -f /home/bob/held; timeout 100 " SSH
				    "bob@h 'exec python3 /srv/hold.py " RECORDS
				    "' >/dev/null 2>&1 & echo $! >/tmp/holder; " UNTIL(
					    "test -e /home/bob/held") "test -e /home/bob/held")
					 .code,
				 0);
		assert_says(sh("python3 -c 'import fcntl, sys\n"
			       "for path in sys.argv[1:]: fcntl.lockf(open(path, \"r+\"), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
			       "print(\"free\")' " RECORDS),
			    "free\n");
		assert_int_equal(sh("kill $(cat /tmp/holder)").code, 0);
		assert_true(wait_gone(60));
	}
}

/* If logs are rotated during a session, the new files are hidden, too. */
static void rotation(void **state)
{
	(void)state;
	rule_set("");
	records_make();
	assert_says(
		sh("timeout 100 " SSH
		   "bob@h 'touch ready; until [ -e done ]; do sleep 0.1; done; cat " RECORDS
		   " 2>/dev/null; ls /var/log; echo end' >/tmp/rotated 2>&1 & " UNTIL(
			   "test -e /home/bob/ready") "mv /var/log/wtmp /var/log/wtmp.2; echo of alice >/var/log/wtmp; mv /var/log/btmp /var/log/btmp.2; echo of alice >/var/log/btmp; touch /home/bob/done; wait; cat /tmp/rotated"),
		"lastlog\nwtmp\nend\n");
	assert_silent(sh("cat /tmp/rotated"), "of alice");
}

/* A session shows records that a rule names, and the host still records the login. */
static void shown_by_name(void **state)
{
	(void)state;
	records_make();
	rule_set("ReadOnlyPaths=/var/log/app");
	assert_says(as_bob("cat /var/log/app/log; cat " RECORDS), "of the app\n");
	assert_silent(as_bob("cat /var/log/app/log; cat " RECORDS), "of alice");
	rule_set("ReadOnlyPaths=/var/log");
	assert_says(as_bob("cat /var/log/wtmp.1 /var/log/app/log"), "of alice\nof the app\n");
	rule_set("ReadOnlyPaths=/var/log/btmp /var/lib/wtmpdb\nInaccessiblePaths=/var/log/app\nNoExecPaths=/var/log/app");
	assert_says(as_bob("cat /var/log/btmp /var/lib/wtmpdb/wtmp.db; cat /var/log/app/log"),
		    "of alice\nof alice\ncat: ");
	rule_set("ReadOnlyPaths=/run/utmp\nPrivateRun=no");
	assert_says(as_bob("cat /run/utmp"), "of alice\n");
	rule_set("");
	assert_int_equal(sh(": >/var/log/wtmp; : >/var/log/lastlog; " SSH
			    "-tt bob@h true; test -s /var/log/wtmp && test -s /var/log/lastlog")
				 .code,
			 0);
	assert_says(sh("last -f /var/log/wtmp | head -n 1"), "bob");
	/* a host without such files */
	assert_int_equal(sh("mv /var/log /var/log.away").code, 0);
	assert_says(as_bob("echo in; ls -d /var/log"), "in\n");
	assert_int_equal(sh("rm -rf /var/log; mv /var/log.away /var/log").code, 0);
}

/* ---- syslog ---- */

#define LOGGED(text) UNTIL("grep -q -- '" text "' $HOST_LOG") "grep -c -- '" text "' $HOST_LOG"

static void syslog_outside(void **state)
{
	static const char *const rules[] = { "", "PrivateRun=no", "PrivateDevices=no",
					     "BindLogSockets=yes", "AllowCommands=echo *" };

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		assert_int_equal(sh(": >$HOST_LOG").code, 0);
		rule_set(rules[i]);
		assert_says(sh("su bob -c 'echo in'"), "in");
		/* written by su in its view, after the session */
		assert_int_equal(sh(LOGGED("session closed for user bob")).code, 0);
	}
}

/* As on a host with systemd: /dev/log is a symlink to the journal's socket, and there are two more. */
static void journal_sockets(void **state)
{
	static const char ask[] =
		"python3 -c 'import socket, sys\n"
		"for path, kind in ((\"/run/systemd/journal/socket\", socket.SOCK_DGRAM), (\"/run/systemd/journal/stdout\", socket.SOCK_STREAM), (\"/dev/log\", socket.SOCK_DGRAM)):\n"
		"    try: socket.socket(socket.AF_UNIX, kind).connect(path); print(path, \"open\")\n"
		"    except OSError as e: print(path, e.strerror)'";
	static const char none[] =
		"/run/systemd/journal/socket No such file or directory\n/run/systemd/journal/stdout No such file or directory\n/dev/log No such file or directory\n";
	static const char all[] =
		"/run/systemd/journal/socket open\n/run/systemd/journal/stdout open\n/dev/log open\n";

	(void)state;
	assert_int_equal(
		sh("set -e; mkdir -p /run/systemd/journal; mv /dev/log /dev/log.away; python3 $HOST_SOURCE/tests/host/logsink /run/systemd/journal/dev-log $HOST_LOG </dev/null >/dev/null 2>&1 & " UNTIL(
			   "test -S /run/systemd/journal/dev-log") "ln -s /run/systemd/journal/dev-log /dev/log; python3 -c 'import socket, os, time\n"
								   "a = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); a.bind(\"/run/systemd/journal/socket\"); b = socket.socket(socket.AF_UNIX); b.bind(\"/run/systemd/journal/stdout\"); b.listen(9)\n"
								   "for p in (\"socket\", \"stdout\"): os.chmod(\"/run/systemd/journal/\" + p, 0o666)\n"
								   "os.fork() and os._exit(0)\n"
								   "os.setsid(); os.close(1); os.close(2); time.sleep(600)'")
			.code,
		0);
	rule_set("");
	assert_says(as_bob(ask), none);
	rule_set("PrivateDevices=no");
	assert_says(as_bob(ask), none);
	rule_set("BindLogSockets=yes");
	assert_says(as_bob(ask), all);
	rule_set("BindLogSockets=yes\nPrivateDevices=no");
	assert_says(as_bob(ask), all);
	syslog_outside(state);
	assert_int_equal(sh("rm /dev/log; mv /dev/log.away /dev/log; rm -r /run/systemd").code, 0);
}

static void logger_tells_or_fails(void **state)
{
	(void)state;
	rule_set("");
	assert_says(as_bob("logger --socket-errors=on lost; echo code=$?"), "code=1\n");
	rule_set("BindLogSockets=yes");
	assert_says(as_bob("logger -t inside 'kept by logger'; echo code=$?"), "code=0\n");
	assert_says(sh(LOGGED("inside: kept by logger")), "1\n");
}

/* A syslogd in the place of the host's, which writes who has sent each line. */
#define KNOWING_LOG \
	"mv /dev/log /dev/log.away; python3 -c 'import os, socket, struct\n" \
	"s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(\"/dev/log\"); os.chmod(\"/dev/log\", 0o666)\n" \
	"s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)\n" \
	"f = open(\"/run/host/knowing\", \"w\", buffering=1)\n" \
	"while 1:\n" \
	" data, more, *_ = s.recvmsg(65536, 64)\n" \
	" print(\"uid=%%d\" %% struct.unpack(\"3i\", more[0][2])[1], data.decode(), file=f)' & " \
	"L=$!; " UNTIL("test -e /run/host/knowing")

static struct out transfers(const char *server, unsigned port)
{
	return sh(
		"echo eleven-byte >/tmp/twelve; sed 's,^Subsystem.*,Subsystem sftp %s -l INFO,' /run/host/sshd_config >/run/host/info.conf && /usr/sbin/sshd -f /run/host/info.conf -p %u; " KNOWING_LOG
		"for u in bob alice; do printf 'put /tmp/twelve dropped\nget dropped /dev/null\n' | sftp -q -F $HOST_KEYS/ssh_config -P %u -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -b - $u@h; done; "
		"su bob -c 'logger -t internal-sftp forged'; sleep 0.3; "
		"kill $L; wait; rm /dev/log; mv /dev/log.away /dev/log; sed -n 's/<[0-9]*>.* \\([a-z]*-*sftp[a-z-]*\\)[][0-9]*: /\\1: /p' /run/host/knowing; rm /run/host/knowing",
		server, port, port);
}

/* Whatever sshd is told to start, the transfers are in the log, and the socket tells whose they are. */
static void sftp_is_logged(void **state)
{
	const struct {
		const char *server, *rule, *name;
		bool logged, forged;
	} cases[] = {
		{ "/usr/lib/openssh/sftp-server", "BindLogSockets=yes", "sftp-server", true, true },
		{ "/usr/lib/openssh/sftp-server", "Profile=sftp-only", "sftp-server", true, false },
		{ "/usr/lib/openssh/sftp-server", "", "sftp-server", false, false },
		{ "internal-sftp", "", "internal-sftp", true, false },
		{ "internal-sftp", "Profile=sftp-only\nBindLogSockets=no", "internal-sftp", true,
		  false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct out o;

		rule_none();
		rule_set(cases[i].rule);
		rule_file("51-alice", "User=alice", cases[i].rule);
		o = transfers(cases[i].server, 2240 + i);
		print_message("%s, %s: %s", cases[i].server, cases[i].rule, o.text);
		for (unsigned k = 0; k < 4; k++) {
			char line[200];

			(void)snprintf(
				line, sizeof line,
				"uid=%s %s: close \"/home/%s/dropped\" bytes read %s written %s\n",
				k < 2 ? "2001" : "2002", cases[i].name, k < 2 ? "bob" : "alice",
				k % 2 == 0 ? "0" : "12", k % 2 == 0 ? "12" : "0");
			assert_true((strstr(o.text, line) != NULL) == cases[i].logged);
		}
		/* a program of the session can write a line, and not as another account */
		assert_true((strstr(o.text, "uid=2001 internal-sftp: forged\n") != NULL) ==
			    cases[i].forged);
	}
	rule_none();
}

/* ---- what is made at boot ---- */

static void as_booted(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		as_bob("stat -c '%a %U %n' /run/lock /run/screen /tmp/.X11-unix /tmp/.ICE-unix /run"),
		"1777 root /run/lock\n1777 root /run/screen\n1777 root /tmp/.X11-unix\n1777 root /tmp/.ICE-unix\n755 root /run\n");
	assert_says(
		as_bob("touch /run/lock/LCK..ttyS0 /var/lock/x && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/tmp/.X11-unix/X9\")' && ls /run/lock /tmp/.X11-unix; cp /bin/true /run/lock/t; /run/lock/t"),
		"LCK..ttyS0\nx\n\n/tmp/.X11-unix:\nX9\nbash: line 1: /run/lock/t: Permission denied\n");
	assert_says(as_bob("touch /run/x"), "Permission denied");
	if (sh("command -v screen").code != 0) {
		print_message("SKIPPED: no screen\n");
		return;
	}
	assert_says(
		as_bob("screen -dmS work sh -c 'echo made by screen >~/screened; sleep 100'; screen -ls; " UNTIL(
			"test -s ~/screened") "cat ~/screened; screen -S work -X quit"),
		"made by screen\n");
}

/* A session uses the time zone of the host even if it shows little of /etc. */
static void local_time(void **state)
{
	(void)state;
	assert_int_equal(
		sh("ln -sfn /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime && test -e /etc/localtime")
			.code,
		0);
	rule_set("Profile=restricted-ssh\nAllowCommands=date *");
	assert_says(as_bob("date +%z"), "+0545");
	rule_set("InaccessiblePaths=/etc\nReadOnlyPaths=/etc/localtime -/etc/passwd");
	assert_says(as_bob("readlink /etc/localtime; date +%z; ls /etc/shadow"),
		    "/usr/share/zoneinfo/Asia/Kathmandu\n+0545\n");
	rule_set("InaccessiblePaths=/usr/share /etc\nReadWritePaths=/etc/localtime");
	assert_says(as_bob("date +%z; ls /usr/share/zoneinfo; ls /usr/share"), "+0545\n");
	/* a directory by a symlink, to a visible place and to a hidden one */
	assert_int_equal(
		sh("mkdir -p /opt/v2/bin /srv/v1/bin; echo two >/opt/v2/bin/f; echo one >/srv/v1/bin/f; ln -sfn v2 /opt/current; ln -sfn /srv/v1 /opt/old")
			.code,
		0);
	rule_set("InaccessiblePaths=/opt\nReadOnlyPaths=/opt/current/bin /opt/old");
	assert_says(as_bob("cat /opt/current/bin/f /opt/old/bin/f; ls /opt/v2/"), "two\none\n");
	/* a plain file, as some hosts have it */
	assert_int_equal(
		sh("cp --remove-destination /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime").code,
		0);
	rule_set("Profile=sftp-only\nAllowCommands=date *");
	assert_says(as_bob("date +%z"), "+0545");
}

static int prepare(void **state)
{
	(void)state;
	return sh("rm -f /var/log/wtmp.2; cat >/srv/hold.py <<END\n"
		  "import fcntl, sys, time\n"
		  "held = []\n"
		  "for path in sys.argv[1:]:\n"
		  "    try:\n"
		  "        held.append(open(path))\n"
		  "        fcntl.lockf(held[-1], fcntl.LOCK_SH)\n"
		  "    except OSError: pass\n"
		  "open('/home/bob/held', 'w')\n"
		  "time.sleep(100)\n"
		  "END")
		.code;
}

/* Debian 13 keeps the database of wtmpdb in /var/log: sshd sees it, programs of a session do not. */
static void a_database_in_var_log(void **state)
{
	(void)state;
	assert_int_equal(
		sh("mkdir -p /var/lib/wtmpdb && : >/var/log/wtmp.db && ln -sf ../../log/wtmp.db /var/lib/wtmpdb/wtmp.db")
			.code,
		0);
	rule_set("");
	assert_says(sh("cordon explain --all bob"),
		    "/var/log: the host's /var/log, if it exists, only for sshd, su or login");
	assert_silent(as_bob("ls /var/log /var/lib/wtmpdb"), "wtmp.db");
	assert_int_equal(sh("rm -r /var/lib/wtmpdb /var/log/wtmp.db").code, 0);
	assert_silent(sh("cordon explain --all bob"), "/var/log: the host's /var/log,");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_held_up), cmocka_unit_test(rotation),
		cmocka_unit_test(shown_by_name),     cmocka_unit_test(syslog_outside),
		cmocka_unit_test(journal_sockets),   cmocka_unit_test(logger_tells_or_fails),
		cmocka_unit_test(sftp_is_logged),    cmocka_unit_test(as_booted),
		cmocka_unit_test(local_time),	     cmocka_unit_test(a_database_in_var_log),
	};

	return cmocka_run_group_tests_name("records", tests, prepare, NULL);
}
