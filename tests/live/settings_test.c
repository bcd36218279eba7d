/* SPDX-License-Identifier: Apache-2.0 */
/* settings_test.c - every directive of [Session] has its effect in a live session */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * CASE(directive, rule, command, wanted): with @rule, @command in the session says @wanted. A
 * wanted text that begins with '!' must not be said. Each row of settings.def needs one.
 */
struct live_case {
	const char *directive;
	const char *rule;
	const char *command;
	const char *wanted;
};

#define SOCKET(family) "python3 -c 'import socket; socket.socket(socket." family ")'"
#define BIND	       "python3 -c 'import socket\nf=lambda p: socket.socket().bind((\"127.0.0.1\", p))\nf"
#define CONNECT \
	"python3 -c 'import socket\ns=[]\ndef f(p):\n l=socket.socket(); l.bind((\"127.0.0.1\", p)); " \
	"l.listen(); s.append((l, socket.create_connection((\"127.0.0.1\", p))))\nf"
#define DESCRIBE_KEYRING \
	"python3 -c 'import ctypes; b=ctypes.create_string_buffer(99); " \
	"ctypes.CDLL(None).syscall(250, 6, -3, b, 99); print(b.value)'"
/* To change the cookie; that there is one, cordonsh has proved. */
#define CORE_OTHER \
	"python3 -c 'import ctypes; l=ctypes.CDLL(None, use_errno=True); " \
	"print(l.prctl(62, 1, 0, 1, 0), ctypes.get_errno())'"
#define SHOW_NS "readlink /proc/self/ns/"

static const struct live_case cases[] = {
	{ "Action", "Action=confine", "grep NoNewPrivs: /proc/self/status", "NoNewPrivs:\t1" },
	{ "Action", "Action=allow", "grep NoNewPrivs: /proc/self/status", "NoNewPrivs:\t0" },
	{ "Action", "Action=deny", "id", "!uid=" },
	{ "Profile", "Profile=test", "umask", "0027" },
	{ "Profile", "Profile=test\nUMask=0077", "umask", "0077" },
	{ "Services", "Services=\nServices=login", "id", "!uid=" },
	{ "Shell", "Shell=/bin/dash", "readlink /proc/$$/exe", "/usr/bin/dash" },
	{ "Command", "Command=/bin/echo forced for %u", "id", "forced for bob" },
	{ "Command", "Command=/usr/bin/printenv CORDON_ORIGINAL_COMMAND", "id -u; 'x y'",
	  "id -u; 'x y'" },
	{ "AllowCommands", "AllowCommands=@git\nAllowCommands=echo one *", "echo one 'two three'",
	  "one two three" },
	{ "AllowCommands", "AllowCommands=@git\nAllowCommands=echo one *", "id", "!uid=" },
	{ "AllowCommands", "AllowCommands=@git", "echo one; id",
	  "cordon: refused: \"echo one; id\"" },
	{ "Message", "Action=deny\nMessage=not %u today", "id", "!uid=" },
	{ "Environment", "Environment=COLOUR=blue \"WHO=%u is in\"", "echo $COLOUR $WHO",
	  "blue bob is in" },
	{ "Environment", "Environment=COLOUR=blue COLOUR=red\nCommand=/usr/bin/env", "",
	  "COLOUR=red" },
	{ "Environment", "Environment=COLOUR=blue COLOUR=red\nCommand=/usr/bin/env", "",
	  "!COLOUR=blue" },
	{ "EnvironmentFile",
	  "Environment=COLOUR=blue\nEnvironmentFile=/etc/cordon/colours -/etc/cordon/nothing",
	  "echo \"$COLOUR, $SHADE, $WHO\"", "green, a \"light\" one, $x \\q" },
	{ "EnvironmentFile", "EnvironmentFile=/etc/cordon/nothing", "id", "!uid=" },
	{ "EnvironmentFile", "EnvironmentFile=/etc/cordon/anybodys", "id", "!uid=" },
	{ "EnvironmentFile", "EnvironmentFile=/etc/cordon/broken", "id", "!uid=" },
	{ "PassEnvironment", "PassEnvironment=\nPassEnvironment=LANG", "env", "HOME=/home/bob" },
	{ "PassEnvironment", "PassEnvironment=\nPassEnvironment=LANG", "env", "!MAIL=" },
	{ "CopyCredentials", "CopyCredentials=CC_FILE",
	  "cat ${CC_FILE#FILE:}; stat -c '%U %a' ${CC_FILE#FILE:}", "a ticket\nbob 600\n" },
	{ "CopyCredentials", "CopyCredentials=", "cat ${CC_FILE#FILE:}", "No such file" },
	{ "CopyCredentials", "CopyCredentials=XAUTHORITY", "cat ${CC_FILE#FILE:}", "No such file" },
	{ "UnsetEnvironment", "UnsetEnvironment=MAIL", "env", "!MAIL=" },
	{ "PasswordChange", "PasswordChange=yes",
	  "script -qc passwd /dev/null </dev/null", /* see password_test */
	  "Changing password for bob." },
	{ "PasswordChange", "PasswordChange=yes", "passwd", "passwd: a terminal is required" },
	{ "PasswordChange", "PasswordChange=no", "passwd",
	  "Authentication token manipulation error" },
	{ "ExplainSUIDSGID", "ExplainSUIDSGID=yes",
	  "su -c id; newgrp -; passwd", /* see everyday_test */
	  "su: not available in this session, in which programs gain no privileges" },
	{ "ExplainSUIDSGID", "ExplainSUIDSGID=no", "newgrp project",
	  "setgid: Operation not permitted" },
	{ "WorkingDirectory", "WorkingDirectory=/usr/share", "pwd", "/usr/share" },
	{ "WorkingDirectory", "WorkingDirectory=%h/answers", "pwd", "/home/bob/answers" },
	{ "WorkingDirectory", "", "pwd", "/home/bob\n" },
	{ "WorkingDirectory", "WorkingDirectory=/no/such", "id", "!uid=" },
	{ "WorkingDirectory", "WorkingDirectory=-/no/such", "pwd", "/home/bob\n" },
	{ "WorkingDirectory", "WorkingDirectory=-/usr/./share/", "pwd", "/usr/share\n" },
	{ "WorkingDirectory", "WorkingDirectory=~", "cd /; cd ~; pwd", "/home/bob\n" },
	{ "WorkingDirectory", "WorkingDirectory=-~", "pwd", "/home/bob\n" },
	{ "UMask", "UMask=0027", "umask", "0027" },
	/* two logins in one command: the rest is in place_test.c */
	{ "Lifetime", "Lifetime=user", "grep -o hidepid=[a-z]* /proc/mounts; echo end", "end\n" },
	{ "Lifetime", "Lifetime=user", "grep -o hidepid=[a-z]* /proc/mounts", "!hidepid" },
	{ "Lifetime", "Lifetime=user\nPrivatePIDs=no", "id", "!uid=" },
	{ "StopWhenIdleSec", "Lifetime=user\nStopWhenIdleSec=0", "id", "uid=" },
	{ "StopWhenIdleSec", "StopWhenIdleSec=1", "id", "!uid=" },
	{ "OnRuleChange", "Lifetime=user\nOnRuleChange=join", "id", "uid=" },
	{ "OnRuleChange", "OnRuleChange=join", "id", "!uid=" },
	{ "Hostname", "Hostname=inside-%u", "hostname", "inside-bob" },
	{ "RuntimeMaxSec", "RuntimeMaxSec=2", "sleep 60; echo late",
	  "cordon: the time of this session is over, and it ends" },
	{ "StopIdleSessionSec", "StopIdleSessionSec=1", "sleep 2.5; echo no terminal",
	  "no terminal" },
	{ "StopIdleSessionSec", "StopIdleSessionSec=1",
	  "script -qc 'sleep 30; echo late' /dev/null; echo late", "!late" },
	{ "EndWithTime", "EndWithTime=yes", "id", "uid=" }, /* see bounds_test */
	{ "MaxSessions", "MaxSessions=1", "echo in", "in" },
	{ "TimeoutStopSec", "TimeoutStopSec=30",
	  "rm -f ~/ended; setsid sh -c 'trap \"echo by HUP >~/ended; exit\" HUP; : >~/traps; "
	  "while :; do sleep 0.05; done' >/dev/null 2>&1 & until [ -e ~/traps ]; do sleep 0.05; done; echo in",
	  "in" },
	{ "TimeoutStopSec", "", "until [ -e ~/ended ]; do sleep 0.05; done; cat ~/ended", "by HUP" },
	{ "ExecStartPre", "ExecStartPre=/bin/touch /srv/data/made-for-%u", "ls /srv/data",
	  "made-for-bob" },
	{ "ExecStartPre", "ExecStartPre=/bin/false", "id", "!uid=" },
	{ "ExecStartPre", "ExecStartPre=-/bin/false", "id", "uid=" },
	{ "ExecStopPost",
	  "ExecStopPost=/bin/sh -c 'echo \"$CORDON_USER $CORDON_RESULT\" >/srv/data/e; mv /srv/data/e /srv/data/ended'",
	  "echo in", "in" },
	{ "ExecStopPost", "",
	  "until [ -e /srv/data/ended ]; do sleep 0.05; done; cat /srv/data/ended", "bob close" },
	{ "TimeoutStartSec", "TimeoutStartSec=1\nExecStartPre=/bin/sleep 60", "id", "!uid=" },
	{ "ProtectSystem", "ProtectSystem=strict", "touch /var/x /etc/x /usr/x",
	  "Read-only file system" },
	{ "ProtectSystem", "ProtectSystem=full", "touch /etc/x", "Read-only file system" },
	{ "ProtectSystem", "ProtectSystem=full", "touch /var/lib/open/x && echo written", "written" },
	{ "ProtectSystem", "ProtectSystem=yes", "touch /usr/x", "Read-only file system" },
	{ "ProtectSystem", "ProtectSystem=yes", "touch /etc/x", "Permission denied" },
	{ "ProtectSystem", "ProtectSystem=no", "touch /usr/x", "Permission denied" },
	{ "Home", "Home=persistent", "touch ~/kept && ls ~/kept", "/home/bob/kept" },
	{ "Home", "Home=read-only", "touch ~/x", "Read-only file system" },
	{ "Home", "Home=ephemeral", "ls ~/kept; touch ~/x; ls ~", "/home/bob/kept" },
	{ "Home", "Home=ephemeral", "ls ~/x; id -u", "!/home/bob/x\n" },
	{ "Home", "Home=empty", "ls ~ | wc -l; touch ~/y && echo written", "0\nwritten" },
	{ "Home", "Home=none", "ls -d /home/bob", "No such file" },
	{ "Home", "Home=ephemeral\nNoExecPaths=%h\nExecPaths=%h/answers",
	  "cp /bin/echo ~/answers/e && ~/answers/e runs", "runs" },
	{ "Home", "Home=ephemeral\nReadOnlyPaths=%h\nReadWritePaths=%h/answers",
	  "touch ~/answers/gone && ls ~/answers/gone", "/home/bob/answers/gone\n" },
	{ "Home", "Home=persistent", "ls ~/answers", "!gone" },
	{ "Home", "Home=none\nInaccessiblePaths=/home", "ls /home", "Permission denied" },
	{ "HomeSize", "Home=empty\nHomeSize=1M",
	  "head -c 2M /dev/zero >~/big; rm ~/big; echo small >~/s && cat ~/s", "No space left" },
	{ "HomeSize", "Home=ephemeral\nHomeSize=1M", "head -c 2M /dev/zero >~/big", "No space left" },
	{ "PrivateTmp", "PrivateTmp=yes", "ls /tmp /var/tmp /dev/shm", "!of-the-host" },
	{ "PrivateTmp", "PrivateTmp=no", "ls /tmp", "of-the-host" },
	{ "PrivateTmp", "PrivateTmp=yes",
	  "ls -d /tmp/.. /tmp/of-the-host /var/tmp/of-the-host 2>&1; touch /tmp/of-the-host /var/tmp/of-the-host && echo own",
	  "own" },
	{ "TmpSize", "TmpSize=1M", "head -c 2M /dev/zero >/tmp/big", "No space left" },
	{ "TmpSize", "TmpSize=1M",
	  "i=0; while [ $i -lt 2000 ]; do : >/dev/shm/$i || break; i=$((i+1)); done",
	  "No space left" },
	{ "TmpSize", "TmpSize=1M",
	  "head -c 700K /dev/zero >/tmp/a; head -c 700K /dev/zero >/var/tmp/b", "No space left" },
	{ "TmpSize", "TmpSize=1M", "head -c 2M /dev/zero >$XDG_RUNTIME_DIR/big", "No space left" },
	{ "TmpSize", "TmpSize=1M\nPrivateRun=no", "head -c 2M /dev/zero >$XDG_RUNTIME_DIR/big",
	  "No space left" },
	{ "TerminalsMax", "TerminalsMax=3",
	  "python3 -c 'import pty\nfds = []\ntry:\n while True: fds.append(pty.openpty())\nexcept OSError: print(\"had\", len(fds))'",
	  "had 3" },
	{ "TerminalsMax", "",
	  "python3 -c 'import pty\nfds = []\ntry:\n while True: fds.append(pty.openpty())\nexcept OSError: print(\"had\", len(fds))'",
	  "had 64" },
	{ "PrivateDevices", "PrivateDevices=yes", "ls /dev", "!console" },
	{ "PrivateDevices", "PrivateDevices=no", "ls /dev", "console" },
	{ "PrivateDevices", "PrivateDevices=yes", "ls /dev | tr '\n' ' '",
	  "fd full log mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero " },
	{ "PrivateDevices", "PrivateDevices=yes",
	  "echo x >/dev/null && head -c3 /dev/zero | wc -c && ls -l /dev/ptmx; cp /bin/true /dev/shm/t && /dev/shm/t && echo runs",
	  "3" },
	{ "DeviceAllow", "DeviceAllow=/dev/of-test*", "echo x >/dev/of-test1 && echo written",
	  "written" },
	{ "DeviceAllow", "DeviceAllow=/dev/of-test* r",
	  "head -c3 /dev/of-test2 | wc -c; echo x >/dev/of-test2", "3\n" },
	{ "DeviceAllow", "DeviceAllow=/dev/of-test* r",
	  "head -c3 /dev/of-test2 | wc -c; echo x >/dev/of-test2", "Permission denied" },
	{ "DeviceAllow", "DeviceAllow=/dev/of-test1", "ls /dev", "!of-test2" },
	{ "DeviceAllow", "DeviceAllow=/dev/of-test*\nPrivateDevices=no", "id", "!uid=" },
	{ "DeviceAllow", "DeviceAllow=/dev/of-test*\nTemporaryFileSystem=/dev", "id", "!uid=" },
	{ "PrivateRun", "PrivateRun=yes", "ls /run", "!host" },
	{ "PrivateRun", "PrivateRun=no", "ls /run", "host" },
	{ "PrivateRun", "PrivateRun=yes",
	  "stat -c '%a %U %F' $XDG_RUNTIME_DIR; echo $XDG_RUNTIME_DIR; ls -A /run/user /run/user/*/",
	  "700 bob directory\n/run/user/2001\n/run/user:\n2001\n\n/run/user/2001/:\n" },
	{ "PrivateRun", "PrivateRun=no",
	  "stat -c '%a %U %F' $XDG_RUNTIME_DIR; echo $XDG_RUNTIME_DIR; ls -A /run/user /run/user/*/",
	  "700 bob directory\n/run/user/2001\n/run/user:\n2001\n\n/run/user/2001/:\n" },
	{ "PrivateRun", "PrivateRun=yes\nEnvironment=XDG_RUNTIME_DIR=/tmp", "echo $XDG_RUNTIME_DIR",
	  "/tmp\n" },
	{ "PrivateRun", "PrivateRun=yes\nUnsetEnvironment=XDG_*", "echo \"$XDG_RUNTIME_DIR.\"",
	  ".\n" },
	{ "PrivateRun", "AllowCommands=@sftp\nAllowCommands=printenv XDG_RUNTIME_DIR",
	  "printenv XDG_RUNTIME_DIR", "/run/user/2001\n" },
	{ "BindLogSockets", "BindLogSockets=yes",
	  "logger -t inside told && [ -S /dev/log ] && echo there", "there" },
	{ "BindLogSockets", "BindLogSockets=no",
	  "[ -e /dev/log ] || echo none; readlink /dev/log; python3 -c 'import syslog,socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect(\"/dev/log\")'",
	  "none\n.log/socket\n" },
	{ "BindLogSockets", "BindLogSockets=no",
	  "python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect(\"/dev/log\")'",
	  "No such file" },
	{ "ProtectProc", "ProtectProc=invisible\nPrivatePIDs=no", "ls -d /proc/1; true",
	  "No such file" },
	{ "ProtectProc", "ProtectProc=default\nPrivatePIDs=no", "ls -d /proc/1", "/proc/1" },
	{ "ProcSubset", "ProcSubset=pid", "ls /proc/meminfo; ls -d /proc/self", "No such file" },
	{ "ProcSubset", "ProcSubset=all", "ls /proc/meminfo", "/proc/meminfo" },
	{ "ProtectKernelTunables", "ProtectKernelTunables=yes",
	  "grep ' /proc/sys ' /proc/self/mountinfo", " ro," },
	{ "ProtectKernelTunables", "ProtectKernelTunables=no",
	  "grep ' /proc/sys ' /proc/self/mountinfo; echo done", "!/proc/sys" },
	{ "ProtectKernelTunables", "ProtectKernelTunables=yes", "cat /proc/kallsyms",
	  "Permission denied" },
	{ "ProtectKernelTunables", "ProtectKernelTunables=yes",
	  "grep ' /sys ' /proc/self/mountinfo", " ro," },
	{ "ProtectKernelTunables", "ProtectKernelTunables=no", "grep ' /sys ' /proc/self/mountinfo",
	  " rw," },
	{ "ProtectKernelTunables", "ProtectKernelTunables=no", "head -c1 /proc/kallsyms",
	  "!Permission denied" },
	{ "ProtectKernelLogs", "SystemCallErrorNumber=ENOSPC\nProtectKernelLogs=yes",
	  "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print(l.syscall(103, -1, 0, 0), ctypes.get_errno())'",
	  "-1 28" },
	{ "ProtectKernelLogs",
	  "SystemCallErrorNumber=ENOSPC\nSystemCallFilter=syslog @default-session",
	  "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print(l.syscall(103, -1, 0, 0), ctypes.get_errno())'",
	  "-1 28" },
	{ "ProtectKernelLogs", "SystemCallErrorNumber=ENOSPC\nProtectKernelLogs=no",
	  "python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); print(l.syscall(103, -1, 0, 0), ctypes.get_errno())'",
	  "!-1 28" },
	{ "ProtectKernelLogs", "ProtectKernelLogs=yes\nPrivateDevices=no",
	  "grep -c -E ' /(proc|dev)/kmsg ro,' /proc/self/mountinfo; ls -l /dev/kmsg",
	  "2\n----------" },
	{ "ProtectKernelLogs", "ProtectKernelLogs=no\nPrivateDevices=no",
	  "grep -c kmsg /proc/self/mountinfo; ls -l /dev/kmsg", "0\nc" },
	{ "ProtectControlGroups", "ProtectControlGroups=yes",
	  "grep -c ' /sys/fs/cgroup' /proc/self/mountinfo; ls -A /sys/fs/cgroup | wc -l", "0\n0" },
	{ "ProtectControlGroups", "ProtectControlGroups=yes\nPrivateNetwork=no",
	  "grep ' /sys/fs/cgroup ' /proc/self/mountinfo; ls -A /sys/fs/cgroup | wc -l",
	  " ro,nosuid,nodev" },
	{ "ProtectControlGroups", "ProtectControlGroups=yes", "mkdir /sys/fs/cgroup/x",
	  "cannot create directory" },
	{ "ProtectControlGroups", "ProtectControlGroups=strict", "mkdir /sys/fs/cgroup/x",
	  "cannot create directory" },
	{ "ProtectControlGroups", "ProtectControlGroups=no",
	  "cat /sys/fs/cgroup/of-the-host; mkdir /sys/fs/cgroup/open/x && echo written",
	  "the host's\nwritten" },
	{ "RootDirectory", "RootDirectory=/srv/root\nShell=/bin/sh", "cat /etc/which",
	  "the other root" },
	{ "BindPaths", "BindPaths=/srv/data:/srv/seen", "!", "" },
	{ "BindPaths", "BindPaths=/srv/data:/data", "touch /data/x && echo written", "written" },
	{ "BindPaths", "BindPaths=-/srv/nothing:/data", "echo in", "in" },
	{ "BindPaths", "BindPaths=/srv/nothing:/data", "id", "!uid=" },
	{ "BindPaths", "BindPaths=/srv/data:/tmp/a/b /srv/data:/var/tmp/x /srv/data:/dev/shm/x",
	  "ls -d /tmp/a/b/file /var/tmp/x/file /dev/shm/x/file; touch /tmp/a/x; touch /tmp/own && ls /tmp",
	  "/tmp/a/b/file\n/var/tmp/x/file\ntouch: cannot touch '/tmp/a/x': Permission denied\na\nown\n" },
	{ "BindPaths", "BindPaths=/srv/data:/tmp/x\nReadOnlyPaths=/tmp",
	  "ls /tmp/x/file; touch /tmp/y",
	  "/tmp/x/file\ntouch: cannot touch '/tmp/y': Read-only file system" },
	{ "BindPaths", "Home=ephemeral\nBindPaths=/srv/data:%h/new/data",
	  "ls ~/new/data/file; ls -d ~/answers", "/home/bob/new/data/file\n/home/bob/answers\n" },
	{ "BindPaths", "Home=persistent", "ls -A ~", "!new" },
	{ "BindPaths", "PrivateTmp=no\nBindPaths=/srv/data:/tmp/new", "id", "!uid=" },
	{ "BindPaths", "BindPaths=/srv/data:/data", "ls /data/mounted", "below" },
	{ "BindPaths", "BindPaths=/srv/data:/data:norbind",
	  "ls -d /data/file /data/mounted; ls /data/mounted | wc -l",
	  "/data/file\n/data/mounted\n0\n" },
	{ "BindPaths", "BindPaths=/srv/data:/data:rbind", "ls /data/mounted", "below" },
	{ "BindReadOnlyPaths", "BindReadOnlyPaths=/srv/data:/data", "cat /data/file; touch /data/x",
	  "Read-only file system" },
	{ "FollowMounts",
	  "FollowMounts=/media\nExecStartPre=/bin/sh -c '(sleep 1; mount -t tmpfs late /media; touch /media/late) >/dev/null 2>&1 &'",
	  "ls /media; n=0; until [ -e /media/late ] || [ $n = 99 ]; do sleep 0.1; n=$((n+1)); done; ls /media; grep -o '/ /media ro,nosuid,nodev' /proc/self/mountinfo",
	  "late\n/ /media ro,nosuid,nodev\n" },
	{ "FollowMounts", "FollowMounts=/media\nInaccessiblePaths=/media/late", "id", "!uid=" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:mode=0777,size=1M",
	  "ls /srv | wc -l; echo a >/srv/a && cat /srv/a", "0\na" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:ro\nBindReadOnlyPaths=/srv/data",
	  "cat /srv/data/file; ls /srv; touch /srv/x", "Read-only file system" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:mode=1777,size=64K",
	  "head -c 100K /dev/zero >/srv/big", "No space left" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:mode=1777,nr_inodes=20",
	  "i=0; while [ $i -lt 30 ]; do : >/srv/$i || break; i=$((i+1)); done", "No space left" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:mode=1777,noexec",
	  "cp /bin/true /srv/t; /srv/t; stat -c %a /srv", "Permission denied" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:strictatime",
	  "grep -c ' /srv .*relatime' /proc/self/mountinfo", "0" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:strictatime,nostrictatime",
	  "grep -c ' /srv .*relatime' /proc/self/mountinfo", "1" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv:mode=1770", "stat -c %a:%U /srv",
	  "1770:root" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/tmp/t:mode=777,size=64K",
	  "head -c 100K /dev/zero >/tmp/t/big", "No space left" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=-/srv/nothing -%h/nothing -/srv/data:mode=555",
	  "ls -A /srv/data | wc -l", "0" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/srv/nothing", "id", "!uid=" },
	{ "TemporaryFileSystem", "TemporaryFileSystem=/run/cordon", "id", "!uid=" },
	{ "ReadWritePaths", "ReadWritePaths=/srv/data",
	  "touch /srv/data/x && echo written; touch /srv/y", "written" },
	{ "ReadWritePaths", "Home=read-only\nReadWritePaths=%h/answers",
	  "touch ~/answers/1 && echo written; touch ~/x", "Read-only file system" },
	{ "ReadWritePaths", "ReadWritePaths=/var/lib/docker",
	  "touch /var/lib/docker/x && echo written", "written" },
	{ "ReadOnlyPaths", "ProtectSystem=no\nReadOnlyPaths=/srv/data\nReadWritePaths=/srv/data/open",
	  "touch /srv/data/x; touch /srv/data/open/x && echo open-written", "open-written" },
	{ "ReadOnlyPaths", "ProtectSystem=no\nReadOnlyPaths=/srv/data", "touch /srv/data/x",
	  "Read-only file system" },
	{ "ReadOnlyPaths", "ReadOnlyPaths=/tmp", "touch /tmp/x", "Read-only file system" },
	{ "InaccessiblePaths", "InaccessiblePaths=/srv/data", "cat /srv/data/file",
	  "Permission denied" },
	{ "InaccessiblePaths", "InaccessiblePaths=/srv/data\nReadOnlyPaths=/srv/data/open",
	  "ls /srv/data; ls /srv/data/open && echo reached", "reached" },
	{ "InaccessiblePaths", "InaccessiblePaths=/srv/nothing", "id", "!uid=" },
	{ "InaccessiblePaths", "InaccessiblePaths=-/srv/nothing", "id", "uid=" },
	{ "InaccessiblePaths", "InaccessiblePaths=/etc/hostname", "cat /etc/hostname",
	  "Permission denied" },
	{ "NoExecPaths", "NoExecPaths=%h /tmp",
	  "cp /bin/true ~/t; ~/t; cp /bin/true /tmp/t; /tmp/t", "Permission denied" },
	{ "NoExecPaths", "NoExecPaths=%h", "/lib64/ld-linux-x86-64.so.2 ~/t", "failed to map" },
	{ "NoExecPaths", "NoExecPaths=%h",
	  "python3 -c 'import os; f=os.memfd_create(\"x\"); os.write(f,open(\"/bin/true\",\"rb\").read()); os.execve(f,[\"x\"],{})'",
	  "Error" },
	{ "NoExecPaths", "NoExecPaths=/sbin", "/usr/sbin/getcap ~; /sbin/getcap ~",
	  "Permission denied" },
	{ "NoExecPaths", "NoExecPaths=%h /tmp",
	  "printf '#!/bin/sh\necho ran\n' >~/s; chmod +x ~/s; ~/s; cp ~/s /tmp/s; /tmp/s", "!ran" },
	{ "NoExecPaths", "NoExecPaths=%h",
	  "cp /bin/true ~/t; exec 3<~/t; /proc/self/fd/3; echo code=$?", "code=126" },
	{ "NoExecPaths", "NoExecPaths=%h",
	  "cp /lib/x86_64-linux-gnu/libutil.so.1 ~/x.so; python3 -c 'import ctypes,os; ctypes.CDLL(os.environ[\"HOME\"]+\"/x.so\")'",
	  "failed to map segment" },
	{ "NoExecPaths", "NoExecPaths=%h",
	  "python3 -c 'import mmap,os; f=open(os.environ[\"HOME\"]+\"/t\",\"rb\"); mmap.mmap(f.fileno(), 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ|mmap.PROT_EXEC)'",
	  "PermissionError" },
	{ "NoExecPaths", "NoExecPaths=%h",
	  "python3 -c 'import os; print(os.memfd_create(\"x\", 0x10))'; echo 2 >/proc/sys/vm/memfd_noexec; cat /proc/sys/vm/memfd_noexec",
	  "Permission denied" },
	{ "NoExecPaths", "NoExecPaths=/tmp /dev/shm", "cp /bin/true /dev/shm/t; /dev/shm/t",
	  "Permission denied" },
	{ "NoExecPaths", "NoExecPaths=/nowhere-at-all", "id", "!uid=" },
	/* a program that may be executed can read scripts */
	{ "NoExecPaths", "NoExecPaths=%h", "printf 'echo ran\n' >~/s; sh ~/s", "ran" },
	{ "ReadOnlyPaths", "ReadOnlyPaths=/home", "touch ~/x", "Read-only file system" },
	{ "ReadOnlyPaths", "ReadOnlyPaths=/", "touch ~/x /tmp/x /dev/x", "Read-only file system" },
	{ "InaccessiblePaths", "InaccessiblePaths=/srv", "ls -d /srv; ls /srv",
	  "/srv\nls: cannot open directory '/srv': Permission denied" },
	{ "InaccessiblePaths", "InaccessiblePaths=/srv\nReadOnlyPaths=/srv/data",
	  "exec 2>&1; ls /srv; cat /srv/data/file; ls /srv/root",
	  "Permission denied\nf\nls: cannot access '/srv/root'" },
	{ "InaccessiblePaths", "InaccessiblePaths=/sbin", "ls /usr/sbin/", "Permission denied" },
	{ "InaccessiblePaths", "InaccessiblePaths=/var", "ls /var; touch /var/tmp/x",
	  "Permission denied" },
	{ "InaccessiblePaths", "InaccessiblePaths=/run /dev/shm", "ls /run; ls /dev/shm; echo in",
	  "in" },
	{ "InaccessiblePaths", "InaccessiblePaths=/var/run/lock", "ls /run/lock",
	  "Permission denied" },
	{ "InaccessiblePaths", "InaccessiblePaths=/srv/data\nNoExecPaths=/srv/data/open",
	  "ls /srv/data/open", "Permission denied" },
	{ "InaccessiblePaths", "NoExecPaths=/srv/data\nInaccessiblePaths=/srv/data", "ls /srv/data",
	  "Permission denied" },
	{ "InaccessiblePaths", "NoExecPaths=%h/answers /tmp\nInaccessiblePaths=%h/answers /tmp",
	  "ls ~/answers /tmp",
	  "'/home/bob/answers': Permission denied\nls: cannot open directory '/tmp': Permission denied" },
	{ "ExecPaths", "NoExecPaths=%h\nExecPaths=%h/answers",
	  "cp /bin/echo ~/answers/e && ~/answers/e runs", "runs" },
	{ "PrivateUsers", "PrivateUsers=identity", "cat /proc/self/uid_map; stat -c %U /etc/passwd",
	  "root" },
	{ "PrivateUsers", "PrivateUsers=self", "cat /proc/self/uid_map; stat -c %U /etc/passwd; id",
	  "nobody" },
	{ "PrivateUsers", "PrivateUsers=self", "id -G | tr ' ' '\\n' | grep -c -E '^(2001|2990)$'",
	  "2" },
	{ "PrivateUsers", "PrivateUsers=yes", "wc -l </proc/self/uid_map; stat -c %U /srv/data",
	  "nobody" },
	{ "PrivateUsers", "PrivateUsers=no", SHOW_NS "user", "HOST:user" },
	{ "PrivatePIDs", "PrivatePIDs=yes", SHOW_NS "pid", "!HOST:pid" },
	{ "PrivatePIDs", "PrivatePIDs=no", SHOW_NS "pid", "HOST:pid" },
	{ "PrivateIPC", "PrivateIPC=yes", SHOW_NS "ipc", "!HOST:ipc" },
	{ "PrivateIPC", "PrivateIPC=no", SHOW_NS "ipc", "HOST:ipc" },
	{ "PrivateUTS", "PrivateUTS=yes", SHOW_NS "uts", "!HOST:uts" },
	{ "PrivateUTS", "PrivateUTS=no", SHOW_NS "uts", "HOST:uts" },
	{ "PrivateUTS", "ProtectHostname=no", SHOW_NS "uts", "HOST:uts" },
	{ "PrivateUTS", "PrivateUTS=no\nHostname=inside", "id", "!uid=" },
	{ "PrivateNetwork", "PrivateNetwork=yes", SHOW_NS "net; cat /proc/net/dev", "!HOST:net" },
	{ "PrivateNetwork", "PrivateNetwork=no", SHOW_NS "net", "HOST:net" },
	{ "NetworkNamespacePath", "NetworkNamespacePath=/run/netns/course",
	  "cat /proc/net/dev; ls /sys/class/net", "course0" },
	{ "NetworkNamespacePath", "NetworkNamespacePath=/run/netns/course", SHOW_NS "net",
	  "!HOST:net" },
	{ "NetworkNamespacePath", "NetworkNamespacePath=/run/netns/course\nPrivateNetwork=no", "id",
	  "!uid=" },
	{ "NetworkNamespacePath", "NetworkNamespacePath=/run/netns/nothing", "id", "!uid=" },
	{ "NetworkNamespacePath", "NetworkNamespacePath=/run/netns/host", "id",
	  "!uid=" }, /* it must not be the host's */
	{ "NetworkNamespacePath", "NetworkNamespacePath=/run/netns/uts", "id", "!uid=" },
	{ "NetworkNamespacePath", "NetworkNamespacePath=/tmp/course", "id",
	  "!uid=" }, /* anybody could have put it there */
	{ "NetworkAllow", "NetworkAllow=192.0.2.1:80\nPrivateNetwork=no", "id", "!uid=" },
	{ "NetworkAllow", "NetworkAllow=192.0.2.1:80\nNetworkNamespacePath=/run/netns/course", "id",
	  "!uid=" },
	{ "NetworkDeny", "NetworkDeny=192.0.2.1", "id", "!uid=" },
	{ "RestrictNamespaces", "RestrictNamespaces=yes", "unshare -U true",
	  "Operation not permitted" },
	{ "RestrictNamespaces", "RestrictNamespaces=no", "unshare -U true && echo may", "may" },
	{ "RestrictNamespaces", "RestrictNamespaces=user",
	  "unshare -U true && echo may; unshare -Un true", "Operation not permitted" },
	{ "LimitCPU", "LimitCPU=17min", "ulimit -t", "1020" },
	{ "LimitCPU", "LimitCPU=1.5minutes", "ulimit -t", "90" },
	{ "LimitFSIZE", "LimitFSIZE=1.5 K", "grep 'file size' /proc/self/limits", "1536" },
	{ "LimitFSIZE", "LimitFSIZE=1M", "ulimit -f; head -c 2M /dev/zero >~/big; rm ~/big", "1024" },
	{ "LimitDATA", "LimitDATA=512M", "ulimit -d", "524288" },
	{ "LimitSTACK", "LimitSTACK=4M", "ulimit -s", "4096" },
	{ "LimitCORE", "LimitCORE=0", "ulimit -c", "0" },
	{ "LimitRSS", "LimitRSS=100M", "ulimit -m", "102400" },
	{ "LimitNOFILE", "LimitNOFILE=100:200", "ulimit -n; ulimit -Hn", "100\n200" },
	{ "LimitAS", "LimitAS=2G", "ulimit -v", "2097152" },
	{ "LimitNPROC", "LimitNPROC=20", "i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done",
	  "Resource temporarily unavailable" },
	{ "LimitMEMLOCK", "LimitMEMLOCK=16K", "ulimit -l", "16" },
	{ "LimitLOCKS", "LimitLOCKS=55", "grep 'file locks' /proc/self/limits", "55" },
	{ "LimitSIGPENDING", "LimitSIGPENDING=77", "ulimit -i", "77" },
	{ "LimitMSGQUEUE", "LimitMSGQUEUE=4096", "ulimit -q", "4096" },
	{ "LimitNICE", "LimitNICE=0", "grep 'nice priority' /proc/self/limits", "0" },
	{ "LimitRTPRIO", "LimitRTPRIO=0", "ulimit -r", "0" },
	{ "LimitRTTIME", "LimitRTTIME=2s", "grep 'realtime timeout' /proc/self/limits", "2000000" },
	/* the host of this test has no cgroup v2; groups_test and addresses_test try them */
	{ "MemoryMax", "MemoryMax=1G", "id", "!uid=" },
	{ "MemoryHigh", "MemoryHigh=80%", "id", "!uid=" },
	{ "MemorySwapMax", "MemorySwapMax=0", "id", "!uid=" },
	{ "TasksMax", "TasksMax=200", "id", "!uid=" },
	{ "CPUQuota", "CPUQuota=50%", "id", "!uid=" },
	{ "CPUWeight", "CPUWeight=idle", "id", "!uid=" },
	{ "IOWeight", "IOWeight=50", "id", "!uid=" },
	{ "AllowedCPUs", "AllowedCPUs=0", "id", "!uid=" },
	{ "IPAddressAllow", "IPAddressDeny=any\nIPAddressAllow=localhost", "id", "!uid=" },
	{ "IPAddressDeny", "IPAddressDeny=any", "id", "!uid=" },
	{ "Share", "Share=user\nTasksMax=200", "id", "!uid=" },
	{ "Share", "Share=session", "echo in", "in" },
	{ "Nice", "Nice=7", "nice; nice -n -1 true",
	  "7\nnice: cannot set niceness: Permission denied" },
	{ "Nice", "Nice=-3", "nice", "-3\n" },
	{ "OOMScoreAdjust", "OOMScoreAdjust=700",
	  "cat /proc/self/oom_score_adj; echo 600 >/proc/self/oom_score_adj", "700\n" },
	{ "CPUSchedulingPolicy", "CPUSchedulingPolicy=batch", "chrt -p $$; chrt -o 0 true",
	  "SCHED_BATCH" },
	{ "CPUSchedulingPolicy", "CPUSchedulingPolicy=idle", "chrt -p $$; chrt -o 0 echo back",
	  "!back" },
	{ "CPUSchedulingPriority", "CPUSchedulingPolicy=rr\nCPUSchedulingPriority=3\nLimitRTTIME=1s",
	  "chrt -p $$", "SCHED_RR\npid" },
	{ "CPUSchedulingPriority", "CPUSchedulingPolicy=rr\nCPUSchedulingPriority=3\nLimitRTTIME=1s",
	  "chrt -p $$", "priority: 3" },
	{ "CPUSchedulingPriority", "CPUSchedulingPriority=3", "id", "!uid=" },
	{ "IOSchedulingClass", "IOSchedulingClass=idle", "ionice -p $$; ionice -c 2 echo back",
	  "idle\n" },
	{ "IOSchedulingClass", "IOSchedulingClass=idle", "ionice -c 2 echo back", "!back" },
	{ "IOSchedulingPriority", "IOSchedulingPriority=6", "ionice -p $$", "best-effort: prio 6" },
	{ "CoreScheduling", "CoreScheduling=session", CORE_OTHER, "-1 1\n" },
	{ "CoreScheduling", "CoreScheduling=user", CORE_OTHER, "-1 1\n" },
	{ "CoreScheduling", "CoreScheduling=no", CORE_OTHER, "!-1 1\n" },
	{ "CPUAffinity", "CPUAffinity=0", "nproc; taskset -pc $$", "1\npid" },
	{ "CPUAffinity", "CPUAffinity=4000,4001\nCPUAffinity=0,1", "taskset -pc $$", "0,1\n" },
	{ "IOSchedulingClass", "IOSchedulingClass=none", "ionice -p $$", "none: prio 0" },
	{ "CPUAffinity", "CPUAffinity=0", "taskset -c 1 echo elsewhere", "!elsewhere" },
	{ "CPUAffinity", "CPUAffinity=4000", "id", "!uid=" },
	{ "CapabilityBoundingSet", "CapabilityBoundingSet=", "grep CapBnd /proc/self/status",
	  "0000000000000000" },
	{ "CapabilityBoundingSet", "CapabilityBoundingSet=CAP_NET_RAW",
	  "grep CapBnd /proc/self/status", "0000000000002000" },
	{ "SystemCallFilter", "SystemCallFilter=~mkdir mkdirat", "mkdir ~/d1",
	  "Operation not permitted" },
	{ "SystemCallFilter", "SystemCallFilter=~mkdir:ENOTDIR mkdirat:ENOTDIR", "mkdir ~/d1",
	  "Not a directory" },
	{ "SystemCallFilter", "SystemCallFilter=~rmdir \\\n mkdir mkdirat", "mkdir ~/d1",
	  "Operation not permitted" },
	{ "CapabilityBoundingSet", "CapabilityBoundingSet=CAP_NET_RAW CAP_CHOWN ~CAP_CHOWN",
	  "grep CapBnd /proc/self/status", "0000000000002000" },
	{ "RestrictNamespaces", "RestrictNamespaces=user net ~net",
	  "unshare -U true && echo may; unshare -Un true", "Operation not permitted" },
	{ "SystemCallErrorNumber", "SystemCallFilter=~mkdir mkdirat\nSystemCallErrorNumber=ENOSPC",
	  "mkdir ~/d1", "No space left" },
	{ "SystemCallArchitectures", "",
	  "python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(0x40000027))'; echo code=$?",
	  "code=159" },
	{ "SystemCallLog", "SystemCallLog=mkdir", "mkdir ~/d2 && rmdir ~/d2 && echo may", "may" },
	{ "RestrictAddressFamilies", "",
	  "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
	  "Address family not supported" },
	{ "RestrictAddressFamilies", "",
	  "python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)'",
	  "Protocol not supported" },
	{ "RestrictAddressFamilies", "RestrictAddressFamilies=AF_UNIX AF_INET6 ~AF_INET",
	  SOCKET("AF_INET"), "Address family not supported" },
	{ "RestrictAddressFamilies", "RestrictAddressFamilies=any ~AF_INET", SOCKET("AF_INET"),
	  "Address family not supported" },
	{ "RestrictAddressFamilies", "RestrictAddressFamilies=none ~AF_INET", SOCKET("AF_INET"),
	  "Address family not supported" },
	{ "RestrictAddressFamilies", "RestrictAddressFamilies=any ~AF_INET",
	  SOCKET("AF_INET6") " && echo may", "may" },
	{ "RestrictAddressFamilies", "RestrictAddressFamilies=~AF_UNIX \\\n AF_INET",
	  SOCKET("AF_INET"), "Address family not supported" },
	{ "RestrictAddressFamilies", "RestrictAddressFamilies=AF_NETLINK",
	  "python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)' && echo may",
	  "may" },
	{ "SocketBindDeny", "SocketBindDeny=tcp", BIND "(8080)'", "PermissionError" },
	{ "SocketBindAllow", "SocketBindDeny=tcp\nSocketBindAllow=tcp:8000-8080",
	  BIND "(8080); print(\"bound\"); f(8081)'", "bound" },
	{ "SocketBindAllow", "SocketBindDeny=tcp\nSocketBindAllow=tcp:8000-8080",
	  BIND "(8080); f(8081)'", "PermissionError" },
	{ "SocketBindAllow", "SocketBindAllow=tcp:8080", "id", "!uid=" },
	{ "SocketBindAllow", "SocketBindDeny=tcp\nSocketBindAllow=udp:53", "id", "!uid=" },
	{ "SocketBindAllow", "SocketBindDeny=tcp\nSocketBindAllow=8080",
	  BIND "(8080); print(\"bound\"); f(8081)'", "bound" },
	{ "SocketConnectDeny", "SocketConnectDeny=tcp", CONNECT "(8080)'", "PermissionError" },
	{ "SocketConnectAllow", "SocketConnectDeny=tcp\nSocketConnectAllow=tcp:8080",
	  CONNECT "(8080); print(\"connected\"); f(8081)'", "connected" },
	{ "SocketConnectAllow", "SocketConnectDeny=tcp\nSocketConnectAllow=tcp:8080",
	  CONNECT "(8080); f(8081)'", "PermissionError" },
	{ "KeyringMode", "KeyringMode=private\nSystemCallFilter=@default-session @keyring",
	  DESCRIBE_KEYRING, ";_ses" },
	{ "KeyringMode", "KeyringMode=inherit\nSystemCallFilter=@default-session @keyring",
	  DESCRIBE_KEYRING, ";_" }, /* whose: surface_test.c */
	{ "LockPersonality", "LockPersonality=yes", "setarch -R true", "failed to set personality" },
	{ "LockPersonality", "LockPersonality=no", "setarch -R true && echo may", "may" },
	{ "Personality", "Personality=x86", "uname -m", "i686" },
	{ "Personality", "Personality=x86-64", "uname -m", "x86_64" },
	{ "MemoryDenyWriteExecute", "MemoryDenyWriteExecute=yes",
	  "python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=7)'", "PermissionError" },
	{ "MemoryDenyWriteExecute", "MemoryDenyWriteExecute=no",
	  "python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=7)' && echo may", "may" },
	{ "RestrictRealtime", "RestrictRealtime=yes", "chrt -f 1 true", "Operation not permitted" },
	{ "RestrictRealtime", "RestrictRealtime=no",
	  "python3 -c 'import os; os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))' && echo may",
	  "may" },
	{ "RestrictSUIDSGID", "RestrictSUIDSGID=yes", "cp /bin/true ~/s; chmod u+s ~/s",
	  "Operation not permitted" },
	{ "RestrictSUIDSGID", "RestrictSUIDSGID=yes", "mkdir -p ~/team; chmod 2775 ~/team",
	  "Operation not permitted" },
	{ "RestrictSUIDSGID", "RestrictSUIDSGID=suid",
	  "mkdir -p ~/team; chmod 2775 ~/team; stat -c %a ~/team; cp /bin/true ~/s; chmod u+s ~/s",
	  "2775\nchmod: changing permissions of '/home/bob/s': Operation not permitted" },
	{ "RestrictSUIDSGID", "RestrictSUIDSGID=no", "cp /bin/true ~/s; chmod u+s ~/s && echo may",
	  "may" },
};

/* "HOST:pid" stands for the host's namespace. */
static const char *host_ns(const char *wanted)
{
	static char text[64];
	const char *at = strstr(wanted, "HOST:");
	struct out o;

	if (at == NULL)
		return wanted;
	o = sh("readlink /proc/self/ns/%s", at + 5);
	(void)snprintf(text, sizeof text, "%s%.50s", wanted[0] == '!' ? "!" : "", o.text);
	return text;
}

static bool one(const struct live_case *c)
{
	const char *wanted = host_ns(c->wanted);
	struct out o;

	rule_set(c->rule);
	o = as_bob(c->command[0] == '!' ? "id" : c->command);
	if (c->command[0] == '!') {
		return silent(o, "uid="); /* cordon makes no mount point on a disk of the host */
	}
	if (wanted[0] == '!' ? !silent(o, wanted + 1) : !says(o, wanted))
		return false;
	return true;
}

static void directives(void **state)
{
	const char *only = getenv("ONLY");
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (only != NULL && strcmp(only, cases[i].directive) != 0)
			continue;
		if (one(&cases[i]))
			continue;
		if (strstr(sh("cordon check").text, "this kernel lacks") != NULL) {
			print_message("SKIPPED: %s: this kernel cannot\n", cases[i].directive);
			continue;
		}
		print_message("^ %s: rule '%s', command '%s'\n\n", cases[i].directive,
			      cases[i].rule, cases[i].command);
		failed++;
	}
	assert_int_equal(failed, 0);
}

static void every_row_has_one(void **state)
{
	static const char *const rows[] = {
#define SETTING(Name, field, type, merge, run, part, def, help) #Name,
#include "settings.def"
#undef SETTING
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool found = false;

		for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
			found = found || strcmp(cases[k].directive, rows[i]) == 0;
		if (!found)
			fail_msg("%s has no live test", rows[i]);
	}
}

static int prepare(void **state)
{
	(void)state;
	return sh("set -e; mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup; echo \"the host's\" >/sys/fs/cgroup/of-the-host; mkdir -m 777 /sys/fs/cgroup/open;"
		  "[ -e /dev/kmsg ] || mknod -m 644 /dev/kmsg c 1 11;"
		  "mknod -m 666 /dev/of-test1 c 1 3; mknod -m 666 /dev/of-test2 c 1 5;"
		  "mkdir -p /srv/data/open /srv/root/etc /srv/root/bin /home/bob/answers /var/lib/open;"
		  "mkdir /srv/data/mounted; mount -t tmpfs none /srv/data/mounted; touch /srv/data/mounted/below; echo f >/srv/data/file; chmod 777 /srv/data /srv/data/open /srv /var/lib/open; chown bob: /home/bob/answers;"
		  "touch /tmp/of-the-host; echo CC_FILE=FILE:/tmp/cc_bob >>/etc/environment; echo 'a ticket' >/tmp/cc_bob; chmod 600 /tmp/cc_bob; chown bob: /tmp/cc_bob; mkdir -p /run/user/2001; touch /run/user/2001/bus; chown -R bob /run/user/2001; mkdir -p /var/lib/docker; chmod 777 /var/lib/docker; echo 'the other root' >/srv/root/etc/which; chmod 755 /srv;"
		  "ln -s /usr/lib /srv/root/lib; mkdir /srv/root/usr; cp -a /usr/bin/dash /srv/root/bin/sh; cp -a /usr/bin/cat /srv/root/bin/; touch /srv/root/bin/bash;"
		  "mkdir -p /srv/root/lib64 /srv/root/usr/lib; rm /srv/root/lib; mkdir -p /srv/root/lib/x86_64-linux-gnu;"
		  "cp -L /lib64/ld-linux-x86-64.so.2 /srv/root/lib64/; cp -L /lib/x86_64-linux-gnu/libc.so.6 /srv/root/lib/x86_64-linux-gnu/;"
		  "printf '%%s\\n' '# shades' '; of it' '' 'COLOUR=green  ' '  SHADE=\"a \\\"light\\\" one\"' 'WHO=@$x \\q@' | tr @ \"'\" >/etc/cordon/colours;"
		  "echo COLOUR=red >/etc/cordon/anybodys; chmod 666 /etc/cordon/anybodys; echo export A=1 >/etc/cordon/broken;"
		  "ip netns add course; ip -n course link add course0 type veth peer name course1; touch /run/netns/host /run/netns/uts; mount --bind /proc/self/ns/net /run/netns/host; mount --bind /proc/self/ns/uts /run/netns/uts; ln -s /run/netns/course /tmp/course;"
		  "mkdir -p /etc/cordon/profiles; printf '[Session]\\nUMask=0027\\n' >/etc/cordon/profiles/test.conf")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_one),
		cmocka_unit_test(directives),
	};

	return cmocka_run_group_tests_name("settings", tests, prepare, NULL);
}
