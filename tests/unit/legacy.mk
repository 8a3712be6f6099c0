# SPDX-License-Identifier: GPL-2.0
#
# Unit tests of legacy peers' queues and calls, for the Makefile here. The queue is the module's: its
# file is built against the few of the kernel's headers that kernel/ has.

legacy_flags = $(common) -D_GNU_SOURCE -I$(here)/kernel $(sanitize)
legacy_programs := $(build)/test_legacy_queue
legacy_traced := $(if $(SANITIZE),,$(build)/test_legacy_changing)
# The address sanitizer lies above the first gigabyte, the thread sanitizer does not.
legacy_calls := $(if $(filter thread,$(SANITIZE)),,$(build)/test_legacy_calls)
programs += $(legacy_programs) $(legacy_traced) $(legacy_calls)

$(legacy_programs): $(build)/%: $(build)/legacy/%.o $(build)/legacy/legacy_queue.o
	$(CC) $(sanitize) -pthread -o $@ $^ -lcmocka

$(legacy_traced): $(build)/%: $(build)/legacy/%.o $(build)/legacy/traced_queue.o $(build)/trace.o
	$(CC) -o $@ $^ -lcmocka

$(legacy_calls): $(build)/%: $(build)/calls/%.o $(calls_objects) \
	$(addprefix $(build)/shadow/,legacy_calls.o legacy_space.o)
	$(CC) $(sanitize) -pthread -pie -o $@ $^ -lcmocka

$(build)/legacy/%.o: $(here)/%.c
	@mkdir -p $(@D)
	$(CC) $(legacy_flags) -c -o $@ $<

$(build)/legacy/%.o: $(top)/nimbos_mod/%.c
	@mkdir -p $(@D)
	$(CC) $(legacy_flags) -c -o $@ $<

$(build)/legacy/traced_queue.o: $(top)/nimbos_mod/legacy_queue.c
	@mkdir -p $(@D)
	$(CC) $(legacy_flags) -fsanitize=thread -c -o $@ $<

-include $(wildcard $(build)/legacy/*.d)
