/* SPDX-License-Identifier: Apache-2.0 */
/* group_test.c - the limits of control groups, and the records that pass to and from cordon-scope */
#include "contract/group.h"
#include "policy/compile/group_emit.h"
#include "policy/group/make.h"
#include "policy/settings/addresses.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct group_request good_request = {
	.magic = GROUP_MAGIC,
	.version = GROUP_WIRE_VERSION,
	.size = sizeof good_request,
	.share = GROUP_SESSION,
	.uid = 1000,
	.name = "cordon-ab12.scope",
	.slice = "user-1000.slice",
	.limits = { .given = 1u << GROUP_TASKS_MAX, .value[GROUP_TASKS_MAX] = 100 },
};

static const struct group_answer good_answer = {
	.magic = GROUP_ANSWER_MAGIC,
	.version = GROUP_WIRE_VERSION,
	.size = sizeof good_answer,
	.path = "/user.slice/user-1000.slice/cordon-ab12.scope",
};

static void test_request(void **state)
{
	struct group_request r = good_request;

	(void)state;
	assert_int_equal(group_request_check(&r, sizeof r), 0);
	assert_int_equal(group_request_check(&r, sizeof r - 1), -EBADMSG);
	r.share = 0; /* a forgotten member is no consent */
	assert_int_equal(group_request_check(&r, sizeof r), -EBADMSG);
	r = good_request;
	r.limits.given = 1u << GROUP_LIMITS;
	assert_int_equal(group_request_check(&r, sizeof r), -EBADMSG);
	r = good_request;
	memset(r.slice, 'x', sizeof r.slice);
	assert_int_equal(group_request_check(&r, sizeof r), -EBADMSG);
	r = good_request;
	r.together = 2;
	assert_int_equal(group_request_check(&r, sizeof r), -EBADMSG);
	r = good_request;
	r.version++;
	assert_int_equal(group_request_check(&r, sizeof r), -EBADMSG);
}

static void test_answer(void **state)
{
	struct group_answer a = good_answer;

	(void)state;
	assert_int_equal(group_answer_check(&a, sizeof a), 0);
	a.path[0] = '\0';
	assert_int_equal(group_answer_check(&a, sizeof a), -EBADMSG);
	a.code = -ENOENT;
	assert_int_equal(group_answer_check(&a, sizeof a), 0);
	a = good_answer;
	strcpy(a.path, "/user.slice/../../etc");
	assert_int_equal(group_answer_check(&a, sizeof a), -EBADMSG);
	a = good_answer;
	memset(a.text, 'x', sizeof a.text);
	assert_int_equal(group_answer_check(&a, sizeof a), -EBADMSG);
	a = good_answer;
	a.code = 1;
	assert_int_equal(group_answer_check(&a, sizeof a), -EBADMSG);
}

/* The limits that one line comes to. Return: as group_emit(). */
static int limits_of(const char *key, const char *value, struct group_limits *ret)
{
	struct plan_buf b = { 0 };
	struct settings s;
	struct span span;
	struct err e = { 0 };
	char text[64];
	int r;

	(void)snprintf(text, sizeof text, "%s", value);
	assert_int_equal(settings_init(&s), 0);
	assert_int_equal(settings_assign(&s, settings_find(key), text, "rule", 3, NULL), 0);
	r = group_emit(&s, &b, &span, &e);
	*ret = (struct group_limits){ 0 };
	if (r == 0 && span.len == sizeof *ret)
		memcpy(ret, b.data + span.off, sizeof *ret);
	else
		assert_int_equal(span.len, 0);
	free(b.data);
	settings_free(&s);
	return r;
}

static void test_limits(void **state)
{
	static const struct {
		const char *key, *value;
		enum group_limit limit;
		uint64_t wanted;
	} cases[] = {
		{ "MemoryMax", "64M", GROUP_MEMORY_MAX, 64u << 20 },
		{ "MemoryMax", "infinity", GROUP_MEMORY_MAX, GROUP_INFINITY },
		{ "MemorySwapMax", "0", GROUP_MEMORY_SWAP_MAX, 0 },
		{ "TasksMax", "7", GROUP_TASKS_MAX, 7 },
		{ "CPUQuota", "150%", GROUP_CPU_QUOTA, 1500000 },
		{ "CPUQuota", "0.5%", GROUP_CPU_QUOTA, 5000 },
		{ "CPUWeight", "idle", GROUP_CPU_WEIGHT, GROUP_WEIGHT_IDLE },
		{ "CPUWeight", "10000", GROUP_CPU_WEIGHT, 10000 },
		{ "IOWeight", "1", GROUP_IO_WEIGHT, 1 },
	};
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t all = (uint64_t)sysconf(_SC_PHYS_PAGES) * page;
	struct group_limits g;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(limits_of(cases[i].key, cases[i].value, &g), 0);
		assert_true(g.given & 1u << cases[i].limit);
		assert_int_equal(g.value[cases[i].limit], cases[i].wanted);
	}
	/* the kernel counts pages, so that what is read back has to be pages */
	assert_int_equal(limits_of("MemoryHigh", "100001", &g), 0);
	assert_int_equal(g.value[GROUP_MEMORY_HIGH], 100001 / page * page);
	assert_int_equal(limits_of("MemoryHigh", "50%", &g), 0);
	assert_true(g.value[GROUP_MEMORY_HIGH] <= all / 2 &&
		    g.value[GROUP_MEMORY_HIGH] + 2 * page > all / 2 - 10000);
	assert_int_equal(limits_of("AllowedCPUs", "0,2-3,70", &g), 0);
	assert_int_equal(g.cpus[0], 0xd);
	assert_int_equal(g.cpus[1], 1 << 6);
	assert_int_equal(limits_of("AllowedCPUs", "8000", &g), -EINVAL); /* no such CPU */
}

static void test_default(void **state)
{
	struct group_limits g;

	(void)state;
	needs_granted = 1u << FEATURE_GROUP_PIDS;
	assert_int_equal(limits_of("MemoryMax", "1G", &g), 0);
	assert_int_equal(g.value[GROUP_TASKS_MAX], GROUP_TASKS_DEFAULT);
	/* a default refuses nobody */
	needs_masked = 1u << FEATURE_GROUP_PIDS;
	assert_int_equal(limits_of("MemoryMax", "1G", &g), 0);
	assert_int_equal(g.given, 1u << GROUP_MEMORY_MAX);
	needs_granted = needs_masked = 0;
	/* no group without a limit */
	assert_int_equal(limits_of("Share", "session", &g), 0);
	assert_int_equal(g.given, 0);
	assert_int_equal(limits_of("Share", "user", &g), -EINVAL);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		int n;
		struct group_address first;
	} good[] = {
		{ "any", 2, { .family = GROUP_IPV4 } },
		{ "localhost", 2, { .family = GROUP_IPV4, .bits = 8, .address = { 127 } } },
		{ "link-local", 2, { .family = GROUP_IPV4, .bits = 16, .address = { 169, 254 } } },
		{ "multicast", 2, { .family = GROUP_IPV4, .bits = 4, .address = { 224 } } },
		{ "192.0.2.7", 1, { .family = GROUP_IPV4, .bits = 32, .address = { 192, 0, 2, 7 } } },
		{ "192.0.2.7/0", 1, { .family = GROUP_IPV4 } },
		/* bits behind the prefix do not count */
		{ "10.255.3.4/12", 1, { .family = GROUP_IPV4, .bits = 12, .address = { 10, 240 } } },
		{ "::/0", 1, { .family = GROUP_IPV6 } },
		{ "2001:db8:ffff::1/33",
		  1,
		  { .family = GROUP_IPV6, .bits = 33, .address = { 0x20, 1, 0xd, 0xb8, 0x80 } } },
	};
	static const char *const bad[] = { "",
					   "all",
					   "Any",
					   "10.1",
					   "10.0.0.0/",
					   "10.0.0.0/33",
					   "10.0.0.0/-1",
					   "10.0.0.0/8/8",
					   "/8",
					   "::/129",
					   "fe80::1%eth0",
					   "::ffff:10.0.0.1",
					   "example.org",
					   "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb" };
	struct group_address got[ADDRESSES_OF_WORD];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(addresses_parse(good[i].text, got, &e), good[i].n);
		assert_memory_equal(&got[0], &good[i].first, sizeof got[0]);
		got[0].list = GROUP_DENY;
		assert_int_equal(group_addresses_check(got, 1), 0);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(addresses_parse(bad[i], got, &e), -EINVAL);
	got[0] = (struct group_address){ .family = GROUP_IPV4 };
	assert_int_equal(group_addresses_check(got, 1), -EBADMSG); /* on neither list */
	got[0] = (struct group_address){ .list = GROUP_DENY, .family = GROUP_IPV4, .bits = 33 };
	assert_int_equal(group_addresses_check(got, 1), -EBADMSG);
}

/* The prefixes that both lists come to. Each is there once, and makes a group without any limit. */
static void test_lists(void **state)
{
	struct plan_buf b = { 0 };
	struct settings s;
	struct span span;
	struct err e = { 0 };
	struct group_address a[3];
	char allow[] = "10.0.0.1 10.0.0.1/32", deny[] = "any 0.0.0.0/0 10.0.0.1 10.0.0.1",
	     none[] = "";

	(void)state;
	assert_int_equal(settings_init(&s), 0);
	assert_int_equal(settings_assign(&s, settings_find("IPAddressAllow"), allow, "r", 3, NULL),
			 0);
	assert_int_equal(addresses_check(&s, &e), -EINVAL); /* nothing is denied */
	assert_int_equal(settings_assign(&s, settings_find("IPAddressDeny"), deny, "r", 4, NULL), 0);
	assert_int_equal(addresses_check(&s, &e), 0);
	assert_int_equal(group_emit(&s, &b, &span, &e), 0);
	assert_int_equal(span.len, sizeof(struct group_limits));
	assert_int_equal(group_emit_addresses(&s, &b, &span, &e), 0);
	assert_int_equal(span.len, 4 * sizeof a[0]);
	memcpy(a, b.data + span.off, sizeof a);
	assert_int_equal(a[0].list, GROUP_ALLOW);
	assert_int_equal(a[1].list, GROUP_DENY);
	assert_int_equal(a[1].bits, 0);
	assert_int_equal(a[2].family, GROUP_IPV6);
	assert_int_equal(settings_assign(&s, settings_find("IPAddressDeny"), none, "r", 5, NULL), 0);
	assert_int_equal(addresses_check(&s, &e), -EINVAL);
	free(b.data);
	settings_free(&s);
}

static void test_controllers(void **state)
{
	const struct group_limits g = { .given = 1u << GROUP_MEMORY_MAX | 1u << GROUP_MEMORY_HIGH |
						 1u << GROUP_CPU_QUOTA,
					.cpus_given = 1 };
	char text[64];

	(void)state;
	group_controllers(&g, text, sizeof text);
	assert_string_equal(text, "+memory +cpu +cpuset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),	    cmocka_unit_test(test_answer),
		cmocka_unit_test(test_limits),	    cmocka_unit_test(test_default),
		cmocka_unit_test(test_controllers), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
