/* SPDX-License-Identifier: Apache-2.0 */
/* commands_test.c - AllowCommands= allows the intended clients and nothing else */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define F    "-F $HOST_KEYS/ssh_config "
#define SCP  "scp -q " F
#define SFTP "sftp -q " F "-b - bob@h "
#define LOG  "grep -a event=command-refused $HOST_LOG"
/* Waits for @n log lines like @what, because the keeper may write after the client is gone. */
#define LOGGED(what, n) \
	"n=0; until [ \"$(" LOG " | grep -ac '" what "')\" = " n \
	" ] || [ $n = 200 ]; do n=$((n+1)); sleep 0.05; done; "

/* Names that make trouble in quoting: a blank, both quotes, a newline, dashes, UTF-8, wildcards. */
#define ODD "/tmp/odd"
#define MAKE_ODD \
	"rm -rf " ODD "; mkdir -p '" ODD "/sub dir'; cd " ODD \
	"; for n in 'a b' \"it's\" 'say \"x\"' " \
	"\"$(printf 'new\\nline')\" -dash --rsh=x '\xc3\xbc\xe2\x82\xac' '$(id)' 'star*' '[x]' 'back\\slash' '#h' '~t'; " \
	"do echo \"$n\" >\"./$n\"; echo \"$n\" >\"./sub dir/$n\"; done"

static unsigned failed;

static void expect(const char *what, struct out o, int code, const char *text)
{
	if ((code >= 0 ? o.code == code : o.code > 0) &&
	    (text == NULL || strstr(o.text, text) != NULL))
		return;
	print_message("%s: wanted code %d and '%s', got code %d:\n%.2000s\n", what, code,
		      text != NULL ? text : "", o.code, o.text);
	failed++;
}

static void done(void)
{
	const unsigned n = failed;

	failed = 0;
	assert_int_equal(n, 0);
}

/* ---- sftp and scp ---- */

static void sftp(void **state)
{
	(void)state;
	rule_set("AllowCommands=@sftp");
	expect("put, list, rename, get",
	       sh("cd /tmp && echo one >s1 && printf 'mkdir d\\nput s1 \"d/a b\"\\nrename \"d/a b\" d/c.txt\\nls d/*.txt\\n"
		  "symlink c.txt d/l\\nget d/c.txt /tmp/s2\\nrm d/l\\nrm d/c.txt\\nrmdir d\\n' | " SFTP
		  "&& cmp s1 s2"),
	       0, "d/c.txt");
	expect("recursive",
	       sh(MAKE_ODD "; cd /tmp; echo 'put -r odd' | " SFTP
			   " && diff -r odd /home/bob/odd && rm -rf /home/bob/odd"),
	       0, NULL);
	expect("scp, its new protocol",
	       sh("cd /tmp; " SCP "s1 bob@h:s1.scp && cmp s1 /home/bob/s1.scp"), 0, NULL);
	expect("scp, the old one", sh("cd /tmp; " SCP "-O s1 bob@h:x"), -1,
	       "cordon: refused: \"scp -t x\"");
	expect("a command", sh(SSH "bob@h id"), 126, "allowed here: @sftp");
	expect("no command", sh(SSH "bob@h"), 126, "an interactive shell is not allowed");
	expect("a terminal", sh(SSH "-tt bob@h"), 126, "an interactive shell is not allowed");
	done();
}

static void scp(void **state)
{
	static const char *const protocol[] = { "", "-O " };

	(void)state;
	rule_set("AllowCommands=@scp");
	expect("odd names", sh(MAKE_ODD "; find . -name '*line' -delete"), 0,
	       NULL); /* scp itself changes a newline */
	for (unsigned i = 0; i < 2; i++) {
		const char *p = protocol[i];

		expect("to",
		       sh("cd /tmp; rm -f /home/bob/x; " SCP "%s-p s1 bob@h:x && cmp s1 /home/bob/x",
			  p),
		       0, NULL);
		expect("from", sh("cd /tmp; " SCP "%sbob@h:x x.back && cmp s1 x.back", p), 0, NULL);
		expect("recursive to",
		       sh("cd /tmp; rm -rf /home/bob/odd; " SCP
			  "%s-r odd bob@h: && diff -r odd /home/bob/odd",
			  p),
		       0, NULL);
		expect("recursive from",
		       sh("cd /tmp; rm -rf back; " SCP "%s-rp bob@h:odd back && diff -r odd back", p),
		       0, NULL);
		expect("many to a directory",
		       sh("cd /tmp; " SCP "%ss1 s2 bob@h:odd/ && cmp s2 /home/bob/odd/s2", p), 0,
		       NULL);
	}
	for (unsigned i = 0; i < 2; i++)
		expect("the home by ~",
		       sh("cd /tmp; rm -f /home/bob/t2 t2; " SCP "%s s1 'bob@h:~/t2' && " SCP
			  "%s 'bob@h:~/t2' t2 && cmp s1 /home/bob/t2 && cmp s1 t2",
			  protocol[i], protocol[i]),
		       0, NULL);
	expect("a home by ~ in the view of the shell's",
	       sh("cd /tmp; " SCP "-O s1 'bob@h:~root/x'"), -1, "only ~ and ~/");
	expect("wildcards", sh("cd /tmp; mkdir -p w; " SCP "'bob@h:odd/s?' w/ && cmp s2 w/s2"), 0,
	       NULL);
	expect("wildcards in the old one", sh("cd /tmp; " SCP "-O 'bob@h:odd/s*' w/"), -1,
	       "wildcards and braces expand nothing");
	expect("quoted in the old one",
	       sh("cd /tmp; " SCP "-O -T \"bob@h:'odd/a b'\" w/ && cmp '" ODD "/a b' 'w/a b'"), 0,
	       NULL);
	expect("a command after it", sh("cd /tmp; " SCP "-O s1 'bob@h:x; touch ran'"), -1,
	       "refused");
	expect("that ran", sh("ls /home/bob/ran"), -1, "No such file");
	done();
}

/* ---- rsync ---- */

static void rsync(void **state)
{
	static const char *const ways[] = { "-a",
					    "-az",
					    "-as",
					    "-asz --partial",
					    "-aHAX --delete --stats",
					    "-a --partial-dir=.part --delay-updates",
					    "-aR",
					    "-avv --itemize-changes --info=progress2",
					    "-a --protocol=29" };

	(void)state;
	rule_set("AllowCommands=@rsync");
	expect("odd names", sh(MAKE_ODD), 0, NULL);
	for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		const char *w = ways[i];

		expect(w,
		       sh("cd /tmp; rm -rf '/home/bob/d e' back; rsync %s ./odd/./ 'bob@h:d e/' >/dev/null && diff -r odd '/home/bob/d e'",
			  w),
		       0, NULL);
		expect(w,
		       sh("cd '/home/bob/d e'; touch extra; cd /tmp; rsync %s --delete ./odd/./ 'bob@h:d e/' >/dev/null && diff -r odd '/home/bob/d e'",
			  w),
		       0, NULL);
		expect(w,
		       sh("cd /tmp; rsync %s 'bob@h:d e/./' back/ >/dev/null && diff -r odd back", w),
		       0, NULL);
	}
	expect("odd names by name",
	       sh("cd /tmp; rm -rf back; mkdir back; for n in 'a b' \"it's\" 'say \"x\"' ./-dash ./--rsh=x '$(id)' '#h' '\xc3\xbc\xe2\x82\xac'; do "
		  "rsync -a \"bob@h:d e/$n\" back/ && cmp \"odd/$n\" \"back/$n\" || exit 1; done"),
	       0, NULL);
	expect("odd names by -s",
	       sh("cd /tmp; rm -rf back; mkdir back; for n in 'a b' \"it's\" \"$(printf 'new\\nline')\" 'star*' '[x]' '~t' '$(id)'; do "
		  "rsync -as \"bob@h:d e/$n\" back/ && cmp \"odd/$n\" \"back/$n\" || exit 1; done"),
	       0, NULL);
	expect("links to an older copy",
	       sh("cd /tmp; rsync -a --link-dest='../d e' odd/ bob@h:today/ && [ '/home/bob/today/a b' -ef '/home/bob/d e/a b' ]"),
	       0, NULL);
	expect("a list of files",
	       sh("cd /tmp; rm -rf back; printf 'a b\\nsub dir/it'\"'\"'s\\n' >list; rsync -a --files-from=list 'bob@h:d e/' back/ && cmp \"odd/sub dir/it's\" \"back/sub dir/it's\""),
	       0, NULL);
	expect("backup, temp, chown, sizes",
	       sh("cd /tmp; mkdir -p /home/bob/t; chown bob: /home/bob/t; rsync -ab --backup-dir=old --suffix=.o --temp-dir=/home/bob/t --chown=bob:bob --max-size=1M --bwlimit=10000 --compress-choice=zstd --checksum-choice=md5 odd/ bob@h:today/"),
	       0, NULL);
	expect("moved here",
	       sh("cd /tmp; rm -rf move && cp -r odd move && rsync -a --remove-source-files move bob@h:moved && [ -z \"$(find move -type f)\" ] && diff -r odd /home/bob/moved/move"),
	       0, NULL);
	expect("the home by ~",
	       sh("cd /tmp; rsync -a s1 'bob@h:~/t1' && rsync -a s1 'bob@h:~' && rsync -a 'bob@h:~/t1' back1 && cmp s1 /home/bob/t1 && cmp s1 /home/bob/s1 && cmp s1 back1"),
	       0, NULL);
	expect("a backup by ~",
	       sh("cd /tmp; echo another >s3; rsync -ab --backup-dir='~/old' --link-dest='~/d e' s3 'bob@h:~/t1' && cmp s1 /home/bob/old/t1 && cmp s3 /home/bob/t1"),
	       0, NULL);
	expect("another's home by ~", sh("rsync -a /tmp/s1 'bob@h:~alice/x'"), -1, "only ~ and ~/");
	expect("moved away",
	       sh("cd /tmp; rm -rf back; rsync -a --remove-source-files bob@h:today/ back/ && diff -r odd back && [ ! -e '/home/bob/today/a b' ]"),
	       0, NULL);
	done();
}

static void rsync_many(void **state)
{
	(void)state;
	rule_set("AllowCommands=@rsync");
	expect("10,000 files",
	       sh("mkdir -p /tmp/many && cd /tmp/many && seq 10000 | split -l 1 -a 4 - 'f ' && ls | wc -l"),
	       0, "10000");
	expect("there", sh("rsync -a /tmp/many bob@h: && diff -r /tmp/many /home/bob/many"), 0,
	       NULL);
	expect("and back",
	       sh("rsync -as --delete bob@h:many /tmp/many.back && diff -r /tmp/many /tmp/many.back/many && rm -rf /tmp/many /tmp/many.back /home/bob/many"),
	       0, NULL);
	done();
}

static void rsync_refused(void **state)
{
	(void)state;
	rule_set("AllowCommands=@rsync");
	expect("prepare",
	       sh("cd /tmp; rm -f /home/bob/ran /home/bob/log; printf '#!/bin/sh\\ntouch /home/bob/ran\\n' >/home/bob/x; chmod 755 /home/bob/x; "
		  "printf 'use chroot=no\\nlog file=/home/bob/ran\\n[m]\\npath=/\\n' >/home/bob/c; chown bob: /home/bob/x /home/bob/c"),
	       0, NULL);
	expect("-M", sh("rsync -a -M--log-file=log /tmp/s1 bob@h:"), -1, "refused");
	expect("-M behind -s", sh("rsync -as -M--log-file=log /tmp/s1 bob@h:"), -1,
	       "--log-file=log");
	expect("a daemon behind -s", sh("rsync -as -M--daemon -M--config=c /tmp/s1 bob@h:"), -1,
	       "refused");
	expect("a daemon",
	       sh("rsync -a --config=c rsync://x/ 2>&1; " SSH
		  "bob@h rsync --server --daemon --config=c ."),
	       126, "refused");
	expect("-e", sh(SSH "bob@h rsync --server -e./x . ."), 126, "refused");
	expect("wildcards", sh("rsync -a 'bob@h:*.c' /tmp/"), -1,
	       "wildcards and braces expand nothing");
	/* CVE-2019-3464: popt takes commands from a file in the home */
	expect("~/.popt",
	       sh("printf 'rsync exec --server /home/bob/x\\nrsync alias --server --log-file=log\\n' >/home/bob/.popt; chown bob: /home/bob/.popt; "
		  "rsync -a /tmp/s1 bob@h:popt && cmp /tmp/s1 /home/bob/popt && rm /home/bob/.popt"),
	       0, NULL);
	expect("what ran", sh("ls /home/bob/ran /home/bob/log 2>/dev/null | wc -l"), 0, "0\n");
	done();
}

static void read_only_sets(void **state)
{
	static const char *const rules[] = { "AllowCommands=@rsync-read @git-read",
					     "AllowCommands=@rsync-read @git-read\nReadOnlyPaths=%h" };

	(void)state;
	expect("a repository",
	       sh("cd /tmp && rm -rf r && git init -q r && cd r && git commit -q --allow-empty -m one && "
		  "rm -rf /home/bob/r.git && git clone -q --bare /tmp/r /home/bob/r.git && chown -R bob: /home/bob/r.git && echo f >/home/bob/file"),
	       0, NULL);
	for (unsigned i = 0; i < 2; i++) {
		rule_set(rules[i]);
		expect("rsync from",
		       sh("rsync -a bob@h:file /tmp/file && cmp /tmp/file /home/bob/file"), 0, NULL);
		expect("rsync from, -s", sh("rsync -as bob@h:file /tmp/file"), 0, NULL);
		expect("rsync to", sh("rsync -a /tmp/s1 bob@h:new"), -1,
		       "only reading by rsync is allowed");
		expect("rsync to, -s", sh("rsync -as /tmp/s1 bob@h:new"), -1,
		       "only reading by rsync is allowed");
		expect("rsync away", sh("rsync -a --remove-source-files bob@h:file /tmp/file"), -1,
		       "refused");
		expect("clone",
		       sh("rm -rf /tmp/c && git clone -q bob@h:r.git /tmp/c && git -C /tmp/c log --oneline"),
		       0, "one");
		expect("push", sh("cd /tmp/c && git commit -q --allow-empty -m two && git push -q"),
		       -1, "pushing is not allowed");
		expect("what is there",
		       sh("ls /home/bob/new; git -c safe.directory=\\* -C /home/bob/r.git log --oneline | wc -l; ls /home/bob/file"),
		       0,
		       "cannot access '/home/bob/new': No such file or directory\n1\n/home/bob/file");
	}
	/* only the view restricts paths here */
	rule_set("AllowCommands=@rsync @git\nReadOnlyPaths=%h");
	expect("rsync against the view", sh("rsync -a /tmp/s1 bob@h:new"), -1,
	       "Read-only file system");
	expect("push against the view", sh("cd /tmp/c && git push -q"), -1, NULL);
	expect("what is there", sh("ls /home/bob/new"), 2, "No such file");
	done();
}

/* ---- git, and patterns of one's own ---- */

static void git(void **state)
{
	(void)state;
	rule_set("AllowCommands=@git");
	expect("a repository with a hook",
	       sh("cd /tmp && rm -rf r c '/home/bob/a b.git' && git init -q r && cd r && for i in 1 2 3; do echo $i >f && git add f && git commit -q -m c$i; done && "
		  "git clone -q --bare . '/home/bob/a b.git' && printf '#!/bin/sh\\ngrep -E \"NoNewPrivs|Seccomp:\" /proc/self/status\\n' >'/home/bob/a b.git/hooks/post-receive' && "
		  "chmod 755 '/home/bob/a b.git/hooks/post-receive' && chown -R bob: '/home/bob/a b.git'"),
	       0, NULL);
	expect("clone",
	       sh("git clone -q 'bob@h:a b.git' /tmp/c && git -C /tmp/c log --oneline | wc -l"), 0,
	       "3");
	/* the output of the hook comes back, so the hook runs, confined */
	expect("push", sh("cd /tmp/c && echo 4 >f && git commit -qam c4 && git push 2>&1"), 0,
	       "NoNewPrivs:\t1");
	expect("fetch",
	       sh("cd /tmp/r && git fetch -q 'bob@h:a b.git' && git log --oneline FETCH_HEAD | wc -l"),
	       0, "4");
	expect("shallow",
	       sh("rm -rf /tmp/s && git clone -q --depth 1 'ssh://bob@h/home/bob/a b.git' /tmp/s && git -C /tmp/s log --oneline | wc -l"),
	       0, "1");
	expect("mirror",
	       sh("rm -rf /tmp/m && git clone -q --mirror 'bob@h:a b.git' /tmp/m && git -C /tmp/m push -q --mirror"),
	       0, NULL);
	expect("ls-remote", sh("git ls-remote 'bob@h:a b.git'"), 0, "HEAD");
	expect("archive", sh("git archive --remote='bob@h:a b.git' HEAD | tar t"), 0, "f");
	expect("the other spelling",
	       sh("rm -rf /tmp/s && git clone -q -u 'git upload-pack' 'bob@h:a b.git' /tmp/s"), 0,
	       NULL);
	expect("version 2",
	       sh("rm -rf /tmp/s && git -c protocol.version=2 clone -q 'bob@h:a b.git' /tmp/s"), 0,
	       NULL);
	expect("help", sh(SSH "bob@h \"git-upload-pack '--help'\" </dev/null"), 126,
	       "cannot begin with '-'");
	done();
}

static void own_patterns(void **state)
{
	(void)state;
	rule_set("AllowCommands=borg serve --restrict-to-path %h/backup ...\nAllowCommands=cat /srv/logs/*.log");
	expect("prepare",
	       sh("mkdir -p /srv/logs/x; echo l >/srv/logs/a.log; echo l >/srv/logs/.b.log; mkdir -p /home/bob/backup; chown bob: /home/bob/backup; chmod -R a+rX /srv; "
		  "[ -x /usr/bin/borg ] || { echo 'borg is not installed: a stand-in'; printf '#!/bin/sh\\necho \"stand-in $*\"\\n' >/usr/local/bin/borg; chmod 755 /usr/local/bin/borg; }"),
	       0, NULL);
	if (access("/usr/bin/borg", X_OK) == 0) {
		expect("borg",
		       sh("export BORG_RSH=\"ssh " F
			  "\" BORG_REMOTE_PATH='borg' BORG_BASE_DIR=/tmp/borg BORG_RELOCATED_REPO_ACCESS_IS_OK=yes; cd /tmp; "
			  "borg init -e none bob@h:backup/r 2>&1"),
		       -1, NULL);
		/* as in borg's manual: AllowCommands= judges the forced command */
		rule_set("Command=borg serve --restrict-to-path %h/backup\nAllowCommands=borg serve --restrict-to-path %h/backup ...");
		expect("borg",
		       sh("export BORG_RSH=\"ssh " F "\" BORG_BASE_DIR=/tmp/borg; cd /tmp; "
			  "borg init -e none bob@h:backup/r && borg create bob@h:backup/r::one s1 && borg list bob@h:backup/r"),
		       0, "one");
		expect("elsewhere",
		       sh("export BORG_RSH=\"ssh " F
			  "\" BORG_BASE_DIR=/tmp/borg; borg init -e none bob@h:other/r"),
		       -1, NULL);
	} else {
		print_message("borgbackup is not installed: not tried itself\n");
		expect("borg",
		       sh(SSH "bob@h borg serve --restrict-to-path /home/bob/backup --umask=077"),
		       0, "stand-in serve --restrict");
	}
	rule_set("AllowCommands=cat /srv/logs/*.log\nAllowCommands=/usr/bin/printf '%%s,' ...");
	expect("a glob", sh(SSH "bob@h cat /srv/logs/a.log"), 0, "l");
	expect("a hidden one", sh(SSH "bob@h cat /srv/logs/.b.log"), 126, "refused");
	expect("one that climbs", sh(SSH "bob@h cat /srv/logs/../../etc/passwd"), 126, "refused");
	rule_set("AllowCommands=rsync --server --sender -* . /srv/logs/*");
	expect("rsync by a pattern",
	       sh("rm -f /tmp/a.log; rsync -a bob@h:/srv/logs/a.log /tmp/ && cat /tmp/a.log"), 0,
	       "l");
	expect("rsync with -s",
	       sh("echo 'log file=/home/bob/ran' >/home/bob/c; rsync -as bob@h:/srv/logs/a.log /tmp/"),
	       -1, "refused");
	expect("secluded arguments",
	       sh("printf 'rsync\\0--log-file=/home/bob/ran\\0.\\0/etc/passwd\\0\\0' | " SSH
		  "bob@h rsync --server --sender -s . /srv/logs/a.log; ls /home/bob/ran"),
	       -1, "use @rsync");
	expect("a long option", sh(SSH "bob@h rsync --server --sender --daemon . /srv/logs/a.log"),
	       126, "refused");
	rule_set("AllowCommands=cat /srv/logs/*.log\nAllowCommands=/usr/bin/printf '%%s,' ...");
	rule_set("AllowCommands=cat %h/f1\nAllowCommands=%h/bin/x ...");
	expect("the home in a pattern",
	       sh("echo one >/home/bob/f1; mkdir -p /home/bob/bin; printf '#!/bin/sh\\necho \"ran $*\"\\n' >/home/bob/bin/x; chmod 755 /home/bob/bin/x; " SSH
		  "bob@h 'cat ~/f1'; " SSH "bob@h '~/bin/x ~/a \"~/b\"'"),
	       0, "one\nran /home/bob/a ~/b");
	rule_set("AllowCommands=cat /srv/logs/*.log\nAllowCommands=/usr/bin/printf '%%s,' ...");
	expect("any rest", sh(SSH "bob@h \"printf '%%s,' 'a b' \\\"c'd\\\" '' e\\ f\""), 0,
	       "a b,c'd,,e f,");
	expect("no such program", sh(SSH "bob@h nothing"), 126, "refused");
	rule_set("AllowCommands=no-such-program ...");
	expect("no such program", sh(SSH "bob@h no-such-program x"), 127, "command not found");
	if (access("/usr/bin/restic", X_OK) != 0) {
		print_message("restic is not installed: not tried\n");
		done();
		return;
	}
	rule_set("AllowCommands=@sftp");
	expect("restic",
	       sh("export RESTIC_PASSWORD=x; R=\"restic -q --no-cache -r sftp:bob@h:/home/bob/restic -o sftp.command='ssh -F $HOST_KEYS/ssh_config bob@h -s sftp'\"; "
		  "eval $R init && eval $R backup /tmp/s1 && eval $R ls latest"),
	       0, "/tmp/s1");
	done();
}

/* ---- every way in ---- */

#define AT(port) F "-o Port=" #port " -o HostKeyAlias=[127.0.0.1]:2222 "

static int second_sshd(const char *sed, int port)
{
	return sh("sed '%s' /run/host/sshd_config >/run/host/sshd%d && /usr/sbin/sshd -f /run/host/sshd%d -p %d -E /run/host/log%d && "
		  "n=0; until ss -ltn | grep -q ':%d '; do n=$((n+1)); [ $n -lt 400 ] || exit 1; sleep 0.05; done",
		  sed, port, port, port, port, port)
		.code;
}

/* An sftp-server with an option that the client cannot omit, by a pattern and the same Subsystem. */
static void sftp_that_only_reads(void **state)
{
	(void)state;
	rule_set("AllowCommands=/usr/lib/openssh/sftp-server -R");
	expect("a second sshd", (struct out){ second_sshd("s/^Subsystem.*/& -R/", 2229), "" }, 0,
	       NULL);
	expect("get",
	       sh("echo seen >/home/bob/f; rm -f /tmp/f; echo 'get f /tmp/f' | sftp -q -b - " AT(
		       2229) "bob@h && cat /tmp/f"),
	       0, "seen");
	expect("put", sh("echo 'put /tmp/f g' | sftp -q -b - " AT(2229) "bob@h"), -1,
	       "Permission denied");
	expect("without the option",
	       sh("echo 'get f /tmp/f' | " SFTP "; " LOGGED("server.$", "1") LOG), 0,
	       "command=\"/usr/lib/openssh/sftp-server\"");
	expect("what came", sh("ls /home/bob/g"), 2, "No such file");
	done();
}

static void every_way_in(void **state)
{
	(void)state;
	rule_set("AllowCommands=echo ...\nAllowCommands=@git");
	expect("ssh", sh(SSH "bob@h \"echo 'a  b' c\""), 0, "a  b c");
	expect("ssh", sh(SSH "bob@h 'echo a; id'"), 126, "refused");
	expect("su -c", sh("su bob -c \"echo 'a  b' c\""), 0, "a  b c");
	expect("su -c", sh("su bob -c 'echo a; id'"), 126, "refused");
	expect("su - -c", sh("su - bob -c 'echo a $(id)'"), 126, "refused");
	expect("su", sh("su bob </dev/null"), 126, "an interactive shell is not allowed");
	expect("su -", sh("echo id | su - bob"), 126, "an interactive shell is not allowed");
	expect("su -s", sh("su -s /bin/sh bob -c 'id'"), 126, "refused");
	expect("su with words", sh("su bob -c 'echo a' b c"), 126, "shell options are not allowed");
	expect("su with options", sh("su bob -- -i -c 'echo a'"), 126,
	       "shell options are not allowed");
	expect("login", sh("echo 'exit' | timeout 20 script -qec 'login -f bob' /dev/null"), 0,
	       "an interactive shell is not allowed");
	expect("tty", sh(SSH "-tt bob@h echo on a tty"), 0, "on a tty");
	expect("a second sshd",
	       (struct out){ second_sshd("$a ForceCommand echo forced; id", 2230), "" }, 0, NULL);
	expect("ForceCommand", sh("ssh " AT(2230) "bob@h echo x"), 126,
	       "refused: \"echo forced; id\"");
	expect("a third sshd",
	       (struct out){ second_sshd("$a ForceCommand echo forced \"a  b\"", 2231), "" }, 0,
	       NULL);
	expect("ForceCommand", sh("ssh " AT(2231) "bob@h id"), 0, "forced a  b");
	expect("authorized_keys",
	       sh("sed -i 's/^/command=\"echo key $SSH_ORIGINAL_COMMAND\" /' /home/bob/.ssh/authorized_keys; " SSH
		  "bob@h id"),
	       126, "$ and ` expand nothing");
	expect("authorized_keys",
	       sh("sed -i 's/ $SSH_ORIGINAL_COMMAND//' /home/bob/.ssh/authorized_keys; " SSH
		  "bob@h id"),
	       0, "key");
	expect("as before",
	       sh("sed -i 's/^command=\"echo key\" //' /home/bob/.ssh/authorized_keys; " SSH
		  "bob@h echo y"),
	       0, "y");
	rule_set("Command=printf '%%s,' forced 'a b'\nAllowCommands=printf ...");
	expect("Command=", sh(SSH "bob@h id"), 0, "forced,a b,");
	expect("Command=", sh(SSH "bob@h"), 0, "forced,a b,");
	expect("Command=", sh("su - bob"), 0, "forced,a b,");
	rule_set("Command=id\nAllowCommands=@git");
	expect("Command= that is not allowed", sh(SSH "bob@h id"), -1, NULL);
	expect("what check says", sh("cordon check"), 1,
	       "Command=: command is not allowed by AllowCommands=");
	rule_set("AllowCommands=@shell @git");
	expect("a shell", sh("echo 'echo in a $0' | " SSH "bob@h"), 0, "in a -bash");
	expect("no command for it", sh(SSH "bob@h id"), 126, "refused");
	done();
}

static void environment(void **state)
{
	(void)state;
	rule_set("AllowCommands=env\nEnvironment=OURS=yes");
	expect("an open sshd",
	       (struct out){ second_sshd("s/^AcceptEnv.*/AcceptEnv */;$a PermitUserEnvironment yes",
					 2232),
			     "" },
	       0, NULL);
	expect("prepare",
	       sh("printf 'PATH=/home/bob\\nGIT_EXEC_PATH=/home/bob\\nFOO=1\\n' >/home/bob/.ssh/environment; cp /home/bob/.ssh/environment /home/bob/.pam_environment; printf '#!/bin/sh\\necho SMUGGLED\\n' >/home/bob/env; chmod 755 /home/bob/env"),
	       0, NULL);
	expect("all that is left",
	       sh("export LC_ALL=../../home/bob/l LANG=x GIT_SSH_COMMAND=./x GIT_PROTOCOL=2 RSYNC_RSH=./x RSYNC_PROTECT_ARGS=1 PAGER=./x EDITOR=./x TZ=:/x BASH_ENV=./x LESSOPEN='|./x' "
		  "SSH_ASKPASS=./x SSH_SK_PROVIDER=./x TMPDIR=/x POSIXLY_CORRECT=1 CORDON_ORIGINAL_COMMAND=x XDG_CONFIG_HOME=/x HGRCPATH=x BORG_RSH=x TERM=../../x; "
		  "ssh " AT(
			  2232) "-o 'SendEnv=*' -o SendEnv='LC_* LANG GIT_* RSYNC_* PAGER EDITOR TZ BASH_ENV LESSOPEN SSH_* TMPDIR POSIXLY_CORRECT CORDON_* XDG_* HGRCPATH BORG_* TERM' bob@h env | "
				"grep -vE '^(HOME=/home/bob|USER=bob|LOGNAME=bob|SHELL=/bin/bash|MAIL=.*|SSH_CLIENT=.*|SSH_CONNECTION=.*|PATH=/usr/local/bin:/usr/bin:/bin|XDG_RUNTIME_DIR=/run/user/2001|OURS=yes)$'"),
	       1, "");
	expect("another home", sh("HOME=/tmp USER=x LOGNAME=x su -m bob -c env"), 0,
	       "HOME=/home/bob\nUSER=bob\nLOGNAME=bob\nSHELL=/bin/bash\n");
	/* with it, sshd finds the program in the home */
	rule_set("AllowCommands=env\nAllowCommands=@sftp");
	expect("another home by sshd",
	       sh("echo HOME=/tmp >>/home/bob/.ssh/environment; ssh " AT(2232) "bob@h env"), 0,
	       "HOME=/home/bob\n");
	expect("another path by sshd", sh("ssh " AT(2232) "bob@h env"), 0,
	       "PATH=/usr/local/bin:/usr/bin:/bin\n");
	rule_set("AllowCommands=env\nEnvironment=OURS=yes HOME=/srv");
	expect("the rule's home", sh(SSH "bob@h env"), 0, "HOME=/srv\n");
	expect("a clean one",
	       sh("rm /home/bob/.ssh/environment /home/bob/.pam_environment; su -m bob -c env; PATH=/home/bob LC_ALL=x /usr/bin/su bob -c env"),
	       0, "PATH=/usr/local/bin:/usr/bin:/bin\n");
	rule_set("AllowCommands=env\nPassEnvironment=LC_*");
	expect("what the rule lets through",
	       sh("LC_TIME=de_DE.UTF-8 " SSH "-o SendEnv=LC_TIME bob@h env"), 0,
	       "LC_TIME=de_DE.UTF-8");
	done();
}

/* Programs that sshd itself runs before the command. */
static void what_sshd_starts(void **state)
{
	static const char *const rules[] = { "AllowCommands=echo ...",
					     "AllowCommands=@sftp\nAllowCommands=echo ...",
					     "Command=echo forced\nAllowCommands=echo ..." };

	(void)state;
	expect("prepare",
	       sh("printf 'id >/home/bob/rc.out; touch /home/bob/rc.ran\\n' >/home/bob/.ssh/rc; chown bob: /home/bob/.ssh/rc; printf 'touch /home/bob/sshrc.ran\\n' >/etc/ssh/sshrc"),
	       0, NULL);
	for (unsigned i = 0; i < 3; i++) {
		rule_set(rules[i]);
		expect("rc", sh(SSH "bob@h echo x"), 0, i == 2 ? "forced" : "x");
		expect("xauth", sh("DISPLAY=:0 " SSH "-Y bob@h echo x"), 0, i == 2 ? "forced" : "x");
	}
	expect("sshrc",
	       sh("rm /home/bob/.ssh/rc; " SSH "bob@h echo x; DISPLAY=:0 " SSH "-Y bob@h echo x"),
	       0, "forced");
	expect("what ran",
	       sh("rm /etc/ssh/sshrc; ls /home/bob/rc.ran /home/bob/rc.out /home/bob/sshrc.ran /home/bob/.Xauthority 2>/dev/null | wc -l"),
	       0, "0\n");
	done();
}

static void forwarding(void **state)
{
	(void)state;
	rule_set("AllowCommands=@sftp\nAllowCommands=ssh-add -l");
	expect("the agent",
	       sh("eval $(ssh-agent) >/dev/null; ssh-add -q $HOST_KEYS/id; " SSH
		  "-A bob@h ssh-add -l; r=$?; kill $SSH_AGENT_PID; exit $r"),
	       0, "ED25519");
	rule_set("Command=ssh-add -l");
	expect("the agent of a forced command",
	       sh("eval $(ssh-agent) >/dev/null; ssh-add -q $HOST_KEYS/id; " SSH
		  "-A bob@h; r=$?; kill $SSH_AGENT_PID; exit $r"),
	       0, "ED25519");
	rule_set("Command=/usr/lib/openssh/sftp-server -R");
	expect("a forced sftp-server", sh("echo 'ls -a' | " SFTP), 0, ".bashrc");
	expect("a forced sftp-server", sh("echo 'mkdir no' | " SFTP), 1, "ermission denied");
	rule_set("AllowCommands=@shell");
	expect("the agent",
	       sh("eval $(ssh-agent) >/dev/null; ssh-add -q $HOST_KEYS/id; echo ssh-add -l | " SSH
		  "-A bob@h; r=$?; kill $SSH_AGENT_PID; exit $r"),
	       0, "ED25519");
	rule_set("AllowCommands=@git");
	expect("a secret on the host's loopback",
	       sh("(python3 -c 'import socket,os\ns=socket.socket(); s.setsockopt(1,2,1); s.bind((\"127.0.0.1\",8099)); s.listen(8)\nos.fork() and os._exit(0)\nos.setsid(); os.close(1); os.close(2)\nwhile 1:\n c=s.accept()[0]; c.send(b\"host-secret\"); c.close()')"),
	       0, NULL);
	expect("the secret itself",
	       sh("python3 -c 'import socket; print(socket.create_connection((\"127.0.0.1\",8099)).recv(20))'"),
	       0, "host-secret");
	expect("-W", sh("timeout 20 " SSH "-W 127.0.0.1:8099 bob@h </dev/null"), -1, NULL);
	expect("-L",
	       sh(SSH
		  "-fN -L 8098:127.0.0.1:8099 -L /tmp/fwd:/run/host/any bob@h; python3 -c 'import socket; print(socket.create_connection((\"127.0.0.1\",8098)).recv(20))'; pkill -f 'L 8098'"),
	       -1, NULL);
	assert_silent(
		sh(SSH
		   "-fN -L 8098:127.0.0.1:8099 bob@h; python3 -c 'import socket; print(socket.create_connection((\"127.0.0.1\",8098)).recv(20))'; pkill -f 'L 8098'"),
		"host-secret");
	/* with the host's network, git reaches the host, unless ports are denied as well */
	rule_set("AllowCommands=@git\nPrivateNetwork=no");
	expect("-W with the network", sh("timeout 20 " SSH "-W 127.0.0.1:8099 bob@h </dev/null"), 0,
	       "host-secret");
	rule_set("AllowCommands=@git\nPrivateNetwork=no\nSocketConnectDeny=tcp\nSocketBindDeny=tcp");
	assert_silent(sh("timeout 20 " SSH "-W 127.0.0.1:8099 bob@h </dev/null"), "host-secret");
	expect("-R without ports",
	       sh("timeout 20 " SSH "-o ExitOnForwardFailure=yes -N -R 8097:127.0.0.1:8099 bob@h"),
	       255, NULL);
	done();
}

/* ---- sshd's own sftp ---- */

#define TRY_ALL \
	"printf -- '-put /etc/hostname in1\\n-put /etc/hostname /tmp/in2\\n-put /etc/hostname /var/tmp/in3\\n-put /etc/hostname /dev/shm/in4\\n" \
	"-put /etc/hostname /srv/open/in5\\n-mkdir in6\\n-get secret /tmp/got\\n-get /srv/open/secret /tmp/got\\n-get /etc/cordon/rules.d/50-bob.conf /tmp/got\\n" \
	"-ls -a\\n-ls -a /home/bob\\n-ls -a /srv\\n-ls -a /srv/open\\n-ls -a /var/lib\\n-ls /home\\n-rm secret\\n-rename secret other\\n-symlink / in7\\n-cd ..\\n-ls -a\\n' | "

static void inner_sftp(void **state)
{
	static const char *const ways[] = { "sftp -b - " AT(2240) "bob@h",
					    "sftp -b - " AT(2241) "bob@h",
					    "sftp -b - " AT(2242) "bob@h",
					    "sftp -b - -s sftp " AT(2240) "bob@h" };

	(void)state;
	expect("Subsystem",
	       (struct out){ second_sshd("s/^Subsystem.*/Subsystem sftp internal-sftp/", 2240), "" },
	       0, NULL);
	expect("ForceCommand",
	       (struct out){
		       second_sshd(
			       "s/^Subsystem.*/Subsystem sftp internal-sftp/;$a ForceCommand internal-sftp",
			       2241),
		       "" },
	       0, NULL);
	expect("ForceCommand alone",
	       (struct out){ second_sshd("$a ForceCommand internal-sftp -d /", 2242), "" }, 0, NULL);
	expect("secrets",
	       sh("mkdir -p /srv/open && chmod 777 /srv/open && echo TREASURE >/srv/open/secret && echo TREASURE >/home/bob/secret && chown bob: /home/bob/secret"),
	       0, NULL);
	for (unsigned r = 0; r < 5; r++) {
		rule_set(
			r == 4 ? "Command=cat secret /srv/open/secret" :
			r == 3 ? "AllowCommands=/usr/lib/openssh/sftp-server -R\nAllowCommands=cat ..." :
			r == 0 ? "AllowCommands=@git\nAllowCommands=cat ..." :
			r == 1 ? "AllowCommands=@rsync\nBindPaths=/srv/open:/srv/open\nReadWritePaths=/var/lib /srv\nProtectSystem=no\nPrivateTmp=no\nAllowCommands=cat ..." :
				 "AllowCommands=@shell\nAllowCommands=cat ...\nHome=persistent");
		for (unsigned i = 0; i < 4; i++) {
			const struct out o = sh(TRY_ALL "%s", ways[i]);

			if (o.code == 0 &&
			    r != 3) { /* with a pattern for an sftp-server, only the view protects */
				print_message("rule %u, way %u: it was served\n%s\n", r, i, o.text);
				failed++;
			}
			if (strstr(o.text, "TREASURE") || strstr(o.text, "bashrc") ||
			    strstr(o.text, "open/secret\n") || strstr(o.text, "dpkg")) {
				print_message("rule %u, way %u shows too much:\n%s\n", r, i, o.text);
				failed++;
			}
		}
		expect("what came or went",
		       sh("ls /tmp/got /home/bob/in* /tmp/in* /var/tmp/in* /dev/shm/in* /srv/open/in* /home/bob/other; cat /home/bob/secret"),
		       0, "TREASURE");
		expect("what came or went",
		       sh("ls -d /tmp/got /home/bob/in* /tmp/in* /var/tmp/in* /dev/shm/in* /srv/open/in* /home/bob/other 2>/dev/null | wc -l"),
		       0, "0\n");
		expect("the session itself", sh(SSH "bob@h cat secret /srv/open/secret"), 0,
		       "TREASURE\nTREASURE");
	}
	expect("a key of the user's own",
	       sh("sed -i 's/^/command=\"internal-sftp\" /' /home/bob/.ssh/authorized_keys; " TRY_ALL
		  "sftp -b - " F
		  "bob@h; sed -i 's/^command=\"internal-sftp\" //' /home/bob/.ssh/authorized_keys; ls -d /tmp/got /home/bob/in* /tmp/in* 2>/dev/null | wc -l"),
	       0, "0\n");
	rule_set("AllowCommands=@sftp");
	for (unsigned i = 0; i < 2; i++)
		expect("with @sftp",
		       sh("printf 'get secret /tmp/got\\nput /tmp/got in9\\n' | %s && cat /tmp/got && rm /tmp/got /home/bob/in9",
			  ways[i]),
		       0, "TREASURE");
	expect("with @sftp, the session's view",
	       sh("printf -- '-ls /home\n-ls -a /run\n-ls /root\n-get /etc/cordon/rules.d/50-bob.conf /tmp/got\n' | %s; ls /tmp/got 2>&1",
		  ways[0]),
	       2, "/home/bob");
	assert_silent(sh("printf -- '-ls /home\n-ls -a /run\n' | %s", ways[0]), "alice");
	rule_set("AllowCommands=@git");
	expect("logins are still written down",
	       sh(SSH "-tt bob@h x; lastlog -u bob; last bob | head -1"), 0, "pts/");
	done();
}

/* The bare view is made for any other settings and any account. */
static void bare_views(void **state)
{
	static const char *const rules[] = {
		"Home=none",
		"Home=empty",
		"Home=ephemeral",
		"Home=read-only",
		"PrivateRun=no",
		"PrivateTmp=no",
		"PrivateDevices=no",
		"PrivateUsers=self",
		"PrivateUsers=no",
		"ProtectSystem=no",
		"ProtectSystem=full",
		"ProtectProc=default\nPrivatePIDs=no",
		"InaccessiblePaths=/srv /var/lib",
		"InaccessiblePaths=/home",
		"BindPaths=/srv/open:/data /etc/hostname:/srv/name\nBindReadOnlyPaths=/srv/open:/usr/local/seen",
		"TemporaryFileSystem=/srv /var/lib:ro",
		"ReadWritePaths=/srv/open /etc/hostname\nReadOnlyPaths=%h/.ssh",
		"NoExecPaths=/srv %h\nExecPaths=/usr",
		"InaccessiblePaths=-/nothing\nBindPaths=-/nothing:/srv/x",
		"InaccessiblePaths=/srv\nReadOnlyPaths=/srv/open",
		"NoExecPaths=/\nExecPaths=/usr /lib /lib64",
	};

	(void)state;
	expect("prepare", sh("mkdir -p /srv/open /usr/local/seen; touch /srv/name"), 0, NULL);
	for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		char rule[512];

		(void)snprintf(rule, sizeof rule, "AllowCommands=id\n%s", rules[i]);
		rule_set(rule);
		expect(rules[i], sh(SSH "bob@h id -u"), 126, "refused");
		expect(rules[i], sh(SSH "bob@h id"), 0, "uid=2001");
		expect(rules[i], sh("su - bob -c id"), 0, "uid=2001");
	}
	rule_set("AllowCommands=pwd");
	expect("a home elsewhere",
	       sh("mkdir -p /srv/homes && cp -a /home/bob /srv/homes/ && usermod -d /srv/homes/bob bob && " SSH
		  "bob@h pwd"),
	       0, "/srv/homes/bob");
	expect("a home by a symlink",
	       sh("ln -s /srv/homes /home/there && usermod -d /home/there/bob bob && " SSH
		  "bob@h pwd"),
	       0, "/bob");
	expect("a shell elsewhere",
	       sh("usermod -d /home/bob bob; mkdir -p /opt/bin && cp /bin/bash /opt/bin/sh5 && usermod -s /opt/bin/sh5 bob && " SSH
		  "bob@h pwd"),
	       0, "/home/bob");
	expect("sh", sh("usermod -s /bin/sh bob && " SSH "bob@h pwd"), 0, "/home/bob");
	expect("sh, and no command", sh(SSH "bob@h"), 126, "an interactive shell is not allowed");
	rule_set("Command=pwd");
	expect("sh, and what sshd starts",
	       sh("echo touch rc.ran >/home/bob/.ssh/rc; " SSH
		  "bob@h id; rm /home/bob/.ssh/rc; ls /home/bob/rc.ran"),
	       2, "/home/bob");
	expect("as before", sh("usermod -s /bin/bash bob"), 0, NULL);
	done();
}

/* ---- attacks, live: a sample of the corpus ---- */

static void attacks(void **state)
{
	static const char *const strings[] = { "scp x; touch ran",
					       "scp -t . && touch ran",
					       "scp -t .|tee ran",
					       "scp -t `touch ran`",
					       "scp -t $(touch ran)",
					       "scp -t .\ntouch ran",
					       "scp -S ./x -t .",
					       "scp -oProxyCommand=./x h: .",
					       "rsync --server --rsh=./x . .",
					       "rsync --server -e./x . .",
					       "rsync --server -vlogDtpre./x . .",
					       "rsync --server --daemon --config=./c .",
					       "rsync -e ./x a h:b",
					       "git-upload-pack --help",
					       "git-upload-pack '--help'",
					       "git -c core.pager=./x log",
					       "git upload-pack --exec=./x r",
					       "git-upload-pack() { touch ran; }; git-upload-pack",
					       "echo'/1.sh'",
					       "git-upload-pack \x16\ntouch ran",
					       "/usr/lib/openssh/sftp-server; touch ran",
					       "RSYNC_RSH=./x rsync a h:b",
					       "exec ./x",
					       "./x",
					       "/home/bob/x",
					       "'",
					       "\"",
					       "''",
					       " ",
					       "\\",
					       "x\\",
					       "\xff\xfe",
					       "git-upload-pack \xc2\x9b"
					       "2Jx",
					       "\x1b]0;x\x07",
					       "if ./x",
					       "{ ./x; }" };

	(void)state;
	rule_set("AllowCommands=@git @scp @rsync @sftp");
	expect("a program",
	       sh("rm -f /home/bob/ran; printf '#!/bin/sh\\ntouch /home/bob/ran\\n' >/home/bob/x; chmod 755 /home/bob/x; chown bob: /home/bob/x; : >$HOST_LOG"),
	       0, NULL);
	for (unsigned i = 0; i < sizeof strings / sizeof strings[0]; i++) {
		const struct out o = as_bob(strings[i]);

		if (o.code != 126 || strncmp(o.text, "cordon: refused: ", 17) != 0 ||
		    strchr(o.text, '\n') != o.text + strlen(o.text) - 1) {
			print_message("%s: code %d: %s\n", strings[i], o.code, o.text);
			failed++;
		}
	}
	expect("what ran", sh("ls /home/bob/ran"), 2, NULL);
	expect("one line each", sh(LOGGED("command", "36") LOG " | wc -l; " LOG " | tail -3"), 0,
	       "36\n");
	expect("escaped", sh(LOG " | grep -a 'x1b]0;x.x07'"), 0, NULL);
	expect("no byte as it came", sh(LOG " | LC_ALL=C grep -c '[^ -~]'"), 1, "0\n");
	expect("a long word in the log",
	       sh(SSH "bob@h \"$(head -c 300 /dev/zero | tr '\\0' a)\" 2>/dev/null; " LOGGED(
		       "aaa", "1") LOG " | tail -1"),
	       0, "aaa...\"");
	expect("a long word",
	       sh(SSH "bob@h \"$(head -c 120000 /dev/zero | tr '\\0' a)\" 2>&1 | cut -c1-100"), 0,
	       "cordon: refused: \"aaaa");
	expect("many words", sh(SSH "bob@h \"$(seq 10000 | tr '\\n' ' ')\""), 126, "too long");
	expect("no more than so many lines",
	       sh("for i in $(seq 80); do echo 'x' ; done | xargs -P 2 -n 1 -I{} true; "
		  "ssh " F "-fNM -S /tmp/mux bob@h && for i in $(seq 75); do ssh " F
		  "-S /tmp/mux bob@h flood$i; done 2>/dev/null; ssh -S /tmp/mux -O exit h 2>/dev/null; " LOGGED(
			  "flood", "60") LOG " | grep -ac flood"),
	       0, "60");
	done();
}

static void explained(void **state)
{
	(void)state;
	rule_set("AllowCommands=@git\nAllowCommands=borg serve ...");
	expect("yes", sh("cordon explain bob --command \"git-upload-pack 'a b'\""), 0,
	       "1: a b\nadmitted by @git (/etc/cordon/rules.d/50-bob.conf:5); starts /usr/bin/git-upload-pack");
	expect("a pattern", sh("cordon explain bob --command 'borg serve x'"), 0,
	       "admitted by borg serve ... (/etc/cordon/rules.d/50-bob.conf:6)");
	expect("the home", sh("cordon explain bob --command 'git-upload-pack ~/r'"), 0,
	       "1: /home/bob/r\nadmitted by @git");
	expect("no", sh("cordon explain bob --command 'git-upload-pack --help'"), 1,
	       "cannot begin with '-'");
	expect("no words", sh("cordon explain bob --command 'x; y'"), 1,
	       "refused: commands are not run by a shell");
	expect("none", sh("cordon explain bob --command ''"), 1, "refused");
	expect("json",
	       sh("cordon explain bob --json --command 'x \"y z\"' | python3 -c 'import json,sys; d=json.load(sys.stdin); print(d[\"words\"][1], d[\"admitted\"])'"),
	       0, "y z False");
	rule_set("AllowCommands=@git @shell");
	expect("a shell", sh("cordon explain bob --command ''"), 0, "admitted by @shell (");
	expect("a shell, as json", sh("cordon explain bob --json --command ''"), 0,
	       "\"admitted\":true,\"why\":\"\",");
	expect("no control bytes", sh("cordon explain bob --command \"$(printf 'a\\033[2Jb')\""), 1,
	       "a newline or control character is not allowed");
	rule_set("UMask=0022");
	expect("any", sh("cordon explain bob --command 'id; x'"), 0,
	       "admitted by the login shell, which gets the whole string, because AllowCommands= is not set");
	expect("any, as json", sh("cordon explain bob --json --command 'id; x'"), 0,
	       "\"admitted\":true,\"why\":\"\",");
	rule_set("AllowCommands=@gti");
	expect("a set that is none", sh("cordon check"), 1,
	       "50-bob.conf:5: AllowCommands=: unknown set '@gti'; did you mean '@git'?");
	expect("a set that is none", sh(SSH "bob@h git-upload-pack x"), -1, NULL);
	done();
}

static int prepare(void **state)
{
	(void)state;
	(void)setenv("RSYNC_RSH", "ssh -F /run/host/keys/ssh_config", 1);
	(void)setenv("GIT_SSH_COMMAND", "ssh -F /run/host/keys/ssh_config", 1);
	return sh("git config --global user.name t; git config --global user.email t@h; git config --global init.defaultBranch main; echo one >/tmp/s1; echo two >/tmp/s2")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sftp),
		cmocka_unit_test(scp),
		cmocka_unit_test(rsync),
		cmocka_unit_test(rsync_many),
		cmocka_unit_test(rsync_refused),
		cmocka_unit_test(read_only_sets),
		cmocka_unit_test(git),
		cmocka_unit_test(own_patterns),
		cmocka_unit_test(sftp_that_only_reads),
		cmocka_unit_test(every_way_in),
		cmocka_unit_test(environment),
		cmocka_unit_test(what_sshd_starts),
		cmocka_unit_test(forwarding),
		cmocka_unit_test(inner_sftp),
		cmocka_unit_test(bare_views),
		cmocka_unit_test(attacks),
		cmocka_unit_test(explained),
	};

	if (getenv("ONLY") != NULL)
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("commands", tests, prepare, NULL);
}
