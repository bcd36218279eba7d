/* SPDX-License-Identifier: Apache-2.0 */
/* run_io.c - pass on the output of the program, in constant memory */
#include "ctl/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The number of bytes in a JSON line before quoting, which can make six bytes of one. */
enum { LINE_MAX_BYTES = 16384 };

/*
 * The caller may share our standard output and its O_NONBLOCK, so O_NONBLOCK must not be set there. A
 * pipe or terminal is opened again, a socket is polled before each write, and a file never blocks.
 */
static int open_again(int fd, bool *ret_shared)
{
	char path[32];
	struct stat st;
	int again;

	*ret_shared = false;
	if (fstat(fd, &st) < 0 || (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)))
		return fd;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* fits */
	again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	*ret_shared = again < 0;
	return again < 0 ? fd : again;
}

void run_io_start(struct run_io *io, int from, int to, const char *name, bool lines,
		  struct run_stream *kept)
{
	*io = (struct run_io){ .from = from, .to = -1, .name = name, .lines = lines, .kept = kept };
	if (to >= 0)
		io->to = open_again(to, &io->shared);
	if (from >= 0)
		(void)fcntl(from, F_SETFL, O_NONBLOCK); /* nobody shares this end */
}

bool run_io_pending(const struct run_io *io)
{
	return io->at < io->len;
}

struct pollfd run_io_wants(const struct run_io *io, bool may_read)
{
	if (run_io_pending(io))
		return (struct pollfd){ .fd = io->to, .events = POLLOUT };
	return (struct pollfd){ .fd = may_read ? io->from : -1, .events = POLLIN };
}

static void no_more(struct run_io *io)
{
	if (io->from >= 0)
		(void)close(io->from); /* the program gets EPIPE if it writes more */
	io->from = -1;
	io->at = io->len = 0;
}

/* The length of the well-formed UTF-8 at @s; *ret_cut tells if the start of a character follows. */
static size_t utf8_prefix(const unsigned char *s, size_t n, bool *ret_cut)
{
	size_t i = 0;

	*ret_cut = false;
	while (i < n) {
		const unsigned char c = s[i];
		const size_t want = c < 0x80		  ? 1 :
				    c >= 0xc2 && c < 0xe0 ? 2 :
				    (c & 0xf0) == 0xe0	  ? 3 :
				    c >= 0xf0 && c < 0xf5 ? 4 :
							    0;
		size_t k = 1;

		while (k < want && i + k < n && (s[i + k] & 0xc0) == 0x80)
			k++;
		if (want == 0 || (k < want && i + k < n))
			return i;
		if (k < want) {
			*ret_cut = true;
			return i;
		}
		if ((c == 0xe0 && s[i + 1] < 0xa0) || (c == 0xed && s[i + 1] >= 0xa0) ||
		    (c == 0xf0 && s[i + 1] < 0x90) || (c == 0xf4 && s[i + 1] >= 0x90))
			return i; /* forbidden by RFC 3629: overlong, surrogates, beyond U+10FFFF */
		i += want;
	}
	return i;
}

void run_json_bytes(struct json *j, const char *text_name, const char *base64_name,
		    const char *data, size_t len)
{
	bool cut;

	if (utf8_prefix((const unsigned char *)data, len, &cut) == len)
		json_text(j, text_name, data, len);
	else
		json_base64(j, base64_name, data, len);
}

/* Makes a JSON line of the @n bytes in @data. The start of a cut character waits in @rest. */
static void line_make(struct run_io *io, const char *data, size_t n, bool last)
{
	FILE *f = fmemopen(io->buf, sizeof io->buf, "w");
	struct json json = { .f = f }, *j = &json;
	struct timespec now;
	char when[40] = "";
	struct tm tm;
	bool cut;
	size_t len = utf8_prefix((const unsigned char *)data, n, &cut);

	if (last || !cut)
		len = n;
	io->left = n - len;
	memcpy(io->rest, data + len, io->left); /* at most three bytes */
	if (len == 0 || f == NULL) {
		if (f != NULL)
			(void)fclose(f); /* nothing was written */
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	if (gmtime_r(&now.tv_sec, &tm) != NULL)
		(void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm); /* fits */
	(void)snprintf(when + strlen(when), sizeof when - strlen(when), ".%06ldZ",
		       now.tv_nsec / 1000); /* fits */
	json_object(j, NULL);
	json_string(j, "time", when);
	json_string(j, "stream", io->name);
	run_json_bytes(j, "data", "base64", data, len);
	json_end(j);
	(void)fflush(f);
	io->at = 0;
	io->len = (size_t)ftell(f);
	(void)fclose(f); /* flushed */
}

static void stream_keep(struct run_io *io, const char *data, size_t n)
{
	struct run_stream *k = io->kept;
	const size_t room = RUN_CAPTURE_MAX - k->len, some = n < room ? n : room;

	if (k->data == NULL)
		k->data = malloc(RUN_CAPTURE_MAX);
	if (k->data != NULL) {
		memcpy(k->data + k->len, data, some);
		k->len += some;
		n -= some;
	}
	k->dropped += n;
}

static void stream_take(struct run_io *io, bool ended)
{
	static char raw[LINE_MAX_BYTES + 4];
	char *to = io->to < 0 || io->lines ? raw : io->buf;
	const size_t room = io->to < 0 || io->lines ? LINE_MAX_BYTES : sizeof io->buf,
		     had = io->left;
	ssize_t n;

	memcpy(raw, io->rest, had);
	n = read(io->from, to + had, room);
	if (n < 0 && (errno == EINTR || (errno == EAGAIN && !ended)))
		return;
	if (n > 0)
		io->kept->bytes += (uint64_t)n;
	if (io->lines) {
		line_make(io, raw, had + (n > 0 ? (size_t)n : 0), n <= 0);
	} else if (n > 0 && io->to < 0) {
		stream_keep(io, raw, (size_t)n);
	} else if (n > 0) {
		io->at = 0;
		io->len = (size_t)n;
	}
	if (n <= 0) {
		/* end of file, or nothing left after the end of the program */
		(void)close(io->from);
		io->from = -1;
	}
}

static void stream_give(struct run_io *io)
{
	const size_t all = io->len - io->at, some = io->shared && all > PIPE_BUF ? PIPE_BUF : all;
	ssize_t n = send(io->to, io->buf + io->at, some, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		n = write(io->to, io->buf + io->at, some);
	if (n >= 0) {
		io->at += (size_t)n;
	} else if (errno != EAGAIN && errno != EINTR) {
		if (errno != EPIPE) {
			sayf(stderr, "cordon: %s cannot be written: %s\n", io->name,
			     strerror(errno));
			io->failed = true;
		}
		no_more(io); /* our reader is gone, so the program must see that, too */
	}
}

void run_io_move(struct run_io *io, bool readable, bool writable, bool ended)
{
	if (run_io_pending(io)) {
		if (writable)
			stream_give(io);
	} else if (io->from >= 0 && (readable || ended)) {
		stream_take(io, ended);
		if (run_io_pending(io) && !io->shared)
			stream_give(io);
	}
}
