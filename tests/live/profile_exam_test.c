/* SPDX-License-Identifier: Apache-2.0 */
/* profile_exam_test.c - an exam: before, during and after it, and attempts to cheat */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* The window of the exam, hours from now; it may begin or end on another day. */
static void exam(int from, int to)
{
	char match[256];
	struct out o =
		sh("date -d '%d hours' +'%%F %%H:%%M-' | tr -d '\\n'; date -d '%d hours' +%%H:%%M",
		   from, to);

	(void)snprintf(match, sizeof match, "Group=project\nTime=%.40s", o.text);
	rule_file("40-exam", match, "Profile=exam");
}

static int prepare(void **state)
{
	(void)state;
	rule_file("41-exam-over", "Group=project", "Action=deny\nMessage=the exam is over");
	exam(-1, 2);
	return sh("set -e; mkdir -p /run/nscd /run/systemd/resolve; touch /run/nscd/socket /run/systemd/resolve/io.systemd.Resolve; mkdir -p /srv/exam /srv/solutions; echo 'what is 6 * 7' >/srv/exam/question; echo 42 >/srv/solutions/1;"
		  "chmod 777 /srv/exam; for u in bob alice; do install -d -o $u -g $u -m 0700 /home/$u/answers; done;"
		  "echo 'int notes;' >/home/bob/notes.c; chown bob: /home/bob/notes.c")
		.code;
}

static void answers(void **state)
{
	(void)state;
	assert_says(as_bob("cat /srv/exam/question; echo 'int main(void) { return 42; }' >~/answers/1.c && cd ~/answers && "
			   "gcc -o 1 1.c && ./1; echo code=$?"),
		    "what is 6 * 7\ncode=42");
	assert_says(sh("stat -c '%%U %%a' /home/bob/answers/1.c && cat /home/bob/answers/1.c"),
		    "bob 600\nint main");
	assert_says(as_bob("cat ~/answers/1.c"), "int main"); /* at the next login too */
	assert_says(as_bob("cd ~/answers && gdb -batch -ex 'break main' -ex run ./1"),
		    "Breakpoint 1, ");
	assert_silent(as_bob("cd ~/answers && gdb -batch -ex 'break main' -ex run ./1"),
		      "Error disabling address space");
	/* an editor's backup and swap files have a place */
	assert_says(
		sh("expect -c 'set timeout 60; spawn ssh -F $::env(HOST_KEYS)/ssh_config -tt bob@h; expect {$ }; "
		   "send \"vi answers/2.txt\\r\"; expect 2.txt; send \"iforty-two\\033:wq\\r\"; expect written; expect {$ }; "
		   "send \"exit\\r\"; expect eof'; cat /home/bob/answers/2.txt"),
		"forty-two");
}

static void nothing_else_is_written(void **state)
{
	(void)state;
	assert_says(as_bob("echo x >~/x"), "Read-only file system");
	assert_says(as_bob("echo x >>~/notes.c; echo >>~/.bashrc; mkdir ~/.ssh/d; mv ~/answers ~/a"),
		    "Read-only file system");
	assert_silent(sh("ls -A /home/bob /home/bob/.ssh; cat /home/bob/.bashrc | tail -1"),
		      "\nx\n");
	assert_says(as_bob("echo x >/srv/exam/question; echo x >/srv/exam/new"),
		    "Read-only file system");
	assert_says(sh("cat /srv/exam/question; ls /srv/exam"), "what is 6 * 7\nquestion\n");
	assert_says(as_bob("touch /var/tmp/x && echo private"), "private");
	assert_says(sh("ls /var/tmp/x"), "No such file");
}

static void nothing_else_is_read(void **state)
{
	(void)state;
	assert_says(as_bob("cat /srv/solutions/1"), "No such file");
	assert_silent(as_bob("ls /srv; find / -name solutions 2>/dev/null"), "solutions");
	assert_silent(as_bob("ls /home; ls /home/alice/answers"), "alice\n");
	assert_says(as_bob("stat -c %U /etc/passwd"), "nobody");
}

static void no_network(void **state)
{
	(void)state;
	assert_says(as_bob("exec 3<>/dev/tcp/127.0.0.1/2222"), "Address family not supported");
	assert_says(
		as_bob("python3 -c 'import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)'"),
		"Address family not supported");
	assert_says(
		as_bob("python3 -c 'import socket; a, b = socket.socketpair(); print(\"local sockets work\")'"),
		"local sockets work");
	/* the services that look up host names are not reachable */
	assert_says(as_bob("ls /run"), "cordon");
	assert_int_not_equal(as_bob("ls /run/nscd/socket").code, 0);
	assert_int_not_equal(as_bob("ls /run/systemd/resolve/io.systemd.Resolve").code, 0);
	/* forwarding ends in the network of the session */
	assert_silent(sh(SSH "-f -L 2231:127.0.0.1:2222 bob@h 'sleep 3' && sleep 0.5; "
			     "timeout 3 bash -c 'head -c 7 </dev/tcp/127.0.0.1/2231'"),
		      "SSH-2.0");
	assert_int_equal(sh(SSH "-f -R 2232:127.0.0.1:2222 bob@h 'sleep 3'; sleep 0.5; "
				"timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/2232' 2>/dev/null")
				 .code,
			 1);
	assert_true(wait_gone(30));
}

static void candidates_apart(void **state)
{
	(void)state;
	(void)sh(
		SSH
		"-f alice@h 'echo psst >/tmp/note; echo psst >/dev/shm/note; ipcmk -M 4096 -p 0666 >/dev/null; "
		"python3 -c \"import socket,time; s=socket.socket(1); s.bind(chr(0)+chr(120)); time.sleep(6)\"'; sleep 1.5");
	assert_silent(as_bob("cat /tmp/note /dev/shm/note"), "psst");
	assert_silent(as_bob("ipcs -m; ps -e -o args="), "alice");
	assert_silent(as_bob("ps -e -o args="), "time.sleep");
	assert_says(
		as_bob("python3 -c 'import socket; s=socket.socket(1); s.connect(chr(0)+chr(120))'"),
		"Connection refused");
	assert_true(wait_gone(60));
}

static void the_window(void **state)
{
	(void)state;
	exam(2, 3);
	assert_silent(as_bob("echo in"), "in\n");
	assert_says(sh("su - bob -c 'echo in'"), "the exam is over");
	exam(-3, -1);
	assert_silent(as_bob("echo in"), "in\n");
	assert_says(sh("su - bob -c 'echo in'"), "the exam is over");
	assert_says(sh("cordon explain bob"), "40-exam.conf:1: skipped: Time");
	assert_says(sh("cordon explain bob --at \"$(date -d '-2 hours' +'%%F %%H:%%M')\""),
		    "confined");
	exam(-1, 2);
	assert_says(as_bob("echo in"), "in\n");
	assert_says(as_user("eve", "echo in"), "in\n"); /* sits in no exam */
}

static void answers_forgotten(void **state)
{
	(void)state;
	exam(-1, 2);
	assert_int_equal(sh("mv /home/alice/answers /home/alice/answer").code, 0);
	assert_silent(as_user("alice", "echo in"), "in\n");
	assert_says(sh("grep event=deny $HOST_LOG | tail -1"), "object=\"/home/alice/answers\"");
	assert_int_equal(sh("ln -s /home/alice/answer /home/alice/answers").code,
			 0); /* collected would be another */
	assert_silent(as_user("alice", "echo in"), "in\n");
	assert_int_equal(
		sh("rm /home/alice/answers; mv /home/alice/answer /home/alice/answers").code, 0);
	assert_says(as_user("alice", "echo in"), "in\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(nothing_else_is_written),
		cmocka_unit_test(nothing_else_is_read),
		cmocka_unit_test(no_network),
		cmocka_unit_test(candidates_apart),
		cmocka_unit_test(the_window),
		cmocka_unit_test(answers_forgotten),
	};

	return cmocka_run_group_tests_name("profile exam", tests, prepare, NULL);
}
