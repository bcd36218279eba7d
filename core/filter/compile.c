/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - see filter.h */
#include "filter/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * What cordonsh does between loading the filter and the shell: look that it is loaded (prctl),
 * say what failed (write), execve, and end when that fails.
 */
#define NEEDED "execve exit_group write prctl"

static int check_needed(const struct filter_spec *spec, const struct verdicts *v,
			struct filter_error *err)
{
	for (size_t id = 0; id < calls_n(); id++)
		if (call_is(id, NEEDED) && !ret_allows(v->ret[id]))
			return filter_err(
				err, spec->list[FILTER_CALLS].n > 0 ? FILTER_CALLS : FILTER_LISTS,
				v->by[id],
				"SystemCallFilter=: denies '%s', which every session requires to start; add it, or the group @essential",
				call_name(id));
	return 0;
}

static int unknown_abi(struct filter_error *err, size_t word, const char *name)
{
	char others[64] = "";

	for (size_t a = 1; a < abis_n; a++) {
		strcat(others, a + 1 == abis_n ? " or " : ", ");
		strcat(others, abis[a].word);
	}
	return filter_err(
		err, FILTER_ARCHS, word,
		"SystemCallArchitectures=: '%s' is not supported on this host; write native%s",
		name, others);
}

static int architectures(const struct filter_spec *spec, unsigned *ret, struct filter_error *err)
{
	const struct filter_words *list = &spec->list[FILTER_ARCHS];

	*ret = 1u << 0;
	for (size_t i = list_first(list); i < list->n; i++) {
		const char *name = list->v[i].text;
		size_t a = 0;

		if (filter_comma(FILTER_ARCHS, i, "SystemCallArchitectures", name, err) < 0)
			return -EINVAL;
		while (a < abis_n && strcmp(name, abis[a].word) != 0)
			a++;
		if (a < abis_n)
			*ret |= 1u << a;
		else if (strcmp(name, "native") != 0 && (list->v[i].flags & WORD_OPTIONAL) == 0)
			return unknown_abi(err, i, name);
	}
	return 0;
}

/* What no filter of this architecture can see. */
static int check_possible(const struct filter_spec *spec, struct filter_error *err)
{
	const char *what = NULL;

#if defined(__i386__) || defined(__s390x__)
	if ((spec->flags & FILTER_RESTRICT_PORTS) != 0)
		what = "SocketBindDeny=, SocketConnectDeny=: not possible on %s, where libc makes sockets by socketcall(2); remove these lines";
#endif
#ifdef __s390x__
	if ((spec->flags & FILTER_DENY_WRITE_EXECUTE) != 0)
		what = "MemoryDenyWriteExecute=: not possible on %s, where the arguments of mmap(2) lie in memory; remove this line";
#endif
	(void)spec;
	if (what == NULL)
		return 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)filter_err(err, FILTER_LISTS, 0, what, abis[0].word);
#pragma GCC diagnostic pop
	return -EOPNOTSUPP;
}

static int read_spec(const struct filter_spec *spec, struct policy *ret, struct filter_error *err)
{
	int r = filter_select(spec, &ret->verdicts, err);

	ret->spec = spec;
	if (r == 0)
		r = architectures(spec, &ret->archs, err);
	return r < 0 ? r : filter_families(spec, &ret->families, err);
}

int filter_compile(const struct filter_spec *spec, struct filter_prog *ret, struct filter_error *err)
{
	struct policy p = { 0 };
	struct filter_prog prog = { 0 };
	int r = read_spec(spec, &p, err);

	if (r == 0)
		r = check_needed(spec, &p.verdicts, err);
	if (r == 0)
		r = check_possible(spec, err);
	if (r == 0)
		r = filter_build(&p, &prog, err);
	if (r == 0)
		r = filter_verify(&p, &prog, err);
	if (r < 0) {
		free(prog.insns);
		return r;
	}
	*ret = prog;
	return 0;
}

size_t filter_each_word(const struct filter_spec *spec, struct filter_error *ret, size_t max)
{
	size_t n = 0;

	for (enum filter_list which = 0; which < FILTER_LISTS; which++)
		for (size_t i = 0; i < spec->list[which].n && n < max; i++) {
			struct filter_spec one = { 0 };
			struct policy p;

			one.list[which] = (struct filter_words){ &spec->list[which].v[i], 1 };
			if (read_spec(&one, &p, &ret[n]) == 0)
				continue;
			if (ret[n].word != FILTER_WHOLE_LIST)
				ret[n].word = (uint32_t)i;
			n++;
		}
	return n;
}
