/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - what a system call costs here: "getpid NS read NS openat NS"
 *
 *   calls [-1]      -1: under a filter of one instruction, the least that a filter can cost
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 41, BATCH = 5000 };

static int zero = -1;

static long call_getpid(void)
{
	return syscall(SYS_getpid);
}

static long call_read(void)
{
	char byte;

	return syscall(SYS_read, zero, &byte, 1);
}

static long call_openat(void)
{
	return syscall(SYS_openat, -1, "nowhere", O_RDONLY); /* the same on any file system */
}

static double seconds(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Returns the best batch, because other work on the machine can only add time. */
static double cost_ns(long (*call)(void))
{
	double best = 1e9;

	for (int b = 0; b < BATCHES; b++) {
		const double begin = seconds();
		double took;

		for (int i = 0; i < BATCH; i++)
			(void)call(); /* its answer is known */
		took = (seconds() - begin) / BATCH * 1e9;
		if (took < best)
			best = took;
	}
	return best;
}

static int filter_one(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog prog = { .len = 1, .filter = &allow };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

int main(int argc, char **argv)
{
	zero = open("/dev/zero", O_RDONLY);
	if (zero < 0 || (argc > 1 && strcmp(argv[1], "-1") == 0 && filter_one() < 0))
		return 1;
	(void)printf("getpid %.2f ", cost_ns(call_getpid));
	(void)printf("read %.2f ", cost_ns(call_read));
	(void)printf("openat %.2f\n", cost_ns(call_openat));
	return 0;
}
