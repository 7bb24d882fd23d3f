/* Installs its handler once, with System V semantics (sysv_signal, or SA_RESETHAND), and gets the signal three times. */
#define _GNU_SOURCE 1
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int runs;

static void on_signal(int sig) {
	(void)sig;
	runs++;
}

int main(int argc, char **argv) {
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	if (argc > 1 && !strcmp(argv[1], "SA_RESETHAND"))
		sigaction(SIGHUP, &action, NULL);
	else
		sysv_signal(SIGHUP, on_signal);
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGHUP);
	printf("%d handler runs\n", runs);
	return runs != 3;
}
