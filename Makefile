# SPDX-License-Identifier: Apache-2.0
# cordon: make, make check, make install; "make help" lists the rest
VERSION := $(shell cat VERSION)

prefix      ?= /usr
bindir      ?= $(prefix)/bin
sbindir     ?= $(prefix)/sbin
libexecdir  ?= $(prefix)/libexec
sysconfdir  ?= /etc
datadir     ?= $(prefix)/share
mandir      ?= $(datadir)/man
vendordir   ?= $(prefix)/lib/cordon
statedir    ?= /var/lib/cordon
completiondir ?= $(datadir)/bash-completion/completions
zshdir      ?= $(datadir)/zsh/vendor-completions
fishdir     ?= $(datadir)/fish/vendor_completions.d
MULTIARCH   := $(shell $(CC) -print-multiarch 2>/dev/null)
pamdir      ?= $(if $(wildcard $(SYSROOT)/lib/$(MULTIARCH)/security),/lib/$(MULTIARCH)/security,/lib/security)

# the manuals as HTML: empty, and nothing is installed
htmldir     ?=

# where systemd finds the units of packages; empty: no systemd, and nothing is installed for it
unitdir     ?= $(firstword $(wildcard /usr/lib/systemd/system /lib/systemd/system))
# where cron is; empty: no cron, and nothing is installed for it
crondir ?= $(if $(wildcard /etc/cron.daily),/etc)

B ?= build
# one name for it: the dependencies of an object are those of its name
override B := $(patsubst $(CURDIR)/%,%,$(B))
CC ?= cc
# for another processor: CC= is its compiler, SYSROOT= has its libraries (tests/cross)
SYSROOT ?=
SYSROOT_CFLAGS  = $(if $(SYSROOT),-isystem $(SYSROOT)/usr/include/$(MULTIARCH) -isystem $(SYSROOT)/usr/include)
# the libraries may be of a newer C library than the compiler's
SYSROOT_LDFLAGS = $(if $(SYSROOT),$(addsuffix $(SYSROOT)/usr/lib/$(MULTIARCH),-L -Wl$(comma)-rpath-link$(comma)) -Wl$(comma)--allow-shlib-undefined)
PKG_CONFIG ?= $(if $(SYSROOT),PKG_CONFIG_PATH= PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(MULTIARCH)/pkgconfig )pkg-config
STRIP ?= strip
# cordonsh and the keeper are linked statically; musl starts faster and is smaller, glibc does as well
MUSL := $(if $(shell command -v musl-gcc),$(dir $(firstword $(wildcard /usr/lib/$(subst gnu,musl,$(or $(MULTIARCH),none))/rcrt1.o $(if $(MULTIARCH),,/usr/lib/musl/lib/rcrt1.o)))))
SHELL_CC ?= $(if $(MUSL),musl-gcc -idirafter /usr/include -idirafter /usr/include/$(MULTIARCH),$(CC))
# musl-gcc's specs know no -static-pie: without these it would quietly link dynamically. glibc has it
# for some processors alone; elsewhere the programs are static at a fixed address.
GLIBC_STATIC = $(if $(findstring /,$(shell $(CC) -print-file-name=rcrt1.o)),-static-pie,-static)
STATIC_PIE = $(if $(MUSL),-static -nostartfiles -Wl$(comma)-pie$(comma)--no-dynamic-linker$(comma)-z$(comma)text $(MUSL)rcrt1.o $(MUSL)crti.o,$(GLIBC_STATIC))
STATIC_END = $(if $(MUSL),$(MUSL)crtn.o)

probe = $(shell $(CC) $(1) -E -x c /dev/null >/dev/null 2>&1 && echo $(1))

OPT    ?= -O2
# 32-bit processors: files beyond 2 GiB, times beyond 2038
WIDE   = -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
WARN   = -Wall -Wextra -Wconversion -Wshadow -Wvla -Wswitch-enum -Wmissing-prototypes \
         -Wstrict-prototypes -Wformat=2 -Wundef -Wcast-qual -Wwrite-strings -Wpointer-arith \
         $(if $(CI),-Werror)
FORTIFY = $(if $(filter -O0,$(OPT))$(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
HARD   = $(OPT) -g $(FORTIFY) -fstack-protector-strong -fstack-clash-protection \
         -fno-strict-overflow $(call probe,-ftrivial-auto-var-init=zero)
PATHS  = -DCORDON_VERSION='"$(VERSION)"' -DCORDON_SYSCONFDIR='"$(sysconfdir)/cordon"' \
         -DCORDON_VENDORDIR='"$(vendordir)"' -DCORDON_DATADIR='"$(datadir)/cordon"' \
         -DCORDON_LIBEXECDIR='"$(libexecdir)"' -DCORDON_BINDIR='"$(bindir)"' \
         -DCORDON_STATEDIR='"$(statedir)"'
COMMON = -std=c11 -D_GNU_SOURCE $(WIDE) -Icore -I$(B)/table $(SYSROOT_CFLAGS) -fvisibility=hidden $(WARN) $(HARD) $(PATHS) \
         $(if $(FAULT),-DCORDON_FAULT) -MMD -MP
SANFLAGS = $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
comma  := ,
CFLAGS_ALL  = $(COMMON) -fPIC $(SANFLAGS) $(CFLAGS)
LDFLAGS_ALL = -Wl,-z,relro,-z,now,-z,noexecstack,-z,defs -Wl,--fatal-warnings $(SANFLAGS) $(SYSROOT_LDFLAGS) $(LDFLAGS)
ifneq ($(SAN),)
LDFLAGS_ALL = -Wl,-z,relro,-z,now,-z,noexecstack $(SANFLAGS) $(SYSROOT_LDFLAGS) $(LDFLAGS)
endif
PROG   = -pie

# Paths and flags are in the objects. With others they are built again: after "make" alone,
# "make install prefix=/usr/local" has to install programs that find each other there.
FLAGS = $(PATHS) $(HARD) $(SANFLAGS) $(CFLAGS) $(LDFLAGS) $(if $(FAULT),FAULT)
ifneq ($(FLAGS),$(file <$(B)/flags))
.PHONY: $(B)/flags
endif

# libraries, by pkg-config; a missing one is named with its Debian package
need = $(if $(shell $(PKG_CONFIG) --exists $(1) && echo y),,$(error $(1) not found; install $(2)))
ifeq ($(filter clean cross dist help uninstall,$(MAKECMDGOALS)),)
ifeq ($(shell command -v pkg-config),)
$(error pkg-config not found; install pkg-config)
endif
$(call need,libcap,libcap-dev)
$(call need,libseccomp,libseccomp-dev)
ifeq ($(wildcard $(SYSROOT)/usr/include/security/pam_modules.h),)
$(error security/pam_modules.h not found; install libpam0g-dev)
endif
endif
ifneq ($(filter tests check-unit goldens bench fuzz,$(MAKECMDGOALS)),)
$(call need,cmocka,libcmocka-dev)
endif
CAP_LIBS     := $(shell $(PKG_CONFIG) --libs libcap 2>/dev/null)
SECCOMP_LIBS := $(shell $(PKG_CONFIG) --libs libseccomp 2>/dev/null) # for cordon-filter alone
# for cordon-scope alone; empty: it is not built. A comment behind it would make it a blank.
SYSTEMD_LIBS := $(shell $(PKG_CONFIG) --libs libsystemd 2>/dev/null)
CMOCKA_LIBS  := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null)

# What each archive may use is what stands after it on a link line; tests/lint looks at the includes.
sources = $(wildcard core/$(1)/*.c core/$(1)/*/*.c)
BASE_SRC     := $(call sources,base)
CONTRACT_SRC := $(call sources,contract)
COMMAND_SRC  := $(call sources,command)
FILTER_SRC   := $(call sources,filter)
SCOPE_SRC    := $(call sources,scope)
POLICY_SRC   := $(call sources,policy)
CONFINE_SRC  := $(call sources,confine)
KEEPER_SRC   := $(call sources,keeper)
LOGIN_SRC    := $(call sources,login)
CALLER_SRC   := $(call sources,caller)
NAMES_SRC    := $(call sources,names)
CTL_SRC      := $(call sources,ctl)
MODULE_SRC   := $(wildcard pam_module/*.c)
SHELL_SRC    := $(wildcard shell/*.c)
TRY_SRC      := $(call sources,probe)
PASSWD_SRC   := $(call sources,passwd)
PAM_APP_SRC  := $(call sources,selftest)

obj = $(patsubst %.c,$(B)/%.o,$(1))
# the static programs compile what they need of core/ by themselves
static = $(patsubst %.c,$(B)/$(1)/%.o,$(2) $(BASE_SRC) $(CONTRACT_SRC) $(COMMAND_SRC) $(CONFINE_SRC))
SHELL_OBJ  = $(call static,static,$(SHELL_SRC))
# the keeper's are the same, but where they have to know whose they are, or are to be checked
KEEPER_OBJ = $(if $(SAN),$(call obj,$(KEEPER_SRC) tests/sanitizer/options.c) $(CONFINE_A) $(CONTRACT_A) $(BASE_A),$(call static,$(if $(FAULT),kept,static),$(KEEPER_SRC)))
LOGIN_OBJ  = $(if $(SAN),$(call obj,$(LOGIN_SRC) tests/sanitizer/options.c) $(POLICY_A) $(COMMAND_A) $(CONTRACT_A) $(BASE_A),$(patsubst %.c,$(B)/$(if $(FAULT),kept,static)/%.o,$(LOGIN_SRC) $(POLICY_SRC) $(BASE_SRC) $(CONTRACT_SRC) $(COMMAND_SRC)))

BASE_A     = $(B)/libcordon_base.a
CONTRACT_A = $(B)/libcordon_contract.a
COMMAND_A  = $(B)/libcordon_command.a
CALLER_A   = $(B)/libcordon_caller.a
FILTER_A   = $(B)/libcordon_filter.a
POLICY_A   = $(B)/libcordon_policy.a
CONFINE_A  = $(B)/libcordon_confine.a
NAMES_A    = $(B)/libcordon_names.a
CORE_A     = $(POLICY_A) $(NAMES_A) $(CONFINE_A) $(COMMAND_A) $(CONTRACT_A) $(BASE_A)

PROGRAMS = $(B)/pam_cordon.so $(B)/cordonsh $(B)/cordon-keeper $(B)/cordon-login $(B)/cordon-names $(B)/cordon-filter \
	   $(B)/cordon \
	   $(B)/cordon-probe $(B)/cordon-selftest $(B)/cordon-passwd \
	   $(if $(SYSTEMD_LIBS),$(B)/cordon-scope)

.PHONY: all
all: $(PROGRAMS)

$(BASE_A): $(call obj,$(BASE_SRC))
$(CONTRACT_A): $(call obj,$(CONTRACT_SRC))
$(COMMAND_A): $(call obj,$(COMMAND_SRC))
$(CALLER_A): $(call obj,$(CALLER_SRC))
$(FILTER_A): $(call obj,$(FILTER_SRC))
$(POLICY_A): $(call obj,$(POLICY_SRC))
$(CONFINE_A): $(call obj,$(CONFINE_SRC))
$(NAMES_A): $(call obj,$(filter-out core/names/main.c,$(NAMES_SRC)))
$(B)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

# the names of capabilities, from the header of libcap, so that no program has to link libcap
$(B)/table/caps.def: $(B)/flags
	@mkdir -p $(@D)
	@echo '#include <sys/capability.h>' | $(CC) $(SYSROOT_CFLAGS) -dM -E - | \
		sed -n 's/^#define CAP_\([A-Z_]*\) \([0-9][0-9]*\)$$/CAPABILITY("cap_\L\1\E", \2)/p' >$@.new
	@grep -q cap_sys_admin $@.new || { echo '$@: no capabilities in sys/capability.h of $(CC)' >&2; exit 1; }
	@mv $@.new $@
$(addsuffix core/policy/settings/caps.o,$(B)/ $(B)/static/ $(B)/kept/): $(B)/table/caps.def

$(B)/flags:
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

STATIC_CFLAGS = $(COMMON) -fPIE -ffunction-sections -fdata-sections
$(B)/static/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(SHELL_CC) $(STATIC_CFLAGS) $(if $(FAULT),-DCORDON_FAULT_SHELL) -c -o $@ $<

$(B)/kept/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(SHELL_CC) $(STATIC_CFLAGS) -c -o $@ $<

$(B)/pam_cordon.so: $(call obj,$(MODULE_SRC)) $(CALLER_A) $(CONTRACT_A) $(BASE_A) pam_module/module.map
	$(CC) -shared -Wl,--version-script=pam_module/module.map -Wl,-z,nodelete $(LDFLAGS_ALL) -o $@ $(filter %.o %.a,$^) -lpam

STATIC_LINK = $(SHELL_CC) $(STATIC_PIE) -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections
is_static = @! readelf -l $(1) | grep -q INTERP || { rm -f $(1); echo '$(1): not static' >&2; exit 1; }

$(B)/cordonsh: $(SHELL_OBJ)
	$(STATIC_LINK) -o $@.debug $^ $(STATIC_END)
	$(call is_static,$@.debug)
	$(STRIP) -o $@ $@.debug # each session makes a copy of it

# static, cordon-login as well: no login waits for the dynamic linker and the name service of libc
$(B)/cordon-keeper: $(KEEPER_OBJ)
$(B)/cordon-login: $(LOGIN_OBJ)
$(B)/cordon-keeper $(B)/cordon-login:
ifneq ($(SAN),)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^
else
	$(STATIC_LINK) -o $@ $^ $(STATIC_END)
	$(call is_static,$@)
endif

# what cordon-login starts for the rest: it has libc load the sources that nsswitch.conf(5) names
$(B)/cordon-names: $(call obj,core/names/main.c $(if $(SAN),tests/sanitizer/options.c)) $(POLICY_A) $(NAMES_A) $(CONTRACT_A) $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $(filter-out $(POLICY_A),$^) $(POLICY_A) $(BASE_A)

# apart from the others: what links libseccomp is started only for a filter that is not kept
$(B)/cordon-filter: $(if $(SAN),$(call obj,tests/sanitizer/options.c)) $(FILTER_A) $(CONTRACT_A) $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^ $(SECCOMP_LIBS)

# what cordon selftest runs in a session, and the PAM application that it runs
$(B)/cordon-probe: $(patsubst %.c,$(B)/static/%.o,$(TRY_SRC))
	$(STATIC_LINK) -s -o $@ $^ $(STATIC_END)
	$(call is_static,$@)

# what a session with PasswordChange=yes has as passwd(1)
$(B)/cordon-passwd: $(patsubst %.c,$(B)/static/%.o,$(PASSWD_SRC) $(BASE_SRC))
	$(STATIC_LINK) -s -o $@ $^ $(STATIC_END)
	$(call is_static,$@)

$(B)/cordon-selftest: $(call obj,$(PAM_APP_SRC) $(if $(SAN),tests/sanitizer/options.c))
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^ -lpam

# the same: only a rule with limits for a control group has systemd asked, on hosts with systemd
$(B)/cordon-scope: $(call obj,$(SCOPE_SRC) $(if $(SAN),tests/sanitizer/options.c)) $(CONTRACT_A) $(BASE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^ $(SYSTEMD_LIBS)

$(B)/cordon: $(call obj,$(CTL_SRC)) $(CALLER_A) $(CORE_A)
	$(CC) $(PROG) $(LDFLAGS_ALL) -o $@ $^

# ---- tests ----------------------------------------------------------------------------------
include tests/tests.mk

.PHONY: tests check check-long check-unit goldens try
tests: $(UNIT) $(LIVE) $(FAULTS) $(PROBES) html
check:
	tests/check
check-long:
	tests/check-long
check-unit: all $(UNIT)
	tests/run-unit $(UNIT)
# what the rule files of tests/rules are expected to say: to be read before it is committed
goldens: all $(B)/tests/unit/corpus_test
	UPDATE=1 $(B)/tests/unit/corpus_test
	git diff --stat tests/rules
try:
	tests/try
# make cross [ARCHS="s390x armhf"]: other processors, and their unit tests by qemu-user
ARCHS ?=
.PHONY: cross
cross:
	tests/cross $(ARCHS)
.PHONY: lint
lint: all
	B=$(B) tests/lint
# clang-format's versions differ from each other: the tree is kept as this one writes it
CLANG_FORMAT ?= clang-format-14
FORMATTED = git ls-files '*.c' '*.h'
.PHONY: format format-check
format:
	$(FORMATTED) | xargs $(CLANG_FORMAT) -i
format-check:
	$(FORMATTED) | xargs $(CLANG_FORMAT) --dry-run -Werror

# pages with lists of what the tables of core/ have: directives, options, exit codes
PAGES = $(patsubst man/%.in,$(B)/man/%,$(wildcard man/*.in))
HOSTCC ?= $(CC)
$(B)/gen-man: tools/gen-man.c $(wildcard core/*.def core/ctl/*.def core/ctl/options/*.def)
	@mkdir -p $(@D)
	$(HOSTCC) -std=c11 -D_GNU_SOURCE -Icore $(WARN) -O1 -o $@ $<
$(PAGES): $(B)/man/%: man/%.in man/examples.txt $(B)/gen-man
	@mkdir -p $(@D)
	$(B)/gen-man $< man/examples.txt >$@.new
	@mv $@.new $@
all: $(PAGES)

# the manuals for a browser; only mandoc(1) is needed
HTML_PAGES = $(wildcard man/*.[1-9]) $(PAGES)
HTML_FILES = $(addprefix $(B)/html/,index.html cordon.css $(addsuffix .html,$(notdir $(HTML_PAGES))))
.PHONY: html
html: $(B)/html/index.html
$(B)/html/index.html: tools/html tools/html.css $(HTML_PAGES) VERSION
	tools/html $(B)/html $(VERSION) $(HTML_PAGES)
ifneq ($(htmldir),)
$(filter-out %/index.html,$(HTML_FILES)): $(B)/html/index.html
all: html
endif

# the condition of user@UID.service names cordon-login
$(B)/user-manager.conf: conf/systemd/user-manager.conf.in $(B)/flags
	sed 's|@libexecdir@|$(libexecdir)|' $< >$@
# what looks for lost PAM lines at boot and every day names cordon
$(B)/cordon-doctor.service: conf/systemd/cordon-doctor.service.in $(B)/flags
	sed 's|@bindir@|$(bindir)|' $< >$@
$(B)/cordon-doctor: conf/cron/cordon-doctor.in $(B)/flags
	sed 's|@bindir@|$(bindir)|' $< >$@
# the spawner of JupyterHub executes cordon
$(B)/cordonspawner.py: conf/jupyterhub/cordonspawner.py.in $(B)/flags
	sed 's|@bindir@|$(bindir)|; s|@datadir@|$(datadir)|' $< >$@
all: $(B)/user-manager.conf $(B)/cordon-doctor.service $(B)/cordon-doctor $(B)/cordonspawner.py

.PHONY: asan
asan:
	$(MAKE) B=build-asan SAN=1 OPT=-O1 all tests

# ---- installation ---------------------------------------------------------------------------
# MODE:FILE:PLACE. The module is the last: the programs that it starts are there before it.
INSTALLED = \
	$(foreach f,$(wildcard man/*.[1-9]) $(PAGES),0644:$(f):$(mandir)/man$(subst .,,$(suffix $(f)))/$(notdir $(f))) \
	$(foreach f,$(wildcard conf/sshd/*.conf),0644:$(f):$(datadir)/cordon/sshd/$(notdir $(f))) \
	0644:conf/completions/cordon.bash:$(completiondir)/cordon \
	0644:conf/completions/cordon.zsh:$(zshdir)/_cordon \
	0644:conf/completions/cordon.fish:$(fishdir)/cordon.fish \
	0644:$(B)/cordonspawner.py:$(datadir)/cordon/jupyterhub/cordonspawner.py \
	$(foreach f,$(wildcard conf/profiles/*.conf),0644:$(f):$(datadir)/cordon/profiles/$(notdir $(f))) \
	$(if $(htmldir),$(foreach f,$(HTML_FILES),0644:$(f):$(htmldir)/$(notdir $(f)))) \
	0755:conf/pam/cordon-pam:$(sbindir)/cordon-pam \
	0755:$(B)/cordon:$(bindir)/cordon \
	0755:$(B)/cordonsh:$(bindir)/cordonsh \
	0755:$(B)/cordon-filter:$(libexecdir)/cordon-filter \
	0755:$(B)/cordon-keeper:$(libexecdir)/cordon-keeper \
	0755:$(B)/cordon-login:$(libexecdir)/cordon-login \
	0755:$(B)/cordon-names:$(libexecdir)/cordon-names \
	0711:$(B)/cordon-probe:$(libexecdir)/cordon-probe \
	0755:$(B)/cordon-passwd:$(libexecdir)/cordon-passwd \
	0755:$(B)/cordon-selftest:$(libexecdir)/cordon-selftest \
	$(if $(SYSTEMD_LIBS),0755:$(B)/cordon-scope:$(libexecdir)/cordon-scope) \
	$(if $(unitdir),0644:conf/systemd/user-manager-root.conf:$(unitdir)/user@0.service.d/50-cordon.conf) \
	$(if $(unitdir),0644:$(B)/user-manager.conf:$(unitdir)/user@.service.d/50-cordon.conf) \
	$(if $(unitdir),0644:$(B)/cordon-doctor.service:$(unitdir)/cordon-doctor.service) \
	$(if $(unitdir),0644:conf/systemd/cordon-doctor.timer:$(unitdir)/cordon-doctor.timer) \
	$(if $(crondir),0755:$(B)/cordon-doctor:$(crondir)/cron.daily/cordon-doctor) \
	$(if $(crondir),0644:conf/cron/cordon:$(crondir)/cron.d/cordon) \
	0644:$(B)/pam_cordon.so:$(pamdir)/pam_cordon.so
places = $(foreach f,$(INSTALLED),$(DESTDIR)$(lastword $(subst :, ,$(f)))$(1))

# cordon doctor looks at what is installed: the list of "make install" as a table
INSTALLED_TABLE = $(strip $(foreach f,$(INSTALLED),INSTALLED($(firstword $(subst :, ,$(f))), "$(lastword $(subst :, ,$(f)))")))
ifneq ($(INSTALLED_TABLE),$(file <$(B)/table/installed.def))
.PHONY: $(B)/table/installed.def
endif
$(B)/table/installed.def:
	@mkdir -p $(@D)
	@printf '%s\n' '$(INSTALLED_TABLE)' >$@
$(B)/core/ctl/doctor/files.o $(B)/core/ctl/check/check_host.o: $(B)/table/installed.def

# what earlier versions called cordon-login and cordon-keeper
OLD = $(addprefix $(DESTDIR),$(libexecdir)/cordon-policy $(libexecdir)/cordon-session $(mandir)/man8/cordon-session.8)

# systemd reads its files again, if it runs on this machine and the files are for this machine
reload = @[ -n '$(DESTDIR)$(if $(unitdir),,none)' ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload

# Each file is written beside its place, and all are renamed once all are there: a login meanwhile
# finds the old file or the new one. install(1) by itself removes the old one first.
.PHONY: install uninstall
install: all
	install -d $(addprefix $(DESTDIR),$(sysconfdir)/cordon/rules.d $(sysconfdir)/cordon/profiles $(vendordir)/rules.d)
	install -d $(sort $(dir $(call places,)))
	@trap 'rm -f $(call places,.cordon-new)' EXIT; set -e; \
	for f in $(INSTALLED); do \
		to=$${f##*:} from=$${f#*:}; \
		install -m "$${f%%:*}" "$${from%%:*}" "$(DESTDIR)$$to.cordon-new"; \
	done; \
	for f in $(INSTALLED); do \
		to=$(DESTDIR)$${f##*:}; \
		mv -f "$$to.cordon-new" "$$to"; \
	done; \
	rm -f $(OLD)
	$(reload)

# Rules that an administrator wrote stay. A stack that misses its module refuses everybody, root as
# well, so the stacks are looked at first, and the module is the last to go.
uninstall:
	@for dir in $(DESTDIR)/etc/pam.d $(DESTDIR)/usr/lib/pam.d; do ! sh conf/pam/cordon-pam status $$dir 2>/dev/null || { \
		echo 'uninstall: these PAM lines would refuse every login: run "cordon-pam disable" first' >&2; exit 1; }; done
	@[ -n "$(DESTDIR)" ] || ! sessions=$$($(bindir)/cordon list 2>/dev/null) || [ "$$sessions" = 'no sessions' ] || \
		printf 'uninstall: these sessions go on, confined, until they end:\n%s\n' "$$sessions"
	rm -f $(call places,) $(OLD)
	rm -rf $(DESTDIR)$(statedir) $(DESTDIR)/run/cordon/filters $(DESTDIR)/run/cordon/slices.lock
	rmdir -p $(DESTDIR)$(datadir)/cordon/sshd $(DESTDIR)$(datadir)/cordon/profiles \
		$(if $(htmldir),$(DESTDIR)$(htmldir)) $(DESTDIR)$(vendordir)/rules.d $(if $(unitdir),$(DESTDIR)$(unitdir)/user@.service.d \
		$(DESTDIR)$(unitdir)/user@0.service.d) 2>/dev/null || :
	@rmdir $(DESTDIR)/run/cordon/sessions $(DESTDIR)/run/cordon 2>/dev/null || : # those of sessions stay
	$(reload)

# a release: the same bytes from the same commit
.PHONY: dist
dist:
	@mkdir -p $(B)
	git archive --prefix=cordon-$(VERSION)/ HEAD | gzip -n9 >$(B)/cordon-$(VERSION).tar.gz
	cd $(B) && sha256sum cordon-$(VERSION).tar.gz >cordon-$(VERSION).tar.gz.sha256
	$(if $(SIGN),cd $(B) && gpg --yes --local-user '$(SIGN)' --armor --detach-sign cordon-$(VERSION).tar.gz.sha256)

.PHONY: clean help compile_commands.json
clean:
	rm -rf build build-asan build-fault build-O0 build-cross compile_commands.json

# gcc's own words for the compiler database: every object's command, once
compile_commands.json:
	@$(MAKE) -Bnk all tests | python3 tests/compile-commands > $@

help:
	@echo 'all (default)     the programs and the manual, in build/'
	@echo 'install           with DESTDIR= prefix= pamdir= libexecdir= sysconfdir= unitdir= crondir= htmldir=; uninstall: the reverse'
	@echo 'html              the manuals for a browser, in build/html'
	@echo 'dist              a release of HEAD and its checksum, in build/; SIGN=KEY signs that'
	@echo 'check             every test (root; installs packages): the same as tests/check [NAME...]'
	@echo 'check-long        what takes an hour: tests of systemd and OpenSSH with sessions confined, endurance'
	@echo 'check-unit        the tests that need no root; goldens: write their expected texts again'
	@echo 'cross             builds and tests for other processors; ARCHS="s390x armhf"'
	@echo 'try               a shell as a confined user on a throwaway host'
	@echo 'asan              build-asan/ with sanitizers; FAULT=1 B=build-fault: with fault hooks'
	@echo 'lint bench fuzz   what is said without running; ROUNDS= PARTS= of bench; TIME= of fuzz'
	@echo 'format            write the sources as .clang-format says; format-check: only look'
	@echo 'compile_commands.json  clean'
	@echo 'variables: B CC SYSROOT SHELL_CC CFLAGS LDFLAGS OPT SAN FAULT CI'

-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
