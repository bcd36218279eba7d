/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c - assign, merge and expand the values of the directives in settings.def */
#include "policy/settings/settings.h"

#include "contract/facts.h"
#include "policy/settings/sockets.h"
#include "policy/settings/types.h"
#include "policy/text/diag.h"
#include "policy/text/lex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MERGE_APPEND  true
#define MERGE_REPLACE false

static const struct setting table[] = {
#define SETTING(Name, field, type, merge, run, part, def, help) \
	{ #Name, offsetof(struct settings, field), &type_##type, MERGE_##merge, IN_RUN_##run, def, \
	  help },
#include "settings.def"
#undef SETTING
};

enum { TABLE_N = sizeof table / sizeof table[0] };

const struct setting *settings_table(size_t *ret_n)
{
	*ret_n = TABLE_N;
	return table;
}

static unsigned bucket(const char *name)
{
	unsigned hash = 0;

	for (; *name != '\0'; name++)
		hash = hash * 31 + (unsigned char)*name;
	return hash % 256;
}

const struct setting *settings_find(const char *name)
{
	/* A hash table, because a login may read 100,000 lines. Rows of a bucket are a list of numbers from 1. */
	static unsigned char first[256], after[TABLE_N + 1];

	_Static_assert(TABLE_N < 256, "a row's number is a byte");
	if (after[0] == 0) {
		for (unsigned char i = TABLE_N; i > 0; i--) {
			const unsigned b = bucket(table[i - 1].name);

			after[i] = first[b];
			first[b] = i;
		}
		after[0] = 1;
	}
	if (strcmp(name, "ProtectHostname") == 0) /* the name of PrivateUTS= in systemd.exec(5) */
		name = "PrivateUTS";
	for (unsigned i = first[bucket(name)]; i != 0; i = after[i])
		if (strcmp(table[i - 1].name, name) == 0)
			return &table[i - 1];
	return NULL;
}

static void *field_of(struct settings *s, const struct setting *row)
{
	return (char *)s + row->offset;
}

/* ---- lists ---- */

enum { LIST_MAX = 1000 }; /* some uses of a list take time with the square of its length */

static void list_clear(struct set_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].text);
	free(l->items);
	l->items = NULL;
	l->n = 0;
}

/* Append a copy of @text with the other members of @item. */
static int list_add(struct set_list *l, const char *text, const struct set_item *item)
{
	struct set_item *items = realloc(l->items, (l->n + 1) * sizeof *items);
	char *copy;

	if (items == NULL)
		return -ENOMEM;
	l->items = items;
	copy = strdup(text);
	if (copy == NULL)
		return -ENOMEM;
	items[l->n] = *item;
	items[l->n++].text = copy;
	return 0;
}

int settings_list_add(struct set_list *l, const char *text, struct origin from)
{
	return l->n >= LIST_MAX ?
		       -E2BIG :
		       list_add(l, text, &(struct set_item){ .begins = true, .from = from });
}

static int list_item(struct set_list *l, const struct type *t, char *word, struct origin from,
		     struct err *e)
{
	const bool optional = (t->flags & TYPE_OPTIONAL) && word[0] == '-';
	char home[] = "-%h";
	int r;

	if ((t->flags & TYPE_TILDE) && strcmp(word + (word[0] == '-'), "~") == 0)
		word = home + (word[0] != '-');
	r = t->check(word + optional, e);
	if (r < 0)
		return r;
	return list_add(l, word + optional,
			&(struct set_item){
				.optional = optional, .begins = l->n == 0, .from = from }) < 0 ?
		       err_set(e, -ENOMEM, "out of memory") :
		       0;
}

static int list_words(struct set_list *l, const struct setting *row, char *value, const char *file,
		      unsigned line, struct diag *d)
{
	struct lex_words words = { .at = value, .line = line };
	struct err e = { 0 };
	int first = 0, r;
	char *word;

	for (;;) {
		unsigned at = line;

		r = lex_word(&words, &word, &at, &e);
		if (r == 0)
			return first;
		if (r == 1 && (row->type->flags & TYPE_ONE) && l->n == 1)
			r = err_set(&e, -EINVAL, "more than one value; expected %s",
				    row->type->syntax);
		else if (r == 1 && l->n == LIST_MAX)
			return diag_add(d, file, at, -E2BIG, "%s=: more than %d values; remove some",
					row->name, LIST_MAX);
		else if (r == 1)
			r = list_item(l, row->type, word, (struct origin){ file, at }, &e);
		if (r < 0) {
			r = diag_add(d, file, at, r, "%s=: %s", row->name, e.msg);
			first = first != 0 ? first : r;
			if (e.code == -EINVAL && words.at != NULL && *words.at != '\0' && d != NULL)
				continue;
			return first;
		}
	}
}

static int assign_list(struct set_list *l, const struct setting *row, char *value, const char *file,
		       unsigned line, struct diag *d)
{
	const struct origin from = { file, line };
	__attribute__((cleanup(list_clear))) struct set_list add = { .from = from };
	struct err e = { 0 };
	int r = 0;

	if (!(row->type->flags & TYPE_LINE)) {
		r = list_words(&add, row, value, file, line, d);
		if (r < 0)
			return r;
	} else {
		lex_flatten(value);
		if (*value != '\0' && (r = list_item(&add, row->type, value, from, &e)) < 0)
			return diag_add(d, file, line, r, "%s=: %s", row->name, e.msg);
	}
	/* An empty assignment empties the list, and the first assignment replaces the default. */
	if (!row->append || add.n == 0 || l->from.file == NULL) {
		if (row->append && add.n == 0)
			add.emptied = from;
		list_clear(l);
		*l = add;
		add = (struct set_list){ 0 };
		return 0;
	}
	if (l->n + add.n > LIST_MAX)
		return diag_add(d, file, line, -E2BIG, "%s=: more than %d values; remove some",
				row->name, LIST_MAX);
	for (size_t i = 0; i < add.n; i++)
		if (list_add(l, add.items[i].text, &add.items[i]) < 0)
			return diag_add(d, file, line, -ENOMEM, "out of memory");
	l->from = from;
	return 0;
}

/* ---- numbers ---- */

static int assign_num(struct set_num *n, const struct setting *row, char *value, const char *file,
		      unsigned line, struct diag *d)
{
	struct err e = { 0 };
	/* a mask merges like a list: it starts from the value of earlier lines */
	uint64_t v = row->append && n->from.file != NULL && *value != '\0' ? n->v : row->type->unset;
	const char given = *value;
	int r = 0;

	lex_flatten(value);
	if (*value == '\0' && !(row->type->flags & TYPE_UNSET))
		return diag_add(d, file, line, -EINVAL, "%s=: value is missing; expected %s",
				row->name, row->type->syntax);
	if (*value != '\0' && row->append)
		r = row->type->parse_mask(row->type, value, n->from.file == NULL, &v, &e);
	else if (*value != '\0')
		r = row->type->parse_num(row->type, value, &v, &e);
	if (r < 0)
		return diag_add(d, file, line, -EINVAL, "%s=: %s", row->name, e.msg);
	if (!row->append || given == '\0' || n->from.file == NULL)
		n->n_earlier = 0;
	else if (n->n_earlier < EARLIER_MAX)
		n->earlier[n->n_earlier++] = n->from;
	else
		n->n_earlier = EARLIER_MAX + 1;
	n->v = v;
	n->from = (struct origin){ file, line };
	return 0;
}

static int assign_pair(struct set_pair *p, const struct setting *row, char *value, const char *file,
		       unsigned line, struct diag *d)
{
	struct set_pair v = { .given = true, .from = { file, line } };
	struct err e = { 0 };
	char *hard;

	lex_flatten(value);
	if (*value == '\0') {
		*p = (struct set_pair){ .from = { file, line } };
		return 0;
	}
	hard = strchr(value, ':');
	if (hard != NULL)
		*hard++ = '\0';
	if (row->type->parse_num(row->type, value, &v.soft, &e) < 0 ||
	    (hard != NULL && row->type->parse_num(row->type, hard, &v.hard, &e) < 0))
		return diag_add(d, file, line, -EINVAL, "%s=: %s", row->name, e.msg);
	if (hard == NULL)
		v.hard = v.soft;
	if (v.soft > v.hard)
		return diag_add(
			d, file, line, -EINVAL,
			"%s=: soft limit exceeds the hard limit; lower the soft limit, or raise the hard limit",
			row->name);
	*p = v;
	return 0;
}

int settings_assign(struct settings *s, const struct setting *row, char *value, const char *file,
		    unsigned line, struct diag *d)
{
	switch (row->type->storage) {
	case STORE_NUM:
		return assign_num(field_of(s, row), row, value, file, line, d);
	case STORE_PAIR:
		return assign_pair(field_of(s, row), row, value, file, line, d);
	case STORE_LIST:
		return assign_list(field_of(s, row), row, value, file, line, d);
	}
	return -EINVAL;
}

static int assign_default(struct settings *s, const struct setting *row)
{
	struct diag d = { 0 };
	char value[256];
	int r = 0;

	if (row->def[0] != '\0' || (row->type->flags & TYPE_UNSET)) {
		(void)snprintf(value, sizeof value, "%s", row->def); /* every default fits */
		r = settings_assign(s, row, value, NULL, 0, &d);
	}
	diag_free(&d);
	return r;
}

int settings_init(struct settings *s)
{
	int r = 0;

	memset(s, 0, sizeof *s);
	for (size_t i = 0; r == 0 && i < TABLE_N; i++)
		r = assign_default(s, &table[i]);
	if (r < 0)
		settings_free(s);
	return r;
}

void settings_free(struct settings *s)
{
	for (size_t i = 0; i < TABLE_N; i++)
		if (table[i].type->storage == STORE_LIST)
			list_clear(field_of(s, &table[i]));
}

/* ---- remove a line that has an error ---- */

static bool is_at(const struct origin *from, const char *file, unsigned line)
{
	return from->file != NULL && from->line == line && strcmp(from->file, file) == 0;
}

/* Remove the items of one line; true: the list has changed. */
static bool list_forget(struct set_list *l, const char *file, unsigned line)
{
	bool gone = is_at(&l->from, file, line);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (is_at(&l->items[i].from, file, line))
			free(l->items[i].text);
		else
			l->items[n++] = l->items[i];
	gone = gone || n != l->n;
	l->n = n;
	if (n > 0 && gone)
		l->from = l->items[n - 1].from;
	return gone;
}

static unsigned forget_line(struct settings *s, const char *file, unsigned line)
{
	unsigned changed = 0;

	for (size_t i = 0; i < TABLE_N; i++) {
		const struct origin from = settings_origin(s, &table[i]);
		void *field = field_of(s, &table[i]);

		if (table[i].type->storage == STORE_LIST) {
			struct set_list *l = field;

			if (!list_forget(l, file, line))
				continue;
			changed++;
			if (l->n > 0)
				continue;
			list_clear(l);
			*l = (struct set_list){ 0 };
		} else if (is_at(&from, file, line)) {
			changed++;
			if (table[i].type->storage == STORE_NUM)
				*(struct set_num *)field = (struct set_num){ 0 };
			else
				*(struct set_pair *)field = (struct set_pair){ 0 };
		} else {
			continue;
		}
		if (assign_default(s, &table[i]) < 0)
			return 0;
	}
	return changed;
}

/* Ports are allowed from what @deny denies; @denied is what it denied before a line was removed. */
static void forget_ports(struct set_list *allow, const struct set_list *deny, unsigned denied)
{
	if (sockets_denied(deny) == denied)
		return;
	list_clear(allow);
	*allow = (struct set_list){ 0 };
}

unsigned settings_forget(struct settings *s, const char *file, unsigned line)
{
	const unsigned bind = sockets_denied(&s->socket_bind_deny);
	const unsigned connect = sockets_denied(&s->socket_connect_deny);
	const unsigned changed = forget_line(s, file, line);

	forget_ports(&s->socket_bind_allow, &s->socket_bind_deny, bind);
	forget_ports(&s->socket_connect_allow, &s->socket_connect_deny, connect);
	return changed;
}

/* ---- specifiers ---- */

static const char *specifier_value(char c, const struct facts *f, char *buf, size_t size)
{
	switch (c) {
	case 'u':
		return f->login.user;
	case 'U':
		(void)snprintf(buf, size, "%u", f->login.uid); /* fits */
		return buf;
	case 'g':
		return f->group;
	case 'G':
		(void)snprintf(buf, size, "%u", f->gid); /* fits */
		return buf;
	case 'h':
		return f->home;
	case 'H':
		return f->host;
	case 's':
		return f->login.service;
	case 'i':
		return f->session;
	case '%':
		return "%";
	}
	return NULL;
}

static int expand(const char *text, unsigned flags, const struct facts *f, char **ret, struct err *e)
{
	char out[8192], buf[32];
	size_t at = 0;

	for (; *text != '\0'; text++) {
		const char *v;
		size_t len;

		if (*text != '%') {
			if (at + 1 >= sizeof out)
				return err_set(
					e, -EINVAL,
					"value is too long after its specifiers are replaced; shorten it");
			out[at++] = *text;
			continue;
		}
		text++;
		v = specifier_value(*text, f, buf, sizeof buf);
		if (v == NULL)
			return err_set(e, -EINVAL,
				       "'%%' has no specifier letter; write %%%% for a percent sign");
		/* A value with '/', or the value "..", must not lead out of the directory in the path. */
		if ((flags & TYPE_PATH) &&
		    (strchr(v, ':') != NULL ||
		     (*text != 'h' &&
		      (strchr(v, '/') != NULL || strcmp(v, "..") == 0 || strcmp(v, ".") == 0))))
			return err_set(
				e, -EINVAL,
				"%%%c is '%s', which is not allowed in a path; write the path without %%%c",
				*text, v, *text);
		/* A home with a blank or wildcard must not change the words of a command. */
		if ((flags & TYPE_WORDS) && strpbrk(v, " \t\"'\\|&;<>()$`*?[]{}~#!=") != NULL)
			return err_set(
				e, -EINVAL,
				"%%%c is '%s', which is not allowed in a command; write the command without %%%c",
				*text, v, *text);
		len = strlen(v);
		if (at + len >= sizeof out)
			return err_set(
				e, -EINVAL,
				"value is too long after its specifiers are replaced; shorten it");
		memcpy(out + at, v, len);
		at += len;
	}
	out[at] = '\0';
	*ret = strdup(out);
	return *ret != NULL ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int expand_list(struct set_list *l, const struct setting *row, const struct facts *f,
		       struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		struct set_item *item = &l->items[i];
		struct err why = { 0 };
		char *text = NULL;
		int r;

		if (item->expanded || strchr(item->text, '%') == NULL)
			continue;
		r = expand(item->text, row->type->flags, f, &text, &why);
		if (r == 0 && row->type->settle != NULL && (r = row->type->settle(text, &why)) < 0)
			free(text);
		if (r < 0)
			return err_at(e, item->from.file, item->from.line, r, "%s=: %s", row->name,
				      why.msg);
		free(item->text);
		item->text = text;
		item->expanded = true;
	}
	return 0;
}

static bool list_asks(const struct set_list *l, char c)
{
	for (size_t i = 0; i < l->n; i++)
		for (const char *at = l->items[i].text;
		     !l->items[i].expanded && (at = strchr(at, '%')) != NULL; at++) {
			at++; /* skip "%%" as a whole */
			if (*at == c)
				return true;
			if (*at == '\0')
				break;
		}
	return false;
}

bool settings_ask(struct settings *s, char c)
{
	for (size_t i = 0; i < TABLE_N; i++)
		if (table[i].type->storage == STORE_LIST &&
		    (table[i].type->flags & TYPE_SPECIFIERS) && list_asks(field_of(s, &table[i]), c))
			return true;
	return false;
}

int settings_expand(struct settings *s, const struct facts *facts, struct err *e)
{
	for (size_t i = 0; i < TABLE_N; i++) {
		int r;

		if (table[i].type->storage != STORE_LIST ||
		    !(table[i].type->flags & TYPE_SPECIFIERS))
			continue;
		r = expand_list(field_of(s, &table[i]), &table[i], facts, e);
		if (r < 0)
			return r;
	}
	return 0;
}
