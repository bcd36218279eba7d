/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands_rsync.c - rsync -s: read arguments from the connection in place of the command line
 *
 * The client sends the arguments before anything else: "rsync" first, a NUL after each, an empty one at
 * the end (options.c, send_protected_args()). The server would accept every option among them, even
 * --daemon and --config. cordonsh therefore reads the arguments, judges them, and makes them words of
 * the command. It reads no byte after them, and expands none of them.
 */
#include "cordonsh.h"

#include "command/split.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char why_end[] = "the arguments that rsync -s announces did not come";
static const char why_long[] = "the arguments that rsync -s sends are too many or too long";

/* Removes the s from "-svlogDtpre.iLsfxCIvu"; an s after the e is part of the client's version. */
static void take_out(char *bundle)
{
	char *w = bundle;
	int version = 0;

	for (const char *r = bundle; *r != '\0'; r++) {
		version = version || *r == 'e';
		if (*r != 's' || version)
			*w++ = *r;
	}
	*w = '\0';
}

/* Reads single bytes, because the bytes after the last argument belong to the program. */
static int next_byte(char *ret)
{
	ssize_t n;

	do
		n = read(0, ret, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -EPIPE;
}

static int next_word(char *buf, size_t size, const char **ret_why)
{
	for (size_t at = 0;; at++) {
		if (at == size) {
			*ret_why = why_long;
			return -E2BIG;
		}
		if (next_byte(buf + at) < 0) {
			*ret_why = why_end;
			return -EPIPE;
		}
		if (buf[at] == '\0')
			return (int)at;
	}
}

int secluded_read(char **argv, int argc, const char **ret_why)
{
	static char buf[COMMAND_SIZE_MAX];
	size_t used = 0;
	int words = 0, all = 0;

	for (int i = 0; i < argc; i++) { /* the word may have become "-" */
		if (argv[i][0] == '-' && argv[i][1] != '-')
			take_out(argv[i]);
		if (strcmp(argv[i], "-") != 0)
			argv[all++] = argv[i];
	}
	for (;; words++) {
		const int len = next_word(buf + used, sizeof buf - used, ret_why);

		if (len < 0)
			return len;
		if (words == 0) /* the name of the program */
			continue;
		if (len == 0) {
			argv[all] = NULL;
			return all;
		}
		if (all + 1 >= COMMAND_WORDS_MAX) {
			*ret_why = why_long;
			return -E2BIG;
		}
		argv[all++] = buf + used;
		used += (size_t)len + 1;
	}
}
