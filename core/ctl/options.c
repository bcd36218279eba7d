/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - see options.h */
#include "ctl/options.h"

#include "ctl/say.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <string.h>

const char options_no_argument[] = "";

enum { ROWS_MAX = 64, HELP_COLUMN = 27 };

static int parse_span(const char *option, const char *text, uint64_t *ret)
{
	struct err e = { 0 };

	if (type_usec(text, 1000000, ret, &e) == 0 && *ret > 0 && *ret < UINT64_MAX / 2)
		return 0;
	sayf(stderr, "cordon: --%s: %s\n", option,
	     e.code != 0 ?
		     e.msg :
		     "the time must be finite and above 0; write a time such as 90 or 1h 30min");
	return -EINVAL;
}

static int take_option(const struct option_row *row, void *values, const char *argument)
{
	void *const member = (char *)values + row->at;
	struct option_list *list;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)member = argument != NULL ? argument : options_no_argument;
		return 0;
	case OPTION_SPAN:
		return parse_span(row->name, argument, member);
	case OPTION_LIST:
		list = member;
		if (list->n == sizeof list->item / sizeof list->item[0]) {
			sayf(stderr, "cordon: --%s: given more than %zu times; give it less often\n",
			     row->name, sizeof list->item / sizeof list->item[0]);
			return -EINVAL;
		}
		list->item[list->n++] = argument;
		return 0;
	}
	return -EINVAL;
}

static int has_argument(const struct option_row *row)
{
	if (row->argument[0] == '\0')
		return no_argument;
	return row->argument[0] == '[' ? optional_argument : required_argument;
}

int options_parse(const struct option_row *rows, size_t n, void *values, const char *letters,
		  int argc, char **argv)
{
	struct option table[ROWS_MAX + 1] = { { 0 } };
	int option;

	if (n > ROWS_MAX)
		return -EINVAL; /* a wrong table, which the tests would find */
	for (size_t i = 0; i < n; i++)
		table[i] =
			(struct option){ rows[i].name, has_argument(&rows[i]), NULL, (int)i + 256 };
	while ((option = next_option(argc, argv, letters, table)) != -1)
		if (option < 256 || take_option(&rows[option - 256], values, optarg) < 0)
			return -EINVAL; /* next_option() or take_option() has written a message */
	return optind;
}

void options_help(const struct option_row *rows, size_t n)
{
	static const char blanks[HELP_COLUMN + 1] = "                           ";

	for (size_t i = 0; i < n; i++) {
		const char *const space = has_argument(&rows[i]) == required_argument ? " " : "";
		size_t width = strlen("  --") + strlen(rows[i].name) + strlen(space) +
			       strlen(rows[i].argument);

		sayf(stdout, "  --%s%s%s", rows[i].name, space, rows[i].argument);
		if (width + 2 > HELP_COLUMN) { /* the help text gets a line of its own */
			sayf(stdout, "\n");
			width = 0;
		}
		sayf(stdout, "%.*s%s\n", (int)(HELP_COLUMN - width), blanks, rows[i].help);
	}
}
