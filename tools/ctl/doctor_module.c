// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: doctor: the module, and its device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"

/* The group that udev gives the device to: tools/udev. */
#define GROUP "nimbos"

/* As depmod has written down where it is: at the begin of a line, before a colon. */
char *doctor_find_module(const struct doctor *doctor)
{
	char *text = doctor_read(doctor, "/lib/modules/%s/modules.dep", doctor->release);
	char *line, *rest = text, *colon, *path = NULL;

	while (!path && (line = strsep(&rest, "\n"))) {
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		if (!strstr(line, "/nimbos.ko"))
			continue;
		if (asprintf(&path, "/lib/modules/%s/%s", doctor->release, line) < 0)
			path = NULL;
	}
	free(text);
	return path;
}

static void fail_not_there(struct doctor *doctor)
{
	if (!doctor_has(doctor, "/lib/modules/%s/build/Makefile", doctor->release)) {
		doctor_found(doctor, VERDICT_FAIL, "module", "module-headers",
			     "there is no nimbos.ko for Linux %s, and no headers to build it with",
			     doctor->release);
		doctor_remedy(doctor,
			      "run 'apt-get install linux-headers-%s', then 'make dkms-install' or "
			      "'dkms autoinstall'",
			      doctor->release);
		return;
	}
	doctor_found(doctor, VERDICT_FAIL, "module", "module-missing",
		     "there is no nimbos.ko for Linux %s", doctor->release);
	doctor_remedy(doctor, "run 'make dkms-install', or 'dkms autoinstall' and see what 'dkms "
			      "status' says");
}

void doctor_check_module(struct doctor *doctor)
{
	char *module;

	if (doctor_has(doctor, "/sys/module/nimbos")) {
		doctor_found(doctor, VERDICT_OK, "module", NULL, "nimbos.ko is loaded");
		return;
	}
	module = doctor_find_module(doctor);
	if (!module) {
		fail_not_there(doctor);
		return;
	}
	doctor_found(doctor, VERDICT_FAIL, "module", "module-not-loaded",
		     "%s is there, but not loaded", module);
	doctor_remedy(doctor, "run 'modprobe nimbos'; at each boot: 'echo nimbos > "
			      "/etc/modules-load.d/nimbos.conf'");
	free(module);
}

/* The number of the group nimbos, or -1. */
static long find_group(const struct doctor *doctor)
{
	char *text = doctor_read(doctor, "/etc/group");
	char *line, *rest = text;
	char name[32];
	long number = -1, gid;

	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%31[^:]:%*[^:]:%ld", name, &gid) == 2 && !strcmp(name, GROUP))
			number = gid;
	}
	free(text);
	return number;
}

static void check_rights(struct doctor *doctor, const char *device, const struct stat *is)
{
	long group = find_group(doctor);

	if (is->st_mode & 0006) {
		doctor_found(doctor, VERDICT_WARNING, "device", "device-open",
			     "%s may be opened by anybody (mode %03o)", device, is->st_mode & 0777);
		doctor_remedy(doctor, "run 'chmod 660 %s', and find out which udev rule does that",
			      device);
	} else if (group < 0) {
		doctor_found(doctor, VERDICT_WARNING, "device", "device-no-group",
			     "there is no group '" GROUP "', so that only root can run programs of "
			     "a peer");
		doctor_remedy(doctor, "run 'make install', or 'groupadd --system " GROUP "' and "
				      "'udevadm trigger --name-match=" GROUP "'");
	} else if ((long)is->st_gid != group || (is->st_mode & 0060) != 0060) {
		doctor_found(doctor, VERDICT_WARNING, "device", "device-rights",
			     "%s is not for the group '" GROUP "' (group %u, mode %03o), so that "
			     "its members cannot run programs of a peer",
			     device, is->st_gid, is->st_mode & 0777);
		doctor_remedy(doctor, "install the udev rule with 'make install', then run "
				      "'udevadm trigger --name-match=" GROUP "'");
	} else {
		doctor_found(doctor, VERDICT_OK, "device", NULL, "%s is for root and the group "
			     GROUP, device);
	}
}

void doctor_check_device(struct doctor *doctor)
{
	const char *device = doctor->ctl->device;
	char *path = doctor_path(doctor, "%s", device);
	struct stat is;
	bool is_there = path && !stat(path, &is);

	free(path);
	if (!doctor_has(doctor, "/sys/module/nimbos")) {
		doctor_found(doctor, VERDICT_OK, "device", NULL,
			     "not looked at, as the module is not loaded");
	} else if (!is_there) {
		doctor_found(doctor, VERDICT_FAIL, "device", "device-missing",
			     "the module is loaded, but there is no %s", device);
		doctor_remedy(doctor, "mount devtmpfs on /dev, or run 'udevadm trigger "
				      "--name-match=nimbos'");
	} else if (!S_ISCHR(is.st_mode)) {
		doctor_found(doctor, VERDICT_FAIL, "device", "device-type",
			     "%s is no device", device);
		doctor_remedy(doctor, "remove it, then 'modprobe -r nimbos' and 'modprobe nimbos'");
	} else {
		check_rights(doctor, device, &is);
	}
}
