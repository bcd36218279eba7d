/* SPDX-License-Identifier: Apache-2.0 */
/* check_override.c - warnings about lines that open what an earlier line has closed, or the reverse */
#include "ctl/check/check_warn.h"

#include "ctl/explain/exposure.h"

#include "contract/words.h"

#include <string.h>

/* ---- a value that opens more than the value before it ---- */

static bool same_line(const struct origin *a, const struct origin *b)
{
	return a->file != NULL && b->file != NULL && a->line == b->line &&
	       strcmp(a->file, b->file) == 0;
}

/*
 * Compares the settings @before a profile or the rule's own lines with those @after it. What a later line
 * closes again, as @last has it, is not open.
 */
static void lifted(const struct settings *before, const struct settings *after,
		   const struct settings *last, struct diag *d)
{
	size_t n;
	const struct exposure *const table = exposure_table(&n);

	for (size_t i = 0; i < n; i++) {
		const struct setting *const row = settings_find(table[i].name);
		const struct origin old = settings_origin(before, row),
				    new = settings_origin(after, row),
				    decides = settings_origin(last, row);
		char from[512], to[512];

		if (row->append || old.file == NULL || new.file == NULL ||
		    strcmp(old.file, new.file) == 0 || !same_line(&new, &decides) ||
		    table[i].rate(after, row) <= table[i].rate(before, row))
			continue;
		(void)settings_print(before, row, from, sizeof from); /* cut: for people */
		(void)settings_print(after, row, to, sizeof to);
		if (strcmp(from, to) == 0)
			continue; /* another directive has changed the rate */
		check_warn(
			d, new.file, new.line,
			"%s=: '%s' opens what '%s' at %s:%u closes, and decides, because it is read later; remove this line if that is not meant",
			row->name, to, from, old.file, old.line);
	}
}

/* ---- a path of a profile inside a path that the rule closes ---- */

/* Is @path below @dir, and not @dir itself? */
static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len == 1)
		return path[1] != '\0';
	return strncmp(path, dir, len) == 0 && path[len] == '/' && path[len + 1] != '\0';
}

/* The longest path decides, in whatever order the lines are: a profile can open a part of the rule's. */
static void inside(const char *file, const char *opens, const struct set_list *open,
		   const char *closes, const struct set_list *closed, struct diag *d)
{
	for (size_t i = 0; i < open->n; i++)
		for (size_t k = 0; k < closed->n; k++) {
			const struct set_item *const o = &open->items[i], *const c =
										  &closed->items[k];

			if (o->from.file == NULL || c->from.file == NULL ||
			    strcmp(o->from.file, file) == 0 || strcmp(c->from.file, file) != 0 ||
			    !is_below(o->text, c->text))
				continue;
			check_warn(
				d, c->from.file, c->from.line,
				"%s=: '%s' does not close '%s', which %s= at %s:%u opens: the longest path decides; name that path here as well, or write '%s=' to empty the list",
				closes, c->text, o->text, opens, o->from.file, o->from.line, opens);
		}
}

static void paths(const char *file, const struct settings *s, struct diag *d)
{
	inside(file, "ReadWritePaths", &s->read_write_paths, "InaccessiblePaths",
	       &s->inaccessible_paths, d);
	inside(file, "ReadOnlyPaths", &s->read_only_paths, "InaccessiblePaths",
	       &s->inaccessible_paths, d);
	inside(file, "ReadWritePaths", &s->read_write_paths, "ReadOnlyPaths", &s->read_only_paths,
	       d);
	inside(file, "ExecPaths", &s->exec_paths, "NoExecPaths", &s->no_exec_paths, d);
}

void check_warn_override(const struct policy_paths *where, const struct rule *rule,
			 const struct settings *s, struct diag *d)
{
	const struct set_list *const names = &s->profile;
	__attribute__((cleanup(diag_free))) struct diag ignored = { 0 };
	struct rule_set set = { 0 };
	struct settings now = { 0 }, before = { 0 };
	/* as often as there are states: the settings cannot be copied */
	for (size_t i = 1; s->action.v == ACTION_CONFINE && i <= names->n; i++) {
		int r = settings_init(&before) < 0 || settings_init(&now) < 0 ? -1 : 0;

		for (size_t k = 0; r == 0 && k < i; k++) {
			r = policy_merge_profile(where, names->items[k].text, "check", &set, &now,
						 &ignored);
			if (r == 0 && k + 1 < i)
				r = policy_merge_profile(where, names->items[k].text, "check", &set,
							 &before, &ignored);
		}
		if (r == 0 && i > 1)
			lifted(&before, &now, s, d);
		if (r == 0 && i == names->n)
			lifted(&now, s, s, d);
		settings_free(&before);
		settings_free(&now);
	}
	rule_set_free(&set);
	if (s->action.v != ACTION_CONFINE)
		return;
	paths(rule->file, s, d);
}
