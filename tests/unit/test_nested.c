// SPDX-License-Identifier: GPL-2.0
/*
 * The shadow's checks of what lies behind pointers: iovecs, messages, sets of descriptors; also
 * while somebody changes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls_fixture.h"

#define RACES 20000

static void test_iovecs(void **state)
{
	struct calls *calls = *state;
	struct iovec *iov = (struct iovec *)calls->window;
	char *data = calls->window + 0x8000;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	memcpy(data, "abcdef", 6);
	iov[0] = (struct iovec){ data, 2 };
	iov[1] = (struct iovec){ NULL, 0 };
	iov[2] = (struct iovec){ data + 2, 4 };
	assert_int_equal(CALL(calls, writev, fds[1], AT(iov), 3), 6);
	assert_int_equal(CALL(calls, writev, fds[1], 0, 0), 0);
	assert_int_equal(CALL(calls, writev, fds[1], AT(iov), IOV_MAX + 1), -EINVAL);
	assert_int_equal(CALL(calls, writev, fds[1], AT(iov), UINT64_MAX / 16), -EINVAL);
	assert_int_equal(CALL(calls, writev, fds[1], AT(calls->window + WINDOW_SIZE - 16), 2),
			 -EFAULT);
	iov[2].iov_base = calls->canary;
	assert_int_equal(CALL(calls, readv, fds[0], AT(iov), 3), -EFAULT);
	iov[2] = (struct iovec){ data, SIZE_MAX };
	assert_int_equal(CALL(calls, readv, fds[0], AT(iov), 3), -EFAULT);
	iov[2] = (struct iovec){ calls->window - 1, 2 };
	assert_int_equal(CALL(calls, readv, fds[0], AT(iov), 3), -EFAULT);
	close(fds[0]);
	close(fds[1]);
}

/* Somebody who writes two values to the same place in turn, as fast as can be. */
struct changer {
	volatile uint64_t *place;
	uint64_t good;
	uint64_t bad;
	bool stop;
};

static void *change(void *arg)
{
	struct changer *changer = arg;

	while (!__atomic_load_n(&changer->stop, __ATOMIC_RELAXED)) {
		*changer->place = changer->bad;
		*changer->place = changer->good;
	}
	return NULL;
}

/*
 * Make the same call again and again while its memory changes; both outcomes must have been seen
 * for it to mean anything.
 */
static void race(struct calls *calls, unsigned int nr, const uint64_t args[6],
		 struct changer *changer, int64_t good, int64_t bad)
{
	unsigned int goods = 0, bads = 0;
	pthread_t thread;

	*changer->place = changer->good;
	assert_int_equal(pthread_create(&thread, NULL, change, changer), 0);
	for (unsigned int i = 0; i < RACES || !goods || !bads; i++) {
		int64_t ret = call_execute(&calls->caller, nr, args);

		if (ret == good)
			goods++;
		else if (ret == bad)
			bads++;
		else
			fail_msg("call %u returned %ld", nr, (long)ret);
	}
	__atomic_store_n(&changer->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	calls_check_canary(calls);
}

static void test_changing_iovec(void **state)
{
	struct calls *calls = *state;
	struct iovec *iov = (struct iovec *)calls->window;
	int zero = open("/dev/zero", O_RDONLY);
	struct changer changer = {
		.place = (uint64_t *)&iov->iov_base,
		.good = AT(calls->window + 0x8000),
		.bad = AT(calls->canary),
	};

	assert_true(zero >= 0);
	iov->iov_len = 64;
	race(calls, SYS_readv, (uint64_t[6]){ zero, AT(iov), 1 }, &changer, 64, -EFAULT);
	close(zero);
}

static void test_changing_iovec_length(void **state)
{
	struct calls *calls = *state;
	struct iovec *iov = (struct iovec *)calls->window;
	int zero = open("/dev/zero", O_RDONLY);
	struct changer changer = {
		.place = (uint64_t *)&iov->iov_len,
		.good = 64,
		.bad = 2 * WINDOW_SIZE,
	};

	assert_true(zero >= 0);
	iov->iov_base = calls->window + 0x8000;
	race(calls, SYS_readv, (uint64_t[6]){ zero, AT(iov), 1 }, &changer, 64, -EFAULT);
	close(zero);
}

static void test_changing_string(void **state)
{
	struct calls *calls = *state;
	uint64_t *path = (uint64_t *)(calls->window + WINDOW_SIZE - 8);
	struct changer changer = { .place = path };

	/* An end, and none before the end of the window. */
	memcpy(&changer.good, "/dev/\0\0\0", 8);
	memcpy(&changer.bad, "////////", 8);
	race(calls, SYS_access, (uint64_t[6]){ AT(path), F_OK }, &changer, 0, -EFAULT);
}

static void test_changing_message(void **state)
{
	struct calls *calls = *state;
	struct msghdr *msg = (struct msghdr *)calls->window;
	struct iovec *iov = (struct iovec *)(calls->window + 0x100);
	int fds[2];
	struct changer changer = {
		.place = (uint64_t *)&msg->msg_iov,
		.good = AT(iov),
		.bad = AT(calls->canary),
	};

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	*msg = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 1 };
	*iov = (struct iovec){ calls->window + 0x8000, 8 };
	/* Nothing ever comes: so what is read from where is all there is to it. */
	race(calls, SYS_recvmsg, (uint64_t[6]){ fds[0], AT(msg), 0 }, &changer, -EAGAIN, -EFAULT);
	close(fds[0]);
	close(fds[1]);
}

/* The iovecs behind the header, with something to receive each time. */
static void test_changing_iovec_of_message(void **state)
{
	struct calls *calls = *state;
	struct msghdr *msg = (struct msghdr *)calls->window;
	struct iovec *iov = (struct iovec *)(calls->window + 0x100);
	int fds[2];
	struct changer changer = {
		.place = (uint64_t *)&iov->iov_base,
		.good = AT(calls->window + 0x8000),
		.bad = AT(calls->canary),
	};

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	assert_int_equal(send(fds[1], "12345678", 8, 0), 8);
	*msg = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 1 };
	iov->iov_len = 8;
	race(calls, SYS_recvmsg, (uint64_t[6]){ fds[0], AT(msg), MSG_PEEK }, &changer, 8, -EFAULT);
	close(fds[0]);
	close(fds[1]);
}

static void test_poll(void **state)
{
	struct calls *calls = *state;
	struct pollfd *fds = (struct pollfd *)(calls->window + WINDOW_SIZE - 3 * sizeof(*fds));
	int pipe_fds[2];

	assert_int_equal(pipe(pipe_fds), 0);
	fds[0] = (struct pollfd){ .fd = pipe_fds[1], .events = POLLOUT };
	fds[1] = (struct pollfd){ .fd = calls->own_fd, .events = POLLOUT };
	fds[2] = (struct pollfd){ .fd = -1, .events = POLLOUT };
	assert_int_equal(CALL(calls, poll, AT(fds), 3, 0), 2);
	assert_int_equal(fds[0].revents, POLLOUT);
	assert_int_equal(fds[1].fd, calls->own_fd);
	assert_int_equal(fds[1].revents, POLLNVAL);
	assert_int_equal(fds[2].revents, 0);
	assert_int_equal(CALL(calls, ppoll, AT(fds), 1, 0, AT(calls->canary), 8), 1);
	assert_int_equal(CALL(calls, ppoll, AT(fds), 1, AT(calls->canary)), -EFAULT);
	assert_int_equal(CALL(calls, poll, AT(fds), 4, 0), -EFAULT);
	assert_int_equal(CALL(calls, poll, AT(calls->window), calls->caller.fd_floor + 1, 0),
			 -EINVAL);
	assert_int_equal(CALL(calls, poll, AT(calls->canary), 0, 0), 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void test_select(void **state)
{
	struct calls *calls = *state;
	struct timeval *none = (struct timeval *)calls->window;
	fd_set *set = (fd_set *)(calls->window + 0x8000);
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	memset(calls->window, 0, WINDOW_SIZE);
	FD_SET(fds[1], set);
	assert_int_equal(CALL(calls, select, fds[1] + 1, 0, AT(set), 0, AT(none)), 1);
	assert_true(FD_ISSET(fds[1], set));
	/* However many are asked for, none above the floor is looked at: all bits are set there. */
	memset(set, 0, 0x8000);
	memset((char *)set + calls->caller.fd_floor / 8, 0xff, 0x8000 - calls->caller.fd_floor / 8);
	if (calls->caller.fd_floor <= 0x8000 * 8)
		assert_int_equal(CALL(calls, select, INT_MAX, 0, AT(set), 0, AT(none)), 0);
	assert_int_equal(CALL(calls, select, (uint64_t)-1, 0, 0, 0, AT(none)), -EINVAL);
	assert_int_equal(CALL(calls, select, 64, AT(calls->canary), 0, 0, AT(none)), -EFAULT);
	assert_int_equal(CALL(calls, select, 65, AT(calls->window + WINDOW_SIZE - 8), 0, 0,
			      AT(none)), -EFAULT);
	assert_int_equal(CALL(calls, pselect6, 0, 0, 0, 0, AT(none), AT(calls->canary)), 0);
	assert_int_equal(CALL(calls, pselect6, 0, 0, 0, 0, AT(calls->canary)), -EFAULT);
	close(fds[0]);
	close(fds[1]);
}

/* A message in the window with one iovec and room for one descriptor. */
struct message {
	struct msghdr hdr;
	struct iovec iov;
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	char data[16];
};

static struct message *make_message(struct calls *calls, size_t at, int fd)
{
	struct message *message = (struct message *)(calls->window + at);
	struct cmsghdr *cmsg;

	memset(message, 0, sizeof(*message));
	strcpy(message->data, "hello");
	message->iov = (struct iovec){ message->data, sizeof(message->data) };
	message->hdr = (struct msghdr){
		.msg_iov = &message->iov,
		.msg_iovlen = 1,
		.msg_control = message->control,
		.msg_controllen = sizeof(message->control),
	};
	cmsg = CMSG_FIRSTHDR(&message->hdr);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return message;
}

static void test_descriptors_in_messages(void **state)
{
	struct calls *calls = *state;
	struct message *out, *in;
	int fds[2], received;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	out = make_message(calls, 0, fds[0]);
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&out->hdr), 0), sizeof(out->data));
	in = make_message(calls, 0x1000, -1);
	assert_int_equal(CALL(calls, recvmsg, fds[1], AT(&in->hdr), 0), sizeof(in->data));
	assert_string_equal(in->data, "hello");
	assert_int_equal(in->hdr.msg_controllen, sizeof(in->control));
	assert_ptr_equal(in->hdr.msg_iov, &in->iov);
	memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&in->hdr)), sizeof(received));
	assert_true(received > 2 && received < (int)calls->caller.fd_floor);
	close(received);

	out = make_message(calls, 0, calls->own_fd);
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&out->hdr), 0), -EBADF);
	assert_int_equal(CALL(calls, sendmmsg, fds[0], AT(&out->hdr), 1, 0), -EBADF);
	/* Too small a piece of control data, one that goes on behind the end, and none at all. */
	CMSG_FIRSTHDR(&out->hdr)->cmsg_len = 1;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&out->hdr), 0), -EINVAL);
	CMSG_FIRSTHDR(&out->hdr)->cmsg_len = SIZE_MAX - 4;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&out->hdr), 0), -EINVAL);
	out->hdr.msg_controllen = sizeof(struct cmsghdr) - 1;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&out->hdr), 0), sizeof(out->data));
	close(fds[0]);
	close(fds[1]);
}

static void test_messages(void **state)
{
	struct calls *calls = *state;
	struct message *message = make_message(calls, 0, 0);
	struct message *other;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	message->hdr.msg_controllen = SIZE_MAX;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&message->hdr), 0), -ENOBUFS);
	assert_int_equal(CALL(calls, recvmsg, fds[0], AT(&message->hdr), 0), -EFAULT);
	message->hdr.msg_controllen = 0x8000;
	message->hdr.msg_control = calls->window + WINDOW_SIZE - 0x4000;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&message->hdr), 0), -EFAULT);
	assert_int_equal(CALL(calls, recvmsg, fds[0], AT(&message->hdr), 0), -EFAULT);
	message->hdr.msg_controllen = 0;
	message->hdr.msg_name = calls->canary;
	message->hdr.msg_namelen = 16;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&message->hdr), 0), -EFAULT);
	assert_int_equal(CALL(calls, recvmsg, fds[0], AT(&message->hdr), 0), -EFAULT);
	message->hdr.msg_name = NULL;
	message->hdr.msg_iovlen = IOV_MAX + 1;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&message->hdr), 0), -EMSGSIZE);
	message->hdr.msg_iovlen = 1;
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(calls->window + WINDOW_SIZE - 8), 0),
			 -EFAULT);

	/* What does not fit is told in msg_flags. */
	assert_int_equal(CALL(calls, sendmsg, fds[0], AT(&message->hdr), 0),
			 sizeof(message->data));
	other = make_message(calls, 0x1000, -1);
	other->iov.iov_len = 3;
	assert_int_equal(CALL(calls, recvmsg, fds[1], AT(&other->hdr), 0), 3);
	assert_int_equal(other->hdr.msg_flags, MSG_TRUNC);
	assert_int_equal(other->hdr.msg_controllen, 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_several_messages(void **state)
{
	struct calls *calls = *state;
	struct mmsghdr *vec = (struct mmsghdr *)(calls->window + 0x4000);
	struct timespec *timeout = (struct timespec *)(calls->window + 0x6000);
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	for (int i = 0; i < 3; i++) {
		struct message *message = make_message(calls, i * 0x1000, 0);

		message->hdr.msg_controllen = 0;
		message->iov.iov_len = i + 1;
		vec[i] = (struct mmsghdr){ message->hdr, 77 };
	}
	assert_int_equal(CALL(calls, sendmmsg, fds[0], AT(vec), 3, 0), 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(vec[i].msg_len, i + 1);
		vec[i].msg_hdr.msg_iov->iov_len = 16;
	}
	/* More than there are: the fourth would make the call wait, were it not for the flag. */
	vec[3] = vec[0];
	assert_int_equal(CALL(calls, recvmmsg, fds[1], AT(vec), 4, MSG_WAITFORONE, 0), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vec[i].msg_len, i + 1);

	/* The first is sent, the second is wrong, which is told only if there was none before. */
	vec[1].msg_hdr.msg_iov = (struct iovec *)calls->canary;
	assert_int_equal(CALL(calls, sendmmsg, fds[0], AT(vec), 2, 0), 1);
	assert_int_equal(CALL(calls, sendmmsg, fds[0], AT(&vec[1]), 1, 0), -EFAULT);
	assert_int_equal(CALL(calls, sendmmsg, fds[0],
			      AT(calls->window + WINDOW_SIZE - sizeof(*vec)), 2, 0), -EFAULT);

	*timeout = (struct timespec){ 0, 0 };
	assert_int_equal(CALL(calls, recvmmsg, fds[1], AT(vec), 4, 0, AT(timeout)), 1);
	timeout->tv_nsec = -1;
	assert_int_equal(CALL(calls, recvmmsg, fds[1], AT(vec), 4, 0, AT(timeout)), -EINVAL);
	assert_int_equal(CALL(calls, recvmmsg, fds[1], AT(vec), 4, 0, AT(calls->canary)), -EFAULT);
	close(fds[0]);
	close(fds[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, calls_setup, calls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_iovecs),
		TEST(test_changing_iovec),
		TEST(test_changing_iovec_length),
		TEST(test_changing_string),
		TEST(test_changing_message),
		TEST(test_changing_iovec_of_message),
		TEST(test_poll),
		TEST(test_select),
		TEST(test_descriptors_in_messages),
		TEST(test_messages),
		TEST(test_several_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
