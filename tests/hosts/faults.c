/* "Never deferred, however sent: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT; the C library's own signals." */
#include "host.h"
#include <setjmp.h>
#include <sys/resource.h>

static volatile sig_atomic_t runs, last;
static sigjmp_buf back;
static char *page;
static char stack[128 * 1024];

static void count(int sig) { runs++, last = sig; }
static void repair(int sig, siginfo_t *info, void *context) {
	(void)sig, (void)context;
	runs++;
	if (info->si_code > 0)
		mprotect((char *)((uintptr_t)info->si_addr & ~(uintptr_t)4095), 4096, PROT_READ | PROT_WRITE);
}
static void jump(int sig) { runs++, siglongjmp(back, sig); }
static void crash_report(int sig) { (void)sig; say("crash report"); }

__attribute__((noinline)) static int deeper(int n) {
	volatile char frame[4096];
	frame[n % 4096] = (char)n;
	return n > 100000000 ? 0 : deeper(n + 1) + frame[n % 4096];
}

static void *in_thread(void *unused) {
	(void)unused;
	page[0] = 'x';
	return NULL;
}

static void *forever(void *unused) {
	for (;;)
		pause();
	return unused;
}

static void timer_thread(union sigval v) { *(volatile sig_atomic_t *)v.sival_ptr = 1; }

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	static const int never[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
	page = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (is(what, "sent")) {
		for (size_t i = 0; i < COUNT(never); i++) {
			on(never[i], count, 0);
			runs = 0;
			raw_raise(never[i]);
			check_case(strsignal(never[i]), runs == 1 && last == never[i]);
			raw_kill(raw_getpid(), never[i]);
			check_case(strsignal(never[i]), runs == 2);
			raw_queue(raw_getpid(), never[i], 0);
			check_case(strsignal(never[i]), runs == 3);
			kill(getpid(), never[i]);
			raise(never[i]);
			check_case(strsignal(never[i]), runs == 5);
		}
	} else if (is(what, "repair")) {
		on_info(SIGSEGV, repair, 0);
		for (int i = 0; i < 200; i++)
			page[i * 4096] = 'x';
		check(runs == 200);
		kill(getpid(), SIGSEGV); /* one that is sent blocks no real one */
		check(runs == 201);
		page[201 * 4096] = 'x';
		check(runs == 202);
		pthread_join(thread(in_thread, NULL), NULL);
		mprotect(page, 4096, PROT_READ);
		pthread_join(thread(in_thread, NULL), NULL);
		check(runs == 203);
	} else if (is(what, "jump")) {
		on(SIGSEGV, jump, 0);
		for (volatile int i = 0; i < 1000; i++)
			if (sigsetjmp(back, 1) == 0)
				page[0] = 'x';
		check(runs == 1000);
		check(is(kernel_mask_text(), ""));
	} else if (is(what, "overflow")) {
		struct rlimit small = {1 << 20, 1 << 20};
		setrlimit(RLIMIT_STACK, &small);
		stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
		sigaltstack(&alternate, NULL);
		on(SIGSEGV, jump, SA_ONSTACK);
		for (volatile int i = 0; i < 3; i++)
			if (sigsetjmp(back, 1) == 0)
				deeper(1);
		check(runs == 3);
	} else if (is(what, "bus")) {
		FILE *f = tmpfile();
		char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(f), 0);
		on(SIGBUS, jump, 0);
		if (sigsetjmp(back, 1) == 0)
			say("%d", map[0]);
		check(runs == 1);
	} else if (is(what, "abort")) {
		on(SIGABRT, jump, 0);
		if (sigsetjmp(back, 1) == 0)
			abort();
		check(runs == 1);
	} else if (is(what, "abort-dies")) {
		on(SIGABRT, crash_report, 0);
		abort();
	} else if (is(what, "crash")) { /* the flag that a crash handler needs: its second one dumps core */
		on(SIGSEGV, crash_report, SA_RESETHAND);
		page[0] = 'x';
	} else if (is(what, "crash-default")) {
		page[0] = 'x';
	} else if (is(what, "libc")) {
		on(SIGUSR1, count, 0);
		void *result;
		pthread_t other = thread(forever, NULL);
		check(pthread_cancel(other) == 0 && pthread_join(other, &result) == 0 && result == PTHREAD_CANCELED);
		other = thread(forever, NULL);
		check(setgid(getgid()) == 0); /* in every thread, by a signal */
		pthread_cancel(other), pthread_join(other, NULL);
		volatile sig_atomic_t done = 0;
		timer_t timer;
		struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = timer_thread, .sigev_value.sival_ptr = (void *)&done};
		struct itimerspec soon = {.it_value.tv_nsec = 1000000};
		check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0);
		check(spin(&done, 10000));
		check(sigaction(32, &(struct sigaction){.sa_handler = count}, NULL) == -1 && errno == EINVAL);
		check(sigaction(33, NULL, &(struct sigaction){0}) == -1 && errno == EINVAL);
	}
	return verdict();
}
