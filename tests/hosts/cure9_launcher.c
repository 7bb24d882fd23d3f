/* A supervisor: runs the command of its arguments with SIGTAME_WAKEUP_FD set, sends it HUP, USR1 and TERM,
 * and prints which signals it is told of. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <poll.h>
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
} sent[] = {{SIGHUP, "HUP"}, {SIGUSR1, "USR1"}, {SIGTERM, "TERM"}};

static pid_t start(char **command, int wakeup, int output) {
	char number[16];
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(number, sizeof number, "%d", wakeup);
	setenv("SIGTAME_WAKEUP_FD", number, 1);
	dup2(output, STDOUT_FILENO);
	execvp(command[0], command);
	_exit(127);
}

/* The signal that the host reports within a second, or 0. */
static int next_signal(int wakeup) {
	struct pollfd readable = {.fd = wakeup, .events = POLLIN};
	unsigned char sig;

	if (poll(&readable, 1, 1000) != 1 || read(wakeup, &sig, 1) != 1)
		return 0;
	return sig;
}

int main(int argc, char **argv) {
	int wakeup[2], output[2], status, told = 0;
	char ready[6];
	pid_t pid;

	if (argc < 2 || pipe(wakeup) || pipe2(output, O_CLOEXEC))
		return 2;
	fcntl(wakeup[0], F_SETFD, FD_CLOEXEC);
	fcntl(wakeup[1], F_SETFL, O_NONBLOCK);
	pid = start(argv + 1, wakeup[1], output[1]);
	close(wakeup[1]);
	close(output[1]);
	if (read(output[0], ready, sizeof ready) != sizeof ready)
		return 2;
	printf("told of");
	for (int i = 0; i < 3; i++) {
		int sig;

		kill(pid, sent[i].sig);
		sig = next_signal(wakeup[0]);
		told += sig == sent[i].sig;
		if (sig)
			printf(" %s", sig == sent[i].sig ? sent[i].name : "another");
	}
	waitpid(pid, &status, 0);
	printf("%s\n", told ? "" : " nothing");
	return told != 3 || status;
}
