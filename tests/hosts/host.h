/* host.h: what the test hosts share: output and clock that are no libc call (so no safe point), and a verdict.
 * Nothing of sigtame is used here; a host must compile and run without it. */
#ifndef HOST_H
#define HOST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A system call that no preloaded library sees. */
static inline long raw(long nr, long a, long b, long c, long d) {
#if defined __x86_64__ && !defined __ILP32__
	long result;
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall" : "=a"(result) : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return result;
#elif defined __i386__
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return result;
#elif defined __aarch64__
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory", "cc");
	return x0;
#else
	long result = syscall(nr, a, b, c, d);
	return result < 0 ? -errno : result;
#endif
}

static inline pid_t raw_getpid(void) { return (pid_t)raw(SYS_getpid, 0, 0, 0, 0); }
static inline pid_t raw_gettid(void) { return (pid_t)raw(SYS_gettid, 0, 0, 0, 0); }
static inline long raw_kill(pid_t pid, int sig) { return raw(SYS_kill, pid, sig, 0, 0); }

/* A signal to the calling thread, without a libc call: natively its handler has run when this returns. */
static inline void raw_raise(int sig) { raw(SYS_tgkill, raw_getpid(), raw_gettid(), sig, 0); }

/* As sigqueue, but 0 or -errno. */
static inline long raw_queue(pid_t pid, int sig, int value) {
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_pid = raw_getpid();
	info.si_value.sival_int = value;
	return raw(SYS_rt_sigqueueinfo, pid, sig, (long)&info, 0);
}

/* One line at once, by a raw write: async-signal-safe, as far as vsnprintf of numbers and strings is. */
__attribute__((format(printf, 1, 2), unused)) static void say(const char *format, ...) {
	char line[1024];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	line[n++] = '\n';
	raw(SYS_write, 1, (long)line, n, 0);
}

static int failures;

/* Says what does not hold. */
#define check(what) ((what) ? (void)0 : (void)(failures++, say("not: %s", #what)))
/* Says a case by name, too. */
#define check_case(name, what) ((what) ? (void)0 : (void)(failures++, say("%s: not: %s", name, #what)))

__attribute__((unused)) static int verdict(void) {
	if (!failures)
		say("ok");
	return failures != 0;
}

static inline int64_t now_ms(void) {
	struct timespec t;
	raw(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0, 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void compute(void) {
	for (volatile int i = 0; i < 2000; i++)
		;
}

/* Computes, without a libc call, for so long or until *stop is set. True if it was. */
__attribute__((unused)) static bool spin(const volatile sig_atomic_t *stop, int64_t ms) {
	for (int64_t end = now_ms() + ms; now_ms() < end;) {
		if (stop && *stop)
			return true;
		compute();
	}
	return stop && *stop;
}

/* The kernel's queue is bounded for a user, and other programs fill it too: where this one may, it becomes a user of its own. */
__attribute__((unused)) static void own_queue(void) {
	long own = 100000 + raw(SYS_getpid, 0, 0, 0, 0);
	raw(SYS_setresuid, own, own, own, 0);
}

/* Sleeps without a libc call, whatever interrupts it. */
__attribute__((unused)) static void raw_sleep(int64_t ms) {
	for (int64_t end = now_ms() + ms; now_ms() < end;) {
		struct timespec t = {0, 1000000};
		raw(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, (long)&t, 0);
	}
}

/* Until a thread, of this program or another, sleeps in a call, for what goes to it to meet that call on a busy machine, too. */
__attribute__((unused)) static void await_asleep(pid_t tid) {
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)tid);
	for (int looks = 0; looks < 4;) {
		raw_sleep(5);
		int fd = (int)raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
		long n = raw(SYS_read, fd, (long)line, sizeof line - 1, 0);
		raw(SYS_close, fd, 0, 0, 0);
		line[n > 0 ? n : 0] = 0;
		const char *name_ends = strrchr(line, ')');
		looks = name_ends && name_ends[2] == 'S' ? looks + 1 : 0;
	}
}

/* A call that does nothing but be one. */
__attribute__((unused)) static void safe_point(void) { (void)!write(-1, "", 0); }

/* Sets a handler; no SA_SIGINFO needed for three arguments on Linux, but asked for here. */
__attribute__((unused)) static void on(int sig, void (*handler)(int), int flags) {
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = handler;
	action.sa_flags = flags;
	if (sigaction(sig, &action, NULL))
		say("sigaction %d: %s", sig, strerror(errno));
}

__attribute__((unused)) static void on_info(int sig, void (*handler)(int, siginfo_t *, void *), int flags) {
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = handler;
	action.sa_flags = flags | SA_SIGINFO;
	if (sigaction(sig, &action, NULL))
		say("sigaction %d: %s", sig, strerror(errno));
}

__attribute__((unused)) static sigset_t set_of(int a, int b) {
	sigset_t set;
	sigemptyset(&set);
	if (a)
		sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

__attribute__((unused)) static void mask_one(int how, int sig) {
	sigset_t set = set_of(sig, 0);
	pthread_sigmask(how, &set, NULL);
}

/* The signals of a set as "10 12", into one of four turns of a static text. */
__attribute__((unused)) static const char *text_of(const sigset_t *set) {
	static char texts[4][256];
	static unsigned turn;
	char *text = texts[turn++ % 4], *end = text;
	*text = 0;
	for (int sig = 1; sig <= 64; sig++)
		if (((const unsigned long *)set)[(sig - 1) / (8 * sizeof(long))] >> ((sig - 1) % (8 * sizeof(long))) & 1)
			end += sprintf(end, "%s%d", end == text ? "" : " ", sig);
	return text;
}

/* The mask as libc shows it. */
__attribute__((unused)) static const char *mask_text(void) {
	sigset_t set;
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	return text_of(&set);
}

/* The kernel's word on this thread's mask, past any library. */
__attribute__((unused)) static const char *kernel_mask_text(void) {
	uint64_t bits = 0;
	sigset_t set;
	raw(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&bits, 8);
	sigemptyset(&set);
	memcpy(&set, &bits, sizeof bits);
	return text_of(&set);
}

/* Memory that a forked child shares. */
__attribute__((unused)) static void *shared(size_t size) {
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* "exit 0", "signal 15". */
__attribute__((unused)) static const char *status_text(int status) {
	static char text[32];
	if (WIFSIGNALED(status))
		sprintf(text, "signal %d", WTERMSIG(status));
	else
		sprintf(text, "exit %d", WEXITSTATUS(status));
	return text;
}

__attribute__((unused)) static bool is(const char *text, const char *other) { return text && strcmp(text, other) == 0; }

__attribute__((unused)) static pthread_t thread(void *(*run)(void *), void *argument) {
	pthread_t id;
	int error = pthread_create(&id, NULL, run, argument);
	if (error)
		say("pthread_create: %s", strerror(error));
	return id;
}

#endif
