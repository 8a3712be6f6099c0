// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: trace, which is for forwarded calls what strace is for others.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace.h"

/* How often what has come in is shown, in ms. */
#define SHOW_MS 100

/**
 * struct running - a trace, and who is traced
 * @ctl: of the command
 * @trace: the trace
 * @out: where its lines go
 * @summary: instead of lines; NULL for lines
 * @signals: a descriptor for the signals that end it
 * @old: signals that were blocked before
 * @child: the program's shadow; 0 for none
 * @status: how the shadow has ended
 * @is_over: nothing more will come
 */
struct running {
	struct ctl *ctl;
	struct call_trace *trace;
	FILE *out;
	struct trace_summary *summary;
	int signals;
	sigset_t old;
	pid_t child;
	int status;
	bool is_over;
};

static void take(const struct call_event *event, void *to)
{
	struct running *running = to;

	if (running->summary)
		trace_summary_add(running->summary, event);
	else if (running->ctl->json)
		trace_print_json(running->out, event);
	else
		trace_print_line(running->out, event);
}

/*
 * Whoever ends this ends it here, with nothing left in Linux. A reader that goes away is seen when
 * the next line is written.
 */
static int block_signals(struct running *running)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &running->old);
	signal(SIGPIPE, SIG_IGN);
	running->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (running->signals < 0)
		return ctl_fail(running->ctl, "signals: %s", strerror(errno));
	return 0;
}

/* In the child, until it is somebody else. It waits until it is traced. */
static _Noreturn void become_shadow(struct running *running, int go, char **argv)
{
	int argc = 0;
	char byte;

	while (argv[argc])
		argc++;
	/* The end means that there is nobody to be traced by. */
	if (read(go, &byte, 1) != 1)
		_exit(CTL_FAILED);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &running->old, NULL);
	_exit(cmd_run(running->ctl, argc, argv));
}

/* Return: exit status. */
static int start_program(struct running *running, char **argv)
{
	int go[2];
	int status;

	if (pipe2(go, O_CLOEXEC))
		return ctl_fail(running->ctl, "a pipe: %s", strerror(errno));
	fflush(NULL);
	running->child = fork();
	if (!running->child) {
		close(go[1]);
		become_shadow(running, go[0], argv);
	}
	close(go[0]);
	if (running->child < 0) {
		close(go[1]);
		running->child = 0;
		return ctl_fail(running->ctl, "a process: %s", strerror(errno));
	}
	status = call_trace_follow(running->trace, running->child);
	if (!status)
		status = call_trace_start(running->trace);
	if (!status && write(go[1], "", 1) != 1)
		status = ctl_fail(running->ctl, "the program's start: %s", strerror(errno));
	close(go[1]);
	if (status) {
		waitpid(running->child, NULL, 0);
		running->child = 0;
	}
	return status;
}

static void take_signals(struct running *running)
{
	struct signalfd_siginfo info;

	while (read(running->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		/* The program may have more to say before it ends. */
		if (running->child)
			kill(running->child, (int)info.ssi_signo);
		else
			running->is_over = true;
	}
	if (running->child &&
	    waitpid(running->child, &running->status, WNOHANG) == running->child)
		running->is_over = true;
}

/* Return: exit status. */
static int show(struct running *running)
{
	struct pollfd fd = { .fd = running->signals, .events = POLLIN };
	int status = 0;

	while (!status) {
		/* What has come in until it was over is shown, too. */
		bool was_over = running->is_over;

		status = call_trace_read(running->trace, take, running);
		if (!status && (fflush(running->out) || ferror(running->out)))
			return errno == EPIPE ? CTL_FAILED :
						ctl_fail(running->ctl, "the output: %s",
							 strerror(errno));
		if (was_over)
			break;
		poll(&fd, 1, SHOW_MS);
		take_signals(running);
	}
	return status;
}

/* Whoever is traced no more goes on without. */
static void wait_for_program(struct running *running)
{
	struct pollfd fd = { .fd = running->signals, .events = POLLIN };

	while (running->child && !running->is_over) {
		poll(&fd, 1, -1);
		take_signals(running);
	}
}

/* Return: exit status. */
static int finish(struct running *running, int status)
{
	uint64_t lost = call_trace_lost(running->trace);

	if (running->summary && running->ctl->json)
		trace_summary_print_json(running->out, running->summary);
	else if (running->summary)
		trace_summary_print(running->out, running->summary);
	if (fflush(running->out) && !status)
		status = ctl_fail(running->ctl, "the output: %s", strerror(errno));
	if (lost && !status)
		status = ctl_fail(running->ctl,
				  "%llu calls came faster than they could be shown, and are "
				  "missing; show fewer with --calls, --slot or --lane, or use "
				  "--count",
				  (unsigned long long)lost);
	if (!running->child || status)
		return status;
	return WIFSIGNALED(running->status) ? 128 + WTERMSIG(running->status) :
					      WEXITSTATUS(running->status);
}

/* Return: exit status. */
static int run(struct running *running, const struct call_filter *filter, char **argv)
{
	int status = block_signals(running);

	if (status)
		return status;
	running->trace = call_trace_open(running->ctl, filter, &status);
	if (running->trace) {
		status = *argv ? start_program(running, argv) : call_trace_start(running->trace);
		if (!status)
			status = finish(running, show(running));
		call_trace_close(running->trace);
		wait_for_program(running);
	}
	close(running->signals);
	return status;
}

int cmd_trace(struct ctl *ctl, int argc, char **argv)
{
	struct running running = { .ctl = ctl };
	struct call_filter filter = { 0 };
	const char *path = NULL;
	bool is_counted = false;
	char **program;
	const struct option_spec options[] = {
		OPTION("peer", 'p', OPTION_NUMBER, &filter.peer, .given = &filter.has_peer,
		       .max = PEERS_ALL - 1),
		OPTION("slot", 's', OPTION_NUMBER, &filter.slot, .given = &filter.has_slot,
		       .max = NIMBOS_SCF_MAX_SLOTS - 1),
		OPTION("lane", 'l', OPTION_NUMBER, &filter.lane, .given = &filter.has_lane,
		       .max = NIMBOS_SCF_MAX_LANES - 1),
		OPTION("calls", 'e', OPTION_TEXT, &filter.names),
		OPTION("count", 'c', OPTION_FLAG, &is_counted),
		OPTION("output", 'o', OPTION_TEXT, &path),
		OPTION_END,
	};
	int status = ctl_options_rest(ctl, argc, argv, options, &program);

	if (status)
		return status;
	if (*program && strcmp(*program, "run"))
		return ctl_usage(ctl, "'%s' is not 'run', as in 'nimbosctl trace -- run PROGRAM'",
				 *program);
	running.out = path ? fopen(path, "we") : *program ? stderr : stdout;
	if (!running.out)
		return ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
	running.summary = is_counted ? trace_summary_new() : NULL;
	if (is_counted && !running.summary)
		status = ctl_fail(ctl, "%s", strerror(ENOMEM));
	else
		status = run(&running, &filter, program);
	trace_summary_free(running.summary);
	if (path && fclose(running.out) && !status)
		status = ctl_fail(ctl, "'%s' cannot be written: %s", path, strerror(errno));
	return status;
}
