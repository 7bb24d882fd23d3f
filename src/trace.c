/* trace.c: see trace.h. Async-signal-safe. */
#include "trace.h"

#include "auxv.h"
#include "arch/arch.h"
#include "deadline.h"
#include "next.h"
#include "thread.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define FILE_SIZE (TRACE_HEADER_SIZE + TRACE_RECORDS * sizeof(struct trace_record))

struct trace_header *trace_ring;
static char trace_name[PATH_MAX]; /* a copy: programs write over their environment */

static char *put_number(char *at, long n) {
	char digits[20];
	int count = 0;
	do
		digits[count++] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	while (count > 0)
		*at++ = digits[--count];
	return at;
}

/* False: too long. */
static bool make_path(char path[PATH_MAX], const char *name, long pid) {
	char *at = path, *end = path + PATH_MAX - 24;
	for (; *name && at < end; name++)
		if (name[0] == '%' && name[1] == 'p') {
			at = put_number(at, pid);
			name++;
		} else {
			*at++ = *name;
		}
	*at = '\0';
	return *name == '\0';
}

/* When the process was made: the 20th word behind its name, which may hold anything. 0: /proc is not there. */
static uint32_t started(void) {
	char text[512];
	uint32_t ticks = 0;
	long fd = raw4(SYS_openat, AT_FDCWD, (long)"/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
	long n = fd < 0 ? 0 : raw4(SYS_read, fd, (long)text, sizeof text, 0);
	long at = n;
	if (fd >= 0)
		raw4(SYS_close, fd, 0, 0, 0);
	while (at > 0 && text[at - 1] != ')')
		at--;
	for (int word = 0; at < n && word <= 20; at++)
		if (text[at] == ' ')
			word++;
		else if (word == 20)
			ticks = ticks * 10 + (uint32_t)(text[at] - '0');
	return ticks;
}

/* The same process before its exec: what it recorded stays. */
static bool goes_on(const struct trace_header *h, long pid) {
	return memcmp(h->magic, TRACE_MAGIC, sizeof h->magic) == 0 && h->pid == pid && h->started == started() && h->record_size == sizeof(struct trace_record) && h->records == TRACE_RECORDS;
}

static void fill(struct trace_header *h, long pid) {
	struct timespec real;
	memset(h, 0, TRACE_HEADER_SIZE);
	clock_gettime(CLOCK_REALTIME, &real);
	h->header_size = TRACE_HEADER_SIZE;
	h->record_size = sizeof(struct trace_record);
	h->records = TRACE_RECORDS;
	h->pid = (int32_t)pid;
	h->parent = (int32_t)raw4(SYS_getppid, 0, 0, 0, 0);
	h->began_ns = deadline_now_ns();
	h->began_real_ns = real.tv_sec * INT64_C(1000000000) + real.tv_nsec;
	h->started = started();
	memcpy(h->magic, TRACE_MAGIC, sizeof h->magic);
}

/* A file of another process is emptied, its pages come back as zeros. */
static long map(const char *path, long pid) {
	long fd = raw6(SYS_openat, AT_FDCWD, (long)path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600, 0, 0);
	if (fd < 0)
		return fd;
	long r = raw4(SYS_ftruncate, fd, FILE_SIZE, 0, 0);
	if (r == 0)
		r = raw6(SYS_mmap, 0, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if ((unsigned long)r <= -4096UL && !goes_on((struct trace_header *)r, pid)) {
		raw4(SYS_ftruncate, fd, 0, 0, 0);
		raw4(SYS_ftruncate, fd, FILE_SIZE, 0, 0);
		fill((struct trace_header *)r, pid);
	}
	raw4(SYS_close, fd, 0, 0, 0);
	return r;
}

/* Of the image that runs now: after an exec the file tells of another one. */
static void fill_program(struct trace_header *h) {
	long n = raw4(SYS_readlink, (long)"/proc/self/exe", (long)h->program, sizeof h->program - 1, 0);
	h->program[n > 0 ? n : 0] = '\0';
	h->headers = auxv_get(AT_PHDR);
}

static long open_for(long pid) {
	char path[PATH_MAX];
	if (!make_path(path, trace_name, pid))
		return -ENAMETOOLONG;
	long at = map(path, pid);
	if ((unsigned long)at > -4096UL)
		return at;
	trace_ring = (struct trace_header *)at;
	fill_program(trace_ring);
	TRACE(START, 0, .number = 0);
	return 0;
}

int trace_open(const char *name) {
	size_t n = NEXT(strnlen)(name, sizeof trace_name);
	if (n == sizeof trace_name)
		return -ENAMETOOLONG;
	memcpy(trace_name, name, n + 1);
	return (int)open_for(raw4(SYS_getpid, 0, 0, 0, 0));
}

void trace_child(void) {
	if (trace_ring == NULL)
		return;
	raw4(SYS_munmap, (long)trace_ring, FILE_SIZE, 0, 0);
	trace_ring = NULL;
	if (NEXT(strstr)(trace_name, "%p"))
		open_for(raw4(SYS_getpid, 0, 0, 0, 0));
}

pid_t trace_sender(const siginfo_t *info) {
	return info->si_code <= 0 && info->si_code != SI_TIMER && info->si_code != SI_SIGIO ? info->si_pid : 0;
}

/* A vfork child is on its parent's memory and is none of its story. The place is taken first: two that record at once, or one in the middle of another, never share one. */
void trace_record(enum trace_event event, int sig, struct trace_record r) {
	struct trace_header *h = trace_ring;
	if (self.vforked)
		return;
	uint64_t n = __atomic_fetch_add(&h->next, 1, __ATOMIC_RELAXED);
	struct trace_record *to = (struct trace_record *)((char *)h + TRACE_HEADER_SIZE) + n % TRACE_RECORDS;
	r.time_ns = deadline_now_ns();
	r.tid = self.tid;
	r.event = (uint8_t)event;
	r.signal = (uint8_t)sig;
	r.sequence = 0;
	__atomic_store_n(&to->sequence, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy((char *)to + sizeof to->sequence, (char *)&r + sizeof r.sequence, sizeof r - sizeof r.sequence);
	__atomic_store_n(&to->sequence, n + 1, __ATOMIC_RELEASE);
}

void trace_in_call(enum trace_event event, int sig, const char *call, struct trace_record r) {
	if (likely(trace_ring == NULL))
		return;
	size_t n = call ? NEXT(strnlen)(call, sizeof r.call - 1) : 0;
	memcpy(r.call, call, n);
	r.call[n] = '\0';
	trace_record(event, sig, r);
}
