/* SPDX-License-Identifier: Apache-2.0 */
/* files_test.c - rule files: which ones count, which are trusted, and changes while reading */
#include "contract/words.h"
#include "policy/rules/decide.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CONFINE "[Match]\nUser=bob\n[Session]\n"
#define ALLOW	"[Match]\nUser=bob\n[Session]\nAction=allow\n"
#define OTHER	"[Match]\nUser=alice\n[Session]\n"

static char root[64];
static struct policy_paths paths;
static struct facts facts;
static char why[1024];

static const char *at(const char *name)
{
	static char path[2][PATH_MAX];
	static unsigned turn;

	(void)snprintf(path[++turn % 2], PATH_MAX, "%s%s", root, name);
	return path[turn % 2];
}

static void sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void sh(const char *fmt, ...)
{
	char command[1024], text[1200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	(void)snprintf(text, sizeof text, "cd %s && umask 022 && %s", root, command);
	if (system(text) != 0)
		fail_msg("failed: %s", text);
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at(name), 0644), 0);
}

#define ETC "/etc/cordon/rules.d/"
#define USR "/usr/lib/cordon/rules.d/"

static enum verdict decide(void)
{
	struct decision d;
	enum verdict v;

	(void)policy_decide(&paths, &facts, &d); /* the verdict tells */
	(void)err_text(&d.err, why, sizeof why);
	v = d.verdict;
	assert_true(v != VERDICT_DENY || d.user_text[0] != '\0');
	assert_null(strstr(d.user_text, "/")); /* never a path */
	decision_free(&d);
	facts.login.uid = 0; /* whatever the files are */
	assert_int_equal(policy_decide(&paths, &facts, &d), 0);
	assert_int_equal(d.verdict, VERDICT_UNCONFINED);
	decision_free(&d);
	facts.login.uid = 1234;
	return v;
}

#define refused(words) \
	do { \
		assert_int_equal(decide(), VERDICT_DENY); \
		if (strstr(why, words) == NULL) \
			fail_msg("wanted '%s', got '%s'", words, why); \
	} while (0)

static int fresh(void **state)
{
	(void)state;
	paths.trace = NULL;
	sh("rm -rf etc usr && mkdir -p etc/cordon/rules.d etc/cordon/profiles usr/lib/cordon/rules.d");
	return 0;
}

static int setup(void **state)
{
	(void)state;
	(void)umask(022);
	(void)snprintf(root, sizeof root, "/tmp/cordon-files-XXXXXX");
	if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		return -1;
	paths = (struct policy_paths){ .root = root,
				       .rules_etc = "/etc/cordon/rules.d",
				       .rules_vendor = "/usr/lib/cordon/rules.d",
				       .profiles_etc = "/etc/cordon/profiles",
				       .profiles_vendor = "/usr/share/cordon/profiles",
				       .owner = geteuid() };
	facts.login.uid = facts.gid = 1234;
	facts.n_names = 1;
	(void)strcpy(facts.names[0], "bob");
	(void)strcpy(facts.login.user, "bob");
	(void)strcpy(facts.login.service, "sshd");
	(void)strcpy(facts.home, "/home/bob");
	(void)strcpy(facts.shell, "/bin/sh");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sh("rm -rf %s", root);
	return 0;
}

/* ---- which files count ---- */

static void names_are_in_the_order_of_bytes(void **state)
{
	static const char *const order[] = { "10.conf", "2.conf", "A.conf",
					     "_.conf",	"a.conf", "\xc3\xa9.conf" };
	struct policy_name *names;
	struct err e = { 0 };
	size_t n;

	(void)state;
	for (size_t i = 6; i > 0; i--) {
		char name[64];

		(void)snprintf(name, sizeof name, "%s%s", i % 2 ? ETC : USR, order[i - 1]);
		put(name, OTHER);
	}
	put(ETC ".hidden.conf", CONFINE);
	put(ETC "50-x.conf~", CONFINE);
	put(ETC "50-x.conf.dpkg-new", CONFINE);
	put(ETC ".conf", CONFINE);
	assert_int_equal(policy_names(&paths, &names, &n, &e), 0);
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(names[i].name, order[i]);
	policy_names_free(names, n);
	assert_int_equal(decide(), VERDICT_UNCONFINED);
}

static void the_namesake_in_etc_replaces(void **state)
{
	(void)state;
	put(USR "50-x.conf", CONFINE);
	assert_int_equal(decide(), VERDICT_CONFINE);
	put(ETC "50-x.conf", ALLOW);
	assert_int_equal(decide(), VERDICT_UNCONFINED);
	put(ETC "50-x.conf", "");
	refused("50-x.conf: file is empty; write the rule, or mask it");
	sh("ln -sf /dev/null etc/cordon/rules.d/50-x.conf");
	assert_int_equal(decide(), VERDICT_UNCONFINED);
	sh("rm etc/cordon/rules.d/50-x.conf; ln -sf /dev/null usr/lib/cordon/rules.d/50-x.conf");
	assert_int_equal(decide(), VERDICT_UNCONFINED);
}

static void only_dev_null_masks(void **state)
{
	(void)state;
	put(USR "50-x.conf", ALLOW);
	sh("ln -s /dev/zero etc/cordon/rules.d/50-x.conf");
	refused("50-x.conf: is a symbolic link; replace it with the file itself");
	sh("ln -sf ../../../dev/null etc/cordon/rules.d/50-x.conf");
	refused("50-x.conf: is a symbolic link; replace it with the file itself");
	sh("ln -sf %s/usr/lib/cordon/rules.d/50-x.conf etc/cordon/rules.d/50-x.conf", root);
	refused("50-x.conf: is a symbolic link; replace it with the file itself");
}

static void directories_may_be_missing_or_empty(void **state)
{
	(void)state;
	assert_int_equal(decide(), VERDICT_UNCONFINED);
	sh("rm -rf usr");
	assert_int_equal(decide(), VERDICT_UNCONFINED);
	sh("rm -rf etc/cordon/rules.d");
	refused("/etc/cordon/rules.d: directory does not exist");
	sh("rm -rf etc");
	refused("/etc/cordon/rules.d: directory does not exist");
}

/* ---- which are trusted ---- */

static void what_others_can_write_is_refused(void **state)
{
	static const char *const dirs[] = { ".",
					    "etc",
					    "etc/cordon",
					    "etc/cordon/rules.d",
					    "usr",
					    "usr/lib/cordon/rules.d",
					    "etc/cordon/rules.d/50-x.conf" };

	(void)state;
	put(ETC "50-x.conf", ALLOW);
	put(USR "60-y.conf", OTHER);
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		for (unsigned bit = 0020; bit != 0; bit = bit == 0020 ? 0002 : 0) {
			sh("chmod %s %s", bit == 0020 ? "g+w" : "o+w", dirs[i]);
			refused("is writable by group or others; remove that permission: chmod go-w ");
			sh("chmod go-w %s", dirs[i]);
		}
		if (geteuid() == 0) {
			sh("chown 1234 %s", dirs[i]);
			refused("is owned by uid 1234; change the owner to uid 0");
			sh("chown 0 %s", dirs[i]);
		}
	}
	assert_int_equal(decide(), VERDICT_UNCONFINED);
}

static void what_is_no_file_is_refused_at_once(void **state)
{
	(void)state;
	sh("mkfifo -m 644 etc/cordon/rules.d/50-x.conf"); /* CVE-2024-22365: must not hang */
	refused("50-x.conf: is not a regular file; replace it with a regular file");
	sh("rm etc/cordon/rules.d/50-x.conf; mkdir etc/cordon/rules.d/50-x.conf");
	refused("50-x.conf: is not a regular file; replace it with a regular file");
	sh("rmdir etc/cordon/rules.d/50-x.conf; python3 -c 'import socket; socket.socket(socket.AF_UNIX)"
	   ".bind(\"etc/cordon/rules.d/50-x.conf\")'");
	refused("50-x.conf: cannot be opened: No such device or address");
	sh("rm etc/cordon/rules.d/50-x.conf");
	if (geteuid() == 0 && mknod(at(ETC "50-x.conf"), S_IFCHR | 0644, makedev(1, 5)) == 0) {
		assert_int_equal(chmod(at(ETC "50-x.conf"), 0644), 0);
		refused("50-x.conf: "); /* or the file system takes no devices */
		sh("rm etc/cordon/rules.d/50-x.conf");
	}
	sh("rmdir etc/cordon/rules.d; touch etc/cordon/rules.d");
	refused("/etc/cordon/rules.d: is not a directory; replace it with a directory");
	sh("rm etc/cordon/rules.d; ln -s /tmp etc/cordon/rules.d");
	refused("/etc/cordon/rules.d: is a symbolic link; replace it with the directory itself");
	sh("rm -rf etc/cordon; ln -s /etc etc/cordon");
	refused("/etc/cordon: is a symbolic link; replace it with the directory itself");
}

static void what_is_too_large_is_refused(void **state)
{
	(void)state;
	sh("(printf '[Session]\\n#'; head -c 2097152 /dev/zero | tr '\\0' x) >etc/cordon/rules.d/50-x.conf");
	refused("50-x.conf: is larger than 1 MiB; split the file");
	sh("(printf '[Session]\\n'; yes '#' | head -n 10000) >etc/cordon/rules.d/50-x.conf");
	refused("50-x.conf:10001: file has more than 10000 lines; split the rule");
	sh("(printf '[Session]\\n'; yes '#' | head -n 9999) >etc/cordon/rules.d/50-x.conf");
	assert_int_equal(decide(), VERDICT_CONFINE);
	sh("(printf '[Session]\\nReadOnlyPaths='; yes /srv/x | head -n 1001 | tr '\\n' ' ') >etc/cordon/rules.d/50-x.conf");
	refused("50-x.conf:2: ReadOnlyPaths=: more than 1000 values; remove some");
}

static void a_broken_file_refuses_whom_it_concerns(void **state)
{
	(void)state;
	put(ETC "50-x.conf", "[Match]\nUser=alice\n[Session]\nUMask=9\n");
	assert_int_equal(decide(), VERDICT_UNCONFINED); /* it is alice's */
	put(ETC "50-x.conf", "[Match]\nUser=bob\n[Session]\nUMask=9\n");
	refused("50-x.conf:4: UMask=");
	put(ETC "50-x.conf", "[Match]\nUsr=alice\n[Session]\n");
	refused("50-x.conf:2: Usr=");
	put(ETC "10-first.conf", ALLOW); /* a user whose rule comes before is not affected */
	assert_int_equal(decide(), VERDICT_UNCONFINED);
	sh("rm etc/cordon/rules.d/*; mkfifo etc/cordon/rules.d/90-last.conf");
	put(ETC "10-first.conf", CONFINE);
	assert_int_equal(decide(), VERDICT_CONFINE);
}

/* ---- what is read, and when ---- */

static void nothing_after_the_match_is_opened(void **state)
{
	char events[65536] __attribute__((aligned(8)));
	bool opened[3] = { false };
	int fd;
	ssize_t n;

	(void)state;
	put(ETC "10-a.conf", OTHER);
	put(ETC "50-b.conf", CONFINE);
	put(ETC "60-c.conf", OTHER);
	fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	assert_true(fd >= 0 && inotify_add_watch(fd, at("/etc/cordon/rules.d"), IN_OPEN) >= 0);
	assert_int_equal(decide(), VERDICT_CONFINE);
	n = read(fd, events, sizeof events);
	for (const char *p = events; n > 0 && p < events + n;) {
		const struct inotify_event *e = (const void *)p;

		opened[0] = opened[0] || (e->len > 0 && strcmp(e->name, "10-a.conf") == 0);
		opened[1] = opened[1] || (e->len > 0 && strcmp(e->name, "50-b.conf") == 0);
		opened[2] = opened[2] || (e->len > 0 && strcmp(e->name, "60-c.conf") == 0);
		p += sizeof *e + e->len;
	}
	assert_true(opened[0] && opened[1] && !opened[2]);
	(void)close(fd);
}

static unsigned changes;
static const char *change;

/* Changes files while others are read. */
static void interfere(void *arg, const char *file, unsigned line, const char *key)
{
	(void)arg;
	(void)file;
	(void)line;
	(void)key;
	if (changes > 0) {
		changes--;
		sh("%s", change);
	}
}

static enum verdict decide_while(const char *command, unsigned times)
{
	paths.trace = interfere;
	change = command;
	changes = times;
	return decide();
}

static void rules_are_those_of_one_moment(void **state)
{
	static const char *const commands[] = {
		/* behind one's back */
		"mv etc/cordon/rules.d/50-b.conf etc/cordon/rules.d/05-b.conf",
		"mv etc/cordon/rules.d/50-b.conf usr/lib/cordon/rules.d/",
		"printf '[Match]\\nUser=bob\\n[Session]\\n' >etc/cordon/rules.d/10-a.conf; rm etc/cordon/rules.d/50-b.conf",
		"mv etc/cordon/rules.d/50-b.conf etc/cordon/b; cp etc/cordon/b etc/cordon/rules.d/05-b.conf",
		"cp -a etc/cordon/rules.d etc/cordon/new; mv etc/cordon/rules.d etc/cordon/old;"
		"mv etc/cordon/new etc/cordon/rules.d; rm -r etc/cordon/old",
	};

	(void)state;
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		(void)fresh(state);
		put(ETC "10-a.conf", OTHER);
		put(ETC "50-b.conf", CONFINE);
		if (decide_while(commands[i], 1) !=
		    VERDICT_CONFINE) /* as before the change and after it */
			fail_msg("%s: %s", commands[i], why);
	}
	(void)fresh(state);
	put(ETC "10-a.conf", OTHER);
	paths.trace = interfere;
	change = "touch etc/cordon/rules.d/10-a.conf";
	changes = 1000;
	refused("/etc/cordon/rules.d: kept changing while being read");
}

/* Overwrites a file in place with a short and a long text: a reader gets one of them, or refuses. */
static void a_file_that_changes_is_read_whole_or_not_at_all(void **state)
{
	static const char *const lines[] = { "UMask=0027\n", "UMask=0077\n" };
	unsigned confined = 0;
	pid_t pid;

	(void)state;
	put(ETC "50-x.conf", CONFINE "UMask=0027\n");
	pid = fork();
	assert_true(pid >= 0);
	for (unsigned turn = 0; pid == 0; turn++) { /* until it is killed */
		const int fd = open(at(ETC "50-x.conf"), O_WRONLY | O_TRUNC | O_CLOEXEC);
		FILE *f = fdopen(fd, "w");

		if (f == NULL || fputs(CONFINE, f) < 0)
			_exit(1);
		for (unsigned i = 0; i < turn % 2 * 5000; i++)
			(void)fputs("# long\n", f);
		(void)fputs(lines[turn % 2], f); /* seen by the other side */
		(void)fclose(f);
		(void)usleep(1000);
	}
	for (unsigned i = 0; i < 2000; i++) {
		struct decision d;

		(void)policy_decide(&paths, &facts, &d); /* the verdict tells */
		assert_int_not_equal(d.verdict, VERDICT_UNCONFINED);
		if (d.verdict == VERDICT_CONFINE) {
			const uint64_t umask_is = d.settings.umask.v;

			/* a file cut after a whole line is a valid rule, which the file was for a while */
			assert_true(umask_is == 0027 || umask_is == 0077 || umask_is == MODE_UNSET);
			confined++;
		}
		decision_free(&d);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(confined > 0);
}

/* ---- a rule that is not saved ---- */

static enum verdict verdict_by(const struct policy_paths *by)
{
	struct decision d;
	enum verdict v;

	(void)policy_decide(by, &facts, &d); /* an error denies */
	v = d.verdict;
	decision_free(&d);
	return v;
}

static void a_draft_takes_the_place_of_its_file(void **state)
{
	static const char allow[] = "[Match]\nUser=bob\n[Session]\nAction=allow\n";
	static const char deny[] = "[Match]\nUser=bob\n[Session]\nAction=deny\n";
	struct policy_draft draft = { "50-x.conf", allow, sizeof allow - 1 };
	struct policy_paths then = paths;
	struct policy_name *names;
	struct err e = { 0 };
	size_t n;

	(void)state;
	then.draft = &draft;
	/* a new file, in its place in the order */
	put(ETC "60-y.conf", deny);
	assert_int_equal(policy_names(&then, &names, &n, &e), 0);
	assert_int_equal(n, 2);
	assert_string_equal(names[0].name, "50-x.conf");
	policy_names_free(names, n);
	assert_int_equal(verdict_by(&paths), VERDICT_DENY);
	assert_int_equal(verdict_by(&then), VERDICT_UNCONFINED);
	/* in place of a file, also of a package's, and of a mask */
	put(ETC "50-x.conf", deny);
	assert_int_equal(verdict_by(&then), VERDICT_UNCONFINED);
	put(USR "50-x.conf", deny);
	assert_int_equal(policy_names(&then, &names, &n, &e), 0);
	assert_int_equal(n, 2);
	policy_names_free(names, n);
	assert_int_equal(verdict_by(&then), VERDICT_UNCONFINED);
	assert_int_equal(verdict_by(&paths), VERDICT_DENY);
	/* a draft with an error denies, as a file does */
	draft = (struct policy_draft){ "50-x.conf", "[Match]\nUsr=bob\n", 16 };
	assert_int_equal(verdict_by(&then), VERDICT_DENY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(names_are_in_the_order_of_bytes, fresh),
		cmocka_unit_test_setup(the_namesake_in_etc_replaces, fresh),
		cmocka_unit_test_setup(only_dev_null_masks, fresh),
		cmocka_unit_test_setup(directories_may_be_missing_or_empty, fresh),
		cmocka_unit_test_setup(what_others_can_write_is_refused, fresh),
		cmocka_unit_test_setup(what_is_no_file_is_refused_at_once, fresh),
		cmocka_unit_test_setup(what_is_too_large_is_refused, fresh),
		cmocka_unit_test_setup(a_broken_file_refuses_whom_it_concerns, fresh),
		cmocka_unit_test_setup(nothing_after_the_match_is_opened, fresh),
		cmocka_unit_test_setup(rules_are_those_of_one_moment, fresh),
		cmocka_unit_test_setup(a_file_that_changes_is_read_whole_or_not_at_all, fresh),
		cmocka_unit_test_setup(a_draft_takes_the_place_of_its_file, fresh),
	};

	return cmocka_run_group_tests_name("files", tests, setup, teardown);
}
