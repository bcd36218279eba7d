/* SPDX-License-Identifier: Apache-2.0 */
/* procs.h - the processes of a session, as a proc file system shows them */
#ifndef CORDON_KEEPER_PROCS_H
#define CORDON_KEEPER_PROCS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct process - what proc_pid_stat(5) says of a process
 * @pid:     as the proc file system numbers it
 * @parent:  0: the parent is outside of the pid namespace
 * @session: as getsid(2) has it
 * @threads: those that live
 * @tty:     number of the controlling terminal; 0: none
 * @pages:   resident memory
 * @own:     CPU time of its own, clock ticks
 * @waited:  CPU time of the children for which it has waited, clock ticks
 */
struct process {
	pid_t pid, parent, session;
	char state;
	long threads;
	unsigned tty;
	uint64_t own, waited, pages;
};

/**
 * struct procs - a proc file system that is read
 * @dir:  descriptor of its root directory; -1: there is none
 * @init: the process id of init in it
 */
struct procs {
	int dir;
	pid_t init;
};

/**
 * procs_each - call @each for every process
 * @max: how many at most
 *
 * Return: 0; -E2BIG: there are more than @max; -errno of opendir(3).
 */
int procs_each(const struct procs *p, unsigned max,
	       void (*each)(const struct procs *p, const struct process *of, void *arg), void *arg);

/**
 * process_read - read what proc_pid_stat(5) says of the process @pid
 *
 * Return: true; false: the process is gone.
 */
bool process_read(const struct procs *p, pid_t pid, struct process *ret);

/**
 * process_text - read the file @name of a process; "" if the process is gone
 */
void process_text(const struct procs *p, pid_t pid, const char *name, char *buf, size_t size);

/**
 * process_ns - get the inode of a namespace of a process
 * @name: such as "ns/mnt"; 0: the process is gone
 */
uint32_t process_ns(const struct procs *p, pid_t pid, const char *name);

/**
 * process_lives - tell if a thread of the process can still run
 *
 * A zombie cannot. Its parent may be outside and reap it late: sshd does so after the session.
 */
bool process_lives(const struct process *of);

/**
 * process_catches - tell if the process has a handler for the signal @sig
 */
bool process_catches(const struct procs *p, pid_t pid, int sig);

#endif
