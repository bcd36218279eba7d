/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.c - a policy -> BPF, by libseccomp
 *
 * The default action is ENOSYS, for calls that nobody knows; so each known call has rules of its
 * own, also those that are refused. A comparison is masked to the low 32 bits. libseccomp looks at
 * equal values before ranges: "argument >= 0", which always holds, is what else is answered.
 * libseccomp does not promise that order: filter_verify() looks at what came of it.
 *
 * libseccomp has no form for two things:
 *   - It ends a process for a negative number of x86-64 other than -1, taking it for a call of x32.
 *     A tracer writes such a number to have a call skipped. prologue() answers before it.
 *   - Rules with arguments for socket(2) would be rules for socketcall(2) as well, where the
 *     arguments are others. socketcall is refused as a whole first, and libseccomp then adds no more.
 */
#include "filter/filter.h"

#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PROLOGUE_MAX = 8 };

static int failed(struct filter_error *err, int r, const char *what)
{
	(void)filter_err(err, FILTER_LISTS, 0, "SystemCallFilter=: libseccomp: %s: %s", what,
			 strerror(-r));
	return r;
}

/* A call that stands for others, by its first argument. */
static bool is_multiplexer(size_t id)
{
	return call_is(id, "socketcall ipc");
}

/* Where a rule says what the default says, there is nothing to add. */
static int add(scmp_filter_ctx ctx, uint32_t ret, int nr, const struct scmp_arg_cmp *args,
	       unsigned n)
{
	return ret == RET_ERRNO(ENOSYS) ? 0 : seccomp_rule_add_array(ctx, ret, nr, n, args);
}

static struct scmp_arg_cmp always(uint32_t arg)
{
	return (struct scmp_arg_cmp){ .arg = arg, .op = SCMP_CMP_GE, .datum_a = 0 };
}

/* The second argument that a clause with the first test of @k looks at; -1 for none. */
static int second_arg(const struct check *c, const struct clause *k)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->clause[i].n == 2 &&
		    memcmp(&c->clause[i].test[0], &k->test[0], sizeof k->test[0]) == 0)
			return (int)c->clause[i].test[1].arg;
	return -1;
}

/* Is there a clause with the same tests before clause @i? It answers. */
static bool is_hidden(const struct check *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (c->clause[k].n == c->clause[i].n &&
		    memcmp(c->clause[k].test, c->clause[i].test, sizeof c->clause[i].test) == 0)
			return true;
	return false;
}

static int add_check(scmp_filter_ctx ctx, const struct check *c, uint32_t pass, int nr)
{
	uint32_t lowest = UINT32_MAX;
	struct scmp_arg_cmp args[2];
	int r = 0;

	for (size_t i = 0; i < c->n && r == 0; i++) {
		const struct clause *k = &c->clause[i];
		const int second = second_arg(c, k);
		unsigned n = 0;

		if (is_hidden(c, i))
			continue;
		for (; n < k->n; n++)
			args[n] = (struct scmp_arg_cmp){ .arg = k->test[n].arg,
							 .op = SCMP_CMP_MASKED_EQ,
							 .datum_a = k->test[n].mask,
							 .datum_b = k->test[n].value };
		if (n == 1 && second >= 0) /* else the shorter rule would replace the longer one */
			args[n++] = always((uint32_t)second);
		lowest = k->test[0].arg < lowest ? k->test[0].arg : lowest;
		r = add(ctx, k->ret == PASS ? pass : k->ret, nr, args, n);
	}
	args[0] = always(lowest);
	return r < 0 ? r : add(ctx, c->otherwise == PASS ? pass : c->otherwise, nr, args, 1);
}

/* @first: those that are refused as a whole, whatever is said of their parts. */
static int add_calls(scmp_filter_ctx ctx, const struct policy *p, size_t abi, bool first,
		     struct filter_error *err)
{
	for (size_t id = 0; id < calls_n(); id++) {
		uint32_t verdict = p->verdicts.ret[id];
		struct check check = { 0 };
		bool young;
		const int nr = call_rule_nr(id, &young);
		const bool checked = filter_check(p->spec, &p->families, id, abi, &verdict, &check);
		int r;

		if (nr == INT_MIN || (young && abi != 0))
			continue; /* no number for libseccomp: the default answers */
		if (is_multiplexer(id)) {
			if (!first || ret_allows(verdict))
				continue; /* its parts decide */
			/* not as the default says: the parts would get through */
			if (verdict == RET_ERRNO(ENOSYS))
				verdict = RET_ERRNO(EPERM);
		} else if (first) {
			continue;
		}
		r = checked ? add_check(ctx, &check, verdict, nr) : add(ctx, verdict, nr, NULL, 0);
		if (r < 0)
			return failed(err, r, call_name(id));
	}
	return 0;
}

static int add_abi(scmp_filter_ctx *ctx, const struct policy *p, size_t abi,
		   struct filter_error *err)
{
	int r = 0;

	*ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (*ctx == NULL)
		return failed(err, -ENOMEM, "start");
	if (abi != 0)
		r = seccomp_arch_add(*ctx, abis[abi].token);
	if (r == 0 && abi != 0)
		r = seccomp_arch_remove(*ctx, abis[0].token);
	if (r == 0)
		r = seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = seccomp_attr_set(*ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r < 0)
		return failed(err, r, abis[abi].word);
	r = add_calls(*ctx, p, abi, true, err);
	return r < 0 ? r : add_calls(*ctx, p, abi, false, err);
}

/* All ABIs in one filter. */
static int build(scmp_filter_ctx *ctx, const struct policy *p, struct filter_error *err)
{
	int r = add_abi(ctx, p, 0, err);

	for (size_t abi = 1; abi < abis_n && r == 0; abi++) {
		scmp_filter_ctx more = NULL;

		if ((p->archs & 1u << abi) == 0)
			continue;
		r = add_abi(&more, p, abi, err);
		if (r == 0) {
			r = seccomp_merge(*ctx, more);
			if (r == 0)
				continue; /* it is part of the other one now */
			(void)failed(err, r, abis[abi].word);
		}
		seccomp_release(more);
	}
	return r;
}

static size_t prologue(struct sock_filter *out)
{
	const struct sock_filter negative[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x80000000u, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, RET_ERRNO(ENOSYS)),
	};

	if (abis[0].audit != AUDIT_ARCH_X86_64)
		return 0;
	memcpy(out, negative, sizeof negative);
	return sizeof negative / sizeof negative[0];
}

static int export(scmp_filter_ctx ctx, struct filter_prog *ret, struct filter_error *err)
{
	cleanup_close int fd = memfd_create("filter", MFD_CLOEXEC);
	cleanup_free struct sock_filter *insns = NULL;
	struct stat st = { 0 };
	size_t n;
	int r = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);

	if (r < 0 || fstat(fd, &st) < 0)
		return failed(err, r < 0 ? r : -errno, "export");
	insns = malloc((size_t)st.st_size + PROLOGUE_MAX * sizeof *insns);
	if (insns == NULL)
		return failed(err, -ENOMEM, "export");
	n = prologue(insns);
	if (pread(fd, insns + n, (size_t)st.st_size, 0) != st.st_size)
		return failed(err, -EIO, "export");
	n += (size_t)st.st_size / sizeof *insns;
	if (n > BPF_MAXINSNS) {
		(void)filter_err(
			err, FILTER_ARCHS, FILTER_WHOLE_LIST,
			"SystemCallFilter=: filter is too large for the kernel; list fewer architectures or address families");
		return -E2BIG;
	}
	*ret = (struct filter_prog){ .insns = take_ptr(&insns), .n = n };
	return 0;
}

int filter_build(const struct policy *p, struct filter_prog *ret, struct filter_error *err)
{
	scmp_filter_ctx ctx = NULL;
	int r = build(&ctx, p, err);

	if (r == 0)
		r = export(ctx, ret, err);
	if (ctx != NULL)
		seccomp_release(ctx);
	return r;
}
