/* SPDX-License-Identifier: Apache-2.0 */
/* select.c - SystemCallFilter=, SystemCallLog= and SystemCallErrorNumber=, call by call */
#include "policy/filter/filter_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int filter_err(struct err *err, const struct origin *from, const char *fmt, ...)
{
	char msg[sizeof err->msg];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap); /* cut when too long */
	va_end(ap);
	return err_at(err, from->file, from->line, -EINVAL, "%s", msg);
}

size_t list_first(const struct set_list *list)
{
	for (size_t i = 0; list != NULL && i < list->n; i++)
		if (list->items[i].from.file != NULL)
			return i;
	return 0;
}

/* Does the assignment that item @i is of begin with "~"? */
static bool list_inverted(const struct set_list *list, size_t i)
{
	while (i > 0 && !list->items[i].begins)
		i--;
	return list->items[i].text[0] == '~';
}

bool list_from_start(const struct set_list *list)
{
	return list == NULL || list->n == 0 || list_inverted(list, list_first(list));
}

int list_word(const struct set_list *list, size_t i, const char *key, struct list_word *ret,
	      struct err *err)
{
	const struct set_item *item = &list->items[i];
	const char *s = item->text;
	bool twice = false;

	*ret = (struct list_word){ .deny = list_inverted(list, i), .optional = item->optional };
	for (bool no = false; *s == '~' || *s == '-'; s++) {
		twice = twice || (*s == '~' ? no : ret->optional);
		no = no || *s == '~';
		ret->deny = ret->deny || no;
		ret->optional = ret->optional || *s == '-';
	}
	ret->text = s;
	if (twice)
		return filter_err(err, &item->from,
				  "%s=: '%s' contains '~' or '-' twice; write it once", key,
				  item->text);
	if (*s == '\0' && !(item->begins && strcmp(item->text, "~") == 0)) /* "~ name" */
		return filter_err(
			err, &item->from,
			"%s=: name after '%s' is missing; write the name without a space before it",
			key, item->text);
	return 0;
}

/* One word of a list of calls, taken apart. */
struct word {
	const char *name;
	size_t len;
	bool deny;
	bool optional;
	const char *refusal; /* what follows the colon; NULL: nothing does */
};

static int word_split(const struct set_list *list, size_t i, const char *key, struct word *ret,
		      struct err *err)
{
	struct list_word w;
	const int r = list_word(list, i, key, &w, err);
	const char *colon;

	if (r < 0)
		return r;
	colon = strchr(w.text, ':');
	*ret = (struct word){ .name = w.text,
			      .len = colon != NULL ? (size_t)(colon - w.text) : strlen(w.text),
			      .deny = w.deny,
			      .optional = w.optional,
			      .refusal = colon != NULL ? colon + 1 : NULL };
	return 0;
}

/* glibc knows the names; these are second names of the same numbers. */
static int errno_find(const char *name)
{
	static const struct {
		const char *name;
		int v;
	} twin[] = { { "EWOULDBLOCK", EWOULDBLOCK },
		     { "EDEADLOCK", EDEADLOCK },
		     { "ENOTSUP", ENOTSUP } };

	for (size_t i = 0; i < sizeof twin / sizeof twin[0]; i++)
		if (strcmp(name, twin[i].name) == 0)
			return twin[i].v;
	for (int e = 1; e < 4096; e++) {
		const char *known = strerrorname_np(e);

		if (known != NULL && strcmp(name, known) == 0)
			return e;
	}
	return -ENOENT;
}

int filter_refusal(const char *text, uint32_t *ret)
{
	char *end;
	long e;

	if (strcmp(text, "kill") == 0) {
		*ret = SECCOMP_RET_KILL_PROCESS;
		return 0;
	}
	if (text[0] >= '0' && text[0] <= '9') {
		e = strtol(text, &end, 10);
		if (*end != '\0')
			return -EINVAL;
	} else {
		e = errno_find(text);
	}
	/* an errno of 0 would tell the caller that the call was done */
	if (e < 1 || e > 4095)
		return -EINVAL;
	*ret = RET_ERRNO(e);
	return 0;
}

/* Adds what @w names to @set. */
static int word_expand(const struct word *w, const struct set_item *item, const char *key,
		       struct filter_set *set, struct err *err)
{
	const char *near;
	int id;

	if (w->len == 0)
		return filter_err(err, &item->from, "%s=: '%s' names no system call; add the name",
				  key, item->text);
	if (w->name[0] == '@') {
		id = group_find(w->name, w->len);
		if (id >= 0) {
			group_expand((unsigned)id, set);
			return 0;
		}
	} else {
		id = call_find(w->name, w->len);
		if (id >= 0) {
			set->in[id] = true;
			return 0;
		}
	}
	if (w->optional)
		return 0;
	near = name_nearest(w->name, w->len);
	if (near != NULL)
		return filter_err(
			err, &item->from,
			"%s=: unknown %s '%.*s'; did you mean '%s'? (run 'cordon syscalls' for a list)",
			key, w->name[0] == '@' ? "group" : "system call", (int)w->len, w->name,
			near);
	return filter_err(err, &item->from,
			  "%s=: unknown %s '%.*s'; run 'cordon syscalls' for a list", key,
			  w->name[0] == '@' ? "group" : "system call", (int)w->len, w->name);
}

/* A call that libc tries first and replaces by an older one, if it is told ENOSYS. */
static bool has_fallback(unsigned id)
{
	return id == CALL_clone3 || id == CALL_openat2 || id == CALL_statx ||
	       id == CALL_faccessat2 || id == CALL_fchmodat2;
}

static int error_number(const struct set_list *list, uint32_t *ret, struct err *err)
{
	*ret = RET_ERRNO(EPERM);
	if (list == NULL || list->n == 0)
		return 0;
	if (list->n != 1)
		return filter_err(
			err, &list->items[1].from,
			"SystemCallErrorNumber=: more than one value; write one errno name or kill");
	if (filter_refusal(list->items[0].text, ret) < 0)
		return filter_err(
			err, &list->items[0].from,
			"SystemCallErrorNumber=: invalid errno '%s'; expected a name such as EPERM, or kill",
			list->items[0].text);
	return 0;
}

static void refuse(struct verdicts *v, unsigned id, uint32_t ret, bool own,
		   const struct set_item *by)
{
	if (!own && has_fallback(id) && ret != SECCOMP_RET_KILL_PROCESS)
		ret = RET_ERRNO(ENOSYS);
	v->ret[id] = ret;
	v->by[id] = by;
}

static int select_calls(const struct filter_spec *spec, uint32_t refusal, struct verdicts *v,
			struct err *err)
{
	const struct set_list *list = spec->calls;
	const size_t first = list_first(list);
	const bool from_default = list_from_start(list);
	struct filter_set start = { 0 };

	if (from_default)
		group_expand(GROUP_default_session, &start);
	/* where the rule gives no list of its own */
	if ((from_default || list->items[first].from.file == NULL) &&
	    spec->kernel_logs == KERNEL_LOGS_ALLOWED)
		start.in[CALL_syslog] = true;
	for (unsigned id = 0; id < CALL_N; id++) {
		v->ret[id] = SECCOMP_RET_ALLOW;
		v->by[id] = NULL;
		if (!start.in[id])
			refuse(v, id, refusal, false, NULL);
	}
	for (size_t i = first; list != NULL && i < list->n; i++) {
		const struct set_item *item = &list->items[i];
		struct filter_set named = { 0 };
		uint32_t ret = refusal;
		struct word w;
		int r;

		r = word_split(list, i, "SystemCallFilter", &w, err);
		if (r < 0)
			return r;
		if (w.name[0] == '\0')
			continue; /* "~ name": it has done its work */
		r = word_expand(&w, item, "SystemCallFilter", &named, err);
		if (r < 0)
			return r;
		if (w.refusal != NULL && filter_refusal(w.refusal, &ret) < 0)
			return filter_err(
				err, &item->from,
				"SystemCallFilter=: invalid errno '%s' in '%s'; expected a name such as EPERM, or kill",
				w.refusal, item->text);
		for (unsigned id = 0; id < CALL_N; id++) {
			if (!named.in[id])
				continue;
			if (w.deny || w.refusal != NULL) {
				refuse(v, id, ret, w.refusal != NULL, item);
			} else {
				v->ret[id] = SECCOMP_RET_ALLOW;
				v->by[id] = item;
			}
		}
	}
	if (spec->kernel_logs == KERNEL_LOGS_REFUSED) /* whatever a list says */
		refuse(v, CALL_syslog, refusal, false, NULL);
	if (spec->keep_affinity)
		refuse(v, CALL_sched_setaffinity, refusal, false, NULL);
	if (spec->keep_policy) {
		refuse(v, CALL_sched_setscheduler, refusal, false, NULL);
		refuse(v, CALL_sched_setparam, refusal, false, NULL);
		refuse(v, CALL_sched_setattr, refusal, false, NULL);
	}
	if (spec->keep_io)
		refuse(v, CALL_ioprio_set, refusal, false, NULL);
	return 0;
}

static int select_log(const struct set_list *list, struct verdicts *v, struct err *err)
{
	const size_t first = list_first(list);
	struct filter_set log = { 0 };

	if (list == NULL || list->n == 0)
		return 0;
	if (list_from_start(list))
		group_expand(GROUP_known, &log);
	for (size_t i = first; i < list->n; i++) {
		const struct set_item *item = &list->items[i];
		struct filter_set named = { 0 };
		struct word w;
		int r;

		r = word_split(list, i, "SystemCallLog", &w, err);
		if (r < 0)
			return r;
		if (w.name[0] == '\0')
			continue;
		if (w.refusal != NULL)
			return filter_err(
				err, &item->from,
				"SystemCallLog=: '%s' contains an errno; deny system calls with SystemCallFilter=",
				item->text);
		r = word_expand(&w, item, "SystemCallLog", &named, err);
		if (r < 0)
			return r;
		for (unsigned id = 0; id < CALL_N; id++)
			if (named.in[id])
				log.in[id] = !w.deny;
	}
	for (unsigned id = 0; id < CALL_N; id++)
		if (log.in[id] && v->ret[id] == SECCOMP_RET_ALLOW)
			v->ret[id] = SECCOMP_RET_LOG;
	return 0;
}

int filter_select(const struct filter_spec *spec, struct verdicts *ret, struct err *err)
{
	uint32_t refusal;
	int r;

	r = error_number(spec->error_number, &refusal, err);
	if (r == 0)
		r = select_calls(spec, refusal, ret, err);
	if (r == 0)
		r = select_log(spec->log, ret, err);
	return r;
}
