/* SPDX-License-Identifier: Apache-2.0 */
/* filter_int.h - between the parts of the filter compiler, and for its tests */
#ifndef CORDON_POLICY_FILTER_FILTER_INT_H
#define CORDON_POLICY_FILTER_FILTER_INT_H

#include "policy/filter/filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* Every call has a number of our own; -1 none. Groups follow the calls in `members`. */
enum call_id {
#define CALL(name, x86_64, x32, i386, arm64) CALL_##name,
#include "policy/filter/calls.def"
#undef CALL
	CALL_N
};

enum group_id {
#define GROUP(id, name, help, members) GROUP_##id,
#include "policy/filter/groups.def"
#undef GROUP
	GROUP_known, /* made from the table of calls: "@known" and "@unrestricted" */
	GROUP_unrestricted,
	GROUP_N
};

enum filter_arch { ARCH_X86_64, ARCH_X32, ARCH_I386, ARCH_ARM64, ARCH_N };

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH_NATIVE  ARCH_X86_64
#define AUDIT_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCH_NATIVE  ARCH_ARM64
#define AUDIT_NATIVE AUDIT_ARCH_AARCH64
#else
#error "the filter knows x86-64 and little-endian arm64 only"
#endif

#define X32_BIT 0x40000000u

struct filter_set {
	bool in[CALL_N];
};

/* calls: names, groups, what is hot */
const char *call_name(unsigned id);
int call_nr(unsigned id, enum filter_arch arch);
int call_find(const char *name, size_t len);		   /* id; -ENOENT */
int group_find(const char *name, size_t len);		   /* id, with or without "@"; -ENOENT */
const char *name_nearest(const char *name, size_t len);	   /* a call or group; NULL: none is near */
void group_expand(unsigned group, struct filter_set *set); /* adds to @set */
extern const uint16_t filter_hot[];
extern const size_t filter_hot_n;

/**
 * struct verdicts - what becomes of each call, before its arguments are looked at
 * @ret: SECCOMP_RET_*
 * @by:  the item of SystemCallFilter= that decided, NULL for none
 */
struct verdicts {
	uint32_t ret[CALL_N];
	const struct set_item *by[CALL_N];
};

/**
 * filter_select - the name lists of @spec, decided call by call
 */
int filter_select(const struct filter_spec *spec, struct verdicts *ret, struct err *err);

/* parse "EPERM", "1" or "kill" to what a refused call returns */
int filter_refusal(const char *text, uint32_t *ret);

/* the item's own place, or the place of nothing */
int filter_err(struct err *err, const struct origin *from, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* the first item of @list that counts: defaults do not when a file gave any */
size_t list_first(const struct set_list *list);

/**
 * list_from_start - does the list begin with what the directive begins with, and not empty
 *
 * It does where nothing is given, and where the first word that a file gives has "~".
 */
bool list_from_start(const struct set_list *list);

/**
 * struct list_word - a word of a list that knows "~", without its marks
 * @text: "" of a "~" that stands alone before the words of its assignment
 * @deny: it takes away; a "~" first in an assignment holds for all its words
 */
struct list_word {
	const char *text;
	bool deny, optional;
};

/**
 * list_word - the word @i of @list, for the directive @key
 *
 * Return: 0; -EINVAL with @err filled, of a word that has a mark twice or nothing else.
 */
int list_word(const struct set_list *list, size_t i, const char *key, struct list_word *ret,
	      struct err *err);

enum { FAMILY_MAX = 64, CLAUSE_MAX = FAMILY_MAX + 8 };

/* A test of the low 32 bits of an argument: (arg & mask) == value; or, with any, & mask != 0. */
struct arg_test {
	uint32_t mask, value;
	uint8_t arg;
	bool any;
};

/* When all tests hold, the answer is ret; PASS is what the call's verdict was. */
struct clause {
	struct arg_test test[2];
	uint8_t n;
	uint32_t ret;
};
#define PASS UINT32_MAX

/**
 * struct check - a check of arguments: the first clause that holds answers, else @otherwise
 */
struct check {
	struct clause clause[CLAUSE_MAX];
	size_t n;
	uint32_t otherwise;
};

/* The @n families allowed; with @any, all but these are. */
struct families {
	uint32_t v[FAMILY_MAX];
	size_t n;
	bool any;
};
int filter_families(const struct set_list *list, struct families *ret, struct err *err);

/**
 * filter_check - what the directives demand of @call's arguments on @arch
 * @verdict: what the name lists say; made a refusal when no argument could change it
 * @ret:     the check, when the result is true
 */
bool filter_check(const struct filter_spec *spec, const struct families *families, unsigned call,
		  enum filter_arch arch, uint32_t *verdict, struct check *ret);

/**
 * filter_generate - the program for @v on the architectures in @archs (bit n: arch n)
 */
int filter_generate(const struct filter_spec *spec, const struct families *families,
		    const struct verdicts *v, unsigned archs, struct filter_prog *ret,
		    struct err *err);

static inline bool ret_allows(uint32_t ret)
{
	return ret == SECCOMP_RET_ALLOW || ret == SECCOMP_RET_LOG;
}

#define RET_ERRNO(e) (SECCOMP_RET_ERRNO | (uint32_t)(e))

#endif
