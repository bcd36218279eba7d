/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.c - features and settings of the running kernel */
#include "ctl/doctor/doctor.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/landlock_abi.h"
#include "base/sys_ns.h"
#include "policy/compile/needs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A number of /proc/sys; -1: there is none. */
static long long number(const char *name)
{
	char path[128];
	cleanup_fclose FILE *f = NULL;
	long long n;

	(void)snprintf(path, sizeof path, "/proc/sys/%s", name); /* fits */
	f = fopen(path, "re");
	return f != NULL && fscanf(f, "%lld", &n) == 1 ? n : -1;
}

static void landlock(struct doctor *d)
{
	const int abi = sys_landlock_abi();
	struct err e = { 0 };

	if (needs_login(&e) < 0)
		doctor_find_text(d, LEVEL_BROKEN, NULL, 0, e.msg,
				 "boot a kernel that has it, with landlock in the parameter lsm=");
	else if (abi < LL_ABI_SCOPE)
		doctor_find(
			d, LEVEL_ADVICE, NULL, 0, "boot a later kernel",
			"the kernel has Landlock ABI %d; from Linux %s (ABI %d) on, it also protects abstract sockets and signals",
			abi, landlock_release(LL_ABI_SCOPE), LL_ABI_SCOPE);
}

static void namespaces(struct doctor *d)
{
	for (unsigned i = 0; i < NS_N; i++) {
		const char *word = ns_row((enum ns_kind)i)->word;
		char name[64], remedy[128];
		long long max;

		if (access("/proc/self/ns", F_OK) == 0 &&
		    !needs_has((enum feature)(FEATURE_NS + i)) && i != NS_USER)
			doctor_find(d, LEVEL_BROKEN, NULL, 0, "boot a kernel that has them",
				    "the kernel has no namespaces of the kind %s", word);
		(void)snprintf(name, sizeof name, "user/max_%s_namespaces", word); /* fits */
		max = number(name);
		(void)snprintf(
			remedy, sizeof remedy,
			"run 'sysctl -w user.max_%s_namespaces=10000', and write it to a file in /etc/sysctl.d",
			word); /* fits */
		if (max >= 0 && max < 64)
			doctor_find(d, max == 0 ? LEVEL_BROKEN : LEVEL_ADVICE, NULL, 0, remedy,
				    "user.max_%s_namespaces is %lld, and each session needs one",
				    word, max);
	}
}

/* Settings that protect the host, or that limit what sessions and `cordon run` can do. */
static const struct {
	const char *name, *key;
	long long bad_from, bad_to;
	const char *what, *remedy; /* without a remedy: 1 is the good value */
} settings[] = {
	{ "fs/protected_symlinks", "fs.protected_symlinks", 0, 0,
	  "users can mislead programs of others by symlinks in shared directories such as /tmp",
	  NULL },
	{ "fs/protected_hardlinks", "fs.protected_hardlinks", 0, 0,
	  "users can make links to files of others", NULL },
	{ "fs/protected_fifos", "fs.protected_fifos", 0, 0,
	  "users can plant FIFOs in shared directories such as /tmp", NULL },
	{ "fs/protected_regular", "fs.protected_regular", 0, 0,
	  "users can plant files in shared directories such as /tmp", NULL },
	{ "kernel/yama/ptrace_scope", "kernel.yama.ptrace_scope", 0, 0,
	  "programs of a user outside of sessions can trace each other", NULL },
	{ "kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, 0,
	  "logins are not affected, but 'cordon run' without root fails", NULL },
	{ "kernel/apparmor_restrict_unprivileged_userns",
	  "kernel.apparmor_restrict_unprivileged_userns", 1, 9,
	  "logins are not affected, but 'cordon run' without root fails",
	  "write an AppArmor profile with 'userns,' for the program that needs it" },
};

static void sysctls(struct doctor *d)
{
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
		const char *remedy = settings[i].remedy;
		const long long n = number(settings[i].name);
		char set[128];

		(void)snprintf(set, sizeof set,
			       "run 'sysctl -w %s=1', and write it to a file in /etc/sysctl.d",
			       settings[i].key); /* fits */
		if (n >= settings[i].bad_from && n <= settings[i].bad_to)
			doctor_find(d, LEVEL_ADVICE, NULL, 0, remedy != NULL ? remedy : set,
				    "%s is %lld: %s", settings[i].key, n, settings[i].what);
	}
}

/* Rules with limits are refused where a controller is missing; the probe "rules" finds these. */
static void groups(struct doctor *d)
{
	cleanup_close const int root = cgroup_root();
	char missing[64] = "";

	if (root < 0) {
		doctor_find(
			d, LEVEL_ADVICE, NULL, 0,
			"mount it on /sys/fs/cgroup, or boot with systemd.unified_cgroup_hierarchy=1",
			"cgroup v2 is not mounted, so rules with MemoryMax= and similar limits refuse logins");
		return;
	}
	for (enum feature f = FEATURE_GROUP_MEMORY; f <= FEATURE_GROUP_IO; f++)
		if (!needs_has(f))
			(void)snprintf(missing + strlen(missing), sizeof missing - strlen(missing),
				       " %s", needs_controller(f)); /* fits */
	if (missing[0] != '\0')
		doctor_find(
			d, LEVEL_ADVICE, NULL, 0,
			"boot with systemd.unified_cgroup_hierarchy=1 if cgroup v1 has them",
			"the tree of cgroup v2 lacks these controllers, so rules with their limits refuse logins:%s",
			missing);
}

void doctor_kernel(struct doctor *d)
{
	landlock(d);
	namespaces(d);
	sysctls(d);
	groups(d);
}
