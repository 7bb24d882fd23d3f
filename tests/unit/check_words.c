/* check_words.c: what a person typed, taken apart, and what may have been meant. */
#include "words.h"

#include <check.h>
#include <stdlib.h>

START_TEST(compares_without_regard_to_case) {
	ck_assert(word_is(word_of("Int"), "INT"));
	ck_assert(!word_is(word_of("IN"), "INT"));
	ck_assert(!word_is(word_of("INTR"), "INT"));
	ck_assert(word_begins(word_of("sigint"), "SIG"));
	ck_assert(!word_begins(word_of("si"), "SIG"));
	ck_assert(!word_is(word_of("@"), "`"));
}
END_TEST

START_TEST(steps_over_separators) {
	const char *rest = "a,,b,";
	struct word w;
	ck_assert(word_next(&rest, ',', &w) && word_is(w, "a"));
	ck_assert(word_next(&rest, ',', &w) && w.length == 0);
	ck_assert(word_next(&rest, ',', &w) && word_is(w, "b"));
	ck_assert(word_next(&rest, ',', &w) && w.length == 0);
	ck_assert(!word_next(&rest, ',', &w));
}
END_TEST

START_TEST(trims_blanks) {
	ck_assert(word_is(word_trim(word_of(" \ta b ")), "a b"));
	ck_assert_uint_eq(word_trim(word_of("  ")).length, 0);
}
END_TEST

START_TEST(copies_a_word_cut_short) {
	char longer[] = "0123456789012345678901234567890123456789";
	ck_assert_str_eq(word_text((struct word){longer, 3}).text, "012");
	ck_assert_uint_eq(strlen(word_text(word_of(longer)).text), sizeof(struct word_text) - 1);
}
END_TEST

static const struct {
	const char *text;
	int64_t n;
} numbers[] = {
	{"0", 0}, {"007", 7}, {"9223372036854775807", INT64_MAX}, {"9223372036854775808", -1}, {"99999999999999999999", -1},
	{"", -1}, {"-1", -1}, {"+1", -1}, {"1x", -1}, {" 1", -1}, {"0x10", -1},
};

START_TEST(reads_a_number) {
	ck_assert_int_eq(word_number(word_of(numbers[_i].text)), numbers[_i].n);
}
END_TEST

static const struct {
	const char *typed, *meant;
} guesses[] = {
	{"directd", "directed"}, {"mian", "main"}, {"MAINE", "main"}, {"reciever", "receiver"}, {"directed", "directed"},
	{"", ""}, {"xyz", ""}, {"m", ""}, {"a-word-that-is-longer-than-any-name-in-the-lists", ""},
};

START_TEST(guesses_what_was_meant) {
	struct guess guess = {.typed = word_of(guesses[_i].typed)};
	guess_offer(&guess, word_of("main"));
	guess_offer(&guess, word_of("directed"));
	guess_offer(&guess, word_of("receiver"));
	ck_assert_str_eq(word_text(guess.best).text, guesses[_i].meant);
}
END_TEST

int main(void) {
	Suite *suite = suite_create("words");
	TCase *words = tcase_create("words");
	tcase_add_test(words, compares_without_regard_to_case);
	tcase_add_test(words, steps_over_separators);
	tcase_add_test(words, trims_blanks);
	tcase_add_test(words, copies_a_word_cut_short);
	tcase_add_loop_test(words, reads_a_number, 0, ARRAY_LENGTH(numbers));
	tcase_add_loop_test(words, guesses_what_was_meant, 0, ARRAY_LENGTH(guesses));
	suite_add_tcase(suite, words);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
