/* Its handler prints lines to the file that main prints lines to; then it counts the lines that are torn. */
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"

static volatile long runs;
static FILE *out;

static void on_alarm(int sig) {
	fprintf(out, "handler %d %s.\n", sig, LETTERS);
	runs++;
}

static int is_whole(const char *line) {
	static const char main_line[] = "main " LETTERS LETTERS LETTERS LETTERS ".\n";
	char handler_line[64];

	snprintf(handler_line, sizeof handler_line, "handler %d %s.\n", SIGALRM, LETTERS);
	return !strcmp(line, main_line) || !strcmp(line, handler_line);
}

int main(int argc, char **argv) {
	long wanted = argc > 1 ? atol(argv[1]) : 2000, printed = 0, lines = 0, torn = 0;
	struct itimerval every = {{0, 100}, {0, 100}};
	char line[4096];

	out = tmpfile();
	if (!out)
		return 2;
	__fsetlocking(out, FSETLOCKING_BYCALLER); /* without locks, as coreutils do */
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &every, NULL);
	for (; runs < wanted; printed++)
		fprintf(out, "main %s%s%s%s.\n", LETTERS, LETTERS, LETTERS, LETTERS);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	rewind(out);
	for (; fgets(line, sizeof line, out); lines++)
		torn += !is_whole(line);
	printf("%ld of %ld lines torn\n", torn, lines);
	return torn || lines != printed + runs;
}
