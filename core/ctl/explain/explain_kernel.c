/* SPDX-License-Identifier: Apache-2.0 */
/* explain_kernel.c - what of a plan rests on the running kernel */
#include "ctl/ctl.h"

#include "base/sys_ns.h"
#include "confine/self/landlock.h"

#include <stdio.h>

static const struct {
	uint64_t fs, net, scoped;
	const char *what;
} parts[] = {
	{ 1 << 2, 0, 0, "opening by a descriptor from outside" },
	{ 1 << 16, 0, 0, "sockets with a path outside" },
	{ 1 << 1, 0, 0, "writing outside the writable places" },
	{ 1 << 13, 0, 0, "renaming out of them" },
	{ 1 << 14, 0, 0, "truncation there" },
	{ 1 << 15, 0, 0, "ioctl of other devices" },
	{ 0, 1, 0, "binding other TCP ports" },
	{ 0, 2, 0, "connecting to other TCP ports" },
	{ 0, 0, 1, "abstract sockets of others" },
	{ 0, 0, 2, "signals to others" },
};

void explain_kernel(const struct plan *plan, bool json)
{
	const int abi = sys_landlock_abi();
	const struct landlock_ask ask = landlock_ask(plan, abi);
	const char *between = "";

	sayf(stdout, json ? "\"landlock\":{\"abi\":%d,\"refuses\":[" : "  Landlock ABI %d refuses ",
	     abi > 0 ? abi : 0);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (((ask.fs | ask.roots) & parts[i].fs) == 0 && (ask.net & parts[i].net) == 0 &&
		    (ask.scoped & parts[i].scoped) == 0)
			continue;
		sayf(stdout, "%s", between);
		if (json)
			json_string(parts[i].what);
		else
			sayf(stdout, "%s", parts[i].what);
		between = json ? "," : ", ";
	}
	if (json)
		sayf(stdout, "]},");
	else
		sayf(stdout, "%s\n", between[0] == '\0' ? "nothing more" : ", for a second time");
}
