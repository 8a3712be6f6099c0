// SPDX-License-Identifier: GPL-2.0
/*
 * Peers as services: nimbosctl serve, with this program in the place of a service manager.
 */
#include <dirent.h>
#include <linux/capability.h>

#include "huge.h"
#include "manager.h"
#include "process.h"

#include "kselftest_harness.h"

#define CPU_ONLINE "/sys/devices/system/cpu/cpu1/online"
#define DIRECTORY "/var/lib/nimbos/"

/* A peer that has all the time that it could need. */
#define PEER                                       \
	"[peer]\n"                                 \
	"image = " REFERENCE_PEER "\n"             \
	"cpu = 1\n"                                \
	"region = 0x3a000000+32M\n"                \
	"timeout = 60000\n"
#define PATIENT PEER "heartbeat = 60000\n"
#define HUGE_PEER                                  \
	"[peer]\n"                                 \
	"image = " REFERENCE_PEER "\n"             \
	"cpu = 1\n"                                \
	"huge-pages = 32M\n"                       \
	"timeout = 60000\n"                        \
	"heartbeat = 60000\n"
#define HUGE_PAGES 16
#define POOL_PAGES "64"

FIXTURE(service)
{
	int fd;
	struct unit unit;
	struct unit other;
};

FIXTURE_SETUP(service)
{
	umask(022);
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
	/* A service need not wait until it is heard. */
	ASSERT_TRUE(write_text("/proc/sys/net/unix/max_dgram_qlen", "512"));
	mkdir("/var", 0755);
	mkdir("/var/lib", 0755);
	ASSERT_EQ(0, system("rm -rf /var/lib/nimbos /etc/nimbos"));
}

FIXTURE_TEARDOWN(service)
{
	struct unit *units[] = { &self->unit, &self->other };

	for (unsigned int i = 0; i < 2; i++) {
		if (!units[i]->pid)
			continue;
		end_unit(units[i], SIGKILL);
	}
	for (unsigned int peer = 0; peer < 2; peer++) {
		stop_peer(self->fd, peer);
		unload_peer(self->fd, peer);
		EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, peer));
	}
	/* Those of tests that have taken any. */
	write_text(POOL "nr_hugepages", "0");
	close(self->fd);
}

static bool is_running(int fd, unsigned int peer, uint32_t incarnation)
{
	struct nimbos_query query = { .size = sizeof(query), .peer = peer };

	return !try_ioctl(fd, NIMBOS_IOC_QUERY, &query) && query.state == NIMBOS_PEER_RUNNING &&
	       query.incarnation == incarnation;
}

/* How often the peer has been started; the module has counted since it was loaded. */
static uint32_t starts(int fd, unsigned int peer)
{
	struct nimbos_query query = { .size = sizeof(query), .peer = peer };

	return try_ioctl(fd, NIMBOS_IOC_QUERY, &query) ? 0 : query.incarnation;
}

/* Whether a file that a service has kept has a text in it. */
static bool has_kept(const char *file, const char *text)
{
	char path[512], *data;
	size_t size;
	bool has;

	snprintf(path, sizeof(path), DIRECTORY "%s", file);
	data = read_file(path, &size);
	has = data && memmem(data, size, text, strlen(text));
	free(data);
	return has;
}

/* Of how many crashes a service has kept a console with a text in it; -1 if one is without. */
static int crashes_with(const char *name, const char *text)
{
	char path[512];
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), DIRECTORY "%s/crashes", name);
	dir = opendir(path);
	while (n >= 0 && dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/crashes/%s/console", name, entry->d_name);
		n = has_kept(path, text) ? n + 1 : -1;
	}
	if (dir)
		closedir(dir);
	return n;
}

static int crashes(const char *name)
{
	return crashes_with(name, "");
}

TEST_F_TIMEOUT(service, says_that_all_is_well, 120)
{
	ASSERT_TRUE(write_config("good", PATIENT));
	ASSERT_TRUE(start_unit(&self->unit, "good"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 runs on CPU 1"));
	EXPECT_EQ(0, self->unit.watchdogs);
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	for (unsigned int i = 1; i <= 3; i++) {
		ASSERT_TRUE(hears(&self->unit, "WATCHDOG=1"));
		EXPECT_EQ(i, self->unit.watchdogs);
	}
	EXPECT_EQ(NIMBOS_PEER_RUNNING, peer_state(self->fd, 0));
	EXPECT_EQ(0, read_number(CPU_ONLINE));

	kill(self->unit.pid, SIGHUP);
	EXPECT_TRUE(hears(&self->unit, "STATUS=nothing is read again"));
	EXPECT_TRUE(hears(&self->unit, "WATCHDOG=1"));

	kill(self->unit.pid, SIGTERM);
	EXPECT_TRUE(hears(&self->unit, "STOPPING=1"));
	EXPECT_TRUE(hears(&self->unit, "STATUS=peer 0 is stopped"));
	EXPECT_EQ(0, wait_for_unit(&self->unit));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	EXPECT_EQ(0, crashes("good"));
}

/* Whether the next message for the journal has all of these lines, which end with NULL. */
static bool has_fields(int journal, const char *const *fields)
{
	struct pollfd pollfd = { .fd = journal, .events = POLLIN };
	char message[4096];
	ssize_t len = -1;

	if (poll(&pollfd, 1, PATIENCE_MS) == 1)
		len = recv(journal, message, sizeof(message) - 1, 0);
	if (len < 0)
		return false;
	message[len] = '\0';
	while (*fields && strstr(message, *fields))
		fields++;
	return !*fields;
}

TEST_F_TIMEOUT(service, tells_the_journal, 60)
{
	static const char *const up[] = {
		"MESSAGE=peer 0 runs on CPU 1", "MESSAGE_ID=6ee6d27d247f4e18997c01d23a780447\n",
		"PRIORITY=6\n", "NIMBOS_SERVICE=told\n", "NIMBOS_PEER=0\n", "NIMBOS_EVENT=up\n",
		"NIMBOS_STATE=running\n", NULL,
	};
	static const char *const stopped[] = {
		"MESSAGE=peer 0 is stopped\n", "NIMBOS_EVENT=stopped\n",
		"NIMBOS_STATE=offline\n", NULL,
	};
	int journal = open_journal();

	ASSERT_GE(journal, 0);
	ASSERT_TRUE(write_config("told", PATIENT));
	ASSERT_TRUE(start_unit(&self->unit, "told"));
	EXPECT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(has_fields(journal, up));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_TRUE(has_fields(journal, stopped));
	EXPECT_FALSE(has_logged(&self->unit, "runs on CPU"));
	close_journal(journal);
}

/* Runs a program of a peer that ends with the peer. */
static bool ends_with_peer(const char *peer, const char *program)
{
	char command[128];
	int status;

	snprintf(command, sizeof(command), SHADOW " --peer=%s %s", peer, program);
	status = system(command);
	return WIFEXITED(status) && WEXITSTATUS(status) == 126;
}

/* Not by itself the time of a heartbeat, but how long the module says that it stood still. */
static int stood_still_ms(const char *said)
{
	const char *at = strstr(said, "its heartbeat has stood still for ");

	return at ? atoi(at + 34) : -1;
}

TEST_F_TIMEOUT(service, a_peer_that_hangs, 180)
{
	uint32_t before = starts(self->fd, 0);
	pid_t program;
	int ms;

	ASSERT_TRUE(write_config("hangs", PEER "heartbeat = 2000\n"
					       "[service]\n"
					       "restart-delay = 10\n"));
	ASSERT_TRUE(start_unit(&self->unit, "hangs"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	program = start_program("stress", "100000000", "/tmp", NULL);
	ASSERT_GT(program, 0);
	EXPECT_TRUE(ends_with_peer("0", "hang"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 has failed: "));
	ms = stood_still_ms(self->unit.said);
	TH_LOG("noticed after %d ms", ms);
	/* In one and a half times of what it may be, and what a busy machine needs to look. */
	EXPECT_GE(ms, 2000);
	EXPECT_LE(ms, 4000);

	/* Until it runs again, nobody says that all is well; there is more time for that. */
	self->unit.watchdogs = 0;
	ASSERT_TRUE(hears(&self->unit, "WATCHDOG_USEC=70"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 is started again in 10 ms"));
	ASSERT_TRUE(hears(&self->unit, "WATCHDOG_USEC=600000"));
	EXPECT_EQ(0, self->unit.watchdogs);
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_EQ(before + 2, starts(self->fd, 0));
	EXPECT_EQ(126, wait_for_program(program));
	EXPECT_TRUE(has_kept("hangs/crashes/00000001/console", "hanging: a program asked for it"));
	EXPECT_TRUE(has_kept("hangs/crashes/00000001/state.json", "\"failed\""));
	EXPECT_TRUE(has_kept("hangs/crashes/00000001/state.json", "its heartbeat has stood still"));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
}

/* A heartbeat that may be silent for a minute does not keep a panic from being noticed. */
TEST_F_TIMEOUT(service, a_peer_that_panics_and_is_not_restarted, 60)
{
	ASSERT_TRUE(write_config("panics", PATIENT "[service]\n"
						   "restart = no\n"
						   "dump = yes\n"));
	ASSERT_TRUE(start_unit(&self->unit, "panics"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(ends_with_peer("0", "panic"));
	EXPECT_TRUE(hears(&self->unit, "STATUS=peer 0 has failed: a program asked for it"));
	/* Before memory is kept, the service manager is asked for the time of that. */
	EXPECT_TRUE(hears(&self->unit, "WATCHDOG_USEC=13955000"));
	EXPECT_TRUE(hears(&self->unit, "EXTEND_TIMEOUT_USEC=13355000"));
	EXPECT_TRUE(hears(&self->unit, "STATUS=what is known of it is in"));
	EXPECT_EQ(3, wait_for_unit(&self->unit));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	EXPECT_TRUE(has_kept("panics/crashes/00000001/console", "a program asked for it"));
	EXPECT_TRUE(has_kept("panics/crashes/00000001/memory", "\177ELF"));
	EXPECT_EQ(1, crashes("panics"));
}

/* The number of an entry of /proc/PID/status. */
static long status_number(pid_t pid, const char *entry)
{
	char path[64], line[256];
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, entry, strlen(entry)))
			number = atol(line + strlen(entry));
	if (file)
		fclose(file);
	return number;
}

/* How often a process has slept, while it waits in ppoll(); -1 if it does something. */
static long sleeps(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	if (read_number(path) != SYS_ppoll)
		return -1;
	return status_number(pid, "voluntary_ctxt_switches:");
}

static int open_files(pid_t pid)
{
	char path[64];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* What is in use while the peer runs and its service waits. */
struct uses {
	struct nimbos_query query;
	int files;
	long kib;
};

static struct uses get_uses(int fd, pid_t pid)
{
	struct uses uses;
	long slept;

	/* A message takes a socket for a moment: what counts is between two of them. */
	do {
		slept = sleeps(pid);
		query_peer(fd, &uses.query);
		uses.files = open_files(pid);
		uses.kib = status_number(pid, "VmRSS:");
	} while (uses.query.state != NIMBOS_PEER_RUNNING || slept < 0 || slept != sleeps(pid));
	return uses;
}

TEST_F_TIMEOUT(service, many_crashes_in_a_row, 800)
{
	uint32_t before = starts(self->fd, 0);
	unsigned int count = scaled(100);
	struct uses first = { 0 }, last;
	long long allocated;
	char text[64];

	ASSERT_TRUE(write_config("often", PEER "heartbeat = 200\n"
					       "cmdline = test=hang-after-ms=100\n"
					       "[service]\n"
					       "restart-delay = 1\n"
					       "restart-delay-max = 1\n"
					       "crashes = 5\n"));
	ASSERT_TRUE(start_unit(&self->unit, "often"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	for (unsigned int i = 1; i <= count; i++) {
		ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 has failed: its heartbeat"));
		snprintf(text, sizeof(text), "started %u times", before + i + 1);
		ASSERT_TRUE(hears(&self->unit, text));
		if (i == 5)
			first = get_uses(self->fd, self->unit.pid);
	}
	last = get_uses(self->fd, self->unit.pid);
	EXPECT_GE(last.query.incarnation, before + count + 1);
	EXPECT_EQ(0, last.query.slots_used);
	EXPECT_EQ(0, last.query.slots_dying);
	EXPECT_EQ(first.query.irqnums_used, last.query.irqnums_used);
	EXPECT_EQ(first.query.arena_free, last.query.arena_free);
	EXPECT_EQ(first.query.region_base, last.query.region_base);
	EXPECT_EQ(first.query.region_size, last.query.region_size);
	EXPECT_EQ(first.query.cpu, last.query.cpu);
	EXPECT_EQ(first.files, last.files);
	EXPECT_LE(last.kib, first.kib + 512);

	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
	EXPECT_EQ(cpu_irqnums(self->fd), in_use("irqnums:", &allocated));
	EXPECT_EQ(5, crashes_with("often", "hanging: test=hang-after-ms"));
}

TEST_F_TIMEOUT(service, a_killed_one_is_replaced, 120)
{
	uint32_t before = starts(self->fd, 0);

	ASSERT_TRUE(write_config("killed", PATIENT));
	ASSERT_TRUE(start_unit(&self->unit, "killed"));
	ASSERT_TRUE(hears(&self->unit, "WATCHDOG=1"));
	EXPECT_EQ(-SIGKILL, end_unit(&self->unit, SIGKILL));
	EXPECT_TRUE(is_running(self->fd, 0, before + 1));

	ASSERT_TRUE(start_unit(&self->unit, "killed"));
	ASSERT_TRUE(hears(&self->unit, "and is looked after again"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	ASSERT_TRUE(hears(&self->unit, "WATCHDOG=1"));
	EXPECT_TRUE(is_running(self->fd, 0, before + 1));

	/* There is one of a name. */
	ASSERT_TRUE(start_unit(&self->other, "killed"));
	EXPECT_EQ(1, wait_for_unit(&self->other));
	EXPECT_TRUE(has_logged(&self->other, "'killed' is being served already"));
	EXPECT_TRUE(is_running(self->fd, 0, before + 1));

	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
}

/* As on a disk that is full. */
TEST_F_TIMEOUT(service, what_cannot_be_written_down, 120)
{
	uint32_t before = starts(self->fd, 0);

	ASSERT_EQ(0, system("mkdir -p " DIRECTORY "full/running.new"));
	ASSERT_TRUE(write_config("full", PATIENT "[service]\nrestart-delay = 1\n"));
	ASSERT_TRUE(start_unit(&self->unit, "full"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(ends_with_peer("0", "panic"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 has failed"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(is_running(self->fd, 0, before + 2));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_TRUE(has_logged(&self->unit, "it cannot be written down in '" DIRECTORY "full'"));
}

/* What runs is only taken for the service's if it is. */
TEST_F_TIMEOUT(service, another_image_is_refused, 120)
{
	uint32_t before = starts(self->fd, 0);

	ASSERT_TRUE(write_config("image", PATIENT));
	ASSERT_TRUE(start_unit(&self->unit, "image"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_EQ(-SIGKILL, end_unit(&self->unit, SIGKILL));

	ASSERT_EQ(0, system("cp " REFERENCE_PEER " /tmp/newer.bin && echo >> /tmp/newer.bin"));
	ASSERT_TRUE(write_config("image", "[peer]\nimage = /tmp/newer.bin\n"));
	ASSERT_TRUE(start_unit(&self->unit, "image"));
	EXPECT_EQ(1, wait_for_unit(&self->unit));
	EXPECT_TRUE(has_logged(&self->unit, "stop it with 'nimbosctl stop --peer=0'"));
	EXPECT_TRUE(is_running(self->fd, 0, before + 1));

	/* Nor is one that somebody else has started, with the right image. */
	ASSERT_TRUE(write_config("image", PATIENT));
	ASSERT_EQ(0, system(NIMBOSCTL " restart --image=" REFERENCE_PEER
				      " --timeout=60000 --heartbeat=60000"));
	ASSERT_TRUE(start_unit(&self->unit, "image"));
	EXPECT_EQ(1, wait_for_unit(&self->unit));
	EXPECT_TRUE(is_running(self->fd, 0, before + 2));

	/* Once it has been stopped, the service starts it. */
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	ASSERT_TRUE(start_unit(&self->unit, "image"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(is_running(self->fd, 0, before + 3));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
}

TEST_F_TIMEOUT(service, the_peer_fails_while_nobody_looks, 120)
{
	ASSERT_TRUE(write_config("unseen", PATIENT "[service]\nrestart-delay = 1\n"));
	ASSERT_TRUE(start_unit(&self->unit, "unseen"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_EQ(-SIGKILL, end_unit(&self->unit, SIGKILL));
	EXPECT_TRUE(ends_with_peer("0", "panic"));
	ASSERT_EQ(NIMBOS_PEER_FAILED, peer_state(self->fd, 0));
	EXPECT_EQ(0, crashes("unseen"));

	ASSERT_TRUE(start_unit(&self->unit, "unseen"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 has failed: a program asked for it"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(has_kept("unseen/crashes/00000001/console", "a program asked for it"));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
}

TEST_F_TIMEOUT(service, what_somebody_else_stops_stays_so, 60)
{
	ASSERT_TRUE(write_config("taken", PATIENT));
	ASSERT_TRUE(start_unit(&self->unit, "taken"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	ASSERT_EQ(0, stop_peer(self->fd, 0));
	EXPECT_TRUE(hears(&self->unit, "STATUS=peer 0 was stopped or started by somebody else"));
	EXPECT_EQ(0, wait_for_unit(&self->unit));
	EXPECT_EQ(NIMBOS_PEER_STOPPED, peer_state(self->fd, 0));
}

/* Also when the service is told to end meanwhile. */
TEST_F_TIMEOUT(service, what_somebody_else_starts_stays_so, 120)
{
	static const char start[] = NIMBOSCTL
		" start --image=" REFERENCE_PEER
		" --cpu=1 --region=0x3a000000+32M --timeout=60000 --heartbeat=60000";
	uint32_t before = starts(self->fd, 0);

	ASSERT_TRUE(write_config("late", PATIENT "[service]\n"
						 "restart-delay = 20000\n"));
	ASSERT_TRUE(start_unit(&self->unit, "late"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(ends_with_peer("0", "panic"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 is started again in 20000 ms"));
	while (peer_state(self->fd, 0) != NIMBOS_PEER_STOPPED)
		usleep(10000);
	ASSERT_EQ(0, system(start));
	EXPECT_TRUE(hears(&self->unit, "STATUS=peer 0 was stopped or started by somebody else"));
	EXPECT_EQ(0, wait_for_unit(&self->unit));
	EXPECT_TRUE(is_running(self->fd, 0, before + 2));
	EXPECT_EQ(1, crashes("late"));
	ASSERT_EQ(0, stop_peer(self->fd, 0));

	ASSERT_TRUE(write_config("late", PATIENT "[service]\n"
						 "restart-delay = 3600000\n"
						 "restart-delay-max = 3600000\n"));
	ASSERT_TRUE(start_unit(&self->unit, "late"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(ends_with_peer("0", "panic"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 is started again in 3600000 ms"));
	while (peer_state(self->fd, 0) != NIMBOS_PEER_STOPPED)
		usleep(10000);
	ASSERT_EQ(0, system(start));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_TRUE(is_running(self->fd, 0, before + 4));
}

TEST_F_TIMEOUT(service, a_start_that_fails, 120)
{
	ASSERT_TRUE(write_config("boot", PATIENT "cmdline = test=fail-at-boot\n"));
	ASSERT_TRUE(start_unit(&self->unit, "boot"));
	EXPECT_EQ(3, wait_for_unit(&self->unit));
	EXPECT_TRUE(has_logged(&self->unit, "(EIO)"));
	EXPECT_TRUE(has_kept("boot/crashes/00000001/console", "test=fail-at-boot"));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));

	ASSERT_TRUE(write_config("boot", "[peer]\nimage = /nowhere\nregion = 0x3a000000+32M\n"));
	ASSERT_TRUE(start_unit(&self->unit, "boot"));
	EXPECT_EQ(3, wait_for_unit(&self->unit));
	EXPECT_TRUE(has_logged(&self->unit, "'/nowhere'"));
	EXPECT_EQ(1, crashes("boot"));

	/* Nothing is kept of what has not executed a thing. */
	ASSERT_TRUE(write_config("boot", "[peer]\n"
					 "image = " REFERENCE_PEER "\n"
					 "region = 0x3a000000+32M\n"
					 "cpu = 1000\n"));
	ASSERT_TRUE(start_unit(&self->unit, "boot"));
	EXPECT_EQ(3, wait_for_unit(&self->unit));
	EXPECT_TRUE(has_logged(&self->unit, "(ENODEV)"));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, crashes("boot"));

	/* This will not be better the next time. */
	ASSERT_TRUE(write_config("boot", "[peer]\nimage = /nowhere\nregion = 32M\n"));
	ASSERT_TRUE(start_unit(&self->unit, "boot"));
	EXPECT_EQ(2, wait_for_unit(&self->unit));
	EXPECT_TRUE(has_logged(&self->unit, "/etc/nimbos/boot.conf:3: [peer] region = '32M'"));
}

TEST_F_TIMEOUT(service, ends_while_it_waits, 60)
{
	ASSERT_TRUE(write_config("waits", PATIENT "[service]\n"
						  "restart-delay = 3600000\n"
						  "restart-delay-max = 3600000\n"));
	ASSERT_TRUE(start_unit(&self->unit, "waits"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(ends_with_peer("0", "panic"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 is started again in 3600000 ms"));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
}

/* The peer would be waited for longer than this test may last. */
TEST_F_TIMEOUT(service, ends_while_the_peer_starts, 40)
{
	ASSERT_TRUE(write_config("starts", PATIENT "cmdline = test=never-up\n"));
	ASSERT_TRUE(start_unit(&self->unit, "starts"));
	while (read_number(CPU_ONLINE))
		usleep(10000);
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
}

/* It comes long before the peer has had its time. */
TEST_F_TIMEOUT(service, is_not_reloaded_while_the_peer_starts, 60)
{
	ASSERT_TRUE(write_config("reload", "[peer]\n"
					   "image = " REFERENCE_PEER "\n"
					   "cpu = 1\n"
					   "region = 0x3a000000+32M\n"
					   "timeout = 5000\n"
					   "cmdline = test=never-up\n"));
	ASSERT_TRUE(start_unit(&self->unit, "reload"));
	while (read_number(CPU_ONLINE))
		usleep(10000);
	kill(self->unit.pid, SIGHUP);
	EXPECT_EQ(3, wait_for_unit(&self->unit));
	EXPECT_TRUE(has_logged(&self->unit, "(ETIMEDOUT)"));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 0));
	EXPECT_EQ(1, read_number(CPU_ONLINE));
}

TEST_F_TIMEOUT(service, two_at_once, 180)
{
	uint32_t first = starts(self->fd, 0), second = starts(self->fd, 1);

	ASSERT_TRUE(write_config("one", PATIENT));
	ASSERT_TRUE(write_config("two", "[peer]\n"
					"number = 1\n"
					"image = " REFERENCE_PEER "\n"
					"cpu = 2\n"
					"region = 0x42000000+32M\n"
					"timeout = 60000\n"
					"heartbeat = 60000\n"
					"[service]\n"
					"restart-delay = 1\n"));
	ASSERT_TRUE(start_unit(&self->unit, "one"));
	ASSERT_TRUE(start_unit(&self->other, "two"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	ASSERT_TRUE(hears(&self->other, "READY=1"));
	EXPECT_TRUE(ends_with_peer("1", "panic"));
	ASSERT_TRUE(hears(&self->other, "STATUS=peer 1 has failed: a program asked for it"));
	ASSERT_TRUE(hears(&self->other, "READY=1"));
	EXPECT_EQ(second + 2, starts(self->fd, 1));
	EXPECT_TRUE(is_running(self->fd, 0, first + 1));
	EXPECT_EQ(1, crashes("two"));
	EXPECT_EQ(0, crashes("one"));

	EXPECT_EQ(0, end_unit(&self->other, SIGTERM));
	EXPECT_EQ(NIMBOS_PEER_OFFLINE, peer_state(self->fd, 1));
	EXPECT_TRUE(is_running(self->fd, 0, first + 1));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
}

/* As CapabilityBoundingSet= of a unit: programs that are executed from now on have these only. */
static bool bound_capabilities(uint64_t set)
{
	int ret = 0;

	for (unsigned int cap = 0; !ret && cap <= CAP_LAST_CAP; cap++)
		if (!(set & 1ULL << cap) && prctl(PR_CAPBSET_READ, cap) == 1)
			ret = prctl(PR_CAPBSET_DROP, cap);
	return !ret;
}

TEST_F_TIMEOUT(service, huge_pages_want_a_capability, 60)
{
	/* Its lockdep stops the guest where Linux 6.1 itself splits a mapping of huge pages. */
	if (is_debug_kernel())
		SKIP(return, "huge pages are not tested on the debug kernel");
	ASSERT_TRUE(write_text(POOL "nr_hugepages", POOL_PAGES));
	ASSERT_TRUE(write_config("pages", HUGE_PEER));
	ASSERT_TRUE(bound_capabilities(1ULL << CAP_SYS_BOOT | 1ULL << CAP_SYS_ADMIN));
	ASSERT_TRUE(start_unit(&self->unit, "pages"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_EQ(atoi(POOL_PAGES) - HUGE_PAGES, read_number(POOL "free_hugepages"));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_EQ(atoi(POOL_PAGES), read_number(POOL "free_hugepages"));

	ASSERT_TRUE(bound_capabilities(1ULL << CAP_SYS_BOOT));
	ASSERT_TRUE(start_unit(&self->unit, "pages"));
	EXPECT_EQ(3, wait_for_unit(&self->unit));
	EXPECT_TRUE(has_logged(&self->unit, "in a row without CAP_SYS_ADMIN"));
	EXPECT_EQ(atoi(POOL_PAGES), read_number(POOL "free_hugepages"));
}

/* Where the pages were is nothing to hold on to once they are Linux's again. */
TEST_F_TIMEOUT(service, huge_pages_are_taken_anew, 120)
{
	uint32_t before = starts(self->fd, 0);

	if (is_debug_kernel())
		SKIP(return, "huge pages are not tested on the debug kernel");
	ASSERT_TRUE(write_text(POOL "nr_hugepages", POOL_PAGES));
	ASSERT_TRUE(write_config("anew", HUGE_PEER "[service]\n"
						   "restart-delay = 10000\n"));
	ASSERT_TRUE(start_unit(&self->unit, "anew"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(ends_with_peer("0", "panic"));
	ASSERT_TRUE(hears(&self->unit, "STATUS=peer 0 is started again in 10000 ms"));
	while (peer_state(self->fd, 0) != NIMBOS_PEER_STOPPED)
		usleep(10000);
	EXPECT_EQ(atoi(POOL_PAGES) - HUGE_PAGES, read_number(POOL "free_hugepages"));
	ASSERT_EQ(0, unload_peer(self->fd, 0));
	EXPECT_EQ(atoi(POOL_PAGES), read_number(POOL "free_hugepages"));
	ASSERT_TRUE(hears(&self->unit, "READY=1"));
	EXPECT_TRUE(is_running(self->fd, 0, before + 2));
	EXPECT_EQ(atoi(POOL_PAGES) - HUGE_PAGES, read_number(POOL "free_hugepages"));
	EXPECT_EQ(0, end_unit(&self->unit, SIGTERM));
	EXPECT_EQ(atoi(POOL_PAGES), read_number(POOL "free_hugepages"));
}

TEST_HARNESS_MAIN
