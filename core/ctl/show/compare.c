/* SPDX-License-Identifier: Apache-2.0 */
/* compare.c - compare what the kernel enforces for a thread to the plan */
#include "ctl/show/show.h"

#include "confine/child.h"
#include "contract/limits.h"
#include "contract/words.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/**
 * struct comparing - one comparison
 * @n: the number of differences
 */
struct comparing {
	const struct shown *s;
	const struct show_state *init, *st;
	const char *who;
	struct found *f;
	unsigned n;
};

#define DIFFERS(c, fmt, ...) \
	do { \
		found_add((c)->f, FOUND_DIFFERENT, "%s: " fmt, (c)->who, __VA_ARGS__); \
		(c)->n++; \
	} while (0)

const char *show_limit_name(unsigned resource)
{
	const size_t row = plan_limit_row((int)resource);

	return row < PLAN_LIMITS ? plan_limits[row].name : "?";
}

const char *show_role_name(enum show_role role)
{
	switch (role) {
	case ROLE_FOREIGN:
		break;
	case ROLE_INIT:
		return "init";
	case ROLE_SESSION:
		return "session";
	case ROLE_NESTED:
		return "nested";
	case ROLE_SERVICE:
		return "service";
	}
	return "foreign";
}

/* The account of the session. All its logins are of one account. */
static const struct plan_login *login_of(const struct comparing *c)
{
	return c->s->logins[0];
}

static void ids_compare(struct comparing *c)
{
	const struct show_state *st = c->st;
	const struct plan_login *l = login_of(c);
	static const char *const kind[4] = { "real", "effective", "saved", "file system" };

	for (unsigned i = 0; i < 4; i++) {
		if (st->uid[i] != l->uid)
			DIFFERS(c, "%s user id is %u, and not %u", kind[i], st->uid[i], l->uid);
		if (st->gid[i] != l->gid)
			DIFFERS(c, "%s group id is %u, and not %u", kind[i], st->gid[i], l->gid);
	}
	if (!st->groups)
		DIFFERS(c, "supplementary group %u is not the account's", st->group);
}

static void caps_compare(struct comparing *c, uint64_t bounding)
{
	static const char *const name[SHOW_CAPS] = { "inheritable", "permitted", "effective",
						     "bounding", "ambient" };

	for (unsigned i = 0; i < SHOW_CAPS; i++) {
		const uint64_t may = i == CAPS_BOUNDING ? bounding : 0;

		if (c->st->caps[i] & ~may)
			DIFFERS(c, "%s capabilities are %016llx, and not %016llx", name[i],
				(unsigned long long)c->st->caps[i], (unsigned long long)may);
	}
}

/* The service and the machine may have set filters before. Programs may set further ones. */
static void filter_compare(struct comparing *c)
{
	const struct show_state *st = c->st;
	const int least = (c->init != NULL && c->init->filters > 0 ? c->init->filters : 0) + 1;

	if (st->no_new_privs != 1)
		DIFFERS(c, "no_new_privs is %d, and not 1", st->no_new_privs);
	if (c->s->plan->filter.len == 0)
		return;
	if (st->seccomp != 2)
		DIFFERS(c, "seccomp mode is %d, and not 2 (filter)", st->seccomp);
	else if (st->filters >= 0 && st->filters < least)
		DIFFERS(c, "%d system-call filters are in force, and not %d or more", st->filters,
			least);
}

static void limit_words(uint64_t n, char buf[24])
{
	if (n == UINT64_MAX)
		(void)snprintf(buf, 24, "infinity"); /* fits */
	else
		(void)snprintf(buf, 24, "%llu", (unsigned long long)n); /* fits */
}

/* A program may lower its limits, and raise a soft limit up to the hard one. */
static void limits_compare(struct comparing *c)
{
	for (size_t i = 0; i < PLAN_LIMITS; i++) {
		const struct plan_pair *p = plan_limit_pair(c->s->plan, i);
		const uint64_t hard = c->st->limits[plan_limits[i].resource][1];
		char have[24], most[24];

		if (p->given == PAIR_NONE || hard <= p->hard)
			continue;
		limit_words(hard, have);
		limit_words(p->hard, most);
		DIFFERS(c, "%s= is %s, and not %s or less", plan_limits[i].name, have, most);
	}
}

static bool given(uint64_t v)
{
	return v != NUM_UNSET;
}

static bool cpus_outside(const struct comparing *c)
{
	const struct plan *plan = c->s->plan;
	uint64_t mask[CPUS_MAX / 64] = { 0 };
	bool any = false;

	for (const char *w = NULL; (w = plan_next(plan, plan->set.cpu_affinity, w)) != NULL;
	     any = true) {
		unsigned from, to;

		for (const char *at = w; cpus_next(&at, &from, &to) > 0;)
			for (; from <= to; from++)
				mask[from / 64] |= 1ull << from % 64;
	}
	for (unsigned i = 0; any && i < CPUS_MAX / 64; i++)
		if (c->st->cpus[i] & ~mask[i])
			return true;
	return false;
}

/* A program may give way to others (nice, OOM score), and cannot change the rest. */
static void scheduling_compare(struct comparing *c)
{
	const struct plan_settings *set = &c->s->plan->set;
	const struct show_state *st = c->st;
	const int nice = (int)set->nice - (int)NICE_ZERO,
		  least = 20 -
			  (int)(st->limits[RLIMIT_NICE][0] > 40 ? 40 : st->limits[RLIMIT_NICE][0]),
		  oom = (int)set->oom_score_adjust - (int)OOM_SCORE_ZERO;
	const uint64_t class = set->io_scheduling_class;

	if (given(set->nice) && st->nice < nice && st->nice < least)
		DIFFERS(c, "nice value is %d, and not %d or more", st->nice, nice);
	if (given(set->cpu_scheduling_policy) && st->policy != (int)set->cpu_scheduling_policy)
		DIFFERS(c, "scheduling policy is %d, and not %d", st->policy,
			(int)set->cpu_scheduling_policy);
	if (given(class) && class != IO_CLASS_NONE && st->io >= 0 && st->io >> 13 != (int)class)
		DIFFERS(c, "I/O scheduling class is %d, and not %d", st->io >> 13, (int)class);
	if (given(set->oom_score_adjust) && st->oom < oom)
		DIFFERS(c, "OOM score adjustment is %d, and not %d or more", st->oom, oom);
	if (cpus_outside(c))
		DIFFERS(c, "%s", "may use CPUs that CPUAffinity= does not have");
	if (set->core_scheduling != CORE_SCHEDULING_NO && st->cookie == 0)
		DIFFERS(c, "%s", "has no cookie of core scheduling");
}

/* A group below the one of init has its limits, too. */
static void group_compare(struct comparing *c)
{
	const char *init = c->init != NULL ? c->init->cgroup : "", *have = c->st->cgroup;
	const size_t len = strlen(init);

	if (plan_group(c->s->plan) == NULL)
		return;
	if (len == 0 || strncmp(have, init, len) != 0 || (have[len] != '\0' && have[len] != '/'))
		DIFFERS(c, "is in the control group %s, and not in %s", have, init);
}

/* The value of RestrictNamespaces= is the kinds that the session may make. */
static bool may_nest(const struct plan *plan)
{
	return (plan->set.restrict_namespaces & CLONE_NEWUSER) != 0;
}

static void foreign_compare(struct comparing *c)
{
	char in[128] = "", out[128] = "";

	for (unsigned i = 0; i < NS_N; i++) {
		const bool same = c->st->ns.ino[i] == c->s->ns.ino[i];
		char *to = same ? in : out;

		if (c->s->ns.ino[i] == c->s->host.ino[i])
			continue;
		(void)snprintf(to + strlen(to), sizeof in - strlen(to), " %s",
			       ns_row((enum ns_kind)i)->word); /* all of them fit */
	}
	DIFFERS(c, "is in these namespaces of the session:%s, and not in these:%s", in,
		out[0] != '\0' ? out : " its user namespace");
}

unsigned state_compare(const struct shown *s, const struct show_state *init,
		       const struct show_state *st, const char *who, struct found *f)
{
	struct comparing c = { .s = s, .init = init, .st = st, .who = who, .f = f };

	switch (st->role) {
	case ROLE_FOREIGN:
		foreign_compare(&c);
		break;
	case ROLE_INIT: /* it executes nothing */
		caps_compare(&c, 0);
		if (st->no_new_privs != 1)
			DIFFERS(&c, "no_new_privs is %d, and not 1", st->no_new_privs);
		return c.n;
	case ROLE_SERVICE: /* sshd, su and login keep their privileges until cordonsh drops them */
		return 0;
	case ROLE_NESTED:
		if (!may_nest(s->plan))
			DIFFERS(&c, "%s", "is in a user namespace that RestrictNamespaces= forbids");
		break;
	case ROLE_SESSION:
		caps_compare(&c, s->plan->set.capability_bounding_set);
		break;
	}
	ids_compare(&c);
	filter_compare(&c);
	limits_compare(&c);
	scheduling_compare(&c);
	group_compare(&c);
	return c.n;
}
