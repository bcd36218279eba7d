/* SPDX-License-Identifier: Apache-2.0 */
/* registry_test.c - entries of sessions: made, counted, left, and removed after their owner died */
#include "contract/registry.h"
#include "contract/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char place_name[REGISTRY_NAME_MAX];
static char top[32], base[48];

static int begin(void **state)
{
	(void)state;
	registry_place_name("/etc/cordon/rules.d/a.conf:1", "bob", place_name);
	strcpy(top, "/tmp/registry.XXXXXX");
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(base, sizeof base, "%s/cordon/sessions", top);
	return 0;
}

/* All directories must be gone but the two that stay, so that rmdir(2) succeeds. */
static int finish(void **state)
{
	char parent[48];

	(void)state;
	(void)snprintf(parent, sizeof parent, "%s/cordon", top);
	if (access(base, F_OK) == 0 && (rmdir(base) < 0 || rmdir(parent) < 0))
		return -1;
	return rmdir(top);
}

static struct registry locked(void)
{
	struct registry r;

	assert_int_equal(registry_lock(base, getuid(), &r), 0);
	return r;
}

static mode_t mode_of(const char *path, const char *name)
{
	char at[160];
	struct stat st;

	(void)snprintf(at, sizeof at, "%s/%s", path, name);
	assert_int_equal(lstat(at, &st), 0);
	assert_int_equal(st.st_uid, getuid());
	return st.st_mode;
}

static unsigned asked;

static bool is_me(pid_t keeper)
{
	asked++;
	return keeper == getpid();
}

static bool is_none(pid_t keeper)
{
	(void)keeper;
	asked++;
	return false;
}

static int of_killed;

/* The entry goes while its process is looked at. */
static bool goes(pid_t keeper)
{
	(void)close(of_killed);
	return keeper == getpid();
}

static void is_found_while_it_lives(void **state)
{
	struct registry r = locked();
	const int a = registry_enter(&r, "aa", getuid());

	(void)state;
	of_killed = registry_enter(&r, "bb", getuid());
	assert_true(a >= 0 && of_killed >= 0);
	assert_int_equal(registry_find(&r, is_none), 0);
	assert_int_equal(asked, 2);
	assert_int_equal(registry_find(&r, is_me), 1);
	assert_int_equal(asked, 3);
	(void)close(a);
	assert_int_equal(registry_find(&r, goes), 0);
	assert_int_equal(registry_find(&r, is_me), 0);
	assert_int_equal(asked, 3);
	assert_int_equal(registry_leave(&r, "aa"), 0);
	assert_int_equal(registry_leave(&r, "bb"), 0);
	registry_unlock(&r);
}

static void has_an_entry_while_it_lives(void **state)
{
	struct registry r;
	int a, b, to;

	(void)state;
	(void)umask(027);
	r = locked();
	(void)umask(022);
	assert_int_equal(registry_count(&r), 0);
	a = registry_enter(&r, "aa", getuid());
	assert_true(a >= 0);
	assert_int_equal(registry_enter(&r, "aa", getuid()), -EEXIST);
	b = registry_enter(&r, "bb", getuid());
	assert_true(b >= 0);
	assert_int_equal(registry_count(&r), 2);
	assert_int_equal(mode_of(r.path, "aa"), S_IFSOCK | 0600);
	assert_int_equal(mode_of(r.path, ".lock"), S_IFREG | 0600);
	assert_int_equal(mode_of(r.path, "."), S_IFDIR | 0755);
	assert_int_equal(mode_of(base, "."), S_IFDIR | 0711);
	/* counting has not disturbed anybody */
	assert_int_equal(poll(&(struct pollfd){ .fd = a, .events = POLLIN }, 1, 0), 0);
	to = registry_connect(r.path, "aa");
	assert_true(to >= 0);
	assert_int_equal(poll(&(struct pollfd){ .fd = a, .events = POLLIN }, 1, 0), 1);
	(void)close(to);
	(void)close(a);
	assert_false(registry_alive(r.path, "aa"));
	assert_true(registry_alive(r.path, "bb"));
	assert_int_equal(registry_connect(r.path, "aa"), -ECONNREFUSED);
	assert_int_equal(registry_connect(r.path, "cc"), -ENOENT);
	assert_int_equal(registry_connect(r.path, "../bb"), -EINVAL);
	assert_int_equal(registry_count(&r), 1);
	assert_int_equal(registry_connect(r.path, "aa"), -ENOENT);
	assert_int_equal(registry_leave(&r, "bb"), 0);
	assert_int_equal(registry_leave(&r, "bb"), 0);
	(void)close(b);
	registry_unlock(&r);
	assert_int_equal(access(r.path, F_OK), -1);
}

/* A process that dies by SIGKILL leaves files, and the next login removes them. */
static void killed_owners_leave_no_entry(void **state)
{
	struct registry r;
	int ends[2], a, status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		r = locked();
		for (int i = 0; i < 3; i++)
			if (registry_enter(&r, (const char *[]){ "x", "y", "place" }[i], getuid()) <
			    0)
				_exit(1);
		(void)!write(ends[1], "x", 1);
		pause(); /* with the lock */
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(ends[0]);
	(void)close(ends[1]);
	r = locked();
	a = registry_enter(&r, "x", getuid());
	assert_true(a >= 0);
	assert_int_equal(registry_connect(r.path, "y"), -ENOENT);
	assert_int_equal(registry_place(&r, place_name), -ENOENT);
	assert_int_equal(registry_leave(&r, "x"), 0);
	(void)close(a);
	registry_unlock(&r);
}

static void places_have_an_entry_for_each_login(void **state)
{
	struct registry r = locked();
	int place, to;

	(void)state;
	assert_int_equal(registry_place(&r, place_name), -ENOENT);
	place = registry_enter(&r, place_name, getuid());
	assert_true(place >= 0);
	assert_int_equal(registry_count(&r), 0);
	assert_int_equal(registry_link(&r, place_name, "aa"), 0);
	assert_int_equal(registry_link(&r, place_name, "aa"), -EEXIST);
	assert_int_equal(registry_link(&r, place_name, "bb"), 0);
	assert_int_equal(registry_count(&r), 2);
	to = registry_place(&r, place_name);
	assert_true(to >= 0);
	(void)close(to);
	assert_int_equal(registry_leave(&r, "aa"), 0);
	assert_int_equal(registry_count(&r), 1);
	(void)close(place);
	assert_int_equal(registry_place(&r, place_name), -ENOENT);
	assert_int_equal(registry_count(&r), 0);
	registry_unlock(&r);
}

static void place_does_not_block(void **state)
{
	struct registry r = locked();
	const int place = registry_enter(&r, place_name, getuid());
	int to[200], n = 0;

	(void)state;
	assert_true(place >= 0);
	while (n < 200 && (to[n] = registry_place(&r, place_name)) >= 0)
		n++;
	assert_in_range(n, 1, 199);
	assert_int_equal(to[n], -EAGAIN);
	assert_true(registry_alive(r.path, place_name));
	while (n-- > 0)
		(void)close(to[n]);
	(void)close(place);
	assert_int_equal(registry_count(&r), 0);
	registry_unlock(&r);
}

/* Many that come and go at once: each has the lock alone, whoever removes the directory. */
static void only_one_has_the_lock(void **state)
{
	enum { WORKERS = 8, TURNS = 200 };
	pid_t pids[WORKERS];
	char path[64];
	int status;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/one", top);
	for (int w = 0; w < WORKERS; w++) {
		pids[w] = fork();
		if (pids[w] != 0)
			continue;
		for (int i = 0; i < TURNS; i++) {
			struct registry r;
			char id[16];
			int fd, one;

			if (registry_lock(base, getuid(), &r) < 0)
				_exit(1);
			one = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
			if (one < 0)
				_exit(2); /* another one has the lock as well */
			(void)snprintf(id, sizeof id, "%d", w);
			fd = registry_enter(&r, id, getuid());
			if (fd < 0)
				_exit(3);
			if (i % 2 == 0 && registry_leave(&r, id) < 0)
				_exit(4);
			(void)close(one);
			(void)unlink(path);
			registry_unlock(&r);
			(void)close(fd);
		}
		_exit(0);
	}
	for (int w = 0; w < WORKERS; w++) {
		assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
		assert_int_equal(status, 0);
	}
	{
		struct registry r = locked();

		assert_int_equal(registry_count(&r), 0);
		registry_unlock(&r);
	}
}

static void others_cannot_hold_the_lock_for_ever(void **state)
{
	struct registry r = locked(), second;
	const int dir = open(r.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(flock(dir, LOCK_EX | LOCK_NB), 0); /* all that others can lock */
	registry_unlock(&r);
	r = locked();
	assert_int_equal(registry_lock(base, getuid(), &second), -ETIMEDOUT);
	registry_unlock(&second);
	registry_unlock(&r);
	(void)close(dir);
}

/* The line of a rule changes with each comment above it; another rule or name is another session. */
static void places_are_named_by_rule_and_user(void **state)
{
	char other[REGISTRY_NAME_MAX];

	(void)state;
	registry_place_name("/etc/cordon/rules.d/a.conf:7", "bob", other);
	assert_string_equal(other, place_name);
	registry_place_name("/etc/cordon/rules.d/b.conf:1", "bob", other);
	assert_string_not_equal(other, place_name);
	registry_place_name("/etc/cordon/rules.d/a.conf:1", "bobby", other);
	assert_string_not_equal(other, place_name);
	assert_true(registry_is_place(place_name) && !registry_is_place("7f3a9c2e01d4b586"));
	registry_place_id("7f3a9c2e01d4b586", other);
	assert_string_equal(other, "p7f3a9c2e01d4b58");
	assert_true(registry_is_place(other) && registry_is_place_id(other));
	assert_true(!registry_is_place_id(place_name) && !registry_is_place_id("7f3a9c2e01d4b586"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(has_an_entry_while_it_lives, begin, finish),
		cmocka_unit_test_setup_teardown(is_found_while_it_lives, begin, finish),
		cmocka_unit_test_setup_teardown(killed_owners_leave_no_entry, begin, finish),
		cmocka_unit_test_setup_teardown(places_have_an_entry_for_each_login, begin, finish),
		cmocka_unit_test_setup_teardown(places_are_named_by_rule_and_user, begin, finish),
		cmocka_unit_test_setup_teardown(place_does_not_block, begin, finish),
		cmocka_unit_test_setup_teardown(only_one_has_the_lock, begin, finish),
		cmocka_unit_test_setup_teardown(others_cannot_hold_the_lock_for_ever, begin, finish),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
