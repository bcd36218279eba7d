/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulated.c - LD_PRELOAD for cordon below qemu-user: says yes where cordon asks the kernel what it has
 *
 * qemu-user passes on no call of Landlock, of seccomp(2) and of the newer mount API. What rules come
 * to is to be looked at nevertheless (tests/cross). Only questions are answered; calls that would do
 * something fail, as they do without this.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LANDLOCK_ABI = 6 };

__attribute__((visibility("default"))) long syscall(long number, ...)
{
	static long (*next)(long number, ...);
	union {
		void *object;
		long (*function)(long number, ...);
	} found;
	long arg[6];
	va_list ap;

	va_start(ap, number);
	for (unsigned i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_landlock_create_ruleset && (int)arg[2] == LANDLOCK_CREATE_RULESET_VERSION)
		return LANDLOCK_ABI;
	if (number == SYS_seccomp && (int)arg[0] == SECCOMP_GET_ACTION_AVAIL)
		return 0;
	if (number == SYS_mount_setattr && (int)arg[0] == -1) {
		errno = EBADF;
		return -1;
	}
	if (next == NULL) {
		found.object = dlsym(RTLD_NEXT, "syscall");
		next = found.function;
	}
	return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
