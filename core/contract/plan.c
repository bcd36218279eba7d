/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - see plan.h; the writer is policy/compile/compile.c */
#include "contract/plan.h"

#include "base/cleanup.h"
#include "contract/group.h"
#include "contract/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PLAN_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

/* Only subtracts, because a sum of untrusted numbers could wrap around. */
static int in_bounds(const struct plan_head *p, struct span s)
{
	return s.off >= p->header_size && s.off <= p->size && s.len <= p->size - s.off;
}

const char *plan_head_str(const struct plan_head *p, struct span s)
{
	const char *at = (const char *)p + s.off;

	if (s.len == 0 || !in_bounds(p, s))
		return NULL;
	return memchr(at, '\0', s.len) == at + s.len - 1 ? at : NULL;
}

const char *plan_head_next(const struct plan_head *p, struct span list, const char *at)
{
	const char *first = (const char *)p + list.off;
	const char *next = at == NULL ? first : at + strlen(at) + 1;

	if (list.len == 0 || !in_bounds(p, list) || first[list.len - 1] != '\0')
		return NULL;
	return next < first + list.len ? next : NULL;
}

const void *plan_head_array(const struct plan_head *p, struct span s, size_t element, size_t *ret_n)
{
	*ret_n = 0;
	if (s.len == 0 || !in_bounds(p, s) || s.off % sizeof(uint64_t) != 0 || s.len % element != 0)
		return NULL;
	*ret_n = s.len / element;
	return (const char *)p + s.off;
}

static const char *object_in(const struct plan_head *p, uint32_t at)
{
	const char *text = (const char *)p + at;

	if (at < p->header_size || at >= p->size || memchr(text, '\0', p->size - at) == NULL)
		return "";
	return text;
}

const char *plan_object(const struct plan *p, const struct plan_login *login, uint32_t object)
{
	if (!(object & PLAN_OBJECT_LOGIN))
		return object_in(&p->head, object);
	return login == NULL ? "" : object_in(&login->head, object & ~(uint32_t)PLAN_OBJECT_LOGIN);
}

/* A list is well formed if it is empty or its last string ends within the span. */
static int list_ok(const struct plan_head *p, struct span s)
{
	return s.len == 0 || (in_bounds(p, s) && ((const char *)p)[s.off + s.len - 1] == '\0');
}

static int str_ok(const struct plan_head *p, struct span s)
{
	return s.len == 0 || plan_head_str(p, s) != NULL;
}

static int array_ok(const struct plan_head *p, struct span s, size_t element)
{
	size_t n;

	return s.len == 0 || plan_head_array(p, s, element, &n) != NULL;
}

static int path_ok(const struct plan_head *p, struct span s)
{
	const char *path = plan_head_str(p, s);

	return path != NULL && path[0] == '/';
}

#define OK_NUM(p, v)  (1)
#define OK_PAIR(p, v) ((v).given <= PAIR_CEILING && (v).soft <= (v).hard)
#define OK_LIST(p, v) list_ok(p, v)

static int settings_ok(const struct plan_head *p, const struct plan_settings *s)
{
	int ok = 1;

#define SETTING(Name, field, type, merge, run, part, def, help) \
	IN_SESSION(part, ok = ok && STORED(OK_, type)(p, s->field);)
#include "settings.def"
#undef SETTING
	return ok;
}

static int login_settings_ok(const struct plan_head *p, const struct plan_login_settings *s)
{
	int ok = 1;

#define SETTING(Name, field, type, merge, run, part, def, help) \
	IN_LOGIN(part, ok = ok && STORED(OK_, type)(p, s->field);)
#include "settings.def"
#undef SETTING
	return ok;
}

static int view_ok(const struct plan *p)
{
	size_t n;
	const struct view_op *op = plan_array(p, p->view, sizeof *op, &n);

	if (op == NULL)
		return p->view.len == 0;
	for (size_t i = 0; i < n; i++)
		if (op[i].kind == VIEW_REFUSE || op[i].kind > VIEW_KIND_LAST || op[i].reserved != 0 ||
		    (op[i].kind == VIEW_NAMES && op[i].inodes - 1 >= NAMED_TERMINALS) ||
		    !path_ok(&p->head, op[i].target) || !str_ok(&p->head, op[i].source))
			return 0;
	return 1;
}

const struct group_limits *plan_group(const struct plan *p)
{
	size_t n;
	const struct group_limits *g = plan_array(p, p->group, sizeof *g, &n);

	return n == 1 && g->given >> GROUP_LIMITS == 0 && g->cpus_given <= 1 ? g : NULL;
}

const struct group_address *plan_addresses(const struct plan *p, size_t *ret_n)
{
	return plan_array(p, p->addresses, sizeof(struct group_address), ret_n);
}

static int addresses_ok(const struct plan *p)
{
	size_t n;
	const struct group_address *a = plan_addresses(p, &n);

	return a == NULL ? p->addresses.len == 0 :
			   p->group.len != 0 && group_addresses_check(a, n) == 0;
}

const struct network_rule *plan_network(const struct plan *p, size_t *ret_n)
{
	return plan_array(p, p->network, sizeof(struct network_rule), ret_n);
}

/* Without a namespace of its own, the rules would be those of the host. */
static int network_ok(const struct plan *p)
{
	size_t n;
	const struct network_rule *r = plan_network(p, &n);

	return r == NULL ?
		       p->network.len == 0 :
		       (p->clone_flags & CLONE_NEWNET) != 0 && p->owner != 0 &&
			       p->set.network_namespace_path.len == 0 && network_check(r, n) == 0;
}

static int hooks_ok(const struct plan *p, struct span s)
{
	size_t n;
	const struct plan_hook *h = plan_array(p, s, sizeof *h, &n);

	if (h == NULL)
		return s.len == 0;
	for (size_t i = 0; i < n; i++) {
		const char *program = list_ok(&p->head, h[i].argv) ? plan_next(p, h[i].argv, NULL) :
								     NULL;

		if (program == NULL || program[0] != '/' || h[i].reserved != 0 ||
		    (h[i].flags & ~(uint32_t)HOOK_FLAGS_ALL) != 0)
			return 0;
	}
	return 1;
}

static int follow_ok(const struct plan *p)
{
	const char *path = NULL;

	if (!list_ok(&p->head, p->follow))
		return 0;
	while ((path = plan_next(p, p->follow, path)) != NULL)
		if (path[0] != '/' || path[1] == '\0')
			return 0;
	return 1;
}

int plan_has_view(const struct plan *p, enum view_kind kind)
{
	size_t n;
	const struct view_op *op = plan_array(p, p->view, sizeof *op, &n);

	for (size_t i = 0; i < n; i++)
		if (op[i].kind == (uint32_t)kind)
			return 1;
	return 0;
}

static int head_ok(const struct plan_head *h, uint32_t magic, size_t header_size, size_t size)
{
	return size >= header_size && size <= PLAN_SIZE_MAX && size % sizeof(uint64_t) == 0 &&
	       h->magic == magic && h->version == PLAN_VERSION && h->size == size &&
	       h->header_size == header_size;
}

int plan_check(const struct plan *p, size_t size)
{
	const struct plan_head *h = &p->head;

	if (!head_ok(h, PLAN_MAGIC, sizeof *p, size) ||
	    (p->flags & ~(uint32_t)PLAN_FLAGS_ALL) != 0 || p->last_cap > 63 || p->reserved != 0 ||
	    (p->owner != 0 && (p->owner == p->view_uid || p->uid_map.len == 0)))
		return -EPROTO;
	if (!str_ok(h, p->home) || !str_ok(h, p->hostname) || !str_ok(h, p->uid_map) ||
	    !str_ok(h, p->gid_map) || !list_ok(h, p->divert) ||
	    !array_ok(h, p->filter, sizeof(struct sock_filter)) ||
	    !array_ok(h, p->view_groups, sizeof(uint32_t)))
		return -EPROTO;
	if ((p->group.len != 0 && plan_group(p) == NULL) || !addresses_ok(p) || !follow_ok(p) ||
	    !network_ok(p) || !hooks_ok(p, p->start_pre) || !hooks_ok(p, p->stop_post))
		return -EPROTO;
	return settings_ok(h, &p->set) && view_ok(p) ? 0 : -EPROTO;
}

int plan_login_check(const struct plan_login *l, size_t size)
{
	const struct plan_head *h = &l->head;

	if (!head_ok(h, PLAN_LOGIN_MAGIC, sizeof *l, size) ||
	    (l->flags & ~(uint32_t)LOGIN_FLAGS_ALL) != 0 || l->reserved != 0)
		return -EPROTO;
	if (plan_str(l, l->user) == NULL || plan_str(l, l->session) == NULL ||
	    plan_str(l, l->rule) == NULL || !path_ok(h, l->shell) || !str_ok(h, l->home) ||
	    (l->tty.len != 0 && !path_ok(h, l->tty)) || !array_ok(h, l->groups, sizeof(uint32_t)))
		return -EPROTO;
	return login_settings_ok(h, &l->set) ? 0 : -EPROTO;
}

/* struct iovec has no const; the kernel only reads the part */
static struct iovec part_of(const struct plan_head *h)
{
	union {
		const struct plan_head *from;
		void *to;
	} p = { .from = h };

	return (struct iovec){ .iov_base = p.to, .iov_len = h->size };
}

int plan_seal(const struct plan *p, const struct plan_login *login)
{
	const struct iovec parts[] = { part_of(&p->head), part_of(&login->head) };
	cleanup_close int fd = memfd_create("cordon-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING |
								   0x8u /* NOEXEC_SEAL */);
	ssize_t n;

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("cordon-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	n = writev(fd, parts, 2);
	if (n < 0)
		return -errno;
	if ((size_t)n != parts[0].iov_len + parts[1].iov_len)
		return -EIO;
	if (fcntl(fd, F_ADD_SEALS, PLAN_SEALS) < 0)
		return -errno;
	return take_fd(&fd);
}

/*
 * Two parts that were not compiled together are dangerous: the user could own the namespace that the
 * session enters, or a session for commands only could give a shell.
 */
static int parts_contradict(const struct plan *p, const struct plan_login *l)
{
	const int governed = (p->flags & PLAN_GOVERNED) != 0;
	const int commands = l->set.allow_commands.len != 0 || l->set.command.len != 0;

	return (p->owner != 0 && p->owner == l->uid) || governed != commands;
}

static int parts_check(const struct plan *p, size_t size, const struct plan_login **ret_login)
{
	const struct plan_login *l;

	if (p->head.size > size || plan_check(p, p->head.size) < 0)
		return -EPROTO;
	size -= p->head.size;
	l = (const void *)((const char *)p + p->head.size);
	if (size < sizeof *l || plan_login_check(l, size) < 0)
		return -EPROTO;
	if (parts_contradict(p, l))
		return -EPROTO;
	*ret_login = l;
	return 0;
}

int plan_open(int fd, const struct plan **ret_plan, const struct plan_login **ret_login)
{
	const int have = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *map;

	if (have < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((have & PLAN_SEALS) != PLAN_SEALS)
		return -EPERM;
	if (st.st_size < (off_t)sizeof **ret_plan || st.st_size > 2 * PLAN_SIZE_MAX)
		return -EPROTO;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	if (parts_check(map, (size_t)st.st_size, ret_login) < 0) {
		(void)munmap(map, (size_t)st.st_size); /* refusing anyway */
		return -EPROTO;
	}
	*ret_plan = map;
	return 0;
}
