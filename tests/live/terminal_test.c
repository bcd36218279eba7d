/* SPDX-License-Identifier: Apache-2.0 */
/* terminal_test.c - a person at a terminal: by ssh, su and login */
#include "lib/live.h"

#include <string.h>

static void by_ssh(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(SSH "-tt bob@h 'tty; ls /dev/pts'"), "/dev/pts/0");
	/* who shows the own terminal, and no other users */
	assert_says(sh(SSH
		       "-tt bob@h 'logname; whoami; who -a; w -h; who am i; echo end' | tr -d '\\r'"),
		    "bob\nbob\nend\n");
	assert_int_equal(
		expect_run(
			"spawn {*}$SSH -tt bob@h\nwant {$ }\n"
			"type {sleep 100}\nafter 500\nsend \\032\nwant Stopped\nwant {$ }\n" /* ^Z */
			"type jobs\nwant {sleep 100}\nwant {$ }\ntype bg\nwant {sleep 100 &}\nwant {$ }\n"
			"type fg\nwant {sleep 100}\nafter 300\nsend \\003\nwant {$ }\n" /* ^C */
			"type {echo status=$?}\nwant status=130\nwant {$ }\n"
			"type {sleep 100 | cat | cat}\nafter 500\nsend \\003\nwant {$ }\n"
			"type {echo again=$?}\nwant again=130\nwant {$ }\n"
			"type {set -m; (exit 4); echo four=$?}\nwant four=4\nwant {$ }\n"
			"type {cat; echo do''ne}\nafter 700\ntype hello\nwant hello\nafter 300\nsend \\004\nwant done\nwant {$ }\n" /* ^D */
			"type {exit 5}\ndone\n")
			.code,
		5);
	assert_silent(sh("script -qec '" SSH "-tt bob@h true' /dev/null"), "job control");
}

static void window_size(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		expect_run(
			"set stty_init {rows 31 columns 91}\nspawn {*}$SSH -tt bob@h\nwant {$ }\n"
			"type {stty size}\nwant {31 91}\nwant {$ }\n"
			"type {trap 'echo now $(stty size)' WINCH; echo re''ady}\nwant ready\nwant {$ }\n"
			"stty rows 40 columns 100 < $spawn_out(slave,name)\n"
			"type {}\nwant {now 40 100}\n"
			"stty rows 22 columns 72 < $spawn_out(slave,name)\n"
			"after 1000\ntype {stty size}\nwant {22 72}\n"
			"type {exit 0}\ndone\n")
			.code,
		0);
}

static void programs_of_terminals(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		expect_run(
			"spawn {*}$SSH -tt bob@h\nwant {$ }\n"
			"type {vim.tiny note}\nafter 1000\nsend \"itext\\033:wq\\r\"\nwant {$ }\n"
			"type {cat note}\nwant text\nwant {$ }\n"
			"type {seq 500 | less}\nwant 20\nsend q\nwant {$ }\n"
			"type {script -qc 'tty; echo scr''ipted' /dev/null}\nwant /dev/pts/\nwant scripted\nwant {$ }\n"
			"type {python3 -c 'import pty; pty.spawn([\"tty\"])'}\nwant /dev/pts/\nwant {$ }\n"
			"type {tmux -f /dev/null new-session 'tty; echo in''side; sleep 1'}\nwant inside\nwant {$ }\n"
			"type {top -b -n 1 | head -n 3}\nwant Tasks\nwant {$ }\n"
			"type {exit 0}\ndone\n")
			.code,
		0);
}

#define LAYERS "grep -e NoNewPrivs -e Seccomp: -e CapBnd /proc/self/status"
#define ON     "CapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2"

static void by_su(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("su - bob -c 'id -un; pwd; shopt login_shell; " LAYERS "'"),
		    "bob\n/home/bob\nlogin_shell    \ton\n" ON);
	assert_int_equal(sh("su bob -c 'exit 9'").code, 9);
	assert_says(sh("su bob -c 'kill -TERM $$'; echo $?"), "143");
	assert_says(sh("cd /usr && su bob -c pwd"), "/usr");
	assert_says(sh("cd /run/host && su bob -c 'pwd; ls -a'"), "/\n");
	assert_says(sh("cd /root && su bob -c 'pwd -P; ls ..'"), "/\n");
	assert_says(sh("su -P bob -c '" LAYERS "'"), "NoNewPrivs:\t1");
	/* from another user, with and without the password */
	assert_int_equal(sh(SSH "-M -S /tmp/su -fN alice@h").code, 0);
	assert_int_equal(
		expect_run(
			"spawn {*}$SSH -S /tmp/su -tt alice@h\nwant {$ }\ntype {su - bob}\nwant Password:\ntype secret\nwant {$ }\n"
			"type {id -un; pwd; grep Seccomp: /proc/self/status; tty; sleep 50}\nwant bob\nwant /home/bob\nwant \"Seccomp:\\t2\"\nwant /dev/pts/\n"
			"after 300\nsend \\003\nwant {$ }\ntype {exit 6}\nwant {$ }\ntype {echo six=$?}\nwant six=6\ntype {su bob -c 'exit 8'; echo eight=$?}\n"
			"want Password:\ntype secret\nwant eight=8\ntype {su bob}\nwant Password:\ntype wrong\nwant failure\ntype {exit 0}\ndone\n")
			.code,
		0);
	(void)sh(SSH "-S /tmp/su -O exit alice@h");
	assert_true(wait_gone(30));
}

static void by_login(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		expect_run(
			"spawn login bob\nwant Password:\ntype secret\nwant {$ }\n"
			"type {grep Seccomp: /proc/self/status; tty; shopt login_shell}\nwant \"Seccomp:\\t2\"\nwant /dev/pts/\nwant on\nwant {$ }\n"
			"type {sleep 100}\nafter 500\nsend \\032\nwant Stopped\nwant {$ }\ntype fg\nwant sleep\nafter 300\nsend \\003\nwant {$ }\n"
			"type {echo status=$?}\nwant status=130\ntype {exit}\nexpect eof\n")
			.code,
		0);
	assert_true(wait_gone(30));
	/* the login is in the records of the host */
	assert_says(sh("last bob"), "bob ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_ssh),
		cmocka_unit_test(window_size),
		cmocka_unit_test(programs_of_terminals),
		cmocka_unit_test(by_su),
		cmocka_unit_test(by_login),
	};

	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
