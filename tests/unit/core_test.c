/* SPDX-License-Identifier: Apache-2.0 */
/* core_test.c - CoreScheduling= on a kernel that has it, which few test machines do */
#include "base/sys.h"
#include "confine/self/scheduling.h"
#include "contract/words.h"
#include "policy/compile/needs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>

#include <cmocka.h>

static uint64_t cookie, given;
static int fails;
static unsigned long given_to;

/* Stands for the C library's: prctl(2) with PR_SCHED_CORE as Linux 5.14 has it. */
int prctl(int option, ...)
{
	unsigned long a[4];
	va_list ap;

	va_start(ap, option);
	for (unsigned i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option != SYS_PR_SCHED_CORE)
		return 0;
	errno = fails;
	if (fails != 0)
		return -1;
	if (a[0] == 0 && a[1] == 0 && a[2] == 0) { /* GET, of the thread */
		memcpy((void *)a[3], &cookie, sizeof cookie);
		return 0;
	}
	if (a[0] == 1 && a[2] == 1 && a[3] == 0) { /* CREATE, for all threads */
		given_to = a[1];
		cookie = 0xc00c1e;
		return 0;
	}
	if (a[0] == 2 && a[2] == 1 && a[3] == 0) { /* SHARE_TO, all threads */
		given_to = a[1];
		given = cookie;
		return 0;
	}
	errno = EINVAL;
	return -1;
}

static struct plan plan;

static int start(void **state)
{
	(void)state;
	cookie = 0;
	fails = 0;
	memset(&plan, 0, sizeof plan);
	plan.set.nice = plan.set.cpu_scheduling_policy = plan.set.io_scheduling_class =
		plan.set.io_scheduling_priority = plan.set.oom_score_adjust = NUM_UNSET;
	return 0;
}

static void a_login_gets_its_own(void **state)
{
	struct confine c = { .plan = &plan, .procfd = -1, .pid = 4711 };

	(void)state;
	plan.set.core_scheduling = CORE_SCHEDULING_SESSION;
	assert_int_equal(scheduling_prove(&c), -EPERM);
	assert_int_equal(core_scheduling_set(&c), 0);
	assert_int_equal(given_to, 4711);
	assert_int_equal(scheduling_prove(&c), 0);
	fails = ENODEV;
	assert_int_equal(core_scheduling_set(&c), -ENODEV);
	assert_int_equal(scheduling_prove(&c), -ENODEV);
}

/* The keeper has the cookie of the account; what has no keeper gets one of its own. */
static void a_user_has_one(void **state)
{
	struct confine c = { .plan = &plan, .procfd = -1, .pid = 4711 };

	(void)state;
	plan.set.core_scheduling = CORE_SCHEDULING_USER;
	cookie = 0xacc;
	assert_int_equal(core_scheduling_set(&c), 0);
	assert_int_equal(given_to, 4711);
	assert_int_equal(given, 0xacc);
	assert_int_equal(scheduling_prove(&c), 0);
	fails = ESRCH;
	assert_int_equal(core_scheduling_set(&c), -ESRCH);
	fails = 0;
	c.pid = 0;
	assert_int_equal(core_scheduling_set(&c), 0);
	assert_int_equal(cookie, 0xc00c1e);
	cookie = 0;
	assert_int_equal(scheduling_prove(&c), -EPERM);
}

static void or_none(void **state)
{
	struct confine c = { .plan = &plan, .procfd = -1, .pid = 4711 };

	(void)state;
	plan.set.core_scheduling = CORE_SCHEDULING_NO;
	fails = EINVAL;
	assert_int_equal(core_scheduling_set(&c), 0);
	assert_int_equal(scheduling_prove(&c), 0);
	assert_int_equal(cookie, 0);
}

/* EINVAL: without CONFIG_SCHED_CORE; ENODEV: a core has one thread. */
static void the_kernel_is_asked(void **state)
{
	(void)state;
	assert_true(needs_has(FEATURE_CORE_SCHEDULING));
	fails = EINVAL;
	assert_false(needs_has(FEATURE_CORE_SCHEDULING));
	fails = ENODEV;
	assert_false(needs_has(FEATURE_CORE_SCHEDULING));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_login_gets_its_own, start),
		cmocka_unit_test_setup(a_user_has_one, start),
		cmocka_unit_test_setup(or_none, start),
		cmocka_unit_test_setup(the_kernel_is_asked, start),
	};

	return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
