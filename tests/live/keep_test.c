/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep_test.c - commands that must work in a session: bob, confined, and alice, unconfined, must get
 * the same output and the same status
 */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* Replaces the name, uid and ports of the twin by bob's. */
#define SAME \
	" | sed -e s/alice/bob/g -e s/2002/2001/g " \
	"-e 's/127.0.0.1 [0-9]* /127.0.0.1 PORT /' -e 's/line 1: *[0-9]* /line 1: PID /'"

static const char *const commands[] = {
	/* K01, K02 */
	"exit 7",
	"true",
	"false",
	"no-such-program",
	"/etc/passwd",
	"kill -TERM $$",
	"sh -c 'kill -ABRT $$'; echo $?",
	"sh -c 'kill -KILL $$'; echo $?",
	"ulimit -c",
	"(ulimit -c 0; sh -c 'kill -SEGV $$'); echo $?",
	/* K04, K07 */
	"cat",
	"echo a; echo b >&2; exit 3",
	"exec 2>&1; ls /nonexistent",
	/* K16: SSH_TTY names another terminal only with a terminal */
	"env | grep -v -e ^DBUS -e ^XDG_RUNTIME -e ^XDG_SESSION -e ^_= | sort",
	"echo $0 $SHELL $HOME $PATH; shopt login_shell",
	"locale; date +%Z; echo $TERM",
	"TZ=Europe/Paris date -d @0 +%H; LC_ALL=C.UTF-8 printf '\\303\\244' | wc -m",
	/* K17 */
	"id; whoami; groups; ls -ld /etc /usr/bin; ls -l /etc/passwd; stat -c %U:%G /",
	"touch g; chgrp project g; stat -c %U:%G g; rm g",
	"umask; nice; cat /proc/self/oom_score_adj; ulimit -n; ulimit -s",
	"getent passwd bob root nobody; getent group project; getent hosts localhost; hostname",
	/* K18 */
	"cd /tmp && printf '#include <stdio.h>\\nint main(void){puts(\"compiled\");return 3;}' >k.c && gcc k.c -o k && ./k; echo $?",
	"cd /tmp && printf 'all: a b c\\n%%:; @echo made $@\\n' >Makefile && make -s -j4 | sort",
	"python3 -c 'import multiprocessing as m; print(sum(m.Pool(2).map(abs, range(-9,0))))'",
	"python3 -m venv --without-pip /tmp/v && /tmp/v/bin/python -c 'print(1)'",
	"gdb -q -batch -ex run -ex 'info inferiors' /bin/true 2>&1 | tail -n 1 | tr -s ' '",
	"strace -o /tmp/st true; tail -n 1 /tmp/st",
	"seq 200000 | sort -R | sort -n | tail -n 1; head -c 30M /dev/zero | sort | wc -c",
	"man -P cat ls | head -n 1",
	"git init -q w && cd w && git -c user.name=a -c user.email=a commit -q --allow-empty -m x && git log --format=%s; cd; rm -rf w",
	"mkfifo f; (echo by-fifo >f &); cat f; rm f",
	"perl -e 'print \"$0\\n\"'; awk 'BEGIN{print 1}'; echo 5*5 | bc 2>/dev/null; tar c /etc/hostname 2>/dev/null | tar t",
	"ssh -G x | head -n 1; test -r /etc/ssh/ssh_config && echo readable",
	"flock /tmp/l echo locked; timeout 5 sleep 0; echo $?",
	"exec 3<>/dev/null; echo $?; : </dev/zero; head -c 3 /dev/urandom | wc -c; echo x >/dev/full; echo $?",
	"nohup sh -c 'echo kept' 2>/dev/null; cat <(echo substituted); echo here <<<x; bash -lc 'echo $0'",
};

static void like_the_twin(void **state)
{
	unsigned failed = 0;

	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		FILE *f = fopen("/tmp/command", "w");

		assert_non_null(f);
		assert_true(fprintf(f, "%s", commands[i]) > 0);
		assert_int_equal(fclose(f), 0);
		(void)sh("for u in alice bob; do { echo text | " SSH
			 "$u@h \"$(cat /tmp/command)\" 2>/tmp/err; echo status=$?; cat /tmp/err; }" SAME
			 " >/tmp/said.$u; done");
		if (strstr(sh("diff /tmp/said.alice /tmp/said.bob && echo same").text, "same\n") !=
		    NULL)
			continue;
		print_message("%s\n%s\n", commands[i],
			      sh("diff /tmp/said.alice /tmp/said.bob").text);
		failed++;
	}
	assert_int_equal(failed, 0);
}

static void rsync_of_many(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("rm -rf /tmp/many; mkdir /tmp/many && cd /tmp/many && seq 1 3000 | xargs touch && ln 1 hard && ln -s 2 soft && chmod 640 3 && "
		   "setfattr -n user.k -v v 4 2>/dev/null; "
		   "rsync -aHX -e \"" SSH
		   "\" /tmp/many bob@h: && rm /tmp/many/5 && rsync -aHX --delete --partial -e \"" SSH
		   "\" /tmp/many bob@h: && "
		   "test ! -e /home/bob/many/5 && test /home/bob/many/1 -ef /home/bob/many/hard && "
		   "rsync -aH -e \"" SSH
		   "\" bob@h:many/ /tmp/many.back && diff -r /tmp/many /tmp/many.back")
			.code,
		0);
	assert_int_equal(sh("rm -rf /tmp/many /tmp/many.back /home/bob/many").code, 0);
}

static void git_shallow_and_push(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh("rm -rf /home/bob/up.git /tmp/gc; " SSH
		   "bob@h 'git init -q --bare up.git' && export GIT_SSH_COMMAND=\"" SSH "\" && "
		   "git clone -q bob@h:up.git /tmp/gc 2>/dev/null; cd /tmp/gc && for i in 1 2 3; do "
		   "git -c user.name=a -c user.email=a commit -q --allow-empty -m $i; done; git push -q origin HEAD:main && "
		   "rm -rf /tmp/gs && git clone -q --depth 1 -b main bob@h:up.git /tmp/gs && git -C /tmp/gs log --format=%%s | wc -l; "
		   "git fetch -q && echo fetched"),
		"1\nfetched");
}

/* K08: programs that start their server part by ssh. */
static void bootstraps(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("printf 'uname; echo bootstrapped\\nexit 4\\n' | " SSH
		       "-T bob@h bash; echo code=$?"),
		    "Linux\nbootstrapped\ncode=4");
	assert_says(sh(SSH "bob@h '/bin/sh -c '\"'\"'echo ~bob && sleep 0'\"'\"''"),
		    "/home/bob"); /* as ansible asks */
	assert_says(sh(SSH
		       "-T bob@h 'python3 -' <<END\nimport sys\nprint(sys.version_info.major)\nEND"),
		    "3");
}

/* K21: root can log in, whatever is broken. */
static void root_always(void **state)
{
	static const char *const broken[] = {
		"rm /usr/libexec/cordon-keeper",
		"rm /usr/libexec/cordon-login",
		"rm /usr/bin/cordonsh",
		"mv /etc/cordon /etc/cordon.away",
		"chmod 777 /etc/cordon/rules.d",
		"head -c 2M /dev/urandom >/etc/cordon/rules.d/10-noise.conf",
		"rm -f /etc/cordon/rules.d/11.conf; mkfifo /etc/cordon/rules.d/11.conf",
		"chown bob /etc/cordon/rules.d",
	};

	(void)state;
	assert_int_equal(
		sh("cp /usr/libexec/cordon-* /usr/bin/cordonsh /tmp/; cp -a /etc/cordon /tmp/cordon")
			.code,
		0);
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		rule_set("");
		assert_int_equal(sh("%s", broken[i]).code, 0);
		assert_says(sh(SSH "root@h id -u"), "0\n");
		assert_says(sh("su -c 'id -u'; su - root -c 'echo in'"), "0\nin\n");
		assert_silent(as_bob("id"), "uid=");
		assert_int_equal(
			sh("rm -rf /etc/cordon /etc/cordon.away; cp -a /tmp/cordon /etc/; cp /tmp/cordon-keeper /tmp/cordon-login /usr/libexec/; cp /tmp/cordonsh /usr/bin/")
				.code,
			0);
		assert_true(wait_gone(30));
	}
	rule_set("");
	assert_says(as_bob("grep Seccomp: /proc/self/status"), "Seccomp:\t2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_the_twin),	cmocka_unit_test(rsync_of_many),
		cmocka_unit_test(git_shallow_and_push), cmocka_unit_test(bootstraps),
		cmocka_unit_test(root_always),
	};

	return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
