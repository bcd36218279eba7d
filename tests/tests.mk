# SPDX-License-Identifier: Apache-2.0
# tests.mk - how the programs of tests/ are built
UNIT_SRC := $(wildcard tests/unit/*_test.c)
LIVE_SRC := $(wildcard tests/live/*_test.c)
LIVE_LIB := $(wildcard tests/live/lib/*.c)
FAULT_SRC := $(if $(FAULT),$(wildcard tests/fault/*_test.c))
PROBE_SRC := $(wildcard tests/live/probe/*.c)
UNIT = $(patsubst tests/%.c,$(B)/tests/%,$(UNIT_SRC))
LIVE = $(patsubst tests/%.c,$(B)/tests/%,$(LIVE_SRC))
FAULTS = $(patsubst tests/%.c,$(B)/tests/%,$(FAULT_SRC))
PROBES = $(patsubst tests/%.c,$(B)/tests/%,$(PROBE_SRC))

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(FILTER_A) $(CORE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $(filter %.o %.a,$^) $(CMOCKA_LIBS) $(SECCOMP_LIBS) $(CAP_LIBS) -ldl -lpam

$(LIVE) $(FAULTS): %: %.o $(call obj,$(LIVE_LIB))
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^ $(CMOCKA_LIBS) -lutil -lpam

# attackers: without sanitizers, whose own memory would be in the way of squeezed limits
$(PROBES): $(B)/tests/%: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wno-write-strings -Wno-discarded-qualifiers $(CFLAGS) -o $@ $<

$(addprefix $(B)/tests/unit/,corpus_test questions_test complete_test manual_test): | $(B)/cordon
$(UNIT) $(B)/tests/fuzz/plan: | $(B)/cordon-filter
# what complete_test knows of the code: who reads the plan's settings
READERS = $(B)/tests/unit/readers.txt
$(READERS): tests/readers $(CONFINE_SRC) $(KEEPER_SRC) $(LOGIN_SRC) $(CONTRACT_SRC) $(CALLER_SRC) $(SHELL_SRC) $(MODULE_SRC) $(wildcard core/*.def core/contract/*.h)
	@mkdir -p $(@D)
	CC='$(CC) $(SYSROOT_CFLAGS)' tests/readers $(B)/readers >$@.new
	@mv $@.new $@
$(B)/tests/unit/complete_test: $(READERS)

# ---- unit and live tests that need more
# tests/cross: answers that qemu-user does not give
EMULATED = $(B)/tests/unit/emulated.so
$(EMULATED): tests/unit/emulated.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -fPIC -shared -o $@ $< -ldl
# live tests that build sessions themselves, beside those by ssh: hundreds in the time of ten
INSIDE = $(addprefix $(B)/tests/live/,view_test race_test paths_test fuse_test show_test)
$(B)/tests/live/show_test: $(call obj,$(addprefix core/ctl/show/,$(addsuffix .c,compare found others places process shown state table))) # before the archives
$(INSIDE): $(B)/tests/live/inside/inside.o $(CORE_A)
$(INSIDE): CMOCKA_LIBS += $(SECCOMP_LIBS) $(CAP_LIBS)
# a PAM module that stands around ours in a stack of the test
PAM_ERRNO = $(B)/tests/live/module/pam_errno.so
tests: $(PAM_ERRNO)
$(B)/tests/live/module_test: | $(PAM_ERRNO)
$(PAM_ERRNO): tests/live/module/pam_errno.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -fPIC -shared -o $@ $<
# modules that return what the test wants, one of them under our module's name
ORACLE = $(B)/tests/live/module/pam_stub.so $(B)/tests/live/module/security/pam_cordon.so
tests: $(ORACLE)
$(B)/tests/live/stack_oracle_test: | $(ORACLE)
$(B)/tests/live/stack_oracle_test: $(POLICY_A) $(NAMES_A) $(COMMAND_A) $(CONTRACT_A) $(BASE_A)
$(ORACLE): tests/live/module/pam_stub.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -fPIC -shared $(if $(findstring cordon,$(@F)),-DOURS) -o $@ $<
# a name service that takes its time
NSS_SLOW = $(B)/tests/live/module/libnss_slow.so.2
tests: $(NSS_SLOW)
$(B)/tests/live/services_test: | $(NSS_SLOW)
$(NSS_SLOW): tests/live/module/nss_slow.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -fPIC -shared -o $@ $<
# programs that a live test runs inside a session
CALLS = $(B)/tests/live/surface/calls $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine)),$(B)/tests/live/surface/i386)
tests: $(CALLS)
$(B)/tests/live/surface_test: | $(CALLS)
$(B)/tests/live/surface/calls: tests/live/surface/calls.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -o $@ $<
$(B)/tests/live/surface/i386: tests/live/surface/i386.S
	@mkdir -p $(@D)
	$(CC) -m32 -nostdlib -static -no-pie -o $@ $<
$(B)/tests/live/tools_test: | $(CALLS)

# ---- bench
# make bench [ROUNDS=100] [PARTS='ssh su']: what cordon costs; the numbers are in bench.json, too
BENCH   = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/bench/*.c))
ROUNDS ?= 100

# static and small: the dynamic linker and a large process's fork are not what is measured. The floor
# is by musl, where it is installed, because the start of glibc would be a quarter of it
$(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(SHELL_CC) -std=c11 -D_GNU_SOURCE $(WIDE) $(WARN) -O2 -static -o $@ $<

tests: $(BENCH)

.PHONY: bench
bench: all $(BENCH)
	tests/host/host -b $(B) -- tests/bench/bench -n $(ROUNDS) --json $(PARTS) >$(B)/bench.json
# the decision alone, without a login: build/tests/bench/decide [FILES [ROUNDS]]
$(B)/tests/bench/decide: $(B)/tests/bench/decide.o $(POLICY_A) $(NAMES_A) $(COMMAND_A) $(CONTRACT_A) $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^

# ---- fuzz
# make fuzz [TIME=60] [FUZZ=rules]: with libFuzzer and sanitizers where clang has them. The same
# targets with tests/fuzz/driver.c, which is everywhere and ends by itself, are part of the tests.
TIME ?= 60
FUZZ_ALL = rules plan
FUZZ ?= $(FUZZ_ALL)
FUZZ_SRC = $(BASE_SRC) $(CONTRACT_SRC) $(COMMAND_SRC) $(POLICY_SRC) $(filter-out core/names/main.c,$(NAMES_SRC))
FUZZ_RUNS = $(addprefix $(B)/tests/fuzz/,$(FUZZ_ALL))
LIBFUZZER := $(if $(filter fuzz,$(MAKECMDGOALS)),$(shell echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d == 0 && n; }' | \
	clang -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null && echo yes))

$(FUZZ_RUNS): $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/driver.o $(CORE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^
tests: $(FUZZ_RUNS)

.PHONY: fuzz
fuzz: $(FUZZ_RUNS) $(if $(LIBFUZZER),$(addprefix $(B)/libfuzzer/,$(FUZZ)))
	cd $(B) && for t in $(FUZZ); do \
		mkdir -p corpus-$$t && \
		if [ -x libfuzzer/$$t ]; then tests/fuzz/$$t -w corpus-$$t; libfuzzer/$$t -max_total_time=$(TIME) -timeout=10 -max_len=4096 corpus-$$t; \
		else tests/fuzz/$$t -t $(TIME) -s $$$$; fi || exit 1; done

$(B)/libfuzzer/%: tests/fuzz/%.c $(FUZZ_SRC) $(wildcard core/*.def core/*/*.[hd]* core/*/*/*.[hd]* tests/fuzz/*.h)
	@mkdir -p $(@D)
	clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		$(PATHS) -Icore -I$(B)/table -o $@ $< $(FUZZ_SRC)
# the splitter of commands against dash and bash: a minute in tests/check, longer by make fuzz
FUZZ_COMMANDS = $(B)/tests/fuzz/commands
$(FUZZ_COMMANDS): $(B)/tests/fuzz/commands.o $(COMMAND_A) $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^
tests: $(FUZZ_COMMANDS)

.PHONY: fuzz fuzz-commands
fuzz: fuzz-commands
fuzz-commands: $(FUZZ_COMMANDS)
	$(FUZZ_COMMANDS) $(or $(TIME),600)
