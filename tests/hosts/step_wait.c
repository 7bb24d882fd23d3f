/* step_wait CALL: tests its flag and waits, for the checker `step`, which sends SIGUSR1 at every instruction
 * between. SIGTRAP tells the checker where to begin; the wait has been made once before, so that what is
 * only done the first time (binding, start-up) is out of the way. */
#include "waits.h"
#include <sys/time.h>

static volatile sig_atomic_t flag, warm;

static void on_user(int sig) {
	(void)sig;
	flag = 1;
}

static void on_alarm(int sig) {
	(void)sig;
	warm = 1;
}

static void install(int sig, void (*handler)(int)) {
	struct sigaction action = {.sa_handler = handler};
	sigemptyset(&action.sa_mask);
	if (sigaction(sig, &action, NULL))
		fail("sigaction");
}

static void alarm_every(int microseconds) {
	struct itimerval timer = {{0, microseconds}, {0, microseconds}};
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void warm_up(const struct wait *row, struct stage *stage) {
	alarm_every(2000);
	while (!warm)
		row->call(stage);
	alarm_every(0);
}

int main(int argc, char **argv) {
	static struct stage stage;
	const struct wait *row = argc == 2 ? wait_named(argv[1]) : NULL;
	if (!row || row->prepare(&stage))
		return row ? 77 : 2;
	install(SIGALRM, on_alarm);
	install(SIGUSR1, on_user);
	warm_up(row, &stage);
	raise(SIGTRAP);
	while (!flag)
		if (row->call(&stage) >= 0 || errno != EINTR)
			return 1;
	return 0;
}
