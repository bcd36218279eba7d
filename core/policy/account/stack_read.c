/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack_read.c - read the files of a PAM service as libpam reads them
 *
 * libpam accepts lines that it does not understand, and releases differ in what they make of them. A
 * line is accepted here only if all releases agree on its meaning; any other line is an error.
 */
#include "policy/account/stack_int.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 16, FILE_MAX = 1 << 20 };

/* libpam 1.5 splits a longer line and reads its second half as another line. */
enum { STATEMENT_MAX = 1000 };

const char *const stack_dirs[STACK_DIRS] = { "/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d",
					     "/usr/etc/pam.d" };

static const char *const code_names[CODES] = { "success",
					       "open_err",
					       "symbol_err",
					       "service_err",
					       "system_err",
					       "buf_err",
					       "perm_denied",
					       "auth_err",
					       "cred_insufficient",
					       "authinfo_unavail",
					       "user_unknown",
					       "maxtries",
					       "new_authtok_reqd",
					       "acct_expired",
					       "session_err",
					       "cred_unavail",
					       "cred_expired",
					       "cred_err",
					       "no_module_data",
					       "conv_err",
					       "authtok_err",
					       "authtok_recover_err",
					       "authtok_lock_busy",
					       "authtok_disable_aging",
					       "try_again",
					       "ignore",
					       "abort",
					       "authtok_expired",
					       "module_unknown",
					       "bad_item",
					       "conv_again",
					       "incomplete" };

static const char *const action_names[] = { "ignore", "ok", "done", "bad", "die", "reset" };

/* A file, and the position of the reader. */
struct text {
	char *bytes;
	size_t size, at;
	const char *path;     /* for messages */
	size_t file;	      /* its index in the stack's files */
	unsigned line, first; /* the last line read, and the first of the statement */
};

/* ---- files ---- */

/* Read a whole regular file. Does not block on a FIFO. */
static int load(const char *path, struct text *ret)
{
	cleanup_close const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free char *bytes = NULL;
	struct stat st;
	ssize_t n;

	*ret = (struct text){ .path = path };
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return -EINVAL;
	bytes = malloc((size_t)st.st_size + 1);
	if (bytes == NULL)
		return -ENOMEM;
	n = read(fd, bytes, (size_t)st.st_size + 1);
	if (n < 0)
		return -errno;
	if (n != st.st_size)
		return -EAGAIN; /* the file is being written */
	ret->bytes = take_ptr(&bytes);
	ret->size = (size_t)n;
	return 0;
}

/*
 * Loads the file of a service or an include; @path is its path. libpam takes the first directory that
 * has the file. Debian's libpam 1.5 takes includes from /etc/pam.d only, and refuses everybody if a
 * file is not there, so that reading on cannot admit anybody.
 * Return: as load().
 */
static int load_named(const struct stack *s, const char *name, char *path, size_t size,
		      struct text *ret)
{
	int r = -ENOENT;

	if (name[0] == '/') {
		(void)snprintf(path, size, "%s%s", s->root, name); /* cut: not found then */
		return load(path, ret);
	}
	for (size_t i = 0; r == -ENOENT && i < STACK_DIRS; i++) {
		(void)snprintf(path, size, "%s%s/%s", s->root, stack_dirs[i], name); /* as above */
		r = load(path, ret);
	}
	return r;
}

/* ---- statements ---- */

static int misread(const struct text *t, unsigned line, struct err *e, const char *what)
{
	return err_at(e, t->path, line, -EINVAL, "%s", what);
}

/* Append one line without its comment to @buf; @ret_more: the next line continues it. */
static int next_line(struct text *t, char buf[STATEMENT_MAX + 1], size_t *len, bool *ret_more,
		     struct err *e)
{
	const char *start = t->bytes + t->at;
	const char *newline = memchr(start, '\n', t->size - t->at);
	const size_t whole = newline != NULL ? (size_t)(newline - start) : t->size - t->at;
	const char *comment = memchr(start, '#', whole);
	size_t n = comment != NULL ? (size_t)(comment - start) : whole;

	t->at += whole + (newline != NULL);
	t->line++;
	if (memchr(start, '\0', whole) != NULL)
		return misread(t, t->line, e, "NUL byte found; remove it");
	if (whole >= STATEMENT_MAX - *len)
		return misread(t, t->line, e,
			       "line is too long for libpam; make it shorter than 1000 bytes");
	while (n > 0 && (start[n - 1] == ' ' || start[n - 1] == '\t'))
		n--;
	*ret_more = comment == NULL && n > 0 && start[n - 1] == '\\';
	if (*len > 0 && n == 0) /* libpam 1.5 continues with the next line, libpam 1.7 does not */
		return misread(t, t->line, e,
			       "empty line or comment inside a continued line; remove it");
	memcpy(buf + *len, start, n);
	*len += n;
	if (*ret_more)
		buf[*len - 1] = ' ';
	return 0;
}

/* Read the next line, with continued lines joined. Return: 1; 0: end of file; -errno. */
static int next_statement(struct text *t, char buf[STATEMENT_MAX + 1], struct err *e)
{
	for (;;) {
		size_t len = 0;
		bool more = false;

		t->first = t->line + 1;
		do {
			int r;

			if (t->at >= t->size)
				return len > 0 ?
					       misread(t, t->line, e,
						       "file ends in a backslash; remove the backslash") :
					       0;
			r = next_line(t, buf, &len, &more, e);
			if (r < 0)
				return r;
		} while (more);
		buf[len] = '\0';
		if (len > 0) /* blanks were cut off */
			return 1;
	}
}

/* The next word of a statement; text in brackets is one word. NULL: end of the statement. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t"), *end;
	const bool brackets = *word == '[';

	if (*word == '\0')
		return NULL;
	word += brackets;
	end = word + strcspn(word, brackets ? "]" : " \t");
	*at = end + (*end != '\0');
	*end = '\0';
	return word;
}

/* ---- controls ---- */

static void set_unset(short action[CODES], short what)
{
	for (unsigned i = 0; i < CODES; i++)
		if (action[i] == ACT_UNSET)
			action[i] = what;
}

/* Take a word of [a-z_0-9] at *@at and move *@at past it. Return: its length. */
static size_t bare(const char **at, const char **ret)
{
	const size_t n = strspn(*at, "abcdefghijklmnopqrstuvwxyz_0123456789");

	*ret = *at;
	*at += n;
	return n;
}

static int find(const char *const *names, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len && strncmp(names[i], word, len) == 0)
			return (int)i;
	return -1;
}

/* Parse one "value=action", with blanks around each part; false: it is invalid. */
static bool parse_pair(short action[CODES], const char **at)
{
	const char *word;
	size_t len = bare(at, &word);
	const int code = find(code_names, CODES, word, len);
	int what;
	char *end;

	if (code < 0 && !(len == 7 && strncmp(word, "default", 7) == 0))
		return false;
	*at += strspn(*at, " \t");
	if (*(*at)++ != '=')
		return false;
	*at += strspn(*at, " \t");
	len = bare(at, &word);
	what = -find(action_names, sizeof action_names / sizeof action_names[0], word, len);
	if (what > 0) { /* not a name: a number of lines */
		const unsigned long lines = strtoul(word, &end, 10);

		if (len == 0 || len > 3 || end != word + len || lines == 0)
			return false;
		what = (int)lines;
	}
	if (**at != '\0' && **at != ' ' && **at != '\t')
		return false; /* libpam takes the rest for the next pair */
	if (code < 0)
		set_unset(action, (short)what);
	else
		action[code] = (short)what;
	return true;
}

/* Parse [value=action ...]; false: libpam makes of it a line that always fails, or another line. */
static bool parse_pairs(short action[CODES], const char *control)
{
	const char *at = control + strspn(control, " \t");

	while (*at != '\0') {
		if (!parse_pair(action, &at))
			return false;
		at += strspn(at, " \t");
	}
	set_unset(action, ACT_BAD);
	return true;
}

/* The four one-word controls, as actions for each value. */
static bool parse_control(short action[CODES], const char *control)
{
	static const struct {
		const char *word;
		short good, ignore, others;
	} words[] = {
		{ "required", ACT_OK, ACT_IGNORE, ACT_BAD },
		{ "requisite", ACT_OK, ACT_IGNORE, ACT_DIE },
		{ "optional", ACT_OK, ACT_IGNORE, ACT_IGNORE },
		{ "sufficient", ACT_DONE, ACT_IGNORE, ACT_IGNORE },
	};

	for (unsigned i = 0; i < CODES; i++)
		action[i] = ACT_UNSET;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(control, words[i].word) == 0) {
			action[CODE_SUCCESS] = action[CODE_NEW_AUTHTOK_REQD] = words[i].good;
			action[CODE_IGNORE] = words[i].ignore;
			set_unset(action, words[i].others);
			return true;
		}
	return parse_pairs(action, control);
}

/* ---- lines ---- */

/* pam_cordon.so is ours if it is in a directory of PAM modules; elsewhere it may be any file. */
static int module_kind(const char *module, enum stack_module *ret)
{
	static const char security[] = "/security/pam_cordon.so";
	const char *slash = strrchr(module, '/');
	const size_t len = strlen(module);

	*ret = MODULE_OTHER;
	if (strcmp(slash != NULL ? slash + 1 : module, "pam_cordon.so") == 0) {
		if (slash != NULL && (module[0] != '/' || len < sizeof security - 1 ||
				      strcmp(module + len - (sizeof security - 1), security) != 0))
			return -EINVAL;
		*ret = MODULE_OURS;
	} else if (strcmp(module, "pam_permit.so") == 0) {
		*ret = MODULE_PERMIT;
	} else if (strcmp(module, "pam_deny.so") == 0) {
		*ret = MODULE_DENY;
	}
	return 0;
}

static struct stack_line *add(struct stack *s, const struct text *t, unsigned level, struct err *e)
{
	struct stack_line *more;

	if (s->n == STACK_LINES_MAX) {
		(void)err_at(e, t->path, t->first, -E2BIG, "more than %d lines; remove some",
			     STACK_LINES_MAX);
		return NULL;
	}
	more = reallocarray(s->lines, s->n + 1, sizeof *more);
	if (more == NULL) {
		(void)err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	s->lines = more;
	more[s->n] = (struct stack_line){ .file = t->file, .line = t->first, .level = level };
	return &more[s->n++];
}

/* The number of substacks and includes around a file. */
struct place {
	unsigned level, depth;
};

static int read_named(struct stack *s, const char *name, struct place at, struct err *e);

static int read_include(struct stack *s, const struct text *t, const char *name, struct place at,
			struct err *e)
{
	int r;

	if (name == NULL)
		return misread(
			t, t->first, e,
			"name of the file to include is missing; write it, or remove the line");
	if (++at.depth > DEPTH_MAX || at.level >= STACK_LEVELS)
		return err_at(
			e, t->path, t->first, -ELOOP,
			"'%.100s' includes itself, or is nested more than %d deep; remove the line",
			name, DEPTH_MAX);
	r = read_named(s, name, at, e);
	if (r == -ENOENT && e->code == 0)
		return err_at(e, t->path, t->first, r,
			      "'%.100s' does not exist in %s; create it, or write its absolute path",
			      name, stack_dirs[0]);
	return r;
}

/* With an unwanted backslash, the next line becomes arguments of this line. */
static int is_swallowed(const struct text *t, const char *rest, struct err *e)
{
	return t->first != t->line && strstr(rest, "pam_cordon.so") != NULL ?
		       misread(t, t->first, e,
			       "backslash joins the pam_cordon.so line below to this line; remove the backslash") :
		       0;
}

static int read_module(struct stack *s, const struct text *t, const char *control,
		       const char *module, unsigned level, struct err *e)
{
	struct stack_line *line = add(s, t, level, e);

	if (line == NULL)
		return e->code;
	if (!parse_control(line->action, control))
		return err_at(
			e, t->path, t->first, -EINVAL,
			"unknown control '%.100s'; expected required, requisite, optional, sufficient or [value=action ...]",
			control);
	if (module == NULL)
		return misread(t, t->first, e, "module is missing; write one, or remove the line");
	if (module_kind(module, &line->module) < 0)
		return err_at(e, t->path, t->first, -EINVAL,
			      "'%.100s' is not in a directory of PAM modules; write pam_cordon.so",
			      module);
	return 0;
}

static int read_statement(struct stack *s, const struct text *t, char *at, struct place place,
			  struct err *e)
{
	static const char *const types[] = {
		[STACK_ACCOUNT] = "account", [STACK_SESSION] = "session"
	};
	char *type = next_word(&at), *control, *module;
	int r;

	if (type == NULL)
		return misread(t, t->first, e, "continued line is empty; remove it");
	type += type[0] == '-';
	if (strcasecmp(type, "@include") == 0)
		return read_include(s, t, next_word(&at), place, e);
	control = next_word(&at);
	module = control != NULL ? next_word(&at) : NULL;
	if (strcasecmp(type, types[s->step]) != 0) {
		if (strcasecmp(type, "account") == 0 || strcasecmp(type, "session") == 0 ||
		    strcasecmp(type, "auth") == 0 || strcasecmp(type, "password") == 0)
			return is_swallowed(t, at, e);
		return err_at(e, t->path, t->first, -EINVAL,
			      "unknown type '%.100s'; expected auth, account, password or session",
			      type);
	}
	if (control == NULL)
		return misread(
			t, t->first, e,
			"control is missing; write required, requisite, optional or sufficient");
	if (strcasecmp(control, "include") == 0)
		return read_include(s, t, module, place, e);
	if (strcasecmp(control, "substack") == 0) {
		struct stack_line *line = add(s, t, place.level, e);

		if (line == NULL)
			return e->code;
		line->module = MODULE_SUBSTACK;
		place.level++;
		return read_include(s, t, module, place, e);
	}
	r = read_module(s, t, control, module, place.level, e);
	return r == 0 ? is_swallowed(t, at, e) : r;
}

static int note_file(struct stack *s, const char *path, struct err *e)
{
	char(*more)[256] = reallocarray(s->files, s->n_files + 1, sizeof *more);

	if (more == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	s->files = more;
	(void)snprintf(more[s->n_files++], sizeof *more, "%.255s", path); /* cut when too long */
	return 0;
}

/* Return: 0; -ENOENT without @e: the file does not exist; -errno with @e filled. */
static int read_named(struct stack *s, const char *name, struct place at, struct err *e)
{
	char path[4096], buf[STATEMENT_MAX + 1];
	struct text t = { 0 };
	int r = load_named(s, name, path, sizeof path, &t);

	if (r < 0)
		(void)(r == -ENOENT ? 0 : err_at(e, path, 0, r, "%s", strerror(-r)));
	else
		r = note_file(s, path, e);
	t.file = s->n_files - 1;
	s->there = s->there || r == 0;
	while (r == 0 && (r = next_statement(&t, buf, e)) == 1)
		r = read_statement(s, &t, buf, at, e);
	free(t.bytes);
	return r;
}

/* Some builds of libpam read pam.conf for services without a file. Comments do no harm. */
static int read_conf(const struct stack *s, const char *service, struct err *e)
{
	char path[4096], buf[STATEMENT_MAX + 1];
	struct text t = { 0 };
	int r = load_named(s, "/etc/pam.conf", path, sizeof path, &t);

	if (r == 0)
		r = next_statement(&t, buf, e);
	if (r == 1)
		r = err_at(e, path, t.first, -EINVAL,
			   "line may belong to PAM service '%s'; move it to %s/%s", service,
			   stack_dirs[0], service);
	free(t.bytes);
	return r == -ENOENT ? 0 : r;
}

int stack_read(struct stack *s, const char *service, struct err *e)
{
	const struct place top = { 0 };
	int r;

	if (service[0] == '\0' || strchr(service, '/') != NULL || service[0] == '.')
		return err_set(e, -EINVAL, "invalid PAM service '%s'", service);
	r = read_named(s, service, top, e);
	if (r == -ENOENT && !s->there)
		r = read_conf(s, service, e);
	/* after each service libpam reads "other" for steps without a line, also after "other" itself */
	if (r == 0 && (s->n == 0 || strcmp(service, "other") == 0))
		r = read_named(s, "other", top, e);
	if (r == -ENOENT && e->code == 0)
		return s->there ?
			       0 :
			       err_set(e, r,
				       "PAM service '%s' has no file in %s, and 'other' does not exist; create one of them",
				       service, stack_dirs[0]);
	return r;
}

void stack_free(struct stack *s)
{
	free(s->lines);
	free(s->files);
	*s = (struct stack){ 0 };
}
