# SPDX-License-Identifier: GPL-2.0
#
# What the Makefiles of kernels share. They have set ROOT, SRC (the kernel's own sources) and OUT (where
# its objects go).

CC ?= gcc
LD ?= ld
OBJCOPY ?= objcopy
NM ?= nm

# For who measures what something costs that all kernels have.
DEFINES ?=

# Nothing but the general registers, no calls that nobody wrote; a kernel says where it is linked.
KERNEL_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wstrict-prototypes \
	-Wmissing-prototypes -Wdeclaration-after-statement -Wvla -ffreestanding -U__linux__ \
	-mno-red-zone -mgeneral-regs-only -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-common \
	-fno-tree-loop-distribute-patterns -I$(SRC) -I$(ROOT)/peer/common -MMD -MP $(DEFINES)

# Objects of peer/common that all kernels have.
COMMON := apic.o descriptors.o entry.o exception.o format.o memory.o paging.o string.o uart.o

# And those that programs have, which cannot call a kernel's.
PROGRAM_COMMON := format.o pattern.o string.o text.o

# $(call objects,FOLDER,SOURCES): how objects in OUT/FOLDER are made from .c and .S in the folders SOURCES.
define objects
$(foreach source,$(2),$(call object,$(1),$(source),c)$(call object,$(1),$(source),S))
endef

define object
$$(OUT)/$(1)/%.o: $(2)/%.$(3) $$(MAKEFILE_LIST)
	@mkdir -p $$(@D)
	@echo "  CC      $$(@:$$(ROOT)/%=%)"
	@$$(CC) $$(CFLAGS) -c -o $$@ $$<

endef
