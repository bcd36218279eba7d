/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - random bytes as a plan, a message or a login are refused, or accessed only in bounds */
#include "fuzz.h"

#include "contract/plan.h"
#include "contract/wire.h"
#include "policy/compile/compile.h"
#include "../unit/own_filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

static struct plan *good;
static struct plan_login *good_login;

static void some_plan(void)
{
	static struct facts facts;
	struct settings s;
	struct err e = { 0 };
	char limit[] = "10:20", paths[] = "/srv/a -/srv/b", env[] = "A=b C=d";

	if (good_login != NULL)
		return;
	facts.login.uid = facts.gid = 1234;
	(void)strcpy(facts.login.user, "bob");
	(void)strcpy(facts.home, "/home/bob");
	(void)strcpy(facts.shell, "/bin/bash");
	(void)strcpy(facts.session, "0");
	use_own_filter();
	must(settings_init(&s) == 0);
	must(settings_assign(&s, settings_find("LimitNOFILE"), limit, "f", 1, NULL) == 0);
	must(settings_assign(&s, settings_find("ReadOnlyPaths"), paths, "f", 2, NULL) == 0);
	must(settings_assign(&s, settings_find("Environment"), env, "f", 3, NULL) == 0);
	must(plan_compile(&s, &facts, &good, &e) == 0);
	must(plan_login_compile(&s, &facts, "", &good_login, &e) == 0);
	settings_free(&s);
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

static void walk_list(const struct plan_head *p, struct span list)
{
	const char *base = (const char *)p;

	for (const char *at = NULL; (at = plan_head_next(p, list, at)) != NULL;)
		must(at >= base && strlen(at) < (size_t)(base + p->size - at));
}

static void walk(const struct plan *p)
{
	const struct view_op *op;
	size_t n;

	walk_list(&p->head, p->divert);
	walk_list(&p->head, p->set.system_call_filter);
	op = plan_array(p, p->view, sizeof *op, &n);
	for (size_t i = 0; op != NULL && i < n; i++) {
		const char *target = plan_str(p, op[i].target), *source = plan_str(p, op[i].source);

		must(target != NULL && target[0] == '/' && strlen(target) < p->head.size);
		must(source == NULL || strlen(source) < p->head.size);
	}
	(void)plan_array(p, p->filter, sizeof(struct sock_filter), &n);
	(void)plan_array(p, p->view_groups, sizeof(uint32_t), &n);
}

static void walk_login(const struct plan_login *l)
{
	size_t n;

	must(plan_str(l, l->user) != NULL && plan_str(l, l->shell) != NULL);
	walk_list(&l->head, l->set.environment);
	walk_list(&l->head, l->set.pass_environment);
	(void)plan_array(l, l->groups, sizeof(uint32_t), &n);
}

/* Makes a changed copy of @part, in a block of exactly its size for the sanitizer. */
static void *changed(const struct plan_head *part, const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(part->size);

	must(p != NULL);
	memcpy(p, part, part->size);
	for (size_t i = 0; i + 4 <= size; i += 4) {
		const size_t where = (size_t)data[i] | (size_t)data[i + 1] << 8 |
				     (size_t)data[i + 2] << 16;
		/* half of them into the header, where the spans are */
		const size_t at = where % (i % 8 == 0 ? part->header_size : part->size);

		p[at] ^= data[i + 3];
	}
	return p;
}

static void as_plan(const uint8_t *data, size_t size)
{
	struct plan *p;
	struct plan_login *l;

	some_plan();
	p = changed(&good->head, data, size);
	l = changed(&good_login->head, data, size);
	if (plan_check(p, good->head.size) == 0) {
		const uint32_t object = size >= 4 ? data[2] | (uint32_t)data[3] << 8 : 0;

		walk(p);
		must(strlen(plan_object(p, NULL, object)) < p->head.size);
	}
	if (plan_login_check(l, good_login->head.size) == 0)
		walk_login(l);
	free(p);
	free(l);
}

static void as_message(const uint8_t *data, size_t size)
{
	struct wire_msg m;

	wire_init(&m, size > 0 ? data[0] % (WIRE_CREDENTIAL + 2) : WIRE_JOIN);
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
