/* send.c: the sender for programs that are not in C.
 * send kill|queue PID COUNT: on CPU 1, as fast as it can; queued ones with their number. */
#include "storm.h"

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 3);
	pid_t host = (pid_t)count_of(argc, argv, 2);
	cpu_set_t other;
	CPU_ZERO(&other);
	CPU_SET(1, &other);
	sched_setaffinity(0, sizeof other, &other);
	if (strcmp(argv[1], "kill") == 0)
		storm_kill(host, SIGUSR1, count);
	else
		for (long i = 0; i < count; i++)
			while (send_queue(host, SIGRTMIN, (int)i) != 0 && errno == EAGAIN)
				sched_yield();
	return 0;
}
