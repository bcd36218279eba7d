/* SPDX-License-Identifier: Apache-2.0 */
/* learn_parse.c - see learn.h: read the lines of strace(1) */
#include "ctl/learn/learn.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_MAX = 6, TRACED_MAX = 65536 };

/* ---- the processes ---- */

static struct traced *find(struct tracer *t, int pid)
{
	for (size_t i = t->n; i > 0; i--)
		if (t->list[i - 1].pid == pid)
			return &t->list[i - 1];
	return NULL;
}

/* A process that nobody has announced is the child of one that is about to make it. */
static const char *cwd_of_parent(const struct tracer *t)
{
	for (size_t i = t->n; i > 0; i--) {
		const char *const begun = t->list[i - 1].begun;

		if (begun != NULL &&
		    (strncmp(begun, "clone", 5) == 0 || strncmp(begun, "vfork", 5) == 0 ||
		     strncmp(begun, "fork", 4) == 0))
			return t->list[i - 1].cwd;
	}
	return t->home;
}

static struct traced *add(struct tracer *t, int pid, const char *cwd)
{
	struct traced *p = find(t, pid);

	if (p != NULL || t->n >= TRACED_MAX)
		return p;
	p = reallocarray(t->list, t->n + 1, sizeof *p);
	if (p == NULL)
		return NULL;
	t->list = p;
	p += t->n++;
	*p = (struct traced){ .pid = pid, .cwd = strdup(cwd) };
	if (t->n > t->seen->processes)
		t->seen->processes = (unsigned)t->n;
	return p;
}

static void gone(struct tracer *t, struct traced *p)
{
	free(p->cwd);
	free(p->begun);
	*p = t->list[--t->n];
}

void tracer_free(struct tracer *t)
{
	while (t->n > 0)
		gone(t, &t->list[0]);
	free(t->list);
	t->list = NULL;
}

/* ---- the arguments ---- */

/* The end of an argument: the comma or bracket at the level of @at. */
static char *arg_end(char *at)
{
	unsigned depth = 0;

	for (; *at != '\0'; at++) {
		if (*at == '"') {
			for (at++; *at != '\0' && *at != '"'; at++)
				at += *at == '\\' && at[1] != '\0';
			if (*at == '\0')
				return at;
		} else if (strchr("([{<", *at) != NULL) {
			depth++;
		} else if (strchr(")]}>", *at) != NULL && (*at != '>' || at[-1] != '-')) {
			if (depth == 0)
				return at;
			depth--;
		} else if (*at == ',' && depth == 0) {
			return at;
		}
	}
	return at;
}

/* Splits "a, b) = 3</x>" in place; returns what follows the bracket. */
static char *split(char *at, char *args[ARGS_MAX + 1])
{
	size_t n = 0;

	for (;;) {
		char *const end = arg_end(at);
		const char stop = *end;

		*end = '\0';
		if (n < ARGS_MAX)
			args[n++] = at;
		at = end + (stop != '\0');
		at += strspn(at, " ");
		if (stop != ',')
			break;
	}
	args[n] = NULL;
	return at;
}

/* Turns "a\tb\"" into its bytes in place. NULL: it is no string. */
static char *string(char *arg)
{
	static const char letters[] = "nrtvfabe", bytes[] = "\n\r\t\v\f\a\b\033";
	char *start, *w;

	if (arg == NULL || arg[0] != '"')
		return NULL;
	start = w = arg + 1;
	for (const char *r = start; *r != '\0' && *r != '"'; r++) {
		if (*r != '\\') {
			*w++ = *r;
			continue;
		}
		r++;
		if (*r >= '0' && *r <= '7') {
			unsigned v = 0;

			for (unsigned i = 0; i < 3 && *r >= '0' && *r <= '7'; i++)
				v = v * 8 + (unsigned)(*r++ - '0');
			*w++ = (char)v;
			r--;
		} else if (*r != '\0') {
			const char *const l = strchr(letters, *r);

			*w++ = l != NULL ? bytes[l - letters] : *r;
		} else {
			break; /* a backslash ends no string of strace's */
		}
	}
	*w = '\0';
	return start;
}

/* The path of "3</dev/tty<char 5:0>>" or "AT_FDCWD</home>" in place. NULL: it has no path. */
static char *fd_path(char *arg)
{
	char *const open = arg != NULL ? strchr(arg, '<') : NULL;
	char *end;

	if (open == NULL || open[1] != '/')
		return NULL;
	end = open + 1 + strcspn(open + 1, "<>");
	*end = '\0';
	return open + 1;
}

/* ---- paths ---- */

/* "/a/./b//../c" -> "/a/c" in place, without asking the file system. */
static void clean(char *path)
{
	char *w = path;

	for (const char *r = path; *r != '\0';) {
		const size_t len = strcspn(r + 1, "/");

		if (len == 2 && strncmp(r + 1, "..", 2) == 0) {
			while (w > path && *--w != '/')
				;
		} else if (len > 0 && !(len == 1 && r[1] == '.')) {
			memmove(w, r, len + 1);
			w += len + 1;
		}
		r += len + 1;
	}
	if (w == path)
		*w++ = '/';
	*w = '\0';
}

/* @path as seen from @dir or the working directory. Returns false for one that is not known. */
static bool absolute(const struct traced *p, const char *dir, const char *path, char *buf)
{
	int n;

	if (path == NULL)
		return false;
	if (path[0] == '/')
		n = snprintf(buf, PATH_MAX, "%s", path);
	else
		n = snprintf(buf, PATH_MAX, "%s/%s",
			     dir != NULL    ? dir :
			     p->cwd != NULL ? p->cwd :
					      "",
			     path);
	if (n <= 0 || n >= PATH_MAX || buf[0] != '/')
		return false;
	clean(buf);
	return true;
}

/* ---- the calls ---- */

/* What a call does to the paths in its arguments: -1: none. A path has its directory before it. */
static const struct path_call {
	const char *name;
	enum { WRITES, EXECUTES, ENTERS } does;
	signed char dir, path, dir2, path2;
} path_calls[] = {
	{ "mkdir", WRITES, -1, 0, -1, -1 },    { "mkdirat", WRITES, 0, 1, -1, -1 },
	{ "rmdir", WRITES, -1, 0, -1, -1 },    { "unlink", WRITES, -1, 0, -1, -1 },
	{ "unlinkat", WRITES, 0, 1, -1, -1 },  { "rename", WRITES, -1, 0, -1, 1 },
	{ "renameat", WRITES, 0, 1, 2, 3 },    { "renameat2", WRITES, 0, 1, 2, 3 },
	{ "link", WRITES, -1, 1, -1, -1 },     { "linkat", WRITES, 2, 3, -1, -1 },
	{ "symlink", WRITES, -1, 1, -1, -1 },  { "symlinkat", WRITES, 1, 2, -1, -1 },
	{ "mknod", WRITES, -1, 0, -1, -1 },    { "mknodat", WRITES, 0, 1, -1, -1 },
	{ "truncate", WRITES, -1, 0, -1, -1 }, { "chmod", WRITES, -1, 0, -1, -1 },
	{ "fchmodat", WRITES, 0, 1, -1, -1 },  { "chown", WRITES, -1, 0, -1, -1 },
	{ "lchown", WRITES, -1, 0, -1, -1 },   { "fchownat", WRITES, 0, 1, -1, -1 },
	{ "utimensat", WRITES, 0, 1, -1, -1 }, { "creat", WRITES, -1, 0, -1, -1 },
	{ "execve", EXECUTES, -1, 0, -1, -1 }, { "execveat", EXECUTES, 0, 1, -1, -1 },
	{ "chdir", ENTERS, -1, 0, -1, -1 },
};

static char *arg_of(char **args, int i)
{
	for (int k = 0; k < i; k++)
		if (args[k] == NULL)
			return NULL;
	return i < 0 ? NULL : args[i];
}

static void take_path(struct tracer *t, struct traced *p, const struct path_call *c,
		      const char *dir, char *arg)
{
	char path[PATH_MAX];

	if (!absolute(p, dir, string(arg), path))
		return;
	if (c->does == ENTERS) {
		free(p->cwd);
		p->cwd = strdup(path);
	} else {
		words_add(c->does == WRITES ? &t->seen->written : &t->seen->executed, path);
	}
}

static void take_fd(struct tracer *t, const char *result)
{
	const unsigned long fd = strtoul(result, NULL, 10);

	if (fd < UINT32_MAX && fd + 1 > t->seen->files)
		t->seen->files = (unsigned)fd + 1;
}

/* open(2) and its like: the result has the path, without links. */
static void take_open(struct tracer *t, const char *flags, char *result)
{
	char *path;

	take_fd(t, result);
	path = fd_path(result);
	if (path == NULL || strstr(flags, "O_PATH") != NULL)
		return;
	if (strstr(flags, "O_WRONLY") != NULL || strstr(flags, "O_RDWR") != NULL ||
	    strstr(flags, "O_CREAT") != NULL || strstr(flags, "O_TRUNC") != NULL)
		words_add(&t->seen->written, path);
	else
		words_add(&t->seen->read, path);
}

static bool is_loopback(const char *address)
{
	return strstr(address, "inet_addr(\"127.") != NULL ||
	       strstr(address, "inet_pton(AF_INET6, \"::1\"") != NULL ||
	       strstr(address, "inet_pton(AF_INET6, \"::ffff:127.") != NULL;
}

/* connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(443), ...}, 16) */
static void take_address(struct tracer *t, const char *socket, char *address, bool binds, bool done)
{
	const char *const port = strstr(address, "port=htons(");
	char *const unix_path = strstr(address, "sun_path=\"/");
	char text[32];

	if (unix_path != NULL && !binds && done)
		words_add(&t->seen->sockets, string(unix_path + strlen("sun_path=")));
	if (unix_path != NULL && binds && done)
		words_add(&t->seen->written, string(unix_path + strlen("sun_path=")));
	if (port == NULL || (binds && !done))
		return;
	(void)snprintf(text, sizeof text, "%s:%lu", strstr(socket, "<UDP") != NULL ? "udp" : "tcp",
		       strtoul(port + strlen("port=htons("), NULL, 10)); /* fits */
	if (strcmp(text + 3, ":0") == 0 && !binds)
		return; /* the C library asks for a route like this */
	if (binds) {
		words_add(&t->seen->bound, text);
		t->seen->outside = t->seen->outside || !is_loopback(address);
	} else {
		words_add(is_loopback(address) ? &t->seen->local : &t->seen->connected, text);
		t->seen->outside = t->seen->outside || !is_loopback(address);
	}
}

static void take_namespaces(struct tracer *t, const char *flags)
{
	static const struct {
		const char *flag, *word;
	} kinds[] = { { "CLONE_NEWUSER", "user" }, { "CLONE_NEWPID", "pid" },
		      { "CLONE_NEWNET", "net" },   { "CLONE_NEWIPC", "ipc" },
		      { "CLONE_NEWUTS", "uts" },   { "CLONE_NEWCGROUP", "cgroup" },
		      { "CLONE_NEWNS", "mnt" },	   { "CLONE_NEWTIME", "time" } };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strstr(flags, kinds[i].flag) != NULL)
			words_add(&t->seen->namespaces, kinds[i].word);
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* Calls whose arguments say nothing about paths. Returns false for another call. */
static bool take_other(struct tracer *t, struct traced *p, const char *name, char **args,
		       char *result)
{
	static const char *const makes[] = { "clone", "clone3", "fork", "vfork", NULL };
	const bool done = result[0] != '-' && result[0] != '?';

	if (is_one_of(name, makes) || strcmp(name, "unshare") == 0) {
		for (size_t i = 0; done && args[i] != NULL; i++)
			take_namespaces(t, args[i]);
		if (done && is_one_of(name, makes))
			(void)add(t, atoi(result), p->cwd != NULL ? p->cwd : t->home);
		return true;
	}
	if (strcmp(name, "socket") == 0) {
		if (done && args[0] != NULL)
			words_add(&t->seen->families,
				  strcmp(args[0], "AF_NETLINK") == 0 && args[1] != NULL &&
						  args[2] != NULL &&
						  strcmp(args[2], "NETLINK_ROUTE") == 0 ?
					  "NETLINK_ROUTE" :
					  args[0]);
		if (done)
			take_fd(t, result);
		return true;
	}
	if (strcmp(name, "connect") == 0 || strcmp(name, "bind") == 0) {
		if (args[0] != NULL && args[1] != NULL)
			take_address(t, args[0], args[1], name[0] == 'b', done);
		return true;
	}
	return strncmp(name, "exit", 4) == 0;
}

static void take_call(struct tracer *t, struct traced *p, const char *name, char **args,
		      char *result)
{
	const bool done = result[0] != '-' && result[0] != '?';
	char *const dir =
		args[0] != NULL && strncmp(args[0], "AT_FDCWD<", 9) == 0 ? fd_path(args[0]) : NULL;

	if (strncmp(result, "-1 ENOSYS", 9) != 0)
		words_add(&t->seen->used, name);
	if (dir != NULL) { /* the working directory itself */
		free(p->cwd);
		p->cwd = strdup(dir);
	}
	if (strcmp(name, "open") == 0 || strcmp(name, "openat") == 0 ||
	    strcmp(name, "openat2") == 0) {
		const char *const flags = arg_of(args, name[4] == '\0' ? 1 : 2);

		if (done && flags != NULL)
			take_open(t, flags, result);
		return;
	}
	if (strcmp(name, "fchdir") == 0 && done) {
		const char *const to = fd_path(args[0]);

		if (to != NULL) {
			free(p->cwd);
			p->cwd = strdup(to);
		}
		return;
	}
	for (size_t i = 0; i < sizeof path_calls / sizeof path_calls[0]; i++) {
		const struct path_call *const c = &path_calls[i];

		if (strcmp(name, c->name) != 0)
			continue;
		if (!done)
			return;
		take_path(t, p, c, fd_path(arg_of(args, c->dir)), arg_of(args, c->path));
		if (c->path2 >= 0)
			take_path(t, p, c, fd_path(arg_of(args, c->dir2)), arg_of(args, c->path2));
		return;
	}
	if (!take_other(t, p, name, args, result) && strncmp(result, "-1 ENOSYS", 9) != 0)
		words_add(&t->seen->calls, name);
}

/* ---- the lines ---- */

/* "call(arguments) = result", whole */
static void take_text(struct tracer *t, struct traced *p, char *text)
{
	char *const open = strchr(text, '('), *args[ARGS_MAX + 1], *result;

	if (open == NULL || open == text || !isalpha((unsigned char)text[0]))
		return;
	*open = '\0';
	result = split(open + 1, args);
	if (*result != '=')
		return;
	result += 1 + strspn(result + 1, " ");
	take_call(t, p, text, args, result);
}

/* Puts together a call that others have interrupted in the output. */
static void resumed(struct tracer *t, struct traced *p, const char *rest)
{
	char *begun = p->begun, *whole;
	size_t size;

	p->begun = NULL;
	if (begun == NULL)
		return;
	size = strlen(begun) + strlen(rest) + 1;
	whole = malloc(size);
	if (whole != NULL) {
		const int pid = p->pid;

		(void)snprintf(whole, size, "%s%s", begun, rest); /* fits */
		take_text(t, p, whole);
		p = find(t, pid); /* a new process may have moved the list */
	}
	free(whole);
	free(begun);
}

void tracer_line(struct tracer *t, char *line)
{
	static const char unfinished[] = " <unfinished ...>";
	char *at;
	const long pid = strtol(line, &at, 10);
	struct traced *p;
	size_t len;

	if (pid <= 0 || pid > INT_MAX || *at != ' ')
		return;
	at += strspn(at, " ");
	len = strcspn(at, "\n");
	at[len] = '\0';
	t->seen->lines++;
	p = find(t, (int)pid);
	if (p == NULL)
		p = add(t, (int)pid, cwd_of_parent(t));
	if (p == NULL)
		return;
	if (strncmp(at, "+++ ", 4) == 0) {
		gone(t, p);
	} else if (strncmp(at, "<... ", 5) == 0) {
		char *const rest = strstr(at, " resumed>");

		if (rest != NULL)
			resumed(t, p, rest + strlen(" resumed>"));
	} else if (len >= sizeof unfinished - 1 &&
		   strcmp(at + len - (sizeof unfinished - 1), unfinished) == 0) {
		at[len - (sizeof unfinished - 1)] = '\0';
		free(p->begun);
		p->begun = strdup(at);
	} else {
		take_text(t, p, at);
	}
}
