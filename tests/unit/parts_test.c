/* SPDX-License-Identifier: Apache-2.0 */
/* parts_test.c - the session part of a plan is the same for each service and terminal */
#include "own_filter.h"
#include "policy/compile/compile.h"
#include "policy/rules/decide.h"
#include "policy/rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *service, *tty, *rhost;
} logins[] = {
	{ "sshd", "ssh", "192.0.2.7" }, { "su", "pts/3", "" },	{ "su-l", "", "" },
	{ "login", "tty1", "" },	{ "cron", "cron", "" }, { "vsftpd", "ftp", "192.0.2.8" },
	{ "cordonsh", "", "" },
};

/* What the rule says; the specifiers that name a login are not here. */
static const char *const rules[] = {
	"",
	"TerminalsMax=1000\n",
	"PrivateDevices=no\n",
	"PrivateRun=no\nPrivateTmp=no\nProtectSystem=no\n",
	"AllowCommands=@sftp\n",
	"AllowCommands=@git\n",
	"AllowCommands=@git\nAllowCommands=@shell\n",
	"AllowCommands=/usr/lib/openssh/sftp-server -R\n",
	"Command=id\n",
	"Command=/usr/lib/openssh/sftp-server\n",
	"AllowCommands=@rsync\nPrivateRun=no\nHome=none\n",
	"Home=ephemeral\nBindPaths=/srv\nInaccessiblePaths=-/opt\nBindLogSockets=yes\n",
	"Home=read-only\nCommand=id\nReadWritePaths=/srv\nPrivateUsers=self\n",
	"Lifetime=user\nStopWhenIdleSec=1h\nOnRuleChange=join\n",
	"Shell=/bin/sh\nRestrictSUIDSGID=yes\nUMask=0077\nWorkingDirectory=/srv\n",
};

static struct plan *session_part(const char *lines, size_t login, struct plan_login **ret_login)
{
	static struct facts facts; /* large */
	struct settings s;
	struct diag d = { .max = 4 };
	struct rule rule = { 0 };
	struct err e = { 0 };
	struct plan *plan = NULL;
	char *text = NULL;

	memset(&facts, 0, sizeof facts);
	facts.login.uid = facts.gid = 65533;
	(void)snprintf(facts.login.user, sizeof facts.login.user, "bob");
	(void)snprintf(facts.home, sizeof facts.home, "/home/bob");
	(void)snprintf(facts.shell, sizeof facts.shell, "/bin/bash");
	(void)snprintf(facts.host, sizeof facts.host, "h");
	(void)snprintf(facts.session, sizeof facts.session, "%zu", login);
	(void)snprintf(facts.login.service, sizeof facts.login.service, "%s", logins[login].service);
	(void)snprintf(facts.login.tty, sizeof facts.login.tty, "%s", logins[login].tty);
	(void)snprintf(facts.login.rhost, sizeof facts.login.rhost, "%s", logins[login].rhost);
	assert_true(asprintf(&text, "[Session]\n%s", lines) > 0);
	assert_int_equal(rule_parse("f", text, strlen(text), false, 4, &rule), 0);
	assert_int_equal(settings_init(&s), 0);
	assert_int_equal(rule_apply(&rule, &s, &d), 0);
	assert_int_equal(settings_expand(&s, &facts, &e), 0);
	if (plan_compile(&s, &facts, &plan, &e) < 0 ||
	    plan_login_compile(&s, &facts, "f:1", ret_login, &e) < 0)
		fail_msg("%s: %s", lines, e.msg);
	settings_free(&s);
	rule_free(&rule);
	diag_free(&d);
	return plan;
}

static void one_session_for_each_service(void **state)
{
	unsigned differ = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct plan_login *first_login, *login;
		struct plan *const first = session_part(rules[i], 0, &first_login);

		for (size_t k = 1; k < sizeof logins / sizeof logins[0]; k++) {
			struct plan *const other = session_part(rules[i], k, &login);

			if ((first->head.size != other->head.size ||
			     memcmp(first, other, first->head.size) != 0) &&
			    ++differ)
				print_message("%s and sshd differ for:\n%s", logins[k].service,
					      rules[i]);
			assert_int_equal(plan_check(other, other->head.size), 0);
			assert_int_equal(plan_login_check(login, login->head.size), 0);
			free(other);
			free(login);
		}
		free(first);
		free(first_login);
	}
	assert_int_equal(differ, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(one_session_for_each_service) };

	use_own_filter();
	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
