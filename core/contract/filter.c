/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - see filter.h */
#include "contract/filter.h"

#include "base/cleanup.h"
#include "contract/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define FLAGS_ALL (2 * (uint32_t)FILTER_KEEP_CORE - 1)
#define WORDS_ALL (2 * (uint32_t)WORD_GIVEN - 1)

/* Records are whole 64-bit words, so that one that follows another in memory is aligned. */
static size_t rounded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* Is there a NUL in the @size bytes of a text? */
static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/* ---- the request ---- */

/* The bytes of a request for @spec; 0: more than FILTER_REQUEST_MAX. */
static size_t packed_size(const struct filter_spec *spec)
{
	size_t size = sizeof(struct filter_request);

	for (unsigned l = 0; l < FILTER_LISTS; l++)
		for (size_t i = 0; i < spec->list[l].n; i++) {
			const size_t len = strlen(spec->list[l].v[i].text);

			if (len > FILTER_REQUEST_MAX || size + len + 2 > FILTER_REQUEST_MAX)
				return 0;
			size += len + 2;
		}
	return rounded(size);
}

static int put_host(struct filter_request *r)
{
	struct utsname host;

	if (uname(&host) < 0)
		return -errno;
	(void)snprintf(r->cordon, sizeof r->cordon, "%s", CORDON_VERSION);		  /* fits */
	(void)snprintf(r->kernel, sizeof r->kernel, "%s %s", host.release, host.version); /* fits */
	return 0;
}

static void put_words(struct filter_request *r, const struct filter_spec *spec)
{
	char *at = (char *)(r + 1);

	for (unsigned l = 0; l < FILTER_LISTS; l++) {
		r->n[l] = (uint32_t)spec->list[l].n;
		for (size_t i = 0; i < spec->list[l].n; i++) {
			const struct filter_word *w = &spec->list[l].v[i];
			const size_t size = strlen(w->text) + 1;

			*at++ = (char)w->flags;
			memcpy(at, w->text, size);
			at += size;
		}
	}
}

int filter_pack(const struct filter_spec *spec, enum filter_mode mode, struct filter_request **ret)
{
	const size_t size = packed_size(spec);
	cleanup_free struct filter_request *r = NULL;
	int got;

	if (size == 0)
		return -E2BIG;
	r = calloc(1, size);
	if (r == NULL)
		return -ENOMEM;
	*r = (struct filter_request){
		.magic = FILTER_MAGIC,
		.version = FILTER_WIRE_VERSION,
		.size = (uint32_t)size,
		.mode = mode,
		.ns_allowed = spec->ns_allowed,
		.flags = spec->flags,
		.restrict_suidsgid = spec->restrict_suidsgid,
	};
	got = put_host(r);
	if (got < 0)
		return got;
	put_words(r, spec);
	*ret = take_ptr(&r);
	return 0;
}

static bool head_ok(const struct filter_request *r, size_t size)
{
	return size >= sizeof *r && size <= FILTER_REQUEST_MAX && size == rounded(size) &&
	       r->size == size && r->magic == FILTER_MAGIC && r->version == FILTER_WIRE_VERSION &&
	       (r->mode == FILTER_PROGRAM || r->mode == FILTER_WORDS) &&
	       (r->flags & ~FLAGS_ALL) == 0 && r->restrict_suidsgid <= RESTRICT_SUIDSGID_NO &&
	       r->reserved == 0 && ends(r->cordon, sizeof r->cordon) &&
	       ends(r->kernel, sizeof r->kernel);
}

/* The words of all lists; 0 also where there are more than the bytes of the record have room for. */
static bool count_words(const struct filter_request *r, size_t *ret)
{
	const size_t most = (r->size - sizeof *r) / 2; /* a byte of flags and a NUL each */
	size_t n = 0;

	for (unsigned l = 0; l < FILTER_LISTS; l++) {
		if (r->n[l] > most - n)
			return false;
		n += r->n[l];
	}
	*ret = n;
	return true;
}

/* Takes one word off the @left bytes at @at. Return: its bytes; 0: it is none. */
static size_t take_word(const char *at, size_t left, struct filter_word *ret)
{
	const char *end;

	if (left < 2 || ((unsigned char)at[0] & ~WORDS_ALL) != 0)
		return 0;
	end = memchr(at + 1, '\0', left - 1);
	if (end == NULL)
		return 0;
	*ret = (struct filter_word){ .text = at + 1, .flags = (unsigned char)at[0] };
	return (size_t)(end + 1 - at);
}

/* Is what follows the last word what filter_pack() puts there: zeros up to the next 64-bit word? */
static bool padding_ok(const char *at, size_t left)
{
	static const char zeros[8];

	return left < sizeof zeros && memcmp(at, zeros, left) == 0;
}

int filter_unpack(const struct filter_request *request, size_t size, struct filter_spec *ret)
{
	const char *at = (const char *)(request + 1);
	cleanup_free struct filter_word *words = NULL;
	struct filter_word *w;
	size_t left, n;

	if (!head_ok(request, size) || !count_words(request, &n))
		return -EBADMSG;
	words = calloc(n + 1, sizeof *words); /* one more: of no words, NULL could be returned */
	if (words == NULL)
		return -ENOMEM;
	left = size - sizeof *request;
	for (size_t i = 0; i < n; i++) {
		const size_t took = take_word(at, left, &words[i]);

		if (took == 0)
			return -EBADMSG;
		at += took;
		left -= took;
	}
	if (!padding_ok(at, left))
		return -EBADMSG;
	*ret = (struct filter_spec){ .ns_allowed = request->ns_allowed,
				     .flags = request->flags,
				     .restrict_suidsgid = request->restrict_suidsgid };
	w = take_ptr(&words);
	for (unsigned l = 0; l < FILTER_LISTS; l++) {
		ret->list[l] = (struct filter_words){ .v = w, .n = request->n[l] };
		w += request->n[l];
	}
	return 0;
}

void filter_unpack_free(struct filter_spec *spec)
{
	/* all lists share one allocation, which the first begins */
	free((void *)(uintptr_t)spec->list[0].v);
	*spec = (struct filter_spec){ 0 };
}

/* ---- the answer ---- */

static bool errors_ok(const struct filter_answer *a)
{
	const struct filter_error *e = (const void *)(a + 1);

	for (uint32_t i = 0; i < a->n_errors; i++)
		if (e[i].list > FILTER_LISTS || !ends(e[i].msg, sizeof e[i].msg))
			return false;
	return true;
}

int filter_answer_check(const struct filter_answer *a, size_t size)
{
	enum { INSN_SIZE = 8, ERRNO_MAX = 4095 };
	uint64_t follow; /* of 32-bit counts: cannot overflow */

	if (size < sizeof *a || size > FILTER_ANSWER_MAX || a->size != size ||
	    a->magic != FILTER_ANSWER_MAGIC || a->version != FILTER_WIRE_VERSION)
		return -EBADMSG;
	follow = (uint64_t)a->n_insns * INSN_SIZE +
		 (uint64_t)a->n_errors * sizeof(struct filter_error);
	if (follow != size - sizeof *a || a->code > 0 || a->code < -ERRNO_MAX ||
	    (a->code == 0 ? a->n_errors != 0 : a->n_errors == 0 || a->n_insns != 0))
		return -EBADMSG;
	if (!ends(a->library.path, sizeof a->library.path) ||
	    !ends(a->helper.path, sizeof a->helper.path))
		return -EBADMSG;
	return errors_ok(a) ? 0 : -EBADMSG;
}

int filter_file_read(const char *path, struct filter_file *ret)
{
	const size_t len = strlen(path);
	struct stat st;

	if (len >= sizeof ret->path)
		return -ENAMETOOLONG;
	if (stat(path, &st) < 0)
		return -errno;
	*ret = (struct filter_file){ .dev = st.st_dev,
				     .ino = st.st_ino,
				     .size = (uint64_t)st.st_size,
				     .ctime_sec = st.st_ctim.tv_sec,
				     .ctime_nsec = st.st_ctim.tv_nsec };
	memcpy(ret->path, path, len);
	return 0;
}
