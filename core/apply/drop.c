/* drop.c - see drop.h */
#include "drop.h"

#include "../base/sys.h"
#include "../base/sys_ns.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef RLIMIT_RTTIME
#define RLIMIT_RTTIME 15
#endif

/* Landlock ABI 6 (Linux 6.12); Debian 12's header doesn't have it. */
#define SCOPE_ABSTRACT_UNIX 1u

static const struct {
	int resource;
	size_t at;
} limits[] = {
#define LIMIT(NAME, field) { RLIMIT_##NAME, offsetof(struct plan_settings, limit_##field) }
	LIMIT(CPU, cpu),     LIMIT(FSIZE, fsize),	    LIMIT(DATA, data),
	LIMIT(STACK, stack), LIMIT(CORE, core),		    LIMIT(RSS, rss),
	LIMIT(NOFILE, nofile), LIMIT(AS, as),		    LIMIT(NPROC, nproc),
	LIMIT(MEMLOCK, memlock), LIMIT(LOCKS, locks),	    LIMIT(SIGPENDING, sigpending),
	LIMIT(MSGQUEUE, msgqueue), LIMIT(NICE, nice),	    LIMIT(RTPRIO, rtprio),
	LIMIT(RTTIME, rttime),
#undef LIMIT
};

int limits_apply(const struct plan *plan, struct child_fail *f)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const struct plan_pair *p =
			(const void *)((const char *)&plan->set + limits[i].at);
		int r;

		if (!p->given)
			continue;
		r = sys_setrlimit(limits[i].resource, p->soft, p->hard);
		if (r < 0)
			return fail_set(f, STEP_LIMITS, r, 0);
	}
	return 0;
}

static int bounding_drop(const struct plan *plan)
{
	int r = 0;

	for (unsigned cap = 0; r == 0 && cap <= plan->last_cap; cap++)
		if ((plan->set.capability_bounding_set & 1ull << cap) == 0)
			r = sys_prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	return r;
}

static int groups_drop(const struct plan *plan)
{
	size_t n;
	const gid_t *groups = plan_array(plan, plan->groups, sizeof *groups, &n);
	int r;

	if (plan->flags & PLAN_SET_GROUPS) {
		r = sys_setgroups(n, groups);
		return r < 0 ? r : sys_setresgid(plan->gid, plan->gid, plan->gid);
	}
	r = sys_setresgid((gid_t)-1, plan->gid, plan->gid);
	return r == 0 && getgid() != plan->gid ? -EPERM : r;
}

int privileges_drop(const struct plan *plan, struct child_fail *f)
{
	/* uid 0 means nothing, changes of ids mean nothing, and it stays so */
	const int caps = !(plan->flags & PLAN_NO_CAPS);
	int r = caps ? sys_prctl(PR_SET_SECUREBITS,
				 (SECURE_ALL_BITS & ~(1u << SECURE_KEEP_CAPS)) | SECURE_ALL_LOCKS,
				 0, 0, 0) :
		       0;

	if (r < 0)
		return fail_set(f, STEP_SECUREBITS, r, 0);
	r = caps ? bounding_drop(plan) : 0;
	if (r < 0)
		return fail_set(f, STEP_BOUNDING, r, 0);
	r = groups_drop(plan);
	if (r < 0)
		return fail_set(f, STEP_GROUPS, r, 0);
	r = sys_setresuid(plan->uid, plan->uid, plan->uid);
	if (r < 0)
		return fail_set(f, STEP_UID, r, 0);
	r = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (r == 0)
		r = sys_capset(0, 0, 0);
	return r < 0 ? fail_set(f, STEP_CAPS, r, 0) : 0;
}

/*
 * With a network of its own a session has its own abstract sockets; without, Landlock keeps it
 * from those of others where the kernel can.
 */
static int scope_apply(const struct plan *plan)
{
	int fd, r;

	if (plan->set.private_network || sys_landlock_abi() < 6)
		return 0;
	fd = sys_landlock_create(0, 0, SCOPE_ABSTRACT_UNIX);
	if (fd < 0)
		return fd;
	r = sys_landlock_restrict_self(fd);
	(void)close(fd); /* it is in force, or refused */
	return r;
}

int surface_drop(const struct plan *plan, struct child_fail *f)
{
	int r = sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (r < 0)
		return fail_set(f, STEP_NO_NEW_PRIVS, r, 0);
	r = sys_keyring_private();
	if (r < 0 && r != -ENOSYS) /* a kernel without keys has none to hide */
		return fail_set(f, STEP_KEYRING, r, 0);
	r = scope_apply(plan);
	return r < 0 ? fail_set(f, STEP_LANDLOCK, r, 0) : 0;
}

static int ids_prove(const struct plan *plan)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return -errno;
	if (r != plan->uid || e != r || s != r || rg != plan->gid || eg != rg || sg != rg)
		return -EPERM;
	if (plan->uid != 0 && sys_setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return -ENOTRECOVERABLE; /* the climb worked: the drop did not */
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
	if (plan->flags & PLAN_NO_CAPS) /* with no_new_privs the bounding set gives nothing */
		return 0;
	for (unsigned cap = 0; cap <= plan->last_cap; cap++) {
		const int want = (plan->set.capability_bounding_set >> cap & 1) != 0;

		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 0 ||
		    prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > want)
			return -EPERM;
	}
	return prctl(PR_CAPBSET_READ, plan->last_cap + 1, 0, 0, 0) < 0 ? 0 : -EPERM;
}

int privileges_prove(const struct plan *plan, ino_t mount_ns, struct child_fail *f)
{
	struct stat st;
	int r = ids_prove(plan);

	if (r == 0)
		r = caps_prove(plan);
	if (r == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		r = -EPERM;
	if (r == 0 && stat("/proc/self/ns/mnt", &st) < 0)
		r = -errno;
	if (r == 0 && st.st_ino != mount_ns)
		r = -EXDEV;
	return r < 0 ? fail_set(f, STEP_PROVE, r, 0) : 0;
}

int filter_load(const struct plan *plan, struct child_fail *f)
{
	size_t n;
	const struct sock_filter *insns = plan_array(plan, plan->filter, sizeof *insns, &n);
	int r = sys_seccomp_load(insns, n);

	if (r == 0 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2)
		r = -EPERM;
	return r < 0 ? fail_set(f, STEP_FILTER, r, 0) : 0;
}
