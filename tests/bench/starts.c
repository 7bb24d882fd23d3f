/* starts.c: how long a program takes from its start to its end.
 * starts COUNT PRELOAD PROGRAM ARGUMENT…: PRELOAD is put into LD_PRELOAD of the program; empty: it has none. */
#include "bench.h"
#include <spawn.h>

extern char **environ;

int main(int argc, char **argv) {
	long count = count_of(argc, argv, 1);
	if (argc < 4)
		return 2;
	if (argv[2][0])
		setenv("LD_PRELOAD", argv[2], 1);
	int64_t start = now_ns();
	for (long i = 0; i < count; i++) {
		pid_t pid;
		int status;
		if (posix_spawn(&pid, argv[3], NULL, NULL, argv + 3, environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
			fail(argv[3]);
	}
	int64_t end = now_ns();
	fprintf(stderr, "ns %.6g\n", (double)(end - start) / (double)count);
	return 0;
}
