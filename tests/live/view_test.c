/* SPDX-License-Identifier: Apache-2.0 */
/* view_test.c - the files that a session sees, with random nestings and on unusual hosts */
#include "inside/inside.h"
#include "lib/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* ---- random nestings of the path lists, against a model of a few lines ---- */

enum { DIRS = 30, ENTRIES_MAX = 8 };

/* The directories a, a/a .. b/b/b/b below the place of a round; each has a file "f". */
static char dirs[DIRS][16];

static void dirs_name(void)
{
	unsigned n = 0;

	for (unsigned depth = 1; depth <= 4; depth++)
		for (unsigned bits = 0; bits < 1u << depth; bits++, n++)
			for (unsigned d = 0; d < depth; d++)
				(void)snprintf(dirs[n] + 2 * d, 4, "/%c",
					       bits >> (depth - 1 - d) & 1 ? 'b' : 'a');
	assert_int_equal(n, DIRS);
}

enum kind { INACCESSIBLE, READ_ONLY, BIND_READ_ONLY, READ_WRITE, BIND, NO_EXEC, EXEC, KINDS };
static const char *const keys[KINDS] = { "InaccessiblePaths", "ReadOnlyPaths", "BindReadOnlyPaths",
					 "ReadWritePaths",    "BindPaths",     "NoExecPaths",
					 "ExecPaths" };

struct entry {
	enum kind kind;
	unsigned dir;
};

/* What a user can do in a directory. */
struct seen {
	bool reached, written, executed;
	char content; /* of its file: 'n' the place's own, 'o' of the other tree */
};

static const struct place {
	const char *path, *rule;
	bool shown, writable, only_once; /* only_once: a hidden path cannot be shown again there */
} places[] = {
	{ "/srv/nest", "ProtectSystem=strict", true, false, false },
	{ "/srv/nest", "ProtectSystem=no", true, true, false },
	{ "/nest", "ProtectSystem=strict", false, false, false },
	{ "/home/bob/nest", "Home=persistent", true, true, false },
	{ "/home/bob/nest", "Home=read-only", true, false, false },
	{ "/home/bob/nest", "Home=ephemeral", true, true, true },
	{ "/opt/root/srv/nest", "RootDirectory=/opt/root", true, false, false },
};

static const char *seen_as(const struct place *p)
{
	return p->rule[0] == 'R' ? "/srv/nest" : p->path;
}

static bool covers(const struct entry *e, unsigned dir)
{
	const size_t len = strlen(dirs[e->dir]);

	return strncmp(dirs[dir], dirs[e->dir], len) == 0 &&
	       (dirs[dir][len] == '\0' || dirs[dir][len] == '/');
}

/* The longest of the kinds from @from to @to that covers @dir; of two equal ones the stricter. */
static const struct entry *longest(const struct entry *e, size_t n, unsigned dir, enum kind from,
				   enum kind to)
{
	const struct entry *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (e[i].kind < from || e[i].kind > to || !covers(&e[i], dir))
			continue;
		if (best == NULL || strlen(dirs[e[i].dir]) > strlen(dirs[best->dir]) ||
		    (e[i].dir == best->dir && e[i].kind < best->kind))
			best = &e[i];
	}
	return best;
}

static struct seen expected(const struct place *p, const struct entry *e, size_t n, unsigned dir)
{
	const struct entry *access = longest(e, n, dir, INACCESSIBLE, BIND);
	const struct entry *exec = longest(e, n, dir, NO_EXEC, EXEC);
	struct seen s = {
		.reached = p->shown, .written = p->writable, .executed = true, .content = 'n'
	};

	if (access != NULL) {
		s.reached = access->kind != INACCESSIBLE;
		s.written = access->kind == READ_WRITE || access->kind == BIND;
	}
	for (size_t i = 0; i < n; i++)
		if ((e[i].kind == BIND || e[i].kind == BIND_READ_ONLY) && covers(&e[i], dir))
			s.content = 'o';
	if (exec != NULL)
		s.executed = exec->kind == EXEC;
	return s.reached ? s : (struct seen){ 0 };
}

static void look_at(const char *dir, struct seen *ret)
{
	char path[600];
	void *code;
	int fd;

	*ret = (struct seen){ 0 };
	(void)snprintf(path, sizeof path, "%s/f", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ret->reached = read(fd, &ret->content, 1) == 1;
	code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	ret->executed = code != MAP_FAILED;
	if (ret->executed != (access(path, X_OK) == 0))
		abort(); /* two ways to ask the same */
	if (code != MAP_FAILED)
		(void)munmap(code, 4096);
	(void)close(fd);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ret->written = fd >= 0;
	if (fd >= 0)
		(void)close(fd);
}

struct look {
	const char *at;
	struct seen seen[DIRS];
};

static int look(void *arg)
{
	struct look *l = arg;

	for (unsigned d = 0; d < DIRS; d++) {
		char path[512];

		(void)snprintf(path, sizeof path, "%s%s", l->at, dirs[d]);
		look_at(path, &l->seen[d]);
	}
	return 0;
}

static size_t entries_make(struct entry *e)
{
	const size_t n = 1 + (size_t)(random() % ENTRIES_MAX);

	for (size_t i = 0; i < n; i++)
		e[i] = (struct entry){ (enum kind)(random() % KINDS), (unsigned)(random() % DIRS) };
	return n;
}

static void rule_write(const struct place *p, const struct entry *e, size_t n, char *rule,
		       size_t size)
{
	size_t at = (size_t)snprintf(rule, size, "PrivateNetwork=no\n%s\n", p->rule);

	for (size_t i = 0; i < n; i++) {
		const bool bind = e[i].kind == BIND || e[i].kind == BIND_READ_ONLY;

		at += (size_t)snprintf(rule + at, size - at, "%s=%s%s%s\n", keys[e[i].kind],
				       bind ? "/srv/other:" : "", seen_as(p), dirs[e[i].dir]);
		if (random() % 4 == 0)
			at += (size_t)snprintf(rule + at, size - at, "%s=-%s%s/missing\n",
					       keys[e[i].kind], bind ? "/srv/missing:" : seen_as(p),
					       bind ? "/x" : "");
		if (random() % 2 == 0) /* over anything, also over what another line names */
			at += (size_t)snprintf(rule + at, size - at, "%s=-/srv/missing:%s%s\n",
					       keys[random() % 2 ? BIND : BIND_READ_ONLY],
					       seen_as(p),
					       random() % 2 ? dirs[e[random() % (long)n].dir] :
							      dirs[random() % DIRS]);
		if (random() % 4 == 0)
			at += (size_t)snprintf(rule + at, size - at,
					       "TemporaryFileSystem=-%s%s/missing/x\n", seen_as(p),
					       dirs[e[i].dir]);
	}
}

/* Is one path shown again below another that hides it? */
static bool shows_again(const struct entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (e[i].kind == INACCESSIBLE &&
			    (e[k].kind == READ_ONLY || e[k].kind == READ_WRITE) &&
			    e[i].dir != e[k].dir && covers(&e[i], e[k].dir))
				return true;
	return false;
}

static unsigned compare(const struct place *p, const struct entry *e, size_t n,
			const struct seen *seen, const char *rule)
{
	unsigned wrong = 0;

	for (unsigned d = 0; d < DIRS; d++) {
		const struct seen x = expected(p, e, n, d);

		if (seen[d].reached == x.reached && seen[d].written == x.written &&
		    seen[d].executed == x.executed && seen[d].content == x.content)
			continue;
		print_message("%s%s: reached %d written %d executed %d content %c, not %d %d %d %c\n",
			      seen_as(p), dirs[d], seen[d].reached, seen[d].written,
			      seen[d].executed, seen[d].content != 0 ? seen[d].content : '-',
			      x.reached, x.written, x.executed, x.content != 0 ? x.content : '-');
		wrong++;
	}
	if (wrong > 0)
		print_message("^ by\n%s\n", rule);
	return wrong;
}

static unsigned one_nesting(const struct place *p, struct look *l)
{
	struct entry e[ENTRIES_MAX];
	const size_t n = entries_make(e);
	struct inside in;
	char rule[4096];
	unsigned wrong = 1;

	rule_write(p, e, n, rule, sizeof rule);
	l->at = seen_as(p);
	if (inside_start("bob", rule, &in) == 0 && inside_look(&in, look, l) == 0)
		wrong = compare(p, e, n, l->seen, rule);
	else if (p->only_once && shows_again(e, n) && strstr(in.err.msg, "shown again") != NULL)
		wrong = 0;
	else
		print_message("refused: %s, step %s %s: %s, by\n%s\n", in.err.msg,
			      step_name(in.fail.step), in.object, strerror(-in.fail.err), rule);
	inside_end(&in);
	return wrong;
}

static void nestings(void **state)
{
	const char *seed = getenv("SEED"), *rounds = getenv("ROUNDS");
	const unsigned s = seed != NULL ? (unsigned)atoi(seed) :
					  (unsigned)getpid() ^ (unsigned)time(NULL);
	struct look *l =
		mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const int n = rounds != NULL ? atoi(rounds) : 60;
	unsigned wrong = 0;

	(void)state;
	assert_ptr_not_equal(l, MAP_FAILED);
	print_message("SEED=%u\n", s);
	srandom(s);
	for (int i = 0; i < n && wrong < 5; i++)
		for (size_t k = 0; k < sizeof places / sizeof places[0]; k++)
			wrong += one_nesting(&places[k], l);
	assert_int_equal(wrong, 0);
}

/* The same from a real login: this program, as a command in the session. */
static void nestings_by_ssh(void **state)
{
	const struct place *p = &places[0];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct entry e[ENTRIES_MAX];
		const size_t n = entries_make(e);
		struct seen seen[DIRS] = { 0 };
		char rule[4096], command[128];
		struct out o;

		rule_write(p, e, n, rule, sizeof rule);
		rule_set(rule);
		(void)snprintf(command, sizeof command, "/srv/view_test --look %s", seen_as(p));
		o = as_bob(command);
		assert_int_equal(o.code, 0);
		assert_int_equal(strlen(o.text), 4 * DIRS);
		for (unsigned d = 0; d < DIRS; d++) {
			const char *t = o.text + 4 * d;

			seen[d] = (struct seen){ t[0] == '1', t[1] == '1', t[2] == '1',
						 t[3] == '-' ? '\0' : t[3] };
		}
		assert_int_equal(compare(p, e, n, seen, rule), 0);
	}
}

static int look_main(const char *at)
{
	struct look l = { .at = at };

	dirs_name();
	(void)look(&l);
	for (unsigned d = 0; d < DIRS; d++)
		(void)printf("%d%d%d%c", l.seen[d].reached, l.seen[d].written, l.seen[d].executed,
			     l.seen[d].content != 0 ? l.seen[d].content : '-');
	return 0;
}

/* ---- homes ---- */

/* Runs @command in a session of dave by @rule; returns its output, or the reason of the refusal. */
static const char *dave(const char *rule, const char *command)
{
	return inside_says("dave", rule, command);
}

/* Makes a home of dave at @real, named @home in passwd(5), beside the home of another user. */
static void home_make(const char *home, const char *real)
{
	assert_int_equal(
		sh("set -e; rm -rf /home/dave; h=%s; r=%s; mkdir -p $r $(dirname $r)/somebody $(dirname $h); chmod 755 $(dirname $r);"
		   "echo mine >$r/mine; chown -R dave: $r; echo secret >$(dirname $r)/somebody/secret; chmod -R a+rX $(dirname $r)/somebody;"
		   "[ $h = $r ] || ln -s $r $h; usermod -d $h dave",
		   home, real)
			.code,
		0);
}

static unsigned home_try(const char *home, const char *real)
{
	static const struct {
		const char *rule, *mine, *written, *kept;
	} modes[] = { { "Home=persistent", "mine", "touched", "kept" },
		      { "Home=read-only", "mine", "Read-only file system", "!kept" },
		      { "Home=ephemeral", "mine", "touched", "!kept" },
		      { "Home=empty", "!mine\n", "touched", "!kept" },
		      { "Home=none", "!mine\n", "!touched", "!kept" } };
	unsigned wrong = 0;

	home_make(home, real);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		char about[256], command[1024], rule[128];
		const char *text;

		(void)snprintf(about, sizeof about, "%s at %s, %s", home, real, modes[i].rule);
		(void)snprintf(rule, sizeof rule, "PrivateNetwork=no\n%s", modes[i].rule);
		(void)snprintf(
			command, sizeof command,
			"cat %s/mine; cat %s/mine; touch %s/new && echo touched; ls -A $(dirname %s) $(dirname %s) /root;"
			"cat $(dirname %s)/somebody/secret /var/home/*/secret /srv/home/*/secret /home/*/secret",
			home, real, home, home, real, real);
		text = dave(rule, command);
		wrong += !inside_told(text, modes[i].mine, about) ||
			 !inside_told(text, modes[i].written, about) ||
			 !inside_told(text, "!secret\n", about) ||
			 !inside_told(text, "!somebody\n", about) ||
			 !inside_told(text, "!refused", about);
		wrong += !inside_told(
			sh("[ ! -e %s/new ] || echo kept; rm -f %s/new", real, real).text,
			modes[i].kept, about);
	}
	return wrong;
}

static void homes(void **state)
{
	static const char *const at[][2] = { { "/home/dave", "/home/dave" },
					     { "/srv/home/dave", "/srv/home/dave" },
					     { "/var/home/dave", "/var/home/dave" },
					     { "/data/dave", "/data/dave" },
					     { "/data/people/a/dave", "/data/people/a/dave" },
					     { "/srv/people/dave", "/srv/people/dave" },
					     { "/home/dave", "/data/dave" },
					     { "/home/dave", "/srv/people/dave" },
					     { "/srv/people/link", "/data/dave" },
					     { "/srv/link", "/var/people/dave" } };
	unsigned wrong = 0;

	(void)state;
	/* except for the own home, /home and its real directory are always hidden */
	assert_int_equal(
		sh("useradd -M -u 2020 -s /bin/sh dave; for d in /var/home /srv/home; do mkdir -p $d/them; echo secret >$d/them/secret; done")
			.code,
		0);
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
		wrong += home_try(at[i][0], at[i][1]);
	/* the whole of /home elsewhere, as some systems have it */
	assert_int_equal(
		sh("mkdir -p /var/home && cp -a /home/. /var/home/ && umount -l /home && mv /home /home.below && ln -s var/home /home")
			.code,
		0);
	wrong += home_try("/home/dave2", "/var/home/dave2");
	assert_int_equal(
		sh("rm /home && mv /home.below /home && mount -t tmpfs -o mode=755 home /home && cp -a /var/home/. /home/ && rm -rf /var/home")
			.code,
		0);
	assert_int_equal(wrong, 0);
}

/* ---- unusual hosts ---- */

static void every_mount(void **state)
{
	const char *text;
	unsigned n = 0;
	char *copy, *save = NULL;

	(void)state;
	home_make("/home/dave", "/home/dave");
	assert_int_equal(sh("mount --make-rshared /").code, 0);
	(void)sh("cp /proc/self/mountinfo /srv/before");
	text = dave(
		"BindPaths=/srv/other:/data\nTemporaryFileSystem=/opt\nInaccessiblePaths=/srv/nest\nReadOnlyPaths=/srv/nest/a",
		"cat /proc/self/mountinfo");
	assert_int_equal(sh("cmp /srv/before /proc/self/mountinfo").code, 0);
	assert_int_equal(sh("mount --make-rprivate /").code, 0);
	copy = strdup(text);
	for (char *line = strtok_r(copy, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save), n++) {
		const bool device = strstr(line, " /dev ") != NULL ||
				    strstr(line, " /dev/pts ") != NULL;

		if (strstr(line, "nosuid") == NULL || (!device && strstr(line, "nodev") == NULL) ||
		    strstr(line, "shared:") != NULL || strstr(line, "master:") != NULL)
			fail_msg("%s", line);
	}
	free(copy);
	assert_true(n > 15);
}

static void odd_hosts(void **state)
{
	static const struct {
		const char *make, *rule, *command, *wanted, *undo;
	} hosts[] = {
		{ "mkdir '/ä \"b' /-x /.hidden /$(printf 'a\\nb') /$(printf '%0255d' 0)", "",
		  "ls -A /; echo fine", "fine",
		  "rmdir '/ä \"b' /-x /.hidden /$(printf 'a\\nb') /$(printf '%0255d' 0)" },
		{ "true",
		  "BindPaths=/srv/other:/012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
		  "ls /0*", "a\nb\nf\n", "true" },
		{ "true", "BindReadOnlyPaths=/srv/other/f:/file", "cat /file; echo x >/file",
		  "Read-only file system", "true" },
		{ "mv /opt /opt.gone; mv /srv /srv.gone", "",
		  "ls -d /opt /srv; touch /tmp/x && echo fine", "fine",
		  "mv /opt.gone /opt; mv /srv.gone /srv" },
		{ "rmdir /mnt /media; rm -rf /var/tmp.gone; umount -l /var/tmp; rm -r /var/tmp", "",
		  "touch /tmp/x && echo fine; ls -d /var/tmp", "fine",
		  "mkdir -p /mnt /media; mkdir -m 1777 /var/tmp" },
		{ "rmdir /var/tmp; ln -s /tmp /var/tmp", "",
		  "touch /var/tmp/x && ls /tmp && echo fine", "fine", "true" },
		{ "true", "PrivateTmp=no", "touch /var/tmp/of-dave && ls /tmp", "of-dave",
		  "rm /var/tmp/of-dave; rm /var/tmp; mkdir -m 1777 /var/tmp" },
		{ "umount -l /tmp; rmdir /tmp; ln -s var/tmp /tmp; touch /tmp/of-the-host", "",
		  "ls /tmp /var/tmp; touch /tmp/x && echo fine", "!of-the-host", "true" },
		{ "true", "PrivateTmp=no", "ls -A /tmp", "of-the-host",
		  "rm /tmp; mkdir -m 1777 /tmp; rm /var/tmp/of-the-host" },
		/* not merged: /bin and /lib64 are directories, and mounts */
		{ "/usr/bin/rm /bin; /usr/bin/mkdir /bin; /usr/bin/mount --bind /usr/bin /bin", "",
		  "[ ! -L /bin ] && /bin/touch /bin/x", "Read-only file system",
		  "/usr/bin/umount /bin; /usr/bin/rmdir /bin; /usr/bin/ln -s usr/bin /bin" }
	};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		(void)sh("%s", hosts[i].make);
		wrong += !inside_told(dave(hosts[i].rule, hosts[i].command), hosts[i].wanted,
				      hosts[i].make);
		(void)sh("%s", hosts[i].undo);
	}
	assert_int_equal(wrong, 0);
}

static void many_names(void **state)
{
	char rule[8192];
	size_t at = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		at += (size_t)snprintf(rule + at, sizeof rule - at,
				       "BindReadOnlyPaths=/srv/other:/b%u\n", i);
	assert_true(inside_told(dave(rule, "cat /b0/f /b99/f; ls -d /b[0-9]* | wc -l"),
				"o\no\n100\n", "100 binds"));
}

/* The cost of a login must not grow with the text of the host's mount table. */
static void no_mountinfo(void **state)
{
	(void)state;
	rule_set("BindPaths=/srv/other:/data\nReadOnlyPaths=/srv/nest");
	assert_int_equal(
		sh("strace -f -y -e trace=openat,open,read,pread64 -o /tmp/trace su bob -c 'cat /data/f'")
			.code,
		0);
	assert_says(sh("grep -c '/proc\\|self/ns/mnt' /tmp/trace; grep -o 'uid_map' /tmp/trace"),
		    "uid_map"); /* without this line, nothing was traced */
	/* the keeper opens the session's own tables, to be told of changes, and reads none */
	assert_silent(sh("grep -E 'read.*<[^>]*mountinfo|/mounts|mountstats|/etc/mtab' /tmp/trace"),
		      "mount");
}

/* ---- RootDirectory ---- */

static void root_directory(void **state)
{
	(void)state;
	if (sh("command -v busybox").code != 0) {
		print_message("SKIPPED: no busybox; install busybox-static\n");
		skip();
	}
	assert_int_equal(
		sh("set -e; r=/opt/bb; mkdir -p $r/bin $r/etc $r/var/lib $r/home; cp $(command -v busybox) $r/bin/; busybox --install -s $r/bin;"
		   "for l in $r/bin/*; do [ ! -L $l ] || ln -sf busybox $l; done; echo bb >$r/etc/which; cp /etc/passwd /etc/group $r/etc/")
			.code,
		0);
	assert_int_equal(
		sh("cp -a /home/dave/. /tmp/dave; usermod -d /home/dave dave; mkdir -p /home/dave/.ssh; cp /home/bob/.ssh/authorized_keys /home/dave/.ssh/; chown -R dave: /home/dave;"
		   "printf '[Match]\nUser=dave\n[Session]\nRootDirectory=/opt/bb\n' >/etc/cordon/rules.d/60-dave.conf")
			.code,
		0);
	assert_says(
		sh(SSH
		   "dave@h 'cat /etc/which; id -un; ls -A /; readlink /bin/ls; touch ~/z && echo touched; touch /etc/x; ls /usr /lib /srv'; tail -3 /run/host/sshd.log; tail -3 $HOST_LOG"),
		"bb\ndave\nbin\ndev\netc\nhome\n");
	assert_says(
		sh(SSH
		   "dave@h 'cat /proc/self/status | grep Seccomp:; touch ~/z && echo touched; touch /etc/x'"),
		"touched");
	/* a tree of the host's own directories */
	assert_int_equal(
		sh("set -e; r=/opt/bound; mkdir -p $r/usr $r/etc; mount --bind /usr $r/usr; for l in bin lib lib64 sbin; do ln -s usr/$l $r/$l; done;"
		   "cp -a /etc/passwd /etc/group /etc/profile /etc/nsswitch.conf $r/etc/; echo bound >$r/etc/which;"
		   "printf '[Match]\nUser=dave\n[Session]\nRootDirectory=/opt/bound\nReadWritePaths=-/etc/which\nInaccessiblePaths=/usr/share\n' >/etc/cordon/rules.d/60-dave.conf")
			.code,
		0);
	assert_says(
		sh(SSH
		   "dave@h 'cat /etc/which; python3 -c \"print(6*7)\"; ls /usr/share; ls -d /var /srv'"),
		"bound\n42\n");
	assert_says(sh(SSH "dave@h 'ls /usr/share; ls -d /var /srv /opt'"), "Permission denied");
	assert_silent(sh(SSH "dave@h 'ls -d /srv /opt'"), "\n/");
	assert_int_equal(sh("umount /opt/bound/usr; rm /etc/cordon/rules.d/60-dave.conf").code, 0);
}

static void trees_make(void)
{
	static const char *const at[] = { "/srv/nest", "/nest", "/home/bob/nest",
					  "/opt/root/srv/nest" };

	for (unsigned d = 0; d < DIRS; d++)
		assert_int_equal(sh("mkdir -p %s%s; echo n >%s%s/f; chmod 777 %s%s/f", at[0],
				    dirs[d], at[0], dirs[d], at[0], dirs[d])
					 .code,
				 0);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(sh("mkdir -p $(dirname %s); cp -a %s %s", at[i], at[0], at[i]).code,
				 0);
	assert_int_equal(
		sh("cp -a /srv/nest /srv/other; cp -a /srv/other/a/f /srv/other/; find /srv/other -name f | while read f; do echo o >$f; done;"
		   "chown -R bob: /home/bob/nest")
			.code,
		0);
}

static int prepare(void **state)
{
	char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	(void)state;
	self[n > 0 ? n : 0] = '\0';
	dirs_name();
	trees_make();
	return sh("cp %s /srv/view_test; mkdir -p /opt/root/usr/bin /opt/root/bin; touch /opt/root/bin/bash /opt/root/bin/sh",
		  self)
		.code;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nestings),	cmocka_unit_test(nestings_by_ssh),
		cmocka_unit_test(homes),	cmocka_unit_test(every_mount),
		cmocka_unit_test(odd_hosts),	cmocka_unit_test(many_names),
		cmocka_unit_test(no_mountinfo), cmocka_unit_test(root_directory),
	};

	if (argc == 3 && strcmp(argv[1], "--look") == 0)
		return look_main(argv[2]);
	return cmocka_run_group_tests_name("view", tests, prepare, NULL);
}
