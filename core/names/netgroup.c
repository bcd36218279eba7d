/* SPDX-License-Identifier: Apache-2.0 */
/* netgroup.c - do the sources of netgroups answer? */
#include "names/netgroup.h"

#include "base/cleanup.h"
#include "base/libc.h"
#include "policy/account/names.h"
#include "policy/account/nsswitch.h"

#ifdef __GLIBC__
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "files" alone, which has no list: nobody knows the members. */
static bool only_missing_file(const char *sources)
{
	const size_t len = strcspn(sources, " \t[");

	return len == strlen("files") && strncmp(sources, "files", len) == 0 &&
	       sources[len + strspn(sources + len, " \t")] == '\0' &&
	       access("/etc/netgroup", R_OK) < 0;
}

bool netgroup_sources_answer(void)
{
	cleanup_free char *netgroups = nsswitch_sources("netgroup");
	cleanup_free char *groups = nsswitch_sources("group");
	cleanup_free char *buf = NULL;
	struct group g;
	bool answer;

	if (netgroups == NULL || only_missing_file(netgroups) ||
	    __nss_configure_lookup("group", netgroups) < 0)
		return false;
	answer = names_group("_cordon-asks", 0, &g, &buf) >= 0;
	return __nss_configure_lookup("group", groups != NULL ? groups : "files") == 0 && answer;
}
#else
bool netgroup_sources_answer(void)
{
	return false; /* musl has no netgroups */
}
#endif
