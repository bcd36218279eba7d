/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.c - run a fuzz target without libFuzzer; the same seed gives the same inputs everywhere
 *
 *	rules [-n RUNS] [-t SECONDS] [-s SEED] [-w DIRECTORY] [FILE...]
 *
 * With files, only these are tried. -w writes the seeds for libFuzzer. An input that crashes, hangs for
 * 10 s or breaks a promise is left in crash-TARGET in the working directory.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_MAX = 4096, POOL = 512, HANG_S = 10 };

static uint8_t input[INPUT_MAX + 1];
static size_t input_size;
static char crash_name[256];
static uint64_t state;

static uint32_t roll(uint32_t below)
{
	state ^= state << 13; /* xorshift64: Marsaglia 2003 */
	state ^= state >> 7;
	state ^= state << 17;
	return below != 0 ? (uint32_t)(state >> 32) % below : 0;
}

static void crashed(int sig)
{
	const int fd = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	static const char text[] = "fuzz: an input failed; it is in crash-*\n";

	if (fd < 0 || write(fd, input, input_size) < 0 || write(2, text, sizeof text - 1) < 0)
		_exit(2);
	(void)signal(sig, SIG_DFL); /* then the default does what it does */
	(void)raise(sig);
	_exit(2); /* SIGVTALRM's default ends it before */
}

/* ---- the pool: seeds, and inputs made from them ---- */

static struct {
	uint8_t *data;
	size_t size;
} pool[POOL];
static size_t pooled;

static void pool_put(size_t at, const void *data, size_t size)
{
	free(pool[at].data);
	pool[at].data = malloc(size + 1);
	must(pool[at].data != NULL);
	memcpy(pool[at].data, data, size);
	pool[at].size = size;
}

static void pool_fill(void)
{
	size_t size;
	const char *seed;

	while (pooled < POOL / 2 && (seed = fuzz_seed(pooled, &size)) != NULL)
		pool_put(pooled++, seed, size < INPUT_MAX ? size : INPUT_MAX);
	must(pooled > 0);
}

/* ---- changes ---- */

static void replace(size_t at, size_t gone, const void *data, size_t size)
{
	if (input_size - gone + size > INPUT_MAX)
		return;
	memmove(input + at + size, input + at + gone, input_size - at - gone);
	memcpy(input + at, data, size);
	input_size = input_size - gone + size;
}

static void word_in(size_t at)
{
	static size_t words;

	while (words == 0 || fuzz_word(words) != NULL)
		words++;
	if (words > 1) {
		const char *word = fuzz_word(roll((uint32_t)words));

		replace(at, roll(4) == 0 && at < input_size ? 1 : 0, word, strlen(word));
	}
}

static void change(void)
{
	const size_t at = roll((uint32_t)input_size + 1);
	const size_t rest = input_size - at;
	uint8_t chunk[INPUT_MAX];
	size_t n;

	switch (roll(8)) {
	case 0:
		if (rest > 0)
			input[at] = (uint8_t)(input[at] ^ 1u << roll(8));
		break;
	case 1:
		if (rest > 0)
			input[at] = (uint8_t)roll(256);
		break;
	case 2: {
		static const uint8_t marks[] = "\n\n\n=[]\\\"'#;%:!~-*? \t\r/.,@$";
		const uint8_t mark = marks[roll(sizeof marks)]; /* its NUL, too */

		replace(at, 0, &mark, 1);
		break;
	}
	case 3: /* out */
		replace(at, rest > 0 ? 1 + roll((uint32_t)(rest < 40 ? rest : 40)) : 0, "", 0);
		break;
	case 4: /* again, elsewhere */
		n = roll((uint32_t)(rest < 200 ? rest : 200) + 1);
		memcpy(chunk, input + at, n);
		replace(roll((uint32_t)input_size + 1), 0, chunk, n);
		break;
	case 5: { /* the end of another */
		const size_t other = roll((uint32_t)pooled);
		const size_t from = roll((uint32_t)pool[other].size + 1);

		n = pool[other].size - from;
		memcpy(chunk, pool[other].data + from, n);
		replace(at, rest, chunk, n);
		break;
	}
	default:
		word_in(at);
		break;
	}
}

static void one_run(void)
{
	const size_t from = roll((uint32_t)pooled);

	memcpy(input, pool[from].data, pool[from].size);
	input_size = pool[from].size;
	for (uint32_t n = 1 + roll(6); n > 0; n--)
		change();
	(void)LLVMFuzzerTestOneInput(input, input_size); /* 0 by its contract */
	if (roll(64) == 0) {				 /* far from the seeds as well */
		const size_t at = pooled < POOL ? pooled++ : POOL / 2 + roll(POOL / 2);

		pool_put(at, input, input_size);
	}
}

static int files(char **argv)
{
	for (; *argv != NULL; argv++) {
		FILE *f = fopen(*argv, "r");

		must(f != NULL);
		input_size = fread(input, 1, INPUT_MAX, f);
		(void)fclose(f);				 /* read-only */
		(void)LLVMFuzzerTestOneInput(input, input_size); /* 0 by its contract */
	}
	return 0;
}

static int write_seeds(const char *dir)
{
	char path[512];
	size_t size;
	const char *seed;

	for (size_t i = 0; (seed = fuzz_seed(i, &size)) != NULL; i++) {
		FILE *f;

		(void)snprintf(path, sizeof path, "%s/seed-%zu", dir,
			       i); /* cut: then it cannot be made */
		f = fopen(path, "w");
		must(f != NULL && fwrite(seed, 1, size, f) == size && fclose(f) == 0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long runs = 1000000, done = 0, seconds = 0;
	const char *slash = strrchr(argv[0], '/');
	const struct itimerval hang = { .it_value.tv_sec = HANG_S };
	const time_t begin = time(NULL);
	int option;

	state = 1;
	while ((option = getopt(argc, argv, "n:t:s:w:")) != -1) {
		if (option == 'n')
			runs = strtoul(optarg, NULL, 10);
		else if (option == 't')
			seconds = strtoul(optarg, NULL, 10);
		else if (option == 's')
			state = strtoul(optarg, NULL, 10) | 1;
		else if (option == 'w')
			return write_seeds(optarg);
		else
			return 2;
	}
	(void)snprintf(crash_name, sizeof crash_name, "crash-%s",
		       slash != NULL ? slash + 1 : argv[0]);
	must(signal(SIGABRT, crashed) != SIG_ERR && signal(SIGSEGV, crashed) != SIG_ERR &&
	     signal(SIGBUS, crashed) != SIG_ERR && signal(SIGVTALRM, crashed) != SIG_ERR);
	if (optind < argc)
		return files(argv + optind);
	pool_fill();
	while (seconds != 0 ? (unsigned long)(time(NULL) - begin) < seconds : done < runs) {
		if (done++ % 1000 == 0) /* CPU time, because the machine may be busy */
			must(setitimer(ITIMER_VIRTUAL, &hang, NULL) == 0);
		one_run();
	}
	(void)printf("%s: %lu runs, %ld s\n", slash != NULL ? slash + 1 : argv[0], done,
		     (long)(time(NULL) - begin));
	for (size_t i = 0; i < POOL; i++)
		free(pool[i].data);
	return 0;
}
