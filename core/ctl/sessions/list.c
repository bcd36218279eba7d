/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - cordon list: the sessions that run now */
#include "ctl/sessions/sessions.h"

#include "base/text.h"
#include "contract/registry.h"
#include "ctl/ctl.h"
#include "ctl/lines.h"

#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* Two texts, because a line of a table may need both. */
static char *room(size_t *ret_size)
{
	static char texts[2][32];
	static unsigned turn;

	*ret_size = sizeof texts[0];
	return texts[turn++ % 2];
}

const char *session_bytes(uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	double n = (double)bytes / 1024;
	size_t size, i = 0;
	char *text = room(&size);

	for (; n >= 1024 && units[i + 1] != '\0'; i++)
		n /= 1024;
	(void)snprintf(text, size, n < 10 && i > 0 ? "%.1f%c" : "%.0f%c", n, units[i]); /* fits */
	return text;
}

const char *session_time(uint64_t usec)
{
	const unsigned long long sec = usec / 1000000;
	size_t size;
	char *text = room(&size);

	if (sec < 60)
		(void)snprintf(text, size, "%.2fs", (double)usec / 1000000); /* fits */
	else if (sec < 3600)
		(void)snprintf(text, size, "%llum%02llus", sec / 60, sec % 60); /* as above */
	else
		(void)snprintf(text, size, "%lluh%02llum", sec / 3600, sec / 60 % 60); /* as above */
	return text;
}

void session_right(const char *text, int wide)
{
	static const char blanks[] = "          ";
	const int n = (int)strlen(text);

	sayf(stdout, " %.*s%s", n < wide ? wide - n : 0, blanks, text);
}

static const char *since(const struct session_row *row, char *buf, size_t size)
{
	const time_t t = (time_t)(row->state.since / 1000000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(buf, size, "%F %T", &tm) == 0)
		return "-";
	return buf;
}

static const char *or_none(const char *text)
{
	return text[0] != '\0' ? text : "-";
}

static void print_numbers(const struct session_row *row)
{
	const struct wire_state *s = &row->state;
	char processes[24] = "-";

	if (s->flags & WIRE_STATE_USED)
		(void)snprintf(processes, sizeof processes, "%llu%s",
			       (unsigned long long)s->processes,
			       s->flags & WIRE_STATE_MORE ? "+" : ""); /* fits */
	session_right(processes, 6);
	session_right(s->flags & WIRE_STATE_USED ? session_bytes(s->memory) : "-", 7);
	session_right(s->flags & WIRE_STATE_USED ? session_time(s->cpu_usec) : "-", 8);
}

static int width(size_t now, const char *text)
{
	char plain[1024];
	const size_t n = text_plain(plain, sizeof plain, text, SIZE_MAX);

	return (int)(n > now ? n : now);
}

static void print_cell(const char *text, int wide)
{
	static const char blanks[] = "                                        ";
	const int n = width(0, text);

	sayf(stdout, " %s%.*s", text, n < wide ? wide - n : 0, blanks);
}

static void print_table(const struct sessions *s)
{
	int user = 4, rule = 4, from = 4, service = 7, place = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct session_row *row = &s->row[i];

		user = width((size_t)user, row->user);
		place = width((size_t)place, row->state.place);
		rule = width((size_t)rule, text_base(row->rule));
		from = width((size_t)from, row->from);
		service = width((size_t)service, row->login.service);
	}
	say_style(stdout, STYLE_NAME);
	sayf(stdout, "%s", "ID              ");
	if (place > 0)
		print_cell("PLACE", place);
	print_cell("USER", user);
	print_cell("RULE", rule);
	print_cell("SERVICE", service);
	print_cell("FROM", from);
	sayf(stdout, " %s%s", "SINCE               ", "  PROCS  MEMORY      CPU");
	say_style(stdout, STYLE_PLAIN);
	sayf(stdout, "\n");
	for (size_t i = 0; i < s->n; i++) {
		const struct session_row *row = &s->row[i];
		char when[32];

		sayf(stdout, "%.16s%.*s", row->id,
		     strlen(row->id) < 16 ? 16 - (int)strlen(row->id) : 0, "                ");
		if (place > 0)
			print_cell(or_none(row->state.place), place);
		print_cell(row->user, user);
		if (row->answers) {
			print_cell(or_none(text_base(row->rule)), rule);
			print_cell(or_none(row->login.service), service);
			print_cell(or_none(row->from), from);
			sayf(stdout, " %s", since(row, when, sizeof when));
			print_numbers(row);
		} else {
			sayf(stdout, " (the keeper does not answer)");
		}
		sayf(stdout, "\n");
	}
}

/* A session has a filter, no new privileges, and a /run of its own without the registry. */
static bool seems_inside(void)
{
	return access(REGISTRY_DIR, F_OK) < 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
	       prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}

struct list_options {
	const char *user;
	bool json, metrics, help;
};

int list_main(int argc, char **argv)
{
	struct list_options o = { 0 };
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct list_options, name, argument, member, help),
#include "ctl/options/list.def"
#undef OPTION
	};
	enum { ROWS_N = sizeof rows / sizeof rows[0] };
	const int first = options_parse(rows, ROWS_N, &o, "", argc, argv);
	struct sessions s;
	int code = EXIT_YES;

	if (first < 0)
		return EXIT_USAGE;
	if (o.help) {
		ctl_help("list", rows, ROWS_N, "");
		return EXIT_YES;
	}
	if (first != argc || (o.json && o.metrics)) {
		sayf(stderr, first != argc ?
				     "cordon: list takes no arguments; use --user for one user\n" :
				     "cordon: --json and --metrics exclude each other\n");
		return EXIT_USAGE;
	}
	if (sessions_read(&s) < 0)
		code = EXIT_SYSTEM;
	else if (o.user != NULL)
		code = sessions_of(&s, o.user);
	if (code == EXIT_YES) {
		if (o.json)
			sessions_json(&s, stdout);
		else if (o.metrics)
			sessions_metrics(&s, stdout);
		else if (s.n == 0)
			sayf(stdout, "%s\n",
			     seems_inside() ? "no sessions are visible from inside a session" :
					      "no sessions");
		else
			print_table(&s);
	}
	sessions_free(&s);
	lines_warn(stderr);
	return code;
}
