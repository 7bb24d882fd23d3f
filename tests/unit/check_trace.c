/* check_trace.c: a record is whole or says that it is not, whoever comes in between, and outlives its process. */
#include "trace.h"

#include "step.h"
#include "thread.h"
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WHOLE_FILE (TRACE_HEADER_SIZE + TRACE_RECORDS * sizeof(struct trace_record))

static char directory[] = "/tmp/check_trace.XXXXXX", file[64];

static void set_up(void) {
	thread_attach(&self);
	strcpy(directory + sizeof directory - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(file, sizeof file, "%s/trace", directory);
}

static void tear_down(void) {
	char path[96];
	const char *const names[] = {"trace", "trace.%d", "trace.%d.%d"};
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		snprintf(path, sizeof path, "%s/", directory);
		snprintf(path + strlen(path), sizeof path - strlen(path), names[i], (int)getpid(), (int)getpid());
		unlink(path);
	}
	rmdir(directory);
}

static void begin(void) { ck_assert_int_eq(trace_open(file), 0); }

static const struct trace_record *record(const struct trace_header *h, uint64_t place) {
	return (const struct trace_record *)((const char *)h + TRACE_HEADER_SIZE) + place % TRACE_RECORDS;
}

/* The file, as a reader has it. */
static const struct trace_header *map(const char *path) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ck_assert_msg(fd >= 0, "%s", path);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, WHOLE_FILE);
	const void *at = mmap(NULL, WHOLE_FILE, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert(at != MAP_FAILED);
	close(fd);
	return at;
}

/* All members say the same number. */
static struct trace_record of_number(int n) {
	struct trace_record r = {.place = TRACE_IN_TEXT, .sender = n, .code = n, .address = (uint64_t)n, .number = (uint64_t)n};
	snprintf(r.call, sizeof r.call, "%d", n);
	return r;
}

static void record_number(int n) { trace_record(TRACE_ARRIVED, n % SIGNALS + 1, of_number(n)); }

static bool is_number(const struct trace_record *r, int n) {
	char call[32];
	snprintf(call, sizeof call, "%d", n);
	return r->event == TRACE_ARRIVED && r->signal == n % SIGNALS + 1 && r->place == TRACE_IN_TEXT && r->sender == n && r->code == n &&
		r->address == (uint64_t)n && r->number == (uint64_t)n && strcmp(r->call, call) == 0 && r->tid == self.tid;
}

/* ---- The file. ---- */

START_TEST(a_header_says_whose_it_is) {
	char program[512] = {0};
	begin();
	const struct trace_header *h = map(file);
	ck_assert_str_eq(h->magic, TRACE_MAGIC);
	ck_assert_uint_eq(h->header_size, TRACE_HEADER_SIZE);
	ck_assert_uint_eq(h->record_size, sizeof(struct trace_record));
	ck_assert_uint_eq(h->records, TRACE_RECORDS);
	ck_assert_int_eq(h->pid, getpid());
	ck_assert_int_eq(h->parent, getppid());
	ck_assert_int_gt(readlink("/proc/self/exe", program, sizeof program - 1), 0);
	ck_assert_str_eq(h->program, program);
	ck_assert_uint_eq(h->next, 1);
	ck_assert_int_eq(record(h, 0)->event, TRACE_START);
	ck_assert_uint_eq(record(h, 0)->sequence, 1);
}
END_TEST

START_TEST(it_is_for_its_owner_alone) {
	struct stat st;
	umask(0);
	begin();
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(each_pid_in_a_name_is_the_pid) {
	char name[96], path[96];
	snprintf(name, sizeof name, "%s.%%p.%%p", file);
	snprintf(path, sizeof path, "%s.%d.%d", file, (int)getpid(), (int)getpid());
	ck_assert_int_eq(trace_open(name), 0);
	ck_assert_int_eq(map(path)->pid, getpid());
}
END_TEST

START_TEST(what_cannot_be_made_is_said) {
	static char name[PATH_MAX + 2];
	ck_assert_int_eq(trace_open("/nonexistent/trace"), -ENOENT);
	ck_assert_int_eq(trace_open(directory), -EISDIR);
	memset(name, 'x', PATH_MAX);
	ck_assert_int_eq(trace_open(name), -ENAMETOOLONG);
	name[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(trace_open(name), -ENAMETOOLONG);
	ck_assert_ptr_null(trace_ring);
	TRACE(ARRIVED, SIGTERM, .code = 1);
	trace_in_call(TRACE_ARRIVED, SIGTERM, "read", (struct trace_record){0});
	trace_child();
}
END_TEST

/* An exec keeps the process. */
START_TEST(the_same_process_goes_on) {
	begin();
	record_number(5);
	begin();
	const struct trace_header *h = map(file);
	ck_assert_uint_eq(h->next, 3);
	ck_assert(is_number(record(h, 1), 5));
	ck_assert_int_eq(record(h, 2)->event, TRACE_START);
}
END_TEST

/* One that had the same pid earlier is another. */
START_TEST(another_process_of_that_pid_does_not) {
	struct trace_header *h;
	begin();
	record_number(5);
	h = trace_ring;
	ck_assert_uint_ne(h->started, 0);
	h->started--;
	begin();
	ck_assert_uint_eq(map(file)->next, 1);
	ck_assert_uint_eq(map(file)->started, trace_ring->started);
}
END_TEST

/* The image that runs now is the one that is named. */
START_TEST(an_old_image_leaves_nothing) {
	char program[512] = {0};
	begin();
	ck_assert_int_gt(readlink("/proc/self/exe", program, sizeof program - 1), 0);
	uint64_t headers = trace_ring->headers;
	memset(trace_ring->program, 'x', sizeof trace_ring->program - 1);
	trace_ring->headers = 1;
	begin();
	ck_assert_str_eq(map(file)->program, program);
	ck_assert_uint_eq(map(file)->headers, headers);
}
END_TEST

static int end_of(pid_t pid) {
	int status = -1;
	waitpid(pid, &status, 0);
	return status;
}

START_TEST(another_process_begins_anew) {
	pid_t pid = fork();
	if (pid == 0) {
		thread_child(&self);
		_exit(trace_open(file) != 0 || (record_number(5), record_number(6), false));
	}
	ck_assert_int_eq(end_of(pid), 0);
	ck_assert_uint_eq(map(file)->next, 3);
	begin();
	const struct trace_header *h = map(file);
	ck_assert_int_eq(h->pid, getpid());
	ck_assert_uint_eq(h->next, 1);
	ck_assert_uint_eq(record(h, 1)->sequence, 0);
}
END_TEST

START_TEST(a_killed_process_leaves_its_records) {
	pid_t pid = fork();
	if (pid == 0) {
		begin();
		for (int i = 1; i <= 1000; i++)
			record_number(i);
		raise(SIGKILL);
	}
	ck_assert_int_eq(end_of(pid), SIGKILL);
	self.tid = pid;
	const struct trace_header *h = map(file);
	ck_assert_uint_eq(h->next, 1001);
	for (int i = 1; i <= 1000; i++)
		ck_assert(record(h, (uint64_t)i)->sequence == (uint64_t)i + 1);
}
END_TEST

START_TEST(a_child_has_a_file_of_its_own_or_none) {
	char name[96], path[96];
	snprintf(name, sizeof name, "%s%s", file, _i ? ".%p" : "");
	ck_assert_int_eq(trace_open(name), 0);
	const struct trace_header *mine = trace_ring;
	pid_t pid = fork();
	if (pid == 0) {
		trace_child();
		if (!_i)
			_exit(trace_ring != NULL);
		record_number(9);
		_exit(trace_ring == NULL || trace_ring->pid != getpid() || trace_ring->next != 2);
	}
	ck_assert_int_eq(end_of(pid), 0);
	ck_assert_uint_eq(mine->next, 1);
	ck_assert_int_eq(mine->pid, getpid());
	snprintf(path, sizeof path, "%s.%d", file, (int)pid);
	ck_assert_int_eq(unlink(path), _i ? 0 : -1);
}
END_TEST

/* ---- The ring. ---- */

START_TEST(what_is_oldest_is_lost_and_counted) {
	begin();
	for (int i = 1; i < TRACE_RECORDS + 10; i++)
		record_number(i);
	const struct trace_header *h = trace_ring;
	ck_assert_uint_eq(h->next, TRACE_RECORDS + 10);
	for (uint64_t i = h->next - TRACE_RECORDS; i < h->next; i++)
		ck_assert(record(h, i)->sequence == i + 1 && is_number(record(h, i), (int)i));
}
END_TEST

START_TEST(times_do_not_go_back) {
	begin();
	for (int i = 1; i < 100; i++)
		record_number(i);
	for (uint64_t i = 1; i < 100; i++)
		ck_assert_int_ge(record(trace_ring, i)->time_ns, record(trace_ring, i - 1)->time_ns);
	ck_assert_int_ge(record(trace_ring, 0)->time_ns, trace_ring->began_ns);
}
END_TEST

START_TEST(a_long_name_is_cut) {
	begin();
	trace_in_call(TRACE_INTERRUPTED, SIGTERM, "0123456789012345678901234567890123456789", (struct trace_record){.code = 3});
	trace_in_call(TRACE_INTERRUPTED, SIGTERM, NULL, (struct trace_record){.code = 4});
	ck_assert_str_eq(record(trace_ring, 1)->call, "0123456789012345678901234567890");
	ck_assert_int_eq(record(trace_ring, 1)->code, 3);
	ck_assert_str_eq(record(trace_ring, 2)->call, "");
	ck_assert_int_eq(record(trace_ring, 2)->code, 4);
}
END_TEST

/* It is on its parent's memory, and is none of its story. */
START_TEST(a_vfork_child_records_nothing) {
	begin();
	self.vforked = 1;
	record_number(5);
	ck_assert_uint_eq(trace_ring->next, 1);
}
END_TEST

/* ---- In the middle of another. ---- */

static int number;
static void record_next(void) { record_number(++number); }
static struct trace_record ninety;
static void record_ninety(void) { trace_record(TRACE_ARRIVED, 90 % SIGNALS + 1, ninety); }

START_TEST(two_never_share_a_place) {
	begin();
	bool more = true;
	ninety = of_number(90);
	for (unsigned n = 0; more; n++) {
		uint64_t before = trace_ring->next;
		number = (int)n;
		more = step_at(n, record_ninety, record_next);
		ck_assert_uint_eq(trace_ring->next, before + 1 + more);
		const struct trace_record *a = record(trace_ring, before), *b = record(trace_ring, before + 1);
		ck_assert(a->sequence == before + 1 && (!more || b->sequence == before + 2));
		ck_assert(more ? (is_number(a, 90) && is_number(b, (int)n + 1)) || (is_number(a, (int)n + 1) && is_number(b, 90)) : is_number(a, 90));
	}
}
END_TEST

static uint64_t place;
static unsigned seen_old, seen_none, seen_new;

/* A reader, at any moment, at a place that is written anew. */
static void see(ucontext_t *uc) {
	(void)uc;
	const struct trace_record *r = record(trace_ring, place);
	if (r->sequence == place + 1 - TRACE_RECORDS) {
		seen_old++;
		ck_assert(is_number(r, 3));
	} else if (r->sequence == place + 1) {
		seen_new++;
		ck_assert(is_number(r, 90));
	} else {
		seen_none++;
		ck_assert_uint_eq(r->sequence, 0);
	}
}

START_TEST(a_reader_sees_one_whole_or_none) {
	begin();
	while (trace_ring->next < TRACE_RECORDS + 3)
		record_number(3);
	place = trace_ring->next;
	ninety = of_number(90);
	step_all(record_ninety, see);
	ck_assert(seen_old > 1 && seen_none > 1 && seen_new > 1);
}
END_TEST

#define THREADS 3
#define EACH 10000

static void *record_many(void *first) {
	thread_attach(&self);
	for (int i = 0; i < EACH; i++)
		trace_record(TRACE_ARRIVED, SIGTERM, (struct trace_record){.number = (uint64_t)(uintptr_t)first + (uint64_t)i});
	return NULL;
}

START_TEST(threads_lose_nothing) {
	static unsigned char seen[THREADS * EACH];
	pthread_t threads[THREADS];
	begin();
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, record_many, (void *)(i * EACH)), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(trace_ring->next, 1 + THREADS * EACH);
	for (uint64_t i = 1; i < trace_ring->next; i++) {
		ck_assert(record(trace_ring, i)->sequence == i + 1);
		seen[record(trace_ring, i)->number]++;
	}
	for (size_t i = 0; i < sizeof seen; i++)
		ck_assert(seen[i] == 1);
}
END_TEST

static TCase *of_the_file(void) {
	TCase *tests = tcase_create("file");
	tcase_add_test(tests, a_header_says_whose_it_is);
	tcase_add_test(tests, it_is_for_its_owner_alone);
	tcase_add_test(tests, each_pid_in_a_name_is_the_pid);
	tcase_add_test(tests, what_cannot_be_made_is_said);
	tcase_add_test(tests, the_same_process_goes_on);
	tcase_add_test(tests, another_process_of_that_pid_does_not);
	tcase_add_test(tests, an_old_image_leaves_nothing);
	tcase_add_test(tests, another_process_begins_anew);
	tcase_add_test(tests, a_killed_process_leaves_its_records);
	tcase_add_loop_test(tests, a_child_has_a_file_of_its_own_or_none, 0, 2);
	return tests;
}

static TCase *of_the_ring(void) {
	TCase *tests = tcase_create("ring");
	tcase_add_test(tests, what_is_oldest_is_lost_and_counted);
	tcase_add_test(tests, times_do_not_go_back);
	tcase_add_test(tests, a_long_name_is_cut);
	tcase_add_test(tests, a_vfork_child_records_nothing);
	tcase_add_test(tests, threads_lose_nothing);
	if (STEP_CAN) {
		tcase_add_test(tests, two_never_share_a_place);
		tcase_add_test(tests, a_reader_sees_one_whole_or_none);
	}
	return tests;
}

int main(void) {
	Suite *suite = suite_create("trace");
	TCase *cases[] = {of_the_file(), of_the_ring()};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		tcase_add_checked_fixture(cases[i], set_up, tear_down);
		tcase_set_timeout(cases[i], 60);
		suite_add_tcase(suite, cases[i]);
	}
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
