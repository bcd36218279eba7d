/* SPDX-License-Identifier: Apache-2.0 */
/* edit_file.c - see edit.h: the lock, the copy, and the rename that saves */
#include "ctl/edit/edit.h"

#include "base/cleanup.h"
#include "base/libc.h"
#include "policy/text/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 };

/* No rule has such a name. Anybody who can read the directory could lock the directory itself. */
#define LOCK ".edit.lock"

static const char skeleton[] =
	"# what this rule is for\n"
	"#\n"
	"# The first file of rules.d, by name, whose [Match] section matches decides. The directives\n"
	"# are in cordon.rules(5); 'cordon new' writes rules from profiles.\n"
	"\n"
	"[Match]\n"
	"User=\n"
	"\n"
	"[Session]\n"
	"#Profile=teaching\n";

static int fail(int code, const char *what, const char *why)
{
	sayf(stderr, "cordon: %s: %s\n", what, why);
	return code;
}

/* ---- the lock ---- */

/* The process that has locked the inode by flock(2), from /proc/locks; 0: not known. */
static pid_t locker(ino_t inode)
{
	cleanup_fclose FILE *f = fopen("/proc/locks", "re");
	char line[256];

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		unsigned long long found;
		int pid;

		if (strstr(line, " -> ") == NULL &&
		    sscanf(line, "%*u: FLOCK %*s WRITE %d %*x:%*x:%llu", &pid, &found) == 2 &&
		    found == inode)
			return (pid_t)pid;
	}
	return 0;
}

/* The account that began the login of a process, which sudo does not change. */
static const struct passwd *login_of(pid_t pid)
{
	char path[64];
	cleanup_fclose FILE *f = NULL;
	unsigned uid;

	(void)snprintf(path, sizeof path, "/proc/%d/loginuid", (int)pid); /* fits */
	f = fopen(path, "re");
	if (f == NULL || fscanf(f, "%u", &uid) != 1 || uid == UINT32_MAX)
		return NULL;
	return getpwuid((uid_t)uid);
}

/* Who it is by sudo's variable, where the kernel has no login uid. */
static void sudo_user(pid_t pid, char *ret, size_t size)
{
	char path[64], text[65536];
	cleanup_fclose FILE *f = NULL;
	size_t n;

	(void)snprintf(path, sizeof path, "/proc/%d/environ", (int)pid); /* fits */
	f = fopen(path, "re");
	n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
	text[n] = '\0';
	for (size_t at = 0; at < n; at += strlen(text + at) + 1)
		if (strncmp(text + at, "SUDO_USER=", 10) == 0)
			(void)snprintf(ret, size, "%s", text + at + 10); /* cut: for people */
}

static int say_locked(const struct stat *st)
{
	const pid_t pid = locker(st->st_ino);
	const struct passwd *const pw = pid > 0 ? login_of(pid) : NULL;
	char who[128] = "root", tty[PATH_MAX] = "", link[64];
	ssize_t n;

	if (pid == 0)
		return fail(EXIT_NO, "edit",
			    "another 'cordon edit' is editing the rules; try again later");
	if (pw != NULL && pw->pw_uid != 0)
		(void)snprintf(who, sizeof who, "%s", pw->pw_name); /* cut: for people */
	else
		sudo_user(pid, who, sizeof who);
	(void)snprintf(link, sizeof link, "/proc/%d/fd/0", (int)pid); /* fits */
	n = readlink(link, tty, sizeof tty - 1);
	tty[n > 0 ? n : 0] = '\0';
	sayf(stderr, "cordon: edit: %s is editing the rules (process %d%s%s); try again later\n",
	     who, (int)pid, tty[0] != '\0' ? " at " : "", tty);
	return EXIT_NO;
}

/* Locks once; -EAGAIN: who had the lock has removed the file meanwhile. */
static int lock_once(struct edit *e)
{
	cleanup_close int lock =
		openat(e->dir, LOCK, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (lock < 0 || fstat(lock, &st) < 0)
		return fail(EXIT_SYSTEM, e->paths.rules_etc, strerror(errno));
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? say_locked(&st) :
					      fail(EXIT_SYSTEM, e->paths.rules_etc, strerror(errno));
	if (fstat(lock, &st) < 0 || st.st_nlink == 0)
		return -EAGAIN;
	e->lock = take_fd(&lock);
	return EXIT_YES;
}

int edit_lock(struct edit *e)
{
	struct err err = { 0 };
	cleanup_close const int dir =
		trust_dir(e->paths.root, e->paths.rules_etc, e->paths.owner, &err);
	int r;

	if (dir < 0)
		return fail(EXIT_CONFIG, err.code != 0 ? err.file : e->paths.rules_etc,
			    err.code != 0 ? err.msg : "the directory does not exist; create it");
	e->dir = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->dir < 0)
		return fail(EXIT_SYSTEM, e->paths.rules_etc, strerror(errno));
	do
		r = lock_once(e);
	while (r == -EAGAIN);
	return r;
}

/* ---- the text ---- */

static int read_in(struct edit *e, int dir, const char *where, bool *ret_masked)
{
	struct err err = { 0 };
	char text[1024];
	const int r = trust_read_stat(dir, where, e->name, e->paths.owner, ret_masked, &e->was,
				      &e->was_size, &e->st, &err);

	if (r < 0 && err.code != 0) {
		sayf(stderr, "cordon: %s\n", err_text(&err, text, sizeof text));
		return EXIT_CONFIG;
	}
	return r == -ENOENT ? -ENOENT : r < 0 ? EXIT_SYSTEM : EXIT_YES;
}

int edit_read(struct edit *e)
{
	struct err err = { 0 };
	cleanup_close int vendor = -1;
	bool masked = false;
	int r;

	free(e->was);
	e->was = NULL;
	e->fresh = false;
	r = read_in(e, e->dir, e->path, &masked);
	if (masked)
		return fail(EXIT_NO, e->path,
			    "the rule is masked; remove the link to /dev/null first");
	if (r != -ENOENT)
		return r;
	e->st = (struct stat){ .st_mode = S_IFREG | 0644, .st_uid = e->paths.owner };
	e->st.st_gid = e->paths.owner == 0 ? 0 : getegid();
	vendor = trust_dir(e->paths.root, e->paths.rules_vendor, e->paths.owner, &err);
	if (vendor >= 0) {
		struct stat kept = e->st;

		r = read_in(e, vendor, e->paths.rules_vendor, &masked);
		kept.st_ino = 0; /* there is no file to compare with */
		e->st = kept;
		if (r != -ENOENT)
			return masked ? fail(EXIT_NO, e->path, "the rule of the package is masked") :
					r;
	}
	e->fresh = true;
	e->was = strdup(skeleton);
	e->was_size = sizeof skeleton - 1;
	return e->was != NULL ? EXIT_YES : EXIT_SYSTEM;
}

/* ---- the copy ---- */

static void copy_path(const struct edit *e, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s/%s", e->temp, e->name); /* fits */
}

static bool put(int fd, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		const ssize_t n = write(fd, text + at, size - at);

		if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? (size_t)n : 0;
	}
	return true;
}

int edit_copy(struct edit *e)
{
	char path[512];
	cleanup_close int fd = -1;

	(void)snprintf(e->temp, sizeof e->temp, "%s/cordon-edit.XXXXXX",
		       geteuid() == 0 ? "/run" : "/tmp"); /* fits */
	if (mkdtemp(e->temp) == NULL) {
		const int err = errno;

		(void)fail(0, e->temp, strerror(err));
		e->temp[0] = '\0';
		return EXIT_SYSTEM;
	}
	copy_path(e, path, sizeof path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || !put(fd, e->was, e->was_size))
		return fail(EXIT_SYSTEM, path, strerror(errno));
	return EXIT_YES;
}

int edit_take(struct edit *e)
{
	char path[512];
	cleanup_fclose FILE *f = NULL;
	size_t n;

	copy_path(e, path, sizeof path);
	f = fopen(path, "re");
	if (f == NULL)
		return fail(EXIT_SYSTEM, path, strerror(errno));
	free(e->text);
	e->text = malloc(TEXT_MAX + 1);
	if (e->text == NULL)
		return EXIT_SYSTEM;
	n = fread(e->text, 1, TEXT_MAX, f);
	if (ferror(f) || n == TEXT_MAX)
		return fail(EXIT_SYSTEM, path,
			    ferror(f) ? "cannot be read" : "is too long for a rule");
	e->text[n] = '\0';
	e->size = n;
	return EXIT_YES;
}

static void remove_all(const char *dir)
{
	const struct dirent *entry;
	DIR *list = opendir(dir);

	while (list != NULL && (entry = readdir(list)) != NULL)
		(void)unlinkat(dirfd(list), entry->d_name, 0); /* "." and ".." stay */
	if (list != NULL)
		(void)closedir(list); /* read-only */
	(void)rmdir(dir);	      /* an editor that has made directories keeps them */
}

void edit_remove(struct edit *e)
{
	if (e->temp[0] != '\0')
		remove_all(e->temp);
	e->temp[0] = '\0';
	free(e->was);
	free(e->text);
	e->was = e->text = NULL;
	if (e->lock >= 0)
		(void)unlinkat(e->dir, LOCK, 0); /* what is left behind is no obstacle */
	close_fd(&e->lock);
	close_fd(&e->dir);
}

/* ---- the rename ---- */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Is the rule still the one that was read? */
static bool is_same(const struct edit *e)
{
	struct stat st;

	if (fstatat(e->dir, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && e->st.st_ino == 0;
	return e->st.st_ino != 0 && same_file(&st, &e->st);
}

static int write_temp(const struct edit *e, const char *temp)
{
	cleanup_close const int fd =
		openat(e->dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	if (!put(fd, e->text, e->size) || fchown(fd, e->st.st_uid, e->st.st_gid) < 0 ||
	    fchmod(fd, e->st.st_mode & 07777) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int edit_save(struct edit *e)
{
	char temp[EDIT_NAME_MAX + 64];
	int r;

	if (!is_same(e)) {
		r = edit_read(e);
		return r == EXIT_YES ? -ESTALE : -EIO;
	}
	(void)snprintf(temp, sizeof temp, ".%s.%ld", e->name,
		       (long)getpid()); /* fits; no rule has such a name */
	r = write_temp(e, temp);
	/* a rule that somebody has made meanwhile is not replaced */
	if (r == 0 &&
	    renameat2(e->dir, temp, e->dir, e->name, e->st.st_ino == 0 ? RENAME_NOREPLACE : 0) < 0)
		r = errno == EEXIST ? -ESTALE : -errno;
	if (r < 0)
		(void)unlinkat(e->dir, temp, 0); /* failing anyway */
	else
		(void)fsync(e->dir); /* if this fails, a power failure may bring back the old rule */
	return r;
}
