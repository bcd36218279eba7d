/* SPDX-License-Identifier: Apache-2.0 */
/* bench_test.c - `make bench` still runs; the test does not check the times */
#include "lib/live.h"

#include <string.h>

static void one_round(void **state)
{
	const char *cordon, *off;
	struct out o;

	(void)state;
	rule_none();
	o = sh("cd /; $HOST_SOURCE/tests/bench/bench -n 1 start su ssh 2>/dev/null");
	assert_int_equal(o.code, 0);
	assert_says(o, "| start of a static `true` | the kernel's floor |");
	off = strstr(o.text, "no rule");
	cordon = off != NULL ? strstr(off, "cordon +net") : NULL;
	assert_non_null(cordon);
	assert_non_null(strstr(cordon, "on no rule"));
	assert_silent(o, "cordon run       SKIPPED");
}

static void numbers(void **state)
{
	(void)state;
	rule_none();
	assert_says(sh("cd /; $HOST_SOURCE/tests/bench/bench -n 1 --json calls 2>/dev/null | "
		       "python3 -c 'import json, sys; p = json.load(sys.stdin)[\"parts\"][\"calls\"]; "
		       "print(p[\"rows\"][\"getpid, cordon\"][\"n\"] >= 1)'"),
		    "True");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_round),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
