// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: words for generations of peers and for who starts them.
 */
#include <string.h>

#include "ctl.h"

static const char *const legacy_names[] = {
	[NIMBOS_LEGACY_NONE] = "none",
	[NIMBOS_LEGACY_V1] = "v1",
	[NIMBOS_LEGACY_V2_EARLY] = "v2-early",
	[NIMBOS_LEGACY_V2] = "v2",
};

static const char *const backend_names[] = {
	[NIMBOS_BACKEND_AUTO] = "auto",
	[NIMBOS_BACKEND_NATIVE] = "native",
	[NIMBOS_BACKEND_RVM] = "rvm",
};

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

static const char *find_name(const char *const *names, size_t count, uint32_t value)
{
	return value < count ? names[value] : "unknown";
}

static bool find_value(const char *const *names, size_t count, const char *name, uint32_t *value)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name)) {
			*value = i;
			return true;
		}
	}
	return false;
}

const char *legacy_name(uint32_t legacy)
{
	return find_name(legacy_names, COUNT(legacy_names), legacy);
}

bool legacy_parse(const char *name, uint32_t *legacy)
{
	return find_value(legacy_names, COUNT(legacy_names), name, legacy);
}

const char *backend_name(uint32_t backend)
{
	return find_name(backend_names, COUNT(backend_names), backend);
}

bool backend_parse(const char *name, uint32_t *backend)
{
	return find_value(backend_names, COUNT(backend_names), name, backend);
}
