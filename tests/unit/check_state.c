/* check_state.c: what other processes look for in this one: it is where they look, it says its size, and its counts add up. */
#include "state.h"

#include <check.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static bool read_there(pid_t pid, uintptr_t at, struct state *s) {
	struct iovec here = {s, sizeof *s}, there = {(void *)at, sizeof *s};
	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof *s;
}

/* As `sigtame check PID` does it: by 64 bytes, in what the file has in pages that can be written. */
static unsigned find(pid_t pid, const char *file, struct state *found) {
	char path[64], line[4400];
	static struct state s;
	uintptr_t from, to;
	unsigned n = 0;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	FILE *maps = fopen(path, "re");
	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, file) && sscanf(line, "%" SCNxPTR "-%" SCNxPTR " rw", &from, &to) == 2 && strstr(line, " rw"))
			for (uintptr_t at = from; at + sizeof s <= to; at += 64)
				if (read_there(pid, at, &s) && memcmp(s.magic, STATE_MAGIC, sizeof STATE_MAGIC) == 0) {
					*found = s;
					n++;
				}
	if (maps)
		fclose(maps);
	return n;
}

START_TEST(another_process_finds_it) {
	static struct state found;
	char program[4096] = {0};
	int ready[2];
	char byte;
	ck_assert_int_gt(readlink("/proc/self/exe", program, sizeof program - 1), 0);
	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		state_count(SIGTERM, STATE_FORCED);
		state.wakeup_fd = 7;
		_exit(write(ready[1], "", 1) == 1 ? pause() : 1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	unsigned times = find(pid, program, &found);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_uint_eq(times, 1);
	ck_assert_uint_eq(found.size, sizeof found);
	ck_assert_uint_eq(found.active, 0);
	ck_assert_str_eq(found.version, VERSION);
	ck_assert_int_eq(found.wakeup_fd, 7);
	ck_assert_ptr_eq(found.options, &options);
	ck_assert_ptr_eq(found.dispositions, disposition_table);
	ck_assert_uint_eq(found.counts[SIGTERM - 1][STATE_FORCED], 1);
}
END_TEST

START_TEST(nothing_has_happened_yet) {
	ck_assert_uint_eq(state.active, 0);
	ck_assert_int_eq(state.wakeup_fd, -1);
	for (int sig = 1; sig <= SIGNALS; sig++)
		for (int what = 0; what < STATE_COUNTS; what++)
			ck_assert_uint_eq(state.counts[sig - 1][what], 0);
}
END_TEST

START_TEST(each_is_counted_apart) {
	for (int sig = 1; sig <= SIGNALS; sig++)
		for (int what = 0; what < STATE_COUNTS; what++)
			for (int n = 0; n < sig + what; n++)
				state_count(sig, (enum state_count)what);
	for (int sig = 1; sig <= SIGNALS; sig++)
		for (int what = 0; what < STATE_COUNTS; what++)
			ck_assert_uint_eq(state.counts[sig - 1][what], (uint64_t)(sig + what));
}
END_TEST

#define TIMES 10000000
static pthread_barrier_t begun;

static void *count(void *unused) {
	pthread_barrier_wait(&begun);
	for (int i = 0; i < TIMES; i++) {
		state_count(SIGUSR1, STATE_ARRIVED);
		__asm__ volatile("" ::: "memory"); /* one at a time */
	}
	return unused;
}

START_TEST(threads_count_together) {
	pthread_t other;
	pthread_barrier_init(&begun, NULL, 2);
	ck_assert_int_eq(pthread_create(&other, NULL, count, NULL), 0);
	count(NULL);
	pthread_join(other, NULL);
	ck_assert_uint_eq(state.counts[SIGUSR1 - 1][STATE_ARRIVED], 2 * TIMES);
}
END_TEST

int main(void) {
	Suite *suite = suite_create("state");
	TCase *tests = tcase_create("state");
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, another_process_finds_it);
	tcase_add_test(tests, nothing_has_happened_yet);
	tcase_add_test(tests, each_is_counted_apart);
	tcase_add_test(tests, threads_count_together);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
