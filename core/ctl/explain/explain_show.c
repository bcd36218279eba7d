/* SPDX-License-Identifier: Apache-2.0 */
/* explain_show.c - print the answer: verdict, rule, settings and plan, as text or as JSON */
#include "ctl/explain/explain.h"

#include "contract/words.h"
#include "ctl/check/check_warn.h"
#include "ctl/servers.h"

#include "base/cleanup.h"
#include "policy/compile/compile.h"
#include "policy/compile/needs.h"

#include <stdlib.h>
#include <string.h>

/* The decision, with what the plan and the files of the host add to it. */
struct answer {
	const struct decision *d;
	const struct facts *facts;
	struct plan *plan; /* NULL if the login is not confined */
	struct plan_login *login;
	struct diag warnings;
	bool vain; /* the PAM stack of the service does not use pam_cordon */
	char why[1024];
	const struct err *refusing; /* the warning that is the reason of the refusal */
	size_t open;		    /* services that confine nobody, and servers that go past PAM */
};

static const char *verdict_word(const struct answer *a)
{
	if (a->vain)
		return "not confined";
	switch (a->d->verdict) {
	case VERDICT_CONFINE:
		return "confined";
	case VERDICT_UNCONFINED:
		return "left alone";
	case VERDICT_DENY:
		break;
	}
	return "refused";
}

static enum style verdict_style(const struct answer *a)
{
	if (a->vain || a->d->verdict == VERDICT_DENY)
		return STYLE_BAD;
	return a->d->verdict == VERDICT_CONFINE ? STYLE_GOOD : STYLE_NOTE;
}

/* ---- reasons and warnings ---- */

/* The reason, if neither the rule nor an error in the rule gives one. */
static const char *verdict_reason(const struct decision *d, const struct facts *facts)
{
	if (facts->login.uid == 0)
		return "uid 0 is never confined";
	if (d->verdict == VERDICT_UNCONFINED && d->rule[0] == '\0')
		return "no rule matches";
	return "";
}

/* The compiler does not look at the host's files, so this finds paths that a login would miss. */
static void find_warnings(const struct explain *x, struct answer *a)
{
	struct stat st;

	check_warn_commands(&a->d->settings, &a->warnings);
	check_warn_scheduling(&x->paths, &a->d->settings, &a->warnings);
	check_warn_network(&x->paths, &a->d->settings, &a->warnings);
	if (check_find(x->paths.root, "/usr", &st, NULL) != 1) /* the tree holds only configuration */
		return;
	check_warn_paths(&x->paths, &a->d->settings, a->facts->home, &a->warnings);
	check_warn_programs(&x->paths, &a->d->settings, &a->warnings, &a->warnings);
	diag_sort(&a->warnings);
}

/* The first warning that refuses every login becomes the reason of the refusal. */
static bool refusing_warning(struct answer *a, struct err *e)
{
	for (size_t i = 0; i < a->warnings.n && a->refusing == NULL; i++)
		if (a->warnings.list[i].code == CHECK_REFUSES)
			a->refusing = &a->warnings.list[i];
	if (a->refusing == NULL)
		return false;
	*e = *a->refusing;
	if (strncmp(e->msg, CHECK_PREFIX, strlen(CHECK_PREFIX)) == 0)
		(void)snprintf(e->msg, sizeof e->msg, "%s",
			       a->refusing->msg + strlen(CHECK_PREFIX)); /* fits */
	return true;
}

static void answer_find(const struct explain *x, struct decision *d, struct answer *a)
{
	struct err e = d->err, door = { 0 };

	if (d->verdict == VERDICT_CONFINE &&
	    (needs_login(&e) < 0 || plan_compile(&d->settings, a->facts, &a->plan, &e) < 0 ||
	     plan_login_compile(&d->settings, a->facts, d->rule, &a->login, &e) < 0)) {
		d->verdict = VERDICT_DENY;
		decision_refuse(d);
	} else if (d->verdict == VERDICT_CONFINE) {
		find_warnings(x, a);
		if (refusing_warning(a, &e))
			d->verdict =
				VERDICT_DENY; /* a later step refuses, and its message is not known here */
	}
	/* cordon run --as asks no PAM stack */
	if (d->verdict != VERDICT_UNCONFINED && a->facts->login.by == LOGIN_BY_PAM &&
	    !door_check(x->paths.root, a->facts->login.service, &door)) {
		a->vain = true;
		e = door;
	}
	if (e.code != 0)
		(void)err_text(&e, a->why, sizeof a->why);
	else
		(void)snprintf(a->why, sizeof a->why, "%s", verdict_reason(d, a->facts)); /* fits */
	if (a->plan != NULL && (a->vain || d->verdict != VERDICT_CONFINE)) {
		free(a->plan);
		a->plan = NULL;
	}
}

static void summary(const struct explain *x, const struct answer *a,
		    void (*line)(void *arg, const char *name, const char *text), void *arg)
{
	char text[512];

	explain_brief(a->d, a->facts, a->plan, a->login, line, arg);
	/* the rules of another tree are not those of the sessions that run here */
	if (x->paths.root[0] == '\0' && explain_session(a->plan, a->login, text, sizeof text))
		line(arg, "session", text);
}

/* ---- text ---- */

static void text_plan_line(void *arg, const char *text)
{
	(void)arg;
	sayf(stdout, "  %s\n", text);
}

static void text_brief_line(void *arg, const char *name, const char *text)
{
	enum { COLUMN = 10 };
	size_t len = strlen(name);

	(void)arg;
	sayf(stdout, "  ");
	say_style(stdout, STYLE_NAME);
	sayf(stdout, "%s:", name);
	say_style(stdout, STYLE_PLAIN);
	for (sayf(stdout, " "); say_columns(stdout) && len < COLUMN - 2; len++)
		sayf(stdout, " ");
	sayf(stdout, "%s\n", text);
}

static void text_place(const struct settings *s, const struct setting *row, const char *more)
{
	char from[2048];

	(void)settings_from(s, row, from, sizeof from);
	say_style(stdout, STYLE_MINOR);
	sayf(stdout, "      %s%s\n", from, more);
	say_style(stdout, STYLE_PLAIN);
}

static void text_all_settings(const struct settings *s)
{
	static char value[65536];
	size_t n;
	const struct setting *row = settings_table(&n);

	sayf(stdout, "settings:\n");
	for (size_t i = 0; i < n; i++, row++) {
		char replaced[512], more[1024];

		(void)settings_print(s, row, value, sizeof value); /* cut when too long */
		(void)settings_replaced(s, row, replaced, sizeof replaced);
		(void)snprintf(more, sizeof more, "%s; %s", replaced,
			       row->help); /* cut: for people */
		sayf(stdout, "  %s=%s\n", row->name, value);
		text_place(s, row, more);
	}
}

/*
 * Writes the settings whose value differs from that of an empty [Session]. Settings of a rule with an
 * error are not @whole: the one with the error has no value.
 */
static void text_differing(const struct settings *s, bool whole)
{
	static char value[65536], plain_value[65536];
	struct settings plain;
	unsigned shown = 0;
	size_t n;
	const struct setting *row = settings_table(&n);

	if (settings_init(&plain) < 0)
		return;
	for (size_t i = 0; i < n; i++, row++) {
		char more[512];

		(void)settings_print(s, row, value, sizeof value); /* cut when too long */
		(void)settings_print(&plain, row, plain_value, sizeof plain_value);
		if (settings_origin(s, row).file == NULL || strcmp(value, plain_value) == 0)
			continue;
		(void)settings_replaced(s, row, more, sizeof more);
		if (more[0] == '\0' && row->def[0] != '\0')
			(void)snprintf(more, sizeof more, ", replaces the default %s",
				       row->def); /* cut: for people */
		if (shown++ == 0)
			sayf(stdout, "settings that differ from the defaults:\n");
		sayf(stdout, "  %s=%s\n", row->name, value);
		text_place(s, row, more);
	}
	if (shown == 0 && whole)
		sayf(stdout, "every setting has its default\n");
	settings_free(&plain);
}

static void text_warnings(const struct answer *a)
{
	char text[2048];

	for (size_t i = 0; i < a->warnings.n; i++) {
		if (&a->warnings.list[i] == a->refusing)
			continue; /* the verdict has shown this setting */
		say_style(stdout, STYLE_NOTE);
		sayf(stdout, "%s\n", err_text(&a->warnings.list[i], text, sizeof text));
		say_style(stdout, STYLE_PLAIN);
	}
}

/* Names a service that a rule with a list of its own admits, if the list lacks that of the login. */
static void text_services(const struct answer *a)
{
	const struct set_list *l = &a->d->settings.services;
	const struct login *login = &a->facts->login;

	if (l->n == 0 || l->from.file == NULL || login->by != LOGIN_BY_PAM)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].text, login->service) == 0)
			return;
	sayf(stdout, "for a login that the rule admits: cordon explain --service %s %s\n",
	     l->items[0].text, login->user);
}

static void text_verdict(const struct answer *a)
{
	const struct login *l = &a->facts->login;

	sayf(stdout, "%s (uid %u) by %s: ", l->user, l->uid, l->service);
	say_style(stdout, verdict_style(a));
	sayf(stdout, "%s", verdict_word(a));
	say_style(stdout, STYLE_PLAIN);
	sayf(stdout, "%s%s\n", a->why[0] != '\0' ? ": " : "", a->why);
	if (a->d->verdict == VERDICT_DENY && !a->vain && a->d->user_text[0] != '\0')
		sayf(stdout, "the user is told: %s\n", a->d->user_text);
	if (a->d->verdict == VERDICT_DENY && a->d->settings.action.v == ACTION_CONFINE)
		text_services(a);
}

/* Counts the skipped sections if there are many, so that the short answer stays short. */
static void text_skipped(const struct explain *x)
{
	enum { SHOWN_MAX = 12 };

	if (x->o.all || x->n_skipped <= SHOWN_MAX)
		(void)fwrite(x->skipped_text, 1, x->skipped_size, stdout);
	else
		sayf(stdout, "%u sections skipped; --all shows them\n", x->n_skipped);
}

static void text_show(const struct explain *x, const struct answer *a)
{
	const struct decision *d = a->d;
	const bool settled = d->rule[0] != '\0' && d->settings.services.n > 0 &&
			     d->verdict != VERDICT_UNCONFINED;

	text_verdict(a);
	if (a->plan != NULL)
		summary(x, a, text_brief_line, NULL);
	text_warnings(a);
	text_skipped(x);
	if (d->rule[0] != '\0')
		sayf(stdout, "%s: matches\n", d->rule);
	if (settled && x->o.all)
		text_all_settings(&d->settings);
	else if (settled)
		text_differing(&d->settings, d->err.line == 0);
	if (a->plan == NULL)
		return;
	if (!x->o.all) {
		sayf(stdout, "--all shows every setting, mount and limit\n");
		return;
	}
	sayf(stdout, "what will be done:\n");
	explain_plan(a->plan, a->login, text_plan_line, NULL);
	explain_kernel(a->plan, NULL);
}

/* ---- JSON ---- */

static void json_plan_line(void *arg, const char *text)
{
	json_string(arg, NULL, text);
}

static void json_settings(struct json *j, const struct settings *s)
{
	static char value[65536];
	size_t n;
	const struct setting *row = settings_table(&n);

	for (size_t i = 0; i < n; i++, row++) {
		char from[2048], replaced[512];

		(void)settings_print(s, row, value, sizeof value); /* cut when too long */
		(void)settings_from(s, row, from, sizeof from);
		(void)settings_replaced(s, row, replaced, sizeof replaced);
		json_object(j, NULL);
		json_string(j, "name", row->name);
		json_string(j, "value", value);
		json_string(j, "from", from);
		json_string(j, "replaced", replaced + (replaced[0] != '\0' ? 2 : 0));
		json_string(j, "help", row->help);
		json_end(j);
	}
}

static void json_warnings(struct json *j, const struct diag *warnings)
{
	char text[2048];

	json_array(j, "warnings");
	for (size_t i = 0; i < warnings->n; i++)
		json_string(j, NULL, err_text(&warnings->list[i], text, sizeof text));
	json_end(j);
}

static void json_verdict(struct json *j, const struct answer *a)
{
	const bool refused = a->d->verdict == VERDICT_DENY;

	json_string(j, "user", a->facts->login.user);
	json_number(j, "uid", a->facts->login.uid);
	json_string(j, "service", a->facts->login.service);
	json_string(j, "verdict", verdict_word(a));
	json_string(j, "rule", a->d->rule);
	json_string(j, "error", refused ? a->why : "");
	json_string(j, "reason", a->why);
	json_string(j, "message", refused ? a->d->user_text : "");
}

static void json_brief_line(void *arg, const char *name, const char *text)
{
	json_string(arg, name, text);
}

static void json_show(struct explain *x, const struct answer *a)
{
	const struct decision *d = a->d;
	struct json *j = &x->json;

	json_verdict(j, a);
	if (a->plan != NULL) {
		json_object(j, "summary");
		summary(x, a, json_brief_line, j);
		json_end(j);
		explain_kernel(a->plan, j);
	}
	json_array(j, "settings");
	if (d->rule[0] != '\0' && d->settings.services.n > 0)
		json_settings(j, &d->settings);
	json_end(j);
	json_array(j, "plan");
	if (a->plan != NULL)
		explain_plan(a->plan, a->login, json_plan_line, j);
	json_end(j);
}

/* ---- both ---- */

static void show_open(struct explain *x, const struct err *e)
{
	char line[1200];

	(void)err_text(e, line, sizeof line);
	if (x->o.json) {
		json_string(&x->json, NULL, line);
		return;
	}
	say_style(stdout, STYLE_BAD);
	sayf(stdout, "open: %s\n", line);
	say_style(stdout, STYLE_PLAIN);
}

static void show_door(void *arg, const struct door *door)
{
	char text[800];
	struct err e = door->why;

	(void)snprintf(e.msg, sizeof e.msg, "%.500s",
		       door_text(door, text, sizeof text)); /* cut: for people */
	show_open(arg, &e);
}

struct servers {
	struct explain *x;
	size_t n;
};

static void show_server(void *arg, bool danger, const struct err *why)
{
	struct servers *s = arg;

	if (!danger)
		return;
	s->n++;
	show_open(s->x, why);
}

/*
 * Lists services that do not use pam_cordon, and servers that go past PAM. An unconfined account needs
 * no such list.
 */
static void show_doors(struct explain *x, struct answer *a)
{
	struct servers servers = { .x = x };

	if (x->o.json)
		json_array(&x->json, "open");
	if (a->d->verdict != VERDICT_UNCONFINED) {
		a->open = doors_open(x->paths.root, show_door, x);
		servers_each(x->paths.root, show_server, &servers);
		a->open += servers.n;
	}
	if (x->o.json)
		json_end(&x->json);
}

int explain_show(struct explain *x, struct decision *d, const struct facts *facts)
{
	struct answer a = { .d = d, .facts = facts, .warnings = { .max = DIAG_MAX } };

	answer_find(x, d, &a);
	if (x->o.json) {
		json_end(&x->json); /* ends the array of skipped sections */
		json_warnings(&x->json, &a.warnings);
		json_show(x, &a);
		show_doors(x, &a);
		json_end(&x->json);
	} else {
		text_show(x, &a);
		show_doors(x, &a);
	}
	diag_free(&a.warnings);
	free(a.plan);
	free(a.login);
	return d->verdict == VERDICT_DENY || a.vain || a.open > 0 ? EXIT_NO : EXIT_YES;
}
