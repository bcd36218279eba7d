/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - the types behind settings.def: how a value is read, checked, printed */
#ifndef CORDON_POLICY_SETTINGS_TYPES_H
#define CORDON_POLICY_SETTINGS_TYPES_H

#include "base/err.h"
#include "policy/settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_flag {
	TYPE_LINE = 1u << 0,	   /* LIST: the whole value is the one item, nothing is quoted */
	TYPE_ONE = 1u << 1,	   /* LIST: exactly one word */
	TYPE_SPECIFIERS = 1u << 2, /* LIST: %u and its like are replaced by settings_expand() */
	TYPE_PATH = 1u << 3,	   /* LIST: paths: specifiers but %h may not bring a '/' in */
	TYPE_OPTIONAL = 1u << 4,   /* LIST: a word may begin with '-' */
	TYPE_UNSET = 1u << 5,	   /* NUM: an empty value is @unset */
	TYPE_TILDE = 1u << 7,	   /* LIST: "~" alone is the home, %h */
	TYPE_WORDS =
		1u << 6, /* LIST: split into words later: specifiers may bring no blank or quote in */
	TYPE_INVERSE = 1u << 8, /* LIST: "~" before a word takes it away */
};

/**
 * struct word - a word of a fixed list and its value
 */
struct word {
	const char *name;
	uint64_t value;
};

/**
 * struct type - how the values of one TYPE of settings.def are read and printed
 * @syntax:    what to write, for the manual
 * @storage:   decides which of the functions below are used
 * @words:     ended by a NULL name; the first one of a value is how it is printed
 * @parse_num: NUM, and either half of a PAIR: a value; @text may be cut up; fills the message
 *             of @e ("what is wrong; what to write instead") on failure
 * @print_num: NUM and PAIR: the reverse, always terminated
 * @parse_mask: NUM whose rows are APPEND: a list of words with "~"; on entry @v is what stands, and
 *             @first says that no file has given any of it
 * @unset:     NUM: what an empty value stands for, with TYPE_UNSET
 * @check:     LIST: is an item well formed; @text may be normalised in place, never made longer
 * @settle:    LIST: the same once its specifiers are replaced; NULL: nothing to do
 */
struct type {
	const char *name;
	const char *syntax;
	enum storage storage;
	unsigned flags;
	const struct word *words;
	int (*parse_num)(const struct type *t, char *text, uint64_t *ret_v, struct err *e);
	int (*parse_mask)(const struct type *t, char *text, bool first, uint64_t *v, struct err *e);
	void (*print_num)(const struct type *t, uint64_t v, char *buf, size_t size);
	uint64_t unset;
	int (*check)(char *text, struct err *e);
	int (*settle)(char *text, struct err *e);
};

/* The types of settings.def, and those kept ready for directives to come. */
extern const struct type type_PROTECT_CGROUPS, type_PROTECT_PROC, type_PROC_SUBSET,
	type_KEYRING_MODE, type_SUIDSGID, type_BINDS, type_TMPFS;
extern const struct type type_ERRNO_NAME;
extern const struct type type_ACTION, type_BOOL, type_PROTECT_SYSTEM, type_HOME;
extern const struct type type_PRIVATE_USERS, type_NAMESPACES, type_CAPS, type_MODE;
extern const struct type type_SIZE, type_COUNT;
extern const struct type type_LIMIT, type_LIMIT_SIZE, type_LIMIT_SEC, type_LIMIT_USEC;
extern const struct type type_LIMIT_NICE;
extern const struct type type_TEXT, type_PATH, type_DIRECTORY, type_HOSTNAME, type_NAMES, type_ENV,
	type_PATHS;
extern const struct type type_SERVICES, type_VARIABLES, type_FAMILIES, type_ARCHS;
extern const struct type type_SYSCALLS, type_TCP, type_TCP_PORTS;
extern const struct type type_NICE, type_OOM_SCORE, type_CPU_POLICY,
	type_CPU_PRIORITY; /* types_sched.c */
extern const struct type type_IO_CLASS, type_IO_PRIORITY, type_PERSONALITY, type_CPUS;
extern const struct type type_COMMAND, type_PATTERNS; /* commands.c */

/* ---- for the files of the types ---- */

/**
 * type_word_parse - parse_num of every type that is a list of words
 */
int type_word_parse(const struct type *t, char *text, uint64_t *ret_v, struct err *e);

/**
 * type_word_print - print_num of every type that is a list of words
 */
void type_word_print(const struct type *t, uint64_t v, char *buf, size_t size);

/**
 * type_number - a decimal number without a sign
 *
 * Return: 0; -EINVAL when @text doesn't begin with a digit; -ERANGE when it exceeds 64 bits.
 */
int type_number(const char *text, const char **ret_end, uint64_t *ret_v);

/**
 * type_size, type_usec - the values of SIZE and SPAN, "infinity" as LIMIT_INFINITY
 * @unit_usec: what a number without a unit counts, in microseconds
 */
int type_size(const char *text, uint64_t *ret_bytes, struct err *e);
int type_usec(const char *text, uint64_t unit_usec, uint64_t *ret_usec, struct err *e);
void type_size_print(const struct type *t, uint64_t v, char *buf, size_t size);
void type_usec_print(uint64_t usec, char *buf, size_t size);

/**
 * type_bound - type_size() of what bounds a tmpfs: 0, which would be no bound, is refused
 */
int type_bound(const char *text, uint64_t *ret, struct err *e);

/**
 * type_is_variable - is @name one that a variable of the environment can have
 */
bool type_is_variable(const char *name);

/**
 * type_service - may @text be a PAM service, or a glob for some
 *
 * Return: 0; -EINVAL, the message of @e filled.
 */
int type_service(const char *text, struct err *e);

/**
 * type_glob - is every '[' of the glob @text closed
 *
 * Return: 0; -EINVAL, the message of @e filled.
 */
int type_glob(const char *text, struct err *e);

/**
 * type_specifiers - is every '%' in @s that of a specifier
 *
 * Return: 0; -EINVAL, the message of @e filled.
 */
int type_specifiers(const char *s, struct err *e);

/**
 * type_specifier - skip the specifier at @s, which is its '%'
 *
 * Return: 0; -EINVAL, the message of @e filled, when it is none.
 */
int type_specifier(const char *s, struct err *e);

#endif
