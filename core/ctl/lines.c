/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c - see lines.h */
#include "ctl/lines.h"

#include "contract/words.h"
#include "ctl/ctl.h"
#include "policy/account/stack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- names of services ---- */

bool services_have(const struct services *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->name[i], name) == 0)
			return true;
	return false;
}

void services_add(struct services *s, const char *name)
{
	char(*more)[SERVICE_MAX];

	if (strlen(name) >= SERVICE_MAX || services_have(s, name))
		return;
	more = reallocarray(s->name, s->n + 1, sizeof *more);
	if (more == NULL)
		return;
	s->name = more;
	(void)snprintf(more[s->n++], sizeof *more, "%s", name); /* fits */
}

void services_of(struct services *ret, const char *root, const struct settings *s)
{
	for (size_t i = 0; i < s->services.n; i++)
		if (stack_there(root, s->services.items[i].text))
			services_add(ret, s->services.items[i].text);
}

void services_free(struct services *s)
{
	free(s->name);
	*s = (struct services){ 0 };
}

/* ---- the services that rules reach ---- */

static void of_rule(const struct policy_paths *paths, struct rule *rule, struct services *ret,
		    bool *ret_any)
{
	struct rule_set set = { 0 };
	struct settings s = { 0 };
	struct diag d = { 0 };

	if (policy_merge(paths, rule, &set, &s, &d) == 0 && s.action.v == ACTION_CONFINE) {
		services_of(ret, paths->root, &s);
		*ret_any = true;
	}
	settings_free(&s);
	rule_set_free(&set);
	diag_free(&d);
}

void lines_reached(const struct policy_paths *paths, struct services *ret, bool *ret_any)
{
	struct policy_name *names = NULL;
	struct err e = { 0 };
	size_t n = 0;

	*ret_any = false;
	if (policy_names(paths, &names, &n, &e) < 0)
		return; /* every login is refused, and the log says why */
	for (size_t i = 0; i < n; i++) {
		struct rule rule = { 0 };

		if (policy_load(paths, &names[i], 0, &rule, &e) == 1) {
			of_rule(paths, &rule, ret, ret_any);
			rule_free(&rule);
		}
	}
	policy_names_free(names, n);
}

/* ---- lost lines ---- */

size_t lines_lost(const char *root, const struct services *of, const struct record *record,
		  void (*each)(void *arg, const struct lost *lost), void *arg)
{
	size_t n = 0;

	for (size_t i = 0; i < of->n; i++) {
		const char *service = of->name[i];
		struct lost lost = { .service = service };
		struct err session = { 0 };
		const bool has_session = stack_check(root, service, STACK_SESSION, &session) == 0;

		lost.account = stack_check(root, service, STACK_ACCOUNT, &lost.why) < 0;
		if (lost.account != has_session)
			continue; /* it has both, or none */
		if (!lost.account)
			lost.why = session;
		lost.had =
			services_have(lost.account ? &record->account : &record->session, service);
		if (!lost.account && record->there && !lost.had)
			continue; /* it never had one */
		each(arg, &lost);
		n++;
	}
	return n;
}

const char *lines_lost_text(const struct lost *lost, char *buf, size_t size)
{
	(void)snprintf(
		buf, size, "PAM service '%s' %s %s line, so %s: %s", lost->service,
		lost->had ? "has lost its" : "has no working", lost->account ? "account" : "session",
		lost->account ?
			"logins of confined accounts are refused, and user managers and jobs may run unconfined" :
			"logins of confined accounts are refused",
		lost->why.msg); /* cut: for people */
	return buf;
}

static void warn_line(void *arg, const struct lost *lost)
{
	struct err e = lost->why;
	char text[800], shown[1200];

	(void)lines_lost_text(lost, text, sizeof text);
	(void)snprintf(e.msg, sizeof e.msg, "%.511s", text); /* cut: for people */
	say_style(arg, STYLE_BAD);
	sayf(arg, "cordon: %s\n", err_text(&e, shown, sizeof shown));
	say_style(arg, STYLE_PLAIN);
}

static void warn_door(void *arg, const struct door *d)
{
	char text[800];

	say_style(arg, STYLE_BAD);
	sayf(arg, "cordon: %s\n", door_text(d, text, sizeof text));
	say_style(arg, STYLE_PLAIN);
}

void lines_warn(FILE *f)
{
	struct services reached = { 0 };
	struct record record = { 0 };
	struct policy_paths paths;
	bool any;

	if (geteuid() != 0)
		return;
	policy_paths_default(&paths);
	lines_reached(&paths, &reached, &any);
	if (any) {
		record_read("", &record);
		(void)doors_open("", warn_door, f);
		(void)lines_lost("", &reached, &record, warn_line, f);
	}
	record_free(&record);
	services_free(&reached);
}
