/* base_test.c - the plan, the wire and the path walker against those who would misuse them */
#include "../../core/base/path.h"
#include "../../core/base/plan.h"
#include "../../core/base/err.h"
#include "../../core/base/wire.h"
#include "../../core/policy/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct plan *some_plan(void)
{
	static struct facts facts;
	struct plan *plan = NULL;
	struct settings s;
	struct err e = { 0 };

	facts.login.uid = facts.gid = 1234;
	(void)strcpy(facts.login.user, "bob");
	(void)strcpy(facts.home, "/home/bob");
	(void)strcpy(facts.shell, "/bin/bash");
	(void)strcpy(facts.session, "0");
	assert_int_equal(settings_init(&s), 0);
	if (plan_compile(&s, &facts, "", &plan, &e) < 0)
		fail_msg("%s", e.msg);
	settings_free(&s);
	return plan;
}

static void plan_is_checked(void **state)
{
	struct plan *plan = some_plan();
	char *copy = malloc(plan->size);

	(void)state;
	assert_int_equal(plan_check(plan, plan->size), 0);
	for (size_t cut = 0; cut < plan->size; cut += 7) /* truncated: always refused */
		assert_int_equal(plan_check(plan, cut), -EPROTO);
	for (size_t i = 0; i < sizeof *plan * 8; i++) { /* a bit wrong: refused, or every access in bounds */
		struct plan *p = (void *)copy;
		size_t n;

		memcpy(copy, plan, plan->size);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		if (plan_check(p, plan->size) < 0)
			continue;
		(void)plan_str(p, p->shell);
		(void)plan_array(p, p->view, sizeof(struct view_op), &n);
		for (const char *at = NULL; (at = plan_next(p, p->divert, at)) != NULL;)
			assert_true(strlen(at) < p->size);
	}
	free(copy);
	free(plan);
}

static void plan_has_to_be_sealed(void **state)
{
	struct plan *plan = some_plan();
	const struct plan *got = NULL;
	int fd = plan_seal(plan, plan->size), open_fd;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(plan_open(fd, &got), 0);
	assert_memory_equal(got, plan, plan->size);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	open_fd = memfd_create("t", MFD_ALLOW_SEALING);
	assert_int_equal(write(open_fd, plan, plan->size), plan->size);
	assert_int_equal(plan_open(open_fd, &got), -EPERM);
	(void)close(fd);
	(void)close(open_fd);
	free(plan);
}

static void errors_have_names(void **state)
{
	/* what no system call of ours answers has none: it is a terminal's, a stream's, a tape's */
	unsigned named = 0;

	(void)state;
	for (int err = -1; err < 200; err++) {
		const char *known = strerrorname_np(err), *name = err_name(err);

		if (strcmp(name, "?") == 0)
			continue;
		assert_string_equal(name, known);
		named++;
	}
	assert_in_range(named, 80, 134);
}

static void wire_is_strict(void **state)
{
	struct wire_msg m, got;
	int pair[2], fds[WIRE_FDS_MAX];
	const int three[] = { 0, 1, 2 };

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	wire_init(&m, WIRE_PLAN);
	m.verdict = VERDICT_CONFINE;
	assert_int_not_equal(wire_send(pair[0], &m, three, 2), 0);
	assert_int_equal(wire_send(pair[0], &m, three, 3), 0);
	assert_int_equal(wire_recv(pair[1], &got, fds, 1000), 0);
	assert_int_equal(got.kind, WIRE_PLAN);
	assert_int_not_equal(fcntl(fds[2], F_GETFD) & FD_CLOEXEC, 0);
	wire_close(fds, 3);
	assert_int_equal(wire_recv(pair[1], &got, fds, 0), -ETIMEDOUT);
	assert_int_equal(send(pair[0], &m, sizeof m - 1, 0), sizeof m - 1);
	assert_int_equal(wire_recv(pair[1], &got, fds, 1000), -EPROTO);
	assert_int_equal(send(pair[0], &m, sizeof m, 0), sizeof m); /* without its descriptors */
	assert_int_equal(wire_recv(pair[1], &got, fds, 1000), -EPROTO);
	wire_init(&m, WIRE_KEEP); /* nobody's */
	assert_int_equal(wire_send(pair[0], &m, three, 2), -EINVAL);
	memcpy(m.login.user, "bob", 4);
	assert_int_equal(wire_send(pair[0], &m, three, 2), 0);
	assert_int_equal(wire_recv(pair[1], &got, fds, 1000), 0);
	assert_string_equal(got.login.user, "bob");
	wire_close(fds, 2);
	assert_int_equal(wire_verdict(pair[0], VERDICT_DENY, "", "no"), 0);
	assert_int_equal(wire_recv(pair[1], &got, NULL, 1000), 0);
	assert_string_equal(got.text, "cordon: no (session -)");
	(void)close(pair[0]);
	assert_int_equal(wire_recv(pair[1], &got, fds, 1000), -EPIPE);
	(void)close(pair[1]);
}

static void path_follows_roots_links_alone(void **state)
{
	char dir[] = "/tmp/cordon-path-XXXXXX", text[128];
	int root, fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	root = open(dir, O_PATH | O_DIRECTORY);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(mkdirat(root, "user", 0755), 0);
	assert_int_equal(fchownat(root, "user", 1234, 1234, 0), 0);
	assert_int_equal(symlinkat("etc", root, "by-root"), 0);
	assert_int_equal(symlinkat("../etc", root, "user/up"), 0);
	assert_int_equal(symlinkat("/etc", root, "user/abs"), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	fd = path_walk(root, "/by-root");
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(path_walk(root, "/user/up"), -ELOOP);
	assert_int_equal(path_walk(root, "/user/abs"), -ELOOP);
	assert_int_equal(path_walk(root, "/none"), -ENOENT);
	assert_int_equal(path_make(root, "/etc/x", &(struct path_own){ .n = 0 }, 0), -EROFS);
	(void)close(root);
	(void)snprintf(text, sizeof text, "rm -rf %s", dir);
	assert_int_equal(system(text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_is_checked),
		cmocka_unit_test(plan_has_to_be_sealed),
		cmocka_unit_test(wire_is_strict),
		cmocka_unit_test(errors_have_names),
		cmocka_unit_test(path_follows_roots_links_alone),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
