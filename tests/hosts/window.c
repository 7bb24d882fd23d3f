/* "There is no window in which a signal is slept over": one that comes at any instant around the test of the flag and the wait. */
#include "host.h"
#include <sys/select.h>

enum { ROUNDS = 40000 };
enum { RESCUE_MS = 2000 };
enum { SPINS = 20000 }; /* a timer comes late by microseconds, on a virtual machine by many: as long as that and longer */
static volatile sig_atomic_t flag, stuck;
static volatile int64_t flagged_at, rescued_at;
static int fds[2];
static timer_t soon, rescue;

static void handler(int sig) { (void)sig, flagged_at = now_ms(), flag = 1; }
static void rescuer(int sig) { (void)sig, rescued_at = now_ms(), stuck = 1; }

static void wait_read(void) { char c; (void)!read(fds[0], &c, 1); }
static void wait_poll(void) { poll(NULL, 0, -1); }
static void wait_pause(void) { pause(); }
static void wait_select(void) { select(0, NULL, NULL, NULL, NULL); }
static void wait_nanosleep(void) { struct timespec t = {100, 0}; nanosleep(&t, NULL); }

static const struct { const char *name; void (*wait)(void); } calls[] = {
	{"read", wait_read}, {"poll", wait_poll}, {"pause", wait_pause}, {"select", wait_select}, {"nanosleep", wait_nanosleep},
};

static void arm(timer_t timer, int64_t ns) {
	struct itimerspec t = {.it_value = {ns / 1000000000, ns % 1000000000}};
	timer_settime(timer, 0, &t, NULL);
}

int main(int argc, char **argv) {
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1}, last = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	check(pipe(fds) == 0 && timer_create(CLOCK_MONOTONIC, &event, &soon) == 0 && timer_create(CLOCK_MONOTONIC, &last, &rescue) == 0);
	on(SIGUSR1, handler, 0);
	on(SIGALRM, rescuer, 0);
	void (*wait)(void) = wait_pause;
	for (size_t i = 0; i < COUNT(calls); i++)
		if (argc > 1 && is(argv[1], calls[i].name))
			wait = calls[i].wait;
	unsigned seed = 1, slept_over = 0;
	for (int i = 0; i < ROUNDS && slept_over == 0; i++) {
		flag = stuck = 0;
		arm(rescue, RESCUE_MS * INT64_C(1000000));
		arm(soon, 1 + rand_r(&seed) % 8000);
		for (volatile unsigned left = (unsigned)rand_r(&seed) % SPINS; left; left--)
			;
		while (!flag && !stuck)
			wait();
		if (stuck && (!flag || rescued_at - flagged_at > RESCUE_MS / 2)) /* not if the machine stood still */
			slept_over++;
	}
	say("slept over: %u", slept_over);
	return slept_over != 0;
}
