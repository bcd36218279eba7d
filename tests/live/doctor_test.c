/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_test.c - break one thing of the host after the other, and read what cordon doctor says */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define RULE	   "/etc/cordon/rules.d/50-bob.conf"
#define SSHD	   "/etc/ssh/sshd_config"
#define PAM_ENABLE "cordon-pam enable"

static void a_healthy_host(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh("mkdir -p /run/sshd; cordon doctor").code, 0);
	assert_silent(sh("cordon doctor"), "danger");
	assert_silent(sh("cordon doctor"), "broken");
	assert_says(sh("cordon doctor"), " probes, ");
	assert_int_equal(sh("cordon check").code, 0);
	assert_silent(sh("cordon list"), "PAM");
	/* a session that runs is no leftover */
	assert_silent(
		sh("su bob -c 'sleep 60' & " UNTIL(
			"cordon list 2>&1 | grep -q bob") "cordon doctor; cordon kill --user bob; wait"),
		"sessions/2001");
}

/* What is broken, what doctor says about it, with the remedy, and how the host is mended. */
static const struct {
	const char *broken;
	int code;
	const char *level, *problem, *remedy;
	const char *mend;
} cases[] = {
	/* PAM */
	{ "sed -i '/^session.*pam_cordon/d' /etc/pam.d/su", 1, "broken: ",
	  "PAM service 'su' has lost its session line, so logins of confined accounts are refused",
	  "run 'cordon-pam enable'", PAM_ENABLE },
	{ "sed -i /pam_cordon/d /etc/pam.d/common-account", 1, "danger: ",
	  "PAM service 'sshd' has lost its account line", "run 'cordon-pam enable'", PAM_ENABLE },
	{ "sed -i /pam_cordon/d /etc/pam.d/common-account; cp /etc/pam.d/atd /etc/pam.d/vsftpd", 1,
	  "danger: ", "PAM service 'vsftpd' admits confined accounts without confining them",
	  "run 'cordon-pam enable'", "rm /etc/pam.d/vsftpd; " PAM_ENABLE },
	{ "sed -i '1i session sufficient pam_permit.so' /etc/pam.d/su", 1,
	  "broken: /etc/pam.d/su:1: ", "can end the stack before pam_cordon.so", "",
	  "sed -i 1d /etc/pam.d/su" },
	{ "sed -i 's/^session.*required.*pam_cordon/session optional pam_cordon/' /etc/pam.d/su", 1,
	  "broken: /etc/pam.d/su:", "'su' has lost its session line",
	  "change its control to required", PAM_ENABLE },
	{ "cp -a /etc/pam.d /tmp/pam.d; sed -i /pam_cordon/d /etc/pam.d/*", 1,
	  "danger: ", "pam_cordon is in no PAM stack, so no login is confined",
	  "run 'cordon-pam enable'", PAM_ENABLE },
	{ "echo 'session optional pam_umask.so' >>/etc/pam.d/su", 0,
	  "advice: /etc/pam.d/su:", "the line follows that of pam_cordon, so it runs in the session",
	  "or run 'cordon-pam enable'", PAM_ENABLE },
	/* no rule names cron, so nobody is refused */
	{ "sed -i '/^session.*pam_cordon/d' /etc/pam.d/cron", 0, "advice: ",
	  "PAM service 'cron' has lost its session line, and its other line still closes it",
	  "or 'cordon doctor --record' if the line was removed on purpose", PAM_ENABLE },
	{ "cp /etc/pam.d/su /etc/pam.d/su.dpkg-old; sed -i '/^session.*pam_cordon/d' /etc/pam.d/su",
	  1, "broken: /etc/pam.d/su: ", "the line of pam_cordon in /etc/pam.d/su.dpkg-old is lost",
	  "then remove the old file", "rm /etc/pam.d/su.dpkg-old; " PAM_ENABLE },
	/* sshd */
	{ "sed -i 's/^UsePAM.*/UsePAM no/' " SSHD, 1, "danger: " SSHD ": ", "UsePAM is no",
	  "write UsePAM yes", "sed -i 's/^UsePAM.*/UsePAM yes/' " SSHD },
	{ "sed -i '1i PermitUserEnvironment yes' " SSHD, 1, "danger: ",
	  "PermitUserEnvironment is yes", "write PermitUserEnvironment no", "sed -i 1d " SSHD },
	{ "printf 'Match User bob\\nChrootDirectory /srv\\nForceCommand /bin/date\\n' >>" SSHD, 1,
	  "broken: ", "ChrootDirectory is /srv for 'bob'", "write RootDirectory= in the rule",
	  "sed -i '/^Match User bob/,$d' " SSHD },
	{ "echo Nonsense >>" SSHD, 0, "advice: ", "'sshd -T' failed: ", "run 'sshd -T' as root",
	  "sed -i '$d' " SSHD },
	{ "echo PrivateNetwork=no >>" RULE, 0, "advice: " RULE ":", "sshd forwards ports for 'bob'",
	  "write AllowTcpForwarding no", "sed -i '$d' " RULE },
	{ "mount -t cgroup2 none /sys/fs/cgroup; printf 'PrivateNetwork=no\\nIPAddressDeny=any\\n' >>" RULE,
	  1, "danger: " RULE ":", "also to what IPAddressDeny= of the rule denies",
	  "write AllowTcpForwarding no", "sed -i '/^PrivateNetwork/,$d' " RULE },
	{ "for i in $(seq 40); do echo many$i:x:$((2500+i)):100::/:/bin/sh; done >>/etc/passwd; "
	  "for i in $(seq 40); do printf '[Match]\\nUser=many%d\\n' $i; done >/etc/cordon/rules.d/60-many.conf; echo '[Session]' >>/etc/cordon/rules.d/60-many.conf",
	  0, "advice: ",
	  "sshd was asked about the first 32 users that rules name, and not about 9 more",
	  "compare 'sshd -T -C user=NAME'",
	  "rm /etc/cordon/rules.d/60-many.conf; sed -i /^many/d /etc/passwd" },
	{ "sed -i 's|^Subsystem.*|Subsystem sftp internal-sftp|' " SSHD, 0, "advice: ",
	  "Subsystem sftp is internal-sftp", "write Subsystem sftp /usr/lib/openssh/sftp-server",
	  "sed -i 's|^Subsystem.*|Subsystem sftp /usr/lib/openssh/sftp-server|' " SSHD },
	/* files */
	{ "chmod g+w /usr/libexec/cordon-login", 1,
	  "danger: /usr/libexec/cordon-login: ", "is writable by group or others",
	  "run 'chmod go-w /usr/libexec/cordon-login'", "chmod 755 /usr/libexec/cordon-login" },
	{ "chown bob /usr/bin/cordonsh", 1, "danger: /usr/bin/cordonsh: ", "is owned by uid 2001",
	  "run 'chown root: /usr/bin/cordonsh'", "chown root:root /usr/bin/cordonsh" },
	{ "chmod 700 /usr/bin/cordonsh", 1,
	  "broken: /usr/bin/cordonsh: ", "has mode 0700 in place of 0755",
	  "run 'chmod 0755 /usr/bin/cordonsh'", "chmod 755 /usr/bin/cordonsh" },
	{ "chmod 4755 /usr/bin/cordon", 1, "danger: /usr/bin/cordon: ", "is set-user-ID",
	  "run 'chmod 0755 /usr/bin/cordon'", "chmod 755 /usr/bin/cordon" },
	{ "mv /usr/libexec/cordon-keeper /tmp", 1, "broken: /usr/libexec/cordon-keeper: ",
	  "is missing", "install cordon again", "mv /tmp/cordon-keeper /usr/libexec" },
	{ "mv /usr/share/man/man1/cordon.1 /tmp", 0, "advice: /usr/share/man/man1/cordon.1: ",
	  "is missing", "install cordon again", "mv /tmp/cordon.1 /usr/share/man/man1" },
	{ "gzip /usr/share/man/man1/cordon.1", 0, NULL, "", "",
	  "gunzip /usr/share/man/man1/cordon.1.gz" },
	{ "chmod 777 /usr/libexec", 1, "danger: /usr/libexec: ", "is writable by group or others",
	  "run 'chmod go-w /usr/libexec'", "chmod 755 /usr/libexec" },
	{ "chmod 777 /etc/pam.d", 1, "danger: /etc/pam.d: ", "is writable by group or others",
	  "run 'chmod go-w /etc/pam.d'", "chmod 755 /etc/pam.d" },
	{ "touch /usr/libexec/cordon-login.cordon-new", 0,
	  "advice: ", "an interrupted installation or cordon-pam has left this file", "remove it",
	  "rm /usr/libexec/cordon-login.cordon-new" },
	{ "touch /etc/pam.d/sshd.dpkg-dist", 0,
	  "advice: /etc/pam.d/sshd.dpkg-dist: ", "a package has a newer version of this file",
	  "merge it by hand", "rm /etc/pam.d/sshd.dpkg-dist" },
	/* rules and names */
	{ "printf '[Match]\\nUser=bbo\\n[Session]\\n' >/etc/cordon/rules.d/60-x.conf", 1,
	  "danger: /etc/cordon/rules.d/60-x.conf:2: ", "User=: there is no user 'bbo'",
	  "did you mean 'bob'?", "rm /etc/cordon/rules.d/60-x.conf" },
	{ "printf '[Match]\\nGroup=nosuchgroup\\n[Session]\\n' >/etc/cordon/rules.d/60-x.conf", 1,
	  "danger: ", "Group=: there is no group 'nosuchgroup'",
	  "correct the name or create the group", "rm /etc/cordon/rules.d/60-x.conf" },
	{ "chmod 666 " RULE, 1, "broken: " RULE ": ", "is writable by group or others", "",
	  "chmod 644 " RULE },
	{ "echo NoSuchDirective=1 >>" RULE, 1, "broken: " RULE ":", "NoSuchDirective", "",
	  "sed -i '$d' " RULE },
	{ "echo 'taken:x:2147483700:2147483700::/:/bin/sh' >>/etc/passwd", 1, "broken: ", "taken",
	  "OwnerIDs=", "sed -i '$d' /etc/passwd" },
	{ "sed -i 's/^passwd:.*/passwd: files nosuch [UNAVAIL=return]/; s/^group:.*/group: nosuch/' /etc/nsswitch.conf",
	  1, "broken: /etc/nsswitch.conf: ", "a source of 'group' does not answer",
	  "correct the line 'group:'",
	  "sed -i 's/^passwd:.*/passwd: files/; s/^group:.*/group: files/' /etc/nsswitch.conf" },
	/* servers */
	{ "mkdir -p /etc/proftpd/conf.d; echo '#AuthOrder mod_auth_pam.c* mod_auth_unix.c' >/etc/proftpd/proftpd.conf",
	  1, "danger: /etc/proftpd/proftpd.conf: ", "ProFTPD admits accounts that PAM refuses",
	  "write AuthOrder mod_auth_pam.c* mod_auth_unix.c",
	  "echo 'AuthOrder mod_auth_pam.c* mod_auth_unix.c' >/etc/proftpd/conf.d/cordon.conf" },
	{ "mkdir /etc/jupyterhub; echo '# c.PAMAuthenticator.service' >/etc/jupyterhub/jupyterhub_config.py",
	  0, "advice: /etc/jupyterhub/jupyterhub_config.py: ",
	  "JupyterHub logs in by the PAM service login", "write c.PAMAuthenticator.service",
	  "echo \"c.PAMAuthenticator.service = 'jupyterhub'\" >/etc/jupyterhub/jupyterhub_config.py" },
	{ "mkdir -p /etc/pure-ftpd/conf; echo yes >/etc/pure-ftpd/conf/UnixAuthentication", 1,
	  "danger: /etc/pure-ftpd/conf/UnixAuthentication:1: ",
	  "Pure-FTPd reads the password file itself", "write no,",
	  "echo no >/etc/pure-ftpd/conf/UnixAuthentication" },
	{ "echo '  UnixAuthentication yes' >/etc/pure-ftpd/pure-ftpd.conf", 1,
	  "danger: /etc/pure-ftpd/pure-ftpd.conf:1: ", "Pure-FTPd reads the password file itself",
	  "write UnixAuthentication no", "rm -r /etc/pure-ftpd" },
	{ "mkdir /etc/samba; cp /bin/true /usr/sbin/smbd; printf '[global]\n# obey pam restrictions = yes\n' >/etc/samba/smb.conf",
	  1, "danger: /etc/samba/smb.conf: ", "Samba does not ask PAM",
	  "write obey pam restrictions = yes",
	  "echo 'Obey PAMRestrictions=Yes' >>/etc/samba/smb.conf" },
	{ "echo 'obey pam restrictions = no' >>/etc/samba/smb.conf", 1,
	  "danger: /etc/samba/smb.conf:4: ", "Samba does not ask PAM",
	  "write obey pam restrictions = yes", "rm -r /etc/samba" },
	{ "mkdir -p /etc/dovecot/conf.d; printf 'passdb {\n  driver = pam\n}\nuserdb {\n  driver = passwd\n}\npassdb {\n  driver = shadow\n}\n' >/etc/dovecot/conf.d/auth-system.conf.ext",
	  1, "danger: /etc/dovecot/conf.d/auth-system.conf.ext:8: ",
	  "Dovecot reads the password file itself", "write driver = pam",
	  "sed -i s/shadow/passwd-file/ /etc/dovecot/conf.d/*" },
	{ "cp /bin/true /usr/sbin/tinysshd", 1, "danger: /usr/sbin/tinysshd: ",
	  "TinySSH does not ask PAM", "see WITHOUT PAM in cordonsh(8)", "rm /usr/sbin/tinysshd" },
	{ "mkdir -p /etc/postfix; echo 'allow_mail_to_files = alias' >/etc/postfix/main.cf", 1,
	  "danger: /etc/postfix/main.cf: ", "Postfix starts programs that ~/.forward",
	  "write allow_mail_to_commands = alias",
	  "echo 'allow_mail_to_commands = alias' >>/etc/postfix/main.cf" },
	{ "printf 'allow_mail_to_commands = alias,\n# x\n  include\n' >>/etc/postfix/main.cf", 1,
	  "danger: /etc/postfix/main.cf:3: ", "Postfix starts programs that ~/.forward",
	  "write allow_mail_to_commands = alias", "rm -r /etc/postfix" },
	{ "mkdir -p /etc/exim4; printf 'userforward:\n  file = $home/.forward\n# forbid_pipe\n' >/etc/exim4/exim4.conf",
	  1, "danger: /etc/exim4/exim4.conf:2: ", "Exim starts programs that ~/.forward",
	  "write forbid_pipe to the router userforward",
	  "echo '  forbid_pipe' >>/etc/exim4/exim4.conf" },
	{ "mkdir -p /etc/jupyterhub/config/jupyterhub_config.d; echo \"c.JupyterHub.authenticator_class = 'x.OAuthenticator'\" >/etc/jupyterhub/config/jupyterhub_config.d/config.py",
	  0, "advice: /etc/jupyterhub/jupyterhub_config.py: ", "does not ask PAM who may log in",
	  "set c.JupyterHub.spawner_class",
	  "echo \"c.JupyterHub.spawner_class = 'cordonspawner.CordonSpawner'\" >>/etc/jupyterhub/config/jupyterhub_config.d/config.py" },
	/* leftovers */
	{ "mkdir -p /run/cordon/sessions/2001; python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(\"/run/cordon/sessions/2001/0123456789abcdef\")'",
	  0, "advice: /run/cordon/sessions/2001/0123456789abcdef: ",
	  "the keeper of this session was killed", "run 'cordon list'", "cordon list" },
};

static void each_thing_once(void **state)
{
	(void)state;
	rule_set("");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct out o = sh("{ %s; } >/dev/null 2>&1; cordon doctor", cases[i].broken);
		const char *at = cases[i].level == NULL ? NULL : strstr(o.text, cases[i].problem);
		char line[2048] = "";

		if (at != NULL) {
			while (at > o.text && at[-1] != '\n')
				at--;
			(void)snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
		}
		if (o.code != cases[i].code ||
		    (cases[i].level != NULL && (strstr(line, cases[i].level) != line || at == NULL ||
						strstr(line, cases[i].remedy) == NULL)))
			fail_msg("%s: exit status %d, expected %d:\n%s", cases[i].broken, o.code,
				 cases[i].code, o.text);
		o = sh("{ %s; } >/dev/null; cordon doctor", cases[i].mend);
		if (o.code != 0 || (cases[i].level != NULL && cases[i].problem[0] != '\0' &&
				    strstr(o.text, cases[i].problem) != NULL))
			fail_msg("%s, mended: exit status %d:\n%s", cases[i].broken, o.code, o.text);
	}
}

/* PAM refuses the account, and the server admits it. */
static void explain_names_servers(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh("cordon explain bob").code, 0);
	assert_int_equal(
		sh("rm -rf /etc/proftpd; mkdir /etc/proftpd; cp /dev/null /etc/proftpd/proftpd.conf; cordon explain --service proftpd bob >/tmp/explained")
			.code,
		1);
	assert_says(
		sh("cat /tmp/explained"),
		"open: /etc/proftpd/proftpd.conf: mod_auth_pam is not authoritative, so ProFTPD admits accounts that PAM refuses");
	assert_int_equal(sh("cordon explain bob").code, 1);
	assert_says(
		sh("cordon explain --json bob | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"open\"])'"),
		"ProFTPD");
	assert_int_equal(sh("cordon explain eve").code, 0); /* no rule confines eve */
	assert_int_equal(sh("rm -r /etc/proftpd; cordon explain bob").code, 0);
}

/* A lost line is said by all three commands, and in the log. */
static void a_lost_line_is_loud(void **state)
{
	(void)state;
	rule_set("");
	for (unsigned i = 0; i < 2; i++) {
		static const char *const file[] = { "su", "common-account" };
		static const char *const said[] = { "PAM service 'su' has lost its session line",
						    "PAM service 'su' has lost its account line" };

		assert_int_equal(sh("sed -i /pam_cordon/d /etc/pam.d/%s", file[i]).code, 0);
		assert_says(sh("cordon check; echo rc=$?"), said[i]);
		assert_says(sh("cordon check; echo rc=$?"), "rc=1");
		assert_says(sh("cordon list"), said[i]);
		assert_silent(sh("cordon list --json 2>/dev/null"), "PAM");
		assert_silent(sh("setpriv --reuid bob --regid bob --clear-groups cordon list"),
			      "PAM");
		assert_int_equal(sh(": >$HOST_LOG; cordon doctor --log").code, 1);
		assert_says(sh(UNTIL("grep -q \"%s\" $HOST_LOG") "cat $HOST_LOG", said[i]), said[i]);
		assert_says(sh("cat $HOST_LOG"), "event=doctor level=");
		assert_says(sh("/etc/cron.daily/cordon-doctor; echo rc=$?"), "rc=1");
		assert_says(sh("/etc/cron.daily/cordon-doctor"), said[i]);
		/* where systemd runs, its timer does the same */
		assert_says(
			sh("mkdir -p /run/systemd/system; /etc/cron.daily/cordon-doctor; echo rc=$?; rmdir /run/systemd/system"),
			"rc=0");
		assert_int_equal(sh("cordon-pam enable; cordon check").code, 0);
		assert_silent(sh("cordon list"), "PAM");
		assert_silent(sh("/etc/cron.daily/cordon-doctor"), "danger");
	}
}

/* A package replaces the files of su and cron, as dpkg does with --force-confnew. */
static void a_service_keeps_its_record(void **state)
{
	(void)state;
	rule_set("Services=sshd su cron");
	assert_says(sh("cat /var/lib/cordon/pam-lines"), "session cron\n");
	assert_int_equal(
		sh("cordon doctor >/dev/null; cp /etc/pam.d/cron /tmp; printf 'account required pam_unix.so\\nsession required pam_unix.so\\n' >/etc/pam.d/cron")
			.code,
		0);
	assert_says(sh("cordon doctor"), "danger: PAM service 'cron' ");
	assert_says(sh("cordon doctor"),
		    "PAM service 'cron' admits confined accounts without confining them");
	/* it was meant */
	assert_int_equal(sh("cordon doctor --record").code, 0);
	assert_silent(sh("cordon doctor"), "'cron' has lost");
	assert_silent(sh("cat /var/lib/cordon/pam-lines"), "cron");
	/* what comes back is recorded by itself */
	assert_int_equal(
		sh("cp /tmp/cron /etc/pam.d; cordon doctor; grep cron /var/lib/cordon/pam-lines").code,
		0);
	/* a record that a user could have written is none */
	assert_int_equal(sh("chown bob /var/lib/cordon/pam-lines").code, 0);
	assert_int_equal(sh("sed -i '/^session.*pam_cordon/d' /etc/pam.d/su; cordon doctor").code,
			 1);
	assert_int_equal(
		sh("chown root /var/lib/cordon/pam-lines; cordon-pam enable; cordon doctor").code,
		0);
	assert_int_equal(sh("cordon-pam disable; cat /var/lib/cordon/pam-lines").code, 0);
	assert_silent(sh("cat /var/lib/cordon/pam-lines"), "s");
	/* without a rule, nobody is in danger */
	rule_none();
	assert_int_equal(sh("cordon doctor").code, 0);
	assert_says(sh("cordon doctor"), "advice: pam_cordon is in no PAM stack");
	assert_int_equal(sh("cordon-pam enable").code, 0);
}

static void the_output(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("cordon doctor --json | python3 -c 'import json,sys; d=json.load(sys.stdin); assert d[\"version\"] == 1 and d[\"healthy\"] and d[\"danger\"] == 0'")
			.code,
		0);
	assert_int_equal(
		sh("chmod 777 /usr/bin/cordonsh; cordon doctor --json >/tmp/json; code=$?; chmod 755 /usr/bin/cordonsh; "
		   "python3 -c 'import json; d=json.load(open(\"/tmp/json\")); f=d[\"findings\"][0]; assert not d[\"healthy\"] and d[\"danger\"] == 1 and "
		   "f[\"level\"] == \"danger\" and f[\"probe\"] == \"files\" and f[\"file\"] == \"/usr/bin/cordonsh\" and f[\"remedy\"] == \"run \\\"chmod go-w /usr/bin/cordonsh\\\"\".replace(\"\\\"\", chr(39))'; "
		   "[ $code = 1 ]")
			.code,
		0);
	assert_int_equal(sh("cordon doctor x").code, 2);
	assert_int_equal(sh("cordon doctor --nonsense").code, 2);
	assert_int_equal(sh("setpriv --reuid bob --regid bob --clear-groups cordon doctor").code, 2);
	/* it changes nothing but its record */
	assert_int_equal(
		sh("find /etc /run/cordon -newer /tmp/json -type f >/tmp/a; cordon doctor >/dev/null; find /etc /run/cordon -newer /tmp/json -type f | cmp - /tmp/a")
			.code,
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_host),
		cmocka_unit_test(each_thing_once),
		cmocka_unit_test(explain_names_servers),
		cmocka_unit_test(a_lost_line_is_loud),
		cmocka_unit_test(a_service_keeps_its_record),
		cmocka_unit_test(the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
