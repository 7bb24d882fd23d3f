/* wakeup_signalfd.c: wakeup.c's work with a signalfd. */
#include "turns.h"
#include <poll.h>
#include <sys/signalfd.h>

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	struct signalfd_siginfo info;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct pollfd fd = {.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), .events = POLLIN};
	turns_start(count);
	do {
		while (poll(&fd, 1, -1) < 0 && errno == EINTR)
			;
		if (read(fd.fd, &info, sizeof info) != sizeof info)
			fail("read");
	} while (turns_next());
	turns_end();
	return 0;
}
