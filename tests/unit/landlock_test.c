/* SPDX-License-Identifier: Apache-2.0 */
/* landlock_test.c - Landlock alone refuses what the view normally refuses */
#include "base/landlock_abi.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/self/landlock.h"
#include "policy/compile/plan_buf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The values are the kernel's, as far as the header of the build has them. */
#define SAME(ours, theirs) _Static_assert((ours) == (theirs), #theirs)
SAME(LL_FS_EXECUTE, LANDLOCK_ACCESS_FS_EXECUTE);
SAME(LL_FS_WRITE_FILE, LANDLOCK_ACCESS_FS_WRITE_FILE);
SAME(LL_FS_READ_FILE, LANDLOCK_ACCESS_FS_READ_FILE);
SAME(LL_FS_READ_DIR, LANDLOCK_ACCESS_FS_READ_DIR);
SAME(LL_FS_REMOVE_DIR, LANDLOCK_ACCESS_FS_REMOVE_DIR);
SAME(LL_FS_REMOVE_FILE, LANDLOCK_ACCESS_FS_REMOVE_FILE);
SAME(LL_FS_MAKE_CHAR, LANDLOCK_ACCESS_FS_MAKE_CHAR);
SAME(LL_FS_MAKE_DIR, LANDLOCK_ACCESS_FS_MAKE_DIR);
SAME(LL_FS_MAKE_REG, LANDLOCK_ACCESS_FS_MAKE_REG);
SAME(LL_FS_MAKE_SOCK, LANDLOCK_ACCESS_FS_MAKE_SOCK);
SAME(LL_FS_MAKE_FIFO, LANDLOCK_ACCESS_FS_MAKE_FIFO);
SAME(LL_FS_MAKE_BLOCK, LANDLOCK_ACCESS_FS_MAKE_BLOCK);
SAME(LL_FS_MAKE_SYM, LANDLOCK_ACCESS_FS_MAKE_SYM);
SAME(LL_FS_REFER, LANDLOCK_ACCESS_FS_REFER);
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
SAME(LL_FS_TRUNCATE, LANDLOCK_ACCESS_FS_TRUNCATE);
#endif
#ifdef LANDLOCK_ACCESS_NET_BIND_TCP
SAME(LL_NET_BIND_TCP, LANDLOCK_ACCESS_NET_BIND_TCP);
SAME(LL_NET_CONNECT_TCP, LANDLOCK_ACCESS_NET_CONNECT_TCP);
SAME((int)LL_RULE_NET_PORT, (int)LANDLOCK_RULE_NET_PORT);
#endif
#ifdef LANDLOCK_ACCESS_FS_IOCTL_DEV
SAME(LL_FS_IOCTL_DEV, LANDLOCK_ACCESS_FS_IOCTL_DEV);
#endif
#ifdef LANDLOCK_SCOPE_SIGNAL
SAME(LL_SCOPE_ABSTRACT_UNIX, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET);
SAME(LL_SCOPE_SIGNAL, LANDLOCK_SCOPE_SIGNAL);
#endif
#ifdef LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON
SAME(LL_LOG_SAME_EXEC_OFF, LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF);
SAME(LL_LOG_NEW_EXEC_ON, LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON);
SAME(LL_LOG_SUBDOMAINS_OFF, LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF);
#endif
#ifdef LANDLOCK_RESTRICT_SELF_TSYNC
SAME(LL_TSYNC, LANDLOCK_RESTRICT_SELF_TSYNC);
#endif
#ifdef LANDLOCK_ACCESS_FS_RESOLVE_UNIX
SAME(LL_FS_RESOLVE_UNIX, LANDLOCK_ACCESS_FS_RESOLVE_UNIX);
#endif
#ifdef LANDLOCK_ACCESS_NET_BIND_UDP
SAME(LL_NET_BIND_UDP, LANDLOCK_ACCESS_NET_BIND_UDP);
SAME(LL_NET_CONNECT_SEND_UDP, LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP);
#endif

/* A directory without mounts, so that only Landlock can refuse. */
static char top[] = "/tmp/cordon-landlock-XXXXXX";

static const struct {
	const char *target;
	enum view_kind kind;
	unsigned flags;
} places[] = {
	{ "open", VIEW_BIND, 0 },
	{ "shut", VIEW_BIND, VIEW_READ_ONLY },
	{ "open/shut-but-below", VIEW_BIND, VIEW_READ_ONLY }, /* Landlock cannot take away again */
	{ "shut/open", VIEW_TMPFS, 0 },
	{ "outer", VIEW_BIND, VIEW_CALLER_ONLY },
	{ "filled", VIEW_TMPFS, 0 },
	{ "filled", VIEW_SEAL, 0 },
	{ "filled/null", VIEW_BIND, 0 },
	{ "hidden", VIEW_EMPTY, 0 },
	{ "missing", VIEW_BIND, VIEW_OPTIONAL },
	{ "dir", VIEW_DIR, 0 },
};

static struct plan *some_plan(bool private_network, bool private_pids)
{
	struct plan p = { .set = { .private_network = private_network,
				   .private_pids = private_pids } };
	struct view_op ops[sizeof places / sizeof places[0]];
	struct plan_buf b = { 0 };
	char path[128];

	memset(ops, 0, sizeof ops);
	(void)plan_put(&b, &p, sizeof p, 8);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", top, places[i].target);
		ops[i].kind = places[i].kind;
		ops[i].flags = places[i].flags;
		ops[i].target = plan_put_str(&b, path);
	}
	p.view = plan_put(&b, ops, sizeof ops, 8);
	p.head.size = plan_put_end(&b);
	memcpy(b.data, &p, sizeof p);
	return (struct plan *)(void *)b.data;
}

static int make(const char *dir)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof path, "%s/new", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	return fd < 0 ? -errno : close(fd);
}

/* Tries all accesses, and returns bits; in a child, because Landlock cannot be undone. */
static unsigned tried(const struct plan *plan)
{
	struct child_fail f = { 0 };

	if (chdir(top) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    landlock_apply(plan, -1, &f) < 0)
		return 255;
	return (make("open") == 0) | (make("shut") == -EACCES) << 1 | (make("shut/open") == 0) << 2 |
	       (make("outer") == -EACCES && make("filled") == -EACCES && make("dir") == -EACCES &&
		make("hidden") == -EACCES && make(".") == -EACCES)
		       << 3 |
	       (rename("open/new", "open/sub/new") == 0) << 4 |
	       (rename("open/sub/new", "shut/new") < 0) << 5 |
	       (sys_landlock_abi() < 3 || (truncate("shut/file", 0) < 0 && errno == EACCES)) << 8 |
	       (unlink("shut/file") < 0 && mkdir("shut/d", 0700) < 0 &&
		symlink("x", "shut/l") < 0 && mkfifo("shut/f", 0600) < 0)
		       << 6 |
	       (open("filled/null", O_RDWR) < 0 || open("shut/file", O_RDONLY) < 0) << 7;
}

static void places_alone_are_writable(void **state)
{
	struct plan *plan = some_plan(true, true);
	const int abi = sys_landlock_abi();
	const pid_t pid = abi > 0 ? fork() : 0;
	int status;

	(void)state;
	if (abi < 1) {
		print_message("SKIPPED: this kernel has no Landlock\n");
		skip();
	}
	if (pid == 0)
		_exit(tried(plan) == 0x17f ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	free(plan);
}

static void what_each_abi_is_asked_for(void **state)
{
	static const uint64_t fs[] = { 0,      0x1ff2, 0x3ff2, 0x7ff2, 0x7ff2, 0xfff2,
				       0xfff2, 0xfff2, 0xfff2, 0xfff2, 0xfff2 };
	static const uint64_t roots[] = { 0,	  0x1ffe, 0x3ffe, 0x7ffe,  0x7ffe, 0xfffe,
					  0xfffe, 0xfffe, 0xfffe, 0x1fffe, 0x1fffe };

	(void)state;
	for (int abi = -ENOSYS; abi <= 10; abi = abi < 0 ? 0 : abi + 1)
		for (unsigned own = 0; own < 4; own++) {
			struct plan *plan = some_plan(own & 1, own & 2);
			struct landlock_ask ask = landlock_ask(plan, abi);

			assert_int_equal(ask.fs, fs[abi < 0 ? 0 : abi]);
			assert_int_equal(ask.roots, roots[abi < 0 ? 0 : abi]);
			assert_int_equal(ask.scoped, abi < 6 ? 0 : 1u | (own & 2 ? 0u : 2u));
			assert_int_equal(ask.flags, 0); /* by the plan alone */
			plan->flags = PLAN_AUDIT;
			assert_int_equal(landlock_ask(plan, abi).flags, 2);
			plan->view.len = 0; /* no places: no rights of files */
			ask = landlock_ask(plan, abi);
			assert_int_equal(ask.fs | ask.roots, 0);
			free(plan);
		}
}

/* The flag that the plan has where the kernel knows it. */
static void denials_are_logged(void **state)
{
	struct plan *plan = some_plan(true, true);
	struct child_fail f = { 0 };
	const int abi = sys_landlock_abi();
	const pid_t pid = abi > 0 ? fork() : 0;
	int status;

	(void)state;
	if (abi < 1) {
		print_message("SKIPPED: this kernel has no Landlock\n");
		skip();
	}
	plan->flags = PLAN_AUDIT;
	if (pid == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* cannot fail */
		_exit(-landlock_apply(plan, -1, &f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), abi < 7 ? EINVAL : 0); /* never left out in silence */
	free(plan);
}

/* A plan whose directives about ports are these words, each behind a zero. */
static struct plan *plan_of_ports(const char *const words[4])
{
	struct plan p = { .set = { .private_pids = true } };
	struct span *const lists[4] = { &p.set.socket_bind_deny, &p.set.socket_bind_allow,
					&p.set.socket_connect_deny, &p.set.socket_connect_allow };
	struct plan_buf b = { 0 };

	(void)plan_put(&b, &p, sizeof p, 8);
	for (size_t i = 0; i < 4; i++)
		if (words[i] != NULL)
			*lists[i] = plan_put_str(&b, words[i]);
	p.head.size = plan_put_end(&b);
	memcpy(b.data, &p, sizeof p);
	return (struct plan *)(void *)b.data;
}

/* On each ABI, the ruleset is the same: a kernel that lacks a right refuses it. */
static void what_each_directive_asks_for(void **state)
{
	static const struct {
		const char *bind, *connect;
		uint64_t net;
	} cases[] = { { NULL, NULL, 0 },   { "tcp", NULL, 1 },	 { NULL, "tcp", 2 },
		      { "udp", NULL, 4 },  { NULL, "udp", 8 },	 { "any", NULL, 5 },
		      { NULL, "any", 10 }, { "any", "any", 15 }, { "tcp", "udp", 9 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int abi = 1; abi <= 10; abi++) {
			struct plan *plan = plan_of_ports((const char *const[4]){
				cases[i].bind, NULL, cases[i].connect, NULL });

			assert_int_equal(landlock_ask(plan, abi).net, cases[i].net);
			free(plan);
		}
}

/* 0 or -errno of a bind and of a send; in a child. */
static int udp_at(const struct plan *plan, uint16_t bound, uint16_t sent)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(sent),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in at = to;
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct child_fail f = { 0 };

	at.sin_port = htons(bound);
	if (fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || landlock_apply(plan, -1, &f) < 0)
		return -EIO;
	if (bound != 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) < 0)
		return -errno;
	return sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof to) < 0 ? -errno : 0;
}

/* On the running kernel, each directive has its effect or is refused. */
static void udp_ports(void **state)
{
	static const struct {
		const char *words[4];
		uint16_t bound, sent;
		int result;
	} cases[] = {
		{ { "udp", NULL, NULL, NULL }, 17100, 17200, -EACCES },
		{ { "udp", "udp:17100", NULL, NULL }, 17100, 17200, 0 },
		{ { "any", "17100", NULL, NULL }, 17100, 17200, 0 },
		{ { "udp", "udp:17100", NULL, NULL }, 0, 17200, -EACCES }, /* takes port 0 */
		{ { "udp", "udp:0", NULL, NULL }, 0, 17200, 0 },
		{ { "any", "tcp:0", NULL, NULL }, 0, 17200, -EACCES },
		{ { NULL, NULL, "udp", NULL }, 0, 17200, -EACCES },
		{ { NULL, NULL, "udp", "udp:17200" }, 0, 17200, 0 },
		{ { NULL, NULL, "udp", "udp:17200-17201" }, 17100, 17202, -EACCES },
		{ { NULL, NULL, "any", "tcp:17200" }, 0, 17200, -EACCES },
		{ { "udp", "udp:0", "udp", "17200" }, 0, 17200, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct plan *plan = plan_of_ports(cases[i].words);
		const pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(-udp_at(plan, cases[i].bound, cases[i].sent));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status),
				 sys_landlock_abi() >= 10 ? -cases[i].result : EIO);
		free(plan);
	}
}

static int prepare(void **state)
{
#define MAKE_THEM \
	"cd %s && mkdir -p open/sub open/shut-but-below shut/open outer filled hidden dir && " \
	"echo x >shut/file && touch filled/null"
	char command[512];

	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(command, sizeof command, MAKE_THEM, top);
	return system(command);
}

static int clean(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_alone_are_writable),
		cmocka_unit_test(what_each_abi_is_asked_for),
		cmocka_unit_test(denials_are_logged),
		cmocka_unit_test(what_each_directive_asks_for),
		cmocka_unit_test(udp_ports),
	};

	return cmocka_run_group_tests_name("landlock", tests, prepare, clean);
}
