/* SPDX-License-Identifier: Apache-2.0 */
/* base_test.c - the plan, the wire and the path walker against malformed input */
#include "base/err.h"
#include "base/path.h"
#include "base/text.h"
#include "contract/plan.h"
#include "contract/wire.h"
#include "policy/compile/compile.h"
#include "own_filter.h"

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

static struct plan *plan;
static struct plan_login *plan_login;

static int some_plan(void **state)
{
	static struct facts facts;
	struct settings s;
	struct err e = { 0 };
	int r;

	(void)state;
	facts.login.uid = facts.gid = 1234;
	(void)strcpy(facts.login.user, "bob");
	(void)strcpy(facts.login.tty, "pts/7");
	(void)strcpy(facts.home, "/home/bob");
	(void)strcpy(facts.shell, "/bin/bash");
	(void)strcpy(facts.session, "0");
	use_own_filter();
	if (settings_init(&s) < 0)
		return -1;
	r = plan_compile(&s, &facts, &plan, &e);
	if (r == 0)
		r = plan_login_compile(&s, &facts, "", &plan_login, &e);
	if (r < 0)
		print_error("%s\n", e.msg);
	settings_free(&s);
	return r;
}

static int no_plan(void **state)
{
	(void)state;
	free(plan);
	free(plan_login);
	plan = NULL;
	plan_login = NULL;
	return 0;
}

/* A truncated plan is refused. A plan with a wrong bit is refused, or every access is in bounds. */
static void plan_is_checked(void **state)
{
	const size_t size = plan->head.size;
	char *copy = malloc(size);
	struct plan *p = (void *)copy;

	(void)state;
	assert_int_equal(plan_check(plan, size), 0);
	for (size_t cut = 0; cut < size; cut += 7)
		assert_int_equal(plan_check(plan, cut), -EPROTO);
	for (size_t i = 0; i < sizeof *plan * 8; i++) {
		size_t n;

		memcpy(copy, plan, size);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		if (plan_check(p, size) < 0)
			continue;
		(void)plan_str(p, p->hostname);
		(void)plan_array(p, p->view, sizeof(struct view_op), &n);
		for (const char *at = NULL; (at = plan_next(p, p->divert, at)) != NULL;)
			assert_true(strlen(at) < size);
	}
	free(copy);
}

static void plan_of_a_login_is_checked(void **state)
{
	const size_t size = plan_login->head.size;
	char *copy = malloc(size);
	struct plan_login *l = (void *)copy;

	(void)state;
	assert_int_equal(plan_login_check(plan_login, size), 0);
	assert_string_equal(plan_str(plan_login, plan_login->tty), "/dev/pts/7");
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(plan_login_check(plan_login, cut), -EPROTO);
	for (size_t i = 0; i < sizeof *plan_login * 8; i++) {
		memcpy(copy, plan_login, size);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		if (plan_login_check(l, size) < 0)
			continue;
		assert_non_null(plan_str(l, l->shell));
		for (const char *at = NULL;
		     (at = plan_next(l, l->set.pass_environment, at)) != NULL;)
			assert_true(strlen(at) < size);
	}
	free(copy);
}

/* A plan is refused if a part is missing or swapped, or if a byte follows the parts. */
static void plan_has_two_parts(void **state)
{
	const size_t size = plan->head.size + plan_login->head.size;
	const struct plan_login *login;
	const struct plan *got;
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		const int fd = memfd_create("t", MFD_ALLOW_SEALING);
		const void *first = i == 2 ? (const void *)plan_login : plan;
		const void *then = i == 2 ? (const void *)plan : plan_login;
		const size_t first_size = i == 2 ? plan_login->head.size : plan->head.size;

		assert_int_equal(write(fd, first, first_size), first_size);
		if (i != 1)
			assert_int_equal(write(fd, then, size - first_size), size - first_size);
		if (i == 3)
			assert_int_equal(write(fd, "1234567", 8), 8);
		assert_int_equal(ftruncate(fd, i == 4 ? (off_t)size - 8 : lseek(fd, 0, SEEK_CUR)),
				 0);
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
		assert_int_equal(plan_open(fd, &got, &login), i == 0 ? 0 : -EPROTO);
		(void)close(fd);
	}
}

/* Two well-formed parts that contradict each other are refused. */
static void plan_parts_agree(void **state)
{
	const struct plan_login *login;
	const struct plan *got;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct plan *p = malloc(plan->head.size);
		int fd;

		memcpy(p, plan, plan->head.size);
		if (i == 1)
			p->owner = plan_login->uid; /* the user could enter the namespace */
		if (i == 2)
			p->flags ^= PLAN_GOVERNED;
		fd = plan_seal(p, plan_login);
		assert_true(fd >= 0);
		assert_int_equal(plan_open(fd, &got, &login), i == 0 ? 0 : -EPROTO);
		(void)close(fd);
		free(p);
	}
}

static void plan_has_to_be_sealed(void **state)
{
	const struct plan_login *login = NULL;
	const struct plan *got = NULL;
	int fd = plan_seal(plan, plan_login), open_fd;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(plan_open(fd, &got, &login), 0);
	assert_memory_equal(got, plan, plan->head.size);
	assert_memory_equal(login, plan_login, plan_login->head.size);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	open_fd = memfd_create("t", MFD_ALLOW_SEALING);
	assert_int_equal(write(open_fd, plan, plan->head.size), plan->head.size);
	assert_int_equal(plan_open(open_fd, &got, &login), -EPERM);
	(void)close(fd);
	(void)close(open_fd);
}

static void objects_have_names(void **state)
{
	(void)state;
	assert_string_equal(plan_object(plan, plan_login, plan->home.off), "/home/bob");
	assert_string_equal(plan_object(plan, plan_login, PLAN_OBJECT_LOGIN | plan_login->shell.off),
			    "/bin/bash");
	assert_string_equal(plan_object(plan, NULL, PLAN_OBJECT_LOGIN | plan_login->shell.off), "");
	assert_string_equal(plan_object(plan, plan_login, 0), "");
	assert_string_equal(plan_object(plan, plan_login, plan->head.size), "");
	assert_string_equal(plan_object(plan, plan_login, UINT32_MAX), "");
}

static void errors_have_names(void **state)
{
	(void)state;
	for (int err = -1; err < 200; err++) {
		const char *known = err > 0 ? strerrorname_np(err) : NULL;

		assert_string_equal(err_name(err), known != NULL ? known : "?");
	}
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
	wire_init(&m, WIRE_JOIN); /* members of other kinds */
	m.serve = WIRE_SERVE_SFTP;
	assert_int_equal(wire_check(&m), -EPROTO);
	m.serve = 0;
	m.object = 1;
	assert_int_equal(wire_check(&m), -EPROTO);
	m.object = 0;
	m.usage.rss_kib = 1;
	assert_int_equal(wire_check(&m), -EPROTO);
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
	/* the last words of a peer that has not read ours are not lost */
	wire_init(&m, WIRE_CLOSE);
	assert_int_equal(wire_send(pair[1], &m, NULL, 0), 0);
	assert_int_equal(wire_verdict(pair[0], VERDICT_UNCONFINED, "", ""), 0);
	(void)close(pair[0]);
	assert_int_equal(wire_recv(pair[1], &got, fds, 1000), 0);
	assert_int_equal(got.verdict, VERDICT_UNCONFINED);
	assert_int_equal(wire_recv(pair[1], &got, fds, 1000), -EPIPE);
	(void)close(pair[1]);
}

/* Members of STATUS, STATE and the others have no meaning in other kinds. */
static void wire_of_control_is_strict(void **state)
{
	int seven[WIRE_HANDLES_N] = { 0 };
	struct wire_msg m, got;
	int pair[2], fds[WIRE_FDS_MAX];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	wire_init(&m, WIRE_END);
	m.object = WIRE_SIGNAL_MAX;
	assert_int_equal(wire_send(pair[0], &m, NULL, 0), 0);
	assert_int_equal(wire_recv(pair[1], &got, NULL, 1000), 0);
	assert_int_equal(got.object, WIRE_SIGNAL_MAX);
	m.object++;
	assert_int_equal(wire_check(&m), -EPROTO);
	wire_init(&m, WIRE_STATUS);
	memcpy(m.session, "0123", 5);
	assert_int_equal(wire_send(pair[0], &m, NULL, 0), 0);
	m.state.init = 1;
	assert_int_equal(wire_check(&m), -EPROTO);
	m.kind = WIRE_STATE; /* nobody's */
	assert_int_equal(wire_check(&m), -EPROTO);
	memcpy(m.login.user, "bob", 4);
	assert_int_equal(wire_check(&m), 0);
	m.state.flags = WIRE_STATE_ALL + 1u;
	assert_int_equal(wire_check(&m), -EPROTO);
	m.state.flags = WIRE_STATE_USED;
	m.state.reserved = 1;
	assert_int_equal(wire_check(&m), -EPROTO);
	m.state.reserved = 0;
	assert_int_equal(wire_send(pair[1], &m, NULL, 0), 0);
	assert_int_equal(wire_recv(pair[0], &got, NULL, 1000), 0);
	assert_int_equal(got.state.init, 1);
	m.flags = 0x20000000; /* CLONE_NEWPID, of READY and HANDLES */
	assert_int_equal(wire_check(&m), -EPROTO);
	m.kind = WIRE_HANDLES;
	assert_int_not_equal(wire_send(pair[1], &m, seven, WIRE_HANDLES_N - 1), 0);
	assert_int_equal(wire_send(pair[1], &m, seven, WIRE_HANDLES_N), 0);
	assert_int_equal(wire_recv(pair[0], &got, fds, 1000), 0);
	assert_true(fds[WIRE_HANDLES_N - 1] > 2 && fds[WIRE_HANDLES_N] == -1);
	wire_close(fds, WIRE_HANDLES_N);
	(void)close(pair[0]);
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
	if (fd == -ENOSYS) { /* as below qemu-user */
		print_message("SKIPPED: this kernel has no openat2(2)\n");
		skip();
	}
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

static void plain_text(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "", "" },
		{ "/etc/cordon/rules.d/50-x.conf", "/etc/cordon/rules.d/50-x.conf" },
		{ "CORP\\ann", "CORP\\ann" },
		{ "gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0 \xf0\x9f\x98\x80",
		  "gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0 \xf0\x9f\x98\x80" },
		{ "\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m" },
		{ "a\nb\tc\rd\177", "a\\x0ab\\x09c\\x0dd\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" }, /* CSI as one character */
		{ "\x9b"
		  "31m",
		  "\\x9b31m" }, /* and as one byte */
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xae"
		  "b" }, /* from right to left */
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },
		{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },
		{ "\xc0\x9b", "\\xc0\\x9b" }, /* overlong */
		{ "\xe4\xbd", "\\xe4\\xbd" }, /* cut */
		{ "\xf0\x9f\x98", "\\xf0\\x9f\\x98" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81" }, /* a tag: cannot be seen */
	};
	char buf[64], all[256 * 4 + 1], every[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(text_plain(buf, sizeof buf, cases[i].from, SIZE_MAX),
				 strlen(cases[i].to));
		assert_string_equal(buf, cases[i].to);
		(void)text_plain(all, sizeof all, buf, SIZE_MAX); /* plain text is unchanged */
		assert_string_equal(all, buf);
	}
	/* cut, at whole characters and never beyond the buffer */
	for (size_t size = 1; size < 12; size++) {
		memset(buf, '#', sizeof buf);
		(void)text_plain(buf, size, "a\033\xc3\xbc", SIZE_MAX);
		assert_true(strlen(buf) < size);
		assert_string_equal(buf, size < 2 ? "" :
					 size < 6 ? "a" :
					 size < 8 ? "a\\x1b" :
						    "a\\x1b\xc3\xbc");
		assert_int_equal(buf[size], '#');
	}
	assert_int_equal(text_plain(buf, sizeof buf, "abc", 2), 2);
	assert_int_equal(text_plain(buf, sizeof buf, "a\xc3\xbc", 2), 5); /* half a character */
	for (unsigned i = 1; i < 256; i++)
		every[i - 1] = (char)i;
	every[255] = '\0';
	(void)text_plain(all, sizeof all, every, SIZE_MAX);
	for (const char *c = all; *c != '\0'; c++)
		assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
}

/* No name that is shown reaches a terminal or a log as anything but characters. */
static void errors_are_plain(void **state)
{
	struct err e;
	char text[1024];

	(void)state;
	(void)err_at(&e, "/etc/\033[2J.conf", 3, -EINVAL, "'%s' is\nwrong",
		     "\xc2\x9b"
		     "x");
	assert_string_equal(err_text(&e, text, sizeof text),
			    "/etc/\\x1b[2J.conf:3: '\\xc2\\x9bx' is\\x0awrong");
	(void)err_text(&e, text, 12);
	assert_string_equal(text, "/etc/\\x1b[2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text),
		cmocka_unit_test(errors_are_plain),
		cmocka_unit_test(plan_is_checked),
		cmocka_unit_test(plan_of_a_login_is_checked),
		cmocka_unit_test(plan_has_two_parts),
		cmocka_unit_test(plan_parts_agree),
		cmocka_unit_test(plan_has_to_be_sealed),
		cmocka_unit_test(objects_have_names),
		cmocka_unit_test(wire_is_strict),
		cmocka_unit_test(wire_of_control_is_strict),
		cmocka_unit_test(errors_have_names),
		cmocka_unit_test(path_follows_roots_links_alone),
	};

	return cmocka_run_group_tests_name("base", tests, some_plan, no_plan);
}
