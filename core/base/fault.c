/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.c - let the nth privileged call of a program fail; only in test builds (make FAULT=1)
 *
 * The keeper starts with an empty environment, and cordonsh in a view of its own, so the test tells
 * them the number by a file that both can see. A release has neither the hook nor the path, which
 * tests/lint checks.
 */
#ifdef CORDON_FAULT
#include "base/fault.h"
#include "base/sys.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fault *fault; /* memory shared with the test and with init, a clone */
static int looked;

static uint32_t role(void)
{
#ifdef CORDON_FAULT_SHELL
	return FAULT_SHELL;
#else
	char exe[256];
	const ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	exe[n > 0 ? n : 0] = '\0';
	return strstr(exe, "/cordon-keeper") != NULL || strstr(exe, "/cordon-login") != NULL ?
		       FAULT_KEEPER :
		       FAULT_MODULE;
#endif
}

static struct fault *look(void)
{
	int fd;
	void *at;

	if (looked)
		return fault;
	looked = 1;
	fd = open(FAULT_FILE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	at = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd); /* mapped, or not */
	if (at != MAP_FAILED && ((struct fault *)at)->role == role())
		fault = at;
	return fault;
}

static int fires(const char *name, int sized)
{
	struct fault *f = look();

	if (f == NULL || f->at == 0 || sized != (f->mode >= FAULT_SHORT) ||
	    (f->only[0] != '\0' && strcmp(f->only, name) != 0))
		return 0;
	f->count++;
	if (f->mode == FAULT_STICKY || f->mode == FAULT_SHORT_STICKY ? f->count < f->at :
								       f->count != f->at)
		return 0;
	if (f->fired++ == 0)
		strncpy(f->name, name, sizeof f->name - 1);
	if (f->mode == FAULT_KILL)
		(void)kill(getpid(), SIGKILL); /* does not return */
	return 1;
}

int fault_next(const char *name)
{
	if (!fires(name, 0))
		return 0;
	return fault->mode == FAULT_LIE ? 1 : fault->err;
}

size_t fault_size(const char *name, size_t size)
{
	return fires(name, 1) ? size / 2 : size;
}
#endif
