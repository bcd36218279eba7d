/* SPDX-License-Identifier: Apache-2.0 */
/* learn_need.c - see learn.h: what a session by some settings would lack of what was done */
#include "ctl/learn/learn.h"

#include "contract/devices.h"
#include "contract/words.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return (len == 1 && dir[0] == '/') ||
	       (strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

static bool below_any(const char *path, const char *const *dirs)
{
	for (; *dirs != NULL; dirs++)
		if (below(path, *dirs))
			return true;
	return false;
}

/* The length of the longest path of @l that @path is below; 0: none. Of a bind, the target counts. */
static size_t longest(const struct set_list *l, const char *path)
{
	size_t best = 0;

	for (size_t i = 0; i < l->n; i++) {
		char dir[PATH_MAX];
		const char *text = l->items[i].text, *const colon = strchr(text, ':');
		size_t len;

		if (colon != NULL && colon[1] == '/')
			text = colon + 1;
		len = strcspn(text, ":");
		(void)snprintf(dir, sizeof dir, "%.*s", (int)len, text); /* the type limits it */
		if (below(path, dir) && len > best)
			best = len;
	}
	return best;
}

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Places that every session has of its own, whatever the host has there. */
static bool is_own(const struct settings *s, const char *path)
{
	static const char *const tmp[] = { "/tmp", "/var/tmp", "/dev/shm", NULL };
	static const char *const dev[] = { "/dev/null",	  "/dev/zero",	  "/dev/full",
					   "/dev/random", "/dev/urandom", "/dev/tty",
					   "/dev/ptmx",	  "/dev/pts",	  "/dev/fd",
					   "/dev/stdin",  "/dev/stdout",  "/dev/stderr",
					   NULL };

	return (s->private_tmp.v && below_any(path, tmp)) || below_any(path, dev) ||
	       below(path, "/proc") || below(path, "/sys");
}

/* Does DeviceAllow= give the session @path, below /dev? Drivers are not looked up. */
static bool device_allowed(const struct settings *s, const char *path, bool writes)
{
	struct device_rule rule;

	for (size_t i = 0; i < s->device_allow.n; i++)
		if (device_rule_parse(s->device_allow.items[i].text, &rule) == 0 &&
		    rule.kind == DEVICE_PATH && (rule.writes || !writes) &&
		    strncmp(path, "/dev/", 5) == 0 &&
		    fnmatch(rule.name, path + 5, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

bool need_write(const struct settings *s, const struct facts *f, const char *path)
{
	const size_t opened =
		max(longest(&s->read_write_paths, path), longest(&s->bind_paths, path));
	const size_t closed =
		max(max(longest(&s->read_only_paths, path), longest(&s->inaccessible_paths, path)),
		    longest(&s->bind_read_only_paths, path));

	if (is_own(s, path) || longest(&s->temporary_file_system, path) > closed)
		return false;
	if (opened > 0 || closed > 0)
		return closed >= opened;
	if (below(path, f->home))
		return s->home.v == HOME_READ_ONLY || s->home.v == HOME_NONE;
	if (below(path, "/dev"))
		return s->private_devices.v && !device_allowed(s, path, true);
	if (below(path, "/run"))
		return true;
	return s->protect_system.v == PROTECT_SYSTEM_STRICT || below(path, "/usr") ||
	       below(path, "/etc");
}

bool need_read(const struct settings *s, const struct facts *f, const char *path)
{
	/* the files of the name service are there, see core/policy/compile/fs_emit.c */
	static const char *const names[] = { "/run/nscd",  "/run/systemd/userdb",  "/var/run/nscd",
					     "/run/nslcd", "/run/systemd/resolve", NULL };
	const size_t opened = max(
		max(longest(&s->read_write_paths, path), longest(&s->bind_paths, path)),
		max(longest(&s->read_only_paths, path), longest(&s->bind_read_only_paths, path)));
	const size_t closed = longest(&s->inaccessible_paths, path);

	if (is_own(s, path) || below_any(path, names))
		return false;
	if (opened > 0 || closed > 0)
		return closed >= opened;
	if (below(path, f->home))
		return s->home.v == HOME_NONE;
	if (below(path, "/dev"))
		return s->private_devices.v && strcmp(path, "/dev") != 0 &&
		       !device_allowed(s, path, false);
	if (below(path, "/run"))
		return s->private_run.v && strcmp(path, "/run") != 0;
	return (below(path, "/home") && strcmp(path, "/home") != 0) ||
	       (below(path, "/root") && strcmp(path, "/root") != 0);
}

bool need_exec(const struct settings *s, const struct facts *f, const char *path)
{
	const size_t opened = longest(&s->exec_paths, path),
		     closed = longest(&s->no_exec_paths, path);

	(void)f;
	return closed > 0 && closed >= opened;
}

/* ---- directories ---- */

/* "/a/b/c" -> "/a/b"; false: there is none that a rule should name. */
static bool parent(char *path)
{
	char *const slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/* Would the directory open much more than the session has asked for? */
static bool is_wide(const char *dir)
{
	static const char *const wide[] = { "/usr",	"/etc",	 "/dev",  "/run",	"/var",
					    "/var/lib", "/home", "/root", "/usr/local", NULL };

	for (size_t i = 0; wide[i] != NULL; i++)
		if (strcmp(dir, wide[i]) == 0)
			return true;
	return false;
}

/* Removes what lies below another one. */
static void outermost(const struct words *all, struct words *ret)
{
	for (size_t i = 0; i < all->n; i++) {
		bool inner = false;

		for (size_t k = 0; k < all->n && !inner; k++)
			inner = k != i && below(all->list[i], all->list[k]);
		if (!inner)
			words_add(ret, all->list[i]);
	}
}

/* Several directories of one parent become the parent, if it is not too wide. */
static void gather(const struct words *all, struct words *ret)
{
	enum { SIBLINGS_MAX = 3 };

	for (size_t i = 0; i < all->n; i++) {
		char dir[PATH_MAX];
		size_t siblings = 0;

		(void)snprintf(dir, sizeof dir, "%s", all->list[i]); /* fits */
		if (parent(dir) && !is_wide(dir))
			for (size_t k = 0; k < all->n; k++)
				siblings += below(all->list[k], dir);
		words_add(ret, siblings > SIBLINGS_MAX ? dir : all->list[i]);
	}
}

void need_dirs(const struct settings *s, const struct facts *f, const struct words *paths,
	       bool (*lacks)(const struct settings *s, const struct facts *f, const char *path),
	       struct words *ret)
{
	struct words dirs = { 0 }, some = { 0 }, wider = { 0 };

	for (size_t i = 0; i < paths->n; i++) {
		char dir[PATH_MAX];

		if (!lacks(s, f, paths->list[i]))
			continue;
		(void)snprintf(dir, sizeof dir, "%s", paths->list[i]); /* fits */
		/* a file of a wide directory is named by itself */
		if (!parent(dir) || (is_wide(dir) && strcmp(dir, f->home) != 0))
			words_add(&dirs, paths->list[i]);
		else
			words_add(&dirs, dir);
	}
	outermost(&dirs, &some);
	gather(&some, &wider);
	outermost(&wider, ret);
	words_free(&dirs);
	words_free(&some);
	words_free(&wider);
}
