/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.c - what the decision about a login costs: 2,000 rule files of 50 lines
 *
 *	decide [FILES [ROUNDS]]
 *
 * One JSON object a case on stdout: median and 90th percentile, and the median of the processor's
 * own time, which a busy machine does not change; in microseconds.
 */
#include "policy/rules/decide.h"

#include "policy/account/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char root[] = "/tmp/cordon-decide-XXXXXX";
static struct facts facts;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Writes a rule of 50 lines for users that match @key. */
static void write_rule(unsigned i, const char *key, const char *value)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/etc/cordon/rules.d/%05u.conf", root, i); /* fits */
	f = fopen(path, "w");
	if (f == NULL)
		die(path);
	(void)fprintf(
		f,
		"# rule %u\n[Match]\n%s=%s\nService=sshd su login\nTime=00:00-24:00\n\n[Session]\n"
		"Home=ephemeral\nHomeSize=256M\nPrivateUsers=self\nUMask=0027\nLimitNOFILE=1024\n",
		i, key, value);
	for (unsigned line = 13; line <= 50; line++)
		(void)fprintf(
			f,
			line % 2 ? "ReadOnlyPaths=-/srv/%u/course-%u\n" :
				   "InaccessiblePaths=-/srv/%u/solutions-%u \"/srv/with blank\"\n",
			i, line);
	if (fclose(f) != 0 || chmod(path, 0644) < 0)
		die(path);
}

static int by_time(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) * 1e6 +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e3;
}

static void measure(const char *name, unsigned files, unsigned rounds, enum verdict wanted)
{
	struct policy_paths paths;
	double *usec = calloc(rounds, sizeof *usec), *cpu = calloc(rounds, sizeof *cpu);

	if (usec == NULL || cpu == NULL)
		die("calloc");
	policy_paths_default(&paths);
	paths.root = root;
	paths.rules_etc = "/etc/cordon/rules.d";
	paths.owner = geteuid();
	for (unsigned i = 0; i < rounds; i++) {
		struct decision d;
		struct timespec from, to, cpu_from, cpu_to;

		(void)clock_gettime(CLOCK_MONOTONIC, &from); /* cannot fail */
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_from);
		(void)policy_decide(&paths, &facts, &d); /* the verdict tells */
		(void)clock_gettime(CLOCK_MONOTONIC, &to);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_to);
		if (d.verdict != wanted) {
			(void)fprintf(stderr, "decide: %s: %s\n", name, d.err.msg);
			exit(1);
		}
		decision_free(&d);
		usec[i] = between(&from, &to);
		cpu[i] = between(&cpu_from, &cpu_to);
	}
	qsort(usec, rounds, sizeof *usec, by_time);
	qsort(cpu, rounds, sizeof *cpu, by_time);
	(void)printf(
		"{\"case\":\"decide %s\",\"files\":%u,\"usec_p50\":%.0f,\"usec_p90\":%.0f,\"cpu_usec_p50\":%.0f}\n",
		name, files, usec[rounds / 2], usec[rounds * 9 / 10], cpu[rounds / 2]);
	free(usec);
	free(cpu);
}

static void prepare(unsigned files, const char *key, const char *value, const char *last)
{
	char command[256];

	(void)snprintf(command, sizeof command,
		       "rm -rf %s/etc && umask 022 && mkdir -p %s/etc/cordon/rules.d", root,
		       root); /* fits */
	if (system(command) != 0)
		die(command);
	for (unsigned i = 0; i < files; i++)
		write_rule(i, key, i + 1 < files ? value : last);
}

int main(int argc, char **argv)
{
	const unsigned files = argc > 1 ? (unsigned)atoi(argv[1]) : 2000;
	const unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 50;
	struct login login = {
		.uid = 65534, .user = "nobody", .service = "sshd", .rhost = "192.0.2.7"
	};
	struct err e = { 0 };
	char command[256];

	if (files == 0 || rounds == 0 || mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		die("decide");
	if (facts_resolve(&login, &facts, &e) < 0) {
		(void)fprintf(stderr, "decide: %s\n", e.msg);
		return 1;
	}
	prepare(files, "User", "alice bob 1000-1999 student*", "nobody");
	measure("the last of them by User=", files, rounds, VERDICT_CONFINE);
	prepare(files, "Group", "students tutors 50 lab-*", "nogroup");
	measure("the last of them by Group=", files, rounds, VERDICT_CONFINE);
	prepare(files, "User", "alice", "bob");
	measure("none of them", files, rounds, VERDICT_UNCONFINED);
	prepare(files, "User", "nobody", "bob");
	measure("the first of them", files, rounds, VERDICT_CONFINE);
	(void)snprintf(command, sizeof command, "rm -rf %s", root); /* fits */
	return system(command);
}
