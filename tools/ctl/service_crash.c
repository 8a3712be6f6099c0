// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: what is kept of a peer's crash: in a directory with a number of its own, the end of
 * what it wrote on its console, its state in JSON, and its memory if that is wanted.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "service.h"

#define NUMBER_DIGITS 8

/* Where a crash is until all of it is there. */
#define UNFINISHED ".new"

static int keep_console(const struct ctl *ctl, const struct nimbos_query *query, const char *path);
static int keep_state(const struct ctl *ctl, const struct nimbos_query *query, const char *path);

/* The last one only if it is asked for. */
static const struct {
	const char *name;
	int (*keep)(const struct ctl *ctl, const struct nimbos_query *query, const char *path);
} files[] = {
	{ "console", keep_console },
	{ "state.json", keep_state },
	{ "memory", peer_dump },
};

#define NR_FILES (sizeof(files) / sizeof(files[0]))

/* Of a file of a crash; of the crash, without @file; of all crashes, without @crash either. */
static bool make_path(char path[PATH_MAX], const struct service *service, const char *crash,
		      const char *file)
{
	return snprintf(path, PATH_MAX, "%s/crashes%s%s%s%s", service->directory, crash ? "/" : "",
			crash ? crash : "", file ? "/" : "", file ? file : "") < PATH_MAX;
}

static void remove_crash(const struct service *service, const char *crash)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < NR_FILES; i++) {
		if (make_path(path, service, crash, files[i].name))
			unlink(path);
	}
	if (make_path(path, service, crash, NULL))
		rmdir(path);
}

static int is_crash(const struct dirent *entry)
{
	return strspn(entry->d_name, "0123456789") == NUMBER_DIGITS &&
	       !entry->d_name[NUMBER_DIGITS];
}

/* Remove the oldest ones until there is room for one more. Return: that one's number. */
static unsigned long make_room(const struct service *service)
{
	struct dirent **crashes;
	unsigned long next = 1;
	char path[PATH_MAX];
	int count = -1;

	if (make_path(path, service, NULL, NULL))
		count = scandir(path, &crashes, is_crash, alphasort);
	if (count < 0)
		return next;
	for (int i = 0; i < count; i++) {
		if (i + service->config.crashes < count + 1)
			remove_crash(service, crashes[i]->d_name);
		next = strtoul(crashes[i]->d_name, NULL, 10) + 1;
		free(crashes[i]);
	}
	free(crashes);
	return next;
}

static int keep_console(const struct ctl *ctl, const struct nimbos_query *query, const char *path)
{
	FILE *file = fopen(path, "we");
	int status;

	if (!file)
		return ctl_fail(ctl, "'%s' cannot be made: %s", path, strerror(errno));
	status = peer_copy_console(ctl, query->peer, file);
	if (fclose(file) && !status)
		status = ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
	return status;
}

/* As nimbosctl status says it, with the time, in JSON. Return: to be freed; or NULL. */
static char *describe(const struct nimbos_query *query)
{
	cJSON *object = peer_json(query);
	time_t now = time(NULL);
	char text[32];
	char *json = NULL;

	strftime(text, sizeof(text), "%FT%TZ", gmtime(&now));
	if (object && cJSON_AddStringToObject(object, "time", text))
		json = cJSON_Print(object);
	cJSON_Delete(object);
	return json;
}

static int keep_state(const struct ctl *ctl, const struct nimbos_query *query, const char *path)
{
	char *json = describe(query);
	FILE *file = fopen(path, "we");
	bool ok = json && file && fprintf(file, "%s\n", json) > 0;

	if (file && fclose(file))
		ok = false;
	cJSON_free(json);
	return ok ? 0 : ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
}

/* A file is there as a whole, or not at all; one of them is better than none. */
static void fill(const struct service *service, const struct nimbos_query *query)
{
	size_t count = service->config.dump ? NR_FILES : NR_FILES - 1;
	char path[PATH_MAX];

	for (size_t i = 0; i < count; i++) {
		if (make_path(path, service, UNFINISHED, files[i].name) &&
		    files[i].keep(service->ctl, query, path))
			unlink(path);
	}
}

static int make_directory(const struct service *service, const char *crash)
{
	char path[PATH_MAX];

	if (make_path(path, service, crash, NULL) && mkdir(path, 0700) && errno != EEXIST)
		return ctl_fail(service->ctl, "'%s' cannot be made: %s", path, strerror(errno));
	return 0;
}

void service_keep_crash(const struct service *service, const struct nimbos_query *query)
{
	char from[PATH_MAX], to[PATH_MAX], number[2 * NUMBER_DIGITS];

	if (!service->config.crashes || make_directory(service, NULL))
		return;
	/* A service that was killed may have left a part of one. */
	remove_crash(service, UNFINISHED);
	snprintf(number, sizeof(number), "%0*lu", NUMBER_DIGITS, make_room(service));
	if (!make_path(from, service, UNFINISHED, NULL) || !make_path(to, service, number, NULL) ||
	    make_directory(service, UNFINISHED))
		return;
	fill(service, query);
	if (rename(from, to)) {
		ctl_fail(service->ctl, "'%s' cannot be made: %s", to, strerror(errno));
		remove_crash(service, UNFINISHED);
		return;
	}
	service_log(service, SERVICE_KEPT, query->state, "what is known of it is in %s", to);
}
