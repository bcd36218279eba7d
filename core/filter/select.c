/* SPDX-License-Identifier: Apache-2.0 */
/* select.c - SystemCallFilter=, SystemCallLog= and SystemCallErrorNumber=, call by call */
#include "filter/filter.h"

#include "base/cleanup.h"
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int filter_err(struct filter_error *err, enum filter_list list, size_t word, const char *fmt, ...)
{
	va_list ap;

	*err = (struct filter_error){ .list = list, .word = (uint32_t)word };
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof err->msg, fmt, ap); /* cut when too long */
	va_end(ap);
	return -EINVAL;
}

int filter_comma(enum filter_list which, size_t i, const char *key, const char *text,
		 struct filter_error *err)
{
	if (strchr(text, ',') == NULL)
		return 0;
	return filter_err(err, which, i, "%s=: '%s' contains ','; separate values with spaces", key,
			  text);
}

size_t list_first(const struct filter_words *list)
{
	for (size_t i = 0; i < list->n; i++)
		if ((list->v[i].flags & WORD_GIVEN) != 0)
			return i;
	return 0;
}

/* Does the assignment that word @i is of begin with "~"? */
static bool list_inverted(const struct filter_words *list, size_t i)
{
	while (i > 0 && (list->v[i].flags & WORD_BEGINS) == 0)
		i--;
	return list->v[i].text[0] == '~';
}

bool list_from_start(const struct filter_words *list)
{
	return list->n == 0 || list_inverted(list, list_first(list));
}

int list_word(const struct filter_spec *spec, enum filter_list which, size_t i, const char *key,
	      struct list_word *ret, struct filter_error *err)
{
	const struct filter_words *list = &spec->list[which];
	const struct filter_word *word = &list->v[i];
	const char *s = word->text;
	bool twice = false;

	*ret = (struct list_word){ .deny = list_inverted(list, i),
				   .optional = (word->flags & WORD_OPTIONAL) != 0 };
	for (bool no = false; *s == '~' || *s == '-'; s++) {
		twice = twice || (*s == '~' ? no : ret->optional);
		no = no || *s == '~';
		ret->deny = ret->deny || no;
		ret->optional = ret->optional || *s == '-';
	}
	ret->text = s;
	if (filter_comma(which, i, key, word->text, err) < 0)
		return -EINVAL;
	if (twice)
		return filter_err(err, which, i,
				  "%s=: '%s' contains '~' or '-' twice; write it once", key,
				  word->text);
	if (*s == '\0' &&
	    !((word->flags & WORD_BEGINS) != 0 && strcmp(word->text, "~") == 0)) /* "~ name" */
		return filter_err(
			err, which, i,
			"%s=: name after '%s' is missing; write the name without a space before it",
			key, word->text);
	return 0;
}

/* A word of a list of calls, taken apart. */
struct word {
	const char *name;
	size_t len;
	bool deny;
	bool optional;
	const char *refusal; /* what follows the colon; NULL: nothing does */
};

static int word_split(const struct filter_spec *spec, enum filter_list which, size_t i,
		      const char *key, struct word *ret, struct filter_error *err)
{
	struct list_word w;
	const int r = list_word(spec, which, i, key, &w, err);
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

/* These are second names of the same numbers. */
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
	for (int e = 1; e < 4096; e++)
		if (strcmp(name, err_name(e)) == 0)
			return e;
	return -ENOENT;
}

enum { ERRNO_MAX = 4094 }; /* libseccomp refuses 4095, the last one of the kernel */

/* "EPERM", "1" or "kill" as what a refused call returns */
static int refusal_parse(const char *text, uint32_t *ret)
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
	if (e < 1 || e > ERRNO_MAX)
		return -EINVAL;
	*ret = RET_ERRNO(e);
	return 0;
}

static int unknown_name(const struct word *w, enum filter_list which, size_t i, const char *key,
			struct filter_error *err)
{
	const char *what = w->name[0] == '@' ? "group" : "system call";
	cleanup_free char *name = strndup(w->name, w->len);
	const char *near = name != NULL ? name_nearest(name) : NULL;

	if (near != NULL)
		return filter_err(
			err, which, i,
			"%s=: unknown %s '%s'; did you mean '%s'? (run 'cordon syscalls' for a list)",
			key, what, name, near);
	return filter_err(err, which, i, "%s=: unknown %s '%.*s'; run 'cordon syscalls' for a list",
			  key, what, (int)w->len, w->name);
}

/* Adds what @w names to @set. */
static int word_expand(const struct word *w, const struct filter_spec *spec, enum filter_list which,
		       size_t i, const char *key, struct filter_set *set, struct filter_error *err)
{
	const struct group *group = group_find(w->name, w->len);
	const int id = call_find(w->name, w->len);

	if (w->len == 0)
		return filter_err(err, which, i, "%s=: '%s' names no system call; add the name",
				  key, spec->list[which].v[i].text);
	if (group != NULL)
		group_expand(group, set);
	else if (id >= 0)
		set->in[id] = true;
	else if (!w->optional)
		return unknown_name(w, which, i, key, err);
	return 0;
}

static int error_number(const struct filter_spec *spec, uint32_t *ret, struct filter_error *err)
{
	const struct filter_words *list = &spec->list[FILTER_ERROR_NUMBER];

	*ret = RET_ERRNO(EPERM);
	if (list->n == 0)
		return 0;
	if (list->n != 1)
		return filter_err(
			err, FILTER_ERROR_NUMBER, 1,
			"SystemCallErrorNumber=: more than one value; write one errno name or kill");
	if (refusal_parse(list->v[0].text, ret) < 0)
		return filter_err(
			err, FILTER_ERROR_NUMBER, 0,
			"SystemCallErrorNumber=: invalid errno '%s'; expected a name such as EPERM, or kill",
			list->v[0].text);
	return 0;
}

/* @own: the errno is the word's own, and stays even for calls that libc replaces on ENOSYS. */
static void refuse(struct verdicts *v, size_t id, uint32_t ret, bool own, size_t by)
{
	if (!own && ret != SECCOMP_RET_KILL_PROCESS &&
	    call_is(id, "clone3 openat2 statx faccessat2 fchmodat2"))
		ret = RET_ERRNO(ENOSYS);
	v->ret[id] = ret;
	v->by[id] = (uint32_t)by;
}

/* Refuse the calls of @names whatever the lists say. */
static void refuse_all(struct verdicts *v, const char *names, uint32_t ret)
{
	for (size_t id = 0; id < calls_n(); id++)
		if (call_is(id, names))
			refuse(v, id, ret, false, FILTER_WHOLE_LIST);
}

static int select_word(const struct filter_spec *spec, size_t i, uint32_t refusal,
		       struct verdicts *v, struct filter_error *err)
{
	const char *key = "SystemCallFilter";
	struct filter_set named = { 0 };
	struct word w;
	int r = word_split(spec, FILTER_CALLS, i, key, &w, err);

	if (r < 0 || w.name[0] == '\0')
		return r; /* "~ name": it has done its work */
	r = word_expand(&w, spec, FILTER_CALLS, i, key, &named, err);
	if (r < 0)
		return r;
	if (w.refusal != NULL && refusal_parse(w.refusal, &refusal) < 0)
		return filter_err(
			err, FILTER_CALLS, i,
			"SystemCallFilter=: invalid errno '%s' in '%s'; expected a name such as EPERM, or kill",
			w.refusal, spec->list[FILTER_CALLS].v[i].text);
	for (size_t id = 0; id < calls_n(); id++) {
		if (!named.in[id])
			continue;
		if (w.deny || w.refusal != NULL) {
			refuse(v, id, refusal, w.refusal != NULL, i);
		} else {
			v->ret[id] = SECCOMP_RET_ALLOW;
			v->by[id] = (uint32_t)i;
		}
	}
	return 0;
}

static int select_calls(const struct filter_spec *spec, uint32_t refusal, struct verdicts *v,
			struct filter_error *err)
{
	const struct filter_words *list = &spec->list[FILTER_CALLS];
	const size_t first = list_first(list);
	const bool from_default = list_from_start(list);
	const bool given = list->n > 0 && (list->v[first].flags & WORD_GIVEN) != 0;
	struct filter_set start = { 0 };

	if (from_default)
		group_expand(group_find("@default-session", strlen("@default-session")), &start);
	/* where the rule gives no list of its own */
	if ((from_default || !given) && (spec->flags & FILTER_KERNEL_LOGS_ALLOWED) != 0)
		start.in[call_find("syslog", strlen("syslog"))] = true;
	for (size_t id = 0; id < calls_n(); id++) {
		v->ret[id] = SECCOMP_RET_ALLOW;
		v->by[id] = FILTER_WHOLE_LIST;
		if (!start.in[id])
			refuse(v, id, refusal, false, FILTER_WHOLE_LIST);
	}
	for (size_t i = first; i < list->n; i++) {
		const int r = select_word(spec, i, refusal, v, err);

		if (r < 0)
			return r;
	}
	if ((spec->flags & FILTER_KERNEL_LOGS_REFUSED) != 0)
		refuse_all(v, "syslog", refusal);
	if ((spec->flags & FILTER_KEEP_AFFINITY) != 0)
		refuse_all(v, "sched_setaffinity", refusal);
	if ((spec->flags & FILTER_KEEP_POLICY) != 0)
		refuse_all(v, "sched_setscheduler sched_setparam sched_setattr", refusal);
	if ((spec->flags & FILTER_KEEP_IO) != 0)
		refuse_all(v, "ioprio_set", refusal);
	return 0;
}

static int select_log(const struct filter_spec *spec, struct verdicts *v, struct filter_error *err)
{
	const struct filter_words *list = &spec->list[FILTER_LOG];
	struct filter_set log = { 0 };

	if (list->n == 0)
		return 0;
	if (list_from_start(list))
		memset(log.in, true, sizeof log.in);
	for (size_t i = list_first(list); i < list->n; i++) {
		struct filter_set named = { 0 };
		struct word w;
		int r = word_split(spec, FILTER_LOG, i, "SystemCallLog", &w, err);

		if (r < 0)
			return r;
		if (w.name[0] == '\0')
			continue;
		if (w.refusal != NULL)
			return filter_err(
				err, FILTER_LOG, i,
				"SystemCallLog=: '%s' contains an errno; deny system calls with SystemCallFilter=",
				list->v[i].text);
		r = word_expand(&w, spec, FILTER_LOG, i, "SystemCallLog", &named, err);
		if (r < 0)
			return r;
		for (size_t id = 0; id < calls_n(); id++)
			if (named.in[id])
				log.in[id] = !w.deny;
	}
	for (size_t id = 0; id < calls_n(); id++)
		if (log.in[id] && v->ret[id] == SECCOMP_RET_ALLOW)
			v->ret[id] = SECCOMP_RET_LOG;
	return 0;
}

int filter_select(const struct filter_spec *spec, struct verdicts *ret, struct filter_error *err)
{
	uint32_t refusal;
	int r = error_number(spec, &refusal, err);

	if (r == 0)
		r = select_calls(spec, refusal, ret, err);
	return r == 0 ? select_log(spec, ret, err) : r;
}
