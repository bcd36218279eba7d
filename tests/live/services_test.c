/* services_test.c - services of the host that a login asks and that don't answer: names, logs, files */
#include "lib/live.h"

#include <string.h>

#define FAST(command) "timeout 12 " command

/* A name service that is slow about groups holds up those alone whose rules ask about them. */
static void slow_groups(void **state)
{
	(void)state;
	assert_int_equal(sh("cp $HOST_BUILD/tests/live/module/libnss_slow.so.2 $(dirname $(ldd /bin/true | sed -n 's/.*=> \\(.*libc.so.6\\).*/\\1/p'))/ && "
			    "cp /etc/nsswitch.conf /run/host/nsswitch && sed -i -E 's/^group:.*/group: slow files/' /etc/nsswitch.conf").code, 0);
	rule_set("");
	assert_says(as_bob("id -Gn"), "bob project"); /* it is asked, and at once */
	assert_int_equal(sh("echo 60 >/run/host/slow").code, 0);
	rule_none();
	rule_file("10-bob", "User=bob", "Action=allow");
	rule_file("20-all", "Group=project", "");
	assert_says(sh(FAST(SSH "bob@h 'echo in; grep Seccomp: /proc/self/status'")), "in\nSeccomp:\t0\n");
	assert_says(sh(FAST("su bob -c 'echo in'")), "in\n");
	assert_says(sh(FAST("su eve -c 'echo in' & ") "su alice -c 'echo in'; wait; grep -a event=deny $HOST_LOG | tail -n 1"),
		    "the name service didn't tell the groups of the user within 15 seconds");
	rule_none();
	rule_set("Action=deny");
	assert_says(sh(": >$HOST_LOG; " FAST("su bob -c 'echo in'") "; cat $HOST_LOG"), "event=deny");
	rule_set("");
	assert_says(sh(": >$HOST_LOG; su bob -c 'echo in'; cat $HOST_LOG"),
		    "why=\"the name service didn't tell the groups of the user within 15 seconds; see nsswitch.conf(5)\"");
	assert_int_equal(sh("echo 3 >/run/host/slow").code, 0);
	assert_says(sh("su bob -c 'id -Gn'"), "bob project");
	assert_int_equal(sh("cp /run/host/nsswitch /etc/nsswitch.conf; rm /run/host/slow").code, 0);
	assert_true(wait_gone(90));
}

/* As many groups as the kernel takes, and one of them decides. */
static void many_groups(void **state)
{
	(void)state;
	assert_int_equal(sh("cp /etc/group /run/host/group; "
			    "awk 'BEGIN { for (i = 0; i < 65530; i++) printf \"many%%d:x:%%d:bob\\n\", i, 100000 + 2 * i }' >>/etc/group; id -G bob | wc -w").code, 0);
	rule_none();
	rule_file("10-bob", "Group=nobody-has-it !many65529", "Action=deny");
	rule_file("20-bob", "Group=many65529", "");
	assert_says(sh("su bob -c 'grep Seccomp: /proc/self/status; id -G | wc -w'"), "Seccomp:\t2\n65532\n");
	assert_says(as_bob("id -G | wc -w; touch f && chgrp many65000 f && stat -c %G f"), "65532\nmany65000\n");
	assert_says(sh("su alice -c 'grep Seccomp: /proc/self/status'"), "Seccomp:\t0\n");
	rule_none();
	rule_set("PrivateUsers=self");
	assert_says(sh(": >$HOST_LOG; su bob -c true; cat $HOST_LOG"), "the user has too many groups for 'self'; write identity");
	assert_says(sh("cd /; cordon run --user bob -- sh -c 'id -G | wc -w'"), "65532\n");
	assert_int_equal(sh("cp /run/host/group /etc/group; rm -f /home/bob/f").code, 0);
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_groups),
		cmocka_unit_test(many_groups),
	};

	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
