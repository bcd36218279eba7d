/* gate_test.c - what the locks around a session must let through */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* A queue is made, written to, opened again for reading, and removed. */
#define QUEUES "/usr/local/bin/queues"
static const char queues[] =
	"#!/usr/bin/python3\n"
	"import ctypes, os\n"
	"c = ctypes.CDLL(None, use_errno=True)\n"
	"def call(f, *a):\n"
	" r = f(*a)\n"
	" if r < 0: raise SystemExit(os.strerror(ctypes.get_errno()) + ' ' + f.__name__)\n"
	" return r\n"
	"q = call(c.mq_open, b'/q', os.O_CREAT | os.O_RDWR, 0o600, None)\n"
	"call(c.mq_send, q, b'word', 4, 0)\n"
	"r = call(c.mq_open, b'/q', os.O_RDONLY)\n"
	"b = ctypes.create_string_buffer(8192)\n"
	"n = call(c.mq_receive, r, b, 8192, None)\n"
	"call(c.mq_unlink, b'/q')\n"
	"print('got', b.raw[:n].decode())\n";

static int prepare(void **state)
{
	FILE *f = fopen(QUEUES, "w");

	(void)state;
	assert_non_null(f);
	assert_true(fputs(queues, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return sh("chmod 755 " QUEUES).code;
}

/* The kernel opens them on a mount of its own, which is beneath no root. */
static void message_queues(void **state)
{
	static const char *const rules[] = {
		"", "PrivateDevices=no", "PrivateIPC=no", "PrivateDevices=no\nPrivateIPC=no", "PrivateUsers=no",
		"AllowCommands=" QUEUES, "Command=" QUEUES,
	};

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_says(as_bob(QUEUES), "got word");
	}
	assert_says(sh("cd /tmp; cordon run --uid 2001 --gid 2001 -- " QUEUES), "got word");
	assert_says(sh("cd /tmp; cordon run --set PrivateDevices=no --uid 2001 --gid 2001 -- " QUEUES), "got word");
	assert_says(sh("cd /tmp; setpriv --reuid bob --regid bob --init-groups cordon run -- " QUEUES), "got word");
	/* and hides the host's */
	assert_int_equal(sh("python3 -c 'import ctypes, os; exit(ctypes.CDLL(None).mq_open(b\"/of-the-host\", os.O_CREAT | os.O_RDWR, 0o666, None) < 0)'").code, 0);
	rule_set("PrivateDevices=no");
	assert_silent(as_bob("ls /dev/mqueue; python3 -c 'import ctypes, os; print(\"OPEN\" if ctypes.CDLL(None).mq_open(b\"/of-the-host\", os.O_RDWR) >= 0 else \"held\")'"), "OPEN");
}

/* The caller's view shows nothing to write to then; the command's own does. */
static void a_forced_command_writes(void **state)
{
	(void)state;
	assert_int_equal(sh("mkdir -p /srv/team && chmod 777 /srv/team").code, 0);
	rule_set("Command=touch a /tmp/b /var/tmp/c /dev/shm/d /srv/team/e\nReadWritePaths=/srv/team");
	assert_int_equal(as_bob("ignored").code, 0);
	assert_says(sh("ls /home/bob/a /srv/team/e"), "/home/bob/a\n/srv/team/e\n");
	rule_set("Command=cp -r /etc/skel n\nHome=ephemeral");
	assert_int_equal(as_bob("").code, 0);
	assert_silent(sh("ls /home/bob"), "n\n");
	rule_set("Command=touch never\nHome=read-only");
	assert_says(as_bob(""), "Read-only file system");
	rule_set("Command=touch /usr/never /etc/never");
	assert_int_equal(as_bob("").code, 1);
	/* by su, whose caller's view is the whole one */
	rule_set("Command=touch f");
	assert_int_equal(sh("su - bob -c ignored; ls /home/bob/f").code, 0);
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_queues),
		cmocka_unit_test(a_forced_command_writes),
	};

	return cmocka_run_group_tests_name("gate", tests, prepare, NULL);
}
