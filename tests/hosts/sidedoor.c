/* "It may do all that a handler may natively do": leaves every wait by the side door, again and again; afterwards deferral still works and no state has leaked. */
#include "host.h"
#include <linux/futex.h>
#include <mqueue.h>
#include <semaphore.h>
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <ucontext.h>

static sigjmp_buf out;
static volatile sig_atomic_t runs, jumps;
static void count(int sig) { (void)sig, runs++; }

/* Held until a call, run at it, nothing blocked: as it was in the beginning. */
static void still_works(const char *name) {
	on(SIGUSR2, count, 0);
	runs = 0;
	raw_raise(SIGUSR2);
	say("%s: %s", name, runs ? "at once" : "held");
	safe_point();
	check_case(name, runs == 1);
	for (int i = 0; i < 3; i++)
		raw_queue(raw_getpid(), SIGRTMIN + 1, i);
	check_case(name, is(mask_text(), "") && is(kernel_mask_text(), ""));
	/* a wait waits */
	struct timespec t = {0, 20000000};
	int64_t began = now_ms();
	check_case(name, nanosleep(&t, NULL) == 0 && now_ms() - began >= 20);
	/* and is interrupted */
	struct itimerval soon = {{0, 0}, {0, 10000}};
	struct pollfd none = {-1, 0, 0};
	on(SIGALRM, count, 0);
	setitimer(ITIMER_REAL, &soon, NULL);
	check_case(name, poll(&none, 1, 10000) == -1 && errno == EINTR && runs == 2 + 3);
}

/* ---- Out of each class of wait. ---- */

static int empty[2], full[2], pair[2], listener, epoll, queue, sems, lock_fd, locked_fd;
static pid_t child;
static pthread_t sleeper;
static sem_t sem;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static char buffer[4096], fifo[64];
static sigset_t nothing;
static uint32_t word;
static FILE *stream;

static void w_read(void) { (void)!read(empty[0], buffer, 1); }
static void w_write(void) { (void)!write(full[1], buffer, 4096); }
static void w_recv(void) { recv(pair[0], buffer, 1, 0); }
static void w_accept(void) { accept(listener, NULL, NULL); }
static void w_open(void) { (void)!open(fifo, O_RDONLY); }
static void w_waitpid(void) { waitpid(child, NULL, 0); }
static void w_flock(void) { flock(lock_fd, LOCK_EX); }
static void w_poll(void) { struct pollfd p = {empty[0], POLLIN, 0}; poll(&p, 1, 20000); }
static void w_ppoll(void) { struct pollfd p = {empty[0], POLLIN, 0}; ppoll(&p, 1, NULL, &nothing); }
static void w_pselect(void) { pselect(0, NULL, NULL, NULL, NULL, &nothing); }
static void w_epoll(void) { struct epoll_event e; epoll_wait(epoll, &e, 1, -1); }
static void w_nanosleep(void) { struct timespec t = {100, 0}; nanosleep(&t, &t); }
static void w_sleep(void) { sleep(100); }
static void w_pause(void) { pause(); }
static void w_sigsuspend(void) { sigsuspend(&nothing); }
static void w_sigtimedwait(void) { sigset_t s = set_of(SIGURG, 0); struct timespec t = {100, 0}; sigtimedwait(&s, NULL, &t); }
static void w_msgrcv(void) { struct { long type; char text[8]; } m; msgrcv(queue, &m, 8, 0, 0); }
static void w_semop(void) { struct sembuf b = {0, -1, 0}; semop(sems, &b, 1); }
static void w_sem_wait(void) { sem_wait(&sem); }
static void w_sem_timedwait(void) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t), t.tv_sec += 100; sem_timedwait(&sem, &t); }
static void w_join(void) { pthread_join(sleeper, NULL); }
static void w_cond(void) {
	static pthread_mutex_t m;
	static pthread_cond_t c;
	m = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER, c = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pthread_mutex_lock(&m);
	for (;;)
		pthread_cond_wait(&c, &m);
}
static void w_mutex(void) { pthread_mutex_lock(&mutex); }
static void w_rwlock(void) { pthread_rwlock_wrlock(&rwlock); }
static void w_fgets(void) { (void)!fgets_unlocked(buffer, sizeof buffer, stream); }
static void w_futex(void) { syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0); }
static void w_syscall(void) { syscall(SYS_read, empty[0], buffer, 1L); }

static const struct { const char *name; void (*wait)(void); } waits[] = {
	{"read", w_read}, {"write", w_write}, {"recv", w_recv}, {"accept", w_accept}, {"open", w_open}, {"waitpid", w_waitpid}, {"flock", w_flock}, {"poll", w_poll},
	{"ppoll", w_ppoll}, {"pselect", w_pselect}, {"epoll_wait", w_epoll}, {"nanosleep", w_nanosleep}, {"sleep", w_sleep}, {"pause", w_pause}, {"sigsuspend", w_sigsuspend},
	{"sigtimedwait", w_sigtimedwait}, {"msgrcv", w_msgrcv}, {"semop", w_semop}, {"sem_wait", w_sem_wait}, {"sem_timedwait", w_sem_timedwait}, {"pthread_join", w_join},
	{"pthread_cond_wait", w_cond}, {"pthread_mutex_lock", w_mutex}, {"pthread_rwlock_wrlock", w_rwlock}, {"fgets", w_fgets}, {"futex", w_futex}, {"syscall", w_syscall},
};

static volatile sig_atomic_t holding;
static void *holds(void *unused) {
	pthread_mutex_lock(&mutex), pthread_rwlock_rdlock(&rwlock);
	holding = 1;
	for (;;)
		raw_sleep(1000);
	return unused;
}

static void stage(void) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	sigset_t all;
	check(pipe(empty) == 0 && pipe(full) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	fcntl(full[1], F_SETFL, O_NONBLOCK);
	while (write(full[1], buffer, sizeof buffer) > 0)
		;
	fcntl(full[1], F_SETFL, 0);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	sprintf(address.sun_path + 1, "sidedoor-%d", (int)getpid());
	check(bind(listener, (void *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
	epoll = epoll_create1(0);
	queue = msgget(IPC_PRIVATE, 0600), sems = semget(IPC_PRIVATE, 1, 0600);
	sem_init(&sem, 0, 0);
	sprintf(fifo, "/tmp/sidedoor-%d", (int)getpid());
	unlink(fifo); /* of one that was killed */
	check(mkfifo(fifo, 0600) == 0);
	stream = fdopen(empty[0], "r");
	static char stream_buffer[4096]; /* natively a jump out of malloc, for the stream's own, would leave the heap locked */
	setvbuf(stream, stream_buffer, _IOFBF, sizeof stream_buffer);
	lock_fd = fileno(tmpfile());
	sprintf(buffer, "/proc/self/fd/%d", lock_fd);
	locked_fd = open(buffer, O_RDWR);
	flock(locked_fd, LOCK_EX);
	if ((child = fork()) == 0) {
		while (getppid() != 1)
			raw_sleep(50);
		_exit(0);
	}
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	sleeper = thread(holds, NULL);
	sigemptyset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (!holding)
		raw_sleep(1);
}

static void unstage(void) {
	unlink(fifo);
	msgctl(queue, IPC_RMID, NULL), semctl(sems, 0, IPC_RMID);
	raw_kill(child, SIGKILL);
}

static void jump(int sig) { siglongjmp(out, sig); }

/* Every other time the signal is there before the call. */
static void jump_out(void (*wait)(void), int times) {
	static volatile int i;
	for (i = 0; i < times; i++)
		if (sigsetjmp(out, 1) == 0) {
			struct itimerval soon = {{0, 0}, {0, 20}};
			if (i % 2)
				raw_raise(SIGALRM);
			else
				raw(SYS_setitimer, ITIMER_REAL, (long)&soon, 0, 0);
			wait();
			say("came back: %s", strerror(errno));
			failures++;
		} else
			jumps++;
}

/* Out of each step-th wait from the first. */
static void jumps_out(int times, size_t first, size_t step) {
	stage();
	for (size_t i = first; i < COUNT(waits); i += step) {
		dprintf(2, "%s ...\n", waits[i].name); /* of one that hangs, the last */
		on(SIGALRM, jump, SA_RESTART);
		jumps = 0;
		jump_out(waits[i].wait, times);
		check_case(waits[i].name, jumps == times);
		check_case(waits[i].name, is(kernel_mask_text(), ""));
	}
	still_works("jumps");
	unstage();
}

/* ---- Handlers in handlers, as deep as there is stack; out of the deepest at once, or one by one. ---- */

static volatile sig_atomic_t depth, deepest;
static void nests(int sig) {
	if (++depth < deepest) {
		raw_raise(sig);
		safe_point();
	} else if (depth == deepest && runs == 0) {
		runs = 1;
		siglongjmp(out, 1);
	}
	depth--;
}

static void deep(int levels) {
	for (volatile int i = 0; i < 20; i++) {
		on(SIGUSR1, nests, SA_NODEFER);
		deepest = levels, depth = 0, runs = i % 2;
		if (sigsetjmp(out, 1) == 0) {
			raw_raise(SIGUSR1);
			safe_point();
			check(depth == 0 && i % 2);
		} else
			check(depth == levels);
	}
	still_works("deep");
}

/* ---- Coroutines on small stacks, with a wall below each. ---- */

enum { COROUTINES = 50, SMALL = 12 * 1024 };
static ucontext_t main_context, coroutines[COROUTINES];
static volatile sig_atomic_t now_running;
static volatile int turns;

static void coroutine(void) {
	struct timespec t = {0, 1000};
	for (;;) {
		raw_raise(SIGUSR1);
		raw_queue(raw_getpid(), SIGRTMIN, turns);
		nanosleep(&t, NULL);
		turns++;
		swapcontext(&coroutines[now_running], &main_context);
	}
}

static void switches(void) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	on(SIGUSR1, count, 0);
	on(SIGRTMIN, count, 0);
	runs = 0;
	for (int i = 0; i < COROUTINES; i++) {
		char *stack = mmap(NULL, SMALL + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mprotect(stack, page, PROT_NONE);
		getcontext(&coroutines[i]);
		coroutines[i].uc_stack.ss_sp = stack + page, coroutines[i].uc_stack.ss_size = SMALL;
		makecontext(&coroutines[i], coroutine, 0);
	}
	for (int round = 0; round < 50; round++)
		for (int i = 0; i < COROUTINES; i++) {
			now_running = i;
			swapcontext(&main_context, &coroutines[i]);
		}
	safe_point();
	check(turns == 50 * COROUTINES && runs == 2 * turns);
	still_works("coroutines");
}

/* ---- Threads that end in a handler, in every way. ---- */

static void cancels(int sig) { (void)sig; pthread_cancel(pthread_self()); pthread_testcancel(); }
static void exits(int sig) { (void)sig; pthread_exit((void *)7); }
static void reads(int sig) { (void)sig; pthread_cancel(pthread_self()); (void)!read(empty[0], buffer, 1); }
static volatile sig_atomic_t ready, cleaned;
static void clean(void *unused) { (void)unused; cleaned++; }

static void *waits_to_end(void *wait) {
	pthread_cleanup_push(clean, NULL);
	ready = 1;
	(*(void (**)(void))wait)();
	say("came back");
	pthread_cleanup_pop(0);
	return NULL;
}

static void threads_end(int times) {
	static void (*const ways[])(int) = {cancels, exits, reads};
	static void (*const calls[])(void) = {w_read, w_poll, w_sem_wait, w_nanosleep, w_sigsuspend, w_mutex};
	int ended = 0;
	stage();
	for (int i = 0; i < times; i++) {
		void *result = NULL;
		on(SIGUSR1, ways[i % COUNT(ways)], 0);
		ready = 0;
		pthread_t t = thread(waits_to_end, (void *)&calls[i / COUNT(ways) % COUNT(calls)]);
		while (!ready)
			sched_yield();
		if (i % 2)
			raw_sleep(1);
		pthread_kill(t, SIGUSR1);
		pthread_join(t, &result);
		ended += result == (i % COUNT(ways) == 1 ? (void *)7 : PTHREAD_CANCELED);
	}
	check(ended == times && cleaned == times);
	still_works("threads");
	unstage();
}

/* ---- fork, exec, exit in handlers in handlers. ---- */

static int levels;
static void forks(int sig) {
	int status;
	if (++levels < 4) {
		raw_raise(sig);
		safe_point();
	}
	levels--;
	if (levels)
		return;
	pid_t made = fork();
	if (made == 0) {
		on(SIGUSR2, count, 0);
		runs = 0;
		raise(SIGUSR2);
		check(runs == 1);
		(void)!write(-1, "", 0);
		if (failures == 0)
			execl("/bin/sh", "sh", "-c", "kill -USR1 $$", NULL);
		_exit(1);
	}
	check(waitpid(made, &status, 0) == made && is(status_text(status), "signal 10"));
}

static void processes(void) {
	on(SIGUSR1, forks, SA_NODEFER);
	for (int i = 0; i < 20; i++) {
		raw_raise(SIGUSR1);
		safe_point();
	}
	still_works("processes");
	on(SIGUSR1, (void (*)(int))exit, 0);
	raw_raise(SIGUSR1);
	safe_point();
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "jumps";
	sigemptyset(&nothing);
	on(SIGRTMIN + 1, count, 0);
	if (is(what, "jumps"))
		jumps_out(argc > 2 ? atoi(argv[2]) : 10000, argc > 3 ? (size_t)atoi(argv[3]) : 0, argc > 4 ? (size_t)atoi(argv[4]) : 1);
	else if (is(what, "deep"))
		deep(argc > 2 ? atoi(argv[2]) : 10);
	else if (is(what, "coroutines"))
		switches();
	else if (is(what, "threads"))
		threads_end(argc > 2 ? atoi(argv[2]) : 600);
	else if (is(what, "processes"))
		processes();
	return verdict();
}
