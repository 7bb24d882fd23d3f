/* Takes EINTR from the calls named by its arguments (all, if none) for an error, while a timer's signal comes every 5 ms. */
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 300

static volatile long runs;
static sem_t *sem;

static void on_alarm(int sig) {
	(void)sig;
	runs++;
}

static int wait_poll(void) {
	return poll(NULL, 0, WAIT_MS);
}
static int wait_select(void) {
	return select(0, NULL, NULL, NULL, &(struct timeval){0, WAIT_MS * 1000});
}
static int wait_epoll(void) {
	return epoll_wait(epoll_create1(0), &(struct epoll_event){0}, 1, WAIT_MS);
}
static int wait_nanosleep(void) {
	return nanosleep(&(struct timespec){0, WAIT_MS * 1000000L}, NULL);
}
static int wait_usleep(void) {
	return usleep(WAIT_MS * 1000);
}

static int wait_sem(void) {
	if (fork() == 0) {
		usleep(WAIT_MS * 1000);
		sem_post(sem);
		_exit(0);
	}
	return sem_wait(sem);
}

static const struct call {
	const char *name;
	int (*wait)(void);
} calls[] = {
	{"poll", wait_poll},
	{"select", wait_select},
	{"epoll_wait", wait_epoll},
	{"nanosleep", wait_nanosleep},
	{"usleep", wait_usleep},
	{"sem_wait", wait_sem},
};

static int is_wanted(const char *name, char **wanted) {
	if (!wanted[0])
		return 1;
	for (; *wanted; wanted++)
		if (!strcmp(*wanted, name))
			return 1;
	return 0;
}

static long now_ms(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 0 if the call succeeded after the time that it was asked for. */
static int try_call(const struct call *call) {
	long start = now_ms(), took;

	if (call->wait() < 0) {
		printf("%s: Interrupted system call\n", call->name);
		return -1;
	}
	took = now_ms() - start;
	if (took >= WAIT_MS && took < 2 * WAIT_MS)
		return 0;
	printf("%s took %ld ms, not %d\n", call->name, took, WAIT_MS);
	return -1;
}

int main(int argc, char **argv) {
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval every = {{0, 5000}, {0, 5000}};
	int done = 0;

	(void)argc;
	sem = mmap(NULL, sizeof *sem, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sem == MAP_FAILED || sem_init(sem, 1, 0))
		return 2;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		if (!is_wanted(calls[i].name, argv + 1))
			continue;
		if (try_call(&calls[i]))
			return 1;
		done++;
	}
	printf("%d calls of %d ms each, well%s\n", done, WAIT_MS, runs ? "" : ", but no handler ran");
	return !runs;
}
