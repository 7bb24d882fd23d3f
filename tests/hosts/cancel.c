/* Every wait stays a cancellation point, as natively: a thread in it is ended by pthread_cancel. */
#include "host.h"
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

static int empty[2], full[2], pair[2], listener, epoll, lock_fd, message_queue;
static char fifo[64], buffer[4096];
static pid_t child;
static pthread_t sleeper;
static volatile sig_atomic_t cleaned, in_wait, handled;

static void w_read(void) { (void)!read(empty[0], buffer, 1); }
static void w_readv(void) { struct iovec v = {buffer, 1}; (void)!readv(empty[0], &v, 1); }
static void w_write(void) { (void)!write(full[1], buffer, 4096); }
static void w_recv(void) { recv(pair[0], buffer, 1, 0); }
static void w_recvfrom(void) { recvfrom(pair[0], buffer, 1, 0, NULL, NULL); }
static void w_recvmsg(void) { struct iovec v = {buffer, 1}; struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1}; recvmsg(pair[0], &m, 0); }
static void w_accept(void) { accept(listener, NULL, NULL); }
static void w_accept4(void) { accept4(listener, NULL, NULL, SOCK_CLOEXEC); }
static void w_poll(void) { struct pollfd p = {empty[0], POLLIN, 0}; poll(&p, 1, -1); }
static void w_ppoll(void) { struct pollfd p = {empty[0], POLLIN, 0}; ppoll(&p, 1, NULL, NULL); }
static void w_select(void) { select(0, NULL, NULL, NULL, NULL); }
static void w_pselect(void) { pselect(0, NULL, NULL, NULL, NULL, NULL); }
static void w_epoll(void) { struct epoll_event e; epoll_wait(epoll, &e, 1, -1); }
static void w_epoll_pwait(void) { struct epoll_event e; epoll_pwait(epoll, &e, 1, -1, NULL); }
static void w_nanosleep(void) { struct timespec t = {100, 0}; nanosleep(&t, NULL); }
static void w_clock(void) { struct timespec t = {100, 0}; clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL); }
static void w_usleep(void) { usleep(100000000); }
static void w_sleep(void) { sleep(100); }
static void w_pause(void) { pause(); }
static void w_sigsuspend(void) { sigset_t s = set_of(0, 0); sigsuspend(&s); }
static void w_sigwait(void) { sigset_t s = set_of(SIGURG, 0); int sig; sigwait(&s, &sig); }
static void w_sigwaitinfo(void) { sigset_t s = set_of(SIGURG, 0); sigwaitinfo(&s, NULL); }
static void w_sigtimedwait(void) { sigset_t s = set_of(SIGURG, 0); struct timespec t = {100, 0}; sigtimedwait(&s, NULL, &t); }
static void w_waitpid(void) { waitpid(child, NULL, 0); }
static void w_wait(void) { wait(NULL); }
static void w_waitid(void) { siginfo_t i; waitid(P_PID, child, &i, WEXITED); }
static void w_sem_wait(void) { sem_t s; sem_init(&s, 0, 0); sem_wait(&s); }
static void w_sem_timedwait(void) { sem_t s; struct timespec t; clock_gettime(CLOCK_REALTIME, &t), t.tv_sec += 100; sem_init(&s, 0, 0); sem_timedwait(&s, &t); }
static void w_join(void) { pthread_join(sleeper, NULL); }
static void w_cond(void) {
	static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	pthread_mutex_lock(&m);
	pthread_cleanup_push((void (*)(void *))(void *)pthread_mutex_unlock, &m);
	for (;;)
		pthread_cond_wait(&c, &m);
	pthread_cleanup_pop(1);
}
static void w_lock(void) { struct flock l = {.l_type = F_WRLCK}; fcntl(lock_fd, F_SETLKW, &l); }
static void w_open(void) { (void)!open(fifo, O_RDONLY); }
static void w_msgrcv(void) { struct { long type; char text[8]; } m; msgrcv(message_queue, &m, 8, 0, 0); }
static void w_system(void) { (void)!system("exec sleep 100"); }

static const struct { const char *name; void (*wait)(void); } calls[] = {
	{"read", w_read}, {"readv", w_readv}, {"write", w_write}, {"recv", w_recv}, {"recvfrom", w_recvfrom}, {"recvmsg", w_recvmsg}, {"accept", w_accept},
	{"accept4", w_accept4}, {"poll", w_poll}, {"ppoll", w_ppoll}, {"select", w_select}, {"pselect", w_pselect}, {"epoll_wait", w_epoll},
	{"epoll_pwait", w_epoll_pwait}, {"nanosleep", w_nanosleep}, {"clock_nanosleep", w_clock}, {"usleep", w_usleep}, {"sleep", w_sleep}, {"pause", w_pause},
	{"sigsuspend", w_sigsuspend}, {"sigwait", w_sigwait}, {"sigwaitinfo", w_sigwaitinfo}, {"sigtimedwait", w_sigtimedwait}, {"waitpid", w_waitpid},
	{"wait", w_wait}, {"waitid", w_waitid}, {"sem_wait", w_sem_wait}, {"sem_timedwait", w_sem_timedwait}, {"pthread_join", w_join},
	{"pthread_cond_wait", w_cond}, {"fcntl", w_lock}, {"open", w_open}, {"msgrcv", w_msgrcv}, {"system", w_system},
};

static void clean(void *unused) { (void)unused; cleaned = 1; }
static void handler(int sig) { (void)sig, handled = 1; }

static void *waits(void *call) {
	pthread_cleanup_push(clean, NULL);
	in_wait = 1;
	(*(void (**)(void))call)();
	for (;;)
		pthread_testcancel();
	pthread_cleanup_pop(1);
	return NULL;
}

static void *waits_disabled(void *unused) {
	char c;
	int state;
	(void)unused;
	pthread_cleanup_push(clean, NULL);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	in_wait = 1;
	check(poll(NULL, 0, 100) == 0);
	long n = read(empty[0], &c, 1);
	check(n == 1); /* the wait goes on */
	pthread_setcancelstate(state, NULL);
	(void)!read(empty[0], &c, 1);
	say("not cancelled");
	pthread_cleanup_pop(1);
	return NULL;
}

static void *waits_cancelled_before(void *unused) {
	(void)unused;
	in_wait = 1;
	spin(&handled, 200);
	struct pollfd p = {empty[0], POLLIN, 0};
	pthread_cleanup_push(clean, NULL);
	poll(&p, 1, -1);
	say("not cancelled");
	pthread_cleanup_pop(1);
	return NULL;
}

static void *waits_async(void *unused) {
	(void)unused;
	int type;
	pthread_cleanup_push(clean, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	in_wait = 1;
	spin(NULL, 15000);
	pthread_cleanup_pop(1);
	return NULL;
}

static void ended(const char *name, pthread_t other, int after_ms) {
	void *result = NULL;
	while (!in_wait)
		;
	raw_sleep(after_ms);
	pthread_cancel(other);
	if (is(name, "disabled")) {
		raw_sleep(30);
		raw(SYS_write, empty[1], (long)"x", 1, 0);
	}
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t), t.tv_sec += 5;
	int error = pthread_timedjoin_np(other, &result, &t);
	check_case(name, error == 0 && result == PTHREAD_CANCELED);
	check_case(name, cleaned == 1);
	cleaned = in_wait = 0;
	if (error)
		exit(1);
}

static void *sleeps(void *unused) { raw_sleep(60000); return unused; }

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "all";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	check(pipe(empty) == 0 && pipe(full) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	fcntl(full[1], F_SETFL, O_NONBLOCK);
	while (write(full[1], buffer, 4096) > 0)
		;
	fcntl(full[1], F_SETFL, 0);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	sprintf(address.sun_path + 1, "cancel-%d", (int)getpid());
	check(bind(listener, (void *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
	epoll = epoll_create1(0);
	message_queue = msgget(IPC_PRIVATE, 0600);
	sprintf(fifo, "/tmp/cancel-%d.fifo", (int)getpid());
	unlink(fifo); /* of one that was killed */
	check(mkfifo(fifo, 0600) == 0);
	lock_fd = fileno(tmpfile());
	int locked[2];
	check(pipe(locked) == 0);
	if ((child = fork()) == 0) {
		struct flock l = {.l_type = F_WRLCK};
		fcntl(lock_fd, F_SETLK, &l);
		raw(SYS_write, locked[1], (long)"x", 1, 0);
		for (int64_t end = now_ms() + 60000; now_ms() < end && getppid() != 1;)
			raw_sleep(50);
		_exit(0);
	}
	check(read(locked[0], buffer, 1) == 1);
	sleeper = thread(sleeps, NULL);
	if (is(what, "bare")) { /* no handler has ever been set */
		ended("read", thread(waits, (void *)&calls[0].wait), 20);
		unlink(fifo);
		return verdict();
	}
	on(SIGUSR1, handler, 0);
	if (is(what, "disabled"))
		ended("disabled", thread(waits_disabled, NULL), 20);
	else if (is(what, "before"))
		ended("before", thread(waits_cancelled_before, NULL), 0);
	else if (is(what, "async"))
		ended("async", thread(waits_async, NULL), 20);
	else
		for (size_t i = 0; i < COUNT(calls); i++)
			if (is(what, "all") || is(what, calls[i].name))
				ended(calls[i].name, thread(waits, (void *)&calls[i].wait), 20);
	unlink(fifo);
	msgctl(message_queue, IPC_RMID, NULL);
	raw_kill(child, SIGKILL);
	return verdict();
}
