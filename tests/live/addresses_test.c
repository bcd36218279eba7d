/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addresses_test.c - IPAddressAllow= and IPAddressDeny=: which addresses a session can reach
 *
 * The programs of control groups need no controller, so this runs where cgroup v2 has none. A server
 * answers at each address of the host.
 */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define REACH "/srv/reach.py "
#define NEAR  "127.0.0.1"
#define FAR   "127.0.0.9"
#define LAN   "10.77.0.1"
#define LAN6  "fd77::1"

static bool can_hold;

static void needs_programs(void)
{
	if (can_hold)
		return;
	print_message("SKIPPED: this kernel has no programs of control groups\n");
	skip();
}

static void refused_by_name(void **state)
{
	(void)state;
	if (can_hold)
		skip();
	rule_set("PrivateNetwork=no\nIPAddressDeny=any");
	assert_says(sh("cordon check"),
		    "IPAddressDeny=: this kernel lacks programs of control groups");
	assert_silent(as_bob("id"), "uid=");
}

static void by_every_kind_of_socket(void **state)
{
	(void)state;
	needs_programs();
	rule_set("PrivateNetwork=no\nIPAddressDeny=any\nIPAddressAllow=localhost");
	assert_says(as_bob(REACH "tcp " NEAR " ::1 " LAN " " LAN6),
		    "tcp " NEAR ": OK\ntcp ::1: OK\ntcp " LAN ": EPERM\ntcp " LAN6 ": EPERM\n");
	assert_says(as_bob(REACH "udp " NEAR " ::1 " LAN " " LAN6 " send " NEAR " " LAN " " LAN6),
		    "udp " NEAR ": OK\nudp ::1: OK\nudp " LAN ": EPERM\nudp " LAN6 ": EPERM\n"
		    "send " NEAR ": OK\nsend " LAN ": EPERM\nsend " LAN6 ": EPERM\n");
	assert_says(as_bob(REACH "ping " NEAR " ::1 " LAN " " LAN6),
		    "ping " NEAR ": OK\nping ::1: OK\nping " LAN ": EPERM\nping " LAN6 ": ENOMSG\n");
	assert_says(as_bob(REACH "raw " NEAR), "raw " NEAR ": EPERM\n");
	/* the first of several stops is allowed, and the last one is not */
	assert_says(as_bob(REACH "route " LAN6 " udp ::1"), "route " LAN6 ": EPERM\nudp ::1: OK\n");
	/* an address of IPv4 by a socket of IPv6, and addresses that stand for the loopback */
	assert_says(as_bob(REACH "tcp ::ffff:" NEAR " ::ffff:" LAN " 0.0.0.0 :: udp ::ffff:" LAN
				 " send ::ffff:" NEAR " ::ffff:" LAN),
		    "tcp ::ffff:" NEAR ": OK\ntcp ::ffff:" LAN ": EPERM\ntcp 0.0.0.0: OK\n"
		    "tcp ::: OK\nudp ::ffff:" LAN ": EPERM\nsend ::ffff:" NEAR
		    ": OK\nsend ::ffff:" LAN ": EPERM\n");
}

static void lists(void **state)
{
	(void)state;
	needs_programs();
	/* what neither list has is allowed, and the allowed list counts first */
	rule_set("PrivateNetwork=no\nIPAddressDeny=127.0.0.8/29 fd77::/16\nIPAddressAllow=127.0.0.10");
	assert_says(as_bob(REACH "tcp " NEAR " " FAR " 127.0.0.10 " LAN " " LAN6 " ::1"),
		    "tcp " NEAR ": OK\ntcp " FAR ": EPERM\ntcp 127.0.0.10: OK\ntcp " LAN
		    ": OK\ntcp " LAN6 ": EPERM\ntcp ::1: OK\n");
	/* what comes from a denied address does not arrive */
	assert_says(as_bob(REACH "take 127.0.0.2 " FAR),
		    "take 127.0.0.2: OK\ntake " FAR ": ENOMSG\n");
	/* 0.0.0.0 is the loopback, which the packets tell */
	rule_set("PrivateNetwork=no\nIPAddressDeny=localhost");
	assert_says(as_bob(REACH "send 0.0.0.0 tcp 0.0.0.0 " LAN),
		    "send 0.0.0.0: EPERM\ntcp 0.0.0.0: ETIMEDOUT\ntcp " LAN ": OK\n");
	/* one family says nothing of the other; an empty line begins again */
	rule_set("PrivateNetwork=no\nIPAddressDeny=any\nIPAddressDeny=\nIPAddressDeny=::/0");
	assert_says(as_bob(REACH "tcp " LAN " " LAN6 " ::ffff:" LAN),
		    "tcp " LAN ": OK\ntcp " LAN6 ": EPERM\ntcp ::ffff:" LAN ": OK\n");
	rule_set("PrivateNetwork=no\nIPAddressDeny=0.0.0.0/0");
	assert_says(as_bob(REACH "tcp " LAN " " LAN6 " ::ffff:" LAN),
		    "tcp " LAN ": EPERM\ntcp " LAN6 ": OK\ntcp ::ffff:" LAN ": EPERM\n");
}

/* Whatever the session's programs do, and when nothing of cordon is left. */
static void for_all_of_the_session(void **state)
{
	(void)state;
	needs_programs();
	rule_set("PrivateNetwork=no\nIPAddressDeny=" LAN);
	assert_says(sh("su bob -c '(setsid " REACH "send " LAN "); sh -c \"exec " REACH "send " LAN
		       " " NEAR "\"'"),
		    "send " LAN ": EPERM\nsend " LAN ": EPERM\nsend " NEAR ": OK\n");
	assert_says(
		as_bob("unshare -C true; echo $$ >/sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x; " REACH
		       "send " LAN),
		"send " LAN ": EPERM\n");
	/* without its keeper and PID 1, the group still has the programs */
	assert_says(
		sh("(setsid su bob -c 'sleep 300') </dev/null >/dev/null 2>&1 & " UNTIL("pgrep -u bob -x sleep >/dev/null && ls /run/cordon/sessions/2001 2>/dev/null | grep -q .") "g=/sys/fs/cgroup/cordon/2001/$(ls /run/cordon/sessions/2001); echo $g >/tmp/group; pkill -9 -x cordon-keeper; wait; " UNTIL(
			"! pgrep -u bob -x sleep >/dev/null") "echo $$ >$g/cgroup.procs && " REACH
							      "send " LAN " " NEAR
							      "; echo $$ >/sys/fs/cgroup/cgroup.procs"),
		"send " LAN ": EPERM\nsend " NEAR ": OK\n");
	/* others of the host are free, and nothing stays */
	assert_says(sh(REACH "tcp " LAN), "tcp " LAN ": OK\n");
	assert_says(as_bob("echo in"), "in");
	assert_says(sh("ls -d $(cat /tmp/group)"), "No such file");
}

/* A session of all logins is one group; each session of a shared one has its own lists. */
static void places(void **state)
{
	(void)state;
	needs_programs();
	rule_set("PrivateNetwork=no\nIPAddressDeny=" LAN "\nLifetime=user\nStopWhenIdleSec=0");
	assert_says(sh("(su bob -c 'sleep 300') >/dev/null 2>&1 & " UNTIL(
			    "pgrep -u bob -x sleep >/dev/null") "su bob -c '" REACH "send " LAN
								" " NEAR
								"'; pkill -u bob -x sleep; wait"),
		    "send " LAN ": EPERM\nsend " NEAR ": OK\n");
	rule_set("PrivateNetwork=no\nIPAddressDeny=" LAN "\nShare=user");
	assert_says(as_bob(REACH "send " LAN " " NEAR), "send " LAN ": EPERM\nsend " NEAR ": OK\n");
	assert_says(
		sh("cd / && cordon run --user bob --set PrivateNetwork=no --set IPAddressDeny=any --set 'IPAddressAllow=127.0.0.0/8' -- " REACH
		   "tcp " NEAR " " LAN " " LAN6),
		"tcp " NEAR ": OK\ntcp " LAN ": EPERM\ntcp " LAN6 ": EPERM\n");
	assert_says(
		sh("cd /; setpriv --reuid bob --regid bob --init-groups cordon run --set PrivateNetwork=no --set IPAddressDeny=any -- true"),
		"IPAddressDeny=: requires root");
}

#define PROOF "cordon show --proof $id >/tmp/proof; echo code=$?; grep '^difference' /tmp/proof; "

/* What cordon show reads back, and what cordon enter starts. */
static void shown(void **state)
{
	(void)state;
	needs_programs();
	rule_set("PrivateNetwork=no\nIPAddressDeny=" LAN
		 " 10.0.0.0/8 any\nIPAddressAllow=localhost");
	assert_says(
		sh("(su bob -c 'sleep 300') >/dev/null 2>&1 & " UNTIL(
			"pgrep -u bob -x sleep >/dev/null && ls /run/cordon/sessions/2001 2>/dev/null | grep -q .") "id=$(ls /run/cordon/sessions/2001); " PROOF
														    "cordon enter $id -- " REACH
														    "send " LAN
														    " " NEAR
														    "; python3 $HOST_SOURCE/tests/live/outside/detach.py "
														    "/sys/fs/cgroup/cordon/2001/$id; " PROOF
														    "pkill -u bob -x sleep; wait"),
		"code=0\nsend " LAN ": EPERM\nsend " NEAR ": OK\n1\ncode=1\n"
		"difference: control group: the session's control group does not hold the lists of addresses for packets that it sends\n");
}

/* By the login shell, and by what root enters. */
static void tried(void **state)
{
	struct out o;

	(void)state;
	needs_programs();
	rule_set("PrivateNetwork=no\nIPAddressDeny=" LAN " any\nIPAddressAllow=localhost");
	o = sh("cordon selftest --all bob");
	assert_says(o, "IPAddressDeny connect to " LAN " ok: Operation not permitted\n");
	assert_says(o, "; 0 gave way");
	rule_set("PrivateNetwork=no");
	assert_says(
		sh("printf '[Session]\\nPrivateNetwork=no\\nIPAddressDeny=any\\n' >/etc/cordon/strict; cordon selftest --rule /etc/cordon/strict bob"),
		"IPAddressDeny connect to 192.0.2.1 GAVE WAY: ");
}

static void said(void **state)
{
	(void)state;
	needs_programs();
	rule_set("IPAddressDeny=any");
	assert_says(
		sh("cordon check"),
		"50-bob.conf:5: warning: IPAddressDeny=: has no effect on the host's network, because the session has only a loopback interface; write PrivateNetwork=no");
	rule_set("PrivateNetwork=no\nIPAddressDeny=any");
	assert_silent(sh("cordon check"), "warning");
	rule_set("PrivateNetwork=no\nIPAddressAllow=localhost");
	assert_says(
		sh("cordon check"),
		"50-bob.conf:6: IPAddressAllow=: has no effect without IPAddressDeny=; add IPAddressDeny=any");
	assert_silent(as_bob("id"), "uid=");
	rule_set("PrivateNetwork=no\nIPAddressDeny=10.0.0.0/33");
	assert_says(
		sh("cordon check"),
		"IPAddressDeny=: invalid prefix length in '10.0.0.0/33'; expected a number from 0 to 32");
	assert_silent(as_bob("id"), "uid=");
}

static int prepare(void **state)
{
	(void)state;
	if (sh("mount -t cgroup2 none /sys/fs/cgroup").code != 0)
		return 0; /* refused_by_name tries this as well */
	can_hold =
		sh("zgrep -q CONFIG_CGROUP_BPF=y /proc/config.gz || grep -q CONFIG_CGROUP_BPF=y /boot/config-$(uname -r)")
			.code == 0;
	return sh("cp $HOST_SOURCE/tests/live/outside/reach.py /srv/reach.py && chmod 755 /srv/reach.py && "
		  "ip link set lo up && ip addr add " LAN "/32 dev lo && ip addr add " LAN6
		  "/128 dev lo nodad && "
		  "echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range && " REACH
		  "serve :: && ip addr add 192.0.2.1/32 dev lo")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_by_name), cmocka_unit_test(by_every_kind_of_socket),
		cmocka_unit_test(lists),	   cmocka_unit_test(for_all_of_the_session),
		cmocka_unit_test(places),	   cmocka_unit_test(shown),
		cmocka_unit_test(tried),	   cmocka_unit_test(said),
	};

	return cmocka_run_group_tests_name("addresses", tests, prepare, NULL);
}
