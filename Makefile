# SPDX-License-Identifier: GPL-2.0
#
# Everything in nimbos, by name. What is built lies in build/; kernels, their sources and other
# large things that can be had again lie in the cache (NIMBOS_CACHE, ~/.cache/nimbos).

KERNEL ?= bookworm
SUITE ?=
FUZZ_SECONDS ?= 600
DESTDIR ?=
DKMS ?= dkms

version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
host_kdir := /lib/modules/$(shell uname -r)/build
# The running kernel's, or those of a stock kernel in the cache; looked up when it is needed.
KDIR ?= $(if $(wildcard $(host_kdir)/Makefile),$(host_kdir),$(shell tests/vm/kernel.sh $(KERNEL) kdir))

test_uintr := test-uintr test-uintr-stress test-uintr-linux test-uintr-fuzz

all: modules tools peer

help:
	@echo 'make setup         install what is needed (Debian 12 and 13)'
	@echo 'make               modules, tools and peer'
	@echo 'make modules       build/modules/RELEASE/nimbos.ko, for KDIR= or a kernel of KERNEL=SUITE'
	@echo 'make tools         libnimbos, nimbos-shadow, nimbosctl'
	@echo 'make peer          client library for the RTOS side, reference peer, sim'
	@echo 'make demo          a peer in a guest copies INPUT=FILE and more through Linux'
	@echo 'make test          all suites but the longest; SUITE=NAME[,NAME] some, SUITE=list'
	@echo 'make test-debug    those that look at the kernel, on a kernel with KASAN, lockdep, ...'
	@echo 'make test-packages packages, on fresh Debian 12 and 13 (docs/install.md)'
	@echo 'make fuzz          what peers can write, of all versions, FUZZ_SECONDS=600 each'
	@echo 'make check         sparse, checkpatch, clang-format, cppcheck, shellcheck, kernel-doc, man'
	@echo 'make docs          docs/abi.md from the headers'
	@echo 'make bench         measurements: a table, and build/bench.json'
	@echo 'make qemu-uintr    prints the path of a QEMU with user interrupts (docs/qemu-uintr.md)'
	@echo 'make test-uintr    the rules of user interrupts on it; ORACLE=bochs on Bochs, too'
	@echo 'make install       tools, library, headers, man pages, service; DESTDIR=, PREFIX='
	@echo 'make dkms-install  source of the module to DKMS, which builds and installs it'
	@echo 'make deb           packages for Debian, in build/debian'
	@echo 'make clean         remove build/; the cache stays'

setup:
	@tests/setup.sh

# Each kernel has a directory of its own, with links to the sources: a build for one kernel does
# not take away another's, and leaves nothing between the sources.
modules:
	@set -e; kdir='$(KDIR)'; \
	release=$$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$$kdir/include/generated/utsrelease.h") || \
		{ echo "modules: KDIR='$$kdir' holds no prepared kernel headers" >&2; exit 1; }; \
	out=$(CURDIR)/build/modules/$$release; \
	mkdir -p "$$out/nimbos_mod"; \
	ln -sfn $(CURDIR)/uapi "$$out/uapi"; \
	find "$$out/nimbos_mod" -xtype l -delete; \
	ln -sf $(CURDIR)/nimbos_mod/Kbuild $(CURDIR)/nimbos_mod/*.[chS] "$$out/nimbos_mod/"; \
	$(MAKE) -C "$$kdir" M="$$out/nimbos_mod" $(if $(C),C=$(C) CF='$(CF)') modules; \
	cp "$$out/nimbos_mod/nimbos.ko" "$$out/nimbos.ko"

tools peer:
	$(MAKE) -C $@

# What these need is installed first, if it is not there; they build what they need themselves.
check test test-debug test-packages fuzz demo bench $(test_uintr): setup

check:
	@tests/run checks $(SUITE)

test:
	@tests/run suites $(SUITE)

test-debug:
	@NIMBOS_KERNEL=debug tests/run suites $(SUITE)

test-packages:
	@tests/run suites packages

qemu-uintr qemu-stock:
	@$(MAKE) --no-print-directory -C tools/qemu-uintr $@

$(test_uintr):
	@$(MAKE) --no-print-directory -C tests/uintr $@

fuzz:
	@$(MAKE) --no-print-directory -C tests/unit fuzz-run FUZZ_SECONDS=$(FUZZ_SECONDS)

demo:
	@tests/demo.sh $(INPUT)

bench:
	@tests/bench.sh

# Kept in the tree, for readers who build nothing; make check says when it is out of date.
docs:
	@mkdir -p build
	@linux=$$(tests/vm/source.sh) && docs/abi.py "$$linux/scripts/kernel-doc" > build/abi.md
	@cp build/abi.md docs/abi.md

install: tools
	$(MAKE) -C tools install DESTDIR='$(DESTDIR)' $(if $(PREFIX),PREFIX='$(PREFIX)')

# In a copy of the sources, so that nothing lies beside this directory.
deb_source := build/debian/nimbos-$(version)
deb:
	rm -rf build/debian
	mkdir -p $(deb_source)
	git ls-files -z | xargs -0 cp --parents -t $(deb_source)
	cd $(deb_source) && dpkg-buildpackage --no-sign

# DKMS keeps a copy of the sources that it can build from when a new kernel comes.
dkms_source := $(DESTDIR)/usr/src/nimbos-$(version)
dkms-install: dkms-source
	$(DKMS) status nimbos/$(version) | grep -q . || $(DKMS) add nimbos/$(version)
	$(DKMS) build --force nimbos/$(version)
	$(DKMS) install --force nimbos/$(version)

dkms-source:
	install -d $(dkms_source)/nimbos_mod $(dkms_source)/uapi/linux
	install -m 644 dkms.conf COPYING Makefile $(dkms_source)
	install -m 644 nimbos_mod/Kbuild nimbos_mod/Makefile nimbos_mod/*.[chS] $(dkms_source)/nimbos_mod
	install -m 644 uapi/linux/*.h $(dkms_source)/uapi/linux

clean:
	rm -rf build

.PHONY: all help setup modules tools peer check test test-debug test-packages fuzz demo bench docs install \
	deb dkms-install dkms-source clean qemu-uintr qemu-stock $(test_uintr)
