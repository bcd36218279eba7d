/* SPDX-License-Identifier: Apache-2.0 */
/* check_reach.c - sections of [Match] whose accounts an earlier rule takes, or that match only root */
#include "ctl/check/check_warn.h"

#include "base/cleanup.h"
#include "policy/account/lookup.h"
#include "policy/account/resolve.h"
#include "policy/settings/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNTS_MAX = 512 };

static void add(struct accounts *a, const char *name, uid_t uid)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->list[i].name, name) == 0)
			return;
	if (a->n == ACCOUNTS_MAX || strlen(name) >= sizeof a->list->name) {
		a->certain = false;
		return;
	}
	(void)snprintf(a->list[a->n].name, sizeof a->list->name, "%s", name); /* fits */
	a->list[a->n++].uid = uid;
}

static void add_user(struct accounts *a, const char *text)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;
	const char *end;
	uint64_t uid;
	int r;

	if (type_number(text, &end, &uid) == 0 && *end == '\0')
		r = lookup_user(NULL, (uid_t)uid, &pw, &buf);
	else
		r = lookup_user(text, 0, &pw, &buf);
	if (r == 1)
		add(a, pw.pw_name, pw.pw_uid);
	else
		a->certain = a->certain && r == 0 && strpbrk(text, "*?[-") == NULL;
}

struct members {
	struct accounts *a;
	gid_t gid;
};

/* An account whose primary group it is. */
static int add_primary(void *arg, const char *name, uid_t uid)
{
	const struct members *m = arg;
	cleanup_free char *buf = NULL;
	struct passwd pw;

	if (lookup_user(name, 0, &pw, &buf) == 1 && pw.pw_gid == m->gid)
		add(m->a, name, uid);
	return 0;
}

static void add_group(struct accounts *a, const char *text)
{
	cleanup_free char *buf = NULL;
	struct group gr = { 0 };
	struct members m = { .a = a };
	const char *end;
	uint64_t gid;
	int r;

	if (type_number(text, &end, &gid) == 0 && *end == '\0')
		r = lookup_group(NULL, (gid_t)gid, &gr, &buf);
	else
		r = lookup_group(text, 0, &gr, &buf);
	if (r != 1) {
		a->certain = a->certain && r == 0 && strpbrk(text, "*?[") == NULL;
		return;
	}
	for (char **name = gr.gr_mem; *name != NULL; name++)
		add_user(a, *name);
	m.gid = gr.gr_gid;
	(void)lookup_user_file(add_primary, &m); /* always 0 */
}

static bool has_key(const struct match *m, enum match_key key)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].key == key && !m->items[i].negated)
			return true;
	return false;
}

void check_accounts(const struct match *m, struct accounts *ret)
{
	const enum match_key key = has_key(m, MATCH_USER) ? MATCH_USER : MATCH_GROUP;

	*ret = (struct accounts){ .list = calloc(ACCOUNTS_MAX, sizeof *ret->list),
				  .certain = has_key(m, key) };
	for (size_t i = 0; ret->list != NULL && ret->certain && i < m->n; i++) {
		if (m->items[i].key != key || m->items[i].negated)
			continue;
		if (key == MATCH_USER)
			add_user(ret, m->items[i].text);
		else
			add_group(ret, m->items[i].text);
	}
	ret->certain = ret->certain && ret->list != NULL;
}

static bool facts_of(const struct accounts_one *who, struct facts *ret)
{
	struct login login = { .service = "sshd", .uid = who->uid };
	struct err ignored = { 0 }; /* an account that cannot be looked up is not certain */

	(void)snprintf(login.user, sizeof login.user, "%s", who->name); /* fits */
	return facts_resolve(&login, ret, &ignored) == 0;
}

/* Does @m match a login of the account? @ret_every: each of them. */
static bool takes(const struct match *m, struct facts *facts, bool *ret_every)
{
	struct match_names names = { 0 };
	struct err ignored = { 0 };
	const int r = match_account(m, facts, &names, ret_every, &ignored);

	match_names_free(&names);
	return r == 1;
}

/* Finds the section of an earlier rule that decides for every login of the account. */
static bool taken(struct facts *facts, const struct rule *before, size_t n,
		  const struct rule **ret_rule, unsigned *ret_line)
{
	bool every;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < before[i].n_matches || k == 0; k++) {
			const struct match *m = before[i].n_matches > 0 ? &before[i].matches[k] :
									  NULL;

			if (m != NULL && (!takes(m, facts, &every) || !every))
				continue;
			*ret_rule = &before[i];
			*ret_line = m != NULL ? m->line : before[i].session_line;
			return true;
		}
	return false;
}

void check_warn_reach(const struct rule *rule, const struct match *m, const struct rule *before,
		      size_t n, struct diag *d)
{
	cleanup_free struct facts *facts = calloc(1, sizeof *facts); /* large */
	const struct rule *first = NULL, *by;
	unsigned line = 0, by_line;
	struct accounts a;
	size_t matched = 0, lost = 0, example = 0;
	bool every, certain;

	check_accounts(m, &a);
	certain = a.certain && facts != NULL;
	for (size_t i = 0; certain && i < a.n; i++) {
		if (a.list[i].uid == 0)
			continue; /* never confined: another warning */
		certain = facts_of(&a.list[i], facts);
		if (!certain || !takes(m, facts, &every))
			continue;
		matched++;
		if (!taken(facts, before, n, &by, &by_line))
			break;
		if (lost++ == 0) {
			first = by;
			line = by_line;
			example = i;
		}
	}
	if (certain && matched > 0 && lost == matched)
		check_warn(
			d, rule->file, m->line,
			"never decides now, because earlier rules match every login of its %s first: %s:%u that of '%s'; give this file a name that sorts earlier",
			has_key(m, MATCH_USER) ? "users" : "members", first->file, line,
			a.list[example].name);
	free(a.list);
}

bool check_warn_root(const struct rule *rule, const struct match *m, struct diag *d)
{
	struct accounts a;
	bool root;

	check_accounts(m, &a);
	root = a.certain && a.n > 0;
	for (size_t i = 0; i < a.n; i++)
		root = root && a.list[i].uid == 0;
	if (root)
		check_warn(
			d, rule->file, m->line,
			"[Match] matches only '%s', whose uid is 0 and who is never confined; name other users, or remove the section",
			a.list[0].name);
	free(a.list);
	return root;
}
