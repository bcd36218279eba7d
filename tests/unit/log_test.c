/* SPDX-License-Identifier: Apache-2.0 */
/* log_test.c - no text that somebody else chose can forge a field or a line of the log */
#include "contract/log.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <cmocka.h>

static char syslog_line[32768], journal[32768];
static int journal_errno, syslog_errno;

/* Stands for the C library's: what is sent is kept, by socket. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	const struct sockaddr_un *to = m->msg_name;
	const bool to_journal = strstr(to->sun_path, "journal") != NULL;
	char *at = to_journal ? journal : syslog_line;
	size_t n = 0;

	(void)fd;
	(void)flags;
	errno = to_journal ? journal_errno : syslog_errno;
	if (errno != 0)
		return -1;
	for (size_t i = 0; i < (size_t)m->msg_iovlen; i++) {
		memcpy(at + n, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
		n += m->msg_iov[i].iov_len;
	}
	at[n] = '\0';
	return (ssize_t)n;
}

static const char *const hostile[] = {
	"",
	"bob",
	"bob\" event=permit user=\"root",
	"bob\n<86>cordon[1]: event=permit user=\"root\"",
	"bob\nCORDON_USER=root\nMESSAGE=event=permit",
	"\\\" rule=\"x",
	"\x1b[2J\x1b]0;title\x07\x9b"
	"31m",
	"a=b c='d' $(id) `id` %s%n\t\r\v\f\x7f",
	"\xc3\xbc\xe2\x80\xae\xff\xfe",
	"\\x22 \\\\x22",
};

/* Walks key=value of @s; false: not of the grammar that cordon-keeper(8) has. */
static bool well_formed(const char *s, unsigned *ret_n)
{
	for (*ret_n = 0;; (*ret_n)++, s++) {
		const char *key = s;

		while (islower((unsigned char)*s) || isdigit((unsigned char)*s) || *s == '_')
			s++;
		if (s == key || *s++ != '=')
			return false;
		if (*s == '"') {
			for (s++; *s != '"'; s++)
				if (*s < 0x20 || *s == 0x7f ||
				    (*s == '\\' && (s[1] != 'x' || !isxdigit((unsigned char)s[2]) ||
						    !isxdigit((unsigned char)s[3]))))
					return false;
			s++;
		} else {
			const char *word = s;

			while (isalnum((unsigned char)*s) || (*s != '\0' && strchr("_.:+-", *s)))
				s++;
			if (s == word)
				return false;
		}
		if (*s == '\0') {
			(*ret_n)++;
			return true;
		}
		if (*s != ' ')
			return false;
	}
}

static void set(char *field, const char *value)
{
	memset(field, 0, FACTS_NAME_MAX);
	strncpy(field, value, FACTS_NAME_MAX - 1);
}

static int start(void **state)
{
	(void)state;
	journal_errno = syslog_errno = 0;
	syslog_line[0] = journal[0] = '\0';
	return 0;
}

static void quotes(void **state)
{
	char buf[64], all[256], quoted[1100];

	(void)state;
	assert_string_equal(log_quote("a b=c", buf, sizeof buf), "\"a b=c\"");
	assert_string_equal(log_quote("a\"b\\\n", buf, sizeof buf), "\"a\\x22b\\x5c\\x0a\"");
	for (unsigned i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	(void)log_quote(all, quoted, sizeof quoted);
	for (const char *s = quoted + 1; s[1] != '\0'; s++)
		assert_true(*s >= 0x20 && *s < 0x7f && *s != '"');
	/* what does not fit says so, and is never cut within \xNN */
	for (size_t size = 0; size < sizeof buf; size++) {
		memset(buf, 'z', sizeof buf);
		(void)log_quote("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", buf, size);
		if (size < 6)
			continue;
		assert_true(strlen(buf) < size);
		assert_string_equal(buf + strlen(buf) - 4, "...\"");
		assert_int_equal((strlen(buf) - 5) % 4, 0);
	}
}

static void nothing_is_forged(void **state)
{
	const size_t n = sizeof hostile / sizeof hostile[0];
	struct login l = { .uid = 2001 };
	unsigned fields;

	(void)state;
	journal_errno = ENOENT;
	for (size_t i = 0; i < n * 4; i++) {
		const char *bad = hostile[i % n];

		set(l.user, i / n == 0 ? bad : "bob");
		set(l.rhost, i / n == 1 ? bad : "192.0.2.1");
		set(l.tty, i / n == 2 ? bad : "pts/0");
		set(l.service, "sshd");
		log_login(&l, "0123456789abcdef", "/etc/cordon/rules.d/50-bob.conf:1", LOG_NOTICE,
			  "command-refused",
			  log_fields(log_text("command", i / n == 3 ? bad : "id"),
				     log_word("step", bad), log_number("n", -3)));
		assert_int_equal(strncmp(syslog_line, "<85>cordon[", 11), 0);
		assert_null(strchr(syslog_line, '\n'));
		assert_true(well_formed(strstr(syslog_line, ": ") + 2, &fields));
		assert_int_equal(fields, 11);
	}
}

static void long_texts(void **state)
{
	static char endless[10240];
	struct login l = { .uid = 2001 };
	unsigned fields;

	(void)state;
	for (unsigned byte = 0; byte < 2; byte++) {
		memset(endless, byte ? '\n' : 'x', sizeof endless - 1);
		journal_errno = ENOENT;
		set(l.user, endless);
		set(l.rhost, endless);
		set(l.tty, endless);
		set(l.service, endless);
		log_login(&l, "-", endless, LOG_NOTICE, "command-refused",
			  log_fields(log_text("command", endless), log_text("a", endless),
				     log_text("b", endless), log_text("c", endless),
				     log_text("d", endless)));
		assert_true(strlen(syslog_line) < 8192);
		assert_true(well_formed(strstr(syslog_line, ": ") + 2, &fields));
		assert_in_range(fields, 8, 13);
		assert_non_null(strstr(syslog_line, "...\""));
		journal_errno = 0;
		log_event(LOG_ERR, "error", log_fields(log_text("why", endless)));
		assert_int_equal(journal[strlen(journal) - 1], '\n');
	}
}

/* The lines of a datagram: each begins with a name of cordon's, and none twice. */
static void journal_fields(void **state)
{
	struct login l = { .uid = 2001 };

	(void)state;
	set(l.service, "sshd");
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		unsigned n = 0, users = 0, messages = 0;
		char quoted[1100], want[1200];
		char *at = journal;

		set(l.user, hostile[i]);
		syslog_line[0] = '\0';
		log_login(&l, "-", NULL, LOG_NOTICE, "deny",
			  log_fields(log_text("why", hostile[i])));
		assert_string_equal(syslog_line, "");
		(void)log_quote(hostile[i], quoted, sizeof quoted);
		quoted[strlen(quoted) - 1] = '\0';
		(void)snprintf(want, sizeof want, "\nCORDON_USER=%s\n", quoted + 1);
		assert_non_null(strstr(journal, want));
		for (char *line; (line = strsep(&at, "\n")) != NULL && *line != '\0'; n++) {
			users += strncmp(line, "CORDON_USER=", 12) == 0;
			messages += strncmp(line, "MESSAGE=event=deny ", 19) == 0;
			assert_true(strncmp(line, "CORDON_", 7) == 0 ||
				    strncmp(line, "SYSLOG_", 7) == 0 ||
				    strncmp(line, "PRIORITY=5", 10) == 0 || messages == 1);
		}
		assert_int_equal(users, 1);
		assert_int_equal(messages, 1);
		assert_int_equal(n, 4 + 8 + 1);
	}
}

static void falls_back(void **state)
{
	static const int away[] = { ENOENT, ECONNREFUSED, EACCES, EPROTOTYPE };

	(void)state;
	for (size_t i = 0; i < sizeof away / sizeof away[0]; i++) {
		syslog_line[0] = '\0';
		journal_errno = away[i];
		log_event(LOG_ERR, "error", log_fields(log_text("why", "x"), log_text("no", NULL)));
		assert_non_null(strstr(syslog_line, "]: event=error why=\"x\""));
		assert_null(strstr(syslog_line, "no="));
	}
}

static void lost_lines(void **state)
{
	(void)state;
	journal_errno = syslog_errno = ENOENT;
	log_event(LOG_ERR, "error", log_no_fields);
	log_event(LOG_ERR, "error", log_no_fields);
	syslog_errno = 0;
	log_event(LOG_ERR, "error", log_no_fields);
	assert_non_null(strstr(syslog_line, "]: event=log lost=2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(quotes, start),
		cmocka_unit_test_setup(nothing_is_forged, start),
		cmocka_unit_test_setup(long_texts, start),
		cmocka_unit_test_setup(journal_fields, start),
		cmocka_unit_test_setup(falls_back, start),
		cmocka_unit_test_setup(lost_lines, start),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
