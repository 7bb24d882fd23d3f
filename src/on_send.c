/* on_send.c: sending. What a thread sends to itself has run before the call returns: the kernel delivers it at the
 * system call's end, where the stub is a safe place. Called by interpose. Async-signal-safe. */
#include "on.h"

#include "arch/arch.h"
#include "disposition.h"
#include "next.h"
#include "safepoint.h"
#include <errno.h>

static const struct call kill_call = {SYS_kill, 0, NEXT_kill, false, false};
static const struct call tgkill_call = {SYS_tgkill, 0, NEXT_tgkill, false, false};
static const struct call sigqueue_call = {SYS_rt_sigqueueinfo, 0, NEXT_sigqueue, false, false};

/* A vfork child is not the process that its memory knows. */
static pid_t process(void) { return (pid_t)raw4(SYS_getpid, 0, 0, 0, 0); }
static pid_t thread(void) { return self.vforked || self.tid == 0 ? (pid_t)raw4(SYS_gettid, 0, 0, 0, 0) : self.tid; }

static bool is_running(const struct thread *t, int sig) {
	for (unsigned i = 0; i < t->records; i++)
		if (t->record[i].kind != RECORD_LIBC && t->record[i].sig == sig)
			return true;
	return false;
}

/* cleanup(); raise(sig): in a handler that was to be reset before it ran, and that PERSIST keeps, this asks for the
 * default action. So it does in the main program after SA_RESETHAND's handler has noted a signal from elsewhere (dd). */
static bool asks_for_default(const struct action *a, int sig) {
	int last = a->marks & MARK_ONESHOT ? disposition_last_run(sig) : RUN_NONE;
	if (last == RUN_NONE)
		return false;
	return is_running(&self, sig) || ((a->marks & MARK_EXPLICIT) && last == RUN_FROM_ELSEWHERE);
}

static void reset_if_asked(int sig) {
	if (sig < 1 || sig > SIGNALS)
		return;
	if (likely(disposition_last_run(sig) == RUN_NONE))
		return;
	struct action a = disposition_get(sig), reset = a;
	if (likely(!asks_for_default(&a, sig)) || !disposition_lock(sig))
		return;
	reset.handler = SIG_DFL;
	reset.marks = 0;
	disposition_kernel_reset(sig, &reset);
	disposition_set(sig, &reset);
	disposition_unlock(sig);
	if (a.marks & MARK_NODEFER) {
		sigbits own = SIGBIT(sig);
		raw4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&own, 0, sizeof own);
	}
}

static bool is_private(int sig) { return sig > 0 && sig <= SIGNALS && (SIGBITS_LIBC & SIGBIT(sig)); }

/* By its number, or with its group; kill(-1) spares who calls it. */
static bool is_among(pid_t pid) {
	return (pid == thread_process && pid > 0) || pid == 0 || (pid < -1 && -pid == raw4(SYS_getpgid, 0, 0, 0, 0));
}

/* Sent, and if it has run, in the frame, there is nothing else to do. */
static inline bool is_done(long r) {
	if (unlikely(r != 0) || unlikely(self.due & ~DUE_RAN))
		return false;
	safepoint_take_ran(&self);
	return true;
}

int on_kill(pid_t pid, int sig) {
	if (is_among(pid))
		reset_if_asked(sig);
	long r = stub2(&self.due, SYS_kill, pid, sig);
	if (likely(is_done(r)))
		return 0;
	return (int)safepoint_call(&kill_call, CALLER, r, pid, sig, 0, 0, 0, 0);
}

int on_killpg(pid_t pgrp, int sig) {
	if (pgrp < 0) {
		errno = EINVAL;
		return -1;
	}
	return on_kill(-pgrp, sig);
}

/* In the frame of who calls it, so that the place says raise or tgkill. */
static inline __attribute__((always_inline)) int to_thread(pid_t pid, pid_t tid, int sig, const void *caller) {
	if (tid == thread())
		reset_if_asked(sig);
	long r = stub3(&self.due, SYS_tgkill, pid, tid, sig);
	if (likely(is_done(r)))
		return 0;
	return (int)safepoint_call(&tgkill_call, caller, r, pid, tid, sig, 0, 0, 0);
}

int on_tgkill(pid_t pid, pid_t tid, int sig) { return to_thread(pid, tid, sig, CALLER); }

int on_raise(int sig) {
	if (is_private(sig)) {
		errno = EINVAL;
		return -1;
	}
	return to_thread(process(), thread(), sig, CALLER);
}
int on_gsignal(int sig) { return on_raise(sig); }

int on_pthread_kill(pthread_t to, int sig) {
	if (to != pthread_self()) {
		on_safe_point(CALLER);
		return NEXT(pthread_kill)(to, sig);
	}
	int saved_errno = errno, r = on_raise(sig) == 0 ? 0 : errno;
	errno = saved_errno;
	return r;
}

int on_sigqueue(pid_t pid, int sig, const union sigval value) {
	siginfo_t info = {.si_signo = sig, .si_code = SI_QUEUE};
	info.si_pid = process();
	info.si_uid = (uid_t)raw4(SYS_getuid, 0, 0, 0, 0);
	info.si_value = value;
	if (pid == info.si_pid)
		reset_if_asked(sig);
	long r = stub3(&self.due, SYS_rt_sigqueueinfo, pid, sig, (long)&info);
	if (likely(is_done(r)))
		return 0;
	return (int)safepoint_call(&sigqueue_call, CALLER, r, pid, sig, (long)&info, 0, 0, 0);
}
