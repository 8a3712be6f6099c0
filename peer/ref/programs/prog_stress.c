// SPDX-License-Identifier: GPL-2.0
/*
 * Mixed work whose every result is checked; made to be killed in the middle of it.
 */
#include "program.h"
#include "sys.h"

#define NR_WORKERS 4
#define BLOCK 0x4000

struct job {
	struct worker worker;
	const char *directory;
	u64 number;
	u64 rounds;
};

static void use_file(struct job *job, char *block, u64 salt)
{
	char path[256];
	struct linux_stat stat;
	u64 offset = salt % 4096;
	int fd;

	format_to(path, sizeof(path), "%s/stress.%ld.%lu", job->directory, sys(NR_GETPID),
		  job->number);
	fd = must(sys_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), path);
	fill_pattern(block, BLOCK, 0, salt);
	if (must(sys(NR_PWRITE64, fd, block, BLOCK, offset), "pwrite64") != BLOCK)
		fail("pwrite64: not all of it");
	must(sys_fstat(fd, &stat), "fstat");
	if ((u64)stat.size != offset + BLOCK)
		fail("fstat: %ld bytes instead of %lu", stat.size, offset + BLOCK);
	memset(block, 0, BLOCK);
	if (must(sys(NR_PREAD64, fd, block, BLOCK, offset), "pread64") != BLOCK ||
	    !is_pattern(block, BLOCK, 0, salt))
		fail("pread64: not what was written");
	must(sys_close(fd), "close");
	must(sys_unlink(path), "unlink");
}

static void use_vectors(char *block, u64 salt)
{
	struct linux_iovec out[2] = { { block, 100 }, { block + 1000, 200 } };
	struct linux_iovec in = { block + 2000, 300 };
	int fds[2];

	must(sys_pipe(fds, 0), "pipe2");
	fill_pattern(block, 100, 0, salt);
	fill_pattern(block + 1000, 200, 100, salt);
	if (must(sys(NR_WRITEV, fds[1], out, 2), "writev") != 300 ||
	    must(sys(NR_READV, fds[0], &in, 1), "readv") != 300 ||
	    !is_pattern(block + 2000, 300, 0, salt))
		fail("readv: not what writev wrote");
	must(sys_close(fds[0]), "close");
	must(sys_close(fds[1]), "close");
}

static void use_child(u64 salt)
{
	int code = salt % 256;
	s64 pid = must(program_fork(), "fork");
	int status;

	if (!pid)
		sys_exit_group(sys(NR_GETPID) > 0 ? code : 255);
	must(sys_wait(pid, &status), "wait4");
	if (!has_exited_with(status, code))
		fail("a child ended with status %x instead of exit %d", status, code);
}

static void work(void *argument)
{
	struct job *job = argument;
	char *block = allocate(BLOCK);
	u64 seed = job->number + 1;

	for (u64 round = 0; round < job->rounds; round++) {
		u64 salt = next_random(&seed);

		use_file(job, block, salt);
		use_vectors(block, salt);
		if (job->number == 0 && round % 8 == 0)
			use_child(salt);
	}
}

int main_stress(int argc, char **argv)
{
	struct job *jobs = allocate(NR_WORKERS * sizeof(*jobs));
	u64 rounds = argc > 1 ? parse_number(argv[1]) : 100;

	for (u64 i = 0; i < NR_WORKERS; i++) {
		jobs[i] = (struct job){
			.directory = argc > 2 ? argv[2] : "/tmp",
			.number = i,
			.rounds = rounds,
		};
		must(worker_start(&jobs[i].worker, work, &jobs[i], i * 10), "thread");
	}
	for (u64 i = 0; i < NR_WORKERS; i++)
		worker_join(&jobs[i].worker);
	print("stress: ok rounds=%lu calls=%lu\n", NR_WORKERS * rounds, sys_calls());
	return 0;
}
