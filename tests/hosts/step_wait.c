/* step_wait CALL [signalled]: tests its flag and waits, for the checker `step`, which sends SIGUSR1 at every instruction
 * between. SIGTRAP tells the checker where to begin; the wait has been made once before, so that what is
 * only done the first time (binding, start-up) is out of the way. signalled: another signal's handler runs in between; no timer
 * can be made, so that what is left lying there is left for good. */
#include "waits.h"
#include <sys/resource.h>
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

static void on_other(int sig) { (void)sig; }

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
	const struct wait *row = argc >= 2 ? wait_named(argv[1]) : NULL;
	bool signalled = argc == 3;
	if (!row || row->prepare(&stage))
		return row ? 77 : 2;
	if (signalled)
		setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){0, 0});
	install(SIGALRM, on_alarm);
	install(SIGUSR1, on_user);
	install(SIGUSR2, on_other);
	warm_up(row, &stage);
	if (signalled)
		kill(getpid(), SIGUSR2);
	raise(SIGTRAP);
	if (signalled)
		kill(getpid(), SIGUSR2);
	while (!flag)
		if (row->call(&stage) >= 0 || errno != EINTR)
			return 1;
	return 0;
}
