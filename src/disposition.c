/* disposition.c: see disposition.h. Async-signal-safe. */
#include "disposition.h"

#include "next.h"
#include "thread.h"

struct disposition disposition_table[SIGNALS];

/* A writer that has gone round twice meanwhile has written into the copy that we read: look again. */
struct action disposition_get(int sig) {
	for (;;) {
		unsigned count = __atomic_load_n(&disposition_table[sig - 1].count, __ATOMIC_ACQUIRE);
		struct action a = disposition_table[sig - 1].copy[count & 1];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (count == __atomic_load_n(&disposition_table[sig - 1].count, __ATOMIC_RELAXED))
			return a;
	}
}

bool disposition_lock(int sig) {
	pid_t none = 0;
	while (!__atomic_compare_exchange_n(&disposition_table[sig - 1].owner, &none, self.tid, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (none == self.tid) {
			disposition_table[sig - 1].again = true;
			return false;
		}
		none = 0;
	}
	return true;
}

void disposition_set(int sig, const struct action *a) {
	unsigned count = disposition_table[sig - 1].count;
	disposition_table[sig - 1].copy[(count + 1) & 1] = *a;
	disposition_table[sig - 1].last_run = RUN_NONE;
	__atomic_store_n(&disposition_table[sig - 1].count, count + 1, __ATOMIC_RELEASE);
}

void disposition_undo(int sig) { __atomic_fetch_add(&disposition_table[sig - 1].count, 1, __ATOMIC_RELEASE); }

bool disposition_unlock(int sig) {
	bool again = disposition_table[sig - 1].again;
	disposition_table[sig - 1].again = false;
	__atomic_store_n(&disposition_table[sig - 1].owner, 0, __ATOMIC_RELEASE);
	return again;
}

void disposition_child(pid_t parent, pid_t child) {
	for (int i = 0; i < SIGNALS; i++)
		disposition_table[i].owner = disposition_table[i].owner == parent ? child : 0;
}

void disposition_note_run(int sig, int run) { disposition_table[sig - 1].last_run = run; }
int disposition_last_run(int sig) { return disposition_table[sig - 1].last_run; }

void disposition_kernel_reset(int sig, const struct action *a) {
	struct sigaction dfl = {.sa_handler = SIG_DFL, .sa_flags = a->flags};
	memcpy(&dfl.sa_mask, &a->mask, sizeof a->mask);
	NEXT(sigaction)(sig, &dfl, NULL);
}

void disposition_kernel_default(int sig) {
	static const struct action plain;
	disposition_kernel_reset(sig, &plain);
}
