// SPDX-License-Identifier: GPL-2.0
/*
 * nimbosctl: what all commands that look at forwarded calls do.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "follow.h"

/* How often what has come in is taken, in ms. */
#define TAKE_MS 100

/**
 * struct running - while it goes on
 * @follow: what to do
 * @trace: the trace
 * @signals: a descriptor for the signals that end it
 * @old: signals that were blocked before
 * @end: when the time is over, as follow_now(); 0 for never
 * @child: the program's shadow; 0 for none
 * @status: how the shadow has ended
 * @is_over: nothing more will come
 * @look_up: when to look up from them, as follow_now()
 * @is_stopped: no more calls are noted
 * @tick_status: what the tick has returned meanwhile
 */
struct running {
	const struct follow *follow;
	struct call_trace *trace;
	int signals;
	sigset_t old;
	double end;
	pid_t child;
	int status;
	bool is_over;
	double look_up;
	bool is_stopped;
	int tick_status;
};

double follow_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
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
		return ctl_fail(running->follow->ctl, "signals: %s", strerror(errno));
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
	_exit(cmd_run(running->follow->ctl, argc, argv));
}

/* Return: exit status. */
static int start_program(struct running *running, char **argv)
{
	const struct ctl *ctl = running->follow->ctl;
	int go[2];
	int status;

	if (pipe2(go, O_CLOEXEC))
		return ctl_fail(ctl, "a pipe: %s", strerror(errno));
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
		return ctl_fail(ctl, "a process: %s", strerror(errno));
	}
	status = call_trace_follow(running->trace, running->child);
	if (!status)
		status = call_trace_start(running->trace);
	if (!status && write(go[1], "", 1) != 1)
		status = ctl_fail(ctl, "the program's start: %s", strerror(errno));
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
	if (running->end > 0 && follow_now() >= running->end)
		running->is_over = true;
}

/*
 * Calls may come faster than they are taken, so that there is never an end of them. Who waits for
 * the time or for a signal is not forgotten over them; and when it is over, there will be an end.
 */
static void look_up(struct running *running)
{
	const struct follow *follow = running->follow;

	if (running->is_stopped || follow_now() < running->look_up)
		return;
	running->look_up = follow_now() + TAKE_MS / 1e3;
	take_signals(running);
	if (follow->tick)
		running->tick_status = follow->tick(follow->to);
	if (!running->is_over && !running->tick_status)
		return;
	call_trace_stop(running->trace);
	running->is_stopped = true;
}

static bool take_call(const struct call_event *event, void *to)
{
	struct running *running = to;

	running->follow->take(event, running->follow->to);
	look_up(running);
	return !running->tick_status;
}

/* Return: exit status. */
static int take_calls(struct running *running)
{
	const struct follow *follow = running->follow;
	struct pollfd fd = { .fd = running->signals, .events = POLLIN };
	uint64_t lost;
	int status = 0;

	while (!status) {
		/* What has come in until it was over is taken, too. */
		bool was_over = running->is_over;

		running->look_up = follow_now() + TAKE_MS / 1e3;
		status = call_trace_read(running->trace, take_call, running);
		if (!status)
			status = running->tick_status;
		if (!status && follow->tick)
			status = follow->tick(follow->to);
		if (was_over)
			break;
		poll(&fd, 1, TAKE_MS);
		take_signals(running);
	}
	lost = call_trace_lost(running->trace);
	if (lost && !status)
		status = ctl_fail(follow->ctl,
				  "%llu calls came faster than they could be taken, and are "
				  "missing; look at fewer with --calls, --slot or --lane",
				  (unsigned long long)lost);
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

int follow_check(const struct ctl *ctl, const struct call_filter *filter, char **program)
{
	if (!*program || !strcmp(*program, "run"))
		return call_filter_check(ctl, filter);
	return ctl_usage(ctl, "'%s' is not 'run', as in 'nimbosctl %s -- run PROGRAM'", *program,
			 ctl->cmd->name);
}

int follow_run(const struct follow *follow, char **program, struct follow_end *end)
{
	struct running running = { .follow = follow };
	int status = block_signals(&running);

	*end = (struct follow_end){ 0 };
	if (status)
		return status;
	running.trace = call_trace_open(follow->ctl, follow->filter, &status);
	if (running.trace) {
		status = *program ? start_program(&running, program) :
				    call_trace_start(running.trace);
		end->seconds = -follow_now();
		if (follow->duration_ms && !*program)
			running.end = follow_now() + follow->duration_ms / 1e3;
		if (!status)
			status = take_calls(&running);
		end->seconds += follow_now();
		call_trace_close(running.trace);
		wait_for_program(&running);
	}
	close(running.signals);
	if (running.child)
		end->status = WIFSIGNALED(running.status) ? 128 + WTERMSIG(running.status) :
							    WEXITSTATUS(running.status);
	return status;
}
