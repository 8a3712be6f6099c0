// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: answers, errors and progress, in words or in JSON.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

int ctl_help(const struct ctl *ctl)
{
	fputs(ctl->cmd->usage, stdout);
	return CTL_OK;
}

/* Print {"name": "text"}. Return: whether there was enough memory. */
static bool print_json(const char *name, const char *text)
{
	cJSON *object = cJSON_CreateObject();
	char *json = NULL;

	if (object && cJSON_AddStringToObject(object, name, text))
		json = cJSON_PrintUnformatted(object);
	if (json)
		puts(json);
	cJSON_free(json);
	cJSON_Delete(object);
	return json;
}

static void report(const struct ctl *ctl, const char *format, va_list args)
{
	char *text;

	ctl_progress(ctl, NULL);
	if (vasprintf(&text, format, args) < 0) {
		fputs("nimbosctl: no memory\n", stderr);
		return;
	}
	if (!ctl->json || !print_json("error", text))
		fprintf(stderr, "nimbosctl: %s%s%s\n", ctl->cmd ? ctl->cmd->name : "",
			ctl->cmd ? ": " : "", text);
	free(text);
}

int ctl_answer(const struct ctl *ctl, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	ctl_progress(ctl, NULL);
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return ctl_fail(ctl, "%s", strerror(ENOMEM));
	if (!ctl->json || !print_json("answer", text))
		puts(text);
	free(text);
	return CTL_OK;
}

int ctl_usage(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(ctl, format, args);
	va_end(args);
	return CTL_USAGE;
}

int ctl_fail(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(ctl, format, args);
	va_end(args);
	return CTL_FAILED;
}

int ctl_fail_ioctl(const struct ctl *ctl, const char *what, unsigned int cmd, int error,
		   const char *message)
{
	const char *name = strerrorname_np(-error);

	return ctl_fail(ctl, "%s: %s%s%s%s (%s)", what, nimbos_strerror(cmd, error),
			message[0] ? "; it says '" : "", message, message[0] ? "'" : "",
			name ? name : "unknown error");
}

int ctl_fail_peer(const struct ctl *ctl, unsigned int peer, unsigned int cmd, int error)
{
	char what[32];

	snprintf(what, sizeof(what), "peer %u", peer);
	return ctl_fail_ioctl(ctl, what, cmd, error, "");
}

int ctl_print_json(const struct ctl *ctl, cJSON *value)
{
	char *json = value ? cJSON_Print(value) : NULL;

	if (json)
		puts(json);
	cJSON_Delete(value);
	if (!json)
		return ctl_fail(ctl, "%s", strerror(ENOMEM));
	cJSON_free(json);
	return CTL_OK;
}

void ctl_progress(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	if (ctl->json || !isatty(STDERR_FILENO))
		return;
	/* To the left margin, and erase what the line holds. */
	fputs("\r\033[K", stderr);
	if (!format)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}
