/* watch before|at|during HOST CALL restart|plain: starts tests/hosts/matrix, with $HOST_PRELOAD preloaded, sends it a signal, and
 * prints what becomes of the call: "waits" (the handler has run and the call waits for what it was asked for, and gets it),
 * an error's name, "short" (a part of what was asked for), "done", "late" (the handler runs only when the wait is over), or what should not be.
 *
 * before: the signal is sent just before the call is made. at: while the thread enters the system call. during: when it sleeps in it. */
#define _GNU_SOURCE 1
#include "hosts/matrix.h"
#include <errno.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LIMIT_MS = 20000,
	STILL_MS = 20,  /* a thread that is rung out of a call, or due to leave it, does not lie still as long */
	LATE_MS = 4000, /* a handler that the default settings run at last has run */
};

static struct page *page;
static pid_t host;
static int64_t limit_ms;

static int64_t now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void rest(void) { usleep(500); }

/* How often main has been switched away from, if it sleeps; else -1. */
static long sleeping(void) {
	char name[64], line[256], state = '?';
	long switches = 0, n;
	sprintf(name, "/proc/%d/task/%d/status", host, host);
	FILE *file = fopen(name, "r");
	while (file && fgets(line, sizeof line, file)) {
		sscanf(line, "State: %c", &state);
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1 || sscanf(line, "nonvoluntary_ctxt_switches: %ld", &n) == 1)
			switches += n;
	}
	if (file)
		fclose(file);
	return state == 'S' ? switches : -1;
}

static bool ended(void) { return page->stage == CALLED || page->stage == CANNOT || waitpid(host, NULL, WNOHANG) == host; }

/* Whether main makes the call and sleeps in it, and has done so for that long. */
static bool lies_still(int64_t ms) {
	long before = -1;
	int64_t since = 0;
	while (!ended() && now_ms() < limit_ms) {
		long now = page->stage == CALLING ? sleeping() : -1;
		if (now < 0 || now != before)
			since = now_ms();
		else if (now_ms() - since >= ms)
			return true;
		before = now;
		rest();
	}
	return false;
}

/* Whether the call waits, its handler run. How late that is counts from the call, not from the host's start. */
static bool waits_after_handler(void) {
	while (!ended() && page->stage != CALLING && now_ms() < limit_ms)
		rest();
	int64_t called = now_ms();
	while (!ended() && !page->runs && now_ms() - called < LATE_MS)
		rest();
	return page->runs && lies_still(STILL_MS);
}

/* The system call of its main thread and of the second process. */
static const char *hangs(void) {
	static char text[128] = "hangs";
	char command[160];
	sprintf(command, "cat /proc/%d/syscall $(sed 's,[^ ]*,/proc/&/syscall,' /proc/%d/task/%d/children)", host, host, host);
	FILE *pipe = popen(command, "r");
	for (int nr, n = 5; pipe && fscanf(pipe, "%d%*[^\n]", &nr) == 1 && n < 100;)
		n += sprintf(text + n, " in %d", nr);
	if (pipe)
		pclose(pipe);
	return text;
}

static const char *outcome(void) {
	static char text[32];
	if (page->stage == CANNOT)
		return "not here";
	if (page->stage != CALLED)
		return hangs();
	if (page->error)
		return strerrorname_np(page->error);
	if (page->result == page->wanted)
		return "done";
	if (page->result > 0 && page->result < page->wanted)
		return "short";
	sprintf(text, "result %ld", page->result);
	return text;
}

/* "waits", if what was waited for then comes. */
static const char *supply(void) {
	static char text[160];
	int runs = page->runs;
	if (page->cannot_supply)
		return runs ? "waits" : "slept over";
	page->released = 1;
	syscall(SYS_futex, &page->released, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	while (!ended() && now_ms() < limit_ms)
		rest();
	if (runs && strcmp(outcome(), "done") == 0)
		return "waits";
	if (!runs && page->runs && strcmp(outcome(), "done") == 0)
		return "late";
	snprintf(text, sizeof text, "%s, then %s", runs ? "waits" : "no handler", outcome());
	return text;
}

/* ---- At the system call: the host is traced until it enters it. ---- */

/* What is called on the way to a wait. */
static bool goes_before(uint64_t nr) {
	static const int list[] = {SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_timer_create, SYS_timer_settime, SYS_getsockopt, SYS_clone, SYS_clone3, SYS_vfork,
		SYS_mmap, SYS_munmap, SYS_mprotect, SYS_brk, SYS_fstat, SYS_newfstatat, SYS_gettid, SYS_getpid, SYS_clock_gettime, SYS_getrandom};
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if ((uint64_t)list[i] == nr)
			return true;
	return false;
}

static bool enters_wait(void) {
	struct __ptrace_syscall_info info;
	memset(&info, 0, sizeof info);
	ptrace(PTRACE_GET_SYSCALL_INFO, host, sizeof info, &info);
	return info.op == PTRACE_SYSCALL_INFO_ENTRY && page->stage == CALLING && !goes_before(info.entry.nr);
}

/* False: it has ended. */
static bool send_at(void) {
	int status;
	bool tracing = false;
	while (waitpid(host, &status, 0) == host && WIFSTOPPED(status)) {
		int sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80) && enters_wait()) {
			kill(host, SIGUSR1);
			ptrace(PTRACE_DETACH, host, 0, 0);
			return true;
		}
		if (sig == SIGTRAP)
			ptrace(PTRACE_SETOPTIONS, host, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
		if (sig == SIGSTOP)
			tracing = true;
		ptrace(tracing ? PTRACE_SYSCALL : PTRACE_CONT, host, 0, sig == SIGTRAP || sig == (SIGTRAP | 0x80) || sig == SIGSTOP ? 0 : sig);
	}
	return false;
}

/* ---- */

static void start(char **command, bool traced) {
	char *preload = getenv("HOST_PRELOAD");
	int fd = memfd_create("page", 0);
	if (fd < 0 || ftruncate(fd, PAGE_SIZE) || dup2(fd, PAGE_FD) < 0)
		exit(125);
	page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE_FD, 0);
	page->stops = traced;
	host = fork();
	if (host)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (preload && *preload)
		setenv("LD_PRELOAD", preload, 1);
	unsetenv("HOST_PRELOAD");
	if (traced && ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(126);
	execv(command[0], command);
	_exit(127);
}

static const char *watch(const char *when) {
	if (strcmp(when, "at") == 0 && !send_at())
		return page->stage == CANNOT ? "not here" : page->stage == PREPARING ? "not traced" : "no system call";
	if (strcmp(when, "during") == 0) {
		if (!lies_still(2))
			return page->stage == CALLED ? "never waits" : outcome();
		kill(host, SIGUSR1);
	}
	if (waits_after_handler() || !ended())
		return supply();
	return page->runs || page->stage != CALLED ? outcome() : "no handler";
}

int main(int argc, char **argv) {
	if (argc != 5) {
		fprintf(stderr, "usage: watch before|at|during HOST CALL restart|plain\n");
		return 2;
	}
	char *command[] = {argv[2], argv[3], argv[4], strcmp(argv[1], "before") == 0 ? "before" : "wait", NULL};
	limit_ms = now_ms() + LIMIT_MS;
	start(command, strcmp(argv[1], "at") == 0);
	puts(watch(argv[1]));
	kill(-host, SIGKILL);
	if (page->queue)
		msgctl(page->queue - 1, IPC_RMID, NULL);
	if (page->semaphores)
		semctl(page->semaphores - 1, 0, IPC_RMID);
	return 0;
}
