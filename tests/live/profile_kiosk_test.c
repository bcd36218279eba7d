/* SPDX-License-Identifier: Apache-2.0 */
/* profile_kiosk_test.c - a console with one program: what a visitor with a keyboard can do */
#include "lib/live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Starts the command of the manual's line of inittab on the terminal @tty. */
static struct out getty_line(const char *tty)
{
	return sh("sed -n 's,^\\.Dl 1:2345:respawn:\\(.*\\) tty1 ,exec \\1 %s ,p' $HOST_SOURCE/man/cordon-recipes.7",
		  tty);
}

/* A console with a getty that is started again whenever it ends, as init and systemd do. */
static struct {
	int master;
	pid_t init;
	char seen[1 << 16];
	size_t n;
} con = { .master = -1 };

static void console_open(void)
{
	struct out line;

	con.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(con.master >= 0);
	assert_int_equal(grantpt(con.master), 0);
	assert_int_equal(unlockpt(con.master), 0);
	line = getty_line(ptsname(con.master) + strlen("/dev/"));
	assert_says(line, "exec /sbin/agetty ");
	con.n = 0;
	con.init = fork();
	assert_true(con.init >= 0);
	if (con.init != 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		const pid_t getty = fork();
		const int null = open("/dev/null", O_RDWR);

		if (getty == 0) {
			(void)setsid();
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (int i = 0; i < 3; i++)
				(void)dup2(null, i);
			(void)execl("/bin/sh", "sh", "-c", line.text, (char *)NULL);
			_exit(127);
		}
		(void)waitpid(getty, NULL, 0);
		(void)usleep(100000);
	}
}

static void console_close(void)
{
	(void)kill(con.init, SIGKILL);
	(void)waitpid(con.init, NULL, 0);
	(void)close(con.master);
	con.master = -1;
	(void)sh("pkill -x agetty; pkill -x login; true");
	assert_true(wait_gone(30));
}

static void type(const char *keys)
{
	assert_int_equal(write(con.master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

/* Waits up to @seconds for new output with @text; prints nothing if there is none. */
static bool seen(const char *text, int seconds)
{
	const time_t end = time(NULL) + seconds;

	while (time(NULL) <= end) {
		struct pollfd p = { .fd = con.master, .events = POLLIN };
		char *at;
		ssize_t n = 0;

		con.seen[con.n] = '\0';
		at = memmem(con.seen, con.n, text, strlen(text));
		if (at != NULL) {
			const size_t used = (size_t)(at - con.seen) + strlen(text);

			memmove(con.seen, con.seen + used, con.n - used);
			con.n -= used;
			return true;
		}
		if (con.n > sizeof con.seen / 2)
			con.n = 0;
		if (poll(&p, 1, 100) > 0)
			n = read(con.master, con.seen + con.n, sizeof con.seen - con.n - 1);
		if (n > 0)
			con.n += (size_t)n;
		else
			(void)usleep(20000); /* nobody has the terminal open just now */
	}
	return false;
}

#define assert_seen(text) \
	do { \
		if (!seen(text, 60)) { \
			print_message("not seen: %s; but: %s\n", text, con.seen); \
			fail(); \
		} \
	} while (0)

/* The visitor runs only the one program, which is not stopped but may just restart. */
static void only(const char *program)
{
	struct out o = { 0 };

	for (unsigned i = 0; i < 300; i++) {
		o = sh("ps -o comm= -u kiosk | sort -u");
		if (strcmp(o.text, program) == 0)
			break;
		assert_true(o.text[0] == '\0' || strcmp(o.text, "cordonsh\n") == 0);
		(void)usleep(100000);
	}
	assert_string_equal(o.text, program);
	assert_silent(sh("ps -o stat= -u kiosk"), "T");
}

/* The visitor gives up; the console begins again. */
static void again(const char *shown)
{
	con.n = 0;
	(void)sh("pkill -9 -u kiosk");
	assert_seen(shown);
}

static int prepare(void **state)
{
	(void)state;
	return sh("set -e; useradd -m -s /bin/bash kiosk; passwd -l kiosk >/dev/null; cp -r /home/bob/.ssh /home/kiosk/; chown -R kiosk: /home/kiosk;"
		  "mkdir -p /srv/kiosk /srv/secret; { echo 'trains today'; seq 200; } >/srv/kiosk/timetable; echo s >/srv/secret/s")
		.code;
}

static void begin(const char *lines)
{
	rule_file("50-kiosk", "User=kiosk", lines);
	assert_int_equal(sh("cordon check").code, 0);
	console_open();
}

#define LESS \
	"Profile=kiosk\nCommand=/usr/bin/less -S /srv/kiosk/timetable\nExecPaths=/usr/bin/less\nReadOnlyPaths=/srv/kiosk\n"

static void one_program(void **state)
{
	(void)state;
	begin(LESS);
	assert_seen("trains today");
	only("less\n");
	for (unsigned i = 0; i < 3; i++) { /* the program ends, and starts again */
		type("q");
		assert_seen("trains today");
	}
	type("/137\r");
	assert_seen("137");
	/* if the visitor leaves, all other programs end */
	(void)sh("pkill -9 -x less");
	assert_seen("trains today");
	only("less\n");
	console_close();
}

static void keys_for_signals(void **state)
{
	static const char *const keys[] = { "\003",	   "\034", "\032",
					    "\031",	   "\004", "\003\003\003\034\034\032\032",
					    "\021\023\021" };

	(void)state;
	begin(LESS);
	assert_seen("trains today");
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		type(keys[i]);
		type("\rid\r");
		assert_false(seen("uid=", 1));
		only("less\n");
	}
	type("\r\033qqq"); /* it listens still */
	assert_seen("trains today");
	only("less\n");
	console_close();
}

/* Ways out of less and vim. Each would print the user's id. */
static const char *const from_less[] = {
	"!id\r",  "!sh -c id\r",   "!/bin/bash\rid\rexit\r",	   "#id\r",
	"|^id\r", "!\rid\rexit\r", "s/tmp/id.sh\r!sh /tmp/id.sh\r"
};
static const char *const from_vim[] = {
	"\033:!id\r",
	"\033:r !id\r",
	"\033:set shell=/bin/bash\r:!id\r",
	"\033:sh\rid\rexit\r",
	"\033:suspend\rid\rfg\r",
	"\033:stop\rid\rfg\r",
	"\032id\rfg\r",
	"\033:w !sh -c id\r",
	"\033:%!id\r",
	"\033:call system('id')\r",
	"\033iid\033:w! /tmp/x.sh\r:!chmod 755 /tmp/x.sh; /tmp/x.sh\r",
	"\033:set shell=/usr/bin/vim.tiny shellcmdflag=-c\r:!!id\r",
	"\033:set shell=/lib64/ld-linux-x86-64.so.2 shellcmdflag=/bin/id\r:!x\r"
};

static unsigned ways_out(const char *const *ways, size_t n, const char *shown, int seconds)
{
	unsigned out = 0;

	for (size_t i = 0; i < n; i++) {
		type(ways[i]);
		if (seen("uid=", seconds)) {
			out++;
			print_message("a way out: %s\n", ways[i] + (ways[i][0] == '\033'));
		}
		again(shown);
	}
	return out;
}

static void out_of_less(void **state)
{
	(void)state;
	begin(LESS);
	assert_seen("trains today");
	assert_int_equal(ways_out(from_less, 2, "trains today", 1), 0);
	console_close();
	/* this does not depend on the secure mode of less */
	begin(LESS "UnsetEnvironment=LESSSECURE");
	assert_seen("trains today");
	assert_int_equal(
		ways_out(from_less, sizeof from_less / sizeof from_less[0], "trains today", 1), 0);
	type("!sleep 77\r");
	(void)seen("x", 1);
	only("less\n");
	assert_int_equal(sh("pgrep -f 'sleep 7[7]'").code, 1);
	console_close();
	/* without the profile, these ways out work, so the test can fail */
	begin(LESS "UnsetEnvironment=LESSSECURE\nNoExecPaths=\nExecPaths=");
	assert_seen("trains today");
	assert_true(ways_out(from_less, 3, "trains today", 20) >= 2);
	console_close();
}

#define VIM \
	"Profile=kiosk\nCommand=/usr/bin/vim.tiny -u NONE visitors\nExecPaths=/usr/bin/vim.tiny\n"

static void out_of_vim(void **state)
{
	(void)state;
	if (sh("test -x /usr/bin/vim.tiny").code != 0) {
		print_message("SKIPPED: no vim.tiny\n");
		skip();
	}
	assert_int_equal(
		sh("echo 'the book of visitors' >/home/kiosk/visitors; chown kiosk: /home/kiosk/visitors")
			.code,
		0);
	begin(VIM);
	assert_seen("book of visitors");
	only("vim.tiny\n");
	assert_int_equal(
		ways_out(from_vim, sizeof from_vim / sizeof from_vim[0], "book of visitors", 1), 0);
	only("vim.tiny\n");
	/* the next visitor does not find what one has written */
	type("\033oEve was here\033:wq\r");
	(void)seen("written", 20);
	assert_seen("book of visitors");
	assert_false(seen("Eve was here", 2));
	assert_says(sh("cat /home/kiosk/visitors"), "the book of visitors\n");
	/* nor anything of the host's */
	type("\033:e /srv/secret/s\r");
	assert_seen("ermission");
	console_close();
	begin(VIM "NoExecPaths=\nExecPaths=");
	assert_seen("book of visitors");
	assert_true(ways_out(from_vim, 3, "book of visitors", 20) >= 2);
	console_close();
}

static void by_the_console_alone(void **state)
{
	(void)state;
	rule_file("50-kiosk", "User=kiosk", LESS);
	assert_silent(sh(SSH "kiosk@h id; " SSH "-tt kiosk@h </dev/null"), "trains");
	assert_silent(sh(SSH "kiosk@h id; su - kiosk -c id; su kiosk -s /bin/dash -c id"), "uid=");
	assert_says(sh("grep event=deny $HOST_LOG | tail -1"), "is not listed in Services=");
	assert_says(sh("cordon explain kiosk"),
		    "for a login that the rule admits: cordon explain --service login kiosk\n");
	assert_silent(sh("cordon explain --service login kiosk"), "that the rule admits");
}

/* If the program is missing or the rule is broken, the login is refused and gives no shell. */
static void broken(void **state)
{
	(void)state;
	rule_file("50-kiosk", "User=kiosk",
		  "Profile=kiosk\nCommand=/usr/bin/no-such-program\nExecPaths=/usr/bin/less");
	console_open();
	assert_seen("automatic login");
	type("id\rsh\rid\r");
	assert_false(seen("uid=", 3));
	console_close();
	rule_file("50-kiosk", "User=kiosk", LESS "NoSuch=1");
	console_open();
	assert_seen("automatic login");
	type("id\rsh\rid\r");
	assert_false(seen("uid=", 3));
	console_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_program),		cmocka_unit_test(keys_for_signals),
		cmocka_unit_test(out_of_less),		cmocka_unit_test(out_of_vim),
		cmocka_unit_test(by_the_console_alone), cmocka_unit_test(broken),
	};

	if (getenv("ONLY") != NULL)
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("profile kiosk", tests, prepare, NULL);
}
