/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - see filter.h */
#include "policy/filter/filter.h"

#include "base/cleanup.h"
#include "contract/filter.h"
#include "contract/log.h"
#include "contract/places.h"
#include "contract/words.h"
#include "policy/filter/ask.h"
#include "policy/filter/kept.h"
#include "policy/settings/sockets.h"
#include "policy/text/diag.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static const char installed[] = CORDON_LIBEXECDIR "/cordon-filter";
static char beside[PATH_MAX]; /* "" for the one that is installed */

void filter_beside(const char *dir)
{
	(void)snprintf(beside, sizeof beside, "%s/cordon-filter", dir); /* cut: it is not found */
}

const char *filter_helper(void)
{
	return beside[0] != '\0' ? beside : installed;
}

/* ---- the request ---- */

/* By enum filter_list. */
struct lists {
	const struct set_list *list[FILTER_LISTS];
};

static struct lists lists_of(const struct settings *set)
{
	return (struct lists){ .list = {
				       [FILTER_CALLS] = &set->system_call_filter,
				       [FILTER_LOG] = &set->system_call_log,
				       [FILTER_ARCHS] = &set->system_call_architectures,
				       [FILTER_FAMILIES] = &set->restrict_address_families,
				       [FILTER_ERROR_NUMBER] = &set->system_call_error_number,
			       } };
}

static uint32_t flags_of(const struct settings *set)
{
	const unsigned ports = sockets_denied(&set->socket_bind_deny) |
			       sockets_denied(&set->socket_connect_deny);
	uint32_t flags = 0;

	if (set->lock_personality.v != 0)
		flags |= FILTER_LOCK_PERSONALITY;
	if (set->memory_deny_write_execute.v != 0)
		flags |= FILTER_DENY_WRITE_EXECUTE;
	flags |= set->protect_kernel_logs.v != 0 ? FILTER_KERNEL_LOGS_REFUSED :
						   FILTER_KERNEL_LOGS_ALLOWED;
	if (set->cpu_affinity.n > 0)
		flags |= FILTER_KEEP_AFFINITY;
	if (set->cpu_scheduling_policy.v != NUM_UNSET)
		flags |= FILTER_KEEP_POLICY;
	if (set->io_scheduling_class.v != NUM_UNSET || set->io_scheduling_priority.v != NUM_UNSET)
		flags |= FILTER_KEEP_IO;
	if (set->core_scheduling.v != CORE_SCHEDULING_NO)
		flags |= FILTER_KEEP_CORE;
	if (set->restrict_realtime.v != 0)
		flags |= FILTER_RESTRICT_REALTIME;
	if (set->private_pids.v != 0)
		flags |= FILTER_OWN_PIDS;
	if ((ports & PORTS_TCP) != 0)
		flags |= FILTER_RESTRICT_TCP;
	if ((ports & PORTS_UDP) != 0)
		flags |= FILTER_RESTRICT_UDP;
	return flags;
}

static struct filter_word word_of(const struct set_item *item)
{
	return (struct filter_word){ .text = item->text,
				     .flags = (item->optional ? WORD_OPTIONAL : 0u) |
					      (item->begins ? WORD_BEGINS : 0u) |
					      (item->from.file != NULL ? WORD_GIVEN : 0u) };
}

/* The lists do not depend on each other where only their words are asked for, nor on the flags. */
static int request_of(const struct settings *set, enum filter_mode mode, struct filter_request **ret)
{
	const struct lists lists = lists_of(set);
	cleanup_free struct filter_word *words = NULL;
	struct filter_spec spec = { 0 };
	size_t n = 0;

	for (unsigned l = 0; l < FILTER_LISTS; l++)
		n += lists.list[l]->n;
	words = calloc(n + 1, sizeof *words);
	if (words == NULL)
		return -ENOMEM;
	n = 0;
	for (unsigned l = 0; l < FILTER_LISTS; l++) {
		spec.list[l] = (struct filter_words){ .v = &words[n], .n = lists.list[l]->n };
		for (size_t i = 0; i < lists.list[l]->n; i++)
			words[n++] = word_of(&lists.list[l]->items[i]);
	}
	if (mode == FILTER_PROGRAM) {
		spec.ns_allowed = set->restrict_namespaces.v;
		spec.flags = flags_of(set);
		spec.restrict_suidsgid = (uint32_t)set->restrict_suidsgid.v;
	}
	return filter_pack(&spec, mode, ret);
}

/* ---- the answer ---- */

/* The line of the rule that @e speaks of. */
static struct origin origin_of(const struct lists *lists, const struct filter_error *e)
{
	const struct set_list *list = e->list < FILTER_LISTS ? lists->list[e->list] : NULL;

	if (list == NULL)
		return (struct origin){ 0 };
	return e->word < list->n ? list->items[e->word].from : list->from;
}

static int error_of(const struct settings *set, const struct filter_answer *a, uint32_t i,
		    struct err *err)
{
	const struct lists lists = lists_of(set);
	const struct filter_error *e = (const struct filter_error *)(const void *)(a + 1) + i;
	const struct origin from = origin_of(&lists, e);

	return err_at(err, from.file, from.line, a->code, "%s", e->msg);
}

static struct kept host_kept(void)
{
	return (struct kept){
		.parent = KEPT_PARENT, .name = KEPT_FILTERS, .owner = 0, .program = installed
	};
}

/* What was answered by a program that is not installed is not to be used by a login. */
static bool may_keep(void)
{
	return beside[0] == '\0';
}

/* The request for @set; an error has a text. */
static int request_or_err(const struct settings *set, enum filter_mode mode,
			  struct filter_request **ret, struct err *err)
{
	const int r = request_of(set, mode, ret);

	if (r == -E2BIG)
		return err_set(err, r, "the lists of system calls are too long; shorten them");
	if (r < 0)
		return err_set(err, r, "the filter cannot be asked for: %s", strerror(-r));
	return 0;
}

/* The answer to what the program of @set is: kept, or from cordon-filter. */
static int answer_program(const struct settings *set, struct filter_answer **ret, struct err *err)
{
	const struct kept kept = host_kept();
	cleanup_free struct filter_request *request = NULL;
	int r = request_or_err(set, FILTER_PROGRAM, &request, err);

	if (r < 0)
		return r;
	if (may_keep() && kept_find(&kept, request, ret) == 0)
		return 0;
	r = ask_filter(filter_helper(), request, ret, err);
	if (r < 0 || (*ret)->code < 0 || !may_keep() || geteuid() != 0)
		return r;
	r = kept_store(&kept, request, *ret);
	if (r < 0) /* the next login asks again */
		log_event(LOG_DEBUG, "keep-filter",
			  log_fields(log_text("object", KEPT_PARENT "/" KEPT_FILTERS),
				     log_word("errno", err_name(-r))));
	return 0;
}

int filter_emit(const struct settings *set, struct filter_prog *ret, struct err *err)
{
	cleanup_free struct filter_answer *a = NULL;
	int r = answer_program(set, &a, err);
	struct sock_filter *insns;

	if (r < 0)
		return r;
	if (a->code < 0)
		return error_of(set, a, 0, err);
	/* without a program, or with one that the kernel refuses, nothing would be filtered */
	if (a->n_insns == 0 || a->n_insns > BPF_MAXINSNS)
		return err_at(err, filter_helper(), 0, -EPROTO,
			      "gave a program of %u instructions; install cordon again", a->n_insns);
	insns = malloc(a->n_insns * sizeof *insns);
	if (insns == NULL)
		return err_set(err, -ENOMEM, "the filter cannot be stored: %s", strerror(ENOMEM));
	memcpy(insns, a + 1, a->n_insns * sizeof *insns);
	*ret = (struct filter_prog){ .insns = insns, .n = a->n_insns };
	return 0;
}

void filter_free(struct filter_prog *prog)
{
	if (prog == NULL)
		return;
	free(prog->insns);
	*prog = (struct filter_prog){ 0 };
}

/* A list of which a program was made has no wrong word. */
static bool is_kept(const struct settings *set)
{
	const struct kept kept = host_kept();
	cleanup_free struct filter_request *request = NULL;
	cleanup_free struct filter_answer *a = NULL;

	return may_keep() && request_of(set, FILTER_PROGRAM, &request) == 0 &&
	       kept_find(&kept, request, &a) == 0;
}

/* The words of the defaults are right. */
static bool any_given(const struct settings *set)
{
	const struct lists lists = lists_of(set);

	for (unsigned l = 0; l < FILTER_LISTS; l++)
		for (size_t i = 0; i < lists.list[l]->n; i++)
			if (lists.list[l]->items[i].from.file != NULL)
				return true;
	return false;
}

void filter_words(const struct settings *set, struct diag *d)
{
	cleanup_free struct filter_request *request = NULL;
	cleanup_free struct filter_answer *a = NULL;
	struct err e = { 0 };

	if (!any_given(set) || is_kept(set))
		return;
	if (request_or_err(set, FILTER_WORDS, &request, &e) < 0 ||
	    ask_filter(filter_helper(), request, &a, &e) < 0) {
		(void)diag_err(d, &e); /* it is what is asked for */
		return;
	}
	for (uint32_t i = 0; i < a->n_errors; i++) {
		(void)error_of(set, a, i, &e); /* fills @e */
		(void)diag_err(d, &e);	       /* it is what is asked for */
	}
}

int filter_usable(struct err *err)
{
	const struct filter_spec none = { 0 };
	cleanup_free struct filter_request *request = NULL;
	cleanup_free struct filter_answer *a = NULL;
	const int r = filter_pack(&none, FILTER_WORDS, &request);

	if (r < 0)
		return err_set(err, r, "the filter cannot be asked for: %s", strerror(-r));
	return ask_filter(filter_helper(), request, &a, err);
}

int filter_call_name(int nr, char *buf, size_t size)
{
	static char name[] = "cordon-filter", option[] = "--name";
	char number[16];
	char *const argv[] = { name, option, number, NULL };
	int r;

	(void)snprintf(number, sizeof number, "%d", nr); /* fits */
	r = ask_output(filter_helper(), argv, buf, size);
	if (r == 0)
		buf[strcspn(buf, "\n")] = '\0';
	return r == 0 && buf[0] == '\0' ? -ENOENT : r;
}
