// SPDX-License-Identifier: GPL-2.0
/*
 * The demonstration: four threads at once copy a file, look at a directory, and send and receive by
 * TCP, while a fifth is blocked in a read that is served last; and a child has a life of its own.
 *
 * The server in Linux sends back what it gets. Whatever fails ends the program with status 1.
 */
#include "program.h"
#include "sys.h"

#define DEFAULT_BLOCK 0x40000
#define PROGRESS_PART 4
#define TCP_SIZE 0x100000
#define TCP_BLOCK 0x8000
#define TCP_SALT 0x7cb
#define DENTS_SIZE 0x8000
#define CHILD_STATUS 42
#define CHILD_FILE_SIZE 0x10000
#define CHILD_SALT 0xc417d
#define WAKE_UP_TEXT "served last"

struct demo {
	const char *input;
	const char *output;
	const char *directory;
	size_t block_size;
	int socket;
	int pipe[2];
	u64 file_bytes;
	u64 entries;
	u64 sent;
	u64 received;
	bool others_done;
	bool served;
};

static void copy_file(void *argument)
{
	struct demo *demo = argument;
	int in = must(sys_open(demo->input, O_RDONLY, 0), demo->input);
	int out = must(sys_open(demo->output, O_WRONLY | O_CREAT | O_TRUNC, 0644), demo->output);
	char *block = allocate(demo->block_size);
	struct linux_stat stat;
	u64 next = 0;
	s64 got;

	must(sys_fstat(in, &stat), "fstat");
	while ((got = must(sys_read(in, block, demo->block_size), "read"))) {
		write_all(out, block, got);
		demo->file_bytes += got;
		if (demo->file_bytes >= next) {
			print("demo: copied %lu of %lu MiB\n", demo->file_bytes >> 20,
			      stat.size >> 20);
			next += stat.size / PROGRESS_PART;
		}
	}
	if (demo->file_bytes != (u64)stat.size)
		fail("%s has %ld bytes, but %lu were read", demo->input, stat.size,
		     demo->file_bytes);
	must(sys(NR_FSYNC, out), "fsync");
	must(sys_fstat(out, &stat), "fstat");
	if (demo->file_bytes != (u64)stat.size)
		fail("%s has %ld bytes instead of %lu", demo->output, stat.size, demo->file_bytes);
	must(sys_close(out), "close");
	must(sys_close(in), "close");
	print("demo: copied %s, %lu bytes\n", demo->input, demo->file_bytes);
}

static void list_directory(void *argument)
{
	struct demo *demo = argument;
	int fd = must(sys_open(demo->directory, O_RDONLY | O_DIRECTORY, 0), demo->directory);
	char *block = allocate(DENTS_SIZE);
	struct linux_stat stat;
	s64 got;

	while ((got = must(sys(NR_GETDENTS64, fd, block, DENTS_SIZE), "getdents64"))) {
		for (s64 at = 0; at < got;) {
			struct linux_dirent64 *entry = (struct linux_dirent64 *)(block + at);

			must(sys(NR_NEWFSTATAT, fd, entry->name, &stat, AT_SYMLINK_NOFOLLOW),
			     entry->name);
			demo->entries++;
			at += entry->reclen;
		}
	}
	must(sys_close(fd), "close");
	print("demo: listed %s, %lu entries\n", demo->directory, demo->entries);
}

static void tcp_send(void *argument)
{
	struct demo *demo = argument;
	char *block = allocate(TCP_BLOCK);

	for (; demo->sent < TCP_SIZE; demo->sent += TCP_BLOCK) {
		fill_pattern(block, TCP_BLOCK, demo->sent, TCP_SALT);
		write_all(demo->socket, block, TCP_BLOCK);
	}
	must(sys(NR_SHUTDOWN, demo->socket, SHUT_WR), "shutdown");
	print("demo: sent %lu bytes by TCP\n", demo->sent);
}

static void tcp_receive(void *argument)
{
	struct demo *demo = argument;
	char *block = allocate(TCP_BLOCK);
	s64 got;

	while ((got = must(sys_read(demo->socket, block, TCP_BLOCK), "read from the socket"))) {
		if (!is_pattern(block, got, demo->received, TCP_SALT))
			fail("the server sent other bytes than it got, after %lu", demo->received);
		demo->received += got;
	}
	if (demo->received != TCP_SIZE)
		fail("the server sent %lu bytes back instead of %u", demo->received, TCP_SIZE);
	print("demo: received %lu bytes by TCP\n", demo->received);
}

static void wait_for_last(void *argument)
{
	struct demo *demo = argument;
	char text[sizeof(WAKE_UP_TEXT)];

	read_all(demo->pipe[0], text, sizeof(text));
	if (!demo->others_done || memcmp(text, WAKE_UP_TEXT, sizeof(text)))
		fail("the read of the pipe ended before the others");
	demo->served = true;
	print("demo: the blocked read is served\n");
}

static int connect_to(const char *host, u64 port)
{
	struct linux_sockaddr_in address = { .family = AF_INET,
					     .port = (u16)(port << 8 | port >> 8) };
	int fd = must(sys(NR_SOCKET, AF_INET, SOCK_STREAM, 0), "socket");
	char part[4];

	for (u32 i = 0; i < 4; i++) {
		size_t length = 0;

		while (*host && *host != '.' && length < sizeof(part) - 1)
			part[length++] = *host++;
		part[length] = '\0';
		address.address[i] = parse_number(part);
		if (*host)
			host++;
	}
	must(sys(NR_CONNECT, fd, &address, sizeof(address)), "connect");
	return fd;
}

/* In the child: a file of its own, written and read back. Its count of calls goes to the parent. */
static _Noreturn void be_child(const char *output, int report)
{
	size_t length = strlen(output);
	char *path = allocate(length + sizeof(".child"));
	char *block = allocate(CHILD_FILE_SIZE);
	u64 calls;
	int fd;

	memcpy(path, output, length);
	memcpy(path + length, ".child", sizeof(".child"));
	fd = must(sys_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), path);
	fill_pattern(block, CHILD_FILE_SIZE, 0, CHILD_SALT);
	write_all(fd, block, CHILD_FILE_SIZE);
	memset(block, 0, CHILD_FILE_SIZE);
	must(sys(NR_LSEEK, fd, 0, 0), "lseek");
	read_all(fd, block, CHILD_FILE_SIZE);
	if (!is_pattern(block, CHILD_FILE_SIZE, 0, CHILD_SALT))
		fail("%s does not hold what the child wrote", path);
	must(sys_close(fd), "close");
	must(sys_unlink(path), "unlink");
	print("demo: child %ld wrote and read %u bytes\n", sys(NR_GETPID), CHILD_FILE_SIZE);
	calls = sys_calls() + 2;
	write_all(report, &calls, sizeof(calls));
	sys_exit_group(CHILD_STATUS);
}

static u64 have_child(const char *output)
{
	int report[2];
	int status;
	u64 calls;
	s64 pid;

	must(sys_pipe(report, 0), "pipe2");
	pid = must(program_fork(), "fork");
	if (!pid)
		be_child(output, report[1]);
	read_all(report[0], &calls, sizeof(calls));
	must(sys_wait(pid, &status), "wait4");
	if (!has_exited_with(status, CHILD_STATUS))
		fail("child %ld ended with status %x instead of exit %u", pid, status,
		     CHILD_STATUS);
	must(sys_close(report[0]), "close");
	must(sys_close(report[1]), "close");
	print("demo: child %ld exited with %u\n", pid, CHILD_STATUS);
	return calls;
}

int main_demo(int argc, char **argv)
{
	void (*const jobs[])(void *argument) = { copy_file, list_directory, tcp_send, tcp_receive };
	struct worker *workers = allocate((ARRAY_SIZE(jobs) + 1) * sizeof(*workers));
	struct worker *last = &workers[ARRAY_SIZE(jobs)];
	struct demo *demo = allocate(sizeof(*demo));
	u64 calls, bytes;

	if (argc < 6)
		fail("usage: demo INPUT OUTPUT DIRECTORY HOST PORT [BLOCK_SIZE]");
	*demo = (struct demo){
		.input = argv[1],
		.output = argv[2],
		.directory = argv[3],
		.block_size = argc > 6 ? parse_number(argv[6]) : DEFAULT_BLOCK,
		.socket = connect_to(argv[4], parse_number(argv[5])),
	};
	must(sys_pipe(demo->pipe, 0), "pipe2");
	must(worker_start(last, wait_for_last, demo, 1), "thread");
	for (u32 i = 0; i < ARRAY_SIZE(jobs); i++)
		must(worker_start(&workers[i], jobs[i], demo, 0), "thread");
	calls = have_child(demo->output);
	for (u32 i = 0; i < ARRAY_SIZE(jobs); i++)
		worker_join(&workers[i]);

	demo->others_done = true;
	write_all(demo->pipe[1],
		  memcpy(allocate(sizeof(WAKE_UP_TEXT)), WAKE_UP_TEXT, sizeof(WAKE_UP_TEXT)),
		  sizeof(WAKE_UP_TEXT));
	worker_join(last);
	if (!demo->served)
		fail("the blocked read was not served");
	calls += sys_calls();
	bytes = 2 * (demo->file_bytes + CHILD_FILE_SIZE) + demo->sent + demo->received;
	print("demo: peer calls=%lu bytes=%lu entries=%lu\n", calls, bytes, demo->entries);
	return 0;
}
