/* SPDX-License-Identifier: Apache-2.0 */
/* filter_table_test.c - names, numbers and groups; what a call costs */
#include "contract/words.h"
#include "filter/filter.h"
#include "filter/sim.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static bool has(const struct group *group, const char *call)
{
	struct filter_set set = { 0 };
	const int id = call_find(call, strlen(call));

	group_expand(group, &set);
	return id >= 0 && set.in[id];
}

static bool group_has(const char *group, const char *call)
{
	return has(group_find(group, strlen(group)), call);
}

/* A name of the groups that nobody knows would be a call that the filter refuses for no reason. */
static void each_name_is_known_to_libseccomp_or_young(void **state)
{
	unsigned wrong = 0;
	bool young;

	(void)state;
	for (size_t id = 0; id < calls_n(); id++)
		if (call_rule_nr(id, &young) == INT_MIN && !young) {
			print_message("%s: unknown to libseccomp, and not in young.def\n",
				      call_name(id));
			wrong++;
		}
	assert_int_equal(wrong, 0);
	assert_true(calls_n() > 400 && calls_n() < CALLS_MAX / 2 + 100);
}

static void kernel_headers_agree(void **state)
{
	static const char *const headers[] = { "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
					       "/usr/include/x86_64-linux-gnu/asm/unistd_32.h",
					       "/usr/include/x86_64-linux-gnu/asm/unistd_x32.h" };
	unsigned wrong = 0, compared = 0;

	(void)state;
	for (size_t a = 0; a < COUNT(headers) && a < abis_n; a++) {
		FILE *f = fopen(headers[a], "r");
		char line[256], name[128];
		int nr;

		while (f != NULL && fgets(line, sizeof line, f) != NULL) {
			int id;

			if (sscanf(line, "#define __NR_%127s %d", name, &nr) != 2 &&
			    sscanf(line, "#define __NR_%127s (__X32_SYSCALL_BIT + %d)", name,
				   &nr) != 2)
				continue;
			id = call_find(name, strlen(name));
			compared++;
			if (id >= 0 && call_nr((size_t)id, a) == (nr | (int)abis[a].bit))
				continue;
			print_message("%s: %s is %d, ours %d\n", headers[a], name, nr,
				      id < 0 ? -2 : call_nr((size_t)id, a));
			wrong++;
		}
		if (f != NULL)
			(void)fclose(f);
	}
	if (compared == 0)
		skip();
	assert_int_equal(wrong, 0);
}

/* Code for i386's old calls, which has other names there, or for other architectures. */
static bool others_abi(const char *code)
{
	static const char *const odd[] = { "gethostname", "s390_ipc", "spu_run",   "spu_create",
					   "mmap_pgoff",  "llseek",   "oldumount", "ni_syscall" };

	for (size_t i = 0; i < COUNT(odd); i++)
		if (strcmp(code, odd[i]) == 0)
			return true;
	return strncmp(code, "old_", 4) == 0 || strstr(code, "32") != NULL ||
	       (strlen(code) > 2 && strcmp(code + strlen(code) - 2, "16") == 0);
}

/* Every call that the running kernel has code for is one that we have a name for. */
static void running_kernel_agrees(void **state)
{
	/* the kernel's name of the function, the call's */
	static const struct {
		const char *code, *call;
	} twins[] = { { "newstat", "stat" },   { "newfstat", "fstat" }, { "newlstat", "lstat" },
		      { "newuname", "uname" }, { "umount", "umount2" }, { "sendfile64", "sendfile" } };
	FILE *f = fopen("/proc/kallsyms", "r");
	unsigned unknown = 0, n = 0;
	char line[512], name[256];

	(void)state;
	if (f == NULL)
		skip();
	while (fgets(line, sizeof line, f) != NULL) {
		const char *call = name;

		if (sscanf(line, "%*x %*c __x64_sys_%255s", name) != 1 || strchr(name, '.') != NULL)
			continue;
		for (size_t i = 0; i < COUNT(twins); i++)
			if (strcmp(twins[i].code, name) == 0)
				call = twins[i].call;
		n++;
		if (call_find(call, strlen(call)) >= 0)
			continue;
		if (others_abi(call))
			continue;
		print_message("the kernel has %s\n", call);
		unknown++;
	}
	(void)fclose(f);
	if (n == 0)
		print_message("SKIPPED: /proc/kallsyms is closed\n");
	assert_int_equal(unknown, 0);
}

/* The groups are systemd's: what `systemd-analyze syscall-filter` lists is in ours of that name. */
static void systemd_agrees(void **state)
{
	FILE *f = popen("systemd-analyze --no-pager syscall-filter 2>/dev/null", "r");
	char line[256], group[64] = "";
	unsigned missing = 0, n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		char word[128];

		if (line[0] == '@')
			(void)sscanf(line, "%63s", group);
		if (line[0] != ' ' || sscanf(line, " %127s", word) != 1 || word[0] == '#')
			continue;
		n++;
		if (strcmp(group, "@known") == 0)
			continue; /* of all architectures; what ours have the headers tell */
		if (word[0] == '@' ? group_find(word, strlen(word)) != NULL : group_has(group, word))
			continue;
		print_message("systemd: %s has %s\n", group, word);
		missing++;
	}
	(void)pclose(f);
	if (n == 0) {
		print_message("SKIPPED: no systemd-analyze\n");
		skip();
	}
	assert_int_equal(missing, 0);
}

static void every_call_is_in_or_left_out_for_a_reason(void **state)
{
	size_t n;
	const struct group *out = left_out(&n);
	struct filter_set in = { 0 }, without = { 0 };
	unsigned wrong = 0;

	(void)state;
	group_expand(group_find("@default-session", strlen("@default-session")), &in);
	for (size_t i = 0; i < n; i++)
		group_expand(&out[i], &without);
	for (size_t id = 0; id < calls_n(); id++)
		if (in.in[id] == without.in[id]) {
			print_message("%s is %s\n", call_name(id), in.in[id] ? "both" : "neither");
			wrong++;
		}
	assert_int_equal(wrong, 0);
}

static void table_is_sorted_and_groups_make_sense(void **state)
{
	static const char *const profiles[] = { "@essential", "@minimal", "@io-heavy",
						"@compute",   "@network", "@unrestricted" };
	size_t n;
	const struct group *g = groups(&n);

	(void)state;
	for (size_t id = 1; id < calls_n(); id++)
		assert_true(strcmp(call_name(id - 1), call_name(id)) < 0);
	for (size_t i = 0; i < n; i++) {
		struct filter_set set = { 0 };

		assert_true(g[i].name[0] == '@' && g[i].help[0] != '\0' && g[i].members[0] != NULL);
		group_expand(&g[i], &set); /* it ends, and each group it names is there */
	}
	for (size_t i = 0; i + 1 < COUNT(profiles); i++) {
		struct filter_set less = { 0 }, more = { 0 };
		unsigned added = 0;

		group_expand(group_find(profiles[i], strlen(profiles[i])), &less);
		group_expand(group_find(profiles[i + 1], strlen(profiles[i + 1])), &more);
		for (size_t id = 0; id < calls_n(); id++) {
			assert_true(!less.in[id] || more.in[id]);
			added += more.in[id] && !less.in[id];
		}
		assert_true(added > 0);
	}
}

/* ---- what a call costs ---- */

static struct filter_prog compiled(const struct filter_spec *spec)
{
	struct filter_prog p = { 0 };
	struct filter_error e = { 0 };

	if (filter_compile(spec, &p, &e) < 0)
		fail_msg("%s", e.msg);
	return p;
}

static struct walk walk_of(const struct sock_filter *f, size_t n, size_t id, uint64_t args)
{
	struct seccomp_data d = { .nr = call_nr(id, 0), .arch = abis[0].audit };

	for (unsigned i = 0; i < 6; i++)
		d.args[i] = args;
	return bpf_sim(f, n, &d);
}

static const struct filter_spec usual = {
	.flags = FILTER_LOCK_PERSONALITY | FILTER_RESTRICT_REALTIME | FILTER_OWN_PIDS,
	.restrict_suidsgid = RESTRICT_SUIDSGID_SUID,
};

/* what is measured is in doc/PERFORMANCE.md; these are to notice a filter that grows */
enum { ANY_BOUND = 40, SIZE_BOUND = 700 };

static void bounds(void **state)
{
	/* these alone are not decided on the number; all others are in the kernel's table */
	static const char *const looked_into[] = {
		"ioctl",      "prctl",	     "clone",
		"unshare",    "setns",	     "socket",
		"socketpair", "personality", "sched_setscheduler",
		"chmod",      "fchmod",	     "fchmodat",
		"fchmodat2",  "mknod",	     "mknodat",
		"creat",      "open",	     "openat"
	};
	static const char *const hottest[] = { "read",		 "write",	 "close",
					       "fstat",		 "newfstatat",	 "mmap",
					       "munmap",	 "mprotect",	 "brk",
					       "futex",		 "poll",	 "ppoll",
					       "epoll_wait",	 "epoll_pwait",	 "lseek",
					       "pread64",	 "pwrite64",	 "rt_sigaction",
					       "rt_sigprocmask", "rt_sigreturn", "getpid",
					       "clock_gettime",	 "recvmsg",	 "sendmsg",
					       "recvfrom",	 "sendto",	 "readv",
					       "writev",	 "getdents64",	 "statx" };
	const struct filter_prog p = compiled(&usual);
	unsigned longest = 0;

	(void)state;
	for (size_t id = 0; id < calls_n(); id++) {
		const struct walk w = walk_of(p.insns, p.n, id, 0);
		bool expected = true;

		if (call_nr(id, 0) < 0 || !ret_allows(w.ret))
			continue;
		for (size_t i = 0; i < COUNT(looked_into); i++)
			expected = expected && strcmp(looked_into[i], call_name(id)) != 0;
		if (w.on_arch_and_number_alone != expected)
			fail_msg("%s: decided on the number alone: %d", call_name(id), !expected);
		longest = w.insns > longest ? w.insns : longest;
	}
	for (size_t i = 0; i < COUNT(hottest); i++) {
		const int id = call_find(hottest[i], strlen(hottest[i]));
		const struct walk w = walk_of(p.insns, p.n, (size_t)id, ~0ull);

		assert_int_equal(w.ret, SECCOMP_RET_ALLOW);
		assert_true(w.on_arch_and_number_alone);
	}
	print_message("%zu instructions; a call walks %u at most\n", p.n, longest);
	assert_true(longest <= ANY_BOUND && p.n <= SIZE_BOUND);
	free(p.insns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_is_known_to_libseccomp_or_young),
		cmocka_unit_test(running_kernel_agrees),
		cmocka_unit_test(systemd_agrees),
		cmocka_unit_test(table_is_sorted_and_groups_make_sense),
#if defined(__x86_64__) && !defined(__ILP32__) /* what these three compare with is of x86-64 */
		cmocka_unit_test(kernel_headers_agree),
		cmocka_unit_test(every_call_is_in_or_left_out_for_a_reason),
		cmocka_unit_test(bounds),
#endif
	};

#if !defined(__x86_64__) || defined(__ILP32__)
	print_message("SKIPPED: what is compared with the headers of x86-64\n");
	(void)kernel_headers_agree;
	(void)every_call_is_in_or_left_out_for_a_reason;
	(void)bounds;
#endif
	return cmocka_run_group_tests_name("filter table", tests, NULL, NULL);
}
