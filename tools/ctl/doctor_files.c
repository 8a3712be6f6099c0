// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: doctor: reading a machine's files.
 */
#include <cpuid.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "text.h"

static char *make_path(const struct doctor *doctor, const char *format, va_list args)
{
	char *below, *path = NULL;

	if (vasprintf(&below, format, args) < 0)
		return NULL;
	if (asprintf(&path, "%s%s", doctor->root, below) < 0)
		path = NULL;
	free(below);
	return path;
}

char *doctor_path(const struct doctor *doctor, const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = make_path(doctor, format, args);
	va_end(args);
	return path;
}

char *doctor_read(const struct doctor *doctor, const char *format, ...)
{
	va_list args;
	char *path, *text;

	va_start(args, format);
	path = make_path(doctor, format, args);
	va_end(args);
	text = path ? read_text(path) : NULL;
	free(path);
	return text;
}

bool doctor_read_at(const struct doctor *doctor, off_t offset, void *to, size_t size,
		    const char *format, ...)
{
	bool done = false;
	va_list args;
	char *path;
	int fd;

	va_start(args, format);
	path = make_path(doctor, format, args);
	va_end(args);
	fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		done = pread(fd, to, size, offset) == (ssize_t)size;
		close(fd);
	}
	free(path);
	return done;
}

bool doctor_has(const struct doctor *doctor, const char *format, ...)
{
	va_list args;
	char *path;
	bool has;

	va_start(args, format);
	path = make_path(doctor, format, args);
	va_end(args);
	has = path && !access(path, F_OK);
	free(path);
	return has;
}

bool doctor_cpuid(const struct doctor *doctor, uint32_t leaf, uint32_t regs[4])
{
	/* Linux's driver for it has the registers of a leaf at its number. */
	if (doctor_read_at(doctor, leaf, regs, 4 * sizeof(*regs), "/dev/cpu/0/cpuid"))
		return true;
	if (*doctor->root)
		return false;
	__cpuid_count(leaf, 0, regs[0], regs[1], regs[2], regs[3]);
	return true;
}

bool doctor_cpu_has(const struct doctor *doctor, const char *flag)
{
	size_t len = strlen(flag);
	const char *at = doctor->cpuinfo;

	while ((at = strstr(at, flag))) {
		if (at[-1] == ' ' && at[len] == ' ')
			return true;
		at += len;
	}
	return false;
}

bool doctor_config_has(const struct doctor *doctor, const char *option)
{
	size_t len = strlen(option);
	const char *at = doctor->config;

	if (!at)
		return true;
	while ((at = strstr(at, option))) {
		if ((at == doctor->config || at[-1] == '\n') && at[len] == '=')
			return at[len + 1] == 'y' || at[len + 1] == 'm';
		at += len;
	}
	return false;
}

bool doctor_cmdline_has(const struct doctor *doctor, const char *name)
{
	return cmdline_find(doctor->cmdline, name);
}

int doctor_read_cpus(const struct doctor *doctor, const char *name, struct cpus *cpus)
{
	char *text = doctor_read(doctor, "/sys/devices/system/cpu/%s", name);
	/* Kernels without any print "(null)". */
	int count = text && *text != '(' ? cpus_parse(text, cpus) : -1;

	free(text);
	return count;
}

/* The value of the last GRUB_CMDLINE_LINUX= in GRUB's configuration, without quotes, or NULL. */
static char *read_grub(const struct doctor *doctor, char *quote)
{
	static const char name[] = "GRUB_CMDLINE_LINUX=";
	char *text = doctor_read(doctor, "/etc/default/grub");
	char *line, *rest = text, *value = NULL;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, name, sizeof(name) - 1))
			continue;
		line += sizeof(name) - 1;
		if (*line != '"' && *line != '\'')
			continue;
		*quote = *line;
		free(value);
		value = strndup(line + 1, strcspn(line + 1, *quote == '"' ? "\"" : "'"));
	}
	free(text);
	return value;
}

/* A dollar sign goes through a shell and GRUB itself: both want it quoted. */
static char *escape(const char *parameters, char quote)
{
	const char *escaped = quote == '"' ? "\\\\\\$" : "\\$";
	char *text = calloc(strlen(parameters) + 1, strlen(escaped));
	char *to = text;

	for (; text && *parameters; parameters++) {
		if (*parameters == '$')
			to = stpcpy(to, escaped);
		else
			*to++ = *parameters;
	}
	return text;
}

void doctor_remedy_cmdline(struct doctor *doctor, const char *parameters)
{
	char quote = '"';
	char *old = read_grub(doctor, &quote);
	char *escaped = escape(parameters, quote);

	doctor_remedy(doctor,
		      "add %s to the kernel's command line: in /etc/default/grub write "
		      "GRUB_CMDLINE_LINUX=%c%s%s%s%c, run update-grub, reboot",
		      parameters, quote, old ? old : "", old && *old ? " " : "",
		      escaped ? escaped : parameters, quote);
	free(escaped);
	free(old);
}
