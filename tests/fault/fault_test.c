/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_test.c - let every privileged call fail once: each login is refused and leaves nothing behind
 *
 * Needs programs of "make FAULT=1". The loops need no list of calls, because each ends with the first
 * run in which no call failed. New calls are covered at once.
 */
#include "../live/lib/live.h"

#include "base/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RAN  "/srv/ran"
#define RULE "ReadWritePaths=/srv\n"
/* settings that cause further calls */
#define RULE_LONG \
	RULE "Hostname=inside\nHome=ephemeral\nNoExecPaths=/opt\nInaccessiblePaths=/boot\n" \
	     "TemporaryFileSystem=/mnt\nBindReadOnlyPaths=/usr:/media\nLimitNPROC=500\n" \
	     "PrivateNetwork=no\nPrivateUsers=self"

static struct fault *fault;

/* Logs in once; the session writes its status to RAN. Returns the exit status. */
static int login(void)
{
	int status;
	pid_t pid;

	(void)unlink(RAN);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const int null = open("/dev/null", O_RDWR);

		(void)dup2(null, 0);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execl("/bin/su", "su", "bob", "-c", "cat /proc/self/status >" RAN,
			    (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Returns 0: nothing has run; 1: confined in every layer; -1: an escape. */
static int ran(void)
{
	char status[8192];
	FILE *f = fopen(RAN, "r");
	size_t n;

	if (f == NULL)
		return 0;
	n = fread(status, 1, sizeof status - 1, f);
	status[n] = '\0';
	(void)fclose(f); /* read-only */
	return strstr(status, "NoNewPrivs:\t1\nSeccomp:\t2\n") != NULL &&
			       strstr(status,
				      "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
				      "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
				      "CapAmb:\t0000000000000000\n") != NULL &&
			       strstr(status, "\nNSpid:\t") != NULL ?
		       1 :
		       -1;
}

static unsigned mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	unsigned n = 0;
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		n += c == '\n';
	(void)fclose(f); /* read-only */
	return n;
}

/* Waits until keeper and init are gone, with time for a busy machine. */
static bool gone(void)
{
	for (unsigned i = 0; i < 3000; i++) {
		const struct timespec nap = { .tv_nsec = 10000000 };
		unsigned n = 0;
		DIR *proc = opendir("/proc");
		const struct dirent *e;

		assert_non_null(proc);
		while ((e = readdir(proc)) != NULL) {
			char path[300], comm[32] = "";
			FILE *f;

			(void)snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
			f = e->d_name[0] >= '1' && e->d_name[0] <= '9' ? fopen(path, "r") : NULL;
			if (f == NULL)
				continue;
			n += fgets(comm, sizeof comm, f) != NULL && strncmp(comm, "cordon", 6) == 0;
			(void)fclose(f); /* read-only */
		}
		(void)closedir(proc); /* read-only */
		if (n == 0)
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return false;
}

static void arm(uint32_t role, uint32_t mode, uint32_t at)
{
	memset(fault, 0, sizeof *fault);
	fault->role = role;
	fault->mode = mode;
	fault->err = -EPERM;
	fault->at = at;
}

/* Is this the call by which the module leaves the pid namespace after the session? */
static bool is_way_back(unsigned at)
{
	static unsigned gate; /* the last call that the session step makes of this kind */

	if (strcmp(fault->name, "sys_landlock_restrict_self") == 0)
		gate = at;
	return gate != 0 && at > gate &&
	       (strcmp(fault->name, "sys_pidfd_open") == 0 || strcmp(fault->name, "sys_setns") == 0);
}

/* May a login go on although its call number @at, @fault, failed once? */
static bool may_go_on(uint32_t role, uint32_t mode, unsigned at)
{
	/* the kernel has no way to read these back, or they had nothing to change */
	static const char *const unproven[] = { "sys_setrlimit", "sys_close_range", "sys_landlock",
						"sys_keyring_private", "sys_setresgid" };
	static unsigned prctls;

	if (mode == FAULT_STICKY)
		return false;
	for (unsigned i = 0; mode == FAULT_LIE && i < sizeof unproven / sizeof unproven[0]; i++)
		if (strncmp(fault->name, unproven[i], strlen(unproven[i])) == 0)
			return true;
	/* one: the ambient set was empty before it was emptied */
	if (mode == FAULT_LIE && strcmp(fault->name, "sys_prctl") == 0)
		return prctls++ == 0;
	if (role == FAULT_KEEPER)
		return true; /* the session step tries again what the account step has begun */
	if (role == FAULT_MODULE && is_way_back(at))
		return true;
	/* another keeper is asked, with the limits */
	if (role == FAULT_MODULE && strcmp(fault->name, "sys_getrlimit") == 0)
		return true;
	/* the attempt to regain uid 0 must fail anyway; a pidfd is asked for again */
	return role == FAULT_SHELL && strcmp(fault->name, "sys_setresuid") == 0;
}

/* Has the directory another entry than @stays? */
static bool has_more(const char *path, const char *stays, const char *too)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	bool more = false;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, stays) != 0 &&
		    strcmp(e->d_name, too) != 0) {
			print_message("left behind: %s/%s\n", path, e->d_name);
			more = true;
		}
	if (d != NULL)
		(void)closedir(d); /* read-only */
	return more;
}

/* Something of a session's on the host. What stays are filters, and the place of sessions if one took long. */
static bool left_behind(void)
{
	return has_more("/run/cordon", "filters", "sessions") ||
	       has_more("/run/cordon/sessions", "", "");
}

static unsigned walk(uint32_t role, uint32_t mode)
{
	const unsigned before = mounts();
	unsigned at, wrong = 0;

	for (at = 1;; at++) {
		int code, did;

		arm(role, mode, at);
		code = login();
		did = ran();
		if (fault->fired == 0) {
			if (code != 0 || did != 1)
				(void)says(sh("tail -n 3 $HOST_LOG"), "a login without a fault");
			assert_int_equal(did, 1);
			break;
		}
		if (role == FAULT_MODULE)
			(void)is_way_back(at); /* it notes where the session step ends */
		if (did < 0 || (did == 1 && !may_go_on(role, mode, at)) ||
		    (did == 0 && code == 0) || !gone() || mounts() != before || left_behind()) {
			print_message("role %u mode %u call %u %s: code %d, ran %d, mounts %u/%u\n",
				      role, mode, at, fault->name, code, did, before, mounts());
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	return at - 1;
}

static void every_call_refuses(void **state)
{
	static const char *const names[] = { "", "keeper and init", "module", "cordonsh" };

	(void)state;
	rule_set(RULE);
	for (uint32_t role = FAULT_KEEPER; role <= FAULT_SHELL; role++) {
		const unsigned once = walk(role, FAULT_ONCE), kill = walk(role, FAULT_KILL);

		print_message("%s: %u calls failed, %u were death\n", names[role], once, kill);
		assert_in_range(once, 5, 10000);
		assert_in_range(kill, 5, 10000);
	}
}

static void every_call_of_a_long_rule_refuses(void **state)
{
	(void)state;
	rule_set(RULE_LONG);
	assert_in_range(walk(FAULT_KEEPER, FAULT_STICKY), 50, 10000);
	assert_in_range(walk(FAULT_SHELL, FAULT_ONCE), 50, 10000);
}

/* cordonsh proves each drop, so it notices a call that claimed success and did nothing. */
static void every_lie_is_found_out(void **state)
{
	(void)state;
	rule_set(RULE "PrivateUsers=self\nLimitNPROC=500");
	assert_in_range(walk(FAULT_SHELL, FAULT_LIE), 50, 10000);
}

/* The limits, the maps and the byte that says go: cut short, and end of file in the byte's place. */
static void half_a_map_refuses(void **state)
{
	static const char *const names[] = { "sys_send", "sys_write_at", "sys_write_at",
					     "sys_write_at", "sys_send_byte" };
	static const char *const says_of[] = { "step=limits errno=EIO", "step=map errno=EIO", NULL,
					       NULL, "step=go errno=EPIPE" };

	(void)state;
	rule_set(RULE);
	for (uint32_t at = 1; at <= 5; at++) {
		arm(FAULT_KEEPER, FAULT_SHORT, at);
		(void)login();
		assert_int_equal(fault->fired, 1);
		assert_string_equal(fault->name, names[at - 1]);
		assert_true(ran() >= 0); /* it was tried again */
		assert_true(gone());
	}
	/* if the failure lasts, the login is refused, and user and log are told, in any step */
	for (unsigned i = 0; i < 5; i++) {
		if (says_of[i] == NULL)
			continue;
		arm(FAULT_KEEPER, FAULT_SHORT_STICKY, 1);
		strcpy(fault->only, names[i]);
		assert_int_not_equal(login(), 0);
		assert_int_equal(ran(), 0);
		assert_true(gone());
		assert_says(sh("grep -E 'event=(deny|fail) ' $HOST_LOG | tail -n 1"), says_of[i]);
		assert_says(sh("su bob -c true"),
			    "this session could not be confined and was refused");
		assert_true(gone());
	}
}

/* The programs that hold lists of addresses: made, attached and read back, or there is no login. */
static void no_address_without_its_list(void **state)
{
	static const char *const names[] = { "sys_bpf_trie", "sys_bpf_put",    "sys_bpf_freeze",
					     "sys_bpf_load", "sys_bpf_attach", "sys_bpf_query",
					     "sys_bpf_info", "sys_bpf_next",   "sys_bpf_program",
					     "sys_bpf_map" };
	static const char *const lies[] = { "sys_bpf_put", "sys_bpf_attach" };

	(void)state;
	if (sh("mount -t cgroup2 none /sys/fs/cgroup").code != 0)
		skip();
	rule_set(RULE "PrivateNetwork=no\nIPAddressDeny=192.0.2.1");
	for (size_t i = 0; i < sizeof names / sizeof names[0] + sizeof lies / sizeof lies[0]; i++) {
		const bool lie = i >= sizeof names / sizeof names[0];
		const char *name = lie ? lies[i - sizeof names / sizeof names[0]] : names[i];

		for (uint32_t at = 1;; at++) {
			int code;

			arm(FAULT_KEEPER, lie ? FAULT_LIE : FAULT_STICKY, at);
			strcpy(fault->only, name);
			code = login();
			if (fault->fired == 0) {
				assert_int_equal(ran(), 1);
				assert_in_range(at, 2, 100);
				break;
			}
			if (code == 0 || ran() != 0)
				fail_msg("%s, call %u: the login goes on", name, at);
			assert_true(gone());
		}
	}
	assert_says(sh("umount /sys/fs/cgroup; cat $HOST_LOG"), "event=deny");
}

static int prepare(void **state)
{
	int fd;

	(void)state;
	if (chmod("/srv", 01777) < 0)
		return -1;
	fd = open(FAULT_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || fchmod(fd, 0666) < 0 || ftruncate(fd, sizeof *fault) < 0)
		return -1;
	fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return fault == MAP_FAILED ? -1 : close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_refuses),
		cmocka_unit_test(every_call_of_a_long_rule_refuses),
		cmocka_unit_test(every_lie_is_found_out),
		cmocka_unit_test(half_a_map_refuses),
		cmocka_unit_test(no_address_without_its_list),
	};

	return cmocka_run_group_tests_name("fault", tests, prepare, NULL);
}
