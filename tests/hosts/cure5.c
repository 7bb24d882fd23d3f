/* Its main thread sleeps in poll until handlers have set two flags; the signals come to a worker, as argv[1] says:
 * burst (two at once, a hundred times, from another process), sigqueue (pthread_sigqueue) or timer (SIGEV_THREAD_ID). */
#define _GNU_SOURCE 1
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define BURSTS 100

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t hangup, terminate, elsewhere;
static volatile pid_t worker_id;
static volatile int *rounds; /* shared with the sender: how many times main has seen both */
static sem_t never;

/* Works for a while before it sets its flag, as a handler that reads a configuration does. */
static void on_signal(int sig) {
	for (volatile long i = 0; i < 1000000; i++)
		;
	if (gettid() != getpid())
		elsewhere++;
	if (sig == SIGHUP)
		hangup = 1;
	else
		terminate = 1;
}

static void *worker(void *arg) {
	worker_id = gettid();
	while (sem_wait(&never))
		;
	return arg;
}

static void send_bursts(void) {
	pid_t host = getpid();

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < BURSTS; i++) {
		while (*rounds != i)
			usleep(100);
		usleep(1000);
		kill(host, SIGHUP);
		kill(host, SIGTERM);
	}
	_exit(0);
}

static void send_timer(int sig) {
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = sig};
	timer_t timer;

	event.sigev_notify_thread_id = worker_id;
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, 50000000}}, NULL);
}

static void *send_queue(void *thread) {
	usleep(50000);
	pthread_sigqueue(*(pthread_t *)thread, SIGHUP, (union sigval){0});
	pthread_sigqueue(*(pthread_t *)thread, SIGTERM, (union sigval){0});
	return NULL;
}

static void wait_for_both(void) {
	while (!hangup || !terminate)
		poll(NULL, 0, -1);
	hangup = terminate = 0;
	++*rounds;
}

static void start_sender(const char *how, pthread_t *to) {
	pthread_t thread;

	if (!strcmp(how, "burst"))
		send_bursts();
	else if (!strcmp(how, "sigqueue"))
		pthread_create(&thread, NULL, send_queue, to);
	else
		send_timer(SIGHUP), send_timer(SIGTERM);
}

int main(int argc, char **argv) {
	const char *how = argc > 1 ? argv[1] : "burst";
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pthread_t thread;

	rounds = mmap(NULL, sizeof *rounds, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rounds == MAP_FAILED)
		return 2;
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sem_init(&never, 0, 0);
	pthread_create(&thread, NULL, worker, NULL);
	while (!worker_id)
		usleep(1000);
	start_sender(how, &thread);
	do
		wait_for_both();
	while (!strcmp(how, "burst") && *rounds < BURSTS);
	printf("both seen, %d handlers ran in a worker\n", elsewhere);
	return elsewhere != 0;
}
