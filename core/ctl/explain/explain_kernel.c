/* SPDX-License-Identifier: Apache-2.0 */
/* explain_kernel.c - say which effects of a plan depend on the running kernel */
#include "ctl/explain/explain.h"

#include "base/sys_ns.h"
#include "confine/self/landlock.h"

#include <stdio.h>

static const struct {
	uint64_t fs, net, scoped;
	const char *what;
} parts[] = {
	{ 1 << 2, 0, 0, "opening files through a descriptor from outside" },
	{ 1 << 16, 0, 0, "connecting to sockets that have a path outside" },
	{ 1 << 1, 0, 0, "writing outside the writable paths" },
	{ 1 << 13, 0, 0, "renaming out of them" },
	{ 1 << 14, 0, 0, "truncating files outside them" },
	{ 1 << 15, 0, 0, "ioctl on other devices" },
	{ 0, 1, 0, "binding other TCP ports" },
	{ 0, 2, 0, "connecting to other TCP ports" },
	{ 0, 0, 1, "abstract sockets from outside" },
	{ 0, 0, 2, "signals to processes outside" },
};

void explain_kernel(const struct plan *plan, struct json *j)
{
	const int abi = sys_landlock_abi();
	const struct landlock_ask ask = landlock_ask(plan, abi);
	const char *between = "";

	if (j != NULL) {
		json_object(j, "landlock");
		json_number(j, "abi", abi > 0 ? abi : 0);
		json_array(j, "refuses");
	} else {
		sayf(stdout, "  Landlock ABI %d also refuses: ", abi > 0 ? abi : 0);
	}
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (((ask.fs | ask.roots) & parts[i].fs) == 0 && (ask.net & parts[i].net) == 0 &&
		    (ask.scoped & parts[i].scoped) == 0)
			continue;
		if (j != NULL)
			json_string(j, NULL, parts[i].what);
		else
			sayf(stdout, "%s%s", between, parts[i].what);
		between = ", ";
	}
	if (j == NULL) {
		sayf(stdout, "%s\n", between[0] == '\0' ? "nothing" : "");
		return;
	}
	json_end(j);
	json_end(j);
}
