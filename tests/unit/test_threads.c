// SPDX-License-Identifier: GPL-2.0
/*
 * Client and server in threads of their own, by the hundred thousand. A wake-up that is lost is a
 * test that does not end: the watchdog says so. With user interrupts, threads play the processor,
 * too: what it does when a post is sent, and when one arrives.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "nimbos_mem.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SCALE 10
#else
#define SCALE 1
#endif

#define WATCHDOG_SECONDS 120
#define DEPTH 16
#define LANES 2

/* What a lane's two threads have. */
struct pair {
	struct world *world;
	struct nimbos_client_lane lane;
	struct nimbos_client_call calls[DEPTH];
	struct nimbos_ring ring;
	sem_t client_sem;
	sem_t server_sem;
	unsigned int client_seed;
	unsigned int server_seed;
	unsigned int client_sleeps;
	unsigned int server_sleeps;
	unsigned int server_posted;
	unsigned int calls_made;
	bool server_sleeps_at_all;
	unsigned int stop;
};

struct world {
	struct nimbos_local local;
	struct nimbos_client_slot slot;
	pthread_mutex_t doorbell_lock;
	unsigned int posts;
	bool uintr;
	struct pair pair[LANES];
};

/* The UPID of a lane's server; the one before is the peer's. */
static struct nimbos_scf_upid *upid_of(struct pair *pair)
{
	return &pair->world->local.upids[1 + pair->lane.no];
}

static void stuck(int signal)
{
	static const char text[] = "# no progress: a wake-up was lost\nBail out!\n";

	(void)signal;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* Now and then a delay between two steps, so that every interleaving has its chance. */
static void dawdle(unsigned int *seed, unsigned int max)
{
	int n = rand_r(seed) % 4 ? 0 : rand_r(seed) % max;

	while (n-- > 0)
		nimbos_relax();
}

static struct pair *of_lane(struct nimbos_client_lane *lane)
{
	return lane->data;
}

static void send_ipi(struct nimbos_client *client, __u64 route, struct nimbos_client_lane *lane)
{
	(void)client;
	if (!lane)
		return;
	if (of_lane(lane)->world->uintr)
		assert_int_equal(route, NIMBOS_SCF_ROUTE(0x50, lane->no));
	sem_post(&of_lane(lane)->server_sem);
}

static __u64 now_ns(struct nimbos_client *client)
{
	static __u64 now;

	(void)client;
	/* Only that it goes on matters here; no deadline is used. */
	return __atomic_add_fetch(&now, 1, __ATOMIC_RELAXED);
}

static void lane_sleep(struct nimbos_client_lane *lane, __u64 deadline_ns)
{
	struct pair *pair = of_lane(lane);

	(void)deadline_ns;
	pair->client_sleeps++;
	while (sem_wait(&pair->client_sem))
		assert_int_equal(errno, EINTR);
}

static void lane_wake(struct nimbos_client_lane *lane)
{
	sem_post(&of_lane(lane)->client_sem);
}

static void slot_ready(struct nimbos_client *client, __u32 slot, __u32 epoch)
{
	(void)client;
	(void)slot;
	(void)epoch;
}

static const struct nimbos_client_ops ops = {
	.send_ipi = send_ipi,
	.now_ns = now_ns,
	.sleep = lane_sleep,
	.wake = lane_wake,
	.slot_ready = slot_ready,
};

static void world_open(struct world *world)
{
	memset(world, 0, sizeof(*world));
	assert_int_equal(nimbos_local_open(&world->local, &ops, 1, LANES, DEPTH), 0);
	pthread_mutex_init(&world->doorbell_lock, NULL);
}

static void world_attach(struct world *world, __u32 epoch)
{
	struct nimbos_scf_slot *control = nimbos_local_control(&world->local, 0);
	struct pair *pair;
	unsigned int i;

	assert_int_equal(nimbos_client_slot_attach(&world->local.client, &world->slot, 0, epoch),
			 0);
	for (i = 0; i < LANES; i++) {
		pair = &world->pair[i];
		assert_int_equal(nimbos_client_lane_open(&world->slot, &pair->lane, i, pair->calls,
							 DEPTH),
				 0);
		pair->world = world;
		pair->lane.data = pair;
		pair->client_seed = 2 * i + 1 + epoch;
		pair->server_seed = 2 * i + 2 + epoch;
		pair->stop = 0;
		nimbos_ring_init(&pair->ring, control, i, DEPTH);
		sem_init(&pair->client_sem, 0, 0);
		sem_init(&pair->server_sem, 0, 0);
	}
}

/* Call it between world_open() and world_attach(). */
static void world_use_uintr(struct world *world)
{
	struct nimbos_scf_board *board = world->local.board;
	unsigned int i;

	world->uintr = true;
	world->local.upids[NIMBOS_SCF_UPID_DOORBELL].control = NIMBOS_SCF_UPID_CONTROL(0x41, 0);
	for (i = 0; i < LANES; i++) {
		world->local.upids[1 + i].control = NIMBOS_SCF_UPID_CONTROL(0x50, i << 8);
		board->lane_upid[0][i] = 1 + i;
	}
	assert_int_equal(nimbos_client_uintr(&world->local.client, NULL), NIMBOS_SCF_F_UPID);
	nimbos_client_up(&world->local.client, 0x41);
}

static void world_close(struct world *world)
{
	nimbos_client_slot_detach(&world->slot);
	nimbos_local_close(&world->local);
}

static void doorbell(struct world *world)
{
	pthread_mutex_lock(&world->doorbell_lock);
	nimbos_local_raise(&world->local, 0);
	pthread_mutex_unlock(&world->doorbell_lock);
}

/* A server executes SENDUIPI, which raises the doorbell's vector unless that is under way. */
static void post_doorbell(struct world *world)
{
	struct nimbos_scf_upid *upid = &world->local.upids[NIMBOS_SCF_UPID_DOORBELL];

	nimbos_fetch_or(&upid->pir, 1ULL << NIMBOS_SCF_DOORBELL_VECTOR(0));
	if (nimbos_fetch_or(&upid->control, NIMBOS_SCF_UPID_ON) & NIMBOS_SCF_UPID_ON)
		return;
	pthread_mutex_lock(&world->doorbell_lock);
	world->posts++;
	nimbos_client_doorbell(&world->local.client);
	pthread_mutex_unlock(&world->doorbell_lock);
}

/* A server's notification arrives: the processor takes what was posted. */
static void take_posts(struct pair *pair)
{
	struct nimbos_scf_upid *upid = upid_of(pair);

	nimbos_fetch_and(&upid->control, ~NIMBOS_SCF_UPID_ON);
	if (nimbos_exchange(&upid->pir, 0))
		pair->server_posted++;
}

static void serve(struct pair *pair)
{
	struct nimbos_scf_req req;
	int ret;

	while ((ret = nimbos_ring_receive(&pair->ring, &req)) == 1) {
		if (pair->server_sleeps_at_all)
			dawdle(&pair->server_seed, 400);
		nimbos_ring_respond(&pair->ring, req.args[0] * 3, req.args[5], req.cookie);
		if (pair->server_sleeps_at_all)
			dawdle(&pair->server_seed, 50);
		if (!nimbos_ring_need_notify(&pair->ring))
			continue;
		if (pair->world->uintr)
			post_doorbell(pair->world);
		else
			doorbell(pair->world);
	}
	assert_int_equal(ret, 0);
}

static void *server(void *arg)
{
	struct pair *pair = arg;

	while (!nimbos_load_acquire(&pair->stop)) {
		serve(pair);
		if (!pair->server_sleeps_at_all)
			continue;
		dawdle(&pair->server_seed, 50);
		if (nimbos_ring_prepare_sleep(&pair->ring)) {
			pair->server_sleeps++;
			while (sem_wait(&pair->server_sem))
				assert_int_equal(errno, EINTR);
			if (pair->world->uintr)
				take_posts(pair);
		}
		nimbos_ring_finish_sleep(&pair->ring);
	}
	return NULL;
}

/* Calls in bunches of random size, each result checked. */
static void make_calls(struct pair *pair, unsigned int calls, __u64 poll_ns)
{
	struct nimbos_client_result results[DEPTH];
	unsigned int submitted = 0, done = 0, bunch, i;
	__u64 args[6] = { 0 };
	int n;

	while (done < calls) {
		bunch = 1 + rand_r(&pair->client_seed) % DEPTH;
		while (submitted < calls && bunch--) {
			args[0] = submitted;
			args[5] = ~(__u64)submitted;
			n = nimbos_client_submit(&pair->lane, 1, args, submitted);
			if (n == -EAGAIN)
				break;
			assert_int_equal(n, 0);
			submitted++;
		}
		assert_int_equal(nimbos_client_wait(&pair->lane, poll_ns, NIMBOS_FOREVER), 0);
		n = nimbos_client_reap(&pair->lane, results, DEPTH);
		assert_true(n > 0);
		for (i = 0; i < (unsigned int)n; i++) {
			assert_true(results[i].tag == done + i);
			assert_true(results[i].result == 3 * (__s64)(done + i));
			assert_true(results[i].aux == ~(__u64)(done + i));
		}
		done += n;
		dawdle(&pair->client_seed, 50);
	}
}

static void *polling_client(void *arg)
{
	make_calls(arg, 2000000 / SCALE, NIMBOS_FOREVER);
	return NULL;
}

static void *sleeping_client(void *arg)
{
	struct pair *pair = arg;
	unsigned int i;

	/* Calls one at a time sleep most. */
	for (i = 0; i < 200000 / SCALE; i++) {
		assert_true(nimbos_client_call6(&pair->lane, 1, i, 0, 0, 0, 0, 7) == 3 * (__s64)i);
		dawdle(&pair->client_seed, 200);
	}
	make_calls(pair, 400000 / SCALE, 0);
	return NULL;
}

static void run_pairs(struct world *world, unsigned int n, void *(*client)(void *), bool sleeps)
{
	pthread_t clients[LANES], servers[LANES];
	unsigned int i;

	for (i = 0; i < n; i++) {
		world->pair[i].server_sleeps_at_all = sleeps;
		pthread_create(&servers[i], NULL, server, &world->pair[i]);
		pthread_create(&clients[i], NULL, client, &world->pair[i]);
	}
	for (i = 0; i < n; i++) {
		pthread_join(clients[i], NULL);
		nimbos_store_release(&world->pair[i].stop, 1);
		sem_post(&world->pair[i].server_sem);
		pthread_join(servers[i], NULL);
	}
}

static void test_polled_calls(void **state)
{
	struct world *world = malloc(sizeof(*world));

	(void)state;
	alarm(WATCHDOG_SECONDS);
	world_open(world);
	world_attach(world, 1);
	run_pairs(world, 1, polling_client, false);
	assert_int_equal(world->pair[0].client_sleeps, 0);
	assert_int_equal(world->pair[0].lane.received, 2000000 / SCALE);
	world_close(world);
	free(world);
	alarm(0);
}

static void make_sleeping_calls(struct world *world)
{
	unsigned int i;

	world_attach(world, 1);
	run_pairs(world, LANES, sleeping_client, true);
	for (i = 0; i < LANES; i++) {
		print_message("# lane %u: client slept %u times, server %u times\n", i,
			      world->pair[i].client_sleeps, world->pair[i].server_sleeps);
		assert_true(world->pair[i].client_sleeps > 2000 / SCALE);
		assert_true(world->pair[i].server_sleeps > 2000 / SCALE);
	}
}

static void test_sleeping_calls(void **state)
{
	struct world *world = malloc(sizeof(*world));

	(void)state;
	alarm(WATCHDOG_SECONDS);
	world_open(world);
	make_sleeping_calls(world);
	world_close(world);
	free(world);
	alarm(0);
}

static void test_sleeping_calls_by_user_interrupt(void **state)
{
	struct world *world = malloc(sizeof(*world));
	unsigned int i;

	(void)state;
	alarm(WATCHDOG_SECONDS);
	world_open(world);
	world_use_uintr(world);
	make_sleeping_calls(world);
	assert_true(world->posts > 2000 / SCALE);
	for (i = 0; i < LANES; i++) {
		assert_true(world->pair[i].server_posted > 2000 / SCALE);
		assert_int_equal(world->slot.control->kick[i], 0);
	}
	world_close(world);
	free(world);
	alarm(0);
}

static void *doomed_client(void *arg)
{
	struct pair *pair = arg;
	__s64 ret;

	pair->lane.poll_ns = rand_r(&pair->client_seed) % 2 ? 0 : NIMBOS_FOREVER;
	do {
		ret = nimbos_client_call6(&pair->lane, 1, 5, 0, 0, 0, 0, 7);
		nimbos_write(&pair->calls_made, pair->calls_made + 1);
	} while (ret == 15);
	assert_int_equal(ret, -ECONNRESET);
	return NULL;
}

/*
 * Servers that die at any moment, as nimbos.ko tells it: no client may hang, or get anything
 * else.
 */
static void test_death_at_any_moment(void **state)
{
	struct world *world = malloc(sizeof(*world));
	struct nimbos_scf_slot *control;
	pthread_t clients[LANES], servers[LANES];
	unsigned int i, life, seed = 1;
	__u32 epoch;

	(void)state;
	alarm(WATCHDOG_SECONDS);
	world_open(world);
	control = nimbos_local_control(&world->local, 0);
	for (life = 0; life < 2000 / SCALE; life++) {
		epoch = 2 * life + 1;
		memset(control, 0, NIMBOS_SCF_CONTROL_SIZE(LANES, DEPTH));
		control->server_state = NIMBOS_SCF_SERVER_READY;
		nimbos_store_release(&world->local.board->slot[0].epoch, epoch);
		world_attach(world, epoch);
		for (i = 0; i < LANES; i++) {
			world->pair[i].calls_made = 0;
			world->pair[i].server_sleeps_at_all = true;
			pthread_create(&servers[i], NULL, server, &world->pair[i]);
			pthread_create(&clients[i], NULL, doomed_client, &world->pair[i]);
		}
		while (nimbos_read(&world->pair[life % LANES].calls_made) < life % 50)
			sched_yield();
		dawdle(&seed, 20000);
		/* The servers stop, in the middle of calls, and then it is told. */
		for (i = 0; i < LANES; i++) {
			nimbos_store_release(&world->pair[i].stop, 1);
			sem_post(&world->pair[i].server_sem);
		}
		for (i = 0; i < LANES; i++)
			pthread_join(servers[i], NULL);
		pthread_mutex_lock(&world->doorbell_lock);
		nimbos_local_kill(&world->local, 0);
		pthread_mutex_unlock(&world->doorbell_lock);
		for (i = 0; i < LANES; i++)
			pthread_join(clients[i], NULL);
		assert_int_equal(world->local.client.peer->ack_epoch[0], epoch - 1);
		nimbos_client_slot_detach(&world->slot);
		assert_int_equal(world->local.client.peer->ack_epoch[0], epoch + 1);
	}
	nimbos_local_close(&world->local);
	free(world);
	alarm(0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_polled_calls),
		cmocka_unit_test(test_sleeping_calls),
		cmocka_unit_test(test_sleeping_calls_by_user_interrupt),
		cmocka_unit_test(test_death_at_any_moment),
	};

	signal(SIGALRM, stuck);
	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
