/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - what is installed: is it there, and can only root have changed it */
#include "ctl/doctor/doctor.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the Makefile installs. */
static const struct {
	mode_t mode;
	const char *path;
} installed[] = {
#define INSTALLED(mode, path) { mode, path },
#include "installed.def"
#undef INSTALLED
};

/* Directories that only root may write, where they exist. */
static const char *const directories[] = {
	CORDON_SYSCONFDIR,
	CORDON_SYSCONFDIR "/rules.d",
	CORDON_SYSCONFDIR "/profiles",
	CORDON_VENDORDIR "/rules.d",
	CORDON_STATEDIR,
	"/run/cordon",
	"/run/cordon/sessions",
	"/run/cordon/filters",
	"/etc/pam.d",
};

#define REINSTALL "install cordon again"

static bool has(const char *path, const char *part)
{
	return strstr(path, part) != NULL;
}

/* Does a login or an administrator run or load it? Scripts of cron may be removed. */
static bool needed(mode_t mode, const char *path)
{
	return ((mode & S_IXUSR) != 0 && !has(path, "/cron.")) || has(path, "/pam_cordon.so");
}

/* Packages compress manuals. */
static int find(const char *path, struct stat *ret)
{
	char zipped[PATH_MAX];

	if (stat(path, ret) == 0)
		return 0;
	if (errno != ENOENT || !has(path, "/man"))
		return -errno;
	(void)snprintf(zipped, sizeof zipped, "%s.gz", path); /* cut: not found */
	return stat(zipped, ret) == 0 ? 0 : -ENOENT;
}

static void owned_by_root(struct doctor *d, const char *path, const struct stat *st)
{
	char remedy[300];

	(void)snprintf(remedy, sizeof remedy, "run 'chown root: %.200s'", path); /* cut: for people */
	if (st->st_uid != 0)
		doctor_find(d, LEVEL_DANGER, path, 0, remedy,
			    "is owned by uid %u, who can change it", (unsigned)st->st_uid);
	(void)snprintf(remedy, sizeof remedy, "run 'chmod go-w %.200s'", path); /* as above */
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		doctor_find(d, LEVEL_DANGER, path, 0, remedy,
			    "is writable by group or others (mode %04o)",
			    (unsigned)st->st_mode & 07777);
}

/* The directories above a file; who can write one of them can replace the file. */
static void above(struct doctor *d, const char *path)
{
	static char last[PATH_MAX];
	char real[PATH_MAX];
	struct stat st;

	if (realpath(path, real) == NULL)
		return;
	*strrchr(real, '/') = '\0';
	if (strcmp(real, last) == 0)
		return;
	(void)snprintf(last, sizeof last, "%s", real); /* fits */
	for (; real[0] != '\0'; *strrchr(real, '/') = '\0')
		if (stat(real, &st) == 0)
			owned_by_root(d, real, &st);
}

/* What is there to be read may have been left out on purpose, all of it: one finding. */
struct left_out {
	const char *first;
	unsigned n;
};

static void look_at(struct doctor *d, mode_t mode, const char *path, struct left_out *left_out)
{
	const enum level level = needed(mode, path) ? LEVEL_BROKEN : LEVEL_ADVICE;
	char remedy[300];
	struct stat st;
	const int r = find(path, &st);

	if (r < 0 && level == LEVEL_ADVICE && left_out->n++ == 0)
		left_out->first = path;
	if (r < 0 && level != LEVEL_ADVICE)
		doctor_find(d, level, path, 0, REINSTALL, "is missing: %s", strerror(-r));
	if (r < 0)
		return;
	(void)snprintf(remedy, sizeof remedy, "run 'chmod %04o %.200s'", (unsigned)mode,
		       path); /* cut: for people */
	if (!S_ISREG(st.st_mode))
		doctor_find(d, level, path, 0, REINSTALL, "is not a regular file");
	else if ((st.st_mode & (S_ISUID | S_ISGID)) != 0)
		doctor_find(d, LEVEL_DANGER, path, 0, remedy,
			    "is set-user-ID or set-group-ID, and cordon has no such program");
	else if ((mode & ~st.st_mode & 07777) != 0)
		doctor_find(d, level, path, 0, remedy, "has mode %04o in place of %04o",
			    (unsigned)st.st_mode & 07777, (unsigned)mode);
	owned_by_root(d, path, &st);
	above(d, path);
}

/* A timer that is installed and not enabled looks at nothing. */
static void timer(struct doctor *d)
{
	static const char *const wants[] = {
		"/etc/systemd/system/timers.target.wants/cordon-doctor.timer",
		"/usr/lib/systemd/system/timers.target.wants/cordon-doctor.timer"
	};
	struct stat st;

	if (stat("/run/systemd/system", &st) < 0 || lstat(wants[0], &st) == 0 ||
	    lstat(wants[1], &st) == 0)
		return;
	doctor_find(d, LEVEL_ADVICE, NULL, 0, "run 'systemctl enable --now cordon-doctor.timer'",
		    "cordon-doctor.timer is not enabled, so nobody looks for lost PAM lines");
}

void doctor_files(struct doctor *d)
{
	struct left_out left_out = { 0 };
	struct stat st;

	for (size_t i = 0; i < sizeof installed / sizeof installed[0]; i++)
		look_at(d, installed[i].mode, installed[i].path, &left_out);
	if (left_out.n > 0)
		doctor_find(d, LEVEL_ADVICE, left_out.first, 0, REINSTALL,
			    "is missing, and %u more of the manuals, profiles and completions",
			    left_out.n - 1);
	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
		if (stat(directories[i], &st) == 0) {
			owned_by_root(d, directories[i], &st);
			above(d, directories[i]);
		}
	timer(d);
}
