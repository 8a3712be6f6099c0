/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module builds for (6.1 to 7.2), and nothing else.
 */
#ifndef NIMBOS_COMPAT_H
#define NIMBOS_COMPAT_H

#include <linux/eventfd.h>
#include <linux/irq.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/version.h>

#include <asm/e820/api.h>
#include <asm/processor.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

/* Since 6.16 cpuid() is not in processor.h any more. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#include <asm/cpuid/api.h>
#endif

/* eventfd_signal() lost its count in 6.8. */
static inline void nimbos_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* Since 6.3 the flags of a VMA are changed by accessors only. */
static inline void nimbos_vma_flags(struct vm_area_struct *vma, unsigned long set,
				    unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/*
 * Since 6.14 interrupts are moved from any context unless their chip says that only their handler
 * may; before, that was the rule.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define NIMBOS_IRQCHIP_MOVE_DEFERRED IRQCHIP_MOVE_DEFERRED
#else
#define NIMBOS_IRQCHIP_MOVE_DEFERRED 0
#endif

/*
 * Does the firmware say that this is RAM? Its own table is not changed by memmap= and mem=. Newer
 * kernels show it to KVM alone; there it is not known, and the answer is always yes.
 */
static inline bool nimbos_is_firmware_ram(u64 base, u64 size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return true;
#else
	return e820__mapped_raw_any(base, base + size, E820_TYPE_RAM);
#endif
}

/*
 * Bits of this CPU's CR4, with interrupts off. Newer kernels let KVM alone change them in their own
 * copy; there the register is written directly, and the kernel may write its copy over that.
 */
static inline void nimbos_cr4_set_irqsoff(unsigned long mask)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	unsigned long cr4 = __read_cr4();

	if ((cr4 & mask) != mask)
		asm volatile("mov %0, %%cr4" : : "r"(cr4 | mask) : "memory");
#else
	cr4_set_bits_irqsoff(mask);
#endif
}

static inline void nimbos_cr4_clear_irqsoff(unsigned long mask)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	asm volatile("mov %0, %%cr4" : : "r"(__read_cr4() & ~mask) : "memory");
#else
	cr4_clear_bits_irqsoff(mask);
#endif
}

/* sched_process_exit has a second argument since 6.16. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define NIMBOS_EXIT_PROBE_ARGS void *data, struct task_struct *task, bool group_dead
#else
#define NIMBOS_EXIT_PROBE_ARGS void *data, struct task_struct *task
#endif

/* Without preempt notifiers nothing ever registers one, but it compiles. */
#ifdef CONFIG_PREEMPT_NOTIFIERS
static inline struct hlist_head *nimbos_preempt_notifiers(struct task_struct *task)
{
	return &task->preempt_notifiers;
}
#else
struct preempt_notifier {
	struct hlist_node link;
	const struct preempt_ops *ops;
};

struct preempt_ops {
	void (*sched_in)(struct preempt_notifier *notifier, int cpu);
	void (*sched_out)(struct preempt_notifier *notifier, struct task_struct *next);
};

static inline struct hlist_head *nimbos_preempt_notifiers(struct task_struct *task)
{
	static struct hlist_head none;

	return &none;
}

static inline void preempt_notifier_inc(void)
{
}

static inline void preempt_notifier_dec(void)
{
}

static inline void preempt_notifier_init(struct preempt_notifier *notifier,
					 const struct preempt_ops *ops)
{
}

static inline void preempt_notifier_register(struct preempt_notifier *notifier)
{
}

static inline void preempt_notifier_unregister(struct preempt_notifier *notifier)
{
}
#endif

#endif /* NIMBOS_COMPAT_H */
