/* Tests a flag, then blocks in the call named by argv[1]; another process sends the signal exactly in between,
 * in a window of argv[2] milliseconds. */
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOT_YET, TESTED, SENT };

static volatile sig_atomic_t flag;
static volatile int *step;
static int quiet_pipe[2], listener, epoll;
static sem_t sem;

static void on_signal(int sig) {
	flag = sig;
}

static void wait_pause(void) {
	pause();
}
static void wait_poll(void) {
	poll(NULL, 0, -1);
}
static void wait_select(void) {
	select(0, NULL, NULL, NULL, NULL);
}
static void wait_epoll(void) {
	epoll_wait(epoll, &(struct epoll_event){0}, 1, -1);
}
static void wait_nanosleep(void) {
	nanosleep(&(struct timespec){1000, 0}, NULL);
}
static void wait_sleep(void) {
	sleep(1000);
}
static void wait_read(void) {
	(void)!read(quiet_pipe[0], &(char){0}, 1);
}
static void wait_accept(void) {
	accept(listener, NULL, NULL);
}
static void wait_child(void) {
	wait(NULL);
}
static void wait_sem(void) {
	sem_wait(&sem);
}

static const struct call {
	const char *name;
	void (*wait)(void);
	int flags; /* SA_RESTART would send the last four back to sleep, as the host had asked */
} calls[] = {
	{"pause", wait_pause, SA_RESTART},
	{"poll", wait_poll, SA_RESTART},
	{"select", wait_select, SA_RESTART},
	{"epoll_wait", wait_epoll, SA_RESTART},
	{"nanosleep", wait_nanosleep, SA_RESTART},
	{"sleep", wait_sleep, SA_RESTART},
	{"read", wait_read, 0},
	{"accept", wait_accept, 0},
	{"wait", wait_child, 0},
	{"sem_wait", wait_sem, 0},
};

static const struct call *find_call(const char *name) {
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (!strcmp(calls[i].name, name))
			return &calls[i];
	return NULL;
}

static int open_all(void) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	step = mmap(NULL, sizeof *step, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	epoll = epoll_create1(0);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (step == MAP_FAILED || epoll < 0 || listener < 0 || pipe(quiet_pipe) || sem_init(&sem, 0, 0))
		return -1;
	return bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) || listen(listener, 1);
}

static void sender(pid_t host, int window_ms) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (*step != TESTED)
		usleep(100);
	kill(host, SIGUSR1);
	usleep(window_ms * 1000);
	*step = SENT;
	for (;;)
		pause();
}

int main(int argc, char **argv) {
	const struct call *call = find_call(argc > 1 ? argv[1] : "pause");
	struct sigaction action = {.sa_handler = on_signal};
	pid_t host = getpid(), child;

	if (!call || open_all())
		return 2;
	action.sa_flags = call->flags;
	sigaction(SIGUSR1, &action, NULL);
	child = fork();
	if (child == 0)
		sender(host, argc > 2 ? atoi(argv[2]) : 2);
	while (!flag) {
		*step = TESTED;
		while (*step != SENT)
			; /* the window, made wide: the signal arrives here, and no call stands between test and wait */
		call->wait();
	}
	kill(child, SIGKILL);
	printf("saw the signal\n");
	return 0;
}
