/* SPDX-License-Identifier: Apache-2.0 */
/* check_paths.c - warnings about the paths and services that rules name */
#include "ctl/check/check_warn.h"

#include "base/cleanup.h"
#include "contract/words.h"
#include "policy/account/stack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

__attribute__((format(printf, 5, 0))) static void
warning(struct diag *d, const char *file, unsigned line, int code, const char *fmt, va_list ap)
{
	char text[480];

	(void)vsnprintf(text, sizeof text, fmt, ap); /* a truncated warning still warns */
	(void)diag_add(d, file, line, code, CHECK_PREFIX "%s", text); /* @d knows */
}

void check_warn(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warning(d, file, line, CHECK_ODD, fmt, ap);
	va_end(ap);
}

void check_refuses(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warning(d, file, line, CHECK_REFUSES, fmt, ap);
	va_end(ap);
}

void check_fails(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
{
	char text[480];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap); /* a cut error is still one */
	va_end(ap);
	(void)diag_add(d, file, line, CHECK_REFUSES, "%s", text); /* @d knows */
}

int check_find(const char *root, const char *path, struct stat *ret_st, char *ret_real)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	cleanup_close const int top =
		open(root[0] != '\0' ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = -1;
	char link[64], real[PATH_MAX], real_root[PATH_MAX];
	ssize_t n = -1;

	if (top < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, top, path, &how, sizeof how);
	if (fd < 0 || fstat(fd, ret_st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (ret_real == NULL)
		return 1;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* fits */
	n = readlink(link, real, sizeof real - 1);
	if (n <= 0 || realpath(root[0] != '\0' ? root : "/", real_root) == NULL)
		return -EIO;
	real[n] = '\0';
	(void)snprintf(ret_real, PATH_MAX, "%s",
		       real + (strcmp(real_root, "/") == 0 ? 0 : strlen(real_root))); /* fits */
	return 1;
}

/* The facts needed to judge the paths of a rule. */
struct view {
	const struct policy_paths *paths;
	const struct settings *s;
	char root[PATH_MAX]; /* RootDirectory=, below the root of the rules */
	const char *name;    /* the directive */
	bool needed;	     /* a "-" before the path would not help */
	/* home that belongs to the session alone; NULL: the home is the host's, or not known */
	const char *home;
	struct diag *d;
};

static bool below(const char *path, const char *dir, size_t len)
{
	while (len > 1 && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0' || (len == 1 && *dir == '/'));
}

/* Is @path below a target of @l, whose items are "source[:target...]" or "path[:options]"? */
static bool below_one(const struct set_list *l, bool binds, const char *path)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *text = l->items[i].text;
		const char *colon = strchr(text, ':');

		if (binds && colon != NULL)
			text = colon + 1;
		if (below(path, text, strcspn(text, ":")))
			return true;
	}
	return false;
}

static bool in_own_home(const struct view *v, const char *path)
{
	return v->home != NULL && below(path, v->home, strlen(v->home));
}

/* Does the session have its own files at @path, so that the host's files do not matter? */
static bool is_own(const struct view *v, const char *path)
{
	const struct settings *s = v->s;

	return in_own_home(v, path) || below(path, "/proc", 5) || below(path, "/sys", 4) ||
	       (s->private_devices.v && below(path, "/dev", 4)) ||
	       (s->private_run.v && (below(path, "/run", 4) || below(path, "/var/run", 8))) ||
	       (s->private_tmp.v && (below(path, "/tmp", 4) || below(path, "/var/tmp", 8) ||
				     below(path, "/dev/shm", 8))) ||
	       below_one(&s->bind_paths, true, path) ||
	       below_one(&s->bind_read_only_paths, true, path) ||
	       below_one(&s->temporary_file_system, false, path);
}

/* Warns that @path does not exist, and says what to write. */
static void missing(const struct view *v, const struct set_item *item, const char *path)
{
	void (*const say)(struct diag *, const char *, unsigned, const char *, ...) =
		item->optional ? check_warn : check_refuses;
	const char *file = item->from.file;
	const unsigned line = item->from.line;

	if (strchr(path, ',') != NULL)
		say(v->d, file, line,
		    "%s=: '%s' does not exist; separate paths by blanks, not commas", v->name, path);
	else if (strpbrk(path, "*?[") != NULL)
		say(v->d, file, line,
		    "%s=: '%s' does not exist, and wildcards have no effect here; write the directory, or each path",
		    v->name, path);
	else if (strstr(path, ":/") != NULL)
		say(v->d, file, line,
		    "%s=: '%s' does not exist; separate paths by blanks, not colons", v->name, path);
	else if (!item->optional && v->needed)
		say(v->d, file, line, "%s=: '%s' does not exist, so logins are refused; create it",
		    v->name, path);
	else if (!item->optional)
		say(v->d, file, line,
		    "%s=: '%s' does not exist, so logins are refused; create it, or write -%s",
		    v->name, path, path);
}

static void look(const struct view *v, const char *root, const struct set_item *item,
		 const char *path, bool directory)
{
	struct stat st;
	int r;

	if (item->from.file == NULL ||
	    strchr(path, '%') != NULL) /* a default, or a path that differs for each user */
		return;
	r = check_find(root, path, &st, NULL);
	if (r == 0)
		missing(v, item, path);
	else if (r == 1 && directory && !S_ISDIR(st.st_mode))
		check_refuses(v->d, item->from.file, item->from.line,
			      "%s=: '%s' is not a directory, so logins are refused; name a directory",
			      v->name, path);
}

static void look_at_list(struct view *v, const char *name, const struct set_list *l)
{
	v->name = name;
	for (size_t i = 0; i < l->n; i++)
		if (!is_own(v, l->items[i].text))
			look(v, v->root, &l->items[i], l->items[i].text, false);
}

/* In a bind, device nodes are shown and cannot be opened. */
static void look_at_device(const struct view *v, const struct set_item *item, const char *source)
{
	static const char *const others[] = { "/dev/shm", "/dev/mqueue", "/dev/hugepages",
					      "/dev/log" };
	struct stat st;

	if (item->from.file == NULL || !below(source, "/dev", 4) || source[4] == '\0' ||
	    strchr(source, '%') != NULL || check_find(v->paths->root, source, &st, NULL) != 1)
		return;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (below(source, others[i], strlen(others[i])))
			return;
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		check_warn(v->d, item->from.file, item->from.line,
			   "%s=: the device '%s' cannot be opened there; write DeviceAllow=%s",
			   v->name, source, source);
	else if (S_ISDIR(st.st_mode))
		check_warn(v->d, item->from.file, item->from.line,
			   "%s=: the devices in '%s' cannot be opened there; write DeviceAllow=%s/*",
			   v->name, source, source);
}

static void look_at_binds(struct view *v, const char *name, const struct set_list *l)
{
	v->name = name;
	for (size_t i = 0; i < l->n; i++) {
		const struct set_item *item = &l->items[i];
		const size_t len = strcspn(item->text, ":");
		char source[PATH_MAX], target[PATH_MAX];
		struct set_list others = *l;

		(void)snprintf(source, sizeof source, "%.*s", (int)len,
			       item->text); /* fits, because the parser limits the length */
		look(v, v->paths->root, item, source, false);
		look_at_device(v, item, source);
		if (item->text[len] != ':')
			continue;
		(void)snprintf(target, sizeof target, "%.*s",
			       (int)strcspn(item->text + len + 1, ":"),
			       item->text + len + 1); /* fits */
		v->needed = true;
		others.n = i; /* only the items before, because an item does not lie below itself */
		if (!item->optional && strchr(target + 1, '/') != NULL && !in_own_home(v, target) &&
		    !below_one(&others, true, target) &&
		    !below_one(&v->s->temporary_file_system, false, target) &&
		    !below(target, "/run", 4) && !below(target, "/dev", 4) &&
		    !below(target, "/tmp", 4) && !below(target, "/var/tmp", 8))
			look(v, v->root, item, target, false);
		v->needed = false;
	}
}

static void look_at_tmpfs(struct view *v, const struct set_list *l)
{
	v->name = "TemporaryFileSystem";
	for (size_t i = 0; i < l->n; i++) {
		const struct settings *s = v->s;
		char target[PATH_MAX];
		bool own;

		(void)snprintf(target, sizeof target, "%.*s", (int)strcspn(l->items[i].text, ":"),
			       l->items[i].text); /* fits */
		own = in_own_home(v, target) || below_one(&s->bind_paths, true, target) ||
		      below(target, "/run", 4) || below(target, "/dev", 4) ||
		      below(target, "/tmp", 4) || below(target, "/var/tmp", 8);
		if (!own && strchr(target + 1, '/') != NULL)
			look(v, v->root, &l->items[i], target, true);
	}
}

static void look_at_directory(struct view *v, const char *name, const struct set_list *l,
			      const char *root)
{
	struct set_item item;

	v->name = name;
	if (l->n == 0)
		return;
	item = l->items[0];
	item.optional = item.text[0] == '-'; /* for a directory, the "-" is part of the text */
	item.text += item.optional;
	v->needed = strcmp(name, "RootDirectory") == 0;
	if (!is_own(v, item.text))
		look(v, root, &item, item.text, true);
	v->needed = false;
}

/* Accepts what a session can join: a network namespace, and no symlink such as /proc/PID/ns/net. */
static bool is_network(const char *path)
{
	cleanup_close const int place = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int fd = -1;
	struct statfs fs;

	if (place < 0 || fstatfs(place, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return false;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

/* The path is one of the host's, whatever the session has at /run. An image has none before it runs. */
static void look_at_network(const struct policy_paths *paths, const struct set_list *l,
			    struct diag *d)
{
	struct stat st;
	const char *path, *slash;
	int there;

	if (l->n == 0 || paths->root[0] != '\0')
		return;
	path = l->items[0].text;
	slash = strrchr(path, '/');
	if (strchr(path, '%') != NULL)
		return;
	there = check_find("", path, &st, NULL);
	if (there != 0 && there != -EACCES && !is_network(path))
		check_refuses(
			d, l->items[0].from.file, l->items[0].from.line,
			"NetworkNamespacePath=: '%s' is not a network namespace, so logins are refused; create one with 'ip netns add %s'",
			path, slash != NULL ? slash + 1 : path);
	else if (there == 0)
		check_refuses(
			d, l->items[0].from.file, l->items[0].from.line,
			"NetworkNamespacePath=: '%s' does not exist, so logins are refused; create it with 'ip netns add %s'",
			path, slash != NULL ? slash + 1 : path);
}

/*
 * The mount that hides a file covers one inode. An editor of root writes a new file and renames it: the
 * new file is visible until the keeper has hidden it.
 */
static void look_at_files(const struct view *v)
{
	const struct set_list *const l = &v->s->inaccessible_paths;

	for (size_t i = 0; i < l->n; i++) {
		const struct set_item *const item = &l->items[i];
		struct stat st;

		if (item->from.file == NULL || strchr(item->text, '%') != NULL ||
		    is_own(v, item->text) || check_find(v->root, item->text, &st, NULL) != 1 ||
		    !S_ISREG(st.st_mode) || (st.st_mode & S_IROTH) == 0)
			continue;
		check_warn(
			v->d, item->from.file, item->from.line,
			"InaccessiblePaths=: when root edits '%s', an editor puts a new file in its place, which running sessions can read for a moment; name its directory, or remove the permission to read by 'chmod o-r'",
			item->text);
	}
}

/* A bind over a file comes off when an editor of root replaces the file: the session ends then. */
static void look_at_covered_files(const struct view *v, const char *name, const struct set_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct set_item *const item = &l->items[i];
		const char *const colon = strchr(item->text, ':');
		char target[PATH_MAX];
		struct stat st;

		if (colon == NULL || item->from.file == NULL || strchr(item->text, '%') != NULL)
			continue;
		(void)snprintf(target, sizeof target, "%.*s", (int)strcspn(colon + 1, ":"),
			       colon + 1); /* fits */
		if (in_own_home(v, target) || below(target, "/run", 4) || below(target, "/dev", 4) ||
		    (v->s->private_tmp.v &&
		     (below(target, "/tmp", 4) || below(target, "/var/tmp", 8))) ||
		    check_find(v->root, target, &st, NULL) != 1 || !S_ISREG(st.st_mode))
			continue;
		check_warn(
			v->d, item->from.file, item->from.line,
			"%s=: when root edits '%s', an editor puts a new file in its place, and all sessions by this rule end; bind a directory",
			name, target);
	}
}

/* ---- services ---- */

bool check_service(const char *root, const char *name)
{
	static const char *const dirs[] = { "/etc/pam.d", "/usr/lib/pam.d" };
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dirs[i],
			       name); /* a truncated path does not exist */
		if (check_find(root, path, &st, NULL) != 0)
			return true;
	}
	return false;
}

static bool lists(const struct set_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].text, name) == 0)
			return true;
	return false;
}

/* If a default refuses, the host is wrong, not the rule: warn about the PAM stack once for all rules. */
static void default_services(const struct policy_paths *paths, const struct set_list *l,
			     struct diag *d)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->items[i].text;
		struct err e = { 0 };

		/* a stack that does not use pam_cordon refuses nobody; another check reports that as an error */
		if (check_service(paths->root, name) && !check_host_lost(paths->root, name) &&
		    stack_check(paths->root, name, STACK_ACCOUNT, &e) == 0 &&
		    stack_check(paths->root, name, STACK_SESSION, &e) < 0)
			check_warn(d, e.file, e.line,
				   "logins of confined accounts by %s are refused: %s", name, e.msg);
	}
}

/* Checks the rule's own list and the default. The list of a profile is deliberate. */
static void services(const struct policy_paths *paths, const struct rule *rule,
		     const struct settings *s, struct diag *d)
{
	const struct set_list *l = &s->services;
	struct stat st;

	if (check_find(paths->root, "/etc/pam.d", &st, NULL) != 1)
		return;
	if (l->from.file == NULL) {
		default_services(paths, l, d);
		return;
	}
	if (strcmp(l->from.file, rule->file) != 0)
		return;
	if (!lists(l, "sshd") && check_service(paths->root, "sshd"))
		check_warn(
			d, rule->file, l->from.line,
			"Services=: sshd is not listed, so logins by ssh are refused; add sshd if users log in by ssh");
	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->items[i].text;
		struct err e = { 0 };
		char why[400];

		if (strcmp(name, FACTS_SERVICE_RUN) == 0)
			continue;
		if (!check_service(paths->root, name))
			check_warn(
				d, rule->file, l->items[i].from.line,
				"Services=: there is no PAM service '%s'; correct the name or remove it, unless cordon run --as uses it",
				name);
		else if (!check_host_lost(paths->root, name) &&
			 stack_check(paths->root, name, STACK_SESSION, &e) < 0)
			check_warn(d, rule->file, l->items[i].from.line,
				   "Services=: logins by %s are refused: %s", name,
				   err_text(&e, why, sizeof why));
	}
}

/* Warns about x86 in the rule itself; for a profile, `cordon explain` shows it. */
static void sockets_32_bit(const struct rule *rule, const struct settings *s, struct diag *d)
{
	const struct set_list *families = &s->restrict_address_families;

	if (families->n == 1 && strcmp(families->items[0].text, "any") == 0)
		return;
	for (size_t i = 0; i < s->system_call_architectures.n; i++) {
		const struct set_item *item = &s->system_call_architectures.items[i];

		if (strcmp(item->text, "x86") == 0 && item->from.file != NULL &&
		    strcmp(item->from.file, rule->file) == 0)
			check_warn(d, rule->file, item->from.line,
				   "SystemCallArchitectures=: most 32-bit programs cannot open a socket, because they use socketcall(2); "
				   "add RestrictAddressFamilies=any to allow it");
	}
}

void check_warn_paths(const struct policy_paths *paths, const struct settings *s, const char *home,
		      struct diag *d)
{
	const bool own = s->home.v != HOME_PERSISTENT && s->home.v != HOME_READ_ONLY;
	struct view v = { .paths = paths, .s = s, .d = d, .home = own ? home : NULL };

	if (s->action.v != ACTION_CONFINE)
		return;
	look_at_network(paths, &s->network_namespace_path, d);
	if (s->terminals_max.v > NAMED_TERMINALS && s->terminals_max.from.file != NULL)
		check_warn(
			d, s->terminals_max.from.file, s->terminals_max.from.line,
			"TerminalsMax=: a session has at most %u terminals; write a number up to %u",
			NAMED_TERMINALS, NAMED_TERMINALS);
	(void)snprintf(v.root, sizeof v.root, "%s", paths->root); /* fits */
	look_at_directory(&v, "RootDirectory", &s->root_directory, paths->root);
	if (s->root_directory.n > 0 && strchr(s->root_directory.items[0].text, '%') != NULL)
		return; /* the tree differs for each user */
	if (s->root_directory.n > 0)
		(void)snprintf(v.root, sizeof v.root, "%s%s", paths->root,
			       s->root_directory.items[0].text); /* fits */
	look_at_list(&v, "ReadWritePaths", &s->read_write_paths);
	look_at_list(&v, "FollowMounts", &s->follow_mounts);
	look_at_list(&v, "ReadOnlyPaths", &s->read_only_paths);
	look_at_list(&v, "InaccessiblePaths", &s->inaccessible_paths);
	look_at_files(&v);
	look_at_list(&v, "ExecPaths", &s->exec_paths);
	look_at_list(&v, "NoExecPaths", &s->no_exec_paths);
	look_at_binds(&v, "BindPaths", &s->bind_paths);
	look_at_binds(&v, "BindReadOnlyPaths", &s->bind_read_only_paths);
	look_at_covered_files(&v, "BindPaths", &s->bind_paths);
	look_at_covered_files(&v, "BindReadOnlyPaths", &s->bind_read_only_paths);
	look_at_tmpfs(&v, &s->temporary_file_system);
	look_at_directory(&v, "WorkingDirectory", &s->working_directory, v.root);
}

void check_warn_settings(const struct policy_paths *paths, const struct rule *rule, bool profile,
			 const struct settings *s, struct diag *d)
{
	check_warn_paths(paths, s, NULL, d);
	if (profile || s->action.v != ACTION_CONFINE)
		return;
	services(paths, rule, s, d);
	sockets_32_bit(rule, s, d);
}

void check_warn_names(const struct policy_paths *paths, const char *dir, struct diag *d)
{
	static const char *const backups[] = { "~",	     ".bak",	  ".orig",    ".swp",
					       ".save",	     ".rpmnew",	  ".rpmsave", ".dpkg-old",
					       ".dpkg-dist", ".dpkg-new", ".ucf-old", ".ucf-dist" };
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *list;

	/* a truncated path does not exist */
	(void)snprintf(path, sizeof path, "%s%s", paths->root, dir);
	list = opendir(path);
	while (list != NULL && (entry = readdir(list)) != NULL) {
		const char *name = entry->d_name;
		const size_t len = strlen(name);
		bool meant = name[0] != '.' && strncmp(name, "README", 6) != 0 &&
			     !(len > 5 && strcmp(name + len - 5, ".conf") == 0);
		char file[PATH_MAX + 300];

		for (size_t i = 0; i < sizeof backups / sizeof backups[0]; i++)
			meant = meant && !(len > strlen(backups[i]) &&
					   strcmp(name + len - strlen(backups[i]), backups[i]) == 0);
		(void)snprintf(file, sizeof file, "%s/%s", path, name); /* fits */
		if (meant)
			check_warn(d, file, 0, "this file is ignored; rename it to %.*s.conf",
				   (int)(strrchr(name, '.') != NULL ? strrchr(name, '.') - name :
								      (long)len),
				   name);
	}
	if (list != NULL)
		(void)closedir(list); /* read-only */
}
