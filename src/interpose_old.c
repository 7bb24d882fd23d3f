/* interpose_old.c: older versions of rows of calls.def, on x86-64, where they are other code: a program that was linked with
 * one gets that one. What has no version here or in src/arch/x86_64/libsigtame.map goes on to libc.
 * Async-signal-safe where the function itself is. */
#include "interpose.h"

#include "on.h"
#include "symbol.h"

#if defined __has_attribute && __has_attribute(symver)
#define AT_VERSION(name, version) __attribute__((symver(#name "@" version)))
#else
#define AT_VERSION(name, version) __attribute__((used))
__asm__(".symver posix_spawn_shell, posix_spawn@GLIBC_2.2.5");
__asm__(".symver posix_spawnp_shell, posix_spawnp@GLIBC_2.2.5");
__asm__(".symver timer_settime_long, timer_settime@GLIBC_2.3.3");
__asm__(".symver timer_delete_long, timer_delete@GLIBC_2.3.3");
#endif

/* Where the kernel does not know the file, the shell is tried. */
#define SPAWN(old, name)                                                                                             \
	AT_VERSION(name, "GLIBC_2.2.5")                                                                                 \
	EXPORT int old(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,                      \
	               const posix_spawnattr_t *attr, char *const argv[], char *const envp[]) {                      \
		__typeof__(name) *next = (__typeof__(name) *)symbol_behind(#name, SYMBOL_OLD);                         \
		if (ENTERS_INERT(#name))                                                                             \
			return next(pid, path, actions, attr, argv, envp);                                           \
		return on_spawn(next, pid, path, actions, attr, argv, envp);                                         \
	}
SPAWN(posix_spawn_shell, posix_spawn)
SPAWN(posix_spawnp_shell, posix_spawnp)

/* The same as today's: the version before these took a timer for a number, and goes on to libc. */
AT_VERSION(timer_settime, "GLIBC_2.3.3")
EXPORT int timer_settime_long(timer_t timer, int flags, const struct itimerspec *value, struct itimerspec *old) {
	return timer_settime(timer, flags, value, old);
}
AT_VERSION(timer_delete, "GLIBC_2.3.3")
EXPORT int timer_delete_long(timer_t timer) { return timer_delete(timer); }
