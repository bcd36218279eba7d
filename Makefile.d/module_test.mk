# a PAM module that stands around ours in a stack of the test
PAM_ERRNO = $(B)/tests/live/module/pam_errno.so
tests: $(PAM_ERRNO)
$(B)/tests/live/module_test: | $(PAM_ERRNO)
$(PAM_ERRNO): tests/live/module/pam_errno.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -fPIC -shared -o $@ $<
