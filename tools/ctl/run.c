// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: run, which becomes a shadow in the foreground, with all its options.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define SHADOW "nimbos-shadow"

/* Beside this program, as in the build directory, or in ../bin, as installed; else in PATH. */
static void exec_shadow(char **argv)
{
	static const char *const places[] = { "", "../bin/" };
	char self[PATH_MAX], path[PATH_MAX + 32];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len > 0) {
		self[len] = '\0';
		slash = strrchr(self, '/');
		slash[1] = '\0';
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			snprintf(path, sizeof(path), "%s%s" SHADOW, self, places[i]);
			execv(path, argv);
		}
	}
	execvp(SHADOW, argv);
}

int cmd_run(struct ctl *ctl, int argc, char **argv)
{
	char *device = NULL;
	char *args[argc + 2];
	int n = 0;

	args[n++] = SHADOW;
	if (strcmp(ctl->device, NIMBOS_DEVICE)) {
		if (asprintf(&device, "--device=%s", ctl->device) < 0)
			return ctl_fail(ctl, "%s", strerror(ENOMEM));
		args[n++] = device;
	}
	/* With the NULL at the end. */
	memcpy(&args[n], &argv[1], (size_t)argc * sizeof(*argv));
	exec_shadow(args);
	return ctl_fail(ctl, "cannot execute %s: %s; it belongs beside nimbosctl or into PATH",
			SHADOW, strerror(errno));
}
