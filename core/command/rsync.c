/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsync.c - the commands that a real rsync starts on a server, see server_options() of its options.c
 *
 *   rsync --server [--sender] [-OPTIONS[eVERSION]] [--option[=value]]... . PATH...
 *
 * With s among the options (-s, --secluded-args), the command ends there. The other words come on
 * standard input, and shell/commands.c judges them as if they were on the command line.
 *
 * Some clients can send these options, but they are refused: --daemon, --config, --rsh and -e with a
 * program, --log-file, --write-devices, --copy-devices, -M, and all that are not listed.
 */
#include "command/match.h"

#include <string.h>

static const char why_option[] = "a dangerous option, or one that no rsync client sends";
static const char why_value[] = "an option with a value that no rsync client sends";
static const char why_path[] = "a path cannot begin with '-'; put ./ before it";
static const char why_form[] =
	"only rsync --server ... . PATH, which an rsync client sends, is allowed";
static const char why_sender[] = "only reading by rsync is allowed";

/* Letters without a value, except s, which is handled separately. */
static const char letters[] = "ACDEHIJKLNORSUWXbcdgklmnopqrtuvxyz";

enum value {
	NONE,	/* --option */
	NUMBER, /* --option=123, also with a unit or a sign */
	TEXT,	/* --option=value */
	PATH,	/* --option PATH or --option=PATH */
	EXACT,	/* --option=TEXT exactly as in the table */
};

enum side {
	BOTH,
	RECEIVER, /* only for a server that receives, so not with --sender */
	MOVES,	  /* with --sender, deletes the sent files, so @rsync-read refuses it */
};

static const struct option {
	const char *name;
	enum value value;
	enum side side;
} options[] = {
	{ "append", NONE, BOTH },
	{ "backup-dir", PATH, BOTH },
	{ "block-size", NUMBER, BOTH },
	{ "bwlimit", NUMBER, BOTH },
	{ "checksum-choice", TEXT, BOTH },
	{ "checksum-seed", NUMBER, BOTH },
	{ "compare-dest", PATH, RECEIVER },
	{ "compress-choice", TEXT, BOTH },
	{ "compress-level", NUMBER, BOTH },
	{ "compress-threads", NUMBER, BOTH },
	{ "copy-dest", PATH, RECEIVER },
	{ "copy-unsafe-links", NONE, BOTH },
	{ "delay-updates", NONE, RECEIVER },
	{ "delete", NONE, RECEIVER },
	{ "delete-after", NONE, RECEIVER },
	{ "delete-before", NONE, RECEIVER },
	{ "delete-delay", NONE, RECEIVER },
	{ "delete-during", NONE, RECEIVER },
	{ "delete-excluded", NONE, RECEIVER },
	{ "delete-missing-args", NONE, BOTH },
	{ "dirs", NONE, BOTH },
	{ "existing", NONE, RECEIVER },
	{ "fake-super", NONE, BOTH },
	{ "files-from", PATH, BOTH },
	{ "force", NONE, RECEIVER },
	{ "from0", NONE, BOTH },
	{ "fsync", NONE, RECEIVER },
	{ "fuzzy", NONE, BOTH },
	{ "groupmap", TEXT, RECEIVER },
	{ "hard-links", NONE, BOTH },
	{ "iconv", TEXT, BOTH },
	{ "ignore-errors", NONE, BOTH },
	{ "ignore-existing", NONE, RECEIVER },
	{ "ignore-missing-args", NONE, BOTH },
	{ "info", TEXT, BOTH },
	{ "inplace", NONE, BOTH },
	{ "link-dest", PATH, RECEIVER },
	{ "list-only", NONE, BOTH },
	{ "log-format=%i", EXACT, BOTH },
	{ "log-format=%i%I", EXACT, BOTH },
	{ "log-format=%o", EXACT, BOTH },
	{ "log-format=X", EXACT, BOTH },
	{ "max-alloc", NUMBER, BOTH },
	{ "max-delete", NUMBER, RECEIVER },
	{ "max-size", NUMBER, RECEIVER },
	{ "min-size", NUMBER, RECEIVER },
	{ "mkpath", NONE, RECEIVER },
	{ "modify-window", NUMBER, BOTH },
	{ "msgs2stderr", NONE, BOTH },
	{ "munge-links", NONE, BOTH },
	{ "new-compress", NONE, BOTH },
	{ "no-W", NONE, BOTH },
	{ "no-implied-dirs", NONE, BOTH },
	{ "no-msgs2stderr", NONE, BOTH },
	{ "no-r", NONE, BOTH },
	{ "no-relative", NONE, BOTH },
	{ "no-specials", NONE, BOTH },
	{ "numeric-ids", NONE, BOTH },
	{ "old-compress", NONE, BOTH },
	{ "one-file-system", NONE, BOTH },
	{ "only-write-batch=X", EXACT, RECEIVER },
	{ "open-noatime", NONE, BOTH },
	{ "partial", NONE, RECEIVER },
	{ "partial-dir", PATH, RECEIVER },
	{ "preallocate", NONE, RECEIVER },
	{ "remove-sent-files", NONE, MOVES },
	{ "remove-source-files", NONE, MOVES },
	{ "safe-links", NONE, BOTH },
	{ "size-only", NONE, BOTH },
	{ "skip-compress", TEXT, BOTH },
	{ "specials", NONE, BOTH },
	{ "stats", NONE, BOTH },
	{ "suffix", TEXT, BOTH },
	{ "super", NONE, RECEIVER },
	{ "temp-dir", PATH, RECEIVER },
	{ "timeout", NUMBER, BOTH },
	{ "use-qsort", NONE, BOTH },
	{ "usermap", TEXT, RECEIVER },
};

static int is_number(const char *s)
{
	s += *s == '-' || *s == '+';
	return *s != '\0' && strspn(s, "0123456789.KMGTPkmgtpiIbB+-") == strlen(s);
}

/* Judges a word such as -vlogDtpre.iLsfxCIvu: letters, then e with a version and capabilities. */
static int bundle(const char *word, struct command_match *m)
{
	m->why = why_option;
	for (word++; *word != '\0'; word++) {
		if (*word == 'e') {
			word++;
			word += strspn(word, "0123456789");
			if (*word++ != '.')
				return -1;
			word += strspn(word, "0123456789");
			word += strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
			return *word == '\0' ? 0 : -1;
		}
		if (*word == 's')
			m->flags |= COMMAND_SECLUDED;
		else if (strchr(letters, *word) == NULL)
			return -1;
	}
	return 0;
}

static const struct option *find(const char *word)
{
	const size_t len = strcspn(word, "=");

	for (unsigned i = 0; i < sizeof options / sizeof options[0]; i++) {
		const char *name = options[i].name;

		if (options[i].value == EXACT ? strcmp(name, word) == 0 :
						strlen(name) == len && strncmp(name, word, len) == 0)
			return &options[i];
	}
	return NULL;
}

/* Judges the option at @argv[*i], and sets *i to its last word. */
static int long_option(char *const *argv, int *i, int sender, int read_only, struct command_match *m)
{
	const char *word = argv[*i] + 2;
	const struct option *o = find(word);
	const char *value = strchr(word, '=');

	m->why = why_option;
	if (o == NULL || (o->side == RECEIVER && sender) || (o->side == MOVES && read_only))
		return -1;
	m->why = why_value;
	value = value != NULL ? value + 1 : NULL;
	switch (o->value) {
	case NONE:
		return value == NULL ? 0 : -1;
	case NUMBER:
		return value != NULL && is_number(value) ? 0 : -1;
	case TEXT:
		return value != NULL ? 0 : -1;
	case EXACT:
		return 0;
	case PATH:
		if (value == NULL)
			value = argv[++*i];
		if (value != NULL && strcmp(o->name, "files-from") == 0 && strcmp(value, "-") == 0)
			return 0;
		return value != NULL && value[0] != '-' && value[0] != '\0' ? 0 : -1;
	}
	return -1;
}

static int paths(int argc, char *const *argv, int i, int sender, struct command_match *m)
{
	m->why = why_form;
	if (argc - i < 1 || (!sender && argc - i != 1))
		return -1;
	for (; i < argc; i++)
		if (argv[i][0] == '-' || argv[i][0] == '\0') {
			m->why = why_path;
			return -1;
		}
	m->why = NULL;
	/* ~/.popt can name a program for --server, see CVE-2019-3464 */
	m->flags |= COMMAND_HOME_ROOT;
	return 0;
}

static int rsync(int argc, char *const *argv, int read_only, struct command_match *m)
{
	int i = 1, sender;

	m->why = why_form;
	if (i >= argc || strcmp(argv[i], "--server") != 0)
		return -1;
	sender = ++i < argc && strcmp(argv[i], "--sender") == 0;
	if (read_only && !sender) {
		m->why = why_sender;
		return -1;
	}
	for (i += sender; i < argc && argv[i][0] == '-'; i++) {
		if (argv[i][1] == '-' ? long_option(argv, &i, sender, read_only, m) < 0 :
		    (argv[i][1] == 'B' || argv[i][1] == '@') ?
					!is_number(argv[i] + 2) :
					argv[i][1] == '\0' || bundle(argv[i], m) < 0) {
			m->why = m->why != NULL ? m->why : why_option;
			return -1;
		}
	}
	if (i == argc && (m->flags & COMMAND_SECLUDED)) {
		m->why = NULL;
		m->flags |= COMMAND_HOME_ROOT;
		return 0;
	}
	m->why = why_form;
	if (i >= argc || (m->flags & COMMAND_SECLUDED) || strcmp(argv[i], ".") != 0)
		return -1;
	return paths(argc, argv, i + 1, sender, m);
}

int command_rsync(int argc, char *const *argv, struct command_match *m)
{
	return rsync(argc, argv, 0, m);
}

int command_rsync_read(int argc, char *const *argv, struct command_match *m)
{
	return rsync(argc, argv, 1, m);
}
