# live tests that build sessions themselves, beside those by ssh: hundreds in the time of ten
INSIDE = $(addprefix $(B)/tests/live/,view_test race_test paths_test fuse_test)
$(INSIDE): $(B)/tests/live/inside/inside.o $(POLICY_A) $(APPLY_A) $(BASE_A)
$(INSIDE): CMOCKA_LIBS += $(SECCOMP_LIBS) $(CAP_LIBS)
