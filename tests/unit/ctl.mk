# SPDX-License-Identifier: GPL-2.0
#
# Unit tests of what nimbosctl makes of forwarded calls and huge pages, for the Makefile here.

ctl_objects := $(addprefix $(build)/ctl/,call_table.o call_words.o histogram.o huge_run.o)
programs += $(build)/test_ctl

$(build)/test_ctl: $(build)/ctl/test_ctl.o $(ctl_objects)
	$(CC) $(sanitize) -pthread -o $@ $^ -lcmocka

$(build)/ctl/test_ctl.o: $(here)/test_ctl.c
	@mkdir -p $(@D)
	$(CC) $(common) -D_GNU_SOURCE -I$(top)/tools/ctl $(sanitize) -c -o $@ $<

$(ctl_objects): $(build)/ctl/%.o: $(top)/tools/ctl/%.c
	@mkdir -p $(@D)
	$(CC) $(common) -D_GNU_SOURCE $(sanitize) -c -o $@ $<

-include $(wildcard $(build)/ctl/*.d)
