/* interpose_exec.c: the BYHAND rows of calls.def that have a program's arguments in a row. They go on as an array: to the function
 * of another preload that takes one, if it has this one too.
 * Async-signal-safe, but for the stack that the arguments take. */
#include "interpose.h"

#include "next.h"
#include "on.h"

static size_t count(const char *first, va_list ap) {
	size_t n = first != NULL;
	while (first && va_arg(ap, char *))
		n++;
	return n;
}

static void collect(char **args, size_t n, const char *first, va_list ap) {
	args[0] = (char *)first;
	for (size_t i = 1; i < n; i++)
		args[i] = va_arg(ap, char *);
	args[n] = NULL;
}

#define ARGUMENTS(first)                \
	va_list ap;                     \
	va_start(ap, first);            \
	size_t n = count(first, ap);    \
	va_end(ap);                     \
	char *args[n + 1];              \
	va_start(ap, first);            \
	collect(args, n, first, ap)

#define ROW(name) static struct call call_##name = {0, 0, NEXT_##name, false, false}

ROW(execl);
EXPORT int execl(const char *path, const char *first, ...) {
	ARGUMENTS(first);
	va_end(ap);
	return PASSES(call_execl) ? execv(path, args) : on_execv(path, args);
}

ROW(execlp);
EXPORT int execlp(const char *file, const char *first, ...) {
	ARGUMENTS(first);
	va_end(ap);
	return PASSES(call_execlp) ? execvp(file, args) : on_execvp(file, args);
}

ROW(execle);
EXPORT int execle(const char *path, const char *first, ...) {
	ARGUMENTS(first);
	if (n > 0)
		(void)va_arg(ap, char *);
	char **envp = va_arg(ap, char **);
	va_end(ap);
	return PASSES(call_execle) ? execve(path, args, envp) : on_execve(path, args, envp);
}
