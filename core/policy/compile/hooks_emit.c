/* SPDX-License-Identifier: Apache-2.0 */
/* hooks_emit.c - see hooks_emit.h; the keeper runs the programs */
#include "policy/compile/hooks_emit.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "command/split.h"
#include "contract/plan.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_SIZE = 8192, WORDS_MAX = 256, LINES_MAX = 64 };

/* A line of words; the buffer is static, because a line is read completely before the next. */
static int split(const char *text, char *argv[WORDS_MAX + 1], const char **ret_why)
{
	static char buf[LINE_SIZE];

	text += *text == '-';
	if (strlen(text) >= sizeof buf) {
		*ret_why = "line is too long; put the commands into a script";
		return -EINVAL;
	}
	return command_split(text, NULL, buf, sizeof buf, argv, WORDS_MAX + 1, ret_why);
}

static int settle_hook(char *text, struct err *e)
{
	char *argv[WORDS_MAX + 1];
	const char *why;

	if (strchr("@:+!|", *text) != NULL && *text != '\0')
		return err_set(e, -EINVAL,
			       "prefix '%c' is not supported; write only - before the program",
			       *text);
	if (split(text, argv, &why) < 0)
		return err_set(e, -EINVAL, "%s; no shell reads the line: write /bin/sh -c '...'",
			       why);
	if (argv[0][0] != '/')
		return err_set(e, -EINVAL, "'%s' is not an absolute path; begin it with '/'",
			       argv[0]);
	if (strchr(argv[0], '%') != NULL)
		return err_set(
			e, -EINVAL,
			"'%s' has a specifier; write the path of one program, and specifiers after it",
			argv[0]);
	return 0;
}

static int check_hook(char *text, struct err *e)
{
	return type_specifiers(text, e) < 0 ? -EINVAL : settle_hook(text, e);
}

const struct type type_HOOKS = {
	.name = "HOOKS",
	.syntax = "an absolute path and arguments, with - before it if a failure is ignored",
	.storage = STORE_LIST,
	.flags = TYPE_LINE | TYPE_SPECIFIERS | TYPE_WORDS,
	.check = check_hook,
};

static const char *trouble(int r)
{
	switch (-r) {
	case ENOENT:
	case ENOTDIR:
		return "does not exist; create it, or correct the path";
	case EPERM:
	case ELOOP:
		return "or a directory above it can be changed by users other than root; make root the owner and only writer, on a local file system";
	case EACCES:
		return "is not an executable file; run chmod a+x, or correct the path";
	}
	return "cannot be examined; correct the path";
}

/* Returns 0; -errno. */
static int program_check(const char *path)
{
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close const int fd = root < 0 ? -errno : path_walk_program(root, path);
	struct stat st;

	/* cordon check of a user, who may not look there */
	if (fd == -EACCES && geteuid() != 0)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0 ? 0 : -EACCES;
}

static int lines_check(const char *name, const struct set_list *lines, struct err *e)
{
	if (lines->n > LINES_MAX)
		return err_at(e, lines->from.file, lines->from.line, -E2BIG,
			      "%s=: has more than %d lines; put the commands into a script", name,
			      LINES_MAX);
	for (size_t i = 0; i < lines->n; i++) {
		const struct origin *from = &lines->items[i].from;
		char *argv[WORDS_MAX + 1];
		const char *why;
		int r;

		if (split(lines->items[i].text, argv, &why) < 0)
			return err_at(e, from->file, from->line, -EINVAL, "%s=: %s", name, why);
		r = program_check(argv[0]);
		if ((r == -ENOENT || r == -ENOTDIR) && lines->items[i].text[0] == '-')
			continue; /* the keeper finds the same, and ignores it */
		if (r < 0)
			return err_at(e, from->file, from->line, r, "%s=: '%s' %s", name, argv[0],
				      trouble(r));
	}
	return 0;
}

int hooks_check(const struct settings *set, struct err *e)
{
	const int r = lines_check("ExecStartPre", &set->exec_start_pre, e);

	return r < 0 ? r : lines_check("ExecStopPost", &set->exec_stop_post, e);
}

void hooks_emit(const struct set_list *lines, struct plan_buf *b, struct span *ret)
{
	struct plan_hook hooks[LINES_MAX] = { 0 };

	for (size_t i = 0; i < lines->n; i++) {
		char *argv[WORDS_MAX + 1];
		const char *why;
		const int n = split(lines->items[i].text, argv, &why); /* as hooks_check() */

		for (int k = 0; k < n; k++) {
			const struct span word = plan_put(b, argv[k], strlen(argv[k]) + 1, 1);

			if (k == 0)
				hooks[i].argv = word;
			hooks[i].argv.len = word.off + word.len - hooks[i].argv.off;
		}
		hooks[i].flags = lines->items[i].text[0] == '-' ? HOOK_IGNORED : 0;
	}
	*ret = plan_put(b, hooks, lines->n * sizeof *hooks, sizeof(uint64_t));
}
