# the splitter of commands against dash and bash: a minute in tests/check, longer by make fuzz
FUZZ_COMMANDS = $(B)/tests/fuzz/commands
$(FUZZ_COMMANDS): $(B)/tests/fuzz/commands.o $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^
tests: $(FUZZ_COMMANDS)

.PHONY: fuzz fuzz-commands
fuzz: fuzz-commands
fuzz-commands: $(FUZZ_COMMANDS)
	$(FUZZ_COMMANDS) $(or $(TIME),600)
