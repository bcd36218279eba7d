/* SPDX-License-Identifier: Apache-2.0 */
/* expect_calls.c - attempts at system calls that the filter has to refuse */
#include "ctl/selftest/selftest.h"

#include "base/native.h"
#include "base/sys_ns.h"
#include "confine/program/exec.h"
#include "contract/words.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

/* A call by number and arguments, of the ABI @arch. */
struct made {
	const char *setting, *what;
	uint32_t arch;
	int64_t nr;
	int64_t args[3];
};

/*
 * The filter answers with an errno that the call itself would not give for these arguments: without the
 * filter, the attempt would be seen to have reached the kernel.
 * @left_out: @default-session does not have the call, whatever has become of the plan
 */
static void call(struct selftest *t, const struct made *m, bool left_out)
{
	struct seccomp_data data = { .nr = (int)m->nr, .arch = m->arch };
	uint32_t answer;
	int64_t want;

	for (unsigned i = 0; i < 3; i++)
		data.args[i] = (uint64_t)m->args[i];
	answer = exec_filter_answer(t->plan, &data);
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		want = answer & SECCOMP_RET_DATA;
		break;
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
		want = 0;
		break;
	default:
		if (!left_out || t->set->system_call_filter.from.file != NULL ||
		    t->set->system_call_error_number.from.file != NULL) {
			expect_none(t, m->setting, RESULT_NOT_SET, m->what);
			return;
		}
		want = EPERM;
		break;
	}
	if (m->arch != AUDIT_NATIVE)
		expect_try(t, m->setting, m->what, ASK_ERRNO, want, "int80\t%lld", (long long)m->nr);
	else
		expect_try(t, m->setting, m->what, ASK_ERRNO, want, "call\t%lld\t%lld\t%lld\t%lld",
			   (long long)m->nr, (long long)m->args[0], (long long)m->args[1],
			   (long long)m->args[2]);
}

static void left_out(struct selftest *t)
{
	static const struct {
		const char *name;
		long nr;
	} calls[] = {
#define CALL(name, number) { name, number },
#include "ctl/selftest/calls.def"
#undef CALL
	};

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		call(t,
		     &(struct made){ "SystemCallFilter",
				     calls[i].name,
				     AUDIT_NATIVE,
				     calls[i].nr,
				     { -1, 0, 0 } },
		     true);
}

static void by_arguments(struct selftest *t)
{
	static const struct made calls[] = {
		{ "RestrictAddressFamilies", "packet socket", AUDIT_NATIVE, SYS_socket, { 17, 3, 0 } },
		{ "RestrictAddressFamilies", "IPv4 socket", AUDIT_NATIVE, SYS_socket, { 2, 1, 0 } },
		{ "RestrictAddressFamilies", "IPv6 socket", AUDIT_NATIVE, SYS_socket, { 10, 1, 0 } },
		{ "RestrictAddressFamilies",
		  "netlink socket of audit",
		  AUDIT_NATIVE,
		  SYS_socket,
		  { 16, 3, 9 } },
		{ "RestrictAddressFamilies",
		  "netlink socket of diagnostics",
		  AUDIT_NATIVE,
		  SYS_socket,
		  { 16, 3, 4 } },
		{ "RestrictAddressFamilies",
		  "socket of a virtual machine",
		  AUDIT_NATIVE,
		  SYS_socket,
		  { 40, 1, 0 } },
		{ "RestrictAddressFamilies",
		  "socket of the kernel's ciphers",
		  AUDIT_NATIVE,
		  SYS_socket,
		  { 38, 5, 0 } },
		{ "RestrictAddressFamilies",
		  "Bluetooth socket",
		  AUDIT_NATIVE,
		  SYS_socket,
		  { 31, 3, 0 } },
		{ "LockPersonality",
		  "turn address randomization off",
		  AUDIT_NATIVE,
		  SYS_personality,
		  { 0x0040000, 0, 0 } },
		{ "RestrictRealtime",
		  "become a realtime process",
		  AUDIT_NATIVE,
		  SYS_sched_setscheduler,
		  { 0, 1, 0 } },
#ifdef __x86_64__
		{ "SystemCallArchitectures",
		  "getpid by the 32-bit ABI",
		  AUDIT_ARCH_I386,
		  20,
		  { 0, 0, 0 } },
		{ "SystemCallArchitectures",
		  "getpid by the x32 ABI",
		  AUDIT_NATIVE,
		  39 | 0x40000000,
		  { 0, 0, 0 } },
#endif
	};

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		call(t, &calls[i], false);
}

/* Any user may make the others together with a user namespace, where the host allows it. */
static void namespaces(struct selftest *t)
{
	const uint64_t user = ns_row(NS_USER)->flag;

	for (unsigned i = 0; i < NS_N; i++) {
		const uint64_t flags = ns_row(i)->flag | user;
		char what[64];

		(void)snprintf(what, sizeof what, "make a %s namespace", ns_row(i)->word);
		if ((flags & ~t->set->restrict_namespaces.v) != 0)
			expect_try(t, "RestrictNamespaces", what, ASK_REFUSED, 0, "call\t%d\t%llu",
				   (int)SYS_unshare, (unsigned long long)flags);
		else
			expect_none(t, "RestrictNamespaces", RESULT_NOT_SET, what);
	}
	if (t->set->restrict_namespaces.v == 0)
		expect_try(t, "RestrictNamespaces", "clone3, whose flags no filter sees",
			   ASK_REFUSED, 0, "call\t%d\t0\t0", (int)SYS_clone3);
}

static void memory_and_modes(struct selftest *t)
{
	const enum restrict_suidsgid bits = (enum restrict_suidsgid)t->set->restrict_suidsgid.v;

	if (t->set->memory_deny_write_execute.v) {
		expect_try(t, "MemoryDenyWriteExecute", "map memory writable and executable",
			   ASK_REFUSED, 0, "write_exec");
		expect_try(t, "MemoryDenyWriteExecute", "make written memory executable",
			   ASK_REFUSED, 0, "make_exec");
	} else {
		expect_none(t, "MemoryDenyWriteExecute", RESULT_NOT_SET,
			    "map memory writable and executable");
	}
	if (bits != RESTRICT_SUIDSGID_NO)
		expect_try(t, "RestrictSUIDSGID", "make a set-user-ID file", ASK_REFUSED, 0,
			   "mode\t4755");
	else
		expect_none(t, "RestrictSUIDSGID", RESULT_NOT_SET, "make a set-user-ID file");
	if (bits == RESTRICT_SUIDSGID_YES)
		expect_try(t, "RestrictSUIDSGID", "make a set-group-ID file", ASK_REFUSED, 0,
			   "mode\t2755");
	else
		expect_none(t, "RestrictSUIDSGID", RESULT_NOT_SET, "make a set-group-ID file");
	expect_try(t, "SystemCallFilter", "put input into a terminal (TIOCSTI)", ASK_REFUSED, 0,
		   "sticky_input");
	expect_try(t, "SystemCallFilter", "a filter is on", ASK_IS, 2, "status\tSeccomp");
}

void expect_calls(struct selftest *t)
{
	left_out(t);
	by_arguments(t);
	namespaces(t);
	memory_and_modes(t);
}
