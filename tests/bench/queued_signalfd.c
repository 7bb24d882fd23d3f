/* queued_signalfd.c: queued.c's work with a signalfd. */
#include "storm.h"
#include <sys/signalfd.h>

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1), disorder = 0;
	struct signalfd_siginfo info;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	storm_start(SIGRTMIN, count, storm_queue);
	int64_t start = now_ns();
	for (; storm->taken < count && read(fd, &info, sizeof info) == sizeof info; storm->taken++)
		disorder += info.ssi_int != storm->taken;
	print("rate", (double)count * 1e9 / (double)(now_ns() - start));
	print("runs", (double)storm->taken);
	print("refused", (double)storm->refused);
	return disorder != 0;
}
