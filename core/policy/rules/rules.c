/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - parse one rule file or profile into sections and lines */
#include "policy/rules/rules.h"

#include "base/near.h"
#include "policy/rules/foreign.h"
#include "policy/settings/types.h"
#include "policy/text/lex.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum section { SECTION_NONE, SECTION_MATCH, SECTION_SESSION, SECTION_BAD };

struct parser {
	struct rule *rule;
	enum section section;
	bool profile;
	unsigned sessions;
	unsigned char *seen; /* for each row of settings.def: a line has it already */
	bool no_memory;
};

__attribute__((format(printf, 3, 4))) static void report(struct parser *p, unsigned line,
							 const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (p->section == SECTION_MATCH || p->section == SECTION_BAD)
		p->rule->match_bad = true;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap); /* cut when too long */
	va_end(ap);
	(void)diag_add(&p->rule->diag, p->rule->file, line, -EINVAL, "%s", text); /* always -EINVAL */
}

static void *grow(struct parser *p, void *array, size_t n, size_t size)
{
	void *more;

	if (n % 16 != 0)
		return array;
	more = realloc(array, (n + 16) * size);
	if (more == NULL)
		p->no_memory = true;
	return more;
}

static void add_section(struct parser *p, const char *name, unsigned line)
{
	struct rule *r = p->rule;

	if (strcmp(name, "Session") == 0) {
		p->section = SECTION_SESSION;
		r->session_line = line;
		if (p->sessions++ > 0)
			report(p, line,
			       "[Session] appears twice; move all its lines to one section");
		return;
	}
	if (strcmp(name, "Match") == 0 && !p->profile) {
		struct match *m = grow(p, r->matches, r->n_matches, sizeof *m);

		p->section = SECTION_MATCH;
		if (m == NULL)
			return;
		r->matches = m;
		m[r->n_matches++] = (struct match){ .line = line };
		return;
	}
	p->section = SECTION_BAD; /* it may be a misspelled [Match] */
	if (p->profile && strcmp(name, "Match") == 0)
		report(p, line, "[Match] is not allowed in a profile; move it to the rule");
	else if (strcmp(name, "Service") == 0) /* systemd's */
		report(p, line, "unknown section [%s]; write [Session]", name);
	else if (strcmp(name, "Unit") == 0 || strcmp(name, "Install") == 0)
		report(p, line, "unknown section [%s]; remove it", name);
	else if (p->profile)
		report(p, line, "unknown section [%s]; expected [Session]", name);
	else
		report(p, line, "unknown section [%s]; expected [Match] or [Session]", name);
}

/* Is another error kept? If not, no nearest name is searched: with 10,000 lines that takes long. */
static bool is_read(const struct parser *p)
{
	const struct diag *d = &p->rule->diag;

	return d->total == 0 || d->n < d->max;
}

static const char *nearest_key(const char *name)
{
	struct near n;

	near_start(&n, name);
	for (int i = 0; i < MATCH_KEYS; i++)
		near_try(&n, match_key_name((enum match_key)i));
	return n.best;
}

static void add_match(struct parser *p, struct lex_item *item)
{
	struct rule *r = p->rule;
	struct match *m = &r->matches[r->n_matches - 1];
	struct lex_words words = { .at = item->value, .line = item->line, .names = true };
	const int key = match_key(item->name);
	struct err e = { 0 };
	unsigned line = item->line;
	size_t n = 0;
	char *word;
	int got;

	if (key < 0) {
		const char *best = is_read(p) ? nearest_key(item->name) : NULL;

		if (settings_find(item->name) != NULL)
			report(p, item->line, "%s=: belongs to [Session]; move it there",
			       item->name);
		else if (best != NULL)
			report(p, item->line, "%s=: unknown key; did you mean %s=?", item->name,
			       best);
		else
			report(p, item->line,
			       "%s=: unknown key; expected User=, Group=, Netgroup=, Service=, RemoteHost=, TTY= or Time=",
			       item->name);
		return;
	}
	if (key == MATCH_TIME)
		lex_flatten(item->value);
	for (;;) {
		if (key == MATCH_TIME) { /* a time contains blanks, so the line has one value */
			word = item->value;
			got = n == 0 && *word != '\0';
		} else {
			got = lex_word(&words, &word, &line, &e);
		}
		if (got <= 0)
			break;
		m->items = grow(p, m->items, m->n, sizeof *m->items);
		if (m->items == NULL) {
			m->n = 0;
			return;
		}
		m->items[m->n] = (struct match_item){ .key = (enum match_key)key,
						      .negated = word[0] == '!',
						      .line = item->line,
						      .text = word + (word[0] == '!') };
		got = match_check((enum match_key)key, m->items[m->n].text, &e);
		if (got < 0)
			break;
		m->n++;
		n++;
	}
	if (got < 0)
		report(p, line, "%s=: %s", item->name, e.msg);
	else if (n == 0)
		report(p, item->line, "%s=: value is missing; write one, or remove the line",
		       item->name);
}

static void add_line(struct parser *p, struct lex_item *item)
{
	struct rule *r = p->rule;
	const struct setting *row = settings_find(item->name);
	size_t rows;
	const struct setting *table = settings_table(&rows);
	struct rule_line *lines;

	if (row == NULL) {
		struct err e = { .msg = "unknown directive" };

		if (is_read(p))
			(void)foreign_unknown(item->name, &e); /* always -EINVAL */
		report(p, item->line, "%s", e.msg);
		return;
	}
	if (p->seen[row - table] && !row->append) {
		report(p, item->line, "%s=: directive appears twice; remove one of the lines",
		       item->name);
		return;
	}
	p->seen[row - table] = 1;
	lines = grow(p, r->lines, r->n_lines, sizeof *lines);
	if (lines == NULL)
		return;
	r->lines = lines;
	lines[r->n_lines++] =
		(struct rule_line){ .row = row, .value = item->value, .line = item->line };
}

static void parse_items(struct parser *p, struct lex *lex)
{
	struct lex_item item;
	struct err e = { 0 };

	for (;;) {
		switch (lex_next(lex, &item, &e)) {
		case LEX_END:
			return;
		case LEX_BAD:
			if (p->section == SECTION_NONE)
				p->section = SECTION_BAD;
			report(p, e.line, "%s", e.msg);
			break;
		case LEX_BAD_SECTION: /* the lines that follow do not belong to the section before */
			p->section = SECTION_BAD;
			report(p, e.line, "%s", e.msg);
			break;
		case LEX_SECTION:
			add_section(p, item.name, item.line);
			break;
		case LEX_ASSIGN:
			if (p->section == SECTION_MATCH)
				add_match(p, &item);
			else if (p->section == SECTION_SESSION)
				add_line(p, &item);
			else if (p->section == SECTION_NONE) {
				p->section = SECTION_BAD;
				report(p, item.line,
				       "%s=: line is before the first section; write [Match] or [Session] above it",
				       item.name);
			}
			break;
		}
		if (p->no_memory)
			return;
	}
}

int rule_parse(const char *file, char *text, size_t size, bool profile, size_t max, struct rule *ret)
{
	struct parser p = { .rule = ret, .profile = profile };
	struct err e = { 0 };
	struct lex lex;
	size_t rows;

	(void)settings_table(&rows);
	*ret = (struct rule){ .file = strdup(file), .text = text, .diag.max = max };
	p.seen = calloc(rows, 1);
	if (ret->file == NULL || p.seen == NULL) {
		p.no_memory = true;
	} else if (lex_check(file, text, size, &e) < 0) {
		ret->match_bad = true;
		(void)diag_err(&ret->diag, &e); /* always -EINVAL */
	} else {
		lex_start(&lex, text, size);
		parse_items(&p, &lex);
		if (p.section == SECTION_NONE && !p.no_memory) {
			p.section = SECTION_BAD;
			report(&p, 1,
			       "file contains only comments; write [Match] and [Session], or mask the file");
		}
	}
	free(p.seen);
	if (!p.no_memory)
		return 0;
	rule_free(ret);
	return -ENOMEM;
}

void rule_free(struct rule *r)
{
	for (size_t i = 0; i < r->n_matches; i++)
		free(r->matches[i].items);
	free(r->matches);
	free(r->lines);
	free(r->text);
	free(r->file);
	diag_free(&r->diag);
	*r = (struct rule){ 0 };
}

int rule_match(struct rule *r, struct facts *facts, struct match_names *names,
	       const struct match **section, struct err *e)
{
	*section = NULL;
	if (r->n_matches == 0)
		return 1;
	for (size_t i = 0; i < r->n_matches; i++) {
		struct match *m = &r->matches[i];
		struct err why = { 0 };
		const int got = match_holds(m, facts, names, &m->why, &why);

		if (got < 0)
			return err_at(e, r->file, m->line, got, "%s", why.msg);
		if (got) {
			*section = m;
			return 1;
		}
	}
	return 0;
}

static int section_reach(struct match *m, struct facts *facts, struct match_names *names,
			 struct err *e)
{
	const int own = match_holds(m, facts, names, &m->why, e);
	bool every = false;
	int r;

	if (own < 0)
		return own;
	r = match_account(m, facts, names, &every, e);
	if (r <= 0)
		return r < 0 ? r : REACH_NONE;
	if (every || (own && match_names_service(m, FACTS_SERVICE_MANAGER)))
		return REACH_EVERY;
	return own ? REACH_OWN : REACH_SOME;
}

int rule_reach(struct rule *r, struct facts *facts, struct match_names *names,
	       const struct match **section, struct err *e)
{
	int reach = REACH_NONE;

	*section = NULL;
	if (r->n_matches == 0)
		return REACH_EVERY;
	for (size_t i = 0; i < r->n_matches; i++) {
		struct err why = { 0 };
		const int got = section_reach(&r->matches[i], facts, names, &why);

		if (got < 0)
			return err_at(e, r->file, r->matches[i].line, got, "%s", why.msg);
		if (got > reach) {
			reach = got;
			*section = &r->matches[i];
		}
	}
	return reach;
}

int rule_apply(struct rule *r, struct settings *s, struct diag *d)
{
	int first = 0;

	for (size_t i = 0; i < r->n_lines; i++) {
		const struct rule_line *l = &r->lines[i];
		int got;

		if (strcmp(l->row->name, "Profile") == 0)
			continue;
		got = settings_assign(s, l->row, l->value, r->file, l->line, d);
		first = first != 0 ? first : got;
	}
	return first;
}
