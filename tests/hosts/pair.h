/* pair.h: a host and a second process, which sends to it and judges it through one shared page.
 * The second is the host's own program started again without preloads: what judges must not depend on
 * what is judged. It ends when the host does. Included by one source file each. */
#ifndef PAIR_H
#define PAIR_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)
#define SECOND (1000 * MILLISECOND)

extern char **environ;

static inline void fail(const char *what) {
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static inline int64_t now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

/* For the second process, which may make calls. */
static inline void delay_ns(int64_t ns) {
	for (int64_t end = now_ns() + ns; now_ns() < end;)
		;
}

/* For the host, which must make none: turns of an empty loop. */
static inline void spin(unsigned turns) {
	for (volatile unsigned i = 0; i < turns; i++)
		;
}

static inline int64_t time_spin(unsigned turns) {
	int64_t start = now_ns();
	spin(turns);
	return now_ns() - start;
}

/* How many turns one microsecond takes; the fastest of a few looks, as anything else only slows them. */
static inline unsigned turns_per_us(void) {
	int64_t best = SECOND;
	for (int i = 0; i < 20; i++) {
		int64_t took = time_spin(20000);
		best = took < best ? took : best;
	}
	return (unsigned)(20000 * INT64_C(1000) / (best + 1)) + 1;
}

/* The same sequence on every run: a failure can be met again. */
static inline unsigned dice(unsigned *state, unsigned sides) {
	*state = *state * 1664525u + 1013904223u;
	return (unsigned)(((uint64_t)(*state ^ *state >> 16) * sides) >> 32);
}

/* The letter in /proc: S sleeps, R runs or would, 0 if the process is gone. */
static inline char state_of(pid_t pid) {
	char path[40], line[300];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, line, sizeof line - 1);
	close(fd);
	line[n > 0 ? n : 0] = 0;
	const char *after_name = strrchr(line, ')');
	return after_name && after_name[1] ? after_name[2] : 0;
}

/* The calling process on one of its CPUs, or on all the others: on the same CPU the two take turns,
 * and nothing meets. Which one depends on the pid, so that pairs side by side spread. */
static inline void pair_settle(pid_t host, bool same) {
	cpu_set_t all, mine;
	CPU_ZERO(&mine);
	if (sched_getaffinity(0, sizeof all, &all) || CPU_COUNT(&all) < 2)
		return;
	int chosen = host % CPU_COUNT(&all);
	for (int cpu = 0, n = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && (n++ == chosen) == same)
			CPU_SET(cpu, &mine);
	sched_setaffinity(0, sizeof mine, &mine);
}

/* A page of the host's; pair_map maps it in the second process. */
static inline void *pair_share(size_t size, int *fd) {
	*fd = memfd_create("pair", 0);
	if (*fd < 0 || ftruncate(*fd, (off_t)size))
		fail("memfd_create");
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (page == MAP_FAILED)
		fail("mmap");
	return page;
}

static inline void *pair_map(size_t size, const char *fd) {
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0);
	if (page == MAP_FAILED)
		fail("mmap");
	return page;
}

static inline bool is_preload(const char *variable) {
	return !strncmp(variable, "LD_PRELOAD=", 11) || !strncmp(variable, "SIGTAME_", 8);
}

static inline char **environ_without_preload(void) {
	size_t count = 0, kept = 0;
	while (environ[count])
		count++;
	char **plain = calloc(count + 1, sizeof *plain);
	for (size_t i = 0; plain && i < count; i++)
		if (!is_preload(environ[i]))
			plain[kept++] = environ[i];
	return plain;
}

/* Starts `PROGRAM second FD ARGUMENT`. To be called before the host changes its mask. */
static inline pid_t pair_start(int fd, const char *argument) {
	char number[20];
	snprintf(number, sizeof number, "%d", fd);
	char **plain = environ_without_preload();
	char *args[] = {program_invocation_name, "second", number, (char *)argument, NULL};
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		execve("/proc/self/exe", args, plain);
		_exit(127);
	}
	free(plain);
	return pid;
}

/* The first act of the second process. */
static inline void pair_end_with(pid_t host) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != host)
		_exit(0);
}

/* A second process that ends a host which does not end: no test may hang. To be called in the second process. */
static inline int pair_guard(pid_t host, const char *name, int seconds) {
	for (int64_t end = now_ns() + seconds * SECOND; now_ns() < end;)
		usleep(100000);
	printf("%s: hangs (%c in /proc), ended\n", name, state_of(host));
	fflush(stdout);
	kill(host, SIGKILL);
	return 1;
}

#endif
