/* SPDX-License-Identifier: Apache-2.0 */
/* libc.c - what glibc has and musl lacks. With glibc, this file is empty. */
#include "base/libc.h"

#ifndef __GLIBC__
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Copy @text to the rest of a buffer, and go on behind it. Return: the copy, or NULL: no room. */
static char *keep(char **at, const char *end, const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = *at;

	if ((size_t)(end - copy) < size)
		return NULL;
	*at += size;
	return memcpy(copy, text, size);
}

int fgetpwent_r(FILE *f, struct passwd *ret, char *buf, size_t size, struct passwd **found)
{
	const long line = ftell(f);
	const char *const end = buf + size;
	const struct passwd *p;

	*found = NULL;
	errno = 0;
	p = fgetpwent(f);
	if (p == NULL)
		return errno != 0 ? errno : ENOENT;
	*ret = *p;
	ret->pw_name = keep(&buf, end, p->pw_name);
	ret->pw_passwd = keep(&buf, end, p->pw_passwd);
	ret->pw_gecos = keep(&buf, end, p->pw_gecos);
	ret->pw_dir = keep(&buf, end, p->pw_dir);
	ret->pw_shell = keep(&buf, end, p->pw_shell);
	if (ret->pw_name == NULL || ret->pw_passwd == NULL || ret->pw_gecos == NULL ||
	    ret->pw_dir == NULL || ret->pw_shell == NULL)
		return fseek(f, line, SEEK_SET) < 0 ? errno : ERANGE;
	*found = ret;
	return 0;
}

int fgetgrent_r(FILE *f, struct group *ret, char *buf, size_t size, struct group **found)
{
	const long line = ftell(f);
	const char *const end = buf + size;
	const struct group *g;
	size_t n = 0;

	*found = NULL;
	errno = 0;
	g = fgetgrent(f);
	if (g == NULL)
		return errno != 0 ? errno : ENOENT;
	while (g->gr_mem[n] != NULL)
		n++;
	buf += -(uintptr_t)buf % _Alignof(char *);
	*ret = *g;
	ret->gr_mem = (char **)(void *)buf;
	if (size < (n + 2) * sizeof(char *))
		return fseek(f, line, SEEK_SET) < 0 ? errno : ERANGE;
	buf += (n + 1) * sizeof(char *);
	ret->gr_mem[n] = NULL;
	for (size_t i = 0; i < n; i++)
		if ((ret->gr_mem[i] = keep(&buf, end, g->gr_mem[i])) == NULL)
			return fseek(f, line, SEEK_SET) < 0 ? errno : ERANGE;
	ret->gr_name = keep(&buf, end, g->gr_name);
	ret->gr_passwd = keep(&buf, end, g->gr_passwd);
	if (ret->gr_name == NULL || ret->gr_passwd == NULL)
		return fseek(f, line, SEEK_SET) < 0 ? errno : ERANGE;
	*found = ret;
	return 0;
}

const char *sigabbrev_np(int sig)
{
#define S(name) [SIG##name] = #name
	static const char *const names[] = {
		S(HUP),	 S(INT),  S(QUIT),   S(ILL),   S(TRAP), S(ABRT), S(BUS),  S(FPE),
		S(KILL), S(USR1), S(SEGV),   S(USR2),  S(PIPE), S(ALRM), S(TERM), S(STKFLT),
		S(CHLD), S(CONT), S(STOP),   S(TSTP),  S(TTIN), S(TTOU), S(URG),  S(XCPU),
		S(XFSZ), S(PROF), S(VTALRM), S(WINCH), S(POLL), S(PWR),	 S(SYS),
	};
#undef S

	return sig > 0 && (size_t)sig < sizeof names / sizeof names[0] ? names[sig] : NULL;
}

int innetgr(const char *group, const char *host, const char *user, const char *domain)
{
	(void)group;
	(void)host;
	(void)user;
	(void)domain;
	errno = ENOSYS; /* nobody knows: the caller refuses */
	return 0;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}
#endif
