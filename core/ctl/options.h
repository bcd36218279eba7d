/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the options of a command: one table for the parser, --help and the completion */
#ifndef CORDON_CTL_OPTIONS_H
#define CORDON_CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct option_list - the arguments of an option that may be repeated
 */
struct option_list {
	const char *item[256];
	unsigned n;
};

/* The type of a member says how its option is read. */
enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_SPAN };

/**
 * struct option_row - an option, and the member of the command's structure that holds its value
 * @name:     without the leading --
 * @argument: as --help shows it; "" for an option without an argument, "[=NAME]" for one that may
 *            have one: a text is options_no_argument without
 * @help:     one line: what the option does
 * @at:       the offset of the member
 */
struct option_row {
	const char *name, *argument, *help;
	enum option_kind kind;
	size_t at;
};

/*
 * A row of a table of options for a structure: bool, text, list of texts, or a time span in us. The
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
 * man/cordon.1.in has what else there is to say of an option.
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

/* What a text is where its option has no argument though it may have one. */
extern const char options_no_argument[];

/**
 * options_parse - read the options of @argv into @values, which is zeroed before
 * @rows:   the table, of @n rows
 * @letters: "+": the first argument that is no option ends the options; "": options may stand
 *           between and behind arguments
 *
 * Return: the index of the first argument that is no option; -EINVAL, said on stderr.
 */
int options_parse(const struct option_row *rows, size_t n, void *values, const char *letters,
		  int argc, char **argv);

/**
 * options_help - list the options on stdout, each with its help
 */
void options_help(const struct option_row *rows, size_t n);

#endif
