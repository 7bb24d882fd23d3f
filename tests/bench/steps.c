/* steps.c: counts the instructions that a program executes in user mode, one by one, from its first to its last.
 * steps PRELOAD PROGRAM ARGUMENT…: PRELOAD is put into LD_PRELOAD of the program; empty: it has none.
 * A tool that is preloaded itself would change what the preloaded library does. Threads and children are not counted. */
#include "bench.h"
#include <sys/ptrace.h>

int main(int argc, char **argv) {
	int status;
	long steps = 0, to_deliver = 0;
	if (argc < 3)
		return 2;
	pid_t pid = fork();
	if (pid == 0) {
		if (argv[1][0])
			setenv("LD_PRELOAD", argv[1], 1);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[2], argv + 2);
		fail(argv[2]);
	}
	waitpid(pid, &status, 0);
	while (WIFSTOPPED(status)) {
		ptrace(PTRACE_SINGLESTEP, pid, NULL, to_deliver);
		if (waitpid(pid, &status, 0) != pid)
			fail("waitpid");
		to_deliver = WIFSTOPPED(status) && WSTOPSIG(status) != SIGTRAP ? WSTOPSIG(status) : 0;
		steps += to_deliver == 0;
	}
	fprintf(stderr, "instructions %ld\n", steps);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
