/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - match commands with patterns and sets; the sets are in sets.c and rsync.c */
#include "command/match.h"

#include "command/split.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where distributions put sftp-server; searched after COMMAND_PATH. */
static const char *const sftp_dirs[] = { "/usr/lib/openssh", "/usr/libexec/openssh",
					 "/usr/lib/ssh",     "/usr/libexec/ssh",
					 "/usr/libexec",     "/usr/lib64/misc",
					 "/usr/lib/misc",    "/usr/lib" };

static const char why_words[] = "these arguments of the program are not allowed";
static const char why_secluded[] =
	"patterns cannot admit rsync -s, which sends arguments that no pattern sees; use @rsync";

/* Is the directory of @path equal to @dir, which has @len bytes? */
static int lies_in(const char *path, const char *dir, size_t len)
{
	return strncmp(path, dir, len) == 0 && path[len] == '/' &&
	       strchr(path + len + 1, '/') == NULL;
}

/* Does @path lie directly in a directory where the name @base is looked up? */
static int system_path(const char *path, const char *base)
{
	for (const char *dir = COMMAND_PATH; dir != NULL; dir = strchr(dir, ':')) {
		dir += *dir == ':';
		if (lies_in(path, dir, strcspn(dir, ":")))
			return 1;
	}
	for (unsigned i = 0;
	     strcmp(base, "sftp-server") == 0 && i < sizeof sftp_dirs / sizeof sftp_dirs[0]; i++)
		if (lies_in(path, sftp_dirs[i], strlen(sftp_dirs[i])))
			return 1;
	return 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int try_program(const char *dir, size_t len, const char *name, char ret[PATH_MAX])
{
	struct stat st;

	if (len + strlen(name) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, dir, len);
	ret[len] = '/';
	memcpy(ret + len + 1, name, strlen(name) + 1);
	return stat(ret, &st) == 0 && S_ISREG(st.st_mode) && access(ret, X_OK) == 0 ? 0 : -ENOENT;
}

int command_program(const char *name, char ret[PATH_MAX])
{
	int r = -ENOENT;

	if (name[0] == '/') {
		if (strlen(name) >= PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(ret, name, strlen(name) + 1);
		return 0;
	}
	for (const char *dir = COMMAND_PATH; r == -ENOENT && dir != NULL; dir = strchr(dir, ':')) {
		dir += *dir == ':';
		r = try_program(dir, strcspn(dir, ":"), name, ret);
	}
	for (unsigned i = 0; r == -ENOENT && strcmp(name, "sftp-server") == 0 &&
			     i < sizeof sftp_dirs / sizeof sftp_dirs[0];
	     i++)
		r = try_program(sftp_dirs[i], strlen(sftp_dirs[i]), name, ret);
	return r;
}

/* Does @word of the client name the program @name of the pattern, an absolute path or a bare name? */
static int same_program(const char *name, const char *word)
{
	if (strcmp(name, word) == 0)
		return 1;
	if (name[0] == '/')
		return strcmp(base_of(name), word) == 0;
	return word[0] == '/' && strcmp(base_of(word), name) == 0 && system_path(word, name);
}

/*
 * A component ".." would lead out of the directory that a glob names. The name of an option may come
 * before it ("--path=..", "-C.."), so any component that ends in ".." is refused.
 */
static int climbs(const char *word)
{
	while ((word = strstr(word, "..")) != NULL) {
		word += strspn(word, ".");
		if (*word == '/' || *word == '\0')
			return 1;
	}
	return 0;
}

static int same_word(const char *pattern, const char *word)
{
	char plain[COMMAND_PATTERN_MAX];
	size_t n = 0;
	int glob = 0;

	for (const char *p = pattern; *p != '\0' && n + 1 < sizeof plain; p++) {
		glob = glob || strchr("*?[", *p) != NULL;
		p += *p == '\\' && p[1] != '\0';
		plain[n++] = *p;
	}
	plain[n] = '\0';
	if (!glob)
		return strcmp(plain, word) == 0;
	if ((word[0] == '-' && pattern[0] != '-') || climbs(word))
		return 0;
	if (strncmp(word, "--", 2) == 0 && strncmp(pattern, "--", 2) != 0)
		return 0; /* "-*" is for short options and must not allow --daemon */
	return fnmatch(pattern, word, FNM_PATHNAME | FNM_PERIOD) == 0;
}

/*
 * Do @words start an rsync server that reads more arguments from the connection? The letter s only
 * counts before the letter e, whose value is the rest of the word. The name of another program may
 * come before rsync.
 */
static int secluded(int n, char *const *words)
{
	int rsync = 0, server = 0, secludes = 0;

	for (int i = 0; i < n; i++) {
		const char *word = words[i];

		if (word[0] != '-') {
			rsync = rsync || strstr(base_of(word), "rsync") != NULL;
			continue;
		}
		server = server || strcmp(word, "--server") == 0;
		secludes = secludes || strcmp(word, "--secluded-args") == 0 ||
			   strcmp(word, "--protect-args") == 0 ||
			   (word[1] != '-' && strcspn(word, "s") < strcspn(word, "e"));
	}
	return rsync && server && secludes;
}

static int match_pattern(const char *line, int argc, char *const *argv, struct command_match *m)
{
	static char buf[2 * COMMAND_PATTERN_MAX];
	static char name[PATH_MAX];
	char *words[COMMAND_PATTERN_WORDS];
	const char *why;
	const int n =
		command_split_pattern(line, buf, sizeof buf, words, COMMAND_PATTERN_WORDS, &why);
	int i;

	if (n < 1 || !same_program(words[0], argv[0]))
		return 0;
	for (i = 1; i < n; i++) {
		if (i == n - 1 && strcmp(words[i], "...") == 0)
			break;
		if (i >= argc || !same_word(words[i], argv[i])) {
			m->why = why_words;
			return 0;
		}
	}
	if (i == n && argc != n) {
		m->why = why_words;
		return 0;
	}
	if (strlen(words[0]) >= sizeof name)
		return 0;
	if (secluded(argc, argv)) {
		m->why = why_secluded;
		return 0;
	}
	memcpy(name, words[0], strlen(words[0]) + 1);
	m->name = name;
	/* as in rsync.c: ~/.popt can give --server another meaning */
	m->flags = strcmp(base_of(name), "rsync") == 0 ? COMMAND_HOME_ROOT : 0;
	command_text(words, n, m->pattern, sizeof m->pattern);
	return 1;
}

static int match_set(const struct command_set *set, int argc, char *const *argv,
		     struct command_match *m)
{
	const char *base = base_of(argv[0]);

	/* the client chose the directory that a relative path starts from */
	if (argv[0][0] != '/' && base != argv[0])
		return 0;
	for (unsigned i = 0; set->names[i] != NULL; i++) {
		struct command_match new = { 0 };

		if (strcmp(set->names[i], base) != 0 ||
		    (argv[0][0] == '/' && !system_path(argv[0], base)))
			continue;
		if (set->match(argc, argv, &new) == 0) {
			/* sftp-server has the path of sshd_config, if there is one */
			new.name = strcmp(base, "sftp-server") == 0 ? argv[0] : set->names[i];
			memcpy(new.pattern, set->name, strlen(set->name) + 1);
			*m = new;
			return 1;
		}
		m->why = new.why != NULL ? new.why : why_words;
	}
	return 0;
}

/* Gets the next word of a line of sets; 0 at its end. */
static int next_set(const char **at, const struct command_set **ret)
{
	const struct command_set *set = command_sets();
	size_t len;

	*at += strspn(*at, " \t");
	len = strcspn(*at, " \t");
	if (len == 0)
		return 0;
	while (set->name != NULL && (strlen(set->name) != len || strncmp(set->name, *at, len) != 0))
		set++;
	*ret = set->name != NULL ? set : NULL;
	*at += len;
	return 1;
}

int command_match(const char *line, int argc, char *const *argv, struct command_match *m)
{
	const struct command_set *set;
	const char *at = line;

	if (argc < 1)
		return 0;
	if (line[0] != '@')
		return match_pattern(line, argc, argv, m);
	while (next_set(&at, &set))
		if (set == NULL || match_set(set, argc, argv, m))
			return set != NULL;
	return 0;
}

int command_names(const char *line, const char *name)
{
	const struct command_set *set;
	const char *at = line;

	while (line[0] == '@' && next_set(&at, &set))
		if (set != NULL && strcmp(set->name, name) == 0)
			return 1;
	return 0;
}

const char *command_no_set(const char *line)
{
	const struct command_set *set;
	const char *at = line, *word;

	if (line[0] != '@')
		return NULL;
	for (word = line; next_set(&at, &set); word = at + strspn(at, " \t"))
		if (set == NULL)
			return word;
	return NULL;
}

int command_line_check(const char *line, const char **ret_why)
{
	static char buf[2 * COMMAND_PATTERN_MAX];
	char *words[COMMAND_PATTERN_WORDS];
	int n;

	if (strlen(line) >= COMMAND_PATTERN_MAX) {
		*ret_why = "a pattern of 8 KiB or more; shorten it";
		return -EINVAL;
	}
	if (command_no_set(line) != NULL) {
		*ret_why = "a word of the line is not a set of commands; correct its name";
		return -EINVAL;
	}
	if (line[0] == '@')
		return 0;
	n = command_split_pattern(line, buf, sizeof buf, words, COMMAND_PATTERN_WORDS, ret_why);
	if (n < 0)
		return n;
	if (words[0][0] != '/' && strchr(words[0], '/') != NULL && strncmp(words[0], "%h/", 3) != 0)
		*ret_why =
			"the program is neither an absolute path nor a plain name; begin it with '/'";
	else if (strpbrk(words[0], "*?[]\\") != NULL)
		*ret_why = "a program name cannot contain wildcards; write the whole name";
	else if (strcmp(words[0], "...") == 0)
		*ret_why =
			"'...' is not a program; write a program, or remove AllowCommands= to allow all commands";
	else if (secluded(n, words))
		*ret_why = why_secluded;
	else
		return 0;
	return -EINVAL;
}
