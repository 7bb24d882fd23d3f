/* storm_signalfd.c: storm.c's work with a signalfd. */
#include "storm.h"
#include <sys/signalfd.h>

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1), runs = 0;
	struct signalfd_siginfo info;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	storm_start(SIGUSR1, count, storm_kill);
	while (!storm->done && read(fd, &info, sizeof info) == sizeof info)
		runs++;
	print("runs", (double)runs);
	return 0;
}
