// SPDX-License-Identifier: GPL-2.0
/*
 * A program built with -muintr and the intrinsics of the compiler, in a stock guest:
 * a sender on CPU 0, a receiver on CPU 1 that computes meanwhile. Each send waits
 * until the one before has arrived, so that the counts can be compared.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <x86gprintrin.h>

#include "uintr_test.h"

#define SENDS	20000

static atomic_ulong arrived[64];
static atomic_int ready, stop;
static unsigned long rounds, errors, self;

static void __attribute__((interrupt, target("general-regs-only")))
handler(struct __uintr_frame *frame, unsigned long long vector)
{
	(void)frame;
	atomic_fetch_add(&arrived[vector & 63], 1);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("sched_setaffinity");
		exit(1);
	}
}

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

static void *receive(void *arg)
{
	volatile double sum = 0;
	uint64_t wanted = checksum();
	int fd;

	(void)arg;
	pin(1);
	fd = open("/dev/uintr_test", O_RDWR);
	if (fd < 0 || ioctl(fd, UINTR_TEST_RECEIVE, handler)) {
		perror("/dev/uintr_test: receive");
		exit(1);
	}
	_stui();
	self = _testui();
	atomic_store(&ready, 1);
	while (!atomic_load(&stop)) {
		errors += checksum() != wanted;
		sum += 0.5;
		errors += sum != ++rounds * 0.5;
		/* Sometimes in the kernel, sometimes asleep. */
		if (!(rounds & 63))
			getppid();
		if (!(rounds & 4095))
			usleep(100);
	}
	_clui();
	close(fd);
	return NULL;
}

/* Returns false when it does not come within ten seconds. */
static int send_one(unsigned int vector)
{
	unsigned long before = atomic_load(&arrived[vector]);
	time_t start = time(NULL);

	_senduipi(vector);
	while (atomic_load(&arrived[vector]) == before)
		if (time(NULL) - start > 10)
			return 0;
	return 1;
}

int main(void)
{
	unsigned long total = 0, sent;
	pthread_t thread;
	int fd;

	printf("1..4\n");
	pin(0);
	pthread_create(&thread, NULL, receive, NULL);
	while (!atomic_load(&ready))
		sched_yield();
	printf("%sok 1 - _stui and _testui\n", self ? "" : "not ");
	fd = open("/dev/uintr_test", O_RDWR);
	if (fd < 0 || ioctl(fd, UINTR_TEST_SEND)) {
		perror("/dev/uintr_test: send");
		return 1;
	}
	for (sent = 0; sent < SENDS; sent++) {
		/* The sender's state is not switched: renew it. */
		ioctl(fd, UINTR_TEST_SEND);
		if (!send_one(sent & 63))
			break;
	}
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	for (int i = 0; i < 64; i++)
		total += atomic_load(&arrived[i]);
	printf("# %lu sent, %lu arrived, %lu rounds, %lu errors\n", sent, total, rounds, errors);
	printf("%sok 2 - all were delivered\n", sent == SENDS ? "" : "not ");
	printf("%sok 3 - none was delivered twice\n", total == sent ? "" : "not ");
	printf("%sok 4 - the computation of the receiver is intact\n",
	       rounds && !errors ? "" : "not ");
	return 0;
}
