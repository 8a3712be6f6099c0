# SPDX-License-Identifier: GPL-2.0
#
# Unit tests of the shadow's argument checks, and of libnimbos's words, for the Makefile here.

calls_parts := args calls command fds msg open policy_rules poll process
calls_objects := $(addprefix $(build)/shadow/,$(addsuffix .o,$(calls_parts)))
# The thread sanitizer has nothing to say: what races with the peer's writes is what is tested.
calls_programs := $(if $(filter thread,$(SANITIZE)),,$(build)/test_calls $(build)/test_nested)
calls_flags = $(common) -D_GNU_SOURCE -I$(top)/tools/shadow -I$(top)/tools/lib -I$(build) $(sanitize)
programs += $(calls_programs) $(build)/test_errors

$(calls_programs): $(build)/%: $(build)/calls/%.o $(build)/calls/calls_fixture.o $(calls_objects)
	$(CC) $(sanitize) -pthread -o $@ $^ -lcmocka

$(build)/calls/%.o: $(here)/%.c $(build)/linux_calls.h $(build)/linux_prototypes.h
	@mkdir -p $(@D)
	$(CC) $(calls_flags) -c -o $@ $<

$(build)/shadow/%.o: $(top)/tools/shadow/%.c
	@mkdir -p $(@D)
	$(CC) $(calls_flags) -c -o $@ $<

# The filter of a policy. Sanitizers make calls of their own, which it refuses.
confine_programs := $(if $(SANITIZE),,$(build)/test_confine)
programs += $(confine_programs)

$(confine_programs): $(build)/%: $(build)/calls/%.o $(calls_objects) $(config_objects) \
	$(addprefix $(build)/shadow/,policy.o confine_calls.o log.o refusal.o)
	$(CC) -pthread -o $@ $^ -lcmocka -linih -lseccomp

# Every call that the headers of this system know, to compare the shadow's table with.
$(build)/linux_calls.h: $(here)/calls.mk
	@mkdir -p $(@D)
	echo '#include <asm/unistd_64.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$/LINUX_CALL(\2, \1)/p' > $@.new
	@test -s $@.new && mv $@.new $@

$(build)/linux_prototypes.h: $(here)/calls_prototypes.sh
	@mkdir -p $(@D)
	$< > $@.new
	@mv $@.new $@

$(build)/test_errors: $(here)/test_errors.c $(top)/tools/lib/error.c $(build)/documented_errors.h
	$(CC) $(calls_flags) -o $@ $(filter %.c,$^) -lcmocka

$(build)/documented_errors.h: $(top)/uapi/linux/nimbos.h $(top)/uapi/linux/nimbos_legacy.h
	@mkdir -p $(@D)
	sed -n -e 's/.* ioctl(NIMBOS_IOC_\([A-Z_]*\)).*/= \1/p' \
		-e 's/.*DOC: User interrupts.*/= UINTR_WAIT/p' \
		-e 's/^ \*  - \(E[A-Z0-9]*\): .*/\1/p' $^ | \
		awk 'BEGIN { cmd = "QUERY" } $$1 == "=" { cmd = $$2; next } \
			{ print "DOCUMENTED(" cmd ", " $$1 ")" }' > $@.new
	@test -s $@.new && mv $@.new $@

-include $(wildcard $(build)/shadow/*.d $(build)/calls/*.d)
