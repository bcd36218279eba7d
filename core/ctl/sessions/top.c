/* SPDX-License-Identifier: Apache-2.0 */
/* top.c - cordon top: what the sessions use, again and again */
#include "ctl/sessions/sessions.h"

#include "ctl/ctl.h"
#include "policy/settings/types.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INTERVAL_USEC = 2000000 };

struct top_options {
	const char *user, *count;
	uint64_t interval_usec;
	bool help;
};

static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct top_options, name, argument, member, help),
#include "ctl/options/top.def"
#undef OPTION
};
enum { ROWS_N = sizeof rows / sizeof rows[0] };

static const struct session_row *row_before(const struct sessions *before, const char *id)
{
	for (size_t i = 0; i < before->n; i++)
		if (strcmp(before->row[i].id, id) == 0)
			return &before->row[i];
	return NULL;
}

static bool measured(const struct session_row *row)
{
	return row != NULL && row->answers && (row->state.flags & WIRE_STATE_USED);
}

/*
 * The processor time between two looks in percent of one processor; -1: unknown. Without a control
 * group, the time of a process can go with the process.
 */
static double percent(const struct sessions *before, const struct session_row *row)
{
	const struct session_row *old = row_before(before, row->id);

	if (!measured(old) || !measured(row) || row->state.at <= old->state.at)
		return -1;
	if (row->state.cpu_usec <= old->state.cpu_usec)
		return 0;
	return 100.0 * (double)(row->state.cpu_usec - old->state.cpu_usec) /
	       (double)(row->state.at - old->state.at);
}

/**
 * struct line - a session with what it is sorted by
 */
struct line {
	const struct session_row *row;
	double cpu;
};

static int by_cpu(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->cpu < y->cpu || x->cpu > y->cpu)
		return x->cpu < y->cpu ? 1 : -1;
	return strcmp(x->row->id, y->row->id);
}

static void print_line(const struct line *l)
{
	const struct session_row *row = l->row;
	char processes[24] = "-", cpu[24] = "-";

	if (!row->answers) {
		sayf(stdout, "%s %s (the keeper does not answer)\n", row->id, row->user);
		return;
	}
	if (measured(row))
		(void)snprintf(processes, sizeof processes, "%llu%s",
			       (unsigned long long)row->state.processes,
			       row->state.flags & WIRE_STATE_MORE ? "+" : ""); /* fits */
	if (l->cpu >= 0)
		(void)snprintf(cpu, sizeof cpu, "%.1f", l->cpu); /* fits */
	sayf(stdout, "%s", row->id);
	session_right(cpu, 6);
	session_right(processes, 7);
	session_right(measured(row) ? session_bytes(row->state.memory) : "-", 7);
	session_right(measured(row) ? session_time(row->state.cpu_usec) : "-", 8);
	sayf(stdout, "  %s", row->user);
	if (row->state.logins == 0)
		sayf(stdout, ", no login");
	else
		sayf(stdout, " by %s%s%s", row->login.service, row->from[0] != '\0' ? " from " : "",
		     row->from);
	if (row->state.logins > 1)
		sayf(stdout, ", %u logins", row->state.logins);
	sayf(stdout, "\n");
}

static int print_look(const struct sessions *before, const struct sessions *now)
{
	struct line *lines = calloc(now->n + 1, sizeof *lines);
	size_t n = 0;

	if (lines == NULL) {
		sayf(stderr, "cordon: not enough memory\n");
		return EXIT_SYSTEM;
	}
	for (size_t i = 0; i < now->n; i++)
		if (session_is_first(now, i))
			lines[n++] = (struct line){ &now->row[i], percent(before, &now->row[i]) };
	qsort(lines, n, sizeof *lines, by_cpu);
	if (say_columns(stdout))
		(void)fputs("\033[H\033[J", stdout); /* to the top, and clear */
	say_style(stdout, STYLE_NAME);
	sayf(stdout, "%s", "ID                 CPU%   PROCS  MEMORY      CPU  WHO");
	say_style(stdout, STYLE_PLAIN);
	sayf(stdout, "\n");
	for (size_t i = 0; i < n; i++)
		print_line(&lines[i]);
	free(lines);
	return fflush(stdout) == 0 ? EXIT_YES : EXIT_SYSTEM;
}

static int look(const struct top_options *o, const struct sessions *before, struct sessions *now)
{
	int code;

	if (sessions_read(now) < 0)
		return EXIT_SYSTEM;
	code = o->user != NULL ? sessions_of(now, o->user) : EXIT_YES;
	return code == EXIT_YES ? print_look(before, now) : code;
}

static void wait_usec(uint64_t usec)
{
	(void)sleep((unsigned)(usec / 1000000)); /* a signal only makes the next look earlier */
	(void)usleep((unsigned)(usec % 1000000));
}

int top_main(int argc, char **argv)
{
	struct top_options o = { .interval_usec = INTERVAL_USEC };
	const int first = options_parse(rows, ROWS_N, &o, "", argc, argv);
	struct sessions before = { 0 };
	const char *end = "";
	uint64_t count = 0;
	int code = EXIT_YES;

	if (first < 0)
		return EXIT_USAGE;
	if (o.help) {
		ctl_help("top", rows, ROWS_N, "");
		return EXIT_YES;
	}
	if (first != argc) {
		sayf(stderr, "cordon: top takes no arguments; use --user for one user\n");
		return EXIT_USAGE;
	}
	if (o.count != NULL &&
	    (type_number(o.count, &end, &count) < 0 || *end != '\0' || count == 0)) {
		sayf(stderr, "cordon: --count: expected a number above 0, not '%s'\n", o.count);
		return EXIT_USAGE;
	}
	for (uint64_t n = 0; code == EXIT_YES && (count == 0 || n < count); n++) {
		struct sessions now = { 0 };

		if (n > 0)
			wait_usec(o.interval_usec);
		code = look(&o, &before, &now);
		sessions_free(&before);
		before = now;
	}
	sessions_free(&before);
	return code;
}
