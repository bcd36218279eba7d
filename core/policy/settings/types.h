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
	TYPE_LINE = 1u << 0,	   /* LIST: the whole value is one item, without quoting */
	TYPE_ONE = 1u << 1,	   /* LIST: exactly one word */
	TYPE_SPECIFIERS = 1u << 2, /* LIST: settings_expand() replaces specifiers such as %u */
	TYPE_PATH = 1u << 3,	   /* LIST: paths: only the specifier %h may contain a '/' */
	TYPE_OPTIONAL = 1u << 4,   /* LIST: a word may begin with '-' */
	TYPE_UNSET = 1u << 5,	   /* NUM: an empty value is @unset */
	TYPE_TILDE = 1u << 7,	   /* LIST: "~" alone is the home, %h */
	TYPE_WORDS =
		1u << 6, /* LIST: split into words later: specifiers may not contain blanks or quotes */
	TYPE_INVERSE = 1u << 8, /* LIST: "~" before a word removes it */
	TYPE_DEFAULT = 1u << 9, /* LIST: an empty list stands for the default */
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
 * @syntax:    what to write, for messages ("expected ...")
 * @storage:   decides which of the functions below are used
 * @words:     ends with a NULL name; of several words for a value the first is printed
 * @parse_num: NUM, and each half of a PAIR: parse a value; may split @text; on failure fills the
 *             message of @e ("problem; remedy")
 * @print_num: NUM and PAIR: print a value, always terminated
 * @parse_mask: NUM with APPEND rows: parse a list of words with "~"; on entry @v is the value so far,
 *             and @first means that it is the default
 * @unset:     NUM: the value of an empty assignment, with TYPE_UNSET
 * @check:     LIST: check an item; may normalize @text in place, never makes it longer
 * @settle:    LIST: check an item after its specifiers are replaced; NULL: no check
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

/* The types that rows of settings.def can have. */
extern const struct type type_PROTECT_CGROUPS, type_PROTECT_PROC, type_PROC_SUBSET,
	type_KEYRING_MODE, type_SUIDSGID, type_BINDS, type_TMPFS;
extern const struct type type_ERRNO_NAME, type_HOOKS, type_START_SPAN;
extern const struct type type_DEVICES; /* types_device.c */
extern const struct type type_ACTION, type_BOOL, type_PROTECT_SYSTEM, type_HOME;
extern const struct type type_PRIVATE_USERS, type_NAMESPACES, type_CAPS, type_MODE;
extern const struct type type_SIZE, type_COUNT;
extern const struct type type_LIMIT, type_LIMIT_SIZE, type_LIMIT_SEC, type_LIMIT_USEC;
extern const struct type type_LIMIT_NICE;
extern const struct type type_TEXT, type_PATH, type_DIRECTORY, type_HOSTNAME, type_NAMES, type_ENV,
	type_PATHS;
extern const struct type type_SERVICES, type_VARIABLES, type_FAMILIES, type_ARCHS;
extern const struct type type_SYSCALLS, type_PROTOCOLS, type_PORTS, type_ADDRESSES, type_NETWORKS;
extern const struct type type_NICE, type_OOM_SCORE, type_CPU_POLICY,
	type_CPU_PRIORITY; /* types_sched.c */
extern const struct type type_IO_CLASS, type_IO_PRIORITY, type_PERSONALITY, type_CPUS,
	type_CORE_SCHEDULING;
extern const struct type type_GROUP_SIZE, type_GROUP_SWAP, type_GROUP_TASKS, type_GROUP_WEIGHT,
	type_CPU_WEIGHT, type_CPU_QUOTA, type_SHARE;			   /* types_group.c */
extern const struct type type_LIFETIME, type_RULE_CHANGE, type_IDLE_SPAN;  /* types_place.c */
extern const struct type type_STOP_SPAN, type_MAX_SPAN, type_MAX_SESSIONS; /* types_time.c */
extern const struct type type_COMMAND, type_PATTERNS;			   /* commands.c */

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
 * type_number - parse the decimal number without a sign at the beginning of @text
 * @ret_end: the first character after the number
 *
 * Return: 0; -EINVAL: @text does not begin with a digit; -ERANGE: more than 64 bits.
 */
int type_number(const char *text, const char **ret_end, uint64_t *ret_v);

/**
 * type_size, type_usec - parse a size in bytes, or a time span in microseconds
 * @unit_usec: the unit of a number without a unit, in microseconds
 *
 * "infinity" is LIMIT_INFINITY.
 * Return: 0; -EINVAL with the message of @e filled.
 */
int type_size(const char *text, uint64_t *ret_bytes, struct err *e);
int type_usec(const char *text, uint64_t unit_usec, uint64_t *ret_usec, struct err *e);
void type_size_print(const struct type *t, uint64_t v, char *buf, size_t size);
void type_usec_print(uint64_t usec, char *buf, size_t size);

/**
 * type_bound - parse a size that limits a tmpfs; 0 is refused, because it means no limit there
 */
int type_bound(const char *text, uint64_t *ret, struct err *e);

/**
 * type_is_variable - is @name a valid name of an environment variable
 */
bool type_is_variable(const char *name);

/**
 * type_service - is @text a valid name of a PAM service, or a glob for such names
 *
 * Return: 0; -EINVAL, the message of @e filled.
 */
int type_service(const char *text, struct err *e);

/**
 * type_service_past_session - does the service @name serve accounts outside of a session
 *
 * No rule may name such a service in Services=.
 */
bool type_service_past_session(const char *name);

/**
 * type_glob - is every '[' in the glob @text closed
 *
 * Return: 0; -EINVAL, the message of @e filled.
 */
int type_glob(const char *text, struct err *e);

/**
 * type_specifiers - does every '%' in @s begin a specifier
 *
 * Return: 0; -EINVAL, the message of @e filled.
 */
int type_specifiers(const char *s, struct err *e);

/**
 * type_specifier - does the '%' at @s begin a specifier
 *
 * Return: 0; -EINVAL, the message of @e filled.
 */
int type_specifier(const char *s, struct err *e);

#endif
