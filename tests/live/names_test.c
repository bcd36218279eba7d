/* SPDX-License-Identifier: Apache-2.0 */
/* names_test.c - users, groups and hosts are found by a session that has a /run of its own */
#include "lib/live.h"

#include <stdlib.h>
#include <string.h>

/* Connects to a socket of any type and prints the answer. */
#define ASK \
	"python3 -c 'import socket,sys\n" \
	"for path in sys.argv[1:]:\n" \
	"  s = socket.socket(socket.AF_UNIX)\n" \
	"  try:\n" \
	"    s.connect(path); print(\"answer\", s.recv(999).decode())\n" \
	"  except OSError as e: print(path, e.strerror)' "

#define VARLINK(path, call) \
	"python3 -c 'import socket\n" \
	"s = socket.socket(socket.AF_UNIX); s.connect(\"" path "\")\n" \
	"s.sendall(b\"\"\"" call "\"\"\" + b\"\\0\"); print(s.recv(9999).decode())'"

/* nscd caches users that its sources lack now; a session that knows them has asked nscd. */
static void nscd(void **state)
{
	(void)state;
	assert_int_equal(
		sh("mkdir -p /run/nscd /var/cache/nscd; for t in passwd group hosts; do "
		   "printf 'enable-cache %%s yes\ncheck-files %%s no\npersistent %%s no\nshared %%s yes\n' $t $t $t $t; "
		   "printf 'positive-time-to-live %%s 600\nmax-db-size %%s 33554432\nsuggested-size %%s 211\n' $t $t $t; done >/run/host/nscd.conf;"
		   "echo 'ghost:x:3443:3443:Ghost:/home/ghost:/bin/sh' >>/etc/passwd; echo 'ghosts:x:3443:alice' >>/etc/group;"
		   "echo '192.0.2.43 ghost.example' >>/etc/hosts; nscd -f /run/host/nscd.conf && sleep 0.3;"
		   "getent passwd ghost && getent passwd 3443 && getent group ghosts && getent ahosts ghost.example && getent hosts ghost.example;"
		   "sed -i /ghost/d /etc/passwd /etc/group /etc/hosts")
			.code,
		0);
	assert_says(sh("getent passwd ghost"), "ghost:x:3443"); /* else nothing is shown below */
	rule_set("");
	assert_says(as_bob("getent passwd ghost"), "ghost:x:3443");
	assert_says(as_bob("getent group ghosts"), "ghosts:x:3443:alice");
	assert_says(as_bob("getent hosts ghost.example"), "192.0.2.43");
	rule_set("InaccessiblePaths=/run/nscd");
	assert_silent(as_bob("getent passwd ghost; getent hosts ghost.example; echo asked"),
		      "ghost:");
	/* only root stops it, whoever can connect */
	rule_set("");
	assert_silent(as_bob("/usr/sbin/nscd -K; /usr/sbin/nscd -i passwd; sleep 0.2"), "shutdown");
	assert_int_equal(sh("getent passwd ghost").code, 0);
	assert_int_equal(sh("nscd -K; sleep 0.3; ! getent passwd ghost").code, 0);
	assert_says(as_bob("id alice"), "alice"); /* without it: the files */
}

static void systemd_userdb(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		as_bob(VARLINK(
			"/run/systemd/userdb/io.systemd.Stub",
			"{\\\"method\\\":\\\"io.systemd.UserDatabase.GetUserRecord\\\",\\\"parameters\\\":{\\\"userName\\\":\\\"vera\\\"}}")),
		"3444");
	if (sh("ls /usr/lib/*/libnss_systemd.so.2 /lib/*/libnss_systemd.so.2 2>/dev/null").text[0] ==
	    '\0') {
		print_message("SKIPPED: no nss-systemd here; install libnss-systemd\n");
		skip();
	}
	assert_int_equal(
		sh("cp /etc/nsswitch.conf /run/host/nsswitch; sed -i -E '/^(passwd|group):/s/:.*/: files systemd/' /etc/nsswitch.conf")
			.code,
		0);
	assert_says(sh("getent passwd vera"), "vera:"); /* else nothing is shown below */
	assert_says(as_bob("getent passwd vera; getent passwd 3444"),
		    "vera:x:3444:3444:Vera:/home/vera:/bin/sh");
	assert_says(as_bob("id vera"), "3445(crew)");
	assert_says(as_bob("getent group crew"), "crew:x:3445:vera");
	rule_set("InaccessiblePaths=/run/systemd/userdb");
	assert_silent(as_bob("getent passwd vera; echo asked"), "vera:");
	assert_int_equal(sh("cp /run/host/nsswitch /etc/nsswitch.conf").code, 0);
}

static void resolved(void **state)
{
	static const char *const links[][2] = {
		{ "../run/systemd/resolve/stub-resolv.conf",
		  "/run/systemd/resolve/stub-resolv.conf" },
		{ "/run/NetworkManager/resolv.conf", "/run/NetworkManager/resolv.conf" },
		{ "/run/resolvconf/resolv.conf", "/run/resolvconf/resolv.conf" },
		{ "/run/another/resolv.conf", "/run/another/resolv.conf" },
	};

	(void)state;
	rule_set("");
	assert_says(
		as_bob(VARLINK(
			"/run/systemd/resolve/io.systemd.Resolve",
			"{\\\"method\\\":\\\"io.systemd.Resolve.ResolveHostname\\\",\\\"parameters\\\":{\\\"name\\\":\\\"stub.example\\\"}}")),
		"[192, 0, 2, 44]");
	if (sh("ls /usr/lib/*/libnss_resolve.so.2 /lib/*/libnss_resolve.so.2 2>/dev/null").text[0] ==
	    '\0') {
		print_message("SKIPPED in part: no nss-resolve here; the socket answers\n");
	} else {
		assert_int_equal(
			sh("sed -i -E '/^hosts:/s/:.*/: files resolve/' /etc/nsswitch.conf").code,
			0);
		assert_says(as_bob("getent hosts stub.example"), "192.0.2.44");
		assert_int_equal(sh("cp /run/host/nsswitch /etc/nsswitch.conf").code, 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(
			sh("mkdir -p $(dirname %s); echo 'nameserver 192.0.2.5%u' >%s; echo s >$(dirname %s)/secret;"
			   "rm -f /etc/resolv.conf; ln -s %s /etc/resolv.conf",
			   links[i][1], i, links[i][1], links[i][1], links[i][0])
				.code,
			0);
		assert_says(as_bob("cat /etc/resolv.conf"), "nameserver 192.0.2.5");
	}
	/* only that file, and nothing if the link leads out of /run */
	assert_silent(as_bob("ls -A /run/another /run/NetworkManager"), "secret");
	assert_int_equal(
		sh("rm /etc/resolv.conf; ln -s /root/resolv.conf /etc/resolv.conf; echo s >/root/resolv.conf")
			.code,
		0);
	assert_says(as_bob("cat /etc/resolv.conf; echo in"), "in");
	assert_int_equal(
		sh("rm /etc/resolv.conf /root/resolv.conf; rm -r /run/another /run/NetworkManager /run/resolvconf")
			.code,
		0);
}

static void other_services(void **state)
{
	(void)state;
	rule_set("");
	assert_says(as_bob(ASK "/run/nslcd/socket"), "answer /run/nslcd/socket");
	assert_says(as_bob(ASK "/var/lib/sss/pipes/nss"), "answer /var/lib/sss/pipes/nss");
	assert_silent(
		as_bob(ASK
		       "/run/dbus/system_bus_socket /run/systemd/private /run/docker.sock /run/user/2001/bus "
		       "/run/systemd/journal/stdout /var/run/docker.sock /run/systemd/resolve/../private"),
		"answer");
}

/* A session sees only these parts of /run, and a few names of its own. */
static void nothing_else(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh("mkdir -p /run/nscd; echo s >/run/secret").code, 0);
	assert_string_equal(
		as_bob("find /run -mindepth 1 | LC_ALL=C sort").text,
		"/run/cordon\n/run/cordon/shell\n/run/lock\n/run/nscd\n/run/nslcd\n/run/nslcd/socket\n"
		"/run/screen\n/run/systemd\n/run/systemd/resolve\n/run/systemd/resolve/io.systemd.Resolve\n"
		"/run/systemd/resolve/secret\n/run/systemd/resolve/stub-resolv.conf\n"
		"/run/systemd/userdb\n/run/systemd/userdb/io.systemd.Stub\n"
		"/run/user\n/run/user/2001\n/run/utmp\n");
	assert_says(as_bob("touch /run/x /run/nscd/x /run/systemd/x /run/systemd/userdb/x"),
		    "Read-only file system");
	assert_silent(
		as_bob("touch /run/x /run/nscd/x /run/systemd/x /run/systemd/userdb/x 2>&1 | grep -v \"Read-only\\|Permission denied\"; echo"),
		"touch");
	rule_set("PrivateRun=no");
	assert_says(as_bob("cat /run/secret"), "s\n");
	assert_says(as_bob(ASK "/run/docker.sock"), "answer /run/docker.sock");
}

static int prepare(void **state)
{
	(void)state;
	return sh("setsid $HOST_SOURCE/tests/live/names_stub </dev/null >/run/host/stub.log 2>&1 & "
		  "i=0; until [ -e /run/host/stub-is-up ]; do i=$((i+1)); [ $i -lt 500 ] || exit 1; sleep 0.05; done")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nscd),		cmocka_unit_test(systemd_userdb),
		cmocka_unit_test(resolved),	cmocka_unit_test(other_services),
		cmocka_unit_test(nothing_else),
	};

	return cmocka_run_group_tests_name("names", tests, prepare, NULL);
}
