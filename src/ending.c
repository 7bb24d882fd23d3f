/* ending.c: see ending.h. */
#include "ending.h"

#include "arch/arch.h"
#include "deadline.h"
#include "disposition.h"
#include "options.h"
#include "thread.h"
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

/* timeout(1) sends its signal twice, to its child and to the group in which that is: the second comes while the first one's end has
 * hardly begun. The end in order has this long then. */
#define TWICE_NS 100000000

int ending_by;
static int64_t begun_ns;

void ending_die_by(int sig) {
	disposition_kernel_default(sig);
	raw4(SYS_tgkill, raw4(SYS_getpid, 0, 0, 0, 0), raw4(SYS_gettid, 0, 0, 0, 0), sig, 0);
}

/* Another listed signal than sig finds its default action, and each of them no mask of ours: from the first one's arrival, not from
 * its run. */
static void begin(int sig) {
	for (int s = 1; s <= SIGNALS; s++) {
		struct action a = disposition_get(s);
		if (!(options.orderly & SIGBIT(s)) || !(a.marks & MARK_OURS) || a.handler != SIG_DFL)
			continue;
		__atomic_fetch_or(&thread_not_kept, SIGBIT(s), __ATOMIC_SEQ_CST);
		if (s != sig)
			disposition_kernel_default(s);
	}
}

static bool die_after(int sig, int64_t ns) {
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig};
	struct itimerspec in = {.it_value = {0, ns}};
	int id;
	return raw4(SYS_timer_create, CLOCK_MONOTONIC, (long)&event, (long)&id, 0) == 0 && raw4(SYS_timer_settime, id, 0, (long)&in, 0) == 0;
}

bool ending_begins(int sig, const siginfo_t *info) {
	int64_t now_ns = deadline_now_ns(), first_ns = 0;
	if (__atomic_compare_exchange_n(&begun_ns, &first_ns, now_ns, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		begin(sig);
		return true;
	}
	int64_t left_ns = first_ns + TWICE_NS - now_ns;
	bool from_elsewhere = info->si_code == SI_USER && info->si_pid != raw4(SYS_getpid, 0, 0, 0, 0);
	disposition_kernel_default(sig);
	if (!from_elsewhere || left_ns <= 0 || !die_after(sig, left_ns))
		ending_die_by(sig);
	return false;
}

void ending_run(int sig) {
	if (__atomic_load_n(&begun_ns, __ATOMIC_SEQ_CST) == 0)
		begin(0);
	ending_by = sig;
	exit(128 + sig);
}

void ending_child(void) {
	ending_by = 0;
	begun_ns = 0;
	thread_not_kept = 0;
}
