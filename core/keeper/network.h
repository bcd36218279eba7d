/* SPDX-License-Identifier: Apache-2.0 */
/* network.h - NetworkAllow=: a network of the session's own, with a list of what it reaches */
#ifndef CORDON_KEEPER_NETWORK_H
#define CORDON_KEEPER_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

struct keeper;

enum network_state { NETWORK_NONE = 0, NETWORK_RUN, NETWORK_UP, NETWORK_LOST, NETWORK_FAILED };

/**
 * struct network - the process that makes the network and watches it; see network.c
 * @fd:    socket to that process; -1: there is none
 * @child: its pidfd, and @pid its id
 * @state: NETWORK_RUN: it makes the network; NETWORK_LOST: pasta has ended, so nothing is reached
 * @until: when the keeper waits no longer for it, microseconds of usage_now()
 */
struct network {
	int fd, child, pid;
	enum network_state state;
	int64_t until;
};

/**
 * network_begin - start to make the network of a session whose init was cloned just now
 *
 * The process of an earlier init is ended.
 * Return: 0, also without NetworkAllow=; -errno, k->failure filled.
 */
int network_begin(struct keeper *k);

/**
 * network_ready - may programs run in the session
 */
bool network_ready(const struct keeper *k);

/**
 * network_happened - the socket is readable, or the time of network_patience() is over
 *
 * Return: 1: the network is there; 0: nothing to do; -errno: there is none, k->failure filled.
 */
int network_happened(struct keeper *k);

/**
 * network_patience - how long poll(2) may wait, milliseconds; only in the state NETWORK_RUN
 */
int network_patience(const struct keeper *k);

/**
 * network_end - kill the process and pasta
 */
void network_end(struct keeper *k);

/* network_child.c: that process */

/**
 * network_run - load the rules, start pasta, and watch it
 * @sock:  to the keeper
 * @netns: the network namespace of the session
 */
_Noreturn void network_run(const struct keeper *k, int sock, int netns);

/* network_host.c: the addresses that are the host itself, which are no members of any list */

/**
 * network_host_open - have the kernel tell of new ones
 *
 * Return: a socket that is readable when there may be some; -errno.
 */
int network_host_open(void);

/**
 * network_host_put - write a rule that refuses, for each of these addresses
 * @out:    the script for nft(8)
 * @before: what stands before each rule
 *
 * Return: the number of rules; -errno.
 */
int network_host_put(int out, const char *before);

/**
 * network_host_changed - the same for those that the socket @fd tells of
 */
int network_host_changed(int fd, int out, const char *before);

#endif
