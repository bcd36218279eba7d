/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group.h - the control group of a session: its limits, and what passes to and from cordon-scope
 *
 * A rule with a directive such as MemoryMax= gets a control group (cgroup v2) for each session. Where
 * systemd runs, cordon-scope asks systemd for a transient scope. cordon-scope gets the request on
 * standard input, writes the answer to standard output, and stays in the scope until standard input
 * ends, because systemd removes an empty scope. Elsewhere the group is made in the tree itself.
 */
#ifndef CORDON_CONTRACT_GROUP_H
#define CORDON_CONTRACT_GROUP_H

#include <stddef.h>
#include <stdint.h>

/* The limits with a number. Each has a file of the group and a property of systemd. */
enum group_limit {
	GROUP_MEMORY_MAX = 0,  /* bytes;     memory.max       MemoryMax t */
	GROUP_MEMORY_HIGH,     /* bytes;     memory.high      MemoryHigh t */
	GROUP_MEMORY_SWAP_MAX, /* bytes;     memory.swap.max  MemorySwapMax t */
	GROUP_TASKS_MAX,       /* tasks;     pids.max         TasksMax t */
	GROUP_CPU_QUOTA,       /* CPU microseconds for each second; cpu.max  CPUQuotaPerSecUSec t */
	GROUP_CPU_WEIGHT,      /* 1..10000;  cpu.weight       CPUWeight t */
	GROUP_IO_WEIGHT,       /* 1..10000;  io.weight        IOWeight t */
	GROUP_LIMITS
};

/* The limits of memory: when one of them is reached, the kernel kills programs of the session. */
#define GROUP_MEMORY \
	(1u << GROUP_MEMORY_MAX | 1u << GROUP_MEMORY_HIGH | 1u << GROUP_MEMORY_SWAP_MAX)

#define GROUP_INFINITY UINT64_MAX /* no limit, also for systemd */
enum { GROUP_WEIGHT_IDLE = 0 };	  /* CPUWeight=idle: cpu.idle is 1; systemd's CPUWeight 0 */
enum { GROUP_CPUS_MAX = 8192 };	  /* NR_CPUS of the kernel */

/**
 * struct group_limits - the limits of a group
 * @given: bit 1 << enum group_limit for each member of @value that counts
 * @cpus_given: @cpus counts
 * @value: by enum group_limit
 * @cpus:  AllowedCPUs=: bit n % 64 of word n / 64 is CPU n; cpuset.cpus, AllowedCPUs ay
 */
struct group_limits {
	uint32_t given, cpus_given;
	uint64_t value[GROUP_LIMITS];
	uint64_t cpus[GROUP_CPUS_MAX / 64];
};

/* A prefix of IPAddressAllow= or IPAddressDeny=, which a program of the group holds: addresses.c of policy/group. */
enum { GROUP_ALLOW = 1, GROUP_DENY };	 /* lists */
enum { GROUP_IPV4 = 4, GROUP_IPV6 = 6 }; /* families */
enum { GROUP_ADDRESSES_MAX = 1024 };	 /* words of both lists */

/**
 * struct group_address - a prefix
 * @list: GROUP_ALLOW or GROUP_DENY
 * @family: GROUP_IPV4, with 4 bytes of @address, or GROUP_IPV6
 * @bits: the length of the prefix
 */
struct group_address {
	uint8_t list, family, bits, reserved;
	uint8_t address[16];
};

#define GROUP_MAGIC	   0x70756f72u
#define GROUP_ANSWER_MAGIC 0x616e6772u
#define GROUP_WIRE_VERSION 2u

enum group_share {
	GROUP_SESSION = 1, /* the limits apply to the unit @name */
	GROUP_USER,	   /* and to the slice @slice, which holds all groups of the account */
};

/**
 * struct group_request - the group of a session, as one flat record without pointers
 * @size:  sizeof (struct group_request)
 * @share: enum group_share
 * @name:  "cordon-ID.scope", ID the id of the session, or run-PID of cordon run
 * @slice: "user-UID.slice"; with GROUP_USER "user-UID-cordon.slice", which begins with the first
 *         group of the account and ends with the last one
 * @description: for systemctl(1), printable ASCII
 * @uid:   the account
 * @together: 1: when memory runs out, the kernel kills all processes of the scope at once, see group_make()
 * @limits: for the scope; with GROUP_USER for the slice as well, as a limit of all sessions together
 *
 * All texts end with NUL and are padded with zeros. The process in the scope is cordon-scope itself.
 */
struct group_request {
	uint32_t magic, version, size, share;
	uint32_t uid, together;
	char name[64], slice[64], description[128];
	struct group_limits limits;
};

/**
 * struct group_answer - what has become of a request
 * @size: sizeof (struct group_answer)
 * @code: 0; a negative errno, with @text: "problem; remedy"
 * @path: on success the path of the scope in the cgroup v2 tree; begins with "/"
 *
 * On success, the scope is there, cordon-scope is in it, and each limit has been accepted.
 */
struct group_answer {
	uint32_t magic, version, size;
	int32_t code;
	char text[512];
	char path[1024];
};

/**
 * group_request_check - is @size bytes at @request a request of this version, with ended texts
 *
 * Return: 0; -EBADMSG.
 */
int group_request_check(const struct group_request *request, size_t size);

/**
 * group_addresses_check - are all of the @n prefixes at @a well formed
 *
 * Return: 0; -EBADMSG.
 */
int group_addresses_check(const struct group_address *a, size_t n);

/**
 * group_answer_check - is @size bytes at @answer an answer of this version, with ended texts
 *
 * On success, @path is an absolute path without "..".
 * Return: 0; -EBADMSG.
 */
int group_answer_check(const struct group_answer *answer, size_t size);

#endif
