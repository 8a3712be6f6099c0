# SPDX-License-Identifier: GPL-2.0
#
# Unit tests of reading a peer's configuration, for the Makefile here.

config_objects := $(addprefix $(build)/common/,config.o parse.o)
programs += $(build)/test_config

$(build)/test_config: $(build)/common/test_config.o $(config_objects)
	$(CC) $(sanitize) -pthread -o $@ $^ -lcmocka -linih

$(build)/common/test_config.o: $(here)/test_config.c
	@mkdir -p $(@D)
	$(CC) $(common) -D_GNU_SOURCE -I$(top)/tools/common $(sanitize) -c -o $@ $<

$(config_objects): $(build)/common/%.o: $(top)/tools/common/%.c
	@mkdir -p $(@D)
	$(CC) $(common) -D_GNU_SOURCE $(sanitize) -c -o $@ $<

-include $(wildcard $(build)/common/*.d)
