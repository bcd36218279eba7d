/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - does a program answer as the policy says */
#include "filter/filter.h"

#include "filter/sim.h"

#include <errno.h>
#include <string.h>

struct verify {
	const struct policy *p;
	const struct filter_prog *prog;
	struct filter_error *err;
	size_t id, abi;
	uint32_t nr, audit;
};

/* What @c says of @args. */
static uint32_t answer(const struct check *c, uint32_t pass, const uint64_t args[6])
{
	uint32_t ret = c->otherwise;

	for (size_t i = 0; i < c->n; i++) {
		const struct clause *k = &c->clause[i];
		bool holds = true;

		for (size_t t = 0; t < k->n; t++)
			holds = holds && ((uint32_t)args[k->test[t].arg] & k->test[t].mask) ==
						 k->test[t].value;
		if (holds) {
			ret = k->ret;
			break;
		}
	}
	return ret == PASS ? pass : ret;
}

static int one(const struct verify *v, const uint64_t args[6], uint32_t want)
{
	struct seccomp_data d = { .nr = (int)v->nr, .arch = v->audit };
	uint32_t got;

	memcpy(d.args, args, sizeof d.args);
	got = bpf_sim(v->prog->insns, v->prog->n, &d).ret;
	if (got == want)
		return 0;
	(void)filter_err(
		v->err, FILTER_LISTS, 0,
		"SystemCallFilter=: libseccomp made a filter that answers %s (%s) with %#x, not %#x; report this",
		call_name(v->id), abis[v->abi].word, got, want);
	return -EBADMSG;
}

/* Values of an argument around what the test @t compares with; with bits above those that count. */
static size_t edges_of(const struct arg_test *t, uint64_t *out)
{
	const uint32_t low[] = { t->value, t->value | ~t->mask, ~t->value,    0, UINT32_MAX,
				 t->mask,  t->value + 1u,	t->value - 1u };
	size_t n = 0;

	for (size_t i = 0; i < sizeof low / sizeof low[0]; i++) {
		out[n++] = low[i];
		out[n++] = low[i] | 1ull << 32;
	}
	for (uint32_t bit = t->mask; bit != 0 && t->mask != UINT32_MAX; bit &= bit - 1)
		out[n++] = t->value ^ (bit & -bit);
	return n;
}

enum { EDGES_MAX = 64 };

static int edges(const struct verify *v, const struct check *c, uint32_t pass)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct clause *k = &c->clause[i];

		for (size_t j = i; j < c->n; j++) { /* one clause with itself, and with each other */
			const struct arg_test *a = &k->test[0];
			const struct arg_test *b = j == i ? &k->test[k->n - 1u] :
							    &c->clause[j].test[c->clause[j].n - 1u];
			uint64_t of_a[EDGES_MAX], of_b[EDGES_MAX];
			const size_t n_a = edges_of(a, of_a), n_b = edges_of(b, of_b);

			for (size_t x = 0; x < n_a; x++)
				for (size_t y = 0; y < n_b; y++) {
					uint64_t args[6] = { 0 };
					int r;

					args[a->arg] = of_a[x];
					args[b->arg] = of_b[y];
					r = one(v, args, answer(c, pass, args));
					if (r < 0)
						return r;
				}
		}
	}
	return 0;
}

/* Multiplexed calls are looked at as a whole, where they are refused as a whole. */
static int verify_call(struct verify *v, bool young)
{
	static const uint64_t none[6], all[6] = { ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull };
	uint32_t verdict = v->p->verdicts.ret[v->id];
	struct check check = { 0 };
	const bool checked =
		filter_check(v->p->spec, &v->p->families, v->id, v->abi, &verdict, &check);
	int r;

	if (young)
		verdict = RET_ERRNO(ENOSYS);
	else if (checked)
		return edges(v, &check, verdict);
	if (call_is(v->id, "socketcall ipc")) {
		if (ret_allows(verdict))
			return 0;
		verdict = verdict == RET_ERRNO(ENOSYS) ? RET_ERRNO(EPERM) : verdict;
	}
	r = one(v, none, verdict);
	return r < 0 ? r : one(v, all, verdict);
}

/* Numbers that no call of the policy has, and an architecture that no host of this program has. */
static int verify_others(struct verify *v)
{
	static const uint64_t none[6];
	int r;

	v->id = 0;
	for (v->abi = 0; v->abi < abis_n; v->abi++) {
		const bool on = (v->p->archs & 1u << v->abi) != 0;
		const uint32_t numbers[] = { 999, CALLS_MAX + 1, 0x3ffffffe };

		v->audit = abis[v->abi].audit;
		for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
			v->nr = numbers[i] | abis[v->abi].bit;
			r = one(v, none, on ? RET_ERRNO(ENOSYS) : SECCOMP_RET_KILL_PROCESS);
			if (r < 0)
				return r;
		}
	}
	v->abi = 0;
	v->audit = 0;
	return one(v, none, SECCOMP_RET_KILL_PROCESS);
}

int filter_verify(const struct policy *p, const struct filter_prog *prog, struct filter_error *err)
{
	struct verify v = { .p = p, .prog = prog, .err = err };
	int r = verify_others(&v);

	for (v.abi = 0; v.abi < abis_n && r == 0; v.abi++)
		for (v.id = 0; v.id < calls_n() && r == 0; v.id++) {
			bool young;

			(void)call_rule_nr(v.id, &young);
			if ((p->archs & 1u << v.abi) == 0 || call_nr(v.id, v.abi) < 0)
				continue;
			v.nr = (uint32_t)call_nr(v.id, v.abi);
			v.audit = abis[v.abi].audit;
			r = verify_call(&v, young && v.abi != 0);
		}
	return r;
}
