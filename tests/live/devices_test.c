/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices_test.c - DeviceAllow= gives a session the nodes of the host that it names, and no others, as
 * long as the host has them
 *
 * The nodes are those of /dev/null (1:3), /dev/zero (1:5) and /dev/full (1:7) under other names, so that
 * they can be opened on any host.
 */
#include "lib/live.h"

#include <stdio.h>

#define IN "ssh -F $HOST_KEYS/ssh_config bob@127.0.0.1 "

/* A session that runs what it finds in ~/do, and answers in ~/said. */
static void begin(const char *rule)
{
	rule_set(rule);
	assert_int_equal(sh("rm -f ~bob/do ~bob/said; echo echo in >~bob/do; " IN
			    "'while sleep 0.05; do [ -e ~/do ] || continue; mv ~/do ~/doing;"
			    " . ~/doing >~/new 2>&1; mv ~/new ~/said; done' >/dev/null 2>&1 & " UNTIL(
				    "[ -e ~bob/said ]") "grep -q in ~bob/said")
				 .code,
			 0);
}

/* What the session says to @line. */
static struct out inside(const char *line)
{
	return sh(
		"rm -f ~bob/said; cat >~bob/next <<'END'\n%s\nEND\nchown bob: ~bob/next; mv ~bob/next ~bob/do; " UNTIL(
			"[ -e ~bob/said ]") "cat ~bob/said",
		line);
}

/* Waits until the session says @wanted to @line: two seconds are more than it may take. */
static bool soon(const char *line, const char *wanted)
{
	for (int i = 0; i < 20; i++) {
		(void)inside(line);
		if (sh("grep -q -- '%s' ~bob/said", wanted).code == 0)
			return true;
		(void)sh("sleep 0.1");
	}
	(void)inside(line);
	return sh("cat ~bob/said; false").code == 0;
}

static void end(void)
{
	(void)sh("echo exit >~bob/do");
	assert_true(wait_gone(20));
}

static void nodes_are_the_hosts(void **state)
{
	(void)state;
	assert_int_equal(
		sh("mknod -m 660 /dev/tgroup c 1 3; chgrp project /dev/tgroup;"
		   "mknod -m 600 /dev/troot c 1 3; mknod -m 666 /dev/tother c 1 3;"
		   "mknod -m 666 /dev/tfull c 1 7; mkdir -p /dev/dri /dev/bus/usb/001;"
		   "mknod -m 666 /dev/dri/card0 c 1 3; mknod -m 666 /dev/bus/usb/001/002 c 1 3")
			.code,
		0);
	rule_set("DeviceAllow=/dev/tgroup rw\nDeviceAllow=/dev/troot\nDeviceAllow=/dev/tfull\n"
		 "DeviceAllow=/dev/dri/*\nDeviceAllow=/dev/bus/usb/*/*");
	assert_says(
		as_bob("for d in tgroup dri/card0 bus/usb/001/002; do echo x >/dev/$d && echo $d; done"),
		"tgroup\ndri/card0\nbus/usb/001/002\n");
	assert_says(as_bob("echo x >/dev/troot"), "Permission denied");
	assert_says(as_bob("echo x >/dev/tfull"), "No space left");
	assert_silent(as_bob("find /dev"), "tother");
	assert_says(as_bob("stat -c %a:%u:%G /dev/tgroup"), "660:0:project");
	assert_says(
		as_bob("exec 2>&1; touch /dev/dri/x /dev/x; rm -f /dev/tgroup; mv /dev/dri /dev/y; find /dev/ -maxdepth 2 -name [xy]; echo end"),
		"cannot move '/dev/dri' to '/dev/y': Permission denied\nend\n");
	/* who is not in the group gets nothing by the rule, and sees what all may see */
	rule_file("51-eve", "User=eve", "DeviceAllow=/dev/t*");
	assert_says(as_user("eve", "echo x >/dev/tgroup"), "Permission denied");
	assert_says(as_user("eve", "echo x >/dev/tother && echo written"), "written");
	assert_says(sh("su - eve -c 'echo x >/dev/tother && echo written; ls /dev/null /dev/tty'"),
		    "written");
	assert_int_equal(sh("rm /etc/cordon/rules.d/51-eve.conf").code, 0);
}

static void read_is_all(void **state)
{
	static const char *const writes[] = {
		"echo x >/dev/tr",
		"echo x >>/dev/tr",
		"echo x 1<>/dev/tr",
		"echo x >/.devices/tr",
		"exec 3</dev/tr; echo x >/proc/self/fd/3",
		"python3 -c 'import os; os.open(\"/dev/tr\", os.O_RDWR)'",
		"python3 -c 'import os; f=os.open(\"/dev/tr\", os.O_PATH); os.open(\"/proc/self/fd/%d\" % f, os.O_WRONLY)'",
		"cp -a /dev/tr /tmp/; cp -a /.devices/tr /tmp/tr2",
	};

	(void)state;
	assert_int_equal(sh("mknod -m 666 /dev/tr c 1 5").code, 0);
	rule_set("DeviceAllow=/dev/tr r");
	assert_says(as_bob("head -c 5 /dev/tr | wc -c"), "5\n");
	for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
		assert_says(as_bob(writes[i]), i == 7 ? "not permitted" : "ermission denied");
	}
	/* with everything read-only, a device is what /dev/null is */
	rule_set("DeviceAllow=/dev/tr\nReadOnlyPaths=/");
	{
		const bool null =
			sh("ssh -F $HOST_KEYS/ssh_config bob@127.0.0.1 'echo x >/dev/null'").code ==
			0;

		assert_int_equal(as_bob("echo x >/dev/tr").code == 0, null);
		assert_says(as_bob("head -c 5 /dev/tr | wc -c"), "5\n");
	}
	/* of two lines for one device, the one that allows more counts */
	rule_set("DeviceAllow=/dev/tr r\nDeviceAllow=/dev/t[r] rw");
	assert_says(as_bob("echo x >/dev/tr && echo written; ls -d /.devices"), "written");
	assert_int_equal(sh("rm /dev/tr").code, 0);
}

static void devices_come_and_go(void **state)
{
	(void)state;
	begin("DeviceAllow=/dev/ttyUSB*\nDeviceAllow=/dev/snd/*\nDeviceAllow=/dev/vid* r\n"
	      "DeviceAllow=/dev/usbs/*/*");
	assert_says(inside("ls /dev /.devices"), "null");
	assert_silent(inside("ls /dev"), "ttyUSB");
	(void)sh("mknod -m 666 /dev/ttyUSB0 c 1 3; mkdir -p /dev/snd; mknod -m 666 /dev/snd/pcm c 1 3");
	assert_true(soon("echo x >/dev/ttyUSB0 && echo written", "written"));
	assert_true(soon("echo x >/dev/snd/pcm && echo written", "written"));
	/* the same name comes back as another device: /dev/full */
	(void)sh("rm /dev/ttyUSB0; mknod -m 666 /dev/ttyUSB0 c 1 7");
	assert_true(soon("echo x >/dev/ttyUSB0", "No space left"));
	/* the owner and the mode are the host's at each moment */
	(void)sh("chmod 600 /dev/ttyUSB0");
	assert_says(inside("echo x >/dev/ttyUSB0"), "Permission denied");
	(void)sh("rm /dev/ttyUSB0; rm -r /dev/snd");
	assert_true(soon("ls /dev/ttyUSB0", "No such file"));
	assert_true(soon("ls /dev/snd/pcm", "No such file"));
	/* directories that come later, and nodes to read */
	(void)sh("mkdir -p /dev/usbs/1; mknod -m 666 /dev/usbs/1/2 c 1 3; mknod -m 666 /dev/video0 c 1 5");
	assert_true(soon("echo x >/dev/usbs/1/2 && echo written", "written"));
	assert_true(soon("head -c 3 /dev/video0 | wc -c", "^3"));
	assert_says(inside("echo x >/dev/video0"), "Permission denied");
	(void)sh("rm /dev/video0; rm -r /dev/usbs; mkdir -p /dev/usbs/7; mknod -m 666 /dev/usbs/7/7 c 1 3");
	assert_true(soon("ls -d /dev/video0 /.devices/video0 2>&1 | grep -c No.such", "2"));
	assert_true(soon("ls /dev/usbs/1/2 /dev/usbs/7/7", "cannot access ./dev/usbs/1/2"));
	assert_true(soon("echo x >/dev/usbs/7/7 && echo written", "written"));
	/* a storm ends in what is there at its end */
	(void)sh("timeout 1.5 python3 -c 'import os\nwhile True:\n os.mknod(\"/dev/ttyUSB1\", 0o20666, os.makedev(1, 3)); os.unlink(\"/dev/ttyUSB1\")';"
		 "rm -f /dev/ttyUSB1; mknod -m 666 /dev/ttyUSB5 c 1 3");
	assert_true(soon("ls /dev/ | grep -c ttyUSB; echo x >/dev/ttyUSB5 && echo written", "^1"));
	assert_int_equal(
		sh("cordon show --proof $(cordon list --json | grep -o '\"id\":\"[0-9a-f]*' | head -1 | cut -d'\"' -f4)")
			.code,
		0);
	end();
	assert_silent(sh("grep -a -E 'event=fail|by=view' $HOST_LOG"), "cordon");
}

static void links_and_drivers(void **state)
{
	(void)state;
	assert_int_equal(
		sh("mknod -m 666 /dev/tlinked c 1 7; mkdir -p /dev/serial/by-id; ln -s ../../tlinked /dev/serial/by-id/usb-1;"
		   "ln -s /home/bob/link /dev/tbad; ln -s /dev/tother ~bob/link; ln -s /etc/passwd /dev/tfile")
			.code,
		0);
	rule_set("DeviceAllow=/dev/serial/by-id/*\nDeviceAllow=/dev/tbad\nDeviceAllow=/dev/tfile");
	assert_says(as_bob("echo x >/dev/serial/by-id/usb-1"), "No space left");
	assert_says(as_bob("ls /dev/tbad /dev/tfile /dev/tlinked 2>&1 | grep -c No.such"), "3");
	/* a driver by its name in /proc/devices: all nodes with its number, wherever they are */
	rule_set("DeviceAllow=char-mem");
	assert_says(as_bob("echo x >/dev/dri/card0 && echo written; echo x >/dev/tfull"),
		    "written\n");
	rule_set("DeviceAllow=char-mem r\nInaccessiblePaths=-/dev/dri -/dev/tfull");
	assert_says(as_bob("ls /dev/tother && ls -A /dev/dri /dev/tfull"), "cannot access");
	rule_set("DeviceAllow=block-mem\nDeviceAllow=char-no-such-driver");
	assert_silent(as_bob("ls /dev"), "tother");
	/* the caller view has no nodes: sshd and its file transfer have no use for them */
	rule_set("DeviceAllow=/dev/tother");
	assert_says(sh("echo 'ls -l /dev/tother' | sftp -F $HOST_KEYS/ssh_config -b - bob@127.0.0.1"),
		    "tother");
	/* a program outside a login: the devices of the moment */
	assert_says(
		sh("cd /; cordon run --set 'DeviceAllow=/dev/tother r' --uid 2001 --gid 2001 -- sh -c 'cat /dev/tother && echo read; echo x >/dev/tother'"),
		"read\n");
	assert_says(
		sh("cd /; setpriv --reuid 2001 --regid 2001 --clear-groups cordon run --set DeviceAllow=/dev/tother -- sh -c 'echo x >/dev/tother && echo written'"),
		"written");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_the_hosts),
		cmocka_unit_test(read_is_all),
		cmocka_unit_test(devices_come_and_go),
		cmocka_unit_test(links_and_drivers),
	};

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
