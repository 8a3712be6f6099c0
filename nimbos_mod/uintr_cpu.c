// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos: user interrupts as the processor has them: registers, vectors, switching and waiting.
 * Intel's manual, volume 3, "User Interrupts".
 *
 * A thread's state is in the registers of its CPU while it runs there, and nowhere else: a preempt
 * notifier takes it away and brings it back, CR4.UINTR included, so that other threads have no user
 * interrupts at all, not even a flag to set.
 *
 * Each CPU has two vectors, both ordinary interrupts of Linux with a fixed CPU, which the kernel
 * shuts down and starts again with it:
 *
 * - *run*: UINV, while a thread that receives has the CPU. The processor takes this vector by
 *   itself, in user mode or in the kernel. What comes when UINV is clear reaches Linux, and means
 *   nothing: its thread takes what was posted when it next gets a CPU.
 * - *wake*: for threads that sleep in nimbos_uintr_sleep(). It cannot be the same, since then the
 *   processor would take the sleeper's interrupt for one of the thread that runs.
 *
 * Where a thread's interrupts go is in its UPID: to the run vector while it has the CPU, nowhere
 * (SN) while it has none, to the wake vector while it sleeps. A new place is published before the
 * UPID's requests (PIR) are looked at, with a full barrier between; who posts does both in one
 * locked operation, or first sets the request and then looks. So nothing is lost, and a vector that
 * went to the old place in between is one too many, which hurts nobody: not even another thread,
 * whose processor then looks at a PIR without requests.
 *
 * Interrupts are off while any of this changes: what the local APIC has for us waits until then.
 */
#include <linux/bits.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>

#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "apic.h"
#include "trace.h"
#include "uintr.h"

/* Neither is in the kernel's headers. */
#define CR4_UINTR BIT(25)
#define XSS_UINTR BIT_ULL(14)
#define CPUID_7_EDX_UINTR BIT(5)

#define MSR_UINTR_RR 0x985
#define MSR_UINTR_HANDLER 0x986
#define MSR_UINTR_STACKADJUST 0x987
#define MSR_UINTR_MISC 0x988
#define MSR_UINTR_PD 0x989
#define MSR_UINTR_TT 0x98a

#define MISC_UINV(vector) ((u64)(vector) << 32)
#define TT_ENABLE BIT_ULL(0)

/**
 * struct nimbos_uintr_cpu - a CPU
 * @run_irq: Linux's number of the interrupt of the thread that runs
 * @wake_irq: of those that wait
 * @run_vector: UINV
 * @run: control word of the UPID of the thread that runs
 * @wake: control word of the UPIDs of those that wait
 * @armed: whose state the registers have; set by this CPU, read by others
 * @lock: protects @waiters; the interrupt handler takes it
 * @waiters: threads that wait for the wake vector
 */
struct nimbos_uintr_cpu {
	int run_irq;
	int wake_irq;
	u8 run_vector;
	u64 run;
	u64 wake;
	struct nimbos_uintr *armed;
	raw_spinlock_t lock; /* see above */
	struct list_head waiters;
};

static DEFINE_PER_CPU(struct nimbos_uintr_cpu, uintr_cpus);
static enum cpuhp_state online_state, dead_state;

static void write_msr(u32 msr, u64 value)
{
	wrmsr(msr, (u32)value, (u32)(value >> 32));
}

static u64 read_msr(u32 msr)
{
	u32 low, high;

	rdmsr(msr, low, high);
	return (u64)high << 32 | low;
}

/* The assembler of older binutils does not know these. */
static bool testui(void)
{
	bool uif;

	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xed" : "=@ccc"(uif));
	return uif;
}

static void clui(void)
{
	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xee" ::: "memory");
}

static void stui(void)
{
	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xef" ::: "memory");
}

static void clear_receiver(void)
{
	write_msr(MSR_UINTR_RR, 0);
	write_msr(MSR_UINTR_PD, 0);
	write_msr(MSR_UINTR_HANDLER, 0);
	write_msr(MSR_UINTR_STACKADJUST, 0);
}

static u64 misc_without_uinv(const struct nimbos_uintr *uintr)
{
	return uintr->table ? NIMBOS_UINTR_SENDERS - 1 : 0;
}

static void arm_receiver(struct nimbos_uintr *uintr, const struct nimbos_uintr_cpu *cpu)
{
	write_msr(MSR_UINTR_HANDLER, uintr->handler);
	write_msr(MSR_UINTR_STACKADJUST, uintr->stack_adjust);
	write_msr(MSR_UINTR_PD, (u64)uintr->upid);
	/* Written whole: a peer may have left anything there. */
	WRITE_ONCE(uintr->upid->control, cpu->run);
	/* A full barrier, too: what is posted and not found here, is posted to the place above. */
	write_msr(MSR_UINTR_RR, uintr->rr | xchg(&uintr->upid->pir, 0));
	write_msr(MSR_UINTR_MISC, misc_without_uinv(uintr) | MISC_UINV(cpu->run_vector));
}

static void arm(struct nimbos_uintr *uintr)
{
	struct nimbos_uintr_cpu *cpu = this_cpu_ptr(&uintr_cpus);

	lockdep_assert_irqs_disabled();
	nimbos_cr4_set_irqsoff(CR4_UINTR);
	/* Pairs with nimbos_uintr_sync(): either that sees us, or we see what was taken away. */
	smp_store_mb(cpu->armed, uintr);
	if (uintr->table)
		write_msr(MSR_UINTR_TT, (u64)uintr->table | TT_ENABLE);
	if (uintr->upid && !READ_ONCE(uintr->dead))
		arm_receiver(uintr, cpu);
	else
		write_msr(MSR_UINTR_MISC, misc_without_uinv(uintr));
	if (uintr->uif)
		stui();
}

static void disarm(struct nimbos_uintr *uintr)
{
	struct nimbos_uintr_cpu *cpu = this_cpu_ptr(&uintr_cpus);

	lockdep_assert_irqs_disabled();
	/* Newer kernels may have dropped it; the instructions below are invalid without it. */
	nimbos_cr4_set_irqsoff(CR4_UINTR);
	/* First, so that at no time the processor knows a vector without its UPID. */
	write_msr(MSR_UINTR_MISC, 0);
	if (uintr->upid) {
		WRITE_ONCE(uintr->upid->control, cpu->run | NIMBOS_SCF_UPID_SN);
		uintr->rr = read_msr(MSR_UINTR_RR);
	}
	uintr->uif = testui();
	clui();
	clear_receiver();
	write_msr(MSR_UINTR_TT, 0);
	nimbos_cr4_clear_irqsoff(CR4_UINTR);
	/* Who finds nobody here finds that all of the above is done. */
	smp_store_release(&cpu->armed, NULL);
}

static void sched_in(struct preempt_notifier *notifier, int unused)
{
	struct nimbos_uintr *uintr = container_of(notifier, struct nimbos_uintr, notifier);
	unsigned long flags;

	if (uintr->waiting)
		return;
	local_irq_save(flags);
	arm(uintr);
	local_irq_restore(flags);
}

/* Under the lock of the run queue, interrupts off. */
static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct nimbos_uintr *uintr = container_of(notifier, struct nimbos_uintr, notifier);

	if (!uintr->waiting)
		disarm(uintr);
}

static struct preempt_ops notifier_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

/**
 * nimbos_uintr_current() - what the calling thread has registered
 *
 * Return: that, or NULL.
 */
struct nimbos_uintr *nimbos_uintr_current(void)
{
	struct preempt_notifier *notifier;

	/* The list is its thread's own: nobody else changes it, not even interrupts. */
	hlist_for_each_entry(notifier, nimbos_preempt_notifiers(current), link)
		if (notifier->ops == &notifier_ops)
			return container_of(notifier, struct nimbos_uintr, notifier);
	return NULL;
}

/**
 * nimbos_uintr_attach() - from now on, a thread's state comes and goes with it
 * @uintr: of the calling thread, with neither handler nor table
 */
void nimbos_uintr_attach(struct nimbos_uintr *uintr)
{
	preempt_notifier_init(&uintr->notifier, &notifier_ops);
	local_irq_disable();
	preempt_notifier_register(&uintr->notifier);
	arm(uintr);
	local_irq_enable();
}

/**
 * nimbos_uintr_detach() - undo nimbos_uintr_attach()
 * @uintr: of the calling thread
 *
 * No processor has any of its state when this returns.
 */
void nimbos_uintr_detach(struct nimbos_uintr *uintr)
{
	local_irq_disable();
	disarm(uintr);
	preempt_notifier_unregister(&uintr->notifier);
	local_irq_enable();
}

/**
 * nimbos_uintr_set_handler() - a thread begins or ends to receive
 * @uintr: of the calling thread
 * @upid: where it is posted to; NULL to end
 * @handler: user address
 * @stack_adjust: value of that register
 *
 * Its user-interrupt flag is clear afterwards, and nothing is pending but what stands in the UPID.
 */
void nimbos_uintr_set_handler(struct nimbos_uintr *uintr, struct nimbos_scf_upid *upid, u64 handler,
			      u64 stack_adjust)
{
	local_irq_disable();
	disarm(uintr);
	uintr->upid = upid;
	uintr->handler = handler;
	uintr->stack_adjust = stack_adjust;
	uintr->rr = 0;
	uintr->uif = false;
	arm(uintr);
	local_irq_enable();
}

/**
 * nimbos_uintr_set_table() - a thread begins or ends to send
 * @uintr: of the calling thread
 * @table: its file's UITT; NULL to end
 */
void nimbos_uintr_set_table(struct nimbos_uintr *uintr, const struct nimbos_uitt_entry *table)
{
	local_irq_disable();
	disarm(uintr);
	uintr->table = table;
	arm(uintr);
	local_irq_enable();
}

static bool is_armed(int cpu, void *unused)
{
	/* Acquire pairs with the release in disarm(). */
	return smp_load_acquire(&per_cpu(uintr_cpus, cpu).armed);
}

static void look_at_armed(void *unused)
{
	const struct nimbos_uintr *uintr = this_cpu_read(uintr_cpus.armed);

	if (!uintr || !READ_ONCE(uintr->dead))
		return;
	write_msr(MSR_UINTR_MISC, misc_without_uinv(uintr));
	clear_receiver();
}

/**
 * nimbos_uintr_sync() - make sure that all processors know what the caller has taken away
 *
 * No SENDUIPI that has read what stood in a UITT before the call is under way any more when it
 * returns: an instruction does not span an interrupt. A thread that was marked dead before receives
 * no more. Only CPUs with threads that have registered are interrupted. Interrupts are on; does not
 * sleep.
 */
void nimbos_uintr_sync(void)
{
	/* Pairs with the one in arm(): who is not seen now, sees what was taken away. */
	smp_mb();
	on_each_cpu_cond(is_armed, look_at_armed, NULL, true);
}

/* Posts to this thread raise this CPU's wake vector from now on. */
static void enlist(struct nimbos_uintr *uintr)
{
	struct nimbos_uintr_cpu *cpu;
	unsigned long flags;

	local_irq_save(flags);
	if (!uintr->waiting) {
		disarm(uintr);
		uintr->waiting = true;
		trace_nimbos_uintr_wait(uintr->task->pid);
	}
	cpu = this_cpu_ptr(&uintr_cpus);
	uintr->wait_cpu = cpu;
	raw_spin_lock(&cpu->lock);
	list_add(&uintr->wait_entry, &cpu->waiters);
	raw_spin_unlock(&cpu->lock);
	WRITE_ONCE(uintr->upid->control, cpu->wake);
	/* Before the caller looks at PIR; pairs with who posts. */
	smp_mb();
	local_irq_restore(flags);
}

static void delist(struct nimbos_uintr *uintr)
{
	struct nimbos_uintr_cpu *cpu = uintr->wait_cpu;
	unsigned long flags;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	list_del_init(&uintr->wait_entry);
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
}

/**
 * nimbos_uintr_sleep() - wait until something is pending for a thread
 * @uintr: of the calling thread, with a handler
 * @timeout_ns: as NIMBOS_IOC_UINTR_WAIT documents
 *
 * Sleeps.
 *
 * Return: 0, -ESHUTDOWN, -ETIMEDOUT or -EINTR as documented there.
 */
int nimbos_uintr_sleep(struct nimbos_uintr *uintr, s64 timeout_ns)
{
	ktime_t expires = ktime_add_safe(ktime_get(), ns_to_ktime(max(timeout_ns, 0LL)));
	bool expired = !timeout_ns;
	int err;

	for (;;) {
		/* Before it can be found: being woken then ends the sleep that is to come. */
		set_current_state(TASK_INTERRUPTIBLE);
		enlist(uintr);
		err = 0;
		if (READ_ONCE(uintr->dead)) {
			err = -ESHUTDOWN;
			break;
		}
		if (uintr->rr || READ_ONCE(uintr->upid->pir))
			break;
		err = signal_pending(current) ? -EINTR : expired ? -ETIMEDOUT : 0;
		if (err)
			break;
		expired = !schedule_hrtimeout(timeout_ns < 0 ? NULL : &expires, HRTIMER_MODE_ABS);
		delist(uintr);
	}
	__set_current_state(TASK_RUNNING);

	local_irq_disable();
	delist(uintr);
	uintr->waiting = false;
	arm(uintr);
	local_irq_enable();
	return err;
}

static irqreturn_t run_handler(int irq, void *cookie)
{
	return IRQ_HANDLED;
}

static irqreturn_t wake_handler(int irq, void *cookie)
{
	struct nimbos_uintr_cpu *cpu = cookie;
	struct nimbos_uintr *uintr, *next;

	raw_spin_lock(&cpu->lock);
	list_for_each_entry_safe(uintr, next, &cpu->waiters, wait_entry) {
		if (READ_ONCE(uintr->upid->pir)) {
			trace_nimbos_uintr_wake(uintr->task->pid);
			wake_up_process(uintr->task);
			/* It looks for itself before it sleeps again. */
			list_del_init(&uintr->wait_entry);
		}
	}
	raw_spin_unlock(&cpu->lock);
	return IRQ_HANDLED;
}

/*
 * Whatever is in this CPU's registers is nobody's: INIT, by which a peer is stopped and Linux
 * starts a CPU, leaves them as they are, and so does a kernel that was here before. A peer's UITT
 * would lead a receiver that is no sender through Linux's memory.
 */
static void clean(void)
{
	unsigned long flags;

	local_irq_save(flags);
	write_msr(MSR_UINTR_MISC, 0);
	nimbos_cr4_set_irqsoff(CR4_UINTR);
	clui();
	clear_receiver();
	write_msr(MSR_UINTR_TT, 0);
	nimbos_cr4_clear_irqsoff(CR4_UINTR);
	local_irq_restore(flags);
}

static int read_vector(unsigned int irq, u8 *vector)
{
	struct irq_data *data = irq_get_irq_data(irq);

	/* It has a vector of its own only while it is started; else it has one that all share. */
	if (!irqd_is_started(data))
		return -ENOSPC;
	*vector = irqd_cfg(data)->vector;
	return 0;
}

/* On the CPU, when its interrupts have been started and before it executes programs. */
static int online(unsigned int nr)
{
	struct nimbos_uintr_cpu *cpu = this_cpu_ptr(&uintr_cpus);
	u32 ndst = nimbos_apic_ndst(nimbos_apic_id(nr));
	u8 wake_vector;
	int err;

	clean();
	err = read_vector(cpu->run_irq, &cpu->run_vector);
	if (!err)
		err = read_vector(cpu->wake_irq, &wake_vector);
	if (err)
		return err;
	cpu->run = NIMBOS_SCF_UPID_CONTROL(cpu->run_vector, ndst);
	cpu->wake = NIMBOS_SCF_UPID_CONTROL(wake_vector, ndst);
	return 0;
}

/*
 * On another CPU, when one is down: who has been waiting there goes to wait where it finds itself,
 * and looks at what was posted to the CPU that could not tell any more.
 */
static int dead(unsigned int nr)
{
	struct nimbos_uintr_cpu *cpu = per_cpu_ptr(&uintr_cpus, nr);
	struct nimbos_uintr *uintr;
	unsigned long flags;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	list_for_each_entry(uintr, &cpu->waiters, wait_entry)
		wake_up_process(uintr->task);
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return 0;
}

/* Who has them lets programs use them, or switches them; what else there is, is a left-over. */
static void check_cpu(void *found)
{
	u64 xss = 0;

	if (boot_cpu_has(X86_FEATURE_XSAVES))
		xss = read_msr(MSR_IA32_XSS);
	if (__read_cr4() & CR4_UINTR || xss & XSS_UINTR)
		WRITE_ONCE(*(bool *)found, true);
}

/**
 * nimbos_uintr_cpus_check() - can the processors' user interrupts be ours?
 *
 * To be asked while we do not use them. Interrupts all CPUs if the processors have them.
 *
 * Return: enum nimbos_uintr_state.
 */
u32 nimbos_uintr_cpus_check(void)
{
	bool found = false;

	if (boot_cpu_data.cpuid_level < 7 || !(cpuid_edx(7) & CPUID_7_EDX_UINTR))
		return NIMBOS_UINTR_NO_CPU;
	if (boot_cpu_has(X86_FEATURE_PTI))
		return NIMBOS_UINTR_PTI;
	if (!IS_ENABLED(CONFIG_PREEMPT_NOTIFIERS))
		return NIMBOS_UINTR_NO_NOTIFIERS;
	on_each_cpu(check_cpu, &found, 1);
	return found ? NIMBOS_UINTR_OWNED : NIMBOS_UINTR_OK;
}

static void free_vectors(void)
{
	struct nimbos_uintr_cpu *cpu;
	unsigned int nr;

	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(&uintr_cpus, nr);
		if (cpu->run_irq)
			nimbos_irqnum_put_cpu(cpu->run_irq, cpu);
		if (cpu->wake_irq)
			nimbos_irqnum_put_cpu(cpu->wake_irq, cpu);
		cpu->run_irq = 0;
		cpu->wake_irq = 0;
	}
}

/* All that Linux may ever bring online: nothing has to be allocated while it does. */
static int alloc_vectors(void)
{
	struct nimbos_uintr_cpu *cpu;
	unsigned int nr;
	int irq = 0;

	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(&uintr_cpus, nr);
		raw_spin_lock_init(&cpu->lock);
		INIT_LIST_HEAD(&cpu->waiters);
		irq = nimbos_irqnum_get_cpu(nr, run_handler, "nimbos-uintr-run", cpu);
		if (irq < 0)
			break;
		cpu->run_irq = irq;
		irq = nimbos_irqnum_get_cpu(nr, wake_handler, "nimbos-uintr-wake", cpu);
		if (irq < 0)
			break;
		cpu->wake_irq = irq;
	}
	if (irq < 0) {
		free_vectors();
		return irq;
	}
	return 0;
}

/**
 * nimbos_uintr_cpus_init() - make all CPUs ready for threads to register
 *
 * Sleeps.
 *
 * Return: 0, -ENOSPC if there is no vector left, or -ENOMEM.
 */
int nimbos_uintr_cpus_init(void)
{
	int err;

	err = alloc_vectors();
	if (err)
		return err;
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "nimbos/uintr:prepare", NULL, dead);
	if (err < 0)
		goto err_vectors;
	dead_state = err;
	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "nimbos/uintr:online", online, NULL);
	if (err < 0)
		goto err_dead;
	online_state = err;
	preempt_notifier_inc();
	return 0;

err_dead:
	cpuhp_remove_state_nocalls(dead_state);
err_vectors:
	free_vectors();
	return err;
}

/**
 * nimbos_uintr_cpus_exit() - undo nimbos_uintr_cpus_init(); no thread has registered
 */
void nimbos_uintr_cpus_exit(void)
{
	preempt_notifier_dec();
	cpuhp_remove_state_nocalls(online_state);
	cpuhp_remove_state_nocalls(dead_state);
	free_vectors();
}
