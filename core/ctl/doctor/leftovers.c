/* SPDX-License-Identifier: Apache-2.0 */
/* leftovers.c - entries of killed keepers, control groups without a session, half-installed files */
#include "ctl/doctor/doctor.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "contract/registry.h"
#include "policy/account/stack.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the registry ---- */

static void entries_of(struct doctor *d, const char *uid)
{
	char path[sizeof((struct registry){ 0 }.path)], file[sizeof path + 256];
	const struct dirent *e;
	DIR *dir;

	if (strlen(uid) > 10)
		return;
	(void)snprintf(path, sizeof path, REGISTRY_DIR "/%.10s", uid); /* fits */
	dir = opendir(path);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' || registry_alive(path, e->d_name))
			continue;
		(void)snprintf(file, sizeof file, "%s/%s", path, e->d_name); /* fits */
		if (access(file, F_OK) == 0) /* it has not ended meanwhile */
			doctor_find(d, LEVEL_ADVICE, file, 0, "run 'cordon list', which removes it",
				    "the keeper of this session was killed, and its entry is left");
	}
	if (dir != NULL)
		(void)closedir(dir); /* only read */
}

static void registry(struct doctor *d)
{
	DIR *dir = opendir(REGISTRY_DIR);
	const struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			entries_of(d, e->d_name);
	if (dir != NULL)
		(void)closedir(dir); /* only read */
}

/* ---- control groups ---- */

/* A session locks its group. The lock that this takes ends at once. */
static void group(struct doctor *d, int account, const char *uid, const char *name)
{
	cleanup_close const int fd =
		openat(account, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	uint64_t populated = 1;

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0 ||
	    cgroup_count(fd, "cgroup.events", "populated", &populated) < 0)
		return;
	if (populated != 0)
		doctor_find(d, LEVEL_ADVICE, NULL, 0,
			    "end the processes that its cgroup.procs names",
			    "the control group " CGROUP_TOP
			    "/%.10s/%.40s has processes and no session",
			    uid, name);
	else
		doctor_find(d, LEVEL_ADVICE, NULL, 0,
			    "wait for the next login of the account, which removes it",
			    "the control group " CGROUP_TOP "/%.10s/%.40s has no session", uid,
			    name);
}

static DIR *list_at(int at, const char *name, int *ret_fd)
{
	const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*ret_fd = fd;
	return fd < 0 ? NULL : fdopendir(fd);
}

static void groups_of(struct doctor *d, int top, const char *uid)
{
	int fd;
	DIR *dir = list_at(top, uid, &fd);
	const struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			group(d, fd, uid, e->d_name);
	if (dir != NULL)
		(void)closedir(dir); /* only read */
}

static void groups(struct doctor *d)
{
	cleanup_close const int root = cgroup_root();
	int fd;
	DIR *dir = root < 0 ? NULL : list_at(root, CGROUP_TOP, &fd);
	const struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			groups_of(d, fd, e->d_name);
	if (dir != NULL)
		(void)closedir(dir); /* only read */
}

/* ---- files ---- */

/* Files that an installation, or a package, did not finish with. */
static const struct {
	const char *ending, *problem, *remedy;
} unfinished[] = {
	{ ".cordon-new", "an interrupted installation or cordon-pam has left this file",
	  "remove it" },
	{ ".dpkg-new", "dpkg was interrupted while it replaced a file of PAM",
	  "run 'dpkg --configure -a'" },
	{ ".dpkg-dist", "a package has a newer version of this file of PAM, which is not in use",
	  "merge it by hand, keep the lines of pam_cordon, and remove it" },
	{ ".ucf-dist", "a package has a newer version of this file of PAM, which is not in use",
	  "merge it by hand, keep the lines of pam_cordon, and remove it" },
	{ ".rpmnew", "a package has a newer version of this file of PAM, which is not in use",
	  "merge it by hand, keep the lines of pam_cordon, and remove it" },
};

static void left_file(struct doctor *d, const char *dir, const char *name)
{
	const size_t len = strlen(name);
	char file[512];

	for (size_t i = 0; i < sizeof unfinished / sizeof unfinished[0]; i++) {
		const size_t n = strlen(unfinished[i].ending);

		if (len <= n || strcmp(name + len - n, unfinished[i].ending) != 0)
			continue;
		(void)snprintf(file, sizeof file, "%s/%s", dir, name); /* fits */
		doctor_find(d, LEVEL_ADVICE, file, 0, unfinished[i].remedy, "%s",
			    unfinished[i].problem);
	}
}

static void files(struct doctor *d)
{
	static const char *const dirs[] = { "/etc/pam.d", CORDON_LIBEXECDIR, CORDON_BINDIR };

	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		struct dirent **list;
		const int n = scandir(dirs[i], &list, NULL, alphasort);

		for (int k = 0; k < n; k++) {
			if (i == 0 || strstr(list[k]->d_name, ".cordon-new") != NULL)
				left_file(d, dirs[i], list[k]->d_name);
			free(list[k]);
		}
		if (n >= 0)
			free(list);
	}
}

void doctor_leftovers(struct doctor *d)
{
	registry(d);
	groups(d);
	files(d);
}
