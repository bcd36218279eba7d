/* SPDX-License-Identifier: Apache-2.0 */
/* edit_effect.c - see edit.h: check the text among all rules, and find out for whom what changes */
#include "ctl/edit/edit.h"

#include "ctl/check/check_warn.h"
#include "ctl/explain/diff.h"

#include "base/cleanup.h"
#include "policy/account/lookup.h"
#include "policy/account/resolve.h"
#include "policy/rules/match_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ACCOUNTS_MAX = 4096, NAMED_MAX = 5, HOST_MAX = 128, HOSTS_MAX = 64 };

/* The directories of the rules as they will be. @draft must live as long as the result. */
static struct policy_paths paths_then(const struct edit *e, struct policy_draft *draft)
{
	struct policy_paths paths = e->paths;

	*draft = (struct policy_draft){ .name = e->name, .text = e->text, .size = e->size };
	paths.draft = draft;
	return paths;
}

/* ---- errors and warnings ---- */

static bool has(const struct diag *d, const struct err *e)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].line == e->line && strcmp(d->list[i].file, e->file) == 0 &&
		    strcmp(d->list[i].msg, e->msg) == 0)
			return true;
	return false;
}

/* Prints those of @now that @before lacks, and those of the rule itself; returns their number. */
static size_t print_new(const struct edit *e, const struct diag *now, const struct diag *before,
			enum style style)
{
	char text[1024];
	size_t n = 0;

	for (size_t i = 0; i < now->n; i++) {
		const struct err *const one = &now->list[i];

		if (strcmp(one->file, e->path) != 0 && has(before, one))
			continue;
		n++;
		say_style(stdout, style);
		sayf(stdout, "%s\n", err_text(one, text, sizeof text));
		say_style(stdout, STYLE_PLAIN);
	}
	return n;
}

bool edit_check(const struct edit *e)
{
	struct diag errors_before, warnings_before, errors, warnings;
	struct policy_draft draft;
	const struct policy_paths then = paths_then(e, &draft);
	size_t n;

	(void)check_whole(&e->paths, &errors_before, &warnings_before); /* the errors tell */
	(void)check_whole(&then, &errors, &warnings);
	n = print_new(e, &errors, &errors_before, STYLE_BAD);
	(void)print_new(e, &warnings, &warnings_before, STYLE_NOTE);
	if (n > 0)
		sayf(stdout, "%zu error%s: not saved\n", n, n == 1 ? "" : "s");
	else if (errors.n > 0)
		sayf(stdout, "other files have %zu error%s; 'cordon check' shows them\n", errors.n,
		     errors.n == 1 ? "" : "s");
	diag_free(&errors_before);
	diag_free(&warnings_before);
	diag_free(&errors);
	diag_free(&warnings);
	return n == 0;
}

/* ---- for whom what changes ---- */

/* The accounts that change in the same way. */
struct change {
	char *text;
	char names[NAMED_MAX * (FACTS_NAME_MAX + 2)];
	size_t n;
};

struct effect {
	const struct edit *e;
	struct policy_paths then;
	struct rule old, new;
	const char *service;
	char host[HOST_MAX];
	struct facts *facts;
	struct change *changes;
	size_t n_changes, n_accounts;
	bool skipped;
};

static bool parse(const struct edit *e, const char *text, size_t size, struct rule *ret)
{
	char *const copy = strndup(text, size);

	return copy != NULL && rule_parse(e->path, copy, size, false, 0, ret) == 0;
}

/* A service that the rule is about: the first that [Match] names, or sshd. */
static const char *service_of(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_matches; i++)
		for (size_t k = 0; k < rule->matches[i].n; k++) {
			const struct match_item *const item = &rule->matches[i].items[k];

			if (item->key == MATCH_SERVICE && !item->negated &&
			    strpbrk(item->text, "*?[") == NULL)
				return item->text;
		}
	return "sshd";
}

/* A host that the pattern of RemoteHost= matches: wildcards become a digit, as names and addresses have. */
static bool host_like(const struct match_item *item, char host[HOST_MAX])
{
	if (item->key != MATCH_REMOTE_HOST || item->negated || strcmp(item->text, "none") == 0)
		return false;
	(void)snprintf(host, HOST_MAX, "%.*s", (int)strcspn(item->text, "/"),
		       item->text); /* cut: then it does not match */
	for (char *c = host; *c != '\0'; c++)
		if (*c == '*' || *c == '?')
			*c = '1';
	return match_host(item->text, host) == 1;
}

/* The hosts that the rule names, up to @max. */
static size_t hosts_of(const struct rule *rule, size_t max, char ret[][HOST_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < rule->n_matches; i++)
		for (size_t k = 0; k < rule->matches[i].n && n < max; k++)
			n += host_like(&rule->matches[i].items[k], ret[n]);
	return n;
}

/* May the rule match a login of the account? A rule without text matches nobody. */
static bool may_match(const struct rule *rule, struct facts *facts)
{
	bool any = rule->file != NULL && rule->n_matches == 0;

	for (size_t i = 0; !any && i < rule->n_matches; i++) {
		struct match_names names = { 0 };
		struct err ignored = { 0 };
		bool every;

		any = match_account(&rule->matches[i], facts, &names, &every, &ignored) != 0;
		match_names_free(&names);
	}
	return any;
}

static bool facts_of(const char *name, uid_t uid, const char *service, const char *host,
		     struct facts *ret)
{
	struct login login = { .uid = uid };
	struct err ignored = { 0 };

	if (strlen(name) >= sizeof login.user)
		return false;
	(void)snprintf(login.user, sizeof login.user, "%s", name);	    /* fits */
	(void)snprintf(login.service, sizeof login.service, "%s", service); /* cut: no service */
	(void)snprintf(login.rhost, sizeof login.rhost, "%s", host);	    /* fits */
	return facts_resolve(&login, ret, &ignored) == 0;
}

/* The lines of a difference; NULL: there is none. The caller frees it. */
static char *difference(const struct side *before, const struct side *after)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	(void)diff_print(out, before, after, "  ");
	if (fclose(out) != 0 || size == 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void note(struct effect *f, const char *name, char *text)
{
	struct change *c = NULL;

	for (size_t i = 0; i < f->n_changes && c == NULL; i++)
		if (strcmp(f->changes[i].text, text) == 0)
			c = &f->changes[i];
	if (c == NULL) {
		struct change *const more = reallocarray(f->changes, f->n_changes + 1, sizeof *more);

		if (more == NULL) {
			f->skipped = true;
			free(text);
			return;
		}
		f->changes = more;
		c = &more[f->n_changes++];
		*c = (struct change){ .text = text };
	} else {
		free(text);
	}
	if (c->n < NAMED_MAX)
		(void)snprintf(c->names + strlen(c->names), sizeof c->names - strlen(c->names),
			       "%s%s", c->n > 0 ? ", " : "", name); /* fits */
	c->n++;
}

/* Decides about a login of the account by the rules as they are and as they will be. */
static int account(void *arg, const char *name, uid_t uid)
{
	static struct side before, after; /* large */
	struct effect *f = arg;
	char *text;

	if (uid == 0 || !facts_of(name, uid, f->service, f->host, f->facts) ||
	    (!may_match(&f->old, f->facts) && !may_match(&f->new, f->facts)))
		return 0;
	if (f->n_accounts++ >= ACCOUNTS_MAX) {
		f->skipped = true;
		return 1;
	}
	(void)snprintf(before.name, sizeof before.name, "before"); /* fits */
	(void)snprintf(after.name, sizeof after.name, "after");
	side_decide(&f->e->paths, f->facts, &before);
	side_decide(&f->then, f->facts, &after);
	text = difference(&before, &after);
	side_free(&before);
	side_free(&after);
	if (text != NULL)
		note(f, name, text);
	return 0;
}

static int is_name(void *arg, const char *name, uid_t uid)
{
	(void)uid;
	return strcmp(arg, name) == 0;
}

/* Accounts that a directory service has, and /etc/passwd does not. */
static void others(struct effect *f, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_matches; i++) {
		struct accounts a;

		check_accounts(&rule->matches[i], &a);
		for (size_t k = 0; k < a.n; k++)
			if (lookup_user_file(is_name, a.list[k].name) == 0)
				(void)account(f, a.list[k].name, a.list[k].uid); /* f->skipped */
		free(a.list);
	}
}

static void print(const struct effect *f)
{
	for (size_t i = 0; i < f->n_changes; i++) {
		const struct change *const c = &f->changes[i];

		say_style(stdout, STYLE_NAME);
		sayf(stdout, "%s", c->names);
		if (c->n > NAMED_MAX)
			sayf(stdout, " and %zu more", c->n - NAMED_MAX);
		say_style(stdout, STYLE_PLAIN);
		sayf(stdout, ":\n");
		(void)fputs(c->text, stdout);
	}
	if (f->n_changes == 0)
		sayf(stdout, "nothing changes for any account by %s%s%s\n", f->service,
		     f->host[0] != '\0' ? " from " : "", f->host);
	else if (f->host[0] != '\0')
		sayf(stdout, "by %s from %s; other hosts were not looked at\n", f->service, f->host);
	if (f->skipped)
		sayf(stdout, "there are more accounts than were looked at\n");
}

void edit_effect(const struct edit *e)
{
	struct policy_draft draft;
	struct effect f = { .e = e,
			    .then = paths_then(e, &draft),
			    .facts = calloc(1, sizeof *f.facts) };

	if (f.facts != NULL && parse(e, e->text, e->size, &f.new) &&
	    (e->fresh || parse(e, e->was, e->was_size, &f.old))) {
		f.service = service_of(&f.new);
		if (hosts_of(&f.new, 1, &f.host) == 0)
			(void)hosts_of(&f.old, 1, &f.host); /* "": the rules name none */
		(void)lookup_user_file(account, &f);	    /* f->skipped */
		others(&f, &f.old);
		others(&f, &f.new);
		print(&f);
	}
	for (size_t i = 0; i < f.n_changes; i++)
		free(f.changes[i].text);
	free(f.changes);
	free(f.facts);
	rule_free(&f.old);
	rule_free(&f.new);
}

/* ---- who would be locked out ---- */

static enum verdict verdict_of(const struct policy_paths *paths, struct facts *facts)
{
	struct decision d;
	enum verdict v;

	(void)policy_decide(paths, facts, &d); /* an error denies */
	v = d.verdict;
	decision_free(&d);
	return v;
}

/*
 * Prints what the account would lose. A caller must not become confined, because sudo has no effect in
 * a session; others must be able to log in.
 */
static bool loses_from(const struct edit *e, const char *name, uid_t uid, bool caller,
		       const char *host)
{
	static const char *const services[] = { "sshd", "login", "su" };
	cleanup_free struct facts *facts = calloc(1, sizeof *facts); /* large */
	struct policy_draft draft;
	const struct policy_paths then = paths_then(e, &draft);

	for (size_t i = 0; uid != 0 && facts != NULL && i < 3; i++) {
		enum verdict before, after;

		if (!facts_of(name, uid, services[i], host, facts))
			return false;
		before = verdict_of(&e->paths, facts);
		after = verdict_of(&then, facts);
		if (before == after || after == VERDICT_UNCONFINED ||
		    (after == VERDICT_CONFINE && (!caller || before == VERDICT_DENY)))
			continue;
		sayf(stderr, "cordon: %s, %s, would be %s by %s%s%s\n", name,
		     caller ? "who runs this command" : "an administrator",
		     after == VERDICT_CONFINE ? "confined" : "refused", services[i],
		     host[0] != '\0' ? " from " : "", host);
		return true;
	}
	return facts == NULL;
}

/* From nowhere, and from each host that the rule names now or named before. */
static bool loses(const struct edit *e, const char *name, uid_t uid, bool caller)
{
	static char hosts[1 + 2 * HOSTS_MAX][HOST_MAX]; /* the first one is "" */
	struct rule old = { 0 }, new = { 0 };
	size_t n = 1;
	bool any = false;

	if (parse(e, e->text, e->size, &new))
		n += hosts_of(&new, HOSTS_MAX, hosts + n);
	if (!e->fresh && parse(e, e->was, e->was_size, &old))
		n += hosts_of(&old, HOSTS_MAX, hosts + n);
	rule_free(&old);
	rule_free(&new);
	for (size_t i = 0; i < n && !any; i++)
		any = loses_from(e, name, uid, caller, hosts[i]);
	return any;
}

/* The uids that may be the caller's: of sudo, of the login, of the terminal. */
static size_t callers(uid_t ret[3])
{
	cleanup_fclose FILE *f = fopen("/proc/self/loginuid", "re");
	const char *sudo = getenv("SUDO_UID");
	char *end;
	struct stat st;
	unsigned uid;
	size_t n = 0;

	if (sudo != NULL && sudo[0] != '\0') {
		const unsigned long v = strtoul(sudo, &end, 10);

		if (*end == '\0' && v < UINT32_MAX)
			ret[n++] = (uid_t)v;
	}
	if (f != NULL && fscanf(f, "%u", &uid) == 1 && uid != UINT32_MAX)
		ret[n++] = (uid_t)uid;
	if (fstat(STDIN_FILENO, &st) == 0 && S_ISCHR(st.st_mode))
		ret[n++] = st.st_uid;
	return n;
}

static bool is_caller(const uid_t *list, size_t n, uid_t uid)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == uid)
			return true;
	return false;
}

bool edit_locks_out(const struct edit *e)
{
	static const char *const groups[] = { "sudo", "wheel", "admin" };
	uid_t own[3];
	const size_t n = callers(own);
	bool out = false;

	for (size_t i = 0; i < n; i++) {
		cleanup_free char *buf = NULL;
		struct passwd pw;

		if (!is_caller(own, i, own[i]) && lookup_user(NULL, own[i], &pw, &buf) == 1)
			out = loses(e, pw.pw_name, pw.pw_uid, true) || out;
	}
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		struct match_item item = { .key = MATCH_GROUP, .text = groups[i] };
		const struct match members = { .items = &item, .n = 1 };
		struct accounts a;

		check_accounts(&members, &a);
		for (size_t k = 0; k < a.n; k++)
			if (!is_caller(own, n, a.list[k].uid))
				out = loses(e, a.list[k].name, a.list[k].uid, false) || out;
		free(a.list);
	}
	return out;
}
