/* thread.h: what sigtame knows of each thread: one word that says whether anything is due, the mask's account,
 * and the records of what lies on its stack. Owner: the thread itself; others only set bits of due.
 * Async-signal-safe throughout. Initial-exec TLS: nothing is allocated in a handler. */
#ifndef SIGTAME_THREAD_H
#define SIGTAME_THREAD_H

#include "base.h"
#include <sys/types.h>

/* Bits of the due word: 0 means that a call has nothing to do but itself. */
enum {
	DUE_ATTACH = 1,    /* the thread has not been set up: its state at birth */
	DUE_KEPT = 2,      /* handlers are due in this thread */
	DUE_REMOTE = 4,    /* other threads have put signals into main's inbox */
	DUE_OUT = 8,       /* a signal that this thread received lies in main's inbox */
	DUE_RING = 16,     /* a doorbell is under way to this thread */
	DUE_TIMER = 32,    /* this thread's deadline timer is armed */
	DUE_CANCEL = 64,   /* pthread_cancel has named this thread */
	DUE_RAN = 128,     /* a handler ran in a frame since the last call was left */
	DUE_CAREFUL = 256, /* every call takes the long way: RETRY needs the time of entry, another malloc its caller, no reserved signal a cancellation point */
	DUE_TELL = 1024,   /* bytes for the wakeup fd were lost: to be said at a safe point */
	DUE_SECTION = 2048, /* between sigtame_defer_begin and its end: every call knows its deadline */
	DUE_STRAY = 4096, /* what no handler of the host's answers has come since the last call was left, and may have interrupted one */
	DUE_PASS = 512,    /* every call asks whether it is ours at all: posix, inert, other preloads */
};

/* What a run of a handler means for the call that it interrupted. */
enum { RAN = 1, RAN_NO_RESTART = 2, RAN_NO_RETRY = 4 };

/* What lies on the stack, outermost first: the topmost that is alive decides whether this is a safe place. */
enum record_kind {
	RECORD_SAFE,   /* a handler that was started at a safe place */
	RECORD_UNSAFE, /* a handler that interrupted an unsafe place */
	RECORD_LIBC,   /* a call that is inside the C library */
};

struct record {
	uintptr_t sp;
	uint32_t below, above; /* the bounds of the alternate stack that sp lies on, as distances; 0 elsewhere */
	uint8_t kind, sig;
	bool futex;   /* RECORD_LIBC: this call waits in a futex */
	uint16_t next; /* RECORD_LIBC: which function */
	bool unkept;  /* RECORD_LIBC: nothing may be left blocked meanwhile: it starts programs */
};

#define RECORDS 16

struct slot;

struct thread {
	unsigned due;          /* atomically */
	unsigned fresh;        /* set with every bit of due: something has come since the thread last looked */
	unsigned vforked;      /* this is a vfork child, on its parent's memory, or its parent, about to make it or as it ends; how deep */
	unsigned unkept;       /* libc may be writing the mask down for a later jump: nothing is left blocked meanwhile */
	pid_t tid;
	sigbits kept;          /* blocked in the kernel on our account, or kept while the host blocks it */
	sigbits kept_blocked;  /* the part of kept that the host blocks too */
	struct slot *first;    /* due here, in order of arrival */
	struct slot *out;      /* ours, in main's inbox */
	const sigbits *waiting_mask; /* the temporary mask of the wait under way */
	int64_t since_ns;      /* when the oldest that is due arrived; 0: nothing */
	int64_t tick_ns;
	const char *call;      /* the name of the call under way, while it takes its long way */
	uintptr_t ran_at;      /* where the last handler that ran in a frame found this thread */
	int timer;             /* the kernel's id, -1 none yet, -2 none to be had */
	unsigned deferring;    /* sigtame_defer_begin, how deep: no deferred handler runs */
	unsigned runs;         /* of handlers, ever */
	uint8_t ran;           /* RAN_… of the runs since the last call was left */
	bool no_wait;          /* the call under way must not wait: rings until it is left */
	bool rung;             /* the doorbell came during the call under way */
	bool uncancelable;     /* by pthread_setcancelstate; atomically */
	bool blocks_reserved;  /* the host means to: no kernel's mask says so, but those of the programs that it starts */
	bool sated;            /* the last safe point ran as many as it may, and more may be due */
	uint8_t records;
	struct record record[RECORDS];
};

extern __thread struct thread self __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Main: the thread that entered main, or that forked. NULL: ended. */
extern struct thread *thread_main;
extern sigbits thread_main_mask; /* what main blocks by its own mask, atomically */
extern pid_t thread_process;     /* as of the last fork that we saw: good for a guess, not for sending */
extern unsigned thread_due_always; /* the bits that every thread has for good */

void thread_attach(struct thread *);
void thread_child(struct thread *); /* in a fork child: this thread is all there is */

/* In a handler that interrupts, vforked alone does not tell the child from its parent. */
bool thread_is_other(const struct thread *);
static inline bool thread_in_vfork_child(const struct thread *t) { return unlikely(t->vforked) && thread_is_other(t); }

static inline void due_set(struct thread *t, unsigned bits) {
	__atomic_fetch_or(&t->due, bits, __ATOMIC_SEQ_CST);
	__atomic_store_n(&t->fresh, 1, __ATOMIC_SEQ_CST);
}
/* By the thread itself, for itself: others need not see the two in order. */
static inline void due_set_own(struct thread *t, unsigned bits) {
	__atomic_fetch_or(&t->due, bits, __ATOMIC_RELAXED);
	__atomic_store_n(&t->fresh, 1, __ATOMIC_RELAXED);
}
static inline void due_clear(struct thread *t, unsigned bits) { __atomic_fetch_and(&t->due, ~bits, __ATOMIC_SEQ_CST); }
static inline unsigned due_get(const struct thread *t) { return __atomic_load_n(&t->due, __ATOMIC_SEQ_CST); }

/* The call that this interrupted goes on, where it knows how long. */
static inline void thread_note_stray(struct thread *t) {
	t->rung = true;
	due_set_own(t, DUE_STRAY);
}

/* The thread behind a pthread_t: the offset of a TLS variable from it is the same in every thread. */
struct thread *thread_of(unsigned long pthread);

extern sigbits thread_not_kept; /* ORDERLY has begun: these are no longer blocked on our account */

/* The host's mask, from the kernel's; and the kernel's, when the host is to have mask. A vfork child has nothing kept: what
 * there is, is its parent's. */
static inline sigbits thread_mask_host(const struct thread *t, sigbits kernel) {
	return unlikely(t->vforked) ? kernel : (kernel & ~t->kept) | t->kept_blocked;
}
static inline sigbits thread_mask_enter(struct thread *t, sigbits host) {
	if (unlikely(t->vforked))
		return host;
	t->kept_blocked = t->kept & host;
	return host | (t->kept & ~thread_not_kept);
}

/* The frame of the caller, as a place on its stack. */
#define THREAD_SP() ((uintptr_t)__builtin_frame_address(0))

/* Push returns the count to give back to thread_pop. */
unsigned thread_push(struct thread *, struct record);
static inline void thread_pop(struct thread *t, unsigned records) { t->records = (uint8_t)records; }
/* A jump to sp ends the call under way, and every record below sp. */
void thread_jumped(struct thread *, uintptr_t sp);
const struct record *thread_top(struct thread *, uintptr_t sp);
/* Whether a handler of a queued signal is running: each ends before the next begins, but for the calls that it makes. */
static inline bool thread_in_queued(const struct thread *t) {
	for (unsigned i = 0; i < t->records; i++)
		if (t->record[i].sig >= REALTIME)
			return true;
	return false;
}

/* What belongs to the call under way and not to those that a handler makes meanwhile. */
struct call_state {
	const sigbits *waiting_mask;
	const char *call;
	uint8_t ran;
	bool no_wait, rung;
	unsigned unkept; /* a safe point of the handler's forgets it */
	uintptr_t inside; /* a stub in C: it is in the call */
};
struct call_state thread_leave_call(struct thread *);
void thread_resume_call(struct thread *, const struct call_state *);

/* Whether the call under way starts programs: what is kept must not be left blocked. */
static inline bool thread_starts_programs(const struct thread *t) { return t->records > 0 && t->record[t->records - 1].unkept; }

/* Whether a handler may run at a call that is made at sp. */
static inline bool thread_is_safe(struct thread *t, uintptr_t sp) {
	if (likely(t->records == 0))
		return true;
	const struct record *top = thread_top(t, sp);
	return top == NULL || top->kind == RECORD_SAFE;
}

/* The kernel's masks. Full: all but the faults and the C library's own. */
#define SIGBITS_LIBC (SIGBIT(32) | SIGBIT(33))
#define SIGBITS_FAULTS (SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGFPE) | SIGBIT(SIGILL) | SIGBIT(SIGTRAP) | SIGBIT(SIGSYS))
#define SIGBITS_UNCAUGHT (SIGBIT(SIGKILL) | SIGBIT(SIGSTOP))
#define SIGBITS_NEVER_DEFERRED (SIGBITS_FAULTS | SIGBIT(SIGABRT))
#define SIGBITS_FULL (~(SIGBITS_FAULTS | SIGBITS_LIBC))

sigbits thread_kernel_mask(void);
sigbits thread_set_kernel_mask(sigbits mask); /* returns the one before */

/* Nothing comes in between from here on. Returns the host's mask. */
static inline sigbits thread_block_all(const struct thread *t) { return thread_mask_host(t, thread_set_kernel_mask(SIGBITS_FULL)); }
/* Nothing is blocked on our account. */
static inline void thread_mask_as_host(const struct thread *t) { thread_set_kernel_mask(thread_block_all(t)); }
/* What the host blocks, as of one moment: a handler that is forced between a look at the kernel's mask and one at what is kept
 * would leave the sum with a signal that nobody blocks. */
sigbits thread_host_mask(struct thread *t);

#endif
