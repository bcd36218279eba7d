/* SPDX-License-Identifier: Apache-2.0 */
/* entered.c - become cordon-probe in a session, as root who enters it */
#include "ctl/selftest/selftest.h"

#include "base/cleanup.h"
#include "ctl/show/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROBE CORDON_LIBEXECDIR "/cordon-probe"
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

/*
 * A copy in memory: the session need not show the file, and Landlock would not let it be executed from
 * outside. Without read permission, no program of the user can trace what is executed.
 */
static int copy_make(void)
{
	cleanup_close const int from = open(PROBE, O_RDONLY | O_CLOEXEC);
	cleanup_close int to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return -errno;
	to = memfd_create("cordon-probe", MFD_CLOEXEC | MFD_EXEC);
	if (to < 0 && errno == EINVAL) /* before Linux 6.3 */
		to = memfd_create("cordon-probe", MFD_CLOEXEC);
	if (to < 0 || sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size ||
	    fchmod(to, 0711) < 0)
		return -errno;
	return take_fd(&to);
}

pid_t entered_probe(const char *id, int in, int out)
{
	static char name[] = PROBE;
	cleanup_close int file = copy_make(), again = -1;
	char path[64];
	pid_t pid;

	if (file < 0)
		return file;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", file); /* fits */
	again = open(path, O_RDONLY | O_CLOEXEC); /* what is open for writing cannot be executed */
	close_fd(&file);
	if (again < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		_exit(enter_file(id, again, name, in, out));
	return pid < 0 ? -errno : pid;
}
