/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsync_options_test.c - @rsync against the options of the installed rsync
 *
 * The test reads the options of the client (rsync --help) and runs the client with each, to push and to
 * pull. A program in place of ssh records the command for the server. @rsync must allow all these
 * commands, except for options that are refused on purpose.
 */
#include "command/match.h"
#include "command/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static char dir[] = "/tmp/rsync-options.XXXXXX";
static unsigned tried, started, failed;

/* Values for options that need one; all others are tried without. */
static const struct {
	const char *name, *value;
} values[] = { { "backup-dir", "~/old" },
	       { "block-size", "700" },
	       { "bwlimit", "100" },
	       { "checksum-choice", "md5" },
	       { "checksum-seed", "3" },
	       { "chmod", "Dg+s,ugo+w" },
	       { "chown", "bob:bob" },
	       { "compare-dest", "../a b" },
	       { "compress-choice", "zlib" },
	       { "compress-level", "3" },
	       { "compress-threads", "3" },
	       { "confine-root", "/srv" },
	       { "contimeout", "3" },
	       { "copy-as", "bob" },
	       { "copy-dest", "d" },
	       { "debug", "ALL" },
	       { "exclude", "x" },
	       { "exclude-from", "list" },
	       { "files-from", "list" },
	       { "filter", "- x" },
	       { "groupmap", "*:bob" },
	       { "iconv", "utf8,latin1" },
	       { "include", "x" },
	       { "include-from", "list" },
	       { "info", "progress2,stats2" },
	       { "link-dest", "/srv/older" },
	       { "log-file", "log" },
	       { "log-file-format", "%n" },
	       { "max-alloc", "1M" },
	       { "max-delete", "3" },
	       { "max-size", "1.5M" },
	       { "min-size", "1K" },
	       { "modify-window", "-1" },
	       { "only-write-batch", "batch" },
	       { "out-format", "%n%L" },
	       { "outbuf", "L" },
	       { "partial-dir", ".part" },
	       { "protocol", "30" },
	       { "remote-option", "--stats" },
	       { "skip-compress", "gz/jpg" },
	       { "stderr", "all" },
	       { "stop-after", "5" },
	       { "suffix", "~" },
	       { "temp-dir", "/tmp" },
	       { "timeout", "3" },
	       { "usermap", "*:bob" },
	       { "write-batch", "batch" } };

/* Options that start no program on a server, or another one, so the test cannot use them. */
static const char *const left_out[] = { "daemon",     "help",	    "version", "rsh",
					"rsync-path", "read-batch", "stop-at" };

/* Reads or writes devices: refused by intent, so that the client must be told no. */
static const char *const refused[] = { "copy-devices", "write-devices" };

/* Writes on a server that the client reads from: not for @rsync-read. */
static const char *const moves[] = { "remove-source-files" };

static bool among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static const char *value_of(const char *name)
{
	for (size_t i = 0; i < COUNT(values); i++)
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	return NULL;
}

static bool admitted(const char *line, const char *command, const char **ret_why)
{
	static char buf[COMMAND_SIZE_MAX];
	static char *words[COMMAND_WORDS_MAX];
	struct command_match m = { 0 };
	const int n = command_split(command, "/home/bob", buf, sizeof buf, words, COMMAND_WORDS_MAX,
				    ret_why);

	if (n > 0 && command_match(line, n, words, &m))
		return true;
	*ret_why = n > 0 ? m.why : *ret_why;
	return false;
}

static void expect(const char *what, const char *set, bool yes)
{
	const char *why = NULL;

	if (admitted(set, what, &why) == yes)
		return;
	print_message("%s by %s: %s\n", what, set, yes ? why : "admitted");
	failed++;
}

/* Adds a run of the client for the option @name. */
static void job(FILE *jobs, const char *name, const char *base, const char *option)
{
	(void)fprintf(jobs, "%s\t%s %s\n", name, base, option);
}

/* @line of what the runs said: the option's name, push or pull, the command for the server. */
static void judge(char *line)
{
	char *at = line;
	const char *name = strsep(&at, "\t"), *way = strsep(&at, "\t"), *what = at;
	bool no, read;

	assert_non_null(what);
	line[strcspn(line, "\n")] = '\0';
	at[strcspn(at, "\n")] = '\0';
	if (what[0] == '\0')
		return; /* this client does not know it, or not in that company */
	started++;
	no = among(refused, COUNT(refused), name) && strstr(what, name) != NULL;
	read = strcmp(way, "pull") == 0 &&
	       (!among(moves, COUNT(moves), name) || strstr(what, name) == NULL);
	expect(what, "@rsync", !no);
	expect(what, "@rsync-read", !no && read);
}

/* All jobs, many at a time: the client takes its time to end when the server does. */
static void run_jobs(void)
{
	char line[8192];
	FILE *said;

	(void)snprintf(line, sizeof line, "cd %s && xargs -d '\\n' -n 1 -P 32 ./run <jobs", dir);
	said = popen(line, "r");
	assert_non_null(said);
	while (fgets(line, sizeof line, said) != NULL)
		judge(line);
	(void)pclose(said);
}

static FILE *jobs_open(void)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/jobs", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	failed = started = 0;
	return f;
}

static void every_option(void **state)
{
	static const char *const bases[] = { "", "-a", "-abvv", "-rsz" };
	FILE *help = popen("rsync --help", "r"), *jobs = jobs_open();
	char line[512];

	(void)state;
	assert_non_null(help);
	while (fgets(line, sizeof line, help) != NULL) {
		char name[64], option[256];
		char *at = strstr(line, "--");
		size_t len;
		const char *value;

		if (at == NULL || (at != line && line[0] != '-') || at - line > 5)
			continue; /* no line of an option */
		len = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz0123456789-");
		if (len == 0 || len >= sizeof name)
			continue;
		memcpy(name, at + 2, len);
		name[len] = '\0';
		if (among(left_out, COUNT(left_out), name))
			continue;
		value = at[2 + len] == '=' ? value_of(name) : NULL;
		if (at[2 + len] == '=' && value == NULL)
			value = "1"; /* an option that is newer than this test */
		if (value != NULL)
			(void)snprintf(option, sizeof option, "'--%s=%s'", name, value);
		else
			(void)snprintf(option, sizeof option, "--%s", name);
		for (size_t i = 0; i < COUNT(bases); i++)
			job(jobs, name, bases[i], option);
		tried++;
	}
	(void)pclose(help);
	(void)fclose(jobs);
	run_jobs();
	print_message("%u options, %u commands that the client would start\n", tried, started);
	assert_int_equal(failed, 0);
	assert_true(tried > 100 && started > 500);
}

/* Several at once, and words that a shell or a set could read in another way. */
static void combinations(void **state)
{
	static const char *const options[] = {
		"-aHAXUSx --delete-excluded --numeric-ids --fuzzy --fuzzy",
		"-ab --backup-dir=~/old --suffix=~ --delete",
		"-az --new-compress",
		"-a --zc=zstd --zl=3",
		"-a --checksum-choice=xxh64,md5",
		"-a --append-verify --partial -P",
		"-a --link-dest=../a --link-dest=../b",
		"-aii --out-format='%i %n'",
		"-aR --no-implied-dirs --files-from=list",
		"-a --prune-empty-dirs --delay-updates",
		"-a --delete --max-delete=0 --ignore-errors --force",
		"-ayyvvv --debug=ALL --info=ALL",
		"-rns --delete -F -F -C",
		"-dlt --no-r --list-only",
		"-a --no-o --no-g --no-D --specials",
		"-a --protocol=29 --old-args",
		"-a --usermap=0-99:nobody,bob:carol --groupmap='*:users'",
		"-a --backup-dir=\"it's\" -b",
		"-a --partial-dir='$(id)'",
		"-a --stop-after=1 --timeout=60 --bwlimit=1.5m"
	};

	FILE *jobs = jobs_open();

	(void)state;
	for (size_t i = 0; i < COUNT(options); i++)
		job(jobs, "several", "", options[i]);
	(void)fclose(jobs);
	run_jobs();
	assert_int_equal(failed, 0);
	assert_true(started >= COUNT(options)); /* some only push */
}

static int prepare(void **state)
{
	static const char record[] = "#!/bin/sh\nshift\necho \"$*\" >\"$OUT\"\nexit 1\n";
	/* each in a directory of its own: what the client writes must not be in another's way */
	static const char run[] =
		"#!/bin/sh\nname=${1%%\t*} options=${1#*\t}\nd=$(mktemp -d \"$PWD/d.XXXXXX\") && cp -r src list $d/ && cd $d || exit\n"
		"for way in push pull; do\n"
		"  [ $way = push ] && what='src host:dst' || what='host:dst copy'\n"
		"  OUT=$d/out.$way; export OUT; : >$OUT\n"
		"  eval \"rsync -e ../record $options $what\" >/dev/null 2>&1 </dev/null\n"
		"  printf '%s\\t%s\\t%s\\n' \"$name\" $way \"$(cat $OUT)\"\ndone\n";
	const char *const names[] = { "record", "run" }, *const texts[] = { record, run };
	char line[256];

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	for (size_t i = 0; i < COUNT(names); i++) {
		FILE *f;

		(void)snprintf(line, sizeof line, "%s/%s", dir, names[i]);
		f = fopen(line, "w");
		if (f == NULL || fputs(texts[i], f) < 0 || fclose(f) != 0 || chmod(line, 0755) < 0)
			return -1;
	}
	(void)snprintf(line, sizeof line, "cd %s && mkdir src && echo f >list && echo f >src/f",
		       dir);
	return system(line);
}

static int clean(void **state)
{
	char line[64];

	(void)state;
	(void)snprintf(line, sizeof line, "rm -rf %s", dir);
	return system(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option),
		cmocka_unit_test(combinations),
	};

	if (system("rsync --version >/dev/null 2>&1") != 0) {
		print_message("SKIPPED: rsync is not installed: @rsync was not held to it\n");
		return 0;
	}
	return cmocka_run_group_tests_name("rsync options", tests, prepare, clean);
}
