// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: its log, lines of key=value on standard error.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"

static int fd = STDERR_FILENO;
static int max_level = LOG_INFO;
static bool to_journal;

void log_init(bool verbose)
{
	to_journal = getenv("JOURNAL_STREAM");
	if (verbose)
		max_level = LOG_DEBUG;
}

int log_fd(void)
{
	return fd;
}

void log_set_fd(int new_fd)
{
	fd = new_fd;
}

void log_line(int level, const char *event, const char *format, ...)
{
	static const char *const names[] = {
		[LOG_ERR] = "error",
		[LOG_WARNING] = "warning",
		[LOG_NOTICE] = "notice",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};
	char line[512];
	va_list args;
	int len = 0;

	if (level > max_level)
		return;
	if (to_journal)
		len = snprintf(line, sizeof(line), "<%d>", level);
	len += snprintf(line + len, sizeof(line) - len, "nimbos-shadow level=%s pid=%d msg=\"%s\" ",
			names[level], getpid(), event);
	if (len < sizeof(line)) {
		va_start(args, format);
		len += vsnprintf(line + len, sizeof(line) - len, format, args);
		va_end(args);
	}
	/* The last place is for the end of the line, whatever had to be cut. */
	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	line[len++] = '\n';
	/* There is nobody to tell if this fails. */
	if (write(fd, line, len) < 0)
		return;
}

const char *log_quote(char buf[LOG_QUOTE_SIZE], const char *text)
{
	size_t at = 0;

	buf[at++] = '"';
	for (; *text && at < LOG_QUOTE_SIZE - 3; text++) {
		if (*text == '"' || *text == '\\')
			buf[at++] = '\\';
		buf[at++] = *text >= ' ' && *text != 0x7f ? *text : '?';
	}
	buf[at++] = '"';
	buf[at] = '\0';
	return buf;
}
