// SPDX-License-Identifier: GPL-2.0
/*
 * What user interrupts must not let through: state of one thread to the next, posts to who has not
 * asked for them, memory of the kernel. Wants QEMU with user interrupts, uintr_witness.ko, two CPUs
 * for Linux, and for the tests with a peer a third one.
 *
 * The threads that are looked at share CPU 0; who sends to them all the while is on CPU 1.
 */
#include <setjmp.h>
#include <sys/syscall.h>
#include <time.h>

#include "uintr.h"

#include "kselftest_harness.h"

#define HANDED_OUT scaled(5000)
#define RESTARTS scaled(200)

#define WITNESS "/sys/kernel/debug/uintr_witness/seen"
#define ZERO "/sys/kernel/debug/uintr_witness/zero"
#define REGION "/sys/kernel/debug/nimbos/peer0/region"
#define UPID_OFFSET \
	(REGION_SIZE / 2 - NIMBOS_SCF_PEER_AREA_SIZE - NIMBOS_SCF_BOARD_SIZE - \
	 NIMBOS_SCF_UPID_AREA_SIZE)

/* What the witness says. */
struct seen {
	unsigned long switches, dirty;
	unsigned int cr4, uif;
	unsigned long rr, handler, stackadjust, misc, pd, tt;
};

static bool read_seen(int fd, struct seen *seen)
{
	char text[256];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return false;
	text[len] = '\0';
	return sscanf(text,
		      "switches %lu dirty %lu cr4 %u uif %u rr %lx handler %lx stackadjust %lx misc %lx pd %lx tt %lx",
		      &seen->switches, &seen->dirty, &seen->cr4, &seen->uif, &seen->rr,
		      &seen->handler, &seen->stackadjust, &seen->misc, &seen->pd, &seen->tt) == 10;
}

/* Sends as fast as it can. */
struct spammer {
	pthread_t thread;
	int fd;
	int vector_fd;
	atomic_int index;
	atomic_ulong sent;
	atomic_bool stop;
};

static void *spam(void *arg)
{
	struct spammer *spammer = arg;
	int index;

	pin(1);
	index = register_sender(spammer->fd, spammer->vector_fd);
	atomic_store(&spammer->index, index);
	while (index >= 0 && !atomic_load(&spammer->stop)) {
		_senduipi(index);
		atomic_fetch_add(&spammer->sent, 1);
	}
	if (index >= 0)
		unregister_sender(spammer->fd, index);
	return NULL;
}

static void start_spammer(struct spammer *spammer, int fd, int vector_fd)
{
	*spammer = (struct spammer){ .fd = fd, .vector_fd = vector_fd, .index = -1 };
	pthread_create(&spammer->thread, NULL, spam, spammer);
}

static void stop_spammer(struct spammer *spammer)
{
	atomic_store(&spammer->stop, true);
	pthread_join(spammer->thread, NULL);
}

/* A process whose thread is a receiver and a sender, in memory that it shares with its parent. */
struct subject {
	unsigned int vector;
	atomic_int ready;
	atomic_bool stop;
	atomic_ulong turns;
	atomic_ulong own;
	atomic_ulong errors;
};

static struct subject *me;

static void __attribute__((interrupt, target("general-regs-only")))
only_own(struct __uintr_frame *frame, unsigned long long vector)
{
	atomic_fetch_add(vector == me->vector ? &me->own : &me->errors, 1);
}

/* What belongs to it is as it has left it. */
static void look_at_own(struct subject *subject, int index)
{
	unsigned long own;

	if (!_testui())
		atomic_fetch_add(&subject->errors, 1);
	own = atomic_load(&subject->own);
	_senduipi(index);
	while (atomic_load(&subject->own) == own)
		;
}

static void by_turns(struct subject *subject, int index, int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1) {
		look_at_own(subject, index);
		atomic_fetch_add(&subject->turns, 1);
		if (write(to, &byte, 1) != 1)
			break;
	}
}

static void without_a_call(struct subject *subject, int index)
{
	while (!atomic_load(&subject->stop)) {
		look_at_own(subject, index);
		atomic_fetch_add(&subject->turns, 1);
	}
}

/* Until there is nothing more to read, or, with nowhere to read from, until it is told to stop. */
static void be_subject(struct subject *subject, int from, int to)
{
	struct spammer spammer;
	int fd = open_device();
	int number, index;

	/* A test that fails leaves none of them behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	me = subject;
	pin(0);
	if (register_handler(fd, only_own))
		_exit(1);
	number = vector_fd(fd, subject->vector);
	index = register_sender(fd, number);
	if (index < 0)
		_exit(2);
	_stui();
	start_spammer(&spammer, fd, number);
	while (!atomic_load(&subject->own))
		sched_yield();
	atomic_store(&subject->ready, 1);
	if (from >= 0)
		by_turns(subject, index, from, to);
	else
		without_a_call(subject, index);
	stop_spammer(&spammer);
	_exit(0);
}

#define SUBJECTS 3

static struct subject *share_subjects(void)
{
	struct subject *subject = mmap(NULL, SUBJECTS * sizeof(*subject), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < SUBJECTS; i++)
		subject[i].vector = 5 + 20 * i;
	return subject;
}

FIXTURE(witness)
{
	struct subject *subject;
	int fd;
};

FIXTURE_VARIANT(witness)
{
	int subjects;
	unsigned int switches;
};

/* One by itself, and several of which each comes right after another. */
FIXTURE_VARIANT_ADD(witness, of_one_thread)
{
	.subjects = 1,
	.switches = 100000,
};

FIXTURE_VARIANT_ADD(witness, of_three_processes)
{
	.subjects = SUBJECTS,
	.switches = 20000,
};

FIXTURE_SETUP(witness)
{
	if (access(WITNESS, F_OK))
		SKIP(_exit(255), "uintr_witness.ko is not loaded");
	self->subject = share_subjects();
	ASSERT_EQ(0, pin(0));
}

FIXTURE_TEARDOWN(witness)
{
}

static unsigned long count_turns(struct subject *subject, int n)
{
	unsigned long turns = 0;

	while (n--)
		turns += atomic_load(&subject[n].turns);
	return turns;
}

/* One of them has had the CPU in between. */
static void wait_for_turn(struct subject *subject, int n)
{
	const struct timespec moment = { .tv_nsec = 20000 };
	unsigned long turns = count_turns(subject, n);

	do {
		nanosleep(&moment, NULL);
	} while (count_turns(subject, n) == turns);
}

/* The subjects and this thread take turns on the CPU, in a ring of pipes. */
TEST_F_TIMEOUT(witness, sees_nothing, 600)
{
	const unsigned int switches = scaled(variant->switches);
	int pipes[SUBJECTS + 1][2], status, i;
	const int n = variant->subjects;
	pid_t pid[SUBJECTS];
	unsigned long turns;
	struct seen seen;
	char byte = 0;

	for (i = 0; i <= n; i++)
		ASSERT_EQ(0, pipe2(pipes[i], O_CLOEXEC));
	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			/* What it reads from has to end when its last writer does. */
			for (int j = 0; j <= n; j++) {
				if (j != i)
					close(pipes[j][0]);
				if (j != i + 1)
					close(pipes[j][1]);
			}
			be_subject(&self->subject[i], pipes[i][0], pipes[i + 1][1]);
		}
	}
	for (i = 0; i < n; i++) {
		close(pipes[i][0]);
		close(pipes[i + 1][1]);
		while (!atomic_load(&self->subject[i].ready))
			ASSERT_EQ(0, waitpid(pid[i], &status, WNOHANG));
	}
	self->fd = open(WITNESS, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
	for (turns = 1; turns <= switches; turns++) {
		ASSERT_EQ(1, write(pipes[0][1], &byte, 1));
		ASSERT_EQ(1, read(pipes[n][0], &byte, 1));
		/* They have had the CPU, and this thread has got it from the last of them. */
		ASSERT_EQ(turns, atomic_load(&self->subject[n - 1].turns));
	}
	ASSERT_TRUE(read_seen(self->fd, &seen));
	EXPECT_GE(seen.switches, switches);
	EXPECT_EQ(0, seen.dirty);
	if (seen.dirty)
		TH_LOG("cr4 %u uif %u rr %lx handler %lx stackadjust %lx misc %lx pd %lx tt %lx",
		       seen.cr4, seen.uif, seen.rr, seen.handler, seen.stackadjust, seen.misc,
		       seen.pd, seen.tt);
	close(pipes[0][1]);
	for (i = 0; i < n; i++) {
		EXPECT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_EQ(switches, atomic_load(&self->subject[i].turns));
		EXPECT_EQ(0, atomic_load(&self->subject[i].errors));
		TH_LOG("%lu user interrupts", atomic_load(&self->subject[i].own));
	}
	close(self->fd);
}

/* This thread wakes up and takes the CPU away from a subject that never calls the kernel. */
TEST_F_TIMEOUT(witness, sees_nothing_in_the_middle, 600)
{
	const unsigned int wanted = scaled(10000);
	const int n = variant->subjects;
	pid_t pid[SUBJECTS];
	unsigned long round;
	struct seen seen;
	int status, i;

	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (!pid[i])
			be_subject(&self->subject[i], -1, -1);
	}
	for (i = 0; i < n; i++) {
		while (!atomic_load(&self->subject[i].ready))
			sched_yield();
	}
	self->fd = open(WITNESS, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
	for (round = 0; round < wanted; round++)
		wait_for_turn(self->subject, n);
	ASSERT_TRUE(read_seen(self->fd, &seen));
	EXPECT_GE(seen.switches, wanted);
	EXPECT_EQ(0, seen.dirty);
	for (i = 0; i < n; i++) {
		atomic_store(&self->subject[i].stop, true);
		EXPECT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_LT(0, atomic_load(&self->subject[i].turns));
		EXPECT_EQ(0, atomic_load(&self->subject[i].errors));
	}
	close(self->fd);
}

static void *take_turns(void *arg)
{
	int *pipes = arg;
	char byte;

	pin(0);
	while (read(pipes[0], &byte, 1) == 1 && write(pipes[3], &byte, 1) == 1)
		;
	return NULL;
}

/* Of threads that have nothing to do with it, and @rounds of switches. */
static bool witness_turns(int rounds)
{
	pthread_t other;
	int pipes[4];
	char byte = 0;
	bool ok;

	if (pipe2(pipes, O_CLOEXEC) || pipe2(pipes + 2, O_CLOEXEC))
		return false;
	ok = !pthread_create(&other, NULL, take_turns, pipes);
	while (ok && rounds--)
		ok = write(pipes[1], &byte, 1) == 1 && read(pipes[2], &byte, 1) == 1;
	close(pipes[1]);
	pthread_join(other, NULL);
	for (int i = 0; i < 4; i++)
		if (i != 1)
			close(pipes[i]);
	return ok;
}

FIXTURE(looking)
{
	int fd;
};

FIXTURE_SETUP(looking)
{
	if (access(WITNESS, F_OK))
		SKIP(_exit(255), "uintr_witness.ko is not loaded");
	ASSERT_EQ(0, pin(0));
}

FIXTURE_TEARDOWN(looking)
{
}

/*
 * The witness can see: a thread that registers after it has opened the file is looked at when its
 * own state is there already, since the scheduler tells the latest notifier first.
 */
TEST_F(looking, is_seeing)
{
	struct seen before, seen;
	int device, index;

	self->fd = open(WITNESS, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
	ASSERT_TRUE(witness_turns(100));
	ASSERT_TRUE(read_seen(self->fd, &before));
	EXPECT_LE(100, before.switches);
	EXPECT_EQ(0, before.dirty);

	device = open_device();
	ASSERT_GE(device, 0);
	index = receive_and_send(device, 9);
	ASSERT_GE(index, 0);
	_senduipi(index);
	/* It may have been switched out while it registered; from here on all is there. */
	ASSERT_TRUE(read_seen(self->fd, &before));
	ASSERT_TRUE(witness_turns(100));
	ASSERT_TRUE(read_seen(self->fd, &seen));
	EXPECT_LE(100, seen.dirty - before.dirty);
	EXPECT_EQ(seen.switches - before.switches, seen.dirty - before.dirty);
	EXPECT_EQ(1, seen.cr4);
	EXPECT_EQ(0, seen.uif);
	EXPECT_EQ(1UL << 9, seen.rr);
	EXPECT_EQ((uintptr_t)count_arrival, seen.handler);
	EXPECT_EQ(128, seen.stackadjust);
	EXPECT_EQ(NIMBOS_UINTR_SENDERS - 1, (uint32_t)seen.misc);
	EXPECT_LE(32, seen.misc >> 32);
	EXPECT_NE(0, seen.pd);
	EXPECT_EQ(1, seen.tt & 1);
	close(self->fd);

	/* Once more, for what has to be let in to be seen. */
	EXPECT_EQ(0, unregister_handler(device));
	EXPECT_EQ(0, unregister_sender(device, index));
	self->fd = open(WITNESS, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(receive_and_send(device, 9), 0);
	_stui();
	ASSERT_TRUE(witness_turns(100));
	ASSERT_TRUE(read_seen(self->fd, &seen));
	EXPECT_LE(100, seen.dirty);
	EXPECT_EQ(1, seen.uif);
	_clui();
	close(self->fd);
	close(device);
}

/* The signal that an instruction raises, 0 for none. */
static __thread sigjmp_buf fault;

static void on_fault(int sig)
{
	siglongjmp(fault, sig);
}

#define SIGNAL_OF(instruction)                  \
	({                                      \
		int sig_ = sigsetjmp(fault, 1); \
						\
		if (!sig_)                      \
			instruction;            \
		sig_;                           \
	})

static int signal_of_sending(unsigned long index)
{
	return SIGNAL_OF(_senduipi(index));
}

/* How many user-interrupt instructions raise SIGILL; there are five. */
static void *count_illegal(void *unused)
{
	long n = 0;

	n += signal_of_sending(0) == SIGILL;
	n += SIGNAL_OF(_stui()) == SIGILL;
	n += SIGNAL_OF(_clui()) == SIGILL;
	n += SIGNAL_OF(_testui()) == SIGILL;
	n += SIGNAL_OF(asm volatile("uiret")) == SIGILL;
	return (void *)n;
}

FIXTURE(sender)
{
	int fd;
	int index;
};

FIXTURE_SETUP(sender)
{
	const struct sigaction action = { .sa_handler = on_fault };

	ASSERT_EQ(0, sigaction(SIGSEGV, &action, NULL));
	ASSERT_EQ(0, sigaction(SIGILL, &action, NULL));
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	self->index = receive_and_send(self->fd, 7);
	ASSERT_GE(self->index, 0);
	_stui();
}

FIXTURE_TEARDOWN(sender)
{
	close(self->fd);
}

/* Of all operands, the one that was given leads somewhere. */
TEST_F_TIMEOUT(sender, has_its_index_only, 300)
{
	unsigned long sent = 0, i;
	unsigned int seed = 20260101;

	for (i = 0; i < scaled(0x10000); i++) {
		if (i == self->index)
			continue;
		ASSERT_EQ(SIGSEGV, signal_of_sending(i)) TH_LOG("index %lu", i);
	}
	/* Those whose entry would be the same after an overflow, or a cut, included. */
	for (i = 8; i < 64; i++) {
		ASSERT_EQ(SIGSEGV, signal_of_sending(1UL << i)) TH_LOG("1 << %lu", i);
		ASSERT_EQ(SIGSEGV, signal_of_sending((1UL << i) + self->index));
		ASSERT_EQ(SIGSEGV, signal_of_sending(-(1UL << i)));
		ASSERT_EQ(SIGSEGV, signal_of_sending(-(1UL << i) + self->index));
	}
	for (i = 1; i < scaled(0x10000); i++)
		ASSERT_EQ(SIGSEGV, signal_of_sending(-i)) TH_LOG("-%lu", i);
	for (i = 0; i < scaled(10000); i++) {
		unsigned long index = (unsigned long)rand_r(&seed) << 33 ^ rand_r(&seed) << 8;

		if (index >= NIMBOS_UINTR_SENDERS)
			ASSERT_EQ(SIGSEGV, signal_of_sending(index));
	}
	EXPECT_EQ(0, count_arrived(7));
	while (sent < 1000) {
		ASSERT_EQ(0, signal_of_sending(self->index));
		sent++;
		while (count_arrived(7) < sent)
			;
	}
	EXPECT_EQ(sent, count_arrived(7));
}

/* The instruction reads no memory of the program's: an entry that is made there is none. */
TEST_F_TIMEOUT(sender, cannot_bring_a_table_of_its_own, 300)
{
	const unsigned long size = 0x10000, entries = size / 16;
	static uint64_t upid[8] __attribute__((aligned(64)));
	uint64_t *table = mmap((void *)0x10000, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1,
			       0);
	unsigned long i;

	ASSERT_EQ((void *)0x10000, table);
	for (i = 0; i < entries; i++) {
		table[2 * i] = 1;
		table[2 * i + 1] = (uintptr_t)upid;
	}
	/* As if the table began at 0, at this one, or anywhere from where they are that far off. */
	for (i = 0; i < 2 * entries; i++) {
		if (i == self->index)
			continue;
		ASSERT_EQ(SIGSEGV, signal_of_sending(i));
		ASSERT_EQ(SIGSEGV, signal_of_sending((uintptr_t)table + i));
		ASSERT_EQ(SIGSEGV, signal_of_sending((0x800000000000 + (uintptr_t)table) / 16 + i));
	}
	for (i = 0; i < 8; i++)
		EXPECT_EQ(0, upid[i]);
	munmap(table, size);
}

TEST_F(sender, is_a_thread)
{
	pthread_t thread;
	void *illegal;
	int status;
	pid_t child;

	ASSERT_EQ(0, pthread_create(&thread, NULL, count_illegal, NULL));
	ASSERT_EQ(0, pthread_join(thread, &illegal));
	EXPECT_EQ(5, (long)illegal);
	child = fork();
	if (!child)
		_exit((long)count_illegal(NULL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(5, WEXITSTATUS(status));
	EXPECT_EQ(0, count_arrived(7));
	EXPECT_EQ(0, signal_of_sending(self->index));
}

TEST_F(sender, is_one_no_more)
{
	int number = vector_fd(self->fd, 8), second = register_sender(self->fd, number);
	int third = register_sender(self->fd, number);

	ASSERT_GE(third, 0);
	/* Taken back; the others stay. */
	EXPECT_EQ(0, unregister_sender(self->fd, second));
	EXPECT_EQ(SIGSEGV, signal_of_sending(second));
	EXPECT_EQ(0, signal_of_sending(third));
	EXPECT_EQ(1, count_arrived(8));
	/* The receiver has gone. */
	EXPECT_EQ(0, unregister_handler(self->fd));
	EXPECT_EQ(0, signal_of_sending(third));
	EXPECT_EQ(0, signal_of_sending(self->index));
	EXPECT_EQ(1, count_arrived(8));
	EXPECT_EQ(0, count_arrived(7));
	/* The last one but one, and the last one. */
	EXPECT_EQ(0, unregister_sender(self->fd, third));
	EXPECT_EQ(SIGSEGV, signal_of_sending(third));
	EXPECT_EQ(0, unregister_sender(self->fd, self->index));
	EXPECT_EQ(SIGILL, signal_of_sending(self->index));
	EXPECT_EQ(5, (long)count_illegal(NULL));
	/* A receiver is no sender. */
	EXPECT_EQ(0, register_handler(self->fd, count_arrival));
	EXPECT_EQ(SIGILL, signal_of_sending(self->index));
	EXPECT_EQ(0, SIGNAL_OF(_stui()));
	EXPECT_EQ(0, unregister_handler(self->fd));
	EXPECT_EQ(5, (long)count_illegal(NULL));
}

/*
 * Receivers that come and go, all with the first UPID there is, since nobody else has one. Each has
 * a vector that none of the last KEPT had, to which the sender goes on sending.
 */
#define KEPT 32

struct exchange {
	int fd;
	int number;
	atomic_ulong round;
	atomic_ulong taken;
	atomic_bool stop;
	atomic_ulong failed;
};

static atomic_ulong current_vector, from_current, from_others;

static void __attribute__((interrupt, target("general-regs-only")))
only_current(struct __uintr_frame *frame, unsigned long long vector)
{
	atomic_fetch_add(vector == atomic_load(&current_vector) ? &from_current : &from_others, 1);
}

static void *send_to_old_ones(void *arg)
{
	struct exchange *exchange = arg;
	unsigned long round = 0, kept = 0, i;
	int index[KEPT];

	pin(1);
	while (!atomic_load(&exchange->stop)) {
		if (atomic_load(&exchange->round) != round) {
			if (kept == KEPT) {
				if (unregister_sender(exchange->fd, index[round % KEPT]))
					atomic_fetch_add(&exchange->failed, 1);
			} else {
				kept++;
			}
			index[round % KEPT] = register_sender(exchange->fd, exchange->number);
			if (index[round % KEPT] < 0) {
				atomic_fetch_add(&exchange->failed, 1);
				return NULL;
			}
			round++;
			atomic_store(&exchange->taken, round);
		}
		for (i = 0; i < kept; i++)
			_senduipi(index[i]);
	}
	return NULL;
}

/* @arg: ends without saying so. */
static void *receive_once(void *arg)
{
	struct exchange *exchange = arg;
	unsigned long round = atomic_load(&exchange->round);

	pin(0);
	atomic_store(&current_vector, round % 64);
	atomic_store(&from_current, 0);
	if (register_handler(exchange->fd, only_current)) {
		atomic_fetch_add(&exchange->failed, 1);
		return NULL;
	}
	_stui();
	exchange->number = vector_fd(exchange->fd, round % 64);
	atomic_store(&exchange->round, round + 1);
	while (!atomic_load(&from_current) && !atomic_load(&exchange->failed))
		;
	if (round % 2)
		unregister_handler(exchange->fd);
	close(exchange->number);
	return NULL;
}

TEST_F_TIMEOUT(sender, does_not_reach_who_comes_after, 400)
{
	struct exchange exchange = { .fd = self->fd };
	const unsigned int rounds = HANDED_OUT;
	pthread_t sender, receiver;
	long long before, after;
	unsigned int i;

	EXPECT_EQ(0, unregister_handler(self->fd));
	EXPECT_EQ(0, unregister_sender(self->fd, self->index));
	/* It has to exist from the first registration on. */
	EXPECT_EQ(0, in_use("upids:", &before));
	ASSERT_EQ(0, pthread_create(&sender, NULL, send_to_old_ones, &exchange));
	for (i = 0; i < rounds && !atomic_load(&exchange.failed); i++) {
		ASSERT_EQ(0, pthread_create(&receiver, NULL, receive_once, &exchange));
		pthread_join(receiver, NULL);
		/* A thread can be joined before it has lost what it had registered. */
		while (in_use("upids:", &after) > 0)
			sched_yield();
	}
	atomic_store(&exchange.stop, true);
	pthread_join(sender, NULL);
	EXPECT_EQ(0, atomic_load(&exchange.failed));
	EXPECT_EQ(0, atomic_load(&from_others));
	EXPECT_EQ(rounds, atomic_load(&exchange.taken));
	EXPECT_EQ(0, in_use("upids:", &after));
	EXPECT_EQ(rounds, after - before);
}

/* The peer has the last CPU. */
FIXTURE(peer)
{
	int fd;
	int cpu;
};

FIXTURE_SETUP(peer)
{
	self->cpu = (int)sysconf(_SC_NPROCESSORS_CONF) - 1;
	if (self->cpu < 2 || access(ZERO, F_OK))
		SKIP(_exit(255), "it wants three CPUs and uintr_witness.ko");
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
	ASSERT_EQ(0, start_peer(self->fd, 0, self->cpu));
}

FIXTURE_TEARDOWN(peer)
{
	stop_peer(self->fd, 0);
	unload_peer(self->fd, 0);
	close(self->fd);
}

/* Neither UPIDs nor the board nor anything else of the region is to be had, only the two areas. */
TEST_F_TIMEOUT(peer, gives_its_areas_only, 300)
{
	struct nimbos_slot_alloc slot = small_slot();
	const uint64_t sizes[] = { 4096, NIMBOS_SCF_UPID_AREA_SIZE, NIMBOS_SCF_BOARD_SIZE,
				   slot.window_size };
	/* Every page, but on the debug kernel. */
	const uint64_t step = 4096ULL * 10 / scaled(10);
	int device = open_device();
	unsigned int mapped = 0;
	uint64_t offset;
	void *area;

	area = mmap(NULL, 4096, PROT_READ, MAP_SHARED, device, 0);
	EXPECT_EQ(MAP_FAILED, area);
	EXPECT_EQ(ENODATA, errno);
	ASSERT_EQ(0, alloc_slot(device, &slot));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (offset = 0; offset < REGION_SIZE; offset += step) {
			area = mmap(NULL, sizes[i], PROT_READ | PROT_WRITE, MAP_SHARED, device,
				    offset);
			if (area == MAP_FAILED) {
				ASSERT_EQ(EINVAL, errno) TH_LOG("offset %lx", offset);
				continue;
			}
			mapped++;
			ASSERT_TRUE((offset == slot.window_offset &&
				     sizes[i] == slot.window_size) ||
				    (offset == slot.control_offset &&
				     sizes[i] == slot.control_size))
				TH_LOG("%lu bytes at %lx", sizes[i], offset);
			munmap(area, sizes[i]);
		}
	}
	EXPECT_LE(step == 4096, mapped);
	/* By physical addresses, or far away. */
	for (unsigned int bit = 12; bit < 63; bit++) {
		if (1UL << bit == slot.window_offset || 1UL << bit == slot.control_offset)
			continue;
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, device, 1UL << bit));
		EXPECT_EQ(EINVAL, errno);
	}
	for (offset = 0; offset < NIMBOS_SCF_UPID_AREA_SIZE; offset += 4096) {
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, device,
					   REGION_BASE + UPID_OFFSET + offset));
		EXPECT_EQ(EINVAL, errno);
	}
	close(device);
}

static bool read_region(uint64_t offset, void *data, size_t size)
{
	int fd = open(REGION, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && pread(fd, data, size, offset) == size;

	close(fd);
	return ok;
}

/*
 * Until the peer has seen all that has been sent to it: it goes through its slots, and acknowledges
 * the death of one. What it was told of other slots before that one was there may have come too
 * late for this time, but not for the next. That its timer has come says nothing: with the CPU of a
 * virtual machine away for a while, it may come several times before anything else does.
 */
static bool wait_for_peer(int fd)
{
	struct nimbos_query q = { .state = NIMBOS_PEER_RUNNING };

	for (int i = 0; i < 2 && q.state == NIMBOS_PEER_RUNNING; i++) {
		struct nimbos_slot_alloc slot = small_slot();
		int slot_fd = open_device();

		if (alloc_slot(slot_fd, &slot)) {
			close(slot_fd);
			return false;
		}
		close(slot_fd);
		do {
			query_peer(fd, &q);
		} while (q.state == NIMBOS_PEER_RUNNING && q.slots_dying);
	}
	return q.state == NIMBOS_PEER_RUNNING;
}

/*
 * A sender to the peer, by a slot, and before by the same index to somebody else: that one is
 * @other, in the file @other_fd.
 */
struct ringer {
	pthread_t thread;
	int fd;
	int other_fd;
	int other;
	int index[2];
	int errors[5];
	atomic_int step;
	atomic_ulong sent;
};

static void ring_until(struct ringer *ringer, int index, int step)
{
	while (atomic_load(&ringer->step) < step) {
		_senduipi(index);
		atomic_fetch_add(&ringer->sent, 1);
	}
}

static int register_doorbell(int fd)
{
	struct nimbos_uintr_register_sender arg = {
		.size = sizeof(arg),
		.flags = NIMBOS_UINTR_DOORBELL,
		.fd = -1,
	};

	return -try_ioctl(fd, NIMBOS_IOC_UINTR_REGISTER_SENDER, &arg) ?: (int)arg.index;
}

static void *ring(void *arg)
{
	struct ringer *ringer = arg;

	pin(1);
	ringer->index[0] = register_sender(ringer->other_fd, ringer->other);
	ring_until(ringer, ringer->index[0], 1);
	ringer->errors[0] = unregister_sender(ringer->other_fd, ringer->index[0]);
	ringer->errors[1] = signal_of_sending(ringer->index[0]);
	ringer->index[1] = register_doorbell(ringer->fd);
	ring_until(ringer, ringer->index[1], 2);
	ringer->errors[2] = unregister_sender(ringer->fd, ringer->index[1]);
	ringer->errors[3] = signal_of_sending(ringer->index[1]);
	ringer->errors[4] = register_doorbell(ringer->fd);
	return NULL;
}

static void wait_for_sends(struct ringer *ringer, unsigned long n)
{
	unsigned long before = atomic_load(&ringer->sent);

	while (atomic_load(&ringer->sent) < before + n)
		sched_yield();
}

/*
 * A slot dies with its peer while it is sent by: nothing arrives from then on, and the peer cannot
 * be started again until the sender has let go. The next peer gets nothing of what the same thread
 * sends elsewhere by the same index, for the same slot, which would make it start a process.
 */
TEST_F_TIMEOUT(peer, is_not_reached_by_a_dead_slot, 900)
{
	const struct sigaction action = { .sa_handler = on_fault };
	const unsigned int restarts = RESTARTS;
	struct nimbos_scf_slot *control;
	struct nimbos_scf_board board;
	struct nimbos_slot_alloc slot;
	unsigned int round;
	uint64_t upid[2];
	char address[32];
	int other, number;

	ASSERT_EQ(0, sigaction(SIGSEGV, &action, NULL));
	ASSERT_EQ(0, sigaction(SIGILL, &action, NULL));
	snprintf(address, sizeof(address), "%#llx", REGION_BASE + UPID_OFFSET);
	ASSERT_TRUE(read_region(UPID_OFFSET + NIMBOS_SCF_UPID_AREA_SIZE, &board, sizeof(board)));
	ASSERT_EQ(UPID_OFFSET, board.upid_offset);
	pin(0);
	other = open_device();
	ASSERT_EQ(0, register_handler(other, count_arrival));
	number = vector_fd(other, 3);

	for (round = 0; round < restarts; round++) {
		struct ringer ringer = { .fd = open_device(), .other_fd = other, .other = number };

		slot = small_slot();
		ASSERT_EQ(0, alloc_slot(ringer.fd, &slot));
		ASSERT_EQ(0, slot.slot);
		control = mmap(NULL, slot.control_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			       ringer.fd, slot.control_offset);
		ASSERT_NE(MAP_FAILED, control);
		ASSERT_TRUE(wait_for_peer(self->fd));
		__atomic_store_n(&control->server_state, NIMBOS_SCF_SERVER_READY, __ATOMIC_RELEASE);

		ASSERT_EQ(0, pthread_create(&ringer.thread, NULL, ring, &ringer));
		wait_for_sends(&ringer, 1000);
		ASSERT_TRUE(wait_for_peer(self->fd));
		ASSERT_EQ(NIMBOS_SCF_CLIENT_NONE, __atomic_load_n(&control->client_state,
								  __ATOMIC_ACQUIRE));
		/* With the slot's own it arrives. */
		atomic_store(&ringer.step, 1);
		while (__atomic_load_n(&control->client_state, __ATOMIC_ACQUIRE) ==
		       NIMBOS_SCF_CLIENT_NONE)
			sched_yield();

		munmap(control, slot.control_size);
		ASSERT_EQ(0, stop_peer(self->fd, 0));
		ASSERT_TRUE(write_text(ZERO, address));
		wait_for_sends(&ringer, 1000);
		ASSERT_TRUE(read_region(UPID_OFFSET, upid, sizeof(upid)));
		ASSERT_EQ(0, upid[0]) TH_LOG("round %u", round);
		ASSERT_EQ(0, upid[1]) TH_LOG("round %u", round);
		ASSERT_EQ(EBUSY, load_reference(self->fd, 0, NULL));
		atomic_store(&ringer.step, 2);
		pthread_join(ringer.thread, NULL);
		ASSERT_EQ(ringer.index[0], ringer.index[1]);
		ASSERT_EQ(0, ringer.errors[0]);
		ASSERT_EQ(SIGILL, ringer.errors[1]);
		ASSERT_EQ(0, ringer.errors[2]);
		ASSERT_EQ(SIGILL, ringer.errors[3]);
		ASSERT_EQ(ESHUTDOWN, -ringer.errors[4]);
		close(ringer.fd);
		ASSERT_EQ(0, load_reference(self->fd, 0, NULL));
		ASSERT_EQ(0, start_peer(self->fd, 0, self->cpu));
	}
	close(number);
	close(other);
}

/* Has to come last: what all the others have had is given back. */
FIXTURE(accounts)
{
};

FIXTURE_SETUP(accounts)
{
}

FIXTURE_TEARDOWN(accounts)
{
}

TEST_F(accounts, balance)
{
	long long n;

	EXPECT_EQ(0, in_use("uintr threads:", &n));
	EXPECT_LT(0, n);
	EXPECT_EQ(0, in_use("upids:", &n));
	EXPECT_LE(HANDED_OUT, n);
	EXPECT_EQ(0, in_use("uitts:", &n));
	EXPECT_LT(0, n);
	EXPECT_EQ(0, in_use("senders:", &n));
	EXPECT_LE(HANDED_OUT, n);
}

TEST_HARNESS_MAIN
