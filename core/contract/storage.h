/* SPDX-License-Identifier: Apache-2.0 */
/* storage.h - how a value of each type of settings.def is stored */
#ifndef CORDON_CONTRACT_STORAGE_H
#define CORDON_CONTRACT_STORAGE_H

/*
 * NUM   one 64-bit number: booleans, words of a fixed list, modes, sizes, masks
 * PAIR  a soft and a hard limit, and whether a rule gives them
 * LIST  strings in order; a single string is a list of at most one item
 */
#define STORAGE_ACTION		NUM
#define STORAGE_BOOL		NUM
#define STORAGE_PROTECT_SYSTEM	NUM
#define STORAGE_HOME		NUM
#define STORAGE_PRIVATE_USERS	NUM
#define STORAGE_NAMESPACES	NUM /* mask of the CLONE_NEW* flags that stay allowed */
#define STORAGE_CAPS		NUM /* mask, bit n = capability n */
#define STORAGE_MODE		NUM /* octal; MODE_UNSET when not given */
#define STORAGE_NICE		NUM /* NICE_ZERO added */
#define STORAGE_OOM_SCORE	NUM /* OOM_SCORE_ZERO added */
#define STORAGE_CPU_POLICY	NUM
#define STORAGE_CPU_PRIORITY	NUM /* 1..99 */
#define STORAGE_IO_CLASS	NUM
#define STORAGE_IO_PRIORITY	NUM  /* 0..7 */
#define STORAGE_PERSONALITY	NUM  /* personality(2)'s */
#define STORAGE_CPUS		LIST /* words for cpus_parse() */
#define STORAGE_SIZE		NUM  /* bytes */
#define STORAGE_COUNT		NUM  /* from 1 on */
#define STORAGE_MAX_SPAN	NUM  /* microseconds, or LIMIT_INFINITY */
#define STORAGE_MAX_SESSIONS	NUM  /* from 1 on, or LIMIT_INFINITY */
#define STORAGE_STOP_SPAN	NUM  /* microseconds, an hour at most */
#define STORAGE_START_SPAN	NUM  /* the same, from a second on */
#define STORAGE_PROTECT_PROC	NUM
#define STORAGE_PROTECT_CGROUPS NUM
#define STORAGE_PROC_SUBSET	NUM
#define STORAGE_KEYRING_MODE	NUM
#define STORAGE_SUIDSGID	NUM
#define STORAGE_CORE_SCHEDULING NUM
#define STORAGE_GROUP_SIZE	NUM /* a size, GROUP_PERCENT or GROUP_NO_BOUND; words.h */
#define STORAGE_GROUP_SWAP	NUM
#define STORAGE_GROUP_TASKS	NUM
#define STORAGE_GROUP_WEIGHT	NUM
#define STORAGE_CPU_WEIGHT	NUM /* 0: idle */
#define STORAGE_CPU_QUOTA	NUM /* hundredths of a percent of a CPU */
#define STORAGE_SHARE		NUM
#define STORAGE_LIFETIME	NUM
#define STORAGE_RULE_CHANGE	NUM
#define STORAGE_IDLE_SPAN	NUM /* microseconds, or LIMIT_INFINITY */
#define STORAGE_LIMIT		PAIR
#define STORAGE_LIMIT_SIZE	PAIR /* bytes */
#define STORAGE_LIMIT_SEC	PAIR /* seconds */
#define STORAGE_LIMIT_USEC	PAIR /* microseconds */
#define STORAGE_LIMIT_NICE	PAIR /* raw 1..40 */
#define STORAGE_TEXT		LIST /* the rest of the line */
#define STORAGE_PATH		LIST /* one absolute path or none */
#define STORAGE_DIRECTORY	LIST /* the same; a "-" before the path is kept */
#define STORAGE_HOSTNAME	LIST /* one name or none */
#define STORAGE_NAMES		LIST /* words */
#define STORAGE_SERVICES	LIST /* words */
#define STORAGE_VARIABLES	LIST /* globs */
#define STORAGE_FAMILIES	LIST /* words of RestrictAddressFamilies= as written */
#define STORAGE_ARCHS		LIST /* words, each may begin with its own "-" */
#define STORAGE_ENV		LIST /* NAME=VALUE words */
#define STORAGE_PATHS		LIST /* absolute paths, each may begin with its own "-" */
#define STORAGE_BINDS		LIST /* "source[:target[:norbind]]", both absolute */
#define STORAGE_TMPFS		LIST /* "path:options" or "path" */
#define STORAGE_PROTOCOLS	LIST /* words for ports_protocols() */
#define STORAGE_PORTS		LIST /* words for ports_parse() */
#define STORAGE_ADDRESSES	LIST
#define STORAGE_DEVICES		LIST /* lines for device_rule_parse() */
#define STORAGE_NETWORKS	LIST
#define STORAGE_ERRNO_NAME	LIST /* one word */
#define STORAGE_COMMAND		LIST /* one command line or none */
#define STORAGE_HOOKS		LIST /* lines of ExecStartPre= as written */
#define STORAGE_PATTERNS	LIST /* lines of AllowCommands= as written */
#define STORAGE_SYSCALLS	LIST /* the words of SystemCallFilter= as written */

/* STORED(PREFIX_, TYPE) is PREFIX_NUM, PREFIX_PAIR or PREFIX_LIST */
#define STORED__(prefix, storage) prefix##storage
#define STORED_(prefix, storage)  STORED__(prefix, storage)
#define STORED(prefix, type)	  STORED_(prefix, STORAGE_##type)

/*
 * The column PART of settings.def names a part of the plan. IN_SESSION(PART, text) expands to text
 * if the part is SESSION, IN_LOGIN(PART, text) if it is LOGIN; otherwise to nothing.
 */
#define IN_SESSION_SESSION(...) __VA_ARGS__
#define IN_SESSION_LOGIN(...)
#define IN_LOGIN_SESSION(...)
#define IN_LOGIN_LOGIN(...)   __VA_ARGS__
#define IN_SESSION(part, ...) IN_SESSION_##part(__VA_ARGS__)
#define IN_LOGIN(part, ...)   IN_LOGIN_##part(__VA_ARGS__)

#endif
