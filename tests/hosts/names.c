/* Every name by which binaries reach one function is that function: aliases, BSD's and System V's families, the versions that only old binaries import. */
#include "host.h"
#include <spawn.h>

#if defined __x86_64__ && !defined __ILP32__
#define OLD(name, version) __asm__(".symver old_" #name ", " #name "@GLIBC_" version)
#else
#define OLD(name, version) __asm__(".set unused_" #name ", 0")
#define NO_OLD_NAMES
#endif

#define BIT(sig) (1 << ((sig) - 1))

static volatile sig_atomic_t runs;
static void count(int sig) { (void)sig, runs++; }

/* Says whether it is held until a call, and what becomes of it then. */
static void tell(const char *name, int sig) {
	runs = 0;
	raw_raise(sig);
	bool held = runs == 0;
	safe_point();
	say("%s: %s, runs %d mask [%s]", name, held ? "held" : "at once", (int)runs, kernel_mask_text());
}

/* ---- Setting. ---- */

extern int __sigaction(int, const struct sigaction *, struct sigaction *);
extern sighandler_t bsd_signal(int, sighandler_t), __sysv_signal(int, sighandler_t);
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static void setters(void) {
	struct sigaction action = {.sa_handler = count};
	check(__sigaction(SIGUSR1, &action, NULL) == 0), tell("__sigaction", SIGUSR1);
	check(signal(SIGUSR1, SIG_DFL) == count && signal(SIGUSR1, count) == SIG_DFL), tell("signal", SIGUSR1);
	check(bsd_signal(SIGUSR1, count) == count), tell("bsd_signal", SIGUSR1);
	check(ssignal(SIGUSR1, count) == count), tell("ssignal", SIGUSR1);
	check(sysv_signal(SIGUSR1, count) == count), tell("sysv_signal", SIGUSR1);
	check(__sysv_signal(SIGUSR1, count) != SIG_ERR), tell("__sysv_signal", SIGUSR1);
	check(sigset(SIGUSR1, count) != SIG_ERR), tell("sigset", SIGUSR1);
	check(sigset(SIGUSR1, SIG_HOLD) == count && sigset(SIGUSR1, count) == SIG_HOLD), tell("sigset after SIG_HOLD", SIGUSR1);
	check(sigignore(SIGUSR1) == 0), tell("sigignore", SIGUSR1);
	check(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
}

/* ---- Masks: one int, or one signal. ---- */

static void masks(void) {
	on(SIGUSR1, count, 0);
	check(sigblock(BIT(SIGUSR1)) == 0 && siggetmask() == BIT(SIGUSR1)), tell("sigblock", SIGUSR1);
	check(sigsetmask(BIT(SIGUSR2)) == BIT(SIGUSR1) && runs == 1), tell("sigsetmask", SIGUSR1);
	check(sigsetmask(0) == BIT(SIGUSR2));
	check(sighold(SIGUSR1) == 0), tell("sighold", SIGUSR1);
	check(sigrelse(SIGUSR1) == 0 && runs == 1), tell("sigrelse", SIGUSR1);
	check(sighold(SIGRTMAX + 9) == -1 && errno == EINVAL);
}

/* ---- sigpause in its three shapes: the signal comes before, blocked; the wait lets it through. ---- */

int old_sigpause(int mask);
OLD(sigpause, "2.2.5");
extern int __sigpause(int sig_or_mask, int is_sig), __xpg_sigpause(int sig);

static void paused(const char *name, int result) {
	say("%s: %s, runs %d mask [%s]", name, result == -1 ? strerror(errno) : "?", (int)runs, kernel_mask_text());
	runs = 0;
}
static void pauses(void) {
	on(SIGUSR1, count, SA_RESTART);
	on(SIGUSR2, count, 0);
	runs = 0;
	mask_one(SIG_BLOCK, SIGUSR1);
	mask_one(SIG_BLOCK, SIGUSR2);
	raise(SIGUSR1), raise(SIGUSR2);
#ifndef NO_OLD_NAMES
	paused("sigpause, a mask", old_sigpause(BIT(SIGUSR2)));
	raise(SIGUSR1);
#endif
	paused("__sigpause, a mask", __sigpause(BIT(SIGUSR2), 0));
	raise(SIGUSR1);
	paused("__sigpause, a signal", __sigpause(SIGUSR1, 1));
	raise(SIGUSR1);
	paused("__xpg_sigpause", __xpg_sigpause(SIGUSR1));
	mask_one(SIG_UNBLOCK, SIGUSR1);
	mask_one(SIG_UNBLOCK, SIGUSR2);
	paused("the other", -1);
}

/* ---- Versions that only old binaries import. ---- */

#ifndef NO_OLD_NAMES
struct old_sigvec {
	void (*handler)(int);
	int mask, flags;
};
int old_sigvec(int sig, const struct old_sigvec *in, struct old_sigvec *out);
int old_pthread_sigmask(int how, const sigset_t *set, sigset_t *out);
int old_pthread_kill(pthread_t t, int sig);
int old_clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *left);
int old_posix_spawn(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[], char *const[]);
int old_timer_create(clockid_t, struct sigevent *, timer_t *);
int old_timer_settime(timer_t, int, const struct itimerspec *, struct itimerspec *);
int older_timer_create(clockid_t, struct sigevent *, int *);
int older_timer_settime(int, int, const struct itimerspec *, struct itimerspec *);
int older_timer_delete(int);
int old_pthread_cond_init(void *, void *);
int old_pthread_cond_timedwait(void *, pthread_mutex_t *, const struct timespec *);
int old_pthread_cond_destroy(void *);
OLD(sigvec, "2.2.5");
OLD(pthread_sigmask, "2.2.5");
OLD(pthread_kill, "2.2.5");
OLD(clock_nanosleep, "2.2.5");
OLD(posix_spawn, "2.2.5");
OLD(timer_create, "2.3.3");
OLD(timer_settime, "2.3.3");
__asm__(".symver older_timer_create, timer_create@GLIBC_2.2.5");
__asm__(".symver older_timer_settime, timer_settime@GLIBC_2.2.5");
__asm__(".symver older_timer_delete, timer_delete@GLIBC_2.2.5");
OLD(pthread_cond_init, "2.2.5");
OLD(pthread_cond_timedwait, "2.2.5");
OLD(pthread_cond_destroy, "2.2.5");

/* The timer is waited for in a call that its signal ends. */
static void timed(const char *name) {
	struct timespec t = {10, 0};
	runs = 0;
	int result = nanosleep(&t, NULL);
	say("%s: %s, runs %d", name, result ? strerror(errno) : "0", (int)runs);
}

static void spawns(const char *name, __typeof__(posix_spawn) *spawn, char *path) {
	char *arguments[] = {path, NULL};
	pid_t pid;
	int status, error = spawn(&pid, path, NULL, NULL, arguments, environ);
	if (error == 0)
		waitpid(pid, &status, 0);
	say("%s: %s", name, error ? strerror(error) : status_text(status));
}

static void versions(void) {
	struct old_sigvec in = {count, 0, 2 /* SV_INTERRUPT */}, out;
	struct sigaction action;
	sigset_t set = set_of(SIGUSR1, 0), was;
	check(old_sigvec(SIGUSR1, &in, NULL) == 0 && old_sigvec(SIGUSR1, NULL, &out) == 0 && out.handler == count && out.flags == 2);
	check(sigaction(SIGUSR1, NULL, &action) == 0 && !(action.sa_flags & SA_RESTART));
	tell("sigvec", SIGUSR1);
	check(old_pthread_sigmask(SIG_BLOCK, &set, NULL) == 0), tell("pthread_sigmask", SIGUSR1);
	check(old_pthread_sigmask(SIG_UNBLOCK, &set, &was) == 0 && runs == 1 && sigismember(&was, SIGUSR1));
	check(old_pthread_kill(pthread_self(), SIGUSR1) == 0 && runs == 2);

	struct timespec second = {1, 0}, past = {1, 0};
	struct itimerval soon = {{0, 0}, {0, 10000}};
	on(SIGALRM, count, 0);
	setitimer(ITIMER_REAL, &soon, NULL);
	check(old_clock_nanosleep(CLOCK_MONOTONIC, 0, &second, &second) == EINTR);

	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec at = {.it_value = {0, 10000000}};
	timer_t timer;
	int number;
	check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &at, NULL) == 0), timed("timer");
	check(timer_delete(timer) == 0 && old_timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && old_timer_settime(timer, 0, &at, NULL) == 0), timed("timer, old");
	check(older_timer_create(CLOCK_REALTIME, &event, &number) == 0 && older_timer_settime(number, 0, &at, NULL) == 0), timed("timer, oldest");
	check(older_timer_delete(number) == 0);

	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct { void *cond, *after; } old = {NULL, &old};
	pthread_mutex_lock(&mutex);
	check(old_pthread_cond_init(&old.cond, NULL) == 0 && old_pthread_cond_timedwait(&old.cond, &mutex, &past) == ETIMEDOUT);
	check(old_pthread_cond_destroy(&old.cond) == 0 && old.after == &old);
	pthread_mutex_unlock(&mutex);

	char path[64];
	sprintf(path, "/tmp/names-%d", (int)getpid());
	int fd = open(path, O_CREAT | O_WRONLY, 0700);
	check(write(fd, "exit 5\n", 7) == 7 && close(fd) == 0);
	spawns("posix_spawn", posix_spawn, path);
	spawns("posix_spawn, old", old_posix_spawn, path);
	unlink(path);
}
#else
static void versions(void) {}
#endif

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	alarm(30);
	signal(SIGALRM, SIG_DFL);
	if (is(what, "setters"))
		setters();
	else if (is(what, "masks"))
		masks();
	else if (is(what, "pauses"))
		pauses();
	else if (is(what, "versions"))
		versions();
	return verdict();
}
