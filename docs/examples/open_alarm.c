/* Limits the time that it spends on opening a file: a serial line that is not switched on, a FIFO that nobody writes to.
 *
 *     open_alarm FILE SECONDS
 *
 * It is the first example of Python's signal documentation. Its handler calls printf, and the alarm may come before open
 * has begun to wait: both are well under sigtame. Natively the first may deadlock, and the second waits for ever. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_alarm(int sig) {
	printf("Signal handler called with signal %s (%d)\n", strsignal(sig), sig);
}

/* What Python's handler raises, open tells here: without SA_RESTART it ends with EINTR. */
static int open_within(const char *path, unsigned seconds) {
	struct sigaction action = {.sa_handler = on_alarm};
	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
	int fd = open(path, O_RDONLY);
	alarm(0);
	return fd;
}

int main(int argc, char **argv) {
	if (argc != 3)
		return 2;
	if (open_within(argv[1], (unsigned)atoi(argv[2])) < 0) {
		printf("%s: %s\n", argv[1], errno == EINTR ? "Couldn't open device!" : strerror(errno));
		return 1;
	}
	printf("%s: open\n", argv[1]);
	return 0;
}
