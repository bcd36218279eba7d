/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - see plan.h; the writer is policy/compile.c */
#include "contract/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLAN_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

/* Subtract, never add: no wrap. */
static int in_bounds(const struct plan *p, struct span s)
{
	return s.off >= sizeof *p && s.off <= p->size && s.len <= p->size - s.off;
}

const char *plan_str(const struct plan *p, struct span s)
{
	const char *at = (const char *)p + s.off;

	if (s.len == 0 || !in_bounds(p, s))
		return NULL;
	return memchr(at, '\0', s.len) == at + s.len - 1 ? at : NULL;
}

const char *plan_next(const struct plan *p, struct span list, const char *at)
{
	const char *first = (const char *)p + list.off;
	const char *next = at == NULL ? first : at + strlen(at) + 1;

	if (list.len == 0 || !in_bounds(p, list) || first[list.len - 1] != '\0')
		return NULL;
	return next < first + list.len ? next : NULL;
}

const void *plan_array(const struct plan *p, struct span s, size_t element, size_t *ret_n)
{
	*ret_n = 0;
	if (s.len == 0 || !in_bounds(p, s) || s.off % sizeof(uint64_t) != 0 || s.len % element != 0)
		return NULL;
	*ret_n = s.len / element;
	return (const char *)p + s.off;
}

/* Empty, or strings that end within the span. */
static int list_ok(const struct plan *p, struct span s)
{
	return s.len == 0 || (in_bounds(p, s) && ((const char *)p)[s.off + s.len - 1] == '\0');
}

static int str_ok(const struct plan *p, struct span s)
{
	return s.len == 0 || plan_str(p, s) != NULL;
}

#define OK_NUM(p, v)  (1)
#define OK_PAIR(p, v) ((v).given <= PAIR_CEILING && (v).soft <= (v).hard)
#define OK_LIST(p, v) list_ok(p, v)

static int settings_ok(const struct plan *p)
{
	const struct plan_settings *s = &p->set;
	int ok = 1;

#define SETTING(Name, field, type, merge, run, def, help) ok = ok && STORED(OK_, type)(p, s->field);
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
		    plan_str(p, op[i].target) == NULL || plan_str(p, op[i].target)[0] != '/' ||
		    !str_ok(p, op[i].source))
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

int plan_check(const struct plan *p, size_t size)
{
	size_t n;

	if (size < sizeof *p || size > PLAN_SIZE_MAX || p->magic != PLAN_MAGIC ||
	    p->version != PLAN_VERSION || p->size != size || p->header_size != sizeof *p ||
	    (p->flags & ~(uint32_t)PLAN_FLAGS_ALL) != 0 || p->last_cap > 63 || p->reserved != 0 ||
	    (p->owner != 0 && (p->owner == p->uid || p->uid_map.len == 0)))
		return -EPROTO;
	if (plan_str(p, p->user) == NULL || plan_str(p, p->shell) == NULL ||
	    plan_str(p, p->session) == NULL || plan_str(p, p->rule) == NULL ||
	    !str_ok(p, p->home) || !str_ok(p, p->hostname) || !str_ok(p, p->uid_map) ||
	    !str_ok(p, p->gid_map) || !list_ok(p, p->divert) || plan_str(p, p->shell)[0] != '/')
		return -EPROTO;
	if (p->filter.len != 0 && plan_array(p, p->filter, sizeof(struct sock_filter), &n) == NULL)
		return -EPROTO;
	if (p->groups.len != 0 && plan_array(p, p->groups, sizeof(uint32_t), &n) == NULL)
		return -EPROTO;
	return settings_ok(p) && view_ok(p) ? 0 : -EPROTO;
}

int plan_seal(const struct plan *p, size_t size)
{
	const char *at = (const char *)p;
	int fd = memfd_create("cordon-plan",
			      MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x8u /* NOEXEC_SEAL */);
	int r;

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("cordon-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	while (size > 0) {
		const ssize_t n = write(fd, at, size);

		if (n <= 0) {
			r = n < 0 ? -errno : -EIO;
			goto out;
		}
		at += n;
		size -= (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, PLAN_SEALS) == 0)
		return fd;
	r = -errno;
out:
	(void)close(fd); /* the memfd dies with it */
	return r;
}

int plan_open(int fd, const struct plan **ret_plan)
{
	const int have = fcntl(fd, F_GET_SEALS);
	const struct plan *p;
	struct stat st;

	if (have < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((have & PLAN_SEALS) != PLAN_SEALS)
		return -EPERM;
	if (st.st_size < (off_t)sizeof *p || st.st_size > PLAN_SIZE_MAX)
		return -EPROTO;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	if (plan_check(p, (size_t)st.st_size) < 0) {
		union {
			const struct plan *from;
			void *to;
		} m = { .from = p }; /* munmap(2) takes no const */

		(void)munmap(m.to, (size_t)st.st_size); /* refusing anyway */
		return -EPROTO;
	}
	*ret_plan = p;
	return 0;
}
