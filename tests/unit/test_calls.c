// SPDX-License-Identifier: GPL-2.0
/*
 * The shadow's table of calls, and its checks of plain arguments.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls_fixture.h"
#include "policy.h"

static const struct {
	unsigned int nr;
	const char *name;
} linux_calls[] = {
#define LINUX_CALL(nr, name) { nr, #name },
#include "linux_calls.h"
};

#define LINUX_CALLS (sizeof(linux_calls) / sizeof(linux_calls[0]))
#define LAST_NR 1024

static void test_every_call_of_linux_is_known(void **state)
{
	(void)state;
	assert_true(LINUX_CALLS > 350);
	for (size_t i = 0; i < LINUX_CALLS; i++) {
		const struct call *call = call_lookup(linux_calls[i].nr);

		if (!call->name)
			fail_msg("no entry for %u, %s", linux_calls[i].nr, linux_calls[i].name);
		assert_string_equal(call->name, linux_calls[i].name);
		assert_int_not_equal(call->class, CALL_UNKNOWN);
	}
}

/* As a kernel's headers declare them; the table was not made from those. */
static const struct {
	const char *name;
	const char *kinds;
} prototypes[] = {
#define PROTOTYPE(name, kinds) { #name, kinds },
#include "linux_prototypes.h"
};

/* The last call of the kernel that the prototypes are from. */
#define LAST_PROTOTYPE 450

static const char *find_prototype(const char *name)
{
	/* What it declares by other names. */
	static const char *const others[][2] = {
		{ "stat", "newstat" },	     { "fstat", "newfstat" }, { "lstat", "newlstat" },
		{ "sendfile", "sendfile64" }, { "uname", "newuname" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcmp(others[i][0], name))
			name = others[i][1];
	}
	for (size_t i = 0; i < sizeof(prototypes) / sizeof(prototypes[0]); i++) {
		if (!strcmp(prototypes[i].name, name))
			return prototypes[i].kinds;
	}
	fail_msg("no prototype of %s", name);
	return NULL;
}

static char kind_of(const struct arg *arg)
{
	switch (arg->type) {
	case ARG_FD:
		return 'f';
	case ARG_VALUE:
		return 'v';
	default:
		return 'p';
	}
}

/* A pointer or a descriptor that is taken for a plain value would be passed on unchecked. */
static void test_table_is_as_linux_declares(void **state)
{
	unsigned int compared = 0;

	(void)state;
	for (unsigned int nr = 0; nr <= LAST_PROTOTYPE; nr++) {
		const struct call *call = call_lookup(nr);
		const char *kinds;
		size_t n;

		if (call->class != CALL_REMOTE || call->handler)
			continue;
		kinds = find_prototype(call->name);
		n = strlen(kinds);
		for (size_t i = 0; i < 6; i++) {
			if (call->arg[i].type == ARG_DROP)
				continue;
			/* Calls on sockets are declared without names. */
			if (i >= n || (kinds[i] != kind_of(&call->arg[i]) &&
				       !(kinds[i] == 'v' && call->arg[i].type == ARG_FD)))
				fail_msg("%s, argument %zu: Linux has %s", call->name, i, kinds);
		}
		compared++;
	}
	assert_true(compared > 150);
}

/* What a length belongs to has to be checked by it, and every other index has to make sense. */
static void test_table_is_sound(void **state)
{
	(void)state;
	for (unsigned int nr = 0; nr < LAST_NR; nr++) {
		const struct call *call = call_lookup(nr);

		for (int i = 0; i < 6; i++) {
			const struct arg *arg = &call->arg[i];
			int lengths = 0;

			for (int j = 0; j < 6; j++)
				lengths += call->arg[j].type == ARG_SOCKLEN &&
					   call->arg[j].index == i;
			assert_int_equal(lengths, arg->type == ARG_ADDRESS);
			if (arg->type == ARG_IOVEC ||
			    (arg->type == ARG_MEMORY && arg->index != ARG_NO_INDEX))
				assert_int_equal(call->arg[arg->index].type, ARG_VALUE);
			if (arg->type == ARG_MEMORY)
				assert_true(arg->scale || arg->base);
		}
	}
}

static void test_classes(void **state)
{
	struct calls *calls = *state;
	const uint64_t args[6] = { 0 };

	for (unsigned int nr = 0; nr < 0x10000; nr++) {
		unsigned int class = call_lookup(nr)->class;

		if (class == CALL_DENIED)
			assert_int_equal(call_execute(&calls->caller, nr, args), -EPERM);
		else if (class != CALL_REMOTE)
			assert_int_equal(call_execute(&calls->caller, nr, args), -ENOSYS);
	}
	assert_int_equal(CALL(calls, ptrace, 0), -EPERM);
	assert_int_equal(CALL(calls, io_uring_setup, 0), -EPERM);
	assert_int_equal(CALL(calls, pidfd_getfd, 0), -EPERM);
	assert_int_equal(CALL(calls, process_vm_writev, 0), -EPERM);
	assert_int_equal(CALL(calls, userfaultfd, 0), -EPERM);
	assert_int_equal(CALL(calls, brk, 0), -ENOSYS);
	assert_int_equal(CALL(calls, fork, 0), -ENOSYS);
	assert_int_equal(CALL(calls, execve, 0), -ENOSYS);
	assert_int_equal(CALL(calls, getpid, 0), getpid());
}

/* Places where no call may be led to, whatever it would do there. */
static void outside(const struct calls *calls, uint64_t len, uint64_t *places, size_t *n)
{
	const uint64_t end = AT(calls->window) + WINDOW_SIZE;

	*n = 0;
	places[(*n)++] = AT(calls->window) - 1;
	places[(*n)++] = AT(calls->window) - len;
	places[(*n)++] = end - len + 1;
	places[(*n)++] = end;
	places[(*n)++] = AT(calls->canary);
	places[(*n)++] = AT(calls);
	places[(*n)++] = 1;
	places[(*n)++] = UINT64_MAX;
	places[(*n)++] = UINT64_MAX - len + 1;
	places[(*n)++] = 1ULL << 63;
	places[(*n)++] = 0xffff888000000000;
}

/* Each pointer of each call in turn; @bad is too late to be noticed if the call is executed. */
static void test_pointers_outside(void **state)
{
	struct calls *calls = *state;
	uint64_t places[16];
	unsigned int tried = 0;
	size_t n;

	for (unsigned int nr = 0; nr < LAST_NR; nr++) {
		const struct call *call = call_lookup(nr);

		if (call->class != CALL_REMOTE || call->handler)
			continue;
		for (int i = 0; i < 6; i++) {
			const struct arg *arg = &call->arg[i];
			uint64_t len = 1;

			if (arg->type == ARG_SOCKLEN)
				len = sizeof(socklen_t);
			else if (arg->type == ARG_IOVEC)
				len = sizeof(struct iovec);
			else if (arg->type == ARG_MEMORY)
				len = arg->base + arg->scale;
			else if (arg->type != ARG_STRING)
				continue;
			outside(calls, len, places, &n);
			for (size_t j = 0; j < n; j++) {
				uint64_t args[6] = { 0 };

				/* A string may begin at the last byte; it would go on behind it. */
				memset(calls->window, 'x', WINDOW_SIZE);
				if (arg->type == ARG_MEMORY && arg->index != ARG_NO_INDEX)
					args[arg->index] = 1;
				if (arg->type == ARG_IOVEC)
					args[arg->index] = 1;
				if (arg->type == ARG_SOCKLEN)
					args[arg->index] = AT(calls->window);
				args[i] = places[j];
				if (call_execute(&calls->caller, nr, args) != -EFAULT)
					fail_msg("%s, argument %d at %lx", call->name, i,
						 places[j]);
				tried++;
			}
		}
	}
	assert_true(tried > 1000);
}

static void test_lengths(void **state)
{
	struct calls *calls = *state;
	int null = open("/dev/null", O_RDWR);
	static const uint64_t bad[] = { WINDOW_SIZE + 1, 1ULL << 32, 1ULL << 63, UINT64_MAX,
					UINT64_MAX - WINDOW_SIZE };

	assert_true(null >= 0);
	assert_int_equal(CALL(calls, write, null, AT(calls->window), WINDOW_SIZE), WINDOW_SIZE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(CALL(calls, write, null, AT(calls->window), bad[i]), -EFAULT);
	/* So many elements that their size wraps around to little. */
	assert_int_equal(CALL(calls, getgroups, 1ULL << 62, AT(calls->window)), -EFAULT);
	assert_int_equal(CALL(calls, msgsnd, 0, AT(calls->window), UINT64_MAX - 3), -EFAULT);
	/* Nothing is touched, so nothing is wrong; and NULL is Linux's to judge. */
	assert_int_equal(CALL(calls, write, null, AT(calls->canary), 0), 0);
	assert_int_equal(CALL(calls, nanosleep, 0), -EFAULT);
	close(null);
}

static void test_strings(void **state)
{
	struct calls *calls = *state;
	char *end = calls->window + WINDOW_SIZE;

	memset(calls->window, '/', WINDOW_SIZE);
	assert_int_equal(CALL(calls, access, AT(calls->window), F_OK), -ENAMETOOLONG);
	assert_int_equal(CALL(calls, access, AT(end - PATH_MAX), F_OK), -ENAMETOOLONG);
	assert_int_equal(CALL(calls, access, AT(end - PATH_MAX + 1), F_OK), -EFAULT);
	assert_int_equal(CALL(calls, access, AT(end - 1), F_OK), -EFAULT);
	end[-1] = '\0';
	assert_int_equal(CALL(calls, access, AT(end - PATH_MAX), F_OK), 0);
	assert_int_equal(CALL(calls, access, AT(end - 1), F_OK), -ENOENT);
	assert_int_equal(CALL(calls, access, 0, F_OK), -EFAULT);
}

/* Each descriptor of each call in turn, as the shadow's own, also with other bits above. */
static void test_own_descriptors(void **state)
{
	struct calls *calls = *state;
	const uint64_t floor = calls->caller.fd_floor;
	const uint64_t own[] = { calls->own_fd, floor, INT_MAX, (1ULL << 32) | floor };
	unsigned int tried = 0;

	for (unsigned int nr = 0; nr < LAST_NR; nr++) {
		const struct call *call = call_lookup(nr);

		for (int i = 0; i < 6; i++) {
			if (call->handler || call->arg[i].type != ARG_FD)
				continue;
			for (size_t j = 0; j < sizeof(own) / sizeof(own[0]); j++) {
				uint64_t args[6] = { 0 };

				args[i] = own[j];
				if (call_execute(&calls->caller, nr, args) != -EBADF)
					fail_msg("%s, argument %d", call->name, i);
				tried++;
			}
		}
	}
	assert_true(tried > 200);
	assert_int_equal(CALL(calls, fcntl, calls->own_fd, F_GETFD), -EBADF);
	assert_int_equal(CALL(calls, ioctl, calls->own_fd, 0x5421), -EBADF);
	assert_int_equal(CALL(calls, sendmsg, calls->own_fd), -EBADF);
	assert_int_equal(CALL(calls, recvmsg, calls->own_fd), -EBADF);
	assert_int_equal(CALL(calls, sendmmsg, calls->own_fd), -EBADF);
	assert_int_equal(CALL(calls, recvmmsg, calls->own_fd), -EBADF);
	assert_int_equal(CALL(calls, setsockopt, calls->own_fd, SOL_SOCKET, SO_RCVBUF), -EBADF);
	assert_int_equal(CALL(calls, getsockopt, calls->own_fd, SOL_SOCKET, SO_RCVBUF), -EBADF);
	assert_true(fcntl(calls->own_fd, F_GETFD) >= 0);
}

/* Linux itself never gives the caller a number at the floor or above. */
static void test_floor_holds(void **state)
{
	struct calls *calls = *state;
	const uint64_t floor = calls->caller.fd_floor;
	struct rlimit *limit = (struct rlimit *)calls->window;
	struct rlimit before;

	assert_int_equal(CALL(calls, fcntl, 0, F_DUPFD, floor), -EINVAL);
	assert_int_equal(CALL(calls, fcntl, 0, F_DUPFD_CLOEXEC, floor - 1), floor - 1);
	assert_int_equal(CALL(calls, fcntl, 0, F_DUPFD_CLOEXEC, floor - 1), -EMFILE);
	assert_int_equal(CALL(calls, dup3, 0, floor, 0), -EBADF);
	/* Everything up from there, and the shadow's are still there. */
	assert_int_equal(CALL(calls, close_range, floor - 1, UINT_MAX, 0), 0);
	assert_int_equal(CALL(calls, close_range, floor, UINT_MAX, 0), 0);
	assert_int_equal(CALL(calls, close_range, 1, 0, 0), -EINVAL);
	assert_int_equal(CALL(calls, close_range, floor - 1, floor, 2), -EINVAL);
	assert_int_equal(fcntl(floor - 1, F_GETFD), -1);
	assert_true(fcntl(calls->own_fd, F_GETFD) >= 0);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	*limit = (struct rlimit){ floor + 1, before.rlim_max };
	assert_int_equal(CALL(calls, setrlimit, RLIMIT_NOFILE, AT(limit)), -EPERM);
	assert_int_equal(CALL(calls, prlimit64, 0, RLIMIT_NOFILE, AT(limit), 0), -EPERM);
	*limit = (struct rlimit){ 64, 64 };
	assert_int_equal(CALL(calls, prlimit64, getpid(), RLIMIT_NOFILE, AT(limit), 0), 0);
	assert_int_equal(CALL(calls, prlimit64, 0, RLIMIT_NOFILE, 0, AT(limit)), 0);
	assert_int_equal(limit->rlim_cur, 64);
	assert_int_equal(limit->rlim_max, before.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(CALL(calls, setrlimit, RLIMIT_AS, AT(limit)), -EPERM);
	assert_int_equal(CALL(calls, setrlimit, RLIMIT_NOFILE, AT(calls->canary)), -EFAULT);
	assert_int_equal(CALL(calls, prlimit64, 1, RLIMIT_NOFILE, AT(limit), 0), -EPERM);
}

static void test_socket_lengths(void **state)
{
	struct calls *calls = *state;
	socklen_t *len = (socklen_t *)calls->window;
	char *addr = calls->window + 64;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	*len = 110;
	assert_int_equal(CALL(calls, getsockname, fd, AT(addr), AT(len)), 0);
	assert_int_equal(*len, sizeof(sa_family_t));
	assert_int_equal(*(sa_family_t *)addr, AF_UNIX);
	*len = (socklen_t)-1;
	assert_int_equal(CALL(calls, getsockname, fd, AT(addr), AT(len)), -EINVAL);
	*len = WINDOW_SIZE;
	assert_int_equal(CALL(calls, getsockname, fd, AT(addr), AT(len)), -EFAULT);
	*len = 16;
	assert_int_equal(CALL(calls, getsockname, fd, AT(calls->canary), AT(len)), -EFAULT);
	assert_int_equal(CALL(calls, getsockname, fd, AT(addr), 0), -EFAULT);

	*len = 4;
	assert_int_equal(CALL(calls, getsockopt, fd, SOL_SOCKET, SO_TYPE, AT(addr), AT(len)), 0);
	assert_int_equal(*(int *)addr, SOCK_STREAM);
	assert_int_equal(CALL(calls, getsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, AT(addr),
			      AT(len)), -EPERM);
	assert_int_equal(CALL(calls, setsockopt, fd, SOL_SOCKET, SO_ATTACH_BPF, AT(addr), 4),
			 -EPERM);
	assert_int_equal(CALL(calls, setsockopt, fd, 283, 4, AT(addr), 32), -EPERM);
	/* What these write is as long as the memory says, not as the length does. */
	*len = 16;
	assert_int_equal(CALL(calls, getsockopt, fd, IPPROTO_IP, IP_MSFILTER, AT(addr), AT(len)),
			 -EPERM);
	assert_int_equal(CALL(calls, getsockopt, fd, IPPROTO_IP, MCAST_MSFILTER, AT(addr),
			      AT(len)), -EPERM);
	assert_int_equal(CALL(calls, getsockopt, fd, IPPROTO_IPV6, MCAST_MSFILTER, AT(addr),
			      AT(len)), -EPERM);
	assert_int_equal(CALL(calls, setsockopt, fd, SOL_SOCKET, SO_RCVBUF,
			      AT(calls->canary), 4), -EFAULT);
	close(fd);
}

/* The length comes back in an error, too, where Linux says by it how much there should be. */
static void test_socket_length_of_error(void **state)
{
	struct calls *calls = *state;
	socklen_t *len = (socklen_t *)calls->window;
	const gid_t group = getgid();
	int groups = getgroups(0, NULL);
	int fds[2];

	if (!groups) {
		if (setgroups(1, &group))
			skip();
		groups = 1;
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*len = 0;
	assert_int_equal(CALL(calls, getsockopt, fds[0], SOL_SOCKET, SO_PEERGROUPS,
			      AT(calls->window + 64), AT(len)), -ERANGE);
	assert_int_equal(*len, groups * sizeof(gid_t));
	close(fds[0]);
	close(fds[1]);
}

static void test_commands(void **state)
{
	struct calls *calls = *state;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	assert_int_equal(CALL(calls, ioctl, fds[0], 0x541b /* FIONREAD */, AT(calls->window)), 0);
	assert_int_equal(*(int *)calls->window, 3);
	assert_int_equal(CALL(calls, ioctl, fds[0], 0x541b, AT(calls->canary)), -EFAULT);
	/* TIOCSTI puts characters into a terminal; and a command that nobody knows. */
	assert_int_equal(CALL(calls, ioctl, fds[0], 0x5412, AT(calls->window)), -ENOTTY);
	assert_int_equal(CALL(calls, ioctl, fds[0], 0xc0debabe, AT(calls->canary)), -ENOTTY);
	assert_int_equal(CALL(calls, ioctl, 0, 0x40049409 /* FICLONE */, calls->own_fd), -EBADF);
	assert_int_equal(CALL(calls, fcntl, fds[0], F_GETLK, AT(calls->canary)), -EFAULT);
	assert_int_equal(CALL(calls, fcntl, fds[0], F_SETOWN, getpid()), -EPERM);
	assert_int_equal(CALL(calls, fcntl, fds[0], F_NOTIFY, 1), -EPERM);
	assert_int_equal(CALL(calls, fcntl, fds[0], F_SETFL, 020000 /* O_ASYNC */), -EPERM);
	assert_int_equal(CALL(calls, fcntl, fds[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(CALL(calls, prctl, 4 /* PR_SET_DUMPABLE */, 1), -EPERM);
	assert_int_equal(CALL(calls, prctl, 15 /* PR_SET_NAME */, AT(calls->canary)), -EFAULT);
	assert_int_equal(CALL(calls, semctl, 0, 0, 13 /* GETALL */, AT(calls->window)), -EPERM);
	assert_int_equal(CALL(calls, kill, getpid(), 0), -ENOSYS);
	assert_int_equal(CALL(calls, kill, 0, SIGTERM), -EPERM);
	assert_int_equal(CALL(calls, kill, (uint64_t)-1, SIGTERM), -EPERM);
	assert_int_equal(CALL(calls, kill, getppid(), 0), 0);
	close(fds[0]);
	close(fds[1]);
}

/* What the policy does not have is not executed, and children are all that may be killed. */
static void test_policy(void **state)
{
	struct calls *calls = *state;
	const struct policy policy = { .call = { [SYS_kill] = true, [SYS_getppid] = true } };
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		for (;;)
			pause();
	}
	calls->caller.policy = &policy;
	assert_int_equal(CALL(calls, getppid, 0), getppid());
	assert_int_equal(calls->caller.refusal, REFUSED_NOT);
	assert_int_equal(CALL(calls, getpid, 0), -EPERM);
	assert_int_equal(calls->caller.refusal, REFUSED_BY_POLICY);
	assert_int_equal(CALL(calls, kill, getppid(), 0), -EPERM);
	assert_int_equal(calls->caller.refusal, REFUSED_BY_POLICY);
	assert_int_equal(CALL(calls, kill, child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	/* It is nobody's any more. */
	assert_int_equal(CALL(calls, kill, child, 0), -EPERM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, calls_setup, calls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_call_of_linux_is_known),
		TEST(test_table_is_as_linux_declares),
		TEST(test_table_is_sound),
		TEST(test_classes),
		TEST(test_pointers_outside),
		TEST(test_lengths),
		TEST(test_strings),
		TEST(test_own_descriptors),
		TEST(test_floor_holds),
		TEST(test_socket_lengths),
		TEST(test_socket_length_of_error),
		TEST(test_commands),
		TEST(test_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
