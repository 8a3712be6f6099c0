# SPDX-License-Identifier: GPL-2.0
#
# Unit tests of parts of nimbosctl, for the Makefile here; after config.mk. test_ctl: what it makes of
# forwarded calls and huge pages. test_pending: what it finds in a peer's memory of them. test_service:
# peers as services.

ctl_flags = $(common) -D_GNU_SOURCE -I$(top)/tools/ctl -I$(top)/tools/lib $(sanitize)
ctl_objects := $(addprefix $(build)/ctl/,call_table.o call_words.o histogram.o huge_run.o)
service_objects := $(addprefix $(build)/ctl/,backoff.o names.o region.o service_config.o \
	service_crash.o service_running.o start_options.o text.o)
pending_objects := $(addprefix $(build)/ctl/,call_table.o call_words.o pending.o)
programs += $(build)/test_ctl $(build)/test_pending $(build)/test_service

$(build)/test_ctl: $(build)/ctl/test_ctl.o $(ctl_objects)
	$(CC) $(sanitize) -pthread -o $@ $^ -lcmocka

$(build)/test_pending: $(build)/ctl/test_pending.o $(pending_objects)
	$(CC) $(sanitize) -pthread -Wl,--wrap=pread -o $@ $^ -lcmocka

$(build)/test_service: $(build)/ctl/test_service.o $(service_objects) $(config_objects)
	$(CC) $(sanitize) -pthread -o $@ $^ -lcmocka -lcjson -linih

$(build)/ctl/test_service.o: ctl_flags += -DEXAMPLE='"$(top)/tools/systemd/demo.conf"'

$(build)/ctl/%.o: $(here)/%.c
	@mkdir -p $(@D)
	$(CC) $(ctl_flags) -c -o $@ $<

$(build)/ctl/%.o: $(top)/tools/ctl/%.c
	@mkdir -p $(@D)
	$(CC) $(ctl_flags) -c -o $@ $<

-include $(wildcard $(build)/ctl/*.d)
