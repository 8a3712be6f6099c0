/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nimbos-shadow: its log, lines of key=value on standard error.
 */
#ifndef NIMBOS_SHADOW_LOG_H
#define NIMBOS_SHADOW_LOG_H

#include <stdbool.h>
#include <syslog.h>

/**
 * log_init() - begin to log
 * @verbose: whether LOG_DEBUG is wanted
 *
 * Where standard error goes to the journal, lines get their level in the journal's way.
 */
void log_init(bool verbose);

/**
 * log_fd() - descriptor that the log goes to
 */
int log_fd(void);

/**
 * log_set_fd() - log to another descriptor
 * @fd: the descriptor
 */
void log_set_fd(int fd);

/**
 * log_line() - log
 * @level: LOG_DEBUG to LOG_ERR
 * @event: what happened: one sentence without a full stop or double quotes
 * @format: further fields, as "key=%d key=%s"; text that did not come from this program goes
 *	through log_quote()
 *
 * One write, no lock, no allocation.
 */
__attribute__((format(printf, 3, 4))) void log_line(int level, const char *event,
						    const char *format, ...);

/* Room for a quoted text, the end included; what is longer is cut. */
#define LOG_QUOTE_SIZE 128

/**
 * log_quote() - make text fit to be a value
 * @buf: room for it
 * @text: the text
 *
 * Return: @buf.
 */
const char *log_quote(char buf[LOG_QUOTE_SIZE], const char *text);

#endif /* NIMBOS_SHADOW_LOG_H */
