/* SPDX-License-Identifier: Apache-2.0 */
/* plan_buf.c - see plan_buf.h */
#include "policy/compile/plan_buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct span plan_put(struct plan_buf *b, const void *data, size_t len, size_t align)
{
	const size_t at = (b->len + align - 1) / align * align;
	struct span s = { 0 };

	if (b->failed || len == 0)
		return s;
	if (len > PLAN_SIZE_MAX || at + len > PLAN_SIZE_MAX) {
		b->failed = -E2BIG;
		return s;
	}
	if (at + len > b->room) {
		const size_t room = (at + len) * 2;
		char *more = realloc(b->data, room);

		if (more == NULL) {
			b->failed = -ENOMEM;
			return s;
		}
		memset(more + b->room, 0, room - b->room);
		b->data = more;
		b->room = room;
	}
	memcpy(b->data + at, data, len);
	b->len = at + len;
	s.off = (uint32_t)at;
	s.len = (uint32_t)len;
	return s;
}

struct span plan_put_str(struct plan_buf *b, const char *s)
{
	return plan_put(b, s, s != NULL && s[0] != '\0' ? strlen(s) + 1 : 0, 1);
}

uint32_t plan_put_end(struct plan_buf *b)
{
	static const char zero[sizeof(uint64_t)];
	const size_t over = b->len % sizeof zero;

	if (over != 0)
		(void)plan_put(b, zero, sizeof zero - over, 1);
	return (uint32_t)b->len;
}
