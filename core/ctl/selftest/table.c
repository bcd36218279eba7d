/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - print what came of the attempts */
#include "ctl/selftest/selftest.h"

#include <string.h>

static const char *const words[] = {
	[RESULT_GAVE_WAY] = "GAVE WAY", [RESULT_OK] = "ok", [RESULT_NOT_SET] = "not set", [RESULT_CANNOT] = "cannot be tried here"
};
static const enum style styles[] = {
	[RESULT_GAVE_WAY] = STYLE_BAD, [RESULT_OK] = STYLE_GOOD, [RESULT_NOT_SET] = STYLE_MINOR, [RESULT_CANNOT] = STYLE_NOTE
};

static size_t count(const struct selftest *t, enum result result)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->row[i].result == result;
	return n;
}

static void print_row(const struct attempt_row *row)
{
	sayf(stdout, "%-24s %-50s ", row->setting, row->what);
	say_style(stdout, styles[row->result]);
	sayf(stdout, "%s", words[row->result]);
	say_style(stdout, STYLE_PLAIN);
	if (row->why[0] != '\0')
		sayf(stdout, ": %s", row->why);
	sayf(stdout, "\n");
}

static const char *by_ways(const struct selftest *t)
{
	if (t->answered[WAY_LOGIN] && t->answered[WAY_ENTERED])
		return "by the login shell and by root who entered";
	return t->answered[WAY_LOGIN] ? "by the login shell alone" : "by root who entered alone";
}

static void print_json(const struct selftest *t, size_t gave_way)
{
	struct json json = { .f = stdout }, *j = &json;

	json_object(j, NULL);
	json_string(j, "user", t->facts.login.user);
	json_string(j, "service", t->facts.login.service);
	json_string(j, "rule", t->d.rule);
	json_bool(j, "by_login_shell", t->answered[WAY_LOGIN]);
	json_bool(j, "by_entering", t->answered[WAY_ENTERED]);
	json_array(j, "attempts");
	for (size_t i = 0; i < t->n; i++) {
		json_object(j, NULL);
		json_string(j, "setting", t->row[i].setting);
		json_string(j, "tried", t->row[i].what);
		json_string(j, "result", words[t->row[i].result]);
		json_string(j, "why", t->row[i].why);
		json_end(j);
	}
	json_end(j);
	json_number(j, "tried", (int64_t)(count(t, RESULT_OK) + gave_way));
	json_number(j, "gave_way", (int64_t)gave_way);
	json_end(j);
}

void selftest_print(const struct selftest *t, size_t gave_way)
{
	if (t->o.json) {
		print_json(t, gave_way);
		return;
	}
	sayf(stdout, "%-24s %-50s %s\n", "SETTING", "TRIED", "RESULT");
	for (size_t i = 0; i < t->n; i++)
		if (t->o.all || t->row[i].result != RESULT_NOT_SET)
			print_row(&t->row[i]);
	sayf(stdout, "\n%s by %s, rule %s: %zu attempts %s; %zu gave way\n", t->facts.login.user,
	     t->facts.login.service, t->d.rule, count(t, RESULT_OK) + gave_way, by_ways(t),
	     gave_way);
	if (!t->o.all)
		sayf(stdout, "%zu are of settings that the rule does not set; --all lists them\n",
		     count(t, RESULT_NOT_SET));
}
