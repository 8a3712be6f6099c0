/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A service manager, as far as nimbosctl serve needs one: it starts it, hears what it has to say,
 * and sees how it ends.
 */
#ifndef NIMBOS_SELFTEST_MANAGER_H
#define NIMBOS_SELFTEST_MANAGER_H

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "selftest.h"

#define NIMBOSCTL "/usr/bin/nimbosctl"
/* More than anything takes that is waited for. */
#define PATIENCE_MS 60000

/**
 * struct unit - a service
 * @name: its name
 * @pid: its process; 0 for none
 * @socket: where it tells of itself
 * @watchdogs: how often it has said that all is well
 * @said: the message that came last
 */
struct unit {
	const char *name;
	pid_t pid;
	int socket;
	unsigned int watchdogs;
	char said[1024];
};

static inline bool write_config(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	mkdir("/etc/nimbos", 0755);
	snprintf(path, sizeof(path), "/etc/nimbos/%s.conf", name);
	file = fopen(path, "we");
	if (!file)
		return false;
	fputs(text, file);
	return !fclose(file);
}

/* Where programs send what they have for the journal. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Returns a socket that stands for the journal. */
static inline int open_journal(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	mkdir("/run/systemd", 0755);
	mkdir("/run/systemd/journal", 0755);
	unlink(JOURNAL_SOCKET);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

static inline void close_journal(int fd)
{
	close(fd);
	unlink(JOURNAL_SOCKET);
}

/* Where there is a journal, a service is told that what it writes leads there. */
static inline void tell_of_journal(int log)
{
	char text[64];
	struct stat st;

	if (access(JOURNAL_SOCKET, F_OK) || fstat(log, &st))
		return;
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
}

/* What the service logs beside its messages goes to a file of its name, so that it can be read. */
static inline void log_path(const struct unit *unit, char *path, size_t size)
{
	snprintf(path, size, "/tmp/%s.log", unit->name);
}

static inline void execute_unit(const struct unit *unit, const char *notify)
{
	char path[128];
	int log;

	/* A test that fails leaves nothing behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	log_path(unit, path, sizeof(path));
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	tell_of_journal(log);
	setenv("NOTIFY_SOCKET", notify, 1);
	setenv("WATCHDOG_USEC", "600000", 1);
	execl(NIMBOSCTL, NIMBOSCTL, "serve", unit->name, NULL);
	_exit(127);
}

/* Starts a service that has a configuration. */
static inline bool start_unit(struct unit *unit, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*unit = (struct unit){ .name = name };
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/%s.notify", name);
	unlink(address.sun_path);
	unit->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (unit->socket < 0 ||
	    bind(unit->socket, (struct sockaddr *)&address, sizeof(address)))
		return false;
	unit->pid = fork();
	if (!unit->pid)
		execute_unit(unit, address.sun_path);
	return unit->pid > 0;
}

/* Takes the next message, if one comes in time. */
static inline bool next_message(struct unit *unit, int timeout_ms)
{
	struct pollfd pollfd = { .fd = unit->socket, .events = POLLIN };
	ssize_t len;

	if (poll(&pollfd, 1, timeout_ms) != 1)
		return false;
	len = recv(unit->socket, unit->said, sizeof(unit->said) - 1, 0);
	unit->said[len > 0 ? len : 0] = '\0';
	unit->watchdogs += !!strstr(unit->said, "WATCHDOG=1");
	return len > 0;
}

/* Waits for a message with a text in it, which @said is then. */
static inline bool hears(struct unit *unit, const char *text)
{
	while (next_message(unit, PATIENCE_MS))
		if (strstr(unit->said, text))
			return true;
	return false;
}

/* Waits until the service ends. Returns its exit status, minus the signal that ended it. */
static inline int wait_for_unit(struct unit *unit)
{
	int status;

	/* It could not end if nobody listened. */
	while (!waitpid(unit->pid, &status, WNOHANG))
		next_message(unit, 20);
	/* What it said at its end. */
	while (next_message(unit, 0))
		;
	unit->pid = 0;
	close(unit->socket);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline int end_unit(struct unit *unit, int number)
{
	kill(unit->pid, number);
	return wait_for_unit(unit);
}

/* Whether the log of a service that has ended has a text in it. */
static inline bool has_logged(const struct unit *unit, const char *text)
{
	char path[128], *log;
	size_t size;
	bool has;

	log_path(unit, path, sizeof(path));
	log = read_file(path, &size);
	has = log && memmem(log, size, text, strlen(text));
	free(log);
	return has;
}

#endif /* NIMBOS_SELFTEST_MANAGER_H */
