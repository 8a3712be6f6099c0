// SPDX-License-Identifier: GPL-2.0
/*
 * uintr_worker [N]: N null calls of the reference peer (1000000), each announced to the worker by a
 * user interrupt and its answer to the peer by another one, whatever the worker is doing and
 * whatever is done to it meanwhile; then with many workers and many processes. TAP.
 *
 * The peer's program makes a call when it has the answer to the last one, and ends with an error
 * when an answer is not the one that it waits for. So one interrupt that is lost stops it, and this
 * runs into its time limit. For a processor with user interrupts; the peer gets the last CPU.
 */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <time.h>

#include "process.h"

/* Awake for longer than anything here takes. */
#define ALWAYS "--poll-us=60000000"

/**
 * struct torment - what is done to a shadow
 * @shadow: its process, whose first thread is not a worker
 * @worker: the thread of its lane 0
 * @cpus: how many CPUs Linux has
 * @stop: the shadow has ended
 * @count: how often it was done before the shadow had ended
 */
struct torment {
	pid_t shadow;
	pid_t worker;
	int cpus;
	atomic_bool stop;
	unsigned long count;
};

static void fail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A thread that has ended cannot be moved any more. */
static void pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tid, sizeof(set), &set) && errno != ESRCH)
		fail("sched_setaffinity");
}

static void let_go(pid_t tid)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	if (sched_setaffinity(tid, sizeof(set), &set) && errno != ESRCH)
		fail("sched_setaffinity");
}

static void move_about(struct torment *torment)
{
	pin(torment->worker, torment->count % torment->cpus);
	usleep(300);
}

/* The other's turn comes when the scheduler thinks so. */
static void compute_beside(struct torment *torment)
{
	static volatile unsigned int x;

	if (!torment->count) {
		pin(0, 0);
		pin(torment->worker, 0);
	}
	for (unsigned int i = 0; i < 100000; i++)
		x++;
}

/* The first CPU stays; the worker is sent to another one, where it need not stay when that goes. */
static void take_its_cpu(struct torment *torment)
{
	static const char path[] = "/sys/devices/system/cpu/cpu1/online";

	pin(torment->worker, 1);
	let_go(torment->worker);
	if (!write_text(path, "0") || !write_text(path, "1"))
		fail(path);
}

static void stop_and_go(struct torment *torment)
{
	kill(torment->shadow, SIGSTOP);
	usleep(200);
	kill(torment->shadow, SIGCONT);
	usleep(500);
}

/* Whether the worker stops; not, if it ends. */
static bool stops(const struct torment *torment)
{
	int status;

	return waitpid(torment->worker, &status, __WALL) == torment->worker && WIFSTOPPED(status);
}

/* Once, and then step by step, wherever it is: in its handler, too. */
static void debug(struct torment *torment)
{
	const pid_t worker = torment->worker;

	if (!torment->count && ptrace(PTRACE_SEIZE, worker, 0, 0))
		fail("PTRACE_SEIZE");
	if (ptrace(PTRACE_INTERRUPT, worker, 0, 0) || !stops(torment)) {
		torment->stop = true;
		return;
	}
	for (int i = 0; i < 100; i++) {
		if (ptrace(PTRACE_SINGLESTEP, worker, 0, 0) || !stops(torment)) {
			torment->stop = true;
			return;
		}
	}
	ptrace(PTRACE_CONT, worker, 0, 0);
	usleep(500);
}

/* It needs so many CPUs of Linux's. */
static const struct phase {
	const char *name;
	const char *awake;
	unsigned int per_mille;
	int cpus;
	void (*torment)(struct torment *torment);
} phases[] = {
	{ "that runs", ALWAYS, 400, 1, NULL },
	{ "that sleeps", "--poll-us=0", 250, 1, NULL },
	{ "that falls asleep at any moment", "--poll-us=20", 188, 1, NULL },
	{ "that is preempted", ALWAYS, 40, 1, compute_beside },
	{ "that is moved between CPUs", "--poll-us=20", 40, 2, move_about },
	{ "whose CPU goes away", "--poll-us=20", 40, 2, take_its_cpu },
	{ "that is stopped and goes on", "--poll-us=20", 40, 1, stop_and_go },
	{ "in a debugger", "--poll-us=20", 2, 1, debug },
};

static pid_t start_shadow(const char *awake, const char *shape, const char *const program[])
{
	const char *argv[16] = { SHADOW, "--wait=uintr", awake, shape };
	int argc = 4;
	pid_t pid;

	argv[argc++] = "--";
	while ((argv[argc] = *program++))
		argc++;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* What a program of the peer says is no result of this one. */
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execv(SHADOW, (char **)argv);
		_exit(127);
	}
	if (pid < 0)
		fail("fork");
	return pid;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT))
		fail("waitid");
	return info.si_pid == pid;
}

/* How many lanes the peer could ever post to. */
static long long registered(void)
{
	long long allocated;

	in_use("peer 0: upids:", &allocated);
	return allocated;
}

/* Waits until it can post to one more, or the shadow has ended. */
static bool is_served(pid_t shadow, long long before)
{
	bool ended;

	do {
		ended = has_ended(shadow);
		if (registered() > before)
			return true;
	} while (!ended && !usleep(100));
	return false;
}

/* The thread of a shadow's first lane is the only one that it has beside its first. */
static pid_t find_worker(pid_t shadow)
{
	struct dirent *entry;
	pid_t other = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", shadow);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		pid_t tid = atoi(entry->d_name);

		if (tid && tid != shadow)
			other = tid;
	}
	if (dir)
		closedir(dir);
	return other;
}

struct tormentor {
	struct torment torment;
	void (*once)(struct torment *torment);
};

static void *torment_it(void *arg)
{
	struct tormentor *tormentor = arg;
	struct torment *torment = &tormentor->torment;

	while (!torment->stop) {
		tormentor->once(torment);
		torment->stop |= has_ended(torment->shadow);
		torment->count += !torment->stop;
	}
	return NULL;
}

static int number, failed;

static void result(bool ok, const char *what)
{
	struct timespec now;

	/* For whoever chooses N; none of the results hangs on it. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("# at %lld.%03ld s\n", (long long)now.tv_sec, now.tv_nsec / 1000000);
	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, what);
	failed |= !ok;
}

/* A shadow whose program makes so many calls. Counts in @done. Returns false if it fails. */
static bool torment_shadow(const struct phase *phase, unsigned long n, int cpus,
			   unsigned long *done)
{
	struct tormentor tormentor = { .torment.cpus = cpus, .once = phase->torment };
	struct torment *torment = &tormentor.torment;
	char calls[24];
	const char *const program[] = { "nop", calls, "irq", "1", NULL };
	const long long before = registered();
	pthread_t thread = 0;
	bool served;
	int status;

	snprintf(calls, sizeof(calls), "%lu", n);
	torment->shadow = start_shadow(phase->awake, "--window=16M", program);
	served = is_served(torment->shadow, before);
	torment->worker = find_worker(torment->shadow);
	if (phase->torment && torment->worker) {
		errno = pthread_create(&thread, NULL, torment_it, &tormentor);
		if (errno)
			fail("pthread_create");
	}
	/* As long as whoever is traced has a tracer, it does not end completely. */
	while (thread && !torment->stop) {
		torment->stop |= has_ended(torment->shadow);
		usleep(1000);
	}
	if (thread)
		pthread_join(thread, NULL);
	*done += torment->count;
	status = wait_for_program(torment->shadow);
	if (status || !served)
		printf("# exit status %d, served by user interrupts: %d\n", status, served);
	return !status && served;
}

static void run_phase(const struct phase *phase, unsigned long n, int cpus)
{
	char what[128];
	const unsigned long most = n << 10;
	unsigned long done = 0;
	bool ok;

	snprintf(what, sizeof(what), "%lu calls or more to a worker %s", n, phase->name);
	if (cpus < phase->cpus) {
		printf("ok %d - %s # SKIP Linux has %d CPU left\n", ++number, what, cpus);
		return;
	}
	/* The machine decides how much is done meanwhile: as many calls as that takes. */
	do {
		ok = torment_shadow(phase, n, cpus, &done);
		n *= 2;
	} while (ok && phase->torment && done < 2 && n < most);
	if (phase->torment)
		printf("# it was done %lu times\n", done);
	result(ok && (!phase->torment || done > 1), what);
}

/* As many as a slot can have, all of them with calls in flight. */
static void run_workers(unsigned long n)
{
	char calls[24], what[128];
	const char *const program[] = { "threads", "63", calls, NULL };
	const long long before = registered();
	long long served;
	pid_t shadow;
	int status;

	snprintf(calls, sizeof(calls), "%lu", n);
	snprintf(what, sizeof(what), "64 workers of one process, %lu rounds each", n);
	shadow = start_shadow("--poll-us=20", "--lanes=64", program);
	status = wait_for_program(shadow);
	served = registered() - before;
	/* A lane keeps its UPID for the next thread. */
	if (status || served < 2)
		printf("# exit status %d, served by user interrupts: %lld\n", status, served);
	result(!status && served > 1, what);
}

#define PROCESSES 16

static void run_processes(unsigned long n)
{
	char calls[24], what[128];
	const char *const program[] = { "nop", calls, "irq", "1", NULL };
	const long long before = registered();
	pid_t shadow[PROCESSES];
	long long served;
	int failures = 0;

	snprintf(calls, sizeof(calls), "%lu", n);
	snprintf(what, sizeof(what), "16 processes, %lu calls each", n);
	for (int i = 0; i < PROCESSES; i++)
		shadow[i] = start_shadow(i % 2 ? "--poll-us=0" : "--poll-us=20", "--window=2M",
					 program);
	for (int i = 0; i < PROCESSES; i++)
		failures += wait_for_program(shadow[i]) != 0;
	served = registered() - before;
	if (failures || served < PROCESSES)
		printf("# %d of them failed, served by user interrupts: %lld\n", failures, served);
	result(!failures && served >= PROCESSES, what);
}

/* Nothing is left of all of them; what a peer has not let go of yet is waited for. */
static void check_accounts(int fd)
{
	static const char *const accounts[] = {
		"peer 0: slots:", "peer 0: upids:", "uintr threads:", "uitts:", "senders:",
	};
	long long allocated;
	bool ok = true;

	wait_until_reaped(fd);
	for (size_t i = 0; i < sizeof(accounts) / sizeof(accounts[0]); i++) {
		int used = in_use(accounts[i], &allocated);

		if (used || allocated <= 0) {
			printf("# %s used %d allocated %lld\n", accounts[i], used, allocated);
			ok = false;
		}
	}
	result(ok, "the accounts balance");
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
	const size_t nr_phases = sizeof(phases) / sizeof(phases[0]);
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
	struct nimbos_query query;
	int fd = open_device();

	setlinebuf(stdout);
	query_peer(fd, &query);
	if (query.uintr != NIMBOS_UINTR_OK) {
		puts("1..0 # SKIP there are no user interrupts here");
		return 4;
	}
	if (load_reference(fd, 0, NULL) || start_peer(fd, 0, cpus))
		fail("the peer does not start");
	printf("1..%zu\n", nr_phases + 3);
	for (size_t i = 0; i < nr_phases; i++)
		run_phase(&phases[i], n * phases[i].per_mille / 1000, cpus);
	run_workers(n / 20000);
	run_processes(n / 800);
	check_accounts(fd);
	if (stop_peer(fd, 0) || unload_peer(fd, 0))
		fail("the peer does not stop");
	return failed;
}
