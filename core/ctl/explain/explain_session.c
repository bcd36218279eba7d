/* SPDX-License-Identifier: Apache-2.0 */
/* explain_session.c - say which session a login gets with Lifetime=user */
#include "ctl/explain/explain.h"

#include "base/cleanup.h"
#include "contract/registry.h"
#include "contract/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ANSWER_MS = 2000 };

/* Says what becomes of a login whose session would differ. */
static const char *changed(const struct plan_login *login)
{
	switch ((enum rule_change)login->set.on_rule_change) {
	case RULE_CHANGE_JOIN:
		return "joins session %s, which the rule made before it changed (OnRuleChange=join)";
	case RULE_CHANGE_NEW:
		return "ends session %s, which the rule made before it changed, and makes a new one (OnRuleChange=new)";
	case RULE_CHANGE_REFUSE:
		break;
	}
	return "is refused while session %s runs, which the rule made before it changed (OnRuleChange=refuse)";
}

static const char *compare(const struct wire_msg *m, int plan_fd, const struct plan *plan,
			   const struct plan_login *login)
{
	const struct plan *running;
	const struct plan_login *other;
	const char *text = "joins session %s";
	union {
		const struct plan *from;
		void *to;
	} map;

	if (m->kind != WIRE_HANDLES || plan_open(plan_fd, &running, &other) < 0)
		return NULL;
	if (running->head.size != plan->head.size || memcmp(running, plan, plan->head.size) != 0)
		text = changed(login);
	map.from = running;
	(void)munmap(map.to, running->head.size + other->head.size); /* mapped by plan_open() */
	return text;
}

/* Asks the keeper of the session; NULL: it does not tell. */
static const char *ask(int keeper, struct wire_msg *m, const struct plan *plan,
		       const struct plan_login *login)
{
	int fds[WIRE_FDS_MAX];
	const char *text;

	wire_init(m, WIRE_INSPECT);
	if (wire_send(keeper, m, NULL, 0) < 0 || wire_recv(keeper, m, fds, ANSWER_MS) < 0)
		return NULL;
	text = compare(m, fds[WIRE_HANDLES_PLAN], plan, login);
	wire_close(fds, WIRE_FDS_MAX);
	return text;
}

bool explain_session(const struct plan *plan, const struct plan_login *login, char *text,
		     size_t size)
{
	char path[80], name[REGISTRY_NAME_MAX], form[256];
	cleanup_close int keeper = -1;
	struct wire_msg m;
	const char *found;

	if (plan->set.lifetime != LIFETIME_USER)
		return false;
	(void)snprintf(path, sizeof path, REGISTRY_DIR "/%u", login->uid); /* fits */
	registry_place_name(plan_str(login, login->rule), plan_str(login, login->user), name);
	keeper = registry_connect(path, name);
	if (keeper == -ENOENT || keeper == -ECONNREFUSED) {
		(void)snprintf(text, size, "%s",
			       "makes a session, which later logins of the user join"); /* fits */
		return true;
	}
	found = keeper < 0 ? NULL : ask(keeper, &m, plan, login);
	if (found == NULL) {
		(void)snprintf(
			text, size, "%s",
			geteuid() != 0 ?
				"the user has a session; run cordon explain as root to see if the login joins it" :
				"the user has a session that is ending or does not answer; see 'cordon list', then run cordon explain again"); /* fits */
		return true;
	}
	(void)snprintf(form, sizeof form, "%s", strstr(found, "%s") + 2); /* fits */
	(void)snprintf(text, size, "%.*s%s%s", (int)(strstr(found, "%s") - found), found,
		       m.state.place, form); /* fits */
	return true;
}
