/* interpose_stdio.c: the BYHAND rows of calls.def that print, scan and log: they go on to the functions that take a va_list. */
#include "interpose.h"

#include "next.h"
#include "symbol.h"
#include "on.h"

/* ---- stdio and the log: to the functions that take a va_list. ---- */

/* The function that takes a va_list is called within a region of this one's name. */
#define GOES_ON(name, last, call)                                                  \
	va_list ap;                                                                \
	va_start(ap, last);                                                        \
	if (ENTERS_INERT(#name))                                                   \
		call;                                                              \
	else {                                                                     \
		struct region g REGION_SCOPE;                                      \
		region_enter(&g, CALL_NAMED(NEXT_##name), CALLER);                 \
		call;                                                              \
	}                                                                          \
	va_end(ap)

#define PRINTS(name, params, last, call)         \
	EXPORT int name params {                 \
		int r;                           \
		GOES_ON(name, last, r = call);   \
		return r;                        \
	}
#define LOGS(name, params, last, call)           \
	EXPORT void name params { GOES_ON(name, last, call); }

extern int __printf_chk(int flag, const char *format, ...);
extern int __fprintf_chk(FILE *f, int flag, const char *format, ...);
extern int __dprintf_chk(int fd, int flag, const char *format, ...);
extern int __vprintf_chk(int flag, const char *format, va_list ap);
extern int __vfprintf_chk(FILE *f, int flag, const char *format, va_list ap);
extern int __vdprintf_chk(int fd, int flag, const char *format, va_list ap);
extern void __vsyslog_chk(int priority, int flag, const char *format, va_list ap);

PRINTS(printf, (const char *restrict format, ...), format, NEXT(vprintf)(format, ap))
PRINTS(fprintf, (FILE *restrict f, const char *restrict format, ...), format, NEXT(vfprintf)(f, format, ap))
PRINTS(dprintf, (int fd, const char *restrict format, ...), format, NEXT(vdprintf)(fd, format, ap))
PRINTS(__printf_chk, (int flag, const char *format, ...), format, NEXT(__vprintf_chk)(flag, format, ap))
PRINTS(__fprintf_chk, (FILE *f, int flag, const char *format, ...), format, NEXT(__vfprintf_chk)(f, flag, format, ap))
PRINTS(__dprintf_chk, (int fd, int flag, const char *format, ...), format, NEXT(__vdprintf_chk)(fd, flag, format, ap))

extern void __syslog_chk(int priority, int flag, const char *format, ...);
LOGS(syslog, (int priority, const char *format, ...), format, NEXT(vsyslog)(priority, format, ap))
LOGS(__syslog_chk, (int priority, int flag, const char *format, ...), format, NEXT(__vsyslog_chk)(priority, flag, format, ap))

static int scan(enum next_index name, enum next_index vfscanf_of, FILE *f, const char *format, va_list ap, const void *caller) {
	int (*next)(FILE *, const char *, va_list) = (int (*)(FILE *, const char *, va_list))next_get(vfscanf_of);
	if (unlikely(self.due & (DUE_ATTACH | DUE_PASS)) && interpose_enters_inert(next_name(name), caller))
		return next(f, format, ap);
	struct region g REGION_SCOPE;
	region_enter(&g, CALL_EINTR | CALL_NAMED(name), caller);
	return next(f, format, ap);
}

#define SCANS(name, params, call)                     \
	EXPORT int by_##name params {                 \
		va_list ap;                           \
		va_start(ap, format);                 \
		int r = call;                         \
		va_end(ap);                           \
		return r;                             \
	}

static FILE *input(void) { return *(FILE **)symbol_in_force("stdin"); }

/* The header gives some of these names to others; each symbol is defined by what it is called. */
#define SCAN(scanf_, fscanf_, vscanf_, vfscanf_)                                                                        \
	int by_##scanf_(const char *restrict format, ...) __asm__(#scanf_);                                             \
	int by_##fscanf_(FILE *restrict f, const char *restrict format, ...) __asm__(#fscanf_);                         \
	int by_##vscanf_(const char *restrict format, va_list ap) __asm__(#vscanf_);                                    \
	int by_##vfscanf_(FILE *restrict f, const char *restrict format, va_list ap) __asm__(#vfscanf_);                \
	SCANS(scanf_, (const char *restrict format, ...), scan(NEXT_##scanf_, NEXT_##vfscanf_, input(), format, ap, CALLER)) \
	SCANS(fscanf_, (FILE *restrict f, const char *restrict format, ...), scan(NEXT_##fscanf_, NEXT_##vfscanf_, f, format, ap, CALLER)) \
	EXPORT int by_##vscanf_(const char *restrict format, va_list ap) { return scan(NEXT_##vscanf_, NEXT_##vfscanf_, input(), format, ap, CALLER); } \
	EXPORT int by_##vfscanf_(FILE *restrict f, const char *restrict format, va_list ap) { return scan(NEXT_##vfscanf_, NEXT_##vfscanf_, f, format, ap, CALLER); }
SCAN(scanf, fscanf, vscanf, vfscanf)
SCAN(__isoc99_scanf, __isoc99_fscanf, __isoc99_vscanf, __isoc99_vfscanf)
SCAN(__isoc23_scanf, __isoc23_fscanf, __isoc23_vscanf, __isoc23_vfscanf)
