/* SPDX-License-Identifier: Apache-2.0 */
/* run_test.c - the part of cordon run before the first clone */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/native.h"
#include "confine/program/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *path, const char *text, mode_t mode)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static int find(const char *name, const char *path, char ret[PATH_MAX])
{
	const struct exec_spec spec = { .program = name, .path = path };

	return exec_find(&spec, ret);
}

static void look_up(void **state)
{
	static char long_name[PATH_MAX + 10];
	char dir[] = "/tmp/cordon-find-XXXXXX", got[PATH_MAX], cwd[PATH_MAX];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_non_null(getcwd(cwd, sizeof cwd));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("a", 0755), 0);
	assert_int_equal(mkdir("b", 0755), 0);
	assert_int_equal(mkdir("a/dir", 0755), 0);
	put("a/plain", "text", 0644);
	put("b/plain", "#!/bin/sh\n", 0755);
	put("a/only", "text", 0644);
	put("b/dir", "#!/bin/sh\n", 0755);
	put("here", "#!/bin/sh\n", 0755);

	/* found but not executable: the next part may have it, as execvp(3) does */
	assert_int_equal(find("plain", "a:b", got), 0);
	assert_string_equal(got, "b/plain");
	assert_int_equal(find("only", "a:b", got), -EACCES);
	/* a directory of that name is none */
	assert_int_equal(find("dir", "a:b", got), 0);
	assert_string_equal(got, "b/dir");
	assert_int_equal(find("dir", "a", got), -ENOENT);
	assert_int_equal(find("none", "a:b", got), -ENOENT);
	assert_int_equal(find("none", "a/plain:/no/such:", got), -ENOENT);
	/* empty parts: first, middle, last, alone */
	assert_int_equal(find("here", ":a", got), 0);
	assert_string_equal(got, "./here");
	assert_int_equal(find("here", "a::b", got), 0);
	assert_int_equal(find("here", "a:", got), 0);
	assert_int_equal(find("here", "", got), 0);
	assert_int_equal(find("here", "a:b", got), -ENOENT);
	/* no PATH at all */
	assert_int_equal(find("sh", NULL, got), 0);
	assert_string_equal(got, "/bin/sh");
	/* with a '/' the PATH counts for nothing */
	assert_int_equal(find("./here", "a", got), 0);
	assert_int_equal(find("b/plain", NULL, got), 0);
	assert_int_equal(find("./none", "a:b", got), -ENOENT);
	assert_int_equal(find("here/x", "a", got), -ENOTDIR);
	assert_int_equal(find("a/dir", "b", got), -EISDIR);
	assert_int_equal(find("a/only", "b", got), -EACCES);
	assert_int_equal(find("/dev/null", "b", got), -EACCES);
	assert_int_equal(find("", "a:b", got), -ENOENT);
	memset(long_name, 'x', sizeof long_name - 1);
	assert_int_equal(find(long_name, "a:b", got), -ENAMETOOLONG);
	long_name[5000 < PATH_MAX ? 4000 : PATH_MAX - 90] = '\0';
	assert_int_equal(find("sh", long_name, got), -ENOENT);
	assert_int_equal(chdir(cwd), 0);
	assert_true(snprintf(got, sizeof got, "rm -rf %s", dir) > 0);
	assert_int_equal(system(got), 0);
}

static void namespaces_table(void **state)
{
	uint64_t all = 0;

	(void)state;
	for (unsigned i = 0; i < NS_N; i++) {
		assert_non_null(ns_row(i)->word);
		assert_int_equal(all & ns_row(i)->flag, 0);
		assert_int_not_equal(ns_row(i)->flag, 0);
		all |= ns_row(i)->flag;
	}
}

/* The tracer runs the filter of the plan again. */
static void filter_again(void **state)
{
	static const struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 77 }, /* arch */
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS },
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		{ BPF_JMP | BPF_JGE | BPF_K, 0, 2, 100 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 105 },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS },
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, SECCOMP_ARG_LOW(0) },
		{ BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xff },
		{ BPF_JMP | BPF_JSET | BPF_K, 1, 0, 6 },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
		{ BPF_JMP | BPF_JGT | BPF_K, 0, 1, 4 },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_THREAD },
		{ BPF_ALU | BPF_NEG, 0, 0, 0 }, /* none of ours */
	};
	struct {
		struct plan plan;
		_Alignas(8) struct sock_filter insns[sizeof insns / sizeof insns[0]];
	} p = { .plan = { .head = { .size = sizeof p } } };
	struct seccomp_data d = { .nr = 105, .arch = 77 };

	(void)state;
	memcpy(p.insns, insns, sizeof insns);
	p.plan.filter = (struct span){ (uint32_t)offsetof(__typeof__(p), insns), sizeof insns };
	assert_int_equal(exec_filter_kills(&p.plan, &d), 1);
	d.arch = 78;
	d.nr = 1;
	assert_int_equal(exec_filter_kills(&p.plan, &d), 1);
	d.arch = 77;
	assert_int_equal(exec_filter_kills(&p.plan, &d), 0);
	d.args[0] = 0x106; /* 6 > 4 */
	assert_int_equal(exec_filter_kills(&p.plan, &d), 1);
	d.args[0] = 2; /* an unknown instruction means no */
	assert_int_equal(exec_filter_kills(&p.plan, &d), 0);
	p.plan.filter.len = 0;
	assert_int_equal(exec_filter_kills(&p.plan, &d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(look_up),
		cmocka_unit_test(namespaces_table),
		cmocka_unit_test(filter_again),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
