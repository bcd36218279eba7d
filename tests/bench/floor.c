/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor.c - the least that a program in namespaces of its own can cost: one clone, the map, exec
 *
 *   floor [-n] PROGRAM      -n: keep the network
 *   floor -m                a mount namespace alone, with nothing in it executed
 *   floor -p                the same, with a root of its own: the host's mounts are let go of
 *   floor -v DIR            the same with what is mounted below DIR, in two such namespaces: the
 *                           views of the PAM caller and of the session
 */
#include <fcntl.h>
#include <linux/sched.h> /* struct clone_args */
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int write_file(pid_t pid, const char *name, const char *text)
{
	const size_t len = strlen(text);
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name); /* fits */
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, text, len);
	(void)close(fd); /* procfs: nothing is written later */
	return n == (ssize_t)len ? 0 : -1;
}

static pid_t clone_with(uint64_t flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/* Changes the root, as every sandbox must. @shown is a path that is kept, or NULL. */
static int root_own(const char *shown)
{
	static const char there[] = "/mnt";

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("floor", there, "tmpfs", 0, NULL) < 0 || chdir(there) < 0)
		return 1;
	if (shown != NULL &&
	    (mkdir("shown", 0755) < 0 || mount(shown, "shown", NULL, MS_BIND | MS_REC, NULL) < 0))
		return 1;
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return 1;
	return shown != NULL && unshare(CLONE_NEWNS) < 0 ? 1 : 0;
}

static int finish(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	uint64_t flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP | CLONE_NEWUSER;
	const char *shown = argc == 3 && strcmp(argv[1], "-v") == 0 ? argv[2] : NULL;
	const int pivot = shown != NULL || (argc == 2 && strcmp(argv[1], "-p") == 0);
	const int mounts = pivot || (argc == 2 && strcmp(argv[1], "-m") == 0);
	const int no_net = argc == 3 && strcmp(argv[1], "-n") == 0;
	int sync[2];
	pid_t pid;

	if (argc != 2 + no_net + (shown != NULL) || pipe(sync) < 0)
		return 2;
	if (!no_net)
		flags |= CLONE_NEWNET;
	pid = clone_with(mounts ? CLONE_NEWNS : flags);
	if (pid == 0) {
		char *const args[] = { argv[1 + no_net], NULL };
		char byte;

		if (mounts)
			_exit(pivot ? root_own(shown) : 0);
		(void)close(sync[1]); /* the parent's end: without it an end of file shows */
		if (read(sync[0], &byte, 1) != 1)
			_exit(125);
		(void)execve(args[0], args, environ); /* returns only to fail */
		_exit(126);
	}
	if (!mounts &&
	    (pid < 0 || write_file(pid, "uid_map", "0 0 4294967295") < 0 ||
	     write_file(pid, "gid_map", "0 0 4294967295") < 0 || write(sync[1], "G", 1) != 1))
		return 1;
	return finish(pid);
}
