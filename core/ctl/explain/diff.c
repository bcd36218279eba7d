/* SPDX-License-Identifier: Apache-2.0 */
/* diff.c - see diff.h: print what differs between two sides */
#include "ctl/explain/diff.h"

#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 65536 };

void side_free(struct side *s)
{
	decision_free(&s->d);
	memset(s, 0, sizeof *s);
}

void side_decide(const struct policy_paths *paths, struct facts *facts, struct side *ret)
{
	struct decision *d = &ret->d;

	(void)policy_decide(paths, facts, d); /* @d says what failed */
	ret->verdict = d->verdict == VERDICT_CONFINE	? "confined" :
		       d->verdict == VERDICT_UNCONFINED ? "left alone" :
							  "refused";
	/* where the host refuses what the rule confines, the rule's settings are known all the same */
	ret->settled = d->verdict == VERDICT_CONFINE ||
		       (d->verdict == VERDICT_DENY && d->err.code != 0 && d->rule[0] != '\0' &&
			d->settings.services.n > 0);
	if (d->err.code != 0)
		(void)err_text(&d->err, ret->why, sizeof ret->why);
	else
		(void)snprintf(ret->why, sizeof ret->why, "%s",
			       d->rule[0] != '\0'    ? d->rule :
			       facts->login.uid == 0 ? "uid 0 is never confined" :
						       "no rule matches"); /* fits */
}

/* The two values of a directive. Profile= names where values come from, and has no effect itself. */
struct change {
	const struct setting *row;
	char from[VALUE_MAX], to[VALUE_MAX];
	char from_place[2048], to_place[2048];
};

static bool differs(const struct side *a, const struct side *b, const struct setting *row,
		    struct change *ret)
{
	ret->row = row;
	(void)settings_print(&a->d.settings, row, ret->from,
			     sizeof ret->from); /* cut when too long */
	(void)settings_print(&b->d.settings, row, ret->to, sizeof ret->to);
	if (strcmp(row->name, "Profile") == 0 || strcmp(ret->from, ret->to) == 0)
		return false;
	(void)settings_from(&a->d.settings, row, ret->from_place, sizeof ret->from_place);
	(void)settings_from(&b->d.settings, row, ret->to_place, sizeof ret->to_place);
	return true;
}

/* Calls @each for each directive that differs; returns their number. */
static size_t walk(const struct side *a, const struct side *b,
		   void (*each)(void *arg, const struct change *c), void *arg)
{
	static struct change change; /* large */
	size_t n_rows, n = 0;
	const struct setting *row = settings_table(&n_rows);

	for (size_t i = 0; a->settled && b->settled && i < n_rows; i++)
		if (differs(a, b, &row[i], &change)) {
			each(arg, &change);
			n++;
		}
	return n;
}

/* ---- text ---- */

struct text {
	FILE *out;
	const struct side *a, *b;
	const char *indent;
	bool begun;
};

static void line(FILE *out, const char *indent, enum style style, char sign, const char *text,
		 const char *value, const char *place)
{
	sayf(out, "%s", indent);
	say_style(out, style);
	(void)fputc(sign, out);
	sayf(out, " %s=%s", text, value);
	say_style(out, STYLE_PLAIN);
	sayf(out, " (%s)\n", place);
}

static void head(FILE *out, const char *indent, const char *sign, const struct side *s)
{
	sayf(out, "%s%s %s", indent, sign, s->name);
	if (s->verdict[0] != '\0')
		sayf(out, ": %s (%s)", s->verdict, s->why);
	sayf(out, "\n");
}

static void begin(struct text *t)
{
	if (t->begun)
		return;
	t->begun = true;
	head(t->out, t->indent, "---", t->a);
	head(t->out, t->indent, "+++", t->b);
}

static void text_change(void *arg, const struct change *c)
{
	struct text *t = arg;

	begin(t);
	line(t->out, t->indent, STYLE_BAD, '-', c->row->name, c->from, c->from_place);
	line(t->out, t->indent, STYLE_GOOD, '+', c->row->name, c->to, c->to_place);
}

static bool verdict_differs(const struct side *a, const struct side *b)
{
	return strcmp(a->verdict, b->verdict) != 0;
}

size_t diff_print(FILE *out, const struct side *a, const struct side *b, const char *indent)
{
	struct text t = { .out = out, .a = a, .b = b, .indent = indent };
	const size_t verdict = verdict_differs(a, b) ? 1 : 0;

	if (verdict > 0)
		begin(&t);
	return verdict + walk(a, b, text_change, &t);
}

/* ---- JSON ---- */

static void json_side(struct json *j, const char *name, const struct side *s)
{
	json_object(j, name);
	json_string(j, "name", s->name);
	json_string(j, "verdict", s->verdict);
	json_string(j, "why", s->why);
	json_end(j);
}

static void json_change(void *arg, const struct change *c)
{
	struct json *j = arg;

	json_object(j, NULL);
	json_string(j, "name", c->row->name);
	json_string(j, "old", c->from);
	json_string(j, "old_from", c->from_place);
	json_string(j, "new", c->to);
	json_string(j, "new_from", c->to_place);
	json_end(j);
}

static size_t print_json(struct json *j, const struct side *a, const struct side *b)
{
	size_t n;

	json_object(j, NULL);
	json_side(j, "old", a);
	json_side(j, "new", b);
	json_array(j, "changes");
	n = walk(a, b, json_change, j);
	json_end(j);
	n += verdict_differs(a, b) ? 1 : 0;
	json_bool(j, "same", n == 0);
	json_end(j);
	return n;
}

/* ---- the command ---- */

int diff_sides(struct explain *x, const struct side *a, const struct side *b)
{
	const size_t n = x->o.json ? print_json(&x->json, a, b) : diff_print(stdout, a, b, "");

	if (n == 0 && !x->o.json)
		sayf(stdout, "no difference\n");
	return n == 0 ? EXIT_YES : EXIT_NO;
}
