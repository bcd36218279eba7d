/* SPDX-License-Identifier: Apache-2.0 */
/* paths_test.c - lines of a rule about the same paths, and paths that do not exist */
#include "inside/inside.h"
#include "lib/live.h"

#include <stdio.h>

/* ---- an optional bind without a source is as if it were not written ---- */

static void missing_source(void **state)
{
	/* what each is with a bind over its own path, which has no source, before or behind it */
	static const struct {
		const char *path, *rule, *command, *wanted;
	} cases[] = {
		{ "%h/secret", "ReadOnlyPaths=%h/secret", "echo x >>/home/bob/secret/t",
		  "Read-only file system" },
		{ "%h/secret", "NoExecPaths=%h/secret", "/home/bob/secret/t; echo code=$?",
		  "code=126" },
		{ "%h/secret", "InaccessiblePaths=%h/secret", "cat /home/bob/secret/t",
		  "Permission denied" },
		{ "%h/secret", "TemporaryFileSystem=%h/secret:mode=755",
		  "ls -A /home/bob/secret | wc -l", "0\n" },
		{ "%h/secret", "BindReadOnlyPaths=/srv/other:%h/secret",
		  "cat /home/bob/secret/f; touch /home/bob/secret/f", "o\ntouch" },
		{ "%h/secret", "ReadOnlyPaths=%h", "echo x >>/home/bob/secret/t",
		  "Read-only file system" },
		{ "%h/secret", "Home=read-only\nReadWritePaths=%h/secret",
		  "echo x >>/home/bob/secret/t && echo written", "written" },
		{ "%h/secret", "NoExecPaths=%h\nExecPaths=%h/secret",
		  "/home/bob/secret/t && echo ran", "ran" },
		{ "%h/secret/t", "ReadOnlyPaths=%h/secret", "echo x >>/home/bob/secret/t",
		  "Read-only file system" },
		{ "%h", "ReadOnlyPaths=%h/secret",
		  "echo x >>/home/bob/secret/t; touch /home/bob/y && echo home",
		  "Read-only file system\nhome" },
		{ "%h", "Home=read-only", "touch /home/bob/y", "Read-only file system" },
		{ "%h", "Home=ephemeral", "touch /home/bob/gone; ls /home/bob", "secret" },
		{ "/home/bob", "", "ls /home/bob/secret/t; touch /home/bob/y && echo written",
		  "written" },
		{ "/home", "", "ls /home/bob/secret/t; touch /home/bob/y && echo written; ls /home",
		  "written\nbob\n" },
		{ "/usr", "", "ls -d /usr/bin; touch /usr/x", "Read-only file system" },
		{ "/etc", "", "ls /etc/passwd; ls /etc/cordon; touch /etc/x",
		  "Read-only file system" },
		{ "/etc/cordon", "", "ls /etc/cordon", "Permission denied" },
		{ "/opt", "", "ls -d /opt/root; touch /opt/x", "Read-only file system" },
		{ "/srv", "ReadOnlyPaths=/srv/other", "cat /srv/other/f; touch /srv/x",
		  "Read-only file system" },
		{ "/srv", "ReadWritePaths=/srv/other", "echo o >/srv/other/f && echo written",
		  "written" },
		{ "/srv", "InaccessiblePaths=/srv/other", "cat /srv/other/f", "Permission denied" },
		{ "/var", "", "touch /var/tmp/x && echo written; touch /var/x",
		  "written\ntouch: cannot touch '/var/x': Read-only" },
		{ "/tmp", "", "ls -A /tmp; touch /tmp/x && echo written", "written" },
		{ "/var/tmp", "TemporaryFileSystem=/var/tmp:mode=1777,size=64K",
		  "head -c 100K /dev/zero >/var/tmp/x", "No space left" },
		{ "/dev", "", "echo x >/dev/null; ls /dev/pts >/dev/null && echo there; ls /dev",
		  "there" },
		{ "/sys", "", "ls -d /sys/kernel; touch /sys/x", "Read-only file system" },
		{ "/run", "", "ls -d /run/lock; touch /run/x",
		  "/run/lock\ntouch: cannot touch '/run/x': Permission denied" },
		{ "/bin", "", "readlink /bin; touch /bin/x", "Read-only file system" },
		{ "/data", "", "ls -d /data", "No such file" }
	};
	static const char *const binds[] = { "BindPaths", "BindReadOnlyPaths" };
	/* no such source at all; one whose parent is a file */
	static const char *const sources[] = { "/srv/nosuch", "/etc/passwd/x" };
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (unsigned k = 0; k < 4; k++) {
			char rule[512], bind[128];

			assert_int_equal(
				sh("rm -rf ~bob/secret ~bob/y ~bob/gone; mkdir ~bob/secret; cp /bin/true ~bob/secret/t; chown -R bob: ~bob/secret; chmod 666 /srv/other/f")
					.code,
				0);
			(void)snprintf(bind, sizeof bind, "%s=-%s:%s", binds[k & 1], sources[i & 1],
				       cases[i].path);
			(void)snprintf(rule, sizeof rule, "PrivateNetwork=no\n%s\n%s",
				       k & 2 ? bind : cases[i].rule, k & 2 ? cases[i].rule : bind);
			if (cases[i].rule[0] == '\0')
				(void)snprintf(rule, sizeof rule, "PrivateNetwork=no\n%s", bind);
			wrong += !inside_told(inside_says("bob", rule, cases[i].command),
					      cases[i].wanted, rule);
		}
	/* paths of other lines are still required */
	wrong += !inside_told(
		inside_says("bob", "BindPaths=-/srv/nosuch:/srv/nosuch2\nReadOnlyPaths=/srv/nosuch2",
			    "echo in"),
		"refused", "demanded");
	wrong += !inside_told(
		inside_says("bob", "TemporaryFileSystem=-%h/nosuch2\nReadOnlyPaths=%h/nosuch2",
			    "echo in"),
		"refused", "demanded below a tmpfs");
	wrong += !inside_told(inside_says("bob", "TemporaryFileSystem=-%h/nosuch2/x -%h/nosuch2",
					  "ls /home/bob/nosuch2"),
			      "No such file", "no tmpfs");
	wrong += !inside_told(inside_says("bob",
					  "TemporaryFileSystem=-/srv/a/x -/srv/a -/srv:mode=755",
					  "ls -d /srv/a/x; ls /srv"),
			      "/srv/a/x\na\n", "nested tmpfs");
	assert_int_equal(wrong, 0);
}

/* ---- two mounts of one place ---- */

static void two_of_one_place(void **state)
{
	static const struct {
		const char *rule, *command, *wanted;
	} cases[] = {
		{ "BindPaths=/srv/other:/t\nBindPaths=/srv/a:/t", "ls /t",
		  "refused: rule:2: BindPaths=: '/srv/a:/t': rule:1 (BindPaths=) mounts something else at /t" },
		{ "BindReadOnlyPaths=/srv/other:/t\nBindPaths=/srv/a:/t", "ls /t",
		  "refused: rule:1: BindReadOnlyPaths=" },
		{ "TemporaryFileSystem=/srv/a\nBindPaths=/srv/other:/srv/a", "ls /srv/a",
		  "refused: rule:1: TemporaryFileSystem=" },
		{ "TemporaryFileSystem=/srv/a:ro\nTemporaryFileSystem=/srv/a:size=1M", "ls /srv/a",
		  "refused: rule:2: TemporaryFileSystem=" },
		/* by another name: /bin is a symlink */
		{ "BindPaths=/srv/other:/bin/x\nBindPaths=/srv/a:/usr/bin/x", "ls /t",
		  "refused: rule:2: BindPaths=" },
		{ "BindPaths=/srv/a:/t\nBindPaths=\nBindPaths=/srv/other:/t", "cat /t/f", "o\n" },
		{ "BindPaths=/srv/other:/t -/srv/nosuch:/t", "cat /t/f", "o\n" },
		{ "BindPaths=/srv/other:/t\nBindReadOnlyPaths=/srv/other:/t",
		  "cat /t/f; touch /t/f", "o\ntouch: cannot touch '/t/f': Read-only" },
		{ "TemporaryFileSystem=/srv/a:mode=755 /srv/a:mode=755", "ls -d /srv/a", "/srv/a\n" }
	};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		wrong += !inside_told(inside_says("bob", cases[i].rule, cases[i].command),
				      cases[i].wanted, cases[i].rule);
	assert_int_equal(wrong, 0);
}

/* ---- an empty file system is empty ---- */

static void empty_is_empty(void **state)
{
	static const struct {
		const char *rule, *command, *wanted;
	} cases[] = { { "TemporaryFileSystem=/var", "find /var; echo end", "/var\nend\n" },
		      { "TemporaryFileSystem=/var:ro", "find /var; echo end; touch /var/x",
			"/var\nend\ntouch: cannot touch '/var/x': Read-only" },
		      { "TemporaryFileSystem=/etc", "find /etc; echo end", "/etc\nend\n" },
		      { "TemporaryFileSystem=/srv", "find /srv; echo end", "/srv\nend\n" },
		      { "TemporaryFileSystem=/tmp", "find /tmp; echo end", "/tmp\nend\n" },
		      { "TemporaryFileSystem=/home\nHome=none", "find /home; echo end",
			"/home\nend\n" },
		      { "TemporaryFileSystem=/run", "ls -A /run; echo end", "cordon\nend\n" },
		      /* paths that the rule names below it exist, and so does the home */
		      { "TemporaryFileSystem=/var\nReadOnlyPaths=/var/lib/dpkg",
			"find /var -maxdepth 2; echo end", "/var\n/var/lib\n/var/lib/dpkg\nend\n" },
		      { "TemporaryFileSystem=/var\nBindPaths=/srv/other:/var/tmp",
			"find /var; echo end", "/var\n/var/tmp\n/var/tmp/f\nend\n" },
		      { "TemporaryFileSystem=/home", "ls /home; touch /home/bob/y && echo written",
			"bob\nwritten\n" } };
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		wrong += !inside_told(inside_says("bob", cases[i].rule, cases[i].command),
				      cases[i].wanted, cases[i].rule);
	assert_int_equal(wrong, 0);
}

/* ---- the host's hierarchy of cgroups, in which the program finds itself ---- */

static void cgroups_of_the_host(void **state)
{
	static const char *const ways[] = {
		"cordon run --set ProtectControlGroups=$set -- sh -c \"$look\"",
		"cordon run --user bob --set ProtectControlGroups=$set -- sh -c \"$look\"",
		"setpriv --reuid bob --regid bob --init-groups cordon run --set ProtectControlGroups=$set -- sh -c \"$look\"",
		"printf '[Match]\nUser=bob\n[Session]\nProtectControlGroups='$set'\n' >/etc/cordon/rules.d/50-bob.conf; su bob -c \"$look\"",
	};
	const char *look = "cd /; look='readlink /proc/self/ns/cgroup; cat /proc/self/cgroup'";

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		assert_says(
			sh("%s; set=no; %s >/tmp/inside; sh -c \"$look\" | diff - /tmp/inside && echo same",
			   look, ways[i]),
			"same\n");
		assert_says(sh("%s; set=yes; %s >/tmp/inside; sh -c \"$look\" | diff - /tmp/inside",
			       look, ways[i]),
			    "> cgroup:");
	}
	rule_none();
}

/* ---- a home that holds the homes of others ---- */

static void homes_of_all(void **state)
{
	static const struct {
		const char *home, *zoe, *own; /* @own: may dave write into that home? */
	} homes[] = { { "/", "/data/people/zoe", "" },
		      { "/home", "/home/zoe", "" },
		      { "/home/", "/home/zoe", "" },
		      { "/home/.", "/home/zoe", "" },
		      { "/srv", "/srv/people/zoe", "" },
		      { "/srv", "/srv/zoe", "" },
		      { "/opt", "/opt/zoe", "" },
		      { "/srv/home", "/srv/home/zoe", "" },
		      { "/var/home", "/var/home/zoe", "" },
		      { "/mnt", "/mnt/zoe", "" },
		      { "/people", "/home/zoe", "" },
		      { "/data", "/data/people/zoe", "written" },
		      { "/data/people", "/data/people/zoe", "written" },
		      { "/home/dave", "/home/dave/ci", "written" },
		      { "/srv/people", "/srv/people/zoe", "written" } };
	static const char *const modes[] = { "persistent", "read-only", "ephemeral", "empty",
					     "none" };
	unsigned wrong = 0;

	(void)state;
	assert_int_equal(
		sh("useradd -M -u 2040 -d /nowhere zoe; useradd -M -u 2041 -d /nowhere dave; ln -s home /people")
			.code,
		0);
	for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++)
		for (size_t k = 0; k < sizeof modes / sizeof modes[0]; k++) {
			char rule[64], command[512], about[128];
			const char *text;

			assert_int_equal(
				sh("set -e; h=%s; z=%s; mkdir -p $z; [ $h = / ] || [ -d $h ]; case $h in /data*|*dave|/srv/*) chown dave $h;; esac; echo of zoe >$z/secret; chown -R zoe: $z;"
				   "chmod -R 755 $z; usermod -d $h dave; usermod -d $z zoe",
				   homes[i].home, homes[i].zoe)
					.code,
				0);
			(void)snprintf(about, sizeof about, "%s with %s below, Home=%s",
				       homes[i].home, homes[i].zoe, modes[k]);
			(void)snprintf(rule, sizeof rule, "Home=%s", modes[k]);
			(void)snprintf(
				command, sizeof command,
				"cat %s/secret /home/alice/secret; ls -A %s/people/; touch %s/new && echo written; ls -d /usr/bin",
				homes[i].zoe, homes[i].home, homes[i].home);
			text = inside_says("dave", rule, command);
			wrong += !inside_told(text, "!of zoe", about) ||
				 !inside_told(text, "!of alice", about) ||
				 !inside_told(text, "/usr/bin\n", about);
			if (k == 0)
				wrong += !inside_told(
					text, homes[i].own[0] != '\0' ? "written" : "!written",
					about);
		}
	/* so many groups that it counts as no home; then with the home named in a rule */
	assert_int_equal(
		sh("for i in $(seq 80); do echo \"p$i:x:$((3000+i)):3000::/data/people/p$i:/bin/sh\"; mkdir -p /data/people/p$i; echo of p >/data/people/p$i/secret; done >>/etc/passwd; usermod -d /data/people dave")
			.code,
		0);
	wrong += !inside_told(inside_says("dave", "",
					  "cat /data/people/*/secret; ls -A /data; echo in"),
			      "!of p", "80 homes");
	wrong += !inside_told(inside_says("dave", "", "echo in"), "in\n", "80 homes");
	wrong += !inside_told(inside_says("dave", "ReadOnlyPaths=/data/people/p7",
					  "cat /data/people/*/secret"),
			      "of p\n", "one of 80 homes");
	assert_int_equal(
		sh("usermod -d /srv/people dave; sed -i 's,:/data/people/p,:/srv/people/p,' /etc/passwd; mkdir -p /srv/people; cp -a /data/people/p* /srv/people/")
			.code,
		0);
	wrong += !inside_told(inside_says("dave", "", "cat /srv/people/*/secret; echo in"), "!of p",
			      "80 homes in /srv");
	assert_int_equal(sh("sed -i '/:3000:/d' /etc/passwd").code, 0);
	assert_int_equal(wrong, 0);
}

static int prepare(void **state)
{
	(void)state;
	return sh("mkdir -p /srv/other /srv/a /opt/root; echo o >/srv/other/f; echo of alice >/home/alice/secret; chmod 644 /home/alice/secret")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_source), cmocka_unit_test(two_of_one_place),
		cmocka_unit_test(empty_is_empty), cmocka_unit_test(cgroups_of_the_host),
		cmocka_unit_test(homes_of_all),
	};

	return cmocka_run_group_tests_name("paths", tests, prepare, NULL);
}
