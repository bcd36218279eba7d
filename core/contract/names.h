/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - questions to cordon-names, the program that asks the name service for cordon-login
 *
 * cordon-login is static, and the name service of libc is shared objects that nsswitch.conf(5) names.
 * cordon-names gets struct names_request on standard input and writes struct names_answer, with its
 * @size bytes behind it, to standard output, until standard input ends.
 */
#ifndef CORDON_CONTRACT_NAMES_H
#define CORDON_CONTRACT_NAMES_H

#include <stdint.h>

#define NAMES_MAGIC 0x6e616d31u

enum names_kind {
	NAMES_USER = 1, /* answer: gid, then "name", "home" and "shell", each with its NUL */
	NAMES_GROUP,	/* answer: "name" with its NUL */
	NAMES_GROUPS,	/* of the user @name, whose primary group is @id; answer: array of gid_t */
	NAMES_NETGROUP, /* is the user @name in the netgroup @other; answer: nothing */
};

enum { NAMES_TEXT_MAX = 1024, NAMES_ANSWER_MAX = 1 << 20 };

/**
 * struct names_request - one question
 * @by_id: of NAMES_USER and NAMES_GROUP: look @id up, not @name
 * @name:  terminated
 */
struct names_request {
	uint32_t magic, kind, by_id, id;
	char name[NAMES_TEXT_MAX];
	char other[NAMES_TEXT_MAX];
};

/**
 * struct names_answer - the head of an answer
 * @code: 1: found, or yes; 0: no such, or no; -errno: the name service cannot answer
 * @id:   the uid or gid that was found; of NAMES_GROUPS the number of groups
 * @size: bytes behind this head, NAMES_ANSWER_MAX at most; 0 unless @code is 1
 */
struct names_answer {
	uint32_t magic;
	int32_t code;
	uint32_t id, gid, size;
};

#endif
