/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept_test.c - filters that are kept: found as they were stored, and only while everything that
 * they were made from is the same; and cordon-filters that fail
 */
#include "policy/filter/ask.h"
#include "policy/filter/filter.h"
#include "policy/filter/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char top[] = "/tmp/cordon-kept-XXXXXX";
static char parent[64], dir[64], library[64], program[64];
static struct kept kept;
static struct filter_request *request, *other;
static struct filter_answer *answer;

static void put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void sh(const char *command)
{
	char text[2048];

	(void)snprintf(text, sizeof text, "cd %s && %s", top, command);
	assert_int_equal(system(text), 0);
}

static int make_tree(void **state)
{
	static const struct filter_word word = { "~ptrace", WORD_BEGINS | WORD_GIVEN };
	static const struct filter_spec spec, more = { .list = { { &word, 1 } } };
	const uint32_t n = 100;

	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(parent, sizeof parent, "%s/cordon", top);
	(void)snprintf(dir, sizeof dir, "%s/cordon/filters", top);
	(void)snprintf(library, sizeof library, "%s/library", top);
	(void)snprintf(program, sizeof program, "%s/cordon-filter", top);
	kept = (struct kept){
		.parent = parent, .name = "filters", .owner = getuid(), .program = program
	};
	put(library, "a library\n", 0644);
	put(program, "#!/bin/sh\nexit 0\n", 0755);
	if (filter_pack(&spec, FILTER_PROGRAM, &request) < 0 ||
	    filter_pack(&more, FILTER_PROGRAM, &other) < 0)
		return -1;
	answer = calloc(1, sizeof *answer + n * 8);
	if (answer == NULL)
		return -1;
	*answer = (struct filter_answer){ .magic = FILTER_ANSWER_MAGIC,
					  .version = FILTER_WIRE_VERSION,
					  .size = (uint32_t)sizeof *answer + n * 8,
					  .n_insns = n };
	memset(answer + 1, 0x5a, n * 8);
	if (filter_file_read(library, &answer->library) < 0 ||
	    filter_file_read(program, &answer->helper) < 0)
		return -1;
	return 0;
}

static int remove_tree(void **state)
{
	char command[128];

	(void)state;
	free(request);
	free(other);
	free(answer);
	(void)snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

/* The path of the file that is kept; there is one. */
static const char *the_file(void)
{
	static char path[NAME_MAX + sizeof dir + 2];
	DIR *d = opendir(dir);
	const struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
			n++;
		}
	(void)closedir(d);
	assert_int_equal(n, 1);
	return path;
}

static bool found(void)
{
	struct filter_answer *a = NULL;
	const int r = kept_find(&kept, request, &a);

	if (r == 0) {
		assert_int_equal(a->size, answer->size);
		assert_memory_equal(a, answer, a->size);
		free(a);
	} else {
		assert_int_equal(r, -ENOENT);
	}
	return r == 0;
}

static void store(void)
{
	assert_int_equal(kept_store(&kept, request, answer), 0);
	assert_true(found());
}

static int fresh(void **state)
{
	(void)state;
	sh("rm -rf cordon");
	return 0;
}

static void stored_and_found(void **state)
{
	struct filter_answer *a = NULL;
	struct stat st;
	const mode_t mask = umask(077);

	(void)state;
	assert_false(found());
	store();
	(void)umask(mask);
	assert_int_equal(stat(parent, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(stat(the_file(), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(kept_find(&kept, other, &a), -ENOENT);
	store(); /* again, in its place */
	(void)the_file();
}

/* What is done to a file that counted; the next one takes its place. */
static void foreign_files_do_not_count(void **state)
{
	static const char *const done[] = {
		"chmod g+w $F",
		"chmod o+w $F",
		"ln $F cordon/filters/more",
		"mv $F aside && ln -s ../../aside $F",
		"mv $F aside && ln -s /dev/zero $F",
		"rm $F && mkfifo $F",
		": >$F",
		"printf x >>$F",
		"truncate -s -1 $F",
		"truncate -s -8 $F",
		"truncate -s +8 $F",
		"size=$(stat -c %s $F) && truncate -s 0 $F && truncate -s $size $F",
		"truncate -s 3M $F",
	};

	(void)state;
	for (size_t i = 0; i < sizeof done / sizeof done[0]; i++) {
		char command[512];

		sh("rm -rf cordon aside");
		store();
		(void)snprintf(command, sizeof command, "F=%s && %s", the_file(), done[i]);
		sh(command);
		if (found())
			fail_msg("after '%s' the file still counts", done[i]);
		store();
	}
	sh("rm -rf cordon aside");
}

/* Neither is a file found in a directory of others, nor is one stored there. */
static void foreign_directories_do_not_count(void **state)
{
	static const char *const done[] = {
		"chmod g+w cordon/filters",
		"chmod o+w cordon/filters",
		"chmod g+w cordon",
		"mv cordon/filters aside && ln -s ../aside cordon/filters",
		"mv cordon aside && ln -s aside cordon",
		"rm -r cordon/filters && : >cordon/filters",
	};

	(void)state;
	for (size_t i = 0; i < sizeof done / sizeof done[0]; i++) {
		sh("rm -rf cordon aside");
		store();
		sh(done[i]);
		if (found())
			fail_msg("after '%s' the file still counts", done[i]);
		assert_int_not_equal(kept_store(&kept, request, answer), 0);
	}
	kept.owner++;
	sh("rm -rf cordon aside");
	assert_int_not_equal(kept_store(&kept, request, answer), 0);
	kept.owner--;
	sh("rm -rf cordon");
	store();
	kept.owner++;
	assert_false(found());
	kept.owner--;
}

static void every_byte_counts(void **state)
{
	unsigned char bytes[4096];
	ssize_t n;
	int fd;

	(void)state;
	store();
	fd = open(the_file(), O_RDWR);
	n = read(fd, bytes, sizeof bytes);
	assert_true(n > 0 && n < (ssize_t)sizeof bytes);
	for (ssize_t i = 0; i < n; i++) {
		const unsigned char wrong = bytes[i] ^ 0x10;

		assert_int_equal(pwrite(fd, &wrong, 1, i), 1);
		assert_false(found());
		assert_int_equal(pwrite(fd, &bytes[i], 1, i), 1);
	}
	assert_true(found());
	for (ssize_t i = 0; i < n; i++) {
		assert_int_equal(ftruncate(fd, i), 0);
		assert_false(found());
	}
	(void)close(fd);
}

/* The file of another request under this one's name, as two of one hash would have it. */
static void the_whole_request_counts(void **state)
{
	char here[sizeof dir + NAME_MAX];

	(void)state;
	store();
	(void)snprintf(here, sizeof here, "%s", the_file());
	sh("rm cordon/filters/*");
	assert_int_equal(kept_store(&kept, other, answer), 0);
	assert_int_equal(rename(the_file(), here), 0);
	assert_false(found());
	store();
}

static void changed_programs_do_not_count(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const char *path = i == 0 ? library : program;

		sh("rm -rf cordon");
		store();
		put(path, "another\n", 0755);
		assert_false(found());
		assert_int_equal(filter_file_read(library, &answer->library), 0);
		assert_int_equal(filter_file_read(program, &answer->helper), 0);
		store();
		assert_int_equal(unlink(path), 0);
		assert_int_equal(found(), i == 1); /* no other cordon-filter has taken its place */
		put(path, "another\n", 0755);
		assert_false(found());
		assert_int_equal(filter_file_read(library, &answer->library), 0);
		assert_int_equal(filter_file_read(program, &answer->helper), 0);
	}
	/* it is another cordon-filter that would be asked */
	store();
	kept.program = "/bin/sh";
	assert_false(found());
	kept.program = program;
}

static void refusals_are_not_found(void **state)
{
	struct {
		struct filter_answer head;
		struct filter_error error;
	} no = { .head = *answer };

	(void)state;
	no.head.code = -EINVAL;
	no.head.n_insns = 0;
	no.head.n_errors = 1;
	no.head.size = sizeof no;
	assert_int_equal(filter_answer_check(&no.head, sizeof no), 0);
	assert_int_equal(kept_store(&kept, request, &no.head), 0);
	assert_false(found());
}

static void it_does_not_grow(void **state)
{
	unsigned n = 0;
	DIR *d;

	(void)state;
	store();
	sh("i=0; while [ $i -lt 600 ]; do : >cordon/filters/$i; i=$((i + 1)); done");
	store();
	d = opendir(dir);
	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	assert_true(n < 10);
}

static void nothing_is_left_half(void **state)
{
	(void)state;
	store();
	/* a directory has the name: it cannot be replaced */
	sh("F=$(echo cordon/filters/*) && rm $F && mkdir -p $F/more");
	assert_int_not_equal(kept_store(&kept, request, answer), 0);
	(void)the_file(); /* no other */
	assert_false(found());
}

/* Many write and read at once: none ever finds a half one. */
static void at_once(void **state)
{
	pid_t pids[8];

	(void)state;
	store();
	for (unsigned p = 0; p < 8; p++) {
		pids[p] = fork();
		if (pids[p] != 0)
			continue;
		for (unsigned i = 0; i < 300; i++) {
			struct filter_answer *a = NULL;

			if (kept_store(&kept, request, answer) < 0 ||
			    kept_find(&kept, request, &a) < 0 || a->size != answer->size ||
			    memcmp(a, answer, a->size) != 0)
				_exit(1);
			free(a);
		}
		_exit(0);
	}
	for (unsigned p = 0; p < 8; p++) {
		int status;

		assert_int_equal(waitpid(pids[p], &status, 0), pids[p]);
		assert_int_equal(status, 0);
	}
	(void)the_file();
}

/* ---- cordon-filters that fail ---- */

static void refused(const char *script, int code, const char *says)
{
	struct filter_answer *a = NULL;
	struct err e = { 0 };
	char text[256];

	(void)snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
	put(program, text, 0755);
	if (ask_filter(program, request, &a, &e) != code || strstr(e.msg, says) == NULL ||
	    strcmp(e.file, program) != 0)
		fail_msg("'%s': %d: %s", script, e.code, e.msg);
	assert_null(a);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* none is left behind */
}

static void failures_are_told(void **state)
{
	struct filter_answer *a = NULL;
	struct err e = { 0 };

	(void)state;
	refused("exit 0", -EPROTO, "gave no valid answer");
	refused("exit 3", -EPROTO, "failed with exit status 3");
	refused("kill -SEGV $$", -EPROTO, "was killed by signal 11");
	refused("exit 127", -ENOEXEC, "cannot be executed");
	refused("head -c 400 /dev/zero", -EPROTO, "gave no valid answer");
	refused("cat", -EPROTO, "gave no valid answer");
	refused("cat /dev/zero", -EMSGSIZE, "Message too long");
	assert_int_equal(unlink(program), 0);
	assert_int_equal(ask_filter(program, request, &a, &e), -ENOENT);
	assert_non_null(strstr(e.msg, "No such file or directory; install cordon"));
	put(program, "no program\n", 0755);
	assert_int_equal(ask_filter(program, request, &a, &e), -ENOEXEC);
	put(program, "", 0644);
	assert_int_equal(ask_filter(program, request, &a, &e), -EACCES);
}

/* The script answers with the file "answer". */
static void answers(const char *before)
{
	char path[128], script[512];
	struct filter_answer *a = NULL;
	struct err e = { 0 };
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/answer", top);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(answer, answer->size, 1, f), 1);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(script, sizeof script, "#!/bin/sh\n%s\ncat >%s/request\ncat %s\n", before,
		       top, path);
	put(program, script, 0755);
	if (ask_filter(program, request, &a, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(a->size, answer->size);
	assert_memory_equal(a, answer, a->size);
	free(a);
}

/* Whatever the caller has done with its signals and descriptors. */
static void starts_from_anywhere(void **state)
{
	sigset_t all, old;

	(void)state;
	/* no environment but what a shell sets, no descriptor but three, no signal ignored */
	answers("[ -z \"$HOME\" ] && grep -q 'SigIgn:.0000000000000000' /proc/self/status || exit 1\n"
		"for fd in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || exit 1; done");
	(void)signal(SIGCHLD, SIG_IGN);
	answers("");
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigfillset(&all);
	assert_int_equal(sigprocmask(SIG_SETMASK, &all, &old), 0);
	answers("grep -q 'SigBlk:.0000000000000000' /proc/self/status || exit 1");
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	(void)signal(SIGPIPE, SIG_DFL);
	for (unsigned closed = 1; closed < 8; closed++) { /* 0, 1 and 2 in all combinations */
		const pid_t pid = fork();
		int status;

		if (pid == 0) {
			struct filter_answer *a = NULL;

			for (int fd = 0; fd < 3; fd++)
				if (closed & (1u << fd))
					(void)close(fd);
			_exit(ask_filter(program, request, &a, NULL) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

static void names_are_asked(void **state)
{
	char name[16];

	(void)state;
	filter_beside(top);
	assert_string_equal(filter_helper(), program);
	put(program, "#!/bin/sh\n[ \"$1 $2\" = '--name 321' ] && echo bpf\n", 0755);
	assert_int_equal(filter_call_name(321, name, sizeof name), 0);
	assert_string_equal(name, "bpf");
	assert_int_equal(filter_call_name(1, name, sizeof name), -ENOENT);
	put(program, "#!/bin/sh\necho a_name_that_is_too_long\n", 0755);
	assert_true(filter_call_name(1, name, sizeof name) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stored_and_found, fresh),
		cmocka_unit_test_setup(foreign_files_do_not_count, fresh),
		cmocka_unit_test_setup(foreign_directories_do_not_count, fresh),
		cmocka_unit_test_setup(every_byte_counts, fresh),
		cmocka_unit_test_setup(the_whole_request_counts, fresh),
		cmocka_unit_test_setup(changed_programs_do_not_count, fresh),
		cmocka_unit_test_setup(refusals_are_not_found, fresh),
		cmocka_unit_test_setup(it_does_not_grow, fresh),
		cmocka_unit_test_setup(nothing_is_left_half, fresh),
		cmocka_unit_test_setup(at_once, fresh),
		cmocka_unit_test(failures_are_told),
		cmocka_unit_test(starts_from_anywhere),
		cmocka_unit_test(names_are_asked),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
