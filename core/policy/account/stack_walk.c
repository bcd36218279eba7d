/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack_walk.c - walk through a PAM stack like the dispatcher of libpam, for all return values at once
 *
 * libpam walks through the lines with an impression (none yet, positive, negative) and a status. Both
 * depend on what the modules return, so each line has a set of states in which it can be reached.
 * libpam never goes back, so one pass from the first line to the last finds all states at the end.
 */
#include "policy/account/stack_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STATES_MAX = 1024 }; /* of one line; a usual stack has a dozen */

enum impression { NONE_YET, POSITIVE, NEGATIVE };

/* The last answer of pam_cordon. Once it has confined the caller, it repeats this answer. */
enum said { NOT_ASKED, REFUSED, CONFINED };

enum why { WHY_NONE, WHY_SKIPPED, WHY_IGNORED, WHY_RESET };

struct mind {
	enum impression impression;
	bool success; /* the status is PAM_SUCCESS */
};

struct state {
	struct mind now;
	enum said said;
	unsigned level;			  /* of the line before */
	struct mind before[STACK_LEVELS]; /* at the beginning of each substack, for "reset" */
	size_t blame; /* the line because of which a refusal by pam_cordon does not count */
	enum why why;
};

struct states {
	struct state *list;
	size_t n;
};

static bool same_state(const struct state *a, const struct state *b)
{
	bool equal = a->now.impression == b->now.impression && a->now.success == b->now.success &&
		     a->said == b->said && a->level == b->level &&
		     (a->why == WHY_NONE) == (b->why == WHY_NONE);

	for (unsigned i = 0; equal && i < STACK_LEVELS; i++)
		equal = a->before[i].impression == b->before[i].impression &&
			a->before[i].success == b->before[i].success;
	return equal;
}

static int arrive(struct states *at, const struct state *s)
{
	struct state *more;

	for (size_t i = 0; i < at->n; i++)
		if (same_state(&at->list[i], s))
			return 0;
	if (at->n == STATES_MAX)
		return -E2BIG;
	more = reallocarray(at->list, at->n + 1, sizeof *more);
	if (more == NULL)
		return -ENOMEM;
	at->list = more;
	more[at->n++] = *s;
	return 0;
}

/* ---- one line ---- */

/* Can a module of this kind return @code? */
static bool may_return(enum stack_step step, const struct stack_line *line, const struct state *s,
		       unsigned code)
{
	switch (line->module) {
	case MODULE_PERMIT:
		return code == CODE_SUCCESS;
	case MODULE_DENY:
		/* in the account step, Linux-PAM returns AUTH_ERR, and once returned ACCT_EXPIRED */
		return step == STACK_SESSION ? code == CODE_SESSION_ERR :
					       code == CODE_AUTH_ERR || code == CODE_ACCT_EXPIRED;
	case MODULE_OURS:
		/* pam_cordon.c never returns these two, which leave the decision to other modules */
		return s->said == CONFINED ? code == CODE_SUCCESS :
					     code != CODE_IGNORE && code != CODE_NEW_AUTHTOK_REQD;
	case MODULE_OTHER:
	case MODULE_SUBSTACK:
		break;
	}
	return true;
}

static void blame(struct state *s, size_t line, enum why why)
{
	if (s->why == WHY_NONE) {
		s->blame = line;
		s->why = why;
	}
}

/* Go from line @i to line @to and skip the lines between them. */
static size_t skip_to(const struct stack *k, struct state *s, size_t i, size_t to)
{
	for (size_t n = i + 1; n < to; n++)
		if (k->lines[n].module == MODULE_OURS && s->said != CONFINED)
			blame(s, i, WHY_SKIPPED);
	return to;
}

/* The line after the end of the substack of line @i, or of the stack: "done" and "die" go there. */
static size_t end_of(const struct stack *k, size_t i)
{
	size_t to = i + 1;

	while (to < k->n && k->lines[to].level >= k->lines[i].level)
		to++;
	return to;
}

/* The line that a jump over @lines goes to; 0: there are fewer. A substack counts as one line. */
static size_t jump(const struct stack *k, size_t i, short lines)
{
	const unsigned level = k->lines[i].level;
	size_t at = i;

	for (; lines > 0; lines--) {
		if (at + 1 >= k->n || k->lines[at + 1].level < level)
			return 0;
		do
			at++;
		while (at + 1 < k->n && k->lines[at + 1].level > level);
	}
	return at + 1;
}

/* Apply line @i to @s, for a module that returns @code. Return: the index of the next line. */
static size_t take(const struct stack *k, size_t i, struct state *s, unsigned code)
{
	const struct stack_line *line = &k->lines[i];
	const short action = line->action[code];
	size_t to;

	if (line->module == MODULE_OURS) {
		s->said = code == CODE_SUCCESS ? CONFINED : REFUSED;
		if (s->said == REFUSED && action != ACT_BAD && action != ACT_DIE)
			blame(s, i, WHY_IGNORED);
	}
	switch (action) {
	case ACT_RESET:
		if (s->said == REFUSED && s->now.impression == NEGATIVE)
			blame(s, i, WHY_RESET);
		s->now = s->before[line->level];
		return i + 1;
	case ACT_OK:
	case ACT_DONE:
		if (s->now.impression == NONE_YET ||
		    (s->now.impression == POSITIVE && s->now.success))
			s->now = (struct mind){ POSITIVE, code == CODE_SUCCESS };
		return action == ACT_DONE && s->now.impression == POSITIVE ?
			       skip_to(k, s, i, end_of(k, i)) :
			       i + 1;
	case ACT_BAD:
	case ACT_DIE:
		s->now = (struct mind){ NEGATIVE, false };
		return action == ACT_DIE ? skip_to(k, s, i, end_of(k, i)) : i + 1;
	case ACT_IGNORE:
		return i + 1;
	default:
		break;
	}
	to = jump(k, i, action);
	if (to == 0) { /* for libpam a bad jump: it goes to the end of the substack */
		s->now = (struct mind){ NEGATIVE, false };
		to = end_of(k, i);
	}
	return skip_to(k, s, i, to);
}

/* Has a lower failure code that the module may return the same action as @code? */
static bool is_again(enum stack_step step, const struct stack_line *line, const struct state *s,
		     unsigned code)
{
	for (unsigned i = CODE_SUCCESS + 1; i < code; i++)
		if (line->action[i] == line->action[code] && i != CODE_INCOMPLETE &&
		    may_return(step, line, s, i))
			return true;
	return false;
}

static int step(const struct stack *k, size_t i, const struct state *from, struct states *at)
{
	const struct stack_line *line = &k->lines[i];
	struct state s = *from;
	int r = 0;

	if (from->level < line->level)
		s.before[line->level] = s.now;
	s.level = line->level;
	if (line->module == MODULE_SUBSTACK)
		return arrive(&at[i + 1], &s);
	for (unsigned code = 0; r == 0 && code < CODES; code++) {
		struct state next = s;
		size_t to;

		/* after PAM_INCOMPLETE, libpam calls the same line again later */
		if (code == CODE_INCOMPLETE || !may_return(k->step, line, &s, code) ||
		    is_again(k->step, line, &s, code))
			continue;
		to = take(k, i, &next, code);
		r = arrive(&at[to], &next);
	}
	return r;
}

/* ---- the stack ---- */

/* Does cordon-pam write the line? The account line is in a file that all services include. */
static bool enabled_by_command(enum stack_step step, const char *service)
{
	static const char *const services[] = { "sshd", "su",	  "su-l", "login",
						"sudo", "sudo-i", "doas", "cron" };

	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (step == STACK_ACCOUNT || strcmp(service, services[i]) == 0)
			return true;
	return false;
}

static int report_hole(const struct stack *k, const char *service, const struct state *hole,
		       struct err *e)
{
	static const char *const steps[] = {
		[STACK_ACCOUNT] = "account", [STACK_SESSION] = "session"
	};
	static const char *const why[] = {
		[WHY_SKIPPED] =
			"can end the stack before pam_cordon.so, or jump over it; change its control to "
			"required or optional, or run 'cordon-pam enable'",
		[WHY_IGNORED] =
			"a refusal by pam_cordon.so is ignored here; change its control to required",
		[WHY_RESET] = "can turn a refusal by pam_cordon.so into success; remove 'reset'",
	};
	const struct stack_line *line = &k->lines[hole->blame];

	if (hole->why == WHY_NONE)
		return err_set(
			e, -EPERM,
			"the %s stack of PAM service '%s' has no pam_cordon.so line; %sadd '%s required pam_cordon.so'",
			steps[k->step], service,
			enabled_by_command(k->step, service) ? "run 'cordon-pam enable', or " : "",
			steps[k->step]);
	return err_at(e, k->files[line->file], line->line, -EPERM,
		      "%s stack of PAM service '%s': %s", steps[k->step], service, why[hole->why]);
}

/* A state at the end that is a success for the application, without a success of pam_cordon. */
static const struct state *find_hole(const struct states *end)
{
	const struct state *found = NULL;

	for (size_t i = 0; i < end->n; i++) {
		const struct state *s = &end->list[i];

		if (s->now.impression != POSITIVE || !s->now.success || s->said == CONFINED)
			continue;
		if (found == NULL || found->why == WHY_NONE)
			found = s;
	}
	return found;
}

int stack_walk(const struct stack *k, const char *service, struct err *e)
{
	struct states *at = calloc(k->n + 1, sizeof *at);
	const struct state start = { .now = { NONE_YET, false } };
	const struct state *hole;
	int r;

	if (at == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	r = arrive(&at[0], &start);
	for (size_t i = 0; r == 0 && i < k->n; i++)
		for (size_t n = 0; r == 0 && n < at[i].n; n++) {
			const struct state from = at[i].list[n];

			r = step(k, i, &from, at);
		}
	if (r == -E2BIG)
		(void)err_set(
			e, r,
			"PAM service '%s' has too many jumps and substacks to follow; simplify its stack",
			service);
	else if (r < 0)
		(void)err_set(e, r, "out of memory");
	hole = r == 0 ? find_hole(&at[k->n]) : NULL;
	if (hole != NULL)
		r = report_hole(k, service, hole, e);
	for (size_t i = 0; i <= k->n; i++)
		free(at[i].list);
	free(at);
	return r;
}
