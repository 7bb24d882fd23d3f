/* wakeup.c: see wakeup.h. A write counts itself in before it looks at the fd, and a closing waits until none is
 * under way: no byte can go to a number that has been given away. Async-signal-safe. */
#include "wakeup.h"

#include "arch/arch.h"
#include "report.h"
#include "thread.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/kcmp.h>

/* NONE, or TAKEN: another file has its number, and of ours only the twin is left. */
enum { NONE = -1, TAKEN = -2 };
static int wakeup_fd = NONE;
static int writers;
static int twin = -1; /* an eventfd's private duplicate: all anonymous inodes look alike */
static bool is_eventfd, warn_full;
static dev_t device;
static ino_t inode;
unsigned wakeup_lost;

/* An anonymous inode, which is of no kind, and for which no bytes at all are too few: an eventfd, or what takes no bytes. */
static bool refuses_nothing(int fd) {
	struct stat st;
	return raw4(SYS_fstat, fd, (long)&st, 0, 0) == 0 && (st.st_mode & S_IFMT) == 0 && raw4(SYS_write, fd, (long)&st, 0, 0) == -EINVAL;
}

/* Only an eventfd takes eight bytes and refuses one with EINVAL; /proc, where it is mounted, says its name. */
static bool looks_like_eventfd(int fd) {
	char path[] = "/proc/self/fd/0000000000", link[64];
	char *end = path + sizeof path - 1;
	int rest = fd;
	do
		*--end = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	memmove(path + 14, end, (size_t)(path + sizeof path - end));
	long n = raw4(SYS_readlink, (long)path, (long)link, sizeof link, 0);
	static const char name[] = "anon_inode:[eventfd]";
	if (n < 0)
		return refuses_nothing(fd);
	return n == sizeof name - 1 && memcmp(link, name, sizeof name - 1) == 0;
}

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY (1024 + 3) /* Linux 6.10 */
#endif

/* An older kernel has kcmp; where that is not allowed, as in some containers, another eventfd is not told from ours. */
static bool same_eventfd(int fd) {
	long r = raw4(SYS_fcntl, fd, F_DUPFD_QUERY, twin, 0);
	if (likely(r >= 0))
		return r == 1;
	long pid = raw4(SYS_getpid, 0, 0, 0, 0);
	r = raw6(SYS_kcmp, pid, pid, KCMP_FILE, fd, twin, 0);
	return r == 0 || (r < 0 && looks_like_eventfd(fd));
}

static bool same_file(int fd) {
	struct stat st;
	if (is_eventfd)
		return same_eventfd(fd);
	return raw4(SYS_fstat, fd, (long)&st, 0, 0) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* A write that is under way ends before we go on; all signals are blocked while one is (the callers of wakeup_notify see to
 * it), so the one that we wait for is another thread's. */
static void await_writers(void) {
	while (__atomic_load_n(&writers, __ATOMIC_SEQ_CST) > 0)
		raw4(SYS_sched_yield, 0, 0, 0, 0);
}

/* In the old one's place. What has got its number by a way that is not seen is none of ours: it stays open. */
static void set_twin(int fd) {
	int old = __atomic_exchange_n(&twin, fd, __ATOMIC_SEQ_CST);
	if (old < 0)
		return;
	await_writers();
	if (looks_like_eventfd(old))
		raw4(SYS_close, old, 0, 0, 0);
}

/* Out of the way of the numbers that a program counts on, where there are so many. */
static int duplicate(int fd) {
	long n = raw4(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 64, 0);
	return (int)(n >= 0 ? n : raw4(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3, 0));
}

/* The host takes the number of the twin, too: that moves beyond, by leaps, since who closes one number after the other meets it
 * again. Where it cannot, or is so far out, the eventfd is known by its kind alone. */
enum { FAR = 1024 };
static void make_way(unsigned first, unsigned last) {
	int fd = __atomic_load_n(&twin, __ATOMIC_SEQ_CST);
	if (likely(fd < 0) || (unsigned)fd < first || (unsigned)fd > last)
		return;
	long n = last < FAR ? raw4(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 2 * (long)last + 2, 0) : -1;
	set_twin(n >= 0 ? (int)n : -1);
}

static int look_at(int fd, struct stat *st) {
	long flags = raw4(SYS_fcntl, fd, F_GETFL, 0, 0);
	if (flags < 0 || raw4(SYS_fstat, fd, (long)st, 0, 0) != 0)
		return -EBADF;
	if ((flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	return flags & O_NONBLOCK ? 0 : -EINVAL;
}

int wakeup_check(int fd) {
	struct stat st;
	return fd == -1 ? 0 : look_at(fd, &st);
}

int wakeup_set(int fd, bool warn) {
	struct stat st;
	if (fd == -1) {
		wakeup_closing(0, ~0u);
		return 0;
	}
	int r = look_at(fd, &st);
	if (r != 0)
		return r;
	wakeup_closing(0, ~0u);
	device = st.st_dev;
	inode = st.st_ino;
	warn_full = warn;
	is_eventfd = looks_like_eventfd(fd);
	if (is_eventfd)
		set_twin(duplicate(fd));
	raw4(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC, 0);
	__atomic_store_n(&wakeup_fd, fd, __ATOMIC_SEQ_CST);
	return 0;
}

int wakeup_get(void) {
	int fd = __atomic_load_n(&wakeup_fd, __ATOMIC_RELAXED);
	return fd >= 0 ? fd : -1;
}

/* Our own write to a pipe without a reader: its SIGPIPE, which is blocked here, is none of the host's. */
static void swallow_pipe_signal(void) {
	static const struct timespec now;
	sigbits set = SIGBIT(SIGPIPE);
	raw4(SYS_rt_sigtimedwait, (long)&set, 0, (long)&now, sizeof set);
}

static void write_to(int fd, int sig) {
	static const uint64_t one = 1;
	unsigned char byte = (unsigned char)sig;
	long r;
	if (!same_file(fd)) {
		__atomic_store_n(&wakeup_fd, TAKEN, __ATOMIC_SEQ_CST);
		return;
	}
	do
		r = is_eventfd ? raw4(SYS_write, fd, (long)&one, sizeof one, 0) : raw4(SYS_write, fd, (long)&byte, 1, 0);
	while (r == -EINTR);
	if (r == -EAGAIN) {
		__atomic_fetch_add(&wakeup_lost, 1, __ATOMIC_RELAXED);
		due_set(&self, DUE_TELL);
	}
	if (r == -EPIPE)
		swallow_pipe_signal();
}

void wakeup_notify(int sig) {
	if (likely(__atomic_load_n(&wakeup_fd, __ATOMIC_RELAXED) < 0))
		return;
	__atomic_fetch_add(&writers, 1, __ATOMIC_SEQ_CST);
	int fd = __atomic_load_n(&wakeup_fd, __ATOMIC_SEQ_CST);
	if (fd >= 0)
		write_to(fd, sig);
	__atomic_fetch_sub(&writers, 1, __ATOMIC_SEQ_CST);
}

/* The fd is taken away before its writers are waited for: none begins afterwards. */
void wakeup_closing(unsigned first, unsigned last) {
	int fd = __atomic_load_n(&wakeup_fd, __ATOMIC_RELAXED);
	if (likely(fd == NONE))
		return;
	if ((unsigned)fd < first || (unsigned)fd > last) {
		make_way(first, last);
		return;
	}
	__atomic_store_n(&wakeup_fd, NONE, __ATOMIC_SEQ_CST);
	await_writers();
	set_twin(-1);
}

static bool has_room(int fd) {
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	return raw4(SYS_poll, (long)&p, 1, 0, 0) == 1 && (p.revents & POLLOUT);
}

void wakeup_tell(bool at_exit) {
	int fd = wakeup_get();
	if (!at_exit && (fd < 0 || !has_room(fd)))
		return;
	due_clear(&self, DUE_TELL);
	unsigned lost = __atomic_exchange_n(&wakeup_lost, 0, __ATOMIC_RELAXED);
	if (lost > 0 && warn_full)
		report("the wakeup fd was full: ", report_number(lost).text, lost == 1 ? " byte" : " bytes", " lost; its reader is too slow, handlers have run all the same", NULL);
}

void wakeup_child(void) {
	__atomic_store_n(&wakeup_fd, NONE, __ATOMIC_SEQ_CST);
	writers = 0;
	wakeup_lost = 0;
	set_twin(-1);
}
