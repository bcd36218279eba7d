/* SPDX-License-Identifier: Apache-2.0 */
/* why_calls.c - what a system call was about, read from the stopped thread */
#include "ctl/run/why.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static const struct call_row rows[] = {
#define CALL(name, path, dir, writes) { #name, SYS_##name, path, dir, writes },
#include "ctl/run/why_calls.def"
#undef CALL
};

const struct call_row *call_find(int nr)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].nr == nr)
			return &rows[i];
	return NULL;
}

/* Word by word: the tracer may always do this, whatever the process has dropped. */
size_t tracee_read(pid_t tid, uint64_t at, void *buf, size_t size)
{
	size_t n = 0;

	while (n < size) {
		const uint64_t from = (at + n) & ~(uint64_t)(sizeof(long) - 1);
		const size_t skip = (size_t)(at + n - from);
		size_t part = sizeof(long) - skip;
		long word = 0;

		/* the raw call: it tells a failure from a word of all ones */
		if (syscall(SYS_ptrace, PTRACE_PEEKDATA, (long)tid, (unsigned long)from, &word) < 0)
			break;
		if (part > size - n)
			part = size - n;
		memcpy((char *)buf + n, (const char *)&word + skip, part);
		n += part;
	}
	return n;
}

static bool read_text(pid_t tid, uint64_t at, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	if (at == 0)
		return false;
	while (n + 1 < size) {
		const size_t want = size - 1 - n < 64 ? size - 1 - n : 64;
		const size_t got = tracee_read(tid, at + n, buf + n, want);

		if (memchr(buf + n, '\0', got) != NULL)
			return true;
		n += got;
		if (got < want)
			break;
	}
	buf[n] = '\0';
	return n > 0;
}

/* Takes "." and ".." out of an absolute path, without a look at symbolic links. */
static void path_simplify(char *path)
{
	char out[WHY_OBJECT] = "";
	char *save = NULL;
	size_t n = 0;

	for (char *part = strtok_r(path, "/", &save); part != NULL;
	     part = strtok_r(NULL, "/", &save)) {
		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			char *slash = strrchr(out, '/');

			n = slash != NULL ? (size_t)(slash - out) : 0;
			out[n] = '\0';
			continue;
		}
		n += (size_t)snprintf(out + n, sizeof out - n, "/%s", part);
		if (n >= sizeof out)
			n = sizeof out - 1;
	}
	(void)snprintf(path, WHY_OBJECT, "%s", n > 0 ? out : "/");
}

/* The directory that a relative path begins at, as the session names it. */
static bool directory_of(const struct why_call *c, const struct call_row *row, char *buf,
			 size_t size)
{
	const int fd = row->dir >= 0 ? (int)c->data.args[row->dir] : AT_FDCWD;
	char link[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		(void)snprintf(link, sizeof link, "/proc/%d/cwd", (int)c->tid); /* fits */
	else
		(void)snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)c->tid, fd); /* fits */
	n = readlink(link, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	return buf[0] == '/';
}

static void path_object(const struct why_call *c, const struct call_row *row, struct refusal *r)
{
	char text[WHY_OBJECT / 2], dir[WHY_OBJECT / 2];

	if (!read_text(c->tid, c->data.args[row->path], text, sizeof text))
		return;
	if (text[0] == '/')
		(void)snprintf(r->object, sizeof r->object, "%s", text); /* fits */
	else if (directory_of(c, row, dir, sizeof dir))
		(void)snprintf(r->object, sizeof r->object, "%s/%s", dir, text); /* fits */
	else
		(void)snprintf(r->object, sizeof r->object, "%s", text); /* fits */
	r->path = r->object[0] == '/';
	if (r->path)
		path_simplify(r->object);
}

static void address_object(const struct why_call *c, unsigned at, unsigned length, struct refusal *r)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		char bytes[sizeof(struct sockaddr_un) + 1];
	} a = { .bytes = "" };
	size_t size = (size_t)c->data.args[length];
	char host[INET6_ADDRSTRLEN] = "";

	if (size > sizeof a.un)
		size = sizeof a.un;
	if (c->data.args[at] == 0 || tracee_read(c->tid, c->data.args[at], &a, size) < 2)
		return;
	if (a.any.sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &a.in.sin_addr, host, sizeof host);
		(void)snprintf(r->object, sizeof r->object, "%s:%u", host, ntohs(a.in.sin_port));
	} else if (a.any.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &a.in6.sin6_addr, host, sizeof host);
		(void)snprintf(r->object, sizeof r->object, "[%s]:%u", host, ntohs(a.in6.sin6_port));
	} else if (a.any.sa_family == AF_UNIX && a.un.sun_path[0] != '\0') {
		(void)snprintf(r->object, sizeof r->object, "%.107s", a.un.sun_path);
		r->path = r->object[0] == '/';
	} else if (a.any.sa_family == AF_UNIX) {
		(void)snprintf(r->object, sizeof r->object, "@%.100s", a.un.sun_path + 1);
	}
}

/* The file behind a descriptor. */
static void file_object(const struct why_call *c, struct refusal *r)
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)c->tid, (int)c->data.args[0]);
	n = readlink(link, r->object, sizeof r->object - 1);
	r->object[n > 0 ? n : 0] = '\0';
	r->path = r->object[0] == '/';
}

void call_object(const struct why_call *c, const struct call_row *row, struct refusal *r)
{
	if (row->path >= 0)
		path_object(c, row, r);
	else if (row->nr == SYS_connect || row->nr == SYS_bind)
		address_object(c, 1, 2, r);
	else if (row->nr == SYS_sendto)
		address_object(c, 4, 5, r);
	else if (row->writes)
		file_object(c, r);
	else if (row->nr == SYS_socket || row->nr == SYS_socketpair)
		(void)snprintf(r->object, sizeof r->object, "family %llu, protocol %llu",
			       (unsigned long long)c->data.args[0],
			       (unsigned long long)c->data.args[2]);
	else if (row->nr == SYS_mq_open)
		(void)read_text(c->tid, c->data.args[0], r->object, sizeof r->object);
	else if (row->nr == SYS_ioctl)
		(void)snprintf(r->object, sizeof r->object, "request %#llx",
			       (unsigned long long)c->data.args[1]);
}
