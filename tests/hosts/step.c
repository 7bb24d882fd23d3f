/* step [preload=LIBRARY] [watch=MS] [stride=N] HOST ARGUMENTS...: one run of the host for each instruction
 * between its SIGTRAP and its wait: it is stepped that far, SIGUSR1 is sent right there, and it must end by
 * itself with 0. A host that sleeps on instead has lost the signal: it is named, with the place. The
 * checker itself is not preloaded. Status: 0 all ended, 1 not, 2 trouble. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)
#define MOST_STEPS 200000
#define MOST_TOLD 10

static const char *preload;
static int64_t watch_ns = 3000 * MILLISECOND;
static int64_t longest_ns;

static int64_t now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * MILLISECOND + now.tv_nsec;
}

static void fail(const char *what) {
	fprintf(stderr, "step: %s: %s\n", what, strerror(errno));
	exit(2);
}

static bool sleeps(pid_t pid) {
	char path[40], line[300];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
	close(fd);
	line[n > 0 ? n : 0] = 0;
	const char *after_name = strrchr(line, ')');
	return after_name && after_name[1] && after_name[2] == 'S';
}

/* Waits for a stop or the end. False: the host sleeps, and has done so for this long. */
static bool await(pid_t pid, int *status, int64_t limit_ns) {
	int64_t since = now_ns();
	for (unsigned looks = 1;; looks++) {
		pid_t got = waitpid(pid, status, WNOHANG);
		if (got == pid)
			return true;
		if (got < 0)
			fail("waitpid");
		sched_yield();
		if (looks % 64 == 0 && now_ns() - since > limit_ns && sleeps(pid))
			return false;
	}
}

static void become_host(char **args) {
	int null = open("/dev/null", O_WRONLY);
	if (dup2(null, 1) < 0 || ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		_exit(126);
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	execvp(args[0], args);
	_exit(127);
}

static int stopped_by(int status) {
	return WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
}

/* Any signal but the trap is the host's own business. */
static int passed_on(int status) {
	return stopped_by(status) == SIGTRAP ? 0 : stopped_by(status);
}

/* Status 77: the host has no such wait here. */
static void run_to_trap(pid_t pid, int *status) {
	do {
		ptrace(PTRACE_CONT, pid, 0, passed_on(*status));
		if (!await(pid, status, 10000 * MILLISECOND))
			fail("the host never came to its trap");
		if (WIFEXITED(*status) || WIFSIGNALED(*status))
			exit(WIFEXITED(*status) && WEXITSTATUS(*status) == 77 ? 77 : 2);
	} while (stopped_by(*status) != SIGTRAP);
}

static pid_t start_host(char **args) {
	int status;
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		become_host(args);
	if (waitpid(pid, &status, 0) != pid || stopped_by(status) != SIGTRAP)
		fail(args[0]);
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL);
	run_to_trap(pid, &status);
	return pid;
}

/* How many steps the host made: fewer than asked if it waits. */
static unsigned step(pid_t pid, unsigned steps, bool *waits) {
	int status = 0;
	*waits = false;
	for (unsigned made = 0; made < steps;) {
		if (ptrace(PTRACE_SINGLESTEP, pid, 0, passed_on(status)))
			fail("PTRACE_SINGLESTEP");
		*waits = !await(pid, &status, 100 * MILLISECOND);
		if (*waits)
			return made;
		if (!WIFSTOPPED(status))
			fail("the host ended while it was stepped");
		made += stopped_by(status) == SIGTRAP;
	}
	return steps;
}

static uintptr_t place_of(pid_t pid) {
	struct user_regs_struct regs;
	struct iovec part = {&regs, sizeof regs};
	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part))
		return 0;
#if defined __x86_64__
	return regs.rip;
#elif defined __i386__
	return (uintptr_t)regs.eip;
#elif defined __aarch64__
	return regs.pc;
#else
	return 0;
#endif
}

/* The object that a place lies in, and how far from its beginning. */
static void name_place(pid_t pid, uintptr_t place, char *name, size_t size) {
	char path[40], line[512], file[400];
	unsigned long from, to, offset;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	snprintf(name, size, "%#lx", (unsigned long)place);
	FILE *maps = fopen(path, "re");
	while (maps && fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %399s", &from, &to, &offset, file) == 4 && from <= place && place < to)
			snprintf(name, size, "%s+%#lx", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, place - from + offset);
	}
	if (maps)
		fclose(maps);
}

/* Sends the signal here, lets the host go, and says whether it ended well. */
static bool ends_well(pid_t pid, bool waits) {
	int status = 0;
	int64_t start = now_ns();
	kill(pid, SIGUSR1);
	if (!waits)
		ptrace(PTRACE_CONT, pid, 0, 0);
	while (await(pid, &status, watch_ns)) {
		if (!WIFSTOPPED(status)) {
			int64_t took = now_ns() - start;
			longest_ns = took > longest_ns ? took : longest_ns;
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		}
		ptrace(PTRACE_CONT, pid, 0, passed_on(status));
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return false;
}

/* One run. *waits says that the last instruction was reached. */
static bool try_at(char **args, unsigned steps, bool *waits, bool tell) {
	char name[500] = "in the wait";
	pid_t pid = start_host(args);
	step(pid, steps, waits);
	if (!*waits)
		name_place(pid, place_of(pid), name, sizeof name);
	bool well = ends_well(pid, *waits);
	if (!well && tell)
		printf("slept over (or ended badly): signal after %u instructions, at %s\n", steps, name);
	return well;
}

static unsigned read_options(char ***args) {
	unsigned stride = 1;
	for (; **args && strchr(**args, '=') && !strchr("./", ***args); ++*args) {
		const char *value = strchr(**args, '=') + 1;
		if (!strncmp(**args, "preload=", 8))
			preload = *value ? value : NULL;
		else if (!strncmp(**args, "watch=", 6))
			watch_ns = atoi(value) * MILLISECOND;
		else if (!strncmp(**args, "stride=", 7))
			stride = (unsigned)atoi(value);
	}
	return stride ? stride : 1;
}

int main(int argc, char **argv) {
	char **args = argv + (argc > 0);
	unsigned stride = read_options(&args), steps = 0, runs = 0, lost = 0;
	bool waits = false;
	if (!*args) {
		fprintf(stderr, "usage: step [preload=LIBRARY] [watch=MS] [stride=N] HOST ARGUMENTS...\n");
		return 2;
	}
	for (; !waits && steps < MOST_STEPS; steps += stride, runs++)
		lost += !try_at(args, steps, &waits, lost < MOST_TOLD);
	printf("step %s: %u instructions, %u runs, %u slept over, longest %lld us\n", args[1] ? args[1] : args[0], steps, runs, lost,
		(long long)(longest_ns / 1000));
	return lost || !waits;
}
