# programs that a live test runs inside a session
CALLS = $(B)/tests/live/surface/calls $(B)/tests/live/surface/i386
tests: $(CALLS)
$(B)/tests/live/surface_test: | $(CALLS)
$(B)/tests/live/surface/calls: tests/live/surface/calls.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -o $@ $<
$(B)/tests/live/surface/i386: tests/live/surface/i386.S
	@mkdir -p $(@D)
	$(CC) -m32 -nostdlib -static -no-pie -o $@ $<
$(B)/tests/live/tools_test: | $(CALLS)
