// SPDX-License-Identifier: GPL-2.0
/*
 * For tests only: gives the opening thread a UPID and a UITT on a stock kernel, so
 * that programs built with -muintr run. The thread has to stay on one CPU; all is
 * disarmed whenever it leaves that CPU, and at exit.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <asm/apic.h>
#include <asm/hw_irq.h>
#include <asm/irqdomain.h>
#include <asm/tlbflush.h>

#include "uintr_test.h"

#define CR4_UINTR		(1ul << 25)
#define MSR_UINTR_RR		0x985
#define MSR_UINTR_HANDLER	0x986
#define MSR_UINTR_STACKADJUST	0x987
#define MSR_UINTR_MISC		0x988
#define MSR_UINTR_PD		0x989
#define MSR_UINTR_TT		0x98a

#define UPID_ON			0
#define UPID_SN			1
#define RED_ZONE		128

struct uintr_upid {
	unsigned long nc;
	unsigned long pir;
} __aligned(64);

struct uitte {
	u64 flags;
	u64 upid;
};

struct receiver {
	struct uintr_upid upid;
	struct uitte uitt[64];
	struct preempt_notifier notifier;
	struct irq_affinity_desc affinity;
	u64 handler;
	u64 rr;
	bool uif;
	bool armed;
	int irq;
	u8 vector;
};

/* One receiver at a time; senders use its UITT. */
static struct receiver *receiver;
static DEFINE_MUTEX(lock);

static bool testui_clui(void)
{
	bool uif;

	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xed" : "=@ccc"(uif));
	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xee" ::: "memory");
	return uif;
}

static void set_cr4(void *on)
{
	if (on)
		cr4_set_bits(CR4_UINTR);
	else
		cr4_clear_bits(CR4_UINTR);
}

static void arm(struct receiver *r)
{
	wrmsrl(MSR_UINTR_HANDLER, r->handler);
	wrmsrl(MSR_UINTR_STACKADJUST, RED_ZONE);
	wrmsrl(MSR_UINTR_PD, (u64)&r->upid);
	wrmsrl(MSR_UINTR_TT, (u64)r->uitt | 1);
	wrmsrl(MSR_UINTR_RR, r->rr);
	if (r->uif)
		asm volatile(".byte 0xf3, 0x0f, 0x01, 0xef" ::: "memory");
	wrmsrl(MSR_UINTR_MISC, (u64)r->vector << 32 | (ARRAY_SIZE(r->uitt) - 1));
	r->armed = true;
	clear_bit(UPID_SN, &r->upid.nc);
	if (READ_ONCE(r->upid.pir))
		apic->send_IPI(smp_processor_id(), r->vector);
}

static void disarm(struct receiver *r)
{
	set_bit(UPID_SN, &r->upid.nc);
	wrmsrl(MSR_UINTR_MISC, 0);
	rdmsrl(MSR_UINTR_RR, r->rr);
	r->uif = testui_clui();
	wrmsrl(MSR_UINTR_RR, 0);
	wrmsrl(MSR_UINTR_PD, 0);
	wrmsrl(MSR_UINTR_TT, 0);
	r->armed = false;
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	arm(container_of(notifier, struct receiver, notifier));
	local_irq_restore(flags);
}

static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	unsigned long flags;

	local_irq_save(flags);
	disarm(container_of(notifier, struct receiver, notifier));
	local_irq_restore(flags);
}

static struct preempt_ops ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

/* The vector came while the thread was away; it looks at PIR when it returns. */
static irqreturn_t stray(int irq, void *arg)
{
	return IRQ_HANDLED;
}

static int take_vector(struct receiver *r, int cpu)
{
	struct irq_alloc_info info = { };
	struct irq_cfg *cfg;
	struct irq_data *data;
	int err;

	cpumask_copy(&r->affinity.mask, cpumask_of(cpu));
	r->irq = __irq_domain_alloc_irqs(x86_vector_domain, -1, 1, NUMA_NO_NODE, &info, false,
					 &r->affinity);
	if (r->irq < 0)
		return r->irq;
	irq_set_handler(r->irq, handle_edge_irq);
	err = request_irq(r->irq, stray, IRQF_NOBALANCING, "uintr_test", r);
	if (err)
		goto dispose;
	err = irq_set_affinity(r->irq, cpumask_of(cpu));
	if (err)
		goto release;
	data = irq_get_irq_data(r->irq);
	cfg = irqd_cfg(data);
	r->vector = cfg->vector;
	r->upid.nc = (u64)cfg->vector << 16 |
		     (x2apic_enabled() ? (u64)per_cpu(x86_cpu_to_apicid, cpu) << 32 :
					 (u64)per_cpu(x86_cpu_to_apicid, cpu) << 40);
	return 0;

release:
	free_irq(r->irq, r);
dispose:
	irq_dispose_mapping(r->irq);
	return err;
}

static long register_receiver(u64 handler)
{
	struct receiver *r;
	unsigned long flags;
	int err, i;

	if (receiver)
		return -EBUSY;
	if (cpumask_weight(current->cpus_ptr) != 1)
		return -EINVAL;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	err = take_vector(r, cpumask_first(current->cpus_ptr));
	if (err) {
		kfree(r);
		return err;
	}
	for (i = 0; i < ARRAY_SIZE(r->uitt); i++)
		r->uitt[i] = (struct uitte){ 1 | i << 8, (u64)&r->upid };
	r->handler = handler;
	preempt_notifier_init(&r->notifier, &ops);
	receiver = r;
	preempt_disable();
	preempt_notifier_register(&r->notifier);
	local_irq_save(flags);
	arm(r);
	local_irq_restore(flags);
	preempt_enable();
	return 0;
}

static void forget_uitt(void *arg)
{
	wrmsrl(MSR_UINTR_TT, 0);
}

/* The opening thread only: its notifier can be taken away by nobody else. */
static int release(struct inode *inode, struct file *file)
{
	struct receiver *r = file->private_data;
	unsigned long flags;

	mutex_lock(&lock);
	if (r) {
		preempt_disable();
		preempt_notifier_unregister(&r->notifier);
		local_irq_save(flags);
		if (r->armed)
			disarm(r);
		local_irq_restore(flags);
		preempt_enable();
		free_irq(r->irq, r);
		irq_dispose_mapping(r->irq);
		receiver = NULL;
		on_each_cpu(forget_uitt, NULL, 1);
		kfree(r);
	}
	mutex_unlock(&lock);
	return 0;
}

static void point_to_uitt(void *arg)
{
	wrmsrl(MSR_UINTR_TT, (u64)receiver->uitt | 1);
	wrmsrl(MSR_UINTR_MISC, ARRAY_SIZE(receiver->uitt) - 1);
}

static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long ret = 0;

	mutex_lock(&lock);
	switch (cmd) {
	case UINTR_TEST_RECEIVE:
		ret = register_receiver(arg);
		if (!ret)
			file->private_data = receiver;
		break;
	case UINTR_TEST_SEND:
		/* For the CPU on which the caller is, and stays. */
		if (receiver && cpumask_weight(current->cpus_ptr) == 1)
			point_to_uitt(NULL);
		else
			ret = -EINVAL;
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&lock);
	return ret;
}

/* misc_open() leaves something else there. */
static int open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = open,
	.unlocked_ioctl = ioctl,
	.release = release,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "uintr_test",
	.fops = &fops,
};

static int __init uintr_test_init(void)
{
	if (!(cpuid_edx(7) & BIT(5)))
		return -ENODEV;
	preempt_notifier_inc();
	on_each_cpu(set_cr4, (void *)1, 1);
	return misc_register(&device);
}

static void __exit uintr_test_exit(void)
{
	misc_deregister(&device);
	on_each_cpu(set_cr4, NULL, 1);
	preempt_notifier_dec();
}

module_init(uintr_test_init);
module_exit(uintr_test_exit);
MODULE_DESCRIPTION("User interrupts for one test program");
MODULE_LICENSE("GPL");
