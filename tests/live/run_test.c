/* SPDX-License-Identifier: Apache-2.0 */
/* run_test.c - cordon run: namespaces, identity, look-up, order, results, limits; root and not */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOB "setpriv --reuid bob --regid bob --init-groups env HOME=/home/bob PATH=/usr/bin:/bin "

static const char *const words[] = { "mnt", "pid", "ipc", "uts", "net", "cgroup", "user", "time" };
enum { USER_BIT = 1 << 6, ALL = 256, BATCH = 32 };

static void list_of(unsigned mask, char *out, size_t size)
{
	out[0] = '\0';
	for (unsigned i = 0; i < 8; i++)
		if (mask & 1u << i)
			(void)snprintf(out + strlen(out), size - strlen(out), "%s%s",
				       out[0] != '\0' ? "," : "", words[i]);
	if (mask == 0)
		(void)snprintf(out, size, "none");
}

#define LINKS \
	"/proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/ipc /proc/self/ns/uts " \
	"/proc/self/ns/net /proc/self/ns/cgroup /proc/self/ns/user /proc/self/ns/time"

/* In each combination, exactly the requested namespaces are new. */
static void every_combination(const char *as, bool privileged)
{
	static char command[32768], host[1024];
	char *line, *save = NULL, *rest = NULL;
	unsigned refused = 0;

	(void)snprintf(host, sizeof host, "%s", sh("%sreadlink " LINKS " | tr '\\n' ' '", as).text);
	for (unsigned from = 0; from < ALL; from += BATCH) {
		command[0] = '\0';
		for (unsigned mask = from; mask < from + BATCH; mask++) {
			char list[128];

			list_of(mask, list, sizeof list);
			(void)snprintf(command + strlen(command), sizeof command - strlen(command),
				       "%scordon run --namespaces %s -- readlink " LINKS
				       " 2>&1 | tr '\\n' ' '; echo; ",
				       as, list);
		}
		free(rest);
		rest = strdup(sh("cd /; %s", command).text);
		assert_non_null(rest);
		line = strtok_r(rest, "\n", &save);
		for (unsigned mask = from; mask < from + BATCH;
		     mask++, line = strtok_r(NULL, "\n", &save)) {
			const bool may = privileged || mask == 0 || (mask & USER_BIT);
			char now[8][64], was[8][64], list[128];

			list_of(mask, list, sizeof list);
			assert_non_null(line);
			if (!may) {
				refused++;
				if (strstr(line, "namespaces require root or a user namespace") ==
				    NULL)
					fail_msg("%s: not refused by name: %s", list, line);
				continue;
			}
			if (sscanf(line, "%63s %63s %63s %63s %63s %63s %63s %63s", now[0], now[1],
				   now[2], now[3], now[4], now[5], now[6], now[7]) != 8)
				fail_msg("%s: %s", list, line);
			assert_int_equal(sscanf(host, "%63s %63s %63s %63s %63s %63s %63s %63s",
						was[0], was[1], was[2], was[3], was[4], was[5],
						was[6], was[7]),
					 8);
			for (unsigned i = 0; i < 8; i++)
				if ((strcmp(now[i], was[i]) != 0) != ((mask & 1u << i) != 0))
					fail_msg("%s: %s is %s, the caller's is %s", list, words[i],
						 now[i], was[i]);
		}
	}
	free(rest);
	assert_int_equal(refused, privileged ? 0 : 127);
}

static void namespaces_as_root(void **state)
{
	(void)state;
	every_combination("", true);
}

static void namespaces_as_user(void **state)
{
	(void)state;
	every_combination(BOB, false);
	/* if the kernel has no namespaces left, the message says so */
	assert_says(
		sh("cd /; " BOB
		   "unshare -Ur sh -c 'cordon run id -u; echo 0 >/proc/sys/user/max_user_namespaces; cordon run true; echo code=$?'"),
		"with user.max_user_namespaces above 0");
	assert_says(sh("cd /; cordon run --namespaces nonsense true; echo code=$?"), "code=125");
	assert_says(sh("cd /; cordon run --namespaces pid --set ReadOnlyPaths=/srv true"),
		    "ReadOnlyPaths=: requires a mount namespace");
}

static void identity(void **state)
{
	(void)state;
	assert_says(
		sh("cd /; cordon run --user bob -- sh -c 'id; echo $HOME $USER $SHELL'"),
		"uid=2001(bob) gid=2001(bob) groups=2001(bob),2990(project)\n/home/bob bob /bin/bash");
	assert_says(sh("cd /; cordon run --uid 4000 --gid 4001 -- id"),
		    "uid=4000 gid=4001 groups=4001\n");
	assert_says(sh("cd /; cordon run --uid 4000 -- id"), "add --gid NUMBER");
	assert_says(sh("cd /; cordon run --uid 4000 --gid 4001 --groups project,4005 -- id -G"),
		    "4001 2990 4005\n");
	assert_says(sh("cd /; cordon run --user bob --groups games --set PrivateUsers=self -- id -G"),
		    "2001 60 2990\n");
	assert_says(
		sh("cd /; cordon run --set OOMScoreAdjust=300 --set Nice=2 --set IOSchedulingClass=idle --set CPUAffinity=0 -- sh -c 'cat /proc/self/oom_score_adj; nice; ionice; nproc'"),
		"300\n2\nidle\n1\n");
	assert_says(sh("cd /; cordon run --groups nosuchgroup -- id"),
		    "--groups: there is no group 'nosuchgroup'");
	assert_says(sh("cd /; " BOB "cordon run --groups games id"), "--groups: requires root");
	assert_says(sh("cd /; cordon run --user nobody-here -- id"),
		    "there is no user 'nobody-here'");
	assert_says(sh("cd /; cordon run --user bob --uid 3 -- id"), "remove --uid and --gid");
	assert_says(
		sh("cd /; cordon run --user bob -- grep -E 'Cap|NoNew|Seccomp:' /proc/self/status"),
		"CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
		"CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2");
	/* an ordinary user keeps the own ids; settings that need root are refused by name */
	assert_says(
		sh("cd /; " BOB
		   "cordon run -- sh -c 'id -u; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups;"
		   "grep CapBnd /proc/self/status'"),
		"2001\n      2001       2001          1\n      2001       2001          1\ndeny\nCapBnd:\t0000000000000000");
	assert_says(sh("cd /; " BOB "cordon run --user alice id; echo code=$?"),
		    "--user: only root may");
	assert_says(sh("cd /; " BOB "cordon run --uid 0 --gid 0 id"), "--uid: only root may");
	assert_says(sh("cd /; " BOB "cordon run --set PrivateUsers=identity id"),
		    "PrivateUsers=: identity requires root");
	assert_says(sh("cd /; " BOB "cordon run --set PrivateUsers=self id -u"), "2001");
	assert_says(sh("cd /; " BOB "cordon run --setgroups allow id"),
		    "--setgroups: allow requires root");
	assert_says(sh("cd /; " BOB "cordon run --set NoExecPaths=/srv id"),
		    "NoExecPaths=: requires root");
	assert_says(sh("cd /; " BOB
		       "cordon run --namespaces none --set CapabilityBoundingSet=CAP_NET_RAW id"),
		    "CapabilityBoundingSet=: requires root");
	/* who owns the view's mounts: the host, out of reach of any capability inside; without root the program's own user namespace */
	for (unsigned user = 0; user < 2; user++)
		assert_says(
			sh("cd /; %scordon run python3 -c 'import fcntl,os; f=open(\"/proc/self/ns/mnt\"); "
			   "print(os.fstat(fcntl.ioctl(f, 0xb701)).st_ino == os.stat(\"/proc/self/ns/user\").st_ino)' 2>&1",
			   user ? BOB : ""),
			user ? "True" : "PermissionError: [Errno 1]");
	/* nobody else may enter or look into the namespace */
	assert_says(
		sh("cd /; cordon run --user bob -- sleep 30 & sleep 1; p=$(pgrep -u bob -x sleep);" BOB
		   "ls -l /proc/$p/ns/user /proc/$p/root; kill $!; wait"),
		"Permission denied");
}

static void maps(void **state)
{
	(void)state;
	assert_says(
		sh("cd /; cordon run --uid-map 0:100000:1000,2001:2001:1,3000:300000:10 --gid-map 0:100000:1000 --uid 0 --gid 0"
		   " -- sh -c 'id -u; cat /proc/self/uid_map; touch /tmp/x; stat -c %%u /tmp/x /etc'"),
		"0\n         0     100000       1000\n      2001       2001          1\n      3000     300000         10\n0\n65534");
	assert_says(sh("cd /; cordon run --uid-map 0:100000:1000 --gid-map 0:100000:1000 --uid 5 --gid 6 sleep 3 & sleep 1;"
		       "stat -c %%u:%%g /proc/$(pgrep -x sleep); wait"),
		    "100005:100006");
	assert_says(
		sh("cd /; cordon run --uid-map 0:100000:1000 --gid-map 0:100000:1000 --uid 0 --gid 0 cat /proc/self/setgroups"),
		"allow");
	assert_says(
		sh("cd /; cordon run --setgroups deny --user bob -- sh -c 'cat /proc/self/setgroups; id -G'"),
		"deny\n2001 2990");
	/* wrong input is refused, and nothing runs */
	assert_says(
		sh("cd /; cordon run --uid-map 0:100000:10 --gid-map 0:100000:10 --uid 10 --gid 0 id"),
		"the map has no 10");
	assert_says(
		sh("cd /; cordon run --uid 2001 --gid 2001 --uid-map 2001:2147485649:1 --gid-map 2001:2001:1 id; echo code=$?"),
		"cordon: --uid-map: the program has uid 2147485649 outside, which is reserved for sessions of uid 2001; write another OUTSIDE id, or another OwnerIDs= in /etc/cordon/cordon.conf\ncode=125");
	assert_says(sh("cd /; cordon run --uid-map 0:1 --gid-map 0:1:1 --uid 0 --gid 0 id"),
		    "write INSIDE:OUTSIDE:COUNT");
	assert_says(sh("cd /; cordon run --uid-map 0:1:1 --uid 0 --gid 0 id"), "require each other");
	assert_says(
		sh("cd /; cordon run --uid-map 0:100:10,5:200:10 --gid-map 0:100:10 --uid 0 --gid 0 id; echo code=$?"),
		"map: Invalid argument; the kernel refuses this map");
	assert_silent(
		sh("cd /; cordon run --uid-map 0:100:10,5:200:10 --gid-map 0:100:10 --uid 0 --gid 0 id"),
		"uid=");
	assert_says(sh("cd /; m=0:0:1; for i in $(seq 1 400); do m=$m,$i:$((i*2)):1; done;"
		       "cordon run --uid-map $m --gid-map 0:0:1 --uid 0 --gid 0 id; echo code=$?"),
		    "code=125");
	assert_says(
		sh("cd /; " BOB
		   "cordon run --uid-map 0:2001:1 --gid-map 0:2001:1 --uid 0 --gid 0 -- sh -c 'id -u; cat /proc/self/uid_map'"),
		"0\n         0       2001          1");
	assert_says(sh("cd /; " BOB
		       "cordon run --uid-map 0:2001:2 --gid-map 0:2001:1 --uid 0 --gid 0 id"),
		    "--uid-map: requires root");
	assert_says(sh("cd /; " BOB
		       "cordon run --uid-map 0:0:1 --gid-map 0:2001:1 --uid 0 --gid 0 id"),
		    "--uid-map: requires root");
	/* the parent cannot write it, writes a part, cannot say so, dies: nothing has run */
	for (unsigned user = 0; user < 2; user++) {
		static const char *const faults[] = {
			"write:error=EPERM:when=1", "write:retval=1:when=1",
			"write:error=EPERM:when=2", "sendto:error=EPIPE:when=1",
			"write:signal=KILL:when=1", "sendto:signal=KILL:when=1"
		};

		const char *ran = user ? "/home/bob/ran" : "/srv/ran", *as = user ? BOB : "";

		assert_int_equal(sh("cd /; %scordon run --set ProtectSystem=no touch %s && rm %s",
				    as, ran, ran)
					 .code,
				 0); /* it would show */
		for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
			assert_silent(
				sh("cd /; %sstrace -qq -o /dev/null -e inject=%s cordon run --set ProtectSystem=no touch %s;"
				   "sleep 0.3; ls -d %s 2>/dev/null",
				   as, faults[i], ran, ran),
				ran);
	}
	assert_says(
		sh("cd /; strace -qq -o /dev/null -e inject=write:retval=1:when=1 cordon run true; echo code=$?"),
		"map: Input/output error");
	assert_says(
		sh("cd /; strace -qq -o /dev/null -e inject=write:error=EPERM:when=2 cordon run true; echo code=$?"),
		"code=125");
	assert_says(sh("cd /; cordon run --namespaces pid --uid-map 0:0:1 --gid-map 0:0:1 id"),
		    "requires a user namespace");
}

static void look_up(void **state)
{
	(void)state;
	(void)sh("mkdir -p /srv/bin /srv/bin2/dir; cd /srv/bin; printf '#!/bin/sh\\necho script $0 $1\\n' >script; printf 'echo no line\\n' >noline;"
		 "printf '#!/no/such\\n' >nointerp; printf '#!/bin/sh\\necho second\\n' >../bin2/plain; : >plain; chmod 755 script noline nointerp ../bin2/plain;"
		 "printf '\\177ELF' >badelf; chmod 755 badelf");
	assert_says(sh("cd /; cordon run nosuch; echo code=$?"),
		    "cordon: nosuch: command not found\ncode=127");
	assert_says(
		sh("cd /; cordon run 'id -u'; echo code=$?"),
		"cordon: id -u: command not found; write the program and its arguments as separate words\ncode=127");
	assert_says(sh("cd /; cordon run ./nosuch; echo code=$?"),
		    "cordon: ./nosuch: No such file or directory\ncode=127");
	assert_says(sh("cd /; cordon run /etc/passwd; echo code=$?"),
		    "cordon: /etc/passwd: Permission denied\ncode=126");
	assert_says(sh("cd /; cordon run /etc; echo code=$?"),
		    "cordon: /etc: is a directory\ncode=126");
	assert_says(sh("cd /; cordon run --env PATH=/srv/bin script arg; echo code=$?"),
		    "script /srv/bin/script arg\ncode=0");
	assert_says(sh("cd /; cordon run /srv/bin/noline; echo code=$?"),
		    "not a program for this machine, and not a script with a #! line\ncode=126");
	assert_says(sh("cd /; cordon run /srv/bin/badelf; echo code=$?"), "code=126");
	assert_says(sh("cd /; cordon run /srv/bin/nointerp; echo code=$?"),
		    "the interpreter that the file names does not exist\ncode=126");
	assert_says(sh("cd /; cordon run --env PATH=/srv/bin:/srv/bin2 plain; echo code=$?"),
		    "second\ncode=0");
	assert_says(sh("cd /; cordon run --env PATH=/srv/bin plain; echo code=$?"), "code=126");
	assert_says(sh("cd /; cordon run --env PATH=/srv/bin2 dir; echo code=$?"),
		    "cordon: dir: command not found\ncode=127");
	assert_says(sh("cd /; cordon run --chdir /srv/bin --env PATH=:/nowhere script; echo code=$?"),
		    "script ./script");
	assert_says(sh("cd /; cordon run --chdir /srv bin/script; echo code=$?"),
		    "script bin/script");
	assert_says(
		sh("cd /; cordon run --clear-env -- /usr/bin/env; cordon run --clear-env -- env; echo code=$?"),
		"code=0");
	/* the PATH and the files of the program count */
	assert_says(
		sh("cd /; mkdir -p /root/bin; cp /bin/true /root/bin/only-here; PATH=/root/bin:$PATH cordon run --user bob only-here; echo code=$?"),
		"code=127");
	assert_says(
		sh("mkdir -p /srv/tree/bin /srv/tree/lib /srv/tree/lib64 /srv/tree/usr; cp -L /bin/dash /srv/tree/bin/sh; cp -L /lib64/ld-linux-x86-64.so.2 /srv/tree/lib64/;"
		   "mkdir -p /srv/tree/lib/x86_64-linux-gnu; cp -L /lib/x86_64-linux-gnu/libc.so.6 /srv/tree/lib/x86_64-linux-gnu/; : >/srv/tree/bin/marker;"
		   "cd /srv; cordon run --root /srv/tree -- sh -c 'echo /bin/*; pwd'; cordon run --root /srv/tree ls; echo code=$?"),
		"/bin/marker /bin/sh\n/\ncordon: ls: command not found\ncode=127");
	assert_says(
		sh("cd /srv; cordon run --namespaces none --root tree -- /bin/sh -c 'echo /bin/*; pwd'"),
		"/bin/marker /bin/sh\n/\n");
	assert_says(
		sh("mkdir -p /elsewhere; cd /elsewhere; cordon run pwd; echo code=$?"),
		"cordon: working directory /elsewhere: No such file or directory; choose another: --chdir DIR, or show it: --set BindPaths=/elsewhere");
	assert_says(sh("cd /; cordon run --chdir /no/such pwd; echo code=$?"), "code=125");
	/* the directory is entered with the rights of the program, not of the caller */
	assert_says(
		sh("chmod 700 /root; mkdir -p /root/in; cd /root; for n in '' '--namespaces none'; do for d in '--set WorkingDirectory=/root' '--chdir /root/in' '--chdir in' ''; do "
		   "cordon run $n --user bob $d -- /bin/pwd; echo code=$?; done; done 2>&1 | sort | uniq -c | sed 's/^ *//'"),
		"8 code=125\n4 cordon: working directory /root/in: Permission denied; choose another: --chdir DIR\n4 cordon: working directory /root: Permission denied; choose another: --chdir DIR\n");
	assert_says(
		sh("cd /root; cordon run --namespaces none --user bob --root . -- /bin/pwd; echo code=$?"),
		"cordon: working directory /: Permission denied; choose another: --chdir DIR\ncode=125");
	/* root can work in root's home, which is hidden from others */
	assert_says(sh("touch /root/mine; cd /root; cordon run ls"), "mine");
	assert_silent(sh("cd /; cordon run --user bob ls /root"), "mine");
}

static void settings(void **state)
{
	(void)state;
	assert_says(
		sh("cd /; FOO=1 LD_PRELOAD=/no/such.so cordon run --env BAR=2 --env FOO=3 -- sh -c 'echo $FOO $BAR $LD_PRELOAD.'"),
		"3 2 .\n");
	assert_says(sh("cd /; cordon run --env LD_BIND_NOW=1 -- env"), "LD_BIND_NOW=1");
	assert_says(sh("cd /; FOO=1 cordon run --clear-env --env A=1 /usr/bin/env"), "A=1\n");
	assert_silent(sh("cd /; FOO=1 cordon run --clear-env --env A=1 /usr/bin/env"), "FOO");
	assert_says(sh("cd /; cordon run --env nonsense true; echo code=$?"),
		    "write nonsense=VALUE\ncode=125");
	assert_says(
		sh("cd /; umask 027; cordon run sh -c umask; cordon run --set UMask=0077 sh -c umask"),
		"0027\n0077");
	assert_says(sh("cd /; cordon run --set Nmae=1 true; echo code=$?"), "unknown directive");
	assert_says(
		sh("cd /; cordon run --nonsense true; echo code=$?"),
		"cordon: unrecognized option '--nonsense'; 'cordon run --help' lists the options\ncode=125");
	assert_says(sh("cd /; cordon run --set 'Command=id' true; echo code=$?"),
		    "--set:1: Command=: is not possible in cordon run; remove it\ncode=125");
	/* a rule is tried without what cordon run cannot do, if the caller says so */
	(void)sh("printf '[Match]\\nUser=nobody\\n[Session]\\nFollowMounts=/media\\nExecStartPre=/usr/bin/true\\n' >/etc/cordon/y.conf");
	assert_says(
		sh("cd /; cordon run --rule /etc/cordon/y.conf --set ExecStartPre= true; echo code=$?"),
		"cordon: /etc/cordon/y.conf:4: FollowMounts=: is not possible in cordon run; to leave it out, add --set FollowMounts=\ncode=125");
	assert_says(
		sh("cd /; cordon run --rule /etc/cordon/y.conf --set ExecStartPre= --set FollowMounts= id -u; rm /etc/cordon/y.conf"),
		"0\n");
	assert_says(sh("cd /; cordon run --set LimitNOFLE=1 true"), "did you mean LimitNOFILE=?");
	assert_says(sh("cd /; cordon run --set Services=x true"), "applies only to logins");
	assert_says(sh("cd /; cordon run --set LimitNOFILE=x true; echo code=$?"), "code=125");
	(void)sh(
		"mkdir -p /etc/cordon/profiles; printf '[Session]\\nUMask=0027\\nHostname=by-profile\\n' >/etc/cordon/profiles/one.conf;"
		"printf '[Match]\\nUser=nobody\\n[Session]\\nProfile=one\\nHostname=by-rule\\n' >/etc/cordon/x.conf");
	assert_says(sh("cd /; cordon run --profile one -- sh -c 'umask; hostname'"),
		    "0027\nby-profile");
	assert_says(
		sh("cd /; cordon run --rule /etc/cordon/x.conf --set Hostname=by-set -- sh -c 'umask; hostname'"),
		"0027\nby-set");
	assert_says(sh("cd /; cordon run --rule /etc/cordon/x.conf -- hostname"), "by-rule");
	assert_says(sh("cd /; cordon run --profile none -- id"), "none");
	assert_says(
		sh("cd /tmp; printf '[Session]\\nHostname=mine\\n' >r.conf; chown bob: r.conf; cordon run --rule /tmp/r.conf -- hostname; echo code=$?"),
		"code=125");
	assert_says(
		sh("cd /home/bob; printf '[Session]\\nHostname=mine\\n' >r.conf; chown bob: r.conf; " BOB
		   "cordon run --rule r.conf -- hostname"),
		"mine");
	assert_says(sh("cd /home/bob; echo Nonsense=1 >>r.conf; " BOB
		       "cordon run --rule r.conf -- hostname; rm r.conf"),
		    "cordon: /home/bob/r.conf:3: Nonsense=");
	assert_says(
		sh("cd /; printf '[Session]\\nAction=allow\\n' >/etc/cordon/y.conf; cordon run --rule /etc/cordon/y.conf -- id"),
		"does not confine");
	assert_says(
		sh("cd /; printf '[Session]\\nAllowCommands=@sftp\\n' >/etc/cordon/y.conf; cordon run --rule /etc/cordon/y.conf -- id"),
		"AllowCommands=: is not possible");
	assert_says(sh("cd /; cordon run --set 'SystemCallFilter=~mkdir mkdirat' mkdir /tmp/x"),
		    "Operation not permitted");
	/* each --set is an assignment of its own: "~" holds for no other */
	assert_says(
		sh("cd /; cordon run --set RestrictAddressFamilies=any --set RestrictAddressFamilies=~AF_INET -- "
		   "python3 -c 'import socket; socket.socket(socket.AF_INET6); socket.socket(socket.AF_INET)'"),
		"Address family not supported");
	assert_says(sh("cd /; cordon run --set SystemCallFilter=~mkdir --set SystemCallFilter=rmdir --set SystemCallFilter=~mkdirat -- "
		       "sh -c 'mkdir /tmp/x; rmdir /tmp/y'"),
		    "Operation not permitted");
	assert_says(
		sh("cd /; cordon run --set SystemCallFilter=~rmdir --set SystemCallFilter=rmdir -- rmdir /tmp/y"),
		"No such file");
	assert_says(sh("cd /; cordon run --set UMask=0022 --set UMask=8 true"),
		    "--set:2: UMask=: invalid mask '8'");
	assert_says(sh("cd /; cordon run --set MemoryLimit=1G true"),
		    "--set:1: MemoryLimit=: not a directive of cordon; write MemoryMax=");
	/* the largest limits have effect; values that the kernel takes for no limit are refused */
	assert_says(sh("cd /; cordon run --set TmpSize=15E -- stat -f -c %%b /tmp"),
		    "4222124650659840");
	assert_says(sh("cd /; cordon run --set TmpSize=18446744073709551614 true"),
		    "'18446744073709551614' is too large");
	assert_says(
		sh("cd /; cordon run --set TemporaryFileSystem=/opt:nr_inodes=17592186044415K -- stat -f -c '%%b' /opt && echo made"),
		"made");
	assert_says(sh("cd /; cordon run --set TemporaryFileSystem=/opt:nr_inodes=16P true"),
		    "'16P' is too large; expected less than 16P");
	assert_says(sh("cd /; cordon run --set User=bob true"),
		    "--set:1: User=: applies only to logins");
	assert_says(sh("cd /; cordon run --set PrivateRun=no ls -d /run/host"), "/run/host");
	assert_says(sh("cd /; " BOB "cordon run --set PrivateRun=no ls -d /run/host"), "/run/host");
	assert_says(sh("cd /; cordon run -- sh -c 'ls -l /proc/self/fd' 3</etc/passwd 4</etc/group"),
		    "total 0");
	assert_silent(
		sh("cd /; cordon run -- sh -c 'ls -l /proc/self/fd' 3</etc/passwd 4</etc/group"),
		"/etc/passwd");
	assert_says(sh("cd /; cordon run -- sh -c 'ls /proc/self/fd; readlink /proc/self/fd/0' <&-"),
		    "/dev/null");
}

/* Each cumulative profile starts a program; what a smaller one lacks is refused or kills. */
static void profiles(void **state)
{
	static const char *const names[] = { "essential", "minimal", "io-heavy",
					     "compute",	  "network", "unrestricted" };
	static const char sock[] = "python3 -c 'import socket; socket.socket(); print(\"may\")'";

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (unsigned kills = 0; kills < 2; kills++)
			assert_says(
				sh("cd /; cordon run --set SystemCallFilter=@%s --set SystemCallErrorNumber=%s true; echo code=$?",
				   names[i], kills ? "kill" : "EACCES"),
				"code=0");
	assert_says(sh("cd /; cordon run --profile @network true; echo code=$?"),
		    "write SystemCallFilter=@network\ncode=125");
	assert_says(sh("cd /; cordon run --set SystemCallFilter=@network %s", sock), "may");
	assert_says(
		sh("cd /; cordon run --set SystemCallFilter=@compute --set SystemCallErrorNumber=EACCES %s",
		   sock),
		"Permission denied");
	assert_says(
		sh("cd /; cordon run --set SystemCallFilter=@compute --set SystemCallErrorNumber=kill --name-call --report %s; echo code=$?",
		   sock),
		"by the system call filter, for socket");
}

static void limits(void **state)
{
	/* directive, value, the line's name in /proc/PID/limits, soft, hard */
	static const char *const rows[][5] = {
		{ "CPU", "100:200", "Max cpu time", "100", "200" },
		{ "FSIZE", "1M:2M", "Max file size", "1048576", "2097152" },
		{ "DATA", "512M:1G", "Max data size", "536870912", "1073741824" },
		{ "STACK", "4M:8M", "Max stack size", "4194304", "8388608" },
		{ "CORE", "0:1M", "Max core file size", "0", "1048576" },
		{ "RSS", "1M:2M", "Max resident set", "1048576", "2097152" },
		{ "NOFILE", "100:200", "Max open files", "100", "200" },
		{ "AS", "1G:2G", "Max address space", "1073741824", "2147483648" },
		{ "NPROC", "50:60", "Max processes", "50", "60" },
		{ "MEMLOCK", "8K:16K", "Max locked memory", "8192", "16384" },
		{ "LOCKS", "5:6", "Max file locks", "5", "6" },
		{ "SIGPENDING", "7:8", "Max pending signals", "7", "8" },
		{ "MSGQUEUE", "4096:8192", "Max msgqueue size", "4096", "8192" },
		{ "NICE", "0", "Max nice priority", "0", "0" },
		{ "RTPRIO", "0", "Max realtime priority", "0", "0" },
		{ "RTTIME", "1s:2s", "Max realtime timeout", "1000000", "2000000" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char wanted[64];

		/* NICE=0 is the raw value's nice 20, the least */
		(void)snprintf(wanted, sizeof wanted, "%s %s\n", rows[i][3], rows[i][4]);
		if (strcmp(rows[i][0], "NICE") == 0)
			wanted[0] = '\0';
		for (unsigned user = 0; user < 2; user++)
			assert_says(
				sh("cd /; %scordon run --set Limit%s=%s cat /proc/self/limits | sed -n 's/^%s *//p' | awk '{print $1, $2}'",
				   user ? BOB : "", rows[i][0], rows[i][1], rows[i][2]),
				wanted);
	}
	assert_says(
		sh("cd /; ulimit -n 1000; " BOB
		   "cordon run --set LimitNOFILE=500:2000 true; echo code=$?"),
		"LimitNOFILE=: exceeds 1000, the hard limit of the caller; write a lower value, or run as root\ncode=125");
	assert_says(sh("cd /; ulimit -n 1000; " BOB
		       "cordon run --set LimitNOFILE=infinity true; echo code=$?"),
		    "code=125");
	assert_says(
		sh("cd /; cordon run --set LimitFSIZE=1M --report -- head -c 2M /dev/zero >/tmp/limited; echo code=$?"),
		"code=153");
}

/* Traces the program's process: the steps have this order, with the map before the ids. */
static void order(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cd /; strace -f -o /tmp/trace cordon run --user bob --set LimitNOFILE=100:200 --chdir /tmp -- true")
			.code,
		0);
	assert_says(
		sh("awk '"
		   "/execve\\(\"[^\"]*\\/true\"/ { pid = $1 }"
		   "{ line[NR] = $0 } END { for (i = 1; i <= NR; i++) { $0 = line[i];"
		   " if (/uid_map.*O_WRONLY/) say(\"map\"); if ($1 != pid) continue;"
		   " if (/prlimit64\\(0, RLIMIT_NOFILE, \\{/) say(\"limits\"); if (/pivot_root/) say(\"root\");"
		   " if (/chdir\\(\"\\/tmp\"/) say(\"cwd\"); if (/setgroups\\(/) say(\"groups\"); if (/setresgid\\(2001/) say(\"gid\");"
		   " if (/setresuid\\(2001/) say(\"uid\"); if (/capset\\(/) say(\"caps\"); if (/SECCOMP_SET_MODE_FILTER/) say(\"filter\");"
		   " if (/execve\\(/) say(\"exec\") } print out }"
		   "function say(w) { if (w != last) out = out \" \" w; last = w }' /tmp/trace"),
		" limits root map groups gid uid caps cwd filter exec\n");
	/* for an ordinary user, the map comes first, because it gives the rights for the other steps */
	assert_int_equal(
		sh("cd /; chmod 1777 /tmp; " BOB
		   "strace -f -o /tmp/trace2 cordon run --set LimitNOFILE=100:200 --chdir /tmp -- true")
			.code,
		0);
	/* strace cannot read the memory of the process, so it shows only names of calls */
	assert_says(
		sh("awk '"
		   "/execve\\(/ { pid = $1 } { line[NR] = $0 } END { for (i = 1; i <= NR; i++) { $0 = line[i];"
		   " if (/uid_map.*O_WRONLY/) say(\"map\"); if ($1 != pid) continue;"
		   " if (/prlimit64\\(0, RLIMIT_NOFILE/ && !limited++) say(\"limits\"); if (/pivot_root/) say(\"root\");"
		   " if (/[^f]chdir\\(/) say(\"cwd\"); if (/setresgid\\(/) say(\"gid\");"
		   " if (/setresuid\\(2001/) say(\"uid\"); if (/capset\\(/) say(\"caps\"); if (/SECCOMP_SET_MODE_FILTER/) say(\"filter\");"
		   " if (/execve\\(/) say(\"exec\") } print out }"
		   "function say(w) { if (w != last) out = out \" \" w; last = w }' /tmp/trace2"),
		" map limits root cwd gid uid caps cwd filter exec\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces_as_root),
		cmocka_unit_test(namespaces_as_user),
		cmocka_unit_test(identity),
		cmocka_unit_test(maps),
		cmocka_unit_test(look_up),
		cmocka_unit_test(settings),
		cmocka_unit_test(limits),
		cmocka_unit_test(order),
		cmocka_unit_test(profiles),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
