/* SPDX-License-Identifier: Apache-2.0 */
/* masks_test.c - root replaces files on the host that a running session must not see or change */
#include "lib/live.h"

#include <string.h>

#define CHANNEL SSH "-o ProxyCommand=false -S /tmp/masks bob@h "

/* Begins a session that stays; further channels look into it. */
static void begin(const char *rule)
{
	assert_int_equal(
		sh("rm -rf /srv/m; mkdir -p /srv/m/dir /srv/m/w /srv/m/over; cd /srv/m; echo secret-0 | tee file dir/in >top; "
		   "echo text >w/ro; chown bob w w/ro; chmod 644 file; : >$HOST_LOG")
			.code,
		0);
	rule_set(rule);
	assert_int_equal(sh(SSH "-M -S /tmp/masks -fN bob@h").code, 0);
	assert_says(sh(CHANNEL "'echo in'"), "in\n");
}

static int clean(void **state)
{
	(void)state;
	(void)sh(SSH "-S /tmp/masks -O exit bob@h; rm -f /tmp/masks");
	return wait_gone(30) ? 0 : -1;
}

static void end(void)
{
	(void)sh(SSH "-S /tmp/masks -O exit bob@h");
	assert_true(wait_gone(30));
}

#define HIDDEN "InaccessiblePaths=/srv/m/file /srv/m/dir"
/* asks after the time that a repair takes */
#define ASK(what) \
	UNTIL("! " CHANNEL "'" what "' 2>&1 | grep -q secret") CHANNEL "'" what "' 2>&1; true"

static void hidden_again(void **state)
{
	static const char *const changes[] = {
		"sed -i s/0/1/ file",
		"rm file; cp top file",
		"mv file away; cp top file",
		"cp top new; mv new file",
		"mkdir new; cp top new/in; mv -T dir old; mv new dir",
		"rm -r dir; mkdir dir; cp top dir/in",
		"mkdir new; mv -T dir old; mv -T new dir; sleep 0.2; cp top dir/in",
		"cp -a . /srv/m.new; mv /srv/m /srv/m.old; mv /srv/m.new /srv/m",
		"rm file; ln -s top file",
		"rm -r dir; cp top dir",
		"python3 -c 'import ctypes; ctypes.CDLL(None).renameat2(-100, b\"dir\", -100, b\"new\", 2)'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		print_message("%s\n", changes[i]);
		begin(HIDDEN);
		assert_int_equal(
			sh("cd /srv/m; mkdir -p new/x; cp top new/in; [ %u = 10 ] || rm -r new; %s; sleep 0.3",
			   (unsigned)i, changes[i])
				.code,
			0);
		/* the file is hidden, or the session has ended */
		assert_silent(sh(ASK("cat /srv/m/file /srv/m/dir /srv/m/dir/in")), "secret");
		if (i < 5)
			assert_says(sh(CHANNEL "'cat /srv/m/file; cat /srv/m/dir/in; echo alive'"),
				    "alive");
		/* and once more */
		(void)sh("cd /srv/m; cp top new2; mv -T new2 file; sleep 0.3");
		assert_silent(sh(ASK("cat /srv/m/file /srv/m/dir /srv/m/dir/in")), "secret");
		if (i < 5)
			assert_says(sh("grep event= $HOST_LOG"), "view=session path=\"/srv/m/");
		end();
		assert_int_equal(sh("rm -rf /srv/m /srv/m.old").code, 0);
	}
}

/* A directory that replaces another one is watched as well. */
static void replaced_within_replaced(void **state)
{
	(void)state;
	begin("");
	end();
	assert_int_equal(
		sh("mkdir -p /srv/m/w/sub; chown root /srv/m/w; echo secret >/srv/m/w/sub/f").code,
		0);
	rule_set("InaccessiblePaths=/srv/m/w/sub/f");
	assert_int_equal(sh(SSH "-M -S /tmp/masks -fN bob@h").code, 0);
	assert_says(sh(CHANNEL "'cat /srv/m/w/sub/f' 2>&1"), "denied");
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(
			sh("cd /srv/m; cp -a w new; mv w old%u; mv new w; sleep 0.3", i).code, 0);
		assert_int_equal(
			sh("cd /srv/m/w; cp -a sub new; mv sub old%u; mv new sub; sleep 0.3", i).code,
			0);
		assert_silent(sh(ASK("cat /srv/m/w/sub/f")), "secret");
		assert_says(sh(CHANNEL "'cat /srv/m/w/sub/f; echo alive' 2>&1"), "alive");
	}
	end();
}

/* Paths that do not exist at the login, and that root makes later. */
static void made_later(void **state)
{
	(void)state;
	begin("InaccessiblePaths=-/srv/m/later -/srv/m/deep/er/file -/home/bob/own");
	assert_int_equal(
		sh("cd /srv/m; mkdir later; cp top later/in; mkdir -p deep; sleep 0.3; mkdir deep/er; sleep 0.3; cp top deep/er/file; sleep 0.3")
			.code,
		0);
	assert_silent(sh(ASK("cat /srv/m/later/in; cat /srv/m/deep/er/file")), "secret");
	/* a path of the account stays as it was at the login */
	assert_says(sh(CHANNEL
		       "'mkdir own; echo mine >own/x'; touch /etc/new; rm /etc/new; sleep 0.3; " CHANNEL
		       "'cat own/x; echo alive'"),
		    "mine\nalive");
	end();
	assert_int_equal(sh("rm -rf /home/bob/own").code, 0);
	begin("ReadWritePaths=/srv/m\nReadOnlyPaths=-/srv/m/shut");
	assert_int_equal(sh("cd /srv/m; mkdir shut open; chown bob shut open; sleep 0.3").code, 0);
	assert_int_equal(sh(UNTIL("! " CHANNEL "'touch /srv/m/shut/x' 2>/dev/null") "true").code, 0);
	assert_says(sh(CHANNEL "'touch /srv/m/open/x && echo open; touch /srv/m/shut/x' 2>&1"),
		    "open\n");
	assert_says(sh(CHANNEL "'touch /srv/m/shut/y' 2>&1"), "Read-only");
	end();
}

/* internal-sftp of sshd runs in the caller view. */
static void the_callers_view(void **state)
{
	(void)state;
	assert_int_equal(
		sh("sed 's|^Subsystem.*|Subsystem sftp internal-sftp|' /run/host/sshd_config >/run/host/internal && "
		   "/usr/sbin/sshd -f /run/host/internal -p 2226")
			.code,
		0);
	begin(HIDDEN);
	end();
	assert_says(
		sh("rm -f /tmp/got*; (echo 'get /srv/m/file /tmp/got0'; sleep 2; cd /srv/m; sed -i s/0/1/ file; mv dir old; mkdir dir; cp top dir/in; sleep 2; "
		   "echo 'get /srv/m/file /tmp/got1'; echo 'get /srv/m/dir/in /tmp/got2'; echo 'get /srv/m/top /tmp/got3') | "
		   "sftp -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -P 2226 bob@h 2>&1; ls /tmp/got*; grep -o 'event=repair.*' $HOST_LOG"),
		"view=caller path=\"/srv/m/file\"");
	assert_string_equal(sh("ls /tmp/got*").text, "/tmp/got3\n");
	assert_true(wait_gone(30));
}

static void read_only_again(void **state)
{
	(void)state;
	begin("ReadWritePaths=/srv/m/w\nReadOnlyPaths=/srv/m/w/ro");
	assert_says(sh(CHANNEL "'echo x >>/srv/m/w/ro' 2>&1"), "Read-only");
	assert_int_equal(sh("cd /srv/m/w; sed -i s/t/T/ ro; chown bob ro; sleep 0.3").code, 0);
	assert_says(sh(CHANNEL "'cat /srv/m/w/ro; echo x >>/srv/m/w/ro' 2>&1"), "Text");
	assert_says(sh(CHANNEL "'echo x >>/srv/m/w/ro' 2>&1"), "Read-only");
	end();
}

/* A mount that cannot be put back ends the session. */
static void ended(void **state)
{
	(void)state;
	begin("TemporaryFileSystem=/srv/m/over");
	assert_int_equal(
		sh("cd /srv/m; cp top over/in; sleep 0.2; mv over away; mkdir over; cp top over/in")
			.code,
		0);
	assert_true(wait_gone(30));
	assert_silent(sh(CHANNEL "'cat /srv/m/over/in' 2>&1; true"), "secret");
	assert_says(sh("cat $HOST_LOG"), "by=view");
	assert_says(sh("cat $HOST_LOG"), "path=\"/srv/m/over\"");
	(void)sh(SSH "-S /tmp/masks -O exit bob@h");
}

/* The login shell is upgraded: new channels of a session that runs start cordonsh as before. */
static void the_shell_replaced(void **state)
{
	(void)state;
	begin("");
	assert_int_equal(
		sh("cp -a /usr/bin/bash /usr/bin/bash.dpkg-new; mv /usr/bin/bash.dpkg-new /usr/bin/bash; sleep 0.3")
			.code,
		0);
	assert_says(sh(CHANNEL "'grep Seccomp: /proc/self/status'"), "Seccomp:\t2");
	assert_says(sh("grep -o 'event=repair.*' $HOST_LOG"), "/bin/bash\"");
	end();
}

/* Changes of other files neither end a session nor cause a repair. */
static void left_alone(void **state)
{
	(void)state;
	begin(HIDDEN);
	assert_int_equal(
		sh("cd /srv/m; for i in 1 2 3 4 5; do cp top n$i; mv n$i top; touch /etc/new; rm /etc/new; done; mount -t tmpfs none /opt; umount /opt; sleep 0.3")
			.code,
		0);
	assert_says(sh(CHANNEL "'cat /srv/m/top; echo alive'"), "secret-0\nalive");
	assert_silent(sh("cat $HOST_LOG"), "event=repair");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(hidden_again, clean),
		cmocka_unit_test_teardown(replaced_within_replaced, clean),
		cmocka_unit_test_teardown(made_later, clean),
		cmocka_unit_test_teardown(the_callers_view, clean),
		cmocka_unit_test_teardown(read_only_again, clean),
		cmocka_unit_test_teardown(ended, clean),
		cmocka_unit_test_teardown(the_shell_replaced, clean),
		cmocka_unit_test_teardown(left_alone, clean),
	};

	return cmocka_run_group_tests_name("masks", tests, NULL, NULL);
}
