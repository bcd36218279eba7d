/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd_file.c - see passwd_file.h
 *
 * fgetpwent(3) makes a system call for each line, which would delay logins on a host with thousands of
 * accounts.
 *
 * libc takes many a line that is not as passwd(5) and group(5) say, for example with a blank before an
 * id or a member, and each libc others. A line that was left out here, but not there, could hide from a
 * rule that the user is in its group. So nothing is said by a file of which such a line was read.
 */
#include "policy/account/passwd_file.h"

#include "base/cleanup.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACES " \t\n\v\f\r"

/* The first three fields, which both files have. @rest: what is behind them, or NULL. */
struct entry {
	char *name, *rest;
	uint32_t id;
};

static FILE *open_file(const char *root, const char *path)
{
	char text[PATH_MAX];

	if (snprintf(text, sizeof text, "%s%s", root, path) >= (int)sizeof text) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(text, "re");
}

static bool id_of(const char *text, uint32_t *ret)
{
	const char *end = NULL;
	uint64_t v;

	if (text == NULL || type_number(text, &end, &v) < 0 || *end != '\0' || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* Splits the line, which it changes; false: it is none of which every libc says the same. */
static bool split(char *line, struct entry *ret)
{
	const char *id;

	ret->name = strsep(&line, ":");
	(void)strsep(&line, ":"); /* the password */
	id = strsep(&line, ":");
	ret->rest = line;
	/* strchr(3) also finds the NUL of an empty name */
	return strchr("+-" SPACES, ret->name[0]) == NULL && id_of(id, &ret->id);
}

/* Reads on to the next entry. Return: 1; 0: there is none; -EAGAIN: a line is odd; another -errno. */
static int next(FILE *f, char **line, size_t *size, struct entry *ret)
{
	ssize_t n;

	errno = 0;
	while ((n = getline(line, size, f)) > 0) {
		const size_t len = strlen(*line);
		const char *at = *line + strspn(*line, SPACES);

		if (len != (size_t)n)
			return -EAGAIN;
		if ((*line)[len - 1] == '\n')
			(*line)[len - 1] = '\0';
		if (*at != '\0' && *at != '#')
			return split(*line, ret) ? 1 : -EAGAIN;
	}
	/* getline(3) also ends without memory; not every libc says that by ferror(3) */
	return feof(f) ? 0 : -(errno != 0 ? errno : EIO);
}

/* Reads on to the entry of @name, or of @id. */
static int find(FILE *f, const char *name, uint32_t id, char **line, struct entry *ret)
{
	size_t size = 0;
	int r;

	do
		r = next(f, line, &size, ret);
	while (r == 1 && (name != NULL ? strcmp(ret->name, name) != 0 : ret->id != id));
	return r;
}

static char none[] = "";

static char *field(char **rest)
{
	char *text = strsep(rest, ":");

	return text != NULL ? text : none;
}

int passwd_file_user(const char *root, const char *name, uid_t uid, struct passwd *ret, char **buf)
{
	cleanup_fclose FILE *f = open_file(root, "/etc/passwd");
	cleanup_free char *line = NULL;
	struct entry e;
	uint32_t gid;
	int r;

	if (f == NULL)
		return -errno;
	r = find(f, name, uid, &line, &e);
	if (r != 1)
		return r;
	if (!id_of(field(&e.rest), &gid))
		return -EAGAIN;
	*ret = (struct passwd){ .pw_name = e.name, .pw_passwd = none, .pw_uid = e.id };
	ret->pw_gid = gid;
	ret->pw_gecos = field(&e.rest);
	ret->pw_dir = field(&e.rest);
	ret->pw_shell = field(&e.rest);
	free(*buf);
	*buf = take_ptr(&line); /* the fields are within it */
	return 1;
}

/* The members, in an array in front of a copy of the names, which is one piece of memory. */
static int members(const struct entry *e, struct group *ret, char **buf)
{
	char *list = e->rest != NULL ? e->rest : none;
	size_t n = 2; /* the word behind the last comma, and NULL */
	const size_t name_size = strlen(e->name) + 1, list_size = strlen(list) + 1;
	char *at, *word;
	char **to;

	for (const char *c = list; *c != '\0'; c++)
		n += *c == ',';
	at = malloc(n * sizeof *to + name_size + list_size);
	if (at == NULL)
		return -ENOMEM;
	to = (char **)(void *)at;
	ret->gr_mem = to;
	ret->gr_name = memcpy(at + n * sizeof *to, e->name, name_size);
	list = memcpy(ret->gr_name + name_size, list, list_size);
	while ((word = strsep(&list, ",")) != NULL)
		if (word[0] != '\0')
			*to++ = word;
	*to = NULL;
	free(*buf);
	*buf = at;
	return 1;
}

int passwd_file_group(const char *root, const char *name, gid_t gid, struct group *ret, char **buf)
{
	cleanup_fclose FILE *f = open_file(root, "/etc/group");
	cleanup_free char *line = NULL;
	struct entry e;
	int r;

	if (f == NULL)
		return -errno;
	r = find(f, name, gid, &line, &e);
	if (r != 1)
		return r;
	*ret = (struct group){ .gr_passwd = none, .gr_gid = e.id };
	return members(&e, ret, buf);
}

static bool is_member(char *list, const char *user)
{
	const char *word;

	while ((word = strsep(&list, ",")) != NULL)
		if (strcmp(word, user) == 0)
			return true;
	return false;
}

int passwd_file_groups(const char *root, const char *user, gid_t gid, gid_t *ret, int *n)
{
	cleanup_fclose FILE *f = open_file(root, "/etc/group");
	cleanup_free char *line = NULL;
	const int max = *n;
	size_t size = 0;
	struct entry e;
	int r;

	if (max < 1 || f == NULL)
		return f == NULL ? -errno : -E2BIG;
	ret[0] = gid;
	*n = 1;
	while ((r = next(f, &line, &size, &e)) == 1) {
		if (e.rest != NULL && strpbrk(e.rest, SPACES) != NULL)
			return -EAGAIN;
		if (e.id == gid || !is_member(e.rest, user))
			continue;
		if (*n == max)
			return -E2BIG;
		ret[(*n)++] = e.id;
	}
	return r;
}

int passwd_file_walk(const char *root, const char *path,
		     int (*each)(void *arg, const char *name, uint32_t id), void *arg)
{
	cleanup_fclose FILE *f = open_file(root, path);
	cleanup_free char *line = NULL;
	size_t size = 0;
	struct entry e;
	int r = 0;

	if (f == NULL)
		return errno == ENOENT ? 0 : -errno; /* a host may have its accounts elsewhere */
	while (r == 0 && ((r = next(f, &line, &size, &e)) == 1 || r == -EAGAIN))
		r = r == 1 ? each(arg, e.name, e.id) : 0;
	return r;
}
