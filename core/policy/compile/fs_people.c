/* SPDX-License-Identifier: Apache-2.0 */
/* fs_people.c - hide the homes of other accounts, where they lie below the home of the user */
#include "policy/compile/fs_int.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With more homes below it, a home is taken for a directory of homes. */
enum { PEOPLE_MAX = 64, PEOPLE_UID_MIN = 1000 };

/* passwd(5) may name such a directory as a home, but it belongs to all. /root is the home of root, whom `cordon run` may confine. */
bool fs_shared(const char *home, uid_t uid)
{
	static const char *const shared[] = { "/",	   "/home",   "/root",	   "/mnt",
					      "/media",	   "/run",    "/tmp",	   "/dev",
					      "/proc",	   "/sys",    "/var/home", "/srv/home",
					      "/usr/home", "/var/tmp" };

	for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
		if (strcmp(home, shared[i]) == 0 && !(uid == 0 && strcmp(home, "/root") == 0))
			return true;
	return fs_top(home);
}

/* The whole of /etc/passwd, for the caller to free(3); NULL: it cannot be read. */
static char *passwd_text(void)
{
	cleanup_close const int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	n = text != NULL ? pread(fd, text, (size_t)st.st_size, 0) : -1;
	if (n < 0)
		return NULL;
	text[n] = '\0';
	return take_ptr(&text);
}

/*
 * The home in the passwd(5) line at @line; "" for the line of @uid, and for the line of a service
 * where only @people are asked for.
 */
static void home_at(const char *line, uid_t uid, bool people, char *buf, size_t size)
{
	const char *field = line;
	unsigned long other = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < 5; i++) {
		field += strcspn(field, ":\n");
		if (*field++ != ':')
			return;
		if (i == 1)
			other = strtoul(field, NULL, 10);
	}
	if (other == uid || (people && (other < PEOPLE_UID_MIN || other == 65534)))
		return;
	(void)snprintf(buf, size, "%.*s", (int)strcspn(field, ":\n"),
		       field); /* cut: longer is not a path */
	for (size_t len = strlen(buf); len > 1 && buf[len - 1] == '/'; len--)
		buf[len - 1] = '\0';
}

/* Such a path may lead to another place than its text says. */
static bool is_odd(const char *path)
{
	return strstr(path, "//") != NULL || strstr(path, "/./") != NULL ||
	       strstr(path, "/..") != NULL;
}

bool fs_hide_people(struct emit *m, const char *home)
{
	cleanup_free char *text = passwd_text();
	char mark[PATH_MAX + 2], other[PATH_MAX];
	const bool people = fs_top(home);
	unsigned n = 0;

	if (text == NULL)
		return false;
	(void)snprintf(mark, sizeof mark, ":%s/", home); /* a home is shorter than PATH_MAX */
	for (const char *at = text; n <= PEOPLE_MAX && (at = strstr(at, mark)) != NULL; at++) {
		const char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		home_at(line, m->facts->login.uid, people, other, sizeof other);
		if (strcmp(other, home) == 0 || !path_below(other, home))
			continue;
		n = is_odd(other) ? PEOPLE_MAX + 1 : n + 1;
		points_add(&m->p, RANK_BASE, VIEW_EMPTY, other, NULL, VIEW_OPTIONAL);
	}
	return n <= PEOPLE_MAX;
}
