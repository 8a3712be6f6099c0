// SPDX-License-Identifier: GPL-2.0
/*
 * End-to-end tests over the sim: a program of a peer tries to get out of its policy. Whatever is
 * tried is such that Linux would let an ordinary user do it, or that it would be without effect:
 * what refuses it is the policy. Each refusal has a line in the shadow's log.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <netinet/in.h>
#include <unistd.h>

#include "process.h"

#define USER "nobody"
#define UID 65534
#define FILES 64

#define EXIT_NOT_STARTED 125

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6 */
#endif

static unsigned int attempts;

static void format_path(const struct process *process, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", process->dir, name);
}

static void write_file(const struct process *process, const char *name, const char *text,
		       mode_t mode)
{
	char path[256];
	int fd;

	format_path(process, name, path);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void make_directory(const struct process *process, const char *name, mode_t mode)
{
	char path[256];

	format_path(process, name, path);
	assert_int_equal(mkdir(path, mode), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_device(const struct process *process, const char *name)
{
	char path[256];

	format_path(process, name, path);
	assert_int_equal(mknod(path, S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(chmod(path, 0666), 0);
}

/* A configuration with what there is to be seen: @lines is the rest of its section [policy]. */
static void make_surroundings(struct process *process, const char *lines)
{
	char path[256], text[1024];

	assert_int_equal(chmod(process->dir, 0711), 0);
	make_directory(process, "inside", 0755);
	format_path(process, "inside", path);
	assert_int_equal(chown(path, UID, UID), 0);
	make_directory(process, "outside", 0777);
	make_directory(process, "outside/directory", 0777);
	make_directory(process, "readable", 0777);
	write_file(process, "outside/file", "secret", 0666);
	write_file(process, "readable/file", "public", 0666);
	make_device(process, "outside/device");
	make_device(process, "inside/device");
	snprintf(text, sizeof(text),
		 "[peer]\nimage = nobody reads this here\n"
		 "[policy]\nuser = " USER "\ndirectory = %s/inside\nread-only = %s/readable\n"
		 "files = %d\n%s\n", process->dir, process->dir, FILES, lines);
	write_file(process, "policy.conf", text, 0600);
	snprintf(process->option, sizeof(process->option), "--config=%s/policy.conf", process->dir);
}

/* From here on, what there is of the log is read without waiting. */
static int setup(void **state, const char *(*prepare)(struct process *process))
{
	struct process *process;
	FILE *log;

	if (process_setup_by(state, prepare))
		return -1;
	process = *state;
	log = process->slot.data;
	return fcntl(fileno(log), F_SETFL, O_NONBLOCK);
}

static const char *strictest(struct process *process)
{
	make_surroundings(process, "");
	return process->option;
}

static const char *with_network(struct process *process)
{
	make_surroundings(process, "calls = @default @network @attributes\ncalls = @watch");
	return process->option;
}

static const char *with_unix(struct process *process)
{
	make_surroundings(process, "calls = ~kill @unix @owners");
	return process->option;
}

static const char *with_mount(struct process *process)
{
	char path[256];

	make_surroundings(process, "");
	make_directory(process, "inside/mounted", 0777);
	write_file(process, "inside/mounted/below", "", 0666);
	format_path(process, "inside/mounted", path);
	assert_int_equal(mount("none", path, "tmpfs", 0, "mode=777"), 0);
	write_file(process, "inside/mounted/file", "", 0666);
	return process->option;
}

/* Of 5, which the policy says: what it is here, if this root may not raise limits. */
static rlim_t highest_priority(void)
{
	struct rlimit limit = { 5, 5 };
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(!!setrlimit(RLIMIT_RTPRIO, &limit));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		assert_int_equal(getrlimit(RLIMIT_RTPRIO, &limit), 0);
	return limit.rlim_max < 5 ? limit.rlim_max : 5;
}

static const char *with_output(struct process *process)
{
	make_surroundings(process, "inherit = stdout stderr\npriority = 5");
	return process->option;
}

static int setup_strictest(void **state)
{
	return setup(state, strictest);
}

static int setup_network(void **state)
{
	return setup(state, with_network);
}

static int setup_unix(void **state)
{
	return setup(state, with_unix);
}

static int setup_output(void **state)
{
	return setup(state, with_output);
}

static int setup_mount(void **state)
{
	return setup(state, with_mount);
}

static int teardown_mount(void **state)
{
	char path[256];

	format_path(*state, "inside/mounted", path);
	return umount(path) || process_teardown(state);
}

/* The next refusal in the log; whether there is one. */
static bool next_refusal(const struct process *process, char line[512])
{
	FILE *log = process->slot.data;

	clearerr(log);
	while (fgets(line, 512, log)) {
		if (strstr(line, "msg=\"call refused\""))
			return true;
	}
	return false;
}

static void assert_refused(const struct process *process, const char *call, int64_t result,
			   int error, const char *file, int line)
{
	char text[512], name[64];

	attempts++;
	if (result != -error) {
		print_error("%s: result %ld instead of %d\n", call, (long)result, -error);
		_fail(file, line);
	}
	/* Logged before the answer is there. */
	snprintf(name, sizeof(name), " call=%s reason=", call);
	if (!next_refusal(process, text)) {
		print_error("%s: not in the log\n", call);
		_fail(file, line);
	}
	if (!strstr(text, name)) {
		print_error("%s: the log has %s", call, text);
		_fail(file, line);
	}
	if (next_refusal(process, text)) {
		print_error("%s: also in the log: %s", call, text);
		_fail(file, line);
	}
}

#define REFUSED(process, error, name, ...) \
	assert_refused(process, #name, CALL(process, name, ##__VA_ARGS__), error, __FILE__, \
		       __LINE__)
#define STR(text) AT(process_string(process, text))
#define PATH(name) AT(process_path(process, name))

/* What the tests below take for granted: without a policy, this user can do it all. */
static void test_nothing_else_refuses(void **state)
{
	struct process *process = *state;
	char path[256];
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgid(UID) || setuid(UID))
			_exit(1);
		format_path(process, "outside/file", path);
		if (open(path, O_RDWR) < 0 || truncate(path, 6))
			_exit(2);
		format_path(process, "readable/file", path);
		if (open(path, O_RDWR) < 0)
			_exit(3);
		format_path(process, "outside/new", path);
		if (open(path, O_CREAT | O_RDWR, 0600) < 0 || unlink(path))
			_exit(4);
		format_path(process, "outside/device", path);
		if (open(path, O_RDWR) < 0)
			_exit(5);
		if (open("/etc/passwd", O_RDONLY) < 0)
			_exit(6);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_names(void **state)
{
	struct process *process = *state;

	REFUSED(process, EACCES, open, PATH("outside/file"), O_RDONLY);
	REFUSED(process, EACCES, open, PATH("outside/file"), O_WRONLY);
	REFUSED(process, EACCES, open, PATH("outside/file"), O_RDONLY | O_TRUNC);
	REFUSED(process, EACCES, open, PATH("outside/new"), O_CREAT | O_RDWR, 0600);
	REFUSED(process, EACCES, creat, PATH("outside/new"), 0600);
	REFUSED(process, EACCES, open, STR("../outside/file"), O_RDWR);
	REFUSED(process, EACCES, open, STR("../inside/../outside/file"), O_RDONLY);
	REFUSED(process, EACCES, open, STR("/etc/passwd"), O_RDONLY);
	REFUSED(process, EACCES, open, STR("/"), O_RDONLY | O_DIRECTORY);
	REFUSED(process, EACCES, open, STR(".."), O_RDONLY | O_DIRECTORY);
	REFUSED(process, EACCES, open, PATH("outside"), O_TMPFILE | O_RDWR, 0600);
	REFUSED(process, EACCES, open, PATH("readable/file"), O_RDWR);
	REFUSED(process, EACCES, open, PATH("readable/new"), O_CREAT | O_RDWR, 0600);
	REFUSED(process, EACCES, truncate, PATH("outside/file"), 0);
	REFUSED(process, EACCES, truncate, PATH("readable/file"), 0);
	REFUSED(process, EACCES, mkdir, PATH("outside/new"), 0700);
	REFUSED(process, EACCES, rmdir, PATH("outside/directory"));
	REFUSED(process, EACCES, unlink, PATH("outside/file"));
	REFUSED(process, EACCES, unlinkat, AT_FDCWD, STR("../outside/file"), 0);
	REFUSED(process, EACCES, symlink, STR("/etc/passwd"), PATH("outside/new"));
	REFUSED(process, EACCES, chmod, PATH("outside/file"), 0777);
	REFUSED(process, EACCES, utimensat, AT_FDCWD, PATH("outside/file"), 0, 0);
	REFUSED(process, EACCES, mknod, PATH("outside/new"), S_IFIFO | 0600, 0);
}

static void test_links(void **state)
{
	struct process *process = *state;
	char path[256];

	format_path(process, "outside/file", path);
	assert_int_equal(CALL(process, symlink, STR(path), STR("to-file")), 0);
	REFUSED(process, EACCES, open, STR("to-file"), O_RDONLY);
	REFUSED(process, EACCES, openat, AT_FDCWD, STR("to-file"), O_RDWR);
	REFUSED(process, EACCES, truncate, STR("to-file"), 0);
	assert_int_equal(CALL(process, symlink, STR("../outside"), STR("to-directory")), 0);
	REFUSED(process, EACCES, open, STR("to-directory/file"), O_RDONLY);
	REFUSED(process, EACCES, open, STR("to-directory/new"), O_CREAT | O_WRONLY, 0600);
	REFUSED(process, EACCES, mkdir, STR("to-directory/new"), 0700);
	REFUSED(process, EACCES, unlink, STR("to-directory/file"));
	assert_int_equal(CALL(process, symlink, STR("/proc/self/root"), STR("to-root")), 0);
	REFUSED(process, EACCES, open, STR("to-root"), O_RDONLY | O_DIRECTORY);
	REFUSED(process, EACCES, link, PATH("outside/file"), STR("linked"));
	REFUSED(process, EACCES, linkat, AT_FDCWD, PATH("readable/file"), AT_FDCWD, STR("linked"),
		0);
	assert_true(CALL(process, creat, STR("mine"), 0600) >= 0);
	REFUSED(process, EACCES, rename, STR("mine"), PATH("outside/mine"));
	REFUSED(process, EACCES, rename, PATH("outside/file"), STR("mine"));
	REFUSED(process, EACCES, renameat, AT_FDCWD, STR("mine"), AT_FDCWD, PATH("readable/file"));
	REFUSED(process, EACCES, renameat2, AT_FDCWD, STR("mine"), AT_FDCWD, PATH("outside/file"),
		RENAME_EXCHANGE);
	REFUSED(process, EACCES, linkat, AT_FDCWD, STR("mine"), AT_FDCWD, PATH("outside/mine"), 0);
}

/* Descriptors that name a place say nothing of what may be opened from there. */
static void test_places(void **state)
{
	struct process *process = *state;
	uint64_t *how = process_memory(process, 24);
	char text[64];
	int64_t directory, file;

	directory = CALL(process, open, PATH("outside"), O_PATH | O_DIRECTORY);
	assert_true(directory >= 0);
	REFUSED(process, EACCES, openat, directory, STR("file"), O_RDONLY);
	REFUSED(process, EACCES, openat, directory, STR("new"), O_CREAT | O_WRONLY, 0600);
	REFUSED(process, EACCES, openat, directory, STR("."), O_RDONLY | O_DIRECTORY);
	REFUSED(process, EACCES, mkdirat, directory, STR("new"), 0700);
	how[0] = O_RDONLY;
	REFUSED(process, EACCES, openat2, directory, STR("file"), AT(how), 24);
	file = CALL(process, openat, directory, STR("file"), O_PATH);
	assert_true(file >= 0);
	assert_int_equal(CALL(process, read, file, AT(how), 1), -EBADF);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", (int)file);
	REFUSED(process, EACCES, open, STR(text), O_RDONLY);
	snprintf(text, sizeof(text), "/proc/%d/fd/%d", process->shadow, (int)file);
	REFUSED(process, EACCES, open, STR(text), O_RDWR);
}

static void test_processes_files(void **state)
{
	struct process *process = *state;
	const char *const names[] = { "mem", "environ", "maps", "auxv", "status", "root/etc/passwd",
				      "cwd/../outside/file", "fd", "exe" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
		REFUSED(process, EACCES, open, STR(path), O_RDONLY);
		snprintf(path, sizeof(path), "/proc/%d/%s", getpid(), names[i]);
		REFUSED(process, EACCES, open, STR(path), O_RDONLY);
	}
	REFUSED(process, EACCES, open, STR("/proc/self/mem"), O_RDWR);
	REFUSED(process, EACCES, open, STR("/proc/sys/kernel/hostname"), O_RDONLY);
	REFUSED(process, EACCES, open, STR("/proc/sys/kernel/core_pattern"), O_WRONLY);
	REFUSED(process, EACCES, open, STR("/sys/kernel"), O_RDONLY | O_DIRECTORY);
	REFUSED(process, EACCES, open, STR("/proc/self/fd/0"), O_RDWR);
}

/* A pipe of this user's can be opened once more by whoever finds a name for it. */
static void test_names_of_descriptors(void **state)
{
	struct process *process = *state;
	const char *const directories[] = { "/proc/self/fd", "/proc/thread-self/fd" };
	int *fds = process_memory(process, 8);
	char path[256];

	assert_int_equal(CALL(process, pipe, AT(fds)), 0);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		snprintf(path, sizeof(path), "%s/%d", directories[i], fds[0]);
		REFUSED(process, EACCES, open, STR(path), O_RDONLY);
		snprintf(path, sizeof(path), "%s/%d", directories[i], fds[1]);
		REFUSED(process, EACCES, open, STR(path), O_WRONLY);
	}
	/* Nor has one of the shadow's a name; not each of these has a line in the log. */
	for (int fd = FILES; fd < FILES + 64; fd++) {
		char *const name = process_path(process, "");

		sprintf(name, "/proc/self/fd/%d", fd);
		assert_int_equal(CALL(process, readlink, AT(name), AT(fds), 8), -EACCES);
		assert_int_equal(CALL(process, open, AT(name), O_RDWR), -EACCES);
	}
}

static void test_devices(void **state)
{
	struct process *process = *state;

	if (!access("/dev/mem", F_OK))
		REFUSED(process, EACCES, open, STR("/dev/mem"), O_RDWR);
	REFUSED(process, EACCES, open, STR("/dev/null"), O_RDWR);
	REFUSED(process, EACCES, open, STR("/dev/zero"), O_RDONLY);
	REFUSED(process, EACCES, open, STR("/dev/tty"), O_RDWR);
	REFUSED(process, EACCES, open, PATH("outside/device"), O_RDWR);
	/* Somebody else has made one where the program may open files. */
	REFUSED(process, EACCES, open, STR("device"), O_RDWR);
	REFUSED(process, EACCES, mknod, STR("new"), S_IFCHR | 0666, makedev(1, 1));
	REFUSED(process, EACCES, mknodat, AT_FDCWD, STR("new"), S_IFBLK | 0666, makedev(8, 0));
	REFUSED(process, ENOSYS, mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0);
	REFUSED(process, ENOTTY, ioctl, 0, TIOCSTI, AT(process_memory(process, 1)));
	REFUSED(process, ENOTTY, ioctl, 0, TIOCSCTTY, 0);
	REFUSED(process, EPERM, fcntl, 0, F_SETOWN, 1);
	REFUSED(process, EPERM, fcntl, 0, F_SETFL, O_ASYNC);
}

/* With arguments of no effect, should Linux get to see them. */
static void test_calls(void **state)
{
	struct process *process = *state;

	REFUSED(process, EPERM, ptrace, 0x1000);
	REFUSED(process, EPERM, process_vm_readv, getpid(), 0, 0, 0, 0, 0);
	REFUSED(process, EPERM, process_vm_writev, getpid(), 0, 0, 0, 0, 0);
	REFUSED(process, EPERM, process_madvise, -1);
	REFUSED(process, EPERM, io_uring_setup, 0, 0);
	REFUSED(process, EPERM, io_uring_enter, -1);
	REFUSED(process, EPERM, io_setup, 0, 0);
	REFUSED(process, EPERM, unshare, 0);
	REFUSED(process, EPERM, setns, -1, 0);
	REFUSED(process, EPERM, mount, 0, 0, 0, MS_ASYNC);
	REFUSED(process, EPERM, umount2, 0, 0);
	REFUSED(process, EPERM, move_mount, -1, 0, -1, 0, 0);
	REFUSED(process, EPERM, open_tree, -1, 0, 0);
	REFUSED(process, EPERM, fsopen, 0, 0);
	REFUSED(process, EPERM, mount_setattr, -1, 0, 0, 0, 0);
	REFUSED(process, EPERM, pivot_root, 0, 0);
	REFUSED(process, EPERM, chroot, 0);
	REFUSED(process, EPERM, init_module, 0, 0, 0);
	REFUSED(process, EPERM, finit_module, -1, 0, 0);
	REFUSED(process, EPERM, delete_module, 0, 0);
	REFUSED(process, EPERM, reboot, 0, 0, 0);
	REFUSED(process, EPERM, kexec_load, 0, 1, 0, ~0ULL);
	REFUSED(process, EPERM, kexec_file_load, -1, -1, 0, 0, ~0ULL);
	REFUSED(process, EPERM, bpf, ~0U, 0, 0);
	REFUSED(process, EPERM, perf_event_open, 0, 0, 0, -1, 0);
	REFUSED(process, EPERM, keyctl, ~0U);
	REFUSED(process, EPERM, add_key, 0);
	REFUSED(process, EPERM, userfaultfd, ~0U);
	REFUSED(process, EPERM, quotactl, ~0U, 0, 0, 0);
	REFUSED(process, EPERM, acct, 1);
	REFUSED(process, EPERM, swapon, 0, 0);
}

static void test_more_calls(void **state)
{
	struct process *process = *state;

	REFUSED(process, EPERM, swapoff, 0);
	REFUSED(process, EPERM, sethostname, 0, 1);
	REFUSED(process, EPERM, settimeofday, 1, 0);
	REFUSED(process, EPERM, clock_settime, ~0U, 0);
	REFUSED(process, EPERM, syslog, ~0U);
	REFUSED(process, EPERM, iopl, 0);
	REFUSED(process, EPERM, ioperm, 0, 0, 0);
	REFUSED(process, EPERM, modify_ldt, ~0U);
	REFUSED(process, EPERM, personality, 0xffffffff);
	REFUSED(process, EPERM, seccomp, ~0U, 0, 0);
	REFUSED(process, EPERM, open_by_handle_at, -1, 0, 0);
	REFUSED(process, EPERM, name_to_handle_at, -1, 0, 0, 0, 0);
	REFUSED(process, EPERM, fanotify_init, ~0U, 0);
	REFUSED(process, EPERM, pidfd_getfd, -1, 0, 0);
	REFUSED(process, EPERM, memfd_secret, ~0U);
	REFUSED(process, EPERM, shmget, 0, 0, 0);
	REFUSED(process, EPERM, vmsplice, -1, 0, 0, 0);
	/* What is not in this policy. */
	REFUSED(process, EPERM, setxattr, STR("."), STR("user.name"), STR("x"), 1, 0);
	REFUSED(process, EPERM, getxattr, STR("/etc/passwd"), STR("user.name"), 0, 0);
	REFUSED(process, EPERM, inotify_init1, 0);
	REFUSED(process, EPERM, chown, STR("."), -1, -1);
	REFUSED(process, EPERM, setuid, 0);
	REFUSED(process, EPERM, setresgid, 0, 0, 0);
	REFUSED(process, EPERM, setgroups, 0, 0);
	REFUSED(process, EPERM, capset, 0, 0);
	REFUSED(process, EPERM, socket, AF_INET, SOCK_STREAM, 0);
	REFUSED(process, EPERM, socket, AF_UNIX, SOCK_STREAM, 0);
	REFUSED(process, EPERM, semget, 1, 1, 0);
	REFUSED(process, EPERM, mq_open, STR("nimbos"), O_RDONLY);
}

/* The peer's own affair: nothing of it is ever done here. */
static void test_programs(void **state)
{
	struct process *process = *state;
	char *const program = process_string(process, "/bin/true");
	int64_t memory = CALL(process, memfd_create, STR("program"), 0);
	uint64_t *flags = process_memory(process, 88);

	assert_true(memory >= 0);
	assert_int_equal(CALL(process, write, memory, AT(program), 4), 4);
	flags[0] = CLONE_NEWUSER;
	REFUSED(process, ENOSYS, execve, AT(program), 0, 0);
	REFUSED(process, ENOSYS, execveat, AT_FDCWD, AT(program), 0, 0, 0);
	REFUSED(process, ENOSYS, execveat, memory, STR(""), 0, 0, AT_EMPTY_PATH);
	REFUSED(process, ENOSYS, clone, CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, 0);
	REFUSED(process, ENOSYS, clone3, AT(flags), 88);
	REFUSED(process, ENOSYS, fork, 0);
	REFUSED(process, ENOSYS, mprotect, process->slot.window_va, 4096, PROT_EXEC);
	REFUSED(process, ENOSYS, mremap, process->slot.window_va, 4096, 8192, 0);
}

static void test_processes(void **state)
{
	struct process *process = *state;
	struct rlimit *limit = process_memory(process, sizeof(*limit));
	int *status = process_memory(process, sizeof(*status));

	REFUSED(process, EPERM, kill, getpid(), 0);
	REFUSED(process, EPERM, kill, 1, 0);
	REFUSED(process, EPERM, kill, 0, 0);
	REFUSED(process, EPERM, kill, -1, 0);
	REFUSED(process, EPERM, rt_sigqueueinfo, getpid(), 0, 0);
	REFUSED(process, EPERM, pidfd_send_signal, -1, 0, 0, 0);
	REFUSED(process, ENOSYS, tgkill, getpid(), getpid(), 0);
	REFUSED(process, EPERM, prctl, PR_SET_DUMPABLE, 1);
	REFUSED(process, EPERM, prctl, PR_SET_SECCOMP, 0);
	REFUSED(process, EACCES, setpriority, PRIO_PROCESS, 0, -20);
	REFUSED(process, EPERM, ioprio_set, 1, 0, 1 << 13);
	REFUSED(process, EPERM, ioprio_set, 3, 0, 0);
	REFUSED(process, EPERM, setpriority, PRIO_USER, 0, 19);
	REFUSED(process, EPERM, setpriority, PRIO_PROCESS, getpid(), 19);
	REFUSED(process, EPERM, memfd_create, STR("huge"), MFD_HUGETLB);
	assert_int_equal(CALL(process, wait4, -1, AT(status), 0, 0), -ECHILD);
	*limit = (struct rlimit){ FILES + 1, FILES + 1 };
	REFUSED(process, EPERM, setrlimit, RLIMIT_NOFILE, AT(limit));
	REFUSED(process, EPERM, prlimit64, 0, RLIMIT_NOFILE, AT(limit), 0);
	REFUSED(process, EPERM, prlimit64, getpid(), RLIMIT_NOFILE, AT(limit), 0);
	*limit = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	REFUSED(process, EPERM, setrlimit, RLIMIT_FSIZE, AT(limit));
	REFUSED(process, EPERM, setrlimit, RLIMIT_NPROC, AT(limit));
	REFUSED(process, EPERM, setrlimit, RLIMIT_AS, AT(limit));
	*limit = (struct rlimit){ 0, 1 };
	REFUSED(process, EPERM, setrlimit, RLIMIT_CORE, AT(limit));
}

static void test_pointers(void **state)
{
	struct process *process = *state;
	const uint64_t end = process->slot.window_va + process->slot.window_size;
	struct iovec *iov = process_memory(process, 2 * sizeof(*iov));
	int *fds = process_memory(process, 8);
	char *buf = process_memory(process, 16);

	assert_int_equal(CALL(process, pipe, AT(fds)), 0);
	REFUSED(process, EFAULT, read, fds[0], process->slot.window_va - 1, 1);
	REFUSED(process, EFAULT, read, fds[0], AT(process), 1);
	REFUSED(process, EFAULT, write, fds[1], end - 7, 8);
	REFUSED(process, EFAULT, write, fds[1], UINT64_MAX, 8);
	REFUSED(process, EFAULT, pipe, end - 4);
	REFUSED(process, EFAULT, open, AT("/etc/passwd"), O_RDONLY);
	REFUSED(process, EFAULT, open, end, O_RDONLY);
	REFUSED(process, EFAULT, stat, STR("."), end - 8);
	REFUSED(process, EFAULT, nanosleep, AT(process), 0);
	REFUSED(process, EFAULT, poll, end - 4, 1, 0);
	REFUSED(process, EFAULT, getcwd, end - 1, 2);
	REFUSED(process, EFAULT, readlink, STR("."), 0x1000, 16);
	REFUSED(process, EFAULT, statx, AT_FDCWD, STR("."), 0, 0, end - 16);
	iov[0] = (struct iovec){ buf, 8 };
	iov[1] = (struct iovec){ process, 8 };
	REFUSED(process, EFAULT, readv, fds[0], AT(iov), 2);
	REFUSED(process, EFAULT, writev, fds[1], AT(iov), 2);
	REFUSED(process, EFAULT, writev, fds[1], AT(process), 1);
	REFUSED(process, EFAULT, preadv, fds[0], end - 8, 1, 0, 0);
	REFUSED(process, EFAULT, prlimit64, 0, RLIMIT_CORE, AT(process), 0);
	REFUSED(process, EFAULT, getrandom, end - 1, 2, 0);
	/* The kernel's own. */
	REFUSED(process, EFAULT, read, fds[0], 0xffff888000000000, 8);
}

static void test_own_descriptors(void **state)
{
	struct process *process = *state;
	int *fds = process_memory(process, 8);
	struct epoll_event *event = process_memory(process, sizeof(*event));
	int64_t epoll;

	assert_int_equal(CALL(process, pipe, AT(fds)), 0);
	epoll = CALL(process, epoll_create1, 0);
	REFUSED(process, EBADF, read, FILES, AT(event), 1);
	REFUSED(process, EBADF, write, FILES + 1, AT(event), 1);
	REFUSED(process, EBADF, close, FILES);
	REFUSED(process, EBADF, dup, FILES);
	REFUSED(process, EBADF, dup2, fds[0], FILES);
	REFUSED(process, EBADF, dup3, FILES, 5, 0);
	REFUSED(process, EBADF, fcntl, FILES, F_DUPFD, 0);
	REFUSED(process, EBADF, ioctl, FILES, FIONREAD, AT(event));
	REFUSED(process, EBADF, fstat, FILES, AT(process_memory(process, 144)));
	REFUSED(process, EBADF, openat, FILES, STR("file"), O_RDONLY);
	REFUSED(process, EBADF, epoll_ctl, epoll, EPOLL_CTL_ADD, FILES, AT(event));
	REFUSED(process, EBADF, splice, FILES, 0, fds[1], 0, 1, 0);
	REFUSED(process, EBADF, sendfile, fds[1], FILES, 0, 1);
	assert_int_equal(CALL(process, close_range, 3, ~0U, 0), 0);
	/* Nothing of the shadow's is gone. */
	assert_true(process_clone(process, 1) > 0);
	assert_int_equal(CALL_ON(process, 1, NIMBOS_SCF_NR_NOP), 0);
}

static void test_network(void **state)
{
	struct process *process = *state;
	struct sockaddr_in *addr = process_memory(process, sizeof(*addr));
	struct msghdr *msg = process_memory(process, sizeof(*msg));
	struct iovec *iov = process_memory(process, sizeof(*iov));
	struct cmsghdr *cmsg = process_memory(process, CMSG_SPACE(sizeof(int)));
	int *pair = process_memory(process, 8);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(*addr);
	int64_t fd;

	*addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	assert_int_equal(bind(listener, (struct sockaddr *)addr, len), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)addr, &len), 0);
	assert_int_equal(listen(listener, 1), 0);
	fd = CALL(process, socket, AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(CALL(process, connect, fd, AT(addr), sizeof(*addr)), 0);
	close(listener);

	REFUSED(process, EPERM, socket, AF_UNIX, SOCK_STREAM, 0);
	REFUSED(process, EPERM, socket, AF_NETLINK, SOCK_RAW, 0);
	REFUSED(process, EPERM, socket, AF_PACKET, SOCK_RAW, 0);
	REFUSED(process, EPERM, socket, AF_ALG, SOCK_SEQPACKET, 0);
	REFUSED(process, EPERM, socket, AF_VSOCK, SOCK_STREAM, 0);
	REFUSED(process, EPERM, socket, 1ULL << 32 | AF_UNIX, SOCK_STREAM, 0);
	REFUSED(process, EPERM, socket, AF_INET, SOCK_RAW, IPPROTO_RAW);
	REFUSED(process, EPERM, setsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, AT(addr), 16);
	REFUSED(process, EPERM, setsockopt, fd, IPPROTO_IP, 64, AT(addr), 16);
	REFUSED(process, EFAULT, connect, fd, AT(process), sizeof(*addr));
	REFUSED(process, EACCES, setxattr, PATH("outside/file"), STR("user.name"), STR("x"), 1, 0);

	REFUSED(process, EPERM, socketpair, AF_UNIX, SOCK_DGRAM, 0, AT(pair));
	REFUSED(process, EPERM, socketpair, AF_TIPC, SOCK_STREAM, 0, AT(pair));
	assert_int_equal(CALL(process, socketpair, AF_UNIX, SOCK_STREAM, 0, AT(pair)), 0);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(cmsg) = FILES;
	*iov = (struct iovec){ pair, 1 };
	*msg = (struct msghdr){
		.msg_iov = iov,
		.msg_iovlen = 1,
		.msg_control = cmsg,
		.msg_controllen = CMSG_SPACE(sizeof(int)),
	};
	REFUSED(process, EBADF, sendmsg, pair[0], AT(msg), 0);
	msg->msg_controllen = 0;
	iov->iov_base = process;
	REFUSED(process, EFAULT, sendmsg, pair[0], AT(msg), 0);
	msg->msg_iov = (struct iovec *)process;
	REFUSED(process, EFAULT, sendmsg, pair[0], AT(msg), 0);
	/* Watching is in this policy; what it can look at is as modes and owners say. */
	assert_true(CALL(process, inotify_init1, 0) >= 0);
}

static bool landlock_knows_abstract_sockets(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 6;
}

static void test_unix(void **state)
{
	struct process *process = *state;
	struct sockaddr_un *addr = process_memory(process, sizeof(*addr));
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int64_t fd;

	REFUSED(process, EPERM, socket, AF_INET, SOCK_STREAM, 0);
	REFUSED(process, EPERM, kill, getpid(), 0);
	/* With these calls, too, an ordinary user stays one. */
	REFUSED(process, EPERM, setuid, 0);
	REFUSED(process, EPERM, setresuid, 0, 0, 0);
	REFUSED(process, EPERM, setgid, 0);
	REFUSED(process, EPERM, setgroups, 0, 0);
	REFUSED(process, EPERM, chown, STR("."), 0, 0);
	REFUSED(process, EACCES, chown, PATH("outside/file"), UID, -1);
	addr->sun_family = AF_UNIX;
	strcpy(addr->sun_path, "socket");
	fd = CALL(process, socket, AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(CALL(process, bind, fd, AT(addr), sizeof(*addr)), 0);
	fd = CALL(process, socket, AF_UNIX, SOCK_STREAM, 0);
	strcpy(addr->sun_path, "../outside/socket");
	REFUSED(process, EACCES, bind, fd, AT(addr), sizeof(*addr));
	if (landlock_knows_abstract_sockets()) {
		snprintf(addr->sun_path, sizeof(addr->sun_path), "_nimbos-%d", getpid());
		addr->sun_path[0] = '\0';
		assert_int_equal(bind(listener, (struct sockaddr *)addr, sizeof(*addr)), 0);
		assert_int_equal(listen(listener, 1), 0);
		REFUSED(process, EPERM, connect, fd, AT(addr), sizeof(*addr));
	}
	close(listener);
}

/* What is mounted in the directory stays there, read-only: nobody comes to what is below. */
static void test_mount(void **state)
{
	struct process *process = *state;

	assert_true(CALL(process, open, STR("mounted/file"), O_RDONLY) >= 0);
	assert_int_equal(CALL(process, open, STR("mounted/below"), O_RDONLY), -ENOENT);
	REFUSED(process, EACCES, open, STR("mounted/file"), O_RDWR);
	REFUSED(process, EACCES, creat, STR("mounted/new"), 0600);
	REFUSED(process, EACCES, mkdir, STR("mounted/new"), 0700);
}

/* A file with this user's rights for whoever executes it. */
static void test_set_id(void **state)
{
	struct process *process = *state;
	struct stat *st = process_memory(process, sizeof(*st));
	struct open_how *how = process_memory(process, sizeof(*how));
	int64_t fd = CALL(process, creat, STR("file"), 0600);

	assert_true(fd >= 0);
	REFUSED(process, EPERM, chmod, STR("file"), 04755);
	REFUSED(process, EPERM, chmod, STR("file"), 02755);
	REFUSED(process, EPERM, fchmod, fd, 06755);
	REFUSED(process, EPERM, fchmodat, AT_FDCWD, STR("file"), 04755);
	REFUSED(process, EPERM, fchmodat2, AT_FDCWD, STR("file"), 04755, 0);
	REFUSED(process, EPERM, open, STR("new"), O_CREAT | O_WRONLY, 04755);
	REFUSED(process, EPERM, openat, AT_FDCWD, STR("new"), O_CREAT | O_WRONLY, 04755);
	REFUSED(process, EPERM, openat, AT_FDCWD, STR("."), O_TMPFILE | O_WRONLY, 04755);
	REFUSED(process, EPERM, creat, STR("new"), 02755);
	REFUSED(process, EPERM, mkdir, STR("new"), 02755);
	REFUSED(process, EPERM, mkdirat, AT_FDCWD, STR("new"), 02755);
	REFUSED(process, EPERM, mknod, STR("new"), S_IFREG | 04755, 0);
	REFUSED(process, EPERM, mknodat, AT_FDCWD, STR("new"), S_IFREG | 04755, 0);
	*how = (struct open_how){ .flags = O_CREAT | O_WRONLY, .mode = 04755 };
	REFUSED(process, EPERM, openat2, AT_FDCWD, STR("new"), AT(how), sizeof(*how));
	how->mode = 0640;
	assert_true(CALL(process, openat2, AT_FDCWD, STR("new"), AT(how), sizeof(*how)) >= 0);
	assert_int_equal(CALL(process, stat, STR("new"), AT(st)), 0);
	assert_int_equal(st->st_mode & 07777 & ~0640, 0);
	assert_true(CALL(process, open, STR("new"), O_RDONLY, -1L) >= 0);
	assert_int_equal(CALL(process, chmod, STR("new"), 01750), 0);
}

/* A line of /proc/PID/status; the first column is its name. */
static void assert_status(const struct process *process, const char *expected)
{
	char path[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", process->shadow);
	file = fopen(path, "r");
	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, expected);
	}
	fclose(file);
	if (!found)
		fail_msg("no line %s", expected);
}

static void test_rights(void **state)
{
	struct process *process = *state;
	struct stat *st = process_memory(process, sizeof(*st));
	struct rlimit *limit = process_memory(process, sizeof(*limit));
	char *buf = process_memory(process, 64);

	assert_status(process, "Uid:\t65534\t65534\t65534\t65534");
	assert_status(process, "Gid:\t65534\t65534\t65534\t65534");
	assert_status(process, "Groups:\t ");
	assert_status(process, "CapEff:\t0000000000000000");
	assert_status(process, "CapPrm:\t0000000000000000");
	assert_status(process, "NoNewPrivs:\t1");
	assert_status(process, "Seccomp:\t2");
	assert_int_equal(CALL(process, getuid, 0), UID);
	for (int fd = 0; fd < 3; fd++) {
		assert_int_equal(CALL(process, fstat, fd, AT(st)), 0);
		assert_true(S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3));
	}
	assert_int_equal(CALL(process, read, 0, AT(buf), 1), 0);
	assert_int_equal(CALL(process, write, 1, AT(buf), 1), 1);
	for (int fd = 3; fd < FILES; fd++)
		assert_int_equal(CALL(process, fcntl, fd, F_GETFD), -EBADF);
	for (int fd = 3; fd < FILES; fd++)
		assert_int_equal(CALL(process, dup, 0), fd);
	assert_int_equal(CALL(process, dup, 0), -EMFILE);
	assert_int_equal(CALL(process, getrlimit, RLIMIT_CORE, AT(limit)), 0);
	assert_int_equal(limit->rlim_max, 0);
	assert_int_equal(CALL(process, getrlimit, RLIMIT_FSIZE, AT(limit)), 0);
	assert_int_equal(limit->rlim_max, 1 << 30);
	assert_int_equal(CALL(process, getrlimit, RLIMIT_RTPRIO, AT(limit)), 0);
	assert_int_equal(limit->rlim_max, 0);
}

/* A policy is there for work to be done. */
static void test_work(void **state)
{
	struct process *process = *state;
	char *buf = process_memory(process, 4096);
	char *back = process_memory(process, 4096);
	int *fds = process_memory(process, 8);
	struct rlimit *limit = process_memory(process, sizeof(*limit));
	char line[512];
	int64_t fd;

	memset(buf, 'x', 4096);
	fd = CALL(process, open, STR("file"), O_CREAT | O_RDWR, 0600);
	assert_true(fd >= 0);
	assert_int_equal(CALL(process, write, fd, AT(buf), 4096), 4096);
	assert_int_equal(CALL(process, pread64, fd, AT(back), 4096, 0), 4096);
	assert_memory_equal(buf, back, 4096);
	assert_int_equal(CALL(process, ftruncate, fd, 100), 0);
	assert_int_equal(CALL(process, truncate, PATH("inside/file"), 10), 0);
	assert_int_equal(CALL(process, mkdir, STR("directory"), 0700), 0);
	assert_int_equal(CALL(process, rename, STR("file"), PATH("inside/directory/file")), 0);
	assert_int_equal(CALL(process, link, STR("directory/file"), STR("again")), 0);
	assert_int_equal(CALL(process, chmod, STR("again"), 0640), 0);
	assert_int_equal(CALL(process, utimensat, AT_FDCWD, STR("again"), 0, 0), 0);
	assert_int_equal(CALL(process, symlink, STR("again"), STR("link")), 0);
	fd = CALL(process, open, STR("link"), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(CALL(process, read, fd, AT(back), 4096), 10);
	assert_int_equal(CALL(process, unlink, STR("again")), 0);
	assert_int_equal(CALL(process, mknod, STR("fifo"), S_IFIFO | 0600, 0), 0);
	fd = CALL(process, open, STR("."), O_RDONLY | O_DIRECTORY);
	assert_true(CALL(process, getdents64, fd, AT(back), 4096) > 0);
	fd = CALL(process, open, PATH("readable/file"), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(CALL(process, read, fd, AT(back), 6), 6);
	assert_memory_equal(back, "public", 6);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_MMAP, AT(back), 4096, PROT_READ,
				 MAP_PRIVATE, fd, 0), AT(back));
	assert_int_equal(CALL(process, clock_gettime, CLOCK_REALTIME, AT(back)), 0);
	*(struct timespec *)back = (struct timespec){ 0, 1000000 };
	assert_int_equal(CALL(process, nanosleep, AT(back), 0), 0);
	*limit = (struct rlimit){ 32, 32 };
	assert_int_equal(CALL(process, setrlimit, RLIMIT_NOFILE, AT(limit)), 0);
	assert_int_equal(CALL(process, prlimit64, 0, RLIMIT_NOFILE, 0, AT(limit)), 0);
	assert_int_equal(limit->rlim_cur, 32);

	assert_int_equal(CALL(process, pipe2, AT(fds), 0), 0);
	for (unsigned int lane = 1; lane < LANES; lane++) {
		assert_true(process_clone(process, lane) > 0);
		assert_int_equal(CALL_ON(process, lane, SYS_write, fds[1], AT(buf), 10), 10);
	}
	for (unsigned int lane = 1; lane < LANES; lane++) {
		assert_int_equal(CALL_ON(process, 0, SYS_read, fds[0], AT(back), 10), 10);
		assert_int_equal(CALL_ON(process, lane, NIMBOS_SCF_NR_EXIT), 0);
	}
	assert_true(CALL_ON(process, 0, NIMBOS_SCF_NR_CLONE, 1) > 0);
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_EXEC, STR("other")), 0);
	assert_false(next_refusal(process, line));
	assert_int_equal(CALL_ON(process, 0, NIMBOS_SCF_NR_EXIT_GROUP, 7), 0);
	assert_int_equal(process_wait(process), 7 << 8);
}

static void test_inherited(void **state)
{
	struct process *process = *state;
	static const char text[] = "a text of the program\n";
	struct stat *st = process_memory(process, sizeof(*st));
	struct rlimit *limit = process_memory(process, sizeof(*limit));
	FILE *log = process->slot.data;
	char line[512] = "";

	assert_int_equal(CALL(process, fstat, 0, AT(st)), 0);
	assert_true(S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3));
	assert_int_equal(CALL(process, write, 2, STR(text), strlen(text)), strlen(text));
	while (fgets(line, sizeof(line), log) && strcmp(line, text))
		;
	assert_string_equal(line, text);
	/* The priority that the policy says, or less if nobody may have that here. */
	assert_int_equal(CALL(process, getrlimit, RLIMIT_RTPRIO, AT(limit)), 0);
	assert_int_equal(limit->rlim_max, highest_priority());
}

/* A few lines at once, then the number of those that are not there. */
static void test_log_is_limited(void **state)
{
	struct process *process = *state;
	unsigned int lines = 0, told = 0;
	char line[512];

	while (!told) {
		for (int i = 0; i < 1000; i++)
			assert_int_equal(CALL(process, ptrace, 0), -EPERM);
		while (next_refusal(process, line)) {
			const char *field = strstr(line, " suppressed=");

			assert_non_null(field);
			told += strtoul(strchr(field, '=') + 1, NULL, 10);
			lines++;
		}
		assert_true(lines < 100);
	}
	assert_true(lines >= 32);
	assert_true(told >= 100);
}

static void as_it_is(void)
{
}

static void as_ordinary_user(void)
{
	if (setgid(UID) || setuid(UID))
		_exit(1);
}

/* A Linux that has no Landlock, or one from before 5.13. */
static void without_landlock(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SYS_landlock_create_ruleset, 0) ||
	    seccomp_load(filter))
		_exit(1);
}

/* A shadow with a policy of @lines does not begin, and says why. */
static void assert_not_started(const struct process *process, void (*prepare)(void),
			       const char *lines, const char *why)
{
	char path[256], option[300], sim[300], text[2048];
	int shadow = open(getenv("NIMBOS_SHADOW"), O_PATH | O_CLOEXEC);
	int status, fds[2];
	ssize_t n, len = 0;
	pid_t pid;

	format_path(process, "wrong.conf", path);
	write_file(process, "wrong.conf", lines, 0644);
	snprintf(option, sizeof(option), "--config=%s", path);
	snprintf(sim, sizeof(sim), "--sim=%s/outside/sim", process->dir);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		static char *const environment[] = { NULL };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDERR_FILENO);
		prepare();
		fexecve(shadow, (char *[]){ "nimbos-shadow", option, sim, "program", NULL },
			environment);
		_exit(99);
	}
	close(fds[1]);
	while ((n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(fds[0]);
	close(shadow);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != EXIT_NOT_STARTED << 8 || !strstr(text, why))
		fail_msg("'%s': status 0x%x, %s", why, status, text);
}

static void test_not_started(void **state)
{
	static const struct {
		void (*prepare)(void);
		const char *lines;
		const char *why;
	} wrong[] = {
		{ as_it_is, "user = no-such-user\n", "there is no such user; make one, or" },
		{ as_it_is, "user = root\n", "root's rights are no policy" },
		{ as_it_is, "user = nobody\ngroup = root\n", "root's rights are no policy" },
		{ as_it_is, "user = nobody\ngroup = no-such-group\n", "there is no such group" },
		{ as_it_is, "usr = nobody\n", "has no key 'usr'; there are user, group, " },
		{ as_it_is, "user = nobody\ndirectory = relative\n",
		  "directory = 'relative' is not an absolute path" },
		{ as_it_is, "user = nobody\ndirectory = /\n", "directory = '/' is not" },
		{ as_it_is, "user = nobody\ndirectory = //\n", "directory = '//' is not" },
		{ as_it_is, "user = nobody\ndirectory = /.\n", "directory = '/.' is not" },
		{ as_it_is, "user = nobody\ndirectory = /tmp/..\n",
		  "directory = '/tmp/..' is not" },
		{ as_it_is, "user = nobody\ndirectory = /proc/self/root\n",
		  "directory = '/proc/self/root' is not" },
		{ as_it_is, "user = nobody\ndirectory = /no/such/directory\n",
		  "path=\"/no/such/directory\" error=2" },
		{ as_it_is, "user = nobody\ndirectory = /tmp\nread-only = /no/such/file\n",
		  "path=\"/no/such/file\" error=2" },
		{ as_it_is, "user = nobody\ncalls = @no-such-group\n",
		  "calls = '@no-such-group' is not names of calls" },
		/* What is never forwarded cannot be given. */
		{ as_it_is, "user = nobody\ncalls = @default ptrace\n",
		  "calls = '@default ptrace' is not names of calls" },
		{ as_it_is, "user = nobody\ncalls = mmap\n", "calls = 'mmap' is not" },
		{ as_it_is, "user = nobody\ninherit = 0\n",
		  "inherit = '0' is not of stdin, stdout and stderr" },
		{ as_it_is, "user = nobody\nfiles = 0\n",
		  "files = '0' is not a number from 16 to 65536" },
		{ as_ordinary_user, "user = nobody\ndirectory = /tmp\n",
		  "a shadow with --config starts as root" },
		{ without_landlock, "user = nobody\ndirectory = /tmp\n",
		  "no Landlock, which a policy needs" },
	};
	struct process *process = *state;
	char lines[512];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(lines, sizeof(lines), "[policy]\n%s", wrong[i].lines);
		assert_not_started(process, wrong[i].prepare, lines, wrong[i].why);
	}
}

static void test_enough_attempts(void **state)
{
	(void)state;
	print_message("%u attempts to get out\n", attempts);
	assert_true(attempts >= 200);
}

#define STRICTEST(name) cmocka_unit_test_setup_teardown(name, setup_strictest, process_teardown)
#define WITH(name, what) cmocka_unit_test_setup_teardown(name, setup_##what, process_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STRICTEST(test_nothing_else_refuses),
		STRICTEST(test_names),
		STRICTEST(test_links),
		STRICTEST(test_places),
		STRICTEST(test_processes_files),
		STRICTEST(test_names_of_descriptors),
		STRICTEST(test_devices),
		STRICTEST(test_calls),
		STRICTEST(test_more_calls),
		STRICTEST(test_programs),
		STRICTEST(test_processes),
		STRICTEST(test_pointers),
		STRICTEST(test_own_descriptors),
		WITH(test_network, network),
		WITH(test_unix, unix),
		cmocka_unit_test_setup_teardown(test_mount, setup_mount, teardown_mount),
		STRICTEST(test_set_id),
		STRICTEST(test_rights),
		STRICTEST(test_work),
		WITH(test_inherited, output),
		STRICTEST(test_log_is_limited),
		STRICTEST(test_not_started),
		cmocka_unit_test(test_enough_attempts),
	};

	if (geteuid()) {
		puts("1..0 # SKIP a shadow with a policy starts as root");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
