/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - cordon-filter: the directives of a filter -> one BPF program, by libseccomp
 *
 * How the lists are read
 *
 * SystemCallFilter= and SystemCallLog=: words are calls, "@groups", or either with ":errno".
 *   - The first word that a file gives decides, as in systemd.exec(5): without "~" the list says
 *     all that is allowed, and replaces @default-session; with "~" it takes away from
 *     @default-session. Then word by word: a name adds, "~name" takes away, the last word counts.
 *   - A "~" at the start of an assignment applies to all its words ("~@mount @swap"). An
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
 *   protocols. On i386 and s390x, where libc makes sockets by socketcall(2), the default is "any",
 *   and a list is refused.
 *
 * SystemCallArchitectures=: "native" (always in) and the other ABIs of the host's kernel (x86 and
 *   x32 on x86-64, arm on arm64), which then have the same policy, by name. Calls by any other ABI
 *   end the process. Calls of young.def have no number there for libseccomp: ENOSYS.
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
 *                      prctl FILTER_PROBE: FILTER_PROBE_ERRNO, see contract/plan.h
 *   RestrictNamespaces clone, unshare, setns: EPERM; clone3, whose flags lie in memory where no
 *                      filter sees them: ENOSYS
 *   RestrictAddressFamilies socket, socketpair: EAFNOSUPPORT; a protocol of AF_NETLINK that is not
 *                      allowed: EPROTONOSUPPORT; SOCK_PACKET of AF_INET counts as AF_PACKET;
 *                      socketcall, whose family lies in memory: EAFNOSUPPORT
 *   SocketBindDeny, SocketConnectDeny  what Landlock does not see as TCP: socket of IPPROTO_MPTCP
 *                      and IPPROTO_SMC: EPROTONOSUPPORT; of AF_SMC and AF_RDS: EAFNOSUPPORT; send
 *                      with MSG_FASTOPEN: EOPNOTSUPP; what it does not see as UDP: socket of
 *                      IPPROTO_UDPLITE: EPROTONOSUPPORT; of AF_RXRPC: EAFNOSUPPORT; socketcall,
 *                      which hides all of these: EPERM
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
#ifndef CORDON_FILTER_FILTER_H
#define CORDON_FILTER_FILTER_H

#include "contract/filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>

enum { CALLS_MAX = 1024, ABIS_MAX = 3, FAMILY_MAX = 64 };

#define X32_BIT	     0x40000000u
#define RET_ERRNO(e) (SECCOMP_RET_ERRNO | (uint32_t)(e))

/**
 * filter_compile - the program that enforces @spec
 * @ret: written on success only
 *
 * Refuses a program under which cordonsh could not finish: execve, exit_group, write and prctl
 * must be allowed. The program is run in a simulator before it is given out: one that does not
 * answer as @spec says is refused.
 *
 * Return: 0; -EINVAL for a wrong word, -EOPNOTSUPP for what this kernel or architecture cannot
 *         filter, -EBADMSG for a program that is wrong, -ENOMEM; with @err filled.
 */
int filter_compile(const struct filter_spec *spec, struct filter_prog *ret,
		   struct filter_error *err);

/**
 * filter_each_word - the errors of each word of @spec's lists, as if it stood there alone
 * @ret: @max of them
 *
 * Return: how many were written to @ret.
 */
size_t filter_each_word(const struct filter_spec *spec, struct filter_error *ret, size_t max);

/**
 * filter_list - what `cordon syscalls` prints
 * @names: @n groups and calls to tell of; none: all groups, and what the default leaves out
 *
 * Return: false when one of @names is unknown, after a line about it on standard error.
 */
bool filter_list(char *const *names, size_t n);

/* ---- calls.c: names, numbers and groups ---- */

/**
 * struct abi - one of the host's system-call ABIs; the first is that of cordon
 * @token: libseccomp's number of it
 * @audit: AUDIT_ARCH_*, what a filter sees in seccomp_data
 * @bit:   what is set in its call numbers, X32_BIT or 0
 * @word:  its name in SystemCallArchitectures=
 */
struct abi {
	uint32_t token, audit, bit;
	const char *word;
};
extern const struct abi abis[];
extern const size_t abis_n;

/**
 * calls_n - how many calls are known: those of libseccomp, on any ABI of this host, and young.def's
 *
 * A call is its index in the order of strcmp(3). The first use of any of these fills the table.
 */
size_t calls_n(void);

/**
 * call_name - the name of call @id
 */
const char *call_name(size_t id);

/**
 * call_nr - the number of call @id on abis[@abi], with the ABI's bit; -1: it has no such call
 */
int call_nr(size_t id, size_t abi);

/**
 * call_rule_nr - the number by which seccomp_rule_add(3) knows call @id, on every ABI
 * @ret_young: the name is of young.def: the number is right on abis[0] alone
 *
 * Return: a number or pseudo number; INT_MIN: no rule can name it.
 */
int call_rule_nr(size_t id, bool *ret_young);

/**
 * call_find - the call of the @len bytes at @name
 *
 * Return: its index; -ENOENT.
 */
int call_find(const char *name, size_t len);

/**
 * name_nearest - what the wrong name @name may have been meant to be
 *
 * Return: the nearest name of a group if @name begins with @, else of a call; NULL for none.
 */
const char *name_nearest(const char *name);

/**
 * call_is - is call @id one of the words of @names
 * @names: call names with a space between them
 */
bool call_is(size_t id, const char *names);

struct filter_set {
	bool in[CALLS_MAX];
};

/**
 * struct group - a group of system calls, or why @default-session leaves some out
 * @id:      its name in C, for G() in groups.def; NULL for a reason
 * @name:    with its "@"; of a reason, the sentence
 * @help:    one line
 * @members: call names, and "@" with the id of a group; ended by NULL
 */
struct group {
	const char *id, *name, *help;
	const char *const *members;
};

/**
 * groups - the table of all groups
 */
const struct group *groups(size_t *ret_n);

/**
 * left_out - the table of what @default-session leaves out
 */
const struct group *left_out(size_t *ret_n);

/**
 * group_find - the group with the @len bytes at @name, with its "@"; NULL for none
 */
const struct group *group_find(const char *name, size_t len);

/**
 * group_expand - add the calls of @group to @set
 */
void group_expand(const struct group *group, struct filter_set *set);

/**
 * member_name - what a member of a group is called in a rule: a call, or the name of a group
 */
const char *member_name(const char *member);

/* ---- select.c: the lists of names, decided call by call ---- */

/**
 * struct verdicts - what becomes of each call, before its arguments are looked at
 * @ret: SECCOMP_RET_*
 * @by:  the word of SystemCallFilter= that decided, FILTER_WHOLE_LIST for none
 */
struct verdicts {
	uint32_t ret[CALLS_MAX];
	uint32_t by[CALLS_MAX];
};

/**
 * filter_select - the verdicts of SystemCallFilter=, SystemCallLog= and SystemCallErrorNumber=
 *
 * Return: 0; -EINVAL with @err filled.
 */
int filter_select(const struct filter_spec *spec, struct verdicts *ret, struct filter_error *err);

/**
 * filter_err - fill @err
 *
 * Return: -EINVAL.
 */
int filter_err(struct filter_error *err, enum filter_list list, size_t word, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * filter_comma - is the word @text two values with "," between them
 *
 * Return: 0: no; -EINVAL with @err filled.
 */
int filter_comma(enum filter_list which, size_t i, const char *key, const char *text,
		 struct filter_error *err);

/**
 * list_first - the first word of @list that counts: defaults do not when a file gives any
 */
size_t list_first(const struct filter_words *list);

/**
 * list_from_start - does the list begin with what the directive begins with, and not empty
 *
 * It does where nothing is given, and where the first word that a file gives has "~".
 */
bool list_from_start(const struct filter_words *list);

/**
 * struct list_word - a word of a list that knows "~", without its marks
 * @text: "" of a "~" that stands alone before the words of its assignment
 * @deny: it takes away; a "~" first in an assignment applies to all its words
 */
struct list_word {
	const char *text;
	bool deny, optional;
};

/**
 * list_word - the word @i of the list @which of @spec, which belongs to the directive @key
 *
 * Return: 0; -EINVAL with @err filled, for a word that has a comma, a mark twice, or nothing else.
 */
int list_word(const struct filter_spec *spec, enum filter_list which, size_t i, const char *key,
	      struct list_word *ret, struct filter_error *err);

/* ---- args.c: checks of arguments ---- */

/* A comparison of the low 32 bits of an argument: (arg & mask) == value. */
struct arg_test {
	uint32_t arg, mask, value; /* of one size, so that memcmp(3) meets no padding */
};

enum { CLAUSE_MAX = FAMILY_MAX + 8 };

/* When all tests hold, the answer is ret; PASS stands for the verdict of the name lists. */
struct clause {
	struct arg_test test[2]; /* by rising number of the argument */
	uint8_t n;
	uint32_t ret;
};
#define PASS UINT32_MAX

/**
 * struct check - a check of arguments: the first clause that holds answers, else @otherwise
 */
struct check {
	struct clause clause[CLAUSE_MAX];
	size_t n;
	uint32_t otherwise;
};

/* The @n families allowed; with @any, all but these are. */
struct families {
	uint32_t v[FAMILY_MAX];
	size_t n;
	bool any;
};

/**
 * filter_families - RestrictAddressFamilies=
 *
 * Return: 0; -EINVAL or -EOPNOTSUPP with @err filled.
 */
int filter_families(const struct filter_spec *spec, struct families *ret, struct filter_error *err);

/**
 * filter_check - what the directives demand of the arguments of call @id on abis[@abi]
 * @verdict: what the name lists say; made a refusal when no argument could change it
 * @ret:     the check, when the result is true
 */
bool filter_check(const struct filter_spec *spec, const struct families *families, size_t id,
		  size_t abi, uint32_t *verdict, struct check *ret);

/* ---- program.c and verify.c ---- */

/**
 * struct policy - all that a program is made from
 * @archs: bit n: abis[n] is filtered by the same policy
 */
struct policy {
	const struct filter_spec *spec;
	struct verdicts verdicts;
	struct families families;
	unsigned archs;
};

/**
 * filter_build - the program for @p
 *
 * Return: 0; a negative errno with @err filled.
 */
int filter_build(const struct policy *p, struct filter_prog *ret, struct filter_error *err);

/**
 * filter_verify - does @prog answer as @p says
 *
 * Runs it in a simulator for every call of every ABI, at the edges of the arguments it looks at.
 * The parts of socketcall(2) and ipc(2), whose rules libseccomp makes, are left to the tests.
 *
 * Return: 0; -EBADMSG with @err naming the call.
 */
int filter_verify(const struct policy *p, const struct filter_prog *prog, struct filter_error *err);

static inline bool ret_allows(uint32_t ret)
{
	return ret == SECCOMP_RET_ALLOW || ret == SECCOMP_RET_LOG;
}

#endif
