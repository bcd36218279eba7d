/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - the merged [Session] of one login, and the types behind settings.def */
#ifndef CORDON_POLICY_SETTINGS_SETTINGS_H
#define CORDON_POLICY_SETTINGS_SETTINGS_H

#include "base/err.h"
#include "contract/storage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a value was written; file NULL: it is the default. */
struct origin {
	const char *file; /* owned by the rule set, lives as long as it does */
	unsigned line;
};

enum { EARLIER_MAX = 4 };

struct set_num {
	uint64_t v;
	struct origin from; /* of the last line that touched it */
	/* of a mask, which is a list: the lines before it that its value comes from; one more than
	   there is room for says that there are others */
	struct origin earlier[EARLIER_MAX];
	unsigned n_earlier;
};

struct set_pair {
	uint64_t soft, hard; /* LIMIT_INFINITY: no limit */
	bool given;
	struct origin from;
};

struct set_item {
	char *text;    /* specifiers expanded once settings_expand() has run */
	bool optional; /* it was written with a leading "-", which @text no longer has */
	bool expanded; /* settings_expand() has been here */
	bool begins;   /* the first word of its assignment: a "~" here is for all of them */
	struct origin from;
};

struct set_list {
	struct set_item *items;
	size_t n;
	struct origin from; /* of the last line that touched the list, an emptying one included */
	struct origin emptied; /* of the last line that emptied it; file NULL: none did */
};

#define SET_NUM	 struct set_num
#define SET_PAIR struct set_pair
#define SET_LIST struct set_list

/**
 * struct settings - what one session gets: one member a row of settings.def
 *
 * Initialised by settings_init() (the defaults), filled by the parser, freed by settings_free().
 */
struct settings {
#define SETTING(Name, field, type, merge, run, part, def, help) STORED(SET_, type) field;
#include "settings.def"
#undef SETTING
};

/* How a value is stored: see base/types.h. */
enum storage { STORE_NUM, STORE_PAIR, STORE_LIST };

/* What a directive is to `cordon run`: the column RUN of settings.def. */
enum setting_run { IN_RUN_REFUSED = 0, IN_RUN_LOGIN, IN_RUN_VIEW, IN_RUN_PROCESS };

struct type;
struct diag;
struct facts;

/**
 * struct setting - a row of settings.def
 */
struct setting {
	const char *name;
	size_t offset; /* in struct settings */
	const struct type *type;
	bool append;
	enum setting_run run;
	const char *def;
	const char *help;
};

/**
 * settings_table - the rows of settings.def, in its order
 */
const struct setting *settings_table(size_t *ret_n);

/**
 * settings_find - the row called @name; case counts
 *
 * Return: NULL for a name that is none.
 */
const struct setting *settings_find(const char *name);

/**
 * settings_init - every setting as its default
 *
 * Return: 0, then the caller's to settings_free(); -ENOMEM.
 */
int settings_init(struct settings *s);

/**
 * settings_free - give back what @s holds; zeroed or freed settings may be freed
 */
void settings_free(struct settings *s);

/**
 * settings_assign - @row=@value, merged into @s
 * @value: cut up in place
 * @file:  has to live as long as @s
 * @d:     every error that is found; may be NULL
 *
 * Return: 0; -EINVAL: the first error's code, @s unchanged in this row; -ENOMEM.
 */
int settings_assign(struct settings *s, const struct setting *row, char *value, const char *file,
		    unsigned line, struct diag *d);

/**
 * settings_list_add - one more value of @l, which is copied as it is
 *
 * Return: 0; -E2BIG: the list has all that it may have; -ENOMEM.
 */
int settings_list_add(struct set_list *l, const char *text, struct origin from);

/**
 * settings_ask - is the specifier %@c in a value that settings_expand() has still to look at
 */
bool settings_ask(struct settings *s, char c);

/**
 * settings_expand - replace the specifiers (%u ...) by what @facts say, each once
 *
 * Return: 0; -EINVAL with @e naming file:line; -ENOMEM.
 */
int settings_expand(struct settings *s, const struct facts *facts, struct err *e);

/**
 * settings_forget - make as if nothing of one line of a file had been read
 *
 * For who has told of an error there and looks for the next: what the line gave goes, a setting that
 * has nothing left is its default again.
 * Return: how many settings that changed; 0 as well when memory has run out.
 */
unsigned settings_forget(struct settings *s, const char *file, unsigned line);

/**
 * settings_print - the value of @row as one would write it, always terminated
 *
 * Return: @buf.
 */
const char *settings_print(const struct settings *s, const struct setting *row, char *buf,
			   size_t size);

/**
 * settings_origin - where the value of @row was written, of a list its last line
 */
struct origin settings_origin(const struct settings *s, const struct setting *row);

/**
 * settings_replaced - what the value of @row took the place of: ", replaces the default X",
 * ", starts with the default X" of a list after "~", or ", emptied at file:line"; "" where nothing was replaced; always terminated
 *
 * Return: @buf.
 */
const char *settings_replaced(const struct settings *s, const struct setting *row, char *buf,
			      size_t size);

/**
 * settings_from - where the value of @row was written: "file:line", several of them for a list
 * that grew, "default", always terminated
 *
 * Return: @buf.
 */
const char *settings_from(const struct settings *s, const struct setting *row, char *buf,
			  size_t size);

#endif
