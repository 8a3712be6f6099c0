// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: doctor, a preflight.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

static void (*const checks[])(struct doctor *doctor) = {
	doctor_check_processor,	 doctor_check_apic,	  doctor_check_kernel,
	doctor_check_config,	 doctor_check_memory,	  doctor_check_cpus,
	doctor_check_isolation,	 doctor_check_vectors,	  doctor_check_lockdown,
	doctor_check_module,	 doctor_check_device,	  doctor_check_page_tables,
	doctor_check_uintr,	 doctor_check_rvm,
};

static const char *const verdict_names[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARNING] = "warning",
	[VERDICT_FAIL] = "fail",
};

/* Add a text to the last finding. */
static void add_text(struct doctor *doctor, const char *name, const char *format, va_list args)
{
	int last = cJSON_GetArraySize(doctor->findings) - 1;
	cJSON *finding = cJSON_GetArrayItem(doctor->findings, last);
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0 || !cJSON_AddStringToObject(finding, name, text))
		doctor->no_memory = true;
	free(text);
}

void doctor_found(struct doctor *doctor, enum verdict verdict, const char *check, const char *cause,
		  const char *format, ...)
{
	cJSON *finding = cJSON_CreateObject();
	va_list args;

	if (!cJSON_AddStringToObject(finding, "check", check) ||
	    !cJSON_AddStringToObject(finding, "verdict", verdict_names[verdict]) ||
	    (cause && !cJSON_AddStringToObject(finding, "cause", cause)) ||
	    !cJSON_AddItemToArray(doctor->findings, finding)) {
		cJSON_Delete(finding);
		doctor->no_memory = true;
		return;
	}
	va_start(args, format);
	add_text(doctor, "found", format, args);
	va_end(args);
	if (verdict > doctor->worst)
		doctor->worst = verdict;
}

void doctor_remedy(struct doctor *doctor, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_text(doctor, "remedy", format, args);
	va_end(args);
}

static const char *text_of(const cJSON *finding, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(finding, name));
}

static void print_findings(const cJSON *findings)
{
	const cJSON *finding;

	cJSON_ArrayForEach(finding, findings)
	{
		const char *cause = text_of(finding, "cause");
		const char *remedy = text_of(finding, "remedy");

		printf("%-8s %-13s %s", text_of(finding, "verdict"), text_of(finding, "check"),
		       text_of(finding, "found"));
		if (remedy)
			printf("; %s", remedy);
		if (cause)
			printf(" [%s]", cause);
		putchar('\n');
	}
}

/* All that more than one check asks for. */
static int look(struct doctor *doctor)
{
	char *online = doctor_read(doctor, "/sys/devices/system/cpu/online");
	char *cpuinfo = doctor_read(doctor, "/proc/cpuinfo");
	const char *flags = cpuinfo ? strstr(cpuinfo, "\nflags") : NULL;

	doctor->candidate = -1;
	doctor->release = doctor_read(doctor, "/proc/sys/kernel/osrelease");
	doctor->cmdline = doctor_read(doctor, "/proc/cmdline");
	if (online)
		doctor->online_count = cpus_parse(online, &doctor->online);
	free(online);
	if (flags) {
		flags = strchr(flags, ':');
		if (flags && asprintf(&doctor->cpuinfo, "%.*s ", (int)strcspn(flags, "\n"),
				      flags) < 0)
			doctor->cpuinfo = NULL;
	}
	free(cpuinfo);
	if (!doctor->release || !doctor->cmdline || !doctor->cpuinfo || doctor->online_count < 1)
		return ctl_fail(doctor->ctl,
				"'%s/' has no /proc and /sys of an x86 Linux to look at; mount "
				"them there, or say where they are with --root=DIR",
				doctor->root);
	doctor->config = doctor_read(doctor, "/boot/config-%s", doctor->release);
	if (!doctor->config)
		doctor->config = doctor_read(doctor, "/lib/modules/%s/config", doctor->release);
	if (!doctor->config)
		doctor->config = doctor_read(doctor, "/lib/modules/%s/build/.config",
					     doctor->release);
	return 0;
}

static int answer(struct doctor *doctor)
{
	cJSON *object;
	int status = CTL_OK;

	if (doctor->no_memory)
		return ctl_fail(doctor->ctl, "%s", strerror(ENOMEM));
	if (!doctor->ctl->json) {
		print_findings(doctor->findings);
	} else {
		object = cJSON_CreateObject();
		if (!cJSON_AddStringToObject(object, "verdict", verdict_names[doctor->worst]) ||
		    !cJSON_AddItemToObject(object, "checks", doctor->findings)) {
			cJSON_Delete(object);
			object = NULL;
		} else {
			doctor->findings = NULL;
		}
		status = ctl_print_json(doctor->ctl, object);
	}
	return status ? status : doctor->worst == VERDICT_FAIL ? CTL_FAILED : CTL_OK;
}

static int examine(struct doctor *doctor)
{
	int status = look(doctor);

	if (status)
		return status;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](doctor);
	return answer(doctor);
}

int cmd_doctor(struct ctl *ctl, int argc, char **argv)
{
	const char *root = "/";
	const struct option_spec options[] = {
		OPTION("root", 'r', OPTION_TEXT, &root),
		OPTION_END,
	};
	int status = ctl_options(ctl, argc, argv, options);
	struct doctor doctor = { .ctl = ctl };

	if (status)
		return status;
	doctor.root = strcmp(root, "/") ? root : "";
	doctor.findings = cJSON_CreateArray();
	status = examine(&doctor);
	cJSON_Delete(doctor.findings);
	free(doctor.release);
	free(doctor.cmdline);
	free(doctor.cpuinfo);
	free(doctor.config);
	return status;
}
