/* python CASE: what Python's own tests of signals, and the examples of its documentation, do, as a C program does it that knows nothing of
 * it. Where a Python handler raises, this one leaves by siglongjmp. */
#include "host.h"
#include <semaphore.h>
#include <setjmp.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static volatile sig_atomic_t runs, last, elsewhere;
static volatile char order[256];
static pid_t main_tid;
static sigjmp_buf raised;

static void handler(int sig) {
	__atomic_fetch_add(&runs, 1, __ATOMIC_SEQ_CST), last = sig; /* natively one handler interrupts the other */
	elsewhere += raw_gettid() != main_tid;
}
static void notes(int sig) { order[runs++ % sizeof order] = (char)sig; }
static void raises(int sig) { handler(sig), siglongjmp(raised, 1); }

static void set_timer(int which, int us, int interval_us) {
	struct itimerval t = {{0, interval_us}, {0, us}};
	check(setitimer(which, &t, NULL) == 0);
}

/* ---- Handlers ---- */

static void handler_order(void) {
	static const int sent[] = {SIGUSR2, SIGUSR1, SIGTERM, SIGHUP};
	for (size_t i = 0; i < COUNT(sent); i++)
		on(sent[i], notes, 0);
	for (size_t i = 0; i < 3 * COUNT(sent); i++)
		raw_raise(sent[i % COUNT(sent)]);
	safe_point();
	check(runs == 4 && order[0] == SIGHUP && order[1] == SIGUSR1 && order[2] == SIGUSR2 && order[3] == SIGTERM);
}

static void child_handler_stays(void) {
	signal(SIGCHLD, handler);
	for (int i = 1; i <= 3; i++) {
		pid_t child = fork();
		if (child == 0)
			_exit(0);
		check(waitpid(child, NULL, 0) == child);
		while (runs < i)
			safe_point();
	}
	check(runs == 3);
}

static void keyboard_interrupt(void) {
	atexit((void (*)(void))safe_point);
	printf("buffered\n");
	raise(SIGINT);
	say("not reached");
}

static void *raise_both(void *unused) {
	raise(SIGUSR1);
	raise(SIGUSR2);
	return unused;
}
static void thread_signals(void) {
	on(SIGUSR1, handler, 0), on(SIGUSR2, handler, 0);
	pthread_join(thread(raise_both, NULL), NULL);
	while (runs < 2)
		safe_point();
	check(runs == 2 && elsewhere == 0);
}

static volatile sig_atomic_t paused;
static void *pauses(void *unused) {
	paused = raw_gettid();
	check(pause() == -1 && errno == EINTR);
	return unused;
}
static void pause_in_a_thread(void) {
	on(SIGUSR1, handler, 0);
	pthread_t other = thread(pauses, NULL);
	while (!paused)
		raw_sleep(1);
	await_asleep(paused);
	pthread_kill(other, SIGUSR1);
	pthread_join(other, NULL);
	while (!runs)
		safe_point();
	check(elsewhere == 0);
}

static void exits_3(int sig) { (void)sig, exit(3); }
static void kill_main_thread(void) {
	on(SIGUSR1, exits_3, 0);
	pthread_kill(pthread_self(), SIGUSR1);
	exit(2);
}

/* ---- Timers ---- */

static volatile sig_atomic_t which_timer;
static void disarms(int sig) {
	handler(sig);
	if (runs > 3)
		set_timer(which_timer, 0, 0);
}
static void periodic(int which, int sig) {
	struct itimerval now;
	which_timer = which;
	on(sig, disarms, 0);
	set_timer(which, 1000, 1000);
	check(runs >= 4 || spin(&runs, 60000));
	while (runs < 4)
		compute();
	check(getitimer(which, &now) == 0 && now.it_value.tv_sec == 0 && now.it_value.tv_usec == 0 && now.it_interval.tv_usec == 0);
}
static void itimer_virtual(void) { periodic(ITIMER_VIRTUAL, SIGVTALRM); }
static void itimer_prof(void) { periodic(ITIMER_PROF, SIGPROF); }
static void itimer_real(void) {
	on(SIGALRM, handler, 0);
	set_timer(ITIMER_REAL, 100000, 0);
	check(pause() == -1 && runs == 1);
}

/* ---- Waits for signals ---- */

static void pending_signals(void) {
	sigset_t set = set_of(SIGUSR1, 0), old, pending;
	on(SIGUSR1, handler, 0);
	check(sigpending(&pending) == 0 && strcmp(text_of(&pending), "") == 0);
	check(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 && kill(getpid(), SIGUSR1) == 0);
	check(sigpending(&pending) == 0 && strcmp(text_of(&pending), "10") == 0 && runs == 0);
	check(pthread_sigmask(SIG_UNBLOCK, &set, &old) == 0 && runs == 1 && strcmp(text_of(&old), "10") == 0);
}

static int by_sigwait(const sigset_t *set) { int sig; return sigwait(set, &sig) ? -1 : sig; }
static int by_sigwaitinfo(const sigset_t *set) { return sigwaitinfo(set, NULL); }
static int by_sigtimedwait(const sigset_t *set) { struct timespec t = {10, 0}; return sigtimedwait(set, NULL, &t); }
static void wait_helper(int (*wait_for)(const sigset_t *)) {
	sigset_t set = set_of(SIGALRM, 0);
	on(SIGALRM, handler, 0);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	set_timer(ITIMER_REAL, 50000, 0);
	check(wait_for(&set) == SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	safe_point();
	check(runs == 0);
}
static void test_sigwait(void) { wait_helper(by_sigwait); }
static void test_sigwaitinfo(void) { wait_helper(by_sigwaitinfo); }
static void test_sigtimedwait(void) { wait_helper(by_sigtimedwait); }

static void *kills_process(void *unused) {
	await_asleep(raw_getpid());
	kill(getpid(), SIGUSR1);
	return unused;
}
static void sigwait_thread(void) {
	sigset_t set = set_of(SIGUSR1, 0);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_t other = thread(kills_process, NULL);
	check(by_sigwait(&set) == SIGUSR1);
	pthread_join(other, NULL);
}

/* ---- Locks ---- */

static sem_t lock;
static struct timespec in_ms(int ms) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms % 1000 * 1000000L;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
	return t;
}
static void lock_interruption(void) {
	struct timespec until = in_ms(60000);
	on(SIGALRM, raises, 0);
	if (sigsetjmp(raised, 1) == 0) {
		set_timer(ITIMER_REAL, 50000, 0);
		sem_timedwait(&lock, &until);
		check(!"acquired");
	}
	check(runs == 1);
}
static void *sends_then_releases(void *unused) {
	await_asleep(raw_getpid());
	kill(getpid(), SIGUSR1);
	while (!runs)
		raw_sleep(1);
	raw_sleep(20);
	sem_post(&lock);
	return unused;
}
static void lock_retries(void) {
	on(SIGUSR1, handler, 0);
	pthread_t other = thread(sends_then_releases, NULL);
	check(sem_wait(&lock) == 0 && runs == 1);
	pthread_join(other, NULL);
}
static void timed_acquire(void) {
	struct timespec until = in_ms(500);
	on(SIGALRM, handler, 0);
	set_timer(ITIMER_REAL, 20000, 20000);
	int64_t began = now_ms();
	check(sem_timedwait(&lock, &until) == -1 && errno == ETIMEDOUT);
	check(now_ms() - began >= 499 && runs > 0);
	set_timer(ITIMER_REAL, 0, 0);
}

/* ---- The wakeup fd: 7 to write, 8 to read ---- */

static int byte_now(void) {
	unsigned char byte;
	return raw(SYS_read, 8, (long)&byte, 1, 0) == 1 ? byte : -1;
}
static void wakeup_early(void) {
	fd_set r;
	struct timeval t = {60, 0};
	on(SIGALRM, raises, 0);
	set_timer(ITIMER_REAL, 50000, 0);
	if (sigsetjmp(raised, 1) == 0)
		select(0, NULL, NULL, NULL, &t);
	FD_ZERO(&r);
	FD_SET(8, &r);
	check(select(9, &r, NULL, NULL, NULL) == 1);
	check(byte_now() == SIGALRM && byte_now() == -1 && runs == 1);
}
static void wakeup_during(void) {
	fd_set r;
	on(SIGALRM, handler, 0);
	set_timer(ITIMER_REAL, 50000, 0);
	FD_ZERO(&r);
	FD_SET(8, &r);
	check(select(9, &r, NULL, NULL, NULL) == 1 && FD_ISSET(8, &r));
	check(runs == 1 && byte_now() == SIGALRM);
}
static void wakeup_pending(void) {
	sigset_t set = set_of(SIGUSR1, SIGUSR2);
	on(SIGUSR1, handler, 0), on(SIGUSR2, handler, 0);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1), raise(SIGUSR2);
	check(byte_now() == -1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	check(runs == 2 && byte_now() + byte_now() == SIGUSR1 + SIGUSR2 && byte_now() == -1);
}

/* ---- Storms ---- */

static void arms(int sig) {
	handler(sig);
	set_timer(ITIMER_REAL, 1 + runs % 10, 0);
}
static void until_runs(int wanted) {
	while (runs < wanted)
		safe_point();
}
static void stress_dependent(void) {
	enum { ROUNDS = 5000 };
	on(SIGPROF, arms, 0), on(SIGUSR1, arms, 0), on(SIGALRM, handler, 0);
	for (int i = 0; i < ROUNDS; i++) {
		kill(getpid(), i % 2 ? SIGPROF : SIGUSR1);
		until_runs(2 * (i + 1));
	}
	check(runs == 2 * ROUNDS);
}
static void stress_simultaneous(void) {
	enum { ROUNDS = 5000 };
	on(SIGUSR1, handler, 0), on(SIGALRM, handler, 0);
	for (int i = 0; i < ROUNDS; i++) {
		set_timer(ITIMER_REAL, 1 + i % 10, 0);
		kill(getpid(), SIGUSR1);
		until_runs(2 * (i + 1));
	}
	check(runs == 2 * ROUNDS);
}
static volatile sig_atomic_t sent, over;
static void *sends(void *unused) {
	while (!over)
		raise(SIGUSR1), sent++;
	return unused;
}
static void stress_modifying(void) {
	signal(SIGUSR1, handler);
	pthread_t other = thread(sends, NULL);
	for (int i = 0; i < 20000 || sent < 100; i++)
		signal(SIGUSR1, i % 2 ? handler : SIG_IGN);
	over = 1;
	pthread_join(other, NULL);
	safe_point();
	check(runs <= sent && elsewhere == 0);
}

/* ---- The examples of the documentation ---- */

static void no_device(int sig) {
	say("Signal handler called with signal %d", sig);
	siglongjmp(raised, 1);
}
static void example_alarm(void) {
	char path[64];
	sprintf(path, "/tmp/python-%d.fifo", (int)getpid());
	unlink(path);
	check(mkfifo(path, 0600) == 0);
	signal(SIGALRM, no_device);
	alarm(1);
	if (sigsetjmp(raised, 1) == 0)
		check(open(path, O_WRONLY) < 0);
	else
		say("Couldn't open device!");
	alarm(0);
	unlink(path);
}

static void nothing(int sig) { (void)sig; }
/* A server that a byte from the wakeup socket tells to stop, in good order. */
static void example_server(void) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0), served = 0, stopped_by = 0;
	sprintf(address.sun_path + 1, "python-%d", (int)getpid()); /* abstract */
	check(bind(server, (void *)&address, sizeof address) == 0 && listen(server, 8) == 0);
	signal(SIGTERM, nothing);
	pid_t client = fork();
	if (client == 0) {
		char c;
		int s = socket(AF_UNIX, SOCK_STREAM, 0);
		check(connect(s, (void *)&address, sizeof address) == 0 && read(s, &c, 1) == 1);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	struct pollfd fds[] = {{server, POLLIN, 0}, {8, POLLIN, 0}};
	while (!stopped_by) {
		check(poll(fds, 2, -1) >= 1);
		if (fds[1].revents)
			stopped_by = byte_now();
		else if (fds[0].revents) {
			int s = accept(server, NULL, NULL);
			check(write(s, "x", 1) == 1 && close(s) == 0);
			served++;
		}
	}
	waitpid(client, NULL, 0);
	say("served %d, stopped by %d", served, stopped_by);
}

/* "Note on SIGPIPE": a long list into head. */
static void example_sigpipe(void) {
	int fds[2];
	char line[16];
	check(pipe(fds) == 0);
	pid_t head = fork();
	if (head == 0) {
		check(read(fds[0], line, 1) == 1);
		_exit(0);
	}
	close(fds[0]);
	dup2(fds[1], 1), close(fds[1]);
	for (int i = 0; i < 100000; i++)
		if (printf("y\n") < 0)
			break;
	if (fflush(stdout) || ferror(stdout)) {
		dprintf(2, "%s\n", strerror(errno));
		exit(errno == EPIPE ? 1 : 2);
	}
}

static const struct { const char *name; void (*run)(void); } cases[] = {
	{"handler_order", handler_order}, {"child_handler_stays", child_handler_stays}, {"keyboard_interrupt", keyboard_interrupt},
	{"thread_signals", thread_signals}, {"pause_in_a_thread", pause_in_a_thread}, {"kill_main_thread", kill_main_thread},
	{"itimer_virtual", itimer_virtual}, {"itimer_prof", itimer_prof}, {"itimer_real", itimer_real}, {"pending_signals", pending_signals},
	{"sigwait", test_sigwait}, {"sigwaitinfo", test_sigwaitinfo}, {"sigtimedwait", test_sigtimedwait}, {"sigwait_thread", sigwait_thread},
	{"lock_interruption", lock_interruption}, {"lock_retries", lock_retries}, {"timed_acquire", timed_acquire},
	{"wakeup_early", wakeup_early}, {"wakeup_during", wakeup_during}, {"wakeup_pending", wakeup_pending},
	{"stress_dependent", stress_dependent}, {"stress_simultaneous", stress_simultaneous}, {"stress_modifying", stress_modifying},
	{"example_alarm", example_alarm}, {"example_server", example_server}, {"example_sigpipe", example_sigpipe},
};

int main(int argc, char **argv) {
	main_tid = raw_gettid();
	sem_init(&lock, 0, 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (argc == 2 && is(argv[1], cases[i].name))
			cases[i].run();
	return verdict();
}
