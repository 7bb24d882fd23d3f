/* queued.c: another process queues a million real-time signals, patiently; main makes calls meanwhile.
 * queued COUNT. It fails where one is missing or out of order. */
#include "storm.h"

static volatile long disorder;
static void on_signal(int sig, siginfo_t *info, void *context) {
	(void)sig;
	(void)context;
	if (info->si_code != SI_QUEUE)
		return;
	disorder += info->si_value.sival_int != storm->taken;
	storm->taken++;
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	char byte;
	int zero = open("/dev/zero", O_RDONLY);
	struct sigaction act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGRTMIN, &act, NULL);
	storm_start(SIGRTMIN, count, storm_queue);
	int64_t start = now_ns();
	while (storm->taken < count)
		(void)!read(zero, &byte, 1);
	print("rate", (double)count * 1e9 / (double)(now_ns() - start));
	print("runs", (double)storm->taken);
	print("refused", (double)storm->refused);
	print("disorder", (double)disorder);
	return disorder != 0;
}
