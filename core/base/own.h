/* SPDX-License-Identifier: Apache-2.0 */
/* own.h - what a process inherits from its caller: ids, signals, limits, priority */
#ifndef CORDON_BASE_OWN_H
#define CORDON_BASE_OWN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A program that works as root for somebody else's login must not be held up, frozen or ended by
 * the caller. System calls only, so that a child that shares its parent's memory may use it.
 */

/**
 * own_identity - take root's ids and groups, and lead a session without a terminal
 *
 * The real ids decide who may send signals (kill(2)). The process group decides whether ^C and ^Z
 * of a terminal reach the process.
 * Return: 0; -EPERM: an id or a group is still another's; another -errno.
 */
int own_identity(void);

/**
 * own_signals - reset signal dispositions to the default and unblock every signal
 * @keep_ignored: leave SIGHUP, SIGINT, SIGQUIT and the stop signals of a terminal ignored where
 *                the caller has ignored them: nohup(1) and shells without job control mean it
 *
 * Return: 0; -errno of sigprocmask(2).
 */
int own_signals(int keep_ignored);

/**
 * own_limits - lift the resource limits, as far as CAP_SYS_RESOURCE allows it
 *
 * A limit that cannot be lifted stays at the hard limit; calls that need more then fail.
 */
void own_limits(void);

/**
 * own_limits_suffice - are the limits such that a name service does not fail for them
 *
 * In a container without CAP_SYS_RESOURCE, own_limits() does not get above the hard limits of the user
 * who has called su(1). getgrouplist(3) does not tell that a service could not open a file.
 */
bool own_limits_suffice(void);

/**
 * own_standing - priority, processors, memory policy, OOM score, umask and keys, as init has them
 *
 * None of them is a boundary. A value that cannot be changed, as in a container, stays.
 */
void own_standing(void);

/**
 * own_cgroup - leave a control group that does not belong to root alone
 * @ret_path: the group that could not be left, for the message
 *
 * The owner of a group could freeze a process in it (cgroup.freeze). The process moves to the group
 * of PID 1.
 * Return: 0, also where there is no cgroup v2; -errno.
 */
int own_cgroup(char *ret_path, size_t size);

#endif
