/* sigtame.h: the functions of Python's signal module, for a C or C++ program that may run with sigtame loaded.
 *
 * Nothing need be linked: the declarations are weak. Ask sigtame_active() first; without the library the other functions are
 * null. With `pkg-config --libs sigtame` the library is part of the program, and they are always there. What clang compiles with
 * -fno-pie does not find them unless it is linked so: sigtame_active() is 0 there.
 *
 * Errors are -1 and errno, but for what POSIX lets return an error number, which does so here too: pthread_kill,
 * pthread_sigmask, sigwait. Where a function of POSIX's stands behind, its errors are passed on besides those named here.
 *
 * When the library is loaded and does nothing (a bad value in the environment, or a profile that changes nothing), these functions
 * work on the plain signals of the system: there is nothing to defer and no wakeup fd.
 *
 * "Main" is the thread that entered main; in a fork child the one that forked. Each function says where it may be called:
 *   threads   any thread, or main alone
 *   handlers  whether a signal handler may call it; a deferred handler runs at a safe point and may call all of them
 *   follows   the part of Python's signal module, or of POSIX, that it is like */
#ifndef SIGTAME_H
#define SIGTAME_H

#include <signal.h>
/* pthread_t, siginfo_t, sigset_t: a strict -std=c99 leaves them out of signal.h. */
#include <bits/pthreadtypes.h>
#include <bits/types/siginfo_t.h>
#include <bits/types/sigset_t.h>
#include <sys/time.h> /* ITIMER_REAL and its like */

#ifdef SIGTAME_LIBRARY
#define SIGTAME_API __attribute__((__visibility__("default")))
#elif defined __GNUC__ && !defined __clang__
#define SIGTAME_API __attribute__((__weak__, __noplt__)) /* else a program that is not position-independent never finds them */
#else
#define SIGTAME_API __attribute__((__weak__))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*sigtame_handler)(int);

/* What sigtame_getsignal returns for a handler that was not set through the C library: a raw system call's. */
#define SIGTAME_FOREIGN ((sigtame_handler)-2)

/* Seconds. interval 0: it expires once. seconds 0: it is not armed. */
struct sigtame_itimer {
	double seconds, interval;
};

/* Whether the library is loaded and does something: 1 or 0. sigtame_active() may be called without the library; it asks the
 * other, which may not. Threads: any. Handlers: yes. */
SIGTAME_API int sigtame_library_active(void);
#ifdef SIGTAME_LIBRARY
SIGTAME_API int sigtame_active(void); /* for who looks it up by name */
#else
static inline int sigtame_active(void) { return sigtame_library_active != 0 ? sigtame_library_active() : 0; }
#endif

/* Set a handler, SIG_DFL or SIG_IGN; what is due runs first, with the old one. The handler stays, its own signal is blocked while
 * it runs, it uses the alternate stack if there is one, and calls that it interrupts are not restarted (sigtame_siginterrupt).
 * Returns what stood there before, as sigtame_getsignal does; SIG_ERR and errno:
 *   EPERM   not main; this is looked at first
 *   EINVAL  no such signal, one that cannot be set (KILL, STOP, the C library's own, the reserved one), or no handler
 * Threads: main. Handlers: yes. Follows signal.signal(). */
SIGTAME_API sigtame_handler sigtame_signal(int sig, sigtame_handler handler);

/* SIG_DFL, SIG_IGN, the handler, or SIGTAME_FOREIGN; SIG_ERR and errno:
 *   EINVAL  no such signal, or one that a program does not see (the C library's own, the reserved one)
 * KILL and STOP are SIG_DFL. Threads: any. Handlers: yes. Follows signal.getsignal(). */
SIGTAME_API sigtame_handler sigtame_getsignal(int sig);

/* Ends the program in order: through exit(3), so that stdio is flushed and atexit functions run, and then by that signal (SIGINT
 * if it is none), which the parent sees. Does not return. It may be set as a handler.
 * Threads: any. Handlers: deferred ones only, as it calls exit. Follows signal.default_int_handler. */
SIGTAME_API void sigtame_default_int_handler(int sig);

/* "SIGINT", "SIGRTMIN", "SIGRTMIN+1"; NULL for what is no signal of a program's. The string is constant.
 * Threads: any. Handlers: yes. Follows signal.Signals(sig).name. */
SIGTAME_API const char *sigtame_signal_name(int sig);

/* "INT", "sigint", "2", "RTMIN+1", "RTMAX-1", "CLD"; -1 if there is none of that name, errno is kept.
 * Threads: any. Handlers: yes. Follows signal.Signals[name]. */
SIGTAME_API int sigtame_signal_number(const char *name);

/* "Interrupt", "Real-time signal 1", without a locale. NULL for one without a description (32, 33), errno kept; NULL and errno:
 *   EINVAL  no such signal
 * The string is constant. Threads: any. Handlers: yes. Follows signal.strsignal(). */
SIGTAME_API const char *sigtame_strsignal(int sig);

/* All signals of this system but the C library's own and the reserved one. 0; -1 and errno:
 *   EINVAL  set is null
 * Threads: any. Handlers: yes. Follows signal.valid_signals(). */
SIGTAME_API int sigtame_valid_signals(sigset_t *set);

/* From now on each run of a handler comes with one byte in fd, the signal's number; an eventfd is added 1 instead. -1: no more.
 * flags: 0 or SIGTAME_NO_WARN: bytes that a full pipe loses are not told on standard error. *old, unless old is null, is the one
 * before, or -1. 0; -1 and errno, and nothing is changed:
 *   EPERM   not main; this is looked at first
 *   EINVAL  unknown flags, or fd is blocking
 *   EBADF   fd is not open, or not for writing; -2 and other negative numbers
 *   ENOSYS  the library does nothing in this process
 * Threads: main. Handlers: yes. Follows signal.set_wakeup_fd(). */
#define SIGTAME_NO_WARN 1
SIGTAME_API int sigtame_set_wakeup_fd(int fd, int flags, int *old);

/* flag 0: calls that this signal's handler interrupts are restarted, as signal(7) says; else they fail with EINTR.
 * The rest of its disposition stays. 0; -1 and errno:
 *   EINVAL  no such signal, or one that cannot be set
 * Threads: any. Handlers: yes. Follows signal.siginterrupt(). */
SIGTAME_API int sigtame_siginterrupt(int sig, int flag);

/* SIGALRM in so many seconds; 0: none. Returns the seconds that were left of the one before, or 0.
 * Threads: any. Handlers: yes. Follows signal.alarm(), alarm(2). */
SIGTAME_API unsigned sigtame_alarm(unsigned seconds);

/* Waits until a handler has run. -1 and EINTR, always.
 * Threads: any. Handlers: yes. Follows signal.pause(), pause(2). */
SIGTAME_API int sigtame_pause(void);

/* Sends the signal to the calling thread; its handler has run when this returns, if it is due here. 0 as signal only asks. 0; -1 and errno:
 *   EINVAL  no such signal
 * Threads: any. Handlers: yes. Follows signal.raise_signal(), raise(3). */
SIGTAME_API int sigtame_raise_signal(int sig);

/* Sends the signal to a thread of this process. 0 or an error number:
 *   EINVAL  no such signal
 *   ESRCH   the thread has ended; from glibc 2.34 on that is 0 until it is joined
 * Threads: any. Handlers: yes. Follows signal.pthread_kill(), pthread_kill(3). */
SIGTAME_API int sigtame_pthread_kill(pthread_t thread, int sig);

/* Sends the signal to a process. info: null, or what sigqueue(3) would say; flags: 0. 0; -1 and errno:
 *   EBADF   pidfd is not one
 *   EINVAL  no such signal, unknown flags, or info that may not be said
 *   EPERM, ESRCH, ENOSYS  as pidfd_send_signal(2)
 * Threads: any. Handlers: yes. Follows signal.pidfd_send_signal(). */
SIGTAME_API int sigtame_pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned flags);

/* Arms a timer: which is ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF. Seconds are rounded up to microseconds; 0 disarms. *old, unless
 * old is null, is what was left before. 0; -1 and errno, and nothing is changed:
 *   EINVAL  negative, NaN, too large, or no such timer
 * Threads: any. Handlers: yes. Follows signal.setitimer(). */
SIGTAME_API int sigtame_setitimer(int which, double seconds, double interval, struct sigtame_itimer *old);

/* What is left of a timer. 0; -1 and errno:
 *   EINVAL  no such timer, or now is null
 * Threads: any. Handlers: yes. Follows signal.getitimer(). */
SIGTAME_API int sigtame_getitimer(int which, struct sigtame_itimer *now);

/* Changes the calling thread's mask; what that unblocks has run when this returns. 0 or an error number:
 *   EINVAL  how is none of SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK
 * Threads: any. Handlers: yes. Follows signal.pthread_sigmask(), pthread_sigmask(3). */
SIGTAME_API int sigtame_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);

/* The signals that are blocked and have come. 0; -1 and errno.
 * Threads: any. Handlers: yes. Follows signal.sigpending(), sigpending(2). */
SIGTAME_API int sigtame_sigpending(sigset_t *set);

/* Waits for one of the set, which the caller blocks; goes on after handlers of others. 0 and *sig, or an error number:
 *   EINVAL  set or sig is null
 * Threads: any. Handlers: yes. Follows signal.sigwait(), sigwait(3). */
SIGTAME_API int sigtame_sigwait(const sigset_t *set, int *sig);

/* Waits for one of the set; goes on after handlers of others. Its number; -1 and errno:
 *   EINVAL  set is null
 * info may be null. Threads: any. Handlers: yes. Follows signal.sigwaitinfo(). */
SIGTAME_API int sigtame_sigwaitinfo(const sigset_t *set, siginfo_t *info);

/* The same for so many seconds at most, rounded up to nanoseconds; after handlers of others it goes on with the time that is left.
 * 0 polls. Its number; -1 and errno:
 *   EAGAIN  none has come
 *   EINVAL  negative, NaN, too large, or set is null
 * Threads: any. Handlers: yes. Follows signal.sigtimedwait(). */
SIGTAME_API int sigtame_sigtimedwait(const sigset_t *set, siginfo_t *info, double seconds);

/* A safe point by hand, for a loop that makes no calls: runs what is due in this thread and says how many handlers ran.
 * None runs in a handler that interrupted an unsafe place, or between sigtame_defer_begin and sigtame_defer_end.
 * Threads: any. Handlers: yes. */
SIGTAME_API int sigtame_run_pending(void);

/* Until the matching end no deferred handler runs in this thread: at no safe point, by no rung, in no wait. Waits go on as if the
 * signals were blocked. Sections nest; sigtame_defer_end of the outermost is a safe point, and one without a begin does nothing.
 * A jump out of a section does not end it; a fork child is in it as its parent was; it ends with its thread.
 * Threads: any. Handlers: yes, each in pairs. */
SIGTAME_API void sigtame_defer_begin(void);
SIGTAME_API void sigtame_defer_end(void);

#ifdef __cplusplus
}
#endif

#undef SIGTAME_API
#endif
