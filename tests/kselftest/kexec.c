// SPDX-License-Identifier: GPL-2.0
/*
 * kexec KERNEL INITRD: starts another kernel with this one's command line, as kexec(8) does with
 * -s, but at once. Returns only if it failed.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	FILE *file = fopen("/proc/cmdline", "re");
	char cmdline[4096];

	if (argc != 3)
		errx(2, "usage: kexec KERNEL INITRD");
	if (!file || !fgets(cmdline, sizeof(cmdline), file))
		err(1, "/proc/cmdline");
	cmdline[strcspn(cmdline, "\n")] = '\0';
	if (syscall(SYS_kexec_file_load, open_file(argv[1]), open_file(argv[2]),
		    strlen(cmdline) + 1, cmdline, 0UL))
		err(1, "cannot load %s", argv[1]);
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	err(1, "cannot start %s", argv[1]);
}
