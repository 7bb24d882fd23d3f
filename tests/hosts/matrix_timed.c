/* matrix_timed CALL: a call with a timeout, under a timer that interrupts it every 5 ms: "elapsed time, remaining time, result sets and counts are
 * as if no signal had come". Prints "ok", or what is wrong. It must never end early; that it ends no more than 20 ms late must hold
 * in one of many attempts, for the machine has other things to do.
 * matrix_timed list: the calls. */
#include "host.h"
#include <mqueue.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <threads.h>

enum { ASKED_MS = 150, SOON_MS = 100, LATE_MS = 20, ATTEMPTS = 40, PERIOD_US = 5000, UNTOUCHED = 77 };

static volatile sig_atomic_t runs;
static int quiet[2], pair[2], nothing[2], timer_fd, epoll, listener, semaphores;
static char buffer[4096];
static sem_t sem;
static mqd_t mq;
static pthread_t endless;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static struct timespec asked = {0, ASKED_MS * 1000000L}, left;
static struct timeval asked_timeval = {0, ASKED_MS * 1000L};
static struct pollfd fds[2];
static struct epoll_event events[2];

/* It takes some of the time that is waited. */
static void handler(int sig) {
	(void)sig, runs++;
	spin(NULL, 2);
}

static struct timespec *until(clockid_t clock) {
	static struct timespec t;
	clock_gettime(clock, &t);
	t.tv_nsec += ASKED_MS * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
	return &t;
}

static int of(long result) { return result < 0 ? errno : (int)-result; }
static bool untouched(void) { return left.tv_sec == UNTOUCHED && left.tv_nsec == UNTOUCHED; }

/* ---- Those that time out. 0: it did, and all that it tells is right. ---- */

static int t_poll(void) { return of(poll(fds, 2, ASKED_MS)) || fds[0].revents || fds[1].revents; }
static int t_ppoll(void) { return of(ppoll(fds, 2, &asked, NULL)) || fds[0].revents || fds[1].revents || asked.tv_nsec != ASKED_MS * 1000000L; }
static int t_epoll_wait(void) { return of(epoll_wait(epoll, events, 2, ASKED_MS)); }
static int t_epoll_pwait(void) { sigset_t none = set_of(0, 0); return of(epoll_pwait(epoll, events, 2, ASKED_MS, &none)); }
static int t_epoll_pwait2(void) { return of(epoll_pwait2(epoll, events, 2, &asked, NULL)); }
static int t_select(void) {
	struct timeval t = asked_timeval;
	fd_set r;
	FD_ZERO(&r);
	FD_SET(nothing[0], &r), FD_SET(timer_fd, &r);
	return of(select(FD_SETSIZE, &r, NULL, NULL, &t)) || FD_ISSET(nothing[0], &r) || FD_ISSET(timer_fd, &r) || t.tv_sec || t.tv_usec;
}
static int t_pselect(void) {
	fd_set r;
	FD_ZERO(&r);
	FD_SET(nothing[0], &r);
	return of(pselect(FD_SETSIZE, &r, NULL, NULL, &asked, NULL)) || FD_ISSET(nothing[0], &r) || asked.tv_nsec != ASKED_MS * 1000000L;
}
static int t_nanosleep(void) { return of(nanosleep(&asked, &left)) || !untouched(); }
static int t_nanosleep_same(void) { struct timespec t = asked; return of(nanosleep(&t, &t)) || t.tv_nsec != asked.tv_nsec; }
static int t_clock_nanosleep(void) { return clock_nanosleep(CLOCK_MONOTONIC, 0, &asked, &left) || !untouched(); }
static int t_clock_nanosleep_until(void) { return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, until(CLOCK_REALTIME), NULL); }
static int t_usleep(void) { return of(usleep(ASKED_MS * 1000)); }
static int t_thrd_sleep(void) { return thrd_sleep(&asked, &left) || !untouched(); }
static int t_sem_timedwait(void) { return of(sem_timedwait(&sem, until(CLOCK_REALTIME))) != ETIMEDOUT; }
static int t_sem_clockwait(void) { return of(sem_clockwait(&sem, CLOCK_MONOTONIC, until(CLOCK_MONOTONIC))) != ETIMEDOUT; }
static int t_semtimedop(void) { struct sembuf b = {0, -1, 0}; return of(semtimedop(semaphores, &b, 1, &asked)) != EAGAIN; }
static int t_sigtimedwait(void) { sigset_t s = set_of(SIGURG, 0); return of(sigtimedwait(&s, NULL, &asked)) != EAGAIN; }
static int t_mq_timedreceive(void) { return of(mq_timedreceive(mq, buffer, 8, NULL, until(CLOCK_REALTIME))) != ETIMEDOUT; }
static int t_recv(void) { return of(recv(quiet[0], buffer, 1, 0)) != EAGAIN; }
static int t_read(void) { return of(read(quiet[0], buffer, 1)) != EAGAIN; }
static int t_send(void) { return of(send(pair[1], buffer, 1, 0)) != EAGAIN; }
static int t_write(void) { return of(write(pair[1], buffer, 1)) != EAGAIN; }
static int t_accept(void) { return of(accept(listener, NULL, NULL)) != EAGAIN; }
static int t_cond_timedwait(void) {
	pthread_mutex_lock(&mutex);
	int error = pthread_cond_timedwait(&cond, &mutex, until(CLOCK_REALTIME));
	pthread_mutex_unlock(&mutex);
	return error != ETIMEDOUT;
}
static int t_timedjoin(void) { return pthread_timedjoin_np(endless, NULL, until(CLOCK_REALTIME)) != ETIMEDOUT; }

/* ---- Those whose event comes after SOON_MS: one of two descriptors, and the time that is left. ---- */

static int64_t began_ms;
static bool late;
static int e_poll(void) { return poll(fds, 2, 10000) != 1 || fds[0].revents || fds[1].revents != POLLIN; }
static int e_ppoll(void) { return ppoll(fds, 2, NULL, NULL) != 1 || fds[0].revents || fds[1].revents != POLLIN; }
static int e_epoll_wait(void) { return epoll_wait(epoll, events, 2, -1) != 1 || events[0].data.fd != timer_fd; }
static int e_select(void) {
	struct timeval t = {10, 0};
	fd_set r, w;
	FD_ZERO(&r);
	FD_SET(nothing[0], &r), FD_SET(timer_fd, &r), w = r;
	if (select(FD_SETSIZE, &r, &w, NULL, &t) != 1 || FD_ISSET(nothing[0], &r) || !FD_ISSET(timer_fd, &r) || FD_ISSET(timer_fd, &w))
		return 1;
	int64_t left_ms = t.tv_sec * 1000 + t.tv_usec / 1000, spent_ms = now_ms() - began_ms;
	late = left_ms > 10000 - SOON_MS || left_ms + spent_ms > 10000 + LATE_MS;
	if (left_ms + spent_ms >= 10000 - 2)
		return 0;
	say("select: %d ms spent, %d ms left of 10000", (int)spent_ms, (int)left_ms);
	return 1;
}
static int e_read(void) { uint64_t n; return read(timer_fd, &n, 8) != 8 || n != 1; }

/* restarts: it is SA_RESTART that makes it go on, not RETRY. */
static const struct call { const char *name; int (*call)(void); int ms; bool restarts; } calls[] = {
#define TIMES_OUT(name) {#name, t_##name, ASKED_MS, false}
#define RESTARTS(name) {#name, t_##name, ASKED_MS, true}
#define COMES(name) {#name "-event", e_##name, SOON_MS, false}
#define RESTARTS_AND_COMES(name) {#name "-event", e_##name, SOON_MS, true}
	TIMES_OUT(poll), TIMES_OUT(ppoll), TIMES_OUT(epoll_wait), TIMES_OUT(epoll_pwait), TIMES_OUT(epoll_pwait2), TIMES_OUT(select), TIMES_OUT(pselect),
	TIMES_OUT(nanosleep), TIMES_OUT(nanosleep_same), TIMES_OUT(clock_nanosleep), TIMES_OUT(clock_nanosleep_until), TIMES_OUT(usleep), TIMES_OUT(thrd_sleep),
	TIMES_OUT(sem_timedwait), TIMES_OUT(sem_clockwait), TIMES_OUT(semtimedop), TIMES_OUT(sigtimedwait), RESTARTS(mq_timedreceive), TIMES_OUT(recv),
	TIMES_OUT(read), TIMES_OUT(send), TIMES_OUT(write), TIMES_OUT(accept), TIMES_OUT(cond_timedwait), TIMES_OUT(timedjoin),
	COMES(poll), COMES(ppoll), COMES(epoll_wait), COMES(select), RESTARTS_AND_COMES(read),
};

static void *never_ends(void *unused) {
	for (;;)
		raw_sleep(1000);
	return unused;
}

static void give_time(int fd) {
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &asked_timeval, sizeof asked_timeval);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &asked_timeval, sizeof asked_timeval);
}

static void prepare(void) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
	sigset_t urgent = set_of(SIGURG, 0), alarm_set = set_of(SIGALRM, 0);
	char name[64];
	check(pipe(nothing) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, quiet) == 0);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	while (write(pair[1], buffer, sizeof buffer) > 0)
		;
	fcntl(pair[1], F_SETFL, 0);
	give_time(quiet[0]), give_time(pair[1]);
	sprintf(address.sun_path + 1, "matrix-timed-%d", (int)getpid()); /* abstract */
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	check(bind(listener, (void *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
	give_time(listener);
	timer_fd = timerfd_create(CLOCK_MONOTONIC, 0);
	epoll = epoll_create1(0);
	struct epoll_event e = {EPOLLIN, {.fd = nothing[0]}}, t = {EPOLLIN, {.fd = timer_fd}};
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, nothing[0], &e) == 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, timer_fd, &t) == 0);
	sem_init(&sem, 0, 0);
	sprintf(name, "/matrix-timed-%d", (int)getpid());
	mq = mq_open(name, O_CREAT | O_RDWR, 0600, &attributes);
	mq_unlink(name);
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	sigprocmask(SIG_BLOCK, &urgent, NULL);
	sigprocmask(SIG_BLOCK, &alarm_set, NULL);
	endless = thread(never_ends, NULL);
	sigprocmask(SIG_UNBLOCK, &alarm_set, NULL);
}

static void tick(int us) {
	struct itimerval t = {{0, us}, {0, us}};
	raw(SYS_setitimer, ITIMER_REAL, (long)&t, 0, 0);
}

static void reset(void) {
	struct itimerspec soon = {.it_value.tv_nsec = SOON_MS * 1000000L}, never = {{0, 0}, {0, 0}};
	left = (struct timespec){UNTOUCHED, UNTOUCHED};
	fds[0] = (struct pollfd){nothing[0], POLLIN, 9}, fds[1] = (struct pollfd){timer_fd, POLLIN, 9};
	runs = 0;
	late = false;
	timerfd_settime(timer_fd, 0, &never, NULL);
	tick(PERIOD_US);
	began_ms = now_ms();
	timerfd_settime(timer_fd, 0, &soon, NULL);
}

/* False: late, which the machine may be to blame for. */
static bool attempt(const struct call *call) {
	reset();
	if (call->ms == ASKED_MS) {
		struct itimerspec never = {{0, 0}, {0, 0}};
		timerfd_settime(timer_fd, 0, &never, NULL);
	}
	began_ms = now_ms();
	int wrong = call->call();
	int64_t took_ms = now_ms() - began_ms;
	tick(0);
	check_case(call->name, wrong == 0);
	check_case(call->name, runs > 0);
	check_case(call->name, took_ms >= call->ms - 1);
	return took_ms <= call->ms + LATE_MS && !late;
}

int main(int argc, char **argv) {
	const struct call *call = NULL;
	int tries = 0;
	for (size_t i = 0; i < COUNT(calls); i++)
		if (argc > 1 && is(argv[1], "list"))
			puts(calls[i].name);
		else if (argc > 1 && is(argv[1], calls[i].name))
			call = &calls[i];
	if (!call)
		return 0;
	on(SIGALRM, handler, call->restarts ? SA_RESTART : 0);
	prepare();
	while (!failures && !attempt(call) && tries < ATTEMPTS)
		tries++;
	check_case(call->name, tries < ATTEMPTS);
	semctl(semaphores, 0, IPC_RMID);
	return verdict();
}
