// SPDX-License-Identifier: GPL-2.0
/*
 * What can go wrong with user interrupts, for scripts in a guest:
 *
 *	uintr_fault register
 *		has a handler and a sender; prints "ok", or why not, as libnimbos says it
 *	uintr_fault fill
 *		has receivers until there is no descriptor left; prints how many, and why
 *	uintr_fault hold
 *		is a receiver that has closed its device; for each byte that it reads from standard
 *		input it receives a user interrupt, and prints "received"
 *	uintr_fault kill N
 *		N times, a receiver is killed somewhere in its handler, while it is sent to; prints
 *		"killed N"
 */
#include <sys/socket.h>
#include <time.h>

#include "nimbos/nimbos.h"
#include "uintr.h"

#define VECTOR 3
#define STACK_SIZE 0x10000

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static int device(void)
{
	int fd = open_device();

	if (fd < 0)
		die(NIMBOS_DEVICE);
	return fd;
}

static int do_register(void)
{
	int fd = device();
	int err = register_handler(fd, count_arrival);

	if (err) {
		puts(nimbos_strerror(NIMBOS_CMD_UINTR_REGISTER_HANDLER, err));
		return 1;
	}
	err = vector_fd(fd, VECTOR);
	err = err < 0 ? err : register_sender(fd, err);
	if (err < 0) {
		puts(nimbos_strerror(NIMBOS_CMD_UINTR_REGISTER_SENDER, err));
		return 1;
	}
	_stui();
	_senduipi(err);
	while (!count_arrived(VECTOR))
		;
	puts("ok");
	return 0;
}

/* All wait for the last. */
struct crowd {
	int fd;
	int err;
	pthread_barrier_t registered;
	pthread_mutex_t lock;
};

static void *be_one_of_many(void *arg)
{
	struct crowd *crowd = arg;
	int err = register_handler(crowd->fd, count_arrival);

	if (err)
		crowd->err = err;
	pthread_barrier_wait(&crowd->registered);
	/* Until it is free. */
	pthread_mutex_lock(&crowd->lock);
	pthread_mutex_unlock(&crowd->lock);
	return NULL;
}

static int do_fill(void)
{
	struct crowd crowd = { .fd = device(), .lock = PTHREAD_MUTEX_INITIALIZER };
	static pthread_t thread[NIMBOS_SCF_MAX_UPIDS];
	unsigned int n = 0, i;
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_barrier_init(&crowd.registered, NULL, 2);
	pthread_mutex_lock(&crowd.lock);
	do {
		errno = pthread_create(&thread[n], &attr, be_one_of_many, &crowd);
		if (errno)
			die("pthread_create");
		pthread_barrier_wait(&crowd.registered);
		n++;
	} while (!crowd.err && n < NIMBOS_SCF_MAX_UPIDS);
	printf("%u: %s\n", n - 1, nimbos_strerror(NIMBOS_CMD_UINTR_REGISTER_HANDLER, crowd.err));
	pthread_mutex_unlock(&crowd.lock);
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return crowd.err != ENOSPC;
}

static int do_hold(void)
{
	int fd = device(), index = receive_and_send(fd, VECTOR);
	unsigned long n = 0;
	char byte;

	if (index < 0) {
		errno = -index;
		die("register");
	}
	close(fd);
	_stui();
	puts("holds");
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		_senduipi(index);
		n++;
		while (count_arrived(VECTOR) != n)
			;
		puts("received");
	}
	return 0;
}

/* Shared with the receiver that is to be killed. */
struct victim {
	unsigned int last;
	atomic_uint entered;
	atomic_ulong inside;
};

static struct victim *victim;

/* The last one never ends. */
static void __attribute__((interrupt, target("general-regs-only")))
dwell(struct __uintr_frame *frame, unsigned long long vector)
{
	unsigned int entered = atomic_fetch_add(&victim->entered, 1) + 1;

	while (entered == victim->last)
		atomic_fetch_add(&victim->inside, 1);
}

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

static bool pass(int socket, int fd)
{
	union control control = { 0 };
	struct iovec byte = { "", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control.room) };

	control.header = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1;
}

static int take(int socket)
{
	union control control = { 0 };
	char data;
	struct iovec byte = { &data, 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control.room) };
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static _Noreturn void receive_until_killed(int socket, bool waits)
{
	int fd = device();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (register_handler(fd, dwell) || !pass(socket, vector_fd(fd, VECTOR)))
		_exit(1);
	for (;;) {
		if (waits)
			wait_ns(fd, -1);
		_stui();
	}
}

static void kill_one(int fd, unsigned int *seed)
{
	unsigned long moment = rand_r(seed) % 1000;
	int sockets[2], number, index, i;
	bool waits = rand_r(seed) % 2;
	pid_t pid;

	*victim = (struct victim){ .last = 1 + rand_r(seed) % 4 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		die("socketpair");
	fflush(stdout);
	pid = fork();
	if (!pid)
		receive_until_killed(sockets[1], waits);
	close(sockets[1]);
	number = take(sockets[0]);
	index = register_sender(fd, number);
	if (index < 0) {
		errno = -index;
		die("register_sender");
	}
	while (atomic_load(&victim->entered) < victim->last ||
	       atomic_load(&victim->inside) < moment)
		_senduipi(index);
	kill(pid, SIGKILL);
	for (i = 0; i < 100; i++)
		_senduipi(index);
	if (wait_for_program(pid) != -SIGKILL)
		die("the receiver was not killed");
	/* It has gone. */
	for (i = 0; i < 100; i++)
		_senduipi(index);
	if (register_sender(fd, number) != -ESHUTDOWN || unregister_sender(fd, index))
		die("the receiver has not gone");
	close(number);
	close(sockets[0]);
}

static int do_kill(unsigned long n)
{
	unsigned int seed = 20260101;
	int fd = device();

	victim = mmap(NULL, sizeof(*victim), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	n = scaled(n);
	for (unsigned long i = 0; i < n; i++)
		kill_one(fd, &seed);
	printf("killed %lu\n", n);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setlinebuf(stdout);
	if (!strcmp(what, "register"))
		return do_register();
	if (!strcmp(what, "fill"))
		return do_fill();
	if (!strcmp(what, "hold"))
		return do_hold();
	if (!strcmp(what, "kill") && argc > 2)
		return do_kill(strtoul(argv[2], NULL, 0));
	fprintf(stderr, "usage: uintr_fault register|fill|hold|kill N\n");
	return 2;
}
