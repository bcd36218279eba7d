/* SPDX-License-Identifier: Apache-2.0 */
/* profile_guest_test.c - a day with the guest account */
#include "lib/live.h"

#include <string.h>

static int prepare(void **state)
{
	(void)state;
	rule_file("50-guest", "User=guest", "Profile=guest");
	return sh("set -e; useradd -m -s /bin/bash guest; cp -r /home/bob/.ssh /home/guest/; chown -R guest: /home/guest;"
		  "echo welcome >/home/guest/README; chown guest: /home/guest/README; echo 'alias hi=\"echo hello\"' >>/home/guest/.bashrc;"
		  "head -c 1M /dev/zero >/home/guest/sample; chown guest: /home/guest/sample;"
		  "mkdir -p /srv/secret; echo s >/srv/secret/s; find /home/guest -type f | sort | xargs sha256sum >/tmp/skeleton")
		.code;
}

static void skeleton_untouched(void)
{
	assert_says(
		sh("find /home/guest -type f | sort | xargs sha256sum | diff /tmp/skeleton - && echo same"),
		"same");
}

static void home_is_new_each_time(void **state)
{
	(void)state;
	assert_says(as_user("guest", "cat ~/README"), "welcome");
	assert_says(as_user("guest",
			    "echo mine >~/README; echo x >~/new; rm ~/sample; echo exit >>~/.bashrc; mkdir -p ~/.config/a; "
			    "ls ~ && cat ~/README"),
		    "README\nnew\nmine");
	assert_says(
		as_user("guest", "ls ~; cat ~/README; tail -1 ~/.bashrc; ls -d ~/.config"),
		"README\nsample\nwelcome\nalias hi=\"echo hello\"\nls: cannot access '/home/guest/.config'");
	skeleton_untouched();
	/* by su as well */
	assert_says(sh("su - guest -c 'touch ~/by-su; ls ~'"), "by-su");
	assert_silent(sh("su - guest -c 'ls ~'"), "by-su");
	skeleton_untouched();
}

static void home_is_bounded(void **state)
{
	(void)state;
	assert_says(as_user("guest",
			    "head -c 300M /dev/zero >~/big; stat -c %s ~/big | sed 's/...$//'; rm ~/big && "
			    "head -c 200M /dev/zero >~/big && echo again"),
		    "No space left on device");
	assert_says(
		as_user("guest",
			"head -c 300M /dev/zero >~/big 2>/dev/null; rm ~/big && head -c 200M /dev/zero >~/big && echo again"),
		"again");
	/* files from the skeleton can be deleted even if the file system is full */
	assert_says(
		as_user("guest",
			"head -c 300M /dev/zero >~/big 2>/dev/null; rm ~/sample && echo gone; ls ~"),
		"gone\nREADME\nbig\n");
	/* and files without number */
	assert_says(as_user("guest",
			    "mkdir ~/d && cd ~/d && i=0; while [ $i -lt 60000 ] && : >$i; do i=$((i+1)); done; "
			    "cd; rm -rf ~/d && : >~/again && ls ~"),
		    "No space left on device");
	skeleton_untouched();
}

/* Directories of the skeleton can be renamed like any other, with all their files. */
static void directories_are_renamed(void **state)
{
	(void)state;
	assert_int_equal(
		sh("set -e; mkdir -p /home/guest/project/src/deep /home/guest/target; echo code >/home/guest/project/src/deep/f; chown -R guest: /home/guest/project /home/guest/target")
			.code,
		0);
	assert_says(
		as_user("guest",
			"python3 -c 'import os; os.rename(\"project\", \"renamed\"); os.rename(\"renamed/src/deep\", \"renamed/moved\"); os.rename(\"renamed\", \"target/again\")' &&"
			"cat target/again/moved/f && echo more >>target/again/moved/f && ls && mv target/again project && find project"),
		"code\nREADME\nsample\ntarget\nproject\nproject/");
	assert_says(as_user("guest", "cat project/src/deep/f; ls target"), "code\n");
	assert_int_equal(
		sh("cat /home/guest/project/src/deep/f && rm -r /home/guest/project /home/guest/target")
			.code,
		0);
	skeleton_untouched();
}

static void little_is_there(void **state)
{
	(void)state;
	assert_says(as_user("guest", "ls /srv/secret /srv"), "Permission denied");
	assert_says(as_user("guest", "ls /home"), "guest");
	assert_silent(as_user("guest", "ls /home"), "bob");
	assert_says(as_user("guest", "stat -c %U /etc/passwd"), "nobody");
	assert_int_not_equal(as_user("guest", "exec 3<>/dev/tcp/127.0.0.1/2222").code, 0);
	assert_says(as_user("guest", "ulimit -u; ulimit -n; ulimit -t"), "128\n1024\n1800");
}

/* Each leaves a mark wherever guests could meet, waits for the others, and looks. */
#define MEET \
	"echo $1 >~/mark; mkdir ~/of-$1; touch /tmp/of-$1 /var/tmp/of-$1 /dev/shm/of-$1; " \
	"python3 -c \"import socket,time; s=socket.socket(); s.bind((\\\"127.0.0.1\\\", 7000)); " \
	"u=socket.socket(1); u.bind(chr(0)+\\\"meet\\\"); time.sleep(8)\" & sleep 6; " \
	"kill -0 $! && echo bound; cat ~/mark; ls -d ~/of-* /tmp/of-* /var/tmp/of-* /dev/shm/of-* | wc -l; " \
	"pgrep -c python3; grep -c @meet /proc/net/unix; kill $!"

static void ten_at_once(void **state)
{
	(void)state;
	assert_int_equal(sh("i=0; while [ $i -lt 10 ]; do " SSH "guest@h 'set -- '$i'; " MEET
			    "' >/tmp/meet.$i 2>&1 & i=$((i+1)); done; wait")
				 .code,
			 0);
	assert_says(
		sh("i=0; while [ $i -lt 10 ]; do printf 'bound\\n%%s\\n4\\n1\\n1\\n' $i >/tmp/want; "
		   "cmp /tmp/want /tmp/meet.$i && echo alone || cat /tmp/meet.$i; i=$((i+1)); done | sort | uniq -c"),
		"10 alone");
	assert_true(wait_gone(20));
	skeleton_untouched();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home_is_new_each_time),
		cmocka_unit_test(home_is_bounded),
		cmocka_unit_test(directories_are_renamed),
		cmocka_unit_test(little_is_there),
		cmocka_unit_test(ten_at_once),
	};

	return cmocka_run_group_tests_name("profile guest", tests, prepare, NULL);
}
