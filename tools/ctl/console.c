// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: console.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

/* A peer does not say when it writes: this often is it looked for, in ns. */
#define FOLLOW_NS 100000000

/* Return: the number of bytes read; -1 with errno. */
static ssize_t read_more(int fd, char *buf, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, buf, size);
	} while (n < 0 && errno == EINTR);
	return n;
}

static int copy(const struct ctl *ctl, int fd, FILE *out, bool follow)
{
	const struct timespec pause = { .tv_nsec = FOLLOW_NS };
	char buf[4096];
	ssize_t n;

	for (;;) {
		n = read_more(fd, buf, sizeof(buf));
		if (n < 0)
			return ctl_fail(ctl, "the console cannot be read: %s", strerror(errno));
		if (n && fwrite(buf, 1, (size_t)n, out) != (size_t)n)
			break;
		if (n)
			continue;
		if (fflush(out))
			break;
		if (!follow)
			return CTL_OK;
		nanosleep(&pause, NULL);
	}
	return ctl_fail(ctl, "the console cannot be written: %s", strerror(errno));
}

int peer_copy_console(const struct ctl *ctl, unsigned int peer, FILE *out)
{
	int fd = ctl_open_debugfs(ctl, peer, "console");
	int status;

	if (fd < 0)
		return CTL_FAILED;
	status = copy(ctl, fd, out, false);
	close(fd);
	return status;
}

/* All at once, as {"peer": N, "console": "text"}. */
static int print_json(const struct ctl *ctl, int fd, unsigned int peer)
{
	char *text = calloc(1, NIMBOS_SCF_CONSOLE_SIZE + 1);
	cJSON *object = cJSON_CreateObject();
	size_t len = 0;
	ssize_t n = 1;

	while (text && n > 0 && len < NIMBOS_SCF_CONSOLE_SIZE) {
		n = read_more(fd, text + len, NIMBOS_SCF_CONSOLE_SIZE - len);
		len += n > 0 ? (size_t)n : 0;
	}
	/* JSON has no place for what is not text. */
	for (size_t i = 0; i < len; i++) {
		if (!text[i] || (text[i] & 0x80))
			text[i] = '?';
	}
	if (!text || !cJSON_AddNumberToObject(object, "peer", peer) ||
	    !cJSON_AddStringToObject(object, "console", text)) {
		cJSON_Delete(object);
		object = NULL;
	}
	free(text);
	return ctl_print_json(ctl, object);
}

int cmd_console(struct ctl *ctl, int argc, char **argv)
{
	uint32_t peer = 0;
	bool follow = false;
	const struct option_spec options[] = {
		OPTION_PEER(&peer),
		OPTION("follow", 'f', OPTION_FLAG, &follow),
		OPTION_END,
	};
	int status = ctl_options(ctl, argc, argv, options);
	int fd;

	if (status)
		return status;
	if (follow && ctl->json)
		return ctl_usage(ctl, "--follow has no end, and JSON needs one; leave one of them "
				      "out");
	fd = ctl_open_debugfs(ctl, peer, "console");
	if (fd < 0)
		return CTL_FAILED;
	status = ctl->json ? print_json(ctl, fd, peer) : copy(ctl, fd, stdout, follow);
	close(fd);
	return status;
}
