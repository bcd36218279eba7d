/* SPDX-License-Identifier: Apache-2.0 */
/* drop.c - see drop.h */
#include "confine/self/drop.h"

#include "confine/child.h"

#include "base/standard.h"
#include "base/sys.h"
#include "base/text.h"
#include "contract/limits.h"
#include "contract/words.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* drop_test.c defines DROP_SKIP to leave out one drop at a time; the proof must notice each. */
#ifndef DROP_SKIP
#define DROP_SKIP(what) 0
#endif

/* The serial of the session's own keyring; -ENOSYS: the kernel has no keyrings. */
static int own_keyring;

/* Applies a default, which lowers a limit and never raises one. */
static int limit_lower(int resource, const struct plan_pair *p)
{
	uint64_t now[2];
	int r = sys_getrlimit(resource, now);

	if (r < 0 || (now[0] <= p->soft && now[1] <= p->hard))
		return r;
	return sys_setrlimit(resource, now[0] < p->soft ? now[0] : p->soft,
			     now[1] < p->hard ? now[1] : p->hard);
}

/* The steps up to execve(2) need to open a few files. */
enum { NOFILE_STEPS = 64 };

static int limit_apply(int resource, const struct plan_pair *p)
{
	uint64_t soft = p->soft, hard = p->hard, now[2];
	int r;

	if (resource == RLIMIT_NOFILE && soft < NOFILE_STEPS) { /* limits_last() follows */
		r = sys_getrlimit(resource, now);
		if (r < 0)
			return r;
		soft = now[1] < NOFILE_STEPS ? now[1] : NOFILE_STEPS;
		if (soft < p->soft)
			soft = p->soft;
		if (hard < soft)
			hard = soft;
	}
	return sys_setrlimit(resource, soft, hard);
}

int limits_set(struct confine *c)
{
	const struct plan *plan = c->plan;

	for (size_t i = 0; i < PLAN_LIMITS; i++) {
		const struct plan_pair *p = plan_limit_pair(plan, i);
		int r;

		if (p->given == PAIR_NONE || DROP_SKIP("limits"))
			continue;
		r = p->given == PAIR_SET ? limit_apply(plan_limits[i].resource, p) :
					   limit_lower(plan_limits[i].resource, p);
		if (r < 0) {
			c->object = (uint32_t)(offsetof(struct plan, set) + plan_limits[i].at);
			return r;
		}
	}
	return 0;
}

static size_t limit_number(char *buf, size_t size, const char *form, uint64_t n)
{
	static const char none[] = "infinity";
	size_t len;

	if (n != LIMIT_INFINITY)
		return text_number(buf, size, form, n, 10);
	len = strcspn(form, "#");
	if (len + sizeof none > size)
		return 0;
	memcpy(buf, form, len);
	memcpy(buf + len, none, sizeof none);
	return len + sizeof none - 1;
}

void limits_text(const struct plan *plan, const struct child_fail *f, char *buf, size_t size)
{
	uint64_t now[2];

	buf[0] = '\0';
	for (size_t i = 0; f->step == STEP_LIMITS && i < PLAN_LIMITS; i++) {
		const struct plan_pair *p = plan_limit_pair(plan, i);
		size_t at = strlen(plan_limits[i].name);

		if (f->object != offsetof(struct plan, set) + plan_limits[i].at ||
		    sys_getrlimit(plan_limits[i].resource, now) < 0 || size < 160)
			continue;
		memcpy(buf, plan_limits[i].name, at + 1); /* all of it fits */
		at += limit_number(buf + at, size - at, "=#", p->soft);
		at += limit_number(buf + at, size - at, ":#", p->hard);
		(void)limit_number(
			buf + at, size - at,
			" cannot be set without CAP_SYS_RESOURCE where the hard limit is #", now[1]);
	}
}

int limits_last(struct confine *c)
{
	const struct plan_pair *p = &c->plan->set.limit_nofile;
	uint64_t now[2];
	int r;

	if (p->given != PAIR_SET || p->soft >= NOFILE_STEPS || DROP_SKIP("limits"))
		return 0;
	c->object = (uint32_t)offsetof(struct plan, set.limit_nofile);
	r = sys_setrlimit(RLIMIT_NOFILE, p->soft, p->hard);
	if (r < 0)
		return r;
	r = sys_getrlimit(RLIMIT_NOFILE, now);
	if (r == 0 && (now[0] != p->soft || now[1] != p->hard))
		r = -EPERM;
	return r < 0 ? fail_set(&c->fail, STEP_PROVE_LIMITS, r, 0) : 0;
}

/*
 * With these bits, locked, neither uid 0 nor a change of ids gives capabilities. They are listed by
 * name, because SECURE_ALL_BITS changes with the headers. KEEP_CAPS is not locked: ping(8) fails if it
 * cannot set that bit, and a session without capabilities has none to keep.
 */
static const unsigned long securebits =
	1u << SECURE_NOROOT | 1u << SECURE_NOROOT_LOCKED | 1u << SECURE_NO_SETUID_FIXUP |
	1u << SECURE_NO_SETUID_FIXUP_LOCKED | 1u << SECURE_NO_CAP_AMBIENT_RAISE |
	1u << SECURE_NO_CAP_AMBIENT_RAISE_LOCKED;

int securebits_set(struct confine *c)
{
	return (c->plan->flags & PLAN_NO_CAPS) || DROP_SKIP("securebits") ?
		       0 :
		       sys_prctl(PR_SET_SECUREBITS, securebits, 0, 0, 0);
}

int bounding_drop(struct confine *c)
{
	const struct plan *plan = c->plan;
	int r = 0;

	if ((plan->flags & PLAN_NO_CAPS) || DROP_SKIP("bounding"))
		return 0;
	for (unsigned cap = 0; r == 0 && cap <= plan->last_cap; cap++)
		if ((plan->set.capability_bounding_set & 1ull << cap) == 0)
			r = sys_prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	return r;
}

int groups_drop(struct confine *c)
{
	const struct plan_login *login = c->login;
	size_t n;
	const gid_t *groups = plan_array(login, login->groups, sizeof *groups, &n);
	int r;

	if (DROP_SKIP("gid"))
		return 0;
	if (login->flags & LOGIN_SET_GROUPS) {
		r = sys_setgroups(n, groups);
		return r < 0 ? r : sys_setresgid(login->gid, login->gid, login->gid);
	}
	r = sys_setresgid((gid_t)-1, login->gid, login->gid);
	return r == 0 && getgid() != login->gid ? -EPERM : r;
}

int uid_drop(struct confine *c)
{
	const uid_t uid = c->login->uid;

	return DROP_SKIP("uid") ? 0 : sys_setresuid(uid, uid, uid);
}

/* Dropping from permitted or inheritable also drops from ambient, see capabilities(7). */
int caps_drop(struct confine *c)
{
	(void)c;
	return DROP_SKIP("capset") ? 0 : sys_capset(0, 0, 0);
}

/* If a directory does not exist or the user may not enter it, the next one is tried. */
int cwd_enter(struct confine *c)
{
	int r = 0;

	for (unsigned i = 0; c->cwd[i] != NULL; i++) {
		if (chdir(c->cwd[i]) == 0)
			return 0;
		r = -errno;
		c->object = c->cwd_object;
	}
	return r;
}

int no_new_privs_set(struct confine *c)
{
	(void)c;
	return DROP_SKIP("no_new_privs") ? 0 : sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int personality_set(struct confine *c)
{
	const uint64_t want = c->plan->set.personality;
	const int r = want == NUM_UNSET ? 0 : sys_personality((unsigned long)want);

	if (want == NUM_UNSET || r < 0)
		return r;
	return sys_personality(0xffffffff) == (int)want ? 0 : -EPERM;
}

int keyring_set(struct confine *c)
{
	if (c->plan->set.keyring_mode == KEYRING_MODE_PRIVATE)
		own_keyring = DROP_SKIP("keyring") ? 0 : sys_keyring_private();
	/* a kernel without keyrings has nothing to hide */
	return own_keyring < 0 && own_keyring != -ENOSYS ? own_keyring : 0;
}

int standard_set(struct confine *c)
{
	(void)c;
	return standard_clean();
}

int close_others(struct confine *c)
{
	int keep[] = { c->sync, c->procfd, c->file };

	return child_close_but(keep, 3);
}

int limits_prove(struct confine *c)
{
	const struct plan *plan = c->plan;

	for (size_t i = 0; i < PLAN_LIMITS; i++) {
		const struct plan_pair *p = plan_limit_pair(plan, i);
		uint64_t now[2];
		const int r = p->given ? sys_getrlimit(plan_limits[i].resource, now) : 0;

		if (r < 0)
			return r;
		if (plan_limits[i].resource == RLIMIT_NOFILE && p->given == PAIR_SET &&
		    p->soft < NOFILE_STEPS)
			continue; /* not yet */
		if (p->given == PAIR_SET && (now[0] != p->soft || now[1] != p->hard))
			return -EPERM;
		if (p->given == PAIR_CEILING && (now[0] > p->soft || now[1] > p->hard))
			return -EPERM;
	}
	return 0;
}

int ids_prove(struct confine *c)
{
	const struct plan_login *login = c->login;
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return -errno;
	if (r != login->uid || e != r || s != r || rg != login->gid || eg != rg || sg != rg)
		return -EPERM;
	/* the attempt to regain privilege succeeded, so the drop failed */
	if (login->uid != 0 && sys_setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return -ENOTRECOVERABLE;
	return 0;
}

/* Binary search in the ascending groups of the plan, because there may be 65,536 on either side. */
static int group_known(const uint32_t *known, size_t n, gid_t gid)
{
	size_t from = 0, to = n;

	while (from < to) {
		const size_t at = from + (to - from) / 2;

		if (known[at] < gid)
			from = at + 1;
		else
			to = at;
	}
	return from < n && known[from] == gid;
}

int groups_prove(struct confine *c)
{
	const struct plan_login *login = c->login;
	static gid_t have[65536]; /* NGROUPS_MAX */
	const int n = getgroups(65536, have);
	size_t n_known;
	const uint32_t *known = plan_array(login, login->groups, sizeof *known, &n_known);

	if (c->plan->flags &
	    (PLAN_NO_CAPS | PLAN_USER_VIEW)) /* the groups are the caller's and cannot be changed */
		return 0;
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		if (have[i] != login->gid && !group_known(known, n_known, have[i]))
			return -EPERM;
	return 0;
}

int caps_prove(struct confine *c)
{
	uint64_t effective, permitted, inheritable;
	const int r = sys_capget(&effective, &permitted, &inheritable);

	if (r < 0)
		return r;
	if (effective != 0 || permitted != 0 || inheritable != 0)
		return -EPERM;
	for (unsigned cap = 0; cap <= c->plan->last_cap; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 0)
			return -EPERM;
	return 0;
}

int bounding_prove(struct confine *c)
{
	const struct plan *plan = c->plan;

	if (plan->flags & PLAN_NO_CAPS) /* with no_new_privs, the bounding set has no effect */
		return 0;
	for (unsigned cap = 0; cap <= plan->last_cap; cap++) {
		const int want = (plan->set.capability_bounding_set >> cap & 1) != 0;

		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > want)
			return -EPERM;
	}
	/* a capability that the plan does not know would still be in the bounding set */
	return prctl(PR_CAPBSET_READ, plan->last_cap + 1, 0, 0, 0) < 0 ? 0 : -EPERM;
}

int securebits_prove(struct confine *c)
{
	if (c->plan->flags & PLAN_NO_CAPS)
		return 0;
	return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == (int)securebits ? 0 : -EPERM;
}

int no_new_privs_prove(struct confine *c)
{
	(void)c;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -EPERM;
}

int keyring_prove(struct confine *c)
{
	return c->plan->set.keyring_mode == KEYRING_MODE_INHERIT ||
			       sys_keyring_session() == own_keyring ?
		       0 :
		       -EPERM;
}

int namespaces_prove(struct confine *c)
{
	struct ns_ids have;
	const int r = ns_ids_read(c->procfd, "self/ns", &have);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < NS_N; i++) {
		const bool other = (c->other & ns_row((enum ns_kind)i)->flag) != 0;

		if ((have.ino[i] != c->ns.ino[i]) != other)
			return fail_set(&c->fail, step_prove_ns((enum ns_kind)i), -EXDEV, 0);
	}
	return 0;
}

int filter_set(struct confine *c)
{
	size_t n;
	const struct sock_filter *insns = plan_array(c->plan, c->plan->filter, sizeof *insns, &n);

	return DROP_SKIP("filter") ? 0 : sys_seccomp_load(insns, n);
}

int filter_prove(struct confine *c)
{
	(void)c;
	return prctl(FILTER_PROBE, 0, 0, 0, 0) < 0 && errno == FILTER_PROBE_ERRNO ? 0 : -EPERM;
}
