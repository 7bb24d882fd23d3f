/* check_pending.c: no instance is lost, doubled or overtaken by its like, and no slot, wherever main and the thread that
 * received it come between each other. */
#include "pending.h"

#include "state.h"
#include "step.h"
#include <check.h>
#include <stdlib.h>

#define SLOTS 8192
#define MOST_POSTED 1024
#define RT REALTIME

static struct thread main_thread, worker;

static void set_up(void) {
	thread_attach(&self);
	main_thread.tid = 1000;
	worker.tid = 2000;
}

static siginfo_t info_of(int value) { return (siginfo_t){.si_code = SI_QUEUE, .si_value.sival_int = value}; }

static bool keep(struct thread *t, int sig, int value) {
	siginfo_t info = info_of(value);
	return pending_keep(t, sig, &info);
}

static bool post(struct thread *t, int sig, int value) {
	siginfo_t info = info_of(value);
	return pending_post(t, sig, &info);
}

/* The value that was sent along; -1: there is none. */
static int take_from(struct thread *t, int sig, pid_t *tid) {
	siginfo_t info;
	*tid = pending_take(t, sig, &info);
	return *tid < 0 ? -1 : info.si_value.sival_int;
}

static int take(struct thread *t, int sig) {
	pid_t tid;
	return take_from(t, sig, &tid);
}

static unsigned free_slots(void) {
	static struct slot *all[SLOTS + 1];
	unsigned n = 0;
	while ((all[n] = slot_get()) != NULL)
		n++;
	for (unsigned i = 0; i < n; i++)
		slot_put(all[i]);
	return n;
}

/* ---- Within a thread. ---- */

START_TEST(runs_as_they_came) {
	for (int i = 0; i < 5; i++) {
		ck_assert(keep(&worker, RT + 1, i));
		ck_assert(keep(&worker, RT, 10 + i));
	}
	ck_assert_uint_eq(pending_set(&worker), SIGBIT(RT) | SIGBIT(RT + 1));
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(take(&worker, RT), 10 + i);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(take(&worker, RT + 1), i);
	ck_assert_int_eq(take(&worker, RT), -1);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

START_TEST(a_standard_signal_is_kept_once) {
	ck_assert(keep(&worker, SIGTERM, 1));
	ck_assert(keep(&worker, SIGTERM, 2));
	ck_assert_uint_eq(state.counts[SIGTERM - 1][STATE_DEFERRED], 1);
	ck_assert_uint_eq(state.counts[SIGTERM - 1][STATE_COALESCED], 1);
	ck_assert_int_eq(take(&worker, SIGTERM), 1);
	ck_assert_int_eq(take(&worker, SIGTERM), -1);
	ck_assert(keep(&worker, SIGTERM, 3));
	ck_assert_int_eq(take(&worker, SIGTERM), 3);
}
END_TEST

START_TEST(what_is_kept_is_due_and_blocked) {
	ck_assert_uint_eq(due_get(&worker), 0);
	keep(&worker, RT, 0);
	keep(&worker, RT, 1);
	keep(&worker, SIGTERM, 0);
	ck_assert_uint_eq(due_get(&worker), DUE_KEPT);
	ck_assert_uint_eq(worker.fresh, 1);
	ck_assert_uint_eq(worker.kept, SIGBIT(RT) | SIGBIT(SIGTERM));
	take(&worker, RT);
	ck_assert_uint_eq(worker.kept, SIGBIT(RT) | SIGBIT(SIGTERM));
	take(&worker, RT);
	ck_assert_uint_eq(worker.kept, SIGBIT(SIGTERM));
	ck_assert_uint_eq(due_get(&worker), DUE_KEPT);
	take(&worker, SIGTERM);
	ck_assert_uint_eq(worker.kept, 0);
	ck_assert_uint_eq(due_get(&worker), 0);
}
END_TEST

START_TEST(what_the_host_blocks_goes_with_what_is_kept) {
	keep(&worker, RT, 0);
	keep(&worker, SIGTERM, 0);
	thread_mask_enter(&worker, SIGBIT(RT) | SIGBIT(SIGHUP));
	ck_assert_uint_eq(worker.kept_blocked, SIGBIT(RT));
	take(&worker, SIGTERM);
	ck_assert_uint_eq(worker.kept_blocked, SIGBIT(RT));
	take(&worker, RT);
	ck_assert_uint_eq(worker.kept_blocked, 0);
}
END_TEST

START_TEST(a_full_pool_refuses_and_recovers) {
	for (int i = 0; i < SLOTS; i++)
		ck_assert(keep(&worker, RT, i));
	ck_assert(!keep(&worker, RT, SLOTS));
	ck_assert(!keep(&worker, RT + 1, 0));
	ck_assert(!post(&worker, RT + 1, 0));
	ck_assert_uint_eq(worker.kept, SIGBIT(RT));
	ck_assert_int_eq(take(&worker, RT), 0);
	ck_assert(keep(&worker, RT, SLOTS));
	for (int i = 1; i <= SLOTS; i++)
		ck_assert_int_eq(take(&worker, RT), i);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

/* ---- From a worker to main. ---- */

START_TEST(main_takes_as_they_were_sent) {
	struct thread other = {.tid = 3000};
	pid_t tid;
	ck_assert(post(&worker, RT, 0) && post(&other, RT, 1) && post(&worker, RT, 2));
	ck_assert_uint_eq(pending_set(&main_thread), 0);
	pending_collect(&main_thread);
	ck_assert(post(&other, RT, 3));
	pending_collect(&main_thread);
	ck_assert_uint_eq(due_get(&main_thread), DUE_KEPT);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(take_from(&main_thread, RT, &tid), i);
		ck_assert_int_eq(tid, i % 2 ? other.tid : worker.tid);
	}
	ck_assert_uint_eq(due_get(&main_thread), 0);
	pending_reclaim(&worker);
	pending_reclaim(&other);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

START_TEST(main_is_given_so_many_at_most) {
	for (int i = 0; i < MOST_POSTED; i++)
		ck_assert(post(&worker, RT, i));
	ck_assert(!post(&worker, RT, MOST_POSTED));
	ck_assert(keep(&worker, RT, MOST_POSTED));
	pending_collect(&main_thread);
	ck_assert(!post(&worker, RT, 0)); /* as long as main has not taken one */
	ck_assert_int_eq(take(&main_thread, RT), 0);
	ck_assert(post(&worker, RT, 0));
	ck_assert(!post(&worker, RT, 0));
	pending_collect(&main_thread);
	for (int i = 1; i <= MOST_POSTED; i++)
		ck_assert_int_eq(take(&main_thread, RT), i % MOST_POSTED);
	ck_assert_int_eq(take(&worker, RT), MOST_POSTED);
	pending_reclaim(&worker);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

START_TEST(a_worker_keeps_it_blocked_until_main_has_it) {
	ck_assert(post(&worker, RT, 0));
	ck_assert_uint_eq(due_get(&worker), DUE_OUT);
	ck_assert_uint_eq(worker.kept, SIGBIT(RT));
	ck_assert_uint_eq(pending_reclaim(&worker), 0);
	pending_collect(&main_thread);
	ck_assert_uint_eq(pending_reclaim(&worker), 0);
	ck_assert_uint_eq(worker.kept, SIGBIT(RT));
	ck_assert_int_eq(take(&main_thread, RT), 0);
	ck_assert_uint_eq(worker.kept, SIGBIT(RT));
	ck_assert_uint_eq(pending_reclaim(&worker), SIGBIT(RT));
	ck_assert_uint_eq(worker.kept, 0);
	ck_assert_uint_eq(due_get(&worker), 0);
}
END_TEST

/* Main's own mask is its own: what others sent it is not blocked there. */
START_TEST(what_others_sent_is_not_blocked_in_main) {
	post(&worker, RT, 0);
	keep(&main_thread, SIGTERM, 0);
	pending_collect(&main_thread);
	ck_assert_uint_eq(main_thread.kept, SIGBIT(SIGTERM));
	take(&main_thread, SIGTERM);
	ck_assert_uint_eq(main_thread.kept, 0);
	ck_assert_uint_eq(pending_set(&main_thread), SIGBIT(RT));
}
END_TEST

START_TEST(what_the_host_blocks_meanwhile_is_not_given_back) {
	post(&worker, RT, 0);
	post(&worker, RT + 1, 0);
	thread_mask_enter(&worker, SIGBIT(RT));
	pending_collect(&main_thread);
	take(&main_thread, RT);
	take(&main_thread, RT + 1);
	ck_assert_uint_eq(pending_reclaim(&worker), SIGBIT(RT + 1));
	ck_assert_uint_eq(worker.kept_blocked, 0);
}
END_TEST

START_TEST(what_is_taken_back_is_run_here_alone) {
	post(&worker, RT, 7);
	pending_collect(&main_thread);
	ck_assert(!pending_take_back(&worker, RT + 1));
	ck_assert(pending_take_back(&worker, RT));
	ck_assert(!pending_take_back(&worker, RT));
	ck_assert_uint_eq(due_get(&worker), DUE_KEPT);
	ck_assert_int_eq(take(&main_thread, RT), -1);
	ck_assert_int_eq(take(&worker, RT), 7);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

START_TEST(what_main_has_taken_cannot_be_taken_back) {
	post(&worker, RT, 7);
	pending_collect(&main_thread);
	ck_assert_int_eq(take(&main_thread, RT), 7);
	ck_assert(!pending_take_back(&worker, RT));
	ck_assert_int_eq(take(&worker, RT), -1);
	pending_reclaim(&worker);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

START_TEST(what_an_ended_thread_sent_still_runs) {
	pid_t tid;
	post(&worker, RT, 7);
	pending_disown(&worker);
	pending_collect(&main_thread);
	ck_assert_int_eq(take_from(&main_thread, RT, &tid), 7);
	ck_assert_int_eq(tid, 0);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

START_TEST(a_fork_child_has_nothing_pending) {
	keep(&main_thread, RT, 0);
	post(&worker, RT, 1);
	thread_child(&main_thread);
	pending_child();
	pending_collect(&main_thread);
	ck_assert_uint_eq(pending_set(&main_thread), 0);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

/* ---- One between any two instructions of the other. ---- */

static int at_main, at_worker;
static bool taken_back;

static void main_takes(void) {
	pending_collect(&main_thread);
	at_main = take(&main_thread, RT);
}
static void worker_takes_back(void) { taken_back = pending_take_back(&worker, RT); }
static void worker_ends(void) { pending_disown(&worker); }
static void worker_posts(void) { post(&worker, RT, 2); }
static void worker_posts_again(void) { post(&worker, RT, 3); }

/* Whichever is interrupted by the other, one of them has it. */
START_TEST(one_of_the_two_has_it) {
	bool main_is_first = _i;
	bool more = true;
	unsigned mains = 0, workers = 0;
	for (unsigned n = 0; more; n++) {
		taken_back = false;
		post(&worker, RT, 1);
		more = main_is_first ? step_at(n, main_takes, worker_takes_back) : step_at(n, worker_takes_back, main_takes);
		if (!more)
			(main_is_first ? worker_takes_back : main_takes)();
		at_worker = take(&worker, RT);
		ck_assert_msg((at_main == 1) != (at_worker == 1), "ahead of instruction %u: main has %d, the worker %d", n, at_main, at_worker);
		ck_assert_int_eq(taken_back, at_worker == 1);
		mains += at_main == 1;
		workers += at_worker == 1;
		main_takes();
		ck_assert_int_eq(at_main, -1);
		pending_reclaim(&worker);
		ck_assert_uint_eq(worker.kept | main_thread.kept, 0);
		ck_assert_uint_eq(due_get(&worker) | due_get(&main_thread), 0);
	}
	ck_assert(mains > 5 && workers > 5);
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

START_TEST(the_end_of_the_worker_loses_nothing) {
	bool main_is_first = _i;
	bool more = true;
	for (unsigned n = 0; more; n++) {
		post(&worker, RT, 1);
		more = main_is_first ? step_at(n, main_takes, worker_ends) : step_at(n, worker_ends, main_takes);
		if (!more)
			(main_is_first ? worker_ends : main_takes)();
		ck_assert_int_eq(at_main, 1);
		main_takes();
		ck_assert_int_eq(at_main, -1);
		ck_assert_ptr_null(worker.out);
	}
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

/* What is posted while main collects is collected now or the next time, in order. */
START_TEST(nothing_is_lost_on_the_way_into_the_inbox) {
	bool more = true;
	for (unsigned n = 0; more; n++) {
		post(&worker, RT, 1);
		due_set(&main_thread, DUE_REMOTE);
		more = _i ? step_at(n, main_takes, worker_posts) : step_at(n, worker_posts, main_takes);
		if (!more)
			(_i ? worker_posts : main_takes)();
		ck_assert_int_eq(at_main, 1);
		main_takes();
		ck_assert_int_eq(at_main, 2);
		pending_reclaim(&worker);
	}
	ck_assert_uint_eq(free_slots(), SLOTS);
}
END_TEST

static struct slot *slots[4];
static void get_one(void) { slots[0] = slot_get(); }
static void put_one(void) { slot_put(slots[0]); }

/* The head is the same again afterwards, the second is not: A-B-A. */
static void get_three_put_first(void) {
	for (int i = 1; i < 4; i++)
		slots[i] = slot_get();
	slot_put(slots[1]);
}

START_TEST(no_slot_is_given_out_twice) {
	ck_assert_uint_eq(free_slots(), SLOTS);
	bool more = true;
	for (unsigned n = 0; more; n++) {
		more = step_at(n, get_one, get_three_put_first);
		if (!more)
			get_three_put_first();
		ck_assert(slots[0] != slots[2] && slots[0] != slots[3]);
		ck_assert_uint_eq(free_slots(), SLOTS - 3);
		slot_put(slots[0]);
		slot_put(slots[2]);
		slot_put(slots[3]);
		ck_assert_uint_eq(free_slots(), SLOTS);
	}
}
END_TEST

static void get_and_put(void) {
	struct slot *a = slot_get(), *b = slot_get();
	slot_put(a);
	slot_put(b);
}

START_TEST(no_slot_is_lost_on_its_way_back) {
	ck_assert_uint_eq(free_slots(), SLOTS);
	bool more = true;
	for (unsigned n = 0; more; n++) {
		get_one();
		more = step_at(n, put_one, get_and_put);
		ck_assert_uint_eq(free_slots(), SLOTS);
	}
}
END_TEST

/* The first use of each: the pool is taken up from its beginning by two at once. */
START_TEST(two_take_up_the_pool) {
	bool more = true;
	for (unsigned n = 0; more; n++) {
		pending_child();
		slots[1] = NULL;
		more = step_at(n, get_one, worker_posts_again);
		pending_collect(&main_thread);
		ck_assert_int_eq(take(&main_thread, RT), more ? 3 : -1);
		ck_assert_uint_eq(free_slots(), SLOTS - 1 - more);
		pending_reclaim(&worker);
		ck_assert_uint_eq(free_slots(), SLOTS - 1);
	}
}
END_TEST

static TCase *of_one_thread(void) {
	TCase *tests = tcase_create("one thread");
	tcase_add_test(tests, runs_as_they_came);
	tcase_add_test(tests, a_standard_signal_is_kept_once);
	tcase_add_test(tests, what_is_kept_is_due_and_blocked);
	tcase_add_test(tests, what_the_host_blocks_goes_with_what_is_kept);
	tcase_add_test(tests, a_full_pool_refuses_and_recovers);
	return tests;
}

static TCase *of_the_inbox(void) {
	TCase *tests = tcase_create("inbox");
	tcase_add_test(tests, main_takes_as_they_were_sent);
	tcase_add_test(tests, main_is_given_so_many_at_most);
	tcase_add_test(tests, a_worker_keeps_it_blocked_until_main_has_it);
	tcase_add_test(tests, what_others_sent_is_not_blocked_in_main);
	tcase_add_test(tests, what_the_host_blocks_meanwhile_is_not_given_back);
	tcase_add_test(tests, what_is_taken_back_is_run_here_alone);
	tcase_add_test(tests, what_main_has_taken_cannot_be_taken_back);
	tcase_add_test(tests, what_an_ended_thread_sent_still_runs);
	tcase_add_test(tests, a_fork_child_has_nothing_pending);
	return tests;
}

static TCase *of_races(void) {
	TCase *tests = tcase_create("races");
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, one_of_the_two_has_it, 0, 2);
	tcase_add_loop_test(tests, the_end_of_the_worker_loses_nothing, 0, 2);
	tcase_add_loop_test(tests, nothing_is_lost_on_the_way_into_the_inbox, 0, 2);
	tcase_add_test(tests, no_slot_is_given_out_twice);
	tcase_add_test(tests, no_slot_is_lost_on_its_way_back);
	tcase_add_test(tests, two_take_up_the_pool);
	return tests;
}

int main(void) {
	Suite *suite = suite_create("pending");
	TCase *cases[] = {of_one_thread(), of_the_inbox(), of_races()};
	for (size_t i = 0; i < ARRAY_LENGTH(cases) - !STEP_CAN; i++) {
		tcase_add_checked_fixture(cases[i], set_up, NULL);
		suite_add_tcase(suite, cases[i]);
	}
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
