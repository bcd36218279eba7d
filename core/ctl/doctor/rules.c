/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - the rules of the host: can they be read, and whom do they name */
#include "ctl/doctor/doctor.h"

#include "base/cleanup.h"
#include "contract/words.h"
#include "ctl/check/check_warn.h"
#include "ctl/ctl.h"
#include "policy/account/lookup.h"
#include "policy/compile/needs.h"

#include <stdlib.h>
#include <string.h>

#define RUN_CHECK "run 'cordon check', and correct the file"

static void add_user(struct doctor *d, const char *name, const struct rule *rule,
		     const struct match_item *item, const struct settings *s)
{
	struct host_user *u = &d->users[d->n_users];

	for (size_t i = 0; i < d->n_users; i++)
		if (strcmp(d->users[i].name, name) == 0)
			return;
	if (d->n_users == HOST_USERS_MAX || strlen(name) >= sizeof u->name) {
		d->left_out++;
		return;
	}
	(void)snprintf(u->name, sizeof u->name, "%s", name);	   /* fits */
	(void)snprintf(u->file, sizeof u->file, "%s", rule->file); /* cut: for people */
	u->line = item->line;
	u->host_network = !s->private_network.v;
	u->addresses = u->host_network && s->ip_address_deny.n > 0;
	d->n_users++;
}

/* Notes the users that a rule names, and the first member of each group. */
static void users_of(struct doctor *d, const struct rule *rule, const struct match_item *item,
		     const struct settings *s)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;
	struct group gr;

	if (item->negated)
		return;
	if (item->key == MATCH_USER && lookup_user(item->text, 0, &pw, &buf) == 1 && pw.pw_uid != 0)
		add_user(d, pw.pw_name, rule, item, s);
	else if (item->key == MATCH_GROUP && lookup_group(item->text, 0, &gr, &buf) == 1 &&
		 gr.gr_mem[0] != NULL)
		add_user(d, gr.gr_mem[0], rule, item, s);
	else if (item->key == MATCH_NETGROUP && strlen(item->text) < sizeof d->netgroup)
		(void)snprintf(d->netgroup, sizeof d->netgroup, "%s", item->text); /* fits */
}

static void confining(struct doctor *d, const struct rule *rule, const struct settings *s)
{
	d->confines = true;
	services_of(&d->reached, d->paths.root, s);
	for (size_t i = 0; i < rule->n_matches; i++)
		for (size_t k = 0; k < rule->matches[i].n; k++)
			users_of(d, rule, &rule->matches[i].items[k], s);
}

/* What every login by the rule would lack: a feature of the kernel, a program, a device or a route. */
static void host_lacks(struct doctor *d, struct settings *s)
{
	static struct facts someone; /* large */
	struct diag warned = { .max = DIAG_MAX };
	struct err e = { 0 };

	check_warn_network(&d->paths, s, &warned);
	for (size_t i = 0; i < warned.n; i++)
		if (warned.list[i].code == CHECK_REFUSES)
			doctor_find_text(d, LEVEL_BROKEN, warned.list[i].file, warned.list[i].line,
					 warned.list[i].msg + strlen(CHECK_PREFIX), RUN_CHECK);
	diag_free(&warned);
	if (needs_login(&e) < 0) /* the probe of the kernel says it */
		return;
	ctl_someone(&someone);
	if (ctl_try_plan(&d->paths, s, &someone, &e) < 0)
		doctor_find_text(d, LEVEL_BROKEN, e.file, e.line, e.msg, RUN_CHECK);
}

static void look_at(struct doctor *d, struct rule *rule)
{
	struct diag bad = { .max = DIAG_MAX }, warned = { .max = DIAG_MAX };
	struct rule_set set = { 0 };
	struct settings s = { 0 };
	const int r = policy_merge(&d->paths, rule, &set, &s, &bad);

	if (r == 0 && s.action.v == ACTION_CONFINE)
		confining(d, rule, &s);
	if (r == 0 && bad.total == 0 && s.action.v == ACTION_CONFINE)
		host_lacks(d, &s);
	if (r < 0 || bad.total > 0)
		doctor_find_text(d, LEVEL_BROKEN, bad.first.file, bad.first.line, bad.first.msg,
				 RUN_CHECK);
	check_warn_match(rule, &warned);
	for (size_t i = 0; i < warned.n; i++)
		doctor_find_text(d, LEVEL_DANGER, warned.list[i].file, warned.list[i].line,
				 warned.list[i].msg, RUN_CHECK);
	settings_free(&s);
	rule_set_free(&set);
	diag_free(&bad);
	diag_free(&warned);
}

void doctor_rules(struct doctor *d)
{
	struct policy_name *names = NULL;
	struct err e = { 0 };
	size_t n = 0;

	if (policy_names(&d->paths, &names, &n, &e) < 0) {
		doctor_find_text(d, LEVEL_BROKEN, e.file, e.line, e.msg, RUN_CHECK);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct rule rule = { 0 };
		int r;

		e = (struct err){ 0 };
		r = policy_load(&d->paths, &names[i], 0, &rule, &e);
		if (r < 0 && e.code != 0)
			doctor_find_text(d, LEVEL_BROKEN, e.file, e.line, e.msg, RUN_CHECK);
		if (r != 1)
			continue;
		look_at(d, &rule);
		rule_free(&rule);
	}
	policy_names_free(names, n);
}
