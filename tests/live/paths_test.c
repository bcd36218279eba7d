/* paths_test.c - what a rule says of paths, where one line meets another or a path isn't there */
#include "inside/inside.h"
#include "lib/live.h"

#include <stdio.h>

/* ---- an optional bind without a source is as if it weren't written ---- */

static void missing_source(void **state)
{
	/* what each is with a bind over its own path, which has no source, before or behind it */
	static const struct {
		const char *path, *rule, *command, *wanted;
	} cases[] = {
		{ "%h/secret", "ReadOnlyPaths=%h/secret", "echo x >>/home/bob/secret/t", "Read-only file system" },
		{ "%h/secret", "NoExecPaths=%h/secret", "/home/bob/secret/t; echo code=$?", "code=126" },
		{ "%h/secret", "InaccessiblePaths=%h/secret", "cat /home/bob/secret/t", "Permission denied" },
		{ "%h/secret", "TemporaryFileSystem=%h/secret:mode=755", "ls -A /home/bob/secret | wc -l", "0\n" },
		{ "%h/secret", "BindReadOnlyPaths=/srv/other:%h/secret", "cat /home/bob/secret/f; touch /home/bob/secret/f", "o\ntouch" },
		{ "%h/secret", "ReadOnlyPaths=%h", "echo x >>/home/bob/secret/t", "Read-only file system" },
		{ "%h/secret", "Home=read-only\nReadWritePaths=%h/secret", "echo x >>/home/bob/secret/t && echo written", "written" },
		{ "%h/secret", "NoExecPaths=%h\nExecPaths=%h/secret", "/home/bob/secret/t && echo ran", "ran" },
		{ "%h/secret/t", "ReadOnlyPaths=%h/secret", "echo x >>/home/bob/secret/t", "Read-only file system" },
		{ "%h", "ReadOnlyPaths=%h/secret", "echo x >>/home/bob/secret/t; touch /home/bob/y && echo home", "Read-only file system\nhome" },
		{ "%h", "Home=read-only", "touch /home/bob/y", "Read-only file system" },
		{ "%h", "Home=ephemeral", "touch /home/bob/gone; ls /home/bob", "secret" },
		{ "/home/bob", "", "ls /home/bob/secret/t; touch /home/bob/y && echo written", "written" },
		{ "/home", "", "ls /home/bob/secret/t; touch /home/bob/y && echo written; ls /home", "written\nbob\n" },
		{ "/usr", "", "ls -d /usr/bin; touch /usr/x", "Read-only file system" },
		{ "/etc", "", "ls /etc/passwd; ls /etc/cordon; touch /etc/x", "Read-only file system" },
		{ "/etc/cordon", "", "ls /etc/cordon", "Permission denied" },
		{ "/opt", "", "ls -d /opt/root; touch /opt/x", "Read-only file system" },
		{ "/srv", "ReadOnlyPaths=/srv/other", "cat /srv/other/f; touch /srv/x", "Read-only file system" },
		{ "/srv", "ReadWritePaths=/srv/other", "echo o >/srv/other/f && echo written", "written" },
		{ "/srv", "InaccessiblePaths=/srv/other", "cat /srv/other/f", "Permission denied" },
		{ "/var", "", "touch /var/tmp/x && echo written; touch /var/x", "written\ntouch: cannot touch '/var/x': Read-only" },
		{ "/tmp", "", "ls -A /tmp; touch /tmp/x && echo written", "written" },
		{ "/var/tmp", "TemporaryFileSystem=/var/tmp:mode=1777,size=64K", "head -c 100K /dev/zero >/var/tmp/x", "No space left" },
		{ "/dev", "", "echo x >/dev/null; ls /dev/pts >/dev/null && echo there; ls /dev", "there" },
		{ "/sys", "", "ls -d /sys/kernel; touch /sys/x", "Read-only file system" },
		{ "/run", "", "ls -d /run/lock; touch /run/x", "Read-only file system" },
		{ "/bin", "", "readlink /bin; touch /bin/x", "Read-only file system" },
		{ "/data", "", "ls -d /data", "No such file" },
	};
	static const char *const binds[] = { "BindPaths", "BindReadOnlyPaths" };
	/* no such source at all; one whose parent is a file */
	static const char *const sources[] = { "/srv/nosuch", "/etc/passwd/x" };
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (unsigned k = 0; k < 4; k++) {
			char rule[512], bind[128];

			assert_int_equal(sh("rm -rf ~bob/secret ~bob/y ~bob/gone; mkdir ~bob/secret; cp /bin/true ~bob/secret/t; chown -R bob: ~bob/secret; chmod 666 /srv/other/f").code, 0);
			(void)snprintf(bind, sizeof bind, "%s=-%s:%s", binds[k & 1], sources[i & 1], cases[i].path);
			(void)snprintf(rule, sizeof rule, "PrivateNetwork=no\n%s\n%s", k & 2 ? bind : cases[i].rule,
				       k & 2 ? cases[i].rule : bind);
			if (cases[i].rule[0] == '\0')
				(void)snprintf(rule, sizeof rule, "PrivateNetwork=no\n%s", bind);
			wrong += !inside_told(inside_says("bob", rule, cases[i].command), cases[i].wanted, rule);
		}
	/* what another line demands is still demanded */
	wrong += !inside_told(inside_says("bob", "BindPaths=-/srv/nosuch:/srv/nosuch2\nReadOnlyPaths=/srv/nosuch2", "echo in"), "refused", "demanded");
	wrong += !inside_told(inside_says("bob", "TemporaryFileSystem=-%h/nosuch2\nReadOnlyPaths=%h/nosuch2", "echo in"), "refused", "demanded below a tmpfs");
	wrong += !inside_told(inside_says("bob", "TemporaryFileSystem=-%h/nosuch2/x -%h/nosuch2", "ls /home/bob/nosuch2"), "No such file", "no tmpfs");
	wrong += !inside_told(inside_says("bob", "TemporaryFileSystem=-/srv/a/x -/srv/a -/srv:mode=755", "ls -d /srv/a/x; ls /srv"), "/srv/a/x\na\n", "nested tmpfs");
	assert_int_equal(wrong, 0);
}

/* ---- two mounts of one place ---- */

static void two_of_one_place(void **state)
{
	static const struct {
		const char *rule, *command, *wanted;
	} cases[] = {
		{ "BindPaths=/srv/other:/t\nBindPaths=/srv/a:/t", "ls /t", "refused: rule:2: BindPaths=: '/srv/a:/t': rule:1 (BindPaths=) mounts something else at /t" },
		{ "BindReadOnlyPaths=/srv/other:/t\nBindPaths=/srv/a:/t", "ls /t", "refused: rule:1: BindReadOnlyPaths=" },
		{ "TemporaryFileSystem=/srv/a\nBindPaths=/srv/other:/srv/a", "ls /srv/a", "refused: rule:1: TemporaryFileSystem=" },
		{ "TemporaryFileSystem=/srv/a:ro\nTemporaryFileSystem=/srv/a:size=1M", "ls /srv/a", "refused: rule:2: TemporaryFileSystem=" },
		/* by another name: /bin is a symlink */
		{ "BindPaths=/srv/other:/bin/x\nBindPaths=/srv/a:/usr/bin/x", "ls /t", "refused: rule:2: BindPaths=" },
		{ "BindPaths=/srv/a:/t\nBindPaths=\nBindPaths=/srv/other:/t", "cat /t/f", "o\n" },
		{ "BindPaths=/srv/other:/t -/srv/nosuch:/t", "cat /t/f", "o\n" },
		{ "BindPaths=/srv/other:/t\nBindReadOnlyPaths=/srv/other:/t", "cat /t/f; touch /t/f", "o\ntouch: cannot touch '/t/f': Read-only" },
		{ "TemporaryFileSystem=/srv/a:mode=755 /srv/a:mode=755", "ls -d /srv/a", "/srv/a\n" },
	};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		wrong += !inside_told(inside_says("bob", cases[i].rule, cases[i].command), cases[i].wanted, cases[i].rule);
	assert_int_equal(wrong, 0);
}

/* ---- an empty file system is empty ---- */

static void empty_is_empty(void **state)
{
	static const struct {
		const char *rule, *command, *wanted;
	} cases[] = {
		{ "TemporaryFileSystem=/var", "find /var; echo end", "/var\nend\n" },
		{ "TemporaryFileSystem=/var:ro", "find /var; echo end; touch /var/x", "/var\nend\ntouch: cannot touch '/var/x': Read-only" },
		{ "TemporaryFileSystem=/etc", "find /etc; echo end", "/etc\nend\n" },
		{ "TemporaryFileSystem=/srv", "find /srv; echo end", "/srv\nend\n" },
		{ "TemporaryFileSystem=/tmp", "find /tmp; echo end", "/tmp\nend\n" },
		{ "TemporaryFileSystem=/home\nHome=none", "find /home; echo end", "/home\nend\n" },
		{ "TemporaryFileSystem=/run", "ls -A /run; echo end", "cordon\nend\n" },
		/* what the rule names below it is there, and so is the home */
		{ "TemporaryFileSystem=/var\nReadOnlyPaths=/var/lib/dpkg", "find /var -maxdepth 2; echo end", "/var\n/var/lib\n/var/lib/dpkg\nend\n" },
		{ "TemporaryFileSystem=/var\nBindPaths=/srv/other:/var/tmp", "find /var; echo end", "/var\n/var/tmp\n/var/tmp/f\nend\n" },
		{ "TemporaryFileSystem=/home", "ls /home; touch /home/bob/y && echo written", "bob\nwritten\n" },
	};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		wrong += !inside_told(inside_says("bob", cases[i].rule, cases[i].command), cases[i].wanted, cases[i].rule);
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
		assert_says(sh("%s; set=no; %s >/tmp/inside; sh -c \"$look\" | diff - /tmp/inside && echo same", look, ways[i]), "same\n");
		assert_says(sh("%s; set=yes; %s >/tmp/inside; sh -c \"$look\" | diff - /tmp/inside", look, ways[i]), "> cgroup:");
	}
	rule_none();
}

static int prepare(void **state)
{
	(void)state;
	return sh("mkdir -p /srv/other /srv/a /opt/root; echo o >/srv/other/f; rm -rf ~bob/.cache").code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_source),
		cmocka_unit_test(two_of_one_place),
		cmocka_unit_test(empty_is_empty),
		cmocka_unit_test(cgroups_of_the_host),
	};

	return cmocka_run_group_tests_name("paths", tests, prepare, NULL);
}
