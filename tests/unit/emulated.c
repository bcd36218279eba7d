/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulated.c - LD_PRELOAD for cordon under qemu-user: claim that the kernel has every feature
 *
 * qemu-user lacks the calls of Landlock, seccomp(2) and the new mount API, but tests/cross must compile
 * rules there. Only queries are answered; calls that would change something fail.
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
