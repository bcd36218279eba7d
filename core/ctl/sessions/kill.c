/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - cordon kill: end sessions, or send a signal to their processes */
#include "ctl/sessions/sessions.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/libc.h"
#include "ctl/ctl.h"
#include "policy/settings/types.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { GONE_MS = 10000 };

struct kill_options {
	const char *user, *rule, *signal;
	bool help;
};

static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct kill_options, name, argument, member, help),
#include "ctl/options/kill.def"
#undef OPTION
};
enum { ROWS_N = sizeof rows / sizeof rows[0] };

/* A name with or without SIG, or a number; 0: there is no such signal. */
static uint32_t signal_of(const char *text)
{
	const char *end, *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t number;

	if (type_number(text, &end, &number) == 0)
		return *end == '\0' && number <= WIRE_SIGNAL_MAX ? (uint32_t)number : 0;
	for (int sig = 1; sig <= WIRE_SIGNAL_MAX; sig++) {
		const char *abbreviation = sigabbrev_np(sig);

		if (abbreviation != NULL && strcasecmp(abbreviation, name) == 0)
			return (uint32_t)sig;
	}
	return 0;
}

/**
 * struct target - a session or a login to end
 * @id: of a session that outlives its logins, or of a login
 * @fd: to its keeper, -1 if that has refused or does not answer
 */
struct target {
	const struct session_row *row;
	const char *id;
	int fd;
};

static void complain(const struct target *t, int r)
{
	sayf(stderr, "cordon: session %s of %s: %s\n", t->id, t->row->user,
	     r == -ETIMEDOUT || r == -EAGAIN ? "the keeper does not answer" :
	     r == -EPIPE		     ? "the keeper has ended the connection" :
					       strerror(-r));
}

/* Asks for the end; false: there is a message why not. */
static bool ask(struct target *t, uint32_t sig)
{
	struct wire_msg m;
	int r;

	wire_init(&m, WIRE_END);
	m.object = sig;
	(void)snprintf(m.session, sizeof m.session, "%s", t->id); /* fits */
	t->fd = session_open(t->row);
	if (t->fd == -ECONNREFUSED || t->fd == -ENOENT)
		return true; /* it has ended just now */
	r = t->fd < 0 ? t->fd : session_ask(t->fd, t->row, &m, NULL);
	if (r == 0 && m.kind == WIRE_VERDICT && m.verdict == VERDICT_UNCONFINED)
		return true;
	if (r == 0)
		sayf(stderr, "cordon: session %s of %s: %s\n", t->id, t->row->user,
		     m.text[0] != '\0' ? m.text : "refused");
	else
		complain(t, r);
	close_fd(&t->fd);
	return false;
}

/* Waits until the keeper has closed the connection: the processes of the session are gone. */
static void wait_gone(struct target *t, int64_t until)
{
	const int64_t left = until - clock_ms();
	struct wire_msg m;

	if (t->fd < 0)
		return;
	if (wire_recv(t->fd, &m, NULL, left > 0 ? (int)left : 0) == -ETIMEDOUT)
		sayf(stderr,
		     "cordon: session %s of %s is still ending; another 'cordon kill %s' kills it now\n",
		     t->id, t->row->user, t->id);
	close_fd(&t->fd);
}

static int end_all(struct target *targets, size_t n, uint32_t sig)
{
	int64_t until;
	int code = EXIT_YES;

	for (size_t i = 0; i < n; i++)
		if (!ask(&targets[i], sig))
			code = EXIT_NO;
	until = clock_ms() + GONE_MS;
	for (size_t i = 0; i < n && sig == 0; i++)
		wait_gone(&targets[i], until);
	for (size_t i = 0; i < n; i++)
		close_fd(&targets[i].fd);
	return code;
}

/* The session of a row, or its login if @id is that of the login of a session that outlives it. */
static struct target target_of(const struct session_row *row, const char *id)
{
	const bool one = row->state.place[0] == '\0' ||
			 (id != NULL && strncmp(row->id, id, strlen(id)) == 0);

	return (struct target){ row, one ? row->id : row->state.place, -1 };
}

static bool is_chosen(const struct target *chosen, int n, const struct target *t)
{
	for (int i = 0; i < n; i++)
		if (strcmp(chosen[i].id, t->id) == 0)
			return true;
	return false;
}

/* The sessions of @ids, or all that are left; -EXIT_USAGE after a message. */
static int choose(const struct sessions *s, char **ids, int n, struct target *ret)
{
	int chosen = 0;

	for (int i = 0; i < n; i++) {
		const struct session_row *row = session_find(s, ids[i]);

		if (row == NULL)
			return -EXIT_USAGE;
		ret[chosen] = target_of(row, ids[i]);
		chosen += !is_chosen(ret, chosen, &ret[chosen]);
	}
	for (size_t i = 0; i < s->n && n == 0; i++) {
		ret[chosen] = target_of(&s->row[i], NULL);
		chosen += !is_chosen(ret, chosen, &ret[chosen]);
	}
	return chosen;
}

static int end_chosen(struct sessions *s, const struct kill_options *o, uint32_t sig, char **ids,
		      int n)
{
	cleanup_free struct target *targets = calloc(s->n + (size_t)n + 1, sizeof *targets);
	int code = o->user != NULL ? sessions_of(s, o->user) : EXIT_YES;

	if (targets == NULL) {
		sayf(stderr, "cordon: %s\n", strerror(ENOMEM));
		return EXIT_SYSTEM;
	}
	if (code != EXIT_YES)
		return code;
	if (o->rule != NULL)
		sessions_by_rule(s, o->rule);
	n = choose(s, ids, n, targets);
	if (n < 0)
		return -n;
	if (n == 0) {
		sayf(stderr, "cordon: no such sessions; 'cordon list' lists the sessions\n");
		return EXIT_NO;
	}
	code = end_all(targets, (size_t)n, sig);
	return code;
}

int kill_main(int argc, char **argv)
{
	struct kill_options o = { 0 };
	const int first = options_parse(rows, ROWS_N, &o, "", argc, argv);
	uint32_t sig = 0;
	struct sessions s;
	int code = EXIT_SYSTEM;

	if (first < 0)
		return EXIT_USAGE;
	if (o.help) {
		ctl_help("kill", rows, ROWS_N, "");
		return EXIT_YES;
	}
	if ((first < argc) == (o.user != NULL || o.rule != NULL)) {
		sayf(stderr, first < argc ?
				     "cordon: write either ids, or --user and --rule\n" :
				     "cordon: no session given; write an id, --user or --rule\n");
		return EXIT_USAGE;
	}
	if (o.signal != NULL && (sig = signal_of(o.signal)) == 0) {
		sayf(stderr, "cordon: --signal: no signal '%s'; write a name such as TERM\n",
		     o.signal);
		return EXIT_USAGE;
	}
	if (sessions_read(&s) == 0)
		code = end_chosen(&s, &o, sig, argv + first, argc - first);
	sessions_free(&s);
	return code;
}
