/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept.c - see kept.h
 *
 * A file is the request, the answer, and a checksum of both. Its name is a hash of the request, so
 * that two requests of one hash only take each other's place.
 */
#include "policy/filter/kept.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NAME_SIZE = 17, DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* Both records are whole 64-bit words. The sum has to find damage, and nobody's intent. */
static uint64_t summed(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < size; i += sizeof sum) {
		uint64_t word;

		memcpy(&word, at + i, sizeof word);
		sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
		sum ^= sum >> 29;
	}
	return sum;
}

static uint64_t checksum(const struct filter_request *r, const struct filter_answer *a)
{
	return summed(summed(FILTER_MAGIC, r, r->size), a, a->size);
}

/* FNV-1a, https://datatracker.ietf.org/doc/draft-eastlake-fnv */
static void name_of(const struct filter_request *r, char ret[NAME_SIZE])
{
	const unsigned char *at = (const void *)r;
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < r->size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	(void)snprintf(ret, NAME_SIZE, "%016llx", (unsigned long long)hash); /* fits */
}

/* ---- whom a file belongs to ---- */

static bool is_ours(const struct kept *k, const struct stat *st)
{
	return st->st_uid == k->owner && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The directory @name below @at, which has to be the owner's alone. */
static int open_ours(const struct kept *k, int at, const char *name)
{
	cleanup_close int fd = openat(at, name, DIR_FLAGS);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return is_ours(k, &st) ? take_fd(&fd) : -EPERM;
}

/* As root finds it, whatever umask root has. */
static int make_ours(const struct kept *k, int at, const char *name, mode_t mode)
{
	cleanup_close int fd = -1;

	if (mkdirat(at, name, 0700) < 0)
		return errno == EEXIST ? open_ours(k, at, name) : -errno;
	fd = open_ours(k, at, name);
	if (fd >= 0 && fchmod(fd, mode) < 0)
		return -errno;
	return take_fd(&fd);
}

/* ---- reading ---- */

/* The bytes of the file @name in @dir, if it can be one that kept_store() has written. */
static int open_file(const struct kept *k, int dir, const char *name, size_t least, size_t *ret)
{
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	/* without a link: it has just been replaced */
	if (!S_ISREG(st.st_mode) || !is_ours(k, &st) || st.st_nlink > 1 ||
	    st.st_size < (off_t)least ||
	    st.st_size > FILTER_REQUEST_MAX + FILTER_ANSWER_MAX + (off_t)sizeof(uint64_t))
		return -EPERM;
	*ret = (size_t)st.st_size;
	return take_fd(&fd);
}

static bool same_file(const char *path, const struct filter_file *is, bool may_be_gone)
{
	struct filter_file now;
	const int r = filter_file_read(path, &now);

	if (r == -ENOENT)
		return may_be_gone;
	return r == 0 && now.dev == is->dev && now.ino == is->ino && now.size == is->size &&
	       now.ctime_sec == is->ctime_sec && now.ctime_nsec == is->ctime_nsec;
}

/* Are the @size bytes at @file those that kept_store() would write, and nothing has changed since? */
static bool counts(const struct kept *k, const struct filter_request *request, const char *file,
		   size_t size)
{
	const struct filter_answer *a = (const void *)(file + request->size);
	const size_t rest = size - request->size - sizeof(uint64_t);
	uint64_t sum;

	memcpy(&sum, file + size - sizeof sum, sizeof sum);
	return memcmp(file, request, request->size) == 0 && filter_answer_check(a, rest) == 0 &&
	       a->code == 0 && sum == checksum(request, a) &&
	       same_file(a->library.path, &a->library, false) &&
	       same_file(k->program, &a->helper, true); /* no other one has taken its place */
}

int kept_find(const struct kept *k, const struct filter_request *request, struct filter_answer **ret)
{
	const size_t least = request->size + sizeof **ret + sizeof(uint64_t);
	cleanup_close int parent = -1, dir = -1, fd = -1;
	cleanup_free char *file = NULL;
	char name[NAME_SIZE];
	size_t size;

	parent = open_ours(k, AT_FDCWD, k->parent);
	if (parent < 0)
		return -ENOENT;
	dir = open_ours(k, parent, k->name);
	if (dir < 0)
		return -ENOENT;
	name_of(request, name);
	fd = open_file(k, dir, name, least, &size);
	if (fd < 0)
		return -ENOENT;
	file = malloc(size);
	if (file == NULL || read(fd, file, size) != (ssize_t)size || !counts(k, request, file, size))
		return -ENOENT;
	size -= request->size + sizeof(uint64_t);
	(void)memmove(file, file + request->size, size);
	*ret = (struct filter_answer *)(void *)take_ptr(&file);
	return 0;
}

/* ---- writing ---- */

/*
 * Rules change seldom, so that the directory stays small. When it does not, the files of the rules
 * that are in use come back one by one.
 */
static void make_room(int dir)
{
	const int fd = openat(dir, ".", DIR_FLAGS);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	unsigned n = 0;

	if (list == NULL) {
		if (fd >= 0)
			(void)close(fd); /* it was only read */
		return;
	}
	while (readdir(list) != NULL)
		n++;
	rewinddir(list);
	while (n >= KEPT_MAX + 2 && (e = readdir(list)) != NULL) /* "." and ".." are there as well */
		(void)unlinkat(dir, e->d_name, 0);		 /* what cannot be removed stays */
	(void)closedir(list);					 /* it was only read */
}

/* iovec(3) has no const; the kernel only reads it */
static struct iovec part(const void *data, size_t size)
{
	const union {
		const void *from;
		void *to;
	} p = { .from = data };

	return (struct iovec){ .iov_base = p.to, .iov_len = size };
}

static int write_file(int fd, const struct filter_request *request,
		      const struct filter_answer *answer)
{
	const uint64_t sum = checksum(request, answer);
	const struct iovec parts[] = { part(request, request->size), part(answer, answer->size),
				       part(&sum, sizeof sum) };
	const ssize_t n = writev(fd, parts, 3);

	if (n < 0)
		return -errno;
	if ((size_t)n != request->size + answer->size + sizeof sum)
		return -ENOSPC;
	return fchmod(fd, 0644) < 0 ? -errno : 0; /* whatever the umask is */
}

/* A name that no other process writes to. It is not 16 digits, so that nobody reads it either. */
static int new_name(char *buf, size_t size)
{
	uint64_t random;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return -EIO;
	(void)snprintf(buf, size, "new-%016llx", (unsigned long long)random); /* fits */
	return 0;
}

int kept_store(const struct kept *k, const struct filter_request *request,
	       const struct filter_answer *answer)
{
	cleanup_close int parent = -1, dir = -1, fd = -1;
	char name[NAME_SIZE], new[32];
	int r = new_name(new, sizeof new);

	if (r < 0)
		return r;
	parent = make_ours(k, AT_FDCWD, k->parent, 0755);
	if (parent < 0)
		return parent;
	/* everybody may read a file that is known by name, nobody finds out the names */
	dir = make_ours(k, parent, k->name, 0711);
	if (dir < 0)
		return dir;
	make_room(dir);
	fd = openat(dir, new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	name_of(request, name);
	r = write_file(fd, request, answer);
	if (r == 0 && renameat(dir, new, dir, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir, new, 0); /* reports the first error */
	return r;
}
