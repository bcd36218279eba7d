/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_wire_test.c - requests to cordon-filter and its answers: what is packed is unpacked, and
 * what is no record is refused
 */
#include "contract/filter.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct filter_word calls[] = {
	{ "~@mount", WORD_BEGINS | WORD_GIVEN },
	{ "ptrace:ENOENT", WORD_GIVEN },
	{ "no_such_call", WORD_OPTIONAL | WORD_GIVEN },
};
static const struct filter_word archs[] = { { "native", WORD_BEGINS } };
static const struct filter_word families[] = { { "", 0 }, { "AF_UNIX", WORD_BEGINS | WORD_GIVEN } };

static const struct filter_spec some = {
	.list = { [FILTER_CALLS] = { calls, COUNT(calls) },
		  [FILTER_ARCHS] = { archs, COUNT(archs) },
		  [FILTER_FAMILIES] = { families, COUNT(families) } },
	.ns_allowed = 0x7e020080,
	.flags = FILTER_LOCK_PERSONALITY | FILTER_RESTRICT_TCP,
	.restrict_suidsgid = RESTRICT_SUIDSGID_SUID,
};

static struct filter_request *packed(const struct filter_spec *spec)
{
	struct filter_request *r = NULL;

	assert_int_equal(filter_pack(spec, FILTER_PROGRAM, &r), 0);
	return r;
}

static void assert_same(const struct filter_spec *a, const struct filter_spec *b)
{
	assert_true(a->ns_allowed == b->ns_allowed);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->restrict_suidsgid, b->restrict_suidsgid);
	for (unsigned l = 0; l < FILTER_LISTS; l++) {
		assert_int_equal(a->list[l].n, b->list[l].n);
		for (size_t i = 0; i < a->list[l].n; i++) {
			assert_string_equal(a->list[l].v[i].text, b->list[l].v[i].text);
			assert_int_equal(a->list[l].v[i].flags, b->list[l].v[i].flags);
		}
	}
}

static void comes_back(void **state)
{
	static const struct filter_spec zero;
	const struct filter_spec *specs[] = { &some, &zero };

	(void)state;
	for (size_t i = 0; i < COUNT(specs); i++) {
		struct filter_request *r = packed(specs[i]);
		struct filter_spec got;

		assert_int_equal(r->size % 8, 0);
		assert_int_equal(filter_unpack(r, r->size, &got), 0);
		assert_same(specs[i], &got);
		filter_unpack_free(&got);
		filter_unpack_free(&got); /* as zeros it can be freed again */
		free(r);
	}
}

static void same_bytes_each_time(void **state)
{
	struct filter_request *a = packed(&some), *b, *other;
	struct filter_spec more = some;

	(void)state;
	free(malloc(a->size)); /* something else lies there now */
	b = packed(&some);
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a, b, a->size);
	assert_string_equal(a->cordon, CORDON_VERSION);
	assert_true(a->kernel[0] != '\0');
	more.list[FILTER_LOG] = more.list[FILTER_ARCHS];
	more.list[FILTER_ARCHS] = (struct filter_words){ 0 };
	other = packed(&more);
	assert_int_equal(a->size, other->size);
	assert_memory_not_equal(a, other, a->size);
	free(other);
	assert_int_equal(filter_pack(&some, FILTER_WORDS, &other), 0);
	assert_memory_not_equal(a, other, a->size);
	free(other);
	free(a);
	free(b);
}

static void too_much_is_refused(void **state)
{
	enum { N = FILTER_REQUEST_MAX / 4 };
	struct filter_word *many = calloc(N, sizeof *many);
	char *text = calloc(1, FILTER_REQUEST_MAX + 1);
	struct filter_spec spec = { .list = { [FILTER_LOG] = { many, N } } };
	struct filter_request *r = NULL;

	(void)state;
	assert_true(many != NULL && text != NULL);
	for (size_t i = 0; i < N; i++)
		many[i].text = "read";
	assert_int_equal(filter_pack(&spec, FILTER_PROGRAM, &r), -E2BIG);
	memset(text, 'a', FILTER_REQUEST_MAX);
	many[0].text = text;
	spec.list[FILTER_LOG].n = 1;
	assert_int_equal(filter_pack(&spec, FILTER_PROGRAM, &r), -E2BIG);
	text[FILTER_REQUEST_MAX - sizeof *r - 2] = '\0'; /* exactly as much as goes in */
	r = packed(&spec);
	assert_int_equal(r->size, FILTER_REQUEST_MAX);
	free(r);
	text[FILTER_REQUEST_MAX - sizeof *r - 2] = 'a';
	text[FILTER_REQUEST_MAX - sizeof *r - 1] = '\0';
	assert_int_equal(filter_pack(&spec, FILTER_PROGRAM, &r), -E2BIG);
	free(many);
	free(text);
}

/* In memory of exactly @size bytes, so that valgrind and sanitizers see a byte too far. */
static int unpack_bytes(const void *bytes, size_t size)
{
	void *exact =
		malloc(size > sizeof(struct filter_request) ? size : sizeof(struct filter_request));
	struct filter_spec got = { 0 };
	int r;

	assert_non_null(exact);
	memcpy(exact, bytes, size);
	r = filter_unpack(exact, size, &got);
	if (r == 0) { /* whatever it is, it is a spec: each text can be read, each flag is known */
		size_t n = 0;

		assert_true((got.flags & ~(2 * (uint32_t)FILTER_KEEP_CORE - 1)) == 0);
		assert_true(got.restrict_suidsgid <= RESTRICT_SUIDSGID_NO);
		for (unsigned l = 0; l < FILTER_LISTS; l++)
			for (size_t i = 0; i < got.list[l].n; i++) {
				n += strlen(got.list[l].v[i].text) + 2;
				assert_true(got.list[l].v[i].flags <=
					    (WORD_OPTIONAL | WORD_BEGINS | WORD_GIVEN));
			}
		assert_true(sizeof(struct filter_request) + n <= size);
		filter_unpack_free(&got);
	} else {
		assert_int_equal(r, -EBADMSG);
	}
	free(exact);
	return r;
}

static void cut_is_refused(void **state)
{
	struct filter_request *r = packed(&some);
	const uint32_t whole = r->size;

	(void)state;
	for (uint32_t size = 0; size < whole; size++) {
		r->size = whole;
		assert_int_equal(unpack_bytes(r, size), -EBADMSG);
		r->size = size; /* and one that says so */
		assert_int_equal(unpack_bytes(r, size), -EBADMSG);
	}
	free(r);
}

static void header_is_checked(void **state)
{
	struct filter_request *r = packed(&some);

	(void)state;
#define REFUSED(member, value) \
	do { \
		struct filter_request kept = *r; \
		r->member = (value); \
		assert_int_equal(unpack_bytes(r, kept.size), -EBADMSG); \
		*r = kept; \
	} while (0)
	REFUSED(magic, FILTER_ANSWER_MAGIC);
	REFUSED(version, FILTER_WIRE_VERSION + 1);
	REFUSED(mode, 0);
	REFUSED(mode, FILTER_WORDS + 1);
	REFUSED(flags, 2 * (uint32_t)FILTER_KEEP_CORE);
	REFUSED(restrict_suidsgid, RESTRICT_SUIDSGID_NO + 1);
	REFUSED(reserved, 1);
	REFUSED(n[FILTER_CALLS], 9);
	REFUSED(n[FILTER_CALLS], 2);
	REFUSED(n[FILTER_CALLS], UINT32_MAX);
	REFUSED(n[FILTER_FAMILIES], UINT32_MAX - 2);
	memset(r->kernel, 'a', sizeof r->kernel);
	assert_int_equal(unpack_bytes(r, r->size), -EBADMSG);
	free(r);
}

/* xorshift64: the same every time */
static uint64_t next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void damaged_is_refused_or_a_spec(void **state)
{
	struct filter_request *r = packed(&some);
	unsigned char *bytes = malloc(r->size);
	uint64_t seed = 20261128;
	size_t good = 0;

	(void)state;
	assert_non_null(bytes);
	for (uint32_t at = 0; at < r->size; at++)
		for (unsigned v = 0; v < 256; v++) {
			memcpy(bytes, r, r->size);
			bytes[at] = (unsigned char)v;
			good += unpack_bytes(bytes, r->size) == 0;
		}
	for (unsigned n = 0; n < 200000; n++) {
		memcpy(bytes, r, r->size);
		for (uint64_t i = 0; i < 1 + n % 4; i++) {
			const uint64_t x = next_random(&seed);

			bytes[x % r->size] = (unsigned char)(x >> 32);
		}
		good += unpack_bytes(bytes, r->size) == 0;
	}
	assert_true(good > 0);
	free(bytes);
	free(r);
}

/* ---- answers ---- */

enum { ROOM = 4096 };

static size_t make_answer(void *buf, int code, uint32_t n_insns, uint32_t n_errors)
{
	struct filter_answer *a = memset(buf, 0, ROOM);

	*a = (struct filter_answer){ .magic = FILTER_ANSWER_MAGIC,
				     .version = FILTER_WIRE_VERSION,
				     .code = code,
				     .n_insns = n_insns,
				     .n_errors = n_errors };
	a->size = (uint32_t)(sizeof *a + n_insns * 8 + n_errors * sizeof(struct filter_error));
	return a->size;
}

static void answers_are_checked(void **state)
{
	static _Alignas(8) char buf[ROOM];
	struct filter_answer *a = (void *)buf;
	struct filter_error *e = (void *)(a + 1);
	size_t size;

	(void)state;
	for (uint32_t n = 0; n < 3; n++) {
		size = make_answer(buf, 0, n * 100, 0);
		assert_int_equal(filter_answer_check(a, size), 0);
		size = make_answer(buf, -EINVAL, 0, n);
		assert_int_equal(filter_answer_check(a, size), n > 0 ? 0 : -EBADMSG);
		for (size_t cut = 0; cut < size; cut++)
			assert_int_equal(filter_answer_check(a, cut), -EBADMSG);
	}
	size = make_answer(buf, 0, 0, 1); /* an error, and none */
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
	size = make_answer(buf, -EINVAL, 1, 1);
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
	size = make_answer(buf, EINVAL, 0, 1);
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
	size = make_answer(buf, INT32_MIN, 0, 1);
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
	size = make_answer(buf, -EINVAL, 0, 1);
	e->list = FILTER_LISTS;
	assert_int_equal(filter_answer_check(a, size), 0);
	e->list = FILTER_LISTS + 1;
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
	e->list = 0;
	memset(e->msg, 'a', sizeof e->msg);
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
	size = make_answer(buf, 0, 1, 0);
	memset(a->library.path, 'a', sizeof a->library.path);
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
	/* counts that come to the same size only as 32 bits */
	size = make_answer(buf, 0, 1, 0);
	a->n_insns = 1 + (1u << 29);
	assert_int_equal(filter_answer_check(a, size), -EBADMSG);
}

static void a_file_is_told_from_its_successor(void **state)
{
	char name[] = "/tmp/cordon-wire-XXXXXX", other[64], link[64], path[200];
	const int fd = mkstemp(name);
	struct filter_file a, b;

	(void)state;
	assert_true(fd >= 0);
	(void)snprintf(other, sizeof other, "%s.new", name);
	(void)snprintf(link, sizeof link, "%s.link", name);
	assert_int_equal(filter_file_read(name, &a), 0);
	assert_string_equal(a.path, name);
	assert_int_equal(symlink(name, link), 0);
	assert_int_equal(filter_file_read(link, &b), 0);
	assert_int_equal(a.ino, b.ino);
	assert_int_equal(rename(name, other), 0);
	assert_int_equal(filter_file_read(name, &b), -ENOENT);
	assert_int_equal(close(open(name, O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(filter_file_read(name, &b), 0);
	assert_true(a.ino != b.ino);
	(void)memset(path, '/', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_int_equal(filter_file_read(path, &b), -ENAMETOOLONG);
	(void)unlink(name);
	(void)unlink(other);
	(void)unlink(link);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(same_bytes_each_time),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(cut_is_refused),
		cmocka_unit_test(header_is_checked),
		cmocka_unit_test(damaged_is_refused_or_a_spec),
		cmocka_unit_test(answers_are_checked),
		cmocka_unit_test(a_file_is_told_from_its_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
