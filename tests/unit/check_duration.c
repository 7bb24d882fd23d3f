/* check_duration.c: a length of time as a person writes it: its unit is never guessed, and nothing runs over. */
#include "duration.h"

#include <check.h>
#include <stdlib.h>

#define UNTOUCHED INT64_C(-7)

static const struct {
	const char *text;
	int64_t ns;
} good[] = {
	{"0", 0}, {"000", 0}, {"0s", 0}, {"0us", 0}, {"1us", 1000}, {"250us", 250000}, {"10ms", 10000000}, {"1s", 1000000000}, {"007ms", 7000000},
	{"10MS", 10000000}, {"2S", 2000000000}, {"never", DURATION_NEVER}, {"NEVER", DURATION_NEVER},
	{"9223372036s", INT64_C(9223372036000000000)}, {"9223372036854775us", INT64_C(9223372036854775000)},
};

START_TEST(reads) {
	int64_t ns = UNTOUCHED;
	ck_assert_ptr_null(duration_parse(word_of(good[_i].text), &ns));
	ck_assert_int_eq(ns, good[_i].ns);
}
END_TEST

static const struct {
	const char *text, *why;
} bad[] = {
	{"1", "a number without a unit"}, {"1000000000", "a number without a unit"}, {"10 ms", "not a duration"}, {" 10ms", "not a duration"},
	{"10ms ", "not a duration"}, {"", "not a duration"}, {"ms", "not a duration"}, {"-1s", "not a duration"}, {"+1s", "not a duration"},
	{"1.5s", "not a duration"}, {"1m", "not a duration"}, {"1ns", "not a duration"}, {"1sec", "not a duration"}, {"never1", "not a duration"},
	{"9223372037s", "too long"}, {"9223372036854776us", "too long"}, {"99999999999999999999s", "too long"},
};

START_TEST(refuses) {
	int64_t ns = UNTOUCHED;
	const char *why = duration_parse(word_of(bad[_i].text), &ns);
	ck_assert_msg(why != NULL, "%s", bad[_i].text);
	ck_assert_str_eq(why, bad[_i].why);
	ck_assert_int_eq(ns, UNTOUCHED);
}
END_TEST

START_TEST(reads_no_further_than_the_length) {
	int64_t ns = UNTOUCHED;
	ck_assert_ptr_null(duration_parse((struct word){"10ms0", 4}, &ns));
	ck_assert_int_eq(ns, 10000000);
	ck_assert_ptr_null(duration_parse((struct word){"0123", 1}, &ns));
	ck_assert_int_eq(ns, 0);
	ck_assert_str_eq(duration_parse((struct word){"10ms", 3}, &ns), "not a duration");
}
END_TEST

int main(void) {
	Suite *suite = suite_create("duration");
	TCase *tests = tcase_create("duration");
	tcase_add_loop_test(tests, reads, 0, ARRAY_LENGTH(good));
	tcase_add_loop_test(tests, refuses, 0, ARRAY_LENGTH(bad));
	tcase_add_test(tests, reads_no_further_than_the_length);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
