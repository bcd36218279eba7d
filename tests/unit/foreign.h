/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.h - what a test says that holds on some processors only */
#ifndef CORDON_TEST_FOREIGN_H
#define CORDON_TEST_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/**
 * foreign - is @text, a rule or what cordon says of it, about something that this processor lacks
 *
 * The ABIs are those of x86-64. On 32-bit x86 and s390x, libc makes sockets by socketcall(2), so no
 * filter can tell address families apart. On s390x, the arguments of mmap(2) lie in memory. The tests
 * of the other processors run in qemu-user, which has no bpf(2).
 */
static inline bool foreign(const char *text)
{
	static const char *const words[] = {
#if !defined(__x86_64__)
		"x86",
		"x32",
		"SystemCallArchitectures",
#endif
#if defined(__i386__) || defined(__s390x__)
		"RestrictAddressFamilies",
		"SocketBind",
		"SocketConnect",
#endif
#if !defined(__x86_64__) && !defined(__i386__)
		"IPAddressDeny",
#endif
#if defined(__s390x__)
		"MemoryDenyWriteExecute",
#endif
		NULL,
	};

	for (size_t i = 0; words[i] != NULL; i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

#endif
