/* SPDX-License-Identifier: Apache-2.0 */
/* expect.c - the list of attempts, and what is made of the outcomes */
#include "ctl/selftest/selftest.h"

#include "base/libc.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct attempt_row *row_add(struct selftest *t, const char *setting, const char *what)
{
	static struct attempt_row lost;
	struct attempt_row *more = reallocarray(t->row, t->n + 1, sizeof *more);

	if (more != NULL) {
		t->row = more;
		t->row[t->n] = (struct attempt_row){ .setting = setting, .what = strdup(what) };
	}
	if (more == NULL || t->row[t->n].what == NULL) {
		t->failed = true;
		return &lost;
	}
	return &t->row[t->n++];
}

struct attempt_row *expect_try(struct selftest *t, const char *setting, const char *what,
			       enum ask ask, int64_t want, const char *line, ...)
{
	struct attempt_row *row = row_add(t, setting, what);
	va_list ap;

	row->ask = ask;
	row->want = want;
	va_start(ap, line);
	if (vasprintf(&row->line, line, ap) < 0) {
		row->line = NULL;
		t->failed = true;
	}
	va_end(ap);
	return row;
}

void expect_none(struct selftest *t, const char *setting, enum result result, const char *what)
{
	row_add(t, setting, what)->result = result;
}

void expect_all(struct selftest *t)
{
	expect_spaces(t);
	expect_files(t);
	expect_calls(t);
	expect_limits(t);
}

/* ---- judging ---- */

static bool holds_value(const struct attempt_row *row, int64_t v)
{
	switch (row->ask) {
	case ASK_IS:
		return v == row->want;
	case ASK_NOT:
		return v != row->want;
	case ASK_AT_MOST:
		return v <= row->want;
	case ASK_AT_LEAST:
		return v >= row->want;
	case ASK_WITHIN:
		return (v & ~row->want) == 0;
	case ASK_REFUSED:
	case ASK_READ_ONLY:
	case ASK_ERRNO:
		break;
	}
	return false; /* it succeeded */
}

/* Something came of the attempt. Other signals than the filter's may come from a program of the user. */
static bool came(const struct outcome *o)
{
	return o->kind == 'v' || o->kind == 'e' || (o->kind == 's' && o->value == SIGSYS);
}

static bool holds(const struct attempt_row *row, const struct outcome *o)
{
	if (o->kind == 'v')
		return holds_value(row, o->value);
	if (o->kind == 's')
		return row->ask == ASK_REFUSED || (row->ask == ASK_ERRNO && row->want == 0);
	if (row->ask == ASK_READ_ONLY)
		return o->value == EROFS;
	if (row->ask == ASK_ERRNO)
		return o->value == row->want;
	return true; /* it was refused, whatever was asked for */
}

static void say_outcome(const struct outcome *o, char *buf, size_t size)
{
	if (o->kind == 'v')
		(void)snprintf(buf, size, "%" PRId64, o->value);
	else if (o->kind == 's')
		(void)snprintf(buf, size, "SIG%s",
			       sigabbrev_np((int)o->value) != NULL ? sigabbrev_np((int)o->value) :
								     "?");
	else
		(void)snprintf(buf, size, "%s", strerror((int)o->value));
}

static bool compares(enum ask ask)
{
	return ask != ASK_REFUSED && ask != ASK_READ_ONLY && ask != ASK_ERRNO;
}

static void explain_row(struct attempt_row *row, const struct outcome *o)
{
	char text[80] = "";

	if (o->kind == 'v' && !compares(row->ask)) {
		(void)snprintf(row->why, sizeof row->why, "succeeded");
		return;
	}
	say_outcome(o, text, sizeof text);
	if (row->result == RESULT_GAVE_WAY && row->ask == ASK_READ_ONLY)
		(void)snprintf(row->why, sizeof row->why, "%s, but the place is not read-only",
			       text);
	else if (row->result == RESULT_GAVE_WAY && row->ask == ASK_ERRNO)
		(void)snprintf(row->why, sizeof row->why, "%s by the kernel, not by the filter",
			       text);
	else if (row->result == RESULT_GAVE_WAY)
		(void)snprintf(row->why, sizeof row->why, "is %s, and has to be %s%" PRId64, text,
			       row->ask == ASK_NOT     ? "other than " :
			       row->ask == ASK_AT_MOST ? "at most " :
							 "",
			       row->want);
	else
		(void)snprintf(row->why, sizeof row->why, "%s", text);
}

/* Only what root has tried is beyond the user, so the login shell alone does not make it good. */
static bool unsure(const struct attempt_row *row)
{
	return !row->only_login && row->line[0] != '@' && !came(&row->got[WAY_ENTERED]);
}

static void judge_row(struct attempt_row *row)
{
	const struct outcome *last = NULL, *outside = &row->got[WAY_OUTSIDE];

	row->result = RESULT_CANNOT;
	for (unsigned way = WAY_LOGIN; way <= WAY_ENTERED; way++) {
		const struct outcome *o = &row->got[way];

		if (o->kind == 0 || (row->only_login && way == WAY_ENTERED))
			continue;
		if (last == NULL || came(o))
			last = o;
		if (!came(o))
			continue;
		if (!holds(row, o)) {
			row->result = RESULT_GAVE_WAY;
			explain_row(row, o);
			return;
		}
		row->result = RESULT_OK;
	}
	if (last == NULL) {
		(void)snprintf(row->why, sizeof row->why, "nothing was tried");
		return;
	}
	explain_row(row, last);
	/* honest about what the host would have refused as well */
	if (row->result == RESULT_OK && !row->only_login && outside->kind == 'e' &&
	    (row->ask == ASK_REFUSED || (row->ask == ASK_ERRNO && outside->value == row->want)))
		(void)snprintf(row->why + strlen(row->why), sizeof row->why - strlen(row->why),
			       " (so it is outside)");
}

size_t judge(struct selftest *t)
{
	size_t gave_way = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct attempt_row *const row = &t->row[i];

		if (row->line == NULL)
			continue;
		judge_row(row);
		gave_way += row->result == RESULT_GAVE_WAY;
		if (row->result == RESULT_OK && unsure(row)) {
			row->result = RESULT_CANNOT;
			(void)snprintf(row->why, sizeof row->why,
				       "root who entered has no answer to compare with");
			t->unsure++;
		}
	}
	return gave_way;
}
