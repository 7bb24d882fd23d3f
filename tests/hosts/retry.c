/* "SIGTAME_RETRY: for calls that signal(7) never restarts, the wait goes on after the handler, against the same deadline; remaining times are as if no signal had come; a partial result is returned first." */
#include "host.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* sigpause */
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

static volatile sig_atomic_t runs;
static int fds[2], pair[2], epoll;

static volatile int64_t first_run; /* in ms */
static void count(int sig) {
	(void)sig;
	if (runs++ == 0)
		first_run = now_ms();
}

static void tick(int us) {
	struct itimerval t = {{0, us}, {0, us}};
	raw(SYS_setitimer, ITIMER_REAL, (long)&t, 0, 0);
}

enum { WAIT_MS = 300 };
static const struct timespec wait_time = {0, WAIT_MS * 1000000L};

static struct timespec at(clockid_t clock) {
	struct timespec t;
	clock_gettime(clock, &t);
	t.tv_nsec += WAIT_MS * 1000000L;
	if (t.tv_nsec >= 1000000000)
		t.tv_nsec -= 1000000000, t.tv_sec++;
	return t;
}

/* 0, or what errno says; each ends by its own time */
static int of(long result) { return result < 0 ? errno : 0; }
static int wait_poll(void) { struct pollfd p = {fds[0], POLLIN, 0}; return of(poll(&p, 1, WAIT_MS)); }
static int wait_ppoll(void) { struct pollfd p = {fds[0], POLLIN, 0}; return of(ppoll(&p, 1, &wait_time, NULL)); }
static int wait_select(void) {
	struct timeval t = {0, WAIT_MS * 1000};
	fd_set r;
	FD_ZERO(&r);
	FD_SET(fds[0], &r);
	int n = select(fds[0] + 1, &r, NULL, NULL, &t);
	if (n == 0)
		check(!FD_ISSET(fds[0], &r) && t.tv_sec == 0 && t.tv_usec == 0);
	return of(n);
}
static int wait_pselect(void) { fd_set r; FD_ZERO(&r); FD_SET(fds[0], &r); return of(pselect(fds[0] + 1, &r, NULL, NULL, &wait_time, NULL)); }
static int wait_epoll(void) { struct epoll_event e; return of(epoll_wait(epoll, &e, 1, WAIT_MS)); }
static int wait_epoll_pwait(void) { struct epoll_event e; return of(epoll_pwait(epoll, &e, 1, WAIT_MS, NULL)); }
static int wait_nanosleep(void) { struct timespec left; return of(nanosleep(&wait_time, &left)); }
static int wait_usleep(void) { return of(usleep(WAIT_MS * 1000)); }
static int wait_clock(void) { struct timespec left; return clock_nanosleep(CLOCK_MONOTONIC, 0, &wait_time, &left); }
static int wait_clock_until(void) { struct timespec t = at(CLOCK_MONOTONIC); return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL); }
static int wait_clock_real(void) { struct timespec t = at(CLOCK_REALTIME); return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL); }
static int wait_sem(void) { sem_t s; struct timespec t = at(CLOCK_REALTIME); sem_init(&s, 0, 0); return of(sem_timedwait(&s, &t)); }
static int wait_sigtimedwait(void) { sigset_t s = set_of(SIGURG, 0); return of(sigtimedwait(&s, NULL, &wait_time)); }
static int wait_recv(void) { struct timeval t = {0, WAIT_MS * 1000}; char c; setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t); return of(recv(pair[0], &c, 1, 0)); }
static int wait_semtimedop(void) {
	int id = semget(IPC_PRIVATE, 1, 0600);
	struct sembuf b = {0, -1, 0};
	int error = of(semtimedop(id, &b, 1, &wait_time));
	semctl(id, 0, IPC_RMID);
	return error;
}

static const struct { const char *name; int (*wait)(void); int result; } calls[] = {
	{"poll", wait_poll, 0}, {"ppoll", wait_ppoll, 0}, {"select", wait_select, 0}, {"pselect", wait_pselect, 0}, {"epoll_wait", wait_epoll, 0},
	{"epoll_pwait", wait_epoll_pwait, 0}, {"nanosleep", wait_nanosleep, 0}, {"usleep", wait_usleep, 0}, {"clock_nanosleep", wait_clock, 0},
	{"clock_nanosleep-until", wait_clock_until, 0}, {"clock_nanosleep-real", wait_clock_real, 0}, {"sem_timedwait", wait_sem, ETIMEDOUT},
	{"sigtimedwait", wait_sigtimedwait, EAGAIN}, {"recv-timeout", wait_recv, EAGAIN}, {"semtimedop", wait_semtimedop, EAGAIN},
};

/* A process that got no CPU between its timer and its timeout finds both over: the signal has interrupted nothing, and the call
 * is made again. */
static void timed(size_t i) {
	int64_t begin, took;
	int error;
	do {
		runs = 0;
		tick(20000);
		begin = now_ms();
		error = calls[i].wait();
		took = now_ms() - begin;
		tick(0);
	} while (runs > 0 && first_run - begin >= WAIT_MS);
	check_case(calls[i].name, error == calls[i].result);
	check_case(calls[i].name, took >= WAIT_MS - 10 && took < 10000);
	check_case(calls[i].name, runs > 0);
}

static void *writes_later(void *fd) {
	mask_one(SIG_BLOCK, SIGALRM);
	await_asleep(raw_getpid());
	raw_sleep(200);
	raw(SYS_write, *(int *)fd, (long)"x", 1, 0);
	return NULL;
}

/* select tells the time that is left of the whole. */
static void remaining(void) {
	struct timeval t = {10, 0};
	int64_t began = now_ms();
	fd_set r;
	FD_ZERO(&r);
	FD_SET(fds[0], &r);
	pthread_t other = thread(writes_later, &fds[1]);
	tick(20000);
	int n = select(fds[0] + 1, &r, NULL, NULL, &t);
	tick(0);
	check(n == 1 && runs > 0);
	int64_t left = t.tv_sec * 1000 + t.tv_usec / 1000, took = now_ms() - began;
	check(left <= 10000 - 190 && left >= 10000 - took - 10);
	pthread_join(other, NULL);
}

/* These wait for a handler and are not retried. */
static pid_t main_tid;
static void *hits_main(void *target) {
	mask_one(SIG_BLOCK, SIGALRM);
	for (int i = 0; i < 3; i++) {
		await_asleep(main_tid);
		pthread_kill(*(pthread_t *)target, SIGUSR1);
		while (runs == i)
			raw_sleep(1);
	}
	return NULL;
}
static void for_a_handler(void) {
	sigset_t none = set_of(0, 0);
	main_tid = raw_gettid();
	pthread_t self = pthread_self(), other = thread(hits_main, &self);
	check(pause() == -1 && errno == EINTR);
	check(runs == 1);
	check(sigsuspend(&none) == -1 && errno == EINTR);
	check(runs == 2);
	check(sigpause(SIGURG) == -1 && errno == EINTR);
	check(runs == 3);
	pthread_join(other, NULL);
}

/* A real wait: what is waited for comes after some handlers. */
static void infinite(void) {
	struct epoll_event e = {EPOLLIN, {0}};
	sigset_t urgent = set_of(SIGURG, 0);
	char c;
	struct pollfd p = {fds[0], POLLIN, 0};
	for (int k = 0; k < 2; k++) {
		pthread_t other = thread(writes_later, &fds[1]);
		runs = 0;
		tick(20000);
		if (k == 0)
			check(poll(&p, 1, -1) == 1);
		else
			check(epoll_wait(epoll, &e, 1, -1) == 1);
		tick(0);
		check(runs > 0);
		pthread_join(other, NULL);
		check(read(fds[0], &c, 1) == 1);
	}
	sigprocmask(SIG_BLOCK, &urgent, NULL);
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
	struct itimerspec later = {.it_value.tv_nsec = 200000000};
	timer_t timer;
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &later, NULL);
	runs = 0;
	tick(20000);
	check(sigwaitinfo(&urgent, NULL) == SIGURG);
	tick(0);
	check(runs > 0);
}

/* "A connect under way is never retried": a listener whose queue is full. */
static void connecting(void) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), last = -1, r;
	sprintf(address.sun_path + 1, "retry-%d", (int)getpid()); /* abstract */
	check(bind(listener, (void *)&address, sizeof address) == 0 && listen(listener, 0) == 0);
	for (;;) {
		int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(s, (void *)&address, sizeof address)) {
			last = s;
			break;
		}
	}
	fcntl(last, F_SETFL, 0);
	tick(20000);
	r = connect(last, (void *)&address, sizeof address);
	check(r == -1 && errno == EINTR);
	tick(0);
}

/* What a write has done it tells first. */
static void partial(void) {
	static char buffer[200000];
	tick(20000);
	long n = write(fds[1], buffer, sizeof buffer);
	tick(0);
	check(n == 65536);
	check(runs > 0);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	bool restart = !(argc > 2 && is(argv[2], "norestart"));
	struct epoll_event e = {EPOLLIN, {0}};
	check(pipe(fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &e);
	on(SIGALRM, count, restart ? SA_RESTART : 0);
	on(SIGUSR1, count, restart ? SA_RESTART : 0);
	if (is(what, "timed")) {
		for (size_t i = 0; i < COUNT(calls); i++)
			if (restart || calls[i].wait != wait_sem) /* a call that is restarted by SA_RESTART is none of SIGTAME_RETRY's */
				timed(i);
	} else if (is(what, "remaining"))
		remaining();
	else if (is(what, "pause"))
		for_a_handler();
	else if (is(what, "infinite"))
		infinite();
	else if (is(what, "connect"))
		connecting();
	else if (is(what, "partial"))
		partial();
	return verdict();
}
