/* SPDX-License-Identifier: Apache-2.0 */
/* sets.c - allow exactly the commands that real clients of sftp, scp, git and rclone send */
#include "command/match.h"

#include <string.h>

static const char why_path_dash[] = "a path cannot begin with '-'; put ./ before it";
static const char why_option[] = "an option that no such client sends";
static const char why_repository[] = "expected one repository, whose name cannot begin with '-'";

static const char digits[] = "0123456789";
static const char token[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@.,_-";

static int all_of(const char *s, const char *set)
{
	return s[0] != '\0' && s[0] != '-' && strspn(s, set) == strlen(s);
}

/*
 * sftp-server [-eR] [-d DIR] [-f FACILITY] [-l LEVEL] [-P REQUESTS] [-p REQUESTS] [-u UMASK]
 *
 * sshd passes the Subsystem line of sshd_config to the shell. A client may send the same words: none of
 * these options runs a program or names a file to write.
 */
static int match_sftp(int argc, char *const *argv, struct command_match *m)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const char *value;

		m->why = why_option;
		if (strcmp(word, "-e") == 0 || strcmp(word, "-R") == 0)
			continue;
		if (word[0] != '-' || word[1] == '\0' || strchr("dflPpu", word[1]) == NULL)
			return -1;
		value = word[2] != '\0' ? word + 2 : argv[++i];
		if (value == NULL ||
		    (word[1] == 'd' ? value[0] == '-' || value[0] == '\0' :
				      !all_of(value, word[1] == 'u' ? digits : token)))
			return -1;
	}
	m->why = NULL;
	return 0;
}

/*
 * scp [-v] [-r] [-p] [-d] [-q] -t|-f [--] PATH
 *
 * OpenSSH (toremote(), tolocal()), PuTTY, libssh2 ("-pt") and other clients send these words. With -f,
 * a client may send several paths and expect a shell to separate them.
 */
static int match_scp_old(int argc, char *const *argv, struct command_match *m)
{
	int i, to = 0, from = 0, dashes = 0;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0) {
			dashes = 1;
			i++;
			break;
		}
		m->why = why_option;
		if (argv[i][1] == '\0' || strspn(argv[i] + 1, "vrpdqtf") != strlen(argv[i] + 1))
			return -1;
		to += strchr(argv[i], 't') != NULL;
		from += strchr(argv[i], 'f') != NULL;
	}
	m->why = "only scp -t PATH and scp -f PATH, which an scp client sends, are allowed";
	if (to + from != 1 || i >= argc || (to && argc - i != 1))
		return -1;
	m->why = why_path_dash;
	for (; !dashes && i < argc; i++)
		if (argv[i][0] == '-')
			return -1;
	m->why = NULL;
	return 0;
}

/* Since OpenSSH 9, scp uses the protocol of sftp, so it needs sftp-server as well. */
static int match_scp(int argc, char *const *argv, struct command_match *m)
{
	const size_t len = strlen(argv[0]);

	if (len >= 3 && strcmp(argv[0] + len - 3, "scp") == 0)
		return match_scp_old(argc, argv, m);
	return match_sftp(argc, argv, m);
}

static int git(int argc, char *const *argv, int write, struct command_match *m)
{
	static const char *const verbs[] = { "upload-pack", "upload-archive", "receive-pack" };
	const char *dash = strstr(argv[0], "git-");
	const char *verb = dash != NULL ? dash + 4 : argc > 1 ? argv[1] : "";
	const int i = dash != NULL ? 1 : 2;
	int known = 0;

	for (unsigned k = 0; k < (write ? 3u : 2u); k++)
		known = known || strcmp(verb, verbs[k]) == 0;
	if (!known) {
		m->why = !write && strcmp(verb, "receive-pack") == 0 ?
				 "pushing is not allowed here, only fetching" :
				 "only what git clone, git fetch and git push start on a server is allowed";
		return -1;
	}
	if (argc != i + 1 || argv[i][0] == '-' || argv[i][0] == '\0') {
		m->why = why_repository;
		return -1;
	}
	return 0;
}

static int match_git(int argc, char *const *argv, struct command_match *m)
{
	return git(argc, argv, 1, m);
}

static int match_git_read(int argc, char *const *argv, struct command_match *m)
{
	return git(argc, argv, 0, m);
}

/*
 * md5sum|sha1sum|sha256sum|b2sum [--] PATH..., true, test -d|-e|-f PATH
 *
 * What rclone and scripts ask beside sftp: the sum of a file, whether the connection stands, and whether
 * a place exists. An option of such a program could read a list of files (-c).
 */
static int match_checksum(int argc, char *const *argv, struct command_match *m)
{
	int i = 1;

	if (strcmp(argv[0], "true") == 0) {
		m->why = argc == 1 ? NULL : "expected true without arguments";
		return argc == 1 ? 0 : -1;
	}
	if (strcmp(argv[0], "test") == 0) {
		m->why = "only test -d PATH, test -e PATH and test -f PATH are allowed";
		if (argc != 3 || strlen(argv[1]) != 2 || argv[1][0] != '-' ||
		    strchr("def", argv[1][1]) == NULL)
			return -1;
		m->why = NULL;
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--") == 0)
		i = 2;
	m->why = "only sums of paths are allowed";
	if (i == argc)
		return -1;
	m->why = i == 2 ? NULL : why_path_dash;
	for (; m->why != NULL && i < argc; i++)
		if (argv[i][0] == '-')
			return -1;
	m->why = NULL;
	return 0;
}

static const char *const no_names[] = { NULL };
static const char *const sftp_names[] = { "sftp-server", NULL };
static const char *const scp_names[] = { "scp", "sftp-server", NULL };
static const char *const rsync_names[] = { "rsync", NULL };
static const char *const git_names[] = { "git-upload-pack", "git-upload-archive",
					 "git-receive-pack", "git", NULL };
static const char *const checksum_names[] = { "md5sum", "sha1sum", "sha256sum", "b2sum",
					      "true",	"test",	   NULL };

static const struct command_set sets[] = {
	{ "@sftp", sftp_names, match_sftp, "sftp" },
	{ "@scp", scp_names, match_scp, "scp" },
	{ "@rsync", rsync_names, command_rsync, "rsync" },
	{ "@rsync-read", rsync_names, command_rsync_read, "rsync from here" },
	{ "@git", git_names, match_git, "git clone, fetch and push" },
	{ "@git-read", git_names, match_git_read, "git clone and fetch" },
	{ "@checksum", checksum_names, match_checksum,
	  "rclone, restic and backup tools beside sftp" },
	{ "@shell", no_names, NULL, "an interactive shell" },
	{ NULL, NULL, NULL, NULL },
};

const struct command_set *command_sets(void)
{
	return sets;
}
