/* SPDX-License-Identifier: Apache-2.0 */
/* race_test.c - paths that a user can change, while root builds a view of them */
#include "inside/inside.h"
#include "lib/live.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW_S = 22 };

/*
 * The prize is /root/vault. Only root can reach the directory, but everybody who sees it can read it.
 * In each race, @user changes @place all the time to a symlink to the prize, or to another directory,
 * and back.
 */
static const struct race {
	const char *user, *place, *rule;
} races[] = {
	{ "bob", "/home/bob/r/bind/d", "BindPaths=/home/bob/r/bind/d:/data" },
	{ "bob", "/home/bob/r/above", "BindReadOnlyPaths=/home/bob/r/above/d:/data" },
	{ "bob", "/home/bob/r/target/d", "BindPaths=/srv/data:/home/bob/r/target/d" },
	{ "bob", "/home/bob/r/over", "BindPaths=/srv/data:/home/bob/r/over/d" },
	{ "bob", "/home/bob/r/ro/d", "ReadOnlyPaths=/home/bob/r/ro/d" },
	{ "bob", "/home/bob/r/rw", "Home=read-only\nReadWritePaths=/home/bob/r/rw/d" },
	{ "bob", "/home/bob/r/none/d", "InaccessiblePaths=/home/bob/r/none/d" },
	{ "bob", "/home/bob/r/again",
	  "InaccessiblePaths=/home/bob/r/again\nReadOnlyPaths=/home/bob/r/again/d" },
	{ "bob", "/home/bob/r/noexec/d", "NoExecPaths=/home/bob/r/noexec/d" },
	{ "bob", "/home/bob/r/exec/d", "NoExecPaths=/home/bob/r\nExecPaths=/home/bob/r/exec/d" },
	{ "bob", "/home/bob/r/tmp/d", "TemporaryFileSystem=/home/bob/r/tmp/d" },
	{ "bob", "/home/bob/r/overlay/d", "Home=ephemeral\nReadOnlyPaths=/home/bob/r/overlay/d" },
	{ "bob", "/home/bob/r/made/d", "Home=ephemeral\nBindPaths=/srv/data:/home/bob/r/made/d/new" },
	{ "eve", "/srv/shared/eve", "Home=persistent" },
	{ "eve", "/srv/shared/eve", "Home=ephemeral" },
	{ "eve", "/srv/shared/eve", "Home=read-only\nReadOnlyPaths=%h/d" },
	{ "eve", "/srv/shared/eve", "Home=none\nBindPaths=%h/d:/data" },
	{ "carol", "/srv/shared/carol", "Home=persistent" }, /* /home/carol is a symlink to it */
	{ "carol", "/srv/shared/carol", "Home=ephemeral" }
};
enum { RACES = sizeof races / sizeof races[0] };

struct tally {
	unsigned built, refused, stale, won, changed;
	char how[256];
};
static struct tally *tally;
static volatile int *stop;

/* ---- the attacker ---- */

static void exchange(const char *a, const char *b)
{
	(void)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */);
}

static _Noreturn void attack(const char *user)
{
	const struct passwd *pw = getpwnam(user);
	char link[RACES][256], other[RACES][256];

	if (pw == NULL || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		_exit(1);
	for (unsigned i = 0; i < RACES; i++) {
		(void)snprintf(link[i], sizeof link[i], "%s.link", races[i].place);
		(void)snprintf(other[i], sizeof other[i], "%s.other", races[i].place);
	}
	for (unsigned n = 0; !*stop; n++)
		for (unsigned i = 0; i < RACES; i++) {
			if (strcmp(races[i].user, user) != 0)
				continue;
			exchange(races[i].place, n % 3 == 2 ? other[i] : link[i]);
			tally[i].changed++;
		}
	_exit(0);
}

/* ---- the session that was built meanwhile ---- */

static bool lost(struct tally *t, const char *what, const char *where)
{
	t->won++;
	(void)snprintf(t->how, sizeof t->how, "%.60s %.180s", what, where); /* cut when too long */
	return true;
}

/* Can the session read the prize by any of the names in the race? */
static bool has_prize(struct tally *t, const char *place)
{
	static const char *const below[] = { "/marker", "/d/marker" };
	char path[512];

	for (unsigned i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof path, "%s%s", place, below[i]);
		if (access(path, F_OK) == 0)
			return lost(t, "the prize at", path);
		(void)snprintf(path, sizeof path, "/data%s", below[i]);
		if (access(path, F_OK) == 0)
			return lost(t, "the prize at", path);
	}
	return false;
}

/* Mounts must neither show the prize nor cover the system. */
static bool mounts_wrong(struct tally *t)
{
	static char text[1 << 18];
	const int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t n;

	while (fd >= 0 && at < sizeof text - 1 && (n = read(fd, text + at, sizeof text - 1 - at)) > 0)
		at += (size_t)n;
	text[at] = '\0';
	if (fd >= 0)
		(void)close(fd);
	if (at == 0)
		return lost(t, "no", "/proc/self/mountinfo");
	if (strstr(text, "/vault") != NULL)
		return lost(t, "mounted:", strstr(text, "/vault"));
	if (access("/etc/passwd", R_OK) < 0 || access("/usr/bin/id", X_OK) < 0)
		return lost(t, "covered:", "/etc or /usr");
	return access("/srv/vault-is-in-root", F_OK) == 0 && lost(t, "written:", "/srv");
}

static int look(void *arg)
{
	struct tally *t = arg;

	return has_prize(t, races[t - tally].place) || mounts_wrong(t);
}

static _Noreturn void build(unsigned i)
{
	while (!*stop) {
		struct inside in;
		const int r = inside_start(races[i].user, races[i].rule, &in);

		if (r == 0) {
			tally[i].built++;
			if (inside_look(&in, look, &tally[i]) < 0)
				(void)lost(&tally[i], "no look into the session", "");
		} else {
			tally[i].refused++;
			tally[i].stale += r == -ESTALE;
		}
		inside_end(&in);
	}
	_exit(0);
}

/* Repeats a real login, by a rule with all of bob's races. */
static unsigned logins(void)
{
	const time_t end = time(NULL) + WINDOW_S;
	unsigned n = 0;

	while (time(NULL) < end) {
		const struct out o = as_bob(
			"cat /data/marker /data/d/marker ~/r/*/marker ~/r/*/d/marker 2>/dev/null;"
			"grep vault /proc/self/mountinfo; grep -c Seccomp:.2 /proc/self/status");

		if (strstr(o.text, "prize") != NULL || strstr(o.text, "vault") != NULL)
			fail_msg("a login got it: %s", o.text);
		n++;
	}
	return n;
}

static void rule_of_all(void)
{
	rule_set("BindPaths=-/home/bob/r/bind/d:/data\nReadOnlyPaths=-/home/bob/r/ro/d\n"
		 "InaccessiblePaths=-/home/bob/r/none/d\nNoExecPaths=-/home/bob/r/noexec/d");
}

static pid_t start(void (*run)(unsigned), unsigned i)
{
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		run(i);
	return pid;
}

static void attack_by(unsigned i)
{
	static const char *const users[] = { "bob", "eve", "carol" };

	attack(users[i]);
}

static void build_by(unsigned i)
{
	build(i);
}

static void races_are_lost(void **state)
{
	char before[65536];
	pid_t pids[RACES + 3];
	unsigned n = 0, ssh, won = 0;

	(void)state;
	tally = mmap(NULL, sizeof *tally * RACES + sizeof *stop, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(tally, MAP_FAILED);
	stop = (volatile int *)(tally + RACES);
	(void)snprintf(before, sizeof before, "%s", sh("cat /proc/self/mountinfo").text);
	rule_of_all();
	for (unsigned i = 0; i < 3; i++)
		pids[n++] = start(attack_by, i);
	for (unsigned i = 0; i < RACES; i++)
		pids[n++] = start(build_by, i);
	ssh = logins();
	*stop = 1;
	while (n > 0)
		(void)waitpid(pids[--n], NULL, 0);
	print_message(
		"%u logins; of each race: changes, built, refused (of these: moved between two looks), won\n",
		ssh);
	for (unsigned i = 0; i < RACES; i++) {
		print_message("%8u %5u %5u %4u %3u  %s: %s %s\n", tally[i].changed, tally[i].built,
			      tally[i].refused, tally[i].stale, tally[i].won, races[i].user,
			      strrchr(races[i].rule, '\n') != NULL ?
				      strrchr(races[i].rule, '\n') + 1 :
				      races[i].rule,
			      tally[i].how);
		won += tally[i].won;
		assert_true(tally[i].built + tally[i].refused > 0);
	}
	assert_int_equal(won, 0);
	assert_true(wait_gone(10));
	assert_string_equal(sh("cat /proc/self/mountinfo").text, before);
	assert_int_equal(sh("ls /root/vault | grep -v -x -E 'marker|d'").code, 1);
}

/* ---- paths that do not exist or have the wrong type ---- */

#define SKIPPED NULL

static const struct wrong {
	const char *rule, *object; /* refused for @object; SKIPPED: the session starts */
	int err;
} wrongs[] = {
	/* missing */
	{ "BindPaths=/home/bob/w/no:/data", "/home/bob/w/no", -ENOENT },
	{ "BindPaths=-/home/bob/w/no:/data", SKIPPED, 0 },
	{ "BindReadOnlyPaths=/srv/no:/data", "/srv/no", -ENOENT },
	{ "BindReadOnlyPaths=-/srv/no:/data", SKIPPED, 0 },
	{ "BindPaths=/srv/data:/home/bob/w/no", "/home/bob/w/no", -EROFS },
	{ "BindPaths=/srv/data:/srv/no", "/srv/no", -EROFS },
	{ "TemporaryFileSystem=/home/bob/w/no", "/home/bob/w/no", -EROFS },
	{ "TemporaryFileSystem=-/home/bob/w/no", SKIPPED, 0 },
	{ "TemporaryFileSystem=-/home/bob/w/link", "/home/bob/w/link", -ELOOP },
	{ "ReadOnlyPaths=/home/bob/w/no", "/home/bob/w/no", -ENOENT },
	{ "ReadOnlyPaths=-/home/bob/w/no", SKIPPED, 0 },
	{ "ReadWritePaths=/home/bob/w/no", "/home/bob/w/no", -ENOENT },
	{ "ReadWritePaths=/no", "/no", -ENOENT },
	{ "ReadWritePaths=-/no", SKIPPED, 0 },
	{ "InaccessiblePaths=/home/bob/w/no", "/home/bob/w/no", -ENOENT },
	{ "InaccessiblePaths=-/home/bob/w/no", SKIPPED, 0 },
	{ "InaccessiblePaths=/no", "/no", -ENOENT },
	{ "InaccessiblePaths=-/no", SKIPPED, 0 },
	{ "NoExecPaths=/home/bob/w/no", "/home/bob/w/no", -ENOENT },
	{ "NoExecPaths=/no", "/no", -ENOENT },
	{ "NoExecPaths=-/no", SKIPPED, 0 },
	{ "ExecPaths=/home/bob/w/no", "/home/bob/w/no", -ENOENT },
	{ "RootDirectory=/srv/no", "/srv/no", -ENOENT },
	/* symlinks that the user has made: dangling, or leading somewhere */
	{ "BindPaths=/home/bob/w/dangling:/data", "/home/bob/w/dangling", -ELOOP },
	{ "BindPaths=-/home/bob/w/dangling:/data", "/home/bob/w/dangling", -ELOOP },
	{ "BindPaths=/home/bob/w/link:/data", "/home/bob/w/link", -ELOOP },
	{ "BindPaths=/home/bob/w/link/d:/data", "/home/bob/w/link/d", -ELOOP },
	{ "BindPaths=/srv/data:/home/bob/w/link", "/home/bob/w/link", -ELOOP },
	{ "TemporaryFileSystem=/home/bob/w/link", "/home/bob/w/link", -ELOOP },
	{ "ReadOnlyPaths=/home/bob/w/link", "/home/bob/w/link", -ELOOP },
	{ "ReadWritePaths=/home/bob/w/dangling", "/home/bob/w/dangling", -ELOOP },
	{ "InaccessiblePaths=/home/bob/w/link", "/home/bob/w/link", -ELOOP },
	{ "NoExecPaths=/home/bob/w/link", "/home/bob/w/link", -ELOOP },
	/* symlinks that root has made are followed */
	{ "BindPaths=/srv/root-link:/data", SKIPPED, 0 },
	{ "ReadOnlyPaths=/srv/root-link", SKIPPED, 0 },
	{ "InaccessiblePaths=/srv/root-dangling", "/srv/root-dangling", -ENOENT },
	/* a file in place of a directory, and the other way round */
	{ "TemporaryFileSystem=/home/bob/w/file", "/home/bob/w/file", -EINVAL },
	{ "BindPaths=/srv/data:/home/bob/w/file", "/home/bob/w/file", -EINVAL },
	{ "BindPaths=/srv/data/file:/home/bob/w/dir", "/home/bob/w/dir", -EINVAL },
	{ "BindPaths=/srv/data/file/below:/data", "/srv/data/file/below", -ENOTDIR },
	{ "RootDirectory=/srv/data/file", "/srv/data/file", -EPERM },
	{ "ReadOnlyPaths=/home/bob/w/file", SKIPPED, 0 },
	{ "InaccessiblePaths=/home/bob/w/fifo", SKIPPED, 0 },
	{ "ReadOnlyPaths=/home/bob/w/fifo", SKIPPED, 0 },
	/* a path that the user cannot read shows nothing in the session, either */
	{ "BindPaths=/root/vault:/data", SKIPPED, 0 },
	{ "BindPaths=/home/bob/w/closed:/data", SKIPPED, 0 },
	{ "ReadOnlyPaths=/home/bob/w/closed/d", SKIPPED, 0 },
	/* trees that others could have changed */
	{ "RootDirectory=/srv/open-tree", "/srv/open-tree", -EPERM },
	{ "RootDirectory=/srv/bobs/tree", "/srv/bobs/tree", -EPERM },
	{ "RootDirectory=/srv/half-tree", "/srv/half-tree/usr", -EPERM },
	{ "RootDirectory=/home/bob/w/link", "/home/bob/w/link", -EPERM },
};

static bool is_refused(const char *user, const struct wrong *w)
{
	struct inside in;
	const int r = inside_start(user, w->rule, &in);
	const bool right = w->object == SKIPPED ? r == 0 :
						  r == w->err && strcmp(in.object, w->object) == 0;

	if (!right)
		print_message("%s: %s by %s, step %s, '%s' %s\n", w->rule,
			      r == 0 ? "begun" : strerror(-r), in.err.msg, step_name(in.fail.step),
			      in.object, w->object != NULL ? w->object : "was to be skipped");
	inside_end(&in);
	return right;
}

static void missing_and_wrong(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
		failed += !is_refused("bob", &wrongs[i]);
	assert_int_equal(failed, 0);
	/* the message for the administrator */
	rule_set("BindPaths=/home/bob/w/link:/data");
	assert_silent(as_bob("id"), "uid=");
	assert_says(sh("grep cordon $HOST_LOG | tail -n 1"),
		    "step=view object=\"/home/bob/w/link\" errno=ELOOP");
	rule_set("RootDirectory=/srv/open-tree");
	assert_silent(as_bob("id"), "uid=");
	assert_says(sh("grep cordon $HOST_LOG | tail -n 1"),
		    "step=view object=\"/srv/open-tree\" errno=EPERM");
}

/* The home itself. Without one a session begins all the same, as sshd and su have it. */
/*
 * A hard link in the home to a file of root's: fs.protected_hardlinks prevents new ones, but an old one
 * may exist. The session shows it with its own owner and mode.
 */
static void hard_links(void **state)
{
	static const char *const rules[] = {
		"BindPaths=%h/hard:/data",
		"ReadWritePaths=%h/hard",
		"Home=read-only\nReadWritePaths=%h/hard",
		"Home=ephemeral\nReadWritePaths=%h/hard",
		"Home=ephemeral",
		"PrivateUsers=self\nBindPaths=%h/hard:/data",
	};
	struct out o;

	(void)state;
	assert_int_equal(
		sh("umask 077; echo prize >/home/.of-root; ln -f /home/.of-root /home/bob/hard").code,
		0);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		o = as_bob(
			"id -u; for f in ~/hard /data; do cat $f; echo lost >>$f; chmod 666 $f; done");
		assert_true(says(o, "2001\n") && says(o, "Permission denied") && silent(o, "prize"));
		assert_string_equal(sh("cat /home/bob/hard; stat -c '%%a %%u' /home/bob/hard").text,
				    "prize\n600 0\n");
	}
	(void)sh("rm -f /home/.of-root /home/bob/hard");
}

static void homes_wrong(void **state)
{
	static const struct {
		const char *home;
		struct wrong is;
	} homes[] = {
		{ "/home/nowhere", { "Home=persistent", SKIPPED, 0 } },
		{ "/home/nowhere", { "Home=ephemeral", "/home/nowhere", -ENOENT } },
		{ "/home/nowhere", { "Home=empty", SKIPPED, 0 } },
		{ "/home/nowhere", { "ReadOnlyPaths=%h/x", "/home/nowhere/x", -ENOENT } },
		{ "/home/dangling", { "Home=persistent", SKIPPED, 0 } }, /* of root's making */
		{ "/home/dangling", { "Home=ephemeral", "/home/dangling", -ENOENT } },
		{ "/srv/shared/linked",
		  { "Home=persistent", "/srv/shared/linked", -ELOOP } }, /* gina's */
		{ "/srv/shared/linked", { "Home=read-only", "/srv/shared/linked", -ELOOP } },
		{ "/srv/shared/linked", { "Home=ephemeral", "/srv/shared/linked", -ELOOP } },
		{ "/srv/shared/linked/d", { "Home=persistent", "/srv/shared/linked", -ELOOP } },
		{ "/home/a-file", { "Home=persistent", SKIPPED, 0 } },
		{ "/home/a-file", { "Home=ephemeral", "/home/a-file", -ENOTDIR } },
		/* only root can have written the home into passwd(5) */
		{ "/root/vault", { "Home=persistent", SKIPPED, 0 } },
	};
	unsigned failed = 0;

	(void)state;
	assert_int_equal(
		sh("useradd -M -u 2031 gina; ln -s /srv/gone /home/dangling; ln -s /root/vault /srv/shared/linked; chown -h gina: /srv/shared/linked; echo >/home/a-file")
			.code,
		0);
	for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++) {
		assert_int_equal(sh("usermod -d %s gina", homes[i].home).code, 0);
		if (!is_refused("gina", &homes[i].is)) {
			print_message("^ with the home %s\n", homes[i].home);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* ---- a home that root cannot read ---- */

#define SQUASHED(command) \
	"ssh -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -p 2225 bob@h '" command "'"

static void root_squash(void **state)
{
	(void)state;
	/* root without the right to ignore file modes, as on a server with root_squash */
	assert_int_equal(
		sh("chmod 0700 /home/bob; mkdir -p /home/bob/q/d; chown -R bob: /home/bob/q; chmod 0700 /home/bob/q;"
		   "setpriv --inh-caps -dac_override,-dac_read_search --bounding-set -dac_override,-dac_read_search "
		   "/usr/sbin/sshd -f /run/host/sshd_config -p 2225")
			.code,
		0);
	rule_set("");
	assert_says(sh(SQUASHED("touch ~/q/new && ls ~/q/new")), "/home/bob/q/new");
	rule_set("ReadOnlyPaths=%h/q/d\nBindPaths=%h/q:/data\nInaccessiblePaths=%h/r");
	assert_says(sh(SQUASHED("touch /data/new2 && ls ~/q; touch ~/q/d/x; ls ~/r")), "new2");
	assert_says(sh(SQUASHED("touch ~/q/d/x")), "Read-only file system");
	assert_says(sh(SQUASHED("ls ~/r")), "Permission denied");
	rule_set("Home=read-only\nReadWritePaths=%h/q/d");
	assert_says(sh(SQUASHED("touch ~/q/d/new3 && ls ~/q/d; touch ~/q/x")), "new3");
	assert_says(sh(SQUASHED("touch ~/q/x")), "Read-only file system");
	/* an overlay is read with root's rights */
	rule_set("Home=ephemeral");
	assert_silent(sh(SQUASHED("id")), "uid=");
	assert_says(sh("grep cordon $HOST_LOG | tail -n 1"), "object=\"/home/bob\" errno=EACCES");
	/* only by a supplementary group */
	assert_int_equal(
		sh("mkdir -p /srv/team/in; chown alice:project /srv/team; chmod 0750 /srv/team; echo ours >/srv/team/in/f")
			.code,
		0);
	rule_set("BindReadOnlyPaths=/srv/team/in:/data");
	assert_says(sh(SQUASHED("cat /data/f")), "ours");
	assert_int_equal(sh("chmod 0755 /home/bob").code, 0);
}

#define FRANK(command) \
	"ssh -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -p 2226 frank@h '" command \
	"'"

static void frank_rule(const char *lines)
{
	FILE *f = fopen("/etc/cordon/rules.d/60-frank.conf", "w");

	assert_non_null(f);
	assert_true(fprintf(f, "[Match]\nUser=frank\n\n[Session]\n%s\n", lines) > 0);
	assert_int_equal(fclose(f), 0);
}

/* A file system of the user, into which the kernel lets nobody else look. */
static void fuse_home(void **state)
{
	(void)state;
	if (sh("grep -q -w fuse /proc/filesystems && { [ -e /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229; } && exec 3<>/dev/fuse")
		    .code != 0) {
		print_message("SKIPPED: this kernel has no FUSE\n");
		skip();
	}
	assert_int_equal(
		sh("useradd -m -u 2030 -s /bin/bash frank; mkdir -m 755 /etc/keys; cp /home/bob/.ssh/authorized_keys /etc/keys/frank; chmod 644 /etc/keys/frank;"
		   "sed 's,^UsePAM.*,&\\nAuthorizedKeysFile /etc/keys/%%u,' /run/host/sshd_config >/run/host/keys.conf && /usr/sbin/sshd -f /run/host/keys.conf -p 2226 &&"
		   "$HOST_SOURCE/tests/live/fuse_stub /home/frank 2030 >/run/host/fuse.log 2>&1 </dev/null")
			.code,
		0);
	/* without this, the tests below would show nothing */
	assert_silent(sh("ls /home/frank"), "hello");
	frank_rule("");
	assert_says(sh(FRANK("pwd; cat hello")), "/home/frank\nfrom FUSE");
	frank_rule("Home=read-only\nPrivateUsers=self");
	assert_says(sh(FRANK("cat ~/hello")), "from FUSE");
	frank_rule("BindPaths=%h:/data");
	assert_says(sh(FRANK("cat /data/hello")), "from FUSE");
	/* paths that root must look up or read in it are refused by name */
	frank_rule("ReadOnlyPaths=%h/hello");
	assert_silent(sh(FRANK("cat hello")), "from FUSE");
	assert_says(sh("grep cordon $HOST_LOG | tail -n 1"),
		    "object=\"/home/frank/hello\" errno=EACCES");
	frank_rule("Home=ephemeral");
	assert_silent(sh(FRANK("cat hello")), "from FUSE");
	assert_says(sh("grep cordon $HOST_LOG | tail -n 1"), "object=\"/home/frank\" errno=EACCES");
	assert_int_equal(sh("rm /etc/cordon/rules.d/60-frank.conf").code, 0);
	assert_true(wait_gone(10));
	assert_int_equal(sh("umount -l /home/frank").code, 0);
}

static int prepare(void **state)
{
	int r;

	(void)state;
	r = sh("set -e; mkdir -p /root/vault/d /srv/data; echo prize >/root/vault/marker; echo prize >/root/vault/d/marker;"
	       "echo f >/srv/data/file; mkdir -m 1777 /srv/shared; chown root: /srv/shared; chmod 1777 /srv/shared;"
	       "for u in eve carol; do mkdir -p /srv/shared/$u/d; cp -a /home/$u/. /srv/shared/$u/; chown -R $u: /srv/shared/$u; done;"
	       "usermod -d /srv/shared/eve eve; rm -rf /home/carol; ln -s /srv/shared/carol /home/carol;"
	       "sysctl -q fs.protected_symlinks=0 2>/dev/null || true")
		    .code;
	for (unsigned i = 0; r == 0 && i < RACES; i++)
		r = sh("p=%s; u=%s; mkdir -p $p/d; chown -R $u: $p; [ -e $p.other ] || { cp -a $p $p.other; ln -s /root/vault $p.link; chown -h $u: $p.link; }",
		       races[i].place, races[i].user)
			    .code;
	if (r == 0)
		r = sh("chown -R bob: /home/bob/r; mkdir -p /home/bob/w/dir /home/bob/w/closed/d; cd /home/bob/w && ln -s /root/nowhere dangling && ln -s /root/vault link &&"
		       "echo x >file && mkfifo fifo && chown -hR bob: /home/bob/w && chmod 0 closed &&"
		       "ln -s /srv/data /srv/root-link && ln -s /srv/gone /srv/root-dangling &&"
		       "mkdir -p /srv/open-tree/usr /srv/bobs/tree /srv/half-tree/usr && chmod 777 /srv/open-tree && chown bob: /srv/bobs && chmod 777 /srv/half-tree/usr")
			    .code;
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_and_wrong), cmocka_unit_test(homes_wrong),
		cmocka_unit_test(hard_links),	     cmocka_unit_test(root_squash),
		cmocka_unit_test(fuse_home),	     cmocka_unit_test(races_are_lost),
	};

	return cmocka_run_group_tests_name("race", tests, prepare, NULL);
}
