/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_test.c - compare each warning of `cordon check` with a real login
 *
 * If a warning says that logins are refused, the login is refused. A rule without a warning admits its
 * user, and so does the replacement that a warning names.
 */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILES " profiles, no errors"
#define RULE	 "/etc/cordon/rules.d/50-bob.conf"

/* What becomes of bob, by su: the login is confined, unconfined or refused, with an error or a warning. */
enum end { CONFINED, FREE, OUT, ERROR };

static const struct {
	const char *match, *lines, *says; /* NULL: nothing */
	enum end end;
} cases[] = {
	{ "User=bob", "", NULL, CONFINED },
	/* names */
	{ "User=bbo", "", ":2: warning: User=: there is no user 'bbo'; did you mean 'bob'?", FREE },
	{ "User=Bob", "", "did you mean 'bob'?", FREE },
	{ "User=bob !alise", "",
	  ":2: warning: User=: there is no user 'alise'; did you mean 'alice'?", CONFINED },
	{ "User=xyzzyx", "", "there is no user 'xyzzyx'; correct the name or create the user", FREE },
	{ "User=bob Group=x", "",
	  ":2: warning: User=: 'Group=x' is another condition; write it on its own line", CONFINED },
	{ "User=4711", "", ":2: warning: User=: no user has the id 4711", FREE },
	{ "User=2077", "",
	  ":2: warning: User=: a number is an id, and the user named '2077' has another id; write User=2078\n",
	  FREE },
	{ "User=project", "", "there is no user 'project', but a group; write Group=project", FREE },
	{ "User=%project", "", "there is no user '%project'; write Group=project", FREE },
	{ "Group=projekt", "",
	  ":2: warning: Group=: there is no group 'projekt'; did you mean 'project'?", FREE },
	{ "Group=project !4711", "", ":2: warning: Group=: no group has the id 4711", CONFINED },
	{ "User=root bob", "", "'root' has uid 0 and is never confined; remove it", CONFINED },
	{ "User=bob !bob", "", ":1: warning: [Match] matches nobody", FREE },
	{ "User=b* 2000-2999 !zz*", "", NULL, CONFINED },
	/* paths */
	{ "User=bob", "TerminalsMax=513",
	  ":5: warning: TerminalsMax=: a session has at most 512 terminals; write a number up to 512",
	  CONFINED },
	{ "User=bob", "ReadOnlyPaths=/srv/nosuch",
	  ":5: warning: ReadOnlyPaths=: '/srv/nosuch' does not exist, so logins are refused; create it, or write -/srv/nosuch",
	  OUT },
	{ "User=bob", "ReadOnlyPaths=-/srv/nosuch", NULL, CONFINED },
	{ "User=bob", "FollowMounts=/usr/share\nReadWritePaths=/usr/share/doc",
	  ":5: FollowMounts=: '/usr/share': a later mount there would cover '/usr/share/doc', which the session has of its own or by another line; in that line, write '/usr/share', or follow another directory\n",
	  ERROR },
	{ "User=bob", "BindPaths=/dev/console:/dev/tty9",
	  ":5: warning: BindPaths=: the device '/dev/console' cannot be opened there; write DeviceAllow=/dev/console\n",
	  CONFINED },
	{ "User=bob", "DeviceAllow=/dev/console\nBindPaths=/dev/shm:/srv", NULL, CONFINED },
	{ "User=bob", "InaccessiblePaths=-/srv -/nosuch\nReadWritePaths=/nosuch2",
	  ":6: warning: ReadWritePaths=: '/nosuch2'", OUT },
	{ "User=bob", "ReadOnlyPaths=/srv,/opt", "separate paths by blanks, not commas", OUT },
	{ "User=bob", "ReadOnlyPaths=/srv:/opt", "separate paths by blanks, not colons", OUT },
	{ "User=bob", "ReadOnlyPaths=/sr*", "wildcards have no effect here; write the directory",
	  OUT },
	{ "User=bob", "InaccessiblePaths=-/sr*",
	  "wildcards have no effect here; write the directory", CONFINED },
	{ "User=bob", "BindPaths=/srv/none:/x",
	  "BindPaths=: '/srv/none' does not exist, so logins are refused; create it, or write -/srv/none",
	  OUT },
	{ "User=bob", "BindPaths=/srv:/opt/none",
	  "'/opt/none' does not exist, so logins are refused; create it\n", OUT },
	{ "User=bob", "BindPaths=/srv:/new -/srv/none:/x /srv:/run/a/b", NULL, CONFINED },
	{ "User=bob", "TemporaryFileSystem=/opt/none",
	  "TemporaryFileSystem=: '/opt/none' does not exist", OUT },
	{ "User=bob", "TemporaryFileSystem=/etc/passwd",
	  "'/etc/passwd' is not a directory, so logins are refused", OUT },
	{ "User=bob", "TemporaryFileSystem=/opt /new /run/x\nBindPaths=/srv:/opt/a/b", NULL,
	  CONFINED },
	{ "User=bob", "WorkingDirectory=/nosuch", "WorkingDirectory=: '/nosuch' does not exist",
	  OUT },
	{ "User=bob", "WorkingDirectory=/etc/passwd", "'/etc/passwd' is not a directory", OUT },
	{ "User=bob", "WorkingDirectory=-/nosuch", NULL, CONFINED },
	{ "User=bob", "WorkingDirectory=~", NULL, CONFINED },
	{ "User=bob", "Home=empty\nTemporaryFileSystem=%h/new", NULL, CONFINED },
	{ "User=bob", "NetworkNamespacePath=/proc/1/ns/net",
	  ":5: warning: NetworkNamespacePath=: '/proc/1/ns/net' is not a network namespace, so logins are refused; create one with 'ip netns add net'",
	  OUT },
	{ "User=bob", "NetworkNamespacePath=/etc/passwd",
	  "'/etc/passwd' is not a network namespace", OUT },
	{ "User=bob", "NetworkNamespacePath=/run/netns/nosuch",
	  ":5: warning: NetworkNamespacePath=: '/run/netns/nosuch' does not exist, so logins are refused; create it with 'ip netns add nosuch'",
	  OUT },
	{ "User=bob", "RootDirectory=/srv/nosuch",
	  "RootDirectory=: '/srv/nosuch' does not exist, so logins are refused; create it\n", OUT },
	/* 32-bit programs */
	{ "User=bob", "SystemCallArchitectures=native x86",
	  ":5: warning: SystemCallArchitectures=: most 32-bit programs cannot open a socket",
	  CONFINED },
	{ "User=bob", "SystemCallArchitectures=native x86\nRestrictAddressFamilies=any", NULL,
	  CONFINED },
	{ "User=bob", "Profile=teaching", NULL, CONFINED },
	/* programs */
	{ "User=bob", "InaccessiblePaths=/usr",
	  ":5: warning: InaccessiblePaths=: '/usr' hides the shell '/bin/sh'; remove '/usr', or add ReadOnlyPaths=/usr/bin/",
	  OUT },
	{ "User=bob", "InaccessiblePaths=/bin", "InaccessiblePaths=: '/bin' hides the shell", OUT },
	{ "User=bob", "InaccessiblePaths=/usr/lib",
	  "InaccessiblePaths=: '/usr/lib' hides the loader of the shell", OUT },
	{ "User=bob", "InaccessiblePaths=/usr\nReadOnlyPaths=/usr/bin /usr/lib -/usr/lib64", NULL,
	  CONFINED },
	{ "User=bob", "TemporaryFileSystem=/usr", "TemporaryFileSystem=: '/usr' hides the shell",
	  OUT },
	{ "User=bob", "NoExecPaths=/",
	  ":5: warning: NoExecPaths=: '/' prevents the shell '/bin/sh' from being executed; remove '/', or add ExecPaths=/usr/bin/",
	  OUT },
	{ "User=bob", "NoExecPaths=/\nExecPaths=/usr/bin", "'/' prevents the loader of the shell",
	  OUT },
	{ "User=bob", "NoExecPaths=/\nExecPaths=/usr", NULL, CONFINED },
	{ "User=bob", "Shell=/bin/fishy",
	  ":5: Shell=: there is no program '/bin/fishy', so logins are refused; install it or correct the path\n",
	  ERROR },
	{ "User=bob", "Shell=/etc/passwd", ":5: Shell=: there is no program '/etc/passwd'", ERROR },
	{ "User=bob", "Shell=/usr/local/bin/mine\nBindReadOnlyPaths=/bin/sh:/usr/local/bin/mine",
	  "'/usr/local/bin/mine' does not exist, so logins are refused; create it\n", OUT },
	{ "User=bob", "Command=/usr/bin/nosuch",
	  ":5: Command=: there is no program '/usr/bin/nosuch', so logins fail; install it or correct the name\n",
	  ERROR },
	{ "User=bob", "Command=nosuch -x", ":5: Command=: there is no program 'nosuch', so logins",
	  ERROR },
	{ "User=bob",
	  "Command=/run/x/grep NoNewPrivs: /proc/self/status\nBindReadOnlyPaths=/bin:/run/x", NULL,
	  CONFINED },
	{ "User=bob", "Command=/usr/bin/id\nNoExecPaths=/",
	  ":6: warning: NoExecPaths=: '/' prevents the command '/usr/bin/id' from being executed",
	  OUT },
	{ "User=bob", "AllowCommands=sftp", "no client sends; write @sftp\n", OUT },
	{ "User=bob", "AllowCommands=nosuch ...",
	  "AllowCommands=: there is no program 'nosuch'; install it", OUT },
	{ "User=bob", "AllowCommands=@shell\nAllowCommands=grep ...\nAllowCommands=id -un", NULL,
	  CONFINED },
	{ "User=bob", "AllowCommands=/usr/bin/id\nNoExecPaths=/",
	  "NoExecPaths=: '/' prevents the command '/usr/bin/id'", OUT },
	/* services */
	{ "User=bob", "Services=login",
	  ":5: warning: Services=: sshd is not listed, so logins by ssh are refused", OUT },
	{ "User=bob", "Services=sshd su nosuch",
	  "Services=: there is no PAM service 'nosuch'; correct the name", CONFINED },
	{ "User=bob", "Services=sshd su bare", "Services=: logins by bare are refused: ", CONFINED },
	{ "User=bob", "Action=deny\nMessage=closed", NULL, OUT },
	/* directives without effect beside others */
	{ "User=bob", "Action=deny\nReadOnlyPaths=/nosuch",
	  ":6: warning: ReadOnlyPaths=: has no effect beside Action=deny; remove the line", OUT },
	{ "User=bob", "Action=allow\nPrivateNetwork=no",
	  ":6: warning: PrivateNetwork=: has no effect beside Action=allow", FREE },
	{ "User=bob", "HomeSize=1G", "HomeSize=: has no effect without Home=ephemeral", CONFINED },
	{ "User=bob", "Home=empty\nHomeSize=1G", NULL, CONFINED },
	{ "User=bob", "ExecPaths=/srv", "ExecPaths=: has no effect without NoExecPaths=", CONFINED },
	{ "User=bob", "IOSchedulingClass=idle\nIOSchedulingPriority=3",
	  "IOSchedulingPriority=: has no effect with IOSchedulingClass=idle", CONFINED },
	{ "User=bob", "RestrictRealtime=yes\nLimitRTPRIO=0:0", NULL, CONFINED },
	{ "User=bob", "ReadOnlyPaths=/srv\nReadWritePaths=/srv",
	  ":6: warning: ReadWritePaths=: '/srv' has no effect, because ReadOnlyPaths= at /etc/cordon/rules.d/50-bob.conf:5 names the same path and decides",
	  CONFINED },
	{ "User=bob", "Environment=A=1 AB=2\nUnsetEnvironment=A",
	  ":5: warning: Environment=: 'A' has no effect, because UnsetEnvironment= at", CONFINED },
	/* lines that lift others */
	{ "User=bob", "ReadOnlyPaths=/srv\nReadOnlyPaths=/opt", NULL, CONFINED },
	{ "User=bob", "Profile=shut\nPrivateNetwork=no",
	  ":6: warning: PrivateNetwork=: 'no' opens what 'yes' at /etc/cordon/profiles/shut.conf:2 closes, and decides, because it is read later",
	  CONFINED },
	{ "User=bob", "Profile=shut opened",
	  "/etc/cordon/profiles/opened.conf:2: warning: PrivateNetwork=: 'no' opens what 'yes' at /etc/cordon/profiles/shut.conf:2 closes",
	  CONFINED },
	{ "User=bob", "Profile=opened shut", NULL, CONFINED },
	{ "User=bob", "Profile=shut opened\nPrivateNetwork=yes", NULL, CONFINED },
	{ "User=bob", "Profile=opened\nPrivateNetwork=yes", NULL, CONFINED },
	{ "User=bob", "Profile=opened\nInaccessiblePaths=/srv",
	  ":6: warning: InaccessiblePaths=: '/srv' does not close '/srv/cases', which ReadWritePaths= at /etc/cordon/profiles/opened.conf:3 opens: the longest path decides",
	  CONFINED },
	{ "User=bob", "Profile=shut\nReadWritePaths=/opt/cases", NULL, CONFINED },
	{ "User=bob", "Profile=opened\nReadWritePaths=\nInaccessiblePaths=/srv", NULL, CONFINED },
	/* masks of one file */
	{ "User=bob", "InaccessiblePaths=/srv/cases/seen",
	  ":5: warning: InaccessiblePaths=: when root edits '/srv/cases/seen', an editor puts a new file in its place",
	  CONFINED },
	{ "User=bob", "InaccessiblePaths=/srv/cases/shut", NULL, CONFINED },
	{ "User=bob", "BindReadOnlyPaths=/srv/cases/seen:/etc/issue",
	  ":5: warning: BindReadOnlyPaths=: when root edits '/etc/issue', an editor puts a new file in its place, and all sessions by this rule end",
	  CONFINED },
	{ "User=bob", "BindReadOnlyPaths=/srv/cases/seen:/run/seen", NULL, CONFINED },
	/* accounts, services, hosts */
	{ "User=root", "", ":1: warning: [Match] matches only 'root', whose uid is 0", FREE },
	{ "User=root 0", "", ":1: warning: [Match] matches only 'root', whose uid is 0", FREE },
	{ "Group=onlyroot", "", ":1: warning: [Match] matches only 'root', whose uid is 0", FREE },
	{ "User=bob\nService=sshd sum", "",
	  ":3: warning: Service=: there is no PAM service 'sum'; correct the name or remove it",
	  FREE },
	{ "User=bob\nService=su* sshd systemd-user cordonsh", "", NULL, CONFINED },
	{ "User=bob !alice\nNetgroup=!nosuch", "",
	  ":3: warning: Netgroup=: there is no netgroup 'nosuch', or it is empty", CONFINED },
	{ "User=bob\nRemoteHost=host.example.org", "",
	  ":3: warning: RemoteHost=: 'host.example.org' is a name, and sshd gives addresses", FREE },
	{ "User=bob\nRemoteHost=none 192.0.2.0/24 192.0.2.* 2001:db8::1", "", NULL, CONFINED },
};

static char printed[2000]; /* the output of the last login */

static enum end login(void)
{
	const struct out o =
		sh("timeout 120 su bob -c 'grep NoNewPrivs: /proc/self/status' 2>&1; id -un 2>&1");

	(void)snprintf(printed, sizeof printed, "%s", o.text); /* cut, if need be */
	return strstr(o.text, "NoNewPrivs:\t1") != NULL ? CONFINED :
	       strstr(o.text, "NoNewPrivs:\t0") != NULL ? FREE :
							  OUT;
}

static void each_warning_is_true(void **state)
{
	static const char *const words[] = { "is confined", "is left alone", "does not come in" };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct out o;
		enum end end, want;

		want = cases[i].end == ERROR ? OUT : cases[i].end;
		rule_file("50-bob", cases[i].match, cases[i].lines);
		o = sh("cordon check; echo code=$?");
		assert_says(o, cases[i].end == ERROR ? "code=1" : "code=0");
		if (cases[i].says == NULL ? strstr(o.text, "warning") != NULL :
					    strstr(o.text, cases[i].says) == NULL)
			fail_msg("%s, %s: wanted '%s', got:\n%s", cases[i].match, cases[i].lines,
				 cases[i].says != NULL ? cases[i].says : "no warning", o.text);
		assert_says(o, cases[i].end == ERROR ? "\n1 error\n" :
			       cases[i].says == NULL ? PROFILES "\n" :
						       PROFILES ", 1 warning\n");
		/* explain never says "confined" of a login that is refused */
		if (strcmp(cases[i].match, "User=bob") == 0) {
			bool told;

			o = sh("cordon explain --service su bob 2>&1 | grep -e 'warning: ' -e ': refused' -e ': not confined'");
			told = o.text[0] != '\0';
			if (want == OUT && strstr(cases[i].lines, "AllowCommands") == NULL)
				assert_says(o, " by su: refused");
			if (want == OUT ? !told : cases[i].says == NULL && told)
				fail_msg("%s: explain says:\n%s", cases[i].lines, o.text);
		}
		end = login();
		if (end != want)
			fail_msg("%s, %s: bob %s, and not: %s; su printed:\n%s%s", cases[i].match,
				 cases[i].lines, words[end], words[want], printed,
				 sh("tail -n 5 $HOST_LOG").text);
	}
}

/* The check reports a default service whose stack refuses once, and cordon-pam repairs the stack. */
static void a_default_service_that_refuses(void **state)
{
	(void)state;
	rule_file("50-bob", "User=bob", "");
	rule_file("51-carol", "User=carol", "");
	sh("cp /etc/pam.d/su /tmp/su.good; sed -i '/^session.*pam_cordon/d' /etc/pam.d/su");
	/* cordon-pam has recorded the line; su-l includes su */
	assert_says(
		sh("cordon check"),
		"PAM service 'su' has lost its session line, so logins of confined accounts are refused: ");
	assert_says(sh("cordon check"), "\n2 errors");
	sh("mv /var/lib/cordon/pam-lines /tmp");
	assert_says(sh("cordon check"), "warning: logins of confined accounts by su are refused: ");
	assert_says(sh("cordon check"), "run 'cordon-pam enable'");
	assert_says(sh("cordon check"), PROFILES ", 2 warnings\n");
	sh("mv /tmp/pam-lines /var/lib/cordon");
	assert_int_equal(login(), OUT);
	sh("cp /tmp/su.good /etc/pam.d/su; sed -i 's/^session.*required.*pam_cordon/session optional pam_cordon/' /etc/pam.d/su");
	assert_says(sh("cordon check"), "/etc/pam.d/su:");
	assert_says(sh("cordon check"), "change its control to required");
	assert_int_equal(sh("cordon-pam enable").code, 0);
	assert_says(sh("cordon check"), PROFILES "\n");
	assert_int_equal(login(), CONFINED);
	sh("rm /etc/cordon/rules.d/51-carol.conf");
}

static void rules_that_come_too_late(void **state)
{
	static const struct {
		const char *first, *second;
		bool late;
	} pairs[] = {
		{ "User=bob", "User=bob", true },
		{ "User=b*", "User=bob", true },
		{ "User=bob alice", "User=bob", true },
		{ "User=2000-2999", "User=bob", true },
		{ "User=2000-2999", "User=2001-2010", true },
		{ "User=*", "User=alice !bob", true },
		{ "Group=project", "Group=project\nService=sshd", true },
		{ "User=bob\n[Match]\nUser=alice", "User=alice", true },
		{ "User=* !alice", "User=bob !alice", true },
		{ "User=bob", "User=bob alice", false },
		{ "User=bob\nService=sshd", "User=bob", false },
		{ "User=bob !alice", "User=bob", false }, /* a user may have both names */
		{ "User=2001-2010", "User=2000-2999", false },
		{ "Group=project", "User=bob", false },
		{ "TTY=*", "TTY=none", false },
		{ "User=bob\nTime=Mon 08:00-09:00", "User=bob", false },
		{ "User=!bob", "User=bob", false },
	};
	/* what only the account database knows */
	static const struct {
		const char *first, *second, *says;
	} accounts[] = {
		{ "Group=team", "User=bob",
		  "never decides now, because earlier rules match every login of its users first: /etc/cordon/rules.d/10-a.conf:1 that of 'bob'" },
		{ "Group=team\n[Match]\nUser=alice", "User=bob alice", "every login of its users" },
		{ "User=1-60000", "Group=team", "every login of its members first" },
		{ "Group=team", "User=bob alice", NULL },
		{ "Group=team\nService=su", "User=bob", NULL },
		{ "User=bob", "Group=team", NULL }, /* dora is a member by her primary group */
		{ "Group=team !other", "User=bob\nService=sshd", "every login of its users" },
		{ "Group=team", "User=b*", NULL },
		{ "Group=team", "User=root", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		rule_none();
		rule_file("10-a", pairs[i].first, "");
		rule_file("50-bob", pairs[i].second, "");
		if ((strstr(sh("cordon check").text,
			    "50-bob.conf:1: warning: never decides, because /etc/cordon/rules.d/10-a.conf:") !=
		     NULL) != pairs[i].late)
			fail_msg("%s, then %s", pairs[i].first, pairs[i].second);
	}
	for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
		struct out o;

		rule_none();
		rule_file("10-a", accounts[i].first, "");
		rule_file("50-bob", accounts[i].second, "");
		o = sh("cordon check");
		if (accounts[i].says != NULL ? strstr(o.text, accounts[i].says) == NULL :
					       strstr(o.text, "never decides") != NULL)
			fail_msg("%s, then %s: %s", accounts[i].first, accounts[i].second, o.text);
	}
	rule_none();
}

static void files_that_are_not_read(void **state)
{
	(void)state;
	rule_none();
	assert_says(sh("cordon check"), PROFILES "\n");
	assert_int_equal(
		sh("cd /etc/cordon; touch rules.d/47-x.rule rules.d/48 rules.d/README rules.d/50-bob.conf~ "
		   "rules.d/50-bob.conf.dpkg-old rules.d/.hidden profiles/mine")
			.code,
		0);
	assert_says(
		sh("cordon check"),
		"/etc/cordon/rules.d/47-x.rule: warning: this file is ignored; rename it to 47-x.conf\n");
	assert_says(sh("cordon check"),
		    "/etc/cordon/rules.d/48: warning: this file is ignored; rename it to 48.conf\n");
	assert_says(
		sh("cordon check"),
		"/etc/cordon/profiles/mine: warning: this file is ignored; rename it to mine.conf\n");
	assert_says(sh("cordon check"), ", 3 warnings\n");
	assert_int_equal(sh("cd /etc/cordon; rm rules.d/* rules.d/.hidden profiles/mine").code, 0);
	assert_int_equal(
		sh("printf '[Session]\\nMemoryLimit=1G\\nReadOnlyPaths=/nosuch\\n' >" RULE).code, 0);
	assert_says(sh("cordon check; echo code=$?"),
		    ":2: MemoryLimit=: not a directive of cordon; write MemoryMax=");
	assert_says(sh("cordon check; echo code=$?"), "1 error\ncode=1");
	rule_file("50-bob", "User=bob\nTime=2001-02-03 09:00-12:00", "");
	assert_says(
		sh("cordon check"),
		"50-bob.conf:3: warning: Time=: '2001-02-03 09:00-12:00' is over and never matches again");
	/* a program that every confined login needs */
	rule_set("");
	assert_says(
		sh("mv /usr/libexec/cordon-keeper /tmp/; cordon check; echo code=$?; mv /tmp/cordon-keeper /usr/libexec/"),
		"/usr/libexec/cordon-keeper: cannot be executed: No such file or directory; install cordon again\n1 error");
	rule_none();
}

static int prepare(void **state)
{
	(void)state;
	return sh("printf 'auth required pam_permit.so\naccount required pam_cordon.so\nsession required pam_permit.so\n' >/etc/pam.d/bare; "
		  "useradd --badname -u 2078 2077; groupadd onlyroot; gpasswd -a root onlyroot; "
		  "groupadd team; groupadd other; usermod -aG team bob; useradd -g team dora; "
		  "mkdir -p /srv/cases /opt/cases; echo x >/srv/cases/seen; cp /srv/cases/seen /srv/cases/shut; chmod 600 /srv/cases/shut; "
		  "cd /etc/cordon/profiles; printf '[Session]\nPrivateNetwork=yes\nInaccessiblePaths=/opt\n' >shut.conf; "
		  "printf '[Session]\nPrivateNetwork=no\nReadWritePaths=/srv/cases\n' >opened.conf; chmod 644 shut.conf opened.conf")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_warning_is_true),
		cmocka_unit_test(a_default_service_that_refuses),
		cmocka_unit_test(rules_that_come_too_late),
		cmocka_unit_test(files_that_are_not_read),
	};

	return cmocka_run_group_tests_name("check", tests, prepare, NULL);
}
