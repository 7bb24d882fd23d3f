/* interpose.c: calls.def as the exported symbols. Each wrapper is one line here and a few instructions there:
 * look, system call, look; the long way only where something is due.
 * Async-signal-safe where the function itself is. */
#include "interpose.h"

#include "arch/arch.h"
#include "inject.h"
#include "next.h"
#include "objects.h"
#include "on.h"
#include "startup.h"
#include <errno.h>

bool interpose_passes(struct call *c, const void *caller) {
	if (self.due & DUE_ATTACH) {
		startup(NULL);
		thread_attach(&self);
	}
	if (startup_inert)
		return true;
	if (inject_armed)
		inject_entry(next_name((enum next_index)c->next), caller);
	if (!startup_preloads)
		return false;
	if (!c->known) {
		c->foreign = !next_is_libc(next_get((enum next_index)c->next));
		c->known = true;
	}
	return c->foreign;
}

bool interpose_is_inert(void) {
	if (self.due & DUE_ATTACH) {
		startup(NULL);
		thread_attach(&self);
	}
	return startup_inert;
}

bool interpose_enters_inert(const char *name, const void *caller) {
	bool inert = interpose_is_inert();
	if (inject_armed)
		inject_entry(name, caller);
	return inert;
}

static __attribute__((noinline, cold)) void enters_lock(const char *name, const void *caller) {
	if (!INERT() && !objects_may_be_malloc(caller))
		inject_lock(name, caller);
}

/* ---- Argument lists: (count, …) as longs, as they are, and filled up to six. ---- */

#define ADDR(a) ((a).__sockaddr__)
#define L(x) (long)(x)
#define STUB_0() stub0(&self.due, NR)
#define STUB_1(a) stub1(&self.due, NR, L(a))
#define STUB_2(a, b) stub2(&self.due, NR, L(a), L(b))
#define STUB_3(a, b, c) stub3(&self.due, NR, L(a), L(b), L(c))
#define STUB_4(a, b, c, d) stub4(&self.due, NR, L(a), L(b), L(c), L(d))
#define STUB_5(a, b, c, d, e) stub5(&self.due, NR, L(a), L(b), L(c), L(d), L(e))
#define STUB_6(a, b, c, d, e, f) stub6(&self.due, NR, L(a), L(b), L(c), L(d), L(e), L(f))
#define SIX_0() 0, 0, 0, 0, 0, 0
#define SIX_1(a) L(a), 0, 0, 0, 0, 0
#define SIX_2(a, b) L(a), L(b), 0, 0, 0, 0
#define SIX_3(a, b, c) L(a), L(b), L(c), 0, 0, 0
#define SIX_4(a, b, c, d) L(a), L(b), L(c), L(d), 0, 0
#define SIX_5(a, b, c, d, e) L(a), L(b), L(c), L(d), L(e), 0
#define SIX_6(a, b, c, d, e, f) L(a), L(b), L(c), L(d), L(e), L(f)
#define PASTE(prefix, n, ...) prefix##n(__VA_ARGS__)
#define STUB(...) PASTE(STUB_, __VA_ARGS__)
#define SIX(...) PASTE(SIX_, __VA_ARGS__)
#define NAMES(n, ...) (__VA_ARGS__)

#define SPREAD(...) __VA_ARGS__

#define SAFEPOINT(ret, name, nr, kind, params, args) SAFEPOINT_AS(ret, name, nr, kind, params, NAMES args, args)

#define SAFEPOINT_AS(ret, name, nr, kind, params, names, args) \
	SAFEPOINT_CHECKED(ret, name, nr, kind, true, params, names, args)

#define SAFEPOINT_CHECKED(ret, name, nr, kind, fits, params, names, args) \
	SAFEPOINT_WITH(ret, name, nr, kind, fits, params, names, args, (const void *caller, long r, SPREAD params), (CALLER, r, SPREAD names))

#define SAFEPOINT_NONE(ret, name, nr, kind) SAFEPOINT_WITH(ret, name, nr, kind, true, (void), (), (0), (const void *caller, long r), (CALLER, r))

#define SAFEPOINT_WITH(ret, name, nr, kind, fits, params, names, args, rest_params, rest_args)  \
	EXPORT ret name params;                                                                 \
	static struct call call_##name = {nr, kind, NEXT_##name, false, false};          \
	RARE ret rest_##name rest_params {                                                      \
		if (r == STUB_NOT_MADE && interpose_passes(&call_##name, caller))               \
			return NEXT(name) names;                                                \
		return (ret)safepoint_call(&call_##name, caller, r, SIX args);                  \
	}                                                                                       \
	EXPORT ret name params {                                                                \
		enum { NR = nr };                                                               \
		if (unlikely(!(fits)))                                                          \
			return NEXT(name) names;                                                \
		long r = STUB args;                                                             \
		if (likely(self.due == 0) && likely((unsigned long)r <= -4096UL))               \
			return (ret)r;                                                          \
		return rest_##name rest_args;                                                   \
	}

#define REGION(ret, name, kind, params, args)                                                   \
	EXPORT ret name params {                                                                \
		if (ENTERS_INERT(#name))                                                        \
			return NEXT(name) args;                                                 \
		struct region g REGION_SCOPE;                                                   \
		region_enter(&g, (kind) | CALL_NAMED(NEXT_##name), CALLER);                     \
		return NEXT(name) args;                                                         \
	}

/* Free: taken at once, if there is a way: an older C library has none where there are no threads. A malloc of the host's own
 * holds its lock where a handler must not run. */
#define LOCK(ret, name, attempt, lock, busy, params, args)                                           \
	EXPORT ret name params {                                                                \
		if (unlikely(inject_armed))                                                     \
			enters_lock(#name, CALLER);                                             \
		__typeof__(attempt) *try = NEXT(attempt);                                       \
		int r = likely(try != NULL) ? try(lock) : busy;                                 \
		if (likely(r != busy))                                                          \
			return r;                                                               \
		if (INERT() || objects_may_be_malloc(CALLER))                                   \
			return NEXT(name) args;                                                 \
		struct region g REGION_SCOPE;                                                   \
		region_enter(&g, CALL_FUTEX | CALL_LOCKS | CALL_NAMED(NEXT_##name), CALLER);    \
		return NEXT(name) args;                                                         \
	}

#define ENTRY(ret, name, params, args)                                                          \
	EXPORT ret name params {                                                                \
		if (unlikely(self.due & (DUE_ATTACH | DUE_PASS)))                               \
			return first_##name args;                                               \
		return on_##name args;                                                          \
	}

#define CALL(ret, name, params, args)                                                           \
	EXPORT ret name params;                                                                 \
	RARE ret first_##name params {                                                          \
		if (interpose_enters_inert(#name, CALLER))                                      \
			return NEXT(name) args;                                                 \
		return on_##name args;                                                          \
	}                                                                                       \
	ENTRY(ret, name, params, args)

/* before: what we do where the one behind us is called in our stead. */
#define CALL_OR_NEXT(ret, name, before, params, args)                                           \
	EXPORT ret name params;                                                                 \
	static struct call call_##name = {0, 0, NEXT_##name, false, false};                     \
	RARE ret first_##name params {                                                          \
		if (!interpose_passes(&call_##name, CALLER))                                    \
			return on_##name args;                                                  \
		before;                                                                         \
		return NEXT(name) args;                                                         \
	}                                                                                       \
	ENTRY(ret, name, params, args)

#define PLAIN(ret, name, kind, duty, params, args) CALL_OR_NEXT(ret, name, IN_REGION(name, kind, duty, CALLER), params, args)
#define EXEC(ret, name, path, params, args) CALL_OR_NEXT(ret, name, IN_EXEC(path), params, args)
#define IN_EXEC(path)                                           \
	struct exec_behind e EXEC_SCOPE = {0};                  \
	if (!startup_inert)                                     \
		on_exec_begins(&e, path, CALLER)

#define BYHAND(name)
#define BEHIND(name)
#define FORWARD(ret, name, params, args)

#include "calls.def"

__attribute__((constructor)) static void interpose_starts(int argc, char **argv, char **environment) {
	(void)argc, (void)argv;
	startup(environment);
}
__attribute__((destructor)) static void interpose_ends(void) { startup_ends(); }
