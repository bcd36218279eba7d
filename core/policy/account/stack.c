/* SPDX-License-Identifier: Apache-2.0 */
/* stack.c - check the PAM stack of one service, of services that start programs, or of all */
#include "policy/account/stack_int.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A tree other than "/" may have no PAM, and is not checked then. */
static bool has_pam(const char *root)
{
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/etc/pam.d", root); /* cut: not found then */
	return root[0] == '\0' || access(path, F_OK) == 0 || errno != ENOENT;
}

/* As stack_check(). @ret_lines: the number of lines; @ret_there: the service has a file. */
static int check_step(const char *root, const char *service, enum stack_step step,
		      size_t *ret_lines, bool *ret_there, struct err *e)
{
	struct stack s = { .root = root, .step = step };
	int r;

	*e = (struct err){ 0 };
	r = stack_read(&s, service, e);
	if (r == 0)
		r = stack_walk(&s, service, e);
	*ret_lines = s.n;
	*ret_there = s.there;
	stack_free(&s);
	return r;
}

int stack_check(const char *root, const char *service, enum stack_step step, struct err *e)
{
	size_t lines;
	bool there;
	int r;

	if (!has_pam(root))
		return 0;
	r = check_step(root, service, step, &lines, &there, e);
	if (r == 0 && lines == 0) /* libpam refuses such a login; say why */
		r = err_set(e, -EPERM, "PAM service '%s' has no %s line; run 'cordon-pam enable'",
			    service, step == STACK_ACCOUNT ? "account" : "session");
	return r;
}

/* sudo(8) and doas(1) run the account step for their caller, and the session step for the target. */
static bool account_of_caller(const char *service)
{
	return strcmp(service, "sudo") == 0 || strcmp(service, "sudo-i") == 0 ||
	       strcmp(service, "doas") == 0;
}

int stack_closed(const char *root, const char *service, struct err *e)
{
	struct err account;
	size_t lines;
	bool there;
	int r;

	if (!has_pam(root))
		return 0;
	if (account_of_caller(service)) {
		r = check_step(root, service, STACK_SESSION, &lines, &there, e);
		return r == -ENOENT && !there ? 0 : r;
	}
	/* a step without lines fails, so nobody can use the service */
	r = check_step(root, service, STACK_ACCOUNT, &lines, &there, e);
	if (r == 0 || (r == -ENOENT && !there))
		return 0;
	account = *e;
	r = check_step(root, service, STACK_SESSION, &lines, &there, e);
	if (r < 0)
		*e = account;
	return r;
}

/* The names in Debian and in other distributions. */
static const char *const starters[] = { "systemd-user", "cron", "crond",     "atd", "vsftpd",
					"proftpd",	"ftpd", "pure-ftpd", "ftp" };

/* Is there a file of this name in the directories before @end? */
static bool has_file(const char *root, const char *service, size_t end)
{
	char path[4096];

	for (size_t i = 0; i < end; i++) {
		(void)snprintf(path, sizeof path, "%s%s/%s", root, stack_dirs[i],
			       service); /* cut: not found */
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

bool stack_there(const char *root, const char *service)
{
	return has_file(root, service, STACK_DIRS);
}

bool stack_names_us(const char *root, const char *service, enum stack_step step)
{
	struct stack s = { .root = root, .step = step };
	struct err ignored = { 0 };
	bool found = false;

	(void)stack_read(&s, service, &ignored); /* the lines before an error count */
	for (size_t i = 0; i < s.n; i++)
		found = found || s.lines[i].module == MODULE_OURS;
	stack_free(&s);
	return found;
}

int stack_follows(const char *root, const char *service, struct err *e)
{
	struct stack s = { .root = root, .step = STACK_SESSION };
	const struct stack_line *ours = NULL, *after = NULL;
	int r = 0;

	if (stack_read(&s, service, e) == 0)
		for (size_t i = 0; i < s.n; i++) {
			const struct stack_line *line = &s.lines[i];

			if (line->module == MODULE_OURS) {
				ours = line;
				after = NULL;
			} else if (ours != NULL && after == NULL && line->file == ours->file &&
				   line->module == MODULE_OTHER) {
				after = line;
			}
		}
	if (after != NULL) {
		r = 1;
		(void)err_at(
			e, s.files[after->file], after->line, -EPERM,
			"the line follows that of pam_cordon, so it runs in the session; move it before that line, or run 'cordon-pam enable'");
	}
	stack_free(&s);
	return r;
}

int stack_starters_closed(const char *root, struct err *e)
{
	if (!has_pam(root))
		return 0;
	for (size_t i = 0; i < sizeof starters / sizeof starters[0]; i++)
		if (has_file(root, starters[i], STACK_DIRS)) {
			const int r = stack_closed(root, starters[i], e);

			if (r < 0)
				return r;
		}
	*e = (struct err){ 0 };
	return 0;
}

/* ---- all services ---- */

/*
 * These services start nothing for an account: they change its record, ask for a password, run
 * programs of the system, or are tools that only root can use.
 */
static const char *const harmless[] = { "chage",
					"chfn",
					"chpasswd",
					"chsh",
					"gdm-launch-environment",
					"groupadd",
					"groupdel",
					"groupmems",
					"groupmod",
					"lightdm-greeter",
					"newusers",
					"passwd",
					"polkit-1",
					"runuser",
					"runuser-l",
					"sddm-greeter",
					"sssd-shadowutils",
					"useradd",
					"userdel",
					"usermod" };

/* Files that services include, and backup copies of packages and editors. */
static const char *const included[] = { "common-", "system-", "password-auth", "postlogin",
					"config-util" };
static const char *const copies[] = { ".dpkg-", ".ucf-", ".rpm",  ".pam-old", ".old",
				      ".orig",	".bak",	 ".save", "~" };

bool stack_is_copy(const char *name)
{
	bool is = false;

	for (size_t i = 0; !is && i < sizeof copies / sizeof copies[0]; i++)
		is = strstr(name, copies[i]) != NULL;
	return is;
}

static bool is_service(const char *name)
{
	bool is = name[0] != '.' && name[0] != '#' && strcmp(name, "other") != 0;

	for (size_t i = 0; is && i < sizeof harmless / sizeof harmless[0]; i++)
		is = strcmp(name, harmless[i]) != 0;
	for (size_t i = 0; is && i < sizeof included / sizeof included[0]; i++)
		is = strncmp(name, included[i], strlen(included[i])) != 0;
	return is && !stack_is_copy(name);
}

struct each {
	const char *root;
	void (*each)(void *arg, const char *service);
	void *arg;
	int services;
};

static void each_service(struct each *x, const char *service)
{
	x->services++;
	x->each(x->arg, service);
}

static int each_in(struct each *x, size_t dir, struct err *e)
{
	char path[4096];
	struct dirent **list;
	int n;

	(void)snprintf(path, sizeof path, "%s%s", x->root, stack_dirs[dir]); /* cut: not found then */
	n = scandir(path, &list, NULL, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : err_at(e, path, 0, -errno, "%s", strerror(errno));
	for (int i = 0; i < n; i++) {
		if (is_service(list[i]->d_name) && !has_file(x->root, list[i]->d_name, dir))
			each_service(x, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return 0;
}

int stack_each(const char *root, void (*each)(void *arg, const char *service), void *arg,
	       struct err *e)
{
	struct each x = { .root = root, .each = each, .arg = arg };
	int r = 0;

	if (!has_pam(root))
		return 0;
	for (size_t i = 0; r == 0 && i < STACK_DIRS; i++)
		r = each_in(&x, i, e);
	if (r == 0)
		each_service(&x, "other");
	return r < 0 ? r : x.services;
}

struct each_open {
	const char *root;
	void (*open)(void *arg, const char *service, const struct err *why);
	void *arg;
	int n;
};

static void if_open(void *arg, const char *service)
{
	struct each_open *x = arg;
	struct err why;

	if (stack_closed(x->root, service, &why) == 0)
		return;
	x->n++;
	x->open(x->arg, service, &why);
}

int stack_each_open(const char *root,
		    void (*open)(void *arg, const char *service, const struct err *why), void *arg,
		    int *ret_services, struct err *e)
{
	struct each_open x = { .root = root, .open = open, .arg = arg };
	const int r = stack_each(root, if_open, &x, e);

	*ret_services = r < 0 ? 0 : r;
	return r < 0 ? r : x.n;
}

/* ---- is cordon in use ---- */

bool stack_file_names_us(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free char *line = NULL;
	struct stat st;
	FILE *f;
	bool found;
	size_t size = 0;

	if (fd < 0)
		return errno != ENOENT;
	f = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
	if (f == NULL) {
		(void)close(fd); /* nothing was written */
		return true;
	}
	found = false;
	while (!found && getline(&line, &size, f) >= 0)
		found = line[strspn(line, " \t")] != '#' && strstr(line, "pam_cordon") != NULL;
	found = found || feof(f) == 0; /* it could not be read, or there is no memory */
	(void)fclose(f);	       /* as above */
	return found;
}

static bool directory_names_us(const char *dir)
{
	struct dirent **list;
	bool found = false;
	const int n = scandir(dir, &list, NULL, NULL);

	if (n < 0)
		return errno != ENOENT;
	for (int i = 0; i < n; i++) {
		char path[4096 + 1 + sizeof list[i]->d_name];

		(void)snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name); /* fits */
		if (!found && list[i]->d_name[0] != '.' && !stack_is_copy(list[i]->d_name))
			found = stack_file_names_us(path);
		free(list[i]);
	}
	free(list);
	return found;
}

bool stack_used(const char *root)
{
	bool used = false;

	for (size_t i = 0; !used && i < STACK_DIRS; i++) {
		char path[4096];

		(void)snprintf(path, sizeof path, "%s%s", root, stack_dirs[i]); /* cut: not found */
		used = directory_names_us(path);
	}
	return used;
}
