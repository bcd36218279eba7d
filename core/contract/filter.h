/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - what a system-call filter is made from, and what passes to and from cordon-filter
 *
 * A login does not compile its filter. It packs the directives into a request; the bytes of the
 * request are the key of the filters that are kept below /run/cordon. When the filter is not
 * there, cordon-filter gets the request on standard input and writes the answer to standard output.
 */
#ifndef CORDON_CONTRACT_FILTER_H
#define CORDON_CONTRACT_FILTER_H

#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/**
 * struct filter_prog - a program for seccomp(2) SECCOMP_SET_MODE_FILTER
 * @insns: @n instructions, the holder's to free(3)
 */
struct filter_prog {
	struct sock_filter *insns;
	size_t n;
};

/* The directives that are lists of words. */
enum filter_list {
	FILTER_CALLS,	     /* SystemCallFilter= */
	FILTER_LOG,	     /* SystemCallLog= */
	FILTER_ARCHS,	     /* SystemCallArchitectures= */
	FILTER_FAMILIES,     /* RestrictAddressFamilies= */
	FILTER_ERROR_NUMBER, /* SystemCallErrorNumber= */
	FILTER_LISTS
};

enum filter_word_flag {
	WORD_OPTIONAL = 1u << 0, /* the rule has a leading "-", which the text does not have */
	WORD_BEGINS = 1u << 1,	 /* first of its assignment: a "~" here applies to all its words */
	WORD_GIVEN = 1u << 2,	 /* a file has it; without the flag, the word is a default */
};

/**
 * struct filter_word - a word of a list, as the rule has it
 * @flags: enum filter_word_flag
 */
struct filter_word {
	const char *text;
	uint32_t flags;
};

struct filter_words {
	const struct filter_word *v;
	size_t n;
};

enum filter_flag {
	FILTER_LOCK_PERSONALITY = 1u << 0,
	FILTER_DENY_WRITE_EXECUTE = 1u << 1,  /* MemoryDenyWriteExecute= */
	FILTER_KERNEL_LOGS_REFUSED = 1u << 2, /* ProtectKernelLogs=yes: no syslog(2) */
	FILTER_KERNEL_LOGS_ALLOWED = 1u << 3, /* ProtectKernelLogs=no: syslog(2) is a default */
	FILTER_KEEP_AFFINITY = 1u << 4,	      /* CPUAffinity= */
	FILTER_KEEP_POLICY = 1u << 5,	      /* CPUSchedulingPolicy=, CPUSchedulingPriority= */
	FILTER_KEEP_IO = 1u << 6,	      /* IOSchedulingClass=, IOSchedulingPriority= */
	FILTER_RESTRICT_REALTIME = 1u << 7,
	FILTER_OWN_PIDS = 1u << 8,     /* PrivatePIDs= */
	FILTER_RESTRICT_TCP = 1u << 9, /* SocketBindDeny=, SocketConnectDeny= */
	FILTER_RESTRICT_UDP = 1u << 10,
	FILTER_KEEP_CORE = 1u << 11, /* CoreScheduling= */
	FILTER_RESTRICT_PORTS = FILTER_RESTRICT_TCP | FILTER_RESTRICT_UDP,
};

/**
 * struct filter_spec - the directives that a filter is compiled from
 * @list:       by enum filter_list; an empty list is the default of its directive
 * @ns_allowed: the CLONE_NEW* flags that the session may use
 * @flags:      enum filter_flag
 * @restrict_suidsgid: enum restrict_suidsgid of words.h
 *
 * A spec of zeros has the defaults of the lists, no namespace, and the strictest RestrictSUIDSGID=.
 */
struct filter_spec {
	struct filter_words list[FILTER_LISTS];
	uint64_t ns_allowed;
	uint32_t flags;
	uint32_t restrict_suidsgid;
};

#define FILTER_MAGIC	    0x746c6966u
#define FILTER_ANSWER_MAGIC 0x6e617466u
#define FILTER_WIRE_VERSION 1u
enum { FILTER_REQUEST_MAX = 1 << 20, FILTER_ANSWER_MAX = 1 << 20 };

enum filter_mode {
	FILTER_PROGRAM = 1, /* the program */
	FILTER_WORDS,	    /* the errors of each word, as if it stood in its list alone */
};

/**
 * struct filter_request - a spec as one flat record
 * @size:   bytes of the whole record
 * @mode:   enum filter_mode
 * @n:      words of each list
 * @cordon: the version of cordon
 * @kernel: uname(2)'s release and version: the kernel decides what a filter can answer
 *
 * The words follow, list by list: one byte of flags, then the text with its NUL. Zeros fill the
 * last 64-bit word.
 */
struct filter_request {
	uint32_t magic, version, size, mode;
	uint64_t ns_allowed;
	uint32_t flags, restrict_suidsgid;
	uint32_t n[FILTER_LISTS];
	uint32_t reserved;
	char cordon[24];
	char kernel[136];
};

/**
 * struct filter_file - a program or library that an answer was made by
 *
 * After an upgrade one of the members differs, and the answer counts no longer.
 */
struct filter_file {
	char path[112];
	uint64_t dev, ino, size;
	int64_t ctime_sec, ctime_nsec;
};

/**
 * struct filter_error - an error of a list
 * @list: enum filter_list; FILTER_LISTS: of none
 * @word: index in the list; FILTER_WHOLE_LIST: the list itself
 * @msg:  "Directive=: problem; remedy"
 */
struct filter_error {
	uint32_t list, word;
	char msg[512];
};
#define FILTER_WHOLE_LIST UINT32_MAX

/**
 * struct filter_answer - what cordon-filter makes of a request
 * @size:    bytes of the whole record
 * @code:    0, or a negative errno with one error or more
 * @library: the libseccomp that made the program
 * @helper:  the cordon-filter that made the program
 *
 * @n_errors struct filter_error follow, or @n_insns instructions of 8 bytes, struct sock_filter.
 */
struct filter_answer {
	uint32_t magic, version, size;
	int32_t code;
	uint32_t n_insns, n_errors;
	struct filter_file library, helper;
};

/**
 * filter_pack - a request from a spec
 * @ret: ret->size bytes, the caller's to free(3)
 *
 * The same directives on the same kernel always give the same bytes.
 *
 * Return: 0; -E2BIG when the lists are longer than FILTER_REQUEST_MAX; -ENOMEM.
 */
int filter_pack(const struct filter_spec *spec, enum filter_mode mode, struct filter_request **ret);

/**
 * filter_unpack - the spec of a request that came from another process
 * @size: the bytes at @request
 * @ret:  its texts point into @request; its words are the caller's to filter_unpack_free()
 *
 * Return: 0; -EBADMSG for a record that is no request of this version; -ENOMEM.
 */
int filter_unpack(const struct filter_request *request, size_t size, struct filter_spec *ret);

/**
 * filter_unpack_free - the words of a spec that filter_unpack() filled
 */
void filter_unpack_free(struct filter_spec *spec);

/**
 * filter_answer_check - is @size bytes at @answer an answer whose counts fit its size
 *
 * Return: 0; -EBADMSG.
 */
int filter_answer_check(const struct filter_answer *answer, size_t size);

/**
 * filter_file_read - the identity of the file at @path
 * @ret: filled on success; @path is followed when it is a symbolic link
 *
 * Return: 0; -errno; -ENAMETOOLONG for a path that does not fit.
 */
int filter_file_read(const char *path, struct filter_file *ret);

#endif
