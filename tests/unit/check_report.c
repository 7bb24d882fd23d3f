/* check_report.c: one line, one write, and nothing else that the host could notice. */
#include "report.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int end[2];

static void setup(void) {
	ck_assert_int_eq(pipe2(end, O_DIRECT | O_NONBLOCK), 0); /* packets: a read gets what one write wrote */
	ck_assert_int_eq(dup2(end[1], STDERR_FILENO), STDERR_FILENO);
	close(end[1]);
}

static void expect(const char *line) {
	char got[2048];
	ssize_t n = read(end[0], got, sizeof got - 1);
	ck_assert_int_ge(n, 0);
	got[n] = '\0';
	ck_assert_str_eq(got, line);
	ck_assert_int_eq(read(end[0], got, sizeof got), -1);
}

START_TEST(joins_its_parts_in_one_write) {
	report("one", " and ", "two", NULL);
	expect("sigtame: one and two\n");
}
END_TEST

START_TEST(writes_an_empty_line) {
	report("", NULL);
	expect("sigtame: \n");
}
END_TEST

START_TEST(keeps_one_line_one_line) {
	report("a\nb\033c\x7f", "\xc3\xa9", NULL);
	expect("sigtame: a?b?c?\xc3\xa9\n");
}
END_TEST

START_TEST(cuts_a_long_part_and_goes_on) {
	char part[REPORT_PART_MAX + 2] = {0}, line[1024] = "sigtame: ";
	memset(part, 'x', REPORT_PART_MAX + 1);
	strncat(line, part, REPORT_PART_MAX);
	strcat(line, "...; next\n");
	report(part, "; next", NULL);
	expect(line);
}
END_TEST

START_TEST(leaves_a_part_of_just_the_size_whole) {
	char part[REPORT_PART_MAX + 1] = {0}, line[1024] = "sigtame: ";
	memset(part, 'x', REPORT_PART_MAX);
	strcat(strcat(line, part), "\n");
	report(part, NULL);
	expect(line);
}
END_TEST

START_TEST(ends_the_longest_line_with_a_newline) {
	char part[REPORT_PART_MAX + 1] = {0}, got[2048];
	memset(part, 'x', REPORT_PART_MAX);
	report(part, part, part, part, part, part, NULL);
	ck_assert_int_eq(read(end[0], got, sizeof got), REPORT_LINE_MAX);
	ck_assert_int_eq(got[REPORT_LINE_MAX - 1], '\n');
}
END_TEST

START_TEST(keeps_errno) {
	errno = EXDEV;
	report("x", NULL);
	ck_assert_int_eq(errno, EXDEV);
	close(STDERR_FILENO);
	report("x", NULL);
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

START_TEST(survives_a_reader_that_left) {
	sigset_t before, after, pending;
	sigprocmask(SIG_SETMASK, NULL, &before);
	close(end[0]);
	report("x", NULL);
	sigprocmask(SIG_SETMASK, NULL, &after);
	sigpending(&pending);
	ck_assert_mem_eq(&before, &after, sizeof(uint64_t));
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
}
END_TEST

START_TEST(leaves_a_pending_sigpipe_and_the_mask_alone) {
	sigset_t set, pending;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGPIPE);
	close(end[0]);
	report("x", NULL);
	sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), 1);
	sigprocmask(SIG_SETMASK, NULL, &set);
	ck_assert_int_eq(sigismember(&set, SIGPIPE), 1);
}
END_TEST

static const struct {
	long long n;
	const char *text;
} numbers[] = {
	{0, "0"}, {7, "7"}, {10, "10"}, {-1, "-1"}, {1234567890, "1234567890"},
	{INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"},
};

START_TEST(writes_a_number) {
	ck_assert_str_eq(report_number(numbers[_i].n).text, numbers[_i].text);
}
END_TEST

int main(void) {
	Suite *suite = suite_create("report");
	TCase *line = tcase_create("line"), *number = tcase_create("number");
	tcase_add_checked_fixture(line, setup, NULL);
	tcase_add_test(line, joins_its_parts_in_one_write);
	tcase_add_test(line, writes_an_empty_line);
	tcase_add_test(line, keeps_one_line_one_line);
	tcase_add_test(line, cuts_a_long_part_and_goes_on);
	tcase_add_test(line, leaves_a_part_of_just_the_size_whole);
	tcase_add_test(line, ends_the_longest_line_with_a_newline);
	tcase_add_test(line, keeps_errno);
	tcase_add_test(line, survives_a_reader_that_left);
	tcase_add_test(line, leaves_a_pending_sigpipe_and_the_mask_alone);
	tcase_add_loop_test(number, writes_a_number, 0, ARRAY_LENGTH(numbers));
	suite_add_tcase(suite, line);
	suite_add_tcase(suite, number);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
