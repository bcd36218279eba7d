/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - attempts at files, devices and mounts */
#include "probe/probe.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static char scratch[64];

int64_t probe_scratch(void)
{
	static const char *const places[] = { "/tmp", "/dev/shm", "/var/tmp", "." };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		(void)snprintf(scratch, sizeof scratch, "%s/.cordon-selftest-%d", places[i],
			       (int)getpid()); /* fits */
		if (mkdir(scratch, 0700) == 0 && chdir(scratch) == 0)
			return 0;
	}
	return PROBE_CANNOT - errno;
}

void probe_scratch_end(void)
{
	(void)unlink("f");
	if (chdir("..") == 0)
		(void)rmdir(strrchr(scratch, '/') + 1);
}

int64_t try_device(const char *const args[PROBE_ARGS_MAX])
{
	struct stat st;

	return stat(args[0], &st) < 0 ? -errno : (int64_t)st.st_dev;
}

int64_t try_look(const char *const args[PROBE_ARGS_MAX])
{
	struct stat st;

	return lstat(args[0], &st) < 0 ? -errno : 1;
}

static int64_t has_entries(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	int64_t n = 0;

	if (d == NULL)
		return -errno;
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	(void)closedir(d);
	return n > 0 ? 1 : -ENOENT;
}

int64_t try_read(const char *const args[PROBE_ARGS_MAX])
{
	const int fd = open(args[0], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;
	char c;

	if (fd < 0)
		return -errno;
	n = read(fd, &c, 1);
	if (n < 0 && errno == EISDIR)
		return has_entries(args[0]);
	if (n < 0)
		return -errno;
	return n > 0 ? 1 : -ENOENT;
}

/* A read-only mount answers EROFS before the mode of the file is looked at. */
int64_t try_write(const char *const args[PROBE_ARGS_MAX])
{
	char path[8192];
	struct stat st;
	int fd;

	if (stat(args[0], &st) < 0)
		return PROBE_CANNOT - errno;
	if (removexattr(args[0], "user.cordon-selftest") < 0 && errno == EROFS)
		return -EROFS;
	if (!S_ISDIR(st.st_mode)) {
		fd = open(args[0], O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		return fd < 0 ? -errno : 1;
	}
	(void)snprintf(path, sizeof path, "%s/.cordon-selftest-%d", args[0], (int)getpid());
	if (mkdir(path, 0700) < 0)
		return -errno;
	(void)rmdir(path);
	return 1;
}

static int64_t status_of(pid_t pid)
{
	int status = 0;

	if (pid < 0)
		return PROBE_CANNOT - errno;
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : -WEXITSTATUS(status);
}

int64_t try_noexec(const char *const args[PROBE_ARGS_MAX])
{
	static const char text[] = "#!/bin/sh\nexit 0\n";
	struct statvfs fs;
	char path[8192];
	int64_t got;
	pid_t pid;
	int fd;

	(void)snprintf(path, sizeof path, "%s/.cordon-selftest-%d", args[0], (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0) /* nothing can be made there: is the mount without execution? */
		return statvfs(args[0], &fs) < 0    ? -errno :
		       (fs.f_flag & ST_NOEXEC) != 0 ? -EACCES :
						      1;
	(void)!write(fd, text, sizeof text - 1);
	(void)close(fd);
	pid = fork();
	if (pid == 0) {
		(void)execl(path, path, (char *)NULL);
		_exit(errno);
	}
	got = status_of(pid);
	(void)unlink(path);
	return got;
}

/* The second number of "Uid:": the effective one. */
static int64_t effective_of(pid_t pid)
{
	char path[64], text[256];
	int64_t uid = -1;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid); /* fits */
	f = fopen(path, "re");
	while (f != NULL && fgets(text, sizeof text, f) != NULL)
		(void)sscanf(text, "Uid: %*d %" SCNd64, &uid);
	if (f != NULL)
		(void)fclose(f);
	return uid;
}

/* The program waits for input that does not come, and is killed. */
int64_t try_setid(const char *const args[PROBE_ARGS_MAX])
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	int pair[2], status = 0;
	int64_t got = -EPERM;
	struct stat st;
	pid_t pid;

	if (stat(args[0], &st) < 0 || !(st.st_mode & S_ISUID))
		return PROBE_CANNOT - ENOENT;
	if (pipe2(pair, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return PROBE_CANNOT - errno;
	if (pid == 0) {
		(void)setsid();
		(void)dup2(pair[0], 0);
		(void)dup2(open("/dev/null", O_WRONLY), 1);
		(void)dup2(1, 2);
		(void)execl(args[0], args[0], (char *)NULL);
		_exit(127);
	}
	for (unsigned i = 0; i < 40 && waitpid(pid, &status, WNOHANG) == 0; i++) {
		const int64_t uid = effective_of(pid);

		if (uid >= 0 && uid != (int64_t)getuid())
			got = 1;
		if (got > 0)
			break;
		(void)nanosleep(&moment, NULL);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return got;
}

int64_t try_mode(const char *const args[PROBE_ARGS_MAX])
{
	const mode_t mode = (mode_t)strtoul(args[0], NULL, 8);
	int64_t got = probe_scratch();
	struct stat st;
	int fd;

	if (got < 0)
		return got;
	fd = open("f", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		got = PROBE_CANNOT - errno;
	else if (fchmod(fd, mode) < 0)
		got = -errno;
	else
		got = fstat(fd, &st) == 0 && (st.st_mode & 07777) == mode ? 1 : -EPERM;
	probe_scratch_end();
	return got;
}

int64_t try_node(const char *const args[PROBE_ARGS_MAX])
{
	int64_t got = probe_scratch();

	(void)args;
	if (got < 0)
		return got;
	got = mknod("f", S_IFCHR | 0600, makedev(1, 3)) < 0 ? -errno : 1;
	probe_scratch_end();
	return got;
}

int64_t try_size(const char *const args[PROBE_ARGS_MAX])
{
	struct statvfs fs;

	return statvfs(args[0], &fs) < 0 ? -errno : (int64_t)(fs.f_blocks * fs.f_frsize);
}

/* How many entries of @path count? They are looked at by fstatat(2) with @flags. */
static int64_t count_entries(const char *path, int flags,
			     bool (*counts)(const char *name, const struct stat *st))
{
	DIR *d = opendir(path);
	const struct dirent *e;
	struct stat st;
	int64_t n = 0;

	if (d == NULL)
		return -errno;
	while ((e = readdir(d)) != NULL)
		n += fstatat(dirfd(d), e->d_name, &st, flags) == 0 && counts(e->d_name, &st);
	(void)closedir(d);
	return n;
}

static bool is_disk(const char *name, const struct stat *st)
{
	(void)name;
	return S_ISBLK(st->st_mode);
}

int64_t try_disks(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	return count_entries("/dev", AT_SYMLINK_NOFOLLOW, is_disk);
}

static bool is_stranger(const char *name, const struct stat *st)
{
	return isdigit((unsigned char)name[0]) && strcmp(name, "1") != 0 && st->st_uid != getuid();
}

int64_t try_strangers(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	return count_entries("/proc", 0, is_stranger);
}

static int64_t mount_here(void)
{
	if (mount("none", ".", "tmpfs", 0, "size=4k") < 0)
		return -errno;
	(void)umount2(".", MNT_DETACH);
	return 1;
}

int64_t try_mount(const char *const args[PROBE_ARGS_MAX])
{
	int64_t got = probe_scratch();

	(void)args;
	if (got < 0)
		return got;
	got = mount_here();
	probe_scratch_end();
	return got;
}

int64_t try_mount_own(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	return chdir("/tmp") < 0 ? PROBE_CANNOT - errno : mount_here();
}

int64_t try_group(const char *const args[PROBE_ARGS_MAX])
{
	char path[256], text[64] = "";
	FILE *f;

	(void)snprintf(path, sizeof path, "/sys/fs/cgroup/%s", args[0]); /* cut: not there */
	f = fopen(path, "re");
	if (f == NULL)
		return PROBE_CANNOT - errno;
	(void)!fgets(text, sizeof text, f);
	(void)fclose(f);
	return isdigit((unsigned char)text[0]) ? strtoll(text, NULL, 10) : INT64_MAX;
}
