/* SPDX-License-Identifier: Apache-2.0 */
/* check_programs.c - warnings about shells and commands that a session cannot see or execute */
#include "ctl/check/check_warn.h"

#include "base/cleanup.h"
#include "command/split.h"
#include "contract/words.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A program and its loader or interpreter; @loader is "" for a static program. */
struct program {
	char path[PATH_MAX], real[PATH_MAX];
	char loader[PATH_MAX], loader_real[PATH_MAX];
};

/* Finds the loader that the ELF file @buf names, or the interpreter of a script; "" for none. */
static void loader_of(const char *buf, size_t n, char *ret)
{
	Elf64_Ehdr head;

	if (n > 3 && memcmp(buf, "#!", 2) == 0) {
		const size_t skip = 2 + strspn(buf + 2, " \t");

		(void)snprintf(ret, PATH_MAX, "%.*s", (int)strcspn(buf + skip, " \t\r\n"),
			       buf + skip); /* fits */
		return;
	}
	if (n < sizeof head || memcmp(buf, ELFMAG, SELFMAG) != 0 || buf[EI_CLASS] != ELFCLASS64)
		return;
	memcpy(&head, buf, sizeof head);
	for (size_t i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr p;

		if (head.e_phoff > n || (i + 1) * sizeof p > n - head.e_phoff)
			return;
		memcpy(&p, buf + head.e_phoff + i * sizeof p, sizeof p);
		if (p.p_type == PT_INTERP && p.p_filesz > 1 && p.p_offset < n &&
		    p.p_filesz <= n - p.p_offset)
			(void)snprintf(ret, PATH_MAX, "%.*s", (int)p.p_filesz,
				       buf + p.p_offset); /* fits */
	}
}

/* Returns 1; 0: the program does not exist; -1: not known. */
static int program_find(const char *root, const char *path, struct program *ret)
{
	struct stat st;
	char full[2 * PATH_MAX], buf[4096 + 1];
	cleanup_close int fd = -1;
	ssize_t n;
	int r;

	memset(ret, 0, sizeof *ret);
	/* fits, because the parser limits the length */
	(void)snprintf(ret->path, sizeof ret->path, "%s", path);
	r = check_find(root, path, &st, ret->real);
	if (r <= 0)
		return r;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return 0;
	(void)snprintf(full, sizeof full, "%s%s", root, ret->real); /* fits */
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	n = fd >= 0 ? read(fd, buf, sizeof buf - 1) : -1;
	if (n > 0) {
		buf[n] = '\0';
		loader_of(buf, (size_t)n, ret->loader);
	}
	if (ret->loader[0] != '\0')
		(void)check_find(root, ret->loader, &st,
				 ret->loader_real); /* "" if the loader does not exist */
	return 1;
}

/* The longest path in some lists that contains a file. */
struct longest {
	size_t len;
	const struct set_item *item;
	const char *name;
};

static void longest_of(const char *root, const char *name, const struct set_list *l, bool target,
		       const char *file, struct longest *best)
{
	for (size_t i = 0; i < l->n; i++) {
		char path[PATH_MAX], real[PATH_MAX] = "";
		const char *text = l->items[i].text;
		struct stat st;
		size_t len;

		if (target && strchr(text, ':') != NULL)
			text = strchr(text, ':') + 1;
		(void)snprintf(path, sizeof path, "%.*s", (int)strcspn(text, ":"), text); /* fits */
		if (strchr(path, '%') != NULL ||
		    (check_find(root, path, &st, real) != 1 && l->items[i].optional))
			continue;
		if (real[0] == '\0')
			(void)snprintf(real, sizeof real, "%s", path); /* fits */
		len = strcmp(real, "/") == 0 ? 0 : strlen(real);
		if (strncmp(file, real, len) == 0 && (file[len] == '/' || file[len] == '\0') &&
		    (best->item == NULL || len > best->len))
			*best = (struct longest){ len, &l->items[i], name };
	}
}

/* Finds the line that hides @file or prevents its execution; with a NULL item, no line does. */
static struct longest hidden_by(const char *root, const struct settings *s, const char *file)
{
	struct longest hide = { 0 }, show = { 0 };

	longest_of(root, "InaccessiblePaths", &s->inaccessible_paths, false, file, &hide);
	longest_of(root, "TemporaryFileSystem", &s->temporary_file_system, false, file, &hide);
	longest_of(root, "ReadOnlyPaths", &s->read_only_paths, false, file, &show);
	longest_of(root, "ReadWritePaths", &s->read_write_paths, false, file, &show);
	longest_of(root, "BindPaths", &s->bind_paths, true, file, &show);
	longest_of(root, "BindReadOnlyPaths", &s->bind_read_only_paths, true, file, &show);
	return show.item != NULL && show.len > hide.len ? (struct longest){ 0 } : hide;
}

static struct longest barred_by(const char *root, const struct settings *s, const char *file)
{
	struct longest no = { 0 }, may = { 0 };

	longest_of(root, "NoExecPaths", &s->no_exec_paths, false, file, &no);
	longest_of(root, "ExecPaths", &s->exec_paths, false, file, &may);
	return may.item != NULL && may.len > no.len ? (struct longest){ 0 } : no;
}

/*
 * Warns if @p cannot be loaded: names the line that prevents this, and says what to write.
 * @must: every login starts the program
 */
static void judge(const char *root, const struct settings *s, const struct program *p,
		  const char *what, bool must, struct diag *d)
{
	void (*const say)(struct diag *, const char *, unsigned, const char *, ...) =
		must ? check_refuses : check_warn;
	const char *const files[] = { p->real, p->loader_real };

	for (size_t i = 0; i < 2; i++) {
		const bool known = files[i][0] != '\0';
		const struct longest none = { 0 },
				     hide = known ? hidden_by(root, s, files[i]) : none;
		const struct longest bar = known ? barred_by(root, s, files[i]) : none;
		const struct longest *by = hide.item != NULL ? &hide : &bar;

		if (by->item == NULL)
			continue;
		say(d, by->item->from.file, by->item->from.line,
		    by == &hide ?
			    "%s=: '%s' hides %s%s '%s'; remove '%s', or add ReadOnlyPaths=%s" :
			    "%s=: '%s' prevents %s%s '%s' from being executed; remove '%s', or add ExecPaths=%s and the libraries",
		    by->name, by->item->text, i == 0 ? "" : "the loader of ", what, p->path,
		    by->item->text, files[i]);
		return;
	}
}

/* Does a bind of the session mount something at or above @path? */
static bool is_bound(const struct settings *s, const char *path)
{
	const struct set_list *const binds[] = { &s->bind_paths, &s->bind_read_only_paths };

	for (unsigned k = 0; k < 2; k++)
		for (size_t i = 0; i < binds[k]->n; i++) {
			const char *colon = strchr(binds[k]->items[i].text, ':');
			const char *target = colon != NULL ? colon + 1 : binds[k]->items[i].text;
			const size_t len = strcspn(target, ":");

			if (len > 0 && strncmp(path, target, len) == 0 &&
			    (path[len] == '/' || path[len] == '\0'))
				return true;
		}
	return false;
}

/* As program_find(), in the session. The contents of a bind are not looked at: -1. */
static int program_seen(const char *root, const struct settings *s, const char *path,
			struct program *ret)
{
	const int r = program_find(root, path, ret);

	return is_bound(s, path) ? -1 : r;
}

/* Looks up the program of a line of Command= or AllowCommands= as cordonsh does; false: no program. */
static bool find_command(const char *root, const struct settings *s, const char *line,
			 struct program *ret, int *found)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin", "/bin" };
	static char buf[2 * 4096];
	char *argv[256], path[PATH_MAX];
	const char *why;

	*found = 0;
	if (line[0] == '@' || strchr(line, '%') != NULL ||
	    command_split_pattern(line, buf, sizeof buf, argv, sizeof argv / sizeof argv[0], &why) <
		    1)
		return false;
	if (argv[0][0] == '/') {
		*found = program_seen(root, s, argv[0], ret);
		return true;
	}
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0] && *found == 0; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dirs[i], argv[0]); /* cut: not found */
		*found = program_seen(root, s, path, ret);
	}
	(void)snprintf(ret->path, sizeof ret->path, "%s", *found == 1 ? path : argv[0]); /* fits */
	return true;
}

/* Every login starts the program of Command=; with AllowCommands=, there may be other programs. */
static void forced_command(const char *root, const struct settings *s, struct diag *errors,
			   struct diag *d)
{
	static struct program p; /* large */
	const struct set_item *item = s->command.n > 0 ? &s->command.items[0] : NULL;
	int found;

	if (item == NULL || check_means_set(item->text) ||
	    !find_command(root, s, item->text, &p, &found))
		return;
	if (found == 0)
		check_fails(
			errors, item->from.file, item->from.line,
			"Command=: there is no program '%s', so logins fail; install it or correct the name",
			p.path);
	else if (found == 1)
		judge(root, s, &p, "the command", true, d);
}

static void allowed_commands(const char *root, const struct settings *s, struct diag *d)
{
	static struct program p; /* large */
	int found;

	for (size_t i = 0; i < s->allow_commands.n; i++) {
		const struct set_item *item = &s->allow_commands.items[i];

		if (check_means_set(item->text) || !find_command(root, s, item->text, &p, &found))
			continue;
		if (found == 0)
			check_warn(
				d, item->from.file, item->from.line,
				"AllowCommands=: there is no program '%s'; install it or correct the name",
				p.path);
		else if (found == 1)
			judge(root, s, &p, "the command", false, d);
	}
}

void check_warn_programs(const struct policy_paths *paths, const struct settings *s,
			 struct diag *errors, struct diag *d)
{
	static struct program p; /* large */
	const struct set_list *shell = &s->shell;
	char root[2 * PATH_MAX];
	int found;

	(void)snprintf(root, sizeof root, "%s%s", paths->root,
		       s->root_directory.n > 0 ? s->root_directory.items[0].text : ""); /* fits */
	if (s->action.v != ACTION_CONFINE || strchr(root + strlen(paths->root), '%') != NULL)
		return;
	forced_command(root, s, errors, d);
	allowed_commands(root, s, d);
	if (shell->n > 0 && strchr(shell->items[0].text, '%') != NULL)
		return;
	found = program_seen(root, s, shell->n > 0 ? shell->items[0].text : "/bin/sh", &p);
	if (found == 0 && shell->n > 0)
		check_fails(
			errors, shell->items[0].from.file, shell->items[0].from.line,
			"Shell=: there is no program '%s', so logins are refused; install it or correct the path",
			p.path);
	else if (found == 1 && s->allow_commands.n == 0 && s->command.n == 0)
		judge(root, s, &p, "the shell", true, d);
}
