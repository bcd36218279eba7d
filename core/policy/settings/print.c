/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - print values as a rule would have them, and where they come from */
#include "policy/settings/settings.h"

#include "policy/settings/types.h"

#include <stdio.h>
#include <string.h>

static const void *field_in(const struct settings *s, const struct setting *row)
{
	return (const char *)s + row->offset;
}

/* A leading "~" applies to its whole assignment, so assignments with "~" are printed apart. */
static bool print_apart(const struct set_list *l, const struct type *t)
{
	for (size_t i = 0; (t->flags & TYPE_INVERSE) && i < l->n; i++)
		if (l->items[i].text[0] == '~')
			return true;
	return (t->flags & TYPE_LINE) != 0;
}

static void print_list(const struct set_list *l, const struct type *t, char *buf, size_t size)
{
	const bool apart = print_apart(l, t);
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < l->n && at < size; i++) {
		const char *text = l->items[i].text;
		const bool quote = !(t->flags & TYPE_LINE) &&
				   (text[0] == '\0' || strpbrk(text, " \t\"'\\#;") != NULL);

		at += (size_t)snprintf(buf + at, size - at, "%s%s%s",
				       i == 0			   ? "" :
				       apart && l->items[i].begins ? "; " :
								     " ",
				       l->items[i].optional ? "-" : "", quote ? "\"" : "");
		for (; *text != '\0' && at + 3 < size; text++) {
			if (quote && (*text == '"' || *text == '\\'))
				buf[at++] = '\\';
			buf[at++] = *text;
		}
		if (at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s", quote ? "\"" : "");
	}
}

/* Is the list @l of @row empty, and does the default apply therefore? */
static bool stands_for_default(const struct set_list *l, const struct setting *row)
{
	return l->n == 0 && (row->type->flags & TYPE_DEFAULT) != 0 && row->def[0] != '\0';
}

const char *settings_print(const struct settings *s, const struct setting *row, char *buf,
			   size_t size)
{
	const struct type *t = row->type;

	if (t->storage == STORE_NUM) {
		const struct set_num *n = field_in(s, row);

		t->print_num(t, n->v, buf, size);
	} else if (t->storage == STORE_PAIR) {
		const struct set_pair *p = field_in(s, row);
		char hard[64] = "";

		buf[0] = '\0';
		if (p->given) {
			t->print_num(t, p->soft, buf, size);
			if (p->soft != p->hard) {
				t->print_num(t, p->hard, hard, sizeof hard);
				(void)snprintf(buf + strlen(buf), size - strlen(buf), ":%s", hard);
			}
		}
	} else if (stands_for_default(field_in(s, row), row)) {
		(void)snprintf(buf, size, "%s", row->def); /* cut: for people */
	} else {
		print_list(field_in(s, row), t, buf, size);
	}
	return buf;
}

struct origin settings_origin(const struct settings *s, const struct setting *row)
{
	switch (row->type->storage) {
	case STORE_NUM:
		return ((const struct set_num *)field_in(s, row))->from;
	case STORE_PAIR:
		return ((const struct set_pair *)field_in(s, row))->from;
	case STORE_LIST:
		break;
	}
	return ((const struct set_list *)field_in(s, row))->from;
}

static void add_origin(const struct origin *from, char *buf, size_t size)
{
	const size_t at = strlen(buf);

	if (from->file == NULL)
		(void)snprintf(buf + at, size - at, "%sdefault",
			       at > 0 ? ", " : ""); /* cut: for people */
	else
		(void)snprintf(buf + at, size - at, "%s%s:%u", at > 0 ? ", " : "", from->file,
			       from->line);
}

static bool same_origin(const struct origin *a, const struct origin *b)
{
	return a->file == b->file && a->line == b->line;
}

const char *settings_from(const struct settings *s, const struct setting *row, char *buf,
			  size_t size)
{
	const struct origin last = settings_origin(s, row);
	const struct set_list *l = field_in(s, row);

	buf[0] = '\0';
	if (row->type->storage == STORE_NUM) {
		const struct set_num *n = field_in(s, row);

		for (unsigned i = 0; i < n->n_earlier && i < EARLIER_MAX; i++)
			add_origin(&n->earlier[i], buf, size);
		if (n->n_earlier > EARLIER_MAX)
			(void)snprintf(buf + strlen(buf), size - strlen(buf),
				       ", ..."); /* cut: for people */
	}
	if (row->type->storage != STORE_LIST || l->n == 0) {
		add_origin(&last, buf, size);
		return buf;
	}
	for (size_t i = 0; i < l->n; i++)
		if (i == 0 || !same_origin(&l->items[i].from, &l->items[i - 1].from))
			add_origin(&l->items[i].from, buf, size);
	return buf;
}

const char *settings_replaced(const struct settings *s, const struct setting *row, char *buf,
			      size_t size)
{
	const struct set_list *l = row->type->storage == STORE_LIST ? field_in(s, row) : NULL;

	buf[0] = '\0';
	if (settings_origin(s, row).file == NULL)
		return buf;
	if (l != NULL && stands_for_default(l, row))
		(void)snprintf(buf, size, ", empty, so the default applies"); /* cut: for people */
	if (!row->append)
		return buf;
	if (l != NULL && l->n == 0)
		return buf; /* settings_from() names the line that emptied the list */
	if (l != NULL && l->emptied.file != NULL)
		(void)snprintf(buf, size, ", emptied at %s:%u", l->emptied.file,
			       l->emptied.line); /* cut: for people */
	else if (row->def[0] != '\0')
		(void)snprintf(buf, size, ", %s the default %s",
			       l != NULL && (row->type->flags & TYPE_INVERSE) &&
					       l->items[0].text[0] == '~' ?
				       "starts with" :
				       "replaces",
			       row->def);
	return buf;
}
