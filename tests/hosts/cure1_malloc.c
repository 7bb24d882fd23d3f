/* Its handler calls malloc, fprintf and free, ten thousand times a second, and main does the same all the time. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static volatile long runs;
static FILE *out;

static void on_alarm(int sig) {
	char *text = malloc(600 + runs % 3000);

	if (!text)
		abort();
	snprintf(text, 600, "run %ld by signal %d", ++runs, sig);
	fprintf(out, "%s\n", text);
	free(text);
}

static void work(char **texts, int count) {
	for (int i = 0; i < count; i++) {
		size_t size = 100 + (size_t)i * 97 % 4000;

		texts[i] = malloc(size);
		memset(texts[i], 'x', size - 1);
		texts[i][size - 1] = 0;
	}
	fprintf(out, "%d texts, the last is %s\n", count, texts[count - 1]);
	for (int i = 0; i < count; i += 2)
		free(texts[i]);
	for (int i = 1; i < count; i += 2)
		free(texts[i]);
}

int main(int argc, char **argv) {
	long wanted = argc > 1 ? atol(argv[1]) : 100000;
	struct itimerval every = {{0, 100}, {0, 100}};
	char *texts[64];

	out = fopen("/dev/null", "w");
	if (!out)
		return 2;
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &every, NULL);
	while (runs < wanted)
		work(texts, 64);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	printf("%ld handler runs\n", wanted);
	return 0;
}
