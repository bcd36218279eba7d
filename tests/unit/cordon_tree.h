/* SPDX-License-Identifier: Apache-2.0 */
/* cordon_tree.h - a directory with accounts and rules, in which a test runs cordon */
#ifndef CORDON_TEST_CORDON_TREE_H
#define CORDON_TEST_CORDON_TREE_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_MAX = 1 << 18 }; /* of the output of cordon */

static char root[] = "/tmp/cordon-corpus-XXXXXX";
static char cordon[PATH_MAX];
static const char *as = ""; /* the command that runs cordon, such as setpriv(1) */

static const char passwd[] = "root:x:0:0::/root:/bin/bash\n"
			     "toor:x:0:0::/root:/bin/sh\n"
			     "bob:x:1234:1234::/home/bob:/bin/bash\n"
			     "alice:x:1235:1235::/home/alice/:/bin/bash\n"
			     "bobby:x:1236:1236::/home/bobby:/bin/bash\n"
			     "robert:x:1236:1236::/home/bobby:/bin/bash\n"
			     "1000:x:1300:1300::/home/1000:\n"
			     "a%u:x:1301:1301::/home/a:/bin/bash\n"
			     "up:x:1302:1302::/home/../root:/bin/bash\n"
			     "..:x:1303:1303::/home/dots:/bin/bash\n"
			     "CORP\\ann:x:1304:1304::/home/CORP/ann:/bin/bash\n"
			     "Jo Doe:x:1305:1305::/home/jo:/bin/bash\n";
static const char group[] = "root:x:0:\nbob:x:1234:\nalice:x:1235:\nstudents:x:50:bob,alice\n"
			    "pupils:x:50:\ntutors:x:51:alice\n"
			    "CORP\\domain users:x:52:CORP\\ann\n";

/* Writes the file @name below etc of the tree. */
static void put(const char *name, const char *text, size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/etc/%s", root, name);
	f = fopen(path, "w");
	if (f == NULL)
		fail_msg("%s cannot be made", path);
	assert_int_equal(fwrite(text, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/* Removes all rules and profiles of the tree. */
static int clear(void)
{
	char command[PATH_MAX];

	(void)snprintf(command, sizeof command,
		       "rm -rf %s/etc/cordon && cd %s/etc && umask 022 && "
		       "mkdir -p cordon/rules.d cordon/profiles",
		       root, root);
	return system(command);
}

/* Runs cordon with the arguments @words in the tree; returns the output without "./etc/cordon/". */
static char *run(const char *words, int *ret_code)
{
	char command[PATH_MAX * 2];
	char *out = calloc(1, TEXT_MAX), *w = out;
	size_t n;
	FILE *p;
	int status;

	(void)snprintf(command, sizeof command, "cd %s && exec %s %s %s 2>&1", root, as, cordon,
		       words);
	p = popen(command, "r");
	assert_non_null(p);
	n = fread(out, 1, TEXT_MAX - 1, p);
	status = pclose(p);
	if (!WIFEXITED(status))
		fail_msg("cordon %s: died of signal %d", words, WTERMSIG(status));
	*ret_code = WEXITSTATUS(status);
	out[n] = '\0';
	for (const char *r = out; *r != '\0';) {
		if (strncmp(r, "./etc/cordon/", 13) == 0)
			r += 13;
		else
			*w++ = *r++;
	}
	*w = '\0';
	return out;
}

static int setup(void **state)
{
	char self[PATH_MAX - 64];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char etc[PATH_MAX];

	(void)state;
	if (n <= 0)
		return -1;
	self[n] = '\0';
	for (unsigned i = 0; i < 3; i++) /* BUILD/tests/unit/NAME_test */
		*strrchr(self, '/') = '\0';
	(void)snprintf(cordon, sizeof cordon, "%s/cordon", self);
	(void)umask(022);
	if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		return -1;
	(void)snprintf(etc, sizeof etc, "%s/etc", root);
	if (mkdir(etc, 0755) < 0 || clear() != 0)
		return -1;
	put("passwd", passwd, sizeof passwd - 1);
	put("group", group, sizeof group - 1);
	return 0;
}

static int teardown(void **state)
{
	char command[PATH_MAX];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

#endif
