/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack_oracle_test.c - compare stack_check() with libpam itself
 *
 * The real library opens each stack in /etc/pam.d, with modules that return all combinations of some
 * values. A combination that succeeds without a success of pam_cordon is a hole. stack_check() must
 * refuse every stack with a hole, and accept every well-formed stack without one.
 */
#include "lib/live.h"

#include "module/pam_stub.h"
#include "policy/account/stack.h"

#include <errno.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAYS_MAX = 20000, TEXT = 4096, STACKS = 500, MANGLED = 800 };

static unsigned seed = 20261127;

static unsigned any(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static const char *steps[] = { [STACK_ACCOUNT] = "account", [STACK_SESSION] = "session" };

/* ---- libpam's verdict ---- */

static int talk(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)n;
	(void)msg;
	(void)resp;
	(void)data;
	return PAM_CONV_ERR;
}

/* Chooses the next combination: the last call with a value left gets the next value. */
static bool next_way(struct oracle *o)
{
	for (unsigned i = o->calls; i-- > 0;) {
		if (++o->choice[i] < o->of[i])
			return true;
		o->choice[i] = 0;
	}
	return false;
}

enum { NO_HOLE, HOLE, UNSTARTED, UNTOLD };

static int try_all(enum stack_step step)
{
	static const struct pam_conv conv = { .conv = talk };
	static struct oracle o;
	char where[32];
	pam_handle_t *h;

	if (pam_start("oracle", "bob", &conv, &h) != PAM_SUCCESS)
		return UNSTARTED;
	(void)snprintf(where, sizeof where, "%p", (void *)&o);
	(void)setenv("ORACLE", where, 1);
	for (unsigned ways = 0; ways < WAYS_MAX; ways++) {
		int r;

		o.calls = 0;
		o.said = NOT_ASKED;
		r = step == STACK_ACCOUNT ? pam_acct_mgmt(h, 0) : pam_open_session(h, 0);
		if (r == PAM_SUCCESS && o.said != CONFINED)
			return HOLE;
		if (!next_way(&o))
			return NO_HOLE;
	}
	return UNTOLD;
}

/* In a child, because Debian's libpam crashes on an @include without a name. */
static int libpam(enum stack_step step)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL); /* cmocka would go on with the next test */
		_exit(try_all(step));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : UNSTARTED;
}

/* ---- stacks ---- */

static void put(const char *name, const char *text, size_t size)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof path, "/etc/pam.d/%s", name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fwrite(text, 1, size, f) == size && fclose(f) == 0);
}

static void add(char *text, const char *what)
{
	strncat(text, what, TEXT - strlen(text) - 1);
}

static void add_control(char *text)
{
	static const char *const words[] = { "required",   "requisite", "optional",
					     "sufficient", "Required",	"[required]" };
	static const char *const codes[] = { "success",	     "perm_denied",	 "ignore",
					     "user_unknown", "new_authtok_reqd", "default" };
	static const char *const actions[] = { "ignore", "ok", "done", "bad", "die",
					       "reset",	 "1",  "2",    "3" };

	if (any(3) == 0) {
		add(text, words[any(6)]);
		return;
	}
	add(text, "[");
	for (unsigned i = 0, n = 1 + any(3); i < n; i++) {
		add(text, any(8) == 0 ? "  " : i > 0 ? " " : "");
		add(text, codes[any(6)]);
		add(text, any(8) == 0 ? " = " : "=");
		add(text, actions[any(9)]);
	}
	add(text, any(2) == 0 ? " default=bad]" : "]");
}

static void add_module(char *text)
{
	char line[256];
	const char *modules = getenv("MODULES");

	switch (any(6)) {
	case 0:
		add(text, "pam_permit.so");
		break;
	case 1:
		add(text, any(3) == 0 ? "pam_deny.so" : "pam_permit.so");
		break;
	case 2:
	case 3:
		(void)snprintf(line, sizeof line, "%s/security/pam_cordon.so", modules);
		add(text, line);
		break;
	default:
		(void)snprintf(line, sizeof line, "%s/pam_stub.so", modules);
		add(text, line);
		break;
	}
}

/* One line of @step; @files: how many files it may include. */
static void add_line(char *text, enum stack_step step, unsigned files)
{
	static const char *const ways[] = { "include", "substack", "Substack" };

	if (files > 0 && any(4) == 0) {
		if (any(3) == 0) {
			add(text, "@include ");
		} else {
			add(text, steps[step]);
			add(text, " ");
			add(text, ways[any(3)]);
			add(text, "\t");
		}
		add(text, any(files) == 0 ? "oracle-a" : "oracle-b");
	} else {
		add(text, any(6) == 0 ? "-" : "");
		add(text, any(8) == 0 ? steps[!step] : steps[step]);
		add(text, any(8) == 0 ? " \\\n\t" : any(8) == 0 ? " \\ \t\n " : " ");
		add_control(text);
		add(text, any(8) == 0 ? "\\\n " : " ");
		add_module(text);
	}
	add(text, any(8) == 0 ? " # \\\n" : any(8) == 0 ? " \n\n" : "\n");
}

static void make(char text[TEXT], enum stack_step step, unsigned lines, unsigned files)
{
	text[0] = '\0';
	for (unsigned i = 0; i < lines; i++)
		add_line(text, step, files);
}

static void make_all(char text[TEXT], enum stack_step step)
{
	char part[TEXT];

	make(part, step, any(4), 0);
	put("oracle-a", part, strlen(part));
	make(part, step, any(4), 1);
	put("oracle-b", part, strlen(part));
	make(text, step, 1 + any(6), 2);
}

static void show(const char *text, int is, const struct err *e)
{
	char why[1024];

	print_message("libpam: %s; stack_check(): %s\n%s", is == HOLE ? "a hole" : "no hole",
		      err_text(e, why, sizeof why), text);
	print_message("%s", sh("grep . /etc/pam.d/oracle-?").text);
}

/* For well-formed stacks, stack_check() and libpam agree. */
static void as_libpam(void **state)
{
	unsigned count[4] = { 0 };

	(void)state;
	for (unsigned i = 0; i < STACKS; i++) {
		const enum stack_step step = i % 2 == 0 ? STACK_SESSION : STACK_ACCOUNT;
		char text[TEXT];
		struct err e = { 0 };
		int is, r;

		make_all(text, step);
		put("oracle", text, strlen(text));
		is = libpam(step);
		count[is]++;
		r = stack_check("", "oracle", step, &e);
		if (r < 0 && (strstr(e.msg, "has no account line") != NULL ||
			      strstr(e.msg, "has no session line") != NULL))
			r = 0;
		if (is != UNTOLD && r != (is == HOLE ? -EPERM : 0))
			show(text, is, &e);
		assert_int_not_equal(is, UNSTARTED);
		assert_true(is == UNTOLD || r == (is == HOLE ? -EPERM : 0));
	}
	print_message("%u stacks: %u hold, %u do not, %u have too many ways\n", STACKS,
		      count[NO_HOLE], count[HOLE], count[UNTOLD]);
	assert_true(count[HOLE] > STACKS / 10 && count[NO_HOLE] > STACKS / 8 &&
		    count[UNTOLD] < STACKS / 20);
}

/* In damaged stacks, everything that libpam admits must be refused. */
static void mangled(void **state)
{
	static const char bytes[] = "\\\\\\\n\n \t#[]=-@,a1\rincludessession\v";
	unsigned holes = 0, refused = 0;

	(void)state;
	for (unsigned i = 0; i < MANGLED; i++) {
		const enum stack_step step = i % 2 == 0 ? STACK_SESSION : STACK_ACCOUNT;
		char text[TEXT];
		struct err e = { 0 };
		size_t len;
		bool hole;
		int r;

		make_all(text, step);
		len = strlen(text);
		for (unsigned n = 1 + any(3); n > 0; n--) {
			const size_t at = any((unsigned)len);

			switch (any(3)) {
			case 0:
				text[at] = bytes[any(sizeof bytes)];
				break;
			case 1:
				memmove(text + at + 1, text + at, len++ - at);
				text[at] = bytes[any(sizeof bytes)];
				break;
			default:
				memmove(text + at, text + at + 1, --len - at);
				break;
			}
			text[len] = '\0';
		}
		put("oracle", text, len);
		hole = libpam(step) == HOLE;
		r = stack_check("", "oracle", step, &e);
		if (hole && r == 0)
			show(text, hole, &e);
		assert_false(hole && r == 0);
		holes += hole;
		refused += r < 0;
	}
	print_message("%u stacks, %u with a hole, %u refused\n", MANGLED, holes, refused);
	assert_true(holes > MANGLED / 20 && refused < MANGLED);
}

/* Stacks that people have written, each with the line that must change. */
static void named(void **state)
{
#define CORDON "session required MODULES/security/pam_cordon.so\n"
#define PERMIT "session required pam_permit.so\n"
	static const struct {
		const char *text;
		unsigned line;
		bool hole;
	} cases[] = {
		{ "session [success= done default=ignore] pam_permit.so\n" CORDON, 1, true },
		{ PERMIT "session optional pam_permit.so \\ \n" CORDON, 2, true },
		{ PERMIT "auth optional pam_permit.so \\\n" CORDON, 2, true },
		{ "session \\\nrequired\\\t\n MODULES/security/pam_cordon.so\n", 0, false },
		{ CORDON "session [default=reset] pam_permit.so\n" PERMIT, 2, true },
		{ CORDON "session sufficient pam_permit.so\n", 0, false },
		{ "session [success=donedefault=ignore] pam_permit.so\n" CORDON, 1, true },
		{ "session success=done pam_permit.so\n" CORDON, 1, true },
		{ PERMIT "session optional MODULES/security/pam_cordon.so\n", 2, true },
		{ "session [success=1 default=ignore] pam_permit.so\n" CORDON PERMIT, 1, true },
		{ "session [session_err=1 default=die] pam_deny.so\n" CORDON PERMIT, 1, true },
		{ "session [auth_err=1 default=die] pam_deny.so\n" CORDON PERMIT, 0, false },
		{ PERMIT
		  "session required MODULES/security/pam_cordon.so\tdebug \\\n# said twice\n" PERMIT,
		  3, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[TEXT] = "", why[1024];
		const char *at = cases[i].text, *mark;
		struct err e = { 0 };
		bool hole;
		int r;

		while ((mark = strstr(at, "MODULES")) != NULL) {
			strncat(text, at, (size_t)(mark - at));
			add(text, getenv("MODULES"));
			at = mark + 7;
		}
		add(text, at);
		put("oracle", text, strlen(text));
		hole = libpam(STACK_SESSION) == HOLE;
		r = stack_check("", "oracle", STACK_SESSION, &e);
		print_message("%s\n", err_text(&e, why, sizeof why));
		if (hole != cases[i].hole || e.line != cases[i].line)
			show(text, hole, &e);
		assert_int_equal(hole, cases[i].hole);
		assert_true(hole ? r < 0 : (r < 0) == (cases[i].line > 0));
		assert_int_equal(e.line, cases[i].line);
	}
	/* libpam takes the rest of a line longer than its buffer for another line */
	{
		char text[TEXT] = "session required pam_permit.so # ";
		struct err e = { 0 };

		memset(text + strlen(text), 'x', 1023 - strlen(text));
		add(text, "session sufficient pam_permit.so\n");
		put("oracle", text, strlen(text));
		assert_int_equal(stack_check("", "oracle", STACK_SESSION, &e), -EINVAL);
		assert_int_equal(e.line, 1);
	}
}

/* Debian's stacks are understood, and close every service after cordon-pam enable. */
static void debian(void **state)
{
	static const char *const services[] = { "sshd", "su",	  "su-l", "login",
						"sudo", "sudo-i", "cron" };
	struct err e = { 0 };
	char why[1024];

	(void)state;
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		for (enum stack_step step = STACK_ACCOUNT; step <= STACK_SESSION; step++) {
			if (sh("test -e /etc/pam.d/%s", services[i]).code != 0)
				continue;
			if (stack_check("", services[i], step, &e) < 0)
				print_message("%s\n", err_text(&e, why, sizeof why));
			assert_int_equal(e.code, 0);
		}
}

static int prepare(void **state)
{
	char modules[512];

	(void)state;
	(void)snprintf(modules, sizeof modules, "%s/tests/live/module", getenv("HOST_BUILD"));
	(void)setenv("MODULES", modules, 1);
	return sh("for step in account session; do echo $step required pam_deny.so; done >/tmp/other")
		.code;
}

static int no_other(void **state)
{
	(void)state;
	return sh("cp /tmp/other /etc/pam.d/other").code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian),
		cmocka_unit_test_setup(named, no_other),
		cmocka_unit_test(as_libpam),
		cmocka_unit_test(mangled),
	};

	return cmocka_run_group_tests_name("stack_oracle", tests, prepare, NULL);
}
