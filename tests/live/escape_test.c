/* SPDX-License-Identifier: Apache-2.0 */
/* escape_test.c - attacks on the confinement, from inside and from beside a session */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* In a session with an empty rule, @command prints @wanted, or with '!' does not print it. */
static const struct {
	const char *command, *wanted;
} tries[] = {
	/* what is on */
	{ "cat /proc/self/status", "CapBnd:\t0000000000000000" },
	{ "cat /proc/self/status", "CapEff:\t0000000000000000" },
	{ "cat /proc/self/status", "NoNewPrivs:\t1" },
	{ "cat /proc/self/status", "Seccomp:\t2" },
	{ "ps -e --no-headers | grep -v -E 'ps|bash|grep|sshd|wc'; echo only us", "!cordon" },
	{ "cat /proc/self/uid_map", "0          0 4294967295" },
	/* E15: descriptors */
	{ "ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 " }, /* 3: ls reading the directory */
	/* E17: the shell's own file */
	{ "echo x >/bin/bash", "Read-only file system" },
	{ "ls -l /run/cordon/cordonsh /run/cordon/sock 2>&1 | grep -c 'No such'", "2" },
	/* E19, E20: terminal injection, with a bit above the 32 as well */
	{ "python3 -c 'import fcntl; fcntl.ioctl(0, 0x5412, b\"x\")'", "Operation not permitted" },
	{ "python3 -c 'import ctypes; l=ctypes.CDLL(None, use_errno=True); print(l.syscall(16, 0, ctypes.c_ulong(0x100005412), b\"x\"), ctypes.get_errno())'",
	  "-1 1" },
	{ "python3 -c 'import fcntl; fcntl.ioctl(0, 0x541C, b\"x\")'", "Operation not permitted" },
	/* E22: abstract sockets */
	{ "python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.connect(\"\\0host-secret\")'",
	  "Connection refused" },
	{ "cat /proc/net/unix", "!host-secret" },
	/* E23, E24 */
	{ "ls /run/dbus /run/systemd /run/docker.sock /run/host 2>&1 | grep -c 'No such'", "4" },
	{ "ls -A /run/user /run/user/2001", "/run/user:\n2001\n\n/run/user/2001:\n" },
	{ "echo $DBUS_SESSION_BUS_ADDRESS$XDG_RUNTIME_DIR.", "/run/user/2001." },
	/* E25 */
	{ "ipcs -m; ls /dev/mqueue", "!0x00001234" },
	{ "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print(l.syscall(250, 0, -3, 0), ctypes.get_errno())'",
	  "!0 0" },
	/* E27: the host through /proc */
	{ "ls /proc/1/root/ /proc/1/cwd/ 2>&1; true", "!srv" },
	{ "nsenter -t 1 -m id; nsenter --net=/proc/1/ns/net id", "!uid=" },
	{ "ls /proc/self/root/", "home" },
	{ "ls /root /home/alice /boot /mnt 2>&1; true", "!authorized_keys" },
	{ "ls -a /home", "!alice" },
	/* E30: set-id and devices */
	{ "/srv/suid-id", "!uid=0" },
	{ "/srv/suid-id", "!euid=0" },
	{ "mknod ~/d b 8 0", "Operation not permitted" },
	{ "chmod u+s ~/.profile", "Operation not permitted" },
	{ "su -c id root </dev/null", "!uid=0" },
	/* E31: mounts */
	{ "mount -o remount,rw /", "!ok" },
	{ "umount -l /proc; umount /tmp; mount --bind / /tmp; ls /proc/self/status",
	  "/proc/self/status" },
	{ "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print([ (n,l.syscall(n,0,0,0,0,0), ctypes.get_errno()) for n in (165,166,155,161,428,429,430,432,442)])'",
	  "(165, -1, 1), (166, -1, 1), (155, -1, 1), (161, -1, 1), (428, -1, 1), (429, -1, 1), (430, -1, 1), (432, -1, 1), (442, -1, 1)" },
	/* the owner of the mounts is no user namespace that can be entered or queried (NS_GET_USERNS) */
	{ "python3 -c 'import fcntl; fcntl.ioctl(open(\"/proc/self/ns/mnt\"), 0xb701)'",
	  "PermissionError: [Errno 1]" },
	/* E33: kernel files */
	{ "echo x >/proc/sys/kernel/core_pattern; echo b >/proc/sysrq-trigger; hostname x; hostname",
	  "cordon-host" },
	/* E35: sockets */
	{ "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
	  "Address family not supported" },
	{ "python3 -c 'import socket; socket.socket(socket.AF_VSOCK, 1)'",
	  "Address family not supported" },
	{ "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 2222), 2)'",
	  "refused" },
	{ "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 22), 2)'",
	  "unreachable" },
	/* E36: namespaces */
	{ "unshare -Ur id; unshare -n id; unshare -m id", "!uid=" },
	{ "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print(l.syscall(435,0,0), ctypes.get_errno())'",
	  "-1 38" },
	{ "python3 -c 'import threading; t=threading.Thread(target=print, args=(\"thread\",)); t.start(); t.join()'",
	  "thread" },
	/* E37: other ABIs, unknown calls */
	{ "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print(l.syscall(9999), ctypes.get_errno())'",
	  "-1 38" },
	/* E38: dangerous calls: bpf perf_event_open userfaultfd kexec_load init_module reboot swapon settimeofday acct */
	{ "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print([(l.syscall(n,0,0,0,0,0), ctypes.get_errno()) for n in (321,298,323,246,175,169,167,164,163,425)])'",
	  "[(-1, 1), (-1, 1), (-1, 1), (-1, 1), (-1, 1), (-1, 1), (-1, 1), (-1, 1), (-1, 1), (-1, 1)]" },
	/* people's tools */
	{ "gdb -q -batch -ex run -ex bt /bin/true 2>&1", "exited normally" },
	{ "strace -f -o /tmp/t true && grep -c execve /tmp/t", "1" },
	{ "cd /tmp && printf 'int main(void){return 3;}' >a.c && gcc a.c -o a && ./a; echo $?", "3" },
	{ "tmux new-session -d -s t 'sleep 5' && tmux ls", "t: 1 windows" },
	{ "git init -q /tmp/g && echo fine", "fine" },
	{ "getent hosts localhost && getent passwd alice | cut -d: -f1 && id -nG", "bob project" },
	{ "man -P cat ls | head -3", "LS(1)" },
	{ "ls -ld /etc | cut -d' ' -f3", "root" },
};

static void from_inside(void **state)
{
	unsigned failed = 0;

	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		const struct out o = as_bob(tries[i].command);
		const char *wanted = tries[i].wanted;

		if (o.code >= 0 && (wanted[0] == '!' ? silent(o, wanted + 1) : says(o, wanted)))
			continue;
		print_message("^ %s\n\n", tries[i].command);
		failed++;
	}
	assert_int_equal(failed, 0);
}

/* A process of the same uid that was started before there was a rule. */
static void from_beside(void **state)
{
	(void)state;
	rule_set("");
	(void)sh(SSH "-f bob@h 'exec sleep 20'; sleep 0.7");
	assert_says(
		sh("setpriv --reuid 2001 --regid 2001 --clear-groups --inh-caps=-all sh -c '"
		   "p=$(pgrep -x sleep | head -1); echo pid=$p; ls /proc/$p/root/ /proc/$p/fd; cat /proc/$p/environ; "
		   "readlink /proc/$p/ns/user || echo no-ns; nsenter -t $p -U id; nsenter -t $p -m id; "
		   "gdb -q -batch -p $p 2>&1'"),
		"no-ns");
	assert_silent(
		sh("setpriv --reuid 2001 --regid 2001 --clear-groups sh -c '"
		   "p=$(pgrep -x sleep | head -1); nsenter -t $p -U id; nsenter -t $p -m id; cat /proc/$p/environ'"),
		"uid=");
	(void)sh("pkill -x sleep");
	assert_true(wait_gone(5));
}

static void another_shell(void **state)
{
	(void)state;
	rule_set("");
	assert_silent(sh("su -s /usr/bin/python3 bob -c 'print(6*7)'"), "42");
	assert_silent(sh("su -s /usr/lib/openssh/sftp-server bob; echo id | su -s /usr/bin/perl bob"),
		      "uid=");
	assert_says(sh("su -s /bin/sh bob -c 'cat /proc/self/status'"), "NoNewPrivs:\t1");
	assert_says(sh("SHELL=/bin/dash su -m bob -c 'cat /proc/self/status'"), "NoNewPrivs:\t1");
	assert_says(sh("su --session-command 'cat /proc/self/status' bob"), "Seccomp:\t2");
}

static void what_sshd_starts(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("printf 'grep NoNewPrivs: /proc/self/status >/home/bob/rc.out\\n' >/home/bob/.ssh/rc; "
		   "chown bob: /home/bob/.ssh/rc")
			.code,
		0);
	(void)as_bob("true");
	assert_says(sh("cat /home/bob/rc.out; rm /home/bob/.ssh/rc"), "NoNewPrivs:\t1");
	assert_int_equal(
		sh("printf 'grep NoNewPrivs: /proc/self/status >/home/bob/sshrc.out\\n' >/etc/ssh/sshrc")
			.code,
		0);
	(void)as_bob("true");
	assert_says(sh("cat /home/bob/sshrc.out; rm /etc/ssh/sshrc"), "NoNewPrivs:\t1");
}

static void environment(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("echo 'echo pwned' >/home/bob/x; sed 's/^AcceptEnv.*/AcceptEnv */;$a PermitUserEnvironment yes' /run/host/sshd_config >/run/host/open && "
		   "/usr/sbin/sshd -f /run/host/open -p 2224")
			.code,
		0);
	assert_silent(sh("BASH_ENV=/home/bob/x LD_PRELOAD=/tmp/none.so LD_DEBUG=all PYTHONSTARTUP=x "
			 "ssh -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -p 2224 "
			 "-o 'SendEnv=BASH_ENV LD_* PYTHON*' bob@h env"),
		      "pwned");
	assert_silent(sh("export BASH_ENV=/home/bob/x PYTHONSTARTUP=x; "
			 "ssh -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -p 2224 "
			 "-o 'SendEnv=BASH_ENV LD_* PYTHON*' bob@h env"),
		      "PYTHONSTARTUP");
	assert_silent(sh("LD_PRELOAD=/tmp/none.so su -m bob -c env 2>/dev/null"), "LD_PRELOAD");
	/* not even if a rule passes them; only variables that the rule itself sets stay */
	rule_set("PassEnvironment=LD_* PYTHON* OWN\nEnvironment=GIT_EDITOR=vi");
	assert_string_equal(
		sh("LD_PRELOAD=/tmp/none.so PYTHONSTARTUP=x OWN=kept su -m bob -c env 2>/dev/null |"
		   "grep -E '^(LD_|PYTHON|OWN|GIT_)' | sort")
			.text,
		"GIT_EDITOR=vi\nOWN=kept\n");
}

#define LOOK "id; grep NoNewPrivs: /proc/self/status"

/* An attacker calls cordonsh: each call is refused or confined. */
static void hostile_calls(void **state)
{
	static const char *const calls[] = {
		"exec -a '' /usr/bin/cordonsh",
		"exec -a - /usr/bin/cordonsh -c '" LOOK "'",
		"/usr/bin/cordonsh --help",
		"/usr/bin/cordonsh -c",
		"ulimit -n 3; /usr/bin/cordonsh -c '" LOOK "'",
		"ulimit -f 0; /usr/bin/cordonsh -c '" LOOK "'",
		"/usr/bin/cordonsh -c '" LOOK "' <&- >&- 2>&-",
	};

	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		char command[256];
		struct out o;

		/* outside of any session there is no keeper and no capability */
		(void)snprintf(command, sizeof command,
			       "setpriv --reuid 2001 --regid 2001 --clear-groups bash -c \"%s\"",
			       calls[i]);
		o = sh("%s", command);
		assert_true(strstr(o.text, "uid=") == NULL || says(o, "NoNewPrivs:\t1"));
		/* inside, the program stays as confined as before, or does not run */
		(void)snprintf(command, sizeof command, "%s; grep NoNewPrivs: /proc/self/status",
			       calls[i]);
		assert_int_not_equal(as_bob(command).code, -1);
	}
	assert_int_equal(as_bob("cordonsh -c 'exit 3'").code, 3);
	assert_silent(sh("ulimit -n 4; su bob -c id"), "Segmentation");
#ifndef __SANITIZE_ADDRESS__ /* AddressSanitizer has no room within this limit */
	assert_silent(sh("ulimit -v 20000; su bob -c id"), "Segmentation");
#endif
	assert_says(sh("su bob -c 'readlink /proc/self/fd/0 /proc/self/fd/1' <&- 2>&-"), "/");
	assert_says(
		sh("trap '' CHLD PIPE TERM; su bob -c 'grep -E \"SigIgn|SigBlk\" /proc/self/status'"),
		"SigBlk:\t0000000000000000");
	assert_true(wait_gone(5));
}

static void cron_is_refused(void **state)
{
	(void)state;
	rule_set("");
	(void)sh("printf '@include common-account\\nsession required pam_permit.so\\nauth required pam_permit.so\\n' >/etc/pam.d/crontest");
	assert_int_not_equal(sh("pamtester crontest bob acct_mgmt").code, 0);
	assert_int_equal(sh("pamtester crontest alice acct_mgmt").code, 0);
	assert_int_equal(sh("pamtester crontest root acct_mgmt").code, 0);
}

static int prepare(void **state)
{
	(void)state;
	return sh("cp /usr/bin/id /srv/suid-id && chmod 4755 /srv/suid-id; ipcmk -M 4096 >/dev/null;" HOST_SECRET)
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_inside),	   cmocka_unit_test(from_beside),
		cmocka_unit_test(another_shell),   cmocka_unit_test(what_sshd_starts),
		cmocka_unit_test(environment),	   cmocka_unit_test(hostile_calls),
		cmocka_unit_test(cron_is_refused),
	};

	return cmocka_run_group_tests_name("escape", tests, prepare, NULL);
}
