/* storm.c: another process sends a million signals as fast as it can; main makes calls meanwhile.
 * storm COUNT */
#include "storm.h"

static volatile long runs;
static void on_signal(int sig) {
	(void)sig;
	runs++;
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1), steps = 0;
	char byte;
	int zero = open("/dev/zero", O_RDONLY);
	set_handler(SIGUSR1, on_signal, SA_RESTART);
	storm_start(SIGUSR1, count, storm_kill);
	int64_t start = now_ns();
	for (; !storm->done; steps++)
		(void)!read(zero, &byte, 1);
	print_each(start, count);
	print("runs", (double)runs);
	print("progress", (double)steps);
	return 0;
}
