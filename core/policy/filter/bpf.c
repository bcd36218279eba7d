/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf.c - verdicts -> BPF
 *
 * The call numbers fall into some hundred runs with one answer each. A search tree over the runs,
 * weighted so that hot calls are near its root, finds the answer of any number; the answer of a
 * call without a check of arguments is given there, on the number alone, so the kernel (5.11)
 * takes it into its table of calls that are always allowed and never runs the program for them.
 * Checks of arguments follow the trees and are shared by architectures.
 *
 * Not libseccomp, for three reasons. It has one default action and per rule one comparison of an
 * argument, so "EAFNOSUPPORT unless one of three families" has no form in it once the default is
 * taken by ENOSYS for unknown numbers. Calls younger than the library would have no name. And its
 * tree has a leaf for every call where ours has one for a run: tests/unit/filter_table_test.c
 * compares the two, and our numbers with its.
 */
#include "policy/filter/filter_int.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { INSNS_MAX = BPF_MAXINSNS, NUMBERS = 1024, RUNS_MAX = 1024, CHECKS_MAX = 128 };
enum { NEAR = 100 }; /* runs whose tree a conditional jump (8 bits) surely passes over */
enum { HOT_WEIGHT = 8 };

/* What a number leads to: an answer, or where check is not 0, checks[check - 1]. */
struct leaf {
	uint32_t ret;
	uint32_t check;
};

/* Numbers from @from to the next run's. */
struct run {
	uint32_t from;
	uint32_t weight;
	struct leaf leaf;
};

/* A check and the instructions that jump to it. */
struct block {
	struct check check;
	uint32_t pass; /* SECCOMP_RET_ALLOW or SECCOMP_RET_LOG */
	uint32_t at;
};

struct gen {
	struct sock_filter insns[INSNS_MAX];
	uint32_t n;
	bool overflow;
	struct run runs[RUNS_MAX];
	size_t n_runs;
	struct block blocks[CHECKS_MAX];
	size_t n_blocks;
	struct {
		uint32_t insn;
		uint32_t block;
	} jumps[INSNS_MAX];
	size_t n_jumps;
};

#define DATA(member) ((uint32_t)offsetof(struct seccomp_data, member))

/* Returns the instruction's index. */
static uint32_t put(struct gen *g, uint32_t code, uint32_t k, uint32_t jt, uint32_t jf)
{
	if (g->n == INSNS_MAX || jt > UINT8_MAX || jf > UINT8_MAX) {
		g->overflow = true;
		return 0;
	}
	g->insns[g->n] = (struct sock_filter){
		.code = (uint16_t)code, .k = k, .jt = (uint8_t)jt, .jf = (uint8_t)jf
	};
	return g->n++;
}

static void put_ret(struct gen *g, uint32_t ret)
{
	(void)put(g, BPF_RET | BPF_K, ret, 0, 0); /* nothing jumps by its index */
}

static void put_load(struct gen *g, uint32_t offset)
{
	(void)put(g, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); /* nothing jumps by its index */
}

/* The low half of argument @arg: both architectures are little-endian. */
static void put_load_arg(struct gen *g, uint8_t arg)
{
	put_load(g, DATA(args) + arg * (uint32_t)sizeof(uint64_t));
}

static uint32_t block_for(struct gen *g, const struct check *check, uint32_t pass)
{
	struct block *b;

	for (uint32_t i = 0; i < g->n_blocks; i++) {
		b = &g->blocks[i];
		if (b->pass == pass && b->check.n == check->n &&
		    b->check.otherwise == check->otherwise &&
		    memcmp(b->check.clause, check->clause, check->n * sizeof check->clause[0]) == 0)
			return i + 1;
	}
	if (g->n_blocks == CHECKS_MAX) {
		g->overflow = true;
		return 0;
	}
	b = &g->blocks[g->n_blocks++];
	b->check = *check;
	b->pass = pass;
	return (uint32_t)g->n_blocks;
}

static void run_add(struct gen *g, uint32_t from, struct leaf leaf, uint32_t weight)
{
	struct run *last = g->n_runs > 0 ? &g->runs[g->n_runs - 1] : NULL;

	if (last != NULL && last->leaf.ret == leaf.ret && last->leaf.check == leaf.check) {
		last->weight += weight;
		return;
	}
	if (g->n_runs == RUNS_MAX) {
		g->overflow = true;
		return;
	}
	g->runs[g->n_runs++] = (struct run){ .from = from, .weight = weight, .leaf = leaf };
}

static bool hot(unsigned id)
{
	for (size_t i = 0; i < filter_hot_n; i++)
		if (filter_hot[i] == id)
			return true;
	return false;
}

/* Runs for the numbers @base.. of @arch, and an ENOSYS run behind the last. */
static void arch_runs(struct gen *g, const struct filter_spec *spec, const struct families *families,
		      const struct verdicts *v, enum filter_arch arch, uint32_t base)
{
	const struct leaf unknown = { .ret = RET_ERRNO(ENOSYS) };
	struct leaf leaves[NUMBERS];
	uint32_t weights[NUMBERS];
	struct check check;
	uint32_t end = 0;

	for (size_t i = 0; i < NUMBERS; i++) {
		leaves[i] = unknown;
		weights[i] = 0;
	}
	for (unsigned id = 0; id < CALL_N; id++) {
		const int nr = call_nr(id, arch);
		struct leaf leaf = { .ret = v->ret[id] };

		if (nr < 0 || nr >= NUMBERS)
			continue;		 /* the tests hold that no number is as high */
		memset(&check, 0, sizeof check); /* block_for() compares bytes */
		if (filter_check(spec, families, id, arch, &leaf.ret, &check)) {
			leaf.check = block_for(g, &check, leaf.ret);
			leaf.ret = 0;
		}
		leaves[nr] = leaf;
		weights[nr] = hot(id) ? HOT_WEIGHT : 1;
		if ((uint32_t)nr >= end)
			end = (uint32_t)nr + 1;
	}
	for (uint32_t i = 0; i < end; i++)
		run_add(g, base + i, leaves[i], weights[i]);
	run_add(g, base + end, unknown, 1);
}

static void put_leaf(struct gen *g, const struct leaf *leaf)
{
	if (leaf->check == 0) {
		put_ret(g, leaf->ret);
		return;
	}
	g->jumps[g->n_jumps].insn = put(g, BPF_JMP | BPF_JA, 0, 0, 0);
	g->jumps[g->n_jumps].block = leaf->check - 1;
	if (!g->overflow)
		g->n_jumps++;
}

/* Where to cut runs @lo to @hi so that both halves weigh about the same. */
static size_t middle(const struct gen *g, size_t lo, size_t hi)
{
	uint64_t total = 0, left = 0;
	size_t m;

	for (size_t i = lo; i < hi; i++)
		total += g->runs[i].weight;
	for (m = lo + 1; m + 1 < hi; m++) {
		left += g->runs[m - 1].weight;
		if (2 * left + g->runs[m].weight >= total)
			break;
	}
	return m;
}

/* Recursion as deep as the tree: a dozen levels. */
static void put_tree(struct gen *g, size_t lo, size_t hi)
{
	uint32_t branch;
	size_t m;

	if (g->overflow)
		return;
	if (hi - lo == 1) {
		put_leaf(g, &g->runs[lo].leaf);
		return;
	}
	m = middle(g, lo, hi);
	if (m - lo < NEAR) {
		branch = put(g, BPF_JMP | BPF_JGE | BPF_K, g->runs[m].from, 0, 0);
		put_tree(g, lo, m);
		if (g->n - branch - 1 > UINT8_MAX)
			g->overflow = true;
		else
			g->insns[branch].jt = (uint8_t)(g->n - branch - 1);
	} else {
		(void)put(g, BPF_JMP | BPF_JGE | BPF_K, g->runs[m].from, 0, 1); /* over the jump */
		branch = put(g, BPF_JMP | BPF_JA, 0, 0, 0);
		put_tree(g, lo, m);
		g->insns[branch].k = g->n - branch - 1;
	}
	put_tree(g, m, hi);
}

/*
 * A clause is its tests, each skipping to behind the clause when it fails, and its answer. A
 * test of a whole argument leaves it loaded for the clause behind.
 */
static void put_check(struct gen *g, const struct check *c, uint32_t pass)
{
	int loaded = -1;

	for (size_t i = 0; i < c->n; i++) {
		const struct clause *k = &c->clause[i];
		uint32_t fails[2] = { 0, 0 };
		uint32_t first = 0;

		for (size_t t = 0; t < k->n; t++) {
			const struct arg_test *a = &k->test[t];
			const bool whole = a->any || a->mask == UINT32_MAX;

			if (loaded != a->arg)
				put_load_arg(g, a->arg);
			loaded = whole ? a->arg : -1;
			if (!whole)
				(void)put(g, BPF_ALU | BPF_AND | BPF_K, a->mask, 0, 0);
			fails[t] = put(g, BPF_JMP | (a->any ? BPF_JSET : BPF_JEQ) | BPF_K,
				       a->any ? a->mask : a->value, 0, 0);
			first = t == 0 ? fails[0] : first;
		}
		put_ret(g, k->ret == PASS ? pass : k->ret);
		for (size_t t = 0; t < k->n && !g->overflow; t++)
			g->insns[fails[t]].jf = (uint8_t)(g->n - fails[t] - 1);
		if (k->n > 1)
			loaded = -1; /* which test failed is not known behind */
	}
	put_ret(g, c->otherwise == PASS ? pass : c->otherwise);
}

/* One number space: the tree of its runs, entered with the number to be loaded. */
static void put_space(struct gen *g)
{
	put_load(g, DATA(nr));
	put_tree(g, 0, g->n_runs);
	g->n_runs = 0;
}

/*
 * x86-64: a number with bit 30 is x32's, but where bit 31 is set as well: such a number is negative,
 * and the kernel has no call for it. A tracer writes -1 or another of them to have a call skipped.
 */
static void x86_runs(struct gen *g, const struct filter_spec *spec, const struct families *families,
		     const struct verdicts *v, bool x32)
{
	const struct leaf unknown = { .ret = RET_ERRNO(ENOSYS) };
	const struct leaf kill = { .ret = SECCOMP_RET_KILL_PROCESS };

	arch_runs(g, spec, families, v, ARCH_X86_64, 0);
	if (x32)
		arch_runs(g, spec, families, v, ARCH_X32, X32_BIT);
	else
		run_add(g, X32_BIT, kill, 0);
	run_add(g, 2 * X32_BIT, unknown, 0);
}

static void put_program(struct gen *g, const struct filter_spec *spec,
			const struct families *families, const struct verdicts *v, unsigned archs)
{
	uint32_t foreign;

	put_load(g, DATA(arch));
	(void)put(g, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_NATIVE, 1, 0); /* over the jump */
	foreign = put(g, BPF_JMP | BPF_JA, 0, 0, 0);
	if (ARCH_NATIVE == ARCH_X86_64)
		x86_runs(g, spec, families, v, (archs & 1u << ARCH_X32) != 0);
	else
		arch_runs(g, spec, families, v, ARCH_NATIVE, 0);
	put_space(g);
	g->insns[foreign].k = g->n - foreign - 1;
	if ((archs & 1u << ARCH_I386) != 0) {
		(void)put(g, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 1, 0); /* over the kill */
		put_ret(g, SECCOMP_RET_KILL_PROCESS);
		arch_runs(g, spec, families, v, ARCH_I386, 0);
		put_space(g);
	} else {
		put_ret(g, SECCOMP_RET_KILL_PROCESS);
	}
	for (size_t i = 0; i < g->n_blocks; i++) {
		g->blocks[i].at = g->n;
		put_check(g, &g->blocks[i].check, g->blocks[i].pass);
	}
	for (size_t i = 0; i < g->n_jumps; i++)
		g->insns[g->jumps[i].insn].k =
			g->blocks[g->jumps[i].block].at - g->jumps[i].insn - 1;
}

int filter_generate(const struct filter_spec *spec, const struct families *families,
		    const struct verdicts *v, unsigned archs, struct filter_prog *ret,
		    struct err *err)
{
	struct gen *g = calloc(1, sizeof *g);
	struct sock_filter *insns = NULL;
	int r = 0;

	if (g == NULL)
		return err_set(err, -ENOMEM, "SystemCallFilter=: out of memory");
	put_program(g, spec, families, v, archs);
	if (g->overflow)
		r = err_set(
			err, -E2BIG,
			"SystemCallFilter=: filter is too large for the kernel; list fewer architectures or address families");
	else
		insns = calloc(g->n, sizeof *insns);
	if (r == 0 && insns == NULL)
		r = err_set(err, -ENOMEM, "SystemCallFilter=: out of memory");
	if (r == 0) {
		memcpy(insns, g->insns, g->n * sizeof *insns);
		*ret = (struct filter_prog){ .insns = insns, .n = g->n };
	}
	free(g);
	return r;
}
