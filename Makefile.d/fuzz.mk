# make fuzz [TIME=60] [FUZZ=rules]: with libFuzzer and sanitizers where clang has them. The same
# targets with tests/fuzz/driver.c, which is everywhere and ends by itself, are part of the tests.
TIME ?= 60
FUZZ_ALL = rules plan
FUZZ ?= $(FUZZ_ALL)
FUZZ_RUNS = $(addprefix $(B)/tests/fuzz/,$(FUZZ_ALL))
LIBFUZZER := $(if $(filter fuzz,$(MAKECMDGOALS)),$(shell echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d == 0 && n; }' | \
	clang -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null && echo yes))

$(FUZZ_RUNS): $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/driver.o $(POLICY_A) $(APPLY_A) $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^ $(CAP_LIBS)
tests: $(FUZZ_RUNS)

.PHONY: fuzz
fuzz: $(FUZZ_RUNS) $(if $(LIBFUZZER),$(addprefix $(B)/libfuzzer/,$(FUZZ)))
	cd $(B) && for t in $(FUZZ); do \
		mkdir -p corpus-$$t && \
		if [ -x libfuzzer/$$t ]; then tests/fuzz/$$t -w corpus-$$t; libfuzzer/$$t -max_total_time=$(TIME) -timeout=10 -max_len=4096 corpus-$$t; \
		else tests/fuzz/$$t -t $(TIME) -s $$$$; fi || exit 1; done

$(B)/libfuzzer/%: tests/fuzz/%.c $(BASE_SRC) $(POLICY_SRC) $(wildcard core/*/*.[hd]* tests/fuzz/*.h)
	@mkdir -p $(@D)
	clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		$(PATHS) -o $@ $< $(BASE_SRC) $(POLICY_SRC) $(CAP_LIBS)
