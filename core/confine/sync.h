/* SPDX-License-Identifier: Apache-2.0 */
/* sync.h - the socket between a process that confines itself and its privileged parent */
#ifndef CORDON_CONFINE_SYNC_H
#define CORDON_CONFINE_SYNC_H

#include "confine/steps.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * SOCK_SEQPACKET. The child sends reports: a struct child_fail, zero where all is well, and
 * descriptors with some of them. The parent answers with one byte. End of file is refusal.
 */
enum { SYNC_FDS_MAX = 128 };

/**
 * sync_pair - make the socket, close-on-exec: @ret[0] for the parent, @ret[1] for the child
 *
 * Return: 0; -errno.
 */
int sync_pair(int ret[2]);

/**
 * sync_report - the child's report: "I have come so far", or what has failed
 * @fds: @n descriptors to go with it
 *
 * Without descriptors by write(2), which every filter of ours allows.
 * Return: 0; -EPIPE: the parent is gone.
 */
int sync_report(int sync, const struct child_fail *f, const int *fds, unsigned n);

/**
 * sync_await_go - the child waits for the parent's byte
 *
 * Return: 0; -EPIPE: end of file, which is refusal; -EPROTO; another -errno.
 */
int sync_await_go(int sync);

/**
 * sync_go - the parent sends the byte
 *
 * Return: 0; -errno.
 */
int sync_go(int sync);

/**
 * sync_take - the parent takes the next report
 * @fds, @max:   room for descriptors, which are close-on-exec
 * @ret_n:       how many came
 * @ret_pid:     the sender as the kernel names it here, where the socket has SO_PASSCRED; or NULL
 * @deadline_ms: how long to wait
 * @f:           the report
 *
 * Return: 0; the error of a report of failure; -EPIPE: the child has ended without a word, and @f
 *         is as it was; -ETIMEDOUT; -EPROTO; another -errno.
 */
int sync_take(int sync, int *fds, unsigned max, unsigned *ret_n, pid_t *ret_pid, int deadline_ms,
	      struct child_fail *f);

/**
 * sync_failed - what the child said of its failure, or else what the parent saw: @step and @r
 *
 * Return: the error.
 */
int sync_failed(struct child_fail *f, enum step step, int r);

/**
 * map_write - write the maps of the user namespace that the process @pid is in
 * @procfd: O_PATH, the host's /proc
 * @deny:   setgroups(2) is denied in the namespace before @gid_map is written
 *
 * Return: 0; -errno. See user_namespaces(7).
 */
int map_write(int procfd, pid_t pid, const char *uid_map, const char *gid_map, int deny);

/**
 * sync_map - write the maps of the child's user namespace, then send the byte
 * @procfd:  O_PATH, the host's /proc
 * @pid:     the child
 * @uid_map: NULL: it has no user namespace of its own
 * @deny:    setgroups(2) is denied in the namespace before @gid_map is written
 *
 * Return: 0; -errno with @f filled. See user_namespaces(7).
 */
int sync_map(int sync, int procfd, pid_t pid, const char *uid_map, const char *gid_map, int deny,
	     struct child_fail *f);

#endif
