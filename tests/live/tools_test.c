/* SPDX-License-Identifier: Apache-2.0 */
/* tools_test.c - common tools work the same under the default filter as unconfined */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each command prints the same for bob, confined, and alice, unconfined; missing tools are skipped. */
static const struct {
	const char *tool, *command;
} tools[] = {
	{ "gdb",
	  "gdb -q -batch -ex 'break main' -ex run -ex 'info threads' -ex continue /srv/calls int80 2>&1 | grep -c exited" },
	{ "strace", "strace -f -c -o /tmp/s sh -c 'ls /; true' >/dev/null && grep -c total /tmp/s" },
	{ "ltrace", "ltrace -o /tmp/l true && echo ok" },
	{ "make",
	  "mkdir -p ~/p && cd ~/p && printf 'int main(void){return 7;}\\n' >a.c && "
	  "printf 'a: a.c\\n\\tgcc -O2 -g -o a a.c\\n' >Makefile && make -j4 && ./a; echo rc=$?" },
	{ "g++",
	  "cd /tmp && printf '#include <thread>\\n#include <cstdio>\\n"
	  "int main(){std::thread t([]{puts(\"thr\");});t.join();}\\n' >t.cc && g++ -pthread t.cc -o t && ./t" },
	{ "python3",
	  "python3 -c 'import asyncio, multiprocessing, socket, sqlite3, ssl, subprocess\n"
	  "p = multiprocessing.Pool(2); print(sum(p.map(abs, [-1, -2])))\n"
	  "print(subprocess.check_output([\"echo\", \"sub\"])); asyncio.run(asyncio.sleep(0.01))\n"
	  "c = sqlite3.connect(\"/tmp/x.db\"); c.execute(\"create table t(a)\"); c.commit()'; rm /tmp/x.db" },
	{ "perl",
	  "perl -e 'use threads; print threads->create(sub { \"thr\" })->join; fork; wait; print \"done\\n\"'" },
	{ "node",
	  "node -e 'const {Worker} = require(\"worker_threads\");"
	  "new Worker(\"require(\\\"worker_threads\\\").parentPort.postMessage(4)\", {eval: true}).on(\"message\", m => console.log(m));"
	  "const f = new Function(\"a\", \"return a*2\"); for (let i = 0; i < 1e5; i++) f(i);"
	  "require(\"child_process\").execSync(\"true\"); require(\"fs\").readFileSync(\"/etc/hostname\")'" },
	{ "java",
	  "cd /tmp && printf 'public class H { public static void main(String[] a) throws Exception {"
	  "Thread t = new Thread(() -> System.out.println(1)); t.start(); t.join();"
	  "new ProcessBuilder(\"true\").start().waitFor(); } }' >H.java && java H.java" },
	{ "go",
	  "mkdir -p /tmp/g && cd /tmp/g && printf 'package main\\nimport \"fmt\"\\n"
	  "func main(){c:=make(chan int);go func(){c<-3}();fmt.Println(<-c)}' >m.go && go run m.go" },
	{ "rustc",
	  "cd /tmp && printf 'fn main(){ std::thread::spawn(||println!(\"1\")).join().unwrap(); }' >r.rs && rustc r.rs && ./r" },
	{ "git",
	  "cd /tmp && rm -rf g1 g2 && git init -q g1 && cd g1 && git config user.email a && git config user.name a && "
	  "echo x >f && git add f && git commit -qm m && cd .. && git clone -q g1 g2 && git -C g2 log --format=%s && git -C g1 gc -q" },
	{ "tmux",
	  "tmux new-session -d -s t 'echo in-tmux; sleep 9' && for i in 1 2 3 4 5 6 7 8 9; do "
	  "tmux capture-pane -p -t t | grep in-tmux && break; sleep 0.3; done; tmux kill-server" },
	{ "vim", "printf 'one\\n' >/tmp/v && vim -e -s -c '%s/one/two/' -c 'wq' /tmp/v; cat /tmp/v" },
	{ "man", "man -P cat ls | head -3" },
	{ "ssh-agent",
	  "rm -f /tmp/k*; ssh-keygen -q -t ed25519 -N '' -f /tmp/k && eval $(ssh-agent) >/dev/null && "
	  "ssh-add -q /tmp/k && ssh-add -l | wc -l; ssh-agent -k >/dev/null" },
	{ "rsync",
	  "mkdir -p /tmp/a/b && echo x >/tmp/a/b/c && rsync -aHAX /tmp/a/ /tmp/z/ && cat /tmp/z/b/c" },
	{ "curl",
	  "cd /tmp; python3 -m http.server $((8000 + $(id -u) % 100)) >/dev/null 2>&1 & "
	  "curl -s --retry 9 --retry-connrefused --retry-delay 1 http://127.0.0.1:$((8000 + $(id -u) % 100))/ | grep -c listing; kill %1" },
	{ "valgrind", "valgrind -q --error-exitcode=3 true && echo done" },
	{ "less", "seq 10 | less -F -X | tail -1" },
	{ "expect", "expect -c 'spawn echo hi; expect hi' | tail -1" },
	{ "gpg",
	  "gpg --batch --pinentry-mode loopback --passphrase '' --quick-generate-key x 2>/dev/null; gpg -k 2>/dev/null | grep -c ^pub" },
	{ "sort", "seq 200000 | sort -R --parallel=4 | sort -n | tail -1" },
	{ "tar", "cd /tmp && tar czf x.tgz -C /etc hostname && tar xzf x.tgz && cat hostname" },
	{ "top", "top -b -n 1 | head -1 | cut -c1-3" },
	{ "nice", "nice -n 5 ionice -c 3 taskset -c 0 true && echo done" },
	{ "script", "script -qec 'echo in-script' /dev/null" },
};

static void each_tool(void **state)
{
	unsigned failed = 0, seen = 0;

	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
		char command[256], *free_text;
		struct out o;

		(void)snprintf(command, sizeof command, "command -v %s", tools[i].tool);
		if (as_bob(command).code != 0) {
			print_message("SKIPPED: no %s here\n", tools[i].tool);
			continue;
		}
		seen++;
		o = as_bob(tools[i].command);
		free_text = strdup(o.text);
		assert_non_null(free_text);
		{
			const struct out twin = as_user("alice", tools[i].command);

			if (o.code != twin.code || twin.code != 0 ||
			    strcmp(free_text, twin.text) != 0) {
				print_message("%s: %d '%s', unconfined %d '%s'\n", tools[i].tool,
					      o.code, free_text, twin.code, twin.text);
				failed++;
			}
		}
		free(free_text);
	}
	assert_int_equal(failed, 0);
	assert_true(seen >= 10);
}

static int prepare(void **state)
{
	(void)state;
	return sh("cp $HOST_BUILD/tests/live/surface/calls /srv/").code;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_tool) };

	return cmocka_run_group_tests_name("tools", tests, prepare, NULL);
}
