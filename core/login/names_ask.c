/* SPDX-License-Identifier: Apache-2.0 */
/* names_ask.c - see names_ask.h. cordon-names is started by the first question. */
#include "login/names_ask.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/own.h"
#include "base/sys.h"
#include "contract/names.h"
#include "contract/wire.h"
#include "policy/account/names.h"
#include "policy/filter/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROGRAM CORDON_LIBEXECDIR "/cordon-names"

static struct ask_process helper = { .pid = -1, .pidfd = -1, .socket = -1 };

static int64_t until;
static void (*over)(const char *what);

void names_deadline(unsigned seconds, void (*fn)(const char *what))
{
	until = clock_ms() + (int64_t)seconds * 1000;
	over = fn;
}

static int module = -1;

void names_by_module(int fd)
{
	module = fd;
}

void names_end(void)
{
	ask_end(&helper, true);
}

/* Reads what is there, as soon as there is something. Return: the bytes; 0: the end; -errno. */
static ssize_t take_some(int fd, void *to, size_t size, const char *what)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const int64_t left = until - clock_ms();
		ssize_t n;

		if (left <= 0) {
			names_end();
			over(what);
		}
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = recv(fd, to, size, MSG_DONTWAIT);
		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

/* Reads exactly @size bytes. */
static int take(void *to, size_t size, const char *what)
{
	size_t have = 0;

	while (have < size) {
		const ssize_t n = take_some(helper.socket, (char *)to + have, size - have, what);

		if (n <= 0)
			return n < 0 ? (int)n : -EPROTO;
		have += (size_t)n;
	}
	return 0;
}

/* Asks. @ret: the bytes behind the answer, the caller's, ended by a NUL of ours. */
static int converse(const struct names_request *q, const char *what, struct names_answer *a,
		    char **ret)
{
	static char name[] = "cordon-names";
	char *const argv[] = { name, NULL };
	cleanup_free char *bytes = NULL;
	int r;

	if (helper.pid < 0 && !own_limits_suffice())
		return -EMFILE;
	r = helper.pid < 0 ? ask_start(PROGRAM, argv, &helper) : 0;
	if (r < 0)
		return -ENOPKG; /* see lookup_text(): ENOENT would be said of the account */
	r = sys_send(helper.socket, q, sizeof *q);
	if (r == 0)
		r = take(a, sizeof *a, what);
	if (r < 0)
		return r;
	if (a->magic != NAMES_MAGIC || a->size > NAMES_ANSWER_MAX || a->code > 1)
		return -EPROTO;
	bytes = malloc((size_t)a->size + 1);
	if (bytes == NULL)
		return -ENOMEM;
	bytes[a->size] = '\0';
	r = take(bytes, a->size, what);
	*ret = r < 0 ? NULL : take_ptr(&bytes);
	return r;
}

/* After an error nothing is known of what comes next from the program, so another one is started. */
static int ask(const struct names_request *q, const char *what, struct names_answer *a, char **ret)
{
	const int r = converse(q, what, a, ret);

	if (r < 0)
		names_end();
	return r < 0 ? r : a->code;
}

static int question(struct names_request *q, enum names_kind kind, const char *name, uint32_t id)
{
	memset(q, 0, sizeof *q);
	q->magic = NAMES_MAGIC;
	q->kind = kind;
	q->by_id = name == NULL;
	q->id = id;
	if (name == NULL)
		return 0;
	if (strlen(name) >= sizeof q->name)
		return -ENAMETOOLONG;
	memcpy(q->name, name, strlen(name) + 1);
	return 0;
}

/* Split @bytes into @n texts, each with its NUL. */
static int texts(char *bytes, size_t size, char *ret[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *end = memchr(bytes, '\0', size);

		if (end == NULL)
			return -EPROTO;
		ret[i] = bytes;
		size -= (size_t)(end + 1 - bytes);
		bytes = end + 1;
	}
	return size == 0 ? 0 : -EPROTO;
}

int names_user(const char *name, uid_t uid, struct passwd *ret, char **buf)
{
	static char none[] = "";
	struct names_request q;
	struct names_answer a;
	cleanup_free char *bytes = NULL;
	char *text[3];
	int r = question(&q, NAMES_USER, name, uid);

	r = r < 0 ? r : ask(&q, "the user", &a, &bytes);
	if (r != 1)
		return r;
	r = texts(bytes, a.size, text, 3);
	if (r < 0)
		return r;
	*ret = (struct passwd){ .pw_name = text[0],
				.pw_passwd = none,
				.pw_uid = a.id,
				.pw_gid = a.gid,
				.pw_gecos = none,
				.pw_dir = text[1],
				.pw_shell = text[2] };
	free(*buf);
	*buf = take_ptr(&bytes);
	return 1;
}

int names_group(const char *name, gid_t gid, struct group *ret, char **buf)
{
	static char none[] = "", *nobody[] = { NULL };
	struct names_request q;
	struct names_answer a;
	cleanup_free char *bytes = NULL;
	char *text[1];
	int r = question(&q, NAMES_GROUP, name, gid);

	r = r < 0 ? r : ask(&q, "a group", &a, &bytes);
	if (r != 1)
		return r;
	r = texts(bytes, a.size, text, 1);
	if (r < 0)
		return r;
	*ret = (struct group){
		.gr_name = text[0], .gr_passwd = none, .gr_gid = a.id, .gr_mem = nobody
	};
	free(*buf);
	*buf = take_ptr(&bytes);
	return 1;
}

static const char groups[] = "the groups of the user";

/* Takes the groups out of the stream that the module has sent. */
static int groups_take(int fd, gid_t *ret, int *n)
{
	const size_t room = (size_t)*n * sizeof *ret;
	size_t have = 0;

	for (;;) {
		gid_t more;
		const ssize_t got = take_some(fd, have < room ? (char *)ret + have : (char *)&more,
					      have < room ? room - have : sizeof more, groups);

		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		if (have == room)
			return -E2BIG;
		have += (size_t)got;
	}
	if (have == 0 || have % sizeof *ret != 0)
		return -EPROTO;
	*n = (int)(have / sizeof *ret);
	return 0;
}

static int groups_of_module(gid_t gid, gid_t *ret, int *n)
{
	const int64_t left = until - clock_ms();
	int fds[WIRE_FDS_MAX];
	struct wire_msg m;
	int r;

	wire_init(&m, WIRE_GROUPS);
	m.object = gid;
	r = wire_send(module, &m, NULL, 0);
	if (r == 0)
		r = wire_recv(module, &m, fds, left > 0 ? (int)left : 0);
	if (r == -ETIMEDOUT)
		over(groups);
	if (r < 0)
		return r;
	if (m.kind == WIRE_GROUPS_ARE)
		r = groups_take(fds[0], ret, n);
	else
		r = m.kind == WIRE_FAIL && m.err < 0 ? m.err : -EPROTO;
	wire_close(fds, wire_fds(m.kind));
	return r;
}

int names_groups(const char *user, gid_t gid, gid_t *ret, int *n)
{
	struct names_request q;
	struct names_answer a;
	cleanup_free char *bytes = NULL;
	int r = -EAGAIN;

	if (module >= 0) /* once: it waits for the verdict next */
		r = groups_of_module(gid, ret, n);
	module = -1;
	if (r != -EAGAIN)
		return r;
	r = question(&q, NAMES_GROUPS, user, gid);
	r = r < 0 ? r : ask(&q, groups, &a, &bytes);
	if (r != 1)
		return r < 0 ? r : -EPROTO;
	if (a.size != (uint64_t)a.id * sizeof *ret)
		return -EPROTO;
	if (a.id > (uint32_t)*n)
		return -E2BIG;
	memcpy(ret, bytes, a.size);
	*n = (int)a.id;
	return 0;
}

int names_netgroup(const char *netgroup, const char *user)
{
	struct names_request q;
	struct names_answer a;
	cleanup_free char *bytes = NULL;
	int r = question(&q, NAMES_NETGROUP, user, 0);

	if (r == 0 && strlen(netgroup) >= sizeof q.other)
		r = -ENAMETOOLONG;
	if (r < 0)
		return r;
	memcpy(q.other, netgroup, strlen(netgroup) + 1);
	return ask(&q, "a netgroup", &a, &bytes);
}
