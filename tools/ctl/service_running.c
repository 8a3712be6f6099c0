// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: which peer runs, for a service that takes the place of one that was killed.
 *
 * A line tells a start of a peer from all others: by the boot of Linux, the load of the module that
 * counts its starts, what it was given, and its image. It is kept before the start; a peer that is
 * found running is the service's if the same line can be made of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service.h"
#include "text.h"

#define FNV_OFFSET 0xcbf29ce484222325
#define FNV_PRIME 0x100000001b3

/* FNV-1a: it only has to tell images apart, not to stand against somebody. */
static bool hash_file(const char *path, uint64_t *hash)
{
	FILE *file = fopen(path, "re");
	unsigned char buf[4096];
	bool ok = file;
	size_t n;

	*hash = FNV_OFFSET;
	while (ok && (n = fread(buf, 1, sizeof(buf), file))) {
		for (size_t i = 0; i < n; i++)
			*hash = (*hash ^ buf[i]) * FNV_PRIME;
	}
	ok = ok && !ferror(file);
	if (file)
		fclose(file);
	return ok;
}

/* Return: the line, to be freed; NULL with errno. */
static char *describe(const struct service *service, uint32_t incarnation, uint32_t cpu,
		      uint64_t base, uint64_t size)
{
	char *boot = read_text("/proc/sys/kernel/random/boot_id");
	char *line = NULL;
	struct stat st;
	uint64_t hash;

	/* The device is made anew when the module is loaded. */
	if (boot && !fstat(service->dev, &st) && hash_file(service->config.start.image, &hash) &&
	    asprintf(&line,
		     "boot %s device %" PRIu64 " peer %u start %u CPU %u region 0x%" PRIx64
		     "+0x%" PRIx64 " image %016" PRIx64, boot, (uint64_t)st.st_ino,
		     service->config.start.load.peer, incarnation, cpu, base, size, hash) < 0)
		line = NULL;
	free(boot);
	return line;
}

static bool make_path(char path[PATH_MAX], const struct service *service, const char *suffix)
{
	return snprintf(path, PATH_MAX, "%s/running%s", service->directory, suffix) < PATH_MAX;
}

void service_remember(const struct service *service, uint32_t incarnation)
{
	const struct start *start = &service->config.start;
	char *line = describe(service, incarnation, start->start.cpu, start->load.region_base,
			      start->load.region_size);
	char path[PATH_MAX], fresh[PATH_MAX];
	FILE *file = NULL;
	bool ok = false;

	if (line && make_path(path, service, "") && make_path(fresh, service, ".new"))
		file = fopen(fresh, "we");
	if (file) {
		ok = fprintf(file, "%s\n", line) > 0;
		ok = !fclose(file) && ok && !rename(fresh, path);
	}
	free(line);
	if (ok)
		return;
	ctl_fail(service->ctl,
		 "it cannot be written down in '%s' what is started: %s; make room there, else the "
		 "peer has to be stopped by hand if this service is killed",
		 service->directory, strerror(errno));
	if (make_path(path, service, ""))
		unlink(path);
}

bool service_recognizes(const struct service *service, const struct nimbos_query *query)
{
	const struct start *start = &service->config.start;
	char path[PATH_MAX], *kept = NULL, *line;
	bool same;

	if ((start->have_cpu && start->start.cpu != (uint32_t)query->cpu) ||
	    (start->have_region && (start->region.base != query->region_base ||
				    start->region.size != query->region_size)) ||
	    (start->have_huge_pages && (!query->huge_page_size ||
					start->huge_pages != query->region_size)))
		return false;
	line = describe(service, query->incarnation, (uint32_t)query->cpu, query->region_base,
			query->region_size);
	if (make_path(path, service, ""))
		kept = read_text(path);
	same = line && kept && !strcmp(line, kept);
	free(line);
	free(kept);
	return same;
}
