/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nss_slow.c - a name service that takes its time: SLOW_FILE has the seconds, and the program that waits.
 * With BOBS_FILE, bob is in the group 4712; but as libnss_sss, the service does nothing where the
 * environment says so.
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOOK	  __attribute__((visibility("default")))
#define SLOW_FILE "/run/host/slow"
#define BOBS_FILE "/run/host/bobs"

static enum nss_status wait(void)
{
	char program[32] = "";
	unsigned seconds = 0;
	FILE *f = fopen(SLOW_FILE, "re");

	if (f != NULL && fscanf(f, "%u %31s", &seconds, program) == 2 &&
	    strcmp(program_invocation_short_name, program) == 0)
		while (seconds > 0)
			seconds = sleep(seconds);
	if (f != NULL)
		(void)fclose(f); /* read-only */
	return NSS_STATUS_NOTFOUND;
}

HOOK enum nss_status _nss_slow_initgroups_dyn(const char *user, gid_t group, long *start,
					      long *size, gid_t **groups, long limit, int *err);
enum nss_status _nss_slow_initgroups_dyn(const char *user, gid_t group, long *start, long *size,
					 gid_t **groups, long limit, int *err)
{
	(void)group, (void)limit, (void)err;
	if (strcmp(user, "bob") == 0 && getenv("SLOW_LOOPS") == NULL &&
	    access(BOBS_FILE, F_OK) == 0 && *start < *size) {
		(*groups)[(*start)++] = 4712;
		return NSS_STATUS_SUCCESS;
	}
	return wait();
}

HOOK enum nss_status _nss_slow_getgrnam_r(const char *name, struct group *ret, char *buf,
					  size_t size, int *err);
enum nss_status _nss_slow_getgrnam_r(const char *name, struct group *ret, char *buf, size_t size,
				     int *err)
{
	(void)name, (void)ret, (void)buf, (void)size, (void)err;
	return wait();
}

HOOK enum nss_status _nss_slow_getgrgid_r(gid_t gid, struct group *ret, char *buf, size_t size,
					  int *err);
enum nss_status _nss_slow_getgrgid_r(gid_t gid, struct group *ret, char *buf, size_t size, int *err)
{
	(void)gid, (void)ret, (void)buf, (void)size, (void)err;
	return wait();
}
