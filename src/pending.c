/* pending.c: see pending.h. Lock-free: a handler may interrupt any step of it in another thread. Async-signal-safe. */
#include "pending.h"

#include "state.h"
#include "trace.h"
#include <stddef.h>

#define SLOTS 8192
/* Of these as many may wait for main: threads that come and go could fill the pool, and main's list is walked. */
#define MOST_POSTED 1024

static struct slot pool[SLOTS];
static uint64_t free_head; /* index + 1 below, a count above it against A-B-A */
static uint32_t pool_used; /* slots beyond were never touched: their pages cost nothing */
static struct slot *inbox;
static uint32_t posted; /* in the inbox or main's list */

struct slot *slot_get(void) {
	uint64_t head = __atomic_load_n(&free_head, __ATOMIC_ACQUIRE);
	while ((uint32_t)head != 0) {
		struct slot *s = &pool[(uint32_t)head - 1];
		uint64_t next = ((head >> 32) + 1) << 32 | __atomic_load_n(&s->free_next, __ATOMIC_RELAXED);
		if (__atomic_compare_exchange_n(&free_head, &head, next, true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return s;
	}
	uint32_t i = __atomic_load_n(&pool_used, __ATOMIC_RELAXED);
	while (i < SLOTS)
		if (__atomic_compare_exchange_n(&pool_used, &i, i + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return &pool[i];
	return NULL;
}

void slot_put(struct slot *s) {
	uint64_t head = __atomic_load_n(&free_head, __ATOMIC_RELAXED), next;
	do {
		__atomic_store_n(&s->free_next, (uint32_t)head, __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | (uint32_t)(s - pool + 1);
	} while (!__atomic_compare_exchange_n(&free_head, &head, next, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static void append(struct thread *t, struct slot *s) {
	struct slot **end = &t->first;
	while (*end)
		end = &(*end)->next;
	s->next = NULL;
	*end = s;
}

static struct slot *slot_of(int sig, const siginfo_t *info, enum slot_state state) {
	struct slot *s = slot_get();
	if (s == NULL)
		return NULL;
	s->sig = sig;
	s->state = state;
	s->info = *info;
	return s;
}

static sigbits out_set(const struct thread *t) {
	sigbits set = 0;
	for (const struct slot *s = t->out; s; s = s->out_next)
		set |= SIGBIT(s->sig);
	return set;
}

static sigbits own_set(const struct thread *t) {
	sigbits set = 0;
	for (const struct slot *s = t->first; s; s = s->next)
		if (s->state == SLOT_OWN)
			set |= SIGBIT(s->sig);
	return set;
}

static void note_deferred(int sig, const siginfo_t *info) {
	state_count(sig, STATE_DEFERRED);
	TRACE(DEFERRED, sig, .sender = trace_sender(info), .code = info->si_code);
}

bool pending_coalesces(const struct thread *t, int sig) { return sig < REALTIME && (own_set(t) & SIGBIT(sig)); }

/* A standard signal that is not blocked meanwhile comes again: one is enough, its run is still to begin. */
bool pending_keep(struct thread *t, int sig, const siginfo_t *info) {
	if (pending_coalesces(t, sig)) {
		state_count(sig, STATE_COALESCED);
		TRACE(COALESCED, sig, .sender = trace_sender(info), .code = info->si_code);
		return true;
	}
	struct slot *s = slot_of(sig, info, SLOT_OWN);
	if (s == NULL)
		return false;
	append(t, s);
	t->kept |= SIGBIT(sig);
	due_set(t, DUE_KEPT);
	note_deferred(sig, info);
	return true;
}

bool pending_post(struct thread *t, int sig, const siginfo_t *info) {
	bool room = __atomic_load_n(&posted, __ATOMIC_RELAXED) < MOST_POSTED;
	struct slot *s = room ? slot_of(sig, info, SLOT_POSTED) : NULL;
	if (s == NULL)
		return false;
	__atomic_fetch_add(&posted, 1, __ATOMIC_RELAXED);
	s->tid = t->tid;
	s->out_next = t->out;
	t->out = s;
	t->kept |= SIGBIT(sig);
	due_set(t, DUE_OUT);
	struct slot *head = __atomic_load_n(&inbox, __ATOMIC_RELAXED);
	do
		s->next = head;
	while (!__atomic_compare_exchange_n(&inbox, &head, s, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	note_deferred(sig, info);
	return true;
}

void pending_collect(struct thread *t) {
	due_clear(t, DUE_REMOTE);
	struct slot *s = __atomic_exchange_n(&inbox, NULL, __ATOMIC_SEQ_CST), *ordered = NULL;
	while (s) { /* the inbox is newest first */
		struct slot *next = s->next;
		s->next = ordered;
		ordered = s;
		s = next;
	}
	while (ordered) {
		struct slot *next = ordered->next;
		append(t, ordered);
		due_set(t, DUE_KEPT);
		ordered = next;
	}
}

static sigbits recount(struct thread *t) {
	sigbits before = t->kept;
	t->kept = own_set(t) | out_set(t);
	sigbits released = before & ~t->kept & ~t->kept_blocked;
	t->kept_blocked &= t->kept;
	return released;
}

sigbits pending_reclaim(struct thread *t) {
	for (struct slot **at = &t->out; *at;) {
		struct slot *s = *at;
		if (__atomic_load_n(&s->state, __ATOMIC_ACQUIRE) == SLOT_TAKEN) {
			*at = s->out_next;
			slot_put(s);
		} else {
			at = &s->out_next;
		}
	}
	if (t->out == NULL)
		due_clear(t, DUE_OUT);
	return recount(t);
}

static bool leave_posted(struct slot *s, enum slot_state state) {
	uint32_t posted = SLOT_POSTED;
	return __atomic_compare_exchange_n(&s->state, &posted, state, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* The slot itself stays in main's list, which frees it there; its content moves to one of ours. */
bool pending_take_back(struct thread *t, int sig) {
	for (struct slot **at = &t->out; *at; at = &(*at)->out_next) {
		struct slot *s = *at;
		if (s->sig != sig)
			continue;
		siginfo_t info = s->info;
		struct slot *own = slot_of(sig, &info, SLOT_OWN);
		if (own == NULL)
			return false;
		struct slot *rest = s->out_next;
		if (!leave_posted(s, SLOT_RETRACTED)) {
			slot_put(own);
			return false;
		}
		*at = rest;
		append(t, own);
		due_set(t, DUE_KEPT);
		if (t->out == NULL)
			due_clear(t, DUE_OUT);
		return true;
	}
	return false;
}

sigbits pending_set(const struct thread *t) {
	sigbits set = 0;
	for (const struct slot *s = t->first; s; s = s->next)
		set |= SIGBIT(s->sig);
	return set;
}

/* Whose slot it is now, once its content has been copied; -1: it was retracted. */
static pid_t release(struct slot *s) {
	uint32_t state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
	pid_t tid = s->tid;
	if (state != SLOT_OWN)
		__atomic_fetch_sub(&posted, 1, __ATOMIC_RELAXED);
	if (state == SLOT_POSTED && leave_posted(s, SLOT_TAKEN))
		return tid; /* the receiver frees it */
	state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
	slot_put(s);
	return state == SLOT_RETRACTED ? -1 : 0;
}

pid_t pending_take(struct thread *t, int sig, siginfo_t *info) {
	pid_t tid = -1;
	for (struct slot **at = &t->first; *at && tid == -1;) {
		struct slot *s = *at;
		if (s->sig != sig) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		*info = s->info;
		tid = release(s);
	}
	if (t->first == NULL)
		due_clear(t, DUE_KEPT);
	recount(t);
	return tid;
}

void pending_disown(struct thread *t) {
	for (struct slot *s = t->out, *next; s; s = next) {
		next = s->out_next;
		if (!leave_posted(s, SLOT_ORPHAN))
			slot_put(s);
	}
	t->out = NULL;
}

void pending_child(void) {
	inbox = NULL;
	posted = 0;
	free_head = 0;
	pool_used = 0;
}
