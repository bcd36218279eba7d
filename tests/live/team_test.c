/* SPDX-License-Identifier: Apache-2.0 */
/* team_test.c - a team can use set-group-ID directories, and nobody can make set-user-ID files */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>

#define RSYNC "rsync -e \"" SSH "\" "
#define GIT   "GIT_SSH_COMMAND=\"" SSH "\" git -c user.name=t -c user.email=t@t "

static int prepare(void **state)
{
	(void)state;
	return sh("git config --system --add safe.directory '*'; install -d -o root -g project -m 2775 /srv/team; "
		  "install -d -o bob -g bob /home/bob/answers && mkdir -p /srv/exam /tmp/t/team/sub && chgrp -R project /tmp/t/team && chmod 2775 /tmp/t/team /tmp/t/team/sub && echo 1 >/tmp/t/team/sub/f && chmod 640 /tmp/t/team/sub/f")
		.code;
}

static void shell(void **state)
{
	static const char *const rules[] = { "ReadWritePaths=/srv/team",
					     "Profile=teaching\nReadWritePaths=/srv/team" };

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_says(
			as_bob("cd /srv/team && umask 002 && rm -rf d && mkdir d && stat -c %a:%G d && chmod 755 d && chmod 2775 d && mkdir d/e && stat -c %a:%G d/e"),
			"2775:project\n2775:project\n");
		assert_says(
			as_bob("cd /srv/team && chmod g-w d && chmod g+w d && chmod g=rwxs d && chmod u+w d && stat -c %a d"),
			"2775\n");
		assert_says(
			as_bob("cd /srv/team && install -d -m 2770 i && mkdir -m 2775 m && stat -c %a i m && rmdir i m"),
			"2770\n2775\n");
		assert_says(as_bob("cd /srv/team && rm -rf r && git init -q --shared=group r && cd r && git -c user.name=b -c user.email=b commit -q --allow-empty -m one && "
				   "stat -c %A .git/objects && git log --oneline"),
			    "drwxrws");
		assert_says(
			as_bob("cd /srv/team && rm -rf c && cp -a d c && tar c d | tar xp --one-top-level=x && stat -c %a c/e x/d/e && rm -r x"),
			"2775\n2775\n");
		/* what ansible's file module does for mode=2775 */
		assert_says(
			as_bob("cd /srv/team && python3 -c 'import os; os.mkdir(\"a\"); os.chmod(\"a\", 0o2775); os.chown(\"a\", -1, -1); print(oct(os.stat(\"a\").st_mode)); os.rmdir(\"a\")'"),
			"0o42775");
	}
	if (sh("command -v ansible").code != 0) {
		print_message("SKIPPED: ansible is not installed; its calls were tried\n");
		return;
	}
	assert_says(
		as_bob("cd ~ && ansible localhost -c local -m file -a 'path=/srv/team/ans state=directory mode=2775' && stat -c %a /srv/team/ans"),
		"2775");
}

static void git_only(void **state)
{
	(void)state;
	assert_int_equal(
		sh("rm -rf /srv/team/p.git && git init -q --bare --shared=group -b main /srv/team/p.git && chgrp -R project /srv/team/p.git && "
		   "find /srv/team/p.git -type d -exec chmod 2775 {} + && chown -R alice /srv/team/p.git")
			.code,
		0);
	rule_set("Profile=git-only\nReadWritePaths=/srv/team\nPrivateUsers=identity");
	assert_says(
		sh("rm -rf /tmp/c && cd /tmp && " GIT
		   "clone -q bob@h:/srv/team/p.git c && cd c && git config user.name t && git config user.email t@t && "
		   "for i in 1 2 3; do echo $i >f$i; git add .; git commit -q -m c$i; done && " GIT
		   "push -q origin HEAD:main && "
		   "git -C /srv/team/p.git log --oneline main | wc -l && find /srv/team/p.git/objects -mindepth 1 -type d ! -perm -2070 | wc -l"),
		"3\n0\n");
	rule_set("Profile=git-only\nReadWritePaths=/srv/team"); /* with PrivateUsers=self */
	assert_says(
		sh("cd /tmp/c && echo more >f4 && git add . && git commit -q -m c4 && " GIT
		   "push -q origin HEAD:main && git -C /srv/team/p.git log --oneline main | wc -l"),
		"4\n");
}

static void rsync_only(void **state)
{
	static const char *const ways[] = { "-a", "-as", "-aO --chmod=D2775" };

	(void)state;
	rule_set("Profile=rsync-only\nReadWritePaths=/srv/team");
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		const struct out o = sh(
			"rm -rf /srv/team/team; " RSYNC
			"%s /tmp/t/team bob@h:/srv/team/; echo rc=$?; stat -c %%a /srv/team/team /srv/team/team/sub /srv/team/team/sub/f",
			ways[i]);

		assert_says(o, "rc=0\n2775\n2775\n640\n");
	}
	rule_set("Profile=sftp-only\nReadWritePaths=/srv/team");
	assert_says(
		sh("printf 'cd /srv/team\nmkdir s\nchmod 2775 s\n' | sftp -q -F $HOST_KEYS/ssh_config -b - bob@h && stat -c %%a /srv/team/s"),
		"2775\n");
}

/* Every call that could make a program run with the account's uid for somebody else. */
static void no_set_user_id(void **state)
{
	static const char *const rules[] = { "ReadWritePaths=/srv/team", "Profile=teaching",
					     "Profile=guest", "Profile=exam" };
	static const char *const ways[] = {
		"cp /bin/true s && chmod u+s s",
		"cp /bin/true s && chmod 4755 s",
		"cp /bin/true s && chmod 6755 s",
		"install -m 4755 /bin/true s",
		"python3 -c 'import os; os.close(os.open(\"s\", os.O_CREAT|os.O_WRONLY, 0o4755))'",
		"python3 -c 'import os; os.mknod(\"s\", 0o104755)'",
		"python3 -c 'import os; os.close(os.open(\"s\", os.O_CREAT|os.O_WRONLY, 0o2755))'",
		"mkdir s && chmod 4755 s",
		"touch s && setfacl -m u::rwx s && chmod u+s s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
			char line[512];

			(void)snprintf(
				line, sizeof line,
				"cd /tmp && %s; find /tmp -perm /4000; find /tmp -type f -perm /2000",
				ways[k]);
			assert_silent(as_bob(line), "/tmp/s\n");
			assert_silent(as_bob(line), "cordon: ");
		}
	}
	rule_set("Profile=exam");
	assert_says(as_bob("mkdir /tmp/d; chmod 2775 /tmp/d"), "Operation not permitted");
	/* inside, a set-group-ID file has no effect, because of nosuid and no_new_privs */
	rule_set("ReadWritePaths=/srv/team");
	assert_says(
		as_bob("cp /usr/bin/id /srv/team/id && chgrp project /srv/team/id && chmod 2755 /srv/team/id && stat -c %a /srv/team/id"),
		"2755");
	assert_silent(as_user("bob", "/srv/team/id"), "egid=");
	rule_file("51-carol", "User=carol", "ReadOnlyPaths=/srv/team");
	assert_silent(as_user("carol", "/srv/team/id"), "egid=");
	/* outside, it gives the group, as SECURITY.md says; the strict value prevents the file */
	assert_says(sh("rm -f /etc/cordon/rules.d/51-carol.conf; su carol -c /srv/team/id"),
		    "(project)");
	rule_set("ReadWritePaths=/srv/team\nRestrictSUIDSGID=yes");
	assert_says(as_bob("cd /srv/team && cp /usr/bin/id id2 && chgrp project id2; chmod 2755 id2"),
		    "Operation not permitted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shell),
		cmocka_unit_test(git_only),
		cmocka_unit_test(rsync_only),
		cmocka_unit_test(no_set_user_id),
	};

	return cmocka_run_group_tests_name("team", tests, prepare, NULL);
}
