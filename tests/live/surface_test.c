/* SPDX-License-Identifier: Apache-2.0 */
/* surface_test.c - the kernel surface by real calls: see surface/calls.c, which makes them */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Opens everything that directives about the kernel surface can open. */
#define OPEN \
	"RestrictNamespaces=no\nLockPersonality=no\nRestrictRealtime=no\nRestrictSUIDSGID=no\n" \
	"RestrictAddressFamilies=any\nMemoryDenyWriteExecute=no\nSystemCallFilter=@unrestricted"

/* A call of the probe, with its answer under an empty rule and under OPEN; "" for any answer. */
static const struct {
	const char *call, *shut, *open;
} calls[] = { { "tiocsti", "EPERM", "EPERM" },
	      { "tiocsti-high", "EPERM", "EPERM" },
	      { "tiocsti-high-sign", "EPERM", "EPERM" },
	      { "tioclinux", "EPERM", "EPERM" },
	      { "tiocsetd", "EPERM", "EPERM" },
	      { "tiocgwinsz", "OK", "OK" },
	      { "unshare-user", "EPERM", "OK" },
	      { "unshare-net", "EPERM", "OK" },
	      { "unshare-time", "EPERM", "OK" },
	      { "clone-user", "EPERM", "OK" },
	      { "clone3", "ENOSYS", "EINVAL" },
	      { "setns-any", "EPERM", "EPERM" },
	      { "mmap-wx", "OK", "OK" },
	      { "mprotect-x", "OK", "OK" },
	      { "shmat-x", "OK", "OK" },
	      { "chmod", "EPERM", "OK" },
	      { "chmod-high", "EPERM", "OK" },
	      { "fchmod", "OK", "OK" },
	      { "fchmod-suid", "EPERM", "OK" },
	      { "fchmodat", "EPERM", "OK" },
	      { "fchmodat2", "EPERM", "" },
	      { "chmod-plain", "OK", "OK" },
	      { "creat", "EPERM", "OK" },
	      { "open-creat", "EPERM", "OK" },
	      { "openat-creat", "EPERM", "OK" },
	      { "openat-tmpfile", "EPERM", "OK" },
	      { "openat-plain", "OK", "OK" },
	      { "openat2", "ENOSYS", "OK" },
	      { "mknod", "EPERM", "OK" },
	      { "mknodat", "EPERM", "OK" },
	      { "personality-query", "OK", "OK" },
	      { "personality-linux", "OK", "OK" },
	      { "personality-no-aslr", "EPERM", "OK" },
	      { "personality-read-exec", "EPERM", "OK" },
	      { "sched-fifo", "EPERM", "EPERM" },
	      { "sched-batch", "OK", "OK" },
	      { "sched_setattr", "EPERM", "OK" },
	      { "prlimit-self", "OK", "OK" },
	      { "prlimit-by-id", "OK", "OK" },
	      { "prctl", "OK", "OK" },
	      { "traceme", "OK", "OK" },
	      { "socket-unix", "OK", "OK" },
	      { "socket-inet", "OK", "OK" },
	      { "socket-inet6", "OK", "OK" },
	      { "socket-netlink", "OK", "OK" },
	      { "socket-netlink-high", "OK", "OK" },
	      { "socket-diag", "EPROTONOSUPPORT", "OK" },
	      { "socket-uevent", "EPROTONOSUPPORT", "OK" },
	      { "socket-inet-packet", "EAFNOSUPPORT", "" },
	      { "socketpair-netlink", "EOPNOTSUPP", "EOPNOTSUPP" },
	      { "socketpair-unix", "OK", "OK" },
	      { "bpf", "EPERM", "" },
	      { "perf_event_open", "EPERM", "" },
	      { "userfaultfd", "EPERM", "" },
	      { "io_uring_setup", "EPERM", "" },
	      { "keyctl", "EPERM", "" },
	      { "add_key", "EPERM", "" },
	      { "request_key", "EPERM", "" },
	      { "mount", "EPERM", "" },
	      { "umount2", "EPERM", "" },
	      { "fsopen", "EPERM", "EPERM" },
	      { "open_tree", "EPERM", "" },
	      { "move_mount", "EPERM", "EPERM" },
	      { "mount_setattr", "EPERM", "" },
	      { "pivot_root", "EPERM", "EPERM" },
	      { "chroot", "EPERM", "" },
	      { "kexec_load", "EPERM", "" },
	      { "init_module", "EPERM", "" },
	      { "finit_module", "EPERM", "" },
	      { "delete_module", "EPERM", "" },
	      { "settimeofday", "EPERM", "" },
	      { "clock_settime", "EPERM", "" },
	      { "clock_adjtime", "EPERM", "" },
	      { "quotactl", "EPERM", "" },
	      { "acct", "EPERM", "EPERM" },
	      { "swapon", "EPERM", "EPERM" },
	      { "reboot", "EPERM", "EPERM" },
	      { "iopl", "EPERM", "" },
	      { "ioperm", "EPERM", "" },
	      { "open_by_handle_at", "EPERM", "" },
	      { "fanotify_init", "EPERM", "" },
	      { "syslog", "EPERM", "" },
	      { "sethostname", "EPERM", "EPERM" },
	      { "memfd_secret", "EPERM", "" },
	      { "modify_ldt", "EPERM", "" },
	      { "vhangup", "EPERM", "EPERM" },
	      { "unknown-1000", "ENOSYS", "ENOSYS" },
	      { "unknown-minus-1", "ENOSYS", "ENOSYS" },
	      { "unknown-minus-2", "ENOSYS", "ENOSYS" },
	      { "unknown-2000000", "ENOSYS", "ENOSYS" },
	      { "dumpable", "1", "1" },
	      { "securebits", "207", "207" } };

static void every_call(struct out o, bool open)
{
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		const char *want = open ? calls[i].open : calls[i].shut;
		char line[64];

		if (want[0] == '\0')
			continue;
		(void)snprintf(line, sizeof line, "%s=%s\n", calls[i].call, want);
		if (strncmp(o.text, line, strlen(line)) == 0)
			continue;
		(void)snprintf(line, sizeof line, "\n%s=%s\n", calls[i].call, want);
		if (strstr(o.text, line) == NULL) {
			print_message("wanted:%s", line);
			failed++;
		}
	}
	if (failed > 0)
		fail_msg("%s", o.text);
}

static void calls_by_an_empty_rule(void **state)
{
	(void)state;
	rule_set("");
	every_call(as_bob("/srv/calls"), false);
}

static void calls_by_an_open_rule(void **state)
{
	(void)state;
	rule_set(OPEN);
	every_call(as_bob("/srv/calls"), true);
}

/* cordon run by root and by the user allows the same calls. */
static void calls_by_cordon_run(void **state)
{
	static const char *const
		as_root = "cd / && cordon run --user bob ",
		*const as_user =
			"cd / && setpriv --reuid 2001 --regid 2001 --clear-groups cordon run ";

	(void)state;
	every_call(sh("%s -- /srv/calls", as_root), false);
	every_call(sh("%s -- /srv/calls", as_user), false);
	assert_says(sh("%s --set MemoryDenyWriteExecute=yes -- /srv/calls", as_user),
		    "mmap-wx=EPERM");
	assert_says(sh("%s --set SystemCallFilter=~mkdir:EROFS -- mkdir /tmp/x", as_user),
		    "Read-only file system");
	assert_int_equal(sh("%s -- /srv/calls int80", as_root).code, 159);
	assert_int_equal(sh("%s -- /srv/calls x32", as_user).code, 159);
}

static void write_and_execute(void **state)
{
	static const char *const refused[] = { "mmap-wx=EPERM",	   "mmap-wx-high=EPERM",
					       "mprotect-x=EPERM", "pkey_mprotect-x=EPERM",
					       "shmat-x=EPERM",	   "personality-read-exec=EPERM" };
	static const char *const allowed[] = { "mmap-rx=OK", "mprotect-rw=OK", "shmat=OK" };
	struct out o;

	(void)state;
	rule_set("MemoryDenyWriteExecute=yes");
	o = as_bob("/srv/calls");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_says(o, refused[i]);
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		assert_says(o, allowed[i]);
}

static void other_abis(void **state)
{
	(void)state;
	rule_set("");
	if (sh("/srv/i386").code != 0) {
		print_message("SKIPPED: this kernel runs no 32-bit programs\n");
		skip();
	}
	assert_says(as_bob("/srv/calls int80; echo code=$?"), "code=159"); /* SIGSYS */
	assert_says(as_bob("/srv/i386; echo code=$?"), "code=159");
	assert_says(as_bob("/srv/calls x32; echo code=$?"), "code=159");
	rule_set("SystemCallArchitectures=native x86");
	assert_says(as_bob("/srv/i386"), "i386 ran");
	assert_says(sh("cordon explain --all bob"), "32-bit programs: most cannot open a socket");
	assert_says(sh("cd /; cordon run --set SystemCallArchitectures=x86 /srv/i386"), "i386 ran");
	assert_says(sh("cd /; cordon run /srv/i386; echo code=$?"), "code=159");
	assert_says(as_bob("/srv/calls int80"), "int80=OK");
	assert_says(as_bob("/srv/calls x32; echo code=$?"), "code=159");
	rule_set("SystemCallArchitectures=native -x86 -arm64\nRestrictAddressFamilies=any");
	assert_silent(sh("cordon explain --all bob"), "cannot open a socket");
	if (sh("echo 'int socket(int, int, int); int main(void) { return socket(2, 1, 0) < 0; }' >/srv/s.c && gcc -m32 -o /srv/s32 /srv/s.c")
		    .code == 0) {
		assert_int_equal(as_bob("/srv/s32").code, 0);
		rule_set("SystemCallArchitectures=native x86");
		assert_int_equal(as_bob("/srv/s32").code, 1);
	} else {
		print_message(
			"SKIPPED: no gcc-multilib: sockets of 32-bit programs were not tried\n");
	}
	rule_set("SystemCallArchitectures=native x32");
	assert_says(as_bob("/srv/i386; echo code=$?"), "code=159");
	/* ENOSYS, where the kernel is built without */
	assert_says(as_bob("/srv/calls x32"), "x32=");
}

/* sshd's half has the session's uid, is in its process namespace and under no filter. */
static void the_other_half_of_the_connection(void **state)
{
	static const char *const rules[] = { "", OPEN, "PrivateUsers=no\n" OPEN,
					     "PrivatePIDs=no\nProtectProc=default\n" OPEN };
	static const char *const ways[] = {
		"seize=OK",	  "attach=OK", "process_vm_readv=OK", "process_vm_writev=OK",
		"pidfd_getfd=OK", "kcmp=OK",   "process_madvise=OK",  "mem=OK",
		"fd=OK",	  "environ=OK"
	};

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct out o;

		rule_set(rules[i]);
		o = as_bob("/srv/calls half $PPID");
		assert_says(o, "there=yes");
		assert_says(o, "process_vm_readv=EPERM");
		for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++)
			assert_silent(o, ways[k]);
		/* its limits can be changed, but not if the session uses the host's process ids */
		assert_says(o, strncmp(rules[i], "PrivatePIDs=no", 14) == 0 ? "prlimit=EPERM" :
									      "prlimit=OK");
	}
}

/* A session can change limits of its own processes by id, but not those of others. */
static void limits_by_process_id(void **state)
{
	static const char *const set =
		"python3 -c 'import os,resource as r; r.prlimit(os.getpid(), r.RLIMIT_NOFILE, (100, 200)); print(r.getrlimit(r.RLIMIT_NOFILE))'";

	(void)state;
	rule_set("");
	assert_says(as_bob(set), "(100, 200)");
	assert_says(as_bob("prlimit --pid $$ --nofile=64:64 && ulimit -Hn"), "64");
	assert_says(as_bob("prlimit --pid $$ --nofile=1000000:1000000"),
		    "Operation not permitted"); /* the kernel's own rule */
	assert_says(sh("cd /; cordon run --user bob -- %s", set), "(100, 200)");
	rule_set("PrivatePIDs=no\nProtectProc=default");
	assert_says(as_bob(set), "PermissionError");
	assert_says(sh("setpriv --reuid 2001 --regid 2001 --clear-groups sleep 60 & sleep 0.2; " SSH
		       "bob@h prlimit --cpu=1 --pid $!; kill $!"),
		    "Operation not permitted");
	assert_says(as_bob("ulimit -n 100 && ulimit -Hn"), "100");
}

/* Programs that tell a tracer or the kernel that a call is to be skipped, or keep capabilities. */
static void tracers_and_setpriv(void **state)
{
	(void)state;
	rule_set("");
	assert_says(as_bob("setpriv --no-new-privs true && echo worked"), "worked");
	if (sh("command -v proot").code != 0) {
		print_message("SKIPPED: proot is not installed\n");
		skip();
	}
	assert_says(as_bob("proot -0 id -u"), "0\n");
	assert_says(
		as_bob("mkdir -p r/usr && proot -b /usr -r r -w / /usr/bin/env -i /usr/bin/id -u; proot -r / -b /etc/hostname:/etc/issue cat /etc/issue | cmp - /etc/hostname && echo bound"),
		"bound");
}

static void channels_that_start(void **state)
{
	(void)state;
	rule_set(OPEN);
	assert_says(
		sh(SSH
		   "-o ControlMaster=auto -o ControlPath=/tmp/mux2 -o ControlPersist=20 bob@h true; "
		   "(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do " SSH
		   "-o ControlPath=/tmp/mux2 bob@h 'sleep 0.1'; done) & " SSH
		   "-o ControlPath=/tmp/mux2 bob@h '/srv/calls starting'; wait; ssh -o ControlPath=/tmp/mux2 -O exit h 2>/dev/null"),
		"cordonsh=0 others=some");
}

/* ptrace is allowed for processes of the session. */
static void debuggers_work(void **state)
{
	(void)state;
	rule_set("");
	assert_says(as_bob("sleep 60 & gdb -q -batch -p $! -ex 'info proc' 2>&1; kill $!"),
		    "exe = '/usr/bin/sleep'");
	assert_says(as_bob("sleep 60 & timeout -s INT 1 strace -p $! 2>&1; kill $!"), "detached");
	assert_says(as_bob("gdb -q -batch -ex 'break main' -ex run -ex 'info proc' /srv/calls 2>&1"),
		    "exe = '/srv/calls'");
}

static void capabilities(void **state)
{
	struct out o;

	(void)state;
	rule_set("CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_NET_RAW");
	o = as_bob("grep Cap /proc/self/status; /srv/capable-cat /etc/shadow");
	assert_says(o, "CapBnd:\t0000000000002004");
	assert_says(o, "CapPrm:\t0000000000000000");
	assert_says(o, "CapEff:\t0000000000000000");
	assert_says(o, "CapInh:\t0000000000000000");
	assert_says(o, "CapAmb:\t0000000000000000");
	assert_says(o, "/etc/shadow: Permission denied"); /* the file's capability is inert */
	/* outside, the capability has an effect, so the test can fail */
	assert_says(
		sh("setpriv --reuid 2002 --regid 2002 --clear-groups /srv/capable-cat /etc/shadow"),
		"root:");
	rule_set("");
	assert_says(as_bob("setpriv --dump"), "Capability bounding set: [none]");
	assert_says(as_bob("setpriv --securebits -noroot true; setpriv --dump"), "noroot_locked");
}

static void keyring(void **state)
{
	static const char *const from_root =
		"python3 -c 'import ctypes, os\n"
		"l=ctypes.CDLL(None)\n"
		"l.syscall(250, 1, 0)\n" /* a session keyring, and a key in it that whoever has it may read */
		"k=l.syscall(248, b\"user\", b\"cordon-test\", b\"x\", 1, -3)\n"
		"l.syscall(250, 5, k, ctypes.c_uint(0x3f3f3f3f)); l.syscall(250, 5, l.syscall(250, 0, -3, 0), ctypes.c_uint(0x3f3f3f3f))\n"
		"os.execvp(\"su\", [\"su\", \"bob\", \"-c\", \"/srv/search\"])'";

	(void)state;
	assert_int_equal(
		sh("printf '#!/usr/bin/python3\\nimport ctypes\\nl=ctypes.CDLL(None)\\n"
		   "print(\"found\" if l.syscall(250, 10, -3, b\"user\", b\"cordon-test\", 0) > 0 else \"nothing\")\\n' "
		   ">/srv/search; chmod 755 /srv/search")
			.code,
		0);
	rule_set("SystemCallFilter=~ -no_such_call\nSystemCallFilter=@default-session @keyring\nKeyringMode=inherit");
	assert_says(sh("%s", from_root), "found");
	rule_set("SystemCallFilter=@default-session @keyring\nKeyringMode=private");
	assert_says(sh("%s", from_root), "nothing");
}

static void address_families(void **state)
{
	(void)state;
	rule_set("RestrictAddressFamilies=~AF_INET6");
	assert_says(as_bob("/srv/calls"), "socket-inet6=EAFNOSUPPORT");
	assert_says(as_bob("/srv/calls"), "socket-inet=OK");
	rule_set("RestrictAddressFamilies=none");
	assert_says(as_bob("/srv/calls"), "socket-unix=EAFNOSUPPORT");
	assert_says(as_bob("/srv/calls"), "socketpair-unix=EAFNOSUPPORT");
	rule_set("RestrictAddressFamilies=any");
	assert_says(as_bob("/srv/calls"), "socket-netlink=OK");
	rule_set("RestrictAddressFamilies=AF_UNIX AF_NETLINK");
	assert_says(as_bob("/srv/calls"), "socket-diag=OK");
	assert_says(as_bob("/srv/calls"), "socket-inet=EAFNOSUPPORT");
	rule_set("RestrictAddressFamilies=AF_UNIX");
	assert_says(as_bob("/srv/calls"), "socket-netlink=EAFNOSUPPORT");
	rule_set("RestrictAddressFamilies=~AF_NETLINK");
	assert_says(as_bob("/srv/calls"), "socket-netlink=EAFNOSUPPORT");
}

static void namespaces_by_list(void **state)
{
	struct out o;

	(void)state;
	rule_set("RestrictNamespaces=user net");
	o = as_bob("/srv/calls");
	assert_says(o, "unshare-user=OK");
	assert_says(o, "unshare-net=OK");
	assert_says(o, "clone-user=OK");
	assert_says(o, "unshare-time=EPERM");
	rule_set("RestrictNamespaces=~user");
	o = as_bob("/srv/calls");
	assert_says(o, "unshare-user=EPERM");
	assert_says(o, "clone-user=EPERM");
}

static void core_files(void **state)
{
	static const char *const crash = "ulimit -Hc; cd /tmp; sh -c 'kill -SEGV $$'; ls /tmp";

	(void)state;
	rule_set("LimitCORE=0");
	assert_silent(as_bob(crash), "core");
	rule_set("LimitCORE=8M");
	assert_says(as_bob(crash), "8192");
}

static void what_is_logged(void **state)
{
	(void)state;
	rule_set("SystemCallLog=mkdir\nSystemCallFilter=~rmdir:kill");
	assert_int_equal(as_bob("mkdir ~/logged && ls -d ~/logged").code, 0);
	assert_says(as_bob("python3 -c 'import os; os.rmdir(\"/home/bob/logged\")'; echo code=$?"),
		    "code=159");
	assert_int_equal(sh("rmdir /home/bob/logged").code, 0);
}

/* ---- Landlock ---- */

static int landlock_abi(void)
{
	const struct out o =
		sh("cordon explain --all bob | sed -n 's/.*Landlock ABI \\([0-9]*\\).*/\\1/p'");

	return o.code == 0 ? atoi(o.text) : 0;
}

/* The channels of a connection share one domain: they see, signal and trace each other. */
static void channels_signal_each_other(void **state)
{
	static const char *const mux = SSH
		"-o ControlMaster=auto -o ControlPath=/tmp/mux -o ControlPersist=20 bob@h ";

	(void)state;
	rule_set("");
	assert_int_equal(sh("%s true", mux).code, 0);
	(void)sh("%s 'sleep 77 >/dev/null 2>&1 &'", mux);
	assert_int_equal(sh("%s 'pkill -f \"sleep 7[7]\" && echo killed'", mux).code, 0);
	(void)sh("%s 'sleep 78 >/dev/null 2>&1 &'", mux);
	assert_says(
		sh("%s 'gdb -q -batch -p $(pgrep -f \"sleep 7[8]\") -ex \"info proc\" 2>&1; ps x; pkill -f \"sleep 7[8]\"'",
		   mux),
		"exe = '/usr/bin/sleep'");
	assert_says(
		sh("%s 'set -m; sleep 50 & kill -STOP %%1; kill -CONT %%1; kill %%1; wait %%1; echo $?'",
		   mux),
		"143");
	(void)sh("ssh -o ControlPath=/tmp/mux -O exit h");
	assert_true(wait_gone(10));
}

static void scopes(void **state)
{
	(void)state;
	rule_set("PrivateNetwork=no");
	if (landlock_abi() < 6) {
		print_message("SKIPPED: Landlock before ABI 6\n");
		skip();
	}
	assert_says(
		as_bob("python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.connect(\"\\0host-secret\")'"),
		"Operation not permitted");
	/* within a session they work, and so do renames */
	assert_says(
		as_bob("python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.bind(\"\\0own\"); s.listen(); "
		       "c=socket.socket(socket.AF_UNIX); c.connect(\"\\0own\"); print(\"connected\")'; "
		       "mkdir -p ~/a ~/b; touch ~/a/f; mv ~/a/f ~/b/f && python3 -c 'import os; os.link(\"/home/bob/b/f\", \"/home/bob/a/g\"); print(\"linked\")'"),
		"connected\nlinked");
	rule_set("PrivatePIDs=no");
	assert_int_equal(
		sh("setpriv --reuid 2001 --regid 2001 --clear-groups sleep 3333 & echo $! >/srv/pid")
			.code,
		0);
	assert_says(as_bob("kill -0 $(cat /srv/pid); sleep 50 & kill $! && echo own"), "own");
	(void)as_bob("kill -9 -1"); /* kills all processes of bob, including sshd's part */
	assert_int_equal(sh("kill $(cat /srv/pid)").code, 0); /* the process still exists */
}

/* Other ways to use TCP that Landlock does not check. */
static void tcp_by_other_names(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	if (landlock_abi() < 4) {
		print_message("SKIPPED: Landlock before ABI 4\n");
		skip();
	}
	rule_set("SocketBindDeny=tcp\nSocketBindAllow=tcp:8080\nSocketConnectDeny=tcp\nSocketConnectAllow=tcp:8080\n"
		 "SystemCallFilter=@unrestricted");
	o = as_bob("/srv/calls");
	assert_says(o, "socket-mptcp=EPROTONOSUPPORT");
	assert_says(o, "send-fastopen=EOPNOTSUPP");
	assert_says(o, "sendmsg-fastopen=EOPNOTSUPP");
	assert_says(o, "send-plain=ENOTSOCK");
	assert_says(o, "io_uring_setup=EPERM");
	assert_says(o, "socket-inet=OK");
	assert_says(sh("cordon explain --all bob"), "connecting to other TCP ports");
	assert_says(
		sh("%s --set SocketConnectDeny=tcp -- python3 -c 'import socket; l=socket.socket(); "
		   "l.bind((\"127.0.0.1\", 8080)); l.listen(); socket.create_connection((\"127.0.0.1\", 8080))'",
		   "cd / && cordon run --user bob "),
		"Permission denied");
	rule_set("");
	assert_silent(as_bob("/srv/calls"), "send-fastopen=EOPNOTSUPP");
}

/* io_uring makes set-id files and sockets of any family without a filter noticing. */
static void rings(void **state)
{
	(void)state;
	rule_set("SystemCallFilter=@default-session @aio");
	assert_says(as_bob("/srv/calls"), "io_uring_setup=EPERM");
	rule_set("SystemCallFilter=@default-session @aio\nRestrictAddressFamilies=any");
	assert_says(as_bob("/srv/calls"), "io_uring_setup=EPERM");
	rule_set("SystemCallFilter=@default-session @aio\nRestrictSUIDSGID=no");
	assert_says(as_bob("/srv/calls"), "io_uring_setup=EPERM");
	rule_set("SystemCallFilter=@default-session @aio\nRestrictSUIDSGID=no\nRestrictAddressFamilies=any");
	assert_silent(as_bob("/srv/calls"), "io_uring_setup=EPERM");
}

/* A terminal that the view did not make can be opened again by name. */
static void terminals_are_writable(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh("script -qec \"chown bob \\$(tty); su - bob --session-command 'echo one >/dev/stderr; echo two >/dev/tty; stty size >/dev/null && echo three'\" /dev/null"),
		"one\r\ntwo\r\nthree");
	assert_says(
		sh(SSH
		   "-tt bob@h 'echo one >/dev/stderr; echo two >/dev/tty; stty size >/dev/null && echo three'"),
		"one\r\ntwo\r\nthree");
	assert_says(
		as_bob("echo one >/dev/stdout; echo x >/dev/null; cat </dev/zero | head -c 1 | wc -c"),
		"one\n1");
}

static void explained(void **state)
{
	(void)state;
	rule_set("PrivateNetwork=no\nPrivatePIDs=no");
	assert_says(sh("cordon explain --all bob"), "Landlock ABI ");
	assert_says(
		sh("cordon explain --json bob | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"landlock\"])'"),
		"writing outside");
	assert_says(sh("cordon syscalls bpf"), "not in @default-session: ");
	assert_says(sh("cordon syscalls @swap"), "swapon");
}

/* ---- kernels that lack something ---- */

static void kernel_without(const char *prefix, const char *rule, const char *missing)
{
	rule_set(rule);
	assert_says(sh("%s cordon check", prefix), missing);
	assert_says(sh("%s cordon explain --all bob", prefix), missing);
	assert_int_equal(sh(": >$HOST_LOG; %s su bob -c id", prefix).code != 0, 1);
	assert_silent(sh("%s su bob -c id", prefix), "uid=");
	assert_says(sh("cat $HOST_LOG"), missing);
	assert_says(sh("%s su alice -c id", prefix), "uid=2002");
	assert_says(sh("%s su root -c id", prefix), "uid=0");
}

static void old_kernels(void **state)
{
	(void)state;
	kernel_without("/srv/calls without 444", "", "Landlock ABI 2 (requires Linux 5.19 or later");
	kernel_without("/srv/calls without 442", "",
		       "mount_setattr(2) (requires Linux 5.12 or later)");
	assert_int_equal(sh("mount -t tmpfs none /proc/sys/vm").code, 0);
	kernel_without(
		"", "NoExecPaths=/srv",
		"50-bob.conf:5: NoExecPaths=: this kernel lacks vm.memfd_noexec for files in memory (requires Linux 6.3 or later)");
	/* with a '-' the paths are covered, files in memory not */
	rule_set("NoExecPaths=-/srv -/nowhere");
	assert_says(sh("su bob -c 'id; /srv/calls'"), "uid=2001");
	assert_says(sh("su bob -c /srv/calls"), "Permission denied");
	rule_set(""); /* without the directive, the login works */
	assert_says(sh("su bob -c id"), "uid=2001");
	assert_int_equal(sh("umount /proc/sys/vm").code, 0);
	rule_set("SystemCallFilter=@default-session -a_call_of_tomorrow"); /* optional: ignored */
	assert_says(sh("su bob -c id"), "uid=2001");
}

static int prepare(void **state)
{
	(void)state;
	return sh("cp $HOST_BUILD/tests/live/surface/calls $HOST_BUILD/tests/live/surface/i386 /srv/ && "
		  "cp /bin/cat /srv/capable-cat && setcap cap_dac_read_search+ep /srv/capable-cat && " HOST_SECRET)
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_by_an_empty_rule),
		cmocka_unit_test(calls_by_an_open_rule),
		cmocka_unit_test(calls_by_cordon_run),
		cmocka_unit_test(write_and_execute),
		cmocka_unit_test(other_abis),
		cmocka_unit_test(the_other_half_of_the_connection),
		cmocka_unit_test(limits_by_process_id),
		cmocka_unit_test(tracers_and_setpriv),
		cmocka_unit_test(channels_that_start),
		cmocka_unit_test(debuggers_work),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(keyring),
		cmocka_unit_test(address_families),
		cmocka_unit_test(namespaces_by_list),
		cmocka_unit_test(core_files),
		cmocka_unit_test(what_is_logged),
		cmocka_unit_test(channels_signal_each_other),
		cmocka_unit_test(scopes),
		cmocka_unit_test(tcp_by_other_names),
		cmocka_unit_test(rings),
		cmocka_unit_test(terminals_are_writable),
		cmocka_unit_test(explained),
		cmocka_unit_test(old_kernels),
	};

	return cmocka_run_group_tests_name("surface", tests, prepare, NULL);
}
