/* api.c: sigtame.h. Most of it calls the interposed functions, so that a host has one semantics whichever name it calls.
 * Called by the host, in any thread. Async-signal-safe, but for sigtame_default_int_handler, which calls exit. */
#define SIGTAME_LIBRARY
#include "sigtame.h"

#include "arch/arch.h"
#include "calls.h"
#include "deadline.h"
#include "ending.h"
#include "interpose.h"
#include "kernel_action.h"
#include "next.h"
#include "signals.h"
#include "startup.h"
#include "wakeup.h"
#include <errno.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* siginterrupt */

extern int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned flags);

static int fails(int error) {
	errno = error;
	return -1;
}

static sigtame_handler refuses(int error) {
	errno = error;
	return SIG_ERR;
}

static bool is_main(void) { return INERT() ? raw4(SYS_gettid, 0, 0, 0, 0) == raw4(SYS_getpid, 0, 0, 0, 0) : &self == thread_main; }

static bool is_signal(int sig) { return sig >= 1 && sig <= SIGNALS; }

int sigtame_library_active(void) { return !INERT(); }
int sigtame_active(void) { return sigtame_library_active(); }

/* ---- Dispositions. ---- */

static bool is_settable(sigtame_handler h) { return h != SIG_ERR && h != SIG_HOLD && h != SIGTAME_FOREIGN; }

sigtame_handler sigtame_signal(int sig, sigtame_handler handler) {
	struct sigaction act = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	if (!is_main())
		return refuses(EPERM);
	if (!is_signal(sig) || !is_settable(handler))
		return refuses(EINVAL);
	if (!INERT())
		safepoint_run(&self, THREAD_SP(), CALLER);
	sigtame_handler before = sigtame_getsignal(sig);
	if (before == SIG_ERR || sigaction(sig, &act, NULL) != 0)
		return SIG_ERR;
	return before;
}

/* The kernel says who stands there; if that is us, the table says for whom. */
sigtame_handler sigtame_getsignal(int sig) {
	struct kernel_sigaction kernel;
	if (!is_signal(sig) || (SIGBIT(sig) & SIGBITS_LIBC) || sig == deadline_signal)
		return refuses(EINVAL);
	bool inert = INERT();
	kernel_action_get(sig, &kernel);
	if (!inert && kernel_action_is_ours(&kernel)) {
		struct action a = disposition_get(sig);
		return action_is_handler(&a) && (a.marks & MARK_RAW) ? SIGTAME_FOREIGN : a.handler;
	}
	bool plain = kernel.handler == SIG_DFL || kernel.handler == SIG_IGN;
	return plain || inert ? kernel.handler : SIGTAME_FOREIGN;
}

int sigtame_siginterrupt(int sig, int flag) { return siginterrupt(sig, flag); }

void sigtame_default_int_handler(int sig) {
	(void)INERT();
	ending_run(is_signal(sig) ? sig : SIGINT);
}

/* ---- The wakeup fd. ---- */

int sigtame_set_wakeup_fd(int fd, int flags, int *old) {
	bool inert = INERT();
	if (!is_main())
		return fails(EPERM);
	if (flags & ~SIGTAME_NO_WARN)
		return fails(EINVAL);
	if (inert)
		return fails(ENOSYS);
	int before = wakeup_get(), r = wakeup_set(fd, !(flags & SIGTAME_NO_WARN));
	if (r != 0)
		return fails(-r);
	if (old)
		*old = before;
	return 0;
}

/* ---- Sending. ---- */

unsigned sigtame_alarm(unsigned seconds) { return alarm(seconds); }
int sigtame_pause(void) { return pause(); }
int sigtame_raise_signal(int sig) { return raise(sig); }
int sigtame_pthread_kill(pthread_t thread, int sig) { return pthread_kill(thread, sig); }
int sigtame_pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned flags) { return pidfd_send_signal(pidfd, sig, info, flags); }

/* ---- Timers. ---- */

/* Rounded up, to nanoseconds first: 1.1 is 1.1. False: it is no time, or more than there are nanoseconds for. */
static bool to_ns(double seconds, int64_t *ns) {
	double exact = seconds * 1e9;
	if (!(exact >= 0) || exact >= (double)INT64_MAX)
		return false;
	*ns = (int64_t)exact;
	if ((double)*ns < exact)
		++*ns;
	return true;
}

static bool to_timeval(double seconds, struct timeval *out) {
	int64_t ns, us;
	if (!to_ns(seconds, &ns))
		return false;
	us = ns / 1000 + (ns % 1000 > 0);
	*out = (struct timeval){us / 1000000, us % 1000000};
	return true;
}

static double seconds_of(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static struct sigtame_itimer in_seconds(const struct itimerval *v) {
	return (struct sigtame_itimer){seconds_of(v->it_value), seconds_of(v->it_interval)};
}

int sigtame_setitimer(int which, double seconds, double interval, struct sigtame_itimer *old) {
	struct itimerval value, before;
	if (!to_timeval(seconds, &value.it_value) || !to_timeval(interval, &value.it_interval))
		return fails(EINVAL);
	if (setitimer(which, &value, &before) != 0)
		return -1;
	if (old)
		*old = in_seconds(&before);
	return 0;
}

int sigtame_getitimer(int which, struct sigtame_itimer *now) {
	struct itimerval value;
	if (now == NULL)
		return fails(EINVAL);
	if (NEXT(getitimer)((__itimer_which_t)which, &value) != 0)
		return -1;
	*now = in_seconds(&value);
	return 0;
}

/* ---- Masks and waits. ---- */

int sigtame_pthread_sigmask(int how, const sigset_t *set, sigset_t *old) { return pthread_sigmask(how, set, old); }
int sigtame_sigpending(sigset_t *set) { return set ? sigpending(set) : fails(EINVAL); }
int sigtame_sigwait(const sigset_t *set, int *sig) { return set && sig ? sigwait(set, sig) : EINVAL; }

int sigtame_sigwaitinfo(const sigset_t *set, siginfo_t *info) {
	int r;
	if (set == NULL)
		return fails(EINVAL);
	do
		r = sigwaitinfo(set, info);
	while (r == -1 && errno == EINTR);
	return r;
}

static struct timespec left_until(int64_t until_ns) {
	int64_t ns = until_ns - deadline_now_ns();
	ns = ns < 0 ? 0 : ns;
	return (struct timespec){ns / 1000000000, ns % 1000000000};
}

int sigtame_sigtimedwait(const sigset_t *set, siginfo_t *info, double seconds) {
	int64_t ns;
	if (set == NULL || !to_ns(seconds, &ns) || seconds > INT32_MAX)
		return fails(EINVAL);
	struct timespec timeout = {ns / 1000000000, ns % 1000000000};
	int64_t until_ns = deadline_now_ns() + ns;
	int r;
	while ((r = sigtimedwait(set, info, &timeout)) == -1 && errno == EINTR)
		timeout = left_until(until_ns);
	return r;
}

/* ---- Safe points by hand, and none for a while. ---- */

int sigtame_run_pending(void) {
	if (INERT())
		return 0;
	unsigned before = self.runs;
	safepoint_run(&self, THREAD_SP(), CALLER);
	return (int)(self.runs - before);
}

void sigtame_defer_begin(void) {
	if (INERT())
		return;
	self.deferring++;
	due_set(&self, DUE_SECTION);
}

void sigtame_defer_end(void) {
	if (INERT() || self.deferring == 0 || --self.deferring > 0)
		return;
	due_clear(&self, DUE_SECTION);
	safepoint_run(&self, THREAD_SP(), CALLER);
}
