/* SPDX-License-Identifier: Apache-2.0 */
/* group_test.c - the records that pass to and from cordon-scope */
#include "contract/group.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
