/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - read rule files and profiles, and notice when they change meanwhile */
#include "policy/rules/files.h"

#include "base/cleanup.h"
#include "policy/text/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *path_of(const struct policy_paths *paths, enum files_dir dir)
{
	switch (dir) {
	case DIR_RULES_ETC:
		return paths->rules_etc;
	case DIR_RULES_VENDOR:
		return paths->rules_vendor;
	case DIR_PROFILES_ETC:
		return paths->profiles_etc;
	case DIR_PROFILES_VENDOR:
		return paths->profiles_vendor;
	case DIRS:
		break;
	}
	return "";
}

/* The path of the directory with the root, for messages. */
static const char *name_of(const struct policy_paths *paths, enum files_dir dir, char *buf,
			   size_t size)
{
	(void)snprintf(buf, size, "%s%s", paths->root, path_of(paths, dir)); /* cut when too long */
	return buf;
}

/* Open the directory once; @files keeps the descriptor. -ENOENT without @e: it does not exist. */
static int open_dir(struct policy_files *files, const struct policy_paths *paths,
		    enum files_dir dir, struct err *e)
{
	char *name = files->dir[dir].name;
	int fd;

	if (files->dir[dir].looked && files->dir[dir].fd >= 0)
		return files->dir[dir].fd;
	(void)name_of(paths, dir, name, sizeof files->dir[dir].name);
	fd = trust_dir(paths->root, path_of(paths, dir), paths->owner, e);
	if (fd >= 0 && fstat(fd, &files->dir[dir].st) < 0) {
		close_fd(&fd);
		fd = err_at(e, name, 0, -errno, "cannot be examined: %s", strerror(errno));
	}
	files->dir[dir].looked = true;
	files->dir[dir].fd = fd;
	return fd;
}

static int note_seen(struct policy_files *files, enum files_dir dir, const char *name,
		     const struct stat *st)
{
	struct files_seen *seen = files->seen;

	if (files->n_seen % 64 == 0) {
		seen = reallocarray(seen, files->n_seen + 64, sizeof *seen);
		if (seen == NULL)
			return -ENOMEM;
		files->seen = seen;
	}
	seen += files->n_seen;
	*seen = (struct files_seen){ .dir = dir, .name = strdup(name), .st = *st };
	if (seen->name == NULL)
		return -ENOMEM;
	files->n_seen++;
	return 0;
}

/* As files_load(), for the draft, which is in no file. */
static int load_draft(const struct policy_paths *paths, size_t max, struct rule *ret, struct err *e)
{
	const struct policy_draft *const draft = paths->draft;
	char file[768];
	char *text = malloc(draft->size + 1);

	(void)snprintf(file, sizeof file, "%s%s/%s", paths->root, paths->rules_etc,
		       draft->name); /* cut when too long */
	if (text != NULL)
		memcpy(text, draft->text, draft->size + 1);
	if (text == NULL || rule_parse(file, text, draft->size, false, max, ret) < 0)
		return err_at(e, file, 0, -ENOMEM, "out of memory");
	return 1;
}

static bool is_draft(const struct policy_paths *paths, enum files_dir dir, const char *name)
{
	return paths->draft != NULL && dir == DIR_RULES_ETC && strcmp(paths->draft->name, name) == 0;
}

int files_load(struct policy_files *files, const struct policy_paths *paths, enum files_dir dir,
	       const char *name, size_t max, struct rule *ret, struct err *e)
{
	const int fd = open_dir(files, paths, dir, e);
	char file[768] = "", *end;
	char *text = NULL;
	struct stat st = { 0 };
	size_t size = 0;
	bool masked = false;
	int r;

	if (fd < 0)
		return fd;
	if (is_draft(paths, dir, name))
		return load_draft(paths, max, ret, e);
	end = stpncpy(file, files->dir[dir].name, sizeof files->dir[dir].name);
	*end++ = '/';
	(void)memccpy(end, name, '\0', NAME_MAX + 1); /* fits: a name in a directory */
	r = trust_read_stat(fd, file, name, paths->owner, &masked, &text, &size, &st, e);
	if (r == -ENOENT && e->code == 0)
		return r;
	if (note_seen(files, dir, name, &st) < 0) {
		free(text);
		return err_at(e, file, 0, -ENOMEM, "out of memory");
	}
	if (r < 0 || masked)
		return r;
	if (rule_parse(file, text, size, dir >= DIR_PROFILES_ETC, max, ret) < 0)
		return err_at(e, file, 0, -ENOMEM, "out of memory");
	return 1;
}

/* ---- the names in order ---- */

static int by_name(const void *a, const void *b)
{
	const struct policy_name *x = a, *y = b;
	const int r = strcmp(x->name, y->name);

	return r != 0 ? r : (int)x->vendor - (int)y->vendor;
}

static bool is_conf(const char *name)
{
	const size_t len = strlen(name);

	return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".conf") == 0;
}

static int names_add(struct policy_name **names, size_t *n, const char *name, bool vendor)
{
	if (*n % 64 == 0) {
		struct policy_name *more = realloc(*names, (*n + 64) * sizeof *more);

		if (more == NULL)
			return -ENOMEM;
		*names = more;
	}
	(*names)[*n] = (struct policy_name){ .name = strdup(name), .vendor = vendor };
	return (*names)[*n].name != NULL ? (int)((*n)++, 0) : -ENOMEM;
}

static int names_of(struct policy_files *files, const struct policy_paths *paths,
		    enum files_dir which, bool vendor, struct policy_name **names, size_t *n,
		    struct err *e)
{
	int fd = open_dir(files, paths, which, e);
	char path[512];
	DIR *dir;
	int r = 0;

	if (fd < 0)
		return fd;
	(void)name_of(paths, which, path, sizeof path);
	fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		r = err_at(e, path, 0, -errno, "cannot be listed: %s", strerror(errno));
		close_fd(&fd);
		return r;
	}
	for (;;) {
		const struct dirent *d;

		errno = 0;
		d = readdir(dir);
		if (d == NULL) {
			if (errno != 0)
				r = err_at(e, path, 0, -errno, "cannot be listed: %s",
					   strerror(errno));
			break;
		}
		if (is_conf(d->d_name) && names_add(names, n, d->d_name, vendor) < 0) {
			r = err_at(e, path, 0, -ENOMEM, "out of memory");
			break;
		}
	}
	(void)closedir(dir); /* read-only */
	return r;
}

void policy_names_free(struct policy_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i].name);
	free(names);
}

int files_names(struct policy_files *files, const struct policy_paths *paths, enum files_dir etc,
		struct policy_name **ret, size_t *ret_n, struct err *e)
{
	struct policy_name *names = NULL;
	size_t n = 0, kept = 0;
	const int etc_r = names_of(files, paths, etc, false, &names, &n, e);
	int r = etc_r;

	if (r == 0 || (r == -ENOENT && e->code == 0 && etc == DIR_PROFILES_ETC))
		r = names_of(files, paths, etc + 1, true, &names, &n, e);
	if (r == -ENOENT && e->code == 0 && etc_r == 0)
		r = 0; /* packages have installed no rules */
	if (r == 0 && paths->draft != NULL && etc == DIR_RULES_ETC &&
	    names_add(&names, &n, paths->draft->name, false) < 0)
		r = err_at(e, paths->rules_etc, 0, -ENOMEM, "out of memory");
	if (r < 0) {
		policy_names_free(names, n);
		return r;
	}
	if (n > 0)
		qsort(names, n, sizeof *names, by_name);
	for (size_t i = 0; i < n; i++) { /* the file in /etc comes first and replaces the other */
		if (kept > 0 && strcmp(names[kept - 1].name, names[i].name) == 0)
			free(names[i].name);
		else
			names[kept++] = names[i];
	}
	*ret = names;
	*ret_n = kept;
	return 0;
}

/* ---- has anything changed ---- */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mode == b->st_mode &&
	       a->st_uid == b->st_uid && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int same_dir(const struct policy_files *files, const struct policy_paths *paths,
		    enum files_dir dir)
{
	struct err e = { 0 };
	cleanup_close int fd = -1;
	struct stat st;

	if (!files->dir[dir].looked)
		return 1;
	/* look it up again, because another directory may have the path now */
	fd = trust_dir(paths->root, path_of(paths, dir), paths->owner, &e);
	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
		return fd;
	if (fd < 0)
		return files->dir[dir].fd == fd;
	return files->dir[dir].fd >= 0 && fstat(fd, &st) == 0 && same_file(&st, &files->dir[dir].st);
}

int files_same(const struct policy_files *files, const struct policy_paths *paths)
{
	struct stat st;
	int r = 1;

	for (enum files_dir dir = 0; r == 1 && dir < DIRS; dir++)
		r = same_dir(files, paths, dir);
	if (r != 1)
		return r;
	for (size_t i = 0; i < files->n_seen; i++) {
		const struct files_seen *s = &files->seen[i];

		if (fstatat(files->dir[s->dir].fd, s->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !same_file(&st, &s->st))
			return 0;
	}
	return 1;
}

void files_close(struct policy_files *files)
{
	for (enum files_dir dir = 0; dir < DIRS; dir++)
		if (files->dir[dir].looked && files->dir[dir].fd >= 0)
			(void)close(files->dir[dir].fd); /* read-only */
	for (size_t i = 0; i < files->n_seen; i++)
		free(files->seen[i].name);
	free(files->seen);
	*files = (struct policy_files){ 0 };
}
