/* wakeup.c: an event loop that polls a pipe: a signal comes, the pipe is readable, the loop answers.
 * wakeup COUNT: the handler writes to a pipe of its own. wakeup COUNT FD: someone else writes to what FD reads from. */
#include "turns.h"
#include <poll.h>

static int ends[2];

static void write_byte(int sig) {
	int saved_errno = errno;
	char byte = (char)sig;
	(void)!write(ends[1], &byte, 1);
	errno = saved_errno;
}
static void do_nothing(int sig) { (void)sig; }

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	char bytes[64];
	if (argc > 2)
		ends[0] = atoi(argv[2]);
	else if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
		fail("pipe2");
	set_handler(SIGUSR1, argc > 2 ? do_nothing : write_byte, SA_RESTART);
	turns_start(count);
	struct pollfd fd = {.fd = ends[0], .events = POLLIN};
	do {
		while (poll(&fd, 1, -1) < 0 && errno == EINTR)
			;
		if (read(ends[0], bytes, sizeof bytes) <= 0)
			fail("read");
	} while (turns_next());
	turns_end();
	return 0;
}
