/* SPDX-License-Identifier: Apache-2.0 */
/* profile_transfer_test.c - restricted-ssh, sftp-only, rsync-only, git-only: their clients, nothing else */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SFTP  "sftp -F $HOST_KEYS/ssh_config -b - "
#define SCP   "scp -F $HOST_KEYS/ssh_config "
#define RSYNC "rsync -e \"" SSH "\" "

static int prepare(void **state)
{
	(void)state;
	rule_file("50-bob", "User=bob", "Profile=sftp-only");
	rule_file("51-alice", "User=alice", "Profile=rsync-only\nReadWritePaths=/srv/backup/%u");
	rule_file("52-git", "User=git", "Profile=git-only\nReadWritePaths=/srv/git");
	rule_file(
		"53-eve", "User=eve",
		"Profile=restricted-ssh\nAllowCommands=@rsync-read\nReadOnlyPaths=/srv/backup/alice");
	/* names as people give them */
	return sh("set -e; mkdir -p /srv/other /srv/git/project.git; echo s >/srv/other/secret; install -d -o alice -g alice /srv/backup/alice;"
		  "git init -q --bare -b main /srv/git/project.git; chown -R git: /srv/git; usermod -s /usr/sbin/nologin git;"
		  "mkdir -p /tmp/t/d/deep; cd /tmp/t; echo 1 >'a b'; echo 2 >\"it's\"; printf 3 >'new\nline'; echo 4 >-dash; echo 5 >\xc3\xa4\xc3\xb6.txt;"
		  "echo 6 >'\"q\"'; echo 7 >'$(id)'; echo 8 >'*'; head -c 3M /dev/urandom >big; cp /etc/hostname d/deep/x; chmod 640 d/deep/x; ln -s big link")
		.code;
}

/* No other program starts, by any request; the client gets 126 and one line. */
static void nothing_else(const char *user)
{
	static const char *const tries[] = { "id",
					     "sh",
					     "/bin/sh",
					     "bash -i",
					     "sh -c id",
					     "cat /etc/passwd",
					     "/usr/lib/openssh/sftp-server; id",
					     "python3 -c 1",
					     "env",
					     "ls",
					     "true",
					     "ssh-keygen",
					     "scp -S sh -t .",
					     "scp -t . && id",
					     "rsync --server --daemon .",
					     "rsync --server -e sh . .",
					     "rsync --daemon --config=./c",
					     "git --exec-path=. upload-pack x",
					     "git-upload-pack --help",
					     "git shell",
					     "git-shell -c id",
					     "git -c core.pager=id log",
					     "/lib64/ld-linux-x86-64.so.2 /bin/sh",
					     "perl -e 1",
					     "busybox sh",
					     "$(id)",
					     "`id`",
					     "" };

	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		struct out o = as_user(user, tries[i]);

		if (o.code != 126 || strstr(o.text, "uid=") != NULL ||
		    strncmp(o.text, "cordon: refused: ", 17) != 0 ||
		    strchr(o.text, '\n') != o.text + strlen(o.text) - 1)
			fail_msg("%s: '%s': code %d: %s", user, tries[i], o.code, o.text);
	}
	assert_says(sh("echo id | " SSH "-tt %s@h; echo code=$?", user), "code=126");
	assert_says(sh("su %s -s /bin/sh -c id; echo code=$?", user), "code=126");
	/* by files that the client can upload: files that shells and sshd read */
	assert_int_equal(
		sh("h=$(getent passwd %s | cut -d: -f6); mkdir -p $h/.ssh; for f in .bashrc .profile .ssh/rc .bash_profile; do "
		   "echo 'id >/tmp/ran; id >~/ran' >$h/$f; done; echo BASH_ENV=$h/.bashrc >$h/.ssh/environment",
		   user)
			.code,
		0);
	(void)as_user(user, "id");
	assert_int_not_equal(sh("ls $(getent passwd %s | cut -d: -f6)/ran /tmp/ran", user).code, 0);
}

static void sftp_in_full(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cd /tmp/t && printf 'mkdir in\\ncd in\\nput big\\nput \"a b\"\\nput -p d/deep/x mode\\nrename mode moved\\nchmod 600 moved\\n"
		   "ln -s big s\\nln big hard\\ndf\\nls -la\\nget big /tmp/back\\nmkdir e\\nrmdir e\\nrm \"a b\"\\nput -r d\\nget -r d /tmp/back-d\\n"
		   "reget big /tmp/back\\n' | " SFTP
		   "bob@h && cmp big /tmp/back && diff -r d /tmp/back-d && cmp big /home/bob/in/big")
			.code,
		0);
	assert_string_equal(sh("ls /home/bob/in; stat -c %%a /home/bob/in/moved").text,
			    "big\nd\nhard\nmoved\ns\n600\n");
	/* a transfer that broke off goes on */
	assert_int_equal(
		sh("head -c 1M /tmp/t/big >/home/bob/in/part; chown bob: /home/bob/in/part; cd /tmp/t; printf 'cd in\\nreput big part\\n' | " SFTP
		   "bob@h; "
		   "cmp big /home/bob/in/part")
			.code,
		0);
	assert_int_equal(
		sh("head -c 1M /tmp/t/big >/tmp/back; cd /tmp/t; printf 'cd in\\nreget big /tmp/back\\nreget -a big /tmp/back\\n' | " SFTP
		   "-R 3 -B 4096 bob@h && cmp big /tmp/back")
			.code,
		0);
	assert_string_equal(sh("umask 0; printf 'put /tmp/t/d/deep/x u\\n' | " SFTP
			       "bob@h >/dev/null; stat -c %%a /home/bob/u")
				    .text,
			    "640\n");
}

static void scp_in_full(void **state)
{
	static const char *const proto[] = { "-s", "-O" };

	(void)state;
	for (unsigned i = 0; i < 2;
	     i++) { /* the client of the old protocol turns a newline in a name into "\^J" */
		assert_int_equal(
			sh("rm -rf /home/bob/s /tmp/b; mkdir -p /tmp/b; cd /tmp; rm -f t/link; x=; [ %s = -s ] || x=--exclude=new*; " SCP
			   "%s -q -r -p t bob@h:s && diff -r $x t /home/bob/s && " SCP
			   "%s -q -r bob@h:s /tmp/b && diff -r $x t /tmp/b/s",
			   proto[i], proto[i], proto[i])
				.code,
			0);
		assert_int_equal(
			sh("ln -s big /tmp/t/link; test $(stat -c %%a /home/bob/s/d/deep/x) = 640").code,
			0);
		assert_int_equal(sh(SCP
				    "%s -q bob@h:s/big bob@h:mine /tmp/b; cmp /tmp/t/big /tmp/b/big",
				    proto[i])
					 .code,
				 0);
	}
	assert_int_equal(
		sh("rm -rf /tmp/b/*; " SCP "-q 'bob@h:s/b*' /tmp/b && cmp /tmp/t/big /tmp/b/big").code,
		0);
	/* from one account to another, through the client; directly it would take an ssh that starts here */
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(sh("rm -f /home/eve/got; " SCP
				    "%s -3 bob@h:s/big eve@h:got && cmp /tmp/t/big /home/eve/got",
				    proto[i])
					 .code,
				 0);
	assert_says(sh(SCP "-R bob@h:s/big eve@h:got2; ls /home/eve/got2"),
		    "scp -t PATH and scp -f PATH");
	/* the old protocol needs a shell on the server for wildcards, and there is none */
	assert_says(sh(SCP "-O -q 'bob@h:s/b*' /tmp/b"),
		    "commands are not run by a shell, so wildcards");
}

static void rsync_in_full(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cd /tmp && mkdir -p many && for i in $(seq 3000); do echo $i >many/$i; done; cp -a t many/t")
			.code,
		0);
	for (unsigned i = 0; i < 2; i++) {
		const char *options = i == 0 ? "-a" : "-azs --partial";

		assert_int_equal(
			sh("cd /tmp && " RSYNC
			   "%s --delete many/ alice@h:/srv/backup/alice/ && diff -r --no-dereference many /srv/backup/alice && "
			   "rm -rf got && " RSYNC
			   "%s alice@h:/srv/backup/alice/ got && diff -r --no-dereference many got",
			   options, options)
				.code,
			0);
		assert_int_equal(
			sh("cd /tmp && rm many/1*; " RSYNC
			   "%s --delete many/ alice@h:/srv/backup/alice/ && test ! -e /srv/backup/alice/1 && "
			   "for i in $(seq 3000); do echo $i >many/$i; done",
			   options)
				.code,
			0);
	}
	/* a link-dest backup; into the home as well */
	assert_int_equal(sh("cd /tmp && " RSYNC "-a t/ alice@h:day1/ && " RSYNC
			    "-a --link-dest=../day1 t/ alice@h:day2/ && "
			    "test /home/alice/day1/big -ef /home/alice/day2/big")
				 .code,
			 0);
	/* only reading, by the set and by the view */
	assert_int_equal(
		sh(RSYNC
		   "-a --exclude=d eve@h:/srv/backup/alice/t /tmp/eve && diff -r --exclude=d --no-dereference /tmp/t /tmp/eve/t")
			.code,
		0);
	assert_int_not_equal(sh(RSYNC "-a /tmp/t eve@h:").code, 0);
	assert_says(sh("printf 'put /etc/hostname /srv/backup/alice/x\\n' | " SFTP
		       "eve@h; ls /srv/backup/alice/x"),
		    "dest open \"/srv/backup/alice/x\": Failure");
}

static void git_in_full(void **state)
{
	(void)state;
	assert_int_equal(
		sh("export GIT_SSH_COMMAND=\"" SSH
		   "\" GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t;"
		   "cd /tmp && rm -rf g && git clone -q git@h:/srv/git/project.git g && cd g && cp -r ../t . && git add -A && git commit -q -m one && "
		   "echo more >>t/big && git commit -q -am two && git tag v1 && git push -q origin HEAD:main v1 && "
		   "git clone -q --depth 1 git@h:/srv/git/project.git ../shallow && test $(git -C ../shallow rev-list --count HEAD) = 1 && "
		   "git -C ../shallow fetch -q --unshallow && git clone -q --mirror git@h:/srv/git/project.git ../mirror.git && "
		   "git -C ../mirror.git show-ref | grep -q v1 && git ls-remote git@h:/srv/git/project.git | grep -q main && "
		   "git fetch -q && git archive --remote=git@h:/srv/git/project.git main | tar t | grep -q t/big && "
		   "git push -q --force origin HEAD~1:main && git push -q origin :v1")
			.code,
		0);
	/* a hook of the host's runs, and is confined */
	assert_int_equal(
		sh("printf '#!/bin/sh\\nid -un; grep -E \"NoNewPrivs|Seccomp:\" /proc/self/status; cat /srv/other/secret\\n' >/srv/git/project.git/hooks/post-receive;"
		   "chmod 755 /srv/git/project.git/hooks/post-receive")
			.code,
		0);
	assert_says(sh("cd /tmp/g && GIT_SSH_COMMAND=\"" SSH "\" git push origin HEAD:again"),
		    "remote: NoNewPrivs:\t1");
	assert_silent(sh("cd /tmp/g && GIT_SSH_COMMAND=\"" SSH "\" git push origin HEAD:again2"),
		      "remote: s ");
	/* by which it can be seen what a git session sees: the repositories, the home, programs */
	assert_int_equal(
		sh("printf '#!/bin/sh\nfor d in / /srv/* /srv/git /home /usr /var /etc /opt /sys; do echo $d: $(ls $d 2>&1 | tr \"\\\\n\" \" \"); done\n' "
		   ">/srv/git/project.git/hooks/post-receive")
			.code,
		0);
	assert_says(sh("cd /tmp/g && GIT_SSH_COMMAND=\"" SSH
		       "\" git push origin HEAD:see 2>&1 | sed 's/ *$//' | tee /tmp/see"),
		    "remote: /srv/git: project.git\n");
	assert_says(sh("cat /tmp/see"), "remote: /home: git\n");
	assert_says(sh("cat /tmp/see"),
		    "remote: /srv/*: ls: cannot access '/srv/*': No such file or directory\n");
	for (unsigned i = 0; i < 5; i++) {
		static const char *const hidden[] = { "/usr", "/var", "/etc", "/opt", "/sys" };

		assert_says(
			sh("grep '%s: ls: cannot open directory .%s.: Permission denied' /tmp/see",
			   hidden[i], hidden[i]),
			hidden[i]);
	}
	assert_int_not_equal(
		sh("GIT_SSH_COMMAND=\"" SSH "\" git clone -q git@h:/srv/other/x.git /tmp/none").code,
		0);
	/* repositories in the home, as git@host:name */
	assert_int_equal(
		sh("git init -q --bare -b main /home/git/own.git && chown -R git: /home/git/own.git && cd /tmp/g && "
		   "GIT_SSH_COMMAND=\"" SSH
		   "\" git push -q git@h:own.git HEAD:main && GIT_SSH_COMMAND=\"" SSH
		   "\" git clone -q git@h:own.git /tmp/own")
			.code,
		0);
}

static void nothing_else_starts(void **state)
{
	(void)state;
	nothing_else("bob");
	nothing_else("alice");
	nothing_else("git");
	nothing_else("eve");
	assert_int_not_equal(sh(RSYNC "-a /tmp/t bob@h:").code, 0);
	assert_int_not_equal(sh("GIT_SSH_COMMAND=\"" SSH "\" git clone -q bob@h:x /tmp/none").code,
			     0);
	assert_int_not_equal(sh("echo ls | " SFTP "alice@h").code, 0);
	assert_int_not_equal(sh(SCP "-O /etc/hostname alice@h:").code, 0);
	assert_int_not_equal(sh("echo ls | " SFTP "git@h").code, 0);
	/* what is forwarded ends inside */
	assert_silent(
		sh("( " SSH
		   "-N -L 2241:127.0.0.1:2222 bob@h & p=$!; sleep 2; timeout 3 bash -c 'head -c 7 </dev/tcp/127.0.0.1/2241'; kill $p ) 2>&1"),
		"SSH-2.0");
}

/* Uploaded files cannot be executed, even if a rule on top of the profile allows a program. */
static void nothing_uploaded_starts(void **state)
{
	static const char *const profiles[] = { "sftp-only", "rsync-only" };
	static const char rule[] =
		"Profile=%s\nAllowCommands=%%h/up\nAllowCommands=/bin/sh -c ...\n%s";
	static const char all[] =
		"sh -c 'for d in ~ /tmp /dev/shm; do cp ~/up $d/x && $d/x $d; done; rm ~/x'";

	(void)state;
	assert_int_equal(
		sh("printf '#!/bin/sh\\necho RAN $1\\n' >/home/bob/up; chmod 755 /home/bob/up; chown bob: /home/bob/up")
			.code,
		0);
	for (unsigned i = 0; i < 2; i++) {
		char text[256];

		(void)snprintf(text, sizeof text, rule, profiles[i], "");
		rule_file("50-bob", "User=bob", text);
		assert_says(as_user("bob", "/home/bob/up"), "/home/bob/up: cannot be started");
		assert_silent(as_user("bob", all), "RAN");
		assert_says(as_user("bob", all), "/dev/shm/x: Permission denied");
		(void)snprintf(text, sizeof text, rule, profiles[i], "NoExecPaths=");
		rule_file("50-bob", "User=bob", text);
		assert_says(as_user("bob", "/home/bob/up"), "RAN");
		assert_says(as_user("bob", all), "RAN /home/bob\nRAN /tmp\nRAN /dev/shm\n");
	}
	rule_file("50-bob", "User=bob", "Profile=sftp-only");
}

/* If ~/.ssh cannot be covered, the login is refused, so that nobody can make one. */
static void no_key_is_left(void **state)
{
	static const char *const demands[] = {
		/* one line requires that the path exists */
		"NoExecPaths=/home/eve/new\nReadOnlyPaths=-/home/eve/new",
		"InaccessiblePaths=-/srv/none\nReadOnlyPaths=/srv/none",
		"ReadOnlyPaths=-/srv/none\nReadOnlyPaths=/srv/none",
	};

	(void)state;
	rule_file("53-eve", "User=eve", "Profile=sftp-only\nInaccessiblePaths=%h/.ssh");
	assert_says(as_user("eve", "id"), "cordon: refused");
	assert_int_equal(sh("mv /home/eve/.ssh /home/eve/kept").code, 0);
	assert_silent(sh("su - eve -c id"), "cordon: refused");
	assert_says(sh("grep event=deny $HOST_LOG | tail -1"), "object=\"/home/eve/.ssh\"");
	for (unsigned i = 0; i < sizeof demands / sizeof demands[0]; i++) {
		rule_file("53-eve", "User=eve", demands[i]);
		assert_silent(sh("su - eve -c id"), "uid=");
	}
	rule_file(
		"53-eve", "User=eve",
		"NoExecPaths=-/home/eve/new\nReadOnlyPaths=-/home/eve/new\nInaccessiblePaths=-/srv/none\nReadOnlyPaths=-/srv/none");
	assert_says(sh("su - eve -c id"), "uid=");
	rule_file("53-eve", "User=eve", "Profile=sftp-only\nInaccessiblePaths=%h/.ssh");
	assert_int_equal(sh("ln -s kept /home/eve/.ssh").code, 0);
	assert_silent(sh("su - eve -c id"), "cordon: refused");
	assert_int_equal(sh("rm /home/eve/.ssh; mv /home/eve/kept /home/eve/.ssh").code, 0);
	assert_says(as_user("eve", "id"), "cordon: refused");
}

/*
 * Everything that sftp lists, from / on, but for programs, libraries and the API file systems.
 * What a client can name without its being listed is tried as well.
 */
static void little_is_visible(void **state)
{
	struct out o;

	(void)state;
	assert_int_equal(
		sh("rm -rf /home/bob/* /home/bob/.[abp]* /home/bob/.ssh/[er]*; echo mine >/home/bob/mine")
			.code,
		0);
	assert_int_equal(
		sh("cat >/tmp/walk.py <<'END'\n"
		   "import os, subprocess, sys\n"
		   "skip = ['/bin', '/lib', '/lib32', '/lib64', '/libx32', '/sbin', '/proc', '/dev', '/usr/bin', '/usr/sbin', '/usr/lib',\n"
		   "        '/usr/lib32', '/usr/lib64', '/usr/libx32', '/usr/libexec']\n"
		   "todo, seen = ['/'], []\n"
		   "while todo:\n"
		   "    d = todo.pop()\n"
		   "    r = subprocess.run(['sftp', '-q', '-F', os.environ['HOST_KEYS'] + '/ssh_config', '-b', '-', 'bob@h'],\n"
		   "                       input=('ls -1a \"%%s\"\\n' %% d).encode(), capture_output=True)\n"
		   "    for line in r.stdout.decode().splitlines():\n"
		   "        name = line.split('/')[-1].strip()\n"
		   "        if line.startswith('sftp>') or name in ('', '.', '..'): continue\n"
		   "        p = os.path.join(d, name)\n"
		   "        if p in skip or os.path.basename(d) == name: continue\n"
		   "        seen.append(p)\n"
		   "        if len(seen) > 100: break\n"
		   "        todo.append(p)\n"
		   "print(' '.join(sorted(set(seen))))\n"
		   "END")
			.code,
		0);
	o = sh("python3 /tmp/walk.py");
	assert_string_equal(
		o.text,
		"/etc /home /home/bob /home/bob/.ssh /home/bob/mine /media /mnt /opt /root /run /run/cordon /run/cordon/shell /run/lock /run/screen /run/user /run/user/2001 /run/utmp /srv /sys /tmp /tmp/.ICE-unix /tmp/.X11-unix /usr /var\n");
	o = sh("printf -- '-get /etc/shadow /tmp/stolen\\n-get /etc/ssh/sshd_config /tmp/stolen\\n-get /srv/other/secret /tmp/stolen\\n-get /home/alice/.bashrc /tmp/stolen\\n"
	       "-get /root/.bashrc /tmp/stolen\\n-get /var/log/wtmp /tmp/stolen\\n-get /etc/cordon/rules.d/50-bob.conf /tmp/stolen\\n-get /proc/1/environ /tmp/stolen\\n"
	       "-get /usr/share/cordon/profiles/sftp-only.conf /tmp/stolen\\n-get /sys/kernel/uevent_seqnum /tmp/stolen\\n"
	       "-ln -s / r\\n-get r/srv/other/secret /tmp/stolen\\n-get .ssh/authorized_keys /tmp/stolen\\n' | " SFTP
	       "bob@h; ls /tmp/stolen");
	assert_says(o, "ls: cannot access '/tmp/stolen'");
	/* nobody can read or add keys, because an own key would be a way to come back */
	assert_int_not_equal(
		sh("printf 'put /etc/hostname .ssh/authorized_keys\\n' | " SFTP "bob@h").code, 0);
	assert_int_not_equal(sh("printf 'rename .ssh ssh\\n' | " SFTP "bob@h").code, 0);
	assert_int_equal(sh("cmp $HOST_KEYS/id.pub /home/bob/.ssh/authorized_keys").code, 0);
	/* git and rsync see their trees and the home */
	assert_int_not_equal(sh(RSYNC "alice@h:/srv/other/ /tmp/x").code, 0);
	assert_says(sh(RSYNC "alice@h:/home/"), "alice");
	assert_silent(sh(RSYNC "alice@h:/home/"), "bob");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sftp_in_full),
		cmocka_unit_test(scp_in_full),
		cmocka_unit_test(rsync_in_full),
		cmocka_unit_test(git_in_full),
		cmocka_unit_test(little_is_visible),
		cmocka_unit_test(nothing_else_starts),
		cmocka_unit_test(nothing_uploaded_starts),
		cmocka_unit_test(no_key_is_left),
	};

	if (getenv("ONLY") != NULL)
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("profile transfer", tests, prepare, NULL);
}
