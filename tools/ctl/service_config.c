// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: what a configuration says of a peer, by the same table as the options of start, and
 * of its service.
 */
#include <errno.h>
#include <stdio.h>

#include "service.h"

#define SERVICE_KEYS 6

static const enum config_kind kinds[] = {
	[OPTION_FLAG] = CONFIG_FLAG,
	[OPTION_TEXT] = CONFIG_TEXT,
	[OPTION_NUMBER] = CONFIG_NUMBER,
	[OPTION_SIZE] = CONFIG_SIZE,
	[OPTION_REGION] = CONFIG_WORD,
	[OPTION_WORD] = CONFIG_WORD,
};

static bool parse_region(const char *word, void *value)
{
	return region_parse(word, value);
}

static bool parse_word(const char *word, void *value)
{
	const struct option_spec *spec = value;

	return spec->parse(word, spec->value);
}

static struct config_key make_key(const struct option_spec *spec)
{
	struct config_key key = {
		.section = "peer",
		.name = spec->key ? spec->key : spec->name,
		.kind = kinds[spec->kind],
		.value = spec->value,
		.given = spec->given,
		.min = spec->min,
		.max = spec->max,
		.words = spec->words,
	};

	if (spec->kind == OPTION_REGION) {
		key.parse = parse_region;
		key.words = "BASE+SIZE, as in 0x40000000+128M";
	} else if (spec->kind == OPTION_WORD) {
		key.parse = parse_word;
		key.value = (void *)spec;
	}
	return key;
}

/* What the file as a whole has to say. */
static int check(const char *name, const struct service_config *config,
		 char error[CONFIG_ERROR_SIZE])
{
	if (!config->start.image)
		snprintf(error, CONFIG_ERROR_SIZE,
			 "'%s' names no image; add 'image = FILE' to its section [peer]", name);
	else if (config->backoff.from_ms > config->backoff.to_ms)
		snprintf(error, CONFIG_ERROR_SIZE,
			 "'%s' has [service] restart-delay = %u, which is more than "
			 "restart-delay-max = %u; make it less",
			 name, config->backoff.from_ms, config->backoff.to_ms);
	else
		return 0;
	return -EINVAL;
}

int service_config_read(const char *name, struct service_config *config,
			char error[CONFIG_ERROR_SIZE])
{
	const struct start_options options = start_options(&config->start);
	const struct config_key service_keys[SERVICE_KEYS + 1] = {
		CONFIG_KEY("service", "restart", CONFIG_FLAG, &config->restart),
		CONFIG_KEY("service", "restart-delay", CONFIG_NUMBER, &config->backoff.from_ms,
			   .min = 1, .max = 3600000),
		CONFIG_KEY("service", "restart-delay-max", CONFIG_NUMBER, &config->backoff.to_ms,
			   .min = 1, .max = 3600000),
		CONFIG_KEY("service", "steady", CONFIG_NUMBER, &config->backoff.steady_ms),
		CONFIG_KEY("service", "crashes", CONFIG_NUMBER, &config->crashes, .max = 1000),
		CONFIG_KEY("service", "dump", CONFIG_FLAG, &config->dump),
		CONFIG_END,
	};
	struct config_key keys[START_OPTIONS + SERVICE_KEYS];
	size_t n = 0;
	int ret;

	*config = (struct service_config){
		.restart = true,
		.backoff = { .from_ms = 1000, .to_ms = 60000, .steady_ms = 60000 },
		.crashes = 10,
	};
	for (const struct option_spec *spec = options.spec; spec->name; spec++)
		keys[n++] = make_key(spec);
	for (size_t i = 0; i <= SERVICE_KEYS; i++)
		keys[n++] = service_keys[i];
	ret = config_read(name, keys, error);
	return ret ? ret : check(name, config, error);
}
