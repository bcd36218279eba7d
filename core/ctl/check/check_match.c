/* SPDX-License-Identifier: Apache-2.0 */
/* check_match.c - warnings about [Match]: names that do not exist, rules that are shadowed */
#include "ctl/check/check_warn.h"
#include "ctl/ctl.h"

#include "base/cleanup.h"
#include "policy/account/lookup.h"
#include "policy/rules/match_host.h"
#include "policy/settings/types.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool is_glob(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

static bool is_number(const char *text, uint64_t *ret)
{
	const char *end;

	return type_number(text, &end, ret) == 0 && *end == '\0';
}

static bool is_range(const char *text, uint64_t *ret_from, uint64_t *ret_to)
{
	const char *end;

	return type_number(text, &end, ret_from) == 0 && *end == '-' && is_number(end + 1, ret_to);
}

/* ---- EndWithTime= ---- */

static bool has_time(const struct match *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].key == MATCH_TIME)
			return true;
	return false;
}

void check_warn_window(const struct rule *rule, const struct settings *s, const struct rule *before,
		       size_t n, struct diag *d)
{
	const struct origin *from = &s->end_with_time.from;
	bool any = rule->n_matches > 0;

	for (size_t i = 0; i < rule->n_matches; i++)
		any = any && has_time(&rule->matches[i]);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < before[i].n_matches; k++)
			any = any || has_time(&before[i].matches[k]);
	if (s->end_with_time.v && !any)
		check_warn(
			d, from->file, from->line,
			"EndWithTime=: ends no session without Time=; add Time= to each [Match], or to a rule that sorts earlier");
}

/* ---- names that do not exist ---- */

static int look_up(bool user, const char *name, uint64_t id, uid_t *ret_id)
{
	struct passwd pw = { 0 };
	struct group gr = { 0 };
	cleanup_free char *buf = NULL;
	const int r = user ? lookup_user(name, (uid_t)id, &pw, &buf) :
			     lookup_group(name, (gid_t)id, &gr, &buf);

	*ret_id = user ? pw.pw_uid : gr.gr_gid;
	return r;
}

static void nobody_has(const char *file, const struct match_item *item, bool user, struct diag *d)
{
	const char *const what = user ? "user" : "group", *const key = user ? "User" : "Group";
	cleanup_free char *near = ctl_near(user, item->text);
	const char *equals = strchr(item->text, '=');
	char other[64] = "";
	uid_t ignored;

	if (equals != NULL)
		(void)snprintf(other, sizeof other, "%.*s", (int)(equals - item->text),
			       item->text); /* a truncated text is no key */
	if (match_key(other) >= 0)
		check_warn(d, file, item->line,
			   "%s=: '%s' is another condition; write it on its own line", key,
			   item->text);
	else if (near != NULL)
		check_warn(d, file, item->line, "%s=: there is no %s '%s'; did you mean '%s'?", key,
			   what, item->text, near);
	else if (strchr("%@&", item->text[0]) != NULL &&
		 look_up(!user, item->text + 1, 0, &ignored) == 1)
		check_warn(d, file, item->line, "%s=: there is no %s '%s'; write %s=%s", key, what,
			   item->text, user ? "Group" : "User", item->text + 1);
	else if (look_up(!user, item->text, 0, &ignored) == 1)
		check_warn(d, file, item->line, "%s=: there is no %s '%s', but a %s; write %s=%s",
			   key, what, item->text, user ? "group" : "user", user ? "Group" : "User",
			   item->text);
	else
		check_warn(d, file, item->line,
			   "%s=: there is no %s '%s'; correct the name or create the %s", key, what,
			   item->text, what);
}

/* A number is always an id, even if a directory service has names of digits. */
static void number_of(const char *file, const struct match_item *item, uint64_t id, int known,
		      struct diag *d)
{
	const bool user = item->key == MATCH_USER;
	const char *const what = user ? "user" : "group", *const key = user ? "User" : "Group";
	uid_t named;

	if (look_up(user, item->text, 0, &named) == 1 && named != id)
		check_warn(
			d, file, item->line,
			"%s=: a number is an id, and the %s named '%s' has another id; write %s=%u",
			key, what, item->text, key, (unsigned)named);
	else if (known == 0)
		check_warn(d, file, item->line,
			   "%s=: no %s has the id %s; correct the id or create the %s", key, what,
			   item->text, what);
}

/* @only_root: check_warn_root() has warned of the whole section */
static void name_of(const char *file, const struct match_item *item, bool only_root, struct diag *d)
{
	const bool user = item->key == MATCH_USER;
	uint64_t id = 0, to;
	uid_t uid;
	int r;

	if (is_range(item->text, &id, &to))
		return;
	if (is_number(item->text, &id)) {
		r = look_up(user, NULL, id, &uid);
		number_of(file, item, id, r, d);
	} else {
		r = look_up(user, item->text, 0, &uid);
		if (r == 0 && !is_glob(item->text))
			nobody_has(file, item, user, d);
	}
	if (user && r == 1 && uid == 0 && !item->negated && !only_root)
		check_warn(d, file, item->line,
			   "User=: '%s' has uid 0 and is never confined; remove it", item->text);
}

/* A date does not come again. */
static void time_of(const char *file, const struct match_item *item, struct diag *d)
{
	if (!item->negated && match_time_past(item->text, time(NULL)))
		check_warn(
			d, file, item->line,
			"Time=: '%s' is over and never matches again; correct the date, or remove the line",
			item->text);
}

/* Does the section exclude each value of a key that it requires? */
static void contradiction(const char *file, const struct match *m, struct diag *d)
{
	for (enum match_key key = 0; key < MATCH_KEYS; key++) {
		bool any = false, left = false;

		for (size_t i = 0; i < m->n; i++) {
			bool out = false;

			if (m->items[i].key != key || m->items[i].negated)
				continue;
			any = true;
			for (size_t k = 0; k < m->n; k++)
				out = out || (m->items[k].key == key && m->items[k].negated &&
					      strcmp(m->items[k].text, m->items[i].text) == 0);
			left = left || !out;
		}
		if (any && !left)
			check_warn(
				d, file, m->line,
				"[Match] matches nobody, because every value of %s= is also excluded; remove the '!' value",
				match_key_name(key));
	}
}

void check_warn_match(const struct rule *rule, struct diag *d)
{
	for (size_t i = 0; i < rule->n_matches; i++) {
		const struct match *m = &rule->matches[i];
		const bool only_root = check_warn_root(rule, m, d);

		for (size_t k = 0; k < m->n; k++)
			if (m->items[k].key == MATCH_USER || m->items[k].key == MATCH_GROUP)
				name_of(rule->file, &m->items[k], only_root, d);
			else if (m->items[k].key == MATCH_TIME)
				time_of(rule->file, &m->items[k], d);
		contradiction(rule->file, m, d);
	}
}

/* ---- rules that an earlier rule shadows ---- */

/* Does @wide match wherever @narrow, a value of the same key, matches? Only yes is certain. */
static bool value_covers(const struct match_item *wide, const struct match_item *narrow)
{
	uint64_t from, to, low, high;

	if (strcmp(wide->text, narrow->text) == 0)
		return true;
	if (wide->key == MATCH_USER && is_range(wide->text, &from, &to)) {
		if (is_range(narrow->text, &low, &high))
			return low >= from && high <= to;
		if (!is_number(narrow->text, &low)) {
			uid_t uid;

			if (is_glob(narrow->text) || look_up(true, narrow->text, 0, &uid) != 1)
				return false;
			low = uid;
		}
		return low >= from && low <= to;
	}
	if (wide->key == MATCH_TIME || wide->key == MATCH_NETGROUP || is_glob(narrow->text))
		return false;
	if (strcmp(wide->text, "*") == 0)
		/* "none" is a value of these two keys that "*" does not cover */
		return wide->key != MATCH_TTY && wide->key != MATCH_REMOTE_HOST;
	return is_glob(wide->text) && !isdigit((unsigned char)narrow->text[0]) &&
	       strcmp(narrow->text, "none") != 0 &&
	       fnmatch(wide->text, narrow->text, FNM_NOESCAPE) == 0;
}

static bool key_covers(const struct match *wide, const struct match *narrow, enum match_key key)
{
	bool wide_any = false, narrow_any = false;

	for (size_t i = 0; i < wide->n; i++) {
		bool same = false;

		if (wide->items[i].key != key)
			continue;
		wide_any = wide_any || !wide->items[i].negated;
		/* @narrow must exclude whatever @wide excludes */
		for (size_t k = 0; k < narrow->n; k++)
			same = same || (narrow->items[k].key == key && narrow->items[k].negated &&
					strcmp(narrow->items[k].text, wide->items[i].text) == 0);
		if (wide->items[i].negated && !same)
			return false;
	}
	for (size_t k = 0; k < narrow->n; k++) {
		bool covered = !wide_any;

		if (narrow->items[k].key != key || narrow->items[k].negated)
			continue;
		narrow_any = true;
		for (size_t i = 0; i < wide->n; i++)
			covered = covered || (wide->items[i].key == key && !wide->items[i].negated &&
					      value_covers(&wide->items[i], &narrow->items[k]));
		if (!covered)
			return false;
	}
	return !wide_any || narrow_any;
}

/* NULL stands for a rule without [Match], which matches everybody. */
static bool covers(const struct match *wide, const struct match *narrow)
{
	static const struct match everybody;

	if (wide == NULL)
		return true;
	for (enum match_key key = 0; key < MATCH_KEYS; key++)
		if (!key_covers(wide, narrow != NULL ? narrow : &everybody, key))
			return false;
	return true;
}

/* Warns if an earlier section covers @m by what the sections say. */
static bool shadowed(const struct rule *rule, const struct match *m, const struct rule *before,
		     size_t n, struct diag *d)
{
	const unsigned line = m != NULL ? m->line : rule->session_line;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < before[i].n_matches || k == 0; k++) {
			const struct match *wide = before[i].n_matches > 0 ? &before[i].matches[k] :
									     NULL;

			if (!covers(wide, m))
				continue;
			check_warn(
				d, rule->file, line,
				"never decides, because %s:%u matches the same logins first; give this file a name that sorts earlier",
				before[i].file, wide != NULL ? wide->line : before[i].session_line);
			return true;
		}
	return false;
}

void check_warn_shadowed(const struct rule *rule, const struct rule *before, size_t n,
			 struct diag *d)
{
	if (rule->n_matches == 0)
		(void)shadowed(rule, NULL, before, n, d);
	for (size_t i = 0; i < rule->n_matches; i++)
		if (!shadowed(rule, &rule->matches[i], before, n, d))
			check_warn_reach(rule, &rule->matches[i], before, n, d);
}
