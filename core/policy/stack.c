/* stack.c - see stack.h */
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 16, FILE_MAX = 1 << 20 };

/* Where libpam looks, in its order; the vendors' are a matter of how it was built. */
static const char *const dirs[] = { "/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d", "/usr/etc/pam.d" };

/* What has been seen of the session lines. */
struct look {
	const char *root;
	bool there;       /* the service has a file of its own */
	unsigned n;       /* how many lines there were */
	unsigned skipped; /* up to this one they may be jumped over; UINT_MAX: the stack may have ended */
	bool found;       /* ours, out of reach of both */
};

static int look_at(struct look *l, const char *name, unsigned depth, struct err *e);

/* A file of PAM's as a stream; NULL with errno set. Never waits for whoever else opens a FIFO. */
static FILE *open_file(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX)
		return fdopen(fd, "r");
	(void)close(fd); /* nothing was written */
	errno = EINVAL;
	return NULL;
}

static FILE *open_named(const struct look *l, const char *name, char *path, size_t size)
{
	FILE *f = NULL;

	if (name[0] == '/') {
		(void)snprintf(path, size, "%s%s", l->root, name); /* cut: not found then */
		return open_file(path);
	}
	for (size_t i = 0; f == NULL && i < sizeof dirs / sizeof dirs[0]; i++) {
		(void)snprintf(path, size, "%s%s/%s", l->root, dirs[i], name); /* as above */
		f = open_file(path);
		if (f == NULL && errno != ENOENT)
			break;
	}
	return f;
}

/* The next word of a line, one in brackets being one; "" at its end. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t"), *end;

	if (*word == '[') {
		for (end = ++word; *end != '\0' && *end != ']'; end++)
			if (*end == '\\' && end[1] == ']')
				end++;
	} else {
		end = word + strcspn(word, " \t");
	}
	*at = end + (*end != '\0');
	*end = '\0';
	return word;
}

/* How many lines a module with this control may jump over; UINT_MAX: all, with success. */
static unsigned jumps(const char *control)
{
	unsigned most = strcasecmp(control, "sufficient") == 0 || strstr(control, "=done") != NULL ? UINT_MAX : 0;

	for (const char *at = control; (at = strchr(at, '=')) != NULL;) {
		const unsigned long n = strtoul(++at, NULL, 10); /* a word is 0 */

		if (n > most)
			most = n < UINT_MAX ? (unsigned)n : UINT_MAX;
	}
	return most;
}

/* Does the application hear of it when a module with this control fails? */
static bool insists(const char *control)
{
	return strcasecmp(control, "required") == 0 || strcasecmp(control, "requisite") == 0 ||
	       strstr(control, "default=bad") != NULL || strstr(control, "default=die") != NULL;
}

static void skip(struct look *l, unsigned n)
{
	const unsigned to = n < UINT_MAX - l->n ? l->n + n : UINT_MAX;

	if (to > l->skipped)
		l->skipped = to;
}

/* One line to whoever stands before it, and what ends there ends there alone. */
static int look_at_substack(struct look *l, const char *name, unsigned depth, struct err *e)
{
	struct look inner = { .root = l->root };
	const int r = look_at(&inner, name, depth, e);

	l->n++;
	l->found = l->found || (inner.found && l->n > l->skipped);
	return r;
}

/* One line of a stack, whole; -errno with @e filled. */
static int look_at_line(struct look *l, char *line, unsigned depth, struct err *e)
{
	char *at = line, *type = next_word(&at), *control, *module;
	const char *slash;

	if (strcasecmp(type, "@include") == 0)
		return look_at(l, next_word(&at), depth + 1, e);
	if (strcasecmp(type + (type[0] == '-'), "session") != 0)
		return 0;
	control = next_word(&at);
	module = next_word(&at);
	if (strcasecmp(control, "include") == 0)
		return look_at(l, module, depth + 1, e);
	if (strcasecmp(control, "substack") == 0)
		return look_at_substack(l, module, depth + 1, e);
	l->n++;
	slash = strrchr(module, '/');
	if (strcmp(slash != NULL ? slash + 1 : module, "pam_cordon.so") == 0)
		l->found = l->found || (insists(control) && l->n > l->skipped);
	else
		skip(l, jumps(control));
	return 0;
}

/* Lines end with a newline that no backslash stands before; a "#" begins a comment. */
static int look_at_file(struct look *l, FILE *f, unsigned depth, struct err *e)
{
	char *line = NULL, *whole = NULL;
	size_t room = 0, len = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && !l->found && (n = getline(&line, &room, f)) >= 0) {
		bool more;
		char *grown;

		line[strcspn(line, "#\n")] = '\0';
		n = (ssize_t)strlen(line);
		more = n > 0 && line[n - 1] == '\\';
		if (more)
			line[--n] = ' ';
		grown = realloc(whole, len + (size_t)n + 2);
		if (grown == NULL) {
			r = err_set(e, -ENOMEM, "out of memory");
			break;
		}
		whole = grown;
		memcpy(whole + len, line, (size_t)n + more);
		len += (size_t)n + more;
		whole[len] = '\0';
		if (more)
			continue;
		r = look_at_line(l, whole, depth, e);
		len = 0;
	}
	if (r == 0 && ferror(f))
		r = err_set(e, -EIO, "can't be read");
	free(line);
	free(whole);
	return r;
}

static int look_at(struct look *l, const char *name, unsigned depth, struct err *e)
{
	char path[4096];
	FILE *f;
	int r;

	if (depth > DEPTH_MAX)
		return err_at(e, name, 0, -ELOOP, "includes itself");
	f = open_named(l, name, path, sizeof path);
	if (f == NULL)
		return err_at(e, path, 0, -errno, "%s", strerror(errno));
	l->there = true;
	r = look_at_file(l, f, depth, e);
	(void)fclose(f); /* read-only */
	if (r < 0 && e->file[0] == '\0')
		(void)snprintf(e->file, sizeof e->file, "%.255s", path);
	return r;
}

int stack_check(const char *root, const char *service, struct err *e)
{
	struct look l = { .root = root };
	char path[4096];
	struct stat st;
	int r;

	(void)snprintf(path, sizeof path, "%s%s", root, dirs[0]); /* cut: not found then */
	if (root[0] != '\0' && stat(path, &st) < 0 && errno == ENOENT)
		return 0;
	if (strchr(service, '/') != NULL || service[0] == '.')
		return err_set(e, -EINVAL, "'%s' is no name of a PAM service", service);
	r = look_at(&l, service, 0, e);
	if ((r == -ENOENT && !l.there) || (r == 0 && l.n == 0)) {
		l = (struct look){ .root = root };
		r = look_at(&l, "other", 0, e);
	}
	if (r < 0)
		return r;
	*e = (struct err){ 0 };
	return l.found ? 0 :
			 err_set(e, -EPERM, "nothing would confine it: the session stack of '%s' has no "
					    "required pam_cordon.so, or a line before it may leave that out; run cordon-pam enable, or "
					    "write one as pam_cordon(8) says",
				 service);
}
