// SPDX-License-Identifier: GPL-2.0
/*
 * The second line of defence: what calls a policy has, and what Linux makes of all others when they
 * are made without the shadow's table in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <linux/nimbos.h>

#include "call.h"
#include "confine.h"
#include "log.h"
#include "policy.h"
#include "shadow.h"

/* How a child ends: with its line, if something is not as it should be. */
#define CHECK(condition) \
	do { \
		if (!(condition)) \
			_exit(__LINE__ % 255 + 1); \
	} while (0)

static struct policy read_policy(const char *lines)
{
	char path[] = "/tmp/nimbos-policy-XXXXXX";
	char error[CONFIG_ERROR_SIZE] = "";
	int fd = mkstemp(path);
	struct policy policy;
	uint32_t peer = 0;

	assert_true(fd >= 0);
	dprintf(fd, "[peer]\nnumber = 3\nimage = file\n[policy]\nuser = nobody\n%s\n", lines);
	close(fd);
	if (policy_read(path, &peer, &policy, error))
		fail_msg("%s", error);
	unlink(path);
	assert_int_equal(peer, 3);
	free(policy.user);
	free(policy.directory);
	return policy;
}

/* The directory is called as the file is, where that is a name. */
static void test_directory(void **state)
{
	static const struct {
		const char *name;
		const char *directory;
	} files[] = {
		{ "demo.conf", "/var/lib/nimbos-shadow/demo" },
		{ "demo", "/var/lib/nimbos-shadow/demo" },
		{ "..conf", NULL },
		{ "...conf", NULL },
		{ ".conf", NULL },
	};
	char directory[] = "/tmp/nimbos-policy-XXXXXX";
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char error[CONFIG_ERROR_SIZE] = "";
		struct policy policy;
		uint32_t peer = 0;
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs("[policy]\nuser = nobody\n", file);
		fclose(file);
		assert_int_equal(policy_read(path, &peer, &policy, error),
				 files[i].directory ? 0 : -EINVAL);
		unlink(path);
		if (files[i].directory)
			assert_string_equal(policy.directory, files[i].directory);
		else
			assert_non_null(strstr(error, "is no name for one"));
		free(policy.user);
		free(policy.directory);
	}
	assert_int_equal(rmdir(directory), 0);
}

static bool allows(const struct policy *policy, unsigned int nr, uint64_t first)
{
	return policy_allows(policy, nr, (uint64_t[6]){ first });
}

static bool allows_pair(const struct policy *policy, uint64_t family, uint64_t type)
{
	return policy_allows(policy, SYS_socketpair, (uint64_t[6]){ family, type });
}

static void test_default(void **state)
{
	static const int given[] = { SYS_read, SYS_openat, SYS_nanosleep, SYS_getpid, SYS_kill,
				     SYS_ioctl };
	static const int refused[] = { SYS_socket, SYS_connect, SYS_setuid, SYS_setxattr,
				       SYS_ptrace, SYS_inotify_init1, SYS_mq_open, SYS_execve,
				       SYS_mmap, 400, POLICY_CALLS - 1, POLICY_CALLS, 1 << 30 };
	const struct policy policy = read_policy("");

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		assert_true(allows(&policy, given[i], 0));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(allows(&policy, refused[i], 0));
	assert_true(allows(NULL, SYS_ptrace, 0));
}

/* A pair of sockets is a way to nobody but each other. */
static void test_pairs(void **state)
{
	static const int families[] = { 0, AF_INET, AF_INET6, AF_NETLINK, AF_TIPC, -1 };
	const struct policy strict = read_policy("");
	const struct policy inet = read_policy("calls = @default @network");
	const struct policy local = read_policy("calls = @default @unix");

	(void)state;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		assert_false(allows_pair(&strict, families[i], SOCK_STREAM));
		assert_false(allows_pair(&inet, families[i], SOCK_STREAM));
		assert_false(allows_pair(&local, families[i], SOCK_STREAM));
	}
	assert_true(allows_pair(&strict, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC));
	assert_true(allows_pair(&inet, AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK));
	assert_true(allows_pair(&local, AF_UNIX, SOCK_DGRAM));
	assert_false(allows_pair(&strict, AF_UNIX, SOCK_DGRAM));
	assert_false(allows_pair(&inet, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC));
	assert_false(allows_pair(&inet, AF_UNIX, 1ULL << 32 | SOCK_DGRAM));
	assert_false(allows_pair(&inet, AF_UNIX, SOCK_RAW));
}

static void test_words(void **state)
{
	struct policy policy = read_policy("calls = ~openat ~@time");

	(void)state;
	assert_true(allows(&policy, SYS_open, 0));
	assert_false(allows(&policy, SYS_openat, 0));
	assert_false(allows(&policy, SYS_nanosleep, 0));

	policy = read_policy("calls = read write\ncalls = @time");
	assert_true(allows(&policy, SYS_read, 0));
	assert_true(allows(&policy, SYS_nanosleep, 0));
	assert_false(allows(&policy, SYS_close, 0));

	policy = read_policy("calls = @network @unix ~@network");
	assert_true(allows(&policy, SYS_connect, 0));
	assert_true(allows(&policy, SYS_socket, AF_UNIX));
	assert_false(allows(&policy, SYS_socket, AF_INET));

	policy = read_policy("calls = @network ~bind ~@unix");
	assert_true(allows(&policy, SYS_socket, AF_INET6));
	assert_true(allows(&policy, SYS_socket, 1ULL << 32 | AF_INET));
	assert_false(allows(&policy, SYS_socket, AF_UNIX));
	assert_false(allows(&policy, SYS_socket, AF_NETLINK));

	policy = read_policy("calls = @network ~@network");
	assert_false(allows(&policy, SYS_connect, 0));
	assert_false(allows(&policy, SYS_read, 0));
}

/* What @body does with the filter in force; the wait status. */
static int run_confined(const struct policy *policy, void (*body)(const struct policy *policy))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		/* cmocka would go on with the next test. */
		for (int signal_no = 1; signal_no < SIGRTMIN; signal_no++)
			signal(signal_no, SIG_DFL);
		alarm(60);
		CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		CHECK(!confine_calls(policy));
		body(policy);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Workers' own: not in every policy, but never refused by Linux. */
static bool is_own(int nr)
{
	static const int own[] = {
		SYS_read, SYS_write, SYS_close, SYS_poll, SYS_ppoll, SYS_futex, SYS_munmap,
		SYS_madvise, SYS_brk, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
		SYS_restart_syscall, SYS_exit, SYS_exit_group, SYS_gettid, SYS_getpid, SYS_tgkill,
		SYS_set_robust_list, SYS_rseq, SYS_sched_yield, SYS_sched_getaffinity,
		SYS_sched_setscheduler, SYS_fcntl, SYS_pipe2, SYS_pidfd_open, SYS_wait4, SYS_waitid,
		SYS_recvmsg, SYS_sendmsg, SYS_pread64, SYS_getrandom, SYS_clock_gettime,
		SYS_clock_nanosleep, SYS_clone3,
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (own[i] == nr)
			return true;
	}
	return false;
}

/* Linux does not ask seccomp: these are a probe's, and SIGILL everywhere else. */
static bool is_probe(int nr)
{
	return nr == 335 || nr == 336;
}

/* Should Linux execute one of them, it is with nothing that makes sense. */
static void make_all_others(const struct policy *policy)
{
	for (int nr = 0; nr < POLICY_CALLS; nr++) {
		if (is_own(nr) || is_probe(nr) || (policy->call[nr] && !policy->ruled[nr]))
			continue;
		errno = 0;
		if (syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L) != -1 || errno != EPERM) {
			dprintf(2, "# %s (%d) was not refused: %s\n", call_lookup(nr)->name, nr,
				strerror(errno));
			_exit(1);
		}
	}
}

static void test_filter_refuses(void **state)
{
	static const char *const lines[] = { "", "calls = read", "calls = ~@files",
					     "calls = @default @network @owners" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct policy policy = read_policy(lines[i]);

		assert_int_equal(run_confined(&policy, make_all_others), 0);
	}
}

#define FAILS(error, ...) CHECK(syscall(__VA_ARGS__) == -1 && errno == (error))

static void make_narrow_calls(const struct policy *policy)
{
	struct rlimit limit = { 16, 16 };
	int fds[2];

	(void)policy;
	FAILS(EPERM, SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FAILS(EPERM, SYS_mprotect, 0, 4096, PROT_EXEC);
	FAILS(EPERM, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	FAILS(EPERM, SYS_clone, CLONE_NEWNS | CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0, 0);
	FAILS(EPERM, SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	FAILS(ENOSYS, SYS_clone3, 0, 0);
	FAILS(EPERM, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	FAILS(EPERM, SYS_prctl, PR_SET_SECCOMP, 0, 0, 0, 0);
	FAILS(EPERM, SYS_prlimit64, getppid(), RLIMIT_NOFILE, &limit, 0);
	FAILS(EPERM, SYS_ioctl, 0, TIOCSTI, "x");
	FAILS(EPERM, SYS_ioctl, 0, 1ULL << 32 | TIOCSTI, "x");
	FAILS(EPERM, SYS_ioctl, 0, TIOCLINUX, "");
	FAILS(EPERM, SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	FAILS(EPERM, SYS_socket, AF_NETLINK, SOCK_RAW, 0);
	FAILS(EPERM, SYS_socket, 1ULL << 32 | AF_PACKET, SOCK_RAW, 0);
	FAILS(EPERM, SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, fds);
	FAILS(EPERM, SYS_socketpair, AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0, fds);
	FAILS(EPERM, SYS_socketpair, AF_INET, SOCK_STREAM, 0, fds);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
	FAILS(EPERM, SYS_chmod, "/no/such/file", 04755);
	FAILS(EPERM, SYS_chmod, "/no/such/file", 1ULL << 32 | 02755);
	FAILS(ENOENT, SYS_chmod, "/no/such/file", 01755);
	FAILS(EPERM, SYS_fchmod, -1, 06755);
	FAILS(EPERM, SYS_fchmodat, AT_FDCWD, "/no/such/file", 04755);
	FAILS(EPERM, SYS_mkdir, "/no/such/directory", 02755);
	FAILS(EPERM, SYS_mknod, "/no/such/file", S_IFREG | 04755, 0);
	FAILS(EPERM, SYS_creat, "/no/such/file", 04755);
	FAILS(EPERM, SYS_open, "/no/such/file", O_CREAT | O_WRONLY, 04755);
	FAILS(EPERM, SYS_openat, AT_FDCWD, "/no/such/file", O_CREAT | O_WRONLY, 02755);
	FAILS(EPERM, SYS_openat, AT_FDCWD, "/no/such", O_TMPFILE | O_WRONLY, 04755);
	/* Whatever there is where the mode would be. */
	FAILS(ENOENT, SYS_open, "/no/such/file", O_DIRECTORY, -1L);
	FAILS(ENOENT, SYS_openat, AT_FDCWD, "/no/such/file", O_CREAT | O_WRONLY, 01755);
	FAILS(EPERM, SYS_memfd_create, "huge", MFD_HUGETLB);
	FAILS(EPERM, SYS_setpriority, PRIO_USER, 0, 0);
	FAILS(EPERM, SYS_setpriority, PRIO_PGRP, 0, 0);
	FAILS(EPERM, SYS_setpriority, PRIO_PROCESS, getppid(), 0);
	FAILS(EPERM, SYS_ioprio_set, 2 /* IOPRIO_WHO_PGRP */, 0, 0);
	FAILS(EPERM, SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, getppid(), 0);
	CHECK(!setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0)));
	CHECK(memfd_create("small", MFD_CLOEXEC) >= 0);
	FAILS(EPERM, SYS_execve, "/bin/true", 0, 0);
	FAILS(EPERM, SYS_execveat, AT_FDCWD, "/bin/true", 0, 0, 0);
}

static void *do_nothing(void *arg)
{
	return arg;
}

static void work(const struct policy *policy)
{
	struct rlimit limit;
	pthread_t thread;
	int fds[2], bytes;
	void *memory;
	pid_t pid;

	(void)policy;
	CHECK(!pipe(fds));
	CHECK(write(fds[1], "text", 4) == 4);
	CHECK(!ioctl(fds[0], FIONREAD, &bytes) && bytes == 4);
	/* Not the device: but that is what it says, and not seccomp. */
	CHECK(ioctl(fds[0], NIMBOS_IOC_QUERY, NULL) == -1 && errno == ENOTTY);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED && !munmap(memory, 4096));
	CHECK(!pthread_create(&thread, NULL, do_nothing, NULL));
	CHECK(!pthread_join(thread, NULL));
	CHECK(!prctl(PR_SET_NAME, "name"));
	CHECK(!getrlimit(RLIMIT_NOFILE, &limit) && !setrlimit(RLIMIT_NOFILE, &limit));
	CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		_exit(7);
	CHECK(waitpid(pid, &bytes, 0) == pid && bytes == 7 << 8);
}

static void test_narrow_calls(void **state)
{
	const struct policy policy = read_policy("calls = @default @network");

	(void)state;
	assert_int_equal(run_confined(&policy, make_narrow_calls), 0);
	assert_int_equal(run_confined(&policy, work), 0);
}

/* The other ways into the kernel, with other numbers. */
static void make_x32_call(const struct policy *policy)
{
	(void)policy;
	syscall(0x40000000 | SYS_getpid);
}

static void test_other_numbers(void **state)
{
	const struct policy policy = read_policy("");
	int status = run_confined(&policy, make_x32_call);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void log_refusals(const struct worker *worker)
{
	for (int i = 0; i < 100; i++)
		refusal_log(worker, SYS_ptrace, -EPERM);
}

/* Each child of a fork has not a burst of its own. */
static void test_log_of_forks(void **state)
{
	const struct policy policy = read_policy("");
	const struct worker worker = {
		.caller = { .policy = &policy, .refusal = REFUSED_ALWAYS },
	};
	FILE *log = tmpfile();
	unsigned int lines = 0;
	char line[512];
	int status;

	(void)state;
	assert_non_null(log);
	assert_int_equal(refusal_init(), 0);
	log_set_fd(fileno(log));
	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid) {
			log_refusals(&worker);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	log_set_fd(STDERR_FILENO);
	rewind(log);
	while (fgets(line, sizeof(line), log))
		lines++;
	fclose(log);
	assert_true(lines >= 32);
	/* In the time that this takes, a few more. */
	assert_true(lines < 64);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directory),      cmocka_unit_test(test_default),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_filter_refuses), cmocka_unit_test(test_narrow_calls),
		cmocka_unit_test(test_other_numbers),  cmocka_unit_test(test_log_of_forks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
