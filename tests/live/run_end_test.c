/* SPDX-License-Identifier: Apache-2.0 */
/* run_end_test.c - the end, the output, signals and the terminal of cordon run */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOB "setpriv --reuid bob --regid bob --init-groups env HOME=/home/bob PATH=/usr/bin:/bin "
/* Fields of the JSON object on standard input, its last line. */
#define JQ(fields) \
	"python3 -c 'import json,sys; o=json.loads(sys.stdin.read().splitlines()[-1]); print(" fields \
	")'"

/* Odd signal state of the caller changes neither cordon nor the program. */
static void signal_state(void **state)
{
	static const char *const states[] = {
		"trap \"\" CHLD;",
		"trap \"\" CHLD PIPE TERM USR1 ALRM;",
		"exec python3 -c \"import os,signal,sys; signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1,65))-{32,33}); "
		"signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execvp(sys.argv[1], sys.argv[1:])\"",
	};

	(void)state;
	for (unsigned user = 0; user < 2; user++)
		for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
			const char *as = user ? BOB : "";

			assert_says(
				sh("cd /; timeout 60 %sbash -c '%s cordon run sh -c \"grep -E SigBlk\\|SigIgn /proc/self/status; (exit 4); exit 3\"'; echo code=$?",
				   as, states[i]),
				"code=3\n");
			assert_says(
				sh("cd /; timeout 60 %sbash -c '%s cordon run --namespaces user grep -E SigBlk\\|SigIgn /proc/self/status'",
				   as, states[i]),
				"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
		}
	/* nohup(1) is meant */
	assert_says(sh("cd /; nohup cordon run grep SigIgn /proc/self/status"),
		    "SigIgn:\t0000000000000001");
}

static void results(void **state)
{
	(void)state;
	for (unsigned user = 0; user < 2; user++) {
		const char *as = user ? BOB : "";

		for (unsigned direct = 0; direct < 2;
		     direct++) { /* with PID 1 between, and without */
			const char *ns = direct ? "--namespaces user,mnt" : "";

			assert_says(
				sh("cd /; %scordon run %s --json - sh -c 'exit 3' | " JQ(
					   "o[\"reason\"],o[\"exit_status\"],o[\"signal\"],o[\"code\"],o[\"core_dumped\"]"),
				   as, ns),
				"exited 3 None 3 False\n");
			assert_says(
				sh("cd /; %scordon run %s --json - sh -c 'kill -KILL $$' | " JQ(
					   "o[\"reason\"],o[\"exit_status\"],o[\"signal\"],o[\"signal_name\"],o[\"code\"]"),
				   as, ns),
				"signal None 9 SIGKILL 137\n");
			assert_says(sh("cd /; %scordon run %s sh -c 'kill -TERM $$'; echo code=$?",
				       as, ns),
				    "code=143");
			assert_says(
				sh("cd /; %scordon run %s --time 1 --json - sleep 30 | " JQ(
					   "o[\"reason\"],o[\"signal_name\"],o[\"code\"],o[\"wall_usec\"]>=1000000"),
				   as, ns),
				"time SIGKILL 137 True\n");
			assert_says(
				sh("cd /; %scordon run %s --set LimitCPU=1 --json - sh -c 'while :; do :; done' | " JQ(
					   "o[\"reason\"],o[\"user_usec\"]+o[\"system_usec\"]>100000"),
				   as, ns),
				"time True\n");
			assert_says(
				sh("cd /; %scordon run %s --set SystemCallFilter=~mkdir:kill --set SystemCallFilter=~mkdirat:kill --json - mkdir /tmp/d | " JQ(
					   "o[\"reason\"],o[\"signal_name\"],o[\"code\"]"),
				   as, ns),
				"filter SIGSYS 159\n");
			assert_says(
				sh("cd /; %scordon run %s --json - python3 -c 'x=bytearray(100<<20)' | " JQ(
					   "100000<o[\"max_rss_kib\"]<200000,o[\"pid\"]>1"),
				   as, ns),
				"True True\n");
			assert_says(sh("cd /; %scordon run %s --report sh -c 'exit 3'; echo code=$?",
				       as, ns),
				    "exited with status 3; wall ");
		}
	}
	for (unsigned user = 0; user < 2; user++) {
		const char *as = user ? BOB "cordon run" : "cordon run";

		/* killed by a thread, while other threads wait in allowed calls */
		assert_says(
			sh("cd /; %s --set SystemCallFilter=~mkdir:kill --name-call --json - python3 -c 'import threading,os,time\n"
			   "threading.Thread(target=time.sleep,args=(20,)).start()\nthreading.Thread(target=os.mkdir,args=(\"/tmp/y\",)).start()' | " JQ(
				   "o[\"reason\"],o[\"call\"],o[\"code\"]"),
			   as),
			"filter mkdir 159\n");
		assert_says(sh("cd /; %s --name-call --json - sh -c 'kill -SYS $$' | " JQ(
				       "o[\"signal_name\"],o.get(\"call\")"),
			       as),
			    "SIGSYS None\n");
		assert_says(
			sh("cd /; %s --name-call sh -c 'trap \"echo got; exit 9\" TERM; (exit 3); kill -TERM $$; sleep 5'; echo code=$?",
			   as),
			"got\ncode=9");
	}
	assert_says(sh("cd /; cordon run --namespaces user --name-call true"),
		    "requires a pid namespace");
	assert_says(
		sh("cd /tmp; cordon run --namespaces user --chdir /tmp --json - sh -c 'kill -QUIT $$' | " JQ(
			"o[\"signal_name\"],o[\"core_dumped\"] in (True,False)")),
		"SIGQUIT True\n");
	assert_says(
		sh("cd /; cordon run --json /tmp/r.json sh -c 'echo out; exit 4'; echo code=$?; " JQ(
			"o[\"code\"]") " </tmp/r.json"),
		"out\ncode=4\n4\n");
	assert_says(sh("cd /; cordon run --json - nosuch 2>/dev/null | " JQ(
			    "o[\"reason\"],o[\"step\"],o[\"errno\"],o[\"code\"],o[\"error\"]")),
		    "exec find ENOENT 127 nosuch: command not found\n");
	assert_says(
		sh("cd /; cordon run --uid-map 0:1:1,0:1:1 --gid-map 0:1:1 --uid 0 --gid 0 --json - true 2>/dev/null | " JQ(
			"o[\"reason\"],o[\"step\"],o[\"errno\"],o[\"code\"]")),
		"setup map EINVAL 125\n");
	assert_says(sh("cd /; cordon run --json /no/such true; echo code=$?"), "code=125");
	assert_says(sh("cd /; cordon run --json - true >/dev/full; echo code=$?"), "code=125");
	/* processes that the program leaves end with it */
	assert_says(
		sh("cd /; cordon run sh -c 'setsid sleep 1234 >/dev/null 2>&1 & (trap \"\" TERM HUP; sleep 1235) >/dev/null 2>&1 & exit 0'; pgrep -x sleep; echo code=$?"),
		"code=1");
	/* orphans are reaped while it runs */
	assert_says(
		sh("cd /; cordon run sh -c 'for i in 1 2 3 4 5; do (sleep 0.1 & ) ; done; sleep 1; ps -eo stat= | grep -c Z; true'"),
		"0\n");
}

/*
 * The counter is a file that the program writes, because a real one would need a memory cgroup of this
 * machine.
 */
static void memory(void **state)
{
	static const struct {
		const char *version, *dir, *field, *file;
	} rows[] = { { "v2", "/sys/fs/cgroup", "0:", "memory.events" },
		     { "v1", "/sys/fs/cgroup/memory", "[0-9]*:memory", "memory.oom_control" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char start[1024];

		if (sh("grep -q '^%s:' /proc/self/cgroup", rows[i].field).code != 0) {
			print_message("no cgroup %s here: its counter is not tried\n",
				      rows[i].version);
			continue;
		}
		(void)snprintf(
			start, sizeof start,
			"mount -t tmpfs none /sys/fs/cgroup && trap 'umount /sys/fs/cgroup' EXIT; cd /;"
			"d=%s$(sed -n 's/^%s://p' /proc/self/cgroup); mkdir -p $d;",
			rows[i].dir, rows[i].field);
#define RUN \
	"cordon run --json /tmp/r.json sh -c '%s; kill -%s $$' >$d/%s; " JQ( \
		"o[\"reason\"],o[\"signal_name\"],o[\"code\"]") " </tmp/r.json"
		assert_says(sh("%s" RUN, start, "echo oom_kill 4", "KILL", rows[i].file),
			    "memory SIGKILL 137\n");
		assert_says(sh("%s" RUN, start, "true", "KILL", rows[i].file),
			    "signal SIGKILL 137\n");
		assert_says(sh("%s" RUN, start, "echo oom_kill 4", "TERM", rows[i].file),
			    "signal SIGTERM 143\n");
#undef RUN
	}
}

static void streams(void **state)
{
	(void)state;
	assert_says(sh("cd /; cordon run --stream sh -c 'echo out; echo err >&2' 2>/dev/null"),
		    "out\n");
	assert_silent(sh("cd /; cordon run --stream sh -c 'echo out; echo err >&2' 2>/dev/null"),
		      "err");
	assert_says(sh("cd /; cordon run --stream printf 'no newline'; echo '|'"), "no newline|");
	assert_says(
		sh("cd /; head -c 20000000 /dev/urandom >/srv/random; cordon run --stream cat /srv/random | cmp - /srv/random && echo same"),
		"same");
	assert_says(
		sh("cd /; cordon run --stream sh -c 'cat /srv/random; cat /srv/random >&2' 2>/tmp/err | cmp - /srv/random && cmp /tmp/err /srv/random && echo same"),
		"same");
	assert_says(
		sh("cd /; cordon run --stream cat /srv/random | (while dd bs=64k count=8 2>/dev/null | grep -q .; do sleep 0.01; done; cat) >/dev/null; echo done"),
		"done");
	assert_says(
		sh("cd /; cordon run --stream cat /srv/random | (sleep 1; cmp - /srv/random && echo same)"),
		"same"); /* a slow reader */
	/* both streams are full, and reading one after the other does not block */
	assert_says(
		sh("cd /; mkfifo /tmp/o /tmp/e; cordon run --stream sh -c 'head -c 1M /dev/zero & head -c 1M /dev/zero >&2; wait' >/tmp/o 2>/tmp/e &"
		   "exec 3</tmp/o 4</tmp/e; sleep 1; head -c 1048576 <&4 | wc -c; wc -c <&3; wait; echo done"),
		"1048576\n1048576\ndone");
	/* the reader of one stream goes away: the other stream goes on */
	assert_says(
		sh("cd /; cordon run --stream sh -c 'trap \"\" PIPE; i=0; while [ $i -lt 2000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done 2>/dev/null; echo still here >&2' 2>/tmp/err | head -c 10; cat /tmp/err"),
		"still here");
	assert_says(sh("cd /; cordon run --stream yes | head -1; echo done"), "done");
	assert_says(sh("cd /; cordon run --stream echo lost >/dev/full; echo code=$?"), "code=125");
	assert_says(sh("cd /; echo by-stdin | cordon run --stream cat"), "by-stdin");
	/* JSON lines: each is valid with whole characters, and nothing is lost */
	assert_says(
		sh("cd /; cordon run --stream --json - sh -c 'printf \"\\303\"; sleep 0.3; printf \"\\251\\n\"; echo e >&2' | python3 -c '"
		   "import json,sys\nL=[json.loads(l) for l in sys.stdin]\nprint([(l[\"stream\"],l.get(\"data\")) for l in L[:-1]], L[-1][\"stdout\"][\"bytes\"], all(l[\"time\"][-1]==\"Z\" for l in L[:-1]))'"),
		"[('stdout', '\u00e9\\n'), ('stderr', 'e\\n')] 3 True");
	assert_says(
		sh("cd /; cordon run --stream --json - sh -c 'cat /srv/random & cat /srv/random >&2; wait' | python3 -c '"
		   "import json,sys,base64\nr=open(\"/srv/random\",\"rb\").read()\nd={\"stdout\":bytearray(),\"stderr\":bytearray()}\n"
		   "L=[json.loads(l) for l in sys.stdin]\n"
		   "for l in L[:-1]: d[l[\"stream\"]]+=l[\"data\"].encode() if \"data\" in l else base64.b64decode(l[\"base64\"])\n"
		   "print(d[\"stdout\"]==r, d[\"stderr\"]==r)'"),
		"True True");
}

static void captured(void **state)
{
	(void)state;
	assert_says(
		sh("cd /; cordon run --capture --json - sh -c 'echo out; echo err >&2' | " JQ(
			"o[\"stdout\"][\"data\"],o[\"stderr\"][\"data\"],o[\"stdout\"][\"dropped\"]")),
		"out\n err\n 0\n");
	assert_says(sh("cd /; cordon run --capture sh -c 'echo out; echo err >&2'; echo code=$?"),
		    "out\nerr\ncode=0");
	assert_says(
		sh("cd /; cordon run --capture --json - head -c 5000000 /dev/zero | " JQ(
			"o[\"stdout\"][\"bytes\"],o[\"stdout\"][\"dropped\"],len(o[\"stdout\"][\"data\"])")),
		"5000000 3951424 1048576\n");
	assert_says(
		sh("cd /; cordon run --capture --json - cat /srv/random | python3 -c 'import json,sys,base64; o=json.load(sys.stdin); print(base64.b64decode(o[\"stdout\"][\"base64\"])==open(\"/srv/random\",\"rb\").read(1<<20))'"),
		"True");
	assert_says(sh("cd /; cordon run --capture head -c 2000000 /dev/zero | wc -c"), "1048576");
	assert_says(sh("cd /; cordon run --capture head -c 2000000 /dev/zero 2>&1 >/dev/null"),
		    "951424 bytes of stdout were dropped");
}

/* Writes ten gibibytes, and measures the memory. */
static void much(void **state)
{
	(void)state;
	(void)sh(
		"cat >/tmp/much.py <<'END'\nimport subprocess, resource\n"
		"p = subprocess.Popen(['cordon','run','--chdir','/','--stream','head','-c','10G','/dev/zero'], stdout=subprocess.PIPE)\n"
		"n = 0\nwhile True:\n    d = p.stdout.read1(1 << 20)\n    if not d: break\n    n += len(d)\n"
		"peak = [int(l.split()[1]) for l in open('/proc/%%d/status' %% p.pid) if l.startswith('VmHWM')] if p.poll() is None else []\n"
		"print(n, p.wait(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 65536)\nEND\n"
		"python3 /tmp/much.py >/tmp/much 2>&1 &");
	for (unsigned i = 0; i < 200; i++)
		if (strstr(sh("sleep 1; cat /tmp/much").text, "\n") != NULL)
			break;
	assert_says(sh("cat /tmp/much"), "10737418240 0 True");
}

static void signals(void **state)
{
	(void)state;
	for (unsigned direct = 0; direct < 2; direct++) {
		const char *ns = direct ? "--namespaces user,mnt" : "";

		/* to us alone, from our own process group as well: passed on */
		assert_says(
			sh("cd /; cordon run %s sh -c 'trap \"echo got; exit 9\" TERM; while :; do sleep 0.1; done' & sleep 1; kill $!; wait $!; echo code=$?",
			   ns),
			"got\ncode=9");
		assert_says(
			sh("cd /; cordon run %s sh -c 'trap \"echo usr\" USR1; while :; do sleep 0.1; done' & sleep 1; kill -USR1 $!; sleep 0.5; kill $!; wait $!; echo code=$?",
			   ns),
			"usr\ncode=143");
		assert_says(
			sh("cd /; " BOB
			   "cordon run %s sh -c 'trap \"echo got; exit 9\" INT; while :; do sleep 0.1; done' & sleep 1; kill -TERM $!; wait $!; echo code=$?",
			   ns),
			"code=143");
		/* cordon is killed: no process stays */
		assert_says(
			sh("cd /; cordon run %s sleep 1236 & sleep 1; kill -9 $!; sleep 0.5; pgrep -x sleep; echo code=$?",
			   ns),
			"code=1");
	}
	/* to PID 1, from outside and inside */
	assert_says(
		sh("cd /; cordon run sh -c 'trap \"echo got; exit 9\" TERM; while :; do sleep 0.1; done' & sleep 1; kill $(pgrep -P $!); wait $!; echo code=$?"),
		"got\ncode=9");
	assert_says(sh("cd /; cordon run sh -c 'kill -KILL 1; kill -STOP 1; echo alive'"), "alive");
	/* PID 1 is killed: cordon ends and reports it */
	assert_says(
		sh("cd /; cordon run --report sleep 1237 & sleep 1; kill -9 $(pgrep -P $!); wait $!; echo code=$?; pgrep -x sleep"),
		"code=137");
	assert_says(sh("cd /; timeout 1 cordon run sleep 1238; echo code=$?; pgrep -x sleep"),
		    "code=124");
	assert_says(
		sh("cd /; timeout --foreground 1 cordon run sleep 1238; echo code=$?; pgrep -x sleep"),
		"code=124");
	assert_says(
		sh("cd /; trap '' USR2; cordon run sh -c 'grep -E \"SigBlk|SigIgn\" /proc/self/status'"),
		"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000");
}

#define EXPECT(body) \
	"expect -c 'set timeout 20; log_user 1; spawn env {PS1=P> } bash --norc --noprofile; expect {P> }; " body \
	"'"
#define SEND(text) "send \"" text "\\r\"; "

static void terminal(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		static const char *const hows[] = { "cordon run", "cordon run --namespaces user,mnt",
						    BOB "cordon run", "cordon run --name-call" };
		const char *how = hows[i];

		/* ^Z stops the program and the shell sees it, fg continues it, ^C ends it */
		assert_says(
			sh("cd /; " EXPECT(
				   SEND("%s sleep 77") "sleep 1.5; send \\032; expect Stopped; " SEND("jobs") "expect {sleep 77}; " SEND("fg") "expect {sleep 77}; sleep 0.5; send \\003; sleep 0.7; expect {P> }; " SEND(
					   "echo status=\\$?") "expect status=130; " SEND("exit 5") "expect eof; exit [lindex [wait] 3]") "; echo code=$?",
			   how),
			"code=5");
		if (i == 1 || i == 3)
			continue; /* as the other ones */
		/* a job-control shell inside, ^Z and fg in it, and the terminal is ours again afterwards */
		assert_says(
			sh("cd /; " EXPECT(SEND("%s bash --norc --noprofile") "expect {P> }; " SEND("tty; sleep 78") "expect pts; sleep 1; send \\032; expect Stopped; " SEND("fg") "expect {sleep 78}; sleep 0.5; send \\003; sleep 0.7; expect {P> }; " SEND(
				   "exit 3") "expect exit; expect {P> }; " SEND("echo status=\\$?") "expect status=3; " SEND("cat") "sleep 0.3; " SEND("echoed") "expect echoed; send \\003; sleep 0.7; " SEND("exit 5") "expect eof; exit [lindex [wait] 3]") "; echo code=$?",
			   how),
			"code=5");
	}
	assert_says(
		sh("cd /; " EXPECT(
			SEND("cordon run cat | cat") "sleep 1; " SEND("hello") "expect hello; expect hello; send \\003; sleep 0.7; expect {P> }; " SEND(
				"exit 5") "expect eof; exit [lindex [wait] 3]") "; echo code=$?"),
		"code=5");
	assert_says(sh("cd /; script -qec 'cordon run tty' /dev/null"), "/dev/pts/");
	/* the terminal goes away: the session leader gets SIGHUP, and everything ends */
	assert_says(
		sh("cd /; python3 -c '"
		   "import os,pty,time\npid,fd=pty.fork()\nif pid==0: os.execvp(\"cordon\",[\"cordon\",\"run\",\"sleep\",\"1239\"])\n"
		   "time.sleep(1.5); os.close(fd); print(os.waitpid(pid,0)[1]>>8)'; pgrep -x sleep; echo code=$?"),
		"129\ncode=1");
}

/* Processes that nobody in the program waits for, orphans and those that are killed at the end. */
static void every_process_is_counted(void **state)
{
	static const struct {
		const char *option, *then;
	} ways[] = { { "", "exec sleep 60" }, { "--namespaces none", ":" } };

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		assert_says(
			sh("cd /tmp; cordon run %s --json usage -- sh -c '"
			   "(sh -c \"i=0; while [ \\$i -lt 200000 ]; do i=\\$((i+1)); done; echo; %s\" &) | head -n 1; sleep 0.3';"
			   "python3 -c 'import json; u=json.load(open(\"usage\")); print(\"counted\" if u[\"user_usec\"] > 20000 else u)'",
			   ways[i].option, ways[i].then),
			"counted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_process_is_counted),
		cmocka_unit_test(signal_state),
		cmocka_unit_test(results),
		cmocka_unit_test(memory),
		cmocka_unit_test(streams),
		cmocka_unit_test(captured),
		cmocka_unit_test(signals),
		cmocka_unit_test(terminal),
		cmocka_unit_test(much),
	};

	if (getenv("ONLY") != NULL)
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("run_end", tests, NULL, NULL);
}
