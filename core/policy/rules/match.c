/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - check the keys of [Match], and compare them with the facts of a login */
#include "policy/rules/match.h"

#include "policy/account/lookup.h"
#include "policy/account/resolve.h"
#include "policy/rules/match_host.h"
#include "policy/settings/types.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char *const key_names[MATCH_KEYS] = {
	[MATCH_USER] = "User",
	[MATCH_GROUP] = "Group",
	[MATCH_NETGROUP] = "Netgroup",
	[MATCH_SERVICE] = "Service",
	[MATCH_REMOTE_HOST] = "RemoteHost",
	[MATCH_TTY] = "TTY",
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

/* ---- check values ---- */

/* A value that can never match is refused, because it would silently match nobody. */
static int check_marks(const char *text, const char *never, struct err *e)
{
	if (*text == '!' || *text == '~')
		return err_set(e, -EINVAL,
			       "'%s' begins with '%c'; write one '!' before a value to exclude it",
			       text, *text);
	if (strpbrk(text, never) != NULL)
		return err_set(e, -EINVAL, "'%s' contains '%c'; separate values with spaces", text,
			       *strpbrk(text, never));
	return 0;
}

/* A name, a number or, with @ranges, low-high; @what is "uid" or "gid". */
static int check_id(const char *text, bool ranges, const char *what, struct err *e)
{
	uint64_t from, to;

	if (range(text, &from, &to) == 0) {
		if (!ranges)
			return err_set(
				e, -EINVAL,
				"range '%s' is not supported for groups; write names, gids or globs",
				text);
		if (from > to || to > UINT32_MAX - 1)
			return err_set(e, -EINVAL,
				       "invalid uid range '%s'; write LOW-HIGH, up to 4294967294",
				       text);
		return 0;
	}
	if (isdigit((unsigned char)*text) && strspn(text, "0123456789") == strlen(text) &&
	    (number(text, &from) < 0 || from > UINT32_MAX - 1))
		return err_set(e, -EINVAL, "'%s' is not a valid %s; the highest is 4294967294",
			       text, what);
	if (strpbrk(text, ":/,") != NULL)
		return err_set(e, -EINVAL, "invalid name '%s'; separate names with spaces", text);
	return check_marks(text, "", e) < 0 ? -EINVAL : type_glob(text, e);
}

static int check_tty(const char *text, struct err *e)
{
	if (strncmp(text, "/dev/", 5) == 0)
		return err_set(e, -EINVAL, "'%s' begins with /dev/; write '%s'", text, text + 5);
	return check_marks(text, ",;", e) < 0 ? -EINVAL : type_glob(text, e);
}

static int check_netgroup(const char *text, struct err *e)
{
	if (strpbrk(text, "*?[") != NULL)
		return err_set(e, -EINVAL, "glob '%s' is not supported for netgroups; write names",
			       text);
	if (*text == '@' || *text == '+')
		return err_set(e, -EINVAL, "'%s' begins with '%c'; write only the name", text,
			       *text);
	return check_marks(text, ",;:/", e);
}

int match_check(enum match_key key, const char *text, struct err *e)
{
	if (*text == '\0')
		return err_set(e, -EINVAL, "value is empty; write one");
	switch (key) {
	case MATCH_USER:
		return check_id(text, true, "uid", e);
	case MATCH_GROUP:
		return check_id(text, false, "gid", e);
	case MATCH_REMOTE_HOST:
		return check_marks(text, ",;", e) < 0 ? -EINVAL : match_host_check(text, e);
	case MATCH_TIME:
		return match_time_check(text, e);
	case MATCH_TTY:
		return check_tty(text, e);
	case MATCH_SERVICE:
		return check_marks(text, "", e) < 0 || type_service(text, e) < 0 ?
			       -EINVAL :
			       type_glob(text, e);
	case MATCH_NETGROUP:
		return check_netgroup(text, e);
	case MATCH_KEYS:
		break;
	}
	return 0;
}

/* ---- compare with the login ---- */

/* Only "*", "?" and "[" make a name a glob; a backslash does not escape them. */
static bool is_named(const char *text, const char *name)
{
	return strcmp(text, name) == 0 || fnmatch(text, name, FNM_NOESCAPE) == 0;
}

static int holds_user(const char *text, const struct facts *f)
{
	uint64_t from, to;

	if (range(text, &from, &to) == 0)
		return f->login.uid >= from && f->login.uid <= to;
	if (number(text, &from) == 0)
		return f->login.uid == from;
	/* Several names may share a uid: a rule for one of these names applies to all. */
	for (uint32_t i = 0; i < f->n_names; i++)
		if (is_named(text, f->names[i]))
			return 1;
	return 0;
}

/* The index of @gid in the groups of the login, or the number of groups. */
static uint32_t group_at(gid_t gid, const struct facts *f)
{
	uint32_t from = 0, to = f->n_groups;

	while (from <
	       to) { /* binary search: there may be 65,536 groups, and as many entries to compare */
		const uint32_t at = from + (to - from) / 2;

		if (f->groups[at] < gid)
			from = at + 1;
		else
			to = at;
	}
	return from < f->n_groups && f->groups[from] == gid ? from : f->n_groups;
}

static bool in_groups(gid_t gid, const struct facts *f)
{
	return gid == f->gid || group_at(gid, f) < f->n_groups;
}

static int names_add(struct match_names *names, const char *name)
{
	char **more = names->groups;

	if (names->n % 64 == 0)
		more = reallocarray(names->groups, names->n + 64, sizeof *more);
	if (more == NULL)
		return -ENOMEM;
	names->groups = more;
	more[names->n] = strdup(name);
	return more[names->n] != NULL ? (int)((void)names->n++, 0) : -ENOMEM;
}

struct aliases {
	struct match_names *names;
	const struct facts *facts;
	bool *named; /* for each group: /etc/group has its name; NULL: not required */
};

static int add_alias(void *arg, const char *name, gid_t gid)
{
	struct aliases *a = arg;
	const uint32_t at = group_at(gid, a->facts);

	if (at < a->facts->n_groups && a->named != NULL)
		a->named[at] = true;
	return at < a->facts->n_groups || gid == a->facts->gid ? names_add(a->names, name) : 0;
}

static int add_group(struct match_names *names, gid_t gid, char **buf)
{
	struct group g;
	const int r = lookup_group(NULL, gid, &g, buf);

	return r == 1 ? names_add(names, g.gr_name) : r; /* a gid may have no name */
}

enum { GROUPS_MANY = 256 };

/*
 * Look up the names of all groups of the login once for all rules: a look-up for each name in each
 * rule would take longer than all the rest. With many groups, those in /etc/group are not looked up
 * one by one, because each look-up reads the whole file.
 */
static void names_look(struct match_names *names, const struct facts *f)
{
	const bool many = f->n_groups > GROUPS_MANY;
	struct aliases aliases = { names, f, many ? calloc(f->n_groups, sizeof(bool)) : NULL };
	char *buf = NULL;
	int r = many && aliases.named == NULL ? -ENOMEM : 0;

	names->looked = true;
	if (r == 0)
		r = lookup_group_file(add_alias, &aliases);
	if (r == 0)
		r = add_group(names, f->gid, &buf);
	for (uint32_t i = 0; r == 0 && i < f->n_groups; i++)
		if (aliases.named == NULL || !aliases.named[i])
			r = add_group(names, f->groups[i], &buf);
	free(aliases.named);
	free(buf);
	names->err = r;
}

void match_names_free(struct match_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->groups[i]);
	free(names->groups);
	*names = (struct match_names){ 0 };
}

static int holds_group(const char *text, struct facts *f, struct match_names *names, struct err *e)
{
	uint64_t gid;
	const int r = facts_know(f, FACTS_GROUPS, e);

	if (r < 0)
		return r;
	if (number(text, &gid) == 0) {
		if (in_groups((gid_t)gid, f))
			return 1;
	} else {
		if (!names->looked)
			names_look(names, f);
		for (size_t i = 0; i < names->n; i++)
			if (is_named(text, names->groups[i]))
				return 1;
	}
	/* A "no" is certain only if every group of the login could be looked up. */
	if (!names->probed && names->err == 0) {
		names->probed = true;
		names->err = lookup_group_service();
	}
	if (names->err == 0)
		return 0;
	return err_set(e, names->err,
		       "Group=: cannot look up '%s': %s; check the directory service with getent(1)",
		       text, lookup_text(names->err));
}

static int holds_netgroup(const char *text, const struct facts *f, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < f->n_names; i++)
		r = lookup_netgroup(text, f->names[i]);
	if (r >= 0)
		return r;
	return err_set(
		e, r,
		"Netgroup=: cannot look up '%s': %s; check the directory service with getent(1)",
		text, lookup_text(r));
}

static int holds_word(const char *text, const char *value)
{
	return strcmp(text, "none") == 0 ? value[0] == '\0' :
					   value[0] != '\0' && is_named(text, value);
}

static int holds_item(const struct match_item *item, struct facts *f, struct match_names *names,
		      struct err *e)
{
	switch (item->key) {
	case MATCH_USER:
		return holds_user(item->text, f);
	case MATCH_GROUP:
		return holds_group(item->text, f, names, e);
	case MATCH_NETGROUP:
		return holds_netgroup(item->text, f, e);
	case MATCH_SERVICE:
		return is_named(item->text, f->login.service);
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

/* Return: 1; 0; -errno: unknown. A matching exclusion wins; a key of exclusions matches all others. */
static int holds_key(const struct match *m, enum match_key key, struct facts *facts,
		     struct match_names *names, struct err *e)
{
	bool positive = false, hit = false, out = false;

	for (size_t i = 0; i < m->n; i++) {
		int r;

		if (m->items[i].key != key)
			continue;
		r = holds_item(&m->items[i], facts, names, e);
		if (r < 0)
			return r;
		if (m->items[i].negated)
			out = out || r;
		else
			positive = true;
		hit = hit || (r && !m->items[i].negated);
	}
	return !out && (!positive || hit);
}

int match_holds(const struct match *m, struct facts *facts, struct match_names *names,
		const char **ret_why, struct err *e)
{
	/* Keys that require a look-up come last: a look-up takes time and may fail. */
	static const enum match_key order[] = { MATCH_USER,    MATCH_SERVICE, MATCH_REMOTE_HOST,
						MATCH_TTY,     MATCH_TIME,    MATCH_GROUP,
						MATCH_NETGROUP };

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		const int r = holds_key(m, order[i], facts, names, e);

		if (r < 0)
			return r;
		if (r == 0) {
			*ret_why = key_names[order[i]];
			return 0;
		}
	}
	return 1;
}

int match_account(const struct match *m, struct facts *facts, struct match_names *names,
		  bool *ret_every, struct err *e)
{
	static const enum match_key keys[] = { MATCH_USER, MATCH_GROUP, MATCH_NETGROUP };
	size_t n = 0;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const int r = holds_key(m, keys[i], facts, names, e);

		if (r <= 0)
			return r;
		for (size_t k = 0; k < m->n; k++)
			n += m->items[k].key == keys[i];
	}
	*ret_every = n == m->n;
	return 1;
}

enum { MINUTE = 60, DAYS = 8 * 24 * 60 * MINUTE };

/* Do all keys but Time= hold? */
static int holds_but_time(const struct match *m, struct facts *facts, struct match_names *names,
			  struct err *e)
{
	bool has = false;

	for (size_t i = 0; i < m->n; i++)
		has = has || m->items[i].key == MATCH_TIME;
	for (enum match_key key = 0; has && key < MATCH_KEYS; key++) {
		const int r = key == MATCH_TIME ? 1 : holds_key(m, key, facts, names, e);

		if (r <= 0)
			return r;
	}
	return has;
}

int match_time_begin(const struct match *m, struct facts *facts, struct match_names *names,
		     time_t *ret_begin, struct err *e)
{
	const time_t now = facts->now;
	int r = holds_but_time(m, facts, names, e);

	*ret_begin = 0;
	if (r <= 0)
		return r;
	r = 0;
	for (time_t at = now - now % MINUTE + MINUTE; r == 0 && at < now + DAYS; at += MINUTE) {
		facts->now = at;
		r = holds_key(m, MATCH_TIME, facts, names, e);
		if (r > 0)
			*ret_begin = at;
	}
	for (size_t i = 0; r == 0 && i < m->n; i++) {
		const time_t at = m->items[i].key == MATCH_TIME && !m->items[i].negated ?
					  match_time_date(m->items[i].text) :
					  (time_t)-1;

		if (at <= now || (*ret_begin != 0 && at >= *ret_begin))
			continue;
		facts->now = at;
		r = holds_key(m, MATCH_TIME, facts, names, e);
		if (r > 0)
			*ret_begin = at;
		r = r > 0 ? 0 : r;
	}
	facts->now = now;
	return r < 0 ? r : 0;
}

int match_time_end(const struct match *m, struct facts *facts, time_t *ret_end)
{
	const time_t now = facts->now;
	struct match_names none = { 0 };
	struct err ignored = { 0 };
	bool has = false;
	int r = 1;

	*ret_end = 0;
	for (size_t i = 0; i < m->n; i++)
		has = has || m->items[i].key == MATCH_TIME;
	if (!has)
		return -ENOENT;
	for (time_t at = now - now % MINUTE + MINUTE; r > 0 && at < now + DAYS; at += MINUTE) {
		facts->now = *ret_end = at;
		r = holds_key(m, MATCH_TIME, facts, &none, &ignored);
	}
	facts->now = now;
	if (r > 0)
		*ret_end = 0;
	return r < 0 ? r : 0;
}

bool match_names_service(const struct match *m, const char *service)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].key == MATCH_SERVICE && !m->items[i].negated &&
		    strcmp(m->items[i].text, service) == 0)
			return true;
	return false;
}
