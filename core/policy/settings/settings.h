/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - the merged [Session] of one login: one value for each row of settings.def */
#ifndef CORDON_POLICY_SETTINGS_SETTINGS_H
#define CORDON_POLICY_SETTINGS_SETTINGS_H

#include "base/err.h"
#include "contract/storage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The line that a value comes from; file NULL: it is the default. */
struct origin {
	const char *file; /* belongs to the rule set and lives as long */
	unsigned line;
};

enum { EARLIER_MAX = 4 };

struct set_num {
	uint64_t v;
	struct origin from; /* the last line that set it */
	/* of a mask, which merges like a list: earlier lines of its value; @n_earlier of one more
	   than EARLIER_MAX means that there are others */
	struct origin earlier[EARLIER_MAX];
	unsigned n_earlier;
};

struct set_pair {
	uint64_t soft, hard; /* LIMIT_INFINITY: no limit */
	bool given;
	struct origin from;
};

struct set_item {
	char *text;    /* settings_expand() replaces its specifiers */
	bool optional; /* the rule has a leading "-", which @text does not have */
	bool expanded; /* settings_expand() has replaced its specifiers */
	bool begins;   /* the first word of its assignment: a "~" here applies to all its words */
	struct origin from;
};

struct set_list {
	struct set_item *items;
	size_t n;
	struct origin from;    /* the last line that changed the list, also by emptying it */
	struct origin emptied; /* the last line that emptied it; file NULL: none */
};

#define SET_NUM	 struct set_num
#define SET_PAIR struct set_pair
#define SET_LIST struct set_list

/**
 * struct settings - the settings of one session: a member for each row of settings.def
 *
 * settings_init() sets the defaults, the parser fills them in, settings_free() frees them.
 */
struct settings {
#define SETTING(Name, field, type, merge, run, part, def, help) STORED(SET_, type) field;
#include "settings.def"
#undef SETTING
};

/* How a value is stored: see contract/storage.h. */
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
 * settings_find - the row of the directive @name; case counts
 *
 * Return: the row; NULL: there is no such directive.
 */
const struct setting *settings_find(const char *name);

/**
 * settings_init - set every setting to its default
 *
 * Return: 0, and the caller must call settings_free(); -ENOMEM.
 */
int settings_init(struct settings *s);

/**
 * settings_free - free what @s holds; zeroed or freed settings can be freed again
 */
void settings_free(struct settings *s);

/**
 * settings_assign - merge the line @row=@value into @s
 * @value: is split in place
 * @file:  must live as long as @s
 * @d:     gets all errors; may be NULL
 *
 * Return: 0; the code of the first error, -EINVAL or -ENOMEM, with this row of @s unchanged.
 */
int settings_assign(struct settings *s, const struct setting *row, char *value, const char *file,
		    unsigned line, struct diag *d);

/**
 * settings_list_add - append a copy of @text to @l, without checks
 *
 * Return: 0; -E2BIG: the list is full; -ENOMEM.
 */
int settings_list_add(struct set_list *l, const char *text, struct origin from);

/**
 * settings_ask - is the specifier %@c in a value that settings_expand() has not expanded yet
 */
bool settings_ask(struct settings *s, char c);

/**
 * settings_expand - replace each specifier (%u ...) with its value in @facts, once
 *
 * Return: 0; -EINVAL with @e naming file:line; -ENOMEM.
 */
int settings_expand(struct settings *s, const struct facts *facts, struct err *e);

/**
 * settings_forget - undo one line of a file
 *
 * For a caller that has reported an error in this line and looks for the next error. The values of
 * the line are removed; a setting without other values gets its default again. The ports that
 * SocketBindAllow= and SocketConnectAllow= allow go with the protocols that the line denied.
 * Return: the number of settings that changed; 0 also if memory has run out.
 */
unsigned settings_forget(struct settings *s, const char *file, unsigned line);

/**
 * settings_print - print the value of @row as a rule would have it; always terminated
 *
 * The default is printed for an empty list that stands for the default.
 *
 * Return: @buf.
 */
const char *settings_print(const struct settings *s, const struct setting *row, char *buf,
			   size_t size);

/**
 * settings_origin - the line that the value of @row comes from; for a list, the last line
 */
struct origin settings_origin(const struct settings *s, const struct setting *row);

/**
 * settings_replaced - print what the value of @row replaces; always terminated
 *
 * ", replaces the default X", or ", starts with the default X" for a list after "~", or ", emptied
 * at file:line", or ", empty, so the default applies"; "" where nothing was replaced.
 *
 * Return: @buf.
 */
const char *settings_replaced(const struct settings *s, const struct setting *row, char *buf,
			      size_t size);

/**
 * settings_from - print where the value of @row comes from; always terminated
 *
 * "file:line", several of them for a list of several lines, or "default".
 *
 * Return: @buf.
 */
const char *settings_from(const struct settings *s, const struct setting *row, char *buf,
			  size_t size);

#endif
