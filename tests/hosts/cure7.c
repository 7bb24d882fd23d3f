/* Prints its results, buffered, then waits; a child sends the signal named by its argument (TERM or INT), which it has no handler for. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void at_exit(void) {
	printf("atexit ran\n");
}

int main(int argc, char **argv) {
	int sig = argc > 1 && !strcmp(argv[1], "INT") ? SIGINT : SIGTERM;
	pid_t host = getpid();

	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	atexit(at_exit);
	if (fork() == 0) {
		usleep(100000);
		kill(host, sig);
		_exit(0);
	}
	printf("results, ");
	sleep(10);
	return 1;
}
