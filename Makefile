# SPDX-License-Identifier: ISC
#
# The whole build. `make` builds, `make check` is the quick test, `make test` all of it;
# the other targets are listed by `make help`. V=1 shows the commands, SAN=1 builds under
# address and undefined-behaviour sanitizers, CC=clang with clang, CROSS=aarch64-linux-gnu for
# another machine, whose programs an emulator runs; each has its own folder.

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SECONDARY:

# ---------------------------------------------------------------------------- the rooms
# uses/ROOM is every room whose headers ROOM may include: all on lower lines, unless the
# line says less. tests/checks/layers holds the includes against this list, and a room's
# unit tests are linked with these rooms and no others.

ROOMS := node/base node/wire node/crypto routing sync node/session node/mesh node/flow node/control \
         node/inet node/radio node/core node/link node/warden sync/disk sync/memory node/daemon tools \
         sim/channel sim/files sim/ether sim/ns3 sim/disk sim/world

uses/node/base    :=

line1 := node/base
uses/node/wire    := $(line1)
uses/node/crypto  := $(line1)

line2 := $(line1) node/wire node/crypto
uses/routing      := node/base node/wire
uses/sync         := $(line2)
uses/node/session := $(line2)
uses/node/mesh    := $(line2)
uses/node/flow    := $(line2)
uses/node/control := $(line2)
uses/node/inet    := node/base node/wire
uses/node/radio   := node/base node/wire

line3 := $(line2) routing sync node/session node/mesh node/flow node/control node/inet
uses/node/core    := $(line3)

line4 := $(line3) node/core
uses/node/link    := $(line4)
uses/node/warden  := $(line4) node/radio
uses/sync/disk    := $(line4)
uses/sync/memory  := $(line2) sync

line5 := $(line4) node/radio node/link node/warden sync/disk sync/memory
uses/node/daemon  := $(line5)
uses/tools        := $(line2) node/control

uses/sim/channel  := node/base
uses/sim/files    := node/base sim/channel
uses/sim/ether    := node/base sim/channel sim/files
uses/sim/ns3      := node/base sim/channel sim/files
uses/sim/disk     := $(line2) sync sync/disk
uses/sim/world    := $(line4) sync/memory sync/disk sim/channel sim/files sim/disk

uses/tests        := $(ROOMS)

# No clock, file, socket, random source or printf: tests/checks/purity.
PURE := node/base node/wire node/crypto routing sync node/session node/mesh node/flow node/control \
        node/inet node/core sync/memory sim/channel

# Libraries: what pkg-config knows, and what it does not.
pkgs/node/crypto  := libsodium
pkgs/sync         := libzstd libutf8proc
pkgs/sync/disk    := sqlite3
pkgs/node/link    := libpcap libnl-3.0 libnl-route-3.0
pkgs/node/radio   := libnl-3.0 libnl-genl-3.0
pkgs/node/warden  := libnftables libpcap
pkgs/node/daemon  := inih libseccomp
pkgs/tools        := jansson ncursesw
pkgs/sim/ether    := libpcap libnl-3.0 libnl-genl-3.0
pkgs/tests        := cmocka jansson
libs/node/daemon  := -lev
libs/sim/ether    := -lev

# The file calls that sim/disk stands in for, in every program that it is linked into:
# its wrap.c has one function each, in this order.
wraps/sim/disk := openat open __openat_2 __open_2 syscall close dup fcntl read __read_chk \
        pread __pread_chk write pwrite lseek ftruncate fsync fdatasync syncfs fstat fstatat \
        stat lstat statx access faccessat fstatvfs fchmod chmod futimens utimensat mkdirat \
        mkdir symlinkat linkat unlinkat renameat2 renameat rename readlinkat __readlinkat_chk \
        fdopendir readdir rewinddir closedir clock_gettime getrandom

# A program is built as soon as its main.c exists.
main/qanatd       := node/daemon/main.c
main/qanat        := tools/cli/main.c
main/qanat-ether  := sim/ether/main.c
main/qanat-world  := sim/world/main.c
main/qanat-warden := node/warden/main.c
room/qanatd       := node/daemon
room/qanat        := tools
room/qanat-ether  := sim/ether
room/qanat-world  := sim/world
room/qanat-warden := node/warden
# The world watches and remembers what these do, and lets hostile nodes do otherwise:
# sim/world/seals.c, insider.c. The objects that call them are the daemon's.
WRAPPED := sign sign_verify keys_x25519 keys_x25519_public seal_number seal_nonce relay_receive \
           open_number tc_write flood_add hello_write piece_write members_rights members_own_rights
ldflags/qanat-world := $(WRAPPED:%=-Wl,--wrap=%)

# -------------------------------------------------------------------------------- flags
ifeq ($(origin CC),default)
CC := $(CROSS:%=%-)gcc
endif
AR     := $(CROSS:%=%-)ar
WERROR ?= -Werror
BUILD  ?= build$(if $(SAN),-san)$(if $(COV),-cov)$(if $(findstring clang,$(CC)),-clang)$(CROSS:%=-%)
PKG_CONFIG := $(CROSS:%=PKG_CONFIG_LIBDIR=/usr/lib/%/pkgconfig )pkg-config

WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
HARD  := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
SANE  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
         -fno-sanitize-recover=all
COVER := -O0 -g --coverage
KIND  := $(if $(SAN),$(SANE),$(if $(COV),$(COVER),$(HARD))) $(if $(FUZZ),-fsanitize=fuzzer-no-link)

ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -I. $(WARN) $(KIND) -fPIE -pthread $(CFLAGS)
ALL_LDFLAGS = $(KIND) -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

Q   := $(if $(V),,@)
say  = $(if $(V),@:,@printf '%-5s %s\n' $(1) $(patsubst $(BUILD)/%,%,$(2)))

# ------------------------------------------------------------- sources, objects, archives
# A room's sources lie flat in its folder, but for tools, which has one folder a program.
folders = $(if $(filter tools,$(1)),tools $(patsubst %/,%,$(sort $(dir $(wildcard tools/*/*.c)))),$(1))
sources = $(sort $(foreach d,$(call folders,$(1)),$(wildcard $d/*.c)))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
room_of = $(firstword $(filter $(ROOMS),$(1) $(firstword $(subst /, ,$(1)))))

HERE     := $(foreach r,$(ROOMS),$(if $(call sources,$r),$r))
archives  = $(foreach r,$(filter $(1),$(HERE)),$(BUILD)/obj/$r/room.a)
pkgs      = $(sort $(foreach r,$(1),$(pkgs/$r)))
cflags    = $(if $(1),$$($(PKG_CONFIG) --cflags $(1)))
ldlibs    = $(if $(call pkgs,$(1)),$$($(PKG_CONFIG) --libs $(call pkgs,$(1)))) \
            $(sort $(foreach r,$(1),$(libs/$r)))
# $(call link,ROOMS): what stands in the rule's prerequisites, and these rooms' libraries.
wraps     = $(foreach r,$(1),$(wraps/$r:%=-Wl,--wrap=%))
link      = $(Q)mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) $(ldflags/$(@F)) $(call wraps,$(1)) -Wl,-Map=$@.map -o $@ $(filter %.o,$^) \
            -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(call ldlibs,$(1)) -lm

PROGRAMS := $(foreach p,qanatd qanat qanat-ether qanat-world qanat-warden,$(if $(wildcard $(main/$p)),$p))

.PHONY: all
all: $(PROGRAMS:%=$(BUILD)/%) $(call archives,$(ROOMS))

$(BUILD)/obj/%.o: %.c Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(if $(filter $(ROOM),$(PURE)),-Wconversion) \
		$(call cflags,$(call pkgs,$(ROOM) $(uses/$(ROOM)))) -MMD -MP -c -o $@ $<

define room_rules
$(BUILD)/obj/$(1)/room.a: $(call objects,$(call sources,$(1)))
	$$(call say,AR,$$@)
	$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
$(call objects,$(call sources,$(1))): ROOM := $(1)
endef
$(foreach r,$(HERE),$(eval $(call room_rules,$r)))

# What viewer.c takes in by the assembler, which names no dependencies.
$(BUILD)/obj/sim/world/viewer.o: $(wildcard sim/world/viewer*.html sim/world/viewer*.js)

# Its own main stands first: rooms below may have one as well.
define program_rules
$(BUILD)/$(1): $(call objects,$(main/$(1))) $(call archives,$(room/$(1)) $(uses/$(room/$(1))))
	$$(call say,LD,$$@)
	$$(call link,$(room/$(1)) $(uses/$(room/$(1))))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$p)))

# --------------------------------------------------------------------------------- ns-3
# The radios of another simulator, in C++ as that is, and only where its headers are: no part
# of `make`. NS3_LIBS are the names of its libraries, which differ between versions;
# CXXFLAGS says where its headers are if they are not where Debian has them.
NS3_LIBS ?= -lns3-mesh -lns3-wifi -lns3-mobility -lns3-propagation -lns3-network -lns3-core
NS3_WARN := -Wall -Wextra -Wshadow $(WERROR)
hash      := \#
has_header = $(shell printf '$(hash)if !__has_include(<$(1)>)\n$(hash)error\n$(hash)endif\n' | \
             $(CXX) -std=c++17 $(CXXFLAGS) -E -x c++ - >/dev/null 2>&1 && echo yes)
have_ns3   = $(call has_header,ns3/mesh-helper.h)
with_mpi   = $(if $(call has_header,ns3/mpi-interface.h),CXX=mpicxx \
             CXXFLAGS="$(CXXFLAGS) -DNS3_MPI" NS3_LIBS="-lns3-mpi $(NS3_LIBS)")

.PHONY: ns3
ns3:
	$(if $(have_ns3),,@echo 'qanat-ns3 needs ns-3 and a C++ compiler: apt-get install libns3-dev g++' >&2; exit 1)
	@$(MAKE) $(with_mpi) $(BUILD)/qanat-ns3 $(BUILD)/packetbb-ns3

$(BUILD)/obj/%.o: %.cc Makefile
	$(call say,CXX,$<)
	$(Q)mkdir -p $(@D) && $(CXX) -std=c++17 -D_GNU_SOURCE -I. $(NS3_WARN) $(KIND) -fPIE -pthread $(CXXFLAGS) \
		-MMD -MP -c -o $@ $<

$(BUILD)/qanat-ns3: $(patsubst %.cc,$(BUILD)/obj/%.o,$(sort $(wildcard sim/ns3/*.cc))) $(call archives,sim/ns3 $(uses/sim/ns3))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CXX) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(NS3_LIBS)

# Our codec of RFC 5444 beside that of ns-3.
$(BUILD)/obj/tests/ns3/ours.o: ROOM := tests
$(BUILD)/packetbb-ns3: $(BUILD)/obj/tests/ns3/packetbb.o $(BUILD)/obj/tests/ns3/ours.o $(call archives,routing $(uses/routing))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CXX) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(NS3_LIBS) $(call ldlibs,routing $(uses/routing))

# -------------------------------------------------------------------------------- tests
# One program a room, linked with that room and what it may use; one program a property.
TEST_MAIN   := $(BUILD)/obj/tests/test_main.o
UNIT_ROOMS  := $(foreach r,$(ROOMS),$(if $(wildcard tests/unit/$r/*_test.c tests/unit/$r/*/*_test.c),$r))
unit_sources = $(filter-out $(foreach s,$(filter $(1)/%,$(ROOMS)),tests/unit/$s/%),\
               $(sort $(wildcard tests/unit/$(1)/*.c tests/unit/$(1)/*/*.c)))
unit_program = $(BUILD)/unit/$(subst /,-,$(1))
UNITS       := $(foreach r,$(UNIT_ROOMS),$(if $(call unit_sources,$r),$(call unit_program,$r)))
ELSEWHERE   := aarch64-linux-gnu
UNITS_ELSEWHERE := $(filter-out $(BUILD)/unit/sim-%,$(UNITS))
PROPERTIES  := $(patsubst tests/property/%.c,$(BUILD)/property/%,$(sort $(wildcard tests/property/*.c)))
PROPERTY_ROOMS := $(line5) sim/channel
FUZZERS     := $(patsubst tests/fuzz/%_fuzz.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
REPLAYS     := $(FUZZERS:%=$(BUILD)/fuzz/%)
FUZZ_ROOMS  := $(line5) node/daemon sim/channel

$(BUILD)/obj/tests/%.o: ROOM := tests

define unit_rules
$(call unit_program,$(1)): $(call objects,$(call unit_sources,$(1))) $(TEST_MAIN) \
		$(call archives,$(1) $(uses/$(1)) node/base)
	$$(call say,LD,$$@)
	$$(call link,tests $(1) $(uses/$(1)))
endef
$(foreach r,$(UNIT_ROOMS),$(eval $(call unit_rules,$r)))

$(BUILD)/property/%: $(BUILD)/obj/tests/property/%.o $(TEST_MAIN) $(call archives,$(PROPERTY_ROOMS))
	$(call say,LD,$@)
	$(call link,tests $(PROPERTY_ROOMS))

$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%_fuzz.o $(BUILD)/obj/tests/fuzz/replay.o $(call archives,$(FUZZ_ROOMS))
	$(call say,LD,$@)
	$(call link,tests $(FUZZ_ROOMS))

.PHONY: units units-elsewhere properties replays tests-built
units: $(UNITS)
units-elsewhere: $(UNITS_ELSEWHERE)
properties: $(PROPERTIES)
replays: $(REPLAYS)
tests-built: $(UNITS) $(PROPERTIES) benches

# Scripts prove a sentence each; lib.sh and common.sh are what they share.
scripts = $(filter-out %/lib.sh %/common.sh,$(sort $(wildcard tests/$(1)/*.sh)))
built_in = $(patsubst $(BUILD)/%,$(1)/%,$(2))
CHECKS := run_refuses layers layers_refuses purity purity_refuses forbidden forbidden_refuses \
          privileged privileged_refuses
# $(call under,MACHINE): what runs a program of another machine, in front of the program.
comma  := ,
under   = $(1:%=tests/checks/emulated,%,)
RUNNER  = MAKE="$(MAKE)" BUILD="$(BUILD)" tests/run

.PHONY: check
check:
	@$(RUNNER) suite:build tests/checks/builds,check,$(BUILD) \
		suite:checks $(CHECKS:%=tests/checks/%) suite:unit $(UNITS:%=$(call under,$(CROSS))%)

# Phones and small machines: the tests of what runs on them, and one world that must be the same
# there. Whether the packages are here is asked when they have been tried to be had.
have_cross = $(shell .ci/packages --have $(DEPS_CROSS) && echo yes)
elsewhere  = $(call under,$(ELSEWHERE))$(BUILD)-$(ELSEWHERE)
emulated   = $(if $(have_cross),$(UNITS_ELSEWHERE:$(BUILD)/%=$(elsewhere)/%) \
             $(elsewhere)/qanat-world$(comma)sim/worlds/line.world,$(call under,$(ELSEWHERE)))

# The small machine of tests/wifi minds no load; most of the scripts beside it wait.
.PHONY: test
test: deps-test deps-cross-tried
	@$(RUNNER) suite:build $(foreach k,gcc clang san replay $(if $(have_ns3),ns3) $(if $(have_cross),$(ELSEWHERE)),tests/checks/builds,$k,$(BUILD)) \
		suite:checks $(CHECKS:%=tests/checks/%) tests/checks/format \
		suite:unit $(UNITS) \
		suite:unit-san $(call built_in,$(BUILD)-san,$(UNITS)) \
		suite:unit-aarch64 $(emulated) \
		suite:property $(PROPERTIES) $(if $(have_ns3),$(BUILD)/packetbb-ns3) \
		suite:property-san $(call built_in,$(BUILD)-san,$(PROPERTIES)) \
		suite:fuzz $(call built_in,$(BUILD)-san,$(REPLAYS)) \
		$(foreach s,golden world,suite:$s $(call scripts,$s)) \
		suite:netns $(call scripts,wifi) $(call scripts,netns)

# Nodes on the real mac80211, in the small machine of sim/wifi.
.PHONY: check-wifi
check-wifi: deps-test all
	@$(RUNNER) suite:wifi $(call scripts,wifi)

.PHONY: fuzz fuzz-program fuzz-replay
fuzz:
	@FUZZ_BUILD="$(BUILD)-fuzz" MAKE="$(MAKE)" tests/fuzz/campaign "$(T)" "$(or $(SECS),60)"

# What `make fuzz` runs: the target with libFuzzer, everything under it instrumented.
fuzz-program: $(call objects,tests/fuzz/$(T)_fuzz.c) $(call archives,$(FUZZ_ROOMS))
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $(BUILD)/$(T) $(filter %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(call ldlibs,tests $(FUZZ_ROOMS)) -lm

fuzz-replay:
	@$(MAKE) BUILD=$(BUILD)-san SAN=1 replays
	@$(RUNNER) suite:fuzz $(call built_in,$(BUILD)-san,$(REPLAYS))

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(call archives,$(PROPERTY_ROOMS))
	$(call say,LD,$@)
	$(call link,tests $(PROPERTY_ROOMS))

# One of them is larger than a file.
$(BUILD)/bench/routing_probe: $(call objects,$(wildcard tests/bench/routing/*.c))

BENCHES := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/bench/*.c))

.PHONY: bench benches
benches: $(BENCHES)
bench: deps-test all benches
	@for b in $(call scripts,bench); do BUILD="$(BUILD)" bash $$b || exit 1; done

.PHONY: coverage
coverage:
	@BUILD=$(BUILD)-cov MAKE="$(MAKE)" tests/checks/coverage

# ---------------------------------------------------------------------- lint and format
C_FILES = $(sort $(shell find node routing sync tools sim tests -name '*.[ch]' -o -name '*.cc' 2>/dev/null))
SH_FILES = $(sort $(shell grep -rlIE '^\#!/bin/(ba)?sh' .ci sim tests tools 2>/dev/null))

.PHONY: lint
lint:
	@C_FILES="$(C_FILES)" SH_FILES="$(SH_FILES)" MAKE="$(MAKE)" BUILD="$(BUILD)" tests/checks/lint

.PHONY: format format-check
format:
	clang-format -i $(C_FILES)

format-check:
	@tests/checks/format

# ------------------------------------------------------------------------ packages, demo
# Debian and Ubuntu names: what building and running needs; what testing needs beyond it.
# What ends in ? is left out where it cannot be had.
DEPS := gcc libc6-dev make pkg-config libev-dev libsodium-dev libnl-3-dev libnl-genl-3-dev \
        libnl-route-3-dev libpcap-dev libsqlite3-dev libzstd-dev libjansson-dev libinih-dev \
        uthash-dev libncurses-dev libutf8proc-dev libnftables-dev libseccomp-dev iproute2 util-linux procps
DEPS_TEST := $(DEPS) clang libclang-rt-dev clang-format clang-tidy cppcheck shellcheck \
        libcmocka-dev curl python3 iperf3 parallel tshark tmux iputils-ping sqlite3 xxd jq \
        bind9-dnsutils nftables kmod cpio xz-utils qemu-system-x86? busybox-static? iw? wireless-regdb? \
        wpasupplicant? chromium? g++? libns3-dev?
# What building for another machine needs, and running what was built; all of it or nothing.
DEPS_CROSS := gcc-aarch64-linux-gnu qemu-user $(patsubst %,%:arm64,$(filter lib%-dev,$(DEPS)) libcmocka-dev)

.PHONY: deps deps-test deps-cross deps-cross-tried
deps:
	@.ci/packages $(DEPS)

deps-test:
	@.ci/packages $(DEPS_TEST)

deps-cross:
	@.ci/packages --or-none $(DEPS_CROSS)

deps-cross-tried: deps-test
	@.ci/packages --or-none $(DEPS_CROSS) || true

.PHONY: demo
demo: deps
	@$(MAKE) all
	@BUILD="$(BUILD)" DIR="$(DIR)" NODES="$(NODES)" TOPOLOGY="$(TOPOLOGY)" LOSS="$(LOSS)" \
		DEMO="$(DEMO)" sim/netns/demo

.PHONY: world
world: $(BUILD)/qanat-world
	@$(BUILD)/qanat-world $(or $(wildcard $(S)),sim/worlds/$(or $(S),line).world) $(if $(N),--nodes $(N)) \
		$(if $(SEED),--seed $(SEED))

# N random worlds (or of S=SCENARIO) with the seeds from FIRST on, in JOBS processes.
.PHONY: worlds planted
worlds: $(BUILD)/qanat-world
	@BUILD="$(BUILD)" FIRST="$(or $(FIRST),1)" sim/campaign run \
		$(or $(wildcard $(S)),$(if $(S),sim/worlds/$(S).world,random)) $(or $(N),1000) $(or $(JOBS),2)

# Deliberate faults, each of which random worlds have to find.
planted: $(BUILD)/qanat-world
	@BUILD="$(BUILD)" JOBS="$(JOBS)" tests/planted/run $(T)

# ------------------------------------------------------------------------------ install
PREFIX  ?= /usr/local
BINDIR  := $(DESTDIR)$(PREFIX)/bin
MANDIR  := $(DESTDIR)$(PREFIX)/share/man
UNITDIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
USERDIR := $(DESTDIR)$(PREFIX)/lib/systemd/user
GROUPDIR := $(DESTDIR)$(PREFIX)/lib/sysusers.d
RULEDIR := $(DESTDIR)$(PREFIX)/lib/udev/rules.d
DOCDIR  := $(DESTDIR)$(PREFIX)/share/doc/qanat
BASHDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR  := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISHDIR := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

# $(call put,MODE,FILES,FOLDER): nothing when there are no such files.
put = $(if $(strip $(2)),install -d $(3) && install -m $(1) $(2) $(3))
out = rm -f $(patsubst %,$(2)/%,$(notdir $(1)))
MAN   = $(wildcard tools/man/*.$(1))
DOCS  := README.md LICENSE node/PROTOCOL.md tools/packaging/qanatd.conf
# $(call unit,FILE,FOLDER): a unit of systemd, told where the programs are.
unit  = install -d $(2) && sed 's|@BINDIR@|$(PREFIX)/bin|' $(1) >$(2)/$(notdir $(1)) && \
        chmod 644 $(2)/$(notdir $(1))

.PHONY: install uninstall
install: all
	$(call put,755,$(PROGRAMS:%=$(BUILD)/%),$(BINDIR))
	$(foreach n,1 5 7 8,$(if $(call MAN,$n),$(call put,644,$(call MAN,$n),$(MANDIR)/man$n) &&)) true
	$(call unit,tools/packaging/qanatd.service,$(UNITDIR))
	$(call unit,tools/packaging/qanat-warden.service,$(UNITDIR))
	$(call unit,tools/packaging/user/qanatd.service,$(USERDIR))
	install -d $(GROUPDIR) && install -m 644 tools/packaging/qanat.sysusers $(GROUPDIR)/qanat.conf
	install -d $(RULEDIR) && install -m 644 tools/packaging/qanat.rules $(RULEDIR)/85-qanat.rules
	$(if $(DESTDIR),,if command -v systemd-sysusers >/dev/null; then systemd-sysusers $(GROUPDIR)/qanat.conf; fi)
	$(call put,644,$(DOCS),$(DOCDIR))
	$(call put,644,$(wildcard tools/completions/*.bash),$(BASHDIR))
	$(call put,644,$(wildcard tools/completions/_*),$(ZSHDIR))
	$(call put,644,$(wildcard tools/completions/*.fish),$(FISHDIR))

uninstall:
	$(call out,$(PROGRAMS),$(BINDIR))
	$(foreach n,1 5 7 8,$(if $(call MAN,$n),$(call out,$(call MAN,$n),$(MANDIR)/man$n) &&)) true
	rm -f $(UNITDIR)/qanatd.service $(UNITDIR)/qanat-warden.service $(USERDIR)/qanatd.service
	rm -f $(GROUPDIR)/qanat.conf $(RULEDIR)/85-qanat.rules
	$(call out,$(DOCS),$(DOCDIR))
	rmdir $(DOCDIR) 2>/dev/null || true
	$(call out,$(wildcard tools/completions/*.bash),$(BASHDIR))
	$(call out,$(wildcard tools/completions/_*),$(ZSHDIR))
	$(call out,$(wildcard tools/completions/*.fish),$(FISHDIR))

# ------------------------------------------------------------------------ what else there is
.PHONY: clean help print-rooms print-programs
clean:
	rm -rf build build-san build-clang build-cov build-fuzz build-$(ELSEWHERE)

help:
	@echo 'all ns3 deps deps-test deps-cross check check-wifi test demo world worlds planted install uninstall clean'
	@echo 'fuzz fuzz-replay bench lint format format-check coverage'

# The list of rooms for the checks: "ROOM: rooms it may use", and "pure: rooms".
print-rooms:
	@$(foreach r,$(ROOMS),echo '$r: $(uses/$r)';)
	@echo 'pure: $(PURE)'

# What the tests are to be linked as, for a build that failed to take away what is stale.
print-programs:
	@printf '%s\n' $(PROGRAMS:%=$(BUILD)/%) $(if $(have_ns3),$(BUILD)/qanat-ns3) $(UNITS) $(PROPERTIES)

-include $(shell test -d $(BUILD)/obj && find $(BUILD)/obj -name '*.d')
