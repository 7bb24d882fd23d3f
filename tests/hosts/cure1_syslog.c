/* Its handler logs with syslog and localtime, as sshd's did in CVE-2024-6387, and main does the same. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <syslog.h>
#include <time.h>

static volatile long runs;

static void log_line(const char *who) {
	time_t now = time(NULL);
	char stamp[64];

	strftime(stamp, sizeof stamp, "%F %T", localtime(&now));
	syslog(LOG_USER | LOG_DEBUG, "%s at %s", who, stamp);
}

static void on_alarm(int sig) {
	(void)sig;
	log_line("handler");
	runs++;
}

int main(int argc, char **argv) {
	long wanted = argc > 1 ? atol(argv[1]) : 10000;
	struct itimerval every = {{0, 200}, {0, 200}};

	tzset();
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3}); /* no socket: the machine's log is spared */
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &every, NULL);
	while (runs < wanted)
		log_line("main");
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	printf("%ld handler runs\n", wanted);
	return 0;
}
