/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the options of a command: one table for the parser, --help and the completion */
#ifndef CORDON_CTL_OPTIONS_H
#define CORDON_CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct option_list - the arguments of a repeatable option
 */
struct option_list {
	const char *item[256];
	unsigned n;
};

/* How the argument of an option is read, which depends on the type of its member. */
enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_SPAN };

/**
 * struct option_row - an option, and the member of a structure that holds its value
 * @name:     without the leading --
 * @argument: as --help shows it; "" for an option without an argument; "[=NAME]" for an optional
 *            argument, whose value is options_no_argument if the argument is missing
 * @help:     one line: what the option does
 * @at:       the offset of the member
 */
struct option_row {
	const char *name, *argument, *help;
	enum option_kind kind;
	size_t at;
};

/*
 * A row of a table of options. A member is a bool, a text, a list of texts, or a time span in us. The
 * rows of a command are in ctl/options/COMMAND.def, as
 *
 * OPTION(name, argument, member, help)
 *   name      without the leading --
 *   argument  as --help and cordon(1) show it; "" for none. A word in capital letters stands for a
 *             value. bash completes PROFILE, FILE, DIR, USER and GROUP by what they name
 *   member    of the structure; its type says how the option is read
 *   help      one line that begins with a verb; no full stop, no double quotes
 *
 * The parser, --help, the completion and the list in cordon(1) come from these rows, in this order.
 * man/cordon.1.in has the rest of the text about an option.
 */
#define OPTION_ROW(type, name, argument, member, help) \
	{ \
		name, argument, help, \
			_Generic(((type *)NULL)->member, \
				 bool: OPTION_FLAG, \
				 const char *: OPTION_TEXT, \
				 struct option_list: OPTION_LIST, \
				 uint64_t: OPTION_SPAN), \
			offsetof(type, member) \
	}

/* The value of a text whose option has an optional argument and is given without it. */
extern const char options_no_argument[];

/**
 * options_parse - read the options of @argv into @values, which the caller must zero before
 * @rows:    the table, of @n rows
 * @letters: "+": the first argument that is no option ends the options; "": options may also follow
 *           arguments
 *
 * Return: the index of the first argument that is no option; -EINVAL, after a message on stderr.
 */
int options_parse(const struct option_row *rows, size_t n, void *values, const char *letters,
		  int argc, char **argv);

/**
 * options_help - print the options with their help on stdout
 */
void options_help(const struct option_row *rows, size_t n);

#endif
