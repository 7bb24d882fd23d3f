/* Its children are ended by SIGTERM, whose handler calls exit, in the middle of malloc, stdio and localtime;
 * their atexit function calls these again. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static FILE *out;
static volatile int *started;

static void log_line(int number) {
	time_t now = time(NULL);
	char *text = malloc(1500 + number % 3000), stamp[64];

	if (!text)
		abort();
	strftime(stamp, sizeof stamp, "%F %T", localtime(&now));
	snprintf(text, 1500, "%s line %d", stamp, number);
	fprintf(out, "%s\n", text);
	free(text);
}

static void at_exit(void) {
	for (int i = 0; i < 100; i++)
		log_line(i);
}

static void on_term(int sig) {
	(void)sig;
	exit(0);
}

static void child(void) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	atexit(at_exit);
	signal(SIGTERM, on_term);
	*started = 1;
	for (int i = 0;; i++)
		log_line(i);
}

static int end_one(int round) {
	int status;
	pid_t pid;

	*started = 0;
	pid = fork();
	if (pid == 0)
		child();
	while (!*started)
		usleep(50);
	usleep(round * 7 % 300);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	return status;
}

int main(int argc, char **argv) {
	int rounds = argc > 1 ? atoi(argv[1]) : 1000;

	out = fopen("/dev/null", "w");
	started = mmap(NULL, sizeof *started, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!out || started == MAP_FAILED)
		return 2;
	for (int i = 0; i < rounds; i++) {
		int status = end_one(i);

		if (status) {
			printf("child %d: %s\n", i, WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit status not 0");
			return 1;
		}
	}
	printf("%d children ended\n", rounds);
	return 0;
}
