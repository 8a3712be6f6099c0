// SPDX-License-Identifier: GPL-2.0
/*
 * A peer as a service: its configuration, how long it is waited before the next start, what is kept
 * of crashes, and by what a peer that runs is known again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "service.h"

static char directory[] = "/tmp/nimbos-service-XXXXXX";
static char error[CONFIG_ERROR_SIZE];
static unsigned int failures;
static bool console_fails;

/* What is tested asks others for all that it writes. */

int ctl_fail(const struct ctl *ctl, const char *format, ...)
{
	(void)ctl;
	(void)format;
	failures++;
	return CTL_FAILED;
}

int peer_copy_console(const struct ctl *ctl, unsigned int peer, FILE *out)
{
	fprintf(out, "console of peer %u\n", peer);
	return console_fails ? ctl_fail(ctl, "no console") : 0;
}

int peer_dump(const struct ctl *ctl, const struct nimbos_query *query, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	(void)query;
	return fd < 0 || close(fd) ? ctl_fail(ctl, "no dump") : 0;
}

cJSON *peer_json(const struct nimbos_query *query)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "message", query->message);
	return object;
}

void service_log(const struct service *service, enum service_event event, uint32_t state,
		 const char *format, ...)
{
	(void)service;
	(void)state;
	(void)format;
	assert_int_equal(event, SERVICE_KEPT);
}

int nimbos_query(int dev, unsigned int peer, struct nimbos_query *query)
{
	(void)dev;
	(void)peer;
	(void)query;
	return -ENODEV;
}

static char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void write_text(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int read_config(const char *text, struct service_config *config)
{
	write_text("conf", text);
	error[0] = '\0';
	return service_config_read(path_of("conf"), config, error);
}

static void free_texts(struct service_config *config)
{
	free((void *)config->start.image);
	free((void *)config->start.cmdline);
}

static void test_defaults(void **state)
{
	struct service_config config;

	(void)state;
	assert_int_equal(read_config("[peer]\nimage = a.bin\n", &config), 0);
	assert_string_equal(config.start.image, "a.bin");
	assert_null(config.start.cmdline);
	assert_int_equal(config.start.load.peer, 0);
	assert_false(config.start.have_cpu);
	assert_false(config.start.have_region);
	assert_true(config.restart);
	assert_false(config.dump);
	assert_int_equal(config.crashes, 10);
	assert_true(config.backoff.from_ms && config.backoff.from_ms <= config.backoff.to_ms);
	free_texts(&config);
}

static void test_keys(void **state)
{
	struct service_config config;

	(void)state;
	assert_int_equal(read_config("[peer]\n"
				     "number = 7\n"
				     "image = a b.bin\n"
				     "cpu = 3\n"
				     "region = 0x40000000+128M\n"
				     "private = 32M\n"
				     "cmdline = uintr=none log=calls\n"
				     "serial = 0x2f8\n"
				     "timeout = 30000\n"
				     "heartbeat = 500\n"
				     "backend = native\n"
				     "[service]\n"
				     "restart = no\n"
				     "restart-delay = 5\n"
				     "restart-delay-max = 80\n"
				     "steady = 0\n"
				     "crashes = 0\n"
				     "dump = yes\n"
				     "[policy]\n"
				     "anything = goes\n", &config), 0);
	assert_int_equal(config.start.load.peer, 7);
	assert_string_equal(config.start.image, "a b.bin");
	assert_true(config.start.have_cpu);
	assert_int_equal(config.start.start.cpu, 3);
	assert_true(config.start.have_region);
	assert_int_equal(config.start.region.base, 0x40000000);
	assert_int_equal(config.start.region.size, 128 << 20);
	assert_true(config.start.have_private);
	assert_int_equal(config.start.private_size, 32 << 20);
	assert_string_equal(config.start.cmdline, "uintr=none log=calls");
	assert_int_equal(config.start.load.serial_port, 0x2f8);
	assert_int_equal(config.start.start.timeout_ms, 30000);
	assert_int_equal(config.start.start.heartbeat_ms, 500);
	assert_true(config.start.have_backend);
	assert_int_equal(config.start.start.backend, NIMBOS_BACKEND_NATIVE);
	assert_false(config.restart);
	assert_int_equal(config.backoff.from_ms, 5);
	assert_int_equal(config.backoff.to_ms, 80);
	assert_int_equal(config.backoff.steady_ms, 0);
	assert_int_equal(config.crashes, 0);
	assert_true(config.dump);
	free_texts(&config);

	assert_int_equal(read_config("[peer]\nimage = a\nlegacy = v2\nslots = 2\n", &config), 0);
	assert_true(config.start.have_legacy);
	assert_int_equal(config.start.load.legacy, NIMBOS_LEGACY_V2);
	assert_int_equal(config.start.load.legacy_slots, 2);
	free_texts(&config);
}

/* All options of start are keys, and no key is named like one and means something else. */
static void test_all_options(void **state)
{
	struct start start = { 0 };
	const struct start_options options = start_options(&start);
	struct service_config config;
	char text[64], known[32];

	(void)state;
	for (size_t i = 0; options.spec[i].name; i++) {
		const char *key = options.spec[i].key ? options.spec[i].key : options.spec[i].name;

		snprintf(text, sizeof(text), "[peer]\n%s = ?\n", key);
		if (options.spec[i].kind == OPTION_TEXT)
			continue;
		assert_int_equal(read_config(text, &config), -EINVAL);
		snprintf(known, sizeof(known), "[peer] %s = '?' is not ", key);
		assert_non_null(strstr(error, known));
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} wrong[] = {
		{ "", "names no image; add 'image = FILE' to its section [peer]" },
		{ "[peer]\nnumber = 1\n", "names no image" },
		{ "[peer]\nimage = a\nregion = 64M\n",
		  ":3: [peer] region = '64M' is not BASE+SIZE, as in 0x40000000+128M" },
		{ "[peer]\nimage = a\nlegacy = v3\n",
		  ":3: [peer] legacy = 'v3' is not v1, v2 or v2-early" },
		{ "[peer]\nimage = a\nbackend = kvm\n",
		  ":3: [peer] backend = 'kvm' is not auto, native or rvm" },
		{ "[peer]\nheartbeat = 0\n",
		  ":2: [peer] heartbeat = '0' is not a number from 1 to 4294967295" },
		{ "[peer]\npeer = 0\n", ":2: [peer] has no key 'peer'; there are number, image, " },
		{ "[service]\nrestart = always\n",
		  ":2: [service] restart = 'always' is not yes or no" },
		{ "[service]\nrestart-delay = 0\n",
		  ":2: [service] restart-delay = '0' is not a number from 1 to 3600000" },
		{ "[service]\ncrashes = 1001\n",
		  ":2: [service] crashes = '1001' is not a number from 0 to 1000" },
		{ "[peer]\nimage = a\n[service]\nrestart-delay = 81\nrestart-delay-max = 80\n",
		  "[service] restart-delay = 81, which is more than restart-delay-max = 80; make it "
		  "less" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct service_config config;

		assert_int_equal(read_config(wrong[i].text, &config), -EINVAL);
		assert_non_null(strstr(error, path_of("conf")));
		assert_non_null(strstr(error, wrong[i].error));
		free_texts(&config);
	}
}

/* What is installed as an example says all that is the default, but for its good time. */
static void test_example(void **state)
{
	struct service_config config;

	(void)state;
	assert_int_equal(service_config_read(EXAMPLE, &config, error), 0);
	assert_string_equal(config.start.image, "/usr/lib/nimbos/nimbos-ref.bin");
	assert_int_equal(config.start.load.peer, 0);
	assert_false(config.start.have_cpu);
	assert_int_equal(config.start.start.heartbeat_ms, 5000);
	assert_true(config.restart);
	assert_int_equal(config.backoff.from_ms, 1000);
	assert_int_equal(config.backoff.to_ms, 60000);
	assert_int_equal(config.crashes, 10);
	assert_false(config.dump);
	free_texts(&config);
}

static void test_backoff(void **state)
{
	static const uint32_t delays[] = { 1000, 2000, 4000, 8000, 10000, 10000 };
	struct backoff backoff = { .from_ms = 1000, .to_ms = 10000, .steady_ms = 60000 };

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		assert_int_equal(backoff_next(&backoff, i ? 59999 : 0), delays[i]);
	/* It was good for long enough. */
	assert_int_equal(backoff_next(&backoff, 60000), 1000);
	assert_int_equal(backoff_next(&backoff, 0), 2000);
	assert_int_equal(backoff_next(&backoff, UINT64_MAX), 1000);
}

static void test_backoff_limits(void **state)
{
	struct backoff same = { .from_ms = 7, .to_ms = 7, .steady_ms = 1 };
	struct backoff huge = { .from_ms = 3, .to_ms = UINT32_MAX, .steady_ms = UINT32_MAX };
	uint32_t last = 0;

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(backoff_next(&same, 0), 7);
	for (unsigned int i = 0; i < 40; i++) {
		uint32_t next = backoff_next(&huge, 0);

		assert_true(next > last || next == UINT32_MAX);
		last = next;
	}
	assert_int_equal(last, UINT32_MAX);
}

static const struct nimbos_query failed = {
	.peer = 3,
	.state = NIMBOS_PEER_FAILED,
	.message = "why",
};

static void make_service(struct service *service, const char *name)
{
	*service = (struct service){ .name = name };
	snprintf(service->directory, sizeof(service->directory), "%s/%s", directory, name);
	assert_int_equal(mkdir(service->directory, 0700), 0);
}

static bool has_file(const struct service *service, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/crashes/%s", service->directory, name);
	return !access(path, F_OK);
}

static void test_crashes(void **state)
{
	struct service service;

	(void)state;
	make_service(&service, "crashes");
	service_keep_crash(&service, &failed);
	assert_false(has_file(&service, ""));

	service.config.crashes = 3;
	service_keep_crash(&service, &failed);
	assert_true(has_file(&service, "00000001/console"));
	assert_true(has_file(&service, "00000001/state.json"));
	assert_false(has_file(&service, "00000001/memory"));
	for (unsigned int i = 2; i <= 4; i++)
		service_keep_crash(&service, &failed);
	assert_false(has_file(&service, "00000001"));
	assert_true(has_file(&service, "00000002"));
	assert_true(has_file(&service, "00000004"));

	/* What a service that was killed has left, and what is somebody else's. */
	assert_int_equal(mkdir(path_of("crashes/crashes/.new"), 0700), 0);
	write_text("crashes/crashes/.new/memory", "a part");
	assert_int_equal(mkdir(path_of("crashes/crashes/mine"), 0700), 0);
	service.config.crashes = 1;
	service.config.dump = true;
	service_keep_crash(&service, &failed);
	assert_false(has_file(&service, ".new"));
	assert_false(has_file(&service, "00000004"));
	assert_true(has_file(&service, "00000005/console"));
	assert_true(has_file(&service, "00000005/memory"));
	assert_true(has_file(&service, "mine"));
	assert_int_equal(failures, 0);

	/* What cannot be had as a whole is not there, and the rest is. */
	console_fails = true;
	service_keep_crash(&service, &failed);
	assert_int_equal(failures, 1);
	assert_false(has_file(&service, "00000006/console"));
	assert_true(has_file(&service, "00000006/state.json"));
	assert_false(has_file(&service, "00000005"));
}

static void test_running(void **state)
{
	struct nimbos_query query = {
		.peer = 2,
		.state = NIMBOS_PEER_RUNNING,
		.cpu = 1,
		.incarnation = 5,
		.region_base = 0x40000000,
		.region_size = 0x4000000,
	};
	struct service service;
	struct start *start = &service.config.start;
	char image[256];

	(void)state;
	make_service(&service, "running");
	service.dev = open("/dev/null", O_RDWR);
	snprintf(image, sizeof(image), "%s", path_of("image"));
	write_text("image", "some image");
	start->image = image;
	start->load.peer = 2;
	start->start.cpu = 1;
	start->load.region_base = query.region_base;
	start->load.region_size = query.region_size;

	assert_false(service_recognizes(&service, &query));
	service_remember(&service, 5);
	assert_true(service_recognizes(&service, &query));
	query.incarnation = 6;
	assert_false(service_recognizes(&service, &query));
	service_remember(&service, 6);
	assert_true(service_recognizes(&service, &query));

	/* What the configuration says by now. */
	start->have_cpu = true;
	assert_true(service_recognizes(&service, &query));
	start->start.cpu = 2;
	assert_false(service_recognizes(&service, &query));
	start->have_cpu = false;
	start->region = (struct region){ query.region_base, query.region_size / 2 };
	start->have_region = true;
	assert_false(service_recognizes(&service, &query));
	start->have_region = false;

	write_text("image", "some other");
	assert_false(service_recognizes(&service, &query));
	write_text("image", "some image");
	assert_true(service_recognizes(&service, &query));

	/* What cannot be written down is not mistaken for what was there before. */
	failures = 0;
	assert_int_equal(mkdir(path_of("running/running.new"), 0700), 0);
	service_remember(&service, 7);
	assert_int_equal(failures, 1);
	assert_int_equal(access(path_of("running/running"), F_OK), -1);
	assert_false(service_recognizes(&service, &query));
	assert_int_equal(rmdir(path_of("running/running.new")), 0);
	start->start.cpu = 1;
	service_remember(&service, 6);
	assert_int_equal(failures, 1);
	assert_true(service_recognizes(&service, &query));

	/* A module that was loaded anew counts from the start. */
	close(service.dev);
	service.dev = open("/dev/zero", O_RDWR);
	assert_false(service_recognizes(&service, &query));
	close(service.dev);

	failures = 0;
	assert_int_equal(unlink(image), 0);
	assert_false(service_recognizes(&service, &query));
	service_remember(&service, 8);
	assert_int_equal(failures, 1);
	assert_int_equal(access(path_of("running/running"), F_OK), -1);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	return system(command);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_all_options),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_backoff_limits),
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_running),
	};

	return cmocka_run_group_tests_name("service", tests, make_directory, remove_directory);
}
