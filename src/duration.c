/* duration.c: see duration.h. Async-signal-safe. */
#include "duration.h"

/* 0: there is no such unit. */
static int64_t unit_ns(struct word unit) {
	static const struct {
		char name[3];
		int64_t ns;
	} units[] = {{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
		if (word_is(unit, units[i].name))
			return units[i].ns;
	return 0;
}

static const char *parse_time(struct word digits, struct word unit, int64_t *ns) {
	int64_t n = word_number(digits), each = unit_ns(unit);
	if (digits.length == 0 || (unit.length && !each))
		return "not a duration";
	if (n != 0 && unit.length == 0)
		return "a number without a unit";
	if (n < 0 || __builtin_mul_overflow(n, each, &n) || n == DURATION_NEVER)
		return "too long";
	*ns = n;
	return NULL;
}

const char *duration_parse(struct word value, int64_t *ns) {
	struct word digits = {value.text, 0};
	while (digits.length < value.length && value.text[digits.length] >= '0' && value.text[digits.length] <= '9')
		digits.length++;
	if (!word_is(value, "never"))
		return parse_time(digits, word_after(value, digits.length), ns);
	*ns = DURATION_NEVER;
	return NULL;
}
