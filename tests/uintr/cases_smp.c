// SPDX-License-Identifier: GPL-2.0
/* Several CPUs: sending, receiving, and what must not tear. */
#include "test.h"

#define SENDS		20000

/* The other CPU's part: how many deliveries it waits for at CPL 3. */
static volatile u32 ready;

static void receive(void *arg)
{
	irq_on();
	uintr_setup();
	ready = 1;
	user_call(UADDR(u_wait), (u64)arg, 1ul << 32);
	uintr_clear();
}

static bool is_ready(void *arg)
{
	(void)arg;
	return ready;
}

static void start_receiver(u64 count)
{
	ready = 0;
	run_on(1, receive, (void *)count);
	wait_until(is_ready, NULL);
}

static struct ulog *log1(void)
{
	return KPTR(struct ulog, UADDR(ulogs) + sizeof(struct ulog));
}

TEST_CPUS(cross_cpl3, "SENDUIPI at CPL 3 reaches another CPU at CPL 3", 2)
{
	start_receiver(1);
	user_call(UADDR(u_send), 65, 0);
	wait_cpu(1);
	EQUAL(log1()->count, 1);
	EQUAL(log1()->vectors[0], 1);
	EQUAL(upids[1].nc, upid_nc(1));
	EQUAL(upids[1].pir, 0);
}

TEST_CPUS(cross_cpl0, "SENDUIPI at CPL 0 reaches another CPU at CPL 3", 2)
{
	start_receiver(1);
	TRUE(try(send_from_kernel, (void *)65));
	wait_cpu(1);
	EQUAL(log1()->count, 1);
}

static bool pir_taken(void *arg)
{
	return !READ_ONCE(((struct upid *)arg)->pir);
}

static void spin_kernel(void *arg)
{
	irq_on();
	uintr_setup();
	ready = 1;
	uintr_seen_rr = 0;
	wait_until(uintr_rr_set, NULL);
	uintr_seen_rr = rdmsr(MSR_UINTR_RR);
	uintr_clear();
	(void)arg;
}

TEST_CPUS(cross_to_kernel, "a CPU at CPL 0 takes the notification at once, without the IDT", 2)
{
	ready = 0;
	run_on(1, spin_kernel, NULL);
	wait_until(is_ready, NULL);
	TRUE(try(send_from_kernel, (void *)65));
	TRUE(wait_until(pir_taken, &upids[1]));
	wait_cpu(1);
	EQUAL(uintr_seen_rr, 2);
	EQUAL(cpus[1].irqs[UINV], 0);
}

static void sleep_kernel(void *arg)
{
	irq_off();
	uintr_setup();
	ready = 1;
	asm volatile("sti; hlt" ::: "memory");
	uintr_seen_rr = rdmsr(MSR_UINTR_RR);
	uintr_clear();
	(void)arg;
}

TEST_CPUS(cross_to_hlt, "a CPU in HLT is woken by the notification", 2)
{
	ready = 0;
	uintr_seen_rr = 0;
	run_on(1, sleep_kernel, NULL);
	wait_until(is_ready, NULL);
	settle();
	TRUE(try(send_from_kernel, (void *)65));
	wait_cpu(1);
	EQUAL(uintr_seen_rr, 2);
	EQUAL(cpus[1].irqs[UINV], 0);
}

static volatile u32 torn, watching, stop;

/* Sees each state of the UPID as 16 bytes at once. */
static void watch(void *arg)
{
	struct upid *upid = arg;

	watching = 1;
	while (!stop) {
		u64 lo = 0, hi = 0;

		asm volatile("lock cmpxchg16b %2" : "+a"(lo), "+d"(hi), "+m"(*upid)
			     : "b"(0ul), "c"(0ul) : "cc", "memory");
		/* Nobody takes from this PIR: it is empty exactly as long as ON is clear. */
		if (!!(lo & UPID_ON) != !!hi)
			torn++;
	}
}

static bool is_watching(void *arg)
{
	(void)arg;
	return watching;
}

TEST_CPUS(cross_atomic, "another CPU never sees PIR without ON or ON without PIR", 2)
{
	static struct upid upid;
	u64 lo, hi;

	torn = 0;
	watching = 0;
	stop = 0;
	/* NV 0: nobody is interrupted. */
	upid = (struct upid){ (u64)apic_ndst(0x7e) << 32, 0 };
	uitt[3].upid = (u64)&upid;
	run_on(1, watch, &upid);
	wait_until(is_watching, NULL);
	for (u32 i = 0; i < SENDS; i++) {
		senduipi(3);
		lo = upid.nc;
		hi = upid.pir;
		asm volatile("lock cmpxchg16b %0" : "+m"(upid), "+a"(lo), "+d"(hi)
			     : "b"(lo & ~UPID_ON), "c"(0ul) : "cc", "memory");
	}
	stop = 1;
	wait_cpu(1);
	EQUAL(torn, 0);
}

static void sends_of(void *arg)
{
	irq_on();
	uintr_setup();
	for (u32 i = 0; i < SENDS; i++)
		senduipi((u64)arg);
	uintr_clear();
}

/* Sets and takes bits by LOCK instructions while others post. */
TEST_CPUS(cross_locked, "posts and LOCK instructions on one UPID do not lose each other's bits", 2)
{
	u64 lost = 0;

	uitt[20] = (struct uitte){ 1 | 20 << 8, (u64)&upids[2] };
	upids[2] = (struct upid){ UPID_SN, 0 };
	run_on(1, sends_of, (void *)20);
	for (u32 i = 0; i < SENDS; i++) {
		u64 pir;

		asm volatile("lock btsq $3, %0" : "+m"(upids[2].pir) :: "cc", "memory");
		asm volatile("xorl %k0, %k0; xchgq %0, %1" : "=&r"(pir), "+m"(upids[2].pir)
			     :: "cc", "memory");
		if (!(pir >> 3 & 1))
			lost++;
	}
	wait_cpu(1);
	EQUAL(lost, 0);
	EQUAL(upids[2].nc, UPID_SN);
}

TEST_CPUS(cross_many, "of many sends none is lost: the last one is always seen", 2)
{
	for (u32 i = 0; i < 500; i++) {
		start_receiver(1);
		user_call(UADDR(u_send), 65, 0);
		wait_cpu(1);
		EQUAL(log1()->count, 1);
	}
}

TEST_CPUS(cross_two_senders, "two CPUs send to a third: both vectors come", 3)
{
	for (u32 i = 0; i < 200; i++) {
		start_receiver(2);
		uitt[20] = (struct uitte){ 1 | 20 << 8, (u64)&upids[1] };
		uitt[21] = (struct uitte){ 1 | 21 << 8, (u64)&upids[1] };
		run_on(2, uintr_send_once, (void *)20);
		TRUE(try(send_from_kernel, (void *)21));
		wait_cpu(2);
		wait_cpu(1);
		EQUAL(log1()->count, 2);
		EQUAL(log1()->vectors[0] + log1()->vectors[1], 41);
	}
}

TEST_CPUS(cross_all, "every CPU can be reached from every other", 2)
{
	for (u32 to = 1; to < nr_cpus; to++) {
		ready = 0;
		run_on(to, receive, (void *)1);
		wait_until(is_ready, NULL);
		TRUE(try(send_from_kernel, (void *)(u64)(64 + to)));
		wait_cpu(to);
		EQUAL(KPTR(struct ulog, UADDR(ulogs) + to * sizeof(struct ulog))->count, 1);
		EQUAL(KPTR(struct ulog, UADDR(ulogs) + to * sizeof(struct ulog))->vectors[0], to);
	}
}

static void integrity(void *arg)
{
	irq_on();
	uintr_setup();
	stui();
	ready = 1;
	user_call(UADDR(u_integrity), 0, 0);
	uintr_clear();
	(void)arg;
}

static bool has_rounds(void *arg)
{
	return READ_ONCE(KPTR(struct integrity, UADDR(uintegrity))->done) >= *(u64 *)arg;
}

static bool upid_free(void *arg)
{
	(void)arg;
	return !(READ_ONCE(upids[1].nc) & UPID_ON);
}

TEST_CPUS(cross_integrity, "20000 deliveries do not spoil a computation", 2)
{
	struct integrity *state = KPTR(struct integrity, UADDR(uintegrity));
	u64 rounds = 0;

	*state = (struct integrity){ .rounds = ~0ul };
	ready = 0;
	run_on(1, integrity, NULL);
	wait_until(is_ready, NULL);
	for (u32 i = 0; i < SENDS; i++) {
		senduipi(65);
		TRUE(wait_until(upid_free, NULL));
		/* It would not end a round if it were interrupted without a pause. */
		if (i % (SENDS / 20) == 0) {
			rounds++;
			TRUE(wait_until(has_rounds, &rounds));
		}
	}
	state->stop = 1;
	wait_cpu(1);
	EQUAL(state->errors, 0);
	/* Two notifications can become one delivery, but the last is there. */
	TRUE(log1()->count > 0);
	TRUE(log1()->count <= SENDS);
}
