/* Its main thread sleeps in poll until handlers have set two flags; the signals come to a worker, as argv[1] says:
 * burst (two at once, from another process), sigqueue (pthread_sigqueue) or timer (SIGEV_THREAD_ID). */
#define _GNU_SOURCE 1
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t hangup, terminate, elsewhere;
static volatile pid_t worker_id;
static sem_t never;

/* Works for a while before it sets its flag, as a handler that reads a configuration does. */
static void on_signal(int sig) {
	for (volatile long i = 0; i < 3000000; i++)
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

static void send_burst(void) {
	pid_t host = getpid();

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	usleep(50000);
	kill(host, SIGHUP);
	kill(host, SIGTERM);
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

int main(int argc, char **argv) {
	const char *how = argc > 1 ? argv[1] : "burst";
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pthread_t thread, sender;

	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sem_init(&never, 0, 0);
	pthread_create(&thread, NULL, worker, NULL);
	while (!worker_id)
		usleep(1000);
	if (!strcmp(how, "burst"))
		send_burst();
	else if (!strcmp(how, "sigqueue"))
		pthread_create(&sender, NULL, send_queue, &thread);
	else
		send_timer(SIGHUP), send_timer(SIGTERM);
	while (!hangup || !terminate)
		poll(NULL, 0, -1);
	printf("both seen by main, %d handlers ran in a worker\n", elsewhere);
	return elsewhere != 0;
}
