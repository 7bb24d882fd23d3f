/* Prints a million lines, and ends in order when nobody reads them: `sigpipe_head | head -n 1`.
 *
 * It is the note on SIGPIPE of Python's signal documentation: the write that fails is looked at, and what has to be done
 * at the end is done. Natively the process is killed by SIGPIPE before it can. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void at_end(void) {
	fprintf(stderr, "sigpipe_head: the end is in order\n");
}

static int print_lines(void) {
	for (long lines = 0; lines < 1000000; lines++)
		if (puts("y") == EOF)
			return -1;
	return fflush(stdout);
}

int main(void) {
	atexit(at_end);
	if (print_lines() == 0)
		return 0;
	fprintf(stderr, "sigpipe_head: standard output: %s\n", strerror(errno));
	/* exit flushes stdio: what is left goes where it does no harm. */
	int nowhere = open("/dev/null", O_WRONLY);
	dup2(nowhere, STDOUT_FILENO);
	return EXIT_FAILURE;
}
