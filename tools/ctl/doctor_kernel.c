// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: doctor: the kernel, what it was built with, and what it may load.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

/* What the module is built for. */
#define OLDEST_MAJOR 6
#define OLDEST_MINOR 1

void doctor_check_kernel(struct doctor *doctor)
{
	unsigned int major = 0, minor = 0;

	if (sscanf(doctor->release, "%u.%u", &major, &minor) != 2 || major < OLDEST_MAJOR ||
	    (major == OLDEST_MAJOR && minor < OLDEST_MINOR)) {
		doctor_found(doctor, VERDICT_FAIL, "kernel", "kernel-old",
			     "Linux %s is older than %d.%d", doctor->release, OLDEST_MAJOR,
			     OLDEST_MINOR);
		doctor_remedy(doctor, "install a newer kernel: Debian 12 has one");
		return;
	}
	doctor_found(doctor, VERDICT_OK, "kernel", NULL, "Linux %s", doctor->release);
}

void doctor_check_config(struct doctor *doctor)
{
	/* As dkms.conf has them, and modules at all. */
	static const char *const needed[] = {
		"CONFIG_MODULES",	 "CONFIG_SMP",		     "CONFIG_HOTPLUG_CPU",
		"CONFIG_X86_LOCAL_APIC", "CONFIG_GENERIC_ALLOCATOR",
	};

	if (!doctor->config) {
		doctor_found(doctor, VERDICT_WARNING, "config", "config-unknown",
			     "there is no /boot/config-%s to read what the kernel was built with",
			     doctor->release);
		doctor_remedy(doctor, "put it there, or be sure of CONFIG_HOTPLUG_CPU");
		return;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (doctor_config_has(doctor, needed[i]))
			continue;
		doctor_found(doctor, VERDICT_FAIL, "config", "config-missing",
			     "the kernel was built without %s", needed[i]);
		doctor_remedy(doctor, "use a kernel that has it, as Debian's do");
		return;
	}
	doctor_found(doctor, VERDICT_OK, "config", NULL,
		     "the kernel has all that the module uses%s",
		     doctor_config_has(doctor, "CONFIG_PREEMPT_NOTIFIERS") ?
			     "" :
			     ", but for preempt notifiers");
}

/* What the kernel asks of modules: the word in brackets. */
static bool is_locked_down(const struct doctor *doctor)
{
	char *text = doctor_read(doctor, "/sys/kernel/security/lockdown");
	bool is_locked = text && !strstr(text, "[none]");

	free(text);
	return is_locked;
}

static bool wants_signatures(const struct doctor *doctor)
{
	char *text = doctor_read(doctor, "/sys/module/module/parameters/sig_enforce");
	bool wants = text && *text == 'Y';

	free(text);
	return wants;
}

static bool is_secure_boot(const struct doctor *doctor)
{
	unsigned char on = 0;

	/* Behind four bytes that say what kind of variable it is. */
	return doctor_read_at(doctor, 4, &on, 1,
			      "/sys/firmware/efi/efivars/"
			      "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c") &&
	       on == 1;
}

/* The kernel has this text behind a signature. Return: 1 or 0; -1 if that cannot be told. */
static int is_signed(const struct doctor *doctor, const char *module)
{
	static const char magic[] = "~Module signature appended~\n";
	char *path = doctor_path(doctor, "%s", module);
	FILE *file = path ? fopen(path, "re") : NULL;
	size_t len = strlen(module);
	char tail[sizeof(magic)] = "";
	int answer = -1;

	/* Else it is compressed. */
	if (file && len > 3 && !strcmp(module + len - 3, ".ko") &&
	    !fseek(file, -(long)(sizeof(magic) - 1), SEEK_END) &&
	    fread(tail, 1, sizeof(magic) - 1, file) == sizeof(magic) - 1)
		answer = !strcmp(tail, magic);
	if (file)
		fclose(file);
	free(path);
	return answer;
}

void doctor_check_lockdown(struct doctor *doctor)
{
	const char *what = is_locked_down(doctor) ? "lockdown is on" :
			   wants_signatures(doctor) ?
						    "only signed modules are loaded (sig_enforce)" :
						    NULL;
	const char *secure_boot = is_secure_boot(doctor) ? "Secure Boot is on" :
							   "Secure Boot is off";
	char *module;
	int has_signature;

	if (!what) {
		doctor_found(doctor, VERDICT_OK, "lockdown", NULL,
			     "%s, and unsigned modules may be loaded", secure_boot);
		return;
	}
	if (doctor_has(doctor, "/sys/module/nimbos")) {
		doctor_found(doctor, VERDICT_OK, "lockdown", NULL,
			     "%s, %s; the module was loaded all the same", secure_boot, what);
		return;
	}
	module = doctor_find_module(doctor);
	has_signature = module ? is_signed(doctor, module) : 0;
	free(module);
	if (has_signature == 0) {
		doctor_found(doctor, VERDICT_FAIL, "lockdown", "module-unsigned",
			     "%s, %s, and nimbos.ko has no signature", secure_boot, what);
		doctor_remedy(doctor,
			      "sign it with a key of yours and enrol that with 'mokutil --import', "
			      "as DKMS does, or switch Secure Boot off in the firmware");
		return;
	}
	doctor_found(doctor, VERDICT_OK, "lockdown", NULL,
		     "%s, %s; the key of nimbos.ko's signature has to be enrolled ('mokutil "
		     "--list-enrolled')",
		     secure_boot, what);
}
