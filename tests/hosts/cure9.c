/* Handles three signals and tells nobody: its supervisor knows what came only if SIGTAME_WAKEUP_FD tells it. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t runs;

static void on_signal(int sig) {
	(void)sig;
	runs++;
}

int main(void) {
	signal(SIGHUP, on_signal);
	signal(SIGUSR1, on_signal);
	signal(SIGTERM, on_signal);
	printf("ready\n");
	fflush(stdout);
	while (runs < 3)
		pause();
	return 0;
}
