// SPDX-License-Identifier: GPL-2.0
/*
 * Intel's interface of user interrupts, as libnimbos has it: what it refuses, how it waits, and
 * what it leaves alone. Without user interrupts, that it says so.
 */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <x86gprintrin.h>

#include "nimbos/uintr.h"
#include "selftest.h"

#include "kselftest_harness.h"

#define HANDLER __attribute__((interrupt, target("general-regs-only")))

static volatile unsigned int received;
static volatile unsigned long long received_vector;

static void HANDLER handler(struct __uintr_frame *frame, unsigned long long vector)
{
	received_vector = vector;
	received++;
}

static bool have_uintr(void)
{
	struct nimbos_query query = { .size = sizeof(query) };
	int fd = open_device();
	bool have = fd >= 0 && !try_ioctl(fd, NIMBOS_IOC_QUERY, &query) &&
		    query.uintr == NIMBOS_UINTR_OK;

	if (fd >= 0)
		close(fd);
	return have;
}

/* 0, or the error that it has failed with. */
#define ERRNO_OF(call) ((call) == -1 ? errno : 0)

FIXTURE(none)
{
};

FIXTURE_SETUP(none)
{
}

FIXTURE_TEARDOWN(none)
{
}

TEST_F(none, arguments_are_checked_anyway)
{
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_register_handler(handler, 1)));
	EXPECT_EQ(EFAULT, ERRNO_OF(uintr_register_handler(0, 0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_handler(1)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_handler(0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_vector_fd(0, 0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_create_fd(0, 1)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_register_sender(-1, 1)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_sender(0, 0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_sender(-1, 0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_wait(1)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_wait(0, 1)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_wait(1000000001, 0)));
	/* Not one instruction that the processor may not know. */
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_wait(0)));
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_wait(1000, 0)));
}

TEST_F(none, says_so)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (have_uintr())
		SKIP(return, "there are user interrupts here");
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_register_handler(handler, 0)));
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_register_sender(fd, 0)));
}

TEST_F(none, no_device)
{
	ASSERT_EQ(0, chroot("/proc/self/fdinfo"));
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_register_handler(handler, 0)));
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_register_sender(0, 0)));
}

/* The test's thread is a receiver of vector 3, and a sender to itself. */
FIXTURE(receiver)
{
	int fd;
	int index;
};

FIXTURE_SETUP(receiver)
{
	if (!have_uintr())
		SKIP(_exit(255), "there are no user interrupts here");
	received = 0;
	ASSERT_EQ(0, uintr_register_handler(handler, 0));
	self->fd = uintr_vector_fd(3, 0);
	ASSERT_LE(0, self->fd);
	self->index = uintr_register_sender(self->fd, 0);
	ASSERT_LE(0, self->index);
	_stui();
}

FIXTURE_TEARDOWN(receiver)
{
	uintr_unregister_sender(self->index, 0);
	uintr_unregister_handler(0);
	close(self->fd);
}

TEST_F(receiver, errors)
{
	int event = eventfd(0, EFD_CLOEXEC);
	int fd;

	EXPECT_EQ(EBUSY, ERRNO_OF(uintr_register_handler(handler, 0)));
	EXPECT_EQ(ENOSPC, ERRNO_OF(uintr_vector_fd(64, 0)));
	EXPECT_EQ(ENOSPC, ERRNO_OF(uintr_vector_fd(1ULL << 32, 0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_vector_fd(0, 1)));
	EXPECT_EQ(EBADF, ERRNO_OF(uintr_register_sender(-1, 0)));
	EXPECT_EQ(EBADF, ERRNO_OF(uintr_register_sender(1000, 0)));
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_register_sender(event, 0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_sender(self->index + 1, 0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_sender(100000, 0)));
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd, F_GETFD));
	/* Any vector, as often as one likes. */
	for (int vector = 0; vector < 64; vector++) {
		fd = uintr_create_fd(vector, 0);
		EXPECT_LE(0, fd);
		close(fd);
	}
	EXPECT_EQ(0, received);
}

TEST_F(receiver, comes_and_is_counted)
{
	for (unsigned int i = 1; i <= 1000; i++) {
		_senduipi(self->index);
		while (received < i)
			;
	}
	EXPECT_EQ(1000, received);
	EXPECT_EQ(3, received_vector);
}

TEST_F(receiver, came_before_the_wait)
{
	_senduipi(self->index);
	while (!received)
		;
	EXPECT_EQ(EINTR, ERRNO_OF(uintr_wait(0)));
	/* It has ended one wait, not two. */
	EXPECT_EQ(0, uintr_wait(1000, 0));
	_senduipi(self->index);
	EXPECT_EQ(EINTR, ERRNO_OF(uintr_wait(60000000, 0)));
	EXPECT_EQ(2, received);
}

TEST_F(receiver, kept_away)
{
	_clui();
	_senduipi(self->index);
	EXPECT_EQ(EINTR, ERRNO_OF(uintr_wait(0)));
	EXPECT_EQ(0, _testui());
	EXPECT_EQ(0, received);
	_stui();
	while (!received)
		;
	EXPECT_EQ(EINTR, ERRNO_OF(uintr_wait(0)));
	EXPECT_EQ(0, uintr_wait(0, 0));
	EXPECT_NE(0, _testui());
}

static void on_signal(int sig)
{
}

TEST_F(receiver, signals_end_a_wait)
{
	const struct sigaction action = { .sa_handler = on_signal };
	const struct itimerspec often = { { 0, 10000000 }, { 0, 10000000 } };
	timer_t timer;

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, NULL, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &often, NULL));
	EXPECT_EQ(EINTR, ERRNO_OF(uintr_wait(0)));
	timer_delete(timer);
	EXPECT_EQ(0, received);
}

TEST_F(receiver, receivers_are_threads)
{
	EXPECT_EQ(0, uintr_unregister_handler(0));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_handler(0)));
	EXPECT_EQ(EINVAL, ERRNO_OF(uintr_vector_fd(0, 0)));
	EXPECT_EQ(EOPNOTSUPP, ERRNO_OF(uintr_wait(0)));
	/* Nobody hears it, and no harm is done. */
	_senduipi(self->index);
	EXPECT_EQ(ESHUTDOWN, ERRNO_OF(uintr_register_sender(self->fd, 0)));
	/* The old descriptor does not stand for the new receiver. */
	EXPECT_EQ(0, uintr_register_handler(handler, 0));
	_stui();
	EXPECT_EQ(ESHUTDOWN, ERRNO_OF(uintr_register_sender(self->fd, 0)));
	_senduipi(self->index);
	EXPECT_EQ(0, uintr_wait(10000, 0));
	EXPECT_EQ(0, received);
}

static sigjmp_buf fault;

static void on_fault(int sig)
{
	siglongjmp(fault, sig);
}

static int fault_of_sending(int index)
{
	const struct sigaction action = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGSEGV, &action, NULL);
	sig = sigsetjmp(fault, 1);
	if (!sig)
		_senduipi(index);
	return sig;
}

TEST_F(receiver, indexes_are_given_and_taken_back)
{
	int index[NIMBOS_UINTR_SENDERS];
	int n = 0;

	while ((index[n] = uintr_register_sender(self->fd, 0)) >= 0)
		n++;
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(NIMBOS_UINTR_SENDERS - 1, n);
	for (int i = 0; i < n; i++) {
		EXPECT_GT(NIMBOS_UINTR_SENDERS, index[i]);
		EXPECT_EQ(0, fault_of_sending(index[i]));
		EXPECT_EQ(0, uintr_unregister_sender(index[i], 0));
		EXPECT_EQ(SIGSEGV, fault_of_sending(index[i]));
		EXPECT_EQ(EINVAL, ERRNO_OF(uintr_unregister_sender(index[i], 0)));
	}
	EXPECT_EQ(SIGSEGV, fault_of_sending(NIMBOS_UINTR_SENDERS));
	EXPECT_EQ(SIGSEGV, fault_of_sending(-1));
	EXPECT_EQ(0, fault_of_sending(self->index));
}

/* How many descriptors of the device this process has. */
static int devices(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[64];
	int n = 0;

	while (dir && (entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (len < 0)
			continue;
		target[len] = '\0';
		n += !strcmp(target, NIMBOS_DEVICE);
	}
	if (dir)
		closedir(dir);
	return n;
}

TEST_F(receiver, not_inherited)
{
	unsigned int before = received;
	int status, index;
	pid_t child;

	/* It has arrived here, and not there. */
	_senduipi(self->index);
	while (received == before)
		;
	child = fork();
	if (!child) {
		bool ok = devices() == 0 && ERRNO_OF(uintr_wait(0)) == EOPNOTSUPP &&
			  ERRNO_OF(uintr_unregister_handler(0)) == EINVAL &&
			  ERRNO_OF(uintr_vector_fd(0, 0)) == EINVAL &&
			  ERRNO_OF(uintr_unregister_sender(self->index, 0)) == EINVAL;

		/* What the parent has is of no use here; a way of its own is. */
		index = uintr_register_sender(self->fd, 0);
		ok = ok && index >= 0 && devices() == 1 && !uintr_register_handler(handler, 0);
		if (ok)
			_senduipi(index);
		_exit(!ok);
	}
	while (received == before + 1)
		EXPECT_EQ(EINTR, ERRNO_OF(uintr_wait(0)));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, devices());
	_senduipi(self->index);
	while (received == before + 2)
		;
	EXPECT_EQ(before + 3, received);
}

static void *register_and_wait(void *arg)
{
	pthread_barrier_t *barrier = arg;
	long failed;

	pthread_barrier_wait(barrier);
	failed = uintr_register_handler(handler, 0) || uintr_wait(0, 0);
	pthread_barrier_wait(barrier);
	return (void *)failed;
}

TEST(one_device_for_all_threads)
{
	pthread_t thread[16];
	pthread_barrier_t barrier;
	void *failed;

	if (!have_uintr())
		SKIP(return, "there are no user interrupts here");
	pthread_barrier_init(&barrier, NULL, 17);
	for (int i = 0; i < 16; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, register_and_wait, &barrier));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	EXPECT_EQ(1, devices());
	for (int i = 0; i < 16; i++) {
		pthread_join(thread[i], &failed);
		EXPECT_EQ(NULL, failed);
	}
}

struct registers {
	uint64_t before[16];
	uint64_t after[16];
};

/*
 * Waits in a loop for a user interrupt; registers are filled before and stored after.
 */
static void interrupted_registers(struct registers *r, unsigned int until)
{
	/* RAX keeps the structure, RCX is the loop's. */
	asm volatile("mov 8(%%rax), %%rbx\n\t"
		     "mov 16(%%rax), %%rdx\n\t"
		     "mov 24(%%rax), %%rsi\n\t"
		     "mov 32(%%rax), %%rdi\n\t"
		     "mov 40(%%rax), %%r8\n\t"
		     "mov 48(%%rax), %%r9\n\t"
		     "mov 56(%%rax), %%r10\n\t"
		     "mov 64(%%rax), %%r11\n\t"
		     "mov 72(%%rax), %%r12\n\t"
		     "mov 80(%%rax), %%r13\n\t"
		     "mov 88(%%rax), %%r14\n\t"
		     "mov 96(%%rax), %%r15\n\t"
		     "1: mov %[received], %%ecx\n\t"
		     "sub %[until], %%ecx\n\t"
		     "jnz 1b\n\t"
		     "mov %%rbx, 136(%%rax)\n\t"
		     "mov %%rdx, 144(%%rax)\n\t"
		     "mov %%rsi, 152(%%rax)\n\t"
		     "mov %%rdi, 160(%%rax)\n\t"
		     "mov %%r8, 168(%%rax)\n\t"
		     "mov %%r9, 176(%%rax)\n\t"
		     "mov %%r10, 184(%%rax)\n\t"
		     "mov %%r11, 192(%%rax)\n\t"
		     "mov %%r12, 200(%%rax)\n\t"
		     "mov %%r13, 208(%%rax)\n\t"
		     "mov %%r14, 216(%%rax)\n\t"
		     "mov %%r15, 224(%%rax)"
		     :
		     : "a"(r), [received] "m"(received), [until] "m"(until)
		     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15", "cc", "memory");
}

struct sender {
	int fd;
	unsigned int rounds;
	volatile unsigned int go;
};

/* Sends once each time that it is told to. */
static void *send_rounds(void *arg)
{
	struct sender *sender = arg;
	int index = uintr_register_sender(sender->fd, 0);

	for (unsigned int round = 1; index >= 0 && round <= sender->rounds; round++) {
		while (sender->go < round)
			sched_yield();
		_senduipi(index);
	}
	return (void *)(long)(index < 0);
}

TEST_F(receiver, registers_are_kept)
{
	struct sender sender = { .fd = self->fd, .rounds = 2000 };
	struct registers r;
	pthread_t thread;
	void *failed;

	for (unsigned int i = 0; i < 16; i++)
		r.before[i] = 0x9e3779b97f4a7c15 * (i + 1);
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_rounds, &sender));
	for (unsigned int round = 1; round <= sender.rounds; round++) {
		memset(r.after, 0, sizeof(r.after));
		sender.go = round;
		interrupted_registers(&r, round);
		ASSERT_EQ(0, memcmp(&r.before[1], &r.after[1], 12 * sizeof(r.after[0])));
	}
	pthread_join(thread, &failed);
	EXPECT_EQ(NULL, failed);
}

/* Flags that the loop makes are still there when it looks at them; so is what lies below RSP. */
TEST_F(receiver, flags_and_red_zone_are_kept)
{
	struct sender sender = { .fd = self->fd, .rounds = 2000 };
	uint64_t bad = 0;
	pthread_t thread;
	void *failed;

	ASSERT_EQ(0, pthread_create(&thread, NULL, send_rounds, &sender));
	for (unsigned int round = 1; round <= sender.rounds; round++) {
		sender.go = round;
		while (received < round) {
			asm volatile("mov $0x1234567, %%rax\n\t"
				     "mov %%rax, -8(%%rsp)\n\t"
				     "mov %%rax, -16(%%rsp)\n\t"
				     "mov %%rax, -64(%%rsp)\n\t"
				     "mov %%rax, -128(%%rsp)\n\t"
				     "stc\n\t"
				     "nop\n\t"
				     "nop\n\t"
				     "cmc\n\t"
				     "adc $0, %[bad]\n\t"
				     "sub -8(%%rsp), %%rax\n\t"
				     "or %%rax, %[bad]\n\t"
				     "mov -16(%%rsp), %%rax\n\t"
				     "sub -64(%%rsp), %%rax\n\t"
				     "or %%rax, %[bad]\n\t"
				     "mov -128(%%rsp), %%rax\n\t"
				     "sub $0x1234567, %%rax\n\t"
				     "or %%rax, %[bad]"
				     : [bad] "+r"(bad)
				     :
				     : "rax", "cc", "memory");
		}
	}
	EXPECT_EQ(0, bad);
	pthread_join(thread, &failed);
	EXPECT_EQ(NULL, failed);
}

TEST_HARNESS_MAIN
