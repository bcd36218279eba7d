/* life_test.c - how sessions end, and what is left of them: nothing */
#include "lib/live.h"

#include <string.h>
#include <unistd.h>

/* What the host has of mounts, namespaces' holders, files of ours. */
#define TRACES                                                                                     \
	"wc -l </proc/self/mountinfo; ls /run/cordon 2>&1; pgrep -c cordon-session; "                  \
	"find /boot /etc /home /opt /root /run /srv /usr /var -xdev -newer /tmp/mark "                  \
	"-path '*cordon*' -not -path '/run/host/*' 2>/dev/null"

static char before[65536];

static int mark(void **state)
{
	(void)state;
	rule_set("");
	(void)sh("touch /tmp/mark");
	strncpy(before, sh(TRACES).text, sizeof before - 1);
	return 0;
}

static void nothing_left(void)
{
	assert_true(wait_gone(5));
	assert_string_equal(sh(TRACES).text, before);
}

static void logout(void **state)
{
	(void)state;
	assert_int_equal(as_bob("setsid nohup sleep 1000 >/dev/null 2>&1 & sleep 1001 >/dev/null 2>&1 & exit 0").code, 0);
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
	assert_int_equal(sh("su bob -c 'setsid sleep 1000 >/dev/null 2>&1 &'").code, 0);
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

static void connection_dropped(void **state)
{
	(void)state;
	(void)sh(SSH "bob@h 'sleep 1000' & sleep 0.7; kill -9 $!");
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

static void sshd_killed(void **state)
{
	(void)state;
	(void)sh(SSH "bob@h 'sleep 1000' & sleep 0.7; pkill -9 -f 'sshd: bob .priv.'; wait");
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
}

static void keeper_killed(void **state)
{
	(void)state;
	(void)sh(SSH "bob@h 'sleep 1000' & sleep 0.7; pkill -9 -x -o cordon-session; wait");
	nothing_left();
	assert_int_equal(sh("pgrep -x sleep").code, 1);
	/* at moments of the set-up: refused or confined, never loose, and nothing stays */
	for (unsigned i = 1; i <= 25; i++) {
		struct out o = sh("(sleep 0.%03u; pkill -9 -x cordon-session) & " SSH
				  "bob@h 'grep -c Seccomp:.2 /proc/self/status; id -u'; wait", i * 6);

		assert_true(strstr(o.text, "2001") == NULL || strstr(o.text, "1\n2001") != NULL);
		assert_true(wait_gone(5));
	}
	nothing_left();
}

static void account_only(void **state)
{
	(void)state;
	(void)sh("printf 'auth sufficient pam_permit.so\\naccount required pam_cordon.so\\n' >/etc/pam.d/sshd-account");
	assert_int_equal(sh("pamtester sshd bob acct_mgmt").code, 0);
	nothing_left();
}

static void module_reached_twice(void **state)
{
	(void)state;
	assert_int_equal(sh("cp /etc/pam.d/su /tmp/su.pam; echo 'session required pam_cordon.so' >>/etc/pam.d/su").code, 0);
	assert_says(sh("su - bob -c 'id -un'"), "bob");
	assert_int_equal(sh("cp /tmp/su.pam /etc/pam.d/su").code, 0);
	nothing_left();
}

static void nothing_capable(void **state)
{
	(void)state;
	(void)sh(SSH "-f bob@h 'sleep 3'; sleep 0.5");
	assert_string_equal(sh("getcap -r / 2>/dev/null | grep -i cordon; "
			       "find / -xdev -perm /6000 -name '*cordon*' 2>/dev/null").text, "");
	(void)sh("pkill -x sleep");
	nothing_left();
}

static void many_at_once(void **state)
{
	(void)state;
	assert_says(sh("i=0; while [ $i -lt 20 ]; do " SSH "bob@h 'grep Seccomp: /proc/self/status' & i=$((i+1)); done; wait"),
		    "Seccomp:\t2");
	assert_says(sh("i=0; n=0; while [ $i -lt 20 ]; do " SSH "bob@h 'echo yes' >/tmp/o.$i & i=$((i+1)); done; wait; "
		       "cat /tmp/o.* | grep -c yes"), "20");
	nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(logout, mark),
		cmocka_unit_test_setup(connection_dropped, mark),
		cmocka_unit_test_setup(sshd_killed, mark),
		cmocka_unit_test_setup(keeper_killed, mark),
		cmocka_unit_test_setup(account_only, mark),
		cmocka_unit_test_setup(module_reached_twice, mark),
		cmocka_unit_test_setup(nothing_capable, mark),
		cmocka_unit_test_setup(many_at_once, mark),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
