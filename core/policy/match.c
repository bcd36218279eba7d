/* match.c - see match.h */
#include "match.h"

#include "match_host.h"
#include "types.h"

#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static const char *const key_names[MATCH_KEYS] = {
	[MATCH_USER] = "User",		     [MATCH_GROUP] = "Group",
	[MATCH_NETGROUP] = "Netgroup",	     [MATCH_SERVICE] = "Service",
	[MATCH_REMOTE_HOST] = "RemoteHost", [MATCH_TTY] = "TTY",
	[MATCH_TIME] = "Time",
};

int match_key(const char *name)
{
	for (int i = 0; i < MATCH_KEYS; i++)
		if (strcmp(key_names[i], name) == 0)
			return i;
	return -1;
}

const char *match_key_name(enum match_key key)
{
	return key_names[key];
}

static bool is_glob(const char *s)
{
	return strpbrk(s, "*?[") != NULL;
}

static int number(const char *text, uint64_t *ret)
{
	const char *end;

	return type_number(text, &end, ret) == 0 && *end == '\0' ? 0 : -EINVAL;
}

static int range(const char *text, uint64_t *ret_from, uint64_t *ret_to)
{
	const char *end;

	if (type_number(text, &end, ret_from) < 0 || *end != '-')
		return -EINVAL;
	return number(end + 1, ret_to);
}

/* ---- is it well formed ---- */

static int check_glob(const char *text, struct err *e)
{
	const char *open = strchr(text, '[');

	if (open != NULL && strchr(open + 1, ']') == NULL)
		return err_set(e, -EINVAL, "'%s' has a '[' without ']'; close it", text);
	return 0;
}

static int check_user(const char *text, struct err *e)
{
	uint64_t from, to;

	if (range(text, &from, &to) == 0) {
		if (from > to || to > UINT32_MAX - 1)
			return err_set(e, -EINVAL, "'%s' is no range of uids; write low-high", text);
		return 0;
	}
	if (number(text, &from) == 0 && from > UINT32_MAX - 1)
		return err_set(e, -EINVAL, "'%s' is no uid; they end at 4294967294", text);
	if (strpbrk(text, ":/,") != NULL)
		return err_set(e, -EINVAL, "'%s' can't be a user's name; separate names by blanks", text);
	return check_glob(text, e);
}

int match_check(enum match_key key, const char *text, struct err *e)
{
	if (*text == '\0')
		return err_set(e, -EINVAL, "an empty word; write a value");
	switch (key) {
	case MATCH_USER:
	case MATCH_GROUP:
		return check_user(text, e);
	case MATCH_REMOTE_HOST:
		return match_host_check(text, e);
	case MATCH_TIME:
		return match_time_check(text, e);
	case MATCH_SERVICE:
	case MATCH_TTY:
		return check_glob(text, e);
	case MATCH_NETGROUP:
	case MATCH_KEYS:
		break;
	}
	return 0;
}

/* ---- does it hold ---- */

static int holds_user(const char *text, const struct facts *f)
{
	uint64_t from, to;

	if (range(text, &from, &to) == 0)
		return f->login.uid >= from && f->login.uid <= to;
	if (number(text, &from) == 0)
		return f->login.uid == from;
	/* Two names may share a uid: a rule for the one is a rule for both. */
	return fnmatch(text, f->login.user, 0) == 0 || fnmatch(text, f->uid_name, 0) == 0;
}

static bool in_groups(gid_t gid, const struct facts *f)
{
	for (uint32_t i = 0; i < f->n_groups; i++)
		if (f->groups[i] == gid)
			return true;
	return gid == f->gid;
}

/* The directory answers "there is none" in several ways: getgrnam_r(3). */
static bool lookup_failed(int r)
{
	return r != 0 && r != ENOENT && r != ESRCH && r != EBADF && r != EPERM;
}

/* getgrnam_r(3) with a buffer that grows; 1, 0 for no such group, -errno. */
static int group_by(const char *name, gid_t gid, struct group *g, char **buf)
{
	size_t size = 4096;

	for (;; size *= 2) {
		struct group *found = NULL;
		char *more = size <= (1u << 24) ? realloc(*buf, size) : NULL;
		int r;

		if (more == NULL)
			return -ENOMEM;
		*buf = more;
		r = name != NULL ? getgrnam_r(name, g, *buf, size, &found) :
				   getgrgid_r(gid, g, *buf, size, &found);
		if (r == ERANGE)
			continue;
		if (found != NULL)
			return 1;
		return lookup_failed(r) ? -r : 0;
	}
}

static int holds_group(const char *text, const struct facts *f, struct err *e)
{
	struct group g;
	char *buf = NULL;
	uint64_t gid;
	int r = 0;

	if (number(text, &gid) == 0)
		return in_groups((gid_t)gid, f);
	if (!is_glob(text)) {
		r = group_by(text, 0, &g, &buf);
		if (r == 1)
			r = in_groups(g.gr_gid, f);
	} else {
		for (uint32_t i = 0; r == 0 && i < f->n_groups; i++) {
			r = group_by(NULL, f->groups[i], &g, &buf);
			if (r == 1)
				r = fnmatch(text, g.gr_name, 0) == 0;
		}
	}
	free(buf);
	if (r < 0)
		return err_set(e, r, "Group=: '%s' can't be looked up: %s; the directory service must answer",
			       text, strerror(-r));
	return r;
}

static int holds_word(const char *text, const char *value)
{
	return strcmp(text, "none") == 0 ? value[0] == '\0' :
					   value[0] != '\0' && fnmatch(text, value, 0) == 0;
}

static int holds_item(const struct match_item *item, const struct facts *f, struct err *e)
{
	switch (item->key) {
	case MATCH_USER:
		return holds_user(item->text, f);
	case MATCH_GROUP:
		return holds_group(item->text, f, e);
	case MATCH_NETGROUP: /* innetgr(3) can't tell a failure from a "no" */
		return innetgr(item->text, NULL, f->login.user, NULL) != 0;
	case MATCH_SERVICE:
		return fnmatch(item->text, f->login.service, 0) == 0;
	case MATCH_REMOTE_HOST:
		return match_host(item->text, f->login.rhost);
	case MATCH_TTY:
		return holds_word(item->text, f->login.tty);
	case MATCH_TIME:
		return match_time(item->text, f->now);
	case MATCH_KEYS:
		break;
	}
	return -EINVAL;
}

int match_holds(const struct match *m, const struct facts *facts, const char **ret_why,
		struct err *e)
{
	for (enum match_key key = 0; key < MATCH_KEYS; key++) {
		bool positive = false, hit = false, out = false;

		for (size_t i = 0; i < m->n; i++) {
			int r;

			if (m->items[i].key != key)
				continue;
			r = holds_item(&m->items[i], facts, e);
			if (r < 0)
				return r;
			if (m->items[i].negated)
				out = out || r;
			else
				positive = true;
			hit = hit || (r && !m->items[i].negated);
		}
		if (out || (positive && !hit)) {
			*ret_why = key_names[key];
			return 0;
		}
	}
	return 1;
}
