/* "The host's handler runs as the host asked for it: same siginfo (si_code, si_pid, si_value ...)", whoever sent it, held or not. */
#include "host.h"

static struct seen { int sig, code, pid, value, other; } seen[16];
static volatile sig_atomic_t runs;
static pid_t self, child;

static const char *who(int pid) { return pid == self ? "self" : pid == child ? "child" : pid == 0 ? "0" : "other"; }

static void handler(int sig, siginfo_t *info, void *context) {
	(void)context;
	struct seen s = {sig, info->si_code, 0, 0, info->si_signo};
	if (info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE || sig == SIGCHLD)
		s.pid = info->si_pid;
	if (info->si_code == SI_QUEUE || info->si_code == SI_TIMER)
		s.value = info->si_value.sival_int;
	if (sig == SIGCHLD)
		s.value = info->si_status;
	if (sig == SIGIO)
		s.value = info->si_band & POLLIN;
	if (info->si_uid != getuid() && info->si_code != SI_TIMER && sig != SIGALRM && sig != SIGIO)
		s.other = -1;
	seen[runs++] = s;
}

static void report(const char *name) {
	safe_point();
	if (runs != 1)
		say("%s: %d runs", name, (int)runs);
	else
		say("%s: signal %d/%d code %d from %s value %d", name, seen[0].sig, seen[0].other, seen[0].code, who(seen[0].pid), seen[0].value);
	runs = 0;
}

/* Has a child do it while this process only computes. */
static void from_child(const char *name, void (*send)(void)) {
	volatile sig_atomic_t *done = shared(64);
	if ((child = fork()) == 0) {
		send();
		*done = 1;
		raw_sleep(10000);
	}
	spin(done, 10000);
	spin(NULL, 20);
	report(name);
	signal(SIGCHLD, SIG_DFL);
	raw_kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void by_kill(void) { kill(getppid(), SIGUSR1); }
static void by_queue(void) { sigqueue(getppid(), SIGUSR1, (union sigval){.sival_int = 7}); }
static void by_queue_rt(void) { sigqueue(getppid(), SIGRTMIN + 3, (union sigval){.sival_int = -8}); }

int main(void) {
	self = getpid();
	on_info(SIGUSR1, handler, 0);
	on_info(SIGRTMIN + 3, handler, 0);
	on_info(SIGALRM, handler, 0);
	on_info(SIGIO, handler, 0);
	from_child("kill", by_kill);
	from_child("sigqueue", by_queue);
	from_child("sigqueue of a real-time one", by_queue_rt);

	raise(SIGUSR1);
	report("raise");
	kill(self, SIGUSR1);
	report("kill to self");
	pthread_kill(pthread_self(), SIGUSR1);
	report("pthread_kill to self");
	raw_queue(self, SIGUSR1, 9);
	report("held");

	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 11};
	struct itimerspec soon = {.it_value.tv_nsec = 1000000};
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &soon, NULL);
	spin(NULL, 50);
	report("timer");

	struct itimerval once = {.it_value.tv_usec = 1000};
	setitimer(ITIMER_REAL, &once, NULL);
	spin(NULL, 50);
	report("setitimer");

	int fds[2];
	pipe(fds);
	fcntl(fds[0], F_SETOWN, self);
	fcntl(fds[0], F_SETSIG, SIGIO);
	fcntl(fds[0], F_SETFL, O_ASYNC);
	raw(SYS_write, fds[1], (long)"x", 1, 0);
	report("input");

	on_info(SIGCHLD, handler, 0);
	volatile sig_atomic_t *go = shared(64);
	if ((child = fork()) == 0) {
		while (!*go)
			;
		_exit(5);
	}
	*go = 1;
	for (int i = 0; i < 500 && !runs; i++) {
		spin(NULL, 20);
		safe_point();
	}
	report("child");
	return 0;
}
