# make bench [ROUNDS=100] [PARTS='ssh su']: what cordon costs; the numbers are in bench.json, too
BENCH   = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/bench/*.c))
ROUNDS ?= 100

# static and small: the dynamic linker and a large process's fork are not what is measured
$(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -static -o $@ $<

tests: $(BENCH)

.PHONY: bench
bench: all $(BENCH)
	tests/host/host -b $(B) -- tests/bench/bench -n $(ROUNDS) --json $(PARTS) >$(B)/bench.json
# the decision alone, without a login: build/tests/bench/decide [FILES [ROUNDS]]
$(B)/tests/bench/decide: $(B)/tests/bench/decide.o $(POLICY_A) $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^ $(CAP_LIBS)
