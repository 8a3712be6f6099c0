// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: what a service has to tell: to the journal, with fields to search it by, or as text.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include "service.h"

/* The journal finds messages of one kind by their ID, which stays the same. */
static const struct {
	const char *name;
	int priority;
	const char *id;
} events[] = {
	[SERVICE_UP] = { "up", LOG_INFO, "6ee6d27d247f4e18997c01d23a780447" },
	[SERVICE_ADOPTED] = { "adopted", LOG_NOTICE, "23741dde0ba34addb3e6a88df713a9eb" },
	[SERVICE_FAILED] = { "failed", LOG_ERR, "528c6accf0d74bcc85768dfbeab516f8" },
	[SERVICE_KEPT] = { "kept", LOG_NOTICE, "2171ae67796440379cc6bf0117d46fc4" },
	[SERVICE_DELAYED] = { "delayed", LOG_INFO, "b6db3848987a4f7aae0604547fc93485" },
	[SERVICE_TAKEN] = { "taken", LOG_WARNING, "788b4036127f4938af970517c962b15b" },
	[SERVICE_NOT_RELOADED] = { "not-reloaded", LOG_WARNING,
				   "9caf0e9ef5284ce5a26d89a59b4e9eb5" },
	[SERVICE_STOPPED] = { "stopped", LOG_INFO, "94c1327a884a485f9a0d2fa3ef556ed5" },
};

/* The service manager says which stream leads to the journal. */
static bool leads_to_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && !fstat(fd, &st) &&
	       st.st_dev == dev && st.st_ino == ino;
}

static void print_json(const struct service *service, enum service_event event, uint32_t state,
		       const char *text)
{
	cJSON *object = cJSON_CreateObject();
	char *json = NULL;

	if (cJSON_AddStringToObject(object, "service", service->name) &&
	    cJSON_AddNumberToObject(object, "peer", service->config.start.load.peer) &&
	    cJSON_AddStringToObject(object, "event", events[event].name) &&
	    cJSON_AddStringToObject(object, "state", nimbos_peer_state_name(state)) &&
	    cJSON_AddStringToObject(object, "message", text))
		json = cJSON_PrintUnformatted(object);
	if (json)
		puts(json);
	cJSON_free(json);
	cJSON_Delete(object);
}

void service_log(const struct service *service, enum service_event event, uint32_t state,
		 const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return;
	ctl_progress(service->ctl, NULL);
	sd_notifyf(0, "STATUS=%s", text);
	if (leads_to_journal(STDERR_FILENO))
		sd_journal_send("MESSAGE=%s", text, "MESSAGE_ID=%s", events[event].id,
				"PRIORITY=%d", events[event].priority,
				"NIMBOS_SERVICE=%s", service->name,
				"NIMBOS_PEER=%u", service->config.start.load.peer,
				"NIMBOS_EVENT=%s", events[event].name,
				"NIMBOS_STATE=%s", nimbos_peer_state_name(state), NULL);
	else if (service->ctl->json)
		print_json(service, event, state, text);
	else
		printf("%s: %s\n", service->name, text);
	fflush(stdout);
	free(text);
}
