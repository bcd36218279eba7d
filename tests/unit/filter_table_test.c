/* SPDX-License-Identifier: Apache-2.0 */
/* filter_table_test.c - names and numbers against others' tables; what a call costs */
#include "bpf_sim.h"
#include "contract/words.h"
#include "policy/filter/filter_int.h"

#include <errno.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct {
	enum filter_arch arch;
	uint32_t scmp;
	uint32_t bit;
	const char *header;
} abis[] = {
	{ ARCH_X86_64, SCMP_ARCH_X86_64, 0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h" },
	{ ARCH_X32, SCMP_ARCH_X32, X32_BIT, "/usr/include/x86_64-linux-gnu/asm/unistd_x32.h" },
	{ ARCH_I386, SCMP_ARCH_X86, 0, "/usr/include/x86_64-linux-gnu/asm/unistd_32.h" },
	{ ARCH_ARM64, SCMP_ARCH_AARCH64, 0, NULL },
};

/* Is @nr what we have for @name; @where says who has it otherwise. */
static unsigned differs(const char *name, int nr, enum filter_arch arch, const char *where)
{
	const int id = call_find(name, strlen(name));

	if (id >= 0 && call_nr((unsigned)id, arch) == nr)
		return 0;
	print_message("%s: %s is %d, ours %d\n", where, name, nr,
		      id < 0 ? -2 : call_nr((unsigned)id, arch));
	return 1;
}

static bool call_is(unsigned id, const char *name)
{
	return strcmp(call_name(id), name) == 0;
}

/* Both ways: every call of libseccomp's in our table, every one of ours that it knows in its. */
static void libseccomp_agrees(void **state)
{
	unsigned wrong = 0, compared = 0;

	(void)state;
	for (size_t a = 0; a < COUNT(abis); a++) {
		for (int nr = 0; nr < 1024; nr++) {
			char *name = seccomp_syscall_resolve_num_arch(abis[a].scmp,
								      nr | (int)abis[a].bit);

			if (name != NULL) {
				wrong += differs(name, nr, abis[a].arch, "libseccomp");
				compared++;
			}
			free(name);
		}
		for (unsigned id = 0; id < CALL_N; id++) {
			const int theirs =
				seccomp_syscall_resolve_name_arch(abis[a].scmp, call_name(id));
			const int ours = call_nr(id, abis[a].arch);

			if (theirs == __NR_SCMP_ERROR || call_is(id, "map_shadow_stack"))
				continue; /* younger than the library, on this architecture at least */
			if (abis[a].arch == ARCH_I386 && theirs <= -101 && theirs >= -224)
				continue; /* a part of socketcall or ipc to it; the headers have it */
			if (ours >= 0 ? theirs != (ours | (int)abis[a].bit) : theirs >= 0) {
				print_message("%s: %d, libseccomp %d\n", call_name(id), ours,
					      theirs);
				wrong++;
			}
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(compared > 1300);
}

static void kernel_headers_agree(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t a = 0; a < COUNT(abis); a++) {
		FILE *f = abis[a].header != NULL ? fopen(abis[a].header, "r") : NULL;
		char line[256], name[128];
		int nr;

		if (f == NULL)
			continue;
		while (fgets(line, sizeof line, f) != NULL)
			if (sscanf(line, "#define __NR_%127s %d", name, &nr) == 2 ||
			    sscanf(line, "#define __NR_%127s (__X32_SYSCALL_BIT + %d)", name,
				   &nr) == 2)
				wrong += differs(name, nr, abis[a].arch, abis[a].header);
		(void)fclose(f);
	}
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
		if (word[0] == '@' ? group_find(word, strlen(word)) >= 0 : filter_has(group, word))
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

static bool in_left_out(unsigned id)
{
	size_t n;
	const struct filter_left_out *l = filter_left_out(&n);
	struct filter_set set = { 0 };

	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < l[i].n; m++) {
			if (l[i].members[m] < CALL_N)
				set.in[l[i].members[m]] = true;
			else
				group_expand((unsigned)(l[i].members[m] - CALL_N), &set);
		}
	return set.in[id];
}

static void every_call_is_in_or_left_out_for_a_reason(void **state)
{
	struct filter_set set = { 0 };
	unsigned wrong = 0;

	(void)state;
	group_expand(GROUP_default_session, &set);
	for (unsigned id = 0; id < CALL_N; id++)
		if (set.in[id] == in_left_out(id)) {
			print_message("%s is %s\n", call_name(id), set.in[id] ? "both" : "neither");
			wrong++;
		}
	assert_int_equal(wrong, 0);
}

static void table_is_sorted_and_groups_make_sense(void **state)
{
	static const char *const profiles[] = { "@essential", "@minimal", "@io-heavy",
						"@compute",   "@network", "@unrestricted" };
	size_t n;
	const struct filter_group *g = filter_groups(&n);

	(void)state;
	for (unsigned id = 1; id < CALL_N; id++)
		assert_true(strcmp(call_name(id - 1), call_name(id)) < 0);
	for (size_t i = 0; i < n; i++)
		assert_true(g[i].name[0] == '@' && g[i].help[0] != '\0' && g[i].n > 0);
	for (size_t i = 0; i + 1 < COUNT(profiles); i++) {
		unsigned more = 0;

		for (unsigned id = 0; id < CALL_N; id++) {
			const bool less_has = filter_has(profiles[i], call_name(id));
			const bool more_has = filter_has(profiles[i + 1], call_name(id));

			assert_true(!less_has || more_has);
			more += more_has && !less_has;
		}
		assert_true(more > 0);
	}
}

/* ---- what a call costs ---- */

static struct filter_prog compiled(const struct filter_spec *spec)
{
	struct filter_prog p = { 0 };
	struct err e = { 0 };

	if (filter_compile(spec, &p, &e) < 0)
		fail_msg("%s", e.msg);
	return p;
}

static struct walk walk_of(const struct sock_filter *f, size_t n, unsigned id, uint64_t args)
{
	struct seccomp_data d = { .nr = call_nr(id, ARCH_X86_64), .arch = AUDIT_ARCH_X86_64 };

	for (unsigned i = 0; i < 6; i++)
		d.args[i] = args;
	return bpf_sim(f, n, &d);
}

static const struct filter_spec usual = { .lock_personality = true,
					  .restrict_realtime = true,
					  .restrict_suidsgid = RESTRICT_SUIDSGID_SUID,
					  .own_pids = true };

enum { HOT_BOUND = 11, ANY_BOUND = 18, SIZE_BOUND = 280 };

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
	unsigned longest = 0, hot_longest = 0;

	(void)state;
	for (unsigned id = 0; id < CALL_N; id++) {
		const struct walk w = walk_of(p.insns, p.n, id, 0);
		bool expected = true;

		if (call_nr(id, ARCH_X86_64) < 0 || !ret_allows(w.ret))
			continue;
		for (size_t i = 0; i < COUNT(looked_into); i++)
			expected = expected && strcmp(looked_into[i], call_name(id)) != 0;
		if (w.on_arch_and_number_alone != expected)
			fail_msg("%s: decided on the number alone: %d", call_name(id), !expected);
		longest = w.insns > longest ? w.insns : longest;
	}
	for (size_t i = 0; i < COUNT(hottest); i++) {
		const int id = call_find(hottest[i], strlen(hottest[i]));
		const struct walk w = walk_of(p.insns, p.n, (unsigned)id, ~0ull);

		assert_int_equal(w.ret, SECCOMP_RET_ALLOW);
		assert_true(w.on_arch_and_number_alone);
		hot_longest = w.insns > hot_longest ? w.insns : hot_longest;
	}
	print_message("%zu instructions; a call walks %u at most, a hot one %u\n", p.n, longest,
		      hot_longest);
	assert_true(hot_longest <= HOT_BOUND && longest <= ANY_BOUND && p.n <= SIZE_BOUND);
	free(p.insns);
}

/* The same answers by libseccomp with its binary tree, without any check of arguments. */
static size_t libseccomp_program(struct sock_filter *out, size_t max)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	const int fd = memfd_create("bpf", MFD_CLOEXEC);
	ssize_t n;

	assert_non_null(ctx);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), 0);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2), 0);
	for (unsigned id = 0; id < CALL_N; id++) {
		const int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, call_name(id));

		if (nr < 0)
			continue; /* younger than the library, or not on this architecture */
		assert_int_equal(seccomp_rule_add(ctx,
						  filter_has("@default-session", call_name(id)) ?
							  SCMP_ACT_ALLOW :
							  SCMP_ACT_ERRNO(EPERM),
						  nr, 0),
				 0);
	}
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	n = pread(fd, out, max * sizeof *out, 0);
	assert_true(n > 0);
	(void)close(fd);
	seccomp_release(ctx);
	return (size_t)n / sizeof *out;
}

static void no_longer_than_libseccomps(void **state)
{
	static struct sock_filter theirs[BPF_MAXINSNS];
	const size_t n = libseccomp_program(theirs, COUNT(theirs));
	const struct filter_prog ours = compiled(&usual);
	unsigned calls = 0, sum[2] = { 0, 0 }, hot[2] = { 0, 0 };

	(void)state;
	for (unsigned id = 0; id < CALL_N; id++) {
		const struct walk t = walk_of(theirs, n, id, 0),
				  o = walk_of(ours.insns, ours.n, id, 0);

		if (call_nr(id, ARCH_X86_64) < 0 || t.ret == (SECCOMP_RET_ERRNO | ENOSYS))
			continue;
		calls++;
		sum[0] += o.insns;
		sum[1] += t.insns;
		for (size_t i = 0; i < filter_hot_n; i++)
			if (filter_hot[i] == id) {
				hot[0] += o.insns;
				hot[1] += t.insns;
			}
	}
	print_message("over %u calls ours walks %u (libseccomp's tree %u), over the hot ones %u (%u); "
		      "%zu instructions (%zu)\n",
		      calls, sum[0], sum[1], hot[0], hot[1], ours.n, n);
	assert_true(sum[0] <= sum[1] && hot[0] <= hot[1] && ours.n <= n);
	free(ours.insns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libseccomp_agrees),
		cmocka_unit_test(kernel_headers_agree),
		cmocka_unit_test(running_kernel_agrees),
		cmocka_unit_test(systemd_agrees),
		cmocka_unit_test(every_call_is_in_or_left_out_for_a_reason),
		cmocka_unit_test(table_is_sorted_and_groups_make_sense),
		cmocka_unit_test(bounds),
		cmocka_unit_test(no_longer_than_libseccomps),
	};

	return cmocka_run_group_tests_name("filter table", tests, NULL, NULL);
}
