/* judge SECONDS COMMAND ...: runs the command, stops it after that time, and prints how it ended and the last line it printed. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	int sig;
	const char *name;
} names[] = {
	{SIGHUP, "SIGHUP"},
	{SIGINT, "SIGINT"},
	{SIGABRT, "SIGABRT"},
	{SIGBUS, "SIGBUS"},
	{SIGKILL, "SIGKILL"},
	{SIGUSR1, "SIGUSR1"},
	{SIGSEGV, "SIGSEGV"},
	{SIGPIPE, "SIGPIPE"},
	{SIGALRM, "SIGALRM"},
	{SIGTERM, "SIGTERM"},
};

static void print_signal(int sig) {
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].sig == sig) {
			printf("killed by %s", names[i].name);
			return;
		}
	printf("killed by signal %d", sig);
}

/* A shell starts what it starts in the background with SIGINT ignored. */
static void reset_signals(void) {
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In a process group of its own, so that its children can be stopped with it. */
static pid_t start(char **command, FILE *output) {
	pid_t pid = fork();

	if (pid) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(fileno(output), STDOUT_FILENO);
	setenv("LIBC_FATAL_STDERR_", "1", 1); /* an old glibc says on the terminal why it aborts */
	reset_signals();
	execvp(command[0], command);
	dprintf(STDERR_FILENO, "%s: %s\n", command[0], strerror(errno));
	_exit(127);
}

/* Its wait status, or -1 if it had to be stopped. What it left behind is stopped too, while its own pid is still taken. */
static int wait_for(pid_t pid, long seconds, const sigset_t *child_ended) {
	struct timespec limit = {seconds, 0};
	siginfo_t ended = {0};
	int status, hung = 0;

	while (!hung && waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && !ended.si_pid)
		hung = sigtimedwait(child_ended, NULL, &limit) < 0 && errno == EAGAIN;
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return hung ? -1 : status;
}

static void print_end(int status, const char *seconds) {
	if (status == -1)
		printf("hung (stopped after %s s)", seconds);
	else if (WIFSIGNALED(status))
		print_signal(WTERMSIG(status));
	else
		printf("exit %d", WEXITSTATUS(status));
}

static void print_last_line(FILE *output) {
	char line[512], last[512] = "";

	rewind(output);
	while (fgets(line, sizeof line, output))
		memcpy(last, line, sizeof line);
	last[strcspn(last, "\n")] = 0;
	printf("%s%s\n", last[0] ? ": " : "", last);
}

int main(int argc, char **argv) {
	sigset_t child_ended;
	FILE *output = tmpfile();
	int status;

	if (argc < 3 || !output) {
		fprintf(stderr, "usage: judge SECONDS COMMAND ...\n");
		return 2;
	}
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ended, NULL);
	status = wait_for(start(argv + 2, output), atol(argv[1]), &child_ended);
	print_end(status, argv[1]);
	print_last_line(output);
	return status != 0;
}
