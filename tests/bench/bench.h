/* bench.h: what the programs of the benchmark share: the clock, the other process, the printed figures.
 * Each is a plain program that does one work a given number of times and prints lines `FIGURE NUMBER`. */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

static inline int64_t now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline _Noreturn void fail(const char *what) {
	perror(what);
	exit(1);
}

static inline void print(const char *figure, double value) { printf("%s %.6g\n", figure, value); }
static inline void print_each(int64_t start_ns, long count) { print("ns", (double)(now_ns() - start_ns) / (double)count); }

static inline long count_of(int argc, char **argv, int at) {
	long count = argc > at ? atol(argv[at]) : 0;
	if (count <= 0) {
		fprintf(stderr, "%s: argument %d is a count\n", argv[0], at);
		exit(2);
	}
	return count;
}

static inline void set_handler(int sig, void (*handler)(int), int flags) {
	struct sigaction act = {.sa_handler = handler, .sa_flags = flags};
	if (sigaction(sig, &act, NULL) != 0)
		fail("sigaction");
}

/* Memory that both processes see. */
static inline void *shared(size_t size) {
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		fail("mmap");
	return at;
}

/* The senders are not what is measured: the shortest way to the kernel. */
static inline int send_kill(pid_t pid, int sig) { return (int)syscall(SYS_kill, pid, sig); }
static inline int send_queue(pid_t pid, int sig, int value) {
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_value.sival_int = value;
	return (int)syscall(SYS_rt_sigqueueinfo, pid, sig, &info);
}

/* The peer process ends with us. It makes the signals: the host is the parent, which is what is measured. */
static inline pid_t start_sender(void) {
	pid_t host = getpid(), pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != host)
			_exit(1);
	}
	return pid;
}

#endif
