/* on_wait.c: waits that are not one system call with their own arguments.
 * Called by interpose. Async-signal-safe where POSIX says so. */
#include "on.h"

#include "arch/arch.h"
#include "deadline.h"
#include "next.h"
#include "region.h"
#include <errno.h>

#define R (CALL_WAITS | CALL_RESTARTS | CALL_CANCEL)
#define N (CALL_WAITS | CALL_CANCEL)

static const struct call nanosleep_call = {SYS_nanosleep, N | CALL_TS | CALL_REM | CALL_TIMEOUT(0), NEXT_nanosleep, false, false};
static const struct call clock_nanosleep_call = {SYS_clock_nanosleep, N | CALL_TS | CALL_REM | CALL_TIMEOUT(2), NEXT_clock_nanosleep, false, false};
static const struct call clock_nanosleep_until = {SYS_clock_nanosleep, N | CALL_UNTIL | CALL_TIMEOUT(2), NEXT_clock_nanosleep, false, false};
static const struct call lock_call = {SYS_fcntl, R, NEXT_fcntl, false, false};
static const struct call fcntl_call = {SYS_fcntl, 0, NEXT_fcntl, false, false};

static const struct call read_call = {SYS_read, R, NEXT_read, false, false};
static const struct call write_call = {SYS_write, R, NEXT_write, false, false};

static long system_call(const struct call *c, const void *caller, long a, long b, long d, long e) {
	long args[6] = {a, b, d, e};
	return safepoint_system_call(c, caller, STUB_NOT_MADE, args, NULL);
}

/* ---- An eventfd's own calls. ---- */

int on_eventfd_read(int fd, eventfd_t *value) {
	return safepoint_call(&read_call, CALLER, STUB_NOT_MADE, fd, (long)value, sizeof *value, 0, 0, 0) == sizeof *value ? 0 : -1;
}
int on_eventfd_write(int fd, eventfd_t value) {
	return safepoint_call(&write_call, CALLER, STUB_NOT_MADE, fd, (long)&value, sizeof value, 0, 0, 0) == sizeof value ? 0 : -1;
}

/* ---- Sleeping. ---- */

#define CPU_CLOCK_OF_PROCESS (-6) /* what the kernel calls CLOCK_PROCESS_CPUTIME_ID of the caller */

static int sleep_for(const struct timespec *time, struct timespec *left, const void *caller) {
	long r = system_call(&nanosleep_call, caller, (long)time, (long)left, 0, 0);
	if (r == 0)
		return 0;
	errno = (int)-r;
	return -1;
}

int on_nanosleep(const struct timespec *time, struct timespec *left) { return sleep_for(time, left, CALLER); }
int on___nanosleep(const struct timespec *time, struct timespec *left) { return sleep_for(time, left, CALLER); }

int on_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return EINVAL;
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		clock = CPU_CLOCK_OF_PROCESS;
	bool monotonic = clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME;
	const struct call *c = (flags & TIMER_ABSTIME) || !monotonic ? &clock_nanosleep_until : &clock_nanosleep_call;
	return (int)-system_call(c, CALLER, clock, flags, (long)time, (long)left);
}

unsigned on_sleep(unsigned seconds) {
	struct timespec time = {seconds, 0};
	long r = system_call(&nanosleep_call, CALLER, (long)&time, (long)&time, 0, 0);
	if (r == 0)
		return 0;
	errno = (int)-r;
	return (unsigned)time.tv_sec;
}

int on_usleep(useconds_t us) {
	struct timespec time = {us / 1000000, us % 1000000 * 1000L};
	return sleep_for(&time, NULL, CALLER);
}

int on_thrd_sleep(const struct timespec *time, struct timespec *left) {
	long r = system_call(&nanosleep_call, CALLER, (long)time, (long)left, 0, 0);
	return r == 0 ? 0 : r == -EINTR ? -1 : -2;
}

/* ---- Semaphores: the C library waits, in a futex. ---- */

/* Whether a wait that ended with EINTR is made again: only a doorbell ended it, or RETRY says so. */
static bool goes_on_after(const struct region *g) {
	unsigned ran = self.ran | g->ran;
	return ran ? !(ran & RAN_NO_RETRY) : self.rung;
}
static bool again(const struct region *g, int r) { return r != 0 && errno == EINTR && goes_on_after(g); }

#define SEM_WAIT(kind, call)                        \
	int r;                                      \
	bool goes_on;                               \
	do {                                        \
		struct region g REGION_SCOPE;       \
		region_enter(&g, kind, CALLER);     \
		self.rung = false;                  \
		r = call;                           \
		goes_on = again(&g, r);             \
	} while (goes_on);                          \
	return r

#define SEM (CALL_FUTEX | CALL_EINTR)

int on_sem_wait(sem_t *sem) { SEM_WAIT(SEM | CALL_NAMED(NEXT_sem_wait), NEXT(sem_wait)(sem)); }
int on_sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
	SEM_WAIT(SEM | CALL_NO_RESTART | CALL_NAMED(NEXT_sem_timedwait), NEXT(sem_timedwait)(sem, until));
}
int on_sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict until) {
	SEM_WAIT(SEM | CALL_NO_RESTART | CALL_NAMED(NEXT_sem_clockwait), NEXT(sem_clockwait)(sem, clock, until));
}

/* ---- Asynchronous calls: a timeout is the time from now. ---- */

static struct timespec left_until(int64_t end) {
	int64_t ns = end - deadline_now_ns();
	ns = ns < 0 ? 0 : ns;
	return (struct timespec){ns / 1000000000, ns % 1000000000};
}

#define SUSPEND(name, list_of, interrupted)                                                              \
	int on_##name(const struct list_of *const list[], int n, const struct timespec *timeout) {       \
		int64_t end = timeout ? deadline_now_ns() + timeout->tv_sec * INT64_C(1000000000) + timeout->tv_nsec : 0; \
		int r;                                                                                   \
		bool goes_on;                                                                            \
		do {                                                                                     \
			struct timespec left = left_until(end);                                          \
			struct region g REGION_SCOPE;                                                    \
			region_enter(&g, (timeout ? SEM | CALL_NO_RESTART : SEM) | CALL_NAMED(NEXT_##name), CALLER);               \
			self.rung = false;                                                               \
			r = NEXT(name)(list, n, timeout ? &left : NULL);                                 \
			goes_on = (interrupted) && goes_on_after(&g);                                    \
		} while (goes_on);                                                                       \
		return r;                                                                                \
	}
SUSPEND(aio_suspend, aiocb, r != 0 && errno == EINTR)
SUSPEND(aio_suspend64, aiocb64, r != 0 && errno == EINTR)
SUSPEND(gai_suspend, gaicb, r == EAI_INTR)

/* ---- Locks on files. ---- */

static bool waits(int command) { return command == F_SETLKW || command == F_OFD_SETLKW; }

/* A process group is a negative number, which would be taken for an error: it is asked for in a structure, as libc does. */
static int owner_of(int fd, const void *caller) {
	struct f_owner_ex owner;
	long r = system_call(&fcntl_call, caller, fd, F_GETOWN_EX, (long)&owner, 0);
	if (r == 0)
		return owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid;
	errno = (int)-r;
	return -1;
}

int on_fcntl(int fd, int command, long arg) {
	if (command == F_GETOWN)
		return owner_of(fd, CALLER);
	long r = system_call(waits(command) ? &lock_call : &fcntl_call, CALLER, fd, command, arg, 0);
	if (r >= 0)
		return (int)r;
	errno = (int)-r;
	return -1;
}

/* F_TEST is no waiter: libc's own does it. */
int on_lockf64(int fd, int command, off64_t n) {
	struct flock64 lock = {.l_type = command == F_ULOCK ? F_UNLCK : F_WRLCK, .l_whence = SEEK_CUR, .l_len = n};
	if (command == F_TEST || command < F_ULOCK || command > F_TEST)
		return NEXT(lockf64)(fd, command, n);
	return on_fcntl(fd, command == F_LOCK ? F_SETLKW : F_SETLK, (long)&lock);
}
int on_lockf(int fd, int command, off_t n) { return on_lockf64(fd, command, n); }

/* ---- A fortified name: libc's own says what is wrong. ---- */

int on___ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask, size_t room) {
	return room / sizeof *fds < n ? NEXT(__ppoll_chk)(fds, n, timeout, mask, room) : on_ppoll(fds, n, timeout, mask);
}
