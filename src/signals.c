/* signals.c: see signals.h. Async-signal-safe. */
#include "signals.h"

/* Texts in place: the loader has nothing to relocate. */
static const struct {
	char name[10]; /* with SIG; empty: there is none */
	char description[25];
} standard[SIGNALS + 1] = {
#define SIGNAL(name, action, description) [SIG##name] = {"SIG" #name, description},
#include "signals.def"
};

static const struct {
	char name[6];
	int8_t number;
} aliases[] = {
#define ALIAS(name, of) {#name, SIG##of},
#include "signals.def"
};

static struct word without_sig(struct word w) {
	return word_begins(w, "SIG") ? word_after(w, 3) : w;
}

static int standard_number(struct word w) {
	for (int sig = 1; sig <= SIGNALS; sig++)
		if (standard[sig].name[0] && word_is(w, standard[sig].name + 3))
			return sig;
	for (size_t i = 0; i < ARRAY_LENGTH(aliases); i++)
		if (word_is(w, aliases[i].name))
			return aliases[i].number;
	return -1;
}

/* What stands behind RTMIN or RTMAX: nothing, or the sign and a number. */
static int64_t offset(struct word w, char sign) {
	if (w.length == 0)
		return 0;
	return w.text[0] == sign ? word_number(word_after(w, 1)) : -1;
}

static int realtime_number(struct word w, int rtmax) {
	bool up = word_begins(w, "RTMIN"), down = word_begins(w, "RTMAX");
	int64_t n = up || down ? offset(word_after(w, 5), up ? '+' : '-') : -1;
	if (n < 0 || n > rtmax - SIGRTMIN)
		return -1;
	return up ? SIGRTMIN + (int)n : rtmax - (int)n;
}

int signal_number(const char *name, size_t length, int rtmax) {
	struct word w = {name, length};
	int64_t n = word_number(w);
	if (n >= 0)
		return n >= 1 && n <= SIGNALS ? (int)n : -1;
	int sig = standard_number(without_sig(w));
	return sig > 0 ? sig : realtime_number(without_sig(w), rtmax);
}

const char *signal_name(int sig, char buf[static SIGNAL_NAME_SIZE]) {
	if (sig < 1 || sig > SIGNALS)
		return NULL;
	if (standard[sig].name[0])
		return standard[sig].name;
	if (sig < SIGRTMIN)
		return NULL;
	int n = sig - SIGRTMIN;
	char *end = buf + 8;
	memcpy(buf, "SIGRTMIN", 8);
	if (n > 0)
		*end++ = '+';
	if (n >= 10)
		*end++ = (char)('0' + n / 10);
	if (n > 0)
		*end++ = (char)('0' + n % 10);
	*end = '\0';
	return buf;
}

const char *signal_description(int sig) {
	return sig >= 1 && sig <= SIGNALS && standard[sig].name[0] ? standard[sig].description : NULL;
}

struct word signal_guess(struct word w) {
	static const char realtime[][6] = {"RTMIN", "RTMAX"};
	struct guess guess = {.typed = without_sig(w)};
	for (int sig = 1; sig <= SIGNALS; sig++)
		if (standard[sig].name[0] && !(SIGBIT(sig) & SIGNALS_UNCAUGHT))
			guess_offer(&guess, word_of(standard[sig].name + 3));
	for (size_t i = 0; i < ARRAY_LENGTH(aliases); i++)
		guess_offer(&guess, word_of(aliases[i].name));
	for (size_t i = 0; i < ARRAY_LENGTH(realtime); i++)
		guess_offer(&guess, word_of(realtime[i]));
	return guess.best;
}
