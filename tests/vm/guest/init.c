// SPDX-License-Identifier: GPL-2.0
/*
 * The first process of a test guest: carries out /plan and reports on the
 * third serial port in lines that run.sh reads. A plan is lines of four fields
 * with tabs between them: kind, limit in seconds, name, shell command or file.
 *
 *	setup	has to succeed, or the guest ends
 *	test	a program of which the kernel log and exit status are reported
 *	exec	the same, meant to be read by a person
 *	get	a file to be sent back, in base64
 *
 * The report consists of the output of the programs and lines that begin with
 * @@. Each of those is preceded by a newline of its own, which run.sh takes
 * away again, since a program need not end its last line.
 */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define REPORT "/dev/ttyS2"
#define EXIT_PORT 0xf4
#define UNKILLABLE_AFTER 20
#define LOG_LINES 300

/* What the kernel says when something is wrong with it. */
static const char complaint_text[] =
	"WARNING: |BUG[: ]|kernel BUG at|Oops: |Kernel panic|general protection fault|"
	"Unable to handle kernel|stack segment: |double fault: |divide error: |"
	"(rcu|RCU).*(stall|suspicious)|suspicious RCU usage|KASAN: |UBSAN: |KCSAN: |"
	"kmemleak: [0-9]+ new suspected|scheduling while atomic|sleeping function called|"
	"blocked for more than [0-9]+ seconds|soft lockup|hard LOCKUP|workqueue lockup|"
	"possible (circular|recursive|irq)|inconsistent lock state|bad unlock balance|"
	"held lock freed|still has locks held|refcount_t: |(list_add|list_del) corruption|"
	"irq [0-9]+: nobody cared|No irq handler for vector|spurious APIC interrupt|"
	"Bad page (state|map)|unchecked MSR access|"
	"DEBUG_LOCKS_WARN_ON|ODEBUG: ";

static regex_t complaint;
static int report_fd = -1;
static int log_fd = -1;

static void say(const char *format, ...)
{
	char line[2048];
	va_list args;
	size_t done = 0, len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	while (done < len) {
		ssize_t n = write(report_fd, line + done, len - done);

		if (n < 0 && errno != EINTR)
			return;
		done += n > 0 ? n : 0;
	}
}

/* The status that QEMU exits with is 2 * code + 1. */
static void leave(int code)
{
	say("\n@@done %d", code);
	tcdrain(report_fd);
	sync();
	if (!ioperm(EXIT_PORT, 1, 1))
		outb(code, EXIT_PORT);
	/* Not reached under run.sh; without that device, end it the usual way. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void must(int err, const char *what)
{
	if (err < 0) {
		dprintf(report_fd < 0 ? 2 : report_fd, "\n@@fatal guest: %s: %s\n", what,
			strerror(errno));
		leave(1);
	}
}

static void mount_at(const char *type, const char *dir, bool needed)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) < 0 && errno != EBUSY && needed)
		must(-1, dir);
}

static void open_report(void)
{
	struct termios tio;

	report_fd = open(REPORT, O_RDWR | O_NOCTTY | O_CLOEXEC);
	must(report_fd, REPORT);
	must(tcgetattr(report_fd, &tio), REPORT);
	cfmakeraw(&tio);
	cfsetspeed(&tio, B115200);
	tio.c_cflag |= CLOCAL;
	must(tcsetattr(report_fd, TCSANOW, &tio), REPORT);
}

/* Text of the next record of the kernel log, without its prefix and tags. */
static char *next_record(char *buf, size_t size)
{
	for (;;) {
		ssize_t n = read(log_fd, buf, size - 1);
		char *text;

		if (n < 0 && errno == EPIPE) {
			say("\n@@complaint the kernel log was overwritten before it was read");
			continue;
		}
		if (n <= 0)
			return NULL;
		buf[n] = '\0';
		text = strchr(buf, ';');
		if (!text)
			continue;
		text++;
		text[strcspn(text, "\n")] = '\0';
		return text;
	}
}

/* Reports what was logged since the last call; all of it if there is a reason. */
static void read_log(bool failed)
{
	static char *lines[LOG_LINES];
	char buf[8192], *text;
	unsigned long count = 0, i;

	while ((text = next_record(buf, sizeof(buf)))) {
		char **line = &lines[count++ % LOG_LINES];

		if (!regexec(&complaint, text, 0, NULL, 0)) {
			say("\n@@complaint %s", text);
			failed = true;
		}
		free(*line);
		*line = strdup(text);
	}
	for (i = count > LOG_LINES ? count - LOG_LINES : 0; failed && i < count; i++)
		say("\n@@kernel %s", lines[i % LOG_LINES]);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static pid_t start(const char *command)
{
	pid_t pid = fork();
	int null;

	must(pid, "fork");
	if (pid)
		return pid;
	setsid();
	null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	dup2(report_fd, 1);
	dup2(report_fd, 2);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

/*
 * Waits for @pid, or for any child if it is -1, until @until. SIGCHLD is
 * blocked, so that none is missed between the look and the wait. Whoever else
 * ends is an orphan.
 */
static bool reap(pid_t pid, double until, int *status)
{
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	for (;;) {
		struct timespec wait = { 0 };
		pid_t got;
		int st;

		while ((got = waitpid(-1, &st, WNOHANG)) > 0) {
			if (got == pid) {
				*status = st;
				return true;
			}
		}
		if (got < 0 && errno == ECHILD)
			return pid == -1;
		if (now() >= until)
			return false;
		wait.tv_nsec = 200 * 1000 * 1000;
		sigtimedwait(&chld, NULL, &wait);
	}
}

static void show_stuck(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	if (fd >= 0 && write(fd, "w", 1) == 1)
		read_log(true);
	say("\n@@fatal a process cannot be killed");
	leave(1);
}

/* Runs a command; whatever it leaves behind is killed when it has ended. */
static int run(const char *kind, const char *name, unsigned int limit, const char *command)
{
	char result[64];
	double begin;
	int status = 0;
	bool failed;
	pid_t pid;

	say("\n@@begin %s %s", kind, name);
	begin = now();
	pid = start(command);
	if (!reap(pid, begin + limit, &status)) {
		int fd = open("/proc/sysrq-trigger", O_WRONLY);

		/* Where it hangs, if it hangs in the kernel. */
		if (fd >= 0 && write(fd, "w", 1) == 1)
			close(fd);
		kill(-1, SIGKILL);
		if (!reap(pid, now() + UNKILLABLE_AFTER, &status))
			show_stuck();
		snprintf(result, sizeof(result), "timeout %u", limit);
	} else if (WIFSIGNALED(status)) {
		snprintf(result, sizeof(result), "signal %d", WTERMSIG(status));
	} else {
		snprintf(result, sizeof(result), "exit %d", WEXITSTATUS(status));
	}
	kill(-1, SIGKILL);
	if (!reap(-1, now() + UNKILLABLE_AFTER, NULL))
		show_stuck();
	failed = strcmp(result, "exit 0") && strcmp(result, "exit 4");
	read_log(failed);
	say("\n@@end %s %.1f", result, now() - begin);
	return failed ? -1 : 0;
}

static void send_file(const char *name, const char *path)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char in[57];
	char out[77];
	FILE *file = fopen(path, "r");
	size_t n, i, o;

	if (!file) {
		say("\n@@nofile %s: %s", path, strerror(errno));
		return;
	}
	say("\n@@file %s", name);
	while ((n = fread(in, 1, sizeof(in), file))) {
		memset(in + n, 0, sizeof(in) - n);
		for (i = 0, o = 0; i < n; i += 3) {
			uint32_t bits = in[i] << 16 | in[i + 1] << 8 | in[i + 2];

			out[o++] = digits[bits >> 18];
			out[o++] = digits[bits >> 12 & 63];
			out[o++] = i + 1 < n ? digits[bits >> 6 & 63] : '=';
			out[o++] = i + 2 < n ? digits[bits & 63] : '=';
		}
		out[o] = '\0';
		say("%s", out);
	}
	fclose(file);
	say("@@eof");
}

static void clear_leaks(void)
{
	int fd = open("/sys/kernel/debug/kmemleak", O_WRONLY);

	/* What looks leaked while the kernel boots is not what is tested. */
	if (fd >= 0 && write(fd, "clear", 5) == 5)
		close(fd);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &ifr), "lo");
	close(fd);
}

static void prepare(void)
{
	sigset_t chld;

	mount_at("devtmpfs", "/dev", true);
	open_report();
	mount_at("proc", "/proc", true);
	mount_at("sysfs", "/sys", true);
	mount_at("tmpfs", "/tmp", true);
	mount_at("tmpfs", "/run", true);
	mount_at("tmpfs", "/dev/shm", true);
	mount_at("devpts", "/dev/pts", false);
	mount_at("debugfs", "/sys/kernel/debug", false);
	mount_at("tracefs", "/sys/kernel/tracing", false);
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	must(log_fd, "/dev/kmsg");
	if (regcomp(&complaint, complaint_text, REG_EXTENDED | REG_NOSUB))
		must(-1, "complaint_text");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TMPDIR", "/tmp", 1);
	loopback_up();
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	FILE *plan;
	int err = 0;

	prepare();
	plan = fopen("/plan", "re");
	must(plan ? 0 : -1, "/plan");
	say("\n@@begin setup boot");
	read_log(false);
	clear_leaks();
	say("\n@@end exit 0 %.1f", now());
	while (!err && getline(&line, &size, plan) > 0) {
		char *rest = line, *kind = strsep(&rest, "\t"), *limit = strsep(&rest, "\t");
		char *name = strsep(&rest, "\t"), *what = strsep(&rest, "\n");

		if (!what) {
			errno = EINVAL;
			must(-1, "/plan");
		} else if (!strcmp(kind, "get")) {
			send_file(name, what);
		} else if (run(kind, name, atoi(limit), what) && !strcmp(kind, "setup")) {
			err = 1;
		}
	}
	leave(err);
}
