/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.c - compare the splitter of command strings with real shells
 *
 *   build/tests/fuzz/commands [SECONDS [SEED]]
 *
 * Makes up command strings and splits them. dash, bash and busybox's ash run the accepted ones in an
 * empty directory, with only one program in PATH, which prints its arguments. The words must be the
 * same, and a shell may write no message and no file. Refused strings are not checked, because a
 * refusal harms nobody.
 */
#include "command/match.h"
#include "command/split.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* a third one, where it is installed */
#define BUSYBOX "/bin/busybox"

enum { BATCH = 400, STRING_MAX = 512, OUT_MAX = 4 << 20 };

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 16) % n);
}

/* ---- strings ---- */

static const char *const tame[] = { "a",
				    "b",
				    "x1",
				    "-",
				    "--",
				    "/",
				    "./",
				    "..",
				    "=",
				    ":",
				    "@",
				    "%",
				    ",",
				    "+",
				    "_",
				    "^",
				    "]",
				    "\xc3\xa9",
				    "\xe2\x82\xac",
				    "\xf0\x9f\x98\x80",
				    "ab",
				    "P",
				    "!",
				    "-e",
				    "~",
				    "#",
				    "a=",
				    "\xc2\xa0" };
static const char *const wild[] = {
	"|",	    "&",    "&&",     "||", ";",    "<",    ">",    ">>",	"<<",
	"(",	    ")",    "()",     "$",  "`",    "*",    "?",    "[",	"[a]",
	"{",	    "}",    "{a,b}",  "~/", "$a",   "${a}", "$(",   "\\",	"'",
	"\"",	    "\n",   "\r",     "\t", "\x01", "\x7f", "\xff", "\xc0\xaf", "\xed\xa0\x80",
	"\xc2\x9b", "$'a'", "$\"a\"", "1>", "#a",   "\\\n", " ",    "  ",	"\x16"
};
static const char *const first[] = { "if",     "then", "else",	 "elif",   "fi",  "do", "done",
				     "case",   "esac", "while",	 "until",  "for", "in", "function",
				     "select", "time", "coproc", "!",	   "[[",  "]]", "{",
				     "}",      "a=b",  "a+=b",	 "a[1]=b", "-x",  "a",	"P",
				     "''",     "\\if", "'if'",	 "i''f" };

#define PICK(table) (table)[below(sizeof(table) / sizeof(table)[0])]

static void put(char *s, const char *text)
{
	if (strlen(s) + strlen(text) + 1 < STRING_MAX)
		strcat(s, text);
}

static void quoted(char *s)
{
	const unsigned kind = below(3);

	if (kind == 2) {
		put(s, "\\");
		put(s, below(2) ? PICK(tame) : PICK(wild));
		return;
	}
	put(s, kind ? "'" : "\"");
	for (unsigned n = below(5); n > 0; n--) {
		const char *text = below(2) ? PICK(tame) : PICK(wild);

		if (below(12) == 0 || strpbrk(text, kind ? "'\n\r" : "\"$`\n\r") == NULL)
			put(s, text);
		else if (!kind)
			put(s, below(2) ? "\\\"" : "\\$");
	}
	put(s, kind ? "'" : "\"");
}

static void make_string(char *s)
{
	s[0] = '\0';
	put(s, below(12) != 0 ? below(8) ? "P" : "'P'" : PICK(first));
	if (below(16) != 0)
		put(s, " ");
	for (unsigned n = below(14); n > 0; n--) {
		const unsigned what = below(40);

		if (what < 20)
			put(s, PICK(tame));
		else if (what < 32)
			quoted(s);
		else if (what < 39)
			put(s, below(4) ? " " : "\t");
		else
			put(s, PICK(wild));
	}
	if (below(20) == 0 && s[0] != '\0') /* and one byte of it may be anything */
		s[below((unsigned)strlen(s))] = (char)(1 + below(255));
}

/* ---- the expected output ---- */

struct batch {
	char string[BATCH][STRING_MAX];
	unsigned n;
};

static char out[OUT_MAX], expected[OUT_MAX];
static char dir[] = "/tmp/fuzz-commands-XXXXXX";
static char *words[COMMAND_WORDS_MAX];
static char buf[COMMAND_SIZE_MAX];

/*
 * Can the first word name a program, so that no shell takes it for a builtin, a job, or a program of
 * busybox? Words such as "w", "id", "fg" and a quoted "time" come about by chance.
 */
static bool can_be_program(const char *word)
{
	const size_t len = strlen(word);

	if (len <= 2 && strspn(word, "abcdefghijklmnopqrstuvwxyz") == len && strcmp(word, "a") != 0)
		return false;
	return strcmp(word, "time") != 0 && strchr(word, '/') == NULL && len < 200 &&
	       strcmp(word, ".") != 0 && strcmp(word, "..") != 0 && strcmp(word, ":") != 0 &&
	       strcmp(word, "[") != 0 && word[0] != '%';
}

/* Makes the expected output: the number of words, then each word with its NUL. */
static size_t expect(char *const *argv, int argc, char *to)
{
	size_t at = (size_t)sprintf(to, "%d", argc) + 1;

	for (int i = 0; i < argc; i++) {
		memcpy(to + at, argv[i], strlen(argv[i]) + 1);
		at += strlen(argv[i]) + 1;
	}
	return at;
}

static size_t read_file(const char *name, char *to, size_t max)
{
	const int fd = open(name, O_RDONLY);
	const ssize_t n = fd < 0 ? -1 : read(fd, to, max);

	(void)close(fd);
	return n < 0 ? 0 : (size_t)n;
}

/* Runs @b in @shell; its output goes to @out. */
static size_t run(const char *shell, const char *locale, const struct batch *b)
{
	const char *name = strcmp(shell, BUSYBOX) == 0 ? "ash" : shell;
	FILE *f = fopen("../script", "w");
	pid_t pid;
	int status;

	if (f == NULL)
		exit(2);
	/* a function for most of them: a shell would spend its time starting programs */
	(void)fprintf(f, "P() { printf '%%s\\0' $(($# + 1)) P \"$@\"; }\n");
	for (unsigned i = 0; i < b->n; i++)
		(void)fprintf(f, "%s\n", b->string[i]);
	(void)fclose(f);
	pid = fork();
	if (pid == 0) {
		char path[64] = "PATH=", lc[32] = "LC_ALL=";
		char *const env[] = { strcat(path, dir),
				      strcat(lc, locale),
				      (char[]){ "HOME=/home/fuzz" },
				      (char[]){ "a=EXPANDED" },
				      (char[]){ "COMMANDS_PRINT=1" },
				      NULL };
		const int o = open("../out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		const int e = open("../err", O_WRONLY | O_CREAT | O_TRUNC, 0600);

		(void)dup2(o, 1);
		(void)dup2(e, 2);
		(void)close(0);
		(void)open("/dev/null", O_RDONLY);
		(void)execle(shell, name, "../script", (char *)NULL, env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	return read_file("../out", out, sizeof out);
}

/* The directory may only hold the three files that were there. */
static bool tidy(void)
{
	DIR *d = opendir(".");
	unsigned n = 0;

	if (d == NULL)
		exit(2);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n == 2 + 3;
}

static bool agrees(const char *shell, const char *locale, const struct batch *b)
{
	size_t want = 0, got;
	struct stat err;

	for (unsigned i = 0; i < b->n; i++) {
		const char *why;
		const int argc = command_split(b->string[i], "/home/fuzz", buf, sizeof buf, words,
					       COMMAND_WORDS_MAX, &why);

		want += expect(words, argc, expected + want);
	}
	got = run(shell, locale, b);
	return got == want && memcmp(out, expected, want) == 0 && stat("../err", &err) == 0 &&
	       err.st_size == 0 && tidy();
}

static void print_escaped(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s == 0x7f || *s == '\\')
			(void)printf("\\x%02x", (unsigned char)*s);
		else
			(void)putchar(*s);
	(void)putchar('\n');
}

static bool check(const struct batch *b)
{
	static const char *const shells[] = { "/bin/dash", "/bin/bash", BUSYBOX };
	static struct batch one;
	bool good = true;

	for (unsigned i = 0; i < 3; i++) {
		const char *locale = below(2) ? "C.UTF-8" : "C";

		if (access(shells[i], X_OK) < 0 || agrees(shells[i], locale, b))
			continue;
		good = false;
		(void)printf("%s, %s, disagrees about:\n", shells[i], locale);
		for (unsigned k = 0; k < b->n; k++) {
			one.n = 1;
			memcpy(one.string[0], b->string[k], STRING_MAX);
			if (!agrees(shells[i], locale, &one))
				print_escaped(one.string[0]);
		}
	}
	return good;
}

/*
 * There is nothing to compare the matcher with. It must end, stay in bounds, and never allow a word
 * that the program takes for an option in place of a path.
 */
static bool match_all(int argc)
{
	static const char *const lines[] = { "@sftp @scp @rsync @git",
					     "@rsync-read @git-read @checksum",
					     "P ...",
					     "P * [a]? '*' ...",
					     "@shell",
					     "P a/*/b -*" };
	static const char *const programs[] = { "rsync", "scp", "git-upload-pack", "git",
						"sftp-server" };
	struct command_match m = { 0 };
	char *const own = words[0];

	for (unsigned k = 0; k < 5; k++)
		for (unsigned i = 0; i < 2; i++) {
			static char name[32], server[] = "--server";
			char *const second = argc > 1 ? words[1] : NULL;

			words[0] = strcpy(name, programs[k]);
			if (k == 0 && argc > 1 && below(2))
				words[1] = server;
			if (command_match(lines[i], argc, words, &m) && k >= 2 && k <= 3 &&
			    words[argc - 1][0] == '-')
				return false;
			if (argc > 1)
				words[1] = second;
		}
	words[0] = own;
	for (unsigned i = 2; i < 6; i++)
		(void)command_match(lines[i], argc, words, &m);
	(void)command_line_check(words[argc - 1], &(const char *){ NULL });
	return true;
}

/* ---- the sandbox ---- */

static void sandbox(void)
{
	static const char *const files[] = { "a", "b", "ab" };
	char path[128];

	if (mkdtemp(dir) == NULL || chdir(dir) < 0 || mkdir("empty", 0755) < 0 || chdir("empty") < 0)
		exit(2);
	for (unsigned i = 0; i < 3; i++) { /* wildcards find something */
		const int fd = open(files[i], O_WRONLY | O_CREAT, 0600);

		if (fd < 0 || close(fd) < 0)
			exit(2);
	}
	(void)snprintf(path, sizeof path, "%s/.program", dir);
	if (link("/proc/self/exe", path) < 0) {
		char command[256];

		(void)snprintf(command, sizeof command, "cp /proc/%d/exe %s", (int)getpid(), path);
		if (system(command) != 0)
			exit(2);
	}
}

static void clean_up(void)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	if (chdir("/") < 0 || system(command) != 0)
		(void)fprintf(stderr, "%s is left\n", dir);
}

static void name_program(const char *word)
{
	char path[512];

	if (strcmp(word, "P") == 0)
		return;
	(void)snprintf(path, sizeof path, "../%s", word);
	if (access(path, F_OK) < 0 && symlink(".program", path) < 0)
		exit(2);
}

int main(int argc, char **argv)
{
	const time_t until = time(NULL) + (argc > 1 ? atoi(argv[1]) : 60);
	unsigned long long made = 0, admitted = 0;
	static struct batch b;
	bool good = true;

	if (getenv("COMMANDS_PRINT") != NULL) { /* what the shells run */
		const size_t len = expect(argv, argc, expected);

		return fwrite(expected, 1, len, stdout) == len ? 0 : 1;
	}
	if (access("/bin/dash", X_OK) < 0 || access("/bin/bash", X_OK) < 0) {
		(void)printf("skipped: dash or bash is not installed\n");
		return 77;
	}
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) :
			  ((uint64_t)time(NULL) << 20) + (unsigned)getpid();
	(void)printf("seed %llu\n", (unsigned long long)seed);
	sandbox();
	while (good && time(NULL) < until) {
		for (b.n = 0; b.n < BATCH;) {
			char *s = b.string[b.n];
			const char *why;

			int n;

			make_string(s);
			made++;
			n = command_split(s, "/home/fuzz", buf, sizeof buf, words,
					  COMMAND_WORDS_MAX, &why);
			if (n > 0 && !match_all(n)) {
				(void)printf("an option was admitted in place of a path:\n");
				print_escaped(s);
				good = false;
			}
			if (n < 0 || !can_be_program(words[0]))
				continue;
			name_program(words[0]);
			b.n++;
			admitted++;
		}
		good = check(&b) && good;
	}
	(void)printf("%llu strings, %llu admitted and run by the shells\n", made, admitted);
	clean_up();
	return good ? 0 : 1;
}
