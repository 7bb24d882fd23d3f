/* interpose_stdio.c: the BYHAND rows of calls.def that print, scan and log: they go on to the functions that take a va_list. */
#include "interpose.h"

#include "next.h"
#include "on.h"

/* ---- stdio and the log: to the functions that take a va_list. ---- */

#define VARIADIC(ret, name, params, last, call)  \
	EXPORT ret name params {                 \
		va_list ap;                      \
		va_start(ap, last);              \
		ret r = call;                    \
		va_end(ap);                      \
		return r;                        \
	}

extern int __printf_chk(int flag, const char *format, ...);
extern int __fprintf_chk(FILE *f, int flag, const char *format, ...);
extern int __dprintf_chk(int fd, int flag, const char *format, ...);
extern int __vprintf_chk(int flag, const char *format, va_list ap);
extern int __vfprintf_chk(FILE *f, int flag, const char *format, va_list ap);
extern int __vdprintf_chk(int fd, int flag, const char *format, va_list ap);
extern void __vsyslog_chk(int priority, int flag, const char *format, va_list ap);

VARIADIC(int, printf, (const char *restrict format, ...), format, vprintf(format, ap))
VARIADIC(int, fprintf, (FILE *restrict f, const char *restrict format, ...), format, vfprintf(f, format, ap))
VARIADIC(int, dprintf, (int fd, const char *restrict format, ...), format, vdprintf(fd, format, ap))
VARIADIC(int, __printf_chk, (int flag, const char *format, ...), format, __vprintf_chk(flag, format, ap))
VARIADIC(int, __fprintf_chk, (FILE *f, int flag, const char *format, ...), format, __vfprintf_chk(f, flag, format, ap))
VARIADIC(int, __dprintf_chk, (int fd, int flag, const char *format, ...), format, __vdprintf_chk(fd, flag, format, ap))

static int scan(enum next_index vfscanf_of, FILE *f, const char *format, va_list ap, const void *caller) {
	int (*next)(FILE *, const char *, va_list) = (int (*)(FILE *, const char *, va_list))next_get(vfscanf_of);
	if (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_enters_inert(next_name(vfscanf_of), caller))
		return next(f, format, ap);
	struct region g REGION_SCOPE;
	region_enter(&g, CALL_EINTR | CALL_NAMED(vfscanf_of), caller);
	return next(f, format, ap);
}
/* The header gives some of these names to others; each symbol is defined by what it is called. */
#define SCAN(scanf_, fscanf_, vscanf_, vfscanf_)                                                                        \
	int by_##scanf_(const char *restrict format, ...) __asm__(#scanf_);                                             \
	int by_##fscanf_(FILE *restrict f, const char *restrict format, ...) __asm__(#fscanf_);                         \
	int by_##vscanf_(const char *restrict format, va_list ap) __asm__(#vscanf_);                                    \
	int by_##vfscanf_(FILE *restrict f, const char *restrict format, va_list ap) __asm__(#vfscanf_);                \
	VARIADIC(int, by_##scanf_, (const char *restrict format, ...), format, scan(NEXT_##vfscanf_, stdin, format, ap, CALLER)) \
	VARIADIC(int, by_##fscanf_, (FILE *restrict f, const char *restrict format, ...), format, scan(NEXT_##vfscanf_, f, format, ap, CALLER)) \
	EXPORT int by_##vscanf_(const char *restrict format, va_list ap) { return scan(NEXT_##vfscanf_, stdin, format, ap, CALLER); } \
	EXPORT int by_##vfscanf_(FILE *restrict f, const char *restrict format, va_list ap) { return scan(NEXT_##vfscanf_, f, format, ap, CALLER); }
SCAN(scanf, fscanf, vscanf, vfscanf)
SCAN(__isoc99_scanf, __isoc99_fscanf, __isoc99_vscanf, __isoc99_vfscanf)
SCAN(__isoc23_scanf, __isoc23_fscanf, __isoc23_vscanf, __isoc23_vfscanf)

EXPORT void syslog(int priority, const char *format, ...) {
	va_list ap;
	va_start(ap, format);
	vsyslog(priority, format, ap);
	va_end(ap);
}
extern void __syslog_chk(int priority, int flag, const char *format, ...);
EXPORT void __syslog_chk(int priority, int flag, const char *format, ...) {
	va_list ap;
	va_start(ap, format);
	__vsyslog_chk(priority, flag, format, ap);
	va_end(ap);
}
