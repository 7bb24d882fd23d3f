/* call.c: see call.h. Async-signal-safe. */
#include "call.h"

#include "arch/arch.h"
#include "deadline.h"
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* -1: none, or none that the kernel would take. */
static int64_t timeout_ns(const struct call *c, const long args[6]) {
	long v = args[CALL_TIMEOUT_OF(c->kind)];
	if (c->kind & CALL_MS)
		return (int)v < 0 ? -1 : (int)v * INT64_C(1000000);
	if (!(c->kind & (CALL_TS | CALL_TV)) || is_nowhere((const void *)v))
		return -1;
	const struct timespec *ts = (const struct timespec *)v; /* a timeval has the same shape */
	if (ts->tv_sec < 0 || ts->tv_sec > INT32_MAX || ts->tv_nsec < 0)
		return -1;
	return ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec * (c->kind & CALL_TV ? 1000 : 1);
}

int64_t call_deadline_ns(const struct call *c, const long args[6]) {
	int64_t ns = timeout_ns(c, args);
	return ns < 0 ? INT64_MAX : deadline_now_ns() + ns;
}

void call_shorten(const struct call *c, long args[6], struct timespec *left, int64_t deadline_ns) {
	unsigned i = CALL_TIMEOUT_OF(c->kind);
	if (deadline_ns == INT64_MAX)
		return;
	int64_t ns = deadline_ns - deadline_now_ns();
	ns = ns < 0 ? 0 : ns;
	if (c->kind & CALL_MS)
		args[i] = (long)((ns + 999999) / 1000000);
	else if (c->kind & CALL_TV)
		*(struct timeval *)args[i] = (struct timeval){(ns + 999) / 1000000000, (ns + 999) % 1000000000 / 1000};
	else if (c->kind & CALL_LEFT)
		*(struct timespec *)args[i] = (struct timespec){ns / 1000000000, ns % 1000000000};
	else {
		*left = (struct timespec){ns / 1000000000, ns % 1000000000};
		args[i] = (long)left;
	}
}

static bool has_come(clockid_t clock, const struct timespec *until) {
	struct timespec now;
	if (clock_gettime(clock, &now) != 0)
		return false;
	return now.tv_sec != until->tv_sec ? now.tv_sec > until->tv_sec : now.tv_nsec >= until->tv_nsec;
}

bool call_is_over(const struct call *c, const long args[6]) {
	long v = args[CALL_TIMEOUT_OF(c->kind)];
	if (c->kind & CALL_UNTIL)
		return !is_nowhere((const void *)v) && (args[1] & TIMER_ABSTIME) && has_come((clockid_t)args[0], (const struct timespec *)v);
	return timeout_ns(c, args) == 0;
}

bool call_forgets_time(const struct call *c, const long args[6]) { return !(c->kind & CALL_LEFT) && timeout_ns(c, args) > 0; }

bool call_sends(const struct call *c) {
	long nr = c->nr;
	return nr == SYS_write || nr == SYS_writev || nr == SYS_sendto || nr == SYS_sendmsg || nr == SYS_sendmmsg || nr == SYS_connect;
}

int64_t call_socket_timeout_ns(const struct call *c, const long args[6]) {
	struct timeval timeout = {0, 0};
	socklen_t size = sizeof timeout;
	int option = call_sends(c) ? SO_SNDTIMEO : SO_RCVTIMEO;
	if (!(c->kind & CALL_RESTARTS) || raw6(SYS_getsockopt, args[0], SOL_SOCKET, option, (long)&timeout, (long)&size, 0) != 0)
		return 0;
	return timeout.tv_sec * INT64_C(1000000000) + timeout.tv_usec * INT64_C(1000);
}
