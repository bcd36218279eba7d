/* SPDX-License-Identifier: Apache-2.0 */
/* netgroup.c - do the sources of netgroups answer? */
#include "policy/account/netgroup.h"

#include "base/cleanup.h"
#include "base/libc.h"
#include "policy/account/lookup.h"

#ifdef __GLIBC__
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sources of @database, with their [actions]. Return: NULL: nsswitch.conf has none; else to be freed. */
static char *sources_of(const char *database)
{
	cleanup_fclose FILE *f = fopen("/etc/nsswitch.conf", "re");
	cleanup_free char *line = NULL;
	const size_t len = strlen(database);
	size_t size = 0;

	while (f != NULL && getline(&line, &size, f) > 0) {
		const char *at = line + strspn(line, " \t");

		line[strcspn(line, "#\n")] = '\0';
		if (strncmp(at, database, len) != 0)
			continue;
		at += len + strspn(at + len, " \t");
		if (*at == ':')
			return strdup(at + 1 + strspn(at + 1, " \t"));
	}
	return NULL;
}

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
	cleanup_free char *netgroups = sources_of("netgroup");
	cleanup_free char *groups = sources_of("group");
	bool answer;

	if (netgroups == NULL || only_missing_file(netgroups) ||
	    __nss_configure_lookup("group", netgroups) < 0)
		return false;
	answer = lookup_group_service() == 0;
	return __nss_configure_lookup("group", groups != NULL ? groups : "files") == 0 && answer;
}
#else
bool netgroup_sources_answer(void)
{
	return false; /* musl has no netgroups */
}
#endif
