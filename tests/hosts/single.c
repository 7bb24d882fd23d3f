/* Single calls answer as natively where something about them is out of the common. */
#include "host.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <threads.h>

static volatile sig_atomic_t runs;
static void count(int sig) { (void)sig, runs++; }

/* A process group owns it: a negative number that is no error. */
static void owner(void) {
	int fds[2];
	pid_t group = getpgrp();
	check(pipe(fds) == 0);
	check(fcntl(fds[0], F_GETOWN) == 0);
	check(fcntl(fds[0], F_SETOWN, -group) == 0);
	errno = 0;
	check(fcntl(fds[0], F_GETOWN) == -group && errno == 0);
	long r = syscall(SYS_fcntl, fds[0], F_GETOWN);
	check(r == -group || (r == -1 && errno == group));
	check(fcntl(fds[0], F_SETOWN, getpid()) == 0 && fcntl(fds[0], F_GETOWN) == getpid());
	check(syscall(SYS_fcntl, fds[0], F_GETOWN) == getpid());
	check(fcntl(-1, F_GETOWN) == -1 && errno == EBADF);
}

/* The fortified names take no flags that want a mode: libc ends the program. Others are opened. */
extern int __open_2(const char *path, int flags), __open64_2(const char *path, int flags);
extern int __openat_2(int dir, const char *path, int flags), __openat64_2(int dir, const char *path, int flags);

static int open_by(int name, int flags) {
	switch (name) {
	case 0: return __open_2("/dev/null", flags);
	case 1: return __open64_2("/dev/null", flags);
	case 2: return __openat_2(AT_FDCWD, "/dev/null", flags);
	}
	return __openat64_2(AT_FDCWD, "/dev/null", flags);
}

static void opened(void) {
	static const int flags[] = {O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_TMPFILE, O_RDONLY | O_DIRECTORY};
	for (int name = 0; name < 4; name++)
		for (size_t i = 0; i < COUNT(flags); i++) {
			int status = 0;
			pid_t child = fork();
			if (child == 0) {
				raw_raise(SIGUSR1);
				int fd = open_by(name, flags[i]);
				_exit(fd < 0 ? errno : runs == 1 ? 0 : 99);
			}
			waitpid(child, &status, 0);
			say("%d flags %zu: %s", name, i, status_text(status));
		}
}

/* A cancellation that is pending ends the thread before the number is closed. */
static int open_fd;
static void *closes(void *how) {
	int state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_cancel(pthread_self());
	if (how) /* is none then */
		close(-1);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	close(open_fd);
	return NULL;
}

static void cancelled(void) {
	for (int i = 0; i < 2; i++) {
		void *result = NULL;
		open_fd = dup(1);
		pthread_join(thread(closes, i ? &open_fd : NULL), &result);
		check(result == PTHREAD_CANCELED && fcntl(open_fd, F_GETFD) >= 0);
	}
}

/* An address that is none: the kernel's error. Each also with a handler due, which a library then runs. */
#define NOWHERE(what) nowhere_said(#what, (errno = 0, due ? raw_raise(SIGUSR1) : (void)0, what))
static void nowhere_said(const char *call, long r) { say("%s: %ld %s", call, r, r < 0 ? strerror(errno) : ""); }

static void nowhere_at(void *at, bool due) {
	static char *const none[] = {NULL};
	struct timespec soon = {0, 1000000};
	struct pollfd p = {-1, POLLIN, 0};
	struct epoll_event event;
	uint64_t set = 0;
	struct { void *mask; size_t size; } pair = {at, 8};
	struct { uint64_t *mask; size_t size; } good = {&set, 8};
	int epoll = epoll_create1(0);
	say("%s%s", at == (void *)8 ? "8" : "-1", due ? ", due" : "");
	NOWHERE(syscall(SYS_rt_sigprocmask, ~0, at, NULL, 8L));
	NOWHERE(syscall(SYS_rt_sigprocmask, ~0, &set, NULL, 8L));
	NOWHERE(syscall(SYS_rt_sigprocmask, ~0, NULL, NULL, 8L));
	NOWHERE(syscall(SYS_rt_sigprocmask, SIG_BLOCK, at, NULL, 8L));
	NOWHERE(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, at, 8L));
	NOWHERE(syscall(SYS_rt_sigaction, SIGUSR2, at, NULL, 8L));
	NOWHERE(syscall(SYS_rt_sigaction, SIGUSR2, NULL, at, 8L));
	NOWHERE(syscall(SYS_rt_sigpending, at, 8L));
	NOWHERE(syscall(SYS_rt_sigsuspend, at, 8L));
	NOWHERE(syscall(SYS_rt_sigtimedwait, at, NULL, &soon, 8L));
	NOWHERE(syscall(SYS_signalfd4, -1, at, 8L, 0));
	NOWHERE(syscall(SYS_nanosleep, at, NULL));
	NOWHERE(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, at, NULL));
	NOWHERE(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL));
	NOWHERE(syscall(SYS_ppoll, &p, 1L, at, NULL, 8L));
	NOWHERE(syscall(SYS_ppoll, &p, 1L, &soon, at, 8L));
	NOWHERE(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &soon, at));
	NOWHERE(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &soon, &pair));
	NOWHERE(syscall(SYS_pselect6, 0, NULL, NULL, NULL, at, &good));
	NOWHERE(syscall(SYS_epoll_pwait, epoll, &event, 1, 1, at, 8L));
	NOWHERE(syscall(SYS_execve, at, none, none));
	NOWHERE(syscall(435 /* clone3 */, at, 64L));
	NOWHERE(execve(at, none, none));
	NOWHERE(execv(at, none));
	NOWHERE(syscall(SYS_execveat, AT_FDCWD, at, none, none, 0));
	NOWHERE(sigprocmask(SIG_BLOCK, NULL, at));
	NOWHERE(sigpending(at));
	NOWHERE(sigsuspend(at));
	NOWHERE(sigwaitinfo(at, NULL));
	NOWHERE(sigtimedwait(at, NULL, &soon));
	NOWHERE(signalfd(-1, at, 0));
	NOWHERE(nanosleep(at, NULL));
	NOWHERE(clock_nanosleep(CLOCK_MONOTONIC, 0, at, NULL));
	NOWHERE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL));
	NOWHERE(ppoll(&p, 1, &soon, at));
	NOWHERE(pselect(0, NULL, NULL, NULL, &soon, at));
	NOWHERE(epoll_pwait(epoll, &event, 1, 1, at));
	close(epoll);
}

static void nowhere(void) {
	for (int i = 0; i < 4; i++)
		nowhere_at(i & 1 ? (void *)-1 : (void *)8, i & 2);
	static char *const none[] = {NULL};
	static void *volatile null;
	bool due = false;
	NOWHERE(execve(null, none, none));
	NOWHERE(sigpending(null));
	NOWHERE(sigsuspend(null));
	NOWHERE(nanosleep(null, NULL));
	void *closed = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NOWHERE(syscall(SYS_rt_sigprocmask, ~0, closed, NULL, 8L));
	NOWHERE(syscall(SYS_rt_sigprocmask, SIG_SETMASK, closed, NULL, 8L));
	NOWHERE(sigpending(closed));
	say("blocked [%s]", mask_text());
}

/* Free ones, and one that another thread holds. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t held;
static void *holds(void *unused) {
	pthread_mutex_lock(&mutex);
	held = 1;
	raw_sleep(50);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void locks(void) {
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
	struct timespec far = {INT32_MAX, 0};
	mtx_t other;
	check(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
	check(pthread_mutex_timedlock(&mutex, &far) == 0 && pthread_mutex_unlock(&mutex) == 0);
	check(pthread_rwlock_rdlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0);
	check(mtx_init(&other, mtx_plain) == thrd_success && mtx_lock(&other) == thrd_success && mtx_unlock(&other) == thrd_success);
	pthread_t holder = thread(holds, NULL);
	spin(&held, 5000);
	raw_raise(SIGUSR1);
	check(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0 && runs == 1);
	pthread_join(holder, NULL);
}

/* What another object has of them is called, and ends as libc's own does. */
#define SAID(what) said(#what, (errno = 0, runs = 0, (long)(what)))
static void said(const char *call, long r) { say("%s: %ld %s runs %d", call, r, errno ? strerror(errno) : "-", (int)runs); }

static void arrives(void) {
	struct itimerval soon = {{0, 0}, {0, 10000}};
	raw(SYS_setitimer, ITIMER_REAL, (long)&soon, 0, 0);
}

static void numbers_behind(void) {
	int number = 300;
	SAID(dup2(1, number));
	SAID(dup3(1, number + 1, O_CLOEXEC));
	SAID(fcntl(number, F_GETFD));
	SAID(fcntl(number + 1, F_SETFD, 0));
	SAID(close(number));
	SAID(close(number));
	SAID(close_range(number + 1, number + 1, 0));
	SAID((closefrom(number), 0));
}

static void waits_behind(void) {
	struct timespec second = {100, 0};
	struct pollfd p = {-1, POLLIN, 0};
	struct epoll_event event;
	int epoll = epoll_create1(0);
	sigset_t none = set_of(0, 0);
	on(SIGALRM, count, SA_RESTART);
	SAID((arrives(), nanosleep(&second, NULL)));
	SAID((arrives(), clock_nanosleep(CLOCK_MONOTONIC, 0, &second, NULL)));
	SAID((arrives(), sleep(100)));
	SAID((arrives(), usleep(100000000)));
	mask_one(SIG_BLOCK, SIGALRM);
	SAID((arrives(), ppoll(&p, 1, NULL, &none)));
	SAID((arrives(), pselect(0, NULL, NULL, NULL, NULL, &none)));
	SAID((arrives(), epoll_pwait(epoll, &event, 1, -1, &none)));
	mask_one(SIG_UNBLOCK, SIGALRM);
	raw(SYS_close, epoll, 0, 0, 0);
}

static const char *program;
static void exec_by(int name) {
	static char *const arguments[] = {"show", "child", NULL};
	switch (name) {
	case 0: execve(program, arguments, environ); break;
	case 1: execv(program, arguments); break;
	case 2: execvp(program, arguments); break;
	case 3: execvpe(program, arguments, environ); break;
	default: fexecve((int)raw(SYS_openat, AT_FDCWD, (long)program, O_RDONLY, 0), arguments, environ);
	}
}

/* With a handler due, and the mask of the program; one that fails changes nothing. */
static void execs_behind(void) {
	mask_one(SIG_BLOCK, SIGUSR2);
	for (int name = 0; name < 5; name++) {
		pid_t child = fork();
		if (child == 0) {
			raw_raise(SIGUSR1);
			exec_by(name);
			_exit(1);
		}
		waitpid(child, NULL, 0);
	}
	pid_t child = vfork();
	if (child == 0) {
		exec_by(0);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	program = "/nowhere";
	for (int name = 0; name < 4; name++) {
		runs = 0;
		raw_raise(SIGUSR1);
		exec_by(name);
		said("fails", name);
		check(is(kernel_mask_text(), "12"));
	}
	raw_raise(SIGUSR1);
	safe_point();
	check(is(kernel_mask_text(), "12"));
}

static void behind(void) {
	numbers_behind();
	waits_behind();
	execs_behind();
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"owner", owner},
	{"open", opened},
	{"close-cancelled", cancelled},
	{"nowhere", nowhere},
	{"locks", locks},
	{"behind", behind},
};

int main(int argc, char **argv) {
	char show[1024] = "";
	(void)!readlink("/proc/self/exe", show, sizeof show - 8);
	strcpy(strrchr(show, '/') + 1, "show");
	program = show;
	on(SIGUSR1, count, 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (argc > 1 && is(argv[1], cases[i].name))
			cases[i].run();
	return verdict();
}
