/* "It may do all that a handler may natively do", and C++ passes through every frame: exceptions out of a handler in a wait, through a call of libc's that calls back, and what pthread_cancel destroys on its way. */
#include "host.h"
#include <atomic>
#include <stdexcept>
#include <string>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

static volatile sig_atomic_t runs;
static void count(int sig) { (void)sig, runs++; }

struct interrupted {
	int sig;
};
static void throws(int sig) { throw interrupted{sig}; }

struct guard {
	static int alive;
	guard() { alive++; }
	~guard() { alive--; }
};
int guard::alive;

static int fds[2], listener;
static char buffer[64];
static sigset_t nothing;

/* noinline: each has its own frame to be left. */
#define WAIT(name, call) \
	__attribute__((noinline)) static void name() { \
		guard g; \
		(void)!(call); \
		say(#name " came back: %s", strerror(errno)), failures++; \
	}
WAIT(w_read, read(fds[0], buffer, 1))
WAIT(w_poll, poll(nullptr, 0, 20000))
WAIT(w_select, select(0, nullptr, nullptr, nullptr, nullptr))
WAIT(w_accept, accept(listener, nullptr, nullptr))
WAIT(w_pause, pause())
WAIT(w_sigsuspend, sigsuspend(&nothing))
WAIT(w_sleep, sleep(20))
static const struct timespec time_ = {20, 0};
WAIT(w_nanosleep, nanosleep(&time_, nullptr))
static void (*const waits[])() = {w_read, w_poll, w_select, w_accept, w_pause, w_sigsuspend, w_sleep, w_nanosleep};

/* Sends when main sleeps: between two instructions nothing may be thrown. */
static std::atomic<bool> armed, over;
static pid_t main_tid;
static void *sends(void *) {
	char path[64], stat[256];
	sprintf(path, "/proc/self/task/%d/stat", (int)main_tid);
	while (!over) {
		long fd = armed ? raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0) : -1;
		if (fd < 0) {
			raw(SYS_sched_yield, 0, 0, 0, 0);
			continue;
		}
		long n = raw(SYS_read, fd, (long)stat, sizeof stat - 1, 0);
		raw(SYS_close, fd, 0, 0, 0);
		stat[n > 0 ? n : 0] = 0;
		const char *state = strrchr(stat, ')');
		if (!state || state[2] != 'S' || !armed)
			continue;
		armed = false;
		raw(SYS_tgkill, raw_getpid(), main_tid, SIGALRM, 0);
	}
	return nullptr;
}

/* Natively the signal stays blocked behind a handler that is left by an exception, unless SA_NODEFER. */
static void out_of_waits(int times, int flags, bool held) {
	int caught = 0;
	on(SIGALRM, throws, flags);
	for (int i = 0; i < times; i++) {
		if (held)
			raw_raise(SIGALRM);
		else
			armed = true;
		try {
			waits[i % COUNT(waits)]();
		} catch (const interrupted &e) {
			caught += e.sig == SIGALRM;
			if (!(flags & SA_NODEFER)) {
				check(is(mask_text(), "14"));
				mask_one(SIG_UNBLOCK, SIGALRM);
			}
		}
		check(is(kernel_mask_text(), ""));
	}
	check(caught == times && guard::alive == 0);
}

/* A stream that throws: through fread, and its lock and ours. */
static ssize_t cookie_read(void *, char *, size_t) { throw std::runtime_error("no bytes"); }
static void through_calls(int times) {
	int caught = 0;
	cookie_io_functions_t io = {};
	io.read = cookie_read;
	for (int i = 0; i < times; i++) {
		FILE *f = fopencookie(nullptr, "r", io);
		try {
			guard g;
			(void)!fread(buffer, 1, 1, f);
		} catch (const std::exception &e) {
			caught += std::string(e.what()) == "no bytes";
		}
		fclose(f);
	}
	check(caught == times && guard::alive == 0);
}

/* Cancelled in a wait: the destructors run. */
static std::atomic<int> ready;
static void *cancelled(void *wait) {
	guard g;
	ready = 1;
	(*(void (**)())wait)();
	return nullptr;
}
static void cancels(int times) {
	for (int i = 0; i < times; i++) {
		void *result = nullptr;
		ready = 0;
		pthread_t t = thread(cancelled, (void *)&waits[i % COUNT(waits)]);
		while (!ready)
			raw(SYS_sched_yield, 0, 0, 0, 0);
		if (i % 2)
			raw_sleep(1);
		pthread_cancel(t);
		pthread_join(t, &result);
		check(result == PTHREAD_CANCELED && guard::alive == 0);
	}
}

/* One that stays inside. */
static void catches(int sig) {
	try {
		guard g;
		throw interrupted{sig};
	} catch (const interrupted &) {
		runs++;
	}
}

static void still_works() {
	on(SIGUSR2, count, 0);
	runs = 0;
	raw_raise(SIGUSR2);
	say("%s", runs ? "at once" : "held");
	safe_point();
	check(runs == 1 && is(kernel_mask_text(), ""));
}

int main(int argc, char **argv) {
	int times = argc > 1 ? atoi(argv[1]) : 1000;
	struct sockaddr_un address = {};
	address.sun_family = AF_UNIX;
	sprintf(address.sun_path + 1, "exceptions-%d", (int)getpid());
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	sigemptyset(&nothing);
	check(pipe(fds) == 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
	bool held = argc > 2;
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, nullptr);
	main_tid = raw_gettid();
	pthread_t sender = thread(sends, nullptr);
	sigemptyset(&all);
	pthread_sigmask(SIG_SETMASK, &all, nullptr);
	out_of_waits(times, SA_NODEFER, held);
	out_of_waits(times, SA_RESTART, held);
	over = true;
	pthread_join(sender, nullptr);
	through_calls(times);
	cancels(times / 10);
	on(SIGUSR1, catches, 0);
	runs = 0;
	for (int i = 0; i < times; i++)
		raw_raise(SIGUSR1), safe_point();
	check(runs == times);
	still_works();
	return verdict();
}
