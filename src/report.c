/* report.c: see report.h. Async-signal-safe: the system calls are made by number, since the library defines write and its like itself. */
#include "report.h"

#include "arch/arch.h"
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct line {
	size_t length;
	char text[REPORT_LINE_MAX];
};

static char printable(char c) {
	return (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

/* The last byte stays free for the newline. */
static void line_add(struct line *line, const char *part) {
	size_t n = 0;
	for (; part[n] && n < REPORT_PART_MAX && line->length < sizeof line->text - 1; n++)
		line->text[line->length++] = printable(part[n]);
	if (part[n] && n == REPORT_PART_MAX)
		line_add(line, "...");
}

static long mask_change(int how, const sigbits *set, sigbits *old) {
	return raw4(SYS_rt_sigprocmask, how, (long)set, (long)old, sizeof *set);
}

/* A reader that left must not cost the host its life: SIGPIPE is blocked, and taken back if it is of our making.
 * SIGTTOU, blocked, lets a background process write. Unblocked by bit: a handler in between may have blocked others. */
static void write_quietly(const char *text, size_t length) {
	const sigbits quiet = SIGBIT(SIGPIPE) | SIGBIT(SIGTTOU), broken = SIGBIT(SIGPIPE);
	const struct timespec now = {0, 0};
	sigbits pending = 0, old = 0, added;
	long written;
	raw4(SYS_rt_sigpending, (long)&pending, sizeof pending, 0, 0);
	mask_change(SIG_BLOCK, &quiet, &old);
	do
		written = raw4(SYS_write, STDERR_FILENO, (long)text, (long)length, 0);
	while (written == -EINTR);
	if (written == -EPIPE && !(pending & broken))
		raw4(SYS_rt_sigtimedwait, (long)&broken, 0, (long)&now, sizeof broken);
	added = quiet & ~old;
	mask_change(SIG_UNBLOCK, &added, NULL);
}

void report(const char *first, ...) {
	struct line line = {.length = 0};
	va_list parts;
	va_start(parts, first);
	line_add(&line, "sigtame: ");
	for (const char *part = first; part; part = va_arg(parts, const char *))
		line_add(&line, part);
	va_end(parts);
	line.text[line.length++] = '\n';
	write_quietly(line.text, line.length);
}

struct report_number report_number(long long n) {
	struct report_number number;
	char digits[sizeof number.text];
	unsigned long long left = n < 0 ? -(unsigned long long)n : (unsigned long long)n;
	size_t count = 0, at = 0;
	do
		digits[count++] = (char)('0' + left % 10);
	while (left /= 10);
	if (n < 0)
		number.text[at++] = '-';
	while (count)
		number.text[at++] = digits[--count];
	number.text[at] = '\0';
	return number;
}
