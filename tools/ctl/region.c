// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: memory and CPUs that a peer could have.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/parse.h"
#include "ctl.h"

bool region_parse(const char *text, struct region *region)
{
	const char *rest;

	return parse_size(text, &rest, &region->base) && *rest == '+' &&
	       parse_size(rest + 1, NULL, &region->size);
}

/* Whether another peer has a part of it. */
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

/* Go through SIZE$BASE[,SIZE$BASE]...; '@', '#' and '!' in place of '$' reserve nothing for us. */
static bool find_reserved(int dev, unsigned int peer, const char *text, struct region *region)
{
	while (text) {
		const char *rest;

		if (parse_size(text, &rest, &region->size) && *rest == '$' &&
		    parse_size(rest + 1, &rest, &region->base) && (!*rest || *rest == ',') &&
		    !is_taken(dev, peer, region))
			return true;
		text = strchr(text, ',');
		if (text)
			text++;
	}
	return false;
}

bool region_find(int dev, unsigned int peer, struct region *region)
{
	char *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *file = fopen("/proc/cmdline", "re");
	char *save, *word;

	if (!file)
		return false;
	if (getline(&line, &room, file) > 0) {
		for (word = strtok_r(line, "\n ", &save); word && !found;
		     word = strtok_r(NULL, "\n ", &save)) {
			if (!strncmp(word, "memmap=", 7))
				found = find_reserved(dev, peer, word + 7, region);
		}
	}
	free(line);
	fclose(file);
	return found;
}

int cpu_last(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/online", "re");
	char line[256];
	const char *last = line;
	int cpu = -1;

	if (!file)
		return -1;
	if (fgets(line, sizeof(line), file)) {
		/* A list as "0-3,5": the last number in it. */
		for (const char *at = line; *at; at++) {
			if (*at == '-' || *at == ',')
				last = at + 1;
		}
		if (sscanf(last, "%d", &cpu) != 1)
			cpu = -1;
	}
	fclose(file);
	return cpu;
}
