/* SPDX-License-Identifier: Apache-2.0 */
/* explain_kernel.c - say which effects of a plan depend on the running kernel */
#include "ctl/explain/explain.h"

#include "base/landlock_abi.h"
#include "base/sys_ns.h"
#include "confine/self/landlock.h"

#include <stdio.h>

static const struct {
	uint64_t fs, net, scoped;
	const char *what;
} parts[] = {
	{ LL_FS_READ_FILE, 0, 0, "opening files through a descriptor from outside" },
	{ LL_FS_RESOLVE_UNIX, 0, 0, "connecting to sockets that have a path outside" },
	{ LL_FS_WRITE_FILE, 0, 0, "writing outside the writable paths" },
	{ LL_FS_REFER, 0, 0, "renaming out of them" },
	{ LL_FS_TRUNCATE, 0, 0, "truncating files outside them" },
	{ LL_FS_IOCTL_DEV, 0, 0, "ioctl on other devices" },
	{ 0, LL_NET_BIND_TCP, 0, "binding other TCP ports" },
	{ 0, LL_NET_CONNECT_TCP, 0, "connecting to other TCP ports" },
	{ 0, LL_NET_BIND_UDP, 0, "binding other UDP ports" },
	{ 0, LL_NET_CONNECT_SEND_UDP, 0, "connecting and sending to other UDP ports" },
	{ 0, 0, LL_SCOPE_ABSTRACT_UNIX, "abstract sockets from outside" },
	{ 0, 0, LL_SCOPE_SIGNAL, "signals to processes outside" },
};

/* Lists the parts that @ask has and @known does not have, in @j or as text; false: there are none. */
static bool list_parts(const struct landlock_ask *ask, const struct landlock_ask *known,
		       struct json *j)
{
	const uint64_t fs = (ask->fs | ask->roots) & ~(known->fs | known->roots);
	const char *between = "";

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if ((fs & parts[i].fs) == 0 && (ask->net & ~known->net & parts[i].net) == 0 &&
		    (ask->scoped & ~known->scoped & parts[i].scoped) == 0)
			continue;
		if (j != NULL)
			json_string(j, NULL, parts[i].what);
		else
			sayf(stdout, "%s%s", between, parts[i].what);
		between = ", ";
	}
	return between[0] != '\0';
}

static bool has_more(const struct landlock_ask *ask, const struct landlock_ask *known)
{
	return ((ask->fs | ask->roots) & ~(known->fs | known->roots)) != 0 ||
	       (ask->scoped & ~known->scoped) != 0;
}

/* What later kernels would refuse as well, each with its release. */
static void list_later(const struct plan *plan, int abi)
{
	for (int later = abi + 1; later <= LL_ABI_LAST; later++) {
		const struct landlock_ask known = landlock_ask(plan, later - 1);
		const struct landlock_ask ask = landlock_ask(plan, later);

		if (!has_more(&ask, &known))
			continue;
		sayf(stdout, "  Landlock ABI %d (Linux %s) would also refuse: ", later,
		     landlock_release(later));
		(void)list_parts(&ask, &known, NULL); /* has_more() */
		sayf(stdout, "\n");
	}
}

void explain_kernel(const struct plan *plan, struct json *j)
{
	static const struct landlock_ask nothing;
	const int found = sys_landlock_abi(), abi = found > 0 ? found : 0;
	const struct landlock_ask ask = landlock_ask(plan, abi);
	const bool audit = (plan->flags & PLAN_AUDIT) != 0;

	if (j != NULL) {
		const struct landlock_ask last = landlock_ask(plan, LL_ABI_LAST);

		json_object(j, "landlock");
		json_number(j, "abi", abi);
		json_array(j, "refuses");
		(void)list_parts(&ask, &nothing, j); /* may be empty */
		json_end(j);
		json_array(j, "lacks");
		(void)list_parts(&last, &ask, j); /* the same */
		json_end(j);
		json_bool(j, "audit", audit);
		json_end(j);
		return;
	}
	sayf(stdout, "  Landlock ABI %d also refuses: ", abi);
	sayf(stdout, "%s\n", list_parts(&ask, &nothing, NULL) ? "" : "nothing");
	if (audit)
		sayf(stdout, "  Landlock writes what it refuses to the audit log\n");
	else
		sayf(stdout,
		     "  Landlock ABI %d (Linux %s) would write what it refuses to the audit log\n",
		     LL_ABI_LOG, landlock_release(LL_ABI_LOG));
	list_later(plan, abi);
}
