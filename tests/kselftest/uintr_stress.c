// SPDX-License-Identifier: GPL-2.0
/*
 * uintr_stress [N]: N user interrupts (1000000) between threads, and as many back, of which none
 * may be lost, whatever the receiver is doing; then many receivers, and many processes. TAP.
 *
 * Each is numbered. The receiver's handler answers by a user interrupt, and the sender waits for
 * that before it sends the next: one that is lost is not made good by another, but the test would
 * stand still, and run into its time limit.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <x86gprintrin.h>

#include "nimbos/uintr.h"
#include "selftest.h"

#define HANDLER __attribute__((interrupt, target("general-regs-only")))

/**
 * struct pair - a receiver and its sender
 * @posted: written by the sender: number of the last that it has sent
 * @seen: written by the receiver's handler: number of the last that it has seen
 * @stop: the sender has sent all
 * @fd: stands for the receiver
 * @sender_fd: stands for the sender
 * @answer: the receiver's way to answer
 * @tid: the receiver's thread
 * @errors: what the receiver has found wrong with itself
 */
struct pair {
	unsigned long posted __attribute__((aligned(128)));
	unsigned long seen __attribute__((aligned(128)));
	bool stop;
	int fd;
	int sender_fd;
	int answer;
	pid_t tid;
	unsigned long errors;
};

static __thread struct pair *mine;

static void HANDLER handler(struct __uintr_frame *frame, unsigned long long vector)
{
	__atomic_store_n(&mine->seen, __atomic_load_n(&mine->posted, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
	_senduipi(mine->answer);
}

/* That there is an answer is all that it says. */
static void HANDLER answered(struct __uintr_frame *frame, unsigned long long vector)
{
}

static void fail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static int become_sender(int fd)
{
	int index = uintr_register_sender(fd, 0);

	if (index < 0)
		fail("uintr_register_sender");
	return index;
}

static int become_receiver(void (*with)(struct __uintr_frame *, unsigned long long))
{
	int fd = uintr_register_handler(with, 0) ? -1 : uintr_vector_fd(1, 0);

	if (fd < 0)
		fail("uintr_register_handler or uintr_vector_fd");
	_stui();
	return fd;
}

static void end_receiver(int fd)
{
	if (uintr_unregister_handler(0))
		fail("uintr_unregister_handler");
	close(fd);
}

static bool stopped(const struct pair *pair)
{
	return __atomic_load_n(&pair->stop, __ATOMIC_ACQUIRE);
}

static void pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tid, sizeof(set), &set))
		fail("sched_setaffinity");
}

static int last_cpu(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
}

/* What the receiver does meanwhile. */

static uint64_t checksum(void)
{
	uint64_t x = 0x9e3779b97f4a7c15;

	for (int i = 0; i < 500; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		x += i;
	}
	return x;
}

static void compute(struct pair *pair)
{
	const uint64_t wanted = checksum();
	volatile double sum = 0;
	unsigned long rounds = 0;

	while (!stopped(pair)) {
		pair->errors += checksum() != wanted;
		sum += 0.5;
		pair->errors += sum != ++rounds * 0.5;
	}
}

static void call_the_kernel(struct pair *pair)
{
	char byte = 0;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		fail("pipe2");
	while (!stopped(pair)) {
		pair->errors += syscall(SYS_gettid) != pair->tid;
		byte++;
		pair->errors += write(fds[1], &byte, 1) != 1;
		pair->errors += read(fds[0], &(char){ 0 }, 1) != 1;
	}
	close(fds[0]);
	close(fds[1]);
}

static void sleep_until_told(struct pair *pair)
{
	while (!stopped(pair)) {
		if (uintr_wait(0) != -1 || errno != EINTR)
			fail("uintr_wait");
	}
}

/* On a stack of its own, and interrupted by another one on the same. */
static void on_timer(int sig)
{
	(void)sig;
	raise(SIGUSR2);
	checksum();
}

static void on_nested(int sig)
{
	(void)sig;
	checksum();
}

static void take_signals(struct pair *pair)
{
	static char stack[1 << 16];
	const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction outer = { .sa_handler = on_timer, .sa_flags = SA_ONSTACK };
	const struct sigaction inner = { .sa_handler = on_nested, .sa_flags = SA_ONSTACK };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	const struct itimerspec often = { { 0, 300000 }, { 0, 300000 } };
	timer_t timer;

	event._sigev_un._tid = pair->tid;
	if (sigaltstack(&alternative, NULL) || sigaction(SIGUSR1, &outer, NULL) ||
	    sigaction(SIGUSR2, &inner, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &often, NULL))
		fail("signals");
	compute(pair);
	timer_delete(timer);
}

/* What others do to the receiver meanwhile. */

static void *move_about(void *arg)
{
	const struct pair *pair = arg;
	int cpus = last_cpu() + 1;

	for (int cpu = 0; !stopped(pair); cpu = (cpu + 1) % cpus) {
		pin(pair->tid, cpu);
		usleep(500);
	}
	return NULL;
}

static void *crowd(void *arg)
{
	const struct pair *pair = arg;

	pin(0, 0);
	while (!stopped(pair))
		checksum();
	return NULL;
}

/* A receiver that is pinned is on CPU 0, its sender on the last. */
static const struct phase {
	const char *name;
	unsigned int percent;
	bool pinned;
	void (*receiver)(struct pair *pair);
	void *(*other)(void *pair);
} phases[] = {
	{ "that computes", 50, true, compute, NULL },
	{ "in system calls", 20, true, call_the_kernel, NULL },
	{ "asleep", 15, false, sleep_until_told, NULL },
	{ "in signal handlers", 5, true, take_signals, NULL },
	{ "moved between CPUs", 5, false, compute, move_about },
	{ "preempted", 5, true, compute, crowd },
};

struct receiver {
	const struct phase *phase;
	struct pair *pair;
	pthread_barrier_t *barrier;
};

static void *receive(void *arg)
{
	const struct receiver *receiver = arg;
	struct pair *pair = receiver->pair;

	mine = pair;
	pair->tid = gettid();
	if (receiver->phase->pinned)
		pin(0, 0);
	pair->answer = become_sender(pair->sender_fd);
	pair->fd = become_receiver(handler);
	pthread_barrier_wait(receiver->barrier);
	receiver->phase->receiver(pair);
	/* Nobody moves it any more. */
	pthread_barrier_wait(receiver->barrier);
	end_receiver(pair->fd);
	uintr_unregister_sender(pair->answer, 0);
	return NULL;
}

static void post(struct pair *pair, int index)
{
	__atomic_store_n(&pair->posted, pair->posted + 1, __ATOMIC_RELEASE);
	_senduipi(index);
}

static void wait_until_seen(const struct pair *pair)
{
	while (__atomic_load_n(&pair->seen, __ATOMIC_ACQUIRE) != pair->posted) {
		if (uintr_wait(0) != -1 || errno != EINTR)
			fail("uintr_wait");
	}
}

/* The last of them wakes a receiver that sleeps, so that it notices. */
static void stop(struct pair *pair, int index)
{
	__atomic_store_n(&pair->stop, true, __ATOMIC_RELEASE);
	post(pair, index);
}

static pthread_t begin(void *(*function)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, function, arg);
	if (errno)
		fail("pthread_create");
	return thread;
}

/* One receiver and one sender, which is the calling thread. Returns the receiver's errors. */
static unsigned long run_phase(const struct phase *phase, unsigned long n)
{
	struct pair pair = { .sender_fd = become_receiver(answered) };
	pthread_barrier_t barrier;
	struct receiver receiver = { phase, &pair, &barrier };
	pthread_t thread, other = 0;
	int index;

	pthread_barrier_init(&barrier, NULL, 2);
	thread = begin(receive, &receiver);
	pthread_barrier_wait(&barrier);
	index = become_sender(pair.fd);
	if (phase->other)
		other = begin(phase->other, &pair);
	pin(0, last_cpu());
	while (n--) {
		post(&pair, index);
		wait_until_seen(&pair);
	}
	stop(&pair, index);
	if (phase->other)
		pthread_join(other, NULL);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	uintr_unregister_sender(index, 0);
	end_receiver(pair.sender_fd);
	return pair.errors;
}

#define MANY_RECEIVERS 64
#define MANY_PROCESSES 16

/* All are sent to before one is waited for; one of eight computes, the others sleep. */
static unsigned long run_many(unsigned long rounds)
{
	static struct pair pair[MANY_RECEIVERS];
	struct receiver receiver[MANY_RECEIVERS];
	pthread_t thread[MANY_RECEIVERS];
	int index[MANY_RECEIVERS];
	int fd = become_receiver(answered);
	unsigned long errors = 0;
	pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, NULL, MANY_RECEIVERS + 1);
	for (int i = 0; i < MANY_RECEIVERS; i++) {
		pair[i] = (struct pair){ .sender_fd = fd };
		receiver[i] = (struct receiver){ &phases[i % 8 ? 2 : 0], &pair[i], &barrier };
		thread[i] = begin(receive, &receiver[i]);
	}
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < MANY_RECEIVERS; i++)
		index[i] = become_sender(pair[i].fd);
	while (rounds--) {
		for (int i = 0; i < MANY_RECEIVERS; i++)
			post(&pair[i], index[i]);
		for (int i = 0; i < MANY_RECEIVERS; i++)
			wait_until_seen(&pair[i]);
	}
	for (int i = 0; i < MANY_RECEIVERS; i++)
		stop(&pair[i], index[i]);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < MANY_RECEIVERS; i++) {
		pthread_join(thread[i], NULL);
		uintr_unregister_sender(index[i], 0);
		errors += pair[i].errors;
	}
	end_receiver(fd);
	return errors;
}

static unsigned long run_processes(unsigned long n)
{
	unsigned long errors = 0;
	int status;

	fflush(stdout);
	for (int i = 0; i < MANY_PROCESSES; i++) {
		if (!fork())
			_exit(run_phase(&phases[2], n) != 0);
	}
	for (int i = 0; i < MANY_PROCESSES; i++)
		errors += wait(&status) < 0 || status;
	return errors;
}

static int number, failed;

static void result(unsigned long errors, unsigned long n, const char *what)
{
	struct timespec now;

	/* For whoever chooses N; none of the results hangs on it. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("# at %lld.%03ld s\n", (long long)now.tv_sec, now.tv_nsec / 1000000);
	printf("%sok %d - %lu to %s\n", errors ? "not " : "", ++number, n, what);
	if (errors)
		printf("# %lu errors\n", errors);
	failed |= errors != 0;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
	struct nimbos_query query = { .size = sizeof(query) };
	cpu_set_t all;

	setlinebuf(stdout);
	if (try_ioctl(open_device(), NIMBOS_IOC_QUERY, &query) || query.uintr != NIMBOS_UINTR_OK) {
		puts("1..0 # SKIP there are no user interrupts here");
		return 4;
	}
	printf("1..%zu\n", sizeof(phases) / sizeof(phases[0]) + 2);
	sched_getaffinity(0, sizeof(all), &all);
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		unsigned long share = n * phases[i].percent / 100;
		char what[64];

		snprintf(what, sizeof(what), "a receiver %s", phases[i].name);
		result(run_phase(&phases[i], share), share, what);
		sched_setaffinity(0, sizeof(all), &all);
	}
	result(run_many(n / 6400), n / 6400 * MANY_RECEIVERS, "64 receivers of one process");
	result(run_processes(n / 1600), n / 1600 * MANY_PROCESSES, "receivers of 16 processes");
	return failed;
}
