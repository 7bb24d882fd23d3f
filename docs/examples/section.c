/* A handler that throws, by siglongjmp, a thousand times, and a lock that it must not leave locked.
 *
 * It is the note on handlers and exceptions of Python's signal documentation. To take the lock and to remember that it is taken
 * are two steps: who is thrown out between them never gives it back. sigtame_defer_begin and sigtame_defer_end hold the handler
 * off meanwhile; where the library is not loaded the mask does, at the price of a system call each. `section bare` does neither. */
#define _GNU_SOURCE
#include "sigtame.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

enum { THROWS = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t is_locked;
static sigjmp_buf interrupted;
static int is_bare;

static void throw_it(int sig) {
	siglongjmp(interrupted, sig);
}

static void mask_alarm(int how) {
	sigset_t alarms;
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	pthread_sigmask(how, &alarms, NULL);
}

static void section_begin(void) {
	if (sigtame_active())
		sigtame_defer_begin();
	else
		mask_alarm(SIG_BLOCK);
}

static void section_end(void) {
	if (sigtame_active())
		sigtame_defer_end();
	else
		mask_alarm(SIG_UNBLOCK);
}

static void take(void) {
	if (!is_bare)
		section_begin();
	pthread_mutex_lock(&lock);
	is_locked = 1;
	if (!is_bare)
		section_end();
}

static void give_back(void) {
	if (!is_bare)
		section_begin();
	if (is_locked)
		pthread_mutex_unlock(&lock);
	is_locked = 0;
	if (!is_bare)
		section_end();
}

static void work_until_thrown_out(int microseconds) {
	struct itimerval once = {.it_value.tv_usec = microseconds};
	if (sigsetjmp(interrupted, 1) != 0)
		return;
	setitimer(ITIMER_REAL, &once, NULL);
	for (;;) {
		take();
		give_back();
	}
}

static int left_locked(void) {
	give_back();
	int left = pthread_mutex_trylock(&lock) != 0;
	if (left)
		pthread_mutex_init(&lock, NULL);
	else
		pthread_mutex_unlock(&lock);
	return left;
}

int main(int argc, char **argv) {
	int left = 0;
	is_bare = argc > 1 && strcmp(argv[1], "bare") == 0;
	signal(SIGALRM, throw_it);
	for (int i = 0; i < THROWS; i++) {
		work_until_thrown_out(100 + i % 97);
		left += left_locked();
	}
	printf("%d throws, %d times left locked\n", THROWS, left);
	return left != 0;
}
