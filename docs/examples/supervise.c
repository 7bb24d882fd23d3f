/* Starts a command and tells which of its handlers ran: `supervise sigtame run your-daemon`.
 *
 * The command's SIGTAME_WAKEUP_FD is the writing end of a pipe; each byte that comes is the number of a signal whose handler
 * runs in the command. The command need not know. Without sigtame nothing comes. SIGTERM and SIGHUP are passed on to it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t command;

static void pass_on(int sig) {
	kill(command, sig);
}

/* One that comes before there is a command waits until it can be passed on. */
static void mask_passed(int how) {
	sigset_t passed;
	sigemptyset(&passed);
	sigaddset(&passed, SIGTERM);
	sigaddset(&passed, SIGHUP);
	sigprocmask(how, &passed, NULL);
}

static void start(char **argv, int wakeup) {
	char number[16];
	mask_passed(SIG_BLOCK);
	signal(SIGTERM, pass_on);
	signal(SIGHUP, pass_on);
	command = fork();
	if (command == 0) {
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
	}
	mask_passed(SIG_UNBLOCK);
	if (command != 0)
		return;
	snprintf(number, sizeof number, "%d", wakeup);
	setenv("SIGTAME_WAKEUP_FD", number, 1);
	execvp(argv[0], argv);
	fprintf(stderr, "supervise: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Until the command, and whoever has the pipe from it, has ended. */
static long tell(int wakeup) {
	unsigned char signals[256];
	long runs = 0;
	for (ssize_t n; (n = read(wakeup, signals, sizeof signals)) > 0 || (n < 0 && errno == EINTR);)
		for (ssize_t i = 0; i < n; i++, runs++)
			printf("supervise: %s\n", strsignal(signals[i]));
	return runs;
}

int main(int argc, char **argv) {
	int wakeup[2], status;
	if (argc < 2 || pipe(wakeup) != 0)
		return 2;
	fcntl(wakeup[0], F_SETFD, FD_CLOEXEC);
	fcntl(wakeup[1], F_SETFL, O_NONBLOCK);
	setvbuf(stdout, NULL, _IOLBF, 0);
	start(argv + 1, wakeup[1]);
	close(wakeup[1]);
	long runs = tell(wakeup[0]);
	while (waitpid(command, &status, 0) < 0 && errno == EINTR)
		;
	printf("supervise: %ld runs, %s %d\n", runs, WIFEXITED(status) ? "exit" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
