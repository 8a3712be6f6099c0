# SPDX-License-Identifier: GPL-2.0
#
# Unit tests of peers as services, for the Makefile here; after config.mk.

service_objects := $(addprefix $(build)/ctl/,backoff.o names.o region.o service_config.o \
	service_crash.o service_running.o start_options.o text.o)
programs += $(build)/test_service

$(build)/test_service: $(build)/ctl/test_service.o $(service_objects) $(config_objects)
	$(CC) $(sanitize) -pthread -o $@ $^ -lcmocka -lcjson -linih

$(build)/ctl/test_service.o: $(here)/test_service.c
	@mkdir -p $(@D)
	$(CC) $(common) -D_GNU_SOURCE -I$(top)/tools/ctl -I$(top)/tools/lib $(sanitize) \
		-DEXAMPLE='"$(top)/tools/systemd/demo.conf"' -c -o $@ $<

$(service_objects): $(build)/ctl/%.o: $(top)/tools/ctl/%.c
	@mkdir -p $(@D)
	$(CC) $(common) -D_GNU_SOURCE -I$(top)/tools/lib $(sanitize) -c -o $@ $<
