/* on.h: what the interposed functions mean, by family: on_<name>() for each CALL, PLAIN or EXEC row of calls.def.
 * Called by interpose alone, in any thread. Each returns as the C function does, with errno.
 * Async-signal-safe where POSIX says so of the function itself. */
#ifndef SIGTAME_ON_H
#define SIGTAME_ON_H

#include "base.h"
#include "calls.h"
#include "deadline.h"
#include "safepoint.h"

/* Some rows are deprecated; they are what old programs call. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define CALL(ret, name, params, args) \
	ret on_##name params;         \
	ret name params;
#include "rows.h"

/* PLAIN and EXEC rows whose call goes to another preload: our part of it, first. */
void on_closing(unsigned first, unsigned last);
void on_closing_range(unsigned first, unsigned last, int flags);
void on_taking(int from, int to, int flags);
struct wait_behind {
	sigbits mask;
};
void on_wait_begins(struct wait_behind *, const sigset_t *mask);
void on_wait_ends(struct wait_behind *);
#define WAITS_UNDER(mask) struct wait_behind w __attribute__((cleanup(on_wait_ends))); on_wait_begins(&w, mask)
struct exec_behind {
	unsigned records;
	bool begun;
};
void on_exec_begins(struct exec_behind *, const char *path, const void *caller);
void on_exec_failed(struct exec_behind *); /* if it has begun */
#define EXEC_SCOPE __attribute__((cleanup(on_exec_failed)))

/* BYHAND rows that are not of C's usual shape. */
void on_longjmp(jmp_buf env, int value, void (*next)(jmp_buf, int)) __attribute__((noreturn));
void on_prepare_jump(void); /* before libc saves the mask: sigsetjmp, getcontext */
int on_fcntl(int fd, int command, long arg);
int on_clone(int (*run)(void *), void *stack, int flags, void *arg, pid_t *parent_tid, void *tls, pid_t *child_tid);
/* A system call by number. False: it is none of ours, nothing has been done. Else *result is what syscall() returns, with errno. */
bool on_syscall(long nr, const long args[6], long *result);
/* The kernel's own, where libc's differ: -errno. */
long on_raw_fork(long nr, const long args[6]);
bool on_raw_clone(long nr, const long args[6], long *result); /* false: as on_syscall */
int on_raw_sigaction(int sig, const struct sigaction *act, struct sigaction *old); /* as sigaction */
long on_raw_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout);
long on_raw_masked(const struct call *, long args[6], int mask_arg, const sigset_t *mask);
long on_raw_masked_pair(const struct call *, long args[6]);
int on_exec(const char *path, char *const argv[], char *const envp[]);
int on_spawn(__typeof__(posix_spawn) *next, pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
             const posix_spawnattr_t *attr, char *const argv[], char *const envp[]);
int on_start_main(int argc, char **argv, char **envp);
extern int (*on_main)(int, char **, char **);

/* The entry, or the return, of a call that has none of its own. */
static inline __attribute__((always_inline)) void on_safe_point(const void *caller) {
	if (unlikely(due_get(&self)))
		safepoint_run(&self, THREAD_SP(), caller);
}

/* Signals that the host may not see: the C library's, and the reserved one. */
static inline sigbits on_private_signals(void) { return SIGBITS_LIBC | (deadline_signal ? SIGBIT(deadline_signal) : 0); }
/* The mask that main has by its own doing, for the threads that look. */
void on_mask_published(sigbits host);
void on_mask_publish(int how, sigbits set);
/* This thread ends by the bare system call. */
void on_thread_exits(void);
void on_expect_main_end(void); /* a call that may bring it about */

#endif
