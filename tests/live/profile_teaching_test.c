/* SPDX-License-Identifier: Apache-2.0 */
/* profile_teaching_test.c - a student's day on a course server, and a neighbour's */
#include "lib/live.h"

#include <stdlib.h>
#include <string.h>

static int prepare(void **state)
{
	(void)state;
	rule_file("50-students", "Group=project", "Profile=teaching");
	/* the course: a project in git, which root keeps */
	return sh("set -e; mkdir -p /srv/course/src/t; cd /srv/course/src; git init -q -b main .; cat >sum.c <<'END'\n"
		  "#include <stdio.h>\n"
		  "#include <stdlib.h>\n"
		  "static int sum(int argc, char **argv)\n"
		  "{\n"
		  "	int s = 0;\n"
		  "	for (int i = 1; i < argc; i++)\n"
		  "		s += atoi(argv[i]);\n"
		  "	return s;\n"
		  "}\n"
		  "int main(int argc, char **argv)\n"
		  "{\n"
		  "	printf(\"%%d\\n\", sum(argc, argv));\n"
		  "	return 0;\n"
		  "}\n"
		  "END\n"
		  "cat >configure <<'END'\n"
		  "#!/bin/sh\n"
		  "echo 'int main(void) { return 0; }' >conftest.c && cc -o conftest conftest.c && ./conftest || exit 1\n"
		  "echo CFLAGS = -g -Wall >config.mk\n"
		  "END\n"
		  "cat >Makefile <<'END'\n"
		  "include config.mk\n"
		  "sum: sum.c\n"
		  "check: sum\n"
		  "\tsh t/sum.sh\n"
		  "END\n"
		  "echo 'test \"$(./sum 20 22)\" = 42 && test \"$(./sum)\" = 0 && echo all tests passed' >t/sum.sh; chmod +x configure;"
		  "git add -A; git -c user.name=root -c user.email=root commit -q -m course;"
		  "git clone -q --bare . ../project.git; git config --system --add safe.directory '*'")
		.code;
}

/* The source of hello, fetched before by tests/get-source: here there is no network. */
static void a_real_project(void **state)
{
	(void)state;
	if (sh("ls $HOST_BUILD/sources/hello_*.orig.tar.?z").code != 0) {
		print_message(
			"SKIPPED: no source of hello; run tests/get-source where there is a network\n");
		skip();
	}
	assert_int_equal(
		sh("scp -F $HOST_KEYS/ssh_config $HOST_BUILD/sources/hello_*.orig.tar.?z bob@h:").code,
		0);
	assert_int_equal(
		as_bob("tar xf hello_*.orig.tar.?z && cd hello-* && ./configure -q >/dev/null").code,
		0);
	assert_int_equal(as_bob("cd hello-* && make -s -j2 >/dev/null").code, 0);
	assert_says(as_bob("cd hello-* && ./hello && make -s check"), "Hello, world!");
	assert_says(as_bob("cd hello-* && cat test-suite.log"), "# FAIL:  0");
	assert_says(
		as_bob("cd hello-* && make -s install DESTDIR=$HOME/inst && ~/inst/usr/local/bin/hello -g moin"),
		"moin");
}

static void own_project(void **state)
{
	(void)state;
	assert_says(
		as_bob("git clone -q /srv/course/project.git && cd project && ./configure && make -s -j2 && make -s check"),
		"all tests passed");
	assert_says(as_bob("cd project && git config user.name bob && git config user.email b@b && echo '# mine' >>Makefile && "
			   "git commit -q -am mine && git log --format=%an -1"),
		    "bob");
	assert_int_not_equal(as_bob("cd project && git push -q origin main").code,
			     0); /* the course is read-only */
	assert_says(as_bob("touch /srv/course/src/x"), "Read-only file system");
}

static void debugger(void **state)
{
	struct out o;

	(void)state;
	o = as_bob(
		"cd project && gdb -batch -ex 'break sum' -ex run -ex bt -ex 'print argc' -ex continue --args ./sum 1 2");
	assert_says(o, "$1 = 3");
	assert_says(o, "exited normally");
	assert_silent(o, "Error disabling address space");
	assert_says(as_bob("cd project && strace -f -e trace=write ./sum 1 2"), "write(1, \"3\\n\"");
}

/* 32-bit programs run; they have no sockets, as socketcall(2) hides the family from the filter. */
static void other_width(void **state)
{
	(void)state;
	if (as_bob("printf '#include <errno.h>\\nint main(void) { return 0; }\\n' >m.c && gcc -m32 -o m m.c")
		    .code != 0) {
		print_message("SKIPPED: no gcc-multilib\n");
		skip();
	}
	assert_says(
		as_bob("gcc -m32 -o m32 project/sum.c && ./m32 20 22 && gdb -q -batch -ex run --args ./m32 1 2"),
		"exited normally");
	assert_says(as_bob("printf '#include <errno.h>\\n#include <sys/socket.h>\\nint main(void) { return socket(AF_ALG, 5, 0) == -1 && errno == EAFNOSUPPORT ? 7 : 0; }\\n' >s.c && "
			   "gcc -m32 -o s32 s.c && ./s32; echo code=$?"),
		    "code=7\n");
}

static void python(void **state)
{
	(void)state;
	if (sh("python3 -c 'import ensurepip'").code != 0) {
		print_message("SKIPPED: no python3-venv\n");
		skip();
	}
	assert_int_equal(
		as_bob("mkdir -p w && cd w && cat >wheel.py <<'END'\n"
		       "import zipfile\n"
		       "z = zipfile.ZipFile('greet-1.0-py3-none-any.whl', 'w')\n"
		       "z.writestr('greet.py', 'def greet(who):\\n    return \"hello, \" + who\\n')\n"
		       "d = 'greet-1.0.dist-info/'\n"
		       "z.writestr(d + 'METADATA', 'Metadata-Version: 2.1\\nName: greet\\nVersion: 1.0\\n')\n"
		       "z.writestr(d + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
		       "z.writestr(d + 'RECORD', 'greet.py,,\\n' + d + 'METADATA,,\\n' + d + 'WHEEL,,\\n' + d + 'RECORD,,\\n')\n"
		       "z.close()\n"
		       "END\n"
		       "python3 wheel.py")
			.code,
		0);
	assert_int_equal(as_bob("python3 -m venv ~/venv").code, 0);
	assert_says(
		as_bob(". ~/venv/bin/activate && pip install -q --no-index --disable-pip-version-check w/greet-1.0-py3-none-any.whl && "
		       "python -c 'import greet, sys; print(greet.greet(\"world\"), sys.prefix)'"),
		"hello, world /home/bob/venv");
}

static void people_s_tools(void **state)
{
	(void)state;
	assert_says(
		as_bob("tmux new-session -d -s day -x 80 -y 24; tmux send-keys -t day 'echo in-$((40+2))' Enter; "
		       "i=0; until tmux capture-pane -p -t day | grep -x in-42; do i=$((i+1)); [ $i -lt 100 ] || break; sleep 0.2; done; "
		       "tmux kill-server"),
		"in-42");
	assert_says(
		sh("expect -c 'set timeout 60; spawn ssh -F $::env(HOST_KEYS)/ssh_config -tt bob@h; expect {$ }; "
		   "send \"vi diary.txt\\r\"; expect diary; send \"idear diary\\033:wq\\r\"; expect written; expect {$ }; "
		   "send \"exit\\r\"; expect eof'; cat /home/bob/diary.txt"),
		"dear diary");
	assert_says(
		as_bob("printf '.TH SUM 1\\n.SH NAME\\nsum \\\\- add numbers\\n' >sum.1 && man ./sum.1 | cat"),
		"sum - add numbers");
	assert_int_equal(sh("stat -c %%a /home/bob/diary.txt | grep -x 600").code, 0);
}

static void own_server(void **state)
{
	(void)state;
	/* the network is the host's: a test server can be reached from the own browser */
	assert_int_equal(
		sh(SSH
		   "-f bob@h 'cd project && timeout 60 python3 -m http.server --bind 127.0.0.1 8123 2>/dev/null'")
			.code,
		0);
	assert_says(sh("python3 -c 'import time, urllib.request as u\n"
		       "for i in range(100):\n"
		       "    try: print(u.urlopen(\"http://127.0.0.1:8123/Makefile\").read().decode()); break\n"
		       "    except OSError: time.sleep(0.2)'"),
		    "# mine");
	(void)sh("pkill -f http.server");
	assert_true(wait_gone(30));
}

/* What the neighbour does meanwhile: logs in, compiles, runs, fills her own /tmp a little. */
static void neighbour_works(void)
{
	assert_says(as_user("alice",
			    "cd /tmp && printf '#include <stdio.h>\\nint main(void) { puts(\"still here\"); }\\n' >a.c && "
			    "gcc -O2 -o a a.c && ./a && head -c 50M /dev/zero >b && stat -c %s b"),
		    "still here\n52428800");
	assert_says(sh("su - alice -c 'for i in 1 2 3 4 5 6 7 8; do true & done; wait; echo forked'"),
		    "forked");
}

static void fork_bomb(void **state)
{
	(void)state;
	/* bounded by itself as well, in case nothing else does */
	assert_says(as_bob("python3 -c 'import os, time\n"
			   "n = 0\n"
			   "try:\n"
			   "    while n < 1500:\n"
			   "        if os.fork() == 0: time.sleep(30); os._exit(0)\n"
			   "        n += 1\n"
			   "except BlockingIOError: print(\"stopped\", n < 512 and n > 400)'"),
		    "stopped True");
	assert_true(wait_gone(60));
	/* the real thing, while the neighbour works, and another login of the same student */
	assert_int_equal(sh("timeout 30 " SSH
			    "bob@h 'b() { b | b & }; b; sleep 20' >/dev/null 2>&1 & sleep 2")
				 .code,
			 0);
	assert_int_equal(sh("test $(pgrep -c -u bob) -gt 100").code, 0);
	neighbour_works();
	assert_says(as_bob("for i in 1 2 3 4 5 6 7 8; do true & done; wait; echo forked"), "forked");
	assert_int_equal(sh("test $(pgrep -c -u bob) -le 520").code, 0);
	assert_int_equal(sh("pkill -u root -f 'ssh.*b[(][)]'").code, 0);
	assert_true(wait_gone(60));
	assert_int_equal(sh("pgrep -u bob").code, 1);
}

static void full_tmp(void **state)
{
	(void)state;
	assert_int_equal(
		sh(SSH
		   "-f bob@h 'head -c 2G /dev/zero >/tmp/full; : >/dev/shm/x && echo x >/dev/shm/x; df --output=avail /tmp | tail -1; "
		   "sleep 115' >/tmp/filled 2>&1; i=0; until grep -qx ' *0' /tmp/filled; do i=$((i+1)); [ $i -lt 300 ] || exit 1; sleep 0.2; done")
			.code,
		0);
	assert_says(sh("cat /tmp/filled"),
		    "head: error writing 'standard output': No space left on device");
	neighbour_works();
	assert_says(as_bob("echo a second login >/tmp/x && cat /tmp/x"), "a second login");
	(void)sh("pkill -x sleep");
	assert_true(wait_gone(60));
}

static void limits(void **state)
{
	(void)state;
	assert_says(
		as_bob("ulimit -u; ulimit -n; ulimit -St; ulimit -Ht; df --output=size -BM /tmp | tail -1 | tr -d ' '"),
		"512\n4096\n3540\n3600\n1024M");
	assert_says(as_bob("ulimit -St 1; python3 -c 'while True: pass'; echo code=$?"),
		    "code=152"); /* SIGXCPU */
	assert_silent(as_bob("ls /home"), "alice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_project),	  cmocka_unit_test(debugger),
		cmocka_unit_test(a_real_project), cmocka_unit_test(python),
		cmocka_unit_test(other_width),	  cmocka_unit_test(people_s_tools),
		cmocka_unit_test(own_server),	  cmocka_unit_test(fork_bomb),
		cmocka_unit_test(full_tmp),	  cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests_name("profile teaching", tests, prepare, NULL);
}
