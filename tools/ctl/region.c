// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: memory that a peer could have.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/parse.h"
#include "ctl.h"
#include "text.h"

bool region_parse(const char *text, struct region *region)
{
	const char *rest;

	return parse_size(text, &rest, &region->base) && *rest == '+' &&
	       parse_size(rest + 1, NULL, &region->size);
}

/* Whether another peer has a part of it; asked for with a descriptor that nobody polls. */
static bool is_taken(int dev, unsigned int peer, const struct region *region)
{
	struct nimbos_query query;

	for (unsigned int i = 0; i < NIMBOS_MAX_PEERS; i++) {
		if (i == peer || nimbos_query(dev, i, &query))
			continue;
		if (query.region_base < region->base + region->size &&
		    region->base < query.region_base + query.region_size)
			return true;
	}
	return false;
}

static char parse_entry(const char *text, struct region *region)
{
	const char *rest;
	char kind;

	*region = (struct region){ 0 };
	if (!parse_size(text, &rest, &region->size) || !*rest || !strchr("$@#!", *rest))
		return '\0';
	kind = *rest;
	if (!parse_size(rest + 1, &rest, &region->base) || !strchr("\n, ", *rest))
		return '\0';
	return kind;
}

const char *region_next(const char **text, struct region *region, char *kind)
{
	/* A comma leads to the next entry of the same memmap=. */
	const char *entry = **text == ',' ? *text + 1 : cmdline_find(*text, "memmap");

	if (!entry)
		return NULL;
	*kind = parse_entry(entry, region);
	*text = entry + strcspn(entry, "\n, ");
	return entry;
}

bool region_find(const struct ctl *ctl, unsigned int peer, struct region *region)
{
	int dev = open(ctl->device, O_RDWR | O_CLOEXEC);
	char *line = read_text("/proc/cmdline");
	const char *at = line;
	bool found = false;
	char kind;

	while (dev >= 0 && at && !found && region_next(&at, region, &kind))
		found = kind == '$' && !is_taken(dev, peer, region);
	if (dev >= 0)
		close(dev);
	free(line);
	return found;
}
