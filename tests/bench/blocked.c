/* blocked.c: from another process's kill() to the handler, while main is blocked in a call.
 * blocked CALL COUNT. The sender pauses each time until main is blocked again. */
#include "bench.h"
#include <poll.h>
#include <sys/epoll.h>

#define PAUSE_NS 40000
#define LONGEST_NS 1000000000

struct meeting {
	volatile int64_t sent_ns, ran_ns;
};

static struct meeting *meeting;
static int idle[2], epoll;

static void on_signal(int sig) {
	(void)sig;
	meeting->ran_ns = now_ns();
}

static void wait_read(void) {
	char byte;
	(void)!read(idle[0], &byte, 1);
}
static void wait_poll(void) {
	struct pollfd fd = {.fd = idle[0], .events = POLLIN};
	poll(&fd, 1, -1);
}
static void wait_epoll(void) {
	struct epoll_event event;
	epoll_wait(epoll, &event, 1, -1);
}
static void wait_pause(void) { pause(); }

static const struct {
	const char *name;
	void (*wait)(void);
} waits[] = {{"read", wait_read}, {"poll", wait_poll}, {"epoll_wait", wait_epoll}, {"pause", wait_pause}};

static int by_size(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void rest(void) {
	struct timespec time = {0, PAUSE_NS};
	nanosleep(&time, NULL);
}

/* -1: the handler did not run. */
static int64_t send_one(pid_t host) {
	meeting->ran_ns = 0;
	meeting->sent_ns = now_ns();
	send_kill(host, SIGUSR1);
	do
		rest();
	while (meeting->ran_ns == 0 && now_ns() - meeting->sent_ns < LONGEST_NS);
	return meeting->ran_ns == 0 ? -1 : meeting->ran_ns - meeting->sent_ns;
}

static void send_all(pid_t host, long count) {
	int64_t *delays = calloc((size_t)count, sizeof *delays);
	long taken = 0;
	for (int i = 0; i < 100; i++)
		rest();
	for (long i = 0; i < count; i++) {
		int64_t delay = send_one(host);
		if (delay >= 0)
			delays[taken++] = delay;
	}
	qsort(delays, (size_t)taken, sizeof *delays, by_size);
	print("ns", (double)delays[taken / 2]);
	print("p99_ns", (double)delays[taken * 99 / 100]);
	print("lost", (double)(count - taken));
	fflush(stdout);
	kill(host, SIGTERM);
	_exit(0);
}

static void end(int sig) {
	(void)sig;
	_exit(0);
}

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 2);
	struct epoll_event readable = {.events = EPOLLIN};
	meeting = shared(sizeof *meeting);
	epoll = epoll_create1(0);
	if (pipe(idle) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, idle[0], &readable) != 0)
		fail("pipe");
	set_handler(SIGUSR1, on_signal, 0);
	set_handler(SIGTERM, end, 0);
	pid_t host = getpid();
	for (size_t w = 0; w < sizeof waits / sizeof waits[0]; w++) {
		if (strcmp(waits[w].name, argv[1]) != 0)
			continue;
		if (start_sender() == 0)
			send_all(host, count);
		for (;;)
			waits[w].wait();
	}
	fprintf(stderr, "blocked: there is no call %s\n", argv[1]);
	return 2;
}
