/* SPDX-License-Identifier: Apache-2.0 */
/* owner.c - see owner.h */
#include "confine/self/owner.h"

#include "base/sys.h"

#include <errno.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Gets the limit that the rule itself asks for; a default asks for nothing. */
static uint64_t asked(const struct plan_pair *p)
{
	return p->given == PAIR_SET ? p->hard : 0;
}

struct account_limits owner_account(const struct plan *plan, const struct account_limits *from)
{
	const struct plan_settings *s = &plan->set;
	struct account_limits a = *from;

	a.max[ACCOUNT_NPROC] = smaller(from->max[ACCOUNT_NPROC],
				       larger(ACCOUNT_NPROC_MAX, asked(&s->limit_nproc)));
	a.max[ACCOUNT_SIGPENDING] = larger(a.max[ACCOUNT_SIGPENDING], asked(&s->limit_sigpending));
	a.max[ACCOUNT_MSGQUEUE] = larger(a.max[ACCOUNT_MSGQUEUE], asked(&s->limit_msgqueue));
	a.max[ACCOUNT_MEMLOCK] = larger(a.max[ACCOUNT_MEMLOCK], asked(&s->limit_memlock));
	return a;
}

/*
 * The soft limits of the process that makes a user namespace become limits of the namespace. The kernel
 * applies them to what the owner uses in all its namespaces. See create_user_ns() in
 * kernel/user_namespace.c.
 */
static int limits_of_owner(const struct account_limits *account)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ACCOUNT_LIMITS; i++) {
		const int resource = account_resource((enum account_limit)i);
		uint64_t now[2];

		r = sys_getrlimit(resource, now);
		if (r < 0)
			break;
		r = sys_setrlimit(resource, account->max[i], larger(account->max[i], now[1]));
		/* without CAP_SYS_RESOURCE, no process of the session can get more either */
		if (r == -EPERM)
			r = sys_setrlimit(resource, now[1], now[1]);
	}
	return r;
}

static int soft_limits(uint64_t soft[ACCOUNT_LIMITS], int restore)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ACCOUNT_LIMITS; i++) {
		const int resource = account_resource((enum account_limit)i);
		uint64_t now[2];

		r = sys_getrlimit(resource, now);
		if (r == 0 && restore)
			r = sys_setrlimit(resource, soft[i], now[1]);
		else
			soft[i] = now[0];
	}
	return r;
}

/*
 * Keeps the capabilities, because a host may forbid user namespaces to unprivileged users. Changes the
 * real uid, because the kernel ignores RLIMIT_NPROC if it is 0, and the effective uid, because that one
 * becomes the owner of the namespace.
 */
static int become(uint32_t owner)
{
	const int bits = 1 << SECURE_NO_SETUID_FIXUP;
	int r = sys_prctl(PR_SET_SECUREBITS, (unsigned long)bits, 0, 0, 0);

	if (r == 0 && prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) != bits)
		r = -EPERM;
	return r < 0 ? r : sys_setresuid(owner, owner, owner);
}

int owner_limits(struct confine *c)
{
	struct account_limits account;
	int r;

	if (!c->makes_user)
		return 0;
	account = owner_account(c->plan, &c->account);
	r = soft_limits(c->soft, 0);
	return r < 0 ? r : limits_of_owner(&account);
}

int owner_become(struct confine *c)
{
	return c->makes_user && c->plan->owner != 0 ? become(c->plan->owner) : 0;
}

/* Also restores the securebits. */
int user_namespace_make(struct confine *c)
{
	return c->makes_user ? sys_unshare(CLONE_NEWUSER) : 0;
}

int owner_limits_end(struct confine *c)
{
	return c->makes_user ? soft_limits(c->soft, 1) : 0;
}
