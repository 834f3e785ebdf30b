# Facteur: `make demo` shows it, `make test` proves it, `make help` lists the rest.
#
# Every source below src/ is found; a room's tests are linked with the rooms it may know and no other, so that an
# arrow that points up does not link. Each variant (plain, sanitized) has its own folder below build/.

CC      ?= gcc
PREFIX  ?= /usr/local
DESTDIR ?=
SANITIZE ?=
BUILD   ?= build$(if $(SANITIZE),/sanitized,/plain)
VERSION := 0.1

BUILD_PACKAGES = gcc make pkg-config libglib2.0-dev libetpan-dev libcurl4-gnutls-dev libgnutls28-dev libgmime-3.0-dev \
        libpcre2-dev libsqlite3-dev libmicrohttpd-dev libyaml-dev libjansson-dev libmagic-dev libseccomp-dev libidn2-dev \
        libpango1.0-dev libcairo2-dev libqrencode-dev fonts-noto-core tzdata
TEST_PACKAGES = clang libclang-rt-14-dev clang-format clang-tidy cppcheck perl python3 python3-aiosmtpd \
        dovecot-imapd dovecot-lmtpd openssl sqlite3 file strace chromium poppler-utils zbar-tools groff-base python3-yaml systemd chromium-driver nginx-light
DEMO_PACKAGES = python3 python3-aiosmtpd dovecot-imapd dovecot-lmtpd openssl

PACKAGES_C = glib-2.0 gio-unix-2.0 gmime-3.0 sqlite3 jansson libpcre2-8 yaml-0.1 gnutls libcurl libmicrohttpd libseccomp libidn2 pangocairo cairo-pdf libqrencode
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES_C) 2>/dev/null)
# libetpan by hand: its pkg-config file makes the program non-PIE.
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES_C) 2>/dev/null) -letpan -lmagic -lresolv -lm

WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wwrite-strings \
        -Werror=implicit-function-declaration
HARDEN = $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection) -fPIE
CFLAGS ?= $(if $(SANITIZE),-O1 -g -fno-omit-frame-pointer,-O2 -g)
ALL_CFLAGS = -std=gnu17 -Isrc -D_GNU_SOURCE -DG_LOG_USE_STRUCTURED $(WARN) $(PKG_CFLAGS) $(HARDEN) $(CFLAGS) \
        $(SANITIZE:%=-fsanitize=% -fno-sanitize-recover=all) -DFACTEUR_VERSION='"$(VERSION)"' -DFACTEUR_DATADIR='"$(PREFIX)/share/facteur"'
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE:%=-fsanitize=%) $(LDFLAGS)

ROOMS = base mail procedure store documents doors robot commands
room_objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/$(1)/*.c)) $(patsubst %.S,$(BUILD)/%.o,$(wildcard src/$(1)/*.S))
$(foreach room,$(ROOMS),$(eval OBJECTS_$(room) := $$(call room_objects,$(room))))
MAIN_OBJECT = $(BUILD)/src/facteur.o
ALL_OBJECTS = $(foreach room,$(ROOMS),$(OBJECTS_$(room)))

KNOWS_base      = base
KNOWS_mail      = base mail
KNOWS_procedure = base procedure
KNOWS_store     = base procedure store
KNOWS_documents = base documents
KNOWS_doors     = base doors
KNOWS_robot     = base mail procedure store documents doors robot
KNOWS_commands  = base mail procedure store documents doors robot commands

UNIT_SOURCES  = $(foreach room,$(ROOMS),$(wildcard tests/$(room)/test_*.c))
UNIT_TESTS    = $(UNIT_SOURCES:%.c=$(BUILD)/%)
SCRIPT_TESTS  = $(sort $(wildcard tests/*/test_*.py))
FUZZ_SOURCES  = $(wildcard tests/*/fuzz_*.c)

.PHONY: all deps test unit scripts asan demo bench lint fuzz install uninstall clean help
all: $(BUILD)/facteur ## build build/facteur (the default)
	@mkdir -p build && ln -sf $(patsubst build/%,%,$(BUILD))/facteur build/facteur

deps: ## install what Debian has for building and testing (asks for sudo when not root)
	@tests/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)

# Written anew when the compiler or its flags are others than last time (PREFIX is one of them): the objects follow.
$(BUILD)/flags: export FLAGS = $(CC) $(ALL_CFLAGS)
$(BUILD)/flags: always
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS" | cmp -s - $@ || printf '%s\n' "$$FLAGS" >$@
.PHONY: always

$(BUILD)/%.o: %.c Makefile $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/%.o: %.S $(wildcard src/store/schema/*.sql) Makefile
	@mkdir -p $(@D)
	$(CC) -c $< -o $@

$(BUILD)/facteur: $(MAIN_OBJECT) $(ALL_OBJECTS)
	$(CC) $(ALL_LDFLAGS) $^ $(PKG_LIBS) -o $@

# What several tests of a room share lies beside them in helper_*.c.
define room_test
$$(BUILD)/tests/$(1)/test_%: $$(BUILD)/tests/$(1)/test_%.o $$(patsubst %.c,$$(BUILD)/%.o,$$(wildcard tests/$(1)/helper_*.c)) \
                $$(foreach room,$$(KNOWS_$(1)),$$(OBJECTS_$$(room)))
	$$(CC) $$(ALL_LDFLAGS) $$^ $$(PKG_LIBS) -o $$@
endef
$(foreach room,$(ROOMS),$(eval $(call room_test,$(room))))

# Programs that script tests drive.
TOOLS = $(BUILD)/tests/doors/probe
$(BUILD)/tests/doors/probe: $(BUILD)/tests/doors/probe.o $(OBJECTS_base) $(OBJECTS_doors)
	$(CC) $(ALL_LDFLAGS) $^ $(PKG_LIBS) -o $@

# Programs that tests/bench/run measures with.
$(BUILD)/tests/bench/read: $(BUILD)/tests/bench/read.o $(OBJECTS_base) $(OBJECTS_mail)
	$(CC) $(ALL_LDFLAGS) $^ $(PKG_LIBS) -o $@

# The bare references of the bench.
BENCHES = $(BUILD)/tests/bench/bare $(BUILD)/tests/bench/read
$(BUILD)/tests/bench/bare: $(BUILD)/tests/bench/bare.o $(OBJECTS_base) $(OBJECTS_doors)
	$(CC) $(ALL_LDFLAGS) $^ $(PKG_LIBS) -o $@

# What waits costs nothing: a world of the tests, with a million cases.
BENCHES += $(BUILD)/tests/bench/web
$(BUILD)/tests/bench/web: $(BUILD)/tests/bench/web.o
	$(CC) $(ALL_LDFLAGS) $^ $(PKG_LIBS) -o $@
BENCHES += $(BUILD)/tests/bench/scale
$(BUILD)/tests/bench/scale: $(BUILD)/tests/bench/scale.o $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/robot/helper_*.c)) \
                $(foreach room,$(KNOWS_robot),$(OBJECTS_$(room)))
	$(CC) $(ALL_LDFLAGS) $^ $(PKG_LIBS) -o $@

.PHONY: tools
tools: $(TOOLS)

define room_fuzz
$$(BUILD)/tests/$(1)/fuzz_%: $$(BUILD)/tests/$(1)/fuzz_%.o $$(foreach room,$$(KNOWS_$(1)),$$(OBJECTS_$$(room)))
	$$(CC) $$(ALL_LDFLAGS) -fsanitize=fuzzer $$^ $$(PKG_LIBS) -o $$@
endef
$(foreach room,$(ROOMS),$(eval $(call room_fuzz,$(room))))

unit: $(UNIT_TESTS) ## the unit tests of this variant
	prove --timer -j2 -e tests/run $(UNIT_TESTS)

unit-%: ## the unit tests of one room: make unit-mail
	$(MAKE) unit UNIT_SOURCES="$(wildcard tests/$*/test_*.c)"

test: deps ## install, build (gcc, then clang with ASan and UBSan), run every test
	$(MAKE) all tools
	$(MAKE) lint
	$(MAKE) sanitized
	FACTEUR_PLAIN=build/plain/facteur FACTEUR=build/sanitized/facteur \
	        prove --timer -j2 -e tests/run $(UNIT_SOURCES:%.c=build/sanitized/%) $(SCRIPT_TESTS)

.PHONY: sanitized
sanitized:
	$(MAKE) CC=clang SANITIZE=address,undefined build/sanitized/facteur tools $(UNIT_SOURCES:%.c=build/sanitized/%)

demo: ## run the whole procedure over real mail on loopback and show what happened
	@tests/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES)
	@$(MAKE) --no-print-directory all
	@build/facteur demo

bench: all $(BENCHES) ## speed and memory, each figure beside a reference measured in the same run
	tests/bench/simulate
	tests/bench/run
	tests/bench/scale
	tests/bench/pages

lint: ## format, cppcheck, arrows between rooms
	tests/lint

fuzz: ## every fuzz target for FUZZ_SECONDS (30) each
	tests/fuzz

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

SHARE = $(DESTDIR)$(PREFIX)/share/facteur
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
MAN   = $(DESTDIR)$(PREFIX)/share/man
install: all ## install the program, manual, rules, templates, demo and units below PREFIX
	install -D -m 755 build/facteur $(DESTDIR)$(PREFIX)/bin/facteur
	install -D -m 644 -t $(MAN)/man1 docs/facteur.1
	install -D -m 644 -t $(MAN)/man5 docs/facteur.conf.5 docs/facteur-rules.5
	mkdir -p $(SHARE)/demo/demo $(UNITS)
	cp -r rules mail_templates $(SHARE)/
	cp tests/servers.py tests/border.py tests/clients.py $(SHARE)/demo/
	cp tests/demo/*.py $(SHARE)/demo/demo/
	for unit in systemd/*; do sed 's#/usr/local/bin/#$(PREFIX)/bin/#' "$$unit" >"$(UNITS)/$${unit##*/}"; done

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/facteur $(patsubst systemd/%,"$(UNITS)/%",$(wildcard systemd/*))
	rm -f $(MAN)/man1/facteur.1 $(MAN)/man5/facteur.conf.5 $(MAN)/man5/facteur-rules.5
	rm -rf $(SHARE)

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z%-]*\):.*## /\1\t/p' Makefile | expand -t 12
