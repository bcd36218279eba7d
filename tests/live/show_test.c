/* SPDX-License-Identifier: Apache-2.0 */
/* show_test.c - cordon show: what is read back of a session, and every difference made by hand */
#include "ctl/show/show.h"
#include "inside/inside.h"
#include "lib/live.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- sessions made by the code of confine: their views ---- */

/* Prints what was found, and returns the number of lines that are no notes. */
static size_t print_found(struct found *f, const char *about)
{
	const size_t n = found_count(f, FOUND_DIFFERENT) + found_count(f, FOUND_UNREAD);

	for (size_t i = 0; n > 0 && i < f->n; i++)
		print_message("%s: %s\n", about, f->rows[i].text);
	found_free(f);
	return n;
}

static struct shown shown_of(const struct inside *in)
{
	struct shown s = {
		.plan = in->plan, .logins = { in->login }, .n_logins = 1, .host = in->session.outside
	};

	assert_int_equal(shown_open(in->session.pidfd, &s), 0);
	return s;
}

/* Compares the view of @in; returns the number of differences. */
static size_t view_look(const struct inside *in, struct found *f)
{
	struct shown s = shown_of(in);
	struct show_view v;

	assert_int_equal(view_read(&s, &v, f), 0);
	view_free(&v);
	shown_close(&s);
	return found_count(f, FOUND_DIFFERENT) + found_count(f, FOUND_UNREAD);
}

static void views_are_as_planned(void **state)
{
	static const char *const rules[] = {
		"",
		"Home=read-only",
		"Home=ephemeral",
		"Home=empty",
		"Home=none",
		"ProtectSystem=no\nPrivateTmp=no\nPrivateDevices=no\nPrivateRun=no",
		"PrivatePIDs=no\nPrivateIPC=no\nPrivateUsers=no\nPrivateNetwork=no",
		"PrivateUsers=self\nProtectProc=noaccess\nProcSubset=pid",
		"ReadOnlyPaths=/home/bob\nInaccessiblePaths=/etc/ssh /usr/share/man\nNoExecPaths=/tmp",
		"BindPaths=/srv:/data/srv\nBindReadOnlyPaths=/etc/hostname:/data/name\nTemporaryFileSystem=/opt:size=1M",
		"InaccessiblePaths=/srv\nBindPaths=/srv/nest",
		"ProtectKernelTunables=no\nProtectControlGroups=no\nProtectKernelLogs=no",
		"TmpSize=1234567\nNoExecPaths=/\nExecPaths=/usr",
	};
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct found f = { 0 };
		struct inside in;

		if (inside_start("bob", rules[i], &in) < 0) {
			print_message("%s: step %s %s\n", rules[i], step_name(in.fail.step),
				      in.object);
			failed++;
			continue;
		}
		(void)view_look(&in, &f);
		failed += print_found(&f, rules[i]);
		inside_end(&in);
	}
	assert_int_equal(failed, 0);
}

/* What root does in the session view, and what is then said. */
static const struct {
	const char *command, *says;
} made[] = {
	{ "umount /etc/cordon", "/etc/cordon: nothing is mounted there" },
	{ "umount /proc/kallsyms", "/proc/kallsyms: nothing is mounted there" },
	{ "umount -l /tmp", "/tmp: " },
	{ "umount -l /sys/fs/cgroup; umount -l /sys", "/sys: nothing is mounted there" },
	{ "mount -o remount,bind,rw,nosuid,nodev /usr", "/usr: is not ro" },
	{ "mount -o remount,bind,rw,nosuid,nodev,noexec /proc/sys", "/proc/sys: is not ro" },
	{ "mount -o remount,bind,dev,nosuid /home/bob", "/home/bob: is not nodev" },
	{ "mount -o remount,bind,suid,nodev /home/bob", "/home/bob: is not nosuid" },
	{ "mount -o remount,bind,suid,dev /srv/nest/deep", "/srv/nest/deep: is not nosuid" },
	{ "mount -o remount,size=1G /tmp", "/tmp: has room for" },
	{ "mount -o remount,hidepid=off /proc", "/proc: lacks the option hidepid=" },
	{ "mount --bind /var /opt", "/opt: is '" },
	{ "mount -t tmpfs none /opt", "/opt: is '/' of a tmpfs, and not the host's /opt" },
	{ "mount -t tmpfs none /proc/sys", "/proc/sys: is '/' of a tmpfs, and not what" },
	{ "mount -t tmpfs none /var/lib", "/var/lib: a tmpfs is mounted there" },
	{ "mount --bind /etc /home/bob", "/home/bob: is '" },
	{ "mount -t proc none /mnt", "/mnt: is a file system of type proc" },
	{ "mount -t ramfs none /dev/shm", "/dev/shm: is a file system of type ramfs" },
	{ "mount -t tmpfs none /dev/pts", "/dev/pts: a tmpfs is mounted there" },
	{ "mount --make-shared /var", "/var: mounts go from here" },
	{ "mount -o remount,bind,rw /", "/: is a tmpfs" },
	{ "chmod 777 /run", "/run: has mode 0777" },
};

static void each_change_is_found(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		struct found f = { 0 };
		struct inside in;
		bool said = false;
		struct out o;

		assert_int_equal(inside_start("bob", "", &in), 0);
		assert_int_equal(view_look(&in, &f), 0);
		found_free(&f);
		o = sh("/usr/bin/nsenter -t %d -m -p -r /bin/sh -c '%s' 2>&1", (int)in.session.pid,
		       made[i].command);
		if (o.code != 0)
			print_message("%s: %s\n", made[i].command, o.text);
		(void)view_look(&in, &f);
		for (size_t k = 0; k < f.n; k++)
			said = said || (f.rows[k].kind == FOUND_DIFFERENT &&
					strstr(f.rows[k].text, made[i].says) != NULL);
		if (!said) {
			print_message("%s: '%s' is not said\n", made[i].command, made[i].says);
			(void)print_found(&f, made[i].command);
			failed++;
		}
		found_free(&f);
		inside_end(&in);
	}
	assert_int_equal(failed, 0);
}

/* ---- sessions of real logins ---- */

/* A session of bob's that runs @command until end_session(); its id is in $id, and its init in $init. */
#define BEGIN(command) \
	"sleep 100 | " SSH "bob@h " command " >/dev/null 2>&1 & echo $! >/tmp/show.pid; " UNTIL( \
		"ls -A /run/cordon/sessions/2001 2>/dev/null | grep -q '^[0-9a-f]'") SESSION
#define SESSION \
	"id=$(ls /run/cordon/sessions/2001 | head -n 1); " \
	"init=$(cordon show --json $id | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"init\"])'); "
/* The process id on the host of the session's sleep(1). */
/* The proof, without the lines about each process. */
#define PROOF	"cordon show --proof $id >/tmp/proof; echo code=$?; grep -v '^  ' /tmp/proof; "
#define SLEEPER "p=$(pgrep -u bob -x sleep | head -n 1); "

static void end_session(void)
{
	(void)sh("pkill -u bob; pkill -x sleep; pkill -9 -f '^ssh -F'");
	assert_true(wait_gone(20));
}

static const char *command_for(const char *profile)
{
	if (strcmp(profile, "rsync-only") == 0)
		return "rsync --server -logDtpre.iLsfxCIvu . in";
	if (strcmp(profile, "git-only") == 0)
		return "git-receive-pack project.git";
	if (strcmp(profile, "sftp-only") == 0 || strcmp(profile, "restricted-ssh") == 0)
		return "-s sftp";
	return "sleep 100";
}

static void each_profile_is_proven(void **state)
{
	char profiles[2048], *save = NULL;
	unsigned failed = 0;

	(void)state;
	(void)snprintf(
		profiles, sizeof profiles, "%s",
		sh("cd $HOST_SOURCE/conf/profiles && ls *.conf | sed s/.conf//; echo none").text);
	for (char *name = strtok_r(profiles, "\n", &save); name != NULL;
	     name = strtok_r(NULL, "\n", &save)) {
		char lines[512] = "";
		struct out o;

		if (strcmp(name, "none") != 0)
			(void)snprintf(
				lines, sizeof lines,
				"Profile=%s\nServices=sshd\nExecPaths=/usr/bin/sleep /usr/bin/bash",
				name);
		rule_set(lines);
		o = sh(BEGIN("%s") PROOF, command_for(name));
		if (!says(o, "code=0\n") || !says(o, "no differences from the plan\n") ||
		    !says(o, "init: 1 process"))
			failed++;
		end_session();
	}
	assert_int_equal(failed, 0);
}

/*
 * What root does to a running session of bob's, and what is then said. Root of the test host lacks
 * CAP_SYS_RESOURCE, so a raised limit comes with a process that is put in.
 */
static const struct {
	const char *rule, *command, *says;
} done[] = {
	{ "", "nsenter -t $init -a -S 2001 -G 2001 sleep 99 &",
	  "(sleep): no_new_privs is 0, and not 1" },
	{ "", "nsenter -t $init -a -S 2001 -G 2001 sleep 99 &",
	  "(sleep): seccomp mode is 0, and not 2" },
	{ "", "nsenter -t $init -a -S 0 -G 0 sleep 99 &", "(sleep): effective capabilities are" },
	{ "", "nsenter -t $init -a -S 0 -G 0 sleep 99 &",
	  "(sleep): real user id is 0, and not 2001" },
	{ "", "nsenter -t $init -m -p sleep 99 &",
	  "(sleep): is in these namespaces of the session: mnt pid, and not in these:" },
	{ "", "nsenter -t $init -n sleep 99 &",
	  "(sleep): is in these namespaces of the session: net, and not in these:" },
	{ "", "nsenter -t $init -a -S 2001 -G 2001 sleep 99 &", "(sleep): LimitNPROC= is " },
	{ "LimitNOFILE=512", "prlimit --nofile=700 nsenter -t $init -a -S 2001 -G 2001 sleep 99 &",
	  "LimitNOFILE= is 700, and not 512 or less" },
	{ "OOMScoreAdjust=500", "echo 100 >/proc/$p/oom_score_adj", "OOM score adjustment is 100" },
	{ "CPUAffinity=0", "taskset -p 3 $p", "may use CPUs that CPUAffinity= does not have" },
	{ "CPUSchedulingPolicy=idle", "chrt --other -p 0 $p", "scheduling policy is 0, and not 5" },
	{ "IOSchedulingClass=idle", "ionice -c 2 -p $p", "I/O scheduling class is 2, and not 3" },
	{ "", "nsenter -t $init -m -p -r umount /proc/kallsyms",
	  "/proc/kallsyms: nothing is mounted there" },
	{ "", "nsenter -t $init -m -p -r mount -o remount,bind,rw,nosuid,nodev /usr",
	  "/usr: is not ro" },
	{ "", "nsenter -t $init -m -p -r mount -t tmpfs none /var/lib",
	  "/var/lib: a tmpfs is mounted there" },
};

static void each_difference_is_found(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof done / sizeof done[0]; i++) {
		struct out o;

		rule_set(done[i].rule);
		o = sh(BEGIN("sleep 100") SLEEPER
		       "cordon show --proof $id >/dev/null; echo before=$?; { %s\n} >/dev/null 2>&1; sleep 0.3; " PROOF,
		       done[i].command);
		if (!says(o, "before=0\n") || !says(o, done[i].says) || !says(o, "code=1\n")) {
			print_message("%s: '%s'\n", done[i].command, done[i].says);
			failed++;
		}
		end_session();
	}
	assert_int_equal(failed, 0);
}

/* The keeper puts a mount back that root has taken off: no difference stays. */
static void repaired(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(BEGIN("sleep 100") "nsenter -t $init -m -p -r umount /etc/cordon; " PROOF),
		    "code=0\n");
	end_session();
}

/* A session with several logins, one of which has brought a terminal of the host. */
static void several_logins(void **state)
{
	struct out o;

	(void)state;
	rule_set("Lifetime=user");
	assert_int_equal(
		sh(BEGIN("sleep 100") UNTIL("pgrep -u bob -x sleep >/dev/null") "true").code, 0);
	o = expect_run(
		"spawn su - bob\nwant bob@\ntype \"tty\"\nwant /dev/pts\nwant bob@\n"
		"puts [exec sh -c {for id in $(ls /run/cordon/sessions/2001 | grep -v place); do "
		"cordon show --proof $id >/tmp/proof; echo code=$?; grep ^difference /tmp/proof || true; done}]\n"
		"type \"exit\"\nexpect eof\n");
	if (!says(o, "code=0\ncode=0\n"))
		print_message("%s\n", sh("tail -n 6 $HOST_LOG").text);
	assert_says(o, "code=0\ncode=0\n");
	assert_says(sh(SESSION PROOF), "code=0\n");
	end_session();
}

/* Processes come and go while they are read. */
static void come_and_go(void **state)
{
	(void)state;
	rule_set("");
	assert_silent(
		sh(BEGIN("\"while :; do /bin/true & (/bin/true; :); done\"") "for i in $(seq 40); do cordon show --proof $id >/tmp/out || { cat /tmp/out; echo differs; }; done"),
		"differs");
	end_session();
}

/* An account with several logins: each is a session of its own, and one ends while it is looked at. */
static void who_may_look(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh(BEGIN("sleep 100") "cp $(command -v cordon) /tmp/cordon; su alice -c \"/tmp/cordon show $id\"; echo code=$?"),
		"cordon: only root can look into a session; run this with sudo, or 'cordon list' for your own sessions\ncode=1");
	assert_says(sh("cordon show --proof nosuch; echo code=$?"),
		    "cordon: there is no session 'nosuch'; 'cordon list' shows the sessions\ncode=2");
	assert_says(sh("cordon show; echo code=$?"), "write 'cordon show ID'\ncode=2");
	/* the beginning of an id is enough */
	assert_says(sh(SESSION "cordon show $(echo $id | cut -c1-6); echo code=$?"), "code=0");
	assert_says(
		sh(SESSION
		   "cordon show --json $id | python3 -c 'import json,sys; d=json.load(sys.stdin); "
		   "print(d[\"user\"], d[\"differences\"], sorted(g[\"role\"] for g in d[\"groups\"]))'"),
		"bob [] ['init', 'service', 'service', 'session']");
	end_session();
}

static int setup(void **state)
{
	(void)state;
	return sh("mkdir -p /srv/nest/deep && mount -t tmpfs none /srv/nest/deep && mkdir -p /srv/exam && "
		  "su - bob -c 'mkdir -p answers; git init -q --bare project.git'")
		.code;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_is_found),
		cmocka_unit_test(each_profile_is_proven),
		cmocka_unit_test(each_difference_is_found),
		cmocka_unit_test(repaired),
		cmocka_unit_test(come_and_go),
		cmocka_unit_test(several_logins),
		cmocka_unit_test(who_may_look),
		cmocka_unit_test(views_are_as_planned),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
