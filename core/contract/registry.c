/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - see registry.h */
#include "contract/registry.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "contract/wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The name begins with a dot, which no id of a login has. */
#define LOCK ".lock"

/* No id of a login begins so, as ids are hexadecimal. The id of a place is as long as that of a login. */
#define PLACE	 "place-"
#define PLACE_ID 'p'

enum { BACKLOG = 64, SWEEP_MAX = 256 };

/* Makes the directory, with this mode whatever the umask is. */
static int directory(const char *path, mode_t mode)
{
	cleanup_close int fd = -1;

	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 || fchmod(fd, mode) < 0 ? -errno : 0;
}

/* Makes the directory of a uid and those above it. */
static int directories(const char *base, const char *path)
{
	char parent[sizeof((struct registry){ 0 }.path)];
	char *slash;
	int r;

	(void)snprintf(parent, sizeof parent, "%s", base); /* fits: it is shorter than @path */
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return -EINVAL;
	*slash = '\0';
	r = parent[0] != '\0' ? directory(parent, 0755) : 0;
	if (r == 0)
		r = directory(base, 0711); /* nobody but root needs the names of all uids */
	return r < 0 ? r : directory(path, 0755);
}

static int wait_lock(int fd)
{
	const int64_t until = clock_ms() + REGISTRY_LOCK_MS;
	struct timespec pause = { .tv_nsec = 200000 };

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (clock_ms() >= until)
			return -ETIMEDOUT;
		(void)nanosleep(&pause, NULL); /* a shorter sleep does no harm */
		if (pause.tv_nsec < 10000000)
			pause.tv_nsec *= 2;
	}
	return 0;
}

/* Opens and locks once; -EAGAIN: the directory or the file was removed meanwhile. */
static int lock_once(const char *path, struct registry *ret)
{
	cleanup_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int lock = -1;
	struct stat st;
	int r;

	if (dir < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	lock = openat(dir, LOCK, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	r = wait_lock(lock);
	if (r < 0)
		return r;
	if (fstat(lock, &st) < 0)
		return -errno;
	if (st.st_nlink == 0)
		return -EAGAIN;
	ret->dir = take_fd(&dir);
	ret->lock = take_fd(&lock);
	return 0;
}

int registry_lock(const char *base, uid_t uid, struct registry *ret)
{
	const int64_t until = clock_ms() + REGISTRY_LOCK_MS;
	int n, r;

	*ret = (struct registry)REGISTRY_NONE;
	n = snprintf(ret->path, sizeof ret->path, "%s/%u", base, uid);
	if (n < 0 || (size_t)n >= sizeof ret->path)
		return -ENAMETOOLONG;
	do {
		r = directories(base, ret->path);
		if (r == 0)
			r = lock_once(ret->path, ret);
	} while ((r == -EAGAIN || r == -ENOENT) && clock_ms() < until);
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

static DIR *entries(const struct registry *r)
{
	cleanup_close int fd = openat(r->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir != NULL)
		(void)take_fd(&fd); /* the directory's */
	return dir;
}

static const char *next_entry(DIR *dir)
{
	const struct dirent *e;

	do
		e = readdir(dir);
	while (e != NULL && e->d_name[0] == '.');
	return e != NULL ? e->d_name : NULL;
}

void registry_unlock(struct registry *r)
{
	DIR *dir = r->lock < 0 ? NULL : entries(r);

	if (dir != NULL && next_entry(dir) == NULL) {
		/* whoever waits for the lock sees that the file has no name any more */
		(void)unlinkat(r->dir, LOCK, 0); /* a directory that stays does no harm */
		(void)rmdir(r->path);		 /* fails if somebody makes an entry just now */
	}
	if (dir != NULL)
		(void)closedir(dir); /* only read */
	if (r->lock >= 0)
		(void)flock(r->lock, LOCK_UN); /* a child may still hold a copy */
	close_fd(&r->lock);
	close_fd(&r->dir);
}

static int address(const char *path, const char *id, struct sockaddr_un *ret)
{
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (id[0] == '\0' || id[0] == '.' || strchr(id, '/') != NULL)
		return -EINVAL;
	n = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/%s", path, id);
	return n < 0 || (size_t)n >= sizeof ret->sun_path ? -ENAMETOOLONG : 0;
}

static int connect_as(int type, const char *path, const char *id)
{
	struct sockaddr_un to;
	cleanup_close int fd = -1;
	int r = address(path, id, &to);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
		return -errno;
	return take_fd(&fd);
}

int registry_connect(const char *path, const char *id)
{
	return connect_as(SOCK_SEQPACKET, path, id);
}

/*
 * The kernel looks for the socket of the file before it compares the types: EPROTOTYPE means that the
 * socket is there, and its owner is not woken up. See unix(7).
 */
static int alive_errno(const char *path, const char *id)
{
	cleanup_close const int fd = connect_as(SOCK_STREAM, path, id);

	return fd == -EPROTOTYPE ? 0 : fd;
}

bool registry_alive(const char *path, const char *id)
{
	return alive_errno(path, id) == 0;
}

/* Removes the entry if nobody has its socket; true: it was removed. */
static bool sweep(const struct registry *r, const char *id)
{
	return alive_errno(r->path, id) == -ECONNREFUSED && unlinkat(r->dir, id, 0) == 0;
}

static void sweep_all(const struct registry *r)
{
	DIR *dir = entries(r);
	const char *id;

	if (dir == NULL)
		return; /* the next one sweeps */
	for (unsigned n = 0; n < SWEEP_MAX && (id = next_entry(dir)) != NULL; n++)
		(void)sweep(r, id);
	(void)closedir(dir); /* only read */
}

/* Binds so that nobody else could connect before the socket has its owner. */
static int bind_closed(int fd, const struct sockaddr_un *at)
{
	const mode_t mask = umask(0777);
	const int r = bind(fd, (const struct sockaddr *)at, sizeof *at) < 0 ? -errno : 0;

	(void)umask(mask); /* cannot fail */
	return r;
}

int registry_enter(const struct registry *r, const char *id, uid_t uid)
{
	struct sockaddr_un at;
	cleanup_close int fd = -1;
	int e = address(r->path, id, &at);

	if (e < 0)
		return e;
	sweep_all(r);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	e = bind_closed(fd, &at);
	if (e == -EADDRINUSE && sweep(r, id)) /* there were too many entries to look at */
		e = bind_closed(fd, &at);
	if (e < 0)
		return e == -EADDRINUSE ? -EEXIST : e;
	if (fchownat(r->dir, id, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(r->dir, id, 0600, 0) < 0 || listen(fd, BACKLOG) < 0) {
		e = -errno;
		(void)unlinkat(r->dir, id, 0); /* if this fails, the entry is stale */
		return e;
	}
	return take_fd(&fd);
}

int registry_link(const struct registry *r, const char *id, const char *other)
{
	if (linkat(r->dir, id, r->dir, other, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (!sweep(r, other))
		return -EEXIST;
	return linkat(r->dir, id, r->dir, other, 0) < 0 ? -errno : 0;
}

int registry_leave(const struct registry *r, const char *id)
{
	return unlinkat(r->dir, id, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int registry_count(const struct registry *r)
{
	DIR *dir = entries(r);
	const char *id;
	int n = 0;

	if (dir == NULL)
		return -errno;
	while ((id = next_entry(dir)) != NULL)
		if (!sweep(r, id) && !registry_is_place(id))
			n++;
	(void)closedir(dir); /* only read */
	return n;
}

struct registry_full registry_full(uint64_t max, int count)
{
	const unsigned long long n = max;
	struct registry_full ret;

	(void)snprintf(ret.user, sizeof ret.user,
		       "no more than %llu session%s of this account at once", n,
		       n == 1 ? "" : "s"); /* fits */
	(void)snprintf(ret.why, sizeof ret.why, "MaxSessions=%llu: %d open already", n,
		       count); /* fits */
	return ret;
}

int registry_find(const struct registry *r, bool (*wanted)(pid_t keeper))
{
	DIR *dir = entries(r);
	const char *id;
	bool found = false;

	if (dir == NULL)
		return -errno;
	while (!found && (id = next_entry(dir)) != NULL) {
		cleanup_close const int fd = registry_connect(r->path, id);
		uid_t uid;
		pid_t pid;

		found = fd >= 0 && wire_peer(fd, &uid, &pid) == 0 && uid == geteuid() &&
			wanted(pid) && registry_alive(r->path, id);
	}
	(void)closedir(dir); /* only read */
	return found;
}

/* FNV-1a, also of the NUL at the end: the names only have to differ, and only root writes rules. */
static uint64_t hash(uint64_t h, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3;
	return h * 0x100000001b3;
}

void registry_place_name(const char *rule, const char *user, char ret[REGISTRY_NAME_MAX])
{
	const char *colon = strrchr(rule, ':');
	const size_t file = colon != NULL ? (size_t)(colon - rule) : strlen(rule);
	const uint64_t h = hash(hash(0xcbf29ce484222325, rule, file), user, strlen(user));

	(void)snprintf(ret, REGISTRY_NAME_MAX, PLACE "%016" PRIx64, h); /* fits */
}

void registry_place_id(const char *first, char ret[REGISTRY_NAME_MAX])
{
	(void)snprintf(ret, REGISTRY_NAME_MAX, "%c%.15s", PLACE_ID, first); /* fits */
}

bool registry_is_place(const char *name)
{
	return name[0] == PLACE_ID;
}

bool registry_is_place_id(const char *name)
{
	return name[0] == PLACE_ID && strncmp(name, PLACE, sizeof PLACE - 1) != 0;
}

int registry_place(const struct registry *r, const char *name)
{
	const int fd = registry_connect(r->path, name);

	if (fd != -ECONNREFUSED)
		return fd;
	return unlinkat(r->dir, name, 0) < 0 ? -errno : -ENOENT;
}
