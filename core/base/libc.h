/* SPDX-License-Identifier: Apache-2.0 */
/* libc.h - what glibc has and musl lacks, by glibc's names; include it in place of their headers */
#ifndef CORDON_BASE_LIBC_H
#define CORDON_BASE_LIBC_H

#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#ifndef __GLIBC__
#include <stddef.h>

/* See the manuals of the same names. */
int fgetpwent_r(FILE *f, struct passwd *ret, char *buf, size_t size, struct passwd **found);
int fgetgrent_r(FILE *f, struct group *ret, char *buf, size_t size, struct group **found);
const char *sigabbrev_np(int sig);
int innetgr(const char *group, const char *host, const char *user, const char *domain); /* ENOSYS */
int renameat2(int from, const char *old, int to, const char *new, unsigned flags);

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1U
#endif
#endif
#endif
