/* SPDX-License-Identifier: Apache-2.0 */
/* questions_test.c - cordon with wrong arguments, without rules, and without privilege */
#include "cordon_tree.h"

#include <stdbool.h>

/* Wrong arguments, and accounts that do not exist. */
static void odd_questions(void **state)
{
	static const struct {
		const char *words, *said;
		int code;
	} cases[] = {
		{ "", "usage: cordon", 2 },
		{ "no-such-command", "no command 'no-such-command'; 'cordon --help'", 2 },
		{ "explian", "no command 'explian'; did you mean 'cordon explain'?", 2 },
		{ "shel", "no command 'shel'; 'cordon --help' lists the commands", 2 },
		{ "--help", "\n  explain   explain what happens when a user logs in\n", 0 },
		{ "explain --help", "usage: cordon explain [OPTION...] {USER | --diff A B}\n", 0 },
		{ "check --help", "\n  --root DIR ", 0 },
		{ "new --help", "\n  --write[=NAME] ", 0 },
		{ "syscalls --help", "\nExample:\n  cordon syscalls ", 0 },
		{ "run --help", "\nKIND is one of ", 0 },
		{ "syscalls no_such_call", "no system call or group 'no_such_call'", 2 },
		{ "syscalls ptrce", "did you mean 'cordon syscalls ptrace'?", 2 },
		{ "syscalls @debgu", "did you mean 'cordon syscalls @debug'?", 2 },
		{ "explain", "explain requires one user, by name or uid", 2 },
		{ "explain --root . 1234", "bob (uid 1234) by sshd: confined", 0 },
		{ "explain --root . 1304", "CORP\\ann (uid 1304) by sshd: confined", 0 },
		{ "explain --root . 1000", "1000 (uid 1300) by sshd: confined",
		  0 }, /* a name comes first */
		{ "explain --root . 0", "root (uid 0) by sshd: left alone", 0 },
		{ "explain --root . 4999", "there is no user '4999'", 2 },
		{ "explain --root . 4294967295", "there is no user '4294967295'", 2 },
		{ "explain --root . 99999999999999999999",
		  "there is no user '99999999999999999999'", 2 },
		{ "explain --root . 1234x", "there is no user '1234x'", 2 },
		{ "explain --root . --at '2026-02-31 10:00' bob", "write it like", 2 },
		{ "explain --root . --at '2026-02-28 10:00' bob", "confined", 0 },
		{ "explain bob alice", "explain requires one user, by name or uid", 2 },
		{ "explain ''", "explain requires one user, by name or uid", 2 },
		{ "explain --root . ghost", "there is no user 'ghost'", 2 },
		{ "explain --root . --json ghost", "there is no user 'ghost'", 2 },
		{ "explain --what bob", "unrecognized option", 2 },
		{ "explain --at", "requires an argument", 2 },
		{ "explain --root . --at tomorrow bob",
		  "--at: invalid time 'tomorrow'; write it like", 2 },
		{ "explain --root . --at '2026-11-24 08:30x' bob",
		  "--at: invalid time '2026-11-24 08:30x'; write it like", 2 },
		{ "explain --root /no/such bob",
		  "--root: /no/such: No such file or directory; give a directory", 2 },
		{ "explain --root . --rhost $(printf '%0300d' 1) bob", "an argument is too long", 2 },
		{ "explain --root . $(printf '%0300d' 1)", "an argument is too long", 2 },
		{ "explain --root . --service \"$(printf 'a\\033[31m')\" --json bob", "\\u001b", 1 },
		{ "explain --root . --service \"$(printf 'a\\377')\" --json bob", "\\ufffd", 1 },
		{ "explain --root . -- bob", "bob (uid 1234) by sshd: confined", 0 },
		{ "explain --root ./ bob", "bob (uid 1234) by sshd: confined", 0 },
		{ "check --root /no/such",
		  "--root: /no/such: No such file or directory; give a directory", 2 },
		{ "check --what",
		  "cordon: unrecognized option '--what'; 'cordon check --help' lists", 2 },
		{ "check --root", "cordon: option '--root' requires an argument", 2 },
		{ "explain --json=x bob", "cordon: option '--json=x' takes no argument", 2 },
		{ "explain -x bob", "cordon: unrecognized option '-x'", 2 },
		{ "explain -xyz bob", "cordon: unrecognized option '-x'", 2 },
		{ "check no-such.conf",
		  "no-such.conf: No such file or directory; correct the path\n1 error", 1 },
		{ "check no/such.conf",
		  "no/such.conf: No such file or directory; correct the path\n1 error", 1 },
		{ "check --root etc/passwd",
		  "--root: etc/passwd: Not a directory; give a directory", 2 },
		{ "new --root . --profile pp --user bin",
		  "cordon: --profile: profile 'pp' does not exist; did you mean 'p'?", 2 },
		{ "new --root . --profile p.conf --user bin",
		  "cordon: --profile: profile 'p.conf' does not exist; write its name without '.conf'",
		  2 },
		{ "new --root . --profile no-such-profile --user bin",
		  "cordon: --profile: profile 'no-such-profile' does not exist; correct the name, or create /etc/cordon/profiles/no-such-profile.conf",
		  2 },
		{ "run --profile no-such-profile true",
		  "cordon: --profile: profile 'no-such-profile' does not exist; ", 125 },
		{ "run --profile a/b true", "cordon: --profile: invalid profile name 'a/b'; write",
		  125 },
		{ "run --rule /no/such true",
		  "cordon: --rule: /no/such: No such file or directory; give the path of a rule",
		  125 },
		{ "run --rule /no-such true",
		  "cordon: --rule: /no-such: No such file or directory; give the path of a rule",
		  125 },
		{ "run --rule '' true",
		  "cordon: --rule: the path is empty; give the path of a rule", 125 },
		{ "run --rule /etc true", "cordon: --rule: /etc: is not a regular file; ", 125 },
		{ "run --root /no-such true",
		  "cordon: --root: /no-such: No such file or directory; give a directory", 125 },
		{ "run --root /etc/passwd true",
		  "cordon: --root: /etc/passwd: Not a directory; give a directory", 125 },
		{ "run --json /no/such true",
		  "cordon: --json: /no/such: No such file or directory; give a file that can be written",
		  125 },
		{ "check ''", "1 error", 1 },
		{ "check etc",
		  "etc: is not a regular file; replace it with a regular file\n1 error", 1 },
		{ "check /dev/null /dev/tty", "2 errors", 1 },
		{ "check etc/cordon/rules.d/50-x.conf", "1 file, no errors\n", 0 },
		{ "check etc/cordon/profiles/p.conf",
		  "p.conf:1: [Match] is not allowed in a profile", 1 },
		{ "check etc/cordon/rules.d/50-x.conf etc/cordon/profiles/p.conf no-such.conf",
		  "2 errors", 1 },
	};
	static const char rule[] = "[Session]\nUMask=0077\n", profile[] = "[Match]\n[Session]\n";

	(void)state;
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", rule, sizeof rule - 1);
	put("cordon/profiles/p.conf", profile, sizeof profile - 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int code;
		char *said = run(cases[i].words, &code);

		if (code != cases[i].code || strstr(said, cases[i].said) == NULL)
			fail_msg("cordon %s: exits with %d and not %d, says '%s' and not '%s'",
				 cases[i].words, code, cases[i].code, said, cases[i].said);
		free(said);
	}
}

/* Colors and columns are for a terminal that has them, and for nobody who sets NO_COLOR. */
static void colors(void **state)
{
	static const struct {
		const char *how; /* around "cordon explain" */
		bool columns, colors;
	} cases[] = {
		{ "TERM=xterm script -qec '%s' /dev/null", true, true },
		{ "TERM=xterm NO_COLOR= script -qec '%s' /dev/null", true, true },
		{ "TERM=xterm NO_COLOR=1 script -qec '%s' /dev/null", true, false },
		{ "TERM=dumb script -qec '%s' /dev/null", true, false },
		{ "env -u TERM script -qec \"env -u TERM %s\" /dev/null", true, false },
		{ "TERM=xterm %s | cat", false, false },
		{ "TERM=xterm %s >out; cat out; rm out", false, false },
	};
	static const char rule[] = "[Session]\nUMask=0077\n";

	(void)state;
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", rule, sizeof rule - 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char explain[PATH_MAX + 64], command[2 * PATH_MAX], said[TEXT_MAX];
		size_t n;
		FILE *f;

		(void)snprintf(explain, sizeof explain, "%s explain --root . bob", cordon);
		n = (size_t)snprintf(command, sizeof command, "cd %s && ", root);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(command + n, sizeof command - n, cases[i].how, explain);
#pragma GCC diagnostic pop
		f = popen(command, "r");
		assert_non_null(f);
		n = fread(said, 1, sizeof said - 1, f);
		said[n] = '\0';
		(void)pclose(f);
		if (strstr(said, "confined") == NULL ||
		    (strchr(said, '\033') != NULL) != cases[i].colors ||
		    (strstr(said, "time:") == NULL) ||
		    ((strstr(said, "time:     ") != NULL ||
		      strstr(said, "time:\033[0m     ") != NULL) != cases[i].columns))
			fail_msg("%s: says '%s'", command, said);
	}
}

/* Names that would clear the screen, write elsewhere on it, or begin lines of their own. */
static void names_do_nothing_to_a_terminal(void **state)
{
	static const char *const evil[] = { "\033[2J",
					    "\033]0;title\007",
					    "a\n50-y.conf:1: all is well",
					    "\x9b"
					    "2J",
					    "\xc2\x9b"
					    "2J",
					    "\xe2\x80\xae"
					    "fnoc",
					    "\r",
					    "\b\b" };
	static const char bad[] = "[Session]\nUMask=9\n", good[] = "[Match]\nUser=eve\n[Session]\n";
	static const char *const words[] = {
		"check --root .",
		"explain --root . eve",
		"explain --root . --json eve",
		"explain --root . --command ls eve",
		"check etc/cordon/rules.d/*",
		"explain --root . \"$(printf 'x\\033[2J')\"",
		"explain --root . --service \"$(printf 'x\\033[2J')\" eve",
		"\"$(printf 'x\\033[2J')\"",
		"syscalls \"$(printf 'x\\033[2J')\"",
		"run --set \"$(printf 'x\\033[2J')=1\" true",
		"new --profile \"$(printf 'x\\033[2J')\" --user root",
		"check \"$(printf -- '--x\\033[2J')\"",
		"explain \"$(printf -- '-\\033[2J')\" eve",
		"run \"$(printf -- '--json=\\033[2J')\" true",
		"run \"$(printf -- '--report=\\033[2J')\" true",
		"run \"$(printf './x\\033[2J')\"",
	};

	(void)state;
	for (size_t i = 0; i < 3 * sizeof evil / sizeof evil[0]; i++) {
		const char *const name = evil[i / 3];
		char text[1024];

		assert_int_equal(clear(), 0);
		(void)snprintf(text, sizeof text, "eve:x:1400:1400::%s%s:%s%s\n",
			       i % 3 == 0 ? "/home/" : "/home/eve",
			       i % 3 == 0 && strchr(name, '\n') == NULL ? name : "",
			       i % 3 == 1 ? "/bin/" : "/bin/sh",
			       i % 3 == 1 && strchr(name, '\n') == NULL ? name : "");
		put("passwd", text, strlen(text));
		(void)snprintf(text, sizeof text, "cordon/rules.d/50-%s.conf",
			       i % 3 == 2 ? name : "x");
		put(text, good, sizeof good - 1);
		(void)snprintf(text, sizeof text, "cordon/rules.d/60-%s.conf",
			       i % 3 == 2 ? name : "x");
		put(text, bad, sizeof bad - 1);
		for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
			int code;
			char *said = run(words[k], &code);

			for (const char *c = said; *c != '\0'; c++) {
				const unsigned char b = (unsigned char)*c;

				if ((b < 0x20 && b != '\n') || b == 0x7f || b == 0x9b || b == 0xe2)
					fail_msg("cordon %s, %zu: byte %02x in %s", words[k], i, b,
						 said);
			}
			if (strstr(said, "\n50-y.conf") != NULL)
				fail_msg("cordon %s: a line of its own: %s", words[k], said);
			free(said);
		}
	}
	put("passwd", passwd, sizeof passwd - 1);
	assert_int_equal(clear(), 0);
}

/* Checks a rule of @lines: @says is part of what is printed; NULL: neither a warning nor an error. */
static void check_says(const char *lines, const char *says)
{
	char rule[256];
	char *said;
	int code;

	put("cordon/rules.d/50-x.conf", rule,
	    (size_t)snprintf(rule, sizeof rule, "[Session]\n%s\n", lines));
	said = run("check --root .", &code);
	if (says == NULL ?
		    strstr(said, "warning") != NULL || code != 0 :
		    strstr(said, says) == NULL || (strstr(says, "warning") != NULL && code != 0))
		fail_msg("%s: check exits with %d, says:\n%s\nand not: %s", lines, code, said,
			 says != NULL ? says : "nothing");
	free(said);
}

/* AllowCommands=sftp admits a command that no client sends, where @sftp was meant. */
static void sets_without_their_sign(void **state)
{
	static const struct {
		const char *line, *says; /* NULL: nothing */
	} cases[] = {
		{ "AllowCommands=sftp",
		  ":2: warning: AllowCommands=: 'sftp' admits only this command without other words, which no client sends; write @sftp\n" },
		{ "AllowCommands=scp",
		  "'scp' admits only this command without other words, which no client sends; write @scp\n" },
		{ "AllowCommands=sftp scp",
		  "'sftp scp' admits only this command without other words, which no client sends; write @sftp @scp\n" },
		{ "AllowCommands=rsync @scp", "no client sends; write @rsync @scp\n" },
		{ "AllowCommands=/usr/bin/rsync", "no client sends; write @rsync\n" },
		{ "AllowCommands=rsync-read", "no client sends; write @rsync-read\n" },
		{ "AllowCommands=git", "no client sends; write @git\n" },
		{ "AllowCommands=git-upload-pack", "no client sends; write @git-read\n" },
		{ "AllowCommands=git-receive-pack", "no client sends; write @git\n" },
		{ "AllowCommands=shell", "no client sends; write @shell\n" },
		{ "AllowCommands=internal-sftp", "no client sends; write @sftp\n" },
		{ "AllowCommands=rsync ...",
		  ":2: warning: AllowCommands=: 'rsync ...' also admits options that start any program; write @rsync\n" },
		{ "AllowCommands=/usr/bin/scp ...", "options that start any program; write @scp\n" },
		{ "AllowCommands=git ...", "options that start any program; write @git\n" },
		{ "AllowCommands=@sftp", NULL },
		{ "AllowCommands=@sftp @rsync-read\nAllowCommands=@shell", NULL },
		{ "AllowCommands=sftp-server", NULL },
		{ "AllowCommands=/usr/lib/openssh/sftp-server -R", NULL },
		{ "AllowCommands=rsync --server --sender -* . /srv/logs/*", NULL },
		{ "AllowCommands=git-upload-pack /srv/x.git", NULL },
		{ "AllowCommands=cat git", NULL },
		{ "Command=internal-sftp",
		  ":2: warning: Command=: 'internal-sftp' transfers no files; write AllowCommands=@sftp instead\n" },
		{ "Command=rsync",
		  "Command=: 'rsync' transfers no files; write AllowCommands=@rsync instead\n" },
		{ "Command=/usr/bin/scp", "write AllowCommands=@scp instead\n" },
		{ "Command=/usr/lib/openssh/sftp-server", NULL },
		{ "Command=rrsync -ro /srv", NULL },
		{ "Command=@sftp",
		  ":2: Command=: '@sftp' is a set of AllowCommands=; write AllowCommands=@sftp instead\n" },
	};

	(void)state;
	assert_int_equal(clear(), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_says(cases[i].line, cases[i].says);
}

/* An empty list of these directives replaces nothing: the default applies. */
static void empty_lists_are_defaults(void **state)
{
	static const char *const names[] = { "SystemCallFilter", "SystemCallErrorNumber",
					     "SystemCallArchitectures", "RestrictAddressFamilies" };

	(void)state;
	assert_int_equal(clear(), 0);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char rule[256];
		char *said;
		int code;

		put("cordon/rules.d/50-x.conf", rule,
		    (size_t)snprintf(rule, sizeof rule, "[Session]\n%s=\n", names[i]));
		said = run("explain --root . bob", &code);
		if (code != 0 || strstr(said, "\nevery setting has its default\n") == NULL)
			fail_msg("%s=: explain says:\n%s", names[i], said);
		free(said);
		said = run("explain --json --root . bob", &code);
		if (code != 0 || strstr(said, "\"empty, so the default applies\"") == NULL)
			fail_msg("%s=: explain --json says:\n%s", names[i], said);
		free(said);
	}
}

/* Settings that take CPU, disk or memory from all other users. */
static void scheduling_before_the_host(void **state)
{
	static const struct {
		const char *lines, *says; /* NULL: nothing */
	} cases[] = {
		{ "Nice=-5",
		  ":2: warning: Nice=: programs of the session get more CPU time than programs of the host; write Nice=0 or a higher number\n" },
		{ "CPUSchedulingPolicy=fifo",
		  ":2: warning: CPUSchedulingPolicy=: programs of the session can keep all others from the CPUs; write other, or add CPUAffinity= to leave some CPUs to the host\n" },
		{ "CPUSchedulingPolicy=rr",
		  "CPUSchedulingPolicy=: programs of the session can keep" },
		{ "IOSchedulingClass=realtime",
		  ":2: warning: IOSchedulingClass=: programs of the session can keep all others from the disks; write best-effort\n" },
		{ "OOMScoreAdjust=-1",
		  ":2: warning: OOMScoreAdjust=: when memory runs out, the kernel kills programs of the host before those of the session; write OOMScoreAdjust=0 or a higher number\n" },
		{ "LimitNICE=-5",
		  ":2: warning: LimitNICE=: programs of the session can get more CPU time than programs of the host; write LimitNICE=+0 or a higher nice value\n" },
		{ "LimitRTPRIO=1:50\nRestrictRealtime=no",
		  ":2: warning: LimitRTPRIO=: programs of the session can keep all others from the CPUs; write LimitRTPRIO=0, or RestrictRealtime=yes\n" },
		{ "Nice=0\nOOMScoreAdjust=0\nCPUSchedulingPolicy=batch\nIOSchedulingClass=idle",
		  NULL },
		{ "CPUSchedulingPolicy=fifo\nCPUAffinity=0", NULL },
		{ "LimitRTPRIO=50", NULL }, /* RestrictRealtime=yes is the default */
		{ "LimitRTPRIO=0\nRestrictRealtime=no\nLimitNICE=+0", NULL },
		{ "Nice=19\nLimitNICE=+5", NULL },
		{ "Action=allow\nNice=-5",
		  ":3: warning: Nice=: has no effect beside Action=allow; remove the line, or write Action=confine\n" },
	};

	(void)state;
	assert_int_equal(clear(), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_says(cases[i].lines, cases[i].says);
}

/* Root of a user namespace stands for root of a container. */
static void scheduling_that_the_host_refuses(void **state)
{
	static const char rule[] = "[Session]\nNice=-5\nCPUSchedulingPolicy=fifo\n"
				   "IOSchedulingClass=realtime\nOOMScoreAdjust=-900\n";
	static const char *const says[] = {
		":2: warning: Nice=: the kernel refuses the value here, so logins are refused; write Nice=0 or a higher number\n",
		":3: warning: CPUSchedulingPolicy=: the kernel refuses the value here, so logins are refused; write other\n",
		":4: warning: IOSchedulingClass=: the kernel refuses the value here, so logins are refused; write best-effort\n",
		":5: warning: OOMScoreAdjust=: the kernel refuses the value here, so logins are refused; write OOMScoreAdjust=0 or a higher number\n",
	};
	int code;
	char *said;

	(void)state;
	if (system("unshare -Ur true 2>/dev/null") != 0)
		skip();
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", rule, sizeof rule - 1);
	as = "unshare -Ur";
	said = run("check etc/cordon/rules.d/50-x.conf", &code);
	as = "";
	for (size_t i = 0; i < sizeof says / sizeof says[0]; i++)
		if (strstr(said, says[i]) == NULL)
			fail_msg("check says:\n%s\nand not: %s", said, says[i]);
	free(said);
}

/* The text about a rule with a long path is cut, and could name either section. */
static void the_time_is_that_of_the_section(void **state)
{
	static const char rule[] = "[Match]\nUser=bob\nTime=Mon..Sun 00:00-24:00\n"
				   "[Match]\nUser=alice\nTime=01:00-02:00\n[Session]\n";
	int code;
	char *said;

	(void)state;
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", rule, sizeof rule - 1);
	said = run("explain --root $(printf './%.0s' $(seq 200)) bob", &code);
	if (code != 0 || strstr(said, "logins that begin at Mon..Sun 00:00-24:00;") == NULL)
		fail_msg("exits with %d, says '%s'", code, said);
	free(said);
}

/* Below an emulator, cordon is a script, and the program looks beside itself for cordon-filter. */
static bool is_script(const char *path)
{
	FILE *f = fopen(path, "re");
	char begin[2] = "";

	assert_non_null(f);
	(void)!fread(begin, sizeof begin, 1, f); /* a shorter file is no script */
	assert_int_equal(fclose(f), 0);
	return begin[0] == '#' && begin[1] == '!';
}

/* A cordon-filter that cannot start, as without libseccomp, is one error and not one for each file. */
static void no_filter(void **state)
{
	static const struct {
		const char *script, *says; /* behind the name of the program */
	} cases[] = {
		{ "echo libseccomp.so.2: cannot open shared object file >&2; exit 127",
		  ": cannot be executed; install libseccomp if it is missing, else install cordon again\n" },
		{ "exit 3", ": failed with exit status 3; install cordon and libseccomp again\n" },
	};
	static const char rule[] = "[Session]\nSystemCallFilter=~@mount\n",
			  profile[] = "[Session]\n";
	char built[PATH_MAX], command[PATH_MAX * 3], want[PATH_MAX * 2];

	(void)state;
	if (is_script(cordon)) {
		print_message("SKIPPED: cordon is started by a script\n");
		skip();
	}
	(void)strcpy(built, cordon);
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", rule, sizeof rule - 1);
	put("cordon/profiles/p.conf", profile, sizeof profile - 1);
	put("cordon/profiles/q.conf", rule, sizeof rule - 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *said;
		int code;

		(void)snprintf(command, sizeof command,
			       "cd %s && rm -rf b && mkdir b && cp %s b/cordon && cd b && "
			       "printf '#!/bin/sh\n%s\n' >cordon-filter && chmod 0755 cordon-filter",
			       root, built, cases[i].script);
		assert_int_equal(system(command), 0);
		(void)snprintf(cordon, sizeof cordon, "%s/b/cordon", root);
		said = run("check --root .", &code);
		(void)snprintf(want, sizeof want, "%s-filter%s1 error\n", cordon, cases[i].says);
		assert_string_equal(said, want);
		assert_int_equal(code, 1);
		free(said);
		said = run("syscalls @mount", &code);
		(void)snprintf(want, sizeof want, "cordon: %s-filter%s", cordon, cases[i].says);
		assert_string_equal(said, want);
		assert_int_equal(code, 4);
		free(said);
	}
	(void)strcpy(cordon, built);
}

/* The profiles are counted apart, and PAM stacks are looked at before there is a rule. */
static void without_rules(void **state)
{
	static const char *const users[] = { "bob", "alice" };
	static const char stack[] = "account required pam_unix.so\n"
				    "session required pam_unix.so\n";
	static const char in_no_stack[] =
		"pam_cordon is in no PAM stack, so no login is confined; run 'cordon-pam enable'";
	static const struct {
		unsigned rules, profiles;
		bool pam;
		const char *says; /* behind in_no_stack */
		int code;
	} cases[] = {
		{ 0, 0, false, "no rules, no errors\n", 0 },
		{ 0, 1, false, "no rules; 1 profile, no errors\n", 0 },
		{ 0, 2, false, "no rules; 2 profiles, no errors\n", 0 },
		{ 1, 0, false, "1 rule, no errors\n", 0 },
		{ 2, 1, false, "2 rules, 1 profile, no errors\n", 0 },
		{ 0, 2, true, "no rules; 2 profiles, no errors, 1 warning\n", 0 },
		{ 1, 2, true, "1 error\n", 1 },
	};
	char command[PATH_MAX], want[512], name[64], text[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int code;
		char *said;

		assert_int_equal(clear(), 0);
		for (unsigned k = 0; k < cases[i].rules + cases[i].profiles; k++) {
			const bool rule = k < cases[i].rules;

			(void)snprintf(name, sizeof name, "cordon/%s/%u.conf",
				       rule ? "rules.d" : "profiles", k);
			put(name, text,
			    (size_t)snprintf(text, sizeof text, "%s%s%s[Session]\n",
					     rule ? "[Match]\nUser=" : "", rule ? users[k] : "",
					     rule ? "\n" : ""));
		}
		(void)snprintf(command, sizeof command, "%s %s/etc/pam.d",
			       cases[i].pam ? "mkdir -p" : "rm -rf", root);
		assert_int_equal(system(command), 0);
		if (cases[i].pam) {
			put("pam.d/sshd", stack, sizeof stack - 1);
			put("pam.d/other", stack, sizeof stack - 1);
		}
		(void)snprintf(want, sizeof want, "%s%s%s%s",
			       cases[i].pam && cases[i].rules == 0 ? "warning: " : "",
			       cases[i].pam ? in_no_stack : "", cases[i].pam ? "\n" : "",
			       cases[i].says);
		said = run("check --root .", &code);
		assert_string_equal(said, want);
		assert_int_equal(code, cases[i].code);
		free(said);
	}
	(void)snprintf(command, sizeof command, "rm -r %s/etc/pam.d", root);
	assert_int_equal(system(command), 0);
}

static void no_rules_at_all(void **state)
{
	char command[PATH_MAX];
	int code;
	char *said;

	(void)state;
	(void)snprintf(command, sizeof command, "rm -r %s/etc/cordon/rules.d", root);
	assert_int_equal(clear(), 0);
	assert_int_equal(system(command), 0);
	said = run("check --root .", &code);
	assert_int_equal(code, 3);
	assert_non_null(strstr(said, "directory does not exist"));
	free(said);
	said = run("explain --root . bob", &code);
	assert_int_equal(code, 1);
	assert_non_null(strstr(said, ": refused: "));
	free(said);
}

/* Whoever can read the rules may ask. */
static void without_privilege(void **state)
{
	char command[PATH_MAX];
	int code;
	char *said;

	(void)state;
	if (geteuid() != 0)
		skip(); /* the others ran so */
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", "[Session]\nUMask=9\n", 18);
	as = "setpriv --reuid 65534 --regid 65534 --clear-groups";
	said = run("check --root .", &code);
	assert_int_equal(code, 1);
	assert_string_equal(
		said,
		"rules.d/50-x.conf:2: UMask=: invalid mask '9'; expected an octal number from 0000 to 0777\n1 error\n");
	free(said);
	said = run("explain --root . bob", &code);
	assert_int_equal(code, 1);
	free(said);
	(void)snprintf(command, sizeof command, "chmod 0700 %s/etc/cordon/rules.d", root);
	assert_int_equal(system(command), 0);
	said = run("check --root .", &code);
	assert_int_equal(code, 3);
	assert_non_null(strstr(said, "Permission denied"));
	free(said);
	said = run("explain --root . bob", &code);
	assert_int_equal(code, 4);
	assert_non_null(strstr(said, "some rules are not readable; run 'sudo cordon explain'"));
	free(said);
	as = "";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_questions),
		cmocka_unit_test(colors),
		cmocka_unit_test(names_do_nothing_to_a_terminal),
		cmocka_unit_test(sets_without_their_sign),
		cmocka_unit_test(empty_lists_are_defaults),
		cmocka_unit_test(scheduling_before_the_host),
		cmocka_unit_test(scheduling_that_the_host_refuses),
		cmocka_unit_test(the_time_is_that_of_the_section),
		cmocka_unit_test(no_filter),
		cmocka_unit_test(without_rules),
		cmocka_unit_test(no_rules_at_all),
		cmocka_unit_test(without_privilege),
	};

	return cmocka_run_group_tests_name("questions", tests, setup, teardown);
}
