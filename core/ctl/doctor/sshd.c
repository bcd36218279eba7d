/* SPDX-License-Identifier: Apache-2.0 */
/* sshd.c - the configuration of sshd as sshd itself reads it, globally and for single users */
#include "ctl/doctor/doctor.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CONFIG "/etc/ssh/sshd_config"
#define RELOAD "; then run 'systemctl reload ssh' or restart sshd"

static const char *const programs[] = { "/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd" };

static const char *find_sshd(void)
{
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		if (access(programs[i], X_OK) == 0)
			return programs[i];
	return NULL;
}

/* The value of a keyword, which `sshd -T` prints in lower case; NULL: it has none. */
static const char *value(const char *text, const char *key, char *buf, size_t size)
{
	const size_t len = strlen(key);

	for (const char *line = text; *line != '\0';
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, key, len) == 0 && line[len] == ' ') {
			(void)snprintf(buf, size, "%.*s", (int)strcspn(line + len + 1, "\n"),
				       line + len + 1); /* cut: only compared with words */
			return buf;
		}
	return NULL;
}

static bool is(const char *text, const char *key, const char *wanted)
{
	char buf[256];
	const char *v = value(text, key, buf, sizeof buf);

	return v != NULL && strcasecmp(v, wanted) == 0;
}

static void look_globally(struct doctor *d, const char *text)
{
	char buf[256];
	const char *v;

	if (is(text, "usepam", "no"))
		doctor_find(
			d, LEVEL_DANGER, CONFIG, 0, "write UsePAM yes" RELOAD,
			"UsePAM is no, so sshd opens no PAM session, and no login by ssh is confined");
	v = value(text, "permituserenvironment", buf, sizeof buf);
	if (v != NULL && strcasecmp(v, "no") != 0)
		doctor_find(
			d, LEVEL_DANGER, CONFIG, 0, "write PermitUserEnvironment no" RELOAD,
			"PermitUserEnvironment is %s, so a user sets variables that allowed commands obey",
			v);
	v = value(text, "subsystem", buf, sizeof buf);
	if (v != NULL && strstr(v, "internal-sftp") != NULL)
		doctor_find(
			d, LEVEL_ADVICE, CONFIG, 0,
			"write Subsystem sftp /usr/lib/openssh/sftp-server where these matter" RELOAD,
			"Subsystem sftp is internal-sftp, which has neither UMask=, limits nor the whole system-call filter of a rule");
}

static void look_for_user(struct doctor *d, const struct host_user *u, const char *text)
{
	char buf[256];
	const char *v;

	if (u->host_network && is(text, "disableforwarding", "no") &&
	    !is(text, "allowtcpforwarding", "no") && is(text, "permitopen", "any"))
		doctor_find(
			d, u->addresses ? LEVEL_DANGER : LEVEL_ADVICE, u->file, u->line,
			"write AllowTcpForwarding no or PermitOpen for the user in " CONFIG,
			u->addresses ?
				"sshd forwards ports for '%s' to all that the host reaches, also to what IPAddressDeny= of the rule denies" :
				"sshd forwards ports for '%s', whose rule has PrivateNetwork=no, to all that the host reaches",
			u->name);
	v = value(text, "chrootdirectory", buf, sizeof buf);
	if (v != NULL && strcmp(v, "none") != 0)
		doctor_find(
			d, LEVEL_BROKEN, CONFIG, 0,
			"remove ChrootDirectory for the user, or write RootDirectory= in the rule",
			"ChrootDirectory is %s for '%s', and a session finds no cordonsh there", v,
			u->name);
	v = value(text, "forcecommand", buf, sizeof buf);
	if (v != NULL && strcmp(v, "none") != 0)
		doctor_find(
			d, LEVEL_ADVICE, CONFIG, 0,
			"see whether 'cordon explain --command' with this command admits it",
			"ForceCommand is '%.100s' for '%s', and AllowCommands= and Command= of the rule apply to it",
			v, u->name);
}

/* Runs `sshd -T`; NULL, after a finding, if it fails. */
static char *ask(struct doctor *d, const char *sshd, const char *spec)
{
	const char *const argv[] = { sshd, "-T", spec != NULL ? "-C" : NULL, spec, NULL };
	cleanup_free char *text = NULL;
	char error[512];
	int code = 0;
	const int r = doctor_run(argv, &text, error, sizeof error, &code);

	if (r == 0 && code == 0)
		return take_ptr(&text);
	error[strcspn(error, "\r\n")] = '\0';
	/* a host without a running sshd lacks its directory or its keys */
	doctor_find(d, LEVEL_ADVICE, CONFIG, 0, "run 'sshd -T' as root, and mend what it reports",
		    "the configuration of sshd is not known, because 'sshd -T' failed: %s",
		    r < 0 ? strerror(-r) : error);
	return NULL;
}

void doctor_sshd(struct doctor *d)
{
	const char *sshd = find_sshd();
	cleanup_free char *all = NULL;

	if (sshd == NULL)
		return;
	all = ask(d, sshd, NULL);
	if (all == NULL)
		return;
	look_globally(d, all);
	if (!services_have(&d->reached, "sshd"))
		return;
	if (d->left_out > 0)
		doctor_find(
			d, LEVEL_ADVICE, CONFIG, 0,
			"compare 'sshd -T -C user=NAME' of the others with that of these",
			"sshd was asked about the first %zu users that rules name, and not about %zu more",
			d->n_users, d->left_out);
	for (size_t i = 0; i < d->n_users; i++) {
		char spec[sizeof d->users[i].name + 48];
		cleanup_free char *text = NULL;

		(void)snprintf(spec, sizeof spec, "user=%s,host=localhost,addr=127.0.0.1",
			       d->users[i].name); /* fits */
		text = ask(d, sshd, spec);
		if (text != NULL)
			look_for_user(d, &d->users[i], text);
	}
}
