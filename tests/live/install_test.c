/* SPDX-License-Identifier: Apache-2.0 */
/* install_test.c - "make install" while people log in, and uninstalling */
#include "lib/live.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAKE "make -s -C $HOST_SOURCE B=$HOST_BUILD -o all "
#define MUX  SSH "-S /tmp/mux "

enum { INSTALLS = 8, FILES_MAX = 32 };

static struct watched {
	char path[256];
	off_t size;
} files[FILES_MAX];
static unsigned n_files;

/* Checks that files that a login reads always have the same size, as all installations are equal. */
static int watch(int stop)
{
	char byte;

	(void)fcntl(stop, F_SETFL, O_NONBLOCK);
	for (unsigned long rounds = 0;; rounds++) {
		for (unsigned i = 0; i < n_files; i++) {
			struct stat st;
			const int fd = open(files[i].path, O_RDONLY | O_CLOEXEC);

			if (fd < 0 || fstat(fd, &st) < 0 || st.st_size != files[i].size) {
				(void)dprintf(2, "%s: %s in round %lu\n", files[i].path,
					      fd < 0 ? "missing" : "half written", rounds);
				return 1;
			}
			(void)close(fd);
		}
		if (read(stop, &byte, 1) == 0)
			return rounds > 100 ? 0 : 2;
	}
}

static pid_t start(int (*run)(int), int *ret_stop)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(fds[1]);
		_exit(run(fds[0]));
	}
	(void)close(fds[0]);
	*ret_stop = fds[1];
	return pid;
}

static int stop(pid_t pid, int fd)
{
	int status;

	(void)close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Logs in by two services until end of file; each login must succeed and be confined. */
static int logins(int until)
{
	const char *door[] = { "su bob -c 'id -u; grep ^NoNewPrivs /proc/self/status'",
			       SSH "bob@h 'id -u; grep ^NoNewPrivs /proc/self/status'" };
	char byte;

	(void)fcntl(until, F_SETFL, O_NONBLOCK);
	(void)signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0;; i++) {
		char command[1024];

		(void)snprintf(
			command, sizeof command,
			"test \"$(%s 2>>/tmp/failed | tr -d ' \\t\\n')\" = 2001NoNewPrivs:1 || { echo login %u >>/tmp/failed; exit 1; }",
			door[i % 2], i);
		if (system(command) != 0)
			return 1;
		if (read(until, &byte, 1) == 0)
			return i > 1 ? 0 : 2;
	}
}

static void find_files(void)
{
	char text[4096], *line, *save = NULL;

	(void)snprintf(
		text, sizeof text, "%s",
		sh("ls /lib/*/security/pam_cordon.so /usr/bin/cordonsh /usr/bin/cordon /usr/libexec/cordon-* "
		   "/usr/sbin/cordon-pam /usr/share/cordon/profiles/*")
			.text);
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		struct stat st;

		assert_true(n_files < FILES_MAX && stat(line, &st) == 0);
		(void)snprintf(files[n_files].path, sizeof files[n_files].path, "%s", line);
		files[n_files++].size = st.st_size;
	}
	assert_true(n_files >= 8);
}

static void over_a_running_system(void **state)
{
	int stop_watch, stop_logins;
	pid_t watcher, login;

	(void)state;
	rule_set("Profile=teaching");
	find_files();
	assert_int_equal(
		sh("rm -f /tmp/failed /home/bob/go; " MUX "-M -N -f bob@h && " MUX "bob@h id -u").code,
		0);
	assert_int_equal(
		sh("(" SSH
		   "bob@h 'while [ ! -e go ]; do sleep 0.1; done; /bin/echo alive' >/tmp/alive 2>&1 &)")
			.code,
		0);
	watcher = start(watch, &stop_watch);
	login = start(logins, &stop_logins);
	/* the programs had other names once */
	assert_int_equal(sh("touch /usr/libexec/cordon-policy /usr/libexec/cordon-session").code, 0);
	for (unsigned i = 0; i < INSTALLS; i++)
		assert_int_equal(sh(MAKE "install").code, 0);
	assert_silent(sh("ls /usr/libexec"), "cordon-policy");
	assert_silent(sh("ls /usr/libexec"), "cordon-session");
	assert_int_equal(stop(login, stop_logins),
			 0); /* ended first, because it has a copy of the other's descriptor */
	assert_int_equal(stop(watcher, stop_watch), 0);
	/* earlier sessions still exist and accept another channel */
	assert_says(sh(MUX "bob@h 'id -u; echo channel'"), "2001\nchannel");
	assert_int_equal(
		sh("touch /home/bob/go; " UNTIL("grep -q alive /tmp/alive") "cat /tmp/alive").code,
		0);
	assert_says(sh("cat /tmp/alive"), "alive");
	/* no file of the installation is left */
	assert_silent(
		sh("find / -xdev -name '*.cordon-new' 2>/dev/null; find /usr /etc -name '*.cordon-new'"),
		"cordon-new");
	assert_int_equal(sh(MUX "-O exit h; cordon check").code, 0);
	assert_true(wait_gone(30));
}

/* Modes do not depend on the umask; an installation that fails leaves the old files. */
static void all_or_nothing(void **state)
{
	(void)state;
	assert_int_equal(sh("umask 077; " MAKE "install DESTDIR=/tmp/dest").code, 0);
	assert_says(
		sh("cd /tmp/dest; stat -c %%a%%n usr/bin/cordonsh usr/libexec/cordon-login usr/share/cordon/profiles/exam.conf lib/*/security/pam_cordon.so"),
		"755usr/bin/cordonsh\n755usr/libexec/cordon-login\n644usr/share/cordon/profiles/exam.conf\n644lib/");
	/* the condition of user managers, where systemd looks for it, or nowhere */
	assert_int_equal(
		sh("rm -rf /tmp/dest; " MAKE
		   "install DESTDIR=/tmp/dest unitdir=/units && cd /tmp/dest/units && "
		   "grep -q '^ExecCondition=+/bin/sh .* sh /usr/libexec/cordon-login %%i$' user@.service.d/50-cordon.conf && "
		   "! grep -v '^#' user@0.service.d/50-cordon.conf")
			.code,
		0);
	assert_int_equal(
		sh(MAKE "uninstall DESTDIR=/tmp/dest unitdir=/units; ls /tmp/dest/units/*").code, 2);
	/* the manuals for a browser: where they are wanted */
	assert_says(sh(MAKE "html && " MAKE
			    "install DESTDIR=/tmp/dest htmldir=/html && ls /tmp/dest/html && " MAKE
			    "uninstall DESTDIR=/tmp/dest htmldir=/html; ls /tmp/dest/html"),
		    "index.html\npam_cordon.8.html\nls: cannot access");
	assert_int_equal(sh("rm -rf /tmp/dest; " MAKE "install DESTDIR=/tmp/dest unitdir= && "
			    "! find /tmp/dest | grep -e service -e units")
				 .code,
			 0);
	/* a full disk, in the middle */
	assert_int_equal(
		sh("rm -rf /tmp/dest; mkdir /tmp/small && mount -t tmpfs -o size=40m small /tmp/small && " MAKE
		   "install DESTDIR=/tmp/small && "
		   "cksum /tmp/small/usr/bin/* /tmp/small/usr/libexec/* >/tmp/before")
			.code,
		0);
	assert_int_not_equal(
		sh("head -c 39m /dev/zero >/tmp/small/fill; " MAKE "install DESTDIR=/tmp/small").code,
		0);
	assert_int_equal(
		sh("cksum /tmp/small/usr/bin/cordon* /tmp/small/usr/libexec/cordon* | cmp - /tmp/before")
			.code,
		0);
	assert_silent(sh("find /tmp/small -name '*.cordon-new'"), "cordon-new");
	assert_int_equal(sh("umount /tmp/small").code, 0);
}

/* After uninstalling, a live session goes on, and nobody is locked out. */
static void uninstall(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(MAKE "uninstall"), "run \"cordon-pam disable\" first");
	assert_int_equal(
		sh("rm -f /home/bob/go; " MUX "-M -N -f bob@h && " MUX
		   "bob@h id -u && cordon-pam disable && " MAKE
		   "uninstall >/tmp/uninstall && grep -A2 'these sessions go on' /tmp/uninstall | grep -q ' bob '")
			.code,
		0);
	assert_says(
		sh("ls /lib/*/security/pam_cordon.so /usr/bin/cordon* /usr/libexec/cordon* /usr/sbin/cordon* /run/cordon/filters/* 2>/dev/null | wc -l"),
		"0\n");
	assert_says(sh(MUX "bob@h 'id -u; grep ^NoNewPrivs /proc/self/status'"),
		    "2001\nNoNewPrivs:\t1");
	assert_says(sh(MUX
		       "-O exit h; su bob -c 'grep ^NoNewPrivs /proc/self/status'; su -c 'id -u'"),
		    "NoNewPrivs:\t0\n0\n");
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_a_running_system),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(uninstall),
	};

	return cmocka_run_group_tests_name("install", tests, NULL, NULL);
}
