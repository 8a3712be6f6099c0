// SPDX-License-Identifier: GPL-2.0
/*
 * How a worker waits and notifies, by the kernel and by user interrupts: the test stands for both,
 * and for the peer.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "fixture.h"
#include "../../tools/lib/slot.h"
#include "../../tools/lib/uintr.h"

#define DOORBELL 7
#define FOREVER UINT64_MAX

__thread struct nimbos_uintr nimbos_uintr_self __attribute__((tls_model("initial-exec")));

/* What was asked of the kernel and of the processor, and what they answer. */
static struct {
	struct fixture *fixture;
	unsigned int waits, notified_waits, notifications;
	unsigned int registrations, senders, uintr_waits, sent, shown;
	int64_t timeout_ns;
	struct nimbos_call_record record[2 * NIMBOS_TRACE_RECORDS];
	bool enabled;
	int register_error, sender_error, wait_error;
	void (*on_wait)(void);
} world;

static struct nimbos_lane lane;
static struct nimbos_slot slot;

static int kernel_wait(struct nimbos_slot *of, unsigned int no, bool notify, int64_t timeout_ns)
{
	assert_ptr_equal(of, &slot);
	assert_int_equal(no, 0);
	world.waits++;
	world.notified_waits += notify;
	world.timeout_ns = timeout_ns;
	if (world.on_wait)
		world.on_wait();
	return world.wait_error;
}

static int kernel_notify(struct nimbos_slot *of)
{
	(void)of;
	world.notifications++;
	return 0;
}

static int kernel_trace(struct nimbos_slot *of, unsigned int no,
			const struct nimbos_call_record *records, unsigned int count)
{
	assert_ptr_equal(of, &slot);
	assert_int_equal(no, 0);
	assert_in_range(count, 1, NIMBOS_TRACE_RECORDS);
	memcpy(world.record + world.shown, records, count * sizeof(*records));
	world.shown += count;
	return 0;
}

int nimbos_uintr_register(int fd, uint64_t handler, uint32_t flags, uint32_t no)
{
	assert_int_equal(fd, slot.fd);
	assert_int_equal(flags, NIMBOS_UINTR_LANE);
	assert_int_equal(no, lane.no);
	if (world.register_error)
		return world.register_error;
	nimbos_uintr_self = (struct nimbos_uintr){ .handler = handler };
	world.registrations++;
	return 0;
}

int nimbos_uintr_unregister(int fd)
{
	assert_int_equal(fd, slot.fd);
	world.registrations--;
	return 0;
}

int nimbos_uintr_register_sender(int fd, uint32_t flags, int vector_fd)
{
	assert_int_equal(fd, slot.fd);
	assert_int_equal(flags, NIMBOS_UINTR_DOORBELL);
	assert_int_equal(vector_fd, -1);
	if (world.sender_error)
		return world.sender_error;
	world.senders++;
	return DOORBELL;
}

int nimbos_uintr_unregister_sender(int fd, uint32_t index)
{
	assert_int_equal(fd, slot.fd);
	assert_int_equal(index, DOORBELL);
	world.senders--;
	return 0;
}

/* As the library's, and the kernel's, which waits until something is pending. */
int nimbos_uintr_wait(int fd, int64_t timeout_ns)
{
	assert_int_equal(fd, slot.fd);
	world.timeout_ns = timeout_ns;
	world.uintr_waits++;
	if (world.on_wait)
		world.on_wait();
	if (!world.wait_error && !nimbos_uintr_self.arrived)
		fail_msg("sleeps for ever");
	return world.wait_error;
}

void nimbos_uintr_send(uint64_t index)
{
	assert_int_equal(index, DOORBELL);
	world.sent++;
}

void nimbos_uintr_enable(void)
{
	world.enabled = true;
}

void nimbos_uintr_ignore(void)
{
	fail();
}

static const struct nimbos_transport transport = {
	.wait = kernel_wait,
	.notify = kernel_notify,
	.trace = kernel_trace,
	.uintr = true,
};

static const struct nimbos_transport other_transport = {
	.wait = kernel_wait,
	.notify = kernel_notify,
};

static int setup(void **state)
{
	int error = fixture_setup(state);

	memset(&world, 0, sizeof(world));
	world.fixture = *state;
	slot = (struct nimbos_slot){
		.transport = &transport,
		.fd = 42,
		.info = { .lanes = 1, .depth = world.fixture->slot.depth },
		.control = nimbos_local_control(&world.fixture->local, 0),
	};
	nimbos_lane_init(&lane, &slot, 0);
	nimbos_uintr_self = (struct nimbos_uintr){ 0 };
	return error;
}

/* The peer submits, and what it does to notify arrives. */
static void submit(void)
{
	unsigned int before = world.fixture->ipis;

	fixture_submit(world.fixture, 1);
	nimbos_client_flush(&world.fixture->lane);
	if (world.fixture->ipis != before)
		nimbos_uintr_self.arrived = 1;
}

static int wait_for_request(uint64_t poll_ns)
{
	struct nimbos_scf_req req;
	int ret = nimbos_lane_wait(&lane, &req, poll_ns);

	if (ret == 1)
		nimbos_lane_respond(&lane, &req, 0, 0);
	return ret;
}

/* The peer's thread sleeps, and is to be notified once. */
static void peer_sleeps(void)
{
	__u32 *need = &lane.ring.shared->client_need;

	*need = (*need + 1) | 1;
}

static void test_kernel_notifies_and_waits_in_one(void **state)
{
	(void)state;
	submit();
	assert_int_equal(wait_for_request(0), 1);
	peer_sleeps();
	world.on_wait = submit;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.waits, 1);
	assert_int_equal(world.notified_waits, 1);
	assert_int_equal(world.notifications, 0);
	assert_int_equal(world.sent, 0);
	peer_sleeps();
	assert_int_equal(nimbos_lane_flush(&lane), 0);
	assert_int_equal(world.notifications, 1);
}

/* Whatever fails, nothing is left behind, and the lane works by the kernel. */
static void test_no_user_interrupts(void **state)
{
	(void)state;
	slot.transport = &other_transport;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), -EOPNOTSUPP);
	slot.transport = &transport;
	world.sender_error = -ENOSPC;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), -ENOSPC);
	world.sender_error = 0;
	world.register_error = -EBUSY;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), -EBUSY);
	assert_int_equal(world.senders, 0);
	assert_int_equal(world.registrations, 0);
	assert_false(world.enabled);
	/* Of no concern to the lane: some other handler of the program's. */
	nimbos_uintr_self.arrived = 1;
	world.on_wait = submit;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.waits, 1);
	assert_int_equal(world.uintr_waits, 0);
	assert_int_equal(nimbos_uintr_self.arrived, 1);
	nimbos_lane_uintr_stop(&lane);
	assert_int_equal(world.registrations, 0);
}

static void test_start_and_stop(void **state)
{
	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	assert_true(world.enabled);
	assert_int_equal(world.registrations, 1);
	assert_int_equal(world.senders, 1);
	nimbos_lane_uintr_stop(&lane);
	assert_int_equal(world.registrations, 0);
	assert_int_equal(world.senders, 0);
	nimbos_lane_uintr_stop(&lane);
	assert_int_equal(world.senders, 0);
	world.on_wait = submit;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.waits, 1);
}

static void test_asleep(void **state)
{
	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	world.on_wait = submit;
	for (unsigned int i = 1; i <= 20; i++) {
		assert_int_equal(wait_for_request(0), 1);
		assert_int_equal(world.uintr_waits, i);
		assert_int_equal(world.fixture->ipis, i);
		/* Awake, it does not want to hear of anything. */
		assert_int_equal(lane.ring.shared->server_need & 1, 0);
		nimbos_client_reap(&world.fixture->lane, &(struct nimbos_client_result){ 0 }, 1);
	}
	assert_int_equal(world.waits, 0);
	/* None was asleep. */
	assert_int_equal(world.sent, 0);
}

/* One that has arrived before, for a request taken since, does not end the wait for the next. */
static void test_arrived_before(void **state)
{
	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, FOREVER), 0);
	lane.spin_ns = 0;
	submit();
	nimbos_uintr_self.arrived = 1;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.uintr_waits, 0);
	nimbos_uintr_self.arrived = 1;
	world.on_wait = submit;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.uintr_waits, 1);
}

/* One for nothing: it is asleep again, by a new value, which the peer answers. */
static void arrive_for_nothing(void)
{
	nimbos_uintr_self.arrived = 1;
	world.on_wait = submit;
}

static void test_arrived_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	world.on_wait = arrive_for_nothing;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.uintr_waits, 2);
	assert_int_equal(lane.ring.shared->server_need, 4);
}

static void on_alarm(int sig)
{
	(void)sig;
	submit();
}

/* The worker has said that it waits, and had said so the last few times, too: it does. */
static void on_alarm_asleep(int sig)
{
	static const struct itimerval never;
	static unsigned int times;
	static __u32 last;
	__u32 need = lane.ring.shared->server_need;

	(void)sig;
	times = need & 1 && need == last ? times + 1 : 0;
	last = need;
	if (times == 5) {
		setitimer(ITIMER_REAL, &never, NULL);
		submit();
	}
}

/* A signal handler is as sudden as a user interrupt. */
static void interrupt_soon(void)
{
	const struct itimerval soon = { { .tv_usec = 1000 }, { .tv_usec = 1000 } };

	signal(SIGALRM, on_alarm_asleep);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void test_awake(void **state)
{
	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, FOREVER), 0);
	for (unsigned int i = 1; i <= 5; i++) {
		interrupt_soon();
		assert_int_equal(wait_for_request(0), 1);
		assert_int_equal(world.fixture->ipis, i);
	}
	assert_int_equal(world.uintr_waits, 0);
	assert_int_equal(world.waits, 0);
}

static void test_awake_for_a_time(void **state)
{
	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 1000), 0);
	world.on_wait = submit;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.uintr_waits, 1);
}

/* Looking at the ring needs no notification. */
static void test_looks_first(void **state)
{
	const struct itimerval soon = { .it_value.tv_usec = 2000 };

	(void)state;
	signal(SIGALRM, on_alarm);
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_int_equal(wait_for_request(FOREVER), 1);
	assert_int_equal(world.fixture->ipis, 0);
	assert_int_equal(world.uintr_waits, 0);
}

static void test_sends(void **state)
{
	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	submit();
	assert_int_equal(wait_for_request(0), 1);
	peer_sleeps();
	world.on_wait = submit;
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(world.sent, 1);
	assert_int_equal(nimbos_lane_flush(&lane), 0);
	assert_int_equal(world.sent, 1);
	assert_int_equal(world.notifications, 0);
	assert_int_equal(world.notified_waits, 0);
}

static void test_errors(void **state)
{
	static const int errors[] = { -EINTR, -ESHUTDOWN };

	(void)state;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	for (unsigned int i = 0; i < 2; i++) {
		world.wait_error = errors[i];
		assert_int_equal(wait_for_request(0), errors[i]);
		assert_int_equal(lane.ring.shared->server_need & 1, 0);
	}
}

static int teardown(void **state)
{
	free(lane.trace);
	return fixture_teardown(state);
}

/* The worker, which comes to its turn while the peer polls. */
static void serve(struct fixture *fixture)
{
	(void)fixture;
	assert_int_equal(wait_for_request(0), 1);
}

static void call(__u16 nr)
{
	const __u64 args[6] = { 1, 2, 3, 4, 5, 6 };
	struct nimbos_client_result result;

	world.fixture->lane.poll_ns = FOREVER;
	world.fixture->on_clock = serve;
	assert_int_equal(nimbos_client_call(&world.fixture->lane, nr, args, &result), 0);
	world.fixture->on_clock = NULL;
}

/* There is nothing to do until the worker gives up. */
static void be_idle(int error)
{
	world.on_wait = NULL;
	world.wait_error = error;
	assert_int_equal(wait_for_request(0), error);
}

static void stop_waiting(void)
{
	world.wait_error = world.timeout_ns < 0 ? -EINTR : -ETIMEDOUT;
}

static void test_not_traced(void **state)
{
	(void)state;
	call(1);
	be_idle(-EINTR);
	assert_true(world.timeout_ns < 0);
	assert_null(lane.trace);
	assert_int_equal(lane.ring.shared->client_stamped, 0);
}

static void test_traced(void **state)
{
	static const __u64 args[6] = { 1, 2, 3, 4, 5, 6 };
	const struct nimbos_call_record *record = world.record;

	(void)state;
	lane.ring.shared->trace = 1;
	for (__u16 nr = 1; nr <= 3; nr++)
		call(nr);
	assert_int_equal(world.shown, 0);
	/* A wait with a limit, after which they are shown, and one without. */
	world.on_wait = stop_waiting;
	assert_int_equal(wait_for_request(0), -EINTR);
	assert_int_equal(world.waits, 2);
	assert_int_equal(world.shown, 3);
	for (__u16 nr = 1; nr <= 3; nr++, record++) {
		assert_int_equal(record->nr, nr);
		assert_memory_equal(record->args, args, sizeof(args));
		assert_int_equal(record->result, 0);
		assert_true(record->stamps.begin && record->stamps.begin <= record->stamps.queued);
		assert_true(record->stamps.queued <= record->stamps.notified);
		assert_true(record->stamps.queued <= record->taken);
		assert_true(record->taken <= record->executed);
		assert_true(record->executed <= record->replied);
		assert_true(record->replied <= record->stamps.resumed);
	}
	/* Those of the last one are not taken for another's. */
	world.fixture->on_clock = NULL;
	submit();
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(nimbos_lane_flush(&lane), 0);
	assert_int_equal(world.shown, 4);
	assert_int_equal(world.record[3].nr, NIMBOS_SCF_NR_NOP);
	assert_int_equal(world.record[3].stamps.begin, 0);
	/* Nobody looks any more. */
	lane.ring.shared->trace = 0;
	call(1);
	be_idle(-EINTR);
	assert_int_equal(world.shown, 4);
}

/* The same limit where the kernel is asked for a user interrupt. */
static void test_traced_by_user_interrupt(void **state)
{
	(void)state;
	lane.ring.shared->trace = 1;
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	call(1);
	assert_int_equal(world.shown, 0);
	world.on_wait = stop_waiting;
	assert_int_equal(wait_for_request(0), -EINTR);
	assert_int_equal(world.uintr_waits, 2);
	assert_int_equal(world.shown, 1);
	assert_true(world.timeout_ns < 0);
}

static void test_traced_many(void **state)
{
	(void)state;
	lane.ring.shared->trace = 1;
	for (__u16 nr = 0; nr < NIMBOS_TRACE_RECORDS; nr++)
		call(nr);
	assert_int_equal(world.shown, 0);
	call(1000);
	assert_int_equal(world.shown, NIMBOS_TRACE_RECORDS);
	for (__u16 nr = 0; nr < NIMBOS_TRACE_RECORDS; nr++) {
		assert_int_equal(world.record[nr].nr, nr);
		assert_true(world.record[nr].stamps.resumed);
	}
	assert_int_equal(nimbos_lane_flush(&lane), 0);
	assert_int_equal(world.shown, NIMBOS_TRACE_RECORDS + 1);
	assert_int_equal(world.record[NIMBOS_TRACE_RECORDS].nr, 1000);
}

/* Told by the kernel, by nobody, by a user interrupt, by the kernel beside those, and by nobody. */
static void test_traced_with_waits(void **state)
{
	static const __u32 waited[] = { NIMBOS_WAITED_SLEEP, NIMBOS_WAITED_POLL,
					NIMBOS_WAITED_UINTR, NIMBOS_WAITED_SLEEP,
					NIMBOS_WAITED_POLL };

	(void)state;
	lane.ring.shared->trace = 1;
	world.on_wait = submit;
	assert_int_equal(wait_for_request(0), 1);
	submit();
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(nimbos_lane_uintr_start(&lane, 0), 0);
	interrupt_soon();
	lane.spin_ns = FOREVER;
	assert_int_equal(wait_for_request(0), 1);
	lane.spin_ns = 0;
	assert_int_equal(wait_for_request(0), 1);
	submit();
	assert_int_equal(wait_for_request(0), 1);
	assert_int_equal(nimbos_lane_flush(&lane), 0);
	assert_int_equal(world.shown, 5);
	for (unsigned int i = 0; i < world.shown; i++)
		assert_int_equal(world.record[i].waited, waited[i]);
}

/* The peer may write the word, too. */
static void test_traced_by_nobody(void **state)
{
	(void)state;
	slot.transport = &other_transport;
	nimbos_lane_init(&lane, &slot, 0);
	lane.ring.shared->trace = 1;
	call(1);
	be_idle(-EINTR);
	assert_true(world.timeout_ns < 0);
	assert_null(lane.trace);
}

/* Who ends the process shows what has been answered; what has not been, stays. */
static void test_traced_until_the_end(void **state)
{
	struct nimbos_scf_req req;

	(void)state;
	slot.lane = &lane;
	nimbos_slot_trace_flush(&slot);
	assert_int_equal(world.shown, 0);
	lane.ring.shared->trace = 1;
	call(1);
	call(2);
	submit();
	assert_int_equal(nimbos_lane_wait(&lane, &req, 0), 1);
	nimbos_slot_trace_flush(&slot);
	assert_int_equal(world.shown, 2);
	assert_true(world.record[1].stamps.resumed);
	nimbos_slot_trace_flush(&slot);
	assert_int_equal(world.shown, 2);
	nimbos_lane_respond(&lane, &req, 5, 0);
	nimbos_slot_trace_flush(&slot);
	assert_int_equal(world.shown, 3);
	assert_int_equal(world.record[2].nr, NIMBOS_SCF_NR_NOP);
	assert_int_equal(world.record[2].result, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_kernel_notifies_and_waits_in_one),
		TEST(test_no_user_interrupts),
		TEST(test_start_and_stop),
		TEST(test_asleep),
		TEST(test_arrived_before),
		TEST(test_arrived_for_nothing),
		TEST(test_awake),
		TEST(test_awake_for_a_time),
		TEST(test_looks_first),
		TEST(test_sends),
		TEST(test_errors),
		TEST(test_not_traced),
		TEST(test_traced),
		TEST(test_traced_by_user_interrupt),
		TEST(test_traced_many),
		TEST(test_traced_with_waits),
		TEST(test_traced_by_nobody),
		TEST(test_traced_until_the_end),
	};

	return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
