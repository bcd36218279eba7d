/* SPDX-License-Identifier: Apache-2.0 */
/* follow_test.c - FollowMounts=: mounts of the host come into a running session, and go from it */
#include "lib/live.h"

#include <stdio.h>

/* A session that executes what the test writes into a fifo, and says "done" after each line. */
#define OPEN \
	"rm -rf /srv/f; mkdir -m 777 /srv/f; mkfifo -m 666 /srv/f/in; : >/srv/f/out; chmod 666 /srv/f/out; " \
	"setsid su bob -c 'exec <>/srv/f/in >>/srv/f/out 2>&1; echo ready; while read -r l; do eval \"$l\"; echo done; done' " \
	"</dev/null >/dev/null 2>&1 & " UNTIL("grep -q ready /srv/f/out")
#define INSIDE(line) \
	": >/srv/f/out; echo '" line \
	"' >/srv/f/in; " UNTIL("grep -q done /srv/f/out") "cat /srv/f/out; "
/* Waits until @what holds inside. */
#define INSIDE_UNTIL(what) \
	INSIDE("n=0; until " what \
	       " || [ $n -gt 300 ]; do sleep 0.02; n=$((n+1)); done; [ $n -le 300 ] && echo well")
#define CLOSE "pkill -x su; "
#define RULE  "ReadWritePaths=/srv/f\n"

static void disk(void **state)
{
	(void)state;
	rule_set(RULE "FollowMounts=/media\nReadWritePaths=/media");
	assert_says(
		sh("truncate -s 8M /disk.img; mkfs.ext4 -q /disk.img; mkdir -p /media/usb; " OPEN
		   "mount -o loop,suid,dev,exec /disk.img /media/usb && mknod -m 666 /media/usb/null c 1 3 && "
		   "cp /usr/bin/id /media/usb/id && chmod 4755 /media/usb/id && mkdir -m 777 /media/usb/open; " INSIDE_UNTIL(
			   "[ -e /media/usb/open ]")),
		"well");
	assert_says(
		sh(INSIDE(
			"echo x >/media/usb/open/x && echo written; head -c0 /media/usb/null; "
			"/media/usb/id -u; grep /media/usb /proc/self/mountinfo") "cat /media/usb/open/x"),
		"nosuid,nodev");
	assert_says(sh("cat /srv/f/out"), "written\n");
	assert_says(sh("cat /srv/f/out"), "Permission denied");
	assert_says(sh("cat /srv/f/out"), "\n2001\n");
	/* the session stands in it no more: the disk is free at once */
	assert_says(
		sh("umount /media/usb && " UNTIL("! losetup -j /disk.img | grep -q .") "losetup -j /disk.img; echo free; e2fsck -fn /disk.img >/dev/null 2>&1 && echo clean; " INSIDE(
			"ls /media/usb; echo $(grep -c /media/usb /proc/self/mountinfo)")),
		"free\nclean\n0\ndone\n");
	/* a program that has a file open keeps the disk busy, and the session goes on */
	assert_says(
		sh("mount -o loop /disk.img /media/usb; " INSIDE_UNTIL("[ -e /media/usb/open/x ]")
			   INSIDE("exec 5</media/usb/open/x") "umount /media/usb; " INSIDE_UNTIL(
				   "! [ -e /media/usb/open ]") "losetup -j /disk.img | grep -c disk; " INSIDE("cat <&5; exec 5<&-")
				   UNTIL("! losetup -j /disk.img | grep -q .") "echo free"),
		"1\nx\ndone\nfree\n");
	assert_silent(sh("grep -a errno $HOST_LOG"), "event=follow");
	assert_int_equal(sh(CLOSE).code, 0);
	assert_true(wait_gone(30));
}

/* The path itself is mounted and unmounted, and mounts of mounts; in the view of sftp as well. */
static void places(void **state)
{
	(void)state;
	rule_set(RULE
		 "FollowMounts=/mnt/nfs -/mnt/none\nReadOnlyPaths=/mnt/nfs\nNoExecPaths=/mnt/nfs");
	assert_says(
		sh("mkdir -p /mnt/nfs/below; touch /mnt/nfs/under; mount -t tmpfs early /mnt/nfs; touch /mnt/nfs/early; " OPEN
			   INSIDE("ls /mnt/nfs")),
		"early\n");
	assert_says(sh("umount /mnt/nfs; " INSIDE_UNTIL("[ -e /mnt/nfs/under ]")), "well");
	assert_says(
		sh("mount -t tmpfs late /mnt/nfs; touch /mnt/nfs/late; mkdir /mnt/nfs/deep; "
		   "mount -t tmpfs deep /mnt/nfs/deep; touch /mnt/nfs/deep/x; " INSIDE_UNTIL(
			   "[ -e /mnt/nfs/deep/x ]")
			   INSIDE("touch /mnt/nfs/w /mnt/nfs/deep/w; grep -c \" /mnt/nfs.* ro,.*noexec\" /proc/self/mountinfo")),
		"touch: cannot touch '/mnt/nfs/w': Read-only file system\n"
		"touch: cannot touch '/mnt/nfs/deep/w': Read-only file system\n2\n");
	assert_says(
		sh("cordon show --proof $(cordon list | awk '/bob/ { print $1 }') >/tmp/p 2>&1 && echo proven || cat /tmp/p"),
		"proven");
	/* the caller view: that of su, which is in it */
	assert_says(sh("grep -c /mnt/nfs /proc/$(pgrep -x su)/mountinfo; umount -R /mnt/nfs; " UNTIL(
			    "[ $(grep -c /mnt/nfs /proc/$(pgrep -x su)/mountinfo) = 1 ]")
			       INSIDE_UNTIL("[ -e /mnt/nfs/under ]") "pgrep -c -x su"),
		    "well");
	assert_says(
		sh("mount --bind /srv /mnt/nfs/below; " INSIDE_UNTIL(
			"[ -p /mnt/nfs/below/f/in ]") "umount /mnt/nfs/below; " INSIDE_UNTIL("! [ -e /mnt/nfs/below/f ]")),
		"well");
	assert_silent(sh("grep -a errno $HOST_LOG"), "event=follow");
	assert_int_equal(sh(CLOSE).code, 0);
	assert_true(wait_gone(30));
}

/* A mount that was there at the login came twice: with the directory above it, and by the rule. */
static void early(void **state)
{
	(void)state;
	rule_set(RULE "FollowMounts=/srv/vol\nReadWritePaths=/srv/vol");
	assert_says(
		sh("mkdir -p -m 777 /srv/vol; touch /srv/vol/under; mount -t tmpfs early /srv/vol; " OPEN
		   "umount /srv/vol; " INSIDE_UNTIL("[ -e /srv/vol/under ]") INSIDE(
			   "touch /srv/vol/new && ls /srv/vol; grep -c /srv/vol /proc/self/mountinfo")),
		"new\nunder\n1\n");
	assert_says(sh("cat $HOST_LOG"), "view=session action=mount path=\"/srv/vol\"");
	assert_silent(sh("grep -a errno $HOST_LOG"), "event=follow");
	assert_int_equal(sh(CLOSE).code, 0);
	assert_true(wait_gone(30));
}

/* A user who owns the directories cannot lead a mount elsewhere. */
static void led_astray(void **state)
{
	(void)state;
	rule_set(RULE "FollowMounts=/srv/own\nReadWritePaths=/srv/own");
	assert_says(
		sh("mkdir -p /srv/own/a/b; chown -R bob /srv/own; " OPEN
		   "mount -t tmpfs -o mode=755 t /srv/own/a/b; " INSIDE_UNTIL(
			   "grep -q /srv/own/a/b /proc/self/mountinfo")
			   INSIDE("mv /srv/own/a /srv/own/c; ln -s /etc /srv/own/a; mkdir -p /srv/own/c/b; ls /srv/own") "mount -t tmpfs t2 /srv/own/c/b; sleep 0.3; umount /srv/own/c/b; umount /srv/own/c/b; " INSIDE_UNTIL(
				   "! grep -q \" /srv/own/. \" /proc/self/mountinfo")
				   INSIDE("grep -c \" /etc\" /proc/self/mountinfo; cat /etc/cordon/x; ls -d /etc/passwd")),
		"/etc/passwd\ndone\n");
	assert_int_equal(sh(CLOSE).code, 0);
	assert_true(wait_gone(30));
}

/* Mounts a file system of uid 2003 that nobody serves and nobody else may look into. */
#define FUSE \
	"python3 -c 'import ctypes, os, time; fd = os.open(\"/dev/fuse\", os.O_RDWR); " \
	"ctypes.CDLL(None).mount(b\"x\", b\"/srv/m/own\", b\"fuse\", 6, b\"fd=%%d,rootmode=40000,user_id=2003,group_id=2003\" %% fd); time.sleep(60)' & p=$!; sleep 0.3; "

/* Others who mount and unmount all the time cost the session and its log little. */
static void storm(void **state)
{
	(void)state;
	rule_set(RULE "FollowMounts=/srv/m");
	assert_says(
		sh("mkdir -p /srv/m/s /srv/m/own; [ -e /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229; " OPEN
			   FUSE
		   ": >$HOST_LOG; timeout 1 sh -c 'while :; do mount -t tmpfs x /srv/m/s; sleep 0.01; umount /srv/m/s; done'; "
		   "umount -q /srv/m/s; mount -t tmpfs last /srv/m/s; touch /srv/m/s/last; " INSIDE_UNTIL("[ -e /srv/m/s/last ]") "kill $p; umount -l /srv/m/own; umount /srv/m/s; " INSIDE_UNTIL(
			   "! [ -e /srv/m/s/last ]") "n=$(grep -ac event=follow $HOST_LOG); [ $n -lt 40 ] && echo few || echo $n"),
		"few");
	assert_silent(sh("grep -a errno $HOST_LOG"), "event=follow");
	assert_int_equal(sh(CLOSE).code, 0);
	assert_true(wait_gone(30));
}

static void refused(void **state)
{
	static const char *const bad[] = {
		"FollowMounts=/",
		"FollowMounts=/home",
		"FollowMounts=/var",
		"FollowMounts=/tmp",
		"FollowMounts=/dev",
		"FollowMounts=/media\nInaccessiblePaths=/media/usb",
		"FollowMounts=/media\nReadOnlyPaths=/media/usb",
		"FollowMounts=/media\nBindPaths=/srv:/media/usb",
		"FollowMounts=/media\nInaccessiblePaths=/media",
		"FollowMounts=/media\nBindPaths=/srv:/media",
		"FollowMounts=/media\nTemporaryFileSystem=/media",
		"FollowMounts=/srv/root\nRootDirectory=/srv/root",
		"FollowMounts=%h\nHome=ephemeral",
	};
	struct out o;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		rule_set(bad[i]);
		o = sh("cordon explain bob%s", i == 0 ? "; su bob -c 'echo in'" : "");
		print_message("%s\n", bad[i]);
		assert_says(o, ": FollowMounts=: ");
		assert_silent(o, "in\n");
	}
	rule_set("FollowMounts=%h /srv/own -/srv/missing");
	assert_says(sh("su bob -c 'echo in'"), "in\n");
}

static int prepare(void **state)
{
	(void)state;
	return sh("mkdir -p /srv/root /media/usb; [ -e /dev/loop-control ] || { mknod /dev/loop-control c 10 237; "
		  "for i in 0 1 2 3 4 5 6 7; do mknod /dev/loop$i b 7 $i; done; }")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disk),	      cmocka_unit_test(places), cmocka_unit_test(early),
		cmocka_unit_test(led_astray), cmocka_unit_test(storm),	cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("follow", tests, prepare, NULL);
}
