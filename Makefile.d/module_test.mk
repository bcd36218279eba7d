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
$(B)/tests/live/stack_oracle_test: $(POLICY_A) $(BASE_A)
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
