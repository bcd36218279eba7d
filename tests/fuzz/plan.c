/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - any bytes as a plan, a message or a login: refused, or every access is in bounds */
#include "fuzz.h"

#include "contract/plan.h"
#include "contract/wire.h"
#include "policy/compile/compile.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

static struct plan *some_plan(void)
{
	static struct facts facts;
	static struct plan *plan;
	struct settings s;
	struct err e = { 0 };
	char limit[] = "10:20", paths[] = "/srv/a -/srv/b", env[] = "A=b C=d";

	if (plan != NULL)
		return plan;
	facts.login.uid = facts.gid = 1234;
	(void)strcpy(facts.login.user, "bob");
	(void)strcpy(facts.home, "/home/bob");
	(void)strcpy(facts.shell, "/bin/bash");
	(void)strcpy(facts.session, "0");
	must(settings_init(&s) == 0);
	must(settings_assign(&s, settings_find("LimitNOFILE"), limit, "f", 1, NULL) == 0);
	must(settings_assign(&s, settings_find("ReadOnlyPaths"), paths, "f", 2, NULL) == 0);
	must(settings_assign(&s, settings_find("Environment"), env, "f", 3, NULL) == 0);
	must(plan_compile(&s, &facts, "", &plan, &e) == 0);
	settings_free(&s);
	return plan;
}

/* An input is a list of changes to a good plan: where (3 bytes), what (1 byte). */
const char *fuzz_seed(size_t i, size_t *ret_size)
{
	static char text[64];

	if (i >= 32)
		return NULL;
	for (size_t k = 0; k < sizeof text; k++)
		text[k] = (char)(k * 37 + i * 11);
	*ret_size = 4 * (i % 15 + 1);
	return text;
}

const char *fuzz_word(size_t i)
{
	static const char *const words[] = { "\x01\x01\x01\xff", "\x10\x01\x01\x80",
					     "\x40\x01\x01\x01" };

	return i < sizeof words / sizeof words[0] ? words[i] : NULL;
}

static void walk_list(const struct plan *p, struct span list)
{
	const char *base = (const char *)p;

	for (const char *at = NULL; (at = plan_next(p, list, at)) != NULL;)
		must(at >= base && strlen(at) < (size_t)(base + p->size - at));
}

static void walk(const struct plan *p)
{
	const struct view_op *op;
	size_t n;

	must(plan_str(p, p->user) != NULL && plan_str(p, p->shell) != NULL);
	walk_list(p, p->divert);
	walk_list(p, p->set.environment);
	walk_list(p, p->set.pass_environment);
	op = plan_array(p, p->view, sizeof *op, &n);
	for (size_t i = 0; op != NULL && i < n; i++) {
		const char *target = plan_str(p, op[i].target), *source = plan_str(p, op[i].source);

		must(target != NULL && target[0] == '/' && strlen(target) < p->size);
		must(source == NULL || strlen(source) < p->size);
	}
	(void)plan_array(p, p->filter, sizeof(struct sock_filter), &n);
}

static void as_plan(const uint8_t *data, size_t size)
{
	const struct plan *good = some_plan();
	struct plan *p = malloc(good->size); /* exactly: a sanitizer sees what goes past it */

	must(p != NULL);
	memcpy(p, good, good->size);
	for (size_t i = 0; i + 4 <= size; i += 4) {
		const size_t where = (size_t)data[i] | (size_t)data[i + 1] << 8 |
				     (size_t)data[i + 2] << 16;
		/* half of them into the header, where the spans are */
		const size_t at = where % (i % 8 == 0 ? sizeof *p : good->size);

		((uint8_t *)p)[at] ^= data[i + 3];
	}
	if (plan_check(p, good->size) == 0)
		walk(p);
	free(p);
}

static void as_message(const uint8_t *data, size_t size)
{
	struct wire_msg m;

	wire_init(&m, size > 0 ? data[0] % 16 : WIRE_JOIN);
	for (size_t i = 0; i + 4 <= size; i += 4)
		((uint8_t *)&m)[((size_t)data[i] | (size_t)data[i + 1] << 8) % sizeof m] ^=
			data[i + 3];
	if (wire_check(&m) < 0)
		return;
	must(wire_fds(m.kind) >= 0 && wire_fds(m.kind) <= WIRE_FDS_MAX);
	must(memchr(m.text, '\0', sizeof m.text) != NULL);
}

static void as_login(const uint8_t *data, size_t size)
{
	struct login l;

	memset(&l, 'x', sizeof l);
	memcpy(&l, data, size < sizeof l ? size : sizeof l);
	if (login_check(&l) == 0)
		must(l.user[0] != '\0' && strlen(l.rhost) < sizeof l.rhost &&
		     strlen(l.tty) < sizeof l.tty);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_plan(data, size);
	as_message(data, size);
	as_login(data, size);
	return 0;
}
