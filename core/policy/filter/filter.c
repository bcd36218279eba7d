/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - see filter.h */
#include "policy/filter/filter_int.h"

#include "contract/words.h"
#include "policy/settings/sockets.h"

#include "policy/text/diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * What cordonsh does between loading the filter and the shell: look that it is loaded (prctl),
 * say what failed (write), execve, and end when that fails.
 */
static const uint16_t needed[] = { CALL_execve, CALL_exit_group, CALL_write, CALL_prctl };

/*
 * i386 has one call for all sockets and one for all System V IPC. By name each is another call;
 * it may do only what all those it stands for may.
 */
static const struct {
	uint16_t all;
	uint16_t group;
	uint16_t call[20];
} multiplexed[] = {
	{ CALL_socketcall, GROUP_network_io, { 0 } },
	{ CALL_ipc,
	  GROUP_N,
	  { CALL_msgctl, CALL_msgget, CALL_msgrcv, CALL_msgsnd, CALL_semctl, CALL_semget,
	    CALL_semop, CALL_semtimedop, CALL_shmat, CALL_shmctl, CALL_shmdt, CALL_shmget } },
};

static void narrow_to(struct verdicts *v, unsigned all, unsigned part)
{
	if (part != all && ret_allows(v->ret[all]) && !ret_allows(v->ret[part]))
		v->ret[all] = v->ret[part];
}

static void narrow_multiplexed(struct verdicts *v)
{
	for (size_t i = 0; i < sizeof multiplexed / sizeof multiplexed[0]; i++) {
		struct filter_set set = { 0 };

		if (multiplexed[i].group < GROUP_N)
			group_expand(multiplexed[i].group, &set);
		for (unsigned id = 0; id < CALL_N; id++)
			if (set.in[id])
				narrow_to(v, multiplexed[i].all, id);
		for (size_t c = 0; c < 20 && multiplexed[i].group == GROUP_N; c++)
			narrow_to(v, multiplexed[i].all, multiplexed[i].call[c]);
	}
}

static int check_needed(const struct filter_spec *spec, const struct verdicts *v, struct err *err)
{
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		const struct origin nowhere = { 0 };
		const struct set_item *by = v->by[needed[i]];
		const struct origin *from = by != NULL		? &by->from :
					    spec->calls != NULL ? &spec->calls->from :
								  &nowhere;

		if (!ret_allows(v->ret[needed[i]]))
			return filter_err(
				err, from,
				"SystemCallFilter=: denies '%s', which every session requires to start; add it, or the group @essential",
				call_name(needed[i]));
	}
	return 0;
}

static int architectures(const struct set_list *list, unsigned *ret, struct err *err)
{
	static const struct {
		const char *name;
		enum filter_arch arch;
	} known[] = {
		{ "native", ARCH_NATIVE },
#if defined(__x86_64__)
		{ "x86-64", ARCH_X86_64 },
		{ "x86", ARCH_I386 },
		{ "x32", ARCH_X32 },
#else
		{ "arm64", ARCH_ARM64 },
#endif
	};

	*ret = 1u << ARCH_NATIVE;
	for (size_t i = list_first(list); list != NULL && i < list->n; i++) {
		const char *name = list->items[i].text;
		size_t k = 0;

		while (k < sizeof known / sizeof known[0] && strcmp(name, known[k].name) != 0)
			k++;
		if (k == sizeof known / sizeof known[0] && list->items[i].optional)
			continue;
		if (k == sizeof known / sizeof known[0])
			return filter_err(
				err, &list->items[i].from,
				"SystemCallArchitectures=: '%s' is not supported on this host; write native%s",
				name, ARCH_NATIVE == ARCH_X86_64 ? ", x86 or x32" : "");
		*ret |= 1u << known[k].arch;
	}
	return 0;
}

int filter_compile(const struct filter_spec *spec, struct filter_prog *ret, struct err *err)
{
	struct verdicts v;
	struct families families;
	unsigned archs = 0;
	int r;

	r = filter_select(spec, &v, err);
	if (r == 0)
		r = check_needed(spec, &v, err);
	if (r == 0)
		r = architectures(spec->archs, &archs, err);
	if (r == 0)
		r = filter_families(spec->families, &families, err);
	if (r < 0)
		return r;
	narrow_multiplexed(&v);
	return filter_generate(spec, &families, &v, archs, ret, err);
}

int filter_emit(const struct settings *set, struct filter_prog *ret, struct err *err)
{
	const struct filter_spec spec = {
		.calls = &set->system_call_filter,
		.log = &set->system_call_log,
		.archs = &set->system_call_architectures,
		.families = &set->restrict_address_families,
		.error_number = &set->system_call_error_number,
		.ns_allowed = set->restrict_namespaces.v,
		.lock_personality = set->lock_personality.v != 0,
		.memory_deny_write_execute = set->memory_deny_write_execute.v != 0,
		.kernel_logs = set->protect_kernel_logs.v != 0 ? KERNEL_LOGS_REFUSED :
								 KERNEL_LOGS_ALLOWED,
		.keep_affinity = set->cpu_affinity.n > 0,
		.keep_policy = set->cpu_scheduling_policy.v != NUM_UNSET,
		.keep_io = set->io_scheduling_class.v != NUM_UNSET ||
			   set->io_scheduling_priority.v != NUM_UNSET,
		.restrict_realtime = set->restrict_realtime.v != 0,
		.restrict_suidsgid = (unsigned)set->restrict_suidsgid.v,
		.own_pids = set->private_pids.v != 0,
		.restrict_ports = sockets_denied(&set->socket_bind_deny) |
				  sockets_denied(&set->socket_connect_deny),
	};

	return filter_compile(&spec, ret, err);
}

/* The words of @list alone, each as if it stood there by itself, by the directive @key of a spec. */
static void each_word(const struct set_list *list, const struct set_list **key,
		      struct filter_spec *spec, struct diag *d)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct set_list one = { .items = &list->items[i], .n = 1, .from = list->from };
		struct verdicts v;
		struct families families;
		unsigned archs;
		struct err e = { 0 };

		*key = &one;
		if (filter_select(spec, &v, &e) < 0 || architectures(spec->archs, &archs, &e) < 0 ||
		    filter_families(spec->families, &families, &e) < 0)
			(void)diag_err(d, &e); /* it is what is asked for */
	}
	*key = NULL;
}

void filter_words(const struct settings *set, struct diag *d)
{
	struct filter_spec spec = { 0 };

	each_word(&set->system_call_filter, &spec.calls, &spec, d);
	each_word(&set->system_call_log, &spec.log, &spec, d);
	each_word(&set->system_call_error_number, &spec.error_number, &spec, d);
	each_word(&set->system_call_architectures, &spec.archs, &spec, d);
	each_word(&set->restrict_address_families, &spec.families, &spec, d);
}

void filter_free(struct filter_prog *prog)
{
	if (prog == NULL)
		return;
	free(prog->insns);
	*prog = (struct filter_prog){ 0 };
}
