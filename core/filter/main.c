/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cordon-filter: a request on standard input, the answer on standard output
 *
 * The one program of cordon that links libseccomp. It keeps nothing and needs no privilege: what it
 * answers is checked and kept by the program that asks.
 */
#include "filter/filter.h"

#include "base/cleanup.h"
#include "contract/exits.h"

#include <dlfcn.h>
#include <errno.h>
#include <seccomp.h>
#include <string.h>

enum { WORD_ERRORS_MAX = 256 };

/* The file that the program is itself, and the libseccomp that it runs with. */
static int made_by(struct filter_answer *a)
{
	Dl_info info;
	int r = filter_file_read("/proc/self/exe", &a->helper);
	ssize_t len;

	if (r < 0)
		return r;
	len = readlink("/proc/self/exe", a->helper.path, sizeof a->helper.path - 1);
	if (len < 0 || (size_t)len == sizeof a->helper.path - 1)
		return -ENAMETOOLONG;
	a->helper.path[len] = '\0';
	if (dladdr((const void *)(uintptr_t)seccomp_version, &info) == 0)
		return -ENOENT;
	return filter_file_read(info.dli_fname, &a->library);
}

static int put(const struct filter_answer *a, const void *rest, size_t size)
{
	return fwrite(a, sizeof *a, 1, stdout) == 1 &&
			       (size == 0 || fwrite(rest, size, 1, stdout) == 1) &&
			       fflush(stdout) == 0 ?
		       EXIT_YES :
		       EXIT_SYSTEM;
}

static int answer_errors(struct filter_answer *a, int code, const struct filter_error *errors,
			 size_t n)
{
	a->code = code;
	a->n_errors = (uint32_t)n;
	a->size = (uint32_t)(sizeof *a + n * sizeof *errors);
	return put(a, errors, n * sizeof *errors);
}

static int answer_program(struct filter_answer *a, const struct filter_spec *spec)
{
	struct filter_error err = { 0 };
	struct filter_prog prog = { 0 };
	int r = made_by(a);

	if (r < 0) {
		(void)filter_err(&err, FILTER_LISTS, 0, "SystemCallFilter=: cordon-filter: %s",
				 strerror(-r));
		return answer_errors(a, r, &err, 1);
	}
	r = filter_compile(spec, &prog, &err);
	if (r < 0)
		return answer_errors(a, r, &err, 1);
	a->n_insns = (uint32_t)prog.n;
	a->size = (uint32_t)(sizeof *a + prog.n * sizeof *prog.insns);
	r = put(a, prog.insns, prog.n * sizeof *prog.insns);
	free(prog.insns);
	return r;
}

static int serve(void)
{
	static union {
		struct filter_request request;
		char bytes[FILTER_REQUEST_MAX];
	} in;
	static struct filter_error errors[WORD_ERRORS_MAX];
	struct filter_answer a = { .magic = FILTER_ANSWER_MAGIC, .version = FILTER_WIRE_VERSION };
	struct filter_spec spec;
	const size_t size = fread(in.bytes, 1, sizeof in.bytes, stdin);
	size_t n;
	int r;

	if (ferror(stdin) || filter_unpack(&in.request, size, &spec) < 0) {
		(void)fprintf(stderr,
			      "cordon-filter: is started by cordon's programs, not by hand\n");
		return EXIT_USAGE;
	}
	if (in.request.mode == FILTER_WORDS) {
		n = filter_each_word(&spec, errors, WORD_ERRORS_MAX);
		r = answer_errors(&a, n > 0 ? -EINVAL : 0, errors, n);
	} else {
		r = answer_program(&a, &spec);
	}
	filter_unpack_free(&spec);
	return r;
}

/* The name of the call with the number @nr of cordon's own ABI. */
static bool show_number(int nr)
{
	for (size_t id = 0; id < calls_n(); id++)
		if (call_nr(id, 0) == nr)
			return printf("%s\n", call_name(id)) > 0;
	return false;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return serve();
	if (strcmp(argv[1], "--syscalls") == 0)
		return filter_list(argv + 2, (size_t)argc - 2) ? EXIT_YES : EXIT_USAGE;
	if (argc == 3 && strcmp(argv[1], "--name") == 0)
		return show_number(atoi(argv[2])) ? EXIT_YES : EXIT_NO;
	(void)fprintf(stderr, "cordon-filter: is started by cordon's programs, not by hand\n");
	return EXIT_USAGE;
}
