/* toself.c: kill() to its own process, with a handler.
 * toself COUNT */
#include "bench.h"

static volatile long runs;
static void on_signal(int sig) {
	(void)sig;
	runs++;
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	pid_t self = getpid();
	set_handler(SIGUSR1, on_signal, SA_RESTART);
	int64_t start = now_ns();
	for (long i = 0; i < count; i++)
		kill(self, SIGUSR1);
	print_each(start, count);
	print("lost", (double)(count - runs));
	return 0;
}
