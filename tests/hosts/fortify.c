/* The checked names that _FORTIFY_SOURCE makes of a call are the same safe points. */
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 2
#include "host.h"
#include <setjmp.h>
#include <sys/socket.h>

static volatile sig_atomic_t runs;
static jmp_buf back;
static void handler(int sig) { (void)sig, runs++; }
static void jump(int sig) { (void)sig, runs++; longjmp(back, 1); }

int main(int argc, char **argv) {
	char buffer[16];
	int fds[2], pair[2];
	size_t n = argc > 100 ? 100 : 1; /* not known when compiling */
	struct pollfd polled[2] = {{-1, 0, 0}, {-1, 0, 0}};
	nfds_t count = argc > 100 ? 3 : 1;
	(void)argv;
	check(pipe(fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	check(write(fds[1], "xyz", 3) == 3 && write(pair[1], "xyz", 3) == 3);
	on(SIGUSR1, handler, 0);
#define CHECKED(call) (runs = 0, raw_raise(SIGUSR1), check(call), check(runs == 1))
	CHECKED(read(fds[0], buffer, n) == 1);
	CHECKED(recv(pair[0], buffer, n, 0) == 1);
	CHECKED(recvfrom(pair[0], buffer, n, 0, NULL, NULL) == 1);
	CHECKED(poll(polled, count, 0) == 0);
	struct timespec zero = {0, 0};
	CHECKED(ppoll(polled, count, &zero, NULL) == 0);
	on(SIGUSR1, jump, SA_NODEFER);
	runs = 0;
	for (volatile int i = 0; i < 1000; i++)
		if (setjmp(back) == 0) {
			raw_raise(SIGUSR1);
			safe_point();
		}
	check(runs == 1000);
	return verdict();
}
