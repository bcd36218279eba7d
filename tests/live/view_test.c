/* view_test.c - what a session sees of the files: nestings by the hundred, unusual hosts */
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
				(void)snprintf(dirs[n] + 2 * d, 4, "/%c", bits >> (depth - 1 - d) & 1 ? 'b' : 'a');
	assert_int_equal(n, DIRS);
}

enum kind { INACCESSIBLE, READ_ONLY, BIND_READ_ONLY, READ_WRITE, BIND, NO_EXEC, EXEC, KINDS };
static const char *const keys[KINDS] = { "InaccessiblePaths", "ReadOnlyPaths", "BindReadOnlyPaths",
					 "ReadWritePaths",    "BindPaths",     "NoExecPaths", "ExecPaths" };

struct entry {
	enum kind kind;
	unsigned dir;
};

/* What a user finds at a directory. */
struct seen {
	bool reached, written, executed;
	char content; /* of its file: 'n' the place's own, 'o' of the other tree */
};

static const struct place {
	const char *path, *rule;
	bool shown, writable, only_once; /* only_once: what is hidden can't be shown again there */
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

	return strncmp(dirs[dir], dirs[e->dir], len) == 0 && (dirs[dir][len] == '\0' || dirs[dir][len] == '/');
}

/* The longest of the kinds from @from to @to that covers @dir; of two equal ones the stricter. */
static const struct entry *longest(const struct entry *e, size_t n, unsigned dir, enum kind from, enum kind to)
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
	struct seen s = { .reached = p->shown, .written = p->writable, .executed = true, .content = 'n' };

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

static void rule_write(const struct place *p, const struct entry *e, size_t n, char *rule, size_t size)
{
	size_t at = (size_t)snprintf(rule, size, "PrivateNetwork=no\n%s\n", p->rule);

	for (size_t i = 0; i < n; i++) {
		const bool bind = e[i].kind == BIND || e[i].kind == BIND_READ_ONLY;

		at += (size_t)snprintf(rule + at, size - at, "%s=%s%s%s\n", keys[e[i].kind],
				       bind ? "/srv/other:" : "", seen_as(p), dirs[e[i].dir]);
		if (random() % 4 == 0)
			at += (size_t)snprintf(rule + at, size - at, "%s=-%s%s/missing\n", keys[e[i].kind],
					       bind ? "/srv/missing:" : seen_as(p), bind ? "/x" : "");
	}
}

/* Is one path shown again below another that hides it? */
static bool shows_again(const struct entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (e[i].kind == INACCESSIBLE && (e[k].kind == READ_ONLY || e[k].kind == READ_WRITE) &&
			    e[i].dir != e[k].dir && covers(&e[i], e[k].dir))
				return true;
	return false;
}

static unsigned compare(const struct place *p, const struct entry *e, size_t n, const struct seen *seen,
			const char *rule)
{
	unsigned wrong = 0;

	for (unsigned d = 0; d < DIRS; d++) {
		const struct seen x = expected(p, e, n, d);

		if (seen[d].reached == x.reached && seen[d].written == x.written &&
		    seen[d].executed == x.executed && seen[d].content == x.content)
			continue;
		print_message("%s%s: reached %d written %d executed %d content %c, not %d %d %d %c\n",
			      seen_as(p), dirs[d], seen[d].reached, seen[d].written, seen[d].executed,
			      seen[d].content != 0 ? seen[d].content : '-', x.reached, x.written,
			      x.executed, x.content != 0 ? x.content : '-');
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
		print_message("refused: %s, step %s %s: %s, by\n%s\n", in.err.msg, step_name(in.fail.step),
			      in.object, strerror(-in.fail.err), rule);
	inside_end(&in);
	return wrong;
}

static void nestings(void **state)
{
	const char *seed = getenv("SEED"), *rounds = getenv("ROUNDS");
	const unsigned s = seed != NULL ? (unsigned)atoi(seed) : (unsigned)getpid() ^ (unsigned)time(NULL);
	struct look *l = mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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

			seen[d] = (struct seen){ t[0] == '1', t[1] == '1', t[2] == '1', t[3] == '-' ? '\0' : t[3] };
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

static void trees_make(void)
{
	static const char *const at[] = { "/srv/nest", "/nest", "/home/bob/nest", "/opt/root/srv/nest" };

	for (unsigned d = 0; d < DIRS; d++)
		assert_int_equal(sh("mkdir -p %s%s; echo n >%s%s/f; chmod 777 %s%s/f", at[0], dirs[d], at[0],
				    dirs[d], at[0], dirs[d]).code, 0);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(sh("mkdir -p $(dirname %s); cp -a %s %s", at[i], at[0], at[i]).code, 0);
	assert_int_equal(sh("cp -a /srv/nest /srv/other; cp -a /srv/other/a/f /srv/other/; find /srv/other -name f | while read f; do echo o >$f; done;"
			    "chown -R bob: /home/bob/nest").code, 0);
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
		  self).code;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nestings),
		cmocka_unit_test(nestings_by_ssh),
	};

	if (argc == 3 && strcmp(argv[1], "--look") == 0)
		return look_main(argv[2]);
	return cmocka_run_group_tests_name("view", tests, prepare, NULL);
}
