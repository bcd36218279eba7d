/* SPDX-License-Identifier: Apache-2.0 */
/* run_oom.c - find out if the kernel has killed for lack of memory */
#include "ctl/run/run.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* Reads the number after @key in a file of lines "key number". */
static uint64_t count(const char *path, const char *key)
{
	cleanup_fclose FILE *f = fopen(path, "re");
	uint64_t found = 0;
	char line[256];

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ' ')
			found = strtoull(line + strlen(key), NULL, 10);
	return found;
}

uint64_t run_oom_count(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/cgroup", "re");
	char line[4096], path[4608];
	uint64_t found = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) { /* "ID:controllers:path" */
		char *controllers = strchr(line, ':');
		char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

		if (group == NULL)
			continue;
		*group++ = '\0';
		group[strcspn(group, "\n")] = '\0';
		if (controllers[1] == '\0') {
			(void)snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.events",
				       group); /* fits */
			found += count(path, "oom_kill");
		} else if (strcmp(controllers + 1, "memory") == 0) {
			(void)snprintf(path, sizeof path,
				       "/sys/fs/cgroup/memory%s/memory.oom_control",
				       group); /* fits */
			found += count(path, "oom_kill");
		}
	}
	return found;
}
