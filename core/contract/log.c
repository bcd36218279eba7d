/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - see log.h */
#include "contract/log.h"

#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define JOURNAL "/run/systemd/journal/socket" /* sd_journal_print(3), without its library */

enum { LOG_WAIT_MS = 200, VALUE_MAX = 1000, TEXT_MAX = 8000 };

/**
 * struct line - an event on its way out
 * @head:    what syslog has before the text
 * @text:    event=... with all fields; a newline ends the text
 * @journal: the fields of the journal, with MESSAGE= last, of which @text is the value
 */
struct line {
	char head[100], text[TEXT_MAX], journal[TEXT_MAX + 1000];
	size_t n_head, n_text, n_journal;
};

static const char *log_ident = "cordon";
static int log_debug;
static int log_stuck;	  /* nobody reads the log: no line waits until one is delivered */
static unsigned log_lost; /* number of lines lost since then */

void log_open(const char *ident, int debug)
{
	log_ident = ident;
	log_debug = debug;
}

static bool plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

const char *log_quote(const char *s, char *buf, size_t size)
{
	static const char digit[] = "0123456789abcdef", cut[] = "...";
	size_t at = 0;

	if (size < sizeof cut + 2)
		return "";
	buf[at++] = '"';
	for (; *s != '\0'; s++) {
		const unsigned char c = (unsigned char)*s;

		if (at + (plain(*s) ? 1 : 4) + sizeof cut + 1 > size) {
			memcpy(buf + at, cut, sizeof cut - 1);
			at += sizeof cut - 1;
			break;
		}
		if (plain(*s)) {
			buf[at++] = *s;
		} else {
			buf[at++] = '\\';
			buf[at++] = 'x';
			buf[at++] = digit[c >> 4];
			buf[at++] = digit[c & 15];
		}
	}
	buf[at++] = '"';
	buf[at] = '\0';
	return buf;
}

/* Is @s a word that needs no quotes? Cordon's own words are. */
static bool is_word(const char *s)
{
	return *s != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_.:+-")] == '\0';
}

/* The value of a field as the line has it; NULL: the field has none. */
static const char *value_of(const struct log_field *f, char *buf, size_t size)
{
	if (f->numeric)
		(void)snprintf(buf, size, "%lld", (long long)f->number); /* fits */
	else if (f->word != NULL && is_word(f->word))
		(void)snprintf(buf, size, "%s", f->word); /* a word that is cut is still one */
	else if (f->word != NULL || f->text != NULL)
		(void)log_quote(f->word != NULL ? f->word : f->text, buf, size); /* as above */
	else
		return NULL;
	return buf;
}

static size_t put(char *at, const char *s, size_t n)
{
	memcpy(at, s, n);
	return n;
}

/* CORDON_KEY=value for the journal. Nothing in a value can end it: a newline is \x0a there. */
static void journal_add(struct line *l, const char *key, const char *value, size_t n)
{
	char *const j = l->journal;

	l->n_journal += put(j + l->n_journal, "CORDON_", 7);
	for (; *key != '\0'; key++)
		j[l->n_journal++] = (char)(*key >= 'a' && *key <= 'z' ? *key - 'a' + 'A' : *key);
	j[l->n_journal++] = '=';
	l->n_journal += put(j + l->n_journal, value, n);
	j[l->n_journal++] = '\n';
}

/* Adds a field. One that does not fit is left out whole, so that none is cut in its key. */
static void add(struct line *l, const struct log_field *f)
{
	char buf[VALUE_MAX];
	const char *value = value_of(f, buf, sizeof buf);
	const size_t n_key = strlen(f->key), n = value != NULL ? strlen(value) : 0;
	const bool quoted = n > 0 && value[0] == '"';

	if (value == NULL || l->n_text + n_key + n + 4 > sizeof l->text ||
	    l->n_journal + n_key + n + 32 > sizeof l->journal)
		return;
	if (l->n_text > 0)
		l->text[l->n_text++] = ' ';
	l->n_text += put(l->text + l->n_text, f->key, n_key);
	l->text[l->n_text++] = '=';
	l->n_text += put(l->text + l->n_text, value, n);
	journal_add(l, f->key, quoted ? value + 1 : value, quoted ? n - 2 : n);
}

static void add_all(struct line *l, const struct log_field *fields)
{
	for (; fields->key != NULL; fields++)
		add(l, fields);
}

static void begin(struct line *l, int priority, const char *event)
{
	const int pid = (int)getpid();

	l->n_head = (size_t)snprintf(l->head, sizeof l->head,
				     "<%d>%.60s[%d]: ", LOG_AUTHPRIV | priority, log_ident,
				     pid); /* fits */
	l->n_journal = (size_t)snprintf(
		l->journal, sizeof l->journal,
		"PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%.60s\nSYSLOG_PID=%d\n",
		priority, LOG_AUTHPRIV >> 3, log_ident, pid); /* fits */
	l->n_text = 0;
	add(l, &(struct log_field)log_word("event", event));
}

/* Sends to the socket at @path; @fd is a datagram socket that is not connected. 0; -errno. */
static int send_to(int fd, const char *path, struct iovec iov[2])
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = iov, .msg_iovlen = 2
	};
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t sent;

	memcpy(to.sun_path, path, strlen(path) + 1); /* fits: _PATH_LOG and JOURNAL */
	sent = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* only a connected socket can wait for room */
	if (sent < 0 && errno == EAGAIN && !log_stuck) {
		m.msg_name = NULL;
		m.msg_namelen = 0;
		if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
		    poll(&p, 1, LOG_WAIT_MS) == 1)
			sent = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		else
			errno = EAGAIN;
	}
	return sent < 0 ? -errno : 0;
}

/* To a syslogd that reads streams. There, a NUL ends a line. */
static int stream_line(struct line *l)
{
	static char end[1];
	const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = _PATH_LOG };
	struct iovec iov[] = { { l->head, l->n_head }, { l->text, l->n_text }, { end, 1 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 3 };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int r;

	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)&to, sizeof to) < 0 ? -errno : 0;
	if (r == 0 && sendmsg(fd, &m, MSG_NOSIGNAL) < 0)
		r = -errno;
	if (r == -EAGAIN && !log_stuck && poll(&p, 1, LOG_WAIT_MS) == 1)
		r = sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
	(void)close(fd); /* delivered, or not */
	return r;
}

/*
 * This code replaces syslog(3), because musl's writes the time in UTC and readers take it for local
 * time. A line without a time gets the time of the receiver. Each line has a socket of its own,
 * because the log may have restarted. If the log does not read, the line is lost, so that no login
 * hangs. journald passes its lines on to syslogd, so that a line is written once.
 */
static int deliver(struct line *l)
{
	struct iovec journal[] = { { l->journal, l->n_journal }, { l->text, l->n_text + 1 } };
	struct iovec syslog[] = { { l->head, l->n_head }, { l->text, l->n_text } };
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	l->n_journal += put(l->journal + l->n_journal, "MESSAGE=", 8);
	journal[0].iov_len = l->n_journal;
	l->text[l->n_text] = '\n';
	r = send_to(fd, JOURNAL, journal);
	if (r < 0 && r != -EAGAIN)
		r = send_to(fd, _PATH_LOG, syslog);
	(void)close(fd); /* delivered, or not */
	if (r == -EPROTOTYPE)
		r = stream_line(l);
	if (r == -EAGAIN)
		log_stuck = 1;
	return r;
}

static void deliver_counted(struct line *l)
{
	if (deliver(l) < 0) {
		log_lost++;
		return;
	}
	log_stuck = 0;
	if (log_lost == 0)
		return;
	begin(l, LOG_WARNING, "log");
	add(l, &(struct log_field)log_number("lost", log_lost));
	log_lost = 0;
	(void)deliver(l); /* the line before has been delivered */
}

void log_event(int priority, const char *event, const struct log_field *fields)
{
	struct line l;

	if (priority == LOG_DEBUG && !log_debug)
		return;
	begin(&l, priority, event);
	add_all(&l, fields);
	deliver_counted(&l);
}

void log_login(const struct login *login, const char *session, const char *rule, int priority,
	       const char *event, const struct log_field *fields)
{
	const struct log_field all[] = {
		log_word("session", session[0] != '\0' ? session : "-"),
		log_text("user", login->user),
		log_number("uid", login->uid),
		log_text("service", login->service),
		log_text("rhost", login->rhost),
		log_text("tty", login->tty),
		log_text("rule", rule),
		{ .key = NULL },
	};
	struct line l;

	if (priority == LOG_DEBUG && !log_debug)
		return;
	begin(&l, priority, event);
	add_all(&l, all);
	add_all(&l, fields);
	deliver_counted(&l);
}
