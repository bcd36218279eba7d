/* SPDX-License-Identifier: Apache-2.0 */
/* tutorial_test.c - each step of cordon-tutorial(7) has the result that the manual shows */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 1 << 16 };

static char page[PAGE_MAX];

/* Lines of mdoc(7) as they are shown, in place. */
static void show(char *text)
{
	static const struct {
		const char *mdoc;
		char c;
	} table[] = { { "\\(aq", '\'' }, { "\\(dq", '"' }, { "\\-", '-' }, { "\\e", '\\' } };
	char *w = text;

	for (const char *r = text; *r != '\0';) {
		size_t i = 0;

		while (i < 4 && strncmp(r, table[i].mdoc, strlen(table[i].mdoc)) != 0)
			i++;
		*w++ = i < 4 ? table[i].c : *r;
		r += i < 4 ? strlen(table[i].mdoc) : 1;
	}
	*w = '\0';
}

/* Every line of the block must be in the output; "UID" stands for any number. */
static void compare(const char *command, const char *line, const char *end, const char *said)
{
	for (; line < end; line += strcspn(line, "\n") + 1) {
		char wanted[1024], *uid;

		(void)snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(line, "\n"), line);
		uid = strstr(wanted, "UID");
		if (uid != NULL)
			*uid = '\0';
		if (strstr(said, wanted) == NULL || (uid != NULL && strstr(said, uid + 3) == NULL))
			fail_msg("# %s\nsays:\n%s\nand not:\n%s", command, said, wanted);
	}
}

static void run_block(char *block)
{
	show(block);
	if (strncmp(block, "# /etc/cordon/", 14) == 0) {
		char path[256];
		FILE *f;

		(void)snprintf(path, sizeof path, "%.*s", (int)strcspn(block + 2, "\n"), block + 2);
		f = fopen(path, "w");
		assert_non_null(f);
		assert_true(fputs(block, f) >= 0);
		assert_int_equal(fclose(f), 0);
		return;
	}
	for (char *at = block; *at != '\0';) {
		char command[1024], *end;

		assert_memory_equal(at, "# ", 2);
		(void)snprintf(command, sizeof command, "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
		at += strcspn(at, "\n") + 1;
		end = strstr(at, "\n# ");
		end = strncmp(at, "# ", 2) == 0 ? at : end != NULL ? end + 1 : at + strlen(at);
		compare(command, at, end, sh("%s", command).text);
		at = end;
	}
}

static void every_step(void **state)
{
	unsigned blocks = 0;

	(void)state;
	for (char *at = page; (at = strstr(at, "\n.Bd -literal")) != NULL; blocks++) {
		char *block = strchr(at + 1, '\n') + 1;
		char *end = strstr(block, ".Ed\n");
		char copy[8192];

		assert_non_null(end);
		(void)snprintf(copy, sizeof copy, "%.*s", (int)(end - block), block);
		run_block(copy);
		at = end;
	}
	assert_true(blocks >= 10);
}

static int prepare(void **state)
{
	char path[512];
	FILE *f;
	size_t n;

	(void)state;
	rule_none();
	(void)snprintf(path, sizeof path, "%s/man/cordon-tutorial.7", getenv("HOST_SOURCE"));
	f = fopen(path, "r");
	if (f == NULL)
		return -1;
	n = fread(page, 1, sizeof page - 1, f);
	return fclose(f) != 0 || n == 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_step) };

	return cmocka_run_group_tests_name("tutorial", tests, prepare, NULL);
}
