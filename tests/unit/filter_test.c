/* SPDX-License-Identifier: Apache-2.0 */
/* filter_test.c - filters, run in a simulator against a model that was written by itself */
#include "contract/plan.h"
#include "contract/words.h"
#include "filter/filter.h"
#include "filter/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define E(e)	 (SECCOMP_RET_ERRNO | (uint32_t)(e))
#define ALLOW	 SECCOMP_RET_ALLOW
#define KILL	 SECCOMP_RET_KILL_PROCESS
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* The order of abis[] on this architecture. */
enum { NATIVE, I386, X32 };

/* ---- the model: filter.h in C, call by call, by name ---- */

static bool is(const char *name, const char *list)
{
	const size_t len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)) != NULL; at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

struct rule {
	struct filter_spec spec;
	bool archs[ABIS_MAX];
	uint32_t families[8]; /* those allowed, ended by 0; unless: */
	bool any_family, no_family;
	bool no_route, other_netlink; /* of AF_NETLINK's protocols, whatever is said above */
};

static uint32_t model_set_id(const char *n, bool only_suid, const uint64_t *a)
{
	const uint64_t set_id = 06000, makes = 0100 | 020000000, changed = only_suid ? 04000 : 06000;

	if (is(n, "chmod fchmod"))
		return a[1] & changed ? E(EPERM) : ALLOW;
	if (is(n, "fchmodat fchmodat2"))
		return a[2] & changed ? E(EPERM) : ALLOW;
	if (is(n, "mknod creat"))
		return a[1] & set_id ? E(EPERM) : ALLOW;
	if (is(n, "mknodat"))
		return a[2] & set_id ? E(EPERM) : ALLOW;
	if (is(n, "open"))
		return (a[1] & makes) && (a[2] & set_id) ? E(EPERM) : ALLOW;
	if (is(n, "openat"))
		return (a[2] & makes) && (a[3] & set_id) ? E(EPERM) : ALLOW;
	return is(n, "openat2") ? E(ENOSYS) : ALLOW;
}

static uint32_t model_write_execute(const char *n, size_t abi, const uint64_t *a)
{
	if (is(n, "mmap") && abis[abi].audit == AUDIT_ARCH_I386)
		return E(EPERM);
	if (is(n, "mmap mmap2"))
		return (a[2] & 6) == 6 ? E(EPERM) : ALLOW;
	if (is(n, "mprotect pkey_mprotect"))
		return a[2] & 4 ? E(EPERM) : ALLOW;
	if (is(n, "shmat"))
		return a[2] & 0100000 ? E(EPERM) : ALLOW;
	if (is(n, "personality") && (uint32_t)a[0] != 0xffffffff)
		return a[0] & 0x0400000 ? E(EPERM) : ALLOW;
	return ALLOW;
}

static uint32_t model_namespaces(const char *n, uint64_t denied, const uint64_t *a)
{
	if (denied == 0)
		return ALLOW;
	if (is(n, "clone3"))
		return E(ENOSYS);
	if (is(n, "clone"))
		return (uint32_t)a[0] & denied & ~0xffull ? E(EPERM) : ALLOW;
	if (is(n, "unshare"))
		return (uint32_t)a[0] & denied ? E(EPERM) : ALLOW;
	if (is(n, "setns"))
		return (uint32_t)a[1] == 0 || ((uint32_t)a[1] & denied) || denied == 0x7e020080 ?
			       E(EPERM) :
			       ALLOW;
	return ALLOW;
}

static uint32_t model_families(const char *n, const struct rule *r, const uint64_t *a)
{
	bool netlink = r->any_family, packet = r->any_family, inet = r->any_family;

	for (unsigned i = 0; !r->any_family && !r->no_family && r->families[i] != 0; i++) {
		netlink = netlink || r->families[i] == 16;
		packet = packet || r->families[i] == 17;
		inet = inet || r->families[i] == 2;
	}
	if (is(n, "socketcall"))
		return r->any_family && !r->no_route ? ALLOW : E(EAFNOSUPPORT);
	if (!is(n, "socket socketpair"))
		return ALLOW;
	if ((uint32_t)a[0] == 16 && (netlink || !r->no_route) && !r->no_family) {
		const bool route = (uint32_t)a[2] == 0;

		return (route ? !r->no_route : netlink || r->other_netlink) ? ALLOW :
									      E(EPROTONOSUPPORT);
	}
	if ((uint32_t)a[0] == 2 && inet && !packet && (a[1] & 0xf) == 10)
		return E(EAFNOSUPPORT);
	if (r->any_family)
		return ALLOW;
	for (unsigned i = 0; !r->no_family && r->families[i] != 0; i++)
		if (r->families[i] == (uint32_t)a[0])
			return ALLOW;
	return E(EAFNOSUPPORT);
}

/* @flags: FILTER_RESTRICT_TCP, FILTER_RESTRICT_UDP. */
static uint32_t model_ports(uint32_t flags, const uint64_t *a)
{
	const uint32_t family = (uint32_t)a[0], protocol = (uint32_t)a[2];

	if (((flags & FILTER_RESTRICT_TCP) && (protocol == 262 || protocol == 256)) ||
	    ((flags & FILTER_RESTRICT_UDP) && protocol == 136))
		return E(EPROTONOSUPPORT);
	return ((flags & FILTER_RESTRICT_TCP) && (family == 43 || family == 21)) ||
			       ((flags & FILTER_RESTRICT_UDP) && family == 33) ?
		       E(EAFNOSUPPORT) :
		       ALLOW;
}

static uint32_t model_args(const char *n, size_t abi, const struct rule *r, const uint64_t *a)
{
	const struct filter_spec *s = &r->spec;
	uint32_t v = ALLOW;

	if (is(n, "ioctl") && ((uint32_t)a[1] == 0x5412 || (uint32_t)a[1] == 0x541c ||
			       (uint32_t)a[1] == 0x541d || (uint32_t)a[1] == 0x5423))
		return E(EPERM);
	if (is(n, "prlimit64"))
		return (uint32_t)a[0] == 0 || (s->flags & FILTER_OWN_PIDS) != 0 ? ALLOW : E(EPERM);
	if (is(n, "prctl"))
		return (uint32_t)a[0] == FILTER_PROBE ? E(FILTER_PROBE_ERRNO) :
		       (s->flags & FILTER_KEEP_CORE) != 0 && (uint32_t)a[0] == 62 ? E(EPERM) :
										    ALLOW;
	if ((s->flags & FILTER_LOCK_PERSONALITY) != 0 && is(n, "personality"))
		return (uint32_t)a[0] == 0 || (uint32_t)a[0] == 0xffffffff ? ALLOW : E(EPERM);
	if ((s->flags & FILTER_RESTRICT_REALTIME) != 0 && is(n, "sched_setattr"))
		return E(EPERM);
	if ((s->flags & FILTER_RESTRICT_REALTIME) != 0 && is(n, "sched_setscheduler")) {
		const uint32_t policy = (uint32_t)a[1] & ~0x40000000u;

		return policy == 0 || policy == 3 || policy == 5 ? ALLOW : E(EPERM);
	}
	if ((s->flags & FILTER_RESTRICT_PORTS) != 0 && is(n, "socketcall io_uring_setup"))
		return E(EPERM);
	if (is(n, "socket") && model_ports(s->flags, a) != ALLOW)
		return model_ports(s->flags, a);
	if ((s->flags & FILTER_RESTRICT_TCP) && is(n, "sendmsg") && (a[2] & 0x20000000))
		return E(EOPNOTSUPP);
	if ((s->flags & FILTER_RESTRICT_TCP) && is(n, "sendto sendmmsg") && (a[3] & 0x20000000))
		return E(EOPNOTSUPP);
	v = model_namespaces(n, 0x7e020080 & ~s->ns_allowed, a);
	if (v == ALLOW)
		v = model_families(n, r, a);
	if (v == ALLOW && s->restrict_suidsgid != RESTRICT_SUIDSGID_NO)
		v = model_set_id(n, s->restrict_suidsgid == RESTRICT_SUIDSGID_SUID, a);
	if (v == ALLOW && (s->flags & FILTER_DENY_WRITE_EXECUTE) != 0)
		v = model_write_execute(n, abi, a);
	return v;
}

static bool in_default_session(const char *n)
{
	static struct filter_set set; /* it has many calls */

	if (!set.in[call_find("read", strlen("read"))])
		group_expand(group_find("@default-session", strlen("@default-session")), &set);
	return set.in[call_find(n, strlen(n))];
}

/* A call that stands for others; NULL: a number that stands for none. */
static const char *model_part(const char *n, uint32_t number)
{
	static const char *const sockets[] = {
		NULL,	       "socket",      "bind",	    "connect",	  "listen",  "accept",
		"getsockname", "getpeername", "socketpair", "send",	  "recv",    "sendto",
		"recvfrom",    "shutdown",    "setsockopt", "getsockopt", "sendmsg", "recvmsg",
		"accept4",     "recvmmsg",    "sendmmsg"
	};
	static const char *const ipcs[] = {
		[1] = "semop",	 [2] = "semget",  [3] = "semctl",  [4] = "semtimedop",
		[11] = "msgsnd", [12] = "msgrcv", [13] = "msgget", [14] = "msgctl",
		[21] = "shmat",	 [22] = "shmdt",  [23] = "shmget", [24] = "shmctl"
	};

	if (is(n, "ipc"))
		return number < COUNT(ipcs) ? ipcs[number] : NULL;
	return number < COUNT(sockets) ? sockets[number] : NULL;
}

static uint32_t model(const struct rule *r, const char *n, size_t abi, const uint64_t *a)
{
	bool young;
	uint32_t v;

	(void)call_rule_nr((size_t)call_find(n, strlen(n)), &young);
	if (!r->archs[abi])
		return KILL;
	if (young && abi != NATIVE)
		return E(ENOSYS);
	if (!in_default_session(n))
		return is(n, "clone3 openat2 statx faccessat2 fchmodat2") ? E(ENOSYS) : E(EPERM);
	v = model_args(n, abi, r, a);
	if (v != ALLOW || !is(n, "socketcall ipc"))
		return v;
	n = model_part(n, (uint32_t)a[0]);
	return n != NULL ? model(r, n, abi, a) : E(ENOSYS);
}

/* ---- every call, every ABI, the edges of every argument ---- */

/* clang-format off */
static const uint32_t edges[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 17, 21, 25, 0x80, 0x100, 0777, 01777, 02000, 04000,
	06755, 0100, 0101, 0100000, 020000000, 020200000, 0x01, 0x10015, 0x5401, 0x5411, 0x5412,
	0x5413, 0x541b, 0x541c, 0x541d, 0x541e, 0x5422, 0x5423, 0x5424, 0x20000, 0x2000000,
	0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x40000001, 0x40000003,
	0x80000000, 0x0400000, 0x0040000, 0x7e020080, 256, 262, 136, 43, 33, 21, 0x3d0f00,
	0x003d0f11, FILTER_PROBE, 0x7fffffff, 0xfffffffe, 0xffffffff
};
/* clang-format on */

static unsigned wrong;

static void one(const struct filter_prog *p, const struct rule *r, size_t id, size_t abi,
		const uint64_t *args)
{
	const char *name = call_name(id);
	struct seccomp_data d = { .nr = call_nr(id, abi), .arch = abis[abi].audit };
	const uint32_t want = model(r, name, abi, args);
	struct walk w;

	memcpy(d.args, args, sizeof d.args);
	w = bpf_sim(p->insns, p->n, &d);
	if (w.ret == want || wrong++ > 10)
		return;
	print_message("%s (%s) %llx %llx %llx %llx: %x, wanted %x\n", name, abis[abi].word,
		      (unsigned long long)args[0], (unsigned long long)args[1],
		      (unsigned long long)args[2], (unsigned long long)args[3], w.ret, want);
}

/* One argument at an edge, or two, each with and without bits above the 32 that count. */
static void edges_of(const struct filter_prog *p, const struct rule *r, size_t id, size_t abi)
{
	const bool two = is(call_name(id), "open openat ipc socket socketpair");

	for (size_t i = 0; i < COUNT(edges); i++)
		for (unsigned arg = 0; arg < 4; arg++)
			for (unsigned high = 0; high < 2; high++) {
				uint64_t a[6] = { 0 };

				a[arg] = edges[i] | (uint64_t)high << 32;
				one(p, r, id, abi, a);
				for (size_t k = 0; two && k < COUNT(edges); k++)
					for (unsigned other = 0; other < 4; other++) {
						a[other] = edges[k] | (uint64_t)high << 40;
						one(p, r, id, abi, a);
						a[other] = 0;
						a[arg] = edges[i] | (uint64_t)high << 32;
					}
			}
}

static void check_rule(const struct rule *r)
{
	struct filter_prog p = { 0 };
	struct filter_error e = { 0 };

	wrong = 0;
	if (filter_compile(&r->spec, &p, &e) < 0)
		fail_msg("%s", e.msg);
	for (size_t id = 0; id < calls_n(); id++)
		for (size_t abi = 0; abi < abis_n; abi++)
			if (call_nr(id, abi) >= 0)
				edges_of(&p, r, id, abi);
	free(p.insns);
	assert_int_equal(wrong, 0);
}

static struct filter_words list(const char *text)
{
	static struct filter_word words[8][16];
	static char texts[8][256];
	static unsigned next;
	const unsigned i = next++ % 8;
	struct filter_words list = { .v = words[i] };
	bool begins = true;
	char *save = NULL;

	(void)snprintf(texts[i], sizeof texts[i], "%s", text);
	for (char *w = strtok_r(texts[i], " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		const bool optional = w[0] == '-';

		if (w[0] != '/')
			words[i][list.n++] = (struct filter_word){
				.text = w + optional,
				.flags = WORD_GIVEN | (begins ? WORD_BEGINS : 0u) |
					 (optional ? WORD_OPTIONAL : 0u),
			};
		begins = w[0] == '/'; /* the next line of the rule */
	}
	return list;
}

static void against_the_model(void **state)
{
	const struct rule base = { .families = { 1, 2, 10 }, .archs = { [NATIVE] = true } };
	struct rule r = base;

	(void)state;
	check_rule(&r);
	r.spec.flags = FILTER_LOCK_PERSONALITY | FILTER_RESTRICT_REALTIME | FILTER_OWN_PIDS;
	r.spec.restrict_suidsgid = RESTRICT_SUIDSGID_SUID;
	check_rule(&r); /* the defaults of a rule */
	r.spec.flags = FILTER_DENY_WRITE_EXECUTE | FILTER_RESTRICT_REALTIME | FILTER_OWN_PIDS |
		       FILTER_KEEP_CORE;
	check_rule(&r);
	r = base;
	r.spec.restrict_suidsgid = RESTRICT_SUIDSGID_NO;
	r.spec.ns_allowed = 0x7e020080;
	r.spec.list[FILTER_FAMILIES] = list("any");
	r.any_family = true;
	check_rule(&r); /* as little as there can be */
	r = base;
	r.spec.ns_allowed = 0x10000000 | 0x20000;
	r.spec.list[FILTER_FAMILIES] = list("none");
	r.no_family = true;
	check_rule(&r);
	r = base;
	r.spec.flags = FILTER_RESTRICT_UDP;
	check_rule(&r);
	r.spec.flags = FILTER_RESTRICT_PORTS;
	check_rule(&r);
	r.spec.flags = FILTER_RESTRICT_TCP;
	check_rule(&r);
	r.spec.list[FILTER_ARCHS] = list("native x86 x32");
	r.archs[X32] = r.archs[I386] = true;
	r.spec.list[FILTER_FAMILIES] = list("any");
	r.any_family = true;
	check_rule(&r);
	r = base;
	r.spec.list[FILTER_ARCHS] = list("native x86 x32");
	r.archs[X32] = r.archs[I386] = true;
	r.spec.restrict_suidsgid = RESTRICT_SUIDSGID_YES;
	r.spec.flags = FILTER_DENY_WRITE_EXECUTE;
	r.spec.list[FILTER_FAMILIES] = list("AF_UNIX AF_NETLINK");
	r.families[1] = 16;
	r.families[2] = 0;
	check_rule(&r);
}

/* The protocols of AF_NETLINK, and AF_PACKET by another name. */
static void families_against_the_model(void **state)
{
	static const struct {
		const char *text;
		uint32_t families[5];
		bool any, no_route, other_netlink;
	} cases[] = {
		{ "AF_UNIX", { 1 }, false, true, false },
		{ "AF_UNIX AF_INET", { 1, 2 }, false, true, false },
		{ "AF_INET AF_PACKET", { 2, 17 }, false, true, false },
		{ "AF_UNIX NETLINK_ROUTE", { 1 }, false, false, false },
		{ "NETLINK_ROUTE AF_NETLINK", { 16 }, false, false, true },
		{ "AF_NETLINK / ~NETLINK_ROUTE", { 16 }, false, true, true },
		{ "~NETLINK_ROUTE", { 1, 2, 10 }, false, true, false },
		{ "~AF_NETLINK", { 1, 2, 10 }, false, true, false },
		{ "~AF_INET6", { 1, 2 }, false, false, false },
		{ "any / ~NETLINK_ROUTE", { 0 }, true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rule r = { .archs = { [NATIVE] = true, [I386] = true },
				  .any_family = cases[i].any,
				  .no_route = cases[i].no_route,
				  .other_netlink = cases[i].other_netlink };

		memcpy(r.families, cases[i].families, sizeof cases[i].families);
		r.spec.list[FILTER_FAMILIES] = list(cases[i].text);
		r.spec.list[FILTER_ARCHS] = list("x86 -arm64 -x86");
		check_rule(&r);
	}
}

static uint32_t verdict(const struct filter_prog *p, uint32_t arch, uint32_t nr)
{
	const struct seccomp_data d = { .nr = (int)nr, .arch = arch };

	return bpf_sim(p->insns, p->n, &d).ret;
}

static void unknown_numbers_and_architectures(void **state)
{
	const struct filter_spec spec = { 0 };
	const struct filter_spec kills = {
		.list = { [FILTER_ERROR_NUMBER] = list("kill"), [FILTER_ARCHS] = list("x86 x32") }
	};
	struct filter_prog p = { 0 };
	bool known[1024] = { false };
	struct filter_error e = { 0 };

	(void)state;
	for (size_t id = 0; id < calls_n(); id++)
		if (call_nr(id, NATIVE) >= 0)
			known[call_nr(id, NATIVE)] = true;
	assert_int_equal(filter_compile(&spec, &p, &e), 0);
	for (uint32_t nr = 0; nr < 4096; nr++) {
		if (nr >= 1024 || !known[nr])
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, nr), E(ENOSYS));
		assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, nr | X32_BIT), KILL);
		assert_int_equal(verdict(&p, AUDIT_ARCH_I386, nr), KILL);
		assert_int_equal(verdict(&p, AUDIT_ARCH_AARCH64, nr), KILL);
	}
	for (unsigned bit = 10; bit < 32; bit++)
		assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 1u << bit),
				 bit == 30 ? KILL : E(ENOSYS));
	/* a tracer's skip: -1, and any other negative number; proot writes -2 */
	for (uint32_t nr = 0; nr < 4096; nr++) {
		assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 0xffffffff - nr), E(ENOSYS));
		assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 0xc0000000 + nr), E(ENOSYS));
		assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 0x80000000 + nr), E(ENOSYS));
		assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 0x7fffffff - nr), KILL);
	}
	free(p.insns);
	/* whatever the rule says */
	assert_int_equal(filter_compile(&kills, &p, &e), 0);
	assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 999), E(ENOSYS));
	assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 999 | X32_BIT), E(ENOSYS));
	assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 999), E(ENOSYS));
	assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64,
				 (uint32_t)call_nr((size_t)call_find("bpf", 3), NATIVE)),
			 KILL);
	free(p.insns);
}

/* What SystemCallFilter= and SystemCallLog= say of one call, SystemCallErrorNumber= with them. */
static void lists(void **state)
{
	static const struct {
		const char *calls, *log, *error, *call;
		uint32_t want;
	} cases[] = { { "", "", "", "read", ALLOW },
		      { "", "", "", "bpf", E(EPERM) },
		      { "@essential", "", "", "read", ALLOW },
		      { "@essential", "", "", "mkdir", E(EPERM) },
		      { "@essential mkdir", "", "", "mkdir", ALLOW },
		      { "@essential mkdir ~mkdir", "", "", "mkdir", E(EPERM) },
		      { "@unrestricted ~mkdir / mkdir", "", "", "mkdir",
			ALLOW }, /* the last word counts */
		      { "~mkdir", "", "", "mkdir", E(EPERM) },
		      { "~mkdir", "", "", "rmdir", ALLOW },
		      { "~@file-system / @essential", "", "", "rmdir", E(EPERM) },
		      { "~@file-system / @essential", "", "", "read", ALLOW },
		      { "~mkdir", "", "ENOENT", "mkdir", E(ENOENT) },
		      { "~mkdir", "", "ENOENT", "bpf", E(ENOENT) },
		      { "~mkdir", "", "13", "mkdir", E(13) },
		      { "~mkdir", "", "kill", "mkdir", KILL },
		      { "~mkdir:EROFS rmdir", "", "ENOENT", "mkdir", E(EROFS) },
		      { "~mkdir:EROFS rmdir", "", "ENOENT", "rmdir", E(ENOENT) },
		      { "~mkdir:30", "", "", "mkdir", E(30) },
		      { "~mkdir:4094", "", "4094", "bpf", E(4094) },
		      { "~mkdir:kill", "", "", "mkdir", KILL },
		      { "@unrestricted @mount:ENOSYS", "", "", "mount", E(ENOSYS) },
		      { "@unrestricted @mount:ENOSYS", "", "", "bpf", ALLOW },
		      { "@unrestricted -no_such_call", "", "", "bpf", ALLOW },
		      { "@unrestricted", "", "", "bpf", ALLOW },
		      { "~statx", "", "", "statx", E(ENOSYS) }, /* libc has another way */
		      { "~statx", "", "kill", "statx", KILL },
		      { "~statx:EPERM", "", "", "statx", E(EPERM) },
		      { "", "mkdir", "", "mkdir", SECCOMP_RET_LOG },
		      { "", "mkdir", "", "rmdir", ALLOW },
		      { "", "bpf", "", "bpf", E(EPERM) }, /* it allows nothing */
		      { "", "~read", "", "read", ALLOW },
		      { "", "~read", "", "write", SECCOMP_RET_LOG } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter_spec spec = { 0 };
		struct filter_prog p = { 0 };
		struct filter_error e = { 0 };
		const int id = call_find(cases[i].call, strlen(cases[i].call));
		uint32_t got;

		if (cases[i].calls[0] != '\0')
			spec.list[FILTER_CALLS] = list(cases[i].calls);
		if (cases[i].log[0] != '\0')
			spec.list[FILTER_LOG] = list(cases[i].log);
		if (cases[i].error[0] != '\0')
			spec.list[FILTER_ERROR_NUMBER] = list(cases[i].error);
		if (filter_compile(&spec, &p, &e) < 0)
			fail_msg("'%s': %s", cases[i].calls, e.msg);
		got = verdict(&p, AUDIT_ARCH_X86_64, (uint32_t)call_nr((size_t)id, NATIVE));
		if (got != cases[i].want)
			fail_msg("'%s' '%s' %s: %x", cases[i].calls, cases[i].log, cases[i].call,
				 got);
		free(p.insns);
	}
}

static void errors_say_what_to_do(void **state)
{
	static const struct {
		const char *calls, *log, *error, *archs, *families, *says;
	} cases[] = {
		{ .calls = "opennat",
		  .says = "unknown system call 'opennat'; did you mean 'openat'? (run 'cordon syscalls' for a list)" },
		{ .calls = "@file-sistem",
		  .says = "unknown group '@file-sistem'; did you mean '@file-system'?" },
		{ .calls = "~zzzzzzzz",
		  .says = "unknown system call 'zzzzzzzz'; run 'cordon syscalls' for a list" },
		{ .calls = "~mkdir:EWRONG", .says = "invalid errno 'EWRONG' in '~mkdir:EWRONG'" },
		{ .calls = "~mkdir:0", .says = "invalid errno '" },
		{ .calls = "~mkdir:4095", .says = "invalid errno '" },
		{ .calls = "~mkdir:4096", .says = "invalid errno '" },
		{ .calls = "~mkdir:", .says = "invalid errno '" },
		{ .calls = "~:EPERM", .says = "names no system call" },
		{ .calls = "~execve",
		  .says = "denies 'execve', which every session requires to start" },
		{ .calls = "read write", .says = "which every session requires to start" },
		{ .log = "mkdir:EPERM",
		  .says = "'mkdir:EPERM' contains an errno; deny system calls with SystemCallFilter=" },
		{ .log = "mkdri", .says = "did you mean 'mkdir'?" },
		{ .error = "EWRONG", .says = "invalid errno 'EWRONG'" },
		{ .error = "0", .says = "invalid errno '0'" },
		{ .error = "4095", .says = "invalid errno '4095'" },
		{ .archs = "arm64",
		  .says = "'arm64' is not supported on this host; write native, x86 or x32" },
		{ .families = "AF_NIX", .says = "unknown address family 'AF_NIX'" },
		{ .families = "~any", .says = "'~any' is not allowed; write any, none" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter_spec spec = { 0 };
		struct filter_prog p = { 0 };
		struct filter_error e = { 0 };

		spec.list[FILTER_CALLS] = list(cases[i].calls != NULL ? cases[i].calls : "");
		spec.list[FILTER_LOG] = list(cases[i].log != NULL ? cases[i].log : "");
		spec.list[FILTER_ERROR_NUMBER] = list(cases[i].error != NULL ? cases[i].error : "");
		spec.list[FILTER_ARCHS] = list(cases[i].archs != NULL ? cases[i].archs : "");
		spec.list[FILTER_FAMILIES] =
			list(cases[i].families != NULL ? cases[i].families : "");
		assert_int_equal(filter_compile(&spec, &p, &e), -EINVAL);
		assert_null(p.insns);
		if (strstr(e.msg, cases[i].says) == NULL || e.list >= FILTER_LISTS)
			fail_msg("wanted '%s', got '%u: %s'", cases[i].says, e.list, e.msg);
	}
}

/* Also where the rule lists all ABIs of this host. */
static void other_architectures_are_verified(void **state)
{
	static struct policy p; /* large */
	const struct filter_spec spec = { .list = { [FILTER_ARCHS] = list("x86 x32") } };
	struct filter_prog prog = { 0 };
	struct filter_error e = { 0 };

	(void)state;
	p = (struct policy){ .spec = &spec, .archs = 1u << NATIVE | 1u << I386 | 1u << X32 };
	assert_int_equal(filter_select(&spec, &p.verdicts, &e), 0);
	assert_int_equal(filter_families(&spec, &p.families, &e), 0);
	assert_int_equal(filter_build(&p, &prog, &e), 0);
	assert_int_equal(filter_verify(&p, &prog, &e), 0);
	for (size_t i = 0; i < prog.n; i++)
		if (prog.insns[i].code == (BPF_RET | BPF_K) && prog.insns[i].k == KILL)
			prog.insns[i].k = ALLOW;
	assert_int_equal(verdict(&prog, AUDIT_ARCH_AARCH64, 0), ALLOW);
	assert_int_equal(filter_verify(&p, &prog, &e), -EBADMSG);
	free(prog.insns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_the_model),
		cmocka_unit_test(families_against_the_model),
		cmocka_unit_test(unknown_numbers_and_architectures),
		cmocka_unit_test(lists),
		cmocka_unit_test(errors_say_what_to_do),
		cmocka_unit_test(other_architectures_are_verified),
	};

#if !defined(__x86_64__) || defined(__ILP32__)
	print_message("filter_test: SKIPPED, the model is that of x86-64 and its three ABIs\n");
	return 0;
#endif
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
