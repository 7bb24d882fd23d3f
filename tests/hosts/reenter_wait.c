/* A handler that is not deferred interrupts the middle of libc and waits there in fgets: what comes meanwhile is no
 * business of that wait, and runs when both have been left. Prints what ran inside. */
#include "host.h"

static volatile sig_atomic_t inside, in_fgets, ran_inside, ran;
static int pipe_fds[2];
static char *block;
enum { SIZE = 64 << 20 };

static void on_usr1(int sig) {
	(void)sig;
	ran = 1;
	ran_inside |= in_fgets;
}

/* The second process sends while the first sleeps in fgets, and ends the sleep. */
static void start_sender(void) {
	pid_t host = getpid();
	if (fork() != 0)
		return;
	struct timespec pause = {0, 100000000};
	await_asleep(host);
	kill(host, SIGUSR1);
	nanosleep(&pause, NULL);
	raw(SYS_write, pipe_fds[1], (long)"line\n", 5, 0);
	_exit(0);
}

static void on_prof(int sig) {
	(void)sig;
	if (inside++)
		return;
	char line[16];
	FILE *in = fdopen(pipe_fds[0], "r");
	start_sender();
	in_fgets = 1;
	if (!fgets(line, sizeof line, in))
		_exit(3);
	in_fgets = 0;
}

int main(void) {
	struct itimerval often = {{0, 0}, {0, 20000}};
	block = malloc(SIZE);
	if (pipe(pipe_fds) != 0 || !block)
		return 2;
	signal(SIGUSR1, on_usr1);
	signal(SIGPROF, on_prof);
	setitimer(ITIMER_PROF, &often, NULL);
	while (!inside)
		memset(block, inside, SIZE); /* nearly all of the time is spent there */
	while (!ran)
		getppid(), usleep(1000);
	printf("inside: %d\n", (int)ran_inside);
	return 0;
}
