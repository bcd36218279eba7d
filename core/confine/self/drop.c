/* SPDX-License-Identifier: Apache-2.0 */
/* drop.c - see drop.h */
#include "confine/self/drop.h"

#include "base/sys.h"
#include "base/text.h"
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

#ifndef RLIMIT_RTTIME
#define RLIMIT_RTTIME 15
#endif

static const struct {
	int resource;
	const char *name;
	size_t at;
} limits[] = {
#define LIMIT(RESOURCE, field, type, def, help) \
	{ RLIMIT_##RESOURCE, "Limit" #RESOURCE, offsetof(struct plan_settings, limit_##field) },
#include "limits.def"
#undef LIMIT
};

/* The test that leaves out one drop after the other, to see each noticed, defines it. */
#ifndef DROP_SKIP
#define DROP_SKIP(what) 0
#endif

/* Serial of the session's own keyring; -ENOSYS: the kernel has none. */
static int own_keyring;

/* A default: what is above it comes down, what is below it stays. */
static int limit_lower(int resource, const struct plan_pair *p)
{
	uint64_t now[2];
	int r = sys_getrlimit(resource, now);

	if (r < 0 || (now[0] <= p->soft && now[1] <= p->hard))
		return r;
	return sys_setrlimit(resource, now[0] < p->soft ? now[0] : p->soft,
			     now[1] < p->hard ? now[1] : p->hard);
}

/* The steps up to execve(2) open a few files of their own. */
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

int limits_apply(const struct plan *plan, struct child_fail *f)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const struct plan_pair *p = (const void *)((const char *)&plan->set + limits[i].at);
		int r;

		if (p->given == PAIR_NONE || DROP_SKIP("limits"))
			continue;
		r = p->given == PAIR_SET ? limit_apply(limits[i].resource, p) :
					   limit_lower(limits[i].resource, p);
		if (r < 0)
			return fail_set(f, STEP_LIMITS, r,
					(uint32_t)(offsetof(struct plan, set) + limits[i].at));
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
	for (size_t i = 0; f->step == STEP_LIMITS && i < sizeof limits / sizeof limits[0]; i++) {
		const struct plan_pair *p = (const void *)((const char *)&plan->set + limits[i].at);
		size_t at = strlen(limits[i].name);

		if (f->object != offsetof(struct plan, set) + limits[i].at ||
		    sys_getrlimit(limits[i].resource, now) < 0 || size < 160)
			continue;
		memcpy(buf, limits[i].name, at + 1); /* all of it fits */
		at += limit_number(buf + at, size - at, "=#", p->soft);
		at += limit_number(buf + at, size - at, ":#", p->hard);
		(void)limit_number(
			buf + at, size - at,
			" can't be set without CAP_SYS_RESOURCE where the hard limit is #", now[1]);
	}
}

int limits_last(const struct plan *plan, struct child_fail *f)
{
	const struct plan_pair *p = &plan->set.limit_nofile;
	uint64_t now[2];
	int r = 0;

	if (p->given != PAIR_SET || p->soft >= NOFILE_STEPS || DROP_SKIP("limits"))
		return 0;
	r = sys_setrlimit(RLIMIT_NOFILE, p->soft, p->hard);
	if (r < 0)
		return fail_set(f, STEP_LIMITS, r,
				(uint32_t)offsetof(struct plan, set.limit_nofile));
	r = sys_getrlimit(RLIMIT_NOFILE, now);
	if (r == 0 && (now[0] != p->soft || now[1] != p->hard))
		r = -EPERM;
	return r < 0 ? fail_set(f, STEP_PROVE_LIMITS, r, 0) : 0;
}

static int bounding_drop(const struct plan *plan)
{
	int r = 0;

	for (unsigned cap = 0; r == 0 && cap <= plan->last_cap; cap++)
		if ((plan->set.capability_bounding_set & 1ull << cap) == 0)
			r = sys_prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	return r;
}

/*
 * uid 0 means nothing, changes of ids mean nothing, and it stays so. By name: SECURE_ALL_BITS grows
 * with the headers. KEEP_CAPS stays free: ping(8) sets it and gives up where it can't, and where there
 * is no capability there is none to be kept.
 */
static const unsigned long securebits =
	1u << SECURE_NOROOT | 1u << SECURE_NOROOT_LOCKED | 1u << SECURE_NO_SETUID_FIXUP |
	1u << SECURE_NO_SETUID_FIXUP_LOCKED | 1u << SECURE_NO_CAP_AMBIENT_RAISE |
	1u << SECURE_NO_CAP_AMBIENT_RAISE_LOCKED;

static int groups_drop(const struct plan_login *login)
{
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

int privileges_drop(const struct plan *plan, const struct plan_login *login, struct child_fail *f)
{
	const int caps = !(plan->flags & PLAN_NO_CAPS);
	int r = caps && !DROP_SKIP("securebits") ?
			sys_prctl(PR_SET_SECUREBITS, securebits, 0, 0, 0) :
			0;

	if (r < 0)
		return fail_set(f, STEP_SECUREBITS, r, 0);
	r = caps && !DROP_SKIP("bounding") ? bounding_drop(plan) : 0;
	if (r < 0)
		return fail_set(f, STEP_BOUNDING, r, 0);
	r = groups_drop(login);
	if (r < 0)
		return fail_set(f, STEP_GROUPS, r, 0);
	r = DROP_SKIP("uid") ? 0 : sys_setresuid(login->uid, login->uid, login->uid);
	if (r < 0)
		return fail_set(f, STEP_UID, r, 0);
	/* what leaves permitted or inheritable leaves ambient, see capabilities(7) */
	r = DROP_SKIP("capset") ? 0 : sys_capset(0, 0, 0);
	return r < 0 ? fail_set(f, STEP_CAPS, r, 0) : 0;
}

int surface_drop(const struct plan *plan, struct child_fail *f)
{
	int r = DROP_SKIP("no_new_privs") ? 0 : sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (r < 0)
		return fail_set(f, STEP_NO_NEW_PRIVS, r, 0);
	if (plan->set.personality != NUM_UNSET) {
		r = sys_personality((unsigned long)plan->set.personality);
		if (r >= 0)
			r = sys_personality(0xffffffff) == (int)plan->set.personality ? 0 : -EPERM;
		if (r < 0)
			return fail_set(f, STEP_PERSONALITY, r, 0);
	}
	if (plan->set.keyring_mode == KEYRING_MODE_PRIVATE)
		own_keyring = DROP_SKIP("keyring") ? 0 : sys_keyring_private();
	if (own_keyring < 0 && own_keyring != -ENOSYS) /* a kernel without keys has none to hide */
		return fail_set(f, STEP_KEYRING, own_keyring, 0);
	return 0;
}

static int limits_prove(const struct plan *plan)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const struct plan_pair *p = (const void *)((const char *)&plan->set + limits[i].at);
		uint64_t now[2];
		const int r = p->given ? sys_getrlimit(limits[i].resource, now) : 0;

		if (r < 0)
			return r;
		if (limits[i].resource == RLIMIT_NOFILE && p->given == PAIR_SET &&
		    p->soft < NOFILE_STEPS)
			continue; /* not yet */
		if (p->given == PAIR_SET && (now[0] != p->soft || now[1] != p->hard))
			return -EPERM;
		if (p->given == PAIR_CEILING && (now[0] > p->soft || now[1] > p->hard))
			return -EPERM;
	}
	return 0;
}

static int ids_prove(const struct plan_login *login)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return -errno;
	if (r != login->uid || e != r || s != r || rg != login->gid || eg != rg || sg != rg)
		return -EPERM;
	if (login->uid != 0 && sys_setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return -ENOTRECOVERABLE; /* the climb worked: the drop did not */
	return 0;
}

/* The plan's are ascending; there may be 65,536 on either side. */
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

static int groups_prove(const struct plan *plan, const struct plan_login *login)
{
	static gid_t have[65536]; /* NGROUPS_MAX */
	const int n = getgroups(65536, have);
	size_t n_known;
	const uint32_t *known = plan_array(login, login->groups, sizeof *known, &n_known);

	if (plan->flags & (PLAN_NO_CAPS | PLAN_USER_VIEW)) /* the caller's own, and can't be changed */
		return 0;
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		if (have[i] != login->gid && !group_known(known, n_known, have[i]))
			return -EPERM;
	return 0;
}

static int caps_prove(const struct plan *plan)
{
	uint64_t effective, permitted, inheritable;
	const int r = sys_capget(&effective, &permitted, &inheritable);

	if (r < 0)
		return r;
	if (effective != 0 || permitted != 0 || inheritable != 0)
		return -EPERM;
	for (unsigned cap = 0; cap <= plan->last_cap; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 0)
			return -EPERM;
	return 0;
}

static int bounding_prove(const struct plan *plan)
{
	if (plan->flags & PLAN_NO_CAPS) /* with no_new_privs the bounding set gives nothing */
		return 0;
	for (unsigned cap = 0; cap <= plan->last_cap; cap++) {
		const int want = (plan->set.capability_bounding_set >> cap & 1) != 0;

		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > want)
			return -EPERM;
	}
	/* one more than the plan knows of would have been left in */
	return prctl(PR_CAPBSET_READ, plan->last_cap + 1, 0, 0, 0) < 0 ? 0 : -EPERM;
}

static int securebits_prove(const struct plan *plan)
{
	if (plan->flags & PLAN_NO_CAPS)
		return 0;
	return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == (int)securebits ? 0 : -EPERM;
}

int namespaces_prove(int procfd, const struct ns_ids *want, struct child_fail *f)
{
	struct ns_ids have;
	const int r = ns_ids_read(procfd, "self/ns", &have);

	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	for (unsigned i = 0; i < NS_N; i++)
		if (have.ino[i] != want->ino[i])
			return fail_set(f, step_prove_ns((enum ns_kind)i), -EXDEV, 0);
	return 0;
}

int privileges_prove(const struct plan *plan, const struct plan_login *login, struct child_fail *f)
{
	const struct {
		enum step step;
		int r;
	} proofs[] = {
		{ STEP_PROVE_LIMITS, limits_prove(plan) },
		{ STEP_PROVE_IDS, ids_prove(login) },
		{ STEP_PROVE_GROUPS, groups_prove(plan, login) },
		{ STEP_PROVE_CAPS, caps_prove(plan) },
		{ STEP_PROVE_BOUNDING, bounding_prove(plan) },
		{ STEP_PROVE_SECUREBITS, securebits_prove(plan) },
		{ STEP_PROVE_NO_NEW_PRIVS, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -EPERM },
		{ STEP_PROVE_KEYRING, plan->set.keyring_mode == KEYRING_MODE_INHERIT ||
						      sys_keyring_session() == own_keyring ?
					      0 :
					      -EPERM },
	};

	for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++)
		if (proofs[i].r < 0)
			return fail_set(f, proofs[i].step, proofs[i].r, 0);
	return 0;
}

int filter_load(const struct plan *plan, struct child_fail *f)
{
	size_t n;
	const struct sock_filter *insns = plan_array(plan, plan->filter, sizeof *insns, &n);
	int r = DROP_SKIP("filter") ? 0 : sys_seccomp_load(insns, n);

	if (r < 0)
		return fail_set(f, STEP_FILTER, r, 0);
	r = prctl(FILTER_PROBE, 0, 0, 0, 0) < 0 && errno == FILTER_PROBE_ERRNO ? 0 : -EPERM;
	return r < 0 ? fail_set(f, STEP_PROVE_FILTER, r, 0) : 0;
}
