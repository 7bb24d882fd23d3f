/* A network daemon's time limit for those who do not log in: `grace SESSIONS`, one process each, all of them too slow.
 *
 * SIGALRM's handler writes to the log, gives memory back and exits, as sshd's did (CVE-2006-5051, CVE-2024-6387). Natively the
 * alarm that comes while the session is in localtime or stdio finds a lock held, and the session is there for ever; one that
 * comes in malloc finds a heap that is half changed. The first such session is the end of the test. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_US = 3000, HUNG_SECONDS = 10, TIMED_OUT = 255 };

static char *user;
static FILE *journal;

static void note(const char *what) {
	char stamp[64];
	time_t now = time(NULL);
	strftime(stamp, sizeof stamp, "%c %Z", localtime(&now));
	fprintf(journal, "%s %s %s\n", stamp, user, what);
}

static void on_grace_over(int sig) {
	(void)sig;
	note("timed out");
	free(user);
	exit(TIMED_OUT);
}

static void session(void) {
	struct itimerval grace = {.it_value.tv_usec = GRACE_US};
	signal(SIGALRM, on_grace_over);
	setitimer(ITIMER_REAL, &grace, NULL);
	for (;;) {
		char *old = user;
		user = strdup("somebody");
		free(old);
		note("tries to log in");
	}
}

/* How it ended; NULL: in time. */
static const char *fault_of(pid_t pid) {
	int status;
	for (int waited_ms = 0; waited_ms < HUNG_SECONDS * 1000; waited_ms++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == TIMED_OUT ? NULL : "died";
		usleep(1000);
	}
	kill(pid, SIGKILL); /* it hangs in its handler */
	waitpid(pid, &status, 0);
	return "hung";
}

int main(int argc, char **argv) {
	int sessions = argc > 1 ? atoi(argv[1]) : 100;
	const char *fault;
	journal = fopen("/dev/null", "w");
	for (int i = 1; i <= sessions; i++) {
		pid_t pid = fork();
		if (pid == 0)
			session();
		if ((fault = fault_of(pid)) != NULL) {
			printf("grace: a session %s\n", fault);
			return 1;
		}
	}
	printf("grace: %d sessions ended in time\n", sessions);
	return 0;
}
