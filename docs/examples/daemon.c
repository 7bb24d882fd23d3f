/* A daemon as many are written: SIGHUP reads the settings again, inside the handler, and SIGTERM sets a flag: `daemon FILE`.
 *
 * It knows nothing of sigtame. Natively a SIGHUP that comes while main is in malloc or stdio may deadlock it, and a SIGTERM
 * between the test of the flag and pause is slept over. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *path;
static char *greeting;
static volatile sig_atomic_t is_ending;

static void read_settings(void) {
	char line[256] = "";
	FILE *file = fopen(path, "r");
	if (file == NULL || fgets(line, sizeof line, file) == NULL)
		strcpy(line, "nothing");
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	free(greeting);
	greeting = strdup(line);
	printf("daemon: the greeting is %s\n", greeting);
}

static void on_hangup(int sig) {
	(void)sig;
	read_settings();
}

static void on_terminate(int sig) {
	(void)sig;
	is_ending = 1;
}

int main(int argc, char **argv) {
	path = argc > 1 ? argv[1] : "/dev/null";
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGHUP, on_hangup);
	signal(SIGTERM, on_terminate);
	read_settings();
	printf("daemon: ready\n");
	while (!is_ending)
		pause();
	printf("daemon: the end is in order\n");
	return 0;
}
