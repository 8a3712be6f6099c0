// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration of peers: files of sections with keys, one file for each peer.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "parse.h"

/* One for each program that reads these files; the rest of a file is not its business. */
static const char *const sections[] = { "peer", "service", "policy" };

/* More than any caller asks for. */
#define MAX_KEYS 64

/**
 * struct reading - a file that is being read
 * @file: the file
 * @path: its name
 * @line: number of the line that was read last
 * @keys: what the caller wants to know
 * @seen: which of them there were
 * @failed: something is wrong, and told in @error
 * @error: what
 */
struct reading {
	FILE *file;
	char path[PATH_MAX];
	int line;
	const struct config_key *keys;
	bool seen[MAX_KEYS];
	bool failed;
	char *error;
};

/* What is wrong with the file as a whole, or with the line that was read last. */
__attribute__((format(printf, 2, 3))) static int fail(struct reading *reading, const char *format,
						      ...)
{
	char *at = reading->error;
	char *end = at + CONFIG_ERROR_SIZE;
	va_list args;

	reading->failed = true;
	at += snprintf(at, end - at, "%.256s:", reading->path);
	if (reading->line)
		at += snprintf(at, end - at, "%d:", reading->line);
	*at++ = ' ';
	va_start(args, format);
	vsnprintf(at, end - at, format, args);
	va_end(args);
	return -EINVAL;
}

/* As fgets(), which the library would take: it does not say the number of the line, nor stop. */
static char *read_line(char *line, int size, void *stream)
{
	struct reading *reading = stream;

	if (reading->failed || !fgets(line, size, reading->file))
		return NULL;
	reading->line++;
	if (!strchr(line, '\n') && !feof(reading->file)) {
		fail(reading, "the line has more than %d characters; lists go on in further lines",
		     size - 2);
		return NULL;
	}
	return line;
}

static bool set_number(const struct config_key *key, const char *text)
{
	uint64_t number;

	if (!parse_number(text, key->min, key->max ? key->max : UINT32_MAX, &number))
		return false;
	*(uint32_t *)key->value = (uint32_t)number;
	return true;
}

static bool set_size(const struct config_key *key, const char *text)
{
	uint64_t size;

	if (!parse_size(text, NULL, &size) || size < key->min || (key->max && size > key->max))
		return false;
	*(uint64_t *)key->value = size;
	return true;
}

static bool set_flag(const struct config_key *key, const char *text)
{
	bool yes = !strcmp(text, "yes");

	if (!yes && strcmp(text, "no"))
		return false;
	*(bool *)key->value = yes;
	return true;
}

static bool set_text(const struct config_key *key, const char *text)
{
	char *copy = *text ? strdup(text) : NULL;

	if (!copy)
		return false;
	*(char **)key->value = copy;
	return true;
}

static bool set(const struct config_key *key, const char *text)
{
	switch (key->kind) {
	case CONFIG_TEXT:
		return set_text(key, text);
	case CONFIG_FLAG:
		return set_flag(key, text);
	case CONFIG_NUMBER:
		return set_number(key, text);
	case CONFIG_SIZE:
		return set_size(key, text);
	case CONFIG_WORD:
		return key->parse(text, key->value);
	}
	return false;
}

static const char *describe_limits(const struct config_key *key, char *buf, size_t size,
				   const char *what, uint64_t max)
{
	if (max)
		snprintf(buf, size, "%s from %" PRIu64 " to %" PRIu64, what, key->min, max);
	else
		snprintf(buf, size, "%s of at least %" PRIu64, what, key->min);
	return buf;
}

static const char *describe(const struct config_key *key, char *buf, size_t size)
{
	switch (key->kind) {
	case CONFIG_TEXT:
		return key->words ? key->words : "a text";
	case CONFIG_FLAG:
		return "yes or no";
	case CONFIG_NUMBER:
		return describe_limits(key, buf, size, "a number",
				       key->max ? key->max : UINT32_MAX);
	case CONFIG_SIZE:
		return describe_limits(key, buf, size, "a size, as in 16M,", key->max);
	case CONFIG_WORD:
		return key->words;
	}
	return "";
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (!strcmp(name, sections[i]))
			return true;
	}
	return false;
}

static void fail_unknown(struct reading *reading, const char *section, const char *name)
{
	char known[CONFIG_ERROR_SIZE] = "";
	size_t len = 0;

	for (const struct config_key *key = reading->keys; key->section; key++) {
		if (strcmp(section, key->section))
			continue;
		if (key->among_others)
			return;
		if (len < sizeof(known))
			len += snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "",
					key->name);
	}
	/* If there is none, the section is somebody else's. */
	if (len)
		fail(reading, "[%s] has no key '%s'; there are %s", section, name, known);
}

/* Return: for the library, 0 to have its result be this line; all ends with the first error. */
static int handle(void *user, const char *section, const char *name, const char *text)
{
	struct reading *reading = user;
	char expected[128];
	size_t i;

	if (reading->failed)
		return 0;
	if (!is_section(section)) {
		if (*section)
			fail(reading, "'%s' is in section [%s]; there are [peer], [service] and "
				      "[policy]", name, section);
		else
			fail(reading, "'%s' is in no section; it belongs below [peer], [service] "
				      "or [policy]", name);
		return 0;
	}
	for (i = 0; reading->keys[i].section; i++) {
		if (!strcmp(section, reading->keys[i].section) &&
		    !strcmp(name, reading->keys[i].name))
			break;
	}
	if (!reading->keys[i].section) {
		fail_unknown(reading, section, name);
		return !reading->failed;
	}
	/* The library takes an indented line for more of what is before it. */
	if (reading->seen[i] && !reading->keys[i].list) {
		fail(reading, "[%s] %s = '%s' is here for the second time, or the line is indented",
		     section, name, text);
		return 0;
	}
	reading->seen[i] = true;
	if (!set(&reading->keys[i], text)) {
		fail(reading, "[%s] %s = '%s' is not %s", section, name, text,
		     describe(&reading->keys[i], expected, sizeof(expected)));
		return 0;
	}
	if (reading->keys[i].given)
		*reading->keys[i].given = true;
	return 1;
}

static bool is_plain(const char *name)
{
	const char *at;

	for (at = name; isalnum((unsigned char)*at) || *at == '-' || *at == '_'; at++)
		;
	return at > name && !*at;
}

static int find_path(struct reading *reading, const char *name)
{
	bool is_path = strchr(name, '/');
	int written;

	if (!is_path && !is_plain(name)) {
		snprintf(reading->error, CONFIG_ERROR_SIZE,
			 "'%.64s' is no name of a configuration; those are of letters, digits, '-' "
			 "and '_', or a path with a '/'", name);
		return -EINVAL;
	}
	written = is_path ? snprintf(reading->path, sizeof(reading->path), "%s", name) :
			    snprintf(reading->path, sizeof(reading->path), "%s/%s.conf",
				     CONFIG_DIRECTORY, name);
	if (written < (int)sizeof(reading->path))
		return 0;
	snprintf(reading->error, CONFIG_ERROR_SIZE, "the name of the configuration is too long");
	return -ENAMETOOLONG;
}

/* Whoever can write the file that root reads can do what root can. */
static int check_owner(struct reading *reading)
{
	struct stat st;

	if (fstat(fileno(reading->file), &st))
		return fail(reading, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(reading, "not a file");
	if (geteuid() || (!st.st_uid && !(st.st_mode & 0022)))
		return 0;
	fail(reading, "belongs to user %u and has mode %04o; root reads only what is root's and "
		      "what nobody else may write: chown root, chmod go-w",
	     st.st_uid, st.st_mode & 07777);
	return -EPERM;
}

static int read_file(struct reading *reading)
{
	int line = ini_parse_stream(read_line, reading, handle, reading);

	if (line < 0 || ferror(reading->file)) {
		reading->line = 0;
		fail(reading, "cannot read it");
		return -EIO;
	}
	/* Before the first line that was wrong here may be one that the library cannot read. */
	if (line && (!reading->failed || line < reading->line)) {
		reading->line = line;
		fail(reading, "neither a [section], nor KEY = VALUE, nor a comment");
	}
	return reading->failed ? -EINVAL : 0;
}

int config_read(const char *name, const struct config_key *keys, char error[CONFIG_ERROR_SIZE])
{
	struct reading reading = { .keys = keys, .error = error };
	int ret = find_path(&reading, name);
	int fd;

	if (ret)
		return ret;
	/* Something that is not a file need not make us wait. */
	fd = open(reading.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	reading.file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!reading.file) {
		ret = -errno;
		fail(&reading, "cannot open it: %s", strerror(-ret));
		return ret;
	}
	ret = check_owner(&reading);
	if (!ret)
		ret = read_file(&reading);
	fclose(reading.file);
	return ret;
}
