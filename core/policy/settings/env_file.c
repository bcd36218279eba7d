/* SPDX-License-Identifier: Apache-2.0 */
/* env_file.c - read the variables of EnvironmentFile=; the syntax is that of systemd.exec(5) */
#include "policy/settings/env_file.h"

#include "base/cleanup.h"
#include "policy/settings/types.h"
#include "policy/text/lex.h"
#include "policy/text/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text of the file, which is split in place, and the position in it. */
struct env_text {
	const char *path;
	char *at;
	unsigned line;
};

static int bad_line(const struct env_text *t, unsigned line, const char *what, struct err *e)
{
	return err_at(e, t->path, line, -EINVAL, "%s", what);
}

/* Write the character that the backslash at @t->at escapes to *@out. Before a newline it stands for nothing. */
static void unescape(struct env_text *t, char **out, bool quoted)
{
	const char next = *++t->at;

	if (next == '\0')
		return;
	t->at++;
	if (next == '\n') {
		t->line++;
		return;
	}
	if (quoted && strchr("\"\\`$", next) == NULL)
		*(*out)++ = '\\';
	*(*out)++ = next;
}

/* Copy from behind the opening quote up to the closing one; false: it is not closed. */
static bool take_quoted(struct env_text *t, char quote, char **out)
{
	while (*t->at != '\0' && *t->at != quote) {
		if (quote == '"' && *t->at == '\\') {
			unescape(t, out, true);
			continue;
		}
		t->line += *t->at == '\n';
		*(*out)++ = *t->at++;
	}
	if (*t->at == '\0')
		return false;
	t->at++;
	return true;
}

/* Copy the value at @t->at without its quotes, terminate it in place, and move to the next line. */
static int take_value(struct env_text *t, struct err *e)
{
	const unsigned line = t->line;
	char *out = t->at, *end = out;

	t->at += strspn(t->at, " \t");
	while (*t->at != '\0' && *t->at != '\n') {
		if (*t->at == '"' || *t->at == '\'') {
			const char quote = *t->at++;

			if (!take_quoted(t, quote, &out))
				return bad_line(t, line,
						"quote is not closed; add the closing quote", e);
			end = out;
		} else if (*t->at == '\\') {
			unescape(t, &out, false);
			end = out;
		} else {
			const bool blank = *t->at == ' ' || *t->at == '\t';

			*out++ = *t->at++;
			if (!blank)
				end = out; /* the value ends before trailing blanks */
		}
	}
	t->line += *t->at == '\n';
	t->at += *t->at == '\n';
	*end = '\0';
	return 0;
}

static int take_variable(struct env_text *t, struct set_list *ret, struct origin from, struct err *e)
{
	const unsigned line = t->line;
	char *name = t->at, *equals = strpbrk(t->at, "=\n");

	if (equals == NULL || *equals == '\n')
		return bad_line(t, line,
				"line has no '='; write NAME=value, or begin a comment with '#'", e);
	*equals = '\0';
	if (!type_is_variable(name))
		return bad_line(
			t, line,
			"invalid variable name; write NAME=value with only letters, digits and '_' in NAME",
			e);
	t->at = equals + 1;
	if (take_value(t, e) < 0)
		return -EINVAL;
	*equals = '=';
	return settings_list_add(ret, name, from) < 0 ?
		       err_at(e, t->path, line, -E2BIG, "too many variables; remove some") :
		       0;
}

static int take_file(struct set_list *ret, const char *path, char *text, size_t size,
		     struct origin from, struct err *e)
{
	struct env_text t = { .path = path, .at = text, .line = 1 };
	int r = size == 0 ? 0 : lex_check(path, text, size, e);

	while (r == 0) {
		t.at += strspn(t.at, " \t");
		if (*t.at == '\0')
			return 0;
		if (*t.at == '#' || *t.at == ';')
			t.at += strcspn(t.at, "\n");
		if (*t.at == '\n') {
			t.at++;
			t.line++;
		} else if (*t.at != '\0') {
			r = take_variable(&t, ret, from, e);
		}
	}
	return r;
}

static int read_file(struct set_list *ret, const struct set_item *item, const char *root,
		     uid_t owner, struct err *e)
{
	const char *slash = strrchr(item->text, '/');
	char dir[PATH_MAX], path[2 * PATH_MAX];
	cleanup_free char *text = NULL;
	cleanup_close int fd = -1;
	size_t size = 0;
	bool masked = false;
	int r;

	(void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - item->text),
		       item->text); /* fits: the type limits its length */
	(void)snprintf(path, sizeof path, "%s%s", root, item->text);
	r = fd = trust_dir(root, dir, owner, e);
	if (fd >= 0) {
		struct stat st;

		r = trust_read_stat(fd, path, slash + 1, owner, &masked, &text, &size, &st, e);
	}
	if (r == -ENOENT && item->optional) {
		*e = (struct err){ 0 };
		return 0;
	}
	if (r == -ENOENT && e->code == 0)
		return err_at(
			e, item->from.file, item->from.line, r,
			"EnvironmentFile=: '%s' does not exist; create it, or write '-' before the path",
			item->text);
	if (r == 0 && !masked)
		r = take_file(ret, path, text, size, item->from, e);
	return r;
}

int env_files_read(struct settings *s, const char *root, uid_t owner, bool named, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->environment_file.n; i++)
		if (named || !s->environment_file.items[i].expanded)
			r = read_file(&s->environment, &s->environment_file.items[i], root, owner,
				      e);
	return r;
}
