/* cli/lint_start.c: starts the host under ptrace, and hands on to it what others send to lint. Only lint_trace.c calls it. */
#include "lint.h"

#include "base.h"
#include "native.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define OPTIONS \
	(PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

static volatile pid_t host;

/* The terminal tells the host by itself; what others send to us is meant for it. */
static void on_forward(int sig, siginfo_t *info, void *context) {
	(void)context;
	int saved = errno;
	if (info->si_code <= 0 && host > 0)
		kill(host, sig);
	errno = saved;
}

static void forward_signals(void) {
	static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	struct sigaction action = {.sa_sigaction = on_forward, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigaction old;
	for (size_t i = 0; i < ARRAY_LENGTH(forwarded); i++)
		if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(forwarded[i], &action, NULL);
}

/* In the child: waits until it is traced, then becomes the host. Why it cannot goes into the pipe. */
static void become_host(char **argv, int traced, int failure) {
	char byte;
	native_options();
	native_preload();
	if (read(traced, &byte, 1) == 1) {
		execvp(argv[0], argv);
		(void)!write(failure, &errno, sizeof errno);
	}
	_exit(127);
}

int lint_start(char **argv, int failure, pid_t *started) {
	int traced[2];
	if (pipe2(traced, O_CLOEXEC) != 0)
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		close(traced[1]);
		become_host(argv, traced[0], failure);
	}
	int error = pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, (long)OPTIONS) != 0 ? errno : 0;
	if (error == 0) {
		*started = host = pid;
		forward_signals();
		error = write(traced[1], "", 1) == 1 ? 0 : errno;
	}
	close(traced[0]);
	close(traced[1]);
	return -error;
}
