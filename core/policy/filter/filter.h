/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h - the system-call filter: the kernel-surface directives -> one BPF program */
#ifndef CORDON_POLICY_FILTER_FILTER_H
#define CORDON_POLICY_FILTER_FILTER_H

#include "base/err.h"
#include "policy/settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/*
 * How the lists are read
 *
 * SystemCallFilter= and SystemCallLog=: words are calls, "@groups", or either with ":errno".
 *   - The first word that a file gives decides, as in systemd.exec(5): without "~" the list says
 *     all that is allowed, and replaces @default-session; with "~" it takes away from
 *     @default-session. Then word by word: a name adds, "~name" takes away, the last word counts.
 *   - A "~" at the start of an assignment holds for all its words ("~@mount @swap"). An
 *     assignment may be continued on further lines.
 *   - "name:ENOENT", "name:2" and "name:kill" refuse the name in that way, "~" or not.
 *   - A word may be optional ("-name"): a name that cordon does not know is then ignored.
 *   - A list that is empty, or was emptied by "SystemCallFilter=" and not filled again, is
 *     @default-session, never "everything". Everything is "@unrestricted".
 *   - SystemCallLog= allows nothing: of the calls that are allowed it says which are logged. It
 *     starts empty, or from all calls when its first word has "~".
 *
 * RestrictAddressFamilies=: AF_ names; "none"; "any". The first word that a file gives decides:
 *   a name starts from no family, "~" takes away from the default AF_UNIX AF_INET AF_INET6
 *   NETLINK_ROUTE. Then word by word, as above. AF_NETLINK is NETLINK_ROUTE and all its other
 *   protocols.
 *
 * SystemCallArchitectures=: "native" (always in) and on x86-64 "x86" (i386) and "x32", which then
 *   have the same policy, by name. Calls by any other ABI end the process.
 *
 * What the program answers
 *
 *   allowed            the kernel goes on; where a check of arguments applies, only if it holds
 *   refused            SystemCallErrorNumber= (EPERM), or the word's own errno
 *   unknown number     ENOSYS, whatever the rule says, so that libc falls back
 *   other architecture the process is killed
 *
 * Calls younger than their C library's need of them (clone3, openat2, statx, faccessat2,
 * fchmodat2) are refused with ENOSYS in place of the default errno, for the same reason.
 *
 * Checks of arguments compare the low 32 bits, as the kernel does with an int; compared whole, a
 * bit above them would let a request past (CVE-2023-1523, CVE-2019-10063).
 *
 *   always             ioctl TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD: EPERM
 *                      prlimit64 of a process id, unless PrivatePIDs=: EPERM; else processes of
 *                      the user's outside the session could be ended by RLIMIT_CPU
 *                      prctl FILTER_PROBE: FILTER_PROBE_ERRNO, see base/plan.h
 *   RestrictNamespaces clone, unshare, setns: EPERM; clone3, whose flags lie in memory where no
 *                      filter sees them: ENOSYS
 *   RestrictAddressFamilies socket, socketpair: EAFNOSUPPORT; a protocol of AF_NETLINK that is not
 *                      allowed: EPROTONOSUPPORT; SOCK_PACKET of AF_INET counts as AF_PACKET
 *   SocketBindDeny, SocketConnectDeny  what Landlock does not see as TCP: socket of IPPROTO_MPTCP
 *                      and IPPROTO_SMC: EPROTONOSUPPORT; of AF_SMC and AF_RDS: EAFNOSUPPORT; send
 *                      with MSG_FASTOPEN: EOPNOTSUPP; what it does not see as UDP: socket of
 *                      IPPROTO_UDPLITE: EPROTONOSUPPORT; of AF_RXRPC: EAFNOSUPPORT; i386's
 *                      socketcall, which hides all of these: EPERM
 *   LockPersonality    personality but for 0 (Linux) and the query: EPERM
 *   MemoryDenyWriteExecute mmap writable and executable, mprotect and pkey_mprotect executable,
 *                      shmat executable, personality READ_IMPLIES_EXEC: EPERM
 *   RestrictRealtime   sched_setscheduler but for OTHER, BATCH, IDLE; sched_setattr: EPERM
 *   CPUAffinity        sched_setaffinity: refused, whatever the lists say
 *   CPUSchedulingPolicy, CPUSchedulingPriority
 *                      sched_setscheduler, sched_setparam, sched_setattr: the same
 *   IOSchedulingClass, IOSchedulingPriority
 *                      ioprio_set: the same
 *   RestrictSUIDSGID   modes with S_ISUID or S_ISGID in mknod, creat, open and their like: EPERM;
 *                      openat2, whose mode lies in memory: ENOSYS; S_ISUID in chmod and its like,
 *                      and with "yes" S_ISGID: EPERM
 *   any of RestrictSUIDSGID, RestrictAddressFamilies, SocketBindDeny, SocketConnectDeny
 *                      io_uring_setup and io_uring_enter, which hide what these look at: EPERM
 */

/**
 * struct filter_spec - what a filter is compiled from
 *
 * Lists may be NULL or empty: the default. A spec of zeros has the lists' defaults, no namespace,
 * the strictest RestrictSUIDSGID=, and none of the three extra restrictions.
 */
struct filter_spec {
	const struct set_list *calls;	     /* SystemCallFilter= */
	const struct set_list *log;	     /* SystemCallLog= */
	const struct set_list *archs;	     /* SystemCallArchitectures= */
	const struct set_list *families;     /* RestrictAddressFamilies= */
	const struct set_list *error_number; /* SystemCallErrorNumber=: an errno name, "kill" */
	uint64_t ns_allowed;		     /* CLONE_NEW* the session may use */
	bool lock_personality;
	bool memory_deny_write_execute;
	enum {
		KERNEL_LOGS_AS_LISTED = 0,
		KERNEL_LOGS_REFUSED,
		KERNEL_LOGS_ALLOWED
	} kernel_logs;				  /* syslog(2), by ProtectKernelLogs= */
	bool keep_affinity, keep_policy, keep_io; /* CPUAffinity=, CPUScheduling*=, IOScheduling*= */
	bool restrict_realtime;
	unsigned restrict_suidsgid; /* enum restrict_suidsgid */
	bool own_pids;		    /* PrivatePIDs=: process ids name nothing outside the session */
	unsigned restrict_ports;    /* PORTS_*, by SocketBindDeny= and SocketConnectDeny= */
};

/**
 * struct filter_prog - a program for seccomp(2) SECCOMP_SET_MODE_FILTER
 * @insns: @n instructions, the holder's to filter_free()
 */
struct filter_prog {
	struct sock_filter *insns;
	size_t n;
};

/**
 * filter_compile - the program that enforces @spec
 * @ret: written on success only
 *
 * Refuses a program under which cordonsh could not finish: execve, exit_group, write and prctl
 * must be allowed.
 *
 * Context: before any clone; allocates; reads no file and asks no service.
 * Return:  0; -EINVAL with @err saying file:line; -ENOMEM.
 */
int filter_compile(const struct filter_spec *spec, struct filter_prog *ret, struct err *err);

/**
 * filter_emit - filter_compile() of what the merged @set says
 */
int filter_emit(const struct settings *set, struct filter_prog *ret, struct err *err);

/**
 * filter_words - report every word of @set's lists that the filter cannot be made from
 * @d: gets them; filter_emit() stops at the first
 */
void filter_words(const struct settings *set, struct diag *d);

/**
 * filter_free - give a program back; @prog may be NULL or empty
 */
void filter_free(struct filter_prog *prog);

/**
 * struct filter_group - a group of system calls, for `cordon syscalls`
 * @name:    with its "@"
 * @help:    one line
 * @members: @n of them; filter_member_name() gives each, a call or another group
 */
struct filter_group {
	const char *name;
	const char *help;
	const uint16_t *members;
	size_t n;
};

/**
 * struct filter_left_out - calls that @default-session leaves out for one @reason
 */
struct filter_left_out {
	const char *reason;
	const uint16_t *members;
	size_t n;
};

/**
 * filter_groups - the table of all groups
 */
const struct filter_group *filter_groups(size_t *ret_n);

/**
 * filter_left_out - the table of what @default-session leaves out
 */
const struct filter_left_out *filter_left_out(size_t *ret_n);

/**
 * filter_member_name - the name behind one of the numbers in @members
 *
 * Return: a call's name, or a group's with its "@"; NULL for a number that stands for nothing.
 */
const char *filter_member_name(uint16_t member);

/**
 * filter_has - does @group (with its "@"), or do the groups in it, hold @call
 */
bool filter_has(const char *group, const char *call);

/**
 * filter_call - walk the calls known to cordon
 * @i:      from 0
 * @ret_nr: the number on the architecture cordon was built for, -1 when it has no such call;
 *          may be NULL
 *
 * Return: the call's name; NULL past the last.
 */
const char *filter_call(size_t i, int *ret_nr);

#endif
