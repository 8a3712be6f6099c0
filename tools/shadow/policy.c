// SPDX-License-Identifier: GPL-2.0
/*
 * nimbos-shadow: what a peer's program may do, as section [policy] of nimbos.conf(5) says it.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/nimbos.h>

#include "call.h"
#include "fds.h"
#include "policy.h"

#define DEFAULT_USER "nimbos-shadow"
#define DEFAULT_CALLS "@default"
/* Not the service's, which is root's. */
#define PARENT_DIRECTORY "/var/lib/nimbos-shadow"

#define BIT(group) (1U << GROUP_##group)

/* Words that stand for many calls, and for families of sockets. */
static const struct {
	const char *name;
	uint32_t groups;
	bool inet;
	bool unix_sockets;
} words[] = {
	{ .name = "@default", .groups = BIT(IO) | BIT(FILES) | BIT(TIME) | BIT(PROCESS) },
	{ .name = "@io", .groups = BIT(IO) },
	{ .name = "@files", .groups = BIT(FILES) },
	{ .name = "@attributes", .groups = BIT(ATTRIBUTES) },
	{ .name = "@watch", .groups = BIT(WATCH) },
	{ .name = "@time", .groups = BIT(TIME) },
	{ .name = "@process", .groups = BIT(PROCESS) },
	{ .name = "@owners", .groups = BIT(OWNERS) },
	{ .name = "@ipc", .groups = BIT(IPC) },
	{ .name = "@network", .groups = BIT(SOCKETS), .inet = true },
	{ .name = "@unix", .groups = BIT(SOCKETS), .unix_sockets = true },
};

/* Calls of these words are given or taken away; whether there is such a word. */
static bool set_group(struct policy *policy, const char *name, bool given)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(name, words[i].name))
			break;
	}
	if (i == sizeof(words) / sizeof(words[0]))
		return false;
	if (words[i].inet)
		policy->inet = given;
	if (words[i].unix_sockets)
		policy->unix_sockets = given;
	/* Of two families, one may be left. */
	if (words[i].groups & BIT(SOCKETS))
		given = policy->inet || policy->unix_sockets;
	for (unsigned int nr = 0; nr < POLICY_CALLS; nr++) {
		const struct call *call = call_lookup(nr);

		if (call->class == CALL_REMOTE && words[i].groups & 1U << call->group)
			policy->call[nr] = given;
	}
	return true;
}

static bool set_call(struct policy *policy, const char *name, bool given)
{
	for (unsigned int nr = 0; nr < POLICY_CALLS; nr++) {
		const struct call *call = call_lookup(nr);

		if (call->class == CALL_REMOTE && !strcmp(name, call->name)) {
			policy->call[nr] = given;
			return true;
		}
	}
	return false;
}

/* Calls @word for each word of a text, up to the first that is wrong. */
static bool parse_words(const char *text, struct policy *policy,
			bool (*word)(struct policy *policy, const char *name))
{
	char copy[LINE_MAX];
	char *save = NULL;
	char *name;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	for (name = strtok_r(copy, " \t", &save); name; name = strtok_r(NULL, " \t", &save)) {
		if (!word(policy, name))
			return false;
	}
	return true;
}

/* What begins by taking away takes it from what there is without. */
static bool parse_call(struct policy *policy, const char *name)
{
	bool given = *name != '~';

	if (!policy->calls_given && given)
		memset(policy->call, 0, sizeof(policy->call));
	policy->calls_given = true;
	name += !given;
	return *name == '@' ? set_group(policy, name, given) : set_call(policy, name, given);
}

static bool parse_calls(const char *text, void *value)
{
	return parse_words(text, value, parse_call);
}

static bool parse_descriptor(struct policy *policy, const char *name)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };

	for (int fd = 0; fd < 3; fd++) {
		if (!strcmp(name, names[fd])) {
			policy->inherit |= 1 << fd;
			return true;
		}
	}
	return false;
}

static bool parse_inherit(const char *text, void *value)
{
	return parse_words(text, value, parse_descriptor);
}

/* A path may have blanks in it: each has a line of its own. */
static bool parse_read_only(const char *text, void *value)
{
	struct policy *policy = value;

	if (*text != '/' || policy->read_only_count == POLICY_READ_ONLY_MAX)
		return false;
	policy->read_only[policy->read_only_count] = strdup(text);
	return policy->read_only[policy->read_only_count++];
}

/* Whatever it is called. One that is not there is found out later. */
static bool is_root_directory(const char *path)
{
	char *real = realpath(path, NULL);
	bool is_root = real && !strcmp(real, "/");

	free(real);
	return is_root;
}

static bool parse_directory(const char *text, void *value)
{
	if (*text != '/' || is_root_directory(text))
		return false;
	*(char **)value = strdup(text);
	return *(char **)value;
}

/* What a peer's directory is called when the policy does not say it. */
static int default_directory(const char *name, char **directory, char error[CONFIG_ERROR_SIZE])
{
	const char *base = strrchr(name, '/');
	size_t len;

	base = base ? base + 1 : name;
	len = strlen(base);
	if (len > 5 && !strcmp(base + len - 5, ".conf"))
		len -= 5;
	/* Neither the parent nor what is above it. */
	if (*base == '.') {
		snprintf(error, CONFIG_ERROR_SIZE,
			 "[policy] directory is not given, and '%.128s' is no name for one; say "
			 "which it is", base);
		return -EINVAL;
	}
	if (asprintf(directory, PARENT_DIRECTORY "/%.*s", (int)len, base) >= 0)
		return 0;
	*directory = NULL;
	return -ENOMEM;
}

static int look_up(struct policy *policy, char error[CONFIG_ERROR_SIZE])
{
	const struct passwd *user = getpwnam(policy->user);
	const struct group *group = policy->group ? getgrnam(policy->group) : NULL;

	if (!user) {
		snprintf(error, CONFIG_ERROR_SIZE,
			 "[policy] user = '%.128s': there is no such user; make one, or have "
			 "systemd-sysusers make " DEFAULT_USER, policy->user);
		return -EINVAL;
	}
	if (policy->group && !group) {
		snprintf(error, CONFIG_ERROR_SIZE,
			 "[policy] group = '%.128s': there is no such group", policy->group);
		return -EINVAL;
	}
	policy->uid = user->pw_uid;
	policy->gid = group ? group->gr_gid : user->pw_gid;
	if (policy->uid && policy->gid)
		return 0;
	snprintf(error, CONFIG_ERROR_SIZE,
		 "[policy] user = '%.128s': root's rights are no policy; name an ordinary user and "
		 "group", policy->user);
	return -EINVAL;
}

int policy_read(const char *name, uint32_t *peer, struct policy *policy,
		char error[CONFIG_ERROR_SIZE])
{
	const struct config_key keys[] = {
		CONFIG_KEY("peer", "number", CONFIG_NUMBER, peer, .max = NIMBOS_MAX_PEERS - 1,
			   .among_others = true),
		CONFIG_KEY("policy", "user", CONFIG_TEXT, &policy->user),
		CONFIG_KEY("policy", "group", CONFIG_TEXT, &policy->group),
		CONFIG_KEY("policy", "directory", CONFIG_WORD, &policy->directory,
			   .parse = parse_directory, .words = "an absolute path, and not /"),
		CONFIG_KEY("policy", "read-only", CONFIG_WORD, policy, .parse = parse_read_only,
			   .words = "an absolute path, of at most 32", .list = true),
		CONFIG_KEY("policy", "calls", CONFIG_WORD, policy, .parse = parse_calls,
			   .words = "names of calls that can be forwarded, or @default, @io, "
				    "@files, @attributes, @watch, @time, @process, @owners, @ipc, "
				    "@network, @unix, each with or without ~", .list = true),
		CONFIG_KEY("policy", "inherit", CONFIG_WORD, policy, .parse = parse_inherit,
			   .words = "of stdin, stdout and stderr", .list = true),
		CONFIG_KEY("policy", "files", CONFIG_NUMBER, &policy->files, .min = 16,
			   .max = FD_FLOOR_MAX),
		CONFIG_KEY("policy", "processes", CONFIG_NUMBER, &policy->processes, .min = 8,
			   .max = 1 << 22),
		CONFIG_KEY("policy", "priority", CONFIG_NUMBER, &policy->priority, .max = 99),
		CONFIG_KEY("policy", "cpu-seconds", CONFIG_NUMBER, &policy->cpu_seconds),
		CONFIG_KEY("policy", "file-size", CONFIG_SIZE, &policy->file_size),
		CONFIG_KEY("policy", "memory", CONFIG_SIZE, &policy->memory, .min = 64 << 20),
		CONFIG_END,
	};
	int ret;

	*policy = (struct policy){
		.files = 256,
		.processes = 256,
		.file_size = 1ULL << 30,
		.memory = 4ULL << 30,
	};
	policy_mark_ruled(policy);
	set_group(policy, DEFAULT_CALLS, true);
	ret = config_read(name, keys, error);
	if (ret)
		return ret;
	if (!policy->user)
		policy->user = strdup(DEFAULT_USER);
	if (!policy->directory)
		ret = default_directory(name, &policy->directory, error);
	if (ret == -EINVAL)
		return ret;
	if (!policy->user || !policy->directory) {
		snprintf(error, CONFIG_ERROR_SIZE, "no memory for the policy");
		return -ENOMEM;
	}
	return look_up(policy, error);
}
