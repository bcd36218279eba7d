/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - read proc_pid_mountinfo(5) */
#include "ctl/show/show.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TABLE_MAX = 64 << 20 };

/* Reads a file of /proc, whose size is known only at its end. */
static int text_read(int dir, const char *name, char **ret)
{
	cleanup_close const int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len = 0, size = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		if (size - len < 4096) {
			char *more = size > TABLE_MAX ? NULL :
							realloc(text, size = size * 2 + 65536);

			if (more == NULL) {
				free(text);
				return -ENOMEM;
			}
			text = more;
		}
		n = read(fd, text + len, size - len - 1);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0) {
		n = -errno;
		free(text);
		return (int)n;
	}
	text[len] = '\0';
	*ret = text;
	return 0;
}

/* Replaces "\040" and other octal escapes. */
static void unescape(char *s)
{
	char *w = s;

	for (const char *r = s; *r != '\0'; w++) {
		unsigned c;

		if (r[0] == '\\' && sscanf(r + 1, "%3o", &c) == 1 && strspn(r + 1, "01234567") >= 3) {
			*w = (char)c;
			r += 4;
		} else {
			*w = *r++;
		}
	}
	*w = '\0';
}

/* Takes the next word of *@at, which a blank ends. */
static char *word_take(char **at)
{
	char *word = *at;

	if (word == NULL)
		return NULL;
	*at = strchr(word, ' ');
	if (*at != NULL)
		*(*at)++ = '\0';
	return word;
}

static int row_parse(char *line, struct mount_row *ret)
{
	char *at = strstr(line, " - "), *root, *point;
	unsigned long long id, parent;
	int len = 0;

	*ret = (struct mount_row){ .seen = false };
	if (at == NULL ||
	    sscanf(line, "%llu %llu %u:%u %n", &id, &parent, &ret->major, &ret->minor, &len) != 4)
		return -EPROTO;
	*at = '\0';
	at += 3;
	ret->id = id;
	ret->parent = parent;
	line += len;
	root = word_take(&line);
	point = word_take(&line);
	ret->options = word_take(&line);
	ret->shared = line != NULL ? line : "";
	ret->type = word_take(&at);
	(void)word_take(&at); /* the source, which says little of a file system */
	ret->super = at;
	if (root == NULL || point == NULL || ret->options == NULL || at == NULL)
		return -EPROTO;
	unescape(root);
	unescape(point);
	ret->root = root;
	ret->point = point;
	return 0;
}

int table_read(int dir, struct mount_table *ret)
{
	char *save = NULL;
	size_t room = 0;
	int r;

	*ret = (struct mount_table){ 0 };
	r = text_read(dir, "mountinfo", &ret->text);
	for (char *line = r < 0 ? NULL : strtok_r(ret->text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (ret->n == room) {
			struct mount_row *more =
				realloc(ret->rows, (room = room * 2 + 64) * sizeof *more);

			if (more == NULL) {
				r = -ENOMEM;
				break;
			}
			ret->rows = more;
		}
		r = row_parse(line, &ret->rows[ret->n]);
		if (r < 0)
			break;
		ret->n++;
	}
	if (r == 0 && ret->n == 0)
		r = -ESRCH; /* the process has ended */
	if (r < 0)
		table_free(ret);
	return r;
}

void table_free(struct mount_table *t)
{
	free(t->text);
	free(t->rows);
	*t = (struct mount_table){ 0 };
}

struct mount_row *table_find(const struct mount_table *t, uint64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].id == id)
			return &t->rows[i];
	return NULL;
}

bool mount_has(const char *options, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = options; *at != '\0'; at += strspn(at, ",")) {
		const size_t n = strcspn(at, ",");

		if (n == len && strncmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}
