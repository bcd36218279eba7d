/* SPDX-License-Identifier: Apache-2.0 */
/* exposure.c - see exposure.h: the rates */
#include "ctl/explain/exposure.h"

#include "base/ports.h"
#include "command/match.h"
#include "contract/words.h"
#include "policy/settings/sockets.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { ALL = 100 };

/* ---- rates of a value alone ---- */

static const struct set_num *num(const struct settings *s, const struct setting *row)
{
	return (const struct set_num *)(const void *)((const char *)s + row->offset);
}

static const struct set_list *list(const struct settings *s, const struct setting *row)
{
	return (const struct set_list *)(const void *)((const char *)s + row->offset);
}

static unsigned rate_no(const struct settings *s, const struct setting *row)
{
	return num(s, row)->v ? 0 : ALL;
}

static unsigned rate_yes(const struct settings *s, const struct setting *row)
{
	return num(s, row)->v ? ALL : 0;
}

/* The first value of the words is the strictest one. */
static unsigned word(const struct settings *s, const struct setting *row, const unsigned *rates,
		     size_t n)
{
	const uint64_t v = num(s, row)->v;

	return v < n ? rates[v] : ALL;
}

#define WORD_RATE(name, ...) \
	static unsigned rate_##name(const struct settings *s, const struct setting *row) \
	{ \
		static const unsigned rates[] = { __VA_ARGS__ }; \
\
		return word(s, row, rates, sizeof rates / sizeof rates[0]); \
	}
WORD_RATE(suid, 0, 30, ALL)	   /* yes, suid, no */
WORD_RATE(system, 0, 50, 80, ALL)  /* strict, full, yes, no */
WORD_RATE(home, 0, 0, 10, 40, ALL) /* none, empty, ephemeral, read-only, persistent */
WORD_RATE(users, 0, 30, ALL)	   /* self, identity, no */
WORD_RATE(proc, 0, 30, 60, ALL)	   /* invisible, ptraceable, noaccess, default */
WORD_RATE(proc_subset, 0, ALL)
WORD_RATE(keyring, 0, ALL)
WORD_RATE(core, 0, 50, ALL) /* session, user, no */
WORD_RATE(lifetime, 0, ALL)

/* Several paths leave more open than one; "/" leaves open everything. */
static unsigned rate_paths_open(const struct settings *s, const struct setting *row)
{
	const struct set_list *l = list(s, row);
	unsigned rate = 0;

	for (size_t i = 0; i < l->n; i++)
		rate = l->items[i].text[0] == '/' && strchr("/:", l->items[i].text[1]) != NULL &&
				       (l->items[i].text[1] == '\0' || l->items[i].text[1] == ':') ?
			       ALL :
			       rate + 20;
	return rate < ALL ? rate : ALL;
}

static unsigned rate_paths_closed(const struct settings *s, const struct setting *row)
{
	const size_t n = list(s, row)->n;

	return n == 0 ? ALL : n < 4 ? 70 : 40;
}

/* ---- programs and the kernel ---- */

static unsigned rate_commands(const struct settings *s, const struct setting *row)
{
	const struct set_list *l = list(s, row);

	if (s->command.n > 0)
		return 0;
	for (size_t i = 0; i < l->n; i++)
		if (command_names(l->items[i].text, "@shell"))
			return ALL;
	return l->n > 0 ? 20 : ALL;
}

/* Calls and groups beyond @default-session that give a way to more of the kernel, or to other processes. */
static bool is_risky(const char *text)
{
	static const char *const names[] = { "@debug",		 "ptrace",
					     "process_vm_readv", "process_vm_writev",
					     "@mount",		 "mount",
					     "@module",		 "@raw-io",
					     "@reboot",		 "@swap",
					     "@clock",		 "@obsolete",
					     "@keyring",	 "bpf",
					     "userfaultfd",	 "io_uring_setup",
					     "@privileged",	 "perf_event_open",
					     "@cpu-emulation",	 "@system-service" };
	const size_t len = strcspn(text, ":");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == len && strncmp(text, names[i], len) == 0)
			return true;
	return false;
}

/* The default, what is added to it, and a list of a few calls that leaves out most of the default. */
static unsigned rate_calls(const struct settings *s, const struct setting *row)
{
	enum { DEFAULT = 20, RISK = 20, OTHER = 5 };
	const struct set_list *l = list(s, row);
	bool refused = false, whole = l->n == 0;
	unsigned more = 0, few = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *text = l->items[i].text;

		refused = l->items[i].begins ? text[0] == '~' : refused;
		whole = whole || (i == 0 && refused) || strcmp(text, "@default-session") == 0;
		if (refused || strcmp(text, "@default-session") == 0)
			continue;
		if (is_risky(text))
			more += RISK;
		else
			few += text[0] == '@' ? OTHER : 1;
	}
	few = few < DEFAULT ? few : DEFAULT;
	more += whole ? DEFAULT + few : few;
	return more < ALL ? more : ALL;
}

static unsigned rate_namespaces(const struct settings *s, const struct setting *row)
{
	const uint64_t allowed = num(s, row)->v;

	return allowed == 0 ? 0 : allowed & CLONE_NEWUSER ? ALL : 40;
}

static unsigned rate_architectures(const struct settings *s, const struct setting *row)
{
	const struct set_list *l = list(s, row);

	return l->n > 1 ? ALL : 0;
}

static unsigned rate_families(const struct settings *s, const struct setting *row)
{
	const struct set_list *l = list(s, row);
	unsigned n = 0;

	if (l->n == 0)
		return 40; /* the default: unix, internet, routes */
	for (size_t i = 0; i < l->n; i++) {
		const char *text = l->items[i].text;

		if (strcmp(text, "none") == 0)
			return 0;
		if (strcmp(text, "any") == 0 || text[0] == '~')
			return ALL;
		n++;
	}
	return n * 10 < 90 ? n * 10 : 90;
}

static unsigned rate_capabilities(const struct settings *s, const struct setting *row)
{
	uint64_t v = num(s, row)->v;
	unsigned rate = 0;

	for (; v != 0; v &= v - 1)
		rate += 20;
	return rate < ALL ? rate : ALL;
}

static unsigned rate_no_exec(const struct settings *s, const struct setting *row)
{
	const struct set_list *l = list(s, row);

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].text, "/") == 0)
			return 0;
	return l->n > 0 ? 50 : ALL;
}

/* ---- the network ---- */

static unsigned rate_network(const struct settings *s, const struct setting *row)
{
	if (!num(s, row)->v)
		return ALL;
	return s->network_namespace_path.n > 0 ? 50 : s->network_allow.n > 0 ? 25 : 0;
}

static bool has_network(const struct settings *s)
{
	return !s->private_network.v || s->network_namespace_path.n > 0 || s->network_allow.n > 0;
}

static unsigned ports(const struct settings *s, const struct set_list *deny,
		      const struct set_list *allow)
{
	const unsigned denied = sockets_denied(deny);

	if (!has_network(s))
		return 0;
	if (denied == 0)
		return ALL;
	return (denied == PORTS_ALL ? 0u : 40u) + (allow->n > 0 ? 20u : 0u);
}

static unsigned rate_addresses(const struct settings *s, const struct setting *row)
{
	const struct set_list *const deny = list(s, row);

	if (!has_network(s))
		return 0;
	for (size_t i = 0; i < deny->n; i++)
		if (strcmp(deny->items[i].text, "any") == 0)
			return s->ip_address_allow.n > 0 ? 20 : 0;
	return deny->n > 0 ? 70 : ALL;
}

static unsigned rate_connect(const struct settings *s, const struct setting *row)
{
	return ports(s, list(s, row), &s->socket_connect_allow);
}

static unsigned rate_bind(const struct settings *s, const struct setting *row)
{
	return ports(s, list(s, row), &s->socket_bind_allow);
}

/* ---- the share of the host ---- */

static bool is_bounded(const struct set_num *n)
{
	return n->v != NUM_UNSET && n->v != GROUP_NO_BOUND;
}

static unsigned rate_processes(const struct settings *s, const struct setting *row)
{
	enum { FEW = 512 };
	const struct set_pair *p = &s->limit_nproc;

	(void)row;
	if (is_bounded(&s->tasks_max) || (p->given && p->hard <= FEW))
		return 0;
	return p->given && p->hard != LIMIT_INFINITY ? 30 : ALL;
}

static unsigned rate_memory(const struct settings *s, const struct setting *row)
{
	if (is_bounded(num(s, row)))
		return 0;
	return s->limit_as.given && s->limit_as.hard != LIMIT_INFINITY ? 50 : ALL;
}

static unsigned rate_cpu(const struct settings *s, const struct setting *row)
{
	if (is_bounded(num(s, row)))
		return 0;
	return is_bounded(&s->cpu_weight) || s->cpu_affinity.n > 0 || s->allowed_cpus.n > 0 ? 50 :
											      ALL;
}

static unsigned rate_file_size(const struct settings *s, const struct setting *row)
{
	(void)row;
	return s->limit_fsize.given && s->limit_fsize.hard != LIMIT_INFINITY ? 0 : ALL;
}

static unsigned rate_sessions(const struct settings *s, const struct setting *row)
{
	return num(s, row)->v == LIMIT_INFINITY ? ALL : 0;
}

static unsigned rate_runtime(const struct settings *s, const struct setting *row)
{
	if (num(s, row)->v != LIMIT_INFINITY || s->end_with_time.v)
		return 0;
	return s->stop_idle_session_sec.v != LIMIT_INFINITY ? 50 : ALL;
}

static unsigned rate_nice(const struct settings *s, const struct setting *row)
{
	return num(s, row)->v < NICE_ZERO ? ALL : 0;
}

static unsigned rate_oom(const struct settings *s, const struct setting *row)
{
	return num(s, row)->v < OOM_SCORE_ZERO ? ALL : 0;
}

/* ---- the table ---- */

static const struct exposure table[] = {
#define EXPOSURE(Name, weight, rate, reason) { #Name, weight, rate_##rate, reason },
#include "ctl/explain/exposure.def"
#undef EXPOSURE
};

const struct exposure *exposure_table(size_t *ret_n)
{
	*ret_n = sizeof table / sizeof table[0];
	return table;
}

int exposure_rate(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].name, name) == 0)
			return (int)table[i].rate(s, settings_find(name));
	return -1;
}

unsigned exposure_sum(const struct settings *s)
{
	unsigned sum = 0, weights = 0;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		sum += table[i].weight * table[i].rate(s, settings_find(table[i].name));
		weights += table[i].weight;
	}
	return (sum * 10 + weights / 2) / weights;
}
