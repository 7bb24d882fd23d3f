/* interpose_byhand.c: the BYHAND rows of calls.def: variadic functions, jumps, the way into main. exec is in interpose_exec.c,
 * what returns twice in arch's entry.S: vfork, __sigsetjmp, setjmp, getcontext. */
#include "interpose.h"

#include "arch/arch.h"
#include "next.h"
#include "objects.h"
#include "on.h"
#include "trace.h"
#include "wakeup.h"
#include <sched.h>

#define R (CALL_WAITS | CALL_RESTARTS | CALL_CANCEL)

/* ---- Opening: the mode is there only if it is used; what is read instead does no harm. ---- */

#define MODE(last)                                        \
	va_list ap;                                       \
	va_start(ap, last);                               \
	mode_t mode = (last & (O_CREAT | __O_TMPFILE)) ? va_arg(ap, mode_t) : 0; \
	va_end(ap)

#define OPEN(name, large)                                                                            \
	static struct call call_##name = {SYS_openat, R, NEXT_##name, false, false};          \
	EXPORT int name(const char *path, int flags, ...) {                                          \
		MODE(flags);                                                                         \
		long r = stub4(&self.due, SYS_openat, AT_FDCWD, (long)path, flags | large, mode);    \
		if (likely(self.due == 0) && likely(r >= 0))                                         \
			return (int)r;                                                               \
		if (r == STUB_NOT_MADE && interpose_passes(&call_##name, CALLER))                            \
			return NEXT(name)(path, flags, mode);                                        \
		return (int)safepoint_call(&call_##name, CALLER, r, AT_FDCWD, (long)path, flags | large, mode, 0, 0); \
	}

#define OPENAT(name, large)                                                                          \
	static struct call call_##name = {SYS_openat, R, NEXT_##name, false, false};          \
	EXPORT int name(int dir, const char *path, int flags, ...) {                                 \
		MODE(flags);                                                                         \
		long r = stub4(&self.due, SYS_openat, dir, (long)path, flags | large, mode);         \
		if (likely(self.due == 0) && likely(r >= 0))                                         \
			return (int)r;                                                               \
		if (r == STUB_NOT_MADE && interpose_passes(&call_##name, CALLER))                            \
			return NEXT(name)(dir, path, flags, mode);                                   \
		return (int)safepoint_call(&call_##name, CALLER, r, dir, (long)path, flags | large, mode, 0, 0); \
	}

extern int __open(const char *path, int flags, ...);
extern int __open64(const char *path, int flags, ...);
#define LARGE (sizeof(long) == 8 ? 0 : 0100000)
OPEN(open, 0)
OPEN(__open, 0)
OPEN(open64, LARGE)
OPEN(__open64, LARGE)
OPENAT(openat, 0)
OPENAT(openat64, LARGE)

/* ---- fcntl, ioctl. ---- */

#define FCNTL(name)                                                         \
	static struct call call_##name = {0, 0, NEXT_##name, false, false}; \
	RARE int behind_##name(int fd, int command, long arg, const void *caller) { \
		IN_REGION(name, CALL_EINTR, (void)0, caller);               \
		return NEXT(name)(fd, command, arg);                        \
	}                                                                   \
	EXPORT int name(int fd, int command, ...) {                         \
		va_list ap;                                                 \
		va_start(ap, command);                                      \
		long arg = va_arg(ap, long);                                \
		va_end(ap);                                                 \
		if (PASSES(call_##name))                                    \
			return behind_##name(fd, command, arg, CALLER);     \
		return on_fcntl(fd, command, arg);                          \
	}
extern int __fcntl(int fd, int command, ...);
FCNTL(fcntl)
FCNTL(fcntl64)
FCNTL(__fcntl)

static struct call call_ioctl = {SYS_ioctl, R & ~CALL_CANCEL, NEXT_ioctl, false, false};

EXPORT int ioctl(int fd, unsigned long request, ...) {
	va_list ap;
	va_start(ap, request);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	long r = stub3(&self.due, SYS_ioctl, fd, (long)request, (long)arg);
	if (likely(self.due == 0) && likely((unsigned long)r <= -4096UL))
		return (int)r;
	if (r == STUB_NOT_MADE && interpose_passes(&call_ioctl, CALLER))
		return NEXT(ioctl)(fd, request, arg);
	return (int)safepoint_call(&call_ioctl, CALLER, r, fd, (long)request, (long)arg, 0, 0, 0);
}

/* ---- Jumps. ---- */

typedef void jump(jmp_buf, int);

#define LONGJMP(name)                                                                        \
	EXPORT void name##_(struct __jmp_buf_tag *env, int value) __asm__(#name);            \
	void name##_(struct __jmp_buf_tag *env, int value) {                                 \
		jump *next = (jump *)next_get(NEXT_##name);                                  \
		if (ENTERS_INERT(#name))                                                                 \
			next(env, value);                                                    \
		else                                                                         \
			on_longjmp(env, value, next);                                        \
		__builtin_unreachable();                                                     \
	}
LONGJMP(longjmp)
LONGJMP(_longjmp)
LONGJMP(siglongjmp)
LONGJMP(__longjmp_chk)

/* ---- The end of the process is a safe point; handlers may run in what exit calls. That of a thread may be main's. ---- */

static void process_ends(uintptr_t sp, const void *caller, int status) {
	safepoint_run(&self, sp, caller);
	if (!self.vforked) /* what was lost is its parent's to tell */
		wakeup_tell(true);
	TRACE(EXIT, 0, .code = status);
}

#define ENDING(name, type, result, prepare) \
	EXPORT void name(type result) {     \
		if (!ENTERS_INERT(#name))   \
			prepare;            \
		NEXT(name)(result);         \
		__builtin_unreachable();    \
	}
ENDING(exit, int, status, process_ends(THREAD_SP(), CALLER, status))
ENDING(_exit, int, status, process_ends(THREAD_SP(), CALLER, status))
ENDING(_Exit, int, status, process_ends(THREAD_SP(), CALLER, status))
ENDING(quick_exit, int, status, process_ends(THREAD_SP(), CALLER, status))
ENDING(abort, void, , process_ends(THREAD_SP(), CALLER, -1))
ENDING(pthread_exit, void *, result, on_expect_main_end())
ENDING(thrd_exit, int, result, on_expect_main_end())

/* ---- sigpause: the name that an old binary imports has BSD's mask. ---- */

EXPORT int bsd_sigpause(int mask) __asm__("sigpause");
int bsd_sigpause(int mask) { return __sigpause(mask, 0); }

/* ---- main. ---- */

typedef int start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

EXPORT start_main __libc_start_main;
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) {
	start_main *next = (start_main *)next_get(NEXT___libc_start_main);
	if (INERT())
		return next(main, argc, argv, init, fini, rtld_fini, stack_end);
	on_main = main;
	return next(on_start_main, argc, argv, init, fini, rtld_fini, stack_end);
}

/* ---- A process by clone; a system call by number. ---- */

#define CLONE(name)                                                                           \
	EXPORT int name(int (*run)(void *), void *stack, int flags, void *arg, ...) {         \
		va_list ap;                                                                   \
		va_start(ap, arg);                                                            \
		pid_t *parent_tid = va_arg(ap, pid_t *);                                      \
		void *tls = va_arg(ap, void *);                                               \
		pid_t *child_tid = va_arg(ap, pid_t *);                                       \
		va_end(ap);                                                                   \
		if (ENTERS_INERT(#name))                                                      \
			return NEXT(name)(run, stack, flags, arg, parent_tid, tls, child_tid); \
		return on_clone(run, stack, flags, arg, parent_tid, tls, child_tid);          \
	}
extern int __clone(int (*run)(void *), void *stack, int flags, void *arg, ...);
CLONE(clone)
CLONE(__clone)

static struct call call_syscall = {0, 0, NEXT_syscall, false, false};

static bool syscall_passes(const void *caller) {
	return (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_passes(&call_syscall, caller)) || objects_may_be_malloc(caller);
}

EXPORT long syscall(long nr, ...) {
	long args[6], r;
	va_list ap;
	va_start(ap, nr);
	for (size_t i = 0; i < ARRAY_LENGTH(args); i++)
		args[i] = va_arg(ap, long);
	va_end(ap);
	if (!syscall_passes(CALLER) && on_syscall(nr, args, &r))
		return r;
	return NEXT(syscall)(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/* ---- Called by entry.S. ---- */

extern const int interpose_index_sigsetjmp, interpose_index_setjmp, interpose_index_getcontext;
const int interpose_index_sigsetjmp = NEXT___sigsetjmp, interpose_index_setjmp = NEXT_setjmp, interpose_index_getcontext = NEXT_getcontext;

__attribute__((visibility("hidden"))) void *interpose_prepare_jump(int next, const void *caller);
void *interpose_prepare_jump(int next, const void *caller) {
	void *f = next_get((enum next_index)next);
	if (!ENTERS_INERT_FROM(next_name((enum next_index)next), caller))
		on_prepare_jump();
	return f;
}

__attribute__((visibility("hidden"))) void interpose_prepare_vfork(const void *caller);
void interpose_prepare_vfork(const void *caller) {
	if (ENTERS_INERT_FROM("vfork", caller))
		return;
	on_prepare_jump();
	trace_in_call(TRACE_FORK, 0, "vfork", (struct trace_record){0});
}
