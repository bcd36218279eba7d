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
