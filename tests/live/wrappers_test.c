/* SPDX-License-Identifier: Apache-2.0 */
/* wrappers_test.c - real programs with a server of their own, with rules as people write them */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define F "-F /run/host/keys/ssh_config "

/* Is the program of the test installed? Prints a line if not. */
static bool there(const char *program)
{
	if (sh("command -v %s", program).code == 0)
		return true;
	print_message("SKIPPED: %s is not installed: not tried\n", program);
	return false;
}

static void original_command(void **state)
{
	(void)state;
	rule_set("Command=/usr/bin/env");
	assert_says(sh(SSH "bob@h \"rsync --server 'a b'\""),
		    "\nSSH_ORIGINAL_COMMAND=rsync --server 'a b'\n");
	assert_says(sh(SSH "bob@h \"rsync --server 'a b'\""),
		    "CORDON_ORIGINAL_COMMAND=rsync --server 'a b'\n");
	assert_silent(sh(SSH "bob@h"), "ORIGINAL_COMMAND=");
	assert_says(sh("su bob -c 'id; x'"), "SSH_ORIGINAL_COMMAND=id; x");
	/* a forced command of sshd's own: the client's words, as sshd has them */
	assert_says(sh("sed -i 's/^/command=\"mine\" /' /home/bob/.ssh/authorized_keys; " SSH
		       "bob@h theirs"),
		    "SSH_ORIGINAL_COMMAND=theirs\n");
	assert_says(
		sh(SSH
		   "bob@h theirs; sed -i 's/^command=\"mine\" //' /home/bob/.ssh/authorized_keys"),
		"CORDON_ORIGINAL_COMMAND=mine\n");
	rule_set("AllowCommands=env");
	assert_silent(sh(SSH "bob@h env"), "ORIGINAL_COMMAND=");
}

/* rrsync comes with rsync; it reads SSH_ORIGINAL_COMMAND and nothing else. */
static void rrsync(void **state)
{
	(void)state;
	if (!there("rrsync"))
		skip();
	assert_int_equal(
		sh("mkdir -p /srv/pub/d && echo one >/srv/pub/d/f && echo two >/srv/other && echo new >/tmp/new")
			.code,
		0);
	rule_set("Command=/usr/bin/rrsync -ro /srv/pub\nReadOnlyPaths=/srv/pub");
	assert_says(sh("cd /tmp; export RSYNC_RSH='ssh " F "'; rsync -a bob@h:d/f got && cat got"),
		    "one");
	assert_says(sh("cd /tmp; export RSYNC_RSH='ssh " F "'; rsync -a new bob@h:d/; echo rc=$?"),
		    "sending to read-only server is not allowed");
	assert_says(sh(SSH "bob@h id; echo rc=$?"), "rc=1");
	rule_set("Command=/usr/bin/rrsync -wo %h/in");
	assert_int_equal(
		sh("install -d -o bob -g bob /home/bob/in && cd /tmp; export RSYNC_RSH='ssh " F
		   "'; rsync -a new bob@h:x && cmp new /home/bob/in/x")
			.code,
		0);
}

#define BORG \
	"export BORG_RSH='ssh " F "' BORG_BASE_DIR=/tmp/borg BORG_RELOCATED_REPO_ACCESS_IS_OK=yes " \
	"BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes; cd /tmp; "

static void borg(void **state)
{
	(void)state;
	if (!there("borg"))
		skip();
	assert_int_equal(
		sh("install -d -o bob -g bob /srv/backup/bob /home/bob/else; mkdir -p /tmp/data && seq 1000 >/tmp/data/f")
			.code,
		0);
	rule_set("Profile=restricted-ssh\nAllowCommands=\nCommand=/usr/bin/borg serve --restrict-to-path /srv/backup/%u\nReadWritePaths=/srv/backup/%u");
	assert_int_equal(sh("cordon check").code, 0);
	assert_says(sh(BORG
		       "borg init -e none bob@h:/srv/backup/bob/r && borg create bob@h:/srv/backup/bob/r::one data && "
		       "borg list bob@h:/srv/backup/bob/r"),
		    "one ");
	assert_int_equal(
		sh(BORG
		   "rm -rf back; mkdir back; cd back; borg extract bob@h:/srv/backup/bob/r::one && diff -r data ../data")
			.code,
		0);
	assert_int_equal(
		sh(BORG
		   "borg prune --keep-last 1 bob@h:/srv/backup/bob/r && borg compact bob@h:/srv/backup/bob/r")
			.code,
		0);
	assert_says(sh(BORG "borg init -e none bob@h:/home/bob/else/r 2>&1"),
		    "Repository path not allowed");
	/* other requests of the client are ignored */
	assert_says(
		sh(BORG
		   "BORG_REMOTE_PATH='borg serve --restrict-to-path / ; borg' borg init -e none bob@h:/home/bob/else/r 2>&1; ls /home/bob/else | wc -l"),
		"\n0\n");
	rule_set("Profile=restricted-ssh\nAllowCommands=\nCommand=/usr/bin/borg serve --restrict-to-path /srv/backup/%u --append-only\nReadWritePaths=/srv/backup/%u");
	assert_int_equal(
		sh(BORG
		   "borg create bob@h:/srv/backup/bob/r::two data && borg delete bob@h:/srv/backup/bob/r::one && borg compact bob@h:/srv/backup/bob/r; "
		   "grep -c . /srv/backup/bob/r/transactions")
			.code,
		0); /* it can be undone */
	/* without Command= the client's own words are judged, and it sends nothing but these */
	rule_set("Profile=restricted-ssh\nAllowCommands=\nAllowCommands=/usr/bin/borg serve\nReadWritePaths=/srv/backup/%u");
	assert_says(sh(BORG "borg list bob@h:/srv/backup/bob/r"), "two ");
}

static void over_sftp(void **state)
{
	(void)state;
	rule_set("Profile=sftp-only");
	assert_int_equal(sh("mkdir -p /tmp/data && seq 1000 >/tmp/data/f").code, 0);
	if (there("restic"))
		assert_says(
			sh("cd /tmp; export RESTIC_PASSWORD=x; R=\"restic -q --no-cache -r sftp:bob@h:/home/bob/restic -o sftp.command='ssh -F $HOST_KEYS/ssh_config bob@h -s sftp'\"; "
			   "eval $R init && eval $R backup data && eval $R check && eval $R restore latest --target rback && diff -r data $(find rback -name data) && eval $R ls latest"),
			"data/f");
	if (there("rclone"))
		assert_says(
			sh("cd /tmp; r=\":sftp,host=127.0.0.1,port=$HOST_PORT,user=bob,key_file=$HOST_KEYS/id,disable_hashcheck=true:\"; export RCLONE_CONFIG=/tmp/rclone.conf; "
			   "rclone -q copy data ${r}rc && rclone -q check --download data ${r}rc && rclone -q sync data ${r}rc && rclone lsf ${r}rc"),
			"f\n");
	if (there("rclone")) {
		const char *const sums =
			"cd /tmp; r=\":sftp,host=127.0.0.1,port=$HOST_PORT,user=bob,key_file=$HOST_KEYS/id,md5sum_command=md5sum,sha1sum_command=sha1sum:\"; "
			"export RCLONE_CONFIG=/tmp/rclone.conf; rclone -q md5sum ${r}rc; rclone -q sha1sum ${r}rc; rclone -v check data ${r}rc 2>&1";

		assert_silent(sh("%s", sums), "53d025127ae99ab79e8502aae2d9bea6");
		rule_set("Profile=sftp-only\nAllowCommands=@checksum");
		assert_says(sh("%s", sums), "53d025127ae99ab79e8502aae2d9bea6  f\n");
		assert_says(sh("%s", sums), "0 differences found");
		assert_says(sh(SSH "bob@h 'test -d rc && echo yes' 2>&1"),
			    "commands are not run by a shell");
		assert_int_equal(sh(SSH "bob@h test -d rc").code, 0);
		assert_int_equal(sh(SSH "bob@h test -d none").code, 1);
	}
	if (there("sshfs"))
		print_message(
			"sshfs speaks sftp; it needs a FUSE device, which the throwaway host lacks: not tried\n");
}

static void rdiff_backup(void **state)
{
	(void)state;
	if (!there("rdiff-backup"))
		skip();
	assert_int_equal(
		sh("install -d -o bob -g bob /srv/backup/bob; mkdir -p /tmp/data && seq 1000 >/tmp/data/f")
			.code,
		0);
	rule_set("Profile=restricted-ssh\nAllowCommands=\nCommand=/usr/bin/rdiff-backup server --restrict-path /srv/backup/%u --restrict-mode read-write\nReadWritePaths=/srv/backup/%u");
	assert_int_equal(
		sh("cd /tmp; export S=\"ssh " F
		   "{h} rdiff-backup server\"; rdiff-backup --remote-schema \"$S\" backup data bob@h::/srv/backup/bob/rd && diff /tmp/data/f /srv/backup/bob/rd/f && "
		   "rdiff-backup --remote-schema \"$S\" restore bob@h::/srv/backup/bob/rd rdback && diff -r data rdback")
			.code,
		0);
	assert_int_not_equal(sh("cd /tmp; rdiff-backup --remote-schema \"ssh " F
				"{h} rdiff-backup server\" backup data bob@h::/home/bob/rd")
				     .code,
			     0);
}

static void unison(void **state)
{
	(void)state;
	if (!there("unison"))
		skip();
	rule_set("AllowCommands=/usr/bin/unison -server ...\nPrivateUsers=self");
	assert_int_equal(
		sh("rm -rf /tmp/u /home/bob/u; mkdir -p /tmp/u && echo mine >/tmp/u/a && install -d -o bob -g bob /home/bob/u && echo theirs >/home/bob/u/b && chown bob: /home/bob/u/b; cd /tmp; "
		   "UNISON=/tmp/.unison unison -batch -silent -sshargs \"" F
		   "\" u ssh://bob@h/u && diff -r u /home/bob/u && test $(ls u | wc -l) = 2")
			.code,
		0);
}

static void svn(void **state)
{
	(void)state;
	if (!there("svnserve"))
		skip();
	assert_int_equal(
		sh("rm -rf /srv/svn /tmp/wc; mkdir -p /srv/svn && svnadmin create /srv/svn/p && chown -R bob: /srv/svn")
			.code,
		0);
	rule_set("Profile=restricted-ssh\nAllowCommands=\nCommand=/usr/bin/svnserve -t -r /srv/svn\nReadWritePaths=/srv/svn");
	assert_says(
		sh("export SVN_SSH='ssh " F
		   "'; cd /tmp && svn -q checkout svn+ssh://bob@h/p wc && cd wc && echo one >f && svn -q add f && svn -q commit -m one && svn -q update && svn log -q"),
		"r1 | bob |");
	assert_silent(sh("export SVN_SSH='ssh " F "'; svn ls svn+ssh://bob@h/../../etc"), "passwd");
	rule_set("Profile=restricted-ssh\nAllowCommands=\nAllowCommands=/usr/bin/svnserve -t\nReadOnlyPaths=/srv/svn");
	assert_says(sh("export SVN_SSH='ssh " F "'; svn cat svn+ssh://bob@h/srv/svn/p/f"), "one");
}

static void hg(void **state)
{
	(void)state;
	if (!there("hg"))
		skip();
	assert_int_equal(
		sh("rm -rf /srv/hg /tmp/hgc; mkdir -p /srv/hg && hg init /srv/hg/p && chown -R bob: /srv/hg; "
		   "printf '[ui]\\nssh=ssh -F %%s\\nusername=t\\n' $HOST_KEYS/ssh_config >/root/.hgrc")
			.code,
		0);
	rule_set("AllowCommands=/usr/bin/hg -R /srv/hg/p serve --stdio\nReadWritePaths=/srv/hg/p\nPrivateUsers=self");
	assert_says(
		sh("cd /tmp && hg -q clone ssh://bob@h//srv/hg/p hgc && cd hgc && echo one >f && hg -q add f && hg -q commit -m one && hg -q push && hg -q pull && hg log -R /srv/hg/p --template '{desc}'"),
		"one");
	assert_int_not_equal(sh("hg -q init ssh://bob@h//srv/hg/q").code, 0);
	assert_int_not_equal(
		sh("hg -q --config ui.remotecmd='hg --config x=y' pull -R /tmp/hgc").code, 0);
}

/* Keys of many people in one account, each with its command: gitolite's own file of keys. */
static void gitolite(void **state)
{
	(void)state;
	if (!there("gitolite"))
		skip();
	assert_int_equal(
		sh("useradd -m -s /bin/sh golite 2>/dev/null; cp $HOST_KEYS/id.pub /tmp/admin.pub && chmod 644 /tmp/admin.pub && chmod 755 /tmp; "
		   "su - golite -c 'gitolite setup -pk /tmp/admin.pub' >/tmp/golite.log 2>&1; ls /home/golite/repositories/gitolite-admin.git/HEAD")
			.code,
		0);
	rule_file("55-golite", "User=golite",
		  "AllowCommands=/usr/share/gitolite3/gitolite-shell *\nPrivateUsers=self");
	assert_says(
		sh("cd /tmp; rm -rf ga; export GIT_SSH_COMMAND='ssh " F
		   "'; git clone -q golite@h:gitolite-admin ga && cd ga && git config user.name t && git config user.email t@t && "
		   "printf 'repo mine\\n    RW+ = admin\\n' >>conf/gitolite.conf && git commit -q -am one && git push -q 2>&1; git ls-remote golite@h:mine && git -C /tmp/ga push -q golite@h:mine HEAD:main && git ls-remote golite@h:mine"),
		"refs/heads/main");
	assert_says(sh(SSH "golite@h info"), "gitolite-admin");
	assert_silent(sh(SSH "golite@h id"), "uid=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(original_command),
		cmocka_unit_test(rrsync),
		cmocka_unit_test(borg),
		cmocka_unit_test(over_sftp),
		cmocka_unit_test(rdiff_backup),
		cmocka_unit_test(unison),
		cmocka_unit_test(svn),
		cmocka_unit_test(hg),
		cmocka_unit_test(gitolite),
	};

	if (getenv("ONLY") != NULL)
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("wrappers", tests, NULL, NULL);
}
